"""What is built of a student's earlier functions is judged by these, right or wrong."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.checking.answers import answer_key
from autograder.checking.exercise import Case, Exercise
from autograder.checking.mistake import Mistake
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.kit.functions import LocalFunctions
from autograder.kit.plain import Source

LOSS = "loss"


def cases(rng):
    x, w = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
    return [
        Case("four samples", {"x": x, "w": w}),
        Case("five samples", {"x": rng.standard_normal((5, 3)), "w": w}),
        Case("its loss", {"x": x, "w": w}, item=LOSS, play=play_loss, composed=composed_loss),
    ]


def composed(layers, inputs):
    kept = layers.keep("layer", inputs["x"], inputs["w"])
    out = layers.array("layer", kept.part(0).value(), (len(inputs["x"]), 2))
    kind = layers.keep("Kind")
    return kind.call("forward", out).value


def composed_loss(layers, inputs):
    return layers.call("total", composed(layers, inputs)).value


def play_loss(functions, inputs, cache=None):
    return functions.call("network", inputs["x"], inputs["w"], True).value


ROW = Exercise(
    "network", "(x, w, with_loss=False)", ("out",), {"out": 2, LOSS: 1}, cases,
    uses=("layer", "Kind", "total"), composed=composed, brought={"layer": "03_affine"},
)


class Kind:
    def forward(self, x):
        return np.maximum(x, 0)


class Halves:
    def forward(self, x):
        return x / 2


def layer(x, w):
    return x @ w, (x, w)


def network_of(names):
    """A network that calls whatever has these names when it runs."""
    def network(x, w, with_loss=False):
        out = names["Kind"]().forward(names["layer"](x, w)[0])
        return names["total"](out) if with_loss else out

    return network


REFERENCE: dict = {"layer": layer, "Kind": Kind, "total": np.sum}
REFERENCE["network"] = network_of(REFERENCE)

FORGOT = Mistake("network", "the second layer is left out", "why", "hint", ("out", LOSS), {
    "network": lambda x, w, with_loss=False: np.sum(x @ w) if with_loss else x @ w})


def check(**changed):
    names = {**REFERENCE, **changed}
    if "network" not in changed:
        names["network"] = network_of(names)
    names = {name: value for name, value in names.items() if value is not None}
    return run_check(answer_key(ROW, 7, REFERENCE, [FORGOT]), LocalFunctions(names))


def statuses(result):
    return [item.status for item in result.items]


def test_right_network_of_right_layers():
    result = check()
    assert statuses(result) == [RIGHT, RIGHT] and result.notes == ()


@pytest.mark.parametrize("changed", [
    {"layer": lambda x, w: (x @ w + 1, None)}, {"Kind": Halves},
    {"layer": lambda x, w: ((x @ w).astype(np.float32), 1)},
], ids=["wrong layer", "wrong class", "float32"])
def test_wrong_layer_costs_nothing(changed):
    result = check(**changed)
    assert result.points == 3
    assert any("your own earlier functions" in note for note in result.notes)


def test_network_that_does_not_use_the_wrong_layer_is_wrong():
    result = check(layer=lambda x, w: (x @ w + 1, None), network=REFERENCE["network"])
    assert statuses(result) == [WRONG, NOT_REACHED]


def test_mistake_is_named_with_right_layers_and_with_wrong_ones_not_misnamed():
    assert check(**FORGOT.functions).mistakes == (FORGOT.name,)
    assert check(Kind=Halves, **FORGOT.functions).mistakes != (FORGOT.name,)


def not_written(*arguments):
    raise NotImplementedError


def refuses(*arguments):
    raise ValueError("no")


@pytest.mark.parametrize("layer, told", [
    (None, "waits for layer (03)"),
    (not_written, "waits for layer (03)"),
    (lambda x, w: x @ w, "waits for layer (03)"),
    (refuses, "waits for layer (03), which raises ValueError: no"),
    (lambda x, w: (x, None), "waits for layer (03), which returns an array of shape"),
    (lambda x, w: ("?", None), "waits for layer (03), which returns something else"),
    (lambda x, w: (np.nan * (x @ w), 0), "waits for layer (03), which returns something that is"),
    (lambda x, w: (np.arange(2.0 * len(x)).reshape(-1, 2), 0), "the same whatever goes in"),
], ids=range(8))
def test_network_waits_for_a_layer_that_is_of_no_use(layer, told):
    result = check(layer=layer, network=lambda x, w, with_loss=False: 1.0)
    assert statuses(result) == [NOT_REACHED, NOT_REACHED]
    assert told in result.items[0].message and told in result.items[1].message
    assert result.points == 0


def needs_what_is_not_there(*arguments):
    return affine_forward(*arguments)  # noqa: F821


@pytest.mark.parametrize("changed", [
    {"layer": needs_what_is_not_there}, {"network": needs_what_is_not_there},
], ids=["a layer needs it", "the network needs it"])
def test_what_was_not_brought_is_waited_for_by_its_name(changed):
    row = replace(ROW, brought={"affine_forward": "03_affine"})
    names = {**REFERENCE, **changed}
    result = run_check(answer_key(row, 7, REFERENCE, []), LocalFunctions(names))
    assert result.items[0].message == "waits for affine_forward (03)"
    assert result.items[0].status == NOT_REACHED


def test_only_the_item_waits_whose_layer_is_missing():
    result = check(total=None)
    assert statuses(result) == [RIGHT, NOT_REACHED]
    assert result.items[1].message == "waits for total"


def test_stub_is_called_unwritten_also_while_it_waits():
    result = check(layer=None, network=not_written)
    assert set(statuses(result)) == {NOT_WRITTEN}


def test_layer_is_blamed_for_what_a_source_meets():
    def with_source(layers, inputs):
        kind = layers.keep("Kind")
        return layers.call(Source("lambda kind, x: kind.backward(x)"), kind, 1.0).value

    row = Exercise("network", "(x)", ("out",), {"out": 1},
                   lambda rng: [Case("one", {"x": 1.0}, composed=with_source)])
    key = answer_key(row, 7, {"network": lambda x: x}, [])
    result = run_check(key, LocalFunctions({**REFERENCE, "network": lambda x: x}))
    assert result.items[0].message.startswith("waits for Kind, which raises AttributeError")


def test_item_that_is_named_like_an_output_tells_what_it_waits_for():
    def with_layer(layers, inputs):
        return layers.call("layer", inputs["x"], inputs["x"]).value

    row = Exercise("network", "(x)", ("out",), {"out": 1},
                   lambda rng: [Case("one", {"x": 1.0}, item="out", composed=with_layer)])
    key = answer_key(row, 7, {"network": lambda x: x}, [])
    result = run_check(key, LocalFunctions({"network": lambda x: x}))
    assert [item.message for item in result.items] == ["waits for layer"]
