"""How long a submission, and one request to its worker, may take.

What counts is processor time, which does not depend on what else the machine does; a generous limit
by the clock ends code that sleeps. A request that is answered soon costs no look at either.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from autograder.kit.limits import Limits
from autograder.kit.student_error import StudentStopped

PROCESSOR, CLOCK, DIED = "processor", "clock", "died"
"""How code is stopped: it used too much processor time or took too long; its process ended."""

MOST_BY_THE_CLOCK = 3
"""After so many stops by the clock a submission's time is up: code that sleeps holds up others."""

FIRST_LOOK = 0.05
NEXT_LOOK = 0.05
"""Seconds: a folder on disk fills quickly."""

STOPPED = "the code did not finish in time: {seconds:.3g} seconds {of} are what {what} may take"
OVER = {
    "bytes": "the code was stopped: it had written more than {limits.scratch_mb} MB",
    "files": "the code was stopped: it had made more than {limits.files} files",
    "threads": "the code was stopped: it had started more than {limits.threads} threads",
}


class Allowance:
    """What is left to a submission, over all the workers that it is given.

    Attributes
    ----------
    seconds : float
        Of processor time, when its last worker was ended.
    ends : float
        When the time by the clock is up.
    stops : list of str
        How its workers were stopped so far: `PROCESSOR`, `CLOCK`, `DIED`.
    """

    def __init__(self, limits: Limits):
        self.limits = limits
        self.seconds = limits.submission_seconds
        self.ends = time.monotonic() + limits.submission_seconds * limits.wall_factor
        self.stops: list[str] = []

    @property
    def is_used_up(self) -> bool:
        """Whether a submission gets no worker more."""
        return (
            self.seconds <= 0
            or time.monotonic() > self.ends
            or self.stops.count(CLOCK) >= MOST_BY_THE_CLOCK
        )


class Patience:
    """How much longer a worker may take.

    Parameters
    ----------
    allowance : Allowance
    look : callable
        Asks the zygote: `autograder.grading.jail.zygote_client.Control.look`.
    """

    def __init__(self, allowance: Allowance, look: Callable[[], dict]):
        self.allowance, self.limits, self.look = allowance, allowance.limits, look
        self.began = time.monotonic()
        self.seen = self.began

    def begin(self, seconds: float, what: str) -> None:
        """A request begins, which may take `seconds` of processor time.

        Raises
        ------
        StudentStopped
            If the worker has used up what it may already.
        """
        now = time.monotonic()
        self.request_began, self.seconds, self.what = now, seconds, what
        self.used_before: float | None = None
        self.next_look = now + FIRST_LOOK
        if now > self.seen + 1:  # many short requests take long together
            self._look(now)

    def wait(self) -> float:
        """How long to wait until the next look, which is taken here when it is due.

        Raises
        ------
        StudentStopped
            If the worker has used up what it may.
        """
        now = time.monotonic()
        if now >= self.next_look:
            self._look(now)
            now = time.monotonic()
            self.next_look = now + NEXT_LOOK
        return self.next_look - now

    def _look(self, now: float) -> None:
        seen = self.look()
        self.seen = now
        if seen["over"] is not None:
            raise StudentStopped("Full", OVER[seen["over"]].format(limits=self.limits))
        used = seen["seconds"]
        if used is None:  # this system does not tell: what the clock says stands in for it
            used, before = now - self.began, self.request_began - self.began
        else:
            before = used  # what it used before the first look, it has for nothing
        self.used_before = before if self.used_before is None else self.used_before
        if used - self.used_before > self.seconds:
            self._stop(self.seconds, self.what)
        if used > self.allowance.seconds:
            self._stop(self.limits.submission_seconds, "a submission")
        if now > self.request_began + self.seconds * self.limits.wall_factor:
            self._stop(self.seconds, self.what, clock=True)
        if now > self.allowance.ends:
            self._stop(self.limits.submission_seconds, "a submission", clock=True)

    def _stop(self, seconds: float, what: str, *, clock: bool = False) -> None:
        self.allowance.stops.append(CLOCK if clock else PROCESSOR)
        factor = self.limits.wall_factor if clock else 1
        of = "by the clock" if clock else "of processor time"
        message = STOPPED.format(seconds=seconds * factor, of=of, what=what)
        raise StudentStopped("Deadline", message)
