"""By which rules a grade was made, and in words what has changed in them since.

A record holds digests: of the points and of the cases of each exercise, of its known mistakes, of
the reference solutions, of the program that checks, and of the seeds of the class. They tell
whether a rule is another one now; none of them gives away what it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from autograder.course import needed_cells
from autograder.exercises import exercises_of
from autograder.grading.fingerprints import DIGITS, fingerprint_of
from autograder.mistakes import mistakes_of

Rules = dict[str, dict[str, str] | str]

PACKAGE = Path(__file__).resolve().parents[1]
PROGRAM = (
    "checking/*.py", "kit/*.py", "cells.py", "grading/jail/discretion.py", "grading/jail/engine.py",
    "grading/jail/libraries.py", "grading/jail/patience.py", "grading/jail/worker_client.py",
    "grading/submissions/finding.py", "grading/submissions/intake.py",
    "grading/submissions/reading.py", "grading/submissions/submission.py",
)
"""Where it is decided what a submission earns, whatever the exercise."""

OF_EXERCISES = {"points": "points", "cases": "cases", "mistakes": "known mistakes"}
OF_CHAPTER = {
    "solutions": "the reference solutions",
    "program": "the program that checks",
    "seeds": "the secret number of the class",
}
NOT_RECORDED = "not recorded"
NAMED = 3
"""Exercises that are named; of more, their number is told."""


def rules_of(chapter: str, solution: Sequence[str], seeds: Sequence[int]) -> Rules:
    """The rules by which this program grades a chapter.

    Parameters
    ----------
    chapter : str
    solution : sequence of str
        The sources of the cells with the reference solutions; see `Course.solution_cells`.
    seeds : sequence of int
        The pool of the class.
    """
    rows, known = exercises_of(chapter), mistakes_of(chapter)
    return {
        "points": {name: fingerprint_of(row.points) for name, row in rows.items()},
        # Hints are told at home only.
        "cases": {name: fingerprint_of(replace(row, points={}, hints=()))
                  for name, row in rows.items()},
        "mistakes": {name: fingerprint_of(known.get(name, [])) for name in rows},
        "solutions": fingerprint_of(needed_cells(chapter, solution)),
        "program": _program(),
        "seeds": fingerprint_of(["seeds", *seeds]),
    }


@cache
def _program() -> str:
    digest = hashlib.sha256()
    for pattern in PROGRAM:
        for path in sorted(PACKAGE.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:DIGITS]


def what_changed(before: object, now: Rules) -> tuple[str, ...]:
    """What is different in the rules of a grade from those of today, in words; nothing if nothing.

    Parameters
    ----------
    before : object
        What stands in a record under "rules"; a record of an older form has nothing there.
    now : Rules
    """
    if not isinstance(before, Mapping):
        return (NOT_RECORDED,)
    words = []
    for kind, name in OF_EXERCISES.items():
        old, new = before.get(kind), now[kind]
        assert isinstance(new, dict)
        if not isinstance(old, Mapping):
            return (NOT_RECORDED,)
        if kind == "points":
            words += [f"{exercise} is new" for exercise in new if exercise not in old]
            words += [f"{exercise} is gone" for exercise in old if exercise not in new]
        words += [f"{name} of {exercise}" for exercise in new
                  if exercise in old and old[exercise] != new[exercise]]
    return (*words, *(name for kind, name in OF_CHAPTER.items() if before.get(kind) != now[kind]))


def in_short(changes: Iterable[str]) -> str:
    """What changed, each once; where it is the same of many exercises, their number."""
    changes = list(dict.fromkeys(changes))
    told = []
    for name in OF_EXERCISES.values():
        of = [change for change in changes if change.startswith(f"{name} of ")]
        if len(of) > NAMED:
            told.append(f"{name} of {len(of)} exercises")
        elif of:
            exercises = [change.removeprefix(f"{name} of ") for change in of]
            told.append(f"{name} of {', '.join(exercises)}")
        changes = [change for change in changes if change not in of]
    return "; ".join(told + changes)
