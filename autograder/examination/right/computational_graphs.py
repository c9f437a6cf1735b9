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

right("chain_gradients", "one line")(lambda x, y, t, dz: ((x + y) * dz, t * dz, t * dz))
right("chain_gradients", "numpy scalars")(lambda x, y, t, dz: tuple(dz * np.array([x + y, t, t])))
right("chain_gradients", "expanded")(
    lambda x, y, t, dz: [dz * x + dz * y, dz * t, np.float64(dz) * t]
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


# bill_total


@right("bill_total", "loop")
def total_loop(prices, numbers, tax_rate):
    subtotal = 0.0
    for price, number in zip(prices, numbers):
        subtotal += price * number
    return subtotal + subtotal * tax_rate


right("bill_total", "dot")(lambda prices, numbers, tax_rate: (1 + tax_rate) * prices @ numbers)
right("bill_total", "einsum")(
    lambda prices, numbers, tax_rate: np.einsum("k,k->", prices, numbers) * (1 + tax_rate)
)
right("bill_total", "float")(lambda p, n, r: float((p * n).sum() + (p * n * r).sum()))

# bill_gradients_collapsed


@right("bill_gradients_collapsed", "loop")
def collapsed_loop(prices, numbers, tax_rate, dtotal):
    dprices, dnumbers, dtax_rate = np.zeros(len(prices)), np.zeros(len(prices)), 0.0
    for k in range(len(prices)):
        dprices[k] = dtotal * (1 + tax_rate) * numbers[k]
        dnumbers[k] = dtotal * (1 + tax_rate) * prices[k]
        dtax_rate += dtotal * prices[k] * numbers[k]
    return dprices, dnumbers, dtax_rate


@right("bill_gradients_collapsed", "lists")
def collapsed_lists(prices, numbers, tax_rate, dtotal):
    factor = dtotal + dtotal * tax_rate
    return [[factor * n for n in numbers], [factor * p for p in prices],
            dtotal * float(prices @ numbers)]


@right("bill_gradients_collapsed", "einsum")
def collapsed_einsum(prices, numbers, tax_rate, dtotal):
    factor = np.array(dtotal * (1 + tax_rate))
    return (np.einsum(",k->k", factor, numbers), np.einsum(",k->k", factor, prices),
            np.einsum("k,k", prices, numbers) * dtotal)


# exposing_graph

right("exposing_graph", "a square")(lambda: [("s", "*", "x", "x")])
right("exposing_graph", "lists in a tuple")(lambda: (["a", "+", "y", "t"], ["b", "+", "a", "y"]))
right("exposing_graph", "an intermediate result twice")(
    lambda: [("q", "+", "x", "y"), ("u", "*", "q", "t"), ("v", "*", "u", "q")]
)
right("exposing_graph", "a double")(lambda: [["out", "+", "t", "t"]])

# graph_gradients_mended


def all_values(steps, values):
    values = dict(values)
    for out, kind, a, b in steps:
        values[out] = values[a] + values[b] if kind == "+" else values[a] * values[b]
    return values


def local_slopes(kind, a, b):
    return (1.0, 1.0) if kind == "+" else (b, a)


@right("graph_gradients_mended", "zeros first, then +=")
def mended_zeros(steps, values, dout):
    values = all_values(steps, values)
    gradients = dict.fromkeys(values, 0.0)
    gradients[steps[-1][0]] = dout
    for out, kind, a, b in steps[::-1]:
        da, db = local_slopes(kind, values[a], values[b])
        gradients[a] += gradients[out] * da
        gradients[b] += gradients[out] * db
    return gradients


@right("graph_gradients_mended", "defaultdict")
def mended_defaultdict(steps, values, dout):
    for out, kind, a, b in steps:
        values[out] = values[a] + values[b] if kind == "+" else values[a] * values[b]
    gradients = defaultdict(float, {steps[-1][0]: np.float64(dout)})
    for out, kind, *names in reversed(steps):
        slopes = local_slopes(kind, *(values[name] for name in names))
        for name, slope in zip(names, slopes):
            gradients[name] += gradients[out] * slope
    return gradients


@right("graph_gradients_mended", "if the name is there already")
def mended_if(steps, values, dout):
    values = all_values(steps, values)
    gradients = {steps[-1][0]: dout}
    for out, kind, a, b in reversed(steps):
        da, db = (gradients[out] * slope for slope in local_slopes(kind, values[a], values[b]))
        if a == b:
            gradients[a] = gradients[a] + da + db if a in gradients else da + db
            continue
        for name, part in ((a, da), (b, db)):
            if name in gradients:
                gradients[name] += part
            else:
                gradients[name] = part
    return gradients


@right("graph_gradients_mended", "every path on its own")
def mended_paths(steps, values, dout):
    values = all_values(steps, values)

    def gradient(name):
        if name == steps[-1][0]:
            return dout
        total = 0.0
        for out, kind, a, b in steps:
            da, db = local_slopes(kind, values[a], values[b])
            total += (gradient(out) * da if a == name else 0.0)
            total += (gradient(out) * db if b == name else 0.0)
        return total

    return {name: gradient(name) for name in values}
