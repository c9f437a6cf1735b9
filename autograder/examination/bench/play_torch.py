"""Runs PyTorch's convolution when asked: the other half of `bench.convolution`.

A script, and nothing of the course is imported. PyTorch would load NumPy; it does without.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

sys.modules["numpy"] = None  # type: ignore[assignment]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch


def play(layer: dict) -> float:
    """CPU seconds of a forward and backward pass: the mean of a turn, after one to warm up."""
    images, filters, dtype = layer["x"], layer["filters"], getattr(torch, layer["dtype"])
    calls = layer["calls"]
    torch.manual_seed(0)
    x = torch.randn(*images, dtype=dtype, requires_grad=True)
    w = torch.randn(filters, images[1], 3, 3, dtype=dtype, requires_grad=True)
    b = torch.randn(filters, dtype=dtype, requires_grad=True)
    dout = torch.randn(images[0], filters, *images[2:], dtype=dtype)

    def both() -> None:
        out = torch.nn.functional.conv2d(x, w, b, stride=1, padding=1)
        torch.autograd.grad(out, (x, w, b), dout)

    both()
    started = time.process_time()
    for _ in range(calls):
        both()
    return (time.process_time() - started) / calls


def main() -> None:
    """Answer until there are no more questions."""
    torch.set_num_threads(1)
    for line in sys.stdin:
        seconds = play(json.loads(line))
        print(json.dumps({"seconds": seconds, "numpy": bool(sys.modules["numpy"])}), flush=True)


if __name__ == "__main__":
    main()
