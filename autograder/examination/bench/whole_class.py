"""A whole class, as its instructor goes through it: from an empty folder to exported scores.

The commands are run as they are typed, one after the other, and nobody is asked anything.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.frozen import CHAPTER
from autograder.examination.bench.made_up_class import DUE, MadeUpClass, made_up_class, people
from autograder.examination.bench.measuring import BenchError, Measured, program, run_measured
from autograder.examination.bench.platform_zips import write_downloads, write_gradebooks
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.roster import ROSTER, write_roster
from autograder.grading.collecting.platforms import CANVAS, MOODLE

STUDENTS = 300
NAME = "made-up-2026"
SETTINGS = f"""name = "{NAME}"
timezone = "Europe/Berlin"

[due]
{CHAPTER} = {DUE.isoformat()}

[late]
points_per_hour = 0.5
"""
FIRST_OF_EXERCISE = re.compile(
    r'<h3><code>(\w+)</code></h3>\s*<ul class="tally">\s*'
    r'<li><span class="n">\d+</span> <span>([^<]*)</span>'
)


def bench_class(course: Course, console: Console, students: int = STUDENTS) -> dict:
    """Seconds for each step of a class, and for all of them.

    Raises
    ------
    BenchError
        If a command fails, or the report does not name the most common mistakes.
    """
    console.print(f"A class of {students}, from its folder to exported scores ...")
    folder = Path(tempfile.mkdtemp(prefix="class-"))
    try:
        day = Day(course, folder / NAME)
        seconds: dict[str, float] = {}
        for step, measured in day.steps(students):
            seconds[step] = seconds.get(step, 0.0) + measured.seconds
        told = first_mistakes(day.folder / "reports" / f"{CHAPTER}.html")
        if told != day.made.planted:
            raise BenchError(f"the report names {told} as most common, not {day.made.planted}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        **{f"{step}_s": round(taken, 2) for step, taken in seconds.items()},
        f"seconds_for_{students}": round(sum(seconds.values()), 1),
        "mistakes_named": len(told),
    }


@dataclass
class Day:
    """What an instructor does with a class.

    Attributes
    ----------
    course : Course
    folder : Path
        That of the class.
    made : MadeUpClass
        There once the chapter is released.
    """

    course: Course
    folder: Path
    made: MadeUpClass = field(init=False)

    def steps(self, students: int) -> Iterator[tuple[str, Measured]]:
        """Go through the day, command by command, and tell what each took."""
        self.folder.mkdir()
        yield "init", self._run("init", ".", "--course", NAME)
        write_roster(self.folder / ROSTER, people(students))
        (self.folder / CLASS_FILE).write_text(SETTINGS, encoding="utf-8")
        yield "init", self._run("init", ".")
        yield "release", self._run("release", CHAPTER)
        with zipfile.ZipFile(self.folder / "handout" / f"{CHAPTER}.zip") as handout:
            released = handout.read(f"{CHAPTER}/{CHAPTER}.ipynb")
        self.made = made_up_class(self.course, CHAPTER, released, students)
        downloads = write_downloads(self.made, self.folder.parent)
        gradebooks = write_gradebooks(self.made, self.folder.parent)
        for download in downloads.values():
            yield "collect", self._run("collect", CHAPTER, str(download))
        yield "grade", self._run("grade", CHAPTER)
        yield "report", self._run("report", CHAPTER)
        yield "feedback", self._run("feedback", CHAPTER)
        yield "export", self._run("export", CHAPTER, "--items")
        for lms in (CANVAS, MOODLE):
            yield "export", self._run(
                "export", CHAPTER, "--lms", lms.lower(), "--into", str(gradebooks[lms]))
        yield "export", self._run("export", CHAPTER, "--lms", "gradescope")

    def _run(self, *arguments: str) -> Measured:
        return run_measured(program("autograder", *arguments), self.folder)


def first_mistakes(page: Path) -> dict[str, str]:
    """The most common mistake of each exercise, as a report tells it."""
    found = FIRST_OF_EXERCISE.findall(page.read_text(encoding="utf-8"))
    return {exercise: unescape(name) for exercise, name in found}
