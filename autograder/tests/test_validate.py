"""nbgrader's Validate button says what our checks say, of a blank notebook, too."""

import shutil

import nbformat
import pytest
from nbgrader.validator import Validator

from autograder.live import VALIDATING, check
from autograder.tests.conftest import REPOSITORY

WELCOME = "00_welcome"
BLANK = "def step_function(x):\n    raise NotImplementedError()"
WRONG = "def step_function(x):\n    return (x >= 0).astype(int)"
RIGHT = "def step_function(x):\n    return (x > 0).astype(int)"


def names(source: str) -> dict:
    """The names of a notebook in which a cell was run."""
    made: dict = {}
    exec("import numpy as np\n" + source, made)
    return made


def told(monkeypatch, capsys, source: str) -> str:
    monkeypatch.setenv(VALIDATING, "1")
    result = check(names(source)["step_function"])
    assert repr(result), "nbgrader reads the points from it"
    return capsys.readouterr().err


def test_blank_answer_is_called_not_written_yet(monkeypatch, capsys):
    said = told(monkeypatch, capsys, BLANK)
    assert "not written yet" in said
    assert said.count("\n") == 1


def test_wrong_answer_is_explained_in_lines_that_nbgrader_does_not_cut(monkeypatch, capsys):
    said = told(monkeypatch, capsys, WRONG)
    assert said.startswith("step_function: ")
    assert "✗" in said
    assert max(map(len, said.splitlines())) <= Validator.width.default_value - 3 - 4


def test_right_answer_and_every_day_are_silent(monkeypatch, capsys):
    assert told(monkeypatch, capsys, RIGHT) == ""
    monkeypatch.delenv(VALIDATING)
    check(names(WRONG)["step_function"])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("answer, words", [
    (None, "not written yet"),
    pytest.param(WRONG, " points\n", marks=pytest.mark.slow),
    pytest.param(RIGHT, "", marks=pytest.mark.slow),
])
def test_validator_of_nbgrader_gives_our_words(tmp_path, monkeypatch, answer, words):
    path = tmp_path / f"{WELCOME}.ipynb"
    shutil.copy(REPOSITORY / "course" / WELCOME / path.name, path)
    if answer:
        notebook = nbformat.read(path, as_version=4)
        (cell,) = [c for c in notebook.cells
                   if c.metadata.get("nbgrader", {}).get("grade_id") == "step_function"]
        cell.source = answer
        nbformat.write(notebook, path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("HOME", str(tmp_path))  # what is remembered of checks is not the user's
    failed = {cell["source"]: cell["raw_error"]
              for cell in Validator().validate(str(path)).get("failed", [])}
    assert not any("Partial credit" in error for error in failed.values())
    said = failed.get("check(step_function)", "")
    assert said.startswith("step_function: " if words else "") and words in said
    assert bool(said) is bool(words)
