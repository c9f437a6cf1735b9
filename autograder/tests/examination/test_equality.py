"""Mutants that compute the same are recognised, and those that do not are told apart."""

import pytest

from autograder.course import Course
from autograder.examination.equality import DIFFERENT, EQUAL, NO_DRAWS, equality
from autograder.examination.mutants import Chapter
from autograder.examination.observing import Observer, same_values
from autograder.exercises import exercises_of

CELLS = [
    "def identity(x):\n    if x is None:\n        return 1\n    for k in [0]:\n        pass\n"
    "    return x\n",
    "import numpy as np\ndef step_function(x):\n    return (x > 0).astype(int)\n",
]


def judged(chapter, exercise, diff):
    """Whether the mutant with that diff computes the same."""
    mutant = next(m for m in chapter.mutants(exercise) if m.diff == diff)
    names = chapter.namespace(exercise, mutant.tree)
    observer = Observer(chapter, exercises_of(chapter.name)[exercise])
    return equality(chapter, observer, mutant, names)


@pytest.fixture(scope="module")
def affine():
    return Chapter("03_affine", Course.find().solution_cells("03_affine"))


def test_equal_mutant_whose_change_was_executed():
    found = judged(Chapter("00_welcome", CELLS), "identity", "for k in [0]:  →  for k in [1]:")
    assert (found.verdict, found.executed) == (EQUAL, True)


def test_equal_mutant_whose_change_was_never_executed():
    found = judged(Chapter("00_welcome", CELLS), "identity", "return 1  →  return 2")
    assert (found.verdict, found.executed) == (EQUAL, False)


def test_other_values_are_different():
    found = judged(Chapter("00_welcome", CELLS), "step_function",
                   "return (x > 0).astype(int)  →  return (x >= 0).astype(int)")
    assert found.verdict == DIFFERENT and found.draw >= 0


def test_gradient_is_observed_with_the_cache_of_the_forward_function(affine):
    assert judged(affine, "affine_backward",
                  "return (dx, dw, db)  →  return (dx, dw, db.T)").verdict == EQUAL
    assert judged(affine, "affine_backward",
                  "return (dx, dw, db)  →  return (dx, dw, -db)").verdict == DIFFERENT


def test_cache_that_its_backward_function_cannot_use_is_different(affine):
    assert judged(affine, "affine_forward", "return (out, (x, w, b))  →  return (out, (-x, w, b))"
                  ).verdict == DIFFERENT
    assert judged(affine, "affine_forward", "return (out, (x, w, b))  →  return (out, (x, w, -b))"
                  ).verdict == EQUAL


def test_change_of_an_input_is_different(affine):
    names = {**affine.reference, "affine_forward": None}

    def writes(x, w, b):
        out = affine.reference["affine_forward"](x, w, b)
        x[...] = 0
        return out

    names["affine_forward"] = writes
    observer = Observer(affine, exercises_of("03_affine")["affine_forward"])
    assert any(observer.observe(names, k).changed for k in range(20))
    assert not any(observer.right(k).changed for k in range(20))


def test_nothing_is_said_without_draws(affine):
    observer = Observer(affine, exercises_of("03_affine")["affine_forward"])
    observer.source = None
    mutant = affine.mutants("affine_forward")[0]
    assert equality(affine, observer, mutant, affine.reference).verdict == NO_DRAWS


@pytest.mark.parametrize("one, other, same", [
    (1, 1.0, True), ([1.0, 2.0], (1, 2), True), (1.0, 1.0 + 1e-6, False), ("a", "b", False),
    ({"a": 1}, {"a": 1.0}, True), ({"a": 1}, {"b": 1}, False), ([1], [[1]], False),
    (None, 0, False), (float("nan"), float("nan"), True), (float("inf"), 1e300, False),
])
def test_values_are_the_same_whatever_types_their_numbers_have(one, other, same):
    assert same_values(one, other, 1e-9) is same


def test_kinds_of_numbers_may_matter():
    assert same_values(True, 1, 1e-9) and not same_values(True, 1, 1e-9, kinds=True)
