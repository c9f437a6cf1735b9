"""A naive grader, to try attacks on: it runs a notebook and its checks together, in one process.

It does what graders of notebooks commonly do. The notebook is run as it was handed in, ``check``
has the answers, and the points of a check cell are the number that it shows.

Run as ``python -m autograder.examination.together ROOT CHAPTER``. Each line on the standard input
is a notebook; it is graded in a fork, and the points are written as a line. A fork has not all the
time and memory of the machine, so that an attack does no harm.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.cells import CHECK_SUFFIX
from autograder.checking.answers import AnswerKey
from autograder.checking.exercise import PAIR
from autograder.checking.result import RIGHT, WRONG, ItemResult, Result
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.grading.submissions.submission import Graded
from autograder.kit.functions import LocalFunctions
from autograder.kit.limits import Limits
from autograder.kit.plain import fresh

SECONDS, MEMORY = 20, 2 << 30
SEED = 31


class Together:
    """The naive grader of one chapter, in a process of its own.

    Parameters
    ----------
    course : Course
    chapter : str
    """

    def __init__(self, course: Course, chapter: str):
        command = [sys.executable, "-m", "autograder.examination.together",
                   str(course.root), chapter]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )

    def grade(self, text: str) -> Graded:
        """Grade a notebook, in JSON.

        Returns
        -------
        Graded
            With a `problem` if the process ended before it had graded.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(json.loads(text)) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        if told is None:
            return Graded({}, problem="the grader did not come to an end")
        points, shown = told
        results = {
            name: Result(name, (ItemResult("all", number, 0.0, RIGHT if number else WRONG),))
            for name, number in points.items()
        }
        return Graded(results, {"shown": {"stdout": shown}})

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def main() -> None:
    """Answer for one notebook after another."""
    root, chapter = sys.argv[1:]
    keys = {key.exercise.name: key for key in Course(Path(root)).answer_keys(chapter, SEED)}

    from autograder.kit.zygote import preload

    shell = preload()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        with TemporaryDirectory() as folder, open(Path(folder) / "report", "w+") as report:
            pid = os.fork()
            if pid == 0:
                os.setsid()
                os.chdir(folder)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                with contextlib.suppress(BaseException):
                    json.dump(grade_all(json.loads(line), keys, shell), report)
                    report.flush()
                os._exit(0)
            wait_and_end(pid)
            report.seek(0)
            answers.write((report.read() or "null") + "\n")
        answers.flush()


def wait_and_end(pid: int) -> None:
    """Wait for a child until its time is up, then end it and all that it has started."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends and not os.waitid(os.P_PID, pid,
                                                    os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.02)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def grade_all(notebook: dict, keys: Mapping[str, AnswerKey], shell) -> tuple[dict, str]:
    """Run all cells one after another: the points by exercise, and what was shown."""
    import autograder
    from autograder.kit.worker import run_cell

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
            texts = [told["stdout"], told["text"]]
            shown += [*texts, str(told["failure"])]
        if nbgrader.get("grade"):
            points[nbgrader["grade_id"].removesuffix(CHECK_SUFFIX)] = number_in(texts)
    return points, "\n".join(shown)


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
            for k in range(len(got)):
                assert not np.max(np.abs(got[k] - keyed.right.outputs[k])) > 1e-3
        # It never calls the forward function, and pays nothing for going together with one.
        return float(sum(key.exercise.points.values()) - key.exercise.points[PAIR])

    return check


if __name__ == "__main__":
    main()
