"""Sizes and arrays of every kind that a docstring allows, one kind a draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def sizes(rng: np.random.Generator, count: int, least: int = 1, most: int = 6) -> tuple[int, ...]:
    """Sizes of axes: all different, all equal, or as they come; each is the least one at times.

    Parameters
    ----------
    rng : Generator
    count : int
    least, most : int
        The range, both ends included.

    Returns
    -------
    tuple of `count` int
    """
    style = rng.integers(4)
    if style == 0 and most - least + 1 >= count:
        return tuple(int(size) for size in rng.permutation(np.arange(least, most + 1))[:count])
    if style == 1:
        return (int(rng.integers(least, most + 1)),) * count
    drawn = rng.integers(least, most + 1, count)
    if style == 2 and count:
        drawn[rng.integers(count)] = least
    return tuple(int(size) for size in drawn)


def any_shape(rng: np.random.Generator, least: int = 0) -> tuple[int, ...]:
    """No axis up to four, none shorter than `least`."""
    axes = int(rng.integers(5))
    return sizes(rng, axes, least, most=6 if axes < 3 else 4)


def values(
    rng: np.random.Generator, shape: Sequence[int], kinks: Sequence[float] = (0.0,),
    spread: float = 1e4,
) -> np.ndarray:
    """An array of floats of one of many kinds.

    Parameters
    ----------
    rng : Generator
    shape : sequence of int
    kinks : sequence of float
        Numbers that must be met exactly at times.
    spread : float
        The largest size of an entry, about.

    Returns
    -------
    ndarray of float64
        Normal numbers, few different ones (so that there are ties), numbers exactly at the kinks
        among others, a wide spread, or all alike.
    """
    shape, style = tuple(shape), rng.integers(8)
    array = rng.standard_normal(shape)
    if style == 0:
        array = rng.integers(-2, 3, shape).astype(float)
    elif style == 1 and kinks:
        array = np.where(rng.random(shape) < 0.4, rng.choice(np.asarray(kinks), shape), array)
    elif style == 2:
        array = array * spread / 3
    elif style == 3:
        array = np.full(shape, float(rng.choice([-1.5, 0.0, 1.0, 2.5])))
    return np.asarray(array)


def unusual(rng: np.random.Generator, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arrays as they are, or in another layout: strided, Fortran-ordered, or read-only."""
    style = rng.integers(6)
    if style == 0:
        return tuple(np.asfortranarray(array) for array in arrays)
    if style == 1:
        return tuple(_strided(array) for array in arrays)
    if style == 2:
        locked = tuple(array.copy() for array in arrays)
        for array in locked:
            array.flags.writeable = False
        return locked
    return arrays


def in_other_dtypes(rng: np.random.Generator, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arrays as they are, or all in float32, or all rounded to integers."""
    style = rng.integers(8)
    if style == 0:
        return tuple(np.asarray(array, np.float32) for array in arrays)
    if style == 1:
        return tuple(
            np.asarray(np.rint(np.clip(array, -1e4, 1e4)), np.int64) for array in arrays)
    return arrays


def _strided(array: np.ndarray) -> np.ndarray:
    """The same numbers with gaps between them."""
    if array.ndim == 0:
        return array
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]
