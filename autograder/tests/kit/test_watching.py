"""Differences and the complex step are seen; formulas are not taken for them."""

import gc
import sys
import threading

import numpy as np
import pytest

from autograder.kit.watching import COMPLEX, STEPS, TAKEN_OFF, LineCount, Watch, Watched

X = np.random.default_rng(3).standard_normal((3, 4))
W = np.random.default_rng(4).standard_normal((4, 2))


def forward(x, w):
    return x @ w


def seen(function):
    watch = Watch(Watched("forward", (X.copy(), W.copy()), (0, 1)), forward)
    watch.run(function, (X.copy(), W.copy()))
    return watch.seen()


def moved(array, k, step=1.0):
    array = array.astype(type(step) if isinstance(step, complex) else float)
    array.flat[k] += step
    return array


def inline(x, w):
    for k in range(w.size):
        w.flat[k] += 1
        x @ w
        w.flat[k] -= 1


@pytest.mark.parametrize("function, expected", {
    "own forward": (lambda x, w: [forward(moved(x, k), w) for k in range(x.size)], (STEPS, "")),
    "half of the entries": (lambda x, w: [forward(moved(x, k), w) for k in range(6)], (STEPS, "")),
    "a private copy": (lambda x, w: [(lambda a: x @ a)(moved(w, k)) for k in range(w.size)],
                       ("", STEPS)),
    "a transposed copy": (lambda x, w: [(lambda a: a @ x.T)(moved(w, k).T)
                                        for k in range(w.size)], ("", STEPS)),
    "in loops": (inline, ("", STEPS)),
    "one batch": (lambda x, w: (lambda many: many @ w)(x + np.eye(x.size).reshape(-1, *x.shape)),
                  (STEPS, "")),
    "an imaginary part": (lambda x, w: (lambda a: a @ w)(moved(x, 2, 1e-30j)), (COMPLEX, "")),
    "unit vectors": (lambda x, w: [forward(moved(0 * x, k), w) for k in range(x.size)],
                     (STEPS, "")),
    "switched off": (lambda x, w: sys.settrace(None), (TAKEN_OFF, TAKEN_OFF)),
}.values())
def test_trying_out_is_seen(function, expected):
    assert seen(function) == expected


def accumulating(x, w):
    def add(total, k, value):
        total.flat[k] += value

    dx = np.zeros_like(x)
    for k in range(x.size):
        add(dx, k, x.flat[k])


def leaving_out(x, w):
    """Some entries of a copy are changed, one after the other."""
    x = x.copy()
    for k in range(x.size):
        if x.flat[k] < 0:
            x.flat[k] = 0


@pytest.mark.parametrize("function", [
    lambda x, w: (x @ w @ w.T, x.T @ (x @ w)),
    lambda x, w: [forward(row[None], w) for row in x],
    lambda x, w: [forward(x, w) for _ in range(30)],
    lambda x, w: np.fft.ifft2(np.fft.fft2(x) * np.fft.fft2(x)).real,
    accumulating,
    leaving_out,
])
def test_formulas_are_not_taken_for_differences(function):
    assert seen(function) == ("", "")


def test_debuggers_and_profilers_get_back_what_is_theirs():
    def trace(*event):
        return None

    before = sys.gettrace(), sys.getprofile(), threading.gettrace()
    sys.settrace(trace)
    try:
        seen(lambda x, w: 1)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before[0])
    assert (sys.getprofile(), threading.gettrace()) == before[1:]


def test_error_of_the_function_is_raised_and_the_hooks_are_gone():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        seen(lambda x, w: 1 / 0)
    assert sys.gettrace() is before


class Litter:
    """Garbage in a circle; a collection executes lines for it."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        for _ in range(100):
            pass


def test_finalizers_of_others_are_no_lines_of_the_answer():
    def many_lists():
        lists = list(map(list, [()] * 5000))
        return len(lists)

    threshold, count = gc.get_threshold(), LineCount()
    gc.collect()
    Litter()
    gc.set_threshold(100)
    try:
        assert count.run(many_lists, ()) == 5000
    finally:
        gc.set_threshold(*threshold)
    assert count.lines < 5
    assert gc.isenabled()
