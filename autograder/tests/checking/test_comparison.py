"""Comparing in the order a person would ask: type, shape, dtype and finiteness, values."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking.comparison import (
    DTYPE,
    NOT_FINITE,
    SHAPE,
    TYPE,
    VALUE,
    as_array,
    compare,
    error_between,
)
from autograder.checking.naming import Naming, shape_text, without_numbers
from autograder.kit.plain import to_plain
from autograder.tests.kit.strategies import LEAVES, plain_data

NAN, INF = np.nan, np.inf
DIMS = {"N": 3, "D": 4, "M": 5}
TOLERANCE = 1e-9

EXPECTED = st.recursive(
    LEAVES, lambda parts: st.lists(parts, max_size=3) | st.lists(parts, max_size=3).map(tuple)
)
modest = settings(derandomize=True, deadline=None, max_examples=80)


def difference(got, expected, tolerance=TOLERANCE, dims=DIMS):
    found = compare(got, expected, tolerance, Naming(dims))
    assert found is not None
    return found


def matrix(n=3, d=4):
    return np.random.default_rng(0).standard_normal((n, d))


# Agreement


@pytest.mark.parametrize("dtype", [bool, np.int8, int, np.float32, float])
@pytest.mark.parametrize("asked", [bool, int, float])
def test_answers_of_0_and_1_may_be_of_any_kind(dtype, asked):
    mask = np.array([[1, 0, 1], [0, 0, 1]])
    assert compare(mask.astype(dtype), mask.astype(asked), TOLERANCE) is None
    wrong = mask.copy()
    wrong[0, 1] = 1
    assert difference(wrong.astype(dtype), mask.astype(asked)).kind == VALUE


@pytest.mark.parametrize("came", [1, 1.0, np.float32(1), np.bool_(True), np.array(1), np.int64(1)])
@pytest.mark.parametrize("asked", [True, 1, 1.0, np.array(1.0)])
def test_single_numbers_may_be_arrays_without_axes(came, asked):
    assert compare(to_plain(came), asked, TOLERANCE) is None


def test_sizes_may_be_numpy_integers_and_no_floats():
    sizes = (np.int64(3), np.array(4), np.uint8(5))
    assert compare(to_plain(sizes), (3, 4, 5), TOLERANCE) is None
    assert difference((3.0, 4, 5), (3, 4, 5)).kind == DTYPE


# Precision


@pytest.mark.parametrize("factor, imprecise", [(1 + 1e-8, True), (1 + 9e-6, True), (1.0001, False)])
def test_right_values_with_too_few_digits_are_imprecise(factor, imprecise):
    assert difference(matrix() * factor, matrix()).imprecise is imprecise


def test_case_with_a_tolerance_of_its_own_says_itself_what_is_right():
    assert not difference(matrix() * (1 + 1e-6), matrix(), tolerance=1e-7).imprecise


def test_wrong_number_behind_an_imprecise_one_is_told():
    found = difference([1 + 1e-7, 3.0], [1.0, 2.0])
    assert (found.kind, found.imprecise) == (VALUE, False)
    assert found.text.startswith("[1] is 3")
    assert difference([1 + 1e-7, 2.0], [1.0, 2.0]).imprecise


@pytest.mark.parametrize("got, expected", [
    (matrix(), matrix()),
    (matrix().tolist(), matrix()),
    (np.asfortranarray(matrix()), matrix()),
    (matrix() * (1 + 1e-12), matrix()),
    (np.array([1.0, 2.0]), np.array([1, 2]) + 0j),
    (np.array([1, 2]), np.array([1.0, 2.0])),
    (np.array([1, 2], np.uint8), np.array([1, 2])),
    (np.array([True, False]), np.array([True, False])),
    (np.array([1, 0]), np.array([True, False])),
    (2, 2.0), (2.0, np.array(2.0)), (np.array(2.0), 2.0), (np.array(2), 2), (True, 1.0),
    (np.array([1.0, NAN, INF, -INF]), np.array([1.0, NAN, INF, -INF])),
    ((1, 2), [1, 2]), (np.array([2, 3]), (2, 3)), ([2.0, 3.0], (2.0, 3.0)), ((), []),
    ((matrix(), (2, "a")), [matrix(), [2, "a"]]),
    ("text", "text"), (True, True), (np.array(True), True), (False, np.bool_(False)), (None, None),
    (np.zeros((0, 3)), np.zeros((0, 3))), ([], np.zeros(0)),
], ids=repr)
def test_equal_values_agree_in_any_wrapping(got, expected):
    assert compare(got, expected, TOLERANCE, DIMS) is None


def test_tolerance_is_relative_to_the_largest_entry():
    expected = np.array([1e6, 1e-6])
    assert compare(expected + [0, 1e-4], expected, TOLERANCE) is None
    assert compare(expected + [0, 1e-2], expected, TOLERANCE).kind == VALUE
    assert compare(expected + [0, 1e-2], expected, 1e-7) is None


# The order of the questions


@pytest.mark.parametrize("got, expected, kind", [
    (None, matrix(), TYPE),
    ("text", matrix(), TYPE),
    ({"a": 1}, matrix(), TYPE),
    ([[1.0], [2.0, 3.0]], matrix(), TYPE),
    ([None, 1], matrix(), TYPE),
    (["a"] * 3, np.ones(3), TYPE),
    (np.full((4, 3), NAN), matrix(), SHAPE),
    (np.ones((3, 4, 1), complex), matrix(), SHAPE),
    (1.0, matrix(), SHAPE),
    (np.zeros((0, 4)), matrix(), SHAPE),
    (np.zeros((3, 0)), np.zeros((0, 3)), SHAPE),
    (np.full((3, 4), NAN), np.full((3, 4), 2), DTYPE),
    (np.full((3, 4), 1 + 2j), np.ones((3, 4), int), DTYPE),
    (matrix() + NAN * 1j, matrix(), DTYPE),
    (np.array([True]), np.array([2]), DTYPE),
    (np.array([1.0, INF]), np.array([2.0, 1.0]), NOT_FINITE),
    (np.array([1.0, 3.0]), np.array([2.0, 3.0]), VALUE),
    (np.array([1.0, 3.0]), np.array([INF, 3.0]), VALUE),
    (np.array([1.0]), np.array([NAN]), VALUE),
    (np.array([-INF]), np.array([INF]), VALUE),
    (np.array([2, 1]), np.array([1, 2]), VALUE),
    (False, 1.0, VALUE),
], ids=repr)
def test_first_question_that_fails_is_the_answer(got, expected, kind):
    assert difference(got, expected).kind == kind


# Shapes


def test_shapes_are_told_in_numbers_and_in_letters():
    found = difference(np.ones((5, 4)), np.ones((4, 5)))
    assert found.text == "has shape (5, 4), where (4, 5) is expected: (M, D) in place of (D, M)"
    assert found.got == "shape (5, 4) = (M, D)"
    assert found.expected == "shape (4, 5) = (D, M)"


def test_shapes_without_letters_are_told_in_numbers():
    found = difference(np.ones((7, 8)), np.ones((8, 7)))
    assert found.text == "has shape (7, 8), where (8, 7) is expected"
    assert (found.got, found.expected) == ("shape (7, 8)", "shape (8, 7)")


@pytest.mark.parametrize("shape, dims, text", [
    ((3, 4), DIMS, "(N, D)"),
    ((3,), DIMS, "(N,)"),
    ((1, 5), DIMS, "(1, M)"),
    ((3, 7), DIMS, "(N, 7)"),
    ((7,), DIMS, ""),
    ((), DIMS, ""),
    ((3,), {}, ""),
    ((1, 6), {"N": 1, "D": 6}, "(1, D)"),
    ((3, 3), {"N": 3, "D": 3}, ""),
    ((4, 3, 3, 2), {"F": 4, "C": 3, "HH": 3, "WW": 2}, "(F, 3, 3, WW)"),
])
def test_sizes_become_letters(shape, dims, text):
    assert shape_text(shape, dims) == text


@pytest.mark.parametrize("got, only_shape", [
    (matrix().reshape(1, 3, 4), True),
    (matrix().reshape(12), True),
    (matrix().reshape(4, 3), True),
    (matrix().T, False),
    (2 * matrix().reshape(1, 3, 4), False),
    (np.full((1, 3, 4), NAN), False),
    (matrix()[:2], False),
    (matrix()[0], False),
    (np.vstack([matrix(), matrix()]), False),
])
def test_values_that_are_right_in_a_wrong_shape_are_recognised(got, only_shape):
    assert difference(got, matrix()).only_shape is only_shape


def test_right_values_in_the_wrong_shape_of_one_entry():
    assert difference(np.array([2.0]), 2.0).only_shape
    assert difference(2.0, np.array([[2.0]])).only_shape


# Values


def test_wrong_value_is_told_with_its_index_both_numbers_and_the_error():
    got = matrix()
    got[2, 1] += 3
    found = difference(got, matrix())
    largest = np.abs(matrix()).max()
    told = 3 / (abs(got[2, 1]) + abs(matrix()[2, 1]))  # as chapter 01 defines it
    assert found.text == (
        f"[2, 1] is {got[2, 1]:.6g}, where {matrix()[2, 1]:.6g} is expected "
        f"(relative error {told:.1e})"
    )
    assert found.got == f"[2, 1] {got[2, 1]:.6g}"
    assert found.expected == f"{matrix()[2, 1]:.6g}"
    assert found.error == pytest.approx(3 / largest)


@pytest.mark.parametrize("got, expected, text", [
    (1.0 + 1e-8, 1.0, "is 1.00000001, where 1 is expected"),
    (1.0 + 1e-13, 1.0, "is 1.0000000000001, where 1 is expected"),
    (0.1 + 1e-8j, 0.1 + 0j, "is 0.1+1e-08j, where 0.1+0j is expected"),
])
def test_numbers_that_would_look_alike_show_more_digits(got, expected, text):
    assert difference(got, expected, 1e-14).text.startswith(text)


def test_of_a_hidden_case_no_more_digits_are_told():
    found = compare(1.0 + 1e-8, 1.0, 1e-14, Naming(DIMS, hidden=True))
    assert found.got == "1"


def test_the_entry_that_is_most_wrong_is_told():
    assert difference(np.array([1.1, 1.9, 1.0]), np.ones(3)).got == "[1] 1.9"


def test_a_number_has_no_index():
    assert difference(3.0, 2.0).text == "is 3, where 2 is expected (relative error 2.0e-01)"


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_first_entry_that_is_not_finite_is_told(bad):
    found = difference([[1.0, 5.0], [bad, bad]], np.ones((2, 2)))
    assert found.text == f"[1, 0] is {bad:.6g}, where 1 is expected"
    assert found.error == INF


@pytest.mark.parametrize("got, expected, index", [
    ([INF, 1.0, 5.0], [INF, 1.0, 1.0], "[2]"),
    ([1.0, 7.0], [INF, 1.0], "[0]"),
    pytest.param([NAN, 1.0, 5.0], [NAN, 1.0, 1.0], "[2]"),
])
def test_entry_that_is_as_expected_is_never_told(got, expected, index):
    assert difference(np.array(got), np.array(expected)).got.startswith(index)


@pytest.mark.parametrize("got, text", [
    (np.array([1.0, 2.0]), "has dtype float64, where an integer dtype is expected"),
    (np.array([1, 2], np.float32), "has dtype float32, where an integer dtype is expected"),
    ([True, False], "has dtype bool, where an integer dtype is expected"),
])
def test_other_numbers_are_no_integers(got, text):
    assert difference(got, np.array([1, 2])).text == text


def test_complex_numbers_are_not_real():
    found = difference(matrix() + 0j, matrix())
    assert found.text == "has dtype complex128, where real numbers are expected"


def test_wrong_complex_number_is_told():
    assert difference(1 + 2j, 2j).text.startswith("is 1+2j, where 0+2j is expected")


@pytest.mark.parametrize("got, expected, error", [
    ([1.0, 2.0], [1.0, 4.0], 0.5), ([0.0], [0.0], 0), ([1e-9], [0.0], 0.1), ([], [], 0),
    ([NAN], [NAN], 0), ([INF], [INF], 0), ([NAN], [1.0], INF), ([1.0], [INF], INF),
    ([INF, 1.0], [INF, 2.0], 0.5),
])
def test_error_between(got, expected, error):
    assert error_between(np.array(got), np.array(expected)) == pytest.approx(error)


# Other types


@pytest.mark.parametrize("got, text", [
    (None, "is None, where"),
    (True, "is True, where"),
    (2, "is the number 2, where"),
    (2.5, "is the number 2.5, where"),
    (np.array(2.5), "is the number 2.5, where"),
    ("dx", "is 'dx', where"),
    ((1, 2.5), "is the tuple (1, 2.5), where"),
    ([1, None], "is a list of 2, where"),
    (np.ones((3, 4)), "is an array of shape (3, 4), where"),
    ({"a": 1}, "is a dict, where"),
    ("x" * 1000, "is 'xxx"),
])
def test_what_came_is_described_in_words(got, text):
    found = difference(got, ("a", "b", "c"))
    assert found.kind == TYPE
    assert found.text.startswith(text)
    assert len(found.text) < 200


@pytest.mark.parametrize("got, expected, kind, text", [
    (2, True, TYPE, "is the number 2, where True is expected"),
    (0.5, True, TYPE, "is the number 0.5, where True is expected"),
    (0, True, VALUE, "is False, where True is expected"),
    (False, True, VALUE, "is False, where True is expected"),
    (np.array(False), True, VALUE, "is False, where True is expected"),
    (True, np.bool_(False), VALUE, "is True, where False is expected"),
    ("no", "yes", VALUE, "is 'no', where 'yes' is expected"),
    (None, "yes", TYPE, "is None, where 'yes' is expected"),
    (0, None, TYPE, "is the number 0, where None is expected"),
    (np.ones(2), "yes", TYPE, "is an array of shape (2,), where 'yes' is expected"),
    (np.ones(2), True, TYPE, "is an array of shape (2,), where True is expected"),
], ids=repr)
def test_words_and_truth_values_are_compared_exactly(got, expected, kind, text):
    found = difference(got, expected)
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize("got, kind, text", [
    ((1, 2), TYPE, "is the tuple (1, 2), where the tuple (1, 2, 3) is expected"),
    (np.ones((3, 1)), TYPE, "is an array of shape (3, 1), where the tuple (1, 2, 3) is expected"),
    (5, TYPE, "is the number 5, where the tuple (1, 2, 3) is expected"),
    ((1, 9, 3), VALUE, "[1] is 9, where 2 is expected"),
    ([1, 2.5, 3], DTYPE, "[1] has dtype float64, where an integer dtype is expected"),
    ((1, "2", 3), TYPE, "[1] is '2', where the number 2 is expected"),
    ((1, 2, [3]), SHAPE, "[2] has shape (1,), where () is expected"),
    (np.array([1, 2, 4]), VALUE, "[2] is 4, where 3 is expected"),
])
def test_sequences_are_compared_part_by_part(got, kind, text):
    found = difference(got, (1, 2, 3))
    assert found.kind == kind
    assert found.text.startswith(text)


def test_sequence_tells_where_in_which_part():
    found = difference((np.ones(2), np.array([1.0, 5.0])), (np.ones(2), np.ones(2)))
    assert found.text.startswith("[1] [1] is 5, where 1 is expected")
    assert found.error == pytest.approx(4)


@pytest.mark.parametrize("value, dtype", [
    ([[1, 2], [3, 4]], "int64"), ((1.0, 2), "float64"), (True, "bool"), (1j, "complex128"),
    ([], "float64"),
])
def test_what_can_be_an_array_is_one(value, dtype):
    assert as_array(value).dtype == dtype


@pytest.mark.parametrize("value", [None, "1", {}, ["1"], [None], [[1], [1, 2]], 10**400, [10**400]],
                         ids=lambda value: str(value)[:20])
def test_what_cannot_be_an_array_is_none(value):
    assert as_array(value) is None


# Anything


@modest
@given(plain_data, EXPECTED)
def test_anything_can_be_compared_with_what_may_be_expected(got, expected):
    for naming in (Naming(DIMS), Naming(DIMS, hidden=True)):
        found = compare(got, expected, TOLERANCE, naming)
        if found is not None:
            assert found.text
            assert found.kind in (TYPE, SHAPE, DTYPE, NOT_FINITE, VALUE)


@pytest.mark.parametrize("got", [10**400, (10**5000, 1)],
                         ids=["too large for a float", "too long to be written"])
def test_number_larger_than_all_floats_is_described(got):
    assert difference(got, np.ones(3)).kind == TYPE
    assert difference(got, "text").kind == TYPE


@pytest.mark.parametrize("got, expected", [
    ([1e308], [-1e308]), ([INF, 1.0], [INF, 2.0]), ([1e308 + 1e308j], [-1e308 + 0j])
])
def test_comparing_never_warns(got, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert difference(np.array(got), np.array(expected)).kind == VALUE


# Letters that choose an answer


@pytest.mark.parametrize("got", ["b", "B", " b ", "(b)", "b."])
def test_a_letter_may_be_written_as_people_write_it(got):
    assert compare(got, "b", 1e-9) is None


def test_a_wrong_letter_does_not_tell_the_right_one():
    difference = compare("a", "b", 1e-9)
    assert difference.kind == VALUE
    assert (difference.text, difference.got, difference.expected) == (
        'is "a", which is not the right choice', "a", "")


@pytest.mark.parametrize("got", [2, "the second", "", "7", None, np.array(2.0)])
def test_what_is_no_letter_is_asked_for_one(got):
    difference = compare(got, "b", 1e-9)
    assert difference.kind == TYPE
    assert "one letter in quotes" in difference.text


def test_minus_zero_is_no_other_number_to_a_reader():
    assert difference(np.array([1.0, 2.0]), np.array([-0.0, 2.0])).expected == "0"


HIDDEN = Naming(DIMS, hidden=True)


@pytest.mark.parametrize("got, expected, text", [
    (np.ones(3), np.zeros(3), "[0] is 1, which is not right (relative error 1.0e+00)"),
    (np.nan, 2.5, "is nan, which is not right"),
    (True, np.False_, "is True, which is not right"),
    ("0.123 0.456", np.zeros(3), "is a string, where an array of shape (3,) is expected"),
    (["0.123", 4.5], np.zeros((2, 2)),
     "is a list of 2, where an array of shape (2, 2) is expected"),
    ({"0.123": 1.0}, 2.5, "is a dict, where a number is expected"),
    (None, 2.5, "is None, where a number is expected"),
    ("0.123", None, "is a string, where None is expected"),
    ("float64", "float32", "is 'float64', which is not right"),
    ("0.123", "yes", "is a string, which is not right"),
    (np.zeros((0, 123456, 789012)), np.zeros(3),
     "has shape too large to be told, where (3,) is expected"),
    (np.zeros((1,) * 7), 1.0, "has shape too large to be told, where () is expected"),
])
def test_of_a_hidden_case_no_expected_value_is_told_and_one_number_that_came(got, expected, text):
    found = compare(got, expected, 1e-9, HIDDEN)
    assert found.text == text
    for shown in (found.text, found.got, found.expected):
        assert "123" not in shown


def test_right_answer_to_a_question_is_told_nowhere():
    for got in (None, "four", 4.0, [1.0], True):
        found = compare(got, 2.5, 1e-9, Naming(question=True))
        assert "2.5" not in found.text + found.expected


def test_names_of_hidden_cases_are_without_numbers_and_still_differ():
    names = ["x = -1.20, y = 3.00", "x = 0.50, y = 1e-05", "one x0, of 4 kinds"]
    assert without_numbers(names) == ["x = …, y = … (1)", "x = …, y = … (2)", "one x0, of … kinds"]


@pytest.mark.parametrize("text, told", [
    ("backward returns 0.123 and -4.5e-06. A new node returns 1e+20.",
     "backward returns … and …. A new node returns …."),
    ("The kind is one of add, mul, not '0.1 it\\'s'.", "The kind is one of add, mul, not …."),
    ("W1 has shape (3, 4, 5), of 12345 entries", "W1 has shape (3, 4, 5), of … entries"),
    ("It has shape (1, 2, 3, 4, 5, 6, 7).", "It has shape …."),
    ("The colleague's function is right.", "The colleague's function is right."),
])
def test_judge_of_a_hidden_case_quotes_nobody(text, told):
    assert HIDDEN.judged(text) == told
    assert Naming().judged(text) == text
