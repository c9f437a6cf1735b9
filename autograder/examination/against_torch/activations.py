"""04_activations in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.examination.against_torch.comparison import Comparison


def relu(torch: ModuleType, v: SimpleNamespace):
    """The larger of 0 and x."""
    return torch.relu(v.x)


def sigmoid(torch: ModuleType, v: SimpleNamespace):
    """The sigmoid of x."""
    return torch.sigmoid(v.x)


def tanh(torch: ModuleType, v: SimpleNamespace):
    """The hyperbolic tangent of x."""
    return torch.tanh(v.x)


def jacobian(name: str):
    """All slopes of all outputs."""
    return lambda torch, v: torch.autograd.functional.jacobian(getattr(torch, name), v.x)


def logit(inputs):
    """The x whose sigmoid is the ``out`` that is given."""
    return {"x": np.asarray(np.log(inputs["out"] / (1 - inputs["out"])))}


def arctanh(inputs):
    """The x whose tanh is the ``out`` that is given."""
    return {"x": np.asarray(np.arctanh(inputs["out"]))}


COMPARISONS = [
    Comparison("relu_scalar_gradient", relu),
    Comparison("sigmoid_scalar_gradient", sigmoid, logit),
    Comparison("relu_dx_entry", relu),
    Comparison("sigmoid_dx_entry", sigmoid, logit),
    Comparison("relu_jacobian", jacobian("relu")),
    Comparison("sigmoid_jacobian", jacobian("sigmoid"), logit),
    Comparison("relu_forward", relu),
    Comparison("relu_backward", relu),
    Comparison("sigmoid_forward", sigmoid),
    Comparison("sigmoid_backward", sigmoid),
    Comparison("relu_backward_mended", relu, lambda inputs: {"x": inputs["cache"]}),
    Comparison("tanh_scalar_gradient", tanh, arctanh),
    Comparison("tanh_forward", tanh),
    Comparison("tanh_backward", tanh),
]
