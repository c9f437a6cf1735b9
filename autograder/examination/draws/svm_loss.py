"""Draws for 05_svm_loss."""

from __future__ import annotations

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import in_other_dtypes, sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (N, C) and labels (N,): of any kind, with margins at the kink, or all satisfied."""
    n, c = sizes(rng, 2)
    x, y = values(rng, (n, c)), rng.integers(0, c, n)
    rows, style = np.arange(n), rng.integers(6)
    if style == 0:
        x = np.rint(x)                                      # many margins are exactly 0
    elif style == 1:
        x[rows, y] = x.max(axis=1) + rng.choice([0.5, 1.0, 2.0])
    elif style == 2:
        y = np.full(n, rng.integers(c))
    return x, y


@draws("hinge_pair")
def two_scores(rng):
    s_y = float(values(rng, ()))
    if rng.random() < 0.3:
        s_y = float(np.rint(s_y))
        return s_y + float(rng.choice([-1.0, -1.5, -0.5, 0.0, 1.0])), s_y
    return float(values(rng, ())), s_y


@draws("svm_dx_entry")
def one_entry(rng):
    x, y = batch(rng)
    n, j = (int(rng.integers(size)) for size in x.shape)
    if rng.random() < 0.4:
        j = int(y[n])
    x, y = unusual(rng, x, y)
    return x, y, n, j


@draws("svm_dx_matrix")
def mask(rng):
    n, c = sizes(rng, 2)
    positive, y = rng.random((n, c)) < rng.choice([0.0, 0.3, 0.7, 1.0]), rng.integers(0, c, n)
    positive[np.arange(n), y] = False
    return unusual(rng, positive, y)


@draws("svm_loss_naive", "svm_loss", "svm_loss_mended", "squared_hinge_loss")
def scores_and_labels(rng):
    x, y = batch(rng)
    if rng.random() < 0.15:
        x = x.astype(np.float32)
    return unusual(rng, x, y)


@draws("start_loss")
def classes(rng):
    return (int(rng.choice([1, 2, 3, 10, 1000, rng.integers(1, 500)])),)


@draws("svm_loss_linear")
def model(rng):
    n, d, c = sizes(rng, 3)
    w, x = values(rng, (d, c), spread=100.0), values(rng, (n, d), spread=100.0)
    if rng.random() < 0.3:
        w, x = np.rint(w), np.rint(x)                       # scores that are whole numbers, exactly
    y = rng.integers(0, c, n)
    w, x, y = unusual(rng, w, x, y)
    return w, x, y, float(rng.choice([0.0, 0.5, 1.0, rng.uniform(0, 0.1)]))


@draws("gradient_step")
def step(rng):
    shape = sizes(rng, int(rng.integers(0, 4)))
    w, dw = np.asarray(values(rng, shape)), np.asarray(values(rng, shape))
    w, dw = unusual(rng, *map(np.asarray, in_other_dtypes(rng, w, dw)))
    return w, dw, float(rng.choice([0.0, 0.1, 1.0, 2.5, rng.uniform(0, 0.1)]))
