"""The command ``autograder``.

A command imports what it needs when it runs: ``autograder --help`` is there at once, and what
students install has the command without grading.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from autograder.errors import CourseError
from autograder.orderly_end import Ended, orderly_end

WHERE_GRADING_RUNS = (
    'grading runs from a checkout of the course, `pip install -e ".[grading]"` there'
)
EXTRAS = {
    **dict.fromkeys(
        ("jupytext", "nbconvert", "nbformat", "nbgrader", "rich", "sqlalchemy", "traitlets"),
        "grading",
    ),
    "distributed": "grading,cluster",
    **dict.fromkeys(("jupyterlite_core", "myst_nb", "PIL", "sphinx"), "site"),
    "torch": "verify",
}
"""Libraries that not everybody has, and what in pyproject.toml brings them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a user's mistake ends in one line, not in a traceback.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line by default.

    Returns
    -------
    int
        Exit status.
    """
    # Dependencies of nbgrader warn about their own future; nobody here can act on it.
    warnings.filterwarnings("ignore")
    options = parser().parse_args(arguments)
    with orderly_end():
        try:
            return options.run(options) or 0
        except KeyboardInterrupt as interrupt:
            return _stopped(interrupt)
        except BrokenPipeError:
            os._exit(1)
        except Exception as error:
            if isinstance(error.__context__, Ended):  # the terminal is gone, too
                return _stopped(error.__context__)
            told = _in_a_users_words(error)
            if told is None:
                raise
            _complain(told)
            return 1


def parser() -> argparse.ArgumentParser:
    """The commands with their arguments."""
    top = Parser(prog="autograder", description="Build the course, check notebooks, grade a class.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(run: Callable[[argparse.Namespace], int | None], text: str) -> Parser:
        added = commands.add_parser(run.__name__, help=text, description=text)
        added.set_defaults(run=run)
        return added

    new = command(build, "Build course/ from solutions/.")
    new.add_argument("chapters", nargs="*", metavar="CHAPTER", help="Chapters; all by default.")

    new = command(start, "Copy the chapters into a folder to work in, or bring it up to date.")
    new.add_argument("folder", nargs="?", type=Path, metavar="FOLDER",
                     help="Your folder; my-course by default. No answer in it is ever lost.")
    new.add_argument("--chapter", action="append", default=[], metavar="CHAPTER",
                     help="Only this chapter, for example 03_affine; may be given several times.")

    new = command(check, "Check one notebook and print what was found.")
    new.add_argument("notebook", type=Path, metavar="NOTEBOOK",
                     help="A notebook of the course, with answers in it.")
    new.add_argument("--hint", type=at_least(1), default=0, metavar="N",
                     help="Give hint N for the next exercise that is not right.")
    new.add_argument("--allow-weak-isolation", action="store_true", help="See grade.")

    new = command(watch, "Check your notebook each time you save it, until Ctrl-C.")
    new.add_argument("notebook", type=Path, metavar="NOTEBOOK",
                     help="Your own notebook: its code runs without a jail.")
    new.add_argument("--hint", type=at_least(1), default=0, metavar="N",
                     help="Always give hint N; in a terminal, h and Enter asks for the next one.")

    new = command(grade, "Grade what was handed in for a chapter.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    new.add_argument("--jobs", type=at_least(1), metavar="N",
                     help="Graders working side by side; one for each core.")
    new.add_argument("--student", metavar="NAME", help="Grade only this student.")
    new.add_argument("--again", action="store_true", help="Grade also what has not changed.")
    new.add_argument("--dask", metavar="ADDRESS", help="Address of a Dask scheduler: tcp://...")
    new.add_argument("--allow-weak-isolation", action="store_true",
                     help="Grade even where student code can read your files.")

    command(demo, "Make a sample class, grade it, write feedback, and print the scores.")

    command(site, "Make the web edition in build/site/: the book, and the chapters running in the "
                  "browser.")

    new = command(bench, "Measure against stock nbgrader; writes build/bench.json.")
    new.add_argument("--submissions", type=at_least(20), default=24, metavar="N",
                     help="Submissions to grade; 24 by default.")
    new.add_argument("--many", type=at_least(0), default=1000, metavar="N",
                     help="Submissions of the long run; 1000 by default, 0 leaves it out.")
    new.add_argument("--only", nargs="+", metavar="PART",
                     help="Only these parts: grading, startup, check, conv, train, attacks, "
                          "long_run.")

    new = command(selftest, "Examine the checks: right answers, known mistakes, mutants, names.")
    new.add_argument("chapters", nargs="*", metavar="CHAPTER", help="Chapters; all by default.")
    new.add_argument("--mutants", type=at_least(0), metavar="N",
                     help="Mutants of an exercise at most; all by default.")
    new.add_argument("--seeds", type=at_least(1), default=20, metavar="N",
                     help="Seeds for right answers and known mistakes; 20 by default.")
    new.add_argument("--jobs", type=at_least(1), default=2, metavar="N",
                     help="Processes working side by side; 2 by default.")
    new.add_argument("--json", type=Path, metavar="FILE",
                     help="Where the figures go; build/selftest.json by default, for all chapters.")
    new.add_argument("--page", type=Path, metavar="FILE",
                     help="Write the figures of the last run into a page, and do nothing else.")
    return top


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and complains in one line."""

    def __init__(self, **settings) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})

    def parse_args(self, args=None, namespace=None):
        """Parse; without any argument, show the help, as for a wrong one."""
        args = sys.argv[1:] if args is None else list(args)
        if not args:
            self.print_help()
            sys.exit(2)
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Complain and end with status 2."""
        _complain(f"{message}; see {self.prog} --help")
        sys.exit(2)


def at_least(smallest: int) -> Callable[[str], int]:
    """The type of an option that is a whole number, not below `smallest`."""
    def number(text: str) -> int:
        value = int(text)
        if value < smallest:
            raise argparse.ArgumentTypeError(f"{value} is less than {smallest}")
        return value

    return number


# The commands


def build(options: argparse.Namespace) -> None:
    """Build chapters into ``course/``."""
    from autograder.course import Course
    from autograder.exercises import CHAPTERS, known_chapter

    course = Course.find()
    chapters = tuple(map(known_chapter, options.chapters)) or CHAPTERS
    from autograder.authoring.build import build as build_course

    changed = build_course(course, chapters)
    print(f"Built into course/: {', '.join(changed)}" if changed else "course/ is up to date.")


def start(options: argparse.Namespace) -> int:
    """Copy the released chapters into a learner's folder, and carry answers over."""
    from autograder import working_copy

    root = _checkout()
    folder = options.folder or (root or Path()) / working_copy.MY_COURSE
    if options.folder is None and folder.parent.resolve() == Path.cwd():
        folder = Path(working_copy.MY_COURSE)  # as short in messages as it can be
    released = root / "course" if root else working_copy.installed_notebooks()
    started = working_copy.start(folder, released, options.chapter)
    for line in started.lines:
        print(line)
    for problem in started.problems:
        _complain(problem)
    return 1 if started.problems else 0


def check(options: argparse.Namespace) -> int:
    """Check one notebook: in a jail where grading is installed, else as Jupyter would."""
    if _checkout():
        from autograder.grading import notebook_check

        return notebook_check.check_notebook(
            options.notebook, hint=options.hint, allow_weak=options.allow_weak_isolation
        )
    from autograder.own_notebook import check_notebook

    return check_notebook(options.notebook, options.hint)


def watch(options: argparse.Namespace) -> int:
    """Check one's own notebook each time it is saved."""
    from autograder.watched_notebook import watch_notebook

    return watch_notebook(options.notebook, options.hint)


def grade(options: argparse.Namespace) -> None:
    """Grade what was handed in for a chapter, and print the scores."""
    # Graders work side by side: threads of linear algebra would only get in their way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from autograder.course import Course
    from autograder.grading.classroom import Classroom

    classroom = Classroom.of(Course.find())
    from autograder.grading.batch import grade_elsewhere, grade_with, pending
    from autograder.grading.isolation import Engines

    chapter = options.chapter
    todo = pending(classroom, chapter, options.student, options.again)
    if not todo:
        print("Everything is graded already; --again grades it once more.")
        return
    jobs = 1 if options.dask else min(options.jobs or os.cpu_count() or 1, len(todo))
    with Engines(jobs, secrets=classroom.secrets()) as engines:
        from rich.console import Console

        from autograder.grading.grader import chapter_files, prepare
        from autograder.grading.score_table import print_scores, with_progress

        console = Console(highlight=False)
        prepare(chapter_files(classroom, chapter))  # while the engines start
        level = engines.settle(allow_weak=options.allow_weak_isolation)
        console.print(f"Isolation: {level} ({engines.meaning})", soft_wrap=True)
        for reason in engines.reasons:
            console.print(f"  {reason}", markup=False, soft_wrap=True)
        if options.dask:
            engines.close()
            rows = grade_elsewhere(options.dask, level, classroom, chapter, todo)
        else:
            rows = grade_with(engines, classroom, chapter, todo)
        with contextlib.closing(rows):
            finished = with_progress(rows, len(todo), console)
        print_scores(finished, console)


def demo(options: argparse.Namespace) -> None:
    """Make a sample class and do with it all that is done with a class."""
    from autograder.course import Course

    course = Course.find()
    from rich.console import Console

    from autograder.authoring.demo import run_demo

    run_demo(course, Console(highlight=False))


def site(options: argparse.Namespace) -> None:
    """Make the web edition; ``PYODIDE_DIST`` in the environment makes it self-hosted."""
    from autograder.course import Course

    course = Course.find()
    from autograder.authoring.site import build_site

    folder = os.environ.get("PYODIDE_DIST")
    made = build_site(course, pyodide_dist=Path(folder) if folder else None)
    print(f"Made {made.relative_to(course.root).as_posix()}/. To look at it: "
          f"python -m http.server --directory {made.relative_to(course.root).as_posix()}")


def bench(options: argparse.Namespace) -> None:
    """Measure against stock nbgrader."""
    from autograder.course import Course

    course = Course.find()
    from rich.console import Console

    from autograder.examination.bench import run_bench

    run_bench(course, Console(highlight=False), only=options.only,
              submissions=options.submissions, many=options.many)


def selftest(options: argparse.Namespace) -> int:
    """Examine the checks."""
    # Processes work side by side: threads of linear algebra would only get in their way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from autograder.course import Course
    from autograder.exercises import CHAPTERS, known_chapter

    course = Course.find()
    chapters = tuple(map(known_chapter, options.chapters)) or CHAPTERS
    from rich.console import Console

    from autograder.examination import selftest_run

    if options.page:
        selftest_run.write_page(course, options.page)
        return 0
    file = options.json or (None if options.chapters else selftest_run.figures_of(course))
    # The table needs more room than what is told to a file or a pipe is given.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    passed = selftest_run.run_selftest(
        course, console, chapters, seeds=options.seeds, mutants=options.mutants,
        jobs=options.jobs, file=file)
    return 0 if passed else 1


def _checkout() -> Path | None:
    """The checkout of the course that this is run in, by a Python that has its grading."""
    if not (find_spec("autograder.course") and find_spec("autograder.grading")):
        return None
    from autograder.course import Course, NoCheckout

    try:
        return Course.find().root
    except NoCheckout:
        return None


# Complaints


def _in_a_users_words(error: Exception) -> str | None:
    """What a user can do about an error, or None if it is a mistake of ours."""
    if isinstance(error, CourseError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; make room, then run the command again"
    if isinstance(error, ModuleNotFoundError):
        name, _, inside = (error.name or "").partition(".")
        if name == "autograder" and inside.split(".")[0] in WINGS and not find_spec(
            f"autograder.{inside.split('.')[0]}"
        ):
            return WHERE_GRADING_RUNS
        if name in EXTRAS:
            return f'{name} is not installed; install it with: pip install -e ".[{EXTRAS[name]}]"'
        return None
    if "traitlets" in sys.modules:
        from traitlets import TraitError

        if isinstance(error, TraitError):
            return f"nbgrader_config.py does not fit nbgrader: {error}"
    return None


NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a full disk, on which anything may end that writes."""

WINGS = ("authoring", "course", "examination", "grading", "mistakes")
"""What students do not install."""


def _stopped(interrupt: KeyboardInterrupt) -> int:
    """Say that a command was stopped from outside; the status that it ends with."""
    by = f" by {interrupt}" if isinstance(interrupt, Ended) else ""
    with contextlib.suppress(OSError):  # a terminal that is gone
        _complain(f"stopped{by}; what was finished is kept, run the command again to go on")
    return interrupt.status if isinstance(interrupt, Ended) else 130


def _complain(text: str) -> None:
    from autograder.kit.plain import printable

    text = printable("autograder: " + " ".join(text.split()))
    # A name that is not UTF-8 is shown as Python shows it.
    print(text.encode(errors="backslashreplace").decode(), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
