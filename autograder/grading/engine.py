"""Starting jails: a zygote at a level of isolation, and the workers that it forks."""

from __future__ import annotations

import array
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from autograder import kit
from autograder.errors import CourseError
from autograder.grading.shown import (
    bubblewrap_command,
    course_folders,
    data_folder,
    readable_paths,
    readable_without,
)
from autograder.grading.worker_client import Worker
from autograder.kit import jail
from autograder.kit.functions import StudentError
from autograder.kit.limits import Limits

START_SECONDS = 60
KIT = Path(kit.__file__).resolve().parent


class EngineError(CourseError):
    """The engine cannot run here. The message says what to do."""


class Engine:
    """A zygote at a level of isolation, and the workers it forks.

    Parameters
    ----------
    level : str
        One of `autograder.kit.jail.LEVELS`.
    limits : Limits, optional

    Raises
    ------
    EngineError
        If the zygote does not start.
    """

    def __init__(self, level: str, limits: Limits | None = None):
        self.level, self.limits = level, limits or Limits()
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def worker(self) -> Worker:
        """Fork a worker. A zygote that has died is started again."""
        for attempt in (1, 2):
            try:
                return self._fork()
            except (OSError, EngineError):
                if attempt == 2:
                    raise EngineError(
                        "the process that forks workers does not answer; is the machine out of memory?"
                    ) from None
                self._stop()
                self._start()
        raise AssertionError

    def close(self) -> None:
        """End the zygote, with every worker it has, and remove its folder."""
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        shown_package = self.folder / "package"
        if not shown_package.exists():
            copy_kit(shown_package)
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        ours, theirs = socket.socketpair()
        inside = self.level == jail.NAMESPACES
        shown = readable_paths(shown_package)
        settings = {
            "control": theirs.fileno(),
            "level": self.level,
            "scratch": "/scratch" if inside else str(scratch),
            "readable": shown if inside else readable_without(course_folders(), shown),
            "limits": asdict(self.limits),
        }
        environment = {
            "PYTHONPATH": str(shown_package), "HOME": settings["scratch"], "TMPDIR": settings["scratch"],
            "MPLCONFIGDIR": settings["scratch"], "IPYTHONDIR": settings["scratch"],
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "LANG": "C.UTF-8", "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1",
            # Each arena of the allocator reserves 64 MB of the address space that is limited.
            "MALLOC_ARENA_MAX": "1",
        }
        command = [sys.executable, "-P", "-m", "autograder.kit.zygote", json.dumps(settings)]
        if inside:
            walls = bubblewrap_command(shown_package, self.limits, os.getuid() == 0)
            for name, value in environment.items():
                walls += ["--setenv", name, value]
            command = walls + command
        with open(self.folder / "zygote.log", "wb") as log:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, cwd=shown_package,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        theirs.close()
        self.control = ours
        ours.settimeout(START_SECONDS)
        try:
            started = ours.recv(16) == b"ready\n"
        except OSError:
            started = False
        if not started:
            log = (self.folder / "zygote.log").read_text(errors="replace").strip()
            reason = log.splitlines()[-1] if log else "no message"
            raise EngineError(f"isolation level {self.level} does not work here: {reason}")

    def _fork(self) -> Worker:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))
            self.control.sendmsg([b"fork"], [rights])
            message, extra, _, _ = self.control.recvmsg(32, socket.CMSG_SPACE(4))
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        if not message:
            ours.close()
            raise EngineError("the zygote has ended")
        handle = array.array("i", extra[0][2])[0] if extra else None
        return Worker(ours, int(message), handle, self.limits)

    def _stop(self) -> None:
        if self.control is not None:
            self.control.close()
            self.control = None
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None


def copy_kit(folder: Path) -> None:
    """Make a package in `folder` that holds the kit, and stands in for the rest of this one."""
    package = folder / "autograder"
    shutil.copytree(KIT, package / "kit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(KIT / "stand_in.py", package / "__init__.py")
    (folder / "course_data").symlink_to(data_folder())  # MNIST is 11 MB: shown, not copied
    folder.chmod(0o755)
    folder.parent.chmod(0o755)


def best_level() -> str:
    """The strongest level of isolation that works on this machine, tried for real."""
    for level in jail.LEVELS:
        if _works(level):
            return level
    raise EngineError(
        "submissions cannot be graded on this system: it cannot fork processes. "
        "Use Linux, macOS, or the Windows Subsystem for Linux."
    )


def _works(level: str) -> bool:
    if not hasattr(os, "fork") or (level != jail.RLIMITS and sys.platform != "linux"):
        return False
    if level == jail.NAMESPACES and shutil.which("bwrap") is None:
        return False
    try:
        with Engine(level, Limits(cell_seconds=10)) as engine, engine.worker() as worker:
            return worker.run("print(6 * 7)")["stdout"].strip() == "42"
    except (EngineError, StudentError, OSError):
        return False
