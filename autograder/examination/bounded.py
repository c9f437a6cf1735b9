"""A bound on the time of code that may never end, by the clock of the process."""

from __future__ import annotations

import contextlib
import gc
import math
import resource
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from autograder.kit.student_error import StudentStopped

MEMORY = 4 << 30


class OutOfTime(StudentStopped):
    """The time is up. Checks take it for the deadline of a call."""


@dataclass
class Clock:
    """Says whether the time was up.

    Attributes
    ----------
    left : float
        Seconds until it rings.
    rang : bool
    """

    left: float
    rang: bool = False


TICK = 0.05
AGAIN = 0.5
"""Seconds after which a clock that rang rings once more."""

_running: list[Clock] = []
"""The clocks of the blocks that are running; the last one's time goes on."""


@cache
def _start_ticking() -> None:
    """One timer for all blocks: to set one for every call would cost more than most calls do."""
    signal.signal(signal.SIGVTALRM, _tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, TICK, TICK)


def _tick(*_) -> None:
    if not _running:
        return
    clock = _running[-1]
    clock.left -= TICK
    if clock.left <= 0:
        clock.left, clock.rang = AGAIN, True
        raise OutOfTime("Deadline", "it did not finish in time")


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[Clock]:
    """Raise `OutOfTime` inside the block once it has computed for that long, and again after that.

    Time that other processes take does not count, and the garbage collector waits: it would go
    through all keys there are, for a third of a second and on a busy machine for longer, and a
    quick answer would now and then be out of time. Whatever becomes of the exception, the clock
    says that it was raised.
    """
    _start_ticking()
    clock, collecting = Clock(seconds + TICK), gc.isenabled()
    gc.disable()
    _running.append(clock)
    try:
        yield clock
    finally:
        clock.left = math.inf
        _running.pop()
        if collecting:
            gc.enable()


def limit_memory() -> None:
    """Let this process raise MemoryError before it takes all the memory there is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
