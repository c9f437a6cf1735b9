"""Tables for spreadsheets, in which text stays text.

A spreadsheet takes a cell that begins with one of a few signs for a formula, and runs it. Names
and numbers of people come from strangers: such a cell gets an apostrophe in front of it, which
spreadsheets take for "this is text".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.files import write_whole

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_text(value: object) -> str:
    """What stands in a cell for a text from somebody: never a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def as_cell(value: object) -> str:
    """What stands in a cell: numbers as they are, all else as text."""
    return str(value) if isinstance(value, int | float) else as_text(value)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_cell(value) for value in row] for row in rows)
    write_whole(path, text.getvalue())
