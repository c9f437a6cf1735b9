"""A record says of which file a grade is: of the one that was read."""

import os

import pytest

from autograder.authoring.demo import CLASS, hand_in
from autograder.grading.batch import grade_batch
from autograder.grading.grader import Grader
from autograder.grading.records import MOST_FILES, fingerprint
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.demo_scores import EXPECTED
from autograder.tests.grading.test_batch import WHEN, grade


def student(name):
    return next(student for student in CLASS if student.name == name)


@pytest.mark.parametrize("same_size_and_time", [False, True])
def test_file_replaced_while_it_is_graded_is_graded_next_time(
    classroom, level, monkeypatch, same_size_and_time
):
    hand_in(classroom, student("ada"), WHEN)
    folder = classroom.submitted(CHAPTER, "ada")
    path = folder / f"{CHAPTER}.ipynb"
    better = path.read_bytes()
    worse = better.replace(b"### BEGIN SOLUTION", b"raise ValueError ")
    worse += b" " * (len(better) - len(worse))
    path.write_bytes(worse)
    first = path.stat()
    finish = Grader.finish

    def replaced_meanwhile(grader, handed_in):
        # Graders are forked from this process, and have this in place of their own.
        path.write_bytes(better + b" " * (not same_size_and_time))
        if same_size_and_time:
            os.utime(path, ns=(first.st_atime_ns, first.st_mtime_ns))
        return finish(grader, handed_in)

    with monkeypatch.context() as patched:
        patched.setattr(Grader, "finish", replaced_meanwhile)
        assert grade(classroom, level)["ada"].now < FULL
    (row,) = grade_batch(classroom, CHAPTER, level=level)
    assert row.now == EXPECTED["ada"]
    assert grade(classroom, level) == {}


def test_fingerprint_holds_all_that_may_be_read_and_no_more_than_so_much(tmp_path):
    assert fingerprint(tmp_path / "missing") is None
    for name in ("b.ipynb", "a.zip", ".ipynb_checkpoints/a.ipynb", "in/a.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "link").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert [mark[0] for mark in fingerprint(tmp_path)] == [
        "a.zip", "b.ipynb", "in/a.ipynb", "link", "pipe"]
    for number in range(MOST_FILES):
        (tmp_path / f"{number}.txt").touch()
    assert len(fingerprint(tmp_path)) == MOST_FILES


def test_folders_in_folders_are_looked_into_only_so_deep(tmp_path):
    deep = tmp_path
    for _ in range(300):
        deep /= "x"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert fingerprint(tmp_path) == []
