"""Exercises of 06_softmax_loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    PRECISION,
    SHAPES,
    UNCHANGED,
    Case,
    Exercise,
    loss,
    question,
)
from autograder.exercises.inputs import in_float32, unusual
from autograder.exercises.softmax_loss_hints import HINTS
from autograder.kit.functions import Functions

BATCH = "a batch"
ONE_HOT = "labels as one-hot rows"
ONE_SAMPLE = "one sample"
LARGE = "scores of ten thousand"
TINY_PROBABILITIES = "a tiny probability"

SCORES = {"x": "N C"}
PROBABILITIES = {"p": "N C"}
MODEL = {"x": "N D", "w": "D C"}

FUDGE = 1e-7
"""What the function in which a bug is to be found adds inside its logarithm."""

NEAR = 1e-4
"""Tolerance that lets a small fudge inside a logarithm pass: an item of its own decides that."""


def probabilities(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random rows of positive numbers that sum to 1: none of them tiny, no two nearly the same."""
    p = rng.permuted(1.6 ** np.arange(shape[-1]) * rng.uniform(0.9, 1.1, shape), axis=-1)
    return p / p.sum(axis=-1, keepdims=True)


def labels(n: int, c: int) -> np.ndarray:
    """Labels (n + 1) % C, which differ from sample to sample as far as there are classes."""
    return (np.arange(n) + 1) % c


def ordered(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Every row of `values` in another order: the label's is neither the largest nor the smallest.

    In rows of odd number it is the larger one, where there are only two. What is where does not
    depend on the seed, so that the label is nowhere taken for another class by luck.
    """
    rows = np.sort(values, axis=-1)
    c = rows.shape[-1]
    for n, (row, label) in enumerate(zip(rows, y, strict=True)):
        middle = (n + 1) % c if c < 3 else 1 + n % (c - 2)
        row[[middle, label]] = row[[label, middle]]
    return rows


def one_hot(y: np.ndarray, c: int) -> np.ndarray:
    """Labels as one-hot rows of float64."""
    return (y[:, None] == np.arange(c)).astype(np.float64)


def loss_inputs(rng: np.random.Generator, n: int, c: int) -> dict:
    """Random scores x (n, c) and labels y (n,)."""
    y = labels(n, c)
    return {"x": ordered(y, rng.standard_normal((n, c))), "y": y}


def softmax_cases(rng: np.random.Generator) -> list[Case]:
    """Vectors; batches, one with rows far apart; scores whose exponentials overflow.

    In the wide row every shift but the one by the largest score fails: the mean, the median, the
    smallest, the first and the last score leave an exponent of ten thousand or more. Clipped
    scores fail, too: its two largest are not equal.
    """
    apart = rng.normal(0, 1, (2, 3)) + np.array([[400.0], [-360.0]])
    wide = np.array([-1e4, 1e4, 0.0, 1e4 - rng.uniform(0.5, 2.0), -1e4 + rng.uniform(1, 2)])
    return [
        Case("a vector", {"x": rng.normal(0, 2, 5)}),
        Case("one score", {"x": rng.normal(0, 2, 1)}),
        Case("a read-only vector that is not contiguous", unusual({"x": rng.normal(0, 2, 4)})),
        Case("float32", in_float32({"x": rng.normal(0, 2, 6)}), tolerance=FLOAT32_TOLERANCE),
        Case("three rows", {"x": rng.normal(0, 2, (3, 4))}, item=BATCH),
        Case("as many rows as scores", {"x": rng.normal(0, 2, (3, 3))}, item=BATCH),
        Case("one row", {"x": rng.normal(0, 2, (1, 5))}, item=BATCH),
        Case("two rows far apart", {"x": apart}, item=BATCH),
        Case("rows of one score", {"x": rng.normal(0, 2, (3, 1))}, item=BATCH),
        Case("scores near 10000", {"x": 1e4 + rng.normal(0, 1, 4)}, item=LARGE),
        Case("scores near -10000", {"x": -1e4 + rng.normal(0, 1, 3)}, item=LARGE),
        Case("scores from -10000 to 10000", {"x": wide}, item=LARGE),
        Case("one score of 800", {"x": np.array([100.0, 800.0])}, item=LARGE),
    ]


def cross_entropy_cases(rng: np.random.Generator) -> list[Case]:
    """A batch with labels; one-hot rows, one sample, a tiny probability as items of their own."""

    def draw(n, c):
        t = labels(n, c)
        return ordered(t, probabilities(rng, n, c)), t

    def case(name, n, c, item=None, rows=False, odd=False):
        y, t = draw(n, c)
        inputs = {"y": y, "t": one_hot(t, c) if rows else t}
        return Case(name, unusual(inputs) if odd else inputs, item=item, tolerance=NEAR)

    alone, label = ordered(np.array([3]), probabilities(rng, 1, 5))[0], 3
    y, t = draw(3, 4)
    rare, rarer, certain, never = (y.copy() for _ in "four")
    rare[1, t[1]] = 1e-9
    rarer[2, t[2]] = 1e-200
    certain[:] = one_hot(t, 4)
    never[2, (t[2] + 1) % 4] = 0.0
    return [
        case("three samples", 3, 4),
        case("a batch of one", 1, 6),
        case("as many samples as classes", 4, 4),
        case("read-only arrays that are not contiguous", 5, 4, odd=True),
        case("three samples, one-hot", 3, 4, ONE_HOT, rows=True),
        case("as many samples as classes, one-hot", 4, 4, ONE_HOT, rows=True),
        case("a batch of one, one-hot", 1, 5, ONE_HOT, rows=True),
        Case("one-hot rows of integers", {"y": y, "t": one_hot(t, 4).astype(np.int64)},
             item=ONE_HOT, tolerance=NEAR),
        Case("probability 0 for a wrong class, one-hot", {"y": never, "t": one_hot(t, 4)},
             item=ONE_HOT, tolerance=NEAR),
        Case("one label, a plain int", {"y": alone, "t": label}, item=ONE_SAMPLE, tolerance=NEAR),
        Case("one label, as an array", {"y": alone, "t": np.array(label)}, item=ONE_SAMPLE,
             tolerance=NEAR),
        Case("one one-hot row", {"y": alone, "t": np.eye(5)[label]}, item=ONE_SAMPLE,
             tolerance=NEAR),
        Case("1e-9 for the right class", {"y": rare, "t": t}, item=TINY_PROBABILITIES),
        Case("1e-200 for the right class", {"y": rarer, "t": t}, item=TINY_PROBABILITIES),
        Case("1 for the right classes", {"y": certain, "t": t}, item=TINY_PROBABILITIES),
    ]


def slope_cases(rng: np.random.Generator) -> list[Case]:
    """One sample at a time, with labels in several places; none has the largest score."""
    return [
        Case(f"C = {c}, y = {y}",
             {"s": ordered(np.array([y]), rng.standard_normal((1, c)))[0], "y": y})
        for c, y in ((4, 1), (5, 4), (3, 0))
    ]


def line_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of several sizes and kinds."""
    def inputs(n, c):
        return {"p": ordered(labels(n, c), probabilities(rng, n, c)), "y": labels(n, c)}

    return [
        *(Case(f"N = {n}, C = {c}", inputs(n, c)) for n, c in ((3, 5), (1, 4), (6, 2), (4, 4))),
        Case("read-only arrays that are not contiguous", unusual(inputs(2, 6))),
        Case("float32", in_float32(inputs(5, 3)), tolerance=FLOAT32_TOLERANCE),
        Case("all labels 0", {"p": probabilities(rng, 3, 4), "y": np.zeros(3, dtype=np.int64)}),
    ]


def backward_cases(rng: np.random.Generator) -> list[Case]:
    """Any upstream gradient, and the one of a logarithm; a square batch, to mix up its axes in."""
    def inputs(n, c):
        return {"dp": rng.standard_normal((n, c)), "p": probabilities(rng, n, c)}

    p = probabilities(rng, 4, 3)
    return [
        *(Case(f"N = {n}, C = {c}", inputs(n, c)) for n, c in ((3, 5), (1, 4), (4, 4), (5, 2))),
        Case("dp of the logarithm", {"dp": -one_hot(labels(4, 3), 3) / p, "p": p}),
        Case("read-only arrays that are not contiguous", unusual(inputs(2, 6))),
        Case("float32", in_float32(inputs(4, 7)), tolerance=FLOAT32_TOLERANCE),
    ]


def dx_alone(functions: Functions, inputs: Mapping, cache=None):
    """Call ``softmax_loss``, and leave its loss out."""
    value = functions.call("softmax_loss", inputs["x"], inputs["y"]).value
    return (None, value[1]) if isinstance(value, (tuple, list)) and len(value) == 2 else value


def loss_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes and kinds; see `large_cases` for the rest.

    For nearly certain samples all of dx is small. Next to it the rounding of the loss is
    large, and so is the third derivative: finite differences lose digits with any step. Where the
    samples are more certain still, they have none left, and the loss is not asked for.
    """
    certain, more = loss_inputs(rng, 4, 3), loss_inputs(rng, 3, 6)
    certain["x"] = 0.3 * certain["x"] - 3 + 7 * one_hot(certain["y"], 3)
    more["x"] = 0.3 * more["x"] - 10 + 19 * one_hot(more["y"], 6)
    rows, square = loss_inputs(rng, 3, 4), loss_inputs(rng, 4, 4)
    rows["y"], square["y"] = one_hot(rows["y"], 4), one_hot(square["y"], 4)
    single_row = {"x": rng.standard_normal((1, 5)), "y": np.array([[0, 0, 1, 0, 0]])}
    return [
        Case("three samples", loss_inputs(rng, 3, 5)),
        Case("one sample", loss_inputs(rng, 1, 4)),
        Case("two classes", loss_inputs(rng, 4, 2)),
        Case("nearly certain samples", certain),
        Case("samples that are certain up to the ninth digit", more, play=dx_alone, tolerance=1e-6),
        Case("more samples than classes, the same label twice", loss_inputs(rng, 5, 3)),
        Case("read-only arrays that are not contiguous", unusual(loss_inputs(rng, 2, 6))),
        Case("float32", in_float32(loss_inputs(rng, 4, 7)), tolerance=FLOAT32_TOLERANCE),
        Case("one-hot rows of floats", rows, item=ONE_HOT),
        Case("one one-hot row of integers", single_row, item=ONE_HOT),
        Case("as many samples as classes, one-hot", square, item=ONE_HOT),
        *large_cases(rng, LARGE),
    ]


def large_cases(rng: np.random.Generator, item: str | None) -> list[Case]:
    """Scores of ten thousand. The right loss and gradient are ordinary, finite numbers.

    In the wide rows every shift but the one by the largest score fails: by the mean, the median,
    the smallest, the first, the last, the label's. A row far below 0 is not saved by 0, nor by its
    largest size; rows far apart are not saved by one shift for all.
    """
    wide = {"x": np.array([[-1e4, 1e4, 0.0, 5e3, 2e3], [0.0, -1e4, 9e3, -5e3, 1e3]]),
            "y": np.array([0, 4])}
    equal = {"x": np.full((2, 3), 1e4), "y": np.array([2, 0])}
    apart = loss_inputs(rng, 3, 5)
    apart["x"] = apart["x"] + np.array([[0.0], [1e4], [-1e4]])
    return [
        Case("scores from -10000 to 10000, the label's far below", wide, item=item),
        Case("all scores are 10000", equal, item=item),
        Case("rows that are far apart", apart, item=item),
    ]


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the scores a student gives, or None."""
    s = as_array(outputs[0])
    if s is None or s.ndim != 1 or s.dtype.kind == "c":
        return "Return the scores of one sample, an array of shape (C,)."
    if s.size < 2:
        return "With a single class its probability is 1, whatever its score is."
    s = s.astype(np.float64)
    if not np.all(np.abs(s) <= 50):
        return "Keep every score between -50 and 50."
    p = float(np.exp(s[0] - np.logaddexp.reduce(s)))
    if p <= FUDGE * (1 + 1e-6):
        return None
    return (f"With these scores the label, class 0, has the probability {p:.3g}, and the slopes of "
            f"the loss are {p / (p + FUDGE):.3f} times what dx says.")


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """The cases in which the function that is to be mended goes wrong, and what it had right."""
    behind, far = loss_inputs(rng, 3, 4), loss_inputs(rng, 2, 5)
    behind["x"] -= rng.uniform(32, 40) * one_hot(behind["y"], 4)
    far["x"] -= 2e3 * one_hot(far["y"], 5)
    return [
        Case("four samples", loss_inputs(rng, 4, 3)),
        Case("one sample", loss_inputs(rng, 1, 5)),
        Case("labels some 35 below the other scores", behind),
        Case("labels 2000 below the other scores", far),
        *large_cases(rng, None),
        Case("read-only arrays that are not contiguous", unusual(loss_inputs(rng, 2, 6))),
        Case("float32", in_float32(loss_inputs(rng, 4, 7)), tolerance=FLOAT32_TOLERANCE),
    ]


def linear_inputs(rng: np.random.Generator, n: int, d: int, c: int, reg: float) -> dict:
    """Random w (d, c), x (n, d) and y (n,)."""
    w, x = rng.standard_normal((d, c)), rng.standard_normal((n, d))
    return {"w": w, "x": x, "y": labels(n, c), "reg": reg}


def linear_cases(rng: np.random.Generator) -> list[Case]:
    """Models of many sizes; a square w, in which rows and columns can be mixed up unnoticed.

    Finite differences have no digits where the penalty is large. Its large weight belongs to a
    feature that no sample has. Elsewhere scores are large, in rows that are far apart.
    """
    unused = linear_inputs(rng, 3, 4, 5, 0.03)
    unused["x"][:, 2], unused["w"][2, 1] = 0.0, 1e8
    scores = np.array([[-1e4, 1e4, 0.0, 5e3], [-1e4, -1.1e4, -1.2e4, -1.05e4]])
    large = {"w": np.concatenate([scores, rng.standard_normal((1, 4))]), "x": np.eye(2, 3),
             "y": np.array([3, 3]), "reg": 0.01}
    return [
        Case("three samples", linear_inputs(rng, 3, 4, 5, 0.03)),
        Case("one sample", linear_inputs(rng, 1, 6, 4, 0.02)),
        Case("reg = 0", linear_inputs(rng, 5, 2, 4, 0.0)),
        Case("as many classes as features", linear_inputs(rng, 5, 4, 4, 0.04)),
        Case("one very large weight, of a feature that is always 0", unused),
        Case("read-only arrays that are not contiguous",
             unusual(linear_inputs(rng, 2, 3, 6, 0.05))),
        Case("float32", in_float32(linear_inputs(rng, 4, 2, 3, 0.05)),
             tolerance=FLOAT32_TOLERANCE),
        Case("scores of ten thousand", large, item=LARGE),
    ]


def smoothed_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes, no smoothing at all, and scores of ten thousand.

    Where the label is far ahead and eps is large, the pull on it turns round: there an answer
    without eps does not point the right way at all. Where the probabilities are the targets, all
    of dx is 0, and finite differences find what rounding leaves.
    """

    def inputs(n, c, eps):
        return {**loss_inputs(rng, n, c), "eps": eps}

    ahead, wide, reached = inputs(4, 3, 0.8), inputs(4, 4, 0.2), inputs(2, 5, 0.3)
    ahead["x"] = 0.3 * ahead["x"] + 3 * one_hot(ahead["y"], 3)
    wide["x"] = wide["x"] + np.array([
        [-1e4, 1e4, 0.0, 5e3], [5e3, 0.0, 9e3, -1e4], [-1e4, -1.1e4, -1.2e4, -1.3e4], [0.0] * 4])
    targets = 0.7 * one_hot(reached["y"], 5) + 0.3 / 5
    reached["x"] = np.log(targets) + rng.uniform(1.0, 2.0, (2, 1))
    return [
        Case("three samples", inputs(3, 5, 0.1)),
        Case("one sample", inputs(1, 4, 0.3)),
        Case("two classes", inputs(5, 2, 0.2)),
        Case("eps = 0.8, labels far ahead", ahead),
        Case("probabilities that are the targets", reached, tolerance=1e-6),
        Case("eps = 0", inputs(4, 3, 0.0)),
        Case("eps = 1", inputs(2, 3, 1.0)),
        Case("read-only arrays that are not contiguous", unusual(inputs(2, 6, 0.4))),
        Case("float32", in_float32(inputs(4, 7, 0.25)), tolerance=FLOAT32_TOLERANCE),
        Case("scores from -10000 to 10000", wide, item=LARGE),
        Case("one score of 800", {"x": np.array([[-100.0, 800.0, 0.0]]), "y": np.array([2]),
                                  "eps": 0.25}, item=LARGE),
    ]


EXERCISES = [
    Exercise(
        "softmax", "(x)", ("out",),
        {"out": 1, BATCH: 1, LARGE: 1, UNCHANGED: 1, PRECISION: 1}, softmax_cases, shapes=SCORES,
    ),
    Exercise(
        "cross_entropy_error",
        "(y, t)",
        ("loss",),
        {"loss": 1, ONE_HOT: 1, ONE_SAMPLE: 1, TINY_PROBABILITIES: 1},
        cross_entropy_cases,
        shapes={"y": "N C"},
    ),
    # The change is 0. The tolerance is for those who compute it, with rounding.
    Exercise(
        "predict_softmax_signs", "()", ("signs", "change"), {"signs": 1, "change": 1},
        question("the batch above", dims={"N": 2, "C": 3}, tolerance=1e-4),
    ),
    Exercise(
        "softmax_label_slope", "(s, y)", ("slope",), {"slope": 1}, slope_cases, shapes={"s": "C"}
    ),
    Exercise(
        "softmax_dx", "(p, y)", ("dx",), {"dx": 1, UNCHANGED: 1}, line_cases, shapes=PROBABILITIES
    ),
    Exercise("softmax_backward", "(dp, p)", ("ds",), {"ds": 2}, backward_cases,
             shapes=PROBABILITIES),
    loss(
        "softmax_loss",
        "(x, y)",
        ("loss", "dx"),
        {"loss": 2, "dx": 3, SHAPES: 1, UNCHANGED: 1, ONE_HOT: 1, LARGE: 2},
        loss_cases,
        SCORES,
    ),
    Exercise(
        "exposing_softmax_scores", "()", ("s",), {"s": 1},
        question("the scores you give", judge=exposes_the_bug),
    ),
    Exercise(
        "softmax_loss_mended", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 1}, mended_cases,
        shapes=SCORES,
    ),
    loss(
        "softmax_loss_linear", "(w, x, y, reg)", ("loss", "dw"),
        {"loss": 1, "dw": 1, UNCHANGED: 1, LARGE: 1}, linear_cases, MODEL,
    ),
    loss(
        "smoothed_softmax_loss", "(x, y, eps)", ("loss", "dx"), {"loss": 1, "dx": 2, LARGE: 1},
        smoothed_cases, SCORES,
    ),
    Exercise(
        "recap_softmax_loss", "()", ("slope", "shift", "tiny_number"),
        {"slope": 1, "shift": 1, "tiny_number": 1}, question("the three questions above"),
    ),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
