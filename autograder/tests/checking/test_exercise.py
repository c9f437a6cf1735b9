"""What a row of the exercise table says, read from its few words."""

import numpy as np
import pytest

from autograder.checking.exercise import (
    Case,
    Exercise,
    backward_of,
    gradients_among,
    letters_of,
    loss,
    parameters_of,
)
from autograder.checking.mistake import known_mistakes


def row(signature, cases=(), **more):
    return Exercise("f", signature, ("out",), {"out": 1}, lambda rng: list(cases), **more)


@pytest.mark.parametrize("signature, required, optional", [
    ("()", (), ()),
    ("(x)", ("x",), ()),
    ("(x, w, b, stride=1, pad=0)", ("x", "w", "b"), ("stride", "pad")),
    ("(x, size=(1, 2), mode='a, b')", ("x",), ("size", "mode")),
])
def test_a_signature_is_read_as_python_reads_it(signature, required, optional):
    assert parameters_of(signature) == (required, optional)
    assert row(signature).parameters == required + optional


@pytest.mark.parametrize("given, passed", [
    ({"x"}, ("x",)),
    ({"x", "size"}, ("x", "size")),
    ({"x", "size", "pad", "dout"}, ("x", "size", "pad")),
    ({"x", "pad"}, ("x",)),
])
def test_defaults_are_left_out_from_the_first_that_is_not_given(given, passed):
    assert row("(x, size=(1, 2), pad=0)").called_with(dict.fromkeys(given)) == passed


LAYER = {"x": "N D", "w": "D M", "b": "M"}


@pytest.mark.parametrize("shapes, inputs, dims", [
    (LAYER, {"x": np.zeros((3, 4)), "w": np.zeros((4, 5))}, {"N": 3, "D": 4, "M": 5}),
    (LAYER, {"x": np.zeros((2, 3, 4)), "w": np.zeros((12, 5))}, {"D": 12, "M": 5}),
    (LAYER, {"x": np.zeros(4), "n": 2}, {"D": 4}),
    (LAYER, {"x": 1.5, "w": np.array(2.0)}, {}),
    ({"x": "N _ D"}, {"x": np.zeros((3, 4, 5))}, {"N": 3, "D": 5}),
    ({"x_shape": "N D"}, {"x_shape": (3, 4)}, {"N": 3, "D": 4}),
])
def test_letters_are_read_from_the_arrays(shapes, inputs, dims):
    assert letters_of(shapes, inputs) == dims


def test_a_case_keeps_letters_of_its_own():
    plain, own = {"x": np.zeros((3, 4))}, {"K": 7}
    cases = row("(x)", [Case("plain", plain), Case("own", plain, own)], shapes=LAYER).cases_for(1)
    assert [case.dims for case in cases] == [{"N": 3, "D": 4}, own]


def test_outputs_are_gradients_by_their_names():
    assert gradients_among(("loss", "dx", "dout"), ("x", "y")) == {"dx": "x"}


def test_a_loss_is_its_own_forward_function():
    gradient = loss("f", "(x, y)", ("loss", "dx"), {"loss": 1}, lambda rng: []).gradient
    assert (gradient.forward, gradient.inputs, gradient.cached) == ("f", ("x", "y"), False)
    assert gradient.of == {"dx": "x"}


def test_a_backward_function_differentiates_its_forward_function():
    forward = row("(x, w, stride=1)", shapes=LAYER)
    backward = backward_of(forward, "g", ("dx", "dw"), {"dx": 1}, lambda rng: [])
    assert backward.signature == "(dout, cache)"
    assert backward.shapes == LAYER
    assert backward.gradient.inputs == ("x", "w", "stride")
    assert backward.gradient.of == {"dx": "x", "dw": "w"}
    assert backward.gradient.cache == ("x", "w", "stride")
    other = backward_of(forward, "g", ("dx",), {"dx": 1}, lambda rng: [], cache=("out",))
    assert other.gradient.cache == ("out",)


def test_a_sibling_takes_over_what_is_told_of_a_mistake():
    catalogue = []
    mistake = known_mistakes(catalogue)

    @mistake("f", "the sign is wrong", loses=("dx",), hint="Follow the minus.")
    def wrong(x):
        """Minus."""

    @mistake("g", like=wrong, loses=("dw",))
    def also_wrong(x, w):
        pass

    mistake("h", "another name", like=wrong, hint="Look again.")(wrong)
    told = [(m.exercise, m.name, m.explanation, m.hint, m.loses) for m in catalogue]
    assert told == [
        ("f", "the sign is wrong", "Minus.", "Follow the minus.", ("dx",)),
        ("g", "the sign is wrong", "Minus.", "Follow the minus.", ("dw",)),
        ("h", "another name", "Minus.", "Look again.", ("dx",)),
    ]
    assert [m.functions[m.exercise] for m in catalogue] == [wrong, also_wrong, wrong]
