"""Playing the cases of an exercise on somebody's functions, each with the cache that suits it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.checking.answers import Keyed
from autograder.checking.comparison import JUDGED, Difference, compare
from autograder.checking.exercise import PAIR, Exercise
from autograder.checking.trial import Trial, play
from autograder.kit.functions import Answer, Functions, Kept
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentStopped
from autograder.kit.watching import Watched

ENOUGH = 4
"""Entries of an array by which steps can be told from a formula."""

UNWRITTEN = {"NotImplementedError", "Missing"}
"""Kinds of the error of a function that there is not yet."""


@dataclass(frozen=True)
class Played:
    """A case with its answers, and what the student's code made of it.

    Attributes
    ----------
    keyed : Keyed
    trial : Trial
    forward_right : bool or None
        Whether the student's own forward function gave the right output; None where the case
        does not show it.
    notes : tuple of str
        Remarks that cost nothing.
    own : Trial or None
        Of a backward function that is played without a play of its own: what came of the student's
        own forward and backward together.
    """

    keyed: Keyed
    trial: Trial
    forward_right: bool | None = None
    notes: tuple[str, ...] = ()
    own: Trial | None = None
    _found: dict[int, Difference | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def not_written(self) -> bool:
        """Whether the exercise is still its stub."""
        return self.trial.error is not None and self.trial.error.kind == "NotImplementedError"

    @property
    def without_forward(self) -> bool:
        """Whether there is no forward function yet, or the exercise itself is still its stub."""
        error = self.own.error if self.own else None
        return error is not None and error.kind in UNWRITTEN

    def difference(self, k: int) -> Difference | None:
        """What is wrong with output `k`, if the function returned."""
        found = self._compared(k)
        return found if is_wrong(found) else None

    def imprecision(self, k: int) -> Difference | None:
        """How output `k` differs from the right one, if that is only by its last digits."""
        found = None if self.trial.error else self._compared(k)
        return found if found and found.imprecise else None

    @property
    def how_wrong(self) -> int:
        """How many outputs are wrong; all are, and one more, if there is an error."""
        count = len(self.keyed.right.outputs)
        if self.trial.error:
            return count + 1
        return sum(self.difference(k) is not None for k in range(count))

    def _compared(self, k: int) -> Difference | None:
        if k not in self._found:
            self._found[k] = difference_between(self.keyed, self.trial, k)
        return self._found[k]


class UntilStopped:
    """Somebody's functions. Once they were stopped, every further call says so again.

    Attributes
    ----------
    stopped : StudentStopped or None
        Why no further call can be answered.
    """

    def __init__(self, functions: Functions):
        self.functions, self.diary = functions, functions.diary
        self.stopped: StudentStopped | None = None

    def __contains__(self, name: str) -> bool:
        return self._ask(self.functions.__contains__, name)

    def call(self, name: str | Source, *arguments) -> Answer:
        return self._ask(self.functions.call, name, *arguments)

    def call_watched(self, watched: Watched, name: str, *arguments) -> Answer:
        return self._ask(self.functions.call_watched, watched, name, *arguments)

    def count_lines(self, name: str, *arguments) -> int:
        return self._ask(self.functions.count_lines, name, *arguments)

    def call_many(self, name: str, many: list[tuple]) -> list:
        return self._ask(self.functions.call_many, name, many)

    def keep(self, name: str | Source, *arguments) -> Kept:
        return self._ask(self.functions.keep, name, *arguments)

    def play(self, exercise: Exercise, keyed: Keyed, cache=None, watch: bool = False) -> Trial:
        """Play one case; a trial that was stopped half way is one that failed."""
        try:
            return self._ask(play, exercise, keyed.case, self.functions, cache, watch)
        except StudentStopped as stopped:
            return Trial((), stopped)

    def _ask(self, question, *arguments):
        if self.stopped:
            raise self.stopped
        try:
            return question(*arguments)
        except StudentStopped as stopped:
            self.stopped = stopped
            raise


def play_cases(
    exercise: Exercise,
    cases: Iterable[Keyed],
    functions: UntilStopped,
    forward_is_right: bool = True,
    watch: bool = True,
) -> list[Played]:
    """Play cases in order, until all are played or the functions are stopped.

    Parameters
    ----------
    exercise : Exercise
    cases : iterable of Keyed
    functions : UntilStopped
    forward_is_right : bool
        What to think of the student's own forward function in cases that do not show it.
    watch : bool
        Whether to see, in the smallest case, how a gradient is computed.

    Returns
    -------
    list of Played
        The last one holds the stop, if there was one.
    """
    played: list[Played] = []
    cases = list(cases)
    watched = _smallest(exercise, cases) if watch else None
    for keyed in cases:
        if functions.stopped:
            break
        played.append(
            _play_case(exercise, keyed, functions, forward_is_right, keyed is watched))
    return played


def _smallest(exercise: Exercise, cases: Sequence[Keyed]) -> Keyed | None:
    """The case in which it is watched how a gradient is computed: one is enough.

    It is a small one, but of arrays with some entries: steps in a single one look like a formula.
    """
    if exercise.gradient is None or exercise.play:
        return None
    names = exercise.gradient.of.values()
    sizes: list[tuple[int, int, int]] = []
    for k, keyed in enumerate(cases):
        arrays = [np.asarray(keyed.case.inputs[name]) for name in names]
        if not keyed.case.play and all(array.dtype == np.float64 for array in arrays):
            entries = [array.size for array in arrays]
            sizes.append((-sum(min(ENOUGH, n) for n in entries), sum(entries), k))
    return cases[min(sizes)[2]] if sizes else None


def _play_case(
    exercise: Exercise, keyed: Keyed, functions: UntilStopped, forward_is_right: bool,
    watch: bool,
) -> Played:
    """One case. A wrong forward function must not cost its backward function points."""
    own = functions.play(exercise, keyed, watch=watch)
    if exercise.gradient is None or not exercise.gradient.cached or functions.stopped:
        return Played(keyed, own)
    forward = exercise.gradient.forward
    # Cases with a play of their own do not show what the forward function gave.
    shown = None if keyed.case.play else shows_right_forward(keyed, own)
    pair = None if keyed.case.play else own
    notes: tuple[str, ...] = ()
    if shown is False:
        costs = "The gradients are judged without it." if PAIR in exercise.points else (
            "That costs nothing here.")
        notes += (f"Your {forward} is not right yet. {costs}",)
    with_own = Played(keyed, own, shown, notes, pair)
    if not with_own.how_wrong:
        return with_own
    trusted = forward_is_right if shown is None else shown
    documented = Played(
        keyed, functions.play(exercise, keyed, keyed.cache, watch), shown, notes, pair)
    if functions.stopped:
        return documented
    if documented.how_wrong:
        return _more_telling(with_own, documented, trusted)
    if PAIR in exercise.points:
        return documented
    notes += (
        f"{exercise.name} is right with the cache that the chapter describes."
        + (f" The cache of your {forward} holds something else." if trusted else ""),
    )
    return replace(documented, notes=notes)


def _more_telling(own: Played, documented: Played, trusted: bool) -> Played:
    """Which of two is told, that are both wrong: with the student's own cache, or the documented.

    An error that only the documented cache brings about tells nothing about the student's code.
    """
    if documented.trial.error:
        error = own.trial.error if own.trial.failed else None
        if error and UNWRITTEN & {error.kind, documented.trial.error.kind}:
            return documented
        return own
    if own.how_wrong != documented.how_wrong:
        return own if own.how_wrong < documented.how_wrong else documented
    return own if trusted else documented


def shows_right_forward(keyed: Keyed, trial: Trial) -> bool:
    """Whether a trial shows that the student's own forward function gave the right output."""
    return trial.forward is not None and not is_wrong(compare(
        trial.forward, keyed.right.forward, keyed.case.tolerance
    ))


def is_wrong(difference: Difference | None) -> bool:
    """Whether a difference is more than one of the last digits."""
    return difference is not None and not difference.imprecise


def difference_between(keyed: Keyed, trial: Trial, k: int) -> Difference | None:
    """What is wrong with output `k` of a trial without an error."""
    if keyed.case.judge:
        text = keyed.case.judge(tuple(map(_with_numbers, trial.outputs)))
        return Difference(JUDGED, keyed.naming.judged(text), "", "") if text else None
    return compare(trial.outputs[k], keyed.right.outputs[k], keyed.case.tolerance, keyed.naming)


def _with_numbers(value):
    """A value in which each array without axes is a plain number: a size may be an np.int64."""
    if isinstance(value, np.ndarray) and not value.shape:
        return value.item()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_with_numbers, value))
    return value
