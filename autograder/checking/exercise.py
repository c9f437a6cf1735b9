"""What an exercise is: its signature, its points, its cases, its known mistakes.

The exercises themselves are in `autograder.exercises`, one module a chapter.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from autograder.kit.functions import Functions

SHAPES = "shapes"
UNCHANGED = "inputs unchanged"
CONDUCT = (SHAPES, UNCHANGED)
"""Rubric items about how an answer is given. They need at least one right output."""

Play = Callable[[Functions, Mapping, object], object]

FLOAT64_TOLERANCE = 1e-9
FLOAT32_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Case:
    """One set of inputs on which an exercise is tried.

    Attributes
    ----------
    name : str
        What is special about it, as a student reads it: "one sample", "4-D x".
    inputs : dict of str to plain data
        By parameter name. For a backward function: the inputs of its forward, and ``dout``.
        A parameter with a default may be left out.
    dims : dict of str to int
        The course's letters for the sizes, ``{"N": 3, "D": 4}``. They should differ, so that
        a shape can be read back as letters.
    item : str, optional
        The rubric item that this case alone decides. Without it, the case is an ordinary one
        and decides the items named after the outputs.
    play : callable, optional
        ``play(functions, inputs, cache) -> outputs``: something else than one plain call.
        `cache` is the documented cache, or None where the forward function is to make it.
    judge : callable, optional
        ``judge(outputs) -> str or None``: says what is wrong, instead of a comparison with
        the reference. For questions with many right answers.
    tolerance : float
        Agreement with the reference, relative to the largest entry.
    """

    name: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)
    item: str | None = None
    play: Play | None = None
    judge: Callable[[tuple], str | None] | None = None
    tolerance: float = FLOAT64_TOLERANCE


@dataclass(frozen=True)
class Gradient:
    """Which outputs are gradients, and of what.

    Attributes
    ----------
    forward : str
        The function whose first output is differentiated; for a loss, the exercise itself.
    inputs : tuple of str
        The parameters of `forward`, in order.
    of : dict of str to str
        Output name to the input it is the gradient with respect to.
    cached : bool
        True for ``backward(dout, cache)``: the exercise is called with the cache of `forward`.
    cache : tuple of str
        What the documented cache holds, in order; used to name an entry that was changed.
    """

    forward: str
    inputs: tuple[str, ...]
    of: Mapping[str, str]
    cached: bool = True
    cache: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One row of the exercise table.

    Attributes
    ----------
    name : str
        The function or class that the student writes.
    signature : str
        ``"(dout, cache)"``; for a class, the signature of its constructor.
    outputs : tuple of str
        Names of what it returns, in order.
    points : dict of str to float
        Rubric item to points. An item is an output's name, one of `CONDUCT`, or the
        ``item`` of some cases.
    cases : callable
        ``cases(rng) -> list of Case``. Fresh values at each call, the same cases.
    gradient : Gradient, optional
        For exercises that compute a gradient.
    play : callable, optional
        As in `Case`, for all cases.
    returns_cache : bool
        True for ``forward(...) -> out, cache``. Only ``out`` is judged: what a cache holds is
        the student's own affair.
    """

    name: str
    signature: str
    outputs: tuple[str, ...]
    points: Mapping[str, float]
    cases: Callable[[np.random.Generator], list[Case]]
    gradient: Gradient | None = None
    play: Play | None = None
    returns_cache: bool = False

    @property
    def max_points(self) -> float:
        """All points of the rubric."""
        return float(sum(self.points.values()))

    def called_with(self, inputs: Mapping[str, object]) -> tuple[str, ...]:
        """Names of the parameters that are passed, by position, when `inputs` are given.

        All without a default, and those with one up to the first that `inputs` leaves out.
        """
        names = []
        for part in self.signature.strip("()").split(","):
            name, _, default = (text.strip() for text in part.partition("="))
            if default and name not in inputs:
                break
            if name:
                names.append(name)
        return tuple(names)

    def cases_for(self, seed: int) -> list[Case]:
        """The cases that `seed` gives; each exercise has its own stream of numbers."""
        return self.cases(np.random.default_rng([seed, zlib.crc32(self.name.encode())]))


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, as a function that runs.

    Attributes
    ----------
    exercise : str
        The exercise it is a wrong answer to.
    name : str
        The name of the mistake, as a student reads it: "the mean over the batch is missing".
    explanation : str
        What went wrong and why it matters.
    hint : str
        One next step. It does not give the answer.
    loses : tuple of str
        The rubric items that this mistake costs: these, and no others.
    functions : dict of str to callable
        The wrong function under the exercise's name, with any other it needs changed too.
    """

    exercise: str
    name: str
    explanation: str
    hint: str
    loses: tuple[str, ...]
    functions: Mapping[str, object]


def known_mistakes(catalogue: list[Mistake]):
    """A decorator that enters wrong functions into a chapter's `catalogue`.

    Used as ``@mistake(exercise, name, loses=..., hint=...)`` above the wrong function, whose
    docstring is the explanation. Further keyword arguments are other functions that
    the mistake needs changed, by name.
    """

    def mistake(exercise: str, name: str, *, loses: tuple[str, ...], hint: str, **others):
        def enter(function):
            explanation = " ".join((function.__doc__ or "").split())
            functions = {exercise: function, **others}
            catalogue.append(Mistake(exercise, name, explanation, hint, tuple(loses), functions))
            return function

        return enter

    return mistake


def with_earlier_cache(name: str, gradient: Gradient) -> Play:
    """Play ``forward, another forward, backward of the first``.

    A backward function that keeps its numbers anywhere but in the cache gets this wrong.
    The inputs of the other forward call are in ``inputs["other"]``.
    """

    def play(functions: Functions, inputs: Mapping, cache=None):
        if cache is None:
            first = functions.keep(gradient.forward, *(inputs[key] for key in gradient.inputs))
            cache = first.part(1)
            functions.keep(gradient.forward, *(inputs["other"][key] for key in gradient.inputs))
        return functions.call(name, inputs["dout"], cache).value

    return play
