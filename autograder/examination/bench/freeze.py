"""Write the frozen chapter anew, from the chapter as it is now: see `frozen`."""

from __future__ import annotations

import json

from autograder.authoring.build import source_notebook, write_notebook
from autograder.authoring.demo import CLASS
from autograder.course import Course
from autograder.examination.bench.frozen import CHAPTER, FOLDER

LEFT_OUT = ("ivan", "lena", "kofi", "hana")
"""Whom stock nbgrader cannot grade: an endless loop, a file cut off, another file name, a copied
cell (which ends its whole batch)."""


def freeze(course: Course) -> None:
    """Write the frozen files."""
    FOLDER.mkdir(exist_ok=True)
    source = source_notebook(course, CHAPTER)
    write_notebook(source, FOLDER / "source.json")
    changed: dict[str, dict[str, str]] = {}
    for student in CLASS:
        if student.name in LEFT_OUT:
            continue
        notebook = source_notebook(course, CHAPTER)
        student.spoil(notebook)
        changed[student.name] = {
            theirs.id: theirs.source
            for theirs, given in zip(notebook.cells, source.cells, strict=True)
            if theirs.source != given.source
        }
    for name, text in {
        "solution.txt": course.solution_text(CHAPTER),
        "released.json": course.released(CHAPTER).read_text(encoding="utf-8"),
        "handed_in.json": json.dumps(changed, indent=1) + "\n",
    }.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    freeze(Course.find())
