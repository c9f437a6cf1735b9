"""From `solutions/` to `course/`: what students get is generated, and only here.

So are the pages for teachers in ``docs/exercises/``.

The steps, in order, are `build_chapter`'s lines. The last one before the copy is nbgrader's
own ``generate_assignment``, so a released notebook is exactly what nbgrader makes.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import working_copy
from autograder.authoring.catalogue_page import catalogue_page
from autograder.authoring.headers import expand_headers
from autograder.cells import BROUGHT, WRITTEN_ANSWER, label_of, read_chapter
from autograder.checking.answers import PUBLIC_SEED, freeze, public_file
from autograder.course import Course, KeyMaker, solution_cells
from autograder.exercises import CHAPTERS, brought_into, exercises_of
from autograder.grading.classes.classroom import SEALING_EXPORTER


def build(course: Course, chapters: tuple[str, ...] = CHAPTERS) -> list[str]:
    """Build chapters into ``course/``, freeze their public answer keys, write teachers' pages.

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
    cells = course.with_brought(chapter, solution_cells(course.solution_text(chapter)))
    keys = KeyMaker(chapter, cells).keys(PUBLIC_SEED)
    write_notebook(notebook, course.source(chapter))
    course.solution_cells(chapter)  # kept beside it, so that grading can do without jupytext
    released = generate(course, chapter)
    keep_what_was_written(course, chapter, released)
    changed = [
        freeze(keys, public_file(chapter)),
        _replace(course.catalogue_page(chapter), catalogue_page(chapter)),
        _replace(course.released(chapter), released),
    ]
    return any(changed)


def source_notebook(
    course: Course, chapter: str, *, for_the_book: bool = False
) -> nbformat.NotebookNode:
    """The instructor's notebook of a chapter, answers included, as nbgrader wants it.

    For the book it also holds the text that only the book shows.
    """
    path = course.solution(chapter)
    notebook = read_chapter(course.solution_text(chapter))
    expand_headers(notebook, path, exercises_of(chapter), brought_into(chapter),
                   for_the_book=for_the_book)
    for cell in notebook.cells:
        if label_of(cell) == BROUGHT:
            cell.source = course.brought_text(chapter)
    set_cell_ids(notebook)
    set_metadata(notebook, path)
    return notebook


def set_cell_ids(notebook) -> None:
    """Ids from the exercise or the position: jupytext's are random, and builds must repeat."""
    for number, cell in enumerate(notebook.cells):
        if cell.id != WRITTEN_ANSWER:
            cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:03d}")
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def set_metadata(notebook, path: Path) -> None:
    """The kernel, and what the notebook is generated from: for programs, not for its reader."""
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "generated_from": f"solutions/{path.name}",
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
        config.GenerateAssignment.exporter_class = SEALING_EXPORTER
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


def keep_what_was_written(course: Course, chapter: str, released: str) -> None:
    """If somebody has worked in ``course/`` itself, put that notebook where it is safe."""
    path, folder = course.released(chapter), course.root / working_copy.MY_COURSE
    kept = working_copy.keep_what_was_written(path, released, folder)
    if kept is not None:
        old, new = (p.relative_to(course.root).as_posix() for p in (path, kept))
        print(f"Somebody has written in {old}; that is kept as {new}.")


def _replace(path: Path, text: str) -> bool:
    if path.exists() and path.read_bytes() == text.encode("utf-8"):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True
