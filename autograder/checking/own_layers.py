"""Judging what is built of a student's earlier functions by these functions themselves.

A network is right if it equals the composition of its writer's own layers, right or wrong ones.
So a wrong layer costs nothing here, and no reference is needed where the network runs.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.checking.answers import AnswerKey, Keyed
from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Composition, Exercise
from autograder.checking.trial import as_outputs
from autograder.kit.functions import Answer, Functions, Kept
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

MANY = 30
"""So many zeros at once are no coincidence: nothing was computed."""


class WaitsFor(Exception):
    """An earlier function is missing, or is of no use yet. The message names it."""


class Waiting(StudentError):
    """A play failed because another function of the student's is not right yet.

    Parameters
    ----------
    message : str
        "waits for ...": it stands beside the item in place of a cross.
    """

    def __init__(self, message: str):
        super().__init__("Waiting", message)


@dataclass(frozen=True)
class ByOwnLayers:
    """A key whose right answers fit the student's own earlier functions.

    Attributes
    ----------
    key : AnswerKey
        Without the cases that wait. Where an answer differs from the course's own, no known
        mistakes are left, for they were made with the course's functions.
    waiting : dict of (str or None) to str
        What the items that have such cases wait for; None stands for all items that the ordinary
        cases decide.
    notes : tuple of str
        That earlier functions are not those of the course.
    """

    key: AnswerKey
    waiting: Mapping[str | None, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def is_composed(key: AnswerKey) -> bool:
    """Whether an exercise is judged by the student's own earlier functions."""
    return bool(key.exercise.composed) or any(keyed.case.composed for keyed in key.cases)


def judged_by_own_layers(key: AnswerKey, functions: Functions) -> ByOwnLayers:
    """Work out the answers of composed cases from a student's own functions.

    Parameters
    ----------
    key : AnswerKey
    functions : Functions
        The student's.

    Returns
    -------
    ByOwnLayers
        Whatever the student's code does, this returns.
    """
    waiting: dict[str | None, str] = {}
    cases: list[Keyed] = []
    differs = False
    for keyed in key.cases:
        composed = keyed.case.composed or key.exercise.composed
        if composed is None or keyed.case.item in waiting:
            cases.append(keyed)
            continue
        first = not any(k.case.item == keyed.case.item for k in cases)
        try:
            outputs = _composed(composed, key.exercise, keyed, functions, probe=first)
        except WaitsFor as reason:
            waiting[keyed.case.item] = str(reason)
            continue
        if not _same(outputs, keyed):
            differs = True
            keyed = replace(keyed, right=replace(keyed.right, outputs=outputs))
        cases.append(keyed)
    left = tuple(keyed for keyed in cases if keyed.case.item not in waiting)
    if not differs:
        return ByOwnLayers(replace(key, cases=left), waiting)
    note = (f"{key.exercise.name} is judged by what your own earlier functions return. Some of "
            "that is not what it should be, which costs nothing here.")
    left = tuple(replace(keyed, wrong={}) for keyed in left)
    return ByOwnLayers(replace(key, cases=left, mistakes={}, keeps={}), waiting, (note,))


def _composed(
    composed: Composition, exercise: Exercise, keyed: Keyed, functions: Functions, probe: bool
) -> tuple:
    layers = OwnLayers(functions, exercise.brought)
    outputs = as_outputs(exercise, composed(layers, keyed.case.inputs))
    if probe:
        # Once more with other numbers. A layer that does not care is a placeholder: a network of
        # placeholders would be right whatever it does.
        others = OwnLayers(functions, exercise.brought)
        composed(others, _moved(keyed.case.inputs, np.random.default_rng(5)))
        for (name, gave), (_, gave_then) in zip(layers.gave, others.gave):
            if _is_constant(gave, gave_then):
                raise WaitsFor(layers.called(name) + ", which returns the same whatever goes in")
    return outputs


def _moved(value, rng: np.random.Generator):
    """Inputs of the same kind with other floats."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return (value + 0.1 * rng.standard_normal(value.shape)).astype(value.dtype)
    if type(value) is float:
        return value * 1.1
    if isinstance(value, Mapping):
        return {key: _moved(part, rng) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_moved(part, rng) for part in value)
    return value


def _is_constant(value, other) -> bool:
    """Whether two answers to different inputs show that nothing was computed."""
    value, other = as_array(value), as_array(other)
    if value is None or other is None or value.dtype.kind != "f" or not value.size:
        return False
    if value.shape != other.shape or not np.array_equal(value, other, equal_nan=True):
        return False
    return bool(np.any(value)) or value.size >= MANY


def _same(outputs: tuple, keyed: Keyed) -> bool:
    return all(
        compare(got, expected, keyed.case.tolerance) is None
        for got, expected in zip(outputs, keyed.right.outputs, strict=True)
    )


class OwnLayers:
    """A student's functions, called one by one to compose an answer.

    Like `autograder.kit.functions.Functions`; but whatever fails raises `WaitsFor`.

    Parameters
    ----------
    functions : Functions
    brought : mapping of str to str
        The chapters that functions of earlier chapters come from, by name.

    Attributes
    ----------
    gave : list of (str, plain data)
        What was returned, in the order of the calls.
    """

    def __init__(self, functions: Functions, brought: Mapping[str, str]):
        self.functions, self.brought, self.diary = functions, brought, functions.diary
        self.gave: list[tuple[str, object]] = []

    def __contains__(self, name: str) -> bool:
        return name in self.functions

    def call(self, name: str | Source, *arguments) -> Answer:
        who = self._who(name, arguments)
        with self.waiting(who):
            answer = self.functions.call(name, *map(_bare, arguments))
        self.gave.append((who, answer.value))
        return answer

    def keep(self, name: str | Source, *arguments) -> OwnKept:
        who = self._who(name, arguments)
        with self.waiting(who):
            kept = self.functions.keep(name, *map(_bare, arguments))
        return OwnKept(self, kept, who)

    def array(self, name: str, value, shape: tuple[int, ...]) -> np.ndarray:
        """`value` as an array of that shape, if `name` has returned one that can be used.

        Raises
        ------
        WaitsFor
            If it is anything else, or not finite.
        """
        array = as_array(value)
        if array is None or array.dtype.kind == "c" or array.shape != tuple(shape):
            came = "something else" if array is None else f"an array of shape {array.shape}"
            raise WaitsFor(f"{self.called(name)}, which returns {came} where one of shape "
                           f"{tuple(shape)} is needed")
        if not np.isfinite(array).all():
            raise WaitsFor(f"{self.called(name)}, which returns something that is not finite")
        return array

    def called(self, name: str) -> str:
        """A function as a student knows it: "waits for affine_backward (03)"."""
        return waits_for(name, self.brought)

    @contextlib.contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """Turn an error of the student's code into `WaitsFor`."""
        try:
            yield
        except StudentError as error:
            missing = missing_name(error, self.brought)
            told = self.called(missing) if missing else self.called(name) + _why(error)
            raise WaitsFor(told) from None

    def _who(self, name: str | Source, arguments: tuple) -> str:
        """Whom to blame: the function, or the first kept object that a Source works on."""
        if isinstance(name, str):
            return name
        return next((a.who for a in arguments if isinstance(a, OwnKept)), "your earlier functions")


class OwnKept:
    """A kept object of `OwnLayers`, and the name of the function or class that it comes from."""

    def __init__(self, layers: OwnLayers, kept: Kept, who: str):
        self.layers, self.kept, self.who = layers, kept, who
        self.arguments = kept.arguments

    def part(self, key) -> OwnKept:
        with self.layers.waiting(self.who):
            return OwnKept(self.layers, self.kept.part(_bare(key)), self.who)

    def set_part(self, key, value) -> None:
        with self.layers.waiting(self.who):
            self.kept.set_part(_bare(key), _bare(value))

    def value(self):
        with self.layers.waiting(self.who):
            value = self.kept.value()
        self.layers.gave.append((self.who, value))
        return value

    def call(self, method: str, *arguments) -> Answer:
        with self.layers.waiting(self.who):
            answer = self.kept.call(method, *map(_bare, arguments))
        self.layers.gave.append((self.who, answer.value))
        return answer

    def keep(self, method: str, *arguments) -> OwnKept:
        with self.layers.waiting(self.who):
            return OwnKept(self.layers, self.kept.keep(method, *map(_bare, arguments)), self.who)

    def attribute(self, name: str):
        with self.layers.waiting(self.who):
            value = self.kept.attribute(name)
        self.layers.gave.append((self.who, value))
        return value

    def keep_attribute(self, name: str) -> OwnKept:
        with self.layers.waiting(self.who):
            return OwnKept(self.layers, self.kept.keep_attribute(name), self.who)


def waits_for(name: str, brought: Mapping[str, str]) -> str:
    """What an item waits for, with the number of its chapter: "waits for affine_backward (03)"."""
    chapter = brought.get(name, "")
    return f"waits for {name}" + (f" ({chapter.split('_')[0]})" if chapter else "")


def missing_name(error: StudentError, brought: Mapping[str, str]) -> str:
    """The function of an earlier chapter that was not there when it was needed, or nothing."""
    found = re.match(r"name '(\w+)' is not defined", error.message)
    return found[1] if error.kind == "NameError" and found and found[1] in brought else ""


def _why(error: StudentError) -> str:
    """What an earlier function did, as the end of a sentence; nothing if it is not written yet."""
    if error.kind == "Deadline":
        return ", which did not finish in time"
    if isinstance(error, StudentStopped):
        return ", which ended its process"
    if error.kind in ("Missing", "NotImplementedError", "NotPlain"):
        return ""
    return f", which raises {error.told.kind}: {error.told.message}".rstrip(": ")


def _bare(argument):
    """An argument as the functions behind `OwnLayers` take it."""
    if isinstance(argument, OwnKept):
        return argument.kept
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_bare, argument))
    if isinstance(argument, dict):
        return {_bare(key): _bare(part) for key, part in argument.items()}
    return argument
