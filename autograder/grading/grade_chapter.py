"""What ``autograder grade`` does: grade what is new, say what waits, grade once more if asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from autograder.grading.batch import (
    Keep,
    Row,
    grade_elsewhere,
    grade_with,
    job_of,
    pending,
    who_handed_in,
)
from autograder.grading.classes.classroom import Classroom
from autograder.grading.grader import Finished, Job, chapter_files, prepare, rules_of_today
from autograder.grading.jail.isolation import Engines
from autograder.kit.plain import one_line

NOBODY_TO_ASK = 1
"""Exit status of a regrade that is not written because there was nobody to ask."""


@dataclass(frozen=True)
class How:
    """How a chapter is to be graded: the options of the command.

    Attributes
    ----------
    student : str or None
        Only this student.
    jobs : int or None
        Graders working side by side; one for each core by default.
    dask : str or None
        Address of a scheduler.
    allow_weak : bool
        Whether to grade even where student code can read files.
    again : bool
        Grade once more what is graded; see `autograder.grading.regrade.to_grade_again`.
    yes : bool
        Write a regrade without asking.
    """

    student: str | None = None
    jobs: int | None = None
    dask: str | None = None
    allow_weak: bool = False
    again: bool = False
    yes: bool = False


def grade_chapter(classroom: Classroom, chapter: str, how: How, console: Console) -> int:
    """Grade what was handed in for a chapter, and print the scores.

    Returns
    -------
    int
        Exit status: 0, or 1 if a regrade is not written because there was nobody to ask.
    """
    if how.dask:
        from autograder.grading.cluster import check_scheduler

        check_scheduler(how.dask)
    new = pending(classroom, chapter, how.student, again=False)
    classroom.seed()  # one that is damaged is told before anything else
    if how.again:
        return _grade_again(classroom, chapter, how, new, console)
    if not new:
        new = _not_in_the_gradebook(classroom, chapter, how, console)
    if new:
        _grade(classroom, chapter, how, new, console, _done(classroom, chapter, how, new))
    else:
        console.print("Everything is graded already.")
    _tell_what_waits(classroom, chapter, how, console)
    return 0


def _grade_again(
    classroom: Classroom, chapter: str, how: How, new: Sequence[Job], console: Console
) -> int:
    """Grade what is new; grade once more what is not, and write that if somebody says yes."""
    from autograder.grading import regrade
    from autograder.grading.score_table import (
        print_differences,
        print_what_is_graded_again,
        with_progress,
    )

    now = rules_of_today(chapter_files(classroom, chapter))
    graded = _graded(classroom, chapter, how, new)
    again = regrade.to_grade_again(classroom, chapter, graded, now, all_of_them=bool(how.student))
    older = regrade.by_older_rules(classroom, chapter, again, now)
    todo = regrade.still_to_do(classroom, chapter, again, now)
    print_what_is_graded_again(older, len(again), len(again) - len(todo), console)

    def keep(job: Job, finished: Finished) -> bool:
        if job.student in again:
            regrade.keep(classroom, job, finished)
        return job.student in again

    def done(finished: int) -> str:
        return (f"{len(again) - len(todo) + max(0, finished - len(new))} of {len(again)} graded "
                "once more, none of it is written yet")

    if new or todo:
        _grade(classroom, chapter, how, [*new, *todo], console, done, keep)
    if not again:
        return 0
    found = regrade.differences(classroom, chapter, again, now)
    print_differences(found, len(again), console)
    command = f"autograder grade {chapter} --again"
    if not found:
        return 0
    if not how.yes and not _says_yes(f"Write {_grades(len(found))}?"):
        asked = sys.stdin.isatty()
        console.print(
            "Nothing of it is written. " + ("" if asked else "There is nobody here to ask. ")
            + f"What was graded is kept: {command} asks again without grading anew, and "
            "--yes writes it without asking.", soft_wrap=True)
        return 0 if asked else NOBODY_TO_ASK
    rows = with_progress(
        regrade.write_all(classroom, chapter, [d.student for d in found], now), len(found),
        console, lambda written: f"{written} of {len(found)} written")
    failed = [row for row in rows if classroom.regraded(chapter, row.student).exists()]
    for row in failed:
        console.print(one_line(f"{row.student}: {row.problem}"), markup=False, soft_wrap=True)
    console.print(f"{_grades(len(rows) - len(failed))} written.")
    _tell_what_waits(classroom, chapter, how, console)
    return 0


def _grades(number: int) -> str:
    return "1 grade" if number == 1 else f"{number} grades"


def _says_yes(question: str) -> bool:
    """Whether somebody at a terminal says yes; no, if there is none."""
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _graded(
    classroom: Classroom, chapter: str, how: How, new: Sequence[Job]
) -> list[str]:
    """Who is graded, of those whom the command is about."""
    ungraded = {job.student for job in new}
    return [name for name in who_handed_in(classroom, chapter, how.student)
            if name not in ungraded]


def _done(
    classroom: Classroom, chapter: str, how: How, todo: Sequence[Job]
) -> Callable[[int], str]:
    """How far a batch is, in words, when so many of it are finished."""
    everybody = len(who_handed_in(classroom, chapter, how.student))
    return lambda finished: f"{everybody - len(todo) + finished} of {everybody} done"


def _not_in_the_gradebook(
    classroom: Classroom, chapter: str, how: How, console: Console
) -> list[Job]:
    """What is graded by the records, and missing in the gradebook: it may have been put away."""
    from autograder.grading.classes.standings import standings

    there = standings(classroom, chapter)
    missing = [name for name in _graded(classroom, chapter, how, []) if name not in there]
    if missing:
        console.print(f"{_grades(len(missing))} in the records, and not in the gradebook: "
                      "graded once more.")
    return [job_of(classroom, chapter, name) for name in missing]


def _grade(
    classroom: Classroom, chapter: str, how: How, todo: Sequence[Job], console: Console,
    done: Callable[[int], str], keep: Keep | None = None,
) -> None:
    """Grade submissions, and print the scores of those that are not kept for later."""
    count = 1 if how.dask else min(how.jobs or os.cpu_count() or 1, len(todo))
    held: set[str] = set()

    def kept(job: Job, finished: Finished) -> bool:
        if keep is not None and keep(job, finished):
            held.add(job.student)
        return job.student in held

    with Engines(count, secrets=classroom.secrets()) as engines:
        from autograder.grading.score_table import print_scores, with_progress

        prepare(chapter_files(classroom, chapter))  # while the engines start
        level = engines.settle(allow_weak=how.allow_weak)
        console.print(f"Isolation: {level} ({engines.meaning})", soft_wrap=True)
        for reason in engines.reasons:
            console.print(f"  {reason}", markup=False, soft_wrap=True)
        later = kept if keep else None
        if how.dask:
            engines.close()
            rows = grade_elsewhere(how.dask, level, classroom, chapter, todo, keep=later)
        else:
            rows = grade_with(engines, classroom, chapter, todo, later)
        with closing(rows):
            finished = with_progress(rows, len(todo), console, done)
        written: list[Row] = [row for row in finished if row.student not in held]
        if written:
            print_scores(written, console)


def _tell_what_waits(classroom: Classroom, chapter: str, how: How, console: Console) -> None:
    """Say which grades are by older rules, and what waits for a person."""
    from autograder.grading.classes.standings import standings
    from autograder.grading.regrade import by_older_rules
    from autograder.grading.score_table import print_older, print_waiting

    new = pending(classroom, chapter, how.student, again=False)
    graded = _graded(classroom, chapter, how, new)
    now = rules_of_today(chapter_files(classroom, chapter))
    print_older(by_older_rules(classroom, chapter, graded, now), chapter, console)
    there = standings(classroom, chapter)
    print_waiting([there[name] for name in graded if name in there], console)
