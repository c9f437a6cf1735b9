"""One grader: what it is given, what it makes ready once, and what it gives back.

It knows nothing of the gradebook. It may run in another process, or on another machine: all that
goes in and out is data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from autograder.cells import CHECK_SUFFIX, WRITTEN
from autograder.checking.answers import AnswerKey
from autograder.course import KeyMaker
from autograder.errors import CourseError
from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.seeds import chosen
from autograder.grading.jail.engine import Engine, EngineError
from autograder.grading.records import Fingerprint, GradedBefore, as_read, fingerprint
from autograder.grading.rules import Rules, rules_of
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.finding import Found, Unreadable, find
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import GRADER_FAILED, Graded, grade, unreadable

QUEUED_PER_GRADER = 4
"""Submissions in flight for each grader: enough to keep it busy, few enough to keep memory flat."""


class GradingError(CourseError):
    """A batch cannot be graded. The message says what to do."""


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, where, and of which chapter.

    Attributes
    ----------
    student, folder, chapter : str
    before : GradedBefore, optional
        Which file was graded last, and on which cases.
    """

    student: str
    folder: str
    chapter: str
    before: GradedBefore | None = None


@dataclass(frozen=True)
class HandedIn:
    """What was found in a submission's folder.

    Attributes
    ----------
    found : Found or bytes
        What may be the notebook, or the notebook itself; nothing if there is a `problem`.
    problem : str
        Why there is nothing to grade, or empty.
    fingerprint : Fingerprint
        Of what was read: of a file that was replaced meanwhile the new one is graded next time.
    job : Job
        Whose it is.
    error : Exception or None
        What failed in the grader itself, if something did.
    """

    found: Found | bytes = b""
    problem: str = ""
    fingerprint: Fingerprint | None = None
    job: Job = Job("", "", "")
    error: Exception | None = None

    @property
    def digests(self) -> list[str]:
        """The SHA-256 of each file that may be the notebook."""
        if isinstance(self.found, bytes):
            return [hashlib.sha256(self.found).hexdigest()]
        return [file.digest for file in self.found.files]


def open_submission(job: Job) -> HandedIn:
    """Find and read the notebook of a submission. Never raises."""
    marks = None
    try:
        marks = fingerprint(Path(job.folder))
        found = find(Path(job.folder), job.chapter)
        return HandedIn(found, fingerprint=as_read(marks, found.files), job=job)
    except Unreadable as reason:
        return HandedIn(problem=str(reason), fingerprint=marks, job=job)
    except Exception as error:
        return HandedIn(error=error, job=job)


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
    seeds : tuple of int
        The pool from which the hidden cases are made.
    """

    chapter: str
    solution: tuple[str, ...]
    release: str
    question: str
    seeds: tuple[int, ...]


def chapter_files(classroom: Classroom, chapter: str) -> ChapterFiles:
    """The files of a chapter as they are now."""
    course = classroom.course
    return ChapterFiles(
        chapter,
        course.solution_cells(chapter),
        course.released(chapter).read_text(encoding="utf-8"),
        _written_question(course.source(chapter).read_text(encoding="utf-8")),
        classroom.seeds(),
    )


@lru_cache(maxsize=1)
def rules_of_today(files: ChapterFiles) -> Rules:
    """The rules by which a chapter is graded now."""
    return rules_of(files.chapter, files.solution, files.seeds)


def _written_question(source: str) -> str:
    """The written question of an instructor's notebook, or nothing if it has none."""
    cells = read_release(source)["cells"]
    return next((cell["source"] for cell in cells if cell.get("id") == WRITTEN), "")


class Prepared:
    """What all graders of a chapter need: the released notebook, and the answer keys.

    The keys of a seed are made when a submission meets it, and kept.

    Parameters
    ----------
    files : ChapterFiles

    Raises
    ------
    ChapterFails
        If a reference function fails.
    GradingError
        If the released notebook is older than the exercise table.
    """

    def __init__(self, files: ChapterFiles):
        self.seeds = files.seeds
        self.rules = rules_of_today(files)
        self.maker = KeyMaker(files.chapter, files.solution)
        self.made: dict[int, dict[str, AnswerKey]] = {}
        self.release = read_release(files.release)
        for cell in self.release["cells"]:
            if cell.get("id") == WRITTEN:  # who grades the answer needs the mark scheme
                cell["source"] = files.question
        check_points(files.chapter, self.release)
        self.keys(0)  # a reference that fails is told before anything is graded

    def keys(self, number: int) -> dict[str, AnswerKey]:
        """The answer keys on the cases of one seed of the pool, by exercise."""
        if number not in self.made:
            keys = self.maker.keys(self.seeds[number])
            self.made[number] = {key.exercise.name: key for key in keys}
        return self.made[number]


def check_points(chapter: str, release: Mapping) -> None:
    """Raise GradingError if the released notebook promises other points than are given.

    The gradebook takes what an exercise is worth from that notebook.
    """
    labels = [cell["metadata"].get("nbgrader", {}) for cell in release["cells"]]
    promised = {label["grade_id"].removesuffix(CHECK_SUFFIX): float(label["points"])
                for label in labels if label.get("grade")}
    given = {name: row.max_points for name, row in exercises_of(chapter).items()}
    for name in dict.fromkeys((*given, *promised)):
        if (old := promised.get(name)) != (new := given.get(name)):
            raise GradingError(
                f"{chapter} as it was built is older than the exercise table: {name} has "
                f"{_points(old)} there and {_points(new)} here; run `autograder build {chapter}` "
                "first"
            )


def _points(points: float | None) -> str:
    return "no points" if points is None else f"{points:g} points"


@lru_cache(maxsize=1)
def prepare(files: ChapterFiles) -> Prepared:
    """What a chapter's graders need; made once, then kept.

    Graders that are forked from this process have it from it.
    """
    return Prepared(files)


class Grader:
    """Grades submissions of one chapter in this process. Made once in each grading process."""

    def __init__(self, files: ChapterFiles, engine: Engine):
        self.prepared = prepare(files)
        self.release = self.prepared.release
        self.engine = engine

    def cases_for(self, handed_in: HandedIn) -> int:
        """The number of the seed that a submission meets; a regrade of a file repeats it."""
        job, seeds = handed_in.job, self.prepared.seeds
        digests = handed_in.digests
        before = job.before
        if before and before.digest in digests and before.cases is not None:
            if before.cases < len(seeds):
                return before.cases
        return chosen(seeds, job.chapter, job.student, digests[0])

    def grade(self, handed_in: HandedIn, again_if: frozenset[str] = frozenset()) -> Graded:
        """Grade one submission.

        Parameters
        ----------
        handed_in : HandedIn
        again_if : set of str
            Stops at which to end, because there will be a second try.
        """
        graded = self._grade(handed_in, again_if)
        graded.rules = self.prepared.rules
        return graded

    def _grade(self, handed_in: HandedIn, again_if: frozenset[str]) -> Graded:
        try:
            if handed_in.error is not None:
                raise handed_in.error
            number = self.cases_for(handed_in)
            keys = self.prepared.keys(number)
            if handed_in.problem:
                return unreadable(handed_in.problem, keys, level=self.engine.level)
            graded = grade(handed_in.found, self.release, keys, self.engine, again_if)
            graded.cases = number
            return graded
        except EngineError:
            raise
        except Exception as error:
            return self._failed(error)

    def finish(self, handed_in: HandedIn, again_if: frozenset[str] = frozenset()) -> Finished:
        """Grade one submission, and make the texts to write of it; see `grade`."""
        graded = self.grade(handed_in, again_if)
        try:
            notebook = json.dumps(filled_notebook(self.release, graded))
        except Exception as error:
            graded = self._failed(error)
            notebook = json.dumps(filled_notebook(self.release, graded))
        return Finished(replace(graded, outputs={}), notebook, handed_in.fingerprint)

    def _failed(self, error: Exception) -> Graded:
        """The row of a submission at which we failed: it must not look like the student's fault."""
        graded = unreadable("", self.prepared.keys(0), level=self.engine.level)
        graded.note_fault(error)
        reason = GRADER_FAILED.format(graded.fault)
        return replace(unreadable(reason, self.prepared.keys(0), level=self.engine.level),
                       fault=graded.fault, traceback=graded.traceback)

    def close(self) -> None:
        """End the engine."""
        self.engine.close()
