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


def chain(torch: ModuleType, v: SimpleNamespace):
    """-log p[y], for a p that has the Jacobian J with respect to s."""
    return -(v.p + v.J @ v.s)[v.y].log()


def softmax_jacobian(torch: ModuleType, v: SimpleNamespace):
    """All slopes of all probabilities."""
    return torch.autograd.functional.jacobian(lambda x: torch.softmax(x, 0), v.x)


def scores_of(inputs):
    """The logarithms of probabilities are scores that they are the softmax of."""
    return {"x": np.log(inputs["p"])}


COMPARISONS = [
    Comparison("softmax_score_slopes", of_sample, of={"off": "s[j]", "on": "s[y]"}),
    Comparison("softmax_sample_gradient", of_sample),
    Comparison("softmax_dx_entry", of_batch, scores_of),
    Comparison("softmax_dx", lambda torch, v: cross_entropy(torch, v.x, v.onehot), scores_of),
    Comparison("softmax_jacobian", softmax_jacobian, scores_of),
    Comparison("softmax_chain", chain, lambda inputs: {"s": np.zeros(len(inputs["p"]))}),
    Comparison("log_sum_exp", lambda torch, v: torch.logsumexp(v.x, 1)),
    Comparison("softmax_loss", of_batch),
    Comparison("softmax_loss_mended", of_batch),
]
