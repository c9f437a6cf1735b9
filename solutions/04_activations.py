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
# # Activations
#
# ## What you will build
#
# You will write the two layers that let a network draw curved borders, relu and sigmoid, and find out why their gradients need no matrix product at all.
# At the end you will see why one of the two replaced the other in deep networks.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import BLUE, BROWN, GREY, POSITIVE, draw_node, heat_map
from course_data import load_mnist

# %% figure
draw_node("activation", inputs={"x": "(N, D)"}, outputs={"out": "(N, D)"})

# %% [markdown]
# One value flows in from the left, one value of the same shape flows out.
# From the right comes the **upstream gradient** `dout`, which says for each entry of `out` how fast the loss $L$ grows when that entry grows.
# The layer turns it into `dx`, the same statement about `x`.
# There are no weights and no biases here, so there is nothing else to compute.
#
# Why does a network need such a layer?
# The next cell puts two affine layers in a row and compares them with a single one.

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(5, 3))
w1, b1 = rng.normal(size=(3, 4)), rng.normal(size=4)
w2, b2 = rng.normal(size=(4, 2)), rng.normal(size=2)

two_layers = (x @ w1 + b1) @ w2 + b2
one_layer = x @ (w1 @ w2) + (b1 @ w2 + b2)
print("largest difference:", np.abs(two_layers - one_layer).max())

# %% [markdown]
# There is no difference but rounding.
# Multiply out the brackets and you see why: two affine layers in a row are one affine layer with other weights.
# A hundred of them are still one.
# Depth gains nothing until something between them bends.
#
# That something is an **activation**: a function of one number, applied to every entry of `x` on its own.
# Such a layer is called **elementwise**.

# %% [markdown]
# ## Forward
#
# The two activations of this chapter are the **rectified linear unit**, or relu,
#
# $$
# \text{out}_{nd} = \max(0,\, x_{nd}) ,
# $$
#
# which keeps what is positive and replaces the rest by 0, and the **sigmoid**,
#
# $$
# \text{out}_{nd} = \sigma(x_{nd}) = \frac{1}{1 + e^{-x_{nd}}} ,
# $$
#
# which presses every number into the interval between 0 and 1.
# As in the last chapter, $n$ counts samples and $d$ counts features.
# In code they start at 0.
#
# Here is a small example, with $N = 2$ samples of $D = 3$ features.

# %%
x = np.array([[2.0, -1.0, 0.5],
              [-3.0, 4.0, -0.5]])

# %% [markdown]
# Work out both activations by hand, relu in full and one or two entries of the sigmoid, before you compare:
#
# $$
# \mathrm{relu}(x) = \begin{pmatrix} 2 & 0 & 0.5 \\ 0 & 4 & 0 \end{pmatrix}
# \qquad
# \sigma(x) \approx \begin{pmatrix} 0.88 & 0.27 & 0.62 \\ 0.05 & 0.98 & 0.38 \end{pmatrix}
# $$
#
# For the first entry of the sigmoid, $e^{-2} \approx 0.135$, and $1 / 1.135 \approx 0.88$.
# Large positive numbers end near 1, large negative ones near 0, and $\sigma(0)$ is exactly one half.
#
# An entry of `x` where relu lets the number pass is called **active**.
# In this example three of six are active.

# %% [markdown]
# ## Predict
#
# Answer for the `x` above, without code.
# The layer is relu.
#
# - `touched`, shape `(2, 3)`: imagine that `x[0, 2]` grows from 0.5 to 0.6 and nothing else changes.
#   Write 1 where the entry of `out` changes, else 0.
# - `slopes`, shape `(2, 3)`: now push each entry of `x` up by a tiny amount, one at a time.
#   How much does the entry of `out` *in the same place* grow, as a multiple of the push?

# %% exercise
def predict_relu_slopes():
    """Say what small pushes of x do to out = relu(x), for the x above.

    Returns
    -------
    touched : ndarray of integers, shape (2, 3)
        1 where out changes when x[0, 2] grows from 0.5 to 0.6, else 0.
    slopes : ndarray of shape (2, 3)
        For each entry, the growth of out[n, d] divided by a tiny growth of x[n, d].
    """
    ### BEGIN SOLUTION
    touched = np.array([[0, 0, 1],
                        [0, 0, 0]])
    slopes = np.array([[1.0, 0.0, 1.0],
                       [0.0, 1.0, 0.0]])
    return touched, slopes
    ### END SOLUTION

# %% check
check(predict_relu_slopes)

# %% [markdown]
# Keep both answers in mind.
# The first says *which* paths lead from an entry of `x` to the loss, the second says how steep they are.
# Together they are the whole chapter.

# %% [markdown]
# ## Derive: one number
#
# Take a single number $x$, so that `out` and `dout` are single numbers too.
# The chain rule multiplies slopes along the path from $x$ to the loss:
#
# $$
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial\,\text{out}} \cdot \frac{\partial\,\text{out}}{\partial x} = \text{dout} \cdot \frac{\partial\,\text{out}}{\partial x} .
# $$
#
# Only the last factor depends on the activation.
# For relu there are three cases.
#
# - $x > 0$: here $\text{out} = x$, and the slope is 1.
# - $x < 0$: here $\text{out} = 0$, whatever small push $x$ gets.
#   The slope is 0.
# - $x = 0$: to the right the slope is 1, to the left it is 0.
#   The graph has a **kink**, and the derivative does not exist.
#
# A program has to return something at the kink as well.
# **In this course the slope of relu at $x = 0$ is 0.**
# That is a convention, not a result, and the large libraries have chosen the same.
#
# Note what decides between the cases: the sign of $x$.
# The sign of `dout` decides nothing.
# A negative upstream gradient passes through an active entry as well as a positive one does.

# %% exercise
def relu_scalar_gradient(x, dout):
    """Gradient of the loss for out = max(0, x), all plain numbers.

    Parameters
    ----------
    x : float
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dx : float
        Slope of the loss with respect to x; 0 at x = 0.
    """
    ### BEGIN SOLUTION
    return dout if x > 0 else 0.0
    ### END SOLUTION

# %% check
check(relu_scalar_gradient)

# %% [markdown]
# The sigmoid is smooth, and its slope takes three lines.
# Write $u = 1 + e^{-x}$, so that $\text{out} = 1/u$.
# Slopes multiply along the path $x \to u \to \text{out}$:
#
# $$
# \frac{\partial\,\text{out}}{\partial x}
#   = \frac{\partial\,\text{out}}{\partial u} \cdot \frac{\partial u}{\partial x}
#   = -\frac{1}{u^2} \cdot \left(-e^{-x}\right)
#   = \frac{e^{-x}}{\left(1 + e^{-x}\right)^2} .
# $$
#
# This is right, and it is not the form anybody uses.
# Split it into two fractions with the denominator $1 + e^{-x}$ each:
#
# $$
# \frac{\partial\,\text{out}}{\partial x} = \frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}} .
# $$
#
# The first factor is an old friend.
# The second becomes one as well if you work out $1 - \text{out}$.
# Do that on paper.
# Then the slope can be written with `out` alone, and neither $x$ nor an exponential is needed again.
#
# That is what the next function asks for: it receives `out`, not `x`.

# %% exercise
def sigmoid_scalar_gradient(out, dout):
    """Gradient of the loss for out = sigmoid(x), from out alone.

    Parameters
    ----------
    out : float
        The output of the sigmoid, between 0 and 1.
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dx : float
        Slope of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    return dout * out * (1 - out)
    ### END SOLUTION

# %% check
check(sigmoid_scalar_gradient)

# %% [markdown]
# ## Derive: one entry
#
# Now a whole batch `x` of shape $(N, D)$.
# The rule is the one of the last chapter: along each path slopes multiply, over all paths they add up.
# In principle $x_{nd}$ could reach the loss through every entry of `out`, so the sum runs over all of them.
# Call such an entry $\text{out}_{kl}$:
#
# $$
# \frac{\partial L}{\partial x_{nd}} = \sum_{k} \sum_{l} \text{dout}_{kl} \, \frac{\partial\,\text{out}_{kl}}{\partial x_{nd}} .
# $$
#
# These are $N \cdot D$ terms.
# In the prediction you found out how many of the entries $\text{out}_{kl}$ a single $x_{nd}$ touches.
# For all others the slope is 0.
# Cross out every term that vanishes, and see what is left of the sum.
#
# Write what is left, for relu.
# The result is one number.

# %% exercise
def relu_dx_entry(dout, x, n, d):
    """One entry of dx for out = relu(x).

    Parameters
    ----------
    dout : ndarray of shape (N, D)
        Upstream gradient.
    x : ndarray of shape (N, D)
    n, d : int
        Which entry: sample n, feature d.

    Returns
    -------
    float
        dx[n, d].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for k in range(x.shape[0]):
        for l in range(x.shape[1]):
            touched = k == n and l == d
            slope = 1.0 if touched and x[n, d] > 0 else 0.0
            total += dout[k, l] * slope
    return total
    ### END SOLUTION

# %% check
check(relu_dx_entry)

# %% [markdown]
# Nothing in this argument was special to relu.
# Do the same for the sigmoid, again from `out` instead of `x`.

# %% exercise
def sigmoid_dx_entry(dout, out, n, d):
    """One entry of dx for out = sigmoid(x), from out.

    Parameters
    ----------
    dout : ndarray of shape (N, D)
        Upstream gradient.
    out : ndarray of shape (N, D)
        The output of the sigmoid.
    n, d : int
        Which entry: sample n, feature d.

    Returns
    -------
    float
        dx[n, d].
    """
    ### BEGIN SOLUTION
    return dout[n, d] * out[n, d] * (1 - out[n, d])
    ### END SOLUTION

# %% check
check(sigmoid_dx_entry)

# %% [markdown]
# ## Derive: all entries at once
#
# To see the same thing as a matrix, take one sample, so that $x$ and $\text{out}$ are vectors with $D$ entries.
# There are $D \cdot D$ slopes: one for each entry of `out` with respect to each entry of `x`.
# Written into a table, they are the **Jacobian** matrix
#
# $$
# J_{ij} = \frac{\partial\,\text{out}_i}{\partial x_j} ,
# $$
#
# with one row for each output and one column for each input.
# The sum over all paths is then a matrix product,
#
# $$
# \text{dx}_j = \sum_i \text{dout}_i \, J_{ij} = \sum_i (J^\top)_{ji}\, \text{dout}_i ,
# \qquad\text{so}\qquad
# \text{dx} = J^\top \, \text{dout} .
# $$
#
# This holds for every layer there is.
# For an affine layer with one sample, $J$ is $w^\top$, and you have $\text{dx} = w\,\text{dout}$, the last chapter in another order.
#
# What does the table look like for an elementwise layer?
# Build it in full for relu, zeros included: an array of shape $(D, D)$.
# Think of the prediction first, and of where in the table the entries with $i = j$ stand.
# A loop is fine, and so is `np.diag`, which makes a square array out of a vector.
# The vectors in the check contain no 0.

# %% exercise
def relu_jacobian(x):
    """The table of all slopes of out = relu(x).

    Parameters
    ----------
    x : ndarray of shape (D,)

    Returns
    -------
    jacobian : ndarray of shape (D, D)
        jacobian[i, j] is the slope of out[i] with respect to x[j].
    """
    ### BEGIN SOLUTION
    return np.diag((x > 0).astype(float))
    ### END SOLUTION

# %% check
check(relu_jacobian)

# %% [markdown]
# And for the sigmoid, from `out`:

# %% exercise
def sigmoid_jacobian(out):
    """The table of all slopes of out = sigmoid(x), from out.

    Parameters
    ----------
    out : ndarray of shape (D,)
        The output of the sigmoid.

    Returns
    -------
    jacobian : ndarray of shape (D, D)
        jacobian[i, j] is the slope of out[i] with respect to x[j].
    """
    ### BEGIN SOLUTION
    return np.diag(out * (1 - out))
    ### END SOLUTION

# %% check
check(sigmoid_jacobian)

# %% [markdown]
# Both tables are **diagonal**: off the diagonal there are only zeros.
# The next cell multiplies your table for relu with an upstream gradient in two ways, by the matrix product of the formula, and entry by entry with the diagonal alone.

# %%
@when_written
def two_ways():
    rng = np.random.default_rng(2)
    x, dout = rng.normal(size=5), rng.normal(size=5)
    jacobian = relu_jacobian(x)
    with np.printoptions(precision=3, suppress=True):
        print("x                          ", x)
        print("dout                       ", dout)
        print("jacobian.T @ dout          ", jacobian.T @ dout)
        print("diagonal times dout        ", np.diag(jacobian) * dout + 0.0)

    numbers = (100 * 50) ** 2
    print(f"\nFor a batch of 100 samples with 50 features the table has {numbers:,} entries,")
    print(f"that is {numbers * 8 / 1e6:.0f} MB, and all but {100 * 50:,} of them are zeros.")

# %% [markdown]
# The two results are the same.
# A product with a diagonal matrix only scales each entry by its own factor.
# It mixes nothing, so it needs no sum, and a diagonal matrix is its own transpose, so the transpose disappears as well.
# This is how the index form and the matrix form collapse into one line.
# With $\odot$ for the product entry by entry,
#
# $$
# \text{dx} = \text{dout} \odot \frac{\partial\,\text{out}}{\partial x} ,
# $$
#
# where the fraction stands for an array of slopes with the shape of `x`.
# It is true for every elementwise layer and every shape: a vector, a batch, a batch of images.
# No one builds the table.
#
# For relu the array of slopes holds only ones and zeros.
# Such an array is called a **mask**: it lets `dout` through at the active entries and stops it everywhere else.
# In NumPy a comparison such as `x > 0` gives a mask of truth values, and in a product they count as 1 and 0.

# %% [markdown]
# ## Implement: relu
#
# As in the last chapter, a layer is a pair of functions.
# The forward function returns `out` and a **cache**, in which it puts what the way back will need.
# The backward function receives `dout` and that cache.
#
# For relu the cache is `x` itself.
# It is not a tuple this time, only the one array.
# If you would rather keep something else in it, a mask for example, you may: the check works with whatever your own forward function caches.
#
# Write the forward function for arrays of any shape, and leave `x` as it is.
# NumPy has two functions with nearly the same name.
# `np.maximum` compares two numbers or arrays entry by entry.
# `np.max` looks for the largest entry of one array, and that is not what you need here.

# %% exercise
def relu_forward(x):
    """Forward pass of relu, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        x where x > 0, else 0.
    cache : ndarray
        x, which the backward pass needs.
    """
    ### BEGIN SOLUTION
    return np.maximum(0, x), x
    ### END SOLUTION

# %% check
check(relu_forward)

# %% [markdown]
# Now the way back.
# You have the formula; two things are easy to get wrong.
# The mask comes from `x`, not from `dout`.
# And `dout` belongs to the caller, who may still need it: build a new array instead of writing into this one.

# %% exercise
def relu_backward(dout, cache):
    """Backward pass of relu.

    Parameters
    ----------
    dout : ndarray, shape of x
        Upstream gradient.
    cache : ndarray
        x, from `relu_forward`.

    Returns
    -------
    dx : ndarray, shape of x
        Gradient of the loss with respect to x; 0 where x = 0.
    """
    ### BEGIN SOLUTION
    x = cache
    return np.where(x > 0, dout, 0)
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# Push a number and look.
# Backpropagation computes the gradient of $L = \sum_{nd} \text{out}_{nd}\,\text{dout}_{nd}$, so move one entry of `x` by a small **step** $h$ to both sides and divide the difference of $L$ by $2h$.
# The next cell does this for three entries: an active one, one that is not active, and one that is exactly 0.

# %%
@when_written
def three_entries_by_hand():
    x = np.array([0.8, -1.3, 0.0])
    dout = np.array([-1.7, 2.5, 1.0])

    def loss(x):
        out, _ = relu_forward(x)
        return np.sum(out * dout)

    _, cache = relu_forward(x)
    dx = relu_backward(dout, cache)
    h = 1e-5
    for k in range(3):
        above, below = x.copy(), x.copy()
        above[k] += h
        below[k] -= h
        numerical = (loss(above) - loss(below)) / (2 * h)
        print(f"x = {x[k]:4.1f}   numerical gradient {numerical:14.10f}   your dx {dx[k]:14.10f}")

# %% [markdown]
# The first two agree in about ten digits.
# In the third line the numerical gradient is 0.5 times `dout`, and your function says 0.
# Nobody has made a mistake.
# To the right of 0 the function grows by $h$, to the left it stays at 0, and the central difference takes the mean of the two slopes.
# It answers a question that has no answer.
#
# So the check compares your gradient with numerical ones only where $x$ keeps its distance from 0, and asks for the convention at $x = 0$ in a row of its own.
# Below you will see how much distance is enough.

# %% check
check(relu_backward)

# %% [markdown]
# ## Implement: sigmoid
#
# The formula of the sigmoid has a trap.
# The largest number that fits into a float64 is about $10^{308}$, and $e^{710}$ is already larger.
# Then `np.exp` gives `inf`: the number **overflows**.
# The next cell tries the formula, and a second form of it that is the same function on paper, multiplied above and below by $e^{x}$.

# %%
with np.errstate(over="ignore", invalid="ignore"):          # no warnings in this cell
    for value in np.array([1000.0, -1000.0]):
        e, f = np.exp(-value), np.exp(value)
        print(f"x = {value:.0f}")
        print(f"    1 / (1 + exp(-x))      =  1 / (1 + {e:.0f})  =  {1 / (1 + e):.0f}")
        print(f"    exp(x) / (1 + exp(x))  =  {f:.0f} / (1 + {f:.0f})  =  {f / (1 + f):.0f}")

# %% [markdown]
# The second form ends in $\infty / \infty$ for large positive $x$, which is `nan`, *not a number*.
# A single `nan` spreads through every sum it takes part in, and one step later all weights of a network are `nan`.
# The first form overflows too, at large negative $x$.
# It is saved by luck, because $1/\infty$ is 0, and NumPy prints a warning.
# The check shows such a warning as a note; it costs no points, but a warning that is always there hides the next one.
#
# Each form is safe on one side, where the argument of its exponential is not positive:
#
# $$
# \sigma(x) = \begin{cases}
#   \dfrac{1}{1 + e^{-x}} & \text{if } x \ge 0, \\[2ex]
#   \dfrac{e^{x}}{1 + e^{x}} & \text{if } x < 0.
# \end{cases}
# $$
#
# In both lines the exponential is $e^{-|x|}$, which is never larger than 1.
# Compute it once for the whole array.
# Then `np.where(condition, a, b)` takes the entries of `a` where the condition holds, and those of `b` elsewhere.
# It computes both `a` and `b` in full before it chooses, so neither of them may overflow anywhere.
#
# The derivation showed that the backward pass needs only `out`.
# So this time the cache is `out`: the exponentials are paid for once.

# %% exercise
def sigmoid_forward(x):
    """Forward pass of the sigmoid, entry by entry, without overflow.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        1 / (1 + exp(-x)).
    cache : ndarray
        out, which the backward pass needs.
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, small) / (1 + small)
    return out, out
    ### END SOLUTION

# %% check
check(sigmoid_forward)

# %% [markdown]
# The way back is the product entry by entry, with the slopes that you derived.

# %% exercise
def sigmoid_backward(dout, cache):
    """Backward pass of the sigmoid.

    Parameters
    ----------
    dout : ndarray, shape of out
        Upstream gradient.
    cache : ndarray
        out, from `sigmoid_forward`.

    Returns
    -------
    dx : ndarray, shape of out
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * out * (1 - out)
    ### END SOLUTION

# %% [markdown]
# There is no kink this time, so the proof can try every place.
# Run the cell: it compares your gradient with the numerical one at nine points.

# %%
@when_written
def sigmoid_along_a_line():
    x = np.linspace(-8.0, 8.0, 9)
    dout = np.random.default_rng(5).normal(size=9)
    out, cache = sigmoid_forward(x)
    dx = sigmoid_backward(dout, cache)

    h = 1e-5
    above, _ = sigmoid_forward(x + h)
    below, _ = sigmoid_forward(x - h)
    numerical = dout * (above - below) / (2 * h)
    for k in range(9):
        error = abs(dx[k] - numerical[k]) / (abs(dx[k]) + abs(numerical[k]))
        print(f"x = {x[k]:4.0f}   out = {out[k]:.5f}   your dx {dx[k]:13.10f}"
              f"   numerical {numerical[k]:13.10f}   relative error {error:.0e}")

# %% [markdown]
# All nine entries of `x` were pushed at once, and each numerical slope still comes out alone.
# Can you say why?
# With an affine layer that would be wrong: the answer is the diagonal table above.
# No entry of `out` notices the push of another entry's `x`.
#
# Look at the last column too.
# Relative errors below $10^{-6}$ mean that the formula is right.
# They are worst at $x = 8$, where `out` is nearly 1: there two numbers are subtracted that agree in most of their digits, and the few digits that are left carry the noise.
# At $x = -8$ the outputs are tiny, and nothing is lost.

# %% check
check(sigmoid_backward)

# %% [markdown]
# ## Find the bug
#
# A colleague replaces your relu by this.
# It saves an array, and its `dx` is right for every input.

# %%
def relu_backward_buggy(dout, cache):
    x = cache
    dx = dout
    dx[x <= 0] = 0
    return dx

# %% [markdown]
# Then they build a layer that adds its input to its output, $\text{out} = \mathrm{relu}(x) + x$.
# There are two paths from `x` to `out`, one through relu and one past it.
# The gradients of the two paths add up:

# %%
def skip_backward(dout, cache):
    """Backward pass of out = relu(x) + x."""
    through_relu = relu_backward_buggy(dout, cache)
    past_relu = dout
    return through_relu + past_relu


x = np.array([2.0, 1.5, 0.5])
dout = np.array([1.0, -2.0, 3.0])
print("dx =", skip_backward(dout, x))
print("2 * dout, which is right where x > 0:", 2 * dout)

# %% [markdown]
# In this test all is well.
# The slope of $\mathrm{relu}(x) + x$ is 2 where $x > 0$, and 1 where $x < 0$.
#
# Give an `x` and a `dout` for which `skip_backward` returns a wrong gradient.
# Any shape will do, as long as both have the same.

# %% exercise
def exposing_arrays():
    """Arrays on which skip_backward goes wrong.

    Returns
    -------
    x : ndarray
    dout : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    x = np.array([2.0, -1.0, 0.5])
    dout = np.array([1.0, 2.0, -3.0])
    return x, dout
    ### END SOLUTION

# %% check
check(exposing_arrays)

# %% [markdown]
# `dx = dout` copies nothing.
# It gives the array a second name, and a write through one name is seen through the other.
# So `relu_backward_buggy` wipes out part of the caller's `dout`, and `skip_backward` adds a damaged array.
#
# No comparison of `dx` with the right answer can find this, and no numerical gradient either, because `dx` *is* right.
# Only a look at the inputs after the call finds it.
# This is why the tables of this course have a row called *inputs unchanged*, and why it names the input.
#
# Mend the function.

# %% exercise
def relu_backward_mended(dout, cache):
    """The function above, without its bug.

    Parameters
    ----------
    dout : ndarray, shape of x
        Upstream gradient. It stays as it is.
    cache : ndarray
        x, of any shape. It stays as it is.

    Returns
    -------
    dx : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    x = cache
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx
    ### END SOLUTION

# %% check
check(relu_backward_mended)

# %% [markdown]
# ## See it: the slopes
#
# With `dout` set to ones, a backward function returns the slopes themselves.
# So your own two pairs of functions draw the next picture: values above, slopes below.

# %% figure
def draw_activations(layers):
    """Values and slopes of activations, drawn with their forward and backward functions."""
    x = np.linspace(-6, 6, 600)
    curves = {}
    for name, (forward, backward) in layers.items():
        out, cache = forward(x)
        curves[name] = out, backward(np.ones_like(x), cache)

    figure, axes = plt.subplots(2, len(layers), figsize=(4 * len(layers), 4.6), sharex=True,
                                sharey="row", layout="constrained", squeeze=False)
    for column, (name, (out, slope)) in enumerate(curves.items()):
        axes[0, column].plot(x, out, color=BLUE, lw=2)
        axes[0, column].set_title(name, fontsize=11)
        axes[1, column].plot(x, slope, color=BROWN, lw=2)
        axes[1, column].axhline(0.25, color=GREY, lw=1, ls=":")
        axes[1, column].set_xlabel("x")
    axes[0, 0].set_ylim(-1.2, 2.2)
    axes[1, 0].set_ylim(-0.05, 1.1)
    axes[1, 0].text(-5.8, 0.27, "1/4", color=GREY, fontsize=10)
    axes[0, 0].set_ylabel("out")
    axes[1, 0].set_ylabel("slope of out")
    plt.show()


@when_written
def values_and_slopes():
    draw_activations({"relu": (relu_forward, relu_backward),
                      "sigmoid": (sigmoid_forward, sigmoid_backward)})

# %% [markdown]
# Relu passes a gradient on in full or not at all.
# The sigmoid always passes on something, and never more than a quarter: the product $\text{out}\,(1 - \text{out})$ is largest where both factors are one half.
# Beyond $|x| = 5$ almost nothing is left.
# A unit out there is called **saturated**.

# %% [markdown]
# ## See it: how near is too near?
#
# At the kink the numerical gradient is wrong.
# How far away must $x$ be before it can be trusted?
# The left panel looks at the neighbourhood of 0 through a magnifying glass: the axis counts in steps $h$.
# The right panel shows the error of the numerical slope against the distance, both on logarithmic axes, for three different steps.

# %%
def two_slopes(x, h):
    """Slopes of relu at x, by a central difference and by your relu_backward."""
    above, _ = relu_forward(x + h)
    below, _ = relu_forward(x - h)
    _, cache = relu_forward(x)
    return (above - below) / (2 * h), relu_backward(np.ones_like(x), cache)

# %% figure
@when_written
def near_the_kink():
    h = 1e-5
    x = np.linspace(-2.5, 2.5, 2001) * h
    numerical, analytic = two_slopes(x, h)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
    left.plot(x / h, analytic, color=BROWN, lw=2, label="your relu_backward")
    left.plot(x / h, numerical, color=BLUE, lw=2, ls="--", label="central difference")
    left.set_xlabel("x / h")
    left.set_ylabel("slope of relu at x")
    left.legend(loc="upper left", fontsize=9)

    distance = np.logspace(-9, 0, 800)
    for h, colour, style in [(1e-3, BROWN, "-"), (1e-5, BLUE, "--"), (1e-7, GREY, "-.")]:
        numerical, analytic = two_slopes(distance, h)
        error = np.maximum(np.abs(numerical - analytic), 1e-17)    # an exact 0 has no logarithm
        right.loglog(distance, error, color=colour, ls=style, lw=1.5, label=f"h = {h:.0e}")
    right.axhline(1e-6, color="black", lw=1, ls=":")
    right.text(2e-3, 4e-7, "agreement below", fontsize=9, va="top")
    right.set_xlim(8e-10, 8)
    right.set_xlabel("distance of x from the kink")
    right.set_ylabel("error of the central difference")
    right.legend(loc="upper right", fontsize=9)
    plt.show()

# %% [markdown]
# The answer is sharp.
# As long as $|x| < h$, one of the two points lies on the other side of the kink, and the slope is wrong by up to one half.
# As soon as $|x| > h$, both points lie on the same straight line, and the difference is exact up to rounding.
# There is nothing in between, because relu has no curvature.
# (Where there is no rounding error at all, the picture shows $10^{-17}$.)
#
# So the distance that is needed is the step itself.
# A smaller step makes the dangerous zone smaller and the rounding error larger: the three lines end at different heights.
# A check that keeps $x$ a hundredth away from 0, as ours does, is safe with any of them.
#
# In a whole network nobody can choose the values of $x$ inside.
# With a hundred samples and fifty outputs there are 5000 of them, and now and then one lies closer to 0 than $h$.
# One entry of a numerical gradient that disagrees for that reason is no bug.
# Try another step before you search for one.

# %% [markdown]
# ## See it: thirty layers deep
#
# Now put many layers on top of each other, each an affine layer without bias followed by an activation, and send a random gradient from the top down to the input.
# At every layer we measure its typical size, the square root of the mean of its squares.
#
# The affine weights are random and scaled so that they alone would leave the size of a gradient about as it is.
# The extra factor $\sqrt 2$ for relu makes up for the half of the entries that its mask stops.

# %%
def gradient_sizes(forward, backward, scale, depth=30, width=100):
    """Typical size of the gradient at the input of each layer, from the top down."""
    rng = np.random.default_rng(6)
    values = rng.normal(size=(64, width))
    weights, caches = [], []
    for _ in range(depth):
        w = rng.normal(size=(width, width)) * scale / np.sqrt(width)
        values, cache = forward(values @ w)
        weights.append(w)
        caches.append(cache)
    gradient = rng.normal(size=values.shape)
    sizes = [1.0]
    for w, cache in zip(reversed(weights), reversed(caches)):
        gradient = backward(gradient, cache) @ w.T
        sizes.append(np.sqrt(np.mean(gradient**2)))
    return np.array(sizes)

# %% figure
def draw_sizes(curves):
    """Gradient sizes on a logarithmic axis, and a factor of a quarter for comparison."""
    figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
    for (name, sizes), (colour, marker) in zip(
        curves.items(), [(BLUE, "o"), (BROWN, "s"), ("black", "^")]
    ):
        ax.semilogy(sizes, color=colour, marker=marker, ms=4, lw=1.5, label=name)
    layers = np.arange(len(sizes))
    ax.semilogy(0.25**layers, color=GREY, ls=":", lw=1.5, label="keeping a quarter each layer")
    ax.set_xlabel("layers passed on the way back")
    ax.set_ylabel("typical size of the gradient")
    ax.legend(fontsize=9)
    plt.show()


@when_written
def thirty_layers():
    draw_sizes({"relu": gradient_sizes(relu_forward, relu_backward, np.sqrt(2)),
                "sigmoid": gradient_sizes(sigmoid_forward, sigmoid_backward, 1.0)})

# %% [markdown]
# On a logarithmic axis a straight line is a constant factor each layer.
# Behind thirty sigmoids the gradient has lost more than eighteen powers of ten.
# The weights of the first layer would need about $10^{18}$ steps to move as far as those of the last layer move in one.
# This is the **vanishing gradient**, and for a long time it was one of the main reasons why deep networks were so hard to train.
#
# You derived the cause yourself: a slope of at most a quarter, multiplied once for every layer.
# Relu has slope 1 where it is active, and its gradient reaches the bottom at nearly its full size.

# %% [markdown]
# ## On real digits
#
# Relu has its own way to lose a gradient: an entry that is not active passes on nothing.
# Look at that with real data.
#
# The affine layer of the last chapter had ten outputs, one for each digit, and column $m$ of `w` was the average image of digit $m$ minus the average of all images.
# An output together with its activation is also called a **unit**.
# Here are the same ten units, now with relu behind them, and an eleventh.
# It looks for a 0 as the first one does, but its bias was chosen badly: it is $-60$.
#
# The picture shows, digit by digit, for which share of the test images each unit is active.

# %%
def active_shares():
    """For which share of the images of each digit (rows) each of eleven units is active."""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    x_test, y_test = x_test[:5000], y_test[:5000]
    overall = x_train.mean(axis=0)
    templates = np.stack([x_train[y_train == digit].mean(axis=0) - overall for digit in range(10)])
    w = np.concatenate([templates, templates[:1]]).T           # the eleventh unit looks for a 0
    b = -0.5 * np.sum(w * w, axis=0) - overall @ w
    b[10] = -60.0

    x = x_test @ w + b
    _, cache = relu_forward(x)
    dx = relu_backward(np.ones((5000, 11)), cache)             # 1 where the gradient gets through
    for h in (1e-1, 1e-3, 1e-5):
        print(f"entries of x nearer to 0 than {h:g}: {np.sum(np.abs(x) < h)} of {x.size}")
    return np.stack([dx[y_test == digit].mean(axis=0) for digit in range(10)])

# %% figure
@when_written
def active_units():
    figure, ax = plt.subplots(figsize=(8.5, 5.2), layout="constrained")
    image = heat_map(ax, active_shares(), limit=1, colours=POSITIVE, numbers=".0%", fontsize=9)
    ax.set_aspect("auto")
    ax.set_xticks(range(11), [*(f"unit {digit}" for digit in range(10)), "b = -60"], fontsize=9)
    ax.set_yticks(range(10), [f"images of {digit}" for digit in range(10)], fontsize=9)
    figure.colorbar(image, ax=ax, label="share of images for which the unit is active")
    plt.show()

# %% [markdown]
# Start with the ten units on the left.
# The dark diagonal says that each unit is active for most images of its own digit.
# The dark entries beside it show what a template cannot tell apart: unit 9 lets most of the fours and sevens pass as well.
# Wherever an entry is light, a gradient hardly ever gets through, and those images have no say in the weights of that unit.
#
# Now read the last column.
# The unit is active for none of the 5000 images.
# Its mask is 0 throughout, so it passes on a zero for every sample, whatever arrives from above.
# For the affine layer below, that is a column of zeros in its upstream gradient, and by $\text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm}$ neither its weights nor its bias will ever change.
# As long as no image makes it active, no training brings it back.
# Such a unit is called **dead**.
#
# The lines above the picture count the entries near the kink.
# With $h = 10^{-5}$ a numerical gradient would have met none of them.
#
# ## Going deeper (extra points): tanh
#
# This part is optional.
# The chapter is complete without it, and its three checks give extra points.
#
# The **hyperbolic tangent** is the sigmoid's sibling.
# Its values lie between $-1$ and 1, and it is 0 at 0:
#
# $$
# \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}} = 2\,\sigma(2x) - 1 .
# $$
#
# To see that both forms are the same, multiply the fraction above and below by $e^{-x}$, put $\sigma(2x) = 1 / (1 + e^{-2x})$ into the second form, and compare.
#
# The second form gives the slope nearly for free.
# Write $s = \sigma(2x)$, so that $\text{out} = 2s - 1$.
# Along the path $x \to 2x \to s \to \text{out}$ there are three slopes: 2, then $s\,(1 - s)$, then 2 again.
# Their product is
#
# $$
# \frac{\partial\,\text{out}}{\partial x} = 4\,s\,(1 - s) .
# $$
#
# As with the sigmoid, `out` alone is enough.
# Solve $\text{out} = 2s - 1$ for $s$, put the result in, and simplify.

# %% exercise
def tanh_scalar_gradient(out, dout):
    """Gradient of the loss for out = tanh(x), from out alone.

    Parameters
    ----------
    out : float
        The output of tanh, between -1 and 1.
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dx : float
        Slope of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    return dout * (1 - out * out)
    ### END SOLUTION

# %% check
check(tanh_scalar_gradient)

# %% [markdown]
# The index form and the matrix form need no new thought: tanh is elementwise, and the argument with the diagonal table holds for it as it stands.
# So write the layer at once.
# For the forward pass, use your `sigmoid_forward`, which cannot overflow, or NumPy's own `np.tanh`.
# Try the fraction with $x = 1000$ to see why it will not do.

# %% exercise
def tanh_forward(x):
    """Forward pass of tanh, entry by entry, without overflow.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        tanh(x), between -1 and 1.
    cache : ndarray
        out, which the backward pass needs.
    """
    ### BEGIN SOLUTION
    s, _ = sigmoid_forward(2 * x)
    out = 2 * s - 1
    return out, out
    ### END SOLUTION

# %% check
check(tanh_forward)

# %% exercise
def tanh_backward(dout, cache):
    """Backward pass of tanh.

    Parameters
    ----------
    dout : ndarray, shape of out
        Upstream gradient.
    cache : ndarray
        out, from `tanh_forward`.

    Returns
    -------
    dx : ndarray, shape of out
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * (1 - out * out)
    ### END SOLUTION

# %% check
check(tanh_backward)

# %% figure
@when_written
def with_tanh():
    draw_activations({"relu": (relu_forward, relu_backward),
                      "sigmoid": (sigmoid_forward, sigmoid_backward),
                      "tanh": (tanh_forward, tanh_backward)})
    draw_sizes({"relu": gradient_sizes(relu_forward, relu_backward, np.sqrt(2)),
                "sigmoid": gradient_sizes(sigmoid_forward, sigmoid_backward, 1.0),
                "tanh": gradient_sizes(tanh_forward, tanh_backward, 1.0)})

# %% [markdown]
# The slope of tanh is 1 at $x = 0$, four times that of the sigmoid.
# And since tanh keeps its outputs around 0, the next layer again receives numbers near 0, where the slope is largest.
# So its gradient survives thirty layers.
# It sinks a little at the very end of the way back: the first layers receive the largest numbers here, and tanh saturates as the sigmoid does.
#
# ## What you can now do
#
# - Derive the gradient of any function that is applied entry by entry: its slope, times `dout`, entry by entry.
# - Say why the Jacobian of such a layer is diagonal, and why nobody builds it.
# - Decide what to put into a cache: `x` where the sign of `x` matters, `out` where the slope can be written with it.
# - Write an exponential that cannot overflow.
# - Tell a wrong gradient from a numerical one that steps across a kink.
# - Leave alone the arrays that belong to somebody else, and explain why no numerical gradient would have noticed.
#
# Affine layers and activations are all that the body of a network needs.
# What is missing is the number at its end that says how wrong it is.
# The next chapter builds the first such loss.
# You will recognise it: it is made of relus.
