"""Who is in the class: the instructor's list, ``students.csv`` in the folder of the class.

The first line names the columns: id, lms_id, sis_id, login, name, email. Only ``id`` is needed; it
is what the student is called in the gradebook and in the folders. The others are what learning
platforms call the same person, in the files that are downloaded from them and filled for them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.submissions.student_id import why_refused

ROSTER = "students.csv"


class RosterError(CourseError):
    """The list of students cannot be used. The message names the line and what to do."""


@dataclass(frozen=True)
class Student:
    """One student.

    Attributes
    ----------
    id : str
        In the gradebook, and the name of the student's folder.
    lms_id : str
        The number that the learning platform has given.
    sis_id : str
        That of the university's own administration.
    login : str
    name : str
    email : str
    """

    id: str
    lms_id: str = ""
    sis_id: str = ""
    login: str = ""
    name: str = ""
    email: str = ""


COLUMNS = tuple(field.name for field in fields(Student))


def read_roster(path: Path) -> list[Student]:
    """The students of a list, in its order; none if there is no list.

    Raises
    ------
    RosterError
        If a line has no id, one that cannot be used, or one that stands there twice.
    """
    if not path.is_file():
        return []
    try:
        # As Excel writes it: with a mark at the beginning, and perhaps with semicolons.
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RosterError(f"{path} cannot be read: {error}; save it as CSV in UTF-8") from None
    if not lines:
        return []
    separator = max(",;\t", key=lines[0].count)
    rows = csv.DictReader(lines, delimiter=separator, skipinitialspace=True)
    if "id" not in (rows.fieldnames or ()):
        raise RosterError(f"{path} has no column id: its first line should be {','.join(COLUMNS)}")
    students: dict[str, Student] = {}
    for row in rows:
        told = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(told.values()):
            continue
        where, student = f"{path}, line {rows.line_num}", Student(**told)
        if not student.id:
            raise RosterError(f"{where}: there is no id; give the student one")
        if reason := why_refused(student.id):
            raise RosterError(f"{where}: {reason.replace('the folder', 'the student')}")
        if student.id in students:
            raise RosterError(f"{where}: {student.id} stands there twice; leave one of them out")
        students[student.id] = student
    return list(students.values())


def needed_roster(path: Path) -> list[Student]:
    """The students of a list that must be there, as `read_roster`.

    Raises
    ------
    RosterError
        If there is no list, or nobody in it.
    """
    students = read_roster(path)
    if not students:
        raise RosterError(f"nobody is in {path}: write the columns {','.join(COLUMNS)} into it, "
                          "and a line for each student")
    return students


def write_roster(path: Path, students: Iterable[Student]) -> None:
    """Write a list of students."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(student, name) for name in COLUMNS] for student in students)
