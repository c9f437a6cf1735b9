"""The report on a class of 300: `autograder report`, started cold."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from datetime import datetime, timedelta
from itertools import cycle, islice

from rich.console import Console

from autograder.checking.result import Result
from autograder.course import Course
from autograder.examination.bench.classes import frozen_class, remove
from autograder.examination.bench.frozen import CHAPTER, handed_in
from autograder.examination.bench.measuring import median_cpu, program, run_measured
from autograder.files import write_whole
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.roster import ROSTER, Student, write_roster
from autograder.grading.jail.isolation import best_level
from autograder.grading.submissions.submission import Graded

STUDENTS = 300
ROUNDS = 3


def bench_report(course: Course, console: Console) -> dict:
    """Seconds that the report on a class of 300 takes, on the clock and of CPU; medians."""
    console.print(f"Reporting on a class of {STUDENTS}, {ROUNDS} times ...")
    few = handed_in()
    classroom = frozen_class(course, "bench-report", len(few))
    for _ in grade_batch(classroom, CHAPTER, level=best_level(), jobs=os.cpu_count() or 1):
        pass
    multiply(classroom, STUDENTS)
    runs = [run_measured(program("autograder", "report", CHAPTER), classroom.course.root)
            for _ in range(ROUNDS)]
    remove(classroom)
    cpu = median_cpu(runs)
    return {
        "seconds_for_300": round(statistics.median(run.seconds for run in runs), 2),
        "cpu_s_for_300": None if cpu is None else round(cpu, 2),
    }


def multiply(classroom: Classroom, students: int) -> None:
    """Make a class larger: copies of those who were graded, under other names, in a list of them.

    Grading 300 notebooks takes half a minute, and the report does not see the difference.
    """
    graded = sorted(classroom.students_with_folders(CHAPTER))
    when = datetime(2026, 1, 10, 12)
    names = [f"student{number:03}" for number in range(students - len(graded))]
    with GradeWriter(classroom, CHAPTER) as writer:
        for number, (name, model) in enumerate(zip(names, islice(cycle(graded), len(names)))):
            shutil.copytree(classroom.submitted(CHAPTER, model), classroom.submitted(CHAPTER, name))
            shutil.copytree(classroom.autograded(CHAPTER, model),
                            classroom.autograded(CHAPTER, name))
            record = json.loads(classroom.record(CHAPTER, model).read_text(encoding="utf-8"))
            write_whole(classroom.record(CHAPTER, name), json.dumps({**record, "student": name}))
            results = map(Result.from_dict, record["results"])
            writer.write(name, Graded({result.exercise: result for result in results}),
                         when - timedelta(minutes=number))
    write_roster(classroom.folder / ROSTER, [
        Student(name, str(10_000 + number), name=f"Lovelace{number}, Ada Number {number}")
        for number, name in enumerate([*graded, *names])
    ])
