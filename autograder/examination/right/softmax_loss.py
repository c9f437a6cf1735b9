"""Right answers to 06_softmax_loss."""

import math
import warnings

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# predict_softmax_signs

right("predict_softmax_signs", "lists of integers")(lambda: ([[1, -1, 1], [-1, 1, 1]], 0))
right("predict_softmax_signs", "an array of integers")(
    lambda: [np.array([[1, -1, 1], [-1, 1, 1]], dtype=np.int8), np.array(0.0)]
)


@right("predict_softmax_signs", "computed")
def predict_computed():
    x, y = np.log([[1.0, 2.0, 5.0], [3.0, 1.0, 1.0]]), np.array([1, 0])
    dx = softmax(x)
    dx[np.arange(2), y] -= 1

    def loss(x):
        return -np.log(softmax(x)[[0, 1], y]).mean()

    return np.sign(dx), loss(x + [[100.0], [0.0]]) - loss(x)


# softmax_score_slopes

right("softmax_score_slopes", "math, as a list")(
    lambda s, y, j: [math.exp(s[i]) / sum(math.exp(v) for v in s) - (i == y) for i in (j, y)]
)
right("softmax_score_slopes", "entries of the whole gradient, as an array")(
    lambda s, y, j: tuple((softmax(s) - np.eye(len(s))[y])[[j, y]])
)


@right("softmax_score_slopes", "the label's slope is minus the sum of the others")
def slopes_from_the_others(s, y, j):
    p = {i: 1 / np.exp(s - s[i]).sum() for i in range(len(s)) if i != y}
    return np.array(p[j]), -sum(p.values())


# softmax_sample_gradient

right("softmax_sample_gradient", "one-hot row")(lambda s, y: softmax(s) - np.eye(len(s))[y])
right("softmax_sample_gradient", "a list")(
    lambda s, y: [math.exp(v) / sum(math.exp(u) for u in s) - (j == y) for j, v in enumerate(s)]
)
right("softmax_sample_gradient", "comparison of indices")(
    lambda s, y: np.exp(s - np.logaddexp.reduce(s)) - (np.arange(s.size) == y)
)

# softmax_dx_entry

right("softmax_dx_entry", "a truth value as a number")(
    lambda p, y, n, j: (p[n, j] - (y[n] == j)) / len(p)
)
right("softmax_dx_entry", "an entry of the whole gradient")(
    lambda p, y, n, j: ((p - np.eye(p.shape[1])[y]) / len(y))[n, j]
)


@right("softmax_dx_entry", "two branches")
def entry_branches(p, y, n, j):
    samples, _ = p.shape
    if y[n] != j:
        return p[n, j] / samples
    return -(1 - p[n, j]) / samples


# softmax_dx

right("softmax_dx", "times one over N")(lambda p, onehot: 1 / len(onehot) * (p - onehot))
right("softmax_dx", "subtract with a ufunc")(
    lambda p, onehot: np.subtract(p, onehot) / np.shape(p)[0]
)


@right("softmax_dx", "a loop over a copy")
def line_loop(p, onehot):
    dx = p.copy()
    for n, j in np.argwhere(onehot == 1):
        dx[n, j] -= 1
    dx /= len(p)
    return dx


# softmax_jacobian

right("softmax_jacobian", "broadcasting")(lambda p: p[:, None] * (np.eye(len(p)) - p[None, :]))


@right("softmax_jacobian", "loops")
def jacobian_loops(p):
    J = np.zeros((len(p), len(p)))
    for k in range(len(p)):
        for j in range(len(p)):
            J[k, j] = p[k] * (1 - p[k]) if k == j else -p[k] * p[j]
    return J


@right("softmax_jacobian", "einsum, then the diagonal")
def jacobian_einsum(p):
    J = -np.einsum("k,j->kj", p, p)
    J[np.diag_indices_from(J)] += p
    return J


@right("softmax_jacobian", "nested lists")
def jacobian_lists(p):
    return [[float(a * ((k == j) - b)) for j, b in enumerate(p)] for k, a in enumerate(p)]


# softmax_chain

right("softmax_chain", "transpose")(
    lambda J, p, y: ((d := -np.eye(len(p))[y] / p), J.T @ d)
)
right("softmax_chain", "einsum, as a list")(
    lambda J, p, y: [d := -1.0 * (np.arange(len(p)) == y) / p, np.einsum("k,kj->j", d, J)]
)
right("softmax_chain", "a row of J")(
    lambda J, p, y: (np.where(np.arange(len(p)) == y, -1 / p, 0), -J[y] / p[y])
)


@right("softmax_chain", "loops")
def chain_loops(J, p, y):
    C = len(p)
    dp = [0.0] * C
    dp[y] = -1 / p[y]
    ds = np.zeros(C)
    for j in range(C):
        for k in range(C):
            ds[j] += dp[k] * J[k, j]
    return dp, ds


# log_sum_exp

right("log_sum_exp", "logaddexp")(lambda x: np.logaddexp.reduce(x, axis=1))
right("log_sum_exp", "squeezed at the end")(
    lambda x: (x.max(1, keepdims=True) + np.log(
        np.sum(np.exp(x - x.max(1)[:, None]), axis=1, keepdims=True))).squeeze(1)
)


@right("log_sum_exp", "loops and a list")
def lse_loops(x):
    result = []
    for row in x:
        m = max(row)
        result.append(m + math.log(sum(math.exp(v - m) for v in row)))
    return result


@right("log_sum_exp", "log1p of the other terms")
def lse_log1p(x):
    ordered = np.sort(x, axis=1)
    m = ordered[:, -1:]
    return (m + np.log1p(np.exp(ordered[:, :-1] - m).sum(axis=1, keepdims=True))).ravel()


# softmax_loss


@right("softmax_loss", "loops")
def loss_loops(x, y):
    samples, classes = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(samples):
        label = int(np.argmax(y[n])) if y.ndim == 2 else int(y[n])
        m = max(x[n])
        total = sum(math.exp(x[n, j] - m) for j in range(classes))
        loss += m + math.log(total) - x[n, label]
        for j in range(classes):
            dx[n, j] = (math.exp(x[n, j] - m) / total - (j == label)) / samples
    return loss / samples, dx


@right("softmax_loss", "everything one-hot")
def loss_one_hot(x, y):
    N, C = x.shape
    t = y if y.ndim == 2 else np.eye(C)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(t * log_p) / N, (np.exp(log_p) - t) / N


@right("softmax_loss", "einsum and logaddexp, as a list")
def loss_einsum(x, y):
    t = np.eye(x.shape[1])[y] if y.ndim == 1 else y.astype(float)
    lse = np.logaddexp.reduce(x, axis=1)
    loss = lse.mean() - np.einsum("nc,nc->", t, x) / len(x)
    return [np.array(loss), np.divide(np.exp(x - lse[:, None]) - t, len(x))]


@right("softmax_loss", "probabilities by division, log-probabilities apart")
def loss_apart(x, y):
    if y.shape == x.shape:
        y = np.nonzero(y)[1]
    n = np.arange(y.shape[0])
    shifted = (x.T - np.max(x, axis=1)).T
    e = np.exp(shifted)
    total = e.sum(axis=1)
    loss = -(shifted[n, y] - np.log(total)).mean()
    dx = e / total[:, None]
    dx[n, y] -= 1
    dx /= len(n)
    return float(loss), dx


@right("softmax_loss", "one-hot by size, as in older books; with a print and a warning")
def loss_by_size(x, y):
    print("scores", x.shape)
    warnings.warn("a harmless warning", RuntimeWarning, stacklevel=2)
    if y.size == x.size:
        y = y.argmax(axis=1)
    batch = x.shape[0]
    x = x.copy()
    x -= x.max(axis=-1, keepdims=True)
    margins = x - x[np.arange(batch), y].reshape(-1, 1)
    top = margins.max(axis=1)
    loss = np.sum(top + np.log(np.exp(margins - top[:, None]).sum(axis=1))) / batch
    dx = np.exp(x) / np.sum(np.exp(x), axis=1).reshape(batch, 1)
    np.subtract.at(dx, (np.arange(batch), y), 1)
    return loss, np.asfortranarray(dx / batch)


@right("softmax_loss", "one sample at a time, stacked",
       softmax_sample_gradient=lambda s, y: softmax(s) - np.eye(len(s))[y])
def loss_stacked(x, y):
    y = np.argmax(y, axis=-1) if np.ndim(y) > 1 else y
    losses = [np.logaddexp.reduce(s) - s[label] for s, label in zip(x, y)]
    rows = [softmax(s) - np.eye(len(s))[label] for s, label in zip(x, y)]
    return sum(losses) / len(losses), np.stack(rows) / len(rows)


@right("softmax_loss", "a mask and expm1")
def loss_with_mask(x, y):
    columns = np.arange(x.shape[1])
    mask = (columns == y[:, None]) if y.ndim == 1 else y.astype(bool)
    m = np.max(x, axis=1, keepdims=True)
    log_sum = m + np.log(np.exp(x - m).sum(axis=1, keepdims=True))
    log_p = x - log_sum
    return -np.mean(log_p[mask]), np.where(mask, np.expm1(log_p), np.exp(log_p)) / np.sum(mask)


# exposing_softmax_scores

right("exposing_softmax_scores", "a list of integers")(lambda: [[0, 0], [5000, 0]])
right("exposing_softmax_scores", "one class")(lambda: np.array([[800.0], [0.0], [1.0]]))
right("exposing_softmax_scores", "the largest that are allowed, in float32")(
    lambda: np.array([[1e4] * 3, [-1e4] * 3], dtype=np.float32)
)
right("exposing_softmax_scores", "a sum that is not 0, but has lost its digits")(
    lambda: np.array([[744.5, 0.0], [0.0, 0.0]])
)

# softmax_loss_mended

right("softmax_loss_mended", "loops")(loss_loops)
right("softmax_loss_mended", "einsum")(loss_einsum)
right("softmax_loss_mended", "everything one-hot")(loss_one_hot)
right("softmax_loss_mended", "probabilities apart")(loss_apart)
