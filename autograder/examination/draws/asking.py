"""Asking functions of which nothing is known: whatever they do, there is something to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograder.kit.plain import NotPlain, to_plain


def told(ask: Callable, *arguments):
    """What a call gives, as plain data.

    Returns
    -------
    plain data
        The kind of the exception, or the type of what came, where there is no plain data.
    """
    try:
        with np.errstate(all="ignore"):
            value = ask(*arguments)
    except Exception as error:
        return f"raises {type(error).__name__}"
    try:
        return to_plain(value)
    except NotPlain:
        return f"a {type(value).__name__}"


def complaint(ask: Callable[[], object], names: Sequence[str]) -> str:
    """Whether a ValueError is raised, and whether its message has one of the names."""
    try:
        with np.errstate(all="ignore"):
            ask()
    except Exception as error:
        kind = "ValueError" if isinstance(error, ValueError) else type(error).__name__
        named = any(name in str(error) for name in names)
        return f"{kind} {'with' if named else 'without'} a name"
    return "no error"


def parts(value, count: int) -> tuple:
    """The entries of a tuple, list or array of that length, or words so often."""
    if isinstance(value, np.ndarray) and value.ndim and len(value) == count > 1:
        return tuple(value)
    if isinstance(value, (tuple, list)) and len(value) == count:
        return tuple(value)
    return (value if isinstance(value, str) else f"no tuple of {count}",) * count
