"""Whoever is ended from outside, a grader, a zygote or the batch: nothing is lost or left over."""

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from autograder.authoring.demo import CLASS, hand_in
from autograder.grading import graders
from autograder.grading.batch import grade_batch
from autograder.grading.grader import Grader, GradingError
from autograder.grading.jail.engine import Engine, EngineError
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.grading.test_batch import (
    WHEN,
    grade,
    run_autograder,
    scores,
    totals,
    wait_until,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="graders are forked on Linux only")


def fill(classroom, count: int) -> list[str]:
    """Students who all deserve full points."""
    names = [f"s{number:02}" for number in range(count)]
    for name in names:
        hand_in(classroom, type(CLASS[0])(name, "", CLASS[0].spoil), WHEN)
    return names


def descendants(pid: int) -> dict[int, str]:
    """All processes that a process has started, theirs too; each with when it was started."""
    found = {}
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found |= {child: started(child), **descendants(child)}
    return found


def started(pid: int) -> str:
    """When a process was started: two that have had the same pid differ in it. Empty if gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def are_gone(processes: dict[int, str]) -> bool:
    return not any(started(pid) == when for pid, when in processes.items() if when)


@pytest.mark.parametrize("name, status", [
    ("SIGTERM", 143),
    pytest.param("SIGHUP", 129, marks=pytest.mark.slow),
    pytest.param("SIGINT", 130, marks=pytest.mark.slow),
    pytest.param("SIGKILL", -9, marks=pytest.mark.slow),
])
def test_batch_that_is_ended_leaves_nothing_and_goes_on_where_it_stopped(
    classroom, level, tmp_path, name, status
):
    names = fill(classroom, 24)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    records = classroom.record(CHAPTER, "x").parent
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "2", env=environment)
    wait_until(lambda: len(list(records.glob("*.json"))) >= 2)
    seen = descendants(process.pid)
    assert len(seen) > 4
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == status
    assert "Traceback" not in errors
    if name != "SIGKILL":
        assert errors.count("\n") == 1
        assert "what was finished is kept" in errors
    wait_until(lambda: are_gone(seen))
    wait_until(lambda: not list(temporary.iterdir()))
    kept = {path: path.stat().st_mtime_ns for path in records.glob("*.json")}
    assert 2 <= len(kept) < len(names)
    grade(classroom, level, jobs=2)
    assert totals(classroom) == dict.fromkeys(names, FULL)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "graded twice"
    scores(classroom)  # looks for doubled rows


@pytest.mark.slow
def test_nobody_is_left_when_a_batch_ends_by_itself(classroom, tmp_path):
    fill(classroom, 4)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "2", env=environment)
    wait_until(lambda: len(descendants(process.pid)) > 4 or process.poll() is not None)
    seen = descendants(process.pid)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    assert are_gone(seen)
    assert not list(temporary.iterdir())


def test_submission_that_ends_its_graders_costs_nobody_else_anything(
    classroom, level, monkeypatch
):
    """One that ends every grader, and one that was only in the way of it."""
    names = fill(classroom, 6)
    finish = Grader.finish
    marked = classroom.folder / "was graded"

    def fragile(grader, handed_in, *more):
        # Graders are forked from this process, and have this in place of their own.
        name = handed_in.job.student
        if name == "s02" or (name == "s04" and not marked.exists()):
            marked.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return finish(grader, handed_in, *more)

    with monkeypatch.context() as patched:
        patched.setattr(Grader, "finish", fragile)
        rows = grade(classroom, level, jobs=2)
    assert sorted(rows) == names
    assert "ended from outside" in rows["s02"].problem
    assert rows["s02"].fault
    assert {name: row.now for name, row in rows.items() if name != "s02"} == dict.fromkeys(
        [name for name in names if name != "s02"], FULL)
    # It is no grade of the file: the next batch tries again.
    again = grade(classroom, level)
    assert {name: (row.now, row.fault) for name, row in again.items()} == {"s02": (FULL, "")}


def test_zygote_that_is_killed_costs_nobody_points(classroom, level, monkeypatch):
    names = fill(classroom, 4)
    finish = Grader.finish
    marked = classroom.folder / "was killed"

    def robbed(grader, handed_in, *more):
        if not marked.exists():
            marked.touch()
            with grader.engine.worker():  # it is ready
                grader.engine.process.kill()
        return finish(grader, handed_in, *more)

    monkeypatch.setattr(Grader, "finish", robbed)
    rows = grade(classroom, level)
    assert {name: row.now for name, row in rows.items()} == dict.fromkeys(names, FULL)
    assert not any(row.fault for row in rows.values())


def test_worker_that_is_killed_from_outside_costs_no_points(classroom, level, monkeypatch):
    """As the system does when memory runs out."""
    names = fill(classroom, 3)
    marked = classroom.folder / "was killed"
    worker, batch = Engine.worker, os.getpid()

    def mortal(engine, *more):
        forked = worker(engine, *more)
        if os.getpid() != batch and not marked.exists():
            marked.touch()
            forked.connection.close()
        return forked

    monkeypatch.setattr(Engine, "worker", mortal)
    rows = grade(classroom, level)
    assert {name: row.now for name, row in rows.items()} == dict.fromkeys(names, FULL)
    tried = [json.loads(classroom.record(CHAPTER, name).read_text())["tried_alone"]
             for name in names]
    assert tried.count(True) == 1


def test_engine_that_does_not_start_again_ends_the_batch_in_one_line(
    classroom, level, monkeypatch
):
    fill(classroom, 3)

    def lost(grader, handed_in, *more):
        raise EngineError("the process that forks workers does not answer")

    def refused(*arguments, **settings):
        raise EngineError("isolation does not work here: no more processes")

    monkeypatch.setattr(Grader, "finish", lost)
    batch = grade_batch(classroom, CHAPTER, level=level)
    with monkeypatch.context() as patched:
        patched.setattr(graders.Engines, "one_more", refused)
        with pytest.raises(EngineError, match="no more processes"):
            list(batch)
    assert not list(classroom.folder.glob("records/*/*"))


def test_process_that_cannot_be_forked_ends_the_batch_in_one_line(classroom, level, monkeypatch):
    fill(classroom, 1)
    monkeypatch.setattr(os, "fork", lambda: (_ for _ in ()).throw(
        BlockingIOError(11, "Resource temporarily unavailable")))
    with pytest.raises(GradingError, match=re.escape("no more graders can be started")):
        grade(classroom, level)
