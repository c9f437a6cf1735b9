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
# # Convolution
#
# **Time:** two sittings, about 75 and about 95 minutes, with a break between them; dilation and groups, at the end, take another 25.
#
# **Needs:** chapters 01 (numerical gradients), 02 (gradients along several paths add up) and 03 (the affine layer).
#
# ## What you will build
#
# You will write the layer that taught computers to see: a small window slides over an image, and at every stop the same weighted sum is taken.
# In the first sitting you derive its gradients one window at a time and prove them right; in the second you turn the whole layer into one matrix product, which is far faster.

# %%
from autograder import check, progress, when_written
from autograder.pictures import GREY, INK, POSITIVE, draw_node, frame, heat_map, show
from autograder.sliding_window import show_sliding_window
from course_data import load_mnist

import time

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node(
    "conv2d",
    inputs={"x": "(N, C, H, W)", "w": "(F, C, HH, WW)", "b": "(F,)"},
    outputs={"out": "(N, F, OH, OW)"},
)

# %% [markdown]
# The letters of this chapter:
#
# - $N$ images in a batch, each with $C$ **channels** of $H \times W$ pixels.
#   A grey image has one channel, a colour photograph has three.
# - $F$ **filters**.
#   Each filter has a **kernel** of $C \times HH \times WW$ weights and one bias.
# - $OH \times OW$ outputs for each image and filter.
#   Together they look like an image again, and are called a **feature map**.
#
# Why not an affine layer?
# It would connect every pixel with every output.
# From an image of 28 × 28 pixels to a map of the same size that is 784 · 784 = 614 656 weights.
# A convolution with a 3 × 3 kernel has nine.
# It saves the rest with two ideas.
# An output looks only at a small **window** of the image.
# And all windows share the same weights: an edge is an edge, wherever it is.

# %% [markdown]
# # Sitting one: window by window
#
# ## Forward
#
# Start as small as possible: one image, one channel, one filter, one output.
# Cut a window of the size of the kernel out of the image, multiply it with the kernel entry by entry, add up the products, and add the bias:
#
# $$
# \text{out} = \sum_{i}\sum_{j} \text{window}_{ij}\, w_{ij} + b .
# $$
#
# This is $wx + b$ once more, a weighted sum and a bias.
# The window plays the part of $x$.
# Here is an image of 4 × 6 pixels and a kernel of 2 × 3.
# All sizes differ, so exchanging two of them cannot go unnoticed.

# %%
x = np.array([[1.0, 0.0, 2.0, 1.0, 0.0, 3.0],
              [0.0, 1.0, 3.0, 0.0, 1.0, 2.0],
              [2.0, 0.0, 1.0, 1.0, 0.0, 1.0],
              [1.0, 1.0, 0.0, 2.0, 1.0, 0.0]])
w = np.array([[1.0, 2.0, 3.0],
              [4.0, 5.0, 6.0]])
b = 0.5

# %% [markdown]
# Compute the output of the window in the top left corner by hand before you run the next cell.
# The window holds the rows 0 and 1 and the columns 0 to 2 of the image:
#
# $$
# 1 \cdot 1 + 0 \cdot 2 + 2 \cdot 3 + 0 \cdot 4 + 1 \cdot 5 + 3 \cdot 6 + 0.5 = 30.5 .
# $$

# %%
window = x[0:2, 0:3]
print(window)
print("out[0, 0] =", np.sum(window * w) + b)

# %% [markdown]
# Now slide the window.
# Let $(u, v)$ be the position of an output: $u$ steps down and $v$ steps to the right.
# Its window begins at row $u$ and column $v$, so
#
# $$
# \text{out}_{uv} = \sum_{i=0}^{HH-1}\sum_{j=0}^{WW-1} x_{u+i,\;v+j}\, w_{ij} + b .
# $$
#
# In this chapter $(i, j)$ always counts inside the kernel and $(u, v)$ always counts outputs, both from 0.
# There is room for $4 - 2 + 1 = 3$ windows down and $6 - 3 + 1 = 4$ across: this layer has 3 × 4 outputs.
#
# In mathematics this sum is called a *correlation*, and a convolution would turn the kernel by 180 degrees first.
# Networks learn their kernels, so it makes no difference to them, and everybody says convolution.
# We do not turn the kernel.
# In the gradient it will turn by itself.

# %% [markdown]
# ### Stride and padding
#
# Two numbers change how the window moves.
# With **stride** $S$ it moves $S$ pixels at a time, down and across.
# With **padding** $P$ the image first gets a frame of zeros, $P$ pixels wide on all four sides.
# A frame lets the window stand on the border, and a 3 × 3 kernel with $P = 1$ and $S = 1$ gives a map of exactly the size of the image.
#
# Count the windows along one side.
# The padded image has $H + 2P$ rows.
# The window of output $u$ begins at row $Su$ and covers $HH$ rows.
# Which is the last $u$ whose window still fits, and how many windows does that make?
#
# Where the stride leaves a remainder, some rows at the bottom are seen by no window.
# That is no mistake, and in this course it is the rule.
# The width is counted in the same way, with $W$ and $WW$.
# A kernel that does not fit into the padded image is never asked for.

# %% exercise
def output_size(size, kernel, stride=1, pad=0):
    """How many windows fit along one side of an image.

    Parameters
    ----------
    size : int
        H or W, without padding.
    kernel : int
        HH or WW.
    stride : int
        By how many pixels the window moves.
    pad : int
        Width of the frame of zeros on each side.

    Returns
    -------
    int
        OH or OW.
    """
    ### BEGIN SOLUTION
    return 1 + (size + 2 * pad - kernel) // stride
    ### END SOLUTION

# %% check
check(output_size)

# %% worked [markdown]
# Window $u$ covers the rows $Su$ to $Su + HH - 1$, and the last row of the padded image is $H + 2P - 1$.
# It fits if $Su + HH \le H + 2P$, that is if $u \le (H + 2P - HH) / S$.
# The largest $u$ is this quotient rounded down, and as $u$ counts from 0 there is one window more:
#
# $$
# OH = 1 + \left\lfloor \frac{H + 2P - HH}{S} \right\rfloor .
# $$
#
# With $H = 8$, $P = 1$, $HH = 3$, $S = 2$ there are 10 rows.
# The windows begin at rows 0, 2, 4, 6, and one at row 8 would need a row 10: $1 + \lfloor 7/2 \rfloor = 4$.

# %% [markdown]
# With batches, channels, stride and padding, the formula of the layer is this.
# Let $\hat x$ be the padded image.
#
# $$
# \text{out}_{nfuv} = \sum_{c}\sum_{i}\sum_{j} \hat x_{n,\,c,\;Su+i,\;Sv+j}\; w_{fcij} + b_f .
# $$
#
# A window now goes through all channels and has shape $(C, HH, WW)$, like a kernel.
# Images do not mix, and neither do filters.
# The formula is long, but it is the same small sum at many places.

# %% [markdown]
# ## Predict
#
# Go back to the small example with 4 × 6 pixels, kernel 2 × 3, stride 1 and no padding.
# Answer without code.
#
# **Which outputs does the pixel `x[1, 2]` touch, and how strongly?**
# Imagine that `x[1, 2]` grows by 1 and nothing else changes.
# Slide the window over the image with your finger.
# Each time it covers the pixel, note at which place of the kernel the pixel lies.

# %% exercise
def predict_windows():
    """Say by how much each output grows when x[1, 2] grows by 1.

    Returns
    -------
    slopes : ndarray of shape (3, 4)
        One number for each entry of out; 0 where it does not change.
    """
    ### BEGIN SOLUTION
    return np.array([[6.0, 5.0, 4.0, 0.0],
                     [3.0, 2.0, 1.0, 0.0],
                     [0.0, 0.0, 0.0, 0.0]])
    ### END SOLUTION

# %% check
check(predict_windows)

# %% worked [markdown]
# **Which windows.**
# The window of $(u, v)$ covers the rows $u, u + 1$ and the columns $v, v + 1, v + 2$.
# Row 1 is among them for $u = 0, 1$, and column 2 for $v = 0, 1, 2$: six outputs.
#
# **How strongly.**
# In that window the pixel lies at $i = 1 - u$, $j = 2 - v$, and the slope is the weight there:
#
# - $u = 0$: $w_{12}, w_{11}, w_{10} = 6, 5, 4$,
# - $u = 1$: $w_{02}, w_{01}, w_{00} = 3, 2, 1$.
#
# All other slopes are 0: row $u = 2$ and column $v = 3$ of `slopes`.

# %% [markdown]
# Look at the order of your slopes.
# Where the window is further down, the pixel lies further *up* in the kernel.
# There is the whole kernel, turned by 180 degrees, and nobody had to turn it.

# %% [markdown]
# ## Derive: one window
#
# Take a single window and the single number that comes out of it.
# The window and the kernel have shape $(C, HH, WW)$:
#
# $$
# \text{out} = \sum_{cij} \text{window}_{cij}\, w_{cij} + b .
# $$
#
# The upstream gradient `dout` is a number, too: the slope of the loss $L$ with respect to this one output.
# Push one entry of the window up by a tiny $\varepsilon$.
# By how much does `out` grow, and by how much $L$?
# Then push one weight.
# (The bias is the easy one: its gradient is `dout` itself.)

# %% exercise
def window_gradients(window, w, dout):
    """Gradients of the loss for out = sum(window * w) + b, one number.

    Parameters
    ----------
    window : ndarray of shape (C, HH, WW)
    w : ndarray of shape (C, HH, WW)
        The kernel.
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dwindow : ndarray of shape (C, HH, WW)
    dw : ndarray of shape (C, HH, WW)
    """
    ### BEGIN SOLUTION
    return dout * w, dout * window
    ### END SOLUTION

# %% check
check(window_gradients)

# %% worked [markdown]
# **One path each.**
# $\text{window}_{cij}$ occurs in one term of the sum, with the factor $w_{cij}$.
# Push it by $\varepsilon$: `out` grows by $w_{cij}\,\varepsilon$, and $L$ by `dout` times as much.
# For a weight the two factors change their roles:
#
# $$
# \text{dwindow}_{cij} = \text{dout} \cdot w_{cij},
# \qquad
# \text{dw}_{cij} = \text{dout} \cdot \text{window}_{cij} .
# $$
#
# There is nothing to sum: both are a number times an array of shape $(C, HH, WW)$.

# %% [markdown]
# ## Derive: one entry
#
# Now all windows of an image.
# Take one channel, one filter, stride 1 and no padding: $x$ is $(H, W)$, $w$ is $(HH, WW)$ and `dout` is $(OH, OW)$.
#
# **One pixel.**
# Let $x_{rq}$ be the pixel in row $r$ and column $q$.
# It touches one output for each window that covers it.
# The window of output $(u, v)$ begins at row $u$ and column $v$, so inside this window the pixel lies at $i = r - u$, $j = q - v$.
# It is covered if that is a place in the kernel, and then the slope of $\text{out}_{uv}$ with respect to it is $w_{ij}$.
# Along each path slopes multiply, over all paths they add up:
#
# $$
# \text{dx}_{rq} = \sum_{u}\sum_{v} \text{dout}_{uv}\; w_{r-u,\;q-v}
# \qquad\text{over all } (u, v) \text{ with } 0 \le r - u < HH,\; 0 \le q - v < WW .
# $$
#
# The minus signs are the turned kernel: as $u$ grows, the index of $w$ falls.
#
# Now the next case, which is not printed: stride $S$, padding $P$, and $F$ filters that look at the same image, each with a map of its own.
# Ask the same questions again.
# Where does the window of output $(u, v)$ begin in the padded image, and where in the padded image does $x_{rq}$ lie?
# Which maps does the pixel touch?
# Write the sum on paper, then the code.
# Check both ends of both ranges: Python seldom complains about a negative index, it counts from the end.

# %% exercise
def conv_dx_entry(dout, w, r, q, stride, pad):
    """One entry of dx for one image with one channel, and several filters.

    Parameters
    ----------
    dout : ndarray of shape (F, OH, OW)
        Upstream gradient.
    w : ndarray of shape (F, HH, WW)
    r, q : int
        Which pixel of x: row r, column q, counted without the frame.
    stride, pad : int

    Returns
    -------
    float
        dx[r, q].
    """
    ### BEGIN SOLUTION
    F, HH, WW = w.shape
    total = 0.0
    for f, u, v in np.ndindex(dout.shape):
        i, j = r + pad - stride * u, q + pad - stride * v
        if 0 <= i < HH and 0 <= j < WW:
            total += dout[f, u, v] * w[f, i, j]
    return total
    ### END SOLUTION

# %% check
check(conv_dx_entry)

# %% worked [markdown]
# The frame moves $x_{rq}$ to row $r + P$ and column $q + P$, and the window of $(u, v)$ begins at row $Su$ and column $Sv$.
# So inside this window the pixel lies at $i = r + P - Su$, $j = q + P - Sv$.
#
# All filters look through the same windows: one path for each covering window and each filter,
#
# $$
# \text{dx}_{rq} = \sum_f \sum_u \sum_v \text{dout}_{fuv}\; w_{f,\;r+P-Su,\;q+P-Sv}
# \qquad \text{where } 0 \le i < HH,\; 0 \le j < WW .
# $$
#
# **Rows alone**, with $HH = 3$, $S = 2$, $P = 1$: for $r = 1$ we have $i = 2 - 2u$, so $i = 2$ for $u = 0$ and $i = 0$ for $u = 1$.
# For $r = 2$ we have $i = 3 - 2u$, and only $u = 1$ covers it, with $i = 1$.
# For $r = 1$, $u = 2$ would give $i = -2$, and Python would quietly read row 1 of the kernel: hence the lower end of the range.

# %% [markdown]
# **One weight.**
# One filter again, one channel, no padding.
# Which outputs does $w_{ij}$ touch?
# All of them, because all windows share it.
# In the window of output $(u, v)$ it meets one pixel.
# Which one, with stride $S$?
# Write down the sum over all outputs, then write the code.

# %% exercise
def conv_dw_entry(x, dout, i, j, stride):
    """One entry of dw for one image, one channel, one filter, no padding.

    Parameters
    ----------
    x : ndarray of shape (H, W)
    dout : ndarray of shape (OH, OW)
        Upstream gradient.
    i, j : int
        Which weight: row i, column j of the kernel.
    stride : int

    Returns
    -------
    float
        dw[i, j].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for u in range(dout.shape[0]):
        for v in range(dout.shape[1]):
            total += x[stride * u + i, stride * v + j] * dout[u, v]
    return total
    ### END SOLUTION

# %% check
check(conv_dw_entry)

# %% worked [markdown]
# There is one path for each of the $OH \cdot OW$ outputs.
# The window of $(u, v)$ begins at $(Su, Sv)$, so $w_{ij}$ meets the pixel $x_{Su+i,\,Sv+j}$ there, and that pixel is the slope:
#
# $$
# \text{dw}_{ij} = \sum_u \sum_v x_{Su+i,\;Sv+j}\; \text{dout}_{uv} .
# $$
#
# No range needs a check: every window lies inside the image.
#
# **One row**: $x = (1, 0, 2, 4, 3)$, $WW = 2$, $S = 2$, $\text{dout} = (10, 1)$.
# Then $\text{dw}_0 = 1 \cdot 10 + 2 \cdot 1 = 12$ and $\text{dw}_1 = 0 \cdot 10 + 4 \cdot 1 = 4$.

# %% [markdown]
# **One bias.**
# The bias $b_f$ is added to every output of filter $f$, at every position and in every image, with slope 1.
# You know from chapter 03 what that makes of its gradient.

# %% [markdown]
# ## Implement
#
# Write the forward pass in the most direct way: four loops, over the image $n$, the filter $f$ and the position $(u, v)$.
# In the middle of them stands the sum for one window.
# The window begins at row $Su$ and column $Sv$ of the padded image, goes through all channels, and can be cut out with one slice.
# `np.pad` makes the frame of zeros; it wants to know the width before and after for each axis:

# %%
small = np.ones((1, 2, 2, 3))
print(np.pad(small, ((0, 0), (0, 0), (1, 1), (1, 1)))[0, 0])

# %% [markdown]
# Everything that the way back will need goes into the **cache**: here `(x, w, b, stride, pad)`, with `x` as you received it.

# %% exercise
def conv2d_forward_naive(x, w, b, stride=1, pad=0):
    """Forward pass of a convolution, window by window.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
        A batch of images.
    w : ndarray of shape (F, C, HH, WW)
        One kernel for each filter.
    b : ndarray of shape (F,)
        One bias for each filter.
    stride : int
        By how many pixels the window moves, down and across.
    pad : int
        Width of the frame of zeros around each image.

    Returns
    -------
    out : ndarray of shape (N, F, OH, OW)
        OH and OW as `output_size` counts them.
    cache : tuple (x, w, b, stride, pad)
        What the backward pass needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=w.dtype)
    for n in range(N):
        for f in range(F):
            for u in range(OH):
                for v in range(OW):
                    top, left = stride * u, stride * v
                    window = padded[n, :, top:top + HH, left:left + WW]
                    out[n, f, u, v] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, stride, pad)
    ### END SOLUTION

# %% check
check(conv2d_forward_naive)

# %% [markdown]
# The way back walks through the same windows.
# At each stop you know what to do, because you derived it for one window.
# What is new is that every kernel meets many windows, and every pixel lies in many windows.
# Their contributions must be **added**.
# So begin with gradients full of zeros, and at every stop $(n, f, u, v)$ let the number $\text{dout}_{nfuv}$ add its share to three places:
#
# - to the gradient of the kernel of filter $f$,
# - to the gradient of the image, at the window where the forward pass read,
# - to the gradient of the bias of filter $f$.
#
# Reading a window on the way forward becomes adding into that window on the way back.
# This is called a **scatter-add**.
#
# The windows live in the padded image, so the second gradient needs a frame as well.
# At the end the frame is cut off again: `dx` must have the shape of `x`.
# Mind the slice when `pad` is 0.
# In Python, `a[0:-0]` is empty.

# %% exercise
def conv2d_backward_naive(dout, cache):
    """Backward pass of a convolution, window by window.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OH, OW)
        Upstream gradient.
    cache : tuple (x, w, b, stride, pad)
        From `conv2d_forward_naive`.

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    db : ndarray, shape of b
        Gradients of the loss with respect to x, w and b.
    """
    ### BEGIN SOLUTION
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n, f, u, v in np.ndindex(dout.shape):
        top, left = stride * u, stride * v
        here = (n, slice(None), slice(top, top + HH), slice(left, left + WW))
        dw[f] += padded[here] * dout[n, f, u, v]
        dpadded[here] += w[f] * dout[n, f, u, v]
        db[f] += dout[n, f, u, v]
    dx = dpadded[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# The forward function is the judge.
# Take $L = \sum \text{out} \cdot \text{dout}$, whose slope with respect to each output is exactly `dout`.
# Move one pixel that several windows share by a small step $h$ to both sides, and see how $L$ changes.

# %%
@when_written
def one_pixel_by_hand():
    rng = np.random.default_rng(1)
    x, w, b = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((4, 3, 3, 2)), np.zeros(4)
    out, cache = conv2d_forward_naive(x, w, b, 2, 1)
    dout = rng.standard_normal(out.shape)

    def loss(x):
        out, _ = conv2d_forward_naive(x, w, b, 2, 1)
        return np.sum(out * dout)

    h = 1e-5
    above, below = x.copy(), x.copy()
    above[1, 2, 3, 4] += h
    below[1, 2, 3, 4] -= h
    numerical = (loss(above) - loss(below)) / (2 * h)

    dx, dw, db = conv2d_backward_naive(dout, cache)
    print(f"numerical gradient    {numerical:.12f}")
    print(f"your dx[1, 2, 3, 4]   {dx[1, 2, 3, 4]:.12f}")

# %% [markdown]
# If the two agree in about ten digits, your derivation and your code are right at this pixel; the rest is rounding.
# The check moves all entries at once, each by a small random amount.
# It also looks at what a square image with stride 1 never shows: images and kernels that are not square, windows with gaps between them, and sizes that the stride does not divide.

# %% check
check(conv2d_backward_naive)

# %% worked [markdown]
# **The same sums, walked from the other end.**
# The product $\hat x_{n,\,c,\,Su+i,\,Sv+j}\, w_{fcij}$ stands in $\text{out}_{nfuv}$ and nowhere else.
# Each gradient sums over the letters that its entry does not name:
#
# $$
# \text{dw}_{fcij} = \sum_{n,u,v} \text{dout}_{nfuv}\, \hat x_{n,\,c,\,Su+i,\,Sv+j},
# \qquad
# \text{db}_f = \sum_{n,u,v} \text{dout}_{nfuv},
# $$
#
# and $\text{d}\hat x$, in the code `dpadded`, sums $\text{dout}_{nfuv}\, w_{fcij}$ over all $f$ and all windows that cover the pixel.
#
# For one entry you asked which outputs it touches.
# The loop asks each output which entries it has read, and meets the same products, each once.
# At a stop $(i, j)$ runs over the kernel, so no range needs a check, and each share is the one of `window_gradients`.
#
# The frame receives shares, too, but it is constant.
# So $\text{dx}_{ncrq} = \text{d}\hat x_{n,\,c,\,r+P,\,q+P}$: the slice from $P$ to $P + H$, for $P = 0$ as well.

# %% [markdown]
# ## Find the bug
#
# A colleague needs only the gradient of the image, and writes this.
# `np.tensordot(a, w, axes=1)` sums over the last axis of `a` and the first axis of `w`, here over the filters.

# %%
def image_gradient_buggy(dout, w, x_shape, stride, pad):
    N, C, H, W = x_shape
    F, C, HH, WW = w.shape
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for u in range(dout.shape[2]):
        for v in range(dout.shape[3]):
            top, left = stride * u, stride * v
            dx[:, :, top:top + HH, left:left + WW] = np.tensordot(dout[:, :, u, v], w, axes=1)
    return dx[:, :, pad:-pad, pad:-pad]

# %% [markdown]
# It has worked for a month, in layers that all have kernel 4, stride 4 and padding 2.
# And it has two bugs.
#
# One makes `dx` come out empty, and you were warned of it above.
# The other is quieter: `dx` has the right shape and wrong numbers.
# Expose the quiet one.
# Give a layer with square images and square kernels, as four numbers `(size, kernel, stride, pad)`, for which the shape of `dx` is right and its numbers are wrong.

# %% exercise
def exposing_layer():
    """A layer for which image_gradient_buggy gives the right shape and wrong numbers.

    Returns
    -------
    size, kernel, stride, pad : int
    """
    ### BEGIN SOLUTION
    return 5, 3, 1, 1
    ### END SOLUTION

# %% check
check(exposing_layer)

# %% worked [markdown]
# With `5, 3, 1, 1` the windows are 3 wide and begin 1 apart, so the middle pixel lies in nine of them.
# It should receive nine shares, and `=` keeps the last alone.
# Windows share pixels where the stride is smaller than the kernel, and $P > 0$ avoids the other bug.

# %% [markdown]
# Now mend both.
# Copy the body of the function and change what is wrong.

# %% exercise
def image_gradient_mended(dout, w, x_shape, stride, pad):
    """The function above, without its two bugs.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OH, OW)
        Upstream gradient.
    w : ndarray of shape (F, C, HH, WW)
    x_shape : tuple (N, C, H, W)
    stride, pad : int

    Returns
    -------
    dx : ndarray of shape (N, C, H, W)
    """
    ### BEGIN SOLUTION
    N, C, H, W = x_shape
    F, C, HH, WW = w.shape
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for u in range(dout.shape[2]):
        for v in range(dout.shape[3]):
            top, left = stride * u, stride * v
            dx[:, :, top:top + HH, left:left + WW] += np.tensordot(dout[:, :, u, v], w, axes=1)
    return dx[:, :, pad:pad + H, pad:pad + W]
    ### END SOLUTION

# %% check
check(image_gradient_mended)

# %% [markdown]
# The quiet bug hid because their windows lay side by side, like tiles.
# A pixel in one tile touches one output of each filter, and `tensordot` has added up the filters.
# Nothing is left to add.
# Test a layer where the general case happens, not where it happens to be simple.

# %% [markdown]
# ## See it
#
# Watch the window slide over a handwritten digit.
# The kernel below has negative weights on its left and positive weights on its right.
# Its output is large and positive where the image gets darker from left to right, and negative where it gets lighter (ink is 1, paper is 0): it finds vertical edges.

# %%
_, (x_test, y_test) = load_mnist(flatten=False)
DIGITS = x_test[:20].astype(np.float64)                           # (20, 1, 28, 28)
VERTICAL_EDGES = np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], (1, 1, 5, 1))

# %% figure
@when_written
def sliding_strip():
    image = DIGITS[0]
    out, _ = conv2d_forward_naive(DIGITS[:1], VERTICAL_EDGES, np.zeros(1), 2, 0)
    out = out[0, 0]
    strong = np.abs(out).max() / 4
    signs = np.where(out > strong, "+", np.where(out < -strong, "−", ""))
    _, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
    for (ax_image, ax_map), stop in zip(axes.T, [0, 54, 90, 143]):
        u, v = divmod(stop, 12)
        computed = np.arange(144).reshape(12, 12) <= stop
        heat_map(ax_image, image[0], f"window of out[{u}, {v}]", colours=INK)
        frame(ax_image, 2 * u, 2 * v, 5, 5)
        heat_map(ax_map, np.where(computed, out, np.nan), limit=np.abs(out).max(),
                 numbers=np.where(computed, signs, ""), fontsize=9)
        ax_map.set_facecolor("#cccccc")
        frame(ax_map, u, v, 1, 1)
    axes[0, 0].set_ylabel("image, 28 × 28", fontsize=10)
    axes[1, 0].set_ylabel("outputs so far, 12 × 12", fontsize=10)
    show("Four stops of a 5 × 5 window on its way over a handwritten 7, and below each stop the "
         "outputs so far. They fill up row by row. At the end the left rims of the strokes "
         f"are positive, marked +, up to {out.max():.1f}, and the right rims negative, marked −, "
         f"down to {out.min():.1f}.")

# %% [markdown]
# The outputs fill up row by row.
# Strong positive outputs are red and marked +, strong negative ones are blue and marked −, and grey has not been computed yet.
#
# Here is the same as a film: **press play**, or move the slider.

# %% figure
@when_written
def sliding_film():
    out, _ = conv2d_forward_naive(DIGITS[:1], VERTICAL_EDGES, np.zeros(1), 2, 0)
    show_sliding_window(
        DIGITS[0, 0], out[0, 0], kernel=5, stride=2,
        text="A film: a 5 × 5 window slides over a handwritten 7 in steps of two pixels, row by "
             "row, and beside it the 12 × 12 outputs appear one by one. They are positive, "
             "marked +, on the left rims of strokes and negative, marked −, on their right rims.",
    )

# %% book [markdown]
# The film shows the way forward only.
# On a smaller image every number can be read, and the way back can be watched as well.
#
# ```{picture} sliding_window
# :alt: Left, a seven on 12 × 12 pixels, with a frame around one window of 3 × 3. Right, its 10 × 10 outputs under a kernel that is negative on its left and positive on its right: positive on the left rims of the strokes, negative on the right rims. Below, the nine pixels of the window times the nine weights give nine products, whose sum is the framed output.
#
# **Forward: gather.** Draw a digit of your own on the left: press and pull.
# Then press or pull on the outputs, and the window goes there.
# Below stand its nine products, which are summed into one output (the bias is 0).
#
# - Set the stride to 2. The window makes longer steps, and the map becomes smaller. On paper with 12 pixels a side, no window reaches the last row and the last column any more.
# - Set the pad to 1 and the stride back to 1. The frame of zeros lets the window stand on the border, and the map has the size of the image.
#
# **Backward: scatter.** Choose it, and the kernel *1 to 9*.
# One entry of $\text{dout}$ is 1 and all others are 0, so its share, $\text{dout} \cdot w$, is the kernel itself, laid into the window that the forward pass read.
#
# - Press the entry to the right of the framed one. It becomes 1, too. Where the two windows overlap, the shares are added: $2 + 1$, $3 + 2$, and so on.
# - Press *dout all 0*, then *Slide*. The gradient fills up stop by stop, and each pixel away from the rim ends with nine shares: $1 + 2 + \dots + 9 = 45$.
# - Set the stride to 3, and press *dout all 1*. The windows lie side by side, and no pixel receives two shares. This is where the colleague's quiet bug could hide.
# - Set the pad to 2. What falls into the frame is cut off at the end.
#
# Without a mouse: the tab key goes from one control to the next, the arrow keys move the pencil and the window, and the space bar draws, or sets an entry of $\text{dout}$.
# ```

# %% [markdown]
# One layer can hold many kernels.
# Here are four filters of 3 × 3, with padding 1 so that the maps have the size of the digits.

# %%
EDGE_KERNELS = {
    "gets darker to the right": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "gets darker downwards": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "gets darker diagonally": np.array([[-2.0, -1, 0], [-1, 0, 1], [0, 1, 2]]),
    "darker than its surroundings": np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
}

# %% figure
@when_written
def edge_maps():
    w = np.stack(list(EDGE_KERNELS.values()))[:, np.newaxis]      # (4, 1, 3, 3)
    images = DIGITS[[0, 4]]
    out, _ = conv2d_forward_naive(images, w, np.zeros(4), 1, 1)
    _, axes = plt.subplots(3, 5, figsize=(10, 6.3), layout="constrained")
    axes[0, 0].axis("off")
    for ax, (title, kernel) in zip(axes[0, 1:], EDGE_KERNELS.items()):
        heat_map(ax, kernel, limit=1.5 * np.abs(kernel).max(), numbers="g", fontsize=11)
        ax.set_title(title, fontsize=9)
    for row, image, maps in zip(axes[1:], images, out):
        heat_map(row[0], image[0], colours=INK)
        for f, ax in enumerate(row[1:]):
            limit = np.abs(out[:, f]).max()
            heat_map(ax, maps[f], limit=limit)
            ax.contour(maps[f], [-limit / 3, limit / 3], colors=GREY, linewidths=0.8,
                       linestyles=["--", "-"])
    axes[1, 0].set_title("image", fontsize=10)
    show(f"Two digits, {y_test[0]} and {y_test[4]}, each with its maps under four "
         "kernels, which are drawn above. The first "
         "kernel answers on the left and right rims of strokes, the second on upper and lower "
         "rims, the third on both with the sign of a diagonal, the last along the whole stroke. "
         "Solid outlines stand around positive places, dashed ones around negative places.")

# %% [markdown]
# Solid outlines stand around what is strongly positive, dashed ones around what is strongly negative.
# For decades people chose such kernels by hand.
# The gradient `dw` that you have just written is what lets a network choose its own.
#
# ## The break
#
# You have a convolution that is right.
# Come back for one that is fast, and run all cells then: the second sitting needs your functions from the first.

# %%
progress("07_convolution")

# %% [markdown]
# # Sitting two: all windows at once
#
# ## An affine layer on patches
#
# Look at the sum in the middle of your loops once more.
# A window has $C \cdot HH \cdot WW$ numbers, a kernel has as many, and they are multiplied and added up.
# If the window is written as a column and the kernel as a row, this is a product of a row and a column.
# And a table of such products, every kernel with every window, is a **matrix product**.
#
# So write each kernel as a row.
# That is a plain reshape of `w`, to a matrix of shape $(F, K)$ with $K = C \cdot HH \cdot WW$.
# And write each window as a column of a matrix `cols`.
# It has $K$ rows and one column for every image and position, $M = N \cdot OH \cdot OW$ in all.
# Then
#
# $$
# \text{out} = w\; \text{cols} + b ,
# $$
#
# where $b_f$ is added to row $f$.
# The function that builds `cols` is known everywhere as **im2col**, image to columns.
# A window that has been written as a column is also called a patch, and now the whole layer is an affine layer on patches.
#
# Its gradients need no new derivation.
# In chapter 03 the samples stood in rows and the layer was $\text{out} = x\,w + b$.
# Here they stand in columns.
# Transpose the whole equation, and you have the old layer with new names:
#
# $$
# \text{out}^\top = \text{cols}^\top\, w^\top + b .
# $$
#
# What is called $x$, $w$ and `dout` in chapter 03 is now $\text{cols}^\top$, $w^\top$ and $\text{dout}^\top$.
# Write its two gradients with these names, one NumPy expression each, and transpose back.
# (`db` is once more a sum over all samples, and a sample is a patch now. Mind along which axis they lie; you will need it soon.)

# %% exercise
def patch_matrix_gradients(cols, w, dout):
    """Gradients of the loss for out = w @ cols + b[:, np.newaxis].

    Parameters
    ----------
    cols : ndarray of shape (K, M)
        One patch in each column.
    w : ndarray of shape (F, K)
        One kernel in each row.
    dout : ndarray of shape (F, M)
        Upstream gradient.

    Returns
    -------
    dcols : ndarray of shape (K, M)
    dw : ndarray of shape (F, K)
    """
    ### BEGIN SOLUTION
    return w.T @ dout, dout @ cols.T
    ### END SOLUTION

# %% check
check(patch_matrix_gradients)

# %% worked [markdown]
# **By the old names.**
# Chapter 03 has $\text{dx} = \text{dout}\, w^\top$ and $\text{dw} = x^\top \text{dout}$.
# With the new names
#
# $$
# \text{dcols}^\top = \text{dout}^\top\, w, \qquad \text{dw}^\top = \text{cols}\; \text{dout}^\top,
# $$
#
# and transposed back $\text{dcols} = w^\top \text{dout}$ and $\text{dw} = \text{dout}\; \text{cols}^\top$.
#
# **By the paths.**
# $\text{cols}_{km}$ touches $\text{out}_{fm}$ for all $f$, so $f$ is summed and must stand inside: $(K, F)(F, M)$.
# $w_{fk}$ touches $\text{out}_{fm}$ for all patches $m$: $(F, M)(M, K)$.

# %% [markdown]
# ## im2col
#
# Now build `cols`.
# The order of its rows must be the order in which a reshape lays out a kernel: channel first, then $i$, then $j$.
# For the columns we choose: image first, then $u$, then $v$.
# So
#
# $$
# \text{cols}\,[\,(c, i, j),\; (n, u, v)\,] = \hat x_{n,\,c,\;Su+i,\;Sv+j} .
# $$
#
# The obvious way is a loop over all windows $(n, u, v)$, and there are many.
# There is a better one.
# Hold $(i, j)$ fixed instead, and ask for this one entry of *all* windows.
# The rows it comes from are $i$, $S + i$, $2S + i$, and so on: regularly spaced, so one slice with a step can take them all, and the columns likewise.
# The loop then has only $HH \cdot WW$ turns, however large the images are.
# Here is the picture for a 2 × 3 kernel and stride 2.

# %% figure
def one_entry_of_all_windows():
    H, W, HH, WW, S = 6, 9, 2, 3, 2
    _, axes = plt.subplots(HH, WW, figsize=(8.5, 4), layout="constrained")
    for (i, j), ax in np.ndenumerate(axes):
        taken, numbers = np.zeros((H, W)), np.full((H, W), "", dtype=object)
        for u, v in np.ndindex(3, 4):
            taken[S * u + i, S * v + j], numbers[S * u + i, S * v + j] = 1, f"{u},{v}"
        heat_map(ax, taken, f"i = {i}, j = {j}", limit=1.6, colours=POSITIVE, numbers=numbers,
                 grid=True, fontsize=7)
        frame(ax, 0, 0, HH, WW)
        ax.set_axisbelow(True)
    show("Six copies of an image of 6 × 9 pixels, one for each place of a 2 × 3 kernel. In each, "
         "twelve pixels are shaded, in every second row and every second column, and numbered "
         "0,0 to 2,3: they are the entry i, j of the windows of all outputs u, v.")


one_entry_of_all_windows()

# %% [markdown]
# The numbers are $(u, v)$, and the frame is the first window.
# In each of the six pictures the shaded pixels, read row by row, are one row of `cols`.
# The slices need an end as well as a step: for $j = 0$ a slice without an end would also take the last column of the image, where no window begins.
# They must take exactly $OH$ rows and $OW$ columns.
# These are $OH$ steps of $S$ from row $i$, so `i + S * OH` is an end that fits; NumPy does not mind if it lies behind the last row.
#
# A good plan: make an empty array of shape $(C, HH, WW, N, OH, OW)$, fill `[:, i, j]` for each $(i, j)$ from the padded images, and reshape at the end.
# The axes of `x` come in the order $N, C$ and are needed in the order $C, N$.
# A reshape cannot exchange two axes.
# `transpose(1, 0, 2, 3)` can.

# %% exercise
def im2col(x, HH, WW, stride=1, pad=0):
    """Write every window of every image as a column.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
    HH, WW : int
        Size of the kernel.
    stride, pad : int

    Returns
    -------
    cols : ndarray of shape (C * HH * WW, N * OH * OW)
        Rows in the order c, i, j; columns in the order n, u, v.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = np.zeros((C, N, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    padded[:, :, pad:pad + H, pad:pad + W] = x.transpose(1, 0, 2, 3)
    cols = np.empty((C, HH, WW, N, OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(HH, WW):
        cols[:, i, j] = padded[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
    return cols.reshape(C * HH * WW, N * OH * OW)
    ### END SOLUTION

# %% check
check(im2col)

# %% worked [markdown]
# **One row is enough.**
# Let $\hat x = (7, 2, 9, 4, 5)$, $WW = 3$ and $S = 2$, so $OW = 2$.
# For $j = 0$ the slice takes $7, 9$, for $j = 1$ it takes $2, 4$, for $j = 2$ it takes $9, 5$:
#
# $$
# \text{cols} = \begin{pmatrix} 7 & 9 \\ 2 & 4 \\ 9 & 5 \end{pmatrix} .
# $$
#
# Its rows are the slices, its columns the windows.
# The first slice ends before $0 + 2 \cdot 2 = 4$; without an end it would take the 5 as well.
#
# The final reshape merges $(c, i, j)$ to row $(c\,HH + i)\,WW + j$, as `w.reshape(F, -1)` does with a kernel, so in the product every pixel meets its own weight.

# %% [markdown]
# ## The way back: why a gather becomes a scatter-add
#
# `im2col` computes nothing.
# It copies: each entry of `cols` is a copy of one pixel, and most pixels are copied several times.
# To copy entries to new places is called a **gather**.
# What is its gradient?
#
# Take the simplest gather, from a vector: `out = x[index]`, that is $\text{out}_k = x_{\text{index}_k}$.
# It is a matrix product in disguise.
# Let $G$ be the matrix with
#
# $$
# G_{km} = \begin{cases} 1 & \text{if } \text{index}_k = m, \\ 0 & \text{otherwise.}\end{cases}
# $$
#
# Then $\text{out} = G x$, and the gradient of a matrix product you know:
#
# $$
# \text{dx} = G^\top \text{dout}, \qquad \text{dx}_m = \sum_k G_{km}\, \text{dout}_k .
# $$
#
# Which terms of this sum are not zero?
# What does an entry of $x$ receive that was copied three times, and one that was never copied?
# Write it without building $G$.
# Careful with NumPy: `dx[index] += dout` looks right, but where an index occurs twice only the last of its values is added.
# A loop works, and so does `np.add.at(dx, index, dout)`.

# %% exercise
def scatter_add(dout, index, size):
    """Gradient of out = x[index] with respect to x.

    Parameters
    ----------
    dout : ndarray of shape (K,)
        Upstream gradient.
    index : ndarray of integers, shape (K,)
        Where each entry of out was copied from. Values may repeat.
    size : int
        Length of x.

    Returns
    -------
    dx : ndarray of shape (size,)
    """
    ### BEGIN SOLUTION
    dx = np.zeros(size)
    for k, m in enumerate(index):
        dx[m] += dout[k]
    return dx
    ### END SOLUTION

# %% check
check(scatter_add)

# %% worked [markdown]
# $G_{km}$ is 1 where $\text{index}_k = m$, so
#
# $$
# \text{dx}_m = \sum_{k:\ \text{index}_k = m} \text{dout}_k .
# $$
#
# An entry that was copied three times has three paths, and receives three terms; one never copied receives 0.
# For `index = [2, 0, 2]`, `size = 4` and $\text{dout} = (5, 7, 11)$
#
# $$
# G = \begin{pmatrix} 0 & 0 & 1 & 0 \\ 1 & 0 & 0 & 0 \\ 0 & 0 & 1 & 0 \end{pmatrix},
# \qquad
# \text{dx} = G^\top \text{dout} = (7,\; 0,\; 5 + 11,\; 0) .
# $$
#
# Row $k$ has a single 1, so the loop takes each $k$ once and adds at $\text{index}_k$.

# %% [markdown]
# Every copy sends its gradient back to the place it was copied from, and what arrives at one place is added up.
# This is the scatter-add of the first sitting.
# It is the transpose of the gather, because both are multiplications with the same table of zeros and ones, read by rows or by columns.
#
# ## col2im
#
# The transpose of `im2col` is called **col2im**, columns to image.
# Its name sounds like an inverse, and it is none: an inverse would give the image back.
# The transpose gives each pixel the *sum* of the values at all its copies.
#
# The program mirrors `im2col`, line by line and backwards.
# Where `im2col` copied from a slice of the padded images into `[:, i, j]`, `col2im` adds `[:, i, j]` into the same slice.
# Here `+=` is safe: with $(i, j)$ fixed, no pixel occurs twice in the slice.
# The padded array begins with zeros.
# At the end the frame is cut off, and the axes go back to $N, C$.

# %% exercise
def col2im(cols, x_shape, HH, WW, stride=1, pad=0):
    """Add every entry of the columns into the pixel it was copied from.

    The transpose of `im2col`.

    Parameters
    ----------
    cols : ndarray of shape (C * HH * WW, N * OH * OW)
        Laid out as by `im2col`.
    x_shape : tuple (N, C, H, W)
    HH, WW : int
        Size of the kernel.
    stride, pad : int

    Returns
    -------
    dx : ndarray of shape (N, C, H, W)
    """
    ### BEGIN SOLUTION
    N, C, H, W = x_shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    cols = cols.reshape(C, HH, WW, N, OH, OW)
    dpadded = np.zeros((C, N, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    for i, j in np.ndindex(HH, WW):
        dpadded[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride] += cols[:, i, j]
    return dpadded[:, :, pad:pad + H, pad:pad + W].transpose(1, 0, 2, 3)
    ### END SOLUTION

# %% check
check(col2im)

# %% worked [markdown]
# **Sum over the copies.**
# A pixel receives $\text{cols}\,[\,(c, i, j),\, (n, u, v)\,]$ from all $(i, j, u, v)$ with which `im2col` read it.
# In the example of `im2col` the middle pixel was copied twice, so
#
# $$
# \text{cols} = \begin{pmatrix} 1 & 4 \\ 2 & 5 \\ 3 & 6 \end{pmatrix}
# \quad\text{gives}\quad (1,\; 2,\; 3 + 4,\; 5,\; 6) .
# $$
#
# The 4 comes with $j = 0$ and the 3 with $j = 2$, in two turns of the loop, and the second must not erase the first: `+=`.
# Within a turn $(i, j)$ is fixed, so a pixel's row gives its $u$ and its column gives its $v$: it occurs once.

# %% [markdown]
# There is a test for transposes that needs no other tool.
# For any matrix $G$ and any vectors $x$ and $y$ the two numbers $\langle Gx, y\rangle = y^\top G x$ and $\langle x, G^\top y\rangle = x^\top G^\top y$ are equal; each is the transpose of the other.
# So for random `x` and random `y`
#
# $$
# \langle \text{im2col}(x),\, y \rangle = \langle x,\, \text{col2im}(y) \rangle .
# $$
#
# If `col2im` forgets one copy, or counts one twice, the two sides differ.

# %%
@when_written
def transpose_test():
    rng = np.random.default_rng(2)
    for HH, WW, stride, pad in [(3, 3, 1, 1), (2, 3, 1, 0), (3, 2, 2, 2), (2, 2, 3, 0)]:
        x = rng.standard_normal((2, 3, 7, 8))
        cols = im2col(x, HH, WW, stride, pad)
        y = rng.standard_normal(cols.shape)
        left = np.sum(cols * y)
        right = np.sum(x * col2im(y, x.shape, HH, WW, stride, pad))
        print(f"kernel {HH} × {WW}, stride {stride}, pad {pad}:  {left:+.10f}  {right:+.10f}")

# %% [markdown]
# You can even look at $G$.
# A tiny image of 3 × 4 pixels and a kernel of 2 × 2 give 24 copies of 12 pixels.
# If the image has a single 1 and zeros elsewhere, `im2col` returns one column of $G$, so twelve such images give the whole matrix.

# %%
def gather_matrix():
    """G for images of 3 × 4 pixels and a kernel of 2 × 2, one image for each of its columns."""
    one_pixel_each = np.eye(12).reshape(12, 1, 3, 4)
    return im2col(one_pixel_each, 2, 2).reshape(4, 12, 6).transpose(0, 2, 1).reshape(24, 12)

# %% figure
@when_written
def gather_and_scatter():
    G = gather_matrix()
    copies = col2im(np.ones((4, 6)), (1, 1, 3, 4), 2, 2)[0, 0]
    _, axes = plt.subplots(1, 3, figsize=(11, 4.2), layout="constrained",
                           gridspec_kw={"width_ratios": [1, 2, 1.2]})
    heat_map(axes[0], G, "G: im2col, forwards", limit=1.3, colours=POSITIVE)
    heat_map(axes[1], G.T, "transpose of G: col2im, backwards", limit=1.3, colours="Oranges")
    heat_map(axes[2], copies, "ones in each row of the transpose,\nas an image", limit=6,
             colours="Oranges", numbers="g", fontsize=12)
    for edge in (5.5, 11.5, 17.5):
        axes[0].axhline(edge, color=GREY, lw=0.8)
        axes[1].axvline(edge, color=GREY, lw=0.8)
    axes[0].set_xlabel("pixel (4 to a row)")
    axes[0].set_ylabel("entry of cols (6 windows for each i, j)")
    axes[1].set_xlabel("entry of cols")
    axes[1].set_ylabel("pixel")
    axes[2].set_xlabel("column q")
    axes[2].set_ylabel("row r")
    for ax, array, step in zip(axes, (G, G.T, copies), (5, 5, 1)):
        ax.set_xticks(range(0, array.shape[1], step))
        ax.set_yticks(range(0, array.shape[0], step))
    show("Left, the table of im2col with 24 rows and 12 columns: each row has a single 1. Middle, "
         "its transpose, the table of col2im: its rows have one, two or four ones. Right, how "
         f"many ones each pixel's row has: from {copies.min():g} in the corners to "
         f"{copies.max():g} in the middle.")

# %% [markdown]
# In $G$ every row has a single 1: each entry of `cols` is one pixel.
# In its transpose a row can have several: a pixel in the middle has four copies, and its gradient is a sum of four.
# The corner has one.

# %% [markdown]
# ## Implement the fast layer
#
# Everything is there.
# Forward: `im2col`, one matrix product, add the bias.
# The product has shape $(F, N \cdot OH \cdot OW)$.
# Its columns come in the order $n, u, v$, so it can be reshaped to $(F, N, OH, OW)$, and only then its first two axes are exchanged.
# To reshape it to $(N, F, OH, OW)$ at once would run without an error, and mix up images and filters.
#
# The cache is `(x, w, b, stride, pad)`, as before.
# The columns need not be kept: with a 3 × 3 kernel and stride 1 they are nine times as large as the images.
# If you like to keep them, put them at the end.

# %% exercise
def conv2d_forward(x, w, b, stride=1, pad=0):
    """Forward pass of a convolution, as one matrix product.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
    w : ndarray of shape (F, C, HH, WW)
    b : ndarray of shape (F,)
    stride, pad : int

    Returns
    -------
    out : ndarray of shape (N, F, OH, OW)
    cache : tuple (x, w, b, stride, pad)
        What the backward pass needs.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    out = w.reshape(F, -1) @ im2col(x, HH, WW, stride, pad)
    out += b[:, np.newaxis]
    return out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3), (x, w, b, stride, pad)
    ### END SOLUTION

# %% check
check(conv2d_forward)

# %% worked [markdown]
# **Rows and columns of the product.**
# $w$ is $(F, K)$ and `cols` is $(K, M)$.
# Entry $(f, m)$ is kernel $f$ times patch $m$, so $b_f$ belongs to a row: `b[:, np.newaxis]`, of shape $(F, 1)$.
#
# **Why not reshape at once.**
# Let $F = N = 2$ and $OH = OW = 1$.
# The product holds filter 0 of images 0 and 1, then filter 1 of both.
# Read as $(N, F)$, its second number would be filter 1 of image 0; it is filter 0 of image 1.

# %% [markdown]
# Backward: build the columns again.
# Bring `dout` into the shape of the product, $(F, N \cdot OH \cdot OW)$, by undoing the last two steps in reverse order.
# Then `patch_matrix_gradients` gives two gradients, which still need their final form: `dw` the shape of `w`, and `dcols` the way back into the image.
# And `db`: along which axis of the matrix do the samples lie?

# %% exercise
def conv2d_backward(dout, cache):
    """Backward pass of a convolution, as matrix products and a scatter-add.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OH, OW)
        Upstream gradient.
    cache : tuple (x, w, b, stride, pad)
        From `conv2d_forward`.

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    db : ndarray, shape of b
        Gradients of the loss with respect to x, w and b.
    """
    ### BEGIN SOLUTION
    x, w, b, stride, pad = cache
    F, C, HH, WW = w.shape
    cols = im2col(x, HH, WW, stride, pad)
    dout = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dcols, dw = patch_matrix_gradients(cols, w.reshape(F, -1), dout)
    dx = col2im(dcols, x.shape, HH, WW, stride, pad)
    return dx, dw.reshape(w.shape), dout.sum(axis=1)
    ### END SOLUTION

# %% check
check(conv2d_backward)

# %% worked [markdown]
# **Two sums in two steps.**
# In the first sitting a pixel summed $\text{dout} \cdot w$ over filters and windows.
# Here $w^\top \text{dout}$ sums over the filters, and `col2im` over the windows.
# For a weight, $\text{dout}\; \text{cols}^\top$ sums over $m$, which is all of $(n, u, v)$, and so does `db`: `axis=1`.

# %% [markdown]
# ### Compare and time
#
# Two programs for one formula are a gift: each checks the other.

# %%
def seconds(function, *arguments):
    """What the function returns, and the shortest of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return result, min(times)


@when_written
def compare_and_time():
    rng = np.random.default_rng(5)
    x, w, b = rng.standard_normal((2, 3, 28, 28)), rng.standard_normal((8, 3, 3, 3)), np.zeros(8)
    (naive, naive_cache), t_naive = seconds(conv2d_forward_naive, x, w, b, 1, 1)
    (fast, fast_cache), t_fast = seconds(conv2d_forward, x, w, b, 1, 1)
    dout = rng.standard_normal(naive.shape)
    naive_gradients, t_naive_back = seconds(conv2d_backward_naive, dout, naive_cache)
    fast_gradients, t_fast_back = seconds(conv2d_backward, dout, fast_cache)

    pairs = zip(("out", "dx", "dw", "db"), (naive, *naive_gradients), (fast, *fast_gradients))
    for name, a, c in pairs:
        print(f"{name:>4}: largest difference {np.abs(a - c).max():.0e}")
    for name, slow, quick in (("forward", t_naive, t_fast), ("backward", t_naive_back, t_fast_back)):
        print(f"{name:>9}: loops {1000 * slow:6.1f} ms, matrix product {1000 * quick:5.2f} ms, "
              f"{slow / quick:.0f} times faster")

# %% [markdown]
# If the differences are about 1e-12 or less, the two agree to the last digits.
# They compute the same products.
# What differs is who runs the loop: Python, or a matrix product that people have tuned for decades.
#
# If PyTorch is installed on your machine, the next cell compares your layer with the one of a large library.

# %%
@when_written
def compare_with_pytorch():
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed here.")
        return
    rng = np.random.default_rng(6)
    for H, W, HH, WW, stride, pad in [(8, 9, 3, 3, 1, 1), (7, 5, 3, 2, 2, 0), (9, 10, 2, 3, 4, 2)]:
        x, w = rng.standard_normal((2, 3, H, W)), rng.standard_normal((4, 3, HH, WW))
        b = rng.standard_normal(4)
        out, cache = conv2d_forward(x, w, b, stride, pad)
        dout = rng.standard_normal(out.shape)
        mine = (out, *conv2d_backward(dout, cache))
        tensors = [torch.tensor(array, requires_grad=True) for array in (x, w, b)]
        result = torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad)
        result.backward(torch.tensor(dout))
        theirs = [result.detach().numpy()] + [tensor.grad.numpy() for tensor in tensors]
        worst = max(np.abs(a - c).max() for a, c in zip(mine, theirs))
        print(f"kernel {HH} × {WW}, stride {stride}, pad {pad}: largest difference {worst:.0e}")

# %% [markdown]
# ### See it: what one output sees
#
# Set the upstream gradient to 1 at a single output and to 0 everywhere else.
# Then `dx` is the slope of this one output with respect to every pixel.
# It is zero wherever the output does not look.
# So the backward pass draws a map of what an output sees, its **receptive field**.
#
# In the first row, one, two and three layers with 3 × 3 kernels lie on top of each other, all with stride 1.
# In the second row all of them have stride 2.
# All weights are 1, so each number counts the paths from a pixel to the output.

# %%
def receptive_field(depth, stride, size=17):
    """Slope of the output in the middle with respect to every pixel, behind `depth` layers."""
    w, b = np.ones((1, 1, 3, 3)), np.zeros(1)
    value, caches = np.zeros((1, 1, size, size)), []
    for _ in range(depth):
        value, cache = conv2d_forward(value, w, b, stride, 1)
        caches.append(cache)
    gradient = np.zeros_like(value)
    gradient[0, 0, value.shape[2] // 2, value.shape[3] // 2] = 1.0
    for cache in reversed(caches):
        gradient, _, _ = conv2d_backward(gradient, cache)
    return gradient[0, 0]

# %% figure
@when_written
def receptive_fields():
    fields = {(stride, depth): receptive_field(depth, stride)
              for stride in (1, 2) for depth in (1, 2, 3)}
    sizes = {key: int((seen.sum(axis=0) > 0).sum()) for key, seen in fields.items()}
    _, axes = plt.subplots(2, 3, figsize=(10.5, 7.2), layout="constrained")
    for ax, ((stride, depth), seen) in zip(axes.flat, fields.items()):
        layers = "1 layer" if depth == 1 else f"{depth} layers"
        size = sizes[stride, depth]
        heat_map(ax, seen, f"{layers}, stride {stride}: sees {size} × {size}",
                 limit=1.6 * seen.max(), colours=POSITIVE, numbers="g", zeros=False,
                 grid=True, fontsize=7)
    sees = [[f"{sizes[stride, depth]} pixels" for depth in (1, 2, 3)] for stride in (1, 2)]
    show("How many paths lead from each pixel to one output. With stride 1 and one, two or three "
         f"layers the output sees a square of side {', '.join(sees[0])}, and from two "
         "layers on the numbers fall from the middle to the rim. With stride 2 the sides are "
         f"{', '.join(sees[1])}, and large and small numbers alternate in a grid; the very middle "
         "is a small one.")

# %% [markdown]
# Each layer of stride 1 adds one pixel on every side, and from the second on the middle counts more than the rim, because more paths lead through it.
# With stride 2 the view about doubles from layer to layer.
# That is how an output deep in a network sees a whole digit, although no kernel is larger than 3 × 3.
# But the numbers make a grid, in which neighbours differ and the very middle is a small one: every second row and column lies in two windows, the others in one.
# Such grids can be seen in the gradients of real networks.

# %% [markdown]
# ## Shape drill
#
# Four small questions, half a point each, for a pen and not for a cell.
#
# **1. `fourteen`.** Images of 28 × 28 are to become maps of 14 × 14.
# Which layer does it?
#
# - **a** kernel 3 × 3, stride 2, no padding
# - **b** kernel 3 × 3, stride 2, padding 1
# - **c** kernel 2 × 2, stride 2, padding 1
# - **d** kernel 5 × 5, stride 2, padding 1
#
# **2. `learned`.** A layer has `w` of shape (16, 3, 5, 5).
# How many numbers does it learn in all?
#
# - **a** 416
# - **b** 1200
# - **c** 1216
# - **d** 1248
#
# **3. `columns`.** This layer is given `x` of shape (10, 3, 32, 32), with stride 1 and padding 2.
# How many columns does `cols` have?
#
# - **a** 75
# - **b** 1024
# - **c** 7840
# - **d** 10240
#
# **4. `dx`.** It is given another batch, with stride 2 and padding 2, and `dout` arrives with shape (10, 16, 14, 14).
# Which shape can `dx` have?
#
# - **a** (10, 3, 28, 28)
# - **b** (10, 16, 28, 28)
# - **c** (10, 3, 14, 14)
# - **d** (10, 3, 32, 32)

# %% exercise
def shape_drill():
    """Answer the four questions, each by its letter.

    Returns
    -------
    fourteen, learned, columns, dx : str
    """
    ### BEGIN SOLUTION
    return "b", "c", "d", "a"
    ### END SOLUTION

# %% check
check(shape_drill)

# %% worked [markdown]
# 1. **a** and **d** give $1 + \lfloor 25/2 \rfloor = 13$, **c** gives $1 + \lfloor 28/2 \rfloor = 15$, and $1 + \lfloor 27/2 \rfloor = 14$ is **b**.
# 2. $16 \cdot 3 \cdot 5 \cdot 5 = 1200$ weights and 16 biases make 1216: **c**.
# 3. $OH = OW = 1 + (32 + 4 - 5) = 32$, so there are $10 \cdot 32 \cdot 32 = 10240$ columns: **d**. (75 is the number of rows.)
# 4. `dx` has 3 channels, as `x` has. A side of 28 gives $1 + \lfloor 27/2 \rfloor = 14$ outputs, 14 gives 7, and 32 gives 16: **a**.

# %% [markdown]
# ## On your own: an echo
#
# Here is a layer that *does* turn its kernel, and no formula for it is printed.
#
# A row of `x` is a sound: $W$ numbers, one after another.
# A kernel says how a room answers.
# What sounds at one moment is heard at once, `w[f, 0]` times as loud, and once more a moment later, `w[f, 1]` times as loud, and so on to the last echo.
# The echoes of all moments add up, and nothing is cut off: even the last moment is heard to its last echo.
# There are $F$ rooms, each with its own kernel of $WW$ numbers, and each of the $N$ sounds is played in every room.
#
# How long is what is heard?
# Which entry of `x` meets which entry of `w` in `out[n, f, u]`?
# Write the forward pass, derive `dx` and `dw` on paper, and write the backward pass.
# Loops are welcome.
#
# <details><summary>First hint</summary>
#
# Play two sounds in one room with $WW = 2$: first `x = [1, 0, 0]`, then `x = [0, 0, 1]`.
# How long does `out` have to be?
# Then add the two sounds.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Call the moment of the sound $q$ and count its echoes with $j$.
# At which moment $u$ is echo $j$ heard?
# Every pair $(q, j)$ is one product in the forward pass, and its $u$ says into which output it is added.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# A product has two factors.
# On the way back each factor receives the upstream gradient at $u$, times the other factor.
# So the backward pass can walk through the same triples $(q, j, u)$ as the forward pass.
#
# </details>
#
# <details><summary>Fourth hint</summary>
#
# The entry `dx[n, q]` collects from the moments $q$, $q + 1$, up to $q + WW - 1$, in all rooms: one product each.
# The entry `dw[f, j]` collects from all sounds and from all moments $q$.
#
# </details>

# %% exercise
def echo_forward(x, w):
    """What is heard of each sound in each room.

    Parameters
    ----------
    x : ndarray of shape (N, W)
        Sounds.
    w : ndarray of shape (F, WW)
        One kernel for each room.

    Returns
    -------
    out : ndarray of shape (N, F, OW)
        OW is just long enough for the last echo.
    cache : tuple (x, w)
        What the backward pass needs.
    """
    ### BEGIN SOLUTION
    N, W = x.shape
    F, WW = w.shape
    out = np.zeros((N, F, W + WW - 1), dtype=x.dtype)
    for q in range(W):
        for j in range(WW):
            out[:, :, q + j] += np.outer(x[:, q], w[:, j])
    return out, (x, w)
    ### END SOLUTION

# %% check
check(echo_forward)

# %% worked [markdown]
# The sound of moment $q$ writes its echoes to the moments $q, q + 1, \dots, q + WW - 1$, and where two sounds meet they add up.
# For $x = [1, 2]$ in a room $w = [3, 4]$ the first sound writes $3, 4, 0$, the second $0, 6, 8$; heard is $3, 10, 8$.
# So $\text{out}_{n,\,f,\,q+j}$ collects $x_{nq}\, w_{fj}$, and the last moment is $(W - 1) + (WW - 1)$.

# %% exercise
def echo_backward(dout, cache):
    """Backward pass of the echo.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OW)
        Upstream gradient.
    cache : tuple (x, w)
        From `echo_forward`.

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    """
    ### BEGIN SOLUTION
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for q in range(x.shape[1]):
        for j in range(w.shape[1]):
            dx[:, q] += dout[:, :, q + j] @ w[:, j]
            dw[:, j] += x[:, q] @ dout[:, :, q + j]
    return dx, dw
    ### END SOLUTION

# %% check
check(echo_backward)

# %% [markdown]
# Compare your sum for `out` with your sum for `dx`.
# In `out` the kernel is turned; in `dx` it is not.
# In the layer of this chapter it was the other way round.

# %% worked [markdown]
# **The echo, worked.**
# The sound of moment $q$ has its echo $j$ at moment $u = q + j$.
# The last sound is $q = W - 1$ and the last echo $j = WW - 1$, so $u$ runs up to $W + WW - 2$, and $OW = W + WW - 1$.
# All pairs with $q + j = u$ add up:
#
# $$
# \text{out}_{nfu} = \sum_{q + j = u} x_{nq}\, w_{fj} = \sum_{j} x_{n,\,u-j}\; w_{fj},
# \qquad 0 \le u - j < W .
# $$
#
# As $j$ grows, the index of $x$ falls: seen from the output, the kernel is turned.
# This is what mathematics calls a convolution, and it is also how two polynomials are multiplied: $(1 + 2t)(3 + 4t) = 3 + 10t + 8t^2$, and the sound $[1, 2]$ in a room $[3, 4]$ is heard as $[3, 10, 8]$.
#
# For the gradients, look at one product $x_{nq}\, w_{fj}$.
# It stands in $\text{out}_{n,f,q+j}$ and nowhere else.
# Its slope with respect to $x_{nq}$ is $w_{fj}$, with respect to $w_{fj}$ it is $x_{nq}$, and behind both stands the same upstream gradient.
# Add up over everything that is not named on the left:
#
# $$
# \text{dx}_{nq} = \sum_{f}\sum_{j} \text{dout}_{n,\,f,\,q+j}\; w_{fj},
# \qquad
# \text{dw}_{fj} = \sum_{n}\sum_{q} \text{dout}_{n,\,f,\,q+j}\; x_{nq} .
# $$
#
# In `dx` the indices of `dout` and $w$ grow together.
# It is a window that slides over `dout`, with the kernel as it is: the layer of this chapter.
# Every $q + j$ lies between 0 and $W + WW - 2$, so no range needs a check.

# %% [markdown]
# ## What you can now do
#
# - Read a convolution as one small weighted sum, applied at many places with shared weights.
# - Derive its gradients by asking which windows see a pixel and which outputs use a weight.
# - Write it with loops, prove it right, and then write it as an affine layer on patches and compare.
# - Say why the transpose of a gather is a scatter-add, and test a transpose with two random arrays.
# - See what an output looks at, with nothing but the backward pass.
#
# Three questions, to see what has stayed.
#
# **1. `shared`.** Which outputs does the weight `w[0, 0, 0, 0]` touch?
#
# - **a** only `out[0, 0, 0, 0]`
# - **b** the outputs of filter 0 whose windows hold the pixel `x[0, 0, 0, 0]`
# - **c** all outputs of filter 0, in every image
# - **d** all outputs of all filters
#
# **2. `round_trip`.** An image of 5 × 5 ones goes through `im2col` with a 3 × 3 kernel, stride 1 and no padding, and straight back through `col2im`.
# What stands in its middle then?
#
# - **a** 1
# - **b** 3
# - **c** 4
# - **d** 9
#
# **3. `larger`.** A layer is given images twice as high and twice as wide as before.
# Which of these grows?
#
# - **a** `cols`
# - **b** `w`
# - **c** `dw`
# - **d** `db`

# %% exercise
def recap_convolution():
    """Answer the three questions, each by its letter.

    Returns
    -------
    shared, round_trip, larger : str
    """
    ### BEGIN SOLUTION
    return "c", "d", "a"
    ### END SOLUTION

# %% check
check(recap_convolution)

# %% written [markdown]
# Explain to a friend why the gradient of an image is made by adding.
# Why must the backward pass of a convolution add at the places where the forward pass reads?
# In which layers would nobody notice if it did not?
# And why does the kernel appear turned to a single pixel, although nobody has turned it?
#
# ### BEGIN MARK SCHEME
# - A pixel lies in several windows; each of them is a path to the loss, and gradients along several paths are added.
# - Nobody would notice where no two windows share a pixel, that is where the stride is at least as large as the kernel. (That the filters must be added up even there is not asked for.)
# - The further down and to the right a window begins, the further up and to the left the pixel lies in it; so as the outputs go forwards, the weights go backwards.
# ### END MARK SCHEME

# %% model answer [markdown]
# Each window reads its pixels on the way forward, and so each of its pixels has a path through that window's output to the loss.
# A pixel that lies in four windows has four paths, and the slopes along all of them add up.
# So where the forward pass reads, the backward pass adds; with a plain assignment only the last window would be heard.
# Nobody would notice in a layer whose windows do not overlap, which is so if the stride is at least as large as the kernel.
# There a pixel lies in one window at most, and has one path for each filter; only the filters must have been added up.
#
# The kernel appears turned because a pixel looks at the windows from inside.
# In a window that begins right at the pixel, it lies at the first weight.
# In a window that begins further up, it lies further down in the kernel.
# When the outputs are read forwards, the weights that the pixel meets come backwards.

# %% [markdown]
# ## Going deeper (optional): dx is a convolution too
#
# With stride 1 the sum for one pixel was $\text{dx}_{rq} = \sum_{uv} \text{dout}_{uv}\, w_{r-u,\,q-v}$.
# Count the kernel from its other end, with $i' = HH - 1 - i$ and $j' = WW - 1 - j$, and it becomes a sum over windows of `dout`: a convolution of `dout` with the kernel turned by 180 degrees.
# The windows must be allowed to hang over the border, so `dout` needs a frame of $HH - 1 - P$.
# And since each pixel collects from all filters, filters and channels change their roles.

# %%
@when_written
def backward_as_forward():
    rng = np.random.default_rng(7)
    x, w = rng.standard_normal((2, 3, 6, 7)), rng.standard_normal((4, 3, 3, 3))
    out, cache = conv2d_forward(x, w, np.zeros(4), 1, 1)
    dout = rng.standard_normal(out.shape)
    dx, _, _ = conv2d_backward(dout, cache)
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)            # (C, F, HH, WW)
    again, _ = conv2d_forward(dout, turned, np.zeros(3), 1, 3 - 1 - 1)
    print(f"largest difference {np.abs(dx - again).max():.0e}")

# %% [markdown]
# ## Dilation and groups
#
# The last 2 of the chapter's points.
# Two more numbers are found in many networks.
#
# **Dilation** $D$ pulls the kernel apart: its entries lie $D$ pixels from each other, with gaps between them.
# A 3 × 3 kernel with $D = 2$ still has nine weights, and covers 5 × 5 pixels.
# In general it covers $D\,(HH - 1) + 1$ rows, and that is the size to use when you count windows.
#
# **Groups** cut the channels into equal parts of $C'$ channels, and the filters into as many parts of $F'$ filters.
# The filters of a part see only the channels of the same part.
# So `w` has shape $(F, C', HH, WW)$.
# Filter $f$ belongs to part $g = \lfloor f / F' \rfloor$, and its channel $c$ is channel $g\,C' + c$ of the image:
#
# $$
# \text{out}_{nfuv} = \sum_{c}\sum_{i}\sum_{j} \hat x_{n,\;g C' + c,\;Su+Di,\;Sv+Dj}\; w_{fcij} + b_f .
# $$
#
# With $D = 1$ and a single part this is the layer you know.
# You may loop over windows, over kernel entries $(i, j)$, or build on your functions from above.
# Any way that is right is welcome.

# %% exercise
def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """Forward pass of a convolution with dilation and groups.

    Parameters
    ----------
    x : ndarray of shape (N, C, H, W)
    w : ndarray of shape (F, C // groups, HH, WW)
    b : ndarray of shape (F,)
    stride, pad : int
    dilation : int
        Distance of neighbouring kernel entries in the image.
    groups : int
        Number of parts; divides C and F.

    Returns
    -------
    out : ndarray of shape (N, F, OH, OW)
    cache : tuple (x, w, b, stride, pad, dilation, groups)
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH = output_size(H, dilation * (HH - 1) + 1, stride, pad)
    OW = output_size(W, dilation * (WW - 1) + 1, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=w.dtype) + b[:, np.newaxis, np.newaxis]
    for g in range(groups):
        channels = slice(g * C // groups, (g + 1) * C // groups)
        filters = slice(g * F // groups, (g + 1) * F // groups)
        for i, j in np.ndindex(HH, WW):
            top, left = dilation * i, dilation * j
            rows = slice(top, top + stride * OH, stride)
            columns = slice(left, left + stride * OW, stride)
            entry = padded[:, channels, rows, columns]
            out[:, filters] += np.einsum("ncuv,fc->nfuv", entry, w[filters, :, i, j])
    return out, (x, w, b, stride, pad, dilation, groups)
    ### END SOLUTION

# %% check
check(conv2d_forward_general)

# %% worked [markdown]
# Row $i$ of a kernel lies $Di$ rows below its first, and the last one $D\,(HH - 1)$ below: hence the size for `output_size`.
# For fixed $(i, j)$ the slice is that of `im2col`, but begins at row $Di$ and column $Dj$; its step is still $S$.
# With $C = 4$, $F = 6$ and two parts, $C' = 2$ and $F' = 3$: filters 0 to 2 see channels 0 and 1, filters 3 to 5 see channels 2 and 3.

# %% [markdown]
# The way back needs no new idea.
# Where the forward pass reads an entry of a window, the backward pass adds to it, at the same place of the same channels.

# %% exercise
def conv2d_backward_general(dout, cache):
    """Backward pass of a convolution with dilation and groups.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OH, OW)
        Upstream gradient.
    cache : tuple (x, w, b, stride, pad, dilation, groups)
        From `conv2d_forward_general`.

    Returns
    -------
    dx : ndarray, shape of x
    dw : ndarray, shape of w
    db : ndarray, shape of b
    """
    ### BEGIN SOLUTION
    x, w, b, stride, pad, dilation, groups = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH, OW = dout.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for g in range(groups):
        channels = slice(g * C // groups, (g + 1) * C // groups)
        filters = slice(g * F // groups, (g + 1) * F // groups)
        for i, j in np.ndindex(HH, WW):
            top, left = dilation * i, dilation * j
            rows = slice(top, top + stride * OH, stride)
            columns = slice(left, left + stride * OW, stride)
            here = (slice(None), channels, rows, columns)
            dw[filters, :, i, j] = np.einsum("nfuv,ncuv->fc", dout[:, filters], padded[here])
            dpadded[here] += np.einsum("nfuv,fc->ncuv", dout[:, filters], w[filters, :, i, j])
    dx = dpadded[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, dout.sum(axis=(0, 2, 3))
    ### END SOLUTION

# %% check
check(conv2d_backward_general)

# %% worked [markdown]
# Again each product stands in one output.
# A weight sums over $n, u, v$, as before; a pixel sums over its windows, but only over the $F'$ filters of its part.
# Each turn $(i, j)$ has a weight of its own, so `dw` is assigned; two turns can meet the same pixel, so `dpadded` needs `+=`.

# %%
progress("07_convolution")

# %% [markdown]
# Next: [Chapter 08: automatic differentiation](../08_autodiff/08_autodiff.ipynb).
#
# You have derived every gradient by hand so far; there you write the program that does it, for any formula.
