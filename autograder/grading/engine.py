"""Starting jails: a zygote at a level of isolation, and the workers that it forks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from autograder import kit
from autograder.errors import CourseError
from autograder.grading.patience import Allowance
from autograder.grading.shown import (
    bubblewrap_command,
    course_folders,
    data_folder,
    readable_paths,
    readable_without,
)
from autograder.grading.worker_client import Worker
from autograder.grading.zygote_client import Control, ZygoteGone
from autograder.kit import jail
from autograder.kit.limits import Limits
from autograder.kit.scratch import empty

START_SECONDS = 60


class EngineError(CourseError):
    """The engine cannot run here. The message says what to do."""


class Engine:
    """A zygote at a level of isolation, and the workers it forks.

    A process that starts an engine may fork and leave it to the child; then only one of the two
    may go on to use it, and the other one calls `let_go`.

    Parameters
    ----------
    level : str
        One of `autograder.kit.jail.LEVELS`.
    limits : Limits, optional
    wait : bool
        Whether to wait until the zygote is ready. Without, the first worker waits.

    Raises
    ------
    EngineError
        If the zygote does not start.

    Attributes
    ----------
    kit : Path
        The folder of the kit that workers are shown.
    landlock : int
        The version of Landlock that walls are made of; 0 where there are none of it.
    """

    kit = Path(kit.__file__).resolve().parent

    def __init__(self, level: str, limits: Limits | None = None, *, wait: bool = True):
        self.level, self.limits = level, limits or Limits()
        self.process: subprocess.Popen | None = None
        self.control: Control | None = None
        self.ready, self.landlock = False, 0
        self.owner = os.getpid()
        self.folder = Path(tempfile.mkdtemp(prefix="autograder-"))
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
        """End the zygote, with every worker it has, and remove its folder."""
        self._stop()
        if empty(str(self.folder)):
            self.folder.rmdir()

    def _start_again(self) -> None:
        self._stop()
        empty(str(self.folder / "scratch"))
        self._start()

    def _start(self) -> None:
        shown_package = self.folder / "package"
        if not shown_package.exists():
            copy_kit(shown_package, self.kit)
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        as_root = os.getuid() == 0
        if as_root:  # each worker has a folder of its own in there, as another user
            scratch.chmod(0o711)
        ours, theirs = socket.socketpair()
        inside = self.level == jail.NAMESPACES
        inside_scratch = "/scratch" if inside else str(scratch)
        shown = readable_paths(shown_package)
        settings = {
            "control": theirs.fileno(),
            "level": self.level,
            "scratch": inside_scratch,
            "readable": shown if inside else readable_without(course_folders(), shown),
            "limits": asdict(self.limits),
            "others": 0 if as_root else jail.tasks_of_user(),
        }
        environment = {
            "PYTHONPATH": str(shown_package), "HOME": inside_scratch, "TMPDIR": inside_scratch,
            "MPLCONFIGDIR": inside_scratch, "IPYTHONDIR": inside_scratch,
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "LANG": "C.UTF-8", "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1",
            # Each arena of the allocator reserves 64 MB of the address space that is limited.
            "MALLOC_ARENA_MAX": "1",
        }
        command = [sys.executable, "-P", "-m", "autograder.kit.zygote", json.dumps(settings)]
        if inside:
            walls = bubblewrap_command(shown_package, self.limits, as_root)
            for name, value in environment.items():
                walls += ["--setenv", name, value]
            command = walls + command
        with open(self.folder / "zygote.log", "wb") as log:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, cwd=shown_package,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        theirs.close()
        self.control, self.ready, self.owner = Control(ours), False, os.getpid()

    def _wait_until_ready(self) -> None:
        if self.ready:
            return
        if self.control is not None:
            with contextlib.suppress(ZygoteGone):
                self.landlock = self.control.answer(START_SECONDS)["landlock"]
                self.ready = True
        if not self.ready:
            log = (self.folder / "zygote.log").read_text(errors="replace").strip()
            reason = log.splitlines()[-1] if log else "no message"
            raise EngineError(f"isolation level {self.level} does not work here: {reason}")

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


def copy_kit(folder: Path, kit: Path = Engine.kit) -> None:
    """Make a package in `folder` that holds the kit, and stands in for the rest of this one."""
    package = folder / "autograder"
    shutil.copytree(kit, package / "kit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(kit / "stand_in.py", package / "__init__.py")
    (folder / "course_data").symlink_to(data_folder())  # MNIST is 11 MB: shown, not copied
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
