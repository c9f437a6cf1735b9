"""The grader's side of the jail: starting zygotes, asking workers, ending them.

What comes back from a worker is data, checked byte by byte (`autograder.isolation.wire`).
Whatever goes wrong over there ends as a `StudentStopped`.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from autograder.functions import Answer, Diary, StudentError, StudentStopped
from autograder.isolation import jail
from autograder.isolation.limits import Limits
from autograder.isolation.wire import PREFIX, WireError, decode, decode_prefix, encode
from autograder.plain import KeptReference, printable

START_SECONDS = 60
PACKAGE = Path(__file__).resolve().parents[1]

# What the jail gets to see of this package: no exercises, no answers, no mistakes.
KIT_FILES = (
    "functions.py", "plain.py", "pictures.py",
    "isolation/__init__.py", "isolation/jail.py", "isolation/limits.py", "isolation/wire.py",
    "isolation/worker.py", "isolation/zygote.py",
)
KIT_INIT = '''"""Stands in for the course's package where submissions are graded."""


def check(function):
    """Checks are run by the grader, not here."""


def when_written(show):
    """Pictures are not needed for grading."""
'''


class EngineError(RuntimeError):
    """The engine cannot run here. The message says what to do."""


class Engine:
    """A zygote at a level of isolation, and the workers it forks.

    Parameters
    ----------
    level : str
        One of `autograder.isolation.jail.LEVELS`.
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
        kit = self.folder / "kit"
        if not kit.exists():
            make_kit(kit)
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        ours, theirs = socket.socketpair()
        inside = self.level == jail.NAMESPACES
        shown = jail.readable_paths(kit)
        settings = {
            "control": theirs.fileno(),
            "level": self.level,
            "scratch": "/scratch" if inside else str(scratch),
            "readable": shown if inside else jail.readable_without(jail.course_folders(), shown),
            "limits": asdict(self.limits),
        }
        environment = {
            "PYTHONPATH": str(kit), "HOME": settings["scratch"], "TMPDIR": settings["scratch"],
            "MPLCONFIGDIR": settings["scratch"], "IPYTHONDIR": settings["scratch"],
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "LANG": "C.UTF-8", "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1",
            # Each arena of the allocator reserves 64 MB of the address space that is limited.
            "MALLOC_ARENA_MAX": "1",
        }
        command = [sys.executable, "-P", "-m", "autograder.isolation.zygote", json.dumps(settings)]
        if inside:
            walls = jail.bubblewrap_command(kit, self.limits, os.getuid() == 0)
            for name, value in environment.items():
                walls += ["--setenv", name, value]
            command = walls + command
        with open(self.folder / "zygote.log", "wb") as log:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, cwd=kit,
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


def make_kit(folder: Path) -> None:
    """Write the few modules that a worker needs into `folder`."""
    package = folder / "autograder"
    for name in KIT_FILES:
        target = package / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGE / name, target)
    (package / "__init__.py").write_text(KIT_INIT, encoding="utf-8")
    import course_data

    shutil.copytree(
        Path(course_data.__file__).parent, folder / "course_data",
        ignore=shutil.ignore_patterns("__pycache__", "convert.py"),
    )
    folder.chmod(0o755)
    folder.parent.chmod(0o755)


class Worker:
    """One jailed process with one submission in it. Used as a context manager.

    Attributes
    ----------
    functions : RemoteFunctions
        The student's functions.
    """

    def __init__(self, connection: socket.socket, pid: int, handle: int | None, limits: Limits):
        self.connection, self.pid, self.handle, self.limits = connection, pid, handle, limits
        self.ends = time.monotonic() + limits.submission_seconds
        self.functions = RemoteFunctions(self)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def run(self, source: str) -> dict:
        """Run one cell.

        Returns
        -------
        dict
            ``stdout``, ``stderr``, ``text``, ``figures``, ``failure``: see
            `autograder.isolation.worker.run_cell`. Types and sizes are checked here.

        Raises
        ------
        StudentStopped
            If the cell does not finish in time, or ends its process.
        """
        return _checked_cell(self.ask({"do": "run", "source": source}, self.limits.cell_seconds),
                             self.limits)

    def ask(self, request: dict, seconds: float | None = None) -> dict:
        """Send a request and wait for its reply.

        Raises
        ------
        StudentStopped
            After a deadline, a death or a forged reply; the worker is ended then.
        StudentError
            If the student's code failed.
        """
        if self.connection is None:
            raise StudentStopped("Died", "the process is gone")
        deadline = min(time.monotonic() + (seconds or self.limits.call_seconds), self.ends)
        nonce = secrets.token_hex(8)
        try:
            self._send(encode({**request, "nonce": nonce}), deadline)
            reply = self._receive(deadline)
            if reply.get("nonce") != nonce:
                raise WireError("a reply to something else")
            error = _checked_error(reply.get("error"))
        except TimeoutError:
            self.close()
            raise StudentStopped("Deadline", "the code did not finish in time") from None
        except (OSError, EOFError):
            self.close()
            raise StudentStopped("Died", "the code ended its process") from None
        except WireError as wrong:
            self.close()
            raise StudentStopped("Died", f"the process sent {wrong}") from None
        self.functions.note(reply)
        if error:
            raise error
        return reply

    def close(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.connection is None:
            return
        self.connection.close()
        self.connection = None
        if self.handle is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        select.select([self.handle], [], [], 5)
        os.close(self.handle)

    def _send(self, buffers, deadline: float) -> None:
        for buffer in buffers:
            view = memoryview(buffer)
            while len(view):
                self.connection.settimeout(_left(deadline))
                view = view[self.connection.send(view):]

    def _receive(self, deadline: float) -> dict:
        prefix = self._read(PREFIX.size, deadline)
        header_length, body_length = decode_prefix(prefix, self.limits.reply_mb << 20)
        header = self._read(header_length, deadline)
        return decode(header, self._read(body_length, deadline))

    def _read(self, count: int, deadline: float) -> bytes:
        parts = []
        while count:
            self.connection.settimeout(_left(deadline))
            part = self.connection.recv(min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class RemoteFunctions:
    """`autograder.functions.Functions` whose code is in a worker."""

    def __init__(self, worker: Worker):
        self.worker = worker
        self.diary = Diary()

    def __contains__(self, name: str) -> bool:
        return self.worker.ask({"do": "has", "name": name}).get("value") is True

    def call(self, name: str, *arguments) -> Answer:
        reply = self.worker.ask({"do": "call", "name": name, "arguments": _sent(arguments)})
        return Answer(reply.get("value"), _after(arguments, reply))

    def call_many(self, name: str, many: list[tuple]) -> list:
        sent = [_sent(arguments) for arguments in many]
        reply = self.worker.ask({"do": "call_many", "name": name, "many": sent})
        values = reply.get("value")
        if type(values) is not list or len(values) != len(many):
            raise StudentError("NotPlain", "an answer of the wrong length")
        return values

    def keep(self, name: str, *arguments) -> RemoteKept:
        reply = self.worker.ask({"do": "keep", "name": name, "arguments": _sent(arguments)})
        return RemoteKept(self.worker, _number(reply), _after(arguments, reply))

    def note(self, reply: dict) -> None:
        """Keep what a reply says about prints and warnings."""
        if type(reply.get("printed")) is str:
            self.diary.note_output(printable(reply["printed"]))
        warned = reply.get("warned")
        if type(warned) is list:
            for text in warned[:10]:
                if type(text) is str and text not in self.diary.warned and len(self.diary.warned) < 10:
                    self.diary.warned.append(printable(text[:500]))


class RemoteKept:
    """`autograder.functions.Kept` that lives in a worker."""

    def __init__(self, worker: Worker, number: int, arguments: tuple = ()):
        self.worker, self.number, self.arguments = worker, number, arguments

    def part(self, index: int) -> RemoteKept:
        reply = self.worker.ask({"do": "part", "kept": self.number, "index": index})
        return RemoteKept(self.worker, _number(reply))

    def value(self):
        return self.worker.ask({"do": "value", "kept": self.number}).get("value")

    def call(self, method: str, *arguments) -> Answer:
        reply = self.worker.ask(
            {"do": "method", "kept": self.number, "name": method, "arguments": _sent(arguments)}
        )
        return Answer(reply.get("value"), _after(arguments, reply))

    def attribute(self, name: str):
        return self.worker.ask({"do": "attribute", "kept": self.number, "name": name}).get("value")


def _sent(arguments) -> list:
    return [KeptReference(a.number) if isinstance(a, RemoteKept) else a for a in arguments]


def _after(arguments, reply: dict) -> tuple:
    """The arguments after a call: a worker sends only those that changed."""
    changed = reply.get("changed")
    changed = changed if type(changed) is dict else {}
    return tuple(
        None if isinstance(argument, RemoteKept) else changed.get(str(k), argument)
        for k, argument in enumerate(arguments)
    )


def _number(reply: dict) -> int:
    number = reply.get("value")
    if type(number) is not int:
        raise StudentError("NotPlain", "an answer that is not a number")
    return number


def _checked_error(error) -> StudentError | None:
    if error is None:
        return None
    if type(error) is not list or [type(part) for part in error] != [str] * 3:
        raise WireError("a malformed error")
    kind, message, line = error
    return StudentError(printable(kind[:80]), printable(message[:500]), printable(line[:200]))


def _checked_cell(reply: dict, limits: Limits) -> dict:
    cell = {}
    for name in ("stdout", "stderr", "text"):
        value = reply.get(name)
        cell[name] = printable(value[: limits.output_chars]) if type(value) is str else ""
    figures = reply.get("figures")
    cell["figures"] = [
        bytes(figure) for figure in (figures if type(figures) is list else [])[: limits.figures]
        if type(figure) is np.ndarray and figure.dtype == np.uint8 and figure.ndim == 1
        and bytes(figure[:8]) == b"\x89PNG\r\n\x1a\n" and figure.size <= 2_000_000
    ]
    failure = reply.get("failure")
    well_formed = type(failure) is list and [type(part) for part in failure] == [str] * 3
    cell["failure"] = [printable(part[:2000]) for part in failure] if well_formed else None
    return cell


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
