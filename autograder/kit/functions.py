"""The seam between the checks and the code they check.

A check never holds a student's function. It holds a `Functions`, and asks it to call
one by name. In a notebook the functions are live objects (`LocalFunctions`); in
the grader they live in a jailed worker (`autograder.grading.jail.worker_client.RemoteFunctions`).
The checks cannot tell the difference.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Protocol

import numpy as np

from autograder.kit.plain import NotPlain, Source, fresh, to_plain
from autograder.kit.student_error import StudentError, student_error
from autograder.kit.watching import LineCount, Watch, Watched

MAX_OUTPUT = 10_000
"""Characters of a student's printed output that are kept for one check."""


@dataclass(frozen=True)
class Answer:
    """What one call gave.

    Attributes
    ----------
    value : plain data
        What the function returned.
    arguments : tuple
        Its arguments as they were *after* the call; None in place of kept objects.
    seen : tuple of str
        If it was watched: what was seen of each gradient while it ran. See
        `autograder.kit.watching`.
    """

    value: object
    arguments: tuple
    seen: tuple[str, ...] = ()


@dataclass
class Diary:
    """What a student's code printed and warned about while it was checked."""

    printed: str = ""
    warned: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything, before the next check."""
        self.printed, self.warned = "", []

    def note_output(self, text: str) -> None:
        """Keep `text`, up to a cap."""
        self.printed = (self.printed + text)[:MAX_OUTPUT]

    def note_warnings(self, caught) -> None:
        """Keep each distinct warning once."""
        for warning in caught:
            text = f"{warning.category.__name__}: {warning.message}"[:500]
            if text not in self.warned and len(self.warned) < 10:
                self.warned.append(text)


class Kept(Protocol):
    """An object that stays with the student's code: a cache, or an instance of a class.

    Attributes
    ----------
    arguments : tuple
        As in `Answer`, of the call that made it.
    """

    arguments: tuple

    def part(self, key: int | str | Kept) -> Kept:
        """The entry `key` of a kept tuple, list or dict, itself kept."""

    def set_part(self, key: int | str | Kept, value) -> None:
        """Set the entry `key` of a kept list or dict."""

    def value(self) -> object:
        """The object as plain data; raises StudentError when it is something else."""

    def call(self, method: str, *arguments) -> Answer:
        """Call a method of it."""

    def keep(self, method: str, *arguments) -> Kept:
        """Call a method of it, and leave what it returns where it is."""

    def attribute(self, name: str) -> object:
        """An attribute of it as plain data."""

    def keep_attribute(self, name: str) -> Kept:
        """An attribute of it, left where it is."""


class Functions(Protocol):
    """Named functions and classes written by a student, or by the course.

    In place of a name stands also a `Source`, the course's own text of a function. Arguments
    are plain data, a `Source`, kept objects, and lists, tuples and dicts of these; a kept object
    may be a dict's key.

    Attributes
    ----------
    diary : Diary
        What they printed and warned about since it was last cleared.
    """

    diary: Diary

    def __contains__(self, name: str) -> bool:
        """Whether `name` is defined and callable."""

    def call(self, name: str | Source, *arguments) -> Answer:
        """Call function `name` with its own copies of the arguments."""

    def call_watched(self, watched: Watched, name: str, *arguments) -> Answer:
        """As `call`; the answer also says whether inputs were tried out."""

    def count_lines(self, name: str, *arguments) -> int:
        """How many lines of the student's own code a call executes.

        `NOT_COUNTED` if the code switched off what counts them; at most `MOST_COUNTED`.
        """

    def call_many(self, name: str, many: list[tuple]) -> list:
        """The first output of `name` for each tuple of arguments (only the first of a tuple)."""

    def keep(self, name: str | Source, *arguments) -> Kept:
        """Call `name` and leave what it returns where it is."""


class CappedText(io.TextIOBase):
    """A text stream that keeps the first characters and drops the rest."""

    def __init__(self, limit: int = MAX_OUTPUT):
        self.limit, self.length = limit, 0
        self.kept: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = self.limit - self.length
        if room > 0:
            self.kept.append(str(text)[:room])
            self.length += len(self.kept[-1])
        return len(text)

    def getvalue(self) -> str:
        """What was kept."""
        return "".join(self.kept)


class LocalFunctions:
    """Functions that live in this process: in the student's kernel, or in the project's tests.

    Parameters
    ----------
    namespace : mapping of str to object
        Where names are looked up, for example the notebook's global names.
    """

    def __init__(self, namespace: Mapping[str, object]):
        self.namespace = namespace
        self.diary = Diary()

    def __contains__(self, name: str) -> bool:
        return callable(self.namespace.get(name))

    def call(self, name: str | Source, *arguments) -> Answer:
        return self._answer(self._find(name), arguments)

    def call_watched(self, watched: Watched, name: str, *arguments) -> Answer:
        function = self._find(name)
        watch = Watch(watched, self.namespace.get(watched.forward))
        value, after = self._run(lambda *given: watch.run(function, given), arguments)
        return Answer(plain_or_student_error(value), after, watch.seen())

    def count_lines(self, name: str, *arguments) -> int:
        function, count = self._find(name), LineCount()
        self._run(lambda *given: count.run(function, given), arguments)
        return count.lines

    def call_many(self, name: str, many: list[tuple]) -> list:
        function = self._find(name)
        return [first_output(self._run(function, arguments)[0]) for arguments in many]

    def keep(self, name: str | Source, *arguments) -> LocalKept:
        return self._kept(self._find(name), arguments)

    def _find(self, name: str | Source):
        if isinstance(name, Source):
            return received(name)
        if name not in self:
            raise StudentError("Missing", f"{name} is not defined")
        return self.namespace[name]

    def _answer(self, function, arguments) -> Answer:
        value, after = self._run(function, arguments)
        return Answer(plain_or_student_error(value), after)

    def _kept(self, function, arguments) -> LocalKept:
        value, after = self._run(function, arguments)
        return LocalKept(self, value, after)

    def _run(self, function, arguments) -> tuple[object, tuple]:
        """What the function returns, and its arguments as they are afterwards."""
        given = self._call_quietly(lambda: [received(argument) for argument in arguments], ())
        value = self._call_quietly(function, given)
        after = tuple(
            None if holds_more_than_data(argument) else given[k]
            for k, argument in enumerate(arguments)
        )
        return value, after

    def _call_quietly(self, function, arguments):
        printed = CappedText()
        try:
            with (
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(printed),
                warnings.catch_warnings(record=True) as caught,
            ):
                warnings.simplefilter("always")
                return function(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise student_error(error) from None
        finally:
            self.diary.note_output(printed.getvalue())
            self.diary.note_warnings(caught)


class LocalKept:
    """A `Kept` object in this process."""

    def __init__(self, functions: LocalFunctions, thing, arguments: tuple = ()):
        self.functions, self.thing, self.arguments = functions, thing, arguments

    def part(self, key: int | str | Kept) -> LocalKept:
        if type(self.thing) in (tuple, list) and isinstance(key, int):
            return LocalKept(self.functions, entry_of(self.thing, key))
        return self.functions._kept(entry_of, (self, key))

    def set_part(self, key: int | str | Kept, value) -> None:
        self.functions._run(set_entry, (self, key, value))

    def value(self):
        return plain_or_student_error(self.thing)

    def call(self, method: str, *arguments) -> Answer:
        return self.functions._answer(attribute_of(self.thing, method), arguments)

    def keep(self, method: str, *arguments) -> LocalKept:
        return self.functions._kept(attribute_of(self.thing, method), arguments)

    def attribute(self, name: str):
        return plain_or_student_error(attribute_of(self.thing, name))

    def keep_attribute(self, name: str) -> LocalKept:
        return LocalKept(self.functions, attribute_of(self.thing, name))


# The rest is shared with the worker, which runs the same steps on the other side.


def received(argument):
    """An argument as the function is to meet it: its own copy, or the function a Source spells."""
    if isinstance(argument, LocalKept):
        return argument.thing
    if isinstance(argument, Source):
        return eval(_compiled(argument.text), {"np": np})
    if isinstance(argument, (list, tuple)):
        return type(argument)(received(part) for part in argument)
    if isinstance(argument, dict):
        return {received(key): received(part) for key, part in argument.items()}
    return fresh(argument)


@cache
def _compiled(text: str) -> CodeType:
    """The course's own text of a function, never a student's."""
    return compile(text, "<string>", "eval")


def holds_more_than_data(argument) -> bool:
    """Whether an argument is, or holds, a kept object or a Source: it cannot be compared."""
    if isinstance(argument, (list, tuple)):
        return any(map(holds_more_than_data, argument))
    if isinstance(argument, dict):
        return any(map(holds_more_than_data, (*argument, *argument.values())))
    return isinstance(argument, (LocalKept, Source))


def first_output(value):
    """The first entry of a tuple or list, or the value itself, as plain data."""
    if isinstance(value, (tuple, list)) and len(value):
        value = value[0]
    return plain_or_student_error(value)


def plain_or_student_error(value):
    """`to_plain`, with a StudentError for what is not plain."""
    try:
        return to_plain(value)
    except NotPlain as error:
        raise StudentError("NotPlain", str(error)) from None
    except MemoryError:
        raise StudentError("MemoryError", "the returned value is too large") from None
    except Exception as error:  # an object that does not let itself be read
        raise StudentError("NotPlain", f"a {type(value).__name__} that cannot be read: "
                           f"{type(error).__name__}") from None


def entry_of(thing, key):
    """The entry of a tuple, list or dict that a student's function returned."""
    if isinstance(key, int) and not isinstance(thing, dict):
        if not isinstance(thing, (tuple, list)) or len(thing) <= key:
            count = f"{len(thing)} values" if isinstance(thing, (tuple, list)) else "one value"
            raise StudentError("NotPlain", f"{count}, where at least {key + 1} are expected")
        return thing[key]
    if not isinstance(thing, dict):
        raise StudentError("NotPlain", f"a {type(thing).__name__}, where a dict is expected")
    if key not in thing:
        which = f"{key!r}" if isinstance(key, (int, str)) else "what was asked for"
        raise StudentError("NotPlain", f"a dict without {which}")
    return thing[key]


def set_entry(thing, key, value) -> None:
    """Set an entry of a student's list or dict."""
    thing[key] = value


def attribute_of(thing, name: str):
    """An attribute of a student's object."""
    try:
        return getattr(thing, name)
    except AttributeError:
        kind = type(thing).__name__
        raise StudentError("Missing", f"{kind} has no attribute {name!r}") from None
    except Exception as error:  # a property of the student's own
        raise student_error(error) from None
