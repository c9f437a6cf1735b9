"""Layers and networks: judged by the student's own layers; one mistake costs once."""

import numpy as np
import pytest

from autograder.checking.comparison import compare
from autograder.checking.result import NOT_REACHED, WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course, reference_functions
from autograder.exercises.networks import GRADIENT, LOSS, NUMERICAL, PREDICT
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of
from autograder.mistakes.two_layer_net import RightAffine, RightNet
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "09_two_layer_net"
BUILT = ("Affine", "SoftmaxWithLoss", "TwoLayerNet", "train_step", "train_steps", "PenaltyNet")


def own(**changed):
    """A student's functions, which call the changed ones where the reference calls its own."""
    course = Course.find()
    namespace = reference_functions(CHAPTER, course.solution_cells(CHAPTER))
    namespace.update(changed)
    return namespace


def check(name, namespace):
    return run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(namespace))


def wrong_affine_forward(x, w, b):
    return x @ w - b, (x, w, b)


def wrong_affine_backward(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout / len(x), 2 * dout.sum(axis=0)


def wrong_relu_backward(dout, cache):
    return dout


def wrong_softmax_loss(x, y):
    loss, dx = reference_of("06_softmax_loss")["softmax_loss"](x, y)
    return 3 * loss, dx * len(x)


@pytest.mark.parametrize("changed", [
    {"affine_forward": wrong_affine_forward}, {"affine_backward": wrong_affine_backward},
    {"relu_backward": wrong_relu_backward}, {"softmax_loss": wrong_softmax_loss},
    {"sgd_step": lambda w, dw, lr: w + lr * dw},
], ids=lambda changed: next(iter(changed)))
@pytest.mark.parametrize("name", BUILT)
def test_wrong_layer_costs_nothing(name, changed):
    result = check(name, own(**changed))
    assert result.points == result.max_points, str(result)


@pytest.mark.parametrize("name, changed, told", [
    ("Affine", "affine_forward", "waits for affine_forward (03)"),
    ("Affine", "affine_backward", "waits for affine_backward (03)"),
    ("SoftmaxWithLoss", "softmax_loss", "waits for softmax_loss (06)"),
    ("TwoLayerNet", "Affine", "waits for Affine"),
    ("TwoLayerNet", "SoftmaxWithLoss", "waits for SoftmaxWithLoss"),
    ("train_step", "TwoLayerNet", "waits for TwoLayerNet"),
    ("train_step", "sgd_step", "waits for sgd_step"),
    ("train_steps", "train_step", "waits for train_step"),
    ("PenaltyNet", "TwoLayerNet", "waits for TwoLayerNet"),
])
def test_what_is_missing_is_waited_for(name, changed, told):
    result = check(name, own(**{changed: None}))
    assert told in [item.message for item in result.items]
    assert not [item for item in result.items if item.status == WRONG], str(result)


def test_network_waits_for_layers_that_do_not_look_up_their_parameters():
    class Affine(RightAffine):
        def __init__(self, params, w, b):
            super().__init__({name: np.array(array) for name, array in params.items()}, w, b)

    items = {item.name: item for item in check("TwoLayerNet", own(Affine=Affine)).items}
    assert items[PREDICT].status == NOT_REACHED
    assert items[PREDICT].message.startswith("waits for Affine, which does not look")


@pytest.mark.parametrize("name", BUILT)
@pytest.mark.parametrize("seed", range(3))
def test_mistakes_have_the_same_names_at_every_seed(name, seed):
    keys = {key.exercise.name: key for key in Course.find().answer_keys(CHAPTER, seed)}
    for mistake in mistakes_of(CHAPTER)[name]:
        functions = LocalFunctions({**reference_of(CHAPTER), **mistake.functions})
        result = run_check(keys[name], functions)
        assert result.mistakes == (mistake.name,), str(result)
        lost = {item.name for item in result.items if item.status == WRONG}
        assert lost == set(mistake.loses), str(result)


def test_gradient_that_fits_a_wrong_loss_is_right_where_the_slip_is_known():
    class Summed(RightNet):
        """The sum of the losses, and exactly its gradients."""

        def loss(self, x, t):
            return super().loss(x, t) * len(x)

        def gradient(self, x, t):
            found = {name: array * len(x) for name, array in super().gradient(x, t).items()}
            self.last_loss = self.loss(x, t)
            return found

    class Invented(RightNet):
        """An easier loss, and exactly its gradients."""

        def loss(self, x, t):
            return sum(float(array.sum()) for array in self.params.values())

        def gradient(self, x, t):
            self.last_loss = self.loss(x, t)
            return {name: np.ones_like(array) for name, array in self.params.items()}

        numerical_gradient = gradient

    for net, lost in ((Summed, {LOSS}), (Invented, {LOSS, GRADIENT, NUMERICAL})):
        result = check("TwoLayerNet", {**reference_of(CHAPTER), "TwoLayerNet": net})
        assert {item.name for item in result.items if item.status == WRONG} == lost, str(result)


@pytest.mark.parametrize("item", [GRADIENT, NUMERICAL])
def test_zeros_are_the_gradient_of_no_loss(item):
    class Net(RightNet):
        def loss(self, x, t):
            return 0.0

        def gradient(self, x, t):
            return {name: 0 * array for name, array in self.params.items()}

    result = check("TwoLayerNet", {**reference_of(CHAPTER), "TwoLayerNet": Net})
    assert item in {item.name for item in result.items if item.status == WRONG}


SAYS_WHAT_HAPPENED = ("RecursionError", "Missing", "NoRoomFor")
"""Kinds of errors of which one thing is the cause, if all other cases are as they should be."""


@pytest.mark.parametrize("name", sorted(mistakes_of(CHAPTER)))
def test_no_mistake_is_named_by_the_mere_kind_of_an_error(name):
    key = keys_of(CHAPTER, "hidden")[name]
    for mistake in mistakes_of(CHAPTER)[name]:
        for item in mistake.loses:
            cases = [(keyed.wrong[mistake.name], keyed) for keyed in key.cases
                     if keyed.case.item in (item, None)]
            numbers = [k for wrong, k in cases if not wrong.error and (wrong.changed or any(
                compare(got, expected, k.case.tolerance)
                for got, expected in zip(wrong.outputs, k.right.outputs, strict=True)))]
            kinds = [wrong.error.kind for wrong, _ in cases if wrong.error]
            assert numbers or all(k.startswith(SAYS_WHAT_HAPPENED) for k in kinds), (
                f"{name}, {mistake.name!r}: {item} is lost by {set(kinds)} alone")


class FromTheLoss(RightNet):
    def walk_back(self):
        dout = self.last_loss
        for layer in reversed(self.layers):
            dout = layer.backward(dout)


class OddKeys(RightNet):
    def gradient(self, x, t):
        return {name.lower(): array for name, array in super().gradient(x, t).items()}

    def numerical_gradient(self, x, t):
        return {name[1:]: array for name, array in super().numerical_gradient(x, t).items()}


@pytest.mark.parametrize("net, lost", [(FromTheLoss, {GRADIENT}), (OddKeys, {GRADIENT, NUMERICAL})])
def test_what_no_mistake_fits_gets_no_name(net, lost):
    result = check("TwoLayerNet", {**reference_of(CHAPTER), "TwoLayerNet": net})
    assert {item.name for item in result.items if item.status == WRONG} == lost, str(result)
    assert not result.mistakes


def test_step_waits_for_a_network_that_keeps_no_loss():
    class Net(RightNet):
        def gradient(self, x, t):
            found = super().gradient(x, t)
            del self.last_loss
            return found

    changed = {**reference_of(CHAPTER), "TwoLayerNet": Net}
    for name in ("train_step", "PenaltyNet"):
        result = check(name, changed)
        assert not [item for item in result.items if item.status == WRONG], str(result)
        assert any(item.message.startswith("waits for TwoLayerNet") for item in result.items)
