"""Filling the gradebook that a learning platform has exported, so that it can be imported again.

Canvas: lib/gradebook_exporter.rb and lib/gradebook_importer.rb of instructure/canvas-lms. Moodle:
the grading worksheet of an assignment (mod/assign/feedback/offline/importgradeslib.php of
moodle/moodle) and the CSV of the gradebook (grade/import/csv). Nothing is changed but cells of
chapters of students who handed something in; the file itself stays as it is.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.matching import Found, Roll, folded
from autograder.grading.classes.roster import Student
from autograder.grading.exporting.score_sheet import Sheet

CANVAS, MOODLE = "canvas", "moodle"
CANVAS_ONLY = re.compile(r"\(read\s*only\)", re.IGNORECASE)
CALCULATED = re.compile(r"(current|final) (score|points|grade)|override (score|grade|status)|"
                        r"course total|last downloaded", re.IGNORECASE)
ABOUT_PEOPLE = (
    "student", "lastname", "firstname", "id", "sis user id", "sis login id", "integration id",
    "root account", "section", "first name", "last name", "surname", "id number", "institution",
    "department", "email address", "identifier", "full name", "username", "status",
)
LEFT_ALONE = ("EX", "N/A")
"""What Canvas writes for who is excused, and for whom an assignment is not meant."""


class GradebookFileError(CourseError):
    """A platform's file cannot be filled. The message says what to do."""


@dataclass
class Table:
    """A platform's CSV, and how it is written: byte order mark, separator, ends of lines."""

    header: list[str]
    rows: list[list[str]]
    encoding: str = "utf-8"
    separator: str = ","
    line_end: str = "\r\n"

    @property
    def decimal_comma(self) -> bool:
        """Whether its numbers have a comma."""
        return self.separator != "," and any(
            re.fullmatch(r"\d+,\d+", cell.strip()) for row in self.rows for cell in row)

    def number(self, value: float) -> str:
        """A score as this file writes it."""
        text = f"{round(value, 2):.10g}"
        return text.replace(".", ",") if self.decimal_comma else text

    def column(self, *names: str) -> int | None:
        """Where a column is, by one of the names that it may have."""
        titles = [title.strip().casefold() for title in self.header]
        return next((titles.index(name.casefold()) for name in names if name.casefold() in titles),
                    None)


@dataclass
class Filled:
    """What came of filling a platform's gradebook.

    Attributes
    ----------
    path : Path
        What was written, beside the file that was given.
    columns : dict of str to str
        Chapter to the title of its column.
    cells, changed : int
        How many scores were written, and how many of them in the place of another number.
    not_in_class : list of (str, str)
        People of the file who are nobody in the list of students, and why.
    not_in_file : list of str
        Students with a score of whom there is no line in the file.
    notes : list of str
    """

    path: Path
    columns: dict[str, str] = field(default_factory=dict)
    cells: int = 0
    changed: int = 0
    not_in_class: list[tuple[str, str]] = field(default_factory=list)
    not_in_file: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fill(
    path: Path, platform: str, sheets: Sequence[Sheet], students: Iterable[Student],
    title: str = "",
) -> Filled:
    """Fill a platform's gradebook with scores; the result is written beside it.

    Parameters
    ----------
    path : Path
        As Canvas or Moodle has exported it.
    platform : str
        CANVAS or MOODLE.
    sheets : sequence of Sheet
    students : iterable of Student
    title : str
        The column to fill, if it does not bear the name of the one chapter.

    Raises
    ------
    GradebookFileError
        If the file is not such a gradebook, or has no column for a chapter.
    """
    table = read_table(path)
    _check_kind(table, platform, path)
    filled = Filled(path.with_name(f"{path.stem}.filled{path.suffix}"))
    columns = {sheet.chapter: _column_for(sheet.chapter, table, title, path) for sheet in sheets}
    filled.columns = {chapter: table.header[k] for chapter, k in columns.items()}
    people = _people(table, platform, Roll(students), filled)
    for sheet in sheets:
        _note_points(sheet, columns[sheet.chapter], table, filled)
        for student, row in people.items():
            if student in sheet.standings:
                _write(sheet, student, table, row, columns[sheet.chapter], filled)
    scored = {student for sheet in sheets for student in sheet.standings}
    filled.not_in_file = sorted(scored - people.keys())
    _write_table(filled.path, table)
    return filled


def read_table(path: Path) -> Table:
    """Read a platform's CSV.

    Raises
    ------
    GradebookFileError
        If it cannot be read.
    """
    try:
        content = path.read_bytes()
        encoding = ("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else
                    "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        text = content.decode(encoding)
    except OSError as error:
        raise GradebookFileError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise GradebookFileError(f"{path} is not in UTF-8; give the file as the platform exported "
                                 "it, not as a spreadsheet has saved it") from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise GradebookFileError(f"{path} is not CSV: {error}") from None
    if not rows:
        raise GradebookFileError(f"{path} is empty")
    return Table(rows[0], rows[1:], encoding, separator, "\r\n" if "\r\n" in text else "\n")


def _write_table(path: Path, table: Table) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.separator, lineterminator=table.line_end)
    writer.writerows([table.header, *table.rows])
    write_whole(path, text.getvalue().encode(table.encoding))


def _check_kind(table: Table, platform: str, path: Path) -> None:
    """Raise GradebookFileError unless the file is what the platform exports."""
    if platform == CANVAS:
        if table.column("ID") is None or table.column("Section") is None:
            raise GradebookFileError(
                f"{path} is no gradebook of Canvas: it has no columns ID and Section; in Canvas, "
                "choose Grades, Export, Export Entire Gradebook")
    elif not any(table.column(*names) is not None for names in MOODLE_COLUMNS.values()):
        raise GradebookFileError(
            f"{path} is no export of Moodle in English: it has no column Email address, ID number "
            "or Full name; choose English in Moodle's menu of languages and export once more")


MOODLE_COLUMNS = {
    "email": ("Email address", "Email"), "number": ("ID number",), "login": ("Username",),
    "name": ("Full name",),
}


def _column_for(chapter: str, table: Table, title: str, path: Path) -> int:
    """The column of a chapter: by the title that is given, or by the chapter's name."""
    open_to = {k: _bare(head) for k, head in enumerate(table.header)
               if not CALCULATED.search(head) and head.strip().casefold() not in ABOUT_PEOPLE}
    name, word = folded(chapter), folded(chapter.partition("_")[2])
    if title:
        fits = [[k for k in open_to if table.header[k].strip() == title.strip()],
                [k for k, bare in open_to.items() if bare == folded(title)]]
    elif (grade := table.column("Grade")) is not None and table.column("Identifier") is not None:
        fits = [[grade]]  # Moodle's worksheet is of one assignment
    else:
        fits = [[k for k, bare in open_to.items() if bare == name],
                [k for k, bare in open_to.items() if bare == word],
                [k for k, bare in open_to.items() if name in bare],
                [k for k, bare in open_to.items() if word in bare]]
    found = next(filter(None, fits), [])
    if len(found) == 1:
        return found[0]
    titles = ", ".join(table.header[k] for k in found or open_to)
    which = f"several columns for {title or chapter}" if found else (
        f"no column for {title or chapter}")
    raise GradebookFileError(f'{path} has {which}; name one with --column "TITLE": {titles}')


def _bare(title: str) -> str:
    """A column's title without Canvas's number, Moodle's kind of activity, and signs."""
    title = re.sub(r"\s*\((\d+|real|percentage|letter)\)\s*$", "", title, flags=re.IGNORECASE)
    return folded(re.sub(r"^(assignment|external tool|quiz|manual item)\s*:", "", title,
                         flags=re.IGNORECASE))


def _people(
    table: Table, platform: str, roll: Roll, filled: Filled
) -> dict[str, list[str]]:
    """The lines of the file by student."""
    lines: dict[str, list[list[str]]] = {}
    for row in table.rows:
        row += [""] * (len(table.header) - len(row))
        if not any(cell.strip() for cell in row) or _is_no_person(row, platform, table):
            continue
        name, found = (_in_canvas if platform == CANVAS else _in_moodle)(table, row, roll)
        if found.student is None:
            filled.not_in_class.append((name, found.why))
        else:
            lines.setdefault(found.student.id, []).append(row)
    for student in [one for one, rows in lines.items() if len(rows) > 1]:
        filled.not_in_class.append((student, f"{len(lines.pop(student))} lines are this student's"))
    return {student: rows[0] for student, rows in lines.items()}


def _is_no_person(row: list[str], platform: str, table: Table) -> bool:
    """Whether a line of Canvas's is that of the points, or of what is posted by hand."""
    number = table.column("ID")
    return platform == CANVAS and number is not None and not row[number].strip() and (
        "Points Possible" in row[0] or not row[0].strip())


def _in_canvas(table: Table, row: list[str], roll: Roll) -> tuple[str, Found]:
    def cell(*names: str) -> str:
        k = table.column(*names)
        return row[k].strip() if k is not None else ""

    name = cell("Student") or f"{cell('LastName')}, {cell('FirstName')}"
    return name, roll.find(number=cell("ID"), sis_id=cell("SIS User ID"),
                           logins=[cell("SIS Login ID")], name=name)


def _in_moodle(table: Table, row: list[str], roll: Roll) -> tuple[str, Found]:
    def cell(*names: str) -> str:
        k = table.column(*names)
        return row[k].strip() if k is not None else ""

    name = cell("Full name") or f"{cell('First name')} {cell('Last name', 'Surname')}".strip()
    email, number = cell(*MOODLE_COLUMNS["email"]), cell(*MOODLE_COLUMNS["number"])
    found = roll.find(sis_id=number, logins=[email or cell("Username") or number], name=name)
    return name or email or number, found


def _note_points(sheet: Sheet, column: int, table: Table, filled: Filled) -> None:
    """Say where the platform reckons with another number of points."""
    most = table.column("Maximum Grade")
    told = next((row[column] for row in table.rows if "Points Possible" in row[0]), "") or next(
        (row[most] for row in table.rows if most is not None and most < len(row)), "")
    try:
        points = float(told.replace(",", "."))
    except ValueError:
        return
    if abs(points - sheet.max_score) > 0.005:
        filled.notes.append(f"{sheet.chapter} has {sheet.max_score:g} points, and "
                            f"{table.header[column]} has {points:g} on the platform: change it "
                            "there, scores are written as they are")


def _write(
    sheet: Sheet, student: str, table: Table, row: list[str], column: int, filled: Filled
) -> None:
    there, locked = row[column].strip(), table.column("Grade can be changed")
    if there.upper() in LEFT_ALONE or (locked is not None and row[locked].strip() == "No"):
        filled.notes.append(f"{sheet.chapter} of {student} is left as it is: {there or 'locked'}")
        return
    score = table.number(sheet.standings[student].score)
    row[column] = score
    with contextlib.suppress(ValueError):  # nothing was there
        before, now = (float(text.replace(",", ".")) for text in (there, score))
        filled.changed += abs(before - now) > 0.005
    filled.cells += 1
