"""A bound on the time of code that may never end, by the clock of the process."""

from __future__ import annotations

import contextlib
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

    Time that other processes take does not count. Whatever becomes of the exception, the clock
    says that it was raised.
    """
    clock = Clock()

    def ring(*_) -> None:
        clock.rang = True
        raise OutOfTime("Deadline", "it did not finish in time")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)
    try:
        yield clock
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def limit_memory() -> None:
    """Let this process raise MemoryError before it takes all the memory there is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
