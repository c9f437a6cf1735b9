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


def softplus(torch: ModuleType, v: SimpleNamespace):
    """ln(1 + exp(x)). The threshold beyond which PyTorch takes x itself is out of reach."""
    return torch.nn.functional.softplus(v.x, threshold=600)


def crelu_jacobian(torch: ModuleType, v: SimpleNamespace):
    """All slopes of all outputs of the concatenated relu."""
    def crelu(x):
        return torch.cat([torch.relu(x), torch.relu(-x)])

    return torch.autograd.functional.jacobian(crelu, v.x)


def arctanh(inputs):
    """The x whose tanh is the ``out`` that is given."""
    return {"x": np.asarray(np.arctanh(inputs["out"]))}


COMPARISONS = [
    Comparison("sigmoid", sigmoid),
    Comparison("sigmoid_grad", sigmoid),
    Comparison("tanh_scalar_gradient", tanh, arctanh),
    Comparison("relu_dx_entry", relu),
    Comparison("crelu_jacobian", crelu_jacobian),
    Comparison("relu_forward", relu),
    Comparison("relu_backward", relu),
    Comparison("sigmoid_forward", sigmoid),
    Comparison("sigmoid_backward", sigmoid),
    Comparison("relu_backward_mended", relu, lambda inputs: {"x": inputs["cache"]}),
    Comparison("softplus_forward", softplus),
    Comparison("softplus_backward", softplus),
]
