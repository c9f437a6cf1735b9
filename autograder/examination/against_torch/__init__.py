"""The reference solutions against PyTorch: ``python -m autograder.examination.against_torch``.

The tests of the course compare gradients with central differences of the course's own forward
functions. This is a second opinion, from a library that shares no line with the course.

The inputs are those of the exercise's own cases, and the row says which outputs are gradients.
So a chapter's module here, named as in `autograder.exercises`, holds ``COMPARISONS`` with little
more than the forward functions in PyTorch; all gradients are autograd's.

PyTorch is large and needed for nothing else, so it is an extra; ``--freeze`` writes its results
for one seed to a small file, for the tests to read without it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from autograder.examination.against_torch.comparison import Comparison
from autograder.exercises import module_of


@cache
def comparisons_of(chapter: str) -> dict[str, Comparison]:
    """The functions of a chapter that have a counterpart in PyTorch, by name."""
    module = import_module(f"{__name__}.{module_of(chapter)}")
    return {comparison.name: comparison for comparison in module.COMPARISONS}
