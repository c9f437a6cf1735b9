"""The trainings of chapters 09 and 10 against PyTorch: the same weights, the same batches.

Both begin with the weights of the reference and see the same images in the same order, in float32.
They take turns of some steps each (A B A B), see `players`; loading the data of a turn is not
timed. A ratio is the median of those of neighbouring turns. That both train the same network is
seen by their losses, which must agree for the first steps.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from course_data import load_mnist
from rich.console import Console

from autograder.course import Course
from autograder.examination.bench.measuring import BenchError
from autograder.examination.bench.players import Player

NUMPY, TORCH = "train_numpy.py", "train_torch.py"
BATCH = 100
HELD_OUT = 5000
"""Training images that no step sees, as in the chapters."""
COMPARED_STEPS, AGREEMENT = 100, 1e-4
"""For how many steps losses are compared, and by how much they may differ: sums are rounded in
another order in each library, and training makes small differences grow."""


@dataclass(frozen=True)
class Training:
    """A training that is timed.

    Attributes
    ----------
    chapter : str
    network : str
        The class of the chapter.
    arguments : tuple
        Of the class; a generator of the first weights is added as ``rng``.
    steps, a_turn : int
        How many steps, and how many of them are a turn.
    lr : float
        The learning rate of the first step.
    falling : bool
        Whether it falls to 0 in a straight line.
    flat : bool
        Whether images are rows of pixels.
    """

    chapter: str
    network: str
    arguments: tuple
    steps: int
    a_turn: int
    lr: float
    falling: bool
    flat: bool

    def rates(self) -> list[float]:
        """The learning rate of each step."""
        return [self.lr * (1 - k / self.steps) if self.falling else self.lr
                for k in range(self.steps)]


TRAININGS = {
    "two_layer": Training("09_two_layer_net", "TwoLayerNet", (784, 50, 10), steps=10_000,
                          a_turn=200, lr=0.1, falling=False, flat=True),
    "convnet": Training("10_convnet", "ConvNet", ((1, 28, 28), 16, 5, 100, 10), steps=550,
                        a_turn=11, lr=0.002, falling=True, flat=False),
}
"""The second one sees each of 55 000 images once."""


def bench_training(course: Course, console: Console) -> dict:
    """For each training: milliseconds a step, the ratio, and accuracies on the test images.

    Raises
    ------
    BenchError
        If the losses of the two libraries differ.
    """
    if find_spec("torch") is None:
        console.print("Trainings are not compared: PyTorch is missing (`make bench` has it)")
        return {}
    figures: dict[str, float] = {}
    for name, training in TRAININGS.items():
        console.print(f"Training {training.network}, one thread each, in turn ...")
        with tempfile.TemporaryDirectory() as folder:
            write_start(Path(folder), training, course.reference(training.chapter))
            arguments = (folder, name)
            with (Player(NUMPY, *arguments, str(course.root), training.chapter) as ours,
                  Player(TORCH, *arguments) as theirs):
                figures |= {f"{name}_{figure}": value
                            for figure, value in compared(training, ours, theirs).items()}
    return figures


def write_start(folder: Path, training: Training, names: Mapping[str, Any]) -> None:
    """Write the data, the first weights and the batches, so that both can read them.

    PyTorch's process reads them without NumPy: as bare bytes, whose types and shapes stand in
    ``layout.json``.
    """
    net = names[training.network](*training.arguments, rng=np.random.default_rng(0))
    (x, y), (x_test, y_test) = load_mnist(normalize=False, flatten=training.flat)
    arrays = {name: array.astype(np.float32) for name, array in net.params.items()}
    layout: dict[str, Any] = {"weights": list(arrays)}
    arrays |= {"x": x, "y": y, "x_test": x_test, "y_test": y_test,
               "batches": batches(len(x) - HELD_OUT, training.steps)}
    for name, array in arrays.items():
        array.tofile(folder / f"{name}.bin")
        layout[name] = [array.dtype.name, array.shape]
    (folder / "layout.json").write_text(json.dumps(layout), encoding="utf-8")


def batches(images: int, steps: int) -> np.ndarray:
    """Which images each step sees: all of them once, then all once more in another order."""
    rng = np.random.default_rng(1)
    rounds = -(-steps * BATCH // images)
    order = np.concatenate([rng.permutation(images) for _ in range(rounds)])
    return order[:steps * BATCH].reshape(steps, BATCH)


def compared(training: Training, ours: Player, theirs: Player) -> dict[str, float]:
    """Train both in turn, to the last step.

    Raises
    ------
    BenchError
        If the losses of the first steps differ.
    """
    rates = training.rates()
    losses: list[tuple[float, float]] = []
    seconds: list[tuple[float, float]] = []
    largest = 0.0
    for start in range(0, training.steps, training.a_turn):
        question = {"from": start, "rates": rates[start:start + training.a_turn]}
        a, b = ours.ask(question), theirs.ask(question)
        losses += zip(a["losses"], b["losses"], strict=True)
        seconds.append((a["seconds"], b["seconds"]))
        mine, others = np.array(losses[:COMPARED_STEPS]).T
        largest = float(np.max(np.abs(mine - others)))  # nan if one of them is
        if not largest <= AGREEMENT:
            raise BenchError(
                f"the losses of {training.network} and of PyTorch differ by {largest:.1e} within "
                f"{COMPARED_STEPS} steps: they do not train the same network"
            )
    numpy_seconds, torch_seconds = zip(*seconds)
    return {
        "vs_torch": round(statistics.median(a / b for a, b in seconds), 3),
        "numpy_ms": round(1000 * statistics.median(numpy_seconds) / training.a_turn, 3),
        "torch_ms": round(1000 * statistics.median(torch_seconds) / training.a_turn, 3),
        "accuracy": ours.ask({"test": True})["accuracy"],
        "accuracy_torch": theirs.ask({"test": True})["accuracy"],
        "largest_loss_difference": float(f"{largest:.1e}"),
    }
