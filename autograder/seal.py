"""What in a notebook is the course's, and what is its learner's.

The build seals every notebook that it releases: it writes the digests of the cells into the
notebook's metadata. So each copy tells by itself in which of its cells somebody has written,
whatever has become of the course since.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeGuard

from autograder.brought import is_for_brought, is_unedited
from autograder.cells import (
    BROUGHT,
    WRITE_HERE,
    WRITTEN_ANSWER,
    Cell,
    defines,
    label_of,
    source_of,
)
from autograder.errors import CourseError

KEY = "released"
"""Where the seal stands in a notebook's metadata."""

MODEL_ANSWER = "model-answer"
"""The tag of the cell with which learners compare what they wrote."""

NUMBERED = re.compile(r"cell-\d+")
"""The id that the build gives to a cell without a name of its own: it shifts with the cells."""


class NotANotebook(CourseError):
    """A file that is no notebook, or a damaged one."""


@dataclass(frozen=True)
class Seal:
    """What a notebook was when it was released.

    Attributes
    ----------
    version : str
        The digest of the whole notebook.
    answers : mapping of str to str
        The digest of each cell that is there to be written in, by its label. Empty if unknown.
    given : mapping of str to str
        The digests of the other cells.
    """

    version: str
    answers: Mapping[str, str]
    given: Mapping[str, str]


def read_notebook(raw: bytes | str) -> dict:
    """A notebook from its file; every cell of it has a type, a source and metadata.

    Raises
    ------
    NotANotebook
        If it is damaged, or of a format before 4.
    """
    try:
        notebook = json.loads(raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw)
    except (ValueError, RecursionError):
        raise NotANotebook("it is not a notebook, or a damaged one") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotANotebook("it is not a notebook of the current format")
    if not isinstance(notebook.setdefault("metadata", {}), dict):
        raise NotANotebook("its metadata is damaged")
    for number, cell in enumerate(notebook["cells"], start=1):
        if not _is_cell(cell):
            raise NotANotebook(f"its cell {number} is damaged")
    return notebook


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.setdefault("metadata", {}), dict):
        return False
    source = cell.get("source")
    whole = isinstance(source, str) or (
        isinstance(source, list) and all(isinstance(part, str) for part in source)
    )
    return whole and cell.get("cell_type") in ("code", "markdown", "raw")


def notebook_text(notebook: Mapping) -> str:
    """A notebook's file, as nbformat writes it."""
    def text(ascii_only: bool) -> str:
        return json.dumps(notebook, ensure_ascii=ascii_only, indent=1, sort_keys=True,
                          separators=(",", ": ")) + "\n"

    try:
        text(False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, in something that was pasted
        return text(True)
    return text(False)


def seal(text: str) -> str:
    """The file of a notebook that is to be released, with its seal."""
    notebook = read_notebook(text)
    notebook["metadata"][KEY] = asdict(new_seal(notebook))
    return notebook_text(notebook)


def for_a_class(text: str) -> str:
    """The file of a released notebook as a class gets it: without the model answer, sealed anew."""
    notebook = read_notebook(text)
    notebook["cells"] = [
        cell for cell in notebook["cells"] if MODEL_ANSWER not in cell["metadata"].get("tags", ())
    ]
    return seal(notebook_text(notebook))


def new_seal(notebook: Mapping) -> Seal:
    """The seal of a notebook as it is now."""
    cells = notebook["cells"]
    shown = [(cell["cell_type"], source_of(cell), cell["metadata"], cell.get("id"))
             for cell in cells]
    others = {key: value for key, value in notebook["metadata"].items() if key != KEY}
    return Seal(
        _digest(json.dumps([shown, others], sort_keys=True)),
        {label_of(cell): digest(cell) for cell in cells if _is_for_answers(cell)},
        {label_of(cell): digest(cell) for cell in cells if not _is_for_answers(cell)},
    )


def seal_of(notebook: Mapping) -> Seal | None:
    """The seal that a notebook carries, or None."""
    found = notebook["metadata"].get(KEY)
    if not isinstance(found, dict):
        return None
    answers, given = found.get("answers"), found.get("given")
    if not _is_text_to_text(answers) or not _is_text_to_text(given):
        return None
    return Seal(str(found.get("version")), answers, given)


def _is_text_to_text(found: object) -> TypeGuard[dict[str, str]]:
    return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())


def guessed_seal(notebook: Mapping, release: Seal | None = None) -> Seal:
    """What the seal of a notebook without one may have been.

    nbgrader writes into an answer's cell a checksum of what it was. Text is taken for unedited.

    Parameters
    ----------
    notebook : mapping
    release : Seal, optional
        Of the same chapter, for a notebook in which no cell has a label left.
    """
    answers, given = {}, {}
    for cell in notebook["cells"]:
        label = label_of(cell)
        if _is_for_answers(cell):
            answers[label] = digest(cell) if _is_as_nbgrader_made_it(cell) else ""
        elif NUMBERED.fullmatch(label) or _nbgrader(cell):
            given[label] = digest(cell)
    if release is None:
        return Seal("", answers, given)
    return Seal("", answers or release.answers, given or release.given)


def digest(cell: Mapping) -> str:
    """What tells one cell from another: a short digest of its type and source."""
    return _digest(f"{cell['cell_type']}\n{source_of(cell)}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _nbgrader(cell: Mapping) -> Mapping:
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, dict) else {}


def is_locked(cell: Mapping) -> bool:
    """Whether a cell is not there to be changed: a check, or a question."""
    return bool(_nbgrader(cell).get("locked"))


def _is_for_answers(cell: Mapping) -> bool:
    """Whether a cell is there to be written in."""
    return bool(_nbgrader(cell).get("solution")) or label_of(cell) == WRITTEN_ANSWER


def _is_as_nbgrader_made_it(cell: Mapping) -> bool:
    """Whether an answer's cell still fits the checksum that nbgrader released it with.

    The cell for the written answer is no cell of nbgrader's.
    """
    if label_of(cell) == WRITTEN_ANSWER:
        return source_of(cell) == WRITE_HERE
    label = _nbgrader(cell)
    flags = "".join(str(bool(label.get(flag))) for flag in ("grade", "solution", "locked"))
    text = f"{source_of(cell)}{cell['cell_type']}{flags}{label.get('grade_id')}"
    return label.get("checksum") == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


# A copy that somebody has worked in


def find_cells(cells: Sequence[Mapping], was: Seal) -> dict[str, int]:
    """Where the cells of the release are now: label to index.

    Parameters
    ----------
    cells : sequence of mapping
        Of somebody's copy.
    was : Seal
        Of the release that it is a copy of.

    Returns
    -------
    dict of str to int
        Labels of deleted cells are missing. Cells that are not in it are the learner's own.
    """
    found: dict[str, int] = {}
    for label in was.answers:
        index = _answer(label, cells, was)
        if index is not None:
            found[label] = index
    digests = [digest(cell) for cell in cells]
    missing = dict(was.given)
    claimed = set(found.values())

    def claim(index: int, label: str | None) -> None:
        if label in missing and index not in claimed:
            del missing[label]
            claimed.add(index)
            found[label] = index

    # Labels and contents first; then what lost its label; then what was edited.
    for k, cell in enumerate(cells):
        claim(k, label_of(cell) if missing.get(label_of(cell)) == digests[k] else None)
    for k in range(len(cells)):
        claim(k, next((label for label, d in missing.items() if d == digests[k]), None))
    for k, cell in enumerate(cells):
        claim(k, label_of(cell))
    return found


def _answer(label: str, cells: Sequence[Mapping], was: Seal) -> int | None:
    """The cell of an answer: by its label, or as it shows; of copies, the last one written."""
    candidates = [k for k, cell in enumerate(cells) if label_of(cell) == label]
    if not candidates and label == WRITTEN_ANSWER:
        candidates = [
            k for k, cell in enumerate(cells) if k and _nbgrader(cells[k - 1]).get("task")
            and cell["cell_type"] == "markdown" and digest(cell) not in was.given.values()
        ]
    elif not candidates:
        candidates = [
            k for k, cell in enumerate(cells)
            if cell["cell_type"] == "code" and _answers(source_of(cell), label)
        ]
    written = [k for k in candidates if digest(cells[k]) != was.answers[label]]
    defining = [k for k in written if _answers(source_of(cells[k]), label)]
    return next(reversed(defining or written or candidates), None)


def _answers(source: str, label: str) -> bool:
    """Whether a cell shows by its source that it is the one of an answer."""
    if label == BROUGHT:
        return is_for_brought(Cell("", source))
    return defines(source, label)


def own_cells(cells: Sequence[Mapping], found: Mapping[str, int]) -> list[int]:
    """The cells that the learner has added; empty ones are nothing."""
    theirs = set(range(len(cells))) - set(found.values())
    return [k for k in sorted(theirs) if source_of(cells[k]).strip()]


def is_written_in(notebook: Mapping, *, but_for_brought: bool = False) -> bool:
    """Whether anything in a notebook is not as it was released; outputs do not count.

    Parameters
    ----------
    notebook : mapping
    but_for_brought : bool, optional
        Let answers pass that were brought from earlier notebooks, just as they were brought.
    """
    cells = notebook["cells"]
    was = seal_of(notebook) or guessed_seal(notebook)
    found = find_cells(cells, was)
    released = {**was.given, **was.answers}
    changed = {label for label, k in found.items() if digest(cells[k]) != released[label]}
    if but_for_brought and BROUGHT in changed and is_unedited(source_of(cells[found[BROUGHT]])):
        changed.remove(BROUGHT)
    return bool(own_cells(cells, found) or changed)
