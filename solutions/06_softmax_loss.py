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
# # The softmax loss
#
# **Time:** about 95 minutes, with a resting place before *Implement*.
#
# **Needs:** chapters 01, 03 and 05, the chain rule, and the slopes of $e^u$, $\log u$ and $1/u$.
#
# ## What you will build
#
# You will write the loss at the end of nearly every classifier: it turns scores into probabilities, and grows as the true answer becomes less probable.
# You will derive its gradient by a short way and by a long one, and both lead to the same line: what was said, minus what was true.

# %%
from autograder import check, progress, when_written
from autograder.pictures import (
    BLUE,
    BROWN,
    GREY,
    INK,
    POSITIVE,
    TEXT,
    draw_images,
    draw_node,
    heat_map,
    show,
)
from course_data import load_mnist

from functools import cache

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node("softmax\nloss\n(labels y)", inputs={"x": "(N, C)"}, outputs={"loss": ""}, loss=False)

# %% [markdown]
# The scores `x` flow in from the left, one row of $C$ numbers for each of $N$ samples, and a single number flows out, the **loss** $L$.
# As in chapter 05 there is no upstream gradient: `dloss` is 1, and `dx` is where backpropagation begins.

# %% [markdown]
# ## Forward: softmax
#
# A score may be any real number.
# **Softmax** turns a row of scores $s$ into probabilities:
#
# $$
# p_j = \frac{e^{s_j}}{\sum_{k} e^{s_k}} .
# $$
#
# The exponential makes every number positive, and the division makes the row add up to 1.
#
# Here is a batch with $N = 2$ samples and $C = 3$ classes.
# Its scores are logarithms, so that the exponentials are numbers you can add in your head.
# In row 0 they are 1, 2 and 5, their sum is 8, and the probabilities are $\tfrac18, \tfrac28, \tfrac58$.
# Work out row 1 before you run the cell.

# %%
x = np.log([[1.0, 2.0, 5.0],
            [3.0, 1.0, 1.0]])
print(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))

# %% [markdown]
# On a computer the formula fails as soon as scores are large, because exponentials grow fast:

# %%
with np.errstate(over="ignore"):
    for value in (709.7, 709.8, -745.0, -746.0):
        print(f"exp({value}) = {np.exp(value)}")

# %% [markdown]
# From about 709.8 on the result is `inf`, and `inf / inf` is `nan`, "not a number".
# Below about -745 it is 0, and a row of zeros gives `0 / 0`, which is `nan` too.
#
# The cure is a **shift**: subtract the same number $m$ from all scores of a row.
#
# $$
# \frac{e^{s_j - m}}{\sum_k e^{s_k - m}}
# = \frac{e^{-m}\, e^{s_j}}{e^{-m} \sum_k e^{s_k}}
# = p_j .
# $$
#
# On paper every $m$ will do.
# In floats only one choice is safe for every row, also for a wide one with scores from -10000 to 10000: no exponential may overflow, and their sum must not become 0.
# Which $m$ does both?
#
# The classes lie along the last axis, `axis=-1`, for one row of scores as well as for a batch, and `keepdims=True` keeps the result a column.

# %% exercise
def softmax(x):
    """Probabilities from scores of any size.

    Parameters
    ----------
    x : ndarray of shape (C,) or (N, C)
        Scores of one sample, or of a batch with one sample in each row. Left as they were.

    Returns
    -------
    out : ndarray, shape of x
        No entry is negative, and each row adds up to 1.
    """
    ### BEGIN SOLUTION
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION

# %% check
check(softmax)

# %% worked [markdown]
# **Why the largest score.**
# Two things can fail: an exponential overflows, or all exponentials of a row become 0.
# Take $m = \max_k s_k$, the largest score of the row.
#
# Then $s_k - m \le 0$ for every $k$, so every exponential is at most $e^0 = 1$, and none overflows.
# For the largest score itself the exponent is exactly 0, so one term of the sum is exactly 1:
#
# $$
# 1 \;\le\; \sum_k e^{s_k - m} \;\le\; C .
# $$
#
# The sum is never 0 and never infinite, whatever the scores are.
# The exponential of a score far below the largest may become 0 in a float.
# That does no harm: beside a term of 1 it would not change a digit of the sum.
#
# Other rules fail on some row.
# For the scores $(-10000,\ 0,\ 10000)$ the mean is 0, so nothing is shifted and $e^{10000}$ overflows.
# With the smallest score as $m$ it is even $e^{20000}$.
#
# **With numbers.**
# The row $(998, 1000, 1000)$ becomes $(-2, 0, 0)$.
# Its exponentials are $0.1353, 1, 1$, their sum is $2.1353$, and the probabilities are $0.0634, 0.4683, 0.4683$.
#
# **In a batch** every row has its own $m_n$.
# The maximum along the last axis has shape $(N,)$, and with `keepdims=True` shape $(N, 1)$: one number beside each row, which NumPy stretches over the $C$ classes.
# In shape $(N,)$ it would be laid along the classes: an error for most sizes, and a wrong result without any error for $N = C$.
# The sum in the denominator needs `keepdims=True` for the same reason.

# %% [markdown]
# ## Why minus the logarithm?
#
# A model claims probabilities, and the labels are what happened.
# How well do the claims fit?
# Ask how probable *all* the labels are together, if the model is right.
# That is a product, one factor for each sample, the probability of its label, and it is called the **likelihood**.
#
# Model A gives the labels of three samples the probabilities $\tfrac12, \tfrac12, \tfrac12$.
# Model B gives them $0.9$, $0.9$ and $0.1$.
# The likelihoods are $0.125$ and $0.081$.
# B was ahead twice, and one label that it thought improbable has cost it more than that.
# Training by **maximum likelihood** looks for the weights that make this product largest.
#
# A product of thousands of factors underflows, and is awkward to differentiate.
# Its logarithm is a sum, and is largest for the same weights.
# The minus makes it something to be made small, and the mean makes batches comparable:

# %%
for name, claims in {"A": [0.5, 0.5, 0.5], "B": [0.9, 0.9, 0.1]}.items():
    print(f"{name}: likelihood {np.prod(claims):.3f}, loss {-np.mean(np.log(claims)):.3f}")
print("2000 factors 1/2:", 0.5 ** 2000)

# %% [markdown]
# This is the **cross-entropy error**.
# In this one function the letters are those of many books, $y_{nc}$ for the probability of class $c$ and $t_n$ for the label of sample $n$:
#
# $$
# L = -\frac{1}{N} \sum_{n} \log y_{n\,t_n} .
# $$
#
# Labels come in two forms: `t` holds the numbers of the classes, or it holds one-hot rows.
# One-hot rows have as many dimensions as `y`, labels one fewer.
# `np.ndim(t)` counts them, also for a plain integer, which has no `t.ndim`.
# There may also be one sample alone, `y` of shape $(C,)$.
# Compare first, then make batches: `np.atleast_2d(y)` and `np.atleast_1d(t)` turn it into a batch of one.
#
# Pick the entries first, and take only their logarithms: a *wrong* class may have probability 0, and `0 * -np.inf` is `nan`.

# %% exercise
def cross_entropy_error(y, t):
    """Mean over the batch of minus the logarithm of the label's probability.

    Parameters
    ----------
    y : ndarray of shape (C,) or (N, C)
        Probabilities of one sample, or of a batch.
    t : int, or ndarray of shape (N,), (C,) or (N, C)
        The label of one sample, the labels of a batch, or one-hot rows in the shape of y.

    Returns
    -------
    loss : float
    """
    ### BEGIN SOLUTION
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    picked = y[np.arange(len(y)), t]
    return -np.mean(np.log(picked))
    ### END SOLUTION

# %% check
check(cross_entropy_error)

# %% worked [markdown]
# **Which entries count.**
# Of the $N \cdot C$ probabilities the loss looks at $N$: one in each row, in the column $t_n$.
# For
#
# $$
# y = \begin{pmatrix} 0.1 & 0.2 & 0.7 \\ 0.5 & 0.25 & 0.25 \end{pmatrix}, \qquad t = (2, 1)
# $$
#
# these are $y_{02} = 0.7$ and $y_{11} = 0.25$, and $L = -\tfrac12 (\log 0.7 + \log 0.25) = \tfrac12 (0.357 + 1.386) = 0.871$.
#
# **Picking them.**
# `y[np.arange(N), t]` reads the two lists side by side, as the pairs $(0, t_0), (1, t_1), \dots$, and returns $N$ numbers.
# `y[:, t]` would pair every row with every label, and return a table of $N \times N$.
#
# **One-hot rows.**
# Let $T_{nc}$ be 1 at $c = t_n$ and 0 elsewhere.
# On paper $-\tfrac1N \sum_n \sum_c T_{nc} \log y_{nc}$ is the same loss, since in each row the factor $T_{nc}$ leaves a single term.
# In floats it need not be: for a wrong class with $y_{nc} = 0$ the product $0 \cdot \log 0$ is `nan`, and one `nan` spoils the sum.
# So `argmax` first finds where the 1 stands, and from there on both forms go the same way.
#
# **Why compare first.**
# Count the dimensions before you change any.
# A lone sample has $y$ of shape $(C,)$, and its one-hot row has as many dimensions as $y$, namely one.
# Had you already made $y$ a batch of shape $(1, C)$, this row would look like $C$ labels.

# %% [markdown]
# ## Predict
#
# Back to the batch of two samples.
# Their labels are 1 and 0, so the probabilities that count are $\tfrac28$ and $\tfrac35$.
# Answer without code:
#
# - `signs`, shape `(2, 3)`: **which way does the loss move when one score goes up a little?**
#   Write 1 where the loss grows, -1 where it falls, 0 where it stays.
#   Take the six scores one at a time.
# - `change`: **by how much does the loss change when 100 is added to all three scores of sample 0?**

# %% exercise
def predict_softmax_signs():
    """Say how the loss of the batch above reacts to its scores.

    Returns
    -------
    signs : ndarray of shape (2, 3)
        1, -1 or 0 for each score: the loss grows, falls or stays when the score grows.
    change : float
        Change of the loss when 100 is added to all scores of sample 0.
    """
    ### BEGIN SOLUTION
    signs = np.array([[1.0, -1.0, 1.0],
                      [-1.0, 1.0, 1.0]])
    return signs, 0.0
    ### END SOLUTION

# %% check
check(predict_softmax_signs)

# %% worked [markdown]
# **Sample 0.**
# The exponentials are $1, 2, 5$ and the label is 1, so $p_y = \tfrac{2}{1 + 2 + 5} = \tfrac28 = 0.25$.
# The loss is $-\log p_y$: it falls when this fraction grows.
#
# - Let score 0 grow, and its exponential from 1 to $1.1$. The fraction becomes $\tfrac{2}{8.1} = 0.247$. It has fallen, so the loss grows: $1$.
# - Let score 2 grow, and its exponential from 5 to $5.1$. Once more $\tfrac{2}{8.1}$, and the loss grows: $1$.
# - Let the label's score grow, and its exponential from 2 to $2.1$. It stands above and below the line: $\tfrac{2.1}{8.1} = 0.259$. The fraction has grown, so the loss falls: $-1$.
#
# Why does the fraction grow when the same amount is added above and below?
# Because it is less than 1: $0.1$ is a larger part of 2 than of 8.
#
# **Sample 1.**
# The exponentials are $3, 1, 1$ and the label is 0, so $p_y = \tfrac35$.
# In the same way the label's own score has the sign $-1$, and the two others have $1$.
# No sign is 0: every score of a row stands in the denominator.
#
# $$
# \text{signs} = \begin{pmatrix} 1 & -1 & 1 \\ -1 & 1 & 1 \end{pmatrix} .
# $$
#
# **The change.**
# Adding 100 to a score multiplies its exponential by $e^{100}$.
# With all three scores the factor stands above and below the line, and cancels:
#
# $$
# \frac{2\, e^{100}}{1\, e^{100} + 2\, e^{100} + 5\, e^{100}} = \frac28 .
# $$
#
# The probability is what it was, and so is the loss: `change` is 0.

# %% [markdown]
# ## Derive: one score
#
# Take one sample: a row of scores $s$, and its label $y$.
# From here on $y$ is the label, and the probabilities are $p$ again.
# First take the loss apart:
#
# $$
# L = -\log p_y = -\log \frac{e^{s_y}}{\sum_k e^{s_k}} = \log \sum_{k} e^{s_k} \;-\; s_y .
# $$
#
# The fraction is gone, and you can see where each score occurs.
#
# Take a score $s_j$ that is **not the label's**.
# It occurs in the sum alone, once, in $e^{s_j}$.
# So there is one path: from $s_j$ to $e^{s_j}$, whose slope is $e^{s_j}$ itself; from there to the sum, slope 1; from the sum $u$ to its logarithm, slope $1/u$.
# Along a path, slopes multiply:
#
# $$
# \frac{\partial L}{\partial s_j} = e^{s_j} \cdot 1 \cdot \frac{1}{\sum_k e^{s_k}} = p_j \qquad (j \ne y).
# $$
#
# The more the network believes in a wrong class, the harder the loss pushes that score down.
#
# Now the **label's own score** $s_y$.
# In how many places does it occur?
# Find the slope of each path, and add.
# The scores here are small.

# %% exercise
def softmax_label_slope(s, y):
    """Slope of one sample's loss with respect to the label's score.

    Parameters
    ----------
    s : ndarray of shape (C,)
        Scores of one sample.
    y : int
        Its label.

    Returns
    -------
    slope : float
        dL/ds[y], for L = -log softmax(s)[y].
    """
    ### BEGIN SOLUTION
    return softmax(s)[y] - 1.0
    ### END SOLUTION

# %% check
check(softmax_label_slope)

# %% worked [markdown]
# **Two places, two paths.**
# In $L = \log \sum_k e^{s_k} - s_y$ the label's score occurs twice: in the sum, as its term $k = y$, and alone, with a minus.
#
# The first path is the one of every other score: from $s_y$ to $e^{s_y}$ with slope $e^{s_y}$, on to the sum with slope 1, on to the logarithm with slope $1 / \sum_k e^{s_k}$.
# The second path has a single step, from $s_y$ to $-s_y$, with slope $-1$.
# Along a path slopes multiply, and over the paths they add up:
#
# $$
# \frac{\partial L}{\partial s_y}
# = \underbrace{e^{s_y} \cdot 1 \cdot \frac{1}{\sum_k e^{s_k}}}_{\text{through the sum}} \;+\; \underbrace{(-1)}_{\text{alone}}
# = p_y - 1 .
# $$
#
# The first path is why it is not just $-1$: raising the label's score raises the sum that it is compared with, too.
#
# **With numbers.**
# Let the exponentials be $1, 2, 5$ and the label 1.
# Then $p_y = \tfrac28$ and the slope is $\tfrac28 - 1 = -0.75$.
# The two other slopes are $\tfrac18$ and $\tfrac58$, and all three add up to 0.
#
# **Its sign.**
# With two classes or more $p_y$ is below 1, so the slope is negative: raising the label's score always lowers the loss.
# It tends to $-1$ for a label thought impossible, and to 0 for one that is nearly certain.

# %% [markdown]
# ## Derive: one line for the batch
#
# Write the label as a **one-hot** row $t$, 1 at the label and 0 everywhere else, and both cases fit into one formula:
#
# $$
# \frac{\partial L}{\partial s_j} = p_j - t_j .
# $$
#
# Now a batch.
# Its loss is the mean of the losses of its samples, and softmax never mixes samples.
# Remember what became of this mean in chapter 05, and write `dx` for all entries.
# The labels are integers, the probabilities are given; leave both as they are.

# %% exercise
def softmax_dx(p, y):
    """Gradient of the mean loss of a batch with respect to its scores.

    Parameters
    ----------
    p : ndarray of shape (N, C)
        Probabilities; each row is the softmax of a row of scores.
    y : ndarray of integers, shape (N,)
        Labels.

    Returns
    -------
    dx : ndarray of shape (N, C)
    """
    ### BEGIN SOLUTION
    onehot = np.eye(p.shape[1])[y]
    return (p - onehot) / p.shape[0]
    ### END SOLUTION

# %% check
check(softmax_dx)

# %% worked [markdown]
# **Where the $N$ comes from.**
# The loss of the batch is $L = \tfrac1N \sum_n L_n$.
# The score $x_{nj}$ stands in row $n$, and softmax works within rows, so it occurs in $L_n$ and in no other term.
# There is one way through the mean, with slope $\tfrac1N$, and behind it the slope that you have derived:
#
# $$
# \text{dx}_{nj} = \frac{\partial L}{\partial L_n} \cdot \frac{\partial L_n}{\partial x_{nj}}
# = \frac1N\, (p_{nj} - t_{nj}),
# \qquad
# t_{nj} = \begin{cases} 1 & \text{if } j = y_n, \\ 0 & \text{otherwise.} \end{cases}
# $$
#
# Nothing is summed: for every entry on the left there is one entry of $p$ and one of $t$.
# So all arrays have the same shape $(N, C)$, and no transpose is needed: $\text{dx} = (p - t) / N$.
#
# **In the code** row $k$ of the identity matrix is the one-hot row of class $k$.
# `np.eye(C)[y]` takes row $y_n$ for every $n$, and that is $t$.
# The subtraction makes a new array, so `p` stays as it was; `p[np.arange(N), y] -= 1` would write into the caller's array.
#
# **With numbers.**
# For the two samples of the chapter, with labels 1 and 0,
#
# $$
# \text{dx} = \frac12 \left[
# \begin{pmatrix} \tfrac18 & \tfrac28 & \tfrac58 \\ \tfrac35 & \tfrac15 & \tfrac15 \end{pmatrix}
# - \begin{pmatrix} 0 & 1 & 0 \\ 1 & 0 & 0 \end{pmatrix} \right]
# = \begin{pmatrix} 0.0625 & -0.375 & 0.3125 \\ -0.2 & 0.1 & 0.1 \end{pmatrix} .
# $$

# %%
@when_written
def two_samples():
    dx = softmax_dx(softmax(x), np.array([1, 0]))
    print("dx:", dx, sep="\n")
    print("sum of each row:", [f"{abs(total):.0e}" for total in dx.sum(axis=1)])

# %% [markdown]
# `(p - onehot) / N`: what was said, minus what was true, shared among the samples.
# This is the line that the chapter is about.
# Compare its signs with your prediction.
#
# Each row should add up to 0, apart from rounding: adding the same amount to all scores of a sample does not change the loss, so the slope in that direction, $\sum_j \partial L / \partial s_j$, is 0.

# %% book [markdown]
# How do the two losses of these chapters treat the same scores?
# Drag them and see.
#
# ```{picture} hinge_and_softmax
# :alt: Four classes as dots on an axis of scores: class 0, the true one, at 3, class 1 at 1, class 2 at 2.5, class 3 at 0. Each has two arrows, one for either loss. The hinge loss moves class 0 and class 2 alone, by the same amount; the softmax loss moves all four a little. Below, both losses as the score of class 2 moves: the hinge a straight line with a kink, softmax a smooth curve that ends in the same slope.
#
# One sample, so $N = 1$, and $\text{dx} = p - \text{onehot}$ for softmax.
# The arrows show where a small step downhill moves a score, blue for the hinge, brown and dashed for softmax.
# The two curves are the losses, as the score that you moved last runs over the whole axis.
#
# - Pull the true class to the right end. The hinge loss is 0 and has stopped pulling. The softmax loss becomes small, and never 0: all four slopes are still there.
# - Pull class 2 far to the right, past the true class. Its softmax slope $p_2$ tends to 1, and that of the true class to $-1$. However wrong the scores are, it stays within these bounds.
# - Pull class 1 and class 3 there as well. The hinge counts, down to $-3$ for the true class; softmax shares one unit among them.
# - Follow one curve with your eye: softmax rounds off the kink of the hinge, and far to the right both rise at slope 1.
# - Whatever you do, the last line of the table says 0 for both gradients.
#
# With a keyboard: the tab key goes from dot to dot, the arrow keys move it by a quarter, and Page Up and Page Down by 1.
# ```

# %% [markdown]
# ## The long way round
#
# The fraction disappeared before we took any derivative.
# Do it once more without that trick: treat the logarithm and softmax as two layers, and go back through each.
#
# **The logarithm.**
# $-\log p_y$ looks at one probability, and the slope of $-\log u$ is $-1/u$:
#
# $$
# \text{dp}_k = \frac{\partial L}{\partial p_k} = -\frac{t_k}{p_k} .
# $$
#
# **Softmax.**
# Here every output depends on every input.
# The table of all slopes is called the **Jacobian**:
#
# $$
# J_{kj} = \frac{\partial p_k}{\partial s_j}, \qquad p_k = \frac{e^{s_k}}{S}, \qquad S = \sum_i e^{s_i} .
# $$
#
# For $k \ne j$ the score $s_j$ occurs in the denominator only.
# The slope of $1/S$ is $-1/S^2$, and that of $S$ with respect to $s_j$ is $e^{s_j}$:
#
# $$
# J_{kj} = e^{s_k} \cdot \left( -\frac{1}{S^2} \right) \cdot e^{s_j} = -p_k\, p_j \qquad (k \ne j).
# $$
#
# For $k = j$ there is a second path, through the numerator.
# Find its slope, written with $p_j$.
#
# **Both together.**
# The score $s_j$ reaches the loss through all $C$ probabilities, so
#
# $$
# \text{ds}_j = \sum_{k} \text{dp}_k\, J_{kj} .
# $$
#
# Nobody builds the table $J$ for this.
# Put your two cases into the sum, and take out what does not depend on $k$: a product and a sum along the row are left.
# Write this backward function of softmax for a batch, for *any* upstream gradient `dp`.

# %% exercise
def softmax_backward(dp, p):
    """Backpropagate through softmax alone.

    Parameters
    ----------
    dp : ndarray of shape (N, C)
        Upstream gradient: of any loss, with respect to the probabilities.
    p : ndarray of shape (N, C)
        Probabilities; each row is the softmax of a row of scores.

    Returns
    -------
    ds : ndarray of shape (N, C)
        Gradient with respect to the scores.
    """
    ### BEGIN SOLUTION
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    ### END SOLUTION

# %% check
check(softmax_backward)

# %% worked [markdown]
# **The case $k = j$.**
# Now $s_j$ occurs twice in $p_j = e^{s_j} \cdot \tfrac1S$.
# Through the denominator its slope is $-p_j\, p_j$: the case $k \ne j$ with $j$ for $k$.
# Through the numerator it is $e^{s_j} \cdot \tfrac1S = p_j$.
# Both paths add up:
#
# $$
# J_{jj} = p_j - p_j\, p_j .
# $$
#
# **Both cases in one.**
# Write $[k = j]$ for 1 if $k = j$, and 0 otherwise.
# Then $J_{kj} = p_k \,\big( [k = j] - p_j \big)$.
#
# **The sum over the paths.**
# The score $s_j$ reaches the loss through all $C$ probabilities, one path for each $k$:
#
# $$
# \text{ds}_j = \sum_k \text{dp}_k\, p_k \big( [k = j] - p_j \big)
# = \text{dp}_j\, p_j - p_j \sum_k \text{dp}_k\, p_k
# = p_j \Big( \text{dp}_j - \sum_k \text{dp}_k\, p_k \Big) .
# $$
#
# In the first sum $[k = j]$ leaves a single term.
# In the second $p_j$ does not depend on $k$, and is taken out.
# What is left is a single number for the whole row: the mean of `dp`, with the probabilities as weights.
# So a score feels only how far its own `dp` lies above or below this mean.
#
# **In a batch** every row has a mean of its own, so the sum runs over the classes, `axis=1`.
# `keepdims=True` keeps it in shape $(N, 1)$, and it can be subtracted from `dp` of shape $(N, C)$.
# This takes about $C$ steps a row, where the table $J$ has $C^2$ entries.
#
# **With numbers.**
# For $p = (\tfrac12, \tfrac14, \tfrac14)$ and $\text{dp} = (2, 0, 4)$ the mean is $1 + 0 + 1 = 2$.
# So $\text{ds} = \big( \tfrac12 \cdot 0,\ \tfrac14 \cdot (-2),\ \tfrac14 \cdot 2 \big) = (0, -\tfrac12, \tfrac12)$, which adds up to 0.

# %% [markdown]
# Do the two ways agree?
# Look at an ordinary sample, and at one that the network gets badly wrong: its label's score is 800 below the other one.

# %%
@when_written
def two_ways():
    for s, label in (([0.3, -1.2, 2.0, 0.5], 1), ([0.0, 800.0], 0)):
        p, labels = softmax(np.array([s])), np.array([label])
        onehot = np.eye(len(s))[labels]
        with np.errstate(all="ignore"):
            long_way = softmax_backward(-onehot / p, p)
        print(f"scores {s}, label {label}")
        print("  the long way ", long_way[0])
        print("  p - onehot   ", softmax_dx(p, labels)[0])

# %% [markdown]
# On paper they always agree: of the sum over $k$ only the term at the label is left, $-\tfrac{1}{p_y} \cdot p_y (t_j - p_j) = p_j - t_j$.
# The long way divides by $p_y$ and then multiplies by it.
# But $e^{-800}$ is too small for a float, $p_y$ becomes 0, and the long way is lost in `nan`.
# This is why softmax and logarithm are written as *one* layer: the slopes of the parts can be infinite where the slope of the whole is -1.

# %% [markdown]
# ### The shift has no gradient
#
# Your `softmax` subtracts a number $m$ that is itself computed from the scores.
# Is there not a path from $s$ through $m$ to the loss that the derivation forgot?
#
# There is, and it carries nothing.
# $m$ is subtracted from every score of the row, so what arrives at $m$ is $-\sum_j \text{ds}_j$.
# That is 0, because the loss does not depend on $m$ at all.
# Whatever slope $m$ has, it is multiplied by 0.

# %%
@when_written
def what_arrives_at_the_shift():
    rng = np.random.default_rng(4)
    dp, scores = rng.standard_normal((2, 3, 5))
    ds = softmax_backward(dp, softmax(scores))
    print("ds of the first row: ", ds[0])
    print("what arrives at m:   ", [f"{abs(total):.0e}" for total in ds.sum(axis=1)])
    shifts = {"the largest": scores.max(axis=1), "the mean": scores.mean(axis=1),
              "7 times the first": 7 * scores[:, 0]}
    for name, m in shifts.items():
        loss = cross_entropy_error(softmax(scores - m[:, np.newaxis]), np.array([2, 0, 4]))
        print(f"shifted by {name:18} loss {loss:.12f}")

# %% [markdown]
# If `softmax_backward` is right, nothing but rounding arrives at $m$, for any `dp`, and the three losses are the same.
#
# This is the resting place.
# The derivations are done; what follows is one function, and what it can do.

# %%
progress("06_softmax_loss")

# %% [markdown]
# ## Implement
#
# `cross_entropy_error(softmax(x), y)` is the right number for ordinary scores.
# If the label's score is 20000 below another, the loss should be 20000, and it is `inf`: $p_y$ has become 0 before its logarithm is taken.
#
# So never take the logarithm of $p_y$.
# You took the loss apart into two terms, a logarithm of a sum and a score, and no $p_y$ occurs in them.
# The sum may still overflow; but you know what may be subtracted from all scores first, in both terms.
#
# The labels are integers or one-hot rows, and `y.ndim` tells which.
# Nothing comes from the right, so one function returns the loss and its gradient.

# %% exercise
def softmax_loss(x, y):
    """Mean softmax loss of a batch and its gradient.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores, of any size. Left as they were.
    y : ndarray of integers, shape (N,), or ndarray of shape (N, C)
        Labels, or the same as one-hot rows.

    Returns
    -------
    loss : float
        Mean over the samples of -log p[n, y[n]].
    dx : ndarray of shape (N, C)
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    if y.ndim == 2:
        y = y.argmax(axis=1)
    shifted = x - x.max(axis=1, keepdims=True)
    log_of_sum = np.log(np.exp(shifted).sum(axis=1))
    loss = np.mean(log_of_sum - shifted[np.arange(len(x)), y])
    return loss, softmax_dx(softmax(x), y)
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# Here are two entries against a central difference, one on the label and one off it.

# %%
@when_written
def two_entries_by_hand():
    rng = np.random.default_rng(1)
    scores, labels = rng.standard_normal((3, 4)), np.array([2, 0, 3])
    loss, dx = softmax_loss(scores, labels)
    h = 1e-5
    for n, j in ((0, 2), (1, 3)):
        above, below = scores.copy(), scores.copy()
        above[n, j] += h
        below[n, j] -= h
        numerical = (softmax_loss(above, labels)[0] - softmax_loss(below, labels)[0]) / (2 * h)
        print(f"dx[{n}, {j}]   yours {dx[n, j]:.12f}   numerical {numerical:.12f}")

# %% [markdown]
# If about ten digits agree, the formula is right.
# The check does this for whole batches, and tries what a formula does not show: one sample, one-hot rows, scores of ten thousand, and whether `x` is still what it was.

# %% check
check(softmax_loss)

# %% worked [markdown]
# **The shift drops out.**
# Let $m$ be the largest score of a row and $z_k = s_k - m$.
# Put $s_k = z_k + m$ into the loss of this sample:
#
# $$
# \log \sum_k e^{z_k + m} - (z_y + m)
# = \log \Big( e^m \sum_k e^{z_k} \Big) - z_y - m
# = m + \log \sum_k e^{z_k} - z_y - m
# = \log \sum_k e^{z_k} - z_y .
# $$
#
# The factor $e^m$ leaves the logarithm as the term $m$, and the second $m$ takes it away.
# This is why *both* terms must be shifted.
#
# **Nothing can fail now.**
# The largest $z_k$ is 0, so the sum lies between 1 and $C$, and its logarithm between 0 and $\log C$.
# The other term, $-z_y$, is the distance from the label's score up to the largest one.
# It stands there as it is, without exponential or logarithm.
# For the scores $(0, 20000)$ and label 0 this gives $z = (-20000, 0)$, and a loss of $\log(0 + 1) + 20000 = 20000$.
#
# **The gradient** is $(p - t)/N$, with $p$ from the safe softmax.
# Here $p_y$ may become 0: nobody divides by it, and $0 - 1 = -1$ is the right slope.
# The mean in the loss and the $\tfrac1N$ in `dx` belong together.
# The largest score needs no gradient of its own, as *The shift has no gradient* has shown.
#
# **With numbers.**
# For the two samples of the chapter $p_y$ is $\tfrac28$ and $\tfrac35$.
# So $L = \tfrac12 \big( \log 4 + \log \tfrac53 \big) = \tfrac12 (1.386 + 0.511) = 0.949$.

# %% [markdown]
# **A number to remember.**
# Before training a network knows nothing, and every class gets a probability of about $1/C$.
# The loss is then about $-\log \tfrac1C = \log C$.

# %%
@when_written
def first_loss():
    rng = np.random.default_rng(2)
    for classes in (2, 10, 1000):
        scores = 1e-3 * rng.standard_normal((50, classes))
        loss, _ = softmax_loss(scores, rng.integers(0, classes, 50))
        print(f"C = {classes:4}   loss {loss:.4f}   log C {np.log(classes):.4f}")

# %% [markdown]
# For ten digits it is 2.303.
# If the first loss of a training is far from $\log C$, do not train: something before the loss is wrong.

# %% [markdown]
# ## Find the bug
#
# A colleague avoids the logarithm of 0 by a tiny number inside it, one of the most copied lines in this field.

# %%
def softmax_loss_buggy(x, y):
    rows = np.arange(len(x))
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[rows, y] + 1e-7))
    p[rows, y] -= 1.0
    return loss, p


def error_of_dx(gap, h=1e-4):
    """Relative error of dx, for a label whose score is 0 while that of the other class is gap."""
    def loss(score):
        return softmax_loss_buggy(np.array([[score, gap]]), np.array([0]))[0]

    measured = (loss(h) - loss(-h)) / (2 * h)
    dx = softmax_loss_buggy(np.array([[0.0, gap]]), np.array([0]))[1][0, 0]
    return abs(dx - measured) / (abs(dx) + abs(measured))


print(f"largest relative error they ever saw: {error_of_dx(2):.1e}")

# %% [markdown]
# They have tested it for a month, with one sample of two classes, and scores between -1 and 1.
# By the rule of this course an error below $10^{-6}$ is agreement.
#
# There are two bugs.
# One spoils `dx` in every batch of two or more samples; you will find it by reading.
# The other is the tiny number: `loss` is another function than the one that `dx` belongs to.
# Go the long way back, with $-\log(p_y + 10^{-7})$ in the place of $-\log p_y$: only `dp` changes, so the true slopes of this loss are $p - \text{onehot}$ times a factor.
# Which one, and for which samples is it small?
#
# Return the scores of one sample whose label is class 0, all between -50 and 50, for which this factor is at most **one half**.

# %% exercise
def exposing_softmax_scores():
    """Scores for which the slopes of softmax_loss_buggy are half of its dx, or less.

    Returns
    -------
    s : ndarray of shape (C,)
        Scores of one sample; every one lies between -50 and 50. Its label is class 0.
    """
    ### BEGIN SOLUTION
    return np.array([0.0, 17.0])
    ### END SOLUTION

# %% check
check(exposing_softmax_scores)

# %% worked [markdown]
# **The factor.**
# Write $\delta = 10^{-7}$.
# The slope of $-\log(u + \delta)$ is $-1/(u + \delta)$, so at the label
#
# $$
# \text{dp}_y = -\frac{1}{p_y + \delta} = -\frac{1}{p_y} \cdot \frac{p_y}{p_y + \delta},
# $$
#
# and the other entries of `dp` are 0, as before.
# All of `dp` is what it was, times one number.
# `softmax_backward` is a sum with `dp` in every term, so this number passes through it:
#
# $$
# \text{ds} = \frac{p_y}{p_y + \delta} \,(p - \text{onehot}) .
# $$
#
# **Where it is one half.**
# $\tfrac{p_y}{p_y + \delta} \le \tfrac12$ means $2 p_y \le p_y + \delta$, that is $p_y \le \delta$.
# For two classes with the scores $0$ and $g$ the label has $p_y = \tfrac{1}{1 + e^g}$.
# This is at most $10^{-7}$ where $e^g \ge 10^7 - 1$, that is from about $g = 7 \log 10 = 16.12$ on.
# The scores $(0, 17)$ give $p_y = 4.1 \cdot 10^{-8}$ and the factor $0.29$.

# %% [markdown]
# Now mend both bugs: the result must be right for every size of scores.

# %% exercise
def softmax_loss_mended(x, y):
    """The function above, without its two bugs.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores, of any size.
    y : ndarray of integers, shape (N,)
        Labels.

    Returns
    -------
    loss : float
    dx : ndarray of shape (N, C)
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - shifted[rows, y])
    dx = e / total
    dx[rows, y] -= 1.0
    return loss, dx / len(x)
    ### END SOLUTION

# %% check
check(softmax_loss_mended)

# %% worked [markdown]
# **The missing $N$.**
# The loss is a mean, and `p[rows, y] -= 1.0` gives $p - \text{onehot}$, the slopes of a sum.
# For a batch `dx` is $N$ times too large; for $N = 1$, the only size that they tried, nothing shows.
#
# **The tiny number.**
# A smaller one would not help: it only moves the place at which the loss becomes flat.
# As soon as $p_y$ becomes 0 in a float, nothing inside the logarithm can bring back how far the label was behind.
# But $z_y$ still knows it, so the mended loss is $\log \sum_k e^{z_k} - z_y$.
# The line of `dx` was right but for $\tfrac1N$: it is the gradient of this loss, not of theirs.

# %% figure
@when_written
def draw_the_tiny_number():
    label, h = np.array([0]), 1e-4
    gaps = np.linspace(-5, 30, 141)
    curves = {}
    for name, function in (("mended", softmax_loss_mended), ("with 1e-7", softmax_loss_buggy)):
        losses = [[function(np.array([[step, gap]]), label)[0] for step in (-h, 0, h)]
                  for gap in gaps]
        below, here, above = np.array(losses).T
        curves[name] = here, (above - below) / (2 * h)

    _, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
    for (name, (losses, slopes)), colour, style in zip(curves.items(), (BLUE, BROWN), ("-", "--")):
        axes[0].plot(gaps, losses, style, color=colour, lw=2, label=name)
        axes[1].plot(gaps, slopes, style, color=colour, lw=2, label=name)
    for ax, title in zip(axes, ("loss", "measured slope, label's score")):
        ax.axvline(7 * np.log(10), color=GREY, lw=1, ls=":")
        ax.set_xlabel("other score minus label's score")
        ax.set_ylabel(title)
    axes[0].legend(frameon=False)
    axes[0].text(15.8, 1, "the label's\nprobability is 1e-7", fontsize=8, ha="right")
    show("Two panels over the gap between the other score and the label's. Left, the mended loss "
         "keeps growing, and the one with 1e-7 stays at "
         f"{curves['with 1e-7'][0][-1]:.1f} from a gap of about 16. Right, the slope of the mended "
         "loss goes to -1 and stays there; with 1e-7 it returns to "
         f"{abs(curves['with 1e-7'][1][-1]):.1f} around the same gap.")

# %% [markdown]
# The factor is $p_y / (p_y + 10^{-7})$.
# In their tests $p_y$ was never below 0.12, where the relative error is $4 \cdot 10^{-7}$, and a gradient check is content.
# It objects only to samples with $p_y$ below 0.05.
# Near $p_y = 10^{-7}$, at the dotted line, half of the gradient is missing, and beyond it the loss is flat: the samples that are most wrong, from which there is most to learn, have no slope any more.
# A check tells you about the scores you gave it, and about no others.

# %% [markdown]
# ## See it
#
# With two classes the loss of one sample is a surface over a plane.
# The arrows are minus the gradient: this is how a training step moves the two scores.

# %% figure
@when_written
def loss_surface():
    label = np.array([0])
    axis = np.linspace(-4, 4, 41)
    heights = np.array([[softmax_loss(np.array([[a, b]]), label)[0] for a in axis] for b in axis])

    coarse = np.linspace(-3.6, 3.6, 10)
    a, b = np.meshgrid(coarse, coarse)
    down = np.array([-softmax_loss(np.array([[u, v]]), label)[1][0]
                     for u, v in zip(a.ravel(), b.ravel())])
    lead = np.linspace(-6, 6, 121)
    soft = [softmax_loss(np.array([[ahead, 0.0]]), label)[0] for ahead in lead]

    _, (ax, cut) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained",
                                gridspec_kw={"width_ratios": [1, 1.15]})
    ax.contourf(axis, axis, heights, levels=np.arange(0, 9.1, 0.5), cmap=POSITIVE)
    lines = ax.contour(axis, axis, heights, levels=[0.1, 0.69, 2, 4, 6], colors=GREY,
                       linewidths=0.8)
    ax.quiver(a.ravel(), b.ravel(), down[:, 0], down[:, 1], color=BROWN, scale=19,
              width=0.006)
    places = [(2.4, 0.15), (2.6, 2.6), (-0.6, 1.25), (-0.6, 3.4), (-3.0, 3.0)]
    for text in ax.clabel(lines, fmt="%g", fontsize=9, manual=places, colors=BLUE):
        text.set_bbox({"facecolor": "#ffffff", "edgecolor": "none", "pad": 1.5})
        text.set_zorder(5)
    ax.set_xlabel("score of the label")
    ax.set_ylabel("score of the other class")
    ax.set_title("loss and the way down", fontsize=11)
    ax.set_aspect("equal")

    cut.plot(lead, soft, color=BLUE, lw=2, label="softmax loss")
    cut.plot(lead, np.maximum(0, 1 - lead), color=BROWN, lw=2, ls="--",
             label="hinge loss of chapter 05")
    cut.plot(0, np.log(2), "o", color=BLUE)
    cut.annotate("log 2", (0, np.log(2)), (-0.25, 0.45), fontsize=9, ha="right", va="center")
    cut.set_xlabel("label's score minus the other score")
    cut.set_ylabel("loss")
    cut.set_title("a cut across the surface", fontsize=11)
    cut.legend(frameon=False)
    show("Left, the softmax loss over the plane of two scores: lines of equal loss run parallel to "
         "the diagonal, and the arrows of minus the gradient cross them at a right angle, long in "
         "the upper left, vanishing in the lower right. Right, a cut across: softmax loss and "
         "hinge loss both fall with slope -1 on the left; on the right the hinge loss is 0, and "
         "the softmax loss comes near to 0.")

# %% [markdown]
# Left: along the diagonal both scores grow together, and nothing changes.
# All arrows point the same way, straight across the diagonal, because the entries of `ds` add up to 0.
# In the upper left, where the sample is wrong, all arrows have nearly the same length; in the lower right they fade.
#
# Right: the hinge loss is exactly 0 once no margin is positive, and such a sample is ignored.
# The softmax loss is never 0: it always asks for a little more, and asks less and less.

# %% [markdown]
# ## On real digits
#
# Take the linear model of chapter 05 once more, scores `x @ w` without a bias and with the penalty $\text{reg} \cdot \sum w^2$, and put your new loss in the place of the old one.

# %% exercise
def softmax_loss_linear(w, x, y, reg):
    """Softmax loss of a linear model with L2 regularisation.

    Parameters
    ----------
    w : ndarray of shape (D, C)
        Weights, one column for each class.
    x : ndarray of shape (N, D)
        Data, one row for each sample.
    y : ndarray of integers, shape (N,)
        Labels.
    reg : float
        Strength of the regularisation.

    Returns
    -------
    loss : float
        Softmax loss of the scores x @ w, plus reg times the sum of all squared weights.
    dw : ndarray of shape (D, C)
        Gradient of the loss with respect to w.
    """
    ### BEGIN SOLUTION
    loss, ds = softmax_loss(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w
    ### END SOLUTION

# %% check
check(softmax_loss_linear)

# %% worked [markdown]
# **Two terms.**
# The loss is $L = L_s + \text{reg} \sum_{d,c} w_{dc}^2$, where $L_s$ is the softmax loss of the scores $s_{nc} = \sum_d x_{nd}\, w_{dc}$.
# A weight occurs in both terms, so its two gradients are added.
#
# **Through the scores.**
# $w_{dc}$ stands in column $c$ only, and there in the score of every sample: $N$ paths.
# On the way to $s_{nc}$ the slope is $x_{nd}$, and behind it stands $\text{ds}_{nc}$.
#
# **Through the penalty.**
# $w_{dc}$ occurs in its own square alone: one path, with slope $2\, \text{reg}\, w_{dc}$.
# Together
#
# $$
# \text{dw}_{dc} = \sum_n x_{nd}\, \text{ds}_{nc} + 2\, \text{reg}\, w_{dc},
# \qquad
# \text{dw} = x^\top \text{ds} + 2\, \text{reg}\; w .
# $$
#
# The shapes are $(D, N)(N, C) = (D, C)$, the shape of $w$.
# In a matrix product the inner index is summed.
# Here the samples must be summed, so $n$ has to stand inside, and that is why $x$ is transposed.
#
# The $\tfrac1N$ of the mean is already in `ds`, and must not be applied a second time.
# The penalty is no mean over samples: no $\tfrac1N$ stands before it, and none before its gradient.

# %% [markdown]
# Train it on MNIST, from weights of 0 and without a penalty.
# The rate shrinks to 0, as before.

# %%
@cache
def train_on_digits(*mine, steps=3000, batch=100, first_rate=0.5):
    """Weights, and the loss at each step. Trains anew when one of the functions `mine` is new."""
    (x_train, y_train), _ = load_mnist()
    rng = np.random.default_rng(0)
    w, losses = np.zeros((784, 10), dtype=np.float32), []
    for step in range(steps):
        chosen = rng.integers(0, len(x_train), batch)
        loss, dw = softmax_loss_linear(w, x_train[chosen], y_train[chosen], 0.0)
        w -= first_rate * (1 - step / steps) * dw
        losses.append(loss)
    return w, np.array(losses)


def trained():
    return train_on_digits(softmax_loss_linear, softmax_loss, softmax_dx, softmax)


@when_written
def first_and_last_loss():
    w, losses = trained()
    (x_train, _), (x_test, y_test) = load_mnist()
    accuracy = np.mean((x_test @ w).argmax(axis=1) == y_test)
    never = ~x_train.any(axis=0)
    print(f"first loss {losses[0]:.4f}, log 10 = {np.log(10):.4f}")
    print(f"mean of the last 100 losses {losses[-100:].mean():.4f}")
    print(f"{accuracy:.1%} of the test digits are recognised")
    print(f"{never.sum()} pixels have no ink in any training image, "
          f"and {np.sum(~w[never].any(axis=1))} of them still have ten weights of 0")

# %% figure
@when_written
def ten_templates():
    w, _ = trained()
    titles = [f"template of {digit}" for digit in range(10)]
    draw_images([w.T[:5], w.T[5:]], [titles[:5], titles[5:]], scale="weight",
                alt="The ten columns of the weights as images. Each template has positive weights "
                    "where ink speaks for its digit and negative ones where it speaks against it: "
                    "the template of 0 is negative in the middle. Along the edge all weights are "
                    "near 0.")

# %% [markdown]
# The first loss is $\log 10$: with all weights 0, all scores are equal.
# A wrong gradient begins there, too; a right one ends at about 0.27, with 92 % of the digits recognised.
#
# Each column of `w` is a **template**: red pixels (above zero) speak for the digit, blue ones (below zero) against it.
# The template of 0 is deep blue in the middle, where other digits have ink and a 0 has none.
# Along the edge the weights are 0 or nearly so.
# A pixel that no training image inks has $x_{nd} = 0$ for all $n$, so the gradient of its weights is 0, and they stay at 0 where they began.
# Other pixels there have ink in very few images, and their weights have hardly moved.
#
# The hinge loss trained the same model to about the same accuracy, and its templates tell the same story.
# But it learned only from samples with a positive margin, and here every image goes on pulling, the easy ones gently.
# And the outputs are probabilities now.
#
# What does such a pull look like?
# Three test digits, the probabilities that the model gives them, and minus the gradient, the pull on each score:

# %% figure
@when_written
def pulls_on_three_digits():
    w, _ = trained()
    _, (x_test, y_test) = load_mnist()
    scores = x_test @ w
    p = softmax(scores)
    p_label = p[np.arange(len(y_test)), y_test]
    chosen = [int(np.abs(p_label - wanted).argmin()) for wanted in (0.98, 0.5, 0.001)]
    pulls = [-softmax_loss(scores[n:n + 1], y_test[n:n + 1])[1][0] for n in chosen]

    _, axes = plt.subplots(2, 3, figsize=(10, 5), layout="constrained",
                           gridspec_kw={"height_ratios": [1, 1.2]})
    digits = np.arange(10)
    for (above, below), n, pull in zip(axes.T, chosen, pulls):
        heat_map(above, x_test[n].reshape(28, 28), f"the label is {y_test[n]}", colours=INK)
        below.bar(digits - 0.2, p[n], 0.4, color=BLUE, label="probability")
        below.bar(digits + 0.2, pull, 0.4, color=BROWN, hatch="///", edgecolor=TEXT, lw=0,
                  label="pull on the score")
        below.axhline(0, color=GREY, lw=0.8)
        below.set_ylim(-1.05, 1.05)
        below.set_xticks(digits)
        below.set_xlabel("class")
    axes[1, 0].set_ylabel("probability, pull")
    axes[1, 0].legend(frameon=False, loc="lower right", fontsize=9)
    told = "; ".join(f"a {y_test[n]} with probability {p_label[n]:.3f} is pulled up by "
                     f"{pull[y_test[n]]:.3f}" for n, pull in zip(chosen, pulls))
    show(f"Three test digits above bars for the ten classes: {told}. Each wrong class is pushed "
         "down by its own probability, so the pulls of a digit add up to 0.")

# %% [markdown]
# Left, the model is nearly certain, and hardly anything pulls.
# In the middle it hesitates, and each rival is pushed down by its probability.
# Right, it is wrong, and the label is pulled up with nearly the full strength, which is 1.
# Nobody programmed this behaviour: it is `onehot - p`.

# %% [markdown]
# ## On your own: label smoothing
#
# A target of 1 asks for what no finite scores can give, and so the pull never ends.
# **Label smoothing** asks for less.
# It takes a share $\varepsilon$ from the label and deals it out evenly to all $C$ classes, the label among them.
# With $C = 4$, $\varepsilon = 0.2$ and label 1 the target is $t = (0.05,\ 0.85,\ 0.05,\ 0.05)$.
# The loss of a sample is now the mean of $-\log p_c$, weighted with the target,
#
# $$
# L_n = -\sum_{c} t_c \log p_c ,
# $$
#
# and the loss of a batch is the mean over its samples.
#
# Derive the gradient on paper, and write both.
# Everything must be finite for scores of ±10000.
#
# <details><summary>First hint</summary>
#
# For one sample, put $\log p_c = s_c - \log \sum_k e^{s_k}$ into the sum over $c$, and write it as two sums.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# In one of them the logarithm does not depend on $c$, and can be taken out.
# What do the targets of a row add up to?
#
# </details>
#
# <details><summary>Third hint</summary>
#
# Two terms are left, and you know the slope of one of them.
# How often does $s_j$ occur in the other, and with which factor?
#
# </details>

# %% exercise
def smoothed_softmax_loss(x, y, eps):
    """Mean softmax loss with smoothed labels, and its gradient.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores, of any size.
    y : ndarray of integers, shape (N,)
        Labels.
    eps : float
        The share that is taken from the label and dealt out evenly to all C classes.

    Returns
    -------
    loss : float
    dx : ndarray of shape (N, C)
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    N, C = x.shape
    targets = (1 - eps) * np.eye(C)[y] + eps / C
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(targets * log_p) / N, (softmax(x) - targets) / N
    ### END SOLUTION

# %% check
check(smoothed_softmax_loss)

# %% worked [markdown]
# **The derivation.**
# For one sample, with $\log p_c = s_c - \log \sum_k e^{s_k}$,
#
# $$
# L_n = -\sum_c t_c \Big( s_c - \log \sum_k e^{s_k} \Big)
# = \Big( \sum_c t_c \Big) \log \sum_k e^{s_k} - \sum_c t_c\, s_c
# = \log \sum_k e^{s_k} - \sum_c t_c\, s_c .
# $$
#
# The targets add up to $(1 - \varepsilon) + C \cdot \varepsilon / C = 1$, which is why the bracket disappears.
# The slope of the first term with respect to $s_j$ is $p_j$, for every $j$.
# In the second term $s_j$ occurs once, with the factor $t_j$.
# So
#
# $$
# \frac{\partial L_n}{\partial s_j} = p_j - t_j, \qquad \text{dx} = \frac{1}{N} (p - t) .
# $$
#
# The line of the chapter stays as it is; only what is true has become softer.
# It holds for every row of targets that adds up to 1.
# The pull on the label now ends at $p_y = 1 - \varepsilon + \varepsilon / C$, which finite scores can reach.
#
# For the loss, compute all $\log p_c$ from shifted scores, and never from $p_c$: now every class is in the sum, and any $p_c$ may have become 0.

# %% [markdown]
# ## Going deeper (optional): a surface without traps
#
# This part needs second derivatives with respect to several variables, and eigenvalues.
# The gradient of one sample is $p - t$, and $t$ does not depend on the scores.
# So the second derivatives of the loss are the slopes of $p$: the Jacobian $J$.
# Along a direction $v$ the loss bends by $v^\top J v = \sum_j p_j v_j^2 - \big(\sum_j p_j v_j\big)^2$.
# This is a variance, with the $p_j$ as weights, and a variance is never negative.
# So the surface never bends downwards, and has no second valley to get stuck in.
# One eigenvalue of $J$ is 0, and you know its direction: all scores together.

# %%
p = np.array([0.5, 0.2, 0.2, 0.1])
J = np.diag(p) - np.outer(p, p)
print("eigenvalues of J:", *(f"{value:z.6f}" for value in np.linalg.eigvalsh(J)))
print("J @ ones:        ", *(f"{value:z.6f}" for value in J @ np.ones(4)))

# %% [markdown]
# ## What you can now do
#
# - Turn scores into probabilities and a loss, for scores of any size, and say why the loss is minus a logarithm.
# - Derive $(p - \text{onehot})/N$ in two ways.
# - Go back through a layer in which every output depends on every input, without its Jacobian.
# - Say what a tiny number inside a logarithm does, and to which samples.
# - Tell from the first loss, $\log C$, whether training may begin.
#
# **Three questions to end with.**
# Answer with letters.
#
# `slope`: A batch has 4 samples, and one of them has $p = (0.7, 0.2, 0.1)$ and label 1.
# What is `dx` at its label's score?
#
# - **a** $-0.8$
# - **b** $-0.2$
# - **c** $0.05$
# - **d** $-1.25$
#
# `shift`: Somebody subtracts the *mean* of each row instead of its maximum.
#
# - **a** The probabilities come out different.
# - **b** They are the same on paper, but in a wide row an exponential overflows.
# - **c** Nothing changes, for any scores.
# - **d** They are the same, but the mean then needs a gradient of its own.
#
# `tiny_number`: A loss adds $10^{-12}$ inside its logarithm and returns $(p - \text{onehot})/N$.
# A gradient check with small random scores passes.
# For which samples is `dx` still not the slope of this loss?
#
# - **a** For none: the check has passed.
# - **b** For those that are right and certain.
# - **c** For those whose label has a probability of about $10^{-12}$ or less.
# - **d** For all samples, by the same factor.

# %% exercise
def recap_softmax_loss():
    """Answer the three questions above.

    Returns
    -------
    slope, shift, tiny_number : str
        One letter each, such as "a".
    """
    ### BEGIN SOLUTION
    return "b", "b", "c"
    ### END SOLUTION

# %% check
check(recap_softmax_loss)

# %% written [markdown]
# A model that answers yes or no has one score $s$.
# It gives yes the probability $p = 1 / (1 + e^{-s})$, and where yes is true the loss is $-\log p$.
# Explain to a friend why these two steps should be written as one layer as well.
# Give its loss and its slope in terms of $s$, and one score for which two layers fail.
#
# ### BEGIN MARK SCHEME
# - Forward: for a score far below 0, $p$ becomes 0 in a float and its logarithm infinite, while the loss as a whole, $\log(1 + e^{-s}) = \log(e^s + 1) - s$, is an ordinary number (1 point).
# - Backward: the slope of the logarithm, $-1/p$, can be infinite, and $p(1 - p)$ multiplies it by $p$ again; together the slope is $p - 1$, never larger than 1 in size (1 point).
# - A score with which the two layers fail, and the loss and slope that are right there (1 point).
# ### END MARK SCHEME

# %% model answer [markdown]
# Let the score be $-800$.
# Then $e^{800}$ overflows, $p$ becomes 0, and a layer that takes its logarithm returns a loss of infinity.
# Taken as a whole the loss is $\log(1 + e^{-s}) = \log(e^s + 1) - s$, here 800: an ordinary number.
# The first form is for $s \ge 0$ and the second for $s < 0$; on the wrong side each overflows.
#
# Going back it is worse.
# The slope of $-\log p$ is $-1/p$, minus infinity, and that of $p$ is $p(1 - p)$, which is 0; the product is `nan`, and every weight that receives it is spoiled.
# On paper $p$ cancels before anybody divides, and $p - 1$ is left, here $-1$.
# One layer can use what cancels between its parts, and two layers cannot.
#
# It is the softmax loss of the two scores $s$ and 0, with the label at $s$.

# %%
progress("06_softmax_loss")

# %% [markdown]
# [Chapter 07: convolution](../07_convolution/07_convolution.ipynb)
#
# A network now has an end, whatever comes before it; next, the affine layer gets a relative that looks at images in small patches.
