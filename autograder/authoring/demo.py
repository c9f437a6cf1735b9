"""A sample class: twelve students whose notebooks are right, wrong, unfinished and broken.

Everything a class goes through is run for real: release, collection, grading, feedback. The class
is made anew at each run, in ``build/demo/``.
"""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime

import nbformat
from nbgrader.apps import NbGraderAPI
from rich.console import Console
from traitlets.config import Config

from autograder.authoring.build import build
from autograder.authoring.headers import BEGIN
from autograder.cells import WRITTEN_ANSWER
from autograder.course import Course
from autograder.errors import CourseError
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import Classroom, configure
from autograder.grading.jail.isolation import best_level
from autograder.grading.reporting.feedback import write_feedback
from autograder.grading.score_table import print_scores
from autograder.kit.jail import RLIMITS

CHAPTER = "03_affine"


@dataclass(frozen=True)
class SampleStudent:
    """A student of the sample class: a name, a story, and what the story does to a notebook."""

    name: str
    story: str
    spoil: Callable[[nbformat.NotebookNode], object]
    file_name: str = f"{CHAPTER}.ipynb"


def answer(notebook, exercise: str, old: str, new: str) -> None:
    """Replace a piece of one answer."""
    cell = labelled(notebook, exercise)
    if old not in cell.source:
        raise ValueError(f"{exercise} has no {old!r}: the sample class needs an update")
    cell.source = cell.source.replace(old, new)


def labelled(notebook, label: str):
    """The cell with an nbgrader label."""
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == label
    )


def all_right(notebook) -> None:
    """Leave every answer as it is."""


def explained(notebook) -> None:
    """The written question is answered, too."""
    cell = next(c for c in notebook.cells if c.get("id") == WRITTEN_ANSWER)
    cell.source = (
        "A weight is used once in every sample, so it reaches the loss along N paths, and they\n"
        "add up. Along one path it is x[n, d] times dout[n, m]. The sum runs over n, which\n"
        "x has first and a product wants last: so x is transposed."
    )


def transposed(notebook) -> None:
    """dw is dout.T @ x."""
    answer(notebook, "affine_backward", "x.reshape(x.shape[0], -1).T @ dout",
           "dout.T @ x.reshape(x.shape[0], -1)")


def batch_axis(notebook) -> None:
    """db keeps an axis, and the mean is taken where the sum belongs."""
    answer(notebook, "affine_backward", "dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)")
    answer(notebook, "affine_db_entry", "return total", "return total / dout.shape[0]")


def in_place(notebook) -> None:
    """dout is changed in place."""
    answer(notebook, "affine_backward", "    db = dout.sum(axis=0)\n",
           "    db = dout.sum(axis=0)\n    dout *= 0.5\n")


def no_images(notebook) -> None:
    """Nothing is flattened."""
    answer(notebook, "affine_forward", "x.reshape(x.shape[0], -1) @ w", "x @ w")
    answer(notebook, "affine_backward", "x.reshape(x.shape[0], -1).T", "x.T")


def unfinished(notebook) -> None:
    """Only the derivation is done."""
    for exercise in (
        "affine_forward", "affine_backward", "exposing_shape", "affine_backward_mended",
        "quadratic_affine_forward", "quadratic_affine_backward", "recap_affine",
    ):
        cell = labelled(notebook, exercise)
        head = cell.source.split(f"    {BEGIN}")[0]
        cell.source = head + "    # YOUR CODE HERE\n    raise NotImplementedError()"


def noisy(notebook) -> None:
    """Prints, warns and writes to stderr; the answers are right."""
    labelled(notebook, "affine_backward").source = (
        "import sys\nimport warnings\n\n" + labelled(notebook, "affine_backward").source.replace(
            "    x, w, b = cache\n",
            "    x, w, b = cache\n    print('shapes', x.shape, w.shape)\n"
            "    print('debugging', file=sys.stderr)\n"
            "    warnings.warn('overflow', RuntimeWarning)\n",
        )
    )


def copied_and_split(notebook) -> None:
    """A cell copied, a helper in a cell of its own, a check cell deleted."""
    index = notebook.cells.index(labelled(notebook, "affine_backward"))
    cell = notebook.cells[index]
    answer(notebook, "affine_backward", "x.reshape(x.shape[0], -1).T", "flat(x).T")
    twin = json.loads(json.dumps(cell))
    twin["source"] = twin["source"].replace("flat(x).T @ dout", "dout.T @ flat(x)")
    notebook.cells.insert(index, nbformat.from_dict(twin))
    helper = nbformat.v4.new_code_cell("def flat(x):\n    return x.reshape(x.shape[0], -1)")
    notebook.cells.insert(index, helper)
    notebook.cells.remove(labelled(notebook, "affine_forward-check"))


def endless(notebook) -> None:
    """One loop never ends."""
    answer(notebook, "affine_dw_entry", "    total = 0.0\n",
           "    total = 0.0\n    while True:\n        pass\n")


def finite_differences(notebook) -> None:
    """The gradient is computed numerically."""
    cell = labelled(notebook, "affine_backward")
    head = cell.source.split("    x, w, b = cache")[0]
    cell.source = head + '''    x, w, b = (a.copy() for a in cache)
    gradients = []
    for array in (x, w, b):
        gradient = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            value = array[index]
            array[index] = value + 1e-5
            above = np.sum(affine_forward(x, w, b)[0] * dout)
            array[index] = value - 1e-5
            below = np.sum(affine_forward(x, w, b)[0] * dout)
            array[index] = value
            gradient[index] = (above - below) / 2e-5
        gradients.append(gradient)
    return tuple(gradients)
'''


def truncated(notebook) -> str:
    """The file is cut off in the middle."""
    text = nbformat.writes(notebook)
    return text[: len(text) // 2]


CLASS = [
    SampleStudent("ada", "everything right, the question answered in words", explained),
    SampleStudent("bruno", "dw transposed", transposed),
    SampleStudent("chen", "db keeps an axis; a mean for a sum", batch_axis),
    SampleStudent("dina", "dout changed in place", in_place),
    SampleStudent("emil", "images are not flattened", no_images),
    SampleStudent("fatou", "stopped half way", unfinished),
    SampleStudent("george", "right, with warnings and prints", noisy),
    SampleStudent("hana", "copied cell, split cell, deleted check", copied_and_split),
    SampleStudent("ivan", "an endless loop", endless),
    SampleStudent("judith", "a numerical gradient handed in", finite_differences),
    SampleStudent("kofi", "right, in a renamed file", all_right, f"{CHAPTER} (1).ipynb"),
    SampleStudent("lena", "a file cut off in the middle", truncated),
]


def hand_in(classroom: Classroom, student: SampleStudent, when: datetime) -> None:
    """Put a student's notebook where nbgrader's collect would."""
    notebook = nbformat.read(classroom.course.source(CHAPTER), as_version=4)
    broken = student.spoil(notebook)
    text = broken if isinstance(broken, str) else nbformat.writes(notebook)
    folder = classroom.submitted(CHAPTER, student.name)
    folder.mkdir(parents=True)
    (folder / student.file_name).write_text(text, encoding="utf-8")
    stamp = when.strftime("%Y-%m-%d %H:%M:%S UTC")
    (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")


def make_sample_class(classroom: Classroom) -> None:
    """Hand in the notebooks of all twelve."""
    when = datetime.now(UTC)
    for student in CLASS:
        hand_in(classroom, student, when)


def run_demo(course: Course, console: Console) -> None:
    """Build, release, hand in, grade, write feedback, print.

    Parameters
    ----------
    course : Course
    console : rich.console.Console
    """
    folder = course.root / "build" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    classroom = Classroom(course, folder)
    console.print("Building the course ...")
    build(course)
    console.print(f"Making a class of {len(CLASS)} ...")
    config = configure(Config(), classroom)
    config.CourseDirectory.assignment_id = CHAPTER
    make_sample_class(classroom)
    api = NbGraderAPI(config=config)
    _quietly(api.generate_assignment, CHAPTER, create=True, force=False)
    _quietly(api.release_assignment, CHAPTER)
    level = best_level()
    if level == RLIMITS:
        console.print("Only weak isolation is possible here. The sample class is harmless; go on.")
    console.print(f"Grading ... (isolation: {level})")
    rows = list(grade_batch(classroom, CHAPTER, level=level, jobs=2))
    console.print("Writing feedback ...")
    write_feedback(classroom, CHAPTER)
    print_scores(rows, console)
    shown = folder.relative_to(course.root)
    console.print("\nWhat to open:")
    console.print(f"  feedback of one student  {shown}/feedback/bruno/{CHAPTER}/{CHAPTER}.html")
    console.print(f"  graded notebook          {shown}/autograded/bruno/{CHAPTER}/{CHAPTER}.ipynb")
    console.print(f"  record of one grade      {shown}/records/{CHAPTER}/bruno.json")
    console.print(f"  gradebook                {shown}/gradebook.db")


class DemoError(CourseError):
    """nbgrader refused a step of the demo."""


def _quietly(step: Callable, *arguments, **options) -> None:
    """Run a step of nbgrader without its log, unless it fails."""
    log, out = io.StringIO(), io.StringIO()
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    with redirect_stdout(out), redirect_stderr(log):
        outcome = step(*arguments, **options)
    if isinstance(outcome, dict) and not outcome.get("success", True):
        reason = outcome.get("error") or outcome.get("log")
        raise DemoError(f"nbgrader's {step.__name__} failed: {reason}")
