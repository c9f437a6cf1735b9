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
from typing import TYPE_CHECKING, NoReturn

from autograder.errors import CourseError
from autograder.orderly_end import Ended, orderly_end

if TYPE_CHECKING:
    from autograder.grading.classes.classroom import Classroom

WHERE_GRADING_RUNS = (
    'grading runs from a checkout of the course, `pip install -e ".[grading]"` there'
)
EXTRAS = {
    **dict.fromkeys(
        ("jinja2", "jupytext", "nbconvert", "nbformat", "nbgrader", "rich", "sqlalchemy",
         "traitlets"),
        "grading",
    ),
    "copydetect": "grading,similar",
    "distributed": "grading,cluster",
    **dict.fromkeys(("jupyterlite_core", "myst_nb", "PIL", "sphinx"), "site"),
    **dict.fromkeys(("psycopg", "psycopg2"), "grading,postgres"),
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
        name = run.__name__.replace("_", "-")
        added = commands.add_parser(name, help=text, description=text)
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

    new = command(init, "Make the folder of a class, or enter what was written into it since.")
    new.add_argument("folder", type=Path, metavar="DIR", help="The folder; it may be anywhere.")
    new.add_argument("--course", metavar="NAME",
                     help="What the class is called, for example backprop-2026.")

    new = command(students_package, "Make what students install, with a page of instructions.")
    of_class(new)

    new = command(release, "Give a chapter to the students: into the exchange, and as a zip.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    of_class(new)

    new = command(collect, "Collect what was handed in for a chapter.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    new.add_argument("download", nargs="?", type=Path, metavar="DOWNLOAD",
                     help="The zip with all submissions, or its folder, as Canvas, Moodle, "
                          "Brightspace or Blackboard makes it; nbgrader's exchange by default.")
    new.add_argument("--assign", action="append", default=[], metavar="NAME=STUDENT",
                     help="Whose a name in the download is; may be given several times.")
    of_class(new)

    new = command(grade, "Grade what was handed in for a chapter.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    new.add_argument("--jobs", type=at_least(1), metavar="N",
                     help="Graders working side by side; one for each core.")
    new.add_argument("--student", metavar="NAME", help="Grade only this student.")
    new.add_argument("--again", action="store_true",
                     help="Grade once more what is by older rules (if nothing is, all), show whose "
                          "score would change, and ask before it is written.")
    new.add_argument("--yes", action="store_true", help="With --again: write it without asking.")
    new.add_argument("--dask", metavar="ADDRESS", help="Address of a Dask scheduler: tcp://...")
    new.add_argument("--allow-weak-isolation", action="store_true",
                     help="Grade even where student code can read your files.")
    of_class(new)

    new = command(report, "Report what a class did in a chapter, in the terminal and on a page.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    of_class(new)

    new = command(similar, "Look for students of a class whose answers are alike; on request only.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    of_class(new)

    new = command(feedback, "Write a page of feedback for each graded student.")
    new.add_argument("chapter", metavar="CHAPTER", help="For example 03_affine.")
    new.add_argument("--student", metavar="NAME", help="Only for this student.")
    of_class(new)

    new = command(export, "Export scores: as CSV, or for a learning platform.")
    new.add_argument("chapters", nargs="*", metavar="CHAPTER",
                     help="Chapters; all that are in the gradebook by default.")
    new.add_argument("--items", action="store_true",
                     help="A table for each chapter, too, with a column for each item.")
    new.add_argument("--lms", choices=("canvas", "moodle", "gradescope"),
                     help="For this platform.")
    new.add_argument("--into", type=Path, metavar="GRADEBOOK.csv",
                     help="The gradebook that Canvas or Moodle has exported; a filled copy of it "
                          "is written beside it.")
    new.add_argument("--column", metavar="TITLE",
                     help="The column of the chapter in it, if it is called otherwise.")
    of_class(new)

    command(demo, "Make a sample class, grade it, write feedback, and print the scores.")

    command(site, "Make the web edition in build/site/: the book, and the chapters running in the "
                  "browser.")

    new = command(bench, "Measure against stock nbgrader; writes build/bench.json.")
    new.add_argument("--submissions", type=at_least(20), default=24, metavar="N",
                     help="Submissions to grade; 24 by default.")
    new.add_argument("--many", type=at_least(0), default=1000, metavar="N",
                     help="Submissions of the long run; 1000 by default, 0 leaves it out.")
    new.add_argument("--only", nargs="+", metavar="PART",
                     help="Only these parts: grading, feedback, report, class, startup, check, "
                          "conv, train, attacks, long_run.")

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


def of_class(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that names a class; see `_classroom`."""
    parser.add_argument("--class", dest="class_folder", type=Path, metavar="DIR",
                        help="The folder of the class; by default the one that you are in.")


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
    if _is_where_one_grades():
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


def init(options: argparse.Namespace) -> None:
    """Make the folder of a class, and enter students and dates."""
    from autograder.grading.classes.new_class import init_class

    _tell(init_class(options.folder, options.course))


def students_package(options: argparse.Namespace) -> None:
    """Make what the students of a class install."""
    classroom = _classroom(options)
    from autograder.authoring.students_package import make_students_package

    _tell(make_students_package(classroom))


def release(options: argparse.Namespace) -> None:
    """Give a chapter to the students of a class."""
    classroom = _classroom(options)
    from autograder.grading.release import release_chapter

    _tell(release_chapter(classroom, options.chapter))


def collect(options: argparse.Namespace) -> None:
    """Collect what was handed in for a chapter, and say whose is missing."""
    classroom = _classroom(options)
    from rich.console import Console

    from autograder.grading.collecting.collected_table import print_collected

    if options.download is None:
        from autograder.grading.collecting.exchange import collect_from_exchange

        outcome = collect_from_exchange(classroom, options.chapter)
    else:
        from autograder.grading.collecting.collect import collect_download

        outcome = collect_download(classroom, options.chapter, options.download, options.assign)
    print_collected(outcome, options.chapter, classroom.folder, Console(highlight=False))


def grade(options: argparse.Namespace) -> int:
    """Grade what was handed in for a chapter, and print the scores."""
    # Graders work side by side: threads of linear algebra would only get in their way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    classroom = _classroom(options)
    from rich.console import Console

    from autograder.grading.grade_chapter import How, grade_chapter

    how = How(options.student, options.jobs, options.dask, options.allow_weak_isolation,
              options.again, options.yes)
    return grade_chapter(classroom, options.chapter, how, Console(highlight=False))


def report(options: argparse.Namespace) -> None:
    """Report what a class did in a chapter, and write the page."""
    classroom = _classroom(options)
    from rich.console import Console

    from autograder.grading.reporting.class_report import class_report
    from autograder.grading.reporting.report_page import write_page
    from autograder.grading.reporting.report_table import print_report

    found = class_report(classroom, options.chapter)
    console = Console(highlight=False)
    print_report(found, console)
    page = write_page(found, classroom)
    console.print(f"Written to {os.path.relpath(page)}", markup=False, soft_wrap=True)


def similar(options: argparse.Namespace) -> None:
    """Look for answers that are alike, and write the page that shows them side by side."""
    classroom = _classroom(options)
    from rich.console import Console

    from autograder.grading.reporting.similar import similar_submissions
    from autograder.grading.reporting.similar_page import print_similar, write_similar_page

    found = similar_submissions(classroom, options.chapter)
    console = Console(highlight=False)
    print_similar(found, console)
    page = write_similar_page(found, classroom)
    console.print(f"Written to {os.path.relpath(page)}", markup=False, soft_wrap=True)


def feedback(options: argparse.Namespace) -> int:
    """Write a page of feedback for each graded student."""
    classroom = _classroom(options)
    from autograder.grading.reporting.feedback import told, write_feedback
    from autograder.kit.plain import printable

    done = write_feedback(classroom, options.chapter, options.student)
    for line in told(done, classroom, options.chapter):
        print(printable(line))
    return 1 if done.problems else 0


def export(options: argparse.Namespace) -> None:
    """Export scores."""
    from autograder.exercises import known_chapter

    classroom = _classroom(options)
    chapters = tuple(map(known_chapter, options.chapters))
    from rich.console import Console

    from autograder.grading.exporting.export import export_scores

    export_scores(classroom, chapters, Console(highlight=False), lms=options.lms,
                  into=options.into, column=options.column or "", items=options.items)


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


def _is_where_one_grades() -> bool:
    """Whether this is run in a checkout or in the folder of a class, by a Python with grading."""
    if not (find_spec("autograder.course") and find_spec("autograder.grading")):
        return False
    from autograder.grading.classes.classroom import Classroom, NoClass

    try:
        return bool(Classroom.find())
    except NoClass:
        return False


def _classroom(options: argparse.Namespace) -> Classroom:
    """The class that is named, or that this is run in."""
    from autograder.grading.classes.classroom import Classroom

    folder = options.class_folder
    return Classroom.at(folder) if folder else Classroom.find()


def _tell(lines: Sequence[str]) -> None:
    from autograder.kit.plain import printable

    for line in lines:
        print(printable(line).encode(errors="backslashreplace").decode())


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
    how_far = "".join(f"{note}; " for note in getattr(interrupt, "__notes__", ()))
    with contextlib.suppress(OSError):  # a terminal that is gone
        _complain(f"stopped{by}; {how_far}what was finished is kept, run the command again to go "
                  "on")
    return interrupt.status if isinstance(interrupt, Ended) else 130


def _complain(text: str) -> None:
    from autograder.kit.plain import printable

    text = printable("autograder: " + " ".join(text.split()))
    # A name that is not UTF-8 is shown as Python shows it.
    print(text.encode(errors="backslashreplace").decode(), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
