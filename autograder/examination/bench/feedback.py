"""Feedback for a class: how long ``autograder feedback`` takes for a page."""

from __future__ import annotations

import statistics

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.classes import frozen_class, remove
from autograder.examination.bench.frozen import CHAPTER
from autograder.examination.bench.measuring import (
    BenchError,
    Measured,
    median_cpu,
    program,
    run_measured,
)
from autograder.grading.classes.classroom import Classroom

PAGES = 300
ROUNDS = 3


def bench_feedback(course: Course, console: Console, pages: int = PAGES) -> dict:
    """Milliseconds for a page, on the clock and of CPU, the start of the command included.

    Raises
    ------
    BenchError
        If not every student has got a page.
    """
    console.print(f"Writing {pages} pages of feedback on {CHAPTER}, {ROUNDS} times ...")
    classroom = frozen_class(course, "bench-feedback", pages)
    run_measured(program("autograder", "grade", CHAPTER), classroom.course.root)
    runs = [_write(classroom, pages) for _ in range(ROUNDS)]
    remove(classroom)
    seconds, cpu = statistics.median(run.seconds for run in runs), median_cpu(runs)
    return {
        "pages": pages,
        "seconds": round(seconds, 2),
        "per_page_ms": round(1000 * seconds / pages, 1),
        "per_page_cpu_ms": None if cpu is None else round(1000 * cpu / pages, 1),
    }


def _write(classroom: Classroom, pages: int) -> Measured:
    measured = run_measured(program("autograder", "feedback", CHAPTER), classroom.course.root)
    written = len(list(classroom.folder.glob(f"feedback/*/{CHAPTER}/{CHAPTER}.html")))
    if written != pages:
        raise BenchError(f"{written} pages were written, not {pages}")
    return measured
