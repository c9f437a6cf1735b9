"""The framework of 08: one mistake costs once, at every seed; the judge of the two expressions."""

from typing import Any

import numpy as np
import pytest

from autograder.checking.result import WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course, reference_functions
from autograder.examination.right.autodiff import order_colours, order_graphlib, order_kahn
from autograder.exercises.autodiff import ONE_PART, STRUCTURE, TOO_EARLY, why_not_exposing
from autograder.exercises.walking_back import AGAIN, DEEP, NO_PATH, TWICE
from autograder.kit.functions import LocalFunctions
from autograder.live import check_by_name
from autograder.mistakes import mistakes_of
from autograder.mistakes.autodiff import asked_for, is_a, order_when_met, sent_back
from autograder.tests.keys import keys_of, reference_of

CHAPTER = "08_autodiff"
OPERATIONS = ("Add", "Multiply", "Divide", "MatMul", "Log", "ReduceSum", "Maximum")
WITH_GRAPHS = ("topological_order", "Session", "gradients", "exposing_expressions",
               "GradientDescentOptimizer")
BROADCAST = ("Add", "Multiply", "Divide", "Maximum")


@pytest.mark.slow
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


@pytest.mark.parametrize("mistake", mistakes_of(CHAPTER)["topological_order"],
                         ids=lambda mistake: mistake.name)
@pytest.mark.parametrize("name", ["Session", "gradients"])
def test_wrong_order_is_no_mistake_of_what_is_built_on_it(name, mistake):
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(
        loaded_with(mistake.functions)))
    assert not [item for item in result.items if item.status == WRONG], str(result)


@pytest.mark.parametrize("name", ["Session", "gradients"])
def test_own_mistake_beside_a_wrong_order_is_told(name):
    (wrong,) = [m for m in mistakes_of(CHAPTER)["topological_order"]
                if m.name == "breadth-first order, read backwards"]
    (own,) = [m for m in mistakes_of(CHAPTER)[name]
              if m.name in ("a single node gets a list", "the keys are names")]
    names = {**loaded_with(wrong.functions), **own.functions}
    result = run_check(keys_of(CHAPTER, "hidden")[name], LocalFunctions(names))
    assert [item for item in result.items if item.status == WRONG], str(result)


@pytest.mark.parametrize("name", ["Add", "Multiply", "Divide", "Maximum"])
def test_value_of_a_node_that_is_changed_in_place_is_told(name):
    Right: Any = reference_of(CHAPTER)[name]

    class Odd(Right):
        def compute_output(self):
            out = super().compute_output()
            self.inputs[0].output_value[...] = 0.0
            return out

    item = items_of(name, **{name: Odd})["forward"]
    assert item.points == 0 and "x is not what it was" in item.message


def test_expressions_in_which_nothing_is_lost_expose_nothing():
    items = items_of("exposing_expressions",
                     exposing_expressions=lambda a, b: (a + 0 * (a * b), 0 * (a * a)))
    assert all("is 0 in this expression" in item.message for item in items.values())


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


def items_of(name: str, **functions) -> dict:
    """The items of a check in which some functions of the chapter are others."""
    names = LocalFunctions({**reference_of(CHAPTER), **functions})
    return {item.name: item for item in run_check(keys_of(CHAPTER, "hidden")[name], names).items}


@pytest.mark.parametrize("order", [order_kahn, order_graphlib, order_colours])
def test_adding_in_place_is_known_in_every_order(order):
    def in_place(loss, wrt=None):
        found = {loss: np.ones_like(loss.output_value, dtype=float)}
        for node in reversed(order(loss)):
            if is_a(node, "Operation"):
                for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                    if other in found:
                        found[other] += part
                    else:
                        found[other] = part
        return asked_for(found, loss, wrt)

    items = items_of("gradients", gradients=in_place)
    assert items[TWICE].mistake == "parts are added into an array that others have"
    assert [name for name, item in items.items() if item.points == 0] == [TWICE]


@pytest.mark.parametrize("begins", ["anew", "with what is there"])
def test_gradients_kept_in_the_nodes_are_known(begins):
    def kept_there(loss, wrt=None):
        there = getattr(loss, "grad", 0.0) if begins != "anew" else 0.0
        loss.grad = there + np.ones_like(loss.output_value, dtype=float)
        order = order_kahn(loss)
        for node in reversed(order):
            if is_a(node, "Operation"):
                for other, part in zip(node.inputs, node.compute_gradient(node.grad)):
                    other.grad = getattr(other, "grad", 0.0) + part
        return asked_for({node: node.grad for node in order}, loss, wrt)

    items = items_of("gradients", gradients=kept_there)
    assert items[AGAIN].mistake == "gradients pile up from call to call"
    assert [name for name, item in items.items() if item.points == 0] == [AGAIN]


def test_silently_filtered_gradients_are_no_ignored_wrt():
    def filtered(loss, wrt=None):
        found = sent_back(loss)
        wrt = [n for n in found if is_a(n, "Variable")] if wrt is None else wrt
        return {n: found[n] for n in found if n in wrt}

    items = items_of("gradients", gradients=filtered)
    assert items[NO_PATH].mistake == "a node without a path is left out"
    assert [name for name, item in items.items() if item.points == 0] == [NO_PATH]


def test_overwriting_in_a_wrong_order_is_no_constant_factor():
    def overwriting(loss, wrt=None):
        found = sent_back(loss, order_when_met(loss)[::-1], add=lambda old, new: new)
        return asked_for(found, loss, wrt)

    assert "times what it should be" not in items_of("gradients", gradients=overwriting)[
        DEEP].mistake


def test_step_with_a_loss_that_is_run_once_more_says_what_is_missing():
    names = loaded_with({})
    variable, x = names["Variable"](2.0), names["Placeholder"]("photos")
    loss = variable * x
    step = names["Action"](lambda: names["Session"]().run(loss), loss)
    with pytest.raises(ValueError, match="photos has no value"):
        names["Session"]().run(step, {x: 3.0})


@pytest.mark.parametrize("name", ["Divide", "MatMul", "Log", "Session"])
def test_operators_of_a_node_are_no_use_of_the_operations(name):
    RightAdd: Any = reference_of(CHAPTER)["Add"]

    class Add(RightAdd):
        def compute_output(self):
            return 0.0

    names = loaded_with({})
    names["Add"] = Add
    right = names[name]
    names[name] = type(name, (right,), {"compute_output": lambda self: 0.0,
                                        "run": lambda self, nodes, feed_dict=None: 0.0})
    result = check_by_name(name, names)
    assert result.points < result.max_points
    assert not [note for note in result.notes if "mended" in note]


def test_matrix_product_in_place_of_a_product_is_not_blamed_on_a_gradient():
    RightMultiply: Any = reference_of(CHAPTER)["Multiply"]

    class Odd(RightMultiply):
        def compute_output(self):
            x, y = self.input_values()
            return x @ y if x.shape == y.shape else np.multiply(x, y)

    item = items_of("Multiply", Multiply=Odd)["forward"]
    assert "dx" not in item.explanation + item.mistake


def test_what_raises_in_some_cases_has_the_name_of_the_exercise():
    RightMultiply: Any = reference_of(CHAPTER)["Multiply"]

    class Odd(RightMultiply):
        def compute_output(self):
            if len(self.inputs[0].output_value.shape) == 3:
                raise RuntimeError
            return super().compute_output()

    assert "Multiply is right in 2 of 3 cases" in items_of("Multiply", Multiply=Odd)[
        "forward"].explanation


def test_cases_that_do_not_ask_for_an_output_are_not_counted():
    def odd(loss, wrt=None):
        return {node: grad + (node.name == "e") for node, grad in right(loss, wrt).items()}

    right = reference_of(CHAPTER)["gradients"]
    item = items_of("gradients", gradients=odd)[TWICE]
    assert item.message.startswith("de") and "right in" not in item.explanation


def test_optimizer_that_runs_the_loss_once_more_is_known():
    names = loaded_with({})
    Right: Any = names["GradientDescentOptimizer"]

    class Unfed(Right):
        def minimize(self, loss):
            return names["Action"](lambda: names["Session"]().run(loss), loss)

    names["GradientDescentOptimizer"] = Unfed
    result = run_check(keys_of(CHAPTER, "hidden")["GradientDescentOptimizer"],
                       LocalFunctions(names))
    assert result.mistakes == ("the loss is run once more, without its data",), str(result)
