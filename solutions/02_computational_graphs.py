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
# **Time:** about 100 minutes, with a resting place after the shopping bill.
#
# **Needs:** chapter 01, and from calculus the derivative of a product and the chain rule.
#
# ## What you will build
#
# You will write small nodes, one operation each, that know how to send a gradient backwards.
# Then you will write the engine that joins nodes into any formula and finds all its gradients in one walk.

# %%
from autograder import check, progress, when_written
from autograder.pictures import BLUE, BROWN, draw_graph, draw_node, show

import matplotlib.pyplot as plt
import numpy as np

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
# What arrives at a node from the right, `dout`, is its **upstream gradient**.
# The node turns it into `dx` and `dy`, the gradients of its inputs.
#
# A name with a `d` in front always means this: `dx` is the slope of the loss with respect to `x`.
# A formula writes it $\partial L / \partial x$.
# The curly $\partial$ stands in place of the $d$ of calculus where there are several inputs: $x$ alone moves, the others stay where they are.
#
# In the last chapter you measured slopes, and repeated the whole computation for every single input.
# In this chapter one walk through the graph finds all slopes, exactly.

# %% [markdown]
# ## Forward
#
# Here is a formula with two operations:
#
# $$
# z = (x + y)\, t .
# $$
#
# Give the sum a name of its own, $q$, and it falls into two steps, $q = x + y$ and $z = q\, t$.
# Each step is a node, and together they form a **computational graph**.
# With $x = 2$, $y = 3$ and $t = 4$ we have $q = 5$ and $z = 20$.

# %% figure
places = {"x": (0, 2), "y": (0, 0.6), "t": (2, -0.2), "z": (6, 0.9)}
operations = {"add": (2, 1.3, "+"), "mul": (4, 0.9, "×")}
draw_graph(places, operations, [
    ("x", "add", "2", ""),
    ("y", "add", "3", ""),
    ("add", "mul", "q = 5", ""),
    ("t", "mul", "4", ""),
    ("mul", "z", "20", ""),
])

# %% [markdown]
# ## Predict
#
# Let $x$ grow by 1, from 2 to 3, and leave $y$ and $t$ alone.
# **By how much does $z$ grow?**
# Ask the same for $y$ alone, and for $t$ alone.
# Return the three answers in this order, as an array of shape `(3,)`.

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

# %% worked [markdown]
# Each time one input moves by 1, the two others stay, and $z = 20$ is what it was before.
#
# - $x$ from 2 to 3: $q = 6$ and $z = 24$, a growth of 4.
# - $y$ from 3 to 4: $q = 6$ and $z = 24$, a growth of 4.
# - $t$ from 4 to 5: $q = 5$ and $z = 25$, a growth of 5.
#
# The same in letters:
#
# $$
# (x + 1 + y)\,t - (x + y)\,t = t,
# \qquad
# (x + y)(t + 1) - (x + y)\,t = x + y .
# $$
#
# Whatever is pushed, $z$ grows with the *other* factor.
#
# A push of 1 is not tiny.
# It measures the slope all the same, because in each input alone $z$ is a straight line.

# %% [markdown]
# Three inputs took three walks to the right.
# A neural network has a million inputs that want a slope.
# So turn around, start at the right end and walk back, once.
#
# ## Derive: one edge at a time
#
# Let $z$ flow on into some loss $L$.
# All we are told is $\text{dz} = \partial L / \partial z$.
#
# Take the node $z = q\,t$ and push $q$ up by a tiny amount $\delta$.
# Then $z$ grows by $t\,\delta$, and $L$ by $\text{dz}$ times that amount:
#
# $$
# \text{dq} = \frac{\partial L}{\partial q} = \frac{\partial L}{\partial z} \cdot \frac{\partial z}{\partial q} = \text{dz} \cdot t .
# $$
#
# The factor $\partial z / \partial q = t$ is the **local slope** of the node: how fast its output grows with this one input.
# The rule behind the equation is the **chain rule**, and it fits in one line: *gradient of an input = upstream gradient × local slope*.
#
# With the same rule, find $\text{dt}$.
# Then move one node to the left, to $q = x + y$.
# Here is the point of the method: now that $\text{dq}$ is known, everything to the right of $q$ can be forgotten.
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
    dx, dy, dt : float
        Slopes of the loss with respect to x, y and t.
    """
    ### BEGIN SOLUTION
    q = x + y
    dt = dz * q
    dq = dz * t
    return dq, dq, dt
    ### END SOLUTION

# %% check
check(chain_gradients)

# %% worked [markdown]
# **The product, for $t$.**
# Push $t$ by $\delta$ and hold $q$: $z$ becomes $q\,(t + \delta) = q\,t + q\,\delta$, so it grows by $q\,\delta$.
# The local slope is $q$, and
#
# $$
# \text{dt} = \text{dz} \cdot q = \text{dz}\,(x + y) .
# $$
#
# The factors change places: $q$ receives $t$, and $t$ receives $q$.
#
# **The sum.**
# Push $x$ by $\delta$, and $q = x + y$ grows by $\delta$, whatever $x$ and $y$ are.
# So the local slope is 1, and for $y$ it is 1 as well:
#
# $$
# \text{dx} = \text{dq} \cdot 1 = \text{dz} \cdot t,
# \qquad
# \text{dy} = \text{dq} \cdot 1 = \text{dz} \cdot t .
# $$
#
# Each input has one path to the loss, and the slopes along it multiply: $1 \cdot t \cdot \text{dz}$ from $x$ over $q$ and $z$, and $q \cdot \text{dz}$ from $t$ over $z$.
#
# **In numbers.**
# With $x = 1$, $y = 5$, $t = -2$ and $\text{dz} = 3$ we have $q = 6$.
# Then $\text{dt} = 3 \cdot 6 = 18$ and $\text{dq} = 3 \cdot (-2) = -6$, which is also $\text{dx}$ and $\text{dy}$.
#
# The code begins with $q$, because $\text{dt}$ needs it.

# %% [markdown]
# Your prediction was the case $\text{dz} = 1$: there $z$ itself is the loss.
#
# ## Implement: nodes that know only themselves
#
# The derivation used the upstream gradient and the values at the node itself, and nothing else.
# So a node can be written once and used everywhere.
# It has two jobs, one on each way, and may have to remember something in between.
# In Python that is a **class**: two functions, called **methods**, that share a memory.
# Here is a complete node, $\text{out} = 1/x$, whose local slope is $-1/x^2 = -\text{out}^2$.

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
# Such notes are called a **cache**.
# `first` and `second` have notes of their own: `second` ran later, and `first` still knew its 0.5.
#
# Now write four nodes of your own, first the sum.
# Does it have to remember anything?

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

# %% worked [markdown]
# Push $x$ by $\delta$:
#
# $$
# (x + \delta) + y - (x + y) = \delta .
# $$
#
# The sum grows by the whole push, however large $x$ and $y$ are, so the local slope is 1.
# The same is true for $y$, hence
#
# $$
# \text{dx} = \text{dout} \cdot 1, \qquad \text{dy} = \text{dout} \cdot 1 .
# $$
#
# Each input receives all of `dout`, not half of it: each of the two pushes arrives in full.
# No input occurs in the slopes, so `forward` has nothing to keep.

# %% [markdown]
# Next the product.
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

# %% worked [markdown]
# Push $x$ by $\delta$ and hold $y$, then the other way round:
#
# $$
# (x + \delta)\,y - x\,y = y\,\delta,
# \qquad
# x\,(y + \delta) - x\,y = x\,\delta .
# $$
#
# The local slopes are $y$ and $x$, and each is multiplied by the upstream gradient:
#
# $$
# \text{dx} = \text{dout} \cdot y, \qquad \text{dy} = \text{dout} \cdot x .
# $$
#
# With $x = 2$, $y = -5$ and $\text{dout} = 3$ that is $\text{dx} = -15$ and $\text{dy} = 6$.
#
# When `backward` is called, it is handed `dout` and nothing else.
# So `forward` has to keep both factors, in `self`, where they belong to this one node.
# The product alone would not do: from $\text{out} = 0$ and $x = 0$ nobody can tell what $y$ was.

# %% [markdown]
# The last row tests what the node remembers: while another node works, and when the same node is used again.
#
# The square has one input, so `backward` returns one number.
# You know its local slope from calculus.

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

# %% worked [markdown]
# Push $x$ by $\delta$:
#
# $$
# (x + \delta)^2 - x^2 = 2x\,\delta + \delta^2 .
# $$
#
# For each unit of the push that is $2x + \delta$, and when the push becomes tiny, $2x$ is left.
# So $\text{dx} = \text{dout} \cdot 2x$.
#
# You can also see the 2 as a number of paths.
# The square is the product $x \cdot x$, and $x$ reaches it through the left factor and through the right one.
# Along each path the local slope is the other factor, which is $x$ both times, and $x + x = 2x$.
#
# With $x = -3$ and $\text{dout} = 0.5$ we get $\text{dx} = 0.5 \cdot 2 \cdot (-3) = -3$.
# The slope contains $x$, so `forward` keeps it.

# %% [markdown]
# The last node has no formula in your calculus book: $\text{out} = \max(x, y)$, the larger of two numbers.
# Take 2 and 7.
# Push the 7 a little, then the 2 a little: what does the output do each time?
#
# At a tie, $x = y$, there is no slope, and one needs a convention.
# In this course the first input, $x$, then counts as the larger one.

# %% exercise
class MaxNode:
    """The node out = the larger of x and y, for plain numbers."""

    def forward(self, x, y):
        """Find the larger number, and remember what backward needs.

        Parameters
        ----------
        x, y : float

        Returns
        -------
        out : float
        """
        ### BEGIN SOLUTION
        self.x_counts = x >= y
        return x if self.x_counts else y
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
            Slopes of the loss with respect to x and y. At a tie, x counts as the larger.
        """
        ### BEGIN SOLUTION
        return (dout, 0.0) if self.x_counts else (0.0, dout)
        ### END SOLUTION

# %% check
check(MaxNode)

# %% worked [markdown]
# Take $x = 2$ and $y = 7$, so that $\text{out} = 7$.
# Push $y$ to 7.1, and the output is 7.1: the slope is 1.
# Push $x$ to 2.1, and the output is still 7: the slope is 0.
# So $\text{dx} = 0$ and $\text{dy} = \text{dout}$, and with $x = 7$ and $y = 2$ it is the other way round:
#
# $$
# \text{dx} = \begin{cases} \text{dout} & \text{if } x \ge y, \\ 0 & \text{if } x < y, \end{cases}
# \qquad
# \text{dy} = \begin{cases} 0 & \text{if } x \ge y, \\ \text{dout} & \text{if } x < y. \end{cases}
# $$
#
# At the tie, $x = y = 5$, a push of $x$ upwards moves the output, and a push downwards does not.
# To the right the slope is 1, to the left it is 0: a kink, like that of relu.
# Should both inputs receive `dout` there?
# Then a push of both by $\delta$ would promise a growth of $2\delta$, and the output grows by $\delta$.
# So one of them receives it, and by the convention it is $x$.
#
# The larger number itself does not occur in the gradients.
# All that `forward` has to keep is which of the two was the larger one.

# %% [markdown]
# A sum hands its gradient on to both inputs, a product exchanges the factors, a maximum is a switch.
#
# Here two of them are wired into the graph from above.
# On the way back, the `dq` that the product returns is the upstream gradient of the sum.

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
    draw_graph(places, operations, [
        ("x", "add", "2", f"{dx:g}"),
        ("y", "add", "3", f"{dy:g}"),
        ("add", "mul", f"q = {q:g}", f"{dq:g}"),
        ("t", "mul", "4", f"{dt:g}"),
        ("mul", "z", f"{z:g}", "1"),
    ])

# %% [markdown]
# Nobody wrote down the derivative of $(x + y)\,t$: each node knew its own slope, and the wiring did the rest.
#
# ## Fan-out: when a value is used twice
#
# In real formulas values are used again and again.
# This is called **fan-out**.
# It is what people most often get wrong.
#
# Take $\text{out} = (x + y)\, x$ with $x = 3$ and $y = 2$.
# The dot in the picture marks where $x$ branches.
# Nothing is computed there: both branches carry the same value.

# %% figure
fork_places = {"x": (0, 1), "y": (1.4, -0.9), "out": (6.2, 1)}
fork_operations = {"fork": (1.4, 1, ""), "add": (2.9, -0.3, "+"), "mul": (4.6, 1, "×")}
draw_graph(fork_places, fork_operations, [
    ("x", "fork", "3", ""),
    ("fork", "add", "3", ""),
    ("y", "add", "2", ""),
    ("fork", "mul", "3", ""),
    ("add", "mul", "q = 5", ""),
    ("mul", "out", "15", ""),
])

# %% [markdown]
# Imagine that the two branches were separate inputs, $u$ to the sum and $v$ straight to the product: $\text{out} = (u + y)\, v$.
# Push $u$ alone, then $v$ alone, then both.

# %%
def out_of(u, v, y=2.0):
    return (u + y) * v


push = 0.001
before = out_of(3.0, 3.0)
print(f"only u is pushed: out grows by {out_of(3.0 + push, 3.0) - before:.6f}")
print(f"only v is pushed: out grows by {out_of(3.0, 3.0 + push) - before:.6f}")
print(f"both are pushed:  out grows by {out_of(3.0 + push, 3.0 + push) - before:.6f}")

# %% [markdown]
# The slope for $u$ is 3, the slope for $v$ is 5, and for both together it is 8.
# (What is left over, one push times the other, vanishes as the push gets smaller.)
# Whoever pushes $x$ pushes both branches, and both effects arrive at the end:
#
# > **A value that is used more than once receives the sum of the gradients that come back from all its uses.**
#
# Slopes *multiply* along one path, because the effects act one after the other.
# They *add* over different paths, because the effects act side by side.
#
# Now do it for any $x$, $y$ and `dout`.

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

# %% worked [markdown]
# Keep the two branches apart, as above: $\text{out} = q\,v$ with $q = u + y$.
#
# **Back through the product.**
# Its upstream gradient is `dout`, and its factors change places.
# The direct branch receives $\text{dout} \cdot q$, and the sum receives $\text{dq} = \text{dout} \cdot v$.
#
# **Back through the sum.**
# Its local slope is 1, so $u$ receives $\text{dq} \cdot 1 = \text{dout} \cdot v$.
#
# Now both branches carry the same value again, $u = v = x$:
#
# $$
# \text{dout} \cdot x \ \text{(through } q \text{)},
# \qquad
# \text{dout} \cdot (x + y) \ \text{(direct)} .
# $$
#
# A push of $x$ by $\delta$ is a push of $u$ and of $v$ by the same $\delta$, so both effects are felt at once:
#
# $$
# \text{dx} = \text{dout} \cdot x + \text{dout} \cdot (x + y) = \text{dout}\,(2x + y) .
# $$
#
# With $x = 1$, $y = 4$ and $\text{dout} = 2$: $q = 5$, the path through $q$ brings $2 \cdot 1 = 2$, the direct one $2 \cdot 5 = 10$, and $\text{dx} = 12$.

# %% [markdown]
# Calculus says the same: $x^2 + xy$ has the derivative $2x + y$, which is 8 here.
# Two numbers arrive at the dot from the right, and their sum leaves it to the left.

# %% figure
@when_written
def gradients_at_the_fork():
    through_q, direct, dx = fan_out_gradients(3.0, 2.0, 1.0)
    draw_graph(fork_places, fork_operations, [
        ("x", "fork", "3", f"{dx:g}"),
        ("fork", "add", "3", f"{through_q:g}"),
        ("y", "add", "2", f"{through_q:g}"),    # a sum sends the same to both inputs
        ("fork", "mul", "3", f"{direct:g}"),
        ("add", "mul", "q = 5", f"{through_q:g}"),
        ("mul", "out", "15", "1"),
    ])

# %% book [markdown]
# So far the numbers on a graph were given.
# Here they are yours to change, and every edge follows.
#
# ```{picture} computational_graph
# :alt: The graph of out = (x + y) times x. The value 3 of x branches at a dot, into the sum and into the product. Above each edge stands its value, up to out = 15; below it, along a dashed arrow back, its gradient: 3 and 5 come back to the dot, and 8 leaves it to the left.
#
# Values are blue and flow to the right, gradients are brown, dashed, and flow to the left.
# Below the sliders, each node says what it sends back and why.
# A slider moves with the finger, the mouse, or the arrow keys.
#
# - Move $x$ from 3 to 4. The gradient of $x$ goes from 8 to 10, as $2x + y$ says: one more along each path.
# - Find a place where the two paths cancel, and $\text{dx}$ is 0 though both bring something. ($x = 2$ and $y = -4$ is one.)
# - Move $\text{dout}$ to 2, then to $-1$. All gradients are multiplied by it, and no value changes.
# - Choose *z = max(x, y) · t*, and pull $x$ up to 3. At the tie the whole gradient jumps from $y$ to $x$: the switch.
# - Choose *out = x · x*. Both edges begin at one fork and end at one node, and each brings the same. The next paragraph is about it.
# ```

# %% [markdown]
# A single node can use a value twice, too: a square is the product of a number with itself.

# %%
@when_written
def square_as_a_fan_out():
    mul, square = MulNode(), SquareNode()
    print("forward: ", mul.forward(3.0, 3.0), "and", square.forward(3.0))
    dx, dy = mul.backward(1.0)
    print("MulNode sends back", dx, "and", dy)
    print("SquareNode sends back", square.backward(1.0))

# %% [markdown]
# The `MulNode` cannot know that both its inputs come from the same place.
# Whoever wired the graph has to add up: this is where the 2 in the derivative of $x^2$ comes from.
#
# ## The shopping bill
#
# You buy 4 apples at a price of 3 each, and 2 pears at a price of 5 each.
# There is a tax of 20 %, which is computed from the subtotal and added to it.

# %% figure
def picture_of_bill(values, gradients):
    """What draw_graph needs. Numbers are looked up by name; without gradients none flow back."""
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
    return places, operations, edges


bill = {
    "apple_price": 3.0, "apple_number": 4.0, "pear_price": 5.0, "pear_number": 2.0,
    "tax_rate": 0.2, "apple_cost": 12.0, "pear_cost": 10.0, "subtotal": 22.0,
    "direct branch": 22.0, "tax branch": 22.0, "tax": 4.4, "total": 26.4,
}
draw_graph(*picture_of_bill(bill, {}))

# %% [markdown]
# Find the gradient of every edge, from right to left; `dtotal` is given.
#
# The last node is a sum: it sends `dtotal` back to the tax, and along the direct branch of the subtotal.
# That is not yet `dsubtotal`.
# The next node is the product that gave the tax, and with it you have everything that arrives at the fork.
# Go on in the same way, one line for each edge, in the order of the docstring.

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

# %% worked [markdown]
# First go forward once, because the way back needs a value from the middle: the subtotal, $3 \cdot 4 + 5 \cdot 2 = 22$.
# Then each gradient needs only gradients that stand above it.
# The numbers on the right belong to the bill of the picture, with `dtotal` = 1.
#
# | gradient | is | in numbers |
# |---|---|---|
# | `dtax` | `dtotal` · 1, a sum | 1 |
# | `dtax_rate` | `dtax` · `subtotal`, the other factor | 1 · 22 = 22 |
# | `dsubtotal` | `dtotal` · 1 + `dtax` · `tax_rate`, two paths | 1 + 0.2 = 1.2 |
# | `dapple_cost`, `dpear_cost` | `dsubtotal` · 1, a sum | 1.2 |
# | `dapple_price` | `dapple_cost` · `apple_number` | 1.2 · 4 = 4.8 |
# | `dapple_number` | `dapple_cost` · `apple_price` | 1.2 · 3 = 3.6 |
# | `dpear_price` | `dpear_cost` · `pear_number` | 1.2 · 2 = 2.4 |
# | `dpear_number` | `dpear_cost` · `pear_price` | 1.2 · 5 = 6 |
#
# The third line is the one to think about.
# Push the subtotal by 1.
# The total grows by 1, because the subtotal is added to it, and by another 0.2, because the tax grows with it.
# These are two paths from one value, so what they bring is added.
# The slopes *along* the second path, from the subtotal to the tax and from the tax to the total, are multiplied.
#
# The gradient of the subtotal has to be complete before anything to its left is found.
# Otherwise the fruit would be free of tax.
#
# You can test a line with common sense: one more apple costs its price and the tax on it, $3 + 0.6 = 3.6$.

# %% [markdown]
# ## Collapse: all kinds of fruit at once
#
# For a fixed formula the walk can be collapsed into one line for each input.
# Let there be $K$ kinds of fruit, with prices $p_1, \dots, p_K$ and numbers $n_1, \dots, n_K$, and let $r$ be the tax rate:
#
# $$
# \text{total} = (1 + r) \sum_{k=1}^{K} p_k\, n_k .
# $$
#
# Take one price, $p_k$.
# What is it multiplied by on its way to the total?
# One NumPy expression gives all $K$ gradients at once: every gradient has the shape of the value it belongs to.
# Here the total itself is the loss.

# %% exercise
def bill_collapsed(prices, numbers, tax_rate):
    """Total of a bill and its gradients, each as one NumPy expression.

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
    dprices : ndarray of shape (K,)
    dnumbers : ndarray of shape (K,)
    dtax_rate : float
        Slopes of the total with respect to each input.
    """
    ### BEGIN SOLUTION
    subtotal = np.sum(prices * numbers)
    dprices = (1 + tax_rate) * numbers
    dnumbers = (1 + tax_rate) * prices
    return (1 + tax_rate) * subtotal, dprices, dnumbers, subtotal
    ### END SOLUTION

# %% check
check(bill_collapsed)

# %% worked [markdown]
# Write $S = \sum_k p_k\, n_k$ for the subtotal, and push one price, $p_k$, by $\delta$.
#
# Of the $K$ terms of the sum, one contains $p_k$.
# It grows by $n_k\, \delta$, and $S$ grows by the same.
# From $S$ two paths lead to the total: directly, with the slope 1, and through the tax, with the slope $r$.
# Together that is $1 + r$, and along the way the slopes multiply:
#
# $$
# \frac{\partial\, \text{total}}{\partial p_k} = (1 + r)\, n_k,
# \qquad
# \frac{\partial\, \text{total}}{\partial n_k} = (1 + r)\, p_k .
# $$
#
# No sum over $k$ is left, because $p_k$ has only its own term.
# The formula is the same for each $k$, so it can be read as one for whole arrays: $\text{dprices} = (1 + r)\, n$, of shape $(K,)$.
#
# The rate is different: one number for all kinds.
# The total is $S + r\,S$, and in the second part $r$ is multiplied by $S$.
# So the slope is $S$, one number, and the sum over $k$ is inside it.
#
# **In numbers.**
# Let $p = (2, 1)$, $n = (3, 5)$ and $r = 0.1$.
# Then $S = 6 + 5 = 11$, the total is 12.1, $\text{dprices} = (3.3,\ 5.5)$, $\text{dnumbers} = (2.2,\ 1.1)$, and the slope for $r$ is 11.

# %% [markdown]
# ## Prove it: with your own tool
#
# If the notebook of chapter 01 lies in its place beside this one, the check has also let your own `numerical_gradient` measure the slopes of your `total`.
# Its verdict stands below the table: a relative error of $10^{-6}$ or less means that a gradient is right.
#
# ## A resting place
#
# Up to here you walked by hand.
# What follows makes a machine of it, a good start for another sitting.

# %%
progress("02_computational_graphs")

# %% [markdown]
# ## The engine
#
# `wire_the_graph` was written for one formula.
# A program can do the wiring for any formula that is given to it as data, a list of **steps**.
# A step is a tuple of three: the name of its result, a kind of node, and the names of its inputs, which are inputs of the graph or results of earlier steps.

# %%
steps = [
    ("q", "add", ("x", "y")),
    ("z", "mul", ("q", "t")),
    ("s", "square", ("z",)),      # one input: mind the comma
]

# %% [markdown]
# A function makes a node of each kind.
# One more node is given; you will want it soon.

# %%
class ExpNode:
    """The node out = e to the power of x."""

    def forward(self, x):
        self.out = np.exp(x)
        return self.out

    def backward(self, dout):
        return dout * self.out  # this function is its own derivative


def make_node(kind):
    """A new node of the given kind."""
    kinds = {"add": AddNode, "mul": MulNode, "square": SquareNode, "max": MaxNode,
             "exp": ExpNode, "reciprocal": ReciprocalNode}
    return kinds[kind]()

# %% [markdown]
# First the way to the right.
# Make a node for each step with `make(kind)`, call its `forward` with the values of its inputs, and keep the result, under its name, and the node itself, which is needed on the way back.
# `node.forward(*numbers)` passes on a list of numbers as separate arguments.
#
# An engine for *any* graph does not know the nodes: the check hands over a `make` of its own, for nodes that `make_node` does not know.

# %% exercise
def run_forward(steps, values, make=make_node):
    """Compute all values of a graph.

    Parameters
    ----------
    steps : list of tuples (name, kind, inputs)
        The graph; inputs is a tuple of names.
    values : dict of str to float
        The inputs of the graph by name. Neither steps nor values is changed.
    make : callable
        make(kind) returns a new node.

    Returns
    -------
    values : dict of str to float
        The inputs, and the result of every step by its name.
    nodes : list
        The node of every step, in the order of the steps.
    """
    ### BEGIN SOLUTION
    values, nodes = dict(values), []
    for name, kind, inputs in steps:
        node = make(kind)
        values[name] = node.forward(*[values[other] for other in inputs])
        nodes.append(node)
    return values, nodes
    ### END SOLUTION

# %% check
check(run_forward)

# %% [markdown]
# Now the way back: the slope of one value, `output`, with respect to *every* value.
# Ask yourself before you write:
#
# - Which gradient is known before the walk begins?
# - In which order are the steps visited, so that a gradient is complete when it is sent on?
# - What happens to a value that is used by several steps, or twice by one?
# - How fast does the output grow with a value that has no path to it?
#
# A node with one input sends back one number, all others a tuple.
#
# <details><summary>First hint</summary>
#
# Give every gradient a number from the beginning: what is it as long as nothing has come back?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `zip(reversed(steps), reversed(nodes))` goes through both lists from their ends.
# Ask the node what it sends back, then give each of its inputs its part, one after the other.
#
# </details>

# %% exercise
def run_backward(steps, values, nodes, output):
    """Find the gradients of all values of a graph.

    Parameters
    ----------
    steps : list of tuples (name, kind, inputs)
        The graph.
    values : dict of str to float
    nodes : list
        What run_forward returned: all values, and the node of every step. Like steps, they stay
        as they are.
    output : str
        Name of the value whose slopes are wanted.

    Returns
    -------
    gradients : dict of str to float
        The slope of the output with respect to every entry of values, by name.
    """
    ### BEGIN SOLUTION
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes)):
        parts = node.backward(gradients[name])
        if len(inputs) == 1:
            parts = (parts,)
        for other, part in zip(inputs, parts):
            gradients[other] += part
    return gradients
    ### END SOLUTION

# %% check
check(run_backward)

# %% worked [markdown]
# Every use of a value is one way for a push at it to reach the output, and the effects add up.
# So for a value $v$
#
# $$
# \text{dv} = \sum_{\text{uses of } v} \left(\text{gradient of the result}\right) \times \left(\text{local slope at this place}\right) .
# $$
#
# The sum runs over all steps that use $v$, and over all places in which it stands there.
# One term of it is one part of what `backward` of that node returns.
#
# **The order.**
# The gradient of a result is needed as a whole before it is sent on.
# All steps that use it stand further down in the list.
# So begin at the last step: when a step is reached, all that stand behind it have sent their parts.
#
# **The beginning.**
# The output grows as fast as itself, so its gradient is 1.
# All other sums are empty, so they are 0.
# A value without a path to the output keeps this 0, and a step behind the output sends on zeros.
#
# **By hand.**
# Take $p = x \cdot x$ and $z = p \cdot x$ at $x = 3$, so that $p = 9$ and $z = 27$.
#
# | visited | sends | dz | dp | dx |
# |---|---|---|---|---|
# | nothing yet | | 1 | 0 | 0 |
# | the step of $z$ | 3 to $p$, 9 to $x$ | 1 | 3 | 9 |
# | the step of $p$ | $3 \cdot 3$ to $x$, and once more | 1 | 3 | 9 + 9 + 9 = 27 |
#
# Calculus agrees, since $3x^2 = 27$.
# Three parts have come back to $x$, two of them from a single node.
# With `=` in the place of `+=` only the last of them would be left, 9.

# %% [markdown]
# That is **automatic differentiation**.
#
# ## See it: the bill, by a machine
#
# Your engine was never told anything about bills, and all numbers in this picture are its own.

# %%
bill_steps = [
    ("apple_cost", "mul", ("apple_price", "apple_number")),
    ("pear_cost", "mul", ("pear_price", "pear_number")),
    ("subtotal", "add", ("apple_cost", "pear_cost")),
    ("tax", "mul", ("subtotal", "tax_rate")),
    ("total", "add", ("subtotal", "tax")),
]
bill_inputs = {"apple_price": 3.0, "apple_number": 4.0, "pear_price": 5.0, "pear_number": 2.0,
               "tax_rate": 0.2}

# %% figure
@when_written
def the_whole_bill():
    values, nodes = run_forward(bill_steps, bill_inputs)
    gradients = run_backward(bill_steps, values, nodes, "total")
    tax, total = nodes[-2:]
    gradients["direct branch"], _ = total.backward(gradients["total"])
    gradients["tax branch"], _ = tax.backward(gradients["tax"])
    values["direct branch"] = values["tax branch"] = values["subtotal"]
    draw_graph(*picture_of_bill(values, gradients))

# %% [markdown]
# A gradient on a bill can be read aloud.
# At the apple price it should be 4.8: if an apple becomes one cent dearer, the bill grows by 4.8 cents, because you buy four and pay tax on each.
# The largest gradient is that of the tax rate, 22, but a rate that grows by 1 is a tax of 120 %: a gradient speaks of *its own* unit.
#
# Three ways now lead to the same slopes: your hand, your engine, and central differences of `run_forward`.

# %%
@when_written
def three_ways():
    values, nodes = run_forward(bill_steps, bill_inputs)
    engine = run_backward(bill_steps, values, nodes, "total")
    walk = bill_gradients(*bill_inputs.values(), 1.0)
    by_hand = dict(zip(("apple_price", "apple_number", "pear_price", "pear_number"), walk[5:]))
    by_hand["tax_rate"] = walk[1]

    def measured(name, h=1e-5):
        above, below = ({**bill_inputs, name: bill_inputs[name] + step} for step in (h, -h))
        totals = [run_forward(bill_steps, inputs)[0]["total"] for inputs in (above, below)]
        return (totals[0] - totals[1]) / (2 * h)

    print(f"{'gradient of':<14}{'by hand':>10}{'engine':>10}{'measured':>20}")
    for name, hand in by_hand.items():
        print(f"{name:<14}{hand:>10.4f}{engine[name]:>10.4f}{measured(name):>20.12f}")

# %% [markdown]
# If the first two columns are the same and the third agrees in about ten digits, all three are right; the rest is rounding noise.
#
# ## A sigmoid made of nodes
#
# The **sigmoid**
#
# $$
# \sigma(x) = \frac{1}{1 + e^{-x}}
# $$
#
# comes back in chapter 04.
# Write it as a graph.
# You may use the inputs `x`, `one` (the number 1) and `minus_one` (-1), and the nodes of `make_node`.

# %% exercise
def sigmoid_graph():
    """The sigmoid of x as a graph.

    Returns
    -------
    steps : list of tuples (name, kind, inputs)
        The result of the last step is the sigmoid of x.
    """
    ### BEGIN SOLUTION
    return [
        ("minus_x", "mul", ("x", "minus_one")),
        ("e", "exp", ("minus_x",)),
        ("below", "add", ("one", "e")),
        ("out", "reciprocal", ("below",)),
    ]
    ### END SOLUTION

# %% check
check(sigmoid_graph)

# %% worked [markdown]
# Read the formula as you would type it into a pocket calculator, from the inside to the outside.
# There is no node that changes a sign, but $-x = x \cdot (-1)$ is a product.
# At $x = 0$ the four steps give
#
# $$
# x \cdot (-1) = 0,
# \qquad
# e^{0} = 1,
# \qquad
# 1 + 1 = 2,
# \qquad
# \frac{1}{2} = 0.5 .
# $$
#
# Walk back as your engine does, beginning with 1.
# The reciprocal has the local slope $-\text{out}^2 = -0.25$.
# The sum hands on $-0.25$.
# The exponential function has the slope $e^0 = 1$, so it is still $-0.25$.
# The product multiplies by the other factor, $-1$, and $x$ receives $0.25$.
#
# The constants `one` and `minus_one` are inputs like others.
# They receive gradients as well, and nobody asks for them.

# %% figure
@when_written
def sigmoid_and_its_slope():
    steps = sigmoid_graph()
    points = np.linspace(-6, 6, 121)
    outs, slopes = [], []
    for x in points:
        found, nodes = run_forward(steps, {"x": x, "one": 1.0, "minus_one": -1.0})
        outs.append(found[steps[-1][0]])
        slopes.append(run_backward(steps, found, nodes, steps[-1][0])["x"])
    highest = points[np.argmax(slopes)]

    _, ax = plt.subplots(figsize=(7.5, 3), layout="constrained")
    ax.plot(points, outs, color=BLUE, lw=2)
    ax.plot(points, slopes, "--", color=BROWN, lw=2)
    ax.text(1.6, 0.93, "value", color=BLUE, ha="right")
    ax.text(2.1, 0.14, "slope", color=BROWN)
    ax.set_xlabel("x")
    ax.grid(alpha=0.3)
    show(f"The value of your graph, a solid line from {outs[0]:.2g} at x = -6 to {outs[-1]:.2g} at "
         "x = 6, and its slope as your engine finds it, a dashed line. The slope is largest at "
         f"x = {highest:.2g}, where it is {max(slopes):.3g}.")

# %% [markdown]
# No node knows what a sigmoid is, and nobody has derived its slope yet: chapter 04 will, and it should be this dashed bell.
#
# ## Find the bug
#
# A colleague's function finds the gradient of one value: it looks for the steps that use the value, and asks itself for the gradients of their results.

# %%
def colleagues_gradient(steps, nodes, output, name):
    """The slope of the output with respect to one value."""
    if name == output:
        return 1.0
    gradient = 0.0
    for (result, _, inputs), node in zip(steps, nodes):
        if name in inputs:
            upstream = colleagues_gradient(steps, nodes, output, result)
            back = np.atleast_1d(node.backward(upstream))
            for place, other in enumerate(inputs):
                if other == name:
                    gradient = back[place]
    return gradient


@when_written
def colleague_at_work():
    steps = [("q", "add", ("x", "y")), ("z", "mul", ("q", "t"))]
    _, nodes = run_forward(steps, {"x": 2.0, "y": 3.0, "t": 4.0})
    for name in ("x", "y", "t"):
        print(f"gradient of {name}: {colleagues_gradient(steps, nodes, 'z', name):g}")

# %% [markdown]
# With your nodes it should find 4, 4 and 5 here, and yet it has a bug.
# Expose it: give a graph for which it returns a wrong gradient for some input.
# Use `x`, `y` and `t` (not necessarily all), whose values are above 0, and the nodes `"add"`, `"mul"` and `"square"`.
# Every step must lead on to the last one.

# %% exercise
def exposing_graph():
    """A graph for which colleagues_gradient returns a wrong gradient.

    Returns
    -------
    steps : list of tuples (name, kind, inputs)
    """
    ### BEGIN SOLUTION
    return [("q", "add", ("x", "y")), ("out", "mul", ("q", "x"))]
    ### END SOLUTION

# %% check
check(exposing_graph)

# %% worked [markdown]
# Follow the colleague through $\text{out} = (x + y)\, x$ with $x = 3$ and $y = 2$.
# The loop meets $x$ first in the sum: `gradient` becomes 3, what comes back along the path through $q$.
# Then it meets $x$ in the product: `gradient` becomes $q = 5$, and the 3 is gone.
# The answer is 5, and $2x + y = 8$ would be right.
#
# For $y$ the same function is right, because $y$ is used once: then there is one part, and nothing to overwrite.
# That is why the graph in the cell above shows nothing wrong.
# Any graph with a value that is used twice will do, also $x \cdot x$, where both parts come from one node.

# %% [markdown]
# To overwrite where one must add up is the most common bug in home-made backpropagation.
# It hides so well because every graph without fan-out comes out right.
# A `+` in front of the last `=` mends the function, and still nobody would use it.
#
# ## See it: paths and nodes
#
# Take the third power again and again: $v_1 = v_0^2 \cdot v_0$, then $v_2 = v_1^2 \cdot v_1$, and so on.
# Every $v$ but the last is used by two steps.
# The mended function follows every path to the output, and each fork doubles their number.
# Your engine adds up *at the fork*, and sends on one number.

# %%
def powers(times):
    """Steps that take the third power again and again."""
    steps = []
    for k in range(1, times + 1):
        steps += [(f"u{k}", "square", (f"v{k - 1}",)), (f"v{k}", "mul", (f"u{k}", f"v{k - 1}"))]
    return steps


def path_by_path(steps, nodes, output, name):
    """The colleague's function, mended: the gradient, and how often it called backward."""
    if name == output:
        return 1.0, 0
    gradient, calls = 0.0, 0
    for (result, _, inputs), node in zip(steps, nodes):
        if name in inputs:
            upstream, below = path_by_path(steps, nodes, output, result)
            back = np.atleast_1d(node.backward(upstream))
            gradient += sum(back[k] for k, other in enumerate(inputs) if other == name)
            calls += below + 1
    return gradient, calls

# %% figure
@when_written
def paths_and_nodes():
    depths, by_paths, by_engine, calls = range(1, 11), [], [], []
    for times in depths:
        steps = powers(times)
        found, nodes = run_forward(steps, {"v0": 1.00001})
        by_engine.append(run_backward(steps, found, nodes, f"v{times}")["v0"])
        gradient, count = path_by_path(steps, nodes, f"v{times}", "v0")
        by_paths.append(gradient)
        calls.append(count)
    print(f"path by path:      {by_paths[-1]:.6f} with {calls[-1]} calls of backward")
    print(f"added at the fork: {by_engine[-1]:.6f} with {2 * depths[-1]} calls of backward")

    _, ax = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    ax.semilogy(depths, calls, "s--", color=BROWN, markersize=5)
    ax.semilogy(depths, [2 * times for times in depths], "o-", color=BLUE, markersize=5)
    ax.text(6.8, 500, "path by path", color=BROWN, ha="right")
    ax.text(8.2, 7, "engine", color=BLUE, ha="center")
    ax.set_xlabel("number of third powers")
    ax.set_ylabel("calls of backward (logarithmic)")
    ax.grid(alpha=0.3)
    show("Calls of backward on a logarithmic axis, against the number of third powers. Path by "
         f"path, marked with squares, they more than double with each and reach {calls[-1]}; with "
         f"the engine, marked with circles, they grow by two and reach {2 * depths[-1]}.")

# %% [markdown]
# A network with fifty layers of a hundred numbers each has more paths than the universe has atoms.
# Backpropagation walks each edge once.
#
# ## On your own
#
# One more node, and nobody shows you its slopes: $\text{out} = x^y$ for $x > 0$, in which both the base and the exponent are inputs.
#
# <details><summary>First hint</summary>
#
# Hold $y$ fixed: what kind of function of $x$ is it?
# And with $x$ fixed, of $y$?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# For fixed $y$ it is a power, for fixed $x$ an exponential function, and every $x > 0$ is $e$ to some power.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# $x^y = e^{y \ln x}$ is made of two nodes.
# Use the chain rule.
#
# </details>

# %% exercise
class PowerNode:
    """The node out = x to the power of y, for plain numbers, x above 0."""

    def forward(self, x, y):
        """Compute the power, and remember what backward needs.

        Parameters
        ----------
        x, y : float

        Returns
        -------
        out : float
        """
        ### BEGIN SOLUTION
        self.x, self.y = x, y
        return x ** y
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
        dx = dout * self.y * self.x ** (self.y - 1)
        dy = dout * self.x ** self.y * np.log(self.x)
        return dx, dy
        ### END SOLUTION

# %% check
check(PowerNode)

# %% worked [markdown]
# Hold $y$ fixed.
# Then $x^y$ is a power of $x$, and a power loses one in its exponent and gains the exponent as a factor:
#
# $$
# \frac{\partial\, x^y}{\partial x} = y\, x^{y-1} .
# $$
#
# Now hold $x$ fixed.
# Since $x = e^{\ln x}$, we have $x^y = e^{y \ln x}$, which is two nodes: the product $u = y \ln x$ and $\text{out} = e^u$.
# The exponential function is its own derivative, and the local slope of the product with respect to $y$ is the other factor, $\ln x$:
#
# $$
# \frac{\partial\, x^y}{\partial y} = e^{u} \cdot \ln x = x^y \ln x .
# $$
#
# Each gradient is `dout` times its local slope.

# %% [markdown]
# Your engine takes the new node without a change.
# Give the node the same value twice, and you have $x^x$.

# %%
@when_written
def x_to_the_power_of_x():
    def make(kind):
        return PowerNode() if kind == "power" else make_node(kind)

    steps = [("z", "power", ("x", "x"))]
    for x in (0.2, 1 / np.e, 1.0):
        found, nodes = run_forward(steps, {"x": x}, make)
        slope = run_backward(steps, found, nodes, "z")["x"]
        print(f"x = {x:.4f}   x to the power of x = {found['z']:.4f}   slope = {slope:.4f}")

# %% [markdown]
# If the three slopes are negative, 0 and 1, engine and node are right: $x^x$ has its lowest point at $x = 1/e$.

# %% [markdown]
# ## What you can now do
#
# - Write a node that knows its own local slopes.
# - Add up gradients where a value branches.
# - Differentiate any graph of nodes with an engine of your own.
#
# **Three uses.** A value goes into three nodes, and 2, then -5, then 4 come back to it.
# What is its gradient?
#
# - **a** 4
# - **b** 1
# - **c** -40
#
# **The calls.** A graph has 1000 inputs, 3000 nodes and one output.
# How many calls of `backward` are made in all to find the gradients of all inputs?
#
# - **a** 3000
# - **b** 1000
# - **c** 3 000 000
#
# **The order.** Why does `run_backward` visit the steps from the last to the first?
#
# - **a** Because the values are known only at the end.
# - **b** Because a node forgets its values when the next one runs.
# - **c** Because all steps that use a result must have sent back their part before it is sent on.

# %% exercise
def recap_computational_graphs():
    """Answers to the three questions, one letter each.

    Returns
    -------
    three_uses, calls, order : str
    """
    ### BEGIN SOLUTION
    return "b", "a", "c"
    ### END SOLUTION

# %% check
check(recap_computational_graphs)

# %% written [markdown]
# Explain to a friend why gradients are multiplied along a path, added over several paths, and why one adds up at the fork instead of following every path to its end.
# Use an example of your own.
#
# ### BEGIN MARK SCHEME
# - Along a path the effects act one after the other: each node scales the push by its local slope, so the slopes multiply.
# - A push at a value goes into all its uses at once, and the effects arrive side by side, so they add up.
# - All paths to the right of a fork are summed up in the gradients that arrive there, so each edge is walked once; the number of paths would grow exponentially.
# ### END MARK SCHEME

# %% model answer [markdown]
# Take the price of flour.
# If flour becomes 1 cent dearer, a roll costs 2 cents more, and I eat 3 rolls: I pay 6 cents more.
# One effect drives the next, so the slopes multiply, $2 \cdot 3$.
# But flour is in my cake, too, and there it costs me 4 cents.
# Flour became dearer only once, and I pay for both: the slopes of the two paths add, $6 + 4$.
#
# If flour came from wheat, I would not follow wheat through the rolls and once more through the cake.
# I know already that one cent on flour costs me 10, and wheat needs only this one number.
# With a fork at every node the number of paths doubles each time, while a walk that adds up at the forks passes each edge once.

# %%
progress("02_computational_graphs")

# %% [markdown]
# Next: [Chapter 03: affine](../03_affine/03_affine.ipynb).
#
# So far every edge carried one number; the affine layer takes whole matrices at once, and the sums that fan-out asks for turn into a matrix product.
