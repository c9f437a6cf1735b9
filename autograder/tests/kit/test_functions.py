"""Objects that stay with the student's code: the same in a notebook and behind the wall."""

import numpy as np
import pytest

from autograder.grading.jail.engine import Engine
from autograder.kit.functions import LocalFunctions
from autograder.kit.limits import Limits
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError

CELL = """
import numpy as np

class Node:
    def __init__(self, name):
        self.name, self.inputs, self.params = name, [], {"w": np.array([1.0, 2.0])}
    def __add__(self, other):
        node = Node(f"{self.name}+{other.name}")
        node.inputs = [self, other]
        return node
    def scaled(self, by):
        by *= 2
        return self.params["w"] * by
    def fails(self):
        return 1 / 0
    @property
    def awkward(self):
        raise RuntimeError("not today")

def names(nodes): return [node.name for node in nodes]
def values(feed): return {node.name: array for node, array in feed.items()}
def by_node(nodes): return {node: float(k) for k, node in enumerate(nodes)}
def inside(pair): return pair[0].name, pair[1]["deep"][0].name
def same(a, b): return a is b

class Unhashable:
    __hash__ = None

class Trap(dict):
    def __contains__(self, key): return True
    def __getitem__(self, key): raise SystemExit
    def __setitem__(self, key, value): raise SystemExit
def trap(): return Trap()
"""


@pytest.fixture(scope="module")
def remote(level):
    with Engine(level, Limits()) as engine, engine.worker() as worker:
        worker.run(CELL)
        yield worker.functions


@pytest.fixture(scope="module")
def local():
    namespace: dict = {}
    exec(CELL, namespace)
    return LocalFunctions(namespace)


@pytest.fixture(params=["local", "remote"])
def functions(request):
    return request.getfixturevalue(request.param)


def test_a_methods_result_stays_where_it_is(functions):
    node = functions.keep("Node", "a")
    total = node.keep("__add__", functions.keep("Node", "b"))
    assert total.attribute("name") == "a+b"
    assert total.keep_attribute("inputs").part(0).attribute("name") == "a"


def test_what_the_course_spells_works_on_kept_objects(functions):
    a, b = functions.keep("Node", "a"), functions.keep("Node", "b")
    plus = Source("lambda a, b, times: sum([b] * (times - 1), a + b)")
    assert functions.keep(plus, a, b, 3).attribute("name") == "a+b+b+b"
    assert functions.call(Source("lambda x: np.sin(x)"), 0.0).value == 0.0


def test_kept_objects_may_stand_in_lists_and_tuples(functions):
    a, b = functions.keep("Node", "a"), functions.keep("Node", "b")
    assert functions.call("names", [a, b, a]).value == ["a", "b", "a"]
    assert functions.call("names", (b,)).value == ["b"]
    assert functions.call("inside", (a, {"deep": [b]})).value == ("a", "b")


def test_kept_objects_may_be_keys(functions):
    a, b = functions.keep("Node", "a"), functions.keep("Node", "b")
    answer = functions.call("values", {a: np.array([1.0]), b: 2})
    assert answer.value["a"].tolist() == [1.0] and answer.value["b"] == 2
    assert answer.arguments == (None,)


def test_entry_of_a_kept_dict(functions):
    a, b, c = (functions.keep("Node", name) for name in "abc")
    found = functions.keep("by_node", [a, b])
    assert [found.part(node).value() for node in (b, a)] == [1.0, 0.0]
    with pytest.raises(StudentError, match="a dict without what was asked for"):
        found.part(c)
    with pytest.raises(StudentError, match="a dict without 'x'"):
        found.part("x")
    with pytest.raises(StudentError, match="a Node, where a dict is expected"):
        a.part("x")


def test_setting_an_entry_counts_at_once(functions):
    node = functions.keep("Node", "a")
    params = node.keep_attribute("params")
    assert params.part("w").value().tolist() == [1.0, 2.0]
    given = np.array([5.0])
    params.set_part("w", given)
    assert node.call("scaled", 2.0).value.tolist() == [20.0]
    assert params.part("w").value().tolist() == [5.0] and given.tolist() == [5.0]
    other = functions.keep("Node", "b")
    params.set_part("node", other)
    assert functions.call("same", params.part("node"), other).value is True


def test_entry_of_a_list_that_was_set_is_the_new_one(functions):
    nodes = functions.keep(Source("lambda a, b: [a, b]"), 1.0, 2.0)
    nodes.set_part(0, 7.0)
    assert nodes.part(0).value() == 7.0


def test_changes_of_a_methods_arguments_are_seen(functions):
    node = functions.keep("Node", "a")
    kept = node.keep("scaled", np.array([1.0, 1.0]))
    assert kept.arguments[0].tolist() == [2.0, 2.0]


@pytest.mark.parametrize("ask", [
    lambda f, node: node.keep("fails"),
    lambda f, node: node.keep("missing"),
    lambda f, node: node.keep_attribute("awkward"),
    lambda f, node: node.keep_attribute("missing"),
    lambda f, node: f.call("names", {f.keep("Unhashable"): 1.0}),
    lambda f, node: f.keep("trap").part("x"),
    lambda f, node: f.keep("trap").set_part("x", 1.0),
    lambda f, node: node.set_part("x", 1.0),
    lambda f, node: f.keep(Source("lambda: 1 / 0")),
], ids=range(9))
def test_whatever_an_object_does_is_the_students_error(functions, ask):
    with pytest.raises(StudentError):
        ask(functions, functions.keep("Node", "a"))
    assert functions.call("names", []).value == []
