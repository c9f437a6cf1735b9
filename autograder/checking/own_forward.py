"""What a gradient has to do with the student's own forward function.

Its slopes are a second proof beside the reference, and no more: whoever invents a forward function
can invent a gradient that fits. So a gradient that differs from the reference is right only where
the forward function has a slip that is known, and the catalogue says that the gradient keeps its
points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Exercise
from autograder.checking.general import SAME_MISTAKE
from autograder.checking.gradients import (
    GradientCheck,
    compare_slopes,
    directional_points,
    weighted_sum,
)
from autograder.checking.playing import Played, UntilStopped
from autograder.kit.student_error import StudentError


def evidence(exercise: Exercise, k: int, played: Sequence[Played], functions: UntilStopped) -> str:
    """What the numerical gradient says of an output that agrees with the reference, or ''."""
    if exercise.gradient is None or not played:
        return ""
    check = _slopes(exercise, k, played[0], functions)
    if check is None or not check.agrees():
        return ""
    return (f"agrees with the numerical gradient of your {exercise.gradient.forward} "
            f"(relative error {check.error:.0e})")


def slip_that_keeps(key: AnswerKey, item: str, played: Sequence[Played]) -> str:
    """The known mistake behind an answer, if it says that `item` keeps its points; or ''.

    Parameters
    ----------
    key : AnswerKey
    item : str
        A rubric item that is wrong.
    played : sequence of Played
        The cases that decide this item, and those that decide the items that the mistake loses:
        that its value is made in this known way is what excuses its gradient.
    """
    for name, items in key.keeps.items():
        if item in items and all(
            gives_the_same(name, p, k) for p in played for k in range(len(key.exercise.outputs))
        ):
            return name
    return ""


def gives_the_same(name: str, p: Played, k: int) -> bool:
    """Whether a known mistake gives output `k` of a case, right or wrong."""
    known = p.keyed.wrong[name]
    return not (known.error or p.trial.error) and compare(
        p.trial.outputs[k], known.outputs[k], max(SAME_MISTAKE, p.keyed.case.tolerance)
    ) is None


def _slopes(
    exercise: Exercise, k: int, p: Played, functions: UntilStopped
) -> GradientCheck | None:
    """Slopes of the student's own forward function against output `k`; None if impossible."""
    gradient, name = exercise.gradient, exercise.outputs[k]
    if gradient is None or name not in gradient.of or p.trial.error:
        return None
    # In float32 a step of 1e-5 drowns in rounding, so nothing of it is left in here.
    inputs = {
        n: v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for n, v in p.keyed.case.inputs.items()
    }
    wanted = gradient.of[name]
    got = as_array(p.trial.outputs[k])
    x = np.asarray(inputs[wanted])
    if got is None or got.size != x.size or got.dtype.kind == "c":
        return None
    points, slopes = directional_points(x, got.reshape(x.shape), np.random.default_rng(7))
    many = [
        tuple(point if n == wanted else inputs[n] for n in gradient.inputs) for point in points
    ]
    try:
        outs = functions.call_many(gradient.forward, many)
        upstream = inputs.get("dout")
        if upstream is None:
            upstream = np.ones(np.shape(outs[0]))
        return compare_slopes([weighted_sum(out, upstream) for out in outs], slopes)
    except (StudentError, TypeError, ValueError):
        return None  # the forward function cannot be differentiated: it has its own check

