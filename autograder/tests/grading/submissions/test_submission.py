"""A whole chapter, graded as a submission is: in the jail, on cases that its writer never saw."""

import nbformat
import pytest

from autograder.authoring.build import source_notebook
from autograder.course import Course
from autograder.exercises import CHAPTERS, exercises_of
from autograder.grading.jail.engine import Engine
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import grade
from autograder.tests.conftest import REPOSITORY
from autograder.tests.keys import keys_of


@pytest.fixture(scope="module")
def engine(level):
    engine = Engine(level)
    yield engine
    engine.close()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_reference_solutions_earn_all_points_in_the_jail(chapter, engine):
    """What the cells import is there, and nothing that they need is missing."""
    course = Course(REPOSITORY)
    handed_in = nbformat.writes(source_notebook(course, chapter)).encode()
    release = read_release(course.released(chapter).read_text(encoding="utf-8"))
    graded = grade(handed_in, release, keys_of(chapter, "hidden"), engine)
    assert graded.points == sum(row.max_points for row in exercises_of(chapter).values()), (
        "\n".join(map(str, graded.results.values())))
    assert graded.notes == []
