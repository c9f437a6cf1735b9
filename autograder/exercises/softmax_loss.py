"""Exercises of 06_softmax_loss."""

from __future__ import annotations

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    SHAPES,
    UNCHANGED,
    Case,
    Exercise,
    loss,
    question,
)
from autograder.exercises.inputs import in_float32, unusual

ONE_HOT = "labels as one-hot rows"
LARGE = "scores of ten thousand"

SCORES = {"x": "N C"}
PROBABILITIES = {"p": "N C"}


def probabilities(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random rows of positive numbers that sum to 1, none of them tiny."""
    p = rng.uniform(0.1, 1.0, shape)
    return p / p.sum(axis=-1, keepdims=True)


def labels(rng: np.random.Generator, n: int, c: int) -> np.ndarray:
    """Labels that differ from sample to sample as far as there are classes."""
    return rng.permutation(np.arange(n) % c)


def one_hot(y: np.ndarray, c: int) -> np.ndarray:
    """Labels as one-hot rows of float64."""
    return (y[:, None] == np.arange(c)).astype(np.float64)


def loss_inputs(rng: np.random.Generator, n: int, c: int) -> dict:
    """Random scores x (n, c) and labels y (n,)."""
    return {"x": rng.standard_normal((n, c)), "y": labels(rng, n, c)}


def score_cases(rng: np.random.Generator) -> list[Case]:
    """One sample at a time, with a score before its label or behind it."""
    return [
        Case(f"C = {c}, y = {y}, j = {j}", {"s": rng.standard_normal(c), "y": y, "j": j})
        for c, y, j in ((4, 1, 0), (5, 2, 4), (3, 2, 1))
    ]


def sample_cases(rng: np.random.Generator) -> list[Case]:
    """Single samples with few and many classes."""
    return [
        Case(f"C = {c}, y = {y}", {"s": rng.standard_normal(c), "y": y})
        for c, y in ((4, 1), (6, 5), (2, 0))
    ]


def entry_cases(rng: np.random.Generator) -> list[Case]:
    """Entries of one batch, on the label and off it; the labels of the samples differ."""
    p, y = probabilities(rng, 3, 5), np.array([4, 0, 3])
    return [
        Case(f"n = {n}, j = {j}, y[n] = {y[n]}", {"p": p, "y": y, "n": n, "j": j})
        for n, j in ((0, 4), (1, 3), (2, 3), (1, 1), (1, 0), (2, 1))
    ]


def line_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of several sizes."""
    cases = []
    for n, c in ((3, 5), (1, 4), (6, 2)):
        inputs = {"p": probabilities(rng, n, c), "onehot": one_hot(labels(rng, n, c), c)}
        cases.append(Case(f"N = {n}, C = {c}", inputs))
    return cases


def jacobian_cases(rng: np.random.Generator) -> list[Case]:
    """Probabilities of a few classes."""
    return [Case(f"C = {c}", {"p": probabilities(rng, c)}) for c in (4, 2, 5)]


def chain_cases(rng: np.random.Generator) -> list[Case]:
    """The Jacobian of softmax, and one of another layer, in which the order of indices shows."""
    cases = []
    for c, y in ((4, 2), (3, 0)):
        p = probabilities(rng, c)
        inputs = {"J": np.diag(p) - np.outer(p, p), "p": p, "y": y}
        cases.append(Case(f"softmax, C = {c}", inputs))
    other = {"J": rng.standard_normal((5, 5)), "p": probabilities(rng, 5), "y": 3}
    return cases + [Case("another layer, whose J is not symmetric", other)]


def log_sum_exp_cases(rng: np.random.Generator) -> list[Case]:
    """Small scores, a single class, and scores whose exponentials no float can hold."""
    far_apart = rng.standard_normal((3, 4)) + np.array([[1e4], [0.0], [-1e4]])
    return [
        Case("three samples", {"x": rng.standard_normal((3, 5))}),
        Case("one sample", {"x": rng.standard_normal((1, 6))}),
        Case("more samples than classes", {"x": rng.standard_normal((5, 2))}),
        Case("one class", {"x": rng.standard_normal((4, 1))}),
        Case("read-only scores that are not contiguous",
             unusual({"x": rng.standard_normal((2, 7))})),
        Case("all scores are 10000", {"x": np.full((2, 3), 1e4)}, item=LARGE),
        Case("all scores are -10000", {"x": np.full((2, 4), -1e4)}, item=LARGE),
        Case("rows that are far apart", {"x": far_apart}, item=LARGE),
    ]


def loss_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes and kinds; see `large_cases` for the rest.

    For nearly certain samples all of dx is small. Next to it the rounding of the loss is
    large, and so is the third derivative: finite differences lose digits with any step.
    """
    certain = loss_inputs(rng, 4, 3)
    certain["x"] = 0.3 * certain["x"] - 3 + 7 * one_hot(certain["y"], 3)
    rows = loss_inputs(rng, 3, 4)
    rows["y"] = one_hot(rows["y"], 4)
    single_row = {"x": rng.standard_normal((1, 5)), "y": np.array([[0, 0, 1, 0, 0]])}
    return [
        Case("three samples", loss_inputs(rng, 3, 5)),
        Case("one sample", loss_inputs(rng, 1, 4)),
        Case("nearly certain samples", certain),
        Case("more samples than classes, the same label twice", loss_inputs(rng, 5, 3)),
        Case("read-only arrays that are not contiguous", unusual(loss_inputs(rng, 2, 6))),
        Case("float32", in_float32(loss_inputs(rng, 4, 7)), tolerance=FLOAT32_TOLERANCE),
        Case("one-hot rows of floats", rows, item=ONE_HOT),
        Case("one one-hot row of integers", single_row, item=ONE_HOT),
        *large_cases(rng),
    ]


def large_cases(rng: np.random.Generator) -> list[Case]:
    """Scores of ten thousand. The right loss and gradient are ordinary, finite numbers."""
    order = rng.permutation(4)
    wrong = {"x": np.array([[1e4, -1e4, 0.0, 5e3]])[:, order], "y": np.argsort(order)[[1]]}
    equal = {"x": np.full((2, 3), 1e4), "y": np.array([2, 0])}
    apart = loss_inputs(rng, 3, 5)
    apart["x"] = apart["x"] + np.array([[0.0], [1e4], [-1e4]])
    return [
        Case("one sample, the label's score is far below another", wrong, item=LARGE),
        Case("all scores are 10000", equal, item=LARGE),
        Case("rows that are far apart", apart, item=LARGE),
    ]


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the scores a student gives, or None."""
    x = as_array(outputs[0])
    if x is None or x.ndim != 2 or x.size == 0 or x.dtype.kind == "c":
        return "Return the scores alone, an array of shape (N, C)."
    x = x.astype(np.float64)
    if not np.all(np.abs(x) <= 1e4):
        return "Keep every score between -10000 and 10000."
    largest = x.max()
    with np.errstate(divide="ignore"):
        computed = np.log(np.exp(x - largest).sum(axis=1))
    if not np.allclose(computed, np.logaddexp.reduce(x - largest, axis=1), rtol=0, atol=1e-6):
        return None
    if len(x) == 1:
        return ("With a single sample the function returns the right loss. "
                "What is different as soon as there are two?")
    gap = float(largest - x.max(axis=1).min())
    return ("With these scores the function returns the right loss. For every sample, at least "
            f"one of the exponentials is exp({-gap:.4g}) or more, and that is not 0.")


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """The cases in which the function that is to be mended goes wrong, and some others."""
    apart = loss_inputs(rng, 3, 4)
    apart["x"] = apart["x"] + np.array([[0.0], [-2e3], [3e3]])
    return [
        Case("four samples", loss_inputs(rng, 4, 3)),
        Case("one sample", loss_inputs(rng, 1, 5)),
        Case("rows that are far apart", apart),
    ]


EXERCISES = [
    # The change is 0. The tolerance is for those who compute it, with rounding.
    Exercise(
        "predict_softmax_signs", "()", ("signs", "change"), {"signs": 1, "change": 1},
        question("the batch above", dims={"N": 2, "C": 3}, tolerance=1e-4),
    ),
    Exercise(
        "softmax_score_slopes", "(s, y, j)", ("off", "on"), {"off": 1, "on": 1}, score_cases,
        shapes={"s": "C"},
    ),
    Exercise(
        "softmax_sample_gradient", "(s, y)", ("ds",), {"ds": 2}, sample_cases, shapes={"s": "C"}
    ),
    Exercise("softmax_dx_entry", "(p, y, n, j)", ("dx[n, j]",), {"dx[n, j]": 2}, entry_cases),
    Exercise(
        "softmax_dx", "(p, onehot)", ("dx",), {"dx": 2, UNCHANGED: 1}, line_cases,
        shapes=PROBABILITIES,
    ),
    Exercise(
        "softmax_jacobian", "(p)", ("J",), {"J": 2}, jacobian_cases, shapes=PROBABILITIES
    ),
    Exercise(
        "softmax_chain", "(J, p, y)", ("dp", "ds"), {"dp": 1, "ds": 1}, chain_cases,
        shapes=PROBABILITIES,
    ),
    Exercise(
        "log_sum_exp", "(x)", ("lse",), {"lse": 1, SHAPES: 1, LARGE: 1}, log_sum_exp_cases,
        shapes=SCORES,
    ),
    loss(
        "softmax_loss",
        "(x, y)",
        ("loss", "dx"),
        {"loss": 2, "dx": 3, SHAPES: 1, UNCHANGED: 1, ONE_HOT: 1, LARGE: 2},
        loss_cases,
        SCORES,
    ),
    Exercise(
        "exposing_softmax_scores", "()", ("x",), {"x": 1},
        question("the scores you give", judge=exposes_the_bug),
    ),
    Exercise(
        "softmax_loss_mended", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2}, mended_cases,
        shapes=SCORES,
    ),
]
