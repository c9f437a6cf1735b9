"""The definitions of a cell that stopped, or that is not Python as a whole.

In a notebook a line that fails keeps all lines below it from being run. A function that stands
there is finished all the same: ``import pandas`` above it says nothing about it. So what defines
something is run for itself, and what fails is passed over.
"""

from __future__ import annotations

import ast
import re

from autograder.kit.sources import WRONG, is_definition, whole_statements

TIMED = re.compile(r"\s*%%(?:time|capture)\b.*")
"""What may stand above a cell that is run as it is."""


def run_definitions(shell, source: str, failure: BaseException | None) -> None:
    """Run the definitions of a cell below the line that failed; of all of it without a failure.

    Parameters
    ----------
    shell : InteractiveShell
    source : str
        The cell.
    failure : BaseException or None
        What it stopped with.
    """
    text, tree, whole = _read(shell, source)
    done = _line(shell, failure) if whole else 0
    name = shell.compile.cache(text, raw_code=source)
    for node in tree.body:
        if node.lineno <= done or not is_definition(node):
            continue
        try:
            code = compile(ast.Module([node], []), name, "exec", shell.compile.flags, True)
            exec(code, shell.user_ns)
        except (Exception, SystemExit):
            continue


def _read(shell, source: str) -> tuple[str, ast.Module, bool]:
    """A cell as IPython reads it, or what of it is Python; and whether that is all of it."""
    if found := TIMED.match(source):
        source = "\n" * source[:found.end()].count("\n") + source[found.end():]
    for text in (source, whole_statements(source)):
        try:
            ready = shell.transform_cell(text)
            return ready, ast.parse(ready), text is source and not found
        except WRONG:
            continue
    return "", ast.Module([], []), False


def _line(shell, failure: BaseException | None) -> int:
    """The line of a cell that failed; 0 if that is not known, and of a cell that was not run."""
    trace = failure.__traceback__ if failure is not None else None
    while trace is not None:
        if trace.tb_frame.f_globals is shell.user_ns:
            return trace.tb_lineno
        trace = trace.tb_next
    # Python that is none, such as ``def f(x, x)``: what stands above it was run.
    return (failure.lineno or 0) if isinstance(failure, SyntaxError) else 0
