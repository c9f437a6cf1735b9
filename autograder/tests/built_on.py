"""A chapter that is built on earlier ones, made of one that is not; used by several tests.

It calls the functions that it brings: one exercise of it, so made, would fail without them.
"""

from pathlib import Path

import pytest

from autograder.brought import call_of
from autograder.course import Course
from autograder.exercises import module_of

BUILT_ON = "05_svm_loss"
NAMES = ("affine_forward", "affine_backward", "sigmoid_forward", "relu_forward", "relu_backward")
IMPORTS = "from autograder import check,"
CELL = f"""# %% bring
{call_of(BUILT_ON)}

# %% [markdown]
"""


def let_it_bring(monkeypatch: pytest.MonkeyPatch, names=NAMES) -> None:
    """Enter the names into the exercise table of the chapter."""
    module = f"autograder.exercises.{module_of(BUILT_ON)}"
    monkeypatch.setattr(f"{module}.BROUGHT", tuple(names), raising=False)


def add_the_cell(course: Course, cell: str = CELL) -> Path:
    """Put the cell into the chapter's source, below the imports."""
    path = course.solution(BUILT_ON)
    text = path.read_text(encoding="utf-8")
    head, imports, rest = text.partition(IMPORTS)
    below, _, rest = rest.partition("# %% [markdown]\n")
    path.write_text(f"{head}{imports} bring,{below}{cell}{rest}", encoding="utf-8")
    return path
