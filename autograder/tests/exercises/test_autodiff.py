"""The framework of 08: one mistake costs once, at every seed; the judge of the two expressions."""

import numpy as np
import pytest

from autograder.checking.result import WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course, reference_functions
from autograder.exercises.autodiff import ONE_PART, STRUCTURE, TOO_EARLY, why_not_exposing
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "08_autodiff"
OPERATIONS = ("Add", "Multiply", "Divide", "MatMul", "Log", "ReduceSum", "Maximum")
WITH_GRAPHS = ("topological_order", "Session", "gradients", "exposing_expressions",
               "GradientDescentOptimizer")
BROADCAST = ("Add", "Multiply", "Divide", "Maximum")


@pytest.mark.parametrize("seed", range(5))
def test_mistakes_have_the_same_names_at_every_seed(seed):
    keys = {key.exercise.name: key for key in Course.find().answer_keys(CHAPTER, seed)}
    for name, mistakes in mistakes_of(CHAPTER).items():
        for mistake in mistakes:
            functions = LocalFunctions({**reference_of(CHAPTER), **mistake.functions})
            result = run_check(keys[name], functions)
            assert result.mistakes == (mistake.name,), str(result)
            lost = {item.name for item in result.items if item.status == WRONG}
            assert lost == set(mistake.loses), str(result)


def loaded_with(names: dict) -> dict:
    """The framework, in which some names mean something else, everywhere."""
    namespace = reference_functions(CHAPTER, Course.find().solution_cells(CHAPTER))
    namespace.update(names)
    return namespace


@pytest.mark.parametrize("name", WITH_GRAPHS)
def test_graphs_are_judged_without_the_operations_of_the_student(name):
    def broken(*arguments, **options):
        raise AssertionError

    names = loaded_with({})
    for operation in OPERATIONS:
        names[operation].compute_output = names[operation].compute_gradient = broken
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(names))
    assert result.points == result.max_points, str(result)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_judged_without_the_engine_of_the_student(name):
    names = loaded_with(dict.fromkeys(WITH_GRAPHS))
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(names))
    assert result.points == result.max_points, str(result)


@pytest.mark.parametrize("name", BROADCAST)
def test_wrong_unbroadcast_costs_an_operation_nothing(name):
    def twice(grad, shape):
        return 2 * right(grad, shape)

    right = reference_of(CHAPTER)["unbroadcast"]
    names = loaded_with({"unbroadcast": twice})
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(names))
    assert result.points == result.max_points, str(result)


@pytest.mark.parametrize("name", BROADCAST)
def test_operation_waits_for_an_unbroadcast_of_no_use(name):
    names = loaded_with({"unbroadcast": lambda grad, shape: grad})
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(names))
    items = {item.name: item for item in result.items}
    assert items["gradient"].message.startswith("waits for unbroadcast")
    assert items["forward"].points == 1


def test_wrong_gradients_cost_the_optimizer_nothing():
    def threefold(loss, wrt=None):
        return {node: 3 * grad for node, grad in right(loss, wrt).items()}

    names = loaded_with({})
    right, names["gradients"] = names["gradients"], threefold
    key = keys_of(CHAPTER, "hidden")["GradientDescentOptimizer"]
    result = run_check(key, LocalFunctions(names))
    assert result.points == result.max_points, str(result)


EXPRESSIONS = [
    lambda a, b: a + a * b, lambda a, b: a * b + a, lambda a, b: a * a, lambda a, b: a + b,
    lambda a, b: b * (a + b), lambda a, b: (a + b) * b, lambda a, b: a + a * a,
    lambda a, b: (a + b) * (a + b), lambda a, b: (a + a) + b, lambda a, b: b + (a + b) * a,
    lambda a, b: 2 * a + a * 3, lambda a, b: a * (b * (a * b)), lambda a, b: (a * b) * (b + 1),
]


@pytest.mark.parametrize("k", range(len(EXPRESSIONS)))
def test_judge_of_the_expressions_knows_what_the_colleagues_function_does(k):
    cells = Course.find().solution_cells(CHAPTER)
    names = loaded_with({"np": np})
    (cell,) = [c for c in cells if "def colleagues_gradients" in c]
    exec(cell.split("@when_written")[0], names)
    a, b = names["Variable"](2.0, "a"), names["Variable"](3.0, "b")
    expression = EXPRESSIONS[k](a, b)
    names["Session"]().run(expression)
    theirs, ours = names["colleagues_gradients"](expression), names["gradients"](expression)
    wrong = any(theirs[node] != grad for node, grad in ours.items())
    structure = LocalFunctions({}).call(STRUCTURE, kept(expression)).value
    exposed = [not why_not_exposing(structure, item) for item in (TOO_EARLY, ONE_PART)]
    both_bugs = k == 6
    assert any(exposed) == (wrong and not both_bugs)


def kept(thing):
    """A handle on an object of this process."""
    return LocalFunctions({"it": lambda: thing}).keep("it")


@pytest.mark.parametrize("expression, told", [
    (lambda a, b: 3.0, "no expression"),
    (lambda a, b: a - b, "no expression"),
    (lambda a, b: a + (a - b), "Use + and * only"),
])
def test_expression_that_is_none_is_told_why(expression, told):
    names = reference_of(CHAPTER)
    given = expression(names["Variable"](2.0, "a"), names["Variable"](3.0, "b"))
    structure = LocalFunctions({}).call(STRUCTURE, kept(given)).value
    assert told in why_not_exposing(structure, TOO_EARLY)
