"""Which exercises a function of a notebook uses, itself or by its helpers.

Read from its compiled code: nothing is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType, FunctionType, TracebackType

from autograder.exercises import CHAPTERS, chapter_of, exercises_of


def exercises_used(function: object, names: Mapping[str, object]) -> list[str]:
    """The exercises that a function or class uses, in the order of the course.

    Parameters
    ----------
    function : callable
    names : mapping of str to object
        The names of its notebook, among which its helpers are.

    Returns
    -------
    list of str
    """
    used: set[str] = set()
    seen: set[CodeType] = set()
    pending = [function.__code__] if isinstance(function, FunctionType) else []
    pending += _codes(function)
    while pending:
        code = pending.pop()
        if code in seen:
            continue
        seen.add(code)
        pending += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        used |= {name for name in code.co_names if chapter_of(name)}
        for name in code.co_names:
            pending += [inner for inner in _codes(names.get(name)) if inner not in seen]
    return [name for chapter in CHAPTERS for name in exercises_of(chapter) if name in used]


def _codes(value: object) -> list[CodeType]:
    """The code of a function of a notebook, of its default arguments, and of a class's methods."""
    value = getattr(value, "__wrapped__", value)  # behind functools.cache
    if isinstance(value, FunctionType):
        defaults = [d for d in value.__defaults__ or () if isinstance(d, FunctionType)]
        return [f.__code__ for f in (value, *defaults) if _is_of_a_notebook(f)]
    if isinstance(value, type):
        return [code for method in vars(value).values() if isinstance(method, FunctionType)
                for code in _codes(method)]
    return []


def _is_of_a_notebook(function: FunctionType) -> bool:
    """Whether somebody wrote a function into a cell: an installed one has a file."""
    return "__file__" not in function.__globals__


def exercises_running(trace: TracebackType | None) -> list[str]:
    """The exercises in which an error was raised, the innermost first."""
    found: list[str] = []
    while trace:
        name = trace.tb_frame.f_code.co_qualname.split(".")[0]
        if chapter_of(name):
            found.insert(0, name)
        trace = trace.tb_next
    return found
