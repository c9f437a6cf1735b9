"""Exercises of 07_convolution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral

import numpy as np

from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    PAIR,
    PRECISION,
    UNCHANGED,
    Case,
    Exercise,
    backward_of,
    question,
    with_earlier_cache,
)
from autograder.exercises.convolution_hints import HINTS
from autograder.exercises.inputs import in_float32, unusual
from autograder.kit.functions import Functions

PADDING = "padding"
STRIDES = "strides larger than 1"
REMAINDER = "sizes that do not divide"
STRIDE_AND_PAD = "stride and padding"
EARLIER_CACHE = "the cache it is given"
OVERLAP = "overlapping windows"
NO_PADDING = "pad = 0"
BOTH = "both at once"
DILATION = "dilation"
GROUPS = "groups"

LAYER = {"x": "N C H W", "w": "F C HH WW", "dout": "N F OH OW"}
GENERAL_LAYER = {"x": "N C _ _", "b": "F"}
IMAGES = {"x_shape": "N C H W"}
ECHO = {"x": "N W", "w": "F WW", "dout": "N F OW"}
"""The axes of a layer's arrays. A kernel of a general layer sees only some of the C channels."""


def windows(size: int, kernel: int, stride: int, pad: int) -> int:
    """How many windows fit along one side."""
    return 1 + (size + 2 * pad - kernel) // stride


def layer_inputs(
    rng: np.random.Generator, n: int, c: int, image, f: int, kernel, stride=1, pad=0
) -> dict:
    """Random x (n, c, *image), w (f, c, *kernel), b (f,) and a dout that fits."""
    out = tuple(windows(s, k, stride, pad) for s, k in zip(image, kernel, strict=True))
    return {
        "x": rng.standard_normal((n, c, *image)),
        "w": rng.standard_normal((f, c, *kernel)),
        "b": rng.standard_normal(f),
        "stride": stride,
        "pad": pad,
        "dout": rng.standard_normal((n, f, *out)),
    }


def plain_cases(rng: np.random.Generator) -> list[Case]:
    """Layers with stride 1 and no padding; images and kernels that are not square.

    In the first all nine sizes differ, so that the letters of a shape can be told.
    """
    return [
        Case("two images, three filters", layer_inputs(rng, 2, 8, (9, 11), 3, (6, 7))),
        Case("one image", layer_inputs(rng, 1, 2, (5, 4), 3, (2, 3))),
        Case("one channel, one filter", layer_inputs(rng, 2, 1, (3, 5), 1, (2, 2))),
        Case("a kernel as large as the image", layer_inputs(rng, 3, 2, (2, 3), 4, (2, 3))),
        Case("images of one pixel", layer_inputs(rng, 2, 3, (1, 1), 4, (1, 1))),
        Case("read-only arrays that are not contiguous",
             unusual(layer_inputs(rng, 2, 2, (3, 5), 3, (2, 2)))),
        Case("float32", in_float32(layer_inputs(rng, 3, 2, (4, 3), 2, (3, 2))),
             tolerance=FLOAT32_TOLERANCE),
    ]


def padding_cases(rng: np.random.Generator, item: str = PADDING) -> list[Case]:
    """Padding with stride 1."""
    return [
        Case("pad 1, kernel 3 × 3", layer_inputs(rng, 2, 2, (4, 3), 3, (3, 3), 1, 1), item=item),
        Case("pad 1, kernel 2 × 2", layer_inputs(rng, 1, 2, (2, 3), 4, (2, 2), 1, 1), item=item),
        Case("pad 2, one channel", layer_inputs(rng, 2, 1, (2, 4), 3, (3, 2), 1, 2), item=item),
        Case("pad 3, a frame wider than the image and the kernel",
             layer_inputs(rng, 1, 3, (1, 2), 2, (2, 1), 1, 3), item=item),
    ]


def stride_cases(rng: np.random.Generator, item: str = STRIDES) -> list[Case]:
    """Windows that overlap, that leave gaps; with padding, too. Nothing is left over."""
    return [
        Case("stride 2, kernel 3 × 2", layer_inputs(rng, 2, 2, (5, 6), 3, (3, 2), 2, 0),
             item=item),
        Case("stride 3, gaps between windows, pad 2",
             layer_inputs(rng, 1, 2, (4, 7), 2, (2, 2), 3, 2), item=item),
        Case("stride 4, pad 6, a frame wider than all else",
             layer_inputs(rng, 1, 3, (1, 5), 3, (5, 5), 4, 6), item=item),
        Case("stride 2, pad 1, tiles of 2 × 2", layer_inputs(rng, 2, 3, (2, 4), 2, (2, 2), 2, 1),
             item=item),
    ]


def remainder_cases(rng: np.random.Generator, item: str = REMAINDER) -> list[Case]:
    """Rows or columns at the end that no window sees: of the image, or of its frame alone."""
    return [
        Case("stride 2, kernel 3 × 2, a row left over",
             layer_inputs(rng, 2, 2, (6, 4), 3, (3, 2), 2, 0), item=item),
        Case("stride 2, kernel 2 × 2, a column left over",
             layer_inputs(rng, 2, 1, (4, 5), 3, (2, 2), 2, 0), item=item),
        Case("stride 4, pad 1, two rows and three columns left over",
             layer_inputs(rng, 1, 2, (6, 9), 2, (2, 4), 4, 1), item=item),
        Case("stride 2, pad 1, the end of the frame left over",
             layer_inputs(rng, 2, 1, (4, 5), 3, (3, 2), 2, 1), item=item),
    ]


def large_bias_case(rng: np.random.Generator) -> Case:
    """Finite differences lose their digits here, and how many can be told: no terms cancel."""
    return with_large_bias(Case("a large bias", layer_inputs(rng, 2, 2, (3, 4), 3, (2, 2))))


def with_large_bias(case: Case) -> Case:
    """The case with a bias and a dout that make the loss large, and no gradient."""
    b, dout = (np.asarray(case.inputs[name]) for name in ("b", "dout"))
    large = {"b": b + 1e9, "dout": np.abs(dout)}
    return replace(case, inputs={**case.inputs, **large})


def without(case: Case, *names: str) -> Case:
    """The case with some parameters left to their defaults."""
    inputs = {name: value for name, value in case.inputs.items() if name not in names}
    return replace(case, name=f"{case.name}, {' and '.join(names[-2:])} left out", inputs=inputs)


def naive_forward_cases(rng: np.random.Generator) -> list[Case]:
    """All kinds of layers; in the first, stride and pad are left to their defaults."""
    first, *rest = plain_cases(rng)
    return [without(first, "stride", "pad"), *rest, *padding_cases(rng), *stride_cases(rng),
            *remainder_cases(rng)]


def naive_backward_cases(rng: np.random.Generator) -> list[Case]:
    """All kinds of layers."""
    return [*plain_cases(rng), large_bias_case(rng), *padding_cases(rng), *stride_cases(rng),
            *remainder_cases(rng)]


def fast_cases(rng: np.random.Generator) -> list[Case]:
    """The same kinds with one item for stride and padding: they were learned before."""
    kinds = (padding_cases, stride_cases, remainder_cases)
    return [*plain_cases(rng), *(case for kind in kinds for case in kind(rng, STRIDE_AND_PAD))]


def fast_forward_cases(rng: np.random.Generator) -> list[Case]:
    """`fast_cases`, all for one item; in the first, stride and pad are left to their defaults."""
    first, *rest = fast_cases(rng)
    return [without(first, "stride", "pad"), *(replace(case, item=None) for case in rest)]


def fast_backward_cases(rng: np.random.Generator) -> list[Case]:
    """`fast_cases`, and a backward pass that comes after another forward pass."""
    inputs = layer_inputs(rng, 2, 2, (3, 4), 3, (2, 3))
    inputs["other"] = layer_inputs(rng, 2, 2, (3, 4), 3, (2, 3))
    earlier = Case(
        "backward of one batch after the forward of another",
        inputs,
        item=EARLIER_CACHE,
        play=with_earlier_cache("conv2d_backward", FAST_FORWARD),
    )
    return [*fast_cases(rng), large_bias_case(rng), earlier]


def size_cases(rng: np.random.Generator) -> list[Case]:
    """With and without a remainder; drawn so that no part of the formula can be left out."""
    cases = [Case("size 28, kernel 3, stride and pad left out", {"size": 28, "kernel": 3})]
    layers = [(int(rng.integers(4, 8)), int(rng.integers(3, 7)), stride, pad, remainder)
              for stride, pad, remainder in ((1, 1, 0), (2, 0, 1), (2, 2, 0), (3, 1, 2), (4, 2, 1))]
    # A window alone, strides and frames larger than the kernel, an image smaller than the kernel.
    # Then the remainders of the size and of the frame, which fill one more step together.
    layers += [(5, 1, 3, 0, 0), (6, 1, 4, 1, 3), (2, 4, 5, 3, 4), (3, 3, 5, 6, 3), (4, 3, 1, 2, 0),
               (4, 3, 3, 0, 1), (3, 4, 3, 1, 0)]
    for kernel, count, stride, pad, remainder in layers:
        size = kernel + (count - 1) * stride + remainder - 2 * pad
        name = f"size {size}, kernel {kernel}, stride {stride}, pad {pad}"
        inputs = {"size": size, "kernel": kernel, "stride": stride, "pad": pad}
        cases.append(Case(name, inputs, spelled=True))
    return cases


def window_cases(rng: np.random.Generator) -> list[Case]:
    """Windows with one channel and with several."""
    cases = []
    for c, hh, ww, sign in ((3, 2, 4, -1), (1, 2, 3, 1), (2, 3, 1, -1), (1, 1, 1, 1)):
        inputs = {
            "window": rng.standard_normal((c, hh, ww)),
            "w": rng.standard_normal((c, hh, ww)),
            "dout": float(sign * rng.uniform(1.5, 3.0)),
        }
        cases.append(Case(f"C = {c}, HH = {hh}, WW = {ww}", inputs))
    return cases


def with_sign(sign: float, dout: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """dout, turned round if the sum of its products with `terms` has another sign."""
    return dout * sign * (-1.0 if np.sum(dout * terms) < 0 else 1.0)


def dx_entry_cases(rng: np.random.Generator) -> list[Case]:
    """Pixels at the border, inside, and between the windows; several filters.

    Positive and negative entries take turns.
    """
    cases: list[Case] = []
    for (f, oh, ow), (hh, ww), (stride, pad), pixels in (
        ((2, 3, 5), (3, 2), (1, 0), {"a corner": (0, 0), "inside": (2, 3), "the last": (4, 5)}),
        ((1, 4, 3), (2, 3), (1, 0), {"inside": (2, 2)}),
        ((3, 3, 2), (3, 4), (2, 0), {"inside": (2, 2), "the right border": (3, 5)}),
        ((2, 2, 3), (2, 2), (3, 0), {"inside": (3, 4), "seen by no window": (2, 3)}),
        ((2, 4, 3), (3, 2), (1, 1), {"a corner": (0, 0), "inside": (2, 1)}),
        ((3, 3, 4), (4, 3), (2, 2), {"inside": (2, 3)}),
        ((2, 7, 8), (2, 1), (1, 3), {"a pixel of a small image": (0, 1)}),
        ((2, 3, 4), (2, 3), (4, 3), {"behind a wide frame": (1, 2), "between windows": (1, 0)}),
    ):
        inputs = {"dout": rng.standard_normal((f, oh, ow)), "w": rng.standard_normal((f, hh, ww))}
        for place, (r, q) in pixels.items():
            name = f"F = {f}, stride {stride}, pad {pad}, {place}: r = {r}, q = {q}"
            item = None if (stride, pad) == (1, 0) else STRIDE_AND_PAD
            meets = np.zeros((f, oh, ow))
            for u, v in np.ndindex(oh, ow):
                i, j = r + pad - stride * u, q + pad - stride * v
                if 0 <= i < hh and 0 <= j < ww:
                    meets[:, u, v] = inputs["w"][:, i, j]
            dout = with_sign((-1.0) ** len(cases), inputs["dout"], meets)
            more = {"dout": dout, "r": r, "q": q, "stride": stride, "pad": pad}
            cases.append(Case(name, {**inputs, **more}, item=item))
    return cases


def dw_entry_cases(rng: np.random.Generator) -> list[Case]:
    """Several weights, with and without stride; one image with a row left over.

    Positive and negative entries take turns.
    """
    cases: list[Case] = []
    for image, (oh, ow), stride, weights in (
        ((5, 6), (3, 5), 1, ((0, 0), (2, 1))),
        ((8, 6), (3, 2), 2, ((0, 0), (2, 3), (1, 2))),
        ((6, 11), (2, 3), 4, ((1, 0), (0, 2))),
        ((3, 4), (1, 1), 1, ((2, 3),)),
    ):
        inputs = {"x": rng.standard_normal(image), "dout": rng.standard_normal((oh, ow))}
        for i, j in weights:
            name = f"stride {stride}, i = {i}, j = {j}"
            meets = inputs["x"][i:i + stride * oh:stride, j:j + stride * ow:stride]
            dout = with_sign((-1.0) ** len(cases), inputs["dout"], meets)
            cases.append(Case(name, {**inputs, "dout": dout, "i": i, "j": j, "stride": stride}))
    return cases


def matrix_cases(rng: np.random.Generator) -> list[Case]:
    """Matrices of different sizes."""
    return [
        Case(
            f"F = {f}, K = {k}, M = {count}",
            {
                "cols": rng.standard_normal((k, count)),
                "w": rng.standard_normal((f, k)),
                "dout": rng.standard_normal((f, count)),
            },
        )
        for f, k, count in ((3, 4, 5), (1, 6, 2), (4, 2, 7), (3, 3, 3), (2, 1, 1))
    ]


def scatter_cases(rng: np.random.Generator) -> list[Case]:
    """Indices that repeat, and entries that nothing was copied from."""
    cases = []
    for name, index, size in (
        ("some entries copied twice or more", [2, 0, 2, 4, 0, 2], 6),
        ("all copies of one entry", [1, 1, 1, 1], 3),
        ("two entries, one never copied", [3, 1, 0, 3], 4),
        ("one entry, copied once", [0], 1),
        ("more copies than entries", [1, 0, 1, 1, 0, 1, 1], 2),
        ("fewer copies than entries", [4, 2], 6),
        ("nothing copied", [], 3),
    ):
        inputs = {"dout": rng.standard_normal(len(index)), "size": size,
                  "index": np.array(index, dtype=np.int64)}
        cases.append(Case(name, inputs))
    return cases


IM2COL_LAYERS = (
    ("two images, three channels", 2, 3, (4, 5), (3, 2), None),
    ("one image, one channel", 1, 1, (5, 4), (2, 3), None),
    ("three images, two channels", 3, 2, (3, 4), (2, 2), None),
    ("stride 1 and pad 0, given as numbers", 2, 2, (4, 3), (3, 2), (1, 0)),
    ("pad 1", 2, 2, (3, 4), (2, 3), (1, 1)),
    ("stride 2, pad 2, a row left over", 2, 2, (4, 5), (3, 3), (2, 2)),
    ("stride 3, gaps between windows", 2, 1, (5, 8), (2, 2), (3, 0)),
    ("stride 2, pad 1, a kernel of one weight", 2, 3, (3, 4), (1, 1), (2, 1)),
    ("stride 2, a row and a column left over", 1, 2, (6, 7), (3, 2), (2, 0)),
    ("stride 4, pad 6, a frame wider than all else", 1, 3, (1, 5), (5, 5), (4, 6)),
)


def im2col_cases(rng: np.random.Generator) -> list[Case]:
    """Images of several shapes; stride and pad are mostly given only where they matter."""
    cases = []
    for name, n, c, image, (hh, ww), move in IM2COL_LAYERS:
        inputs = {"x": rng.standard_normal((n, c, *image)), "HH": hh, "WW": ww}
        if move:
            inputs |= {"stride": move[0], "pad": move[1]}
        if n == 3:
            inputs = unusual(inputs)
        dims = {"C·HH·WW": c * hh * ww, "N·OH·OW": n * _count(image, (hh, ww), move)}
        cases.append(Case(name, inputs, dims, item_of(move)))
    images = {name: rng.standard_normal((2, 2, 4, 5)) for name in ("x", "other")}
    return [*cases, Case("looked at after a call with other images", {**images, "HH": 3, "WW": 2},
                         play=after_another_call)]


def after_another_call(functions: Functions, inputs: Mapping, cache=None):
    """What the first of two calls of ``im2col`` has returned, once the second is over."""
    first = functions.keep("im2col", inputs["x"], inputs["HH"], inputs["WW"])
    functions.call("im2col", inputs["other"], inputs["HH"], inputs["WW"])
    return first.value()


def col2im_cases(rng: np.random.Generator) -> list[Case]:
    """Columns that no `im2col` has made: each copy has its own value."""
    cases = []
    for name, n, c, image, (hh, ww), move in IM2COL_LAYERS:
        cols = rng.standard_normal((c * hh * ww, n * _count(image, (hh, ww), move)))
        inputs = {"cols": cols, "x_shape": (n, c, *image), "HH": hh, "WW": ww}
        if move:
            inputs |= {"stride": move[0], "pad": move[1]}
        cases.append(Case(name, inputs, item=item_of(move)))
    return cases


def item_of(move) -> str | None:
    """The item that a way of moving is for: the plain one is for none of its own."""
    return None if move in (None, (1, 0)) else STRIDE_AND_PAD


def _count(image, kernel, move) -> int:
    stride, pad = move or (1, 0)
    return int(np.prod([windows(s, k, stride, pad) for s, k in zip(image, kernel, strict=True)]))


def alone(number):
    """A number, without the array of no axes that it may stand in."""
    return number[()] if isinstance(number, np.ndarray) and number.ndim == 0 else number


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the layer a student gives, or None."""
    (layer,) = outputs
    numbers = layer.tolist() if isinstance(layer, np.ndarray) else layer
    if not isinstance(numbers, (tuple, list)) or len(numbers) != 4 or not all(
        isinstance(n, Integral) and not isinstance(n, bool) for n in map(alone, numbers)
    ):
        return "Give four integers: size, kernel, stride, pad."
    size, kernel, stride, pad = (int(alone(n)) for n in numbers)
    if size < 1 or kernel < 1 or stride < 1 or pad < 0 or max(numbers) > 1000:
        return "Sizes and strides are at least 1, pad is at least 0, and none need be over 1000."
    if pad == 0:
        return "With pad = 0 dx comes out empty. That is the other bug: its shape is wrong too."
    if kernel > size + 2 * pad:
        return f"A kernel of {kernel} does not fit into {size} + 2 · {pad} padded pixels."
    seen = np.zeros(size + 2 * pad, dtype=int)
    for u in range(windows(size, kernel, stride, pad)):
        seen[stride * u : stride * u + kernel] += 1
    if seen[pad : pad + size].max() < 2:
        return ("In this layer no pixel lies in more than one window, and dx comes out right. "
                "What must happen to a pixel for an assignment to lose something?")
    return None


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """Each bug alone, then both; and what the given function had right, which is to stay so."""
    cases = []
    for name, item, n, c, image, f, kernel, stride, pad in (
        ("stride 1, pad 1", OVERLAP, 2, 3, (4, 5), 2, (3, 2), 1, 1),
        ("stride 2, pad 2", OVERLAP, 1, 2, (5, 4), 3, (3, 3), 2, 2),
        ("stride 2, pad 3, a row left over", OVERLAP, 2, 1, (4, 3), 2, (3, 4), 2, 3),
        ("stride 4, pad 6, a frame wider than all else", OVERLAP, 1, 3, (1, 5), 3, (5, 5), 4, 6),
        ("tiles of 3 × 3, pad 1, right before", OVERLAP, 2, 2, (4, 7), 3, (3, 3), 3, 1),
        ("tiles of 2 × 3", NO_PADDING, 2, 1, (4, 7), 3, (2, 3), 3, 0),
        ("tiles of 2 × 2", NO_PADDING, 2, 3, (4, 6), 2, (2, 2), 2, 0),
        ("gaps between windows", NO_PADDING, 1, 2, (7, 6), 1, (2, 1), 4, 0),
        ("stride 1, pad 0", BOTH, 2, 2, (4, 5), 3, (2, 3), 1, 0),
        ("stride 2, pad 0, a column left over", BOTH, 1, 3, (5, 4), 2, (3, 1), 2, 0),
    ):
        layer = layer_inputs(rng, n, c, image, f, kernel, stride, pad)
        inputs = {"dout": layer["dout"], "w": layer["w"], "x_shape": layer["x"].shape,
                  "stride": stride, "pad": pad}
        cases.append(Case(name, inputs, item=item))
    return cases


def general_case(rng, name, item, n, c, image, f, kernel, stride, pad, dilation, groups) -> Case:
    """A layer with dilation and groups: w is (f, c // groups, *kernel)."""
    covered = tuple(dilation * (k - 1) + 1 for k in kernel)
    out = tuple(windows(s, k, stride, pad) for s, k in zip(image, covered, strict=True))
    inputs = {
        "x": rng.standard_normal((n, c, *image)),
        "w": rng.standard_normal((f, c // groups, *kernel)),
        "b": rng.standard_normal(f),
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "groups": groups,
        "dout": rng.standard_normal((n, f, *out)),
    }
    return Case(name, inputs, item=item)


def general_cases(rng: np.random.Generator) -> list[Case]:
    """Dilation alone, groups alone, both."""
    return [
        general_case(rng, "dilation 2", DILATION, 2, 4, (5, 6), 3, (2, 3), 1, 0, 2, 1),
        general_case(rng, "dilation 3, stride 2, pad 2", DILATION, 1, 3, (5, 4), 2, (3, 2),
                     2, 2, 3, 1),
        general_case(rng, "two groups", GROUPS, 2, 4, (3, 4), 6, (2, 3), 1, 0, 1, 2),
        general_case(rng, "as many groups as channels, stride 2, pad 1", GROUPS, 2, 3, (4, 3), 6,
                     (3, 2), 2, 1, 1, 3),
        general_case(rng, "dilation 2, two groups", GROUPS, 2, 4, (3, 5), 4, (2, 3), 1, 1, 2, 2),
        general_case(rng, "dilation 2, three groups, stride 3", GROUPS, 1, 3, (7, 6), 3, (2, 2),
                     3, 2, 2, 3),
        general_case(rng, "dilation 3, two groups of three channels, stride 5, pad 7", GROUPS, 2, 6,
                     (1, 3), 4, (2, 3), 5, 7, 3, 2),
        general_case(rng, "one group, nothing pulled apart", GROUPS, 2, 3, (4, 5), 2, (2, 3), 1, 0,
                     1, 1),
    ]


def general_forward_cases(rng: np.random.Generator) -> list[Case]:
    """The same; in the last all four numbers are left to their defaults."""
    *rest, last = general_cases(rng)
    return [*rest, without(last, "stride", "pad", "dilation", "groups")]


def general_backward_cases(rng: np.random.Generator) -> list[Case]:
    """The same, and a layer in which finite differences lose their digits."""
    large = general_case(rng, "a large bias", DILATION, 2, 2, (3, 4), 3, (2, 2), 1, 0, 2, 1)
    return [*general_cases(rng), with_large_bias(large)]


def echo_inputs(rng: np.random.Generator, n: int, w: int, f: int, ww: int) -> dict:
    """Random sounds (n, w), rooms (f, ww), and a dout that fits."""
    return {
        "x": rng.standard_normal((n, w)),
        "w": rng.standard_normal((f, ww)),
        "dout": rng.standard_normal((n, f, w + ww - 1)),
    }


def echo_backward_cases(rng: np.random.Generator) -> list[Case]:
    """The same, and two in which finite differences lose their digits: of dx, and of dw."""
    loud, strong = echo_inputs(rng, 2, 4, 3, 3), echo_inputs(rng, 3, 5, 2, 4)
    loud["x"][0, 1] += 1e9
    strong["w"][1, 2] += 1e9
    return [*echo_cases(rng), Case("a very loud moment", loud),
            Case("a very strong echo", strong)]


def echo_cases(rng: np.random.Generator) -> list[Case]:
    """Sounds longer and shorter than the echo; one sound, one room, a room without echo."""
    return [
        Case("three sounds, two rooms", echo_inputs(rng, 3, 5, 2, 4)),
        Case("a sound shorter than the echo", echo_inputs(rng, 2, 3, 4, 5)),
        Case("one sound, one room", echo_inputs(rng, 1, 6, 1, 2)),
        Case("rooms without an echo", echo_inputs(rng, 3, 4, 2, 1)),
        Case("sounds of one moment", echo_inputs(rng, 2, 1, 3, 4)),
        Case("read-only arrays that are not contiguous", unusual(echo_inputs(rng, 2, 4, 3, 3))),
        Case("float32", in_float32(echo_inputs(rng, 2, 5, 3, 2)), tolerance=FLOAT32_TOLERANCE),
    ]


NAIVE_FORWARD = Exercise(
    "conv2d_forward_naive", "(x, w, b, stride=1, pad=0)", ("out",),
    {"out": 1, PADDING: 1, STRIDES: 1, REMAINDER: 1, PRECISION: 1}, naive_forward_cases,
    returns_cache=True, shapes=LAYER,
)
FAST_FORWARD = Exercise(
    "conv2d_forward", "(x, w, b, stride=1, pad=0)", ("out",), {"out": 1}, fast_forward_cases,
    returns_cache=True, shapes=LAYER,
)
ECHO_FORWARD = Exercise(
    "echo_forward", "(x, w)", ("out",), {"out": 1}, echo_cases, returns_cache=True, shapes=ECHO,
)
GENERAL_FORWARD = Exercise(
    "conv2d_forward_general", "(x, w, b, stride=1, pad=0, dilation=1, groups=1)", ("out",),
    {DILATION: 0.5, GROUPS: 0.5}, general_forward_cases, returns_cache=True, shapes=GENERAL_LAYER,
)
GRADIENTS = ("dx", "dw", "db")
CONDUCT = {UNCHANGED: 1, PRECISION: 1, PAIR: 1}
"""Items about how a backward function works, whatever it computes."""
DRILL = ("fourteen", "learned", "columns", "dx")
RECAP = ("shared", "round_trip", "larger")

EXERCISES = [
    Exercise(
        "output_size", "(size, kernel, stride=1, pad=0)", ("count",), {"count": 1}, size_cases
    ),
    Exercise(
        "predict_windows", "()", ("slopes",), {"slopes": 1},
        question("the layer above", dims={"OH": 3, "OW": 4}),
    ),
    Exercise(
        "window_gradients", "(window, w, dout)", ("dwindow", "dw"), {"dwindow": 1, "dw": 1},
        window_cases, shapes={"window": "C HH WW"},
    ),
    Exercise(
        "conv_dx_entry", "(dout, w, r, q, stride, pad)", ("dx[r, q]",),
        {"dx[r, q]": 1, STRIDE_AND_PAD: 1}, dx_entry_cases,
    ),
    Exercise(
        "conv_dw_entry", "(x, dout, i, j, stride)", ("dw[i, j]",), {"dw[i, j]": 1}, dw_entry_cases
    ),
    NAIVE_FORWARD,
    backward_of(
        NAIVE_FORWARD, "conv2d_backward_naive", GRADIENTS,
        {"dx": 1, "dw": 1, "db": 1, PADDING: 1, STRIDES: 1, REMAINDER: 1, **CONDUCT},
        naive_backward_cases, shown_by=dict.fromkeys((PADDING, STRIDES, REMAINDER), ("dx", "dw")),
    ),
    Exercise(
        "exposing_layer", "()", ("layer",), {"layer": 1},
        question("the layer you give", judge=exposes_the_bug),
    ),
    Exercise(
        "image_gradient_mended", "(dout, w, x_shape, stride, pad)", ("dx",),
        {OVERLAP: 0.5, NO_PADDING: 0.5, BOTH: 0.5}, mended_cases, shapes=IMAGES,
    ),
    Exercise(
        "patch_matrix_gradients", "(cols, w, dout)", ("dcols", "dw"),
        {"dcols": 1, "dw": 1, PRECISION: 1}, matrix_cases, shapes={"w": "F K", "cols": "K M"},
    ),
    Exercise(
        "im2col", "(x, HH, WW, stride=1, pad=0)", ("cols",), {"cols": 1, STRIDE_AND_PAD: 1},
        im2col_cases,
    ),
    Exercise(
        "scatter_add", "(dout, index, size)", ("dx",), {"dx": 1}, scatter_cases,
        shapes={"dout": "K"},
    ),
    Exercise(
        "col2im", "(cols, x_shape, HH, WW, stride=1, pad=0)", ("dx",),
        {"dx": 1, STRIDE_AND_PAD: 1}, col2im_cases, shapes=IMAGES,
    ),
    FAST_FORWARD,
    backward_of(
        FAST_FORWARD, "conv2d_backward", GRADIENTS,
        {"dx": 1, "dw": 1, "db": 1, STRIDE_AND_PAD: 1, EARLIER_CACHE: 1, **CONDUCT},
        fast_backward_cases, shown_by=dict.fromkeys((STRIDE_AND_PAD, EARLIER_CACHE), ("dx", "dw")),
    ),
    Exercise(
        "shape_drill", "()", DRILL, dict.fromkeys(DRILL, 0.5), question("the four questions above")
    ),
    ECHO_FORWARD,
    backward_of(ECHO_FORWARD, "echo_backward", ("dx", "dw"), {"dx": 1, "dw": 1, **CONDUCT},
                echo_backward_cases),
    Exercise(
        "recap_convolution", "()", RECAP, dict.fromkeys(RECAP, 1),
        question("the three questions above"),
    ),
    GENERAL_FORWARD,
    backward_of(
        GENERAL_FORWARD, "conv2d_backward_general", GRADIENTS,
        {DILATION: 0.5, GROUPS: 0.5, PAIR: 1}, general_backward_cases,
    ),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
