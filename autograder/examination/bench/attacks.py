"""Points that attacks earn beyond what is honest: here, and in stock nbgrader.

Each attack has a class to itself: a checkout and a gradebook that no other attack has touched. So
an attack on the database pays only for itself.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

import autograder
from autograder.course import Course
from autograder.examination.attacks import (
    ATTACKS,
    HONEST,
    Attack,
    answers,
    attacking_notebook,
    cheats,
)
from autograder.examination.bench.classes import (
    class_of_now,
    copied,
    for_stock_nbgrader,
    hand_in,
    remove,
    scores,
)
from autograder.examination.bench.frozen import CHAPTER
from autograder.examination.bench.measuring import environment, program
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import Classroom
from autograder.grading.jail.isolation import best_level
from autograder.kit.limits import Limits

LIMITS = Limits(cell_seconds=4, call_seconds=1, submission_seconds=12, memory_mb=512, scratch_mb=16)
STOCK_SECONDS = 300
AFTERMATH_SECONDS = 25
"""The longest that an attack goes on after its notebook was graded; see the daemon."""
STUDENT = "mallory"
NO_PORT, NO_PROCESS = 9, 2**22 - 1


def bench_attacks(course: Course, console: Console) -> dict:
    """Undeserved points of each attack, and how many attacks paid."""
    ours = [attack for attack in ATTACKS if attack.chapter == CHAPTER]
    console.print(f"Running {len(ours)} attacks, each in a class of its own ...")
    template = class_of_now(course, "bench-attacks")
    # Attacks on the machine have nothing to do with points, and would succeed.
    harmless = [attack for attack in (*cheats.ATTACKS, *answers.ATTACKS) if not attack.harmful]
    got = {
        "nbgrader": totals(template, harmless, "nbgrader", stock_autograde, side_by_side=2,
                           aftermath=AFTERMATH_SECONDS),
        "autograder": totals(template, ours, "autograder", grade_here),
    }
    remove(template)
    undeserved = {
        attack.name: {grader: _undeserved(attack, got[grader].get(attack.name))
                      for grader in ("autograder", "nbgrader")}
        for attack in ours
    }
    table = Table("attack", "undeserved points here", "in stock nbgrader")
    for attack in ours:
        row = undeserved[attack.name]
        theirs = _shown(row["nbgrader"]) if attack in harmless else "not run"
        table.add_row(attack.name, _shown(row["autograder"]), theirs)
    console.print(table)
    paid = {grader: sum(1 for row in undeserved.values() if row[grader]) for grader in got}
    return {"paid": paid, "run": {grader: len(totals) for grader, totals in got.items()},
            "undeserved": undeserved}


def totals(
    template: Classroom, attacks: list[Attack], name: str, grade: Callable[[Classroom], None], *,
    side_by_side: int = 1, aftermath: float = 0.0,
) -> dict[str, float | None]:
    """The points of each attack by its name; None if it was not graded.

    Parameters
    ----------
    template : Classroom
        The class of which each attack gets a copy.
    attacks : list of Attack
    name : str
        Of the grader, for the names of folders.
    grade : callable
        ``grade(classroom)`` grades the one submission of a class.
    side_by_side : int
        How many are graded at a time.
    aftermath : float
        Seconds to wait before the gradebooks are read: some attacks work on after grading.
    """
    classes = {}
    for number, attack in enumerate(attacks):
        own = copied(template, f"bench-attacks-{name}-{number:02}")
        secret = own.course.root / "secret.txt"
        secret.write_text("secret", encoding="utf-8")
        hand_in(own, STUDENT, attacking_notebook(own.course, attack, _places(own, secret)))
        classes[attack.name] = own
    with ThreadPoolExecutor(side_by_side) as pool:
        list(pool.map(grade, classes.values()))
    time.sleep(aftermath)
    points = {attack: scores(own.gradebook).get(STUDENT) for attack, own in classes.items()}
    for own in classes.values():
        remove(own)
    return points


def _places(classroom: Classroom, secret: Path) -> dict[str, object]:
    """What attacks find around them: no server and no other process that is worth one."""
    return {"root": classroom.course.root, "class_": classroom.folder, "secret": secret,
            "package": Path(autograder.__file__).parent, "port": NO_PORT, "pid": NO_PROCESS,
            "grader": NO_PROCESS, "meeting": "autograder-bench"}


def grade_here(classroom: Classroom) -> None:
    """Grade a class with this grader, with limits that make attacks short."""
    for _ in grade_batch(classroom, CHAPTER, level=best_level(), jobs=1, limits=LIMITS):
        pass


def stock_autograde(classroom: Classroom) -> None:
    """Grade a class with nbgrader as it comes. Some attacks end it; then nothing was graded."""
    for_stock_nbgrader(classroom)
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            program("nbgrader", "autograde", CHAPTER), cwd=classroom.course.root, env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=STOCK_SECONDS, check=False,
        )


def _undeserved(attack: Attack, points: float | None) -> float | None:
    return None if points is None else max(0.0, points - HONEST - attack.deserves)


def _shown(points: float | None) -> str:
    return "not graded" if points is None else f"{points:g}"
