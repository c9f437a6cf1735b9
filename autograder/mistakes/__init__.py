"""The catalogue of known mistakes: one module a chapter, named as in `autograder.exercises`.

Each module holds ``MISTAKES``. Every entry is a function, or a class, that is wrong in a way
that people really are wrong. Entries are tests of the grader as well: each must lose
exactly the rubric items it says, and be recognised by its name.

A wrong function is nearly the right one, so this package is not part of what students
install. They have what the build has frozen: on the public cases the outputs of each wrong
function, or the kind of exception it raises, with the mistake's name, explanation and hint.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from autograder.exercises import module_of

if TYPE_CHECKING:
    from autograder.checking.mistake import Mistake


@cache
def mistakes_of(chapter: str) -> dict[str, list[Mistake]]:
    """The known mistakes of a chapter, by exercise."""
    module = import_module(f"autograder.mistakes.{module_of(chapter)}")
    catalogue: dict[str, list[Mistake]] = {}
    for mistake in module.MISTAKES:
        catalogue.setdefault(mistake.exercise, []).append(mistake)
    return catalogue
