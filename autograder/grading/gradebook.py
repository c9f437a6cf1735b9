"""Writing grades into nbgrader's database: one writer, one transaction for each submission.

nbgrader opens its database nine times for a submission and commits once for each cell.
Here it is opened once for a batch. The rows are the same, so the Formgrader, manual grades, late
penalties, feedback and export go on working.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from traitlets.config import Config, PyFileConfigLoader

from autograder.cells import CHECK_SUFFIX
from autograder.grading.classroom import (
    COURSE_ID,
    Classroom,
    configure,
    let_nbgrader_find_alembic,
)
from autograder.grading.submission import Graded, is_unwritten

BUSY_SECONDS = 60
"""How long to wait for another program, such as the Formgrader, to let go of the database."""


@dataclass(frozen=True)
class Written:
    """What writing a grade changed: the score before (None if there was none) and now."""

    student: str
    before: float | None
    now: float


class GradeWriter:
    """The only one who writes to a class's gradebook during a batch.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    """

    def __init__(self, classroom: Classroom, chapter: str):
        self.classroom, self.chapter = classroom, chapter
        self.late = late_submission_plugin(classroom)
        classroom.folder.mkdir(parents=True, exist_ok=True)
        let_nbgrader_find_alembic()
        self.gradebook = Gradebook(f"{classroom.db_url}?timeout={BUSY_SECONDS}", COURSE_ID)
        self.db = self.gradebook.db
        if not self._is_registered():
            register(classroom, chapter)
            self.db.expire_all()
        self.cells = self._cells()

    def __enter__(self) -> GradeWriter:
        return self

    def __exit__(self, *exception) -> None:
        self.gradebook.close()

    def write(self, student: str, graded: Graded, timestamp: datetime | None) -> Written:
        """Write one submission's grade, in one transaction.

        Manual scores and comments stay. A grade that a person has changed is marked as needing
        another look, as nbgrader does.
        """
        try:
            before, now = self._write(student, graded, timestamp)
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise
        finally:
            self.db.expunge_all()
        return Written(student, before, now)

    def _write(self, student: str, graded: Graded, timestamp) -> tuple[float | None, float]:
        submission = self._submission(student)
        before = None
        if submission is None:
            submission = self._new_submission(student)
        else:
            before = sum(_score(g) for n in submission.notebooks for g in n.grades)
        if timestamp is not None:
            submission.timestamp = timestamp
        now = 0.0
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                name = self.cells[grade.cell_id]
                result = graded.results.get(name.removesuffix(CHECK_SUFFIX))
                grade.auto_score = min(result.points, result.max_points) if result else 0.0
                grade.needs_manual_grade = grade.manual_score is not None
                now += _score(grade)
            for comment in notebook.comments:
                comment.auto_comment = self._comment(self.cells[comment.cell_id], graded)
            notebook.late_submission_penalty = self._penalty(submission, student, now)
        return before, now

    def _submission(self, student: str) -> SubmittedAssignment | None:
        query = (
            select(SubmittedAssignment)
            .join(Assignment)
            .where(Assignment.name == self.chapter, SubmittedAssignment.student_id == student)
            .options(
                joinedload(SubmittedAssignment.notebooks).joinedload(SubmittedNotebook.grades),
                joinedload(SubmittedAssignment.notebooks).joinedload(SubmittedNotebook.comments),
            )
        )
        return self.db.execute(query).unique().scalar_one_or_none()

    def _new_submission(self, student: str) -> SubmittedAssignment:
        """The rows that nbgrader makes for a new submission, without a commit."""
        if self.db.get(Student, student) is None:
            self.db.add(Student(id=student))
        assignment = self.gradebook.find_assignment(self.chapter)
        submission = SubmittedAssignment(assignment_id=assignment.id, student_id=student)
        for notebook in assignment.notebooks:
            rows = SubmittedNotebook(notebook_id=notebook.id, assignment=submission)
            for cell in notebook.grade_cells:
                Grade(cell_id=cell.id, notebook=rows)
            for cell in notebook.solution_cells:
                Comment(cell_id=cell.id, notebook=rows)
        self.db.add(submission)
        self.db.flush()
        return submission

    def _comment(self, exercise: str, graded: Graded) -> str | None:
        result = graded.results.get(exercise)
        if graded.problem or result is None or exercise not in graded.answers:
            return "No response."
        return "No response." if is_unwritten(result) else None

    def _penalty(self, submission, student: str, score: float) -> float | None:
        seconds = submission.total_seconds_late
        if seconds <= 0:
            return None
        penalty = self.late.late_submission_penalty(student, score, seconds)
        return None if penalty is None else min(max(penalty, 0.0), score)

    def _is_registered(self) -> bool:
        """Whether the gradebook knows this chapter as it is released now."""
        released = nbformat.read(self.classroom.course.released(self.chapter), as_version=4)
        wanted = {
            cell.metadata.nbgrader["grade_id"]: float(cell.metadata.nbgrader["points"])
            for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade")
        }
        try:
            notebook = self.gradebook.find_notebook(self.chapter, self.chapter)
        except MissingEntry:
            return False
        return {cell.name: cell.max_score for cell in notebook.grade_cells} == wanted

    def _cells(self) -> dict[str, str]:
        """Cell name by the database's id of the cell."""
        notebook = self.gradebook.find_notebook(self.chapter, self.chapter)
        cells = [*notebook.grade_cells, *notebook.solution_cells]
        names = {cell.id: cell.name for cell in cells}
        self.db.expunge_all()
        return names


def register(classroom: Classroom, chapter: str) -> None:
    """Enter a chapter into the gradebook, with nbgrader's own generate_assignment."""
    with tempfile.TemporaryDirectory(dir=classroom.folder) as folder:
        config = configure(Config(), classroom)
        relative = Path(folder).relative_to(classroom.course.root)
        config.CourseDirectory.release_directory = str(relative)
        config.CourseDirectory.assignment_id = chapter
        converter = GenerateAssignment(CourseDirectory(config=config), config=config)
        converter.log.setLevel(logging.ERROR)
        converter.start()


def late_submission_plugin(classroom: Classroom):
    """How late submissions are punished, as the instructor's nbgrader_config.py says."""
    root = classroom.course.root
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    step = AssignLatePenalties(config=config)
    step.init_plugin()
    step.plugin_inst.log.setLevel(logging.ERROR)
    return step.plugin_inst


def submission_timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, from the file that nbgrader's collect writes."""
    path = folder / "timestamp.txt"
    try:
        return utils.parse_utc(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def _score(grade: Grade) -> float:
    """A grade's score as nbgrader computes it: a person's word beats the grader's."""
    score = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return (score or 0.0) + (grade.extra_credit or 0.0)
