"""What an exception says about a mistake, and when two come from the same one.

That something was raised tells little, and its kind hardly more: every other slip ends in a
ValueError. What tells is the message, where it holds the sizes that did not meet, together with
the cases in which nothing was raised.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from autograder.checking.trial import Trial
from autograder.kit.student_error import StudentError

NAMES = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`"  # what is quoted
    r"|\b[\w.<>]+\(\)"  # a function
    r"|\b0x[0-9a-fA-F]+\b"  # an address
)
"""What in a message depends on how things are called, and not on what was done with them."""

MISSING = re.compile(r"\w+( has no attribute '\w+')")
"""What the course says of an object that lacks something: the class has any name, not the part."""

NOT_PYTHONS = {"NotPlain", "Missing", "Deadline", "Died", "Full", "LinAlgError", "UFuncTypeError",
               "_ArrayMemoryError"}
"""Kinds of errors that are neither Python's nor made up for one case."""


def pattern_of(error: StudentError) -> str:
    """The message of an error without names, but with its numbers: these are sizes, mostly."""
    if error.kind == "RecursionError":
        return ""  # it says where Python stopped counting
    if error.kind == "Missing":
        return MISSING.sub(r"…\1", error.message)
    return NAMES.sub("…", error.message).strip()


def same_error(known: StudentError | None, error: StudentError | None) -> bool:
    """Whether two trials ended alike: both without an error, or with the same one."""
    if known is None or error is None:
        return known is error
    return known.kind == error.kind and pattern_of(known) == pattern_of(error)


def is_telling(trials: Sequence[Trial]) -> bool:
    """Whether errors that two functions share say that they are wrong in the same way.

    Parameters
    ----------
    trials : sequence of Trial
        All cases in which both were tried. In each, both raised the same or neither did.

    Returns
    -------
    bool
        True if one of the cases raises nothing, so that it matters which ones do; if the
        messages change from case to case, so that it matters how; and if the kind itself is the
        mistake: calls without end, or what a case was built to raise.
    """
    errors = [trial.error for trial in trials if trial.error]
    if len(errors) < len(trials) or len({pattern_of(error) for error in errors}) > 1:
        return True
    return all(
        error.kind == "RecursionError"
        or not (hasattr(builtins, error.kind) or error.kind in NOT_PYTHONS) for error in errors
    )
