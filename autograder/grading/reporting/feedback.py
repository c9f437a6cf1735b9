"""Feedback for a class: one page for each graded submission, where release_feedback finds it.

A page is made of what is known already: the record of the grade, the gradebook, and the graded
notebook. Nothing is run, and nothing is converted. ``nbgrader generate_feedback`` and the
Formgrader's button make the same pages; see `autograder.grading.pages.FeedbackExporter`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from autograder.cells import WRITTEN
from autograder.errors import CourseError
from autograder.exercises import known_chapter
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, read_roster
from autograder.grading.classes.standings import Standing, standings
from autograder.grading.classes.timestamp import NAME as TIMESTAMP
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.records import is_graded
from autograder.grading.reporting.feedback_page import page_of
from autograder.grading.submissions.regular_file import read_regular
from autograder.grading.submissions.student_id import why_refused
from autograder.kit.plain import one_line

SECRET = "submission_secret.txt"
"""What nbgrader's submit leaves with a submission; the name of a released page is made of it."""
USABLE_SECRET = re.compile(rb"[!-~]{16,1000}")
MOST_NAMES = 10
READABLE = 0o644
"""As nbgrader leaves its pages: release_feedback copies them with their mode, for students."""


class FeedbackError(CourseError):
    """There is nothing to give feedback on, or it cannot be written. The message says why."""


class NoFeedback(FeedbackError):
    """No page can be made for one student. The message says why, and what to do."""


@dataclass(frozen=True)
class ClassFeedback:
    """What the pages of a chapter are made of.

    Attributes
    ----------
    classroom : Classroom
    chapter : str
    standings : mapping of str to Standing
    students : mapping of str to Student
        Of the instructor's list.
    released : mapping
        The notebook that students were given.
    """

    classroom: Classroom
    chapter: str
    standings: Mapping[str, Standing]
    students: Mapping[str, Student]
    released: Mapping

    @classmethod
    def of(cls, classroom: Classroom, chapter: str) -> ClassFeedback:
        """That of a chapter, as things stand now.

        Raises
        ------
        NoSuchChapter
        RosterError
        """
        known_chapter(chapter)
        listed = {student.id: student for student in read_roster(classroom.folder / ROSTER)}
        released = _json_of(classroom.course.released(chapter)) or {}
        return cls(classroom, chapter, standings(classroom, chapter), listed, released)

    def files(self, student: str) -> dict[str, bytes]:
        """The page of a student, and what release_feedback needs beside it, by name.

        Raises
        ------
        NoFeedback
        """
        page = self.page(student).encode()
        stamp = read_timestamp(self.classroom.autograded(self.chapter, student))
        return {
            **{f"{name}.html": page for name in self._names(student)},
            TIMESTAMP: (stamp.text if stamp.when else "").encode(),
            SECRET: self._secret(student),
        }

    def page(self, student: str) -> str:
        """The page of a student, as HTML.

        Raises
        ------
        NoFeedback
            If there is no usable record, or the gradebook does not have the grade.
        """
        again = f"grade it again: autograder grade {self.chapter} --student STUDENT --again"
        standing = self.standings.get(student)
        record = self._record(student)
        if record is None:
            raise NoFeedback(f"the record of the grade is missing or damaged; {again}")
        if standing is None:
            raise NoFeedback("the gradebook does not have the grade: run "
                             f"`autograder grade {self.chapter}`")
        try:
            page = page_of(self.chapter, self.students.get(student) or Student(student), record,
                           standing, self._notebook(student), self.released)
            return page.html()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NoFeedback(f"the record of the grade is damaged; {again}") from None

    def handed_in_anew(self, student: str) -> bool:
        """Whether a grade is older than what has been handed in."""
        record = self._record(student) or {}
        return bool(record.get("fingerprint")) and not is_graded(
            self.classroom, self.chapter, student)

    def failed(self, student: str) -> bool:
        """Whether the grader itself failed at a submission, or at a part of it."""
        return bool((self._record(student) or {}).get("fault"))

    def _record(self, student: str) -> dict | None:
        return _json_of(self.classroom.record(self.chapter, student))

    def _notebook(self, student: str) -> dict:
        folder = self.classroom.autograded(self.chapter, student)
        return _json_of(folder / f"{self.chapter}.ipynb") or {}

    def _names(self, student: str) -> list[str]:
        """The chapter, and how the student's own files are called.

        nbgrader's fetch_feedback asks for a page by the name that a notebook had when it was
        submitted.
        """
        own: list[str] = []
        with suppress(OSError):
            own = sorted(path.stem for path in
                         self.classroom.submitted(self.chapter, student).glob("*.ipynb"))
        own = [name for name in own if name != self.chapter and not why_refused(name)]
        return [self.chapter, *own[:MOST_NAMES]]

    def _secret(self, student: str) -> bytes:
        """The secret of the submission, or one that only this class can know.

        Without such a file release_feedback ends, for the whole class. What was not submitted
        through nbgrader's exchange has none, and nobody fetches its page there.
        """
        with suppress(OSError):
            folder = self.classroom.submitted(self.chapter, student)
            content, _ = read_regular(folder / SECRET, 1000)
            if USABLE_SECRET.fullmatch(content):
                return content
        own = f"{self.classroom.seed()} {self.chapter} {student}"
        return sha256(own.encode()).hexdigest().encode()


def _json_of(path: Path) -> dict | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


@dataclass
class WrittenFeedback:
    """What came of writing feedback.

    Attributes
    ----------
    pages : list of Path
    waiting : dict of str to tuple of str
        By student, what a person still has to look at.
    anew : list of str
        Students who have handed in something else since they were graded.
    failed : list of str
        Students at whose submission the grader itself failed.
    ungraded : list of str
        Students who have handed in and are not graded.
    problems : dict of str to str
        By student, why there is no page.
    """

    pages: list[Path] = field(default_factory=list)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    anew: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    ungraded: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def write_feedback(
    classroom: Classroom, chapter: str, student: str | None = None
) -> WrittenFeedback:
    """Write the page of every graded submission of a chapter, or of one student's.

    Raises
    ------
    NoSuchChapter
    FeedbackError
        If nothing is graded, or a page cannot be written.
    """
    feedback, done = ClassFeedback.of(classroom, chapter), WrittenFeedback()
    graded = _graded(classroom, chapter)
    if student is not None:
        if student not in graded:
            raise FeedbackError(f"{one_line(student, 60)} has no graded submission of {chapter}; "
                                f"run `autograder grade {chapter}` first")
        graded = [student]
    elif not graded:
        raise FeedbackError(f"nothing is graded for {chapter}; run `autograder grade {chapter}` "
                            "first")
    else:
        there = set(graded)
        done.ungraded = [name for name in classroom.students_with_folders(chapter)
                         if name not in there and not why_refused(name)]
    for name in graded:
        try:
            done.pages.append(_write(classroom.feedback(chapter, name), feedback.files(name),
                                     chapter))
        except NoFeedback as reason:
            done.problems[name] = str(reason)
            continue
        if waits_for := feedback.standings[name].waits_for:
            done.waiting[name] = waits_for
        if feedback.handed_in_anew(name):
            done.anew.append(name)
        if feedback.failed(name):
            done.failed.append(name)
    return done


def _graded(classroom: Classroom, chapter: str) -> list[str]:
    """The students who have a record."""
    found = classroom.record(chapter, "x").parent.glob("*.json")
    return sorted(path.stem for path in found if not why_refused(path.stem))


def _write(folder: Path, files: Mapping[str, bytes], chapter: str) -> Path:
    try:
        for name, content in files.items():
            write_whole(folder / name, content)
            (folder / name).chmod(READABLE)
    except OSError as error:
        raise FeedbackError(f"feedback cannot be written: {error.filename2 or error.filename}: "
                            f"{error.strerror}; mend it and run the command again") from None
    return folder / f"{chapter}.html"


def told(done: WrittenFeedback, classroom: Classroom, chapter: str) -> Iterator[str]:
    """What an instructor is told of it, line by line."""
    count = len(done.pages)
    where = classroom.feedback(chapter, "STUDENT") / f"{chapter}.html"
    with suppress(ValueError):
        where = where.relative_to(Path.cwd())
    shown = done.pages[0] if count == 1 else where
    with suppress(ValueError):
        shown = shown.relative_to(Path.cwd())
    if count:
        yield f"{count} {'page' if count == 1 else 'pages'} of feedback: {shown}"
    reasons: dict[str, list[str]] = {}
    for name, reason in done.problems.items():
        reasons.setdefault(reason, []).append(name)
    written = [name for name, waits_for in done.waiting.items() if WRITTEN in waits_for]
    others = [name for name in done.waiting if name not in written]
    for names, what in (
        (written, "the written answer is not read yet, and the page says so"),
        (others, "an exercise waits for a person, and the page says so"),
        (done.anew, "handed in anew after this grade: grade again before you give the page out"),
        (done.failed, "the grader itself failed here: grade again before you give the page out"),
        (done.ungraded, f"not graded yet, no page: run `autograder grade {chapter}`"),
        *((names, f"no page: {reason}") for reason, names in reasons.items()),
    ):
        if names:
            yield f"  {len(names)}: {what} ({_some(names)})"
    if count:
        yield f"To give them out through nbgrader: nbgrader release_feedback {chapter}"


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(one_line(name, 40) for name in names[:most]) + more
