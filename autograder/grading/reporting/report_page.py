"""The report on a class as one page that holds all it needs, runs nothing, and loads nothing.

Whatever comes from students is escaped by the templates, and on one line.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.checking.table import number
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.reporting.class_report import ClassReport
from autograder.grading.reporting.item_statistics import ENOUGH, MEANING
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.kit.plain import one_line

TEMPLATES = Path(__file__).parent / "templates" / "report"
FEW = 12
"""So many names are shown without being asked for."""


class ReportNotWritten(CourseError):
    """The page cannot be written. The message says why."""


def write_page(report: ClassReport, classroom: Classroom) -> Path:
    """Write the page into the folder of the class, and return where it is.

    Raises
    ------
    ReportNotWritten
    """
    path = classroom.folder / "reports" / f"{report.chapter}.html"
    try:
        write_whole(path, page_of(report))
    except OSError as error:
        raise ReportNotWritten(
            f"the report cannot be written: {path}: {error.strerror}; make room for it there"
        ) from None
    return path


def page_of(report: ClassReport) -> str:
    """The page of a report."""
    return _templates().get_template("class_report.html.j2").render(
        report=report, policy=NOTHING_RUNS, few=FEW, enough=ENOUGH,
        handed_in=who_handed_in(report),
        middle=median(report.scores) if report.scores else 0.0,
        missing=[f"{one.id} ({one.name})" if one.name else one.id for one in report.missing],
        meanings=_meanings(report),
    )


def who_handed_in(report: ClassReport) -> str:
    """How many handed in, in a sentence."""
    if not report.listed:
        return f"{students(len(report.rows))} handed in."
    return f"{len(report.rows)} of {students(len(report.rows) + len(report.missing))} handed in."


def students(count: int) -> str:
    """So many students, in words."""
    return f"{count} student{'' if count == 1 else 's'}"


def _meanings(report: ClassReport) -> dict[str, str]:
    """What is said of discrimination in this report, with what it means; perhaps nothing."""
    said = {one.in_words for exercise in report.statistics for one in (exercise, *exercise.items)}
    return {words: meaning for words, meaning in MEANING.items() if words in said}


def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    templates.filters |= {
        "line": one_line,
        "number": number,
        "students": students,
        "percent": lambda share: f"{100 * share:.0f}\N{NO-BREAK SPACE}%",
        "seconds": lambda seconds: f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s",
        "two_digits": lambda value: f"{value:.2f}".replace("-", "−"),
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    return templates
