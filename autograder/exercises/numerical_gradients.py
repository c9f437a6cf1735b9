"""Exercises of 01_numerical_gradients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    UNCHANGED,
    Case,
    Exercise,
    Gradient,
    question,
)
from autograder.exercises.inputs import every_size, in_float32, unusual
from autograder.kit.functions import Functions
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

ANY_SHAPE = "x of any shape"
STEP_GIVEN = "the step it is given"
INTEGERS = "x of integers"
BOTH_ZERO = "entries that are both 0"
TINY = "tiny entries"
AT_ZERO = "the convention at 0"
SMALL_FAULT = "one entry off by 0.1 %"
SCALES = "large and tiny gradients"
MISSHAPEN = "a wrong shape, or nan"

DIFFERENCES = 1e-7
"""Tolerance for difference quotients: their own last digits are rounding noise."""


def text(values) -> str:
    """An array as the text of an expression, for functions that are arguments."""
    return f"np.array({np.asarray(values).tolist()})".replace("nan", "np.nan")


def signed(rng: np.random.Generator, low: float, high: float, shape=()) -> np.ndarray:
    """Numbers of both signs whose size is between `low` and `high`."""
    return rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)


# Errors of difference quotients


def central_error_cases(rng: np.random.Generator) -> list[Case]:
    """Third derivatives of both signs, and steps on both sides of 1."""
    pairs = [(sign * np.round(rng.uniform(0.5, 9.0), 2), h)
             for sign, h in ((1, 0.5), (-1, 0.1), (1, 1e-3), (-1, 2.0))]
    return [
        Case(f"third derivative {third:.2f}, h = {h:g}", {"third": float(third), "h": h},
             spelled=True)
        for third, h in pairs
    ]


def best_step_cases(rng: np.random.Generator) -> list[Case]:
    """Values and third derivatives of both signs, in double and in single precision."""
    double, single = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)
    cases = []
    for sign, slant, eps in (
        (1, 1, double), (1, 1, single), (-1, 1, double), (1, -1, double), (-1, -1, double),
    ):
        value = sign * round(float(rng.uniform(0.5, 5.0)), 2)
        third = slant * round(float(rng.uniform(0.5, 50.0)), 2)
        precision = "double" if eps == double else "single"
        cases.append(Case(
            f"value {value:.2f}, third derivative {third:.2f}, {precision} precision",
            {"value": value, "third": third, "eps": eps}, spelled=True,
        ))
    return cases


# numerical_gradient


def curved(rng: np.random.Generator, shape) -> Source:
    """A function of an array in which every entry matters and no entry stands alone.

    It falls with the first entry, from 0 to beyond 1.
    """
    a, b = rng.uniform(0.5, 2.0, (2, *shape))
    a = np.asarray(a)
    a.flat[0] = -rng.uniform(8.0, 10.0)
    b = b / b.sum()
    return Source(f"lambda x: np.sum({text(a)} * np.sin(x)) + np.sum({text(b)} * x) ** 3")


def bent(rng: np.random.Generator, size: int, speed: float) -> dict:
    """A function that bends fast and in which no entry stands alone, at a point where it rises.

    There slope and bend of every part are large.
    """
    a = rng.uniform(0.5, 2.0, size)
    angles = np.pi / 4 + rng.uniform(-0.3, 0.3, size)
    u = (angles + 2 * np.pi * rng.integers(1, 3 + int(speed), size)) / speed
    return {
        "f": Source(f"lambda x: np.sum({text(a)} * np.sin({speed!r} * (x + 0.5 * np.flip(x))))"),
        "df": Source(f"lambda x: {speed!r} * (lambda c: c + 0.5 * np.flip(c))({text(a)} * "
                     f"np.cos({speed!r} * (x + 0.5 * np.flip(x))))"),
        "x": (u - 0.5 * u[::-1]) / 0.75,
    }


def unsettled(rng: np.random.Generator, shape: tuple[int, ...], h: float = 1e-5) -> np.ndarray:
    """Numbers between 0.5 and 2; the first does not come back if h is added and taken away.

    It lies below 0.5 by less than the step. With the step it is above, where floats are half as
    dense, so that half of these numbers lose a digit.
    """
    x = np.asarray(rng.uniform(0.5, 2.0, shape))
    for first in 0.5 - h * rng.uniform(0.1, 0.9, 200):
        if (first + h) - h != first and ((first + h) - 2 * h) + h != first:
            break
    x.flat[0] = first
    return x


def with_step(functions, inputs, cache=None):
    """Call ``numerical_gradient`` with a step of its own."""
    return functions.call("numerical_gradient", inputs["f"], inputs["x"], inputs["h"]).value


def with_step_if_it_can(functions, inputs, cache=None):
    """As `with_step`, or None where that raises: it decides nothing, and tells mistakes apart."""
    try:
        return with_step(functions, inputs)
    except StudentError as error:
        return none_unless_unwritten(error)


def none_unless_unwritten(error: StudentError) -> None:
    """An error that decides nothing; a stub, or a process that is gone, is told as ever."""
    if isinstance(error, StudentStopped) or error.kind == "NotImplementedError":
        raise error


def numerical_gradient_cases(rng: np.random.Generator) -> list[Case]:
    """Vectors; then, as items of their own, other shapes, another step, integers."""

    def case(name, shape, item=None, odd=False):
        inputs = {"f": curved(rng, shape), "x": unsettled(rng, shape)}
        return Case(name, unusual(inputs) if odd else inputs, item=item, tolerance=DIFFERENCES)

    fast, very_fast = bent(rng, 3, 5.0), bent(rng, 4, 2000.0)
    del fast["df"], very_fast["df"]
    return [
        case("a vector", (5,)),
        case("one number in a vector", (1,)),
        case("a read-only vector that is not contiguous", (4,), odd=True),
        Case("a function that bends fast", fast, tolerance=DIFFERENCES),
        Case("h = 0.01, for comparison",
             {"f": curved(rng, (4,)), "x": rng.uniform(0.5, 2.0, 4), "h": 0.01},
             play=with_step_if_it_can, judge=lambda outputs: None),
        case("a matrix", (3, 4), ANY_SHAPE),
        case("three dimensions", (2, 3, 4), item=ANY_SHAPE),
        case("a matrix that is not contiguous", (4, 2), ANY_SHAPE, odd=True),
        case("no dimension at all", (), item=ANY_SHAPE),
        Case(
            "h = 0.1",
            {"f": curved(rng, (3,)), "x": unsettled(rng, (3,), 0.1), "h": 0.1},
            item=STEP_GIVEN,
            play=with_step,
            tolerance=DIFFERENCES,
        ),
        Case("no step is given, so h = 1e-5", very_fast, item=STEP_GIVEN, tolerance=DIFFERENCES),
        Case(
            "the sum of squares at the integers (3, 4)",
            {"f": Source("lambda x: np.sum(x ** 2)"), "x": np.array([3, 4])},
            item=INTEGERS,
            tolerance=DIFFERENCES,
        ),
        Case(
            "a vector of three integers",
            {"f": curved(rng, (3,)), "x": np.array([0, -2, 3])},
            item=INTEGERS,
            tolerance=DIFFERENCES,
        ),
    ]


def relative_error_cases(rng: np.random.Generator) -> list[Case]:
    """Arrays whose smallest entry agrees worst; zeros in both are an item of their own.

    Where they agree worst, one is the larger in some cases and the other in the rest.
    """

    def pair(shape, gap):
        size = int(np.prod(shape))
        gaps = abs(gap) * rng.uniform(0.1, 0.4, size) * rng.choice([-1.0, 1.0], size)
        gaps[0] = gap
        order = rng.permutation(size)
        a = np.geomspace(0.2, 20.0, size)[order]
        b = a * (1 + gaps[order])
        sign = np.where(order % 2 == 0, 1.0, -1.0)
        return {"a": (sign * a).reshape(shape), "b": (sign * b).reshape(shape)}

    a, b = (round(float(value), 2) for value in rng.uniform((1.0, 2.1), (2.0, 3.0)))
    # The largest entries of both stand in different places.
    opposite = {"a": rng.uniform((1.6, 0.5, 0.5), (2.0, 1.0, 1.0)) * [1, -1, 1],
                "b": rng.uniform((0.5, 0.5, 1.6), (1.0, 1.0, 2.0)) * [-1, 1, -1]}
    zeros = {name: np.insert(values, 2, 0.0) for name, values in pair((4,), 1e-3).items()}
    with_zero = [{name: 0.1 * values for name, values in pair((4,), 0.01).items()}
                 for _ in range(2)]
    with_zero[0]["a"][1], with_zero[0]["b"][1] = 0.0, rng.uniform(0.5, 2.0)
    with_zero[1]["a"][2], with_zero[1]["b"][2] = rng.uniform(0.5, 2.0), 0.0
    # Sums of sizes below 1e-8 and above, and each time the denominator matters.
    below = {"a": signed(rng, 1e-10, 9e-10, 4), "b": rng.uniform(1e-9, 4e-9, 4)}
    above = {"a": signed(rng, 1e-9, 4e-9, 4), "b": rng.uniform(2e-8, 4e-8, 4)}
    above["a"][1], below["a"][3], below["b"][3] = -5e-9, 0.0, 0.0
    return [
        Case("vectors", pair((5,), 0.5)),
        Case("matrices", pair((3, 4), -1e-4)),
        Case("three dimensions", pair((2, 3, 2), 0.1)),
        Case("opposite signs", opposite),
        Case(f"two numbers, a = {a:.2f} and b = {b:.2f}", {"a": a, "b": b}, spelled=True),
        Case("0 in a alone", with_zero[0]),
        Case("0 in b alone", with_zero[1]),
        Case("read-only arrays that are not contiguous", unusual(pair((3, 2), 0.2))),
        Case("both 0 in one place", zeros, item=BOTH_ZERO),
        Case("all zeros", {"a": np.zeros(3), "b": np.zeros(3)}, item=BOTH_ZERO),
        Case("entries of about 1e-9", below, item=TINY),
        Case("entries just above 1e-8", above, item=TINY),
    ]


# The functions that are judged


def elementwise_cases(rng: np.random.Generator) -> list[Case]:
    """Arrays of several shapes, layouts and dtypes; each has both signs, small and large."""

    def draw(shape):
        x = signed(rng, 0.1, 4.0, shape)
        x.flat[:4] = rng.uniform((0.1, -0.5, 1.5, -4.0), (0.5, -0.1, 4.0, -1.5))
        return {"x": x}

    return [
        Case("a matrix", draw((3, 4))),
        Case("a vector", draw((6,))),
        Case("a read-only array that is not contiguous", unusual(draw((2, 5)))),
        Case("one positive number, no dimension at all", {"x": np.array(rng.uniform(0.1, 0.4))}),
        Case("one negative number, no dimension at all", {"x": np.array(-rng.uniform(1.5, 2.0))}),
        Case("axes of length 1", draw((4, 1, 1))),
        Case("numbers of every size", {"x": every_size(rng, (2, 4))}),
        # Within one step of the kink, where a central difference means nothing.
        Case("numbers close to 0", {"x": every_size(rng, (6,), 1e-9, 1e-6)}),
        Case("float32", in_float32(draw((2, 3, 4))), tolerance=FLOAT32_TOLERANCE),
    ]


def relu_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary numbers; at the kink the value is 0 whichever way one looks at it."""
    zeros = every_size(rng, (3, 3))
    zeros[1:, 1] = 0.0, -0.0
    return [
        *elementwise_cases(rng),
        Case("zeros among the entries", {"x": zeros}),
        Case("no entry at all", {"x": np.zeros((0, 3))}),
    ]


def relu_grad_cases(rng: np.random.Generator) -> list[Case]:
    """Some x so large that finite differences lose their digits; exact zeros apart."""
    zeros = rng.uniform(0.5, 2.0, (2, 3)) * [[1, 0, -1], [-1, 1, -0.0]]
    return elementwise_cases(rng) + [
        Case("both signs, and zeros that decide nothing", {"x": zeros},
             judge=is_right_beside_zeros),
        Case("x in the millions", {"x": every_size(rng, (5,), 1e6, 5e6)}),
        Case("two zeros among the entries", {"x": zeros}, item=AT_ZERO),
    ]


def is_right_beside_zeros(outputs: tuple) -> str | None:
    """What is wrong with the slopes where x is not 0, or None.

    Who takes the negative side for the other one says by the zeros how.
    """
    slopes = as_array(outputs[0])
    if slopes is not None and slopes.shape == (2, 3) and np.array_equal(
        slopes[[0, 0, 1, 1], [0, 2, 0, 1]], [1, 0, 0, 1]
    ):
        return None
    return "The slope is 1 where x is positive and 0 where it is negative."


def mean_squared_error_cases(rng: np.random.Generator) -> list[Case]:
    """A vector, a batch, and arrays of an unusual kind."""

    def draw(*shape):
        return {"y": rng.normal(0, 1, shape), "t": rng.normal(0, 1, shape)}

    return [
        Case("one sample", draw(5)),
        Case("a batch", draw(3, 4)),
        Case("one number", draw(1)),
        Case("images", draw(2, 3, 5)),
        Case("differences of every size",
             {"y": every_size(rng, (2, 4)), "t": every_size(rng, (2, 4))[::-1]}),
        Case("read-only arrays that are not contiguous", unusual(draw(2, 6))),
    ]


# gradients_agree


def judged(rng: np.random.Generator, name: str, shape: tuple[int, ...], spoil: str = "{}",
           scale: float = 1.0, item: str | None = None) -> Case:
    """A function with a gradient that is right, or spoiled.

    All parts of the gradient are positive, so that no entry is small by accident. A measurement
    errs by about 1e-9, because the function bends fast.

    Parameters
    ----------
    shape : tuple of int
        Of x.
    spoil : str
        Text with ``{}`` in the place of the right gradient.
    scale : float
        Factor in the function and in its gradient.
    """
    a, b = rng.uniform(0.5, 2.0, (2, *shape))
    mixed = f"np.sum({text(b)} * x)"
    f = f"{scale!r} * (np.sum({text(a)} * np.sin(30.0 * x)) / 30.0 + {mixed} ** 2)"
    gradient = f"({scale!r} * ({text(a)} * np.cos(30.0 * x) + 2 * {mixed} * {text(b)}))"
    inputs = {
        "f": Source(f"lambda x: {f}"),
        "df": Source(f"lambda x: {spoil.format(gradient)}"),
        "x": (2 * np.pi * rng.integers(1, 5, shape) + rng.uniform(-0.5, 0.5, shape)) / 30.0,
    }
    return Case(f"{'right' if spoil == '{}' else 'wrong'}: {name}", inputs, item=item)


def one_among_many(rng: np.random.Generator) -> Case:
    """A gradient of 600 entries, one of them wrong: in a mean of the errors it is lost."""
    slope, wrong = float(rng.uniform(0.5, 2.0)), int(rng.integers(600))
    inputs = {
        "f": Source(f"lambda x: {slope!r} * np.sum(np.sin(x))"),
        "df": Source(f"lambda x: {slope!r} * np.cos(x) * (1 + 0.001 * "
                     f"(np.arange(x.size).reshape(x.shape) == {wrong}))"),
        "x": rng.uniform(0.7, 0.8, (24, 25)),
    }
    return Case("wrong: one of 600 entries too large by 0.1 %", inputs, item=SMALL_FAULT)


def all_alike(rng: np.random.Generator, name: str, size: int, shape: tuple[int, ...],
              item: str) -> Case:
    """A gradient whose entries are all the same, in another shape: broadcast, the numbers agree."""
    slope = float(rng.uniform(0.5, 2.0))
    inputs = {
        "f": Source(f"lambda x: {slope!r} * np.sum(x)"),
        "df": Source(f"lambda x: np.full({shape!r}, {slope!r})"),
        "x": rng.uniform(0.3, 1.0, size),
    }
    return Case(f"wrong: {name}", inputs, item=item)


def bending(rng: np.random.Generator) -> Case:
    """A right gradient of a function that bends so fast that the measurement errs by 1e-8."""
    return Case("right: a function that bends fast", bent(rng, 4, 20.0))


def told_apart(rng: np.random.Generator, item: str | None = None) -> list[Case]:
    """Two wrong gradients whose answers decide nothing here.

    They tell which mistake is behind the other cases: not all that reject a right gradient reject
    these.
    """
    return [
        replace(judged(rng, name, (4,), spoil, item=item), play=any_answer,
                judge=lambda outputs: None)
        for name, spoil in (("the shape, for comparison", "{}[np.newaxis]"),
                            ("the sign, for comparison", "-{}"))
    ]


def any_answer(functions: Functions, inputs: Mapping, cache=None):
    """The answer of ``gradients_agree``, or None if it raises."""
    try:
        return functions.call("gradients_agree", inputs["f"], inputs["df"], inputs["x"]).value
    except StudentError as error:
        return none_unless_unwritten(error)


def without_influence(rng: np.random.Generator) -> Case:
    """A right gradient in which one entry is 0, as the measured one."""
    a = rng.uniform(0.5, 2.0, 4)
    a[2] = 0.0
    inputs = {
        "f": Source(f"lambda x: np.sum({text(a)} * np.sin(x))"),
        "df": Source(f"lambda x: {text(a)} * np.cos(x)"),
        "x": rng.uniform(0.3, 1.0, 4),
    }
    return Case("right: one entry has no influence", inputs, item=SCALES)


def one_entry(factor: float, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """Spoil one entry of a gradient by a factor."""
    factors = np.ones(shape)
    factors[index] = factor
    return f"{{}} * {text(factors)}"


def gradients_agree_cases(rng: np.random.Generator) -> list[Case]:
    """Right gradients to accept and wrong ones to reject. Every item has some of both."""
    return [
        judged(rng, "a vector", (4,)),
        judged(rng, "a matrix", (3, 4)),
        judged(rng, "twice as large as it should be", (5,), "2 * {}"),
        judged(rng, "half as large as it should be", (5,), "0.5 * {}"),
        judged(rng, "the entries in reverse order", (8,), "{}[::-1]"),
        judged(rng, "one entry 0", (2, 3), one_entry(0.0, (2, 3), (1, 2))),
        judged(rng, "the sign", (4,), "-{}"),
        judged(rng, "one entry twice as large", (4,), one_entry(2.0, (4,), (1,))),
        judged(rng, "negative entries", (5,), scale=-1.0),
        judged(rng, "negative entries, all twice too large", (5,), "2 * {}", scale=-1.0),
        bending(rng),
        *told_apart(rng),
        judged(rng, "another vector", (6,), item=SMALL_FAULT),
        *told_apart(rng, SMALL_FAULT),
        judged(rng, "one entry too large by 1 %", (3, 4), one_entry(1.01, (3, 4), (2, 1)),
               item=SMALL_FAULT),
        judged(rng, "the last entry too large by 0.1 %", (6,), one_entry(1.001, (6,), (5,)),
               item=SMALL_FAULT),
        judged(rng, "one entry too small by 0.1 %", (2, 3), one_entry(0.999, (2, 3), (0, 1)),
               item=SMALL_FAULT),
        one_among_many(rng),
        judged(rng, "entries of about a million", (4,), scale=1e5, item=SCALES),
        judged(rng, "entries of about 1e-9", (4,), scale=1e-10, item=SCALES),
        judged(rng, "entries of about 1e-9, all twice as large as they should be", (4,),
               "2 * {}", scale=1e-10, item=SCALES),
        without_influence(rng),
        *told_apart(rng, SCALES),
        judged(rng, "another matrix", (4, 2), item=MISSHAPEN),
        *told_apart(rng, MISSHAPEN),
        replace(judged(rng, "numbers and shape, for comparison", (4,), "2 * {}[np.newaxis]",
                       item=MISSHAPEN), play=any_answer, judge=lambda outputs: None),
        judged(rng, "the right shape, and twice as large", (3, 2), "2 * {}", item=MISSHAPEN),
        judged(rng, "shape (1, 3) where x has shape (3,)", (3,), "{}[np.newaxis]",
               item=MISSHAPEN),
        judged(rng, "one entry nan", (4,), one_entry(np.nan, (4,), (1,)), item=MISSHAPEN),
        all_alike(rng, "shape (3, 1), all entries alike", 3, (3, 1), MISSHAPEN),
        all_alike(rng, "shape (1,) where x has shape (3,)", 3, (1,), MISSHAPEN),
        all_alike(rng, "one number where x has shape (3,)", 3, (), MISSHAPEN),
    ]


# On your own


CURVES = (
    ("a cube", "lambda x: {a} * x ** 3"),
    ("a sine", "lambda x: np.sin({a} * x)"),
    ("an exponential", "lambda x: np.exp({a} * x)"),
    ("a curve that begins at x", "lambda x: np.exp({a} * x) if x >= {x} else np.nan"),
)


def one_sided_cases(rng: np.random.Generator) -> list[Case]:
    """Curved functions, and steps so large that no two formulas for a slope agree."""
    cases = []
    for sign, (name, template) in zip((1, -1, -1, 1), CURVES, strict=True):
        x, a = float(rng.uniform(0.4, 1.2)), rng.uniform(0.6, 1.4)
        inputs = {"f": Source(template.format(a=a, x=x)), "x": x,
                  "h": float(rng.uniform(0.1, 0.4)), "third": sign * float(rng.uniform(0.5, 9.0))}
        cases.append(Case(name, inputs, tolerance=DIFFERENCES))
    return cases


VALUES = {"x": "N D"}
SAMPLES = {"y": "N C"}

EXERCISES = [
    Exercise(
        "predict_quotients", "()", ("forward", "central"), {"forward": 1, "central": 1},
        question("x ** 3 at x = 2 with h = 1"),
        hints=(
            "Both fractions need cubes of 2 and of its two neighbours at the distance 1. Which "
            "of these points does each fraction use?",
            "By hand: 1, 8 and 27 are the cubes of 1, 2 and 3. Put them into the two fractions "
            "of the section above, and mind what stands below the line of the central one.",
        ),
    ),
    Exercise(
        "central_error_term", "(third, h)", ("error",), {"error": 1}, central_error_cases,
        hints=(
            "Subtract the two expansions line by line. Which terms cancel, and which double?",
            "f(x + h) - f(x - h) = 2 h f'(x) + 2 (h**3 / 6) f'''(x) + ...; the error is what "
            "is left behind f'(x) once all of it is divided by 2 h.",
        ),
    ),
    Exercise(
        "best_step", "(value, third, eps)", ("h",), {"h": 1}, best_step_cases,
        hints=(
            "Write the sum of both errors as a function of h: a truncation error that grows "
            "with h, and a rounding error that falls. What is its derivative?",
            "E(h) = h**2 |f'''| / 6 + eps |f| / (2 h). Where its derivative is 0, h**3 = (3 / "
            "2) eps |f| / |f'''|.",
        ),
    ),
    Exercise(
        "relu", "(x)", ("out",), {"out": 1, UNCHANGED: 1}, relu_cases, shapes=VALUES,
        hints=(
            "Two cases for each entry. Which function compares entry by entry and returns a "
            "new array?",
            "out[i, j, ...] = x[i, j, ...] where that is above 0, else 0.",
        ),
    ),
    Exercise(
        "numerical_gradient",
        "(f, x, h=1e-5)",
        ("gradient",),
        {"gradient": 2, ANY_SHAPE: 1, STEP_GIVEN: 1, INTEGERS: 1, UNCHANGED: 1},
        numerical_gradient_cases,
        shapes=VALUES,
        hints=(
            "Take a vector with two entries and write down the points at which f is called, in "
            "order. Does exactly one entry differ from x each time, and what dtype has the "
            "array that holds them?",
            "gradient[i] = (f(x with x[i] + h) - f(x with x[i] - h)) / (2 h), for every "
            "position i, all other entries as they were, in an array of floats of the shape of "
            "x.",
        ),
    ),
    Exercise(
        "mean_squared_error", "(y, t)", ("loss",), {"loss": 1}, mean_squared_error_cases,
        shapes=SAMPLES,
        hints=(
            "Three things happen: a difference, a square, a sum. In which order, and what "
            "stands in front?",
            "loss = 1/2 * sum over all entries i of (y_i - t_i)**2, one number.",
        ),
    ),
    Exercise(
        "relative_error", "(a, b)", ("error",), {"error": 1, BOTH_ZERO: 1, TINY: 1},
        relative_error_cases, shapes={"a": "N D"},
        hints=(
            "There are two maxima in the formula. Which one runs over the entries of the "
            "array, and which takes the larger of two numbers for each entry?",
            "error = max over i of |a_i - b_i| / max(1e-8, |a_i| + |b_i|): first the fraction "
            "for every entry, then the largest of them.",
        ),
    ),
    Exercise(
        "gradients_agree",
        "(f, df, x)",
        ("agree",),
        {"agree": 2, SMALL_FAULT: 1, SCALES: 1, MISSHAPEN: 1},
        gradients_agree_cases,
        hints=(
            "Which of the three points of the list above does your function not look at? Try "
            "it on the gradient 3 x**2 with one entry off by 0.1 %, with an extra axis, and "
            "with nan in it.",
            "True exactly if df(x) has the shape of x and max over i of |a_i - b_i| / "
            "max(1e-8, |a_i| + |b_i|) < 1e-6, where a is df(x) and b is what you have "
            "measured.",
        ),
    ),
    Exercise(
        "relu_grad", "(x)", ("out",), {"out": 1, AT_ZERO: 1}, relu_grad_cases,
        Gradient("relu", ("x",), {"out": "x"}, cached=False), shapes=VALUES,
        hints=(
            "Which number does np.zeros want, a shape or an array? And on which side of the "
            "convention does x = 0 lie?",
            "out[i, j, ...] = 1 where x[i, j, ...] > 0, and 0 where it is 0 or less.",
        ),
    ),
    Exercise(
        "one_sided_slope", "(f, x, h, third)", ("slope", "error"), {"slope": 2, "error": 1},
        one_sided_cases,
        hints=(
            "Write both expansions up to h**3, one below the other. With which numbers must "
            "you multiply the lines so that the terms with h**2 cancel?",
            "4 f(x + h) - f(x + 2 h) = 3 f(x) + 2 h f'(x) - (4 / 6) h**3 f'''(x) + ...; solve "
            "for f'(x), and divide the last term as well.",
        ),
    ),
    Exercise(
        "recap_numerical_gradients", "()", ("step", "pixel", "kink"),
        {"step": 1, "pixel": 1, "kink": 1}, question("the three questions"),
        hints=(
            "The step: on which branch of the V are both steps? The pixel: to which side does "
            "a line with a negative slope fall? The kink: on which sides of 0 do the two "
            "points lie?",
            "By hand: the rounding error is about eps / (2 h) for h = 1e-8 and for h = 1e-12. "
            "For the pixel, draw a short line with slope -3. For the kink, compute relu(3 h / "
            "2) and relu(-h / 2), and put them into the fraction.",
        ),
    ),
]
