"""A checkout of the course: its folders, its reference solutions, its answer keys.

Only teachers and the project's own tests have one. What students install holds neither this
module nor anything that it reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.brought import earlier_source, is_call, put_together
from autograder.cells import defined_in, needed_sources, read_chapter
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, brought_into, chapter_of, exercises_of, known_chapter
from autograder.files import write_whole
from autograder.mistakes import mistakes_of

if TYPE_CHECKING:
    from autograder.checking.answers import AnswerKey


class NoCheckout(CourseError):
    """A command that needs a checkout of the course was run outside of one."""


class ChapterFails(CourseError):
    """The source of a chapter is missing or raises. The message names the file and the cell."""


@dataclass(frozen=True)
class Course:
    """The folders of a checkout of the course."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The checkout that `start`, or the current folder, lies in.

        Raises
        ------
        NoCheckout
            If there is none.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if is_checkout(folder):
                return cls(folder)
        raise NoCheckout(
            f"{start} is not inside a checkout of the course: no folder with solutions/ and "
            "nbgrader_config.py in it. Change to the checkout and try again."
        )

    def solution(self, chapter: str) -> Path:
        """The percent file a chapter is written in."""
        return self.root / "solutions" / f"{chapter}.py"

    def source(self, chapter: str) -> Path:
        """The instructor's notebook that nbgrader starts from."""
        return self.root / "build" / "source" / chapter / f"{chapter}.ipynb"

    def released(self, chapter: str) -> Path:
        """The notebook that students get."""
        return self.root / "course" / chapter / f"{chapter}.ipynb"

    def catalogue_page(self, chapter: str) -> Path:
        """The page for teachers with the chapter's exercises and known mistakes."""
        return self.root / "docs" / "exercises" / f"{chapter}.md"

    def reference(self, chapter: str) -> dict[str, object]:
        """The reference functions of a chapter, by name; see `reference_functions`."""
        return reference_functions(chapter, self.solution_cells(chapter))

    def answer_keys(self, chapter: str, seed: int) -> list[AnswerKey]:
        """The answer keys of all exercises of a chapter, on the cases that `seed` gives."""
        return KeyMaker(chapter, self.solution_cells(chapter)).keys(seed)

    def solution_text(self, chapter: str) -> str:
        """The text of a chapter's percent file.

        Raises
        ------
        NoSuchChapter
            If the exercise table does not know the chapter.
        ChapterFails
            If its file is missing.
        """
        path = self.solution(known_chapter(chapter))
        if not path.is_file():
            raise ChapterFails(
                f"{path} does not exist; every chapter in the exercise table needs one"
            )
        return path.read_text(encoding="utf-8")

    def solution_cells(self, chapter: str) -> tuple[str, ...]:
        """The sources of a chapter's cells, in order; a cell of text is an empty one.

        The cell for the answers of earlier chapters holds the reference solutions of those.

        Importing jupytext takes longer than grading a notebook. So what it read is kept in
        ``build/``, with the digest of the text that it was read from: nothing else is believed.
        """
        text = self.solution_text(chapter)
        digest = hashlib.sha256(text.encode()).hexdigest()
        kept = self.root / "build" / "source" / f"{chapter}.cells.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(kept.read_text(encoding="utf-8"))
            if known["digest"] == digest:
                return self.with_brought(chapter, tuple(known["cells"]))
        cells = solution_cells(text)
        with contextlib.suppress(OSError):  # a checkout that nobody may write to
            write_whole(kept, json.dumps({"digest": digest, "cells": cells}))
        return self.with_brought(chapter, cells)

    def with_brought(self, chapter: str, cells: tuple[str, ...]) -> tuple[str, ...]:
        """The cells with what is brought from earlier chapters in its place."""
        if not brought_into(chapter):
            return cells
        text = self.brought_text(chapter)
        return tuple(text if is_call(source) else source for source in cells)

    def brought_text(self, chapter: str) -> str:
        """The reference solutions of earlier chapters, as they are brought into this one.

        Raises
        ------
        ChapterFails
            If the earlier chapters do not have all that this one is built on.
        """
        names = brought_into(chapter)
        homes = CHAPTERS[:CHAPTERS.index(known_chapter(chapter))]
        if unknown := [name for name in names if chapter_of(name) not in homes]:
            raise ChapterFails(f"{chapter}.py is built on something which no earlier chapter has: "
                               f"{', '.join(unknown)}")
        made = put_together(chapter, {
            home: earlier_source(home, self.solution_cells(home)) for home in homes
            if home in map(chapter_of, names)
        })
        if wrong := [*(f"{name} is not in its chapter" for name in made.missing), *made.clashes]:
            raise ChapterFails(f"{chapter}.py: what is brought does not fit: {'; '.join(wrong)}")
        return made.text


def is_checkout(folder: Path) -> bool:
    """Whether a folder is the top of a checkout of the course."""
    return (folder / "solutions").is_dir() and (folder / "nbgrader_config.py").is_file()


def solution_cells(text: str) -> tuple[str, ...]:
    """The sources of the cells of a percent file, in order; a cell of text is an empty one."""
    return tuple(
        cell.source if cell.cell_type == "code" else "" for cell in read_chapter(text).cells
    )


def needed_cells(chapter: str, cells: Sequence[str]) -> list[str]:
    """The cells that the exercises of a chapter need, in order, with those brought into it."""
    sources = [source for source in cells if source]
    rows = exercises_of(chapter)
    used = {name for row in rows.values() for name in row.uses}
    names = {*rows, *used, *brought_into(chapter)}
    wanted = [source for source in sources if set(defined_in(source)) & names]
    return needed_sources(sources, wanted)


def reference_functions(chapter: str, cells: Sequence[str]) -> dict[str, object]:
    """The reference solutions of a chapter, by name; also those that are brought into it.

    The cells are the course's own. The same selection of cells is applied to students'
    notebooks, but those run in a worker and never here.

    Parameters
    ----------
    chapter : str
    cells : sequence of str
        The sources of the chapter's cells; see `solution_cells`.

    Returns
    -------
    dict of str to object
        The global names after the cells have run.

    Raises
    ------
    ChapterFails
        If one of the cells raises.
    """
    namespace: dict[str, object] = {"__name__": "reference"}
    for source in needed_cells(chapter, cells):
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # a cell may print an example
                exec(compile(source, "<reference>", "exec"), namespace)
        except Exception as error:
            number = 1 + cells.index(source)
            raise ChapterFails(
                f"{chapter}.py, cell {number} raises {type(error).__name__}: {_in_one_line(error)}"
            ) from error
    return namespace


class KeyMaker:
    """Makes the answer keys of a chapter, for one seed after another.

    Parameters
    ----------
    chapter : str
    cells : sequence of str
        The sources of the chapter's cells; see `solution_cells`.

    Raises
    ------
    ChapterFails
        If a cell that the exercises need raises.
    """

    def __init__(self, chapter: str, cells: Sequence[str]):
        self.chapter, self.cells = chapter, cells
        self.reference = reference_functions(chapter, cells)
        self.mistakes = mistakes_of(chapter)

    def keys(self, seed: int) -> list[AnswerKey]:
        """The answer keys of all exercises, on the cases that `seed` gives.

        Raises
        ------
        ChapterFails
            If a reference function raises.
        """
        from autograder.checking.answers import BadReference, answer_key

        try:
            return [
                answer_key(exercise, seed, self.reference, self.mistakes.get(name, ()))
                for name, exercise in exercises_of(self.chapter).items()
            ]
        except BadReference as error:
            number = next((k for k, source in enumerate(self.cells, 1)
                           if error.exercise in defined_in(source)), "?")
            raise ChapterFails(
                f"{self.chapter}.py, cell {number}: {_in_one_line(error)}"
            ) from error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
