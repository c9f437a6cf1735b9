"""Right answers of 08_autodiff, in many styles."""

from __future__ import annotations

import graphlib
from collections import Counter, defaultdict, deque
from functools import reduce

import numpy as np

from autograder.examination.right import RightAnswer, right_answers
from autograder.mistakes.operations import Operation, to_shape

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

# predict_broadcast

right("predict_broadcast", "a list")(lambda: [12, 4, 3])
right("predict_broadcast", "a tuple of floats")(lambda: (12.0, 4.0, 3.0))
right("predict_broadcast", "counted")(
    lambda: np.array([12 / np.size(v) for v in (0.0, np.zeros(3), np.zeros(4))])
)

# unbroadcast


@right("unbroadcast", "one axis after the other")
def un_loop(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and grad.shape[axis] != 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@right("unbroadcast", "all at once, then a reshape")
def un_reshape(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k, size in enumerate(padded) if size == 1)
    return grad.sum(axis=axes).reshape(shape)


@right("unbroadcast", "einsum")
def un_einsum(grad, shape):
    letters = "abcdefg"[: grad.ndim]
    front = grad.ndim - len(shape)
    kept = "".join(x for x, s in zip(letters[front:], shape) if s != 1)
    return np.einsum(f"{letters}->{kept}", grad).reshape(shape)


@right("unbroadcast", "the transpose of the broadcast, entry by entry")
def un_entries(grad, shape):
    total = np.zeros(shape)
    for index, value in np.ndenumerate(grad):
        own = index[grad.ndim - len(shape):]
        total[tuple(0 if s == 1 else k for k, s in zip(own, shape))] += value
    return total


# Operations


@right("Add", "a list, by the shapes")
class AddList(Operation):
    def compute_output(self):
        return np.add(*self.values)

    def compute_gradient(self, grad):
        return [to_shape(grad, n.output_value) for n in self.inputs]


@right("Add", "keeps the shapes")
class AddKeeps(Operation):
    def compute_output(self):
        a, b = self.inputs[0].output_value, self.inputs[1].output_value
        self.zeros = np.zeros(np.shape(a)), np.zeros(np.shape(b))
        return a + b

    def compute_gradient(self, grad):
        return tuple(to_shape(grad, zeros) for zeros in self.zeros)


@right("Add", "with a reshape in place of keepdims, and a print")
class AddReshapes(Operation):
    def compute_output(self):
        print("adding", self.inputs)
        return sum(self.values)

    def compute_gradient(self, grad):
        x, y = map(np.asarray, self.values)
        return un_reshape(grad, x.shape), un_reshape(grad, y.shape)


@right("Multiply", "a loop over the inputs")
class MultiplyLoop(Operation):
    def compute_output(self):
        return reduce(np.multiply, self.values)

    def compute_gradient(self, grad):
        found = []
        for own, other in (self.values, self.values[::-1]):
            found.append(to_shape(other * grad, own))
        return found


@right("Multiply", "keeps the values")
class MultiplyKeeps(Operation):
    def compute_output(self):
        self.x, self.y = self.values
        self.out = self.x * self.y
        return self.out

    def compute_gradient(self, grad):
        dx = grad * self.y
        dy = grad * self.x
        return un_loop(dx, np.shape(self.x)), un_loop(dy, np.shape(self.y))


@right("Multiply", "entry by entry")
class MultiplyEntries(Operation):
    def compute_output(self):
        x, y = np.broadcast_arrays(*self.values)
        return np.array([a * b for a, b in zip(x.flat, y.flat)]).reshape(x.shape)

    def compute_gradient(self, grad):
        x, y = np.broadcast_arrays(*self.values)
        return un_entries(grad * y, np.shape(self.values[0])), un_entries(
            grad * x, np.shape(self.values[1]))


@right("Divide", "by its own value")
class DivideByValue(Operation):
    def compute_output(self):
        x, y = self.values
        return np.true_divide(x, y)

    def compute_gradient(self, grad):
        x, y = self.values
        dx = grad / y
        return to_shape(dx, x), to_shape(-dx * self.output_value, y)


@right("Divide", "a product with the reciprocal")
class DivideReciprocal(Operation):
    def compute_output(self):
        x, y = self.values
        return x * (1 / y)

    def compute_gradient(self, grad):
        x, y = self.values
        r = np.asarray(y) ** -1.0
        return [to_shape(grad * r, x), to_shape(grad * x * (-(r**2)), y)]


@right("Divide", "the quotient rule")
class DivideRule(Operation):
    def compute_output(self):
        return self.values[0] / self.values[1]

    def compute_gradient(self, grad):
        u, v = self.values
        return to_shape((1 * v - u * 0) / v**2 * grad, u), to_shape((0 * v - u) / v**2 * grad, v)


@right("MatMul", "dot and swapaxes")
class MatMulDot(Operation):
    def compute_output(self):
        return np.dot(*self.values)

    def compute_gradient(self, grad):
        x, w = self.values
        return np.dot(grad, np.swapaxes(w, 0, 1)), np.dot(np.swapaxes(x, 0, 1), grad)


@right("MatMul", "einsum")
class MatMulEinsum(Operation):
    def compute_output(self):
        return np.einsum("nd,dm->nm", *self.values)

    def compute_gradient(self, grad):
        x, w = self.values
        return [np.einsum("nm,dm->nd", grad, w), np.einsum("nd,nm->dm", x, grad)]


@right("MatMul", "the transpose of a product")
class MatMulTransposed(Operation):
    def compute_output(self):
        x, w = self.values
        return (w.T @ x.T).T

    def compute_gradient(self, grad):
        x, w = self.values
        return (w @ grad.T).T, (grad.T @ x).T


@right("Log", "a list, times the reciprocal")
class LogList(Operation):
    def compute_output(self):
        return np.log(self.values[0])

    def compute_gradient(self, grad):
        return [grad * np.reciprocal(self.values[0])]


@right("Log", "keeps the input")
class LogKeeps(Operation):
    def compute_output(self):
        self.x = self.inputs[0].output_value
        return np.log(self.x)

    def compute_gradient(self, grad):
        dx = np.divide(grad, self.x)
        return (dx,)


@right("Log", "from the base 2")
class LogOtherBase(Operation):
    def compute_output(self):
        return np.log2(self.values[0]) / np.log2(np.e)

    def compute_gradient(self, grad):
        return (grad * np.exp(-self.output_value),)


@right("ReduceSum", "keepdims, and ones")
class SumOnesTimes(Operation):
    def __init__(self, x, axis=None, keepdims=False):
        super().__init__(x)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        return self.values[0].sum(axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        x = self.values[0]
        shape = np.sum(x, axis=self.axis, keepdims=True).shape
        return [np.ones_like(x) * np.reshape(grad, shape)]


@right("ReduceSum", "repeat")
class SumRepeat(SumOnesTimes):
    def compute_gradient(self, grad):
        x = self.values[0]
        if self.axis is None:
            return (np.full(x.shape, np.ravel(grad)[0]),)
        grad = grad if self.keepdims else np.expand_dims(grad, self.axis)
        return (np.repeat(grad, x.shape[self.axis], axis=self.axis),)


@right("ReduceSum", "einsum and a shape that is put together")
class SumShape(SumOnesTimes):
    def compute_gradient(self, grad):
        x = self.values[0]
        shape = list(x.shape)
        if self.axis is None:
            shape = [1] * x.ndim
        else:
            shape[self.axis] = 1
        return (np.zeros(x.shape) + np.asarray(grad).reshape(shape),)


@right("Maximum", "where")
class MaximumWhere(Operation):
    def compute_output(self):
        x, y = self.values
        return np.where(x >= y, x, y)

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(np.where(x >= y, grad, 0), x), to_shape(np.where(x >= y, 0, grad), y)


@right("Maximum", "x plus relu of the difference")
class MaximumRelu(Operation):
    def compute_output(self):
        x, y = self.values
        return x + np.maximum(y - x, 0)

    def compute_gradient(self, grad):
        x, y = self.values
        dy = grad * np.heaviside(y - x, 0.0)
        return [to_shape(grad - dy, x), to_shape(dy, y)]


@right("Maximum", "a mask that forward keeps, by the right values")
class MaximumMask(Operation):
    def compute_output(self):
        self.mask = np.asarray(self.values[0] < self.values[1])
        return np.fmax(*self.values)

    def compute_gradient(self, grad):
        dx, dy = grad.copy(), grad.copy()
        dx[self.mask] = 0
        dy[~self.mask] = 0
        return un_loop(dx, np.shape(self.values[0])), un_loop(dy, np.shape(self.values[1]))


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


# exposing_expressions

right("exposing_expressions", "a list, and a double")(lambda a, b: [b * (a + b), b + b])
right("exposing_expressions", "a sum of three")(lambda a, b: (b + (a + b) * a, (a + a) + b))


@right("exposing_expressions", "larger ones")
def exposing_larger(a, b):
    p = a * b
    q = p + b
    double = 2 * a + b
    return p * q, double * double


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


# recap_autodiff

right("recap_autodiff", "a list")(lambda: ["b", "b", "c"])
right("recap_autodiff", "capitals")(lambda: ("B", "B", "C"))
right("recap_autodiff", "with brackets and dots")(lambda: ("(b)", "b.", " c "))
