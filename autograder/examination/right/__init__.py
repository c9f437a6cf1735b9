"""Right answers in many styles: one module a chapter, named as in `autograder.exercises`.

Each must get full marks. Right answers are not all alike, and a grader that only knows
its own style is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from autograder.exercises import module_of


@dataclass(frozen=True)
class RightAnswer:
    """A right answer to an exercise in a certain style, with helpers it needs, by name."""

    exercise: str
    style: str
    functions: Mapping[str, object]


def right_answers(catalogue: list[RightAnswer]) -> Callable:
    """A decorator that enters right functions into `catalogue`: ``@right(exercise, style)``.

    Further keyword arguments are other functions under their names, for example a
    forward function with a cache of its own layout.
    """

    def right(exercise: str, style: str, **others):
        def enter(function):
            catalogue.append(RightAnswer(exercise, style, {exercise: function, **others}))
            return function

        return enter

    return right


def right_answers_of(chapter: str) -> list[RightAnswer]:
    """All right answers of a chapter."""
    return import_module(f"autograder.examination.right.{module_of(chapter)}").RIGHT
