"""Exercises of 03_affine."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    NO_LOOP,
    PAIR,
    PRECISION,
    SHAPES,
    UNCHANGED,
    Case,
    Exercise,
    backward_of,
    letters_of,
    question,
    with_earlier_cache,
)
from autograder.exercises.inputs import in_float32, unusual

MANY_DIMENSIONS = "x with more than two dimensions"
EARLIER_CACHE = "the cache it is given"

LAYER = {"x": "N D", "w": "D M", "b": "M", "dout": "N M"}
"""The axes of a layer's arrays."""


def affine_inputs(rng: np.random.Generator, n: int, features: tuple[int, ...], m: int) -> dict:
    """Random x (n, *features), w (D, m), b (m,) and dout (n, m)."""
    d = int(np.prod(features))
    return {
        "x": rng.standard_normal((n, *features)),
        "w": rng.standard_normal((d, m)),
        "b": rng.standard_normal(m),
        "dout": rng.standard_normal((n, m)),
    }


def affine_cases(rng: np.random.Generator) -> list[Case]:
    """Layers of many sizes; one bias so large that finite differences lose their digits."""
    plain = Case("three samples", affine_inputs(rng, 3, (4,), 5))
    one = Case("one sample", affine_inputs(rng, 1, (6,), 4))
    large = affine_inputs(rng, 5, (2,), 3)
    large["b"] = large["b"] + 1e8
    odd_arrays = unusual(affine_inputs(rng, 2, (5,), 7))
    single = in_float32(affine_inputs(rng, 4, (3,), 2))
    return [
        plain,
        one,
        Case("a large bias", large),
        Case("read-only arrays that are not contiguous", odd_arrays),
        Case("float32", single, tolerance=FLOAT32_TOLERANCE),
        Case("x of four dimensions", affine_inputs(rng, 2, (3, 4, 5), 7), item=MANY_DIMENSIONS),
    ]


def backward_cases(rng: np.random.Generator) -> list[Case]:
    """`affine_cases`, and a backward pass that comes after another forward pass."""
    first = affine_inputs(rng, 3, (4,), 5)
    return affine_cases(rng) + [
        Case(
            "backward of one batch after the forward of another",
            {**first, "other": affine_inputs(rng, 3, (4,), 5)},
            item=EARLIER_CACHE,
            play=with_earlier_cache("affine_backward", AFFINE_FORWARD),
        )
    ]


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """The cases in which the function that is to be mended goes wrong, and some others."""
    cases = []
    for name, n, features, m in (
        ("three samples", 3, (4,), 5),
        ("x of three dimensions", 2, (3, 5), 4),
        ("x of four dimensions", 3, (2, 1, 4), 5),
    ):
        layer = affine_inputs(rng, n, features, m)
        inputs = {"dout": layer["dout"], "cache": (layer["x"], layer["w"], layer["b"])}
        cases.append(Case(name, inputs, letters_of(LAYER, layer)))
    return cases


def scalar_cases(rng: np.random.Generator) -> list[Case]:
    """Numbers of both signs."""
    names = ("x0", "x1", "w", "b", "dout0", "dout1")
    draws = rng.uniform(0.5, 3.0, (3, 6)) * rng.choice([-1.0, 1.0], (3, 6))
    return [
        Case(
            ", ".join(f"{name} = {value:.2f}" for name, value in zip(names, numbers)),
            dict(zip(names, numbers.tolist())), spelled=True,
        )
        for numbers in draws
    ]


def entry_cases(*given: str):
    """Entries at the indices `given`: first and last of a layer, and one of a layer with D = M.

    Where D = M, a row of w is as long as a column, so that nothing is raised if they are confused.
    """
    def cases(rng: np.random.Generator) -> list[Case]:
        layer, square = affine_inputs(rng, 3, (4,), 5), affine_inputs(rng, 3, (4,), 4)
        made = []
        for inputs, n, d, m in ((layer, 0, 0, 0), (layer, 2, 3, 4), (square, 1, 2, 3)):
            indices = {"n": n, "d": d, "m": m}
            name = ", ".join(f"{letter} = {indices[letter]}" for letter in given)
            made.append(Case(name, {**inputs, **indices}))
        return made

    return cases


def matrix_cases(rng: np.random.Generator) -> list[Case]:
    """Matrices of different sizes."""
    return [
        Case(f"N = {n}, D = {d}, M = {m}", affine_inputs(rng, n, (d,), m))
        for n, d, m in ((3, 4, 5), (1, 3, 2), (5, 2, 4))
    ]


def two_sizes(rng: np.random.Generator) -> tuple[dict, dict]:
    """A small and a larger layer."""
    return affine_inputs(rng, 2, (3,), 4), affine_inputs(rng, 12, (13,), 14)


def quadratic_cases(rng: np.random.Generator) -> list[Case]:
    """Matrices of different sizes, with entries of both signs in x."""
    def layer(n: int, d: int, m: int) -> dict:
        inputs = affine_inputs(rng, n, (d,), m)
        return {name: inputs[name] for name in ("x", "w", "dout")}

    return [
        Case("three samples", layer(3, 4, 5)),
        Case("one sample", layer(1, 6, 4)),
        Case("read-only arrays that are not contiguous", unusual(layer(2, 5, 7))),
        Case("float32", in_float32(layer(4, 3, 2)), tolerance=FLOAT32_TOLERANCE),
    ]


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the shape a student gives, or None."""
    (shape,) = outputs
    if isinstance(shape, np.ndarray) and shape.ndim == 1:
        shape = tuple(shape.tolist())
    if not isinstance(shape, (tuple, list)) or not all(
        isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in shape
    ):
        return "A shape is a tuple of positive integers, such as (3, 4)."
    if len(shape) == 2:
        return (f"With x of shape {tuple(shape)} the function computes the right dw. "
                "Look for an x whose transpose is not what the line for dw needs.")
    if len(shape) == 0:
        return "x needs at least one dimension, the batch."
    return None


AFFINE_FORWARD = Exercise(
    "affine_forward",
    "(x, w, b)",
    ("out",),
    {"out": 2, MANY_DIMENSIONS: 1, UNCHANGED: 1, PRECISION: 1},
    affine_cases,
    returns_cache=True,
    shapes=LAYER,
)

QUADRATIC_FORWARD = Exercise(
    "quadratic_affine_forward",
    "(x, w)",
    ("out",),
    {"out": 1, UNCHANGED: 1},
    quadratic_cases,
    returns_cache=True,
    shapes={name: LAYER[name] for name in ("x", "w", "dout")},
)

EXERCISES = [
    Exercise(
        "predict_touched", "()", ("touched", "slopes"), {"touched": 1, "slopes": 1},
        question("the layer above", dims={"N": 2, "D": 3, "M": 4}),
    ),
    Exercise(
        "affine_scalar_gradients",
        "(x0, x1, w, b, dout0, dout1)",
        ("dw", "db"),
        {"dw": 1, "db": 1},
        scalar_cases,
    ),
    Exercise("affine_dx_entry", "(dout, w, n, d)", ("dx[n, d]",), {"dx[n, d]": 2},
             entry_cases("n", "d")),
    Exercise("affine_dw_entry", "(x, dout, d, m)", ("dw[d, m]",), {"dw[d, m]": 2},
             entry_cases("d", "m")),
    Exercise("affine_db_entry", "(dout, m)", ("db[m]",), {"db[m]": 1}, entry_cases("m")),
    Exercise(
        "affine_matrix_gradients",
        "(x, dout)",
        ("dw", "db"),
        {"dw": 1, "db": 1, NO_LOOP: 1},
        matrix_cases,
        shapes=LAYER,
        loop_free=two_sizes,
    ),
    AFFINE_FORWARD,
    backward_of(
        AFFINE_FORWARD,
        "affine_backward",
        ("dx", "dw", "db"),
        {"dx": 2, "dw": 2, "db": 1, SHAPES: 1, UNCHANGED: 1, PRECISION: 1, MANY_DIMENSIONS: 1,
         EARLIER_CACHE: 1, PAIR: 1},
        backward_cases,
    ),
    Exercise(
        "exposing_shape", "()", ("shape",), {"shape": 1},
        question("the shape you give", judge=exposes_the_bug),
    ),
    Exercise(
        "affine_backward_mended", "(dout, cache)", ("dx", "dw", "db"),
        {"dx": 1, "dw": 1, "db": 1},
        mended_cases,
    ),
    QUADRATIC_FORWARD,
    backward_of(
        QUADRATIC_FORWARD,
        "quadratic_affine_backward",
        ("dx", "dw"),
        {"dx": 2, "dw": 2, UNCHANGED: 1, PRECISION: 1, PAIR: 1},
        quadratic_cases,
    ),
    Exercise(
        "recap_affine", "()", ("storage", "silent", "work"),
        {"storage": 1, "silent": 1, "work": 1},
        question("the three questions"),
    ),
]
