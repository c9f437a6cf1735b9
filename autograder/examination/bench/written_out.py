"""Answers as a student would type them: the text of right and wrong functions that are known.

A function of a catalogue stands in a module, beside others that it uses. Of it and of these a cell
is made that runs in a notebook of the chapter. What cannot stand there by itself has no text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from autograder.cells import BEGIN, END, bound_names, facts_of, needed_sources
from autograder.course import Course
from autograder.examination.right import right_answers_of
from autograder.exercises import exercises_of, module_of
from autograder.mistakes import mistakes_of

ENTERS = ("mistake", "right")
"""The decorators that enter a function into a catalogue."""
GIVEN = frozenset({"np", "numpy"})
"""Names that every chapter has."""


class Texts:
    """The texts of a chapter's known answers.

    Parameters
    ----------
    course : Course
    chapter : str
    stubs : dict of str to str
        What students are given, by exercise.

    Attributes
    ----------
    right : dict of str to list of str
        Cells that are right, by exercise; the first is the course's own.
    wrong : dict of str to dict of str to str
        Cells with a known mistake, by exercise and the mistake's name.
    """

    def __init__(self, course: Course, chapter: str, stubs: dict[str, str]):
        self.stubs = stubs
        cells = course.solution_cells(chapter)
        self.taken = frozenset().union(*map(bound_names, cells)) - GIVEN
        self.right = {
            name: [_unmarked(next(cell for cell in cells if name in facts_of(cell).defined))]
            for name in stubs}
        right = import_module(f"autograder.examination.right.{module_of(chapter)}")
        caching = [name for name, row in exercises_of(chapter).items() if row.returns_cache]
        for answer in right_answers_of(chapter):
            if answer.exercise in caching:
                continue  # with a cache of its own it would need its own backward function
            if text := self._text(right, answer.exercise, answer.functions):
                self.right[answer.exercise].append(text)
        wrong = import_module(f"autograder.mistakes.{module_of(chapter)}")
        self.wrong: dict[str, dict[str, str]] = {name: {} for name in exercises_of(chapter)}
        for exercise, known in mistakes_of(chapter).items():
            for mistake in known:
                if text := self._text(wrong, exercise, mistake.functions):
                    self.wrong[exercise].setdefault(mistake.name, text)

    def _text(self, module: ModuleType, exercise: str, functions) -> str:
        """A cell with an answer to an exercise; empty if it cannot be had."""
        if len(functions) > 1:
            return ""  # it changes the answer to another exercise, too
        function = functions[exercise]
        names = [name for name, value in vars(module).items() if value is function]
        statements = _statements(str(module.__file__))
        own = next((statements[name] for name in names if name in statements), "")
        if not facts_of(own).defined:
            return ""  # made by another function, or elsewhere
        needed = needed_sources(list(statements.values()), [own])
        helpers = [text for text in needed if text != own]
        if any("autograder" in text or bound_names(text) & self.taken for text in helpers):
            return ""
        return "\n\n".join([*helpers, _as_answer(own, exercise, self.stubs[exercise])])


def _unmarked(text: str) -> str:
    """A solution without the lines that mark it."""
    return "\n".join(line for line in text.splitlines() if line.strip() not in (BEGIN, END))


@cache
def _statements(file: str) -> dict[str, str]:
    """The definitions of a module by name, without what enters them into a catalogue."""
    found = {}
    for node in ast.parse(Path(file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.decorator_list = [one for one in node.decorator_list if not _enters(one)]
        text = ast.unparse(node)
        for name in bound_names(text):
            found[name] = text
    return found


def _enters(decorator: ast.expr) -> bool:
    return (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)
            and decorator.func.id in ENTERS)


def _as_answer(text: str, exercise: str, stub: str) -> str:
    """A definition under the name of the exercise, with the docstring that students are given."""
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    if isinstance(node, ast.ClassDef) or node.decorator_list:
        return text if node.name == exercise else f"{text}\n\n{exercise} = {node.name}"
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id == node.name:
            inner.id = exercise
    node.name = exercise
    has_docstring = ast.get_docstring(node) is not None
    node.body = [*_docstring(stub, exercise), *node.body[has_docstring:]]
    return ast.unparse(node)


def _docstring(stub: str, exercise: str) -> Iterable[ast.stmt]:
    for node in ast.parse(stub).body:
        if isinstance(node, ast.FunctionDef) and node.name == exercise:
            return node.body[:1] if ast.get_docstring(node) is not None else []
    return []
