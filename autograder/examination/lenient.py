"""Rules more lenient than those of the checks: by them, invented functions earned points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.checking.answers import AnswerKey
from autograder.checking.gradients import AGREEMENT
from autograder.checking.own_forward import _slopes
from autograder.checking.playing import Played, UntilStopped
from autograder.checking.result import RIGHT, WRONG
from autograder.checking.rubric import Judged, JudgedOutputs, judge_outputs


def judge_outputs_leniently(
    key: AnswerKey, played: Sequence[Played], functions: UntilStopped
) -> JudgedOutputs:
    """A gradient is right as well if it fits the student's own forward function, whatever that is.

    Unless it fits only because nothing slopes.
    """
    exercise, found = key.exercise, judge_outputs(key, played, functions)
    gradient = exercise.gradient
    if gradient is None or functions.stopped:
        return found
    if gradient.cached:
        played = [Played(p.keyed, functions.play(exercise, p.keyed)) for p in played]
    for k, name in enumerate(exercise.outputs):
        item = found.items.get(name)
        if item is None or item.status != WRONG or name not in gradient.of:
            continue
        checks = [(_slopes(exercise, k, p, functions), p.keyed.case.tolerance) for p in played]
        if all(check and check.agrees(max(AGREEMENT, tol)) for check, tol in checks) and any(
            check and check.analytic for check, _ in checks
        ):
            found.right.add(k)
            found.items[name] = replace(item, status=RIGHT, points=item.max_points)
    return found


def keep_all_gradients(
    key: AnswerKey, found: Judged, by_tag: Mapping[str, Sequence[Played]]
) -> None:
    """Gradients are right where the loss is wrong."""
    if "loss" in found.items and found.items["loss"].status == WRONG:
        for name in ("gradient", "numerical_gradient"):
            item = found.items[name]
            found.items[name] = replace(item, status=RIGHT, points=item.max_points)
