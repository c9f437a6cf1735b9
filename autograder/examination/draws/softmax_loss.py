"""Draws for 06_softmax_loss."""

from __future__ import annotations

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def scores(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Scores of any size: rows that are wide, far apart, or all alike."""
    x = values(rng, shape)
    if rng.random() < 0.3:
        x = x + rng.choice([-1e4, 0.0, 1e4], (*shape[:-1], 1))
    return x


def likely(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Rows of positive numbers that add up to 1; at times one of them is tiny, or all are alike."""
    style = rng.integers(5)
    p = np.ones(shape) if style == 0 else rng.uniform(0.05, 1.0, shape)
    if style == 1:
        p = np.exp(rng.normal(0, 8, shape))
    return p / p.sum(axis=-1, keepdims=True)


def as_one_hot(rng: np.random.Generator, y: np.ndarray, classes: int) -> np.ndarray:
    """The same labels as one-hot rows, of floats or of integers."""
    return np.eye(classes, dtype=float if rng.random() < 0.5 else int)[y]


def in_float32(rng: np.random.Generator, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arrays, at times with float32 in place of float64."""
    if rng.random() < 0.15:
        return tuple(a.astype(np.float32) if a.dtype.kind == "f" else a for a in arrays)
    return arrays


@draws("softmax")
def rows_of_scores(rng):
    shape = sizes(rng, int(rng.integers(1, 3)))
    return unusual(rng, *in_float32(rng, scores(rng, *shape)))


@draws("cross_entropy_error")
def claims(rng):
    n, c = sizes(rng, 2)
    alone, hot = rng.random() < 0.3, rng.random() < 0.5
    y, t = likely(rng, n, c), rng.integers(0, c, n)
    if hot and c > 1 and rng.random() < 0.4:
        y[0, (t[0] + 1) % c] = 0.0                          # a wrong class may have none
    labels = as_one_hot(rng, t, c) if hot else t
    if not alone:
        return unusual(rng, y, labels)
    label = labels[0] if hot or rng.random() < 0.5 else int(labels[0])
    return y[0], label


@draws("softmax_label_slope")
def one_sample(rng):
    (c,) = sizes(rng, 1)
    s, y = values(rng, (c,), spread=10.0), int(rng.integers(c))
    return (*unusual(rng, s), y)


@draws("softmax_dx")
def claims_and_labels(rng):
    n, c = sizes(rng, 2)
    return unusual(rng, *in_float32(rng, likely(rng, n, c), rng.integers(0, c, n)))


@draws("softmax_backward")
def upstream_and_claims(rng):
    n, c = sizes(rng, 2)
    return unusual(rng, *in_float32(rng, values(rng, (n, c)), likely(rng, n, c)))


@draws("softmax_loss")
def scores_and_labels(rng):
    x, y = labelled(rng)
    if rng.random() < 0.4:
        y = as_one_hot(rng, y, x.shape[1])
    return unusual(rng, x, y)


@draws("softmax_loss_mended")
def scores_and_class_numbers(rng):
    return unusual(rng, *labelled(rng))


@draws("softmax_loss_linear")
def model(rng):
    n, d, c = sizes(rng, 3)
    w, x = values(rng, (d, c), spread=100.0), values(rng, (n, d), spread=100.0)
    w, x, y = unusual(rng, *in_float32(rng, w, x, rng.integers(0, c, n)))
    return w, x, y, float(rng.choice([0.0, 0.5, 1.0, rng.uniform(0, 0.1)]))


@draws("smoothed_softmax_loss")
def smoothed(rng):
    x, y = labelled(rng)
    # No row is flat, and targets of one class are exactly 1: a gradient of rounding errors alone
    # would tell nothing.
    x = (x + 0.5 * np.arange(x.shape[1])).astype(x.dtype)
    x, y = unusual(rng, x, y)
    return x, y, float(rng.integers(0, 9) / 8)


def labelled(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Scores (N, C) and labels (N,); at times one label for all."""
    n, c = sizes(rng, 2)
    y = rng.integers(0, c, n) if rng.random() < 0.8 else np.full(n, rng.integers(c))
    return in_float32(rng, scores(rng, n, c), y)
