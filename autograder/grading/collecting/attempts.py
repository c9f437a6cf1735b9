"""What a student handed in, at one time or at several, and which of it counts.

The newest attempt in which something is answered counts. Whether something is, the same code tells
that grades it later: notebooks are read in the jail, and nothing of them is run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.timestamp import NAME as TIMESTAMP
from autograder.grading.collecting.downloads import Delivered, LeftOut, LeftOutError
from autograder.grading.collecting.platforms import Named
from autograder.grading.jail.engine import Engine
from autograder.grading.jail.isolation import Engines
from autograder.grading.submissions.finding import MAX_FILE_BYTES, Unreadable, find
from autograder.grading.submissions.intake import answered, read_release
from autograder.grading.submissions.reading import Reader, open_found
from autograder.grading.submissions.written_answer import written_answer
from autograder.kit.plain import one_line

MOST_FILES = 1000
MOST_BYTES = 2 * MAX_FILE_BYTES
"""Of one attempt."""
NUMBERED = re.compile(r"(.+)-\d+(\.\w+)")
"""How Canvas names a file that was handed in once more."""


@dataclass(frozen=True)
class Attempt:
    """What a student handed in at one time.

    Attributes
    ----------
    files : tuple of (Named, Delivered)
        Without those that the platform itself has written.
    when : datetime or None
        In UTC.
    """

    files: tuple[tuple[Named, Delivered], ...]
    when: datetime | None = None

    @property
    def order(self) -> int:
        """The larger, the newer, where the platform numbers files."""
        return max((named.order for named, _ in self.files), default=0)

    @property
    def late(self) -> bool:
        """Whether the platform marks it as late."""
        return any(named.late for named, _ in self.files)


def attempts_of(files: Iterable[tuple[Named, Delivered]]) -> list[Attempt]:
    """A student's attempts, the newest first; what was handed in at one time is one."""
    at: dict[datetime | None, list[tuple[Named, Delivered]]] = {}
    for named, file in files:
        # An attempt without files counts, too: it is told that there is nothing in it.
        at.setdefault(named.when, []).extend([(named, file)] if named.path else [])
    newest_first = sorted(at, key=lambda when: when.timestamp() if when else 0.0, reverse=True)
    return [Attempt(tuple(at[when]), when) for when in newest_first]


def fingerprint_of(attempts: Sequence[Attempt]) -> str:
    """What tells a student's files from others: SHA-256 of all names and contents."""
    digest = hashlib.sha256()
    for attempt in attempts:
        for named, file in sorted(attempt.files, key=lambda pair: pair[1].parts):
            try:
                content = hashlib.sha256(file.read()).hexdigest()
            except LeftOutError as reason:
                content = str(reason)
            digest.update("\0".join((*named.path, str(named.order), content, "\n")).encode(
                errors="surrogateescape"))
        digest.update(str(attempt.when).encode())
    return digest.hexdigest()


def put_down(attempt: Attempt, folder: Path) -> list[LeftOut]:
    """Write the files of an attempt into an empty folder; what was left out of it, and why."""
    left_out = []
    room = MOST_BYTES
    folder.mkdir(parents=True)
    for count, (path, file) in enumerate(_own_names(attempt)):
        name = "/".join(file.parts)
        if len(path) == 1 and path[0].lower() == TIMESTAMP:
            left_out.append(LeftOut(name, f"a student's {TIMESTAMP} says nothing: the platform "
                                          "tells when something was handed in"))
            continue
        if count >= MOST_FILES:
            left_out.append(LeftOut(name, f"one attempt has more than {MOST_FILES} files"))
            break
        try:
            content = file.read()
            if len(content) > room:
                raise LeftOutError(f"one attempt has more than {MOST_BYTES // 10**6} MB")
            target = folder.joinpath(*path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as new:
                new.write(content)
            room -= len(content)
        except LeftOutError as reason:
            left_out.append(LeftOut(name, str(reason)))
        except OSError as error:  # one name is a file here and a folder there
            left_out.append(LeftOut(name, error.strerror or "it cannot be written"))
    return left_out


def _own_names(attempt: Attempt) -> list[tuple[tuple[str, ...], Delivered]]:
    """Files with the names that their student gave them, the newest last.

    Canvas numbers a file that is handed in again: of all that bear a name the newest gets it back.
    """
    named = sorted(attempt.files, key=lambda pair: (pair[0].order, pair[1].parts))
    taken: set[tuple[str, ...]] = set()
    names: list[tuple[str, ...]] = []
    for about, _ in reversed(named):
        path = about.path
        numbered = NUMBERED.fullmatch(path[-1]) if about.order else None
        if numbered and (*path[:-1], numbered[1] + numbered[2]) not in taken:
            path = (*path[:-1], numbered[1] + numbered[2])
        names.append(_free(path, taken))
        taken.add(names[-1])
    return [(name, file) for name, (_, file) in zip(reversed(names), named)]


def _free(path: tuple[str, ...], taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    stem, dot, end = path[-1].rpartition(".")
    number, free = 2, path
    while free in taken:
        name = f"{stem} ({number}){dot}{end}" if dot else f"{end} ({number})"
        number, free = number + 1, (*path[:-1], name)
    return free


@dataclass(frozen=True)
class Look:
    """What grading would find in a folder.

    Attributes
    ----------
    answers : int
        Exercises in which something is written; the written question counts as one.
    taken : str
        The notebook that counts.
    files : int
        Among how many it was chosen.
    problem : str
        Why nothing can be graded, or empty.
    """

    answers: int = 0
    taken: str = ""
    files: int = 0
    problem: str = ""


class Looker:
    """Looks into submissions as grading does. Its jail is started when it is first needed.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    """

    def __init__(self, classroom: Classroom, chapter: str):
        self.classroom, self.chapter = classroom, chapter
        self.opened = ExitStack()
        self.engine: Engine | None = None

    def __enter__(self) -> Looker:
        return self

    def __exit__(self, *exception) -> None:
        self.opened.close()

    def candidates(self, folder: Path) -> Look:
        """What may be the notebook, without reading it."""
        try:
            files = find(folder, self.chapter).files
        except Unreadable as reason:
            return Look(problem=str(reason))
        return Look(taken=files[0].name, files=len(files))

    def look(self, folder: Path) -> Look:
        """What grading would find."""
        text = self.classroom.course.released(self.chapter).read_text(encoding="utf-8")
        release, exercises = read_release(text), exercises_of(self.chapter)
        reader = Reader(self._engine().worker)
        try:
            found = find(folder, self.chapter)
            opened = open_found(found, release, exercises, reader)
            names = answered(opened.notebook, release, exercises, opened.facts.__getitem__)
            written = bool(written_answer(opened.notebook.cells, release))
            return Look(len(names) + written, one_line(opened.notebook.name, 80), len(found.files))
        except Unreadable as reason:
            return Look(problem=str(reason))
        finally:
            reader.close()

    def _engine(self) -> Engine:
        if self.engine is None:
            engines = self.opened.enter_context(Engines(1, secrets=self.classroom.secrets()))
            engines.settle(allow_weak=True)  # notebooks are read, and nothing of them is run
            self.engine = next(iter(engines))
        return self.engine
