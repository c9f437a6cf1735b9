"""A class that was never graded: results are made up, and written as a batch writes them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from autograder.checking.result import NOT_WRITTEN, RIGHT, WRONG, ItemResult, Result
from autograder.exercises import exercises_of
from autograder.grading.batch import save_grade
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.grader import Finished, Job
from autograder.grading.records import fingerprint
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import Graded
from autograder.kit.jail import NAMESPACES
from autograder.tests.conftest import CHAPTER

EXERCISES = exercises_of(CHAPTER)
WHEN = datetime(2026, 1, 10, 12)


def result(exercise: str, mistake: str = "", status: str = "") -> Result:
    """A right result; or one whose first item is wrong, or in which all have one status."""
    items = [ItemResult(name, float(most), float(most), RIGHT)
             for name, most in EXERCISES[exercise].points.items()]
    if mistake:
        items[0] = replace(items[0], points=0.0, status=WRONG, mistake=mistake,
                           explanation=f"Why {mistake}.", hint=f"Not {mistake}?")
    elif status:
        items = [replace(item, points=0.0, status=status) for item in items]
    return Result(exercise, tuple(items))


def graded(
    mistakes: Mapping[str, str] | None = None, answers: Mapping[str, str] | None = None,
    blank: Iterable[str] = (), **more,
) -> Graded:
    """A submission with a mistake in some exercises, by name, and nothing in others."""
    results = {name: result(name, (mistakes or {}).get(name, ""),
                            NOT_WRITTEN if name in blank else "") for name in EXERCISES}
    return Graded(results, answers=dict(answers or {}),
                  **{"digest": "0" * 64, "seconds": 0.5, "level": NAMESPACES, "cases": 0, **more})


def make_class(classroom: Classroom, submissions: Mapping[str, Graded]) -> None:
    """Hand in and write all submissions; each a minute after the one before."""
    text = classroom.course.released(CHAPTER).read_text(encoding="utf-8")
    with GradeWriter(classroom, CHAPTER) as writer:
        for number, (student, one) in enumerate(submissions.items()):
            folder = classroom.submitted(CHAPTER, student)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{CHAPTER}.ipynb").write_text("{}", encoding="utf-8")
            stamp = WHEN.replace(minute=number % 60, hour=12 + number // 60)
            (folder / "timestamp.txt").write_text(f"{stamp} UTC", encoding="utf-8")
            notebook = json.dumps(filled_notebook(read_release(text), one))
            save_grade(classroom, writer, Job(student, str(folder), CHAPTER),
                       Finished(one, notebook, fingerprint(folder)))
