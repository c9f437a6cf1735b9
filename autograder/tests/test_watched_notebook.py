"""A notebook that is checked each time it is saved."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import nbformat
import pytest

from autograder import live, watched_notebook
from autograder.authoring.demo import labelled
from autograder.exercises import NoSuchChapter, exercises_of
from autograder.own_notebook import UnreadableNotebook
from autograder.tests.conftest import REPOSITORY
from autograder.watched_notebook import Watched, watch_notebook

CHAPTER = "00_welcome"
STUB = "def {name}(x):\n    raise NotImplementedError()\n"


class Desk:
    """A notebook that is edited and watched, and what was said about it."""

    def __init__(self, folder, capsys):
        released = REPOSITORY / "course" / CHAPTER / f"{CHAPTER}.ipynb"
        self.notebook = nbformat.read(released, as_version=4)
        self.path, self.capsys = folder / f"{CHAPTER}.ipynb", capsys

    def save(self, **answers):
        for name, source in answers.items():
            labelled(self.notebook, name).source = source
        nbformat.write(self.notebook, self.path)

    def said(self, watched) -> str:
        """What one look says, and the check that it has started."""
        watched.look()
        while watched._running is not None:
            time.sleep(0.05)
            watched.look()
        return self.capsys.readouterr().out


@pytest.fixture
def desk(tmp_path, capsys):
    desk = Desk(tmp_path, capsys)
    desk.save()
    return desk


@pytest.fixture
def watched(desk):
    watched = Watched(desk.path)
    yield watched
    watched.stop()


IDENTITY = "def identity(x):\n    return x\n"


def test_first_look_shows_the_next_thing_to_do_and_how_far_one_is(desk, watched):
    said = desk.said(watched)
    assert "identity: 0 of 1 points, not written yet" in said
    assert said.rstrip().splitlines()[-1].startswith(f"{CHAPTER}: 0 of ")
    assert "; next: identity" in said
    assert said.count(" points\n") <= 2, "no other table"


def test_each_save_says_what_has_changed_and_what_is_next(desk, watched):
    desk.said(watched)
    desk.save(identity=IDENTITY)
    said = desk.said(watched)
    assert "✓ identity: 1 of 1 points" in said
    assert f"{CHAPTER}: 1 of " in said and "next: identity" not in said
    desk.save(identity="def identity(x):\n    return -x\n")
    said = desk.said(watched)
    assert "✗ identity: 0 of 1 points" in said and "; next: identity" in said


def test_a_save_without_new_code_says_nothing(desk, watched):
    desk.said(watched)
    os.utime(desk.path, (1, 1))
    assert desk.said(watched) == ""


def test_half_a_file_is_one_line_and_the_whole_one_is_checked(desk, watched):
    desk.said(watched)
    whole = desk.path.read_text()
    desk.path.write_text(whole[:1000])
    said = desk.said(watched)
    assert said.count("\n") == 1 and "is not a notebook, or a damaged one" in said
    desk.path.write_text(whole[:900])
    assert desk.said(watched) == "", "that was said"
    desk.path.unlink()
    assert desk.said(watched) == "", "an editor puts the new file in its place"
    desk.save(identity=IDENTITY)
    assert "✓ identity" in desk.said(watched)


def test_code_that_is_not_python_is_one_line(desk, watched):
    desk.said(watched)
    desk.save(identity="def identity(x:\n    return x\n")
    said = desk.said(watched)
    (line,) = [line for line in said.splitlines() if "is not Python" in line]
    assert "the cell of identity: is not Python, line 1: '(' was never closed" in line
    assert "Traceback" not in said


def test_a_loop_without_an_end_is_left_when_the_file_is_saved_again(desk, watched, monkeypatch):
    monkeypatch.setattr(watched_notebook, "LONG", 0)
    desk.save(identity="def identity(x):\n    while True:\n        pass\n")
    watched.look()
    watched.look()
    assert "Still running." in desk.capsys.readouterr().out
    endless = watched._running.process
    desk.save(identity=IDENTITY)
    assert "; next: " in desk.said(watched)
    assert endless.poll() is not None


def test_code_that_ends_its_process_is_one_line(desk, watched):
    desk.save(identity="import os\nos._exit(1)\n" + IDENTITY)
    assert desk.said(watched).count("\n") == 1


def test_hints_are_given_one_after_the_other(desk, watched, monkeypatch):
    rows = exercises_of(CHAPTER)
    monkeypatch.setattr(live, "exercises_of", lambda chapter: {
        name: replace(row, hints=(f"{name} one", f"{name} two")) for name, row in rows.items()})
    watched.give_hint()
    assert "There is nothing to hint at." in desk.capsys.readouterr().out
    desk.said(watched)
    said = []
    for _ in range(3):
        watched.give_hint()
        said.append(desk.capsys.readouterr().out)
    assert "Hint 1 of 2: identity one" in said[0] and "h and Enter" in said[0]
    assert "Hint 2 of 2: identity two" in said[1]
    assert "There are no more hints for identity." in said[2]
    desk.save(identity=IDENTITY)
    following = desk.said(watched).rstrip().rpartition("next: ")[2]
    watched.give_hint()
    assert f"Hint 1 of 2: {following} one" in desk.capsys.readouterr().out


def test_a_hint_can_be_given_each_time(desk, monkeypatch):
    watched = Watched(desk.path, hint=7)
    said = desk.said(watched)
    assert "hints for identity" in said or "There is one hint for identity" in said


def test_missing_file_and_unknown_chapter_are_refused_in_one_line(tmp_path):
    with pytest.raises(UnreadableNotebook, match="is not there"):
        watch_notebook(tmp_path / f"{CHAPTER}.ipynb")
    with pytest.raises(NoSuchChapter, match="does not begin with the name of a chapter"):
        watch_notebook(tmp_path / "homework.ipynb")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_ctrl_c_ends_it_in_one_line(desk):
    command = [sys.executable, "-m", "autograder.cli", "watch", str(desk.path)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if f"{CHAPTER}: 0 of " in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert (out, err) == (f"\n{desk.path.name} is no longer watched.\n", "")


def test_notebook_is_not_touched(desk, watched):
    before = json.loads(desk.path.read_text())
    desk.said(watched)
    assert json.loads(desk.path.read_text()) == before
    assert list(desk.path.parent.iterdir()) == [desk.path]
