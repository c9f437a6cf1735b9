"""Draws for 07_convolution: layers of every kind that the text allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


class Layer(NamedTuple):
    """Sizes of a layer whose kernel fits into the padded image."""

    n: int
    c: int
    f: int
    image: tuple[int, int]
    kernel: tuple[int, int]
    out: tuple[int, int]
    stride: int
    pad: int


def side(rng: np.random.Generator, kernel: int, stride: int, pad: int) -> tuple[int, int]:
    """A side of the image, with any remainder, and how many windows it has."""
    wanted = kernel + stride * int(rng.integers(4)) + int(rng.integers(stride)) - 2 * pad
    size = max(1, wanted)
    return size, (size + 2 * pad - kernel) // stride + 1


def a_layer(rng: np.random.Generator, pad: int | None = None, dilation: int = 1) -> Layer:
    """A layer of any sizes; in a third of all draws with stride 1 and no padding.

    Otherwise stride and pad may be larger than the kernel.
    """
    n, c, f, hh, ww = sizes(rng, 5, most=5)
    n, c, f = min(n, 4), min(c, 4), min(f, 4)
    stride = 1 if rng.integers(3) == 0 else int(rng.integers(1, 6))
    if pad is None:
        pad = 0 if rng.integers(3) == 0 else int(rng.integers(5))
    kernel = tuple(dilation * (k - 1) + 1 for k in (hh, ww))
    (height, oh), (width, ow) = (side(rng, k, stride, pad) for k in kernel)
    return Layer(n, c, f, (height, width), (hh, ww), (oh, ow), stride, pad)


def single(rng: np.random.Generator, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arrays in an unusual layout, or all in float32, or as they are."""
    if rng.integers(8) == 0:
        return tuple(array.astype(np.float32) for array in arrays)
    return unusual(rng, *arrays)


def moved(rng: np.random.Generator, layer: Layer) -> tuple[int, ...]:
    """Stride and pad, left out at times where they are the defaults."""
    if (layer.stride, layer.pad) == (1, 0):
        return ((), (1,), (1, 0))[rng.integers(3)]
    return (layer.stride,) if layer.pad == 0 and rng.integers(2) else (layer.stride, layer.pad)


@draws("output_size")
def output_size(rng):
    kernel, stride, pad = (int(rng.integers(*ends)) for ends in ((1, 9), (1, 8), (0, 8)))
    if rng.integers(3) == 0:
        stride = 1
    if rng.integers(3) == 0:
        pad = 0
    size = max(1, kernel + int(rng.integers(4 * stride)) - 2 * pad)
    if (stride, pad) == (1, 0):
        return ((size, kernel), (size, kernel, 1), (size, kernel, 1, 0))[rng.integers(3)]
    return (size, kernel, stride, pad) if pad else (size, kernel, stride)


@draws("window_gradients")
def window_gradients(rng):
    shape = sizes(rng, 3)
    window, w = unusual(rng, values(rng, shape), values(rng, shape))
    return window, w, float(values(rng, ()))


@draws("conv_dx_entry")
def conv_dx_entry(rng):
    layer = a_layer(rng)
    dout, w = unusual(rng, values(rng, (layer.f, *layer.out)),
                      values(rng, (layer.f, *layer.kernel)))
    r, q = (int(rng.integers(size)) for size in layer.image)
    return dout, w, r, q, layer.stride, layer.pad


@draws("conv_dw_entry")
def conv_dw_entry(rng):
    layer = a_layer(rng, pad=0)
    x, dout = unusual(rng, values(rng, layer.image), values(rng, layer.out))
    i, j = (int(rng.integers(k)) for k in layer.kernel)
    return x, dout, i, j, layer.stride


@draws("conv2d_forward_naive", "conv2d_forward")
def conv2d_forward(rng):
    layer = a_layer(rng)
    arrays = single(rng, *layer_arrays(rng, layer)[:3])
    return *arrays, *moved(rng, layer)


@draws("conv2d_backward_naive", "conv2d_backward")
def conv2d_backward(rng):
    layer = a_layer(rng)
    x, w, b, dout = single(rng, *layer_arrays(rng, layer))
    return x, w, b, layer.stride, layer.pad, dout


def layer_arrays(rng: np.random.Generator, layer: Layer, groups: int = 1) -> tuple:
    """x, w, b and dout."""
    return (
        values(rng, (layer.n, layer.c, *layer.image)),
        values(rng, (layer.f, layer.c // groups, *layer.kernel)),
        values(rng, (layer.f,)),
        values(rng, (layer.n, layer.f, *layer.out)),
    )


@draws("image_gradient_mended")
def image_gradient_mended(rng):
    layer = a_layer(rng)
    _, w, _, dout = layer_arrays(rng, layer)
    dout, w = unusual(rng, dout, w)
    return dout, w, (layer.n, layer.c, *layer.image), layer.stride, layer.pad


@draws("patch_matrix_gradients")
def patch_matrix_gradients(rng):
    f, k, count = sizes(rng, 3)
    return single(rng, values(rng, (k, count)), values(rng, (f, k)), values(rng, (f, count)))


@draws("im2col")
def im2col(rng):
    layer = a_layer(rng)
    (x,) = single(rng, values(rng, (layer.n, layer.c, *layer.image)))
    return x, *layer.kernel, *moved(rng, layer)


@draws("scatter_add")
def scatter_add(rng):
    count, size = int(rng.integers(12)), int(rng.integers(1, 8))
    (dout,) = unusual(rng, values(rng, (count,)))
    return dout, rng.integers(0, size, count), size


@draws("col2im")
def col2im(rng):
    layer = a_layer(rng)
    rows, columns = (int(np.prod(of)) for of in ((layer.c, *layer.kernel),
                                                       (layer.n, *layer.out)))
    (cols,) = single(rng, values(rng, (rows, columns)))
    return cols, (layer.n, layer.c, *layer.image), *layer.kernel, *moved(rng, layer)


@draws("echo_forward")
def echo_forward(rng):
    n, width, f, ww = sizes(rng, 4)
    return single(rng, values(rng, (n, width)), values(rng, (f, ww)))


@draws("echo_backward")
def echo_backward(rng):
    n, width, f, ww = sizes(rng, 4)
    return single(rng, values(rng, (n, width)), values(rng, (f, ww)),
                  values(rng, (n, f, width + ww - 1)))


def general_layer(rng: np.random.Generator) -> tuple[tuple, tuple]:
    """x, w, b and dout, and then stride, pad, dilation and groups."""
    groups, dilation = int(rng.choice([1, 1, 2, 3])), int(rng.choice([1, 1, 2, 3]))
    layer = a_layer(rng, dilation=dilation)
    c, f = groups * int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
    layer = layer._replace(n=min(layer.n, 3), c=c, f=f)
    return (single(rng, *layer_arrays(rng, layer, groups)),
            (layer.stride, layer.pad, dilation, groups))


@draws("conv2d_forward_general")
def conv2d_forward_general(rng):
    (x, w, b, _), numbers = general_layer(rng)
    defaults = (1, 0, 1, 1)
    while numbers and numbers[-1] == defaults[len(numbers) - 1] and rng.integers(2):
        numbers = numbers[:-1]
    return x, w, b, *numbers


@draws("conv2d_backward_general")
def conv2d_backward_general(rng):
    (x, w, b, dout), numbers = general_layer(rng)
    return x, w, b, *numbers, dout
