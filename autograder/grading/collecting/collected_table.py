"""What an instructor sees after collecting: a table in the terminal, and a list to work through."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.grading.collecting.collect import Outcome
from autograder.grading.collecting.placing import NOTHING, UNCHANGED, Row
from autograder.grading.spreadsheet import as_text, write_table
from autograder.kit.plain import one_line

MOST_SHOWN = 20

COLUMNS = ("name", "why", "files", "source")
SOURCE = COLUMNS.index("source")


def print_collected(outcome: Outcome, chapter: str, folder: Path, console: Console) -> None:
    """Print what came of collecting, and write what needs a person into a file.

    Parameters
    ----------
    outcome : Outcome
    chapter : str
    folder : Path
        That of the class.
    console : rich.console.Console
    """
    changed = [row for row in outcome.rows if row.what != UNCHANGED or row.notes]
    # Of a large class only those of whom there is something to say.
    told = changed if len(changed) <= MOST_SHOWN else [row for row in changed if row.notes]
    if told:
        console.print(_rows(told))
    _print_nobodys(outcome, console)
    listed = folder / "collected" / f"{chapter}-not-assigned.csv"
    found = _listed(outcome)
    seen = {as_text(name) for name in outcome.seen}
    earlier = [row for row in _listed_before(listed)
               if row[0] not in seen and row[SOURCE] != as_text(outcome.source)]
    if found or earlier:
        write_table(listed, COLUMNS, [*earlier, *found])
        before = f", with {len(earlier)} of earlier collections" if earlier else ""
        console.print(f"All of it is listed in {listed}{before}", markup=False, soft_wrap=True)
    else:
        listed.unlink(missing_ok=True)
    if outcome.not_assigned:
        console.print(
            'To assign by hand, add --assign "NAME=STUDENT" to the command; or complete the names '
            "and lms_ids in students.csv and collect once more.", markup=False)
    for note in outcome.notes:
        console.print(Text(f"nbgrader says: {one_line(note)}"))
    if outcome.missing:
        console.print(Text(f"Handed in nothing: {', '.join(outcome.missing)}"))
    counts = Counter(row.what for row in outcome.rows)
    parts = [f"{count} {what}" for what, count in counts.items() if what != NOTHING]
    parts += [f"{len(outcome.not_assigned)} not assigned",
              f"{len(outcome.missing)} handed in nothing"]
    if outcome.left_out:
        parts.append(f"files left out: {len(outcome.left_out)}")
    console.print(f"{chapter} from {outcome.source}: {', '.join(parts)}.", markup=False)


def _listed(outcome: Outcome) -> list[Sequence[str]]:
    """What of a collection is nobody's, in the columns of the list."""
    return [
        *((one.name, one.why, "; ".join(one.files), outcome.source)
          for one in outcome.not_assigned),
        *((one.name, f"left out: {one.why}", "", outcome.source) for one in outcome.left_out),
    ]


def _listed_before(listed: Path) -> Sequence[Sequence[str]]:
    """The rows of the list as earlier collections have left it."""
    try:
        with open(listed, encoding="utf-8", newline="") as file:
            columns, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error):
        return []
    return rows if tuple(columns) == COLUMNS and all(len(r) == len(COLUMNS) for r in rows) else []


def _rows(rows: list[Row]) -> Table:
    table = Table("Student", "What", "Handed in (UTC)", "To be noted")
    for row in rows:
        when = f"{row.when:%Y-%m-%d %H:%M}" if row.when else ""
        table.add_row(Text(one_line(row.student, 60)), row.what, when,
                      Text("\n".join(one_line(note) for note in row.notes)))
    return table


def _print_nobodys(outcome: Outcome, console: Console) -> None:
    if not outcome.not_assigned and not outcome.left_out:
        return
    table = Table("Not assigned or left out", "Why", "Files")
    found = [(one.name, one.why, str(len(one.files))) for one in outcome.not_assigned]
    found += [(one.name, one.why, "") for one in outcome.left_out]
    for name, why, files in found[:MOST_SHOWN]:
        table.add_row(Text(one_line(name, 100)), Text(one_line(why, 160)), files)
    if len(found) > MOST_SHOWN:
        table.add_row(f"and {len(found) - MOST_SHOWN} more", "", "")
    console.print(table)
