"""Grading a batch: many graders, one writer of the gradebook.

Each grader is a process with a zygote of its own. Results come back as data to this process,
which alone writes: notebook, gradebook, record, in this order. The record is written last and
says of which file the grade is, so a batch that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.checking.answers import AnswerKey
from autograder.course import Course, answer_keys
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS
from autograder.grading.classroom import Classroom
from autograder.grading.engine import Engine, EngineError
from autograder.grading.gradebook import GradeWriter, Written, submission_timestamp
from autograder.grading.intake import Unreadable, find_notebook, read_submission
from autograder.grading.submission import Graded, filled_notebook, grade, unreadable
from autograder.kit.limits import Limits
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
    """What was found in a submission's folder: the file's bytes, or why there are none."""

    raw: bytes = b""
    notes: tuple[str, ...] = ()
    problem: str = ""


def open_submission(job: Job) -> HandedIn:
    """Find and read the notebook of a submission."""
    try:
        path, notes = find_notebook(Path(job.folder), job.chapter)
        return HandedIn(read_submission(path), tuple(map(printable, notes)))
    except Unreadable as reason:
        return HandedIn(problem=str(reason))


@dataclass(frozen=True)
class ChapterFiles:
    """What a grader needs of a chapter: plain texts, so that it can be on another machine.

    Attributes
    ----------
    chapter : str
    solution, release : str
        The percent file with the reference solutions, and the notebook that students got.
    seed : int
        From which the hidden cases are made.
    """

    chapter: str
    solution: str
    release: str
    seed: int


def chapter_files(classroom: Classroom, chapter: str) -> ChapterFiles:
    """The files of a chapter as they are now."""
    course = classroom.course
    return ChapterFiles(
        chapter,
        course.solution(chapter).read_text(encoding="utf-8"),
        course.released(chapter).read_text(encoding="utf-8"),
        classroom.seed(),
    )


@dataclass(frozen=True)
class Row:
    """One line of the outcome of a batch.

    Attributes
    ----------
    student : str
    points, max_points : float
    before : float or None
        The score in the gradebook before this batch.
    findings, notes : tuple of str
        What is wrong, by exercise, and what was put right while reading.
    problem : str
        Why nothing could be graded, or empty.
    seconds : float
    """

    student: str
    points: float
    max_points: float
    before: float | None = None
    now: float = 0.0
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether a score that was there before is another one now."""
        return self.before is not None and abs(self.before - self.now) > 1e-9


class Grader:
    """Grades submissions of one chapter in this process. Made once in each grading process."""

    def __init__(self, files: ChapterFiles, level: str, limits: Limits):
        self.release = nbformat.reads(files.release, as_version=4)
        keys = answer_keys(files.chapter, files.solution, files.seed)
        self.keys: dict[str, AnswerKey] = {key.exercise.name: key for key in keys}
        self.engine = Engine(level, limits)

    def grade(self, handed_in: HandedIn) -> tuple[Graded, str]:
        """Grade one submission; the result, and the text of the graded notebook."""
        graded = self._grade(handed_in)
        graded.notes[:0] = handed_in.notes
        return graded, json.dumps(filled_notebook(self.release, graded), indent=1)

    def _grade(self, handed_in: HandedIn) -> Graded:
        if handed_in.problem:
            return unreadable(handed_in.problem, self.keys, level=self.engine.level)
        try:
            return grade(handed_in.raw, self.release, self.keys, self.engine)
        except EngineError:
            raise
        except Exception as error:
            # A fault of ours must not stop the batch or look like the student's.
            reason = f"the grader itself failed ({type(error).__name__}: {error}); please report it"
            return unreadable(reason, self.keys, level=self.engine.level)

    def close(self) -> None:
        """End the engine."""
        self.engine.close()


def grade_batch(
    classroom: Classroom,
    chapter: str,
    *,
    level: str,
    jobs: int = 1,
    student: str | None = None,
    again: bool = False,
    limits: Limits | None = None,
    scheduler: str | None = None,
) -> Iterator[Row]:
    """Grade all submissions of a chapter, and write each as it comes in.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    level : str
        Isolation, from `autograder.grading.engine.best_level`.
    jobs : int
        Graders working side by side.
    student : str, optional
        Grade only this student.
    again : bool
        Grade also what was graded already and has not changed since.
    limits : Limits, optional
    scheduler : str, optional
        Address of a Dask scheduler whose workers grade in place of local processes.

    Yields
    ------
    Row
        In the order in which submissions are finished.

    Raises
    ------
    GradingError
        If there is no such chapter, or nothing was submitted.
    """
    todo = pending(classroom, chapter, student, again)
    settings = (chapter_files(classroom, chapter), level, limits or Limits())
    with GradeWriter(classroom, chapter) as writer:
        def save(job: Job, graded: Graded, notebook: str) -> Row:
            return save_grade(classroom, writer, job, graded, notebook)

        if scheduler:
            from autograder.grading.cluster import grade_on_cluster

            yield from grade_on_cluster(scheduler, settings, todo, save)
        elif jobs == 1:
            yield from _grade_here(settings, todo, save)
        else:
            yield from _grade_in_processes(settings, todo, jobs, save)


def pending(classroom: Classroom, chapter: str, student: str | None, again: bool) -> list[Job]:
    """The submissions that a batch has to grade."""
    check_chapter(classroom.course, chapter)
    students = classroom.students_with_folders(chapter)
    if student is not None:
        if student not in students:
            raise GradingError(f"{student} has handed in nothing for {chapter}: there is no folder "
                               f"{classroom.submitted(chapter, student)}")
        students = [student]
    if not students:
        raise GradingError(
            f"nothing was handed in for {chapter}: put submissions into "
            f"{classroom.submitted(chapter)}/STUDENT/{chapter}/ (nbgrader collect does that)"
        )
    return [
        Job(name, str(classroom.submitted(chapter, name)), chapter)
        for name in students if again or not is_graded(classroom, chapter, name)
    ]


def check_chapter(course: Course, chapter: str) -> None:
    """Raise GradingError unless the chapter exists and is built."""
    if chapter not in CHAPTERS:
        raise GradingError(f"there is no chapter {chapter!r}; the chapters are {', '.join(CHAPTERS)}")
    if not course.source(chapter).exists() or not course.released(chapter).exists():
        raise GradingError(f"{chapter} is not built yet; run `autograder build` first")


def is_graded(classroom: Classroom, chapter: str, student: str) -> bool:
    """Whether the record of a grade is of the file that is there now."""
    try:
        record = json.loads(classroom.record(chapter, student).read_text(encoding="utf-8"))
        return record["fingerprint"] == fingerprint(classroom.submitted(chapter, student))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def fingerprint(folder: Path) -> list:
    """Names, sizes and times of a submission's notebooks: what tells a new file from an old one."""
    files = sorted(path for path in folder.glob("*.ipynb") if not path.is_dir())
    return [[path.name, path.lstat().st_size, path.lstat().st_mtime_ns] for path in files]


def save_grade(
    classroom: Classroom, writer: GradeWriter, job: Job, graded: Graded, notebook: str
) -> Row:
    """Write a graded submission: notebook, gradebook, record. Repeating it changes nothing."""
    folder = Path(job.folder)
    marks = fingerprint(folder)
    target = classroom.autograded(job.chapter, job.student)
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / f"{job.chapter}.ipynb", notebook)
    timestamp: datetime | None = submission_timestamp(folder)
    if timestamp is not None:
        write_whole(target / "timestamp.txt", (folder / "timestamp.txt").read_text(encoding="utf-8"))
    written: Written = writer.write(job.student, graded, timestamp)
    save_record(classroom, job.chapter, job.student, graded, fingerprint=marks)
    return Row(
        job.student, graded.points, graded.max_points, written.before, written.now,
        tuple(graded.findings), tuple(graded.notes), graded.problem, graded.seconds,
    )


def save_record(
    classroom: Classroom, chapter: str, student: str, graded: Graded, **more: object
) -> None:
    """Write what was found, at which level of isolation, and of which file."""
    record = {**graded.record(), "student": student, **more}
    path = classroom.record(chapter, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(record, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def _grade_here(settings, todo: list[Job], save: Callable) -> Iterator[Row]:
    grader = Grader(*settings)
    try:
        for job in todo:
            yield save(job, *grader.grade(open_submission(job)))
    finally:
        grader.close()


_grader: Grader | None = None


def _make_grader(settings) -> None:
    global _grader
    _grader = Grader(*settings)


def _grade_in_process(job: Job) -> tuple[Graded, str]:
    return _grader.grade(open_submission(job))


def _grade_in_processes(settings, todo: list[Job], jobs: int, save: Callable) -> Iterator[Row]:
    # Forking saves every grader a second of imports. Elsewhere it is not safe.
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(min(jobs, max(1, len(todo))), context, _make_grader, (settings,))
    with pool:
        waiting = iter(todo)
        running: dict[Future, Job] = {}
        while True:
            while len(running) < QUEUED_PER_GRADER * jobs and (job := next(waiting, None)):
                running[pool.submit(_grade_in_process, job)] = job
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield save(running.pop(future), *future.result())
