"""Grading a class: stock ``nbgrader autograde`` and ``autograder grade`` on the same files."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from functools import partial
from pathlib import Path

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.classes import (
    copied,
    for_stock_nbgrader,
    frozen_class,
    remove,
    scores,
)
from autograder.examination.bench.frozen import CHAPTER
from autograder.examination.bench.measuring import (
    BenchError,
    Measured,
    environment,
    family_memory,
    in_turn,
    median_cpu,
    program,
    run_measured,
)
from autograder.grading.classes.classroom import Classroom

ROUNDS = 3
GRADERS = {
    "nbgrader": ("nbgrader", "autograde", CHAPTER),
    "jobs1": ("autograder", "grade", CHAPTER, "--jobs", "1"),
    "jobs2": ("autograder", "grade", CHAPTER, "--jobs", "2"),
}
CHECKPOINT = 200


def bench_grading(course: Course, console: Console, submissions: int) -> dict:
    """Milliseconds for a submission (on the clock, and of CPU), memory, times as fast as nbgrader.

    Each run is a command of its own, started cold, on a copy of a class whose gradebook knows the
    chapter; it writes gradebook and notebooks. The graders take turns, and memory is watched in a
    run that is not timed.

    Raises
    ------
    BenchError
        If the graders do not give the same points to each student.
    """
    console.print(f"Grading {submissions} submissions of {CHAPTER} with {', '.join(GRADERS)}, "
                  f"{ROUNDS} times and once more for memory ...")
    classroom = frozen_class(course, "bench-grading", submissions)
    points: dict[str, dict[str, float]] = {}

    def run(name: str, watch_memory: bool = False) -> Measured:
        own = copied(classroom, f"bench-grading-{name}")
        if name == "nbgrader":
            for_stock_nbgrader(own)
        measured = run_measured(program(*GRADERS[name]), own.course.root, watch_memory=watch_memory)
        points[name] = scores(own.gradebook)
        remove(own)
        return measured

    measured = in_turn({name: partial(run, name) for name in GRADERS}, ROUNDS)
    figures: dict[str, object] = {"submissions": submissions}
    for name, runs in measured.items():
        seconds = statistics.median(each.seconds for each in runs)
        figures[f"{name}_ms"] = round(1000 * seconds / submissions, 1)
        cpu = median_cpu(runs)
        figures[f"{name}_cpu_ms"] = None if cpu is None else round(1000 * cpu / submissions, 1)
        figures[f"{name}_peak_mb"] = run(name, watch_memory=True).peak_mb
    for name in ("jobs1", "jobs2"):
        pairs = zip(measured["nbgrader"], measured[name])
        ratio = statistics.median(theirs.seconds / ours.seconds for theirs, ours in pairs)
        figures[f"speedup_{name}"] = round(ratio, 2)
    remove(classroom)
    if not points["nbgrader"] == points["jobs1"] == points["jobs2"]:
        raise BenchError(f"the graders do not give the same points: {points}")
    return {**figures, "points": sum(points["nbgrader"].values())}


def bench_long_run(course: Course, console: Console, many: int) -> dict:
    """How many submissions a minute, and the memory at the beginning and the end of a long run."""
    console.print(f"Grading {many} submissions in one run ...")
    classroom = frozen_class(course, "bench-long", many)
    started = time.perf_counter()
    process = subprocess.Popen(
        program(*GRADERS["jobs2"]), cwd=classroom.course.root, env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    seen: dict[int, int | None] = {}
    try:
        while process.poll() is None:
            done = _done(classroom)
            for checkpoint in {min(CHECKPOINT, many), many}:
                # The last figure is taken shortly before the end, while all are still alive.
                if done >= min(checkpoint, many - 8) and checkpoint not in seen:
                    seen[checkpoint] = family_memory(process.pid)
            time.sleep(0.1)
    finally:
        process.kill()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise BenchError(f"the long run ended with status {process.returncode}")
    graded = len(scores(classroom.gradebook))
    remove(classroom)
    memory = {f"memory_mb_at_{done}": None if size is None else round(size / 1e6)
              for done, size in sorted(seen.items())}
    a_minute = round(60 * graded / seconds)
    return {"graded": graded, "seconds": round(seconds, 1), "a_minute": a_minute, **memory}


def _done(classroom: Classroom) -> int:
    """How many graded notebooks are there already."""
    folder: Path = classroom.folder / "autograded"
    return len(os.listdir(folder)) if folder.is_dir() else 0
