"""Workers are started, looked at and ended by their zygote, whatever they do."""

import os
import socket
import sys

import pytest

from autograder.grading.jail.engine import Engine
from autograder.grading.jail.zygote_client import Control, ZygoteGone
from autograder.kit import jail
from autograder.kit.limits import Limits
from autograder.kit.student_error import StudentStopped

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no grading on this system")

LIMITS = Limits(cell_seconds=1, scratch_mb=16)

HONEST = """
import asyncio, os, shutil, tempfile, threading
import numpy as np
np.save("a.npy", np.ones(3))
shutil.copy("a.npy", "b.npy")
shutil.copy2("a.npy", "c.npy")
with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
    np.savez(file, x=np.load("c.npy"))
os.makedirs("one/two", exist_ok=True)
os.replace("b.npy", "d.npy")
shutil.move("d.npy", "one/two/b.npy")
shutil.copytree("one", "another")
shutil.rmtree("one")
async def double(x):
    await asyncio.sleep(0)
    return 2 * x
doubled = []
threads = [threading.Thread(target=lambda: doubled.append(asyncio.run(double(1))))
           for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(doubled), sum(doubled), sorted(os.listdir()))
"""
"""Files, threads and an event loop, as notebooks use them."""


@pytest.fixture(scope="module", params=[jail.NAMESPACES, jail.LANDLOCK, jail.RLIMITS])
def engine(request, level):
    if jail.LEVELS.index(request.param) < jail.LEVELS.index(level):
        pytest.skip(f"{request.param} does not work here")
    with Engine(request.param, LIMITS) as engine:
        yield engine


def test_honest_code_writes_files_and_starts_threads(engine):
    with engine.worker() as worker:
        shown = worker.run(HONEST)
    assert shown["failure"] is None
    assert shown["stdout"].startswith("20 40 ['a.npy', 'another', 'c.npy'")


def test_processor_time_of_a_worker_is_taken_off(engine):
    with engine.worker() as worker:
        before = worker.allowance.seconds
        worker.run("import time\nwhile time.process_time() < 0.2: pass")
        allowance = worker.allowance
    assert 0.1 < before - allowance.seconds < 30
    with engine.worker(allowance) as worker:
        assert worker.allowance.seconds == allowance.seconds


def test_code_that_does_not_end_is_stopped(engine):
    with engine.worker() as worker:
        with pytest.raises(StudentStopped, match="did not finish in time") as stopped:
            worker.run("while True: pass")
        assert stopped.value.kind == "Deadline"
        with pytest.raises(StudentStopped, match="gone"):
            worker.run("1")


def test_a_worker_that_ends_is_noticed_at_once(engine):
    with engine.worker() as worker, pytest.raises(StudentStopped, match="ended its process"):
        worker.run("import os; os._exit(0)")


def test_workers_side_by_side_have_numbers_and_folders_of_their_own(engine):
    with engine.worker() as one, engine.worker() as other:
        assert one.number != other.number
        one.run("open('mine', 'w').close()")
        assert other.run("import os; print(os.listdir())")["stdout"] == "[]\n"
        other.close()
        assert one.run("import os; print(os.listdir())")["stdout"] == "['mine']\n"


def test_zygote_that_could_not_clear_away_what_was_left_is_replaced(engine):
    process = engine.process
    with engine.worker():
        pass
    assert engine.process is process
    engine.control.spoiled = True
    with engine.worker() as worker:
        assert worker.run("print(1)")["stdout"] == "1\n"
    assert engine.process is not process


def test_zygote_that_dies_is_replaced(engine):
    engine.process.kill()
    engine.process.wait()
    with engine.worker() as worker:
        assert worker.run("print(1)")["stdout"] == "1\n"


def test_nobody_signals_by_pid(engine, monkeypatch):
    """Pids of a jail are those of other processes outside: only the zygote knows them."""
    def kill(*arguments):
        raise AssertionError(arguments)

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    with engine.worker() as worker:
        assert not hasattr(worker, "pid")
        with pytest.raises(StudentStopped):
            worker.run("while True: pass")
    with engine.worker() as worker:
        assert worker.run("print(1)")["stdout"] == "1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_processes_end_with_their_worker_where_code_may_start_some(tmp_path):
    with Engine(jail.RLIMITS, LIMITS) as engine, engine.worker() as worker:
        shown = worker.run(
            "import subprocess\n"
            "one = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
            "subprocess.run('(sleep 600 & echo $!)', shell=True, start_new_session=True,\n"
            f"               stdout=open({str(tmp_path / 'pid')!r}, 'w'))\n"
            "print(one.pid)"
        )
        pids = [int(shown["stdout"]), int((tmp_path / "pid").read_text())]
        assert all(os.path.exists(f"/proc/{pid}") for pid in pids)
        worker.close()
        assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


@pytest.mark.skipif(os.getuid() != 0, reason="for root only")
def test_root_runs_submissions_as_a_user_of_their_own(engine):
    code = "import os; print(os.getuid(), os.getgid(), os.getgroups(), os.access('/root', os.R_OK))"
    with engine.worker() as worker:
        user, group, *_ = worker.run(code)["stdout"].split()
    if engine.level != jail.RLIMITS:
        assert int(user) != 0 and int(group) != 0
        with Engine(engine.level, LIMITS) as other, other.worker() as worker:
            assert worker.run(code)["stdout"].split()[0] != user


def test_control_socket_that_answers_nonsense_is_closed():
    ours, theirs = socket.socketpair()
    control = Control(ours)
    theirs.sendall(b"no answer\n")
    with pytest.raises(ZygoteGone):
        control.look(1)
    with pytest.raises(ZygoteGone, match="closed"):
        control.look(1)
    theirs.close()


def test_an_older_landlock_is_told():
    assert jail.about_landlock(0) == jail.about_landlock(7) == ""
    assert jail.about_landlock(4).endswith("version 4; seccomp alone denies requests to devices, "
                                           "signals")
    assert "cutting files" in jail.about_landlock(1)
