"""Draws of 08_autodiff: broadcasts over every axis, and graphs of random form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values
from autograder.examination.draws.asking import complaint, parts, told

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)

Functions = Mapping[str, Callable]


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
    functions: Functions, rng: np.random.Generator, name: str, inputs: tuple, *options, **named,
) -> tuple:
    """What an operation computes and sends back, and what its inputs are afterwards."""
    with functions["Graph"]():
        nodes = [functions["Constant"](value) for value in inputs]
        node = functions[name](*nodes, *options, **named)
        out = told(node.compute_output)
        if isinstance(out, str):
            return (*[out] * len(inputs), out)
        node.output_value = out
        grad = values(rng, np.shape(out))
        back = told(node.compute_gradient, grad.copy())
        again = told(node.compute_gradient, grad.copy())
    after = (node.output_value for node in nodes)
    return (*parts(back, len(inputs)), out, *parts(again, len(inputs)), *after)


def observed(name: str, drawn: Callable) -> None:
    """Enter the observation of an operation of two inputs."""
    @observes(name)
    def operation(functions, rng):
        return asked(functions, rng, name, drawn(rng))


def away_from_0(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs, of which the second may be divided by."""
    x, y = two_inputs(rng)
    return x, np.asarray(np.where(y == 0, 0.5, y))


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


for _name, _drawn in (("Add", two_inputs), ("Multiply", two_inputs), ("Divide", away_from_0),
                      ("Maximum", two_inputs), ("MatMul", two_matrices), ("Log", positive)):
    observed(_name, _drawn)


@observes("ReduceSum")
def reduce_sum(functions, rng):
    shape = sizes(rng, int(rng.integers(1, 5)), least=int(rng.random() > 0.1), most=4)
    axis = None if rng.random() < 0.3 else int(rng.integers(-len(shape), len(shape)))
    named: dict[str, Any] = {} if axis is None and rng.random() < 0.5 else {"axis": axis}
    if rng.random() < 0.5:
        named["keepdims"] = bool(rng.integers(2))
    return asked(functions, rng, "ReduceSum", unusual(rng, values(rng, shape)), **named)


# Graphs


KINDS: dict[str, tuple[Callable, Callable]] = {
    "plus": (np.add, lambda grad, x, y: (grad, grad)),
    "times": (np.multiply, lambda grad, x, y: (grad * y, grad * x)),
    "dot": (np.matmul, lambda grad, x, y: (grad @ y.T, x.T @ grad)),
    "mix": (lambda x, y, z: 2 * x - y + 3 * z, lambda grad, x, y, z: (2 * grad, -grad, 3 * grad)),
    "hand": (lambda x: x, lambda grad, x: (grad,)),
    "half": (lambda x: x.copy() / 2, lambda grad, x: [grad / 2]),  # what was fed is an array
    "total": (np.sum, lambda grad, x: (np.full(np.shape(x), grad),)),
}
"""The value of an operation, and its gradients, both from the values of its inputs."""


def kinds_of(functions: Functions) -> dict[str, Callable]:
    """Operations of their own, of the classes that the chapter gives: name to class."""
    base: Any = functions["Operation"]

    def kind(compute: Callable, gradient: Callable) -> Callable:
        class Kind(base):
            count = 0

            def compute_output(self):
                self.count += 1
                return compute(*self.input_values())

            def compute_gradient(self, grad):
                return gradient(grad, *self.input_values())

        return Kind

    return {name: kind(*both) for name, both in KINDS.items()}


TAKES = {"plus": 2, "times": 2, "dot": 2, "mix": 3, "hand": 1, "half": 1}


def grown(
    functions: Functions, rng: np.random.Generator, single: bool | None = None
) -> tuple[list, list, tuple[int, int]]:
    """Leaves, operations and the shape of the values of a random graph.

    An operation takes any nodes that are there already, the newest one more often, and one node
    several times at times. The last one is a sum over everything at times, or if it is `single`.
    """
    kinds = kinds_of(functions)
    shape = (int(rng.integers(1, 4)),) * 2
    leaves = []
    for k in range(int(rng.integers(1, 5))):
        kind = ("Variable", "Variable", "Placeholder", "Constant")[rng.integers(4)]
        if kind == "Placeholder":
            leaves.append(functions[kind](name=f"leaf {k}"))
        else:
            leaves.append(functions[kind](rng.uniform(-1.2, 1.2, shape), name=f"leaf {k}"))
    nodes = list(leaves)
    for k in range(int(rng.integers(0 if single is None else 1, 9))):
        kind = str(rng.choice(list(TAKES)))
        taken = [nodes[-1] if rng.random() < 0.4 else nodes[rng.integers(len(nodes))]
                 for _ in range(TAKES[kind])]
        nodes.append(kinds[kind](*taken, name=f"{kind} {k}"))
    if single or (single is None and rng.random() < 0.5):
        nodes.append(kinds["total"](nodes[-1], name="total"))
    return leaves, nodes[len(leaves):], shape


def deep(functions: Functions, rng: np.random.Generator) -> list:
    """The nodes of a long chain, or of many diamonds in a row."""
    kinds = kinds_of(functions)
    nodes = [functions["Variable"](rng.uniform(-1.2, 1.2, 2), name="leaf")]
    for k in range(1500):
        if len(nodes) < 1500 and k % 2:
            nodes.append(kinds["half"](nodes[-1], name=f"half {k}"))
        nodes.append(kinds["plus"](nodes[-1], nodes[-1], name=f"plus {k}"))
    return nodes


def known(node) -> list:
    """Everything that a node depends on, and itself, in some order."""
    found = {node: None}
    pending = [node]
    for other in pending:
        new = [n for n in dict.fromkeys(other.inputs) if n not in found]
        found |= dict.fromkeys(new)
        pending += new
    return list(found)


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
    with functions["Graph"]():
        if rng.random() < 0.03:
            return (order_told(functions, deep(functions, rng)[-1]),)
        leaves, operations, _ = grown(functions, rng)
        nodes = [*leaves, *operations]
        some = nodes[rng.integers(len(nodes))]
        orders = [order_told(functions, node) for node in (nodes[-1], some, nodes[-1])]
        if not operations:
            return tuple(orders)
        first = operations[rng.integers(len(operations))]
        last = operations[-1]
        around = [n for n in known(last) if first in known(n) and n.inputs]
        if not around:  # the last one does not depend on it
            return tuple(orders)
        place = int(rng.integers(len(first.inputs)))
        first.inputs = (*first.inputs[:place], last, *first.inputs[place + 1:])
        around = [node for node in known(last) if any(last is n for o in node.inputs
                                                      for n in known(o))]
        return (*orders, complaint(lambda: functions["topological_order"](last),
                                   [node.name for node in around]))


@observes("Session")
def session(functions, rng):
    with functions["Graph"]():
        leaves, operations, shape = grown(functions, rng)
        nodes = [*leaves, *operations]
        feeds = {n: rng.uniform(-1.2, 1.2, shape) for n in leaves
                 if type(n).__name__ == "Placeholder"}
        chosen = [nodes[k] for k in rng.integers(len(nodes), size=rng.integers(1, 4))]
        asking = functions["Session"]()
        found: list[Any] = [told(asking.run, nodes[-1], feeds),
                            told(asking.run, chosen, dict(feeds)),
                            told(asking.run, [], feeds), len(feeds)]
        counts = [node.count for node in operations]
        if feeds:
            other = next(iter(feeds))
            fewer = {node: value for node, value in feeds.items() if node is not other}
            found += [told(asking.run, nodes[-1], fewer) if other not in known(nodes[-1]) else
                      complaint(lambda: asking.run(nodes[-1], fewer), [other.name])]
            fewer[other] = (float(rng.uniform(-1.2, 1.2)) if rng.random() < 0.3
                            else rng.uniform(-1.2, 1.2, shape))
            found += [told(asking.run, nodes[-1], fewer)]
        elif rng.random() < 0.5:
            found += [told(asking.run, nodes[-1])]
        wrong = next((n for n in nodes if n not in feeds), "a word")
        wrong = "a word" if rng.random() < 0.3 else wrong
        found += [complaint(lambda: asking.run(nodes[-1], {**feeds, wrong: np.ones(shape)}),
                            [str(wrong)]), counts]
        for node in leaves:
            if type(node).__name__ == "Variable":
                node.output_value = -node.output_value
        found += [told(functions["Session"]().run, nodes[-1], feeds)]
    return tuple(found)


def with_values(leaves: list, operations: list, rng, shape) -> None:
    """Compute a graph, as a session would."""
    for node in leaves:
        if node.output_value is None:
            node.output_value = rng.uniform(-1.2, 1.2, shape)
    for node in operations:
        node.evaluate()


def by_name(found) -> object:
    """A dict of gradients as plain data, or what came in its place."""
    if not isinstance(found, dict):
        return f"a {type(found).__name__}"
    pairs = [(getattr(node, "name", "no node"), grad) for node, grad in found.items()]
    return {name: grad for name, grad in sorted(pairs, key=lambda pair: str(pair[0]))}


@observes("gradients")
def gradients(functions, rng):
    with functions["Graph"]():
        if rng.random() < 0.03:
            nodes = deep(functions, rng)
            with_values(nodes[:1], nodes[1:], rng, (2,))
            return (told(lambda: by_name(functions["gradients"](nodes[-1]))),)
        leaves, operations, shape = grown(functions, rng)
        with_values(leaves, operations, rng, shape)
        nodes = [*leaves, *operations]
        loss = nodes[-1]
        find: Callable = functions["gradients"]
        found = [told(lambda: by_name(find(loss))), told(lambda: by_name(find(loss)))]
        reached = [node for node in known(loss) if rng.random() < 0.5]
        found += [told(lambda: by_name(find(loss, reached)))]
        lost = [node for node in nodes if node not in known(loss)]
        lost += [functions["Variable"](np.ones(shape), name="alone")]
        found += [complaint(lambda: find(loss, [*reached, lost[0]]), [lost[0].name])]
        after = [np.asarray(node.output_value) for node in nodes]
    return (*found, after)


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
            return (step,) * 3
        losses, rest = [], [node for node in leaves if node not in variables]
        for _ in range(int(rng.integers(1, 4))):
            feeds = {n: rng.uniform(-1.2, 1.2, shape) for n in leaves
                     if type(n).__name__ == "Placeholder"}
            losses.append(told(asking.run, step, feeds))
        moved = [told(lambda node=node: node.output_value) for node in variables]
        others = [told(lambda node=node: node.output_value) for node in rest]
        same = all(np.array_equal(a, b) for a, b in zip(kept, copies))
    return (moved, losses, others, "kept" if same else "overwritten")


def told_node(optimizer, loss):
    """The node that minimize returns, or the kind of its exception."""
    try:
        return optimizer.minimize(loss)
    except Exception as error:
        return f"raises {type(error).__name__}"
