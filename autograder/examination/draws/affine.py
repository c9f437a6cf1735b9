"""Inputs for 03_affine: layers of every size, and the shape that exposes a bug."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import in_other_dtypes, sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def layer(rng: np.random.Generator, most_axes: int = 1) -> tuple[np.ndarray, ...]:
    """x, w, b and dout of one layer; a sample of x has up to `most_axes` axes."""
    axes = int(rng.integers(1, most_axes + 1))
    n, m, *features = sizes(rng, 2 + axes, most=6 if axes < 3 else 4)
    d = int(np.prod(features))
    arrays = (values(rng, (n, *features)), values(rng, (d, m)), values(rng, (m,)),
              values(rng, (n, m)))
    return unusual(rng, *in_other_dtypes(rng, *arrays))


@draws("affine_scalar_gradients")
def affine_scalar_gradients(rng: np.random.Generator) -> tuple:
    """Six numbers."""
    return tuple(float(number) for number in values(rng, (6,)))


@draws("affine_dx_entry")
def affine_dx_entry(rng: np.random.Generator) -> tuple:
    """dout, w and any entry of x."""
    x, w, _, dout = layer(rng)
    return dout, w, int(rng.integers(x.shape[0])), int(rng.integers(x.shape[1]))


@draws("affine_dw_entry")
def affine_dw_entry(rng: np.random.Generator) -> tuple:
    """x, dout and any entry of w."""
    x, w, _, dout = layer(rng)
    return x, dout, int(rng.integers(w.shape[0])), int(rng.integers(w.shape[1]))


@draws("affine_db_entry")
def affine_db_entry(rng: np.random.Generator) -> tuple:
    """dout and any entry of b."""
    dout = layer(rng)[3]
    return dout, int(rng.integers(dout.shape[1]))


@draws("affine_matrix_gradients")
def affine_matrix_gradients(rng: np.random.Generator) -> tuple:
    """x and dout."""
    x, _, _, dout = layer(rng)
    return x, dout


@draws("affine_forward")
def affine_forward(rng: np.random.Generator) -> tuple:
    """x with up to four axes for a sample, w and b."""
    return layer(rng, most_axes=4)[:3]


@draws("affine_backward")
def affine_backward(rng: np.random.Generator) -> tuple:
    """The inputs of the forward function, and dout."""
    return layer(rng, most_axes=4)


@draws("affine_backward_mended")
def affine_backward_mended(rng: np.random.Generator) -> tuple:
    """dout and the cache."""
    x, w, b, dout = layer(rng, most_axes=4)
    return dout, (x, w, b)


@draws("quadratic_affine_forward")
def quadratic_affine_forward(rng: np.random.Generator) -> tuple:
    """x and w."""
    return layer(rng)[:2]


@draws("quadratic_affine_backward")
def quadratic_affine_backward(rng: np.random.Generator) -> tuple:
    """x, w and dout."""
    x, w, _, dout = layer(rng)
    return x, w, dout


@observes("exposing_shape")
def exposing_shape(functions: Mapping[str, Callable], rng: np.random.Generator) -> tuple:
    """Whether the dw of `affine_backward_buggy` fails for an x of the given shape.

    Any shape for which it fails is as good as any other.
    """
    shape = functions["exposing_shape"]()
    x = np.zeros(tuple(shape))
    if not x.size:
        return ("an empty array",)
    dout = np.zeros((len(x), 3))
    try:
        fails = (x.T @ dout).shape != (x.size // len(x), 3)
    except ValueError:
        fails = True
    return (fails,)
