"""Mutants that were accepted: do they compute the same as the reference?

Equal is what agrees on all draws: outputs, the kind of an exception, the inputs afterwards. For a
question without inputs whose answer may take many forms there is an observer, or the judge of its
case decides: a different answer that it accepts is a right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.examination.mutants import Chapter, Mutant, marked_namespace
from autograder.examination.observing import Observer, same

EQUAL, DIFFERENT, NO_DRAWS = "equal", "different", "no draws"


@dataclass(frozen=True)
class Equality:
    """Whether a mutant computes the same as the reference.

    Attributes
    ----------
    verdict : str
        EQUAL, DIFFERENT, or NO_DRAWS where it cannot be told.
    draw : int
        The first draw on which they differ, or -1.
    executed : bool
        Whether the changed expression was evaluated on any draw, if they are equal.
    """

    verdict: str
    draw: int = -1
    executed: bool = False


def equality(
    chapter: Chapter, observer: Observer, mutant: Mutant, names: Mapping[str, object]
) -> Equality:
    """Look for a draw on which a mutant differs from the reference."""
    if not observer.possible:
        return Equality(NO_DRAWS)
    if observer.plain and _is_judged(observer):
        return Equality(EQUAL, executed=True)
    for k in range(observer.count):
        if not same(observer.observe(names, k), observer.right(k), observer.tolerance(k)):
            return Equality(DIFFERENT, k)
    return Equality(EQUAL, executed=_is_executed(chapter, observer, mutant))


def _is_judged(observer: Observer) -> bool:
    return any(case.judge for case in observer.exercise.cases_for(0))


def _is_executed(chapter: Chapter, observer: Observer, mutant: Mutant) -> bool:
    found = marked_namespace(chapter, mutant)
    if found is None:
        return False
    names, notes = found
    for k in range(observer.count):
        observer.observe(names, k)
        if notes:
            return True
    return False
