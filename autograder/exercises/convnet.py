"""Exercises of 10_convnet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle, product
from math import ceil

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    FLOAT64_TOLERANCE,
    PAIR,
    PRECISION,
    UNCHANGED,
    Case,
    Exercise,
    backward_of,
    question,
)
from autograder.checking.own_layers import WaitsFor
from autograder.exercises.convnet_class import (
    OUTPUTS,
    convnet_cases,
    step_cases,
    step_composed,
)
from autograder.exercises.convnet_hints import HINTS
from autograder.exercises.convnets import (
    ACCURACY,
    AS_A_NETWORK,
    CLIPPED,
    GRADIENT,
    HE,
    LOSS,
    MEANS,
    PARAMETERS,
    PREDICT,
    READ,
    SIZES,
    STEP,
    adversarial_cases,
    adversarial_composed,
    backward_composed,
    backward_play,
    forward_composed,
    forward_play,
    network_cases,
    network_gradient_cases,
    saliency_cases,
    saliency_composed,
)
from autograder.exercises.inputs import in_float32, unusual
from autograder.exercises.layers import SINGLE
from autograder.kit.functions import Functions
from autograder.kit.student_error import StudentError, StudentStopped

BROUGHT = (
    "affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss",
    "im2col", "col2im", "conv2d_forward", "conv2d_backward", "adam_step",
)

OVERLAP = "overlapping windows"
FLOOR = "sizes that do not divide"
TIES = "equal values"
BOTH = "both at once"
ENTRY = "dx[r, q]"
GAPS = "windows with gaps, a row and a column left over"
TOGETHER = "together with your max_pool_forward"

LAYER = {"x": "N C H W", "dout": "N C OH OW"}


def distinct(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of both signs, so far apart that a small step never exchanges two of them."""
    count = int(np.prod(shape))
    values = rng.permutation(count) - count / 2 + rng.uniform(0.1, 0.4)
    return (values / 10).reshape(shape)


def outputs_of(size: int, window: int, stride: int) -> int:
    """How many windows fit along one side."""
    return 1 + (size - window) // stride


def let_places_win(x: np.ndarray, window, stride: int, out) -> None:
    """Let all places of a window win in turn: the largest pixel of a window moves there.

    So it does not depend on the numbers whether a place that is not looked at shows. Windows that
    overlap one that had its turn are left as they are.
    """
    apart = (range(n - 1, -1, -ceil(k / stride)) for n, k in zip(out, window, strict=True))
    places = cycle(np.ndindex(*window))
    for n, c, u, v in product(*map(range, x.shape[:2]), *apart):
        seen = x[n, c, stride * u:, stride * v:][:window[0], :window[1]]
        place, largest = next(places), np.unravel_index(seen.argmax(), seen.shape)
        seen[place], seen[largest] = seen[largest], seen[place]


def pool_inputs(rng: np.random.Generator, n: int, c: int, image, window, stride: int) -> dict:
    """Distinct x (n, c, *image), and a dout that fits. The first window of all is negative."""
    out = tuple(outputs_of(s, k, stride) for s, k in zip(image, window, strict=True))
    x = distinct(rng, n, c, *image)
    x[:, :, :window[0], :window[1]] -= 50.0
    let_places_win(x, window, stride, out)
    return {
        "x": x,
        "HH": window[0],
        "WW": window[1],
        "stride": stride,
        "dout": rng.standard_normal((n, c, *out)),
    }


def plain_cases(rng: np.random.Generator) -> list[Case]:
    """Windows side by side or with gaps, without a remainder; all different values.

    In the first all sizes differ, so that the letters of a shape can be told.
    """
    negative = pool_inputs(rng, 2, 3, (4, 6), (2, 2), 2)
    negative["x"] = negative["x"] - 100.0
    gaps = pool_inputs(rng, 2, 1, (7, 5), (3, 1), 4)
    gaps["x"][:, :, [4, 5, 2], [0, 4, 4]] = 40.0  # each of the three places wins a window
    whole = pool_inputs(rng, 3, 1, (3, 2), (3, 2), 1)
    whole["x"][:, :, 0, 0] = 5.0  # a slice that runs too far takes it along
    between = pool_inputs(rng, 1, 2, (5, 9), (2, 3), 3)
    between["x"][:, :, 2] += 60.0  # a row in no window
    return [
        Case("two images, three channels", pool_inputs(rng, 2, 3, (8, 10), (2, 2), 2)),
        Case("windows of 2 × 3, one image", between),
        Case("windows of 3 × 1 with gaps, one channel", gaps),
        Case("all values negative", negative),
        Case("one channel, a window as large as the image", whole),
        Case("windows of one pixel", pool_inputs(rng, 1, 2, (3, 5), (1, 1), 2)),
        Case("read-only arrays that are not contiguous",
             unusual(pool_inputs(rng, 2, 2, (4, 8), (2, 2), 2))),
        Case("float32", in_float32(pool_inputs(rng, 3, 2, (2, 6), (2, 2), 2)),
             tolerance=FLOAT32_TOLERANCE),
    ]


def large_case(rng: np.random.Generator) -> Case:
    """Finite differences lose their digits here: the loss is large, and no gradient is."""
    inputs = pool_inputs(rng, 1, 2, (4, 6), (2, 2), 2)
    return Case("pixels of very large values",
                {**inputs, "x": 1e9 + inputs["x"], "dout": np.abs(inputs["dout"]) + 0.1})


def overlap_cases(rng: np.random.Generator, item: str | None = OVERLAP) -> list[Case]:
    """Pixels in several windows; some of them are the largest in more than one.

    The largest of all is the first pixel of one window and lies in the last row of another. And
    there is one that wins a window, and lies in a later one that it does not win.
    """
    wins_twice = pool_inputs(rng, 1, 2, (3, 5), (2, 3), 1)
    wins_twice["x"][:, :, 1, 2] = 90.0
    square, high = (pool_inputs(rng, 2, 3, (5, 7), (3, 3), 2),
                    pool_inputs(rng, 1, 2, (7, 5), (4, 2), 3))
    square["x"][:, :, 2, 2] = high["x"][:, :, 3, 3] = 90.0
    high["x"][:, 1, [3, 5], [0, 1]] = 50.0, 60.0
    return [
        Case("windows of 2 × 3 with stride 1, one pixel the largest of six", wins_twice,
             item=item),
        Case("windows of 3 × 3 with stride 2", square, item=item),
        Case("windows of 4 × 2 with stride 3", high, item=item),
    ]


def whatever_returns(outputs: tuple) -> None:
    """A judge for whom it is enough that a function returns."""


def floor_cases(rng: np.random.Generator) -> list[Case]:
    """Rows and columns in no window, which hold the largest values of all.

    The last case asks only that they are not refused: between its windows are gaps, so that even
    slices that run on to the border are all of one length.
    """
    cases = []
    for name, image, window, stride in (
        ("a row left over", (5, 4), (2, 2), 2),
        ("two columns left over", (3, 8), (3, 3), 3),
        ("a row and a column left over", (7, 3), (2, 2), 2),
        (GAPS, (6, 9), (2, 2), 3),
    ):
        inputs = pool_inputs(rng, 2, 3, image, window, stride)
        down, across = (stride * (outputs_of(s, k, stride) - 1) + k
                        for s, k in zip(image, window, strict=True))
        inputs["x"] += 100.0
        inputs["x"][:, :, down:] += 50.0
        inputs["x"][:, :, :, across:] += 50.0
        cases.append(Case(name, inputs, item=FLOOR,
                          judge=whatever_returns if name == GAPS else None))
    return cases


def tie_cases(rng: np.random.Generator, item: str = TIES) -> list[Case]:
    """Windows in which two pixels, or all of them, are the largest.

    The first in reading order stands further to the right: by columns another one is first.
    """
    two = pool_inputs(rng, 2, 3, (2, 9), (2, 3), 3)
    two["x"][:, :, 0, 2::3] = two["x"][:, :, 1, ::3] = 40.0
    high = pool_inputs(rng, 2, 1, (6, 2), (3, 2), 3)
    high["x"][:, :, ::3, 1] = high["x"][:, :, 2::3, 0] = 40.0
    same = pool_inputs(rng, 2, 2, (4, 6), (2, 2), 2)
    same["x"] = np.full_like(same["x"], 0.5)
    return [
        Case("two equal pixels in each window", two, item=item),
        Case("two equal pixels in each window of 3 × 2", high, item=item),
        Case("all pixels equal", same, item=item),
    ]


def single_case(rng: np.random.Generator, play) -> Case:
    """An image of float32. `play` tells which dtype comes out."""
    inputs = in_float32(pool_inputs(rng, 2, 3, (4, 6), (2, 2), 2))
    return Case("images of float32", inputs, item=SINGLE, play=play)


def arguments(inputs: Mapping) -> tuple:
    """What a pooling layer is called with."""
    return tuple(inputs[name] for name in ("x", "HH", "WW", "stride"))


def dtype_of(value) -> str:
    """The dtype of an array, by name."""
    array = as_array(value)
    return "no array" if array is None or array.ndim != 4 else str(array.dtype)


def play_out_dtype(functions: Functions, inputs: Mapping, cache=None) -> str:
    """The dtype of out."""
    return dtype_of(functions.keep("max_pool_forward", *arguments(inputs)).part(0).value())


def play_dx_dtype(functions: Functions, inputs: Mapping, cache=None) -> str:
    """The dtype of dx."""
    if cache is None:
        cache = functions.keep("max_pool_forward", *arguments(inputs)).part(1)
    return dtype_of(functions.call("max_pool_backward", inputs["dout"], cache).value)


def forward_cases(rng: np.random.Generator) -> list[Case]:
    """Overlapping windows are nothing special on the way forward, nor are equal values."""
    return [*plain_cases(rng), *overlap_cases(rng, None), *floor_cases(rng),
            single_case(rng, play_out_dtype)]


def backward_cases(rng: np.random.Generator) -> list[Case]:
    """All kinds of windows."""
    return [*plain_cases(rng), large_case(rng), *overlap_cases(rng), *floor_cases(rng),
            *tie_cases(rng), *together_cases(rng), single_case(rng, play_dx_dtype)]


# A forward and a backward function of one writer


def won(inputs: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """out and dx of windows that do not overlap, whose winners are known."""
    dx = np.zeros(inputs["x"].shape)
    np.put(dx, inputs["winners"], inputs["dout"])
    return np.take(inputs["x"], inputs["winners"]), dx


def differs(got, right: np.ndarray) -> bool:
    return compare(got, right, FLOAT64_TOLERANCE) is not None


def play_together(functions: Functions, inputs: Mapping, cache=None):
    """dx with the writer's own forward function and its own cache.

    Where the backward function alone is wrong, that costs its own items: a function that is not
    right with the documented cache is judged with its writer's there, and has nothing to lose here.
    """
    x, *sizes = arguments(inputs)
    _, dx = won(inputs)
    try:
        documented = (x, inputs["place"], *sizes)
        alone = functions.call("max_pool_backward", inputs["dout"], documented).value
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind == "NotImplementedError":
            raise
        return dx
    if differs(alone, dx):
        return dx
    own = functions.keep("max_pool_forward", x, *sizes).part(1)
    return functions.call("max_pool_backward", inputs["dout"], own).value


def composed_together(layers, inputs: Mapping):
    """The right dx, as soon as the writer's own forward function returns the right output."""
    out, dx = won(inputs)
    got = layers.keep("max_pool_forward", *arguments(inputs)).part(0).value()
    if differs(layers.array("max_pool_forward", got, out.shape), out):
        raise WaitsFor(layers.called("max_pool_forward") + ", whose out is not right yet")
    return dx


def together_cases(rng: np.random.Generator) -> list[Case]:
    """Windows higher than wide and wider than high, and some in which two pixels are equal.

    In the first two each place wins some window.
    """
    cases = []
    for name, image, window, stride in (
        ("windows of 2 × 3, forward and backward", (5, 9), (2, 3), 3),
        ("windows of 3 × 2, forward and backward", (9, 8), (3, 2), 3),
    ):
        inputs = pool_inputs(rng, 2, 2, image, window, stride)
        places, numbers = list(np.ndindex(*window)), np.arange(inputs["x"].size)
        numbers = numbers.reshape(inputs["x"].shape)
        place = np.resize(np.arange(len(places)), inputs["dout"].shape)
        winners = np.zeros_like(place)
        for n, c, u, v in np.ndindex(place.shape):
            row, column = places[place[n, c, u, v]]
            winners[n, c, u, v] = numbers[n, c, stride * u + row, stride * v + column]
        np.put(inputs["x"], winners, np.take(inputs["x"], winners) + 50.0)
        cases.append((name, {**inputs, "place": place, "winners": winners}))
    two = tie_cases(rng)[0]
    x, dout = np.asarray(two.inputs["x"]), np.asarray(two.inputs["dout"])
    winners = np.arange(x.size).reshape(x.shape)[:, :, :1, 2::3]
    cases.append((f"{two.name}, forward and backward",
                  {**two.inputs, "place": np.full(dout.shape, 2), "winners": winners}))
    wide = pool_inputs(rng, 1, 2, (12, 11), (12, 11), 2)
    wide["x"][:, :, -1, -1] = 90.0
    winners = np.arange(wide["x"].size).reshape(wide["x"].shape)[:, :, -1:, -1:]
    # A number that eight bits do not hold.
    place = np.full(wide["dout"].shape, 131)
    cases.append(("a window of 132 pixels, the last is the largest, forward and backward",
                  {**wide, "place": place, "winners": winners}))
    return [Case(name, inputs, item=TOGETHER, play=play_together, composed=composed_together)
            for name, inputs in cases]


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """Each bug alone, then both; and what the given function had right, which is to stay so."""
    overlapping = pool_inputs(rng, 2, 3, (4, 5), (2, 3), 1)
    overlapping["x"] = rng.integers(-1, 2, overlapping["x"].shape) / 2
    # A row or a column too much changes which pixels of the first window are the largest.
    overlapping["x"][0, 0, :3, :4] = np.array([[0, -1, 0, 1], [-1, 0, -1, 1], [1, 1, 1, 0]]) / 2
    before = [
        Case(f"{case.name}, right before", case.inputs, item=OVERLAP)
        for case in (*plain_cases(rng)[1:4], floor_cases(rng)[2])
    ]
    return [*tie_cases(rng), *overlap_cases(rng), *before,
            Case("windows of 2 × 3 with stride 1, pixels of three values", overlapping, item=BOTH)]


def average_cases(rng: np.random.Generator) -> list[Case]:
    """For average pooling, forwards."""
    return [*plain_cases(rng), *overlap_cases(rng, None), *floor_cases(rng)]


def average_backward_cases(rng: np.random.Generator) -> list[Case]:
    """For average pooling, backwards."""
    return [*plain_cases(rng), large_case(rng), *overlap_cases(rng), *floor_cases(rng)]


AROUND = ((0, 3), (6, 3), (3, 1), (3, 5))
"""In windows of 3 × 2 that move by 1, these lie in no window that (3, 3) lies in."""
PIXELS = (
    ((5, 9), (2, 3), 3, "the largest of its window", (4, 5), ((0, 5), (1, 5), (4, 6), (3, 2))),
    ((5, 9), (2, 3), 3, "the largest, in the top row", (3, 4), ((0, 4), (1, 4), (4, 6), (4, 2))),
    ((5, 9), (2, 3), 3, "the largest, in the corner", (0, 0), ((3, 0), (0, 3))),
    ((5, 9), (2, 3), 3, "the largest of the map", (3, 7), ()),
    ((5, 9), (2, 3), 3, "not the largest", (0, 4), ((1, 5),)),
    ((6, 4), (2, 2), 2, "the largest of its window", (3, 2), ((0, 0), (1, 2), (4, 2), (3, 1))),
    ((6, 4), (2, 2), 2, "the last", (5, 3), ((3, 3), (5, 1))),
    ((6, 9), (2, 2), 3, "in no window", (2, 4), ()),
    ((4, 9), (1, 3), 3, "the largest of its window", (3, 4), ((1, 2), (3, 6))),
    ((9, 5), (3, 1), 3, "the largest of its window", (4, 3), ((2, 2), (6, 3))),
    ((3, 9), (1, 4), 2, "the largest of two windows", (0, 4), ((0, 1), (0, 8), (2, 3))),
    ((9, 3), (4, 1), 2, "the largest of two windows", (4, 0), ((1, 0), (8, 0), (3, 2))),
    ((7, 9), (2, 5), 2, "the largest of two windows", (4, 6), ((2, 6), (4, 1))),
    ((7, 6), (3, 2), 1, "the largest of all windows that hold it", (3, 3), AROUND),
    ((7, 6), (3, 2), 1, "the largest of the upper windows", (3, 3), (*AROUND, (4, 3))),
    ((7, 6), (3, 2), 1, "the largest of the lower windows", (3, 3), (*AROUND, (1, 2), (2, 3))),
    ((7, 6), (3, 2), 1, "the largest of the windows on the right", (3, 3), (*AROUND, (3, 2))),
    ((7, 6), (3, 2), 1, "the largest of no window", (3, 3), (*AROUND, (3, 2), (3, 4))),
    ((7, 9), (3, 5), 2, "the largest of the upper windows", (4, 4), ((5, 4),)),
    ((7, 9), (3, 5), 2, "the largest of the windows on the left", (4, 4), ((4, 5), (1, 2))),
    ((9, 7), (5, 2), 2, "the largest in two rows of windows", (6, 4), ((3, 4), (6, 6), (6, 3))),
)
"""Image, windows, stride, a name, the pixel, and pixels that are larger."""


def entry_cases(rng: np.random.Generator) -> list[Case]:
    """Pixels that win and pixels that lose, in one window, in several, in none."""
    cases = []
    for image, window, stride, place, (r, q), larger in PIXELS:
        out = tuple(outputs_of(s, k, stride) for s, k in zip(image, window, strict=True))
        x = distinct(rng, *image)
        x[r, q] = 60.0
        for k, pixel in enumerate(larger):
            x[pixel] = 61.0 + k
        signs = 1.0 - 2 * (np.indices(out).sum(axis=0) % 2)
        inputs = {"x": x, "dout": signs * rng.uniform(0.5, 2.0, out), "r": r, "q": q,
                  "HH": window[0], "WW": window[1], "stride": stride}
        name = f"windows of {window[0]} × {window[1]}, stride {stride}, {place}: r = {r}, q = {q}"
        cases.append(Case(name, inputs, item=OVERLAP if stride < max(window) else ENTRY))
    return cases


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the image a student gives, or None."""
    (image,) = outputs
    try:
        x = np.asarray(image, dtype=float)
    except (TypeError, ValueError):
        return "Give an array of numbers, of shape (4, 4)."
    if x.shape != (4, 4):
        return f"The image has shape {x.shape}; it should be (4, 4)."
    if not np.isfinite(x).all():
        return "The image has entries that are no finite numbers."
    windows = x.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
    if max((window == window.max()).sum() for window in windows) < 2:
        return ("In each of the four windows one pixel alone is the largest, and there the "
                "function is right. On blank paper, how do the pixels of a window compare?")
    return None


MAX_POOL = Exercise(
    "max_pool_forward", "(x, HH, WW, stride)", ("out",),
    {"out": 1, FLOOR: 0.5, SINGLE: 0.5}, forward_cases, returns_cache=True, shapes=LAYER,
)
AVERAGE_POOL = Exercise(
    "avg_pool_forward", "(x, HH, WW, stride)", ("out",), {"out": 1, FLOOR: 0.5}, average_cases,
    returns_cache=True, shapes=LAYER,
)
LAYERS = BROUGHT[:-1] + ("max_pool_forward", "max_pool_backward")
"""What a network is built of."""
GRADIENTS = tuple(f"d{name}" for name in PARAMETERS)
SHAPES_ASKED = ("after_conv", "after_pool", "rows", "learned")
RECAP = ("unchanged", "settings", "share")

EXERCISES = [
    Exercise(
        "predict_routing", "()", ("dx",), {"dx": 1}, question("the map above"),
    ),
    Exercise(
        "pool_dx_entry", "(x, dout, r, q, HH, WW, stride)", (ENTRY,), {ENTRY: 1, OVERLAP: 1},
        entry_cases,
    ),
    MAX_POOL,
    replace(backward_of(
        MAX_POOL, "max_pool_backward", ("dx",),
        {"dx": 1, OVERLAP: 0.5, FLOOR: 0.5, TIES: 0.5, TOGETHER: 1, SINGLE: 0.5, UNCHANGED: 1},
        backward_cases, cache=("x", "place", "HH", "WW", "stride"),
    ), uses=("max_pool_forward",)),
    Exercise(
        "exposing_image", "()", ("x",), {"x": 1},
        question("the image you give", judge=exposes_the_bug),
    ),
    Exercise(
        "max_pool_backward_mended", "(dout, x, HH, WW, stride)", ("dx",),
        {TIES: 1, OVERLAP: 1, BOTH: 1}, mended_cases, shapes=LAYER,
    ),
    AVERAGE_POOL,
    backward_of(
        AVERAGE_POOL, "avg_pool_backward", ("dx",),
        {"dx": 1, OVERLAP: 1, FLOOR: 0.5, UNCHANGED: 1, PRECISION: 1, PAIR: 1},
        average_backward_cases,
    ),
    Exercise(
        "predict_shapes", "()", SHAPES_ASKED, dict.fromkeys(SHAPES_ASKED, 0.5),
        question("images of shape (3, 20, 17)"),
    ),
    Exercise(
        "convnet_forward", "(params, x)", ("scores",), {"scores": 2}, network_cases,
        play=forward_play, returns_cache=True, uses=LAYERS, composed=forward_composed,
    ),
    Exercise(
        "convnet_backward", "(dscores, cache)", ("dx", *GRADIENTS),
        {"dx": 1, **dict.fromkeys(GRADIENTS, 0.5), AS_A_NETWORK: 1, UNCHANGED: 1,
         PRECISION: 1},
        network_gradient_cases, play=backward_play, uses=(*LAYERS, "convnet_forward"),
        composed=backward_composed,
    ),
    Exercise(
        "ConvNet", "(input_shape, filters, kernel, hidden, output_size, rng)",
        OUTPUTS,
        {SIZES: 1, HE: 1, PREDICT: 1, LOSS: 0.5, GRADIENT: 1, ACCURACY: 0.5, READ: 1},
        convnet_cases, uses=(*LAYERS, "convnet_forward", "convnet_backward"),
    ),
    Exercise(
        "training_step", "(net, m, v, x, y, t, lr)",
        ("loss", *PARAMETERS, *(f"{mean}[{name}]" for mean in "mv" for name in PARAMETERS)),
        {LOSS: 1, STEP: 1, MEANS: 1}, step_cases,
        uses=(*LAYERS, "adam_step", "convnet_forward", "convnet_backward", "ConvNet"),
        composed=step_composed,
    ),
    Exercise(
        "score_gradient", "(params, x, y)", ("dx",), {"dx": 1}, saliency_cases,
        uses=(*LAYERS, "convnet_forward", "convnet_backward"), composed=saliency_composed,
    ),
    Exercise(
        "adversarial_images", "(params, x, y, epsilon)", ("images",), {"images": 1, CLIPPED: 1},
        adversarial_cases, uses=(*LAYERS, "convnet_forward", "convnet_backward"),
        composed=adversarial_composed,
    ),
    Exercise(
        "recap_convnet", "()", RECAP, dict.fromkeys(RECAP, 1),
        question("the three questions above"),
    ),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
