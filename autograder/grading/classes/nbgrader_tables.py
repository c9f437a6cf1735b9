"""nbgrader's tables, as far as a grade needs them, and what they say of a chapter.

They are nbgrader.api's. Importing that takes two seconds; these are the same tables in
SQLAlchemy's own words, with the columns that are read or written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, DateTime, Engine, Interval, Row, column, inspect, select, table

from autograder.cells import CHECK_SUFFIX

COURSE = table("course", column("id"))
ASSIGNMENT = table(
    "assignment", column("id"), column("name"), column("duedate", DateTime), column("course_id"),
)
NOTEBOOK = table("notebook", column("id"), column("name"), column("assignment_id"))
CELL = table("base_cell", column("id"), column("name"), column("notebook_id"))
GRADED_CELL = table("grade_cells", column("id"), column("max_score"))
TASK_CELL = table("task_cells", column("id"), column("max_score"))
SOLUTION_CELL = table("solution_cells", column("id"))
STUDENT = table(
    "student", column("id"), column("first_name"), column("last_name"), column("email"),
    column("lms_user_id"),
)
SUBMISSION = table(
    "submitted_assignment", column("id"), column("assignment_id"), column("student_id"),
    column("timestamp", DateTime), column("extension", Interval),
)
SUBMITTED_NOTEBOOK = table(
    "submitted_notebook", column("id"), column("assignment_id"), column("notebook_id"),
    column("flagged", Boolean), column("late_submission_penalty"),
)
GRADE = table(
    "grade", column("id"), column("notebook_id"), column("cell_id"), column("auto_score"),
    column("manual_score"), column("extra_credit"), column("needs_manual_grade", Boolean),
)
COMMENT = table(
    "comment", column("id"), column("notebook_id"), column("cell_id"), column("auto_comment"),
    column("manual_comment"),
)


@dataclass(frozen=True)
class Registered:
    """A chapter as the gradebook knows it.

    Attributes
    ----------
    assignment, notebook : str
        Their ids.
    due : datetime or None
    checks : dict of str to str
        Cell id to exercise, of the cells with points.
    answers : dict of str to str
        Cell id to exercise, of the cells with answers.
    written : str or None
        Cell id of the written question, if there is one.
    max_scores : dict of str to float
        By exercise; the written question is one of them.
    """

    assignment: str
    notebook: str
    due: datetime | None
    checks: dict[str, str]
    answers: dict[str, str]
    written: str | None
    max_scores: dict[str, float]


def read_chapter(database: Engine, chapter: str) -> Registered | None:
    """The chapter as the gradebook knows it, or None if it does not."""
    if not inspect(database).has_table("assignment"):
        return None
    with database.connect() as connection:
        found = connection.execute(
            select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate, NOTEBOOK.c.id.label("notebook"))
            .join_from(ASSIGNMENT, NOTEBOOK, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
            .where(ASSIGNMENT.c.name == chapter, NOTEBOOK.c.name == chapter)
        ).one_or_none()
        if found is None:
            return None
        of_notebook = CELL.c.notebook_id == found.notebook
        checks = connection.execute(
            select(CELL.c.id, CELL.c.name, GRADED_CELL.c.max_score)
            .join_from(CELL, GRADED_CELL, CELL.c.id == GRADED_CELL.c.id).where(of_notebook)
        ).all()
        answers = connection.execute(
            select(CELL.c.id, CELL.c.name)
            .join_from(CELL, SOLUTION_CELL, CELL.c.id == SOLUTION_CELL.c.id).where(of_notebook)
        ).all()
        tasks = connection.execute(
            select(CELL.c.id, CELL.c.name, TASK_CELL.c.max_score)
            .join_from(CELL, TASK_CELL, CELL.c.id == TASK_CELL.c.id).where(of_notebook)
        ).all()
    return Registered(
        found.id, found.notebook, found.duedate,
        {cell.id: cell.name.removesuffix(CHECK_SUFFIX) for cell in checks},
        {cell.id: cell.name for cell in answers},
        next((cell.id for cell in tasks), None),
        {cell.name.removesuffix(CHECK_SUFFIX): cell.max_score for cell in (*checks, *tasks)},
    )


def score_of(grade: Row, auto_score: float | None) -> float:
    """A grade's score as nbgrader computes it: a person's word beats the grader's."""
    score = grade.manual_score if grade.manual_score is not None else auto_score
    return (score or 0.0) + (grade.extra_credit or 0.0)
