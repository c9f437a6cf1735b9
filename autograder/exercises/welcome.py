"""Exercises of 00_welcome."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.exercise import NO_LOOP, UNCHANGED, Case, Exercise
from autograder.exercises.inputs import every_size, unusual
from autograder.kit.functions import Functions

WHOLE = "integers"


def identity_cases(rng: np.random.Generator) -> list[Case]:
    """Arrays of several shapes, with numbers of both signs and of every size."""
    return [
        Case("a vector", {"x": every_size(rng, (5,))}),
        Case("a matrix", {"x": rng.standard_normal((3, 4))}),
        Case("three dimensions", {"x": every_size(rng, (4, 1, 3))}),
        Case("one number", {"x": np.array(-rng.uniform(0.5, 2.0))}),
        Case("an empty array", {"x": np.zeros((0, 2))}),
    ]


def step_function_cases(rng: np.random.Generator) -> list[Case]:
    """Zero and its neighbours, both signs, several shapes, and a number without any dimension."""
    with_zeros = rng.integers(-2, 3, (4, 5)).astype(np.float64)
    with_zeros[0, :2], with_zeros[1, 1:4] = (0.0, 0.7), (-0.0, -1.0, 2.0)
    beside = rng.uniform(1e-12, 1e-9, 6) * [1, -1, 1, 1, -1, 1]
    return [
        Case("a vector", {"x": every_size(rng, (7,))}),
        Case("a matrix with zeros in it", {"x": with_zeros}),
        Case("three dimensions", {"x": every_size(rng, (2, 1, 4))}),
        Case("one number", {"x": np.array(rng.uniform(0.1, 0.4))}),
        Case("numbers close to 0", {"x": beside}),
        Case("integers", {"x": rng.permutation([-4, -1, 0, 1, 2, 3])}),
        Case("a read-only array that is not contiguous", unusual({"x": every_size(rng, (2, 3))})),
        Case("the dtype for floats", {"x": every_size(rng, (5,))}, item=WHOLE,
             play=dtype_of_steps, judge=is_of_integers),
        Case("the dtype for integers", {"x": np.array([3, -1, 0, 2])}, item=WHOLE,
             play=dtype_of_steps, judge=is_of_integers),
    ]


def dtype_of_steps(functions: Functions, inputs: Mapping, cache=None) -> str:
    """The name of the dtype of the answer."""
    return str(np.asarray(functions.call("step_function", inputs["x"]).value).dtype)


def is_of_integers(outputs: tuple) -> str | None:
    """What is wrong with a dtype, or None."""
    name = outputs[0]
    if name.startswith(("int", "uint")):
        return None
    return f"out has dtype {name}, where an integer dtype is expected."


def small_and_large(rng: np.random.Generator) -> tuple[Mapping, Mapping]:
    """Arrays with few entries and with many."""
    return {"x": rng.standard_normal((2, 3))}, {"x": rng.standard_normal((7, 9))}


VALUES = {"x": "N D"}

EXERCISES = [
    Exercise(
        "identity", "(x)", ("out",), {"out": 1}, identity_cases, shapes=VALUES,
        hints=(
            "Nothing has to be computed. What does a function without a return statement give back "
            "to its caller?",
            "For every entry, whatever the shape: out[i, j, ...] = x[i, j, ...].",
        ),
    ),
    Exercise(
        "step_function", "(x)", ("out",), {"out": 2, WHOLE: 1, UNCHANGED: 1, NO_LOOP: 1},
        step_function_cases, shapes=VALUES, loop_free=small_and_large,
        hints=(
            "Two steps: a comparison makes truth values, one for each entry, and then they become "
            "integers. Which of the two does not do what you want?",
            "out[i, j, ...] is 1 if x[i, j, ...] > 0, and 0 if it is 0 or less, in an array of a "
            "dtype such as int64. The section above says which method of an array converts it.",
        ),
    ),
]
