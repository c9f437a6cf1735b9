"""The written answer of a submission: found, and shown to the person who grades it.

It is text from a student. It is never Markdown again: a page that renders it would run what is in
it. It is shown as it was typed, in a block that nothing in it can end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap

from autograder.cells import WRITTEN, WRITTEN_ANSWER, Cell
from autograder.kit.plain import printable

MAX_LENGTH = 20_000
"""Characters that are shown: some ten pages."""
WIDTH = 96


def written_answer(cells: Sequence[Cell], release: Mapping) -> str:
    """What a student wrote below the written question; empty if nothing was.

    Parameters
    ----------
    cells : sequence of Cell
        All cells of the submission.
    release : mapping
        The notebook that students were given.

    Returns
    -------
    str
        The text of the cell for the answer and of those that the student put below it; if the
        cell is lost, of those below the question.
    """
    given = {cell["source"].strip() for cell in release["cells"]}
    start = next((k for k, cell in enumerate(cells) if cell.label == WRITTEN_ANSWER), None)
    if start is None:
        start = next((k + 1 for k, cell in enumerate(cells) if cell.label == WRITTEN), len(cells))
    texts = []
    for k, cell in enumerate(cells[start:]):
        text = cell.source.strip()
        if cell.kind == "code" or (k and text in given):
            break
        if text not in given:
            texts.append(text)
    return "\n\n".join(texts)[:MAX_LENGTH]


def shown_as_typed(text: str) -> str:
    """The source of a Markdown cell that shows a text as it was typed, and nothing else.

    Only long lines are broken: a block of this kind does not do it by itself.
    """
    # First of all: what is taken out may have stood between two parts of a fence.
    lines = printable("\n".join(text.splitlines())).split("\n")
    broken = (wrap(line, WIDTH, replace_whitespace=False) or [""] for line in lines)
    text = "\n".join(part for line in broken for part in line)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def as_it_was_typed(source: str) -> str:
    """The text in a cell of `shown_as_typed`; what is no such cell, as it is."""
    lines = source.split("\n")
    fence = lines[0].removesuffix("text")
    if len(lines) > 1 and re.fullmatch("```+", fence) and lines[-1] == fence:
        return "\n".join(lines[1:-1])
    return source
