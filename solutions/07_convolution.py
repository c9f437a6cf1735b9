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
# ## What you will build
#
# You will write the layer that taught computers to see: a small window slides over an image, and at every stop the same weighted sum is taken.
# You derive its gradients one window at a time, and then turn the whole layer into one matrix product that is more than a hundred times faster.
#
# The chapter has two parts of about an hour each.
# In the first you write the layer with loops and prove it right.
# In the second you make it fast.
# There is a good place to rest between them.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from matplotlib.animation import FuncAnimation

from autograder import check, when_written
from autograder.pictures import INK, POSITIVE, draw_node, frame, heat_map
from course_data import load_mnist

# %% figure
draw_node(
    "conv2d",
    inputs={"x": "(N, C, H, W)", "w": "(F, C, HH, WW)", "b": "(F,)"},
    outputs={"out": "(N, F, OH, OW)"},
)

# %% [markdown]
# Values flow right, gradients flow left, and every gradient has the shape of the value it belongs to.
# The letters stay the same in the whole chapter:
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
# # Part one: window by window
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
# Count the windows.
# The padded image has $H + 2P$ rows.
# The first window begins at row 0, the next at row $S$, then $2S$, and the last one must still fit: $S u \le H + 2P - HH$.
# So
#
# $$
# OH = 1 + \left\lfloor \frac{H + 2P - HH}{S} \right\rfloor .
# $$
#
# The brackets mean rounding down, which is `//` in Python.
# If the division leaves a remainder, some rows at the bottom are seen by no window.
# That is no mistake, and in this course it is the rule.
# The width follows the same formula with $W$ and $WW$.

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
# It looks like much, but it is the same small sum at many places.

# %% [markdown]
# ## Predict
#
# Go back to the small example with 4 × 6 pixels, kernel 2 × 3, stride 1 and no padding.
# Answer without code.
#
# **Which outputs does the pixel `x[1, 1]` touch, and how strongly?**
# Imagine that `x[1, 1]` grows by 1 and nothing else changes.
# Slide the window over the image with your finger.
# Each time it covers the pixel, note at which place of the kernel the pixel lies.
#
# Return two arrays of shape `(3, 4)`, like `out`:
#
# - `touched`: 1 where the output changes, else 0.
# - `slopes`: by how much each output grows, 0 where it does not change.

# %% exercise
def predict_windows():
    """Say which outputs x[1, 1] touches.

    Returns
    -------
    touched : ndarray of integers, shape (3, 4)
        1 where out depends on x[1, 1], else 0.
    slopes : ndarray of shape (3, 4)
        Growth of each entry of out when x[1, 1] grows by 1.
    """
    ### BEGIN SOLUTION
    touched = np.array([[1, 1, 0, 0],
                        [1, 1, 0, 0],
                        [0, 0, 0, 0]])
    slopes = np.array([[5.0, 4.0, 0.0, 0.0],
                       [2.0, 1.0, 0.0, 0.0],
                       [0.0, 0.0, 0.0, 0.0]])
    return touched, slopes
    ### END SOLUTION

# %% check
check(predict_windows)

# %% [markdown]
# Look at the order of your slopes.
# Where the window is further down, the pixel lies further *up* in the kernel.
# The weights come out turned by 180 degrees.
# There is the turned kernel, and nobody had to put it there.

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
# The **upstream gradient** `dout` is a number too: it says how fast the loss $L$ grows when `out` grows.
# Push one entry of the window up by a tiny $\varepsilon$.
# Then `out` grows by $w_{cij}\,\varepsilon$, and $L$ grows by `dout` times that:
#
# $$
# \frac{\partial L}{\partial\,\text{window}_{cij}} = \text{dout} \cdot w_{cij} .
# $$
#
# Push a weight and push the bias in the same way.
# All three gradients have the shape of what they belong to.

# %% exercise
def window_gradients(window, w, b, dout):
    """Gradients of the loss for out = sum(window * w) + b, one number.

    Parameters
    ----------
    window : ndarray of shape (C, HH, WW)
    w : ndarray of shape (C, HH, WW)
        The kernel.
    b : float
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dwindow : ndarray of shape (C, HH, WW)
    dw : ndarray of shape (C, HH, WW)
    db : float
    """
    ### BEGIN SOLUTION
    return dout * w, dout * window, dout
    ### END SOLUTION

# %% check
check(window_gradients)

# %% [markdown]
# ## Derive: one entry
#
# Now all windows of an image.
# To keep the indices readable, take one image, one channel and one filter, with stride $S$ and no padding: $x$ is $(H, W)$, $w$ is $(HH, WW)$ and `dout` is $(OH, OW)$.
#
# **One pixel.**
# Let $x_{rq}$ be the pixel in row $r$ and column $q$.
# Which outputs does it touch?
# You answered that in the prediction: one for each window that covers it.
# The window of output $(u, v)$ begins at row $Su$ and column $Sv$, so inside this window the pixel lies at
#
# $$
# i = r - Su, \qquad j = q - Sv .
# $$
#
# It is covered if that is a place in the kernel, $0 \le i < HH$ and $0 \le j < WW$.
# Then its slope to $\text{out}_{uv}$ is $w_{ij}$.
# Along each path slopes multiply, over all paths they add up:
#
# $$
# \text{dx}_{rq} = \sum_{u}\sum_{v} \text{dout}_{uv}\; w_{r-Su,\;q-Sv}
# \qquad\text{over all } (u, v) \text{ with } 0 \le r - Su < HH,\; 0 \le q - Sv < WW .
# $$
#
# The minus signs are the turned kernel: as $u$ grows, the index of $w$ falls.
#
# Write this sum for one pixel.
# Check both ends of both ranges: Python does not complain about a negative index, it counts from the end.

# %% exercise
def conv_dx_entry(dout, w, r, q, stride):
    """One entry of dx for one image, one channel, one filter, no padding.

    Parameters
    ----------
    dout : ndarray of shape (OH, OW)
        Upstream gradient.
    w : ndarray of shape (HH, WW)
    r, q : int
        Which pixel: row r, column q.
    stride : int

    Returns
    -------
    float
        dx[r, q].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for u in range(dout.shape[0]):
        for v in range(dout.shape[1]):
            i, j = r - stride * u, q - stride * v
            if 0 <= i < w.shape[0] and 0 <= j < w.shape[1]:
                total += dout[u, v] * w[i, j]
    return total
    ### END SOLUTION

# %% check
check(conv_dx_entry)

# %% [markdown]
# **One weight.**
# Which outputs does $w_{ij}$ touch?
# All of them, because all windows share it.
# In the window of output $(u, v)$ it meets one pixel of the image, the one at place $(i, j)$ of that window.
# The formula for $\text{out}_{uv}$ tells you which pixel that is, with the stride in front of $u$ and $v$.
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

# %% [markdown]
# **One bias.**
# Now with the whole batch: `dout` has shape $(N, F, OH, OW)$.
# The bias $b_f$ is added to every output of filter $f$, at every position and in every image, with slope 1.

# %% exercise
def conv_db_entry(dout, f):
    """One entry of db.

    Parameters
    ----------
    dout : ndarray of shape (N, F, OH, OW)
        Upstream gradient.
    f : int
        Which filter.

    Returns
    -------
    float
        db[f].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for n in range(dout.shape[0]):
        for u in range(dout.shape[2]):
            for v in range(dout.shape[3]):
                total += dout[n, f, u, v]
    return total
    ### END SOLUTION

# %% check
check(conv_db_entry)

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
        OH = 1 + (H + 2 * pad - HH) // stride, and OW in the same way.
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
# At each stop you know what to do, because you derived it for one window: `window_gradients`.
# What is new is that every kernel meets many windows, and every pixel lies in many windows.
# Their contributions must be **added**.
# So begin with gradients full of zeros, and at every stop $(n, f, u, v)$ let the number $\text{dout}_{nfuv}$ add its share to three places:
#
# - to the gradient of the kernel of filter $f$,
# - to the gradient of the image, at the window where the forward pass read,
# - to the gradient of the bias of filter $f$.
#
# Reading a window on the way forward becomes adding into that window on the way back.
# This is called **scatter**.
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
# As always, the forward function is the judge.
# Take $L = \sum \text{out} \cdot \text{dout}$, whose slope with respect to each output is exactly `dout`.
# Move one pixel by a small step $h$ to both sides, and see how $L$ changes.
# This **numerical gradient** knows nothing of your derivation.
# The next cell does it for one pixel that several windows share.

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
# About ten digits agree; the rest is rounding in the difference of two nearly equal numbers.
# The check does the same in random directions.
# It also looks at what a square image with stride 1 never shows: images and kernels that are not square, windows with gaps between them, and sizes that the stride does not divide.

# %% check
check(conv2d_backward_naive)

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
# It has worked for a month.
# All their layers have kernel 4, stride 4 and padding 2.
# And it has two bugs.
#
# One bug makes `dx` come out empty, and you were warned of it above.
# The other one is quieter: `dx` has the right shape and wrong numbers.
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
# A pixel in one tile touches one output, and there is nothing to add up.
# Test a layer where the general case happens, not where it happens to be simple.

# %% [markdown]
# ## See it
#
# Watch the window slide over a handwritten digit.
# The kernel below has negative weights on its left and positive weights on its right.
# Its output is large and positive where the image gets darker from left to right, and negative where it gets lighter: it finds vertical edges.

# %%
_, (x_test, y_test) = load_mnist(flatten=False)
DIGITS = x_test[:20].astype(np.float64)                           # (20, 1, 28, 28)
VERTICAL_EDGES = np.repeat([[-2.0, -1.0, 0.0, 1.0, 2.0]], 5, axis=0)

# %% figure
def sliding_picture(ax_image, ax_map, image, out, stop, kernel, stride):
    """The image with the window of output number `stop`, and the outputs up to there."""
    u, v = divmod(stop, out.shape[1])
    so_far = np.where(np.arange(out.size).reshape(out.shape) <= stop, out, np.nan)
    ax_image.clear()
    ax_map.clear()
    heat_map(ax_image, image, f"window of out[{u}, {v}]", colours=INK)
    frame(ax_image, stride * u, stride * v, kernel, kernel)
    heat_map(ax_map, so_far, limit=np.abs(out).max())
    frame(ax_map, u, v, 1, 1)
    ax_map.set_facecolor("#e6e6e6")


@when_written
def sliding_strip():
    image = DIGITS[0]
    out, _ = conv2d_forward_naive(image[None], VERTICAL_EDGES[None, None], np.zeros(1), 2, 0)
    _, axes = plt.subplots(2, 5, figsize=(11, 4.6), layout="constrained")
    for places, stop in zip(axes.T, [0, 19, 54, 90, 143]):
        sliding_picture(*places, image[0], out[0, 0], stop, 5, 2)
    axes[0, 0].set_ylabel("image, 28 × 28", fontsize=10)
    axes[1, 0].set_ylabel("outputs so far, 12 × 12", fontsize=10)
    plt.show()

# %% [markdown]
# The outputs fill up row by row.
# Red is positive, blue is negative, and grey has not been computed yet.
# The next cell shows the same as an animation with a slider.
# It takes a few seconds.

# %% figure
@when_written
def sliding_animation():
    image = DIGITS[0]
    out, _ = conv2d_forward_naive(image[None], VERTICAL_EDGES[None, None], np.zeros(1), 2, 0)
    figure, axes = plt.subplots(1, 2, figsize=(5, 2.6), dpi=70, layout="constrained")

    def frame(stop):
        sliding_picture(*axes, image[0], out[0, 0], stop, 5, 2)

    stops = range(3, out[0, 0].size, 4)
    animation = FuncAnimation(figure, frame, stops, init_func=lambda: None, interval=150)
    plt.close(figure)
    display(HTML(animation.to_jshtml(default_mode="loop")))

# %% [markdown]
# One layer can hold many kernels.
# Here are four filters of 3 × 3, with padding 1 so that the maps have the size of the digits.
# Each is a tiny affine layer that is applied 784 times.

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
    w = np.stack(list(EDGE_KERNELS.values()))[:, None]            # (4, 1, 3, 3)
    images = DIGITS[[0, 2, 4]]
    out, _ = conv2d_forward_naive(images, w, np.zeros(4), 1, 1)
    _, axes = plt.subplots(4, 5, figsize=(10, 8.2), layout="constrained")
    axes[0, 0].axis("off")
    for ax, (title, kernel) in zip(axes[0, 1:], EDGE_KERNELS.items()):
        heat_map(ax, kernel, limit=1.5 * np.abs(kernel).max(), numbers="g", fontsize=11)
        ax.set_title(title, fontsize=9)
    for row, image, maps in zip(axes[1:], images, out):
        heat_map(row[0], image[0], colours=INK)
        for f, ax in enumerate(row[1:]):
            heat_map(ax, maps[f], limit=np.abs(out[:, f]).max())
    axes[1, 0].set_title("image", fontsize=10)
    plt.show()

# %% [markdown]
# For decades people chose such kernels by hand.
# The gradient `dw` that you have just written is what lets a network choose its own.
#
# This is the place to rest.
# You have a convolution that is right.
# Make a break, and come back for one that is fast.

# %% [markdown]
# # Part two: all windows at once
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
# It has $K$ rows and one column for every image and position, $N \cdot OH \cdot OW$ in all.
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
# You know the gradients of an affine layer.
# Here the samples stand in columns and not in rows, so the factors change places.
# Derive them once more with indices: write $l$ for a column and $k$ for a row of `cols`, so that
#
# $$
# \text{out}_{fl} = \sum_k w_{fk}\, \text{cols}_{kl} + b_f .
# $$
#
# The entry $\text{cols}_{kl}$ touches the whole column $l$ of `out`, with slopes $w_{fk}$.
# Hence $\text{dcols}_{kl} = \sum_f w_{fk}\,\text{dout}_{fl}$.
# The summed index must stand last in the first factor and first in the second, and $f$ stands first in $w$, so $w$ needs a transpose:
#
# $$
# \text{dcols} = w^\top\, \text{dout} .
# $$
#
# Do the same for `dw` and `db`: what does $w_{fk}$ touch, which index is summed, and which factor needs the transpose?

# %% exercise
def patch_matrix_gradients(cols, w, dout):
    """All three gradients of out = w @ cols + b[:, None], each as one NumPy expression.

    Parameters
    ----------
    cols : ndarray of shape (K, L)
        One patch in each column.
    w : ndarray of shape (F, K)
        One kernel in each row.
    dout : ndarray of shape (F, L)
        Upstream gradient.

    Returns
    -------
    dcols : ndarray of shape (K, L)
    dw : ndarray of shape (F, K)
    db : ndarray of shape (F,)
    """
    ### BEGIN SOLUTION
    return w.T @ dout, dout @ cols.T, dout.sum(axis=1)
    ### END SOLUTION

# %% check
check(patch_matrix_gradients)

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
# The rows it comes from are $i$, $S + i$, $2S + i$, and so on: regularly spaced, so one slice with a step can take them all.
# The same holds for the columns.
# The loop then has only $HH \cdot WW$ turns, however large the images are.
# Here is the picture for a 2 × 3 kernel and stride 2.
# The pixels with the same shade are one entry of all windows.

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
    plt.show()


one_entry_of_all_windows()

# %% [markdown]
# The numbers are $(u, v)$, and the frame is the first window.
# In each of the six pictures the shaded pixels, read row by row, are one row of `cols`.
# The slices need an end as well as a step.
# For $j = 0$ a slice without an end would also take the last column of the image, where no window begins.
# It must take exactly $OH$ rows and $OW$ columns.
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

# %% [markdown]
# ## The way back: why a gather becomes a scatter
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
# Then $\text{out} = G x$, and the gradient of a matrix product you know: $\text{dx} = G^\top \text{dout}$.
# Written out,
#
# $$
# \text{dx}_m = \sum_k G_{km}\, \text{dout}_k = \sum_{k\,:\;\text{index}_k = m} \text{dout}_k .
# $$
#
# In words: every copy sends its gradient back to the place it was copied from, and what arrives at one place is added up.
# A copy that nobody made sends nothing, so an entry of $x$ that was never copied gets 0.
# This is a **scatter-add**.
# It is the transpose of the gather, because each is multiplication with the same table of zeros and ones, read by rows or by columns.
#
# Write it for a vector.
# Careful with NumPy: `dx[index] += dout` looks right, but where an index occurs twice only the last of its values is added.
# A loop works, and so does `np.add.at`.

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

# %% [markdown]
# ## col2im
#
# The transpose of `im2col` is called **col2im**, columns to image.
# Its name sounds like an inverse, and it is none.
# The inverse would give the image back.
# The transpose gives each pixel the *sum* of the values at all its copies, because each of them is a path to the loss.
#
# The program mirrors `im2col`, line by line and backwards.
# Where `im2col` copied from a slice of the padded images into `[:, i, j]`, `col2im` adds `[:, i, j]` into the same slice.
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
        axes[0].axhline(edge, color="#888888", lw=0.8)
        axes[1].axvline(edge, color="#888888", lw=0.8)
    axes[0].set_xlabel("pixel (4 to a row)")
    axes[0].set_ylabel("entry of cols (6 windows for each i, j)")
    axes[1].set_xlabel("entry of cols")
    axes[1].set_ylabel("pixel")
    axes[2].set_xlabel("column q")
    axes[2].set_ylabel("row r")
    for ax, array, step in zip(axes, (G, G.T, copies), (5, 5, 1)):
        ax.set_xticks(range(0, array.shape[1], step))
        ax.set_yticks(range(0, array.shape[0], step))
    plt.show()

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
# The columns need not be kept: with a 3 × 3 kernel and stride 1 they are nine times as large as the images, and building them again costs less than the products.
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
    out += b[:, None]
    return out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3), (x, w, b, stride, pad)
    ### END SOLUTION

# %% check
check(conv2d_forward)

# %% [markdown]
# Backward: build the columns again.
# Bring `dout` into the shape of the product, $(F, N \cdot OH \cdot OW)$, by undoing the last two steps in reverse order.
# Then take the three gradients from `patch_matrix_gradients`.
# Two of them still need their final form: `dw` the shape of `w`, and `dcols` the way back into the image.

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
    dcols, dw, db = patch_matrix_gradients(cols, w.reshape(F, -1), dout)
    return col2im(dcols, x.shape, HH, WW, stride, pad), dw.reshape(w.shape), db
    ### END SOLUTION

# %% check
check(conv2d_backward)

# %% [markdown]
# ### Compare and time
#
# Two programs for one formula are a gift: each checks the other.
# The next cell runs both on a small batch, compares all results, and takes the time.

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
# Both compute the same products.
# The difference is who runs the loop: Python, or a matrix product that people have tuned for decades.
#
# If PyTorch is installed on your machine, the next cell compares your layer with the one of a large library.
# If it is not, the cell says so, and nothing is lost.

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
    _, axes = plt.subplots(2, 3, figsize=(10.5, 7.2), layout="constrained")
    for row, stride in zip(axes, (1, 2)):
        for ax, depth in zip(row, (1, 2, 3)):
            seen = receptive_field(depth, stride)
            size = int((seen.sum(axis=0) > 0).sum())
            layers = "1 layer" if depth == 1 else f"{depth} layers"
            heat_map(ax, seen, f"{layers}, stride {stride}: sees {size} × {size}",
                     limit=1.6 * seen.max(), colours=POSITIVE, numbers="g", zeros=False,
                     grid=True, fontsize=7)
    plt.show()

# %% [markdown]
# Each layer of stride 1 adds one pixel on every side.
# With stride 2 the view doubles from layer to layer.
# That is how an output deep in a network sees a whole digit, although no kernel is larger than 3 × 3.
# And the middle counts more than the rim, because more paths lead through it.

# %% [markdown]
# ## Going deeper: dx is a convolution too
#
# This part is optional and ungraded.
# With stride 1 the sum for one pixel was $\text{dx}_{rq} = \sum_{uv} \text{dout}_{uv}\, w_{r-u,\,q-v}$.
# Count the kernel from its other end, with $i' = HH - 1 - i$ and $j' = WW - 1 - j$, and it becomes a sum over windows of `dout` again: a convolution of `dout` with the kernel turned by 180 degrees.
# The windows must be allowed to hang over the border, so `dout` needs a frame of $HH - 1 - P$.
# And since each pixel collects from all filters, filters and channels change their roles.
# The next cell tries it on a square kernel.

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
# ## Going deeper: dilation and groups
#
# This part is for extra points.
# Two more numbers are found in many networks.
#
# **Dilation** $D$ pulls the kernel apart: its entries lie $D$ pixels from each other, with gaps between them.
# A 3 × 3 kernel with $D = 2$ still has nine weights, and covers 5 × 5 pixels.
# In general it covers $D\,(HH - 1) + 1$ rows, and that is the size to use when you count windows.
#
# **Groups** cut the channels into $G$ equal parts, and the filters too.
# The filters of a part see only the channels of the same part.
# So a kernel has only $C / G$ channels, and `w` has shape $(F, C/G, HH, WW)$.
# Filter $f$ belongs to part $g = \lfloor f \,/\, (F/G) \rfloor$, and its channel $c$ is channel $g\,C/G + c$ of the image:
#
# $$
# \text{out}_{nfuv} = \sum_{c}\sum_{i}\sum_{j} \hat x_{n,\;g C/G + c,\;Su+Di,\;Sv+Dj}\; w_{fcij} + b_f .
# $$
#
# With $D = G = 1$ this is the layer you know.
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
    out = np.zeros((N, F, OH, OW), dtype=w.dtype) + b[:, None, None]
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

# %% [markdown]
# ## What you can now do
#
# - Read a convolution as one small weighted sum, applied at many places with shared weights.
# - Derive its gradients by asking which windows see a pixel and which outputs use a weight.
# - Write it with loops, prove it right, and then write it as an affine layer on patches and compare.
# - Say why the transpose of a gather is a scatter-add, and test a transpose with two random arrays.
# - See what an output looks at, with nothing but the backward pass.
#
# By now you have written many backward passes by hand.
# The next chapter writes a program that does it for you.
# The convolution returns in the last chapter, where it learns to read digits.
