"""What a notebook imports: `check` for an exercise, `when_written` for what builds on it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from autograder.checking.answers import AnswerKey, BadKey, frozen_keys
from autograder.checking.result import Result
from autograder.checking.rubric import run_check
from autograder.exercises import chapter_of, exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.own_tool import with_own_tool


def check(function) -> Result:
    """Check your answer to an exercise.

    Parameters
    ----------
    function : callable, or str
        Your function or class, or its name.

    Returns
    -------
    Result
        Shown as a table in a notebook. ``print(check(f))`` shows it as text.
    """
    namespace = _names_of_the_notebook(function)
    name = _exercise_name(function, namespace)
    if not isinstance(function, str):  # not whatever has that name by now
        namespace = {**namespace, name: function}
    return check_by_name(name, namespace)


def check_by_name(name: str, namespace: Mapping[str, object]) -> Result:
    """Check the answer to exercise `name` among the names of a notebook."""
    chapter = chapter_of(name)
    if chapter is None:
        return Result(name, (), (
            f"There is no exercise called {name}. Keep the name that the function had in the "
            "notebook, and pass the function itself: check(affine_backward).",
        ))
    try:
        key = _public_keys(chapter)[name]
    except BadKey as error:
        return Result(name, (), (f"This check cannot run: {error}",))
    except KeyError:
        return Result(name, (), (
            f"This check cannot run: {chapter}.npz has no answers to {name}; run `make build`, "
            "or install the course again",
        ))
    result = run_check(key, LocalFunctions(namespace))
    return with_own_tool(result, key, LocalFunctions(namespace))


def when_written(show) -> None:
    """Run the decorated function now, unless it needs an exercise that is not written yet.

    Used above cells that show what can be done with the functions of the chapter.
    """
    try:
        show()
    except NotImplementedError as error:
        name = _unfinished_function(error)
        print(f"Not written yet: {name}. Write it above, then run this cell again.")


@cache
def _public_keys(chapter: str) -> dict[str, AnswerKey]:
    return frozen_keys(chapter, exercises_of(chapter))


def _names_of_the_notebook(function) -> dict:
    """The global names that the student's functions live among."""
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None:
            return shell.user_ns
    return getattr(function, "__globals__", None) or sys._getframe(2).f_globals


def _exercise_name(function, namespace: dict) -> str:
    """The name under which an exercise was passed; a lambda or a wrapped function has its own."""
    if isinstance(function, str):
        return function
    name = getattr(function, "__name__", type(function).__name__)
    if namespace.get(name) is function and chapter_of(name):
        return name
    bound = [n for n, value in namespace.items() if value is function and chapter_of(n)]
    return bound[0] if bound else name


def _unfinished_function(error: NotImplementedError) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_qualname if trace else "an exercise above"
