"""Comparing what came with what was expected, in the order a person would ask.

Type, then shape, then dtype and finiteness, then values. The first that fails is
the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TYPE, SHAPE, DTYPE, NOT_FINITE, VALUE = "type", "shape", "dtype", "not finite", "value"
JUDGED = "judged"
"""The kinds of differences. JUDGED ones come from a case's own judge, and not from here."""


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
    """

    kind: str
    text: str
    got: str
    expected: str
    error: float | None = None
    only_shape: bool = False


def compare(got, expected, tolerance: float, dims: Mapping[str, int] | None = None):
    """The first difference between `got` and `expected`, or None if they agree.

    Parameters
    ----------
    got : plain data
        From a student; anything.
    expected : plain data
        From the reference: an array, a number, a bool, a string, or a tuple or list of these.
    tolerance : float
        Largest error allowed, relative to the entry and to the largest entry of `expected`.
    dims : mapping of str to int, optional
        Letters for sizes, to describe shapes with.
    """
    if isinstance(expected, (tuple, list)):
        return _compare_sequences(got, expected, tolerance, dims or {})
    if isinstance(expected, str) and len(expected) == 1:
        return _compare_choices(got, expected)
    if isinstance(expected, (bool, np.bool_)) or expected is None or isinstance(expected, str):
        return _compare_exactly(got, expected)
    return _compare_arrays(got, np.asarray(expected), tolerance, dims or {})


def error_between(got: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, relative to the largest entry of `expected`; inf if not finite.

    Entries are not compared relative to themselves: a sum that cancels to nearly 0
    depends on the order of its terms, and every order is right.
    """
    if expected.size == 0:
        return 0.0
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    finite = np.isfinite(got) & np.isfinite(expected)
    if not (same | finite).all():
        return float("inf")
    size = max(1e-8, float(np.max(np.abs(np.where(np.isfinite(expected), expected, 0.0)))))
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(got - expected)) / size
    return float(np.max(np.nan_to_num(gap, nan=np.inf)))


def as_array(value) -> np.ndarray | None:
    """A value as a numeric array, or None if it cannot be one."""
    if isinstance(value, (str, dict)) or value is None:
        return None
    try:
        array = np.asarray(value)
    except Exception:  # whatever a student's list holds
        return None
    return array if array.dtype.kind in "biufc" else None


def shape_text(shape: tuple[int, ...], dims: Mapping[str, int]) -> str:
    """``(3, 4)`` as ``(N, D)``; sizes without a letter stay numbers; '' if no letter fits."""
    letters: dict[int, str] = {}
    for letter, size in dims.items():
        letters.setdefault(size, letter)
    if not any(size in letters for size in shape):
        return ""
    parts = [letters.get(size, str(size)) if size != 1 else "1" for size in shape]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _compare_arrays(got, expected: np.ndarray, tolerance: float, dims) -> Difference | None:
    array = as_array(got)
    if array is None:
        return Difference(
            TYPE,
            f"is {_describe(got)}, where {_describe(expected)} is expected",
            _describe(got),
            _describe(expected),
        )
    if array.shape != expected.shape:
        return _shape_difference(array, expected, tolerance, dims)
    wants_integers = expected.dtype.kind in "iub"
    if wants_integers and expected.dtype.kind != "b" and array.dtype.kind not in "iu":
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
    return _value_difference(array, expected, tolerance)


def _shape_difference(array, expected, tolerance, dims) -> Difference:
    only_shape = False
    if sorted(s for s in array.shape if s != 1) == sorted(s for s in expected.shape if s != 1) or (
        array.size == expected.size
    ):
        reshaped = array.reshape(expected.shape)
        only_shape = error_between(_wide(reshaped), _wide(expected)) <= tolerance
    letters_got, letters_expected = shape_text(array.shape, dims), shape_text(expected.shape, dims)
    text = f"has shape {array.shape}, where {expected.shape} is expected"
    if letters_got and letters_expected:
        text += f": {letters_got} in place of {letters_expected}"
    return Difference(
        SHAPE,
        text,
        f"shape {array.shape}" + (f" = {letters_got}" if letters_got else ""),
        f"shape {expected.shape}" + (f" = {letters_expected}" if letters_expected else ""),
        only_shape=only_shape,
    )


def _value_difference(array, expected, tolerance) -> Difference | None:
    array, wide = _wide(array), _wide(expected)
    bad = ~np.isfinite(array) & np.isfinite(wide)
    if bad.any():
        index = _first(bad)
        return Difference(
            NOT_FINITE,
            f"{_entry(index)}is {_number(array[index])}, where {_number(wide[index])} is expected",
            f"{_entry(index)}{_number(array[index])}",
            _number(wide[index]),
            float("inf"),
        )
    error = error_between(array, wide)
    if error <= tolerance:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.abs(np.where(np.isfinite(array) & np.isfinite(wide), array - wide, np.inf))
    gap = np.where((array == wide) | (np.isnan(array) & np.isnan(wide)), 0.0, gap)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape))
    # As chapter 01 defines it, of this entry. What decides is the error above, which is measured
    # by the largest entry.
    with np.errstate(over="ignore", invalid="ignore"):
        told = gap[index] / max(1e-8, abs(array[index]) + abs(wide[index]))
    return Difference(
        VALUE,
        f"{_entry(index)}is {_number(array[index])}, where {_number(wide[index])} is expected "
        f"(relative error {told:.1e})",
        f"{_entry(index)}{_number(array[index])}",
        _number(wide[index]),
        error,
    )


def _compare_sequences(got, expected, tolerance, dims) -> Difference | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        return Difference(
            TYPE,
            f"is {_describe(got)}, where {_describe(expected)} is expected",
            _describe(got),
            _describe(expected),
        )
    for index, (part, wanted) in enumerate(zip(got, expected, strict=True)):
        difference = compare(part, wanted, tolerance, dims)
        if difference:
            return Difference(
                difference.kind,
                f"[{index}] {difference.text}",
                f"[{index}] {difference.got}",
                difference.expected,
                difference.error,
            )
    return None


def _compare_exactly(got, expected) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got.item()
    if type(got) is type(expected) and got == expected:
        return None
    if isinstance(expected, (bool, np.bool_)) and isinstance(got, (bool, np.bool_)):
        return None if bool(got) == bool(expected) else Difference(
            VALUE, f"is {got}, where {expected} is expected", str(got), str(expected)
        )
    return Difference(
        TYPE if type(got) is not type(expected) else VALUE,
        f"is {_describe(got)}, where {_describe(expected)} is expected",
        _describe(got),
        _describe(expected),
    )


def _compare_choices(got, expected: str) -> Difference | None:
    """A letter that chooses an answer. Which one is right is not said: there are so few."""
    letter = got.strip().strip(".()").lower() if isinstance(got, str) else ""
    if letter == expected:
        return None
    if len(letter) == 1 and letter.isalpha():
        return Difference(VALUE, f'is "{letter}", which is not the right choice', letter, "")
    return Difference(
        TYPE, f'is {_describe(got)}, where one letter in quotes is expected, such as "a"',
        _describe(got), "one letter",
    )


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))


def _entry(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}] " if index else ""


def _number(value) -> str:
    return f"{value:z.6g}"


def _describe(value) -> str:
    """A value as a student would name it, short."""
    if value is None:
        return "None"
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, np.ndarray):
        if value.shape == ():
            return f"the number {value.item():.6g}" if value.dtype.kind in "iuf" else str(value)
        return f"an array of shape {value.shape}"
    if isinstance(value, (int, float)):
        return f"the number {value:.6g}" if abs(value) < 1e300 else "a number beyond all floats"
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, (tuple, list)):
        kind = type(value).__name__
        if len(value) <= 6 and all(
            isinstance(v, (float, str)) or (isinstance(v, int) and abs(v) < 1e15) for v in value
        ):
            return f"the {kind} {value!r}"[:80]
        return f"a {kind} of {len(value)}"
    return f"a {type(value).__name__}"
