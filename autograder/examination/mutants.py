"""Mutants: the reference solutions with one small edit each.

Nobody tuned the checks to them. A mutant is either wrong, and then the check has to see that, or
it computes the same as the reference, which `autograder.examination.equality` tries to refute.
"""

from __future__ import annotations

import ast
import contextlib
import io
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType

from autograder.cells import defined_in
from autograder.course import needed_cells
from autograder.examination.mutation import edits
from autograder.examination.syntax import REACHED, Edit, at, changed_lines, replaced, statement_path

FILE = "<answer>"


class DoesNotRun(Exception):
    """The cell with the mutant cannot be compiled, or raises when it is run."""


@dataclass(frozen=True)
class Mutant:
    """A changed reference solution.

    Attributes
    ----------
    exercise : str
    edit : Edit
    before, after : str
        The statement that was changed, and what it became.
    cell : ast.Module
        The cell of the reference, unchanged.
    """

    exercise: str
    edit: Edit
    before: str
    after: str
    cell: ast.Module = field(repr=False, compare=False)

    @property
    def diff(self) -> str:
        """The change, on one line."""
        return f"{self.before or 'nothing'}  →  {self.after or 'nothing'}"

    @property
    def source(self) -> str:
        """The whole cell with the change."""
        return ast.unparse(self.tree)

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of the cell with the change."""
        return ast.fix_missing_locations(replaced(self.cell, self.edit.path, self.edit.new))

    @property
    def marked(self) -> ast.Module | None:
        """The same, with a call of `REACHED` where the change is; None if that is impossible."""
        if self.edit.marked is None:
            return None
        return ast.fix_missing_locations(replaced(self.cell, self.edit.path, self.edit.marked))


class Chapter:
    """The cells of a chapter that its exercises need, ready to be run with one of them changed.

    Parameters
    ----------
    chapter : str
    cells : sequence of str
        The sources of the chapter's cells.
    """

    def __init__(self, chapter: str, cells: Sequence[str]):
        self.name = chapter
        self.sources = needed_cells(chapter, cells)
        self.codes = [compile(source, "<reference>", "exec") for source in self.sources]

    @cached_property
    def reference(self) -> dict[str, object]:
        """The reference functions by name."""
        return self.namespace()

    def cell_of(self, exercise: str) -> int:
        """Which of the cells defines an exercise."""
        return next(k for k, source in enumerate(self.sources) if exercise in defined_in(source))

    def namespace(
        self, exercise: str = "", cell: ast.Module | None = None, **given: Callable
    ) -> dict[str, object]:
        """The global names after all cells have run, that of `exercise` replaced by `cell`.

        Raises
        ------
        DoesNotRun
            If the changed cell cannot be run.
        """
        names: dict[str, object] = {"__name__": "reference", **given}
        changed = self.cell_of(exercise) if cell is not None else -1
        for k, code in enumerate(self.codes):
            if k == changed and cell is not None:
                code = _compiled(cell)
            # A cell may print an example.
            with contextlib.redirect_stdout(io.StringIO()):
                try:
                    exec(code, names)
                except Exception as error:
                    if changed < 0:
                        raise
                    raise DoesNotRun(f"{type(error).__name__}: {error}") from error
        return names

    def mutants(self, exercise: str, most: int | None = None) -> list[Mutant]:
        """The mutants of an exercise, with those of other functions in its cell.

        Parameters
        ----------
        exercise : str
        most : int, optional
            A limit. Those that are kept are the same each time.
        """
        tree = ast.parse(self.sources[self.cell_of(exercise)])
        names = list(defined_in(self.sources[self.cell_of(exercise)]))
        found: dict[tuple, Mutant] = {}
        for edit in edits(tree, names):
            path = statement_path(tree, edit.path)
            old, new = at(tree, path), edit.new
            if len(path) < len(edit.path):
                new = replaced(old, edit.path[len(path):], edit.new)
            before, after = ast.unparse(old), _text(new)
            if before != after and (path, after) not in found:
                told = changed_lines(before, after)
                found[path, after] = Mutant(exercise, edit, *told, cell=tree)
        mutants = list(found.values())
        if most is not None and len(mutants) > most:
            chance = random.Random(zlib.crc32(exercise.encode()))
            kept = sorted(chance.sample(range(len(mutants)), most))
            mutants = [mutants[k] for k in kept]
        return mutants


def marked_namespace(chapter: Chapter, mutant: Mutant) -> tuple[dict[str, object], list] | None:
    """The names of a mutant that notes when its changed expression is evaluated, and the notes."""
    notes: list[bool] = []
    tree = mutant.marked
    if tree is None:
        return None

    def reached(value):
        notes.append(True)
        return value

    names = chapter.namespace(mutant.exercise, tree, **{REACHED: reached})
    notes.clear()  # what is evaluated while a function is defined does not count
    return names, notes


def _compiled(cell: ast.Module) -> CodeType:
    try:
        return compile(cell, FILE, "exec")
    except (SyntaxError, ValueError, TypeError) as error:
        raise DoesNotRun(str(error)) from error


def _text(new: ast.AST | list) -> str:
    if isinstance(new, list):
        return "\n".join(ast.unparse(ast.fix_missing_locations(node)) for node in new)
    return ast.unparse(ast.fix_missing_locations(new))
