"""A checkout of the course to grade in, and the levels of isolation that this machine has."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from autograder.authoring.build import source_notebook, write_notebook
from autograder.course import Course
from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom
from autograder.grading.jail.isolation import best_level, works
from autograder.kit import jail

REPOSITORY = Path(__file__).resolve().parents[2]
CHAPTER = "03_affine"
FULL = sum(exercise.max_points for exercise in exercises_of(CHAPTER).values())
"""All points of the chapter."""


def make_checkout(folder: Path, chapters=("00_welcome", CHAPTER)) -> Course:
    """A copy of what grading needs: solutions, released notebooks, nbgrader's configuration."""
    for name in ("solutions", "course"):
        shutil.copytree(REPOSITORY / name, folder / name,
                        ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    course = Course(folder)
    for chapter in chapters:
        write_notebook(source_notebook(course, chapter), course.source(chapter))
    return course


@pytest.fixture(scope="session")
def quick_gradebooks():
    """New gradebooks without a program that nbgrader starts for each.

    It takes three seconds to say which version the tables have, which is always the same. Where the
    command line is run, and nbgrader's own, it is started still.
    """
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", cache(api.get_alembic_version))
        yield


@pytest.fixture
def classroom(tmp_path, quick_gradebooks) -> Classroom:
    """An empty class in a checkout of its own, in a folder with a space in its name."""
    return Classroom.of(make_checkout(tmp_path / "my course"))


@pytest.fixture(scope="session")
def level() -> str:
    """The strongest isolation that works here."""
    return best_level()


def strong_levels() -> list[str]:
    """The levels that keep files from student code, of those that work here."""
    return [name for name in (jail.NAMESPACES, jail.LANDLOCK) if works(name)]
