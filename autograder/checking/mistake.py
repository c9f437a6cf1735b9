"""What a known mistake is: a wrong function with a name, an explanation and a hint.

The mistakes themselves are in `autograder.mistakes`, one module a chapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, as a function that runs.

    Attributes
    ----------
    exercise : str
        The exercise it is a wrong answer to.
    name : str
        The name of the mistake, as a student reads it: "the mean over the batch is missing".
    explanation : str
        What went wrong and why it matters.
    hint : str
        One next step. It does not give the answer.
    loses : tuple of str
        The rubric items that a check of this mistake marks with a cross: these, and no others.
        An item that "comes once one of the values above is right" is not named.
    functions : dict of str to callable
        The wrong function under the exercise's name, with any other it needs changed too.
    keeps : tuple of str
        The rubric items that keep their points although they differ from the reference: the
        gradient of a loss whose value has this slip, and which fits that value.
    """

    exercise: str
    name: str
    explanation: str
    hint: str
    loses: tuple[str, ...]
    functions: Mapping[str, object]
    keeps: tuple[str, ...] = ()


def known_mistakes(catalogue: list[Mistake]):
    """A decorator that enters wrong functions into a chapter's `catalogue`.

    Used as ``@mistake(exercise, name, loses=..., hint=...)`` above the wrong function, whose
    docstring is the explanation. Further keyword arguments are other functions that
    the mistake needs changed, by name.

    Where exercises are siblings, so are their mistakes: ``@mistake(exercise, like=function)``
    takes from the mistake that `function` was entered for whatever is not given again.
    """

    def mistake(
        exercise: str, name: str = "", *, loses: tuple[str, ...] = (), hint: str = "",
        like: object = None, keeps: tuple[str, ...] = (), **others,
    ):
        def enter(function):
            told = Mistake(exercise, "", "", "", (), {})
            if like is not None:
                told = next(known for known in catalogue if like in known.functions.values())
            explanation = told.explanation
            if function is not like and function.__doc__:
                explanation = " ".join(function.__doc__.split())
            functions = {exercise: function, **others}
            catalogue.append(Mistake(
                exercise, name or told.name, explanation, hint or told.hint,
                tuple(loses) or told.loses, functions, tuple(keeps) or told.keeps,
            ))
            return function

        return enter

    return mistake
