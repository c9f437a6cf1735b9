"""A chapter that is built on earlier ones: released by stock nbgrader, and graded in the jail."""

import json
import logging

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.authoring.build import generate, source_notebook, write_notebook
from autograder.brought import call_of, is_unedited
from autograder.cells import BROUGHT
from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom, configure, let_nbgrader_find_alembic
from autograder.grading.jail.engine import Engine
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.intake import read_release, take_in
from autograder.grading.submissions.submission import grade
from autograder.tests.built_on import BUILT_ON, NAMES, add_the_cell, let_it_bring
from autograder.tests.conftest import make_checkout
from autograder.tests.keys import HIDDEN_SEED
from autograder.tests.notebooks import as_read, labelled, source, write

FULL = sum(row.max_points for row in exercises_of(BUILT_ON).values())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A checkout in which a chapter has a cell for the answers of earlier ones."""
    with pytest.MonkeyPatch.context() as patch:
        let_it_bring(patch)
        course = make_checkout(tmp_path_factory.mktemp("bring") / "my course", ())
        add_the_cell(course)
        write_notebook(source_notebook(course, BUILT_ON), course.source(BUILT_ON))
        yield course


@pytest.fixture(scope="module")
def release(course) -> dict:
    return read_release(generate(course, BUILT_ON))


@pytest.fixture(scope="module")
def engine(level):
    engine = Engine(level)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def graded(course, release, engine):
    """``graded(notebook)``: what the grader makes of a notebook that was handed in."""
    keys = {key.exercise.name: key for key in course.answer_keys(BUILT_ON, HIDDEN_SEED)}
    return lambda notebook: grade(json.dumps(notebook).encode(), release, keys, engine)


def solved(course) -> dict:
    return json.loads(nbformat.writes(source_notebook(course, BUILT_ON)))


def test_stock_nbgrader_releases_the_line_that_brings(course, release):
    """It is what the build releases."""
    let_nbgrader_find_alembic()
    config = configure(Config(), Classroom.of(course))
    config.CourseDirectory.release_directory = "released by nbgrader"
    config.CourseDirectory.assignment_id = BUILT_ON
    converter = GenerateAssignment(CourseDirectory(config=config), config=config)
    converter.log.setLevel(logging.ERROR)
    converter.start()
    text = course.root / "released by nbgrader" / BUILT_ON / f"{BUILT_ON}.ipynb"
    assert read_release(text.read_text(encoding="utf-8")) == release
    assert source(release, BROUGHT) == call_of(BUILT_ON)
    assert is_unedited(source(solved(course), BROUGHT))


def test_reference_holds_what_is_brought(course):
    reference = course.reference(BUILT_ON)
    assert all(callable(reference[name]) for name in (*NAMES, *exercises_of(BUILT_ON)))


def test_complete_notebook_earns_all_points_and_shows_what_was_brought(course, release, graded):
    found = graded(solved(course))
    assert (found.points, found.notes) == (FULL, [])
    shown = filled_notebook(release, found)
    assert source(shown, BROUGHT) == source(solved(course), BROUGHT)
    assert labelled(shown, BROUGHT)["outputs"] == []


def test_what_was_brought_is_there_in_the_jail(course, release, engine):
    """Also where no answer uses it."""
    taken = take_in(as_read(solved(course)), release, exercises_of(BUILT_ON))
    with engine.worker() as worker:
        for cell in taken.sources:
            worker.run(cell)
        assert all(name in worker.functions for name in NAMES)


def test_text_that_still_calls_bring_runs_in_the_jail(course, graded):
    text = source(solved(course), BROUGHT)
    found = graded(write(solved(course), BROUGHT, f"{text}\n\n{call_of(BUILT_ON)}"))
    assert (found.points, found.notes) == (FULL, [])


def test_unfilled_cell_is_no_remark(course, release, graded):
    found = graded(write(solved(course), BROUGHT, call_of(BUILT_ON)))
    assert (found.points, found.notes) == (FULL, []), "nothing here uses what is brought"
    assert source(filled_notebook(release, found), BROUGHT) == call_of(BUILT_ON)


@pytest.mark.parametrize("brought, says", [
    ("1 / 0", "ZeroDivisionError"), ("def relu_forward(x:", "SyntaxError"),
    ("raise SystemExit", "SystemExit"), ("import os\nos._exit(0)", "ended"),
])
def test_brought_code_that_stops_is_remarked_and_costs_nothing_else(brought, says, course, graded):
    found = graded(write(solved(course), BROUGHT, brought))
    assert found.points == FULL
    (note,) = found.notes
    assert note.startswith("The cell with the answers of earlier chapters stopped with ")
    assert says in note and "\n" not in note
