"""Known mistakes of 02_computational_graphs."""

from __future__ import annotations

import numpy as np

from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.computational_graphs import (
    AGAIN,
    BILL,
    FORWARD,
    RESULT_USED_TWICE,
    TWO_NODES,
    USED_BY_TWO,
    USED_TWICE_BY_ONE,
    backward_item,
)

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

DX, DY = backward_item("dx"), backward_item("dy")

# predict_slopes


@mistake("predict_slopes", "the walk stops at the sum", loses=("slopes",),
         hint="q grows by 1. What does the next node do with that?")
def slopes_at_the_sum():
    """1 is the growth of q when x or y grows by 1. The product multiplies it before it is z."""
    return np.array([1.0, 1.0, 5.0])


@mistake("predict_slopes", "t is answered with its own value", loses=("slopes",),
         hint="Compute 5 * 5 and compare it with 5 * 4.")
def slopes_t_itself():
    """z grows by q when t grows by 1. The value of t does not matter for that."""
    return np.array([4.0, 4.0, 4.0])


@mistake("predict_slopes", "the values instead of the growth", loses=("slopes",),
         hint="Compute z twice, before and after the push, and subtract.")
def slopes_values():
    """2, 3 and 4 are the numbers on the edges. The question is how strongly each moves z."""
    return np.array([2.0, 3.0, 4.0])


@mistake("predict_slopes", "the new z instead of its growth", loses=("slopes",),
         hint="z was 20 before. By how much did it grow?")
def slopes_new_values():
    """24, 24 and 25 are what z becomes."""
    return np.array([24.0, 24.0, 25.0])


@mistake("predict_slopes", "the order is t, x, y", loses=("slopes",),
         hint="Answer in the order x, y, t.")
def slopes_in_another_order():
    """The numbers are right and stand in the wrong places."""
    return np.array([5.0, 4.0, 4.0])


# chain_gradients


@mistake("chain_gradients", "dt is dz times t", loses=("dt",),
         hint="Hold q fixed. By how much does q * t grow when t grows by 1?")
def chain_dt_own_value(x, y, t, dz):
    """The local slope with respect to t is the other factor, q."""
    return dz * t, dz * t, dz * t


@mistake("chain_gradients", "t is forgotten in dx and dy", loses=("dx", "dy"),
         hint="What is the upstream gradient of the node q = x + y?")
def chain_stops_at_the_sum(x, y, t, dz):
    """A sum passes on what arrives at it. What arrives at it is dq, and dq is not dz."""
    return dz * (x + y), dz, dz


@mistake("chain_gradients", "dz is ignored", loses=("dt", "dx", "dy"),
         hint="The rule has two factors: upstream gradient and local slope.")
def chain_without_upstream(x, y, t, dz):
    """These are the slopes of z. The slopes of L are dz times as large."""
    return x + y, t, t


@mistake("chain_gradients", "the sum is treated as a product", loses=("dx", "dy"),
         hint="In q = x + y, by how much does q grow when x grows by 1?")
def chain_sum_as_product(x, y, t, dz):
    """The local slopes of a sum are 1, whatever the other input is."""
    return dz * (x + y), dz * t * y, dz * t * x


@mistake("chain_gradients", "the gradient is shared out between x and y", loses=("dx", "dy"),
         hint="Push x alone. Does the whole push arrive at q?")
def chain_halves(x, y, t, dz):
    """A gradient is no amount that has to be divided. Each input moves q with slope 1."""
    return dz * (x + y), dz * t / 2, dz * t / 2


# AddNode


@mistake("AddNode", "dout is ignored", loses=(DX, DY),
         hint="The rule has two factors: upstream gradient and local slope.")
class AddOnes:
    """1 is the local slope of a sum. The gradient is dout times that."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return 1.0, 1.0


@mistake("AddNode", "the inputs are multiplied into the gradients", loses=(DX, DY),
         hint="By how much does x + y grow when x grows by 1? Does y matter?")
class AddLikeMul:
    """These are the gradients of a product. The local slopes of a sum are 1."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        return dout * self.y, dout * self.x


@mistake("AddNode", "the gradient is shared out between x and y", loses=(DX, DY),
         hint="Push x alone. Does the whole push arrive at out?")
class AddHalves:
    """A gradient is no amount that has to be divided. Each input moves out with slope 1."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout / 2, dout / 2


@mistake("AddNode", "backward returns one number", loses=(DY,),
         hint="Return two gradients, one for each input.")
class AddOneGradient:
    """The node has two inputs, and each gets a gradient, even if both are the same number."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout


@mistake("AddNode", "forward multiplies", loses=(FORWARD,), hint="This node computes x + y.")
class AddMultiplies:
    """The backward method is that of a sum, the forward method that of a product."""

    def forward(self, x, y):
        return x * y

    def backward(self, dout):
        return dout, dout


# MulNode


class Remembering:
    """A right MulNode, to be spoiled in one place."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


@mistake("MulNode", "dx and dy are exchanged", loses=(DX, DY),
         hint="Hold y fixed. By how much does x * y grow when x grows by 1?")
class MulExchanged(Remembering):
    """The slope with respect to x is y, and the slope with respect to y is x."""

    def backward(self, dout):
        return dout * self.x, dout * self.y


@mistake("MulNode", "dout is ignored", loses=(DX, DY),
         hint="The rule has two factors: upstream gradient and local slope.")
class MulWithoutUpstream(Remembering):
    """These are the local slopes. The gradients are dout times as large."""

    def backward(self, dout):
        return self.y, self.x


@mistake("MulNode", "backward divides the product by an input", loses=(DX, DY),
         hint="Keep x and y in forward, and you need not divide.")
class MulDivides(Remembering):
    """out / x is y, but only as long as x is not 0."""

    def backward(self, dout):
        out = self.x * self.y
        return dout * out / self.x, dout * out / self.y


@mistake("MulNode", "a name is used that is not known there", loses=(DX, DY, TWO_NODES, AGAIN),
         hint="Keep a value in forward as self.x = x, and read self.x in backward.")
class MulForgets:
    """A method knows its own arguments and what is kept in self. The x and y of forward are
    gone when forward has returned."""

    def forward(self, x, y):
        return x * y

    def backward(self, dout):
        raise NameError("name 'y' is not defined")  # what dout * y raises here


@mistake("MulNode", "backward reads what forward has not kept", loses=(DX, DY, TWO_NODES, AGAIN),
         hint="Keep a value in forward as self.x = x, under the name that backward reads.")
class MulKeepsNothing:
    """self has only those attributes that some method has given it."""

    x: float
    y: float

    def forward(self, x, y):
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


@mistake("MulNode", "the product passes on its upstream gradient", loses=(DX, DY, TWO_NODES, AGAIN),
         hint="By how much does x * y grow when x grows by 1? Does y matter?")
class MulLikeAdd(Remembering):
    """These are the gradients of a sum. The local slopes of a product are the other factors."""

    def backward(self, dout):
        return dout, dout


@mistake("MulNode", "forward adds", loses=(FORWARD,), hint="This node computes x * y.")
class MulAdds(Remembering):
    """The backward method is that of a product, the forward method that of a sum."""

    def forward(self, x, y):
        super().forward(x, y)
        return x + y


@mistake("MulNode", "all nodes share one memory", loses=(TWO_NODES,),
         hint="Write self.x = x in forward: it belongs to this one node.")
class MulShared:
    """What stands in the class itself, or in a global variable, belongs to all nodes together.

    The forward method of another node overwrites it.
    """

    x: float
    y: float

    def forward(self, x, y):
        MulShared.x, MulShared.y = x, y
        return x * y

    def backward(self, dout):
        return dout * MulShared.y, dout * MulShared.x


@mistake("MulNode", "gradients pile up in the node", loses=(AGAIN,),
         hint="Return the gradients without keeping them.")
class MulPilesUp(Remembering):
    """Adding up is the task of the fork, where a value branches. A node answers each
    call for itself."""

    def __init__(self):
        self.dx = self.dy = 0.0

    def backward(self, dout):
        self.dx += dout * self.y
        self.dy += dout * self.x
        return self.dx, self.dy


@mistake("MulNode", "backward throws away what it needs", loses=(AGAIN,),
         hint="Read the kept values without removing them.")
class MulPops:
    """After the first backward the notes are gone, and a second one has nothing to work with."""

    def __init__(self):
        self.kept = []

    def forward(self, x, y):
        self.kept.append((x, y))
        return x * y

    def backward(self, dout):
        x, y = self.kept.pop()
        return dout * y, dout * x


# SquareNode


class RememberingX:
    """A right SquareNode, to be spoiled in one place."""

    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return 2 * self.x * dout


@mistake("SquareNode", "the factor 2 is missing", loses=(DX,),
         hint="Write x squared as x * x. How many uses of x are there?")
class SquareOnePath(RememberingX):
    """x * dout is what comes back along one of the two uses of x in x * x. Both add up."""

    def backward(self, dout):
        return self.x * dout


@mistake("SquareNode", "dout is ignored", loses=(DX,),
         hint="The rule has two factors: upstream gradient and local slope.")
class SquareWithoutUpstream(RememberingX):
    """2x is the local slope. The gradient is dout times that."""

    def backward(self, dout):
        return 2 * self.x


@mistake("SquareNode", "x is missing in the local slope", loses=(DX, TWO_NODES, AGAIN),
         hint="What is the derivative of x squared?")
class SquareSlopeTwo(RememberingX):
    """The square grows faster where x is larger: its slope is not the same everywhere."""

    def backward(self, dout):
        return 2 * dout


@mistake("SquareNode", "the square is kept in place of x", loses=(DX,),
         hint="Which number does the local slope need? Keep that one.")
class SquareKeepsOut(RememberingX):
    """The local slope is twice x, not twice the output."""

    def forward(self, x):
        self.x = x * x
        return self.x


@mistake("SquareNode", "the sign of x is lost", loses=(DX,),
         hint="Keep x itself.")
class SquareRoot:
    """The square root of out is the absolute value of x. For a negative x the slope is negative."""

    def forward(self, x):
        self.out = x * x
        return self.out

    def backward(self, dout):
        return 2 * np.sqrt(self.out) * dout


@mistake("SquareNode", like=MulKeepsNothing, loses=(DX, TWO_NODES, AGAIN),
         hint="Keep the value in forward as self.x = x, under the name that backward reads.")
class SquareKeepsNothing:
    x: float

    def forward(self, x):
        return x * x

    def backward(self, dout):
        return 2 * self.x * dout


@mistake("SquareNode", "forward doubles", loses=(FORWARD,), hint="x * 2 is not x ** 2.")
class SquareDoubles(RememberingX):
    """The node computes two times x, where x times x is meant."""

    def forward(self, x):
        self.x = x
        return x * 2


@mistake("SquareNode", like=MulShared)
class SquareShared:
    x: float

    def forward(self, x):
        SquareShared.x = x
        return x * x

    def backward(self, dout):
        return 2 * SquareShared.x * dout


@mistake("SquareNode", "the gradient piles up in the node", like=MulPilesUp,
         hint="Return the gradient without keeping it.")
class SquarePilesUp(RememberingX):
    dx = 0.0

    def backward(self, dout):
        self.dx += 2 * self.x * dout
        return self.dx


# fan_out_gradients


@mistake("fan_out_gradients", "dx is only what arrives last", loses=("dx",),
         hint="Pushing x pushes both branches. Do the two effects replace each other?")
def fan_out_overwrites(x, y, dout):
    """The direct path has overwritten the path through q. x moves out along both."""
    return dout * x, dout * (x + y), dout * (x + y)


@mistake("fan_out_gradients", "the direct path is missing in dx", loses=("dx",),
         hint="Count the edges that leave x.")
def fan_out_through_q_only(x, y, dout):
    """The path through q is one of two. The direct use of x moves out as well."""
    return dout * x, dout * (x + y), dout * x


@mistake("fan_out_gradients", "dx is the mean over the paths", loses=("dx",),
         hint="Push both branches by 0.001. By how much does out grow in all?")
def fan_out_mean(x, y, dout):
    """Both effects arrive in full. Nothing divides by the number of paths."""
    return dout * x, dout * (x + y), (dout * x + dout * (x + y)) / 2


@mistake("fan_out_gradients", "the gradients of the paths are multiplied", loses=("dx",),
         hint="The two branches act side by side, not one after the other.")
def fan_out_product(x, y, dout):
    """Slopes multiply along one path. Over different paths they add up."""
    return dout * x, dout * (x + y), dout * x * dout * (x + y)


@mistake("fan_out_gradients", "the two paths are exchanged", loses=("through_q", "direct"),
         hint="Which input of the product does the direct path lead into, and what is the other?")
def fan_out_exchanged(x, y, dout):
    """The gradient of one input of a product is dout times the value of the other input."""
    return dout * (x + y), dout * x, dout * (2 * x + y)


@mistake("fan_out_gradients", "dout is ignored", loses=("through_q", "direct", "dx"),
         hint="Every path ends at out, and from there dout comes back.")
def fan_out_without_upstream(x, y, dout):
    """These are the slopes of out. The slopes of L are dout times as large."""
    return x, x + y, 2 * x + y


@mistake("fan_out_gradients", "the path through q stops at the sum", loses=("through_q", "dx"),
         hint="Between q and out there is another node. What is its local slope for q?")
def fan_out_without_product(x, y, dout):
    """The path through q goes through the product, too, and picks up its local slope there."""
    return dout, dout * (x + y), dout + dout * (x + y)


# bill_gradients

LEFT_OF_FORK = BILL[2:]
LEAVES = BILL[5:]


def bill_walk(apple_price, apple_number, pear_price, pear_number, dtax, dtax_rate, dsubtotal,
              dcosts=None):
    """The walk to the left of the fork, from gradients that may be wrong already."""
    dapple_cost, dpear_cost = dcosts or (dsubtotal, dsubtotal)
    return (dtax, dtax_rate, dsubtotal, dapple_cost, dpear_cost,
            dapple_cost * apple_number, dapple_cost * apple_price,
            dpear_cost * pear_number, dpear_cost * pear_price)


def subtotal_of(apple_price, apple_number, pear_price, pear_number):
    return apple_price * apple_number + pear_price * pear_number


@mistake("bill_gradients", "the branch through the tax is missing", loses=LEFT_OF_FORK,
         hint="Count the edges that leave the subtotal.")
def bill_direct_only(a, m, p, k, tax_rate, dtotal):
    """A larger subtotal also means a larger tax. What comes back through the tax is added."""
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dtotal)


@mistake("bill_gradients", "the direct branch of the subtotal is overwritten", loses=LEFT_OF_FORK,
         hint="dsubtotal gets a part from two nodes. Is the first still there after the second?")
def bill_overwrites(a, m, p, k, tax_rate, dtotal):
    """The part that comes back through the tax has replaced the part that comes directly."""
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dtotal * tax_rate)


@mistake("bill_gradients", "the two branches of the subtotal are averaged", loses=LEFT_OF_FORK,
         hint="Both effects arrive in full. What happens to them?")
def bill_mean(a, m, p, k, tax_rate, dtotal):
    """Gradients over several paths are added. Nothing divides by their number."""
    dsubtotal = dtotal * (1 + tax_rate) / 2
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dsubtotal)


@mistake("bill_gradients", "dtotal is ignored", loses=BILL,
         hint="Start the walk with dtotal, not with 1.")
def bill_without_upstream(a, m, p, k, tax_rate, dtotal):
    """These are the slopes of the total. The slopes of L are dtotal times as large."""
    return bill_walk(a, m, p, k, 1.0, subtotal_of(a, m, p, k), 1 + tax_rate)


@mistake("bill_gradients", "prices and numbers are exchanged", loses=LEAVES,
         hint="In price * number, what is the price multiplied by?")
def bill_exchanged(a, m, p, k, tax_rate, dtotal):
    """The gradient of one input of a product contains the value of the other input."""
    dtax_rate = dtotal * subtotal_of(a, m, p, k)
    return bill_walk(m, a, k, p, dtotal, dtax_rate, dtotal * (1 + tax_rate))


@mistake("bill_gradients", "the sum of the costs is treated as a product",
         like=chain_sum_as_product, loses=("dapple_cost", "dpear_cost", *LEAVES),
         hint="By how much does the subtotal grow when the apples cost 1 more?")
def bill_sum_as_product(a, m, p, k, tax_rate, dtotal):
    dsubtotal = dtotal * (1 + tax_rate)
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dsubtotal,
                     (dsubtotal * p * k, dsubtotal * a * m))


@mistake("bill_gradients", "dtax_rate contains the tax rate", loses=("dtax_rate",),
         hint="In tax = subtotal * tax_rate, what is the tax rate multiplied by?")
def bill_rate_own_value(a, m, p, k, tax_rate, dtotal):
    """The local slope with respect to the tax rate is the other factor, the subtotal."""
    return bill_walk(a, m, p, k, dtotal, dtotal * tax_rate, dtotal * (1 + tax_rate))


@mistake("bill_gradients", "dtax_rate contains the total", loses=("dtax_rate",),
         hint="Which node does the tax rate go into, and what is the other input there?")
def bill_rate_of_the_total(a, m, p, k, tax_rate, dtotal):
    """The tax is computed from the subtotal, not from the total that already contains it."""
    total = (1 + tax_rate) * subtotal_of(a, m, p, k)
    return bill_walk(a, m, p, k, dtotal, dtotal * total, dtotal * (1 + tax_rate))


# bill_total


@mistake("bill_total", "the tax is missing", loses=("total",),
         hint="Compare your line with the formula, factor by factor.")
def total_without_tax(prices, numbers, tax_rate):
    """This is the subtotal."""
    return np.sum(prices * numbers)


@mistake("bill_total", "only the tax is returned", loses=("total",),
         hint="The total is the subtotal and the tax.")
def total_tax_only(prices, numbers, tax_rate):
    """tax_rate times the subtotal is the tax. The fruit has to be paid as well."""
    return tax_rate * np.sum(prices * numbers)


@mistake("bill_total", "the sums are multiplied", loses=("total",),
         hint="Multiply first, for each kind of fruit, then add.")
def total_product_of_sums(prices, numbers, tax_rate):
    """A product of sums also multiplies the price of one fruit by the number of another."""
    return (1 + tax_rate) * np.sum(prices) * np.sum(numbers)


@mistake("bill_total", "the sum over the kinds is missing", loses=("total",),
         hint="The total is one number.")
def total_without_sum(prices, numbers, tax_rate):
    """This is an array with one cost for each kind of fruit. The bill adds them up."""
    return (1 + tax_rate) * prices * numbers


@mistake("bill_total", "the tax is subtracted", loses=("total",), hint="A tax makes it dearer.")
def total_discount(prices, numbers, tax_rate):
    """With 1 - r the tax has become a discount."""
    return (1 - tax_rate) * np.sum(prices * numbers)


# bill_gradients_collapsed


def right_gradients(prices, numbers, tax_rate, dtotal):
    """dprices, dnumbers, dtax_rate as they should be, to be spoiled in one place."""
    factor = dtotal * (1 + tax_rate)
    return factor * numbers, factor * prices, dtotal * np.sum(prices * numbers)


@mistake("bill_gradients_collapsed", "prices and numbers are exchanged",
         loses=("dprices", "dnumbers"), hint="What is a price multiplied by?")
def collapsed_exchanged(prices, numbers, tax_rate, dtotal):
    """The gradient of one factor contains the value of the other factor."""
    dnumbers, dprices, dtax_rate = right_gradients(prices, numbers, tax_rate, dtotal)
    return dprices, dnumbers, dtax_rate


@mistake("bill_gradients_collapsed", "the branch through the tax is missing",
         loses=("dprices", "dnumbers"),
         hint="By how much does the bill grow, with tax, when the subtotal grows by 1?")
def collapsed_direct_only(prices, numbers, tax_rate, dtotal):
    """A dearer fruit also means a larger tax: the factor of the fork is not 1."""
    return dtotal * numbers, dtotal * prices, dtotal * np.sum(prices * numbers)


@mistake("bill_gradients_collapsed", "the direct branch is missing",
         loses=("dprices", "dnumbers"),
         hint="By how much does the bill grow, without tax, when the subtotal grows by 1?")
def collapsed_tax_only(prices, numbers, tax_rate, dtotal):
    """The tax rate alone is what comes back through the tax. The subtotal is also paid itself."""
    factor = dtotal * tax_rate
    return factor * numbers, factor * prices, dtotal * np.sum(prices * numbers)


@mistake("bill_gradients_collapsed", like=bill_without_upstream,
         loses=("dprices", "dnumbers", "dtax_rate"),
         hint="Every path ends at the total, and from there dtotal comes back.")
def collapsed_without_upstream(prices, numbers, tax_rate, dtotal):
    return right_gradients(prices, numbers, tax_rate, 1.0)


@mistake("bill_gradients_collapsed", "the sum over the kinds is missing in dtax_rate",
         loses=("dtax_rate",), hint="How many kinds of fruit does the tax rate touch?")
def collapsed_rate_without_sum(prices, numbers, tax_rate, dtotal):
    """The tax rate is one number with one gradient. Every kind of fruit contributes to it."""
    dprices, dnumbers, _ = right_gradients(prices, numbers, tax_rate, dtotal)
    return dprices, dnumbers, dtotal * prices * numbers


@mistake("bill_gradients_collapsed", "dtax_rate contains the tax itself", loses=("dtax_rate",),
         hint="In (1 + r) * S, by how much does the result grow when r grows by 1?")
def collapsed_rate_of_the_total(prices, numbers, tax_rate, dtotal):
    """The factor 1 + r belongs to the gradients of the fruit. For r itself only the sum is left."""
    dprices, dnumbers, dtax_rate = right_gradients(prices, numbers, tax_rate, dtotal)
    return dprices, dnumbers, (1 + tax_rate) * dtax_rate


@mistake("bill_gradients_collapsed", "gradients are cut to whole numbers",
         loses=("dprices", "dnumbers"),
         hint="An array made by zeros_like has the dtype of its model.")
def collapsed_integers(prices, numbers, tax_rate, dtotal):
    """The result is written into an array of integers, which keeps only what is before the point.

    The numbers of a bill may be integers, and their gradients are not.
    """
    right = right_gradients(prices, numbers, tax_rate, dtotal)
    dprices, dnumbers = np.zeros_like(numbers), np.zeros_like(numbers)
    dprices[:], dnumbers[:] = right[0], right[1]
    return dprices, dnumbers, right[2]


# exposing_graph


@mistake("exposing_graph", "the graph of the example", loses=("steps",),
         hint="Let one name stand on the right side of two steps.")
def exposing_example():
    """For this graph the function is right: every value is used exactly once."""
    return [("q", "+", "x", "y"), ("z", "*", "q", "t")]


@mistake("exposing_graph", "a single step", loses=("steps",),
         hint="Let one name stand on the right side of two steps.")
def exposing_one_step():
    """With one step on two different inputs nothing can be overwritten."""
    return [("out", "*", "x", "y")]


@mistake("exposing_graph", "a formula instead of steps", loses=("steps",),
         hint='Write each operation as a tuple such as ("q", "+", "x", "y").')
def exposing_formula():
    """The function takes a list of steps, each with four strings."""
    return "(x + y) * x"


@mistake("exposing_graph", "one step without its list", loses=("steps",),
         hint="Put brackets around the tuple, also if there is only one.")
def exposing_bare_step():
    """A graph is a list of steps, also when it has one step only."""
    return ("out", "*", "x", "x")


@mistake("exposing_graph", "a name is given twice", loses=("steps",),
         hint="Give the second result a new name, and use the old one twice.")
def exposing_reassigned():
    """Giving q a second meaning is something else than using q twice. Values get one name each."""
    return [("q", "+", "x", "y"), ("q", "*", "q", "t")]


# graph_gradients_mended


def walk(steps, values, dout, keep):
    """The given function with another way to keep the two gradients of a step."""
    values = dict(values)
    for out, kind, a, b in steps:
        values[out] = values[a] + values[b] if kind == "+" else values[a] * values[b]
    gradients = {steps[-1][0]: dout}
    for out, kind, a, b in reversed(steps):
        upstream = gradients[out]
        if kind == "+":
            da, db = upstream, upstream
        else:
            da, db = upstream * values[b], upstream * values[a]
        keep(gradients, a, b, da, db)
    return gradients


ALL_GRAPHS = (USED_BY_TWO, USED_TWICE_BY_ONE, RESULT_USED_TWICE)


@mistake("graph_gradients_mended", "the old gradient is still overwritten", loses=ALL_GRAPHS,
         hint="What should happen when there is a gradient under this name already?")
def mended_not(steps, values, dout):
    """A value that is used twice keeps only the gradient of one use. The uses must add up."""

    def keep(gradients, a, b, da, db):
        gradients[a] = da
        gradients[b] = db

    return walk(steps, values, dout, keep)


@mistake("graph_gradients_mended", "only one of the two lines is mended", loses=ALL_GRAPHS,
         hint="Two lines write into gradients.")
def mended_first_line(steps, values, dout):
    """The gradient of the first input adds up, that of the second still overwrites."""

    def keep(gradients, a, b, da, db):
        gradients[a] = gradients.get(a, 0.0) + da
        gradients[b] = db

    return walk(steps, values, dout, keep)


@mistake("graph_gradients_mended", "both old gradients are read before either is written",
         loses=(USED_TWICE_BY_ONE,),
         hint="Follow your lines for a step with a == b. What stands there after the first?")
def mended_reads_early(steps, values, dout):
    """If both inputs of a step are the same value, the second line overwrites what the first
    has added."""

    def keep(gradients, a, b, da, db):
        old_a, old_b = gradients.get(a, 0.0), gradients.get(b, 0.0)
        gradients[a] = old_a + da
        gradients[b] = old_b + db

    return walk(steps, values, dout, keep)


@mistake("graph_gradients_mended", "the first gradient is kept and later ones are lost",
         loses=ALL_GRAPHS, hint="Which of two gradients counts? Both.")
def mended_keeps_first(steps, values, dout):
    """Not to overwrite is only half of the repair. The later gradient has to be added."""

    def keep(gradients, a, b, da, db):
        gradients.setdefault(a, da)
        gradients.setdefault(b, db)

    return walk(steps, values, dout, keep)


@mistake("graph_gradients_mended", "gradients are multiplied over the uses", like=fan_out_product,
         loses=ALL_GRAPHS, hint="Two uses act side by side. What happens to their effects?")
def mended_product(steps, values, dout):
    def keep(gradients, a, b, da, db):
        gradients[a] = gradients.get(a, 1.0) * da
        gradients[b] = gradients.get(b, 1.0) * db

    return walk(steps, values, dout, keep)


@mistake("graph_gradients_mended", "dout is lost", loses=ALL_GRAPHS,
         hint="Print gradients before the second loop. What stands under the name of the output?")
def mended_all_zeros(steps, values, dout):
    """All gradients start at 0, also that of the output, and 0 is what is sent back from there."""
    return walk(steps, values, 0.0, lambda gradients, a, b, da, db: gradients.update(
        {a: gradients.get(a, 0.0) + da, b: gradients.get(b, 0.0) + db}))
