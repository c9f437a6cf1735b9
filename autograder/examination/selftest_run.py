"""A run of the examination: its progress, its table, its lists, and the file with its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from autograder.course import Course
from autograder.errors import CourseError
from autograder.examination.report import FRACTIONS, Report, summary
from autograder.examination.selftest import EQUAL_ONES, Plan, examine
from autograder.exercises import exercises_of
from autograder.files import write_whole

MUST_BE_ALL = ("accepted", "caught", "mutants", "agreement", "seed_stable", "names_true")
NAMED_AT_LEAST = 0.98
EQUAL_AT_MOST = 0.08

COLUMNS = {
    "right": "accepted", "known": "caught", "named": "named", "mutants": "mutants",
    "equal": "equal", "true names": "names_true", "mutants named": "mutants_named",
    "seeds": "seed_stable", "home": "agreement",
}

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


class NoFigures(CourseError):
    """There are no figures to write, or no place for them."""


def figures_of(course: Course) -> Path:
    """The file with the figures of the last whole run."""
    return course.root / "build" / "selftest.json"


def run_selftest(
    course: Course, console: Console, chapters: Sequence[str], *, seeds: int,
    mutants: int | None = None, jobs: int = 2, file: Path | None = None,
) -> bool:
    """Examine chapters, and print what was found.

    Parameters
    ----------
    course : Course
    console : rich.console.Console
    chapters : sequence of str
    seeds : int
        Hidden keys for right answers and known mistakes.
    mutants : int, optional
        Mutants of an exercise at most.
    jobs : int
        Processes side by side.
    file : Path, optional
        Where the figures go.

    Returns
    -------
    bool
        Whether all is as it must be.
    """
    reports = []
    total = sum(len(exercises_of(chapter)) for chapter in chapters)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("examining", total=total)
        for report in examine(course, chapters, Plan(seeds, mutants), jobs):
            reports.append(report)
            progress.update(task, advance=1, description=report.exercise)
    order = {(chapter, name): k for chapter in chapters
             for k, name in enumerate(exercises_of(chapter))}
    reports.sort(key=lambda report: (report.chapter, order[report.chapter, report.exercise]))
    print_reports(console, reports)
    found = summary(reports)
    if file:
        write_whole(file, json.dumps(found, indent=1) + "\n")
        console.print(f"The figures are in {file}.", soft_wrap=True, markup=False)
    return passes(found)


def passes(found: dict) -> bool:
    """Whether all fractions are as they must be."""
    return all(found[name] == 1 for name in MUST_BE_ALL) and (
        found["named"] >= NAMED_AT_LEAST and found["equal"] <= EQUAL_AT_MOST)


def print_reports(console: Console, reports: Sequence[Report]) -> None:
    """The table by exercise, and below it a list of each kind of finding."""
    table = Table("exercise", *COLUMNS, "s")
    for title in table.columns[1:]:
        title.justify = "right"
    for chapter in dict.fromkeys(report.chapter for report in reports):
        rows = [report for report in reports if report.chapter == chapter]
        for report in rows:
            table.add_row(report.exercise, *_cells(report), f"{report.seconds:.0f}")
        whole = Report.together(rows, chapter)
        table.add_row(f"[bold]{chapter}[/]", *_cells(whole), f"{whole.seconds:.0f}",
                      end_section=True)
    total = Report.together(reports)
    table.add_row("[bold]all[/]", *_cells(total), f"{total.seconds:.0f}")
    console.print(table)
    # What has to be mended stands last, where it is seen.
    for kind in sorted(total.findings, key=lambda kind: kind != EQUAL_ONES):
        texts = total.findings[kind]
        console.print(f"\n[bold]{escape(kind)}[/] ({len(texts)})")
        for text in texts:
            console.print(f"  {text}", markup=False, soft_wrap=True)
    console.print()
    for name, text in FRACTIONS.items():
        count = total.counts[name]
        console.print(f"{name:>14}  {count.fraction:.4f}  {count.good} of {count.all} {text}",
                      soft_wrap=True)


def _cells(report: Report) -> list[str]:
    cells = []
    for name in COLUMNS.values():
        count = report.counts[name]
        text = f"{count.good}/{count.all}" if count.all else ""
        bad = name in MUST_BE_ALL and count.good < count.all
        cells.append(f"[red]{text}[/]" if bad else text)
    return cells


def write_page(course: Course, page: Path) -> None:
    """Write the figures of the last whole run into a page, between its two marks.

    Raises
    ------
    NoFigures
        If there are none, or the page has no marks.
    """
    file = figures_of(course)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise NoFigures(f"{error.filename}: {error.strerror}; run autograder selftest first"
                        ) from None
    if BEGIN not in text or END not in text:
        raise NoFigures(f"{page} has no lines {BEGIN} and {END} to write between")
    head, rest = text.split(BEGIN, 1)
    write_whole(page, f"{head}{BEGIN}\n{figures_table(found)}\n{END}{rest.split(END, 1)[1]}")


def figures_table(found: dict) -> str:
    """The figures as tables of Markdown."""
    lines = ["| | share | counts | of what |", "|---|---|---|---|"]
    for name, text in FRACTIONS.items():
        good, total = found["counts"][name]
        lines.append(f"| `{name}` | {found[name]:.4f} | {good} of {total} | {text} |")
    lines += ["", "| chapter | " + " | ".join(COLUMNS) + " |", "|---" * (1 + len(COLUMNS)) + "|"]
    for chapter, figures in found["chapters"].items():
        counts = ("{} of {}".format(*figures["counts"][name]) for name in COLUMNS.values())
        lines.append(f"| {chapter} | " + " | ".join(counts) + " |")
    return "\n".join(lines)
