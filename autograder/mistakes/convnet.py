"""Known mistakes of 10_convnet: pooling and the questions. Those of the network: `convnets`."""

from __future__ import annotations

import numpy as np

from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.convnet import (
    BOTH,
    ENTRY,
    FLOOR,
    OVERLAP,
    SINGLE,
    TIES,
    TOGETHER,
    outputs_of,
)
from autograder.mistakes.convnets import MISTAKES as OF_NETWORKS

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

DOUT = np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])
WINNERS = ((0, 1), (1, 2), (1, 5), (3, 0), (2, 3), (3, 4))


def routed(values) -> np.ndarray:
    """Six values at the pixels that win."""
    dx = np.zeros((4, 6))
    for place, value in zip(WINNERS, np.ravel(values), strict=True):
        dx[place] = value
    return dx


# predict_routing


@mistake("predict_routing", "every pixel of a window receives its gradient", loses=("dx",),
         hint="In the first window, the 1 grows to 1.1. Does the largest number of the window "
              "change?")
def routing_to_all():
    """An output notices only its largest pixel. The other three may move a little, and nothing
    happens."""
    return np.kron(DOUT, np.ones((2, 2)))


@mistake("predict_routing", "the gradient is shared among the four pixels", loses=("dx",),
         hint="When the largest pixel of a window grows by 1, by how much does its output grow?")
def routing_shared():
    """That would be the mean of a window. Its maximum depends on one pixel, with slope 1."""
    return np.kron(DOUT, np.full((2, 2), 0.25))


@mistake("predict_routing", "the outputs are routed back, not their gradients", loses=("dx",),
         hint="What comes back at the first window: its output, or its entry of dout?")
def routing_values():
    """The places are right. What travels back is dout, not out."""
    return routed([5, 7, 6, 3, 8, 9])


@mistake("predict_routing", "ones in place of the gradients", loses=("dx",),
         hint="Along a path slopes are multiplied. What is the factor behind the layer?")
def routing_ones():
    """The slope of each output is 1. The slope of the loss is dout times as large."""
    return routed(np.ones(6))


@mistake("predict_routing", "the top left pixel of each window receives the gradient",
         loses=("dx",), hint="Which number of the first window is its output?")
def routing_to_corner():
    """The gradient goes where the output came from, and that is the largest pixel."""
    return np.kron(DOUT, np.array([[1.0, 0.0], [0.0, 0.0]]))


# pool_dx_entry


def wins(x, dout, r, q, HH, WW, stride, won=None):
    """dout of all windows that hold the pixel, and that it wins."""
    found = []
    for u, v in np.ndindex(dout.shape):
        if 0 <= r - stride * u < HH and 0 <= q - stride * v < WW:
            window = x[stride * u:stride * u + HH, stride * v:stride * v + WW]
            if (won or (lambda window: x[r, q] == window.max()))(window):
                found.append(dout[u, v])
    return found


@mistake("pool_dx_entry", "every window that holds the pixel counts", loses=(ENTRY, OVERLAP),
         hint="Does the output of a window notice a pixel that is not its largest?")
def entry_all_windows(x, dout, r, q, HH, WW, stride):
    """A window passes its gradient to its largest pixel. Where this pixel is not the largest, it
    receives nothing."""
    return float(sum(wins(x, dout, r, q, HH, WW, stride, lambda window: True)))


@mistake("pool_dx_entry", "only the first window that the pixel wins is counted",
         loses=(OVERLAP,), hint="How many windows can hold one pixel, if the stride is 1?")
def entry_one_window(x, dout, r, q, HH, WW, stride):
    """Each window that the pixel wins is a path to the loss, and the paths add up."""
    return float((wins(x, dout, r, q, HH, WW, stride) or [0.0])[0])


@mistake("pool_dx_entry", "only the last window that the pixel wins is counted",
         like=entry_one_window)
def entry_last_window(x, dout, r, q, HH, WW, stride):
    return float((wins(x, dout, r, q, HH, WW, stride) or [0.0])[-1])


@mistake("pool_dx_entry", "a mean over the windows instead of a sum", loses=(OVERLAP,),
         hint="What becomes of gradients along several paths, and what does yours do "
              "besides?")
def entry_mean(x, dout, r, q, HH, WW, stride):
    """Nothing divides by the number of windows that a pixel wins."""
    return float(np.mean(wins(x, dout, r, q, HH, WW, stride) or [0.0]))


@mistake("pool_dx_entry", "dout is ignored", loses=(ENTRY, OVERLAP),
         hint="Each path has two factors, one in the layer and one behind it. Which are in "
              "your sum?")
def entry_without_dout(x, dout, r, q, HH, WW, stride):
    """This counts the windows that the pixel wins. Each of them passes on its dout."""
    return float(len(wins(x, dout, r, q, HH, WW, stride)))


@mistake("pool_dx_entry", "the value of the pixel is a factor", loses=(ENTRY, OVERLAP),
         hint="When the largest pixel grows by 1, by how much does the output grow?")
def entry_times_x(x, dout, r, q, HH, WW, stride):
    """The output is the pixel itself, with slope 1, however large it is."""
    return float(x[r, q] * sum(wins(x, dout, r, q, HH, WW, stride)))


@mistake("pool_dx_entry", "compared with the whole map, not with the window",
         loses=(ENTRY, OVERLAP), hint="Among which pixels must this one be the largest?")
def entry_whole_map(x, dout, r, q, HH, WW, stride):
    """A pixel wins a window if it is the largest of that window. Elsewhere there may be larger
    ones."""
    return float(sum(wins(x, dout, r, q, HH, WW, stride, lambda window: x[r, q] == x.max())))


def counted(of_row, of_column):
    """The entry where the pixel's place in a window is counted in another way, down and across."""
    def entry(x, dout, r, q, HH, WW, stride):
        total = 0.0
        for u, v in np.ndindex(dout.shape):
            if 0 <= of_row(r - stride * u) < HH and 0 <= of_column(q - stride * v) < WW:
                window = x[stride * u:stride * u + HH, stride * v:stride * v + WW]
                total += dout[u, v] * (x[r, q] == window.max())
        return float(total)

    return entry


@mistake("pool_dx_entry", "the row in the window has the wrong sign", loses=(ENTRY, OVERLAP),
         hint="A window begins at row 3, the pixel lies in row 4. Which i comes out?")
def entry_row_sign(x, dout, r, q, HH, WW, stride):
    """The row in the window is that of the pixel minus the one that the window begins with."""
    return counted(lambda i: -i, lambda j: j)(x, dout, r, q, HH, WW, stride)


@mistake("pool_dx_entry", "the column in the window has the wrong sign", loses=(ENTRY, OVERLAP),
         hint="A window begins at column 3, the pixel lies in column 4. Which j comes out?")
def entry_column_sign(x, dout, r, q, HH, WW, stride):
    """The column in the window is that of the pixel minus the one that the window begins with."""
    return counted(lambda i: i, lambda j: -j)(x, dout, r, q, HH, WW, stride)


@mistake("pool_dx_entry", "row and column in the window have the wrong sign",
         loses=(ENTRY, OVERLAP),
         hint="A window begins at row 3, the pixel lies in row 4. Which i comes out?")
def entry_both_signs(x, dout, r, q, HH, WW, stride):
    """The place in the window is that of the pixel minus the one at which the window begins."""
    return counted(lambda i: -i, lambda j: -j)(x, dout, r, q, HH, WW, stride)


@mistake("pool_dx_entry", "the first row of every window is left out", loses=(ENTRY, OVERLAP),
         hint="Which i has a pixel in the first row of a window? Does your condition allow it?")
def entry_without_first_row(x, dout, r, q, HH, WW, stride):
    """Rows of a window are counted from 0, and the pixels of row 0 may win it."""
    return counted(lambda i: i if i else -1, lambda j: j)(x, dout, r, q, HH, WW, stride)


@mistake("pool_dx_entry", "the first column of every window is left out", loses=(ENTRY, OVERLAP),
         hint="Which j has a pixel in the first column of a window? Does your condition allow it?")
def entry_without_first_column(x, dout, r, q, HH, WW, stride):
    """Columns of a window are counted from 0, and the pixels of column 0 may win it."""
    return counted(lambda i: i, lambda j: j if j else -1)(x, dout, r, q, HH, WW, stride)


# max_pool_forward, avg_pool_forward


def pooled(x, HH, WW, stride, reduce, up=False):
    """Windows reduced to one number each; with `up` also those that hang over the border."""
    def count(size, window):
        return 1 - (-(size - window) // stride) if up else outputs_of(size, window, stride)

    N, C, H, W = x.shape
    out = np.zeros((N, C, count(H, HH), count(W, WW)), dtype=x.dtype)
    for u, v in np.ndindex(out.shape[2:]):
        top, left = stride * u, stride * v
        out[:, :, u, v] = reduce(x[:, :, top:top + HH, left:left + WW])
    return out


def largest(window):
    return window.max(axis=(2, 3))


def mean(window):
    return window.mean(axis=(2, 3))


def max_cache(x, out, HH, WW, stride):
    return out, (x, out, HH, WW, stride)


@mistake("max_pool_forward", "outputs below 0 become 0", loses=("out",),
         hint="What is the largest of -3, -1 and -2?")
def forward_from_zero(x, HH, WW, stride):
    """Where all numbers of a window are negative, so is the largest. If a comparison begins at 0,
    0 wins: begin with a number of the window, or with -np.inf."""
    return max_cache(x, np.maximum(0, pooled(x, HH, WW, stride, largest)), HH, WW, stride)


@mistake("max_pool_forward", "the mean of each window", loses=("out",),
         hint="The first window of the example holds 1, 5, 4 and 2. What should come out, "
              "and what does?")
def forward_mean(x, HH, WW, stride):
    """This is average pooling. Max pooling keeps the largest number."""
    return max_cache(x, pooled(x, HH, WW, stride, mean), HH, WW, stride)


@mistake("max_pool_forward", "the smallest number of each window", loses=("out",),
         hint="The first window of the example holds 1, 5, 4 and 2. What should come out, "
              "and what does?")
def forward_smallest(x, HH, WW, stride):
    """A window's output is its largest number, not its smallest."""
    smallest = pooled(x, HH, WW, stride, lambda window: window.min(axis=(2, 3)))
    return max_cache(x, smallest, HH, WW, stride)


@mistake("max_pool_forward", "the number of windows is rounded up", loses=(FLOOR,),
         hint="Which way does // round?")
def forward_rounded_up(x, HH, WW, stride):
    """The window that rounding up adds hangs over the border. Rows and columns that are left over
    are in no window."""
    return max_cache(x, pooled(x, HH, WW, stride, largest, up=True), HH, WW, stride)


@mistake("max_pool_forward", "sizes with a remainder are refused", loses=(FLOOR,),
         hint="What does the chapter say about rows and columns that are left over?")
def forward_refuses(x, HH, WW, stride):
    """In this course a remainder is no error: what is left over is in no window."""
    if (x.shape[2] - HH) % stride or (x.shape[3] - WW) % stride:
        raise ValueError("windows do not fit")
    return max_cache(x, pooled(x, HH, WW, stride, largest), HH, WW, stride)


@mistake("max_pool_forward", "the windows lie side by side, whatever the stride", loses=("out",),
         hint="In which row and column does the window of output (u, v) begin?")
def forward_without_stride(x, HH, WW, stride):
    """Windows move by the stride. Only if it equals their size do they lie side by side."""
    N, C, H, W = x.shape
    x_cut = x[:, :, :H // HH * HH, :W // WW * WW]
    out = x_cut.reshape(N, C, H // HH, HH, W // WW, WW).max(axis=(3, 5))
    return max_cache(x, out, HH, WW, stride)


@mistake("max_pool_forward", "HH and WW are exchanged", loses=("out",),
         hint="Which size of the window belongs to the height of the image?")
def forward_exchanged(x, HH, WW, stride):
    """With square windows nobody would notice. HH is the height of a window."""
    return max_cache(x, pooled(x, WW, HH, stride, largest), HH, WW, stride)


@mistake("max_pool_forward", "the largest over all channels", loses=("out",),
         hint="Which shape has out, and how many channels are in it?")
def forward_over_channels(x, HH, WW, stride):
    """Every channel is pooled by itself: a strong answer of one filter must not hide another."""
    out = pooled(x, HH, WW, stride, lambda window: np.broadcast_to(
        window.max(axis=(1, 2, 3))[:, np.newaxis], window.shape[:2]))
    return max_cache(x, out, HH, WW, stride)


def slices(x, HH, WW, stride):
    """The slice of x that each place of a window has, without an end."""
    return [np.s_[:, :, i::stride, j::stride] for i, j in np.ndindex(HH, WW)]


@mistake("max_pool_forward", "the slices run on to the border", loses=("out", FLOOR),
         hint="How many rows are in a slice that has a step and no end, and how many has "
              "out?")
def forward_endless_slices(x, HH, WW, stride):
    """Each slice must have one entry for each window. A slice without an end also takes pixels
    behind the last window, and slices of different places are then of different lengths."""
    out = np.full_like(pooled(x, HH, WW, stride, largest), -np.inf)
    for here in slices(x, HH, WW, stride):
        out = np.maximum(out, x[here])
    return max_cache(x, out, HH, WW, stride)


@mistake("max_pool_forward", "out is float64 whatever x is", loses=(SINGLE,),
         hint="Which dtype has each of the arrays that you make yourself?")
def forward_double(x, HH, WW, stride):
    """An array of float64 makes all that is computed with it float64, and every layer behind takes
    twice as long. np.full, np.zeros and np.ones make float64, unless dtype says something else."""
    return max_cache(x, pooled(x, HH, WW, stride, largest).astype(np.float64), HH, WW, stride)


@mistake("max_pool_forward", "the outputs are counted down, and taken for those across",
         loses=("out",),
         hint="With an image that is wider than high, which of the two numbers of outputs is "
              "larger?")
def forward_one_count(x, HH, WW, stride):
    """The number of windows across is taken from H and HH. It depends on W and WW; with square
    images and windows nobody would notice."""
    return max_cache(x, with_one_count(pooled(x, HH, WW, stride, largest)), HH, WW, stride)


def with_one_count(out):
    """As many columns as rows; those that have no window hold zeros."""
    square = np.zeros((*out.shape[:3], out.shape[2]), dtype=out.dtype)
    columns = min(out.shape[2:])
    square[..., :columns] = out[..., :columns]
    return square


@mistake("max_pool_forward", "the cache is returned first, and out second", loses=("out",),
         hint="In which order does the docstring list what is returned?")
def forward_cache_first(x, HH, WW, stride):
    """The two results are exchanged. Whatever unpacks them takes one for the other."""
    return max_cache(x, pooled(x, HH, WW, stride, largest), HH, WW, stride)[::-1]


# max_pool_backward


def scattered(dout, cache, one, assign=False):
    """dx window by window: ``one(window)`` says which part of dout each pixel gets."""
    x, _, HH, WW, stride = cache
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        here = np.s_[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        share = one(x[here]) * dout[n, c, u, v]
        dx[here] = share if assign else dx[here] + share
    return dx


def first_of(window):
    """1 at the first of the largest pixels in reading order."""
    mask = np.zeros(window.shape)
    mask[np.unravel_index(window.argmax(), window.shape)] = 1
    return mask


def all_of(window):
    return (window == window.max()).astype(float)


def shared_by(window):
    return all_of(window) / all_of(window).sum()


def last_of(window):
    return first_of(window[::-1, ::-1])[::-1, ::-1]


def first_by_columns(window):
    return first_of(window.T).T


@mistake("max_pool_backward", "all of the equal pixels get the whole gradient", loses=(TIES,),
         hint="Where two pixels are the largest, how many of them may receive the gradient?")
def backward_to_all_equal(dout, cache):
    """In each window one pixel gets the gradient: the first of the largest in reading order. Here
    equal ones all got it, and more came back than was sent."""
    # All images at once: with this one, networks are trained in the tests.
    x, _, HH, WW, stride = cache
    dx = np.zeros_like(x)
    for u, v in np.ndindex(dout.shape[2:]):
        here = np.s_[:, :, stride * u:stride * u + HH, stride * v:stride * v + WW]
        largest = x[here].max(axis=(2, 3), keepdims=True)
        dx[here] += (x[here] == largest) * dout[:, :, u:u + 1, v:v + 1]
    return dx


@mistake("max_pool_backward", "equal pixels share the gradient", loses=(TIES,),
         hint="What is the rule of this course at a tie?")
def backward_equal_share(dout, cache):
    """It is a rule one could have. In this course the first in reading order gets all."""
    return scattered(dout, cache, shared_by)


@mistake("max_pool_backward", "of equal pixels the last gets the gradient", loses=(TIES,),
         hint="In which order do you walk through the window, and may a later pixel take over?")
def backward_to_last(dout, cache):
    """The first of the largest in reading order gets the gradient, not the last."""
    return scattered(dout, cache, last_of)


@mistake("max_pool_backward", "of equal pixels the first by columns gets the gradient",
         loses=(TIES,), hint="Row 0 and column 1, or row 1 and column 0: which place comes "
         "first in reading order, and which in yours?")
def backward_by_columns(dout, cache):
    """Reading order goes row by row: all columns of the first row come before the second row."""
    return scattered(dout, cache, first_by_columns)


@mistake("max_pool_backward", "overlapping windows overwrite each other", loses=(OVERLAP,),
         hint="What must happen to a pixel that receives from two windows?")
def backward_overwrites(dout, cache):
    """A pixel can be the largest of several windows. What comes from them is added."""
    return scattered(dout, cache, first_of, assign=True)


@mistake("max_pool_backward", "only the last window that a pixel wins counts", loses=(OVERLAP,),
         hint="What must happen to a pixel that receives from two windows?")
def backward_last_window(dout, cache):
    """A pixel can be the largest of several windows. What comes from them is added. Here the last
    of them puts its gradient in place of the others."""
    x, _, HH, WW, stride = cache
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        here = dx[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        window = x[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        here[np.unravel_index(window.argmax(), window.shape)] = dout[n, c, u, v]
    return dx


@mistake("max_pool_backward", "each slice overwrites what the slices before it have sent",
         loses=(OVERLAP,), hint="What must happen to a pixel that receives from two windows?")
def backward_slices_overwrite(dout, cache):
    """If windows overlap, a pixel stands in several slices, and it may win in more than one of
    them. What comes from them is added. Here the last slice puts its numbers, and its zeros, in
    place of the others."""
    return by_slices(dout, cache, winners(cache, dout.shape), assign=True)


@mistake("max_pool_backward", "the slices run on to the border", loses=("dx", OVERLAP, FLOOR),
         like=forward_endless_slices)
def backward_endless_slices(dout, cache):
    """dout has one entry for each window. A slice of dx without an end also takes pixels behind the
    last window: most often it does not fit to dout, and sometimes dout is repeated."""
    return by_slices(dout, cache, winners(cache, dout.shape), endless=True)


@mistake("max_pool_backward", "dx is float64 whatever x is", loses=(SINGLE,), like=forward_double)
def backward_double(dout, cache):
    return scattered(dout, cache, first_of).astype(np.float64)


def cached_as(place):
    """A forward function whose cache holds other places: ``place(x, HH, WW, stride, shape)``."""
    def forward(x, HH, WW, stride):
        out = pooled(x, HH, WW, stride, largest)
        return out, (x, place(x, HH, WW, stride, out.shape), HH, WW, stride)
    return forward


def place_of(number):
    """Places that ``number(window)`` gives for each window."""
    def places(x, HH, WW, stride, shape):
        place = np.zeros(shape, dtype=np.int16)
        for n, c, u, v in np.ndindex(shape):
            place[n, c, u, v] = number(x[n, c, stride * u:stride * u + HH,
                                         stride * v:stride * v + WW])
        return place
    return places


def winners(cache, shape):
    """The right places, found anew."""
    return place_of(np.argmax)(*(cache[k] for k in (0, 2, 3, 4)), shape)


def by_slices(dout, cache, place, assign=False, endless=False):
    """dx slice by slice, as the text describes it."""
    x, _, HH, WW, stride = cache
    dx = np.zeros_like(x)
    for k, here in enumerate(slices(x, HH, WW, stride)):
        won = dout * (place == k)
        if not endless:
            here = (*here[:2], *(slice(s.start, s.start + stride * n, stride)
                                 for s, n in zip(here[2:], dout.shape[2:], strict=True)))
        dx[here] = won if assign else dx[here] + won
    return dx


def from_cache(dout, cache):
    """A right backward function that believes the places in the cache."""
    return by_slices(dout, cache, cache[1])


@mistake("max_pool_backward", "the places in the cache are numbered from 1", loses=(TOGETHER,),
         hint="In max_pool_forward: which k has the top left pixel of a window?",
         max_pool_forward=cached_as(place_of(lambda window: 1 + window.argmax())))
def backward_numbered_from_1(dout, cache):
    """max_pool_backward is right with the cache that the text describes, in which the first place
    has the number 0. Your max_pool_forward counts from 1, so that every gradient arrives one place
    further on, or nowhere."""
    return from_cache(dout, cache)


def high_for_wide(window):
    i, j = np.unravel_index(window.argmax(), window.shape)
    return i * len(window) + j


@mistake("max_pool_backward", "the places in the cache are counted with HH for WW",
         loses=(TOGETHER,),
         hint="In max_pool_forward: how many places of a window are in the rows above row i?",
         max_pool_forward=cached_as(place_of(high_for_wide)))
def backward_high_for_wide(dout, cache):
    """max_pool_backward is right with the cache that the text describes. Your max_pool_forward
    counts i * HH + j. With square windows nobody would notice, but each row of a window has WW
    places."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "the places in the cache are counted column by column",
         loses=(TOGETHER,),
         hint="In max_pool_forward: which place has the number 1, the one to the right or the one "
              "below?", max_pool_forward=cached_as(place_of(lambda window: window.T.argmax())))
def backward_counted_down(dout, cache):
    """max_pool_backward is right with the cache that the text describes. Your max_pool_forward does
    not count in reading order: all places of the first row come before the second row."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "in the forward pass, no place beyond 127 wins", loses=(TOGETHER,),
         hint="In max_pool_forward: which dtype has place, and which is the largest number that "
              "it holds?",
         max_pool_forward=cached_as(place_of(lambda window: window.ravel()[:128].argmax())))
def backward_of_eight_bits(dout, cache):
    """max_pool_backward is right with the cache that the text describes. Your max_pool_forward
    never enters a place beyond 127. In eight bits such numbers become negative, and the larger one
    of two numbers is then the earlier place."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "places beyond 127 are cut to eight bits",
         like=backward_of_eight_bits,
         max_pool_forward=cached_as(place_of(lambda window: window.argmax().astype(np.int8))))
def backward_of_negative_places(dout, cache):
    """max_pool_backward is right with the cache that the text describes. In the cache of your
    max_pool_forward place has eight bits. Numbers beyond 127 become negative there, and the
    gradients of these windows arrive nowhere."""
    return from_cache(dout, cache)


@mistake("max_pool_backward",
         "the places are counted column by column, and cut to eight bits", loses=(TOGETHER,),
         hint="In max_pool_forward: which place has the number 1, the one to the right or the one "
              "below? And which is the largest number that the dtype of place holds?",
         max_pool_forward=cached_as(place_of(lambda window: window.T.argmax().astype(np.int8))))
def backward_counted_down_in_eight_bits(dout, cache):
    """max_pool_backward is right with the cache that the text describes. Your max_pool_forward does
    not count in reading order: all places of the first row come before the second row. And place
    has eight bits, in which numbers beyond 127 become negative."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "in the forward pass, of equal pixels the last one wins",
         loses=(TOGETHER,),
         hint="In max_pool_forward: where two places are equal, may the later one take over?",
         max_pool_forward=cached_as(place_of(
             lambda window: window.size - 1 - window.ravel()[::-1].argmax())))
def backward_last_place(dout, cache):
    """max_pool_backward is right with the cache that the text describes, where of equal pixels the
    first one in reading order has won. In the cache of your max_pool_forward it is the last one."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "place is 0 everywhere", loses=(TOGETHER,),
         hint="In max_pool_forward: with which out must a slice be compared, the one before it was "
              "looked at, or the one after?",
         max_pool_forward=cached_as(place_of(lambda window: 0)))
def backward_never_taken_over(dout, cache):
    """max_pool_backward is right with the cache that the text describes. In the cache of your
    max_pool_forward no later place ever takes over, which happens if the comparison comes when out
    already holds the larger number."""
    return from_cache(dout, cache)


@mistake("max_pool_backward", "every pixel of a window gets the gradient",
         loses=("dx",),
         hint="Does the output of a window notice a pixel that is not its largest?")
def backward_to_every_pixel(dout, cache):
    """Only the largest pixel of a window touches its output. The others receive nothing."""
    return scattered(dout, cache, np.ones_like)


@mistake("max_pool_backward", "dout is ignored", loses=("dx",),
         hint="The chain rule multiplies. What is the other factor?")
def backward_without_dout(dout, cache):
    """This marks the pixels that win. What they receive is dout."""
    return scattered(np.ones_like(dout), cache, first_of)


@mistake("max_pool_backward", "pixels in no window are cut off", loses=(FLOOR,),
         hint="Which shape does dx have?")
def backward_cut(dout, cache):
    """dx has the shape of x, also where x has rows and columns that are left over: they receive
    0."""
    _, _, HH, WW, stride = cache
    rows, columns = (stride * (n - 1) + k for n, k in zip(dout.shape[2:], (HH, WW), strict=True))
    return scattered(dout, cache, first_of)[:, :, :rows, :columns]


@mistake("max_pool_backward", "compared with the whole array, not with the window",
         loses=("dx",),
         hint="Among which pixels must one be the largest to get the gradient?")
def backward_whole_array(dout, cache):
    """A pixel gets the gradient if it is the largest of its window. Here it had to be the largest
    of all."""
    top = cache[0].max()
    return scattered(dout, cache, lambda window: (window == top).astype(float))


@mistake("max_pool_backward", "dx is 0 everywhere", loses=("dx",),
         hint="Which array do your slices add to, and which one is returned?")
def backward_empty(dout, cache):
    """dx is the array of zeros that it began as: nothing has been added into it, or only
    zeros."""
    return np.zeros_like(cache[0])


@mistake("max_pool_backward", "the slices are numbered with HH for WW", loses=("dx", OVERLAP, TIES),
         hint="How many places of a window are in the rows above row i?")
def backward_slices_by_height(dout, cache):
    """The slice of row i and column j belongs to the place i * WW + j. With another number a slice
    takes what is meant for another place, or two slices take the same."""
    x, _, HH, WW, stride = cache
    place, dx = winners(cache, dout.shape), np.zeros_like(x)
    for i, j in np.ndindex(HH, WW):
        here = (..., *(slice(k, k + stride * n, stride)
                       for k, n in zip((i, j), dout.shape[2:], strict=True)))
        dx[here] += dout * (place == i * HH + j)
    return dx


@mistake("max_pool_backward", "row and column of the place are worked out with HH for WW",
         loses=("dx", OVERLAP, TIES),
         hint="How many places of a window are in the rows above row i?")
def backward_divided_by_height(dout, cache):
    """The place k is number i * WW + j in its window: each row has WW places. With square windows
    nobody would notice."""
    x, _, HH, _, stride = cache
    place, dx = winners(cache, dout.shape), np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        i, j = divmod(int(place[n, c, u, v]), HH)
        if stride * u + i < x.shape[2] and stride * v + j < x.shape[3]:
            dx[n, c, stride * u + i, stride * v + j] += dout[n, c, u, v]
    return dx


# exposing_image


@mistake("exposing_image", "all pixels differ", loses=("x",),
         hint="On blank paper, how do the pixels of a window compare?")
def image_all_different():
    """Without equal pixels one alone is the largest of each window, and the mask is right."""
    return np.arange(16.0).reshape(4, 4)


@mistake("exposing_image", "the equal pixels are not the largest", loses=("x",),
         hint="With what does the function compare the pixels of a window?")
def image_small_ties():
    """The mask marks the largest. Equal pixels that are smaller get nothing, as it should be."""
    x = np.arange(16.0).reshape(4, 4)
    x[0, 0] = x[0, 1]
    return x


@mistake("exposing_image", "the equal pixels lie in different windows", loses=("x",),
         hint="If you draw the four windows into your image, in which of them do the equal "
              "pixels lie?")
def image_ties_apart():
    """Each window is looked at alone. Two pixels must be equal in one of them."""
    x = np.arange(16.0).reshape(4, 4)
    x[1, 1] = x[1, 2] = 20.0
    return x


@mistake("exposing_image", "a single window", loses=("x",), hint="Which shape is asked for?")
def image_of_one_window():
    """This would do in one window of 2 × 2. An image of 4 × 4 is asked for."""
    return np.ones((2, 2))


# max_pool_backward_mended


def mending(one, assign=False):
    def mended(dout, x, HH, WW, stride):
        return scattered(dout, (x, None, HH, WW, stride), one, assign)
    return mended


@mistake("max_pool_backward_mended", "equal pixels still all get the gradient", loses=(TIES, BOTH),
         hint="Where all pixels of a window are equal, how many entries of the mask are true?")
def mended_overlap_only(dout, x, HH, WW, stride):
    """The sum is mended. The mask is not."""
    return mending(all_of)(dout, x, HH, WW, stride)


@mistake("max_pool_backward_mended", "overlapping windows still overwrite each other",
         loses=(OVERLAP, BOTH), hint="What must happen to a pixel that receives from two windows?")
def mended_ties_only(dout, x, HH, WW, stride):
    """The ties are mended. A later window still puts its numbers, and its zeros, in place of what
    an earlier one has sent."""
    return mending(first_of, assign=True)(dout, x, HH, WW, stride)


@mistake("max_pool_backward_mended", "only the last window that a pixel wins counts",
         loses=(OVERLAP, BOTH), like=backward_last_window)
def mended_last_window(dout, x, HH, WW, stride):
    return backward_last_window(dout, (x, None, HH, WW, stride))


@mistake("max_pool_backward_mended", "equal pixels share the gradient", loses=(TIES, BOTH),
         like=backward_equal_share)
def mended_shared(dout, x, HH, WW, stride):
    return mending(shared_by)(dout, x, HH, WW, stride)


@mistake("max_pool_backward_mended", "of equal pixels the last gets the gradient",
         loses=(TIES, BOTH), like=backward_to_last)
def mended_last(dout, x, HH, WW, stride):
    return mending(last_of)(dout, x, HH, WW, stride)


@mistake("max_pool_backward_mended", "every pixel of a window gets the gradient",
         loses=(TIES, OVERLAP, BOTH), like=backward_to_every_pixel)
def mended_to_every_pixel(dout, x, HH, WW, stride):
    return mending(np.ones_like)(dout, x, HH, WW, stride)


@mistake("max_pool_backward_mended", "the place in the window is taken for the place in the map",
         loses=(TIES, OVERLAP, BOTH),
         hint="argmax counts from the corner of the window. Where does the window begin?")
def mended_without_offset(dout, x, HH, WW, stride):
    """All gradients arrive in the top left corner. To the place in the window must be added where
    the window begins."""
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        window = x[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        i, j = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i, j] += dout[n, c, u, v]
    return dx


# predict_shapes


@mistake("predict_shapes", "W2 is made for maps that were not pooled", loses=("rows",),
         hint="What stands between the convolution and the first affine layer?")
def shapes_before_pooling():
    """The affine layer sees the pooled maps, which have a quarter of the pixels."""
    return (6, 17, 14), (6, 8, 7), 6 * 17 * 14, 294


@mistake("predict_shapes", "the convolution keeps the size of the image",
         loses=("after_conv", "after_pool", "rows"),
         hint="How many windows of 4 pixels fit into a side of 20?")
def shapes_same_size():
    """Without padding, a kernel of 4 × 4 costs three rows and three columns."""
    return (6, 20, 17), (6, 10, 8), 480, 294


@mistake("predict_shapes", "the pooling rounds up", loses=("after_pool", "rows"),
         hint="How many windows of two rows, side by side, fit into 17 rows?")
def shapes_rounded_up():
    """The last row is in no window: sizes that do not divide are rounded down."""
    return (6, 17, 14), (6, 9, 7), 378, 294


@mistake("predict_shapes", "only one map is counted", loses=("rows",),
         hint="How many pooled maps are laid out in one long row?")
def shapes_one_map():
    """There is one map for each filter, and the affine layer sees them all."""
    return (6, 17, 14), (6, 8, 7), 8 * 7, 294


@mistake("predict_shapes", "the biases are not counted", loses=("learned",),
         hint="How many biases have 6 filters?")
def shapes_without_biases():
    """Each filter has a bias, which is learned too."""
    return (6, 17, 14), (6, 8, 7), 336, 288


@mistake("predict_shapes", "kernels with one channel", loses=("learned",),
         hint="Through how many channels does a window go?")
def shapes_one_channel():
    """A kernel has weights for every channel of the image: 3 · 4 · 4 of them."""
    return (6, 17, 14), (6, 8, 7), 336, 6 * 16 + 6


# avg_pool_forward


def average(x, HH, WW, stride, reduce=mean, **more):
    return pooled(x, HH, WW, stride, reduce, **more), (x, HH, WW, stride)


@mistake("avg_pool_forward", "a sum, not a mean", loses=("out",),
         hint="Which number is the mean of four ones?")
def average_sum(x, HH, WW, stride):
    """The sum of a window has to be divided by the number of its pixels."""
    return average(x, HH, WW, stride, lambda window: window.sum(axis=(2, 3)))


@mistake("avg_pool_forward", "the largest number of each window", loses=("out",),
         hint="What is the mean of 1, 5, 4 and 2?")
def average_largest(x, HH, WW, stride):
    """This is max pooling."""
    return average(x, HH, WW, stride, largest)


@mistake("avg_pool_forward", "divided by the square of the stride", loses=("out",),
         hint="How many pixels are in a window?")
def average_by_stride(x, HH, WW, stride):
    """A window has HH · WW pixels, by how much it moves does not matter."""
    return average(x, HH, WW, stride, lambda window: window.sum(axis=(2, 3)) / stride**2)


@mistake("avg_pool_forward", "divided by the height of the window only", loses=("out",),
         hint="How many pixels are in a window?")
def average_by_height(x, HH, WW, stride):
    """A window has HH · WW pixels."""
    return average(x, HH, WW, stride, lambda window: window.sum(axis=(2, 3)) / HH)


@mistake("avg_pool_forward", "the number of windows is rounded up", like=forward_rounded_up)
def average_rounded_up(x, HH, WW, stride):
    return average(x, HH, WW, stride, up=True)


@mistake("avg_pool_forward", "HH and WW are exchanged", like=forward_exchanged)
def average_exchanged(x, HH, WW, stride):
    return average(x, WW, HH, stride)


@mistake("avg_pool_forward", "the windows lie side by side, whatever the stride",
         like=forward_without_stride)
def average_without_stride(x, HH, WW, stride):
    N, C, H, W = x.shape
    x_cut = x[:, :, :H // HH * HH, :W // WW * WW]
    out = x_cut.reshape(N, C, H // HH, HH, W // WW, WW).mean(axis=(3, 5))
    return out, (x, HH, WW, stride)


@mistake("avg_pool_forward", "the slices run on to the border", like=forward_endless_slices)
def average_endless_slices(x, HH, WW, stride):
    out = np.zeros_like(pooled(x, HH, WW, stride, mean))
    for here in slices(x, HH, WW, stride):
        out = out + x[here]
    return out / (HH * WW), (x, HH, WW, stride)


@mistake("avg_pool_forward", like=forward_one_count)
def average_one_count(x, HH, WW, stride):
    return with_one_count(pooled(x, HH, WW, stride, mean)), (x, HH, WW, stride)


@mistake("avg_pool_forward", like=forward_cache_first)
def average_cache_first(x, HH, WW, stride):
    return average(x, HH, WW, stride)[::-1]


# avg_pool_backward


def spread(dout, cache, one=np.ones_like, assign=False):
    x, HH, WW, stride = cache
    return scattered(dout, (x, None, HH, WW, stride), one, assign)


def evenly(window):
    return np.full(window.shape, 1 / window.size)


@mistake("avg_pool_backward", "the gradient is not shared", loses=("dx",),
         hint="When one pixel of a window of four grows by 1, by how much does the mean grow?")
def average_backward_whole(dout, cache):
    """Every pixel got the whole gradient. The slope of a mean with respect to one of its numbers
    is one over how many there are."""
    return spread(dout, cache)


@mistake("avg_pool_backward", "overlapping windows overwrite each other",
         like=backward_overwrites)
def average_backward_overwrites(dout, cache):
    """A pixel can lie in several windows. What comes from them is added."""
    return spread(dout, cache, evenly, assign=True)


@mistake("avg_pool_backward", "each slice overwrites what the slices before it have sent",
         loses=(OVERLAP,), hint="How many windows hold one pixel, if the stride is 1?")
def average_backward_slices_overwrite(dout, cache):
    """If windows overlap, a pixel stands in several slices, and receives its share in each of them.
    Here the last slice puts its share in place of the others."""
    share, everywhere = dout / (cache[1] * cache[2]), cache[0] * 0
    for k in range(cache[1] * cache[2]):
        filled = by_slices(np.ones_like(dout), (cache[0], None, *cache[1:]),
                           np.full(dout.shape, k))
        sent = by_slices(share, (cache[0], None, *cache[1:]), np.full(dout.shape, k))
        everywhere = np.where(filled > 0, sent, everywhere)
    return everywhere


@mistake("avg_pool_backward", "the slices run on to the border", like=backward_endless_slices)
def average_backward_endless_slices(dout, cache):
    dx = np.zeros_like(cache[0])
    for here in slices(*cache):
        dx[here] += dout / (cache[1] * cache[2])
    return dx


@mistake("avg_pool_backward", "only the largest pixel gets the gradient",
         loses=("dx",),
         hint="Does the mean of a window notice a pixel that is not the largest?")
def average_backward_largest(dout, cache):
    """That is max pooling. All pixels of a window take part in its mean."""
    return spread(dout, cache, first_of)


@mistake("avg_pool_backward", "multiplied with the pixels", loses=("dx",),
         hint="Does the slope of a mean depend on the numbers?")
def average_backward_times_x(dout, cache):
    """The layer is linear, and the slope with respect to each pixel is the same constant."""
    return spread(dout, cache, lambda window: window / window.size)


@mistake("avg_pool_backward", "pixels in no window are cut off", like=backward_cut)
def average_backward_cut(dout, cache):
    _, HH, WW, stride = cache
    rows, columns = (stride * (n - 1) + k for n, k in zip(dout.shape[2:], (HH, WW), strict=True))
    return spread(dout, cache, evenly)[:, :, :rows, :columns]


@mistake("avg_pool_backward", "dout is ignored", loses=("dx",),
         hint="The chain rule multiplies. What is the other factor?")
def average_backward_without_dout(dout, cache):
    """These are the slopes of the sum of out. Each window passes on its own dout."""
    return spread(np.ones_like(dout), cache, evenly)


@mistake("avg_pool_backward", "a pixel in several windows gets the mean of its shares",
         loses=(OVERLAP,),
         hint="A pixel grows by 1, and lies in two windows. By how much does each of both means "
              "grow, and what does that do to the loss?")
def average_backward_mean(dout, cache):
    """A pixel in several windows reaches the loss along several paths. What comes back along them
    adds up; nothing divides by their number."""
    windows = spread(np.ones_like(dout), cache)
    return spread(dout, cache, evenly) / np.maximum(windows, 1)


@mistake("avg_pool_backward", "divided by the square of the stride", loses=("dx", OVERLAP),
         hint="How many pixels share the gradient of a window?")
def average_backward_by_stride(dout, cache):
    """A window has HH · WW pixels. By how much it moves does not matter."""
    return spread(dout, cache, lambda window: np.full(window.shape, 1 / cache[3]**2))


@mistake("avg_pool_backward", like=backward_empty)
def average_backward_empty(dout, cache):
    return np.zeros_like(cache[0])


# recap_convnet


@mistake("recap_convnet", "the second largest pixel is given a slope", loses=("unchanged",),
         hint="What is the output of this window before, and what is it after?")
def recap_slope():
    """This is 4 times 0.5: it takes for granted that the output of the window grows as much as
    this pixel."""
    return "a", "b", "b"


@mistake("recap_convnet", "settings chosen on the test images", loses=("settings",),
         hint="What does the test accuracy promise, once you have chosen by it?")
def recap_test():
    """What was chosen because it does well on the test images says too much of itself on them.
    They are for the end, once."""
    return "c", "c", "b"


@mistake("recap_convnet", "settings chosen on the training images", loses=("settings",),
         hint="Which network is best on images that it has learned by heart?")
def recap_training():
    """The images of the training steps favour whatever learns them by heart."""
    return "c", "a", "b"


@mistake("recap_convnet", "most numbers are sought in the filters", loses=("share",),
         hint="Count them: what is the shape of each parameter?")
def recap_filters():
    """The filters do most of the work, but each of them is used at all places of an image. So few
    numbers are enough for them: 16 filters of 5 × 5."""
    return "c", "b", "a"


MISTAKES += OF_NETWORKS
