"""What starting costs: CPU seconds of the smallest commands, with all their children."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.classes import copied, frozen_class, remove
from autograder.examination.bench.frozen import CHAPTER
from autograder.examination.bench.measuring import (
    Measured,
    in_turn,
    median_cpu,
    program,
    run_measured,
)

ROUNDS = 7


def bench_startup(course: Course, console: Console) -> dict:
    """CPU seconds, user and system, of ``--help`` and of grading a class of one.

    All processes that the command starts count, also those in the jail. The gradebook knows the
    chapter already. Medians, after one run to warm up.
    """
    console.print(f"Starting the command {ROUNDS} times ...")
    classroom = frozen_class(course, "bench-startup", 1)

    def grade_one() -> Measured:
        own = copied(classroom, "bench-startup-one")
        command = program("autograder", "grade", CHAPTER)
        measured = run_measured(command, own.course.root, watch_time=True)
        remove(own)
        return measured

    show_help = partial(run_measured, program("autograder", "--help"), course.root)
    runs: dict[str, Callable[[], Measured]] = {"help_s": show_help, "grade_one_s": grade_one}
    in_turn(runs, 1)
    measured = in_turn(runs, ROUNDS)
    remove(classroom)
    seconds = {name: median_cpu(each) for name, each in measured.items()}
    return {name: None if cpu is None else round(cpu, 2) for name, cpu in seconds.items()}
