"""A second try, alone: points must not depend on what else the machine is doing.

A submission that was stopped while others were graded beside it is graded once more at the end of
the batch, when no other grader is at work; so is one whose grader was lost. The second result
counts. A first try ends at its first stop: what comes after it will be asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from autograder.grading.grader import ChapterFiles, Finished, Job, prepare
from autograder.grading.jail.patience import CLOCK, DIED, PROCESSOR
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.submission import Graded, unreadable

BESIDE_OTHERS = frozenset({PROCESSOR, CLOCK, DIED})
"""Stops after which a submission that was graded beside others is tried again."""

BY_ITSELF = frozenset({CLOCK, DIED})
"""The same with one grader: processor time would only run out again."""

LOST = (
    "its grader was ended from outside, and again when it was graded by itself; perhaps the "
    "machine is out of memory: grade it once more with --jobs 1, and report it if that fails"
)


def worth_a_second_try(graders: int) -> frozenset[str]:
    """Stops after which a submission is tried again, in a batch with so many graders."""
    return BESIDE_OTHERS if graders > 1 else BY_ITSELF


def with_second_tries(
    first: Iterable[tuple[Job, Finished | None] | None],
    alone: Callable[[Job], Finished | None],
    files: ChapterFiles,
    level: str,
    again_if: frozenset[str],
) -> Iterator[tuple[Job, Finished] | None]:
    """What graders finish, with a second try at the end where there is a reason for one.

    Parameters
    ----------
    first : iterable
        First None, when graders are at work; then submissions with what was finished of them, or
        with None if their grader was lost.
    alone : callable
        Grades one submission while no other is graded; None if its grader is lost again.
    files : ChapterFiles
    level : str
        Isolation in force.
    again_if : set of str
        Stops after which a submission is tried again.
    """
    again: list[Job] = []
    for found in first:
        if found is None:
            yield None
            continue
        job, finished = found
        if finished is None or again_if.intersection(finished.graded.stops):
            again.append(job)
        else:
            yield job, finished
    for job in again:
        finished = alone(job) or given_up(files, level)
        yield job, replace(finished, graded=replace(finished.graded, tried_alone=True))


def given_up(files: ChapterFiles, level: str) -> Finished:
    """What is written of a submission that has cost two graders. It is graded again next time."""
    prepared = prepare(files)
    graded: Graded = replace(unreadable(LOST, prepared.keys(0), level=level), fault=LOST)
    return Finished(graded, json.dumps(filled_notebook(prepared.release, graded)), None)
