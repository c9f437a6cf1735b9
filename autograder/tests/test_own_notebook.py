"""A student's own notebook, checked from a terminal where no jail is installed."""

import json

import nbformat
import pytest

from autograder import own_notebook
from autograder.authoring.demo import labelled
from autograder.cells import BROUGHT, Cell
from autograder.exercises import NoSuchChapter, exercises_of
from autograder.own_notebook import UnreadableNotebook, check_notebook
from autograder.tests.built_on import BUILT_ON, RELU_FORWARD, let_it_bring
from autograder.tests.conftest import CHAPTER, FULL, make_checkout

BACKWARD = exercises_of(CHAPTER)["affine_backward"].max_points


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_checkout(tmp_path_factory.mktemp("checkout"), (CHAPTER,))


@pytest.fixture
def solved(course):
    return nbformat.read(course.source(CHAPTER), as_version=4)


def told(notebook, folder, capsys):
    """The exit status and what was printed."""
    path = folder / f"{CHAPTER} (1).ipynb"
    nbformat.write(notebook, path)
    status = check_notebook(path)
    assert list(folder.iterdir()) == [path], "nothing is left beside the notebook"
    return status, capsys.readouterr().out


def test_solved_notebook_earns_everything(solved, tmp_path, capsys):
    status, text = told(solved, tmp_path, capsys)
    assert status == 0
    assert text.rstrip().endswith(
        f"automatic {FULL:g} of {FULL:g} points · written: graded by a person")
    assert f"affine_backward: {BACKWARD:g} of {BACKWARD:g} points" in text


def test_mistake_is_named_and_the_status_says_that_points_are_missing(solved, tmp_path, capsys):
    cell = labelled(solved, "affine_backward")
    cell.source = cell.source.replace("dout.sum(axis=0)", "dout.mean(axis=0)")
    status, text = told(solved, tmp_path, capsys)
    assert status == 1
    assert "Known mistake: " in text
    assert f"{FULL - 1:g} of {FULL:g} points" in text


def test_released_notebook_is_not_written_yet(course, tmp_path, capsys):
    status, text = told(nbformat.read(course.released(CHAPTER), as_version=4), tmp_path, capsys)
    assert status == 1
    assert text.count("not written yet") >= 10
    assert f"\nautomatic 0 of {FULL:g} points" in text


def test_magics_and_prints_do_no_harm(solved, tmp_path, capsys):
    cell = labelled(solved, "affine_backward")
    cell.source = "%matplotlib inline\n!ls\nprint('hello')\n" + cell.source
    status, text = told(solved, tmp_path, capsys)
    assert status == 0
    assert "hello" not in text


def test_cell_that_raises_is_told_beside_its_exercise(solved, tmp_path, capsys):
    cell = labelled(solved, "affine_db_entry")
    cell.source = "1 / 0\n" + cell.source
    status, text = told(solved, tmp_path, capsys)
    assert status == 1
    assert "Note: the cell of affine_db_entry: stopped with ZeroDivisionError" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("content", ["", "no JSON", "[]", json.dumps({"cells": 3})])
def test_what_is_no_notebook_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / f"{CHAPTER}.ipynb"
    path.write_text(content)
    with pytest.raises(UnreadableNotebook, match="is not a notebook") as refused:
        check_notebook(path)
    assert "\n" not in str(refused.value)


def test_missing_file_and_unknown_chapter_are_refused_in_one_line(tmp_path):
    with pytest.raises(UnreadableNotebook, match="cannot be opened"):
        check_notebook(tmp_path / f"{CHAPTER}.ipynb")
    with pytest.raises(NoSuchChapter, match="does not begin with the name of a chapter"):
        check_notebook(tmp_path / "homework.ipynb")


def test_answers_of_earlier_chapters_are_run_also_where_no_answer_uses_them(monkeypatch, tmp_path):
    let_it_bring(monkeypatch)
    names: dict = {}
    monkeypatch.setattr(own_notebook, "check_by_name", lambda name, found: names.update(found))
    cells = [Cell("cell-000", "import numpy as np"), Cell(BROUGHT, RELU_FORWARD)]
    own_notebook.run_and_check(cells, BUILT_ON, tmp_path)
    assert callable(names["relu_forward"]) and "np" in names
