"""Trains the same network in PyTorch when asked: the other half of `bench.training`.

A script, and nothing of the course is imported. PyTorch would load NumPy; it does without.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

sys.modules["numpy"] = None  # type: ignore[assignment]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch
    from torch import nn

SHARE = 1000
"""Images of the test set that are looked at in one go."""


def read_start(folder: Path) -> tuple[dict, list[str]]:
    """The arrays of the folder as tensors, and the names of those that are weights."""
    layout = json.loads((folder / "layout.json").read_text(encoding="utf-8"))
    weights = layout.pop("weights")
    data = {}
    for name, (dtype, shape) in layout.items():
        content = bytearray((folder / f"{name}.bin").read_bytes())
        data[name] = torch.frombuffer(content, dtype=getattr(torch, dtype)).reshape(shape)
    return data, weights


def two_layer(w: dict) -> tuple:
    """784-50-10 and plain gradient descent."""
    (inputs, hidden), outputs = w["W1"].shape, len(w["b2"])
    net = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))
    return net, torch.optim.SGD(net.parameters(), lr=0.1)


def convnet(w: dict) -> tuple:
    """conv, relu, max pooling, and two affine layers; Adam."""
    filters, channels, kernel, _ = w["W1"].shape
    (rows, hidden), outputs = w["W2"].shape, len(w["b3"])
    net = nn.Sequential(
        nn.Conv2d(channels, filters, kernel), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(rows, hidden), nn.ReLU(), nn.Linear(hidden, outputs),
    )
    return net, torch.optim.Adam(net.parameters(), lr=0.002)


NETWORKS = {"two_layer": two_layer, "convnet": convnet}


def start_from(net, weights: list) -> None:
    """Give a network its first weights. A layer of PyTorch's holds those of `nn.Linear` turned."""
    with torch.no_grad():
        for parameter, weight in zip(net.parameters(), weights, strict=True):
            parameter.copy_(weight.T if weight.ndim == 2 else weight)


def pixels(images):
    """Bytes from 0 to 255 as float32 from 0 to 1."""
    return images.to(torch.float32) / 255


def train(net, optimizer, data: dict, question: dict) -> dict:
    """The losses of some steps, and the CPU seconds of these; their data are loaded before."""
    start, rates = question["from"], question["rates"]
    loaded = [(pixels(data["x"][rows]), data["y"][rows].to(torch.int64))
              for rows in data["batches"][start:start + len(rates)]]
    (group,) = optimizer.param_groups
    losses = []
    began = time.process_time()
    for (x, y), lr in zip(loaded, rates):
        group["lr"] = lr
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    seconds = time.process_time() - began
    return {"seconds": seconds, "losses": [loss.item() for loss in losses]}


def accuracy(net, data: dict) -> dict:
    """The share of the test images that are read right."""
    right = 0
    with torch.no_grad():
        for k in range(0, len(data["x_test"]), SHARE):
            guesses = net(pixels(data["x_test"][k:k + SHARE])).argmax(1)
            right += int((guesses == data["y_test"][k:k + SHARE]).sum())
    return {"accuracy": round(right / len(data["x_test"]), 4)}


def main() -> None:
    """Answer until there are no more questions."""
    torch.set_num_threads(1)
    folder, name = sys.argv[1:]
    data, weights = read_start(Path(folder))
    net, optimizer = NETWORKS[name](data)
    start_from(net, [data[w] for w in weights])
    for line in sys.stdin:
        question = json.loads(line)
        answer = (accuracy(net, data) if "test" in question
                  else train(net, optimizer, data, question))
        dtypes = sorted({str(w.dtype) for w in net.parameters()})
        print(json.dumps({**answer, "dtypes": dtypes, "numpy": bool(sys.modules["numpy"])}),
              flush=True)


if __name__ == "__main__":
    main()
