"""What a function does with inputs that were drawn independently of all cases."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.checking.comparison import as_array, error_between
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    FLOAT64_TOLERANCE,
    Exercise,
    letters_of,
)
from autograder.examination.bounded import OutOfTime, at_most
from autograder.examination.draws import Sizes, Source, draws_of
from autograder.examination.mutants import Chapter
from autograder.exercises import exercises_of
from autograder.kit.functions import received
from autograder.kit.plain import NotPlain, identical, to_plain

DRAWN = 200
"""Draws on which two functions must agree to be taken for equal."""

SEED = 4_711
OUT_OF_TIME = "out of time"
"""Stands for the kind of an exception where an answer does not come to an end."""

SECONDS = 2.0


@dataclass(frozen=True)
class Observation:
    """What came of one draw.

    Attributes
    ----------
    outputs : tuple
        Empty where an exception was raised.
    error : str
        The kind of that exception.
    changed : tuple of int
        Which arguments were not what they had been.
    """

    outputs: tuple = ()
    error: str = ""
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Raised:
    """Stands for the outputs of a second function that raised this kind of exception."""

    kind: str


class Observer:
    """Observes answers to one exercise.

    Parameters
    ----------
    chapter : Chapter
    exercise : Exercise

    Attributes
    ----------
    source : Source or None
        The generator of inputs; None if there is none, or the exercise has no inputs.
    aligned : bool
        Whether an observation has one entry for each output of the exercise, perhaps with more
        behind them.
    """

    def __init__(self, chapter: Chapter, exercise: Exercise):
        self.chapter, self.exercise = chapter, exercise
        self.source: Source | None = _draws(chapter.name).get(exercise.name)
        self.backward = next((row for row in exercises_of(chapter.name).values() if row.gradient
                              and row.gradient.cached and row.gradient.forward == exercise.name
                              and _draws(chapter.name).get(row.name)), None)
        self.plain = not exercise.signature.strip("()") and self.source is None
        self._drawn: dict[int, tuple] = {}
        self._right: dict[int, Observation] = {}

    @property
    def possible(self) -> bool:
        """Whether anything can be observed."""
        return self.source is not None or self.plain

    @property
    def count(self) -> int:
        """How many draws differ from each other: one, of a question without inputs."""
        return 1 if self.plain else DRAWN

    @property
    def aligned(self) -> bool:
        right = self.right(0)
        return bool(right.error) or len(right.outputs) >= len(self.exercise.outputs)

    def right(self, k: int) -> Observation:
        """What the reference does with draw `k`."""
        if k not in self._right:
            self._right[k] = self.observe(self.chapter.reference, k)
        return self._right[k]

    def observe(self, names: Mapping[str, object], k: int) -> Observation:
        """What the answer in a namespace does with draw `k`."""
        np.random.seed(k)
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(),
                np.errstate(all="ignore"), at_most(SECONDS) as clock,
            ):
                warnings.simplefilter("ignore")
                found = self._observe(names, k)
                return Observation(error=OUT_OF_TIME) if clock.rang else found
        except OutOfTime:
            return Observation(error=OUT_OF_TIME)
        except Exception as error:
            return Observation(error=type(error).__name__)

    def tolerance(self, k: int) -> float:
        """How far outputs may be apart that are taken for the same."""
        single = _holds((self.drawn(k), self.right(k).outputs), _is_single)
        return FLOAT32_TOLERANCE if single else FLOAT64_TOLERANCE

    def inputs(self, k: int) -> dict[str, object]:
        """The inputs of draw `k` by name, where they are known."""
        given = self.drawn(k)
        gradient = self.exercise.gradient
        if gradient and gradient.cached:
            return {**dict(zip(gradient.inputs, given[:-1])), "dout": given[-1]}
        return dict(zip(self.exercise.parameters, given))

    def dims(self, k: int) -> dict[str, int]:
        """The sizes of draw `k` by letter, where they are known."""
        if self.source is None:
            return {}
        if self.source[0] == "observes":
            return next((dict(one) for one in self.right(k).outputs if isinstance(one, Sizes)), {})
        return letters_of(self.exercise.shapes, self.inputs(k))

    def sizes(self, k: int) -> set[float]:
        """All sizes of axes in draw `k`."""
        return set(map(float, _axes(self.drawn(k) or self.right(k).outputs)))

    def has_integers(self, k: int) -> bool:
        """Whether an array of draw `k` holds integers."""
        return _holds(self.drawn(k), lambda dtype: dtype.kind in "iu")

    def drawn(self, k: int) -> tuple:
        """The arguments of draw `k`; () where there are none."""
        if self.source is None or self.source[0] != "draws":
            return ()
        if k not in self._drawn:
            draw: Callable = self.source[1]
            if self.backward and k % 2:
                draw = _draws(self.chapter.name)[self.backward.name][1]
            self._drawn[k] = tuple(draw(np.random.default_rng([SEED, k])))
        return self._drawn[k]

    def _observe(self, names: Mapping[str, object], k: int) -> Observation:
        exercise = self.exercise
        function: Callable = names[exercise.name]  # type: ignore[assignment]
        if self.plain:
            return Observation(_entries(exercise, function()))
        assert self.source is not None
        if self.source[0] == "observes":
            observe: Callable = self.source[1]
            outputs = observe(names, np.random.default_rng([SEED, k]))
            return Observation(tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,))
        before, given = self.drawn(k), [received(argument) for argument in self.drawn(k)]
        gradient = exercise.gradient
        if gradient and gradient.cached:
            forward: Callable = names[gradient.forward]  # type: ignore[assignment]
            *inputs, dout = given
            cache = forward(*inputs)[1]
            given, before = [dout, cache], (received(dout), _copy(cache))
            return Observation(_entries(exercise, function(*given)), "", _changed(before, given))
        *arguments, dout = given if self.backward and k % 2 else [*given, None]
        value = function(*arguments)
        if not exercise.returns_cache:
            return Observation(_entries(exercise, value), "", _changed(before, arguments))
        out, cache = value[0], value[1]
        more: tuple = ()
        if self.backward and k % 2:
            more = self._after(names, dout, cache)
        return Observation((_copy(out), *more), "", _changed(before, arguments))

    def _after(self, names: Mapping[str, object], dout, cache) -> tuple:
        """What the reference's backward function makes of the cache."""
        assert self.backward is not None
        function: Callable = names[self.backward.name]  # type: ignore[assignment]
        try:
            return _entries(self.backward, function(dout, cache))
        except OutOfTime:
            raise
        except Exception as error:
            return tuple(Raised(type(error).__name__) for _ in self.backward.outputs)


def same(one: Observation, other: Observation, tolerance: float) -> bool:
    """Whether two observations agree."""
    return one.error == other.error and one.changed == other.changed and same_values(
        one.outputs, other.outputs, tolerance)


def same_values(one, other, tolerance: float, kinds: bool = False) -> bool:
    """Whether two values agree; with `kinds`, also whether their numbers are of one kind."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(
            same_values(a, b, tolerance, kinds) for a, b in zip(one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same_values(one[key], other[key], tolerance, kinds) for key in one)
    first, second = as_array(one), as_array(other)
    if first is not None and second is not None:
        if first.shape != second.shape or (kinds and first.dtype.kind != second.dtype.kind):
            return False
        kind = np.complex128 if "c" in first.dtype.kind + second.dtype.kind else np.float64
        return error_between(first.astype(kind), second.astype(kind)) <= tolerance
    if first is not None or second is not None or type(one) is not type(other):
        return False
    # Of other objects nothing is known but their type.
    return not isinstance(one, (str, Raised)) or one == other


@cache
def _draws(chapter: str) -> dict[str, Source]:
    try:
        return draws_of(chapter)
    except ModuleNotFoundError:
        return {}


def _entries(exercise: Exercise, value) -> tuple:
    """One entry for each output; copies, for a later call may write into them."""
    if len(exercise.outputs) == 1:
        return (_copy(value),)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = tuple(value)
    if isinstance(value, (tuple, list)) and len(value) == len(exercise.outputs):
        return tuple(map(_copy, value))
    return (_copy(value),)


def _copy(value):
    try:
        return to_plain(value)
    except NotPlain:
        return value


def _changed(before: tuple, after: list) -> tuple[int, ...]:
    return tuple(k for k, (old, new) in enumerate(zip(before, after)) if not _identical(old, new))


def _identical(old, new) -> bool:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return identical(old, new) and old.flags.writeable == new.flags.writeable
    try:
        return identical(_copy(old), _copy(new))
    except Exception:  # objects of which nothing is known
        return True


def _axes(value) -> list[int]:
    if isinstance(value, (tuple, list)):
        return [size for part in value for size in _axes(part)]
    return list(value.shape) if isinstance(value, np.ndarray) else []


def _holds(value, wanted: Callable[[np.dtype], bool]) -> bool:
    """Whether there is an array of such a dtype in a value."""
    if isinstance(value, (tuple, list)):
        return any(_holds(part, wanted) for part in value)
    if isinstance(value, dict):
        return any(_holds(part, wanted) for part in value.values())
    return isinstance(value, (np.ndarray, np.generic)) and wanted(value.dtype)


def _is_single(dtype: np.dtype) -> bool:
    return dtype in (np.float32, np.float16)
