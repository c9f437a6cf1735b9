"""Draws of 08_autodiff: broadcasts over every axis, and graphs of random form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values
from autograder.examination.draws.asking import complaint, parts, told
from autograder.examination.draws.node_graphs import (
    ROUND_A_CYCLE,
    Functions,
    deep,
    grown,
    known,
    special_of,
    with_values,
)

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


def broadcast_from(rng: np.random.Generator, full: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that is broadcast to `full`: some axes in front are gone, some others have size 1."""
    kept = full[int(rng.integers(len(full) + 1)):] if rng.random() < 0.5 else full
    return tuple(1 if rng.random() < 0.4 else size for size in kept)


@draws("unbroadcast")
def unbroadcast(rng):
    full = sizes(rng, int(rng.integers(5)), most=4)
    (grad,) = unusual(rng, values(rng, full))
    return grad, broadcast_from(rng, full)


# Operations


def two_inputs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays that are broadcast to one shape, often both of them."""
    full = sizes(rng, int(rng.integers(4)), most=4)
    x, y = (values(rng, broadcast_from(rng, full)) for _ in range(2))
    if rng.random() < 0.2:
        y = x.copy()
    x, y = unusual(rng, x, y)
    return x, y


def asked(
    functions: Functions, rng: np.random.Generator, name: str, inputs: tuple, compute: Callable,
    *options, **named,
) -> tuple:
    """What an operation computes and sends back, and what its inputs are afterwards.

    On the way back the node has the right value, whatever was computed before.
    """
    with functions["Graph"]():
        nodes = [functions["Constant"](value) for value in inputs]
        node = functions[name](*nodes, *options, **named)
        out = told(node.compute_output)
        with np.errstate(all="ignore"):
            node.output_value = np.asarray(compute(*(other.output_value for other in nodes)))
        grad = values(rng, node.output_value.shape)
        back = told(node.compute_gradient, grad.copy())
        again = told(node.compute_gradient, grad.copy())
    after = (node.output_value for node in nodes)
    return (*parts(back, len(inputs)), out, *parts(again, len(inputs)), *after)


def observed(name: str, compute: Callable, drawn: Callable) -> None:
    """Enter the observation of an operation."""
    @observes(name)
    def operation(functions, rng):
        return asked(functions, rng, name, drawn(rng), compute)


def away_from_0(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs, of which the second may be divided by."""
    x, y = two_inputs(rng)
    return x, np.asarray(np.where(y == 0, 0.5, y))


def without_ties(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs that are nowhere equal."""
    x, y = two_inputs(rng)
    while np.any(x == y):
        y = np.asarray(y + 0.37)
    return x, y


def ties(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs that are everywhere equal, at times one of them broadcast."""
    x = values(rng, sizes(rng, int(rng.integers(4)), most=4))
    if rng.random() < 0.3:
        x = np.full(x.shape, float(rng.normal()))
        both = x, np.asarray(x.flat[0])
        return both if rng.random() < 0.5 else both[::-1]
    return x, x.copy()


def two_matrices(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices that can be multiplied."""
    n, d, m = sizes(rng, 3, least=int(rng.random() > 0.1))
    x, w = unusual(rng, values(rng, (n, d)), values(rng, (d, m)))
    return x, w


def positive(rng: np.random.Generator) -> tuple[np.ndarray]:
    """Numbers that have a logarithm, tiny ones and large ones among them, and 0 at times."""
    shape = sizes(rng, int(rng.integers(4)), most=4)
    x = np.exp(rng.normal(0, 20 if rng.random() < 0.5 else 1, shape))
    if rng.random() < 0.1:
        x = np.where(rng.random(shape) < 0.3, 0.0, x)
    (x,) = unusual(rng, np.asarray(x))
    return (x,)


observed("Add", np.add, two_inputs)
observed("Multiply", np.multiply, two_inputs)
observed("Divide", np.divide, away_from_0)
observed("MatMul", np.matmul, two_matrices)
observed("Log", np.log, positive)


@observes("Maximum")
def maximum(functions, rng):
    found = asked(functions, rng, "Maximum", without_ties(rng), np.maximum)
    return {"dx": found[0], "dy": found[1], "out": found[2], "more": found[3:],
            "a tie": asked(functions, rng, "Maximum", ties(rng), np.maximum)}


@observes("ReduceSum")
def reduce_sum(functions, rng):
    shape = sizes(rng, int(rng.integers(1, 5)), least=int(rng.random() > 0.1), most=4)
    axis = None if rng.random() < 0.3 else int(rng.integers(-len(shape), len(shape)))
    named: dict[str, Any] = {} if axis is None and rng.random() < 0.5 else {"axis": axis}
    if rng.random() < 0.5:
        named["keepdims"] = bool(rng.integers(2))
    return asked(functions, rng, "ReduceSum", unusual(rng, values(rng, shape)),
                 lambda x: np.sum(x, **named), **named)


# Graphs


def order_told(functions: Functions, node) -> str:
    """Whether a topological order is one, in words."""
    try:
        order = functions["topological_order"](node)
        if not isinstance(order, list):
            return f"a {type(order).__name__}"
        place = {other: k for k, other in enumerate(order)}
        wanted = known(node)
        if len(place) < len(order) or place.keys() != set(wanted):
            return "other nodes"
        right = all(place[other] < place[user] for user in wanted for other in user.inputs)
        return "an order" if right and order[-1] is node else "no order"
    except Exception as error:
        return f"raises {type(error).__name__}"


@observes("topological_order")
def topological_order(functions, rng):
    found: dict[str, Any] = {"inputs first": None, "a deep graph": None, "a cycle": None}
    with functions["Graph"]():
        if rng.random() < 0.1:
            return {**found, "a deep graph": order_told(functions, deep(functions, rng)[-1])}
        leaves, operations, _ = grown(functions, rng)
        nodes = [*leaves, *operations]
        some = nodes[rng.integers(len(nodes))]
        found["inputs first"] = tuple(
            order_told(functions, node) for node in (nodes[-1], some, nodes[-1]))
        if not operations:
            return found
        first = operations[rng.integers(len(operations))]
        last = operations[-1]
        around = [n for n in known(last) if first in known(n) and n.inputs]
        if not around:  # the last one does not depend on it
            return found
        place = int(rng.integers(len(first.inputs)))
        first.inputs = (*first.inputs[:place], last, *first.inputs[place + 1:])
        around = [node for node in known(last) if any(last is n for o in node.inputs
                                                      for n in known(o))]
        for node in operations:
            node.reads, node.most = 0, ROUND_A_CYCLE
        found["a cycle"] = complaint(lambda: functions["topological_order"](last),
                                     [node.name for node in around])
        return found


@observes("Session")
def session(functions, rng):
    with functions["Graph"]():
        leaves, operations, shape = grown(functions, rng)
        nodes = [*leaves, *operations]
        feeds = {n: rng.uniform(-1.2, 1.2, shape) for n in leaves
                 if type(n).__name__ == "Placeholder"}
        chosen = [nodes[k] for k in rng.integers(len(nodes), size=rng.integers(1, 4))]
        asking = functions["Session"]()
        first = told(asking.run, nodes[-1], feeds)
        listed = told(asking.run, chosen, dict(feeds))
        empty = told(asking.run, [], feeds)
        value: list[Any] = [first, len(feeds)]
        counts = [node.count for node in operations]
        missing = None
        if feeds:
            other = next(iter(feeds))
            fewer = {node: value for node, value in feeds.items() if node is not other}
            if other in known(nodes[-1]):
                missing = complaint(lambda: asking.run(nodes[-1], fewer), [other.name])
            else:
                value += [told(asking.run, nodes[-1], fewer)]
            fewer[other] = (float(rng.uniform(-1.2, 1.2)) if rng.random() < 0.3
                            else rng.uniform(-1.2, 1.2, shape))
            value += [told(asking.run, nodes[-1], fewer)]
        elif rng.random() < 0.5:
            value += [told(asking.run, nodes[-1])]
        wrong = next((n for n in nodes if n not in feeds), "a word")
        wrong = "a word" if rng.random() < 0.3 else wrong
        given = list({**feeds, wrong: np.ones(shape)}.items())
        rng.shuffle(given)
        unknown = complaint(lambda: asking.run(nodes[-1], dict(given)), [str(wrong)])
        for node in leaves:
            if type(node).__name__ == "Variable":
                node.output_value = -node.output_value
        value += [told(functions["Session"]().run, nodes[-1], feeds)]
        number = functions["Placeholder"]("number")
        fed = told(asking.run, number, {number: float(rng.normal())})
        special = special_of(functions)(leaves[0])
        evaluated = told(asking.run, special, feeds), special.calls
    return {"values": first, "values of the list": listed, "evaluations": counts,
            "a value": value, "a list, each operation once": (listed, empty, counts),
            "a placeholder without a value": missing, "an unknown feed": unknown,
            "what is fed is an array": (fed, type(number.output_value).__name__),
            "by evaluate()": evaluated}


def by_name(found) -> object:
    """A dict of gradients as plain data, or what came in its place."""
    if not isinstance(found, dict):
        return f"a {type(found).__name__}"
    pairs = [(getattr(node, "name", "no node"), grad) for node, grad in found.items()]
    return {name: grad for name, grad in sorted(pairs, key=lambda pair: str(pair[0]))}


@observes("gradients")
def gradients(functions, rng):
    found: dict[str, Any] = dict.fromkeys((
        "nodes", "da", "db", "de", "dp", "dx", "a deep graph", "asked twice", "which nodes",
        "no path to the loss"))
    find: Callable = functions["gradients"]

    def ask(*given):
        return told(lambda: by_name(find(*given)))

    with functions["Graph"]():
        if rng.random() < 0.1:
            nodes = deep(functions, rng)
            with_values(nodes[:1], nodes[1:], rng, (2,))
            return {**found, "a deep graph": grad_of(ask(nodes[-1]), nodes[0])}
        leaves, operations, shape = grown(functions, rng)
        with_values(leaves, operations, rng, shape)
        nodes = [*leaves, *operations]
        loss = nodes[-1]
        variables = [node for node in leaves if type(node).__name__ == "Variable"]
        first, second = ask(loss), ask(loss)
        reached = [node for node in known(loss) if rng.random() < 0.5]
        chosen = ask(loss, reached)
        for name, node in zip(("da", "db", "de"), variables):
            found[name] = grad_of(first, node)
        for name, node in zip(("dp", "dx"), reached):
            found[name] = grad_of(chosen, node)
        found["nodes"] = [sorted(map(str, grads)) if isinstance(grads, dict) else grads
                          for grads in (first, chosen)]
        found["which nodes"] = (first, chosen)
        lost = [node for node in nodes if node not in known(loss)]
        lost += [functions["Variable"](np.ones(shape), name="alone")]
        named: list[Any] = []
        trouble = complaint(lambda: named.append(ask_plainly(find, loss, [*reached, lost[0]])),
                            [lost[0].name])
        found["no path to the loss"] = (trouble, named)
        after = [np.asarray(node.output_value) for node in nodes]
        for node in variables:
            node.output_value = -0.7 * node.output_value
        with_values(leaves, operations, rng, shape)
        found["asked twice"] = (first, second, after, ask(loss))
    return found


def grad_of(found, node):
    """The gradient of a node by its name; words, where there is no dict of gradients."""
    return found.get(node.name) if isinstance(found, dict) else found


def ask_plainly(find: Callable, *given) -> list[str]:
    """The names of the nodes in a dict of gradients, if none of its errors comes."""
    found = by_name(find(*given))
    return sorted(map(str, found)) if isinstance(found, dict) else [str(found)]


@observes("exposing_expressions")
def exposing_expressions(functions, rng):
    """What a colleague's gradients and right ones have to do with each other, in words."""
    try:
        with functions["Graph"]():
            a, b = (functions["Variable"](float(v), n) for v, n in zip(rng.uniform(1, 2, 2), "ab"))
            too_early, one_part = functions["exposing_expressions"](a, b)
            return tuple(exposed(expression) for expression in (too_early, one_part))
    except Exception as error:
        return (f"raises {type(error).__name__}",) * 2


def exposed(expression) -> str:
    """Which of the two bugs shows in an expression."""
    order = known(expression)
    kinds = {type(node).__name__ for node in order if node.inputs}
    if not kinds <= {"Add", "Multiply"} or len({n.name for n in order}) < len(order):
        return "other operations"
    evaluate(expression)
    right = slopes(expression, first_only=False, early=False)
    shows = [not np.allclose([found.get(n, 0.0) for n in right], list(right.values()))
             for found in (slopes(expression, first_only=False, early=True),
                           slopes(expression, first_only=True, early=False))]
    twice = any(len(set(node.inputs)) < len(node.inputs) for node in order)
    return f"early {shows[0]}, part {shows[1]}, twice {twice}"


def evaluate(node) -> None:
    """Compute the value of a node, and all that it needs."""
    for other in node.inputs:
        evaluate(other)
    if node.inputs:
        node.evaluate()


def slopes(expression, first_only: bool, early: bool) -> dict:
    """Gradients of everything, with one of the colleague's bugs, or with none."""
    order = known(expression)
    users = {node: [user for user in order if node in user.inputs] for node in order}
    found: dict[Any, Any] = {expression: np.ones(())}
    if not early:
        while len(found) < len(order):
            for node in order:
                if node not in found and all(user in found for user in users[node]):
                    found[node] = sent(node, users[node], found, first_only)
        return found
    queue = [expression]
    for node in queue:
        for other in node.inputs:
            if other not in found:
                met = [user for user in users[other] if user in found]
                found[other] = sent(other, met, found, first_only)
                queue.append(other)
    return found


def sent(node, users: list, found: dict, first_only: bool):
    """What comes back to a node from its users."""
    total = np.zeros(())
    for user in users:
        back = [part for part, other in zip(user.compute_gradient(found[user]), user.inputs)
                if other is node]
        total = total + (back[0] if first_only else sum(back))
    return total


@observes("GradientDescentOptimizer")
def gradient_descent(functions, rng):
    with functions["Graph"]():
        leaves, operations, shape = grown(functions, rng, single=True)
        variables = [node for node in leaves if type(node).__name__ == "Variable"]
        kept = [node.output_value for node in variables]
        copies = [array.copy() for array in kept]
        loss, asking = operations[-1], functions["Session"]()
        rate = float(rng.choice([0.01, 0.1, 0.5]))
        step = told_node(functions["GradientDescentOptimizer"](rate), loss)
        if isinstance(step, str):
            return dict.fromkeys(("a", "b", "loss", "more", "what stays as it is"), step)
        losses, rest = [], [node for node in leaves if node not in variables]
        for _ in range(int(rng.integers(1, 4))):
            feeds = {n: rng.uniform(-1.2, 1.2, shape) for n in leaves
                     if type(n).__name__ == "Placeholder"}
            losses.append(told(asking.run, step, feeds))
        moved = [told(lambda node=node: node.output_value) for node in variables]
        others = [told(lambda node=node: node.output_value) for node in rest]
        same = all(np.array_equal(a, b) for a, b in zip(kept, copies))
    a, b = (moved + [None, None])[:2]
    return {"a": a, "b": b, "loss": losses[-1], "more": (moved, losses, others),
            "what stays as it is": (others, "kept" if same else "overwritten")}


def told_node(optimizer, loss):
    """The node that minimize returns, or the kind of its exception."""
    try:
        return optimizer.minimize(loss)
    except Exception as error:
        return f"raises {type(error).__name__}"
