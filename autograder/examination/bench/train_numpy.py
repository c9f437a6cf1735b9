"""Trains a network of a chapter when asked: the NumPy half of `bench.training`.

A script, started with the folder of the data, the name of the training, the checkout and the
chapter. It reads one line of JSON for each turn, and answers in one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograder.course import Course

SHARE = 1000
"""Images of the test set that are looked at in one go."""


def read_start(folder: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays of the folder, and the names of those that are weights."""
    layout = json.loads((folder / "layout.json").read_text(encoding="utf-8"))
    weights = layout.pop("weights")
    return {name: np.fromfile(folder / f"{name}.bin", dtype).reshape(shape)
            for name, (dtype, shape) in layout.items()}, weights


def two_layer(names: dict, weights: dict) -> tuple:
    """The network of 09 and its step: ``step(k, x, y, lr)`` returns the loss."""
    net = names["TwoLayerNet"](*weights["W1"].shape, len(weights["b2"]))
    net.params.update(weights)
    return net, lambda k, x, y, lr: names["train_step"](net, x, y, lr)


def convnet(names: dict, weights: dict) -> tuple:
    """The network of 10 and its step, which is one of Adam."""
    filters, channels, kernel, _ = weights["W1"].shape
    net = names["ConvNet"]((channels, 28, 28), filters, kernel, len(weights["b2"]),
                           len(weights["b3"]), np.random.default_rng(0))
    net.params.update(weights)
    m, v = ({name: np.zeros_like(w) for name, w in weights.items()} for _ in range(2))
    return net, lambda k, x, y, lr: names["training_step"](net, m, v, x, y, k + 1, lr)


NETWORKS: dict[str, Callable[[dict, dict], tuple]] = {"two_layer": two_layer, "convnet": convnet}


def pixels(images: np.ndarray) -> np.ndarray:
    """Bytes from 0 to 255 as float32 from 0 to 1."""
    return images.astype(np.float32) / 255


def train(step: Callable, data: dict, question: dict) -> dict:
    """The losses of some steps, and the CPU seconds of these; their data are loaded before."""
    start, rates = question["from"], question["rates"]
    loaded = [(pixels(data["x"][rows]), data["y"][rows])
              for rows in data["batches"][start:start + len(rates)]]
    began = time.process_time()
    losses = [step(start + k, x, y, lr) for k, ((x, y), lr) in enumerate(zip(loaded, rates))]
    seconds = time.process_time() - began
    return {"seconds": seconds, "losses": [float(loss) for loss in losses]}


def accuracy(net, data: dict) -> dict:
    """The share of the test images that are read right."""
    right = [net.accuracy(pixels(data["x_test"][k:k + SHARE]), data["y_test"][k:k + SHARE])
             for k in range(0, len(data["x_test"]), SHARE)]
    return {"accuracy": round(float(np.mean(right)), 4)}


def main() -> None:
    """Answer until there are no more questions."""
    folder, name, root, chapter = sys.argv[1:]
    data, weights = read_start(Path(folder))
    names = Course(Path(root)).reference(chapter)
    net, step = NETWORKS[name](names, {w: data[w] for w in weights})
    for line in sys.stdin:
        question = json.loads(line)
        answer = accuracy(net, data) if "test" in question else train(step, data, question)
        dtypes = sorted({str(w.dtype) for w in net.params.values()})
        print(json.dumps({**answer, "dtypes": dtypes, "torch": "torch" in sys.modules}),
              flush=True)


if __name__ == "__main__":
    main()
