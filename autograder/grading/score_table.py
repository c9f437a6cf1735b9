"""What an instructor sees of a batch in the terminal: progress, then scores and findings."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

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

from autograder.grading.batch import Row
from autograder.kit.plain import one_line

SECONDS_BETWEEN_LOOKS = 0.1


def with_progress(rows: Iterable[Row], total: int, console: Console) -> list[Row]:
    """All rows, as they come in, with a progress bar meanwhile."""
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
        for row in rows:
            finished.append(row)
            progress.advance(task)
            if monotonic() - shown > SECONDS_BETWEEN_LOOKS:
                progress.refresh()
                shown = monotonic()
    return finished


def print_scores(rows: list[Row], console: Console) -> None:
    """Print the scores of a batch, the mistakes found, and what changed since the last time."""
    table = Table("Student", "Automatic", "Written", "What was found")
    for row in sorted(rows, key=lambda row: row.student):
        lines = [f"not graded: {row.problem}"] if row.problem else list(row.findings)
        lines += [*(f"({note})" for note in row.notes)]
        # As Text: in a plain string rich would take what stands in brackets for its own marks.
        table.add_row(
            Text(one_line(row.student, 60)), f"{row.automatic:g} of {row.max_points:g}", row.answer,
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
