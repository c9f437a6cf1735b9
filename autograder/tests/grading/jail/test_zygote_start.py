"""Whoever is killed, and however: no process is left, and no folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.examination.scene import _descendants
from autograder.grading.jail import zygote_start
from autograder.grading.jail.engine import Engine
from autograder.kit import jail
from autograder.tests.conftest import strong_levels

LEVELS = [*strong_levels(), jail.RLIMITS] if sys.platform == "linux" else []
pytestmark = pytest.mark.skipif(not LEVELS, reason="processes are counted on Linux only")

GRADER = """
import os, sys, time
from autograder.grading.jail.engine import Engine
engine = Engine(sys.argv[1])
child = os.fork() if sys.argv[2] == "forked" else 0
if child:
    engine.let_go()
else:
    worker = engine.worker()
    worker.run("open('left', 'w').write('x' * 1000)")
    print(engine.scratch, flush=True)
time.sleep(600)
"""


def alive(pids) -> set[int]:
    """Those of some processes that have not ended."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def is_over(pids, scratch: str) -> bool:
    """Wait until nothing is left; False if that takes very long."""
    ends = time.monotonic() + 60
    while alive(pids) or (scratch and os.path.exists(scratch)):
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


QUICK = (LEVELS[0], "KILL", "alone")
CASES = [
    pytest.param(level, ending, how, marks=[] if (level, ending, how) == QUICK else
                 pytest.mark.slow)
    for level in LEVELS for ending, how in (
        ("KILL", "alone"), ("TERM", "alone"), ("HUP", "alone"), ("KILL", "forked"),
        ("TERM", "everybody"),
    )
]


@pytest.mark.parametrize("level, ending, how", CASES)
def test_nothing_is_left_of_a_grader_that_is_ended(level, ending, how, tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    grader = subprocess.Popen(
        [sys.executable, "-c", GRADER, level, how], stdout=subprocess.PIPE, env=environment
    )
    scratch = grader.stdout.readline().decode().strip()
    assert bool(scratch) == (level != jail.NAMESPACES)
    pids = _descendants(grader.pid)
    assert len(alive(pids)) >= 2
    number = getattr(signal, f"SIG{ending}")
    if how == "everybody":
        for pid in pids:
            os.kill(pid, number)
    if how == "forked":
        children = Path(f"/proc/{grader.pid}/task/{grader.pid}/children").read_text().split()
        for pid in set(map(int, children)):
            if "-c" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:2]:
                os.kill(pid, number)
    else:
        grader.send_signal(number)
    assert is_over(pids, scratch)
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("level", [
    pytest.param(level, marks=[pytest.mark.slow] if k else []) for k, level in enumerate(LEVELS)
])
def test_a_zygote_that_is_killed_leaves_nothing_and_is_started_again(level):
    with Engine(level) as engine:
        old, scratch = engine.process, engine.scratch
        worker = engine.worker()
        worker.run("open('left', 'w').write('x')")
        pids = {old.pid, *_descendants(old.pid)}
        old.kill()
        worker.close()
        with engine.worker() as again:
            assert again.run("print(6 * 7)")["stdout"] == "42\n"
        assert is_over(pids, scratch)
        scratch = engine.scratch
    assert not scratch or not os.path.exists(scratch)


def test_an_engine_that_cannot_start_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(zygote_start, "python_program", lambda: "/no/such/python")
    descriptors = len(os.listdir("/proc/self/fd"))
    for level in LEVELS:
        with pytest.raises(Exception, match="does not work here") as told:
            Engine(level)
        assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == descriptors
