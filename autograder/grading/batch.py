"""Grading a batch: many graders, one writer of the gradebook.

Each grader is a process with a zygote of its own; see `autograder.grading.graders`. Results come
back as data to this process, which alone writes: notebook, gradebook, record, in this order. The
record is written last and says of which file the grade is, so a batch that was interrupted goes on
where it stopped.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.exercises import known_chapter
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.timestamp import NAME, read_timestamp
from autograder.grading.grader import (
    ChapterFiles,
    Finished,
    FinishedJobs,
    GradingError,
    Job,
    chapter_files,
    prepare,
)
from autograder.grading.graders import Graders
from autograder.grading.jail.isolation import Engines
from autograder.grading.records import graded_before, is_graded, save_record
from autograder.grading.second_try import with_second_tries, worth_a_second_try
from autograder.grading.submissions.student_id import why_refused
from autograder.grading.submissions.submission import Graded
from autograder.kit.limits import Limits

if TYPE_CHECKING:
    # It imports SQLAlchemy, which is loaded while the graders are at work.
    from autograder.grading.classes.gradebook import GradeWriter, Overridden


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
    penalty : float
        What being late costs; it is not taken off the score yet.
    findings, notes : tuple of str
        What is wrong, by exercise, and what was put right while reading.
    problem : str
        Why nothing could be graded, or empty.
    seconds : float
    fault : str
        What failed in the grader itself, or empty.
    overridden : tuple of Overridden
        Automatic scores in the place of which a person has given others.
    """

    student: str
    points: float
    max_points: float
    before: float | None = None
    now: float = 0.0
    answer: str = ""
    by_hand: float = 0.0
    penalty: float = 0.0
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0
    fault: str = ""
    overridden: tuple[Overridden, ...] = ()

    @property
    def automatic(self) -> float:
        """The score without what a person gave for the written answer."""
        return self.now - self.by_hand

    @property
    def after_penalty(self) -> float:
        """The score that is entered for the student in the end."""
        return max(0.0, self.now - self.penalty)

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
    students = who_handed_in(classroom, chapter, student)
    return [job_of(classroom, chapter, name)
            for name in students if again or not is_graded(classroom, chapter, name)]


def job_of(classroom: Classroom, chapter: str, student: str) -> Job:
    """The job to grade what a student has handed in."""
    return Job(student, str(classroom.submitted(chapter, student)), chapter,
               graded_before(classroom, chapter, student))


def who_handed_in(classroom: Classroom, chapter: str, student: str | None = None) -> list[str]:
    """All who have handed in a chapter, or the one who is asked for; see `pending`."""
    check_chapter(classroom.course, chapter)
    students = classroom.students_with_folders(chapter)
    if student is not None:
        if student not in students:
            raise GradingError(f"{student} has handed in nothing for {chapter}: there is no folder "
                               f"{classroom.submitted(chapter, student)}")
        return [student]
    if not students:
        raise GradingError(
            f"nothing was handed in for {chapter}: run `autograder collect {chapter}`, or put "
            f"submissions into {classroom.submitted(chapter)}/STUDENT/{chapter}/"
        )
    return students


def check_chapter(course: Course, chapter: str) -> None:
    """Raise NoSuchChapter unless the chapter exists, and GradingError unless it is built."""
    known_chapter(chapter)
    if not course.source(chapter).exists() or not course.released(chapter).exists():
        raise GradingError(f"{chapter} is not built yet; run `autograder build` in {course.root} "
                           "first")


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
) -> Generator[Row, None, None]:
    """Grade all submissions of a chapter, and write each as it comes in.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    level : str
        Isolation, from `autograder.grading.jail.isolation.best_level`.
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
        with Engines(
            min(jobs, len(todo)), limits, (level,), secrets=classroom.secrets()
        ) as engines:
            yield from grade_with(engines, classroom, chapter, todo)


def grade_with(
    engines: Engines, classroom: Classroom, chapter: str, todo: Sequence[Job],
    keep: Keep | None = None,
) -> Generator[Row, None, None]:
    """Grade submissions with one grader for each engine, and write each as it comes in.

    Parameters
    ----------
    engines : Engines
    classroom : Classroom
    chapter : str
    todo : sequence of Job
    keep : callable, optional
        Called with each job and what was finished of it; if it returns true, it has kept the grade
        for later, and nothing of it is written now.
    """
    files = chapter_files(classroom, chapter)
    prepare(files)
    engines.settle(allow_weak=True)
    yield from _save_all(classroom, chapter, _in_processes(engines, files, todo), keep)


def grade_elsewhere(
    scheduler: str, level: str, classroom: Classroom, chapter: str, todo: Sequence[Job],
    limits: Limits | None = None, keep: Keep | None = None,
) -> Generator[Row, None, None]:
    """Grade submissions on the workers of a Dask scheduler, and write each as it comes in.

    The arguments are those of `grade_batch` and `grade_with`.
    """
    from autograder.grading.cluster import grade_on_cluster

    files, secrets = chapter_files(classroom, chapter), classroom.secrets()
    settings = (files, level, limits or Limits(), secrets)
    yield from _save_all(classroom, chapter, grade_on_cluster(scheduler, settings, todo), keep)


def _save_all(
    classroom: Classroom, chapter: str, finished: FinishedJobs, keep: Keep | None
) -> Generator[Row, None, None]:
    """Write what graders finish, as it comes in."""
    check_that_it_can_be_written(classroom, chapter)
    with closing(finished):
        next(finished)
        # The graders are at work: now there is time to load what the writer needs.
        from autograder.grading.classes.gradebook import GradeWriter

        with ExitStack() as stack:
            writer = None if keep else stack.enter_context(GradeWriter(classroom, chapter))
            for job, result in filter(None, finished):
                if keep is not None and keep(job, result):
                    yield _kept(job, result.graded)
                    continue
                # Opening it may change the gradebook: not before there is something to write.
                writer = writer or stack.enter_context(GradeWriter(classroom, chapter))
                yield save_grade(classroom, writer, job, result)


Keep = Callable[[Job, Finished], bool]


def _kept(job: Job, graded: Graded) -> Row:
    """The row of a grade that is not written yet."""
    return Row(job.student, graded.points, graded.max_points, now=graded.points,
               findings=tuple(graded.findings), notes=tuple(graded.notes),
               problem=graded.problem, seconds=graded.seconds, fault=graded.fault)


def save_grade(classroom: Classroom, writer: GradeWriter, job: Job, finished: Finished) -> Row:
    """Write a graded submission: notebook, gradebook, record. Repeating it changes nothing."""
    folder, graded = Path(job.folder), finished.graded
    if reason := why_refused(job.student):
        return Row(job.student, 0.0, graded.max_points, problem=reason)
    timestamp = read_timestamp(folder)
    if timestamp.note:
        graded = replace(graded, notes=[*graded.notes, timestamp.note])
    try:
        target = classroom.autograded(job.chapter, job.student)
        write_whole(target / f"{job.chapter}.ipynb", finished.notebook)
        if timestamp.when is not None:
            write_whole(target / NAME, timestamp.text)
        before = job.before
        newer = not graded.fault and (before is None or before.digest != graded.digest)
        written = writer.write(job.student, graded, timestamp.when, newer=newer,
                               outdated=before.outdated if before else None)
        # No fingerprint where we failed: such a grade is made again in the next batch.
        record = {**graded.record(), "by_hand": list(map(asdict, written.overridden)),
                  "fingerprint": None if graded.fault else finished.fingerprint}
        save_record(classroom, job.chapter, job.student, record)
    except OSError as error:
        reason = not_written(error)
        if error.errno not in OF_ONE_STUDENT:
            raise GradingError(f"{reason}; what was finished is kept, mend it and run the command "
                               "again to go on") from None
        return Row(job.student, 0.0, graded.max_points, fault=graded.fault,
                   problem=f"{reason}; mend it, then run the command again")
    return Row(
        job.student, graded.points, graded.max_points, written.before, written.now,
        written.answer, written.by_hand, written.penalty, tuple(graded.findings),
        tuple(graded.notes), graded.problem, graded.seconds, graded.fault, written.overridden,
    )


OF_ONE_STUDENT = (
    errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
    errno.ELOOP,
)
"""Why a file may not be written while those of other students may."""


def not_written(error: OSError) -> str:
    """What could not be written, and why."""
    where = error.filename2 or error.filename
    name = f"{os.fsdecode(where)}: " if isinstance(where, (str, bytes)) else ""
    return f"what was graded cannot be written: {name}{error.strerror}"


def check_that_it_can_be_written(classroom: Classroom, chapter: str) -> None:
    """Raise GradingError unless grades can be written, before an hour is spent on them."""
    for folder in (classroom.folder, classroom.autograded(chapter, "x").parents[1],
                   classroom.record(chapter, "x").parent):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradingError(f"{not_written(error)}; make it writable") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise GradingError(f"grades cannot be written: {folder} is read-only for you; "
                               "make it writable")


def _in_processes(engines: Engines, files: ChapterFiles, todo: Sequence[Job]) -> FinishedJobs:
    """Grade in one process for each engine."""
    again_if = worth_a_second_try(engines.count)
    with Graders(engines, files, again_if) as graders:
        yield from with_second_tries(
            graders.side_by_side(todo), graders.alone, files, engines.level, again_if
        )
