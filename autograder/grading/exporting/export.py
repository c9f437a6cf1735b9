"""Scores leave the gradebook: as CSV, and in the forms that learning platforms take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.errors import CourseError
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, needed_roster
from autograder.grading.exporting.gradescope import write_results
from autograder.grading.exporting.lms_gradebook import MOODLE, Filled, fill
from autograder.grading.exporting.score_sheet import (
    Sheet,
    people_of,
    read_sheets,
    write_items,
    write_scores,
)
from autograder.grading.spreadsheet import write_table
from autograder.kit.plain import one_line

GRADESCOPE = "gradescope"
MOST_SHOWN = 20


class ExportError(CourseError):
    """Scores cannot be exported. The message says what to do."""


def export_scores(
    classroom: Classroom, chapters: Sequence[str], console: Console, *, lms: str | None = None,
    into: Path | None = None, column: str = "", items: bool = False,
) -> None:
    """Export the scores of chapters, and say what was written.

    Parameters
    ----------
    classroom : Classroom
    chapters : sequence of str
        All that are in the gradebook, if there are none.
    console : rich.console.Console
    lms : str, optional
        "canvas", "moodle" or "gradescope".
    into : Path, optional
        What Canvas or Moodle has exported.
    column : str
        The title of the chapter's column in it.
    items : bool
        Whether to write a table with a column for each item, too.

    Raises
    ------
    ExportError, GradebookFileError, RosterError
    """
    _check(lms, into, column)
    sheets = [sheet for sheet in read_sheets(classroom, chapters) if sheet.standings]
    if not sheets:
        raise ExportError(f"there are no grades of {', '.join(chapters) or 'any chapter'} yet: run "
                          "`autograder grade CHAPTER` first")
    for chapter in chapters:
        if chapter not in [sheet.chapter for sheet in sheets]:
            console.print(f"{chapter} has no grades yet; it is left out.")
    if column and len(sheets) != 1:
        raise ExportError("--column is for one chapter: name it before the options")
    try:
        if lms == GRADESCOPE:
            _for_gradescope(classroom, sheets, console)
        elif into is not None:
            students = needed_roster(classroom.folder / ROSTER)
            _tell_filled(fill(into, lms or "", sheets, students, column), sheets, students, console)
        elif lms == MOODLE:
            _for_moodle(classroom, sheets, console)
        else:
            _as_tables(classroom, sheets, items, console)
    except OSError as error:
        raise ExportError(f"{error.filename}: {error.strerror}; mend it and run the command "
                          "again") from None
    _tell_unfinished(sheets, console)


def _check(lms: str | None, into: Path | None, column: str) -> None:
    """Raise ExportError if options do not go together."""
    if into is not None and lms not in ("canvas", "moodle"):
        raise ExportError("--into needs --lms canvas or --lms moodle")
    if lms == "canvas" and into is None:
        raise ExportError("Canvas takes only its own gradebook: export it there (Grades, Export), "
                          "then name it with --into GRADEBOOK.csv")
    if column and into is None:
        raise ExportError("--column needs --into")


def _as_tables(
    classroom: Classroom, sheets: Sequence[Sheet], items: bool, console: Console
) -> None:
    people = people_of(classroom)
    path = classroom.folder / "grades.csv"
    write_scores(path, sheets, people)
    _say_written(path, console)
    for sheet in sheets if items else ():
        path = classroom.folder / f"grades-{sheet.chapter}-items.csv"
        write_items(path, classroom, sheet, people)
        _say_written(path, console)


def _for_moodle(classroom: Classroom, sheets: Sequence[Sheet], console: Console) -> None:
    """A table that Moodle's grade import takes: it asks which column is whose."""
    path = classroom.folder / "grades-moodle.csv"
    write_table(path, (
        "ID number", "Username", "Email address", "Full name", *(s.chapter for s in sheets),
    ), ((one.sis_id, one.login, one.email, one.name,
         *(round(s.standings[one.id].score, 2) if one.id in s.standings else "" for s in sheets))
        for one in needed_roster(classroom.folder / ROSTER)))
    _say_written(path, console)
    console.print("In Moodle: Grades, Import, CSV file; map Email address to Email address, and "
                  "each chapter to its grade item.")


def _for_gradescope(classroom: Classroom, sheets: Sequence[Sheet], console: Console) -> None:
    folder = classroom.folder / "gradescope"
    for sheet in sheets:
        written = write_results(classroom, sheet, folder)
        console.print(f"Written for {len(written)} students: "
                      f"{folder / sheet.chapter}/STUDENT/results.json", markup=False,
                      soft_wrap=True)


def _tell_filled(
    filled: Filled, sheets: Sequence[Sheet], students: Sequence[Student], console: Console
) -> None:
    """Say what was filled, and who is missing on either side."""
    _say_written(filled.path, console)
    for chapter, title in filled.columns.items():
        console.print(Text(f"{chapter} is in the column {one_line(title, 100)}"))
    _list("In the file, and not in the list of students",
          [f"{name}: {why}" for name, why in filled.not_in_class], console)
    _list("With a score, and not in the file", filled.not_in_file, console)
    nothing = [one.id for one in students if not any(one.id in s.standings for s in sheets)]
    _list("Handed in nothing; their cells are as they were", nothing, console)
    _list("To be noted", filled.notes, console)
    console.print(f"{filled.cells} scores written, {filled.changed} of them in the place of "
                  "another one.")


def _tell_unfinished(sheets: Iterable[Sheet], console: Console) -> None:
    for sheet in sheets:
        waiting = [one.student for one in sheet.standings.values() if one.waits_for]
        if waiting:
            console.print(f"{sheet.chapter}: {len(waiting)} of {len(sheet.standings)} scores wait "
                          "for a person (written questions, or grades that were changed by hand).")


def _list(title: str, lines: Sequence[str], console: Console) -> None:
    if lines:
        console.print(f"{title} ({len(lines)}):")
        for line in lines[:MOST_SHOWN]:
            console.print(Text(f"  {one_line(line)}"))
        if len(lines) > MOST_SHOWN:
            console.print(f"  and {len(lines) - MOST_SHOWN} more")


def _say_written(path: Path, console: Console) -> None:
    console.print(f"Written: {path}", markup=False, soft_wrap=True)
