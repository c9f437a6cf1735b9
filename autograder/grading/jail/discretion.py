"""What a student may be told of calls with hidden cases: nothing that could carry their numbers.

All that a worker says may be made up by the student's code, and may hold what the code was given:
printed text, the messages of exceptions and warnings, the names of exceptions and types, even the
lines of a traceback, which are read from a cache in that process. So only words that were known
before are told, and lines that stand in what was handed in. The rest is kept for the instructor.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np

from autograder.kit.functions import MAX_OUTPUT
from autograder.kit.leftover import LEFT_OVER
from autograder.kit.plain import one_line
from autograder.kit.student_error import StudentError

LINE = 200
"""Characters of a line of code that are told, as in `autograder.kit.student_error`."""

MOST_WARNINGS = 3
MOST_KEPT = 20
OWN_EXCEPTION = "an exception of your own"
OWN_WARNING = "a warning of your own"
NO_DATA = "something else than numbers, arrays, and tuples, lists or dicts of these"


def _named(module: object, base: type) -> set[str]:
    return {name for name, thing in vars(module).items()
            if isinstance(thing, type) and issubclass(thing, base)}


EXCEPTIONS = {
    *_named(builtins, BaseException), *_named(np.exceptions, Exception), "LinAlgError",
    "UFuncTypeError", "_UFuncBinaryResolutionError", "_UFuncNoLoopError", "_UFuncInputCastingError",
    "_UFuncOutputCastingError", "_ArrayMemoryError",
    "Deadline", "Died", "NotPlain", "Missing",
}
"""Python's and NumPy's exceptions, and what else a `StudentError` may be."""

WARNINGS = {*_named(builtins, Warning), *_named(np.exceptions, Warning)}
TYPES = {*_named(builtins, object), "function", "generator", "module", "NoneType", "method",
         "builtin_function_or_method", *_named(np, np.generic), "ufunc"}

NUMERICAL = re.compile(r"(divide by zero|overflow|underflow|invalid value) encountered in "
                       r"(?:scalar )?(\w+)")
"""What NumPy warns about, and in which of its functions."""

NO_PLAIN_DATA = re.compile(
    r"an array of dtype (object|<U\d|bool), which is not a number type"
    r"|an array of dtype (float128|complex256|longdouble|clongdouble); use float64"
    r"|an array of \d\d dimensions|an integer of more than 390 digits"
    r"|a dict whose keys are not all strings|the value is nested too deeply"
    r"|the returned value is too large"
    r"|(one value|\d values), where at least \d are expected"
)
"""What `autograder.kit.plain` and `autograder.kit.functions` say without words of the student's."""


@dataclass
class Heard:
    """What was said in calls with hidden cases: for the instructor.

    Attributes
    ----------
    printed : str
    warned, raised : list of str
    """

    printed: str = ""
    warned: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)

    def to_dict(self) -> dict:
        """What there is of it."""
        return {name: said for name, said in asdict(self).items() if said}

    def note(self, printed: str = "", warned: Sequence[str] = (), raised: str = "") -> None:
        """Keep what was said, up to a cap and each thing once."""
        self.printed = (self.printed + printed)[:MAX_OUTPUT]
        for kept, said in ((self.warned, warned), (self.raised, [raised] if raised else [])):
            for text in said:
                if text not in kept and len(kept) < MOST_KEPT:
                    kept.append(text)


class Discretion:
    """Reduces what a worker says to what may be told, and keeps all of it.

    Parameters
    ----------
    sources : sequence of str
        The cells that are run: what was handed in.

    Attributes
    ----------
    heard : Heard
        Since it was last replaced.
    """

    def __init__(self, sources: Sequence[str]):
        self.sources = sources
        self.heard = Heard()

    @cached_property
    def lines(self) -> set[str]:
        """The lines that were handed in."""
        return {one_line(line.strip()[:LINE], LINE)
                for source in self.sources for line in source.splitlines()}

    @cached_property
    def words(self) -> set[str]:
        """The words that were handed in."""
        return set(re.findall(r"\w+", "\n".join(self.sources)))

    def error(self, error: StudentError, request: dict) -> StudentError:
        """The error with what may be told of it.

        Parameters
        ----------
        error : StudentError
            As the worker has sent it.
        request : dict
            What the worker was asked: of what stands in it, it may say that it is missing.
        """
        kind = error.kind if error.kind in EXCEPTIONS else OWN_EXCEPTION
        line = error.line if error.line.strip() in self.lines else ""
        message = ""
        if kind == "Missing":
            message = self._missing(error.message, request)
        elif kind == "NotPlain":
            message = self._not_plain(error.message, request)
        elif kind == "NotImplementedError" and error.message in LEFT_OVER:
            message = error.message
        if error.message != message and error.kind != "NotImplementedError":
            where = f" in the line: {error.line}" if error.line else ""
            self.heard.note(raised=f"{error}{where}")
        return StudentError(error.kind, error.message, error.line,
                            StudentError(kind, message, line))

    @property
    def warned(self) -> list[str]:
        """What may be told of the warnings: few, and in an order that says nothing."""
        return sorted({_warning(text) for text in self.heard.warned})[:MOST_WARNINGS]

    def _missing(self, message: str, request: dict) -> str:
        name = request.get("name")
        if isinstance(name, str) and message == f"{name} is not defined":
            return message
        if isinstance(name, str) and message.endswith(f" has no attribute {name!r}"):
            owner = message.split(" ")[0]
            return f"{owner if owner in self.words else 'it'} has no attribute {name!r}"
        return "something is not defined"

    def _not_plain(self, message: str, request: dict) -> str:
        if NO_PLAIN_DATA.fullmatch(message):
            return message
        if isinstance(request.get("key"), (int, str)) and (
                message == f"a dict without {request['key']!r}"):
            return message
        told = re.fullmatch(r"(a value of type |a )(\w+)(, where a dict is expected|)", message)
        if told and (told[2] in TYPES or told[2] in self.words):
            return message
        return NO_DATA


def _warning(text: str) -> str:
    category, _, message = text.partition(": ")
    if category not in WARNINGS:
        return OWN_WARNING
    found = NUMERICAL.fullmatch(message)
    known = found and isinstance(getattr(np, found[2], None), np.ufunc)
    return f"{category}: {message}" if known else category
