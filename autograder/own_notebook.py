"""Checking a whole notebook from a terminal, on the machine of the student who wrote it.

The notebook's cells run in this very process, as they would in Jupyter, so this is for one's own
notebooks. Somebody else's are graded from a checkout of the course, in a jail.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import sys
from pathlib import Path

from autograder.brought import find_brought
from autograder.cells import (
    CHECK_SUFFIX,
    WRITTEN,
    Cell,
    NotCells,
    cells_of,
    defined_in,
    needed_sources,
    parse,
)
from autograder.checking.result import Result
from autograder.errors import CourseError
from autograder.exercises import brought_into, chapter_in_name, exercises_of
from autograder.kit.student_error import student_error
from autograder.live import check_by_name


class UnreadableNotebook(CourseError):
    """A file that should be a notebook and cannot be read as one."""


def check_notebook(path: Path) -> int:
    """Check all exercises of a notebook and print what was found.

    Parameters
    ----------
    path : Path
        A notebook whose file name begins with the name of its chapter.

    Returns
    -------
    int
        Exit status: 0 if all points are earned, else 1.

    Raises
    ------
    UnreadableNotebook
        If the file is missing or is not a notebook.
    NoSuchChapter
        If the file name begins with no chapter's name.
    """
    chapter = chapter_in_name(path.name)
    cells = read_cells(path)
    with contextlib.suppress(AttributeError, ValueError):  # a console that has no ✓
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    print(f"This runs the code of {path.name} on your computer: check only what you trust.\n")
    results, failures = run_and_check(cells, chapter, path.parent)
    for result in results:
        print(result)
        for failure in failures:
            if failure.startswith(f"{result.exercise}: "):
                print(f"  Note: the cell of {failure}")
        print()
    points, most = sum(r.points for r in results), sum(r.max_points for r in results)
    written = any(cell.label == WRITTEN for cell in cells)
    print(f"automatic {points:g} of {most:g} points"
          f"{' · written: graded by a person' if written else ''}")
    return 0 if points == most else 1


def read_cells(path: Path) -> list[Cell]:
    """The cells of a notebook.

    Raises
    ------
    UnreadableNotebook
        If the file is missing or is not a notebook.
    """
    try:
        return cells_of(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UnreadableNotebook(f"{path} cannot be opened: {error.strerror}") from None
    except (NotCells, ValueError, RecursionError):
        raise UnreadableNotebook(
            f"{path} is not a notebook, or a damaged one: open it in Jupyter and save it again"
        ) from None


def run_and_check(
    cells: list[Cell], chapter: str, folder: Path
) -> tuple[list[Result], list[str]]:
    """Run the cells that the exercises need, and check each exercise.

    Parameters
    ----------
    cells : list of Cell
    chapter : str
    folder : Path
        Where the notebook is, and where its cells run.

    Returns
    -------
    results : list of Result
        One for each exercise, in the order of the chapter.
    failures : list of str
        ``"affine_forward: stopped with ..."`` for each cell with an exercise that raised.
    """
    exercises = exercises_of(chapter)
    code = [
        cell for cell in cells if cell.kind == "code" and not cell.label.endswith(CHECK_SUFFIX)
    ]
    sources = [cell.source for cell in code]
    names = {*exercises, *(name for row in exercises.values() for name in row.uses)}
    wanted = [source for source in sources if set(defined_in(source)) & names]
    wanted += [sources[k] for k in find_brought(code, brought_into(chapter))]
    namespace: dict[str, object] = {"__name__": "__main__"}
    failures = []
    os.environ.setdefault("MPLBACKEND", "agg")  # no windows: nobody looks at pictures here
    with contextlib.chdir(folder):
        for number, source in enumerate(needed_sources(sources, wanted)):
            stopped = _run(source, f"<cell {number}>", namespace)
            if stopped:
                failures += [f"{name}: {stopped}" for name in defined_in(source)]
        return [check_by_name(name, namespace) for name in exercises], failures


def _run(source: str, name: str, namespace: dict[str, object]) -> str:
    """Run a cell without its magics; why it stopped, or ''."""
    tree = parse(source)
    if tree is None:
        return "is not Python"
    # So that an error can show the line of the student's that raised it.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(tree, name, "exec"), namespace)
    except Exception as error:
        told = student_error(error)
        return f"stopped with {told.kind}: {told.message}".rstrip(": ")
    return ""
