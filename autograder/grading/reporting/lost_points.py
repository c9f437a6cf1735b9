"""What cost points, by cause, and which of it to mend first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.cells import WRITTEN
from autograder.checking.item import NOT_WRITTEN, WRONG, ItemResult
from autograder.checking.result import Result
from autograder.checking.table import number
from autograder.grading.classes.standings import Standing


@dataclass(frozen=True)
class Loss:
    """Points of one exercise that were lost for one reason.

    Attributes
    ----------
    exercise : str
    items : tuple of ItemResult
        What was lost for it; the first item tells the reason.
    waiting : tuple of ItemResult
        What could not be judged before this is mended.
    """

    exercise: str
    items: tuple[ItemResult, ...]
    waiting: tuple[ItemResult, ...] = ()

    @property
    def cause(self) -> ItemResult:
        """The item that tells the reason."""
        return self.items[0]

    @property
    def points(self) -> float:
        """What mending it gives."""
        return sum(item.max_points - item.points for item in (*self.items, *self.waiting))

    @property
    def tells_what_was_expected(self) -> bool:
        """Whether it is known, and the message does not say it already."""
        expected = self.cause.expected.split(" = ")[0].removeprefix("shape ")
        return bool(expected) and expected not in self.cause.message


def losses(result: Result) -> list[Loss]:
    """The lost points of an exercise by their causes, in the order of the rubric.

    One mistake in what several items are computed from is one cause, as in
    `autograder.checking.table.told_once`.
    """
    lost = [item for item in result.items if item.points < item.max_points]
    wrong: dict[str, list[ItemResult]] = {}
    for item in lost:
        if item.status == WRONG:
            cause = item.mistake or item.cause or item.message or item.name
            wrong.setdefault(cause, []).append(item)
    rest = tuple(item for item in lost if item.status != WRONG)
    if not wrong:
        return [Loss(result.exercise, rest)] if rest else []
    first, *others = (tuple(items) for items in wrong.values())
    return [Loss(result.exercise, first, rest), *(Loss(result.exercise, it) for it in others)]


@dataclass(frozen=True)
class NextStep:
    """What a student should do first.

    Attributes
    ----------
    text : str
        One sentence.
    exercise : str
        Where, or empty.
    """

    text: str
    exercise: str = ""


def next_step(
    results: Iterable[Result], standing: Standing, *, answered: bool, not_theirs: Iterable[str] = ()
) -> NextStep:
    """The one thing that gives most; of equal ones the first in the chapter.

    Parameters
    ----------
    results : iterable of Result
    standing : Standing
    answered : bool
        Whether the written question is answered.
    not_theirs : iterable of str
        Exercises that lost points for no fault of the student's.
    """
    skipped, steps = set(not_theirs), []
    for result in results:
        if result.exercise in skipped:
            continue
        # What a person has given already cannot be gained once more.
        missing = result.max_points - standing.by_hand.get(result.exercise, result.points)
        steps += [(min(loss.points, missing), _sentence(loss, min(loss.points, missing)))
                  for loss in losses(result)]
    most = standing.max_scores.get(WRITTEN, 0.0)
    if most and not answered and not standing.written:
        steps.append((most, NextStep(
            f"Answer the written question: nothing stands there yet, and it is worth "
            f"{points(most)}.", WRITTEN)))
    gain, step = max(steps, key=lambda step: step[0], default=(0.0, None))
    if step is not None and gain > 0:
        return step
    if WRITTEN in standing.waits_for:
        return NextStep("Nothing is to be mended; the written question is still to be read.")
    if standing.comments:
        return NextStep("Read what your instructor says below.")
    if standing.before_penalty < standing.max_score:
        return NextStep("Nothing is left to mend; what is missing was judged by your instructor.")
    return NextStep("Everything is right; there is nothing to mend.")


def _sentence(loss: Loss, gain: float) -> NextStep:
    name, cause = loss.exercise, loss.cause
    if cause.status == NOT_WRITTEN:
        text = f"Write `{name}`: nothing stands there yet, and it is worth {points(gain)}."
    elif cause.mistake:
        text = f"Mend `{name}` first: {cause.mistake}, which costs {points(gain)}."
    else:
        text = f"Look at `{name}` first ({points(gain)}): {cause.message or 'it is not right yet.'}"
    return NextStep(text, name)


def points(amount: float) -> str:
    """An amount of points in words."""
    return f"{number(amount)} point{'' if amount == 1 else 's'}"
