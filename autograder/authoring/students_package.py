"""``autograder students-package``: what the students of a class install, and how."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

import mistune
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.course import Course
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.release import HANDOUT
from autograder.grading.reporting.page_policy import NOTHING_RUNS

PYTHONS = "3.11, 3.12 or 3.13"
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin: 1.8rem 0 0.4rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
pre { border: 1px solid; border-radius: 4px; padding: 0.6rem 0.8rem; white-space: pre-wrap;
      break-inside: avoid; }
h2 { break-after: avoid; }
@media print { body { font-size: 10pt; margin: 0; max-width: none; } }
</style>
</head>
<body>
$body
</body>
</html>
""")


class NoWheel(CourseError):
    """The wheel for students cannot be made. The message says why."""


def make_students_package(classroom: Classroom) -> list[str]:
    """Make the wheel that students install, and a page that says how, as Markdown and HTML.

    Parameters
    ----------
    classroom : Classroom

    Returns
    -------
    list of str
        What was made, in words.

    Raises
    ------
    NoWheel
        If pip fails.
    """
    name, content = _wheel(classroom.course)
    folder = classroom.folder / HANDOUT / "students"
    for older in folder.glob("*.whl"):
        if older.name != name:
            older.unlink()
    write_whole(folder / name, content)
    text = instructions(classroom.name, name)
    write_whole(folder / "install.md", text)
    write_whole(folder / "install.html", as_page(text))
    return [f"In {folder}: {name}, install.md, install.html. Give your students all of it."]


def instructions(class_name: str, wheel: str) -> str:
    """How students install a wheel, in Markdown."""
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
                        keep_trailing_newline=True, autoescape=False)
    template = pages.get_template("students_page.md.j2")
    return template.render(name=class_name, wheel=wheel, pythons=PYTHONS)


def as_page(markdown: str) -> str:
    """A page of its own, in which nothing runs and which loads nothing."""
    title = markdown.partition("\n")[0].removeprefix("# ")
    body = mistune.create_markdown()(markdown)
    return PAGE.substitute(policy=NOTHING_RUNS, title=title, body=body)


def _wheel(course: Course) -> tuple[str, bytes]:
    """The wheel of a checkout: its name, and what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        # Without a network pip would try for a minute.
        done = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
             "--retries", "0", "--no-deps", "--wheel-dir", folder, str(course.root)],
            capture_output=True, text=True, check=False, errors="replace",
        )
        made = list(Path(folder).glob("*.whl"))
        if done.returncode or len(made) != 1:
            raise NoWheel(f"the wheel cannot be made: {_why(done.stdout + done.stderr)}")
        return made[0].name, made[0].read_bytes()


def _why(said: str) -> str:
    """The one line of pip's that helps most."""
    if "No matching distribution found for setuptools" in said or "Connection" in said:
        return "pip has to fetch setuptools, and there is no network; try again with one"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if "run make build first" in line or "ERROR" in line]
    return next(iter(told or lines[-1:]), "pip does not say why")
