"""A naive grader, to try attacks on: it runs a notebook and its checks together, in this process.

It does what graders of notebooks commonly do. The notebook is run as it was handed in, ``check``
has the answers, and the points of a check cell are the number that it shows. Nothing is limited:
it is used by tests only, in a process of its own.

Run as ``python -m autograder.examination.together``, with the notebook on the standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.cells import CHECK_SUFFIX
from autograder.checking.answers import AnswerKey
from autograder.checking.result import RIGHT, WRONG, ItemResult, Result
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.grading.submission import Graded
from autograder.kit.functions import LocalFunctions
from autograder.kit.limits import Limits
from autograder.kit.plain import fresh

SECONDS = 60
SEED = 31


def grade_together(course: Course, chapter: str, text: str) -> Graded:
    """Grade a notebook with the naive grader.

    Returns
    -------
    Graded
        With a `problem` if the grader's process ended before it had graded.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "autograder.examination.together",
                   str(course.root), chapter, str(report)]
        try:
            subprocess.run(
                command, input=text, text=True, cwd=folder, timeout=SECONDS, check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            points, shown = json.loads(report.read_text(encoding="utf-8"))
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return Graded({}, problem="the grader did not come to an end")
    results = {
        name: Result(name, (ItemResult("all", number, 0.0, RIGHT if number else WRONG),))
        for name, number in points.items()
    }
    return Graded(results, {"shown": {"stdout": shown}})


def main() -> None:
    """Run all cells one after another, and write the points and what was shown."""
    root, chapter, report = sys.argv[1:]
    course = Course(Path(root))
    keys = {key.exercise.name: key for key in course.answer_keys(chapter, SEED)}
    notebook = json.load(sys.stdin)

    import autograder
    from autograder.kit.worker import run_cell
    from autograder.kit.zygote import make_shell

    os.environ["MPLBACKEND"] = "agg"
    shell = make_shell()
    setattr(autograder, "check", checker(keys, shell.user_ns))  # noqa: B010
    points: dict[str, float] = {}
    shown: list[str] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        nbgrader = cell["metadata"].get("nbgrader", {})
        if "skip-execution" in cell["metadata"].get("tags", []):
            texts = [output["data"]["text/plain"] for output in cell["outputs"]]
        else:
            told = run_cell(shell, "".join(cell["source"]), Limits())
            texts = [told["text"]]
            shown += [told["stdout"], told["text"], str(told["failure"])]
        if nbgrader.get("grade"):
            points[nbgrader["grade_id"].removesuffix(CHECK_SUFFIX)] = number_in(texts)
    with open(report, "w", encoding="utf-8") as file:
        json.dump([points, "\n".join(shown)], file)


def number_in(texts: list[str]) -> float:
    """The last number that a cell has shown; none is 0."""
    for line in reversed("\n".join(texts).splitlines()):
        try:
            return float(line)
        except ValueError:
            continue
    return 0.0


def checker(keys: Mapping[str, AnswerKey], names: dict):
    """A ``check`` as it is written without much thought."""
    import numpy as np

    def check(function):
        key = keys[function.__name__]
        if key.exercise.name != "affine_backward":
            return run_check(key, LocalFunctions(names)).points
        for keyed in key.cases:
            if keyed.case.play or keyed.case.item:
                continue
            got = function(fresh(keyed.case.inputs["dout"]), fresh(keyed.cache))
            assert len(got) == len(keyed.right.outputs)
            for k in range(len(got)):
                assert not np.max(np.abs(got[k] - keyed.right.outputs[k])) > 1e-3
        return float(sum(key.exercise.points.values()))

    return check


if __name__ == "__main__":
    main()
