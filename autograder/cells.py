"""Reading notebooks: chapters as text files, and whatever students hand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Cells are read in the jail as well, so how is part of the kit; it is known by these names here.
from autograder.kit.reading import (  # noqa: F401
    Cell,
    NotCells,
    cells_of,
    code_cells,
    label_of,
    source_of,
)
from autograder.kit.sources import (  # noqa: F401
    Facts,
    bound_names,
    defined_in,
    defines,
    facts_of,
    needed_sources,
    parse,
    used_names,
    without_magics,
)

if TYPE_CHECKING:
    import nbformat

CHECK_SUFFIX = "-check"
"""The id of a check cell is the name of its exercise and this."""

WRITTEN, WRITTEN_ANSWER = "written", "written-answer"
"""The ids of the question that is answered in words, and of the cell for the answer."""
WRITE_HERE = "*Write your answer here.*"
"""What stands in that cell at first."""

BROUGHT = "brought"
"""The id of the cell for the answers of earlier chapters; `autograder.brought` fills it."""

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
"""Between these two lines of an exercise stands its solution."""


def read_chapter(text: str) -> nbformat.NotebookNode:
    """Read the text of a chapter's source, a percent file.

    The format is named: jupytext misreads a file with an incomplete header when it has to guess.
    """
    # Here and not above: it imports for a second, and a student's machine does not have it.
    import jupytext

    return jupytext.reads(text, fmt="py:percent")


def percent_code(text: str) -> list[str]:
    """The sources of the code cells of a chapter's text, as `read_chapter` reads them.

    For a machine without jupytext.
    """
    cells: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("# %%"):
            cells.append([])
            is_code = not line.rstrip().endswith("[markdown]")
        elif cells and is_code:
            cells[-1].append(line)
    return ["\n".join(lines).strip("\n") for lines in cells if lines]


def header(cell) -> dict[str, str]:
    """What the author wrote into a cell's header: keys and, under ``title``, words without one."""
    return {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
