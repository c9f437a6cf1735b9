"""Draws for 04_activations."""

from __future__ import annotations

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import in_other_dtypes, sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def any_shape(rng: np.random.Generator) -> tuple[int, ...]:
    """A shape of 0 to 4 axes, at times without any entry."""
    dimensions = int(rng.choice([0, 1, 2, 2, 2, 3, 4]))
    return sizes(rng, dimensions, least=int(rng.integers(8) > 0), most=5)


def entries(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers from -1000 to 1000, with zeros of both signs and both ends among them."""
    kinks = (0.0, -0.0, 1000.0, -1000.0)
    return np.clip(values(rng, shape, kinks=kinks, spread=1000.0), -1000.0, 1000.0)


def of_any_kind(rng: np.random.Generator, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arrays in other dtypes and layouts; an array without axes stays an array."""
    return unusual(rng, *map(np.asarray, in_other_dtypes(rng, *map(np.asarray, arrays))))


@draws("sigmoid", "sigmoid_grad", "relu_forward", "sigmoid_forward", "softplus_forward")
def x_alone(rng):
    return of_any_kind(rng, entries(rng, any_shape(rng)))


@draws("relu_backward", "sigmoid_backward", "softplus_backward")
def x_and_dout(rng):
    shape = any_shape(rng)
    return of_any_kind(rng, entries(rng, shape), values(rng, shape))


@draws("relu_backward_mended")
def dout_and_x(rng):
    x, dout = x_and_dout(rng)
    return dout, x


@draws("tanh_scalar_gradient")
def out_and_dout(rng):
    out = np.tanh(rng.normal(0, rng.choice([0.1, 1.0, 3.0])))
    out = rng.choice([out, out, out, 0.0, 1.0, -1.0])
    return float(out), float(values(rng, ()))


@draws("relu_dx_entry")
def one_entry(rng):
    shape = sizes(rng, 2)
    n, d = (int(rng.integers(size)) for size in shape)
    dout, x = of_any_kind(rng, values(rng, shape), values(rng, shape))
    return dout, x, n, d


@draws("crelu_jacobian")
def vector_without_zeros(rng):
    (size,) = sizes(rng, 1, most=8)
    x = values(rng, (size,))
    x[x == 0] = rng.choice([-1.5, 2.0])
    return of_any_kind(rng, np.where(np.abs(x) < 0.5, np.sign(x), x))
