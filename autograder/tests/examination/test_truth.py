"""True names hold on draws; a name that is made up does not."""

from functools import partial

import numpy as np
import pytest

from autograder.course import Course
from autograder.examination.mutants import Chapter
from autograder.examination.observing import Observer
from autograder.examination.truth import why_false
from autograder.exercises import exercises_of
from autograder.mistakes import mistakes_of

CHAPTER, NAME = "03_affine", "affine_backward"
GRAPHS = "08_autodiff"


@pytest.fixture(scope="module")
def chapter():
    return Chapter(CHAPTER, Course.find().solution_cells(CHAPTER))


@pytest.fixture(scope="module")
def observer(chapter):
    return Observer(chapter, exercises_of(CHAPTER)[NAME])


def spoilt(chapter, change):
    """The names of a chapter in which the gradients are changed."""
    right = chapter.reference[NAME]
    return {**chapter.reference, NAME: lambda dout, cache: change(*right(dout, cache), dout)}


SIGN, TWICE = "dw has the wrong sign", "dw is 2 times what it should be"
SMALL = "db is exactly N times too small: a mean where the sum belongs"
ZEROS, TURNED = "dw is all zeros", "dw is transposed"
SOME_ZEROS = "dw is 0 where it should not be"


@pytest.mark.parametrize("change, item, true", [
    (lambda dx, dw, db, dout: (dx, -dw, db), "dw", SIGN),
    (lambda dx, dw, db, dout: (dx, 2 * dw, db), "dw", TWICE),
    (lambda dx, dw, db, dout: (dx, dw, db / len(dout)), "db", SMALL),
    (lambda dx, dw, db, dout: (dx, 0 * dw, db), "dw", ZEROS),
    (lambda dx, dw, db, dout: (dx, dw.T, db), "dw", TURNED),
])
def test_general_name(chapter, observer, change, item, true):
    names = spoilt(chapter, change)
    assert why_false(observer, names, item, true, {}) == ""
    for name in {SIGN, TWICE, SMALL, ZEROS, TURNED} - {true}:
        assert why_false(observer, names, item, name, {}), name


def test_zeros_are_all_that_is_wrong_and_have_the_right_shape(chapter, observer):
    for change, zeros, some_zeros in (
        (lambda dx, dw, db, dout: (dx, 0 * dw, db), True, True),
        (lambda dx, dw, db, dout: (dx, dw * (np.arange(dw.shape[1]) > 0), db), False, True),
        (lambda dx, dw, db, dout: (dx, dw * np.arange(dw.shape[1]), db), False, False),
        (lambda dx, dw, db, dout: (dx, 0.0, db), False, False),
    ):
        names = spoilt(chapter, change)
        for name, true in ((ZEROS, zeros), (SOME_ZEROS, some_zeros)):
            assert (why_false(observer, names, "dw", name, {}) == "") == true, name


def test_name_that_does_not_hold_everywhere_is_false(chapter, observer):
    names = spoilt(chapter, lambda dx, dw, db, dout: (dx, -dw if len(dw) > 2 else 3 * dw, db))
    assert "draw" in why_false(observer, names, "dw", SIGN, {})


def test_name_of_a_right_answer_is_false(chapter, observer):
    assert "matters" in why_false(observer, chapter.reference, "dw", SIGN, {})


def test_name_of_the_catalogue(chapter, observer):
    """It is true of its own answer, and of no other that loses the same item."""
    wrong = {mistake.name: {**chapter.reference, **mistake.functions}
             for mistake in mistakes_of(CHAPTER)[NAME] if mistake.loses == ("dw",)}
    catalogue = {name: partial(observer.observe, names) for name, names in wrong.items()}
    assert len(catalogue) >= 3
    for name in catalogue:
        held = [other for other, names in wrong.items()
                if not why_false(observer, names, "dw", name, catalogue)]
        assert held == [name]


def test_either_of_two_names_may_be_true(chapter, observer):
    first, second, *_ = (mistake for mistake in mistakes_of(CHAPTER)[NAME] if "dw" in mistake.loses)
    wrong = {mistake.name: {**chapter.reference, **mistake.functions}
             for mistake in (first, second)}
    catalogue = {name: partial(observer.observe, names) for name, names in wrong.items()}
    either = f"{first.name} or {second.name}"
    assert why_false(observer, wrong[second.name], "dw", either, catalogue) == ""
    names = spoilt(chapter, lambda dx, dw, db, dout: (dx, dw + 1, db))
    assert why_false(observer, names, "dw", either, catalogue)


def test_name_without_a_test_is_not_believed(chapter, observer):
    names = spoilt(chapter, lambda dx, dw, db, dout: (dx, np.cos(dw), db))
    assert "no test" in why_false(observer, names, "dw", "dw went astray", {})


def test_change_in_place(chapter, observer):
    right, name = chapter.reference[NAME], "an input is changed in place"

    def writes(dout, cache):
        gradients = right(dout, cache)
        dout *= 2
        return gradients

    names = {**chapter.reference, NAME: writes}
    assert why_false(observer, names, "inputs unchanged", name, {}) == ""
    assert why_false(observer, chapter.reference, "inputs unchanged", name, {})


@pytest.mark.parametrize("answer, name, true", [
    (lambda node: [], "a cycle is no error", True),
    (lambda node: [], "the cycle is not named", False),
    (lambda node: [], "the walk goes round in a cycle for ever", False),
])
def test_the_name_of_an_item_is_tested_on_its_own_entry(answer, name, true):
    """An empty list is no order of anything. Of a cycle it says that it is no error."""
    chapter = Chapter(GRAPHS, Course.find().solution_cells(GRAPHS))
    observer = Observer(chapter, exercises_of(GRAPHS)["topological_order"])
    catalogue = {
        mistake.name: partial(observer.observe, {**chapter.reference, **mistake.functions})
        for mistake in mistakes_of(GRAPHS)["topological_order"]
    }
    names = {**chapter.reference, "topological_order": answer}
    assert (why_false(observer, names, "a cycle", name, catalogue) == "") == true
