"""Scores of a class as tables: with nbgrader's own columns, and with one for each item.

The numbers are nbgrader's: what a person has changed counts, and what being late costs is off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.checking.result import Result
from autograder.exercises import CHAPTERS
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, read_roster
from autograder.grading.classes.standings import Enrolled, Standing, enrolled, registered, standings
from autograder.grading.recorded import read_record
from autograder.grading.spreadsheet import write_table

NBGRADERS_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)
"""Those of nbgrader's CsvExportPlugin."""


@dataclass(frozen=True)
class Sheet:
    """A chapter's scores.

    Attributes
    ----------
    chapter : str
    due : datetime or None
        In UTC.
    max_scores : dict of str to float
        By exercise; the written question is one of them.
    standings : dict of str to Standing
        By student, of those who handed something in.
    """

    chapter: str
    due: datetime | None
    max_scores: dict[str, float]
    standings: dict[str, Standing]

    @property
    def max_score(self) -> float:
        """All points of the chapter."""
        return sum(self.max_scores.values())


def read_sheets(classroom: Classroom, chapters: Iterable[str] = ()) -> list[Sheet]:
    """The scores of chapters; of all that the gradebook has by default."""
    sheets = []
    for chapter in tuple(chapters) or CHAPTERS:
        known = registered(classroom, chapter)
        if known is not None:
            sheets.append(Sheet(chapter, known.due, known.max_scores,
                                standings(classroom, chapter)))
    return sheets


def people_of(classroom: Classroom) -> list[Enrolled]:
    """Who is in the gradebook, and then who is in the list of students only."""
    listed = {student.id: student for student in read_roster(classroom.folder / ROSTER)}
    found = [_completed(one, listed.get(one.id)) for one in enrolled(classroom)]
    known = {one.id for one in found}
    return found + [_completed(Enrolled(name), student) for name, student in listed.items()
                    if name not in known]


def _completed(one: Enrolled, student: Student | None) -> Enrolled:
    """With name and email of the list of students, where the gradebook has none."""
    if student is None:
        return one
    last, _, first = (part.strip() for part in student.name.partition(","))
    if one.last_name or one.first_name:
        last, first = one.last_name, one.first_name
    return Enrolled(one.id, last, first, one.email or student.email)


def write_scores(path: Path, sheets: Iterable[Sheet], people: Iterable[Enrolled]) -> None:
    """Write the table that ``nbgrader export`` writes, with text that stays text."""
    people = list(people)
    write_table(path, NBGRADERS_COLUMNS, (
        (sheet.chapter, sheet.due, standing.handed_in, one.id, one.last_name, one.first_name,
         one.email, float(standing.before_penalty), float(standing.penalty), float(standing.score),
         float(sheet.max_score))
        for sheet in sheets for one in people
        for standing in [sheet.standings.get(one.id) or Standing(one.id)]
    ))


def results_of(classroom: Classroom, chapter: str, student: str) -> dict[str, Result]:
    """By exercise, what the grader found; nothing if there is no record that can be read."""
    record = read_record(classroom, chapter, student)
    return record.results if record else {}


def write_items(path: Path, classroom: Classroom, sheet: Sheet, people: Iterable[Enrolled]) -> None:
    """Write a table with a column for each exercise and for each item of its rubric.

    A column of an exercise holds what counts, whoever gave it; those of its items hold what the
    grader gave.
    """
    results = {one: results_of(classroom, sheet.chapter, one) for one in sheet.standings}
    items: dict[str, dict[str, None]] = {name: {} for name in sheet.max_scores}
    for found in results.values():
        for name, result in found.items():
            items.setdefault(name, {}).update(dict.fromkeys(item.name for item in result.items))
    columns = [(name, item) for name, inner in items.items() for item in (None, *inner)]
    write_table(path, (
        "student_id", "last_name", "first_name", "score", "max_score", "late_submission_penalty",
        "waits_for_a_person", *(name if item is None else f"{name}: {item}"
                                for name, item in columns),
    ), (
        (one.id, one.last_name, one.first_name, standing.score, sheet.max_score, standing.penalty,
         ", ".join(standing.waits_for),
         *(_cell(standing, results.get(one.id, {}), name, item) for name, item in columns))
        for one in people for standing in [sheet.standings.get(one.id) or Standing(one.id)]
    ))


def _cell(
    standing: Standing, results: dict[str, Result], name: str, item: str | None
) -> float | str:
    if item is None:
        known = name in standing.automatic or name in standing.by_hand
        return standing.points(name) if known else ""
    found = results[name].items if name in results else ()
    return next((one.points for one in found if one.name == item), "")
