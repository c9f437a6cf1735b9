"""05_svm_loss in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.examination.against_torch.comparison import Comparison


def hinge(torch: ModuleType, x, y):
    """The multiclass hinge loss, written out: the mean over samples, the sum over classes."""
    margins = torch.relu(x - x.gather(1, y[:, None]) + 1)
    wrong = 1 - torch.nn.functional.one_hot(y, x.shape[1])
    return (margins * wrong).sum() / len(x)


def library_hinge(torch: ModuleType, x, y):
    """The same from the library, which also divides by the number of classes."""
    return x.shape[-1] * torch.nn.functional.multi_margin_loss(x, torch.as_tensor(y))


def written_out(torch: ModuleType, v: SimpleNamespace):
    """The loss of scores x."""
    return hinge(torch, v.x, v.y)


def from_the_library(torch: ModuleType, v: SimpleNamespace):
    """The loss of scores x."""
    return library_hinge(torch, v.x, v.y)


def penalty(torch: ModuleType, v: SimpleNamespace):
    """The L2 penalty of the weights."""
    return v.reg * v.w.pow(2).sum()


def squared_hinge(torch: ModuleType, v: SimpleNamespace):
    """The squared hinge loss of scores x."""
    return v.x.shape[-1] * torch.nn.functional.multi_margin_loss(v.x, torch.as_tensor(v.y), p=2)


def scores_of(inputs):
    """Scores with exactly the positive margins that are given: the true class has score 0."""
    return {"x": np.where(inputs["positive"], 0.0, -2.0)
            * (np.arange(inputs["positive"].shape[1]) != inputs["y"][:, None])}


COMPARISONS = [
    Comparison("hinge_pair", lambda torch, v: torch.relu(v.s_j - v.s_y + 1)),
    Comparison("svm_dx_entry", written_out),
    Comparison("svm_dx_matrix", written_out, scores_of),
    Comparison("svm_loss_naive", written_out),
    Comparison("svm_loss", from_the_library),
    Comparison("svm_loss_mended", from_the_library),
    Comparison("svm_loss_linear",
               lambda torch, v: hinge(torch, v.x @ v.w, v.y) + penalty(torch, v)),
    Comparison("gradient_step", lambda torch, v: v.w - v.learning_rate * v.dw),
    Comparison("squared_hinge_loss", squared_hinge),
]
