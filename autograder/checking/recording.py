"""What a play does to the arrays that it hands over.

A play calls a student's function in any way it likes. A `Recorder` stands between the two, and
looks after each call whether the arguments are still what they were.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.kit.functions import Answer, Functions, Kept
from autograder.kit.plain import Source, untouched
from autograder.kit.watching import Watched


class Recorder:
    """Somebody's functions; what one of them changes is written down.

    Calls of other functions are not looked at: these are judged in rows of their own.

    Parameters
    ----------
    functions : Functions
    exercise : str
        The function or class that is looked at, and whatever it returns.
    inputs : mapping
        Those of the case: arguments are named after them.

    Attributes
    ----------
    changed : list of str
        Names of the inputs that were changed.
    """

    def __init__(self, functions: Functions, exercise: str, inputs: Mapping[str, object]):
        self.functions, self.exercise, self.diary = functions, exercise, functions.diary
        self.names = _names_of(inputs)
        self.changed: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self.functions

    def call(self, name: str | Source, *arguments) -> Answer:
        answer = self.functions.call(name, *map(_bare, arguments))
        self._look(name == self.exercise, name, arguments, answer.arguments)
        return answer

    def call_watched(self, watched: Watched, name: str, *arguments) -> Answer:
        answer = self.functions.call_watched(watched, name, *map(_bare, arguments))
        self._look(name == self.exercise, name, arguments, answer.arguments)
        return answer

    def count_lines(self, name: str, *arguments) -> int:
        return self.functions.count_lines(name, *map(_bare, arguments))

    def call_many(self, name: str, many: list[tuple]) -> list:
        return self.functions.call_many(name, [tuple(map(_bare, one)) for one in many])

    def keep(self, name: str | Source, *arguments) -> RecordedKept:
        kept = self.functions.keep(name, *map(_bare, arguments))
        self._look(name == self.exercise, name, arguments, kept.arguments)
        return RecordedKept(self, kept, name == self.exercise)

    def note_change(self, name: str) -> None:
        """Note an input that a play has found changed, where the student's objects keep it."""
        if name not in self.changed:
            self.changed.append(name)

    def _look(self, theirs: bool, name: object, before: tuple, after: tuple) -> None:
        if not theirs:
            return
        for old, new in zip(before, after, strict=True):
            if new is not None and not untouched(old, new):
                self.note_change(self.names.get(id(old)) or f"what {name} is given")


class RecordedKept:
    """A kept object of a `Recorder`.

    Parameters
    ----------
    recorder : Recorder
    kept : Kept
    theirs : bool
        Whether it comes from the exercise that is looked at.
    """

    def __init__(self, recorder: Recorder, kept: Kept, theirs: bool):
        self.recorder, self.kept, self.theirs = recorder, kept, theirs
        self.arguments = kept.arguments

    def part(self, key) -> RecordedKept:
        return RecordedKept(self.recorder, self.kept.part(_bare(key)), self.theirs)

    def set_part(self, key, value) -> None:
        self.kept.set_part(_bare(key), _bare(value))

    def value(self):
        return self.kept.value()

    def call(self, method: str, *arguments) -> Answer:
        answer = self.kept.call(method, *map(_bare, arguments))
        self.recorder._look(self.theirs, method, arguments, answer.arguments)
        return answer

    def keep(self, method: str, *arguments) -> RecordedKept:
        kept = self.kept.keep(method, *map(_bare, arguments))
        self.recorder._look(self.theirs, method, arguments, kept.arguments)
        return RecordedKept(self.recorder, kept, self.theirs)

    def attribute(self, name: str):
        return self.kept.attribute(name)

    def keep_attribute(self, name: str) -> RecordedKept:
        return RecordedKept(self.recorder, self.kept.keep_attribute(name), self.theirs)


def _names_of(inputs: Mapping[str, object]) -> dict[int, str]:
    """The inputs' names by their identity, and those of the entries of dicts."""
    names: dict[int, str] = {}
    for name, value in inputs.items():
        if isinstance(value, (np.ndarray, list, tuple, dict)):
            names.setdefault(id(value), name)
    for value in inputs.values():
        if isinstance(value, dict):
            for name, entry in value.items():
                names.setdefault(id(entry), str(name))
    return names


def _bare(argument):
    """An argument as the functions behind a `Recorder` take it."""
    if isinstance(argument, RecordedKept):
        return argument.kept
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_bare, argument))
    if isinstance(argument, dict):
        return {_bare(key): _bare(part) for key, part in argument.items()}
    return argument
