# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Automatic differentiation
#
# **Time:** three sittings, about 75, about 75 and about 70 minutes, with breaks between them.
#
# **Needs:** chapters 02 to 06, and from Python: classes, and one class that inherits from another.
#
# ## What you will build
#
# You will write a small framework in which a formula becomes a graph by being written down, `loss = reduce_mean(square(x @ w + b - t))`.
# One function of yours then finds the gradient of any such formula, and one more trains it, so that after this chapter you derive a gradient because you want to, not because you have to.

# %%
from autograder import check, progress, when_written
from autograder.pictures import BLUE, BROWN, GREY, NODE_COLOUR, TEXT, draw_graph, show

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_graph(
    {"x": (0, 2), "w": (0, 0.3), "b": (2, -0.4), "t": (4, -0.7), "loss": (10.0, 0.7)},
    {"matmul": (2, 1.4, "@"), "add": (3.7, 1.1, "+"), "subtract": (5.4, 0.7, "−"),
     "square": (7.0, 0.7, "x²"), "mean": (8.6, 0.7, "avg")},
    [
        ("x", "matmul", "(N, D)", "(N, D)"),
        ("w", "matmul", "(D, M)", "(D, M)"),
        ("matmul", "add", "(N, M)", "(N, M)"),
        ("b", "add", "(M,)", "(M,)"),
        ("add", "subtract", "(N, M)", "(N, M)"),
        ("t", "subtract", "(N, M)", "(N, M)"),
        ("subtract", "square", "(N, M)", "(N, M)"),
        ("square", "mean", "(N, M)", "(N, M)"),
        ("mean", "loss", "()", "()"),
    ],
)

# %% [markdown]
# Chapter 02 had nodes, steps and an engine, and every edge carried one number.
# Here is what becomes of them:
#
# - An edge carries an **array**, and its gradient has the same shape.
# - A step was a tuple of names; now a node is an **object** that knows its inputs, so no list of steps is needed.
# - The dict of all values becomes an attribute, `output_value`, of each node.
# - `run_forward` becomes `Session.run`, and `run_backward` becomes `gradients`.
#
# ## A node that knows its inputs
#
# The formula is written down first, and computed later, as often as you like and with other numbers each time.
# This style is called **define-then-run**.
#
# Read the two classes below with these questions: what does a node remember, and what happens when two nodes are added with `+`?

# %%
class Graph:
    """All nodes that are made while this is the current graph."""

    def __init__(self):
        self.nodes, self.counts = [], {}

    def __enter__(self):
        open_graphs.append(self)
        return self

    def __exit__(self, *error):
        open_graphs.remove(self)

    def take_in(self, node, name=None):
        """Keep a node, and give it a name of its own if it has none."""
        kind = type(node).__name__.lower()
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.nodes.append(node)
        return name or f"{kind}_{self.counts[kind]}"


open_graphs = [Graph()]  # the last one is the current graph


class Node:
    """A place in a graph: it has a name, inputs and, once it is known, a value."""

    def __init__(self, inputs=(), name=None):
        self.inputs = tuple(inputs)
        self.output_value = None
        self.name = open_graphs[-1].take_in(self, name)

    def __repr__(self):
        return self.name

    __array_ufunc__ = None  # with an array to the left, NumPy leaves the operator to the node

    def __add__(self, other): return Add(self, other)
    def __radd__(self, other): return Add(other, self)
    def __sub__(self, other): return Subtract(self, other)
    def __rsub__(self, other): return Subtract(other, self)
    def __mul__(self, other): return Multiply(self, other)
    def __rmul__(self, other): return Multiply(other, self)
    def __truediv__(self, other): return Divide(self, other)
    def __rtruediv__(self, other): return Divide(other, self)
    def __matmul__(self, other): return MatMul(self, other)
    def __rmatmul__(self, other): return MatMul(other, self)
    def __neg__(self): return Negative(self)

# %% [markdown]
# `a + b` for two nodes adds nothing.
# It makes a new node of the class `Add`, whose inputs are `a` and `b`.
# Python asks the left operand first, `a.__add__(b)`; if that is a plain number or array, it asks the right one, `b.__radd__(a)`, with an r for right.
#
# A `Graph` collects the nodes and numbers their names.
# You will rarely need one: a first graph is always open.
# `with Graph():` opens a fresh one; Python calls `__enter__` where the block begins and `__exit__` where it ends.
#
# There are two families of nodes.
# The first has no inputs:
#
# - a **placeholder** stands for data that comes later, such as a batch of images,
# - a **variable** is what training changes, the weights,
# - a **constant** stays as it is.

# %%
class Placeholder(Node):
    """A value that is given when the graph is run."""

    def __init__(self, name=None):
        super().__init__(name=name)


class Variable(Node):
    """A value that training may change. It keeps a copy of its own, in floats."""

    def __init__(self, initial_value, name=None):
        super().__init__(name=name)
        self.output_value = np.array(initial_value, dtype=float)


class Constant(Node):
    """A value that stays as it is."""

    def __init__(self, value, name=None):
        super().__init__(name=name)
        self.output_value = np.asarray(value)

# %% [markdown]
# The second family are the **operations**.
# Each has two methods of its own, and you will write them for seven operations:
#
# - `compute_output()` returns the value, computed from the values of the inputs.
# - `compute_gradient(grad)` takes the upstream gradient and returns a **tuple with one gradient for each input**.
#   Also where there is only one: mind the comma in `(dx,)`.
#
# The rest is the same for all, and stands in their common base class.

# %%
def as_node(thing):
    """A node as it is; a number or an array as a constant."""
    return thing if isinstance(thing, Node) else Constant(thing)


class Operation(Node):
    """A node that computes something from its inputs."""

    def __init__(self, *inputs, name=None):
        super().__init__([as_node(thing) for thing in inputs], name)

    def input_values(self):
        """The values of the inputs, in order."""
        return [node.output_value for node in self.inputs]

    def evaluate(self):
        """Compute the value, and keep it in output_value."""
        try:
            self.output_value = self.compute_output()
        except ValueError as error:
            told = " and ".join(f"{node} of shape {np.shape(node.output_value)}"
                                for node in self.inputs)
            raise ValueError(f"{self} cannot be computed from {told}") from error
        return self.output_value


class Square(Operation):
    """The node x squared, entry by entry."""

    def compute_output(self):
        (x,) = self.input_values()
        return x ** 2

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        return (grad * 2 * x,)


squared = Square(Variable([1.0, 2.0, 3.0], name="v"))
print(squared, "has the inputs", squared.inputs, "and the value", squared.output_value)
print("evaluated:", squared.evaluate())
print("sends back:", squared.compute_gradient(np.array([1.0, -1.0, 0.5])))

# %% [markdown]
# `evaluate` keeps the value in `output_value`, where the nodes that use it look for it.
# It also makes a better error of NumPy's: when two shapes do not fit, it names both inputs.
#
# ## Predict
#
# NumPy **broadcasts**: in `x + b` with shapes `(4, 3)` and `(3,)`, the row `b` is used for each of the four rows of `x`.
#
# Let `x` have the shape `(4, 3)`.
# Add to it a single number `c`, a row `b` of shape `(3,)`, and a column `v` of shape `(4, 1)`.
# The loss is the sum of all entries of the result.
# **What is its slope with respect to `c`, to one entry of `b`, and to one entry of `v`?**

# %% exercise
def predict_broadcast():
    """Say how fast the sum of x + c + b + v grows with one entry of c, b and v.

    Returns
    -------
    slopes : ndarray of shape (3,)
        For c, for an entry of b, and for an entry of v.
    """
    ### BEGIN SOLUTION
    return np.array([12.0, 4.0, 3.0])
    ### END SOLUTION

# %% check
check(predict_broadcast)

# %% worked [markdown]
# With an index for the row and one for the column, and $v_n$ for the entry of `v` in row $n$, the loss is
#
# $$
# L = \sum_{n=0}^{3} \sum_{m=0}^{2} \left( x_{nm} + c + b_m + v_n \right) ,
# $$
#
# a sum of 12 terms.
# Each number stands in some of the terms, always with the slope 1, so its slope is the count of these terms.
#
# - $c$ has no index: it stands in all $4 \cdot 3 = 12$.
# - $b_m$ stands in the terms with this $m$: one for each of the 4 rows.
# - $v_n$ stands in the terms with this $n$: one for each of the 3 columns.
#
# Each copy is one path to the loss.
# The number of copies is the product of the sizes of the axes along which the value was repeated.

# %% [markdown]
# ## A broadcast is a fan-out
#
# You have met the rule in chapter 03.
# There the bias `b`, of shape `(M,)`, was added to every row of an `(N, M)` array, and you derived $\text{db}_m = \sum_n \text{dout}_{nm}$: the sum over the axis along which `b` was repeated.
# A repeated value is a value that is used many times, and fan-out adds up.
#
# So the gradient of an operation is found in two moves.
# First pretend that both inputs had the shape of the output, and find the gradient `grad` in that shape.
# Then sum it over every axis along which the input was repeated, until it has the `shape` of the input.
# The second move is the same for all operations, and deserves a function.
#
# NumPy compares shapes from the right, and repeats in two cases:
#
# | | input | output | |
# |---|---|---|---|
# | a new axis in front | `(3,)` | `(4, 3)` | the input had no such axis, and its gradient has none |
# | an axis of size 1 | `(4, 1)` | `(4, 3)` | the input has this axis, and its gradient keeps it |
#
# Both can happen at once, as from `(4, 1)` to `(5, 4, 3)`, and to several axes.
# `grad.sum(axis=(0, 2))` sums over several axes, and `keepdims=True` leaves them in place with size 1.
#
# <details><summary>First hint</summary>
#
# How many axes does `grad` have in front that `shape` does not have?
# Sum over those first.
# What remains has as many axes as `shape`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Now go through `shape`: at which positions is its size 1?
#
# </details>

# %% exercise
def unbroadcast(grad, shape):
    """Sum a gradient over the axes along which an input was broadcast.

    Parameters
    ----------
    grad : ndarray
        Gradient in the shape of the output.
    shape : tuple of int
        Shape of the input: one that NumPy broadcasts to the shape of grad.

    Returns
    -------
    grad : ndarray of the given shape
    """
    ### BEGIN SOLUTION
    in_front = range(np.ndim(grad) - len(shape))
    grad = np.sum(grad, axis=tuple(in_front))
    repeated = [axis for axis, size in enumerate(shape) if size == 1]
    return np.sum(grad, axis=tuple(repeated), keepdims=True)
    ### END SOLUTION

# %% check
check(unbroadcast)

# %% worked [markdown]
# Look at the broadcast alone, as if it were a node of its own.
# Every entry of its output is a copy of one entry of its input, so each local slope is 1.
# An entry of the input has as many paths as it has copies, and its gradient is the sum of `grad` over them.
#
# Take an input of shape $(4, 1)$ and an output of shape $(5, 4, 3)$.
# The entry at $(k, n, m)$ is a copy of $x_{n0}$, whatever $k$ and $m$ are:
#
# $$
# \text{dx}_{n0} = \sum_{k} \sum_{m} \text{grad}_{knm} .
# $$
#
# The two sums are of two kinds.
# The input has no axis for $k$, so this axis disappears: $(5, 4, 3)$ becomes $(4, 3)$.
# It has one for $m$, of size 1, so this axis is summed and kept: $(4, 3)$ becomes $(4, 1)$.
#
# The axes in front go first, because then the positions in `shape` are the positions in what is left.
#
# **In numbers.**
# Let `grad` be $\begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \end{pmatrix}$, of shape $(2, 3)$.
#
# | `shape` | summed | result |
# |---|---|---|
# | `(3,)` | axis 0, gone | $(5, 7, 9)$ |
# | `(1, 3)` | axis 0, kept | $\begin{pmatrix} 5 & 7 & 9 \end{pmatrix}$ |
# | `(2, 1)` | axis 1, kept | $\begin{pmatrix} 6 \\ 15 \end{pmatrix}$ |
# | `()` | both, gone | $21$ |
# | `(2, 3)` | none | as it was |
#
# An axis that has size 1 on both sides is summed as well: one term, no harm.

# %% [markdown]
# Subtraction now is a matter of two lines.
# `unbroadcast` brings `grad` and `-grad` to the shapes of the inputs.

# %%
class Subtract(Operation):
    """The node x - y, entry by entry, with broadcasting."""

    def compute_output(self):
        x, y = self.input_values()
        return x - y

    def compute_gradient(self, grad):
        x, y = self.input_values()
        return unbroadcast(grad, np.shape(x)), unbroadcast(-grad, np.shape(y))

# %% [markdown]
# Write three more of this kind.
# Mind that the methods work with the *values* of the inputs: with the nodes themselves, `x + y` would make one more node.

# %% exercise
class Add(Operation):
    """The node x + y, entry by entry, with broadcasting."""

    def compute_output(self):
        """Compute the value.

        Returns
        -------
        out : ndarray
            In the shape to which x and y are broadcast.
        """
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return x + y
        ### END SOLUTION

    def compute_gradient(self, grad):
        """Turn the upstream gradient into the gradients of both inputs.

        Parameters
        ----------
        grad : ndarray
            Upstream gradient, in the shape of the output.

        Returns
        -------
        dx, dy : tuple of ndarray
            Each in the shape of its input.
        """
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return unbroadcast(grad, np.shape(x)), unbroadcast(grad, np.shape(y))
        ### END SOLUTION

# %% check
check(Add)

# %% worked [markdown]
# Take the case in which both inputs are repeated, `x` of shape $(N, 1)$ and `y` of shape $(M,)$:
#
# $$
# \text{out}_{nm} = x_{n0} + y_m .
# $$
#
# Both local slopes are 1, so in the shape of the output both gradients are `grad`.
# But $x_{n0}$ stands in the whole row $n$, and $y_m$ in the whole column $m$, and what comes back along these paths adds up:
#
# $$
# \text{dx}_{n0} = \sum_m \text{grad}_{nm},
# \qquad
# \text{dy}_m = \sum_n \text{grad}_{nm} .
# $$
#
# One is summed over axis 1, which stays, the other over axis 0, which goes.
# The code need not know which case it has: `unbroadcast` gets the same `grad` twice, and the shape of one input each time.
# Where an input already has the shape of the output, nothing is summed, and its gradient is `grad` itself.

# %% [markdown]
# Next the product, entry by entry.
# Which comes first, the local slope or `unbroadcast`?

# %% exercise
class Multiply(Operation):
    """The node x * y, entry by entry, with broadcasting."""

    def compute_output(self):
        """The value, in the shape to which x and y are broadcast."""
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return x * y
        ### END SOLUTION

    def compute_gradient(self, grad):
        """The tuple dx, dy, each in the shape of its input."""
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return unbroadcast(grad * y, np.shape(x)), unbroadcast(grad * x, np.shape(y))
        ### END SOLUTION

# %% check
check(Multiply)

# %% worked [markdown]
# Again let `x` have the shape $(N, 1)$ and `y` the shape $(M,)$, so that $\text{out}_{nm} = x_{n0}\, y_m$.
#
# The entry $x_{n0}$ touches row $n$ of the output.
# In each place it is multiplied by another factor, so along the path through $\text{out}_{nm}$ the slope is $y_m$:
#
# $$
# \text{dx}_{n0} = \sum_m \text{grad}_{nm}\, y_m,
# \qquad
# \text{dy}_m = \sum_n \text{grad}_{nm}\, x_{n0} .
# $$
#
# In the first sum, $y_m$ changes from term to term.
# It cannot be taken out of the sum, so the product comes first, in the shape of the output, where there is one factor for each entry of `grad`.
# The sum comes second.
#
# **In numbers.**
# Let `x` be the single number 2, $y = (1, 10)$ and $\text{grad} = (1, 1)$.
# The output is $(2, 20)$, and if `x` grows by $\delta$, its entries grow by $\delta$ and $10\,\delta$.
# So $\text{dx} = 1 \cdot 1 + 1 \cdot 10 = 11$.
# In the wrong order, `grad` is summed to 2 and then multiplied by `y`: that gives $(2, 20)$, which does not even have the shape of `x`.

# %% [markdown]
# The quotient has two local slopes, and the second is the one to think about: how fast does $x / y$ change with $y$?

# %% exercise
class Divide(Operation):
    """The node x / y, entry by entry, with broadcasting."""

    def compute_output(self):
        """The value, in the shape to which x and y are broadcast."""
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return x / y
        ### END SOLUTION

    def compute_gradient(self, grad):
        """The tuple dx, dy, each in the shape of its input."""
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return unbroadcast(grad / y, np.shape(x)), unbroadcast(-grad * x / y ** 2, np.shape(y))
        ### END SOLUTION

# %% check
check(Divide)

# %% worked [markdown]
# For $x$ the quotient is a product with $1/y$, so the local slope is $1/y$.
#
# Now push $y$ by $\delta$, and bring both fractions to one denominator:
#
# $$
# \frac{x}{y + \delta} - \frac{x}{y}
#   = \frac{x\,y - x\,(y + \delta)}{y\,(y + \delta)}
#   = -\frac{x}{y\,(y + \delta)}\; \delta .
# $$
#
# When the push becomes tiny, the slope is $-x / y^2$.
# The minus says that a larger divisor makes a positive quotient smaller.
# For example, $6/2 = 3$ has the slope $-6/4 = -1.5$ with respect to the divisor.
# Indeed $6/2.1$ is about 2.86, less than 3 by a little under $1.5 \cdot 0.1$.
#
# With broadcasting, say `x` of shape $(N, M)$ and `y` of shape $(M,)$, the entry $y_m$ divides the whole column $m$:
#
# $$
# \text{dx}_{nm} = \frac{\text{grad}_{nm}}{y_m},
# \qquad
# \text{dy}_m = -\sum_n \frac{\text{grad}_{nm}\, x_{nm}}{y_m^2} .
# $$
#
# As for the product, the whole term is computed in the shape of the output first, and `unbroadcast` sums it over $n$.

# %% [markdown]
# A matrix product is the affine layer of chapter 03 without its bias.
# There the shapes alone told which product is the gradient; use the same trick.
# Both inputs are matrices here, and nothing is broadcast.

# %% exercise
class MatMul(Operation):
    """The node x @ w for two matrices."""

    def compute_output(self):
        """Compute the value.

        Returns
        -------
        out : ndarray of shape (N, M)
            For x of shape (N, D) and w of shape (D, M).
        """
        ### BEGIN SOLUTION
        x, w = self.input_values()
        return x @ w
        ### END SOLUTION

    def compute_gradient(self, grad):
        """Turn the upstream gradient into the gradients of both inputs.

        Parameters
        ----------
        grad : ndarray of shape (N, M)
            Upstream gradient.

        Returns
        -------
        dx, dw : tuple of ndarray
            Of shapes (N, D) and (D, M).
        """
        ### BEGIN SOLUTION
        x, w = self.input_values()
        return grad @ w.T, x.T @ grad
        ### END SOLUTION

# %% check
check(MatMul)

# %% worked [markdown]
# Write one entry of the output as a sum:
#
# $$
# \text{out}_{nm} = \sum_d x_{nd}\, w_{dm} .
# $$
#
# The entry $x_{nd}$ touches row $n$ of the output, in $M$ places, and in $\text{out}_{nm}$ it is multiplied by $w_{dm}$.
# The entry $w_{dm}$ touches column $m$, in $N$ places, and there it is multiplied by $x_{nd}$.
# The paths add up:
#
# $$
# \text{dx}_{nd} = \sum_m \text{grad}_{nm}\, w_{dm},
# \qquad
# \text{dw}_{dm} = \sum_n x_{nd}\, \text{grad}_{nm} .
# $$
#
# In a matrix product the index that is summed stands last in the left factor and first in the right one.
# In the first sum, $m$ stands last in `grad`, as it should, but it also stands last in $w$: so $w$ is transposed.
# In the second sum, $n$ stands first in `grad`, as it should, but it also stands first in $x$: so $x$ is transposed.
#
# $$
# \text{dx} = \text{grad}\; w^\top: \ (N, M)\,(M, D) \to (N, D),
# \qquad
# \text{dw} = x^\top\, \text{grad}: \ (D, N)\,(N, M) \to (D, M) .
# $$
#
# The sums over the paths are inside the two products, so `unbroadcast` has no work here.

# %% [markdown]
# The natural logarithm has one input: return a tuple with one gradient in it.
# At 0 it is minus infinity, and NumPy warns.
# Leave it so: chapter 06 has shown what a small number added inside the logarithm does to a loss.

# %% exercise
class Log(Operation):
    """The node log(x), the natural logarithm, entry by entry."""

    def compute_output(self):
        """Compute the value.

        Returns
        -------
        out : ndarray, shape of x
        """
        ### BEGIN SOLUTION
        (x,) = self.input_values()
        return np.log(x)
        ### END SOLUTION

    def compute_gradient(self, grad):
        """Turn the upstream gradient into the gradient of the input.

        Parameters
        ----------
        grad : ndarray, shape of x
            Upstream gradient.

        Returns
        -------
        dx : tuple with one ndarray, shape of x
        """
        ### BEGIN SOLUTION
        (x,) = self.input_values()
        return (grad / x,)
        ### END SOLUTION

# %% check
check(Log)

# %% worked [markdown]
# Let $y = \log x$, which means $e^y = x$.
# Let $x$ grow, and look at both sides of the second equation.
# The right one grows with the slope 1.
# The left one grows, by the chain rule, with $e^y$ times the slope of $y$.
# So
#
# $$
# e^y\, \frac{\partial y}{\partial x} = 1,
# \qquad\text{hence}\qquad
# \frac{\partial y}{\partial x} = \frac{1}{e^y} = \frac{1}{x} .
# $$
#
# Entry by entry there is one path, from $x_i$ to $\text{out}_i$, and $\text{dx}_i = \text{grad}_i / x_i$.
#
# The slope is 100 at $x = 0.01$, and 0.01 at $x = 100$.
# With a small number added to $x$, the node would be another function, with another slope just where the slope is large.

# %% [markdown]
# A sum is a broadcast seen from the other side: forward adds many entries up, so backward hands the same number to all of them.
# With `axis=None` everything is summed, with `axis=1` each row.
#
# `np.sum` along an axis has removed it, unless `keepdims` is true.
# Before `grad` can be spread over it, the axis has to be put back: `np.expand_dims(grad, axis)` does that, and `np.broadcast_to(grad, shape)` spreads.
# Where everything was summed there is no axis to put back, and `np.expand_dims(grad, None)` is an error: `grad` is a single number then, which spreads as it is.

# %% exercise
class ReduceSum(Operation):
    """The node that sums x: over everything, or along one axis."""

    def __init__(self, x, axis=None, keepdims=False, name=None):
        super().__init__(x, name=name)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        """Compute the value.

        Returns
        -------
        out : ndarray
            The sum over all entries, or along self.axis, which may be negative; with
            self.keepdims, a summed axis stays, with size 1.
        """
        ### BEGIN SOLUTION
        (x,) = self.input_values()
        return np.sum(x, axis=self.axis, keepdims=self.keepdims)
        ### END SOLUTION

    def compute_gradient(self, grad):
        """Turn the upstream gradient into the gradient of the input.

        Parameters
        ----------
        grad : ndarray
            Upstream gradient, in the shape of the output.

        Returns
        -------
        dx : tuple with one ndarray, shape of x
        """
        ### BEGIN SOLUTION
        (x,) = self.input_values()
        if self.axis is not None and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(x)),)
        ### END SOLUTION

# %% check
check(ReduceSum)

# %% worked [markdown]
# Take `x` of shape $(N, D)$ and `axis=1`:
#
# $$
# \text{out}_n = \sum_d x_{nd} .
# $$
#
# The entry $x_{nd}$ stands in $\text{out}_n$ and in no other entry of the output.
# So it has one path, with the slope 1, and nothing is added up:
#
# $$
# \text{dx}_{nd} = \text{grad}_n \qquad \text{for every } d .
# $$
#
# With $N = 2$, $D = 3$ and $\text{grad} = (10, 20)$ we get $\text{dx} = \begin{pmatrix} 10 & 10 & 10 \\ 20 & 20 & 20 \end{pmatrix}$.
#
# Why does the axis have to be put back before?
# `grad` has the shape $(N,)$, and NumPy compares shapes from the right.
# It would hold this $N$ against $D$.
# With 2 against 3 there is an error.
# If $N$ and $D$ happen to be equal, there is none, and the numbers run along the wrong axis: $\text{dx}_{nd} = \text{grad}_d$.
# With `np.expand_dims(grad, 1)` the shape is $(N, 1)$, and now each number is repeated along its own row.
#
# With `keepdims` the forward pass has left this axis of size 1 in place.
# With `axis=None` there is one output, every entry has its one path to it, and all of `dx` is the same number.

# %% [markdown]
# Four more operations are given, and functions with short names that make nodes.

# %%
class Negative(Operation):
    """The node -x."""

    def compute_output(self):
        return -self.input_values()[0]

    def compute_gradient(self, grad):
        return (-grad,)


class Exp(Operation):
    """The node e to the power of x, entry by entry."""

    def compute_output(self):
        return np.exp(self.input_values()[0])

    def compute_gradient(self, grad):
        return (grad * self.output_value,)


class Sigmoid(Operation):
    """The node 1 / (1 + e to the power of -x), without overflow."""

    def compute_output(self):
        return 0.5 * (1 + np.tanh(0.5 * self.input_values()[0]))

    def compute_gradient(self, grad):
        return (grad * self.output_value * (1 - self.output_value),)


class ReduceMean(Operation):
    """The mean of all entries of x."""

    def compute_output(self):
        return np.mean(self.input_values()[0])

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        return (np.full(np.shape(x), grad / np.size(x)),)


placeholder, variable, constant = Placeholder, Variable, Constant
add, subtract, multiply, divide, matmul = Add, Subtract, Multiply, Divide, MatMul
square, negative, exp, sigmoid, log = Square, Negative, Exp, Sigmoid, Log
reduce_sum, reduce_mean = ReduceSum, ReduceMean

# %% [markdown]
# With these a formula is a graph.
# Nothing has been computed yet, and `x` and `t` have no values at all.

# %%
def squared_error():
    """Write down a formula; its placeholders, the node y on the way, and the loss."""
    x, t = placeholder(name="x"), placeholder(name="t")
    w, b = variable([[1.0], [-2.0]], name="w"), variable([0.5], name="b")
    y = x @ w + b
    return x, t, y, reduce_mean(square(y - t), name="loss")


@when_written
def look_at_the_formula():
    with Graph():
        x, t, y, loss = squared_error()
        print(loss, "comes from", loss.inputs, "and this from", loss.inputs[0].inputs)
        print("y is", y, "and comes from", y.inputs)
        print("numbers and arrays become constants:", (2 * x).inputs, (np.eye(2) @ x).inputs)

# %% [markdown]
# ## A resting place
#
# Your operations know what to do with a gradient that is handed to them.
# In the second sitting you write what does the handing.

# %%
progress("08_autodiff")

# %% [markdown]
# ## Who comes first?
#
# In chapter 02 you were handed the steps in an order in which they can be computed.
# Now there is only the last node, the loss, and the way to its inputs, to their inputs, and so on.
#
# A list of all these nodes in which **every node stands behind all of its inputs** is called a **topological order**.
# For `c = a + a * b` one is `a, b, a * b, c`, and `b, a, a * b, c` is another.
# Each node stands in the list once, however many nodes use it.
#
# The classic way is to go as deep as possible first: a node is written down when all its inputs have been written down.
# A function that calls itself could do that, but Python gives up when about a thousand calls wait for each other, and graphs are easily deeper.
# So keep a pile of your own, a **stack**: a list, `append` to put on it and `pop` to take from it.
#
# Each node is dealt with twice:
#
# 1. It is new. Put it back on the stack, as one that has been *opened*, and its inputs on top of it.
# 2. It comes to the top as an opened one: all that was above it is done. Write it down.
#
# A node with several users is put on the stack by each of them.
# If it has been written down when it comes to the top, there is nothing left to do.
# Nodes can stand in a set, and be the keys of a dict; each is equal only to itself.
#
# One thing can go wrong with the graph itself.
# If a node is its own input, directly or around several corners, there is no order: a **cycle**.
# Operators cannot make one, but `a.inputs = (c,)` can.
# An opened node waits for its inputs, for their inputs, and so on.
# If you come to it a second time, as the input of another node, before it is written down, then it waits for itself.
# Raise a `ValueError` whose message names a node of the cycle.
#
# <details><summary>First hint</summary>
#
# Let the stack hold pairs, `(node, opened)` with a truth value.
# A set of the nodes that are open and a set of those that are done answer every question.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# A node that comes up unopened is done already, open, or new.
# In the first case go on, in the second there is a cycle, in the third open it.
#
# </details>

# %% exercise
def topological_order(node):
    """All nodes that a node depends on, and itself: inputs before those that use them.

    Parameters
    ----------
    node : Node

    Returns
    -------
    order : list of Node
        Each once, the given node last. The graph may be thousands of nodes deep.

    Raises
    ------
    ValueError
        If the graph has a cycle; the message names one of its nodes.
    """
    ### BEGIN SOLUTION
    order, done, opened = [], set(), set()
    stack = [(node, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
            done.add(node)
        elif node in done:
            continue
        elif node in opened:
            raise ValueError(f"there is a cycle: {node.name} depends on itself")
        else:
            opened.add(node)
            stack.append((node, True))
            stack.extend((other, False) for other in node.inputs if other not in done)
    return order
    ### END SOLUTION

# %% check
check(topological_order)

# %% worked [markdown]
# Follow the stack for $c = a + a \cdot b$, and call the product $p$.
# An opened node is marked with a star, and the top of the stack is on the right.
#
# | comes up | what it is | the stack after it | written down |
# |---|---|---|---|
# | $c$ | new | $c^*\ a\ p$ | |
# | $p$ | new | $c^*\ a\ p^*\ a\ b$ | |
# | $b$, then $b^*$ | new, without inputs | $c^*\ a\ p^*\ a$ | $b$ |
# | $a$, then $a^*$ | new, without inputs | $c^*\ a\ p^*$ | $b, a$ |
# | $p^*$ | opened, inputs done | $c^*\ a$ | $b, a, p$ |
# | $a$ | done: go on | $c^*$ | $b, a, p$ |
# | $c^*$ | opened, inputs done | empty | $b, a, p, c$ |
#
# **Why the order is right.**
# The inputs of a node are put on top of its star.
# When the star comes up, all that was above it is gone, so each input has been written down, now or earlier.
# Hence every node stands behind all of its inputs.
#
# **Why it stands there once.**
# The node $a$ was put on the stack twice, by $c$ and by $p$.
# It was written down at the first chance, and the second time it was found among those that are done.
#
# **Why an opened node that is met as an input means a cycle.**
# The stars on the stack are a chain: each waits for the next one above it.
# An input that is itself one of these stars waits for the node that waits for it, and neither could ever be written down.
#
# Nothing here is a call inside a call, so a chain of 5000 nodes only makes the list longer.

# %%
@when_written
def order_of_the_loss():
    with Graph():
        x, t, y, loss = squared_error()
        print(" → ".join(node.name for node in topological_order(loss)))

# %% [markdown]
# ## Run it
#
# A **session** computes what you ask for.
# `session.run(loss, feed_dict={x: images, t: labels})` evaluates the operations in topological order, and returns the value of `loss`.
# Before, it puts each value that was fed into the `output_value` of its placeholder, as an array: that is where the operations look for it.
#
# Asked for a *list* of nodes, `run` returns a list of values.
# Every operation that they depend on is evaluated once, even if several of them do, and no other operation is.
#
# Two errors should teach something, and both are a `ValueError` whose message names the node:
#
# - A placeholder is needed and `feed_dict` has no value for it. A value from an earlier run does not count.
# - `feed_dict` has a key that is no placeholder.
#
# A value for a placeholder that is not needed this time is no error: whoever asks for the predictions alone may leave the labels in.

# %% exercise
class Session:
    """Computes nodes of a graph: with Session() as session: session.run(node)."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, nodes, feed_dict=None):
        """Compute nodes.

        Parameters
        ----------
        nodes : Node, or list of Node
            What is wanted.
        feed_dict : dict of Placeholder to value, optional
            Numbers or arrays.

        Returns
        -------
        values : ndarray, or list of ndarray
            The value of the node, or the list of values. Each operation was evaluated once, by
            its evaluate().

        Raises
        ------
        ValueError
            If a needed placeholder has no value in feed_dict, or a key of it is no placeholder.
            The message names the node.
        """
        ### BEGIN SOLUTION
        feed_dict = feed_dict or {}
        for key in feed_dict:
            if not isinstance(key, Placeholder):
                raise ValueError(f"{key} is fed, and is no placeholder")
        wanted = nodes if isinstance(nodes, list) else [nodes]
        done = set()
        for last in wanted:
            for node in topological_order(last):
                if node in done:
                    continue
                done.add(node)
                if isinstance(node, Operation):
                    node.evaluate()
                elif isinstance(node, Placeholder):
                    if node not in feed_dict:
                        raise ValueError(f"the placeholder {node} has no value: feed it")
                    node.output_value = np.asarray(feed_dict[node])
        values = [node.output_value for node in wanted]
        return values if isinstance(nodes, list) else values[0]
        ### END SOLUTION

# %% check
check(Session)

# %%
@when_written
def run_the_loss():
    images = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
    with Graph(), Session() as session:
        x, t, y, loss = squared_error()
        print("predictions:", session.run(y, {x: images}).ravel())
        print("loss:       ", session.run(loss, {x: images, t: np.zeros((3, 1))}))
        try:
            session.run(loss, {x: images[:, :1], t: np.zeros((3, 1))})
        except ValueError as error:
            print("one column too few:", error)

# %% [markdown]
# If the last line names both inputs of the product with their shapes, forward is complete: you can write down any formula, and compute it.
#
# ## The way back
#
# The rules are those of chapter 02.
# Each operation turns its upstream gradient into a gradient for each of its inputs, and a node that is used several times receives the sum.
# What is left to decide is the order.
#
# A graph in which each value is used once is called a **tree**.
# On trees nearly every program for gradients is right, whatever its order.
# Here are three small graphs that are no trees:
#
# $$
# b = a + a, \quad c = b + b
# \qquad\qquad
# c = a + a \cdot b
# \qquad\qquad
# c = w\, w \;\text{(matrix product)} .
# $$
#
# In the first, two parts come back to $b$, and two to $a$.
# With $\text{dc} = 1$, $b$ receives $1 + 1 = 2$; only then may it send on anything, and $a$ receives $2 + 2 = 4$.
# Were $b$ visited when only one part had arrived, $a$ would end up with something else.
#
# > **A node sends its gradient on when all nodes that use it have sent theirs.**
#
# You have an order in which every node stands behind its inputs.
# Read it backwards, and every node stands behind all nodes that use it.
#
# ## `gradients`
#
# Now write the function that the chapter is about.
#
# - The loss has been run already, so each node knows its `output_value`.
#   The gradient of the loss with respect to itself is 1, in its own shape: `np.ones_like`.
# - `compute_gradient` of an operation returns one part for each of its `inputs`, in their order.
#   A node that stands there twice gets two parts.
# - Only operations have this method: what comes back to a placeholder, a variable or a constant goes no further.
# - Add with `a + b`, into a new array.
#   `a += b` writes into an array that some other node may have been given, too: an operation may hand the very same array to two nodes.
# - Keep nothing in the nodes: whoever asks twice wants the same answer twice.
#
# Which gradients are returned?
# Those of all variables that the loss depends on; or, if a list `wrt` ("with respect to") is given, exactly those of the nodes in it, whatever they are.
# If the loss does not depend on one of these at all, raise a `ValueError` that names it.
# Zeros would be true, but whoever asks expects an influence: an error now saves an evening of training a weight that never moves.

# %% exercise
def gradients(loss, wrt=None):
    """Gradients of a node that has been run.

    Parameters
    ----------
    loss : Node
        One number; of an array, the sum of all entries is differentiated.
    wrt : list of Node, optional
        Nodes of any kind. By default all variables that the loss depends on.

    Returns
    -------
    found : dict of Node to ndarray
        For exactly these nodes, the gradient of the loss with respect to their values.

    Raises
    ------
    ValueError
        If there is no path from a node of wrt to the loss; the message names it.
    """
    ### BEGIN SOLUTION
    order = topological_order(loss)
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(order):
        if isinstance(node, Operation):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part if other in found else part
    if wrt is None:
        wrt = [node for node in order if isinstance(node, Variable)]
    for node in wrt:
        if node not in found:
            raise ValueError(f"there is no path from {node} to {loss}")
    return {node: found[node] for node in wrt}
    ### END SOLUTION

# %% check
check(gradients)

# %% worked [markdown]
# Let $v$ be a node, and let $u$ be an operation that has $v$ at place $k$ of its inputs.
# `compute_gradient` of $u$ turns $\text{du}$ into a tuple, whose part at place $k$ is what comes back to $v$ along this use.
# All uses add up:
#
# $$
# \text{dv} = \sum_{u} \; \sum_{k:\ \text{input } k \text{ of } u \text{ is } v} \text{part}_k(u, \text{du}) .
# $$
#
# The formula needs $\text{du}$ of all users, complete.
# In the topological order the users stand behind $v$, so backwards they come before it.
#
# **The second graph** is $c = a + p$ with $p = a \cdot b$, at $a = 2$ and $b = 3$.
# Backwards, $c$ sends 1 to $a$ and 1 to $p$.
# Then $p$ sends $1 \cdot b = 3$ to $a$ and $1 \cdot a = 2$ to $b$.
# So $\text{da} = 1 + 3 = 4$ and $\text{db} = 2$, and calculus agrees: $c = a\,(1 + b)$ has the slopes $1 + b$ and $a$.
#
# **The third graph** is $c = w\,w$, with $c_{ij} = \sum_m w_{im}\, w_{mj}$.
# An entry $w_{rs}$ stands in it in two roles.
# As a left factor it touches row $r$ of $c$: in $c_{rj}$ it is multiplied by $w_{sj}$.
# As a right factor it touches column $s$: in $c_{is}$ it is multiplied by $w_{ir}$.
#
# $$
# \text{dw}_{rs} = \sum_j \text{dc}_{rj}\, w_{sj} + \sum_i w_{ir}\, \text{dc}_{is},
# \qquad
# \text{dw} = \text{dc}\; w^\top + w^\top \text{dc} .
# $$
#
# These are the two parts that your `MatMul` returns.
# The node does not know that they belong to the same $w$.
# `gradients` adds them, because it goes through the places of the inputs and finds $w$ there twice.

# %% [markdown]
# ## Prove it
#
# First five graphs, each asked twice:
#
# - $b + b$, where $b = a + a$,
# - $p + p\,a$, where $p = a^2$: here the order counts,
# - $p + (p + e)$, with a sum that hands the very same array to both sides: here `+=` does harm,
# - a chain of 5000 sums,
# - 200 diamonds, $a \to 0.5\,a + 0.5\,a$ again and again, through which $2^{200}$ paths lead.

# %%
class PlainAdd(Operation):
    """The node x + y for two numbers. Both are handed the very same gradient."""

    def compute_output(self):
        return np.add(*self.input_values())

    def compute_gradient(self, grad):
        return grad, grad


@when_written
def no_trees():
    with Graph():
        a, e = variable(3.0, name="a"), variable(1.0, name="e")
        b, p = a + a, square(a)
        chain = diamonds = a
        for _ in range(5000):
            chain = chain + 1
        for _ in range(200):
            diamonds = 0.5 * diamonds + 0.5 * diamonds
        asked = {"b + b": (b + b, a), "p + p a": (p + p * a, a),
                 "p + (p + e)": (PlainAdd(p, PlainAdd(p, e)), e),
                 "chain": (chain, a), "diamonds": (diamonds, a)}
        for name, (node, wanted) in asked.items():
            Session().run(node)
            print(f"{name}, gradient of {wanted}: {gradients(node)[wanted]:g}, "
                  f"asked again {gradients(node)[wanted]:g}")

# %% [markdown]
# They should be 4, 33, 1, 1 and 1, and the same when you ask again.
#
# Now take a formula with everything in it that trees do not have, and compare with central differences.

# %%
def measured(node, wrt, feed_dict=None, h=1e-5):
    """The gradient of a node with respect to a variable, by central differences."""
    slopes = np.zeros_like(wrt.output_value)
    kept = wrt.output_value
    for index in np.ndindex(kept.shape):
        values = []
        for step in (h, -h):
            wrt.output_value = kept.copy()
            wrt.output_value[index] += step
            values.append(np.sum(Session().run(node, feed_dict)))
        slopes[index] = (values[0] - values[1]) / (2 * h)
    wrt.output_value = kept
    return slopes


@when_written
def prove_it():
    rng = np.random.default_rng(0)
    with Graph():
        a, m = variable(rng.standard_normal((3, 1)), name="a"), variable(np.eye(3) + 1, name="m")
        doubled = a + a
        row = reduce_sum(m @ m, axis=0) / 5
        result = reduce_sum(exp(-row) * (doubled + doubled * row) + log(row), name="result")
        Session().run(result)
        found = gradients(result)
        for node in (a, m):
            gap = np.abs(found[node] - measured(result, node)).max()
            print(f"{node}: shape {found[node].shape}, differs from central differences by {gap:.0e}")

# %% [markdown]
# If both differences are below $10^{-8}$, your framework differentiates a formula that nobody has ever differentiated by hand.
#
# ## Find the bug
#
# A colleague has written `gradients` as well.
# It visits the nodes that are nearest to the loss first, which is called **breadth-first** order.
# It goes through the inputs of each node from left to right.
# When it meets a node for the first time, it adds up what comes back from its users, but only from those users that it has met before.

# %%
def colleagues_gradients(loss):
    """Gradients of everything that the loss depends on."""
    users = {}
    for node in topological_order(loss):
        for other in dict.fromkeys(node.inputs):  # each input once, in order
            users.setdefault(other, []).append(node)

    found, queue = {loss: np.ones_like(loss.output_value, dtype=float)}, [loss]
    while queue:
        node = queue.pop(0)
        for other in node.inputs:
            if other not in found:
                found[other] = 0.0
                for user in users[other]:
                    if user in found:
                        place = user.inputs.index(other)
                        found[other] = found[other] + user.compute_gradient(found[user])[place]
                queue.append(other)
    return found


@when_written
def colleague_on_a_tree():
    with Graph():
        p, q = variable(2.0, name="p"), variable(3.0, name="q")
        tree = square(p) * q
        Session().run(tree)
        theirs, yours = colleagues_gradients(tree), gradients(tree)
        print("colleague:", theirs[p], theirs[q], "  yours:", yours[p], yours[q])

# %% [markdown]
# On a tree all is well.
# There are **two** bugs, and each needs an expression of its own to show.
# Write both from nodes `a` and `b`, with `+` and `*` only:
#
# - `too_early`: a node is visited before everything has come back to it.
#   No operation in this expression has the same node as both inputs.
# - `one_part`: a part is lost, although every node is visited late enough.

# %% exercise
def exposing_expressions(a, b):
    """Two expressions for which colleagues_gradients is wrong.

    Parameters
    ----------
    a, b : Node
        Not necessarily both are used in each expression.

    Returns
    -------
    too_early : Node
        Only the order of the visits is to blame.
    one_part : Node
        The order of the visits does no harm.
    """
    ### BEGIN SOLUTION
    return a + a * b, a * a
    ### END SOLUTION

# %% check
check(exposing_expressions)

# %% worked [markdown]
# Follow the queue through $c = a + p$ with $p = a \cdot b$, at $a = 2$ and $b = 3$.
# The first node is $c$, and its inputs are met from left to right.
# First comes $a$: of its two users, $c$ has been met and $p$ has not, so it is given 1, and never looked at again.
# Then come $p$ and, from $p$, $b$.
# The colleague says 1 for $a$, and $1 + b = 4$ is right.
# Turned round, $a \cdot b + a$ would come out right: there $p$ is met before $a$.
#
# In $a \cdot a$ the order cannot be wrong, since the only user of $a$ is the loss itself.
# But `index` finds place 0 and never place 1, so that one of two equal parts is lost: 2 in the place of $2a = 4$.

# %%
@when_written
def colleague_exposed():
    with Graph():
        a, b = variable(2.0, name="a"), variable(3.0, name="b")
        for expression in exposing_expressions(a, b):
            Session().run(expression)
            theirs, yours = colleagues_gradients(expression), gradients(expression)
            for node in yours:
                print(f"{expression}, gradient of {node}: colleague {theirs[node]:g}, "
                      f"yours {yours[node]:g}")

# %% [markdown]
# In `a + a * b`, `a` is an input of the sum, which comes first: it is visited while the product has not been heard yet.
# In `a * a`, both parts belong to `a`; `index` finds only the first place.
# That is what $w\,w$ is for: the two parts of a matrix product are different, and no factor 2 will mend it.
#
# ## Another resting place
#
# Your framework differentiates.
# In the third sitting it learns to train, and you give it one more operation.

# %%
progress("08_autodiff")

# %% [markdown]
# ## See it: the order of the visits
#
# The film below shows $b = a + a$, $c = b + b \cdot a$, walked back by your topological order.
# The node that is visited has a thick ring.
# Beside each node stands the gradient that has arrived so far.

# %% figure
SYMBOLS = {"Add": "+", "Subtract": "−", "Multiply": "×", "Divide": "÷", "MatMul": "@", "Square": "x²",
           "Negative": "neg", "Exp": "exp", "Log": "log", "Sigmoid": "σ", "ReduceSum": "Σ",
           "ReduceMean": "avg"}


def laid_out(order):
    """A place for each node: operations to the right of their inputs."""
    column = {}
    for node in order:
        column[node] = 1 + max((column[other] for other in node.inputs), default=-1)
    for node in reversed(order):        # leaves move to where they are used
        users = [column[user] for user in order if node in user.inputs]
        if not node.inputs and users:
            column[node] = min(users) - 1
    places, filled = {}, {}
    for node in order:
        row = filled.get(column[node], 0)
        filled[column[node]] = row + 1
        places[node] = (column[node], row)
    return {node: (1.9 * k, 1.5 * (filled[k] - 1) / 2 - 1.5 * row + 0.35 * (k % 2))
            for node, (k, row) in places.items()}


@when_written
def film_of_the_visits():
    with Graph():
        a = variable(3.0, name="a")
        b = add(a, a, name="b")
        product = multiply(b, a, name="b·a")
        c = add(b, product, name="c")
        Session().run(c)
    places = {a: (0, 0), b: (1.1, 0.9), product: (2.2, 0), c: (3.3, 0.9)}
    arrived = {c: np.array(1.0)}
    frames = [(None, dict(arrived))]
    for node in reversed(topological_order(c)):
        if node.inputs:
            for other, part in zip(node.inputs, node.compute_gradient(arrived[node])):
                arrived[other] = arrived.get(other, 0.0) + part
        frames.append((node, dict(arrived)))

    _, axes = plt.subplots(1, len(frames), figsize=(13, 2.7), layout="constrained")
    told = []
    for k, (ax, (visited, known)) in enumerate(zip(axes, frames)):
        ax.set(xlim=(-0.6, 3.9), ylim=(-0.9, 1.8), aspect="equal")
        ax.axis("off")
        for node in places:
            for n, other in enumerate(node.inputs):
                twice = (n - 0.5) * 0.5 if node.inputs[0] is node.inputs[1] else 0.0
                ax.annotate("", places[node], places[other], arrowprops={
                    "arrowstyle": "-|>", "color": GREY, "lw": 1, "shrinkA": 14, "shrinkB": 17,
                    "connectionstyle": f"arc3,rad={twice}"})
        for node, (x_place, y_place) in places.items():
            ax.add_patch(plt.Circle((x_place, y_place), 0.32, facecolor=NODE_COLOUR, zorder=3,
                                    edgecolor=BROWN if node is visited else TEXT,
                                    lw=3.5 if node is visited else 1))
            ax.text(x_place, y_place, node.name, ha="center", va="center", fontsize=9, zorder=4)
            if node in known:
                ax.text(x_place, y_place - 0.62, f"{known[node]:g}", ha="center", color=BROWN,
                        fontsize=11)
        ax.set_title(f"{k}. {visited} sends" if visited and visited.inputs else
                     f"{k}. end" if visited else "0. start", fontsize=10)
        told.append(f"{visited or 'start'}: " + ", ".join(f"{n} {v:g}" for n, v in known.items()))
    show("Five frames of the same graph. Visited node and gradients that have arrived: "
         + "; ".join(told) + ".")

# %% [markdown]
# In frame 1, 1 has arrived at `b`, and `b` must wait.
# In frame 2 the product sends $3$ more to `b`, and $6$ to `a`.
# Only then it is the turn of `b`, whose 4 arrives at `a` twice.
# The end should say 14, and calculus agrees: $2a + 2a^2$ has the slope $2 + 4a$ at $a = 3$.
#
# ## Training
#
# What remains is the step against the gradient.
# Here it is a node like others: whoever runs it makes a step.
# An `Action` is given, an operation that calls a function of yours after its inputs have been evaluated.

# %%
class Action(Operation):
    """A node that calls a function when it is evaluated, after its inputs."""

    def __init__(self, function, *inputs, name=None):
        super().__init__(*inputs, name=name)
        self.function = function

    def compute_output(self):
        return self.function()

    def evaluate(self):  # whatever the function raises is no matter of shapes
        self.output_value = self.compute_output()
        return self.output_value


@when_written
def an_action():
    with Graph():
        v = variable(2.0)
        result = square(v)
        shout = Action(lambda: f"the square is {result.output_value}", result)
        print(Session().run(shout))

# %% [markdown]
# `minimize(loss)` returns such a node.
# Running it evaluates the loss, finds the gradients of its variables, moves each variable by `learning_rate` times its gradient downhill, and returns the loss before the step.
#
# - Gradients belong to the moment.
#   They are found in every run, not once when the node is made.
# - Find all of them before the first variable moves.
# - Give a variable a new array: somebody may have kept the old one to compare.

# %% exercise
class GradientDescentOptimizer:
    """Moves variables against the gradient of a loss."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        """Make a node that makes one step whenever it is run.

        Parameters
        ----------
        loss : Node

        Returns
        -------
        step : Node
            To be run with the feed_dict that the loss needs. Its value is the loss before
            the step.
        """
        ### BEGIN SOLUTION
        def move():
            for node, grad in gradients(loss).items():
                node.output_value = node.output_value - self.learning_rate * grad
            return loss.output_value

        return Action(move, loss)
        ### END SOLUTION

# %% check
check(GradientDescentOptimizer)

# %% worked [markdown]
# Why does a step against the gradient lower the loss?
# Number all entries of all variables, and move entry $i$ by $-\eta\, g_i$, where $g_i$ is its slope and $\eta$ the learning rate.
# For a small step each move changes the loss by its slope times its length, and the changes add up:
#
# $$
# L_{\text{new}} \approx L - \eta \sum_i g_i \cdot g_i .
# $$
#
# Squares are not negative, so the loss falls, unless all slopes are 0.
#
# **In numbers.**
# Let $L = v\,w$ with $v = 2$, $w = 3$ and $\eta = 0.1$.
# The slopes are $\text{dv} = w = 3$ and $\text{dw} = v = 2$:
#
# $$
# v_{\text{new}} = 2 - 0.1 \cdot 3 = 1.7,
# \qquad
# w_{\text{new}} = 3 - 0.1 \cdot 2 = 2.8 .
# $$
#
# The loss was 6, and the formula promises $6 - 0.1 \cdot (9 + 4) = 4.7$.
# It becomes $1.7 \cdot 2.8 = 4.76$: the rest is the error of a step that is not tiny.
#
# **Why all gradients come first.**
# Suppose that $v$ moves before $\text{dw}$ is found.
# Then $\text{dw}$ would be the new $v$, 1.7, and $w$ would become 2.83: a slope at a point where nobody has run the loss.
#
# **Why in every run.**
# At the new point the slopes are 2.8 and 1.7, no longer 3 and 2.
# And the value that is returned is 6, the loss before the step, which the run has computed on its way.

# %% [markdown]
# ## See it: a shape on every edge
#
# This picture is drawn by a program, from the nodes of `squared_error` alone.

# %% figure
@when_written
def draw_with_shapes():
    rng = np.random.default_rng(1)
    with Graph():
        x, t, y, loss = squared_error()
    Session().run(loss, {x: rng.standard_normal((5, 2)), t: rng.standard_normal((5, 1))})
    order = topological_order(loss)
    found = gradients(loss, order)
    places = laid_out(order)
    right = max(place for place, _ in places.values()) + 1.9
    values = {node.name: places[node] for node in order if not node.inputs}
    operations = {node.name: (*places[node], SYMBOLS[type(node).__name__])
                  for node in order if node.inputs}
    edges = [(other.name, node.name, str(np.shape(other.output_value)).replace(" ", ""),
              str(np.shape(found[other])).replace(" ", ""))
             for node in order for other in node.inputs]
    out = f"{loss.output_value:.3g}"
    draw_graph({**values, out: (right, places[loss][1])}, operations,
               [*edges, (loss.name, out, "()", "()")])

# %% [markdown]
# Along every edge the two shapes should be the same, also at `b`, which is broadcast.
#
# Now train four models, each written down as its formula.
# Each cell prints the largest difference between your `gradients` and a gradient by hand, which is made of the rules of earlier chapters.
# Agreement means less than $10^{-12}$.

# %%
def train(step, feed_dict, steps=1000):
    """Run a step many times; the loss before each."""
    with Session() as session:
        return np.array([session.run(step, feed_dict) for _ in range(steps)])


def gap(found, by_hand):
    """The largest difference between two gradients of the same shape, or their shapes."""
    if np.shape(found) != np.shape(by_hand):
        return f"shapes {np.shape(found)} and {np.shape(by_hand)}"
    return f"{np.abs(found - by_hand).max():.0e}"

# %% [markdown]
# ### Linear regression
#
# The affine layer of chapter 03, and the mean of the squared errors: $\text{dout} = 2\,(y - t) / N$.

# %%
@when_written
def linear_regression():
    rng = np.random.default_rng(2)
    xs = rng.uniform(-1, 1, (40, 2))
    ts = xs @ [[1.5], [-2.0]] + 0.7 + 0.05 * rng.standard_normal((40, 1))
    with Graph():
        x, t = placeholder(), placeholder()
        w, b = variable(np.zeros((2, 1))), variable([0.0])
        y = x @ w + b
        loss = reduce_mean(square(y - t))
        Session().run(loss, {x: xs, t: ts})
        found = gradients(loss)
        dout = 2 * (y.output_value - ts) / len(xs)
        print("differences from the gradients by hand:", gap(found[w], xs.T @ dout), gap(found[b], dout.sum(axis=0)))

        step = GradientDescentOptimizer(learning_rate=0.5).minimize(loss)
        losses = train(step, {x: xs, t: ts}, steps=200)
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}, "
          f"w = {w.output_value.ravel().round(2)}, b = {b.output_value.round(2)}")

# %% [markdown]
# The data were made with the weights 1.5 and -2 and the bias 0.7, and some noise.
#
# ### Logistic regression
#
# One sigmoid, as in chapter 04, says how probable it is that a sample belongs to class 1.
# The loss is minus the logarithm of the probability that is given to the right class, averaged over the samples.
# The slopes of the logarithm and of the sigmoid cancel: $\text{dout} = (p - t) / N$.

# %%
@when_written
def logistic_regression():
    rng = np.random.default_rng(3)
    xs = rng.standard_normal((60, 2))
    ts = (xs @ [[2.0], [1.0]] + 0.3 * rng.standard_normal((60, 1)) > 0.5).astype(float)
    with Graph():
        x, t = placeholder(), placeholder()
        w, b = variable(np.zeros((2, 1))), variable([0.0])
        p = sigmoid(x @ w + b)
        loss = -reduce_mean(t * log(p) + (1 - t) * log(1 - p))
        step = GradientDescentOptimizer(learning_rate=1.0).minimize(loss)
        losses = train(step, {x: xs, t: ts}, steps=300)
        Session().run(loss, {x: xs, t: ts})
        found = gradients(loss)
        dout = (p.output_value - ts) / len(xs)
        print("differences from the gradients by hand:", gap(found[w], xs.T @ dout),
              gap(found[b], dout.sum(axis=0)))
    right = np.mean((p.output_value > 0.5) == (ts > 0.5))
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}, {right:.0%} right")

# %% [markdown]
# ### A perceptron for three classes
#
# A **perceptron** is one affine layer whose largest score decides on the class.
# Here it is trained with the loss of chapter 06, softmax and cross-entropy, made of single nodes: $p = e^{s} / \sum_k e^{s_k}$, and with one-hot labels $t$ the loss $-\frac1N \sum t \log p$.
# That is the long way of chapter 06, walked by a machine, and it should arrive at the same line, $\text{dout} = (p - t) / N$.

# %% figure
@when_written
def perceptron():
    rng = np.random.default_rng(4)
    labels = np.arange(90) % 3
    xs = np.array([[0.0, 1.2], [-1.2, -0.8], [1.2, -0.8]])[labels] + 0.45 * rng.standard_normal((90, 2))
    onehot = np.eye(3)[labels]
    with Graph():
        x, t = placeholder(), placeholder()
        w, b = variable(0.01 * rng.standard_normal((2, 3))), variable(np.zeros(3))
        e = exp(x @ w + b)
        p = e / reduce_sum(e, axis=1, keepdims=True)
        loss = -reduce_sum(t * log(p)) / len(xs)
        step = GradientDescentOptimizer(learning_rate=0.5).minimize(loss)
        losses = train(step, {x: xs, t: onehot}, steps=300)
        Session().run(loss, {x: xs, t: onehot})
        found = gradients(loss)
        dout = (p.output_value - onehot) / len(xs)
        print("differences from the gradients by hand:", gap(found[w], xs.T @ dout),
              gap(found[b], dout.sum(axis=0)))
        right = np.mean(p.output_value.argmax(axis=1) == labels)
        print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}, {right:.0%} right")

        side = np.linspace(-3, 3, 400)
        grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        chosen = Session().run(p, {x: grid}).argmax(axis=1).reshape(400, 400)
    _, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
    ax.contour(side, side, chosen == 0, levels=[0.5], colors=TEXT, linewidths=1)
    ax.contour(side, side, chosen == 1, levels=[0.5], colors=TEXT, linewidths=1)
    for k, (colour, marker) in enumerate(zip((BLUE, BROWN, GREY), "o^s")):
        ax.scatter(*xs[labels == k].T, color=colour, marker=marker, s=25, label=f"class {k}")
    ax.legend(loc="upper right")
    ax.set(xlabel="first input", ylabel="second input", aspect="equal")
    show("Samples of three classes, marked with circles, triangles and squares, in three clouds. "
         f"Straight lines divide the plane into three regions; {right:.0%} of the samples lie in "
         "the region of their own class.")

# %% [markdown]
# A word of caution: the graph computes what is written, and nobody shifts the scores.
# `exp` overflows above 709, and where `p` underflows to 0, `0 * log(0)` is `nan`.
# Large frameworks have a node of its own for softmax and loss together, as chapter 06 has a function.
#
# ### XOR with one hidden layer
#
# Four samples, and the answer is 1 where exactly one of the two inputs is 1.
# No straight line separates them, so a layer in between is needed.
# By hand: $\text{dout} = (p - t)/N$ as above, through the second affine layer $\text{dh} = \text{dout}\, w_2^\top$, through the sigmoid $\text{dh} \cdot h\,(1 - h)$.

# %% figure
@when_written
def xor():
    rng = np.random.default_rng(5)
    xs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    ts = np.array([[0.0], [1.0], [1.0], [0.0]])
    with Graph():
        x, t = placeholder(), placeholder()
        w1, b1 = variable(rng.standard_normal((2, 3))), variable(np.zeros(3))
        w2, b2 = variable(rng.standard_normal((3, 1))), variable([0.0])
        h = sigmoid(x @ w1 + b1)
        p = sigmoid(h @ w2 + b2)
        loss = -reduce_mean(t * log(p) + (1 - t) * log(1 - p))
        Session().run(loss, {x: xs, t: ts})
        found = gradients(loss)
        hidden = h.output_value
        dout = (p.output_value - ts) / len(xs)
        ds = dout @ w2.output_value.T * hidden * (1 - hidden)
        print("differences from the gradients by hand:", gap(found[w2], hidden.T @ dout),
              gap(found[w1], xs.T @ ds), gap(found[b1], ds.sum(axis=0)))

        step = GradientDescentOptimizer(learning_rate=1.0).minimize(loss)
        losses = train(step, {x: xs, t: ts}, steps=3000)
        answers = Session().run(p, {x: xs}).ravel()
        print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}, answers {answers.round(2)}")
        side = np.linspace(-0.5, 1.5, 100)
        grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        surface = Session().run(p, {x: grid}).reshape(100, 100)
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.plot(losses, color=BLUE)
    left.set(xlabel="step", ylabel="loss", ylim=(0, None))
    lines = right.contour(side, side, surface, levels=[0.1, 0.5, 0.9], colors=TEXT,
                          linestyles=[":", "-", "--"])
    right.clabel(lines, fmt="%g")
    for value, colour, marker in ((0, BLUE, "o"), (1, BROWN, "^")):
        right.scatter(*xs[ts.ravel() == value].T, color=colour, marker=marker, s=60, zorder=3,
                      label=f"answer {value}")
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    right.set(xlabel="first input", ylabel="second input", aspect="equal")
    show(f"Left: the loss falls from {losses[0]:.2g} to {losses[-1]:.2g}. Right: the four samples, "
         "circles where the answer is 0, triangles where it is 1, and lines on which the network "
         f"says 0.1, 0.5 and 0.9. Its answers for the samples are {answers.round(2)}.")

# %% [markdown]
# Nobody wrote a backward function for any of the four.
#
# ## On your own
#
# One more operation, and nobody shows you its gradient for arrays: `maximum(x, y)`, the larger of two values entry by entry, with broadcasting.
# Where both are equal, the first one counts as the larger, as it did in chapter 02.
#
# <details><summary>First hint</summary>
#
# Look at one entry: which of the two inputs does the output move with?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# A comparison of two arrays is an array of truth values, broadcast like a sum.
# A truth value times a number is the number or 0.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# Each entry of `grad` goes to exactly one side, and then each side is brought to its shape.
#
# </details>

# %% exercise
class Maximum(Operation):
    """The node max(x, y), entry by entry, with broadcasting."""

    def compute_output(self):
        """The value, in the shape to which x and y are broadcast."""
        ### BEGIN SOLUTION
        x, y = self.input_values()
        return np.maximum(x, y)
        ### END SOLUTION

    def compute_gradient(self, grad):
        """Turn the upstream gradient into the gradients of both inputs.

        Parameters
        ----------
        grad : ndarray
            Upstream gradient, in the shape of the output.

        Returns
        -------
        dx, dy : tuple of ndarray
            Each in the shape of its input. Where x and y are equal, x counts as the larger.
        """
        ### BEGIN SOLUTION
        x, y = self.input_values()
        first = x >= y
        return unbroadcast(grad * first, np.shape(x)), unbroadcast(grad * ~first, np.shape(y))
        ### END SOLUTION

# %% check
check(Maximum)

# %% worked [markdown]
# Take one entry of the output, $\max(x, y)$.
# Where $x > y$, it moves with $x$, slope 1, and does not notice $y$, slope 0.
# Where $x < y$ it is the other way round, and where both are equal the convention says that $x$ counts.
# So with the mask $m = 1$ where $x \ge y$ and 0 elsewhere,
#
# $$
# \text{dx} = \text{grad} \cdot m, \qquad \text{dy} = \text{grad} \cdot (1 - m) .
# $$
#
# The mask has the shape of the output, and so have both products.
# If an input was repeated to reach that shape, its gradient is the sum over the repetitions: that is what `unbroadcast` is for.

# %% [markdown]
# With it, `Maximum(s, 0)` is relu.
# Your framework takes the new operation without a change:

# %%
@when_written
def relu_from_maximum():
    with Graph():
        s = variable([[-2.0, 0.5, 3.0], [1.0, -1.0, 0.0]], name="s")
        out = reduce_sum(square(Maximum(s, 0)))
        Session().run(out)
        print("value:", out.output_value)
        print("gradient:", gradients(out)[s], sep="\n")

# %% [markdown]
# It should be $2s$ where $s$ is positive, and 0 elsewhere.
#
# ## Going deeper: define-by-run
#
# What if the graph were written down *while* the numbers are computed?
# Then no placeholder, no feed and no session is needed: each value remembers what it came from.
# Ten lines are enough, and your `topological_order` does not notice the difference.

# %%
class Value:
    """A number that remembers how it was made: inputs, and the slope for each."""

    def __init__(self, number, inputs=(), slopes=()):
        self.number, self.inputs, self.slopes = number, inputs, slopes

    def __add__(self, other):
        return Value(self.number + other.number, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.number * other.number, (self, other), (other.number, self.number))


def grown(start):
    y = start
    while y.number < 100:           # an ordinary loop: how often it runs depends on the numbers
        y = y * y + start
    return y


@when_written
def by_running():
    start, h = Value(1.1), 1e-6
    y = grown(start)
    found = {y: 1.0}
    for node in reversed(topological_order(y)):
        for other, slope in zip(node.inputs, node.slopes):
            found[other] = found.get(other, 0.0) + slope * found[node]
    slope = (grown(Value(1.1 + h)).number - grown(Value(1.1 - h)).number) / (2 * h)
    print(f"value {y.number:.2f}, slope {found[start]:.2f}, by central differences {slope:.2f}")

# %% [markdown]
# Both slopes should agree, in all digits that are printed or in all but the last.
# An ordinary `while` decides how large the graph becomes.
# In define-then-run style the loop itself would have to be a node.
#
# **TensorFlow 1** worked as this chapter does, with `placeholder`, `Session` and `feed_dict`: a graph that is known beforehand can be optimised, and saved without its Python.
# **PyTorch** works like `Value`, and so does TensorFlow since version 2: easier to read, to debug, and to mix with Python.
# With `torch.compile` and `tf.function` both let you have the other style, too.
#
# PyTorch keeps gradients in the variables, as `w.grad`, and *adds* to them: they have to be set to zero between two steps.
# Your `gradients` returns a new dict each time, as JAX does.
#
# ## What you can now do
#
# - Write an operation with its gradient, for arrays that are broadcast.
# - Walk back through any graph in an order that is always right.
# - Train any formula that you can write down.
#
# **Two answers.** Somebody's framework adds each gradient to an attribute `node.grad`.
# It asks for the gradients of the same loss twice, with nothing changed in between.
# How does the second answer compare with the first?
#
# - **a** It is the same.
# - **b** It is at least twice as large.
# - **c** It is zero.
#
# **The calls.** In a chain of 200 diamonds, each value is used by two operations, whose results a third one adds.
# How many calls of `compute_gradient` does your `gradients` need?
#
# - **a** About $2^{200}$
# - **b** 600
# - **c** 200
#
# **The shape.** `x` has the shape `(64, 1, 5)`, `y` has `(7, 1)`, and the upstream gradient of `x * y` has `(64, 7, 5)`.
# Over which axes is the gradient of `y` summed?
#
# - **a** Over axis 0 alone
# - **b** Over axes 0 and 1
# - **c** Over axes 0 and 2

# %% exercise
def recap_autodiff():
    """Answers to the three questions, one letter each.

    Returns
    -------
    two_answers, calls, shape : str
    """
    ### BEGIN SOLUTION
    return "b", "b", "c"
    ### END SOLUTION

# %% check
check(recap_autodiff)

# %% written [markdown]
# A friend has written a program for gradients that is right on every formula they tried: $wx + b$, $\sigma(wx)$, $(x - t)^2$.
# Explain why these tests prove little, give two formulas that would tell more, and say what each of them would reveal.
#
# ### BEGIN MARK SCHEME
# - All three formulas are trees: every value is used once, so that neither the adding up nor the order of the visits matters.
# - A formula in which a value is used twice, such as $a \cdot a$ or $b = a + a$, $c = b + b$, reveals overwriting in place of adding, or a part that is lost.
# - A formula in which one value is used at different distances from the loss, such as $a + a b$, or a second call, reveals a wrong order, or gradients that pile up.
# ### END MARK SCHEME

# %% model answer [markdown]
# In $wx + b$, in $\sigma(wx)$ and in $(x - t)^2$ every value is used exactly once.
# Then each gradient arrives in one piece, and it makes no difference whether the program adds up or overwrites, nor in which order it visits the nodes, as long as it starts at the loss.
#
# I would try $b = a + a$ and $c = b + b$, where the slope of $c$ is 4.
# A program that overwrites says 1, and one that loses the second part of the same input does, too.
#
# Then I would try $p = a + 1$ and $c = p + p \cdot b$, in which $p$ is used right at the end and also one step before.
# Whoever visits the nearest nodes first sends on the gradient of $p$ before the product has had its say.
# And I would ask for everything twice: if the second answer is larger, something is kept that should not be.

# %%
progress("08_autodiff")

# %% [markdown]
# Next: [Chapter 09: a two-layer net](../09_two_layer_net/09_two_layer_net.ipynb).
#
# Large networks are built from few kinds of blocks, and written as layers: there you put your own ones together, and train them on all of MNIST.
