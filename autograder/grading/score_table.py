"""What an instructor sees of a batch in the terminal: progress, then scores and findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.cells import WRITTEN
from autograder.grading.batch import Row
from autograder.grading.rules import in_short
from autograder.kit.plain import one_line

if TYPE_CHECKING:
    # They import SQLAlchemy, which is loaded while the graders are at work.
    from autograder.grading.classes.standings import Standing
    from autograder.grading.regrade import Difference

SECONDS_BETWEEN_LOOKS = 0.1
SHOWN = 10
"""Names that are listed; of more, their number is told."""


def with_progress(
    rows: Iterable[Row], total: int, console: Console,
    done: Callable[[int], str] = "{} done".format,
) -> list[Row]:
    """All rows, as they come in, with a progress bar meanwhile.

    Parameters
    ----------
    rows : iterable of Row
    total : int
    console : rich.console.Console
    done : callable
        How far it is, in words, when so many rows have come: who stops it is told.
    """
    class Rate(ProgressColumn):
        """Submissions a minute."""

        def render(self, task):
            return Text(f"{60 * task.speed:.0f} a minute" if task.speed else "")

    columns = (
        TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
    )
    # Not refreshed by a thread of its own: graders are forked from this process.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("Grading", total=total)
        finished: list[Row] = []
        shown = monotonic()
        try:
            for row in rows:
                finished.append(row)
                progress.advance(task)
                if monotonic() - shown > SECONDS_BETWEEN_LOOKS:
                    progress.refresh()
                    shown = monotonic()
        except KeyboardInterrupt as stopped:
            stopped.add_note(done(len(finished)))
            raise
    return finished


def print_scores(rows: list[Row], console: Console) -> None:
    """Print the scores of a batch, the mistakes found, and what changed since the last time."""
    late = any(row.penalty for row in rows)
    table = Table("Student", "Automatic", "Written", *["After penalty"] * late, "What was found")
    for row in sorted(rows, key=lambda row: row.student):
        lines = [f"not graded: {row.problem}"] if row.problem else list(row.findings)
        lines = [*map(str, row.overridden), *lines, *(f"({note})" for note in row.notes)]
        # As Text: in a plain string rich would take what stands in brackets for its own marks.
        table.add_row(
            Text(one_line(row.student, 60)), f"{row.automatic:g} of {row.max_points:g}", row.answer,
            *[_after_penalty(row)] * late,
            Text("\n".join(map(one_line, lines[:6]))),
        )
    console.print(table)
    changed = [row for row in rows if row.changed]
    for row in changed:
        why = row.problem or "; ".join(row.findings[:3]) or "no mistakes found"
        console.print(Text(
            f"{one_line(row.student, 60)}: {row.before:g} before, {row.now:g} now ({one_line(why)})"
        ))
    if rows and not changed and any(row.before is not None for row in rows):
        console.print("No score changed.")


def print_differences(found: Sequence[Difference], asked: int, console: Console) -> None:
    """Print whose score a regrade would change, from what to what, and why."""
    changed = [difference for difference in found if difference.changes]
    if changed:
        table = Table("Student", "Before", "Now", "Why")
        for one in sorted(changed, key=lambda one: one.student):
            table.add_row(
                Text(one_line(one.student, 60)), _out_of(one.before, one.before_max),
                _out_of(one.now, one.now_max), Text("\n".join(map(one_line, one.why))),
            )
        console.print(table)
    same = len(found) - len(changed)
    console.print(f"Graded once more: {len(changed)} would change, {same} would not.")
    if lost := asked - len(found):
        console.print(f"{lost} could not be graded; the grades that are there stay. Run the "
                      "command again to try once more.")


def _out_of(points: float | None, most: float | None) -> str:
    if points is None:
        return "not in the gradebook"
    return f"{points:g} of {most:g}" if most is not None else f"{points:g}"


def print_older(older: Mapping[str, Sequence[str]], chapter: str, console: Console) -> None:
    """Say how many grades are by older rules, and what has changed since."""
    if older:
        console.print(
            f"{_by_older_rules(older)}. `autograder grade {chapter} --again` shows whose "
            "score would change, and asks before it writes anything.", markup=False, soft_wrap=True,
        )


def print_what_is_graded_again(
    older: Mapping[str, Sequence[str]], asked: int, ready: int, console: Console
) -> None:
    """Say which grades are made once more, and why; and how many of them are ready."""
    told = [_by_older_rules(older)] if older else []
    if others := asked - len(older):
        told.append("1 is by the rules of today" if others == 1 else
                    f"{others} are by the rules of today")
    kept = f", {ready} of them were so already" if ready else ""
    if told:
        console.print(f"{', '.join(told)}: graded once more{kept}.", markup=False, soft_wrap=True)


def _by_older_rules(older: Mapping[str, Sequence[str]]) -> str:
    what = in_short(change for changes in older.values() for change in changes)
    grades = "1 grade is" if len(older) == 1 else f"{len(older)} grades are"
    return f"{grades} by older rules ({what})"


def print_waiting(standings: Sequence[Standing], console: Console) -> None:
    """Say what waits for a person, and where."""
    written = [one.student for one in standings
               if WRITTEN in one.waits_for and one.written is None]
    if written:
        what = "1 written answer waits" if len(written) == 1 else (
            f"{len(written)} written answers wait")
        console.print(f"{what} in the Formgrader: {_some(written)}.", markup=False, soft_wrap=True)
    outdated = [(one, name) for one in standings for name in one.outdated]
    if outdated:
        console.print(
            "Scores given by hand that wait for another look in the Formgrader. They count as long "
            "as they stand there; clear one to take the automatic score, enter it anew to keep it:",
            soft_wrap=True,
        )
        for one, name in outdated[:SHOWN]:
            automatic = f", {one.automatic[name]:g} automatic" if name in one.automatic else ""
            console.print(f"  {one_line(one.student, 60)}, {name}: {one.by_hand[name]:g} by hand"
                          f"{automatic}", markup=False, soft_wrap=True)
        if len(outdated) > SHOWN:
            console.print(f"  and {len(outdated) - SHOWN} more")


def _some(students: Sequence[str]) -> str:
    names = ", ".join(one_line(student, 60) for student in students[:SHOWN])
    more = len(students) - SHOWN
    return f"{names} and {more} more" if more > 0 else names


def _after_penalty(row: Row) -> str:
    late = f" (late: {-row.penalty:g})" if row.penalty else ""
    return f"{row.after_penalty:g}{late}"
