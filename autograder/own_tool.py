"""The student's own numerical gradient, shown beside the course's.

From chapter 01 on a student owns a tool that measures gradients. Later checks run it on
the gradients they found right, and say in a note what it thinks of them.

This runs at home only. The tool is code that a student wrote, executed in this very
process: in the student's own kernel that is no more than running a cell. The grader never
does it. There student code lives in a jail, and chapter 01 is not part of what was handed in.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from autograder.cells import parse
from autograder.checking.answers import AnswerKey, Keyed
from autograder.checking.comparison import as_array
from autograder.checking.exercise import Gradient
from autograder.checking.gradients import AGREEMENT, functional, numerical_gradient
from autograder.checking.result import RIGHT, Result
from autograder.checking.trial import play
from autograder.exercises import CHAPTERS, chapter_of
from autograder.kit.functions import LocalFunctions
from autograder.kit.student_error import StudentError
from autograder.nearby import find_notebook, read_code

TOOL = "numerical_gradient"
CHAPTER = "01_numerical_gradients"
MOST_ENTRIES = 100
"""Cases with more entries in all are skipped: the tool calls its function twice for each."""
MOST_SECONDS = 0.3
"""Time for the tool in one check; a note is not worth waiting for."""

CELL = "<your numerical_gradient from chapter 01>"
"""The file name of the tool's code, by which its frames are known."""

_loaded: dict[Path, tuple[int, Callable | None]] = {}
"""The tool of each notebook, with the time at which the notebook was saved."""


def with_own_tool(result: Result, key: AnswerKey, functions: LocalFunctions) -> Result:
    """Add to a result what the student's own numerical gradient says.

    Parameters
    ----------
    result : Result
        What the check found.
    key : AnswerKey
        The key it was found with.
    functions : LocalFunctions
        The student's functions. Not the ones of the check: what is printed here is dropped.

    Returns
    -------
    Result
        The same points, and up to two more notes. `result` itself if there is nothing to
        say: no gradient is right, or the tool is not found, not written, fails or is slow.
    """
    gradient = key.exercise.gradient
    chapter = chapter_of(key.exercise.name)
    if not gradient or not chapter or CHAPTERS.index(chapter) <= CHAPTERS.index(CHAPTER):
        return result
    right = {item.name for item in result.items if item.status == RIGHT} & set(gradient.of)
    # The first ordinary case is the plain one, and mostly small. Others are smaller still, but
    # odd on purpose: float32, a huge bias. Numerical gradients are rightly poor there.
    keyed = next((keyed for keyed in key.cases if keyed.case.item is None and _entries(
        keyed, [gradient.of[name] for name in right]) <= MOST_ENTRIES), None)
    if not right or keyed is None:
        return result
    tool = find_own_tool()
    if tool is None:
        return result
    try:
        notes = _verdicts(tool, gradient, right, key, keyed, functions)
    except (StudentError, TypeError, ValueError):
        return result  # the tool has its own check, in its own chapter
    return replace(result, notes=result.notes + notes) if notes else result


def find_own_tool() -> Callable | None:
    """The student's ``numerical_gradient``, from the notebook of chapter 01 nearby.

    Returns
    -------
    callable or None
        None if there is no such notebook, or nothing in it that defines the function.
    """
    try:
        path = find_notebook(CHAPTER, Path.cwd())
        return _load(path) if path else None
    except OSError:
        return None


# Loading


def _load(path: Path) -> Callable | None:
    saved = path.stat().st_mtime_ns
    if path not in _loaded or _loaded[path][0] != saved:
        _loaded[path] = saved, _tool_of(path)
    return _loaded[path][1]


def _tool_of(path: Path) -> Callable | None:
    """The first function that a cell of the notebook gives, labelled cells first."""
    for source in _sources(path):
        namespace: dict[str, object] = {"np": np, "__name__": CELL}
        try:
            tree = _definitions(source)
            if tree is None:
                continue
            code = compile(tree, CELL, "exec", dont_inherit=True)
            _briefly(partial(exec, code, namespace), perf_counter() + MOST_SECONDS)
        except (StudentError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        tool = namespace.get(TOOL)
        if callable(tool):
            return tool
    return None


def _sources(path: Path) -> list[str]:
    """The cells that may define the tool, labelled ones first."""
    cells = read_code(path)
    labelled = [cell.source for cell in cells if cell.label == TOOL]
    others = [
        cell.source for cell in cells
        if cell.label != TOOL and re.search(rf"^def {TOOL}\b", cell.source, re.MULTILINE)
    ]
    return labelled + others[::-1]  # of two definitions the later one holds


def _definitions(source: str) -> ast.Module | None:
    """What of a cell defines something: its tests, plots and timings are not run again."""
    tree = parse(source)
    if tree is None:
        return None
    defining = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    used = {TOOL}
    for node in tree.body:
        if isinstance(node, defining):
            code = compile(ast.Module([node], []), CELL, "exec", dont_inherit=True)
            used |= _globals_of(code)
    tree.body = [
        node for node in tree.body if isinstance(node, defining) or _assigned(node) & used
    ]
    return tree


def _assigned(node: ast.stmt) -> set[str]:
    """The names an assignment gives: a step as a constant, say, or the tool as a lambda."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    names = [name for target in targets for name in ast.walk(target)]
    return {name.id for name in names if isinstance(name, ast.Name)}


def _globals_of(code) -> set[str]:
    inner = [_globals_of(constant) for constant in code.co_consts if hasattr(constant, "co_names")]
    return set(code.co_names).union(*inner)


# Judging


def _entries(keyed: Keyed, names) -> int:
    return sum(np.asarray(keyed.case.inputs[name]).size for name in names)


def _verdicts(
    tool: Callable,
    gradient: Gradient,
    right: set[str],
    key: AnswerKey,
    keyed: Keyed,
    functions: LocalFunctions,
) -> tuple[str, ...]:
    inputs = keyed.case.inputs
    until = perf_counter() + MOST_SECONDS
    outputs = play(key.exercise, keyed.case, functions).outputs
    if not outputs:
        return ()
    agreeing, disagreeing = {}, {}
    for name, output in zip(key.exercise.outputs, outputs, strict=True):
        if name not in right:
            continue
        wanted = gradient.of[name]
        x, analytic = as_array(inputs[wanted]), as_array(output)
        if x is None or analytic is None or analytic.dtype.kind == "c":
            continue
        f = _loss(functions, gradient, inputs, wanted, until)
        point = np.array(x, dtype=np.float64)
        own = as_array(_briefly(partial(tool, f, point.copy()), until))
        if own is None or own.dtype.kind == "c":
            return ()  # no gradient at all
        error = _error(own, analytic)
        if error <= AGREEMENT:
            agreeing[name] = error
        # The student's tool is blamed only where the course's own has no complaint.
        elif _error(_briefly(partial(numerical_gradient, f, point), until), analytic) <= AGREEMENT:
            disagreeing[name] = error
    return _notes(agreeing, disagreeing)


def _loss(functions: LocalFunctions, gradient, inputs, wanted: str, until: float) -> Callable:
    """The number whose gradient is wanted, as a function of the input `wanted` alone."""
    is_array = isinstance(inputs[wanted], np.ndarray)

    def f(x):
        if perf_counter() > until:
            raise _OutOfTime
        given = {**inputs, wanted: np.array(x) if is_array else float(x)}
        arguments = tuple(given[name] for name in gradient.inputs)
        out = functions.call_many(gradient.forward, [arguments])[0]
        return functional(out, inputs.get("dout", np.ones(np.shape(out))))

    return f


def _error(numerical, analytic: np.ndarray) -> float:
    """Length of the difference, relative to the longer of the two; inf for other sizes."""
    if numerical.size != analytic.size:
        return np.inf
    a, b = numerical.ravel().astype(np.float64), analytic.ravel().astype(np.float64)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    longer = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)), 1e-8)
    return float(np.linalg.norm(a - b)) / longer


def _notes(agreeing: dict[str, float], disagreeing: dict[str, float]) -> tuple[str, ...]:
    notes = []
    if agreeing:
        notes.append(f"Your own {TOOL} from chapter 01 agrees with {_listed(agreeing)}"
                     f"{_in_brackets(max(agreeing.values()))}.")
    if disagreeing:
        names = _listed(disagreeing)
        notes.append(
            f"Your own {TOOL} from chapter 01 does not agree with {names}"
            f"{_in_brackets(max(disagreeing.values()))}, but the course's does. So it is "
            f"your tool that deserves another look: open chapter 01 and run check({TOOL})."
        )
    return tuple(notes)


def _in_brackets(error: float) -> str:
    if not np.isfinite(error):
        return ""  # another shape, or entries that are not finite
    return f" (relative error {f'{error:.0e}' if error else '0'})"


def _listed(names) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


# Running


class _OutOfTime(BaseException):
    """Not an Exception, so that ``except Exception`` in a student's loop lets it pass."""


def _briefly(function: Callable, until: float):
    """What `function` returns; a StudentError if it fails or runs beyond `until`.

    A loop without an end must not hang every later check. There are no threads and no
    signals where this runs in a browser, so the tool's own lines look at the clock.
    """

    def watch(frame, event, argument):
        if frame.f_code.co_filename != CELL:
            return None
        if perf_counter() > until:
            raise _OutOfTime
        frame.f_trace_opcodes = True  # `while True: pass` never comes to another line
        return watch

    def run():
        if sys.gettrace() is not None:
            return function()  # somebody is debugging, and has all the time
        sys.settrace(watch)
        try:
            return function()
        finally:
            sys.settrace(None)

    # For its care: prints and warnings are kept away, and every exception is a StudentError.
    return LocalFunctions({"run": run}).call("run").value
