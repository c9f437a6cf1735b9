"""How values are named in what a student reads: what came, and what was expected.

Of a hidden case less is told than at home: of an array one number, of anything else its type and
size. A text, or the sizes of an array, could carry the numbers that a function was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

THEIRS = re.compile(
    r"(?<!\w)'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
    r"|(?<![\w.])-?(?:\d*\.\d+|\d{4,})(?:e[+-]?\d+)?(?!\w)|\d+e[+-]?\d+"
    r"|\((?:\d+, ){6,}\d+\)"
)
"""What in a judge's words may be of a student's making: quoted texts, numbers with a decimal point,
with an exponent or with more than three digits, and the shapes of very many axes."""

SPELLED = re.compile(r"(?<![\w.])-?\d[\d.]*(?:e[+-]?\d+)?")
"""A number in the name of a case."""

DTYPES = {"float16", "float32", "float64", "int32", "int64", "bool", "complex128", "no array"}
"""Texts that are told of a hidden case, too: the name of a dtype, where that is what is judged."""

MOST_ENTRIES, MOST_AXES = 100_000, 6
"""Of a larger array in a hidden case the shape is not told: nobody needs so many digits."""


def shape_text(shape: tuple[int, ...], dims: Mapping[str, int]) -> str:
    """``(3, 4)`` as ``(N, D)``; '' if no letter fits.

    A size that no letter has, or more than one, stays a number: a letter that may be another one
    leads astray.
    """
    sizes = list(dims.values())
    letters = {size: letter for letter, size in dims.items() if sizes.count(size) == 1}
    if not any(size in letters for size in shape):
        return ""
    parts = [letters.get(size, str(size)) if size != 1 else "1" for size in shape]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def number_text(value, digits: int = 6) -> str:
    """A number with six digits, or more."""
    return f"{value:z.{digits}g}"


def unlike(came, wanted) -> tuple[str, str]:
    """Two numbers that differ, with as many digits as it takes to see that."""
    for digits in (6, 9, 12, 15, 17):
        texts = number_text(came, digits), number_text(wanted, digits)
        if texts[0] != texts[1]:
            break
    return texts


def index_text(index: tuple[int, ...]) -> str:
    """The index of an entry and a space; nothing for a number that stands alone."""
    return f"[{', '.join(map(str, index))}] " if index else ""


def without_numbers(names: list[str]) -> list[str]:
    """Names of cases without their numbers; those that are alike then are counted."""
    bare = [SPELLED.sub("…", name) for name in names]
    return [f"{name} ({bare[:k + 1].count(name)})" if bare.count(name) > 1 else name
            for k, name in enumerate(bare)]


@dataclass(frozen=True)
class Naming:
    """How values are named.

    Attributes
    ----------
    dims : dict of str to int
        Letters for sizes, to describe shapes with.
    hidden : bool
        Whether they are of a hidden case.
    question : bool
        Whether they answer a question, which has one right answer wherever it is asked.
    """

    dims: Mapping[str, int] = field(default_factory=dict)
    hidden: bool = False
    question: bool = False

    def came(self, value) -> str:
        """What a student returned."""
        return _of_hidden(value) if self.hidden else _at_home(value)

    def expected(self, value) -> str:
        """What was expected: of a hidden case and of a question only the type."""
        if not (self.hidden or self.question):
            return _at_home(value)
        if isinstance(value, (bool, np.bool_)):
            return "True or False"
        if isinstance(value, (int, float, complex)) or (
                isinstance(value, np.ndarray) and not value.shape):
            return "a number"
        return _of_hidden(value)

    def numbers(self, came, wanted) -> tuple[str, str]:
        """A number that came, and the one that was expected.

        Of a hidden case the first is all that is told, and six of its digits are enough.
        """
        if self.hidden:
            return number_text(came), number_text(wanted)
        return unlike(came, wanted)

    def instead(self, expected: str, error: float | None = None) -> str:
        """The end of a sentence about a wrong value: what was expected, and the relative error."""
        error_text = f" (relative error {error:.1e})" if error is not None else ""
        if self.question:
            return "which is not right"
        if self.hidden:
            return f"which is not right{error_text}"
        return f"where {expected} is expected{error_text}"

    def judged(self, text: str) -> str:
        """What a judge says of what came."""
        return THEIRS.sub("…", text) if self.hidden else text

    def right(self, expected: str) -> str:
        """An expected value, for the table; empty where it is not told."""
        return "" if self.hidden or self.question else expected

    def shape(self, shape: tuple[int, ...]) -> str:
        """A shape that came, in numbers and in letters: ``(3, 4) = (N, D)``."""
        if self.hidden and not tellable(shape):
            return "too large to be told"
        letters = shape_text(shape, self.dims)
        return f"{shape} = {letters}" if letters else str(shape)


def tellable(shape: tuple[int, ...]) -> bool:
    """Whether the shape of what a student returned may be told in a hidden case."""
    return len(shape) <= MOST_AXES and math.prod(max(1, size) for size in shape) <= MOST_ENTRIES


def _at_home(value) -> str:
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


def _of_hidden(value) -> str:
    """A value by its type and size; a number that stands alone as at home."""
    if isinstance(value, str):
        return repr(value) if value in DTYPES else "a string"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray) and value.shape:
        if tellable(value.shape):
            return f"an array of shape {value.shape}"
        return f"an array with {value.ndim} axes"
    if isinstance(value, np.ndarray) and value.dtype.kind == "c":
        return "a complex number"
    return _at_home(value)
