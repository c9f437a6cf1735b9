"""Right values with too few digits: what can be said of them on evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array, compare
from autograder.checking.general import Diagnosis
from autograder.checking.playing import Played

MOST_DECIMALS = 12
KEEP_DIGITS = "What loses digits? A constant that is rounded, or a small number that is added."


def about_digits(names: Sequence[str], error: float) -> str:
    """How far outputs are right: "dx and dw are right to 7 digits, and float64 holds 15.\""""
    verb = "is" if len(names) == 1 else "are"
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    digits = int(np.floor(-np.log10(error)))
    return f"{listed} {verb} right to {digits} digits, and float64 holds 15."


def diagnose_digits(key: AnswerKey, found: Sequence[tuple[Played, int]]) -> Diagnosis:
    """Why outputs have too few digits.

    Parameters
    ----------
    key : AnswerKey
    found : sequence of (Played, int)
        Cases and positions of outputs that are imprecise there.

    Returns
    -------
    Diagnosis
        With a name only where all the numbers bear it out.
    """
    for name, (explanation, hint) in key.mistakes.items():
        if all(_gives(name, p, k) for p, k in found):
            return Diagnosis(name, explanation, hint)
    arrays = [array for p, k in found if (array := as_array(p.trial.outputs[k])) is not None]
    if len(arrays) < len(found) or any(array.dtype.kind != "f" for array in arrays):
        return Diagnosis("", hint=KEEP_DIGITS)  # lists of numbers, for example
    if all(np.array_equal(array.astype(np.float32), array) for array in arrays):
        return Diagnosis(
            "computed in float32",
            "float32 holds 7 digits. All the numbers that come out are float32 numbers, where the "
            "inputs are float64.",
            "Where does an array become float32? Look at dtype=, at astype, and at libraries that "
            "choose float32 by themselves.",
        )
    for decimals in range(MOST_DECIMALS):
        # A float of a hundred million has no more than eight decimals, whoever computed it.
        if all(
            np.array_equal(array.round(decimals), array)
            and np.spacing(np.abs(array).max(initial=0.0)) < 1e-2 * 10.0**-decimals
            for array in arrays
        ):
            return Diagnosis(
                f"rounded to {decimals} decimals",
                f"No number that comes out has more than {decimals} decimals. Whatever is computed "
                "from it next inherits that error.",
                "Return the numbers as they were computed. Where are they rounded?",
            )
    return Diagnosis("", hint=KEEP_DIGITS)


def _gives(name: str, p: Played, k: int) -> bool:
    """Whether a known mistake gives an output much more exactly than the right answer does."""
    known = p.keyed.wrong[name]
    if known.error:
        return False
    right = p.imprecision(k)
    closer = min(p.keyed.case.tolerance, (right.error or 0.0) / 100 if right else 0.0)
    return compare(p.trial.outputs[k], known.outputs[k], closer) is None
