"""Taking a submission in: kind to the honest, and trusting nobody.

A student's notebook is data. All that is taken from it is the source of the cells that
define the exercises, and of the cells that these need. Copied cells, lost labels, old formats and
renamed files are put right with a note. What cannot be read ends as a reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.brought import chapter_named, find_brought, is_for_brought
from autograder.cells import (
    BROUGHT,
    CHECK_SUFFIX,
    Cell,
    NotCells,
    cells_of,
    defined_in,
    defines,
    needed_sources,
    parse,
)
from autograder.checking.exercise import Exercise
from autograder.errors import CourseError
from autograder.exercises import brought_into
from autograder.grading.regular_file import TooLarge, read_regular
from autograder.grading.written_answer import written_answer

MAX_FILE_BYTES = 50_000_000


class Unreadable(CourseError):
    """A submission that cannot be graded. The message is the reason, for student and instructor."""


@dataclass(frozen=True)
class Intake:
    """What is taken from a submission.

    Attributes
    ----------
    sources : list of str
        The cells to run, in order: the course's own, the student's answers and helpers.
    answers : dict of str to str
        Exercise to the source of the cell that answers it; under `BROUGHT` the source of the
        cell for the answers of earlier chapters, if something was brought.
    notes : list of str
        What was put right.
    written : str
        The answer to the written question, if there is one.
    """

    sources: list[str]
    answers: dict[str, str]
    notes: list[str] = field(default_factory=list)
    written: str = ""


def find_notebook(folder: Path, chapter: str) -> tuple[Path, list[str]]:
    """The notebook in a submission's folder, whatever it is called now.

    Returns
    -------
    path : Path
    notes : list of str

    Raises
    ------
    Unreadable
        If there is none, or several of which none has the right name.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Unreadable("the folder of the submission is a link to another folder")
    expected = folder / f"{chapter}.ipynb"
    found = sorted(
        path for path in folder.glob("*.ipynb") if path.is_file() and not path.is_symlink()
    )
    if expected in found:
        return expected, []
    if any(path.is_symlink() for path in folder.glob("*.ipynb")):
        raise Unreadable("the notebook is a link to another file, not a file")
    if not found:
        raise Unreadable("no notebook was handed in")
    if len(found) > 1:
        similar = [path for path in found if path.stem.startswith(chapter)]
        if len(similar) != 1:
            names = ", ".join(path.name for path in found[:4])
            raise Unreadable(
                f"several notebooks were handed in, none named {chapter}.ipynb: {names}"
            )
        found = similar
    return found[0], [f"The file was called {found[0].name}; it is read as {chapter}.ipynb."]


def read_submission(path: Path) -> tuple[bytes, os.stat_result]:
    """The bytes of a submitted file, and the status of the file that had them.

    Raises
    ------
    Unreadable
        If it is not a file, too large, or cannot be opened.
    """
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except TooLarge as error:
        raise Unreadable(
            f"the file has {error.size / 1e6:.0f} MB, more than the {MAX_FILE_BYTES / 1e6:.0f} MB "
            "allowed; clear the outputs, save, and hand it in again"
        ) from None
    except OSError as error:
        raise Unreadable(f"the file cannot be opened: {error.strerror}") from None


def handed_in_at(folder: Path) -> datetime | None:
    """When a submission was handed in, in UTC, from the file that nbgrader's collect writes.

    The text is read as nbgrader reads it, and without importing nbgrader.
    """
    from dateutil import parser, tz

    try:
        text = (folder / "timestamp.txt").read_text(encoding="utf-8").strip()
        parts = text.split(" ")
        if len(parts) == 3:
            zone = int(parts[2]) if parts[2].lstrip("+-").isdecimal() else tz.gettz(parts[2])
            when = parser.parse(f"{parts[0]} {parts[1]} TZ", tzinfos={"TZ": zone})
        else:
            when = parser.parse(text)
    except (OSError, ValueError, OverflowError):
        return None
    offset = when.utcoffset()
    return when if offset is None else (when - offset).replace(tzinfo=None)


def read_release(text: str) -> dict:
    """The notebook that students were given, from its JSON; sources are whole, not lists of lines.

    It is our own file of the current format. Reading it so saves the import of nbformat, which
    takes longer than grading a submission.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def take_in(raw: bytes, release: Mapping, exercises: Mapping[str, Exercise]) -> Intake:
    """Take the answers out of a submission.

    Parameters
    ----------
    raw : bytes
        The submitted file.
    release : mapping
        The notebook that students were given; see `read_release`.
    exercises : mapping of str to Exercise
        The rows of the chapter, by name.

    Raises
    ------
    Unreadable
        If the file is not a notebook.
    """
    notes: list[str] = []
    everything = submitted_cells(raw, notes)
    cells = [cell for cell in everything if cell.kind == "code"]
    stubs = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in release["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    chosen: dict[str, int] = {}
    for name in exercises:
        index = _answer_to(name, cells, stubs.get(name, ""), notes)
        if index is not None:
            chosen[name] = index
    earlier = _brought(cells, stubs[BROUGHT], notes) if BROUGHT in stubs else []
    if earlier:
        chosen[BROUGHT] = earlier[0]
    return Intake(
        _cells_to_run(cells, release, {*chosen.values(), *earlier},
                      {name for row in exercises.values() for name in row.uses}),
        {name: cells[index].source for name, index in chosen.items()},
        notes,
        written_answer(everything, release),
    )


def submitted_cells(raw: bytes, notes: list[str]) -> list[Cell]:
    """The cells of a file that should be a notebook.

    Raises
    ------
    Unreadable
        With the reason, if it is not.
    """
    if not raw.strip():
        raise Unreadable("the file is empty")
    if raw.startswith(b"%PDF"):
        raise Unreadable("the file is a PDF, not a notebook; hand in the .ipynb file itself")
    if raw.startswith(b"PK\x03\x04"):
        raise Unreadable(
            "the file is a zip archive, not a notebook; hand in the .ipynb file itself"
        )
    try:
        data = json.loads(_decoded(raw, notes))
    except RecursionError:
        raise Unreadable("the file is not a notebook: it is nested too deeply") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(
            f"the file is damaged: it is not complete JSON{where}; "
            "it may have been cut off while it was saved or uploaded"
        ) from None
    if isinstance(data, dict) and "worksheets" in data:
        data = _converted(data, notes)
    if not isinstance(data, dict) or "cells" not in data:
        raise Unreadable("the file is JSON, but not a notebook: it has no cells")
    try:
        return cells_of(data)
    except NotCells:
        raise Unreadable(
            "the file is JSON, but not a notebook: its cells are not a list"
        ) from None


def _decoded(raw: bytes, notes: list[str]) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.append("The file was saved as UTF-16.")
        return raw.decode("utf-16")
    if raw.startswith(b"\xef\xbb\xbf"):
        notes.append("The file begins with a byte order mark.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file is not in UTF-8; it is read as Latin-1.")
        return raw.decode("latin-1")


def _converted(data: dict, notes: list[str]) -> dict:
    """A notebook of an old format in the current one."""
    # Here and not above: it imports for a second, and old notebooks are rare.
    import nbformat

    version = data.get("nbformat")
    notes.append(f"The notebook is in an old format, version {version}.")
    try:
        return nbformat.convert(nbformat.from_dict(data), 4)
    except Exception:
        raise Unreadable(f"the notebook is in an old format, version {version}, that cannot be "
                         "converted; open it in Jupyter and save it again") from None


def _answer_to(name: str, cells: list[Cell], stub: str, notes: list[str]) -> int | None:
    """The cell that answers an exercise: by its label, then by what it defines."""
    labelled = [k for k, cell in enumerate(cells) if cell.label == name]
    defining = [k for k, cell in enumerate(cells) if defines(cell.source, name)]
    both = [k for k in labelled if k in defining]
    candidates = both or defining or labelled
    if not candidates:
        notes.append(f"{name}: no cell defines it.")
        return None
    written = [k for k in candidates if cells[k].source.strip() != stub.strip()]
    if not written and both:
        # The labelled cell is still the stub: the answer may have been written elsewhere.
        written = [k for k in defining if cells[k].source.strip() != stub.strip()]
    if len(set(labelled)) > 1:
        notes.append(f"{name}: its cell was copied; the last copy with an answer counts.")
    elif not labelled:
        notes.append(f"{name}: its cell lost its label; it was found by the name of the function.")
    elif written and written[-1] not in labelled:
        notes.append(f"{name}: the answer stands in another cell than the one given for it.")
    return (written or candidates)[-1]


def _brought(cells: list[Cell], call: str, notes: list[str]) -> list[int]:
    """The cells with the answers of earlier chapters; none if nothing was brought.

    They are always run: the network may be put together from them by the grader.
    """
    chapter = chapter_named(call)
    found = find_brought(cells, brought_into(chapter) if chapter else ())
    given = [k for k, cell in enumerate(cells) if is_for_brought(cell)]
    if not given and not found:
        notes.append(f"The cell {call} is missing, and with it the answers of earlier chapters.")
    elif not given:
        notes.append("The cell with the answers of earlier chapters lost its label; they were "
                     "found by the names of the functions.")
    elif len(given) > 1:
        notes.append("The cell with the answers of earlier chapters was copied; the last copy with "
                     "answers counts.")
    return found


def _cells_to_run(
    cells: list[Cell], release: Mapping, chosen: set[int], used: set[str]
) -> list[str]:
    """The course's cells and the student's, cut down to what answers and checks need."""
    given = [
        cell["source"] for cell in release["cells"]
        if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader")
    ]
    wanted = [cells[k].source for k in sorted(chosen)]
    wanted += [source for source in given if used & set(defined_in(source))]
    known = {source.strip() for source in given}
    labels = {cell.label for k, cell in enumerate(cells) if k in chosen}
    answered = {name for k in chosen for name in defined_in(cells[k].source)}
    theirs = []
    for k, cell in enumerate(cells):
        # Colab takes all labels off: there a copy shows by what it defines.
        is_copy = cell.label in labels if cell.label else (
            bool(defined_in(cell.source)) and set(defined_in(cell.source)) <= answered)
        if k in chosen or (
            cell.source.strip() not in known
            and not is_copy
            and not cell.label.endswith(CHECK_SUFFIX)
            and parse(cell.source) is not None
        ):
            theirs.append(cell.source)
    return needed_sources(given + theirs, wanted)
