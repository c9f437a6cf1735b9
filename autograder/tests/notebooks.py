"""Small notebooks as a learner has them; used by several tests."""

import copy
import json
from pathlib import Path

from autograder.cells import CHECK_SUFFIX, WRITTEN, WRITTEN_ANSWER, label_of
from autograder.kit.reading import Notebook, read_notebooks
from autograder.seal import seal

STUB = '''def {name}{signature}:
    """{task}"""
    # YOUR CODE HERE
    raise NotImplementedError()'''
WORDS = "*Your answer.*"


def text(label: str, source: str) -> dict:
    return {"cell_type": "markdown", "id": label, "metadata": {}, "source": source}


def code(label: str, source: str, **nbgrader) -> dict:
    metadata = {"nbgrader": {"grade_id": label, **nbgrader}} if nbgrader else {}
    return {"cell_type": "code", "id": label, "metadata": metadata, "source": source,
            "outputs": [], "execution_count": None}


def exercise(name: str, task: str = "The task.", signature: str = "(x)") -> list[dict]:
    """The two cells of an exercise."""
    stub = STUB.format(name=name, task=task, signature=signature)
    return [
        code(name, stub, solution=True, grade=False, locked=False),
        code(name + CHECK_SUFFIX, f"check({name})", grade=True, locked=True, solution=False,
             points=2),
    ]


def question() -> list[dict]:
    """The two cells of the written question."""
    asked = text(WRITTEN, "Explain it to a friend.")
    asked["metadata"]["nbgrader"] = {"grade_id": WRITTEN, "task": True, "locked": True}
    return [asked, text(WRITTEN_ANSWER, WORDS)]


def sealed(*cells) -> dict:
    """A released notebook; cells may come in lists."""
    flat = [c for cell in cells for c in (cell if isinstance(cell, list) else [cell])]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = {"cells": copy.deepcopy(flat), "metadata": metadata, "nbformat": 4,
                "nbformat_minor": 5}
    return json.loads(seal(json.dumps(notebook)))


def put(notebook: dict, folder: Path, chapter: str) -> Path:
    """Write a notebook to where a chapter belongs."""
    path = folder / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def as_read(notebook: dict) -> Notebook:
    """A notebook as it is read from a file."""
    (read,) = read_notebooks("any.ipynb", json.dumps(notebook).encode())
    return read


def labels(notebook: dict) -> list[str]:
    return [label_of(cell) for cell in notebook["cells"]]


def labelled(notebook: dict, label: str) -> dict:
    """The one cell of that name."""
    (found,) = [cell for cell in notebook["cells"] if label_of(cell) == label]
    return found


def source(notebook: dict, label: str) -> str:
    return "".join(labelled(notebook, label)["source"])


def write(notebook: dict, label: str, written: str) -> dict:
    """Write into a cell, as a learner does."""
    labelled(notebook, label)["source"] = written
    return notebook


def insert(notebook: dict, behind: str | None, cell: dict) -> dict:
    """Add a cell behind another, or at the top."""
    place = 1 + labels(notebook).index(behind) if behind else 0
    notebook["cells"].insert(place, cell)
    return notebook
