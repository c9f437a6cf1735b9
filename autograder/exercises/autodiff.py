"""Exercises of 08_autodiff. Its single operations are in `autograder.exercises.operations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from autograder.checking.exercise import PRECISION, Case, Exercise, question
from autograder.exercises.autodiff_hints import HINTS
from autograder.exercises.inputs import unusual
from autograder.exercises.node_graphs import (
    GIVEN,
    fresh_graph,
    told,
)
from autograder.exercises.operations import (
    ADD,
    DIVIDE,
    LOG,
    MATMUL,
    MAXIMUM,
    MULTIPLY,
    REDUCE_SUM,
)
from autograder.exercises.own_order import ORDER_OF
from autograder.exercises.running_graphs import (
    CYCLE,
    DEEP,
    EVALUATE,
    FED,
    LIST,
    NO_VALUE,
    ORDER,
    UNKNOWN,
    VALUE,
    order_cases,
    session_cases,
)
from autograder.exercises.walking_back import (
    AGAIN,
    KEPT,
    NO_PATH,
    ONCE,
    SOUGHT,
    STEP,
    STEPS,
    TWICE,
    WHICH,
    gradients_cases,
    optimizer_cases,
)
from autograder.kit.functions import Functions
from autograder.kit.plain import Source

IN_FRONT = "new axes in front"
OF_SIZE_1 = "axes of size 1"
BOTH = "both, or none"
TOO_EARLY = "visited too early"
ONE_PART = "one part is lost"


# unbroadcast

SHAPES: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    (IN_FRONT, (4, 3), (3,)),
    (IN_FRONT, (2, 4, 3), (3,)),
    (IN_FRONT, (3, 3), (3,)),
    (IN_FRONT, (4, 3), ()),
    (OF_SIZE_1, (4, 3), (4, 1)),
    (OF_SIZE_1, (4, 3), (1, 3)),
    (OF_SIZE_1, (2, 4, 3), (1, 4, 1)),
    (OF_SIZE_1, (4, 3), (1, 1)),
    (OF_SIZE_1, (3, 3, 3), (3, 1, 3)),
    (BOTH, (4, 3), (4, 3)),
    (BOTH, (2, 4, 3), (4, 1)),
    (BOTH, (5, 4, 3, 2), (1, 3, 1)),
    (BOTH, (4, 1), (1,)),
    (BOTH, (3, 3, 3), (3, 1)),
    (BOTH, (), ()),
    (BOTH, (0, 3), (1,)),
    (BOTH, (3, 5, 4, 2), (1, 2)),
)


def unbroadcast_cases(rng: np.random.Generator) -> list[Case]:
    """Every way in which a shape is broadcast."""
    cases = [
        Case(f"shape {shape} was broadcast to {full}",
             {"grad": np.asarray(rng.standard_normal(full)), "shape": shape}, item=item)
        for item, full, shape in SHAPES
    ]
    odd = unusual({"grad": rng.standard_normal((3, 4))})
    cases.append(Case("a read-only array that is not contiguous", {**odd, "shape": (1, 4)},
                      item=OF_SIZE_1))
    return cases


# exposing_expressions

STRUCTURE = Source("""lambda root: (lambda nodes: [
    [nodes.append(x) for x in getattr(node, 'inputs', ()) if not any(x is n for n in nodes)]
    for node in nodes if len(nodes) < 200] and [
    [type(node).__name__, str(getattr(node, 'name', node)),
     [[k for k, n in enumerate(nodes) if n is x][0] for x in getattr(node, 'inputs', ())],
     0.0 if getattr(node, 'inputs', ()) else float(np.sum(getattr(node, 'output_value', 0.0)))]
    for node in nodes])([root])""")
"""For each node of an expression: its class, its name, the places of its inputs, a leaf's value."""
SIGNS = {"Add": "+", "Multiply": "*"}
KINDS = tuple(row.name for row in (DIVIDE, MATMUL, LOG, REDUCE_SUM, MAXIMUM))
MOST_NODES = 100


def exposing(item: str) -> Callable:
    """Play exposing_expressions, and say what is wrong with one of its expressions."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        with fresh_graph(functions):
            a, b = (functions.keep("Variable", 2.0, name) for name in "ab")
            both = functions.keep("exposing_expressions", a, b)
            found: list[Any] = [functions.call(STRUCTURE, both.part(k)).value for k in (0, 1)]
        trouble = why_not_exposing(found[(TOO_EARLY, ONE_PART).index(item)], item)
        return ([trouble, " and ".join(spelled(nodes) for nodes in found)],) * 2

    return play


def why_not_exposing(nodes, item: str) -> str:
    """What is wrong with an expression that should expose one of the colleague's bugs, or ''."""
    if not isinstance(nodes, list) or nodes[0][0] not in ("Add", "Multiply", "Variable"):
        return "This is no expression of a and b that ends in a sum or a product."
    if len(nodes) > MOST_NODES:
        return f"More than {MOST_NODES} nodes: a much smaller expression will do."
    strange = [kind for kind, *_ in nodes if kind not in (*SIGNS, "Variable", "Constant")]
    if strange:
        found = strange[0] if strange[0] in KINDS else "node of another kind"
        return f"There is a {found} in this expression. Use + and * only."
    twice = any(len(taken) == 2 and taken[0] == taken[1] for _, _, taken, _ in nodes)
    early = _visited_early(nodes)
    alike = "" if _all_different(nodes) else (
        " Each + and each * makes a new node, also where the same is written twice: to use one "
        "node twice, give it a name.")
    if item == TOO_EARLY and twice:
        return ("An operation in this expression has the same node as both inputs, so that it "
                "may be the lost part that shows. Give every operation two different inputs.")
    if item == TOO_EARLY and not early:
        return ("Every node in this expression is visited when everything has come back to it, so "
                "that the function is right." + alike)
    if item == ONE_PART and early:
        return ("A node in this expression is visited before everything has come back to it, so "
                "that it may be the order that shows.")
    if item == ONE_PART and not twice:
        return "No part is lost in this expression, so that the function is right." + alike
    if not _goes_wrong(nodes):
        return "The part that is lost is 0 in this expression, so that the function is right."
    return ""


def _goes_wrong(nodes: list) -> bool:
    """Whether the colleague's function finds other numbers for a variable than the right ones."""
    users = _users(nodes)

    @cache
    def value(k: int) -> float:
        kind, _, taken, number = nodes[k]
        if not taken:
            return number
        left, right = map(value, taken)
        return left + right if kind == "Add" else left * right

    def slope(user: int, place: int) -> float:
        kind, _, taken, _ = nodes[user]
        return 1.0 if kind == "Add" else value(taken[1 - place])

    @cache
    def right(k: int) -> float:
        return 1.0 if k == 0 else sum(
            slope(user, place) * right(user) for user in users[k]
            for place, other in enumerate(nodes[user][2]) if other == k)

    found, queue = {0: 1.0}, [0]
    for k in queue:
        for other in nodes[k][2]:
            if other not in found:
                found[other] = sum(slope(user, nodes[user][2].index(other)) * found[user]
                                   for user in users[other] if user in found)
                queue.append(other)
    return any(abs(found[k] - right(k)) > 1e-9 * (1 + abs(right(k)))
               for k, (kind, *_) in enumerate(nodes) if kind == "Variable")


def _users(nodes: list) -> dict[int, set[int]]:
    """The nodes that use a node, by number."""
    users: dict[int, set[int]] = {}
    for k, (_, _, taken, _) in enumerate(nodes):
        for other in taken:
            users.setdefault(other, set()).add(k)
    return users


def _all_different(nodes: list) -> bool:
    """Whether no two operations do the same with the same inputs."""
    made = [(kind, tuple(taken)) for kind, _, taken, _ in nodes if taken]
    return len(set(made)) == len(made)


def _visited_early(nodes: list) -> bool:
    """Whether the colleague's function visits a node before all that use it are known."""
    users = _users(nodes)
    known, queue = {0}, [0]
    for k in queue:
        for other in nodes[k][2]:
            if other not in known:
                if users[other] - known:
                    return True
                known.add(other)
                queue.append(other)
    return False


def spelled(nodes: list, k: int = 0, depth: int = 0) -> str:
    """An expression as it might be written."""
    kind, name, taken, _ = nodes[k]
    if depth > 6 or kind not in SIGNS or len(taken) != 2:
        return name
    left, right = (spelled(nodes, other, depth + 1) for other in taken)
    return f"({left} {SIGNS[kind]} {right})"


def exposing_cases(rng: np.random.Generator) -> list[Case]:
    """Each of the two expressions."""
    return [Case("the expressions you give", item=item, play=exposing(item), judge=told)
            for item in (TOO_EARLY, ONE_PART)]


RECAP = ("two_answers", "calls", "shape")

EXERCISES = [
    Exercise("predict_broadcast", "()", ("slopes",), {"slopes": 1}, question("the sum above")),
    Exercise("unbroadcast", "(grad, shape)", ("grad",),
             {IN_FRONT: 1, OF_SIZE_1: 1, BOTH: 1, PRECISION: 1}, unbroadcast_cases),
    ADD,
    MULTIPLY,
    DIVIDE,
    MATMUL,
    LOG,
    REDUCE_SUM,
    Exercise("topological_order", "(node)", ("order",), {ORDER: 1, DEEP: 1, CYCLE: 1}, order_cases,
             uses=GIVEN),
    Exercise("Session", "()", ("values", "values of the list", "evaluations"),
             {VALUE: 1, LIST: 1, NO_VALUE: 1, UNKNOWN: 1, FED: 1, EVALUATE: 1}, session_cases,
             uses=(*GIVEN, ORDER_OF)),
    Exercise("gradients", "(loss, wrt=None)", ("nodes", *(f"d{name}" for name in SOUGHT)),
             {ONCE: 1, TWICE: 1, DEEP: 1, AGAIN: 1, WHICH: 1, NO_PATH: 1}, gradients_cases,
             uses=(*GIVEN, ORDER_OF)),
    Exercise("exposing_expressions", "(a, b)", ("too_early", "one_part"),
             {TOO_EARLY: 1, ONE_PART: 1}, exposing_cases, uses=GIVEN),
    Exercise("GradientDescentOptimizer", "(learning_rate)", ("a", "b", "loss"),
             {STEP: 1, STEPS: 1, KEPT: 1}, optimizer_cases, uses=(*GIVEN, "gradients")),
    MAXIMUM,
    Exercise("recap_autodiff", "()", RECAP, dict.fromkeys(RECAP, 1),
             question("the three questions")),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
