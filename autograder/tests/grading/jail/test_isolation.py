"""Which isolation is used, and engines that one process starts and another one uses."""

import os
import sys
from types import SimpleNamespace

import pytest

from autograder.grading.jail import isolation
from autograder.grading.jail.engine import Engine, EngineError
from autograder.grading.jail.isolation import Engines, WeakIsolation
from autograder.kit import jail

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no grading on this system")


def test_weak_isolation_is_refused_unless_it_is_allowed():
    with Engines(1, levels=[jail.RLIMITS]) as engines:
        with pytest.raises(WeakIsolation, match="--allow-weak-isolation") as refusal:
            engines.settle()
        assert "\n" not in str(refusal.value)
        assert engines.settle(allow_weak=True) == jail.RLIMITS


def test_next_level_is_taken_if_one_does_not_work(monkeypatch, level):
    def why_not(engine):
        tried.append(engine.level)
        return "bwrap: No permissions\x1b[31m to create a namespace" if len(tried) == 1 else ""

    tried: list[str] = []
    monkeypatch.setattr(isolation, "_why_not", why_not)
    levels = list(jail.LEVELS[jail.LEVELS.index(level):])
    with Engines(2, levels=levels) as engines:
        if len(levels) == 1:
            pytest.skip("one level only")
        assert engines.settle(allow_weak=True) == levels[1]
        assert {engine.level for engine in engines} == {levels[1]}
        assert len(list(engines)) == 2
        assert engines.settle(allow_weak=True) == levels[1]
        (reason,) = engines.reasons
        assert reason.startswith(f"{level} does not work here: bwrap: No permissions")
        assert "unprivileged_userns_clone" in reason and reason.isprintable()
    assert tried == levels[:2]


@pytest.mark.parametrize("level, version, told, not_told", [
    (jail.NAMESPACES, 7, "a private root without a network, Landlock version 7", "old"),
    (jail.LANDLOCK, 2, "shortening files, TCP, devices, signals and abstract sockets: by that "
                       "filter alone, for this kernel is old", "root"),
    (jail.RLIMITS, 0, "files can be read", "Landlock"),
])
def test_what_a_level_means_on_this_kernel_is_told(level, version, told, not_told):
    with Engines(0, levels=[]) as engines:
        engines.level = level
        engines.started = [SimpleNamespace(
            landlock=version, let_go=lambda: None, close=lambda: None
        )]
        assert told in engines.meaning and not_told not in engines.meaning


def test_no_level_at_all_is_told():
    with Engines(1, levels=[]) as engines, pytest.raises(EngineError, match="cannot fork"):
        engines.settle()


def test_engines_leave_nothing_behind(level):
    with Engines(2, levels=[level]) as engines:
        engines.settle(allow_weak=True)
        folders = [engine.scratch for engine in engines if engine.scratch]
        processes = [engine.process for engine in engines]
        assert all(os.path.isdir(folder) for folder in folders)
    assert not any(os.path.exists(folder) for folder in folders)
    assert all(process.returncode is not None for process in processes)


@pytest.mark.skipif(sys.platform != "linux", reason="forking is safe on Linux only")
@pytest.mark.parametrize("crash", [False, True])
def test_engine_works_in_a_process_that_was_forked_since(level, crash):
    """Also if its zygote dies there: it is started again, by the child."""
    with Engine(level, wait=False) as engine:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if crash:
                    engine._wait_until_ready()
                    engine.control.close()
                with engine.worker() as worker:
                    status = 0 if worker.run("print(1 + 1)")["stdout"] == "2\n" else 2
                engine.let_go()
            finally:
                os._exit(status)
        engine.let_go()
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
