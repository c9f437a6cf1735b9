"""The rates that `choose_rate` takes are those that the chapter's own experiment finds good."""

from types import FunctionType

import numpy as np
import pytest
from course_data import load_mnist

from autograder.course import Course
from autograder.exercises.svm_loss import WORSE_ABOVE, WORSE_BELOW, no_good_rate

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


def test_the_best_rate_of_the_table_lies_between_those_that_the_judge_refuses(notebook):
    ends = {rate: np.mean(losses[-10:])
            for rate, losses in notebook["losses_with_each_rate"]().items()}
    best = min(ends, key=ends.get)
    assert WORSE_BELOW < best < WORSE_ABOVE
    assert {WORSE_BELOW, WORSE_ABOVE} == {10 * best, best / 10} & set(ends)
    assert all(end > 1.3 * ends[best] for rate, end in ends.items() if rate != best)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
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


@pytest.mark.parametrize("rate", [0, -0.1, 0.01, 1.0, 1e9, np.nan, "0.1", None, (0.1, 0.2), True])
def test_what_the_judge_refuses(rate):
    assert no_good_rate((rate,))
