"""What an exception says about a mistake."""

import pytest

from autograder.checking.raised import is_telling, pattern_of, same_error
from autograder.checking.trial import Trial
from autograder.kit.student_error import StudentError


def raised(kind, message=""):
    return Trial((), StudentError(kind, message))


FINE = Trial((1.0,))


@pytest.mark.parametrize("kind, message, pattern", [
    ("NameError", "name 'y' is not defined", "name … is not defined"),
    ("TypeError", "affine_backward() takes 2 positional arguments but 3 were given",
     "… takes 2 positional arguments but 3 were given"),
    ("ValueError", "operands could not be broadcast together with shapes (3,4) (5,) ",
     "operands could not be broadcast together with shapes (3,4) (5,)"),
    ("TypeError", "<object at 0x7f00> has no len()", "<object at …> has no …"),
    ("RecursionError", "maximum recursion depth exceeded in comparison", ""),
    ("Missing", "MyNet has no attribute 'last_loss'", "… has no attribute 'last_loss'"),
])
def test_pattern_has_sizes_and_no_names(kind, message, pattern):
    found = pattern_of(StudentError(kind, message))
    assert found == pattern
    assert pattern_of(StudentError(kind, found)) == found


def test_errors_are_the_same_by_kind_and_sizes_whatever_things_are_called():
    one = StudentError("ValueError", "'x' has 3 entries")
    assert same_error(one, StudentError("ValueError", "'weights' has 3 entries"))
    assert not same_error(one, StudentError("ValueError", "'x' has 4 entries"))
    assert not same_error(one, StudentError("TypeError", "'x' has 3 entries"))
    assert not same_error(one, None)
    assert same_error(None, None)


@pytest.mark.parametrize("trials, telling", [
    ([raised("ValueError", "a"), raised("ValueError", "a")], False),
    ([raised("ValueError", "a 3"), raised("ValueError", "a 4")], True),
    ([raised("ValueError", "a"), FINE], True),
    ([raised("TypeError")] * 3, False),
    ([raised("RecursionError", "a")] * 2, True),
    ([raised("NoRoomFor6")] * 2, True),
    ([raised("NotPlain", "one value, where 3 are expected")] * 2, False),
])
def test_kind_alone_tells_nothing(trials, telling):
    assert is_telling(trials) is telling
