"""How an answer is given: in all cases, plays included, and whether the row has an item for it."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from autograder.checking.answers import answer_key
from autograder.checking.exercise import (
    NO_LOOP,
    PRECISION,
    UNCHANGED,
    Case,
    Exercise,
    backward_of,
    with_earlier_cache,
)
from autograder.checking.result import NOT_REACHED, RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.exercises.inputs import in_float32, unusual
from autograder.kit.functions import LocalFunctions

STEADY = "a batch"
SHAPES = {"x": "N D", "w": "D M"}


def draw(rng, n=3, d=4):
    return {"x": rng.standard_normal((n, d)), "w": rng.standard_normal((d, 2))}


def play(functions, inputs, cache=None):
    return functions.keep("scaled", inputs["x"], inputs["w"]).value()


def cases(rng):
    return [
        Case("three samples", draw(rng)),
        Case("read-only arrays", unusual(draw(rng, 2, 5))),
        Case("float32", in_float32(draw(rng, 5)), tolerance=1e-4),
        Case("one more call", draw(rng, 4), item=STEADY, play=play),
    ]


def sizes(rng):
    return draw(rng, 2, 3), draw(rng, 20, 30)


def scaled(x, w):
    return x @ w, 0.3 * x


POINTS = {"out": 2, "third": 1, STEADY: 1}
ROW = Exercise("scaled", "(x, w)", ("out", "third"), POINTS, cases, shapes=SHAPES, loop_free=sizes)


def check(function, *items, seed=11, row=ROW):
    row = replace(row, points={**row.points, **dict.fromkeys(items, 1)})
    key = answer_key(row, seed, {"scaled": scaled}, [])
    return run_check(key, LocalFunctions({"scaled": function}))


def lost(result):
    return {item.name for item in result.items if item.status == WRONG}


def item(result, name):
    return next(item for item in result.items if item.name == name)


# Inputs


def reshaping(x, w):
    out = scaled(x.copy(), w)
    if x.flags.c_contiguous:
        x.shape = x.shape[::-1]
    return out


def locking(x, w):
    out = scaled(x, w)
    x.flags.writeable = False
    return out


def adding_and_taking(x, w):
    out = scaled(x.copy(), w.copy())
    w += 0.1
    w -= 0.3
    w += 0.2
    return out


def clipping(x, w):
    out = scaled(x.copy(), w)
    np.clip(x, -0.1, 0.1, out=x)
    return out


CHANGES = {"shape": (reshaping, "x"), "writeable": (locking, "x"),
           "+= -= +=": (adding_and_taking, "w"), "clipped": (clipping, "x")}


@pytest.mark.parametrize("function, name", CHANGES.values(), ids=CHANGES)
def test_changed_inputs_cost_their_item_or_that_of_the_answer(function, name):
    for items, expected in (((UNCHANGED,), UNCHANGED), ((), "out")):
        result = check(function, *items)
        assert lost(result) == {expected}
        assert item(result, expected).message == f"{name} is not what it was before the call."
        assert item(result, expected).hint


def changing_later():
    """A function that changes its input from the fourth call on: in the play."""
    calls = []

    def function(x, w):
        calls.append(1)
        out = scaled(x.copy(), w)
        if len(calls) > 3:
            x[0] = 7
        return out

    return function


def test_plays_see_what_is_changed():
    assert lost(check(changing_later(), UNCHANGED)) == {UNCHANGED}
    result = check(changing_later())
    assert lost(result) == {STEADY}
    assert item(result, STEADY).message == "x is not what it was before the call."
    assert item(result, STEADY).case == "one more call"


def test_one_change_costs_one_item():
    def function(x, w):
        out = scaled(x.copy(), w)
        return out[0] + 1, clipping(x, w)[1]

    assert lost(check(function)) == {"out"}


class Counter:
    def __init__(self, params):
        self.state, self.params = 0, params

    def step(self, x):
        self.state += 1
        return x.sum() + self.state + self.params["w"].sum()


class Spoiling(Counter):
    def step(self, x):
        found = super().step(x)
        x[0] = 0
        return found


class SpoilingParams(Counter):
    def __init__(self, params):
        super().__init__({name: array.copy() for name, array in params.items()})
        params["w"] += 1


def play_twice(functions, inputs, cache=None):
    counter = functions.keep("Counter", inputs["params"])
    counter.call("step", inputs["x"])
    return counter.call("step", inputs["x"]).value


def play_cases(rng):
    return [Case("two steps", {"x": rng.standard_normal(3), "params": {"w": np.ones(2)}},
                 item="steps", play=play_twice)]


@pytest.mark.parametrize("kind, name", [(Counter, ""), (Spoiling, "x"), (SpoilingParams, "params")])
def test_state_of_an_object_may_change_and_its_arguments_may_not(kind, name):
    row = Exercise("Counter", "(params)", ("sum",), {"steps": 1}, play_cases)
    key = answer_key(row, 11, {"Counter": kind if kind is SpoilingParams else Counter}, [])
    result = run_check(key, LocalFunctions({"Counter": kind}))
    if not name:
        assert result.points == 1
    elif kind is SpoilingParams:
        assert item(result, "steps").message == "params is not what it was before the call."
    else:
        assert lost(result) == {"steps"}


def double(x):
    return 2 * x, (x,)


def double_backward(dout, cache):
    return 2 * dout


def test_changes_by_the_forward_function_are_not_those_of_the_backward():
    forward = Exercise("double", "(x)", ("out",), {"out": 1}, lambda rng: [])

    def backward_cases(rng):
        x, dout = rng.standard_normal((2, 3))
        return [Case("three", {"x": x, "dout": dout}),
                Case("another batch between", {"x": x, "dout": dout, "other": {"x": dout + 1}},
                     item=STEADY, play=with_earlier_cache("double_backward", forward))]

    def spoiling(x):
        x *= 2
        return x, (x,)

    row = backward_of(forward, "double_backward", ("dx",), {"dx": 1, STEADY: 1}, backward_cases)
    key = answer_key(row, 11, {"double": double, "double_backward": double_backward}, [])
    functions = {"double": spoiling, "double_backward": double_backward}
    assert run_check(key, LocalFunctions(functions)).points == 2


# Digits

DIGITS = {
    "float32": (lambda a: a.astype(np.float32), "computed in float32"),
    "float32 as float64": (lambda a: a.astype(np.float32).astype(a.dtype), "computed in float32"),
    "rounded": (lambda a: a.round(6), "rounded to 6 decimals"),
    "off": (lambda a: a * (1 + 3e-8), ""),
}


@pytest.mark.parametrize("change, name", DIGITS.values(), ids=DIGITS)
@pytest.mark.parametrize("seed", [11, 12, 20241])
def test_lost_digits_cost_one_item(change, name, seed):
    def function(x, w):
        return tuple(map(change, scaled(x, w)))

    for items, expected in (((PRECISION,), PRECISION), ((), "out")):
        result = check(function, *items, seed=seed)
        assert lost(result) == {expected}
        found = item(result, expected)
        assert found.message.startswith("out and third are right to ")
        assert found.message.endswith(" digits, and float64 holds 15.")
        assert found.mistake == name
        assert found.hint


def test_lost_digits_of_one_output_are_told_of_that():
    def function(x, w):
        out, third = scaled(x, w)
        return out, third.round(7)

    assert item(check(function, PRECISION), PRECISION).message.startswith("third is right to ")
    assert lost(check(function)) == {"third"}


def test_float32_is_fine_where_the_inputs_are():
    def function(x, w):
        return tuple(a.astype(x.dtype) for a in scaled(x, w))

    assert lost(check(function, PRECISION)) == set()


def test_lost_digits_in_a_shape_that_is_wrong_too_are_a_wrong_shape():
    row = replace(ROW, points={**POINTS, "shapes": 1})
    result = check(lambda x, w: (scaled(x, w)[0][None].astype(np.float32), 0.3 * x), row=row)
    assert lost(result) == {"shapes"}


def test_wrong_values_have_no_digits():
    result = check(lambda x, w: (-scaled(x, w)[0], scaled(x, w)[1] + 1), PRECISION)
    assert lost(result) == {"out", "third"}
    assert item(result, PRECISION).status == NOT_REACHED


# Loops


def by_recursion(x, w):
    def add(k):
        return 0 if k < 0 else add(k - 1) + np.outer(x[:, k], w[k])

    return add(x.shape[1] - 1), 0.3 * x


def entry_by_entry(x, w):
    out = np.zeros((len(x), w.shape[1]))
    for n in range(len(x)):
        for m in range(w.shape[1]):
            out[n, m] = x[n] @ w[:, m]
    return out, 0.3 * x


LOOPS = {
    "for": entry_by_entry,
    "a comprehension": lambda x, w: (np.array([row @ w for row in x]), 0.3 * x),
    "a generator": lambda x, w: (np.stack(list(row @ w for row in x)), 0.3 * x),
    "map": lambda x, w: (np.array(list(map(lambda row: row @ w, x))), 0.3 * x),
    "vectorize": lambda x, w: (x @ w, np.vectorize(lambda value: 0.3 * value)(x)),
    "apply_along_axis": lambda x, w: (np.apply_along_axis(lambda row: row @ w, 1, x), 0.3 * x),
    "recursion": by_recursion,
}
NO_LOOPS = {
    "a product": scaled,
    "einsum": lambda x, w: (np.einsum("nd,dm->nm", x, w), 0.3 * x),
    "lines of NumPy's own": lambda x, w: (np.tensordot(x, w, 1), np.apply_over_axes(
        np.sum, 0.3 * x[..., None], [2])[..., 0]),
    "a helper": lambda x, w: (lambda a, b: (a @ b, 0.3 * a))(x, w),
}


@pytest.mark.parametrize("function", LOOPS.values(), ids=LOOPS)
def test_loop_costs_its_item(function):
    result = check(function, NO_LOOP, seed=20241)
    assert lost(result) == {NO_LOOP}
    assert "lines for a large input, and " in item(result, NO_LOOP).message
    hidden = item(check(function, NO_LOOP), NO_LOOP)
    assert hidden.message == "scaled executes more lines for a large input."
    assert hidden.hint


@pytest.mark.parametrize("function", NO_LOOPS.values(), ids=NO_LOOPS)
def test_answer_without_a_loop_earns_its_item(function):
    assert item(check(function, NO_LOOP), NO_LOOP).status == RIGHT


def test_counting_that_is_switched_off_costs_its_item():
    def function(x, w):
        sys.settrace(None)
        return entry_by_entry(x, w)

    result = check(function, NO_LOOP)
    assert lost(result) == {NO_LOOP}
    assert "Leave sys.settrace and sys.setprofile alone." in item(result, NO_LOOP).hint


def test_very_long_loops_are_not_counted_to_their_end():
    def function(x, w):
        for _ in range(30_000):
            pass
        return scaled(x, w)

    assert lost(check(function, NO_LOOP)) == {NO_LOOP}


def test_backward_is_counted_with_the_cache_of_its_own_forward():
    forward = Exercise("double", "(x)", ("out",), {"out": 1}, lambda rng: [])

    def some(rng, n):
        return {"x": rng.standard_normal(n), "dout": rng.standard_normal(n)}

    row = backward_of(
        forward, "double_backward", ("dx",), {"dx": 1, NO_LOOP: 1},
        lambda rng: [Case("three", some(rng, 3))],
        loop_free=lambda rng: (some(rng, 2), some(rng, 9)))
    key = answer_key(row, 11, {"double": double, "double_backward": double_backward}, [])

    def own(x):
        return 2 * x, {"x": x}

    def loops(dout, cache):
        return np.array([2 * d for d in dout[: len(cache["x"])]])

    result = run_check(key, LocalFunctions({"double": own, "double_backward": loops}))
    assert lost(result) == {NO_LOOP}
    result = run_check(key, LocalFunctions({"double_backward": double_backward}))
    assert item(result, NO_LOOP).message == "comes once double works"
