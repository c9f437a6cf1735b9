"""What a notebook imports: `check` for an exercise, `when_written` for what builds on it.

And `progress`, which says how far one is.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from autograder.checking.answers import AnswerKey, BadKey, frozen_keys
from autograder.checking.failing_case import failing_arguments
from autograder.checking.hints import hint_lines
from autograder.checking.result import NOT_WRITTEN, WRONG, Result
from autograder.checking.rubric import run_check
from autograder.checking.table import as_text
from autograder.earned import Progress, remember
from autograder.exercises import chapter_of, exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.kit.student_error import student_error
from autograder.own_tool import with_own_tool
from autograder.used import exercises_running, exercises_used


def check(function, hint: int = 0) -> Result:
    """Check your answer to an exercise.

    Parameters
    ----------
    function : callable, or str
        Your function or class, or its name.
    hint : int, optional
        1 for where to look, 2 for the formula.

    Returns
    -------
    Result
        Shown as a table in a notebook. ``print(check(f))`` shows it as text.
    """
    namespace = _names_of_the_notebook(function)
    name = _exercise_name(function, namespace)
    if not isinstance(function, str):  # not whatever has that name by now
        namespace = {**namespace, name: function}
    result = check_by_name(name, namespace)
    if chapter_of(name) and notebook_shell() is not None:  # not for a script or a test
        remember(result)
    result = with_help(result, hint, lambda step: f"check({name}, hint={step})")
    if os.environ.get(VALIDATING):
        tell_validator(result)
    return with_case(result, namespace)


VALIDATING = "NBGRADER_VALIDATING"
"""In the environment while nbgrader's Validate runs a notebook."""
LINE = 80
"""nbgrader cuts a line off that is longer by more than a few letters."""


def tell_validator(result: Result) -> None:
    """Say in nbgrader's dialog what is not right.

    From the points alone it says of everything that it is "partial credit", of an answer that
    nobody has begun, too. What is on standard error it shows as it stands.
    """
    if result.points == result.max_points and result.items:
        return
    unwritten = all(item.status == NOT_WRITTEN for item in result.items) and result.items
    text = result.summary if unwritten else as_text(replace(result, help=()))
    lines = [wrapped for line in text.splitlines() for wrapped in _wrapped(line)]
    print("\n".join(lines).strip("\n"), file=sys.stderr)


def _wrapped(line: str) -> list[str]:
    """A line in several, each as far in as it is."""
    inside = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, LINE, subsequent_indent=inside, drop_whitespace=True) or [""]


def with_help(result: Result, step: int, ask: Callable[[int], str]) -> Result:
    """A result with a hint, or with how to ask for one; see `hint_lines`."""
    chapter = chapter_of(result.exercise)
    hints = exercises_of(chapter)[result.exercise].hints if chapter else ()
    lines = hint_lines(result, hints, step, ask) if result.items else ()
    return replace(result, help=(*result.help, *lines))


def check_by_name(name: str, namespace: Mapping[str, object]) -> Result:
    """Check the answer to exercise `name` among the names of a notebook.

    Where it is wrong and its own code uses another exercise that is wrong, that comes first.
    """
    result = _checked(name, namespace)
    if result.points == result.max_points:
        return result
    used = exercises_used(namespace.get(name), namespace, inherited=False)
    used = [other for other in used if other != name]
    if wrong := _listed([other for other in used if _is_wrong(other, namespace)]):
        result = replace(result, first=f"{wrong} still wrong: start there.")
    return result


def _checked(name: str, namespace: Mapping[str, object]) -> Result:
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


def with_case(result: Result, namespace: Mapping[str, object]) -> Result:
    """A result with the arguments of the first case that went wrong; see `failing_arguments`."""
    name, chapter = result.exercise, chapter_of(result.exercise)
    if chapter is None or not any(item.status == WRONG for item in result.items):
        return result
    case = failing_arguments(_public_keys(chapter)[name], result, LocalFunctions(namespace))
    if not case:
        return result
    line = f"To try the case yourself: {name}(**check({name}).case)"
    return replace(result, case=case, help=(*result.help, line))


def progress(chapter: str | None = None) -> Progress:
    """How many exercises are green, and which is next: of a chapter, or of the whole course.

    Parameters
    ----------
    chapter : str, optional
        Such as ``"03_affine"``; all of them by default.

    Returns
    -------
    Progress
        As the checks have found it, today or before.

    Raises
    ------
    NoSuchChapter
        If the name is no chapter's.
    """
    return Progress.of(chapter)


def when_written(show: Callable[[], object]) -> None:
    """Run the decorated function now, and say what to think of the exercises that it needs.

    Used above cells that show what can be done with the functions of the chapter. If one of them
    is not right yet, a line below says so. Whatever a wrong function raises or makes another
    raise ends in one line, which names the check to look at; what was half drawn is not shown.
    """
    names = getattr(show, "__globals__", {})
    needed = exercises_used(show, names)
    figures = _open_figures()
    try:
        show()
    except NotImplementedError as error:
        name = _unfinished_function(error)
        print(f"Not written yet: {name}. Write it above, then run this cell again.")
    except BaseException as error:  # a wrong function may even call exit()
        if isinstance(error, KeyboardInterrupt) or not needed:
            raise  # the fault is not an exercise's
        print(_whose_fault(needed, names, error))
    else:
        if wrong := _listed([name for name in needed if _is_wrong(name, names)]):
            print(f"Careful: {wrong} not right yet; this cell may show what comes of it.")
    finally:
        for number in _open_figures() - figures:
            sys.modules["matplotlib.pyplot"].close(number)


def _open_figures() -> set[int]:
    """The figures that are not shown yet; none if nobody has imported Matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def _listed(names: list[str]) -> str:
    """Names with their verb: "a is", "a and b are"."""
    *most, last = names or [""]
    return f"{', '.join(most)} and {last} are" if most else f"{last} is" if last else ""


def _is_wrong(name: str, names: Mapping[str, object]) -> bool:
    """Whether an exercise is written, and does not pass its check."""
    result = _checked(name, names)
    return result.points < result.max_points and any(
        item.status != NOT_WRITTEN for item in result.items)


def _whose_fault(needed: list[str], names: Mapping[str, object], error: BaseException) -> str:
    """One line: which of the exercises it needs made a cell stop, and which check says more."""
    told = " ".join(f"{type(error).__name__}: {error}".split())
    told = told if len(told) <= 200 else f"{told[:150]} ... {told[-45:]}"
    if isinstance(error, NameError) and error.name in needed:
        return f"{error.name} is not there yet. Run the cells above, from the top, then this one."
    running = [name for name in exercises_running(error.__traceback__) if name in needed]
    for name in [*running, *needed]:
        if _is_wrong(name, names):
            return (f"This cell needs {name}, which does not pass its check yet ({told}). "
                    f"Look at check({name}), mend it, and run this cell again.")
    line = student_error(error).line.strip()
    where = f" in the line `{line}`" if line else ""
    return (f"This cell stopped{where} with {told}, although {', '.join(needed)} passed. Run all "
            "cells from the top. If it stops again, that line expects something of your answers "
            "that the checks do not ask for.")


@cache
def _public_keys(chapter: str) -> dict[str, AnswerKey]:
    return frozen_keys(chapter, exercises_of(chapter))


def _names_of_the_notebook(function) -> dict:
    """The global names that the student's functions live among."""
    shell = notebook_shell()
    if shell is not None:
        return shell.user_ns
    return getattr(function, "__globals__", None) or sys._getframe(2).f_globals


def notebook_shell():
    """IPython's shell, if this runs in one."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


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
