"""Right answers to 02_computational_graphs."""

import math
from collections import defaultdict, namedtuple
from dataclasses import dataclass

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

# predict_slopes

right("predict_slopes", "a list of integers")(lambda: [4, 4, 5])
right("predict_slopes", "a tuple of floats")(lambda: (4.0, 4.0, 5.0))


@right("predict_slopes", "computed")
def predict_computed():
    x, y, t = 2.0, 3.0, 4.0
    z = (x + y) * t
    return np.array([(x + 1 + y) * t - z, (x + y + 1) * t - z, (x + y) * (t + 1) - z])


# chain_gradients

right("chain_gradients", "one line")(lambda x, y, t, dz: (t * dz, t * dz, (x + y) * dz))
right("chain_gradients", "numpy scalars")(lambda x, y, t, dz: tuple(dz * np.array([t, t, x + y])))
right("chain_gradients", "expanded")(
    lambda x, y, t, dz: [dz * t, np.float64(dz) * t, dz * x + dz * y]
)

# AddNode


@right("AddNode", "a list")
class AddList:
    def forward(self, x, y):
        return sum((x, y))

    def backward(self, dout):
        return [dout] * 2


@right("AddNode", "remembers more than it needs, and prints")
class AddWithCache:
    def __init__(self):
        self.cache = None

    def forward(self, x, y):
        print("adding", x, y)
        self.cache = (x, y)
        self.out = x + y
        return self.out

    def backward(self, dout):
        dx = dout * 1.0
        dy = dout * 1.0
        return dx, dy


@right("AddNode", "static methods and numpy scalars")
class AddStatic:
    @staticmethod
    def forward(x, y):
        return np.add(x, y)

    @staticmethod
    def backward(dout):
        return np.full(2, dout)


# MulNode


@right("MulNode", "a cache that is a tuple")
class MulCache:
    cache: tuple = ()

    def __init__(self):
        self.cache = ()

    def forward(self, x, y):
        self.cache = (x, y)
        return x * y

    def backward(self, dout):
        x, y = self.cache
        dx = dout * y
        dy = dout * x
        return [dx, dy]


@right("MulNode", "a dataclass that keeps the slopes")
@dataclass
class MulSlopes:
    slopes: tuple = (0.0, 0.0)

    def forward(self, x, y):
        self.slopes = (y, x)
        return math.prod((x, y))

    def backward(self, dout):
        return tuple(dout * slope for slope in self.slopes)


@right("MulNode", "numpy, slots and an array of two")
class MulArray:
    __slots__ = ("values",)

    def forward(self, x, y):
        self.values = np.array([x, y])
        return np.prod(self.values)

    def backward(self, dout):
        return dout * self.values[::-1]


Node = namedtuple("Node", "forward backward")


@right("MulNode", "a function that makes nodes with a closure")
def mul_closure():
    kept: dict[str, float] = {}

    def forward(x, y):
        kept.update(x=x, y=y)
        return x * y

    def backward(dout):
        return dout * kept["y"], dout * kept["x"]

    return Node(forward, backward)


@right("MulNode", "gradients kept as attributes, afresh each time")
class MulAttributes:
    x = y = dx = dy = 0.0

    def forward(self, x, y):
        self.x = x
        self.y = y
        self.out = self.x * self.y
        return self.out

    def backward(self, dout):
        self.dx = self.y * dout
        self.dy = self.x * dout
        return self.dx, self.dy


# SquareNode


@right("SquareNode", "keeps the slope")
class SquareSlope:
    def forward(self, x):
        self.slope = x + x
        return x * x

    def backward(self, dout):
        return self.slope * dout


@right("SquareNode", "a MulNode inside")
class SquareOfMul:
    def __init__(self):
        self.mul = MulCache()

    def forward(self, x):
        return self.mul.forward(x, x)

    def backward(self, dout):
        return sum(self.mul.backward(dout))


@right("SquareNode", "numpy and a stack that is not emptied")
class SquareStack:
    def __init__(self):
        self.stack = []

    def forward(self, x):
        self.stack.append(np.asarray(x))
        return np.square(self.stack[-1])

    def backward(self, dout):
        return 2.0 * self.stack[-1] * dout


# MaxNode


@right("MaxNode", "multiplied by a truth value")
class MaxTruth:
    def forward(self, x, y):
        self.first = x >= y
        return max(x, y)

    def backward(self, dout):
        return dout * self.first, dout * (not self.first)


@right("MaxNode", "numpy, a mask and a list")
class MaxMask:
    def forward(self, x, y):
        self.mask = np.zeros(2)
        self.mask[np.argmax([x, y])] = 1
        return np.maximum(x, y)

    def backward(self, dout):
        return list(self.mask * dout)


@right("MaxNode", "keeps both inputs, and integers as zeros")
class MaxBranches:
    def forward(self, x, y):
        self.inputs = (x, y)
        if x < y:
            return y
        return x

    def backward(self, dout):
        x, y = self.inputs
        dx = dy = 0
        if y > x:
            dy = dout
        else:
            dx = dout
        return dx, dy


@right("MaxNode", "x plus the relu of the difference")
class MaxByRelu:
    def forward(self, x, y):
        self.gap = y - x
        return y if self.gap > 0 else x

    def backward(self, dout):
        dy = dout * float(self.gap > 0)
        return dout - dy, dy


# fan_out_gradients

right("fan_out_gradients", "one line")(
    lambda x, y, dout: (dout * x, dout * (x + y), dout * (2 * x + y))
)


@right("fan_out_gradients", "with nodes")
def fan_out_nodes(x, y, dout):
    add, mul = AddList(), MulCache()
    mul.forward(add.forward(x, y), x)
    dq, direct = mul.backward(dout)
    through_q, _ = add.backward(dq)
    dx = 0.0
    dx += direct
    dx += through_q
    return [through_q, direct, dx]


@right("fan_out_gradients", "a list of numpy scalars")
def fan_out_array(x, y, dout):
    paths = np.array([x, x + y]) * dout
    return [*paths, paths.sum()]


# bill_gradients


@right("bill_gradients", "with nodes")
def bill_with_nodes(apple_price, apple_number, pear_price, pear_number, tax_rate, dtotal):
    apples, pears, tax = MulCache(), MulSlopes(), MulArray()
    subtotal, total = AddList(), AddWithCache()
    s = subtotal.forward(apples.forward(apple_price, apple_number),
                         pears.forward(pear_price, pear_number))
    total.forward(s, tax.forward(s, tax_rate))
    dsubtotal, dtax = total.backward(dtotal)
    through_tax, dtax_rate = tax.backward(dtax)
    dsubtotal += through_tax
    dapples, dpears = subtotal.backward(dsubtotal)
    return [dtax, dtax_rate, dsubtotal, dapples, dpears, *apples.backward(dapples),
            *pears.backward(dpears)]


@right("bill_gradients", "collapsed formulas")
def bill_formulas(a, m, p, k, r, d):
    f = d * (1 + r)
    return d, d * (a * m + p * k), f, f, f, f * m, f * a, f * k, f * p


@right("bill_gradients", "a matrix of local slopes and numpy scalars")
def bill_arrays(a, m, p, k, r, d):
    prices, numbers = np.array([a, p]), np.array([m, k])
    cost = d * (1 + r) * np.ones(2)
    dprices, dnumbers = cost * numbers, cost * prices
    return (np.float64(d), d * prices @ numbers, cost[0], *cost,
            dprices[0], dnumbers[0], dprices[1], dnumbers[1])


# bill_collapsed


@right("bill_collapsed", "the tax added to the rest")
def collapsed_two_parts(prices, numbers, tax_rate):
    costs = prices * numbers
    subtotal = costs.sum()
    return (subtotal + subtotal * tax_rate, numbers + tax_rate * numbers,
            prices + tax_rate * prices, subtotal)


@right("bill_collapsed", "a list, a matrix product")
def collapsed_list(prices, numbers, tax_rate):
    factor = 1 + tax_rate
    subtotal = float(prices @ numbers)
    dprices, dnumbers = factor * np.stack([numbers, prices])
    return [factor * subtotal, dprices, dnumbers, subtotal]


@right("bill_collapsed", "einsum")
def collapsed_einsum(prices, numbers, tax_rate):
    factor = np.array(1 + tax_rate)
    subtotal = np.einsum("k,k->", prices, numbers)
    return (factor * subtotal, np.einsum(",k->k", factor, numbers),
            np.einsum(",k->k", factor, prices), subtotal)


# run_forward


class Growing:
    def forward(self, x):
        self.out = math.exp(x)
        return self.out

    def backward(self, dout):
        return dout * self.out


class OneOver:
    def forward(self, x):
        self.x = x
        return 1 / x

    def backward(self, dout):
        return -dout / self.x**2


def usual_nodes(kind):
    return Growing() if kind == "exp" else OneOver()


@right("run_forward", "indices and append")
def forward_by_index(steps, values, make=usual_nodes):
    found = {}
    found.update(values)
    nodes = []
    for k in range(len(steps)):
        nodes.append(make(steps[k][1]))
        numbers = [found[name] for name in steps[k][2]]
        found[steps[k][0]] = nodes[k].forward(*numbers)
    return found, nodes


@right("run_forward", "all nodes first")
def forward_nodes_first(steps, values, make=usual_nodes):
    values = values.copy()
    nodes = [make(kind) for _, kind, _ in steps]
    for (name, _, inputs), node in zip(steps, nodes):
        values[name] = node.forward(*map(values.get, inputs))
    return [values, tuple(nodes)]


@right("run_forward", "recursion, by number of inputs")
def forward_recursive(steps, values, make=usual_nodes):
    if not steps:
        return {**values}, []
    found, nodes = forward_recursive(steps[:-1], values, make)
    name, kind, inputs = steps[-1]
    node = make(kind)
    if len(inputs) == 1:
        found[name] = node.forward(found[inputs[0]])
    else:
        found[name] = node.forward(*(found[other] for other in inputs))
    return found, [*nodes, node]


# run_backward


@right("run_backward", "get, and only the steps that lead to the output")
def backward_get(steps, values, nodes, output):
    gradients = {output: 1}
    for k in range(len(steps) - 1, -1, -1):
        name, _, inputs = steps[k]
        if name not in gradients:
            continue
        back = nodes[k].backward(gradients[name])
        back = back if isinstance(back, (tuple, list)) else [back]
        for place in range(len(inputs)):
            gradients[inputs[place]] = gradients.get(inputs[place], 0.0) + back[place]
    for name in values:
        gradients.setdefault(name, 0)
    return gradients


@right("run_backward", "defaultdict and numpy")
def backward_defaultdict(steps, values, nodes, output):
    gradients = defaultdict(float, dict.fromkeys(values, 0.0))
    gradients[output] += 1
    for (name, _, inputs), node in list(zip(steps, nodes))[::-1]:
        for other, part in zip(inputs, np.atleast_1d(node.backward(np.float64(gradients[name])))):
            gradients[other] += part
    return gradients


@right("run_backward", "collects the parts and adds them up at the end")
def backward_parts(steps, values, nodes, output):
    parts: dict[str, list[float]] = {name: [] for name in values}
    parts[output].append(1.0)
    nodes = list(nodes)
    while nodes:
        name, _, inputs = steps[len(nodes) - 1]
        back = nodes.pop().backward(math.fsum(parts[name]))
        for other, part in zip(inputs, [back] if len(inputs) == 1 else back):
            parts[other].append(part)
    return {name: sum(found) for name, found in parts.items()}


@right("run_backward", "every path on its own")
def backward_paths(steps, values, nodes, output):
    def gradient(name):
        total = 1.0 if name == output else 0.0
        for (result, _, inputs), node in zip(steps, nodes):
            if name in inputs:
                back = np.ravel(node.backward(gradient(result)))
                total += sum(part for other, part in zip(inputs, back) if other == name)
        return total

    return {name: gradient(name) for name in values}


# exposing_graph

right("exposing_graph", "a product of one value")(lambda: [("s", "mul", ("x", "x"))])
right("exposing_graph", "lists in a tuple")(
    lambda: (["a", "add", ["y", "t"]], ["b", "add", ["a", "y"]])
)
right("exposing_graph", "a result used twice, behind a square")(
    lambda: [("q", "square", ("x",)), ("u", "mul", ("q", "t")), ("v", "mul", ("u", "q"))]
)
right("exposing_graph", "a double")(lambda: [["out", "add", ("t", "t")]])

# sigmoid_graph

right("sigmoid_graph", "e to the power of x over 1 plus itself")(lambda: [
    ("e", "exp", ("x",)), ("below", "add", ("e", "one")), ("r", "reciprocal", ("below",)),
    ("out", "mul", ("r", "e")),
])
right("sigmoid_graph", "the reciprocal of e to the power of x")(lambda: [
    ["e", "exp", ["x"]], ["m", "reciprocal", ["e"]], ["below", "add", ["m", "one"]],
    ["out", "reciprocal", ["below"]],
])
right("sigmoid_graph", "one minus the other")(lambda: (
    ("e", "exp", ("x",)), ("below", "add", ("one", "e")), ("other", "reciprocal", ("below",)),
    ("m", "mul", ("minus_one", "other")), ("out", "add", ("one", "m")),
))

# PowerNode


@right("PowerNode", "an exponential function and a logarithm")
class PowerExp:
    def forward(self, x, y):
        self.x, self.y = x, y
        self.log = math.log(x)
        self.out = math.exp(y * self.log)
        return self.out

    def backward(self, dout):
        return [dout * self.out * self.y / self.x, dout * self.out * self.log]


@right("PowerNode", "keeps the local slopes")
class PowerSlopes:
    def forward(self, x, y):
        out = np.power(x, y)
        self.slopes = np.array([y * x ** (y - 1.0), out * np.log(x)])
        return out

    def backward(self, dout):
        return dout * self.slopes


@right("PowerNode", "another base of the logarithm")
class PowerOtherBase:
    def forward(self, x, y):
        self.x, self.y = x, y
        return pow(x, y)

    def backward(self, dout):
        dx = pow(self.x, self.y - 1) * self.y * dout
        return dx, pow(self.x, self.y) * np.log2(self.x) / np.log2(np.e) * dout


# recap_computational_graphs

right("recap_computational_graphs", "a list")(lambda: ["b", "a", "c"])
right("recap_computational_graphs", "capitals")(lambda: ("B", "A", "C"))
right("recap_computational_graphs", "with brackets and dots")(lambda: ("(b)", "a.", " c "))


# More styles

right("predict_slopes", "a product of a matrix")(
    lambda: np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]]) @ np.array([2, 3, 4]))
right("predict_slopes", "float32")(lambda: np.array([4, 4, 5], dtype=np.float32))


@right("chain_gradients", "with names for every edge")
def chain_named(x, y, t, dz):
    q = x + y
    dq, dt = dz * t, dz * q
    dx = 1.0 * dq
    dy = 1.0 * dq
    return dx, dy, dt


@right("chain_gradients", "an array of three")
def chain_array(x, y, t, dz):
    return np.multiply(dz, [t, t, x + y])


@right("AddNode", "a tuple of the same number twice")
class AddTwice:
    def forward(self, *numbers):
        return numbers[0] + numbers[1]

    def backward(self, dout):
        return (dout,) * 2


@right("AddNode", "local slopes, and arrays without dimensions")
class AddSlopes:
    slopes = (1.0, 1.0)

    def forward(self, x, y):
        return np.array(x + y)

    def backward(self, dout):
        return [np.array(dout * slope) for slope in self.slopes]


@right("SquareNode", "the power of numpy")
class SquarePower:
    def forward(self, x):
        self.cache = {"x": x}
        return np.power(x, 2)

    def backward(self, dout):
        return np.multiply(2 * self.cache["x"], dout)


@right("SquareNode", "both paths added")
class SquarePaths:
    x = 0.0

    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        first = dout * self.x
        second = self.x * dout
        return first + second


@right("MaxNode", "sorted, and a dict")
class MaxSorted:
    def forward(self, x, y):
        self.slopes = {"x": float(x >= y), "y": float(x < y)}
        return sorted((x, y))[-1]

    def backward(self, dout):
        return np.array([self.slopes["x"], self.slopes["y"]]) * dout


@right("fan_out_gradients", "an array of three")
def fan_out_vector(x, y, dout):
    return dout * np.array([x, x + y, 2 * x + y])


@right("fan_out_gradients", "branches with names of their own")
def fan_out_branches(x, y, dout):
    u = v = x
    q = u + y
    dq, dv = dout * v, dout * q
    du = dq
    return du, dv, du + dv


@right("bill_gradients", "a dict of gradients, in the order of the walk")
def bill_dict(apple_price, apple_number, pear_price, pear_number, tax_rate, dtotal):
    d = {"tax": dtotal, "direct": dtotal}
    subtotal = apple_price * apple_number + pear_price * pear_number
    d["rate"] = d["tax"] * subtotal
    d["subtotal"] = sum((d["direct"], d["tax"] * tax_rate))
    for fruit, price, number in (("apple", apple_price, apple_number),
                                 ("pear", pear_price, pear_number)):
        d[fruit] = d["subtotal"]
        d[f"{fruit} price"], d[f"{fruit} number"] = d[fruit] * number, d[fruit] * price
    return tuple(d[name] for name in (
        "tax", "rate", "subtotal", "apple", "pear", "apple price", "apple number", "pear price",
        "pear number"))


@right("bill_gradients", "an array of nine")
def bill_array(a, m, p, k, r, d):
    return d * np.array([1, a * m + p * k, 1 + r, 1 + r, 1 + r, (1 + r) * m, (1 + r) * a,
                         (1 + r) * k, (1 + r) * p])


@right("bill_collapsed", "vdot and broadcasting")
def collapsed_vdot(prices, numbers, tax_rate):
    subtotal = np.vdot(prices, numbers)
    dprices, dnumbers = np.multiply(1 + tax_rate, [numbers, prices])
    return np.array((1 + tax_rate) * subtotal), dprices, dnumbers, np.array(subtotal)


@right("bill_collapsed", "a product with ones")
def collapsed_ones(prices, numbers, tax_rate):
    costs = prices * numbers
    return (costs @ np.full(len(costs), 1 + tax_rate), numbers * (1 + tax_rate),
            prices * (1 + tax_rate), costs @ np.ones(len(costs)))


@right("run_forward", "a dict that grows, and a node after the other")
def forward_one_by_one(steps, values, make=usual_nodes):
    result, nodes = dict(values.items()), []
    for step in steps:
        node, numbers = make(step[1]), []
        for name in step[2]:
            numbers.append(result[name])
        result[step[0]] = node.forward(*numbers)
        nodes += [node]
    return result, nodes


@right("run_forward", "merged dicts")
def forward_merged(steps, values, make=usual_nodes):
    nodes: list = []
    for name, kind, inputs in steps:
        nodes = nodes + [make(kind)]
        values = values | {name: nodes[-1].forward(*(values[k] for k in inputs))}
    return dict(values), nodes


@right("run_backward", "indices from the end")
def backward_indices(steps, values, nodes, output):
    gradients = {name: float(name == output) for name in values}
    for k in range(1, len(steps) + 1):
        name, _, inputs = steps[-k]
        parts = nodes[-k].backward(gradients[name])
        if not isinstance(parts, tuple):
            parts = (parts,)
        for place, part in enumerate(parts):
            gradients[inputs[place]] = gradients[inputs[place]] + part
    return gradients


right("sigmoid_graph", "the exponent twice negative")(lambda: [
    ("m", "mul", ("minus_one", "x")), ("n", "exp", ("m",)), ("o", "add", ("n", "one")),
    ("p", "reciprocal", ("o",)),
])
right("sigmoid_graph", "lists, and other names")(lambda: [
    ["first", "mul", ["x", "minus_one"]], ["second", "exp", ["first"]],
    ["third", "add", ["second", "one"]], ["fourth", "reciprocal", ["third"]],
])
right("exposing_graph", "x used by two steps")(
    lambda: [("a", "mul", ("x", "y")), ("b", "add", ("a", "x"))])


@right("PowerNode", "numpy throughout")
class PowerNumpy:
    def forward(self, x, y):
        self.inputs = np.array([x, y], dtype=float)
        return np.power(*self.inputs)

    def backward(self, dout):
        x, y = self.inputs
        return dout * y * np.power(x, y - 1), dout * np.power(x, y) * np.log(x)


@right("PowerNode", "the output over the base")
class PowerQuotient:
    def forward(self, x, y):
        out = x**y
        self.kept = (x, y, out)
        return out

    def backward(self, dout):
        x, y, out = self.kept
        return dout * y * (out / x), dout * (out * math.log(x))


right("recap_computational_graphs", "a word")(lambda: tuple("bac"))
right("recap_computational_graphs", "capitals with brackets")(lambda: ["(B)", "(A)", "(C)"])
