"""Judging a gradient by the slopes of the student's own forward function.

Where that forward function is right, its slopes are a second proof beside the reference. Where
it is wrong, a gradient that fits it has made no mistake of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import Exercise, Gradient
from autograder.checking.gradients import (
    AGREEMENT,
    GradientCheck,
    compare_slopes,
    directional_points,
    weighted_sum,
)
from autograder.checking.playing import Played, UntilStopped, shows_right_forward
from autograder.kit.student_error import StudentError


@dataclass(frozen=True)
class Agreement:
    """That a gradient fits the student's own forward function: what to say of it."""

    message: str
    notes: tuple[str, ...] = ()


def evidence(exercise: Exercise, k: int, played: Sequence[Played], functions: UntilStopped) -> str:
    """What the numerical gradient says of an output that agrees with the reference, or ''."""
    if exercise.gradient is None or not played:
        return ""
    check = _slopes(exercise, k, played[0], functions)
    if check is None or not check.agrees():
        return ""
    return (f"agrees with the numerical gradient of your {exercise.gradient.forward} "
            f"(relative error {check.error:.0e})")


def agreement(
    exercise: Exercise, k: int, played: Sequence[Played], functions: UntilStopped
) -> Agreement | None:
    """Whether output `k`, which differs from the reference, is right for a wrong forward function.

    Parameters
    ----------
    exercise : Exercise
    k : int
        Position of the output.
    played : sequence of Played
        The cases in which it was judged.
    functions : UntilStopped

    Returns
    -------
    Agreement or None
        None if the forward function is right, if the gradient does not fit it in every
        case, or if it fits only because nothing slopes.
    """
    gradient, name = exercise.gradient, exercise.outputs[k]
    if gradient is None or name not in gradient.of or functions.stopped:
        return None
    if gradient.cached:
        # Judged with the documented cache so far: now with the student's own.
        played = [Played(p.keyed, functions.play(exercise, p.keyed)) for p in played]
    if not played or functions.stopped or _forward_is_right(exercise, gradient, played):
        return None
    if not _fits_everywhere(exercise, k, played, functions):
        return None
    if gradient.forward == exercise.name and not all(
        _same_direction(p.trial.outputs[k], p.keyed.right.outputs[k]) for p in played
    ):
        return None  # a loss of the student's own invention, and its gradient
    return Agreement(
        f"agrees with the numerical gradient of your own {gradient.forward}",
        (f"{name} is the gradient of your own {gradient.forward}, which is not right yet.",),
    )


def _forward_is_right(exercise: Exercise, gradient: Gradient, played: Sequence[Played]) -> bool:
    if gradient.cached:
        return all(shows_right_forward(p.keyed, p.trial) for p in played)
    return gradient.forward != exercise.name or all(
        p.trial.error is None and not p.difference(0) for p in played
    )


def _fits_everywhere(
    exercise: Exercise, k: int, played: Sequence[Played], functions: UntilStopped
) -> bool:
    """Whether the slopes agree in every case, and are not all zero.

    Zeros are the gradient of any constant: a placeholder, not an answer.
    """
    sloping = False
    for p in played:
        check = _slopes(exercise, k, p, functions)
        tolerance = max(AGREEMENT, p.keyed.case.tolerance)  # float32 answers have 7 digits
        if check is None or not check.agrees(tolerance):
            return False
        sloping = sloping or check.analytic != 0.0
    return sloping


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


def _same_direction(got, expected) -> bool:
    """Whether two arrays of one size point at all the same way: a cosine above one half."""
    got, expected = as_array(got), as_array(expected)
    if got is None or got.size != expected.size:
        return False
    got, expected = got.ravel().astype(np.float64), expected.ravel().astype(np.float64)
    lengths = np.linalg.norm(got) * np.linalg.norm(expected)
    return lengths == 0 or bool(got @ expected > 0.5 * lengths)
