"""Which entries of an array are wrong: a small map of them, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.table import WRONG_ENTRY

MOST_ROWS, MOST_COLUMNS = 8, 12
"""Of a map."""
MOST_LISTED = 3
"""Indices that are listed one by one."""


def wrong_entries(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """Where two arrays of one shape differ by more than `tolerance` of the largest entry."""
    finite = np.isfinite(got) & np.isfinite(expected)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    sizes = np.abs(expected[np.isfinite(expected)])
    size = max(1e-8, float(np.max(sizes, initial=0.0)))
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.abs(got - expected) > tolerance * size
    return ~same & (~finite | far)


def in_common(mask: np.ndarray, name: str, dims: Mapping[str, int]) -> str:
    """One sentence about all wrong entries.

    Parameters
    ----------
    mask : ndarray of bool
        True where an entry is wrong; with at least one axis.
    name : str
        Of the array.
    dims : dict of str to int
        The letters for sizes: a first axis of N is made of samples.
    """
    count, size = np.count_nonzero(mask), mask.size
    if count == size:
        return f"{name} is wrong everywhere."
    if count == 1:
        index = ", ".join(str(int(i[0])) for i in np.nonzero(mask))
        return f"Only {name}[{index}] is wrong."
    told = f"{count} of {size} entries of {name} are wrong"
    if place := _frame(mask) or _diagonal(mask):
        return f"{told}: {place}."
    slabs = []
    for axis in range(mask.ndim):
        at = np.flatnonzero(mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis)))
        if 1 < mask.shape[axis] > len(at) <= MOST_LISTED:
            partly = not mask.take(at, axis).all()
            slabs.append((partly, len(at), len(at) / mask.shape[axis], axis, at))
    if not slabs:
        return f"{told}."
    partly, _, _, axis, at = min(slabs, key=lambda slab: slab[:4])
    return f"{told}: {'all in ' if partly else ''}{_listed(axis, at, mask.shape, dims)}."


def drawn(mask: np.ndarray) -> str:
    """The map: a row of signs for each row of the array, or nothing where it would say nothing.

    Of an array with more than two axes the first piece with a wrong entry is drawn.
    """
    if mask.all() or mask.size == 1:
        return ""
    piece = mask
    while piece.ndim > 2:
        piece = piece[int(np.argmax(piece.any(axis=tuple(range(1, piece.ndim)))))]
    piece = np.atleast_2d(piece)
    if piece.shape[0] > MOST_ROWS or piece.shape[1] > MOST_COLUMNS or piece.all():
        return ""
    return "\n".join(" ".join(WRONG_ENTRY if wrong else "·" for wrong in row) for row in piece)


def piece_drawn(mask: np.ndarray) -> str:
    """The index of the piece that `drawn` draws: ``[0, 1]``; nothing where that is all of it."""
    index, piece = [], mask
    while piece.ndim > 2:
        index.append(int(np.argmax(piece.any(axis=tuple(range(1, piece.ndim))))))
        piece = piece[index[-1]]
    return f"[{', '.join(map(str, index))}]" if index else ""


def _frame(mask: np.ndarray) -> str:
    """The border of the last two axes, or all but the border."""
    if mask.ndim < 2 or min(mask.shape[-2:]) < 3:
        return ""
    border = np.ones(mask.shape[-2:], dtype=bool)
    border[1:-1, 1:-1] = False
    if (mask == border).all():
        return "the border"
    return "all but the border" if (mask == ~border).all() else ""


def _diagonal(mask: np.ndarray) -> str:
    if mask.ndim != 2 or mask.shape[0] != mask.shape[1] or len(mask) < 3:
        return ""
    diagonal = np.eye(len(mask), dtype=bool)
    if (mask == diagonal).all():
        return "the diagonal"
    return "all but the diagonal" if (mask == ~diagonal).all() else ""


def _listed(axis: int, at: np.ndarray, shape: tuple[int, ...], dims: Mapping[str, int]) -> str:
    """Indices along an axis in words: "row 0", "the last column", "samples 1 and 2"."""
    kind = _kind(axis, shape, dims)
    if len(at) == 1 and at[0] == shape[axis] - 1:
        return f"the last {kind}"
    *most, last = map(str, at)
    numbers = f"{', '.join(most)} and {last}" if most else last
    plural = {"entry": "entries", "index": "indices"}.get(kind.split()[0], f"{kind}s")
    if kind.startswith("index "):
        kind, _, rest = kind.partition(" ")
        return f"{plural if most else kind} {numbers} {rest}"
    return f"{plural if most else kind} {numbers}"


def _kind(axis: int, shape: tuple[int, ...], dims: Mapping[str, int]) -> str:
    axes = len(shape)
    if axes == 1:
        return "entry"
    if axes == 2:
        return ("row", "column")[axis]
    if axis == 0 and shape[0] == dims.get("N"):
        return "sample"
    if axes == 4 and axis >= 2:
        return ("row", "column")[axis - 2]
    return f"index of axis {axis}"
