"""The engine's own record of a grade: what was found, how, and of which file.

It is the last thing that is written of a grade. A batch that was interrupted goes on where the
records end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.seeds import CLASS_SEED

Fingerprint = list[list[str | int]]
"""Names, sizes and times of a submission's notebooks."""


def fingerprint(folder: Path) -> Fingerprint:
    """What tells a new file of a submission from an old one."""
    files = sorted(path for path in folder.glob("*.ipynb") if not path.is_dir())
    return [[path.name, path.lstat().st_size, path.lstat().st_mtime_ns] for path in files]


def is_graded(classroom: Classroom, chapter: str, student: str) -> bool:
    """Whether the record of a grade is of the file that is there now."""
    try:
        record = json.loads(classroom.record(chapter, student).read_text(encoding="utf-8"))
        return record["fingerprint"] == fingerprint(classroom.submitted(chapter, student))
    except (OSError, ValueError, KeyError, TypeError):
        return False


@dataclass(frozen=True)
class GradedBefore:
    """Which file was graded last, by its SHA-256, and the number of its hidden cases."""

    digest: str
    cases: int


def graded_before(classroom: Classroom, chapter: str, student: str) -> GradedBefore | None:
    """What the record says of the last grade; None if there is none that says it."""
    try:
        record = json.loads(classroom.record(chapter, student).read_text(encoding="utf-8"))
        digest, cases = record["digest"], record["cases"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    usable = isinstance(digest, str) and type(cases) is int and cases >= 0
    return GradedBefore(digest, cases) if usable else None


def save_record(classroom: Classroom, chapter: str, student: str, record: dict) -> None:
    """Write a record; see `autograder.grading.submission.Graded.record`."""
    whole = {**record, "student": student, CLASS_SEED: classroom.seed()}
    text = json.dumps(whole, indent=1)
    write_whole(classroom.record(chapter, student), text)
