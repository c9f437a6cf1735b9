"""What a notebook imports as `bring`: a student's own earlier answers carry the network.

`autograder.brought` puts the text together; here it is run, checked, and put into the cell.
"""

from __future__ import annotations

import contextlib
import io
import linecache
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from autograder.brought import (
    NO_NOTEBOOK,
    NOT_PYTHON,
    UNREADABLE,
    Bringing,
    Piece,
    call_of,
    earlier_notebooks,
    is_call,
    is_unedited,
    put_together,
    references_near,
)
from autograder.cells import defines
from autograder.checking.result import LEFT, MARKS, NOT_WRITTEN, RIGHT, STYLE, WRONG, number
from autograder.errors import CourseError
from autograder.exercises import NoSuchChapter, brought_into, chapter_of
from autograder.kit.student_error import student_error
from autograder.live import check_by_name, notebook_shell

WHY_MISSING = {
    NO_NOTEBOOK: "its notebook is not there",
    UNREADABLE: "its notebook cannot be read",
    NOT_PYTHON: "is not Python as it stands",
}


class NotInANotebook(CourseError):
    """`bring` was called where there is no cell to fill."""


@dataclass(frozen=True)
class Row:
    """One exercise of an earlier chapter, and what has become of it."""

    mark: str
    exercise: str
    chapter: str
    says: str


@dataclass(frozen=True)
class Brought:
    """What `bring` did; shown as text or as a table.

    Attributes
    ----------
    rows : tuple of Row
    notes : tuple of str
        What to do next, and what became of the cell.
    text : str
        The text for the cell, to copy where it was not put there.
    replaced : bool
        Whether the notebook was asked to put it there.
    """

    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""
    replaced: bool = False

    def __repr__(self) -> str:
        widths = [max((len(part) for part in column), default=0)
                  for column in zip(*((row.exercise, row.chapter) for row in self.rows))]
        lines = [f"{MARKS[row.mark]} {row.exercise:<{widths[0]}}  {row.chapter:<{widths[1]}}  "
                 f"{row.says}" for row in self.rows]
        lines += self.notes
        if self.text and not self.replaced:
            lines += ["", self.text]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        css = {RIGHT: "bc-right", WRONG: "bc-wrong"}
        rows = "".join(
            f"<tr><td class='{css.get(row.mark, 'bc-open')}'>{MARKS[row.mark]}</td>"
            f"<td {LEFT}>{escape(row.exercise)}</td><td {LEFT}>{escape(row.chapter)}</td>"
            f"<td {LEFT}>{escape(row.says)}</td></tr>"
            for row in self.rows
        )
        titles = "<th></th>" + "".join(
            f"<th {LEFT}>{title}</th>" for title in ("Exercise", "Chapter", "Your answer"))
        table = f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>" * bool(rows)
        notes = "".join(f"<p class='bc-note'>{escape(note)}</p>" for note in self.notes)
        return f"<div class='bc-result'>{STYLE}{table}{notes}{self._to_copy()}</div>"

    def _to_copy(self) -> str:
        if not self.text:
            return ""
        says = ("If the text of this cell has not changed, copy this into it" if self.replaced
                else "Text to copy")
        return (f"<details class='bc-printed'><summary>{says}</summary>"
                f"<pre>{escape(self.text)}</pre></details>")


def bring(chapter: str, reference: bool = False) -> Brought:
    """Bring your answers from the notebooks of earlier chapters into this cell, and check them.

    Parameters
    ----------
    chapter : str
        The chapter that you are in: ``"09_two_layer_net"``.
    reference : bool, optional
        Let the course's own answers stand in for what is missing, in a checkout of the course.

    Returns
    -------
    Brought
        A table of what came, and of what is missing or wrong. The text of the cell is replaced
        by the answers, unless it holds something of yours.

    Raises
    ------
    NotInANotebook
        If this is not run in a notebook.
    """
    shell = notebook_shell()
    if shell is None:
        raise NotInANotebook(
            "bring works in a notebook; in a terminal, `autograder start FOLDER` brings answers "
            "from earlier chapters into the notebooks of a folder"
        )
    try:
        names = brought_into(chapter)
    except NoSuchChapter as error:
        return Brought(notes=(f"Nothing was brought: {error}.",))
    return _Run(shell, chapter, names, reference).bring()


class _Run:
    """One run of `bring` in a notebook."""

    def __init__(self, shell, chapter: str, names: tuple[str, ...], reference: bool) -> None:
        self.shell, self.chapter, self.names = shell, chapter, names
        self.source = _running_source(shell)
        here = Path.cwd()
        self.earlier = earlier_notebooks(chapter, here)
        self.near = references_near(chapter, here)
        self.references = self.near if reference else {}

    def bring(self) -> Brought:
        """Run what is found, check it, and put it into the cell."""
        made = self._put_together(self.names)
        why_not = self._why_not(made)
        if why_not:  # what stands in the cell holds
            made = self._put_together(
                [name for name in self.names if not defines(self.source or "", name)])
        for piece in made.pieces:
            if stopped := _run(piece, self.shell.user_ns):
                made.failed[piece] = stopped
        rows = self._rows(made)
        text = made.text if made.brought else ""
        replaced = bool(text) and not why_not
        if replaced and text != (self.source or "").strip():
            _replace_the_text(self.shell, text)
        notes = [*self._advice(made, rows), *made.clashes]
        notes += [why_not] * bool(why_not)
        return Brought(tuple(rows), tuple(notes), text, replaced)

    def _put_together(self, names: Iterable[str]) -> Bringing:
        return put_together(self.chapter, self.earlier, names, self.references)

    def _why_not(self, made: Bringing) -> str:
        """Why the text of the cell is left as it is, or nothing."""
        if self.source is None:
            return "This program does not say what stands in the cell, so it was left as it is."
        if is_call(self.source):
            return ""
        if not is_unedited(self.source):
            return ("You have changed this cell, so its text was left as it is. To bring all "
                    f"anew, put {call_of(self.chapter)} in place of it.")
        if lost := made.lost_from(self.source):
            return (f"The text of this cell was left as it is: {', '.join(lost)} would be missing "
                    "in a new one.")
        return ""

    def _rows(self, made: Bringing) -> list[Row]:
        names = [*(name for name in made.missing if name not in self.names), *self.names]
        return [self._row(name, made) for name in names]

    def _row(self, name: str, made: Bringing) -> Row:
        chapter = chapter_of(name) or ""
        if name in made.missing:
            return Row(NOT_WRITTEN, name, chapter,
                       WHY_MISSING.get(made.missing[name], "not written yet"))
        for piece, stopped in made.failed.items():
            if name in piece.binds:
                return Row(WRONG, name, chapter, f"stopped with {stopped}")
        result = check_by_name(name, self.shell.user_ns)
        says = f"{number(result.points)} of {number(result.max_points)} points"
        if name in made.references:
            return Row(RIGHT, name, chapter, f"the course's reference, not your own: {says}")
        if result.points == result.max_points:
            return Row(RIGHT, name, chapter, says)
        wrong = next((item for item in result.items if item.points < item.max_points), None)
        why = wrong and (wrong.mistake or wrong.message or wrong.status)
        return Row(WRONG, name, chapter, f"{says}: {why}" if why else says)

    def _advice(self, made: Bringing, rows: list[Row]) -> list[str]:
        """What to finish first, and what to mend."""
        notes = []
        missing = next((row for row in rows if row.exercise in made.missing), None)
        if missing:
            notes.append(_what_to_do(missing, made.missing[missing.exercise]))
            if self.near and not self.references:
                notes.append(f"To go on without: {call_of(self.chapter, reference=True)} takes the "
                             "course's reference for what is missing, and says so in the cell.")
        wrong = next((row for row in rows if row.mark == WRONG), None)
        if wrong:
            notes.append(
                f"{wrong.exercise} ({wrong.chapter}) is not right yet, and was brought all the "
                "same: a wrong layer costs nothing here, but the network will not learn. Mend it "
                f"there, save, and bring it anew: put {call_of(self.chapter)} in place of the text "
                "of this cell, and run it.")
        others = [f"{_first_name(piece)}: {stopped}" for piece, stopped in made.failed.items()
                  if not set(piece.binds) & set(self.names)]
        if others:
            notes.append("This could not be run, and stands in the cell as a comment: "
                         f"{'; '.join(others)}")
        return notes


def _what_to_do(row: Row, why: str) -> str:
    where = f"{row.exercise} ({row.chapter})"
    if why == NO_NOTEBOOK:
        return (f"{where} is needed first, and there is no ../{row.chapter}/{row.chapter}.ipynb "
                f"and no {row.chapter}.ipynb beside this notebook: put it there, and run this cell "
                "again.")
    if why == UNREADABLE:
        return (f"{where} is needed first, and its notebook is empty or damaged: open it in "
                "Jupyter, save it, and run this cell again.")
    if why == NOT_PYTHON:
        return (f"{where} is not Python as it stands in its notebook: run its cell there, mend it, "
                "save, and run this cell again.")
    return f"{where} is not written yet: finish it there, save, and run this cell again."


def _run(piece: Piece, namespace: dict) -> str:
    """Run some lines of an earlier notebook; what they stopped with, in one line, or nothing."""
    file = f"<brought: {_first_name(piece)}>"
    # So that an error can show the line of the student's that raised it.
    linecache.cache[file] = (len(piece.text), None, piece.text.splitlines(keepends=True), file)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(piece.text, file, "exec", dont_inherit=True), namespace)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it may even call exit()
        told = student_error(error)
        return " ".join(f"{told.kind}: {told.message}".rstrip(": ").split())[:200]
    return ""


def _first_name(piece: Piece) -> str:
    return min(piece.binds)


# The notebook


def _replace_the_text(shell, text: str) -> None:
    """Ask the notebook to put a text in place of that of the cell that is running.

    It is what ``set_next_input(text, replace=True)`` does in Jupyter's own kernel. The kernel of
    JupyterLite has that function from IPython alone, where it is for terminals.
    """
    shell.payload_manager.write_payload(
        {"source": "set_next_input", "text": text, "replace": True}
    )


def _running_source(shell) -> str | None:
    """The source of the cell that is running, or None if it cannot be told."""
    with contextlib.suppress(AttributeError, KeyError, TypeError, LookupError):
        source = shell.get_parent()["content"]["code"]
        if isinstance(source, str):
            return source
    with contextlib.suppress(AttributeError, IndexError):
        return shell.history_manager.input_hist_raw[-1]
    return None
