"""Names of mistakes: given on evidence that another mistake would not give as well."""

import numpy as np
import pytest

from autograder.checking.answers import AnswerKey, Keyed
from autograder.checking.diagnosis import NUMERICAL, diagnose_output
from autograder.checking.exercise import Case, Exercise
from autograder.checking.playing import Played
from autograder.checking.trial import Trial
from autograder.kit.student_error import StudentError

RNG = np.random.default_rng(5)
SIZES = ({"N": 3, "D": 4, "M": 5}, {"N": 2, "D": 7, "M": 3}, {"N": 5, "D": 2, "M": 11})
DX, DW, DB = 0, 1, 2
NAMES = ("dx", "dw", "db")
RIGHT = [
    (RNG.standard_normal((s["N"], s["D"])), RNG.standard_normal((s["D"], s["M"])),
     RNG.standard_normal(s["M"])) for s in SIZES
]
RAISES = StudentError("ValueError", "shapes do not fit")


def trial(outputs):
    if isinstance(outputs, StudentError):
        return Trial((), outputs)
    return Trial(tuple(outputs))


def played(came, right=RIGHT, known=None, item=None, sizes=SIZES):
    """Cases in which `came` came; `known` are the outputs of known mistakes, by name."""
    found = []
    for k, outputs in enumerate(came):
        case = Case(f"case {k}", {"x": np.ones(2)}, dict(sizes[k]), item=item)
        wrong = {name: trial(given[k]) for name, given in (known or {}).items()}
        found.append(Played(Keyed(case, trial(right[k]), wrong=wrong), trial(outputs)))
    return found


def key_of(known=(), name="affine_backward", outputs=NAMES):
    exercise = Exercise(name, "(dout, cache)", outputs, dict.fromkeys(outputs, 1), lambda rng: [])
    return AnswerKey(exercise, (), {mistake: (f"Why {mistake}.", "A hint?") for mistake in known})


def diagnose(came, k, known=None, right=RIGHT, elsewhere=(), seen="", wrong=None, sizes=SIZES,
             **row):
    cases = played(came, right, known, sizes=sizes)
    wrong = wrong or [bool(p.trial.error or p.difference(k)) for p in cases]
    return diagnose_output(key_of(known or {}, **row), cases, k, wrong, elsewhere, seen)


def name_of(*arguments, **more):
    found = diagnose(*arguments, **more)
    return found.mistake if found else ""


def spoiled(k, change, right=RIGHT):
    """The right outputs with one of them changed in every case: change(output, number of case)."""
    return [tuple(change(output, n) if j == k else output for j, output in enumerate(outputs))
            for n, outputs in enumerate(right)]


# What speaks against a known mistake


@pytest.mark.parametrize("dx_is_right, item, name", [
    (True, None, "the tie is turned"),
    (True, "a tie", ""),
    (False, "a tie", "the tie is turned"),
])
def test_item_for_all_outputs_is_not_named_by_a_mistake_that_would_spoil_a_right_one(
    dx_is_right, item, name
):
    """At a tie both dx and dy receive dout: that is not the tie turned, where dx would be 0."""
    turned = [(0 * dx, dw + 1, db) for dx, dw, db in RIGHT]
    came = [(dx if dx_is_right else 0 * dx, dw + 1, db) for dx, dw, db in RIGHT]
    known = {"the tie is turned": turned}
    cases = played(came, known=known, item=item)
    found = diagnose_output(key_of(known), cases, DW, [True] * 3)
    assert (found.mistake if found else "") == name


# General names


def test_sign_holds_in_every_case_or_is_not_told():
    assert name_of(spoiled(DX, lambda a, n: -a), DX) == "dx has the wrong sign"
    assert name_of(spoiled(DX, lambda a, n: -a if n else a), DX) == ""
    assert name_of(spoiled(DX, lambda a, n: -a if n else -2 * a), DX) == ""


def test_factor_needs_more_than_one_case_and_more_than_one_number():
    assert name_of(spoiled(DW, lambda a, n: 2.5 * a), DW) == "dw is 2.5 times what it should be"
    assert name_of(spoiled(DW, lambda a, n: 2.5 * a)[:1], DW) == ""
    assert name_of(spoiled(DW, lambda a, n: 2.5 * a if n else a), DW) == ""
    numbers = [(3.0,), (4.0,)]
    assert name_of([(7.5,), (10.0,)], 0, right=numbers, outputs=("loss",)) == ""


def test_factor_of_one_is_a_lack_of_precision():
    assert name_of(spoiled(DW, lambda a, n: a * (1 + 3e-5)), DW) == ""


def test_factor_of_counts_and_choices_says_nothing():
    right = [(np.arange(5),), (np.arange(4),)]
    doubled = [(2 * np.arange(5),), (2 * np.arange(4),)]
    assert name_of(doubled, 0, right=right, outputs=("labels",)) == ""
    zeros = [(np.zeros(5, int),), (np.zeros(4, int),)]
    assert name_of(zeros, 0, right=right, outputs=("labels",)) == ""


def test_letter_is_told_where_no_other_size_would_do():
    times_n = spoiled(DW, lambda a, n: a * SIZES[n]["N"])
    assert name_of(times_n, DW) == "dw is exactly N times too large"
    assert name_of(spoiled(DB, lambda a, n: a / SIZES[n]["M"]), DB) == (
        "db is exactly M times too small")


def test_letter_that_may_be_another_one_is_not_told():
    alike = [{**sizes, "C": sizes["N"] if k else 9} for k, sizes in enumerate(SIZES)]
    times_n = spoiled(DW, lambda a, n: a * SIZES[n]["N"])
    assert name_of(times_n, DW, sizes=alike) == ""
    products = [{"N": 6, "D": 2, "M": 3}, {"N": 6, "D": 2, "M": 3}, {"N": 5, "D": 7, "M": 2}]
    assert name_of(spoiled(DB, lambda a, n: a * products[n]["N"]), DB, sizes=products) == ""


def test_factor_that_may_be_a_size_is_no_name():
    same = [{**sizes, "N": 4} for sizes in SIZES]
    found = diagnose(spoiled(DB, lambda a, n: 4 * a), DB, sizes=same)
    assert found.mistake == ""
    assert "4 times" in found.explanation
    assert "or a size" in found.hint


def test_zeros_are_told_of_arrays_in_every_case():
    assert name_of(spoiled(DX, lambda a, n: 0 * a), DX) == "dx is all zeros"
    some = spoiled(DX, lambda a, n: 0 * a if n else a)
    assert name_of(some, DX) == "dx is 0 where it should not be"
    once = [(np.array([0.0, 0.0, 2.0]),)]
    assert name_of([(np.zeros(3),)], 0, right=once, outputs=("mask",)) == ""
    assert name_of(spoiled(DX, lambda a, n: 0.0), DX) == ""


def test_zeros_are_told_where_all_that_is_wrong_elsewhere_is_zero_too():
    came = spoiled(DX, lambda a, n: 0 * a if n else a)
    for change, name in ((lambda a: a, "dx is 0 where it should not be"),
                         (lambda a: a * (np.arange(a.shape[1]) > 0),
                          "dx is 0 where it should not be"),
                         (lambda a: a * (1 + np.arange(a.shape[1])), "")):
        others = played(spoiled(DX, lambda a, n, change=change: change(a)), item="strides")
        assert name_of(came, DX, elsewhere=others) == name
    raising = played([RIGHT[0], RAISES, RIGHT[2]], item="strides")
    assert name_of(came, DX, elsewhere=raising) == ""


def test_transposed_is_told_where_no_other_order_would_do():
    assert name_of(spoiled(DW, lambda a, n: a.T), DW) == "dw is transposed"
    assert name_of(spoiled(DW, lambda a, n: a.T if n else a), DW) == ""
    square = [(np.eye(3) * 2,), (np.eye(4) * 5,)]
    came = [(outputs[0].T + 1,) for outputs in square]
    assert name_of(came, 0, right=square, outputs=("w",)) == ""


def test_right_values_in_the_wrong_order_are_told():
    came = [(dw, dx, db) for dx, dw, db in RIGHT]
    for k in (DX, DW):
        assert name_of(came, k) == "the values are returned in the order dw, dx, db"


def test_right_values_in_a_wrong_shape_are_told():
    came = spoiled(DB, lambda a, n: a[None])
    assert name_of(came, DB) == "the values of db are right, and its shape is not"


def test_no_general_name_where_a_case_raised():
    came = spoiled(DX, lambda a, n: -a)
    came[1] = RAISES
    assert name_of(came, DX) == ""


def test_numerical_gradient_is_told_where_it_was_seen_and_nowhere_else():
    noisy = spoiled(DX, lambda a, n: a * (1 + 1e-3))
    assert name_of(noisy, DX, seen="steps") == NUMERICAL
    assert name_of(noisy, DX, seen="complex") == NUMERICAL
    assert name_of(spoiled(DX, lambda a, n: a + 1e-8 * np.sign(a)), DX) == ""
    assert name_of(spoiled(DX, lambda a, n: a + 1), DX, seen="steps") == ""


# Known mistakes


def test_known_mistake_gives_the_output_in_every_case():
    known = {"one too many": spoiled(DX, lambda a, n: a + 1)}
    assert name_of(known["one too many"], DX, known) == "one too many"
    assert name_of(spoiled(DX, lambda a, n: a + 1 if n else a + 2), DX, known) == ""


def test_of_two_mistakes_that_fit_both_are_told_and_of_three_none():
    came = spoiled(DX, lambda a, n: a + 1)
    found = diagnose(came, DX, {"first": came, "second": came})
    assert found.mistake == "first or second"
    assert found.explanation == "Why first. Or: Why second."
    assert name_of(came, DX, {"first": came, "second": came, "third": came}) == ""


def test_mistake_that_explains_all_that_is_wrong_comes_first():
    came = spoiled(DB, lambda a, n: a - 1, spoiled(DX, lambda a, n: a + 1))
    known = {"dx only": spoiled(DX, lambda a, n: a + 1), "both": came}
    assert name_of(came, DX, known) == "both"


def test_one_number_in_one_case_is_no_evidence_beside_another_mistake():
    right = [(3.0, 4.0), (5.0, 6.0)]
    known = {"a half": [(1.5, 4.0), (5.0, 6.0)]}
    row = {"right": right, "outputs": ("loss", "slope")}
    assert name_of([(1.5, 4.0), (5.0, 6.0)], 0, known, **row) == "a half"
    assert name_of([(1.5, 7.0), (5.0, 8.0)], 0, known, **row) == ""


def test_name_that_speaks_of_another_output_needs_that_one_too():
    known = {"dx and dw are exchanged": spoiled(DX, lambda a, n: a + 1,
                                                spoiled(DW, lambda a, n: a + 1))}
    assert name_of(spoiled(DX, lambda a, n: a + 1), DX, known) == ""


def test_explanation_that_speaks_of_another_output_is_told_where_that_is_so():
    came = spoiled(DX, lambda a, n: a + 1)
    key = key_of()
    key = AnswerKey(key.exercise, (), {"shifted": ("dx is moved, and dw fits it.", "Why?")})
    for other, told in ((came, "dx is moved, and dw fits it."),
                        (spoiled(DW, lambda a, n: 3 * a, came), "")):
        found = diagnose_output(key, played(other, known={"shifted": came}), DX, [True] * 3)
        assert (found.mistake, found.explanation) == ("shifted", told)


def test_unchanged_function_is_not_told_that_half_of_it_is_mended():
    dx_wrong = spoiled(DX, lambda a, n: a + 1)
    both = spoiled(DB, lambda a, n: a + 1, dx_wrong)
    known = {"dx is still moved": dx_wrong}
    assert diagnose(dx_wrong, DX, known, name="f_mended").explanation == "Why dx is still moved."
    found = diagnose(both, DX, known, name="f_mended")
    assert (found.mistake, found.explanation) == ("dx is still moved", "")


def test_mistake_that_would_show_in_another_case_is_not_the_one():
    came = spoiled(DX, lambda a, n: a + 1)
    known = {"always moved": spoiled(DX, lambda a, n: a + 1)}
    for other, name in ((came, "always moved"), (RIGHT, "")):
        cases = played(other, known=known)
        assert name_of(came, DX, known, elsewhere=cases) == name


# Exceptions


def raising(*messages):
    return [StudentError("ValueError", message) if message else RIGHT[k]
            for k, message in enumerate(messages)]


@pytest.mark.parametrize("came, known, name", [
    (raising("size 3", "size 2", "size 5"), raising("size 3", "size 2", "size 5"), "known"),
    (raising("size 3", "size 2", "size 5"), raising("size 3", "size 2", "size 6"), ""),
    (raising("a", "a", "a"), raising("a", "a", "a"), ""),
    (raising("a", "", ""), raising("a", "", ""), "known"),
    (raising("a", "", ""), raising("a", "a", ""), ""),
    (raising("a", "", ""), raising("b", "", ""), ""),
])
def test_exception_is_recognised_by_its_message_and_its_cases(came, known, name):
    assert name_of(came, DX, {"known": known}) == name


def test_exception_is_recognised_only_where_the_other_cases_agree_too():
    came = raising("a", "", "")
    came[1] = (RIGHT[1][0] + 1, *RIGHT[1][1:])
    assert name_of(came, DX, {"known": raising("a", "", "")}) == ""


# Part of the cases


def test_without_a_name_the_cases_are_told_apart():
    found = diagnose(spoiled(DX, lambda a, n: a + RNG.standard_normal() if n == 1 else a), DX)
    assert found.mistake == ""
    assert found.explanation == "dx is right in 2 of 3 cases (case 0; case 2) and wrong in: case 1."
