"""Downloads of a made-up class as learning platforms make them, and the gradebooks they export.

How files are named is told in `autograder.grading.collecting.platforms`.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from autograder.examination.bench.made_up_class import (
    DUE,
    PLATFORMS,
    STRANGER,
    HandedIn,
    MadeUpClass,
)
from autograder.grading.classes.roster import Student
from autograder.grading.collecting.platforms import BLACKBOARD, BRIGHTSPACE, CANVAS, MOODLE

File = tuple[str, bytes, datetime]


def write_downloads(made: MadeUpClass, folder: Path) -> dict[str, Path]:
    """Write a zip for each platform; where they are, by platform."""
    written = {}
    for platform in PLATFORMS:
        written[platform] = folder / f"{platform.lower()}.zip"
        with zipfile.ZipFile(written[platform], "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content, when in _files(made, platform):
                entry = zipfile.ZipInfo(name, when.timetuple()[:6])
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written


def _files(made: MadeUpClass, platform: str) -> Iterator[File]:
    """The files of a platform's zip: those of its students, and those of a stranger."""
    for k, student in enumerate(made.of(platform)):
        for attempt in made.handed_in[student.id]:
            yield from NAMED[platform](made.chapter, student, k, attempt)
    stranger = Student("", "99", login="nobody9", name=STRANGER)
    attempt = HandedIn({f"{made.chapter}.ipynb": b"{}"}, DUE)
    yield from NAMED[platform](made.chapter, stranger, 999, attempt)
    if platform == BRIGHTSPACE:
        yield "index.html", b"<html></html>", DUE


def _canvas(chapter: str, student: Student, k: int, attempt: HandedIn) -> Iterator[File]:
    name = "".join(sign for sign in student.name.casefold() if sign.isalnum())
    late = "_LATE" if attempt.late else ""
    for number, (own, content) in enumerate(attempt.files.items()):
        file = 900_000 + 10 * k + number
        yield f"{name}{late}_{student.lms_id}_{file}_{own}", content, attempt.when


def _moodle(chapter: str, student: Student, k: int, attempt: HandedIn) -> Iterator[File]:
    folder = f"{student.name}_{5_000 + k}_assignsubmission_file"
    for own, content in attempt.files.items():
        yield f"{folder}/{own}", content, attempt.when


def _brightspace(chapter: str, student: Student, k: int, attempt: HandedIn) -> Iterator[File]:
    when = attempt.when
    hour, half = when.hour % 12 or 12, "PM" if when.hour >= 12 else "AM"
    told = f"{when:%b} {when.day}, {when.year} {hour}{when:%M} {half}"
    for own, content in attempt.files.items():
        yield (f"{student.lms_id}-{40_000 + k} - {student.name} - {told}/{own}", content, when)


def _blackboard(chapter: str, student: Student, k: int, attempt: HandedIn) -> Iterator[File]:
    start = f"{chapter}_{student.login}_attempt_{attempt.when:%Y-%m-%d-%H-%M-%S}"
    yield f"{start}.txt", f"Name: {student.name} ({student.login})\n".encode(), attempt.when
    for own, content in attempt.files.items():
        yield f"{start}_{own}", content, attempt.when


NAMED = {CANVAS: _canvas, MOODLE: _moodle, BRIGHTSPACE: _brightspace, BLACKBOARD: _blackboard}


def write_gradebooks(made: MadeUpClass, folder: Path) -> dict[str, Path]:
    """Write what Canvas and Moodle export of their students, without scores; by platform."""
    most = f"{made.max_score:.2f}"
    canvas, moodle = folder / "Grades.csv", folder / "Worksheet.csv"
    _write(canvas, [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{made.chapter} (70002)"],
        ["    Points Possible", "", "", "", "", most],
        *([one.name, one.lms_id, one.sis_id, one.login, "Lab 1", ""] for one in made.of(CANVAS)),
    ])
    _write(moodle, [
        ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
         "Grade can be changed", "Last modified (submission)", "Last modified (grade)",
         "Feedback comments"],
        *([f"Participant {5_000 + k}", one.name, one.email, "Submitted for grading", "", most,
           "Yes", "-", "-", ""] for k, one in enumerate(made.of(MOODLE))),
    ])
    return {CANVAS: canvas, MOODLE: moodle}


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
