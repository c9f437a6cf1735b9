"""One thread for products, where nobody asked for more."""

import os
import subprocess
import sys
import types

import pytest

from autograder.threads import (
    ONE_THREAD,
    numpy_came_first,
    one_blas_thread,
    use_one_blas_thread,
)


@pytest.fixture
def limits(monkeypatch) -> list:
    """What a threadpoolctl that is installed is asked for."""
    asked: list = []

    class threadpool_limits:
        def __init__(self, **options):
            asked.append(options)

        def __enter__(self):
            asked.append("begin")

        def __exit__(self, *_):
            asked.append("end")

    module = types.ModuleType("threadpoolctl")
    module.threadpool_limits = threadpool_limits
    monkeypatch.setitem(sys.modules, "threadpoolctl", module)
    for variable in ONE_THREAD:
        monkeypatch.delenv(variable, raising=False)
    return asked


def test_threads_are_limited_for_a_while(limits):
    with one_blas_thread():
        assert limits == [{"limits": 1, "user_api": "blas"}, "begin"]
    assert limits[-1] == "end"


def test_who_asks_for_more_gets_them(limits, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with one_blas_thread():
        assert not limits


def test_nothing_happens_without_threadpoolctl(limits, monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(ZeroDivisionError) as caught, one_blas_thread():
        raise ZeroDivisionError
    assert caught.value.__context__ is None


def test_a_numpy_that_came_first_is_noticed(limits, monkeypatch):
    assert not numpy_came_first(), "threadpoolctl can still limit it"
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert numpy_came_first()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert not numpy_came_first()


def test_the_environment_is_left_alone_once_numpy_is_there(monkeypatch):
    for variable in ONE_THREAD:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setitem(sys.modules, "numpy", sys)
    use_one_blas_thread()
    assert not set(ONE_THREAD) & set(os.environ)
    monkeypatch.delitem(sys.modules, "numpy")
    monkeypatch.setenv(ONE_THREAD[0], "3")
    use_one_blas_thread()
    assert [os.environ[variable] for variable in ONE_THREAD] == ["3", "1", "1", "1"]
    for variable in ONE_THREAD[1:]:
        monkeypatch.delenv(variable)


# What a student's notebook imports


BLOCKED = ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog", "spwd",
           "_posixsubprocess", "multiprocessing", "autograder.mistakes", "autograder.grading",
           "autograder.course", "nbformat", "rich")
STUDENTS = """
import os, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        caller = sys._getframe(1)
        while "importlib" in caller.f_code.co_filename:
            caller = caller.f_back
        if name in BLOCKED and OURS in caller.f_code.co_filename:
            raise AssertionError(f"{name} is imported in {caller.f_code.co_filename}")

# Libraries import some of these where they are there, and do without elsewhere.
for name in BLOCKED:
    sys.modules.pop(name, None)
for name in REALLY_GONE:
    sys.modules[name] = None
sys.meta_path.insert(0, Wall())
for name in ("fork", "forkpty", "posix_spawn", "register_at_fork"):
    if hasattr(os, name):
        delattr(os, name)
"""
"""What stands in the way of a process that imports: what Windows and a browser have not."""
REALLY_GONE = ("resource", "fcntl", "grp", "termios", "tty", "pty", "syslog", "spwd")
"""Of these nothing at all is there, for no library. `pwd` is asked for by Python itself."""
NOTEBOOK = """
import autograder
from autograder import check, progress, when_written
for name in autograder.__all__:
    getattr(autograder, name)
import autograder.training, autograder.pictures, autograder.sliding_window, course_data
from course_data import load_mnist
import IPython.display, matplotlib.pyplot
from autograder.training import train
import numpy as np
w = {"w": np.ones(3)}
print(train(lambda k: float(w["w"].sum()), steps=7, keep=w, name="small").steps)
"""


def test_what_students_import_needs_nothing_of_posix(tmp_path):
    import autograder

    setup = f"BLOCKED, REALLY_GONE, OURS = {BLOCKED}, {REALLY_GONE}, {autograder.__path__[0]!r}"
    code = "\n".join([setup, STUDENTS, NOTEBOOK])
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                          text=True, check=False, env={**os.environ, "MPLBACKEND": "agg"})
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.rstrip().endswith("7")
