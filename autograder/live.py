"""What a notebook imports: `check` for an exercise, `when_written` for what builds on it.

And `progress`, which says how far one is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType, FunctionType

from autograder.checking.answers import AnswerKey, BadKey, frozen_keys
from autograder.checking.result import Result
from autograder.checking.rubric import run_check
from autograder.earned import Progress, remember
from autograder.exercises import CHAPTERS, chapter_of, exercises_of
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
    result = check_by_name(name, namespace)
    if chapter_of(name) and _shell() is not None:  # not for a script or a test
        remember(result)
    return result


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
    """Run the decorated function now, as far as the exercises that it needs are right.

    Used above cells that show what can be done with the functions of the chapter. Whatever a
    wrong function raises or makes another raise ends in one line, which names the check to
    look at. What was half drawn is not shown.
    """
    figures = _open_figures()
    try:
        show()
    except KeyboardInterrupt:
        raise
    except NotImplementedError as error:
        name = _unfinished_function(error)
        print(f"Not written yet: {name}. Write it above, then run this cell again.")
    except BaseException as error:  # a wrong function may even call exit()
        needed = _exercises_used(show, getattr(show, "__globals__", {}))
        if not needed:
            raise  # the fault is not an exercise's
        print(_whose_fault(show, needed, error))
    finally:
        for number in _open_figures() - figures:
            sys.modules["matplotlib.pyplot"].close(number)


def _open_figures() -> set[int]:
    """The figures that are not shown yet; none if nobody has imported Matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def _whose_fault(show: Callable, needed: list[str], error: BaseException) -> str:
    """One line: which of the exercises it needs made a cell stop, and which check says more."""
    told = " ".join(f"{type(error).__name__}: {error}".split())
    told = told if len(told) <= 120 else f"{told[:117]}..."
    names = show.__globals__
    if isinstance(error, NameError) and error.name in needed:
        return f"{error.name} is not there yet. Run the cells above, from the top, then this one."
    for name in needed:
        result = check_by_name(name, names)
        if result.points < result.max_points:
            return (f"This cell needs {name}, which does not pass its check yet ({told}). "
                    f"Look at check({name}) above, mend it, and run this cell again.")
    return (f"This cell stopped with {told}, although {', '.join(needed)} passed. Run all cells "
            "from the top, in case one of them holds an old value.")


def _exercises_used(function: Callable, names: Mapping[str, object]) -> list[str]:
    """The exercises that a function uses, itself or by a function of the notebook, in order."""
    used: dict[str, None] = {}
    pending, seen = [function.__code__], set[CodeType]()
    while pending:
        code = pending.pop()
        if code in seen:
            continue
        seen.add(code)
        pending += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        for name in code.co_names:
            if chapter_of(name):
                used[name] = None
            helper = names.get(name)
            helper = getattr(helper, "__wrapped__", helper)  # of functools.cache
            if isinstance(helper, FunctionType):
                helpers = (helper, *(helper.__defaults__ or ()))
                pending += [h.__code__ for h in helpers
                            if isinstance(h, FunctionType) and h.__globals__ is names]
    order = [name for chapter in CHAPTERS for name in exercises_of(chapter)]
    return sorted(used, key=order.index)


@cache
def _public_keys(chapter: str) -> dict[str, AnswerKey]:
    return frozen_keys(chapter, exercises_of(chapter))


def _names_of_the_notebook(function) -> dict:
    """The global names that the student's functions live among."""
    shell = _shell()
    if shell is not None:
        return shell.user_ns
    return getattr(function, "__globals__", None) or sys._getframe(2).f_globals


def _shell():
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
