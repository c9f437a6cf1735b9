"""Writing grades into nbgrader's database: one writer, one transaction for each submission.

nbgrader opens its database nine times for a submission and commits once for each cell. Here it is
opened once for a batch, and what is the same for all is read once. The rows are the same, so the
Formgrader, manual grades, late penalties, feedback and export go on working.

nbgrader itself is imported only where it decides; see `autograder.grading.classes.nbgrader_steps`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.exc import IntegrityError

from autograder.cells import CHECK_SUFFIX, WRITTEN
from autograder.grading.classes.class_entries import count_penalties_anew, enter_dates
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.database import GradebookError, open_database, refused
from autograder.grading.classes.late_penalties import LatePenalties
from autograder.grading.classes.nbgrader_steps import register
from autograder.grading.classes.nbgrader_tables import (
    COMMENT,
    GRADE,
    STUDENT,
    SUBMISSION,
    SUBMITTED_NOTEBOOK,
    read_chapter,
    score_of,
)
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import Graded, is_unwritten


@dataclass(frozen=True)
class Written:
    """What writing a grade changed.

    Attributes
    ----------
    student : str
    before, now : float
        The score before (None if there was none) and now.
    answer : str
        How far the written answer is, in words; empty if the chapter asks for none.
    by_hand : float
        The points that a person gave for it. They are in `before` and `now`, too.
    penalty : float
        What being late costs. It is in neither `before` nor `now`.
    overridden : tuple of Overridden
        Automatic scores in the place of which a person has given others.
    """

    student: str
    before: float | None
    now: float
    answer: str = ""
    by_hand: float = 0.0
    penalty: float = 0.0
    overridden: tuple[Overridden, ...] = ()


@dataclass(frozen=True)
class Overridden:
    """An automatic score in the place of which a person has given another.

    Attributes
    ----------
    exercise : str
    points : float
        What the person gave. It counts.
    automatic, max_points : float
    note : str
        `OLDER` or `OTHER`, if the grade has changed since; else empty.
    """

    exercise: str
    points: float
    automatic: float
    max_points: float
    note: str = ""

    def __str__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return (f"{self.exercise}: {self.points:g} by hand count, {self.automatic:g} of "
                f"{self.max_points:g} automatic{note}")


OLDER = "manual score older than the submission"
OTHER = "manual score older than the automatic one"


class GradeWriter:
    """The only one who writes to a class's gradebook during a batch.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    """

    def __init__(self, classroom: Classroom, chapter: str):
        self.classroom, self.chapter = classroom, chapter
        classroom.folder.mkdir(parents=True, exist_ok=True)
        self.database = open_database(classroom.db_url)
        self.students: set[str] = set()
        self.submitted: set[str] = set()
        with refused("the gradebook cannot be read"):
            registered = read_chapter(self.database, chapter)
            if registered is None or registered.max_scores != self._released_scores():
                register(classroom, chapter)
                registered = read_chapter(self.database, chapter)
            if registered is None:
                raise GradebookError(f"nbgrader did not enter {chapter} into the gradebook")
            if enter_dates(self.database, classroom, chapter):
                count_penalties_anew(self.database, classroom, chapter)
            self.known = read_chapter(self.database, chapter) or registered
            self.late = LatePenalties(classroom, self.known.due)
            self._look_who_is_there()

    def __enter__(self) -> GradeWriter:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.database.dispose()

    def write(
        self, student: str, graded: Graded, timestamp: datetime | None, *,
        newer: bool = False, outdated: Mapping[str, str] | None = None,
    ) -> Written:
        """Write one submission's grade, in one transaction.

        Manual scores and comments stay. A grade that a person has changed is marked as needing
        another look, as nbgrader does.

        Parameters
        ----------
        student : str
        graded : Graded
        timestamp : datetime or None
        newer : bool
            Whether another file was graded than the last time.
        outdated : dict of str to str, optional
            Exercises of which the last grade was newer than a person's score already; see
            `autograder.grading.records.GradedBefore`.

        Raises
        ------
        GradebookError
            If the database refuses. Nothing of this submission is written then.
        """
        outdated = outdated or {}
        with refused(f"the grade of {student} cannot be written"):
            try:
                return self._write(student, graded, timestamp, newer, outdated)
            except IntegrityError:
                # Another program has entered this student or submission since we looked.
                self._look_who_is_there()
                return self._write(student, graded, timestamp, newer, outdated)

    def _write(
        self, student: str, graded: Graded, timestamp: datetime | None, newer: bool,
        outdated: Mapping[str, str],
    ) -> Written:
        with self.database.begin() as connection:
            if student in self.submitted:
                written = self._change(connection, student, graded, timestamp, newer, outdated)
            else:
                written = self._enter(connection, student, graded, timestamp)
        self.students.add(student)
        self.submitted.add(student)
        return written

    def _enter(
        self, connection: Connection, student: str, graded: Graded, timestamp: datetime | None
    ) -> Written:
        """Enter a submission that the gradebook does not have: the rows that nbgrader makes."""
        scores = self._auto_scores(graded)
        now = _total(scores)
        submission, notebook = _new_id(), _new_id()
        extension = self._extension(student)
        penalty = self.late.penalty(student, now, timestamp, extension)
        if student not in self.students:
            connection.execute(STUDENT.insert(), {"id": student})
        connection.execute(SUBMISSION.insert(), {
            "id": submission, "assignment_id": self.known.assignment, "student_id": student,
            "timestamp": timestamp, "extension": extension,
        })
        connection.execute(SUBMITTED_NOTEBOOK.insert(), {
            "id": notebook, "assignment_id": submission, "notebook_id": self.known.notebook,
            "flagged": False,
            "late_submission_penalty": penalty,
        })
        self._add_grades(connection, notebook, scores)
        self._add_comments(connection, notebook, self._comments(graded))
        return Written(student, None, now, self._answer(graded, None), penalty=penalty or 0.0)

    def _change(
        self, connection: Connection, student: str, graded: Graded, timestamp: datetime | None,
        newer: bool, outdated: Mapping[str, str],
    ) -> Written:
        """Change a submission that the gradebook has. Its rows are read now: a person may have
        given points since the batch began."""
        of_student = SUBMISSION.c.student_id == student
        submission = connection.execute(
            select(
                SUBMISSION.c.id, SUBMISSION.c.timestamp, SUBMISSION.c.extension,
                SUBMITTED_NOTEBOOK.c.id.label("notebook"),
            )
            .join_from(
                SUBMISSION, SUBMITTED_NOTEBOOK,
                SUBMITTED_NOTEBOOK.c.assignment_id == SUBMISSION.c.id,
            )
            .where(of_student, SUBMISSION.c.assignment_id == self.known.assignment)
            .where(SUBMITTED_NOTEBOOK.c.notebook_id == self.known.notebook)
        ).one()
        grades = connection.execute(
            select(GRADE).where(GRADE.c.notebook_id == submission.notebook)
        ).all()
        scores = self._auto_scores(graded)
        changed = [grade for grade in grades if grade.cell_id in scores]
        missing = scores.keys() - {grade.cell_id for grade in grades}
        when = submission.timestamp if timestamp is None else timestamp
        handed_in_anew = newer or when != submission.timestamp
        if changed:
            connection.execute(
                GRADE.update().where(GRADE.c.id == bindparam("its_id"))
                .values(auto_score=bindparam("score"), needs_manual_grade=bindparam("look")),
                [{"its_id": grade.id, "score": scores[grade.cell_id],
                  "look": self._needs_a_person(grade, scores[grade.cell_id], handed_in_anew)}
                 for grade in changed],
            )
        self._add_grades(connection, submission.notebook, {cell: scores[cell] for cell in missing})
        before = sum(score_of(grade, grade.auto_score) for grade in grades)
        now = sum(score_of(grade, scores.get(grade.cell_id, grade.auto_score)) for grade in grades)
        now += _total({cell: scores[cell] for cell in missing})
        written = next((g for g in grades if g.cell_id == self.known.written), None)
        by_hand = written.manual_score if written is not None else None
        answer = self._answer(graded, by_hand)
        if written is not None and by_hand is not None:
            older = self._needs_a_person(written, None, handed_in_anew)
            answer += f"; {OLDER}" if older else ""
        overridden = tuple(self._overridden(grade, scores[grade.cell_id], handed_in_anew, outdated)
                           for grade in changed
                           if grade.manual_score is not None and grade.cell_id in self.known.checks)
        self._change_comments(connection, submission.notebook, graded)

        connection.execute(
            SUBMISSION.update().where(SUBMISSION.c.id == submission.id).values(timestamp=when)
        )
        penalty = self.late.penalty(student, now, when, submission.extension)
        connection.execute(
            SUBMITTED_NOTEBOOK.update().where(SUBMITTED_NOTEBOOK.c.id == submission.notebook)
            .values(late_submission_penalty=penalty)
        )
        return Written(student, before, now, answer, by_hand or 0.0, penalty or 0.0, overridden)

    def _overridden(
        self, grade: Row, auto_score: float | None, handed_in_anew: bool,
        outdated: Mapping[str, str],
    ) -> Overridden:
        exercise, automatic = self.known.checks[grade.cell_id], auto_score or 0.0
        note = outdated.get(exercise, "") if grade.needs_manual_grade else ""
        if handed_in_anew:
            note = OLDER
        elif grade.auto_score is not None and abs(grade.auto_score - automatic) > 1e-9:
            note = OTHER
        return Overridden(exercise, grade.manual_score, automatic,
                          self.known.max_scores[exercise], note)

    def _add_grades(
        self, connection: Connection, notebook: str, scores: Mapping[str, float | None]
    ) -> None:
        if scores:
            connection.execute(GRADE.insert(), [
                {"id": _new_id(), "notebook_id": notebook, "cell_id": cell, "auto_score": score,
                 "needs_manual_grade": score is None}
                for cell, score in scores.items()
            ])

    def _add_comments(
        self, connection: Connection, notebook: str, comments: Mapping[str, str | None]
    ) -> None:
        if comments:
            connection.execute(COMMENT.insert(), [
                {"id": _new_id(), "notebook_id": notebook, "cell_id": cell, "auto_comment": text}
                for cell, text in comments.items()
            ])

    def _change_comments(self, connection: Connection, notebook: str, graded: Graded) -> None:
        there = set(connection.scalars(
            select(COMMENT.c.cell_id).where(COMMENT.c.notebook_id == notebook)
        ))
        texts = self._comments(graded)
        changed = [{"its_cell": c, "text": text} for c, text in texts.items() if c in there]
        if changed:
            connection.execute(
                COMMENT.update()
                .where(COMMENT.c.notebook_id == notebook)
                .where(COMMENT.c.cell_id == bindparam("its_cell"))
                .values(auto_comment=bindparam("text")),
                changed,
            )
        self._add_comments(
            connection, notebook, {c: text for c, text in texts.items() if c not in there}
        )

    def _auto_scores(self, graded: Graded) -> dict[str, float | None]:
        """What the grader gives, by cell. A written answer is for a person, unless it is empty."""
        scores: dict[str, float | None] = {
            cell: _auto_score(name, graded) for cell, name in self.known.checks.items()
        }
        if self.known.written:
            scores[self.known.written] = None if graded.written else 0.0
        return scores

    def _comments(self, graded: Graded) -> dict[str, str | None]:
        """The grader's comments, by cell."""
        comments = {cell: _comment(name, graded) for cell, name in self.known.answers.items()}
        if self.known.written:
            comments[self.known.written] = None if graded.written else "No response."
        return comments

    def _answer(self, graded: Graded, by_hand: float | None) -> str:
        """How far the written answer is."""
        if self.known.written is None:
            return ""
        if by_hand is not None:
            most = self.known.max_scores[WRITTEN]
            return f"{by_hand:g} of {most:g}"
        return "not graded yet" if graded.written else "no answer"

    def _needs_a_person(
        self, grade: Row, auto_score: float | None, handed_in_anew: bool
    ) -> bool:
        """Whether a grade waits for a person, as nbgrader decides: there is no automatic score,
        or there is a manual one that may have become too old."""
        if grade.manual_score is None:
            return auto_score is None
        waits = handed_in_anew or grade.needs_manual_grade  # nobody has looked since
        return waits or grade.cell_id != self.known.written

    def _extension(self, student: str) -> timedelta | None:
        """How much longer a student has who hands in for the first time."""
        settings = self.classroom.settings
        return (settings.extension(self.chapter, student) or None) if settings else None

    def _look_who_is_there(self) -> None:
        """Read which students, and which of them with this chapter, the gradebook has."""
        with self.database.connect() as connection:
            self.students = set(connection.scalars(select(STUDENT.c.id)))
            self.submitted = set(connection.scalars(
                select(SUBMISSION.c.student_id)
                .where(SUBMISSION.c.assignment_id == self.known.assignment)
            ))

    def _released_scores(self) -> dict[str, float]:
        """What each exercise is worth, by exercise, in the chapter as it is released now."""
        text = self.classroom.course.released(self.chapter).read_text(encoding="utf-8")
        labels = [cell["metadata"].get("nbgrader", {}) for cell in read_release(text)["cells"]]
        return {
            label["grade_id"].removesuffix(CHECK_SUFFIX): float(label["points"])
            for label in labels if label.get("grade") or label.get("task")
        }


def _auto_score(exercise: str, graded: Graded) -> float:
    result = graded.results.get(exercise)
    return min(result.points, result.max_points) if result else 0.0


def _total(scores: Mapping[str, float | None]) -> float:
    return sum(score or 0.0 for score in scores.values())


def _comment(exercise: str, graded: Graded) -> str | None:
    result = graded.results.get(exercise)
    if graded.problem or exercise not in graded.answers:
        return "No response."
    return "No response." if result is not None and is_unwritten(result) else None


def _new_id() -> str:
    """The id of a new row, made as nbgrader makes it."""
    return uuid.uuid4().hex
