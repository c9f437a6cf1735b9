"""Exercises of 04_activations."""

from __future__ import annotations

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    UNCHANGED,
    Case,
    Exercise,
    backward_of,
    question,
    with_earlier_cache,
)
from autograder.checking.gradients import keep_distance
from autograder.exercises.inputs import in_float32, unusual

AT_ZERO = "at x = 0"
ANY_SHAPE = "x of any shape"
LARGE = "large positive and negative x"
EARLIER_CACHE = "the cache it is given"

LAYER = {"x": "N D", "dout": "N D"}
"""The axes of a layer's arrays."""

FAR_OUT = np.array([[-1000.0, 0.5, 750.0, -40.0], [1000.0, -750.0, -1.5, 40.0]])
"""Entries at which exp overflows, and entries at which 1 + exp(-x) rounds to 1."""


def layer_inputs(rng: np.random.Generator, *shape: int) -> dict:
    """Random x and dout of one shape, x away from the kink at 0.

    The first four entries hold every combination of signs, so that a mask that is taken
    from dout is never right by chance.
    """
    x, dout = keep_distance(rng.standard_normal(shape)), rng.standard_normal(shape)
    x.flat[:4] = np.abs(x.flat[:4]) * [1, 1, -1, -1]
    dout.flat[:4] = np.abs(dout.flat[:4]) * [1, -1, 1, -1]
    return {"x": x, "dout": dout}


def matrices(rng: np.random.Generator) -> list[Case]:
    """Batches of several sizes, and the arrays that tests often forget."""
    return [
        Case("three samples", layer_inputs(rng, 3, 4)),
        Case("one sample", layer_inputs(rng, 1, 6)),
        Case("read-only arrays that are not contiguous", unusual(layer_inputs(rng, 2, 5))),
        Case("float32", in_float32(layer_inputs(rng, 4, 3)), tolerance=FLOAT32_TOLERANCE),
    ]


def other_shapes(rng: np.random.Generator) -> list[Case]:
    """A vector and a batch of images."""
    return [
        Case("a vector", layer_inputs(rng, 7), item=ANY_SHAPE),
        Case("a batch of images", layer_inputs(rng, 2, 3, 4, 5), item=ANY_SHAPE),
    ]


def far_out(rng: np.random.Generator) -> list[Case]:
    """Inputs at which exp(x) or exp(-x) is too large for a float."""
    inputs = {"x": FAR_OUT.copy(), "dout": rng.standard_normal(FAR_OUT.shape)}
    return [Case("x from -1000 to 1000", inputs, item=LARGE)]


def earlier_cache(rng: np.random.Generator, backward: str, forward: Exercise) -> Case:
    """A backward pass that comes after another forward pass."""
    return Case(
        "backward of one batch after the forward of another",
        {**layer_inputs(rng, 3, 4), "other": layer_inputs(rng, 3, 4)},
        item=EARLIER_CACHE,
        play=with_earlier_cache(backward, forward),
    )


def saturated(rng: np.random.Generator, low: float, high: float) -> Case:
    """Outputs so near to 1 that finite differences lose their digits."""
    inputs = {"x": rng.uniform(low, high, (5, 2)), "dout": rng.standard_normal((5, 2))}
    return Case("units that are nearly 1", inputs)


def relu_forward_cases(rng: np.random.Generator) -> list[Case]:
    """Forward only: the values of dout are not used."""
    return matrices(rng) + other_shapes(rng)


def relu_backward_cases(rng: np.random.Generator) -> list[Case]:
    """One x so large that finite differences lose their digits; x = 0 on its own."""
    large = layer_inputs(rng, 5, 2)
    large["x"] = 1e4 * large["x"]
    kink = layer_inputs(rng, 3, 4)
    kink["x"][[0, 1, 2, 2], [1, 2, 0, 3]] = 0.0
    return matrices(rng) + [
        Case("large values", large),
        Case("some entries of x are exactly 0", kink, item=AT_ZERO),
        *other_shapes(rng),
        earlier_cache(rng, "relu_backward", RELU_FORWARD),
    ]


def sigmoid_forward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary inputs, and some at which exp overflows."""
    return matrices(rng) + far_out(rng) + other_shapes(rng)


def sigmoid_backward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary and extreme inputs."""
    return matrices(rng) + [
        saturated(rng, 10.0, 13.0),
        *far_out(rng),
        *other_shapes(rng),
        earlier_cache(rng, "sigmoid_backward", SIGMOID_FORWARD),
    ]


def tanh_forward_cases(rng: np.random.Generator) -> list[Case]:
    """As for the sigmoid, fewer."""
    return matrices(rng) + far_out(rng)


def tanh_backward_cases(rng: np.random.Generator) -> list[Case]:
    """As for the sigmoid, fewer; tanh comes near 1 twice as fast."""
    return matrices(rng) + [saturated(rng, 5.0, 6.5)]


def relu_scalar_cases(rng: np.random.Generator) -> list[Case]:
    """Every combination of signs, and the kink."""
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 1))
    cases = []
    for sign_x, sign_dout in signs:
        x, dout = rng.uniform(0.5, 3.0, 2) * (sign_x, sign_dout)
        cases.append(
            Case(f"x = {x:.2f}, dout = {dout:.2f}", {"x": float(x), "dout": float(dout)})
        )
    dout = float(rng.uniform(0.5, 3.0))
    return [*cases, Case(f"x = 0, dout = {dout:.2f}", {"x": 0.0, "dout": dout}, item=AT_ZERO)]


def slope_from_out_cases(low: float):
    """Cases of scalar gradients that are computed from ``out`` between `low` and 1."""

    def cases(rng: np.random.Generator) -> list[Case]:
        draws = [(rng.uniform(low + 0.05, 0.95), rng.uniform(0.5, 3.0) * s) for s in (1, -1, 1)]
        return [
            Case(f"out = {out:.2f}, dout = {dout:.2f}", {"out": float(out), "dout": float(dout)})
            for out, dout in draws
        ]

    return cases


ENTRIES = ((0, 0), (2, 3), (1, 2), (0, 3), (2, 1))


def relu_entry_cases(rng: np.random.Generator) -> list[Case]:
    """Entries of one batch with every combination of signs in x and dout."""
    inputs = layer_inputs(rng, 3, 4)
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 1))
    for index, (sign_x, sign_dout) in zip(ENTRIES, signs, strict=True):
        inputs["x"][index] = sign_x * abs(inputs["x"][index])
        inputs["dout"][index] = sign_dout * abs(inputs["dout"][index])
    return [Case(f"n = {n}, d = {d}", {**inputs, "n": n, "d": d}) for n, d in ENTRIES]


def sigmoid_entry_cases(rng: np.random.Generator) -> list[Case]:
    """Entries of one batch."""
    inputs = {"dout": rng.standard_normal((3, 4)), "out": rng.uniform(0.05, 0.95, (3, 4))}
    return [Case(f"n = {n}, d = {d}", {**inputs, "n": n, "d": d}) for n, d in ENTRIES[:3]]


def relu_jacobian_cases(rng: np.random.Generator) -> list[Case]:
    """Vectors with entries of both signs."""
    return [Case(f"D = {d}", {"x": layer_inputs(rng, d)["x"]}) for d in (4, 7)]


def sigmoid_jacobian_cases(rng: np.random.Generator) -> list[Case]:
    """Vectors of outputs, all between 0 and 1."""
    return [Case(f"D = {d}", {"out": rng.uniform(0.05, 0.95, d)}) for d in (4, 7)]


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """The function that is to be mended damages its input in each of these."""
    cases = []
    for name, shape in (("three samples", (3, 4)), ("a vector", (5,)), ("images", (2, 3, 2, 4))):
        inputs = layer_inputs(rng, *shape)
        cases.append(Case(name, {"dout": inputs["dout"], "cache": inputs["x"]}))
    return cases


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the arrays a student gives, or None."""
    (pair,) = outputs
    if isinstance(pair, np.ndarray) and pair.ndim:
        pair = list(pair)
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        return "Return two arrays, x and dout, in this order."
    x, dout = (as_array(part) for part in pair)
    if x is None or dout is None or {x.dtype.kind, dout.dtype.kind} - set("biuf"):
        return "x and dout must be arrays of real numbers."
    if x.ndim == 0 or dout.ndim == 0:
        return "x and dout must be arrays, such as np.array([1.0, 2.0])."
    if x.shape != dout.shape:
        return (f"x has shape {x.shape} and dout has shape {dout.shape}. "
                "Both must have one shape, the shape of out.")
    if not (np.isfinite(x).all() and np.isfinite(dout).all()):
        return "Use finite numbers; the bug does not need any others."
    if not np.any(x <= 0):
        return "With this x no entry is set to 0, and skip_backward returns the right gradient."
    if not np.any(dout[x <= 0]):
        return ("With these arrays only entries of dout that are 0 already are set to 0, "
                "and skip_backward returns the right gradient.")
    return None


RELU_FORWARD = Exercise(
    "relu_forward", "(x)", ("out",), {"out": 1, ANY_SHAPE: 1, UNCHANGED: 1},
    relu_forward_cases, returns_cache=True, shapes=LAYER,
)
SIGMOID_FORWARD = Exercise(
    "sigmoid_forward", "(x)", ("out",), {"out": 1, LARGE: 1, ANY_SHAPE: 1, UNCHANGED: 1},
    sigmoid_forward_cases, returns_cache=True, shapes=LAYER,
)
TANH_FORWARD = Exercise(
    "tanh_forward", "(x)", ("out",), {"out": 1, LARGE: 1},
    tanh_forward_cases, returns_cache=True, shapes=LAYER,
)

EXERCISES = [
    Exercise(
        "predict_relu_slopes", "()", ("touched", "slopes"), {"touched": 1, "slopes": 1},
        question("the example above", dims={"N": 2, "D": 3}),
    ),
    Exercise(
        "relu_scalar_gradient", "(x, dout)", ("dx",), {"dx": 1, AT_ZERO: 1}, relu_scalar_cases
    ),
    Exercise(
        "sigmoid_scalar_gradient", "(out, dout)", ("dx",), {"dx": 2}, slope_from_out_cases(0.0)
    ),
    Exercise(
        "relu_dx_entry", "(dout, x, n, d)", ("dx[n, d]",), {"dx[n, d]": 1}, relu_entry_cases
    ),
    Exercise(
        "sigmoid_dx_entry", "(dout, out, n, d)", ("dx[n, d]",), {"dx[n, d]": 1},
        sigmoid_entry_cases,
    ),
    Exercise(
        "relu_jacobian", "(x)", ("jacobian",), {"jacobian": 2}, relu_jacobian_cases,
        shapes={"x": "D"},
    ),
    Exercise(
        "sigmoid_jacobian", "(out)", ("jacobian",), {"jacobian": 1}, sigmoid_jacobian_cases,
        shapes={"out": "D"},
    ),
    RELU_FORWARD,
    backward_of(
        RELU_FORWARD, "relu_backward", ("dx",),
        {"dx": 2, AT_ZERO: 1, UNCHANGED: 1, ANY_SHAPE: 1, EARLIER_CACHE: 1},
        relu_backward_cases,
    ),
    SIGMOID_FORWARD,
    backward_of(
        SIGMOID_FORWARD, "sigmoid_backward", ("dx",),
        {"dx": 2, LARGE: 1, UNCHANGED: 1, ANY_SHAPE: 1, EARLIER_CACHE: 1},
        sigmoid_backward_cases, cache=("out",),
    ),
    Exercise(
        "exposing_arrays", "()", ("x and dout",), {"x and dout": 1},
        question("the arrays you give", judge=exposes_the_bug),
    ),
    Exercise(
        "relu_backward_mended", "(dout, cache)", ("dx",), {"dx": 1, UNCHANGED: 1}, mended_cases
    ),
    Exercise(
        "tanh_scalar_gradient", "(out, dout)", ("dx",), {"dx": 1}, slope_from_out_cases(-1.0)
    ),
    TANH_FORWARD,
    backward_of(
        TANH_FORWARD, "tanh_backward", ("dx",), {"dx": 1, UNCHANGED: 1}, tanh_backward_cases,
        cache=("out",),
    ),
]
