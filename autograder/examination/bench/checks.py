"""The slowest checks of right answers, over all styles in which the tests answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.examination.right import right_answers_of
from autograder.exercises import CHAPTERS
from autograder.kit.functions import LocalFunctions

SHOWN = 5


def bench_checks(course: Course, console: Console) -> dict:
    """Seconds of the slowest check, and of which answer."""
    console.print("Checking right answers in all their styles ...")
    slowest: dict[str, tuple[float, str]] = {}
    for chapter in CHAPTERS:
        keys = {key.exercise.name: key for key in course.answer_keys(chapter, 1)}
        reference = course.reference(chapter)
        for answer in right_answers_of(chapter):
            functions: Mapping[str, object] = {**reference, **answer.functions}
            started = time.perf_counter()
            run_check(keys[answer.exercise], LocalFunctions(functions))
            taken = time.perf_counter() - started
            slowest[answer.exercise] = max(
                slowest.get(answer.exercise, (0.0, "")), (taken, answer.style)
            )
    ranked = sorted(slowest.items(), key=lambda item: -item[1][0])
    table = Table("slowest checks", "style of the answer", "seconds")
    for exercise, (seconds, style) in ranked[:SHOWN]:
        table.add_row(exercise, style, f"{seconds:.3f}")
    console.print(table)
    exercise, (seconds, style) = ranked[0]
    return {"slowest_s": round(seconds, 3), "slowest_exercise": exercise, "slowest_style": style}
