"""Sizes that do not meet, told in letters."""

import numpy as np
import pytest

from autograder.checking.exercise import Case
from autograder.checking.meeting import what_meets
from autograder.exercises import exercises_of
from autograder.kit.student_error import StudentError

EXERCISE = exercises_of("03_affine")["affine_backward"]
INPUTS = {"x": np.ones((3, 4)), "w": np.ones((4, 5)), "b": np.ones(5), "dout": np.ones((3, 5))}
CASE = Case("layer", INPUTS, {"N": 3, "D": 4, "M": 5})


def error_of(line, **names):
    """The error that a line raises, with the inputs under their own names and others."""
    given = {**INPUTS, "cache": (INPUTS["x"], INPUTS["w"], INPUTS["b"]), "np": np, **names}
    try:
        exec(line, given)
    except Exception as error:
        return StudentError(type(error).__name__, str(error), line)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("line, told", [
    ("dx = dout @ w", "dout (N, M) @ w (D, M): M meets D."),
    ("dw = x @ dout", "x (N, D) @ dout (N, M): D meets N."),
    ("dw = x.T @ dout.T", "x.T (D, N) @ dout.T (M, N): N meets M."),
    ("dx = np.dot(dout, w)", "dout (N, M) @ w (D, M): M meets D."),
    ("dx = dout.dot(w)", "dout (N, M) @ w (D, M): M meets D."),
    ("dx = np.matmul(dout, w)", "dout (N, M) @ w (D, M): M meets D."),
    ("dx = dout @ cache[1]", "dout (N, M) @ cache[1] (D, M): M meets D."),
    ("dx = dout @ b.T @ w", ""),
    ("out = dout * x", "dout (N, M) * x (N, D): M meets D."),
    ("out = x + b", "x (N, D) + b (M,): D meets M."),
    ("dx = np.einsum('nm,dn->md', dout, w)",
     "In the text of einsum, n is N of dout (N, M) and M of w (D, M)."),
    ("if (dout @ w).any(): pass", "dout (N, M) @ w (D, M): M meets D."),
])
def test_letters_come_from_the_line_and_the_case(line, told):
    if line == "dx = dout @ b.T @ w":  # what is no plain product is not told
        line = "dx = (dout + 0) @ w"
    assert what_meets(EXERCISE, CASE, error_of(line)) == told


def test_a_name_that_means_something_else_by_then_is_not_believed():
    error = error_of("dx = dout @ w", w=np.ones((2, 5)))
    assert what_meets(EXERCISE, CASE, error) == ""


@pytest.mark.parametrize("line", ["", "dx = dout @ w)", "return", "for n in range(3"])
def test_line_that_says_nothing_is_passed_over(line):
    message = "matmul: ... (size 4 is different from 5)"
    assert what_meets(EXERCISE, CASE, StudentError("ValueError", message, line)) == ""


def test_a_line_that_may_not_be_told_is_not_told_in_letters():
    error = error_of("dx = dout @ w")
    secret = StudentError(error.kind, error.message, error.line, StudentError(error.kind))
    assert what_meets(EXERCISE, CASE, secret) == ""
