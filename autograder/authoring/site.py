"""The web edition: the course as a book, and beside it the same chapters running in the browser.

What is done is the lines of `build_site` and `build_book`, in their order. The sources of the book
are put together in ``build/book/``: the folder ``docs/``, the chapters with what their code shows,
and MathJax. A file that has not changed is left alone there, so Sphinx makes only new pages anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder.authoring.book_chapter import FIGURES, book_chapter, put
from autograder.authoring.build import build, source_notebook
from autograder.authoring.executed import executed
from autograder.authoring.landing import named_mistake
from autograder.authoring.lite import PACKAGES, build_lite
from autograder.authoring.mathjax import mathjax
from autograder.authoring.own_pyodide import find_node, read_lock
from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS

PAGES = ("CHANGELOG.md", "CONTRIBUTING.md")
"""Pages of the book that lie at the top of a checkout."""


class SiteError(CourseError):
    """The book could not be made. The message says what to do."""


def build_site(course: Course, *, pyodide_dist: Path | None = None) -> Path:
    """Make the web edition in ``build/site/``.

    Parameters
    ----------
    course : Course
    pyodide_dist : Path, optional
        A Pyodide distribution to copy into the site, which then asks no other address for
        anything. By default the notebooks load Pyodide from its public CDN.

    Returns
    -------
    Path
        The folder of the site.

    Raises
    ------
    SiteError, LiteError, PyodideError, ChapterFails, BuildError, NoMathJax
        If a part of it cannot be made.
    """
    # What is missing is said now and not in some minutes.
    import sphinx  # noqa: F401
    if pyodide_dist is not None:
        find_node()
        read_lock(pyodide_dist, PACKAGES)

    site = course.root / "build" / "site"
    build(course)
    build_book(course, site)
    build_lite(course, site / "lite", pyodide_dist=pyodide_dist)
    return site


def build_book(course: Course, site: Path) -> None:
    """Make the pages of the book in a folder, from ``build/book/``."""
    book = course.root / "build" / "book"
    wanted = {*put_pages(course, book), *put_chapters(course, book)}
    wanted.add(put(book / "_static" / "named.html", named_mistake(course)))
    remove_all_but(book, wanted)
    mathjax(course.root / "build", book / "_static" / "mathjax")
    run_sphinx(book, site)


def put_pages(course: Course, book: Path) -> Iterator[Path]:
    """Copy the book's own pages, and what they show."""
    docs = course.root / "docs"
    for path in sorted(docs.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield put(book / path.relative_to(docs), path.read_bytes())
    for page in PAGES:
        text = (course.root / page).read_text(encoding="utf-8")
        yield put(book / page, text.replace("](docs/exercises/)", "](mistakes.md)")
                                   .replace("](docs/", "]("))


def put_chapters(course: Course, book: Path) -> Iterator[Path]:
    """Write the chapters, with outputs and figures."""
    shutil.rmtree(book / FIGURES, ignore_errors=True)
    for chapter in CHAPTERS:
        notebook = source_notebook(course, chapter, for_the_book=True)
        page = book_chapter(chapter, notebook, executed(course, chapter, notebook), book)
        yield put(book / f"{chapter}.ipynb", nbformat.writes(page))
    yield from (book / FIGURES).iterdir()


def remove_all_but(book: Path, wanted: set[Path]) -> None:
    """Remove what an earlier build has left. MathJax stays."""
    for path in book.rglob("*"):
        if path.is_file() and path not in wanted and "mathjax" not in path.parts:
            path.unlink()


def run_sphinx(book: Path, site: Path) -> None:
    """Make the pages; a warning is an error, because it is a link that leads nowhere or worse.

    Raises
    ------
    SiteError
        With Sphinx's words.
    """
    shutil.rmtree(site / "_static", ignore_errors=True)  # Sphinx removes nothing
    kept = book.with_name("book-doctrees")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "--fail-on-warning", "--keep-going",
               "--quiet", "-d", str(kept), str(book), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(kept, ignore_errors=True)  # or the next run would not see the page again
        raise SiteError(f"the book cannot be made: {done.stderr.strip()}")
