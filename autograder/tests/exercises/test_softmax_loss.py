"""The cases of 06 that decide, decide at every seed; the judge of the scores that expose a bug."""

import numpy as np
import pytest

from autograder.checking.result import RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises.softmax_loss import LARGE, exposes_the_bug
from autograder.kit.functions import LocalFunctions
from autograder.tests.keys import reference_of

CHAPTER = "06_softmax_loss"
SEEDS = [3, 11, 29]

SHIFTS = {
    "none": lambda x: 0.0,
    "the mean": lambda x: x.mean(axis=-1, keepdims=True),
    "the median": lambda x: np.median(x, axis=-1, keepdims=True),
    "the smallest": lambda x: x.min(axis=-1, keepdims=True),
    "the first": lambda x: x[..., :1],
    "the last": lambda x: x[..., -1:],
    "the middle of the range": lambda x: (
        x.min(axis=-1, keepdims=True) + x.max(axis=-1, keepdims=True)) / 2,
    "a constant": lambda x: 50.0,
    "the largest size": lambda x: np.abs(x).max(axis=-1, keepdims=True),
}


@pytest.fixture(scope="module", params=SEEDS)
def keys(request):
    return {key.exercise.name: key for key in Course.find().answer_keys(CHAPTER, request.param)}


def statuses(keys, name, function):
    functions = LocalFunctions({**reference_of(CHAPTER), name: function})
    return {item.name: item.status for item in run_check(keys[name], functions).items}


@pytest.mark.parametrize("shift", SHIFTS)
def test_softmax_with_any_other_shift_fails_on_large_scores(keys, shift):
    def softmax(x):
        with np.errstate(all="ignore"):
            e = np.exp(x - SHIFTS[shift](x))
            return e / e.sum(axis=-1, keepdims=True)

    found = statuses(keys, "softmax", softmax)
    assert (found["out"], found[LARGE]) == (RIGHT, WRONG)


def test_a_penalty_left_out_of_both_results_costs_once(keys):
    softmax_loss = reference_of(CHAPTER)["softmax_loss"]

    def without_penalty(w, x, y, reg):
        loss, ds = softmax_loss(x @ w, y)
        return loss, x.T @ ds

    found = statuses(keys, "softmax_loss_linear", without_penalty)
    assert (found["loss"], found["dw"]) == (WRONG, RIGHT)


def test_the_plain_loss_earns_nothing_for_smoothed_labels(keys):
    softmax_loss = reference_of(CHAPTER)["softmax_loss"]
    found = statuses(keys, "smoothed_softmax_loss", lambda x, y, eps: softmax_loss(x, y))
    assert RIGHT not in found.values()


@pytest.mark.parametrize("s", [[0, 16.2], [-50.0, 50.0], [-16.0, 0.0, 0.0], np.array([0, 17])])
def test_scores_that_expose(s):
    assert exposes_the_bug((s,)) is None


@pytest.mark.parametrize("s, words", [
    ([0.0, 16.0], "slopes"),
    ([17.0, 0.0], "slopes"),
    ([0.0, 51.0], "between"),
    ([0.0, np.nan], "between"),
    ([3.0], "single class"),
    ([], "single class"),
    ([[0.0, 17.0]], "one sample"),
    (17.0, "one sample"),
    ("17", "one sample"),
    ([0.0, 17j], "one sample"),
])
def test_scores_that_do_not(s, words):
    assert words in exposes_the_bug((s,))
