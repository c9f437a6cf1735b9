"""A student's own notebook, checked from a terminal where no jail is installed."""

import json
from dataclasses import replace

import nbformat
import pytest

from autograder import live, own_notebook
from autograder.authoring.demo import labelled
from autograder.cells import BROUGHT, Cell
from autograder.checking.result import Result
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


def test_cell_that_is_not_python_is_told_with_its_line(solved, tmp_path, capsys):
    labelled(solved, "affine_forward").source = "def affine_forward(x, w, b):\n    return (x @ w\n"
    status, text = told(solved, tmp_path, capsys)
    assert status == 1
    assert "the cell of affine_forward: is not Python, line 2: '(' was never closed" in text
    assert "affine_db_entry: 1 of 1 points" in text


def test_progress_the_next_thing_to_do_and_a_hint_are_shown(solved, tmp_path, capsys, monkeypatch):
    labelled(solved, "affine_backward").source = ""
    _, text = told(solved, tmp_path, capsys)
    count = len(exercises_of(CHAPTER))
    assert f"\n{CHAPTER}: {count - 1} of {count} exercises green, " in text
    assert "; next: affine_backward\n" in text
    monkeypatch.setattr(live, "exercises_of", lambda chapter: {
        "affine_backward": replace(exercises_of(CHAPTER)["affine_backward"], hints=("Look up.",))})
    path = tmp_path / f"{CHAPTER} (1).ipynb"
    check_notebook(path)
    assert f"  For a hint: autograder check {path.name} --hint 1\n" in capsys.readouterr().out
    check_notebook(path, hint=1)
    assert "  Hint 1 of 1: Look up.\n" in capsys.readouterr().out


def test_where_no_check_can_run_the_status_says_so(solved, tmp_path, capsys, monkeypatch):
    nothing = [Result(name, (), ("This check cannot run.",)) for name in exercises_of(CHAPTER)]
    monkeypatch.setattr(own_notebook.OwnCheck, "results", lambda check: nothing)
    status, text = told(solved, tmp_path, capsys)
    assert status == 1 and "automatic 0 of 0 points" in text


@pytest.mark.parametrize("line, status", [("import os; os._exit(3)", 3)])
def test_cell_that_ends_its_process_is_named(solved, tmp_path, capsys, line, status):
    cell = labelled(solved, "affine_forward")
    cell.source = f"{line}\n{cell.source}"
    ended, text = told(solved, tmp_path, capsys)
    assert ended == 1
    assert text.splitlines()[-1] == (
        f"Your code ended the process that ran it (status {status}), so nothing could be checked. "
        "It was at the cell of affine_forward.")


def test_exit_in_a_cell_is_a_note_like_others(solved, tmp_path, capsys):
    cell = labelled(solved, "affine_db_entry")
    cell.source = f"import sys\nsys.exit(0)\n{cell.source}"
    status, text = told(solved, tmp_path, capsys)
    assert status == 1
    assert "the cell of affine_db_entry: stopped with SystemExit" in text
    assert "; next: affine_db_entry\n" in text


def test_file_beside_the_notebook_can_be_imported_and_hides_no_library(solved, tmp_path, capsys):
    (tmp_path / "mine.py").write_text("def flat(x):\n    return x.reshape(len(x), -1)\n")
    (tmp_path / "json.py").write_text("raise RuntimeError")
    cell = labelled(solved, "affine_forward")
    cell.source = "from mine import flat\n" + cell.source.replace(
        "x.reshape(x.shape[0], -1)", "flat(x)")
    path = tmp_path / f"{CHAPTER}.ipynb"
    nbformat.write(solved, path)
    assert check_notebook(path) == 0, capsys.readouterr().out


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
    nothing = Result("", ())
    monkeypatch.setattr(own_notebook, "check_by_name",
                        lambda name, found: names.update(found) or nothing)
    cells = [Cell("cell-000", "import numpy as np"), Cell(BROUGHT, RELU_FORWARD)]
    own_notebook.run_and_check(cells, BUILT_ON, tmp_path)
    assert callable(names["relu_forward"]) and "np" in names
