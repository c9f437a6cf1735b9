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
# # A convolutional network
#
# **Time:** two sittings, about 65 and about 85 minutes, with a break between them.
#
# **Needs:** your layers from chapters 03, 04, 06 and 07, and `adam_step` from chapter 09.
#
# ## What you will build
#
# You will write the last layer of this course, max pooling, which sends its gradient down one path and leaves the others empty.
# Then you will join it with the layers that you wrote before, and train a network that reads handwritten digits and gets about one in a hundred wrong.

# %%
from autograder import bring, check, progress, when_written
from autograder.pictures import (
    BLUE, INK, POSITIVE, TEXT, draw_images, draw_losses, draw_node, heat_map, show,
)
from autograder.training import sized, train
from course_data import load_mnist

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node(
    "max pool",
    inputs={"x": "(N, C, H, W)"},
    outputs={"out": "(N, C, OH, OW)"},
)

# %% [markdown]
# The letters are those of chapter 07, and a window once more has $HH \times WW$ pixels and moves by a **stride** $S$.
# Here there is no padding, and there are no weights: this layer learns nothing.
#
# # Sitting one: max pooling
#
# ## Forward
#
# A filter that finds vertical edges answers strongly where it sees one, and nearly as strongly one pixel further on.
# For reading a digit it matters that there is an edge, and roughly where.
# So keep only the strongest answer of each neighbourhood.
# That is **max pooling**: each output is the largest number in its window.
#
# $$
# \text{out}_{ncuv} = \max_{i,\,j}\; x_{n,\,c,\;Su+i,\;Sv+j},
# \qquad 0 \le i < HH,\; 0 \le j < WW .
# $$
#
# Every channel is pooled by itself.
# Windows are counted as in chapter 07: if the stride leaves a remainder, the last rows or columns are in no window, and nothing is done about it.
# With a stride smaller than the window, windows overlap.
#
# Here is a map of 4 × 6 pixels, pooled with windows of 2 × 2 and stride 2.

# %%
x = np.array([[1.0, 5.0, 2.0, 0.0, 3.0, 3.0],
              [4.0, 2.0, 7.0, 1.0, 1.0, 6.0],
              [2.0, 2.0, 1.0, 8.0, 0.0, 4.0],
              [3.0, 1.0, 5.0, 6.0, 9.0, 2.0]])

# %% [markdown]
# Do it by hand: the first window holds 1, 5, 4 and 2, and gives 5.
# In all, `out` is
#
# $$
# \begin{pmatrix} 5 & 7 & 6 \\ 3 & 8 & 9 \end{pmatrix} .
# $$
#
# ## Predict
#
# Now a gradient comes back.
# The upstream gradient of the six outputs is
#
# $$
# \text{dout} = \begin{pmatrix} 10 & 20 & 30 \\ 40 & 50 & 60 \end{pmatrix} .
# $$
#
# **Which entries of `dx` are not zero, and what stands there?**
# Push a pixel up by a tiny amount, and ask whether its output notices.

# %% exercise
def predict_routing():
    """Say what arrives at every pixel of the map above.

    Returns
    -------
    dx : ndarray of shape (4, 6)
    """
    ### BEGIN SOLUTION
    dx = np.zeros((4, 6))
    dx[0, 1], dx[1, 2], dx[1, 5] = 10, 20, 30
    dx[3, 0], dx[2, 3], dx[3, 4] = 40, 50, 60
    return dx
    ### END SOLUTION

# %% check
check(predict_routing)

# %% worked [markdown]
# **Window by window.**
# Output $(u, v)$ looks at the rows $2u$ and $2u + 1$ and the columns $2v$ and $2v + 1$.
#
# | $(u, v)$ | its window, row by row | largest | where it lies in `x` | what it gets |
# |---|---|---|---|---|
# | (0, 0) | 1 5, 4 2 | 5 | row 0, column 1 | 10 |
# | (0, 1) | 2 0, 7 1 | 7 | row 1, column 2 | 20 |
# | (0, 2) | 3 3, 1 6 | 6 | row 1, column 5 | 30 |
# | (1, 0) | 2 2, 3 1 | 3 | row 3, column 0 | 40 |
# | (1, 1) | 1 8, 5 6 | 8 | row 2, column 3 | 50 |
# | (1, 2) | 0 4, 9 2 | 9 | row 3, column 4 | 60 |
#
# Push the 5 of the first window up by a tiny $\varepsilon$: the output becomes $5 + \varepsilon$, and the loss grows by $10\, \varepsilon$.
# Push the 4 in the same window: the largest is still 5, and nobody notices.
# So the 5 gets all of the 10, and the other three get 0.
#
# $$
# \text{dx} = \begin{pmatrix}
# 0 & 10 & 0 & 0 & 0 & 0 \\
# 0 & 0 & 20 & 0 & 0 & 30 \\
# 0 & 0 & 0 & 50 & 0 & 0 \\
# 40 & 0 & 0 & 0 & 60 & 0
# \end{pmatrix}
# $$
#
# Two pixels in window (0, 2) are 3, and two in window (1, 0) are 2.
# That does not matter, for neither pair is the largest of its window.

# %% [markdown]
# ## Derive
#
# You met this gradient in chapter 02, as `MaxNode`: the larger input has slope 1, the other has slope 0.
# With four inputs it is the same.
# The largest pixel of a window passes the upstream gradient on, whole, and all others receive nothing.
# So this layer **routes** gradients: it sends each of them to one address.
#
# Where two pixels of a window are equal and both are the largest, there is a kink, and any rule will do as long as it is one rule.
# The rule of this course: **the first one in reading order gets the gradient**, row by row from the left, and it gets all of it.
#
# Now one pixel $x_{rq}$ of one map.
# If windows lie side by side, it lies in one window at most.
# If they overlap, it may lie in several, and may be the largest in some of them and not in others.
# Each window that it wins is a path to the loss.
# Write the sum over all outputs $(u, v)$: which of them does the pixel touch at all, and with which slope?

# %% exercise
def pool_dx_entry(x, dout, r, q, HH, WW, stride):
    """One entry of dx for one map. No two pixels of x are equal.

    Parameters
    ----------
    x : ndarray of shape (H, W)
    dout : ndarray of shape (OH, OW)
        Upstream gradient.
    r, q : int
        Which pixel: row r, column q.
    HH, WW, stride : int
        Size of the windows, and by how much they move.

    Returns
    -------
    float
        dx[r, q].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for u, v in np.ndindex(dout.shape):
        i, j = r - stride * u, q - stride * v
        if 0 <= i < HH and 0 <= j < WW:
            window = x[stride * u:stride * u + HH, stride * v:stride * v + WW]
            if x[r, q] == window.max():
                total += dout[u, v]
    return total
    ### END SOLUTION

# %% check
check(pool_dx_entry)

# %% worked [markdown]
# **Which windows hold the pixel.**
# The window of output $(u, v)$ begins in row $Su$ and column $Sv$.
# The pixel in row $r$ and column $q$ stands at the place $i = r - Su$, $j = q - Sv$ of it, if there is such a place:
#
# $$
# 0 \le r - Su < HH, \qquad 0 \le q - Sv < WW .
# $$
#
# In all other windows the pixel does not occur, and its slope is 0.
#
# **Which of them notice it.**
# If $x_{rq}$ is the largest number of its window, then $\text{out}_{uv} = x_{rq}$.
# It stays so for a tiny push in either direction, because no two pixels are equal: the slope is 1.
# If it is not, then the output is another pixel, and a tiny push changes nothing: the slope is 0.
#
# One path for each window that holds the pixel, with slope 1 or 0, and the sum over the paths:
#
# $$
# \text{dx}_{rq} = \sum_{u}\sum_{v} \text{dout}_{uv}\; \frac{\partial\, \text{out}_{uv}}{\partial x_{rq}}
# = \sum_{(u, v) \text{ that } x_{rq} \text{ wins}} \text{dout}_{uv} .
# $$
#
# **With numbers.**
# A single row of pixels 4, 1, 6, 7 has three windows of 1 × 2 with stride 1, and `dout` is 1, 2, 3.
# The winners are 4, 6 and 7.
# The pixel 6 lies in windows 1 and 2, counted from 0.
# It wins window 1 and loses window 2 to the 7, so it gets 2.
# The pixel 1 lies in windows 0 and 1, and loses both.
# In all, `dx` is 1, 0, 2, 3.
# Its sum is that of `dout`, as always: every entry of `dout` arrives once.
#
# The code does both in this order: the range of $i$ and $j$ first, which also keeps windows out in which the pixel would stand at a negative place, and then the comparison.

# %% [markdown]
# ## Implement
#
# A loop over all windows is right, and slow.
# Do what you did for `im2col`: hold the place $(i, j)$ in the window fixed, and take this one entry of *all* windows with a slice that has a step.
# There are $HH \cdot WW$ such slices, each of shape $(N, C, OH, OW)$, and `out` is the largest of them, entry by entry.
# `np.maximum(a, b)` compares two arrays in this way.
# Begin with the first slice; zeros would be wrong where all numbers are negative.
#
# `out` should have the dtype of `x`.
# The network below is trained in single precision, float32, and `np.zeros(shape)` or `np.full(shape, -np.inf)` make float64, which spreads to everything behind and doubles its time.
# Write `dtype=x.dtype` into such a call, or use `np.zeros_like`.
#
# The way back will ask which place of a window has won.
# So count the places: $k$ = 0, 1, 2, ... in reading order, and keep for each window the $k$ of its largest number so far.
# A later place takes over only where it is *larger*; where it is equal, the first one stays.
# A trick saves time here: as $k$ grows from slice to slice, the new value is `np.maximum(place, k * larger)`.
# In it `larger` is an array of truth values: where the slice is larger than `out` *was*, so take it before `out` is updated.
#
# The cache is `(x, place, HH, WW, stride)`, with `place` as an array of small integers.

# %% exercise
def max_pool_forward(x, HH, WW, stride):
    """Forward pass of max pooling.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
    HH, WW : int
        Size of a window.
    stride : int
        By how many pixels the window moves, down and across.

    Returns
    -------
    out : ndarray of shape (N, C, OH, OW)
        OH = 1 + (H - HH) // stride, and OW likewise. Of the dtype of x.
    cache : tuple (x, place, HH, WW, stride)
        What the backward pass needs. place, of the shape of out, holds the number k of the place
        that won, counted in reading order from 0.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = x[:, :, :stride * OH:stride, :stride * OW:stride]
    place = np.zeros_like(out, dtype=np.int16)
    for k in range(1, HH * WW):
        i, j = divmod(k, WW)
        entry = x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
        place = np.maximum(place, np.int16(k) * (entry > out))
        out = np.maximum(out, entry)
    return out, (x, place, HH, WW, stride)
    ### END SOLUTION

# %% check
check(max_pool_forward)

# %% worked [markdown]
# **One slice.**
# Hold the place $(i, j)$ fixed.
# As $u$ runs from 0 to $OH - 1$, the row $Su + i$ runs through $i,\; i + S,\; \dots,\; i + S(OH - 1)$.
# That is the slice `i:i + S * OH:S`, which has $OH$ rows, and likewise for the columns.
#
# Is the last row always there?
# The number of windows is $OH = 1 + \lfloor (H - HH) / S \rfloor$, so $S(OH - 1) \le H - HH$.
# With $i \le HH - 1$ the last row is at most $H - 1$.
# The *end* of the slice may lie beyond the image, and NumPy does not mind.
#
# **Largest so far.**
# Entry $(n, c, u, v)$ of every slice belongs to the same window, that of $\text{out}_{ncuv}$.
# So no window has to be cut out: $HH \cdot WW$ comparisons of whole arrays do it, and the maximum over $(i, j)$ becomes a loop over $k = i \cdot WW + j$.
# `divmod(k, WW)` takes $k$ apart again, into $i$ and $j$.
#
# **The place.**
# `k * larger` is $k$ where the new entry is larger than all before it, and 0 elsewhere.
# All places kept so far are smaller than $k$ and at least 0.
# So `np.maximum(place, k * larger)` is $k$ where the new entry wins, and leaves the old place where it does not.
#
# Follow one window with the numbers 4, 7, 7, 2, in reading order:
#
# | $k$ | entry | larger than `out`? | `place` after | `out` after |
# |---|---|---|---|---|
# | 0 | 4 | the first one | 0 | 4 |
# | 1 | 7 | yes | 1 | 7 |
# | 2 | 7 | no, equal | 1 | 7 |
# | 3 | 2 | no | 1 | 7 |
#
# The second 7 does not take over: `>` and not `>=` is the rule for ties.

# %% [markdown]
# On the way back, walk through the same slices in the same order.
# In the slice of place $k$, exactly those pixels get a gradient whose window was won by $k$.
# Multiplying `dout` with truth values keeps it where they are true, and gives 0 elsewhere.
# And windows may overlap: one pixel can receive from several.

# %% exercise
def max_pool_backward(dout, cache):
    """Backward pass of max pooling.

    Parameters
    ----------
    dout : ndarray of shape (N, C, OH, OW)
        Upstream gradient.
    cache : tuple (x, place, HH, WW, stride)
        From `max_pool_forward`.

    Returns
    -------
    dx : ndarray, shape and dtype of x
        Of equal largest pixels of a window, the first in reading order gets the gradient.
    """
    ### BEGIN SOLUTION
    x, place, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    for k, (i, j) in enumerate(np.ndindex(HH, WW)):
        won = dout * (place == k)
        dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride] += won
    return dx
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# A pixel that is the largest of two overlapping windows makes the best test.
# Below, windows of 2 × 2 move by 1 over a row of pixels, and 5 lies in two of them.

# %%
@when_written
def two_windows_by_hand():
    x = np.array([[1.0, 5.0, 2.0, 3.0],
                  [0.0, 4.0, 1.0, 2.5]]).reshape(1, 1, 2, 4)
    dout = np.array([0.7, -0.2, 1.1]).reshape(1, 1, 1, 3)

    def loss(x):
        out, _ = max_pool_forward(x, 2, 2, 1)
        return np.sum(out * dout)

    h = 1e-5
    above, below = x.copy(), x.copy()
    above[0, 0, 0, 1] += h
    below[0, 0, 0, 1] -= h
    print(f"numerical gradient    {(loss(above) - loss(below)) / (2 * h):.10f}")
    out, cache = max_pool_forward(x, 2, 2, 1)
    print(f"your dx[0, 0, 0, 1]   {max_pool_backward(dout, cache)[0, 0, 0, 1]:.10f}")

# %% [markdown]
# Both should be $0.7 - 0.2 = 0.5$.
# If only the first is, look at `place` before you look at the way back: print `cache[1]`, which should hold 1, 0 and 1 here.
# The check below judges `max_pool_backward` with the right places, and then once more with those of your own forward pass.
#
# At a tie there is no numerical gradient to compare with: pushed up, either pixel raises the output; pushed down, neither lowers it.
# The check asks for the rule there.

# %% check
check(max_pool_backward)

# %% worked [markdown]
# **From an output to its pixel.**
# On the way forward output $(n, c, u, v)$ became equal to one pixel, that of its place $k = i \cdot WW + j$.
# This pixel stands in row $Su + i$ and column $Sv + j$ of the same image and channel.
# The slope is 1, so it gets $\text{dout}_{ncuv}$ whole.
#
# **From a pixel to its outputs.**
# Now hold the pixel $(r, q)$ fixed, and add up over the places at which it may have won:
#
# $$
# \text{dx}_{ncrq} = \sum_{i}\sum_{j}\; \text{won}^{(k)}_{ncuv}
# \qquad\text{with } Su = r - i,\; Sv = q - j,
# $$
#
# where $\text{won}^{(k)}$ is `dout` where `place` is $k = i \cdot WW + j$, and 0 elsewhere.
# Places for which there is no such $u$ or $v$ add nothing.
#
# For one place the outputs $(u, v)$ go to pixels that all differ, since the slice takes each row and column once.
# So within one slice nothing collides.
# Two *different* places can lead to the same pixel, if windows overlap.
# This is why the code loops over the places, and why it says `+=`.
#
# **With numbers.**
# Two rows of pixels, 1 5 2 3 and 0 4 1 2.5, have three windows of 2 × 2 with stride 1.
# The winners are 5, 5 and 3, at the places 1, 0 and 1.
# Let `dout` be $0.7$, $-0.2$ and $1.1$.
#
# - The slice of place 0 begins at column 0, and `won` is $(0, -0.2, 0)$: the pixels of the upper row receive $0, -0.2, 0$ and nothing.
# - The slice of place 1 begins at column 1, and `won` is $(0.7, 0, 1.1)$: they receive nothing and then $0.7, 0, 1.1$.
#
# The sum is $(0,\; 0.5,\; 0,\; 1.1)$.
# Places 2 and 3 have won nowhere, so the lower row gets 0.

# %% [markdown]
# ## Find the bug
#
# This backward pass is found in many places.
# It goes window by window, and it is short.

# %%
def pool_backward_buggy(dout, x, HH, WW, stride):
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        here = np.s_[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        mask = x[here] == x[here].max()
        dx[here] = mask * dout[n, c, u, v]
    return dx

# %% [markdown]
# Its owner tested it on random numbers, with windows of 2 × 2 and stride 2, and it passed.
# In a network with digits it fails.
# Much of a digit is blank paper, and there all outputs of a filter are the same number: its bias.
# If the bias is positive, it passes relu, and four equal numbers stand in each window of the pooling.
# All four get the whole gradient, so that the gradient of this bias comes out far too large.
#
# Expose this bug: give an image of 4 × 4 pixels for which `dx` is wrong, although windows of 2 × 2 with stride 2 do not overlap.

# %% exercise
def exposing_image():
    """An image for which pool_backward_buggy is wrong, with windows of 2 × 2 and stride 2.

    Returns
    -------
    x : ndarray of shape (4, 4)
    """
    ### BEGIN SOLUTION
    x = np.arange(16.0).reshape(4, 4)
    x[0, 0] = x[1, 1]
    return x
    ### END SOLUTION

# %% check
check(exposing_image)

# %% worked [markdown]
# **Why two pixels get too much.**
# The rule hands the upstream gradient of a window to one pixel, so what arrives in a window adds up to `dout` of that window.
# In the buggy function it adds up to `dout` times the number of ones in the mask.
# That number is 1 as long as one pixel is larger than all others, and random real numbers are never equal.
#
# So make two equal, and make them the largest of their window: the rows 5 1 and 2 5 give a mask with two ones, and the second 5 gets a gradient that belongs to the first.
# Equal pixels that are *not* the largest show nothing, because the mask is 0 at both.
# An image of zeros shows it, too: all its masks are full, and four times as much arrives as was sent.

# %% [markdown]
# There is a second bug in it, which shows when windows overlap: look at how `dx` is written to.
# Mend both.
# A word of help for the first: `window.argmax()` counts through a window in reading order, and stops at the first of equal largest numbers.

# %% exercise
def max_pool_backward_mended(dout, x, HH, WW, stride):
    """The function above, without its two bugs.

    Parameters
    ----------
    dout : ndarray of shape (N, C, OH, OW)
        Upstream gradient.
    x : ndarray of shape (N, C, H, W)
    HH, WW, stride : int

    Returns
    -------
    dx : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        window = x[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        i, j = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, stride * u + i, stride * v + j] += dout[n, c, u, v]
    return dx
    ### END SOLUTION

# %% check
check(max_pool_backward_mended)

# %% worked [markdown]
# **The second bug.**
# `dx[here] = ...` writes into the whole window, the zeros of the mask included.
# Take a row of pixels 1, 5, 2 with windows of 1 × 2 and stride 1, and let `dout` be $0.7$ and $-0.2$.
# The 5 wins both windows, so it should get 0.5.
# The first window writes 0 and 0.7 into the columns 0 and 1.
# The second writes $-0.2$ and 0 into the columns 1 and 2, and the 0.7 is gone.
#
# It would be gone as well if the second window had another winner: then a 0 would be written over it.
# So nothing may be written to the losers, and what is written to the winner must be *added*.
#
# `argmax` counts through a window as through one long row, $k = i \cdot WW + j$, and `np.unravel_index` takes $k$ apart into $(i, j)$.
# That is a place in the window; in the image it is row $Su + i$ and column $Sv + j$.

# %% [markdown]
# You now have two programs for one rule.
# Each checks the other: on images of whole numbers from 0 to 3, where nearly every window has a tie, they should not differ, but for rounding.

# %%
@when_written
def two_programs():
    rng = np.random.default_rng(3)
    for HH, WW, stride in [(2, 2, 2), (3, 2, 1), (2, 3, 2)]:
        x = rng.integers(0, 4, (2, 3, 7, 9)).astype(float)
        out, cache = max_pool_forward(x, HH, WW, stride)
        dout = rng.standard_normal(out.shape)
        difference = max_pool_backward(dout, cache) - max_pool_backward_mended(
            dout, x, HH, WW, stride)
        print(f"windows of {HH} × {WW}, stride {stride}: "
              f"largest difference {np.abs(difference).max():.0e}")

# %% [markdown]
# If each difference is below $10^{-14}$, the two agree.
# If one is 0.1 or more, one of your two programs sends a gradient to a wrong address.
# Run both checks again: one of them will say which, and whether it is the places that your forward pass keeps.
#
# ## See it
#
# A digit, the map of a filter that finds vertical edges, the map after relu and pooling, and the way back.
# For the last picture every output sends a gradient of 1.

# %% figure
@when_written
def routing():
    _, (x_test, _) = load_mnist(flatten=False)
    x = x_test[:1].astype(np.float64)
    kernel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).reshape(1, 1, 3, 3)
    windows = np.lib.stride_tricks.sliding_window_view(x[0, 0], (3, 3))
    edges = np.maximum(0, np.tensordot(windows, kernel[0, 0]))[np.newaxis, np.newaxis]
    out, cache = max_pool_forward(edges, 2, 2, 2)
    dx = max_pool_backward(np.ones(out.shape), cache)
    silent = dx[0, 0] * (edges[0, 0] == 0)
    _, axes = plt.subplots(1, 4, figsize=(11, 3.2), layout="constrained")
    heat_map(axes[0], x[0, 0], "digit, 28 × 28", colours=INK)
    heat_map(axes[1], edges[0, 0], "vertical edges, 26 × 26", colours=POSITIVE)
    heat_map(axes[2], out[0, 0], "pooled, 13 × 13", colours=POSITIVE)
    heat_map(axes[3], dx[0, 0], "dx, 26 × 26", limit=1.5, colours=POSITIVE)
    show("A handwritten 7; the map of its vertical edges, in which relu has left one side of each "
         "stroke, where paper on the left meets ink on the right; the same at half the size; "
         "and dx, in which one pixel of each window of 2 × 2 is "
         f"1, {int(dx.sum())} of {dx.size} pixels. On blank paper it is always the one in the top "
         f"left corner of its window: {int(silent.sum())} of the ones stand where the map is 0.")

# %% [markdown]
# Three quarters of `dx` are zero, and on the strokes the ones stand where the edge is strongest.
# On blank paper all four pixels of a window are equal, and the top left one gets the gradient: a regular grid.
#
# What becomes of the gradients on blank paper?
# The filter in the picture has no bias, so that the map is 0 there, and relu, the next layer on the way back, stops them.
# The same holds for a filter with a negative bias.
# With a positive one they pass relu, but they reach only the bias: under the weights lie pixels of 0.

# %% [markdown]
# ## On your own: average pooling
#
# Put the *mean* of a window in place of its maximum, and you have another layer that is found in many networks.
# No formula is given.
# What does each pixel of a window pass on, what does it receive, and what becomes of a pixel that lies in several windows, or in none?
# Derive it, and write both passes.
# Sizes are counted as in max pooling.
#
# <details><summary>First hint</summary>
#
# Take a window of two pixels, $\text{out} = (a + b) / 2$.
# What are the slopes with respect to $a$ and to $b$?
# Do they depend on which of the two is larger?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Both passes can walk through the same slices as your max pooling.
# On the way forward, `np.maximum` becomes a sum.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# The backward pass needs no values at all, only shapes: every slice of `dx` receives the same array.
#
# </details>

# %% exercise
def avg_pool_forward(x, HH, WW, stride):
    """Forward pass of average pooling.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
    HH, WW, stride : int

    Returns
    -------
    out : ndarray of shape (N, C, OH, OW)
    cache : tuple (x, HH, WW, stride)
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(HH, WW):
        out += x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
    return out / (HH * WW), (x, HH, WW, stride)
    ### END SOLUTION

# %% check
check(avg_pool_forward)

# %% worked [markdown]
# **A sum of slices.**
# As in max pooling, hold $(i, j)$ fixed.
# The slice of this place has the shape $(N, C, OH, OW)$, and its entry $(n, c, u, v)$ is $x_{n,\,c,\;Su+i,\;Sv+j}$.
# So the double sum over $i$ and $j$ is a sum of $HH \cdot WW$ whole arrays, divided once, at the end, by their number.
#
# **With numbers.**
# The map of the beginning of this chapter, with windows of 2 × 2 and stride 2, has the sums 12, 10 and 13 above, and 8, 20 and 15 below:
#
# $$
# \text{out} = \begin{pmatrix} 3 & 2.5 & 3.25 \\ 2 & 5 & 3.75 \end{pmatrix} .
# $$
#
# The first window holds 1, 5, 4 and 2, and every one of them counts: push any up by $\varepsilon$, and the 3 becomes $3 + \varepsilon / 4$.

# %% exercise
def avg_pool_backward(dout, cache):
    """Backward pass of average pooling.

    Parameters
    ----------
    dout : ndarray of shape (N, C, OH, OW)
        Upstream gradient.
    cache : tuple (x, HH, WW, stride)
        From `avg_pool_forward`.

    Returns
    -------
    dx : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    x, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    for i, j in np.ndindex(HH, WW):
        dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride] += dout / (HH * WW)
    return dx
    ### END SOLUTION

# %% check
check(avg_pool_backward)

# %% worked [markdown]
# **Average pooling, worked.**
# An output is a sum of its $HH \cdot WW$ pixels, divided by their number:
#
# $$
# \text{out}_{ncuv} = \frac{1}{HH \cdot WW} \sum_{i}\sum_{j} x_{n,\,c,\;Su+i,\;Sv+j} .
# $$
#
# It grows by $1 / (HH \cdot WW)$ when any one of them grows by 1, whatever their values are.
# So every pixel of the window receives the same share of the upstream gradient, and a pixel in several windows adds up its shares:
#
# $$
# \text{dx}_{ncrq} = \frac{1}{HH \cdot WW} \sum_{u}\sum_{v} \text{dout}_{ncuv}
# \qquad\text{over all } (u, v) \text{ with } 0 \le r - Su < HH,\; 0 \le q - Sv < WW .
# $$
#
# A pixel in no window has an empty sum, 0.
# It is a convolution with one fixed kernel for each channel, all of whose weights are $1 / (HH \cdot WW)$.
# There are no ties, no kinks and no routing: nothing in it depends on `x`.

# %% [markdown]
# ## The break
#
# Pooling is done, and with it the last layer of the course.
# Come back with an hour and a half, and with your earlier notebooks.

# %%
progress("10_convnet")

# %% [markdown]
# # Sitting two: the network
#
# ## Your own layers
#
# From here on you use what you wrote in earlier chapters.
# The next cell looks for your notebooks beside this one, takes your answers out of them, and puts them here in place of its own line.
# If something is missing or not right yet, it names the exercise to finish first.

# %% bring
bring("10_convnet")

# %% [markdown]
# ## The plan
#
# This is the network.
#
# $$
# \text{image} \to \text{conv} \to \text{relu} \to \text{max pool} \to \text{affine} \to \text{relu} \to \text{affine} \to \text{scores} \to \text{softmax loss}
# $$
#
# The convolution has $F$ filters with square kernels, stride 1 and no padding.
# The pooling has windows of 2 × 2 and stride 2.
# The first affine layer sees all that is left of an image as one long row, and gives `hidden` numbers.
# The second turns them into one score for each class.
#
# | layer | its parameters |
# |---|---|
# | conv | `W1` and `b1`, the filters |
# | first affine | `W2` and `b2` |
# | second affine | `W3` and `b3` |
#
# Before you can make `W2`, you must know how many rows it needs, and that depends on everything in front of it.
# Take colour images of shape (3, 20, 17), 6 filters with kernels of 4 × 4, and `hidden` = 9.
# **Work out four things with a pen**: the shape of one image after the convolution, and after the pooling; the number of rows of `W2`; and how many numbers `W1` and `b1` hold together.

# %% exercise
def predict_shapes():
    """Sizes in a network for images of shape (3, 20, 17).

    Returns
    -------
    after_conv : tuple (F, OH, OW)
    after_pool : tuple (F, OH, OW)
    rows : int
        Of W2.
    learned : int
        Numbers in W1 and b1 together.
    """
    ### BEGIN SOLUTION
    return (6, 17, 14), (6, 8, 7), 336, 294
    ### END SOLUTION

# %% check
check(predict_shapes)

# %% worked [markdown]
# **After the convolution.**
# A kernel of 4 can begin in row 0, 1, ... up to row $20 - 4 = 16$: that makes $20 - 4 + 1 = 17$ rows, and $17 - 4 + 1 = 14$ columns.
# Each of the 6 filters makes one map, so one image has the shape (6, 17, 14).
# The three colours are gone, because every filter adds them up.
#
# **After the pooling.**
# Windows of 2 that lie side by side: $1 + \lfloor (17 - 2) / 2 \rfloor = 8$ down, and $1 + \lfloor (14 - 2) / 2 \rfloor = 7$ across.
# Of 17 rows the last one is in no window.
# Every map is pooled by itself: (6, 8, 7).
#
# **The rows of `W2`.**
# The affine layer gets $6 \cdot 8 \cdot 7 = 336$ numbers of each image, and `W2` has one row for each of them: shape (336, 9).
#
# **The numbers in `W1` and `b1`.**
# A filter has a weight for every pixel of a window in every channel, $3 \cdot 4 \cdot 4 = 48$.
# Six filters have $6 \cdot 48 = 288$ weights, and one bias each: $288 + 6 = 294$.
# The size of the image does not occur in it; it decides only how often these 294 numbers are used.

# %% figure
def the_network():
    sizes = [(1, 28), (16, 24), (16, 24), (16, 12)]
    names = ["image", "conv", "relu", "max pool"]
    rows = [("affine, relu", 100), ("affine", 10)]
    _, ax = plt.subplots(figsize=(10.5, 3.2), layout="constrained")
    ends = []
    for k, ((channels, side), name) in enumerate(zip(sizes, names)):
        left, size = 4 * k, side / 12
        ends.append((left, left + size + (0.5 if channels > 1 else 0)))
        for shift in np.linspace(0.5, 0, 4) if channels > 1 else [0]:
            ax.add_patch(plt.Rectangle((left + shift, shift - size / 2), size, size, lw=1.2,
                                       edgecolor=BLUE, facecolor="#80808026"))
        ax.text(left + size / 2, -1.75, f"{name}\n{channels} × {side} × {side}", ha="center",
                va="top", fontsize=10)
    for k, (name, count) in enumerate(rows):
        left, height = 14.5 + 2.8 * k, 0.6 + count / 50
        ends.append((left + 0.4, left + 0.65))
        ax.add_patch(plt.Rectangle((left + 0.4, -height / 2), 0.25, height, lw=1.2,
                                   edgecolor=BLUE, facecolor="#80808026"))
        ax.text(left + 0.5, -1.75, f"{name}\n{count}", ha="center", va="top", fontsize=10)
    for (_, start), (end, _) in zip(ends, ends[1:]):
        ax.annotate("", (end - 0.1, 0), (start + 0.1, 0),
                    arrowprops={"arrowstyle": "->", "color": TEXT, "lw": 1.2})
    ax.set_xlim(-0.3, 19)
    ax.set_ylim(-2.9, 2)
    ax.set_aspect("equal")
    ax.axis("off")
    show("The network for digits, from left to right, with the shape of one image behind every "
         "layer: image 1 × 28 × 28, conv 16 × 24 × 24, relu the same, max pool 16 × 12 × 12, affine "
         "and relu 100 numbers, affine 10 scores. Four sheets, one behind the other, stand for "
         "sixteen maps.")


the_network()

# %% [markdown]
# This is the network that you will train on digits, with 16 filters of 5 × 5 and `hidden` = 100.
# Four sheets stand for 16 maps.
# Its `W2` has 2304 rows.
#
# ## Forward and backward through six layers
#
# Every layer is written.
# What is left is to call them in the right order, to keep what each of them wants back, and to return in the opposite order.
# `params` is a dictionary with the six arrays.
#
# Nothing has to be reshaped: your `affine_forward` lays each image out as one row, and your `affine_backward` gives the gradient the shape of what came in.
# If a matrix product complains of sizes, print the shape behind each layer and compare it with the picture.

# %% exercise
def convnet_forward(params, x):
    """Scores of a batch of images.

    Parameters
    ----------
    params : dict of str to ndarray
        W1 (F, C, K, K), b1 (F,), W2 (rows, hidden), b2 (hidden,), W3 (hidden, classes),
        b3 (classes,).
    x : ndarray of shape (N, C, H, W)

    Returns
    -------
    scores : ndarray of shape (N, classes)
    cache : tuple
        The caches of conv, relu, pool, affine, relu, affine, in this order. Another cache is
        fine if your `convnet_backward` goes with it.
    """
    ### BEGIN SOLUTION
    out, conv = conv2d_forward(x, params["W1"], params["b1"], 1, 0)
    out, relu1 = relu_forward(out)
    out, pool = max_pool_forward(out, 2, 2, 2)
    out, affine1 = affine_forward(out, params["W2"], params["b2"])
    out, relu2 = relu_forward(out)
    scores, affine2 = affine_forward(out, params["W3"], params["b3"])
    return scores, (conv, relu1, pool, affine1, relu2, affine2)
    ### END SOLUTION

# %% check
check(convnet_forward)

# %% worked [markdown]
# **From maps to a row.**
# Call what comes out of the pooling `pooled`, of shape $(N, F, PH, PW)$.
# The first affine layer lays it out as rows with $D = F \cdot PH \cdot PW$ numbers each, in reading order: map by map, in a map row by row.
#
# $$
# \text{row}_{nd} = \text{pooled}_{nfuv} \qquad\text{with}\qquad d = (f \cdot PH + u) \cdot PW + v .
# $$
#
# With the (6, 8, 7) of the last exercise and all counted from 0, map 2, row 3, column 4 becomes number $(2 \cdot 8 + 3) \cdot 7 + 4 = 137$, and meets row 137 of `W2`.
# Nobody has to compute $d$, since `reshape` does.
# But training and reading must use the same order, or a weight would meet another pixel each time.
#
# From there on it is the network of chapter 09, with `hidden` units $m$ and classes $k$:
#
# $$
# \text{scores}_{nk} = \sum_m \mathrm{relu}\Big( \sum_d \text{row}_{nd}\; \text{W2}_{dm} + \text{b2}_m \Big)\; \text{W3}_{mk} + \text{b3}_k .
# $$
#
# The caches are kept in the order in which they arise, one for each of the six calls.
# The two relus have one each, although the function is the same: it is called with other numbers.

# %% [markdown]
# The way back returns two things.
# First comes `dx`, the gradient of the loss with respect to the *image*; training does not need it, three pictures at the end of this chapter do.
# Second comes a dictionary with the gradients of all six parameters, under the same names.

# %% exercise
def convnet_backward(dscores, cache):
    """Backward pass of the whole network.

    Parameters
    ----------
    dscores : ndarray of shape (N, classes)
        Gradient of the loss with respect to the scores.
    cache : tuple
        From `convnet_forward`.

    Returns
    -------
    dx : ndarray of shape (N, C, H, W)
        Gradient of the loss with respect to the images.
    gradients : dict of str to ndarray
        One for each parameter, under its name.
    """
    ### BEGIN SOLUTION
    conv, relu1, pool, affine1, relu2, affine2 = cache
    gradients = {}
    dout, gradients["W3"], gradients["b3"] = affine_backward(dscores, affine2)
    dout = relu_backward(dout, relu2)
    dout, gradients["W2"], gradients["b2"] = affine_backward(dout, affine1)
    dout = max_pool_backward(dout, pool)
    dout = relu_backward(dout, relu1)
    dx, gradients["W1"], gradients["b1"] = conv2d_backward(dout, conv)
    return dx, gradients
    ### END SOLUTION

# %% check
check(convnet_backward)

# %% worked [markdown]
# **Six steps.**
# Call the output of the convolution $z$, what the first affine layer gives $a$, and $h = \mathrm{relu}(a)$.
# Write `row` for the pooled maps, each image laid out as one row, as in `convnet_forward`.
# Each line takes the gradient that the line above has sent on:
#
# | layer | its weights get | it sends on | of the shape |
# |---|---|---|---|
# | affine | $\text{dW3} = h^\top\, \text{dscores}$ | $\text{dh} = \text{dscores}\; \text{W3}^\top$ | $(N, \text{hidden})$ |
# | relu | | $\text{da}$: $\text{dh}$ where $a > 0$, else 0 | $(N, \text{hidden})$ |
# | affine | $\text{dW2} = \text{row}^\top\, \text{da}$ | $\text{da}\; \text{W2}^\top$, laid out as maps again | $(N, F, PH, PW)$ |
# | max pool | | each entry to the winner of its window | $(N, F, OH, OW)$ |
# | relu | | $\text{dz}$: what came where $z > 0$, else 0 | $(N, F, OH, OW)$ |
#
# The biases get the sums over the samples, $\text{db3}_k = \sum_n \text{dscores}_{nk}$ and $\text{db2}_m = \sum_n \text{da}_{nm}$.
#
# The sixth step is the convolution, with stride 1 and no padding.
# The weight $w_{fcij}$ of `W1` is used at all places $(u, v)$ of all images, where it is multiplied with $x_{n,\,c,\;u+i,\;v+j}$.
# That is one path for each place of each image:
#
# $$
# \text{dW1}_{fcij} = \sum_{n}\sum_{u}\sum_{v} x_{n,\,c,\;u+i,\;v+j}\; \text{dz}_{nfuv}, \qquad
# \text{db1}_f = \sum_{n}\sum_{u}\sum_{v} \text{dz}_{nfuv} .
# $$
#
# Of these $N \cdot OH \cdot OW$ terms at most a quarter are not 0, because only one pixel of each 2 × 2 window has won.
# What the convolution sends on is the gradient of the images, $\text{dx}_{ncrq} = \sum_{f}\sum_{i}\sum_{j} \text{dz}_{n,\,f,\,r-i,\,q-j}\; w_{fcij}$, over all places that exist.
#
# The order cannot be changed.
# Each backward function wants the gradient of its own *output*, and that is what the layer behind it returns.

# %% [markdown]
# ## The class
#
# A network holds its parameters, and knows how to begin.
# In its methods `t` stands for the labels, as in chapter 09.
# The biases begin at 0.
# The weights begin as in chapter 09 after **He**: normal numbers with standard deviation $\sqrt{2 / \text{fan in}}$, where *fan in* counts the numbers that are added up for one output.
# For an affine layer these are its inputs.
# For a filter they are the pixels of one window, through all channels.
#
# Read `self.params` whenever a method is called, and keep no second copy of an array.
# An optimizer puts new arrays there after every step.
#
# Remember float32: if a single layer answers in float64, everything behind it does too, and takes twice as long.
# Your `softmax_loss` may be such a layer, if it builds one-hot rows with `np.eye`.
# `dscores.astype(scores.dtype)` is the remedy, wherever you send `dscores` back.

# %% exercise
class ConvNet:
    """conv, relu, pool, affine, relu, affine, and the softmax loss.

    Parameters
    ----------
    input_shape : tuple (C, H, W)
        Shape of one image.
    filters : int
        Number of filters, F.
    kernel : int
        Kernels are kernel × kernel.
    hidden : int
        Outputs of the first affine layer.
    output_size : int
        Number of classes.
    rng : numpy.random.Generator
        Draws the weights.

    Attributes
    ----------
    params : dict of str to ndarray
        W1, b1, W2, b2, W3, b3, as in `convnet_forward`.
    """

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        ### BEGIN SOLUTION
        C, H, W = input_shape
        rows = filters * ((H - kernel + 1) // 2) * ((W - kernel + 1) // 2)

        def he(shape, fan_in):
            return np.sqrt(2 / fan_in) * rng.standard_normal(shape)

        self.params = {
            "W1": he((filters, C, kernel, kernel), C * kernel * kernel),
            "b1": np.zeros(filters),
            "W2": he((rows, hidden), rows),
            "b2": np.zeros(hidden),
            "W3": he((hidden, output_size), hidden),
            "b3": np.zeros(output_size),
        }
        ### END SOLUTION

    def predict(self, x):
        """Scores, an ndarray of shape (N, output_size), of images x (N, C, H, W)."""
        ### BEGIN SOLUTION
        scores, _ = convnet_forward(self.params, x)
        return scores
        ### END SOLUTION

    def loss(self, x, t):
        """The softmax loss of images x with labels t, a float."""
        ### BEGIN SOLUTION
        loss, _ = softmax_loss(self.predict(x), t)
        return loss
        ### END SOLUTION

    def gradient(self, x, t):
        """Gradients of the loss with respect to all parameters, a dict with their names."""
        ### BEGIN SOLUTION
        scores, cache = convnet_forward(self.params, x)
        _, dscores = softmax_loss(scores, t)
        _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
        return gradients
        ### END SOLUTION

    def accuracy(self, x, t):
        """Which part of the images x gets its largest score at its label t, a float."""
        ### BEGIN SOLUTION
        return float(np.mean(self.predict(x).argmax(axis=1) == t))
        ### END SOLUTION

# %% check
check(ConvNet)

# %% worked [markdown]
# **Why the root of 2 over fan in.**
# One output of a layer is a sum of $D$ products, $z = \sum_d x_d\, w_d$, where $D$ is the fan in.
# The weights are drawn independently, with mean 0 and standard deviation $s$.
# Square the sum, and take the mean over all ways to draw the weights.
# A term $x_d\, x_e\, w_d\, w_e$ with $d \ne e$ has the mean 0, and $w_d^2$ has the mean $s^2$:
#
# $$
# \text{mean of } z^2 = s^2 \sum_d x_d^2 = D\, s^2 \cdot (\text{mean of the } x_d^2) .
# $$
#
# All weights with their signs turned are drawn just as often, so $z$ and $-z$ are equally likely, and relu removes half of this.
# With $D\, s^2 / 2 = 1$ the squares behind relu are as large as those in front of the layer, and $s = \sqrt{2 / D}$.
#
# **What the fan in is.**
# Ask of one output how many products it adds up.
# An output of the convolution adds up one window through all channels, $C \cdot K \cdot K$, and not one for each pixel of the image.
# For an affine layer it is the number of rows of its matrix.
#
# | in the digit network | fan in | standard deviation |
# |---|---|---|
# | `W1` | $1 \cdot 5 \cdot 5 = 25$ | 0.283 |
# | `W2` | $16 \cdot 12 \cdot 12 = 2304$ | 0.0295 |
# | `W3` | 100 | 0.141 |
#
# Behind `W3` there is no relu, and the rule is used there nonetheless.
#
# **The rows of `W2`.**
# The convolution leaves $H - K + 1$ rows.
# Pooling makes $1 + \lfloor (H - K + 1 - 2) / 2 \rfloor$ of them, which is $\lfloor (H - K + 1) / 2 \rfloor$: the 1 is just the 2 that was subtracted, halved.
# Columns go the same way, and there are $F$ maps.

# %% [markdown]
# ## Prove it: the whole network at once
#
# A gradient check of each layer does not show that they are joined rightly.
# So check the network: move all entries of one parameter by a small step in a random direction, and compare the slope of the loss with what `gradient` says.
# This is done in float64, on three small images.

# %%
def slopes(net, x, t, name, rng, h=1e-5):
    """Numerical and analytic slope of the loss along a random direction of one parameter."""
    direction = rng.standard_normal(net.params[name].shape)
    start, values = net.params[name], []
    for step in (h, -h):
        net.params[name] = start + step * direction
        values.append(net.loss(x, t))
    net.params[name] = start
    return (values[0] - values[1]) / (2 * h), np.sum(net.gradient(x, t)[name] * direction)


@when_written
def network_check():
    rng = np.random.default_rng(0)
    net = ConvNet((2, 9, 8), 3, 3, 5, 4, rng)
    x, t = rng.standard_normal((3, 2, 9, 8)), np.array([2, 0, 3])
    print(f"loss {net.loss(x, t):.3f}; four classes, so chance alone is ln 4 = {np.log(4):.3f}")
    for name in net.params:
        numerical, analytic = slopes(net, x, t, name, rng)
        print(f"{name}:  numerical {numerical:+.10f}   yours {analytic:+.10f}")

# %% [markdown]
# The loss of a network that has learned nothing should not be far from that of chance; half or twice as much is nothing to worry about.
# If each pair agrees in about eight digits or more, the whole way through the network and back is right.
#
# If some do not agree, read the list from below, which is the way that the gradient takes: the fault lies between the last pair that agrees and the first that does not.
# With `W3` and `W2` right and `W1` wrong, the fault is in relu, in the pooling (run its checks again) or in the convolution.
# A pair that agrees in two or three digits only may have stepped over a kink of relu or of the pooling.
#
# ## One step of training
#
# One step looks at one batch: forward, loss, backward, and then one call of your `adam_step` for every parameter.
# Adam keeps two averages for each parameter.
# They live in two dictionaries, `m` and `v`, with the names of the parameters.
# They begin with zeros and must be there again at the next step, so put the new ones back.
# Use $\beta_1 = 0.9$, $\beta_2 = 0.999$ and $\varepsilon = 10^{-8}$.
#
# One forward pass is enough for the loss and for the gradients.
# `net.loss` and `net.gradient` would make one each, so call `convnet_forward`, `softmax_loss` and `convnet_backward` yourself.
# Here the labels are called `y`, for `t` is the number of the step, as in `adam_step`.

# %% exercise
def training_step(net, m, v, x, y, t, lr):
    """One step of Adam on one batch. Changes net.params, m and v.

    Parameters
    ----------
    net : ConvNet
    m, v : dict of str to ndarray
        The averages of `adam_step`, by name of parameter.
    x : ndarray of shape (N, C, H, W)
    y : ndarray of integers, shape (N,)
        Labels.
    t : int
        Number of this step, from 1.
    lr : float
        Learning rate.

    Returns
    -------
    loss : float
        Of this batch, before the step.
    """
    ### BEGIN SOLUTION
    scores, cache = convnet_forward(net.params, x)
    loss, dscores = softmax_loss(scores, y)
    _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
    for name, dw in gradients.items():
        net.params[name], m[name], v[name] = adam_step(
            net.params[name], dw, m[name], v[name], t, lr, 0.9, 0.999, 1e-8)
    return loss
    ### END SOLUTION

# %% check
check(training_step)

# %% worked [markdown]
# **Why the averages must be put back.**
# Suppose that they are not, so that every step begins with zeros, while `t` goes on counting.
# Then $m = 0.1\, g$ and $v = 0.001\, g^2$ in every step.
# After many steps the divisors $1 - \beta_1^t$ and $1 - \beta_2^t$ are nearly 1, and
#
# $$
# \frac{\hat m}{\sqrt{\hat v}} \approx \frac{0.1\, g}{\sqrt{0.001}\; |g|} \approx \pm 3.16 .
# $$
#
# Every entry would make steps of about three times the rate, in the direction of this one batch, and nothing would be averaged.
# The loss may fall all the same, so that nobody notices.
#
# **One `t` for all.**
# All six parameters make their first step together, so the number of the step is the same for each.
# Their averages are not, and each name has its own.
#
# The loss and the six gradients come from one walk forward, with the parameters before the step: only then does the loop put new arrays into `net.params`.

# %% [markdown]
# ## Overfit 50 images
#
# Before a long training comes a short one that must succeed.
# A network with more than 230 000 numbers can learn fifty images by heart.
# If it does not, something is wrong, and you will find out in seconds.
#
# The images stay in memory as bytes.
# A batch is turned into float32 numbers from 0 to 1 when it is needed.
# The parameters are float32, too.
# Then everything that is computed is, as long as no layer makes float64 of it; the next cell says so if one does.

# %%
(images, labels), (test_images, test_labels) = load_mnist(normalize=False, flatten=False)
held = len(images) // 12                                   # 5000 of 60 000
train_images, train_labels = images[:-held], labels[:-held]
held_out_images, held_out_labels = images[-held:], labels[-held:]


def pixels(images):
    """Images of bytes as float32, from 0 (paper) to 1 (ink)."""
    return images.astype(np.float32) / 255


def new_network(seed):
    """A network for digits in float32, and zeros for Adam."""
    net = ConvNet((1, 28, 28), 16, 5, 100, 10, np.random.default_rng(seed))
    for name in net.params:
        net.params[name] = net.params[name].astype(np.float32)
    m = {name: np.zeros_like(w) for name, w in net.params.items()}
    v = {name: np.zeros_like(w) for name, w in net.params.items()}
    return net, m, v


@when_written
def overfit(steps=60):
    net, m, v = new_network(0)
    x, y = pixels(train_images[:50]), train_labels[:50]
    losses = [training_step(net, m, v, x, y, k + 1, 0.001) for k in range(steps)]
    print(f"right after {steps} steps: {net.accuracy(x, y):.0%} of the fifty")
    if wide := [name for name, w in net.params.items() if w.dtype != np.float32]:
        print(f"{', '.join(wide)} became float64: some layer returns float64 for float32.")
    draw_losses({"fifty images": np.array(losses)}, np.log(10), "knows nothing: ln 10", 5, "log")

# %% [markdown]
# It should begin near $\ln 10$ or somewhat above, fall by a factor of a hundred or more, and end with all fifty right.
# If parameters became float64, training will be right and slow: give the layers of this network an array of float32, one by one, and print the dtype of what they return.
#
# ## Train it
#
# Now the real thing: five rounds through 55 000 images, in batches of 100, 2750 steps in all.
# The other 5 000 training images are **held out**.
# They never take part in a step; on them the settings below were chosen.
#
# | learning rate | right on the held-out images, seeds 0, 1 and 2 |
# |---|---|
# | 0.005, constant | 98.82 %, 98.48 %, 98.60 % |
# | 0.002, falling | 98.94 %, 98.90 %, 98.96 % |
# | **0.005, falling** | 98.92 %, 98.96 %, 98.94 % |
# | 0.01, falling | 99.00 %, 99.04 %, 98.88 % |
#
# Falling means: in a straight line, to 0 at the last step.
# Large steps are good for a start, and small ones for an end.
#
# How much of this is chance?
# The seed alone moves a number by up to 0.3 percentage points, and other held-out images would move it by about 0.14: that is the standard deviation of a share of 99 % among 5 000.
# So a falling rate is better than a constant one, and between the three falling rates there is nothing to choose.
# We take the one in the middle.
# Batches of 100 are those of chapter 09, and five rounds are what fits into a few minutes; neither was tried out.
#
# The next cell first times five steps and says how long it will take.
# You may stop it at any time, and what has been reached is kept; run the cell again, and it goes on from there.
#
# **In a browser**, where a convolution takes ten times as long, it makes 200 steps with the first 11 000 images.
# They take about half a minute, and are enough for filters that can be looked at; for the numbers of this page it takes the whole training, on a machine with Python.

# %%
trained = {}


def is_trained():
    """Whether there is a trained network."""
    if not trained:
        print("Train the network first, a few cells above.")
    return bool(trained)


def accuracy_of(net, images, labels):
    """Accuracy on many images, 500 at a time."""
    parts = [net.accuracy(pixels(images[k:k + 500]), labels[k:k + 500])
             for k in range(0, len(images), 500)]
    return np.mean(parts)


@when_written
def training(steps=sized(2750, browser=200), seed=0):
    net, m, v = new_network(seed)
    rng = np.random.default_rng([seed, 1])
    rounds = [rng.permutation(len(train_images)) for _ in range(5)]
    batches = np.concatenate(rounds).reshape(-1, 100)

    def step(k):
        rows = batches[k]
        x, y = pixels(train_images[rows]), train_labels[rows]
        return training_step(net, m, v, x, y, k + 1, 0.005 * (1 - k / steps))

    def measure():
        return {
            f"{held} training images": accuracy_of(net, train_images[:held], train_labels[:held]),
            f"{held} held-out images": accuracy_of(net, held_out_images, held_out_labels),
        }

    history = train(
        step, steps=steps, keep={"params": net.params, "m": m, "v": v}, name="convnet",
        settings={"filters": 16, "kernel": 5, "hidden": 100, "batch": 100, "lr": 0.005},
        seed=seed, measure=measure, every=steps // 10,
        slow="take fewer rounds, or finish the fast layer of chapter 07: "
             "conv2d_forward with im2col, not a loop over windows",
    )
    trained.update(net=net, history=history)

# %% [markdown]
# Look at the two curves on the right.
# Their first points, above all the one before training, lie far below the part that is shown.
# The network has seen the training images five times, and the held-out ones never.
# Where the first curve still rises and the second does not, it learns images by heart.
#
# And now, once, at the very end, the test images.
# Nothing was chosen by them, so this number is what you can expect of your network on digits of the same kind.

# %%
def scores_of(net, images):
    """Scores of many images, 500 at a time."""
    return np.concatenate([net.predict(pixels(images[k:k + 500]))
                           for k in range(0, len(images), 500)])


@when_written
def test_once():
    if not is_trained():
        return
    if trained["history"].stopped:
        return print("The training was stopped. Let it finish first: the test comes at the end.")
    read = scores_of(trained["net"], test_images).argmax(axis=1)
    print(f"{np.mean(read == test_labels):.4f} of {len(read)} test images are read rightly.")

# %% [markdown]
# If your layers are right, expect about 0.99, and in any case 0.985 or more; after the 200 steps of a browser, about 0.95.
# The network of chapter 09 reads about 0.97 of the same images: about a third of its errors is left.
#
# ## See it: what the filters have learned
#
# Nobody gave this network an edge kernel.
# Here are its sixteen filters, which began as noise.
# Below each stands what it **answers to**: of all windows of 300 digits, the mean of the hundred that give its largest outputs.
# To find them takes one call of your `im2col` and one matrix product.

# %% figure
@when_written
def learned_filters():
    if not is_trained():
        return
    w, b = trained["net"].params["W1"], trained["net"].params["b1"]
    patches = im2col(pixels(held_out_images[:300]), 5, 5)          # (25, windows)
    answers = w.reshape(16, 25) @ patches + b[:, np.newaxis]
    strongest = [patches[:, row.argsort()[-100:]].mean(axis=1).reshape(5, 5) for row in answers]
    alike = [np.corrcoef(kernel.ravel(), patch.ravel())[0, 1]
             for kernel, patch in zip(w, strongest)]
    _, axes = plt.subplots(4, 8, figsize=(9.5, 5), layout="constrained")
    for f, (kernel, patch) in enumerate(zip(w, strongest)):
        row, column = 2 * (f // 8), f % 8
        strong = np.abs(kernel[0]) > 0.4 * np.abs(kernel[0]).max()
        signs = np.where(strong, np.where(kernel[0] > 0, "+", "−"), "")
        heat_map(axes[row, column], kernel[0], numbers=signs)
        heat_map(axes[row + 1, column], patch, limit=1, colours=INK)
    for row, ax in enumerate(axes[:, 0]):
        ax.set_ylabel(["filter", "answers to"][row % 2])
    show("Sixteen filters of 5 × 5 weights, the strong ones marked by their signs, and below each "
         "the mean of the windows that it answers to most: pieces of strokes in different "
         "directions, ends and corners. The correlation of a filter with its window is "
         f"{np.median(alike):.2f} in the middle.")

# %% [markdown]
# Positive weights (red, the strong ones marked +) want ink, negative ones (blue, marked −) want paper.
# The filters look ragged, since nothing asked them to be smooth.
# But what they answer to is clear: pieces of strokes, each in a direction of its own, and rims, ends and corners.
# People have drawn kernels for these by hand; this network has found its own, with your `dw`.
#
# ## Saliency: one more backward pass
#
# Why does the network read a 3 as a 3?
# Ask the gradient: which pixels would change the *score* of this digit most?
# That is the gradient of one score with respect to the image, and `convnet_backward` hands you `dx` already.
# What you have to choose is the upstream gradient, `dscores`.
# You want the slope of the score at the label `y[n]` of each image, and of no other score.
# No loss takes part, so nothing is divided by $N$.

# %% exercise
def score_gradient(params, x, y):
    """Gradient of each image's score at its label with respect to that image.

    Parameters
    ----------
    params : dict of str to ndarray
    x : ndarray of shape (N, C, H, W)
    y : ndarray of integers, shape (N,)
        Which score of each image.

    Returns
    -------
    dx : ndarray of shape (N, C, H, W)
    """
    ### BEGIN SOLUTION
    scores, cache = convnet_forward(params, x)
    dscores = np.zeros_like(scores)
    dscores[np.arange(len(x)), y] = 1
    dx, _ = convnet_backward(dscores, cache)
    return dx
    ### END SOLUTION

# %% check
check(score_gradient)

# %% worked [markdown]
# **One number for all images.**
# The backward pass wants the slopes of a *single* number, and here there are $N$ scores.
# So take their sum:
#
# $$
# A = \sum_n \text{scores}_{n\,y_n}, \qquad
# \text{dscores}_{nk} = \frac{\partial A}{\partial\, \text{scores}_{nk}} = \begin{cases} 1 & \text{if } k = y_n, \\ 0 & \text{otherwise.} \end{cases}
# $$
#
# Does the sum mix the images?
# It does not: no layer of this network mixes samples, so a pixel of image $n$ touches row $n$ of the scores alone.
# Of the $N$ terms of $A$ it moves one, and
#
# $$
# \text{dx}_{ncrq} = \frac{\partial A}{\partial x_{ncrq}} = \frac{\partial\, \text{scores}_{n\,y_n}}{\partial x_{ncrq}} .
# $$
#
# One backward pass gives the gradients of all $N$ scores, each for its own image.
# A factor $1/N$ would make every picture depend on how many others are in the batch.
#
# The parameters are shared by all images, and their gradients would be sums over the batch.
# Nobody asks for them here, and the code throws them away.

# %% [markdown]
# The gradient of a single image is ragged, too.
# So the last two rows show its mean, over the first 200 test images of each digit: where it is positive, and where it is negative.

# %% figure
@when_written
def saliency():
    if not is_trained():
        return
    params, rows = trained["net"].params, [test_labels == digit for digit in range(10)]
    x = np.concatenate([pixels(test_images[row][1:2]) for row in rows])
    dx = score_gradient(params, x, np.arange(10))
    means = [score_gradient(params, pixels(test_images[row][:200]), test_labels[row][:200]).mean(0)
             for row in rows]
    wide = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    near = np.lib.stride_tricks.sliding_window_view(wide, (5, 5), (2, 3)).max((4, 5)) > 0.5
    ratio = np.abs(dx[near]).mean() / np.abs(dx[~near]).mean()
    means = np.array([mean / np.abs(mean).max() for mean in means])
    draw_images([x, dx, np.maximum(means, 0), np.maximum(-means, 0)], [list("0123456789")],
                ["digit", "gradient", "for", "against"], alt=(
        "The digits 0 to 9; below each the gradient of its own score with respect to its pixels; "
        "below that the mean of this gradient over 200 digits of the same kind, its positive part "
        f"and its negative part. Within two pixels of ink the gradient is {ratio:.1f} times as "
        "strong as elsewhere. In the negative parts there are connected places: ink there speaks "
        "against the digit."))

# %% [markdown]
# In the second row red pixels are positive and blue ones negative.
# In the third, ink at the dark places speaks for the digit; in the last, ink at the dark places speaks against it and would make another digit of it.
# In the last row the middle of a 0 should be one of them, and the open left side of a 3, and the gap at the top of a 4.
#
# ## The same digit, read as another
#
# The gradient with respect to an image can also be *used*.
# Move each pixel by the same small $\varepsilon$, up or down, whichever makes the *loss* larger.
# So only the sign of the gradient counts, and all pixels are moved at once, by one gradient.
# Then bring all pixels back between 0 and 1, or it would be no image.
# What comes out is called an **adversarial** image.

# %% exercise
def adversarial_images(params, x, y, epsilon):
    """Images that look nearly the same, and have a larger loss.

    Parameters
    ----------
    params : dict of str to ndarray
    x : ndarray of shape (N, C, H, W)
        Images with pixels from 0 to 1.
    y : ndarray of integers, shape (N,)
        Their labels.
    epsilon : float
        By how much each pixel moves, up or down; not at all where its gradient is 0.

    Returns
    -------
    ndarray of shape (N, C, H, W)
        With pixels from 0 to 1.
    """
    ### BEGIN SOLUTION
    scores, cache = convnet_forward(params, x)
    _, dscores = softmax_loss(scores, y)
    dx, _ = convnet_backward(dscores.astype(scores.dtype), cache)
    return np.clip(x + epsilon * np.sign(dx), 0, 1)
    ### END SOLUTION

# %% check
check(adversarial_images)

# %% worked [markdown]
# **Why the sign.**
# Move every pixel by some $\delta$ of its own.
# For small moves the loss changes by the slopes times the moves:
#
# $$
# L(x + \delta) \approx L(x) + \sum_{c}\sum_{r}\sum_{q} \text{dx}_{ncrq}\; \delta_{ncrq} \qquad\text{for image } n .
# $$
#
# No $\delta$ may be larger than $\varepsilon$, up or down.
# Each term can be made as large as possible by itself: move the pixel by $+\varepsilon$ where its slope is positive and by $-\varepsilon$ where it is negative.
# That is $\delta = \varepsilon \cdot \mathrm{sign}(\text{dx})$, each term becomes $\varepsilon\, |\text{dx}_{ncrq}|$, and no other move within these limits promises more.
#
# The loss is a mean over the batch, so there is a factor $1/N$ in `dx`.
# It is positive and does not change a sign: each image is moved as if it were alone.
#
# **With numbers.**
# Three pixels 0.95, 0.3 and 0.2 have the slopes $0.5$, $-0.1$ and $0$, and $\varepsilon = 0.1$.
# They are moved to 1.05, 0.2 and 0.2, which promises $0.05 + 0.01 = 0.06$.
# Then 1.05 is brought back to 1, so that the first pixel has moved by 0.05 only, and $0.025 + 0.01 = 0.035$ is left of it.
# Where the slope is 0 the sign is 0, and the pixel stays.

# %% figure
@when_written
def fooled(epsilon=0.1):
    if not is_trained():
        return
    net = trained["net"]
    right = scores_of(net, test_images[:500]).argmax(axis=1) == test_labels[:500]
    x, y = pixels(test_images[:500][right]), test_labels[:500][right]
    changed = adversarial_images(net.params, x, y, epsilon)
    now = net.predict(changed).argmax(axis=1)
    flipped = np.flatnonzero(now != y)[:8]
    if not len(flipped):
        return print("No digit is read as another.")
    print(f"Of {len(y)} digits that were read rightly, {np.mean(now != y):.0%} are now read as "
          f"another. No pixel has moved by more than {np.abs(changed - x).max():.2f}.")
    titles = [[str(digit) for digit in y[flipped]], [str(digit) for digit in now[flipped]]]
    draw_images([x[flipped], changed[flipped], (changed - x)[flipped]], titles,
                ["digit", "changed", "difference"], limit=3 * epsilon, alt=(
        f"Eight digits, {', '.join(titles[0])}; the same digits on grey, uneven paper, which "
        f"people read as before and the network reads as {', '.join(titles[1])}; and the "
        f"difference, {epsilon} at most in every pixel."))

# %% [markdown]
# Above each digit stands what the network reads.
# You read the second row as easily as the first.
# No pixel has moved by more than 0.1, and where paper should have become lighter or ink darker, it was brought back and has not moved at all.
# But hundreds have moved, and each of them in the direction that makes the loss larger: many small slopes add up to a large step.
# It is a weakness of every network that was trained like this one, however well it does on a test.

# %% [markdown]
# ## What you can now do
#
# - Derive and write a layer that routes its gradient, with one rule for ties.
# - Join layers into a network, and check it as a whole before you train it.
# - Train in single precision, choose settings on held-out images, and read the test images once.
# - Turn the backward pass around, and ask what a network looks at and how it can be fooled.
#
# Three questions, to see what has stayed.
#
# **1. `unchanged`.** A window of 2 × 2 holds 3, 7, 6 and 1.
# The pixel with 6 grows by 0.5, and nothing else changes.
# What happens to the loss, if the upstream gradient of this window is 4?
#
# - **a** it grows by 2
# - **b** it grows by 0.5
# - **c** it does not change
# - **d** it falls by 2
#
# **2. `settings`.** You have trained with four rates.
# By which accuracy do you choose one of them?
#
# - **a** by that on the training images
# - **b** by that on the held-out images
# - **c** by that on the test images
# - **d** by the mean of all three
#
# **3. `share`.** Where are most of the numbers that your digit network learns?
#
# - **a** in `W1`
# - **b** in `W2`
# - **c** in `W3`
# - **d** in the biases

# %% exercise
def recap_convnet():
    """Answer the three questions, each by its letter.

    Returns
    -------
    unchanged, settings, share : str
    """
    ### BEGIN SOLUTION
    return "c", "b", "b"
    ### END SOLUTION

# %% check
check(recap_convnet)

# %% written [markdown]
# Explain to a friend how a gradient gets from the loss back to one weight of a filter in this network.
# Through which layers does it come, and what does each of them do to it?
# And why may a weight of a filter receive something from some places of the image, and nothing from others?
#
# ### BEGIN MARK SCHEME
# - It comes through the loss, affine, relu, affine, pooling, relu and convolution, in this order; an affine layer multiplies it with its weights, relu lets it through or stops it.
# - Pooling sends it to the largest pixel of each window only; in the convolution all places share the weight, so what arrives from all of them is added up.
# - Nothing comes from places that lost in their pooling window, whose output was cut off by relu, or where the pixel under the weight is 0.
# ### END MARK SCHEME

# %% model answer [markdown]
# The loss says how much each score should fall or rise.
# The last affine layer turns that into slopes for a hundred numbers, by multiplying with its weights.
# Relu stops the slopes of those numbers that were cut off on the way forward.
# The first affine layer spreads what is left over all pooled pixels of all maps.
# Pooling hands each slope to one pixel, the one that won its window, and relu once more stops it if that pixel was not above 0.
# In the convolution the same weight was used at every place, so each place that still has a slope multiplies it with the image pixel that lay under the weight, and all these products are added up.
#
# So a place adds nothing to a weight in three cases: it lost its window, relu had cut it off, or there was blank paper under the weight, a pixel of 0.

# %%
progress("10_convnet")

# %% [markdown]
# This is the last chapter of the course.
# You have derived every gradient in this network yourself, and written every line between a pixel and a digit; from here, read the source of a small framework such as micrograd, and you will recognise most of it.
# `progress()`, without a name, shows where you stand in all chapters.
