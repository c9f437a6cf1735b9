"""Trees of Python's syntax: a node replaced by another, without a change of the tree itself."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Step = tuple[str, int | None]
"""A field of a node, and the place in it if it is a list."""

REACHED = "_reached"
"""The function that is called where a marked tree is run: it gives back its first argument."""


@dataclass(frozen=True)
class Edit:
    """One change of a tree.

    Attributes
    ----------
    kind : str
        What was done: "operator", "constant", "line dropped" and so on.
    path : tuple of Step
        Where, from the root.
    new : ast.AST or list of ast.stmt
        What stands there afterwards.
    marked : ast.AST, list of ast.stmt or None
        The same, with a call of `REACHED` in it; None if it cannot be marked, because it is no part
        of what is run when the function is called.
    """

    kind: str
    path: tuple[Step, ...]
    new: ast.AST | list[ast.stmt]
    marked: ast.AST | list[ast.stmt] | None = None


def replaced(node, path: Sequence[Step], new):
    """The tree with `new` at `path`. All that is not on the path is shared with `node`."""
    if not path:
        return new
    (field, index), *rest = path
    copied, value = copy.copy(node), getattr(node, field)
    if index is None:
        setattr(copied, field, replaced(value, rest, new))
        return copied
    entries = list(value)
    entry = replaced(entries[index], rest, new)
    entries[index:index + 1] = entry if isinstance(entry, list) else [entry]
    setattr(copied, field, entries)
    return copied


def at(node, path: Sequence[Step]):
    """The node at `path`."""
    for field, index in path:
        node = getattr(node, field)
        if index is not None:
            node = node[index]
    return node


def statement_path(tree: ast.AST, path: Sequence[Step]) -> tuple[Step, ...]:
    """The first part of `path`: where the innermost statement begins."""
    found, node = 0, tree
    for k, (field, index) in enumerate(path):
        node = getattr(node, field)
        if index is not None:
            node = node[index]
        if isinstance(node, ast.stmt):
            found = k + 1
    return tuple(path[:found])


def changed_lines(old: str, new: str) -> tuple[str, str]:
    """The lines that two texts do not share, each as one line of text."""
    before, after = old.splitlines(), new.splitlines()
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    first, second = ("; ".join(line.strip() for line in lines) for lines in (before, after))
    return first, second


def marked_expression(node: ast.expr) -> ast.expr:
    """An expression that says when it is evaluated."""
    return ast.Call(ast.Name(REACHED, ast.Load()), [node], [])


def marked_statement(*statements: ast.stmt) -> list[ast.stmt]:
    """Statements that say when they are run."""
    call = ast.Call(ast.Name(REACHED, ast.Load()), [ast.Constant(None)], [])
    return [ast.Expr(call), *statements]


def parts(node: ast.AST) -> Iterator[tuple[Step, ast.AST]]:
    """The nodes right below a node, each with the step that leads to it."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, ast.AST):
                    yield (field, index), entry
        elif isinstance(value, ast.AST):
            yield (field, None), value
