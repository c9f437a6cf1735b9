"""Which mistake was it? A wrong output is held against the known mistakes, then the general ones.

Nothing here reads the student's code. A mistake is recognised by what it computes, so
it is recognised however it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array, compare, error_between
from autograder.checking.playing import Played
from autograder.kit.watching import STEPS, TAKEN_OFF

NUMERICAL = "a numerical gradient was handed in"
WRITE_THE_FORMULA = "Write the gradient with the formula from the derivation above."

SAME_MISTAKE = 1e-6
"""Two wrong outputs that agree this well come from the same mistake."""


@dataclass(frozen=True)
class Diagnosis:
    """The name of a mistake, why it is one, and one next step."""

    mistake: str
    explanation: str = ""
    hint: str = ""


def diagnose_output(
    key: AnswerKey, played: Sequence[Played], k: int, wrong_in: Sequence[bool]
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

    Returns
    -------
    Diagnosis or None
    """
    # First those that give all outputs of the answer; then those that give this one, at least.
    for whole, same_kind in ((True, True), (False, True), (False, False)):
        for name, (explanation, hint) in key.mistakes.items():
            if _explains(name, played, k, wrong_in, same_kind, whole):
                return Diagnosis(name, explanation, hint)
    failing = [p for p, wrong in zip(played, wrong_in, strict=True) if wrong]
    if not any(p.keyed.case.inputs for p in failing):
        return None  # a question: what its answer has to do with the right one says nothing
    name = key.exercise.outputs[k]
    gradients = key.exercise.gradient.of if key.exercise.gradient else {}
    return (
        (_numerical(name, played, k) if name in gradients else None)
        or _general(name, failing, k)
        or _part_of_the_cases(key, played, k, wrong_in)
    )


def diagnose_change(
    key: AnswerKey, played: Sequence[Played], changed: tuple[str, ...]
) -> Diagnosis:
    """Name the mistake behind inputs that were changed."""
    for name, (explanation, hint) in key.mistakes.items():
        if any(p.keyed.wrong[name].changed == changed for p in played):
            return Diagnosis(name, explanation, hint)
    return Diagnosis(
        "an input is changed in place",
        "The caller still needs that array: what comes next would compute with damaged numbers.",
        "Work on a copy, or build a new array instead of writing into this one.",
    )


def _explains(
    name: str, played: Sequence[Played], k: int, wrong_in: Sequence[bool], same_kind: bool,
    whole: bool,
) -> bool:
    """Whether a known mistake gives this output, right or wrong, in every case.

    With `same_kind`, also in the same kind of dtype: floats are not truth values. With `whole`,
    and where a case raised, which tells little, it must give all other outputs as well.
    """
    whole = whole or any(p.trial.error for p in played)
    judged = range(len(played[0].keyed.right.outputs)) if whole else [k]
    telling = False
    for p, wrong in zip(played, wrong_in, strict=True):
        known = p.keyed.wrong[name]
        if known.error or p.trial.error:
            if not (known.error and p.trial.error and known.error.kind == p.trial.error.kind):
                return False
            telling = telling or wrong
            continue
        if any(compare(p.trial.outputs[j], known.outputs[j], SAME_MISTAKE) for j in judged):
            return False
        if same_kind and _kind(p.trial.outputs[k]) != _kind(known.outputs[k]):
            return False
        differs = compare(known.outputs[k], p.keyed.right.outputs[k], p.keyed.case.tolerance)
        telling = telling or (wrong and differs is not None)
    return telling


def _numerical(name: str, played: Sequence[Played], k: int) -> Diagnosis | None:
    """Right to the precision of finite differences, and no better."""
    errors = []
    for p in played:
        got, expected = _pair(p, k)
        if got is None or got.shape != expected.shape:
            return None
        if expected.dtype == np.float64:
            if got.dtype != np.float64:
                return None
            errors.append(error_between(got, expected))
    # A formula is right to 15 digits wherever it is right; finite differences never are.
    noisy = [error for error in errors if 1e-14 < error <= SAME_MISTAKE]
    if 2 * len(noisy) >= len(errors) > 0 and max(errors) <= 5e-2:
        return Diagnosis(
            NUMERICAL,
            f"{name} agrees with the right gradient as far as finite differences can, and no "
            "further. They are the judge here; the exercise is to derive the formula.",
            WRITE_THE_FORMULA,
        )
    return None


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


def _general(name: str, failing: list[Played], k: int) -> Diagnosis | None:
    pairs = [_pair(p, k) for p in failing]
    if not pairs or any(got is None for got, _ in pairs):
        return None
    for test in (_zeros, _scaled, _transposed):
        found = test(name, failing, pairs)
        if found:
            return found
    return None


def _zeros(name, failing, pairs) -> Diagnosis | None:
    if all(got.size and not np.any(got) and np.any(expected) for got, expected in pairs):
        return Diagnosis(f"{name} is all zeros", "Nothing was written into it.",
                         f"Look for where {name} gets its values.")
    return None


def _scaled(name, failing, pairs) -> Diagnosis | None:
    """A constant factor, read as a letter of the sizes where that fits every case."""
    factors = [_factor(got, expected) for got, expected in pairs]
    if not all(factors):
        return None
    if all(abs(factor + 1) < SAME_MISTAKE for factor in factors):
        return Diagnosis(f"{name} has the wrong sign",
                         f"Every entry of {name} is exactly minus what it should be.",
                         "Follow the minus signs through the derivation.")
    found = _scaled_by_a_size(name, failing, factors)
    if found:
        return found
    entries = sum(np.count_nonzero(expected) for _, expected in pairs)
    if entries > 1 and np.allclose(factors, factors[0], rtol=SAME_MISTAKE):
        return Diagnosis(f"{name} is {factors[0]:.6g} times what it should be",
                         f"Every entry of {name} is off by this one factor.",
                         "Look for a constant factor that was lost or counted twice.")
    return None


def _factor(got: np.ndarray, expected: np.ndarray) -> float:
    """The one factor between two arrays; 0 if there is none."""
    if got.shape != expected.shape or not np.any(expected):
        return 0.0
    factor = float(np.vdot(expected, got).real / np.vdot(expected, expected).real)
    if not np.isfinite(factor):
        return 0.0
    error = error_between(got, factor * expected)
    return factor if error <= SAME_MISTAKE * max(1, abs(factor)) else 0.0


def _scaled_by_a_size(name, failing, factors: list[float]) -> Diagnosis | None:
    for letter in failing[0].keyed.case.dims:
        sizes = [p.keyed.case.dims.get(letter, 0) for p in failing]
        if 0 in sizes or all(size == 1 for size in sizes):
            continue
        if np.allclose(factors, sizes, rtol=SAME_MISTAKE):
            mean = ": the mean over the batch is missing" if letter == "N" else ""
            return Diagnosis(f"{name} is exactly {letter} times too large{mean}",
                             hint=f"Where should a division by {letter} happen?")
        if np.allclose(factors, 1 / np.array(sizes), rtol=SAME_MISTAKE):
            extra = ": a mean where the sum belongs" if letter == "N" else ""
            return Diagnosis(f"{name} is exactly {letter} times too small{extra}",
                             hint=f"Where does the division by {letter} come from?")
    return None


def _transposed(name, failing, pairs) -> Diagnosis | None:
    dimensions = pairs[0][1].ndim
    if dimensions < 2 or dimensions > 4 or any(e.ndim != dimensions for _, e in pairs):
        return None
    for axes in permutations(range(dimensions)):
        if axes != tuple(range(dimensions)) and all(
            got.shape == expected.transpose(axes).shape
            and error_between(got, expected.transpose(axes)) <= SAME_MISTAKE
            for got, expected in pairs
        ):
            how = "transposed" if dimensions == 2 else f"right, but with its axes in order {axes}"
            return Diagnosis(f"{name} is {how}",
                             "The numbers are right and stand in the wrong places.",
                             f"Compare the shape of {name} with the shape it is the gradient of.")
    return None


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


def _kind(value) -> str:
    array = as_array(value)
    return array.dtype.kind if array is not None else type(value).__name__


def _pair(p: Played, k: int):
    if p.trial.error:
        return None, None
    got = as_array(p.trial.outputs[k])
    expected = as_array(p.keyed.right.outputs[k])
    if got is None or expected is None:
        return None, None
    return got, expected
