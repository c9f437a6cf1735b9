"""Pairs of similar submissions: side by side on a page of their own, and as a table in a terminal.

The page runs nothing and loads nothing. Whatever comes from students is escaped by the template.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.grading.reporting.report_page import students
from autograder.grading.reporting.similar import ALIKE, LONG_ENOUGH, Pair, Similar
from autograder.kit.plain import one_line

TEMPLATES = Path(__file__).parent / "templates"
SIDE_BY_SIDE = 50
"""So many pairs are shown with their code; in a class where one answer went round, there are
thousands."""
IN_A_TABLE = 200
IN_A_TERMINAL = 40
NO_VERDICT = (
    "This is a help to the eye, and no verdict. It tells whose answers are alike, not why."
)


class PageNotWritten(CourseError):
    """The page cannot be written. The message says why."""


def write_similar_page(similar: Similar, classroom: Classroom) -> Path:
    """Write the page into the folder of the class, and return where it is.

    Raises
    ------
    PageNotWritten
    """
    path = classroom.folder / "similar" / f"{similar.chapter}.html"
    try:
        write_whole(path, similar_page(similar))
    except OSError as error:
        raise PageNotWritten(
            f"the page cannot be written: {path}: {error.strerror}; make room for it there"
        ) from None
    return path


def similar_page(similar: Similar) -> str:
    """The page."""
    templates = Environment(
        loader=FileSystemLoader([TEMPLATES / "similar", TEMPLATES / "report"]), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    templates.filters |= {"line": one_line, "students": students, "percent": percent}
    return templates.get_template("similar.html.j2").render(
        similar=similar, policy=NOTHING_RUNS, no_verdict=NO_VERDICT, found=how_many(similar),
        side_by_side=SIDE_BY_SIDE, in_a_table=IN_A_TABLE, alike=ALIKE,
        long_enough=LONG_ENOUGH,
        left_out=[f"{one.id} ({one.name})" if one.name else one.id for one in similar.left_out],
    )


def print_similar(similar: Similar, console: Console) -> None:
    """Print the pairs, and that they are no verdict."""
    if similar.pairs:
        table = Table("Students", "Alike", "Rare words", "Exercises")
        for pair in similar.pairs[:IN_A_TERMINAL]:
            table.add_row(
                # As Text: in a plain string rich would take what stands in brackets for its own.
                Text("\n".join(one_line(name, 60) for name in pair.students)),
                percent(pair.share), f"{pair.words:.0f}", Text(_exercises(pair)),
            )
        console.print(table)
    say = [how_many(similar)]
    if len(similar.pairs) > IN_A_TERMINAL:
        say.append(f"The {IN_A_TERMINAL} that share most are shown.")
    if similar.pairs:
        say.append(f"{NO_VERDICT} Read both, and talk to both.")
    console.print(Text(" ".join(say)), soft_wrap=True)


def how_many(similar: Similar) -> str:
    """What was compared and found, in a sentence."""
    count = len(similar.pairs)
    found = {0: "no two are alike", 1: "one pair is alike"}.get(count, f"{count} pairs are alike")
    return f"Of {students(similar.compared)} compared, {found}."


def percent(share: float) -> str:
    """A share in words. What is not the whole is not called 100 %."""
    return f"{int(100 * share + 1e-9)}\N{NO-BREAK SPACE}%"


def _exercises(pair: Pair) -> str:
    names = [answer.exercise for answer in pair.answers]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
