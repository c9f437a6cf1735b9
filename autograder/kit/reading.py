"""From the bytes of a file to the cells of a notebook, whoever made the file, and of whatever.

Of a submission this runs inside the jail: a file of a few megabytes can be made to take a minute
and a gigabyte. Nothing of the file is run. It needs nothing but Python's own library.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder.kit import formats
from autograder.kit.sources import whole_statements, without_magics

MOST_CELLS = 2000
MOST_CODE = 200_000
"""Characters of code in all: the longest chapter has 40 000, answers included."""
MOST_TEXT = 50_000
MOST_TEXT_IN_ALL = 300_000
"""Characters of a cell that is not code, and of all of them."""
MOST_LABEL = 200
LONG_LINE, MANY_LINES = 2000, 2000
"""What of a cell is data, where there is too much of it."""

MOST_NOTEBOOKS = 8
"""Notebooks that are read of one archive."""
MOST_ENTRIES = 2000
MOST_UNPACKED = 50_000_000

GRADE_ID = re.compile(r'"?grade_id"?\s*[:=]\s*"(\w{1,100})"')
PERCENT = re.compile(r"^# ?%%")
NUMBERED = re.compile(r"^# In ?\[[ \d*]*\]:")


class NotANotebook(ValueError):
    """A file that cannot be read as a notebook. The message says what it is instead, and why."""


class NotCells(ValueError):
    """Something that should be a notebook has no cells."""


@dataclass(frozen=True)
class Cell:
    """A cell of somebody's notebook: its label, if it has one, its source, and its kind."""

    label: str
    source: str
    kind: str = "code"


@dataclass(frozen=True)
class Notebook:
    """A notebook that was read.

    Attributes
    ----------
    name : str
        Of the file, and in an archive of the file in it.
    cells : list of Cell
    notes : list of str
        What was put right.
    """

    name: str
    cells: list[Cell]
    notes: list[str] = field(default_factory=list)


# Cells of a notebook's JSON


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
        Cell(label_of(cell), source_of(cell), str(cell.get("cell_type"))[:20])
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


# Files


def read_notebooks(name: str, content: bytes) -> list[Notebook]:
    """The notebooks in a file: one, or several if it is an archive.

    Parameters
    ----------
    name : str
        Of the file. What the file is, its content tells.
    content : bytes

    Raises
    ------
    NotANotebook
        With the reason, as it is told to a student.
    """
    if content.startswith(b"PK\x03\x04"):
        return _unpacked(name, content)
    return [_read(name, content)]


def _read(name: str, content: bytes) -> Notebook:
    if other := formats.recognised(content):
        raise NotANotebook(other)
    notes: list[str] = []
    text = _decoded(content, notes)
    if name.lower().endswith(".py") or text.lstrip()[:1] not in ("{", "["):
        cells = _cells_of_python(text, plain=name.lower().endswith(".py"))
        if cells:
            notes.append("It is a notebook that was saved as a Python file.")
            return Notebook(name, _limited(cells, notes), notes)
    return Notebook(name, _limited(_cells_of_json(text, notes), notes), notes)


def _decoded(content: bytes, notes: list[str]) -> str:
    if content.endswith(b"\0") and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        rest = content.rstrip(b"\0")
        if len(content) - len(rest) > 1:
            notes.append("The file ends in zeros, as after a crash; they are left out.")
            content = rest
    bare = {b"{\0": "utf-16-le", b"\0{": "utf-16-be"}.get(content[:2])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or bare:
        notes.append("The file was saved as UTF-16.")
        return content.decode(bare or "utf-16", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        notes.append("The file begins with a byte order mark.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file is not in UTF-8; it is read as Latin-1.")
        return content.decode("latin-1")


def _cells_of_json(text: str, notes: list[str]) -> list[Cell]:
    data = _parsed_json(text, notes)
    if isinstance(data, dict) and "cells" not in data and "worksheets" in data:
        data = _converted(data, notes)
    if not isinstance(data, dict) or "cells" not in data:
        raise NotANotebook("the file is JSON, but not a notebook: it has no cells")
    try:
        return cells_of(data)
    except NotCells:
        raise NotANotebook(
            "the file is JSON, but not a notebook: its cells are not a list"
        ) from None


def _parsed_json(text: str, notes: list[str]):
    try:
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise
            found, _ = json.JSONDecoder().raw_decode(text.lstrip())
            notes.append("What stood below the end of the notebook in the file is left out.")
            return found
    except RecursionError:
        raise NotANotebook("the file is not a notebook: it is nested too deeply") from None
    except ValueError as error:
        if "\n<<<<<<< " in text and "\n>>>>>>> " in text:
            raise NotANotebook(
                "the file holds the marks of a git conflict (<<<<<<<); settle it, open the "
                "notebook in Jupyter to see that it is whole, and hand it in again"
            ) from None
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotANotebook(
            f"the file is damaged: it is not complete JSON{where}; "
            "it may have been cut off while it was saved or uploaded"
        ) from None


def _converted(data: dict, notes: list[str]) -> dict:
    """A notebook of format 2 or 3 in the form of the current one."""
    version = data.get("nbformat")
    told = f", version {version}" if type(version) is int and 0 < version < 10 else ""
    notes.append(f"The notebook is in an old format{told}.")
    sheets = data["worksheets"] if isinstance(data["worksheets"], list) else []
    cells = []
    for sheet in sheets:
        found = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in found if isinstance(found, list) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                cells.append({**cell, "source": cell.get("input", "")})
            elif isinstance(cell, dict) and cell.get("cell_type") == "heading":
                cells.append({**cell, "cell_type": "markdown"})
            else:
                cells.append(cell)
    return {"cells": cells}


def _cells_of_python(text: str, plain: bool) -> list[Cell]:
    """The cells of a notebook that was saved as a Python file; none if it was not.

    Parameters
    ----------
    text : str
    plain : bool
        Whether a file without any marks of cells is read too: each of its statements is a cell.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = [k for k, line in enumerate(lines) if PERCENT.match(line) or NUMBERED.match(line)]
    if not marks:
        return _statements_as_cells("\n".join(lines)) if plain else []
    cells = []
    for first, end in zip(marks, [*marks[1:], len(lines)]):
        body = "\n".join(lines[first + 1:end]).strip("\n")
        label = GRADE_ID.search(lines[first])
        kind = "markdown" if "[markdown]" in lines[first] else "code"
        if kind == "markdown":
            body = "\n".join(re.sub("^# ?", "", line) for line in body.split("\n"))
        cells.append(Cell(label[1] if label else "", body, kind))
    return cells


def _statements_as_cells(text: str) -> list[Cell]:
    import ast

    code = without_magics(text) or whole_statements(text)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = code.split("\n")
    parts: list[list[int]] = []  # first and last line; several statements may share one
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        if parts and first <= parts[-1][1]:
            parts[-1][1] = last
        else:
            parts.append([first, last])
    return [Cell("", "\n".join(lines[first - 1:last])) for first, last in parts]


def _unpacked(name: str, content: bytes) -> list[Notebook]:
    """The notebooks in a zip archive."""
    # Here and not above: few submissions are archives.
    import zipfile
    import zlib

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise NotANotebook("the file is a zip archive that is damaged or incomplete") from None
    if office := formats.office_document(entry.filename for entry in entries[:MOST_ENTRIES]):
        raise NotANotebook(office)
    inside = [entry for entry in entries[:MOST_ENTRIES]
              if _is_notebook_name(entry.filename) and not entry.is_dir()]
    found, reasons = [], []
    room = MOST_UNPACKED
    for entry in inside[:MOST_NOTEBOOKS]:
        try:
            with archive.open(entry) as file:
                unpacked = file.read(room + 1)
            if len(unpacked) > room:
                raise NotANotebook(f"unpacked it has more than {room // 10**6} MB")
            room -= len(unpacked)
            notebook = _read(entry.filename, unpacked)
            inner = f"{name}: {entry.filename}"
            found.append(Notebook(inner, notebook.cells, notebook.notes))
        except NotANotebook as reason:
            reasons.append(str(reason))
        except RuntimeError:
            reasons.append("it is protected by a password")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            reasons.append("it is damaged")
    if found:
        return found
    if reasons:
        raise NotANotebook(f"the notebook in the zip archive cannot be read: {reasons[0]}")
    names = [entry.filename for entry in entries if not _is_hidden(entry.filename)]
    raise NotANotebook(
        "the file is a zip archive without a notebook in it; it holds: "
        + (", ".join(names[:4]) or "nothing")
    )


def _is_notebook_name(name: str) -> bool:
    return ".ipynb" in name.rpartition("/")[2].lower() and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    """Whether a file in an archive is one that a computer keeps for itself."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _limited(cells: Iterable[Cell], notes: list[str]) -> list[Cell]:
    """The cells of a notebook, if they are no more than a person can have written.

    Of a cell that is too long only the definitions are kept: it may have data in it.

    Raises
    ------
    NotANotebook
        If there are far too many.
    """
    cells = list(cells)
    if len(cells) > MOST_CELLS:
        raise NotANotebook(
            f"the notebook has {len(cells):,} cells, more than the {MOST_CELLS:,} that are read; "
            "keep those of the chapter, and hand it in again"
        )
    code = sum(len(cell.source) for cell in cells if cell.kind == "code")
    shortened: dict[int, str] = {}
    by_length = sorted(range(len(cells)), key=lambda k: len(cells[k].source), reverse=True)
    for k in by_length:
        if code <= MOST_CODE:
            break
        if cells[k].kind == "code":
            shortened[k] = _shortened(cells[k].source)
            code -= len(cells[k].source) - len(shortened[k])
    for k in sorted(shortened)[:3]:
        first = " ".join(cells[k].source[:200].split())[:40]
        notes.append(
            f"Of a cell of {len(cells[k].source):,} characters only the definitions are read: a "
            f"notebook may have {MOST_CODE:,} characters of code. It begins with {first}"
        )
    if len(shortened) > 3:
        notes.append(f"So it was with {len(shortened) - 3} more cells.")
    room = MOST_TEXT_IN_ALL
    kept = []
    for k, cell in enumerate(cells):
        source = cell.source
        if k in shortened:
            source = shortened[k]
        elif cell.kind != "code":
            source = source[:min(room, MOST_TEXT)]
            room -= len(source)
        label = cell.label if len(cell.label) <= MOST_LABEL else ""
        kept.append(Cell(label, source, cell.kind))
    return kept


def _shortened(source: str) -> str:
    """The definitions of a cell, without those that are very long; nothing if that is still much.

    A line that is too long is data, and so are very many lines.
    """
    lines = [line if len(line) <= LONG_LINE else "" for line in source.split("\n")]
    short = whole_statements("\n".join(lines[:MANY_LINES])).rstrip()
    return short if len(short) <= MOST_CODE // 10 else ""
