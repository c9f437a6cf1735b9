"""Right answers to 05_svm_loss."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


# predict_changes

right("predict_changes", "lists")(lambda: ([0.1, 0.1, -0.2, 0], 1.5))
right("predict_changes", "fractions")(
    lambda: [np.array([1, 1, -2, 0]) / 10, np.float32(3 / 2)]
)


@right("predict_changes", "computed")
def predict_computed():
    def loss(s):
        return np.maximum(0, np.delete(s, 2) - s[2] + 1).sum()

    s = np.array([1.0, 2.0, 0.5, -2.0])
    return [loss(s + 0.1 * e) - loss(s) for e in np.eye(4)], s[2] - 1 - s[3]


right("predict_changes", "a tuple and an array of one number")(
    lambda: ((0.1, 0.1, -0.2, 0.0), np.array(1.5))
)
right("predict_changes", "nearly, with rounding")(lambda: (np.array([1, 1, -2, 0]) * 0.1, 0.5 * 3))

# hinge_pair


@right("hinge_pair", "three branches")
def pair_branches(s_j, s_y):
    if s_j > s_y - 1:
        return s_j - (s_y - 1), 1, -1
    return 0, 0, 0


@right("hinge_pair", "truth values as numbers")
def pair_truth(s_j, s_y):
    margin = 1 + s_j - s_y
    on = margin > 0
    return on * margin, on * 1, on * -1


@right("hinge_pair", "numpy")
def pair_numpy(s_j, s_y):
    margin = np.maximum(0.0, s_j - s_y + 1)
    return list(np.array([margin, np.sign(margin), -np.sign(margin)]))


@right("hinge_pair", "a conditional expression")
def pair_conditional(s_j, s_y):
    slope = 1.0 if s_y - s_j < 1 else 0.0
    return slope * (1 - (s_y - s_j)), slope, -slope


@right("hinge_pair", "heaviside, as an array")
def pair_heaviside(s_j, s_y):
    margin = s_j - s_y + 1
    return np.array([max(margin, 0), np.heaviside(margin, 0), -np.heaviside(margin, 0)])


# svm_dx_entry


def margins(x, y):
    m = x - x[np.arange(len(x)), y].reshape(-1, 1) + 1
    m[np.arange(len(x)), y] = 0
    return m


@right("svm_dx_entry", "branches and a loop")
def entry_loop(x, y, n, j):
    t = y[n]
    if j != t:
        return 1 / len(x) if x[n, j] - x[n, t] + 1 > 0 else 0.0
    return -sum(x[n, k] - x[n, t] + 1 > 0 for k in range(x.shape[1]) if k != t) / len(x)


@right("svm_dx_entry", "one row")
def entry_row(x, y, n, j):
    on = x[n] - x[n, y[n]] + 1 > 0
    return (on[j] - (j == y[n]) * np.count_nonzero(on)) / x.shape[0]


@right("svm_dx_entry", "one row and an integer division of nothing")
def entry_list(x, y, n, j):
    row, t = x[n].tolist(), int(y[n])
    on = [k != t and row[k] > row[t] - 1 for k in range(len(row))]
    return np.float32(-sum(on) if j == t else on[j]) / np.float64(len(x))


@right("svm_dx_entry", "the whole of dx")
def entry_of_all(x, y, n, j):
    dx = (margins(x, y) > 0) * 1.0
    dx[np.arange(len(x)), y] = -dx.sum(axis=1)
    return dx[n, j] / len(x)


@right("svm_dx_entry", "fractions, as an array")
def entry_fraction(x, y, n, j):
    share, t = 1.0 / len(y), y[n]
    if j == t:
        return np.array(share * (1 - np.count_nonzero(x[n] > x[n, t] - 1)))
    return np.array(share * (x[n, t] - x[n, j] < 1))


# svm_dx_matrix

right("svm_dx_matrix", "one line")(
    lambda positive, y: (positive - positive.sum(1, keepdims=True) * np.eye(positive.shape[1])[y])
    / len(y)
)


@right("svm_dx_matrix", "a comparison of indices, as a list")
def matrix_list(positive, y):
    true = np.arange(positive.shape[1]) == y[:, None]
    counts = np.count_nonzero(positive, axis=1)
    return (np.where(true, -counts[:, None], positive) / len(y)).tolist()


@right("svm_dx_matrix", "put_along_axis")
def matrix_put(positive, y):
    dx = positive.astype(int)
    np.put_along_axis(dx, y.reshape(-1, 1), -dx.sum(axis=1, keepdims=True), axis=1)
    return np.true_divide(dx, positive.shape[0])


@right("svm_dx_matrix", "an index for each row")
def matrix_index(positive, y):
    dx = positive * 1.0
    dx[range(len(y)), y] -= positive.sum(axis=1)
    dx /= len(y)
    return dx


@right("svm_dx_matrix", "einsum")
def matrix_einsum(positive, y):
    n, c = positive.shape
    onehot = (y[:, None] == np.arange(c)).astype(float)
    p = positive.astype(float)
    return (p - np.einsum("nc,nk->nk", p, onehot)) / n


# svm_loss_naive and svm_loss


@right("svm_loss_naive", "as in many courses: minus one in the loop, mean at the end")
def loops(x, y):
    dx = np.zeros(x.shape)
    loss = 0.0
    for i in range(x.shape[0]):
        correct = x[i, y[i]]
        for j in range(x.shape[1]):
            if j == y[i]:
                continue
            margin = x[i, j] - correct + 1
            if margin > 0:
                loss += margin
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    loss /= x.shape[0]
    dx /= x.shape[0]
    return loss, dx


@right("svm_loss_naive", "one loop, in fractions")
@right("svm_loss_mended", "one loop")
def one_loop(x, y):
    share, loss, rows = 1.0 / len(x), 0.0, []
    for row, t in zip(x, y):
        m = row - row[t] + 1
        on = (m > 0) & (np.arange(m.size) != t)
        loss = loss + share * m[on].sum()
        one = np.where(on, share, 0.0)
        one[t] = -on.sum() * share
        rows.append(one)
    return loss, rows


@right("svm_loss", "the well-known vectorised form, in the dtype of x")
@right("svm_loss_naive", "not naive at all")
def standard(x, y):
    n = x.shape[0]
    correct = x[np.arange(n), y]
    m = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    m[np.arange(n), y] = 0
    loss = np.sum(m) / n
    num_pos = np.sum(m > 0, axis=1)
    dx = np.zeros_like(x)
    dx[m > 0] = 1
    dx[np.arange(n), y] -= num_pos
    dx /= n
    return loss, dx


@right("svm_loss", "one-hot and einsum, Fortran order")
def with_onehot(x, y):
    n, c = x.shape
    onehot = np.eye(c)[y]
    m = x - np.einsum("nc,nc->n", x, onehot)[:, None] + (1 - onehot)
    on = ((m > 0) * (1 - onehot)).astype(float)
    dx = (on - on.sum(1, keepdims=True) * onehot) / n
    return np.float64((on * m).sum() / n), np.asfortranarray(dx)


@right("svm_loss_naive", "without the true class")
@right("svm_loss", "without the true class: a matrix with C - 1 columns")
def without_true_class(x, y):
    n, c = x.shape
    wrong = np.arange(c) != np.asarray(y)[:, None]
    m = (x[wrong].reshape(n, c - 1) - x[~wrong].reshape(n, 1)) + 1
    dx = np.zeros((n, c))
    dx[wrong] = (m > 0).ravel()
    dx[~wrong] = -(m > 0).sum(-1)
    return np.where(m > 0, m, 0).sum(-1).mean(), dx / n


@right("svm_loss", "subtracts the constant 1 of the true class, adds with np.add.at")
def subtract_one(x, y):
    n, c = x.shape
    x = np.array(x)
    true = as_strided(x.ravel()[np.arange(n) * c + y], (n, c), (x.itemsize, 0))
    m = (x - true + 1).clip(min=0)
    dx = (m > 0) * 1.0
    np.add.at(dx, (np.arange(n), y), -np.count_nonzero(m, axis=1))
    return (m.sum() - n) / n, np.divide(dx, n)


@right("svm_loss_naive", "take_along_axis, without a loop")
@right("svm_loss_mended", "take_along_axis")
@right("svm_loss", "take_along_axis, and sums of each row")
def taken(x, y):
    margins = np.maximum(x - np.take_along_axis(x, y[:, None], axis=1) + 1, 0)
    each, count = margins.sum(axis=1) - 1, (margins > 0).sum(axis=1)
    dx = (margins > 0).astype(x.dtype)
    dx[range(len(y)), y] = 1 - count
    return each.mean(), dx / np.size(y)


# start_loss

right("start_loss", "integer")(lambda C: C - 1)
right("start_loss", "computed")(lambda C: loops(np.zeros((1, C)), np.array([0]))[0])
right("start_loss", "a NumPy number")(lambda C: np.float64(C) - 1)
right("start_loss", "as an array")(lambda C: np.array(np.maximum(0, np.ones(C)).sum() - 1))
right("start_loss", "a sum")(lambda C: sum(1.0 for j in range(C) if j != 0))

# exposing_scores

right("exposing_scores", "barely ahead")(lambda: np.array([0.01, 0.0, 0.0]))
right("exposing_scores", "a list")(lambda: [4, 3.5, 1, 3.9])
right("exposing_scores", "integers and halves")(lambda: np.array([2, 1.5, 1.5, 1.5], dtype="f4"))
right("exposing_scores", "a batch of one")(lambda: np.array([[0.0, -0.1, -0.2, -9.0]]))
right("exposing_scores", "a tuple of ten")(lambda: (1,) + (0.5,) * 9)

# svm_loss_mended

right("svm_loss_mended", "loops")(loops)
right("svm_loss_mended", "vectorised")(standard)
right("svm_loss_mended", "one-hot")(with_onehot)

# svm_loss_linear


def penalty(w, reg):
    return np.dot(w.ravel(), reg * w.ravel()), reg * (w + w)


@right("svm_loss_linear", "everything in one function")
def linear_alone(w, x, y, reg):
    n = len(x)
    m = margins(np.dot(x, w), y)
    dw = np.zeros_like(w)
    loss = 0.0
    for i in range(n):
        for j in range(w.shape[1]):
            if m[i, j] > 0:
                loss += m[i, j]
                dw[:, j] += x[i]
                dw[:, y[i]] -= x[i]
    return loss / n + reg * np.sum(w**2), dw / n + 2 * reg * w


@right("svm_loss_linear", "einsum")
def linear_einsum(w, x, y, reg):
    loss, ds = with_onehot(np.einsum("nd,dc->nc", x, w), y)
    return loss + reg * (w * w).sum(), np.einsum("nd,nc->dc", x, ds) + reg * 2 * w


@right("svm_loss_linear", "with functions of one's own", svm_loss=standard, penalty=penalty)
def linear_own(w, x, y, reg):
    loss, ds = standard(x @ w, y)
    size, dsize = penalty(w, reg)
    dw = ds.T.dot(x).T
    dw += dsize
    loss += size
    return loss, dw


@right("svm_loss_linear", "outer products and lists")
def linear_outer(w, x, y, reg):
    loss, ds = loops(x @ w, y)
    dw = sum(np.outer(a, b) for a, b in zip(x, ds))
    return [loss + reg * float(np.vdot(w, w)), (dw + 2 * reg * w).tolist()]


@right("svm_loss_linear", "trace and broadcasting")
def linear_trace(w, x, y, reg):
    loss, ds = standard(x @ w, y)
    dw = (x[:, :, None] * ds[:, None, :]).sum(axis=0)
    return loss + reg * np.trace(w.T @ w), dw + reg * (w + w)


# gradient_step

right("gradient_step", "a copy, then in place")(
    lambda w, dw, learning_rate: np.subtract(w.copy(), learning_rate * dw)
)
right("gradient_step", "a list of numbers")(
    lambda w, dw, learning_rate: (np.array(w) + dw * -learning_rate).tolist()
)


@right("gradient_step", "entry by entry")
def step_entries(w, dw, learning_rate):
    new = np.empty_like(w)
    for index in np.ndindex(w.shape):
        new[index] = w[index] - learning_rate * dw[index]
    return new


right("gradient_step", "einsum")(
    lambda w, dw, learning_rate: w + np.einsum("...,->...", dw, -learning_rate)
)


@right("gradient_step", "in place on a copy")
def step_copy(w, dw, learning_rate):
    new = np.array(w)
    new -= learning_rate * np.asarray(dw)
    return new


# choose_rate

right("choose_rate", "of the table")(lambda: 0.1)
right("choose_rate", "in an array")(lambda: np.array([0.3]))
right("choose_rate", "careful")(lambda: np.float32(3e-2))
right("choose_rate", "bold")(lambda: 1 / 2)
right("choose_rate", "the least good one of the table")(lambda: np.float32(0.01))
right("choose_rate", "the largest good one of the table")(lambda: 1)

# squared_hinge_loss


@right("squared_hinge_loss", "loops")
def squared_loops(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(len(x)):
        for j in range(x.shape[1]):
            margin = x[n, j] - x[n, y[n]] + 1
            if j != y[n] and margin > 0:
                loss += margin**2
                dx[n, j] += 2 * margin
                dx[n, y[n]] -= 2 * margin
    return loss / len(x), dx / len(x)


@right("squared_hinge_loss", "one-hot and einsum")
def squared_onehot(x, y):
    n, c = x.shape
    onehot = np.eye(c)[y]
    h = np.maximum(0, x - np.sum(x * onehot, axis=1, keepdims=True) + 1) * (1 - onehot)
    dx = h - h.sum(1, keepdims=True) * onehot
    return np.einsum("nc,nc->", h, h) / n, dx * (2 / n)


@right("squared_hinge_loss", "in the dtype of x, from the plain hinge")
def squared_from_plain(x, y):
    rows = np.arange(len(x))
    m = x - x[rows, y][:, None] + 1
    m[rows, y] = 0
    h = np.where(m > 0, m, 0)
    dx = (h + h) / len(x)
    dx[rows, y] -= dx.sum(axis=-1)
    return (h**2).sum(axis=1).mean(), dx


@right("squared_hinge_loss", "each sample by itself")
def squared_rows(x, y):
    losses, rows = [], []
    for s, t in zip(x, y):
        h = np.clip(s - s[t] + 1, 0, None)
        h[t] = 0
        losses.append(h @ h)
        h[t] = -h.sum()
        rows.append(2 * h)
    return sum(losses) / len(losses), np.array(rows) / len(rows)


@right("squared_hinge_loss", "where, and a matrix product of ones")
def squared_product(x, y):
    n, c = x.shape
    true = np.arange(c) == y[:, None]
    m = x - x[true][:, None] + 1
    h = np.where(~true & (m > 0), m, 0)
    return np.linalg.norm(h) ** 2 / n, 2 / n * (h - true * (h @ np.ones((c, c))))


# recap_svm_loss

right("recap_svm_loss", "letters")(lambda: ("c", "b", "a"))
right("recap_svm_loss", "capitals in a list")(lambda: ["C", "B", "A"])
right("recap_svm_loss", "a dictionary's values")(
    lambda: tuple({"true_class": "c", "first_loss": "b", "twice": "a"}.values())
)
right("recap_svm_loss", "mixed")(lambda: ["C.", "b)", "(a)"])
right("recap_svm_loss", "as in the list above")(lambda: ("(c)", " b", "a."))
