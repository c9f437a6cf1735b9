"""Exercises of 05_svm_loss."""

from __future__ import annotations

import math

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

KINK = "a margin of exactly 0"

SCORES = {"x": "N C"}
MODEL = {"x": "N D", "w": "D C"}

FROM_THE_KINK = 0.05
"""The least distance of a margin from 0 in ordinary cases; far more than a finite difference."""

LARGE = 1e8
"""A score so large that finite differences of the loss lose their digits."""


def margins_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x[n, j] - x[n, y[n]] + 1 for the wrong classes, NaN for the true class; shape (N, C)."""
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, None] + 1.0
    margins[rows, y] = np.nan
    return margins


def tell_mistakes_apart(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether margins keep away from 0, and enough of them are positive, and not all."""
    margins = margins_of(x, y)
    wrong = margins[~np.isnan(margins)]
    if np.abs(wrong).min() < FROM_THE_KINK:
        return False
    counts = (margins > 0).sum(axis=1)
    return bool((wrong < 0).any() and counts.max() >= min(2, x.shape[1] - 1))


def scores(rng: np.random.Generator, n: int, c: int) -> dict:
    """Random x (n, c) and labels y (n,), with margins on both sides of the kink."""
    while True:
        x = 2.0 * rng.standard_normal((n, c))
        y = rng.integers(0, c, n)
        if tell_mistakes_apart(x, y):
            return {"x": x, "y": y}


def one_large_score(rng: np.random.Generator, n: int, c: int) -> dict:
    """`scores`, but a wrong class of sample 0 has a score far above all others."""
    inputs = scores(rng, n, c)
    inputs["x"][0, (inputs["y"][0] + 1) % c] += LARGE
    return inputs


def kink_scores(rng: np.random.Generator, n: int, c: int) -> dict:
    """Scores without rounding errors; in each sample one margin is exactly 0, none is positive.

    So the right gradient is 0, also for a student whose loss is off by a factor.
    """
    x = rng.integers(-6, 0, (n, c)) / 2.0
    y = rng.integers(0, c, n)
    rows = np.arange(n)
    x[rows, y] = rng.integers(3, 8, n) / 2.0
    x[rows, (y + rng.integers(1, c, n)) % c] = x[rows, y] - 1.0
    return {"x": x, "y": y}


def pair_cases(rng: np.random.Generator) -> list[Case]:
    """Margins of both signs; one of exactly 0, and one just below."""
    cases = []
    for margin in (rng.uniform(0.2, 0.9), rng.uniform(1.2, 3.0), rng.uniform(-2.0, -0.2)):
        s_y = float(rng.uniform(0.5, 3.0) * rng.choice([-1.0, 1.0]))
        s_j = float(s_y - 1.0 + margin)
        cases.append(Case(f"s_j = {s_j:.2f}, s_y = {s_y:.2f}", {"s_j": s_j, "s_y": s_y},
                          spelled=True))
    large = {"s_j": LARGE + 2.25, "s_y": -1.5}
    cases.append(Case("a very large score", large))
    s_y = float(rng.integers(-6, 7)) / 2
    for s_j in (s_y - 1, s_y - 1 - 2.0**-20):
        cases.append(Case(f"s_j = {s_j}, s_y = {s_y}", {"s_j": s_j, "s_y": s_y}, item=KINK,
                          spelled=True))
    return cases


def scores_with(rng: np.random.Generator, counts: list[int], c: int) -> dict:
    """Random x (N, c) and y (N,) in which sample n has exactly counts[n] positive margins.

    The true class is another one in each sample, as far as there are enough.
    """
    y = rng.permutation(np.arange(len(counts)) % c)
    x = np.empty((len(counts), c))
    for row, count, true in zip(x, counts, y):
        margins = np.concatenate([
            rng.uniform(0.2, 3.0, count), rng.uniform(-3.0, -0.2, c - 1 - count)
        ])
        row[true] = rng.uniform(-2.0, 2.0)
        row[np.arange(c) != true] = row[true] - 1.0 + rng.permutation(margins)
    return {"x": x, "y": y}


def entry_cases(rng: np.random.Generator) -> list[Case]:
    """Every kind of entry, of two samples of one batch and of a sample of another."""
    cases = []
    for counts, c in (([2, 3, 1], 5), ([0, 4, 1, 2], 7)):
        inputs = scores_with(rng, counts, c)
        margins = margins_of(inputs["x"], inputs["y"])
        for n in (0, 1):
            kinds = {
                "the true class": np.isnan(margins[n]),
                "a positive margin": margins[n] > 0,
                "a negative margin": margins[n] < 0,
            }
            for what, there in kinds.items():
                if there.any():
                    j = int(rng.choice(np.flatnonzero(there)))
                    name = f"N = {len(counts)}, n = {n}, j = {j}: {what}"
                    cases.append(Case(name, {**inputs, "n": n, "j": j}, spelled=True))
    return cases


def mask_cases(rng: np.random.Generator) -> list[Case]:
    """Masks with every wrong class in the first row, none in the last one.

    In the first of them every row has its own true class, and no other row has anything in the
    column of the first row's: counts of rows and of columns differ. In the last, square one the
    count of row 0 belongs to the last column: in a row of counts it stands elsewhere.
    """
    cases: list[Case] = []
    for n, c in ((3, 5), (4, 3), (5, 2), (4, 4)):
        y = rng.integers(0, c, n)
        if not cases:
            y = rng.permutation(c)[:n]
        if n == c:
            y[0] = c - 1
        positive = rng.random((n, c)) < 0.6
        positive[0] = True
        positive[-1] = False
        if not cases:
            positive[1:, y[0]] = False
        positive[np.arange(n), y] = False
        inputs = {"positive": positive, "y": y}
        cases.append(Case(f"N = {n}, C = {c}", inputs))
    return cases


def square_scores(rng: np.random.Generator) -> dict:
    """As many samples as classes: an array (N,) fits to the columns, and gives no error.

    No two samples have as many positive margins, and not every sample n has the true class n.
    """
    while True:
        inputs = scores_with(rng, [3, 1, 2, 0], 4)
        if np.any(inputs["y"] != np.arange(4)):
            return inputs


def batch_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes; scores near 0, a very large one, and a sample without any loss."""
    satisfied = scores(rng, 4, 3)
    satisfied["x"][1] = rng.uniform(-4.0, 4.0, 3)
    satisfied["x"][1, satisfied["y"][1]] = 6.0
    near_zero = {"x": 1e-3 * rng.standard_normal((2, 10)), "y": rng.integers(0, 10, 2)}
    return [
        Case("three samples", scores(rng, 3, 5)),
        Case("one sample", scores(rng, 1, 4)),
        Case("two classes", scores(rng, 5, 2)),
        Case("as many samples as classes", square_scores(rng)),
        Case("one sample without any loss", satisfied),
        Case("scores near 0", near_zero),
        Case("one very large score", one_large_score(rng, 4, 3)),
        Case("read-only arrays that are not contiguous", unusual(scores(rng, 2, 6))),
        Case("float32", in_float32(scores(rng, 5, 3)), tolerance=FLOAT32_TOLERANCE),
        Case("a margin of exactly 0 in every sample", kink_scores(rng, 3, 4), item=KINK),
    ]


def start_cases(rng: np.random.Generator) -> list[Case]:
    """Two, ten, and some other number of classes."""
    return [Case(f"C = {c}", {"C": c}, spelled=True)
            for c in (2, 10, int(rng.integers(20, 1000)))]


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the scores a student gives, or None."""
    s = as_array(outputs[0])
    if s is None or s.dtype.kind == "c" or s.ndim == 0 or max(s.shape) != s.size:
        return "Return the scores of one sample, one number for each class, in one array."
    s = s.ravel().astype(float)
    if not np.isfinite(s).all():
        return "Scores are finite numbers."
    if s.size < 2:
        return "There is only one score here, and no wrong class."
    if s[0] <= s[1:].max():
        return "Class 0 is the true class, and it must have the highest score of all."
    count = int(np.sum(s[1:] - s[0] + 1 > 0))
    if count == 0:
        return ("With these scores no margin is positive: the line dx[n, y[n]] = -1 is never "
                "reached, and dx is right, all zeros.")
    if count == 1:
        return ("With these scores one margin is positive: the line dx[n, y[n]] = -1 is reached "
                "once, and -1 is right there.")
    return None


def mended_cases(rng: np.random.Generator) -> list[Case]:
    """Two classes, where only the loss was wrong, and more, where dx was wrong too."""
    return [Case(f"N = {n}, C = {c}", scores(rng, n, c)) for n, c in ((4, 2), (3, 5), (1, 6))]


def linear_inputs(rng: np.random.Generator, n: int, d: int, c: int, reg: float) -> dict:
    """Random w (d, c), x (n, d) and y (n,); the scores x @ w keep away from the kink."""
    while True:
        w, x = rng.standard_normal((d, c)), rng.standard_normal((n, d))
        y = rng.integers(0, c, n)
        if tell_mistakes_apart(x @ w, y):
            return {"w": w, "x": x, "y": y, "reg": reg}


def one_large_weight(rng: np.random.Generator, n: int, d: int, c: int) -> dict:
    """`linear_inputs` in which one weight gives a wrong class of sample 0 a very large score."""
    while True:
        inputs = linear_inputs(rng, n, d, c, 0.0)
        inputs["x"][:, 0] = np.abs(inputs["x"][:, 0]) + 0.5
        inputs["w"][0, (inputs["y"][0] + 1) % c] = LARGE
        if tell_mistakes_apart(inputs["x"] @ inputs["w"], inputs["y"]):
            return inputs


def linear_cases(rng: np.random.Generator) -> list[Case]:
    """Models of many sizes; a square w, in which rows and columns can be mixed up unnoticed.

    The penalty is small enough to change the direction of the gradient but little: who forgets
    it altogether has another loss, and a gradient that belongs to it.
    """
    return [
        Case("three samples", linear_inputs(rng, 3, 4, 5, 0.03)),
        Case("one sample", linear_inputs(rng, 1, 6, 4, 0.02)),
        Case("reg = 0", linear_inputs(rng, 5, 2, 4, 0.0)),
        Case("as many classes as features", linear_inputs(rng, 5, 4, 4, 0.01)),
        Case("one very large weight", one_large_weight(rng, 4, 5, 3)),
        Case("read-only arrays that are not contiguous",
             unusual(linear_inputs(rng, 2, 3, 6, 0.02))),
        Case("float32", in_float32(linear_inputs(rng, 4, 2, 3, 0.02)),
             tolerance=FLOAT32_TOLERANCE),
    ]


def step_cases(rng: np.random.Generator) -> list[Case]:
    """Weights of several shapes; rates below and above 1; weights nobody may write to."""
    def inputs(rate: float, *shape: int) -> dict:
        w, dw = rng.standard_normal((2, *shape))
        return {"w": w, "dw": dw, "learning_rate": rate}

    return [
        Case("weights (3, 4)", inputs(0.1, 3, 4)),
        Case("weights (5,)", inputs(0.02, 5)),
        Case("a rate above 1", inputs(2.5, 2, 3)),
        Case("read-only arrays that are not contiguous", unusual(inputs(0.3, 4, 2))),
    ]


GOOD_FROM, GOOD_TO = 0.01, 1.0
"""Of the chapter's six rates, the least and the largest good one. A test trains with all six."""


def no_good_rate(outputs: tuple) -> str | None:
    """What is wrong with the rate a student chooses, or None."""
    number = as_array(outputs[0])
    if number is None or number.size != 1 or number.dtype.kind not in "iuf":
        return "Return one number."
    rate = float(number.item())
    if not np.isfinite(rate):
        return "A rate is a finite number."
    if rate == 0:
        return "With the rate 0 the weights never move."
    if rate < 0:
        return "With a negative rate every step goes uphill."
    if math.isclose(rate, GOOD_FROM, rel_tol=1e-6) or math.isclose(rate, GOOD_TO, rel_tol=1e-6):
        return None                                        # 0.01 in float32 is a little less
    if rate < GOOD_FROM:
        return ("This rate is too small: the table has larger ones, and the first of them whose "
                "loss ends below a fifth of the first loss is larger than yours.")
    if rate > GOOD_TO:
        return ("This rate is too large: the last rate of the table whose loss never rises far "
                "above the first loss is smaller than yours.")
    return None


def far_behind(rng: np.random.Generator) -> dict:
    """Scores whose negative margins are far larger than the positive ones.

    A square that forgets the maximum then points the other way, whatever is drawn.
    """
    inputs = scores_with(rng, [2, 1], 4)
    margins = margins_of(inputs["x"], inputs["y"])
    inputs["x"][margins < 0] -= 9.0
    return inputs


def squared_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes, each with several positive margins in one sample."""
    return [
        Case("three samples", scores_with(rng, [2, 3, 1], 5)),
        Case("one sample", scores_with(rng, [2], 4)),
        Case("two classes", scores_with(rng, [1, 0, 1, 1, 0], 2)),
        Case("one sample without any loss", scores_with(rng, [2, 0, 1, 2], 3)),
        Case("classes far behind", far_behind(rng)),
        Case("one very large score", one_large_score(rng, 4, 3)),
        Case("read-only arrays that are not contiguous", unusual(scores_with(rng, [3, 1], 6))),
        Case("float32", in_float32(scores_with(rng, [2, 1, 2, 0, 1], 3)),
             tolerance=FLOAT32_TOLERANCE),
    ]


EXERCISES = [
    Exercise(
        "predict_changes", "()", ("changes", "room"), {"changes": 1, "room": 1},
        question("sample 1 of the example above", dims={"C": 4}),
    ),
    loss(
        "hinge_pair", "(s_j, s_y)", ("loss", "ds_j", "ds_y"),
        {"loss": 1, "ds_j": 1, "ds_y": 1, KINK: 1}, pair_cases,
    ),
    Exercise(
        "svm_dx_entry", "(x, y, n, j)", ("dx[n, j]",), {"dx[n, j]": 3}, entry_cases, shapes=SCORES
    ),
    Exercise(
        "svm_dx_matrix", "(positive, y)", ("dx",), {"dx": 2}, mask_cases,
        shapes={"positive": "N C"},
    ),
    loss(
        "svm_loss_naive", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2, KINK: 1}, batch_cases,
        SCORES,
    ),
    loss(
        "svm_loss", "(x, y)", ("loss", "dx"),
        {"loss": 1, "dx": 3, SHAPES: 1, UNCHANGED: 1, KINK: 1}, batch_cases, SCORES,
    ),
    Exercise("start_loss", "(C)", ("loss",), {"loss": 1}, start_cases),
    Exercise(
        "exposing_scores", "()", ("scores",), {"scores": 1},
        question("the scores you give", judge=exposes_the_bug),
    ),
    Exercise(
        "svm_loss_mended", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2}, mended_cases,
        shapes=SCORES,
    ),
    loss(
        "svm_loss_linear", "(w, x, y, reg)", ("loss", "dw"), {"loss": 1, "dw": 2, UNCHANGED: 1},
        linear_cases, MODEL,
    ),
    Exercise(
        "gradient_step", "(w, dw, learning_rate)", ("w",), {"w": 1, UNCHANGED: 1}, step_cases
    ),
    Exercise(
        "choose_rate", "()", ("rate",), {"rate": 1},
        question("the rate you choose", judge=no_good_rate),
    ),
    loss(
        "squared_hinge_loss", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2}, squared_cases,
        SCORES,
    ),
    Exercise(
        "recap_svm_loss", "()", ("true_class", "first_loss", "twice"),
        {"true_class": 1, "first_loss": 1, "twice": 1}, question("the three questions above"),
    ),
]
