"""The bench measures what it says. Nothing here asserts how fast anything is."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import nbformat
import numpy as np
import pytest
from rich.console import Console

from autograder.cells import CHECK_SUFFIX
from autograder.course import Course
from autograder.examination import bench
from autograder.examination.attacks import ATTACKS, HONEST
from autograder.examination.bench import PARTS, flat, measuring, run_bench, training
from autograder.examination.bench.attacks import STUDENT, grade_here, stock_autograde, totals
from autograder.examination.bench.classes import (
    class_of_now,
    copied,
    frozen_class,
    hand_in,
    remove,
    scores,
)
from autograder.examination.bench.convolution import CHAPTER as CONVOLUTION
from autograder.examination.bench.convolution import NUMPY, TORCH, compared
from autograder.examination.bench.feedback import bench_feedback
from autograder.examination.bench.frozen import CHAPTER, frozen_text, handed_in
from autograder.examination.bench.measuring import BenchError, family_memory, run_measured
from autograder.examination.bench.players import Player
from autograder.examination.bench.report import multiply
from autograder.exercises import exercises_of
from autograder.grading.batch import grade_batch
from autograder.grading.reporting.class_report import class_report
from autograder.tests.grading.made_class import graded, make_class

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
with_fork = pytest.mark.skipif(sys.platform == "win32", reason="grading needs fork")
MB = 1_000_000


def python(code, *arguments):
    return [sys.executable, "-c", code, *map(str, arguments)]


# Measuring a command

BURN = """
import time
while time.process_time() < 0.4:
    pass
"""
PARENT_OF_TWO = f"""
import subprocess, sys
for _ in range(2):
    subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
"""


@with_fork
def test_cpu_seconds_of_children_count(tmp_path):
    measured = run_measured(python(PARENT_OF_TWO), tmp_path)
    assert measured.cpu_seconds >= 0.8
    assert measured.seconds > 0
    assert measured.peak_mb is None


@with_fork
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_cpu_seconds_of_a_process_that_nobody_waits_for_count_if_it_is_watched(tmp_path):
    busy = "import time; end = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
    orphan = (f"import subprocess, sys, time, os\n"
              f"subprocess.Popen([sys.executable, '-c', {busy!r}]); time.sleep(2); os._exit(0)")
    assert run_measured(python(orphan), tmp_path).cpu_seconds < 0.5
    assert run_measured(python(orphan), tmp_path, watch_time=True).cpu_seconds >= 0.5


def test_sleeping_takes_no_cpu_seconds(tmp_path):
    measured = run_measured(python("import time; time.sleep(1)"), tmp_path)
    assert measured.cpu_seconds < measured.seconds


def test_a_command_that_fails_is_told_with_its_last_words(tmp_path):
    with pytest.raises(BenchError, match=r"status 3:\s+I could not"):
        code = "import sys; print('I could not', file=sys.stderr); sys.exit(3)"
        run_measured(python(code), tmp_path)


# 60 MB of memory, kept until stdin closes: twice for two processes that each have their own, once
# for two that share it after a fork.
OWN = """
import os, subprocess, sys
hold = bytearray(b"x") * 60_000_000
if sys.argv[1] == "parent":
    child = subprocess.Popen([sys.executable, __file__, "child"], stdin=0, stdout=1)
os.write(1, b"ready\\n")
sys.stdin.read()
"""
SHARED = """
import os, sys
hold = bytearray(b"x") * 60_000_000
child = os.fork()
os.write(1, b"ready\\n")
sys.stdin.read()
"""


def memory_of(tmp_path, code):
    script = tmp_path / "hold.py"
    script.write_text(code)
    process = subprocess.Popen([sys.executable, str(script), "parent"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
        return family_memory(process.pid)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


@on_linux
def test_memory_of_a_family_adds_up(tmp_path):
    assert 120 * MB <= memory_of(tmp_path, OWN) < 170 * MB


@on_linux
def test_shared_memory_counts_once(tmp_path):
    assert 60 * MB <= memory_of(tmp_path, SHARED) < 100 * MB


@on_linux
def test_peak_memory_is_that_of_all_processes(tmp_path):
    code = ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', "
            "'import time; hold = bytearray(b\"x\") * 60_000_000; time.sleep(1)'])")
    assert run_measured(python(code), tmp_path, watch_memory=True).peak_mb >= 60


def test_without_proc_memory_is_not_measured_and_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "PROC", tmp_path)
    assert run_measured(python("pass"), tmp_path, watch_memory=True).peak_mb is None
    assert any("only Linux has /proc" in line for line in measuring.what_is_not_measured())


def test_on_windows_cpu_seconds_are_not_measured_and_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring.sys, "platform", "win32")
    assert run_measured(python("pass"), tmp_path).cpu_seconds is None
    assert any("CPU seconds" in line for line in measuring.what_is_not_measured())


# The printed table and the file

FIGURES = {
    "bench_grading": {"jobs1_ms": 210.5, "jobs2_peak_mb": None, "points": 30.0},
    "bench_feedback": {"per_page_ms": 12.5},
    "bench_startup": {"help_s": 0.25},
    "bench_report": {"seconds_for_300": 2.5},
    "bench_class": {"grade_s": 40.5},
    "bench_checks": {"slowest_style": "an honest loop"},
    "bench_convolution": {"vs_torch_geomean": 1.25},
    "bench_training": {"two_layer_vs_torch": 0.875},
    "bench_attacks": {"paid": {"autograder": 0, "nbgrader": 7}, "undeserved": {"a trick": {}}},
    "bench_long_run": {"a_minute": 900},
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the bench with figures made up; what was printed, and the file."""
    for name, figures in FIGURES.items():
        monkeypatch.setattr(bench, name, lambda *course, figures=figures, **options: figures)
    monkeypatch.setattr(bench, "best_level", lambda: "paper walls")

    def run(**options):
        printed = StringIO()
        run_bench(Course(tmp_path), Console(file=printed, width=200), **options)
        return printed.getvalue(), json.loads((tmp_path / "build" / "bench.json").read_text())

    return run


def test_table_has_every_figure_of_the_file(run):
    printed, figures = run()
    assert set(figures) == {"machine", *PARTS}
    for key, value in flat(figures):
        (line,) = (line for line in printed.splitlines() if f" {key} " in line)
        assert ("not measured" if value is None else str(value)) in line


def test_some_parts_leave_the_figures_of_the_others(run, tmp_path):
    run()
    path = tmp_path / "build" / "bench.json"
    old = {**json.loads(path.read_text()), "startup": {"help_s": 99.0}, "conv": {"kept": 1}}
    path.write_text(json.dumps(old))
    printed, figures = run(only=["startup"])
    assert figures == {**old, "startup": FIGURES["bench_startup"]}
    assert "startup.help_s" in printed
    assert "conv." not in printed


def test_no_long_run_of_nothing(run):
    assert "long_run" not in run(many=0)[1]


def test_an_unknown_part_is_refused(run):
    with pytest.raises(BenchError, match=r"no part 'speed'.*grading, feedback, report, class, "):
        run(only=["speed"])


def test_class_is_made_larger_by_copies_that_are_reported_like_the_others(classroom):
    """Found graded, listed, with their models' scores and mistakes."""
    make_class(classroom, {"a": graded({"affine_backward": "dw is transposed"}), "b": graded()})
    multiply(classroom, 9)
    report = class_report(classroom, CHAPTER)
    assert len(report.rows) == report.listed == 9 and not report.missing
    assert report.topics[0].topic.students == 5
    assert report.concerns == []
    assert len(set(report.scores)) == 2


# The frozen chapter


def test_frozen_chapter_fits_the_exercise_table():
    released = nbformat.reads(frozen_text("released.json"), as_version=4)
    frozen = {
        cell.metadata.nbgrader.grade_id.removesuffix(CHECK_SUFFIX): cell.metadata.nbgrader.points
        for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade")
    }
    table = {name: exercise.max_points for name, exercise in exercises_of(CHAPTER).items()}
    assert frozen == table, "run python -m autograder.examination.bench.freeze"


def test_frozen_students_differ_and_run_their_pictures():
    texts = handed_in()
    assert len(texts) == len(set(texts.values())) == 8
    for text in texts.values():
        assert "load_mnist" in text
        assert "draw_images(" in text


@with_fork
def test_frozen_class_is_graded_as_a_class(classroom, level):
    students = len(handed_in())
    frozen = frozen_class(classroom.course, "frozen", students + 1)
    rows = {row.student: row for row in grade_batch(frozen, CHAPTER, level=level, jobs=1)}
    assert len(rows) == students + 1
    assert rows["s0000"].now == rows["s0000"].max_points  # ada has everything right
    assert rows[f"s{students:04}"].now == rows["s0000"].now  # after the last comes the first again
    assert 0 < rows["s0001"].now < rows["s0001"].max_points
    assert scores(frozen.gradebook) == {name: row.now for name, row in rows.items()}


@with_fork
@pytest.mark.slow
def test_every_student_of_the_bench_gets_a_page(classroom, monkeypatch):
    monkeypatch.setattr("autograder.examination.bench.feedback.ROUNDS", 1)
    figures = bench_feedback(classroom.course, Console(file=StringIO()), pages=9)
    assert figures["pages"] == 9 and figures["per_page_ms"] > 0
    assert not (classroom.course.root / "build" / "bench-feedback").exists()


# Attacks, each in a class of its own


def set_scores(gradebook, statement):
    with closing(sqlite3.connect(gradebook)) as connection:
        connection.execute(statement)
        connection.commit()


@with_fork
@pytest.mark.slow
def test_copies_of_a_class_share_nothing(classroom, level):
    graded = class_of_now(classroom.course, "graded")
    hand_in(graded, STUDENT, graded.course.source(CHAPTER).read_text(encoding="utf-8"))
    grade_here(graded)
    honest = scores(graded.gradebook)
    first, second = copied(graded, "first"), copied(graded, "second")
    # A score by hand beats the automatic one, as in nbgrader.
    set_scores(first.gradebook, "update grade set manual_score = 0.5, extra_credit = 0.25")
    remove(graded)
    cells = len(exercises_of(CHAPTER)) + 1  # and the written question
    assert scores(first.gradebook)[STUDENT] == 0.75 * cells
    assert scores(second.gradebook) == honest
    assert honest[STUDENT] > 0


@pytest.mark.slow
@with_fork
def test_an_attack_on_the_gradebook_pays_only_for_itself(classroom):
    """In stock nbgrader, which lets the first of the two write into its database."""
    database, honest = "leave a trigger in the gradebook", "NaN everywhere"
    attacks = [attack for attack in ATTACKS if attack.name in (database, honest)]
    template = class_of_now(classroom.course, "template")
    points = totals(template, attacks, "stock", stock_autograde, side_by_side=2)
    assert points[honest] == HONEST
    assert points[database] is None or points[database] > HONEST
    assert not list(template.course.root.parent.glob("bench-attacks-*")), "classes are removed"


# Convolutions

TINY = {"x": (2, 3, 8, 8), "filters": 4, "dtype": "float32", "calls": 1}
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")


def test_numpys_process_has_never_loaded_pytorch():
    with Player(NUMPY, str(Course.find().solution(CONVOLUTION))) as ours:
        for kind in ("", "_naive"):
            answer = ours.ask({**TINY, "kind": kind})
            assert answer["seconds"] > 0
            assert answer["torch"] is False


@needs_torch
@pytest.mark.slow
def test_pytorchs_process_has_never_loaded_numpy():
    with Player(TORCH) as theirs:
        answer = theirs.ask(TINY)
    assert answer["seconds"] > 0
    assert answer["numpy"] is False


def test_layers_are_compared_in_turn(monkeypatch):
    monkeypatch.setattr(bench.convolution, "LAYERS", {"tiny": TINY})
    monkeypatch.setattr(bench.convolution, "TURNS", 3)
    asked = []

    class Told:
        def __init__(self, name, seconds):
            self.name, self.seconds = name, seconds

        def turn(self, layer):
            asked.append(self.name)
            return self.seconds

    figures = compared(Told("ours", 0.003), Told("theirs", 0.002))
    assert asked == ["ours", "theirs"] * 3
    assert figures == {"numpy_ms_tiny": 3.0, "torch_ms_tiny": 2.0, "vs_torch_tiny": 1.5,
                       "vs_torch_geomean": 1.5}


def test_a_process_that_ends_is_told():
    with Player(NUMPY, str(Path(__file__).with_name("no_such_chapter.py"))) as nobody:
        nobody.process.wait()
        with pytest.raises(BenchError, match=r"play_numpy\.py"):
            nobody.turn(TINY)


# Trainings

TRAINED = {
    "two_layer": training.Training("09_two_layer_net", "TwoLayerNet", (784, 6, 10), steps=4,
                                   a_turn=2, lr=0.1, falling=False, flat=True),
    "convnet": training.Training("10_convnet", "ConvNet", ((1, 28, 28), 2, 5, 7, 10), steps=4,
                                 a_turn=2, lr=0.01, falling=True, flat=False),
}
"""Networks that are small, trained for four steps in two turns."""


@pytest.fixture(params=TRAINED)
def start(request, tmp_path):
    """The name of a training, and what both libraries are given of it."""
    few = TRAINED[request.param]
    training.write_start(tmp_path, few, Course.find().reference(few.chapter))
    return request.param, few, tmp_path


def ask(player, few):
    return player.ask({"from": 0, "rates": few.rates()})


def our_player(start):
    name, few, folder = start
    return Player(training.NUMPY, str(folder), name, str(Course.find().root), few.chapter)


def test_numpy_trains_in_float32_without_pytorch(start):
    with our_player(start) as ours:
        answer = ask(ours, start[1])
        assert answer["seconds"] > 0 and len(answer["losses"]) == 4
        assert answer["dtypes"] == ["float32"] and answer["torch"] is False
        assert 0 <= ours.ask({"test": True})["accuracy"] <= 1


@needs_torch
@pytest.mark.slow
def test_pytorch_trains_the_same_network_without_numpy(start):
    name, few, folder = start
    with our_player(start) as ours, Player(training.TORCH, str(folder), name) as theirs:
        mine, answer = ask(ours, few), ask(theirs, few)
        assert answer["seconds"] > 0
        assert answer["dtypes"] == ["torch.float32"] and answer["numpy"] is False
        np.testing.assert_allclose(mine["losses"], answer["losses"], atol=1e-6)
        assert len(set(mine["losses"])) == 4, "the weights move, the images change"
        right, theirs_right = (player.ask({"test": True})["accuracy"] for player in (ours, theirs))
        assert abs(right - theirs_right) < 0.01


class TellsTraining:
    """Answers as a player does, with losses and seconds made up."""

    def __init__(self, seconds, losses, asked):
        self.seconds, self.losses, self.asked = iter(seconds), losses, asked

    def ask(self, question):
        self.asked.append((self, question))
        if "test" in question:
            return {"accuracy": self.losses[0]}
        start, rates = question["from"], question["rates"]
        return {"seconds": next(self.seconds), "losses": self.losses[start:start + len(rates)]}


def trained(losses, others):
    asked = []
    ours = TellsTraining([0.004, 0.008, 0.5], losses, asked)
    theirs = TellsTraining([0.002, 0.002, 0.5], others, asked)
    few = training.Training("", "Net", (), steps=6, a_turn=2, lr=0.3, falling=True, flat=True)
    return training.compared(few, ours, theirs), [(player is ours, q) for player, q in asked]


def test_trainings_take_turns_and_are_tested_at_last():
    figures, asked = trained([0.5, 2, 3, 4, 5, 6], [0.5, 2, 3, 4.00003, 5, 6])
    assert figures == {"vs_torch": 2.0, "numpy_ms": 4.0, "torch_ms": 1.0, "accuracy": 0.5,
                       "accuracy_torch": 0.5, "largest_loss_difference": 3e-5}
    assert [ours for ours, _ in asked] == [True, False] * 4
    assert [q.get("from", "test") for _, q in asked[::2]] == [0, 2, 4, "test"]
    rates = [rate for _, q in asked[:-2:2] for rate in q["rates"]]
    np.testing.assert_allclose(rates, [0.3, 0.25, 0.2, 0.15, 0.1, 0.05])


@pytest.mark.parametrize("wrong", [4.001, float("nan")])
def test_another_network_is_not_compared(wrong):
    with pytest.raises(BenchError, match=r"losses of Net and of PyTorch differ by .* within 100"):
        trained([1, 2, 3, 4, 5, 6], [1, 2, 3, wrong, 5, 6])


def test_losses_may_part_later(monkeypatch):
    monkeypatch.setattr(training, "COMPARED_STEPS", 3)
    assert trained([1, 2, 3, 4, 5, 6], [1, 2, 3, 9, 5, 6])[0]["largest_loss_difference"] == 0


def test_every_image_is_seen_once_before_one_is_seen_twice():
    rows = training.batches(300, 5)
    assert rows.shape == (5, 100)
    assert sorted(rows[:3].ravel()) == list(range(300))
    assert len(set(rows[3:].ravel())) == 200


def test_without_pytorch_trainings_are_not_compared_and_that_is_said(monkeypatch):
    monkeypatch.setattr(training, "find_spec", lambda name: None)
    printed = StringIO()
    assert training.bench_training(Course.find(), Console(file=printed, width=200)) == {}
    assert "PyTorch is missing" in printed.getvalue()
