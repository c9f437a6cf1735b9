"""The notebook that an instructor and a student see: answers, what they showed, and results.

It is made of the notebook that students were given. Of theirs it takes sources and plain data only.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from autograder.cells import CHECK_SUFFIX, WRITTEN_ANSWER
from autograder.checking.result import Result
from autograder.grading.submission import Graded
from autograder.grading.written_answer import shown_as_typed
from autograder.kit.plain import printable


def filled_notebook(release: Mapping, graded: Graded) -> dict:
    """The release notebook with the student's answers, what they showed, and the results.

    Outputs are rebuilt from plain text and PNG bytes: no HTML or script of a student's
    is in it. They are plain data, in the form that nbformat gives them.
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
            cell["source"] = graded.answers[label]
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
    lines = [f"This submission could not be graded: {graded.problem}."] if graded.problem else []
    lines += graded.notes
    text = "\n".join(f"    {printable(line)}" for line in lines)
    return {
        "id": "remarks",
        "cell_type": "markdown",
        "source": f"**Remarks of the grader**\n\n{text}",
        "metadata": {},
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
        name, message, told = map(printable, shown["failure"])
        outputs.append(
            {"output_type": "error", "ename": name, "evalue": message, "traceback": [told]}
        )
    return outputs
