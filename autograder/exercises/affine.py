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
from autograder.exercises.inputs import in_float32, sign_of, unusual

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
        Case("one feature, one output", affine_inputs(rng, 4, (1,), 1)),
        Case("a large bias", large),
        Case("read-only arrays that are not contiguous", odd_arrays),
        Case("float32", single, tolerance=FLOAT32_TOLERANCE),
        Case("x of four dimensions", affine_inputs(rng, 2, (3, 4, 5), 7), item=MANY_DIMENSIONS),
        Case("x of three dimensions, one of length 1", affine_inputs(rng, 3, (1, 6), 4),
             item=MANY_DIMENSIONS),
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
    layers = {
        "three samples": affine_inputs(rng, 3, (4,), 5),
        "x of three dimensions": affine_inputs(rng, 2, (3, 5), 4),
        "x of four dimensions": affine_inputs(rng, 3, (2, 1, 4), 5),
        "one sample": affine_inputs(rng, 1, (6,), 4),
        "one output": affine_inputs(rng, 4, (3, 2), 1),
        "read-only arrays that are not contiguous": unusual(affine_inputs(rng, 2, (1, 5), 7)),
    }
    return [
        Case(name, {"dout": layer["dout"], "cache": (layer["x"], layer["w"], layer["b"])},
             letters_of(LAYER, layer))
        for name, layer in layers.items()
    ]


def scalar_cases(rng: np.random.Generator) -> list[Case]:
    """Numbers of both signs."""
    names = ("x0", "x1", "w", "b", "dout0", "dout1")
    signs = [[sign_of(case, place) for place in range(6)] for case in range(4)]
    draws = rng.uniform(0.5, 3.0, (4, 6)) * signs
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
        for n, d, m in ((3, 4, 5), (1, 3, 2), (5, 2, 4), (4, 1, 3), (2, 3, 1))
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
        Case("one feature, one output", layer(4, 1, 1)),
        Case("read-only arrays that are not contiguous", unusual(layer(2, 5, 7))),
        Case("float32", in_float32(layer(4, 3, 2)), tolerance=FLOAT32_TOLERANCE),
    ]


def quadratic_backward_cases(rng: np.random.Generator) -> list[Case]:
    """`quadratic_cases`, and inputs so large that finite differences lose their digits."""
    cases = quadratic_cases(rng)
    for name in ("x", "w"):
        large = affine_inputs(rng, 3, (2,), 4)
        large[name] = 1e8 * large[name]
        del large["b"]
        cases.append(Case(f"{name} of about 1e8", large))
    return cases


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the shape a student gives, or None."""
    (shape,) = outputs
    if isinstance(shape, np.ndarray) and shape.ndim == 1:
        shape = tuple(shape.tolist())
    if isinstance(shape, (tuple, list)):  # NumPy's integers come as arrays without dimensions
        shape = tuple(
            size.item() if isinstance(size, np.ndarray) and size.ndim == 0 else size
            for size in shape
        )
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
    hints=(
        "The product needs a matrix of shape (N, D). What makes one row of a sample of any "
        "shape, as in the section above, and what does the cache keep?",
        "out[n, m] = sum over d of rows[n, d] * w[d, m] + b[m], where rows has shape (N, D); "
        "the cache holds x as it came, w and b.",
    ),
)

QUADRATIC_FORWARD = Exercise(
    "quadratic_affine_forward",
    "(x, w)",
    ("out",),
    {"out": 1, UNCHANGED: 1},
    quadratic_cases,
    returns_cache=True,
    shapes={name: LAYER[name] for name in ("x", "w", "dout")},
    hints=(
        "There are two terms, each a matrix product with the same w. In which of them is x "
        "squared, and what does the square do to one entry?",
        "out[n, m] = sum over d of (x[n, d] * w[d, m] + x[n, d]**2 * w[d, m]).",
    ),
)

EXERCISES = [
    Exercise(
        "predict_touched", "()", ("touched", "slopes"), {"touched": 1, "slopes": 1},
        question("the layer above", dims={"N": 2, "D": 3, "M": 4}),
        hints=(
            "Row n of out belongs to sample n, and sample n is row n of x. Which row of x does "
            "x[0, 0] stand in?",
            "Write out[0, m] = x[0, 0] * w[0, m] + x[0, 1] * w[1, m] + x[0, 2] * w[2, m] + "
            "b[m] four times, for m = 0 to 3, and look at the number beside x[0, 0] each time. "
            "Then write out[1, 0]: is x[0, 0] in it?",
        ),
    ),
    Exercise(
        "affine_scalar_gradients",
        "(x0, x1, w, b, dout0, dout1)",
        ("dw", "db"),
        {"dw": 1, "db": 1},
        scalar_cases,
        hints=(
            "Draw both outputs with arrows from w to each. How many paths lead from w to the "
            "loss, and what is the slope of each?",
            "dw = sum over the two samples n of x_n * dout_n; db = sum over n of dout_n.",
        ),
    ),
    Exercise(
        "affine_dx_entry", "(dout, w, n, d)", ("dx[n, d]",), {"dx[n, d]": 2},
        entry_cases("n", "d"),
        hints=(
            "x[n, d] touches row n of out. Which letter runs along that row, and which two "
            "letters stay fixed?",
            "dx[n, d] = sum over m of dout[n, m] * w[d, m].",
        ),
    ),
    Exercise(
        "affine_dw_entry", "(x, dout, d, m)", ("dw[d, m]",), {"dw[d, m]": 2},
        entry_cases("d", "m"),
        hints=(
            "w[d, m] is used once in every sample. Which letter runs over the samples, and "
            "which two stay fixed?",
            "dw[d, m] = sum over n of x[n, d] * dout[n, m].",
        ),
    ),
    Exercise(
        "affine_db_entry", "(dout, m)", ("db[m]",), {"db[m]": 1}, entry_cases("m"),
        hints=(
            "b[m] is added to column m of out. What is the slope of each of these entries with "
            "respect to b[m]?",
            "db[m] = sum over n of dout[n, m].",
        ),
    ),
    Exercise(
        "affine_matrix_gradients",
        "(x, dout)",
        ("dw", "db"),
        {"dw": 1, "db": 1, NO_LOOP: 1},
        matrix_cases,
        shapes=LAYER,
        loop_free=two_sizes,
        hints=(
            "Write the sum for dw[d, m] and mark the summed index. Where does it stand in x, "
            "where in dout, and where does a matrix product want it?",
            "dw[d, m] = sum over n of (x transposed)[d, n] * dout[n, m], a product of shapes "
            "(D, N) and (N, M); db[m] = sum over n of dout[n, m], the axis of the samples.",
        ),
    ),
    AFFINE_FORWARD,
    backward_of(
        AFFINE_FORWARD,
        "affine_backward",
        ("dx", "dw", "db"),
        {"dx": 2, "dw": 2, "db": 1, SHAPES: 1, UNCHANGED: 1, PRECISION: 1, MANY_DIMENSIONS: 1,
         EARLIER_CACHE: 1, PAIR: 1},
        backward_cases,
        hints=(
            "You have all three sums from the first half. Two things are new: which matrix "
            "stands for x in dw, and which shape must dx have in the end?",
            "dx[n, d] = sum over m of dout[n, m] * w[d, m], then in the shape of x; dw[d, m] = "
            "sum over n of rows[n, d] * dout[n, m], where rows is x in shape (N, D); db[m] = "
            "sum over n of dout[n, m].",
        ),
    ),
    Exercise(
        "exposing_shape", "()", ("shape",), {"shape": 1},
        question("the shape you give", judge=exposes_the_bug),
        hints=(
            "The line for dw transposes x as it came. For a matrix that is what is needed. For "
            "which x is the transpose of x another thing than the transpose of the flat x?",
            "Transposing turns the order of all axes round. Write down the shape of an x with "
            "three axes, of its transpose, and of the (D, N) that is needed.",
        ),
    ),
    Exercise(
        "affine_backward_mended", "(dout, cache)", ("dx", "dw", "db"),
        {"dx": 1, "dw": 1, "db": 1},
        mended_cases,
        hints=(
            "Go through the three lines with an x of shape (2, 3, 4), and write the shape of "
            "each result beside it. Which two are not the shapes of the values?",
            "dw[d, m] = sum over n of rows[n, d] * dout[n, m], where rows is x in shape (N, "
            "D); db[m] = sum over n of dout[n, m], of shape (M,).",
        ),
    ),
    QUADRATIC_FORWARD,
    backward_of(
        QUADRATIC_FORWARD,
        "quadratic_affine_backward",
        ("dx", "dw"),
        {"dx": 2, "dw": 2, UNCHANGED: 1, PRECISION: 1, PAIR: 1},
        quadratic_backward_cases,
        hints=(
            "Write down the terms of out[n, m] that contain x[n, d], and differentiate them. "
            "Then those that contain w[d, m].",
            "dx[n, d] = (1 + 2 x[n, d]) * sum over m of dout[n, m] * w[d, m]; dw[d, m] = sum "
            "over n of (x[n, d] + x[n, d]**2) * dout[n, m].",
        ),
    ),
    Exercise(
        "recap_affine", "()", ("storage", "silent", "work"),
        {"storage": 1, "silent": 1, "work": 1},
        question("the three questions"),
        hints=(
            "Storage: every gradient has the shape of its value. Silent: does a row of the "
            "gradient belong to a sample or to a feature? Work: how many matrix products does "
            "your backward function have?",
            "By hand: write the three products of storage with their shapes, (N, D) and (N, "
            "M). Write one row of dx and one row of dw as sums and look which row of dout is "
            "in them. Count the multiplications of each product as the product of its three "
            "sizes.",
        ),
    ),
]
