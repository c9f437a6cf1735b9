"""Running a command and measuring it: wall seconds, CPU seconds, memory of the whole family.

CPU seconds and memory are asked of the system. Where it does not tell (CPU seconds on Windows,
memory anywhere but on Linux) the measurement is None, and a line says so.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import CourseError

PROC = Path("/proc")
PAGE = 4096 if sys.platform == "win32" else os.sysconf("SC_PAGE_SIZE")
LOOK_SECONDS = 0.1
TICKS_A_SECOND = 100 if sys.platform == "win32" else os.sysconf("SC_CLK_TCK")


class BenchError(CourseError):
    """A measurement is not possible. The message says why."""


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes
    ----------
    seconds : float
        On the clock, from its start to its end.
    cpu_seconds : float or None
        Of its processor time, user and system, with all descendants that have been waited for, or
        that were watched.
    peak_mb : float or None
        The largest sum of memory of the command and all its descendants; see `family_memory`.
        None if it was not watched.
    """

    seconds: float
    cpu_seconds: float | None
    peak_mb: float | None = None


def what_is_not_measured() -> list[str]:
    """One line for each thing that this system does not tell."""
    lines = []
    if sys.platform == "win32":
        lines.append("CPU seconds of commands are not measured: Windows does not add up children")
    if not (PROC / "self" / "stat").exists():
        lines.append("Memory of process families is not measured: only Linux has /proc")
    return lines


def program(name: str, *arguments: str) -> list[str]:
    """A command of this Python's own environment, activated or not.

    Raises
    ------
    BenchError
        If it is not installed.
    """
    path = shutil.which(name, path=str(Path(sys.executable).parent))
    if path is None:
        raise BenchError(f"{name} is not installed beside {sys.executable}; run `make bench`")
    return [path, *arguments]


def environment() -> dict[str, str]:
    """The environment for commands: this one's programs first, and no warnings."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PYTHONWARNINGS": "ignore", "PATH": programs}


def run_measured(
    command: list[str], folder: Path, *, watch_memory: bool = False, watch_time: bool = False
) -> Measured:
    """Run a command to its end.

    Parameters
    ----------
    command : list of str
    folder : Path
        Where it runs.
    watch_memory : bool
        Whether to look at its memory all the time. That itself takes a little time, so a run that
        is watched is not the one to time.
    watch_time : bool
        Whether to look at the CPU seconds of all descendants while they live. The system's own
        account leaves out those that nobody waited for, such as what runs inside bubblewrap.

    Raises
    ------
    BenchError
        If the command fails, with the end of what it said.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        peak = PeakMemory(process.pid) if watch_memory else None
        looked_at = FamilyTime(process.pid) if watch_time else None
        try:
            cpu_seconds = wait_for(process)
        except BaseException:
            process.kill()
            raise
        finally:
            peak_mb = peak.stop() if peak else None
            family_seconds = looked_at.stop() if looked_at else 0.0
        seconds = time.perf_counter() - started
        if process.returncode:
            log.seek(0)
            said = log.read().decode(errors="replace")[-2000:]
            raise BenchError(f"{' '.join(command)} ended with status {process.returncode}:\n{said}")
    if cpu_seconds is not None:
        cpu_seconds = max(cpu_seconds, family_seconds)
    return Measured(seconds, cpu_seconds, peak_mb)


def wait_for(process: subprocess.Popen) -> float | None:
    """Wait for a process; its CPU seconds and those of the children that it has waited for."""
    if sys.platform == "win32":
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


class PeakMemory:
    """The memory of a process and of all below it, added up, at its largest.

    A thread looks every tenth of a second until `stop`.
    """

    def __init__(self, pid: int):
        self.pid = pid
        self.largest: int | None = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self) -> float | None:
        """Stop looking; the largest sum in MB, or None where it cannot be known."""
        self.ended.set()
        self.thread.join()
        return None if self.largest is None else round(self.largest / 1e6)

    def _watch(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            now = family_memory(self.pid)
            if now is not None:
                self.largest = max(self.largest or 0, now)


class FamilyTime:
    """The CPU seconds of a process and of all that it ever started, looked at while they live.

    A thread looks every hundredth of a second until `stop`; what a process does after the last
    look is missed.
    """

    def __init__(self, pid: int):
        self.pid = pid
        self.ticks: dict[int, int] = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self) -> float:
        """Stop looking; the sum in seconds, 0 where there is no /proc."""
        self.ended.set()
        self.thread.join()
        return sum(self.ticks.values()) / TICKS_A_SECOND

    def _watch(self) -> None:
        while (PROC / "self" / "stat").exists() and not self.ended.wait(LOOK_SECONDS / 10):
            for pid in family(self.pid) | set(self.ticks):
                ticks = _ticks(pid)
                if ticks >= self.ticks.get(pid, 0):  # fewer: the number is another process's now
                    self.ticks[pid] = ticks


def _ticks(pid: int) -> int:
    """Processor time that a process itself has used, in the clock's ticks; 0 if it is gone."""
    try:
        status = (PROC / str(pid) / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
        return int(status[11]) + int(status[12])
    except (OSError, IndexError, ValueError):
        return 0


def family_memory(pid: int) -> int | None:
    """Bytes of memory of a process and its descendants; None where there is no /proc.

    A page that several processes share counts once, divided among them (PSS). Of a process that
    does not show its PSS everything resident is counted, which is never too little.
    """
    if not (PROC / "self" / "stat").exists():
        return None
    return sum(map(_memory, family(pid)))


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text(errors="replace")
                parents[int(entry.name)] = int(status.rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue  # it has ended meanwhile
    found, more = {pid}, {pid}
    while more:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
    return found


def _memory(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except OSError:
        pass
    try:
        return PAGE * int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0


def in_turn(runs: dict[str, Callable[[], Measured]], rounds: int) -> dict[str, list[Measured]]:
    """Run several things in turn (A B A B), so that what disturbs one disturbs the others too."""
    measured: dict[str, list[Measured]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            measured[name].append(run())
    return measured


def median_cpu(runs: list[Measured]) -> float | None:
    """The median of the CPU seconds of runs; None where they are not measured."""
    seconds = [run.cpu_seconds for run in runs if run.cpu_seconds is not None]
    return statistics.median(seconds) if seconds else None
