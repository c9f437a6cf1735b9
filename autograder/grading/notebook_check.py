"""Checking one notebook in a jail, on the public cases: what its student sees, for a teacher."""

from __future__ import annotations

from pathlib import Path

from autograder.cells import WRITTEN
from autograder.checking.answers import frozen_keys
from autograder.exercises import chapter_in_name, exercises_of
from autograder.grading.batch import check_chapter
from autograder.grading.classes.classroom import Classroom
from autograder.grading.jail.isolation import Engines
from autograder.grading.submissions.finding import Unreadable, read_one
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import grade
from autograder.kit.plain import one_line, printable
from autograder.own_notebook import hinted, progress_of


def check_notebook(path: Path, *, hint: int = 0, allow_weak: bool = False) -> int:
    """Check all exercises of a notebook and print what was found.

    Parameters
    ----------
    path : Path
        A notebook whose file name begins with the name of its chapter.
    hint : int
        Which hint to give for the next thing to do; 0 for none.
    allow_weak : bool
        Whether to run it even where its code can read this user's files.

    Returns
    -------
    int
        Exit status: 0 if all points are earned, else 1.

    Raises
    ------
    NoSuchChapter
        If the file name begins with no chapter's name.
    Unreadable
        If the file cannot be read.
    WeakIsolation
        Unless that is allowed.
    """
    chapter = chapter_in_name(path.name)
    classroom = Classroom.find()
    course = classroom.course
    check_chapter(course, chapter)
    try:
        found = read_one(path)
    except Unreadable as reason:
        raise Unreadable(f"{path}: {reason}") from None
    release = read_release(course.released(chapter).read_text(encoding="utf-8"))
    with Engines(1, secrets=classroom.secrets()) as engines:
        keys = frozen_keys(chapter, exercises_of(chapter))
        engines.settle(allow_weak=allow_weak)
        (engine,) = engines
        graded = grade(found, release, keys, engine)
    if graded.problem:
        raise Unreadable(f"{path}: {graded.problem}")
    for note in graded.notes:
        print(f"Note: {one_line(note)}")
    results = list(graded.results.values())
    progress = progress_of(chapter, results)
    for result in hinted(results, progress.next, hint,
                         lambda step: f"autograder check {path.name} --hint {step}"):
        print("\n".join(map(printable, str(result).splitlines())), end="\n\n")
    written = ""
    if any(cell.get("id") == WRITTEN for cell in release["cells"]):
        written = f" · written: {'not graded yet' if graded.written else 'no answer'}"
    print(f"{chapter}: {progress}")
    print(f"automatic {graded.points:g} of {graded.max_points:g} points{written}")
    return 0 if graded.points == graded.max_points else 1
