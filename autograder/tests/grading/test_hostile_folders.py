"""One student's folder never stops the class: each of these ends as a row, beside honest ones."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from autograder.authoring.demo import CLASS, hand_in
from autograder.grading import batch
from autograder.grading.classes import database, gradebook
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.grader import Grader, GradingError
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.grading.test_batch import WHEN, grade, run_autograder, totals

NAMES = ["line\nbreak", "[bold]", "'quote\"", "..dots", "-rf", "\N{PILE OF POO}", "n" * 250,
         os.fsdecode(b"not-utf-8-\xff"), "Ada", "ada", "\u202eright to left", ".hidden"]
DATES = ["9" * 20, "2026-01-10 12:00:00 " + "9" * 20, "\0", "",
         "0001-01-01 00:00:00 +2400", "x" * 5000, "2026-13-45", "12:00:00 UTC UTC UTC", "\ud800"]


def fill(classroom, *names) -> None:
    for name in names:
        hand_in(classroom, type(CLASS[0])(name, "", CLASS[0].spoil), WHEN)


@pytest.mark.parametrize("text", DATES)
def test_wrong_date_is_no_date_and_is_told(tmp_path, text):
    (tmp_path / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_timestamp(tmp_path)
    assert found.when is None
    assert "time of handing in is not known" in found.note
    assert "\n" not in found.note


def test_zone_is_never_taken_for_the_path_of_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "timestamp.txt").write_text(f"2026-01-10 12:00:00 {tmp_path / 'pipe'}")
    assert read_timestamp(tmp_path).when == WHEN.replace(tzinfo=None)


def test_timestamp_that_is_no_file_is_not_waited_for(tmp_path):
    path = tmp_path / "timestamp.txt"
    assert read_timestamp(tmp_path).note == ""
    for make in (os.mkfifo, os.mkdir, lambda name: os.symlink("/dev/zero", name)):
        make(path)
        assert read_timestamp(tmp_path).note
        path.rmdir() if path.is_dir() else path.unlink()


def test_strange_folders_end_as_rows_and_the_honest_get_their_points(classroom, level):
    fill(classroom, "honest", "pipe", "loop", "date", "file", *NAMES)
    folder = {name: classroom.submitted(CHAPTER, name) for name in ("pipe", "loop", "date")}
    for name, make in (("pipe", os.mkfifo), ("loop", lambda path: path.symlink_to("/dev/zero"))):
        path = folder[name] / "timestamp.txt"
        path.unlink()
        make(path)
    (folder["date"] / "timestamp.txt").write_text("9" * 20)
    classroom.autograded(CHAPTER, "file").parent.parent.mkdir(parents=True)
    classroom.autograded(CHAPTER, "file").parent.touch()
    rows = grade(classroom, level, jobs=2)
    assert sorted(rows) == sorted(["honest", "pipe", "loop", "date", "file", *NAMES])
    right = {"honest", "pipe", "loop", "date", "Ada", "ada"}
    assert {name for name, row in rows.items() if row.now == FULL} >= right
    assert all(row.now == FULL or row.problem for row in rows.values())
    assert "cannot be written" in rows["file"].problem
    assert not any(row.fault for row in rows.values())
    for name in ("pipe", "loop", "date"):
        assert any("time of handing in is not known" in note for note in rows[name].notes)
    assert right <= set(totals(classroom))
    # Mended, it is graded; nothing else of the right ones is graded again.
    classroom.autograded(CHAPTER, "file").parent.unlink()
    again = grade(classroom, level)
    assert again["file"].now == FULL
    assert not right & set(again)


@pytest.mark.slow
def test_strange_names_are_printed(classroom):
    fill(classroom, "honest", *NAMES)
    process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "1")
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "honest" in output


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv to give up root's rights")
def test_folders_that_may_not_be_read(classroom):
    """As an ordinary user. Root reads everything, so root gives that right up first."""
    fill(classroom, "honest", "closed", "listed", "shut")
    closed = [classroom.submitted(CHAPTER, "closed"), classroom.submitted(CHAPTER, "listed").parent,
              classroom.submitted(CHAPTER, "shut").parent]
    for folder, mode in zip(closed, (0, 0o444, 0)):
        folder.chmod(mode)
    rights = "-dac_override,-dac_read_search"
    command = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    try:
        outcome = subprocess.run(
            [*(command if os.getuid() == 0 else []), sys.executable, "-m", "autograder.cli",
             "grade", CHAPTER, "--jobs", "1", "--allow-weak-isolation"],
            cwd=classroom.course.root, capture_output=True, text=True, timeout=300,
        )
    finally:
        for folder in closed:
            folder.chmod(0o755)
    assert outcome.returncode == 0, outcome.stderr
    assert totals(classroom)["honest"] == FULL
    assert outcome.stdout.count("ermission denied") >= 1
    for name in ("closed", "listed", "shut"):
        assert name in outcome.stdout
        assert not totals(classroom).get(name)


def test_folder_that_vanishes_while_it_is_graded(classroom, level, monkeypatch):
    fill(classroom, "ada", "ghost")
    finish = Grader.finish

    def vanishing(grader, handed_in, *more):
        shutil.rmtree(classroom.submitted(CHAPTER, "ghost"), ignore_errors=True)
        return finish(grader, handed_in, *more)

    monkeypatch.setattr(Grader, "finish", vanishing)
    rows = grade(classroom, level)
    assert rows["ada"].now == FULL
    assert rows["ghost"].now == FULL or "no notebook" in rows["ghost"].problem or (
        rows["ghost"].problem)


def test_fault_of_the_grader_is_a_row_and_counted(classroom, level, monkeypatch):
    fill(classroom, "ada", "victim")
    grading = sys.modules["autograder.grading.grader"]
    find = grading.find

    def failing(folder, chapter):
        if "victim" in str(folder):
            raise RuntimeError("a mistake of ours\nin two lines")
        return find(folder, chapter)

    with monkeypatch.context() as patched:
        patched.setattr(grading, "find", failing)
        rows = grade(classroom, level)
    assert (rows["ada"].now, rows["ada"].fault) == (FULL, "")
    assert rows["victim"].fault == "RuntimeError: a mistake of ours in two lines"
    assert "the grader itself failed" in rows["victim"].problem
    record = classroom.record(CHAPTER, "victim").read_text()
    assert "Traceback" in record
    assert grade(classroom, level)["victim"].now == FULL  # not final: it is graded again


@pytest.mark.parametrize("number", [
    errno.ENOSPC, *(pytest.param(other, marks=pytest.mark.slow)
                    for other in (errno.EROFS, errno.EDQUOT)),
])
def test_full_disk_ends_in_one_line_and_loses_nothing(classroom, level, monkeypatch, number):
    fill(classroom, "ada", "bruno", "chen")
    write, written = batch.write_whole, []

    def full(path, content):
        written.append(path)
        if len(written) > 2:
            raise OSError(number, os.strerror(number), str(path))
        write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(batch, "write_whole", full)
        with pytest.raises(GradingError, match="what was finished is kept"):
            grade(classroom, level)
    assert list(totals(classroom).values()) == [FULL]
    assert len(grade(classroom, level)) == 2
    assert totals(classroom) == dict.fromkeys(("ada", "bruno", "chen"), FULL)


def test_gradebook_held_by_another_ends_in_one_line_and_loses_nothing(
    classroom, level, monkeypatch
):
    fill(classroom, "ada")
    grade(classroom, level)
    fill(classroom, "bruno")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    holder = sqlite3.connect(classroom.gradebook, isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(gradebook.GradebookError, match="close the program that holds it"):
        grade(classroom, level)
    holder.execute("rollback")
    holder.close()
    assert set(grade(classroom, level)) == {"bruno"}
    assert totals(classroom) == {"ada": FULL, "bruno": FULL}


@pytest.mark.parametrize("content", [
    pytest.param(b"", marks=pytest.mark.slow), b"not a database" * 100,
])
def test_damaged_gradebook_is_one_line(classroom, level, content):
    fill(classroom, "ada")
    grade(classroom, level)
    classroom.gradebook.write_bytes(content)
    if content:
        with pytest.raises(gradebook.GradebookError, match="put a copy of it back"):
            grade(classroom, level, again=True)
    else:
        assert grade(classroom, level, again=True)["ada"].now == FULL


def test_class_folder_that_cannot_be_written_is_one_line(classroom, level):
    fill(classroom, "ada")
    (classroom.folder / "autograded").touch()
    with pytest.raises(GradingError, match=r"cannot be written.*make it writable"):
        grade(classroom, level)
