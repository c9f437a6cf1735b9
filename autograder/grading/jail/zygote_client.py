"""The grader's end of a zygote's control socket: one request and its answer at a time.

The zygote (`autograder.kit.zygote`) starts workers and ends them. Out here they have numbers: a pid
from within a jail is another process outside.
"""

from __future__ import annotations

import array
import json
import socket
import time

MAX_ANSWER_BYTES = 4096
ANSWER_SECONDS = 20.0


class ZygoteGone(OSError):
    """The zygote has ended, or does not answer."""


class Control:
    """A zygote, as seen from outside.

    Attributes
    ----------
    spoiled : bool
        Whether it could not clear away what a worker has left. It should be started anew.
    """

    def __init__(self, connection: socket.socket):
        self.connection: socket.socket | None = connection
        self.spoiled = False

    def fork(self, end: socket.socket) -> int:
        """Start a worker that serves `end`; its number."""
        return self._ask({"do": "fork"}, end)["number"]

    def look(self, number: int) -> dict:
        """What a worker has used: see `autograder.kit.zygote`."""
        return self._ask({"do": "look", "number": number})

    def end(self, number: int) -> float:
        """End a worker, and all that it started; the processor seconds that it used."""
        answer = self._ask({"do": "end", "number": number})
        self.spoiled |= bool(answer["left"])
        return answer["seconds"]

    def answer(self, seconds: float = ANSWER_SECONDS) -> dict:
        """The next answer; also the first, which comes without a request.

        Raises
        ------
        ZygoteGone
        """
        if self.connection is None:
            raise ZygoteGone("the engine is closed")
        ends = time.monotonic() + seconds
        line = b""
        try:
            while not line.endswith(b"\n") and len(line) < MAX_ANSWER_BYTES:
                self.connection.settimeout(max(0.001, ends - time.monotonic()))
                part = self.connection.recv(MAX_ANSWER_BYTES)
                if not part:
                    raise ZygoteGone("the zygote has ended")
                line += part
            return json.loads(line)
        except (OSError, ValueError) as error:
            self.close()  # what comes next would be the answer to something else
            raise ZygoteGone(str(error)) from None

    def close(self) -> None:
        """Let the zygote go. It ends when nobody holds the socket."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _ask(self, request: dict, end: socket.socket | None = None) -> dict:
        if self.connection is None:
            raise ZygoteGone("the engine is closed")
        extra = []
        if end is not None:
            rights = array.array("i", [end.fileno()])
            extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
        try:
            self.connection.settimeout(ANSWER_SECONDS)
            self.connection.sendmsg([json.dumps(request).encode()], extra)
        except OSError as error:
            self.close()
            raise ZygoteGone(str(error)) from None
        return self.answer()
