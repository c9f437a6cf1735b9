"""Comparing what came with what was expected, in the order a person would ask.

Type, then shape, then dtype and finiteness, then values. The first that fails is
the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograder.checking.exercise import FLOAT64_TOLERANCE
from autograder.checking.naming import Naming, index_text

TYPE, SHAPE, DTYPE, NOT_FINITE, VALUE = "type", "shape", "dtype", "not finite", "value"
JUDGED = "judged"
"""The kinds of differences. JUDGED ones come from a case's own judge, and not from here."""

IMPRECISE = 1e-5
"""Values that differ by no more are right, but for their last digits. That holds where the usual
tolerance does: a case with a larger one says itself which values are right."""


@dataclass(frozen=True)
class Difference:
    """The first thing that is wrong with an output.

    Attributes
    ----------
    kind : str
        One of TYPE, SHAPE, DTYPE, NOT_FINITE, VALUE, JUDGED.
    text : str
        The sentence a student reads, without the name of the output: "has shape ...".
    got, expected : str
        Short forms of both, for the table.
    error : float or None
        Relative error, where values were compared.
    only_shape : bool
        True if the values are right once the shape is mended.
    imprecise : bool
        True if only the last digits differ: the values are right.
    """

    kind: str
    text: str
    got: str
    expected: str
    error: float | None = None
    only_shape: bool = False
    imprecise: bool = False


AT_HOME = Naming()


def compare(got, expected, tolerance: float, naming: Naming = AT_HOME) -> Difference | None:
    """The first difference between `got` and `expected`, or None if they agree.

    Parameters
    ----------
    got : plain data
        From a student; anything.
    expected : plain data
        From the reference: an array, a number, a bool, a string, or a tuple or list of these.
    tolerance : float
        Largest error allowed, relative to the entry and to the largest entry of `expected`.
    naming : Naming, optional
        How both are named: the letters for sizes, and whether the case is hidden.
    """
    if isinstance(expected, (tuple, list)):
        return _compare_sequences(got, expected, tolerance, naming)
    if isinstance(expected, str) and len(expected) == 1:
        return _compare_choices(got, expected, naming)
    if isinstance(expected, (bool, np.bool_)) or expected is None or isinstance(expected, str):
        return _compare_exactly(got, expected, naming)
    return _compare_arrays(got, np.asarray(expected), tolerance, naming)


def error_between(got: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, relative to the largest entry of `expected`; inf if not finite.

    Entries are not compared relative to themselves: a sum that cancels to nearly 0
    depends on the order of its terms, and every order is right.
    """
    if expected.size == 0:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        gap = float(np.abs(got - expected).max())
    if math.isfinite(gap):  # so are all entries
        return gap / max(1e-8, float(np.abs(expected).max()))
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    finite = np.isfinite(got) & np.isfinite(expected)
    if not (same | finite).all():
        return float("inf")
    size = max(1e-8, float(np.max(np.abs(np.where(np.isfinite(expected), expected, 0.0)))))
    with np.errstate(over="ignore", invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(got - expected)) / size
    return float(np.max(np.nan_to_num(gaps, nan=np.inf)))


def as_array(value) -> np.ndarray | None:
    """A value as a numeric array, or None if it cannot be one."""
    if isinstance(value, (str, dict)) or value is None:
        return None
    try:
        array = np.asarray(value)
    except Exception:  # whatever a student's list holds
        return None
    return array if array.dtype.kind in "biufc" else None


def _other(kind: str, got, expected, naming: Naming) -> Difference:
    """What came is another thing than what was expected."""
    came, wanted = naming.came(got), naming.expected(expected)
    return Difference(kind, f"is {came}, where {wanted} is expected", came, wanted)


def _compare_arrays(
    got, expected: np.ndarray, tolerance: float, naming: Naming
) -> Difference | None:
    array = as_array(got)
    if array is None:
        return _other(TYPE, got, expected, naming)
    if array.shape != expected.shape:
        return _shape_difference(array, expected, tolerance, naming)
    # Answers of 0 and 1 may be integers, floats or truth values.
    wants_integers = expected.dtype.kind in "iu" and not np.all((expected == 0) | (expected == 1))
    if wants_integers and array.dtype.kind not in "iu":
        return Difference(
            DTYPE,
            f"has dtype {array.dtype}, where an integer dtype is expected",
            str(array.dtype),
            str(expected.dtype),
        )
    if array.dtype.kind == "c" and expected.dtype.kind != "c":
        return Difference(
            DTYPE, f"has dtype {array.dtype}, where real numbers are expected",
            str(array.dtype), str(expected.dtype),
        )
    return _value_difference(array, expected, tolerance, naming)


def _shape_difference(array, expected, tolerance, naming: Naming) -> Difference:
    only_shape = False
    if sorted(s for s in array.shape if s != 1) == sorted(s for s in expected.shape if s != 1) or (
        array.size == expected.size
    ):
        reshaped = array.reshape(expected.shape)
        only_shape = error_between(_wide(reshaped), _wide(expected)) <= _most(tolerance)
    came, wanted = naming.shape(array.shape), naming.shape(expected.shape)
    numbers, letters = ([text.partition(" = ")[k] for text in (came, wanted)] for k in (0, 2))
    text = f"has shape {numbers[0]}, where {numbers[1]} is expected"
    if all(letters):
        text += f": {letters[0]} in place of {letters[1]}"
    return Difference(SHAPE, text, f"shape {came}", f"shape {wanted}", only_shape=only_shape)


def _value_difference(array, expected, tolerance, naming: Naming) -> Difference | None:
    array, wide = _wide(array), _wide(expected)
    error = error_between(array, wide)
    if error <= tolerance:
        return None
    bad = ~np.isfinite(array) & np.isfinite(wide)
    if bad.any():
        index = _first(bad)
        came, wanted = naming.numbers(array[index], wide[index])
        return Difference(
            NOT_FINITE,
            f"{index_text(index)}is {came}, {naming.instead(wanted)}",
            f"{index_text(index)}{came}",
            naming.right(wanted),
            float("inf"),
        )
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.abs(np.where(np.isfinite(array) & np.isfinite(wide), array - wide, np.inf))
    gap = np.where((array == wide) | (np.isnan(array) & np.isnan(wide)), 0.0, gap)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape))
    # As chapter 01 defines it, of this entry. What decides is the error above, which is measured
    # by the largest entry.
    with np.errstate(over="ignore", invalid="ignore"):
        told = gap[index] / max(1e-8, abs(array[index]) + abs(wide[index]))
    came, wanted = naming.numbers(array[index], wide[index])
    return Difference(
        VALUE,
        f"{index_text(index)}is {came}, {naming.instead(wanted, told)}",
        f"{index_text(index)}{came}",
        naming.right(wanted),
        error,
        imprecise=error <= _most(tolerance),
    )


def _most(tolerance: float) -> float:
    """Up to which error values are right, but for their last digits."""
    return IMPRECISE if tolerance <= FLOAT64_TOLERANCE else tolerance


def _compare_sequences(got, expected, tolerance, naming: Naming) -> Difference | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        return _other(TYPE, got, expected, naming)
    imprecise = None
    for index, (part, wanted) in enumerate(zip(got, expected, strict=True)):
        difference = compare(part, wanted, tolerance, naming)
        if difference:
            difference = Difference(
                difference.kind,
                f"[{index}] {difference.text}",
                f"[{index}] {difference.got}",
                difference.expected,
                difference.error,
                imprecise=difference.imprecise,
            )
            if not difference.imprecise:
                return difference
            imprecise = imprecise or difference
    return imprecise


def _compare_exactly(got, expected, naming: Naming) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got.item()
    if isinstance(expected, (bool, np.bool_)):
        expected = bool(expected)
        got = bool(got) if isinstance(got, (int, float, np.generic)) and got in (0, 1) else got
    if type(got) is type(expected) and got == expected:
        return None
    if type(got) is not type(expected):
        return _other(TYPE, got, expected, naming)
    came, wanted = naming.came(got), naming.expected(expected)
    return Difference(VALUE, f"is {came}, {naming.instead(wanted)}", came, naming.right(wanted))


def _compare_choices(got, expected: str, naming: Naming) -> Difference | None:
    """A letter that chooses an answer. Which one is right is not said: there are so few."""
    letter = got.strip().strip(".()").lower() if isinstance(got, str) else ""
    if letter == expected:
        return None
    if len(letter) == 1 and letter.isalpha():
        return Difference(VALUE, f'is "{letter}", which is not the right choice', letter, "")
    return Difference(
        TYPE, f'is {naming.came(got)}, where one letter in quotes is expected, such as "a"',
        naming.came(got), "one letter",
    )


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))
