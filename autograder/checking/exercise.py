"""What an exercise is: its signature, its points, its cases.

The exercises themselves are in `autograder.exercises`, one module a chapter. Most rows are an
`Exercise`; `loss` and `backward_of` make the rows of functions that return gradients.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile

import numpy as np

from autograder.kit.functions import Functions

SHAPES = "shapes"
UNCHANGED = "inputs unchanged"
PRECISION = "precision"
PAIR = "forward, then backward"
NO_LOOP = "without a loop"
CONDUCT = (SHAPES, UNCHANGED, PRECISION, PAIR, NO_LOOP)
"""Rubric items about how an answer is given. They need at least one right output."""

ANOTHER_CACHE = "the cache holds something else"
LOOP = "there is a loop"
"""The mistakes that `PAIR` and `NO_LOOP` are lost by. A catalogue may hold some of these names, and
explain them better; by their outputs they are not recognised."""

Play = Callable[[Functions, Mapping, object], object]
Composition = Callable[..., object]
"""``composed(layers, inputs) -> outputs``; see `autograder.checking.own_layers`."""

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
        The course's letters for the sizes, ``{"N": 3, "D": 4}``. Left out, they are read from
        the inputs, by the `shapes` of the exercise. Sizes should differ, so that a shape can be
        read back as letters.
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
    spelled : bool
        Whether the numbers in its name are those of the inputs. The name of a hidden case is told
        without them.
    composed : callable, optional
        ``composed(layers, inputs) -> outputs``: what a right answer returns, worked out from the
        student's own earlier functions. The reference's answer holds where both are the same.
    """

    name: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)
    item: str | None = None
    play: Play | None = None
    judge: Callable[[tuple], str | None] | None = None
    tolerance: float = FLOAT64_TOLERANCE
    composed: Composition | None = None
    spelled: bool = False


@dataclass(frozen=True)
class Gradient:
    """Which outputs are gradients, and of what. `gradient_of` fills it in from a forward's row.

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


@cache
def parameters_of(signature: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the parameters without and with a default: ``"(x, pad=0)"`` has x, and pad."""
    function = ast.parse(f"def function{signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    names = [argument.arg for argument in function.args.args]
    required = len(names) - len(function.args.defaults)
    return tuple(names[:required]), tuple(names[required:])


def letters_of(shapes: Mapping[str, str], inputs: Mapping[str, object]) -> dict[str, int]:
    """Sizes by letter: the axes of `inputs`, which `shapes` names as in ``{"x": "N D"}``.

    An array with fewer axes has the last letters, so that a vector x has size D. One with more
    has none. An axis ``_`` has no letter. A tuple is a shape itself, such as ``x_shape``.
    """
    dims: dict[str, int] = {}
    for name, text in shapes.items():
        value, letters = inputs.get(name), text.split()
        sizes = value if isinstance(value, tuple) else getattr(value, "shape", ())
        if 0 < len(sizes) <= len(letters):
            dims.update(zip(letters[-len(sizes):], sizes, strict=True))
    dims.pop("_", None)
    return dims


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
    shapes : dict of str to str
        The letters of an input's axes, ``{"x": "N D", "w": "D M"}``. Messages tell shapes by
        them, and a factor such as "exactly N times too large".
    uses : tuple of str
        Functions and classes that the plays call besides: given ones, or of other exercises.
    composed : callable, optional
        As in `Case`, for all cases.
    brought : dict of str to str
        The chapters of what was brought from earlier ones, by name; see `exercises_of`.
    loop_free : callable, optional
        ``loop_free(rng) -> (small, large)``: inputs of two sizes, as in a `Case`. For an answer
        without a loop, as many lines are executed with one as with the other.
    shown_by : dict of str to tuple of str
        The outputs that an item of some cases is about; all of them, where it is not named here.
        Padding shows in dx and in dw: a right db alone says nothing of it.
    hints : tuple of str
        What is told who asks for more, step by step: where to look, then the formula of one
        entry. Never a line of code.
    """

    name: str
    signature: str
    outputs: tuple[str, ...]
    points: Mapping[str, float]
    cases: Callable[[np.random.Generator], list[Case]]
    gradient: Gradient | None = None
    play: Play | None = None
    returns_cache: bool = False
    shapes: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    composed: Composition | None = None
    brought: Mapping[str, str] = field(default_factory=dict)
    loop_free: Callable[[np.random.Generator], tuple[Mapping, Mapping]] | None = None
    shown_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()

    @property
    def max_points(self) -> float:
        """All points of the rubric."""
        return float(sum(self.points.values()))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters, in order."""
        required, optional = parameters_of(self.signature)
        return required + optional

    def called_with(self, inputs: Mapping[str, object]) -> tuple[str, ...]:
        """Names of the parameters that are passed, by position, when `inputs` are given.

        All without a default, and those with one up to the first that `inputs` leaves out.
        """
        required, optional = parameters_of(self.signature)
        return required + tuple(takewhile(inputs.__contains__, optional))

    def cases_for(self, seed: int) -> list[Case]:
        """The cases that `seed` gives; each exercise has its own stream of numbers."""
        cases = self.cases(np.random.default_rng([seed, zlib.crc32(self.name.encode())]))
        return [
            case if case.dims else replace(case, dims=letters_of(self.shapes, case.inputs))
            for case in cases
        ]


def gradients_among(outputs: Iterable[str], inputs: Iterable[str]) -> dict[str, str]:
    """The outputs that are gradients by their names: ``dx`` is one if there is an input ``x``."""
    return {f"d{name}": name for name in inputs if f"d{name}" in outputs}


def gradient_of(
    forward: Exercise, outputs: tuple[str, ...], *, cached: bool, cache: tuple[str, ...] = ()
) -> Gradient:
    """The gradients among `outputs` with respect to the parameters of `forward`."""
    parameters = forward.parameters
    return Gradient(
        forward.name, parameters, gradients_among(outputs, parameters), cached, cache
    )


def loss(
    name: str, signature: str, outputs: tuple[str, ...], points: Mapping[str, float],
    cases: Callable[[np.random.Generator], list[Case]], shapes: Mapping[str, str] | None = None,
    **more,
) -> Exercise:
    """A row for a function that returns a number and, behind it, the number's gradients.

    The further arguments are fields of `Exercise`, such as `hints`.
    """
    row = Exercise(name, signature, outputs, points, cases, shapes=shapes or {}, **more)
    return replace(row, gradient=gradient_of(row, outputs, cached=False))


def backward_of(
    forward: Exercise, name: str, outputs: tuple[str, ...], points: Mapping[str, float],
    cases: Callable[[np.random.Generator], list[Case]], *, cache: tuple[str, ...] = (), **more,
) -> Exercise:
    """A row for the ``backward(dout, cache)`` of a function that has a row already.

    The documented cache holds the parameters of `forward`, unless `cache` names something else.
    The further arguments are fields of `Exercise`, such as `hints`.
    """
    gradient = gradient_of(forward, outputs, cached=True, cache=cache or forward.parameters)
    return Exercise(
        name, "(dout, cache)", outputs, points, cases, gradient, shapes=forward.shapes, **more
    )


def question(name: str, **more) -> Callable[[np.random.Generator], list[Case]]:
    """The one case of a question that has no inputs: nothing about it is random.

    The further arguments are those of `Case`: the letters of the answer's shape, or the judge of
    an answer that may take many forms.
    """
    return lambda rng: [Case(name, **more)]


def with_earlier_cache(backward: str, forward: Exercise) -> Play:
    """Play ``forward, another forward, backward of the first``.

    A backward function that keeps its numbers anywhere but in the cache gets this wrong.
    The inputs of the other forward call are in ``inputs["other"]``.
    """

    def play(functions: Functions, inputs: Mapping, cache=None):
        if cache is None:
            names = forward.parameters
            first = functions.keep(forward.name, *(inputs[name] for name in names))
            cache = first.part(1)
            functions.keep(forward.name, *(inputs["other"][name] for name in names))
        return functions.call(backward, inputs["dout"], cache).value

    return play
