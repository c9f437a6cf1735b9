"""Inputs for 01_numerical_gradients: numbers, arrays of any shape, functions with gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import any_shape, in_other_dtypes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def number(rng: np.random.Generator, low: float = 1e-3, high: float = 1e4) -> float:
    """A number of either sign, of any size between two."""
    return float(rng.choice([-1.0, 1.0]) * np.exp(rng.uniform(np.log(low), np.log(high))))


@draws("central_error_term")
def central_error_term(rng: np.random.Generator) -> tuple:
    """A third derivative, at times 0, and a step."""
    third = 0.0 if rng.random() < 0.1 else number(rng)
    return third, abs(number(rng, 1e-6, 10.0))


@draws("best_step")
def best_step(rng: np.random.Generator) -> tuple:
    """A value and a third derivative of both signs, with the epsilon of several precisions."""
    eps = [np.finfo(kind).eps for kind in (np.float64, np.float32, np.float16)]
    return number(rng), number(rng), float(rng.choice(eps))


@draws("relu", "relu_grad")
def any_array(rng: np.random.Generator) -> tuple:
    """One array of any shape, with zeros in it at times."""
    array = values(rng, any_shape(rng), kinks=(0.0, -0.0, 5e-324, -5e-324, 1e-9, -1e-9))
    return unusual(rng, *in_other_dtypes(rng, array))


def smooth(rng: np.random.Generator, shape: tuple[int, ...], speed: float = 1.0) -> tuple:
    """A function of an array, and its gradient: no entry stands alone, none is like another."""
    a, b = rng.uniform(0.5, 2.0, (2, *shape)) * rng.choice([-1.0, 1.0], (2, *shape))

    def f(x):
        return np.sum(a * np.sin(speed * x)) / speed + np.sum(b * x) ** 2

    def df(x):
        return a * np.cos(speed * x) + 2 * np.sum(b * x) * b

    return f, df


@draws("numerical_gradient")
def numerical_gradient(rng: np.random.Generator) -> tuple:
    """A function and a point of any shape, with a step or without; integers at times."""
    shape = any_shape(rng, least=1)
    f, _ = smooth(rng, shape, float(rng.choice([1.0, 1.0, 1e3])))
    whole = rng.random() < 0.2
    x = np.asarray(rng.integers(-3, 4, shape) if whole else rng.uniform(-2.0, 2.0, shape))
    step = () if rng.random() < 0.4 else (float(rng.choice([0.5, 0.1, 1e-3, 1e-4])),)
    return (f, *((x,) if whole else unusual(rng, x)), *step)


@draws("mean_squared_error")
def mean_squared_error(rng: np.random.Generator) -> tuple:
    """Two arrays of one shape, at times the same numbers."""
    shape = any_shape(rng)
    y, t = values(rng, shape), values(rng, shape)
    if rng.random() < 0.1:
        t = y.copy()
    return unusual(rng, *in_other_dtypes(rng, y, t))


@draws("relative_error")
def relative_error(rng: np.random.Generator) -> tuple:
    """Two arrays of one shape, or two numbers: far apart, near, tiny, of other signs, or 0."""
    shape = any_shape(rng, least=1)
    a = values(rng, shape, spread=10.0 ** rng.integers(-12, 5))
    b = values(rng, shape, spread=10.0 ** rng.integers(-12, 5))
    style = rng.integers(6)
    if style < 3:
        b = a * (1 + rng.standard_normal(shape) * 10.0 ** rng.integers(-9, 1))
    elif style == 3:
        b = a.copy()
    elif style == 4:
        a, b = 1e-9 * a, 1e-9 * b
    if rng.random() < 0.3:
        zero = rng.random(shape) < 0.4
        a, b = np.where(zero, 0.0, a), np.where(zero & (rng.random(shape) < 0.7), 0.0, b)
    if not shape and rng.random() < 0.7:
        return float(a), float(b)
    return unusual(rng, np.asarray(a), np.asarray(b))


def spoiled(rng: np.random.Generator, df: Callable, shape: tuple[int, ...]) -> Callable:
    """A gradient that is wrong, in one of many ways, by more than a measurement errs."""
    size = int(np.prod(shape))
    factors = np.ones(shape)
    gap = float(rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-2.5, 0.0))
    factors[tuple(int(rng.integers(length)) for length in shape)] += gap
    ways = [
        lambda x: factors * df(x),
        lambda x: -df(x),
        lambda x: 2 * df(x),
        lambda x: df(x)[np.newaxis],
        lambda x: np.where(factors == 1, df(x), np.nan),
        lambda x: np.where(factors == 1, df(x), np.inf),
        lambda x: np.zeros(shape),
    ]
    if size > 1:
        ways += [lambda x: df(x).ravel()[:-1], lambda x: np.sum(df(x)),
                 lambda x: df(x).reshape(-1, 1, 1)]
    return ways[rng.integers(len(ways))]


@draws("gradients_agree")
def gradients_agree(rng: np.random.Generator) -> tuple:
    """A function, a gradient that is right or clearly wrong, and a point.

    All parts of the gradient are above 0, so that no entry is small by accident, and it errs by
    less than a measurement does, or by more than the text allows.
    """
    shape = any_shape(rng, least=1)
    a, b = rng.uniform(0.5, 2.0, (2, *shape))
    scale = float(10.0 ** rng.integers(-5, 6)) if rng.random() < 0.5 else 1.0

    def f(x):
        return scale * (np.sum(a * np.sin(x)) + np.sum(b * x) ** 2)

    def df(x):
        return scale * (a * np.cos(x) + 2 * np.sum(b * x) * b)

    x = np.asarray(rng.uniform(0.3, 1.0, shape))
    return (f, df if rng.random() < 0.4 else spoiled(rng, df, shape), *unusual(rng, x))


@draws("one_sided_slope")
def one_sided_slope(rng: np.random.Generator) -> tuple:
    """A curve that may begin at x, with a step and a third derivative of any sign."""
    x, a = rng.uniform(0.3, 2.0, 2)
    curves = [
        lambda u: a * u**3 - u, lambda u: np.sin(a * u), lambda u: np.exp(-a * u),
        lambda u: np.sqrt(u - x) if u >= x else np.nan,
        lambda u: np.log(u) if u >= x else float("inf"),
    ]
    f = curves[rng.integers(len(curves))]
    third = 0.0 if rng.random() < 0.1 else number(rng)
    return f, float(x), abs(number(rng, 1e-3, 1.0)), third
