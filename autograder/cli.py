"""The command ``autograder``."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.errors import CourseError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Build the course, check notebooks, grade a class.",
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def main() -> None:
    """Run a command; a user's mistake ends in one line, not in a traceback."""
    # Dependencies of nbgrader warn about their own future; nobody here can act on it.
    warnings.filterwarnings("ignore")
    try:
        app()
    except CourseError as error:
        errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("autograder: stopped; what was finished is kept, run the command again to go on")
        sys.exit(130)
    except BrokenPipeError:
        os._exit(1)


@app.command()
def build(
    chapters: Annotated[list[str] | None, typer.Argument(help="Chapters; all by default.")] = None,
) -> None:
    """Build course/ from solutions/."""
    from autograder.authoring.build import build as build_course
    from autograder.course import Course
    from autograder.exercises import CHAPTERS
    from autograder.grading.batch import GradingError

    unknown = set(chapters or ()) - set(CHAPTERS)
    if unknown:
        raise GradingError(f"there is no chapter {sorted(unknown)[0]!r}; "
                           f"the chapters are {', '.join(CHAPTERS)}")
    changed = build_course(Course.find(), tuple(chapters or CHAPTERS))
    console.print(f"Built into course/: {', '.join(changed)}" if changed else "course/ is up to date.")


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="A notebook of the course, with answers in it.")],
    allow_weak_isolation: Annotated[bool, typer.Option(help="See grade.")] = False,
) -> None:
    """Check one notebook as its student's own computer would, and print what was found."""
    import nbformat

    from autograder.checking.answers import frozen_keys
    from autograder.course import Course
    from autograder.exercises import exercises_of
    from autograder.grading.batch import check_chapter
    from autograder.grading.engine import Engine
    from autograder.grading.intake import Unreadable, read_submission
    from autograder.grading.submission import grade
    from autograder.kit.plain import printable

    course = Course.find()
    chapter = _chapter_of_file(notebook)
    check_chapter(course, chapter)
    raw = read_submission(notebook)
    release = nbformat.read(course.released(chapter), as_version=4)
    with Engine(_level(allow_weak_isolation)) as engine:
        graded = grade(raw, release, frozen_keys(chapter, exercises_of(chapter)), engine)
    if graded.problem:
        raise Unreadable(f"{notebook}: {graded.problem}")
    for note in graded.notes:
        console.print(f"Note: {printable(note)}", markup=False)
    for result in graded.results.values():
        console.print(printable(str(result)), "\n", markup=False)
    console.print(f"{graded.points:g} of {graded.max_points:g} points")


@app.command()
def grade(
    chapter: Annotated[str, typer.Argument(help="For example 03_affine.")],
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Graders working side by side; one for each core.")
    ] = None,
    student: Annotated[str | None, typer.Option(help="Grade only this student.")] = None,
    again: Annotated[bool, typer.Option(help="Grade also what has not changed.")] = False,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler: tcp://...")] = None,
    allow_weak_isolation: Annotated[
        bool, typer.Option(help="Grade even where student code can read your files.")
    ] = False,
) -> None:
    """Grade what was handed in for a chapter."""
    from autograder.course import Course
    from autograder.grading.batch import grade_batch, pending
    from autograder.grading.classroom import Classroom
    from autograder.grading.score_table import print_scores, with_progress

    classroom = Classroom.of(Course.find())
    todo = pending(classroom, chapter, student, again)
    level = _level(allow_weak_isolation)
    console.print(f"Isolation: {level}")
    if not todo:
        console.print("Everything is graded already; --again grades it once more.")
        return
    jobs = jobs or os.cpu_count() or 1
    rows = grade_batch(classroom, chapter, level=level, jobs=jobs, student=student, again=again,
                       scheduler=dask)
    print_scores(with_progress(rows, len(todo), console), console)


@app.command()
def demo() -> None:
    """Make a sample class, grade it, write feedback, and print the scores."""
    from autograder.authoring.demo import run_demo
    from autograder.course import Course

    run_demo(Course.find(), _level(allow_weak=False, fall_back=True), console)


@app.command()
def bench(
    submissions: Annotated[int, typer.Option(min=20, help="Submissions to grade.")] = 60,
    many: Annotated[int, typer.Option(help="Submissions of the long run.")] = 2000,
) -> None:
    """Measure against stock nbgrader; writes build/bench.json."""
    from autograder.course import Course
    from autograder.examination.bench import run_bench

    run_bench(Course.find(), console, submissions=submissions, many=many)


def _level(allow_weak: bool, fall_back: bool = False) -> str:
    """The isolation to use; weak isolation only when asked for by name."""
    from autograder.grading.batch import GradingError
    from autograder.grading.engine import best_level
    from autograder.kit.jail import RLIMITS

    level = best_level()
    if level != RLIMITS or allow_weak:
        return level
    if fall_back:
        console.print("Only weak isolation is possible here. The sample class is harmless; go on.")
        return level
    raise GradingError(
        "only weak isolation (rlimits) is possible on this machine: student code could read your "
        "files, the solutions and other submissions, and use the network. On Linux, install "
        "bubblewrap (apt install bubblewrap). To grade all the same, add --allow-weak-isolation."
    )


def _chapter_of_file(path: Path) -> str:
    from autograder.exercises import CHAPTERS
    from autograder.grading.batch import GradingError

    for chapter in CHAPTERS:
        if path.name.startswith(chapter):
            return chapter
    raise GradingError(f"{path.name} does not begin with the name of a chapter, such as 03_affine")


if __name__ == "__main__":
    main()
