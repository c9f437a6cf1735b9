"""Starting jails: a zygote at a level of isolation, and the workers that it forks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from autograder import kit
from autograder.errors import CourseError
from autograder.grading.jail.patience import Allowance
from autograder.grading.jail.worker_client import Worker
from autograder.grading.jail.zygote_client import Control, ZygoteGone
from autograder.grading.jail.zygote_start import start_zygote
from autograder.kit.limits import Limits
from autograder.kit.scratch import empty

START_SECONDS = 60


class EngineError(CourseError):
    """The engine cannot run here. The message says what to do."""


class LevelFails(EngineError):
    """A level of isolation does not work on this machine.

    Attributes
    ----------
    reason : str
        Why, in one line.
    """

    def __init__(self, level: str, reason: str):
        super().__init__(f"isolation level {level} does not work here: {reason}")
        self.reason = reason


class Engine:
    """A zygote at a level of isolation, and the workers it forks.

    A process that starts an engine may fork and leave it to the child; then only one of the two
    may go on to use it, and the other one calls `let_go`.

    Parameters
    ----------
    level : str
        One of `autograder.kit.jail.LEVELS`.
    limits : Limits, optional
    secrets : iterable of Path
        What no submission may read, wherever it lies: `Classroom.secrets`. This package, and the
        checkout that it is in, are hidden in any case.
    wait : bool
        Whether to wait until the zygote is ready. Without, the first worker waits.

    Raises
    ------
    LevelFails
        If the zygote does not start.
    SecretShown
        If something secret lies in what every submission can read.

    Attributes
    ----------
    kit : Path
        The folder of the kit that workers are shown.
    landlock : int
        The version of Landlock that walls are made of; 0 where there are none of it.
    """

    kit = Path(kit.__file__).resolve().parent

    def __init__(
        self, level: str, limits: Limits | None = None, *, secrets: Iterable[Path] = (),
        wait: bool = True,
    ):
        self.level, self.limits, self.secrets = level, limits or Limits(), tuple(secrets)
        self.process: subprocess.Popen | None = None
        self.control: Control | None = None
        self.log: IO[bytes] | None = None
        self.scratch = ""
        self.ready, self.landlock = False, 0
        self.owner = os.getpid()
        try:
            self._start()
            if wait:
                self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def worker(self, allowance: Allowance | None = None) -> Worker:
        """Fork a worker. A zygote that has died, or cannot clear its scratch, is started again.

        Parameters
        ----------
        allowance : Allowance, optional
            What is left to the submission, if it has had workers before.
        """
        allowance = allowance or Allowance(self.limits)
        if self.control is not None and self.control.spoiled:
            self._start_again()
        self._wait_until_ready()
        with contextlib.suppress(OSError, EngineError):
            return self._fork(allowance)
        self._start_again()
        self._wait_until_ready()
        try:
            return self._fork(allowance)
        except (OSError, EngineError):
            raise EngineError(
                "the process that forks workers does not answer; is the machine out of memory?"
            ) from None

    def let_go(self) -> None:
        """Leave the engine to another process: the zygote ends when that one closes it."""
        if self.control is not None:
            self.control.close()
            self.control = None

    def close(self) -> None:
        """End the zygote, with every worker it has, and with its scratch folder."""
        self._stop()

    def _start_again(self) -> None:
        self._stop()
        self._start()

    def _start(self) -> None:
        try:
            started = start_zygote(self.level, self.kit, self.limits, self.secrets)
        except OSError as error:
            raise LevelFails(self.level, str(error)) from None
        self.process, self.control = started.process, Control(started.control)
        self.log, self.scratch = started.log, started.scratch
        self.ready, self.owner = False, os.getpid()

    def _wait_until_ready(self) -> None:
        if self.ready:
            return
        if self.control is not None:
            with contextlib.suppress(ZygoteGone):
                self.landlock = self.control.answer(START_SECONDS)["landlock"]
                self.ready = True
        if not self.ready:
            raise LevelFails(self.level, self._reason())

    def _reason(self) -> str:
        """The last line that the zygote has said."""
        if self.log is None:
            return "the engine is closed"
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no message"

    def _fork(self, allowance: Allowance) -> Worker:
        if self.control is None:
            raise EngineError("the engine is closed")
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            number = self.control.fork(theirs)
        except ZygoteGone:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(ours, self.control, number, allowance)

    def _stop(self) -> None:
        self.let_go()
        if self.process is None:
            return
        if self.owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        else:
            # Our parent's child: it keeps the pid until it has waited for it, so this is the one.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        self.process = None
        if self.log is not None:
            self.log.close()
            self.log = None
        self._remove_scratch()

    def _remove_scratch(self) -> None:
        """Remove the folder of a zygote that could not do so itself, for it was killed."""
        ends = time.monotonic() + 2
        while self.scratch and os.path.lexists(self.scratch) and time.monotonic() < ends:
            with contextlib.suppress(OSError):
                if empty(self.scratch):
                    os.rmdir(self.scratch)
                    return
            time.sleep(0.01)  # its workers are being killed, and may still be writing
