"""TERM and HUP end a command in order, as Ctrl-C does: what it has opened is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Ended(KeyboardInterrupt):
    """A signal has told this process to end.

    Attributes
    ----------
    status : int
        With which a command ends then: 143 after TERM, 129 after HUP.
    """

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


@contextmanager
def orderly_end() -> Iterator[None]:
    """Turn TERM and HUP into an exception. What ``nohup`` ignores stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no HUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame) -> None:
    for again in ("SIGTERM", "SIGHUP"):  # once is enough: what follows is the end
        if hasattr(signal, again):
            signal.signal(getattr(signal, again), signal.SIG_IGN)
    raise Ended(number)
