"""The grader's end of the wire: one `Worker` for each submission, asked one question at a time.

What comes back from a worker is data, checked byte by byte (`autograder.kit.wire`). Whatever goes
wrong over there ends as a `StudentStopped`.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.grading.jail.discretion import Discretion
from autograder.grading.jail.patience import DIED, Allowance, Patience
from autograder.grading.jail.zygote_client import Control, ZygoteGone
from autograder.kit.functions import Answer, Diary, Kept
from autograder.kit.limits import Limits
from autograder.kit.plain import KeptReference, Source, one_line, printable
from autograder.kit.student_error import StudentError, StudentStopped
from autograder.kit.watching import (
    COMPLEX,
    MOST_COUNTED,
    NOT_COUNTED,
    STEPS,
    TAKEN_OFF,
    Watched,
)
from autograder.kit.wire import PREFIX, WireError, decode, decode_prefix, encode

MAX_WARNINGS = 10
PARTS_AT_ONCE = 64
"""Buffers in one call of the system, which takes no more than about a thousand."""


RUNNING = {
    "run", "call", "call_watched", "call_many", "count_lines", "keep", "method", "keep_method",
    "attribute", "keep_attribute", "part", "set_part",
}
"""Requests that run student code. After one of them a value may be another."""


class Worker:
    """One jailed process with one submission in it. Used as a context manager.

    Attributes
    ----------
    functions : RemoteFunctions
        The student's functions.
    moment : int
        How often student code was run so far.
    discretion : Discretion or None
        What may be told of the calls, where they are with hidden cases.
    """

    def __init__(
        self, connection: socket.socket, control: Control, number: int, allowance: Allowance
    ):
        self.connection: socket.socket | None = connection
        self.control, self.number = control, number
        self.allowance, self.limits = allowance, allowance.limits
        self.patience = Patience(allowance, self._look)
        self.moment = 0
        self.discretion: Discretion | None = None
        self.functions = RemoteFunctions(self)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files into the folder in which the cells run.

        Raises
        ------
        StudentStopped
            If the worker has ended.
        """
        sent = {name: np.frombuffer(content, np.uint8) for name, content in files.items()}
        self.ask({"do": "put", "files": sent})

    def run(self, source: str, definitions: bool = False) -> dict:
        """Run one cell, or only what it defines.

        Returns
        -------
        dict
            ``stdout``, ``stderr``, ``text``, ``figures``, ``failure``: see
            `autograder.kit.worker.run_cell`. Types and sizes are checked here.

        Raises
        ------
        StudentStopped
            If the cell does not finish in time, or ends its process.
        """
        request = {"do": "run", "source": source, "definitions": definitions}
        reply = self.ask(request, self.limits.cell_seconds, "a cell")
        return _checked_cell(reply, self.limits)

    def ask(self, request: dict, seconds: float | None = None, what: str = "a call") -> dict:
        """Send a request and wait for its reply.

        Parameters
        ----------
        request : dict
        seconds : float, optional
            Of processor time that it may take: those of a call if nothing is said.
        what : str
            What takes them, to be told.

        Raises
        ------
        StudentStopped
            After a deadline, a death or a forged reply; the worker is ended then.
        StudentError
            If the student's code failed.
        """
        connection = self.connection
        if connection is None:
            raise StudentStopped("Died", "the process is gone")
        nonce = secrets.token_hex(8)
        self.moment += request["do"] in RUNNING
        patience = self.patience
        try:
            patience.begin(seconds or self.limits.call_seconds, what)
            _send(connection, encode({**request, "nonce": nonce}), patience)
            reply = _receive(connection, patience, self.limits.reply_mb << 20)
            if reply.get("nonce") != nonce:
                raise WireError("a reply to something else")
            error = _checked_error(reply.get("error"))
        except StudentStopped:
            self.close()
            raise
        except (OSError, EOFError):
            self.allowance.stops.append(DIED)
            self.close()
            raise StudentStopped("Died", "the code ended its process") from None
        except WireError as wrong:
            self.allowance.stops.append(DIED)
            self.close()
            raise StudentStopped("Died", f"the process sent {wrong}") from None
        self.functions.note(reply)
        if error:
            raise self.discretion.error(error, request) if self.discretion else error
        return reply

    def close(self) -> None:
        """End the process, and wait until it is gone. What it has used is taken off."""
        if self.connection is None:
            return
        self.connection.close()
        self.connection = None
        with contextlib.suppress(ZygoteGone):  # then its workers are gone as well
            self.allowance.seconds -= self.control.end(self.number)

    def _look(self) -> dict:
        return self.control.look(self.number)


def _send(
    connection: socket.socket, buffers: Sequence[bytes | memoryview], patience: Patience
) -> None:
    # Many parts at once: each by itself would wake the worker once more.
    for first in range(0, len(buffers), PARTS_AT_ONCE):
        views = [memoryview(part) for part in buffers[first : first + PARTS_AT_ONCE] if len(part)]
        while views:
            connection.settimeout(patience.wait())
            try:
                sent = connection.sendmsg(views)
            except TimeoutError:
                continue
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]


def _receive(connection: socket.socket, patience: Patience, max_bytes: int) -> dict:
    prefix = _read(connection, PREFIX.size, patience)
    header_length, body_length = decode_prefix(prefix, max_bytes)
    header = _read(connection, header_length, patience)
    return decode(header, _read(connection, body_length, patience))


def _read(connection: socket.socket, count: int, patience: Patience) -> bytes:
    parts = []
    while count:
        connection.settimeout(patience.wait())
        try:
            part = connection.recv(min(count, 1 << 20))
        except TimeoutError:
            continue
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class RemoteFunctions:
    """`autograder.kit.functions.Functions` whose code is in a worker."""

    def __init__(self, worker: Worker):
        self.worker = worker
        self.diary = Diary()

    def __contains__(self, name: str) -> bool:
        return self.worker.ask({"do": "has", "name": name}).get("value") is True

    def call(self, name: str | Source, *arguments) -> Answer:
        reply = self.worker.ask({"do": "call", "name": name, "arguments": _sent(arguments)})
        return Answer(reply.get("value"), _after(arguments, reply))

    def call_watched(self, watched: Watched, name: str, *arguments) -> Answer:
        reply = self.worker.ask({
            "do": "call_watched", "name": name, "arguments": _sent(arguments),
            "watched": [watched.forward, list(watched.inputs), list(watched.of)],
        })
        seen = reply.get("seen")
        if type(seen) is not list or len(seen) != len(watched.of) or not all(
            type(what) is str and what in ("", STEPS, COMPLEX, TAKEN_OFF) for what in seen
        ):
            seen = [TAKEN_OFF] * len(watched.of)
        return Answer(reply.get("value"), _after(arguments, reply), tuple(seen))

    def count_lines(self, name: str, *arguments) -> int:
        reply = self.worker.ask(
            {"do": "count_lines", "name": name, "arguments": _sent(arguments)})
        count = reply.get("value")
        return count if type(count) is int and 0 < count <= MOST_COUNTED else NOT_COUNTED

    def call_many(self, name: str, many: list[tuple]) -> list:
        sent = [_sent(arguments) for arguments in many]
        reply = self.worker.ask({"do": "call_many", "name": name, "many": sent})
        values = reply.get("value")
        if type(values) is not list or len(values) != len(many):
            raise StudentError("NotPlain", "an answer of the wrong length")
        return values

    def keep(self, name: str | Source, *arguments) -> RemoteKept:
        reply = self.worker.ask({"do": "keep", "name": name, "arguments": _sent(arguments)})
        return _kept(self.worker, arguments, reply)

    def note(self, reply: dict) -> None:
        """Keep what a reply says about prints and warnings."""
        said = reply.get("printed")
        printed = printable(said) if type(said) is str else ""
        said = reply.get("warned")
        warned = [one_line(text[:500])
                  for text in (said if type(said) is list else [])[:MAX_WARNINGS]
                  if type(text) is str]
        if discretion := self.worker.discretion:
            discretion.heard.note(printed, warned)
            self.diary.warned = discretion.warned
            return
        self.diary.note_output(printed)
        known = self.diary.warned
        known += [text for text in dict.fromkeys(warned) if text not in known]
        del known[MAX_WARNINGS:]


class RemoteKept:
    """`autograder.kit.functions.Kept` that lives in a worker.

    Parameters
    ----------
    worker : Worker
    number : int
        The number that it has there.
    arguments : tuple
        Of the call that made it.
    parts : list of RemoteKept
        Its entries, if the worker has told them already.
    sent : tuple
        Its value, if the worker has sent it already, else nothing. It holds until the worker runs
        student code again.
    """

    def __init__(
        self, worker: Worker, number: int, arguments: tuple = (),
        parts: Sequence[RemoteKept] = (), sent: tuple = (),
    ):
        self.worker, self.number, self.arguments = worker, number, arguments
        self.parts, self.sent, self.moment = parts, sent, worker.moment

    def part(self, key: int | str | Kept) -> RemoteKept:
        if isinstance(key, int) and key < len(self.parts):
            return self.parts[key]
        reply = self.worker.ask({"do": "part", "kept": self.number, "key": _sent_one(key)})
        return RemoteKept(self.worker, _number(reply))

    def set_part(self, key: int | str | Kept, value) -> None:
        sent = {"key": _sent_one(key), "value": _sent_one(value)}
        self.worker.ask({"do": "set_part", "kept": self.number, **sent})
        self.parts = ()

    def value(self):
        if self.sent and self.moment == self.worker.moment:
            return self.sent[0]
        return self.worker.ask({"do": "value", "kept": self.number}).get("value")

    def call(self, method: str, *arguments) -> Answer:
        reply = self.worker.ask(
            {"do": "method", "kept": self.number, "name": method, "arguments": _sent(arguments)}
        )
        return Answer(reply.get("value"), _after(arguments, reply))

    def keep(self, method: str, *arguments) -> RemoteKept:
        reply = self.worker.ask(
            {"do": "keep_method", "kept": self.number, "name": method,
             "arguments": _sent(arguments)}
        )
        return _kept(self.worker, arguments, reply)

    def attribute(self, name: str):
        return self.worker.ask({"do": "attribute", "kept": self.number, "name": name}).get("value")

    def keep_attribute(self, name: str) -> RemoteKept:
        reply = self.worker.ask({"do": "keep_attribute", "kept": self.number, "name": name})
        return RemoteKept(self.worker, _number(reply))


def _kept(worker: Worker, arguments: tuple, reply: dict) -> RemoteKept:
    parts = _checked_parts(worker, reply.get("parts"))
    return RemoteKept(worker, _number(reply), _after(arguments, reply), parts)


def _sent(arguments) -> list:
    return [_sent_one(argument) for argument in arguments]


def _sent_one(argument):
    """An argument with references in place of what stays in the worker."""
    if isinstance(argument, RemoteKept):
        return KeptReference(argument.number)
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_sent_one, argument))
    if isinstance(argument, dict):
        return {_sent_one(key): _sent_one(part) for key, part in argument.items()}
    return argument


def _stays(argument) -> bool:
    """Whether an argument is, or holds, something that stays in the worker."""
    if isinstance(argument, (list, tuple)):
        return any(map(_stays, argument))
    if isinstance(argument, dict):
        return any(map(_stays, (*argument, *argument.values())))
    return isinstance(argument, (RemoteKept, Source))


def _after(arguments, reply: dict) -> tuple:
    """The arguments after a call: a worker sends only those that changed."""
    changed = reply.get("changed")
    changed = changed if type(changed) is dict else {}
    return tuple(
        None if _stays(argument) else changed.get(str(k), argument)
        for k, argument in enumerate(arguments)
    )


def _checked_parts(worker: Worker, parts) -> list[RemoteKept]:
    """The entries of a kept tuple, as a worker tells them; none if it tells nonsense."""
    if type(parts) is not list or not all(
        type(part) is list and 1 <= len(part) <= 2 and type(part[0]) is int for part in parts
    ):
        return []
    return [RemoteKept(worker, part[0], sent=tuple(part[1:])) for part in parts]


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
    return StudentError(one_line(kind, 80), one_line(message, 500), one_line(line, 200))


def _checked_cell(reply: dict, limits: Limits) -> dict:
    cell: dict = {}
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
    cell["failure"] = None
    if type(failure) is list and [type(part) for part in failure] == [str] * 3:
        cell["failure"] = [one_line(part, 1000) for part in failure]
    return cell
