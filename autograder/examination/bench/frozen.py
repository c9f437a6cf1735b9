"""The chapter that grading is timed with, as it once was, kept so that figures stay comparable.

Frozen, in ``frozen_03_affine/``, are the texts of the chapter: ``solution.txt`` (the percent file
with the reference solutions), ``source.json`` (the instructor's notebook, which registers the
chapter in a gradebook) and ``released.json`` (what students got); and what eight students hand in:
``handed_in.json`` holds the cells in which each differs from the instructor's notebook. Their
pictures and MNIST cells run as in the chapter.

Not frozen are the exercise table, the known mistakes and the grader: they are what is measured.
When the table gets other exercises or points, freeze anew and expect other figures:
``python -m autograder.examination.bench.freeze``.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat

CHAPTER = "03_affine"
FOLDER = Path(__file__).with_name("frozen_03_affine")


def frozen_text(name: str) -> str:
    """The text of one of the frozen files."""
    return (FOLDER / name).read_text(encoding="utf-8")


def handed_in() -> dict[str, str]:
    """The notebook that each frozen student hands in, by name."""
    notebooks = {}
    for student, cells in json.loads(frozen_text("handed_in.json")).items():
        notebook = nbformat.reads(frozen_text("source.json"), as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        notebooks[student] = nbformat.writes(notebook)
    return notebooks
