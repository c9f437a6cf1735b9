"""Right answers to 03_affine."""

import warnings

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def flat(x):
    return x.reshape(len(x), -1)


# predict_touched


@right("predict_touched", "lists")
def predict_lists():
    return [[1, 1, 1, 1], [0, 0, 0, 0]], [1, 2, 3, 4]


@right("predict_touched", "computed")
def predict_computed():
    w = np.arange(1.0, 13.0).reshape(3, 4)
    x = np.zeros((2, 3))
    x[0, 0] = 1
    change = x @ w
    return (change != 0).astype(int), change[0]


@right("predict_touched", "a list of arrays")
def predict_list_of_arrays():
    touched = np.zeros((2, 4), dtype=np.int32)
    touched[0] += 1
    return [touched, np.array([1, 2, 3, 4], dtype=np.float32)]


# affine_scalar_gradients

right("affine_scalar_gradients", "one line")(
    lambda x0, x1, w, b, dout0, dout1: (dout1 * x1 + dout0 * x0, dout1 + dout0)
)
right("affine_scalar_gradients", "a product of vectors, numpy scalars")(
    lambda x0, x1, w, b, dout0, dout1: (np.dot([x0, x1], [dout0, dout1]), np.sum([dout0, dout1]))
)
right("affine_scalar_gradients", "an array of two")(
    lambda x0, x1, w, b, dout0, dout1: np.array([[x0, x1], [1.0, 1.0]]) @ np.array([dout0, dout1])
)

# affine_dx_entry, affine_dw_entry, affine_db_entry

right("affine_dx_entry", "vectorised")(lambda dout, w, n, d: np.sum(dout[n] * w[d]))
right("affine_dx_entry", "dot")(lambda dout, w, n, d: dout[n] @ w[d])
right("affine_dx_entry", "einsum")(lambda dout, w, n, d: np.einsum("m,m->", dout[n, :], w[d, :]))
right("affine_dx_entry", "the whole matrix")(lambda dout, w, n, d: (dout @ w.T)[n, d])

right("affine_dw_entry", "vectorised")(lambda x, dout, d, m: (x[:, d] * dout[:, m]).sum())
right("affine_dw_entry", "generator")(
    lambda x, dout, d, m: sum(row[d] * up[m] for row, up in zip(x, dout))
)
right("affine_dw_entry", "einsum")(lambda x, dout, d, m: np.einsum("n,n", x[:, d], dout[:, m]))

right("affine_db_entry", "vectorised")(lambda dout, m: dout[:, m].sum())
right("affine_db_entry", "product with ones")(lambda dout, m: np.ones(len(dout)) @ dout[:, m])
right("affine_db_entry", "float")(lambda dout, m: float(sum(dout[n, m] for n in range(len(dout)))))

# affine_matrix_gradients


@right("affine_matrix_gradients", "einsum")
def matrices_einsum(x, dout):
    return np.einsum("nd,nm->dm", x, dout), np.einsum("nm->m", dout)


@right("affine_matrix_gradients", "dot and transposes the other way round")
def matrices_dot(x, dout):
    return np.dot(dout.T, x).T, np.ones(len(dout)).dot(dout)


@right("affine_matrix_gradients", "one broadcast product, summed over the samples")
def matrices_broadcast(x, dout):
    return (x[:, :, np.newaxis] * dout[:, np.newaxis, :]).sum(axis=0), np.add.reduce(dout)


# affine_forward


@right("affine_forward", "loops and a cache with more entries")
def forward_loops(x, w, b):
    rows = flat(x)
    out = np.zeros((len(x), w.shape[1]), dtype=x.dtype)
    for n in range(len(x)):
        for m in range(w.shape[1]):
            out[n, m] = sum(rows[n, d] * w[d, m] for d in range(w.shape[0])) + b[m]
    return out, (x, w, b, rows, out.shape, "affine")


@right("affine_forward", "einsum and a cache that is a dict")
def forward_einsum(x, w, b):
    return np.einsum("nd,dm->nm", flat(x), w) + b, {"x": x, "w": w, 3: lambda: None}


@right("affine_forward", "prints and warns")
def forward_noisy(x, w, b):
    print("shape", x.shape)
    warnings.warn("a harmless warning", RuntimeWarning, stacklevel=2)
    np.array([1.0]) / np.array([0.0])
    return np.dot(flat(x), w) + b[np.newaxis, :], (x, w, b)


# affine_backward


@right("affine_backward", "loops")
def backward_loops(dout, cache):
    x, w, b = cache
    rows = flat(x)
    dx, dw, db = np.zeros_like(rows), np.zeros_like(w), np.zeros_like(b)
    for n in range(dout.shape[0]):
        for m in range(dout.shape[1]):
            db[m] += dout[n, m]
            for d in range(w.shape[0]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += dout[n, m] * rows[n, d]
    return dx.reshape(x.shape), dw, db


@right("affine_backward", "einsum")
def backward_einsum(dout, cache):
    x, w, _ = cache
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    return dx, np.einsum("nd,nm->dm", flat(x), dout), np.einsum("nm->m", dout)


@right("affine_backward", "a cache of its own: a dict with the flat x",
       affine_forward=lambda x, w, b: (
           flat(x) @ w + b, {"rows": flat(x), "shape": x.shape, "w": w, "M": w.shape[1]}))
def backward_dict(dout, cache):
    dx = (dout @ cache["w"].T).reshape(cache["shape"])
    return [dx, cache["rows"].T @ dout, dout.sum(0)]


@right("affine_backward", "a cache with more entries", affine_forward=lambda x, w, b: (
    flat(x) @ w + b, (x, w, b, flat(x), object())))
def backward_more(dout, cache):
    x, w, _, rows, _ = cache
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(axis=0)


@right("affine_backward", "stride tricks and outer products")
def backward_strides(dout, cache):
    x, w, _ = cache
    dout, rows = np.ascontiguousarray(dout), np.ascontiguousarray(flat(x))
    (n, m), d = dout.shape, rows.shape[1]
    size = dout.itemsize
    upstream = as_strided(dout, (n, d, m), (m * size, 0, size))
    left = as_strided(rows, (n, d, m), (d * rows.itemsize, rows.itemsize, 0))
    return ((upstream * w).sum(-1).reshape(x.shape), (upstream * left).sum(0),
            np.add.reduce(dout, axis=0))


@right("affine_backward", "float32 results for float32 inputs, Fortran order")
def backward_fortran(dout, cache):
    x, w, _ = cache
    dx = np.asfortranarray((dout @ w.T).reshape(x.shape))
    return dx, (dout.T @ flat(x)).T, dout.sum(0, dtype=dout.dtype)


@right("affine_backward", "copies everything, then works in place")
def backward_in_place_on_copies(dout, cache):
    x, w, _ = (np.array(a) for a in cache)
    dout = dout.copy()
    dx = (dout @ w.T).reshape(x.shape)
    dw = flat(x).T @ dout
    dout[1:] += 0
    db = dout[0].copy()
    for row in dout[1:]:
        db += row
    return dx, dw, db


# exposing_shape

right("exposing_shape", "an image")(lambda: (5, 1, 28, 28))
right("exposing_shape", "a list")(lambda: [2, 3, 4])
right("exposing_shape", "one number a sample")(lambda: (4,))
right("exposing_shape", "an array")(lambda: np.array([2, 2, 2]))

# affine_backward_mended

right("affine_backward_mended", "loops")(backward_loops)
right("affine_backward_mended", "einsum")(backward_einsum)
right("affine_backward_mended", "stride tricks")(backward_strides)

# quadratic_affine_forward


@right("quadratic_affine_forward", "one product")
def quadratic_one_product(x, w):
    return (x + x * x) @ w, (x, w)


@right("quadratic_affine_forward", "loops and a cache with more entries")
def quadratic_forward_loops(x, w):
    out = np.zeros((len(x), w.shape[1]), dtype=x.dtype)
    for n in range(len(x)):
        for m in range(w.shape[1]):
            for d in range(w.shape[0]):
                out[n, m] += x[n, d] * w[d, m] + x[n, d] ** 2 * w[d, m]
    return out, (x, w, out.shape)


@right("quadratic_affine_forward", "stacked, einsum, a cache that is a dict")
def quadratic_stacked(x, w):
    both = np.concatenate([x, np.square(x)], axis=1)
    return np.einsum("nd,dm->nm", both, np.concatenate([w, w])), {"x": x, "w": w}


# quadratic_affine_backward


@right("quadratic_affine_backward", "two paths added")
def quadratic_two_paths(dout, cache):
    x, w = cache
    upstream = dout @ w.T
    dx = upstream + 2 * x * upstream
    dw = x.T @ dout + np.square(x).T @ dout
    return dx, dw


@right("quadratic_affine_backward", "loops")
def quadratic_backward_loops(dout, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n in range(dout.shape[0]):
        for m in range(dout.shape[1]):
            for d in range(w.shape[0]):
                dx[n, d] += dout[n, m] * (w[d, m] + 2 * x[n, d] * w[d, m])
                dw[d, m] += dout[n, m] * (x[n, d] + x[n, d] ** 2)
    return dx, dw


@right("quadratic_affine_backward", "a cache of its own, with what both gradients need",
       quadratic_affine_forward=lambda x, w: (
           (x + x**2) @ w, {"slope": 1 + 2 * x, "seen by w": x + x**2, "w": w}))
def quadratic_own_cache(dout, cache):
    dx = np.einsum("nd,nm,dm->nd", cache["slope"], dout, cache["w"])
    return [dx, np.einsum("nd,nm->dm", cache["seen by w"], dout)]


# recap_affine

right("recap_affine", "a list")(lambda: ["b", "a", "c"])
right("recap_affine", "a word")(lambda: tuple("bac"))
right("recap_affine", "capitals and brackets")(lambda: ("B", "(a)", "c."))


# More styles


@right("predict_touched", "truth values")
def predict_truth_values():
    return np.arange(2)[:, None] == np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0])


@right("predict_touched", "floats")
def predict_floats():
    return np.array([[1.0] * 4, [0.0] * 4]), [1.0, 2.0, 3.0, 4.0]


@right("affine_scalar_gradients", "path by path")
def scalar_paths(x0, x1, w, b, dout0, dout1):
    dw = 0.0
    db = 0.0
    for x, dout in ((x0, dout0), (x1, dout1)):
        dw += x * dout
        db += dout
    return dw, db


right("affine_scalar_gradients", "arrays without dimensions")(
    lambda x0, x1, w, b, dout0, dout1: (
        np.array(x0 * dout0 + x1 * dout1), np.array(dout0 + dout1)))


@right("affine_dx_entry", "a loop over pairs")
def dx_entry_pairs(dout, w, n, d):
    total = 0
    for up, weight in zip(dout[n], w[d]):
        total += up * weight
    return np.array(total)


@right("affine_dw_entry", "a loop")
def dw_entry_loop(x, dout, d, m):
    total = 0.0
    for n in range(len(x)):
        total = total + dout[n][m] * x[n][d]
    return float(total)


right("affine_dw_entry", "the whole matrix")(lambda x, dout, d, m: (x.T @ dout)[d, m])

right("affine_db_entry", "the whole vector")(lambda dout, m: np.sum(dout, axis=0)[m])
right("affine_db_entry", "einsum")(lambda dout, m: np.einsum("n->", dout[:, m]))


@right("affine_matrix_gradients", "tensordot and add.reduce")
def matrices_tensordot(x, dout):
    return np.tensordot(x, dout, axes=(0, 0)), np.add.reduce(dout)


@right("affine_matrix_gradients", "a sum of outer products")
def matrices_outer(x, dout):
    return (x[:, :, np.newaxis] * dout[:, np.newaxis, :]).sum(axis=0), dout.sum(0)


@right("affine_forward", "tensordot over all axes of a sample")
def forward_tensordot(x, w, b):
    kernel = w.reshape(*x.shape[1:], -1)
    out = np.tensordot(x, kernel, axes=x.ndim - 1) + b
    return out, [x, w, b]


@right("affine_forward", "a column of ones")
def forward_homogeneous(x, w, b):
    rows = np.concatenate([flat(x), np.ones((len(x), 1), x.dtype)], axis=1)
    return rows @ np.vstack([w, b]), (x, w, b)


right("exposing_shape", "numbers of NumPy")(lambda: tuple(np.array([2, 3, 4])))

right("affine_backward_mended", "a list, work on copies")(backward_in_place_on_copies)


@right("affine_backward_mended", "flat by the number of features")
def mended_by_features(dout, cache):
    x, w, b = cache
    rows = np.reshape(x, (-1, len(w)))
    return np.dot(dout, w.T).reshape(x.shape), rows.T.dot(dout), dout.sum(0).reshape(b.shape)


@right("quadratic_affine_forward", "the square by itself")
def quadratic_own_square(x, w):
    square = np.power(x, 2)
    out = np.dot(x, w)
    return out + np.dot(square, w), [x, w]


@right("quadratic_affine_forward", "x times 1 + x, and a cache of what is needed")
def quadratic_product_form(x, w):
    seen = x * (1 + x)
    return seen @ w, (x, seen, w)


@right("quadratic_affine_backward", "einsum")
def quadratic_einsum(dout, cache):
    x, w = cache
    dx = np.einsum("nd,nm,dm->nd", 2 * x + 1, dout, w)
    return dx, np.einsum("nd,nm->dm", x * (x + 1), dout)


@right("quadratic_affine_backward", "by way of what w is multiplied by")
def quadratic_two_steps(dout, cache):
    x, w = cache
    seen = x + np.square(x)
    dseen = np.matmul(dout, w.T)
    dx = dseen.copy()
    dx += 2 * x * dseen
    return dx, np.matmul(seen.T, dout)


right("recap_affine", "dots")(lambda: ("b.", "a.", "c."))
right("recap_affine", "capital letters in a list")(lambda: ["B", "A", "C"])
