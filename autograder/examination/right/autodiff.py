"""Right answers of 08_autodiff, in many styles. Those of its operations are in `operations`."""

from __future__ import annotations

import graphlib
from collections import Counter, defaultdict, deque
from typing import Any

import numpy as np

from autograder.examination.right import RightAnswer, operations, right_answers

RIGHT: list[RightAnswer] = list(operations.RIGHT)
right = right_answers(RIGHT)

# predict_broadcast

right("predict_broadcast", "a list")(lambda: [12, 4, 3])
right("predict_broadcast", "a tuple of floats")(lambda: (12.0, 4.0, 3.0))
right("predict_broadcast", "counted")(
    lambda: np.array([12 / np.size(v) for v in (0.0, np.zeros(3), np.zeros(4))])
)


@right("predict_broadcast", "pushed by 1")
def broadcast_pushed():
    def loss(c, b, v):
        return np.sum(np.ones((4, 3)) + c + b + v)

    one = np.eye(4)[:, :1]
    return [loss(*moved) - loss(0, np.zeros(3), np.zeros((4, 1))) for moved in (
        (1, np.zeros(3), np.zeros((4, 1))), (0, one[:3, 0], np.zeros((4, 1))),
        (0, np.zeros(3), one))]


@right("predict_broadcast", "by the sizes, in a loop")
def broadcast_sizes():
    slopes = []
    for shape in ((), (3,), (4, 1)):
        uses = 4 * 3
        for size in shape:
            uses //= size
        slopes.append(uses)
    return np.asarray(slopes)


# Graphs


def is_a(node, kind):
    return any(c.__name__ == kind for c in type(node).__mro__)


@right("topological_order", "counts of open inputs")
def order_kahn(node):
    found, users = [node], defaultdict(list)
    seen = {node}
    for other in found:
        for source in other.inputs:
            users[source].append(other)
            if source not in seen:
                seen.add(source)
                found.append(source)
    missing = Counter({n: len(n.inputs) for n in found})
    ready = deque(n for n in found if not n.inputs)
    order = []
    while ready:
        now = ready.popleft()
        order.append(now)
        for user in users[now]:
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    if len(order) < len(found):
        left = ", ".join(n.name for n in found if n not in order)
        raise ValueError(f"a cycle among {left}")
    return order


@right("topological_order", "graphlib")
def order_graphlib(node):
    graph, pending = {}, [node]
    while pending:
        now = pending.pop()
        if now not in graph:
            graph[now] = now.inputs
            pending.extend(now.inputs)
    order = list(graphlib.TopologicalSorter(graph).static_order())
    order.remove(node)
    return [*order, node]


@right("topological_order", "a stack of iterators, and colours")
def order_colours(node):
    white, grey, black = 0, 1, 2
    colour = {node: grey}
    order, stack = [], [(node, iter(node.inputs))]
    while stack:
        now, inputs = stack[-1]
        for other in inputs:
            state = colour.get(other, white)
            if state == grey:
                raise ValueError("cycle through " + other.name)
            if state == white:
                colour[other] = grey
                stack.append((other, iter(other.inputs)))
                break
        else:
            colour[now] = black
            order.append(now)
            stack.pop()
    return order


@right("topological_order", "pass after pass over what is left")
def order_passes(node):
    left, known = [node], {node}
    for other in left:
        left += [n for n in dict.fromkeys(other.inputs) if n not in known]
        known.update(other.inputs)
    left.reverse()
    order: dict = {}
    while left:
        waiting = []
        for other in left:
            if all(n in order for n in other.inputs):
                order[other] = True
            else:
                waiting.append(other)
        if len(waiting) == len(left):
            raise ValueError(f"these depend on each other: {waiting}")
        left = waiting
    return list(order)


@right("topological_order", "a recursion of generators, called by a loop")
def order_generators(node):
    order: list = []
    opened, done = set(), set()

    def visit(now):
        opened.add(now)
        for other in now.inputs:
            if other not in done:
                if other in opened:
                    raise ValueError(f"a cycle: {other.name} needs {now.name}")
                yield other
        done.add(now)
        order.append(now)

    calls = [visit(node)]
    while calls:
        following = next(calls[-1], None)
        if following is None:
            calls.pop()
        else:
            calls.append(visit(following))
    return order


@right("Session", "by the nodes' own methods")
class SessionSimple:
    def run(self, nodes, feed_dict=None):
        feeds = {} if feed_dict is None else feed_dict
        unknown = [str(k) for k in feeds if not is_a(k, "Placeholder")]
        if unknown:
            raise ValueError("no placeholder: " + ", ".join(unknown))
        many = isinstance(nodes, (list, tuple))
        order = dict.fromkeys(n for last in (nodes if many else [nodes])
                              for n in order_kahn(last))
        for node in order:
            if is_a(node, "Placeholder"):
                try:
                    node.output_value = np.asarray(feeds[node])
                except KeyError:
                    raise ValueError(f"feed {node.name}") from None
            elif hasattr(node, "evaluate"):
                node.evaluate()
        return [n.output_value for n in nodes] if many else nodes.output_value


@right("Session", "values in a dict of its own, and a tuple")
class SessionValues:
    def __init__(self):
        self.values = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def run(self, nodes, feed_dict=None):
        self.values = {}
        for key in feed_dict or ():
            if type(key).__name__ != "Placeholder":
                raise TypeFault(f"{getattr(key, 'name', key)} cannot be fed")
        wanted = nodes if type(nodes) is list else [nodes]
        for last in wanted:
            for node in order_colours(last):
                self.value_of(node, feed_dict or {})
        values = tuple(self.values[n] for n in wanted)
        return values if type(nodes) is list else values[0]

    def value_of(self, node, feeds):
        if node in self.values:
            return
        if node in feeds:
            node.output_value = np.array(feeds[node])
        elif type(node).__name__ == "Placeholder":
            raise TypeFault(f"Placeholder '{node.name}' is not fed")
        elif node.inputs:
            node.evaluate()
        self.values[node] = node.output_value


class TypeFault(ValueError):
    """An error with a class of its own."""


@right("Session", "placeholders are emptied first")
class SessionEmpties:
    def run(self, nodes, feed_dict=None):
        feed_dict = dict(feed_dict or {})
        targets = [nodes] if not isinstance(nodes, list) else nodes
        order = []
        for target in targets:
            order += [n for n in order_graphlib(target) if n not in order]
        for key, value in feed_dict.items():
            if not is_a(key, "Placeholder"):
                raise ValueError(f"unknown feed: {key!r}")
            key.output_value = np.array(value)
        for node in order:
            if is_a(node, "Placeholder") and node not in feed_dict:
                node.output_value = None
                raise ValueError(f"please feed {node!r}")
            if is_a(node, "Operation"):
                node.evaluate()
        got = [target.output_value for target in targets]
        return got if isinstance(nodes, list) else got.pop()


@right("Session", "a recursion that remembers")
class SessionRecursive:
    def run(self, nodes, feed_dict=None):
        feeds = feed_dict if feed_dict is not None else {}
        for key in feeds:
            if not is_a(key, "Placeholder"):
                raise ValueError("Only placeholders can be fed, and not " + str(key))
        values: dict = {}

        def value(node):
            if node not in values:
                for other in node.inputs:
                    value(other)
                if is_a(node, "Placeholder"):
                    if node not in feeds:
                        raise ValueError("no value was fed for " + node.name)
                    node.output_value = np.asanyarray(feeds[node])
                elif is_a(node, "Operation"):
                    node.evaluate()
                values[node] = node.output_value
            return values[node]

        if isinstance(nodes, list):
            return list(map(value, nodes))
        return value(nodes)


@right("Session", "a stack of what is still needed, without any order")
class SessionStack:
    def run(self, nodes, feed_dict=None):
        feeds = dict(feed_dict or ())
        strange = {key for key in feeds if not is_a(key, "Placeholder")}
        if strange:
            raise ValueError(f"{strange.pop()} is not a placeholder")
        ready = set()
        pending = list(nodes) if isinstance(nodes, list) else [nodes]
        while pending:
            node = pending[-1]
            missing = [n for n in node.inputs if n not in ready]
            if node in ready or not missing:
                if node not in ready:
                    self.prepare(node, feeds)
                    ready.add(node)
                pending.pop()
            pending += missing
        if isinstance(nodes, list):
            return [n.output_value for n in nodes]
        return nodes.output_value

    def prepare(self, node, feeds):
        kinds = {"Placeholder": self.feed, "Operation": lambda node, feeds: node.evaluate()}
        for kind, action in kinds.items():
            if is_a(node, kind):
                action(node, feeds)

    def feed(self, node, feeds):
        value = feeds.get(node)
        if value is None:
            raise ValueError(f"{node.name} is missing in feed_dict")
        node.output_value = np.array(value, dtype=float)


@right("gradients", "parts in lists, added up at the end")
def gradients_parts(loss, wrt=None):
    order = order_kahn(loss)
    parts = defaultdict(list)
    parts[loss].append(np.ones(np.shape(loss.output_value)))
    totals = {}
    for node in order[::-1]:
        totals[node] = sum(parts[node][1:], parts[node][0])
        if hasattr(node, "compute_gradient"):
            for k, part in enumerate(node.compute_gradient(totals[node])):
                parts[node.inputs[k]].append(part)
    wanted = [n for n in order if is_a(n, "Variable")] if wrt is None else list(wrt)
    lost = [n.name for n in wanted if n not in totals]
    if lost:
        raise ValueError("the loss does not depend on " + ", ".join(lost))
    return {n: totals[n] for n in wanted}


@right("gradients", "from each node to its users")
def gradients_pulled(loss, wrt=None):
    order = order_colours(loss)
    users: dict = {n: [] for n in order}
    for user in order:
        for place, other in enumerate(user.inputs):
            users[other].append((user, place))
    back: dict = {}
    found: dict = {}
    for node in reversed(order):
        found[node] = 1.0 * np.ones_like(node.output_value) if node is loss else sum(
            back[user][place] for user, place in users[node])
        if node.inputs:
            back[node] = node.compute_gradient(found[node])
    result = {}
    for node in order if wrt is None else wrt:
        if node not in found:
            raise ValueError(f"{node}: no path to {loss}")
        if wrt is not None or is_a(node, "Variable"):
            result[node] = found[node]
    return result


@right("gradients", "zeros to begin with, and copies")
def gradients_zeros_first(loss, wrt=None):
    order = order_graphlib(loss)
    found = {n: np.zeros(np.shape(n.output_value)) for n in order}
    found[loss] = found[loss] + 1
    while order:
        node = order.pop()
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(found[node].copy())):
                found[other] = found[other] + part
    if wrt is None:
        return {n: g for n, g in found.items() if is_a(n, "Variable")}
    for node in wrt:
        if node not in found:
            raise ValueError(f"no path from {node.name}")
    return {n: found[n] for n in wrt}


@right("gradients", "kept in the nodes, which are emptied first")
def gradients_in_nodes(loss, wrt=None):
    order = order_generators(loss)
    for node in [*order, *(wrt or [])]:
        node.grad = None
    loss.grad = np.full(np.shape(loss.output_value), 1.0)
    for k in range(len(order) - 1, -1, -1):
        node = order[k]
        if is_a(node, "Operation"):
            parts = list(node.compute_gradient(node.grad))
            for other in node.inputs:
                part = parts.pop(0)
                other.grad = part if other.grad is None else other.grad + part
    found = {}
    for node in order if wrt is None else wrt:
        if node.grad is None:
            raise ValueError(f"{node.name} has no part in {loss.name}")
        if wrt is not None or is_a(node, "Variable"):
            found[node] = node.grad
    return found


@right("gradients", "a node is ready when all its uses have sent")
def gradients_counted(loss, wrt=None):
    uses: Counter = Counter()
    seen, pending = {loss}, [loss]
    while pending:
        for other in pending.pop().inputs:
            uses[other] += 1
            if other not in seen:
                seen.add(other)
                pending.append(other)
    grads, ready = {loss: np.ones_like(1.0 * np.asarray(loss.output_value))}, deque([loss])
    while ready:
        node = ready.popleft()
        if not node.inputs:
            continue
        for other, part in zip(node.inputs, node.compute_gradient(grads[node])):
            grads[other] = np.add(grads.get(other, 0.0), part)
            uses[other] -= 1
            if not uses[other]:
                ready.append(other)
    if wrt is None:
        wrt = [node for node in grads if is_a(node, "Variable")]
    try:
        return {node: grads[node] for node in wrt}
    except KeyError as error:
        raise ValueError(f"no way leads from {error.args[0].name} to the loss") from error


# exposing_expressions

right("exposing_expressions", "a list, and a double")(lambda a, b: [b * (a + b), b + b])
right("exposing_expressions", "a sum of three")(lambda a, b: (b + (a + b) * a, (a + a) + b))


@right("exposing_expressions", "larger ones")
def exposing_larger(a, b):
    p = a * b
    q = p + b
    double = 2 * a + b
    return p * q, double * double


@right("exposing_expressions", "a product that is used again")
def exposing_again(a, b):
    product = a * b
    return product + product * a, product + product


@right("exposing_expressions", "built in a loop")
def exposing_loop(a, b):
    early = b
    for _ in range(2):
        early = a + early * a
    doubled = a + b
    for _ in range(2):
        doubled = doubled + doubled
    return early, doubled


# GradientDescentOptimizer


def action(move, loss):
    operation = next(c for c in type(loss).__mro__ if c.__name__ == "Operation")
    return type("Descent", (operation,), {"compute_output": lambda self: move()})(loss)


@right("GradientDescentOptimizer", "a closure")
class DescentClosure:
    def __init__(self, learning_rate):
        self.rate = learning_rate

    def minimize(self, loss):
        def move():
            found = gradients_parts(loss)
            for node in found:
                node.output_value = node.output_value - found[node] * self.rate
            return loss.output_value

        return action(move, loss)


@right("GradientDescentOptimizer", "new values first, then all at once")
class DescentTwoSteps:
    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def move():
            before = np.copy(loss.output_value)
            new = {v: v.output_value + g * -self.learning_rate
                   for v, g in gradients_pulled(loss).items()}
            for v, value in new.items():
                v.output_value = value
            return before

        return action(move, loss)


@right("GradientDescentOptimizer", "the variables found beforehand")
class DescentKnown:
    def __init__(self, learning_rate):
        self.lr = learning_rate

    def minimize(self, loss):
        variables = [n for n in order_kahn(loss) if is_a(n, "Variable")]

        def move():
            found = gradients_zeros_first(loss, variables)
            for v in variables:
                v.output_value = np.subtract(v.output_value, self.lr * found[v])
            return float(loss.output_value)

        return action(move, loss)


@right("GradientDescentOptimizer", "a node with an evaluate of its own, and copies")
class DescentEvaluates:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        optimizer = self
        base: Any = next(c for c in type(loss).__mro__ if c.__name__ == "Operation")

        class Descent(base):
            def evaluate(self):
                (target,) = self.inputs
                for variable, grad in gradients_in_nodes(target).items():
                    moved = variable.output_value.copy()
                    moved -= optimizer.learning_rate * grad
                    variable.output_value = moved
                self.output_value = target.output_value
                return self.output_value

        return Descent(loss)


@right("GradientDescentOptimizer", "a method that is called with the pairs")
class DescentPairs:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        return action(lambda: self.step(loss), loss)

    def step(self, loss):
        value = loss.output_value
        pairs = list(gradients_counted(loss).items())
        while pairs:
            self.move(*pairs.pop())
        return value

    def move(self, variable, grad):
        variable.output_value = sum([variable.output_value, -self.learning_rate * grad])


# recap_autodiff

right("recap_autodiff", "a list")(lambda: ["b", "b", "c"])
right("recap_autodiff", "capitals")(lambda: ("B", "B", "C"))
right("recap_autodiff", "with brackets and dots")(lambda: ("(b)", "b.", " c "))
right("recap_autodiff", "letter by letter")(lambda: tuple("bbc"))
right("recap_autodiff", "small letters of large ones")(lambda: list("BBC".lower()))
