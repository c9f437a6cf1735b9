"""Inputs that do not come from the cases: one module a chapter, named as in `autograder.exercises`.

A case is built so that it tells right from wrong. Whether it does is examined with inputs of
another origin: they are drawn here, from what the docstrings allow and nothing else. Two
functions that agree on all draws are taken for equal, and a name that was given to a mistake must
hold on them.

A module holds ``DRAWS``, filled by two decorators: ::

    DRAWS: dict[str, Source] = {}
    draws, observes = registers(DRAWS)

    @draws("affine_forward")
    def affine_forward(rng):
        n, d, m = sizes(rng, 3)
        return values(rng, (n, d)), values(rng, (d, m)), values(rng, (m,))

    @observes("Session")
    def session(functions, rng):
        ...
        return (loss, gradient)

`draws` is for what is called once: it gives the positional arguments of one call, for a
``backward(dout, cache)`` those of the forward function with ``dout`` behind them. `observes` is
for what needs more than one call, such as a class: it gets the functions by name, uses them as a
caller would, and gives a tuple of what came out, in the order of the row's outputs where there
is one, and perhaps the `Sizes` that a name may speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import numpy as np

from autograder.exercises import module_of


class Sizes(dict):
    """The sizes of a draw by letter; may stand among what is observed, behind the outputs."""


Draw = Callable[[np.random.Generator], tuple]
Observe = Callable[[Mapping[str, Callable], np.random.Generator], tuple]
Source = tuple[str, Draw | Observe]
"""``"draws"`` or ``"observes"``, and the function."""


def registers(catalogue: dict[str, Source]) -> tuple[Callable, Callable]:
    """The decorators `draws` and `observes` of a chapter's `catalogue`.

    Both take the names of one or more exercises.
    """
    def register(kind: str) -> Callable:
        def named(*exercises: str) -> Callable:
            def enter(function):
                for exercise in exercises:
                    catalogue[exercise] = (kind, function)
                return function

            return enter

        return named

    return register("draws"), register("observes")


def draws_of(chapter: str) -> dict[str, Source]:
    """The draws of a chapter, by exercise."""
    return import_module(f"autograder.examination.draws.{module_of(chapter)}").DRAWS
