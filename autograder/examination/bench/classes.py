"""Classes to measure with: checkouts of one chapter, each with a gradebook of its own."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from autograder.course import Course
from autograder.examination.bench.frozen import CHAPTER, frozen_text, handed_in
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter

STOCK_CONFIG = '''"""The same class for nbgrader as it comes: its own Execute, no plugin of ours."""
from pathlib import Path
c = get_config()
root = Path(__file__).resolve().parent
c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.db_url = f"sqlite:///{root}/class/gradebook.db"
c.ExecutePreprocessor.timeout = 20
c.Execute.timeout = 20
'''


def new_class(course: Course, name: str, texts: dict[str, str]) -> Classroom:
    """A class in a checkout of its own, ``build/NAME``, whose gradebook knows the chapter.

    Parameters
    ----------
    course : Course
    name : str
    texts : dict of str to str
        The chapter: its solution, source and released notebook, under these names.
    """
    root = course.root / "build" / name
    shutil.rmtree(root, ignore_errors=True)
    checkout = Course(root)
    for text, path in ((texts["solution"], checkout.solution(CHAPTER)),
                       (texts["source"], checkout.source(CHAPTER)),
                       (texts["released"], checkout.released(CHAPTER))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    shutil.copy(course.root / "nbgrader_config.py", root)
    checkout.solution_cells(CHAPTER)  # kept in build/, as `autograder build` leaves it
    classroom = Classroom.of(checkout)
    classroom.seed()
    with GradeWriter(classroom, CHAPTER):
        pass  # it enters the chapter into the gradebook
    return classroom


def frozen_class(course: Course, name: str, submissions: int) -> Classroom:
    """A class of the frozen chapter in which so many have handed in."""
    classroom = new_class(course, name, {
        "solution": frozen_text("solution.txt"), "source": frozen_text("source.json"),
        "released": frozen_text("released.json"),
    })
    for number, text in enumerate(islice(cycle(handed_in().values()), submissions)):
        hand_in(classroom, f"s{number:04}", text)
    return classroom


def class_of_now(course: Course, name: str) -> Classroom:
    """An empty class of the chapter as it is now."""
    import nbformat

    from autograder.authoring.build import source_notebook

    return new_class(course, name, {
        "solution": course.solution_text(CHAPTER),
        "source": nbformat.writes(source_notebook(course, CHAPTER)) + "\n",
        "released": course.released(CHAPTER).read_text(encoding="utf-8"),
    })


def hand_in(classroom: Classroom, student: str, text: str) -> None:
    """Put a notebook where nbgrader's collect would."""
    folder = classroom.submitted(CHAPTER, student)
    folder.mkdir(parents=True)
    (folder / f"{CHAPTER}.ipynb").write_text(text, encoding="utf-8")
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")


def copied(classroom: Classroom, name: str) -> Classroom:
    """The same class once more, beside the first: its gradebook is its own from now on."""
    root = classroom.course.root.with_name(name)
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(classroom.course.root, root)
    return Classroom.of(Course(root))


def for_stock_nbgrader(classroom: Classroom) -> Classroom:
    """The class for nbgrader as it comes; it reads its configuration in the checkout by itself."""
    path = classroom.course.root / "nbgrader_config.py"
    path.write_text(STOCK_CONFIG, encoding="utf-8")
    return classroom


def remove(classroom: Classroom) -> None:
    """Remove a class with its checkout."""
    shutil.rmtree(classroom.course.root, ignore_errors=True)


def scores(gradebook: Path) -> dict[str, float]:
    """Points by student, as nbgrader counts them: a score given by hand beats the automatic one."""
    with closing(sqlite3.connect(gradebook)) as connection:
        rows = connection.execute("""
            select submitted_assignment.student_id,
                   sum(coalesce(grade.manual_score, grade.auto_score, 0)
                       + coalesce(grade.extra_credit, 0))
            from grade
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
            group by submitted_assignment.student_id
        """).fetchall()
    return {student: float(score) for student, score in rows}
