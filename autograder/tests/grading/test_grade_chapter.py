"""What stops `autograder grade` stops it at once, in a line that says what to do."""

import io
import socket
import sqlite3

import pytest
from rich.console import Console

from autograder.errors import CourseError
from autograder.grading.classes.database import GradebookError
from autograder.grading.classes.seeds import BadSeed
from autograder.grading.classes.standings import standings
from autograder.grading.cluster import check_scheduler
from autograder.grading.grade_chapter import How, grade_chapter
from autograder.grading.grader import GradingError
from autograder.grading.score_table import with_progress
from autograder.tests.conftest import CHAPTER
from autograder.tests.grading.test_batch import fill


def run(classroom, **how) -> str:
    out = io.StringIO()
    grade_chapter(classroom, CHAPTER, How(jobs=1, **how), Console(file=out, width=150))
    return out.getvalue()


def complaint(classroom, kind: type[CourseError], **how) -> str:
    """The one line in which grading ends."""
    with pytest.raises(kind) as error:
        run(classroom, **how)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("damage, told", [
    (lambda good: b"no database" * 900, "file is not a database; put a copy of it back"),
    (lambda good: good[:len(good) // 2], "malformed; put a copy of it back"),
    (lambda good: good[:100] + b"\xff" * 4000 + good[4100:], "malformed; put a copy of it back"),
], ids=["text", "half", "page"])
def test_damaged_gradebook(classroom, damage, told):
    classroom.folder.mkdir()
    sqlite3.connect(classroom.gradebook).executescript(
        "create table assignment (id, name); insert into assignment values (1, 'x');"
        "create table other (id); create table more (id);").connection.close()
    classroom.gradebook.write_bytes(damage(classroom.gradebook.read_bytes()))
    with pytest.raises(GradebookError, match="the gradebook cannot be read: .*" + told):
        standings(classroom, CHAPTER)


def test_gradebook_of_another_program(classroom):
    classroom.folder.mkdir()
    connection = sqlite3.connect(classroom.gradebook)
    connection.execute("create table assignment (id)")
    connection.close()
    with pytest.raises(GradebookError, match=r"no such table: notebook.*nbgrader db upgrade"):
        standings(classroom, CHAPTER)


def test_folder_in_the_place_of_the_gradebook(classroom):
    classroom.gradebook.mkdir(parents=True)
    with pytest.raises(GradebookError, match="see that it is a file"):
        standings(classroom, CHAPTER)


@pytest.mark.parametrize("content", [b"", b"many", b"12 13", b"\xff\xfe"])
def test_damaged_seed_is_told_before_anything_is_graded(classroom, content):
    fill(classroom, ("ada",))
    (classroom.folder / "seed").write_bytes(content)
    assert "put it back from a backup" in complaint(classroom, BadSeed)
    assert not classroom.gradebook.exists()


@pytest.mark.parametrize("address, told", [
    ("tcp://127.0.0.1:1", "no Dask scheduler answers at tcp://127.0.0.1:1: Connection refused"),
    ("127.0.0.1:8786", "is no address of a Dask scheduler: it looks like tcp://10.0.0.1:8786"),
    ("tcp://127.0.0.1", "is no address"), ("tcp://127.0.0.1:many", "is no address"),
    ("tcp://[::1", "is no address"), ("", "nothing was handed in"),
    ("tcp://no-such-host.invalid:8786", "no Dask scheduler answers"),
    ("tcp://\x1b[31mred:\n", "is no address"),
])
def test_wrong_address_of_a_scheduler(classroom, address, told):
    said = complaint(classroom, GradingError, dask=address)
    assert told in said
    assert "\x1b" not in said


@pytest.mark.slow
def test_port_at_which_somebody_else_listens(classroom):
    pytest.importorskip("distributed")
    fill(classroom, ("ada",))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        check_scheduler(address)
        assert f"no Dask scheduler answers at {address}" in complaint(
            classroom, GradingError, dask=address)


def test_who_stops_it_is_told_how_far_it_is():
    def rows():
        yield from "abc"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stop:
        with_progress(rows(), 300, Console(file=io.StringIO()), "{} of 300 done".format)
    assert stop.value.__notes__ == ["3 of 300 done"]
