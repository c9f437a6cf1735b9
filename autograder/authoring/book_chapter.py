"""A chapter as the book shows it: text, code and what came out; exercises with steps to unfold.

The reader meets an exercise as a student does, as a name and a docstring. Below it stand steps,
each closed: a question, the index form, the derivation where one is written, the code. So nobody
reads an answer by accident, and nobody is stuck for good.
"""

from __future__ import annotations

import ast
import base64
import io
import re
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from autograder.authoring.catalogue_page import as_prose
from autograder.brought import call_of
from autograder.cells import (
    BEGIN,
    BROUGHT,
    CHECK_SUFFIX,
    END,
    WRITTEN,
    WRITTEN_ANSWER,
    defined_in,
    label_of,
)
from autograder.checking.exercise import Exercise
from autograder.checking.result import number
from autograder.exercises import exercises_of
from autograder.files import write_whole

FIGURES = Path("_static", "figures")
YOUR_CODE = "# YOUR CODE HERE"
SOLUTION = re.compile(rf"^([ ]*){BEGIN}\n.*?{END}$", re.DOTALL | re.MULTILINE)
MARK_SCHEME = re.compile(r"\n*### BEGIN MARK SCHEME.*?### END MARK SCHEME", re.DOTALL)
OTHER_CHAPTER = re.compile(r"\]\(\.\./(\w+)/\1\.ipynb\)")
PICTURE_INSIDE = re.compile(r"data:image/(gif|png|webp);base64,([A-Za-z0-9+/=]+)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
SITTING = re.compile(r"^# (?=\S)", re.MULTILINE)


def book_chapter(
    chapter: str, instructors: nbformat.NotebookNode, run: nbformat.NotebookNode, folder: Path
) -> nbformat.NotebookNode:
    """The notebook that a page of the book is made from.

    Parameters
    ----------
    chapter : str
    instructors : NotebookNode
        The instructor's notebook, with the text that only the book shows.
    run : NotebookNode
        Its code with outputs; see `autograder.authoring.executed`.
    folder : Path
        The sources of the book. Figures are written into it.
    """
    outputs = iter(run.cells)
    cells = [*_cells(chapter, instructors.cells, outputs)]
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place:03d}"
        for output in cell.get("outputs", ()):
            _shown(output, folder, FIGURES / f"{chapter}-{place}")
    book = new_notebook(cells=cells, metadata=instructors.metadata)
    book.nbformat_minor = 5
    return book


def _cells(chapter: str, cells: list, run: Iterator) -> Iterator[nbformat.NotebookNode]:
    """The cells of a page, in order."""
    rows, worked = exercises_of(chapter), _worked(cells)
    answers: dict[str, str] = {}
    for cell in cells:
        label = label_of(cell) or ""
        if is_run(cell):
            outputs = next(run).outputs
        if label in rows:
            answers[label] = cell.source
        elif label.endswith(CHECK_SUFFIX):
            name = label.removesuffix(CHECK_SUFFIX)
            yield new_markdown_cell(
                exercise_text(chapter, rows[name], answers[name], worked.get(name)))
        elif cell.cell_type == "code" and is_run(cell):
            source = call_of(chapter) if label == BROUGHT else cell.source
            yield new_code_cell(source, metadata=cell.metadata, outputs=outputs)
        elif cell.cell_type == "markdown" and is_shown(cell):
            source = MARK_SCHEME.sub("", cell.source) if label == WRITTEN else cell.source
            source = OTHER_CHAPTER.sub(r"](\1.ipynb)", source)
            yield new_markdown_cell(with_button(source, chapter) if cell is cells[0]
                                    else SITTING.sub("## ", source))  # a page has one title


def is_run(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell is code whose output the book needs: all but checks and `progress`."""
    label = label_of(cell) or ""
    return (cell.cell_type == "code" and not label.endswith(CHECK_SUFFIX)
            and not cell.source.startswith("progress("))


def is_shown(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell of text stands on the page by itself."""
    return cell.get("id") != WRITTEN_ANSWER and cell.metadata.get("book") != "worked"


def _worked(cells: list) -> dict[str, str]:
    """Derivations by exercise: that whose check stands last above it."""
    found: dict[str, str] = {}
    name = None
    for cell in cells:
        label = label_of(cell) or ""
        if label.endswith(CHECK_SUFFIX):
            name = label.removesuffix(CHECK_SUFFIX)
        elif cell.metadata.get("book") == "worked" and name:
            found[name] = cell.source
    return found


# An exercise


def exercise_text(chapter: str, row: Exercise, answer: str, worked: str | None) -> str:
    """An exercise in Markdown: the stub, what it is worth, and the steps to unfold."""
    second = "How to work it out" if is_question(row, answer) else "In indices"
    steps = [*zip(("A question", second), map(as_prose, row.hints))]
    if worked:
        # A heading in a step would be one of the page.
        steps.append(("The derivation", HEADING.sub(r"**\1**", worked)))
    steps.append(("The code", _python(code_of(row.name, answer))))
    return "\n\n".join([
        f'<div class="exercise" id="{row.name}">\n<p class="exercise-name">Exercise '
        f"<code>{row.name}</code></p>",
        _python(stub_of(answer)),
        f'<p class="worth">{escape(worth_of(row))}</p>\n{button(chapter)}',
        *(f'<details class="step"><summary>{title}</summary>\n\n{text}\n\n</details>'
          for title, text in steps),
        "</div>",
    ])


def worth_of(row: Exercise) -> str:
    """What the check of an exercise is worth, and for what."""
    total = f"{number(row.max_points)} point{'' if row.max_points == 1 else 's'}"
    if len(row.points) == 1:
        return f"The check gives {total}."
    items = "; ".join(f"{item} {number(points)}" for item, points in row.points.items())
    return f"The check gives {total}: {items}."


def is_question(row: Exercise, answer: str) -> bool:
    """Whether an exercise asks for an answer, not for a program: a function without arguments."""
    return row.signature == "()" and isinstance(defined_in(answer).get(row.name), ast.FunctionDef)


def stub_of(answer: str) -> str:
    """An exercise as students get it."""
    return SOLUTION.sub(rf"\1{YOUR_CODE}", answer)


def code_of(name: str, answer: str) -> str:
    """The answer without the docstring that stands above it already."""
    lines = answer.splitlines()
    definition = defined_in(answer)[name]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    if ast.get_docstring(definition) is not None:
        first = definition.body[0]
        del lines[first.lineno - 1:first.end_lineno]
    return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


def _python(source: str) -> str:
    return f"```python\n{textwrap.dedent(source).strip()}\n```"


# Where the page meets the notebook


def button(chapter: str) -> str:
    """The link that opens a chapter running, as HTML."""
    return (f'<p class="run"><a href="{address_in_lite(chapter)}">Open chapter {chapter[:2]} in '
            "the browser</a></p>")


def address_in_lite(chapter: str) -> str:
    """Where a chapter runs, from a page of the book."""
    return f"lite/lab/index.html?path={chapter}.ipynb"


def with_button(text: str, chapter: str) -> str:
    """The first cell of a chapter with the button below its title."""
    title, _, rest = text.partition("\n")
    return f"{title}\n\n{button(chapter)}\n{rest}"


def _shown(output: nbformat.NotebookNode, folder: Path, file: Path) -> None:
    """Put the pictures of an output into files, and links into their place."""
    data = output.get("data", {})
    if "image/png" in data:
        data = _figure(output, base64.b64decode(data["image/png"]), folder,
                       file.with_name(f"{file.name}.webp"))
    elif found := PICTURE_INSIDE.search(data.get("text/html", "")):
        film = file.with_name(f"{file.name}.{found[1]}")
        put(folder / film, base64.b64decode(found[2]))
        data = {"text/html": PICTURE_INSIDE.sub(film.as_posix(), data["text/html"])}
    if data:
        output.data = nbformat.from_dict(data)


def _figure(output: nbformat.NotebookNode, picture: bytes, folder: Path, file: Path
            ) -> dict[str, str]:
    """Write a figure; the HTML that shows it.

    WebP holds the same pixels in half the bytes. The notebook's own HTML has them in its text.
    """
    said = output.metadata["image/png"]
    image = Image.open(io.BytesIO(picture))
    height = round(image.height * said["width"] / image.width)
    packed = io.BytesIO()
    image.save(packed, "webp", lossless=True, quality=100, method=6)
    put(folder / file, packed.getvalue())
    return {"text/html": (
        f'<img class="figure" src="{file.as_posix()}" width="{said["width"]}" height="{height}" '
        f'alt="{escape(said["alt"])}" loading="lazy">')}


def put(path: Path, content: str | bytes) -> Path:
    """Write a file, unless that is what it holds: Sphinx makes a page again if its file is new."""
    content = content.encode() if isinstance(content, str) else content
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)
    return path
