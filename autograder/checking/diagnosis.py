"""Which mistake was it? A wrong output is held against the known mistakes, then the general ones.

Nothing here reads the student's code. A mistake is recognised by what it computes, so it is
recognised however it is written. And a name is given on evidence that another mistake would not
give as well, never because nothing else is left: a false name is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array, compare, error_between
from autograder.checking.exercise import Exercise
from autograder.checking.general import (
    ENOUGH_ENTRIES,
    SAME_MISTAKE,
    Diagnosis,
    different_entries,
    exchanged,
    general_mistake,
    in_another_shape,
    where_it_is_wrong,
)
from autograder.checking.playing import Played, is_wrong
from autograder.checking.raised import is_telling, same_error
from autograder.checking.trial import Trial
from autograder.kit.watching import COMPLEX, STEPS, TAKEN_OFF

NUMERICAL = "a numerical gradient was handed in"
WRITE_THE_FORMULA = "Write the gradient with the formula from the derivation above."

AS_MEASURED = 5e-2
"""How far finite differences may be off, relative to the largest entry."""


def diagnose_output(
    key: AnswerKey, played: Sequence[Played], k: int, wrong_in: Sequence[bool],
    elsewhere: Sequence[Played] = (), seen: str = "",
) -> Diagnosis | None:
    """Name the mistake in output `k`.

    Parameters
    ----------
    key : AnswerKey
    played : sequence of Played
        The cases that were judged.
    k : int
        Position of the output.
    wrong_in : list of bool
        For each case, whether the output was wrong there.
    elsewhere : sequence of Played
        The cases of other items, where they were played: a mistake that would show in them is
        not the one.
    seen : str
        What was seen of how a gradient is computed.

    Returns
    -------
    Diagnosis or None
    """
    suspects = [
        Suspect(key.exercise, name, played, k, wrong_in, elsewhere) for name in key.mistakes
    ]
    found = [(suspect.rank, suspect) for suspect in suspects if suspect.fits]
    if found:
        best = min(rank for rank, _ in found)
        known = _told(key, [suspect for rank, suspect in found if rank == best])
        if known:
            return known
    if not any(p.keyed.case.inputs for p in played):
        return None  # a question: what its answer has to do with the right one says nothing
    name = key.exercise.outputs[k]
    if seen in (STEPS, COMPLEX) and _as_measured(played, k):
        return diagnose_seen(name, seen)
    gradient = key.exercise.gradient
    a_loss = gradient is not None and not gradient.cached
    everywhere = [*played, *(p for p in elsewhere if p.keyed.case.item is None
                             or not (p.trial.error or p.keyed.case.judge))]
    return (general_mistake(name, everywhere, k, a_loss)
            or exchanged(key.exercise.outputs, everywhere, k)
            or in_another_shape(name, everywhere, k)
            or where_it_is_wrong(name, [p for p, w in zip(played, wrong_in, strict=True) if w], k,
                                 [p for p in elsewhere if _is_asked_and_wrong(p, k)])
            or _part_of_the_cases(key, played, k, wrong_in))


def _is_asked_and_wrong(p: Played, k: int) -> bool:
    """Whether a case asks for output `k`, and it is wrong there; a judge's words are of more."""
    if p.keyed.case.judge or p.keyed.right.outputs[k] is None:
        return False
    return p.trial.error is not None or p.difference(k) is not None


class Suspect:
    """A known mistake, held against the answer.

    Parameters
    ----------
    exercise : Exercise
    name : str
        The mistake.
    played, k, wrong_in, elsewhere
        As in `diagnose_output`.
    """

    def __init__(
        self, exercise: Exercise, name: str, played: Sequence[Played], k: int,
        wrong_in: Sequence[bool], elsewhere: Sequence[Played],
    ):
        self.exercise, self.name, self.k = exercise, name, k
        self.played = played
        # The known mistake was played with its own cache: so must be the answer beside it, unless
        # there is no forward function yet that would make one.
        self.elsewhere = [Played(p.keyed, p.own) if p.own and not p.without_forward else p
                          for p in elsewhere]
        self.wrong = [p for p, wrong in zip(played, wrong_in, strict=True) if wrong]

    @property
    def fits(self) -> bool:
        """Whether it explains the output, and on evidence."""
        return self._agrees_in(self.played, self.k) and self._is_evident() and not (
            self._would_show_elsewhere() or self._would_show_beside())

    @property
    def rank(self) -> tuple[bool, ...]:
        """How well it fits, the best first: floats are no truth values, and a mistake that
        explains all that is wrong is likelier than one that explains this output only."""
        other_kind = any(
            _kind(p.trial.outputs[self.k]) != _kind(self._known(p).outputs[self.k])
            for p in self.played if not p.trial.error
        )
        return other_kind, not self.everywhere, not self.whole

    @property
    def whole(self) -> bool:
        """Whether it gives all outputs of the answer in the cases that were judged."""
        return all(self._agrees_in(self.played, j) for j in range(len(self.exercise.outputs)))

    @property
    def everywhere(self) -> bool:
        """Whether it gives this output in the cases of other items, too."""
        return self._agrees_in(self.elsewhere, self.k)

    @property
    def wholly(self) -> bool:
        """Whether it gives all outputs in all cases that were played."""
        cases = [*self.played, *self.elsewhere]
        return all(self._agrees_in(cases, j) for j in range(len(self.exercise.outputs)))

    def holds(self, text: str) -> bool:
        """Whether what a text says of other outputs is so, as far as can be known."""
        return all(
            self._agrees_in(self.played, j) for j, name in enumerate(self.exercise.outputs)
            if j != self.k and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        )

    def _known(self, p: Played) -> Trial:
        return p.keyed.wrong[self.name]

    def _agrees_in(self, played: Sequence[Played], k: int) -> bool:
        """Whether it gives output `k`, right or wrong, or the same error in each case."""
        return all(
            same_error(self._known(p).error, p.trial.error)
            and (p.trial.error or not _differ(p.trial.outputs[k], self._known(p).outputs[k], p))
            for p in played
        )

    def _is_evident(self) -> bool:
        """Whether another mistake would hardly have given the same."""
        if any(p.trial.error for p in self.played):
            trials = [p.trial for p in (*self.played, *self.elsewhere)]
            return is_telling(trials) and self.whole and any(
                p.trial.error or self._is_wrong_in(p) for p in self.wrong)
        telling = [p for p in self.wrong if self._is_wrong_in(p)]
        # A question without inputs has one answer, and that is all there is to know.
        question = not any(p.keyed.case.inputs for p in self.played)
        if question or self.wholly or (len(telling) > 1 and not _one_number(telling, self.k)):
            return bool(telling)
        return any(_entries(p, self.k) >= ENOUGH_ENTRIES for p in telling)

    def _is_wrong_in(self, p: Played, k: int | None = None) -> bool:
        """Whether it is a mistake in a case, and not right there like others."""
        known, k = self._known(p), self.k if k is None else k
        return known.error is not None or is_wrong(compare(
            known.outputs[k], p.keyed.right.outputs[k], p.keyed.case.tolerance
        ))

    def _would_show_elsewhere(self) -> bool:
        """Whether it would spoil another case, and the answer is not wrong there in its way.

        Where it is right, the answer may be wrong in a case that decides another item: that would
        be a second mistake. What is wrong in the ordinary cases is behind this one as well.
        """
        return any(
            not self._agrees_in([p], self.k)
            for p in self.elsewhere if p.keyed.case.item is None or self._is_wrong_in(p)
        )

    def _would_show_beside(self) -> bool:
        """Whether it would spoil another output, and the answer has that one right everywhere.

        That is asked where one item stands for all outputs of its cases: who gives dx and dy at a
        tie does not turn the tie if dx is right. An item for one output speaks of that output.
        """
        if not all(p.keyed.case.item for p in self.played):
            return False
        right = [j for j in range(len(self.exercise.outputs))
                 if not any(p.trial.error or p.difference(j) for p in self.played)]
        return any(self._is_wrong_in(p, j) for p in self.played for j in right
                   if not p.keyed.case.judge)


def _told(key: AnswerKey, suspects: list[Suspect]) -> Diagnosis | None:
    """What is said of the mistakes that fit best: of two both, of more nothing."""
    suspects = [suspect for suspect in suspects if suspect.holds(suspect.name)]
    if not 0 < len(suspects) < 3:
        return None
    explanations, hints = [], []
    for suspect in suspects:
        explanation, hint = key.mistakes[suspect.name]
        # What is said of the rest of the answer must be so: "dw is mended" where it is not.
        tells_more = key.exercise.name.endswith(MENDED) or not suspect.holds(explanation)
        if not tells_more or (suspect.whole and suspect.everywhere):
            explanations.append(explanation)
        hints.append(hint)
    return Diagnosis(" or ".join(suspect.name for suspect in suspects),
                     " Or: ".join(dict.fromkeys(explanations)), " ".join(dict.fromkeys(hints)))


MENDED = "_mended"
"""Exercises in which a given function is to be mended: their explanations say what is already."""


def diagnose_change(
    key: AnswerKey, played: Sequence[Played], changed: tuple[str, ...]
) -> Diagnosis:
    """Name the mistake behind inputs that were changed."""
    for name, (explanation, hint) in key.mistakes.items():
        if all(_changes_the_same(p, p.keyed.wrong[name]) for p in played):
            return Diagnosis(name, explanation, hint)
    return Diagnosis(
        f"{' and '.join(changed)} {'is' if len(changed) == 1 else 'are'} changed in place",
        "The caller still needs that array: what comes next would compute with damaged numbers.",
        "Work on a copy, or build a new array instead of writing into this one.",
    )


def _changes_the_same(p: Played, known: Trial) -> bool:
    """Whether a known mistake changes the same inputs in a case, and to the same."""
    return p.trial.changed == known.changed


def diagnose_seen(name: str, seen: str) -> Diagnosis:
    """The name of what was seen while a gradient was computed: no formula, whatever its digits."""
    if seen == TAKEN_OFF:
        return Diagnosis("", "The check watches how a gradient is computed, and this function "
                         "switches that off.", "Leave sys.settrace and sys.setprofile alone.")
    how = ("its inputs are changed entry by entry" if seen == STEPS
           else "its inputs are given an imaginary part")
    return Diagnosis(
        NUMERICAL,
        f"While {name} is computed, {how}, and the function is tried out on them. That measures "
        "the gradient; the exercise is to derive the formula.",
        WRITE_THE_FORMULA,
    )


def _as_measured(played: Sequence[Played], k: int) -> bool:
    """Whether an output agrees with the right one as well as any differences do."""
    for p in played:
        got = None if p.trial.error else as_array(p.trial.outputs[k])
        expected = as_array(p.keyed.right.outputs[k])
        if got is None or expected is None or got.shape != expected.shape:
            return False
        if error_between(got, expected) > AS_MEASURED:
            return False
    return True


def _part_of_the_cases(key: AnswerKey, played, k, wrong_in) -> Diagnosis | None:
    """In which cases something is wrong; those that do not ask for the output are not counted.

    Where an item of its own raised, or was judged as a whole, no single output is meant: that
    has the name of the exercise.
    """
    pairs = list(zip(played, wrong_in, strict=True))
    whole = any(w and (p.keyed.case.judge or (p.trial.error and p.keyed.case.item))
                for p, w in pairs)
    asked = [(p, w) for p, w in pairs if w or whole or p.keyed.right.outputs[k] is not None]
    wrong = [p.keyed.case.name for p, w in asked if w]
    right = [p.keyed.case.name for p, w in asked if not w]
    if not right or not wrong:
        return None
    name = key.exercise.name if whole else key.exercise.outputs[k]
    return Diagnosis(
        "",
        f"{name} is right in {len(right)} of {len(asked)} cases ({'; '.join(right[:3])}) and "
        f"wrong in: {'; '.join(wrong[:3])}.",
        "What do the cases that fail have in common?",
    )


def _differ(got, known, p: Played) -> bool:
    tolerance = max(SAME_MISTAKE, p.keyed.case.tolerance)
    return compare(got, known, tolerance) is not None


def _entries(p: Played, k: int) -> int:
    """How many entries of different size are wrong; 1 for what is no array."""
    got, expected = as_array(p.trial.outputs[k]), as_array(p.keyed.right.outputs[k])
    if got is None or expected is None:
        return 1
    return different_entries(got, expected, p.keyed.case.tolerance)


def _one_number(played: Sequence[Played], k: int) -> bool:
    """Whether an output is the same single number each time, as many mistakes would make it."""
    arrays = [as_array(p.trial.outputs[k]) for p in played]
    return all(array is not None and array.size == 1 for array in arrays) and len(
        {float(np.real(array.ravel()[0])) for array in arrays if array is not None}) == 1


def _kind(value) -> str:
    array = as_array(value)
    return array.dtype.kind if array is not None else type(value).__name__
