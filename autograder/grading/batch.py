"""Grading a batch: many graders, one writer of the gradebook.

Each grader is a process with a zygote of its own. They are forked when all that they share is
ready: the chapter's answer keys and the released notebook. Results come back as data to this
process, which alone writes: notebook, gradebook, record, in this order. The record is written last
and says of which file the grade is, so a batch that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.exercises import known_chapter
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.engine import Engine
from autograder.grading.grader import (
    QUEUED_PER_GRADER,
    ChapterFiles,
    Finished,
    FinishedJobs,
    Grader,
    GradingError,
    Job,
    chapter_files,
    open_submission,
    prepare,
)
from autograder.grading.intake import handed_in_at
from autograder.grading.isolation import Engines
from autograder.grading.records import graded_before, is_graded, save_record
from autograder.grading.student_id import why_refused
from autograder.kit.limits import Limits

if TYPE_CHECKING:
    # It imports SQLAlchemy, which is loaded while the graders are at work.
    from autograder.grading.gradebook import GradeWriter


@dataclass(frozen=True)
class Row:
    """One line of the outcome of a batch.

    Attributes
    ----------
    student : str
    points, max_points : float
    before : float or None
        The score in the gradebook before this batch.
    now : float
        The score in the gradebook.
    answer : str
        How far the written answer is: "2 of 3", "not graded yet", "no answer"; empty if the
        chapter asks for none.
    by_hand : float
        The points that a person gave for it; they are in the score.
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
    answer: str = ""
    by_hand: float = 0.0
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0

    @property
    def automatic(self) -> float:
        """The score without what a person gave for the written answer."""
        return self.now - self.by_hand

    @property
    def changed(self) -> bool:
        """Whether a score that was there before is another one now."""
        return self.before is not None and abs(self.before - self.now) > 1e-9


def pending(classroom: Classroom, chapter: str, student: str | None, again: bool) -> list[Job]:
    """The submissions that a batch has to grade.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    student : str or None
        Grade only this student.
    again : bool
        Grade also what was graded already and has not changed since.

    Raises
    ------
    NoSuchChapter
    GradingError
        If the chapter is not built, or nothing was submitted.
    """
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
        Job(name, str(classroom.submitted(chapter, name)), chapter,
            graded_before(classroom, chapter, name))
        for name in students if again or not is_graded(classroom, chapter, name)
    ]


def check_chapter(course: Course, chapter: str) -> None:
    """Raise NoSuchChapter unless the chapter exists, and GradingError unless it is built."""
    known_chapter(chapter)
    if not course.source(chapter).exists() or not course.released(chapter).exists():
        raise GradingError(f"{chapter} is not built yet; run `autograder build` first")


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
        Isolation, from `autograder.grading.isolation.best_level`.
    jobs : int
        Graders working side by side.
    student, again
        Which submissions; see `pending`.
    limits : Limits, optional
    scheduler : str, optional
        Address of a Dask scheduler whose workers grade in place of local processes.

    Yields
    ------
    Row
        In the order in which submissions are finished.

    Raises
    ------
    NoSuchChapter
    GradingError
        If nothing was submitted, or a grader is lost.
    """
    todo = pending(classroom, chapter, student, again)
    if scheduler:
        yield from grade_elsewhere(scheduler, level, classroom, chapter, todo, limits)
    elif todo:
        with Engines(min(jobs, len(todo)), limits, (level,)) as engines:
            yield from grade_with(engines, classroom, chapter, todo)


def grade_with(
    engines: Engines, classroom: Classroom, chapter: str, todo: Sequence[Job]
) -> Iterator[Row]:
    """Grade submissions with one grader for each engine, and write each as it comes in."""
    files = chapter_files(classroom, chapter)
    prepare(files)
    engines.settle(allow_weak=True)
    yield from _save_all(classroom, chapter, _in_processes(engines, files, todo))


def grade_elsewhere(
    scheduler: str, level: str, classroom: Classroom, chapter: str, todo: Sequence[Job],
    limits: Limits | None = None,
) -> Iterator[Row]:
    """Grade submissions on the workers of a Dask scheduler, and write each as it comes in."""
    from autograder.grading.cluster import grade_on_cluster

    settings = (chapter_files(classroom, chapter), level, limits or Limits())
    yield from _save_all(classroom, chapter, grade_on_cluster(scheduler, settings, todo))


def _save_all(classroom: Classroom, chapter: str, finished: FinishedJobs) -> Iterator[Row]:
    """Write what graders finish, as it comes in."""
    with closing(finished):
        next(finished)
        # The graders are at work: now there is time to load what the writer needs.
        from autograder.grading.gradebook import GradeWriter

        with GradeWriter(classroom, chapter) as writer:
            for job, result in filter(None, finished):
                yield save_grade(classroom, writer, job, result)


def save_grade(classroom: Classroom, writer: GradeWriter, job: Job, finished: Finished) -> Row:
    """Write a graded submission: notebook, gradebook, record. Repeating it changes nothing."""
    folder, graded = Path(job.folder), finished.graded
    if reason := why_refused(job.student):
        return Row(job.student, 0.0, graded.max_points, problem=reason)
    target = classroom.autograded(job.chapter, job.student)
    write_whole(target / f"{job.chapter}.ipynb", finished.notebook)
    timestamp = handed_in_at(folder)
    if timestamp is not None:
        text = (folder / "timestamp.txt").read_text(encoding="utf-8")
        write_whole(target / "timestamp.txt", text)
    written = writer.write(job.student, graded, timestamp)
    record = {**graded.record(), "fingerprint": finished.fingerprint}
    save_record(classroom, job.chapter, job.student, record)
    return Row(
        job.student, graded.points, graded.max_points, written.before, written.now,
        written.answer, written.by_hand, tuple(graded.findings), tuple(graded.notes),
        graded.problem, graded.seconds,
    )


def _in_processes(engines: Engines, files: ChapterFiles, todo: Sequence[Job]) -> FinishedJobs:
    """Grade in one process for each engine."""
    # A forked grader has all that this process has made ready. Elsewhere forking is not safe.
    forking = sys.platform == "linux"
    context = multiprocessing.get_context("fork" if forking else "spawn")
    numbers = context.SimpleQueue()
    for number in range(engines.count):
        numbers.put(number)
    ready = list(engines) if forking else None
    settings = (files, engines.level, engines.limits)
    if not forking:
        engines.close()
    pool = ProcessPoolExecutor(engines.count, context, _make_grader, (settings, ready, numbers))
    try:
        waiting = iter(todo)
        running: dict[Future[Finished], Job] = {}

        def submit_some() -> None:
            while len(running) < QUEUED_PER_GRADER * engines.count:
                if (job := next(waiting, None)) is None:
                    return
                running[pool.submit(_grade_in_process, job)] = job

        submit_some()
        engines.let_go()
        yield None
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
            submit_some()
    except BrokenProcessPool:
        raise GradingError(
            "a grader was ended from outside, perhaps because the machine is out of memory; what "
            "was finished is kept, run the command again to go on, with fewer --jobs"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


_grader: Grader | None = None


def _make_grader(
    settings: tuple[ChapterFiles, str, Limits | None], ready: list[Engine] | None, numbers
) -> None:
    """In a new grading process: take an engine that was started for it, or start one."""
    global _grader
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # Ctrl-C reaches all processes: the writer says a word about it, a grader just ends.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    files, level, limits = settings
    number = numbers.get()
    if ready is None:
        engine = Engine(level, limits, wait=False)
    else:
        engine = ready.pop(number)
        for other in ready:  # its own grader has it
            other.let_go()
    _grader = Grader(files, engine)


def _grade_in_process(job: Job) -> Finished:
    assert _grader is not None, "the pool makes it first"
    return _grader.finish(open_submission(job))
