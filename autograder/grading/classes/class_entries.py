"""What an instructor writes into the folder of a class, entered into its gradebook.

Students of ``students.csv``, due dates and extensions of ``class.toml``. Doing it again changes
nothing; nobody and nothing is ever taken out of the gradebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sqlalchemy import Connection, Engine, inspect, select

from autograder.exercises import CHAPTERS
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.database import GradebookError, open_database, refused
from autograder.grading.classes.late_penalties import LatePenalties
from autograder.grading.classes.nbgrader_steps import make_tables
from autograder.grading.classes.nbgrader_tables import (
    ASSIGNMENT,
    COURSE,
    GRADE,
    STUDENT,
    SUBMISSION,
    SUBMITTED_NOTEBOOK,
    read_chapter,
    score_of,
)
from autograder.grading.classes.roster import ROSTER, Student, read_roster
from autograder.kit.plain import one_line

MOST_NAMES = 10
NBGRADERS_OWN = "default_course"
"""What nbgrader enters where one of its steps is told of no class."""


def enter_class(classroom: Classroom) -> list[str]:
    """Enter students, due dates and extensions into the gradebook of a class.

    Returns
    -------
    list of str
        What has changed, line by line; none if nothing has.

    Raises
    ------
    GradebookError
    RosterError
    BadClassFile
    """
    roster = read_roster(classroom.folder / ROSTER)
    database = open_database(classroom.db_url)
    try:
        with refused("the gradebook cannot be written"):
            if not inspect(database).has_table(STUDENT.name):
                make_tables(classroom)
            with database.begin() as connection:
                _refuse_another_class(connection, classroom)
                lines = list(_enter_students(connection, roster))
                students = set(connection.scalars(select(STUDENT.c.id)))
            for chapter in CHAPTERS:
                lines += enter_dates(database, classroom, chapter)
                lines += count_penalties_anew(database, classroom, chapter)
    finally:
        database.dispose()
    return lines + list(_unknown_students(classroom, students))


def _refuse_another_class(connection: Connection, classroom: Classroom) -> None:
    """In one database classes would have their students and grades in common."""
    courses = set(connection.scalars(select(COURSE.c.id))) - {NBGRADERS_OWN}
    known = courses if classroom.name not in courses else set()
    known |= set(connection.scalars(select(ASSIGNMENT.c.course_id))) - {None, NBGRADERS_OWN}
    for other in sorted(known):
        if other != classroom.name:
            raise GradebookError(
                f"the gradebook is that of the class {one_line(other, 60)}: every class needs a "
                f"database of its own; name another one in {CLASS_FILE}, or give this class that "
                "name")


def _enter_students(connection: Connection, roster: Iterable[Student]) -> Iterator[str]:
    roster = list(roster)
    known = {row.id: row._mapping for row in connection.execute(select(STUDENT))}
    new = [student.id for student in roster if student.id not in known]
    changed = []
    for student in roster:
        told = _as_nbgrader_has_it(student)
        if student.id not in known:
            connection.execute(STUDENT.insert(), {"id": student.id, **told})
            continue
        differs = {key: told[key] for key in told if known[student.id][key] != told[key]}
        if differs:
            changed.append(student.id)
            connection.execute(
                STUDENT.update().where(STUDENT.c.id == student.id).values(differs))
    if new:
        yield f"New in the gradebook: {_named(new)}."
    if changed:
        yield f"Changed in the gradebook: {_named(changed)}."
    if roster and (others := sorted(known.keys() - {student.id for student in roster})):
        yield f"In the gradebook and not in {ROSTER}, left as they are: {_named(others)}."


def _as_nbgrader_has_it(student: Student) -> dict[str, str]:
    """The columns of nbgrader's table; of what the list does not say, none.

    A name is "Lovelace, Ada" or "Ada Lovelace".
    """
    last, comma, first = student.name.partition(",")
    if not comma:
        first, _, last = student.name.rpartition(" ")
    told = {"first_name": first.strip(), "last_name": last.strip(), "email": student.email,
            "lms_user_id": student.lms_id}
    return {key: value for key, value in told.items() if value}


def _named(names: list[str]) -> str:
    """How many students, and who."""
    shown = ", ".join(one_line(name, 60) for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{len(names)} {'student' if len(names) == 1 else 'students'} ({shown}{more})"


def enter_dates(database: Engine, classroom: Classroom, chapter: str) -> list[str]:
    """Enter the due date of a chapter, and the extensions of those who have handed in.

    What ``class.toml`` does not say stays as the gradebook has it. A chapter that the gradebook
    does not know yet gets its dates when it is released.

    Returns
    -------
    list of str
        What has changed, and which extensions are in the gradebook alone.
    """
    settings, known = classroom.settings, read_chapter(database, chapter)
    if settings is None or known is None:
        return []
    lines, due = [], settings.due.get(chapter)
    with database.begin() as connection:
        if due is not None and due != known.due:
            connection.execute(ASSIGNMENT.update().where(ASSIGNMENT.c.id == known.assignment)
                               .values(duedate=due))
            before = f" (before: {settings.local(known.due)})" if known.due else ""
            lines.append(f"{chapter}: due {settings.local(due)}{before}.")
        for row in connection.execute(
            select(SUBMISSION).where(SUBMISSION.c.assignment_id == known.assignment)
            .order_by(SUBMISSION.c.student_id)
        ).all():
            wanted, student = settings.extension(chapter, row.student_id), row.student_id
            if wanted is None and row.extension:
                lines.append(f"{chapter}: {one_line(student, 60)} has {row.extension} more, which "
                             "class.toml does not say; left as it is.")
            elif wanted is not None and wanted != (row.extension or timedelta()):
                connection.execute(SUBMISSION.update().where(SUBMISSION.c.id == row.id)
                                   .values(extension=wanted or None))
                until = settings.local(settings.extensions[chapter][student])
                lines.append(f"{chapter}: {one_line(student, 60)} has until {until}.")
    return lines


def count_penalties_anew(database: Engine, classroom: Classroom, chapter: str) -> list[str]:
    """Have every submission of a chapter cost what it costs by the dates and rules of now.

    Returns
    -------
    list of str
        Whose penalty has changed.
    """
    known = read_chapter(database, chapter)
    if classroom.settings is None or known is None or known.due is None:
        return []
    late, lines = LatePenalties(classroom, known.due), []
    of_notebook = SUBMITTED_NOTEBOOK.c.notebook_id == known.notebook
    with database.begin() as connection:
        scores: dict[str, float] = {}
        for grade in connection.execute(select(GRADE).join(
            SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.id == GRADE.c.notebook_id
        ).where(of_notebook)):
            score = score_of(grade, grade.auto_score)
            scores[grade.notebook_id] = scores.get(grade.notebook_id, 0.0) + score
        for row in connection.execute(
            select(SUBMISSION, SUBMITTED_NOTEBOOK.c.id.label("notebook"),
                   SUBMITTED_NOTEBOOK.c.late_submission_penalty.label("penalty"))
            .join_from(SUBMISSION, SUBMITTED_NOTEBOOK,
                       SUBMITTED_NOTEBOOK.c.assignment_id == SUBMISSION.c.id)
            .where(of_notebook).order_by(SUBMISSION.c.student_id)
        ).all():
            now = late.penalty(row.student_id, scores.get(row.notebook, 0.0), row.timestamp,
                               row.extension)
            if (now or 0.0) != (row.penalty or 0.0):
                connection.execute(
                    SUBMITTED_NOTEBOOK.update().where(SUBMITTED_NOTEBOOK.c.id == row.notebook)
                    .values(late_submission_penalty=now))
                lines.append(f"{chapter}: being late costs {one_line(row.student_id, 60)} "
                             f"{now or 0.0:g} points (before: {row.penalty or 0.0:g}).")
    return lines


def _unknown_students(classroom: Classroom, students: set[str]) -> Iterator[str]:
    told = classroom.settings.extensions if classroom.settings else {}
    for chapter, extensions in told.items():
        if strange := sorted(extensions.keys() - students):
            yield (f"{chapter}: class.toml has extensions for {_named(strange)}, whom neither "
                   f"{ROSTER} nor the gradebook knows.")
