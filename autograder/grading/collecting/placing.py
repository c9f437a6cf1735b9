"""Putting a submission into its place, where nothing newer is lost to it.

What takes the place of an earlier submission leaves that one in ``replaced/``. An older submission
never takes the place of a newer one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.timestamp import NAME as TIMESTAMP
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.collecting.attempts import (
    MOST_BYTES,
    Attempt,
    Looker,
    attempts_of,
    fingerprint_of,
    put_down,
)
from autograder.grading.collecting.downloads import Delivered, LeftOut
from autograder.grading.collecting.platforms import Named
from autograder.grading.submissions.regular_file import read_regular

COLLECTED, REPLACED, UNCHANGED, KEPT, NOTHING = (
    "collected", "replaced", "unchanged", "kept", "nothing handed in")
"""What may become of a submission; it is kept if what would take its place is older."""
STAGING = ".collecting"


class CollectError(CourseError):
    """Nothing can be collected. The message says what to do."""


@dataclass(frozen=True)
class Row:
    """What became of a student's submission."""

    student: str
    what: str
    when: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Memory:
    """What was collected of a chapter before: ``collected/CHAPTER.json`` in the class's folder.

    Attributes
    ----------
    path : Path
    seen : dict of str to list of str
        By student, the fingerprints of what a platform has delivered, the last one last.
    orders : dict of str to int
        By student, the number of the newest file, where the platform numbers them.
    assigned : dict of str to str
        What an instructor has assigned by hand: name on the platform to student.
    """

    path: Path
    seen: dict[str, list[str]] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    assigned: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, classroom: Classroom, chapter: str) -> Memory:
        """What is remembered; nothing if the file is not there or not whole."""
        path = classroom.folder / "collected" / f"{chapter}.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, dict(data["seen"]), dict(data["orders"]), dict(data["assigned"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)

    def write(self) -> None:
        """Keep it."""
        write_whole(self.path, json.dumps(
            {"seen": self.seen, "orders": self.orders, "assigned": self.assigned}, indent=1))


@contextmanager
def staging_folder(classroom: Classroom) -> Iterator[Path]:
    """A folder beside the submissions, in which one is put together before it takes its place."""
    folder = classroom.submitted("") / STAGING / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise CollectError(f"submissions cannot be written: {error.filename or folder}: "
                           f"{error.strerror}; mend it and run the command again") from None
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


@dataclass
class Placer:
    """Puts one student's submission after another into its place."""

    classroom: Classroom
    chapter: str
    memory: Memory
    staging: Path
    looker: Looker
    left_out: list[LeftOut]

    def take(self, student: str, files: Sequence[tuple[Named, Delivered]]) -> Row:
        """Collect what a student handed in, unless it is there already."""
        attempts = attempts_of(files)
        print_ = fingerprint_of(attempts)
        seen = self.memory.seen.setdefault(student, [])
        target = self.classroom.submitted(self.chapter, student)
        there = os.path.lexists(target)
        if not any(attempt.files for attempt in attempts):
            return Row(student, NOTHING, notes=("handed in was a text or comment, and no file",))
        if there and seen and seen[-1] == print_:
            return Row(student, UNCHANGED)
        if there and print_ in seen:
            return Row(student, KEPT, notes=("what is there was collected later than this",))
        attempt, notes = self._chosen(student, attempts)
        folder = self.staging / student / _place_of(attempts, attempt)
        newer = self._is_newer(student, attempt, target) if there else True
        if newer is False:
            return Row(student, KEPT, attempt.when, ("what is there is newer than this",))
        if attempt.when:
            stamp = attempt.when.strftime("%Y-%m-%d %H:%M:%S UTC")
            (folder / TIMESTAMP).write_text(stamp, encoding="utf-8")
        seen.append(print_)
        self.memory.orders[student] = attempt.order
        if there and _contents(folder) == _contents(target):
            return Row(student, UNCHANGED)
        if attempt.late and not attempt.when:
            notes.append("marked as late; the platform does not tell the time, so nothing is taken "
                         "off for it")
        if there:
            kept = self._set_aside(student, target)
            notes.append(f"the one before is in {kept}" if newer else
                         f"which of the two is newer is not known; the one before is in {kept}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, target)
        return Row(student, REPLACED if there else COLLECTED, attempt.when, tuple(notes))

    def _chosen(self, student: str, attempts: Sequence[Attempt]) -> tuple[Attempt, list[str]]:
        """The newest attempt with answers, or simply the newest; and what is to be said of it."""
        folders = [self.staging / student / _place_of(attempts, one) for one in attempts]
        for attempt, folder in zip(attempts, folders):
            self.left_out += put_down(attempt, folder)
        if len(attempts) == 1:
            look = self.looker.candidates(folders[0])
            if look.files > 1:
                look = self.looker.look(folders[0])
                if look.taken:
                    return attempts[0], [_which(look.taken, look.files, look.answers)]
            return attempts[0], [look.problem] if look.problem else []
        looks = []
        for attempt, folder in zip(attempts, folders):
            look = self.looker.look(folder)
            looks.append(look)
            if look.answers:
                notes = [f"{len(attempts)} attempts; the newest counts"]
                if len(looks) > 1:
                    why = looks[0].problem or "nothing is answered in it"
                    notes = [f"{len(attempts)} attempts; not the newest, but that of "
                             f"{_said(attempt.when)}: of the newest, {why}"]
                if look.files > 1:
                    notes.append(_which(look.taken, look.files, look.answers))
                return attempt, notes
        return attempts[0], [f"{len(attempts)} attempts, without an answer in any",
                             *filter(None, [looks[0].problem])]

    def _is_newer(self, student: str, attempt: Attempt, target: Path) -> bool | None:
        """Whether an attempt is newer than what is there; None if nothing tells it."""
        there = read_timestamp(target).when
        if attempt.when and there:
            return attempt.when.astimezone(UTC).replace(tzinfo=None) >= there
        order = self.memory.orders.get(student, 0)
        if attempt.order and order:
            return attempt.order >= order
        return None

    def _set_aside(self, student: str, target: Path) -> str:
        """Move a submission that is replaced to where it is kept."""
        folder = self.classroom.folder / "replaced" / self.chapter / student
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + sum(1 for _ in folder.iterdir())
        while os.path.lexists(folder / str(number)):
            number += 1
        shutil.move(target, folder / str(number))
        return (folder / str(number)).relative_to(self.classroom.folder).as_posix()


def _place_of(attempts: Sequence[Attempt], attempt: Attempt) -> str:
    """The name of an attempt's folder while it waits."""
    return str([one is attempt for one in attempts].index(True))


def _contents(folder: Path) -> dict[str, bytes] | None:
    """All files in a folder; None if there is something else in it, or too much."""
    found, room = {}, MOST_BYTES
    try:
        for path in folder.rglob("*"):
            if path.is_symlink() or not path.is_dir():
                found[path.relative_to(folder).as_posix()], _ = read_regular(path, room)
                room -= len(found[path.relative_to(folder).as_posix()])
    except OSError:
        return None
    return found


def _which(name: str, files: int, answers: int) -> str:
    return f"of {files} files {name} is read, with {answers} answers"


def _said(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else "an unknown time"
