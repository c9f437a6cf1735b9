"""The command ``autograder``."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Build the course, check notebooks, grade a class.",
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def main() -> None:
    """Run a command; a user's mistake ends in one line, not in a traceback."""
    from autograder.answers import BadKey
    from autograder.build import BuildError
    from autograder.grading import GradingError
    from autograder.intake import Unreadable
    from autograder.isolation.engine import EngineError

    # Dependencies of nbgrader warn about their own future; nobody here can act on it.
    warnings.filterwarnings("ignore")
    try:
        app()
    except (BuildError, GradingError, EngineError, Unreadable, BadKey) as error:
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
    from autograder.build import Course
    from autograder.build import build as build_course
    from autograder.exercises import CHAPTERS
    from autograder.grading import GradingError

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

    from autograder.answers import frozen_keys
    from autograder.build import Course
    from autograder.exercises import exercises_of
    from autograder.grading import check_chapter
    from autograder.intake import Unreadable, read_submission
    from autograder.isolation.engine import Engine
    from autograder.plain import printable
    from autograder.submission import grade

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
    from autograder.build import Course
    from autograder.classroom import Classroom
    from autograder.grading import grade_batch, pending

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
    report(_with_progress(rows, len(todo)))


def _with_progress(rows, total: int) -> list:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Submissions a minute."""

        def render(self, task):
            return Text(f"{60 * task.speed:.0f} a minute" if task.speed else "")

    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Grading", total=total)
        finished = []
        for row in rows:
            finished.append(row)
            progress.advance(task)
    return finished


def report(rows: list) -> None:
    """Print the scores of a batch, the mistakes found, and what changed since the last time."""
    from autograder.plain import printable

    table = Table("Student", "Points", "What was found", title=None, show_lines=False)
    for row in sorted(rows, key=lambda row: row.student):
        lines = [f"not graded: {row.problem}"] if row.problem else list(row.findings)
        lines += [*(f"({note})" for note in row.notes)]
        table.add_row(
            printable(row.student), f"{row.now:g} of {row.max_points:g}",
            _plain_text("\n".join(map(printable, lines[:6]))),
        )
    console.print(table)
    changed = [row for row in rows if row.changed]
    for row in changed:
        why = row.problem or "; ".join(row.findings[:3]) or "no mistakes found"
        console.print(
            f"{printable(row.student)}: {row.before:g} before, {row.now:g} now ({printable(why)})",
            markup=False,
        )
    if rows and not changed and any(row.before is not None for row in rows):
        console.print("No score changed.")


def _plain_text(text: str):
    from rich.text import Text

    return Text(text)


@app.command()
def demo() -> None:
    """Make a sample class, grade it, write feedback, and print the scores."""
    from autograder.build import Course
    from autograder.demo import run_demo

    run_demo(Course.find(), _level(allow_weak=False, fall_back=True), console)


@app.command()
def bench(
    submissions: Annotated[int, typer.Option(min=20, help="Submissions to grade.")] = 60,
    many: Annotated[int, typer.Option(help="Submissions of the long run.")] = 2000,
) -> None:
    """Measure against stock nbgrader; writes build/bench.json."""
    from autograder.bench import run_bench
    from autograder.build import Course

    run_bench(Course.find(), console, submissions=submissions, many=many)


def _level(allow_weak: bool, fall_back: bool = False) -> str:
    """The isolation to use; weak isolation only when asked for by name."""
    from autograder.grading import GradingError
    from autograder.isolation.engine import best_level
    from autograder.isolation.jail import RLIMITS

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
    from autograder.grading import GradingError

    for chapter in CHAPTERS:
        if path.name.startswith(chapter):
            return chapter
    raise GradingError(f"{path.name} does not begin with the name of a chapter, such as 03_affine")


if __name__ == "__main__":
    main()
