"""A bound on the time of code that may never end, by the clock of the process."""

from __future__ import annotations

import contextlib
import gc
import resource
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.kit.student_error import StudentStopped

MEMORY = 4 << 30


class OutOfTime(StudentStopped):
    """The time is up. Checks take it for the deadline of a call."""


@dataclass
class Clock:
    """Says whether the time was up."""

    rang: bool = False


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[Clock]:
    """Raise `OutOfTime` inside the block once it has computed for that long, and again after that.

    Time that other processes take does not count, and the garbage collector waits: it would go
    through all keys there are, for a third of a second and on a busy machine for longer, and a
    quick answer would now and then be out of time. Whatever becomes of the exception, the clock
    says that it was raised.
    """
    clock, collecting = Clock(), gc.isenabled()

    def ring(*_) -> None:
        clock.rang = True
        raise OutOfTime("Deadline", "it did not finish in time")

    before = signal.signal(signal.SIGVTALRM, ring)
    gc.disable()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)
    try:
        try:
            yield clock
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
        if collecting:
            gc.enable()


def limit_memory() -> None:
    """Let this process raise MemoryError before it takes all the memory there is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
