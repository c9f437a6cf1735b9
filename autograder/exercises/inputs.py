"""Arrays of the kinds that students' functions meet and tests often forget."""

from __future__ import annotations

import numpy as np

from autograder.kit.plain import array_with_layout


def strided(array: np.ndarray) -> np.ndarray:
    """The same numbers in an array that is not contiguous, and in the order of columns."""
    return array_with_layout(array, "s")


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers in an array that is protected against writing."""
    array = array.copy(order="K") if array.flags.c_contiguous else strided(array)
    array.flags.writeable = False
    return array


def unusual(inputs: dict) -> dict:
    """Inputs whose arrays are all strided and read-only."""
    return {
        name: read_only(strided(value)) if isinstance(value, np.ndarray) and value.ndim else value
        for name, value in inputs.items()
    }


def in_float32(inputs: dict) -> dict:
    """Inputs whose arrays of floats are all float32."""
    return {
        name: value.astype(np.float32)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for name, value in inputs.items()
    }


def every_size(rng: np.random.Generator, shape, low: float = 1e-3, high: float = 1e4) -> np.ndarray:
    """Numbers of both signs, from `low` to `high`; the first four are near the extremes."""
    sizes = np.exp(rng.uniform(np.log(low), np.log(high), shape))
    array = sizes * rng.choice([-1.0, 1.0], shape)
    extremes = np.array([high, -low, low, -high])
    array.flat[:4] = extremes * rng.uniform(0.8, 1.0, 4)
    return array


SIGNS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
"""Signs of three numbers: each has both, and each two have all four pairs of them."""


def sign_of(case: int, place: int) -> int:
    """The sign of the number at a place in one of four cases that have all kinds of signs."""
    return SIGNS[case % 4][place % 3] * (-1 if place >= 3 and case in (1, 3) else 1)
