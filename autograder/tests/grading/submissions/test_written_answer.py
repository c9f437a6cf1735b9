"""The written answer: found wherever an honest student leaves it, shown without rendering it."""

import nbformat
import pytest
from nbconvert import HTMLExporter

from autograder.cells import WRITTEN, WRITTEN_ANSWER, Cell
from autograder.grading.submissions.written_answer import shown_as_typed, written_answer

PLACEHOLDER, QUESTION, MODEL = "*Write your answer here.*", "Explain it to a friend.", "A model."
RELEASE = {"cells": [{"source": text} for text in ("Text.", QUESTION, PLACEHOLDER, MODEL)]}
BEFORE = [Cell("cell-000", "Text.", "markdown"), Cell(WRITTEN, QUESTION, "markdown")]
AFTER = [Cell("cell-004", MODEL, "markdown"), Cell("cell-005", "progress()", "code")]


def text(source: str, label: str = "") -> Cell:
    return Cell(label, source, "markdown")


@pytest.mark.parametrize("between, found", [
    ([text(PLACEHOLDER, WRITTEN_ANSWER)], ""),
    ([text("", WRITTEN_ANSWER)], ""),
    ([text("Because.", WRITTEN_ANSWER)], "Because."),
    ([text("Because.", WRITTEN_ANSWER), text("And so.", "1a2b")], "Because.\n\nAnd so."),
    ([text(PLACEHOLDER, WRITTEN_ANSWER), text("Below it.", "1a2b")], "Below it."),
    ([text("Lost its label.", "1a2b")], "Lost its label."),
    ([Cell(WRITTEN_ANSWER, "As raw text.", "raw")], "As raw text."),
    ([], ""),
], ids=["nothing", "emptied", "one cell", "two cells", "below", "lost label", "raw", "deleted"])
def test_answer_is_found(between, found):
    assert written_answer([*BEFORE, *between, *AFTER], RELEASE) == found


def test_without_the_question_there_is_no_answer():
    assert written_answer([BEFORE[0], text("A note of mine."), *AFTER], RELEASE) == ""


def test_code_below_is_no_answer():
    cells = [*BEFORE, text("Because.", WRITTEN_ANSWER), Cell("x", "print(1)"), text("Later.")]
    assert written_answer(cells, RELEASE) == "Because."


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "```\n<script>alert(1)</script>",
    "````\n```\n<script>alert(1)</script>\n```\n````", "$\\href{javascript:alert(1)}{x}$",
    "[x](javascript:alert(1))", "![x](https://example.org/seen.png)", "~~~\n<b>x</b>",
    "```\x00```\n<script>alert(1)</script>", "```\u202e```\n<img src=x onerror=alert(1)>",
    "\x0b\x1b[31m```\x1b[0m\n\n<script>alert(1)</script>", "$$\n```\n<b>alert(1)</b>\n$$",
    "</code></pre><script>alert(1)</script>", "    </pre>\n\n<script>alert(1)</script>",
])
def test_answer_is_shown_as_typed_and_never_rendered(hostile):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell(shown_as_typed(hostile))]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    body = page[page.index("<body"):]
    before, shown = body.split("<pre>", 1)
    shown, after = shown.split("</pre>", 1)
    assert "<script" not in shown and "<img" not in shown and "<a" not in shown
    assert "alert(1)" not in before + after and "example.org" not in before + after
    for word in ("alert(1)", "example.org"):
        assert (word in shown) == (word in hostile)


def test_long_lines_are_broken_and_paragraphs_stay():
    shown = shown_as_typed("word " * 50 + "\n\nAnd so.").splitlines()
    assert max(map(len, shown)) <= 96
    assert shown[-4:] == [shown[-4], "", "And so.", "```"]
    assert " ".join(shown[1:-3]).split() == ["word"] * 50
