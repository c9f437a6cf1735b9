"""The chapter's convolution against PyTorch's: forward and backward, 3 x 3 and pad 1.

Each library runs in a process of its own with one thread, and has never loaded the other: two
thread pools on two cores measure the scheduler. The processes take turns (A B A B), and what is
compared is their CPU time, which on one thread is the work itself: other programs on the machine
do not lengthen it. A figure is the median of the ratios of neighbouring turns.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.measuring import BenchError, environment

CHAPTER = "07_convolution"
LAYERS: dict[str, dict] = {
    "8x3x28x28_f8_float64": {"x": (8, 3, 28, 28), "filters": 8, "dtype": "float64", "calls": 20},
    "32x16x28x28_f32_float32":
        {"x": (32, 16, 28, 28), "filters": 32, "dtype": "float32", "calls": 2},
    "100x1x28x28_f16_float32":
        {"x": (100, 1, 28, 28), "filters": 16, "dtype": "float32", "calls": 5},
}
"""The shape of the images, the number of filters, and how many calls make a turn."""
LOOPS = {**LAYERS["8x3x28x28_f8_float64"], "calls": 1}
NUMPY, TORCH = "play_numpy.py", "play_torch.py"
TURNS = 31
FEW_TURNS = 5
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**31), "MALLOC_MMAP_THRESHOLD_": str(2**25)}
"""Whether the GNU C library gives freed memory back to the system depends on what was freed
before. Getting it again can take longer than the convolution, in both libraries: so it is kept."""


class Player:
    """A process that runs a layer of one library whenever it is asked to.

    Parameters
    ----------
    script : str
        A file of this folder.
    arguments : str
    """

    def __init__(self, script: str, *arguments: str):
        self.script = script
        path = Path(__file__).with_name(script)
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(path), *arguments], text=True,
            env={**environment(), **ONE_THREAD, **KEEP_MEMORY},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *exception) -> None:
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, question: dict) -> dict:
        """The answer to a question; both are one line of JSON."""
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise BenchError(f"the process of {self.script} has ended; what it said stands above")
        return json.loads(answer)

    def turn(self, layer: dict) -> float:
        """CPU seconds of a forward and backward pass: the mean of a turn, after one to warm up."""
        return self.ask(layer)["seconds"]


def bench_convolution(course: Course, console: Console) -> dict:
    """Times of the reference and of PyTorch, and how much faster im2col is than the loops."""
    console.print("Running convolutions, one thread each, in turn ...")
    figures: dict[str, float] = {}
    with Player(NUMPY, str(course.solution(CHAPTER))) as ours:
        if find_spec("torch") is None:
            console.print("Convolutions are not compared: PyTorch is missing (`make bench` has it)")
        else:
            with Player(TORCH) as theirs:
                figures = compared(ours, theirs)
        loops = {**LOOPS, "kind": "_naive"}
        ratios = [ours.turn(loops) / ours.turn(LOOPS) for _ in range(FEW_TURNS)]
    return {**figures, "loops_vs_fast": round(statistics.median(ratios), 1)}


def compared(ours: Player, theirs: Player) -> dict[str, float]:
    """For each layer both times in ms and their ratio; and the geometric mean of the ratios."""
    figures: dict[str, float] = {}
    ratios = []
    for name, layer in LAYERS.items():
        turns = [(ours.turn(layer), theirs.turn(layer)) for _ in range(TURNS)]
        ratios.append(statistics.median(a / b for a, b in turns))
        for label, column in zip(("numpy_ms", "torch_ms"), zip(*turns)):
            figures[f"{label}_{name}"] = round(1000 * statistics.median(column), 3)
        figures[f"vs_torch_{name}"] = round(ratios[-1], 3)
    figures["vs_torch_geomean"] = round(statistics.geometric_mean(ratios), 3)
    return figures
