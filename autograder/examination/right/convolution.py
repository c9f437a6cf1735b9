"""Right answers to 07_convolution."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def frame(x, pad):
    return np.pad(x, ((0,), (0,), (pad,), (pad,)))


def count(size, kernel, stride, pad):
    return (size - kernel + 2 * pad) // stride + 1


# output_size

right("output_size", "floor")(
    lambda size, kernel, stride=1, pad=0: math.floor((size + 2 * pad - kernel) / stride + 1)
)
right("output_size", "numpy integer")(
    lambda size, kernel, stride=1, pad=0: np.int64(1 + (size + 2 * pad - kernel) // stride)
)


@right("output_size", "counted")
def size_counted(size, kernel, stride=1, pad=0):
    return len(range(0, size + 2 * pad - kernel + 1, stride))


@right("output_size", "true division, then rounded down")
def size_divided(size, kernel, stride=1, pad=0):
    return int(np.floor_divide(size + 2 * pad - kernel, stride)) + 1


@right("output_size", "the window moves as long as it fits")
def size_moved(size, kernel, stride=1, pad=0):
    n = 0
    while n * stride + kernel <= size + pad + pad:
        n += 1
    return n


# predict_windows


right("predict_windows", "lists")(lambda: [[6, 5, 4, 0], [3, 2, 1, 0], [0, 0, 0, 0]])


@right("predict_windows", "computed")
def predict_computed():
    x = np.zeros((4, 6))
    x[1, 2] = 1
    kernel = np.arange(1.0, 7).reshape(2, 3)
    return np.einsum("uvij,ij->uv", sliding_window_view(x, (2, 3)), kernel)


@right("predict_windows", "float32, filled in")
def predict_filled():
    slopes = np.zeros((3, 4), dtype=np.float32)
    slopes[0, :3], slopes[1, :3] = (6, 5, 4), (3, 2, 1)
    return slopes


@right("predict_windows", "integers, the turned kernel put in place")
def predict_turned():
    slopes = np.zeros((3, 4), dtype=int)
    slopes[:2, :3] = np.arange(1, 7).reshape(2, 3)[::-1, ::-1]
    return slopes


@right("predict_windows", "measured")
def predict_measured():
    x, kernel = np.zeros((4, 6)), np.arange(1.0, 7).reshape(2, 3)
    x[1, 2] = 1.0
    return [[np.vdot(x[u:u + 2, v:v + 3], kernel) for v in range(4)] for u in range(3)]


# window_gradients

right("window_gradients", "one line")(lambda window, w, dout: (w * dout, window * dout))
right("window_gradients", "a list")(
    lambda window, w, dout: [np.multiply(dout, w), np.multiply(dout, window)]
)


@right("window_gradients", "loops")
def window_loops(window, w, dout):
    dwindow, dw = np.empty(window.shape), np.empty(w.shape)
    for index in np.ndindex(window.shape):
        dwindow[index] = dout * w[index]
        dw[index] = dout * window[index]
    return dwindow, dw


@right("window_gradients", "einsum, dout as an array")
def window_einsum(window, w, dout):
    dout = np.asarray(dout)
    return np.einsum("...,cij->cij", dout, w), np.einsum("...,cij->cij", dout, window)


@right("window_gradients", "in place, in copies")
def window_copies(window, w, dout):
    dwindow, dw = w.copy(), window.copy()
    dwindow *= dout
    dw *= dout
    return np.asfortranarray(dwindow), dw


# conv_dx_entry, conv_dw_entry


@right("conv_dx_entry", "a loop over the kernel")
def dx_entry_by_kernel(dout, w, r, q, stride, pad):
    total = 0
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            (u, down), (v, across) = divmod(r + pad - i, stride), divmod(q + pad - j, stride)
            if down == across == 0 and 0 <= u < dout.shape[1] and 0 <= v < dout.shape[2]:
                total += w[:, i, j] @ dout[:, u, v]
    return total


@right("conv_dx_entry", "the whole dx by scattering")
def dx_entry_scatter(dout, w, r, q, stride, pad):
    (_, oh, ow), (_, hh, ww) = dout.shape, w.shape
    rows, columns = max(r + pad + 1, stride * oh + hh), max(q + pad + 1, stride * ow + ww)
    dx = np.zeros((rows, columns))
    for slopes, kernel in zip(dout, w):
        for u in range(oh):
            for v in range(ow):
                dx[u * stride:u * stride + hh, v * stride:v * stride + ww] += slopes[u, v] * kernel
    return dx[pad:, pad:][r, q]


@right("conv_dx_entry", "masks")
def dx_entry_masks(dout, w, r, q, stride, pad):
    i = r + pad - stride * np.arange(dout.shape[1])
    j = q + pad - stride * np.arange(dout.shape[2])
    rows, columns = (i >= 0) & (i < w.shape[1]), (j >= 0) & (j < w.shape[2])
    return sum(np.sum(slopes[np.ix_(rows, columns)] * kernel[np.ix_(i[rows], j[columns])])
               for slopes, kernel in zip(dout, w))


@right("conv_dw_entry", "a slice with a step")
def dw_entry_slice(x, dout, i, j, stride):
    oh, ow = dout.shape
    return (x[i:i + stride * oh:stride, j:j + stride * ow:stride] * dout).sum()


@right("conv_dw_entry", "a generator")
def dw_entry_generator(x, dout, i, j, stride):
    return sum(x[stride * u + i, stride * v + j] * value for (u, v), value in np.ndenumerate(dout))


@right("conv_dw_entry", "windows by stride tricks")
def dw_entry_windows(x, dout, i, j, stride):
    oh, ow = dout.shape
    first = np.ascontiguousarray(x[i:, j:])
    a, b = first.strides
    return np.vdot(as_strided(first, (oh, ow), (a * stride, b * stride)), dout)


@right("conv_dx_entry", "ranges of windows worked out beforehand")
def dx_entry_ranges(dout, w, r, q, stride, pad):
    (_, oh, ow), (_, hh, ww) = dout.shape, w.shape

    def covering(place, kernel, count):
        first = -(-(place - kernel + 1) // stride)
        return range(max(0, first), min(count - 1, place // stride) + 1)

    down, across = covering(r + pad, hh, oh), covering(q + pad, ww, ow)
    return np.float64(sum(
        dout[f, u, v] * w[f, r + pad - stride * u, q + pad - stride * v]
        for f in range(len(w)) for u in down for v in across))


@right("conv_dx_entry", "a dictionary of weights by place")
def dx_entry_dictionary(dout, w, r, q, stride, pad):
    weights = {index: weight for index, weight in np.ndenumerate(w)}
    total = np.array(0.0)
    for (f, u, v), slope in np.ndenumerate(dout):
        place = (f, r + pad - stride * u, q + pad - stride * v)
        total = total + slope * weights.get(place, 0.0)
    return total


@right("conv_dw_entry", "the whole dw, window by window")
def dw_entry_whole(x, dout, i, j, stride):
    total = np.zeros((i + 1, j + 1))
    for (u, v), slope in np.ndenumerate(dout):
        total += slope * x[stride * u:stride * u + i + 1, stride * v:stride * v + j + 1]
    return total[i, j]


@right("conv_dw_entry", "tables of rows and columns")
def dw_entry_tables(x, dout, i, j, stride):
    rows, columns = (stride * np.arange(n) + k for n, k in zip(dout.shape, (i, j)))
    return np.tensordot(x[np.ix_(rows, columns)], dout, axes=2)


# conv2d_forward_naive


@right("conv2d_forward_naive", "seven loops and a cache that is a dict")
def forward_seven_loops(x, w, b, stride=1, pad=0):
    n_images, channels, height, width = x.shape
    filters, _, hh, ww = w.shape
    oh, ow = count(height, hh, stride, pad), count(width, ww, stride, pad)
    out = np.zeros((n_images, filters, oh, ow))
    for n in range(n_images):
        for f in range(filters):
            for u in range(oh):
                for v in range(ow):
                    total = b[f]
                    for c in range(channels):
                        for i in range(hh):
                            for j in range(ww):
                                r, q = u * stride + i - pad, v * stride + j - pad
                                if 0 <= r < height and 0 <= q < width:
                                    total = total + x[n, c, r, q] * w[f, c, i, j]
                    out[n, f, u, v] = total
    return out, {"x": x, "w": w, "b": b, "move": (stride, pad)}


@right("conv2d_forward_naive", "the batch and the filters at once, a padded cache")
def forward_tensordot(x, w, b, stride=1, pad=0):
    padded = frame(x, pad)
    hh, ww = w.shape[2:]
    out = np.empty((len(x), len(w), (padded.shape[2] - hh) // stride + 1,
                    (padded.shape[3] - ww) // stride + 1), dtype=x.dtype)
    for u in range(out.shape[2]):
        for v in range(out.shape[3]):
            window = padded[:, :, u * stride:u * stride + hh, v * stride:v * stride + ww]
            out[:, :, u, v] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out, (padded, x.shape, w, b, stride, pad, "more", object())


@right("conv2d_forward_naive", "einsum on sliding windows")
def forward_windows(x, w, b, stride=1, pad=0):
    views = sliding_window_view(frame(x, pad), w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncuvij,fcij->nfuv", views, w) + b.reshape(1, -1, 1, 1), (x, w, b, stride, pad)


@right("conv2d_forward_naive", "keyword names and printing")
def forward_noisy(x, w, b, stride=1, pad=0):
    print("x", x.shape, "stride", stride)
    padded = np.zeros(x.shape[:2] + tuple(s + 2 * pad for s in x.shape[2:]), dtype=x.dtype)
    padded[..., pad:pad + x.shape[2], pad:pad + x.shape[3]] = x
    hh, ww = w.shape[2:]
    out = [[[[np.vdot(image[:, top:top + hh, left:left + ww], kernel) + bias
              for left in range(0, padded.shape[3] - ww + 1, stride)]
             for top in range(0, padded.shape[2] - hh + 1, stride)]
            for kernel, bias in zip(w, b)] for image in padded]
    return np.array(out), (x, w, b, stride, pad)


@right("conv2d_forward_naive", "channel by channel, the bias first")
def forward_by_channel(x, w, b, stride=1, pad=0):
    padded = frame(x, pad)
    oh, ow = (count(s, k, stride, pad) for s, k in zip(x.shape[2:], w.shape[2:]))
    out = np.empty((len(x), len(w), oh, ow), dtype=x.dtype)
    out[...] = b[:, None, None]
    for c in range(x.shape[1]):
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                seen = padded[:, c, i:i + stride * oh:stride, j:j + stride * ow:stride]
                out += seen[:, None] * w[:, c, i, j][:, None, None]
    return out, [x, w, b, stride, pad]


# conv2d_backward_naive


@right("conv2d_backward_naive", "four loops")
def backward_loops(dout, cache):
    x, w, _, stride, pad = cache
    n_images, filters, oh, ow = dout.shape
    hh, ww = w.shape[2:]
    padded = frame(x, pad)
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(len(w))
    for n in range(n_images):
        for f in range(filters):
            db[f] += dout[n, f].sum()
            for u in range(oh):
                for v in range(ow):
                    rows = slice(u * stride, u * stride + hh)
                    columns = slice(v * stride, v * stride + ww)
                    dw[f] += dout[n, f, u, v] * padded[n, :, rows, columns]
                    dpadded[n, :, rows, columns] += dout[n, f, u, v] * w[f]
    height, width = dpadded.shape[2:]
    return dpadded[:, :, pad:height - pad, pad:width - pad], dw, db


@right("conv2d_backward_naive", "pixel by pixel, with no frame at all")
def backward_without_frame(dout, cache):
    x, w, _, stride, pad = cache
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    height, width = x.shape[2:]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            for u in range(dout.shape[2]):
                for v in range(dout.shape[3]):
                    r, q = u * stride + i - pad, v * stride + j - pad
                    if 0 <= r < height and 0 <= q < width:
                        dw[:, :, i, j] += dout[:, :, u, v].T @ x[:, :, r, q]
                        dx[:, :, r, q] += dout[:, :, u, v] @ w[:, :, i, j]
    return dx, dw, dout.sum((0, 2, 3))


def forward_padded_cache(x, w, b, stride=1, pad=0):
    out, _ = forward_windows(x, w, b, stride, pad)
    return out, {"padded": frame(x, pad), "w": w, "stride": stride, "shape": x.shape}


@right("conv2d_backward_naive", "a cache of its own: a dict with the padded image",
       conv2d_forward_naive=forward_padded_cache)
def backward_dict(dout, cache):
    padded, w, stride = cache["padded"], cache["w"], cache["stride"]
    height, width = cache["shape"][2:]
    pad = (padded.shape[2] - height) // 2
    hh, ww = w.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u in range(dout.shape[2]):
        for v in range(dout.shape[3]):
            here = np.s_[:, :, u * stride:u * stride + hh, v * stride:v * stride + ww]
            dw += np.tensordot(dout[:, :, u, v], padded[here], axes=(0, 0))
            dpadded[here] += np.tensordot(dout[:, :, u, v], w, axes=1)
    dx = dpadded[:, :, pad:pad + height, pad:pad + width]
    return [np.asfortranarray(dx), dw, np.einsum("nfuv->f", dout)]


@right("conv2d_backward_naive", "a convolution of dilated dout with the turned kernel")
def backward_turned(dout, cache):
    x, w, _, stride, pad = cache
    hh, ww = w.shape[2:]
    padded = frame(x, pad)
    # dout on the grid of stride 1, with a margin in which windows hang over the border.
    wide = np.zeros(dout.shape[:2] + (padded.shape[2] + hh - 1, padded.shape[3] + ww - 1))
    oh, ow = dout.shape[2:]
    wide[:, :, hh - 1:hh - 1 + stride * oh:stride, ww - 1:ww - 1 + stride * ow:stride] = dout
    views = sliding_window_view(wide, (hh, ww), axis=(2, 3))
    dpadded = np.einsum("nfrqij,fcij->ncrq", views, w[:, :, ::-1, ::-1])
    seen = sliding_window_view(padded, (hh, ww), axis=(2, 3))[:, :, ::stride, ::stride]
    dw = np.einsum("ncuvij,nfuv->fcij", seen, dout)
    height, width = x.shape[2:]
    return dpadded[:, :, pad:pad + height, pad:pad + width], dw, dout.sum(axis=(0, 2, 3))


@right("conv2d_backward_naive", "image by image, from a list of windows")
def backward_by_image(dout, cache):
    x, w, _, stride, pad = cache
    hh, ww = w.shape[2:]
    dx, dw, db = [], 0.0, 0.0
    for image, slopes in zip(frame(x, pad), dout):
        gradient = np.zeros(image.shape, dtype=x.dtype)
        for u, v in np.ndindex(slopes.shape[1:]):
            here = np.s_[:, stride * u:stride * u + hh, stride * v:stride * v + ww]
            gradient[here] += np.tensordot(slopes[:, u, v], w, axes=1)
            dw = dw + np.multiply.outer(slopes[:, u, v], image[here])
        db = db + slopes.sum(axis=(1, 2))
        dx.append(gradient[:, pad:pad + x.shape[2], pad:pad + x.shape[3]])
    return np.stack(dx), dw, db


# exposing_layer

right("exposing_layer", "a list")(lambda: [28, 3, 2, 1])
right("exposing_layer", "an array")(lambda: np.array([6, 4, 3, 2]))
right("exposing_layer", "one pixel, two windows")(lambda: (1, 2, 1, 1))


right("exposing_layer", "NumPy integers")(lambda: tuple(np.array([5, 3, 2, 2])))
right("exposing_layer", "a large layer")(lambda: (224, 7, 2, 3))


# image_gradient_mended


@right("image_gradient_mended", "loops")
def mended_loops(dout, w, x_shape, stride, pad):
    fake = np.zeros(x_shape)
    return backward_loops(dout, (fake, w, np.zeros(len(w)), stride, pad))[0]


@right("image_gradient_mended", "pixel by pixel")
def mended_pixels(dout, w, x_shape, stride, pad):
    return backward_without_frame(dout, (np.zeros(x_shape), w, np.zeros(1), stride, pad))[0]


@right("image_gradient_mended", "ends that may be None")
def mended_none(dout, w, x_shape, stride, pad):
    dx = np.zeros((*x_shape[:2], *(s + 2 * pad for s in x_shape[2:])), dtype=w.dtype)
    for u in range(dout.shape[2]):
        for v in range(dout.shape[3]):
            here = dx[:, :, u * stride:u * stride + w.shape[2], v * stride:v * stride + w.shape[3]]
            here += np.einsum("nf,fcij->ncij", dout[:, :, u, v], w)
    end = -pad or None
    return dx[:, :, pad:end, pad:end]


@right("image_gradient_mended", "np.delete takes the frame off")
def mended_deleted(dout, w, x_shape, stride, pad):
    dx = np.zeros((*x_shape[:2], *(s + 2 * pad for s in x_shape[2:])))
    hh, ww = w.shape[2:]
    for (n, f, u, v), slope in np.ndenumerate(dout):
        dx[n, :, stride * u:stride * u + hh, stride * v:stride * v + ww] += slope * w[f]
    for axis in (2, 3):
        size = dx.shape[axis]
        dx = np.delete(dx, [*range(pad), *range(size - pad, size)], axis=axis)
    return dx


@right("image_gradient_mended", "by columns")
def mended_columns(dout, w, x_shape, stride, pad):
    slopes = dout.transpose(1, 0, 2, 3).reshape(len(w), -1)
    return col2im_by_entries(w.reshape(len(w), -1).T @ slopes, x_shape, *w.shape[2:], stride, pad)


# patch_matrix_gradients


@right("patch_matrix_gradients", "einsum")
def patch_einsum(cols, w, dout):
    return np.einsum("fk,fl->kl", w, dout), np.einsum("fl,kl->fk", dout, cols)


@right("patch_matrix_gradients", "transposes the other way round")
def patch_transposes(cols, w, dout):
    return (dout.T @ w).T, np.dot(cols, dout.T).T


@right("patch_matrix_gradients", "loops")
def patch_loops(cols, w, dout):
    dcols, dw = np.zeros_like(cols), np.zeros_like(w)
    for k in range(cols.shape[1]):
        dcols[:, k] = w.T @ dout[:, k]
        dw += np.outer(dout[:, k], cols[:, k])
    return dcols, dw


@right("patch_matrix_gradients", "tensordot, as a list")
def patch_tensordot(cols, w, dout):
    return [np.tensordot(w, dout, axes=(0, 0)), np.tensordot(dout, cols, axes=(1, 1))]


@right("patch_matrix_gradients", "the affine layer of chapter 03, transposed")
def patch_affine(cols, w, dout):
    x, weights, upstream = cols.T, w.T, dout.T
    return (upstream @ weights.T).T, (x.T @ upstream).T


# im2col


@right("im2col", "a loop over all windows")
def im2col_by_windows(x, HH, WW, stride=1, pad=0):
    padded = frame(x, pad)
    columns = [
        image[:, top:top + HH, left:left + WW].ravel()
        for image in padded
        for top in range(0, padded.shape[2] - HH + 1, stride)
        for left in range(0, padded.shape[3] - WW + 1, stride)
    ]
    return np.array(columns).T


@right("im2col", "a loop over the kernel")
def im2col_by_entries(x, HH, WW, stride=1, pad=0):
    n, c, height, width = x.shape
    oh, ow = count(height, HH, stride, pad), count(width, WW, stride, pad)
    padded, cols = frame(x, pad), np.zeros((c, HH, WW, n, oh, ow))
    for i in range(HH):
        for j in range(WW):
            slab = padded[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
            cols[:, i, j] = slab.transpose(1, 0, 2, 3)
    return cols.reshape(c * HH * WW, -1)


@right("im2col", "sliding windows")
def im2col_sliding(x, HH, WW, stride=1, pad=0):
    views = sliding_window_view(frame(x, pad), (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    return views.transpose(1, 4, 5, 0, 2, 3).reshape(x.shape[1] * HH * WW, -1)


@right("im2col", "tables of indices")
def im2col_indices(x, HH, WW, stride=1, pad=0):
    _, c, height, width = x.shape
    oh, ow = count(height, HH, stride, pad), count(width, WW, stride, pad)
    channel = np.repeat(np.arange(c), HH * WW)[:, None]
    row = np.tile(np.repeat(np.arange(HH), WW), c)[:, None] + stride * np.repeat(np.arange(oh), ow)
    column = np.tile(np.arange(WW), HH * c)[:, None] + stride * np.tile(np.arange(ow), oh)
    return np.concatenate(list(frame(x, pad)[:, channel, row, column]), axis=1)


@right("im2col", "stride tricks")
def im2col_strided(x, HH, WW, stride=1, pad=0):
    n, c, height, width = x.shape
    padded = np.ascontiguousarray(frame(x, pad))
    sn, sc, sr, sq = padded.strides
    shape = (c, HH, WW, n, count(height, HH, stride, pad), count(width, WW, stride, pad))
    windows = as_strided(padded, shape, (sc, sr, sq, sn, sr * stride, sq * stride))
    return windows.reshape(c * HH * WW, -1)


# scatter_add


@right("scatter_add", "np.add.at")
def scatter_add_at(dout, index, size):
    dx = np.zeros(size)
    np.add.at(dx, index, dout)
    return dx


right("scatter_add", "np.bincount")(
    lambda dout, index, size: np.bincount(index, weights=dout, minlength=size)
)
right("scatter_add", "the matrix itself")(lambda dout, index, size: np.eye(size)[index].T @ dout)
right("scatter_add", "a list")(
    lambda dout, index, size: [float(dout[index == m].sum()) for m in range(size)]
)


@right("scatter_add", "a dictionary of sums")
def scatter_dictionary(dout, index, size):
    sums = dict.fromkeys(range(size), 0.0)
    for m, value in zip(index.tolist(), dout.tolist()):
        sums[m] += value
    return np.array(list(sums.values()))


# col2im


@right("col2im", "a loop over all windows")
def col2im_by_windows(cols, x_shape, HH, WW, stride=1, pad=0):
    n, c, height, width = x_shape
    padded = np.zeros((n, c, height + 2 * pad, width + 2 * pad))
    columns = iter(cols.T)
    for image in padded:
        for top in range(0, padded.shape[2] - HH + 1, stride):
            for left in range(0, padded.shape[3] - WW + 1, stride):
                image[:, top:top + HH, left:left + WW] += next(columns).reshape(c, HH, WW)
    return padded[:, :, pad:pad + height, pad:pad + width]


@right("col2im", "a loop over the kernel")
def col2im_by_entries(cols, x_shape, HH, WW, stride=1, pad=0):
    n, c, height, width = x_shape
    oh, ow = count(height, HH, stride, pad), count(width, WW, stride, pad)
    six = cols.reshape(c, HH, WW, n, oh, ow)
    padded = np.zeros((n, c, height + 2 * pad, width + 2 * pad), dtype=cols.dtype)
    for i in range(HH):
        for j in range(WW):
            slab = padded[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
            slab += six[:, i, j].transpose(1, 0, 2, 3)
    end = -pad if pad else None
    return padded[:, :, pad:end, pad:end]


@right("col2im", "np.add.at on tables of indices")
def col2im_add_at(cols, x_shape, HH, WW, stride=1, pad=0):
    n, c, height, width = x_shape
    numbers = np.arange(n * c * height * width).reshape(x_shape) + 1
    index = im2col_sliding(numbers, HH, WW, stride, pad)          # 0 is the frame
    dx = np.zeros(numbers.size + 1)
    np.add.at(dx, index, cols)
    return dx[1:].reshape(x_shape)


@right("col2im", "np.bincount")
def col2im_bincount(cols, x_shape, HH, WW, stride=1, pad=0):
    numbers = np.arange(int(np.prod(x_shape))).reshape(x_shape) + 1
    index = im2col_by_windows(numbers, HH, WW, stride, pad)
    return np.bincount(index.ravel(), cols.ravel(), numbers.size + 1)[1:].reshape(x_shape)


@right("col2im", "image by image, a view of six axes")
def col2im_by_images(cols, x_shape, HH, WW, stride=1, pad=0):
    n, c, height, width = x_shape
    oh, ow = count(height, HH, stride, pad), count(width, WW, stride, pad)
    six = np.moveaxis(cols.reshape(c, HH, WW, n, oh, ow), 3, 0)
    dx = np.zeros(x_shape, dtype=cols.dtype)
    for image, values in zip(dx, six):
        for i, j, u, v in np.ndindex(HH, WW, oh, ow):
            r, q = stride * u + i - pad, stride * v + j - pad
            if 0 <= r < height and 0 <= q < width:
                image[:, r, q] += values[:, i, j, u, v]
    return dx


# conv2d_forward

right("conv2d_forward", "einsum on sliding windows")(forward_windows)
right("conv2d_forward", "the naive one is right too")(forward_seven_loops)


@right("conv2d_forward", "one image after another, a cache with the columns")
def forward_batched(x, w, b, stride=1, pad=0):
    hh, ww = w.shape[2:]
    oh, ow = count(x.shape[2], hh, stride, pad), count(x.shape[3], ww, stride, pad)
    cols = [im2col_by_entries(image[None], hh, ww, stride, pad) for image in x]
    out = np.stack([w.reshape(len(w), -1) @ c + b[:, None] for c in cols])
    return out.reshape(len(x), len(w), oh, ow), (x.shape, w, stride, pad, cols)


@right("conv2d_forward", "patches in rows")
def forward_rows(x, w, b, stride=1, pad=0):
    hh, ww = w.shape[2:]
    oh, ow = count(x.shape[2], hh, stride, pad), count(x.shape[3], ww, stride, pad)
    rows = im2col_sliding(x, hh, ww, stride, pad).T
    out = (rows @ w.reshape(len(w), -1).T + b).reshape(len(x), oh, ow, len(w))
    return out.transpose(0, 3, 1, 2), (x, w, b, stride, pad, rows)


@right("conv2d_forward", "columns, and the bias as one more row of them")
def forward_bias_row(x, w, b, stride=1, pad=0):
    hh, ww = w.shape[2:]
    oh, ow = count(x.shape[2], hh, stride, pad), count(x.shape[3], ww, stride, pad)
    cols = im2col_sliding(x, hh, ww, stride, pad)
    cols = np.vstack([cols, np.ones((1, cols.shape[1]), dtype=x.dtype)])
    out = np.hstack([w.reshape(len(w), -1), b[:, None]]) @ cols
    return np.moveaxis(out.reshape(len(w), len(x), oh, ow), 0, 1), (x, w, b, stride, pad)


# conv2d_backward

right("conv2d_backward", "the naive one is right too")(backward_loops)
right("conv2d_backward", "a convolution with the turned kernel")(backward_turned)


@right("conv2d_backward", "one image after another, a cache of its own",
       conv2d_forward=forward_batched)
def backward_batched(dout, cache):
    shape, w, stride, pad, cols = cache
    hh, ww = w.shape[2:]
    slopes = dout.reshape(len(dout), len(w), -1)
    dw = sum(d @ c.T for d, c in zip(slopes, cols)).reshape(w.shape)
    dx = [col2im_by_entries(w.reshape(len(w), -1).T @ d, (1, *shape[1:]), hh, ww, stride, pad)
          for d in slopes]
    return np.concatenate(dx), dw, slopes.sum(axis=(0, 2))


@right("conv2d_backward", "patches in rows, another cache", conv2d_forward=forward_rows)
def backward_rows(dout, cache):
    x, w, _, stride, pad, rows = cache
    hh, ww = w.shape[2:]
    slopes = dout.transpose(0, 2, 3, 1).reshape(-1, len(w))
    dw = (slopes.T @ rows).reshape(w.shape)
    drows = slopes @ w.reshape(len(w), -1)
    return col2im_add_at(drows.T, x.shape, hh, ww, stride, pad), dw, slopes.sum(0)


@right("conv2d_backward", "kernel entry by kernel entry, no columns at all")
def backward_entries(dout, cache):
    x, w, _, stride, pad = cache
    padded = frame(x, pad)
    dpadded, dw = np.zeros_like(padded), np.empty_like(w)
    oh, ow = dout.shape[2:]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            here = np.s_[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
            dw[:, :, i, j] = np.tensordot(dout, padded[here], axes=((0, 2, 3), (0, 2, 3)))
            dpadded[here] += np.einsum("nfuv,fc->ncuv", dout, w[:, :, i, j])
    height, width = x.shape[2:]
    return dpadded[:, :, pad:pad + height, pad:pad + width], dw, dout.sum(axis=3).sum(axis=2).sum(0)


# conv2d_forward_general, conv2d_backward_general


def pulled_apart(w, dilation):
    """The kernel with its gaps filled with zeros."""
    f, c, hh, ww = w.shape
    wide = np.zeros((f, c, dilation * (hh - 1) + 1, dilation * (ww - 1) + 1))
    wide[:, :, ::dilation, ::dilation] = w
    return wide


@right("conv2d_forward_general", "a layer for each group, with zeros between the weights")
def general_by_zeros(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    parts = zip(np.split(x, groups, axis=1), np.split(w, groups), np.split(b, groups))
    outs = [forward_windows(xg, pulled_apart(wg, dilation), bg, stride, pad)[0]
            for xg, wg, bg in parts]
    return np.concatenate(outs, axis=1), (x, w, b, stride, pad, dilation, groups)


@right("conv2d_forward_general", "loops over filters and windows")
def general_loops(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    padded, (f_all, c_part, hh, ww) = frame(x, pad), w.shape
    tall, wide = dilation * (hh - 1) + 1, dilation * (ww - 1) + 1
    oh = count(x.shape[2], tall, stride, pad)
    ow = count(x.shape[3], wide, stride, pad)
    out = np.zeros((len(x), f_all, oh, ow))
    for f in range(f_all):
        first = f // (f_all // groups) * c_part
        for u in range(oh):
            for v in range(ow):
                top, left = u * stride, v * stride
                window = padded[:, first:first + c_part, top:top + tall:dilation,
                                left:left + wide:dilation]
                out[:, f, u, v] = (window * w[f]).sum(axis=(1, 2, 3)) + b[f]
    return out, {"everything": (x, w, b, stride, pad, dilation, groups)}


@right("conv2d_forward_general", "groups as zeros in a full kernel, stride tricks")
def general_full_kernel(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    f, c = len(w), x.shape[1]
    full = np.zeros((f, c, *w.shape[2:]))
    for k in range(f):
        first = k // (f // groups) * (c // groups)
        full[k, first:first + c // groups] = w[k]
    hh, ww = w.shape[2:]
    padded = np.ascontiguousarray(frame(x, pad))
    oh = count(x.shape[2], dilation * (hh - 1) + 1, stride, pad)
    ow = count(x.shape[3], dilation * (ww - 1) + 1, stride, pad)
    sn, sc, sr, sq = padded.strides
    views = as_strided(padded, (len(x), c, oh, ow, hh, ww),
                       (sn, sc, sr * stride, sq * stride, sr * dilation, sq * dilation))
    out = np.einsum("ncuvij,fcij->nfuv", views, full) + b[None, :, None, None]
    return out, (x, w, b, stride, pad, dilation, groups)


@right("conv2d_backward_general", "a layer for each group, with zeros between the weights")
def general_backward_by_zeros(dout, cache):
    x, w, _, stride, pad, dilation, groups = cache
    dx, dw = [], []
    for xg, wg, dg in zip(np.split(x, groups, axis=1), np.split(w, groups),
                          np.split(dout, groups, axis=1)):
        wide = pulled_apart(wg, dilation)
        dxg, dwide, _ = backward_loops(dg, (xg, wide, np.zeros(len(wg)), stride, pad))
        dx.append(dxg)
        dw.append(dwide[:, :, ::dilation, ::dilation])
    return np.concatenate(dx, axis=1), np.concatenate(dw), dout.sum(axis=(0, 2, 3))


@right("conv2d_backward_general", "loops over filters and windows, a cache of its own",
       conv2d_forward_general=general_loops)
def general_backward_loops(dout, cache):
    x, w, _, stride, pad, dilation, groups = cache["everything"]
    padded, (f_all, c_part, hh, ww) = frame(x, pad), w.shape
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(f_all)
    for n, f, u, v in np.ndindex(dout.shape):
        first = f // (f_all // groups) * c_part
        here = np.s_[n, first:first + c_part,
                     u * stride:u * stride + dilation * (hh - 1) + 1:dilation,
                     v * stride:v * stride + dilation * (ww - 1) + 1:dilation]
        dw[f] += padded[here] * dout[n, f, u, v]
        dpadded[here] += w[f] * dout[n, f, u, v]
        db[f] += dout[n, f, u, v]
    return dpadded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw, db


@right("conv2d_backward_general", "weight by weight")
def general_backward_entries(dout, cache):
    x, w, _, stride, pad, dilation, groups = cache
    padded, (f_all, c_part, _, _) = frame(x, pad), w.shape
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    oh, ow = dout.shape[2:]
    for f, c, i, j in np.ndindex(w.shape):
        channel = f // (f_all // groups) * c_part + c
        here = np.s_[:, channel, dilation * i:dilation * i + stride * oh:stride,
                     dilation * j:dilation * j + stride * ow:stride]
        dw[f, c, i, j] = np.vdot(padded[here], dout[:, f])
        dpadded[here] += w[f, c, i, j] * dout[:, f]
    return (dpadded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw,
            np.array([dout[:, f].sum() for f in range(f_all)]))


@right("conv2d_forward_general", "sliding windows, thinned out, group by group")
def general_windows(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    tall, wide = (dilation * (k - 1) + 1 for k in w.shape[2:])
    views = sliding_window_view(frame(x, pad), (tall, wide), axis=(2, 3))
    views = views[:, :, ::stride, ::stride, ::dilation, ::dilation]
    n, c, oh, ow, hh, ww = views.shape
    views = views.reshape(n, groups, c // groups, oh, ow, hh, ww)
    kernels = w.reshape(groups, -1, *w.shape[1:])
    out = np.einsum("ngcuvij,gfcij->ngfuv", views, kernels).reshape(n, len(w), oh, ow)
    return out + b.reshape(1, -1, 1, 1), (x, w, b, stride, pad, dilation, groups)


@right("conv2d_forward_general", "columns of each group")
def general_columns(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    out = []
    for xg, wg in zip(np.split(x, groups, axis=1), np.split(w, groups)):
        wide = pulled_apart(wg, dilation)
        hh, ww = wide.shape[2:]
        oh, ow = count(x.shape[2], hh, stride, pad), count(x.shape[3], ww, stride, pad)
        product = wide.reshape(len(wg), -1) @ im2col_sliding(xg, hh, ww, stride, pad)
        out.append(product.reshape(len(wg), len(x), oh, ow))
    whole = np.concatenate(out).transpose(1, 0, 2, 3)
    return whole + b[None, :, None, None], (x, w, b, stride, pad, dilation, groups)


@right("conv2d_backward_general", "with groups as zeros in a full kernel")
def general_backward_full(dout, cache):
    x, w, b, stride, pad, dilation, groups = cache
    f, c = len(w), x.shape[1]
    part = c // groups
    full = np.zeros((f, c, *w.shape[2:]))
    firsts = [k // (f // groups) * part for k in range(f)]
    for k, first in enumerate(firsts):
        full[k, first:first + part] = w[k]
    wide = pulled_apart(full, dilation)
    dx, dwide, db = backward_loops(dout, (x, wide, b, stride, pad))
    dfull = dwide[:, :, ::dilation, ::dilation]
    return dx, np.stack([dfull[k, first:first + part] for k, first in enumerate(firsts)]), db


@right("conv2d_backward_general", "entry by entry of the kernel, all groups at once")
def general_backward_reshaped(dout, cache):
    x, w, _, stride, pad, dilation, groups = cache
    n, c, height, width = x.shape
    oh, ow = dout.shape[2:]
    padded = frame(x, pad).reshape(n, groups, c // groups, height + 2 * pad, width + 2 * pad)
    slopes = dout.reshape(n, groups, -1, oh, ow)
    kernels = w.reshape(groups, -1, *w.shape[1:])
    dpadded, dw = np.zeros_like(padded), np.zeros_like(kernels)
    for i, j in np.ndindex(w.shape[2:]):
        top, left = dilation * i, dilation * j
        here = np.s_[..., top:top + stride * oh:stride, left:left + stride * ow:stride]
        dw[..., i, j] = np.einsum("ngfuv,ngcuv->gfc", slopes, padded[here])
        dpadded[here] += np.einsum("ngfuv,gfc->ngcuv", slopes, kernels[..., i, j])
    dx = dpadded[..., pad:pad + height, pad:pad + width].reshape(x.shape)
    return dx, dw.reshape(w.shape), dout.sum(axis=(0, 2, 3))


# shape_drill

right("shape_drill", "a list")(lambda: ["b", "c", "d", "a"])
right("shape_drill", "capitals")(lambda: tuple("BCDA"))


@right("shape_drill", "computed")
def drill_computed():
    w = np.zeros((16, 3, 5, 5))
    layers = {"a": (3, 0), "b": (3, 1), "c": (2, 1), "d": (5, 1)}
    fourteen = [name for name, (k, pad) in layers.items() if count(28, k, 2, pad) == 14]
    learned = [416, 1200, 1216, 1248].index(w.size + len(w))
    columns = [75, 1024, 7840, 10240].index(10 * count(32, 5, 1, 2) ** 2)
    size = [size for size in (28, 14, 32) if count(size, 5, 2, 2) == 14]
    return fourteen[0], "abcd"[learned], "abcd"[columns], f"({'acd'[[28, 14, 32].index(size[0])]})"


right("shape_drill", "with brackets")(lambda: ["(b)", "c)", " d", "a."])
right("shape_drill", "a word taken apart")(lambda: list("bcda"))


# echo_forward, echo_backward


@right("echo_forward", "np.convolve")
def echo_convolve(x, w):
    out = np.array([[np.convolve(sound, room) for room in w] for sound in x])
    return out.astype(x.dtype), (x, w)


@right("echo_forward", "from the output: a padded sound and a turned kernel")
def echo_turned(x, w):
    ww = w.shape[1]
    padded = np.pad(x, ((0, 0), (ww - 1, ww - 1)))
    out = np.zeros((len(x), len(w), x.shape[1] + ww - 1))
    for u in range(out.shape[2]):
        out[:, :, u] = padded[:, u:u + ww] @ w[:, ::-1].T
    return out, {"padded": padded, "w": w}


@right("echo_forward", "a shifted sound for each echo")
def echo_shifted(x, w):
    out = np.zeros((len(x), len(w), x.shape[1] + w.shape[1] - 1), dtype=x.dtype)
    for j in range(w.shape[1]):
        out[:, :, j:j + x.shape[1]] += x[:, None, :] * w[None, :, j, None]
    return out, (x, w)


@right("echo_forward", "the layer of this chapter, with the kernel turned")
def echo_by_layer(x, w):
    ww = w.shape[1]
    padded = np.pad(x, ((0, 0), (ww - 1, ww - 1)))
    out, _ = forward_windows(padded[:, None, None], w[:, None, None, ::-1], np.zeros(len(w)))
    return out[:, :, 0], (x, w)


@right("echo_backward", "np.correlate")
def echo_correlate(dout, cache):
    x, w = cache
    dx = [sum(np.correlate(slopes, room, "valid") for slopes, room in zip(rooms, w))
          for rooms in dout]
    dw = [sum(np.correlate(dout[n, f], x[n], "valid") for n in range(len(x)))
          for f in range(len(w))]
    return np.array(dx), np.array(dw)


@right("echo_backward", "windows of dout")
def echo_windows(dout, cache):
    x, w = cache
    dx = np.einsum("nfqj,fj->nq", sliding_window_view(dout, w.shape[1], axis=2), w)
    dw = np.einsum("nfjq,nq->fj", sliding_window_view(dout, x.shape[1], axis=2), x)
    return dx, dw


@right("echo_backward", "a cache of its own, loops", echo_forward=echo_turned)
def echo_loops(dout, cache):
    padded, w = cache["padded"], cache["w"]
    ww = w.shape[1]
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, f, u in np.ndindex(dout.shape):
        dpadded[n, u:u + ww] += dout[n, f, u] * w[f, ::-1]
        dw[f] += dout[n, f, u] * padded[n, u:u + ww][::-1]
    return dpadded[:, ww - 1:dpadded.shape[1] - ww + 1], dw


@right("echo_forward", "a product of polynomials, sound by sound")
def echo_polynomials(x, w):
    out = [[np.polynomial.polynomial.polymul(sound, room) for room in w] for sound in x]
    full = np.zeros((len(x), len(w), x.shape[1] + w.shape[1] - 1), dtype=x.dtype)
    for (n, f), heard in zip(np.ndindex(full.shape[:2]), (h for row in out for h in row)):
        full[n, f, :len(heard)] = heard
    return full, (x, w)


@right("echo_backward", "echo by echo, with slices")
def echo_by_echo(dout, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.empty_like(w)
    for j in range(w.shape[1]):
        late = dout[:, :, j:j + x.shape[1]]
        dx += np.einsum("nfq,f->nq", late, w[:, j])
        dw[:, j] = np.einsum("nfq,nq->f", late, x)
    return dx, dw


@right("echo_backward", "four loops over plain numbers")
def echo_plain(dout, cache):
    x, w = cache
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, q, j in np.ndindex(*dout.shape[:2], x.shape[1], w.shape[1]):
        slope = dout[n, f, q + j]
        dx[n, q], dw[f, j] = dx[n, q] + slope * w[f, j], dw[f, j] + slope * x[n, q]
    return [dx, dw]


# recap_convolution

right("recap_convolution", "a list")(lambda: ["c", "d", "a"])
right("recap_convolution", "capitals")(lambda: ("C", "D", "A"))
right("recap_convolution", "with a bracket and a space")(lambda: ("c)", " d ", "a."))


right("recap_convolution", "with brackets")(lambda: ["(c)", "(d)", "(a)"])
right("recap_convolution", "a word taken apart")(lambda: tuple("cda"))
