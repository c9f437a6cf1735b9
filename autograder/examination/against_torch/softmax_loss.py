"""06_softmax_loss in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.examination.against_torch.comparison import Comparison


def cross_entropy(torch: ModuleType, x, y):
    """The mean softmax loss of scores; y holds labels or one-hot rows."""
    y = torch.as_tensor(y)
    return torch.nn.functional.cross_entropy(x, y.double() if y.ndim == x.ndim else y)


def of_sample(torch: ModuleType, v: SimpleNamespace):
    """The loss of one sample's scores s."""
    return cross_entropy(torch, v.s, v.y)


def of_batch(torch: ModuleType, v: SimpleNamespace):
    """The loss of scores x."""
    return cross_entropy(torch, v.x, v.y)


def of_probabilities(torch: ModuleType, v: SimpleNamespace):
    """The cross-entropy error of probabilities; t holds labels or one-hot rows, or one of them."""
    t = torch.as_tensor(v.t)  # the label of a single row may be a plain int
    labels = t.argmax(-1) if t.ndim == v.y.ndim else t
    return torch.nn.functional.nll_loss(v.y.log().reshape(-1, v.y.shape[-1]), labels.reshape(-1))


def linear(torch: ModuleType, v: SimpleNamespace):
    """The loss of a linear model, with its penalty."""
    return cross_entropy(torch, v.x @ v.w, v.y) + v.reg * v.w.pow(2).sum()


def smoothed(torch: ModuleType, v: SimpleNamespace):
    """The loss with softened labels, from the library."""
    return torch.nn.functional.cross_entropy(
        v.x, torch.as_tensor(v.y), label_smoothing=v.eps.item()
    )


def scores_of(inputs):
    """The logarithms of probabilities are scores that they are the softmax of."""
    return {"x": np.log(inputs["p"])}


def scores_and_upstream(inputs):
    """The same, and the upstream gradient under its usual name."""
    return {"s": np.log(inputs["p"]), "dout": inputs["dp"]}


COMPARISONS = [
    Comparison("softmax", lambda torch, v: torch.softmax(v.x, -1)),
    Comparison("cross_entropy_error", of_probabilities),
    Comparison("softmax_label_slope", of_sample, of={"slope": "s[y]"}),
    Comparison("softmax_dx", of_batch, scores_of),
    Comparison("softmax_backward", lambda torch, v: torch.softmax(v.s, 1), scores_and_upstream),
    Comparison("softmax_loss", of_batch),
    Comparison("softmax_loss_mended", of_batch),
    Comparison("softmax_loss_linear", linear),
    # In one case the probabilities are the targets: dx is what rounding leaves of their difference.
    Comparison("smoothed_softmax_loss", smoothed, tolerance=1e-7),
]
