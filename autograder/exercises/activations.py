"""Exercises of 04_activations."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    PAIR,
    PRECISION,
    UNCHANGED,
    Case,
    Exercise,
    Gradient,
    backward_of,
    question,
    with_earlier_cache,
)
from autograder.checking.gradients import keep_distance
from autograder.exercises.activations_hints import HINTS
from autograder.exercises.inputs import in_float32, unusual
from autograder.in_browser import IN_BROWSER
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError

AT_ZERO = "at x = 0"
ANY_SHAPE = "x of any shape"
LARGE = "large positive and negative x"
EARLIER_CACHE = "the cache it is given"
OVERFLOW = "no overflow at ±1000"
FINITE = "finite at ±1000"

LAYER = {"x": "N D", "dout": "N D"}
"""The axes of a layer's arrays."""

FAR_OUT = np.array([[-1000.0, 0.5, 750.0, -40.0], [1000.0, -750.0, -1.5, 40.0]])
"""Entries at which exp overflows, and entries at which 1 + exp(-x) rounds to 1."""

NEAR = 1e-6
"""Tolerance where the right numbers are so small that rounding next to 1 shows in them."""


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


def with_zeros(rng: np.random.Generator) -> dict:
    """A layer's inputs in which x is at the kink in some places, with dout of both signs."""
    inputs = layer_inputs(rng, 3, 4)
    inputs["x"] = np.abs(inputs["x"]) * (-1.0) ** np.arange(12).reshape(3, 4)
    inputs["x"][[0, 0, 1, 2, 2], [0, 1, 2, 0, 3]] = 0.0
    return inputs


def square(rng: np.random.Generator) -> Case:
    """Two square arrays: here a matrix product gives no error, only other numbers."""
    return Case("as many samples as features", layer_inputs(rng, 4, 4))


def of_one_size(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """An upstream gradient of both signs, in which no entry is lost next to another."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def far_out(rng: np.random.Generator) -> list[Case]:
    """Inputs at which exp(x) or exp(-x) is too large for a float."""
    inputs = {"x": FAR_OUT.copy(), "dout": of_one_size(rng, *FAR_OUT.shape)}
    return [Case("x from -1000 to 1000", inputs, item=LARGE)]


def far_below(rng: np.random.Generator) -> list[Case]:
    """Nothing but outputs that are nearly 0, where x that is cut off at -20 shows."""
    x, dout = -np.array([30.0, 45.0, 300.0, 1000.0]), rng.uniform(0.5, 1.5, 4)
    return [Case("x from -1000 to -30", {"x": x, "dout": dout}, item=LARGE, tolerance=NEAR)]


def zeros_among_others(rng: np.random.Generator) -> list[Case]:
    """Entries that are exactly 0, which belong to neither side."""
    inputs = layer_inputs(rng, 3, 2)
    inputs["x"][[0, 2], [1, 0]] = 0.0
    return [Case("two entries of x are exactly 0", inputs)]


def of_every_size(rng: np.random.Generator) -> list[Case]:
    """Entries of x near the kink, and far away: relu asks for the sign and nothing else."""
    near = np.array([[1e-7, -1e-7, 1e-5], [-1e-5, 1e-4, -1e-4]])
    far = np.array([[0.5, -0.5], [7.0, -7.0], [250.0, -250.0]])
    return [
        Case(name, {"x": x * rng.uniform(0.5, 1.5, x.shape), "dout": of_one_size(rng, *x.shape)})
        for name, x in (("entries near 0", near), ("entries far from 0", far))
    ]


def earlier_cache(rng: np.random.Generator, backward: str, forward: Exercise) -> Case:
    """A backward pass that comes after another forward pass."""
    return Case(
        "backward of one batch after the forward of another",
        {**layer_inputs(rng, 3, 4), "other": layer_inputs(rng, 3, 4)},
        item=EARLIER_CACHE,
        play=with_earlier_cache(backward, forward),
    )


def saturated(rng: np.random.Generator) -> list[Case]:
    """Outputs so near to 1 that finite differences have few digits, or none."""
    def inputs(low, high, *shape):
        return {"x": rng.uniform(low, high, shape), "dout": of_one_size(rng, *shape)}

    return [
        Case("units that are nearly 1", inputs(10.0, 12.0, 5, 2)),
        Case("units that are 1 but for the ninth digit", inputs(19.0, 21.0, 4, 6), tolerance=NEAR),
    ]


def only_x(cases: list[Case]) -> list[Case]:
    """The same cases for a function of x alone."""
    return [replace(case, inputs={"x": case.inputs["x"]}) for case in cases]


def overflow_is_an_error(functions, inputs, cache=None):
    """Call ``sigmoid`` while NumPy raises FloatingPointError where it would warn of an overflow.

    An overflow in the exponential need not show in the value: 1 / (1 + inf) is 0. NumPy's error
    state belongs to the process that runs the function, so the argument sets it on its way in.
    In a browser NumPy notices no overflow, whatever its state; there ``np.exp`` looks for it.
    """
    values = f"np.array({inputs['x'].tolist()})"
    with exp_that_notices() if IN_BROWSER else contextlib.nullcontext():
        try:
            return functions.call(
                "sigmoid", Source(f"(np.seterr(over='raise'), {values})[1]")).value
        finally:
            with contextlib.suppress(StudentError):
                functions.call("sigmoid", Source("(np.seterr(over='warn'), np.zeros(1))[1]"))


@contextlib.contextmanager
def exp_that_notices():
    """For a while, ``np.exp`` of this process raises what NumPy raises at an overflow elsewhere."""
    exp = np.exp

    def noticing(x, *arguments, **options):
        out = exp(x, *arguments, **options)
        if np.any(np.isinf(out) & np.isfinite(x)):
            raise FloatingPointError("overflow encountered in exp")
        return out

    np.exp = noticing  # type: ignore[assignment]
    try:
        yield
    finally:
        np.exp = exp


def every_shape(rng: np.random.Generator) -> list[Case]:
    """Arrays of several shapes, layouts and dtypes, for a function of x alone."""
    number = Case("no dimension at all", {"x": np.array(rng.uniform(0.5, 2.0))})
    shapes = [replace(case, item=None) for case in other_shapes(rng)]
    return [*only_x(matrices(rng) + shapes), number]


def sigmoid_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary numbers, and the two ends where a careless exponential overflows."""
    far = {
        "x = −1000": [-1000.0, -100.0],
        "x = +1000": [1000.0, 100.0],
        "both ends in one array": [-1000.0, 0.5, 1000.0, -0.5],
    }
    return every_shape(rng) + only_x(zeros_among_others(rng)) + [
        Case(name, {"x": np.array(x)}, item=OVERFLOW, play=overflow_is_an_error)
        for name, x in far.items()
    ]


def sigmoid_grad_cases(rng: np.random.Generator) -> list[Case]:
    """Some x so large that a numerical gradient of the sigmoid has few digits left."""
    return every_shape(rng) + only_x(zeros_among_others(rng) + saturated(rng)) + [
        Case("x = −1000, 0 and 1000", {"x": np.array([-1000.0, 0.0, 1000.0])}, item=FINITE),
    ]


def relu_forward_cases(rng: np.random.Generator) -> list[Case]:
    """Forward only: the values of dout are not used."""
    return matrices(rng) + of_every_size(rng) + other_shapes(rng)


def relu_backward_cases(rng: np.random.Generator) -> list[Case]:
    """One x so large that finite differences lose their digits; x = 0 on its own."""
    large = layer_inputs(rng, 5, 2)
    large["x"] = 1e9 * large["x"]
    return matrices(rng) + of_every_size(rng) + [
        Case("large values", large),
        square(rng),
        Case("some entries of x are exactly 0", with_zeros(rng), item=AT_ZERO),
        *other_shapes(rng),
        earlier_cache(rng, "relu_backward", RELU_FORWARD),
    ]


def sigmoid_forward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary inputs, and some at which exp overflows."""
    shapes = [replace(case, item=None) for case in other_shapes(rng)]
    return matrices(rng) + zeros_among_others(rng) + shapes + far_out(rng) + far_below(rng)


def sigmoid_backward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary and extreme inputs."""
    return matrices(rng) + [
        *saturated(rng),
        square(rng),
        *far_out(rng),
        *other_shapes(rng),
        earlier_cache(rng, "sigmoid_backward", SIGMOID_FORWARD),
    ]


def softplus_forward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary inputs, some at which exp overflows, some at which the small term still counts."""
    ends = rng.permutation([10.2, 10.8, 11.5, 12.0, -10.5, -11.0]).reshape(2, 3)
    return [*sigmoid_forward_cases(rng), Case("entries a little beyond 10", {"x": ends})]


def softplus_backward_cases(rng: np.random.Generator) -> list[Case]:
    """Ordinary and extreme inputs."""
    shapes = [replace(case, item=None) for case in other_shapes(rng)]
    return [*matrices(rng), *zeros_among_others(rng), *shapes, square(rng), *far_out(rng),
            *far_below(rng)]


def tanh_scalar_cases(rng: np.random.Generator) -> list[Case]:
    """Outputs of both signs, as tanh has them, none near 0 or ±1."""
    draws = [(s * rng.uniform(0.2, 0.9), rng.uniform(0.5, 3.0) * t)
             for s, t in ((1, 1), (-1, -1), (1, -1), (-1, 1))]
    return [
        Case(f"out = {out:.2f}, dout = {dout:.2f}", {"out": float(out), "dout": float(dout)},
             spelled=True)
        for out, dout in draws
    ]


ENTRIES = ((0, 0), (2, 3), (1, 2), (0, 3), (2, 1), (1, 0))

SIGN_OF_X = np.array([[1, -1, 1, -1], [1, -1, -1, 1], [-1, 1, -1, 1]])
SIGN_OF_DOUT = np.array([[1, -1, 1, -1], [-1, 1, 1, -1], [1, -1, 1, -1]])
"""So that the `ENTRIES` have every combination, and few of them a slope of 0."""


def relu_entry_cases(rng: np.random.Generator) -> list[Case]:
    """Entries of one batch with every combination of signs in x and dout; two at the kink."""
    inputs, alone, kink = layer_inputs(rng, 3, 4), layer_inputs(rng, 1, 5), with_zeros(rng)
    # A negative x nearer to 0 than 1, and others farther away.
    near, far = rng.uniform(0.2, 0.8, (3, 4)), rng.uniform(1.2, 2.8, (3, 4))
    inputs["x"] = SIGN_OF_X * np.where(np.arange(4) < 3, near, far)
    inputs["dout"] = SIGN_OF_DOUT * np.abs(inputs["dout"])
    kink["x"][0, 3] = -rng.uniform(0.2, 0.8)
    return [
        *(Case(f"n = {n}, d = {d}", {**inputs, "n": n, "d": d}) for n, d in ENTRIES),
        Case("one sample", {**alone, "n": 0, "d": 1}),
        *(Case(f"x[{n}, {d}] is exactly 0", {**kink, "n": n, "d": d}, item=AT_ZERO)
          for n, d in ((0, 0), (0, 1))),
        Case("x[0, 3] is a little below 0", {**kink, "n": 0, "d": 3}, item=AT_ZERO),
    ]


def crelu_jacobian_cases(rng: np.random.Generator) -> list[Case]:
    """Vectors with entries of both signs, and of one."""
    vectors = [layer_inputs(rng, d)["x"] for d in (4, 7)] + [-rng.uniform(0.5, 2.0, 1)]
    return [Case(f"D = {len(x)}", {"x": x}) for x in vectors]


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """The function that is to be mended damages its input in each of these, and is right else."""
    cases = [
        Case("three samples", layer_inputs(rng, 3, 4)),
        Case("a vector", layer_inputs(rng, 5)),
        Case("images", layer_inputs(rng, 2, 3, 2, 4)),
        square(rng),
        *of_every_size(rng),
        Case("float32", in_float32(layer_inputs(rng, 4, 3)), tolerance=FLOAT32_TOLERANCE),
        Case("some entries of x are exactly 0", with_zeros(rng), item=AT_ZERO),
    ]
    return [
        replace(case, inputs={"dout": case.inputs["dout"], "cache": case.inputs["x"]})
        for case in cases
    ]


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
    "sigmoid_forward", "(x)", ("out",), {"out": 1, LARGE: 1, UNCHANGED: 1},
    sigmoid_forward_cases, returns_cache=True, shapes=LAYER,
)
SOFTPLUS_FORWARD = Exercise(
    "softplus_forward", "(x)", ("out",), {"out": 1, LARGE: 1},
    softplus_forward_cases, returns_cache=True, shapes=LAYER,
)

EXERCISES = [
    Exercise(
        "predict_relu_slopes", "()", ("touched", "slopes"), {"touched": 1, "slopes": 1},
        question("the example above", dims={"N": 2, "D": 3}),
    ),
    Exercise(
        "sigmoid", "(x)", ("out",), {"out": 1, OVERFLOW: 1}, sigmoid_cases, shapes={"x": "N D"}
    ),
    Exercise(
        "sigmoid_grad", "(x)", ("slope",), {"slope": 1, FINITE: 1}, sigmoid_grad_cases,
        Gradient("sigmoid", ("x",), {"slope": "x"}, cached=False), shapes={"x": "N D"},
    ),
    Exercise(
        "tanh_scalar_gradient", "(out, dout)", ("dx",), {"dx": 2}, tanh_scalar_cases
    ),
    Exercise(
        "relu_dx_entry", "(dout, x, n, d)", ("dx[n, d]",), {"dx[n, d]": 1, AT_ZERO: 1},
        relu_entry_cases,
    ),
    Exercise(
        "crelu_jacobian", "(x)", ("jacobian",), {"jacobian": 2}, crelu_jacobian_cases,
        shapes={"x": "D"},
    ),
    RELU_FORWARD,
    backward_of(
        RELU_FORWARD, "relu_backward", ("dx",),
        {"dx": 2, AT_ZERO: 1, UNCHANGED: 1, ANY_SHAPE: 1, EARLIER_CACHE: 1, PAIR: 1},
        relu_backward_cases,
    ),
    SIGMOID_FORWARD,
    backward_of(
        SIGMOID_FORWARD, "sigmoid_backward", ("dx",),
        {"dx": 2, LARGE: 1, UNCHANGED: 1, ANY_SHAPE: 1, EARLIER_CACHE: 1, PAIR: 1, PRECISION: 1},
        sigmoid_backward_cases, cache=("out",),
    ),
    Exercise(
        "exposing_arrays", "()", ("x and dout",), {"x and dout": 1},
        question("the arrays you give", judge=exposes_the_bug),
    ),
    Exercise(
        "relu_backward_mended", "(dout, cache)", ("dx",), {"dx": 1, UNCHANGED: 1, AT_ZERO: 1},
        mended_cases,
    ),
    SOFTPLUS_FORWARD,
    backward_of(
        SOFTPLUS_FORWARD, "softplus_backward", ("dx",), {"dx": 2, LARGE: 1, PAIR: 1},
        softplus_backward_cases,
    ),
    Exercise(
        "recap_activations", "()", ("saved_out", "one_entry", "diagonal"),
        {"saved_out": 1, "one_entry": 1, "diagonal": 1}, question("the three questions above"),
    ),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
