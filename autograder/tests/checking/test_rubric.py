"""Checks on the affine layer: what each wrong answer costs, and what its writer is told."""

import linecache
import sys
import textwrap
import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking.exercise import PAIR, PRECISION, SHAPES, UNCHANGED
from autograder.checking.gradients import numerical_gradient
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.exercises import exercises_of
from autograder.exercises.affine import EARLIER_CACHE, MANY_DIMENSIONS
from autograder.kit.functions import MAX_OUTPUT, LocalFunctions
from autograder.kit.student_error import StudentStopped
from autograder.tests.keys import keys_of, reference_of
from autograder.tests.kit.strategies import LEAVES, plain_data

CHAPTER = "03_affine"
POINTS = exercises_of(CHAPTER)["affine_backward"].points
EVERYTHING = tuple(POINTS)
GRADIENTS = ("dx", "dw", "db")


def reference():
    return dict(reference_of(CHAPTER))


def key_of(name="affine_backward"):
    return keys_of(CHAPTER, "hidden")[name]


CASES = sum(keyed.case.item is None for keyed in key_of().cases)
"""How many cases decide the gradients."""


def judge(backward=None, forward=None, name="affine_backward"):
    """The check of one exercise; functions that are not given are those of the reference."""
    given = {"affine_backward": backward, "affine_forward": forward}
    functions = {**reference(), **{n: f for n, f in given.items() if f is not None}}
    return run_check(key_of(name), LocalFunctions(functions))


def lost(result):
    """The rubric items that lost points."""
    return tuple(item.name for item in result.items if item.points < item.max_points)


def item(result, name):
    return next(item for item in result.items if item.name == name)


def told(result, name):
    """All that a student reads about an item."""
    found = item(result, name)
    return " ".join([found.message, found.mistake, found.explanation, found.hint])


def assert_costs(result, *names):
    """Exactly these items are lost, each with all its points."""
    assert lost(result) == tuple(name for name in POINTS if name in names), str(result)
    assert result.points == result.max_points - sum(POINTS[name] for name in names)
    assert all(item(result, name).points == 0 for name in names)


def flat(x):
    return x.reshape(len(x), -1)


def gradients(dout, cache):
    """The right answer."""
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), flat(x).T @ dout, dout.sum(axis=0)


def with_own(**spoil):
    """A backward function that is right but for some outputs, made from the right ones."""

    def affine_backward(dout, cache):
        found = dict(zip(GRADIENTS, gradients(dout, cache)))
        changed = {name: change(found[name], dout, cache) for name, change in spoil.items()}
        return tuple({**found, **changed}.values())

    return affine_backward


def written(source, name="affine_backward"):
    """The function in a cell of a notebook, which remembers its lines."""
    source = textwrap.dedent(source)
    cell = f"<cell {len(linecache.cache)}>"
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    namespace = {"np": np}
    exec(compile(source, cell, "exec"), namespace)
    return namespace[name]


def raising(error):
    def affine_backward(dout, cache):
        raise error

    return affine_backward


# Mistakes in one output


def by_finite_differences(right, dout, cache):
    x, w, b = cache
    return numerical_gradient(lambda x: flat(x) @ w + b, x, dout)


SPOILED = {
    "the sign": (
        {"dx": lambda dx, *_: -dx},
        {"dx": ["dx has the wrong sign", "exactly minus what it should be"]}),
    "N times too large": (
        {"dw": lambda dw, dout, cache: dw * len(dout)},
        {"dw": ["dw is exactly N times too large", "Where should a division by N happen?"]}),
    "N times too small": (
        {"dx": lambda dx, dout, cache: dx / len(dout)},
        {"dx": ["dx is exactly N times too small", "Where does the division by N come from?"]}),
    "M times too large": (
        {"dw": lambda dw, dout, cache: dw * dout.shape[1]},
        {"dw": ["dw is exactly M times too large"]}),
    "twice": (
        {"db": lambda db, *_: 2 * db},
        {"db": ["db is 2 times what it should be", "this one factor"]}),
    "zeros": (
        {"dw": lambda dw, *_: np.zeros_like(dw)},
        {"dw": ["dw is all zeros", "Every entry of dw is 0, in every case",
                "Look for where dw gets its values"]}),
    "the transpose of dw": (
        {"dw": lambda dw, dout, cache: dout.T @ flat(cache[0])},
        {"dw": ["dw has shape (5, 4), where (4, 5) is expected: (M, D) in place of (D, M)",
                "dw is transposed", "Which factor has to come first?"]}),
    "the transpose of dx, but for one sample": (
        {"dx": lambda dx, *_: dx.T if len(dx) > 1 else dx},
        {"dx": ["dx has shape (4, 3), where (3, 4) is expected: (D, N) in place of (N, D)",
                f"dx is right in 1 of {CASES} cases"]}),
    "wrong for one sample": (
        {"dx": lambda dx, *_: dx + (len(dx) == 1)},
        {"dx": [f"dx is right in {CASES - 1} of {CASES} cases", "wrong in: one sample",
                "What do the cases that fail have in common?"]}),
    "right for one sample only": (
        {"dx": lambda dx, *_: dx[::-1]},
        {"dx": [f"dx is right in 1 of {CASES} cases (one sample)"]}),
    "finite differences": (
        {"dx": by_finite_differences},
        {"dx": ["a numerical gradient was handed in", "the exercise is to derive the formula"]}),
    "NaN": (
        {"dx": lambda dx, *_: dx + np.where(np.arange(dx.size).reshape(dx.shape) == 1, np.nan, 0)},
        {"dx": ["dx[0, 1] is nan, which is not right"]}),
    "rounded": (
        {"dx": lambda dx, *_: dx.round(2)},
        {"dx": ["dx[", "(relative error"]}),
    "None": (
        {"dw": lambda *_: None},
        {"dw": ["dw is None, where an array of shape (4, 5) is expected", "return line"]}),
    "a word": (
        {"db": lambda *_: "db"},
        {"db": ["db is a string, where an array of shape (5,) is expected"]}),
    "a number": (
        {"db": lambda *_: 1.5},
        {"db": ["db has shape (), where (5,) is expected", "Print db.shape"]}),
    "complex": (
        {"dx": lambda dx, *_: dx + 0j},
        {"dx": ["dx has dtype complex128, where real numbers are expected"]}),
    "two outputs, each in its own way": (
        {"dx": lambda dx, *_: -dx, "db": lambda db, dout, cache: db * len(dout)},
        {"dx": ["dx has the wrong sign"], "db": ["db is exactly N times too large"]}),
    "two outputs exchanged": (
        {"dx": lambda dx, dout, cache: gradients(dout, cache)[1],
         "dw": lambda dw, dout, cache: gradients(dout, cache)[0]},
        {"dx": ["(D, M) in place of (N, D)"], "dw": ["(N, D) in place of (D, M)"]}),
}


@pytest.mark.parametrize("spoil, texts", SPOILED.values(), ids=SPOILED)
def test_wrong_output_costs_its_own_points_and_is_explained(spoil, texts):
    result = judge(with_own(**spoil))
    crossed = {found.name for found in result.items if found.status == WRONG}
    assert crossed == set(texts)
    for name, wanted in texts.items():
        assert item(result, name).case
        for text in wanted:
            assert text in told(result, name)


@pytest.mark.parametrize("change", [
    pytest.param(lambda dx, *_: dx * (1.01 if len(dx) == 1 else 1), id="one percent, one sample"),
    pytest.param(lambda dx, *_: dx + 0j, id="complex"),
])
def test_nobody_is_accused_of_finite_differences_without_need(change):
    result = judge(with_own(dx=change))
    assert_costs(result, "dx")
    assert "numerical gradient" not in told(result, "dx")


@pytest.mark.parametrize("h, dtype", [(1.0, float), (1e-30j, complex)])
def test_exact_differences_lose_what_a_numerical_gradient_loses(h, dtype):
    def affine_backward(dout, cache):
        x, w, _ = cache
        dw = np.zeros_like(w)
        for index in np.ndindex(w.shape):
            moved = w.astype(dtype)
            moved[index] += h
            change = ((flat(x) @ moved - flat(x) @ w) / h).real
            dw[index] = np.sum(change * dout)
        return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)

    result = judge(affine_backward)
    assert_costs(result, "dw")
    assert "a numerical gradient was handed in" in told(result, "dw")


def test_float32_is_no_finite_differences():
    result = judge(with_own(dx=lambda dx, *_: dx.astype(np.float32)))
    assert_costs(result, PRECISION)
    assert "numerical gradient" not in told(result, PRECISION)


def test_infinity_is_not_called_a_factor():
    assert "inf times" not in told(judge(with_own(dx=lambda dx, *_: dx * np.inf)), "dx")


# Mistakes in how an answer is given

_last = {}


def remembering_forward(x, w, b):
    _last["cache"] = (x, w, b)
    return flat(x) @ w + b, (x, w, b)


def dx_from_another_forward(dx, dout, cache):
    x, w, _ = _last["cache"]
    return (dout @ w.T).reshape(x.shape)


def changing(*names):
    """A right backward function that spoils some of its inputs afterwards."""

    def affine_backward(dout, cache):
        inputs = dict(zip(("dout", "x", "w", "b"), (dout, *cache)))
        found = gradients(dout, cache)
        for name in names:
            inputs[name] *= 2
        return found

    return affine_backward


def test_batch_axis_kept_in_db_costs_the_shapes():
    result = judge(with_own(db=lambda db, *_: db[None]))
    assert_costs(result, SHAPES)
    assert "db has shape (1, 5), where (5,) is expected: (1, M) in place of (M,)" in told(
        result, SHAPES)


@pytest.mark.parametrize("names, text", [
    (["dout"], "dout is not what it was before the call."),
    (["x"], "x (in the cache) is not what it was before the call."),
    (["dout", "w"], "dout and w (in the cache) are not what they were before the call."),
])
def test_changed_inputs_cost_only_that(names, text):
    result = judge(changing(*names))
    assert_costs(result, UNCHANGED)
    assert text in told(result, UNCHANGED)
    assert item(result, UNCHANGED).hint


def test_dx_in_the_shape_of_flat_x_costs_the_many_dimensions():
    result = judge(with_own(dx=lambda dx, *_: flat(dx)))
    assert_costs(result, MANY_DIMENSIONS)
    assert "dx has shape (2, 60), where (2, 3, 4, 5) is expected" in told(result, MANY_DIMENSIONS)
    assert item(result, MANY_DIMENSIONS).case == "x of four dimensions"


def test_error_for_many_dimensions_only_costs_only_that():
    def affine_backward(dout, cache):
        _n, _d = cache[0].shape
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert_costs(result, MANY_DIMENSIONS)
    assert "affine_backward raised ValueError: too many values to unpack" in told(
        result, MANY_DIMENSIONS)


@pytest.mark.parametrize("change", [lambda dx, *_: dx.T, lambda *_: None], ids=["shape", "type"])
def test_shapes_are_not_right_beside_a_wrong_shape(change):
    result = judge(with_own(dx=change))
    assert_costs(result, "dx", SHAPES)
    found = item(result, SHAPES)
    assert (found.status, found.message) == (NOT_REACHED, "comes once dx has its shape")


def test_numbers_of_another_forward_pass_cost_the_earlier_cache():
    result = judge(with_own(dx=dx_from_another_forward), remembering_forward)
    assert_costs(result, EARLIER_CACHE)
    assert told(result, EARLIER_CACHE).startswith("dx[")
    assert item(result, EARLIER_CACHE).case == "backward of one batch after the forward of another"


def test_writing_into_a_read_only_input_costs_only_unchanged_inputs():
    seen = []

    def affine_backward(dout, cache):
        seen.append(dout.flags.writeable)
        dout *= 2
        return gradients(dout / 2, cache)

    result = judge(affine_backward)
    assert False in seen
    assert_costs(result, UNCHANGED)


def test_conduct_is_judged_only_where_an_output_is_right():
    result = judge(lambda dout, cache: tuple(np.zeros_like(a) for a in cache))
    assert_costs(result, *EVERYTHING)
    for name in (SHAPES, UNCHANGED, MANY_DIMENSIONS, EARLIER_CACHE):
        assert item(result, name).status == NOT_REACHED
        assert item(result, name).message == "comes once one of the values above is right"


def test_one_right_output_earns_its_conduct():
    result = judge(with_own(dx=lambda dx, *_: -dx, dw=lambda dw, *_: -dw))
    assert_costs(result, "dx", "dw")


def test_right_gradient_says_that_it_agrees_with_the_numerical_one():
    result = judge()
    assert_costs(result)
    for name in GRADIENTS:
        assert item(result, name).status == RIGHT
        assert item(result, name).message.startswith(
            "agrees with the numerical gradient of your affine_forward (relative error ")


# A wrong forward function costs nothing here


def forward(compute=None, cached=None):
    def affine_forward(x, w, b):
        out = (compute or (lambda x, w, b: flat(x) @ w + b))(x, w, b)
        return out, (cached or (lambda *inputs: inputs))(x, w, b)

    return affine_forward


def unwritten(*arguments):
    raise NotImplementedError


NOT_RIGHT_YET = "Your affine_forward is not right yet."
NO_CACHE = "gets no cache from affine_forward"
OTHER_CACHE = "the cache holds something else"
FORWARDS = {
    "raising": (lambda x, w, b: 1 / 0, "affine_forward raised ZeroDivisionError"),
    "without a cache": (lambda x, w, b: flat(x) @ w + b, NO_CACHE),
    "returning None": (lambda x, w, b: None, NO_CACHE),
    "too few in the cache": (forward(cached=lambda x, w, b: (x, w)), OTHER_CACHE),
    "other order in the cache": (forward(cached=lambda x, w, b: (w, x, b)), OTHER_CACHE),
    "nothing in the cache": (forward(cached=lambda x, w, b: None), OTHER_CACHE),
    "flat x in the cache": (forward(cached=lambda x, w, b: (flat(x), w, b)), OTHER_CACHE),
    "twice x in the cache": (forward(cached=lambda x, w, b: (2 * x, w, b)), OTHER_CACHE),
    "wrong in every way": (forward(lambda x, w, b: "out", lambda *a: "cache"), OTHER_CACHE),
}


@pytest.mark.parametrize("forward, text", FORWARDS.values(), ids=FORWARDS)
def test_forward_that_cannot_be_used_costs_only_the_pair(forward, text):
    result = judge(forward=forward)
    assert_costs(result, PAIR)
    assert item(result, PAIR).status == WRONG
    assert text in told(result, PAIR)
    assert item(result, PAIR).hint


@pytest.mark.parametrize("forward", [unwritten, 3], ids=["unwritten", "no function"])
def test_pair_waits_for_a_forward_that_is_not_written(forward):
    result = judge(forward=forward)
    assert_costs(result, PAIR)
    assert item(result, PAIR).status == NOT_REACHED
    assert item(result, PAIR).message == "comes once affine_forward is written"


def in_any_layout(x, w, b):
    return flat(x) @ w + b, {"rows": flat(x), "shape": x.shape, "w": w}


def from_any_layout(dout, cache):
    return ((dout @ cache["w"].T).reshape(cache["shape"]), cache["rows"].T @ dout, dout.sum(axis=0))


def test_pair_may_have_a_cache_of_its_own():
    assert_costs(judge(from_any_layout, in_any_layout))


def test_wrong_gradient_of_a_pair_costs_only_its_points():
    def affine_backward(dout, cache):
        dx, dw, db = from_any_layout(dout, cache)
        return -dx, dw, db

    assert_costs(judge(affine_backward, in_any_layout), "dx")


def test_backward_without_a_right_gradient_is_no_pair():
    result = judge(with_own(**{name: lambda right, *_: -right for name in GRADIENTS}))
    assert item(result, PAIR).status == NOT_REACHED


def test_pair_costs_no_further_calls():
    calls = []

    def affine_forward(x, w, b):
        calls.append(x)
        return flat(x) @ w + b, (x, w, b)

    judge(forward=affine_forward)
    with_pair = len(calls)
    calls.clear()
    key = key_of()
    points = {name: most for name, most in POINTS.items() if name != PAIR}
    key = replace(key, exercise=replace(key.exercise, points=points))
    run_check(key, LocalFunctions({**reference(), "affine_forward": affine_forward}))
    assert with_pair == len(calls)


# The student's own error is told


def test_error_with_the_documented_cache_does_not_hide_the_students_own():
    def affine_backward(dout, cache):
        return dout @ cache["no such entry"], None, None

    result = judge(affine_backward, lambda x, w, b: (flat(x) @ w, {"x": x}))
    assert "affine_backward raised KeyError" in told(result, "dx")


def test_error_of_the_forward_is_told_as_its_own():
    result = judge(lambda dout, cache: cache["x"], lambda x, w, b: x @ missing)  # noqa: F821
    assert "affine_forward raised NameError" in told(result, "dx")


def test_error_of_the_backward_is_told_where_there_is_no_forward():
    result = judge(lambda dout, cache: cache["x"], unwritten)
    assert "affine_backward raised TypeError" in told(result, "dx")


def test_gradients_that_only_the_documented_cache_gives_are_not_lost_by_an_error():
    """Own cache: an error. Documented cache: one wrong gradient, and two right ones."""
    result = judge(with_own(dx=lambda dx, *_: -dx), forward(cached=lambda x, w, b: (x, w)))
    assert_costs(result, "dx", PAIR)


@pytest.mark.parametrize("compute", [
    lambda x, w, b: flat(x) @ w, lambda x, w, b: flat(x) @ w - b, lambda x, w, b: None,
], ids=["without bias", "bias subtracted", "no output"])
def test_wrong_forward_with_the_right_cache_costs_nothing(compute):
    assert_costs(judge(forward=forward(compute)))


def judge_minus_dx_from_a_cache_that_is_a_dict():
    def affine_backward(dout, cache):
        dx, dw, db = gradients(dout, (cache["x"], cache["w"], None))
        return -dx, dw, db

    return judge(affine_backward, forward(cached=lambda x, w, b: {"x": x, "w": w}))


def test_wrong_gradient_is_judged_with_the_cache_that_it_was_written_for():
    result = judge_minus_dx_from_a_cache_that_is_a_dict()
    assert "dx has the wrong sign" in told(result, "dx")
    assert not {"dw", "db", MANY_DIMENSIONS} & set(lost(result))


def test_wrong_gradient_with_a_cache_of_its_own_layout_costs_only_its_points():
    assert_costs(judge_minus_dx_from_a_cache_that_is_a_dict(), "dx")


def test_wrong_forward_with_the_right_cache_leaves_a_note():
    assert any(NOT_RIGHT_YET in note
               for note in judge(forward=forward(lambda x, w, b: flat(x) @ w)).notes)


def test_right_forward_is_not_called_wrong():
    notes = judge(forward=forward(cached=lambda x, w, b: (x, w))).notes
    assert not any(NOT_RIGHT_YET in note for note in notes)


OWN_FORWARDS = {
    "twice as large": (lambda x, w, b: 2 * (flat(x) @ w + b),
                       {name: lambda right, *_: 2 * right for name in GRADIENTS}),
    "bias subtracted": (lambda x, w, b: flat(x) @ w - b, {"db": lambda db, *_: -db}),
    "x squared": (lambda x, w, b: flat(x)**2 @ w + b,
                  {"dx": lambda dx, dout, cache: 2 * cache[0] * dx,
                   "dw": lambda dw, dout, cache: (flat(cache[0])**2).T @ dout}),
    "a constant, but for a tiny slope": (
        lambda x, w, b: np.full((len(x), w.shape[1]), 1e-6 * (x.sum() + w.sum() + b.sum())),
        {name: lambda right, dout, cache, k=k: np.full(cache[k].shape, 1e-6 * dout.sum())
         for k, name in enumerate(GRADIENTS)}),
}


@pytest.mark.parametrize("compute, spoil", OWN_FORWARDS.values(), ids=OWN_FORWARDS)
def test_gradient_of_a_wrong_forward_of_ones_own_earns_nothing(compute, spoil):
    assert set(spoil) <= set(lost(judge(with_own(**spoil), forward(compute))))


def test_forward_that_is_right_only_when_it_is_looked_at_excuses_nothing():
    calls = []

    def affine_forward(x, w, b):
        calls.append(1)
        out = flat(x) @ w + b
        return (out if len(calls) % 2 else 3 * out), (x, w, b)

    spoil = {name: lambda right, *_: 3 * right for name in GRADIENTS}
    assert set(GRADIENTS) <= set(lost(judge(with_own(**spoil), affine_forward)))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_gradient_of_a_forward_that_computes_nothing_earns_nothing(value):
    result = judge(lambda dout, cache: tuple(np.zeros_like(a) for a in cache),
                   forward(lambda x, w, b: np.full((len(x), w.shape[1]), value)))
    assert_costs(result, *EVERYTHING)


def test_forward_is_judged_by_its_own_check():
    result = judge(forward=forward(lambda x, w, b: flat(x) @ w), name="affine_forward")
    assert "out" in lost(result)
    assert "the bias is missing" in told(result, "out")


def test_forward_without_a_cache_is_told_so():
    result = judge(forward=lambda x, w, b: flat(x) @ w + b, name="affine_forward")
    assert result.points == 0
    text = "affine_forward returned one value, where at least 2 are expected."
    assert text in told(result, "out")


# Errors


class Silent(Exception):
    def __str__(self):
        raise ValueError("no text")


ERRORS = {
    "in a known line": (
        written("""
            def affine_backward(dout, cache):
                x, w, b = cache
                return dout @ missing, None, None
        """),
        ["affine_backward raised NameError: name 'missing' is not defined.",
         "In the line `return dout @ missing, None, None`."]),
    "np.int": (
        written("""
            def affine_backward(dout, cache):
                return np.zeros(3, dtype=np.int), 1, 2
        """),
        ["affine_backward raised AttributeError: module 'numpy' has no attribute 'int'",
         "In the line `return np.zeros(3, dtype=np.int), 1, 2`.",
         "NumPy no longer has np.int; write int."]),
    "a float for a size": (
        written("""
            def affine_backward(dout, cache):
                return np.zeros((dout.size / 2, 2))
        """),
        ["raised TypeError: 'float' object cannot be interpreted as an integer",
         "A size must be an integer: use // where you divide sizes."]),
    "a read-only array": (
        written("""
            def affine_backward(dout, cache):
                dx = np.broadcast_to(0.0, dout.shape)
                dx[0] = 1
        """),
        ["raised ValueError: assignment destination is read-only", "`dx[0] = 1`",
         "Build a new array"]),
    "a cast in place": (
        written("""
            def affine_backward(dout, cache):
                dw = np.zeros(3, dtype=int)
                dw += 0.5
        """),
        ["Cannot cast ufunc", "write a = a + b, not a += b"]),
    "one argument too few": (lambda dout: 1, ["affine_backward raised TypeError:", "2 were given"]),
    "no text": (raising(ZeroDivisionError()), ["affine_backward raised ZeroDivisionError."]),
    "text that fails": (raising(Silent()), ["affine_backward raised Silent."]),
    "SystemExit": (raising(SystemExit(3)), ["affine_backward raised SystemExit: 3."]),
    "GeneratorExit": (raising(GeneratorExit()), ["affine_backward raised GeneratorExit."]),
    "a bare exception": (raising(BaseException("x")), ["affine_backward raised BaseException: x."]),
    "too little memory": (raising(MemoryError()), ["more memory than there is"]),
    "endless recursion": (
        written("""
            def affine_backward(dout, cache):
                return affine_backward(dout, cache)
        """),
        ["raised RecursionError", "`return affine_backward(dout, cache)`"]),
}


@pytest.mark.parametrize("backward, texts", ERRORS.values(), ids=ERRORS)
def test_exception_costs_everything_and_is_told_with_its_line(backward, texts):
    result = judge(backward)
    assert_costs(result, *EVERYTHING)
    for name in GRADIENTS:
        for text in texts:
            assert text in told(result, name)


def test_long_message_of_an_exception_is_told_in_one_line():
    assert "\n" not in item(judge(ERRORS["np.int"][0]), "dx").message


def test_exception_in_one_case_leaves_the_conduct_items():
    def affine_backward(dout, cache):
        if len(dout) == 1:
            raise KeyError("one")
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert_costs(result, *GRADIENTS)
    assert f"dw is right in {CASES - 1} of {CASES} cases" in told(result, "dw")
    assert item(result, "dw").case == "one sample"


def test_stop_button_stops_the_check():
    with pytest.raises(KeyboardInterrupt):
        judge(raising(KeyboardInterrupt()))


# What is returned

RETURNED = {
    "two values": (lambda d, c: gradients(d, c)[:2], "returned 2 values, where 3 are expected: dx, "
                   "dw, db."),
    "four values": (lambda d, c: (*gradients(d, c), 0), "returned 4 values, where 3 are expected"),
    "no values": (lambda d, c: (), "returned 0 values, where 3 are expected"),
    "nothing": (lambda d, c: None, "returned nothing (None), where 3 are expected"),
    "one array": (lambda d, c: gradients(d, c)[1], "returned one value, where 3 are expected"),
    "a dict": (lambda d, c: dict(zip(GRADIENTS, gradients(d, c))), "returned one value"),
    "an object": (lambda d, c: object(), "returned a value of type object."),
    "a generator": (lambda d, c: iter(gradients(d, c)), "returned a value of type tuple_iterator."),
    "an object among arrays": (lambda d, c: (*gradients(d, c)[:2], print),
                               "returned a value of type builtin_function_or_method."),
    "an array of objects": (lambda d, c: (*gradients(d, c)[:2], np.array([None])),
                            "returned an array of dtype object, which is not a number type."),
}


@pytest.mark.parametrize("backward, text", RETURNED.values(), ids=RETURNED)
def test_wrong_number_or_type_of_values_costs_everything(backward, text):
    result = judge(backward)
    assert_costs(result, *EVERYTHING)
    for name in GRADIENTS:
        assert f"affine_backward {text}" in told(result, name)


@pytest.mark.parametrize("kind", [tuple, list])
def test_values_may_come_in_a_tuple_or_a_list(kind):
    assert_costs(judge(lambda dout, cache: kind(gradients(dout, cache))))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(plain_data | st.tuples(LEAVES, LEAVES, LEAVES))
def test_whatever_is_returned_there_is_a_result(value):
    result = judge(lambda dout, cache: value)
    assert_costs(result, *EVERYTHING)
    assert str(result)


class Unruly(list):
    def __iter__(self):
        raise RuntimeError("no")


class Loud(UserWarning):
    def __str__(self):
        raise RuntimeError("no")


UNRULY = {
    "a number beyond all floats": lambda d, c: (10**400, *gradients(d, c)[1:]),
    "an array beyond all memory": lambda d, c: (np.broadcast_to(1.0, (2**25,) * 2),) * 3,
    "a list that cannot be read": lambda d, c: Unruly([1, 2, 3]),
}


@pytest.mark.parametrize("backward", UNRULY.values(), ids=UNRULY)
def test_whatever_a_returned_value_does_there_is_a_result(backward):
    assert "dx" in lost(judge(backward))


@pytest.mark.parametrize("change", [lambda a: a * np.inf, lambda a: a * np.nan,
                                    lambda a: np.sign(a) * 1e308])
def test_check_itself_never_warns(change):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_costs(judge(with_own(dx=lambda dx, *_: change(dx))), "dx")


# Prints, warnings and names


def test_prints_and_warnings_cost_nothing_and_are_kept():
    def affine_backward(dout, cache):
        print("shape", dout.shape)
        warnings.warn("careful", RuntimeWarning, stacklevel=1)
        np.array([1.0]) / np.array([0.0])
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert_costs(result)
    assert result.printed.startswith("shape (3, 5)\n")
    assert result.notes == (
        "Your code gave a warning: RuntimeWarning: careful",
        "Your code gave a warning: RuntimeWarning: divide by zero encountered in divide",
    )


def test_nothing_of_what_is_printed_reaches_the_notebook(capfd):
    def affine_backward(dout, cache):
        print("loud")
        print("loud", file=sys.stderr)
        warnings.warn("loud", stacklevel=1)
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert capfd.readouterr() == ("", "")
    assert result.printed.startswith("loud\nloud\n")


@pytest.mark.parametrize("text", ["x" * 1_000_000, "line\n" * 100_000])
def test_endless_prints_are_cut(text):
    def affine_backward(dout, cache):
        print(text)
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert_costs(result)
    assert len(result.printed) == MAX_OUTPUT


def test_prints_of_an_earlier_check_are_forgotten():
    functions = LocalFunctions({**reference(), "affine_backward": lambda d, c: print("once")})
    first = run_check(key_of(), functions)
    functions.namespace = reference()
    assert "once" in first.printed
    assert run_check(key_of(), functions).printed == ""


def test_warning_that_cannot_be_read_is_an_error_of_the_student():
    def affine_backward(dout, cache):
        warnings.warn(Loud("x"), stacklevel=1)
        return gradients(dout, cache)

    result = judge(affine_backward)
    assert_costs(result, *EVERYTHING)
    assert "affine_backward raised RuntimeError: no." in told(result, "dx")


def test_function_that_is_not_written_yet_is_called_so():
    result = judge(unwritten)
    assert_costs(result, *EVERYTHING)
    assert {(item.status, item.message) for item in result.items} == {(NOT_WRITTEN, "")}


@pytest.mark.parametrize("functions", [
    {}, {"affine_backward": None}, {"affine_backward": np.ones(3)},
], ids=["no name", "None", "an array"])
def test_function_that_is_not_there_is_called_unwritten(functions):
    result = run_check(key_of(), LocalFunctions(functions))
    assert result.points == 0
    assert {item.status for item in result.items} == {NOT_WRITTEN}
    assert result.items[0].message.startswith("affine_backward is not defined. Run the cell")


def test_answers_are_safe_from_what_a_function_does_to_its_inputs():
    def affine_backward(dout, cache):
        for array in (dout, *cache):
            array[...] = 0
        return dout, *cache

    judge(affine_backward)
    assert_costs(judge())


# A process that is stopped


class Stopping(LocalFunctions):
    """Answers a number of calls, and is stopped then."""

    def __init__(self, namespace, calls):
        super().__init__(namespace)
        self.left = calls

    def _run(self, function, arguments):
        self.left -= 1
        if self.left < 0:
            raise StudentStopped("Deadline", "the code did not finish in time")
        return super()._run(function, arguments)


def stopped_after_each_call():
    """The results of checks that are stopped after 0, 1, 2 ... calls, and of one that is not."""
    functions = Stopping(reference(), 1000)
    assert_costs(run_check(key_of(), functions))
    return [run_check(key_of(), Stopping(reference(), n)) for n in range(1001 - functions.left)]


def test_stopped_check_gives_a_result_whenever_it_is_stopped():
    results = stopped_after_each_call()
    assert results[0].points == 0
    for result in results[:-1]:
        left = [found for found in result.items if found.points == 0]
        assert any("did not finish in time" in found.message for found in left), str(result)
        assert all(found.status in (WRONG, NOT_REACHED) for found in left)


def test_what_was_judged_before_a_stop_keeps_its_points():
    results = stopped_after_each_call()
    assert all(earlier.points <= later.points for earlier, later in pairwise(results))
    assert lost(results[-2]) == (EARLIER_CACHE,)
    played = 2 * sum(keyed.case.item is None for keyed in key_of().cases)
    assert results[played].points >= sum(POINTS[name] for name in GRADIENTS)


def test_process_that_is_gone_before_the_check_gives_a_result():
    class Gone(LocalFunctions):
        def __contains__(self, name):
            raise StudentStopped("Died", "the process is gone")

    result = run_check(key_of(), Gone(reference()))
    assert_costs(result, *EVERYTHING)
    assert "Your code ended the process that ran it." in result.items[0].message


# Questions


def test_wrong_answer_to_a_question_does_not_tell_the_right_one():
    """predict_touched asks for numbers, and has no inputs."""
    def predict_touched():
        return np.array([[1, 1, 1, 1], [0, 0, 0, 0]]), np.array([1.0, 2.0, 3.5, 4.0])

    result = run_check(keys_of("03_affine", "public")["predict_touched"],
                       LocalFunctions({"predict_touched": predict_touched}))
    item = next(item for item in result.items if item.name == "slopes")
    assert item.message == "slopes[2] is 3.5, which is not right."
    assert (item.got, item.expected) == ("[2] 3.5", "")


def test_factor_of_a_wrong_answer_to_a_question_is_no_mistake():
    """Any answer is some factor times the right one."""
    def predict_touched():
        return np.array([[1, 1, 1, 1], [0, 0, 0, 0]]), 0.3 * np.array([1.0, 2.0, 3.0, 4.0])

    result = run_check(keys_of("03_affine", "public")["predict_touched"],
                       LocalFunctions({"predict_touched": predict_touched}))
    assert result.mistakes == ()


@pytest.mark.parametrize("wrong, hint", [
    (lambda x, dout: (x @ dout, dout.sum(0)), "which letter is summed?"),
    (lambda x, dout: (x.T @ dout + dout, dout.sum(0)), "keepdims=True"),
])
def test_sizes_that_do_not_meet_get_a_hint(wrong, hint):
    result = run_check(keys_of("03_affine", "public")["affine_matrix_gradients"],
                       LocalFunctions({"affine_matrix_gradients": wrong}))
    assert hint in result.items[0].hint
