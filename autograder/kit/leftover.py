"""The stub's ``raise NotImplementedError()``, left standing beside what was written.

A function that raises it counts as not written yet. Who has written all of it looks for the
mistake in the wrong place, unless told that one line of the stub is still there.
"""

from __future__ import annotations

import ast
import linecache
from types import FrameType

BELOW = "The stub's raise NotImplementedError() is still there, below your code: delete that line"
ABOVE = "The stub's raise NotImplementedError() is still there, above your code: delete that line"
LEFT_OVER = (BELOW, ABOVE)


def left_over(frame: FrameType, line: int) -> str:
    """What to say of a ``raise NotImplementedError()`` without words of its own; or ''.

    Parameters
    ----------
    frame : frame
        Of the function that raised it.
    line : int
        Where it stands, counted as in the file.
    """
    code = frame.f_code
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename, frame.f_globals)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        if node.name == code.co_name and first == code.co_firstlineno:
            return _beside(node.body, line)
    return ""


def _beside(body: list[ast.stmt], line: int) -> str:
    """Where the rest of a function stands that raises in a line of its own."""
    raised = [k for k, statement in enumerate(body)
              if isinstance(statement, ast.Raise) and statement.lineno == line]
    if not raised:
        return ""
    above, below = body[:raised[0]], body[raised[0] + 1:]
    if any(map(_does_something, above)):
        return BELOW
    return ABOVE if any(map(_does_something, below)) else ""


def _does_something(statement: ast.stmt) -> bool:
    """Whether a statement is more than a docstring, ``...`` or ``pass``."""
    bare = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not bare and not isinstance(statement, ast.Pass)
