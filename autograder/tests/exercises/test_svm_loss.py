"""The cases of 05 decide at every seed, and `choose_rate` takes the rates that are good."""

from types import FunctionType

import numpy as np
import pytest
from course_data import load_mnist

from autograder.checking.answers import PUBLIC_SEED
from autograder.checking.result import WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises.svm_loss import (
    GOOD_FROM,
    GOOD_TO,
    KINDS,
    margins_of,
    no_good_rate,
    scores_with,
)
from autograder.kit.functions import LocalFunctions

CHAPTER = "05_svm_loss"


@pytest.fixture(scope="module")
def notebook():
    """The names that the chapter's experiment makes and uses."""
    course = Course.find()
    names = {**course.reference(CHAPTER), "load_mnist": load_mnist}
    cells = [cell for cell in course.solution_cells(CHAPTER)
             if "def train(" in cell or "RATES = " in cell]
    assert len(cells) == 2
    for cell in cells:
        exec(cell, names)
    return names


def test_the_judge_takes_the_rates_of_the_table_that_the_text_calls_good(notebook):
    curves = notebook["losses_with_each_rate"]()
    good = {rate for rate, losses in curves.items()
            if np.mean(losses[-10:]) < losses[0] / 5 and losses.max() < 1.2 * losses[0]}
    assert good == {rate for rate in curves if GOOD_FROM <= rate <= GOOD_TO}
    assert good == {rate for rate in curves if no_good_rate((rate,)) is None}
    assert {GOOD_FROM, GOOD_TO} == {min(good), max(good)}
    # What the text calls far above, and what it does not, is no matter of taste.
    assert all(losses.max() < 1.2 * losses[0] or losses.max() > 5 * losses[0]
               for losses in curves.values())


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.1, 0.5, 1.0])
def test_rates_that_the_judge_takes_train_well(notebook, rate):
    assert no_good_rate((rate,)) is None
    _, losses = notebook["train"](rate, reg=0.0)
    assert np.mean(losses[-50:]) < 1


def test_a_step_that_writes_into_w_leaves_the_first_weights_alone(notebook):
    def step_in_place(w, dw, learning_rate):
        w -= learning_rate * dw
        return w

    before = notebook["first_weights"].copy()
    names = {**notebook, "gradient_step": step_in_place}
    train = FunctionType(notebook["train"].__code__, names, "train", (10, 100))
    w, _ = train(0.1, 0.0)
    assert np.array_equal(notebook["first_weights"], before)
    assert not np.array_equal(w, before)


@pytest.mark.parametrize(
    "rate", [0, -0.1, 0.0099, 1.01, 1e9, np.nan, "0.1", None, (0.1, 0.2), True]
)
def test_what_the_judge_refuses(rate):
    assert no_good_rate((rate,))


@pytest.mark.parametrize("seed", range(5))
def test_margins_are_of_the_kinds_that_are_asked_for(seed):
    kinds = "NFnf LKnf"
    inputs = scores_with(np.random.default_rng(seed), kinds)
    margins = margins_of(inputs["x"], inputs["y"])
    for row, word in zip(margins, kinds.split(), strict=True):
        found = row[~np.isnan(row)]
        assert all(low <= margin <= high for margin, (low, high) in zip(
            found, [KINDS[kind] for kind in word], strict=True))


@pytest.mark.parametrize("distance", [0.0, 0.999, 2.0])
@pytest.mark.parametrize("name", ["svm_loss_naive", "svm_loss", "svm_loss_mended"])
def test_another_distance_costs_the_same_at_every_seed(name, distance):
    def with_distance(x, y):
        rows = np.arange(len(x))
        margins = x - x[rows, y][:, None] + distance
        margins[rows, y] = 0.0
        dx = (margins > 0).astype(float)
        dx[rows, y] = -dx.sum(axis=1)
        return np.maximum(0.0, margins).sum() / len(x), dx / len(x)

    course, points = Course.find(), set()
    for seed in (PUBLIC_SEED, 1, 2, 3):
        key = next(k for k in course.answer_keys(CHAPTER, seed) if k.exercise.name == name)
        result = run_check(key, LocalFunctions({**course.reference(CHAPTER), name: with_distance}))
        assert result.items[0].status == WRONG
        points.add(tuple(item.points for item in result.items))
    assert len(points) == 1
