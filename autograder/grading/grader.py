"""One grader: what it is given, what it makes ready once, and what it gives back.

It knows nothing of the gradebook. It may run in another process, or on another machine: all that
goes in and out is data.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from autograder.cells import WRITTEN
from autograder.checking.answers import AnswerKey
from autograder.course import answer_keys
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.grading.engine import Engine, EngineError
from autograder.grading.filled_notebook import filled_notebook
from autograder.grading.intake import Unreadable, find_notebook, read_release, read_submission
from autograder.grading.records import Fingerprint, as_read, fingerprint
from autograder.grading.submission import GRADER_FAILED, Graded, grade, told, unreadable
from autograder.kit.plain import printable

QUEUED_PER_GRADER = 4
"""Submissions in flight for each grader: enough to keep it busy, few enough to keep memory flat."""


class GradingError(CourseError):
    """A batch cannot be graded. The message says what to do."""


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, where, and of which chapter."""

    student: str
    folder: str
    chapter: str


@dataclass(frozen=True)
class HandedIn:
    """What was found in a submission's folder.

    Attributes
    ----------
    raw : bytes
        The notebook, or nothing if there is a `problem`.
    notes : tuple of str
        What was put right while looking for it.
    problem : str
        Why there is nothing to grade, or empty.
    fingerprint : Fingerprint
        Of what was read: of a file that was replaced meanwhile the new one is graded next time.
    error : Exception or None
        What failed in the grader itself, if something did.
    """

    raw: bytes = b""
    notes: tuple[str, ...] = ()
    problem: str = ""
    fingerprint: Fingerprint | None = None
    error: Exception | None = None


def open_submission(job: Job) -> HandedIn:
    """Find and read the notebook of a submission. Never raises."""
    try:
        return _read_folder(Path(job.folder), job.chapter)
    except Exception as error:
        return HandedIn(problem=GRADER_FAILED.format(told(error)), error=error)


def _read_folder(folder: Path, chapter: str) -> HandedIn:
    marks = fingerprint(folder)
    try:
        path, notes = find_notebook(folder, chapter)
        raw, status = read_submission(path)
    except Unreadable as reason:
        return HandedIn(problem=str(reason), fingerprint=marks)
    marks = as_read(marks, path.relative_to(folder).as_posix(), status, raw)
    return HandedIn(raw, tuple(map(printable, notes)), "", marks)


@dataclass(frozen=True)
class Finished:
    """What a grader gives back.

    Attributes
    ----------
    graded : Graded
        Without what the cells showed: that is in the notebook.
    notebook : str
        The text of the graded notebook.
    fingerprint : Fingerprint
        Of the file that was graded.
    """

    graded: Graded
    notebook: str
    fingerprint: Fingerprint | None


FinishedJobs = Generator["tuple[Job, Finished] | None", None, None]
"""First None, when the graders are at work; then what they finish, as they finish it."""


@dataclass(frozen=True)
class ChapterFiles:
    """What a grader needs of a chapter: plain texts, so that it can be on another machine.

    Attributes
    ----------
    chapter : str
    solution : tuple of str
        The sources of the cells with the reference solutions; see `Course.solution_cells`.
    release : str
        The notebook that students got.
    question : str
        The written question with its mark scheme, which students did not get; or empty.
    seed : int
        From which the hidden cases are made.
    """

    chapter: str
    solution: tuple[str, ...]
    release: str
    question: str
    seed: int


def chapter_files(classroom: Classroom, chapter: str) -> ChapterFiles:
    """The files of a chapter as they are now."""
    course = classroom.course
    return ChapterFiles(
        chapter,
        course.solution_cells(chapter),
        course.released(chapter).read_text(encoding="utf-8"),
        _written_question(course.source(chapter).read_text(encoding="utf-8")),
        classroom.seed(),
    )


def _written_question(source: str) -> str:
    """The written question of an instructor's notebook, or nothing if it has none."""
    cells = read_release(source)["cells"]
    return next((cell["source"] for cell in cells if cell.get("id") == WRITTEN), "")


@lru_cache(maxsize=1)
def prepare(files: ChapterFiles) -> tuple[dict, dict[str, AnswerKey]]:
    """The released notebook and the answer keys, by exercise; made once, then kept.

    Graders that are forked from this process have them from it.
    """
    keys = answer_keys(files.chapter, files.solution, files.seed)
    release = read_release(files.release)
    for cell in release["cells"]:
        if cell.get("id") == WRITTEN:  # who grades the answer needs the mark scheme
            cell["source"] = files.question
    return release, {key.exercise.name: key for key in keys}


class Grader:
    """Grades submissions of one chapter in this process. Made once in each grading process."""

    def __init__(self, files: ChapterFiles, engine: Engine):
        self.release, self.keys = prepare(files)
        self.engine = engine

    def grade(self, handed_in: HandedIn, again_if: frozenset[str] = frozenset()) -> Graded:
        """Grade one submission.

        Parameters
        ----------
        handed_in : HandedIn
        again_if : set of str
            Stops at which to end, because there will be a second try.
        """
        graded = self._grade(handed_in, again_if)
        graded.notes[:0] = handed_in.notes
        return graded

    def finish(self, handed_in: HandedIn, again_if: frozenset[str] = frozenset()) -> Finished:
        """Grade one submission, and make the texts to write of it."""
        graded = self.grade(handed_in, again_if)
        try:
            notebook = json.dumps(filled_notebook(self.release, graded))
        except Exception as error:
            graded = self._failed(error)
            notebook = json.dumps(filled_notebook(self.release, graded))
        return Finished(replace(graded, outputs={}), notebook, handed_in.fingerprint)

    def _grade(self, handed_in: HandedIn, again_if: frozenset[str]) -> Graded:
        if handed_in.error is not None:
            return self._failed(handed_in.error)
        if handed_in.problem:
            return unreadable(handed_in.problem, self.keys, level=self.engine.level)
        try:
            return grade(handed_in.raw, self.release, self.keys, self.engine, again_if)
        except EngineError:
            raise
        except Exception as error:
            return self._failed(error)

    def _failed(self, error: Exception) -> Graded:
        """The row of a submission at which we failed: it must not look like the student's fault."""
        graded = unreadable(GRADER_FAILED.format(told(error)), self.keys, level=self.engine.level)
        graded.note_fault(error)
        return graded

    def close(self) -> None:
        """End the engine."""
        self.engine.close()
