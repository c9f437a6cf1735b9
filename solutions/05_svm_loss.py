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
# **Time:** about 100 minutes, with a resting place after 50 minutes.
#
# **Needs:** the affine layer of chapter 03 and relu of chapter 04; the chain rule.
#
# ## What you will build
#
# You will write a loss: the function that says in one number how wrong the scores of a network are.
# You will derive its gradient, from a single pair of scores to a whole batch, and train a classifier whose ten templates you can look at.

# %%
from autograder import check, progress, when_written
from autograder.pictures import BLUE, BROWN, GREY, draw_images, draw_node, heat_map, show
from course_data import load_mnist

import time

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node("SVM loss\n(labels y)", inputs={"x": "(N, C)"}, outputs={"loss": ""}, loss=False)

# %% [markdown]
# This node stands at the far right of a network.
# From the left comes `x`, of shape $(N, C)$: for each of $N$ samples a row of $C$ **scores**, one for each class.
# The class with the highest score is the network's answer.
#
# Inside the node you see the **labels** `y`.
# They are $N$ integers between 0 and $C - 1$, and `y[n]` is the **true class** of sample $n$.
# They have no edge of their own: nobody can push a label a little, so it has no gradient.
#
# Out comes one number, the loss.
# Nothing stands to its right, and its slope with respect to itself, `dloss` in the picture, is 1.
# So a loss needs no `dout` and no cache.
# It returns itself and `dx`, which the layer to its left receives as its `dout`.

# %% [markdown]
# ## Forward
#
# When is a row of scores good?
# It is not enough that the true class has the highest score.
# It should be ahead of *every* other class by a safety distance, and we take the distance 1.
# The idea comes from the support vector machine, SVM for short.
#
# For sample $n$ and a wrong class $j$, the **margin** says by how much class $j$ breaks this rule:
#
# $$
# m_{nj} = x_{nj} - x_{n y_n} + 1 .
# $$
#
# If it is negative or 0, class $j$ is far enough behind.
# If it is positive, class $j$ is too near, or even ahead, and that costs something.
# The loss of a sample adds up its positive margins, and the loss of the batch is the mean over its samples:
#
# $$
# L_n = \sum_{j \neq y_n} \max(0,\, m_{nj}),
# \qquad
# L = \frac{1}{N} \sum_{n} L_n .
# $$
#
# The function $\max(0, m)$ is flat on the left and rises on the right, like a door on its hinge.
# It is called the **hinge**; you know it as relu.
#
# The sum leaves out $j = y_n$.
# There the margin would compare a score with itself and always be 1.
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
# The network is right, and it costs something all the same: class 2 is too near.
#
# Sample 1 has the true class 2, with the score 0.5.
# Compute its three margins by hand before you run the next cell.

# %%
print("x[1] - x[1, 2] + 1 =", x[1] - x[1, 2] + 1)
print("L_1 =", 1.5 + 2.5)
print("L   =", (0.5 + 4.0) / 2)

# %% [markdown]
# The third entry of the printed row, 1, is the true class against itself, and no part of the sum.

# %% [markdown]
# ## Predict
#
# Stay with sample 1: scores `[1.0, 2.0, 0.5, -2.0]`, true class 2, loss $L_1 = 4$.
# Answer two questions without code.
#
# **What does a small push do?**
# Raise one of the four scores by 0.1 and leave the others as they are.
# By how much does $L_1$ change, for each score in turn?
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

# %% worked [markdown]
# The loss of sample 1 has three terms, one for each wrong class:
#
# $$
# L_1 = \max(0,\, x_{10} - x_{12} + 1) + \max(0,\, x_{11} - x_{12} + 1) + \max(0,\, x_{13} - x_{12} + 1) .
# $$
#
# With the scores 1, 2, 0.5 and $-2$ the margins are 1.5, 2.5 and $-1.5$, and $L_1 = 1.5 + 2.5 + 0 = 4$.
# Now raise one score at a time by 0.1:
#
# | raised | margins of classes 0, 1, 3 | $L_1$ | change |
# |---|---|---|---|
# | class 0 | $1.6,\; 2.5,\; -1.5$ | 4.1 | $0.1$ |
# | class 1 | $1.5,\; 2.6,\; -1.5$ | 4.1 | $0.1$ |
# | class 2, the true one | $1.4,\; 2.4,\; -1.6$ | 3.8 | $-0.2$ |
# | class 3 | $1.5,\; 2.5,\; -1.4$ | 4 | 0 |
#
# A wrong class stands in one margin only, its own.
# The true class stands in all three with a minus sign, and two of them are positive: both fall by 0.1.
# The third falls too, but it was negative already, and a hinge does not notice that.
#
# **The room.**
# Class 3 begins to cost something where its margin $x_{13} - 0.5 + 1$ is 0, that is at $x_{13} = -0.5$.
# From $-2$ it is $1.5$ up to there.
# That is minus the margin of $-1.5$: a negative margin says how much room is left.

# %% [markdown]
# A wrong class that is too near pushes the loss up at slope 1; one that is far enough behind does nothing.
# Why does the true class pull twice as hard?
# That is what the derivation has to say.

# %% [markdown]
# ## Derive: one pair
#
# Begin with a single term: $s_j$ is the score of one wrong class, $s_y$ that of the true class, and
#
# $$
# L = \max(0, m), \qquad m = s_j - s_y + 1 .
# $$
#
# There are two branches, and each has its own slopes.
# Push $s_j$ up by a tiny $\varepsilon$.
#
# - If $m > 0$, then $L = s_j - s_y + 1$ grows by $\varepsilon$: the slope is 1.
# - If $m < 0$, the margin is still negative and $L$ still 0: the slope is 0.
#
# Both fit into one line with a bracket that is 1 if the statement inside is true, and 0 if it is not:
#
# $$
# \frac{\partial L}{\partial s_j} = [\,m > 0\,] .
# $$
#
# Now push $s_y$ in the same way and find its slope.
# Look at its sign in the margin.
#
# One point is left, the **kink** at $m = 0$.
# To its left the slope is 0, to its right it is 1, and at the kink itself there is none.
# As for relu, this course takes **0 there, for both slopes**, as the bracket says.

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

# %% worked [markdown]
# Push $s_y$ up by a tiny $\varepsilon$.
#
# - If $m > 0$, then $L = s_j - s_y + 1$ falls by $\varepsilon$: the slope is $-1$.
# - If $m < 0$, the margin becomes still smaller and $L$ stays 0: the slope is 0.
#
# The chain rule says the same in one line.
# The loss reaches $s_y$ through $m$, by way of two slopes: that of the hinge, $[\,m > 0\,]$, and that of the margin, $-1$:
#
# $$
# \frac{\partial L}{\partial s_y} = [\,m > 0\,] \cdot (-1) = -[\,m > 0\,] .
# $$
#
# For $s_j$ the second factor is $+1$.
# So the two slopes always add up to 0: the pair sees only the difference $s_j - s_y$, and if both scores rise together, nothing changes.
#
# With $s_j = 2$ and $s_y = 1.5$ the margin is 1.5, the loss 1.5, and the slopes are 1 and $-1$.
# Raise $s_y$ to 1.6, and the loss is 1.4.
# With $s_j = 2$ and $s_y = 3$ the margin is exactly 0: the loss is 0, and so are both slopes, by our convention.
#
# In the code one `if margin > 0` decides about the loss and both slopes together, and the strict $>$ puts the kink on the flat side.

# %% [markdown]
# ## Derive: one entry
#
# Now the whole batch:
#
# $$
# L = \frac{1}{N} \sum_{n} \sum_{j \neq y_n} \max(0,\, m_{nj}) .
# $$
#
# Take the score $x_{nj}$ of a wrong class.
# It stands in one term of this sum, its own.
# Between this term and the loss lies a factor $1/N$:
#
# $$
# \frac{\partial L}{\partial x_{nj}} = \frac{1}{N}\,[\,m_{nj} > 0\,]
# \qquad \text{for } j \neq y_n .
# $$
#
# The factor $1/N$ is born here, travels to the left inside every upstream gradient, and no other layer divides by $N$ again.
#
# Now take the score of the true class, $x_{n y_n}$.
# In how many terms of the sum does it stand?
# Each is a path to the loss, you know the slope along each path, and over several paths slopes add up.
# Write down this sum, and say in words what it counts.
# (The third entry of `changes` was 0.1 times this slope, for a single sample.)
#
# Then write one entry of `dx`, for a wrong class or the true one.

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

# %% worked [markdown]
# A sample's scores stand only in that sample's own terms, so only the $C - 1$ terms of row $n$ matter, one for each wrong class.
#
# The score of a wrong class stands in one of them, with the factor $+1$ in its margin.
# That is one path.
#
# The score of the true class stands in all $C - 1$ of them, in each with the factor $-1$.
# That is $C - 1$ paths.
# Along the path through class $j$ three slopes are multiplied: $\tfrac{1}{N}$ for the mean, $[\,m_{nj} > 0\,]$ for the hinge, and $-1$ for the margin.
# Then the paths add up:
#
# $$
# \frac{\partial L}{\partial x_{n y_n}} = \sum_{j \neq y_n} \frac{1}{N} \cdot [\,m_{nj} > 0\,] \cdot (-1)
#   = -\frac{1}{N} \sum_{j \neq y_n} [\,m_{nj} > 0\,] .
# $$
#
# A sum of ones and zeros counts the ones.
# Here these are the wrong classes of sample $n$ that are too near, and that is why the true class pulls harder the more of them there are.
#
# In the example, sample 1 has the margins 1.5 and 2.5 for classes 0 and 1, and $-1.5$ for class 3, and $N = 2$.
# So its row of `dx` is $\left(\tfrac{1}{2},\, \tfrac{1}{2},\, -\tfrac{2}{2},\, 0\right)$, and it adds up to 0.
#
# In the code the class that runs through the sum is called `k`, since `j` is the class that was asked for, and `k != true` leaves out the margin of the true class with itself.

# %% [markdown]
# A test that costs nothing: every row of `dx` adds up to 0.
# It has to be so, because the loss sees only differences of scores.
# Raise all scores of a sample by the same amount, and nothing changes.

# %% book [markdown]
# Here are the scores of sample 0 from the example, and they can be dragged.
#
# ```{picture} hinge_and_softmax
# :show: hinge
# :alt: Four classes as dots on an axis of scores: class 0, the true one, at 3, class 1 at 1, class 2 at 2.5, class 3 at 0. A zone is shaded from 2, one below the true score, to the right. Class 2 stands 0.5 inside it, and is pushed to the left; the true class is pulled to the right. Below, the loss as the score of class 2 moves: 0 up to a score of 2, then a straight line that rises.
#
# The shaded zone begins at the score of the true class, minus 1.
# A wrong class inside it costs its margin, the thick bar.
# The arrows show where a small step downhill moves a score: against $\text{dx}$.
# Below, the loss is drawn as the score that you moved last runs over the whole axis.
#
# - Pull class 3 slowly to the right. At first nothing happens, then it enters the zone, and the loss rises at slope 1.
# - Leave it inside the zone, beside class 2. The true class now has $\text{dx} = -2$: it counts the classes that are too near.
# - Pull the true class to the right until nobody is too near. The loss is exactly 0, and so are all slopes.
# - Put a wrong class exactly on the edge of the zone. Its margin is 0: that is the kink, and both slopes are 0 there by our convention.
#
# With a keyboard: the tab key goes from dot to dot, the arrow keys move it by a quarter, and Page Up and Page Down by 1.
# ```

# %% [markdown]
# ## Derive: all entries at once
#
# Two tables with $N$ rows and $C$ columns are enough to write all entries in one line.
#
# The first, $P$, has a 1 where a *wrong* class has a positive margin, and 0 everywhere else, also at the true class.
# Such a table of yes and no is called a **mask**.
#
# The second, $Y$, has a 1 at the true class of each row, and 0 everywhere else.
# Its rows are called **one-hot**.
#
# The example above has
#
# $$
# P = \begin{pmatrix} 0 & 0 & 1 & 0 \\ 1 & 1 & 0 & 0 \end{pmatrix},
# \qquad
# Y = \begin{pmatrix} 1 & 0 & 0 & 0 \\ 0 & 0 & 1 & 0 \end{pmatrix} .
# $$
#
# Write down its `dx` by hand.
# Then look for the line that makes it: what does the sum of a row of $P$ say, and where does $Y$ put it?
#
# The next cell shows two things from NumPy: one-hot rows, and how to pick one entry from each row with two lists of indices.

# %%
rows = np.arange(2)                 # 0, 1: one index for each row
print(np.eye(4)[y])                 # row y[n] of the unit matrix: the one-hot row of sample n
print(x[rows, y])                   # x[0, y[0]] and x[1, y[1]]: the scores of the true classes

# %% [markdown]
# An index that reads can also write: `a[rows, y] = 7` writes into one entry of each row.
#
# Two traps.
# A comparison such as `m > 0` gives an array of truth values, and $-3$ written into it becomes `True`.
# Turn it into numbers first, with `.astype(float)`.
# And a sum with one number for each row must be a column, $(N, 1)$, to be multiplied with a table of shape $(N, C)$; `keepdims=True` keeps it one.
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

# %% worked [markdown]
# Let $c_n = \sum_j P_{nj}$ be the number of classes that are too near in row $n$.
# For one entry you have two formulas, and each of the two tables switches one of them on:
#
# $$
# \text{dx}_{nj} = \frac{1}{N} \left( P_{nj} - c_n\, Y_{nj} \right) .
# $$
#
# For a wrong class $Y_{nj}$ is 0, and $\tfrac{1}{N} P_{nj}$ is left: its own path.
# For the true class $P_{nj}$ is 0 and $Y_{nj}$ is 1, and $-\tfrac{1}{N} c_n$ is left: all its paths together.
#
# Now the shapes.
# $P$ and $Y$ have the shape $(N, C)$.
# $c$ has one number for each row, so it must be a column of shape $(N, 1)$; then NumPy repeats it along the classes, and the product with $Y$ multiplies row $n$ by $c_n$.
# With the shape $(N,)$ NumPy would line it up with the classes.
# For most $N$ that is an error, and for $N = C$ a wrong result without a word.
#
# In the example $c_0 = 1$ and $c_1 = 2$:
#
# $$
# \text{dx} = \frac{1}{2} \left[
# \begin{pmatrix} 0 & 0 & 1 & 0 \\ 1 & 1 & 0 & 0 \end{pmatrix}
# - \begin{pmatrix} 1 & 0 & 0 & 0 \\ 0 & 0 & 2 & 0 \end{pmatrix} \right]
# = \begin{pmatrix} -\tfrac{1}{2} & 0 & \tfrac{1}{2} & 0 \\ \tfrac{1}{2} & \tfrac{1}{2} & -1 & 0 \end{pmatrix} .
# $$
#
# In the code `positive.sum(axis=1, keepdims=True)` is $c$: the summed letter is $j$, the second one, and `keepdims` keeps it as an axis of size 1.

# %% [markdown]
# ## Implement
#
# First with loops, one over the samples and one over the classes.
# Each positive margin adds to the loss and touches two entries of `dx`.

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

# %% worked [markdown]
# So far you asked of an entry of `dx`: in which terms of the loss does it stand?
# A loop over the terms asks the other way round: which entries does this term touch?
#
# The term of sample $n$ and wrong class $j$ is $\tfrac{1}{N} \max(0, m_{nj})$.
# If the margin is positive, it is $\tfrac{1}{N} \left( x_{nj} - x_{n y_n} + 1 \right)$, and it touches two entries:
#
# $$
# \text{dx}_{nj} \text{ receives } +\frac{1}{N},
# \qquad
# \text{dx}_{n y_n} \text{ receives } -\frac{1}{N} .
# $$
#
# If it is not positive, the term is flat and touches none.
#
# The entry of the true class receives something from several terms.
# Over several paths slopes add up, so it must be `-=`; an assignment would keep only the last of them.
#
# Walk through sample 1 of the example, with the true class 2, and divide by $N$ at the end:
#
# | $j$ | margin | loss so far | row of `dx` so far, times $N$ |
# |---|---|---|---|
# | 0 | $1.5$ | 1.5 | $(1,\; 0,\; -1,\; 0)$ |
# | 1 | $2.5$ | 4 | $(1,\; 1,\; -2,\; 0)$ |
# | 2 | left out | 4 | $(1,\; 1,\; -2,\; 0)$ |
# | 3 | $-1.5$ | 4 | $(1,\; 1,\; -2,\; 0)$ |
#
# With the 0.5 of sample 0 the loss is $4.5 / 2 = 2.25$.

# %% [markdown]
# Now the same without loops.
# Say the shape of every array aloud:
#
# 1. The scores of the true classes, one for each row.
#    To subtract them from `x` they must be a column, $(N, 1)$; `[:, np.newaxis]` makes a column of $(N,)$.
# 2. All margins at once, $(N, C)$.
#    At the true classes stands a 1 that does not belong there: set it to 0.
# 3. The mask: where is a margin positive?
# 4. The loss from the margins and the mask, and `dx` from the mask.
#    You have written that function, and may call it.
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
# A loss is the easiest thing to check by pushing: there is no upstream gradient to think of.
# The next cell pushes each of the eight entries of the example to both sides.

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
# The loss should be the 2.25 from above.
# Row 1 of `dx` should be your prediction, divided by 0.1 and by $N = 2$, and each row should add up to 0.
#
# The hinge is made of straight lines, where a numerical gradient is exact up to rounding.
# At a kink it steps once onto the flat side and once onto the steep one, and finds 0.5.
# So the check keeps margins away from 0, except in the one row of its table that asks for the convention.

# %% check
check(svm_loss)

# %% worked [markdown]
# Here are the four steps on the example, with $N = 2$ and $C = 4$.
#
# **The true scores.**
# `x[rows, y]` picks $x_{0,0} = 3$ and $x_{1,2} = 0.5$, an array of shape $(2,)$.
# In the margin the true score has the letter $n$ but not $j$: it is one number for a whole row.
# So it must be a column of shape $(2, 1)$, which NumPy repeats along the classes.
#
# **The margins.**
# All at once, and then with 0 at the true classes:
#
# $$
# \begin{pmatrix} 1 & -1 & 0.5 & -2 \\ 1.5 & 2.5 & 1 & -1.5 \end{pmatrix}
# \quad\text{becomes}\quad
# \begin{pmatrix} 0 & -1 & 0.5 & -2 \\ 1.5 & 2.5 & 0 & -1.5 \end{pmatrix} .
# $$
#
# A 0 is not positive, so from here on the true class takes part neither in the loss nor in the mask.
# The margins are a new array, so writing into them does not touch `x`.
#
# **The mask.**
# `margins > 0` is the table $P$ of the text, true at the three margins 0.5, 1.5 and 2.5.
#
# **Loss and gradient.**
# The sum over $n$ and over $j \neq y_n$ of $\max(0, m_{nj})$ is the sum of all margins where the mask is true, $0.5 + 1.5 + 2.5 = 4.5$.
# Divided by $N = 2$ it is 2.25.
# The gradient needs only the mask and the labels: how *large* a positive margin is does not matter, because the hinge has the slope 1 everywhere on its right side.
#
# The mean belongs to both results.
# `svm_dx_matrix` has its own $1/N$ inside, so only the loss is divided here.

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
# This is a good place to rest: the loss is done, and what follows trains with it.

# %%
progress("05_svm_loss")

# %% [markdown]
# ## A number to know before you train
#
# A network that has learned nothing has small random weights, and its scores are all near 0.
# What is the loss then, for $C$ classes?

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

# %% worked [markdown]
# If all scores are 0, every margin of a wrong class is the safety distance itself:
#
# $$
# m_{nj} = 0 - 0 + 1 = 1 > 0 .
# $$
#
# Of $C$ classes $C - 1$ are wrong, and each costs 1, so $L_n = C - 1$ for every sample.
# The mean of $N$ equal numbers is that number, and $N$ does not occur in it.
# For two classes it is 1, for ten classes 9.
#
# Scores near 0 change little.
# As long as all margins are positive, $L_n = C - 1 + \sum_{j \neq y_n} (x_{nj} - x_{n y_n})$, and these small differences, positive and negative, nearly cancel in the mean.

# %%
@when_written
def start_of_training():
    rng = np.random.default_rng(1)
    for C in (2, 10, 100):
        near_zero, labels = rng.normal(0, 0.001, (500, C)), rng.integers(0, C, 500)
        loss, _ = svm_loss(near_zero, labels)
        print(f"C = {C:3}: start_loss {start_loss(C)}, svm_loss of scores near 0: {loss:.4f}")

# %% [markdown]
# We call this first loss a **sanity number**.
# Print the loss before the first step of every training.
# If it is far off, stop: something is wrong before anything has been learned.

# %% [markdown]
# ## Find the bug
#
# For two years a colleague has told spam from other mail with this function.
# There are two classes, and its gradient check has always passed.
# Now there are ten classes, and it trains badly.
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
# No gradient check can find it: the function adds 1 to the loss of every sample, whatever the scores are, and a constant has no slope.
#
# The other bug is in `dx`, and it hides as long as there are only two classes.
# Expose it: give the scores of one sample, of as many classes as you like, for which `dx` comes out wrong.
# The true class is 0, and it must have the highest score: the network answers right.

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

# %% worked [markdown]
# Let $c$ be the number of positive margins of the sample.
# The right slope at the true class is $-c$, one $-1$ for each of these paths.
# The buggy line is executed $c$ times, and each time it writes the same $-1$ over the last one.
# So it is right for $c = 0$ and $c = 1$, and wrong from $c = 2$ on.
# With two classes there is only one wrong class, $c$ is never larger than 1, and the bug cannot show.
#
# So you need at least two wrong classes that are too near and yet behind: below the score of class 0, but by less than 1.
# For example, the scores $(3,\; 2.5,\; 2.2,\; 0)$ give the margins 0.5, 0.2 and $-2$, so $c = 2$.
# The row of `dx` should be $(-2,\; 1,\; 1,\; 0)$, and the function returns $(-1,\; 1,\; 1,\; 0)$.
# Its sum is 1 and not 0: the test that costs nothing would have found it.

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
# The second bug is an old acquaintance: a value that is used several times receives the *sum* of its gradients, and an assignment keeps only the last.

# %% [markdown]
# ## A linear model
#
# Where do scores come from?
# In the simplest model each class has a weight for every feature, and its score is the weighted sum: an affine layer without bias.
#
# $$
# s = x\,w, \qquad L = \text{svm\_loss}(s, y) .
# $$
#
# Now $x$ is the data, of shape $(N, D)$, one sample in each row.
# The weights $w$ have shape $(D, C)$, **one class in each column**, and the scores $s$ have shape $(N, C)$.
#
# Where many choices of `w` give nearly the same loss, we prefer small ones: they do not rely on a single feature.
# So we add a **penalty** to the loss, called **L2 regularisation**, in which $\text{reg}$ says how much small weights are worth to us:
#
# $$
# R = \text{reg} \cdot \sum_{d, c} w_{dc}^2 .
# $$
#
# Now $w$ reaches the loss along two paths:
#
# - through the scores.
#   They come out of an affine layer, whose upstream gradient is the `dx` of `svm_loss`; call it `ds`, of shape $(N, C)$.
#   You derived `dw` of an affine layer in chapter 03; from `x` $(N, D)$ and `ds` $(N, C)$ it must come out as $(D, C)$.
# - through the penalty.
#   Find the slope of one of its terms.
#
# The mean over $N$ is already inside `ds`; the penalty belongs to no sample and is not divided by $N$.

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
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w
    ### END SOLUTION

# %% check
check(svm_loss_linear)

# %% worked [markdown]
# **Through the scores.**
# In $s_{nc} = \sum_d x_{nd}\, w_{dc}$ the weight $w_{dc}$ touches column $c$ of $s$, one entry for each sample, with the slope $x_{nd}$.
# That makes $N$ paths, and $\text{ds}_{nc}$ arrives at each of them from the right:
#
# $$
# \sum_n x_{nd}\, \text{ds}_{nc} = (x^\top\, \text{ds})_{dc} .
# $$
#
# The shapes are $(D, N)$ times $(N, C)$, which gives $(D, C)$.
#
# **Through the penalty.**
# $R$ is a sum of squares, and $w_{dc}$ stands in exactly one of them, $\text{reg} \cdot w_{dc}^2$.
# Its slope is $2\,\text{reg}\; w_{dc}$.
#
# **Both.**
# The loss is the sum of the two, so the gradients of both ways add up:
#
# $$
# \text{dw} = x^\top\, \text{ds} + 2\,\text{reg}\; w .
# $$
#
# A small case by hand: one sample $x = (1, 2)$ with the true class 0, $\text{reg} = 0.1$, and
#
# $$
# w = \begin{pmatrix} 0.5 & 0 \\ 0 & 1 \end{pmatrix},
# \quad
# s = (0.5,\; 2),
# \quad
# m_{01} = 2 - 0.5 + 1 = 2.5,
# \quad
# \text{ds} = (-1,\; 1) .
# $$
#
# The loss is $2.5 + 0.1 \cdot (0.25 + 1) = 2.625$, and
#
# $$
# \text{dw} = \begin{pmatrix} -1 & 1 \\ -2 & 2 \end{pmatrix} + \begin{pmatrix} 0.1 & 0 \\ 0 & 0.2 \end{pmatrix}
#   = \begin{pmatrix} -0.9 & 1 \\ -2 & 2.2 \end{pmatrix} .
# $$
#
# The code divides nothing by $N$: in the first part `svm_loss` has done it, and the second has no $n$ in it.

# %% [markdown]
# Some books write $\tfrac{1}{2}\,\text{reg} \cdot \sum w^2$, which gives another gradient.
# Both are fine, as long as loss and gradient come from the same book.
# With the loss of this course and the gradient of the other you would print one loss and walk down another, and a gradient check fails.

# %% [markdown]
# ## Use it: one step
#
# `dw` says in which direction the loss grows fastest.
# We want it to fall, so the weights go the other way, by a small part of `dw`: how small is said by the **learning rate**, the `lr` of chapter 03.
#
# Write this step.
# Below you will train several times from the same first weights, so return new ones and leave the old as they are.

# %% exercise
def gradient_step(w, dw, learning_rate):
    """One step against the gradient.

    Parameters
    ----------
    w : ndarray of any shape
        Weights; not changed.
    dw : ndarray, shape of w
        Gradient of the loss with respect to w.
    learning_rate : float
        How large a part of dw the step is.

    Returns
    -------
    w : ndarray, shape of w
        The weights after the step.
    """
    ### BEGIN SOLUTION
    return w - learning_rate * dw
    ### END SOLUTION

# %% check
check(gradient_step)

# %% worked [markdown]
# Why a minus, and why a multiple of `dw`?
# Push every weight by a small amount of its own, $\delta_{dc}$.
# Each push changes the loss by its slope times the push, and for small pushes these changes add up:
#
# $$
# \text{change of } L \approx \sum_{d, c} \text{dw}_{dc}\, \delta_{dc} .
# $$
#
# Now choose $\delta_{dc} = -\text{lr} \cdot \text{dw}_{dc}$, as the step does:
#
# $$
# \text{change of } L \approx -\text{lr} \sum_{d, c} \text{dw}_{dc}^2 .
# $$
#
# A sum of squares is never negative, so a small step lets the loss fall, whatever the signs in `dw` are.
# A weight with a positive slope goes down, one with a negative slope goes up, and where the slope is steep the step is large.
#
# With $w = (1, -2)$, $\text{dw} = (3, -4)$ and the rate 0.1 the new weights are $(1 - 0.3,\; -2 + 0.4) = (0.7, -1.6)$.
# The loss should fall by about $0.1 \cdot (9 + 16) = 2.5$, if the slopes stay the same on the way.
# On a long way they do not, and that is why the rate must be small.
#
# `w - learning_rate * dw` makes a new array; `w -= ...` would write into the old weights, which belong to the caller.

# %% [markdown]
# All training repeats this: take some samples, compute the loss and its gradient, make a step.
# In `train` two lines are your work.
# The learning rate shrinks to 0 on the way, so that the weights come to rest.
# The data are the MNIST digits, rows of $D = 784$ grey values in $C = 10$ classes: 60 000 for training, and in a browser the first 12 000 of them.

# %%
(x_train, y_train), (x_test, y_test) = load_mnist()
first_weights = np.random.default_rng(5).normal(0, 0.03, (784, 10))


def train(rate, reg, steps=500, batch=100):
    """Gradient descent from `first_weights`, on random batches of the training digits.

    Returns
    -------
    w : ndarray of shape (784, 10)
        Trained weights.
    losses : ndarray of shape (steps,)
        The loss of each step's batch, before the step.
    """
    rng = np.random.default_rng(0)
    w, losses = first_weights.copy(), np.zeros(steps)
    for step in range(steps):
        chosen = rng.integers(0, len(x_train), batch)
        losses[step], dw = svm_loss_linear(w, x_train[chosen], y_train[chosen], reg)
        w = gradient_step(w, dw, rate * (1 - step / steps))
    return w, losses

# %% [markdown]
# ## Choose a rate
#
# No derivation tells you the learning rate.
# You try rates that are a factor of 10 apart, and look at the loss of a hundred steps.
# Before you run the next cell, say what you expect of a rate that is much too small, and of one much too large.

# %%
RATES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)


def losses_with_each_rate():
    return {rate: train(rate, reg=0.0, steps=100)[1] for rate in RATES}

# %% figure
@when_written
def try_rates():
    curves = losses_with_each_rate()
    print("   rate   first loss   highest loss   mean of the last 10")
    for rate, losses in curves.items():
        print(f"{rate:7g}   {losses[0]:10.2f}   {losses.max():12.2f}   {losses[-10:].mean():19.2f}")

    _, axes = plt.subplots(1, len(RATES), figsize=(11, 2.8), sharey=True, layout="constrained")
    for ax, (rate, losses) in zip(axes, curves.items()):
        ax.plot(losses, color=BLUE, lw=1)
        ax.axhline(9, color=GREY, lw=1, ls=":")
        ax.set_yscale("log")
        ax.set_title(f"rate {rate:g}", fontsize=11)
        ax.set_xlabel("step")
        ax.set_xticks([0, 50, 100])
        ax.set_xlim(-8, 108)
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    axes[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes[0].minorticks_off()
    axes[0].set_ylabel("loss of the batch")
    ends = ", ".join(f"{losses[-10:].mean():.2f} with {rate:g}" for rate, losses in curves.items())
    show("The loss of the batch over 100 steps with each of six rates, on one logarithmic scale. "
         "A dotted line marks C - 1 = 9, near which all begin. "
         f"Mean of the last ten losses: {ends}.")

# %% [markdown]
# The smallest rate goes the right way and hardly moves.
# The largest overshoots, and throws the loss far above the 9 with which it began.
# Choose the rate with which you want to train.
# Good are all rates of the table whose loss ends below a fifth of the first one and never rises far above it, and everything between them.

# %% exercise
def choose_rate():
    """The rate you train with.

    Returns
    -------
    float
    """
    ### BEGIN SOLUTION
    return 0.2
    ### END SOLUTION

# %% check
check(choose_rate)

# %% [markdown]
# Now train two models with your rate, one without the penalty and one with it.
# The 500 steps take only seconds, even in a browser; after a few thousand, more digits would be recognised.

# %%
def two_models():
    """Weights and losses of both trainings, by `reg`."""
    return {reg: train(choose_rate(), reg) for reg in (0.0, 0.02)}


def accuracy(w):
    """The share of test digits whose true class has the highest score."""
    return np.mean((x_test @ w).argmax(axis=1) == y_test)


def share_of_zero_rows(w):
    """The share of test digits whose row of `dx` is all zeros."""
    _, dx = svm_loss(x_test @ w, y_test)
    return np.mean(~dx.any(axis=1))


@when_written
def train_two_models():
    models = two_models()
    for reg, (w, losses) in models.items():
        print(f"reg = {reg:g}: loss {losses[0]:.2f} at first, {losses[-50:].mean():.2f} at last, "
              f"{accuracy(w):.1%} of the test digits recognised")
    print(f"rows of zeros in dx: {share_of_zero_rows(first_weights):.0%} before training, "
          f"{share_of_zero_rows(models[0.0][0]):.0%} after it")

# %% [markdown]
# The first loss should be near $C - 1 = 9$, and about nine in ten test digits should be recognised.
# A single step of an affine layer, in chapter 03, was right for two in three.

# %% [markdown]
# ## See it: the hinge
#
# Let one score of sample 1 of the example move while the others stay: on the left that of class 1, a wrong class; on the right that of class 2, the true class.
# The numbers along the curves are the slopes that your `svm_loss` returns.

# %% figure
def along(s, y, j, values):
    """Loss of one sample, and its slope, for each value of s[j]."""
    found = []
    for value in values:
        moved = s.copy()
        moved[j] = value
        loss, dx = svm_loss(moved[np.newaxis], np.array([y]))
        found.append((loss, dx[0, j]))
    return np.array(found).T


@when_written
def hinge_of_one_sample():
    s, y = np.array([1.0, 2.0, 0.5, -2.0]), 2
    sides = {1: ("a wrong class moves", np.array([-4, -0.5, 5])),
             2: ("the true class moves", np.array([-4, -1, 2, 3, 9]))}
    lines = {j: np.linspace(ends[0], ends[-1], 201) for j, (_, ends) in sides.items()}
    curves = {j: along(s, y, j, values)[0] for j, values in lines.items()}
    pieces = {j: along(s, y, j, (ends[:-1] + ends[1:]) / 2) for j, (_, ends) in sides.items()}
    kinks = {j: along(s, y, j, ends[1:-1])[0] for j, (_, ends) in sides.items()}
    now = svm_loss(s[np.newaxis], np.array([y]))[0]

    _, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for ax, (j, (title, ends)) in zip(axes, sides.items()):
        ax.plot(lines[j], curves[j], color=BLUE, lw=2)
        ax.plot(s[j], now, "o", color=BLUE, ms=8)
        ax.annotate("now", (s[j], now), (0, -9), textcoords="offset points", ha="center", va="top")
        ax.plot(ends[1:-1], kinks[j], "o", color=GREY, mfc="none", ms=8)
        for middle, loss, slope in zip((ends[:-1] + ends[1:]) / 2, *pieces[j]):
            text = f"slope {slope:z.0f}".replace("-", "−")
            ax.annotate(text, (middle, loss), (-28 * np.sign(slope), 26),
                        textcoords="offset points", ha="center", color=BROWN, fontsize=11,
                        arrowprops={"arrowstyle": "-", "color": BROWN, "lw": 0.8})
        ax.set_title(title, fontsize=11)
        ax.set_xlabel(f"score of class {j}")
        ax.set_ylim(bottom=-0.04 * curves[j].max())
    axes[0].set_ylabel("loss of the sample")
    left, right = (", ".join(f"{slope:z.0f}" for slope in pieces[j][1]) for j in (1, 2))
    show(f"Two curves of straight pieces: the loss of one sample, {now:g} now, as one score moves. "
         f"As a wrong class rises, the slopes are {left}; as the true class rises, {right}. "
         "Circles mark the kinks between the pieces.")

# %% [markdown]
# On the left is one hinge, on top of the 1.5 that class 0 costs in any case.
# On the right three hinges are added up, turned the other way.
# A circle marks a margin of exactly 0.
# From right to left the slopes should be 0, $-1$, $-2$, $-3$: each time one more margin is positive.
# Far to the right, where the true class is ahead of everybody by 1 or more, the loss asks for nothing more.

# %% [markdown]
# ## See it: ten templates
#
# First the weights, as images.
# Then fifteen rows of `dx` for all $N$ test digits, times $N$: a table of whole numbers in which empty fields are 0.

# %% figure
def draw_dx(tables, y):
    """N times dx as tables of whole numbers; zeros are left empty."""
    _, axes = plt.subplots(1, len(tables), figsize=(10, 4.6), layout="constrained")
    for ax, (name, table) in zip(axes, tables.items()):
        heat_map(ax, table, name, limit=9, numbers=".0f", zeros=False, fontsize=9)
        ax.set_aspect("auto")
        ax.set_xticks(range(10))
        ax.set_yticks(range(len(y)), [f"a {digit}" for digit in y])
        ax.set_xlabel("class")
    axes[0].set_ylabel("sample")
    before, after = (np.sum(~table.any(axis=1)) for table in tables.values())
    show(f"{len(y)} rows of dx for all N test digits, times N, as two tables of whole numbers. "
         f"Before training {before} of the rows are empty, after training {after}.")


@when_written
def ten_templates():
    trained = two_models()
    models = {f"reg = {reg:g}": model for reg, model in trained.items()}
    tables = {}
    for name, w in {"before training": first_weights, "after training": trained[0.0][0]}.items():
        _, dx = svm_loss(x_test @ w, y_test)
        tables[name] = (len(dx) * dx[:15]).round()
    rims = {name: np.abs(w.reshape(28, 28, 10)[0]).mean() for name, (w, _) in models.items()}
    sizes = " and ".join(f"{size:.3f} with {name}" for name, size in rims.items())

    draw_images([w.T for w, _ in models.values()], [[f"class {digit}" for digit in range(10)]],
                list(models), limit=0.2, scale="weight",
                alt="The weights of each of the ten classes as an image, one row of images for "
                    f"each model. In the top line of pixels the mean size of a weight is {sizes}.")
    draw_dx(tables, y_test[:15])

# %% [markdown]
# **The templates.**
# Column $c$ of `w` is shown as an image.
# Red pixels (above 0 on the bar) are those where ink speaks for class $c$, blue ones (below 0) those where it speaks against.
# A 0 must not have ink in its middle; a 1 should have it exactly there.
#
# Compare the borders of the two rows.
# Many pixels there are empty in every training image: $x_{nd} = 0$ for all $n$.
# Then the scores do not depend on $w_{dc}$ at all, and without the penalty these weights keep the random values with which they started.
# With it, what nobody needs fades away, a little in every step; at the rate 0.01 it fades only by a tenth.
#
# **The gradient.**
# Before training every wrong class is too near.
# After training most rows are empty: these digits are ahead by the safety distance, and would push no weight any more.
# What is left to learn comes from the few others, which support the border between the classes: from these vectors the SVM has its name.

# %% [markdown]
# ## On your own
#
# The hinge treats a margin of 0.1 and one of 3 alike: both have the slope 1.
# The **squared hinge** cares more about what is far off:
#
# $$
# L = \frac{1}{N} \sum_{n} \sum_{j \neq y_n} \max(0,\, m_{nj})^2 .
# $$
#
# Derive its gradient, and write both.
#
# <details><summary>First hint</summary>
#
# One pair first.
# Where the margin is positive, the term is $m^2$.
# What is its slope with respect to $m$?
# And how fast does $m$ itself grow with each of the two scores?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Now the slope says how large the margin is.
# So what was a table of yes and no becomes a table of numbers.
# What does the true class receive, over all its paths?
#
# </details>
#
# <details><summary>Third hint</summary>
#
# Let $H_{nj} = \max(0, m_{nj})$, with 0 at the true class.
# Write `dx` of the wrong classes with $H$, then fill in the true class so that every row adds up to 0.
#
# </details>

# %% exercise
def squared_hinge_loss(x, y):
    """Multiclass squared hinge loss and its gradient.

    Parameters
    ----------
    x : ndarray of shape (N, C)
        Scores.
    y : ndarray of integers, shape (N,)
        Labels.

    Returns
    -------
    loss : float
        Mean over the samples of the sum of all squared positive margins.
    dx : ndarray of shape (N, C)
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(x))
    reached = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    reached[rows, y] = 0
    dx = 2 * reached / len(x)
    dx[rows, y] = -dx.sum(axis=1)
    return np.sum(reached**2) / len(x), dx
    ### END SOLUTION

# %% check
check(squared_hinge_loss)

# %% worked [markdown]
# ### The squared hinge, worked out
#
# **One pair.**
# Let $h = \max(0, m)$ with $m = s_j - s_y + 1$, and $L = h^2$.
# For $m > 0$ the chain rule gives
#
# $$
# \frac{\partial L}{\partial s_j} = 2 h \cdot \frac{\partial m}{\partial s_j} = 2 h,
# \qquad
# \frac{\partial L}{\partial s_y} = 2 h \cdot \frac{\partial m}{\partial s_y} = -2 h .
# $$
#
# For $m < 0$ the loss is 0 and both slopes are 0, which is again $\pm 2h$, since $h = 0$ there.
# At $m = 0$ the slopes from both sides agree: the corner is gone, and no convention is needed.
#
# **The batch.**
# The score of a wrong class stands in one term, that of the true class in all terms of its sample, and the mean puts $1/N$ before everything:
#
# $$
# \frac{\partial L}{\partial x_{nj}} = \frac{2}{N}\, h_{nj} \quad (j \neq y_n),
# \qquad
# \frac{\partial L}{\partial x_{n y_n}} = -\frac{2}{N} \sum_{j \neq y_n} h_{nj} .
# $$
#
# **All entries at once.**
# Let $H$ hold $h_{nj}$ for wrong classes and 0 at the true class.
# Then $2H / N$ is `dx` but for the true classes, and these get minus the sum of their row.
#
# For sample 1 of the example the positive margins are 1.5 and 2.5, so its loss is $2.25 + 6.25 = 8.5$.
# Alone in its batch, it has the slopes $(3, 5, -8, 0)$.

# %% [markdown]
# ## What you can now do
#
# - Derive the gradient of a loss with branches, and say where the factor $1/N$ of every later gradient is born.
# - Turn two loops into masks and one-hot rows.
# - Test a loss twice: its gradient against numbers, and its value at the start against $C - 1$.
# - Train a classifier with nothing but your own functions, at a rate that you chose.
#
# Three questions:
#
# **`true_class`**: one of $N = 4$ samples has the scores `[2.0, 1.5, 0.5, 2.5, 1.25]`, and its true class is 0.
# What is its `dx` at the true class?
#
# - **a** $-\tfrac{1}{4}$
# - **b** $-3$
# - **c** $-\tfrac{3}{4}$
# - **d** $-1$
#
# **`first_loss`**: a network with ten classes and small random weights has the loss 10.0 before its first step.
# Its gradient check has passed.
# What is wrong?
#
# - **a** the learning rate is too large
# - **b** the true class is counted in the sum
# - **c** the mean over the samples is missing
# - **d** nothing
#
# **`twice`**: every sample of a batch is put into it a second time.
# What happens to the `dw` of `svm_loss_linear`, with `reg = 0`?
#
# - **a** it stays as it is
# - **b** it doubles
# - **c** it halves

# %% exercise
def recap_svm_loss():
    """One letter for each of the three questions.

    Returns
    -------
    true_class, first_loss, twice : str
    """
    ### BEGIN SOLUTION
    return "c", "b", "a"
    ### END SOLUTION

# %% check
check(recap_svm_loss)

# %% written [markdown]
# A friend says: "A safety distance of 1 is far too little.
# With the distance 10 the linear model will be ten times safer."
#
# Explain to your friend why, without the penalty, the best weights for either distance give the same answers, and what the penalty changes.
# Begin with multiplying all weights by 10.
#
# ### BEGIN MARK SCHEME
# - Scores are linear in $w$: with $10w$ all scores and all differences of scores are ten times as large, so $10w$ has at distance 10 ten times the loss that $w$ has at distance 1, and the best weights are ten times the best weights.
# - The answer of the classifier is the class with the highest score, and multiplying all scores by 10 does not change which one that is.
# - With the penalty size costs something ($10w$ pays 100 times as much), so the distance and `reg` are two handles on the same thing: what counts is the distance compared with the size of the weights.
# ### END MARK SCHEME

# %% model answer [markdown]
# Weights ten times as large give scores ten times as large, and ten times the distance between any two of them.
# So with the weights $10w$ and the distance 10 every margin is ten times what it is with $w$ and the distance 1: the same ones are positive, and the loss is ten times as large.
# The best weights for the distance 10 are ten times the best weights for the distance 1.
# The network answers with the class of the highest score, and the highest stays the highest when all are multiplied by 10.
# Not one answer changes.
#
# Only the penalty gives the distance a meaning: weights ten times as large cost a hundred times as much.
# Compared with ten times the loss, that is as if `reg` were ten times as large.
# Distance and `reg` turn the same screw, and so everybody leaves the distance at 1 and chooses `reg`.

# %%
progress("05_svm_loss")

# %% [markdown]
# Next: [Chapter 06: the softmax loss](../06_softmax_loss/06_softmax_loss.ipynb).
# The SVM loss is satisfied as soon as every margin is closed; the next loss never quite is, because it reads scores as probabilities.
