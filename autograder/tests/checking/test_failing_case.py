"""A case that went wrong can be looked at: at home, and only there."""

import numpy as np
import pytest

from autograder.checking.failing_case import failing_arguments, value_text
from autograder.checking.rubric import run_check
from autograder.exercises import exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.kit.plain import Source
from autograder.mistakes import mistakes_of
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "03_affine"
CHAPTERS = ("01_numerical_gradients", CHAPTER, "05_svm_loss")


def affine_backward(dout, cache):
    x, w, _ = cache
    dw = x.reshape(len(x), -1).T @ dout
    dw[-1] = 0
    return (dout @ w.T).reshape(x.shape), dw, dout.sum(0)


def checked(which="public", name="affine_backward", **functions):
    """The result, the key and the functions of a check."""
    key = keys_of(CHAPTER, which)[name]
    theirs = LocalFunctions({**reference_of(CHAPTER), **functions})
    return run_check(key, theirs), key, theirs


def test_wrong_entries_are_marked():
    result, _, _ = checked(affine_backward=affine_backward)
    dw = next(item for item in result.items if item.name == "dw")
    assert dw.where.endswith("entries of dw are wrong: the last row.")
    *others, last = dw.marks.splitlines()
    assert set(last) == {"x", " "} and set("".join(others)) == {"·", " "}


def test_arguments_call_the_function_again():
    result, key, theirs = checked(affine_backward=affine_backward)
    case = failing_arguments(key, result, theirs)
    assert list(case) == ["dout", "cache"]
    _, dw, _ = affine_backward(**case)
    assert not dw[-1].any()


def test_cache_is_that_of_a_right_forward_function_of_ones_own():
    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w + b, {"x": x}

    def backward(dout, cache):
        return 0, cache["x"], 0

    result, key, theirs = checked(affine_forward=affine_forward, affine_backward=backward)
    assert set(failing_arguments(key, result, theirs)["cache"]) == {"x"}


def test_cache_is_the_documented_one_where_the_forward_function_is_wrong():
    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w, {"x": x}

    result, key, theirs = checked(
        affine_forward=affine_forward, affine_backward=affine_backward)
    assert len(failing_arguments(key, result, theirs)["cache"]) == 3


def test_right_answer_has_no_failing_case():
    result, key, theirs = checked()
    assert failing_arguments(key, result, theirs) is None


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_hidden_cases_are_not_shown_and_public_ones_can_be_called(chapter):
    for name, mistakes in mistakes_of(chapter).items():
        mistake = mistakes[0]
        theirs = LocalFunctions({**reference_of(chapter), **mistake.functions})
        hidden = run_check(keys_of(chapter, "hidden")[name], theirs)
        assert not any(item.inputs or item.where or item.marks for item in hidden.items)
        key = keys_of(chapter, "public")[name]
        case = failing_arguments(key, run_check(key, theirs), theirs)
        if case is not None:
            assert set(case) <= set(exercises_of(chapter)[name].parameters)


def test_question_is_not_answered_by_a_map():
    for name, row in exercises_of(CHAPTER).items():
        key = keys_of(CHAPTER, "public")[name]
        if any(keyed.case.inputs for keyed in key.cases):
            continue
        theirs = LocalFunctions({name: lambda row=row: np.zeros((3, 4))})
        result = run_check(key, theirs)
        assert result.points < result.max_points
        assert not any(item.inputs or item.where or item.marks for item in result.items)


@pytest.mark.parametrize("value, text", [
    (np.array([[0.5, -1.25], [1 / 3, 1e-9]]), "[[0.5, -1.25], [0.3333, 1e-09]]"),
    (np.array([1, 0]), "[1, 0]"),
    (np.array([1.0, 2.0], dtype=np.float32), "[1, 2] (float32)"),
    (np.array(2.5), "2.5"),
    (np.zeros(13), ""),
    (np.zeros((0, 4)), ""),
    (0.1 + 0.2, "0.3"),
    (3, "3"),
    ({"stride": 2, "pad": 1}, "{'stride': 2, 'pad': 1}"),
    (list(range(99)), ""),
    (Source("lambda x: x ** 2"), "lambda x: x ** 2"),
])
def test_small_values_are_printed_shortly(value, text):
    assert value_text(value) == text
