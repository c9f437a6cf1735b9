"""Known mistakes of 02_computational_graphs."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.computational_graphs import (
    BACKWARD,
    BILL,
    COSTS,
    FORWARD,
    LEAVES,
    MEMORY,
    SUBTOTAL,
    TAX,
    TIE,
    backward_item,
)
from autograder.exercises.graphs import (
    CHAIN,
    NO_PATH,
    NODES,
    PAIR,
    USED_BY_TWO,
    USED_TWICE_BY_ONE,
    VALUES,
    WITHOUT_MAKE,
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
         hint="What is 5 * 5, and by how much is it more than 5 * 4?")
def slopes_t_itself():
    """z grows by q when t grows by 1. The value of t does not matter for that."""
    return np.array([4.0, 4.0, 4.0])


@mistake("predict_slopes", "the values instead of the growth", loses=("slopes",),
         hint="What is z before the push, and what after it?")
def slopes_values():
    """2, 3 and 4 are the numbers on the edges. The question is how strongly each moves z."""
    return np.array([2.0, 3.0, 4.0])


@mistake("predict_slopes", "the new z instead of its growth", loses=("slopes",),
         hint="z was 20 before. By how much did it grow?")
def slopes_new_values():
    """24, 24 and 25 are what z becomes."""
    return np.array([24.0, 24.0, 25.0])


@mistake("predict_slopes", "the order is t, x, y", loses=("slopes",),
         hint="In which order does the docstring want the three answers?")
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
    return dz, dz, dz * (x + y)


@mistake("chain_gradients", "dz is ignored", loses=("dt", "dx", "dy"),
         hint="The rule has two factors. Which of them is missing?")
def chain_without_upstream(x, y, t, dz):
    """These are the slopes of z. The slopes of L are dz times as large."""
    return t, t, x + y


@mistake("chain_gradients", "the sum is treated as a product", loses=("dx", "dy"),
         hint="In q = x + y, by how much does q grow when x grows by 1?")
def chain_sum_as_product(x, y, t, dz):
    """The local slopes of a sum are 1, whatever the other input is."""
    return dz * t * y, dz * t * x, dz * (x + y)


@mistake("chain_gradients", "the gradient is shared out between x and y", loses=("dx", "dy"),
         hint="Push x alone. Does the whole push arrive at q?")
def chain_halves(x, y, t, dz):
    """A gradient is no amount that has to be divided. Each input moves q with slope 1."""
    return dz * t / 2, dz * t / 2, dz * (x + y)


@mistake("chain_gradients", "each factor receives its own value", loses=("dx", "dy", "dt"),
         hint="Hold t fixed. By how much does q * t grow when q grows by 1?")
def chain_own_values(x, y, t, dz):
    """The local slope of a product is the other factor: t for q, and q for t."""
    return dz * (x + y), dz * (x + y), dz * t


# AddNode


@mistake("AddNode", "dout is ignored", loses=(BACKWARD,),
         hint="The rule has two factors. Which of them is missing?")
class AddOnes:
    """1 is the local slope of a sum. The gradient is dout times that."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return 1.0, 1.0


@mistake("AddNode", "the inputs are multiplied into the gradients", loses=(BACKWARD,),
         hint="By how much does x + y grow when x grows by 1? Does y matter?")
class AddLikeMul:
    """These are the gradients of a product. The local slopes of a sum are 1."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        return dout * self.y, dout * self.x


@mistake("AddNode", "the gradient is shared out between x and y", loses=(BACKWARD,),
         hint="Push x alone. Does the whole push arrive at out?")
class AddHalves:
    """A gradient is no amount that has to be divided. Each input moves out with slope 1."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout / 2, dout / 2


@mistake("AddNode", "backward returns one number", loses=(BACKWARD,),
         hint="How many inputs does the node have, and how many gradients?")
class AddOneGradient:
    """The node has two inputs, and each gets a gradient, even if both are the same number."""

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout


@mistake("AddNode", "gradients pile up in the node", loses=(BACKWARD,),
         hint="What does your node return when backward is called a second time?")
class AddPilesUp:
    """Adding up is the task of the fork, where a value branches. A node answers each call for
    itself."""

    dx = dy = 0.0

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        self.dx += dout
        self.dy += dout
        return self.dx, self.dy


@mistake("AddNode", "forward multiplies", loses=(FORWARD,),
         hint="Which operation does the docstring of the class ask for?")
class AddMultiplies:
    """x * y is a product. This node computes the sum."""

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


@mistake("MulNode", "dx and dy are exchanged", loses=(BACKWARD,),
         hint="Hold y fixed. By how much does x * y grow when x grows by 1?")
class MulExchanged(Remembering):
    """The slope with respect to x is y, and the slope with respect to y is x."""

    def backward(self, dout):
        return dout * self.x, dout * self.y


@mistake("MulNode", "dout is ignored", loses=(BACKWARD,),
         hint="The rule has two factors. Which of them is missing?")
class MulWithoutUpstream(Remembering):
    """These are the local slopes. The gradients are dout times as large."""

    def backward(self, dout):
        return self.y, self.x


@mistake("MulNode", "backward divides the product by an input", loses=(BACKWARD,),
         hint="What happens where x is 0? Could you keep what you need, so that nothing has to "
              "be divided?")
class MulDivides(Remembering):
    """out / x is y, but only as long as x is not 0."""

    def backward(self, dout):
        out = self.x * self.y
        return dout * out / self.x, dout * out / self.y


@mistake("MulNode", "a name is used that is not known there", loses=(BACKWARD, MEMORY),
         hint="Where does backward look for the value, and who has put it there?")
class MulForgets:
    """A method knows its own arguments and what is kept in self. The arguments of forward are
    gone when forward has returned."""

    def forward(self, x, y):
        return x * y

    def backward(self, dout):
        raise NameError("name 'y' is not defined")  # what dout * y raises here


@mistake("MulNode", "backward reads what forward has not kept", loses=(BACKWARD, MEMORY),
         hint="Under which name does backward look for the value, and where is it given that name?")
class MulKeepsNothing:
    """self has only those attributes that some method has given it."""

    x: float
    y: float

    def forward(self, x, y):
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


@mistake("MulNode", "the product passes on its upstream gradient", loses=(BACKWARD, MEMORY),
         hint="By how much does x * y grow when x grows by 1? Does y matter?")
class MulLikeAdd(Remembering):
    """These are the gradients of a sum. The local slopes of a product are the other factors."""

    def backward(self, dout):
        return dout, dout


@mistake("MulNode", "forward adds", loses=(FORWARD,),
         hint="Which operation does the docstring of the class ask for?")
class MulAdds(Remembering):
    """x + y is a sum. This node computes the product."""

    def forward(self, x, y):
        super().forward(x, y)
        return x + y


@mistake("MulNode", "all nodes share one memory", loses=(MEMORY,),
         hint="Whose note is it: that of this one node, or that of the class or the notebook?")
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


@mistake("MulNode", "gradients pile up in the node", loses=(MEMORY,),
         hint="What does your node return when backward is called a second time?")
class MulPilesUp(Remembering):
    """Adding up is the task of the fork, where a value branches. A node answers each
    call for itself."""

    def __init__(self):
        self.dx = self.dy = 0.0

    def backward(self, dout):
        self.dx += dout * self.y
        self.dy += dout * self.x
        return self.dx, self.dy


@mistake("MulNode", "backward throws away what it needs", loses=(MEMORY,),
         hint="What is left of the notes after the first backward?")
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


@mistake("SquareNode", "the factor 2 is missing", loses=(BACKWARD,),
         hint="Write x squared as x * x. How many uses of x are there?")
class SquareOnePath(RememberingX):
    """x * dout is what comes back along one of the two uses of x in x * x. Both add up."""

    def backward(self, dout):
        return self.x * dout


@mistake("SquareNode", "dout is ignored", loses=(BACKWARD,),
         hint="The rule has two factors. Which of them is missing?")
class SquareWithoutUpstream(RememberingX):
    """2x is the local slope. The gradient is dout times that."""

    def backward(self, dout):
        return 2 * self.x


@mistake("SquareNode", "x is missing in the local slope", loses=(BACKWARD,),
         hint="What is the derivative of x squared?")
class SquareSlopeTwo(RememberingX):
    """The square grows faster where x is larger: its slope is not the same everywhere."""

    def backward(self, dout):
        return 2 * dout


@mistake("SquareNode", "the square in the place of x in the local slope",
         loses=(BACKWARD,), hint="Which number does the local slope need, and which one has yours?")
class SquareKeepsOut(RememberingX):
    """The local slope is twice x, not twice the output."""

    def forward(self, x):
        self.x = x * x
        return self.x


@mistake("SquareNode", "the sign of x is lost", loses=(BACKWARD,),
         hint="What is the square root of (-3) squared?")
class SquareRoot:
    """The square root of out is the absolute value of x. For a negative x the slope is negative."""

    def forward(self, x):
        self.out = x * x
        return self.out

    def backward(self, dout):
        return 2 * np.sqrt(self.out) * dout


@mistake("SquareNode", like=MulKeepsNothing, loses=(BACKWARD,),
         hint="Under which name does backward look for the value, and where is it given that name?")
class SquareKeepsNothing:
    x: float

    def forward(self, x):
        return x * x

    def backward(self, dout):
        return 2 * self.x * dout


@mistake("SquareNode", like=MulForgets, loses=(BACKWARD,))
class SquareForgets:
    def forward(self, x):
        return x * x

    def backward(self, dout):
        raise NameError("name 'x' is not defined")  # what 2 * x * dout raises here


@mistake("SquareNode", "forward doubles", loses=(FORWARD,),
         hint="What is 3 squared, and what is twice 3?")
class SquareDoubles(RememberingX):
    """The node computes two times x, where x times x is meant."""

    def forward(self, x):
        self.x = x
        return x * 2


@mistake("SquareNode", like=MulShared, loses=(BACKWARD,))
class SquareShared:
    x: float

    def forward(self, x):
        SquareShared.x = x
        return x * x

    def backward(self, dout):
        return 2 * SquareShared.x * dout


@mistake("SquareNode", "the gradient piles up in the node", like=MulPilesUp, loses=(BACKWARD,),
         hint="What does your node return when backward is called a second time?")
class SquarePilesUp(RememberingX):
    dx = 0.0

    def backward(self, dout):
        self.dx += 2 * self.x * dout
        return self.dx


# MaxNode


class Choosing:
    """A right MaxNode, to be spoiled in one place."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return max(x, y)

    def backward(self, dout):
        return (dout, 0.0) if self.x >= self.y else (0.0, dout)


@mistake("MaxNode", "both inputs receive the whole gradient", loses=(BACKWARD, TIE, MEMORY),
         hint="Which of the two inputs counts? Take 2 and 7, then 5 and 5.")
class MaxLikeAdd(Choosing):
    """Only the input that counts as the larger one moves the output, and at a tie that is x. No
    gradient comes back to the other."""

    def backward(self, dout):
        return dout, dout


@mistake("MaxNode", "the smaller input receives the gradient", loses=(BACKWARD,),
         hint="Take 2 and 7 and push one of them a little. Which push does the output feel?")
class MaxExchanged(Choosing):
    """The output is the larger input, and moves with that one alone."""

    def backward(self, dout):
        return (dout, 0.0) if self.x <= self.y else (0.0, dout)


@mistake("MaxNode", "y always receives the gradient", loses=(BACKWARD, TIE, MEMORY),
         hint="Does your backward depend on what went into forward?")
class MaxToY(Choosing):
    """Which input receives the gradient depends on which is the larger one."""

    def backward(self, dout):
        return 0.0, dout


@mistake("MaxNode", "x always receives the gradient", like=MaxToY, loses=(BACKWARD, MEMORY))
class MaxToX(Choosing):
    """Which input receives the gradient depends on which is the larger one."""

    def backward(self, dout):
        return dout, 0.0


@mistake("MaxNode", "the switch is turned", loses=(BACKWARD, TIE),
         hint="Take 2 and 7, then 5 and 5. Who receives the gradient in your node, and who should?")
class MaxTurned(Choosing):
    """Where x counts as the larger one y receives the gradient, at a tie, too."""

    def backward(self, dout):
        return (0.0, dout) if self.x >= self.y else (dout, 0.0)


@mistake("MaxNode", "dout is ignored", loses=(BACKWARD, TIE),
         hint="The rule has two factors. Which of them is missing?")
class MaxWithoutUpstream(Choosing):
    """1 and 0 are the local slopes. The gradients are dout times as large."""

    def backward(self, dout):
        return super().backward(1.0)


@mistake("MaxNode", "the gradient contains the value of the input", loses=(BACKWARD, TIE),
         hint="Take 2 and 7 and push the 7 by 0.001. By how much does the output grow?")
class MaxTimesValue(Choosing):
    """The output grows exactly as fast as the larger input: its local slope is 1."""

    def backward(self, dout):
        dx, dy = super().backward(dout)
        return dx * self.x, dy * self.y


@mistake("MaxNode", "the sign of the inputs is lost", loses=(FORWARD, BACKWARD),
         hint="Which is larger, -2 or 1?")
class MaxOfSizes(Choosing):
    """The numbers are compared by their absolute values. Of -2 and 1 the larger one is 1."""

    def forward(self, x, y):
        self.x, self.y = abs(x), abs(y)
        return x if self.x >= self.y else y


@mistake("MaxNode", "forward returns the smaller input", loses=(FORWARD,),
         hint="Which of the two inputs does the docstring of the class ask for?")
class MaxIsMin(Choosing):
    """This is the minimum. The node computes the larger of the two inputs."""

    def forward(self, x, y):
        super().forward(x, y)
        return min(x, y)


@mistake("MaxNode", "at a tie y counts as the larger one", loses=(TIE,),
         hint="Which of > and >= belongs between x and y?")
class MaxTieToY(Choosing):
    """For equal inputs there is no slope. The course's convention is that x counts."""

    def backward(self, dout):
        return (dout, 0.0) if self.x > self.y else (0.0, dout)


@mistake("MaxNode", "at a tie both inputs receive the whole gradient", loses=(TIE,),
         hint="At a tie, one of the two counts as the larger. Which?")
class MaxTieToBoth(Choosing):
    """Pushing both up moves the output by one push, not by two. One of them counts: x."""

    def backward(self, dout):
        return (dout, dout) if self.x == self.y else super().backward(dout)


@mistake("MaxNode", "at a tie the gradient is shared", loses=(TIE,),
         hint="At a tie, one of the two counts as the larger. Which?")
class MaxTieShared(Choosing):
    """Half for each is a convention, too, and not that of this course: x counts."""

    def backward(self, dout):
        return (dout / 2, dout / 2) if self.x == self.y else super().backward(dout)


@mistake("MaxNode", "at a tie no input receives the gradient", loses=(TIE,),
         hint="Take 5 and 5. Which of your conditions is true?")
class MaxTieToNone(Choosing):
    """With two strict conditions neither input counts where both are equal. The course's convention
    is that x does."""

    def backward(self, dout):
        return (0.0, 0.0) if self.x == self.y else super().backward(dout)


@mistake("MaxNode", like=MulShared, loses=(MEMORY,))
class MaxShared(Choosing):
    first: bool

    def forward(self, x, y):
        MaxShared.first = x >= y
        return max(x, y)

    def backward(self, dout):
        return (dout, 0.0) if MaxShared.first else (0.0, dout)


@mistake("MaxNode", like=MulKeepsNothing, loses=(BACKWARD, TIE, MEMORY))
class MaxKeepsNothing:
    x: float
    y: float

    def forward(self, x, y):
        return max(x, y)

    def backward(self, dout):
        return (dout, 0.0) if self.x >= self.y else (0.0, dout)


@mistake("MaxNode", like=MulForgets, loses=(BACKWARD, TIE, MEMORY))
class MaxForgets:
    def forward(self, x, y):
        return max(x, y)

    def backward(self, dout):
        raise NameError("name 'x' is not defined")  # what x >= y raises here


# fan_out_gradients


@mistake("fan_out_gradients", "the path through q is missing in dx", loses=("dx",),
         hint="Pushing x pushes both branches. Do the two effects replace each other?")
def fan_out_overwrites(x, y, dout):
    """The path through q was left out, or the other one has replaced it. x moves out along
    both."""
    return dout * x, dout * (x + y), dout * (x + y)


@mistake("fan_out_gradients", "the direct path is missing in dx", loses=("dx",),
         hint="How many edges leave x?")
def fan_out_through_q_only(x, y, dout):
    """The path through q is one of two. The direct use of x moves out as well."""
    return dout * x, dout * (x + y), dout * x


@mistake("fan_out_gradients", "dx is the mean over the paths", loses=("dx",),
         hint="Push both branches by 0.001. By how much does out grow in all?")
def fan_out_mean(x, y, dout):
    """Both effects arrive in full. Nothing divides by the number of paths."""
    return dout * x, dout * (x + y), (dout * x + dout * (x + y)) / 2


@mistake("fan_out_gradients", "the gradients of the paths are multiplied", loses=("dx",),
         hint="Do the two branches act one after the other, or side by side?")
def fan_out_product(x, y, dout):
    """Slopes multiply along one path. Over different paths they add up."""
    return dout * x, dout * (x + y), dout * x * dout * (x + y)


@mistake("fan_out_gradients", "through_q and direct are exchanged",
         loses=("through_q", "direct"),
         hint="Which input of the product does the direct path lead into, and what is the other?")
def fan_out_exchanged(x, y, dout):
    """The gradient of one input of a product is dout times the value of the other input."""
    return dout * (x + y), dout * x, dout * (2 * x + y)


@mistake("fan_out_gradients", "dout is ignored", loses=("through_q", "direct", "dx"),
         hint="Every path ends at out. What comes back from there?")
def fan_out_without_upstream(x, y, dout):
    """These are the slopes of out. The slopes of L are dout times as large."""
    return x, x + y, 2 * x + y


@mistake("fan_out_gradients", "the product is left out on the path through q",
         loses=("through_q", "dx"),
         hint="Between q and out there is another node. What is its local slope for q?")
def fan_out_without_product(x, y, dout):
    """The path through q goes through the product, too, and picks up its local slope there."""
    return dout, dout * (x + y), dout + dout * (x + y)


# bill_gradients

LEFT_OF_FORK = (SUBTOTAL, COSTS, LEAVES)


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
         hint="How many edges leave the subtotal?")
def bill_direct_only(a, m, p, k, tax_rate, dtotal):
    """A larger subtotal also means a larger tax. What comes back through the tax is added."""
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dtotal)


@mistake("bill_gradients", "the direct branch of the subtotal is missing", loses=LEFT_OF_FORK,
         hint="dsubtotal gets a part from each of two nodes. Are both in it in the end?")
def bill_overwrites(a, m, p, k, tax_rate, dtotal):
    """This is the part that comes back through the tax. The part that comes directly was left out,
    or replaced by it."""
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dtotal * tax_rate)


@mistake("bill_gradients", "1 comes through the direct branch, not dtotal", loses=LEFT_OF_FORK,
         hint="What does a sum send to each of its inputs?")
def bill_direct_one(a, m, p, k, tax_rate, dtotal):
    """The local slope of the direct branch is 1. What comes back through it is dtotal times 1."""
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), 1 + dtotal * tax_rate)


@mistake("bill_gradients", "the two branches of the subtotal are averaged", loses=LEFT_OF_FORK,
         hint="Both effects arrive in full. What happens to them?")
def bill_mean(a, m, p, k, tax_rate, dtotal):
    """Gradients over several paths are added. Nothing divides by their number."""
    dsubtotal = dtotal * (1 + tax_rate) / 2
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dsubtotal)


@mistake("bill_gradients", "dtotal is ignored", loses=tuple(BILL),
         hint="With which number does the walk begin?")
def bill_without_upstream(a, m, p, k, tax_rate, dtotal):
    """These are the slopes of the total. The slopes of L are dtotal times as large."""
    return bill_walk(a, m, p, k, 1.0, subtotal_of(a, m, p, k), 1 + tax_rate)


@mistake("bill_gradients", "prices and numbers are exchanged", loses=(LEAVES,),
         hint="In price * number, what is the price multiplied by?")
def bill_exchanged(a, m, p, k, tax_rate, dtotal):
    """The gradient of one input of a product contains the value of the other input."""
    dtax_rate = dtotal * subtotal_of(a, m, p, k)
    return bill_walk(m, a, k, p, dtotal, dtax_rate, dtotal * (1 + tax_rate))


@mistake("bill_gradients", "the sum of the costs is treated as a product",
         like=chain_sum_as_product, loses=(COSTS, LEAVES),
         hint="By how much does the subtotal grow when the apples cost 1 more?")
def bill_sum_as_product(a, m, p, k, tax_rate, dtotal):
    dsubtotal = dtotal * (1 + tax_rate)
    return bill_walk(a, m, p, k, dtotal, dtotal * subtotal_of(a, m, p, k), dsubtotal,
                     (dsubtotal * p * k, dsubtotal * a * m))


@mistake("bill_gradients", "dtax_rate contains the tax rate", loses=(TAX,),
         hint="In tax = subtotal * tax_rate, what is the tax rate multiplied by?")
def bill_rate_own_value(a, m, p, k, tax_rate, dtotal):
    """The local slope with respect to the tax rate is the other factor, the subtotal."""
    return bill_walk(a, m, p, k, dtotal, dtotal * tax_rate, dtotal * (1 + tax_rate))


@mistake("bill_gradients", "dtax_rate contains the total", loses=(TAX,),
         hint="Which node does the tax rate go into, and what is the other input there?")
def bill_rate_of_the_total(a, m, p, k, tax_rate, dtotal):
    """The tax is computed from the subtotal, not from the total that already contains it."""
    total = (1 + tax_rate) * subtotal_of(a, m, p, k)
    return bill_walk(a, m, p, k, dtotal, dtotal * total, dtotal * (1 + tax_rate))


# bill_collapsed


def right_bill(prices, numbers, tax_rate):
    """total, dprices, dnumbers, dtax_rate as they should be, to be spoiled in one place."""
    subtotal, factor = np.sum(prices * numbers), 1 + tax_rate
    return factor * subtotal, factor * numbers, factor * prices, subtotal


@mistake("bill_collapsed", "dprices and dnumbers are exchanged",
         loses=("dprices", "dnumbers"), hint="What is a price multiplied by?")
def collapsed_exchanged(prices, numbers, tax_rate):
    """The gradient of one factor contains the value of the other factor."""
    total, dprices, dnumbers, dtax_rate = right_bill(prices, numbers, tax_rate)
    return total, dnumbers, dprices, dtax_rate


@mistake("bill_collapsed", "the branch through the tax is missing", loses=("dprices", "dnumbers"),
         hint="By how much does the bill grow, with tax, when the subtotal grows by 1?")
def collapsed_direct_only(prices, numbers, tax_rate):
    """A dearer fruit also means a larger tax: the factor of the fork is not 1."""
    total, _, _, dtax_rate = right_bill(prices, numbers, tax_rate)
    return total, 1.0 * numbers, 1.0 * prices, dtax_rate


@mistake("bill_collapsed", "the direct branch is missing", loses=("dprices", "dnumbers"),
         hint="By how much does the bill grow, without tax, when the subtotal grows by 1?")
def collapsed_tax_only(prices, numbers, tax_rate):
    """The tax rate alone is what comes back through the tax. The subtotal is also paid itself."""
    total, _, _, dtax_rate = right_bill(prices, numbers, tax_rate)
    return total, tax_rate * numbers, tax_rate * prices, dtax_rate


@mistake("bill_collapsed", "the sum over the kinds is missing in dtax_rate",
         loses=("dtax_rate",), hint="How many kinds of fruit does the tax rate touch?")
def collapsed_rate_without_sum(prices, numbers, tax_rate):
    """The tax rate is one number with one gradient. Every kind of fruit contributes to it."""
    return *right_bill(prices, numbers, tax_rate)[:3], prices * numbers


@mistake("bill_collapsed", "dtax_rate contains the factor 1 + r", loses=("dtax_rate",),
         hint="In (1 + r) * S, by how much does the result grow when r grows by 1?")
def collapsed_rate_of_the_total(prices, numbers, tax_rate):
    """The factor 1 + r belongs to the gradients of the fruit. For r itself only the sum is left."""
    total, dprices, dnumbers, dtax_rate = right_bill(prices, numbers, tax_rate)
    return total, dprices, dnumbers, (1 + tax_rate) * dtax_rate


@mistake("bill_collapsed", "gradients are cut to whole numbers",
         loses=("dprices", "dnumbers"),
         hint="Which dtype have your gradients? Which one has an array made by zeros_like?")
def collapsed_integers(prices, numbers, tax_rate):
    """An array of integers keeps only what is before the point.

    The numbers of a bill may be integers, and their gradients are not.
    """
    right = right_bill(prices, numbers, tax_rate)
    dprices, dnumbers = np.zeros_like(numbers), np.zeros_like(numbers)
    dprices[:], dnumbers[:] = right[1], right[2]
    return right[0], dprices, dnumbers, right[3]


@mistake("bill_collapsed", "the gradients are written into prices and numbers",
         loses=("total", "dprices", "dnumbers", "dtax_rate"),
         hint="Which array does dprices *= ... write into, if dprices is a second name for it?")
def collapsed_in_place(prices, numbers, tax_rate):
    """dprices = numbers makes no array, only a second name. What is multiplied in place is the
    caller's array; one of integers cannot hold the result, and one that is protected refuses."""
    subtotal = np.sum(prices * numbers)
    total, dprices, dnumbers = (1 + tax_rate) * subtotal, numbers, prices
    dprices *= 1 + tax_rate
    dnumbers *= 1 + tax_rate
    return total, dprices, dnumbers, subtotal


@mistake("bill_collapsed", "the tax is missing in the total", loses=("total",),
         hint="Which factor of the formula is not in your line?")
def collapsed_subtotal(prices, numbers, tax_rate):
    """This is the subtotal."""
    return np.sum(prices * numbers), *right_bill(prices, numbers, tax_rate)[1:]


@mistake("bill_collapsed", "the total is the tax alone", loses=("total",),
         hint="What is paid besides the tax?")
def collapsed_tax(prices, numbers, tax_rate):
    """tax_rate times the subtotal is the tax. The fruit has to be paid as well."""
    return tax_rate * np.sum(prices * numbers), *right_bill(prices, numbers, tax_rate)[1:]


@mistake("bill_collapsed", "the sums are multiplied in the total", loses=("total",),
         hint="Which comes first for each kind of fruit, the product or the sum?")
def collapsed_product_of_sums(prices, numbers, tax_rate):
    """A product of sums also multiplies the price of one fruit by the number of another."""
    total = (1 + tax_rate) * np.sum(prices) * np.sum(numbers)
    return total, *right_bill(prices, numbers, tax_rate)[1:]


@mistake("bill_collapsed", "the sum over the kinds is missing in the total", loses=("total",),
         hint="How many numbers is a total?")
def collapsed_without_sum(prices, numbers, tax_rate):
    """This is an array with one cost for each kind of fruit. The bill adds them up."""
    total = (1 + tax_rate) * prices * numbers
    return total, *right_bill(prices, numbers, tax_rate)[1:]


# run_forward


def usual_nodes(kind):
    """The given nodes of `make_node`."""
    return {"exp": Growing, "reciprocal": OneOver}[kind]()


class Growing:
    """The node out = e to the power of x."""

    def forward(self, x):
        self.out = np.exp(x)
        return self.out

    def backward(self, dout):
        return dout * self.out


class OneOver:
    """The node out = 1 / x."""

    def forward(self, x):
        self.out = 1 / x
        return self.out

    def backward(self, dout):
        return -dout * self.out**2


def right_forward(steps, values, make):
    """A right run_forward, to be spoiled in one place."""
    values, nodes = dict(values), []
    for name, kind, inputs in steps:
        nodes.append(make(kind))
        values[name] = nodes[-1].forward(*[values[other] for other in inputs])
    return values, nodes


@mistake("run_forward", "one node serves all steps of its kind", loses=(NODES,),
         hint="How often should make be called for a graph with two steps of one kind?")
def forward_shares_nodes(steps, values, make=usual_nodes):
    """A node remembers the values of its last forward. If two steps share a node, the first step
    finds those of the second on the way back."""
    values, nodes = dict(values), []
    made = cache(make)
    for name, kind, inputs in steps:
        nodes.append(made(kind))
        values[name] = nodes[-1].forward(*[values[other] for other in inputs])
    return values, nodes


@mistake("run_forward", "the nodes that are returned have not run", loses=(NODES,),
         hint="Is the node that you keep the one that you have called?")
def forward_keeps_new_nodes(steps, values, make=usual_nodes):
    """The node that computed the value is thrown away, and a new one is kept. A new node
    remembers nothing."""
    values = dict(values)
    for name, kind, inputs in steps:
        values[name] = make(kind).forward(*[values[other] for other in inputs])
    return values, [make(kind) for _, kind, _ in steps]


@mistake("run_forward", "the nodes stand in reverse order", loses=(NODES,),
         hint="In which order does the docstring want them?")
def forward_reverses_nodes(steps, values, make=usual_nodes):
    """The first node of the list belongs to the last step. The walk back will turn both lists."""
    found, nodes = right_forward(steps, values, make)
    return found, nodes[::-1]


@mistake("run_forward", "the inputs of the graph are missing in values", loses=(VALUES,),
         hint="Which names should the returned dict have besides those of the steps?")
def forward_without_inputs(steps, values, make=usual_nodes):
    """Only the results are returned. The inputs are values of the graph as well, and
    want gradients."""
    found, nodes = right_forward(steps, values, make)
    return {name: found[name] for name, _, _ in steps}, nodes


@mistake("run_forward", "the results are written into the given dict", loses=(VALUES,),
         hint="What does the docstring say of values? Whose dict do you write into?")
def forward_writes_into_values(steps, values, make=usual_nodes):
    """The results stand in the dict that came in. Whoever starts a graph again with these
    inputs finds the results of the last time among them."""
    nodes = []
    for name, kind, inputs in steps:
        nodes.append(make(kind))
        values[name] = nodes[-1].forward(*[values[other] for other in inputs])
    return values, nodes


@mistake("run_forward", "make must be given", loses=(WITHOUT_MAKE,),
         hint="How does the line that begins with def differ from the one of the stub?")
def forward_needs_make(steps, values, make):
    """Who leaves make out wants the nodes of make_node. The first line of the stub says so."""
    return right_forward(steps, values, make)


@mistake("run_forward", "the nodes are not made by make", loses=(VALUES, NODES),
         hint="Which of the parameters makes nodes?")
def forward_without_make(steps, values, make=usual_nodes):
    """make_node knows the kinds of this chapter, and no others. The check brings nodes of its own,
    and with them the function that makes them."""
    return right_forward(steps, values, usual_nodes)


# run_backward


def walk(steps, values, nodes, output, keep, order=reversed, first=1.0):
    """A right run_backward but for one place; ``keep(gradients, inputs, parts)``."""
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = first
    for (name, _, inputs), node in zip(order(steps), order(nodes), strict=True):
        parts = node.backward(gradients[name])
        keep(gradients, inputs, parts if len(inputs) > 1 else (parts,))
    return gradients


def add_up(gradients, inputs, parts):
    for other, part in zip(inputs, parts, strict=True):
        gradients[other] += part


EVERYTHING = (CHAIN, USED_BY_TWO, USED_TWICE_BY_ONE, NO_PATH, PAIR)


@mistake("run_backward", "a gradient that comes back replaces an earlier one",
         loses=(USED_BY_TWO, USED_TWICE_BY_ONE, NO_PATH, PAIR),
         hint="What should happen when something has come back to this value already?")
def backward_overwrites(steps, values, nodes, output):
    """A value that is used more than once keeps only what came last. The parts must add up."""

    def keep(gradients, inputs, parts):
        for other, part in zip(inputs, parts, strict=True):
            gradients[other] = part

    return walk(steps, values, nodes, output, keep)


@mistake("run_backward", "the first part counts and later ones are lost",
         loses=(USED_BY_TWO, USED_TWICE_BY_ONE, NO_PATH, PAIR),
         hint="Which of two parts that come back to a value counts?")
def backward_keeps_first(steps, values, nodes, output):
    """Not to overwrite is only half of it. What comes back later has to be added."""
    gradients = {output: 1.0}
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        parts = node.backward(gradients.setdefault(name, 0.0))
        for other, part in zip(inputs, parts if len(inputs) > 1 else (parts,), strict=True):
            gradients.setdefault(other, part)
    return {name: gradients.get(name, 0.0) for name in values}


@mistake("run_backward", "two uses by one node count once", loses=(USED_TWICE_BY_ONE,),
         hint="What do your lines do for a step whose inputs are the same value?")
def backward_reads_early(steps, values, nodes, output):
    """If a value is two inputs of one node, only the last part is added. The other one is lost
    where all old gradients are read before a new one is written, or where parts are kept by
    name."""

    def keep(gradients, inputs, parts):
        gradients.update({
            other: gradients[other] + part for other, part in zip(inputs, parts, strict=True)
        })

    return walk(steps, values, nodes, output, keep)


@mistake("run_backward", "only two inputs of a node get their part",
         loses=(USED_TWICE_BY_ONE, PAIR), hint="How many inputs may a node have?")
def backward_two_inputs(steps, values, nodes, output):
    """A node may have three inputs or more. A loop gives each of them its part."""
    return walk(steps, values, nodes, output,
                lambda gradients, inputs, parts: add_up(gradients, inputs[:2], parts[:2]))


@mistake("run_backward", "the walk goes from the first step to the last", loses=EVERYTHING,
         hint="Which gradient is known at the beginning, and which step made that value?")
def backward_in_forward_order(steps, values, nodes, output):
    """At the first step nothing has come back yet, so that it sends on zeros."""
    return walk(steps, values, nodes, output, add_up, order=list)


@mistake("run_backward", "only one of the two lists is reversed", loses=EVERYTHING,
         hint="Which step and which node does your loop put together first? Print them.")
def backward_mixes_nodes(steps, values, nodes, output):
    """Each step is paired with the node of another one."""
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), nodes, strict=True):
        parts = node.backward(gradients[name])
        if len(inputs) == 1:
            parts = (parts,)
        for other, part in zip(inputs, parts, strict=False):
            gradients[other] += part
    return gradients


@mistake("run_backward", "all gradients begin at 1", loses=EVERYTHING,
         hint="What has come back to a value before the walk begins?")
def backward_from_ones(steps, values, nodes, output):
    """Only the output has a gradient before the walk. To all others nothing has come back yet."""
    gradients = dict.fromkeys(values, 1.0)
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        parts = node.backward(gradients[name])
        add_up(gradients, inputs, parts if len(inputs) > 1 else (parts,))
    return gradients


@mistake("run_backward", "the output has no gradient of its own", loses=EVERYTHING,
         hint="How fast does the output grow when the output grows?")
def backward_all_zeros(steps, values, nodes, output):
    """All gradients start at 0, also that of the output, and 0 is what is sent back from there."""
    return walk(steps, values, nodes, output, add_up, first=0.0)


@mistake("run_backward", "the walk starts with the value of the output", loses=EVERYTHING,
         hint="How fast does the output grow when the output grows?")
def backward_starts_with_value(steps, values, nodes, output):
    """A gradient is a slope. However large the output is, it grows as fast as itself."""
    return walk(steps, values, nodes, output, add_up, first=values[output])


@mistake("run_backward", "the values are returned in place of the gradients", loses=EVERYTHING,
         hint="Two dicts have the same names. Which of them holds slopes?")
def backward_returns_values(steps, values, nodes, output):
    """values holds how large each value is. Asked for is how fast the output grows with it."""
    walk(steps, values, nodes, output, add_up)
    return values


@mistake("run_backward", "the last step is taken for the output", loses=(NO_PATH,),
         hint="What is the parameter output for?")
def backward_from_the_end(steps, values, nodes, output):
    """The slopes of any value may be wanted. Steps that come after it have no part in them."""
    return walk(steps, values, nodes, steps[-1][0], add_up)


@mistake("run_backward", "the 1 is set only where a step has made the output", loses=(NO_PATH,),
         hint="May the output be one of the values that the graph begins with? What is set then?")
def backward_waits_for_the_output(steps, values, nodes, output):
    """The output grows as fast as itself, also where it is one of the values that no step has
    made. Nobody passes it on the walk then, so the 1 has to be there before."""
    gradients = dict.fromkeys(values, 0.0)
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        if name == output:
            gradients[name] = 1.0
        parts = node.backward(gradients[name])
        add_up(gradients, inputs, parts if len(inputs) > 1 else (parts,))
    return gradients


@mistake("run_backward", "values that nothing comes back to are missing", loses=(NO_PATH,),
         hint="Which names should the returned dict have?")
def backward_without_unused(steps, values, nodes, output):
    """The output does not grow with a value that has no path to it: its gradient is 0, and it is
    asked for like any other."""
    gradients = {output: 1.0}
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        if name in gradients:
            parts = node.backward(gradients[name])
            for other, part in zip(inputs, parts if len(inputs) > 1 else (parts,), strict=True):
                gradients[other] = gradients.get(other, 0.0) + part
    return gradients


@mistake("run_backward", "a gradient is asked for that nothing came back to", loses=(NO_PATH,),
         hint="Which gradient has a value before anything has come back to it?")
def backward_has_no_zeros(steps, values, nodes, output):
    """If a step does not lead to the output, nothing has come back to its result, and there is no
    entry under its name yet."""
    gradients = {output: 1.0}
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        parts = node.backward(gradients[name])
        for other, part in zip(inputs, parts if len(inputs) > 1 else (parts,), strict=True):
            gradients[other] = gradients.get(other, 0.0) + part
    return {**dict.fromkeys(values, 0.0), **gradients}


@mistake("run_backward", "the gradients are written into the given values", loses=(CHAIN,),
         hint="Whose dict do you write into?")
def backward_writes_into_values(steps, values, nodes, output):
    """The values are gone when the gradients stand in their place. The caller still needs them."""
    for name in values:
        values[name] = 0.0
    values[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        parts = node.backward(values[name])
        add_up(values, inputs, parts if len(inputs) > 1 else (parts,))
    return values


@mistake("run_backward", "the list of steps is turned round in place", loses=(CHAIN,),
         hint="What is the caller's list of steps afterwards? How can one go through a list "
              "from its end and leave it as it is?")
def backward_reverses_in_place(steps, values, nodes, output):
    """steps.reverse() turns round the list itself, also for the caller, whose next way forward
    begins with the last step."""
    steps.reverse()
    return walk(steps, values, nodes[::-1], output, add_up, order=list)


@mistake("run_backward", "the list of nodes is turned round in place", loses=(CHAIN,),
         hint="Which ways of going through a list from its end leave the list as it is?")
def backward_reverses_nodes(steps, values, nodes, output):
    """nodes.reverse() turns round the list itself, also for the caller, who finds each node beside
    the step of another one."""
    nodes.reverse()
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(steps[::-1], nodes, strict=True):
        parts = node.backward(gradients[name])
        add_up(gradients, inputs, parts if len(inputs) > 1 else (parts,))
    return gradients


@mistake("run_backward", "a node with one input is treated like one with several",
         loses=(CHAIN, USED_BY_TWO, NO_PATH, PAIR),
         hint="What does the backward of a SquareNode return?")
def backward_unpacks_a_number(steps, values, nodes, output):
    """A node with one input sends back a number and no tuple, and a number cannot be
    gone through."""
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes), strict=True):
        add_up(gradients, inputs, node.backward(gradients[name]))
    return gradients


# exposing_graph


@mistake("exposing_graph", "the graph of the example", loses=("steps",),
         hint="Is there a value in your graph that is used twice?")
def exposing_example():
    """For this graph the function is right: every value is used exactly once."""
    return [("q", "add", ("x", "y")), ("z", "mul", ("q", "t"))]


@mistake("exposing_graph", "a single step", loses=("steps",),
         hint="Is there a value in your graph that is used twice?")
def exposing_one_step():
    """With one step on two different inputs nothing can be overwritten."""
    return [("out", "mul", ("x", "y"))]


@mistake("exposing_graph", "a square", loses=("steps",),
         hint="What does a SquareNode send back: one number or two?")
def exposing_square():
    """x times x uses x twice. A SquareNode has one input, and has added up inside already."""
    return [("s", "square", ("x",))]


@mistake("exposing_graph", "a formula instead of steps", loses=("steps",),
         hint="How does the chapter write the steps q = x + y and z = q t as data?")
def exposing_formula():
    """The function takes a list of steps, each a tuple of three."""
    return "(x + y) * x"


@mistake("exposing_graph", "one step without its list", loses=("steps",),
         hint="What is the difference between a step and a list with one step in it?")
def exposing_bare_step():
    """A graph is a list of steps, also when it has one step only."""
    return ("out", "mul", ("x", "x"))


@mistake("exposing_graph", "a name is given twice", loses=("steps",),
         hint="What would q mean in the second step, the old value or the new one?")
def exposing_reassigned():
    """Giving q a second meaning is something else than using q twice. Values get one name each."""
    return [("q", "add", ("x", "y")), ("q", "mul", ("q", "t"))]


# sigmoid_graph


@mistake("sigmoid_graph", "this is the sigmoid of -x", loses=("steps",),
         hint="Which power of e stands below the line?")
def sigmoid_falls():
    """The graph computes 1 / (1 + exp(x)), which falls where the sigmoid rises."""
    return [("e", "exp", ("x",)), ("below", "add", ("one", "e")),
            ("out", "reciprocal", ("below",))]


@mistake("sigmoid_graph", "the reciprocal is missing", loses=("steps",),
         hint="What is the last operation in the formula?")
def sigmoid_upside_down():
    """This is 1 + exp(-x), what stands below the line."""
    return [("m", "mul", ("minus_one", "x")), ("e", "exp", ("m",)), ("out", "add", ("one", "e"))]


@mistake("sigmoid_graph", "this is exp(x)", loses=("steps",),
         hint="How many terms stand below the line?")
def sigmoid_without_one():
    """1 / exp(-x) is exp(x). In the formula a 1 is added below the line."""
    return [("m", "mul", ("x", "minus_one")), ("e", "exp", ("m",)), ("out", "reciprocal", ("e",))]


@mistake("sigmoid_graph", "a single input without its comma", loses=("steps",),
         hint='What makes a tuple of ("m"), which is only a name in brackets?')
def sigmoid_without_commas():
    """A name in brackets is only a name. A comma makes a tuple of it."""
    return [("m", "mul", ("x", "minus_one")), ("e", "exp", "m"),
            ("below", "add", ("one", "e")), ("out", "reciprocal", "below")]


@mistake("sigmoid_graph", "numbers stand among the names", loses=("steps",),
         hint="Under which names do the graph's inputs hold 1 and -1?")
def sigmoid_with_numbers():
    """The inputs of a step are names. A number goes into the graph under the name of an input."""
    return [("m", "mul", ("x", -1.0)), ("e", "exp", ("m",)), ("below", "add", (1.0, "e")),
            ("out", "reciprocal", ("below",))]


# PowerNode


class Raising:
    """A right PowerNode, to be spoiled in one place."""

    def forward(self, x, y):
        self.x, self.y, self.out = x, y, x ** y
        return self.out

    def backward(self, dout):
        return dout * self.y * self.x ** (self.y - 1), dout * self.out * np.log(self.x)


@mistake("PowerNode", "the exponent is treated like the base", loses=(DY,),
         hint="Hold x fixed, say at 2. What kind of function of y is left?")
class PowerLikeBase(Raising):
    """Where x is fixed, x to the power of y is no power of y but an exponential function."""

    def backward(self, dout):
        return super().backward(dout)[0], dout * self.x * self.y ** (self.x - 1)


@mistake("PowerNode", "the logarithm is missing in dy", loses=(DY,),
         hint="If the base is written as a power of e, which power is it?")
class PowerWithoutLogarithm(Raising):
    """Only e to the power of y is its own derivative. Another base adds a factor."""

    def backward(self, dout):
        return super().backward(dout)[0], dout * self.out


@mistake("PowerNode", "the logarithm is taken of y", loses=(DY,),
         hint="Write the base as a power of e. Which power is it?")
class PowerLogarithmOfExponent(Raising):
    """It is the base that is written as a power of e: its logarithm is what y is
    multiplied by."""

    def backward(self, dout):
        return super().backward(dout)[0], dout * self.out * np.log(self.y)


@mistake("PowerNode", "the logarithm has the base 10", loses=(DY,),
         hint="Of which number is the natural logarithm 1?")
class PowerDecimal(Raising):
    """The logarithm that comes from e is the natural one."""

    def backward(self, dout):
        return super().backward(dout)[0], dout * self.out * np.log10(self.x)


@mistake("PowerNode", "the exponent has not lost its 1 in dx", loses=(DX,),
         hint="What is the derivative of x to the power of 3?")
class PowerKeepsExponent(Raising):
    """The derivative of a power has an exponent that is smaller by 1."""

    def backward(self, dout):
        return dout * self.y * self.out, super().backward(dout)[1]


@mistake("PowerNode", "the factor y is missing in dx", loses=(DX,),
         hint="What is the derivative of x to the power of 3?")
class PowerWithoutFactor(Raising):
    """The exponent becomes a factor in the derivative of a power."""

    def backward(self, dout):
        return dout * self.x ** (self.y - 1), super().backward(dout)[1]


@mistake("PowerNode", "the slope of one input is returned for the other", loses=(DX, DY),
         hint="Which of your two slopes is that of a power?")
class PowerExchanged(Raising):
    """dx tells how the output grows with the base, dy how it grows with the exponent."""

    def backward(self, dout):
        return super().backward(dout)[::-1]


@mistake("PowerNode", "dout is ignored", loses=(DX, DY),
         hint="The rule has two factors. Which of them is missing?")
class PowerWithoutUpstream(Raising):
    """These are the local slopes. The gradients are dout times as large."""

    def backward(self, dout):
        return super().backward(1.0)


@mistake("PowerNode", "dy is the local slope alone", loses=(DY,),
         hint="The rule has two factors. Which of them is missing in dy?")
class PowerWithoutUpstreamInDy(Raising):
    """The loss hears of the exponent through the output, as it does of the base. So the slope of
    the output is multiplied by dout."""

    def backward(self, dout):
        return super().backward(dout)[0], super().backward(1.0)[1]


@mistake("PowerNode", like=MulShared, loses=(MEMORY,))
class PowerShared(Raising):
    def forward(self, x, y):
        PowerShared.x, PowerShared.y, PowerShared.out = x, y, x ** y
        return x ** y


@mistake("PowerNode", like=MulForgets, loses=(DX, DY, MEMORY))
class PowerForgets:
    def forward(self, x, y):
        return x ** y

    def backward(self, dout):
        raise NameError("name 'y' is not defined")  # what dout * y raises here


@mistake("PowerNode", "forward multiplies", loses=(FORWARD,),
         hint="What are 2 times 3 and 2 to the power of 3?")
class PowerMultiplies(Raising):
    """x * y is a product. This node computes x to the power of y."""

    def forward(self, x, y):
        super().forward(x, y)
        return x * y


# recap_computational_graphs


@mistake("recap_computational_graphs", "what comes back last is taken for the gradient",
         loses=("three_uses",),
         hint="What does the rule in the section on fan-out say of several uses?")
def recap_last():
    """A pushed value moves all three nodes. No effect replaces another."""
    return "a", "a", "c"


@mistake("recap_computational_graphs", "gradients over several uses are multiplied",
         loses=("three_uses",), hint="Do the three effects act one after the other?")
def recap_product():
    """Slopes multiply along one path. The three uses act side by side."""
    return "c", "a", "c"


@mistake("recap_computational_graphs", "one call for each input", loses=("calls",),
         hint="Look at the loop of your engine: what does it go through?")
def recap_by_inputs():
    """One walk back serves all inputs at once."""
    return "b", "b", "c"


@mistake("recap_computational_graphs", "one walk for each input", loses=("calls",),
         hint="How many walks back does your engine make for all inputs?")
def recap_all_walks():
    """To start anew for every input is what measuring slopes does."""
    return "b", "c", "c"


@mistake("recap_computational_graphs", "the values are taken for the reason", loses=("order",),
         hint="What would the first step send on if it were asked first?")
def recap_values():
    """run_forward is done before the walk back begins: all values are known."""
    return "b", "a", "a"


@mistake("recap_computational_graphs", "nodes are thought to forget", loses=("order",),
         hint="How many nodes does run_forward make, and what does each keep?")
def recap_forgetting():
    """Each step has a node of its own, and another node does not touch its notes."""
    return "b", "a", "b"
