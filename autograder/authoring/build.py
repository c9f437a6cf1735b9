"""From `solutions/` to `course/`: what students get is generated, and only here.

The steps, in order, are `build_chapter`'s lines. The last one before the copy is nbgrader's
own ``generate_assignment``, so a released notebook is exactly what nbgrader makes.
"""

from __future__ import annotations

import ast
import logging
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.cells import CHECK_SUFFIX, defined_in, header, read_chapter
from autograder.checking.answers import PUBLIC_SEED, freeze, public_file
from autograder.checking.exercise import Exercise
from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, exercises_of

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class BuildError(CourseError):
    """A chapter cannot be built. The message names the file and the cell."""


def build(course: Course, chapters: tuple[str, ...] = CHAPTERS) -> list[str]:
    """Build chapters into ``course/``, and freeze their public answer keys.

    Parameters
    ----------
    course : Course
    chapters : tuple of str
        Which to build; all by default.

    Returns
    -------
    list of str
        The chapters whose files changed.

    Raises
    ------
    BuildError
        If a chapter's source is wrong. Nothing of that chapter is written then.
    """
    return [chapter for chapter in chapters if build_chapter(course, chapter)]


def build_chapter(course: Course, chapter: str) -> bool:
    """Build one chapter; whether anything changed."""
    notebook = source_notebook(course, chapter)
    keys = course.answer_keys(chapter, PUBLIC_SEED)
    write_notebook(notebook, course.source(chapter))
    released = generate(course, chapter)
    frozen = freeze(keys, public_file(chapter))
    return _replace(course.released(chapter), released) or frozen


def source_notebook(course: Course, chapter: str) -> nbformat.NotebookNode:
    """The instructor's notebook of a chapter, answers included, as nbgrader wants it."""
    path = course.solution(chapter)
    notebook = read_chapter(course.solution_text(chapter))
    expand_headers(notebook, path, exercises_of(chapter))
    mark_as_generated(notebook, path)
    set_cell_ids(notebook)
    return notebook


def expand_headers(notebook, path: Path, exercises: dict[str, Exercise]) -> None:
    """Replace the short cell headers by nbgrader's metadata; refuse what does not fit the table."""
    answers: dict[str, int] = {}
    checks: dict[str, int] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{path.name}, cell {number} ({_first_line(cell.source)})"
        keys = header(cell)
        unknown = set(keys) - {"exercise", "check"}
        if unknown:
            raise BuildError(f"{where}: unknown header key {sorted(unknown)[0]!r}; "
                             "a header knows exercise and check")
        if len(keys) > 1:
            raise BuildError(f"{where}: a cell is an exercise or a check, not both")
        cell.metadata = nbformat.NotebookNode()
        _validate_markers(cell, where, "exercise" in keys)
        if not keys:
            continue
        ((role, name),) = keys.items()
        seen = answers if role == "exercise" else checks
        if cell.cell_type != "code":
            raise BuildError(f"{where}: {role}={name!r} belongs above a code cell")
        if not isinstance(name, str) or name not in exercises:
            raise BuildError(f"{where}: there is no exercise {name!r} in the exercise table")
        if name in seen:
            raise BuildError(f"{where}: a second {role}={name!r}; the first is cell {seen[name]}")
        seen[name] = number
        if role == "exercise":
            _validate_answer(cell, where, exercises[name])
            cell.metadata["nbgrader"] = _nbgrader(name, solution=True)
        else:
            if cell.source.strip() != f"check({name})":
                raise BuildError(f"{where}: a check is the one line check({name})")
            points = exercises[name].max_points
            cell.metadata["nbgrader"] = _nbgrader(
                name + CHECK_SUFFIX, grade=True, locked=True, points=points
            )
    for name in exercises:
        if name not in answers:
            if name in checks:
                where = f"{path.name}, cell {checks[name]}"
                raise BuildError(f"{where}: {name} has a check but no exercise")
            raise BuildError(f"{path.name}: {name} has neither exercise nor check")
        if name not in checks:
            raise BuildError(f"{path.name}, cell {answers[name]}: the exercise {name} has no check")
        if checks[name] < answers[name]:
            raise BuildError(f"{path.name}, cell {checks[name]}: the check of {name} comes before it")


def _validate_markers(cell, where: str, is_answer: bool) -> None:
    """Refuse what nbgrader would refuse with a traceback."""
    inside = False
    for line in cell.source.splitlines():
        if BEGIN in line or END in line:
            if not is_answer:
                raise BuildError(f"{where}: only a cell with exercise=... has {BEGIN}")
            if inside == (BEGIN in line):
                raise BuildError(f"{where}: {BEGIN} and {END} must come in pairs")
            inside = BEGIN in line
    if inside:
        raise BuildError(f"{where}: {BEGIN} and {END} must come in pairs")


def _validate_answer(cell, where: str, exercise: Exercise) -> None:
    try:
        ast.parse(cell.source)
    except (SyntaxError, ValueError) as error:
        raise BuildError(f"{where}: this is not Python") from error
    definition = defined_in(cell.source).get(exercise.name)
    if definition is None:
        raise BuildError(f"{where}: the cell does not define {exercise.name}")
    if isinstance(definition, ast.FunctionDef):
        signature = f"({ast.unparse(definition.args)})"
        wanted = f"({ast.unparse(ast.parse(f'def f{exercise.signature}: pass').body[0].args)})"
        if signature != wanted:
            raise BuildError(f"{where}: the stub has the signature {exercise.name}{signature}, "
                             f"the exercise table says {exercise.name}{wanted}")
    if BEGIN not in cell.source or END not in cell.source:
        raise BuildError(f"{where}: mark the solution with {BEGIN} and {END}")


def _nbgrader(grade_id: str, *, solution=False, grade=False, locked=False, points=None) -> dict:
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "solution": solution,
        "grade": grade,
        "locked": locked,
        "task": False,
        "cell_type": "code",
    }
    if points is not None:
        metadata["points"] = points
    return nbformat.NotebookNode(metadata)


def mark_as_generated(notebook, path: Path) -> None:
    """Say in the first cell where the notebook comes from."""
    text = f"*This notebook is generated from `solutions/{path.name}`.*"
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))


def set_cell_ids(notebook) -> None:
    """Ids from the exercise or the position: jupytext's are random, and builds must repeat."""
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:03d}")
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    })


def write_notebook(notebook, path: Path) -> None:
    """Write a notebook, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def generate(course: Course, chapter: str) -> str:
    """Run nbgrader's generate_assignment; the text of the released notebook."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config()
        config.CourseDirectory.root = folder
        config.CourseDirectory.source_directory = "source"
        config.CourseDirectory.assignment_id = chapter
        config.CourseDirectory.db_url = "sqlite://"
        config.ClearSolutions.enforce_metadata = True
        config.GenerateAssignment.no_database = True
        source = Path(folder, "source", chapter)
        source.mkdir(parents=True)
        shutil.copy(course.source(chapter), source)
        converter = GenerateAssignment(CourseDirectory(config=config), config=config)
        converter.log.setLevel(logging.ERROR)
        # Without a database there is nothing to save the cells to.
        converter.preprocessors = [
            step for step in converter.preprocessors if step.__name__ != "SaveCells"
        ]
        converter.start()
        text = Path(folder, "release", chapter, f"{chapter}.ipynb").read_text(encoding="utf-8")
    return text if text.endswith("\n") else text + "\n"


def _replace(path: Path, text: str) -> bool:
    if path.exists() and path.read_bytes() == text.encode("utf-8"):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def _first_line(source: str) -> str:
    line = source.strip().splitlines()[0] if source.strip() else "empty"
    return line if len(line) <= 40 else line[:37] + "..."
