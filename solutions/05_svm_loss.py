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
# # The SVM loss
#
# ## What you will build
#
# You will write a loss: the function that looks at the scores of a network and says in one number how wrong they are.
# You will derive its gradient, from a single pair of scores up to a whole batch, and then train a classifier with it whose ten templates you can look at.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import BLUE, BROWN, draw_images, draw_losses, draw_node, heat_map
from course_data import load_mnist

# %% figure
draw_node(
    "SVM loss\n(labels y)",
    inputs={"x": "(N, C)"},
    outputs={"loss": ""},
    loss=False,
)

# %% [markdown]
# This node stands at the far right of a network.
# From the left comes `x`, of shape $(N, C)$: for each of $N$ samples a row of $C$ **scores**, one for each class.
# The class with the highest score is the network's answer.
#
# Inside the node you see the **labels** `y`.
# They are $N$ integers between 0 and $C - 1$, and `y[n]` is the **true class** of sample $n$.
# They have no edge of their own, because they are given: nobody can push a label a little, and so it has no gradient.
#
# Out comes one number, the loss.
# In the earlier chapters somebody handed you an upstream gradient.
# Here is the place where it is born.
# Nothing stands to the right of the loss, and the slope of the loss with respect to itself, `dloss` in the picture, is always 1.
# So a loss needs no `dout` and no cache.
# It returns two things at once: the loss, and `dx`, which the layer to its left will receive as its `dout`.

# %% [markdown]
# ## Forward
#
# When is a row of scores good?
# It is not enough that the true class has the highest score.
# It should be ahead of *every* other class by a safety distance, and we take the distance 1.
# The idea comes from the support vector machine, and that is what SVM stands for.
#
# For sample $n$ and a wrong class $j$, the **margin** says by how much class $j$ breaks this rule:
#
# $$
# m_{nj} = x_{nj} - x_{n y_n} + 1 .
# $$
#
# If the margin is negative or 0, class $j$ is far enough behind.
# If it is positive, class $j$ is too near, or even ahead.
# Only positive margins cost something.
# The loss of a sample adds them up, and the loss of the batch is the mean over its samples:
#
# $$
# L_n = \sum_{j \neq y_n} \max(0,\, m_{nj}),
# \qquad
# L = \frac{1}{N} \sum_{n} L_n .
# $$
#
# The function $\max(0, m)$ is flat on the left and rises on the right, like a door on its hinge.
# It is called the **hinge**, and you know it from the last chapter under another name.
#
# The sum leaves out $j = y_n$.
# For the true class the formula of the margin would compare a score with itself and always give 1.
# Keep that in mind; it will come back.
#
# Here is a small example with $N = 2$ samples and $C = 4$ classes.

# %%
x = np.array([[3.0, 1.0, 2.5, 0.0],
              [1.0, 2.0, 0.5, -2.0]])
y = np.array([0, 2])

# %% [markdown]
# Sample 0 has the true class 0, with the score 3.
# By hand:
#
# | wrong class $j$ | margin $x_{0j} - 3 + 1$ | $\max(0, m)$ |
# |---|---|---|
# | 1 | $1 - 3 + 1 = -1$ | 0 |
# | 2 | $2.5 - 3 + 1 = 0.5$ | 0.5 |
# | 3 | $0 - 3 + 1 = -2$ | 0 |
#
# So $L_0 = 0.5$.
# The answer of the network is right, and it costs something all the same: class 2 is too near.
#
# Sample 1 has the true class 2, with the score 0.5.
# Compute its three margins by hand before you run the next cell.

# %%
print("x[1] - x[1, 2] + 1 =", x[1] - x[1, 2] + 1)
print("L_1 =", 1.5 + 2.5)
print("L   =", (0.5 + 4.0) / 2)

# %% [markdown]
# The printed row has four entries.
# The third one, 1, is the true class against itself.
# It is no part of the sum.

# %% [markdown]
# ## Predict
#
# Stay with sample 1: scores `[1.0, 2.0, 0.5, -2.0]`, true class 2, loss $L_1 = 4$.
# Answer two questions without code.
#
# **What does a small push do?**
# Raise one score by 0.1 and leave the other three as they are.
# By how much does $L_1$ change?
# Do this for each of the four scores in turn.
# A loss that falls has a negative change.
#
# **How much room is there?**
# The score of class 3 is $-2$.
# How far can it rise before $L_1$ begins to change?
#
# Return
#
# - `changes`, shape `(4,)`: the change of $L_1$ for each score,
# - `room`: one number.

# %% exercise
def predict_changes():
    """Say how the loss of sample 1 answers to a push.

    Returns
    -------
    changes : ndarray of shape (4,)
        Change of L_1 when the score of class 0, 1, 2, 3 is raised by 0.1, one at a time.
    room : float
        How far the score of class 3 can rise before L_1 changes.
    """
    ### BEGIN SOLUTION
    changes = np.array([0.1, 0.1, -0.2, 0.0])
    room = 1.5
    return changes, room
    ### END SOLUTION

# %% check
check(predict_changes)

# %% [markdown]
# Three kinds of scores have shown themselves.
# A wrong class that is too near pushes the loss up at slope 1.
# A wrong class that is far enough behind does nothing.
# And the true class pulls the loss down, once for each class that is too near.

# %% [markdown]
# ## Derive: one pair
#
# Begin with a single term.
# There are two plain numbers: $s_j$, the score of one wrong class, and $s_y$, the score of the true class.
# The loss is
#
# $$
# L = \max(0, m), \qquad m = s_j - s_y + 1 .
# $$
#
# There are two branches, and each has its own slopes.
#
# If $m > 0$, then $L = s_j - s_y + 1$.
# Push $s_j$ up by a tiny $\varepsilon$, and $L$ grows by $\varepsilon$.
# The slope with respect to $s_j$ is 1.
#
# If $m < 0$, then $L = 0$.
# Push $s_j$ up by a tiny $\varepsilon$: the margin is still negative, and $L$ is still 0.
# The slope is 0.
#
# Both branches fit into one line with a bracket that is 1 if the statement inside is true, and 0 if it is not:
#
# $$
# \frac{\partial L}{\partial s_j} = [\,m > 0\,] .
# $$
#
# Now push $s_y$ in the same way and find its slope.
# Look at its sign in the margin.
#
# One point is left, the corner $m = 0$.
# To its left the slope is 0, to its right it is 1, and at the corner itself there is none.
# The computer needs some number, so we agree on one.
# As for the ReLU, this course takes **0 at the corner, for both slopes**.
# The bracket above already says so.
# Such a corner is also called a **kink**.

# %% exercise
def hinge_pair(s_j, s_y):
    """One term of the loss, and its two slopes.

    Parameters
    ----------
    s_j : float
        Score of a wrong class.
    s_y : float
        Score of the true class.

    Returns
    -------
    loss : float
        max(0, m) with the margin m = s_j - s_y + 1.
    ds_j, ds_y : float
        Slopes of the loss with respect to s_j and s_y; both 0 where m is exactly 0.
    """
    ### BEGIN SOLUTION
    margin = s_j - s_y + 1
    if margin > 0:
        return margin, 1.0, -1.0
    return 0.0, 0.0, 0.0
    ### END SOLUTION

# %% check
check(hinge_pair)

# %% [markdown]
# ## Derive: one sample
#
# Now one whole sample: a row $s$ with $C$ scores, and its true class $y$.
#
# $$
# L = \sum_{j \neq y} \max(0,\, m_j), \qquad m_j = s_j - s_y + 1 .
# $$
#
# Take the score $s_j$ of a wrong class.
# In how many terms does it occur?
# In one, its own.
# So its slope is the one you already know:
#
# $$
# \frac{\partial L}{\partial s_j} = [\,m_j > 0\,] \qquad \text{for } j \neq y .
# $$
#
# Now take $s_y$.
# In how many terms does it occur?
# In all of them: there are $C - 1$ paths from $s_y$ to the loss.
# You know the slope of each path from the last exercise, and over several paths slopes add up.
# Write down this sum, and say in words what it counts.
# Then look at your prediction once more: the third entry of `changes` was this number times 0.1.
#
# Write both, the loss and the slopes `ds`, one for each class.
# A loop over the classes is fine.

# %% exercise
def hinge_sample(s, y):
    """Loss of one sample, and its slopes with respect to the scores.

    Parameters
    ----------
    s : ndarray of shape (C,)
        Scores.
    y : int
        True class.

    Returns
    -------
    loss : float
        Sum of max(0, s[j] - s[y] + 1) over all j except y.
    ds : ndarray of shape (C,)
        Slope of the loss with respect to each score.
    """
    ### BEGIN SOLUTION
    loss, ds = 0.0, np.zeros(len(s))
    for j in range(len(s)):
        if j == y:
            continue
        term, ds_j, ds_y = hinge_pair(s[j], s[y])
        loss += term
        ds[j] += ds_j
        ds[y] += ds_y
    return loss, ds
    ### END SOLUTION

# %% check
check(hinge_sample)

# %% [markdown]
# So the slope of the true class is **minus the count of positive margins**:
#
# $$
# \frac{\partial L}{\partial s_y} = -\sum_{j \neq y} [\,m_j > 0\,] .
# $$
#
# This gives you a test that costs nothing.
# The wrong classes contribute a 1 for each positive margin, the true class takes all of them away again: the entries of `ds` add up to 0.
# It has to be so, because the loss sees only differences of scores.
# Raise all scores by the same amount, and nothing changes.

# %% [markdown]
# ## Derive: one entry
#
# Now the batch.
# Its loss is the mean
#
# $$
# L = \frac{1}{N} \sum_{n} L_n .
# $$
#
# Take one entry $x_{nj}$.
# It belongs to sample $n$ and occurs in $L_n$ and in no other term.
# So there is one path, through $L_n$, and the slope of $L$ with respect to $L_n$ is $1/N$:
#
# $$
# \frac{\partial L}{\partial x_{nj}} = \frac{1}{N} \cdot \frac{\partial L_n}{\partial x_{nj}} .
# $$
#
# This is the factor $1/N$ that the affine chapter spoke of.
# It is born here, it travels to the left inside every upstream gradient, and no other layer divides by $N$ again.
#
# Put in what you know about one sample:
#
# $$
# \text{dx}_{nj} =
# \begin{cases}
# \dfrac{1}{N}\,[\,m_{nj} > 0\,] & \text{if } j \neq y_n, \\[2ex]
# -\dfrac{1}{N} \displaystyle\sum_{k \neq y_n} [\,m_{nk} > 0\,] & \text{if } j = y_n .
# \end{cases}
# $$
#
# Write this for one entry.
# Both cases are needed.

# %% exercise
def svm_dx_entry(x, y, n, j):
    """One entry of dx.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.
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
    N, C = x.shape
    true = y[n]
    if j != true:
        return float(x[n, j] - x[n, true] + 1 > 0) / N
    count = 0
    for k in range(C):
        if k != true and x[n, k] - x[n, true] + 1 > 0:
            count += 1
    return -count / N
    ### END SOLUTION

# %% check
check(svm_dx_entry)

# %% [markdown]
# ## Derive: all entries at once
#
# Two tables with $N$ rows and $C$ columns are enough to write all entries in one line.
#
# The first is $P$, with $P_{nj} = 1$ where a *wrong* class $j$ has a positive margin, and 0 everywhere else.
# At the true class $P$ is 0.
# Such a table of yes and no is called a **mask**.
#
# The second is $Y$, with $Y_{nj} = 1$ if $j = y_n$, and 0 everywhere else.
# Each row holds a single 1, at the true class.
# The rows are called **one-hot**.
#
# The count of row $n$ is the sum of that row of the mask, $c_n = \sum_k P_{nk}$.
# Then both cases of the formula become
#
# $$
# \text{dx}_{nj} = \frac{P_{nj} - c_n\, Y_{nj}}{N} .
# $$
#
# For a wrong class the second term is 0, for the true class the first.
#
# Three things from NumPy will help.
# The next cell shows two of them on the example: one-hot rows, and how to pick one entry from each row with two lists of indices.

# %%
rows = np.arange(2)                 # 0, 1: one index for each row
print(np.eye(4)[y])                 # row y[n] of the unit matrix: the one-hot row of sample n
print(x[rows, y])                   # x[0, y[0]] and x[1, y[1]]: the scores of the true classes

# %% [markdown]
# What stands on the right can also stand on the left: `a[rows, y] = 7` writes into one entry of each row.
#
# The third is a trap.
# A comparison such as `m > 0` gives an array of truth values.
# If you write $-3$ into such an array, it becomes `True`, because an array of truth values can hold nothing else.
# Turn it into numbers first, with `.astype(float)`.
# And if you add up its rows, mind the shape: a count for each row must become a column, $(N, 1)$, before it can be multiplied with a table of shape $(N, C)$.
# The argument `keepdims=True` of `sum` keeps it a column.
#
# Write `dx` from the mask and the labels, without a loop.

# %% exercise
def svm_dx_matrix(positive, y):
    """All entries of dx, from the mask of positive margins.

    Parameters
    ----------
    positive : ndarray of bool, shape (N, C)
        True where a wrong class has a positive margin. False at the true classes.
    y : ndarray of integers, shape (N,)
        Labels.

    Returns
    -------
    dx : ndarray of shape (N, C)
    """
    ### BEGIN SOLUTION
    N, C = positive.shape
    count = positive.sum(axis=1, keepdims=True)
    return (positive.astype(float) - count * np.eye(C)[y]) / N
    ### END SOLUTION

# %% check
check(svm_dx_matrix)

# %% [markdown]
# ## Implement
#
# First with loops, close to the formulas.
# One loop runs over the samples, one over the classes.
# Each positive margin adds to the loss and touches two entries of `dx`.
# Both the loss and `dx` need their mean.

# %% exercise
def svm_loss_naive(x, y):
    """Multiclass hinge loss and its gradient, with loops.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.
    y : ndarray of integers, shape (N,)
        Labels: y[n] is the true class of sample n.

    Returns
    -------
    loss : float
        Mean over the samples.
    dx : ndarray of shape (N, C)
        Gradient of the loss with respect to x; a margin of exactly 0 contributes 0.
    """
    ### BEGIN SOLUTION
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            if j == y[n]:
                continue
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                dx[n, j] += 1
                dx[n, y[n]] -= 1
    return loss / N, dx / N
    ### END SOLUTION

# %% check
check(svm_loss_naive)

# %% [markdown]
# The loops are right, and slow.
# Now the same without loops.
# Go step by step, and say the shape of every array aloud:
#
# 1. The scores of the true classes, one for each row.
#    To subtract them from `x` they must be a column, $(N, 1)$; `[:, np.newaxis]` makes a column of $(N,)$.
# 2. All margins at once, $(N, C)$.
#    At the true classes stands a 1 that does not belong there.
#    Set it to 0.
# 3. The mask: where is a margin positive?
# 4. The loss from the margins and the mask, and `dx` from the mask.
#    You have written that function already, and may call it.
#
# Leave `x` as it is: the layer that made it may still need it.

# %% exercise
def svm_loss(x, y):
    """Multiclass hinge loss and its gradient, without loops.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.
    y : ndarray of integers, shape (N,)
        Labels: y[n] is the true class of sample n.

    Returns
    -------
    loss : float
        Mean over the samples.
    dx : ndarray of shape (N, C)
        Gradient of the loss with respect to x; a margin of exactly 0 contributes 0.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, np.newaxis] + 1
    margins[rows, y] = 0
    positive = margins > 0
    loss = margins[positive].sum() / len(x)
    return loss, svm_dx_matrix(positive, y)
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# A loss is the easiest thing to check by pushing, because it is the number itself.
# There is no upstream gradient to think of.
# Pick an entry of `x`, move it by a small step $h$ to both sides, and divide the difference of the loss by $2h$.
# The next cell does it for all eight entries of the example.

# %%
@when_written
def every_entry_by_hand():
    loss, dx = svm_loss(x, y)
    h = 1e-5
    numerical = np.zeros(x.shape)
    for n in range(2):
        for j in range(4):
            above, below = x.copy(), x.copy()
            above[n, j] += h
            below[n, j] -= h
            numerical[n, j] = (svm_loss(above, y)[0] - svm_loss(below, y)[0]) / (2 * h)
    print("loss", loss)
    print("dx\n", dx)
    print("numerical gradient\n", numerical.round(9))
    print("sums of the rows of dx:", dx.sum(axis=1))

# %% [markdown]
# The loss is the 2.25 that you computed by hand.
# Row 1 of `dx` is your prediction, divided by 0.1 and by $N = 2$.
# Each row adds up to 0.
#
# The hinge is made of straight lines, and on a straight line a numerical gradient is exact up to rounding.
# Only at a kink it goes wrong: with a margin of exactly 0 it steps once onto the flat side and once onto the steep side, and finds 0.5.
# That says nothing about your formula.
# So the check keeps all margins away from 0, except in the one row of its table that asks for the convention.

# %% check
check(svm_loss)

# %% [markdown]
# Did it pay to get rid of the loops?

# %%
@when_written
def loops_or_not():
    rng = np.random.default_rng(0)
    many, labels = rng.normal(0, 1, (2000, 10)), rng.integers(0, 10, 2000)
    for function in (svm_loss_naive, svm_loss):
        start = time.perf_counter()
        loss, _ = function(many, labels)
        seconds = time.perf_counter() - start
        print(f"{function.__name__:>15}  loss {loss:.6f}  {1000 * seconds:8.2f} ms")

# %% [markdown]
# ## A number to know before you train
#
# A network that has not learned anything has small random weights, and its scores are all near 0.
# What is the loss then?
# Put zeros into the formula, for $C$ classes, and work it out.

# %% exercise
def start_loss(C):
    """The loss of a network whose scores are all 0.

    Parameters
    ----------
    C : int
        Number of classes.

    Returns
    -------
    float
    """
    ### BEGIN SOLUTION
    return float(C - 1)
    ### END SOLUTION

# %% check
check(start_loss)

# %%
@when_written
def start_of_training():
    rng = np.random.default_rng(1)
    for C in (2, 10, 100):
        near_zero, labels = rng.normal(0, 0.001, (500, C)), rng.integers(0, C, 500)
        loss, _ = svm_loss(near_zero, labels)
        print(f"C = {C:3}: start_loss {start_loss(C)}, svm_loss of scores near 0: {loss:.4f}")

# %% [markdown]
# Such a number is called a **sanity number**.
# Print the loss before the first step of every training.
# If it is far from what it should be, stop: something is wrong before anything has been learned.

# %% [markdown]
# ## Find the bug
#
# A colleague has used this function for two years, in a program that tells spam from other mail.
# There are two classes, and its gradient check has always passed.
# Last week they used it for ten classes, and it trains badly.
# It has two bugs.

# %%
def svm_loss_buggy(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                if j != y[n]:
                    dx[n, j] = 1
                    dx[n, y[n]] = -1
    return loss / N, dx / N


rng = np.random.default_rng(1)
for C in (2, 10):
    loss, _ = svm_loss_buggy(rng.normal(0, 0.001, (500, C)), rng.integers(0, C, 500))
    print(f"C = {C:2}, scores near 0: loss {loss:.4f}")

# %% [markdown]
# One bug is in the loss, and the sanity number shows it: both losses are 1 too high.
# Why did no gradient check find it?
# The function adds exactly 1 to the loss of every sample, whatever the scores are.
# A constant has the slope 0, and a gradient check looks only at slopes.
# A loss needs a second test, and now you have one.
#
# The other bug is in `dx`, and it hides as long as there are only two classes.
# Expose it: give the scores of one sample for which `dx` comes out wrong.
# The true class is 0, and the answer of the network is to be right: class 0 has the highest score.
# You choose the number of classes.

# %% exercise
def exposing_scores():
    """Scores for which svm_loss_buggy gives a wrong dx, though the network is right.

    Returns
    -------
    ndarray of shape (C,)
        One score for each class. The true class is 0, and scores[0] is the highest.
    """
    ### BEGIN SOLUTION
    return np.array([2.0, 1.5, 1.8])
    ### END SOLUTION

# %% check
check(exposing_scores)

# %% [markdown]
# Now mend both bugs.

# %% exercise
def svm_loss_mended(x, y):
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
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0 and j != y[n]:
                loss += margin
                dx[n, j] = 1
                dx[n, y[n]] -= 1
    return loss / N, dx / N
    ### END SOLUTION

# %% check
check(svm_loss_mended)

# %% [markdown]
# The second bug is an old acquaintance: a value that is used several times receives the *sum* of its gradients.
# An assignment keeps only the last of them.

# %% [markdown]
# ## A linear model
#
# Where do scores come from?
# In the simplest model each class has one weight for every feature, and the score of a class is the weighted sum of the features.
# That is the affine layer without its bias:
#
# $$
# s = x\,w, \qquad L = \text{svm\_loss}(s, y) .
# $$
#
# The letter $x$ moves one place to the left here.
# Now it is the data, of shape $(N, D)$, one sample in each row.
# The weights $w$ have shape $(D, C)$, **one class in each column**.
# The scores $s$ have shape $(N, C)$, and they are what `svm_loss` receives.
#
# If many weights give nearly the same loss, we prefer small ones: they do not rely on a single feature.
# To say so, we add a **penalty** to the loss.
# This is called **L2 regularisation**:
#
# $$
# R = \text{reg} \cdot \sum_{d, c} w_{dc}^2 .
# $$
#
# The number $\text{reg}$ says how much small weights are worth to us.
# Each weight occurs in one term only, so its slope is the derivative of $\text{reg} \cdot w_{dc}^2$, by itself.
# Write the penalty and its gradient.
# No loop is needed.

# %% exercise
def l2_penalty(w, reg):
    """L2 penalty of weights, and its gradient.

    Parameters
    ----------
    w : ndarray of shape (D, C)
        Weights.
    reg : float
        Strength.

    Returns
    -------
    penalty : float
        reg times the sum of all squared weights.
    dw : ndarray of shape (D, C)
        Gradient of the penalty with respect to w.
    """
    ### BEGIN SOLUTION
    return reg * np.sum(w * w), 2 * reg * w
    ### END SOLUTION

# %% check
check(l2_penalty)

# %% [markdown]
# Some books write $\tfrac{1}{2}\,\text{reg} \cdot \sum w^2$, so that the 2 does not appear in the gradient.
# Both are fine.
# What is not fine is the loss of one book with the gradient of the other: then the gradient belongs to no loss at all.
# This course writes no $\tfrac{1}{2}$.
#
# Now put the model together.
# The loss is a sum of two terms, and $w$ reaches it along two paths:
#
# - through the scores.
#   They come out of an affine layer, whose upstream gradient is the `dx` of `svm_loss`; call it `ds`, of shape $(N, C)$.
#   You derived the gradient of an affine layer with respect to its weights in chapter 03.
#   The dimensions remind you: from `x` of shape $(N, D)$ and `ds` of shape $(N, C)$ comes `dw` of shape $(D, C)$.
# - through the penalty.
#
# Along a path slopes multiply, over the paths they add up.
# The mean over $N$ is already inside `ds`.
# The penalty belongs to no sample and is not divided by $N$.

# %% exercise
def svm_loss_linear(w, x, y, reg):
    """SVM loss of a linear model with L2 regularisation.

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
        SVM loss of the scores x @ w, plus reg times the sum of all squared weights.
    dw : ndarray of shape (D, C)
        Gradient of the loss with respect to w.
    """
    ### BEGIN SOLUTION
    loss, ds = svm_loss(x @ w, y)
    penalty, dpenalty = l2_penalty(w, reg)
    return loss + penalty, x.T @ ds + dpenalty
    ### END SOLUTION

# %% check
check(svm_loss_linear)

# %% [markdown]
# If the check says that the loss is wrong, look first whether `svm_loss` and `l2_penalty` are green.
# This function can only be as right as what it calls.

# %% [markdown]
# ## See it: the hinge
#
# Take sample 1 of the example once more, and let one of its scores move while the others stay.
# On the left the score of class 1 moves, a wrong class.
# On the right moves the score of class 2, the true class.
# The numbers along the curves are the slopes that your `svm_loss` returns.

# %% figure
def moving_score(ax, s, y, j, ends):
    """The loss of one sample while s[j] moves, with the slope on each straight piece."""

    def loss_and_slope(value):
        moved = s.copy()
        moved[j] = value
        loss, dx = svm_loss(moved[np.newaxis], np.array([y]))
        return loss, dx[0, j]

    values = np.linspace(ends[0], ends[-1], 201)
    ax.plot(values, [loss_and_slope(value)[0] for value in values], color=BLUE, lw=2)
    for left, right in zip(ends[:-1], ends[1:]):
        middle = (left + right) / 2
        loss, slope = loss_and_slope(middle)
        side = {1: "right", 0: "center", -1: "left"}[np.sign(slope)]
        ax.annotate(f"slope {slope:z.0f}", (middle, loss), (-5 * np.sign(slope), 7), color=BROWN,
                    textcoords="offset points", ha=side, va="bottom", fontsize=11)
    for kink in ends[1:-1]:
        ax.axvline(kink, color="0.7", lw=1, ls=":", zorder=0)
    now, _ = loss_and_slope(s[j])
    ax.plot(s[j], now, "o", color=BLUE, ms=8)
    ax.annotate("now", (s[j], now), (0, -9), textcoords="offset points", ha="center", va="top")
    ax.set_ylim(bottom=0)


@when_written
def hinge_of_one_sample():
    s, y = np.array([1.0, 2.0, 0.5, -2.0]), 2
    print("loss now:", svm_loss(s[np.newaxis], np.array([y]))[0])
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    moving_score(axes[0], s, y, 1, ends=[-4, -0.5, 5])
    moving_score(axes[1], s, y, 2, ends=[-4, -1, 2, 3, 8])
    axes[0].set_title("a wrong class moves", fontsize=11)
    axes[0].set_xlabel("score of class 1")
    axes[0].set_ylabel("loss of the sample")
    axes[1].set_title("the true class moves", fontsize=11)
    axes[1].set_xlabel("score of class 2")
    plt.show()

# %% [markdown]
# On the left is one hinge, on top of the 1.5 that class 0 costs in any case.
# On the right three hinges are added up, turned the other way.
# A dotted line stands where the margin of one wrong class is exactly 0, that is 1 above the score of that class.
# Read the slopes from right to left: 0, $-1$, $-2$, $-3$.
# They are minus the count of positive margins.
# Far to the right, where the true class is ahead of everybody by 1 or more, the loss is 0 and asks for nothing more.

# %% [markdown]
# ## See it: ten templates
#
# Now train.
# The function `train` below does what all training does: take some samples, compute the loss and its gradient, make a small step against the gradient, and repeat.
# The factor in front of the gradient is called the **learning rate**.
# It shrinks to 0, so that the weights come to rest at the end.
# All of this is given.
# Read it, and look for the one line in which your work is used.

# %%
def train(w, x, y, reg, steps=1000, batch=200, rate=0.05):
    """Gradient descent on random batches.

    Returns
    -------
    w : ndarray of shape (D, C)
        Trained weights. The array that was passed in is not changed.
    losses : ndarray of shape (steps,)
        The loss of each step's batch, before the step.
    """
    rng = np.random.default_rng(0)
    w, losses = w.copy(), np.zeros(steps)
    start = time.perf_counter()
    for step in range(steps):
        chosen = rng.integers(0, len(x), batch)
        losses[step], dw = svm_loss_linear(w, x[chosen], y[chosen], reg)
        w -= rate * (1 - step / steps) * dw
        if (step + 1) % 250 == 0:
            seconds = time.perf_counter() - start
            print(f"  step {step + 1} of {steps}, loss {losses[step]:.3f}, {seconds:.1f} s")
    return w, losses


def accuracy(w, x, y):
    """The share of samples whose true class has the highest score."""
    return np.mean((x @ w).argmax(axis=1) == y)

# %% [markdown]
# MNIST has 60 000 digits to train with and 10 000 to test with.
# An image is a row of $D = 784$ grey values, and there are $C = 10$ classes.
# We train two models from the same random start: one without the penalty, one with it.

# %%
def train_two_models(x_train, y_train):
    """Weights before training, trained with each `reg`, and the losses of both trainings."""
    start = np.random.default_rng(5).normal(0, 0.03, (784, 10))
    loss, _ = svm_loss_linear(start, x_train, y_train, 0.0)
    print(f"loss before training: {loss:.2f}")

    models, curves = {}, {}
    for reg in (0.0, 0.02):
        name = f"reg = {reg:g}"
        print(name)
        models[name], curves[name] = train(start, x_train, y_train, reg)
    return start, models, curves

# %% figure
def draw_dx(tables, y):
    """N times dx as tables of whole numbers; zeros are left empty."""
    _, axes = plt.subplots(1, len(tables), figsize=(10, 4.6), layout="constrained")
    for ax, (name, table) in zip(axes, tables.items()):
        heat_map(ax, table, name, limit=4, numbers=".0f", zeros=False, fontsize=9)
        ax.set_aspect("auto")
        ax.set_xticks(range(10))
        ax.set_yticks(range(len(y)), [f"a {digit}" for digit in y])
        ax.set_xlabel("class")
    axes[0].set_ylabel("sample")
    plt.show()


@when_written
def ten_templates():
    training, (x_test, y_test) = load_mnist()
    start, models, curves = train_two_models(*training)
    for name, w in models.items():
        print(f"{name}: {accuracy(w, x_test, y_test):.1%} of the test digits are recognised")
    draw_images([w.T for w in models.values()], [[f"class {digit}" for digit in range(10)]],
                list(models), limit=0.2, scale="weight")
    draw_losses(curves, start=9, meaning="C - 1", window=50, yscale="log")

    tables = {}
    for name, w in {"before training": start, "after training": models["reg = 0"]}.items():
        _, dx = svm_loss(x_test @ w, y_test)
        print(f"{name}: {np.mean(~dx.any(axis=1)):.0%} of the test digits have a row of zeros in dx")
        tables[name] = (len(dx) * dx[:15]).round()
    draw_dx(tables, y_test[:15])

# %% [markdown]
# Before training the loss is near $C - 1 = 9$, as it should be: the first weights are small, and so are the scores.
# After training about 91 % of the test digits are recognised.
# The templates that we made by hand in chapter 03 recognised four in five.
#
# **The templates.**
# Column $c$ of `w` is shown as an image.
# Red are the pixels where ink speaks for class $c$, blue those where ink speaks against it.
# A 0 must not have ink in its middle; a 1 should have it exactly there.
# These are not average digits.
# A template need not look like its digit, it only has to tell it apart from the nine others.
#
# Compare the two rows at the borders of the images.
# Without the penalty the borders are speckled.
# Many pixels there are white in every training image: $x_{nd} = 0$ for all $n$.
# Then the scores do not depend on $w_{dc}$ at all, the gradient of the SVM loss is 0 there, and these weights keep the random values they started with.
# Only the penalty can move them.
# Its gradient $2\,\text{reg}\,w$ makes each weight a little smaller in every step, and what nobody needs fades away.
#
# **The loss curves.**
# The thin lines show the loss of each batch, the thick ones the mean over 50 steps.
# Both models begin near $C - 1$, and the loss falls fast.
# The dashed curve ends higher, because its loss contains the penalty, and because smaller weights cannot keep the scores as far apart.
#
# **The gradient.**
# The tables show $N$ times `dx` for fifteen test digits; empty fields are 0.
# Before training every wrong class is too near, and every true class gets $-9$.
# After training most rows are empty: these digits are ahead by the safety distance, and they push no weight any more.
# What is left to learn comes from the few rows that are not empty.
# They support the border between the classes, and that is where the support vector machine has its name from.
#
# ## What you can now do
#
# - Derive the gradient of a loss with branches: find the slope on each branch, state what holds at the corner, add over the paths.
# - Say why the true class gets minus the count of positive margins, and where the factor $1/N$ of every later gradient is born.
# - Turn two loops into masks and one-hot rows.
# - Test a loss twice: its gradient against numbers, and its value at the start against $C - 1$.
# - Add a penalty to a loss, and train a classifier with nothing but your own functions.
#
# The SVM loss is satisfied as soon as every margin is closed.
# In the next chapter you meet a loss that is never quite satisfied: it reads scores as probabilities, and its gradient is a single line.
