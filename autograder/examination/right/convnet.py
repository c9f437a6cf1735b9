"""Right answers to 10_convnet: pooling and the questions. Those of the network: `convnets`."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from autograder.examination.right import RightAnswer, right_answers
from autograder.examination.right.convnets import RIGHT as OF_NETWORKS

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


# predict_routing

right("predict_routing", "lists")(lambda: [
    [0, 10, 0, 0, 0, 0], [0, 0, 20, 0, 0, 30], [0, 0, 0, 50, 0, 0], [40, 0, 0, 0, 60, 0]])


@right("predict_routing", "computed")
def routing_computed():
    x = np.array([[1.0, 5, 2, 0, 3, 3], [4, 2, 7, 1, 1, 6], [2, 2, 1, 8, 0, 4], [3, 1, 5, 6, 9, 2]])
    dout = np.array([[10.0, 20, 30], [40, 50, 60]])
    return pool_back_argmax(dout[None, None], (x[None, None], None, 2, 2, 2))[0, 0]


@right("predict_routing", "float32, entry by entry")
def routing_float32():
    dx = np.zeros((4, 6), dtype=np.float32)
    dx[[0, 1, 1, 3, 2, 3], [1, 2, 5, 0, 3, 4]] = 10, 20, 30, 40, 50, 60
    return dx


@right("predict_routing", "from a mask of the largest")
def routing_mask():
    x = np.array([[1.0, 5, 2, 0, 3, 3], [4, 2, 7, 1, 1, 6], [2, 2, 1, 8, 0, 4], [3, 1, 5, 6, 9, 2]])
    out = np.array([[5, 7, 6], [3, 8, 9]]).repeat(2, axis=0).repeat(2, axis=1)
    dout = np.array([[10, 20, 30], [40, 50, 60]]).repeat(2, axis=0).repeat(2, axis=1)
    return (x == out) * dout


@right("predict_routing", "integers, put in by their numbers")
def routing_put():
    dx = np.zeros((4, 6), dtype=int)
    np.put(dx, [1, 8, 11, 18, 15, 22], [10, 20, 30, 40, 50, 60])
    return dx.tolist()


# pool_dx_entry


@right("pool_dx_entry", "ranges of windows")
def entry_ranges(x, dout, r, q, HH, WW, stride):
    total = 0
    for u in range(dout.shape[0]):
        for v in range(dout.shape[1]):
            rows = range(u * stride, u * stride + HH)
            columns = range(v * stride, v * stride + WW)
            if r in rows and q in columns:
                if all(x[r, q] >= x[i, j] for i in rows for j in columns):
                    total += dout[u, v]
    return total


@right("pool_dx_entry", "the whole dx")
def entry_whole(x, dout, r, q, HH, WW, stride):
    return pool_back_argmax(dout[None, None], (x[None, None], None, HH, WW, stride))[0, 0, r, q]


@right("pool_dx_entry", "masks on sliding windows")
def entry_masks(x, dout, r, q, HH, WW, stride):
    flags = np.zeros(x.shape)
    flags[r, q] = 1
    oh, ow = dout.shape
    values, marks = (sliding_window_view(a, (HH, WW))[::stride, ::stride][:oh, :ow]
                     for a in (x, flags))
    return np.sum(dout * ((values == values.max((2, 3), keepdims=True)) * marks).sum((2, 3)))


@right("pool_dx_entry", "measured windows by argmax")
def entry_argmax(x, dout, r, q, HH, WW, stride):
    return float(sum(
        slope for (u, v), slope in np.ndenumerate(dout)
        if (r, q) == tuple(np.array(np.unravel_index(
            x[stride * u:stride * u + HH, stride * v:stride * v + WW].argmax(), (HH, WW)))
            + (stride * u, stride * v))))


@right("pool_dx_entry", "the largest of each window in a table, compared")
def entry_table(x, dout, r, q, HH, WW, stride):
    total = np.float64(0)
    for u, v in np.ndindex(dout.shape):
        top, left = stride * u, stride * v
        if top <= r < top + HH and left <= q < left + WW:
            best = max(x[i, j] for i in range(top, top + HH) for j in range(left, left + WW))
            total += dout[u, v] * (x[r, q] >= best)
    return total


# max_pool_forward, with the documented cache or another one


def views(x, HH, WW, stride):
    return sliding_window_view(x, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]


@right("max_pool_forward", "sliding windows")
def forward_views(x, HH, WW, stride):
    out = views(x, HH, WW, stride).max(axis=(-2, -1))
    return out, (x, out, HH, WW, stride)


@right("max_pool_forward", "four loops and a cache of addresses")
def forward_loops(x, HH, WW, stride):
    n_images, channels, height, width = x.shape
    oh, ow = (height - HH) // stride + 1, (width - WW) // stride + 1
    out = np.empty((n_images, channels, oh, ow), dtype=x.dtype)
    where = {}
    for n in range(n_images):
        for c in range(channels):
            for u in range(oh):
                for v in range(ow):
                    best = u * stride, v * stride
                    for i in range(u * stride, u * stride + HH):
                        for j in range(v * stride, v * stride + WW):
                            if x[n, c, i, j] > x[n, c, best[0], best[1]]:
                                best = i, j
                    out[n, c, u, v] = x[n, c, best[0], best[1]]
                    where[n, c, u, v] = best
    return out, {"where": where, "shape": x.shape}


@right("max_pool_forward", "a stack of slices, printing")
def forward_stack(x, HH, WW, stride):
    print("pooling", x.shape)
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    stack = np.stack([x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
                      for i in range(HH) for j in range(WW)])
    return stack.max(axis=0), (stack.argmax(axis=0), x.shape, HH, WW, stride)


@right("max_pool_forward", "stride tricks")
def forward_strided(x, HH, WW, stride):
    x = np.ascontiguousarray(x)
    a, b, c, d = x.strides
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    windows = as_strided(x, (*x.shape[:2], oh, ow, HH, WW), (a, b, c * stride, d * stride, c, d))
    out = np.max(windows.reshape(*x.shape[:2], oh, ow, -1), axis=-1)
    return out, [x, out, HH, WW, stride]


@right("max_pool_forward", "window by window, with the documented cache")
def forward_documented(x, HH, WW, stride):
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    out = np.empty((*x.shape[:2], oh, ow), dtype=x.dtype)
    place = np.empty(out.shape, dtype=int)
    for u in range(oh):
        for v in range(ow):
            window = x[:, :, u * stride:u * stride + HH, v * stride:v * stride + WW]
            rows = window.reshape(*x.shape[:2], -1)
            out[:, :, u, v], place[:, :, u, v] = rows.max(axis=-1), rows.argmax(axis=-1)
    return out, (x, place, HH, WW, stride)


# max_pool_backward


@right("max_pool_backward", "argmax of each window")
def pool_back_argmax(dout, cache):
    x, _, HH, WW, stride = cache
    dx = np.zeros(x.shape, dtype=x.dtype)
    for n, c, u, v in np.ndindex(dout.shape):
        window = x[n, c, u * stride:u * stride + HH, v * stride:v * stride + WW]
        i, j = divmod(int(window.argmax()), WW)
        dx[n, c, u * stride + i, v * stride + j] += dout[n, c, u, v]
    return dx


@right("max_pool_backward", "flat addresses and add.at")
def pool_back_flat(dout, cache):
    x, _, HH, WW, stride = cache
    flat = views(x, HH, WW, stride)[:, :, :dout.shape[2], :dout.shape[3]]
    i, j = np.divmod(flat.reshape(*dout.shape, -1).argmax(axis=-1), WW)
    n, c, u, v = np.indices(dout.shape)
    dx = np.zeros_like(x)
    np.add.at(dx, (n, c, u * stride + i, v * stride + j), dout)
    return dx


@right("max_pool_backward", "a cache of its own: a dict of addresses",
       max_pool_forward=forward_loops)
def pool_back_dict(dout, cache):
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    for (n, c, u, v), (r, q) in cache["where"].items():
        dx[n, c, r, q] += dout[n, c, u, v]
    return dx


@right("max_pool_backward", "a cache of its own: places from a stack",
       max_pool_forward=forward_stack)
def pool_back_stack(dout, cache):
    which, shape, HH, WW, stride = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for k in range(HH * WW):
        i, j = divmod(k, WW)
        rows = slice(i, i + stride * dout.shape[2], stride)
        columns = slice(j, j + stride * dout.shape[3], stride)
        dx[:, :, rows, columns] += np.where(which == k, dout, 0)
    return dx


@right("max_pool_backward", "from the places, window by window")
def pool_back_places(dout, cache):
    x, place, _, WW, stride = cache
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        i, j = divmod(int(place[n, c, u, v]), WW)
        dx[n, c, stride * u + i, stride * v + j] += dout[n, c, u, v]
    return np.asfortranarray(dx)


# exposing_image

right("exposing_image", "all ones")(lambda: np.ones((4, 4)))
right("exposing_image", "a list of integers")(
    lambda: [[1, 2, 3, 4], [5, 6, 7, 8], [9, 0, 1, 2], [0, 9, 3, 4]])
right("exposing_image", "blank paper")(lambda: np.zeros((4, 4), dtype=np.float32))


right("exposing_image", "one pair of the largest, negative numbers")(
    lambda: -np.abs(np.arange(16.0) - 0.5).reshape(4, 4))
right("exposing_image", "truth values")(lambda: np.eye(4, dtype=bool))


# max_pool_backward_mended


@right("max_pool_backward_mended", "the function of the chapter")
def mended_again(dout, x, HH, WW, stride):
    return pool_back_flat(dout, (x, None, HH, WW, stride))


@right("max_pool_backward_mended", "a mask of the first")
def mended_mask(dout, x, HH, WW, stride):
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        here = np.s_[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        mask = x[here] == x[here].max()
        mask.flat[np.flatnonzero(mask)[1:]] = False
        dx[here] += mask * dout[n, c, u, v]
    return dx


@right("max_pool_backward_mended", "a loop that stops")
def mended_break(dout, x, HH, WW, stride):
    dx = np.zeros(x.shape, order="F")
    for (n, c, u, v), slope in np.ndenumerate(dout):
        top, left = stride * u, stride * v
        best = x[n, c, top:top + HH, left:left + WW].max()
        for i, j in np.ndindex(HH, WW):
            if x[n, c, top + i, left + j] == best:
                dx[n, c, top + i, left + j] += slope
                break
    return dx


@right("max_pool_backward_mended", "slices and places")
def mended_slices(dout, x, HH, WW, stride):
    _, place_cache = forward_documented(x, HH, WW, stride)
    return pool_back_places(dout, place_cache)


@right("max_pool_backward_mended", "a copy of the mask with one entry")
def mended_one(dout, x, HH, WW, stride):
    dx = np.zeros(x.shape, dtype=x.dtype)
    for n, c, u, v in np.ndindex(dout.shape):
        here = dx[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        window = x[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        mask = np.zeros(window.size)
        mask[np.argmax(window)] = 1
        here += mask.reshape(window.shape) * dout[n, c, u, v]
    return dx


# predict_shapes

right("predict_shapes", "lists")(lambda: [[6, 17, 14], [6, 8, 7], 336, 294])
right("predict_shapes", "arithmetic")(
    lambda: ((6, 20 - 3, 17 - 3), (6, 17 // 2, 14 // 2), 6 * 8 * 7, 6 * (3 * 4 * 4 + 1)))
right("predict_shapes", "arrays")(
    lambda: (np.array([6, 17, 14]), np.array([6, 8, 7]), np.int64(336), np.int32(294)))


right("predict_shapes", "a list with tuples")(lambda: [(6, 17, 14), (6, 8, 7), 336, 294])
right("predict_shapes", "NumPy integers in tuples")(
    lambda: (tuple(np.array([6, 17, 14])), tuple(np.array([6, 8, 7])), np.array(336), 294))


# avg_pool_forward, avg_pool_backward


@right("avg_pool_forward", "sliding windows")
def average_views(x, HH, WW, stride):
    return views(x, HH, WW, stride).mean(axis=(4, 5)), (x, HH, WW, stride)


@right("avg_pool_forward", "window by window, a cache without x")
def average_loops(x, HH, WW, stride):
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    out = np.zeros((*x.shape[:2], oh, ow))
    for u in range(oh):
        for v in range(ow):
            window = x[:, :, u * stride:u * stride + HH, v * stride:v * stride + WW]
            out[:, :, u, v] = np.average(window, axis=(2, 3))
    return out, {"shape": x.shape, "HH": HH, "WW": WW, "stride": stride}


@right("avg_pool_forward", "einsum with a kernel of equal weights")
def average_einsum(x, HH, WW, stride):
    kernel = np.full((HH, WW), 1 / (HH * WW), dtype=x.dtype)
    return np.einsum("ncuvij,ij->ncuv", views(x, HH, WW, stride), kernel), (x, HH, WW, stride)


@right("avg_pool_backward", "window by window")
def average_back_loops(dout, cache):
    x, HH, WW, stride = cache
    dx = np.zeros(x.shape)
    for u in range(dout.shape[2]):
        for v in range(dout.shape[3]):
            share = dout[:, :, u:u + 1, v:v + 1] / HH / WW
            dx[:, :, u * stride:u * stride + HH, v * stride:v * stride + WW] += share
    return dx


@right("avg_pool_backward", "two matrices that say which window has which row and column")
def average_back_matrices(dout, cache):
    x, HH, WW, stride = cache

    def covers(size, window, count):
        place = np.arange(size)[:, None] - stride * np.arange(count)
        return ((place >= 0) & (place < window)) / window

    rows = covers(x.shape[2], HH, dout.shape[2])
    columns = covers(x.shape[3], WW, dout.shape[3])
    return rows @ dout @ columns.T


@right("avg_pool_backward", "a cache of its own: a dict", avg_pool_forward=average_loops)
def average_back_dict(dout, cache):
    dx, stride = np.zeros(cache["shape"]), cache["stride"]
    for (n, c, u, v), slope in np.ndenumerate(dout):
        dx[n, c, u * stride:u * stride + cache["HH"], v * stride:v * stride + cache["WW"]] += (
            slope / (cache["HH"] * cache["WW"]))
    return dx


@right("avg_pool_forward", "a stack of slices")
def average_stack(x, HH, WW, stride):
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    parts = [x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
             for i in range(HH) for j in range(WW)]
    return np.mean(parts, axis=0), (x, HH, WW, stride)


@right("avg_pool_forward", "sums from running totals")
def average_running(x, HH, WW, stride):
    oh, ow = 1 + (x.shape[2] - HH) // stride, 1 + (x.shape[3] - WW) // stride
    rows = np.stack([x[:, :, stride * u:stride * u + HH].sum(axis=2) for u in range(oh)], axis=2)
    out = np.stack([rows[..., stride * v:stride * v + WW].sum(axis=3) for v in range(ow)], axis=3)
    return out / HH / WW, [x, HH, WW, stride]


@right("avg_pool_backward", "pixel by pixel")
def average_back_pixels(dout, cache):
    x, HH, WW, stride = cache
    dx = np.zeros(x.shape)
    for r, q in np.ndindex(x.shape[2:]):
        for u, v in np.ndindex(dout.shape[2:]):
            if 0 <= r - stride * u < HH and 0 <= q - stride * v < WW:
                dx[:, :, r, q] += dout[:, :, u, v]
    return dx / (HH * WW)


@right("avg_pool_backward", "flat addresses and add.at")
def average_back_at(dout, cache):
    x, HH, WW, stride = cache
    dx = np.zeros_like(x)
    n, c, u, v = np.indices(dout.shape)
    for i, j in np.ndindex(HH, WW):
        np.add.at(dx, (n, c, stride * u + i, stride * v + j), dout * (1 / (HH * WW)))
    return dx


# recap_convnet

right("recap_convnet", "a list")(lambda: ["c", "b", "b"])
right("recap_convnet", "capitals")(lambda: ("C", "B", "B"))
right("recap_convnet", "with a space")(lambda: ("c", " b", "b "))


right("recap_convnet", "with brackets")(lambda: ["(c)", "(b)", "b)"])
right("recap_convnet", "a word taken apart")(lambda: tuple("cbb"))


RIGHT += OF_NETWORKS
