"""The short headers of a chapter's cells, and the metadata that nbgrader wants in their place.

``# %% exercise``, ``# %% check``, ``# %% bring``, ``# %% figure`` stand above code;
``# %% written [markdown]``, ``# %% model answer [markdown]``, ``# %% worked [markdown]`` and
``# %% book [markdown]`` above text. What does not fit the exercise table is refused, with the file
and the cell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from autograder.brought import call_of
from autograder.cells import (
    BEGIN,
    BROUGHT,
    CHECK_SUFFIX,
    END,
    WRITE_HERE,
    WRITTEN,
    WRITTEN_ANSWER,
    defined_in,
    header,
)
from autograder.checking.exercise import Exercise
from autograder.errors import CourseError
from autograder.exercises import module_of
from autograder.seal import MODEL_ANSWER

NAMED_ROLES = ("exercise", "check")
CODE_ROLES = (*NAMED_ROLES, "bring", "figure")
BOOK_ROLES = ("worked", "book")
TEXT_ROLES = ("written", "model answer", *BOOK_ROLES)
ROLES = (*CODE_ROLES, *TEXT_ROLES)
KNOWN_HEADERS = f"a header knows {', '.join(ROLES[:-1])} and {ROLES[-1]}"
CHECK_CALL = re.compile(r"check\((\w+)\)")

FOLDED = {
    "jupyter": {"source_hidden": True},
    "cellView": "form",
    "tags": ["hide-input"],
}
"""A figure shows its picture and hides its code: in JupyterLab, in Colab, and in the book."""

SHOWN = {"figure": FOLDED, **{role: {"book": role} for role in BOOK_ROLES}}
"""What a role says about how a cell is shown."""

WRITTEN_POINTS = 3
IN_YOUR_OWN_WORDS = """### In your own words

*{} points, graded by a person.*

"""
FOLDED_AWAY = """<details>
<summary>Compare with a model answer, once yours is written</summary>

{}

</details>"""


class BuildError(CourseError):
    """A chapter cannot be built. The message names the file and the cell."""


def expand_headers(
    notebook, path: Path, exercises: dict[str, Exercise], brought: Sequence[str] = (), *,
    for_the_book: bool = False,
) -> None:
    """Replace the short cell headers by metadata; refuse what does not fit the exercise table.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells are changed in place.
    path : Path
        The chapter's source, named in refusals.
    exercises : dict of str to Exercise
        The exercise table of the chapter.
    brought : sequence of str
        The exercises of earlier chapters that the chapter is built on.
    for_the_book : bool
        Keep the text that only the book shows, under its role in the metadata: ``book``.

    Raises
    ------
    BuildError
        At the first cell that does not fit.
    """
    answers: dict[str, int] = {}
    checks: dict[str, int] = {}
    roles: list[str | None] = []
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{path.name}, cell {number} ({_first_line(cell.source)})"
        role, written = _read_header(header(cell), where)
        roles.append(role)
        cell.metadata = nbformat.NotebookNode()
        _validate_markers(cell, where, role == "exercise")
        if role is None:
            continue
        wanted = "code" if role in CODE_ROLES else "markdown"
        if cell.cell_type != wanted:
            raise BuildError(f"{where}: {role} belongs above a {wanted} cell")
        cell.metadata.update(nbformat.from_dict(SHOWN.get(role, {})))
        if role == "bring":
            _expand_bring(cell, where, path, brought, first="bring" not in roles[:-1])
        if role not in NAMED_ROLES:
            continue
        name = _find_name(cell, where, role, written, exercises, path)
        seen = answers if role == "exercise" else checks
        if name in seen:
            raise BuildError(f"{where}: a second {role} {name}; the first is cell {seen[name]}")
        seen[name] = number
        cell.metadata["nbgrader"] = _label(cell, where, role, exercises[name])
    if brought and "bring" not in roles:
        raise BuildError(f"{path.name}: the chapter is built on {', '.join(brought)}; put a cell "
                         f"# %% bring with the line {call_of(path.stem)} into it")
    _validate_pairs(path, exercises, answers, checks)
    expand_written_question(notebook, roles, path)
    if not for_the_book:  # which unfolds derivations and moves pictures; students get the hints
        notebook.cells = [cell for cell in notebook.cells if "book" not in cell.metadata]


def _expand_bring(
    cell, where: str, path: Path, brought: Sequence[str], *, first: bool
) -> None:
    """Make a cell the one for the answers of earlier chapters."""
    if not brought:
        raise BuildError(f"{where}: nothing is brought into this chapter; name it in BROUGHT in "
                         f"autograder/exercises/{module_of(path.stem)}.py")
    if not first:
        raise BuildError(f"{where}: a chapter has one cell # %% bring")
    if cell.source.strip() != call_of(path.stem):
        raise BuildError(f"{where}: a cell # %% bring is the one line {call_of(path.stem)}")
    cell.metadata["nbgrader"] = _nbgrader(BROUGHT, solution=True)


def expand_written_question(notebook, roles: Sequence[str | None], path: Path) -> None:
    """Make the written question nbgrader's task cell, and put the cell for its answer behind it.

    The question may hold a mark scheme, which nbgrader takes out of what students get. Behind
    the answer stands the model answer, folded away.
    """
    pair = ("written", "model answer")
    first = next((k for k, role in enumerate(roles) if role in pair), None)
    if first is None:
        return
    if [role for role in roles if role in pair] != list(pair) or roles[first + 1] != pair[1]:
        raise BuildError(f"{path.name}, cell {first + 1}: a chapter has one written question, and "
                         "its model answer is the next cell")
    question, model = notebook.cells[first:first + 2]
    if not all(f"### {edge} MARK SCHEME" in question.source for edge in ("BEGIN", "END")):
        raise BuildError(f"{path.name}, cell {first + 1}: say how the written answer is marked, "
                         "between ### BEGIN MARK SCHEME and ### END MARK SCHEME")
    question.source = IN_YOUR_OWN_WORDS.format(WRITTEN_POINTS) + question.source
    question.metadata["nbgrader"] = _nbgrader(
        WRITTEN, task=True, locked=True, points=WRITTEN_POINTS, cell_type="markdown"
    )
    model.source = FOLDED_AWAY.format(model.source.strip())
    model.metadata["tags"] = [MODEL_ANSWER]
    answer = nbformat.v4.new_markdown_cell(WRITE_HERE, metadata={"deletable": False})
    answer.id = WRITTEN_ANSWER
    notebook.cells.insert(first + 1, answer)


def _read_header(keys: dict, where: str) -> tuple[str | None, object]:
    """What a cell is by its header, and the name that stands there, if one does.

    A header of one word, ``# %% exercise``, is a title to jupytext.
    """
    title = keys.get("title")
    if title is not None and title not in ROLES:
        raise BuildError(f"{where}: unknown header {title!r}; {KNOWN_HEADERS}")
    unknown = sorted(set(keys) - {"title", *NAMED_ROLES})
    if unknown:
        raise BuildError(f"{where}: unknown header key {unknown[0]!r}; {KNOWN_HEADERS}")
    if len(keys) > 1:
        raise BuildError(f"{where}: a cell is an exercise, a check or a figure, "
                         "and its header says so once")
    if title is not None:
        return title, None
    return next(iter(keys.items()), (None, None))


def _find_name(
    cell, where: str, role: str, written, exercises: dict[str, Exercise], path: Path
) -> str:
    """The name of the exercise that a cell answers or checks: as written, or as the cell shows."""
    name = written
    if written is None and role == "check":
        call = CHECK_CALL.fullmatch(cell.source.strip())
        if call is None:
            raise BuildError(f"{where}: a check is the one line check(name)")
        name = call[1]
    elif written is None:
        _validate_python(cell, where)
        defined = [name for name in defined_in(cell.source) if name in exercises]
        if len(defined) != 1:
            raise BuildError(f"{where}: {_why_no_name(defined, cell, path)}")
        (name,) = defined
    if not isinstance(name, str) or name not in exercises:
        raise BuildError(f"{where}: there is no exercise {name!r} in the exercise table")
    return name


def _why_no_name(defined: list[str], cell, path: Path) -> str:
    """Why a cell does not show by itself which exercise it is, and what to do."""
    if defined:
        return (f"the cell defines {' and '.join(defined)} of the exercise table; "
                'name the one exercise that it is: exercise="name"')
    names = " and ".join(defined_in(cell.source)) or "no function"
    return (f"the cell defines {names}, and the exercise table has no such row; add one to "
            f"autograder/exercises/{module_of(path.stem)}.py, or name the exercise that the cell "
            'is: exercise="name"')


def _label(cell, where: str, role: str, exercise: Exercise) -> dict:
    """nbgrader's metadata of an exercise or a check."""
    if role == "exercise":
        _validate_answer(cell, where, exercise)
        return _nbgrader(exercise.name, solution=True)
    if cell.source.strip() != f"check({exercise.name})":
        raise BuildError(f"{where}: a check is the one line check({exercise.name})")
    return _nbgrader(
        exercise.name + CHECK_SUFFIX, grade=True, locked=True, points=exercise.max_points
    )


def _validate_pairs(
    path: Path, exercises: Iterable[str], answers: dict[str, int], checks: dict[str, int]
) -> None:
    """Refuse an exercise without its cell, or without its check below it."""
    for name in exercises:
        answer, check = answers.get(name), checks.get(name)
        if answer is None and check is None:
            raise BuildError(f"{path.name}: {name} has neither exercise nor check")
        if answer is None:
            raise BuildError(f"{path.name}, cell {check}: {name} has a check but no exercise")
        if check is None:
            raise BuildError(f"{path.name}, cell {answer}: the exercise {name} has no check; put "
                             f"a cell # %% check with the line check({name}) below it")
        if check < answer:
            raise BuildError(f"{path.name}, cell {check}: the check of {name} comes before it")


def _validate_markers(cell, where: str, is_answer: bool) -> None:
    """Refuse what nbgrader would refuse with a traceback."""
    inside = False
    for line in cell.source.splitlines():
        if BEGIN in line or END in line:
            if not is_answer:
                raise BuildError(f"{where}: only an exercise has {BEGIN}")
            if inside == (BEGIN in line):
                raise BuildError(f"{where}: {BEGIN} and {END} must come in pairs")
            inside = BEGIN in line
    if inside:
        raise BuildError(f"{where}: {BEGIN} and {END} must come in pairs")


def _validate_python(cell, where: str) -> None:
    """Refuse a magic in an exercise, too: grading reads the cell without IPython."""
    try:
        ast.parse(cell.source)
    except (SyntaxError, ValueError) as error:
        raise BuildError(f"{where}: this is not Python") from error


def _validate_answer(cell, where: str, exercise: Exercise) -> None:
    _validate_python(cell, where)
    definition = defined_in(cell.source).get(exercise.name)
    if definition is None:
        raise BuildError(f"{where}: the cell does not define {exercise.name}")
    if isinstance(definition, ast.FunctionDef):
        in_the_table = ast.parse(f"def f{exercise.signature}: pass")
        signature, wanted = _signature(definition), _signature(in_the_table)
        if signature != wanted:
            raise BuildError(f"{where}: the stub has the signature {exercise.name}{signature}, "
                             f"the exercise table says {exercise.name}{wanted}")
    if BEGIN not in cell.source or END not in cell.source:
        raise BuildError(f"{where}: mark the solution with {BEGIN} and {END}")


def _signature(tree: ast.AST) -> str:
    """The parameters of the outermost function in a syntax tree."""
    parameters = next(node for node in ast.walk(tree) if isinstance(node, ast.arguments))
    return f"({ast.unparse(parameters)})"


def _nbgrader(
    grade_id: str, *, solution=False, grade=False, locked=False, task=False, points=None,
    cell_type="code",
) -> dict:
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "solution": solution,
        "grade": grade,
        "locked": locked,
        "task": task,
        "cell_type": cell_type,
    }
    if points is not None:
        metadata["points"] = points
    return nbformat.NotebookNode(metadata)


def _first_line(source: str) -> str:
    line = source.strip().splitlines()[0] if source.strip() else "empty"
    return line if len(line) <= 40 else line[:37] + "..."
