"""Measurements against the peers, in the same run on the same machine: ``make bench``.

Figures are printed and written to ``build/bench.json``. Nothing here is asserted: speed
depends on the machine, ratios less so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator
from functools import partial

from rich.console import Console
from rich.table import Table

from autograder.course import Course
from autograder.examination.bench.attacks import bench_attacks
from autograder.examination.bench.checks import bench_checks
from autograder.examination.bench.convolution import bench_convolution
from autograder.examination.bench.feedback import bench_feedback
from autograder.examination.bench.grading import bench_grading, bench_long_run
from autograder.examination.bench.measuring import BenchError, what_is_not_measured
from autograder.examination.bench.report import bench_report
from autograder.examination.bench.startup import bench_startup
from autograder.examination.bench.training import bench_training
from autograder.examination.bench.whole_class import bench_class
from autograder.grading.jail.engine import EngineError
from autograder.grading.jail.isolation import best_level

PARTS = (
    "grading", "feedback", "report", "class", "startup", "check", "conv", "train", "attacks",
    "long_run",
)


def run_bench(
    course: Course, console: Console, submissions: int = 24, many: int = 1000, *,
    only: Collection[str] | None = None,
) -> None:
    """Run the measurements and write them down.

    Parameters
    ----------
    course : Course
    console : rich.console.Console
    submissions : int
        How many submissions are graded by nbgrader and by this grader.
    many : int
        How many are graded in the long run that watches memory; 0 leaves it out.
    only : collection of str, optional
        Which of `PARTS` to measure; the other figures in the file stay as they are.

    Raises
    ------
    BenchError
        If there is no such part, or a part cannot be measured.
    """
    unknown = sorted(set(only or ()) - set(PARTS))
    if unknown:
        raise BenchError(f"the bench has no part {unknown[0]!r}; its parts are {', '.join(PARTS)}")
    parts: dict[str, Callable[[Course, Console], dict]] = {
        "grading": partial(bench_grading, submissions=submissions),
        "feedback": bench_feedback,
        "report": bench_report,
        "class": bench_class,
        "startup": bench_startup,
        "check": bench_checks,
        "conv": bench_convolution,
        "train": bench_training,
        "attacks": bench_attacks,
    }
    if many:
        parts["long_run"] = partial(bench_long_run, many=many)
    for line in what_is_not_measured():
        console.print(line)
    path = course.root / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    figures: dict[str, dict] = {}
    if only is not None and path.exists():
        figures = json.loads(path.read_text(encoding="utf-8"))
    figures["machine"] = {"cores": os.cpu_count(), "isolation": _isolation()}
    measured = [name for name in parts if only is None or name in only]
    for name in measured:
        figures[name] = parts[name](course, console)
        # After each part, so that a run that is broken off has not been for nothing.
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    console.print(table_of({name: figures[name] for name in ("machine", *measured)}))
    console.print(f"\nWritten to {path.relative_to(course.root)}")


def table_of(figures: dict) -> Table:
    """All figures under the names that they have in the file; attacks have a table of their own."""
    table = Table("figure", "value")
    for key, value in flat(figures):
        if not key.startswith("attacks.undeserved."):
            table.add_row(key, "not measured" if value is None else str(value))
    return table


def flat(figures: dict, before: str = "") -> Iterator[tuple[str, object]]:
    """Each single figure with its dotted name."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _isolation() -> str:
    try:
        return best_level()
    except EngineError:
        return "none"
