"""Which isolation is used: the strongest that works, tried for real.

Weak isolation is used only where somebody asks for it by name. That is decided here and nowhere
else.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator

from autograder.grading.engine import Engine, EngineError
from autograder.kit import jail
from autograder.kit.limits import Limits
from autograder.kit.student_error import StudentError


class WeakIsolation(EngineError):
    """Only the weakest isolation is possible, and nobody asked for it."""



WEAK = (
    "only weak isolation (rlimits) is possible on this machine: student code could read your "
    "files, the solutions and other submissions, and use the network. On Linux, install "
    "bubblewrap (apt install bubblewrap). To grade all the same: "
    "autograder grade CHAPTER --allow-weak-isolation"
)


class Engines:
    """An engine for each of several graders, all at the strongest level that works here.

    They are started without waiting: a zygote takes a second of its own to be ready, in which the
    caller has other things to do. `settle` waits for the first.

    Parameters
    ----------
    count : int
    limits : Limits, optional
    levels : iterable of str
        Which levels to try, the strongest first.
    """

    def __init__(
        self, count: int, limits: Limits | None = None, levels: Iterable[str] = jail.LEVELS
    ):
        self.count, self.limits = count, limits
        self.level = ""
        self.started: list[Engine] = []
        self._levels = iter([level for level in levels if _is_conceivable(level)])
        self._start_next()

    def __enter__(self) -> Engines:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __iter__(self) -> Iterator[Engine]:
        return iter(self.started)

    def settle(self, *, allow_weak: bool = False) -> str:
        """Wait for the first engine and try it; the level of isolation that all are at.

        Raises
        ------
        WeakIsolation
            If only `rlimits` works, unless that is allowed.
        EngineError
            If no level works.
        """
        while self.started and not self.level:
            level = self.started[0].level
            if level == jail.RLIMITS and not allow_weak:
                raise WeakIsolation(WEAK)
            if _answers(self.started[0]):
                self.level = level
            else:
                self._start_next()
        if self.level:
            return self.level
        raise EngineError(
            "submissions cannot be graded on this system: it cannot fork processes. "
            "Use Linux, macOS, or the Windows Subsystem for Linux."
        )

    def one_more(self) -> Engine:
        """An engine in the place of one that was removed, when it is ready.

        Raises
        ------
        EngineError
            If it does not start.
        """
        engine = Engine(self.level, self.limits)
        self.started.append(engine)
        return engine

    def remove(self, engine: Engine) -> None:
        """End one engine."""
        self.started.remove(engine)
        engine.close()

    def let_go(self) -> None:
        """Leave all engines to the processes that were forked since."""
        for engine in self.started:
            engine.let_go()

    def close(self) -> None:
        """End all engines."""
        for engine in self.started:
            engine.let_go()  # all of them first: then they end side by side
        for engine in self.started:
            engine.close()
        self.started = []

    def _start_next(self) -> None:
        """Start the engines at the next level, if there is one, in place of those there are."""
        self.close()
        level = next(self._levels, None)
        if level is not None:
            self.started = [
                Engine(level, self.limits, wait=False) for _ in range(self.count)
            ]


def best_level() -> str:
    """The strongest level of isolation that works on this machine, tried for real."""
    with Engines(1) as engines:
        return engines.settle(allow_weak=True)


def _is_conceivable(level: str) -> bool:
    """Whether a level may work on a machine of this kind."""
    if not hasattr(os, "fork") or (level != jail.RLIMITS and sys.platform != "linux"):
        return False
    return level != jail.NAMESPACES or shutil.which("bwrap") is not None


def _answers(engine: Engine) -> bool:
    try:
        with engine.worker() as worker:
            return worker.run("print(6 * 7)")["stdout"].strip() == "42"
    except (EngineError, StudentError, OSError):
        return False


def works(level: str) -> bool:
    """Whether a level of isolation works on this machine."""
    if not _is_conceivable(level):
        return False
    try:
        with Engine(level) as engine:
            return _answers(engine)
    except (EngineError, OSError):
        return False
