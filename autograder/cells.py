"""Reading notebooks: chapters as text files, and whatever students hand in."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

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

MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?\??[ \t]*)$", re.MULTILINE)
MAGIC_VALUE = re.compile(r"^([\w., \t]+=[ \t]*)[%!].*$", re.MULTILINE)
"""IPython's own lines: ``%magic``, ``!command``, ``?name``, ``name?``; and ``value = %magic``."""


class NotCells(ValueError):
    """Something that should be a notebook has no cells."""


@dataclass(frozen=True)
class Cell:
    """A cell of somebody's notebook: its label, if it has one, its source, and its kind."""

    label: str
    source: str
    kind: str = "code"


def cells_of(notebook: Mapping) -> list[Cell]:
    """The cells of a notebook, from its JSON; what is not a cell is passed over.

    Parameters
    ----------
    notebook : mapping
        A notebook of format 4, from anybody: its cells may be anything.

    Raises
    ------
    NotCells
        If it has no list of cells.
    """
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    if not isinstance(cells, list):
        raise NotCells("there is no list of cells in it")
    return [
        Cell(label_of(cell), source_of(cell), str(cell.get("cell_type")))
        for cell in cells if isinstance(cell, dict)
    ]


def code_cells(notebook: Mapping) -> list[Cell]:
    """The code cells of a notebook; see `cells_of`."""
    return [cell for cell in cells_of(notebook) if cell.kind == "code"]


def label_of(cell: Mapping) -> str:
    """What a cell is called: its label in nbgrader's metadata, or its id; empty without."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    label = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    # The build gives a cell its exercise's name as its id as well: a second label.
    label = label if isinstance(label, str) else cell.get("id")
    return label if isinstance(label, str) else ""


def source_of(cell: Mapping) -> str:
    """The source of a cell, whatever it is, as one text with ordinary line ends."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    source = source if isinstance(source, str) else ""
    source = source.encode("utf-8", "replace").decode()  # half a surrogate pair becomes a ?
    return source.replace("\r\n", "\n").replace("\r", "\n")


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


def defined_in(source: str) -> dict[str, ast.AST]:
    """Top-level functions and classes of a cell by name; empty if it is not Python."""
    tree = parse(source)
    if tree is None:
        return {}
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return {node.name: node for node in tree.body if isinstance(node, kinds)}


def defines(source: str, name: str) -> bool:
    """Whether a cell gives `name` a value, by def, class or assignment; also if it is broken."""
    if name not in source:
        return False
    if name in defined_in(source):
        return True
    pattern = rf"^(?:async\s+def|def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*="
    return bool(re.search(pattern, source, re.MULTILINE))


def parse(source: str) -> ast.Module | None:
    """A cell's syntax tree without its IPython magics, or None if it is not Python."""
    return _parsed(source)[1]


def without_magics(source: str) -> str:
    """A cell's text as Python alone reads it, line for line; nothing if it is not Python."""
    return _parsed(source)[0]


def _parsed(source: str) -> tuple[str, ast.Module | None]:
    # As it stands first: a line that looks like a magic may be the middle of an expression.
    for text in (source, MAGIC.sub(r"\1pass", MAGIC_VALUE.sub(r"\1None", source))):
        try:
            return text, ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return "", None


def needed_sources(sources: list[str], wanted: list[str]) -> list[str]:
    """The `wanted` cells and the cells that define what they use, in the order of `sources`.

    Pictures and experiments between the exercises are left out: grading does not
    need them, and they take most of a notebook's time.
    """
    defines = {k: bound_names(source) for k, source in enumerate(sources)}
    chosen = {k for k, source in enumerate(sources) if source in wanted}
    frontier = set(chosen)
    while frontier:
        used = set().union(*(used_names(sources[k]) for k in frontier), {"*"})
        frontier = {k for k, names in defines.items() if k not in chosen and names & used}
        chosen |= frontier
    return [sources[k] for k in sorted(chosen)]


# In a class most cells are the same in every notebook: the course's own, and the stubs.
@lru_cache(maxsize=1000)
def bound_names(source: str) -> frozenset[str]:
    """Names that a cell gives a value at its top level; ``*`` if it imports all of a module."""
    names: set[str] = set()
    tree = parse(source)
    pending: list[ast.AST] = [tree] if tree else []
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            # A decorated picture such as @when_written runs on its own and defines nothing.
            if not any(isinstance(d, ast.Name) and d.id == "when_written"
                       for d in node.decorator_list):
                names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name):
            names |= {node.id} if isinstance(node.ctx, ast.Store) else set()
        else:
            pending += ast.iter_child_nodes(node)
    return frozenset(names)


@lru_cache(maxsize=1000)
def used_names(source: str) -> frozenset[str]:
    """Global names that a cell, or any function in it, reads. Parameters are not among them."""
    tree = parse(source)
    if tree is None:
        return frozenset()
    used: set[str] = set()
    tables = [symtable.symtable(ast.unparse(tree), "<cell>", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        used |= {
            symbol.get_name() for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
        tables += table.get_children()
    return frozenset(used)
