"""``autograder init``: the folder of a class, and what its instructor wrote into it, entered."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.course import Course, is_checkout
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classes.class_entries import enter_class
from autograder.grading.classes.class_file import CLASS_FILE, checked_name
from autograder.grading.classes.classroom import Classroom, configure, course_of
from autograder.grading.classes.nbgrader_config import NBGRADER_CONFIG
from autograder.grading.classes.roster import ROSTER, write_roster

TEMPLATES = Path(__file__).with_name("class_folder")
LOCALTIME = Path("/etc/localtime")


class NotAClassFolder(CourseError):
    """A folder that cannot be made the folder of a class. The message says what to do."""


def init_class(folder: Path, name: str | None) -> list[str]:
    """Make the folder of a class, and enter its students and dates into the gradebook.

    What is there stays: a second call enters what has been written since.

    Parameters
    ----------
    folder : Path
    name : str or None
        nbgrader's course id. Not needed for a folder that is one already.

    Returns
    -------
    list of str
        What was made and what has changed, in words.

    Raises
    ------
    NotAClassFolder
    BadClassFile, RosterError, GradebookError
        If what the instructor wrote cannot be used.
    """
    lines = []
    if not (folder / CLASS_FILE).is_file():
        lines += _make(folder, name)
    classroom = Classroom.at(folder)
    if name is not None and name != classroom.name:
        raise NotAClassFolder(f"{folder} is the class {classroom.name} already; to call it "
                              f"{name}, change its {CLASS_FILE}, or name another folder")
    from traitlets.config import Config

    configure(Config(), classroom)
    changed = enter_class(classroom)
    return lines + changed or [f"{classroom.name}: nothing has changed."]


def _make(folder: Path, name: str | None) -> list[str]:
    course = _course_for(folder, name)
    pages = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined,
                        keep_trailing_newline=True, autoescape=False)
    texts = {
        page: pages.get_template(f"{page}.j2").render(
            name=name, course=course.root, timezone=local_zone())
        for page in ("README.md", NBGRADER_CONFIG, CLASS_FILE)
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for page, text in texts.items():
            path = folder / page
            if path.exists() and path.read_bytes() != text.encode():
                raise NotAClassFolder(f"{folder} has a {page} already; name an empty folder")
        for page, text in texts.items():
            write_whole(folder / page, text)
        if not (folder / ROSTER).exists():
            write_roster(folder / ROSTER, [])
        if folder.resolve().is_relative_to(course.root):
            # Nothing of a class is ever committed with the course.
            write_whole(folder / ".gitignore", "*\n")
    except FileExistsError:
        raise NotAClassFolder(f"{folder} is not a folder; name another one") from None
    except OSError as error:
        raise NotAClassFolder(f"{folder} cannot be made: {error.strerror}") from None
    return [f"Made the class {name} in {folder}: {CLASS_FILE}, {ROSTER}, {NBGRADER_CONFIG}, "
            "README.md.",
            f"Write the students into {ROSTER} and the due dates into {CLASS_FILE}, then run "
            f"`autograder init {folder}` again."]


def _course_for(folder: Path, name: str | None) -> Course:
    """The checkout that a new class is taught from; NotAClassFolder if it cannot be made there."""
    if name is None:
        raise NotAClassFolder(f"{folder} is no class yet; say what it is called: "
                              f"autograder init {folder} --course NAME")
    checked_name(name)
    if is_checkout(folder.resolve()):
        raise NotAClassFolder(f"{folder} is a checkout of the course; name a folder of its own")
    if strange := sorted(set(str(folder.resolve())) & set("[]*?")):
        raise NotAClassFolder(f"{folder} has {' '.join(strange)} in its path, where nbgrader finds "
                              "nothing; name another folder")
    return course_of(folder.resolve())


def local_zone() -> str:
    """The time zone of this machine by its name; UTC if it does not tell."""
    _, found, name = os.path.realpath(LOCALTIME).partition("/zoneinfo/")
    try:
        return ZoneInfo(name.removeprefix("Etc/")).key if found else "UTC"
    except (OSError, ValueError, KeyError):
        return "UTC"
