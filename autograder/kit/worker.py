"""The inside of the jail: run a student's cells, call their functions, one request at a time.

Everything in this process may be changed by the student's code, this module included.
Nothing here is trusted, and nothing secret is here: the grader keeps the answers.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Sequence

import numpy as np
from IPython.utils.capture import capture_output

from autograder.kit.definitions import run_definitions
from autograder.kit.functions import CappedText, LocalFunctions, LocalKept
from autograder.kit.plain import NUMERIC_KINDS, KeptReference, NotPlain, to_plain, untouched
from autograder.kit.reading import NotANotebook, read_notebooks
from autograder.kit.sources import facts_of
from autograder.kit.student_error import StudentError, student_error
from autograder.kit.watching import Watched
from autograder.kit.wire import PREFIX, decode, decode_prefix, encode

MAX_REQUEST_BYTES = 1 << 30
PNG_BYTES = 2_000_000
MOST_PARTS = 16
SMALL_BYTES = 1 << 16
"""What a kept tuple's entries may be, to be sent along with it."""

PARTS_AT_ONCE = 64
"""Buffers in one call of the system, which takes no more than about a thousand."""


def serve(descriptor: int, shell, limits) -> None:
    """Answer requests on a socket until it closes."""
    # What lies in the working folder can be imported, as in a notebook; but it hides nothing.
    sys.path.append(os.getcwd())
    server = _Server(shell, limits)
    while (request := _read_message(descriptor)) is not None:
        reply = server.reply_to(request)
        try:
            buffers = encode(reply)
        except (NotPlain, ValueError) as error:
            buffers = encode({"nonce": request["nonce"], "error": ["NotPlain", str(error), ""]})
        _write_all(descriptor, buffers)


class _Server:
    """The student's names, and the objects that stay here."""

    def __init__(self, shell, limits):
        self.shell, self.limits = shell, limits
        self.functions = LocalFunctions(shell.user_ns)
        self.kept: dict[int, LocalKept] = {}

    def reply_to(self, request: dict) -> dict:
        self.functions.diary.clear()
        try:
            answer = getattr(self, f"do_{request['do']}")(request)
            reply = {"error": None, **answer}
        except StudentError as error:
            reply = {"error": [error.kind, error.message, error.line]}
        except BaseException as error:
            error = student_error(error)
            reply = {"error": [error.kind, error.message, error.line]}
        diary = self.functions.diary
        told = {"printed": diary.printed, "warned": diary.warned}
        return {"nonce": request["nonce"], **told, **reply}

    # What can be asked

    def do_read(self, request: dict) -> dict:
        try:
            found = read_notebooks(request["name"], request["content"].tobytes())
        except NotANotebook as reason:
            raise StudentError("NotANotebook", str(reason)) from None
        return {"value": [
            [one.name, one.notes, [[cell.label, cell.source, cell.kind] for cell in one.cells]]
            for one in found
        ]}

    def do_look(self, request: dict) -> dict:
        looked = map(facts_of, request["sources"])
        return {"value": [
            [facts.readable, facts.calls, list(facts.defined), list(facts.given),
             list(facts.bound), list(facts.used)] for facts in looked
        ]}

    def do_put(self, request: dict) -> dict:
        for name, content in request["files"].items():
            with open(os.path.basename(name), "wb") as file:
                file.write(content.tobytes())
        importlib.invalidate_caches()
        return {}

    def do_run(self, request: dict) -> dict:
        return run_cell(self.shell, request["source"], self.limits,
                        whole=not request.get("definitions"))

    def do_has(self, request: dict) -> dict:
        return {"value": request["name"] in self.functions}

    def do_call(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        answer = self.functions.call(request["name"], *arguments)
        return {"value": answer.value, "changed": _changes(arguments, answer.arguments)}

    def do_call_watched(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        forward, inputs, of = request["watched"]
        watched = Watched(forward, tuple(inputs), tuple(of))
        answer = self.functions.call_watched(watched, request["name"], *arguments)
        changed = _changes(arguments, answer.arguments)
        return {"value": answer.value, "changed": changed, "seen": list(answer.seen)}

    def do_count_lines(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        return {"value": self.functions.count_lines(request["name"], *arguments)}

    def do_call_many(self, request: dict) -> dict:
        many = [tuple(self._arguments(arguments)) for arguments in request["many"]]
        return {"value": self.functions.call_many(request["name"], many)}

    def do_keep(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        return self._told(arguments, self.functions.keep(request["name"], *arguments))

    def do_part(self, request: dict) -> dict:
        (key,) = self._arguments([request["key"]])
        return {"value": self._keep(self.kept[request["kept"]].part(key))}

    def do_set_part(self, request: dict) -> dict:
        key, value = self._arguments([request["key"], request["value"]])
        self.kept[request["kept"]].set_part(key, value)
        return {}

    def do_value(self, request: dict) -> dict:
        return {"value": self.kept[request["kept"]].value()}

    def do_method(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        answer = self.kept[request["kept"]].call(request["name"], *arguments)
        return {"value": answer.value, "changed": _changes(arguments, answer.arguments)}

    def do_keep_method(self, request: dict) -> dict:
        arguments = self._arguments(request["arguments"])
        return self._told(arguments, self.kept[request["kept"]].keep(request["name"], *arguments))

    def do_attribute(self, request: dict) -> dict:
        return {"value": self.kept[request["kept"]].attribute(request["name"])}

    def do_keep_attribute(self, request: dict) -> dict:
        return {"value": self._keep(self.kept[request["kept"]].keep_attribute(request["name"]))}

    def _arguments(self, arguments: list) -> list:
        return [self._argument(argument) for argument in arguments]

    def _argument(self, argument):
        """An argument with the kept objects that it refers to, however deep inside."""
        if isinstance(argument, KeptReference):
            return self.kept[argument.number]
        if isinstance(argument, (list, tuple)):
            return type(argument)(map(self._argument, argument))
        if isinstance(argument, dict):
            return {self._argument(key): self._argument(a) for key, a in argument.items()}
        return argument

    def _told(self, arguments: list, kept: LocalKept) -> dict:
        """What is said of an object that was kept."""
        return {
            "value": self._keep(kept),
            "changed": _changes(arguments, kept.arguments),
            "parts": self._parts(kept),
        }

    def _parts(self, kept: LocalKept) -> list[list] | None:
        """The entries of a tuple, kept too, each with its value where that is small.

        Nearly all of them are asked for next. One by one they would cost two messages each.
        """
        if type(kept.thing) not in (tuple, list) or len(kept.thing) > MOST_PARTS:
            return None
        parts = []
        for index in range(len(kept.thing)):
            part = kept.part(index)
            told = [self._keep(part)]
            with contextlib.suppress(NotPlain):
                told += [to_plain(part.thing)] if _is_small(part.thing) else []
            parts.append(told)
        return parts

    def _keep(self, thing: LocalKept) -> int:
        number = len(self.kept)
        self.kept[number] = thing
        return number


def _is_small(thing, depth: int = 0) -> bool:
    """Whether a value is of exact types, and small enough to be sent without being asked for."""
    if type(thing) is np.ndarray:
        return thing.dtype.kind in NUMERIC_KINDS and thing.nbytes <= SMALL_BYTES
    if type(thing) in (tuple, list):
        return len(thing) <= MOST_PARTS and depth < 2 and all(
            _is_small(part, depth + 1) for part in thing
        )
    return thing is None or type(thing) in (bool, float) or (
        type(thing) is int and abs(thing) < 2**53
    )


def _changes(before, after) -> dict:
    """Arguments that a call changed, by their position."""
    return {
        str(k): _sendable(new)
        for k, (old, new) in enumerate(zip(before, after))
        if new is not None and not untouched(old, new)
    }


def _sendable(value):
    """A changed argument as it is, or as plain data, or a text where it is neither any more."""
    if type(value) is np.ndarray and value.dtype.kind in NUMERIC_KINDS:
        return value
    try:
        return to_plain(value)
    except NotPlain:
        return "no plain data"


def run_cell(shell, source: str, limits, whole: bool = True) -> dict:
    """Run one cell as a notebook would; where it stops, run what it defines below.

    Parameters
    ----------
    shell : InteractiveShell
    source : str
    limits : autograder.kit.limits.Limits
    whole : bool
        Whether all of it is run, or only what it defines.

    Returns
    -------
    dict
        ``stdout`` and ``stderr`` (capped), ``figures`` (PNG bytes as uint8 arrays), ``text`` of the
        last value, and ``failure``: None, or the exception's name, message and traceback.
    """
    out, err = CappedText(limits.output_chars), CappedText(limits.output_chars)
    failure: BaseException | None = None
    with (
        capture_output(stdout=False, stderr=False, display=True) as shown,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.resetwarnings()
        if whole:
            result = shell.run_cell(source, store_history=False, silent=False)
            failure = result.error_before_exec or result.error_in_exec
        if failure is not None or not whole:
            run_definitions(shell, source, failure)
    figures: list[bytes] = []
    texts: list[str] = []
    for output in shown.outputs:
        data = output.data
        if isinstance(data.get("image/png"), (str, bytes)) and len(figures) < limits.figures:
            figures.append(_png_bytes(data["image/png"]))
        elif isinstance(data.get("text/plain"), str):
            texts.append(data["text/plain"])
    return {
        "stdout": out.getvalue(),
        "stderr": err.getvalue(),
        "figures": [np.frombuffer(f, np.uint8) for f in figures if 0 < len(f) <= PNG_BYTES],
        "text": "\n".join(texts)[: limits.output_chars],
        "failure": _failure(failure) if failure is not None else None,
    }


def _png_bytes(data) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return base64.b64decode(data)
    except ValueError:
        return b""


def _failure(error: BaseException) -> list[str]:
    told = student_error(error)
    line = f" in the line: {told.line}" if told.line else ""
    return [told.kind, told.message, f"{told.kind}: {told.message}{line}"]


def _read_message(descriptor: int) -> dict | None:
    prefix = _read_exactly(descriptor, PREFIX.size)
    if prefix is None:
        return None
    header_length, body_length = decode_prefix(prefix, MAX_REQUEST_BYTES)
    header = _read_exactly(descriptor, header_length)
    body = _read_exactly(descriptor, body_length)
    if header is None or body is None:
        return None
    return decode(header, body, trusted=True)


def _read_exactly(descriptor: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_all(descriptor: int, buffers: Sequence[bytes | memoryview]) -> None:
    # Many parts at once: each by itself would wake the grader once more.
    for first in range(0, len(buffers), PARTS_AT_ONCE):
        views = [memoryview(part) for part in buffers[first : first + PARTS_AT_ONCE] if len(part)]
        while views:
            written = os.writev(descriptor, views)
            while views and written >= len(views[0]):
                written -= len(views.pop(0))
            if written:
                views[0] = views[0][written:]
