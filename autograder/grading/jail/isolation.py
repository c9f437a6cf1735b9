"""Which isolation is used: the strongest that works, tried for real.

Weak isolation is used only where somebody asks for it by name. That is decided here and nowhere
else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.grading.jail import bubblewrap
from autograder.grading.jail.engine import Engine, EngineError, LevelFails
from autograder.kit import jail
from autograder.kit.limits import Limits
from autograder.kit.plain import one_line
from autograder.kit.student_error import StudentError

MOST = 300
"""Characters of a reason that are shown."""


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
    secrets : iterable of Path
        What no submission may read; see `autograder.grading.jail.engine.Engine`.

    Attributes
    ----------
    level : str
        The level that all are at, once that is settled.
    reasons : list of str
        Why stronger levels are not used, and what to do about it; a line for each.
    """

    def __init__(
        self, count: int, limits: Limits | None = None, levels: Iterable[str] = jail.LEVELS,
        secrets: Iterable[Path] = (),
    ):
        self.count, self.limits, self.secrets = count, limits, tuple(secrets)
        self.level = ""
        self.reasons: list[str] = []
        self.started: list[Engine] = []
        self._levels = iter(list(levels))
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
            reason = _why_not(self.started[0])
            if reason:
                self._note(level, reason)
                self._start_next()
            else:
                self.level = level
                if told := jail.about_landlock(self.started[0].landlock):
                    self.reasons.append(told)
        if self.level:
            return self.level
        raise EngineError(
            "submissions cannot be graded on this system: it cannot fork processes. "
            "Use Linux, macOS, or the Windows Subsystem for Linux."
        )

    @property
    def meaning(self) -> str:
        """What the level is made of on this machine, in one line."""
        if self.level == jail.RLIMITS:
            return ("memory, time and sizes are limited; files can be read and the network used: "
                    "only for submissions that you trust")
        version = self.started[0].landlock if self.started else 0
        private = "a private root without a network, " * (self.level == jail.NAMESPACES)
        text = f"{private}Landlock version {version}, and a filter of system calls"
        missing = [what for since, what in SINCE_LANDLOCK if version < since]
        if missing:
            text += f"; {', '.join(missing)}: by that filter alone, for this kernel is old"
        return text

    def one_more(self) -> Engine:
        """An engine in the place of one that was removed, when it is ready.

        Raises
        ------
        EngineError
            If it does not start.
        """
        engine = Engine(self.level, self.limits, secrets=self.secrets)
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
        for level in self._levels:
            reason = _impossible(level, self.secrets)
            if not reason:
                try:
                    for _ in range(self.count):
                        self.started.append(
                            Engine(level, self.limits, secrets=self.secrets, wait=False)
                        )
                    return
                except LevelFails as error:
                    reason = error.reason
                    self.close()
            self._note(level, reason)

    def _note(self, level: str, reason: str) -> None:
        self.reasons.append(f"{level} does not work here: {one_line(reason, MOST)}{_cure(reason)}")


SINCE_LANDLOCK = (
    (3, "shortening files"), (4, "TCP"), (5, "devices"), (6, "signals and abstract sockets"),
)
"""What each version of Landlock has begun to refuse."""


def best_level() -> str:
    """The strongest level of isolation that works on this machine, tried for real."""
    with Engines(1) as engines:
        return engines.settle(allow_weak=True)


def works(level: str) -> bool:
    """Whether a level of isolation works on this machine."""
    if _impossible(level):
        return False
    try:
        with Engine(level) as engine:
            return not _why_not(engine)
    except (EngineError, OSError):
        return False


def _impossible(level: str, secrets: Iterable[Path] = ()) -> str:
    """Why a level cannot work on a machine of this kind, or nothing."""
    if not hasattr(os, "fork"):
        return "this system cannot fork processes"
    if level != jail.RLIMITS and sys.platform != "linux":
        return "it needs Linux"
    if level == jail.NAMESPACES and not bubblewrap.find(secrets):
        return bubblewrap.MISSING
    return ""


def _why_not(engine: Engine) -> str:
    """Why an engine does not work, or nothing if it does."""
    try:
        with engine.worker() as worker:
            if worker.run("print(6 * 7)")["stdout"].strip() == "42":
                return ""
        return "a worker does not compute"
    except LevelFails as error:
        return error.reason
    except (EngineError, StudentError, OSError) as error:
        return str(error)


CURES = (
    (bubblewrap.MISSING, "sudo apt install bubblewrap"),
    (r"namespace|uid map|RTM_NEWADDR|pivot_root|Can't mount",
     "sudo sysctl kernel.unprivileged_userns_clone=1, or on Ubuntu "
     "kernel.apparmor_restrict_unprivileged_userns=0; containers need leave for it, too"),
    (r"landlock|seccomp", 'pip install -e ".[grading]" there, and Linux 5.13 or later'),
)
"""What a reason looks like, and what helps."""


def _cure(reason: str) -> str:
    for pattern, cure in CURES:
        if re.search(pattern, reason, re.IGNORECASE):
            return f" (what may help: {cure})"
    return ""
