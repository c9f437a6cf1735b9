"""A chapter, run from top to bottom with its answers in it: what the book shows below the code.

Running all chapters takes minutes, most of them for trainings. So what came out is kept in
``build/executed/`` and is run again only when something changes that it depends on: the chapter,
what draws and trains, NumPy or Matplotlib.
"""

from __future__ import annotations

import hashlib
import tempfile
from importlib.metadata import version

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.authoring.book_chapter import is_run
from autograder.course import ChapterFails, Course
from autograder.files import write_whole

LIBRARIES = ("numpy", "matplotlib", "ipython")
MODULES = ("pictures", "sliding_window", "training", "checkpoints", "live_curves", "threads")
"""What draws, and what trains: the modules of the package that outputs depend on."""

DIGEST = "executed_from"
SECONDS = 1800
"""A cell that takes longer than this hangs: the longest training takes about a minute."""


def executed(course: Course, chapter: str, notebook: nbformat.NotebookNode
             ) -> nbformat.NotebookNode:
    """The instructor's notebook of a chapter with the outputs of its code.

    Checks are not run: the book says what they are worth, and not what they find.

    Parameters
    ----------
    course : Course
    chapter : str
    notebook : NotebookNode
        As `autograder.authoring.build.source_notebook` gives it. It is not changed.

    Raises
    ------
    ChapterFails
        If a cell raises.
    """
    kept = course.root / "build" / "executed" / f"{chapter}.ipynb"
    run = nbformat.from_dict(notebook)
    run.cells = [cell for cell in notebook.cells if is_run(cell)]
    digest = digest_of(course, run)
    if kept.is_file():
        known = nbformat.reads(kept.read_text(encoding="utf-8"), as_version=4)
        if known.metadata.get(DIGEST) == digest:
            return known
    # In a folder that ends with it: trainings keep what they have reached.
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(run, timeout=SECONDS, kernel_name="python3",
                                resources={"metadata": {"path": folder}},
                                extra_arguments=["--log-level=ERROR"])
        try:
            client.execute()
        except CellExecutionError as error:
            told = f"{error.ename}: {' '.join(error.evalue.split())}"
            raise ChapterFails(f"{chapter}.py cannot be shown in the book: a cell raises "
                               f"{told}") from error
    run.metadata[DIGEST] = digest
    write_whole(kept, nbformat.writes(run))
    return run


def digest_of(course: Course, run: nbformat.NotebookNode) -> str:
    """A digest of all that the outputs of a notebook depend on."""
    digest = hashlib.sha256()
    for cell in run.cells:
        digest.update(f"{cell.source}\n---\n".encode())
    for module in MODULES:
        digest.update((course.root / "autograder" / f"{module}.py").read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()
