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
from autograder.grading.finding import Found, Unreadable, find
from autograder.grading.intake import read_release
from autograder.grading.records import Fingerprint, fingerprint
from autograder.grading.submission import Graded, grade, unreadable

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
    found : Found or None
        What may be the notebook, or None if there is a `problem`.
    problem : str
        Why there is nothing to grade, or empty.
    fingerprint : Fingerprint
        Of the folder as it was before the notebook was read.
    """

    found: Found | None = None
    problem: str = ""
    fingerprint: Fingerprint | None = None


def open_submission(job: Job) -> HandedIn:
    """Find and read the notebook of a submission."""
    folder = Path(job.folder)
    marks = fingerprint(folder)
    try:
        return HandedIn(find(folder, job.chapter), fingerprint=marks)
    except Unreadable as reason:
        return HandedIn(problem=str(reason), fingerprint=marks)


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

    def grade(self, handed_in: HandedIn) -> Graded:
        """Grade one submission."""
        return self._grade(handed_in)

    def finish(self, handed_in: HandedIn) -> Finished:
        """Grade one submission, and make the texts to write of it."""
        graded = self.grade(handed_in)
        notebook = json.dumps(filled_notebook(self.release, graded))
        return Finished(replace(graded, outputs={}), notebook, handed_in.fingerprint)

    def _grade(self, handed_in: HandedIn) -> Graded:
        if handed_in.found is None:
            return unreadable(handed_in.problem, self.keys, level=self.engine.level)
        try:
            return grade(handed_in.found, self.release, self.keys, self.engine)
        except EngineError:
            raise
        except Exception as error:
            # A fault of ours must not stop the batch or look like the student's.
            reason = f"the grader itself failed ({type(error).__name__}: {error}); please report it"
            return unreadable(reason, self.keys, level=self.engine.level)

    def close(self) -> None:
        """End the engine."""
        self.engine.close()
