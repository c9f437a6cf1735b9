"""Measurements against the peers, in the same run on the same machine: ``make bench``.

Figures are printed and written to ``build/bench.json``. Nothing here is asserted: speed
depends on the machine, ratios less so.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from rich.table import Table

from autograder.authoring.build import build
from autograder.authoring.demo import CHAPTER, CLASS, SampleStudent, hand_in
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises import CHAPTERS
from autograder.grading.classroom import Classroom
from autograder.grading.isolation import best_level
from autograder.kit.functions import LocalFunctions

HONEST = [student for student in CLASS if student.name not in ("ivan", "lena", "kofi", "hana")]
"""Submissions that stock nbgrader can grade: a readable file of the right name, no endless loop,
and no copied cell, which ends its whole batch."""


def run_bench(course: Course, console, submissions: int, many: int) -> None:
    """Run all measurements and write them down.

    Parameters
    ----------
    course : Course
    console : rich.console.Console
    submissions : int
        How many submissions are graded by nbgrader and by this grader.
    many : int
        How many are graded in the long run that watches memory; 0 leaves it out.
    """
    build(course)
    figures = {"machine": {"cores": os.cpu_count(), "isolation": best_level()}}
    figures["grading"] = bench_grading(course, console, submissions)
    if many:
        figures["long_run"] = bench_memory(course, console, many)
    figures["check"] = bench_checks(course, console)
    figures["conv"] = bench_convolution(course, console)
    figures["attacks"] = bench_attacks(course, console)
    path = course.root / "build" / "bench.json"
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    console.print(f"\nWritten to {path.relative_to(course.root)}")


# Grading


def bench_grading(course: Course, console, submissions: int) -> dict:
    """Milliseconds for a submission: stock ``nbgrader autograde`` and ``autograder grade``.

    The same files for all. Each run is a command of its own, started cold, that writes gradebook
    and notebooks.
    """
    console.print(f"Grading {submissions} submissions of {CHAPTER}, three times ...")
    figures: dict[str, float] = {"submissions": submissions}
    scores = {}
    for name, command in {
        "nbgrader": ["nbgrader", "autograde", CHAPTER],
        "jobs1": ["autograder.cli", "grade", CHAPTER, "--jobs", "1"],
        "jobs2": ["autograder.cli", "grade", CHAPTER, "--jobs", "2"],
    }.items():
        classroom = make_class(course, f"bench-{name}", submissions, stock=name == "nbgrader")
        seconds, peak = timed([sys.executable, "-m", *command], classroom.course.root)
        figures[f"{name}_ms"] = round(1000 * seconds / submissions, 1)
        figures[f"{name}_peak_mb"] = peak
        scores[name] = total_of(classroom)
        shutil.rmtree(classroom.course.root)
    for jobs in ("jobs1", "jobs2"):
        figures[f"speedup_{jobs}"] = round(figures["nbgrader_ms"] / figures[f"{jobs}_ms"], 1)
    figures["points"] = scores
    table = Table("", "ms a submission", "times as fast", "peak memory, MB", "points of all")
    for name, label in {"nbgrader": "nbgrader autograde", "jobs1": "autograder grade --jobs 1",
                        "jobs2": "autograder grade --jobs 2"}.items():
        table.add_row(label, f"{figures[name + '_ms']:.0f}",
                      f"{figures.get('speedup_' + name, 1):.1f}", f"{figures[name + '_peak_mb']:.0f}",
                      f"{scores[name]:g}")
    console.print(table)
    return figures


def make_class(course: Course, name: str, count: int, *, stock: bool = False) -> Classroom:
    """A checkout with a class of `count` submissions, registered in its gradebook."""
    root = course.root / "build" / name
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("solutions", "course", "build/source"):
        shutil.copytree(course.root / folder, root / folder)
    shutil.copy(course.root / "nbgrader_config.py", root)
    classroom = Classroom.of(Course(root))
    from datetime import datetime

    now = datetime.now(UTC)
    for number in range(count):
        student = HONEST[number % len(HONEST)]
        hand_in(classroom, SampleStudent(f"s{number:04}", "", student.spoil), now)
    from autograder.grading.gradebook import GradeWriter

    with GradeWriter(classroom, CHAPTER):
        pass  # both graders start with a gradebook that knows the chapter
    if stock:
        # nbgrader reads this file by itself: ours must not be there.
        (root / "nbgrader_config.py").write_text(STOCK_CONFIG, encoding="utf-8")
    return classroom


STOCK_CONFIG = '''"""The same class for nbgrader as it comes: its own Execute, no plugin of ours."""
from pathlib import Path
c = get_config()
root = Path(__file__).resolve().parent
c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.db_url = f"sqlite:///{root}/class/gradebook.db"
c.ExecutePreprocessor.timeout = 20
c.Execute.timeout = 20
'''


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall seconds of a command, and the peak memory in MB of its largest process."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = PeakMemory(process.pid)
    errors = peak.watch(process)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{errors[-2000:]}")
    return seconds, round(peak.largest / 1e6)


class PeakMemory:
    """The resident memory of a process and all below it, added up, at its largest."""

    def __init__(self, pid: int):
        self.pid, self.largest = pid, 0

    def watch(self, process: subprocess.Popen) -> str:
        """Look every 50 ms until the process ends; what it wrote to stderr."""
        import threading

        errors: list[bytes] = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        while process.poll() is None:
            self.largest = max(self.largest, family_memory(self.pid))
            time.sleep(0.05)
        reader.join()
        return b"".join(errors).decode(errors="replace")


def family_memory(pid: int) -> int:
    """Bytes of memory of a process and its descendants; shared pages are shared out (PSS)."""
    if not Path("/proc").is_dir():
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    family, more = {pid}, {pid}
    while more:
        more = {child for child, parent in parents.items() if parent in family} - family
        family |= more
    total = 0
    for member in family:
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def total_of(classroom: Classroom) -> float:
    """The sum of all points in a gradebook."""
    import sqlite3

    connection = sqlite3.connect(classroom.gradebook)
    (total,) = connection.execute("select sum(auto_score) from grade").fetchone()
    connection.close()
    return total or 0.0


def bench_memory(course: Course, console, many: int) -> dict:
    """Memory of one long run, at its beginning and at its end."""
    console.print(f"Grading {many} submissions in one run ...")
    classroom = make_class(course, "bench-long", many)
    record = classroom.record(CHAPTER, "x").parent
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", "grade", CHAPTER, "--jobs", "2"],
        cwd=classroom.course.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    started, seen, checkpoints = time.perf_counter(), {}, [200, many]
    while process.poll() is None:
        done = sum(1 for _ in record.iterdir()) if record.exists() else 0
        for checkpoint in checkpoints:
            # The last figure is taken shortly before the end, while all are still alive.
            if done >= min(checkpoint, many - 8) and checkpoint not in seen:
                seen[checkpoint] = round(family_memory(process.pid) / 1e6)
        time.sleep(0.1)
    seconds = time.perf_counter() - started
    graded = sum(1 for _ in record.iterdir())
    shutil.rmtree(classroom.course.root)
    figures = {"graded": graded, "seconds": round(seconds, 1), "a_minute": round(60 * graded / seconds),
               **{f"memory_mb_at_{k}": v for k, v in seen.items()}}
    memory = ", ".join(f"{value} MB after {key}" for key, value in seen.items())
    console.print(f"{graded} submissions in {seconds:.0f} s, {figures['a_minute']} a minute; {memory}")
    return figures


# Attacks


def bench_attacks(course: Course, console) -> dict:
    """Undeserved points of each attack, here and in stock nbgrader."""
    from autograder.examination.attacks import ATTACKS, HONEST, attacking_notebook
    from autograder.grading.batch import grade_batch
    from autograder.kit.limits import Limits

    console.print(f"Running {len(ATTACKS)} attacks ...")
    limits = Limits(cell_seconds=4, call_seconds=1, submission_seconds=12, memory_mb=512, scratch_mb=16)
    undeserved: dict[str, dict[str, float | None]] = {}
    outcome = {}
    for grader in ("autograder", "nbgrader"):
        classroom = make_class(course, f"bench-attacks-{grader}", 0, stock=grader == "nbgrader")
        secret = classroom.course.root / "secret.txt"
        secret.write_text("secret")
        for number, attack in enumerate(ATTACKS):
            if grader == "nbgrader" and attack.harmful:
                continue
            folder = classroom.submitted(CHAPTER, f"a{number:02}")
            folder.mkdir(parents=True)
            text = attacking_notebook(classroom, attack, 9, 2**22 - 1, secret)
            (folder / f"{CHAPTER}.ipynb").write_text(text, encoding="utf-8")
        if grader == "autograder":
            for _ in grade_batch(classroom, CHAPTER, level=best_level(), jobs=2, limits=limits):
                pass
        else:
            # One student at a time: some of these files stop nbgrader's batch.
            for number, attack in enumerate(ATTACKS):
                if not attack.harmful:
                    _stock_autograde(classroom, f"a{number:02}")
        outcome[grader] = _totals(classroom)
        shutil.rmtree(classroom.course.root)
    table = Table("attack", "undeserved points here", "in stock nbgrader")
    for number, attack in enumerate(ATTACKS):
        row = {}
        for grader, totals in outcome.items():
            got = totals.get(f"a{number:02}")
            row[grader] = None if got is None else max(0.0, got - HONEST - attack.deserves)
        undeserved[attack.name] = row
        theirs = "not run: it would harm the machine" if attack.harmful else _points(row["nbgrader"])
        table.add_row(attack.name, _points(row["autograder"]), theirs)
    console.print(table)
    paid = {g: sum(1 for row in undeserved.values() if row[g]) for g in outcome}
    console.print(f"Attacks that paid: {paid['autograder']} here, {paid['nbgrader']} in stock nbgrader")
    return {"paid": paid, "undeserved": undeserved}


def _points(points: float | None) -> str:
    return "not graded" if points is None else f"{points:g}"


def _stock_autograde(classroom: Classroom, student: str) -> None:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", CHAPTER, "--student", student],
        cwd=classroom.course.root, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=300, check=False,
    )


def _totals(classroom: Classroom) -> dict[str, float]:
    import sqlite3

    connection = sqlite3.connect(classroom.gradebook)
    rows = connection.execute("""
        select submitted_assignment.student_id, sum(grade.auto_score) from grade
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
        group by submitted_assignment.student_id
    """).fetchall()
    connection.close()
    return {student: score or 0.0 for student, score in rows}


# Checks


def bench_checks(course: Course, console) -> dict:
    """The slowest check of a right answer, over all styles in which the tests answer."""
    from autograder.examination.right import right_answers_of

    slowest: dict[str, tuple[float, str]] = {}
    for chapter in CHAPTERS:
        keys = {key.exercise.name: key for key in course.answer_keys(chapter, 1)}
        reference = course.reference(chapter)
        for answer in right_answers_of(chapter):
            functions = LocalFunctions({**reference, **answer.functions})
            started = time.perf_counter()
            run_check(keys[answer.exercise], functions)
            seconds = time.perf_counter() - started
            if seconds > slowest.get(answer.exercise, (0.0, ""))[0]:
                slowest[answer.exercise] = (seconds, answer.style)
    table = Table("slowest checks", "style of the answer", "seconds")
    ranked = sorted(slowest.items(), key=lambda item: -item[1][0])
    for exercise, (seconds, style) in ranked[:5]:
        table.add_row(exercise, style, f"{seconds:.3f}")
    console.print(table)
    exercise, (seconds, style) = ranked[0]
    return {"slowest_s": round(seconds, 3), "slowest_exercise": exercise, "slowest_style": style}


# Convolution

CONVOLUTIONS = {
    "8x3x28x28_f8_float64": ((8, 3, 28, 28), 8, "float64"),
    "32x16x28x28_f32_float32": ((32, 16, 28, 28), 32, "float32"),
    "100x1x28x28_f16_float32": ((100, 1, 28, 28), 16, "float32"),
}


def bench_convolution(course: Course, console) -> dict:
    """Forward and backward of a convolution, 3x3 and pad 1: ours, the loops, and PyTorch's."""
    chapter = "07_convolution"
    if chapter not in CHAPTERS:
        return {}
    try:
        import torch
    except ImportError:
        console.print("Convolutions are not compared: PyTorch is missing; make verify installs it")
        return {}
    import numpy as np


    torch.set_num_threads(2)
    ours = course.reference(chapter)
    figures: dict[str, float] = {}
    table = Table("convolution, forward and backward", "ours, ms", "PyTorch, ms", "ratio")
    rng = np.random.default_rng(0)
    for name, (shape, filters, dtype) in CONVOLUTIONS.items():
        x = rng.standard_normal(shape).astype(dtype)
        w = rng.standard_normal((filters, shape[1], 3, 3)).astype(dtype)
        b = rng.standard_normal(filters).astype(dtype)
        dout = rng.standard_normal((shape[0], filters, *shape[2:])).astype(dtype)
        tensors = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
        upstream = torch.from_numpy(dout)

        def by_us(x=x, w=w, b=b, dout=dout):
            _, cache = ours["conv2d_forward"](x, w, b, 1, 1)
            ours["conv2d_backward"](dout, cache)

        def by_torch(tensors=tensors, upstream=upstream):
            out = torch.nn.functional.conv2d(*tensors, stride=1, padding=1)
            torch.autograd.grad(out, tensors, upstream)

        mine, theirs, ratio = paired(by_us, by_torch)
        figures[f"vs_torch_{name}"] = round(ratio, 2)
        table.add_row(name, f"{1000 * mine:.2f}", f"{1000 * theirs:.2f}", f"{ratio:.2f}")
    ratios = [value for key, value in figures.items() if key.startswith("vs_torch_")]
    figures["vs_torch_geomean"] = round(statistics.geometric_mean(ratios), 2)
    figures["loops_vs_fast"] = round(_loops_vs_fast(ours, rng), 1)
    console.print(table)
    console.print(f"Geometric mean: {figures['vs_torch_geomean']} times PyTorch's time; "
                  f"the loops take {figures['loops_vs_fast']:.0f} times as long as im2col")
    return figures


def _loops_vs_fast(ours: dict, rng) -> float:
    x, w = rng.standard_normal((8, 3, 28, 28)), rng.standard_normal((8, 3, 3, 3))
    b, dout = rng.standard_normal(8), rng.standard_normal((8, 8, 28, 28))

    def run(kind: str) -> None:
        _, cache = ours[f"conv2d_forward{kind}"](x, w, b, 1, 1)
        ours[f"conv2d_backward{kind}"](dout, cache)

    return paired(lambda: run("_naive"), lambda: run(""), rounds=5)[2]


def paired(first: Callable, second: Callable, rounds: int = 30) -> tuple[float, float, float]:
    """Median seconds of two functions run in turn, and the median of their ratios."""
    times: list[tuple[float, float]] = []
    for _ in range(rounds + 3):
        started = time.perf_counter()
        first()
        middle = time.perf_counter()
        second()
        times.append((middle - started, time.perf_counter() - middle))
    times = times[3:]
    mine, theirs = (statistics.median(column) for column in zip(*times))
    return mine, theirs, statistics.median(a / b for a, b in times)
