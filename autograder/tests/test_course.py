"""A checkout: where it is, and the reference solutions in it."""

import pytest

from autograder.course import Course, NoCheckout, reference_functions, solution_cells
from autograder.exercises import CHAPTERS, exercises_of
from autograder.tests.conftest import make_checkout
from autograder.tests.keys import reference_of


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_reference_holds_every_exercise_of_its_chapter(chapter):
    reference = reference_of(chapter)
    assert all(callable(reference[name]) for name in exercises_of(chapter))


def test_reference_runs_only_the_cells_it_needs():
    text = """
# %%
scale = 2
# %%
raise RuntimeError("a picture")
# %%
def identity(x): return scale * x
"""
    assert reference_functions("00_welcome", solution_cells(text))["identity"](3) == 6


def test_checkout_is_found_from_any_folder_in_it(tmp_path):
    course = make_checkout(tmp_path / "here", ())
    assert Course.find(course.root / "solutions") == Course(course.root.resolve())
    with pytest.raises(NoCheckout, match="not inside a checkout") as refusal:
        Course.find(tmp_path)
    assert "\n" not in str(refusal.value)
