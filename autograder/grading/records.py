"""The engine's own record of a grade: what was found, how, and of which file.

It is the last thing that is written of a grade. A batch that was interrupted goes on where the
records end.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.seeds import CLASS_SEED
from autograder.grading.submissions.finding import HandedInFile
from autograder.grading.submissions.regular_file import read_regular

Fingerprint = list[list[str | int]]
"""Names, sizes and times of a submission's files; of one that was read, a digest, too."""

MOST_FILES = 1000
DEEPEST = 4
"""So many files of a submission are looked at, and so many folders deep."""


def fingerprint(folder: Path) -> Fingerprint | None:
    """What tells a submission from another one that takes its place; None if it is not readable.

    Hidden files do not count: Jupyter leaves some where an instructor opens a notebook.
    """
    try:
        return sorted(islice(_marks(folder, ""), MOST_FILES))
    except OSError:
        return None


def _marks(folder: Path, inside: str) -> Iterator[list[str | int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = inside + entry.name
            if entry.is_dir(follow_symlinks=False):
                if inside.count("/") < DEEPEST:
                    yield from _marks(Path(entry.path), f"{name}/")
            else:
                status = entry.stat(follow_symlinks=False)
                yield [name, status.st_size, status.st_mtime_ns]


def as_read(marks: Fingerprint | None, files: Iterable[HandedInFile]) -> Fingerprint | None:
    """The fingerprint in which files are what was read of them, whatever bears their names since.

    Parameters
    ----------
    marks : Fingerprint or None
        Of the folder before they were read.
    files : iterable of HandedInFile
    """
    if marks is None:
        return None
    read: dict[str, list[str | int]] = {
        file.name: [file.name, file.size, file.mtime_ns, file.digest] for file in files
    }
    return sorted([*(mark for mark in marks if mark[0] not in read), *read.values()])


def is_graded(classroom: Classroom, chapter: str, student: str) -> bool:
    """Whether the record of a grade is of the files that are there now."""
    record = read_record(classroom, chapter, student)
    return is_of_files(record.get("fingerprint"), classroom.submitted(chapter, student))


def is_of_files(graded: Any, folder: Path) -> bool:
    """Whether a fingerprint is that of the files that are in a folder now.

    Parameters
    ----------
    graded : Fingerprint
        As it is read from a file; it may be anything.
    folder : Path
    """
    try:
        now = fingerprint(folder)
        return (
            now is not None
            and [mark[:3] for mark in graded] == now
            and all(_is_still(folder / mark[0], *mark[3:]) for mark in graded)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_still(path: Path, digest: str = "") -> bool:
    """Whether a file that was read has the bytes that it had then."""
    if not digest:
        return True
    content, _ = read_regular(path, path.lstat().st_size)
    return hashlib.sha256(content).hexdigest() == digest


@dataclass(frozen=True)
class GradedBefore:
    """What the record says of the last grade.

    Attributes
    ----------
    digest : str
        Which file was graded, by its SHA-256.
    cases : int or None
        The number of its hidden cases; None if it met none.
    outdated : dict of str to str
        Exercises of which a score that a person gave was older than the grade, and the note that
        says so.
    """

    digest: str
    cases: int | None = None
    outdated: Mapping[str, str] = field(default_factory=dict)


def graded_before(classroom: Classroom, chapter: str, student: str) -> GradedBefore | None:
    """What the record says of the last grade; None if there is none that says it."""
    try:
        record = read_record(classroom, chapter, student)
        digest, cases = record["digest"], record["cases"]
        by_hand = record.get("by_hand", [])
        outdated = {told["exercise"]: told["note"] for told in by_hand if told["note"]}
    except (KeyError, TypeError, AttributeError):
        return None
    if not isinstance(digest, str):
        return None
    return GradedBefore(digest, cases if type(cases) is int and cases >= 0 else None, outdated)


def read_record(classroom: Classroom, chapter: str, student: str) -> dict:
    """The record of a grade; empty if there is none that can be read."""
    try:
        record = json.loads(classroom.record(chapter, student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def save_record(classroom: Classroom, chapter: str, student: str, record: dict) -> None:
    """Write a record; see `autograder.grading.submissions.submission.Graded.record`."""
    whole = {**record, "student": student, CLASS_SEED: classroom.seed()}
    text = json.dumps(whole, indent=1)
    path = classroom.record(chapter, student)
    write_whole(path, text)
    path.chmod(0o600)  # it holds the class's secret number
