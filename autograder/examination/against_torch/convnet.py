"""10_convnet in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.examination.against_torch.comparison import Comparison, Results
from autograder.exercises.convnet import distinct, outputs_of
from autograder.exercises.convnets import ACCURACY, PARAMETERS, PREDICT


def max_pool(torch: ModuleType, v: SimpleNamespace):
    """The library's layer; of equal values it too takes the first."""
    return torch.nn.functional.max_pool2d(v.x, (v.HH, v.WW), stride=v.stride)


def average_pool(torch: ModuleType, v: SimpleNamespace):
    return torch.nn.functional.avg_pool2d(v.x, (v.HH, v.WW), stride=v.stride)


def one_map(torch: ModuleType, v: SimpleNamespace):
    """One map, pooled; no more windows than ``dout`` has."""
    return torch.nn.functional.max_pool2d(v.x[None, None], (v.HH, v.WW), stride=v.stride)[0, 0]


def drawn(rng: np.random.Generator):
    """Layers of random sizes: windows that overlap or leave gaps, and sizes with a remainder."""
    n, c = rng.integers(1, 4, 2)
    window, stride = rng.integers(1, 4, 2), int(rng.integers(1, 4))
    image = window + rng.integers(0, 7, 2)
    out = [outputs_of(int(s), int(k), stride) for s, k in zip(image, window, strict=True)]
    return {
        "x": distinct(rng, n, c, *image), "HH": int(window[0]), "WW": int(window[1]),
        "stride": stride, "dout": rng.standard_normal((n, c, *out)),
    }


def parameters(inputs):
    """The parameters of a network under their names, so that each is differentiated."""
    return dict(inputs["params"])


def with_dout(inputs):
    """The same, and the upstream gradient under its usual name."""
    return {**parameters(inputs), "dout": inputs["dscores"]}


def scores(torch: ModuleType, v: SimpleNamespace):
    """The network in the library's layers."""
    library = torch.nn.functional
    small = library.max_pool2d(library.relu(library.conv2d(v.x, v.W1, v.b1)), 2)
    return library.relu(small.flatten(1) @ v.W2 + v.b2) @ v.W3 + v.b3


def loss(torch: ModuleType, v: SimpleNamespace, labels: str = "t"):
    """The library's loss of the network's scores."""
    return torch.nn.functional.cross_entropy(scores(torch, v), getattr(v, labels))


def network(torch: ModuleType, v: SimpleNamespace):
    """What a case of the class asks for: scores, or a loss and its gradients, or an accuracy."""
    if v.item == PREDICT:
        return scores(torch, v)
    if v.item == ACCURACY:
        return 0 * loss(torch, v) + v.right / len(v.t)
    return loss(torch, v)


def score_of_label(torch: ModuleType, v: SimpleNamespace):
    """The sum over all images of the score at the label: images do not mix."""
    return scores(torch, v).gather(1, v.y[:, None]).sum()


def adversarial(torch: ModuleType, v: SimpleNamespace):
    """One step of the sign of the gradient that autograd finds."""
    x = v.x.detach().clone().requires_grad_()
    loss(torch, SimpleNamespace(**{**vars(v), "x": x}), "y").backward()
    return (x + v.epsilon * x.grad.sign()).detach().clamp(0, 1)


class OneStep(Comparison):
    """A whole training step in the library: loss, parameters and averages, with its Adam."""

    def theirs(self, exercise: Exercise, case: Case) -> Results:
        """What PyTorch's loss, gradients and optimizer give."""
        import torch

        inputs: Mapping[str, Any] = case.inputs
        weights = {
            name: torch.tensor(w, requires_grad=True) for name, w in inputs["params"].items()
        }
        adam = torch.optim.Adam(list(weights.values()), lr=inputs["lr"])
        for name, w in weights.items():
            adam.state[w] = {
                "step": torch.tensor(inputs["step"] - 1.0),
                "exp_avg": torch.tensor(inputs["m"][name]),
                "exp_avg_sq": torch.tensor(inputs["v"][name]),
            }
        out = loss(torch, SimpleNamespace(
            x=torch.tensor(inputs["x"]), t=torch.tensor(inputs["t"]), **weights))
        out.backward()
        adam.step()
        means = [adam.state[weights[name]][key] for key in ("exp_avg", "exp_avg_sq")
                 for name in PARAMETERS]
        found = [out, *(weights[name] for name in PARAMETERS), *means]
        return tuple(tensor.detach().numpy() for tensor in found)


COMPARISONS = [
    Comparison("pool_dx_entry", one_map),
    Comparison("max_pool_forward", max_pool, more=drawn),
    Comparison("max_pool_backward", max_pool, more=drawn),
    Comparison("max_pool_backward_mended", max_pool),
    Comparison("convnet_forward", scores, parameters),
    Comparison("convnet_backward", scores, with_dout),
    Comparison("ConvNet", network, parameters),
    OneStep("training_step", loss),
    Comparison("score_gradient", score_of_label, parameters),
    Comparison("adversarial_images", adversarial, parameters),
    Comparison("avg_pool_forward", average_pool, more=drawn),
    Comparison("avg_pool_backward", average_pool, more=drawn),
]
