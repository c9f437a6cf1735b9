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
# # Computational graphs
#
# ## What you will build
#
# You will write three small nodes, for addition, multiplication and squaring, and each will know how to send a gradient backwards.
# Wired together they differentiate any formula made of these operations, and you will know what happens when a value is used twice.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import BLUE, BROWN, draw_graph, draw_node

# %% figure
draw_node("×", inputs={"x": "", "y": ""}, outputs={"out": ""})

# %% [markdown]
# A **node** is one operation.
# An **edge** carries one number from node to node.
# Read the picture from left to right first: the values `x` and `y` flow in, their product `out` flows out and, somewhere far to the right, takes part in a single number, the **loss** $L$.
#
# Then read it from right to left.
# Along every edge a second number flows back: the **gradient** of that edge.
# It says how fast the loss grows when the value on this edge grows.
# The gradient that arrives at a node from the right, `dout`, is called its **upstream gradient**.
# The node turns it into `dx` and `dy`, the gradients of its own inputs.
#
# A name with a `d` in front always means this: `dx` is the slope of the loss with respect to `x`, in signs $\text{dx} = \partial L / \partial x$.
#
# In the last chapter you measured slopes: push a number a little, compute everything again, look at the change.
# That is reliable and slow, because it repeats the whole computation for every single input.
# In this chapter you compute all slopes in one walk through the graph, and exactly.

# %% [markdown]
# ## Forward
#
# Here is a formula with two operations:
#
# $$
# z = (x + y)\, t .
# $$
#
# Nobody computes this at one stroke.
# First comes the sum, then the product.
# Give the sum a name of its own, $q$, and the formula falls into two steps:
#
# $$
# q = x + y, \qquad z = q\, t .
# $$
#
# Each step is a node.
# What one node computes is the input of the next, and together they form a **computational graph**.
# Take $x = 2$, $y = 3$ and $t = 4$.
# Then $q = 2 + 3 = 5$ and $z = 5 \cdot 4 = 20$.

# %% figure
values = {"x": (0, 2), "y": (0, 0.6), "t": (2, -0.2), "z": (6, 0.9)}
operations = {"add": (2, 1.3, "+"), "mul": (4, 0.9, "×")}
draw_graph(values, operations, [
    ("x", "add", "2", ""),
    ("y", "add", "3", ""),
    ("add", "mul", "q = 5", ""),
    ("t", "mul", "4", ""),
    ("mul", "z", "20", ""),
])

# %% [markdown]
# ## Predict
#
# Answer this from the picture, before any code.
#
# **How strongly does each input move $z$?**
# Let $x$ grow by 1, from 2 to 3, and leave $y$ and $t$ alone.
# By how much does $z$ grow?
# Go back to the start and ask the same for $y$ growing by 1, and once more for $t$ growing by 1.
#
# Return the three answers in the order $x$, $y$, $t$, as an array of shape `(3,)`.

# %% exercise
def predict_slopes():
    """Say by how much z grows when x, y or t alone grows by 1.

    Returns
    -------
    slopes : ndarray of shape (3,)
        Growth of z for x, for y and for t.
    """
    ### BEGIN SOLUTION
    return np.array([4.0, 4.0, 5.0])
    ### END SOLUTION

# %% check
check(predict_slopes)

# %% [markdown]
# You pushed an input and followed the effect to the right, once for each input.
# Three inputs took three walks.
# A neural network has a million inputs that want a slope, and a million walks are too many.
#
# So turn around.
# Start at the right end and walk back, once.

# %% [markdown]
# ## Derive: one edge at a time
#
# Let $z$ flow on into some loss $L$.
# We do not know what happens there.
# All we are told is $\text{dz} = \partial L / \partial z$, the upstream gradient of the last node.
#
# Take the node $z = q\,t$ and push $q$ up by a tiny amount $\varepsilon$.
# Then $z$ grows by $t\,\varepsilon$.
# And when $z$ grows by some amount, $L$ grows by $\text{dz}$ times that amount.
# So $L$ grows by $\text{dz} \cdot t\,\varepsilon$, and
#
# $$
# \text{dq} = \frac{\partial L}{\partial q} = \frac{\partial L}{\partial z} \cdot \frac{\partial z}{\partial q} = \text{dz} \cdot t .
# $$
#
# The factor $\partial z / \partial q = t$ is the **local slope** of the node: how fast its output grows with this one input.
# The rule behind the equation is the **chain rule**, and it fits in one line: *gradient of an input = upstream gradient × local slope*.
#
# With the same rule, find $\text{dt}$.
#
# Then move one node to the left, to $q = x + y$.
# Here is the point of the whole method: now that $\text{dq}$ is known, everything to the right of $q$ can be forgotten.
# $\text{dq}$ is for this node what $\text{dz}$ was for the other.
# What are the local slopes of a sum, and what are $\text{dx}$ and $\text{dy}$?

# %% exercise
def chain_gradients(x, y, t, dz):
    """Gradients of the loss for z = (x + y) * t, all plain numbers.

    Parameters
    ----------
    x, y, t : float
    dz : float
        Upstream gradient: slope of the loss with respect to z.

    Returns
    -------
    dt, dx, dy : float
        Slopes of the loss with respect to t, x and y.
    """
    ### BEGIN SOLUTION
    q = x + y
    dq = dz * t
    dt = dz * q
    dx = dq
    dy = dq
    return dt, dx, dy
    ### END SOLUTION

# %% check
check(chain_gradients)

# %% [markdown]
# Compare with your prediction.
# It was the case $\text{dz} = 1$: if $z$ itself is what you ask about, then $L = z$, and $L$ grows exactly as fast as $z$.
# The three numbers of the prediction come back, from one walk and without pushing anything.

# %% [markdown]
# ## Implement: nodes that know only themselves
#
# Look at what each step of the derivation used: the upstream gradient, and the values at the node itself.
# Nothing else.
# A multiplication does not need to know where its inputs come from or what happens to its output.
# So it can be written once and used everywhere.
#
# A node has two jobs, one on the way right and one on the way left, and it must remember something in between.
# In Python that is a **class**: two functions, called **methods**, that share a memory.
# Here is a complete example, the node $\text{out} = 1/x$.
# Its local slope is
#
# $$
# \frac{\partial\,\text{out}}{\partial x} = -\frac{1}{x^2} = -\,\text{out}^2 .
# $$

# %%
class ReciprocalNode:
    """The node out = 1 / x."""

    def forward(self, x):
        self.out = 1 / x                # remembered for the way back
        return self.out

    def backward(self, dout):
        return dout * (-self.out ** 2)  # upstream gradient times local slope


first, second = ReciprocalNode(), ReciprocalNode()
print("forward ", first.forward(2.0), second.forward(4.0))
print("backward", first.backward(1.0), second.backward(1.0))

# %% [markdown]
# Inside a method, `self` is the node itself, and `self.out` is a note that the node keeps.
# `backward` is not given `x`, and it does not need it: everything for the way back stands in the note.
# Such notes are called a **cache**.
#
# `first` and `second` are two nodes of the same class.
# Each has notes of its own.
# `second.forward` ran later, and `first` still knew its own value when its turn came.
# A graph with two multiplications needs two `MulNode`s in the same way.
#
# Now write your own.
# Start with the sum.
# Does it have to remember anything?
# Then `backward` returns two gradients, `dx` and `dy`, in this order.

# %% exercise
class AddNode:
    """The node out = x + y, for plain numbers."""

    def forward(self, x, y):
        """Compute the sum.

        Parameters
        ----------
        x, y : float

        Returns
        -------
        out : float
        """
        ### BEGIN SOLUTION
        return x + y
        ### END SOLUTION

    def backward(self, dout):
        """Send the upstream gradient back.

        Parameters
        ----------
        dout : float
            Upstream gradient.

        Returns
        -------
        dx, dy : float
            Slopes of the loss with respect to x and y.
        """
        ### BEGIN SOLUTION
        return dout, dout
        ### END SOLUTION

# %% check
check(AddNode)

# %% [markdown]
# Next the product, the node in the picture at the top.
# You know both local slopes from the derivation; only the names are different here.
# Ask yourself what `backward` will need, and let `forward` keep it.

# %% exercise
class MulNode:
    """The node out = x * y, for plain numbers."""

    def forward(self, x, y):
        """Compute the product, and remember what backward needs.

        Parameters
        ----------
        x, y : float

        Returns
        -------
        out : float
        """
        ### BEGIN SOLUTION
        self.x, self.y = x, y
        return x * y
        ### END SOLUTION

    def backward(self, dout):
        """Turn the upstream gradient into the gradients of both inputs.

        Parameters
        ----------
        dout : float
            Upstream gradient.

        Returns
        -------
        dx, dy : float
            Slopes of the loss with respect to x and y.
        """
        ### BEGIN SOLUTION
        return dout * self.y, dout * self.x
        ### END SOLUTION

# %% check
check(MulNode)

# %% [markdown]
# Two rows of this check concern the memory.
# For *two nodes side by side*, a second node computes something between the forward and the backward of the first.
# For *a node used again*, `backward` is called twice and must say the same twice, and `forward` is called twice and the later values must count.
#
# The third node has one input: $\text{out} = x^2$.
# Its local slope is the derivative that you know from calculus.
# `backward` returns one number, `dx`.

# %% exercise
class SquareNode:
    """The node out = x squared, for a plain number."""

    def forward(self, x):
        """Compute the square, and remember what backward needs.

        Parameters
        ----------
        x : float

        Returns
        -------
        out : float
        """
        ### BEGIN SOLUTION
        self.x = x
        return x ** 2
        ### END SOLUTION

    def backward(self, dout):
        """Turn the upstream gradient into the gradient of the input.

        Parameters
        ----------
        dout : float
            Upstream gradient.

        Returns
        -------
        dx : float
            Slope of the loss with respect to x.
        """
        ### BEGIN SOLUTION
        return dout * 2 * self.x
        ### END SOLUTION

# %% check
check(SquareNode)

# %% [markdown]
# Time to wire two of your nodes into the graph from above.
# The forward calls go from left to right, the backward calls from right to left.
# What one `backward` returns is the upstream gradient of the node before it.

# %%
def wire_the_graph(x, y, t, dz):
    """The values of q and z = (x + y) * t, and the gradients of q, t, x and y."""
    add, mul = AddNode(), MulNode()
    q = add.forward(x, y)
    z = mul.forward(q, t)

    dq, dt = mul.backward(dz)
    dx, dy = add.backward(dq)
    return q, z, dq, dt, dx, dy

# %% figure
@when_written
def draw_the_wired_graph():
    q, z, dq, dt, dx, dy = wire_the_graph(2.0, 3.0, 4.0, dz=1.0)
    draw_graph(values, operations, [
        ("x", "add", "2", f"{dx:g}"),
        ("y", "add", "3", f"{dy:g}"),
        ("add", "mul", f"q = {q:g}", f"{dq:g}"),
        ("t", "mul", "4", f"{dt:g}"),
        ("mul", "z", f"{z:g}", "1"),
    ])

# %% [markdown]
# Nobody wrote down the derivative of $(x + y)\,t$.
# Each node knew its own slope, and the wiring did the rest.
#
# Look at the gradients once more, node by node.
# The sum passes its upstream gradient on unchanged, to both inputs.
# The product exchanges: each input's gradient is the upstream gradient times the value of the *other* input.

# %% [markdown]
# ## Fan-out: when a value is used twice
#
# So far every value went to exactly one node.
# In real formulas values are used again and again.
# This is called **fan-out**, and it needs one more rule.
# It is the rule of this chapter that people most often get wrong, so take your time here.
#
# Take the formula
#
# $$
# \text{out} = (x + y)\, x
# $$
#
# with $x = 3$ and $y = 2$.
# The sum is again called $q$.
# The value $x$ has two uses, and the picture marks with a dot where it branches.
# Nothing is computed at the dot.
# Both branches carry the same value.

# %% figure
fork_values = {"x": (0, 1), "y": (1.4, -0.9), "out": (6.2, 1)}
fork_operations = {"fork": (1.4, 1, ""), "add": (2.9, -0.3, "+"), "mul": (4.6, 1, "×")}
draw_graph(fork_values, fork_operations, [
    ("x", "fork", "3", ""),
    ("fork", "add", "3", ""),
    ("y", "add", "2", ""),
    ("fork", "mul", "3", ""),
    ("add", "mul", "q = 5", ""),
    ("mul", "out", "15", ""),
])

# %% [markdown]
# Imagine for a moment that the two branches were two separate inputs.
# Call the one that goes to the sum $u$, and the one that goes straight to the product $v$.
# The formula becomes $\text{out} = (u + y)\, v$, and nothing is used twice any more.
# Now push: first $u$ alone, then $v$ alone, then both.

# %%
def out_of(u, v, y=2.0):
    return (u + y) * v


push = 0.001
before = out_of(3.0, 3.0)
print(f"only u is pushed: out grows by {out_of(3.0 + push, 3.0) - before:.6f}")
print(f"only v is pushed: out grows by {out_of(3.0, 3.0 + push) - before:.6f}")
print(f"both are pushed:  out grows by {out_of(3.0 + push, 3.0 + push) - before:.6f}")

# %% [markdown]
# Divide by the push of 0.001.
# The slope for $u$ is 3, the slope for $v$ is 5, and for both together it is 8.
#
# In truth there is one $x$, and whoever pushes it pushes both branches at the same time.
# Both effects arrive at the end, and they **add up**: $0.003 + 0.005 = 0.008$.
# What is left over, 0.000001, is one push times the other.
# It becomes negligible as the push gets smaller, and a slope is what remains for ever smaller pushes.
# So
#
# $$
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial u} + \frac{\partial L}{\partial v} .
# $$
#
# That is the rule:
#
# > **A value that is used more than once receives the sum of the gradients that come back from all its uses.**
#
# It is not the gradient that happens to arrive last.
# It is not the larger one, not the mean, and not the product.
# Slopes *multiply* along one path, because the effects act one after the other.
# They *add* over different paths, because the effects act side by side.
#
# Now do it for any $x$, $y$ and `dout`.
# There are two paths from $x$ to `out`: one through $q$ and one directly into the product.
# Write down the gradient that comes back along each, then the gradient of $x$.
# Remember that the gradient along each path contains the upstream gradient.

# %% exercise
def fan_out_gradients(x, y, dout):
    """Gradients for out = (x + y) * x, path by path.

    Parameters
    ----------
    x, y : float
    dout : float
        Upstream gradient: slope of the loss with respect to out.

    Returns
    -------
    through_q : float
        What comes back to x along the path through q = x + y.
    direct : float
        What comes back to x along its direct path into the product.
    dx : float
        Slope of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    q = x + y
    through_q = dout * x
    direct = dout * q
    return through_q, direct, through_q + direct
    ### END SOLUTION

# %% check
check(fan_out_gradients)

# %% [markdown]
# You can check the sum with the derivative you know: $(x + y)\,x = x^2 + xy$, and its derivative is $2x + y$.
# At $x = 3$ and $y = 2$ that is 8.
# Here is the picture again, now with your gradients on the edges.
# Two numbers arrive at the dot from the right, and their sum leaves it to the left.

# %% figure
@when_written
def gradients_at_the_fork():
    through_q, direct, dx = fan_out_gradients(3.0, 2.0, 1.0)
    draw_graph(fork_values, fork_operations, [
        ("x", "fork", "3", f"{dx:g}"),
        ("fork", "add", "3", f"{through_q:g}"),
        ("y", "add", "2", f"{through_q:g}"),    # a sum sends the same to both inputs
        ("fork", "mul", "3", f"{direct:g}"),
        ("add", "mul", "q = 5", f"{through_q:g}"),
        ("mul", "out", "15", "1"),
    ])

# %% [markdown]
# The next cell shows the rule in its smallest form.
# A square is a product of a value with itself, so $x$ is used twice by a single node.
# The cell gives 3 to both inputs of a `MulNode`, and 3 to a `SquareNode`.

# %%
@when_written
def square_as_a_fan_out():
    mul, square = MulNode(), SquareNode()
    print("MulNode: 3 * 3 =", mul.forward(3.0, 3.0), "  SquareNode:", square.forward(3.0))
    dx, dy = mul.backward(1.0)
    print("MulNode sends back", dx, "and", dy)
    print("SquareNode sends back", square.backward(1.0))

# %% [markdown]
# The `MulNode` cannot know that both its inputs come from the same place.
# It does its own work and sends back 3 and 3.
# Whoever wired the graph has to add them, and $3 + 3 = 6 = 2 \cdot 3$.
# This is where the 2 in the derivative of $x^2$ comes from: two uses, two paths.
#
# A pretty symmetry will help you to remember all this.
# A fork copies on the way right and adds on the way left.
# A sum adds on the way right and copies on the way left.

# %% [markdown]
# ## The shopping bill
#
# Now a graph with everything in it.
# You buy 4 apples at a price of 3 each, and 2 pears at a price of 5 each.
# There is a tax of 20 % on top.
#
# $$
# \begin{aligned}
# \text{apple cost} &= 3 \cdot 4 = 12, \\
# \text{pear cost} &= 5 \cdot 2 = 10, \\
# \text{subtotal} &= 12 + 10 = 22, \\
# \text{tax} &= 22 \cdot 0.2 = 4.4, \\
# \text{total} &= 22 + 4.4 = 26.4 .
# \end{aligned}
# $$
#
# Look for the fan-out: the subtotal is needed once to compute the tax, and once more in the total.

# %% figure
def draw_bill(values, gradients):
    """Draw the bill. Numbers are looked up by name; without gradients, nothing flows back."""
    places = {
        "apple_price": (0, 4.0), "apple_number": (0, 2.4), "pear_price": (0, 0.6),
        "pear_number": (0, -1.0), "tax_rate": (5.9, -0.8), "total": (11.0, 1.5),
    }
    operations = {
        "apple ×": (2.3, 3.2, "×"), "pear ×": (2.3, -0.2, "×"), "subtotal +": (4.2, 1.5, "+"),
        "fork": (6.1, 1.5, ""), "tax ×": (7.6, 0.1, "×"), "total +": (9.3, 1.5, "+"),
    }
    wires = [
        ("apple_price", "apple ×", "apple_price"), ("apple_number", "apple ×", "apple_number"),
        ("pear_price", "pear ×", "pear_price"), ("pear_number", "pear ×", "pear_number"),
        ("apple ×", "subtotal +", "apple_cost"), ("pear ×", "subtotal +", "pear_cost"),
        ("subtotal +", "fork", "subtotal"), ("tax_rate", "tax ×", "tax_rate"),
        ("tax ×", "total +", "tax"), ("total +", "total", "total"),
        ("fork", "total +", "direct branch"), ("fork", "tax ×", "tax branch"),
    ]

    named = ("apple_cost", "pear_cost", "subtotal", "tax")
    edges = []
    for start, end, name in wires:
        value = f"{name} = {values[name]:g}" if name in named else f"{values[name]:g}"
        gradient = f"{gradients[name]:.4g}" if name in gradients else ""
        edges.append((start, end, value, gradient))
    draw_graph(places, operations, edges)


bill = {
    "apple_price": 3.0, "apple_number": 4.0, "pear_price": 5.0, "pear_number": 2.0,
    "tax_rate": 0.2, "apple_cost": 12.0, "pear_cost": 10.0, "subtotal": 22.0,
    "direct branch": 22.0, "tax branch": 22.0, "tax": 4.4, "total": 26.4,
}
draw_bill(bill, {})

# %% [markdown]
# Find the gradient of every edge, from right to left.
# The total may flow on into something else, so its gradient `dtotal` is given.
#
# The last node is the sum $\text{total} = \text{subtotal} + \text{tax}$.
# A sum passes its upstream gradient on to both inputs.
# So $\text{dtax} = \text{dtotal}$, and the same number goes back along the direct branch of the subtotal.
# Keep it in mind: it is not yet `dsubtotal`.
#
# The next node to the left is the product $\text{tax} = \text{subtotal} \cdot \text{tax rate}$, with upstream gradient `dtax`.
# It gives you `dtax_rate`, and what comes back along the other branch of the subtotal.
# Now you have everything that arrives at the fork.
#
# The remaining three nodes are a sum and two products.
# Go on in the same way, one line for each edge.
# You will need the values of some edges, so compute those first.
# Return the nine gradients in the order of the docstring, which is the order of the walk.

# %% exercise
def bill_gradients(apple_price, apple_number, pear_price, pear_number, tax_rate, dtotal):
    """Gradients of every edge of the shopping bill.

    Parameters
    ----------
    apple_price, apple_number, pear_price, pear_number : float
    tax_rate : float
        0.2 for a tax of 20 %.
    dtotal : float
        Upstream gradient: slope of the loss with respect to the total.

    Returns
    -------
    dtax, dtax_rate, dsubtotal, dapple_cost, dpear_cost : float
    dapple_price, dapple_number, dpear_price, dpear_number : float
        Slopes of the loss with respect to each value, nine numbers in this order.
    """
    ### BEGIN SOLUTION
    apple_cost = apple_price * apple_number
    pear_cost = pear_price * pear_number
    subtotal = apple_cost + pear_cost

    dtax = dtotal
    dtax_rate = dtax * subtotal
    dsubtotal = dtotal + dtax * tax_rate
    dapple_cost = dsubtotal
    dpear_cost = dsubtotal
    dapple_price = dapple_cost * apple_number
    dapple_number = dapple_cost * apple_price
    dpear_price = dpear_cost * pear_number
    dpear_number = dpear_cost * pear_price
    return (dtax, dtax_rate, dsubtotal, dapple_cost, dpear_cost,
            dapple_price, dapple_number, dpear_price, dpear_number)
    ### END SOLUTION

# %% check
check(bill_gradients)

# %% [markdown]
# Here is the bill with a value and a gradient on every edge, for $\text{dtotal} = 1$.
# All the gradients in it are yours.
# The two branches of the subtotal are worked out from them.

# %% figure
@when_written
def the_whole_bill():
    names = ("tax", "tax_rate", "subtotal", "apple_cost", "pear_cost",
             "apple_price", "apple_number", "pear_price", "pear_number")
    answers = bill_gradients(3.0, 4.0, 5.0, 2.0, 0.2, 1.0)
    gradients = dict(zip(names, answers))
    gradients["total"] = 1.0
    gradients["direct branch"] = 1.0
    gradients["tax branch"] = gradients["subtotal"] - 1.0
    draw_bill(bill, gradients)

# %% [markdown]
# Stop at the dot.
# From the right, 1 and 0.2 come back.
# To the left goes their sum, 1.2.
# One more unit of subtotal costs you itself, and the tax on it.
#
# A gradient on a bill can be read aloud.
# The gradient of the apple price is 4.8: if an apple becomes one cent dearer, the bill grows by 4.8 cents, because you buy four and pay tax on each.
# The gradient of the pear number is 6: one more pear costs 6, its price with tax.
# Which gradient is the largest?
# That of the tax rate, 22.
# But a rate that grows by 1 is a tax of 120 %.
# A gradient always speaks of *its own* unit, and you cannot compare gradients without thinking of the units.

# %% [markdown]
# ## Collapse: all kinds of fruit at once
#
# Walking edge by edge always works.
# For a fixed formula you may then collapse the walk into one line for each input.
# Let there be $K$ kinds of fruit, with prices $p_1, \dots, p_K$ and numbers $n_1, \dots, n_K$, and let $r$ be the tax rate.
# Then
#
# $$
# \text{total} = (1 + r) \sum_{k=1}^{K} p_k\, n_k .
# $$
#
# Take one price, $p_k$, and ask what it touches.
# It occurs in one term of the sum, where it is multiplied by $n_k$.
# The whole sum is multiplied by $1 + r$.
# Slopes multiply along the path, so
#
# $$
# \text{dp}_k = \text{dtotal} \cdot (1 + r) \cdot n_k .
# $$
#
# You know the factor $1 + r$: it is what has become of the fork, 1 from the direct branch and $r$ from the branch through the tax.
#
# The formula holds for every $k$, and there is no sum in it.
# If the prices stand in an array `prices` of shape `(K,)` and the numbers in an array `numbers` of shape `(K,)`, one NumPy expression gives all $K$ gradients at once, in an array of shape `(K,)`.
# Every gradient has the shape of the value it belongs to.
#
# First write the total itself.
# It is one number.

# %% exercise
def bill_total(prices, numbers, tax_rate):
    """Total of a bill, with tax.

    Parameters
    ----------
    prices : ndarray of shape (K,)
    numbers : ndarray of shape (K,)
        How many of each kind.
    tax_rate : float
        0.2 for a tax of 20 %.

    Returns
    -------
    total : float
    """
    ### BEGIN SOLUTION
    return (1 + tax_rate) * np.sum(prices * numbers)
    ### END SOLUTION

# %% check
check(bill_total)

# %% [markdown]
# Now the gradients.
# The one for the numbers follows in the same way as the one for the prices.
# For the tax rate, ask what $r$ is multiplied by, and which shape the gradient of a single number has.

# %% exercise
def bill_gradients_collapsed(prices, numbers, tax_rate, dtotal):
    """Gradients of the total with respect to its inputs, each as one NumPy expression.

    Parameters
    ----------
    prices : ndarray of shape (K,)
    numbers : ndarray of shape (K,)
        How many of each kind.
    tax_rate : float
    dtotal : float
        Upstream gradient: slope of the loss with respect to the total.

    Returns
    -------
    dprices : ndarray of shape (K,)
    dnumbers : ndarray of shape (K,)
    dtax_rate : float
    """
    ### BEGIN SOLUTION
    dprices = dtotal * (1 + tax_rate) * numbers
    dnumbers = dtotal * (1 + tax_rate) * prices
    dtax_rate = dtotal * np.sum(prices * numbers)
    return dprices, dnumbers, dtax_rate
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# You now have three ways to the same slopes: the walk through the graph, the collapsed formulas, and the measurement of the last chapter.
# They must agree.
# The next cell puts them next to each other for the small bill, with $\text{dtotal} = 1$.
#
# The measurement moves one input by a tiny **step** $h$ to both sides and divides the difference of the totals by $2h$.
# It uses nothing but your `bill_total`.

# %%
@when_written
def three_ways():
    prices, numbers, tax_rate = np.array([3.0, 5.0]), np.array([4.0, 2.0]), 0.2

    def measured(name):
        h, totals = 1e-5, []
        for step in (h, -h):
            inputs = {"apple_price": 3.0, "apple_number": 4.0, "pear_price": 5.0,
                      "pear_number": 2.0, "tax_rate": tax_rate}
            inputs[name] += step
            totals.append(bill_total(
                np.array([inputs["apple_price"], inputs["pear_price"]]),
                np.array([inputs["apple_number"], inputs["pear_number"]]),
                inputs["tax_rate"],
            ))
        return (totals[0] - totals[1]) / (2 * h)

    walk = bill_gradients(3.0, 4.0, 5.0, 2.0, tax_rate, 1.0)
    dprices, dnumbers, dtax_rate = bill_gradients_collapsed(prices, numbers, tax_rate, 1.0)
    table = {
        "apple_price": (walk[5], dprices[0]), "apple_number": (walk[6], dnumbers[0]),
        "pear_price": (walk[7], dprices[1]), "pear_number": (walk[8], dnumbers[1]),
        "tax_rate": (walk[1], dtax_rate),
    }
    print(f"{'gradient of':<14}{'walk':>8}{'collapsed':>12}{'measured':>20}")
    for name, (edge_by_edge, collapsed) in table.items():
        print(f"{name:<14}{edge_by_edge:>8.4f}{collapsed:>12.4f}{measured(name):>20.12f}")

# %% [markdown]
# The first two columns are exact.
# The last agrees with them in about ten digits; what follows is rounding noise, because two nearly equal totals were subtracted.
# Agreement to a relative error of about $10^{-6}$ or better means that a gradient is right.
# If a path had been forgotten, the error would stand in the first or second digit.
#
# The check compares your gradients on bills of several lengths, and with an upstream gradient that is not 1.

# %% check
check(bill_gradients_collapsed)

# %% [markdown]
# ## Find the bug
#
# A colleague wants to differentiate any graph made of sums and products.
# A graph is written as a list of steps, and each step is a tuple of four strings.
# `("q", "+", "x", "y")` means `q = x + y`, and `("z", "*", "q", "t")` means `z = q * t`.
# The result of the last step is the output of the graph.
#
# The first loop computes all values, step by step.
# The second loop walks back and keeps the gradients by name.

# %%
def graph_gradients_buggy(steps, values, dout):
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
        gradients[a] = da
        gradients[b] = db
    return gradients


steps = [("q", "+", "x", "y"), ("z", "*", "q", "t")]
print(graph_gradients_buggy(steps, {"x": 2.0, "y": 3.0, "t": 4.0}, 1.0))

# %% [markdown]
# These are the right gradients for $z = (x + y)\,t$; you have seen them all above.
# The rules for sum and product are right, too.
# And yet the function has a bug.
#
# First expose it.
# Give a graph for which the function returns a wrong gradient for some input.
# Use the inputs `x`, `y` and `t` (you need not use all of them), and give every result a new name.
# Every step must lead on to the last one.
# You may run the function on your graph before you answer.

# %% exercise
def exposing_graph():
    """A graph for which graph_gradients_buggy returns a wrong gradient.

    Returns
    -------
    steps : list of tuples (out, kind, a, b)
        Four strings each; kind is "+" or "*".
    """
    ### BEGIN SOLUTION
    return [("q", "+", "x", "y"), ("out", "*", "q", "x")]
    ### END SOLUTION

# %% check
check(exposing_graph)

# %% [markdown]
# Now mend it.
# Copy the body of the function into the cell below and change what is wrong.
# A dictionary has a method that you may find useful: `gradients.get(name, 0.0)` is the entry under `name`, or 0.0 if there is none yet.

# %% exercise
def graph_gradients_mended(steps, values, dout):
    """The function above, without its bug.

    Parameters
    ----------
    steps : list of tuples (out, kind, a, b)
        The graph; kind is "+" or "*". The last step computes its output.
    values : dict of str to float
        The inputs of the graph by name.
    dout : float
        Upstream gradient of the output.

    Returns
    -------
    gradients : dict of str to float
        The gradient of every input and of every result, by the name of the value.
    """
    ### BEGIN SOLUTION
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
        gradients[a] = gradients.get(a, 0.0) + da
        gradients[b] = gradients.get(b, 0.0) + db
    return gradients
    ### END SOLUTION

# %% check
check(graph_gradients_mended)

# %% [markdown]
# To write where one must add up is the most common bug in home-made backpropagation.
# It hides so well because every graph without fan-out comes out right.
#
# The function you mended is a small **automatic differentiation** program.
# It can do the whole bill, and it was never told a formula for it.

# %%
@when_written
def bill_as_a_list_of_steps():
    steps = [
        ("apple_cost", "*", "apple_price", "apple_number"),
        ("pear_cost", "*", "pear_price", "pear_number"),
        ("subtotal", "+", "apple_cost", "pear_cost"),
        ("tax", "*", "subtotal", "tax_rate"),
        ("total", "+", "subtotal", "tax"),
    ]
    inputs = {name: bill[name] for name in (
        "apple_price", "apple_number", "pear_price", "pear_number", "tax_rate")}
    mended = graph_gradients_mended(steps, inputs, 1.0)
    buggy = graph_gradients_buggy(steps, inputs, 1.0)
    print(f"{'gradient of':<14}{'mended':>8}{'buggy':>8}")
    for name in mended:
        print(f"{name:<14}{mended[name]:>8.4f}{buggy[name]:>8.4f}")

# %% [markdown]
# Follow the damage in the last column.
# The bug strikes at one place, the subtotal, and everything to the left of it is wrong by the same factor.
# To the right of it all is well.
#
# ## See it
#
# What does "the slopes add up" look like?
# Take $\text{out} = (x + y)\,x$ again and pull its two branches apart.
# The two thin lines show how `out` changes when only one branch is pushed.
# The thick curve shows what really happens: $x$ is pushed, and both branches move.
# The dashed line has the slope that your function returns.

# %% figure
@when_written
def two_pushes():
    x, y = 3.0, 2.0
    through_q, direct, dx = fan_out_gradients(x, y, 1.0)
    push = np.linspace(-1.5, 1.5, 101)

    _, ax = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
    ax.plot(push, (x + push + y) * (x + push), color=BLUE, lw=3)
    ax.plot(push, x * (x + y) + dx * push, color="black", lw=1.3, ls="--")
    ax.plot(push, (x + y) * (x + push), color=BROWN, lw=1.3)
    ax.plot(push, (x + push + y) * x, color=BROWN, lw=1.3, ls="-.")
    ax.plot(0, x * (x + y), "o", color="black")
    right = 1.55
    ax.text(right, (x + right + y) * (x + right), "x is pushed", color=BLUE, va="center")
    ax.text(right, x * (x + y) + dx * right - 1.2, f"tangent: slope {dx:g}", va="center")
    ax.text(right, (x + y) * (x + right), f"direct branch: slope {direct:g}", color=BROWN,
            va="center")
    ax.text(right, (x + right + y) * x, f"branch through q: slope {through_q:g}", color=BROWN,
            va="center")
    ax.set_xlim(-1.6, 2.9)
    ax.set_xticks([-1.5, -1, -0.5, 0, 0.5, 1, 1.5])
    ax.set_xlabel("push")
    ax.set_ylabel("out")
    ax.grid(alpha=0.3)
    plt.show()

# %% [markdown]
# At the black point the dashed line touches the thick curve, and no other slope would.
# A line with slope 5 or 3, the gradient of one branch alone, cuts through it.
# That is what a backward pass returns that overwrites.
#
# Farther from the point the curve bends away from its tangent.
# There the small product of the two pushes is no longer small.
# A gradient is a statement about tiny pushes.
#
# The second picture shows why one adds up *at the fork*, and does not follow every path to its end.
# Square a number again and again:
#
# $$
# v_1 = v_0 \cdot v_0, \qquad v_2 = v_1 \cdot v_1, \qquad v_3 = v_2 \cdot v_2, \qquad \dots
# $$
#
# Every value is used twice by the next product.
# After one step there are two paths from the input to the output, after two steps four, and each step doubles them.
# The next cell computes the same gradient in two ways: by following every path separately, and with your `MulNode`s, adding up at every fork.

# %%
def follow_every_path(value, steps):
    """Gradient of the output with respect to `value`, and the number of paths to it."""
    if steps == 0:
        return 1.0, 1
    left, left_paths = follow_every_path(value * value, steps - 1)
    right, right_paths = follow_every_path(value * value, steps - 1)
    return value * left + value * right, left_paths + right_paths


def add_up_at_every_fork(value, steps):
    """The same gradient, and the number of calls of `backward`."""
    nodes = [MulNode() for _ in range(steps)]
    for node in nodes:
        value = node.forward(value, value)
    gradient, calls = 1.0, 0
    for node in reversed(nodes):
        gradient = sum(node.backward(gradient))         # both uses, added up
        calls += 1
    return gradient, calls


@when_written
def sixteen_squarings():
    by_nodes, calls = add_up_at_every_fork(1.00001, 16)
    by_paths, paths = follow_every_path(1.00001, 16)
    print(f"16 steps, path by path:      {by_paths:.6f} from {paths} paths")
    print(f"16 steps, added at the fork: {by_nodes:.6f} from {calls} calls of backward")

# %% figure
@when_written
def paths_and_nodes():
    depths = range(1, 17)
    calls = [add_up_at_every_fork(1.00001, depth)[1] for depth in depths]
    paths = [follow_every_path(1.00001, depth)[1] for depth in depths]
    _, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
    ax.semilogy(depths, paths, "s--", color=BROWN, markersize=5)
    ax.semilogy(depths, calls, "o-", color=BLUE, markersize=5)
    ax.text(9.6, 4000, "paths to follow", color=BROWN, ha="right")
    ax.text(12, 4, "calls of backward", color=BLUE, ha="center")
    ax.set_xlabel("number of squarings")
    ax.set_ylabel("count (logarithmic)")
    ax.grid(alpha=0.3)
    plt.show()

# %% [markdown]
# The gradients agree.
# But the number of paths explodes, and the number of calls of `backward` grows by one for each node.
# At the fork all the paths that lead on from there are merged into a single number, and everything further left needs this number alone.
# A network with fifty layers of a hundred numbers each has more paths than there are atoms in the universe.
# Backpropagation walks each edge once.
#
# ## What you can now do
#
# - Break a formula into nodes, and read the picture from left to right for values and from right to left for gradients.
# - Write a node that knows its own local slope, remembers what it needs, and nothing else.
# - Handle fan-out: multiply along a path, add over all paths, at the place where the value branches.
# - Walk a whole graph backwards by hand, collapse the walk into a formula, and find a backward pass that overwrites where it should add up.
#
# So far every edge carried one number.
# In the next chapter a node takes whole matrices at once: the affine layer.
# There every entry of the input is used in several outputs, and the sums that fan-out asks for are what turns into a matrix product.
