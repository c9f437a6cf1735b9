"""Runs the chapter's convolution when asked: the NumPy half of `bench.convolution`.

A script, started with the path of the chapter's percent file. It reads one line of JSON for each
turn, and answers in one.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from autograder.course import reference_functions, solution_cells


def play(functions: dict, layer: dict) -> float:
    """CPU seconds of a forward and backward pass: the mean of a turn, after one to warm up."""
    images, filters, dtype = layer["x"], layer["filters"], layer["dtype"]
    kind, calls = layer.get("kind", ""), layer["calls"]
    rng = np.random.default_rng(0)
    x = rng.standard_normal(images).astype(dtype)
    w = rng.standard_normal((filters, images[1], 3, 3)).astype(dtype)
    b = rng.standard_normal(filters).astype(dtype)
    dout = rng.standard_normal((images[0], filters, *images[2:])).astype(dtype)
    forward, backward = functions[f"conv2d_forward{kind}"], functions[f"conv2d_backward{kind}"]

    def both() -> None:
        _, cache = forward(x, w, b, 1, 1)
        backward(dout, cache)

    both()
    started = time.process_time()
    for _ in range(calls):
        both()
    return (time.process_time() - started) / calls


def main() -> None:
    """Answer until there are no more questions."""
    path = Path(sys.argv[1])
    functions = reference_functions(path.stem, solution_cells(path.read_text(encoding="utf-8")))
    for line in sys.stdin:
        seconds = play(functions, json.loads(line))
        print(json.dumps({"seconds": seconds, "torch": "torch" in sys.modules}), flush=True)


if __name__ == "__main__":
    main()
