"""What a submission may use up before it is stopped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one submission.

    Attributes
    ----------
    cell_seconds, call_seconds, submission_seconds : float
        Processor time for one cell, for one call of a function, and for everything together. What
        else the machine does costs nobody points.
    wall_factor : float
        How many times longer each of them may take by the clock: code that sleeps ends, too.
    memory_mb : int
        Memory beyond what an idle worker has.
    scratch_mb : int
        Size of the largest file, and of all files together.
    files : int
        Files and folders at one time.
    threads : int
        Threads at one time.
    output_chars : int
        Printed characters that are kept of one cell.
    figures : int
        Pictures that are kept of one cell.
    reply_mb : int
        Size of the largest value that a function may return.
    """

    cell_seconds: float = 10.0
    call_seconds: float = 5.0
    submission_seconds: float = 60.0
    wall_factor: float = 6.0
    memory_mb: int = 1024
    scratch_mb: int = 64
    files: int = 4096
    threads: int = 128
    output_chars: int = 10_000
    figures: int = 4
    reply_mb: int = 64
