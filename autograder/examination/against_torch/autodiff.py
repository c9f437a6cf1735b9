"""08_autodiff in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.examination.against_torch.comparison import Comparison


def repeated(torch: ModuleType, v: SimpleNamespace):
    """A broadcast, whose gradient is the sum over the repetitions."""
    return torch.broadcast_to(v.x, v.grad.shape)


def summed(torch: ModuleType, v: SimpleNamespace):
    """The sum over everything or over one axis."""
    axis, keepdims = getattr(v, "axis", None), getattr(v, "keepdims", False)
    if axis is None:
        total = v.x.sum()
        return total.reshape((1,) * v.x.ndim) if keepdims else total
    return v.x.sum(dim=axis, keepdim=keepdims)


def larger(torch: ModuleType, v: SimpleNamespace):
    """Where both are equal, torch.maximum shares the gradient out; here the first one counts."""
    return torch.where(v.x >= v.y, v.x, v.y)


COMPARISONS = [
    Comparison("unbroadcast", repeated,
               lambda inputs: {"x": np.zeros(inputs["shape"]), "dout": inputs["grad"]},
               of={"grad": "x"}),
    Comparison("Add", lambda torch, v: v.x + v.y),
    Comparison("Multiply", lambda torch, v: v.x * v.y),
    Comparison("Divide", lambda torch, v: v.x / v.y),
    Comparison("MatMul", lambda torch, v: v.x @ v.w),
    Comparison("Log", lambda torch, v: v.x.log()),
    Comparison("ReduceSum", summed),
    Comparison("Maximum", larger),
]
