"""Nodes and the engine: mistakes have one name at every seed; a graph that is none is told why."""

import pytest

from autograder.checking.result import WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises.graphs import (
    NODES,
    VALUES,
    computes_the_sigmoid,
    exposes_the_bug,
    tried_graph,
)
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "02_computational_graphs"
PLAYED = (
    "AddNode", "MulNode", "SquareNode", "MaxNode", "PowerNode", "bill_gradients", "run_forward",
    "run_backward", "sigmoid_graph",
)


@pytest.mark.parametrize("seed", range(10))
def test_mistakes_have_the_same_names_at_every_seed(seed):
    keys = {key.exercise.name: key for key in Course.find().answer_keys(CHAPTER, seed)}
    for name in PLAYED:
        for mistake in mistakes_of(CHAPTER)[name]:
            functions = LocalFunctions({**reference_of(CHAPTER), **mistake.functions})
            result = run_check(keys[name], functions)
            assert result.mistakes == (mistake.name,), str(result)
            lost = {item.name for item in result.items if item.status == WRONG}
            assert lost == set(mistake.loses), str(result)


@pytest.mark.parametrize("name", ["chain_gradients", "MaxNode", "PowerNode", "bill_gradients"])
def test_numbers_in_the_name_of_a_case_are_its_inputs(name):
    cases = [keyed for keyed in keys_of(CHAPTER, "public")[name].cases if keyed.case.spelled]
    assert cases
    for keyed in cases:
        for value in keyed.case.inputs.values():
            assert f"{value:.2f}" in keyed.case.name
            assert value == round(value, 2)


def test_engine_is_judged_without_the_nodes_of_the_student():
    class Broken:
        def forward(self, *numbers):
            raise ValueError

    names = dict.fromkeys(("AddNode", "MulNode", "SquareNode", "MaxNode"), Broken)
    for name in ("run_forward", "run_backward"):
        functions = LocalFunctions({**reference_of(CHAPTER), **names})
        result = run_check(keys_of(CHAPTER, "hidden")[name], functions)
        assert result.points == result.max_points, str(result)


def test_wrong_run_forward_costs_run_backward_one_item():
    def run_forward(steps, values, make=None):
        return values

    functions = LocalFunctions({**reference_of(CHAPTER), "run_forward": run_forward})
    result = run_check(keys_of(CHAPTER, "hidden")["run_backward"], functions)
    assert result.points == result.max_points - 1


@pytest.mark.parametrize("mistake", mistakes_of(CHAPTER)["run_forward"], ids=lambda m: m.name)
def test_fault_of_run_forward_is_not_told_of_run_backward(mistake):
    functions = LocalFunctions({**reference_of(CHAPTER), **mistake.functions})
    result = run_check(keys_of(CHAPTER, "hidden")["run_backward"], functions)
    lost = [item for item in result.items if item.status == WRONG]
    harmless = ("the results are written into the given dict",
                "one node serves all steps of its kind",  # in this graph: those keep nothing
                "make must be given")
    assert len(lost) == (mistake.name not in harmless)
    for item in lost:
        assert "your run_forward" in item.message
        assert not item.mistake


@pytest.mark.parametrize("name, mistake", [
    ("make_node", "the nodes are not made by make"),  # of the reference, with all its nodes
    ("values", ""),
])
def test_only_nodes_made_without_make_are_called_so(name, mistake):
    reference = reference_of(CHAPTER)
    taken = {"make_node": reference["make_node"], "values": None}[name]

    def run_forward(steps, values, make=None):
        values, nodes = dict(values), []
        for result, kind, inputs in steps:
            nodes.append(taken(kind) if taken else values[kind])
            values[result] = nodes[-1].forward(*[values[other] for other in inputs])
        return values, nodes

    functions = LocalFunctions({**reference, "run_forward": run_forward})
    result = run_check(keys_of(CHAPTER, "hidden")["run_forward"], functions)
    items = [item for item in result.items if item.name in (VALUES, NODES)]
    assert {item.name: item.mistake for item in items} == {VALUES: mistake, NODES: mistake}
    assert all("KeyError" in item.message for item in items)


@pytest.mark.parametrize("steps", [
    [("falling", "exp", ("x",)), ("below", "add", ("falling", "one")),
     ("sigmoid", "reciprocal", ("below",))],
    [("a", "mul", ("x", "minus_one")), ("b", "exp", ("a",)), ("c", "add", ("b", "one")),
     ("d", "reciprocal", ("c",)), ("e", "mul", ("b", "d"))],
])
def test_sigmoid_graph_is_known_by_its_values(steps):
    functions = LocalFunctions({"sigmoid_graph": lambda: steps})
    (item,) = run_check(keys_of(CHAPTER, "hidden")["sigmoid_graph"], functions).items
    assert item.mistake == "this is the sigmoid of -x"


def why_no_sigmoid(outputs):
    (steps,) = outputs
    functions = LocalFunctions({"sigmoid_graph": lambda: steps})
    return computes_the_sigmoid((tried_graph(functions, {}),))


@pytest.mark.parametrize("judge", [exposes_the_bug, why_no_sigmoid])
@pytest.mark.parametrize("steps, told", [
    (None, "a list of steps"),
    ([], "a list of steps"),
    ([3], "a tuple of three"),
    ([("a", "add", "x", "x")], "a tuple of three"),
    ([("a", "square", "x")], "with a comma"),
    ([("a", "add", ("x", 1.0))], "no tuple of names"),
    ([("a", "plus", ("x", "x"))], "not 'plus'"),
    ([("a", "add", ("x",))], "takes 2"),
    ([("a", "add", ("x", "u"))], "uses 'u'"),
    ([("x", "add", ("x", "x"))], "taken already"),
    ([("a", "square", ("x",)), ("b", "add", ("x", "x"))], "'a' is never used"),
])
def test_graph_that_is_none_is_told_why(judge, steps, told):
    assert told in judge((steps,))
