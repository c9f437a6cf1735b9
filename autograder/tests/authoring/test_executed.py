"""Chapters are run for the book, and not more often than needed."""

import shutil

import nbformat
import pytest

from autograder.authoring import executed as module
from autograder.authoring.executed import executed
from autograder.course import ChapterFails, Course
from autograder.tests.conftest import REPOSITORY


@pytest.fixture
def course(tmp_path) -> Course:
    """A checkout with nothing in it but what outputs depend on."""
    (tmp_path / "autograder").mkdir()
    for name in module.MODULES:
        shutil.copy(REPOSITORY / "autograder" / f"{name}.py", tmp_path / "autograder")
    shutil.copytree(REPOSITORY / "data", tmp_path / "data",
                    ignore=shutil.ignore_patterns("*.npz", "__pycache__"))
    return Course(tmp_path)


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


class Client:
    """Runs nothing, and counts."""

    ran = 0

    def __init__(self, run, **_):
        self.run = run

    def execute(self):
        Client.ran += 1
        self.run.cells[0].outputs = [nbformat.v4.new_output("stream", text="run")]


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(module, "NotebookClient", Client)
    monkeypatch.setattr(Client, "ran", 0)
    return Client


def test_second_run_takes_what_the_first_has_kept(course, client):
    for _ in range(2):
        run = executed(course, "00_welcome", notebook("1 + 1", "check(step)", 'progress("00")'))
        assert run.cells[0].outputs[0].text == "run"
    assert client.ran == 1


@pytest.mark.parametrize("change", ["chapter", "pictures"])
def test_what_changed_is_run_again(change, course, client):
    executed(course, "00_welcome", notebook("1 + 1"))
    if change == "pictures":
        with (course.root / "autograder" / "pictures.py").open("a") as file:
            file.write("INK = 'red'\n")
    executed(course, "00_welcome", notebook("1 + 2" if change == "chapter" else "1 + 1"))
    assert client.ran == 2


@pytest.mark.slow
def test_chapter_that_raises_is_named_and_nothing_is_kept(course):
    with pytest.raises(ChapterFails, match=r"00_welcome\.py.*ZeroDivisionError: division by zero"):
        executed(course, "00_welcome", notebook("1 / 0"))
    assert not list(course.root.glob("build/executed/*"))


@pytest.mark.slow
def test_cells_are_run_in_a_folder_of_their_own(course):
    run = executed(course, "00_welcome", notebook("open('here', 'w').close()\n6 * 7"))
    assert run.cells[0].outputs[0].data["text/plain"] == "42"
    assert not list(course.root.rglob("here"))
