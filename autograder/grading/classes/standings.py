"""Where every student of a class stands in a chapter, as the gradebook says it now.

What a person has changed in the Formgrader, what being late costs, what still waits for a person:
reports, feedback and exports all read it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, inspect, select

from autograder.cells import WRITTEN
from autograder.grading.classes.classroom import SQLITE, Classroom
from autograder.grading.classes.database import open_database, refused
from autograder.grading.classes.nbgrader_tables import (
    COMMENT,
    GRADE,
    STUDENT,
    SUBMISSION,
    SUBMITTED_NOTEBOOK,
    Registered,
    read_chapter,
)


@dataclass(frozen=True)
class Standing:
    """One student in one chapter.

    Attributes
    ----------
    student : str
    automatic : dict of str to float
        What the grader gave, by exercise.
    by_hand : dict of str to float
        What a person gave in its place, by exercise; the written question is one of them.
    extra : float
        Extra credit.
    penalty : float
        What being late costs.
    max_score : float
    waits_for : tuple of str
        Exercises that wait for a person: nbgrader's "needs manual grade".
    handed_in : datetime or None
        In UTC, as nbgrader keeps it; None if the submission does not say when.
    extension : timedelta or None
    comments : dict of str to str
        What a person wrote to the student, by exercise; the written question is one of them.
    max_scores : dict of str to float
        What each exercise is worth, the written question too.
    """

    student: str
    automatic: dict[str, float] = field(default_factory=dict)
    by_hand: dict[str, float] = field(default_factory=dict)
    extra: float = 0.0
    penalty: float = 0.0
    max_score: float = 0.0
    waits_for: tuple[str, ...] = ()
    handed_in: datetime | None = None
    extension: timedelta | None = None
    comments: dict[str, str] = field(default_factory=dict)
    max_scores: dict[str, float] = field(default_factory=dict)

    def points(self, exercise: str) -> float:
        """What an exercise counts: a person's word beats the grader's."""
        return self.by_hand.get(exercise, self.automatic.get(exercise, 0.0))

    @property
    def before_penalty(self) -> float:
        """The sum of all exercises, with extra credit."""
        return sum(map(self.points, {**self.automatic, **self.by_hand})) + self.extra

    @property
    def score(self) -> float:
        """What is entered for the student in the end; never below 0."""
        return max(0.0, self.before_penalty - self.penalty)

    @property
    def outdated(self) -> tuple[str, ...]:
        """Exercises whose score by hand waits for another look: what it replaces has changed."""
        return tuple(name for name in self.waits_for if name in self.by_hand)

    @property
    def written(self) -> float | None:
        """The points for the written question, or None if nobody has given any."""
        return self.by_hand.get(WRITTEN)


def standings(classroom: Classroom, chapter: str) -> dict[str, Standing]:
    """By student, of all who have a submission of the chapter in the gradebook.

    Raises
    ------
    GradebookError
        If it cannot be read.
    """
    with _gradebook(classroom) as database:
        known = read_chapter(database, chapter) if database else None
        if database is None or known is None:
            return {}
        with database.connect() as connection:
            return dict(_read(connection, known))


def registered(classroom: Classroom, chapter: str) -> Registered | None:
    """The chapter as the gradebook knows it: due date, points; None if it does not.

    Raises
    ------
    GradebookError
    """
    with _gradebook(classroom) as database:
        return read_chapter(database, chapter) if database else None


@dataclass(frozen=True)
class Enrolled:
    """A student as the gradebook knows one."""

    id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""


def enrolled(classroom: Classroom) -> list[Enrolled]:
    """The students in the gradebook, in nbgrader's order.

    Raises
    ------
    GradebookError
    """
    with _gradebook(classroom) as database:
        if database is None or not inspect(database).has_table(STUDENT.name):
            return []
        with database.connect() as connection:
            rows = connection.execute(select(STUDENT).order_by(
                STUDENT.c.last_name, STUDENT.c.first_name, STUDENT.c.id)).all()
    return [Enrolled(row.id, row.last_name or "", row.first_name or "", row.email or "")
            for row in rows]


@contextmanager
def _gradebook(classroom: Classroom) -> Iterator:
    """The database, or None if there is none yet: looking must not make an empty one."""
    if classroom.db_url.startswith(SQLITE) and not classroom.gradebook.exists():
        yield None
        return
    database = open_database(classroom.db_url)
    try:
        with refused("the gradebook cannot be read"):
            yield database
    finally:
        database.dispose()


def _read(connection: Connection, known: Registered) -> Iterator[tuple[str, Standing]]:
    submissions = connection.execute(
        select(
            SUBMISSION.c.student_id, SUBMISSION.c.timestamp, SUBMISSION.c.extension,
            SUBMITTED_NOTEBOOK.c.id.label("notebook"),
            SUBMITTED_NOTEBOOK.c.late_submission_penalty.label("penalty"),
        )
        .join_from(SUBMISSION, SUBMITTED_NOTEBOOK,
                   SUBMITTED_NOTEBOOK.c.assignment_id == SUBMISSION.c.id)
        .where(SUBMISSION.c.assignment_id == known.assignment)
        .where(SUBMITTED_NOTEBOOK.c.notebook_id == known.notebook)
    ).all()
    names = {**known.checks, **({known.written: WRITTEN} if known.written else {})}
    grades: dict[str, list] = {}
    for grade in connection.execute(
        select(GRADE).join(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.id == GRADE.c.notebook_id)
        .where(SUBMITTED_NOTEBOOK.c.notebook_id == known.notebook)
    ):
        if grade.cell_id in names:
            grades.setdefault(grade.notebook_id, []).append(grade)
    answers = {**known.answers, **({known.written: WRITTEN} if known.written else {})}
    comments: dict[str, dict[str, str]] = {}
    for comment in connection.execute(
        select(COMMENT.c.notebook_id, COMMENT.c.cell_id, COMMENT.c.manual_comment)
        .join(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.id == COMMENT.c.notebook_id)
        .where(SUBMITTED_NOTEBOOK.c.notebook_id == known.notebook)
        .where(COMMENT.c.manual_comment.is_not(None))
    ):
        if comment.cell_id in answers and comment.manual_comment.strip():
            said = comments.setdefault(comment.notebook_id, {})
            said[answers[comment.cell_id]] = comment.manual_comment
    most = sum(known.max_scores.values())
    for submission in submissions:
        own = grades.get(submission.notebook, [])
        yield submission.student_id, Standing(
            submission.student_id,
            {names[g.cell_id]: g.auto_score for g in own if g.auto_score is not None},
            {names[g.cell_id]: g.manual_score for g in own if g.manual_score is not None},
            sum(g.extra_credit or 0.0 for g in own),
            submission.penalty or 0.0,
            most,
            tuple(names[g.cell_id] for g in own if g.needs_manual_grade),
            submission.timestamp, submission.extension, comments.get(submission.notebook, {}),
            known.max_scores,
        )
