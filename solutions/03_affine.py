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
# **Time:** about 90 minutes, with a resting place half way.
#
# **Needs:** chapters 01 and 02; matrix products; partial derivatives.
#
# ## What you will build
#
# You will write the affine layer, the workhorse of every neural network, and derive its three gradients until you can see where each transpose comes from.
# At the end you take a single step against a gradient, and a model that knew nothing recognises two handwritten digits in three.

# %%
from autograder import check, progress, when_written
from autograder.pictures import draw_images, draw_node, frame, heat_map, show
from course_data import load_mnist

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node(
    "affine",
    inputs={"x": "(N, D)", "w": "(D, M)", "b": "(M,)"},
    outputs={"out": "(N, M)"},
)

# %% [markdown]
# From left to right, the values `x`, `w` and `b` flow in and the value `out` flows out.
# Somewhere far to the right it becomes a single number, the **loss** $L$, which says how wrong the network is.
#
# From right to left, a gradient flows back along every edge.
# What arrives from the right is the **upstream gradient**, `dout`: for each entry of `out` it says how fast the loss grows when that entry grows.
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
# The bias has shape `(4,)`, and NumPy adds it to every row: **broadcasting**.

# %% [markdown]
# ## Predict
#
# Before you derive anything, answer one question about the example above, without code.
#
# **Which entries of `out` does `x[0, 0]` touch, and how strongly?**
# Imagine that `x[0, 0]` grows from 1 to 2 and nothing else changes.
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

# %% worked [markdown]
# Write row 0 of `out` with the letters of `x` and the numbers of `w` and `b`:
#
# $$
# \begin{aligned}
# \text{out}_{00} &= 1\,x_{00} + 5\,x_{01} + 9\,x_{02} + 0.5 \\
# \text{out}_{01} &= 2\,x_{00} + 6\,x_{01} + 10\,x_{02} + 0 \\
# \text{out}_{02} &= 3\,x_{00} + 7\,x_{01} + 11\,x_{02} - 0.5 \\
# \text{out}_{03} &= 4\,x_{00} + 8\,x_{01} + 12\,x_{02} + 1
# \end{aligned}
# $$
#
# $x_{00}$ stands in all four lines, so row 0 of `touched` is 1, 1, 1, 1.
#
# Row 1 of `out` belongs to the other sample.
# Its first entry is $\text{out}_{10} = 1\,x_{10} + 5\,x_{11} + 9\,x_{12} + 0.5$, and the other three have the same letters.
# $x_{00}$ does not occur, so row 1 of `touched` is 0, 0, 0, 0.
#
# The slope is the number beside $x_{00}$: 1, 2, 3, 4.
# Everything else in a line stays as it is, and is gone from the difference.
# For example, $\text{out}_{01}$ was 22, and with $x_{00} = 2$ it is $2 \cdot 2 + 6 \cdot 0 + 10 \cdot 2 = 24$: it has grown by 2.
#
# The four slopes are row 0 of `w`.
# In letters: the slope of $\text{out}_{nm}$ with respect to $x_{nd}$ is $w_{dm}$, and $x_{nd}$ touches nothing outside row $n$.

# %% [markdown]
# You have just done the core of this chapter.
# `x[0, 0]` reaches the loss along several paths, one through each entry that it touches, and each path has its own slope.
# The rest is bookkeeping.

# %% [markdown]
# ## Derive: one number
#
# Make everything as small as possible: one feature, one output, and two samples, which share the weight and the bias.
# Then the layer is
#
# $$
# \text{out}_0 = x_0\,w + b, \qquad \text{out}_1 = x_1\,w + b
# $$
#
# with plain numbers.
# The loss $L$ is some function of both outputs, and its slopes are $\text{dout}_0$ and $\text{dout}_1$.
#
# Push $x_0$ up by a tiny amount $\varepsilon$.
# Then $\text{out}_0$ grows by $w\,\varepsilon$, and $L$ grows by $\text{dout}_0$ times that.
# The other sample does not notice.
# There is one path, and along it slopes multiply:
#
# $$
# \frac{\partial L}{\partial x_0} = \text{dout}_0 \cdot w .
# $$
#
# Now push $w$, and then $b$.
# Both are used twice, and chapter 02 says what happens to the gradient of a value that is used twice.

# %% exercise
def affine_scalar_gradients(x0, x1, w, b, dout0, dout1):
    """Gradients of the loss for out0 = x0 * w + b and out1 = x1 * w + b, all plain numbers.

    Parameters
    ----------
    x0, x1, w, b : float
    dout0, dout1 : float
        Slopes of the loss with respect to out0 and out1.

    Returns
    -------
    dw, db : float
        Slopes of the loss with respect to w and b.
    """
    ### BEGIN SOLUTION
    return x0 * dout0 + x1 * dout1, dout0 + dout1
    ### END SOLUTION

# %% check
check(affine_scalar_gradients)

# %% worked [markdown]
# Push $w$ up by a tiny $\varepsilon$, and follow both arrows.
# Through sample 0, $\text{out}_0$ grows by $x_0\,\varepsilon$, and the loss by $\text{dout}_0$ times that.
# Through sample 1, $\text{out}_1$ grows by $x_1\,\varepsilon$, and the loss by $\text{dout}_1$ times that.
# Both happen at once, so $L$ grows by
#
# $$
# x_0\,\text{dout}_0\;\varepsilon + x_1\,\text{dout}_1\;\varepsilon,
# \qquad\text{so}\qquad
# \text{dw} = x_0\,\text{dout}_0 + x_1\,\text{dout}_1 .
# $$
#
# Now push $b$.
# Both outputs grow by $\varepsilon$ itself, so the slope of the first step is 1 on both paths:
#
# $$
# \text{db} = 1 \cdot \text{dout}_0 + 1 \cdot \text{dout}_1 .
# $$
#
# With $x_0 = 2$, $x_1 = 3$, $\text{dout}_0 = 1$ and $\text{dout}_1 = -1$ we get $\text{dw} = 2 - 3 = -1$ and $\text{db} = 1 - 1 = 0$.
# A larger bias would raise the loss through one sample exactly as much as it would lower it through the other.
#
# The function receives $w$ and $b$, and needs neither.
# As a function of $w$ each output is a straight line, and its slope is the same wherever you stand on it.

# %% [markdown]
# ## Derive: one entry
#
# Now the real layer, but still one number at a time.
# Take a single entry $x_{nd}$ of the batch.
# In the prediction you saw that it touches the whole row $n$ of `out`.
# Follow it through one entry of that row, $\text{out}_{nm}$.
# This entry contains the term $x_{nd}\,w_{dm}$, so its slope with respect to $x_{nd}$ is $w_{dm}$, and the slope of $L$ with respect to it is $\text{dout}_{nm}$:
#
# $$
# \text{slope along the path through } \text{out}_{nm}: \qquad \text{dout}_{nm}\, w_{dm} .
# $$
#
# That is one path.
# How many are there, and what becomes of their slopes?
# Write the answer for one entry of `dx`; a loop is fine, and so is a NumPy expression.

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

# %% worked [markdown]
# Row $n$ of `out` has $M$ entries, and $x_{nd}$ stands in each of them once.
# So there are $M$ paths, one for each output $m$, and along each of them two slopes are multiplied:
#
# $$
# x_{nd} \;\xrightarrow{\;w_{dm}\;}\; \text{out}_{nm} \;\xrightarrow{\;\text{dout}_{nm}\;}\; L .
# $$
#
# Slopes of several paths add up:
#
# $$
# \text{dx}_{nd} = \sum_m \text{dout}_{nm}\, w_{dm} .
# $$
#
# The letters $n$ and $d$ were given, and they stay fixed.
# Only $m$ runs: along row $n$ of `dout`, and along row $d$ of `w` at the same time.
# Each entry of one row meets the entry in the same place of the other.
#
# Take row 1 of the `w` above, $(5, 6, 7, 8)$, and let row 0 of `dout` be $(1, 0, -1, 2)$.
# Then
#
# $$
# \text{dx}_{01} = 1 \cdot 5 + 0 \cdot 6 + (-1) \cdot 7 + 2 \cdot 8 = 14 .
# $$
#
# Two things do not occur in the sum.
# The other rows of `dout` do not, because the other samples never see $x_{nd}$.
# And $x_{nd}$ itself does not, because the layer is a straight line in it.

# %% [markdown]
# Now a weight, and this time you follow the paths yourself.
# Take a pencil and ask three questions.
# Which entries of `out` does $w_{dm}$ touch?
# What is the slope of each of them with respect to $w_{dm}$?
# What arrives at each of them from the right?
#
# <details><summary>First hint</summary>
#
# In the smallest layer, with two samples, $w$ was used twice.
# How often is $w_{dm}$ used in a batch of $N$ samples, and for which output?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# $w_{dm}$ touches column $m$ of `out`, one entry for each sample.
# So the sum runs over $n$, and its term is the slope along the path through $\text{out}_{nm}$.
#
# </details>

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

# %% worked [markdown]
# **Which entries does $w_{dm}$ touch?**
# In $\text{out}_{nm} = \sum_d x_{nd}\,w_{dm} + b_m$ the second letter of the weight is the second letter of the output.
# So $w_{dm}$ occurs in column $m$ of `out` and nowhere else, and there in every row: every sample uses the same weights.
# That makes $N$ paths.
#
# **What is the slope?**
# In $\text{out}_{nm}$ the weight is multiplied by $x_{nd}$, and by nothing else.
# So the slope is $x_{nd}$, another number for each sample.
#
# **What arrives from the right?**
# At $\text{out}_{nm}$ it is $\text{dout}_{nm}$.
#
# Multiply along each path, and add over the paths:
#
# $$
# \text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm} .
# $$
#
# Here $d$ and $m$ stay fixed, and $n$ runs down column $d$ of `x` and column $m$ of `dout`.
# In the example above, column 2 of `x` is $(2, 1)$.
# If column 0 of `dout` is $(3, -4)$, then $\text{dw}_{20} = 2 \cdot 3 + 1 \cdot (-4) = 2$.
#
# Compare with `dx`.
# An entry of `x` belongs to one sample, so its sum runs over the outputs.
# A weight belongs to one output, so its sum runs over the samples.

# %% [markdown]
# The bias answers the same three questions, and is the shortest of the three.

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

# %% worked [markdown]
# The bias $b_m$ is added to $\text{out}_{nm}$ for every sample $n$, and to no other column.
# So it reaches the loss along $N$ paths.
# It stands there without a factor: push it by $\varepsilon$, and the output grows by $\varepsilon$.
# The slope of each first step is 1, and what is left is the upstream gradient:
#
# $$
# \text{db}_m = \sum_n 1 \cdot \text{dout}_{nm} = \sum_n \text{dout}_{nm} .
# $$
#
# If column $m$ of `dout` is $(3, -4)$, then $\text{db}_m = 3 - 4 = -1$.
# It is the sum and not the mean: each sample's push counts in full.
#
# There is a second way to see it.
# A bias is a weight whose feature is 1 in every sample.
# Put $x_{nd} = 1$ into $\text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm}$, and the same sum comes out.

# %% [markdown]
# A word about the mean.
# Many losses are means over the batch, and then every gradient carries a factor $1/N$.
# That factor is born in the loss and arrives here inside `dout`.
# The affine layer only sums.
# Dividing by $N$ again is a mistake that trains slowly and never crashes, so it can go unnoticed for weeks.

# %% [markdown]
# ## Derive: all entries at once
#
# Line up the indices of a sum with the definition of a matrix product, $(AB)_{ij} = \sum_k A_{ik} B_{kj}$.
# The index that is summed must be the *last* of the first factor and the *first* of the second.
#
# The first of your sums is $\text{dx}_{nd} = \sum_m \text{dout}_{nm}\, w_{dm}$, and its summed index is $m$.
# In `dout` it is last, as it should be.
# In `w` it is last too, and it would have to be first.
# The transpose repairs that, $w_{dm} = (w^\top)_{md}$:
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
# It cannot replace the derivation, because it knows nothing of signs and factors, but it catches every wrong transpose as long as $N$, $D$ and $M$ differ.
#
# Do the same with your sum for `dw`: which factor needs the transpose, and which one comes first?
# And which axis of `dout` disappears in `db`?
# Write both in NumPy, without loops.

# %% exercise
def affine_matrix_gradients(x, dout):
    """The gradients dw and db of out = x @ w + b, each as one NumPy expression.

    Parameters
    ----------
    x : ndarray of shape (N, D)
    dout : ndarray of shape (N, M)
        Upstream gradient.

    Returns
    -------
    dw : ndarray of shape (D, M)
    db : ndarray of shape (M,)
    """
    ### BEGIN SOLUTION
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dw, db
    ### END SOLUTION

# %% check
check(affine_matrix_gradients)

# %% worked [markdown]
# **The weights.**
# In $\text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm}$ the summed index is $n$.
# In `dout` it stands first, as the second factor of a matrix product wants it.
# In `x` it stands first too, and in the first factor it would have to be last.
# The transpose moves it there, $x_{nd} = (x^\top)_{dn}$:
#
# $$
# \text{dw}_{dm} = \sum_n (x^\top)_{dn}\,\text{dout}_{nm},
# \qquad\text{so}\qquad
# \text{dw} = x^\top\,\text{dout} .
# $$
#
# The shapes are $(D, N)$ times $(N, M)$: the two $N$ meet and disappear, and $(D, M)$ is left, the shape of `w`.
# The other possible order, $\text{dout}^\top x$, has the shape $(M, D)$; it holds the same numbers, transposed.
#
# **The bias.**
# In $\text{db}_m = \sum_n \text{dout}_{nm}$ the letter $n$ is summed, and it is the first letter of `dout`.
# So axis 0 disappears, and the shape $(M,)$ is left: in the code, `dout.sum(axis=0)`.
#
# Here are two samples, three features and two outputs, small enough to check by hand:
#
# $$
# x = \begin{pmatrix} 1 & 0 & 2 \\ 0 & 1 & 1 \end{pmatrix},
# \quad
# \text{dout} = \begin{pmatrix} 1 & 0 \\ 2 & -1 \end{pmatrix},
# \quad
# \text{dw} = \begin{pmatrix} 1 & 0 \\ 0 & 1 \\ 2 & 1 \end{pmatrix} \begin{pmatrix} 1 & 0 \\ 2 & -1 \end{pmatrix}
#   = \begin{pmatrix} 1 & 0 \\ 2 & -1 \\ 4 & -1 \end{pmatrix},
# \quad
# \text{db} = (3, -1) .
# $$

# %% [markdown]
# **A resting place.**
# The derivation is done; what follows builds on it and can wait until tomorrow.

# %%
progress("03_affine")

# %% [markdown]
# ## Implement
#
# The nodes of chapter 02 were classes that kept their cache to themselves.
# From here on a layer is a pair of functions, so that everything it uses goes in and comes out in the open, where a check can see it.
# `affine_forward` computes `out` and returns with it a **cache**, a tuple of everything that the way back will need.
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
# Flattening computes nothing, so it has no gradient of its own.
# It only has to be undone: `dx` must have the shape of `x`, whatever that was.
#
# Write the forward function, and put `x` into the cache as you received it, before flattening.

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

# %% worked [markdown]
# Only one thing is new against the formula at the top: a sample may have several axes.
# Take samples of shape $(3, 4)$, so that an entry of `x` has three letters, $x_{nij}$.
# Flattening goes through a sample row by row, so this entry becomes feature $d = 4i + j$ of its row.
# In the array `images` above, `images[1, 1, 2]` is 18, and so is `rows[1, 6]`, because $4 \cdot 1 + 2 = 6$.
#
# The weighted sum runs over all entries of a sample, and the double sum is the old one in other letters:
#
# $$
# \text{out}_{nm} = \sum_{i} \sum_{j} x_{nij}\, w_{4i+j,\,m} + b_m = \sum_{d} \text{rows}_{nd}\, w_{dm} + b_m .
# $$
#
# So $\text{out} = \text{rows}\;w + b$, with the shapes $(N, D)$ times $(D, M)$, which gives $(N, M)$.
# The bias has shape $(M,)$, and NumPy lines it up with the *last* axis: entry $m$ goes to column $m$, in every row.
#
# `x.reshape(x.shape[0], -1)` keeps the first axis, the samples, and merges all others, however many there are.
# The cache holds `x` and not the rows.
# The rows can be made from `x` again, but the shape that `dx` must have cannot be read off the rows.

# %% [markdown]
# And now the function this chapter is about, with all three gradients.
# What is new is to flatten `x` for `dw`, and to give `dx` the shape of `x`.

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

# %% check
check(affine_backward)

# %% worked [markdown]
# For the rows you have derived everything.
# With `rows` of shape $(N, D)$ in the place of `x`,
#
# $$
# \text{drows} = \text{dout}\; w^\top,
# \qquad
# \text{dw} = \text{rows}^\top\, \text{dout},
# \qquad
# \text{db}_m = \sum_n \text{dout}_{nm} ,
# $$
#
# with the shapes $(N, M)(M, D)$, then $(D, N)(N, M)$, and the sum over axis 0.
#
# What is left is the step from `drows` to `dx`.
# Each entry of `x` is exactly one entry of `rows`, the same number in another place.
# So there is one path from it, with the slope 1, and its gradient is the same number too.
# It only has to be carried back to where it belongs, and `.reshape(x.shape)` does that, because it counts the entries in the same order in which they were flattened.
#
# One sample of shape $(2, 2)$ and one output show all of it:
#
# $$
# x_0 = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix},
# \quad
# \text{rows} = (1, 2, 3, 4),
# \quad
# w = (5, 6, 7, 8)^\top,
# \quad
# \text{dout} = (2) .
# $$
#
# Then $\text{drows} = (10, 12, 14, 16)$, and
#
# $$
# \text{dx}_0 = \begin{pmatrix} 10 & 12 \\ 14 & 16 \end{pmatrix},
# \quad
# \text{dw} = (2, 4, 6, 8)^\top,
# \quad
# \text{db} = (2) .
# $$
#
# For `dw` the rows come first and the transpose second: it is the table of shape $(N, D)$ that must be transposed, not `x` as it came.

# %% [markdown]
# ## Prove it
#
# How could you be sure without a check, and without anybody's solution next to yours?
# With the numerical gradient of chapter 01.
# It wants a function whose value is one number, and a layer returns a matrix.
# So take the sum $L = \sum_{nm} \text{out}_{nm}\,\text{dout}_{nm}$.
# Its slope with respect to $\text{out}_{nm}$ is exactly $\text{dout}_{nm}$, so its gradients are the ones that `affine_backward` computes for this `dout`.
# The next cell measures one entry by hand.

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
# If the two agree in about ten digits, `dx[1, 2]` is right; the last digits of the numerical gradient are noise.
#
# The check above looks at every entry, and at what a formula does not show: shapes, images, and whether your function leaves its inputs alone.
#
# It also calls a witness: **the `numerical_gradient` that you wrote in chapter 01**.
# If that notebook lies in its folder beside this one, and that function is written, the check lets your tool measure your `affine_forward` too, and says in a note below the table whether it agrees.
# It does so for every layer and every loss from now on: you need not take the course's word for anything.

# %% [markdown]
# ## Use it: one step
#
# What are gradients for?
# `dw` says for each weight how fast the loss grows when the weight grows.
# So move every weight a little the other way, by a **learning rate** `lr` times its slope:
#
# $$
# w \leftarrow w - \text{lr} \cdot \text{dw}, \qquad b \leftarrow b - \text{lr} \cdot \text{db} .
# $$
#
# Take the example from the beginning, and say that the outputs should have been the numbers in `wanted`.
# The loss is that of chapter 01, half the sum of squares, $L = \tfrac12 \sum_{nm} (\text{out}_{nm} - \text{wanted}_{nm})^2$, so $\text{dout} = \text{out} - \text{wanted}$.

# %%
wanted = np.array([[20.0, 20.0, 20.0, 20.0],
                   [10.0, 10.0, 10.0, 10.0]])


@when_written
def one_step(lr=0.1):
    new_w, new_b = w.copy(), b.copy()

    out, cache = affine_forward(x, new_w, new_b)
    before = 0.5 * np.sum((out - wanted) ** 2)
    dx, dw, db = affine_backward(out - wanted, cache)

    new_w -= lr * dw
    new_b -= lr * db

    out, cache = affine_forward(x, new_w, new_b)
    after = 0.5 * np.sum((out - wanted) ** 2)
    print(f"loss before the step  {before:8.3f}")
    print(f"loss after the step   {after:8.3f}")

# %% [markdown]
# If your gradients are right, four fifths of the loss is gone after a single step: 33.878 is left.
# Training a network is nothing but this, again and again, and chapter 05 does it.
#
# These two lines are also the reason why shapes matter.
# Suppose that a backward function returns the right numbers for `db`, but with shape `(1, 4)`.
# The update can be written in two ways, and neither does what it should:

# %%
db_matrix = np.array([[5.0, 6.0, 7.0, 8.0]])
print("db has shape", db_matrix.shape, "and b has shape", b.shape)

new_b = b.copy()
try:
    new_b -= 0.1 * db_matrix
except ValueError as error:
    print("b -= lr * db     raises", error)

new_b = b - 0.1 * db_matrix
print("b = b - lr * db  works, and now b has shape", new_b.shape)
try:
    new_b[2]
except IndexError as error:
    print("b[2]             raises", error)

# %% [markdown]
# The first way stops at once, because an array cannot change its shape in place.
# The second is worse.
# NumPy broadcasts without a word, and `b` is a matrix from now on.
# The forward pass goes on working, and the error appears far from the line that caused it, if it ever does.

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
# One bug is visible at once if you look at shapes, and you have just seen what it does to an update.
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

# %% worked [markdown]
# For a matrix, `x.T` is what the derivation asks for.
# For an `x` of shape $(2, 3, 4)$ it turns the order of all axes round and has the shape $(4, 3, 2)$.
# The last axis is still that of the samples, so the product with `dout` goes through without an error.
# NumPy takes `x.T` as four matrices of shape $(3, 2)$, and the result has the shape $(4, 3, M)$, where $(12, M)$ is needed.
#
# Its entry at $(j, i, m)$ is $\sum_n x_{nij}\,\text{dout}_{nm}$.
# These are the right numbers, in the wrong order: $j$ stands before $i$.
# So a reshape at the end would not help either: flatten first, and then transpose.

# %% [markdown]
# Now mend both bugs.
# Copy the body of the function and change what is wrong.

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
# ## See it
#
# The next picture has all arrays of a layer in their places.
# On the left, row $n$ of `x` meets column $m$ of `w` at the entry $\text{out}_{nm}$, and `b` is added from below.
# On the right stand the gradients, each in the place of its value.
# Only row 1 of `dout` is not zero: the loss listens to sample 1 alone.
# Before you look: where can `dx`, `dw` and `db` be different from zero?

# %%
layer_x = np.array([[1.0, 0.0, 2.0, -1.0],
                    [2.0, -1.0, 0.0, 1.0],
                    [0.0, 1.0, 1.0, 2.0]])
layer_w = np.array([[1.0, 0.0, 1.0, -1.0, 0.0],
                    [0.0, 1.0, 1.0, 0.0, 2.0],
                    [-1.0, 2.0, 0.0, 1.0, 0.0],
                    [0.0, 0.0, -1.0, 1.0, 1.0]])
layer_b = np.array([0.0, 1.0, 0.0, -1.0, 1.0])
layer_dout = np.array([[0.0, 1.0, 0.0, 1.0, -1.0],
                       [1.0, 0.0, -2.0, 0.0, 1.0],
                       [-1.0, 1.0, 0.0, 2.0, 0.0]])
sample_1_alone = layer_dout * np.array([[0.0], [1.0], [0.0]])

# %% figure
@when_written
def eight_arrays():
    out, cache = affine_forward(layer_x, layer_w, layer_b)
    dx, dw, db = affine_backward(sample_1_alone, cache)
    values = {"x": layer_x, "w": layer_w, "b": layer_b, "out": out}
    gradients = {"x": dx, "w": dw, "b": db, "out": sample_1_alone}
    # Left edge and top edge, in entries: x and w meet at out, b lies below it.
    places = {"w": (4.6, 1.2), "x": (0.3, 6.2), "out": (4.6, 6.2), "b": (4.6, 10.2)}
    shapes = {"x": "(N, D)", "w": "(D, M)", "b": "(M,)", "out": "(N, M)"}

    width, height = 21.2, 11.4
    figure = plt.figure(figsize=(0.5 * width, 0.5 * height))
    for arrays, prefix, shift, title in ((values, "", 0, "values\nmeet at out"),
                                         (gradients, "d", 11.3, "gradients\nleave from dout")):
        for name, array in arrays.items():
            rows, columns = np.atleast_2d(array).shape
            left, top = places[name]
            ax = figure.add_axes(((left + shift) / width, 1 - (top + rows) / height,
                                  columns / width, rows / height))
            heat_map(ax, array, f"{prefix}{name}  {shapes[name]}", limit=7, numbers="z.0f",
                     grid=True)
            ax.set_axisbelow(True)
            if name in ("x", "out"):
                frame(ax, 1, 0, 1, columns)
        figure.text((0.3 + shift) / width, 1 - 3.2 / height, title, fontsize=13)
    lit = ", ".join(f"{v:z.0f}" for v in dx[1])
    show("Two groups of tables with numbers. On the left x, with w to the upper right of it, out "
         "below w and beside x, and b below out. On the right dx, dw, dout and db in the same "
         "places. Row 1 of x, out, dx and dout is framed. In dout only the framed row is not "
         f"zero. In dx the framed row is {lit} and all others are zero; every row of dw is a "
         "multiple of the framed row of dout, and db is that row itself.")

# %% [markdown]
# Follow the framed row of `dout`.
# To its left it gives row 1 of `dx`, and no other: samples do not mix.
# Above it, it gives all of `dw`: the weights are shared, so one sample pushes them all.
# Each row of `dw` is the framed row times one number, the feature in row 1 of `x`: twice, minus once, not at all, once.
# Below it, `db` is the framed row itself.
#
# So one sample's part of `dw` is a table of products $x_{nd}\,\text{dout}_{nm}$ for all $d$ and $m$, the **outer product** of row $n$ of `x` and row $n$ of `dout`.
# Now let the loss listen to all three samples.
# The matrix product `x.T @ dout` adds up one such table for each.

# %% figure
@when_written
def outer_products():
    _, cache = affine_forward(layer_x, layer_w, layer_b)
    _, dw, _ = affine_backward(layer_dout, cache)
    tables = {f"outer(x[{n}], dout[{n}])": np.outer(layer_x[n], layer_dout[n]) for n in range(3)}

    figure, axes = plt.subplots(1, 4, figsize=(11, 2.4), gridspec_kw={"wspace": 0.25})
    for ax, (title, table) in zip(axes, (tables | {"dw": dw}).items()):
        heat_map(ax, table, title, limit=7, numbers="z.0f", grid=True)
        ax.set_xlabel("output m")
    for ax, sign in zip(axes[1:], ["+", "+", "="]):
        ax.text(-0.125, 0.5, sign, transform=ax.transAxes, fontsize=16, ha="center", va="center")
    axes[0].set_ylabel("feature d")
    show("Four tables with four rows and five columns in a line, as a sum: the outer products of "
         "samples 0, 1 and 2, and dw. In each of the first three all rows are multiples of one "
         "row, with rows and columns of zeros; dw has no such pattern.")

# %% [markdown]
# Each of the three tables on the left has a simple pattern: all its rows are multiples of one row.
# The sum of them has not.
# A batch of one sample can only push the weights in one such simple pattern; a larger batch can say more.
#
# ## On real digits
#
# MNIST is a collection of 70 000 handwritten digits, each an image of 28 × 28 grey values between 0 and 1.
# An image is a sample with $D = 784$ features.
# Ten outputs, one for each digit, make an affine layer into a classifier: the largest output wins.
#
# Begin with a model that knows nothing: all weights are 0 and all biases 0.1, so it says 0.1 for every digit.
# We want 1 for the true digit and 0 for the others.
# The loss is the same again, this time its mean over the batch, and in the line for `dout` you see the $1/N$ being born.
# Then take one step, a single one.

# %%
(x_train, y_train), (x_test, y_test) = load_mnist(flatten=False)
x_train, y_train = x_train[:10000], y_train[:10000]


def learn_in_one_step(lr=0.1):
    """Weights and biases after one step from nothing, and a report of it."""
    w, b = np.zeros((784, 10)), np.full(10, 0.1)
    wanted = np.eye(10)[y_train]                         # one row for each image: (N, 10)

    def report(when):
        out, _ = affine_forward(x_train, w, b)
        loss = 0.5 * np.sum((out - wanted) ** 2) / len(out)
        of_test_images, _ = affine_forward(x_test, w, b)
        right = np.mean(of_test_images.argmax(axis=1) == y_test)
        return f"{when} the step: loss {loss:.3f}, {right:.1%} of the test digits recognised"

    before = report("before")
    out, cache = affine_forward(x_train, w, b)
    dout = (out - wanted) / len(out)
    dx, dw, db = affine_backward(dout, cache)
    w -= lr * dw
    b -= lr * db
    return w, b, [before, report("after")]


@when_written
def one_step_on_digits():
    w, b, report = learn_in_one_step()
    print(*report, sep="\n")

# %% [markdown]
# If your functions are right, the loss is 0.366 after one step, and the model recognises two digits in three, where guessing gets one in ten.
# Only the loss would show a wrong factor, such as a second $1/N$: after this step the same output is the largest, whatever the positive factor.
#
# What has it learned?
# Ask your backward function what each image would need so that the output of its true digit grows.
# Set `dout` to 1 for that output and to 0 for all others, and look at `dx`.
# Nobody has flattened these images: your forward function did, and your backward function gave `dx` the shape of images again.
# That is why it can be shown below them.

# %% figure
@when_written
def what_was_learned():
    w, b, _ = learn_in_one_step()
    images, digits = x_test[:8], y_test[:8]
    out, cache = affine_forward(images, w, b)
    dx, dw, db = affine_backward(np.eye(10)[digits], cache)
    above = [f"x[{k}]: a {digit}" for k, digit in enumerate(digits)]
    draw_images(
        [images, dx], [above, [f"dx[{k}]" for k in range(8)]], labels=["", "+ red, − blue"],
        alt="Eight handwritten digits, " + ", ".join(map(str, digits)) + ", and below each the "
        "gradient of its true digit's output. Most gradients are positive along a blurred shape "
        "of the digit, and negative beside it, where other digits have their ink.")

# %% [markdown]
# Red pixels (above zero) lie mostly along the strokes: more ink there would raise the output of the true digit.
# Blue pixels (below zero) lie mostly beside them, where other digits have their ink.
# With `dout` zero except for one output $m$, the sum for $\text{dx}_{nd}$ has a single term left, $w_{dm}$: you are looking at a column of `w`.
# It is a **template** of digit $m$: nearly proportional to the average image of this digit minus the average of all images.
# It came out of `x.T @ dout`, a sum of images, each with its own factor.

# %% [markdown]
# ## On your own
#
# Here is a layer whose gradients are nowhere in this chapter:
#
# $$
# \text{out} = x\,w + x^2\,w,
# \qquad\text{that is}\qquad
# \text{out}_{nm} = \sum_d \left( x_{nd}\, w_{dm} + x_{nd}^2\, w_{dm} \right) .
# $$
#
# The square is taken entry by entry, both products have the same `w`, and there is no bias.
# Derive `dx` and `dw` on paper, as you did above: what does one number touch, along which paths, with which slope?
# Then write both functions; `x` is a plain matrix here, and the cache is `(x, w)`.
# In Python `*` and `@` bind equally, from left to right: where you use both, brackets say what comes first.
#
# <details><summary>First hint</summary>
#
# $x_{nd}$ touches row $n$ of `out`, as before.
# Write down the terms of $\text{out}_{nm}$ that contain it, and differentiate them.
# Then do the same for $w_{dm}$, which touches column $m$.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# In $x_{nd}\, w_{dm} + x_{nd}^2\, w_{dm}$ you can take $w_{dm}$ out as a common factor.
# What stands beside it depends on $n$ and $d$ alone.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# For `dx`, a factor that does not depend on $m$ may stand in front of the sum over $m$, and the sum that is left is one you know.
# For `dw`, the layer is a plain product of `w` with *some* matrix of shape $(N, D)$.
# Which one?
#
# </details>

# %% exercise
def quadratic_affine_forward(x, w):
    """Forward pass of out = x @ w + (x**2) @ w.

    Parameters
    ----------
    x : ndarray of shape (N, D)
    w : ndarray of shape (D, M)

    Returns
    -------
    out : ndarray of shape (N, M)
    cache : tuple (x, w)
        What the backward pass needs.
    """
    ### BEGIN SOLUTION
    out = x @ w + (x**2) @ w
    return out, (x, w)
    ### END SOLUTION

# %% check
check(quadratic_affine_forward)

# %% exercise
def quadratic_affine_backward(dout, cache):
    """Backward pass of out = x @ w + (x**2) @ w.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Upstream gradient.
    cache : tuple (x, w)
        From `quadratic_affine_forward`.

    Returns
    -------
    dx : ndarray of shape (N, D)
    dw : ndarray of shape (D, M)
    """
    ### BEGIN SOLUTION
    x, w = cache
    dx = (1 + 2 * x) * (dout @ w.T)
    dw = (x + x**2).T @ dout
    return dx, dw
    ### END SOLUTION

# %% check
check(quadratic_affine_backward)

# %% worked [markdown]
# Take $x_{nd}$ first.
# It touches row $n$ of `out`, and $\text{out}_{nm}$ contains it in the terms $x_{nd}\,w_{dm} + x_{nd}^2\,w_{dm} = (x_{nd} + x_{nd}^2)\,w_{dm}$.
# The slope of these with respect to $x_{nd}$ is $(1 + 2x_{nd})\,w_{dm}$.
# There is one path for each output $m$, and the paths add up:
#
# $$
# \text{dx}_{nd} = \sum_m \text{dout}_{nm}\,(1 + 2x_{nd})\,w_{dm}
#   = (1 + 2x_{nd}) \sum_m \text{dout}_{nm}\,w_{dm} .
# $$
#
# The first factor does not depend on $m$, so it stands in front of the sum.
# The sum is the one of the affine layer, $(\text{dout}\,w^\top)_{nd}$.
# The factor in front multiplies it entry by entry:
#
# $$
# \text{dx} = (1 + 2x) \odot (\text{dout}\; w^\top) .
# $$
#
# Now $w_{dm}$.
# It touches column $m$ of `out`, and in $\text{out}_{nm}$ it is multiplied by $x_{nd} + x_{nd}^2$.
# There is one path for each sample:
#
# $$
# \text{dw}_{dm} = \sum_n (x_{nd} + x_{nd}^2)\,\text{dout}_{nm},
# \qquad\text{so}\qquad
# \text{dw} = (x + x^2)^\top\, \text{dout} .
# $$
#
# That could have been seen at once: the layer is $\text{out} = (x + x^2)\,w$, a plain product of `w` with the matrix $x + x^2$.
# The gradient of `w` sees only what `w` is multiplied by.
# The gradient of `x` has one step more to go, back through $x + x^2$, whose slope is $1 + 2x$.

# %% [markdown]
# ## What you can now do
#
# - Derive the gradient of any sum of products: find what an entry touches, multiply along each path, add over the paths.
# - Say where a transpose comes from, and check it by dimension analysis.
# - Write a layer as a forward and a backward function with a cache, for batches of any shape.
# - Prove a gradient right with your own tool, and use it for a step.
#
# Three questions to think with; no code is needed.
# Return one letter for each.
#
# **storage.** Some libraries keep the weights as an array `w` of shape $(M, D)$ and compute `out = x @ w.T + b`.
# What is their `dw`?
#
# - **a** `x.T @ dout`
# - **b** `dout.T @ x`
# - **c** `dout @ x.T`
#
# **silent.** Row 3 of `dout` is the only one that is *zero*: the loss does not listen to sample 3.
# Which gradients are certain to have a row of zeros?
#
# - **a** `dx`
# - **b** `dw`
# - **c** both
#
# **work.** The product `x @ w` takes $N \cdot D \cdot M$ multiplications.
# How many do the two matrix products of the backward pass take together?
#
# - **a** as many
# - **b** $N$ times as many
# - **c** twice as many

# %% exercise
def recap_affine():
    """Answer the three questions.

    Returns
    -------
    storage, silent, work : str
        One letter each.
    """
    ### BEGIN SOLUTION
    return "b", "a", "c"
    ### END SOLUTION

# %% check
check(recap_affine)

# %% written [markdown]
# A friend writes gradients by trying transposes until the shapes fit.
# Then comes a layer with $N = D = M$, and all eight products fit.
# Explain to your friend why `dw` is `x.T @ dout`, so that they could find it without looking at shapes.
#
# ### BEGIN MARK SCHEME
# - One weight $w_{dm}$ is used once in each sample (it touches column $m$ of `out`), so there are $N$ paths and their slopes add up.
# - Along each path slopes multiply: $x_{nd}$, which stands beside the weight, times the upstream gradient $\text{dout}_{nm}$.
# - The summed index is $n$. A matrix product wants it last in the first factor, and `x` has it first: hence the transpose of `x`, standing on the left. (As good: a sum of outer products, one for each sample.)
# ### END MARK SCHEME

# %% model answer [markdown]
# Look at one weight, $w_{dm}$.
# It joins feature $d$ to output $m$, and it does so in every sample of the batch.
# So it reaches the loss along $N$ paths, one through each $\text{out}_{nm}$, and slopes of several paths add up.
# Along one path they multiply: the weight is multiplied by $x_{nd}$, and from there on the loss grows $\text{dout}_{nm}$ times as fast.
# Together that is $\text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm}$.
# A matrix product sums over the last index of its first factor and the first index of its second.
# Here $n$ is summed; `dout` has it first, and `x` has it first too, where it should be last.
# So `x` is transposed and stands on the left: `x.T @ dout`.
# No shape was needed for that, only the question what the weight touches.

# %%
progress("03_affine")

# %% [markdown]
# Next: [Chapter 04: activations](../04_activations/04_activations.ipynb).
# An affine layer alone can only draw straight borders, and the activation behind it puts a bend into them.
