"""The chapter's convolution against PyTorch's: forward and backward, 3 x 3 and pad 1.

The two take turns (A B A B), see `players`. A figure is the median of the ratios of neighbouring
turns.
"""

from __future__ import annotations

import statistics
from importlib.util import find_spec

from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.players import Player

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
