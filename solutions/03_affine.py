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
# # The affine layer
#
# ## What you will build
#
# You will write the affine layer, the workhorse of every neural network, and derive its three gradients until you can see where each transpose comes from.
# At the end you will run it on handwritten digits.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import draw_images, draw_node, heat_map
from course_data import load_mnist

# %% figure
draw_node(
    "affine",
    inputs={"x": "(N, D)", "w": "(D, M)", "b": "(M,)"},
    outputs={"out": "(N, M)"},
)

# %% [markdown]
# Read the picture from left to right first.
# The values `x`, `w` and `b` flow in, the value `out` flows out and, somewhere far to the right, becomes a single number: the **loss** $L$, which says how wrong the network is.
#
# Then read it from right to left.
# Along every edge a gradient flows back.
# What arrives from the right is called the **upstream gradient**, `dout`: for each entry of `out` it says how fast the loss grows when that entry grows.
# The layer turns it into `dx`, `dw` and `db`, which say the same for its own inputs.
#
# Every gradient has the shape of the value it belongs to.
# That one sentence will save you hours.

# %% [markdown]
# ## Forward
#
# A batch holds $N$ samples, one in each row of $x$.
# A sample has $D$ features.
# The layer computes $M$ outputs for each sample, and each output is a weighted sum of the features plus a bias:
#
# $$
# \text{out}_{nm} = \sum_{d=1}^{D} x_{nd}\, w_{dm} + b_m .
# $$
#
# The indices keep their letters in the whole chapter: $n$ counts samples, $d$ counts features, $m$ counts outputs.
# In code they start at 0.
#
# Here is the smallest example that is not trivial: $N = 2$ samples, $D = 3$ features, $M = 4$ outputs.
# All three sizes differ, so a wrong transpose cannot hide.

# %%
x = np.array([[1.0, 0.0, 2.0],
              [0.0, 1.0, 1.0]])
w = np.array([[1.0, 2.0, 3.0, 4.0],
              [5.0, 6.0, 7.0, 8.0],
              [9.0, 10.0, 11.0, 12.0]])
b = np.array([0.5, 0.0, -0.5, 1.0])

# %% [markdown]
# Compute `out[0, 1]` by hand before you run the next cell.
# The sample is row 0 of `x`, the weights are column 1 of `w`:
#
# $$
# \text{out}_{01} = 1 \cdot 2 + 0 \cdot 6 + 2 \cdot 10 + 0 = 22 .
# $$

# %%
out = x @ w + b
print(out)
print("out[0, 1] =", out[0, 1])

# %% [markdown]
# The sum over $d$ is exactly what a matrix product does: the second index of `x` meets the first index of `w`, and both disappear.
# What is left is $n$ and $m$.
# The bias has shape `(4,)`, and NumPy adds it to every row.
# This stretching of a smaller array is called **broadcasting**.

# %% [markdown]
# ## Predict
#
# Before you derive anything, answer one question with the example above and no code.
#
# **Which entries of `out` does `x[0, 0]` touch, and how strongly?**
# Imagine that `x[0, 0]` grows from 1 to 2 and nothing else changes.
# Some entries of `out` change, the others stay.
#
# Return two arrays:
#
# - `touched`, shape `(2, 4)`: 1 where the entry of `out` changes, else 0.
#   Write it as a list of lists of numbers in `np.array`.
# - `slopes`, shape `(4,)`: by how much each of the entries `out[0, 0]` to `out[0, 3]` grows.

# %% exercise
def predict_touched():
    """Say which entries of out x[0, 0] touches.

    Returns
    -------
    touched : ndarray of integers, shape (2, 4)
        1 where out depends on x[0, 0], else 0.
    slopes : ndarray of shape (4,)
        Growth of out[0, 0], ..., out[0, 3] when x[0, 0] grows by 1.
    """
    ### BEGIN SOLUTION
    touched = np.array([[1, 1, 1, 1],
                        [0, 0, 0, 0]])
    slopes = np.array([1.0, 2.0, 3.0, 4.0])
    return touched, slopes
    ### END SOLUTION

# %% check
check(predict_touched)

# %% [markdown]
# You have just done the core of this chapter.
# `x[0, 0]` reaches the loss along several paths, one through each entry that it touches, and each path has its own slope.
# The rest is bookkeeping.

# %% [markdown]
# ## Derive: one number
#
# Make everything as small as possible: one sample, one feature, one output.
# Then the layer is
#
# $$
# \text{out} = x\,w + b
# $$
#
# with four plain numbers.
# The loss $L$ is some function of `out`, and `dout` is its slope $\partial L / \partial\,\text{out}$.
#
# Push $x$ up by a tiny amount $\varepsilon$.
# Then `out` grows by $w\,\varepsilon$, and $L$ grows by `dout` times that.
# So
#
# $$
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial\,\text{out}} \cdot \frac{\partial\,\text{out}}{\partial x} = \text{dout} \cdot w .
# $$
#
# This is the **chain rule**: along a path, slopes multiply.
# Push $w$ and push $b$ in the same way, and write down all three.

# %% exercise
def affine_scalar_gradients(x, w, b, dout):
    """Gradients of the loss for out = x * w + b, all plain numbers.

    Parameters
    ----------
    x, w, b : float
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dx, dw, db : float
        Slopes of the loss with respect to x, w and b.
    """
    ### BEGIN SOLUTION
    return dout * w, dout * x, dout
    ### END SOLUTION

# %% check
check(affine_scalar_gradients)

# %% [markdown]
# ## Derive: one entry
#
# Now the real layer, but still one number at a time.
# Take a single entry $x_{nd}$ of the batch.
# In the prediction you saw that it touches the whole row $n$ of `out`: the entries $\text{out}_{n1}, \dots, \text{out}_{nM}$.
# The entry $\text{out}_{nm}$ contains the term $x_{nd}\,w_{dm}$, so its slope with respect to $x_{nd}$ is $w_{dm}$.
#
# There are $M$ paths from $x_{nd}$ to the loss.
# Along each path slopes multiply; over all paths they **add up**:
#
# $$
# \frac{\partial L}{\partial x_{nd}}
#   = \sum_{m} \frac{\partial L}{\partial\,\text{out}_{nm}} \cdot \frac{\partial\,\text{out}_{nm}}{\partial x_{nd}}
#   = \sum_{m} \text{dout}_{nm}\, w_{dm} .
# $$
#
# Write this sum for one entry.
# A loop is fine here, and so is a NumPy expression.
# The result is one number.

# %% exercise
def affine_dx_entry(dout, w, n, d):
    """One entry of dx, as an explicit sum.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Upstream gradient.
    w : ndarray of shape (D, M)
    n, d : int
        Which entry: sample n, feature d.

    Returns
    -------
    float
        dx[n, d].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for m in range(w.shape[1]):
        total += dout[n, m] * w[d, m]
    return total
    ### END SOLUTION

# %% check
check(affine_dx_entry)

# %% [markdown]
# Now a weight.
# Ask the same question: which entries of `out` does $w_{dm}$ touch?
# It is used once in every sample, always for output $m$, so it touches the whole column $m$.
# In $\text{out}_{nm}$ it is multiplied by $x_{nd}$.
# There are $N$ paths, one for each sample:
#
# $$
# \frac{\partial L}{\partial w_{dm}} = \sum_{n} x_{nd}\, \text{dout}_{nm} .
# $$

# %% exercise
def affine_dw_entry(x, dout, d, m):
    """One entry of dw, as an explicit sum.

    Parameters
    ----------
    x : ndarray of shape (N, D)
    dout : ndarray of shape (N, M)
        Upstream gradient.
    d, m : int
        Which entry: feature d, output m.

    Returns
    -------
    float
        dw[d, m].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for n in range(x.shape[0]):
        total += x[n, d] * dout[n, m]
    return total
    ### END SOLUTION

# %% check
check(affine_dw_entry)

# %% [markdown]
# The bias is the shortest of the three.
# $b_m$ is added to output $m$ of every sample.
# It touches the same column as $w_{dm}$, with slope 1.
# Write down the sum before you write the code.

# %% exercise
def affine_db_entry(dout, m):
    """One entry of db, as an explicit sum.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Upstream gradient.
    m : int
        Which entry: output m.

    Returns
    -------
    float
        db[m].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for n in range(dout.shape[0]):
        total += dout[n, m]
    return total
    ### END SOLUTION

# %% check
check(affine_db_entry)

# %% [markdown]
# A word about the mean.
# Many losses are means over the batch, and then every gradient carries a factor $1/N$.
# That factor is born in the loss and arrives here inside `dout`.
# The affine layer only sums.
# Dividing by $N$ again is a mistake that trains slowly and never crashes, so it can go unnoticed for weeks.

# %% [markdown]
# ## Derive: all entries at once
#
# You have three formulas, one for each kind of entry.
# Line up their indices next to the definition of a matrix product, $(AB)_{ij} = \sum_k A_{ik} B_{kj}$.
# The index that is summed must be the *last* of the first factor and the *first* of the second.
#
# Look at $\text{dx}_{nd} = \sum_m \text{dout}_{nm}\, w_{dm}$.
# The summed index is $m$.
# In `dout` it is last, as it should be.
# In `w` it is last too, and it would have to be first.
# The transpose repairs that: $w_{dm} = (w^\top)_{md}$.
# Hence
#
# $$
# \text{dx}_{nd} = \sum_m \text{dout}_{nm}\, (w^\top)_{md},
# \qquad\text{so}\qquad
# \text{dx} = \text{dout}\; w^\top .
# $$
#
# That is where the transpose comes from.
# It is no trick to remember; it is the index $m$ standing in the wrong place.
#
# There is a second way to the same answer, good for checking yourself.
# `dx` has shape $(N, D)$, and it must be built from `dout` of shape $(N, M)$ and `w` of shape $(D, M)$.
# The next cell tries all eight products of the two, with and without transposes.

# %%
sizes = {"N": 2, "D": 3, "M": 4}
shape_of = {"dout": "NM", "dout.T": "MN", "w": "DM", "w.T": "MD"}
for left, right in [("dout", "w"), ("w", "dout")]:
    for first in (left, left + ".T"):
        for second in (right, right + ".T"):
            inner_left, inner_right = shape_of[first][1], shape_of[second][0]
            if inner_left == inner_right:
                result = f"({shape_of[first][0]}, {shape_of[second][1]})"
            else:
                result = f"impossible: {inner_left} meets {inner_right}"
            print(f"{first:>6} @ {second:<6}  {result}")

# %% [markdown]
# Only two of the eight are possible at all, and only one of them has shape $(N, D)$.
# This is **dimension analysis**.
# It cannot replace the derivation, because it knows nothing of signs and factors, but it catches every wrong transpose.
#
# Do the same for `dw` with the sum over $n$: which factor needs the transpose, and which one comes first?
# And which axis of `dout` disappears in `db`?
#
# Now write all three in NumPy, without loops.
# Here `x` is a plain matrix of shape $(N, D)$.

# %% exercise
def affine_matrix_gradients(x, w, dout):
    """All three gradients of out = x @ w + b, each as one NumPy expression.

    Parameters
    ----------
    x : ndarray of shape (N, D)
    w : ndarray of shape (D, M)
    dout : ndarray of shape (N, M)
        Upstream gradient.

    Returns
    -------
    dx : ndarray of shape (N, D)
    dw : ndarray of shape (D, M)
    db : ndarray of shape (M,)
    """
    ### BEGIN SOLUTION
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION

# %% check
check(affine_matrix_gradients)

# %% [markdown]
# ## Implement
#
# A layer in a network is a pair of functions.
# `affine_forward` computes `out` and packs everything that the way back will need into a **cache**.
# `affine_backward` receives the upstream gradient and that cache, and returns the gradients.
#
# One detail is new.
# A sample need not be a row of features; it may be an image of shape (1, 28, 28).
# So `x` may have any shape $(N, d_1, \dots, d_k)$, and the layer first flattens each sample into a row of $D = d_1 \cdots d_k$ numbers:

# %%
images = np.arange(24.0).reshape(2, 3, 4)
rows = images.reshape(images.shape[0], -1)
print(images.shape, "becomes", rows.shape)

# %% [markdown]
# The `-1` tells NumPy to work out that size by itself.
# Flattening moves no number and computes nothing, so it has no gradient of its own.
# It only has to be undone: `dx` must have the shape of `x`, whatever that was.
#
# Write the forward function.
# Put `x` into the cache as you received it, before flattening.

# %% exercise
def affine_forward(x, w, b):
    """Forward pass of an affine layer.

    Parameters
    ----------
    x : ndarray of shape (N, d_1, ..., d_k)
        A batch of N samples; each is flattened to D = d_1 * ... * d_k features.
    w : ndarray of shape (D, M)
        Weights.
    b : ndarray of shape (M,)
        Biases.

    Returns
    -------
    out : ndarray of shape (N, M)
    cache : tuple (x, w, b)
        What the backward pass needs.
    """
    ### BEGIN SOLUTION
    out = x.reshape(x.shape[0], -1) @ w + b
    return out, (x, w, b)
    ### END SOLUTION

# %% check
check(affine_forward)

# %% [markdown]
# And now the function this chapter is about.
# You have every formula; what is left is to flatten `x` for `dw`, and to give `dx` the shape of `x`.

# %% exercise
def affine_backward(dout, cache):
    """Backward pass of an affine layer.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Upstream gradient.
    cache : tuple (x, w, b)
        From `affine_forward`: x of shape (N, d_1, ..., d_k), w of shape (D, M),
        b of shape (M,).

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    db : ndarray, shape of b
        Gradients of the loss with respect to x, w and b.
    """
    ### BEGIN SOLUTION
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# How can you be sure, without anybody's solution next to yours?
# Push a number and look.
#
# Backpropagation computes the gradient of $L = \sum_{nm} \text{out}_{nm}\,\text{dout}_{nm}$, because the slope of this sum with respect to $\text{out}_{nm}$ is exactly $\text{dout}_{nm}$.
# So pick an entry, move it by a tiny **step** $h$ to both sides, and divide the difference of $L$ by $2h$:
#
# $$
# \frac{\partial L}{\partial x_{nd}} \approx \frac{L(x_{nd} + h) - L(x_{nd} - h)}{2h} .
# $$
#
# This needs only the forward function.
# It is called a **numerical gradient**, and it judges everything in this course.
# The next cell does it for one entry.

# %%
@when_written
def one_entry_by_hand():
    rng = np.random.default_rng(1)
    x, w, b = rng.standard_normal((2, 3)), rng.standard_normal((3, 4)), rng.standard_normal(4)
    dout = rng.standard_normal((2, 4))

    def loss(x):
        out, _ = affine_forward(x, w, b)
        return np.sum(out * dout)

    h = 1e-5
    above, below = x.copy(), x.copy()
    above[1, 2] += h
    below[1, 2] -= h
    numerical = (loss(above) - loss(below)) / (2 * h)

    _, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(dout, cache)
    print(f"numerical gradient  {numerical:.12f}")
    print(f"your dx[1, 2]       {dx[1, 2]:.12f}")

# %% [markdown]
# The two agree in about ten digits.
# The last digits of the numerical gradient are noise: two nearly equal numbers were subtracted.
# Agreement to a relative error of about $10^{-6}$ or better means that your formula is right.
# An error around $10^{-2}$ means that it is wrong, even if it looks close.
#
# The check compares every entry in the same way, on several layers, with random upstream gradients.
# It also checks what a formula does not show: shapes, images, and whether your function leaves its inputs alone.

# %% check
check(affine_backward)

# %% [markdown]
# ## Find the bug
#
# A colleague sends you this.
# It has passed all their tests for a month, and it has two bugs.

# %%
def affine_backward_buggy(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.T @ dout
    db = dout.sum(axis=0, keepdims=True)
    return dx, dw, db

# %% [markdown]
# One bug is visible at once if you look at shapes.
# The other hides behind the shape of the inputs that the tests used.
#
# First expose it.
# Give a shape of `x` for which `dw` comes out wrong, or does not come out at all.

# %% exercise
def exposing_shape():
    """A shape of x for which affine_backward_buggy fails to compute the right dw.

    Returns
    -------
    tuple of int
    """
    ### BEGIN SOLUTION
    return (2, 3, 4)
    ### END SOLUTION

# %% check
check(exposing_shape)

# %% [markdown]
# Now mend both bugs.
# Copy the body of the function into the cell below and change what is wrong.

# %% exercise
def affine_backward_mended(dout, cache):
    """The function above, without its two bugs.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Upstream gradient.
    cache : tuple (x, w, b)
        x of shape (N, d_1, ..., d_k), w of shape (D, M), b of shape (M,).

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    db : ndarray, shape of b
    """
    ### BEGIN SOLUTION
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION

# %% check
check(affine_backward_mended)

# %% [markdown]
# Why is `db` of shape `(1, M)` a bug, when its numbers are right?
# Because the next line of a training program is `b -= 0.1 * db`.
# With other shapes NumPy broadcasts without a word, and a vector of biases can turn into a matrix.

# %% [markdown]
# ## See it
#
# What does `dw` look like?
# Take the formula for one entry once more, and look at a single sample $n$: its contribution to $\text{dw}_{dm}$ is $x_{nd}\,\text{dout}_{nm}$.
# For all $d$ and $m$ together this is a table of products, the **outer product** of row $n$ of `x` and row $n$ of `dout`.
# The matrix product `x.T @ dout` adds up one such table for each sample.

# %% figure
@when_written
def outer_products():
    rng = np.random.default_rng(3)
    x, dout = rng.normal(0, 1, (3, 4)), rng.normal(0, 1, (3, 5))
    w, b = rng.normal(0, 1, (4, 5)), np.zeros(5)
    _, cache = affine_forward(x, w, b)
    _, dw, _ = affine_backward(dout, cache)

    figure, axes = plt.subplots(1, 4, figsize=(11, 2.4), gridspec_kw={"wspace": 0.25})
    for n in range(3):
        heat_map(axes[n], np.outer(x[n], dout[n]), f"outer(x[{n}], dout[{n}])",
                 limit=3, numbers="z.1f")
    heat_map(axes[3], dw, "dw", limit=3, numbers="z.1f")
    for ax, sign in zip(axes[1:], ["+", "+", "="]):
        ax.text(-0.125, 0.5, sign, transform=ax.transAxes, fontsize=16, ha="center", va="center")
    for ax in axes:
        ax.set_xlabel("output m")
    axes[0].set_ylabel("feature d")
    plt.show()

# %% [markdown]
# Each of the three tables on the left has a simple pattern: all its rows are multiples of one row.
# The sum of them does not.
# A batch of one sample can only push the weights in one such simple pattern; a larger batch can say more.
#
# The next picture shows all six arrays of a layer in their places.
# Follow one row of `x` to the right, and one row of `dout` to the left.

# %% figure
@when_written
def six_arrays():
    rng = np.random.default_rng(4)
    x, w, b = rng.normal(0, 1, (3, 4)), rng.normal(0, 1, (4, 5)), rng.normal(0, 1, 5)
    dout = rng.normal(0, 1, (3, 5))
    _, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(dout, cache)

    arrays = {"x (N, D)": x, "w (D, M)": w, "b (M,)": b, "dout (N, M)": dout,
              "dx (N, D)": dx, "dw (D, M)": dw, "db (M,)": db}
    figure, axes = plt.subplots(2, 4, figsize=(11, 4.4), layout="constrained")
    for ax, (title, array) in zip(axes.flat, arrays.items()):
        heat_map(ax, array, title, limit=3, numbers="z.1f")
    axes[1, 3].axis("off")
    plt.show()

# %% [markdown]
# Every gradient stands below the value it belongs to, and has its shape.
#
# ## On real digits
#
# MNIST is a collection of 70 000 handwritten digits, each an image of 28 × 28 grey values between 0 and 1.
# An image is a sample with $D = 784$ features.
# Ten outputs, one for each digit, make an affine layer into a classifier: the largest output wins.
#
# We have not trained anything yet, so we choose the weights by hand.
# Column $m$ of `w` becomes the average image of digit $m$, minus the average of all images.
# Such a column is called a **template**: the output is large if the image has ink where the template expects it.

# %%
def classify_with_templates():
    """The test images and labels, and the gradient of each true digit's output for its image."""
    (x_train, y_train), (x_test, y_test) = load_mnist(flatten=False)
    overall = x_train.mean(axis=0)
    templates = np.stack([x_train[y_train == digit].mean(axis=0) - overall for digit in range(10)])
    w = templates.reshape(10, -1).T                      # one column for each digit: (784, 10)
    b = -0.5 * np.sum(w * w, axis=0) - overall.ravel() @ w

    out, cache = affine_forward(x_test, w, b)
    print(f"{np.mean(out.argmax(axis=1) == y_test):.1%} of the test digits are recognised")

    dout = np.zeros_like(out)
    dout[np.arange(len(out)), y_test] = 1.0              # upstream: the output of the true digit
    dx, dw, db = affine_backward(dout, cache)
    return x_test, y_test, dx

# %% figure
@when_written
def template_classifier():
    x_test, y_test, dx = classify_with_templates()
    above = [f"x[{k}]: a {y_test[k]}" for k in range(8)]
    draw_images([x_test[:8], dx[:8]], [above, [f"dx[{k}]" for k in range(8)]], limit=0.6)

# %% [markdown]
# Four in five digits are right, without any training.
# Nobody flattened the images: `x_test` has shape (10000, 1, 28, 28), your forward function flattened it, and your backward function gave `dx` the shape of images again.
# That is why it can be shown below them.
#
# Red marks pixels where more ink would raise the output of the true digit, blue where it would lower it.
# With `dout` zero except for one output $m$, the sum for $\text{dx}_{nd}$ has a single term left, $w_{dm}$: you are looking at a column of `w`.
# A gradient with respect to an image is an image, and it tells you what the layer is looking for.
#
# ## What you can now do
#
# - Derive the gradient of any sum of products: find what an entry touches, multiply along each path, add over the paths.
# - Say where a transpose comes from, and check it by dimension analysis.
# - Write a layer as a forward and a backward function with a cache, for batches of any shape.
# - Prove a gradient right with nothing but the forward function.
#
# An affine layer alone can only draw straight borders.
# The next chapter puts a bend behind it: the activation.
