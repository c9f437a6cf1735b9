"""What the text of a cell says of itself: the names that it defines, and those that it uses.

The text may be anybody's, and anything. Nothing here runs it, and nothing here raises because of
it. Still it may take long, or much memory: of a submission it is asked inside the jail.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?\??[ \t]*)$", re.MULTILINE)
MAGIC_VALUE = re.compile(r"^([\w., \t]+=[ \t]*)[%!].*$", re.MULTILINE)
"""IPython's own lines: ``%magic``, ``!command``, ``?name``, ``name?``; and ``value = %magic``."""

GIVEN = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*=", re.MULTILINE)
"""A line that gives a name a value; it shows also where the cell is not Python."""
WRITTEN_FILE = re.compile(r"%%(?:writefile|file)\s+(?:\./)?(\w+\.py)\s*$", re.MULTILINE)

FUNCTIONS = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
DEFINING = (*FUNCTIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign)
BLOCKS = (ast.If, ast.Try, ast.With)

WRONG = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What Python's parser raises for a text that is not Python, or too much of it."""

WHOLE_LINES = re.compile(r"(?!else\b|elif\b|except\b|finally\b)[^\s#)\]}]")
"""How a line begins with which a statement at the top level may begin."""
GROWING = re.compile(r"(?:@|(?:async\s+)?def\b|class\b)")
MOST_PARTS, MOST_GROWN = 3000, 20


@dataclass(frozen=True)
class Facts:
    """What is known of a cell from its text.

    Attributes
    ----------
    readable : bool
        Whether it, or a part of it, is Python.
    defined : frozenset of str
        Its functions and classes, at the top level.
    given : frozenset of str
        The names that it gives a value by def, class or assignment; also if it is broken.
    bound : frozenset of str
        All names that it binds at its top level; ``*`` if it imports all of a module, and
        ``name.py`` if it writes that file.
    used : frozenset of str
        Global names that it, or any function in it, reads, and the files that it may import.
    calls : str
        The function that it calls, if that is all that it does.
    """

    readable: bool = False
    defined: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    calls: str = ""


# In a class most cells are the same in every notebook: the course's own, and the stubs.
@lru_cache(maxsize=1000)
def facts_of(source: str) -> Facts:
    """The facts of a cell."""
    text, tree = _parsed(source)
    if tree is None:
        text = whole_statements(source)
        text, tree = _parsed(text)
    if tree is None:
        return Facts()
    defined = frozenset(node.name for node in tree.body if isinstance(node, FUNCTIONS))
    given = frozenset(one or other for one, other in GIVEN.findall(source))
    written = frozenset(WRITTEN_FILE.findall(source))
    return Facts(
        bool(tree.body) or not source.strip(), defined, defined | given, _bound(tree) | written,
        _used(text, tree), _only_call(tree),
    )


def defined_in(source: str) -> dict[str, ast.AST]:
    """Top-level functions and classes of a cell by name; empty if it is not Python."""
    tree = parse(source)
    if tree is None:
        return {}
    return {node.name: node for node in tree.body if isinstance(node, FUNCTIONS)}


def defines(source: str, name: str) -> bool:
    """Whether a cell gives `name` a value, by def, class or assignment; also if it is broken."""
    return name in source and name in facts_of(source).given


def bound_names(source: str) -> frozenset[str]:
    """Names that a cell gives a value at its top level; ``*`` if it imports all of a module."""
    return facts_of(source).bound


def used_names(source: str) -> frozenset[str]:
    """Global names that a cell, or any function in it, reads. Parameters are not among them."""
    return facts_of(source).used


def parse(source: str) -> ast.Module | None:
    """A cell's syntax tree without its IPython magics, or None if it is not Python."""
    return _parsed(source)[1]


def without_magics(source: str) -> str:
    """A cell's text as Python alone reads it, line for line; nothing if it is not Python."""
    return _parsed(source)[0]


def _parsed(source: str) -> tuple[str, ast.Module | None]:
    # As it stands first: a line that looks like a magic may be the middle of an expression.
    tree = _tree(source)
    if tree is not None:
        return source, tree
    text = MAGIC.sub(r"\1pass", MAGIC_VALUE.sub(r"\1None", source))
    tree = _tree(text) if text != source else None
    return (text, tree) if tree is not None else ("", None)


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except WRONG:
        return None


def needed_sources(
    sources: list[str], wanted: list[str], facts: Callable[[str], Facts] = facts_of
) -> list[str]:
    """The `wanted` cells and the cells that define what they use, in the order of `sources`.

    Pictures and experiments between the exercises are left out: grading does not
    need them, and they take most of a notebook's time.
    """
    bound = {k: facts(source).bound for k, source in enumerate(sources)}
    chosen = {k for k, source in enumerate(sources) if source in wanted}
    frontier = set(chosen)
    while frontier:
        used = set().union(*(facts(sources[k]).used for k in frontier), {"*"})
        frontier = {k for k, names in bound.items() if k not in chosen and names & used}
        chosen |= frontier
    return [sources[k] for k in sorted(chosen)]


def whole_statements(source: str) -> str:
    """Of a cell that is not Python, the definitions that are whole; all other lines are empty.

    A function that is finished is not lost for a line below it that is not.
    """
    lines = source.split("\n")
    starts = [k for k, line in enumerate(lines) if WHOLE_LINES.match(line)][:MOST_PARTS]
    ends = [*starts[1:], len(lines)]
    kept = [""] * len(lines)
    k = 0
    while k < len(starts):
        first = lines[starts[k]]
        # A text in three quotes may have lines that look like the beginning of something.
        longest = MOST_GROWN if GROWING.match(first) else 1
        for last in range(k, min(k + longest, len(starts))):
            part = lines[starts[k]:ends[last]]
            tree = parse("\n".join(part))
            if tree is not None and all(isinstance(node, DEFINING) for node in tree.body):
                kept[starts[k]:ends[last]] = part
                k = last
                break
        k += 1
    return "\n".join(kept)


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement gives names a value, by itself or in a block such as ``try``."""
    return isinstance(node, DEFINING) or (
        isinstance(node, BLOCKS)
        and any(isinstance(inner, DEFINING) for inner in ast.walk(node))
    )


def _bound(tree: ast.Module) -> frozenset[str]:
    names: set[str] = set()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, FUNCTIONS):
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


def _used(text: str, tree: ast.Module) -> frozenset[str]:
    used: set[str] = set()
    for table in _tables(text, tree):
        top = table.get_type() == "module"
        used |= {
            symbol.get_name() for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
    return frozenset(used | _imported_files(text))


def _tables(text: str, tree: ast.Module) -> Iterator[symtable.SymbolTable]:
    """The tables of names of a text and of all functions in it."""
    try:
        pending = [symtable.symtable(text, "<cell>", "exec")]
    except WRONG:
        # Python that is none: ``def f(x, x)``, ``global k`` too late. The other statements are.
        pending = []
        lines = text.split("\n")
        for node in tree.body:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            try:
                part = "\n".join(lines[first - 1:node.end_lineno])
                pending.append(symtable.symtable(part, "<cell>", "exec"))
            except WRONG:
                continue
    while pending:
        table = pending.pop()
        yield table
        pending += table.get_children()


IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)


def _imported_files(text: str) -> set[str]:
    return {f"{name}.py" for name in IMPORTED.findall(text)}


def _only_call(tree: ast.Module) -> str:
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return ""
    call = tree.body[0].value
    called = call.func if isinstance(call, ast.Call) else None
    return called.id if isinstance(called, ast.Name) else ""
