"""The notebook that an instructor and a student see: answers, what they showed, and results.

It is made of the notebook that students were given. Of theirs it takes sources and plain data only.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from autograder.cells import CHECK_SUFFIX, WRITTEN_ANSWER
from autograder.checking.result import Result
from autograder.grading.submissions.submission import Graded
from autograder.grading.submissions.written_answer import shown_as_typed
from autograder.kit.plain import one_line, printable

REMARKS = "remarks"
"""The id of the cell with the grader's remarks."""


def filled_notebook(release: Mapping, graded: Graded) -> dict:
    """The release notebook with the student's answers, what they showed, and the results.

    Outputs are rebuilt from plain text and PNG bytes: no HTML or script of a student's
    is in it. They are plain data, in the form that nbformat gives them. What a student typed is
    in code cells, in plain text, and escaped in the tables of results; nowhere in Markdown but as
    `shown_as_typed`.
    """
    # Whatever is changed below is changed in the cells' own dicts, one level deep.
    notebook = {**release, "cells": [dict(cell) for cell in release["cells"]]}
    for cell in notebook["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if cell.get("id") == WRITTEN_ANSWER and graded.written:
            cell["source"] = shown_as_typed(graded.written)
        if cell["cell_type"] != "code":
            continue
        cell["outputs"], cell["execution_count"] = [], None
        if label in graded.answers:
            cell["source"] = printable(graded.answers[label])
            cell["outputs"] = _safe_outputs(graded.outputs.get(label))
        elif label.endswith(CHECK_SUFFIX) and label.removesuffix(CHECK_SUFFIX) in graded.results:
            cell["outputs"] = [_result_output(graded.results[label.removesuffix(CHECK_SUFFIX)])]
    if graded.problem or graded.notes:
        notebook["cells"].insert(0, _remarks(graded))
    return notebook


def _result_output(result: Result) -> dict:
    return {
        "output_type": "execute_result",
        "metadata": {},
        "data": {"text/plain": repr(result), "text/html": result._repr_html_()},
        "execution_count": None,
    }


def _remarks(graded: Graded) -> dict:
    """A cell with what the grader has to say. Its words are an output of plain text.

    They quote names and other text of the student's. As Markdown they would be a page's HTML.
    """
    lines = [f"This submission could not be graded: {graded.problem}."] if graded.problem else []
    text = "\n".join(map(one_line, lines + graded.notes))
    return {
        "id": REMARKS,
        "cell_type": "code",
        "source": "# Remarks of the grader",
        "metadata": {},
        "execution_count": None,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": text}],
    }


def _safe_outputs(shown: dict | None) -> list[dict]:
    if not shown:
        return []
    outputs: list[dict] = []
    for name in ("stdout", "stderr"):
        if shown[name]:
            outputs.append({"output_type": "stream", "name": name, "text": printable(shown[name])})
    for figure in shown["figures"]:
        data = {"image/png": base64.b64encode(figure).decode()}
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
    if shown["failure"]:
        name, message, told = (one_line(part, 1000) for part in shown["failure"])
        outputs.append(
            {"output_type": "error", "ename": name, "evalue": message, "traceback": [told]}
        )
    return outputs
