"""Known mistakes of 07_convolution."""

from __future__ import annotations

import numpy as np

from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.convolution import (
    BOTH,
    DILATION,
    EARLIER_CACHE,
    GROUPS,
    NO_PADDING,
    OVERLAP,
    PADDING,
    REMAINDER,
    STRIDE_AND_PAD,
    STRIDES,
    windows,
)

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def framed(x, pad):
    """x with its frame of zeros."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


# output_size


@mistake("output_size", "rounded up instead of down", loses=("count",),
         hint="Which way does // round?")
def size_rounded_up(size, kernel, stride=1, pad=0):
    """The window that rounding up would add hangs over the border. It does not fit."""
    return 1 - (-(size + 2 * pad - kernel) // stride)


@mistake("output_size", "the first window is not counted", loses=("count",),
         hint="How many windows fit if the kernel is as large as the image?")
def size_without_first(size, kernel, stride=1, pad=0):
    """The quotient counts the steps that the window can make. There is one window more than
    steps."""
    return (size + 2 * pad - kernel) // stride


@mistake("output_size", "the padding is counted on one side only", loses=("count",),
         hint="On how many sides of a row of pixels is the frame?")
def size_one_pad(size, kernel, stride=1, pad=0):
    """The frame is on both sides, so a side of the image grows by twice the padding."""
    return 1 + (size + pad - kernel) // stride


@mistake("output_size", "the stride is ignored", loses=("count",),
         hint="By how many pixels does the window move from one output to the next?")
def size_without_stride(size, kernel, stride=1, pad=0):
    """This counts every place where the window could stand. It stops at every S-th of them."""
    return 1 + (size + 2 * pad - kernel)


@mistake("output_size", "image and frame are divided by the stride one by one", loses=("count",),
         hint="Take size 6, kernel 4, stride 3 and pad 1. What is left over of each division, and "
              "does it fill a step together?")
def size_divided_twice(size, kernel, stride=1, pad=0):
    """Each // drops its remainder. What is left over of the image and what is left over of the
    frame may make one more step together."""
    return (size - kernel) // stride + 2 * pad // stride + 1


@mistake("output_size", "the division gives a float", loses=("count",),
         hint="Python has two signs for division. Which one gives an integer?")
def size_float(size, kernel, stride=1, pad=0):
    """A number of windows is an integer. A float cannot be the size of an array."""
    return 1 + (size + 2 * pad - kernel) / stride


# predict_windows

KERNEL = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def right_slopes():
    """The slopes as they should be."""
    slopes = np.zeros((3, 4))
    slopes[:2, :3] = KERNEL[::-1, ::-1]
    return slopes


@mistake("predict_windows", "only one output grows", loses=("slopes",),
         hint="Move the window by one column. Does it still cover the pixel?")
def windows_one():
    """Several windows cover the pixel. It touches the output of each of them."""
    slopes = np.zeros((3, 4))
    slopes[1, 2] = KERNEL[0, 0]
    return slopes


@mistake("predict_windows", "outputs below and to the right of the pixel are taken",
         loses=("slopes",), hint="Where does the window of out[2, 2] begin?")
def windows_below():
    """A window extends down and right from where it begins, so those that cover a pixel begin above
    it and to its left."""
    slopes = np.zeros((3, 4))
    slopes[1:, 2:] = KERNEL[:, :2]
    return slopes


@mistake("predict_windows", "ones in place of slopes", loses=("slopes",),
         hint="Where the pixel lies in a window, which weight is it multiplied with?")
def windows_ones():
    """The right outputs grow, and by how much depends on the weight that the pixel meets there."""
    return np.sign(right_slopes())


@mistake("predict_windows", "the slopes are not turned", loses=("slopes",),
         hint="In the window of out[0, 0], at which place of the kernel does x[1, 2] lie?")
def windows_not_turned():
    """Where the window begins further down, the pixel lies further up in it. So the weights come in
    reverse order, down and across."""
    slopes = np.zeros((3, 4))
    slopes[:2, :3] = KERNEL
    return slopes


@mistake("predict_windows", "the slopes are turned across, but not down", loses=("slopes",),
         hint="In the window of out[1, 0], in which row of the kernel does x[1, 2] lie?")
def windows_turned_across():
    """The window moves down as well as across, and the pixel moves up in it as well as left."""
    slopes = np.zeros((3, 4))
    slopes[:2, :3] = KERNEL[:, ::-1]
    return slopes


@mistake("predict_windows", "row and column of the pixel are exchanged", loses=("slopes",),
         hint="In x[1, 2], which of the numbers counts the rows?")
def windows_exchanged():
    """These are the slopes for x[2, 1]. The row comes first."""
    slopes = np.zeros((3, 4))
    slopes[1:, :2] = KERNEL[::-1, 1::-1]
    return slopes


# window_gradients


@mistake("window_gradients", "dwindow and dw are exchanged", loses=("dwindow", "dw"),
         hint="Hold w fixed. By how much does out grow when window[c, i, j] grows by 1?")
def window_exchanged(window, w, dout):
    """The slope with respect to a pixel is its weight, and with respect to a weight its pixel."""
    return dout * window, dout * w


@mistake("window_gradients", "dout is ignored", loses=("dwindow", "dw"),
         hint="The chain rule multiplies. What is the last factor?")
def window_without_dout(window, w, dout):
    """These are the slopes of out. The slopes of L are dout times as large."""
    return w.copy(), window.copy()


@mistake("window_gradients", "dout is added, not multiplied", loses=("dwindow", "dw"),
         hint="If L grows by 2 when out grows by 1, by how much when out grows by w?")
def window_dout_added(window, w, dout):
    """Slopes along a path are multiplied. They are added over several paths, and here is one."""
    return w + dout, window + dout


@mistake("window_gradients", "the entries are summed up", loses=("dwindow", "dw"),
         hint="Each entry of the window has a slope of its own. Which shape have all of them?")
def window_summed(window, w, dout):
    """The forward pass sums over the window; its gradients do not. Each has the shape of what it
    belongs to."""
    return np.sum(dout * w), np.sum(dout * window)


# conv_dx_entry, conv_dw_entry


@mistake("conv_dx_entry", "negative places in the kernel are not left out", loses=("dx[r, q]",),
         hint="For which i and j is there an entry w[f, i, j]? Look at both ends of both "
              "ranges.")
def dx_entry_negative(dout, w, r, q, stride, pad):
    """A window that begins below the pixel does not cover it. Python counts w[f, -1] from the end,
    and stops only where the kernel has not that many rows."""
    total = 0.0
    for f, u, v in np.ndindex(dout.shape):
        i, j = r + pad - stride * u, q + pad - stride * v
        if i < w.shape[1] and j < w.shape[2]:
            total += dout[f, u, v] * w[f, i, j]
    return float(total)


@mistake("conv_dx_entry", "places before the kernel are counted from its end",
         loses=("dx[r, q]",), like=dx_entry_negative)
def dx_entry_by_index_error(dout, w, r, q, stride, pad):
    """A place behind the kernel raises an IndexError. One before it does not: Python counts
    w[f, -1] from the end, so windows that do not cover the pixel add a weight."""
    total = 0.0
    for f, u, v in np.ndindex(dout.shape):
        try:
            total += dout[f, u, v] * w[f, r + pad - stride * u, q + pad - stride * v]
        except IndexError:
            continue
    return float(total)


def dx_entry(dout, w, r, q, stride, pad, term):
    """The sum over all windows that cover the pixel, of `term(f, u, v, i, j)`."""
    terms = []
    for f, u, v in np.ndindex(dout.shape):
        i, j = r + pad - stride * u, q + pad - stride * v
        if 0 <= i < w.shape[1] and 0 <= j < w.shape[2]:
            terms.append(term(f, u, v, i, j))
    return terms or [0.0]


@mistake("conv_dx_entry", "the weights come from the opposite place of the kernel",
         loses=("dx[r, q]",),
         hint="In the window that begins at the pixel itself, which weight does the pixel meet? "
              "Which do you take?")
def dx_entry_turned(dout, w, r, q, stride, pad):
    """In a window that begins i rows above the pixel, the pixel lies in row i of the kernel,
    counted from the top. The kernel needs no other turn than this."""
    return float(sum(dx_entry(dout, w, r, q, stride, pad,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, -1 - i, -1 - j])))


@mistake("conv_dx_entry", "the stride is ignored", loses=(STRIDE_AND_PAD,),
         hint="In which row of the padded image does the window of output (u, v) begin?")
def dx_entry_without_stride(dout, w, r, q, stride, pad):
    """The window of output (u, v) begins at row S u and column S v."""
    return float(sum(dx_entry(dout, w, r, q, 1, pad,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])))


@mistake("conv_dx_entry", "window 0 is left out near the border", loses=(STRIDE_AND_PAD,),
         hint="With which window does your sum begin? What are int(-1 / 2) and -1 // 2?")
def dx_entry_by_int(dout, w, r, q, stride, pad):
    """Near the top and the left border window 0 covers the pixel, too. If its number is computed,
    that must be rounded down, and int rounds a negative number up."""
    first = [max(0, int((place + pad - size) / stride) + 1)
             for place, size in zip((r, q), w.shape[1:], strict=True)]
    return float(sum(dx_entry(dout, w, r, q, stride, pad, lambda f, u, v, i, j: (
        dout[f, u, v] * w[f, i, j] if u >= first[0] and v >= first[1] else 0.0))))


@mistake("conv_dx_entry", "the padding is ignored", loses=(STRIDE_AND_PAD,),
         hint="Which row of the padded image is row 0 of x?")
def dx_entry_without_padding(dout, w, r, q, stride, pad):
    """Windows are counted from the corner of the frame, and r and q from the corner of the
    image."""
    return float(sum(dx_entry(dout, w, r, q, stride, 0,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])))


@mistake("conv_dx_entry", "the frame is subtracted, not added", loses=(STRIDE_AND_PAD,),
         hint="Which row of the padded image is row 0 of x?")
def dx_entry_pad_subtracted(dout, w, r, q, stride, pad):
    """The frame stands in front of the image, so in the padded image every pixel lies further down
    and further to the right."""
    return float(sum(dx_entry(dout, w, r, q, stride, -pad,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])))


@mistake("conv_dx_entry", "dout is ignored", loses=("dx[r, q]",),
         hint="Each path has two factors, one in the layer and one behind it. Which are in "
              "your sum?")
def dx_entry_without_dout(dout, w, r, q, stride, pad):
    """The sum of weights is the slope of the sum of out, not of the loss."""
    return float(sum(dx_entry(dout, w, r, q, stride, pad, lambda f, u, v, i, j: w[f, i, j])))


@mistake("conv_dx_entry", "only the first filter is counted", loses=("dx[r, q]",),
         hint="Over which indices does your sum run?")
def dx_entry_first_filter(dout, w, r, q, stride, pad):
    """All filters look at the same image. The pixel reaches the loss through every one of their
    maps."""
    return float(sum(dx_entry(dout[:1], w, r, q, stride, pad,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])))


@mistake("conv_dx_entry", "the filters are added up before they are multiplied",
         loses=("dx[r, q]",),
         hint="Which comes first for each filter, multiplying along its path or adding?")
def dx_entry_sums_of_filters(dout, w, r, q, stride, pad):
    """The product of two sums over the filters also multiplies the gradient of one map by the
    weight of another filter. No path goes that way."""
    dout, w = (array.sum(axis=0, keepdims=True) for array in (dout, w))
    return float(sum(dx_entry(dout, w, r, q, stride, pad,
                              lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])))


@mistake("conv_dx_entry", "only the last term of the sum is counted", loses=("dx[r, q]",),
         hint="How many windows cover the pixel, and how many filters have a map?")
def dx_entry_one_window(dout, w, r, q, stride, pad):
    """The pixel reaches the loss through every window that covers it, and through every filter. The
    paths add up."""
    return float(dx_entry(dout, w, r, q, stride, pad,
                          lambda f, u, v, i, j: dout[f, u, v] * w[f, i, j])[-1])


def seen_by_weight(x, dout, i, j, stride):
    """The pixels that w[i, j] meets, one for each output."""
    rows, columns = dout.shape
    return x[i:i + stride * rows:stride, j:j + stride * columns:stride]


@mistake("conv_dw_entry", "the stride is ignored", loses=("dw[i, j]",),
         hint="In which row of the image does the window of output (u, v) begin?")
def dw_entry_without_stride(x, dout, i, j, stride):
    """The window of output (u, v) begins at row S u and column S v, so the pixel is in row S u +
    i."""
    return float(np.sum(seen_by_weight(x, dout, i, j, 1) * dout))


@mistake("conv_dw_entry", "dout is ignored", loses=("dw[i, j]",),
         hint="Each path has two factors, one in the layer and one behind it. Which are in "
              "your sum?")
def dw_entry_without_dout(x, dout, i, j, stride):
    """The sum of pixels is the slope of the sum of out, not of the loss."""
    return float(np.sum(seen_by_weight(x, dout, i, j, stride)))


@mistake("conv_dw_entry", "the place in the kernel is forgotten", loses=("dw[i, j]",),
         hint="Which pixel does w[1, 0] meet in the first window?")
def dw_entry_without_place(x, dout, i, j, stride):
    """The first pixel of each window is the one that w[0, 0] meets. Other weights meet others."""
    return float(np.sum(seen_by_weight(x, dout, 0, 0, stride) * dout))


@mistake("conv_dw_entry", "only the first window is counted", loses=("dw[i, j]",),
         hint="How many windows use this weight?")
def dw_entry_first_window(x, dout, i, j, stride):
    """All windows share the weight, so there is one path for each output. They add up."""
    return float(x[i, j] * dout[0, 0])


@mistake("conv_dw_entry", "a mean instead of a sum", loses=("dw[i, j]",),
         hint="What becomes of gradients along several paths, and what does yours do "
              "besides?")
def dw_entry_mean(x, dout, i, j, stride):
    """The paths through all outputs add up. Nothing divides by their number."""
    return float(np.mean(seen_by_weight(x, dout, i, j, stride) * dout))


# conv2d_forward_naive


def forward_with(x, w, b, stride, pad, *, one=None, frame=framed, step=None, count=None):
    """A naive forward pass with one of its parts replaced.

    `one(window, w, b, f)` gives one output, `frame(x, pad)` the padded image, `step` the
    distance of windows, and `count(x, w)` the number of outputs down and across.
    """
    n_images, _, height, width = x.shape
    filters, _, hh, ww = w.shape
    down, across = count(x, w) if count else (
        windows(height, hh, stride, pad), windows(width, ww, stride, pad))
    step, padded = step or stride, frame(x, pad)
    out = np.zeros((n_images, filters, down, across), dtype=x.dtype)
    for n, f, u, v in np.ndindex(out.shape):
        top, left = step * u, step * v
        window = padded[n, :, top:top + hh, left:left + ww]
        out[n, f, u, v] = one(window, w, b, f) if one else np.sum(window * w[f]) + b[f]
    return out, (x, w, b, stride, pad)


@mistake("conv2d_forward_naive", "the bias is missing", loses=("out",),
         hint="Which terms has the formula, and which of them has your line?")
def naive_without_bias(x, w, b, stride=1, pad=0):
    """Every output is a weighted sum plus the bias of its filter."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: np.sum(window * w[f]))


@mistake("conv2d_forward_naive", "the kernel is turned", loses=("out",),
         hint="In the formula, which weight meets the pixel at the top left of the window?")
def naive_turned(x, w, b, stride=1, pad=0):
    """This is what mathematics calls a convolution. The layer of this course, and of every library,
    does not turn the kernel."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: (
        np.sum(window * w[f, :, ::-1, ::-1]) + b[f]))


@mistake("conv2d_forward_naive", "only the first channel is used", loses=("out",),
         hint="A window goes through all channels: which shape must it have?")
def naive_first_channel(x, w, b, stride=1, pad=0):
    """The sum runs over c as well. Each channel has its own slice of the kernel."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: (
        np.sum(window[0] * w[f, 0]) + b[f]))


@mistake("conv2d_forward_naive", "the bias is added once for every channel", loses=("out",),
         hint="How often is a bias added to one output, however many channels there are?")
def naive_bias_per_channel(x, w, b, stride=1, pad=0):
    """The bias belongs to the output, and an output has one."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: (
        np.sum(window * w[f]) + len(window) * b[f]))


@mistake("conv2d_forward_naive", "the bias is added once for every entry of the window",
         loses=("out",),
         hint="Where does your sum end: before the bias, or behind it?")
def naive_bias_per_entry(x, w, b, stride=1, pad=0):
    """The bias belongs to the output, and not to each product. It comes after the sum."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: (
        np.sum(window * w[f] + b[f])))


@mistake("conv2d_forward_naive", "HH and WW are exchanged", loses=("out",),
         hint="Which size of the window belongs to the height of the image?")
def naive_exchanged(x, w, b, stride=1, pad=0):
    """The number of rows of the output depends on the height of the kernel. With square kernels
    nobody would notice."""
    def count(x, w):
        return (windows(x.shape[2], w.shape[3], stride, pad),
                windows(x.shape[3], w.shape[2], stride, pad))

    return forward_with(x, w, b, stride, pad, count=count)


MOVED = (PADDING, STRIDES, REMAINDER)


@mistake("conv2d_forward_naive", "the padding is ignored", loses=MOVED,
         hint="What happens to x before the first window is cut out?")
def naive_without_padding(x, w, b, stride=1, pad=0):
    """The windows were cut from the bare image, so there are too few of them."""
    out, _ = forward_with(x, w, b, stride, 0)
    return out, (x, w, b, stride, pad)


@mistake("conv2d_forward_naive", "the image is padded on two sides only", loses=(PADDING, STRIDES),
         hint="On how many sides of the image should there be zeros, and on how many has "
              "your padded image some?")
def naive_half_padding(x, w, b, stride=1, pad=0):
    """The frame is missing below and to the right. The last windows are cut short there."""
    def frame(x, pad):
        return np.pad(x, ((0, 0), (0, 0), (pad, 0), (pad, 0)))

    return forward_with(x, w, b, stride, pad, frame=frame)


@mistake("conv2d_forward_naive", "the frame is not made of zeros", loses=MOVED,
         hint="Print a small padded image. What stands in its frame?")
def naive_edge_padding(x, w, b, stride=1, pad=0):
    """It repeats the pixels at the border, as mode="edge" does. In this layer the frame holds
    zeros."""
    def frame(x, pad):
        return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")

    return forward_with(x, w, b, stride, pad, frame=frame)


@mistake("conv2d_forward_naive", "the windows move by one pixel", loses=(STRIDES, REMAINDER),
         hint="In which row and column does the window of output (u, v) begin?")
def naive_without_stride(x, w, b, stride=1, pad=0):
    """The number of outputs is right, but the window of output (u, v) begins at row u and column v.
    With a stride it begins at row S u and column S v."""
    return forward_with(x, w, b, stride, pad, step=1)


@mistake("conv2d_forward_naive", "the number of outputs is rounded up", loses=(REMAINDER,),
         hint="What becomes of the pixels that are left over, if the stride leaves a "
              "remainder?")
def naive_rounded_up(x, w, b, stride=1, pad=0):
    """The window that rounding up adds hangs over the border and is cut short."""
    def count(x, w):
        return tuple(1 - (-(s + 2 * pad - k) // stride)
                     for s, k in zip(x.shape[2:], w.shape[2:], strict=True))

    return forward_with(x, w, b, stride, pad, count=count)


@mistake("conv2d_forward_naive", "the padding is added after the division by the stride",
         loses=(STRIDES, REMAINDER),
         hint="Does a frame of one more pixel always make room for two more windows, "
              "whatever the stride?")
def naive_padding_outside(x, w, b, stride=1, pad=0):
    """With a stride, two more pixels do not mean two more windows."""
    def count(x, w):
        return tuple(1 + (s - k) // stride + 2 * pad
                     for s, k in zip(x.shape[2:], w.shape[2:], strict=True))

    return forward_with(x, w, b, stride, pad, count=count)


@mistake("conv2d_forward_naive", "sizes with a remainder are refused", loses=(REMAINDER,),
         hint="What does the chapter say about rows and columns that are left over?")
def naive_refuses(x, w, b, stride=1, pad=0):
    """Some programs want the windows to fit exactly. In this course their number is rounded down,
    and a remainder is no error."""
    for size, kernel in zip(x.shape[2:], w.shape[2:], strict=True):
        assert (size + 2 * pad - kernel) % stride == 0
    return forward_with(x, w, b, stride, pad)


@mistake("conv2d_forward_naive", "the windows are counted on the image without its frame",
         loses=MOVED, hint="How many rows does the image have once its frame is around it?")
def naive_count_unpadded(x, w, b, stride=1, pad=0):
    """The windows are cut from the padded image, and counted on the bare one: the last of them are
    missing."""
    def count(x, w):
        return tuple(max(0, windows(s, k, stride, 0))
                     for s, k in zip(x.shape[2:], w.shape[2:], strict=True))

    return forward_with(x, w, b, stride, pad, count=count)


@mistake("conv2d_forward_naive", "the frame is 1 pixel wide, whatever pad is",
         loses=("out",), hint="How wide should the frame be where pad is 0, and where it is "
                                     "2? And yours?")
def naive_frame_of_1(x, w, b, stride=1, pad=0):
    """The frame has to be pad pixels wide on each side, and there is none where pad is 0."""
    return forward_with(x, w, b, stride, pad, frame=lambda x, pad: framed(x, 1))


@mistake("conv2d_forward_naive", "the image is not put into its frame when pad is 0",
         loses=("out",),
         hint="Print the shape of the slice that you assign x to, once with pad = 1 and once with "
              "pad = 0. Where does the image end, counted from the front?")
def naive_assigned_minus_zero(x, w, b, stride=1, pad=0):
    """pad:-pad is 0:-0, that is 0:0, which is empty: the image is assigned to no place at all."""
    def frame(x, pad):
        padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad))
        padded[:, :, pad:-pad, pad:-pad] = x
        return padded

    return forward_with(x, w, b, stride, pad, frame=frame)


@mistake("conv2d_forward_naive", "the outputs are counted down, and taken for those across",
         loses=("out",), hint="With an image that is wider than high, which of the two "
                                     "numbers of outputs is larger?")
def naive_one_count(x, w, b, stride=1, pad=0):
    """The number of windows across is taken from H and HH. It depends on W and WW; with square
    images and kernels nobody would notice."""
    def count(x, w):
        return (windows(x.shape[2], w.shape[2], stride, pad),) * 2

    return forward_with(x, w, b, stride, pad, count=count)


@mistake("conv2d_forward_naive", "the outputs across are counted with HH", loses=("out",),
         hint="Which size of the window belongs to the width of the image?")
def naive_across_by_height(x, w, b, stride=1, pad=0):
    """The number of windows across depends on W and WW, not on HH. With square kernels nobody would
    notice."""
    def count(x, w):
        return tuple(windows(size, w.shape[2], stride, pad) for size in x.shape[2:])

    return forward_with(x, w, b, stride, pad, count=count)


@mistake("conv2d_forward_naive", "the bias of the first filter is added to all maps",
         loses=("out",), hint="Which bias belongs to the map of filter 1?")
def naive_first_bias(x, w, b, stride=1, pad=0):
    """Each filter has a bias of its own. Here all maps got b[0]."""
    return forward_with(x, w, b, stride, pad, one=lambda window, w, b, f: (
        np.sum(window * w[f]) + b[0]))


@mistake("conv2d_forward_naive", "the cache is returned first, and out second",
         loses=("out",), hint="In which order does the docstring list what is returned?")
def naive_cache_first(x, w, b, stride=1, pad=0):
    """The two results are exchanged. Whatever unpacks them takes one for the other."""
    return forward_with(x, w, b, stride, pad)[::-1]


# conv2d_backward_naive


def backward_with(dout, cache, *, weight=None, image=None, step=None, strip=None):
    """A naive backward pass with one of its parts replaced.

    `weight(dw, f, window, slope)` and `image(dpadded, here, kernel, slope)` collect one share,
    `step` is the distance of windows, and `strip(dpadded, x, pad)` takes off the frame.
    """
    x, w, b, stride, pad = cache
    hh, ww = w.shape[2:]
    step, padded = step or stride, framed(x, pad)
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n, f, u, v in np.ndindex(dout.shape):
        top, left = step * u, step * v
        here = (n, slice(None), slice(top, top + hh), slice(left, left + ww))
        slope = dout[n, f, u, v]
        if weight:
            weight(dw, f, padded[here], slope)
        else:
            dw[f] += padded[here] * slope
        if image:
            image(dpadded, here, w[f], slope)
        else:
            dpadded[here] += w[f] * slope
        db[f] += slope
    if strip:
        return strip(dpadded, x, pad), dw, db
    return dpadded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw, db


def from_the_corner(padded, x, pad):
    """The first H rows and W columns, which begin with the frame."""
    return padded[:, :, :x.shape[2], :x.shape[3]]


@mistake("conv2d_backward_naive", "the frame is not cut off", loses=MOVED,
         hint="dx must have the shape of x. Which part of the padded array is the image?")
def naive_not_stripped(dout, cache):
    """The gradient of the padded image has a frame, as the padded image has. x has none."""
    return backward_with(dout, cache, strip=lambda dpadded, x, pad: dpadded)


@mistake("conv2d_backward_naive", "dx is cut off to nothing when pad is 0", loses=("dx",),
         hint="Count the end of the slice from the front: where does the image begin, and how long "
              "is it?")
def naive_minus_zero(dout, cache):
    """pad:-pad is 0:-0, that is 0:0, which is empty."""
    return backward_with(dout, cache, strip=lambda dpadded, x, pad: (
        dpadded[:, :, pad:-pad, pad:-pad]))


@mistake("conv2d_backward_naive", "the frame is cut off too far in", loses=MOVED,
         hint="The image begins at row pad and has H rows. Where does it end?")
def naive_stripped_too_much(dout, cache):
    """In the padded array the image ends at row pad + H, not at row H."""
    return backward_with(dout, cache, strip=lambda dpadded, x, pad: (
        dpadded[:, :, pad:x.shape[2], pad:x.shape[3]]))


@mistake("conv2d_backward_naive", "the frame is cut off from the wrong side",
         loses=MOVED, hint="Where in the padded image does x begin?")
def naive_wrong_side(dout, cache):
    """:H counts from the corner of the frame. The first rows of the frame stay, and the last rows
    of the image are cut off."""
    return backward_with(dout, cache, strip=from_the_corner)


def as_if_square(padded, x, pad):
    """H rows of the image and H columns."""
    return padded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[2]]


@mistake("conv2d_backward_naive", "as many columns as rows are cut out of the frame",
         loses=("dx",), hint="Where do the columns of the image end, in an image that is wider "
                             "than high?")
def naive_as_if_square(dout, cache):
    """The rows of the image end at pad + H, and its columns at pad + W. In square images nobody
    would notice which of the two was taken."""
    return backward_with(dout, cache, strip=as_if_square)


@mistake("conv2d_backward_naive", "overlapping windows overwrite each other in dx", loses=("dx",),
         hint="A pixel in several windows collects a share from each. Which operator does that?")
def naive_dx_overwritten(dout, cache):
    """Only the last window that covers a pixel counts here, as with =. The shares of all of them
    add up."""
    def image(dpadded, here, kernel, slope):
        dpadded[here] = kernel * slope

    return backward_with(dout, cache, image=image)


@mistake("conv2d_backward_naive", "only the last window counts in dw", loses=("dw",),
         hint="A kernel collects a share from every window. Which operator does that?")
def naive_dw_overwritten(dout, cache):
    """Each window replaces what the ones before it have contributed, as with =."""
    def weight(dw, f, window, slope):
        dw[f] = window * slope

    return backward_with(dout, cache, weight=weight)


@mistake("conv2d_backward_naive", "the weights of dx come from the opposite place of the kernel",
         loses=("dx",),
         hint="Which weight was the top left pixel of a window multiplied with on the way "
              "forward?")
def naive_dx_turned(dout, cache):
    """Each weight goes back to the pixel it was multiplied with. Where one pixel collects from all
    windows, the kernel is turned; where one window gives to all its pixels, it is not."""
    def image(dpadded, here, kernel, slope):
        dpadded[here] += kernel[:, ::-1, ::-1] * slope

    return backward_with(dout, cache, image=image)


@mistake("conv2d_backward_naive", "dout is ignored in dx", loses=("dx",),
         hint="The share of a window has two factors. Which is the other one, besides the "
              "kernel?")
def naive_dx_of_ones(dout, cache):
    """This is the gradient of the plain sum of out, as if all of dout were ones."""
    def image(dpadded, here, kernel, slope):
        dpadded[here] += kernel

    return backward_with(dout, cache, image=image)


@mistake("conv2d_backward_naive", "dout is ignored in dw", like=naive_dx_of_ones, loses=("dw",),
         hint="The share of a window has two factors. Which is the other one, besides the "
              "window?")
def naive_dw_of_ones(dout, cache):
    def weight(dw, f, window, slope):
        dw[f] += window

    return backward_with(dout, cache, weight=weight)


@mistake("conv2d_backward_naive", "db is a mean", loses=("db",),
         hint="Every output of the filter passes its slope on to the bias. What becomes of them?")
def naive_db_mean(dout, cache):
    """The bias is used at every position of every image, and all these paths add up."""
    dx, dw, _ = backward_with(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@mistake("conv2d_backward_naive", "db is counted once for each channel", loses=("db",),
         hint="In which of your loops does db grow, and how often does the bias occur in one "
              "output?")
def naive_db_by_channel(dout, cache):
    """The bias is added once to an output, after the sum over the channels, and not in each of
    them."""
    dx, dw, db = backward_with(dout, cache)
    return dx, dw, cache[0].shape[1] * db


@mistake("conv2d_backward_naive", "db is summed over the batch only", loses=("db",),
         hint="db has one entry for each filter. Which axes of dout disappear?")
def naive_db_batch_only(dout, cache):
    """The positions have to be summed as well: one bias serves the whole map."""
    dx, dw, _ = backward_with(dout, cache)
    return dx, dw, dout.sum(axis=0)


@mistake("conv2d_backward_naive", "dw and db are divided by N", loses=("dw", "db"),
         hint="Where is the 1/N of a mean already, before it comes to this layer?")
def naive_means(dout, cache):
    """If the loss is a mean, its 1/N is already inside dout. The layer must only sum."""
    dx, dw, db = backward_with(dout, cache)
    return dx, dw / len(dout), db / len(dout)


@mistake("conv2d_backward_naive", "the windows move by one pixel", loses=(STRIDES, REMAINDER),
         hint="Where does the window of output (u, v) begin in the forward pass?")
def naive_back_without_stride(dout, cache):
    """The backward pass must visit the windows that the forward pass has read."""
    return backward_with(dout, cache, step=1)


@mistake("conv2d_backward_naive", "the windows are cut from the image without its frame",
         loses=MOVED,
         hint="From which image did the forward pass cut its windows?")
def naive_back_without_frame(dout, cache):
    """The position of a window counts from the corner of the frame, not of the image."""
    x, w, b, stride, _ = cache
    _, dw, db = backward_with(dout, (x, w, b, stride, 0))
    dx, _, _ = backward_with(dout, cache)
    return dx, dw, db


@mistake("conv2d_backward_naive", "dx and dw are exchanged", loses=("dx", "dw"),
         hint="In which order does the docstring list the three gradients?")
def naive_dx_dw_exchanged(dout, cache):
    """Both are right, and stand in each other's place: first dx, then dw, then db."""
    dx, dw, db = backward_with(dout, cache)
    return dw, dx, db


@mistake("conv2d_backward_naive", "dw and db are exchanged", loses=("dw", "db"),
         hint="In which order does the docstring list the three gradients?")
def naive_dw_db_exchanged(dout, cache):
    """Both are right, and stand in each other's place: first dx, then dw, then db."""
    dx, dw, db = backward_with(dout, cache)
    return dx, db, dw


@mistake("conv2d_backward_naive", "nothing is added into dx", loses=("dx",),
         hint="Which array do your windows add to, and which one is returned?")
def naive_dx_empty(dout, cache):
    """dx is still the array of zeros that it began as. Each window adds its share to the padded
    gradient, and dx is cut out of that at the end."""
    _, dw, db = backward_with(dout, cache)
    return np.zeros_like(cache[0]), dw, db


@mistake("conv2d_backward_naive", "only the last image counts in dw", loses=("dw",),
         hint="What becomes of the shares of the first image when the second one comes?")
def naive_dw_last_image(dout, cache):
    """All images use the same kernel, and their shares add up."""
    x, w, *rest = cache
    dx, _, db = backward_with(dout, cache)
    return dx, backward_with(dout[-1:], (x[-1:], w, *rest))[1], db


@mistake("conv2d_backward_naive", "dw is made with the first channel only", loses=("dw",),
         hint="Which shape has the window that you multiply with dout?")
def naive_dw_first_channel(dout, cache):
    """Each channel of a kernel met its own channel of the window."""
    def weight(dw, f, window, slope):
        dw[f] += window[:1] * slope

    return backward_with(dout, cache, weight=weight)


@mistake("conv2d_backward_naive", "the kernel of the first filter is used in dx for all",
         loses=("dx",), hint="With which kernel was out[n, f, u, v] made?")
def naive_dx_first_filter(dout, cache):
    """The output of filter f was made with w[f], and its slope goes back through w[f]."""
    first = cache[1][0]

    def image(dpadded, here, kernel, slope):
        dpadded[here] += first * slope

    return backward_with(dout, cache, image=image)


# exposing_layer


@mistake("exposing_layer", "tiles", loses=("layer",),
         hint="How do stride and kernel compare where two windows share a pixel?")
def exposing_tiles():
    """With the stride as large as the kernel, windows lie side by side. Nothing is overwritten."""
    return 6, 2, 2, 1


@mistake("exposing_layer", "windows with gaps", loses=("layer",),
         hint="How do stride and kernel compare where two windows share a pixel?")
def exposing_gaps():
    """With a stride larger than the kernel, no two windows share a pixel."""
    return 7, 2, 3, 1


@mistake("exposing_layer", "no padding", loses=("layer",),
         hint="Which of the two bugs shows when pad is 0?")
def exposing_without_padding():
    """Without padding the slice at the end of the function is empty. That is the loud bug."""
    return 5, 3, 1, 0


@mistake("exposing_layer", "a single window", loses=("layer",),
         hint="Use output_size: how many windows does your layer have?")
def exposing_one_window():
    """The kernel fills the whole padded image. One window alone cannot overwrite another."""
    return 3, 5, 1, 1


@mistake("exposing_layer", "three numbers", loses=("layer",),
         hint="Which four numbers make a layer in this question?")
def exposing_three():
    """A layer of this question is four numbers."""
    return 5, 3, 1


# image_gradient_mended


def image_gradient(dout, w, x_shape, stride, pad, add=True):
    """The gradient of the padded image."""
    dx = np.zeros((*x_shape[:2], x_shape[2] + 2 * pad, x_shape[3] + 2 * pad))
    hh, ww = w.shape[2:]
    for u, v in np.ndindex(dout.shape[2:]):
        here = (..., slice(stride * u, stride * u + hh), slice(stride * v, stride * v + ww))
        share = np.tensordot(dout[:, :, u, v], w, axes=1)
        dx[here] = dx[here] + share if add else share
    return dx


def image_part(dx, x_shape, pad):
    """Without the frame."""
    return dx[:, :, pad:pad + x_shape[2], pad:pad + x_shape[3]]


@mistake("image_gradient_mended", "windows still overwrite each other",
         loses=(OVERLAP, BOTH),
         hint="What does = do to the share of an earlier window?")
def mended_only_slice(dout, w, x_shape, stride, pad):
    """The slice at the end is mended. A pixel in several windows still keeps only the last
    share."""
    return image_part(image_gradient(dout, w, x_shape, stride, pad, add=False), x_shape, pad)


@mistake("image_gradient_mended", "dx is still empty when pad is 0", loses=(NO_PADDING, BOTH),
         hint="With pad = 0, which numbers does pad:-pad stand for? Where does the image "
              "end, counted from the front?")
def mended_only_sum(dout, w, x_shape, stride, pad):
    """The sum is mended. The slice pad:-pad is still empty when pad is 0."""
    return image_gradient(dout, w, x_shape, stride, pad)[:, :, pad:-pad, pad:-pad]


@mistake("image_gradient_mended", like=naive_stripped_too_much, loses=(OVERLAP,))
def mended_too_short(dout, w, x_shape, stride, pad):
    dx = image_gradient(dout, w, x_shape, stride, pad)
    return dx[:, :, pad:x_shape[2], pad:x_shape[3]]


@mistake("image_gradient_mended", like=naive_wrong_side, loses=(OVERLAP,))
def mended_wrong_side(dout, w, x_shape, stride, pad):
    dx = image_gradient(dout, w, x_shape, stride, pad)
    return dx[:, :, :x_shape[2], :x_shape[3]]


@mistake("image_gradient_mended", "the frame is left on", loses=(OVERLAP,),
         hint="Which shape should dx have, and which has yours?")
def mended_not_stripped(dout, w, x_shape, stride, pad):
    """Without the slice dx is not empty, but it has the shape of the padded image."""
    return image_gradient(dout, w, x_shape, stride, pad)


@mistake("image_gradient_mended", "overlapping windows are averaged",
         loses=(OVERLAP, BOTH),
         hint="What becomes of gradients along several paths, and what does yours do "
              "besides?")
def mended_averaged(dout, w, x_shape, stride, pad):
    """A pixel in four windows touches four outputs. Its gradient is the sum, not the mean."""
    dx = image_gradient(dout, w, x_shape, stride, pad)
    copies = image_gradient(np.ones_like(dout[:1, :1]), np.ones_like(w[:1, :1]),
                            (1, 1, *x_shape[2:]), stride, pad)
    return image_part(dx / np.maximum(copies, 1.0), x_shape, pad)


# patch_matrix_gradients


@mistake("patch_matrix_gradients", "dw is transposed", loses=("dw",),
         hint="dw must have the shape of w, (F, K). Have you transposed back?")
def patch_dw_transposed(cols, w, dout):
    """cols @ dout.T holds the right numbers in shape (K, F): it is the gradient of the transpose of
    w."""
    return w.T @ dout, cols @ dout.T


@mistake("patch_matrix_gradients", "dcols is transposed", loses=("dcols",),
         hint="dcols must have the shape of cols, (K, M). Have you transposed back?")
def patch_dcols_transposed(cols, w, dout):
    """dout.T @ w holds the right numbers in shape (M, K): it is the gradient of the transpose of
    cols."""
    return dout.T @ w, dout @ cols.T


@mistake("patch_matrix_gradients", "dout is ignored in dcols", like=naive_dx_of_ones,
         loses=("dcols",),
         hint="The product for dcols has two factors. Which is the other one, besides w?")
def patch_dcols_of_ones(cols, w, dout):
    return w.T @ np.ones_like(dout), dout @ cols.T


@mistake("patch_matrix_gradients", "dout is ignored in dw", like=naive_dx_of_ones, loses=("dw",),
         hint="The product for dw has two factors. Which is the other one, besides cols?")
def patch_dw_of_ones(cols, w, dout):
    return w.T @ dout, np.ones_like(dout) @ cols.T


@mistake("patch_matrix_gradients", "dw is a mean over the patches", loses=("dw",),
         hint="Every patch uses the same weights. What happens to gradients along several paths?")
def patch_dw_mean(cols, w, dout):
    """The paths through all patches add up. Nothing divides by their number."""
    return w.T @ dout, dout @ cols.T / dout.shape[1]


@mistake("patch_matrix_gradients", "the formulas of chapter 03, as they stand there",
         loses=("dcols", "dw"),
         hint="In chapter 03 each sample is a row. What is x, what is w there, in the letters of "
              "this section?")
def patch_chapter_3(cols, w, dout):
    """There out is x @ w, and here it is w @ cols: what stands on the left there stands on the
    right here. Transpose the whole equation first. If all sizes are equal the formulas run, and
    their numbers are wrong."""
    return dout @ w.T, cols.T @ dout


@mistake("patch_matrix_gradients", "dcols and dw are exchanged", loses=("dcols", "dw"),
         hint="In which order does the docstring list the two gradients?")
def patch_exchanged(cols, w, dout):
    """Both are right, and stand in each other's place: first dcols, then dw."""
    return dout @ cols.T, w.T @ dout


# im2col, col2im


def all_windows(x, hh, ww, stride, pad, frame=framed):
    """A copy of all windows, of shape (C, HH, WW, N, OH, OW)."""
    n, c, height, width = x.shape
    down, across = windows(height, hh, stride, pad), windows(width, ww, stride, pad)
    padded, cols = frame(x, pad), np.zeros((c, hh, ww, n, down, across), dtype=x.dtype)
    for i, j in np.ndindex(hh, ww):
        cols[:, i, j] = padded[
            :, :, i:i + stride * down:stride, j:j + stride * across:stride
        ].transpose(1, 0, 2, 3)
    return cols


def as_columns(cols, *order):
    """Windows with their axes in another order, as a matrix of 3 by 3 axes."""
    cols = cols.transpose(order or (0, 1, 2, 3, 4, 5))
    return cols.reshape(int(np.prod(cols.shape[:3])), -1)


@mistake("im2col", "the rows are in the order i, j, c", loses=("cols",),
         hint="In w[f] the channel comes first. In which order does a reshape lay it out?")
def im2col_channels_last(x, HH, WW, stride=1, pad=0):
    """A reshaped kernel has the order c, i, j. Rows and kernel must agree, or wrong pairs are
    multiplied."""
    return as_columns(all_windows(x, HH, WW, stride, pad), 1, 2, 0, 3, 4, 5)


@mistake("im2col", "the columns are in the order u, v, n", loses=("cols",),
         hint="Which index runs fastest in a reshape, the first or the last?")
def im2col_images_last(x, HH, WW, stride=1, pad=0):
    """Other programs use this order, and it can work. In this chapter the image comes first."""
    return as_columns(all_windows(x, HH, WW, stride, pad), 0, 1, 2, 4, 5, 3)


@mistake("im2col", "the patches stand in rows", loses=("cols",),
         hint="Which of your two axes should have C * HH * WW entries?")
def im2col_rows(x, HH, WW, stride=1, pad=0):
    """The numbers are right, and the matrix is transposed: in cols each patch is a column."""
    return as_columns(all_windows(x, HH, WW, stride, pad)).T


@mistake("im2col", "i and j are exchanged in the rows", loses=("cols",),
         hint="In w[f, c] the row i comes first. In which order does a reshape lay it out?")
def im2col_exchanged(x, HH, WW, stride=1, pad=0):
    """The rows are in the order c, j, i, so every kernel would be transposed."""
    return as_columns(all_windows(x, HH, WW, stride, pad), 0, 2, 1, 3, 4, 5)


@mistake("im2col", "a reshape in place of a transpose for N and C", loses=("cols",),
         hint="What does a reshape do with the order of the numbers in memory, and what "
              "does a transpose do?")
def im2col_reshaped(x, HH, WW, stride=1, pad=0):
    """A reshape keeps the order of the numbers in memory and only counts them anew. Images and
    channels get mixed up."""
    n, c, height, width = x.shape
    mixed = x.reshape(c, n, height, width).transpose(1, 0, 2, 3)
    return as_columns(all_windows(mixed, HH, WW, stride, pad))


@mistake("im2col", "the windows of each image are only reshaped", loses=("cols",),
         hint="In which order do the axes of your array stand before the reshape?")
def im2col_images_first(x, HH, WW, stride=1, pad=0):
    """In an array of shape (N, C, HH, WW, OH, OW) the image comes first, and a reshape cannot move
    it behind WW. With one image nobody would notice."""
    cols = all_windows(x, HH, WW, stride, pad)
    return cols.transpose(3, 0, 1, 2, 4, 5).reshape(np.prod(cols.shape[:3]), -1)


@mistake("im2col", "windows in rows are reshaped into columns", loses=("cols",),
         hint="What turns rows into columns, and what only counts the numbers anew?")
def im2col_rows_reshaped(x, HH, WW, stride=1, pad=0):
    """The windows were written one after another. A reshape keeps that order, so one window fills
    the beginning of the first row, and not the first column."""
    cols = as_columns(all_windows(x, HH, WW, stride, pad))
    return cols.T.reshape(cols.shape)


@mistake("im2col", "all calls return one and the same array", loses=("cols",),
         hint="Where is your array made, and how often? What does a caller hold who has kept the "
              "columns of an earlier batch?")
def im2col_kept(x, HH, WW, stride=1, pad=0):
    """An array that is made once for each size is written over by the next call, and whoever has
    kept the columns of the first batch then holds those of the second."""
    cols = as_columns(all_windows(x, HH, WW, stride, pad))
    kept = KEPT_COLUMNS.setdefault(cols.shape, cols)
    kept[...] = cols
    return kept


KEPT_COLUMNS: dict[tuple, np.ndarray] = {}


@mistake("im2col", like=naive_without_padding, loses=(STRIDE_AND_PAD,),
         hint="What happens to x before the first slice is taken?")
def im2col_without_padding(x, HH, WW, stride=1, pad=0):
    return as_columns(all_windows(x, HH, WW, stride, 0))


@mistake("im2col", "the stride is ignored", loses=(STRIDE_AND_PAD,),
         hint="How far apart are the pixels that neighbouring windows take for the same (i, "
              "j)?")
def im2col_without_stride(x, HH, WW, stride=1, pad=0):
    """These are the windows at every place. The layer uses every S-th of them."""
    return as_columns(all_windows(x, HH, WW, 1, pad))


@mistake("im2col", "the slice ends too early", loses=(STRIDE_AND_PAD,),
         hint="How many pixels does a slice with step S pass over before it has taken OH "
              "entries?")
def im2col_short_slice(x, HH, WW, stride=1, pad=0):
    """The end of a slice is counted in pixels, not in outputs. With a step larger than 1 it must
    lie further away."""
    n, c, height, width = x.shape
    down, across = windows(height, HH, stride, pad), windows(width, WW, stride, pad)
    padded, cols = framed(x, pad), np.zeros((c, HH, WW, n, down, across), dtype=x.dtype)
    for i, j in np.ndindex(HH, WW):
        cols[:, i, j] = padded[
            :, :, i:i + down:stride, j:j + across:stride
        ].transpose(1, 0, 2, 3)
    return as_columns(cols)


@mistake("im2col", like=naive_count_unpadded, loses=(STRIDE_AND_PAD,))
def im2col_count_unpadded(x, HH, WW, stride=1, pad=0):
    down, across = (max(0, windows(s, k, stride, 0))
                    for s, k in zip(x.shape[2:], (HH, WW), strict=True))
    return as_columns(all_windows(x, HH, WW, stride, pad)[..., :down, :across])


@mistake("im2col", like=naive_frame_of_1, loses=("cols",))
def im2col_frame_of_1(x, HH, WW, stride=1, pad=0):
    return as_columns(all_windows(x, HH, WW, stride, 1))


@mistake("im2col", like=naive_one_count, loses=("cols",))
def im2col_one_count(x, HH, WW, stride=1, pad=0):
    down = windows(x.shape[2], HH, stride, pad)
    cols = all_windows(x, HH, WW, stride, pad)
    wide = np.zeros((*cols.shape[:5], down))
    wide[...] = cols[..., :down]
    return as_columns(wide)


@mistake("scatter_add", "of several copies only the last one counts", loses=("dx",),
         hint="What stands in dx[2] after dx[[2, 2]] += [1, 10]? Try it. What does the text "
              "advise?")
def scatter_buffered(dout, index, size):
    """The gradients of all copies add up. dx[index] += dout does not do that: it reads all entries
    first, adds, and writes them back. Where an index occurs twice, the last one written wins."""
    dx = np.zeros(size)
    dx[index] += dout
    return dx


@mistake("scatter_add", "copies are averaged", loses=("dx",),
         hint="What becomes of gradients along several paths, and what does yours do "
              "besides?")
def scatter_mean(dout, index, size):
    """Each copy is a path to the loss of its own. The gradients of all copies add up."""
    sums = np.bincount(index, weights=dout, minlength=size)
    return sums / np.maximum(1, np.bincount(index, minlength=size))


@mistake("scatter_add", "dout is gathered instead of scattered", loses=("dx",),
         hint="Should index select from the array that is read, or from the one that is written?")
def scatter_gathered(dout, index, size):
    """dout[index] copies in the same direction as the forward pass. The way back goes the other
    way."""
    return dout[index]


@mistake("scatter_add", "dx ends at the largest index", loses=("dx",),
         hint="Which size should dx have, if the last entries of x were never copied?")
def scatter_short(dout, index, size):
    """Entries behind the last one that was copied are missing. Their gradient is 0, and they have
    one."""
    return np.bincount(index, weights=dout)


@mistake("scatter_add", "dx holds integers", loses=("dx",),
         hint="Which dtype has your dx? And which one has np.zeros_like(index)?")
def scatter_integers(dout, index, size):
    """An array of integers cuts off everything behind the decimal point."""
    dx = np.zeros(size, dtype=int)
    for k, m in enumerate(index):
        dx[m] += dout[k]
    return dx


def scattered(cols, x_shape, hh, ww, stride, pad, step=None, add=True):
    """`all_windows` backwards: the padded gradient, from (C, HH, WW, N, OH, OW).

    In the order of the reference, so that equal results are equal in the last digit.
    """
    n, c, height, width = x_shape
    down, across = windows(height, hh, stride, pad), windows(width, ww, stride, pad)
    step = step or stride
    padded = np.zeros((c, n, height + 2 * pad, width + 2 * pad), dtype=cols.dtype)
    for i, j in np.ndindex(hh, ww):
        here = padded[:, :, i:i + step * down:step, j:j + step * across:step]
        if add:
            here += cols[:, i, j]
        else:
            here[...] = cols[:, i, j]
    return padded.transpose(1, 0, 2, 3)


def as_windows(cols, x_shape, hh, ww, stride, pad):
    """The matrix with its six axes."""
    n, c, height, width = x_shape
    down, across = windows(height, hh, stride, pad), windows(width, ww, stride, pad)
    return cols.reshape(c, hh, ww, n, down, across)


@mistake("col2im", "copies overwrite each other", loses=("dx",),
         hint="A pixel with several copies collects from all of them. Which operator does that?")
def col2im_overwritten(cols, x_shape, HH, WW, stride=1, pad=0):
    """Only the last copy of a pixel counts here, as with =. Scatter-add needs +=."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    return image_part(scattered(six, x_shape, HH, WW, stride, pad, add=False), x_shape, pad)


@mistake("col2im", "windows overwrite each other", loses=("dx",),
         hint="A pixel in several windows collects from all of them. Which operator does that?")
def col2im_windows_overwritten(cols, x_shape, HH, WW, stride=1, pad=0):
    """Only the last window that covers a pixel counts here, as with =. Scatter-add needs +=."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    padded = framed(np.zeros(x_shape, dtype=cols.dtype), pad)
    for u, v in np.ndindex(six.shape[4:]):
        padded[:, :, stride * u:stride * u + HH, stride * v:stride * v + WW] = (
            six[..., u, v].transpose(3, 0, 1, 2))
    return image_part(padded, x_shape, pad)


@mistake("col2im", "the sums are divided by the number of copies", loses=("dx",),
         hint="Gradients along several paths are added. Which step of yours does more than add?")
def col2im_averaged(cols, x_shape, HH, WW, stride=1, pad=0):
    """That would be an inverse of im2col: it gives the image back. The gradient needs the
    transpose, which is the plain sum."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    total = scattered(six, x_shape, HH, WW, stride, pad)
    copies = scattered(np.ones_like(six), x_shape, HH, WW, stride, pad)
    return image_part(total / np.maximum(copies, 1.0), x_shape, pad)


@mistake("col2im", like=naive_minus_zero)
def col2im_minus_zero(cols, x_shape, HH, WW, stride=1, pad=0):
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    return scattered(six, x_shape, HH, WW, stride, pad)[:, :, pad:-pad, pad:-pad]


@mistake("col2im", "the frame is not cut off", loses=(STRIDE_AND_PAD,),
         hint="dx must have the shape x_shape. Which part of the padded array is the image?")
def col2im_not_stripped(cols, x_shape, HH, WW, stride=1, pad=0):
    """The gradient of the padded images has a frame. x has none."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    return scattered(six, x_shape, HH, WW, stride, pad)


@mistake("col2im", like=naive_wrong_side, loses=(STRIDE_AND_PAD,))
def col2im_wrong_side(cols, x_shape, HH, WW, stride=1, pad=0):
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    return scattered(six, x_shape, HH, WW, stride, pad)[:, :, :x_shape[2], :x_shape[3]]


@mistake("col2im", like=naive_as_if_square, loses=("dx", STRIDE_AND_PAD))
def col2im_as_if_square(cols, x_shape, HH, WW, stride=1, pad=0):
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    padded = scattered(six, x_shape, HH, WW, stride, pad)
    return padded[:, :, pad:pad + x_shape[2], pad:pad + x_shape[2]]


@mistake("col2im", "the padded image ends with the last window", loses=(STRIDE_AND_PAD,),
         hint="How large is the padded image? Does a window always reach its last row?")
def col2im_ends_with_windows(cols, x_shape, HH, WW, stride=1, pad=0):
    """With a stride, rows and columns may be left over that no window sees. They belong to the
    image as well, and their gradient is 0."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    down, across = (stride * (count - 1) + k
                    for count, k in zip(six.shape[4:], (HH, WW), strict=True))
    padded = scattered(six, x_shape, HH, WW, stride, pad)
    return image_part(padded[:, :, :down, :across], x_shape, pad)


@mistake("col2im", "the stride is ignored", loses=(STRIDE_AND_PAD,),
         hint="Which pixels did im2col read into [:, i, j], and how far apart are they?")
def col2im_without_stride(cols, x_shape, HH, WW, stride=1, pad=0):
    """Windows that are S pixels apart were put side by side."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    return image_part(scattered(six, x_shape, HH, WW, stride, pad, step=1), x_shape, pad)


@mistake("col2im", "the rows are read in the order i, j, c", loses=("dx",),
         hint="In which order did im2col lay out its rows?")
def col2im_channels_last(cols, x_shape, HH, WW, stride=1, pad=0):
    """im2col lays them out as c, i, j. The way back must read what the way there has written."""
    n, c, height, width = x_shape
    down, across = windows(height, HH, stride, pad), windows(width, WW, stride, pad)
    six = cols.reshape(HH, WW, c, n, down, across).transpose(2, 0, 1, 3, 4, 5)
    return image_part(scattered(six, x_shape, HH, WW, stride, pad), x_shape, pad)


@mistake("col2im", "the columns are read in the order u, v, n", loses=("dx",),
         hint="In which order did im2col lay out its columns?")
def col2im_images_last(cols, x_shape, HH, WW, stride=1, pad=0):
    """im2col lays them out as n, u, v. The way back must read what the way there has written."""
    n, c, height, width = x_shape
    down, across = windows(height, HH, stride, pad), windows(width, WW, stride, pad)
    six = cols.reshape(c, HH, WW, down, across, n).transpose(0, 1, 2, 5, 3, 4)
    return image_part(scattered(six, x_shape, HH, WW, stride, pad), x_shape, pad)


@mistake("col2im", "a reshape in place of a transpose for N and C", loses=("dx",),
         hint="Which of the two exchanges axes, a transpose or a reshape?")
def col2im_reshaped(cols, x_shape, HH, WW, stride=1, pad=0):
    """A reshape keeps the order of the numbers in memory, so channels and images get mixed up."""
    six = as_windows(cols, x_shape, HH, WW, stride, pad)
    dx = image_part(scattered(six, x_shape, HH, WW, stride, pad), x_shape, pad)
    return dx.transpose(1, 0, 2, 3).reshape(x_shape)


# conv2d_forward


def product_forward(x, w, b, stride, pad, *, rows=None, move=None, finish=None):
    """A fast forward pass with one of its parts replaced."""
    (n, _, height, width), (f, _, hh, ww) = x.shape, w.shape
    down, across = windows(height, hh, stride, pad), windows(width, ww, stride, pad)
    cols = as_columns(all_windows(x, hh, ww, *(move or (stride, pad))))
    out = (rows(w) if rows else w.reshape(f, -1)) @ cols
    if finish:
        return finish(out, (n, f, down, across)), (x, w, b, stride, pad)
    out += b[:, None]
    out = out.reshape(f, n, down, across).transpose(1, 0, 2, 3)
    return out, (x, w, b, stride, pad)


@mistake("conv2d_forward", "the bias is missing", loses=("out",),
         hint="Which terms has the formula, and which of them have your lines?")
def fast_without_bias(x, w, b, stride=1, pad=0):
    """Every row of the product still needs the bias of its filter."""
    return product_forward(x, w, b, stride, pad, finish=lambda out, shape: (
        out.reshape(shape[1], shape[0], *shape[2:]).transpose(1, 0, 2, 3)))


@mistake("conv2d_forward", "a reshape in place of a transpose for N and F", loses=("out",),
         hint="What do the rows of the product stand for, and in which order do its columns "
              "come?")
def fast_reshaped(x, w, b, stride=1, pad=0):
    """The rows of the product are filters. Reshaped to (N, F, OH, OW) at once, the outputs of one
    filter are handed out to several images. With one image nobody would notice."""
    return product_forward(x, w, b, stride, pad, finish=lambda out, shape: (
        (out + b[:, None]).reshape(shape)))


@mistake("conv2d_forward", "a reshape in place of a transpose for w", loses=("out",),
         hint="Where in your matrix stand the weights of filter 0: do they fill one row?")
def fast_w_reshaped(x, w, b, stride=1, pad=0):
    """w.reshape(-1, F) has the shape of the transpose and other numbers in it: each of its columns
    holds pieces of several kernels."""
    return product_forward(x, w, b, stride, pad, rows=lambda w: w.reshape(-1, len(w)).T)


@mistake("conv2d_forward", "the kernels are laid out in the order i, j, c", loses=("out",),
         hint="In which order are the rows of cols?")
def fast_channels_last(x, w, b, stride=1, pad=0):
    """The rows of cols are in the order c, i, j. Rows and kernel must agree."""
    return product_forward(x, w, b, stride, pad, rows=lambda w: (
        w.transpose(0, 2, 3, 1).reshape(len(w), -1)))


@mistake("conv2d_forward", "stride and pad are not passed on to im2col", loses=("out",),
         hint="Which arguments does your call of im2col get?")
def fast_without_move(x, w, b, stride=1, pad=0):
    """im2col falls back on stride 1 and pad 0, and makes another number of columns."""
    return product_forward(x, w, b, stride, pad, move=(1, 0))


for _known in (
    naive_turned, naive_first_channel, naive_bias_per_channel, naive_bias_per_entry,
    naive_first_bias, naive_exchanged,
    naive_one_count, naive_without_padding, naive_half_padding, naive_edge_padding,
    naive_frame_of_1, naive_assigned_minus_zero, naive_count_unpadded, naive_without_stride,
    naive_rounded_up, naive_padding_outside, naive_refuses, naive_cache_first,
):
    mistake("conv2d_forward", like=_known, loses=("out",))(_known)


# conv2d_backward


def product_backward(dout, cache, *, flat=None, back=None):
    """A fast backward pass with one of its parts replaced: dx, dw and db, as the reference does
    it."""
    x, w, _, stride, pad = cache
    f, _, hh, ww = w.shape
    cols = as_columns(all_windows(x, hh, ww, stride, pad))
    rows = dout.transpose(1, 0, 2, 3).reshape(f, -1)
    db = rows.sum(axis=1)
    dout = flat(dout) if flat else rows
    dw = (dout @ cols.T).reshape(w.shape)
    dcols = w.reshape(f, -1).T @ dout
    if back:
        dx = back(dcols, x.shape, hh, ww, stride, pad)
    else:
        six = as_windows(dcols, x.shape, hh, ww, stride, pad)
        dx = image_part(scattered(six, x.shape, hh, ww, stride, pad), x.shape, pad)
    return np.ascontiguousarray(dx), dw, db


@mistake("conv2d_backward", "a reshape in place of a transpose for dout", loses=("dx", "dw"),
         hint="Which axis of dout comes first, and which should come first in the matrix?")
def fast_dout_reshaped(dout, cache):
    """dout.reshape(F, -1) cuts (N, F, OH, OW) into F equal pieces, but these are not the filters.
    With one image nobody would notice."""
    return product_backward(dout, cache, flat=lambda dout: dout.reshape(dout.shape[1], -1))


@mistake("conv2d_backward", "overlapping windows overwrite each other in dx",
         like=col2im_overwritten,
         hint="Look at col2im: which operator collects from several copies?")
def fast_dx_overwritten(dout, cache):
    return product_backward(dout, cache, back=col2im_overwritten)


@mistake("conv2d_backward", like=naive_wrong_side, loses=(STRIDE_AND_PAD,),
         hint="Look at col2im: where in the padded image does x begin?")
def fast_wrong_side(dout, cache):
    return product_backward(dout, cache, back=col2im_wrong_side)


@mistake("conv2d_backward", "stride and pad are not passed on to col2im", loses=(STRIDE_AND_PAD,),
         hint="Which arguments does your call of col2im get?")
def fast_back_without_move(dout, cache):
    """col2im falls back on stride 1 and pad 0, and expects another number of columns."""
    return product_backward(dout, cache, back=lambda dcols, shape, hh, ww, stride, pad: (
        scattered(as_windows(dcols, shape, hh, ww, 1, 0), shape, hh, ww, 1, 0)))


@mistake("conv2d_backward", "dw is reshaped without a transpose", loses=("dw",),
         hint="Which shape does your product have before the reshape: (F, K) or (K, F)?")
def fast_dw_mixed(dout, cache):
    """cols @ dout.T has shape (K, F). A reshape to the shape of w runs, and puts the numbers in
    wrong places."""
    dx, dw, db = product_backward(dout, cache)
    return dx, dw.reshape(len(dw), -1).T.reshape(dw.shape), db


@mistake("conv2d_backward", "dout is ignored in dw", like=naive_dx_of_ones, loses=("dw",),
         hint="The product for dw has two factors. Which is the other one, besides cols?")
def fast_dw_of_ones(dout, cache):
    dx, _, db = product_backward(dout, cache)
    return dx, product_backward(np.ones_like(dout), cache)[1], db


@mistake("conv2d_backward", "db is a mean", loses=("db",),
         hint="At how many places is a bias used, and what becomes of gradients along "
              "several paths?")
def fast_db_mean(dout, cache):
    """Nothing divides by the number of outputs."""
    dx, dw, _ = product_backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@mistake("conv2d_backward", like=naive_means)
def fast_means(dout, cache):
    dx, dw, db = product_backward(dout, cache)
    return dx, dw / len(dout), db / len(dout)


@mistake("conv2d_backward", "dw is left as a matrix", loses=("dw",),
         hint="Which shape has w, and which has your dw?")
def fast_dw_flat(dout, cache):
    """The numbers are right, in shape (F, K). A step of training would be w -= 0.1 * dw, and that
    needs equal shapes."""
    dx, dw, db = product_backward(dout, cache)
    return dx, dw.reshape(len(dw), -1), db


@mistake("conv2d_backward", "db keeps a second axis", loses=("db",),
         hint="db must have the shape of b, (F,). What does keepdims do?")
def fast_db_two_dimensional(dout, cache):
    """The numbers are right, in shape (F, 1). b has shape (F,), and so must its gradient."""
    dx, dw, db = product_backward(dout, cache)
    return dx, dw, db[:, None]


@mistake("conv2d_backward", "db is summed over the filters", loses=("db",),
         hint="db has one entry for each filter. Which axis of the matrix belongs to them?")
def fast_db_wrong_axis(dout, cache):
    """In chapter 3 the outputs stood in columns. Here each filter has a row, and the patches stand
    in columns."""
    dx, dw, _ = product_backward(dout, cache)
    return dx, dw, dout.transpose(1, 0, 2, 3).reshape(dout.shape[1], -1).sum(axis=0)


for _known in (
    naive_dx_turned, naive_dx_of_ones, naive_dx_empty, naive_dx_first_filter, naive_minus_zero,
    naive_dw_overwritten, naive_dw_last_image, naive_dw_first_channel, naive_db_batch_only,
    naive_dx_dw_exchanged, naive_dw_db_exchanged,
):
    mistake("conv2d_backward", like=_known)(_known)
for _known in (naive_not_stripped, naive_stripped_too_much, naive_back_without_stride,
               naive_back_without_frame):
    mistake("conv2d_backward", like=_known, loses=(STRIDE_AND_PAD,))(_known)
for _known in (fast_db_two_dimensional, fast_db_wrong_axis, fast_dw_flat):
    mistake("conv2d_backward_naive", like=_known)(_known)


_last: dict = {}


def _remembering_forward(x, w, b, stride=1, pad=0):
    out, _last["cache"] = product_forward(x, w, b, stride, pad)
    return out, _last["cache"]


@mistake("conv2d_backward", "the numbers of the last forward pass are used", loses=(EARLIER_CACHE,),
         hint="Where does your function get its numbers from, if another forward pass has "
              "run in between?", conv2d_forward=_remembering_forward)
def fast_stale(dout, cache):
    """Each backward pass belongs to one forward pass, not always the last one. What it needs stands
    in the cache that it is given."""
    return product_backward(dout, _last["cache"])


# shape_drill


def drilled(k, letter):
    """The right answers, but for number `k`."""
    answers = ["b", "c", "d", "a"]
    answers[k] = letter
    return tuple(answers)


@mistake("shape_drill", "nothing stands around the image", loses=("fourteen",),
         hint="What does output_size say of a, with its kernel, its stride and its padding?")
def drill_unpadded():
    """28 pixels and a stride of 2 do not make 14 windows: the last one must still fit. Without a
    frame there are 13."""
    return drilled(0, "a")


@mistake("shape_drill", "a frame where none is needed", loses=("fourteen",),
         hint="How many windows of 2 lie side by side on 28 pixels, and how many on 30?")
def drill_framed():
    """Kernel 2 and stride 2 cut the image into tiles, 14 along a side. The frame makes it 15."""
    return drilled(0, "c")


@mistake("shape_drill", "a frame too narrow for the kernel", loses=("fourteen",),
         hint="What does output_size say of d, with its kernel, its stride and its padding?")
def drill_narrow():
    """A kernel of 5 needs a wider frame than a kernel of 3 to make as many stops."""
    return drilled(0, "d")


@mistake("shape_drill", "the biases are not counted", loses=("learned",),
         hint="What is learned besides w?")
def drill_without_biases():
    """Each filter learns its kernel and one bias."""
    return drilled(1, "b")


@mistake("shape_drill", "the channels are not counted", loses=("learned",),
         hint="A window goes through all channels. Which shape has one kernel?")
def drill_without_channels():
    """A kernel has weights of its own for each channel."""
    return drilled(1, "a")


@mistake("shape_drill", "a bias for every channel", loses=("learned",),
         hint="How often is a bias added to one output?")
def drill_bias_per_channel():
    """A filter adds its bias once, after the sum over the channels."""
    return drilled(1, "d")


@mistake("shape_drill", "the columns of one image", loses=("columns",),
         hint="How many images are in the batch?")
def drill_one_image():
    """Every window of every image is a column."""
    return drilled(2, "b")


@mistake("shape_drill", "the columns without padding", loses=("columns",),
         hint="With padding 2, how many windows of 5 fit along 32 pixels?")
def drill_columns_unpadded():
    """The frame makes room for more windows."""
    return drilled(2, "c")


@mistake("shape_drill", "the rows are counted", loses=("columns",),
         hint="Which of the two sizes of cols grows with the batch?")
def drill_rows():
    """75 numbers stand in one window, one in each row. There is a column for each window."""
    return drilled(2, "a")


@mistake("shape_drill", "filters in place of channels", loses=("dx",),
         hint="How many channels has an image that this layer can see?")
def drill_filters():
    """dx has the shape of x, and x has three channels. The 16 maps belong to out."""
    return drilled(3, "b")


@mistake("shape_drill", "the size of the maps", loses=("dx",),
         hint="From which size does stride 2 make 14?")
def drill_map_size():
    """14 × 14 is the size of out. The images were about twice as large."""
    return drilled(3, "c")


@mistake("shape_drill", "the image with its frame", loses=("dx",),
         hint="What does output_size say of each size, with kernel 5, stride 2 and padding "
              "2?")
def drill_framed_dx():
    """32 × 32 has the image after padding. dx has the shape of x, without the frame."""
    return drilled(3, "d")


# echo_forward, echo_backward


def triples(x, w):
    """Every moment, every echo, and the moment at which it is heard."""
    return [(q, j, q + j) for q in range(x.shape[1]) for j in range(w.shape[1])]


def heard(x, w):
    """The right answer, with its cache."""
    out = np.zeros((len(x), len(w), x.shape[1] + w.shape[1] - 1), dtype=x.dtype)
    for q, j, u in triples(x, w):
        out[:, :, u] += np.outer(x[:, q], w[:, j])
    return out, (x, w)


@mistake("echo_forward", "the echoes come in reverse order", loses=("out",),
         hint="Play x = [1, 0, 0] in a room with w = [1, 0.5]. What do you hear first?")
def echo_not_turned(x, w):
    """Here the last echo comes first, and the sound itself at the end. The window of this chapter
    does that; the kernel of an echo is turned."""
    return heard(x, w[:, ::-1])


@mistake("echo_forward", "the last echoes are cut off", loses=("out",),
         hint="When is the last echo of the last moment heard?")
def echo_cut(x, w):
    """Out ends where the sound ends. Its last moments are still to be heard after that."""
    return heard(x, w)[0][:, :, :x.shape[1]], (x, w)


@mistake("echo_forward", "echoes that reach the end begin again at the start", loses=("out",),
         hint="What in your code goes on at the start when it comes to the end?")
def echo_around(x, w):
    """No echo is heard before its sound."""
    out = np.zeros((len(x), len(w), x.shape[1]), dtype=x.dtype)
    for q, j, u in triples(x, w):
        out[:, :, u % x.shape[1]] += np.outer(x[:, q], w[:, j])
    return out, (x, w)


@mistake("echo_forward", "only whole windows are heard", loses=("out",),
         hint="What is heard at moment 0, when no echo has come back yet?")
def echo_whole_windows(x, w):
    """These are the outputs in which all echoes are present. At the start and at the end there are
    fewer, and they are heard, too."""
    first, last = sorted((x.shape[1], w.shape[1]))
    return heard(x, w)[0][:, :, first - 1:last], (x, w)


@mistake("echo_forward", "echoes of earlier moments are overwritten", loses=("out",),
         hint="Several echoes arrive at the same moment. Which operator collects them?")
def echo_overwritten(x, w):
    """Only the last of the echoes that arrive at one moment is heard here, as with =. They add
    up."""
    out = heard(x, w)[0]
    for q, j, u in triples(x, w):
        out[:, :, u] = np.outer(x[:, q], w[:, j])
    return out, (x, w)


@mistake("echo_forward", "all echoes are heard at once", loses=("out",),
         hint="At which moment is echo j of moment q heard?")
def echo_at_once(x, w):
    """Every echo is added at the moment of its sound. Echo j is heard j moments later."""
    out = np.zeros((len(x), len(w), x.shape[1] + w.shape[1] - 1), dtype=x.dtype)
    for q, j, _ in triples(x, w):
        out[:, :, q] += np.outer(x[:, q], w[:, j])
    return out, (x, w)


def echo_gradients(dout, cache, *, at=lambda q, j, u: u):
    """dx and dw, where the slope is read at another moment."""
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for q, j, u in triples(x, w):
        slope = dout[:, :, at(q, j, u)]
        dx[:, q] += slope @ w[:, j]
        dw[:, j] += x[:, q] @ slope
    return dx, dw


@mistake("echo_backward", "the kernel is turned in dx, too", loses=("dx",),
         hint="At which moment is echo 0 of x[n, q] heard, and at which echo 1?")
def echo_dx_turned(dout, cache):
    """In the forward pass the kernel is turned. Seen from one moment of the sound, its echoes come
    in their own order, w[f, 0] first."""
    x, w = cache
    return echo_gradients(dout, (x, w[:, ::-1]))[0], echo_gradients(dout, cache)[1]


@mistake("echo_backward", "dx looks back to earlier moments", loses=("dx",),
         hint="When is a sound heard, before it sounds or after?")
def echo_dx_looks_back(dout, cache):
    """The slope of echo j was read at moment q - j, as if the echo came before its sound. It is
    heard at q + j, and its slope stands there."""
    x, w = cache
    dx, dw = echo_gradients(dout, cache)
    dx = np.zeros_like(dx)
    for q, j, _ in triples(x, w):
        if q >= j:
            dx[:, q] += dout[:, :, q - j] @ w[:, j]
    return dx, dw


@mistake("echo_backward", "dx is turned", loses=("dx",),
         hint="At which moments are the echoes of x[n, 0] heard?")
def echo_dx_reversed(dout, cache):
    """The right numbers stand in dx in reverse order: its first entry belongs to x[n, 0]."""
    dx, dw = echo_gradients(dout, cache)
    return dx[:, ::-1], dw


@mistake("echo_backward", "dw is turned", loses=("dw",),
         hint="Which weight did the sound itself meet, at the moment when it sounded?")
def echo_dw_turned(dout, cache):
    """The right numbers stand in dw in reverse order: its first entry belongs to w[f, 0]."""
    dx, dw = echo_gradients(dout, cache)
    return dx, dw[:, ::-1]


@mistake("echo_backward", "dout is ignored in dx", like=naive_dx_of_ones, loses=("dx",),
         hint="The share of an echo has two factors. Which is the other one, besides the "
              "weight?")
def echo_dx_of_ones(dout, cache):
    return echo_gradients(np.ones_like(dout), cache)[0], echo_gradients(dout, cache)[1]


@mistake("echo_backward", "dout is ignored in dw", like=naive_dx_of_ones, loses=("dw",),
         hint="The share of an echo has two factors. Which is the other one, besides the "
              "entry of x?")
def echo_dw_of_ones(dout, cache):
    return echo_gradients(dout, cache)[0], echo_gradients(np.ones_like(dout), cache)[1]


@mistake("echo_backward", "only the first room is counted in dx", loses=("dx",),
         hint="Where is a sound heard? What happens to gradients along several paths?")
def echo_dx_first_room(dout, cache):
    """Each sound is played in every room, and all rooms lie on the way to the loss."""
    x, w = cache
    return echo_gradients(dout[:, :1], (x, w[:1]))[0], echo_gradients(dout, cache)[1]


@mistake("echo_backward", "dw is a mean over the sounds", loses=("dw",),
         hint="Gradients along several paths are added. Which step of yours does more than add?")
def echo_dw_mean(dout, cache):
    """If the loss is a mean, its 1/N is already inside dout. The layer must only sum."""
    dx, dw = echo_gradients(dout, cache)
    return dx, dw / len(dout)


@mistake("echo_backward", "all echoes are read at the moment of the sound", loses=("dx", "dw"),
         hint="At which moment is echo j of moment q heard?")
def echo_without_delay(dout, cache):
    """Echo j is heard j moments after the sound, and its slope stands there."""
    return echo_gradients(dout, cache, at=lambda q, j, u: q)


@mistake("echo_backward", "dx and dw are exchanged", like=naive_dx_dw_exchanged,
         hint="In which order does the docstring list the two gradients?")
def echo_exchanged(dout, cache):
    """Both are right, and stand in each other's place: first dx, then dw."""
    return echo_gradients(dout, cache)[::-1]


@mistake("echo_backward", "nothing is added into dx", like=naive_dx_empty,
         hint="Which array do the slopes of the echoes go into, and which one is returned?")
def echo_dx_empty(dout, cache):
    """dx is still the array of zeros that it began as."""
    return np.zeros_like(cache[0]), echo_gradients(dout, cache)[1]


@mistake("echo_backward", "the last echoes are cut off", loses=("dx", "dw"),
         hint="When is the last echo of the last moment heard, and does your sum reach it?")
def echo_back_cut(dout, cache):
    """Only what is heard before the sound ends sends its slopes back. Out goes on after that, and
    its last moments are heard, too."""
    dout = dout.copy()
    dout[:, :, cache[0].shape[1]:] = 0
    return echo_gradients(dout, cache)


@mistake("echo_forward", "the cache is returned first, and out second", like=naive_cache_first,
         loses=("out",))
def echo_cache_first(x, w):
    return heard(x, w)[::-1]


# conv2d_forward_general, conv2d_backward_general


def parts(x, w, groups, channels=None, filters=None):
    """For each group its channels and its filters."""
    c, f = x.shape[1], len(w)
    for g in range(groups):
        yield (channels(g) if channels else slice(g * c // groups, (g + 1) * c // groups),
               filters(g) if filters else slice(g * f // groups, (g + 1) * f // groups))


def entries(w, dilation, stride, shape):
    """For each kernel entry, the slices of the padded image that it meets."""
    for i, j in np.ndindex(w.shape[2:]):
        top, left = dilation * i, dilation * j
        yield (i, j), (slice(top, top + stride * shape[0], stride),
                       slice(left, left + stride * shape[1], stride))


def general_forward(x, w, b, stride, pad, dilation, groups, *, covers=None, **ways):
    """The general forward pass, in the order of the reference."""
    covers = covers or (lambda k: dilation * (k - 1) + 1)
    shape = tuple(windows(s, covers(k), stride, pad)
                  for s, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), *shape), dtype=x.dtype) + b[:, None, None]
    padded = framed(x, pad)
    for channels, filters in parts(x, w, groups, **ways):
        for (i, j), (rows, columns) in entries(w, dilation, stride, shape):
            out[:, filters] += np.einsum(
                "ncuv,fc->nfuv", padded[:, channels, rows, columns], w[filters, :, i, j])
    return out, (x, w, b, stride, pad, dilation, groups)


@mistake("conv2d_forward_general", "the dilation is ignored", loses=(DILATION, GROUPS),
         hint="Which row of the padded image does kernel row i meet?")
def general_without_dilation(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """The entries of the kernel lie D pixels apart, so entry i meets row S u + D i."""
    return general_forward(x, w, b, stride, pad, 1, groups)


@mistake("conv2d_forward_general", "the kernel is taken for D * HH rows high",
         loses=(DILATION, GROUPS),
         hint="Draw a kernel of 3 with D = 2. How many pixels from the first to the last?")
def general_covers_too_much(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """There are HH - 1 gaps between HH entries. The kernel covers D (HH - 1) + 1 rows."""
    return general_forward(x, w, b, stride, pad, dilation, groups, covers=lambda k: dilation * k)


@mistake("conv2d_forward_general", "all filters see the first group of channels",
         loses=(GROUPS,), hint="Which channels does the last filter see?")
def general_first_channels(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """The kernel has only the channels of one group. Which channels of the image these are depends
    on the filter."""
    size = x.shape[1] // groups
    return general_forward(x, w, b, stride, pad, dilation, groups,
                           channels=lambda g: slice(0, size))


@mistake("conv2d_forward_general", "the channels of a group are not neighbours",
         loses=(GROUPS,),
         hint="With C = 4 and two groups, which channels does the first group hold?")
def general_channels_dealt(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """The channels are cut into parts, not dealt out like cards."""
    return general_forward(x, w, b, stride, pad, dilation, groups,
                           channels=lambda g: slice(g, None, groups))


@mistake("conv2d_forward_general", "the filters of a group are not neighbours",
         loses=(GROUPS,),
         hint="With F = 6 and two groups, which filters does the first group hold?")
def general_filters_dealt(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    """Filter f belongs to group f // (F // groups). This is f % groups."""
    return general_forward(x, w, b, stride, pad, dilation, groups,
                           filters=lambda g: slice(g, None, groups))


def general_backward(dout, cache, *, dilation=None, add=True, strip=True, **ways):
    """The general backward pass, in the order of the reference."""
    x, w, _, stride, pad, own_dilation, groups = cache
    padded = framed(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for channels, filters in parts(x, w, groups, **ways):
        slopes = dout[:, filters]
        for (i, j), (rows, columns) in entries(w, dilation or own_dilation, stride, dout.shape[2:]):
            here = (slice(None), channels, rows, columns)
            dw[filters, :, i, j] = np.einsum("nfuv,ncuv->fc", slopes, padded[here])
            share = np.einsum("nfuv,fc->ncuv", slopes, w[filters, :, i, j])
            dpadded[here] = dpadded[here] + share if add else share
    if strip:
        dpadded = dpadded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dpadded, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d_backward_general", "the dilation is ignored", loses=(DILATION, GROUPS),
         hint="From which places has the forward pass read?")
def general_back_without_dilation(dout, cache):
    """Without the gaps between the entries, the gradients go to other pixels than those that were
    read."""
    return general_backward(dout, cache, dilation=1)


@mistake("conv2d_backward_general", "copies overwrite each other in dx",
         loses=(DILATION, GROUPS),
         hint="A pixel that is read several times collects each time. Which operator does that?")
def general_back_overwritten(dout, cache):
    """Only the last entry that met a pixel counts here, as with =. The shares of all of them add
    up."""
    return general_backward(dout, cache, add=False)


@mistake("conv2d_backward_general", "all groups are given the first channels",
         loses=(GROUPS,), hint="From which channels did the forward pass read for this group?")
def general_back_first_channels(dout, cache):
    """Each group has its own channels. It has read from them, and their gradients belong there."""
    size = cache[0].shape[1] // cache[6]
    return general_backward(dout, cache, channels=lambda g: slice(0, size))


@mistake("conv2d_backward_general", like=general_filters_dealt)
def general_back_filters_dealt(dout, cache):
    return general_backward(dout, cache, filters=lambda g: slice(g, None, cache[6]))


@mistake("conv2d_backward_general", like=naive_dx_dw_exchanged, loses=(DILATION, GROUPS))
def general_back_exchanged(dout, cache):
    dx, dw, db = general_backward(dout, cache)
    return dw, dx, db


@mistake("conv2d_backward_general", like=naive_dx_empty, loses=(DILATION, GROUPS))
def general_back_dx_empty(dout, cache):
    return np.zeros_like(cache[0]), *general_backward(dout, cache)[1:]


@mistake("conv2d_backward_general", "the frame is not cut off", loses=(DILATION, GROUPS),
         hint="Which shape should dx have, and which has yours?")
def general_back_not_stripped(dout, cache):
    """The gradient of the padded image has a frame. x has none."""
    return general_backward(dout, cache, strip=False)


# recap_convolution


def recapped(k, letter):
    """The right answers, but for number `k`."""
    answers = ["c", "d", "a"]
    answers[k] = letter
    return tuple(answers)


@mistake("recap_convolution", "one weight, one output", loses=("shared",),
         hint="The window moves on by one pixel. Which weights does it use now?")
def recap_one_output():
    """In an affine layer a weight belongs to one output of each sample. Here all windows share
    it."""
    return recapped(0, "a")


@mistake("recap_convolution", "a weight is taken for a pixel", loses=("shared",),
         hint="The question is about w, not about x: in which windows is the weight used?")
def recap_pixel():
    """A pixel touches the outputs whose windows hold it. A weight goes with the window
    everywhere."""
    return recapped(0, "b")


@mistake("recap_convolution", "all filters share one kernel", loses=("shared",),
         hint="What does the first index of w count?")
def recap_all_filters():
    """Windows share a kernel, filters do not: each has its own."""
    return recapped(0, "d")


@mistake("recap_convolution", "col2im is taken for the inverse", loses=("round_trip",),
         hint="How many copies of the pixel in the middle does im2col make?")
def recap_inverse():
    """The inverse would give the image back. The transpose adds up all copies of a pixel."""
    return recapped(1, "a")


@mistake("recap_convolution", "three windows are counted", loses=("round_trip",),
         hint="Windows move across. Do they move in another direction, too?")
def recap_one_side():
    """Three windows hold the middle as they move across, and that three times as they move down."""
    return recapped(1, "b")


@mistake("recap_convolution", "four windows are counted", loses=("round_trip",),
         hint="How many rows and columns of outputs does this layer have?")
def recap_smaller_kernel():
    """Four windows of 2 × 2 hold a pixel in the middle of an image. This kernel is 3 × 3."""
    return recapped(1, "c")


@mistake("recap_convolution", "the kernel grows with the image", loses=("larger",),
         hint="It is the same layer: what was chosen when it was made?")
def recap_kernel_grows():
    """A kernel has its size, whatever it looks at. There are only more windows."""
    return recapped(2, "b")


@mistake("recap_convolution", "dw grows with the image", loses=("larger",),
         hint="Of which array does dw have the shape?")
def recap_dw_grows():
    """More windows mean more terms in each sum, not more entries: dw has the shape of w."""
    return recapped(2, "c")


@mistake("recap_convolution", "db grows with the image", loses=("larger",),
         hint="Of which array does db have the shape?")
def recap_db_grows():
    """More outputs mean more terms in each sum, not more entries: a filter has one bias."""
    return recapped(2, "d")
