"""Exercises of 05_svm_loss."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    NO_LOOP,
    PRECISION,
    SHAPES,
    UNCHANGED,
    Case,
    Exercise,
    loss,
    question,
)
from autograder.exercises.inputs import in_float32, unusual
from autograder.exercises.svm_loss_hints import HINTS

KINK = "a margin of exactly 0"

SCORES = {"x": "N C"}
MODEL = {"x": "N D", "w": "D C"}

LARGE = 3e8
"""A score so large that finite differences of the loss lose their digits, and the 1 does not."""

KINDS = {"G": (2.2, 2.8), "F": (1.2, 1.8), "N": (0.2, 0.8), "n": (-0.8, -0.2), "f": (-2.8, -1.2),
         "K": (0.0, 0.0), "L": (LARGE, LARGE + 1.0)}
"""Where a margin lies, by a letter: positive and farther from 0 than 2, than 1, and near;
negative, near and far; at the kink; very large.

Who has another distance in place of the 1, or none, takes a near margin to the other side of 0.
"""


def scores_with(rng: np.random.Generator, kinds: str) -> dict:
    """Random x (N, C) and y (N,) with margins of given kinds.

    Only sizes are drawn: which score is larger than which does not depend on the seed. The scores
    of one sample are all far above 0, those of the next far below: a condition in which the true
    score is missing, or that of another sample stands, holds everywhere or nowhere. No sample n
    has the true class n.

    Parameters
    ----------
    rng : Generator
    kinds : str
        A word for each sample, a letter of `KINDS` for each of its wrong classes.
    """
    words = kinds.split()
    c = len(words[0]) + 1
    y = (np.arange(len(words)) + 1) % c
    x = np.empty((len(words), c))
    for n, (row, word, true) in enumerate(zip(x, words, y, strict=True)):
        margins = [rng.uniform(*KINDS[kind]) for kind in word]
        # Halves: so a margin that should be 0 is 0 exactly, in any order of the terms.
        row[true] = rng.integers(16, 20) / 2 * (-1) ** n
        row[np.arange(c) != true] = row[true] - 1.0 + np.array(margins)
    return {"x": x, "y": y}


def margins_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x[n, j] - x[n, y[n]] + 1 for the wrong classes, NaN for the true class; shape (N, C)."""
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, None] + 1.0
    margins[rows, y] = np.nan
    return margins


def pair_cases(rng: np.random.Generator) -> list[Case]:
    """Margins of every kind, most of them positive; of exactly 0, and next to it."""
    cases = []
    for kind, signs in {"N": (1, -1), "F": (1,), "G": (-1,), "n": (1, -1), "f": (1,)}.items():
        for sign in signs:
            s_y = float(sign * rng.uniform(4.0, 5.0))
            s_j = float(s_y - 1.0 + rng.uniform(*KINDS[kind]))
            cases.append(Case(f"s_j = {s_j:.2f}, s_y = {s_y:.2f}", {"s_j": s_j, "s_y": s_y},
                              spelled=True))
    cases.append(Case("two equal scores", {"s_j": -1.5, "s_y": -1.5}))
    cases.append(Case("a very large score", {"s_j": LARGE + 2.25, "s_y": -1.5}))
    s_y = float(rng.integers(4, 9)) / 2
    for s_j in (s_y - 1, s_y - 1 - 2.0**-20, s_y - 1 + 2.0**-20):
        cases.append(Case(f"s_j = {s_j}, s_y = {s_y}", {"s_j": s_j, "s_y": s_y}, item=KINK,
                          spelled=True))
    return cases


ENTRIES = {
    "NFnf nfff fNNn": ("tNF", "tf", "tn"),
    "nnffff NNFFGG NFffff NFnnff": ("t", "tN", "t", "tn"),
    "NF": ("t",),
}
"""Batches, and entries of them: for each sample the true class ``t``, and kinds of margins.

Most are of true classes: an answer that has these wrong is not asked about the kink as well.
"""

KIND_NAMES = {"t": "the true class", "N": "a positive margin", "F": "a larger positive margin",
              "n": "a negative margin", "f": "a negative margin far from 0"}


def entry_cases(rng: np.random.Generator) -> list[Case]:
    """Every kind of entry, in samples with none, some and only positive margins; at the kink."""

    def case(inputs, n, j, name, item=None):
        return Case(f"N = {len(inputs['x'])}, n = {n}, j = {j}: {name}",
                    {**inputs, "n": n, "j": j}, item=item, spelled=True)

    cases = []
    for kinds, wanted in ENTRIES.items():
        inputs = scores_with(rng, kinds)
        margins = margins_of(inputs["x"], inputs["y"])
        for n, letters in enumerate(wanted):
            for letter in letters:
                j = inputs["y"][n]
                if letter != "t":
                    low, high = KINDS[letter]
                    j = np.flatnonzero((low <= margins[n]) & (margins[n] <= high))[0]
                cases.append(case(inputs, n, int(j), KIND_NAMES[letter]))
    kink = scores_with(rng, "Knff KKnf Kfff")
    at_zero = margins_of(kink["x"], kink["y"]) == 0
    for n in (0, 1):
        cases.append(case(kink, n, int(kink["y"][n]), "the true class", KINK))
        cases.append(case(kink, n, int(at_zero[n].argmax()), "a margin of exactly 0", KINK))
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
        cases.append(Case(f"N = {n}, C = {c}", {"positive": positive, "y": y}))
    one = {"positive": np.array([[True, True, False, True, False]]), "y": np.array([2])}
    return [
        *cases,
        Case("one sample", one),
        Case("read-only arrays that are not contiguous", unusual({"positive": positive, "y": y})),
    ]


def batch_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes, each with margins of every kind as far as there is room.

    Scores near 0, a very large one, samples that are right by less than 1 and by more.
    """
    near_zero = {"x": 1e-3 * rng.standard_normal((2, 10)), "y": np.array([0, 3])}
    return [
        Case("three samples", scores_with(rng, "NFnf NGFn Nnnf")),
        Case("one sample", scores_with(rng, "NFnf")),
        Case("two classes", scores_with(rng, "N F n f N")),
        # An array (N,) fits to the columns here. No two samples have as many positive margins.
        Case("as many samples as classes", scores_with(rng, "NFF Nnf NFn nff")),
        Case("one sample without any loss", scores_with(rng, "Fn nf Nf NF")),
        Case("every sample is right, by less than 1", scores_with(rng, "NNn Nnf")),
        Case("no loss at all", scores_with(rng, "nnf nff")),
        Case("scores near 0", near_zero),
        Case("one very large score", scores_with(rng, "LN nF NF Nn")),
        Case("read-only arrays that are not contiguous", unusual(scores_with(rng, "NGFnf Nnnff"))),
        Case("float32", in_float32(scores_with(rng, "Nn NF nf FF Nf")),
             tolerance=FLOAT32_TOLERANCE),
        # None is positive: the right dx is 0, also for a student whose loss is off by a factor.
        Case("a margin of exactly 0 in every sample", scores_with(rng, "Kff Knf Kff"), item=KINK),
    ]


def batches_of_two_sizes(rng: np.random.Generator) -> tuple[dict, dict]:
    """A small batch and a large one."""
    small, large = ({"x": rng.standard_normal(size), "y": rng.integers(0, 3, size[0])}
                    for size in ((2, 3), (20, 30)))
    return small, large


def masks_of_two_sizes(rng: np.random.Generator) -> tuple[dict, dict]:
    """The masks of a small batch and a large one."""
    small, large = (
        {"positive": margins_of(batch["x"], batch["y"]) > 0, "y": batch["y"]}
        for batch in batches_of_two_sizes(rng)
    )
    return small, large


def start_cases(rng: np.random.Generator) -> list[Case]:
    """One class, two, ten, and some other number of them."""
    return [Case(f"C = {c}", {"C": c}, spelled=True)
            for c in (2, 10, 1, int(rng.integers(20, 1000)))]


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


def linear_inputs(rng: np.random.Generator, kinds: str, d: int, reg: float) -> dict:
    """Random w (D, C), x (N, D) and y (N,) whose scores x @ w have margins of given `KINDS`.

    There must be at least as many features as samples.
    """
    target = scores_with(rng, kinds)
    n, c = target["x"].shape
    while True:
        x = rng.standard_normal((n, d))
        if np.linalg.cond(x) < 20:
            break
    w = rng.standard_normal((d, c))
    return {"w": w + np.linalg.pinv(x) @ (target["x"] - x @ w), "x": x, "y": target["y"],
            "reg": reg}


def more_samples_than_features(rng: np.random.Generator) -> dict:
    """Five samples of two features: margins near 0 on both sides, and far on both sides."""
    while True:
        w, x = 2.0 * rng.standard_normal((2, 4)), rng.standard_normal((5, 2))
        y = rng.integers(0, 4, 5)
        margins = margins_of(x @ w, y)
        found = margins[~np.isnan(margins)]
        if np.abs(found).min() > 0.05 and all(
            np.any((low < found) & (found < high)) for low, high in (KINDS[kind] for kind in "FNnf")
        ):
            return {"w": w, "x": x, "y": y, "reg": 0.0}


def one_large_weight(rng: np.random.Generator) -> dict:
    """`linear_inputs` in which one weight gives a wrong class of sample 0 a very large score."""
    inputs = linear_inputs(rng, "NF Nn nf nN", 5, 0.0)
    # Only sample 0 has the first feature, so all other scores are what they were.
    inputs["x"][:, 0] = [1.5, 0.0, 0.0, 0.0]
    target = scores_with(rng, "NF Nn nf nN")
    inputs["y"] = target["y"]
    inputs["w"] += np.linalg.pinv(inputs["x"]) @ (target["x"] - inputs["x"] @ inputs["w"])
    inputs["w"][0, (inputs["y"][0] + 1) % 3] += LARGE
    return inputs


def linear_kink(rng: np.random.Generator) -> dict:
    """Scores without rounding errors, with margins of exactly 0 and none that is positive."""
    target = scores_with(rng, "Kff Knf Kff")
    x = 2.0 * np.eye(3, 5)
    w = np.concatenate([target["x"] / 2, rng.standard_normal((2, 4))])
    return {"w": w, "x": x, "y": target["y"], "reg": 0.25}


def linear_cases(rng: np.random.Generator) -> list[Case]:
    """Models of many sizes; a square w, in which rows and columns can be mixed up unnoticed."""
    return [
        Case("three samples", linear_inputs(rng, "NFnf NGFn Nnnf", 4, 0.03)),
        Case("one sample", linear_inputs(rng, "NFnf", 6, 0.02)),
        Case("reg = 0", more_samples_than_features(rng)),
        Case("as many classes as features", linear_inputs(rng, "NFn Nnf nff", 4, 0.01)),
        Case("no margin is positive: only the penalty is left",
             linear_inputs(rng, "nff nnf", 3, 0.05)),
        Case("one very large weight", one_large_weight(rng)),
        Case("read-only arrays that are not contiguous",
             unusual(linear_inputs(rng, "NGFnf Nnnff", 3, 0.02))),
        Case("float32", in_float32(linear_inputs(rng, "Nn NF nf", 5, 0.02)),
             tolerance=FLOAT32_TOLERANCE),
        Case("a margin of exactly 0 in every sample", linear_kink(rng), item=KINK),
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
        Case("a long gradient", {**inputs(0.5, 3, 2), "dw": 100 * rng.standard_normal((3, 2))}),
        Case("float32", in_float32(inputs(0.25, 2, 5)), tolerance=FLOAT32_TOLERANCE),
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


def squared_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of many sizes, each with several positive margins in one sample."""
    behind = scores_with(rng, "NFf Nff")
    behind["x"][margins_of(behind["x"], behind["y"]) < 0] -= 9.0
    return [
        Case("three samples", scores_with(rng, "NFnf NGFn Nnnf")),
        Case("one sample", scores_with(rng, "NFnf")),
        Case("two classes", scores_with(rng, "N n F N f")),
        Case("as many samples as classes", scores_with(rng, "NFF Nnf NFn nff")),
        Case("one sample without any loss", scores_with(rng, "NF nf Nn FF")),
        Case("no loss at all", scores_with(rng, "nnf nff")),
        Case("classes far behind", behind),
        Case("one very large score", scores_with(rng, "LN nF NF Nn")),
        Case("read-only arrays that are not contiguous", unusual(scores_with(rng, "NGFnf Nnnff"))),
        Case("float32", in_float32(scores_with(rng, "NF Nf FF nf Nn")),
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
        "svm_dx_entry", "(x, y, n, j)", ("dx[n, j]",), {"dx[n, j]": 3, KINK: 1}, entry_cases,
        shapes=SCORES,
    ),
    Exercise(
        "svm_dx_matrix", "(positive, y)", ("dx",), {"dx": 2, NO_LOOP: 1}, mask_cases,
        shapes={"positive": "N C"}, loop_free=masks_of_two_sizes,
    ),
    loss(
        "svm_loss_naive", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2, KINK: 1}, batch_cases,
        SCORES,
    ),
    loss(
        "svm_loss", "(x, y)", ("loss", "dx"),
        {"loss": 1, "dx": 3, SHAPES: 1, UNCHANGED: 1, KINK: 1, PRECISION: 1, NO_LOOP: 1},
        batch_cases, SCORES, loop_free=batches_of_two_sizes,
    ),
    Exercise("start_loss", "(C)", ("loss",), {"loss": 1}, start_cases),
    Exercise(
        "exposing_scores", "()", ("scores",), {"scores": 1},
        question("the scores you give", judge=exposes_the_bug),
    ),
    Exercise(
        "svm_loss_mended", "(x, y)", ("loss", "dx"), {"loss": 1, "dx": 2, KINK: 1}, batch_cases,
        shapes=SCORES,
    ),
    loss(
        "svm_loss_linear", "(w, x, y, reg)", ("loss", "dw"),
        {"loss": 1, "dw": 2, UNCHANGED: 1, KINK: 1}, linear_cases, MODEL,
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
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
