"""Nodes and the engine: mistakes have one name at every seed; a graph that is none is told why."""

import pytest

from autograder.checking.result import WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises.computational_graphs import computes_the_sigmoid, exposes_the_bug
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "02_computational_graphs"
PLAYED = (
    "AddNode", "MulNode", "SquareNode", "MaxNode", "PowerNode", "run_forward", "run_backward"
)


@pytest.mark.parametrize("seed", range(3))
def test_mistakes_have_the_same_names_at_every_seed(seed):
    keys = {key.exercise.name: key for key in Course.find().answer_keys(CHAPTER, seed)}
    for name in PLAYED:
        for mistake in mistakes_of(CHAPTER)[name]:
            functions = LocalFunctions({**reference_of(CHAPTER), **mistake.functions})
            result = run_check(keys[name], functions)
            assert result.mistakes == (mistake.name,), str(result)
            lost = {item.name for item in result.items if item.status == WRONG}
            assert lost == set(mistake.loses), str(result)


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


@pytest.mark.parametrize("judge", [exposes_the_bug, computes_the_sigmoid])
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
