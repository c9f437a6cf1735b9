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
# ## What you will build
#
# You will write the loss at the end of nearly every classifier: it turns scores into probabilities and says how surprised it is by the true answer.
# You will derive its gradient on a short way and on a long one, and see both arrive at the same line: what was said, minus what was true.

# %%
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import (
    BLUE,
    BROWN,
    INK,
    POSITIVE,
    draw_images,
    draw_losses,
    draw_node,
    heat_map,
)
from course_data import load_mnist

# %% figure
draw_node("softmax\nloss", inputs={"x": "(N, C)"}, outputs={"loss": ""}, loss=False)

# %% [markdown]
# From left to right: the scores `x` flow in, one row of $C$ numbers for each of $N$ samples, and a single number flows out, the **loss** $L$.
#
# From right to left: nothing stands to the right of the loss, so no upstream gradient comes from anywhere.
# `dloss` is the slope of the loss with respect to itself, and that is 1.
# This is the place where backpropagation begins.
# What leaves the node on the left, `dx`, is the upstream gradient of the layer before it.
#
# The labels `y`, which say what each sample really is, are not on an edge.
# They are given, and training does not change them.

# %% [markdown]
# ## Forward
#
# Some layer before, for example the affine layer of chapter 03, has computed a score for each of $C$ classes.
# A **score** may be any real number; the larger it is, the more the network favours that class.
# (Scores are also called logits.)
#
# **Softmax** turns each row of scores into probabilities:
#
# $$
# p_{nj} = \frac{e^{x_{nj}}}{\sum_{k} e^{x_{nk}}} .
# $$
#
# The exponential makes every number positive.
# The division makes each row add up to 1.
# Larger scores get larger probabilities.
#
# Sample $n$ has a **label** $y_n$, the number of its true class.
# Its loss looks at one probability only, the one that was given to the label:
#
# $$
# L_n = -\log p_{n y_n}, \qquad L = \frac{1}{N} \sum_{n} L_n .
# $$
#
# The logarithm is the natural one.
# A network that gives the label probability 1 pays nothing.
# With 1/2 it pays 0.69, with 1/10 it pays 2.30, with 1/1000 it pays 6.91.
# Being sure and wrong is expensive.
#
# The indices keep their letters: $n$ counts samples, $j$ and $k$ count classes.
# In code they start at 0.
#
# Here is a batch with $N = 2$ samples and $C = 3$ classes.
# The scores are logarithms, so that the exponentials are numbers you can add in your head.

# %%
x = np.log([[1.0, 2.0, 5.0],
            [3.0, 1.0, 1.0]])
y = np.array([1, 0])

# %% [markdown]
# Work it out on paper before you run the next cell.
# In row 0 the exponentials are 1, 2 and 5, their sum is 8, and the label is 1:
#
# $$
# p_0 = \left(\tfrac18, \tfrac28, \tfrac58\right), \qquad L_0 = -\log \tfrac28 = \log 4 = 1.386 .
# $$
#
# Row 1 gives $L_1 = -\log \tfrac35 = 0.511$.
# The loss of the batch is the mean of the two.

# %%
p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
print(p)
print("losses of the samples:", -np.log(p[0, 1]), -np.log(p[1, 0]))
print("loss of the batch:    ", (-np.log(p[0, 1]) - np.log(p[1, 0])) / 2)

# %% [markdown]
# The sum runs along each row, over `axis=1`.
# With `keepdims=True` it comes out as a column of shape `(2, 1)`, and broadcasting divides each row by its own sum.

# %% [markdown]
# ## Predict
#
# Two questions about this batch, to be answered without code.
# Return two things:
#
# - `signs`, shape `(2, 3)`: **which way does the loss move when one score goes up a little?**
#   Write 1 where the loss grows, -1 where it falls, 0 where it stays the same.
#   Take the six scores one at a time.
# - `change`, a number: **by how much does the loss change when 100 is added to all three scores of sample 0?**
#   The scores of sample 1 stay as they are.

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

# %% [markdown]
# Keep both answers in mind.
# The signs are the whole gradient already, except for its sizes.
# The other answer will come back twice: once as a test of the gradient, and once when the exponentials get too large.

# %% [markdown]
# ## Derive: one score
#
# Let the batch rest and take one sample: a row of scores $s$ with $C$ entries, and its label $y$.
# First take the loss apart:
#
# $$
# L = -\log p_y = -\log \frac{e^{s_y}}{\sum_k e^{s_k}} = \log \sum_{k} e^{s_k} \;-\; s_y .
# $$
#
# The logarithm of a quotient is a difference, and in the second term logarithm and exponential undo each other.
# The fraction is gone.
# What is left has two terms, and you can see where each score occurs in them.
#
# Take a score $s_j$ that is **not the label's**: $j \ne y$.
# Where does it occur?
# Not in the term $s_y$.
# In the sum it occurs once, in $e^{s_j}$.
# So there is one path: from $s_j$ to $e^{s_j}$, from there to the sum, from there to its logarithm.
# The slope of $e^{s_j}$ is $e^{s_j}$ itself.
# The slope of a sum with respect to one of its terms is 1.
# The slope of $\log u$ is $1/u$.
# Along a path, slopes multiply:
#
# $$
# \frac{\partial L}{\partial s_j} = \frac{1}{\sum_k e^{s_k}} \cdot 1 \cdot e^{s_j} = p_j \qquad (j \ne y).
# $$
#
# The slope is the probability itself.
# The more the network believes in a wrong class, the harder the loss pushes that score down.
#
# Now the **label's own score** $s_y$.
# It occurs in two places, so there are two paths to the loss.
# One of them you have just followed.
# Find the slope of the other, and add: over all paths, slopes add up.
#
# Write both slopes, first the one of a score $s_j$ with $j \ne y$, then the label's.
# The scores here are small, so you may use the exponentials as they stand.

# %% exercise
def softmax_score_slopes(s, y, j):
    """Slopes of one sample's loss with respect to two of its scores.

    Parameters
    ----------
    s : ndarray of shape (C,)
        Scores of one sample.
    y : int
        Its label.
    j : int
        Another class: j is never y.

    Returns
    -------
    off : float
        dL/ds[j], for L = -log softmax(s)[y].
    on : float
        dL/ds[y].
    """
    ### BEGIN SOLUTION
    p = np.exp(s) / np.sum(np.exp(s))
    return p[j], p[y] - 1.0
    ### END SOLUTION

# %% check
check(softmax_score_slopes)

# %% [markdown]
# Is the label's slope ever positive?
# A probability is at most 1, so it is not.
# That is the sign you predicted.

# %% [markdown]
# ## Derive: one sample
#
# The $C$ slopes of one sample make a vector `ds`, with the shape of $s$.
# The two cases fit into one formula if the label is written as a **one-hot** row $t$: it holds $C$ numbers, 1 at the label and 0 everywhere else.
# Then
#
# $$
# \frac{\partial L}{\partial s_j} = p_j - t_j .
# $$
#
# Put in $j \ne y$ and then $j = y$, and see that it gives both cases.
#
# Write the function that returns the whole vector.

# %% exercise
def softmax_sample_gradient(s, y):
    """Gradient of one sample's loss with respect to its scores.

    Parameters
    ----------
    s : ndarray of shape (C,)
        Scores of one sample.
    y : int
        Its label.

    Returns
    -------
    ds : ndarray of shape (C,)
    """
    ### BEGIN SOLUTION
    ds = np.exp(s) / np.sum(np.exp(s))
    ds[y] -= 1.0
    return ds
    ### END SOLUTION

# %% check
check(softmax_sample_gradient)

# %% [markdown]
# Here it is for the two samples of the example, with the sum of each.

# %%
@when_written
def two_samples():
    for n in range(2):
        ds = softmax_sample_gradient(x[n], y[n])
        print(f"sample {n}, label {y[n]}: ds = {ds}, sum = {abs(np.sum(ds)):.0e}")

# %% [markdown]
# The signs are those that you predicted.
# And each vector adds up to 0, apart from rounding.
# It has to: adding the same amount to all scores of a sample does not change the loss, so the slope in that direction, $\sum_j \partial L/\partial s_j$, must be 0.
# What the label's score gains, the other scores lose.

# %% [markdown]
# ## Derive: the batch
#
# The loss of a batch is the mean of the losses of its samples.
# The score $x_{nj}$ occurs in $L_n$ and in no other term, because softmax never mixes samples.
# So there is one path from it to $L$, and its last piece, from $L_n$ to $L$, has slope $1/N$:
#
# $$
# \text{dx}_{nj} = \frac{\partial L}{\partial L_n} \cdot \frac{\partial L_n}{\partial x_{nj}} = \frac{1}{N} \left( p_{nj} - t_{nj} \right),
# \qquad t_{nj} = \begin{cases} 1 & \text{if } j = y_n, \\ 0 & \text{otherwise.} \end{cases}
# $$
#
# Chapter 03 said that the factor $1/N$ is born in the loss.
# This is its birth.
# Every layer before this one finds it inside its upstream gradient and passes it on.
#
# Write one entry of `dx`.
# The probabilities are given this time.
# The labels come as a vector of integers, one for each sample.

# %% exercise
def softmax_dx_entry(p, y, n, j):
    """One entry of dx, for the mean loss of a batch.

    Parameters
    ----------
    p : ndarray of shape (N, C)
        Probabilities; each row is the softmax of a row of scores.
    y : ndarray of integers, shape (N,)
        Labels.
    n, j : int
        Which entry: sample n, class j.

    Returns
    -------
    float
        dx[n, j].
    """
    ### BEGIN SOLUTION
    t = 1.0 if j == y[n] else 0.0
    return (p[n, j] - t) / p.shape[0]
    ### END SOLUTION

# %% check
check(softmax_dx_entry)

# %% [markdown]
# ## Derive: one line
#
# Stack the one-hot rows of all samples into a matrix `onehot` of shape $(N, C)$.
# Row $n$ of it is row $y_n$ of the identity matrix, and NumPy can pick rows:

# %%
print("labels:", y)
print(np.eye(3)[y])

# %% [markdown]
# Now look at the indices in the formula for $\text{dx}_{nj}$.
# On both sides $n$ comes first and $j$ second.
# No index is summed, none stands in the wrong place.
# So there is no product and no transpose, and the indices can be dropped: what holds for every entry holds for the arrays.
#
# Write it as one line, and leave `p` and `onehot` as they are.

# %% exercise
def softmax_dx(p, onehot):
    """Gradient of the mean loss with respect to the scores, as one NumPy expression.

    Parameters
    ----------
    p : ndarray of shape (N, C)
        Probabilities.
    onehot : ndarray of shape (N, C)
        Labels as one-hot rows.

    Returns
    -------
    dx : ndarray of shape (N, C)
    """
    ### BEGIN SOLUTION
    return (p - onehot) / p.shape[0]
    ### END SOLUTION

# %% check
check(softmax_dx)

# %% [markdown]
# This is the line that the chapter is about.
# Read it aloud: what was said, minus what was true, shared among the samples.

# %% [markdown]
# ## The long way round
#
# The fraction disappeared before we took any derivative.
# Was that luck?
# Derive the gradient once more without the trick.
# Treat softmax and logarithm as two layers, one after the other, and go back through each.
#
# **The logarithm.**
# $L = -\log p_y$ depends on one probability only.
# The slope of $-\log u$ is $-1/u$, so
#
# $$
# \text{dp}_k = \frac{\partial L}{\partial p_k} = -\frac{t_k}{p_k} .
# $$
#
# With the one-hot row $t$ this is $-1/p_y$ at the label and 0 everywhere else.
#
# **Softmax.**
# Here every output depends on every input, so there are $C \times C$ slopes.
# The table of all of them is called the **Jacobian**:
#
# $$
# J_{kj} = \frac{\partial p_k}{\partial s_j}, \qquad p_k = \frac{e^{s_k}}{S}, \qquad S = \sum_i e^{s_i} .
# $$
#
# The row $k$ says which probability, the column $j$ says which score.
#
# *Off the diagonal*, for $k \ne j$, the score $s_j$ occurs in the denominator $S$ only.
# The slope of $1/S$ with respect to $S$ is $-1/S^2$, and the slope of $S$ with respect to $s_j$ is $e^{s_j}$.
# So
#
# $$
# J_{kj} = e^{s_k} \cdot \left( -\frac{1}{S^2} \right) \cdot e^{s_j} = -\frac{e^{s_k}}{S} \cdot \frac{e^{s_j}}{S} = -p_k\, p_j \qquad (k \ne j).
# $$
#
# *On the diagonal*, for $k = j$, the score occurs in the denominator as before, and in the numerator $e^{s_j}$ as well.
# That is a second path.
# Find its slope, write it in terms of $p_j$, and add it to the first.
#
# Now write the whole table, from the probabilities alone.
# Two loops are fine.
# (Without loops: `np.outer` makes a table of products, `np.diag` puts a vector on the diagonal.)

# %% exercise
def softmax_jacobian(p):
    """Jacobian of softmax for one sample.

    Parameters
    ----------
    p : ndarray of shape (C,)
        Probabilities, the softmax of the scores s.

    Returns
    -------
    J : ndarray of shape (C, C)
        J[k, j] is the slope of p[k] with respect to s[j].
    """
    ### BEGIN SOLUTION
    return np.diag(p) - np.outer(p, p)
    ### END SOLUTION

# %% check
check(softmax_jacobian)

# %% [markdown]
# **Both together.**
# The score $s_j$ reaches the loss through all $C$ probabilities.
# Along each path slopes multiply, over the paths they add up:
#
# $$
# \text{ds}_j = \sum_{k} \text{dp}_k\, J_{kj} .
# $$
#
# Write both steps: `dp` from the formula above, then `ds` from this sum.
# Here `J` is given to you.
# In one case of the check it is the Jacobian of some other layer and not symmetric, so that it matters which index is summed.

# %% exercise
def softmax_chain(J, p, y):
    """Backpropagate -log p[y] through the logarithm, then through a Jacobian.

    Parameters
    ----------
    J : ndarray of shape (C, C)
        J[k, j] is the slope of p[k] with respect to s[j].
    p : ndarray of shape (C,)
        Probabilities of one sample.
    y : int
        Its label.

    Returns
    -------
    dp : ndarray of shape (C,)
        Gradient of the loss with respect to p.
    ds : ndarray of shape (C,)
        Gradient of the loss with respect to s.
    """
    ### BEGIN SOLUTION
    dp = np.zeros_like(p)
    dp[y] = -1.0 / p[y]
    ds = dp @ J
    return dp, ds
    ### END SOLUTION

# %% check
check(softmax_chain)

# %% [markdown]
# Do the two ways agree?
# Here they are, side by side, with numbers that you have computed.

# %%
@when_written
def two_ways():
    s, label = np.array([0.3, -1.2, 2.0, 0.5]), 1
    probabilities = np.exp(s) / np.exp(s).sum()
    J = softmax_jacobian(probabilities)
    dp, ds = softmax_chain(J, probabilities, label)
    print("dp             ", dp)
    print("the long way   ", ds)
    print("the short way  ", softmax_sample_gradient(s, label))

# %% [markdown]
# They agree, and on paper you can see why.
# Only the term $k = y$ of the sum is left, because `dp` is 0 elsewhere.
# Both cases of the Jacobian together are $J_{yj} = p_y (t_j - p_j)$.
# So
#
# $$
# \text{ds}_j = -\frac{1}{p_y} \cdot p_y\,(t_j - p_j) = p_j - t_j .
# $$
#
# The long way divides by $p_y$ and then multiplies by it.
# On paper that cancels.
# In a computer it may not.
# Here is a sample that the network gets badly wrong: its label's score is 800 below the other one.

# %%
@when_written
def two_ways_far_out():
    s, label = np.array([0.0, 800.0]), 0
    with np.errstate(all="ignore"):
        probabilities = np.exp(s - s.max()) / np.exp(s - s.max()).sum()
        dp, ds = softmax_chain(softmax_jacobian(probabilities), probabilities, label)
    print("p             ", probabilities)
    print("the long way  ", ds)
    print("p - onehot    ", probabilities - np.array([1.0, 0.0]))

# %% [markdown]
# The probability $e^{-800}$ is too small for a float, so it became 0.
# The long way divides by it, multiplies by it, and gets `nan`, which stands for "not a number".
# The short way gives the right answer.
# This is why softmax and logarithm are written as one layer: the slopes of the two parts can be infinite where the slope of the whole is 1.

# %% [markdown]
# ## Numbers that no float can hold
#
# One thing is still missing before you write the loss.
# Exponentials grow fast:

# %%
with np.errstate(over="ignore"):
    for value in (709.0, 710.0, -745.0, -746.0):
        print(f"exp({value:.0f}) = {np.exp(value)}")

# %% [markdown]
# Above 709 the result is `inf`, and `inf / inf` is `nan`.
# Below -745 it is 0, and the logarithm of 0 is `-inf`.
# Scores of that size are not rare: a learning rate that is a little too high makes them in a few steps.
# And a single `nan` in `dx` spoils every weight of the network.
#
# There are two cures, and you know both of them already.
#
# **Shift.**
# You predicted that adding the same number to all scores of a sample changes nothing.
# So subtract the largest score $m$ of the row from all of them.
# Then the largest exponent is 0, the largest exponential is 1, and nothing can overflow.
#
# **Never take the logarithm of a probability.**
# You took the loss apart: $L = \log \sum_k e^{s_k} - s_y$.
# In this form no $p_y$ occurs that could become 0.
# If $s_y$ is 20000 below the others, the loss is 20000, an ordinary number.
#
# The first term has a name, **log-sum-exp**.
# With the shift inside it,
#
# $$
# \log \sum_k e^{s_k} = \log \Big( e^{m} \sum_k e^{s_k - m} \Big) = m + \log \sum_k e^{s_k - m}, \qquad m = \max_k s_k .
# $$
#
# Try it by hand on the scores 1000 and 1000.
# The result is $1000 + \log 2 = 1000.693$, although $e^{1000}$ is not a float.
#
# Write it for a batch, one number for each row.
# To subtract from each row its own maximum you need the maxima as a column; `keepdims=True` keeps it.
# The result has no second axis.

# %% exercise
def log_sum_exp(x):
    """Logarithm of the sum of exponentials of each row, for scores of any size.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.

    Returns
    -------
    lse : ndarray of shape (N,)
        log(sum over k of exp(x[n, k])), finite for all finite scores.
    """
    ### BEGIN SOLUTION
    m = x.max(axis=1, keepdims=True)
    return m[:, 0] + np.log(np.exp(x - m).sum(axis=1))
    ### END SOLUTION

# %% check
check(log_sum_exp)

# %% [markdown]
# The probabilities follow from it as well.
# From $\log p_j = s_j - \log \sum_k e^{s_k}$ you get $p_j$ with one more exponential, whose argument is never positive:

# %%
@when_written
def probabilities_of_large_scores():
    large = np.array([[1000.0, 1000.0, 999.0],
                      [-1e4, 1e4, 0.0]])
    log_p = large - np.reshape(log_sum_exp(large), (-1, 1))
    print("log p:", log_p, "p:", np.exp(log_p), sep="\n")

# %% [markdown]
# ## The tiny number inside the logarithm
#
# Many programs avoid the logarithm of 0 in another way.
# They write
#
# $$
# L = -\log\left(p_y + 10^{-7}\right) .
# $$
#
# It is one of the most copied lines in this field.
# It never crashes, and so nobody looks at it again.
# But it is another function, with another gradient.
# How much does that matter?
#
# Go the long way once more.
# Softmax is the same as before; only the logarithm has changed, and its slope is now $-1/(p_y + \varepsilon)$ with $\varepsilon = 10^{-7}$, in place of $-1/p_y$.
# So the whole gradient is the right one times a factor:
#
# $$
# \frac{\partial L}{\partial s_j} = \frac{p_y}{p_y + \varepsilon}\,(p_j - t_j) .
# $$
#
# While $p_y$ is far above $\varepsilon$, the factor is nearly 1.
# At $p_y = \varepsilon$ it is $1/2$.
# Below, it goes to 0.
# The next cell computes the loss with and without the tiny number for two scores, and the slopes of both by pushing the label's score up and down.

# %%
def right_loss(gap):
    """The loss when a wrong score is higher by `gap` than the label's, which is 0."""
    return np.ravel(log_sum_exp(np.array([[0.0, gap]])))[0]


def fudged_loss(gap):
    """The same with the tiny number."""
    return -np.log(np.exp(-right_loss(gap)) + 1e-7)


def slope_of(loss, gap, h=1e-4):
    """Slope of a loss with respect to the label's score: when that goes up, the gap goes down."""
    return (loss(gap - h) - loss(gap + h)) / (2 * h)


@when_written
def the_fudge():
    table = [
        (gap, right_loss(gap), fudged_loss(gap),
         slope_of(right_loss, gap), slope_of(fudged_loss, gap))
        for gap in (-20.0, 0.0, 10.0, 16.0, 20.0, 30.0)
    ]
    print("wrong score      loss                     slope of the label's score")
    print("is higher by     right    with 1e-7       right    with 1e-7    factor")
    for gap, *numbers in table:
        p_label = np.exp(-numbers[0])
        numbers.append(p_label / (p_label + 1e-7))
        print("{:9.0f}     {:8.4f}  {:11.7f}    {:z8.4f}  {:z8.4f}     {:8.4f}".format(gap, *numbers))

# %% figure
@when_written
def draw_the_fudge():
    gaps = np.linspace(-5, 30, 141)
    _, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
    for loss, colour, style, name in (
        (right_loss, BLUE, "-", "log-sum-exp"),
        (fudged_loss, BROWN, "--", "1e-7 inside the logarithm"),
    ):
        axes[0].plot(gaps, [loss(gap) for gap in gaps], style, color=colour, lw=2, label=name)
        axes[1].plot(gaps, [slope_of(loss, gap) for gap in gaps], style, color=colour, lw=2)
    for ax, title in zip(axes, ("loss", "slope with respect to the label's score")):
        ax.axvline(7 * np.log(10), color="0.6", lw=1)
        ax.set_xlabel("wrong score minus label's score")
        ax.set_ylabel(title)
    axes[0].legend(frameon=False)
    axes[0].text(15.8, 1, "here the label's\nprobability is 1e-7", fontsize=8, color="0.35",
                 ha="right")
    plt.show()

# %% [markdown]
# In the table, the slope with the tiny number is the right slope times the factor, as the formula says.
#
# Left: the true loss keeps growing, one unit for each unit of the gap.
# The other one stops at $-\log 10^{-7} = 16.1$ and stays there, however wrong the network becomes.
#
# Right: the true slope is close to -1 for a sample that is badly wrong, the strongest pull there is.
# With the tiny number it returns to 0.
# The samples from which there is most to learn no longer teach anything.
#
# There is a bias at the other end too, in the first row of the table: a sample that is certain and right gets a loss *below* 0.
# And a program that prints this loss but uses the gradient $p - \text{onehot}$ holds two functions that do not belong together; a gradient check finds that out.
# You do not need any of it.
# You have log-sum-exp.

# %% [markdown]
# ## Implement
#
# Now the layer itself.
# A loss needs no cache and no separate backward function: nothing comes from the right, so it can return its value and its gradient together.
#
# The labels come in one of two forms: as integers of shape `(N,)`, or as one-hot rows of shape `(N, C)`.
# `y.ndim` tells you which.
# Turn one form into the other first: `y.argmax(axis=1)` finds the 1 in each row, and `np.eye(C)[y]` you have seen.
#
# You will need one entry from each row, the one of the label.
# NumPy takes pairs of indices for that.
# Two things that look alike are not:

# %%
rows = np.arange(2)
print("p[rows, y] =", p[rows, y])
print("p[:, y] =", p[:, y], sep="\n")

# %% [markdown]
# The first takes one entry from row 0 and one from row 1: row `rows[i]`, column `y[i]`.
# The second takes all the columns that occur in `y`, in every row.
# In this loss you never want the second.
#
# Write the function.
# It must give the right, finite numbers for scores of ±10000 too, and leave `x` as it was.

# %% exercise
def softmax_loss(x, y):
    """Mean softmax loss of a batch and its gradient.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores, of any size.
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
    n_samples = x.shape[0]
    rows = np.arange(n_samples)
    lse = log_sum_exp(x)
    loss = np.mean(lse - x[rows, y])
    dx = np.exp(x - lse[:, np.newaxis])
    dx[rows, y] -= 1.0
    return loss, dx / n_samples
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# Push one score by a small **step** $h$ to both sides and divide the difference of the loss by $2h$.
# This **numerical gradient** needs the loss alone and knows nothing of your formula.
# Here are two entries, one on the label and one off it.

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
# About ten digits agree.
# The last ones of the numerical gradient are noise: two nearly equal losses were subtracted.
# A relative error of $10^{-6}$ or less means that the formula is right, one of $10^{-2}$ means that it is wrong.
#
# The check does this for whole batches, and tries what a formula does not show: one sample alone, one-hot rows, scores of ten thousand, and whether `x` is still what it was.

# %% check
check(softmax_loss)

# %% [markdown]
# **A number to remember.**
# Before training, a network knows nothing: its scores are all about equal, and every class gets a probability of about $1/C$.
# What is the loss then?
#
# $$
# -\log \frac{1}{C} = \log C .
# $$

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
# When a training program prints its first loss, look at it.
# If it is far from $\log C$, do not train: something before the loss is wrong.

# %% [markdown]
# ## Find the bug
#
# A colleague sends you this.
# They have tested it against numerical gradients for a month, always with one sample, because one sample can be followed on paper.
# It has two bugs.

# %%
def softmax_loss_buggy(x, y):
    rows = np.arange(len(x))
    shifted = x - x.max()
    lse = np.log(np.exp(shifted).sum(axis=1))
    loss = np.mean(lse - shifted[rows, y])
    dx = np.exp(shifted - lse[:, np.newaxis])
    dx[rows, y] -= 1.0
    return loss, dx

# %% [markdown]
# One bug spoils `dx` in every batch of two or more samples; you will find it by reading the last line.
# The other one waits.
# It spoils the loss as well, but only for some scores.
#
# Expose the second one.
# Return scores of shape `(N, C)`, all of them between -10000 and 10000, for which the **loss** comes out wrong.
# You choose $N$ and $C$.
# You may try your idea in a cell of your own first.

# %% exercise
def exposing_softmax_scores():
    """Scores for which softmax_loss_buggy returns a wrong loss.

    Returns
    -------
    x : ndarray of shape (N, C)
        Every entry lies between -10000 and 10000.
    """
    ### BEGIN SOLUTION
    return np.array([[0.0, 1.0, 2.0],
                     [1000.0, 1001.0, 1002.0]])
    ### END SOLUTION

# %% check
check(exposing_softmax_scores)

# %% [markdown]
# Here is what the function makes of your scores.

# %%
@when_written
def run_the_buggy_one():
    scores = np.asarray(exposing_softmax_scores())
    with np.errstate(all="ignore"):
        loss, dx = softmax_loss_buggy(scores, np.zeros(len(scores), dtype=int))
    print("loss:", loss, "dx:", dx, sep="\n")

# %% [markdown]
# Now mend both bugs.
# Copy the body of the function into the cell below and change what is wrong.
# Labels are integers here.

# %% exercise
def softmax_loss_mended(x, y):
    """The function above, without its two bugs.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.
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
    lse = np.log(np.exp(shifted).sum(axis=1))
    loss = np.mean(lse - shifted[rows, y])
    dx = np.exp(shifted - lse[:, np.newaxis])
    dx[rows, y] -= 1.0
    return loss, dx / len(x)
    ### END SOLUTION

# %% check
check(softmax_loss_mended)

# %% [markdown]
# Both bugs hide when $N = 1$: dividing by 1 changes nothing, and the maximum of one row is the maximum of the batch.
# A test with one sample cannot see anything that goes wrong between samples.

# %% [markdown]
# ## See it
#
# With two classes there are two scores, so the loss of one sample is a surface over a plane.
# The next cell calls your function at every point of it.
# The arrows show the way down, minus the gradient: this is how a training step moves the two scores.

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

    figure, (ax, cut) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained",
                                     gridspec_kw={"width_ratios": [1, 1.15]})
    ax.contourf(axis, axis, heights, levels=np.arange(0, 9.1, 0.5), cmap=POSITIVE, alpha=0.75)
    lines = ax.contour(axis, axis, heights, levels=[0.1, 0.69, 2, 4, 6], colors="0.25",
                       linewidths=0.8)
    ax.quiver(a.ravel(), b.ravel(), down[:, 0], down[:, 1], color=BROWN, scale=19,
              width=0.006)
    places = [(2.4, 0.15), (2.6, 2.6), (-0.6, 1.25), (-0.6, 3.4), (-3.0, 3.0)]
    for text in ax.clabel(lines, fmt="%g", fontsize=9, manual=places):
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.5})
        text.set_zorder(5)
    ax.set_xlabel("score of the label")
    ax.set_ylabel("score of the other class")
    ax.set_title("loss and the way down", fontsize=11)
    ax.set_aspect("equal")

    margin = np.linspace(-6, 6, 121)
    soft = [softmax_loss(np.array([[m, 0.0]]), label)[0] for m in margin]
    cut.plot(margin, soft, color=BLUE, lw=2, label="softmax loss")
    cut.plot(margin, np.maximum(0, 1 - margin), color=BROWN, lw=2, ls="--",
             label="hinge loss of chapter 05")
    cut.plot(0, np.log(2), "o", color=BLUE)
    cut.annotate("log 2", (0, np.log(2)), (-1.2, 0.15), fontsize=9)
    cut.set_xlabel("label's score minus the other score")
    cut.set_ylabel("loss")
    cut.set_title("a cut across the surface", fontsize=11)
    cut.legend(frameon=False)
    plt.show()

# %% [markdown]
# Left: the lines of equal loss run parallel to the diagonal.
# Along the diagonal both scores grow together, and nothing changes.
# Every arrow stands at a right angle to these lines: the label's score goes up as much as the other one goes down, because the entries of `ds` add up to 0.
# In the upper left, where the sample is wrong, all arrows have nearly the same length.
# In the lower right, where it is right and certain, they fade to nothing.
#
# Right: a cut across that surface, next to the hinge loss of chapter 05, drawn from its formula.
# Far to the left both are straight lines with slope -1.
# Far to the right they differ.
# The hinge loss is exactly 0 once the margin reaches 1, and such a sample is ignored.
# The softmax loss is never 0.
# It always asks for a little more, and asks less and less.

# %% [markdown]
# ## On real digits
#
# Now train something.
# MNIST holds 70 000 handwritten digits, images of 28 × 28 grey values.
# An affine layer with ten outputs gives ten scores for an image, and your loss says how to change them.
# The upstream gradient of the affine layer is your `dx`, and chapter 03 gives the rest: `dw = x.T @ dout` and `db = dout.sum(axis=0)`.
#
# Each step takes 100 random images and moves the weights a little against the gradient; this is called **stochastic gradient descent**.
# The size of the steps, the learning rate, shrinks from 0.5 to 0.
# All weights start at 0.
# The whole training takes about a second, or a few seconds if your function has loops over the samples.

# %%
@cache
def train_on_digits(steps=3000, batch=100, first_rate=0.5):
    """Weights, biases and the loss at each step."""
    (x_train, y_train), _ = load_mnist()
    rng = np.random.default_rng(0)
    w, b = np.zeros((784, 10), dtype=np.float32), np.zeros(10, dtype=np.float32)
    losses = []
    for step in range(steps):
        chosen = rng.integers(0, len(x_train), batch)
        images = x_train[chosen]
        loss, dscores = softmax_loss(images @ w + b, y_train[chosen])
        rate = first_rate * (1 - step / steps)
        w -= rate * (images.T @ dscores)
        b -= rate * dscores.sum(axis=0)
        losses.append(loss)
    return w, b, np.array(losses)


@when_written
def first_and_last_loss():
    w, b, losses = train_on_digits()
    _, (x_test, y_test) = load_mnist()
    accuracy = np.mean((x_test @ w + b).argmax(axis=1) == y_test)
    print(f"first loss {losses[0]:.4f}, log 10 = {np.log(10):.4f}")
    print(f"mean of the last 100 losses {losses[-100:].mean():.4f}")
    print(f"{accuracy:.1%} of the test digits are recognised")

# %% figure
@when_written
def loss_curve():
    _, _, losses = train_on_digits()
    draw_losses({"softmax loss": losses}, start=np.log(10), meaning="log 10: knows nothing",
                window=100, yscale="linear")

# %% [markdown]
# The first loss is $\log 10$, as it must be: with all weights 0, all scores are equal.
# About 92 in 100 test digits are right.
# In chapter 03 the templates were chosen by hand, and it was four in five.
#
# Each column of `w` is a **template** again, one for each digit.
# Red pixels speak for the digit, blue pixels against it.

# %% figure
@when_written
def ten_templates():
    w, _, _ = train_on_digits()
    titles = [f"template of {digit}" for digit in range(10)]
    draw_images([w.T[:5], w.T[5:]], [titles[:5], titles[5:]], scale="weight")

# %% [markdown]
# These are not average digits.
# The template of 0 is deep blue in the middle, where other digits have ink and a 0 has none.
# What a template says is how its digit *differs* from the other nine, because every image pushes one template up and the other nine down, by the same amount in total.
# The pixels near the edge of the image are white: they are never inked, so their weights never moved.
#
# Compare with chapter 05.
# The same model, trained with the hinge loss, reaches about the same accuracy, and its templates tell the same story.
# The losses differ in two ways.
# The first loss is about $C - 1 = 9$ there and $\log 10$ here.
# And the hinge loss learns only from samples whose margin is too small, while here every image goes on pulling, the easy ones very gently.
# What you gain is a meaning: the outputs are probabilities.
#
# What does such a pull look like?
# The last picture shows three test digits, with the probabilities that the model gives them and minus the gradient, which is the pull on each of the ten scores.

# %% figure
@when_written
def pulls_on_three_digits():
    w, b, _ = train_on_digits()
    _, (x_test, y_test) = load_mnist()
    scores = x_test @ w + b
    log_p = scores - np.reshape(log_sum_exp(scores), (-1, 1))
    p_label = np.exp(log_p[np.arange(len(y_test)), y_test])
    chosen = [int(np.abs(p_label - wanted).argmin()) for wanted in (0.98, 0.5, 0.001)]

    _, axes = plt.subplots(2, 3, figsize=(10, 5), layout="constrained",
                           gridspec_kw={"height_ratios": [1, 1.2]})
    for (above, below), n in zip(axes.T, chosen):
        _, dx = softmax_loss(scores[n:n + 1], y_test[n:n + 1])
        heat_map(above, x_test[n].reshape(28, 28), f"the label is {y_test[n]}", colours=INK)
        above.axis("off")
        digits = np.arange(10)
        below.bar(digits - 0.2, np.exp(log_p[n]), 0.4, color=BLUE, label="probability")
        below.bar(digits + 0.2, -dx[0], 0.4, color=BROWN, hatch="///", edgecolor="white",
                  label="pull on the score")
        below.axhline(0, color="0.3", lw=0.8)
        below.set_ylim(-1.05, 1.05)
        below.set_xticks(digits)
        below.set_xlabel("class")
    axes[1, 0].set_ylabel("probability, pull")
    axes[1, 0].legend(frameon=False, loc="lower right", fontsize=9)
    plt.show()

# %% [markdown]
# Left, the model is right and nearly certain, and hardly anything pulls.
# In the middle it hesitates; the label is pulled up, and each rival is pushed down by as much as its probability.
# Right, it is wrong and has left the label almost nothing; the label is pulled up with nearly the full strength, which is 1.
# In each panel the pulls add up to 0.
# Nobody programmed this behaviour: it is `onehot - p`.

# %% [markdown]
# ## Going deeper (optional)
#
# **Targets that are not one-hot.**
# Suppose that five people labelled an image, and three of them said 4 and two said 9.
# Then the target can be the row $t$ with 0.6 at 4 and 0.4 at 9.
# The loss $-\sum_j t_j \log p_j$ is called **cross entropy**.
# Does the gradient still collapse?
# Each term $-t_j \log p_j$ contributes $t_j\,(p - \text{onehot}_j)$, and because the $t_j$ add up to 1, the sum is $p - t$.
# The line stays as it is.

# %%
@when_written
def soft_targets():
    rng = np.random.default_rng(5)
    scores = rng.standard_normal((2, 4))
    targets = np.array([[0.6, 0.0, 0.4, 0.0],
                        [0.1, 0.2, 0.3, 0.4]])

    def cross_entropy(scores):
        log_p = scores - np.reshape(log_sum_exp(scores), (-1, 1))
        return -np.sum(targets * log_p) / len(scores)

    numerical = np.zeros_like(scores)
    for index in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[index] = 1e-5
        numerical[index] = (cross_entropy(scores + step) - cross_entropy(scores - step)) / 2e-5
    probabilities = np.exp(scores - np.reshape(log_sum_exp(scores), (-1, 1)))
    print("numerical gradient:", numerical, sep="\n")
    print("your line:", softmax_dx(probabilities, targets), sep="\n")

# %% [markdown]
# **Why the surface has no traps.**
# The gradient of one sample is $p - t$, and $t$ does not depend on the scores.
# So the second derivatives of the loss, the slopes of the slopes, are the slopes of $p$: the Jacobian you wrote is also the table of second derivatives.
# Along a direction $v$ the loss bends by $v^\top J v = \sum_j p_j v_j^2 - \big(\sum_j p_j v_j\big)^2$.
# This is a variance, with the $p_j$ as weights, and a variance is never negative.
# So no eigenvalue of $J$ is negative, the surface never bends downwards, and it has no second valley to get stuck in.
# One eigenvalue is 0, and you know its direction: all scores together.

# %%
@when_written
def eigenvalues():
    J = softmax_jacobian(np.array([0.5, 0.2, 0.2, 0.1]))
    print("eigenvalues:", np.linalg.eigvalsh(J).round(12))
    print("J @ ones:   ", (J @ np.ones(4)).round(12))

# %% [markdown]
# ## What you can now do
#
# - Turn scores into probabilities and a loss, for scores of any size.
# - Derive $(p - \text{onehot})/N$ on two ways, and say where the $1/N$ comes from.
# - Go back through a layer in which every output depends on every input, with its Jacobian.
# - Explain what a tiny number inside a logarithm does to a gradient.
# - Tell from the first loss, $\log C$, whether training may begin.
#
# A network now has an end.
# Its gradient is the upstream gradient of everything before it.
# In the next chapter the affine layer gets a relative that looks at images in small patches, the convolution; in chapter 09 your loss sits on top of a network with two layers.
