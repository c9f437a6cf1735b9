"""Arrays of the kinds that students' functions meet and tests often forget."""

from __future__ import annotations

import numpy as np


def strided(array: np.ndarray) -> np.ndarray:
    """The same numbers in an array that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


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
