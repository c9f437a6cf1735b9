"""The report on a class in a terminal. What matters most stands last, above the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.checking.table import number
from autograder.grading.reporting.class_report import ClassReport, Row
from autograder.grading.reporting.item_statistics import Statistics
from autograder.grading.reporting.report_page import students, who_handed_in
from autograder.kit.plain import one_line

MOST_NAMES = 8
MOST_MISTAKES = 3
"""Of an exercise, in the table; the page has all."""


def print_report(report: ClassReport, console: Console) -> None:
    """Print everybody, the exercises, what to talk about, and what to do."""
    console.print(_everybody(report.rows))
    if report.statistics:
        console.print(_exercises(report))
    for shown in report.topics:
        _say(console, f"\nTo talk about: {shown.topic.name} "
                      f"({students(shown.topic.students)}, {shown.most_common.exercise})")
        for line in shown.lines:
            console.print(Text(f"    {line}"), soft_wrap=True)
    _say(console, f"\n{who_handed_in(report)}")
    for concern in report.concerns:
        _say(console, f"{concern.name}: {_names(concern.students)}. {concern.to_do}")
    if report.missing:
        _say(console, "handed in nothing: " + _names([one.id for one in report.missing]))


def _everybody(rows: Iterable[Row]) -> Table:
    table = Table("Student", "Score", "Late", "What was found", "Handed in")
    for row in sorted(rows, key=lambda row: row.student.id):
        standing = row.standing
        lines = [f"[{concern}]" for concern in row.concerns] + list(row.found)
        table.add_row(
            # As Text: in a plain string rich would take what stands in brackets for its own marks.
            Text(one_line(row.student.id, 60)),
            f"{number(standing.score)} of {number(standing.max_score)}" if standing else "–",
            f"−{number(standing.penalty)}" if standing and standing.penalty else "",
            Text("\n".join(map(one_line, lines[:6]))),
            f"{standing.handed_in:%Y-%m-%d %H:%M}" if standing and standing.handed_in else "–",
        )
    return table


def _exercises(report: ClassReport) -> Table:
    table = Table("Exercise", "Solved by", "Mistakes, by number of students")
    mistakes = {of_exercise.exercise: of_exercise for of_exercise in report.mistakes}
    for statistics in report.statistics:
        of_exercise = mistakes[statistics.name]
        lines = [f"{len(mistake.students)} {mistake.name}"
                 for mistake in of_exercise.named[:MOST_MISTAKES]]
        lines += [f"{of_exercise.unnamed} without a name"] * bool(of_exercise.unnamed)
        lines += [f"{of_exercise.blank} not written"] * bool(of_exercise.blank)
        table.add_row(Text(one_line(statistics.name)), _share(statistics),
                      Text("\n".join(map(one_line, lines))))
    return table


def _share(statistics: Statistics) -> str:
    return f"{100 * statistics.solved:.0f} %"


def _names(names: Iterable[str]) -> str:
    told = [one_line(name, 60) for name in names]
    more = f" and {len(told) - MOST_NAMES} more" if len(told) > MOST_NAMES else ""
    return ", ".join(told[:MOST_NAMES]) + more


def _say(console: Console, text: str) -> None:
    head = "\n" if text.startswith("\n") else ""
    console.print(Text(head + one_line(text, 1000)), soft_wrap=True)
