"""What a gradient earns that fits its own wrong value: its points, where the slip is known."""

import numpy as np
import pytest

from autograder.checking.answers import answer_key
from autograder.checking.exercise import Case, loss
from autograder.checking.mistake import Mistake
from autograder.checking.result import RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.kit.functions import LocalFunctions


def cases(rng):
    return [Case(f"{n} samples", {"x": rng.standard_normal((n, 4))}) for n in (3, 1, 5)]


ROW = loss("square_loss", "(x)", ("loss", "dx"), {"loss": 1, "dx": 2}, cases, {"x": "N D"})


def square_loss(x):
    return np.sum(x ** 2) / len(x), 2 * x / len(x)


def scaled_by(of_loss, of_dx):
    def answer(x):
        value, dx = square_loss(x)
        return value * of_loss(x), dx * of_dx(x)

    return answer


def summed(x):
    return len(x)


SUM = scaled_by(summed, summed)
"""A sum where a mean is asked for, and the gradient of that sum."""

SLIP = Mistake("square_loss", "a sum over the batch", "why", "hint", ("loss",),
               {"square_loss": SUM}, keeps=("dx",))


def check(answer, mistakes=(SLIP,)):
    key = answer_key(ROW, 5, {"square_loss": square_loss}, mistakes)
    result = run_check(key, LocalFunctions({"square_loss": answer}))
    return {item.name: item for item in result.items}


def test_gradient_of_a_known_slip_keeps_its_points():
    items = check(SUM)
    assert (items["loss"].status, items["dx"].status) == (WRONG, RIGHT)
    assert items["loss"].mistake == SLIP.name


def test_gradient_of_the_same_slip_loses_its_points_where_no_mistake_says_otherwise():
    assert {item.status for item in check(SUM, []).values()} == {WRONG}


@pytest.mark.parametrize("factor", [lambda x: 3, lambda x: len(x) ** 2, lambda x: 1 + x.shape[1]])
def test_gradient_that_fits_an_unknown_slip_loses_its_points(factor):
    assert {item.status for item in check(scaled_by(factor, factor)).values()} == {WRONG}


def test_gradient_of_a_known_slip_needs_the_value_that_has_it():
    items = check(scaled_by(lambda x: 1, summed))
    assert (items["loss"].status, items["dx"].status) == (RIGHT, WRONG)
    assert {item.status for item in check(scaled_by(lambda x: 3, summed)).values()} == {WRONG}


def test_slip_that_is_made_in_one_case_only_is_not_the_known_one():
    def at_times(x):
        return len(x) if len(x) == 3 else 1

    items = check(scaled_by(lambda x: 2 * at_times(x), at_times))
    assert {item.status for item in items.values()} == {WRONG}


def test_invented_value_with_its_gradient_earns_nothing():
    items = check(lambda x: (x.sum(), np.ones_like(x)))
    assert {item.status for item in items.values()} == {WRONG}
