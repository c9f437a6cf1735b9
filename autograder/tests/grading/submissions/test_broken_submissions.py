"""Submissions as they really come in: put right where possible, a row with a reason where not."""

import json
import os

import nbformat
import pytest

from autograder.authoring.demo import labelled, unfinished
from autograder.checking.exercise import PAIR
from autograder.exercises import exercises_of
from autograder.grading.batch import grade_batch
from autograder.grading.submissions.finding import MAX_FILE_BYTES
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.demo_scores import EXPECTED

HALF = EXPECTED["fatou"]
"""Points of a notebook in which only the derivation is done."""

ROWS = exercises_of(CHAPTER)
FORWARD_AND_PAIR = ROWS["affine_forward"].max_points + ROWS["affine_backward"].points[PAIR]
"""What is lost where affine_forward cannot be read."""


def as_file(notebook) -> bytes:
    return nbformat.writes(notebook).encode()


def duplicate_cells(notebook):
    for label in ("affine_backward", "affine_dx_entry"):
        cell = labelled(notebook, label)
        twin = json.loads(json.dumps(cell))
        notebook.cells.insert(notebook.cells.index(cell), nbformat.from_dict(twin))
    return as_file(notebook)


def a_wrong_copy_above_the_answer(notebook):
    cell = labelled(notebook, "affine_backward")
    twin = nbformat.from_dict(json.loads(json.dumps(cell)))
    twin.source = twin.source.replace("dout @ w.T", "dout @ w")
    notebook.cells.insert(notebook.cells.index(cell), twin)
    return as_file(notebook)


def the_stub_left_below_the_answer(notebook):
    """The answer in a new cell, the given one untouched after it."""
    cell = labelled(notebook, "affine_db_entry")
    notebook.cells.insert(notebook.cells.index(cell), nbformat.v4.new_code_cell(cell.source))
    stub = "    # YOUR CODE HERE\n    raise NotImplementedError()"
    cell.source = cell.source.split("    ### BEGIN")[0] + stub
    return as_file(notebook)


def deleted_checks(notebook):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    return as_file(notebook)


def edited_checks(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "# I changed this\n1 / 0"
    return as_file(notebook)


def stripped_metadata(notebook):
    for number, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.NotebookNode()
        cell.id = f"x{number}"
    return as_file(notebook)


def old_format(notebook):
    old = nbformat.convert(notebook, 3)
    return nbformat.v3.writes_json(old).encode()


def byte_order_mark(notebook):
    return b"\xef\xbb\xbf" + as_file(notebook)


def utf16(notebook):
    return nbformat.writes(notebook).encode("utf-16")


def windows_lines(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return as_file(notebook).replace(b"\n", b"\r\n")


def merged_cells(notebook):
    """All answers in one cell, as after Edit > Merge."""
    answers = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    answers[0].source = "\n\n".join(cell.source for cell in answers)
    notebook.cells = [c for c in notebook.cells if c not in answers[1:]]
    return as_file(notebook)


def split_cells(notebook):
    """A helper, an import and a constant in cells of their own."""
    cell = labelled(notebook, "affine_backward")
    cell.source = (cell.source.replace("x.reshape(x.shape[0], -1).T @ dout", "product(x)(dout)")
                   .replace("dout.sum(axis=0)", "numpy.sum(dout, axis=BATCH)"))
    index = notebook.cells.index(cell)
    for source in ("import numpy", "BATCH = 0", "def flat(x):\n    return x.reshape(len(x), -1)",
                   "def product(x):\n    return lambda dout: flat(x).T @ dout"):
        notebook.cells.insert(index, nbformat.v4.new_code_cell(source))
    return as_file(notebook)


def colab(notebook):
    """Google Colab: its own metadata, no cell ids, format 4.0, sources as lists of lines."""
    data = json.loads(nbformat.writes(notebook))
    data["nbformat_minor"] = 0
    data["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    for cell in data["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"id": "aBcD", "colab": {"base_uri": "https://localhost"}}
        text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        cell["source"] = text.splitlines(keepends=True)
    return json.dumps(data).encode()


def split_in_colab(notebook):
    split_cells(notebook)
    return colab(notebook)


def the_stub_left_below_in_colab(notebook):
    the_stub_left_below_the_answer(notebook)
    return colab(notebook)


def visual_studio_code(notebook):
    """VS Code: keeps metadata, adds its own, renumbers the ids."""
    data = json.loads(nbformat.writes(notebook))
    for number, cell in enumerate(data["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}
    data["metadata"]["language_info"] = {
        "name": "python", "version": "3.12.1", "mimetype": "text/x-python",
    }
    return json.dumps(data, separators=(",", ":")).encode()


def outputs_with_errors(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["t"])]
    return as_file(notebook)


def a_magic_and_a_syntax_error_elsewhere(notebook):
    notebook.cells.insert(1, nbformat.v4.new_code_cell("%matplotlib inline\n!ls\nimport os"))
    notebook.cells.insert(2, nbformat.v4.new_code_cell("def unfinished(:\n    pass"))
    labelled(notebook, "affine_backward").source = (
        "%timeit -n 1 -r 1 1 + 1\n" + labelled(notebook, "affine_backward").source
    )
    return as_file(notebook)


def only_half(notebook):
    unfinished(notebook)
    return as_file(notebook)


def one_syntax_error(notebook):
    cell = labelled(notebook, "affine_forward")
    cell.source += "\n    return (("
    return as_file(notebook)


KIND = {
    "duplicate cells": duplicate_cells,
    "a wrong copy above": a_wrong_copy_above_the_answer,
    "the stub left below": the_stub_left_below_the_answer,
    "deleted checks": deleted_checks,
    "edited checks": edited_checks,
    "stripped metadata": stripped_metadata,
    "old format": old_format,
    "byte order mark": byte_order_mark,
    "UTF-16": utf16,
    "windows lines": windows_lines,
    "merged cells": merged_cells,
    "split cells": split_cells,
    "Colab": colab,
    "split cells in Colab": split_in_colab,
    "the stub left below in Colab": the_stub_left_below_in_colab,
    "VS Code": visual_studio_code,
    "outputs with errors": outputs_with_errors,
    "magic and syntax error elsewhere": a_magic_and_a_syntax_error_elsewhere,
}

BROKEN = {
    "truncated JSON": (lambda nb: as_file(nb)[:5000], "not complete JSON"),
    "a PDF": (lambda nb: b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "a zip archive": (lambda nb: b"PK\x03\x04....", "zip"),
    "an empty file": (lambda nb: b"", "empty"),
    "JSON but no notebook": (lambda nb: b'{"name": "x"}', "no cells"),
    "cells that are no list": (lambda nb: b'{"cells": 3}', "not a list"),
    "nested too deeply": (lambda nb: b"[" * 200_000, "nested too deeply"),
    "a list": (lambda nb: b"[1, 2]", "not a notebook"),
}


def hand_in(classroom, student, data: bytes, name=f"{CHAPTER}.ipynb"):
    folder = classroom.submitted(CHAPTER, student)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def source(classroom):
    def read():
        return nbformat.read(classroom.course.source(CHAPTER), as_version=4)

    return read


def rows_of(classroom, level, **options):
    rows = list(grade_batch(classroom, CHAPTER, level=level, **options))
    return {row.student: row for row in rows}


def test_every_kind_of_broken_submission_ends_as_the_row_it_deserves(classroom, source, level):
    for name, spoil in KIND.items():
        hand_in(classroom, name, spoil(source()))
    for name, (make, _) in BROKEN.items():
        hand_in(classroom, name, make(source()))
    right = as_file(source())
    hand_in(classroom, "half", only_half(source()))
    hand_in(classroom, "one syntax error", one_syntax_error(source()))
    hand_in(classroom, "renamed", right, f"{CHAPTER} (1).ipynb")
    hand_in(classroom, "any single notebook", right, "homework final FINAL.ipynb")
    hand_in(classroom, "a copy beside it", right, f"{CHAPTER}.ipynb")
    (classroom.submitted(CHAPTER, "a copy beside it") / "Untitled.ipynb").write_text("{}")
    several = hand_in(classroom, "several", right, "one.ipynb")
    (several / "two.ipynb").write_bytes(right)
    huge = hand_in(classroom, "200 MB of output", b"")
    os.truncate(huge / f"{CHAPTER}.ipynb", 200_000_000)
    hand_in(classroom, "missing", b"dear grader", "notes.txt")
    link = hand_in(classroom, "a link", b"", "other.txt")
    (link / f"{CHAPTER}.ipynb").symlink_to(classroom.course.source(CHAPTER))
    hand_in(classroom, "a name that climbs", right, "..%2F..%2Fx.ipynb")

    rows = rows_of(classroom, level)

    for name in KIND:
        assert (rows[name].now, rows[name].problem) == (FULL, ""), rows[name]
    for name, (_, reason) in BROKEN.items():
        assert rows[name].now == 0
        assert reason in rows[name].problem
    assert rows["half"].now == HALF
    assert rows["one syntax error"].now == FULL - FORWARD_AND_PAIR
    for name in (
        "renamed", "any single notebook", "a copy beside it", "a name that climbs", "several",
    ):
        assert rows[name].now == FULL
    assert any("(1).ipynb" in note for note in rows["renamed"].notes)
    for name, reason in {
        "200 MB of output": "200 MB", "missing": "no notebook was handed in; found: notes.txt",
        "a link": "link",
    }.items():
        assert rows[name].now == 0
        assert reason in rows[name].problem
    assert MAX_FILE_BYTES < 200_000_000
    # Whatever came in, the instructor finds a notebook and a record.
    for name in rows:
        nbformat.read(classroom.autograded(CHAPTER, name) / f"{CHAPTER}.ipynb", as_version=4)
        record = json.loads(classroom.record(CHAPTER, name).read_text())
        assert record["level"] == level


def test_what_keeps_a_finished_answer_from_running_is_told(classroom, source, level):
    notebook = source()
    labelled(notebook, "affine_forward").source += "\n    return (("
    labelled(notebook, "affine_backward").source += "\n    raise NotImplementedError()"
    left = labelled(notebook, "affine_db_entry")
    left.source = left.source.replace("    return ", "    raise NotImplementedError()\n    return ")
    hand_in(classroom, "nearly", as_file(notebook))
    rows_of(classroom, level)
    record = json.loads(classroom.record(CHAPTER, "nearly").read_text())
    said = {found["exercise"]: found["items"][0]["message"] for found in record["results"]}
    assert said["affine_forward"].startswith(
        "The cell of affine_forward is not Python as it stands: SyntaxError: ")
    assert "of the cell) in the line: return ((" in said["affine_forward"]
    assert said["affine_db_entry"].endswith("is still there, below your code: delete that line.")


def test_what_was_put_right_is_noted(classroom, source, level):
    for name in ("duplicate cells", "stripped metadata", "old format", "UTF-16", "merged cells"):
        hand_in(classroom, name, KIND[name](source()))
    rows = rows_of(classroom, level)
    for name, remark in {
        "duplicate cells": "copied", "stripped metadata": "lost its label",
        "old format": "old format", "UTF-16": "UTF-16", "merged cells": "found by the name",
    }.items():
        assert any(remark in note for note in rows[name].notes), rows[name].notes


def test_warnings_and_prints_cost_nothing(classroom, source, level):
    notebook = source()
    cell = labelled(notebook, "affine_backward")
    cell.source = (
        "import sys, warnings\nprint('hello', file=sys.stderr)\n"
        "warnings.warn('careful', RuntimeWarning)\n"
        + cell.source.replace("    x, w, b = cache\n", "    x, w, b = cache\n"
                              "    np.array([1.0]) / np.zeros(1)\n"
                              "    print('shape', x.shape, file=sys.stderr)\n"
                              "    warnings.warn('once more', RuntimeWarning)\n")
    )
    hand_in(classroom, "noisy", as_file(notebook))
    assert rows_of(classroom, level)["noisy"].now == FULL


def test_what_student_cells_showed_is_kept_for_the_instructor(classroom, source, level):
    notebook = source()
    cell = labelled(notebook, "affine_backward")
    cell.source += (
        "\n\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\n"
        "print('my debugging output')\nprint('x' * 10**6)\n"
    )
    hand_in(classroom, "ada", as_file(notebook))
    rows_of(classroom, level)
    graded = nbformat.read(classroom.autograded(CHAPTER, "ada") / f"{CHAPTER}.ipynb", as_version=4)
    outputs = labelled(graded, "affine_backward").outputs
    text = "".join(o.text for o in outputs if o.output_type == "stream")
    assert "my debugging output" in text
    assert len(text) <= 10_000
    assert any("image/png" in o.get("data", {}) for o in outputs)
