"""Right answers to 06_softmax_loss."""

import math
import warnings

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def right_softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# softmax


@right("softmax", "transposed, two cases")
def softmax_transposed(x):
    if x.ndim == 2:
        x = x.T
        x = x - np.max(x, axis=0)
        y = np.exp(x) / np.sum(np.exp(x), axis=0)
        return y.T
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))


@right("softmax", "row by row")
def softmax_rows(x):
    def row(scores):
        e = [math.exp(s - max(scores)) for s in scores]
        return [v / sum(e) for v in e]

    return np.array(row(x) if x.ndim == 1 else [row(scores) for scores in x])


@right("softmax", "exponential of the log-softmax")
def softmax_log(x):
    largest = x.max(axis=-1)[..., None]
    return np.exp(x - (largest + np.log(np.exp(x - largest).sum(axis=-1)[..., None])))


@right("softmax", "recursion and einsum")
def softmax_einsum(x):
    if x.ndim == 1:
        return softmax_einsum(x[np.newaxis])[0]
    e = np.exp(x - np.amax(x, 1)[:, np.newaxis])
    return np.einsum("nc,n->nc", e, 1 / np.einsum("nc->n", e))


@right("softmax", "logaddexp, in the dtype of x")
def softmax_logaddexp(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True)).astype(x.dtype)


# cross_entropy_error


@right("cross_entropy_error", "sizes are compared")
def entropy_sizes(y, t):
    t = np.asarray(t)
    if y.ndim == 1:
        t = t.reshape(1, t.size)
        y = y.reshape(1, y.size)
    if t.size == y.size:
        t = t.argmax(axis=1)
    batch_size = y.shape[0]
    return -np.sum(np.log(y[np.arange(batch_size), t.ravel()])) / batch_size


@right("cross_entropy_error", "labels are made one-hot")
def entropy_one_hot(y, t):
    if np.ndim(t) < y.ndim:
        t = np.eye(y.shape[-1])[t]
    return -np.mean(np.log(np.sum(y * t, axis=-1)))


@right("cross_entropy_error", "a loop")
def entropy_loop(y, t):
    if y.ndim == 1:
        y, t = y[None], [t]
    losses = []
    for probabilities, label in zip(y, t, strict=True):
        if np.ndim(label):
            label = int(np.flatnonzero(label)[0])
        losses.append(-math.log(probabilities[label]))
    return sum(losses) / len(losses)


@right("cross_entropy_error", "take_along_axis")
def entropy_take(y, t):
    t = np.argmax(t, axis=-1) if np.ndim(t) == y.ndim else np.asarray(t)
    return float(-np.log(np.take_along_axis(y, t[..., None], axis=-1)).mean())


@right("cross_entropy_error", "a mask of one-hot rows")
def entropy_mask(y, t):
    if np.ndim(t) == y.ndim:
        return -np.log(y[t == 1]).mean()
    return entropy_take(y, t)


# predict_softmax_signs

right("predict_softmax_signs", "lists of integers")(lambda: ([[1, -1, 1], [-1, 1, 1]], 0))
right("predict_softmax_signs", "an array of integers")(
    lambda: [np.array([[1, -1, 1], [-1, 1, 1]], dtype=np.int8), np.array(0.0)]
)


@right("predict_softmax_signs", "computed")
def predict_computed():
    x, y = np.log([[1.0, 2.0, 5.0], [3.0, 1.0, 1.0]]), np.array([1, 0])
    dx = right_softmax(x)
    dx[np.arange(2), y] -= 1

    def loss(x):
        return -np.log(right_softmax(x)[[0, 1], y]).mean()

    return np.sign(dx), loss(x + [[100.0], [0.0]]) - loss(x)


right("predict_softmax_signs", "truth values, doubled")(
    lambda: (1 - 2 * np.array([[False, True, False], [True, False, False]]), 0.0)
)
right("predict_softmax_signs", "nearly 0")(
    lambda: (((1.0, -1.0, 1.0), (-1.0, 1.0, 1.0)), np.float64(-1.4e-14))
)

# softmax_label_slope

right("softmax_label_slope", "math")(
    lambda s, y: math.exp(s[y]) / sum(math.exp(v) for v in s) - 1
)
right("softmax_label_slope", "an entry of the whole gradient, as an array")(
    lambda s, y: np.array((right_softmax(s) - np.eye(len(s))[y])[y])
)
right("softmax_label_slope", "minus the sum of the others")(
    lambda s, y: -sum(1 / np.exp(s - s[i]).sum() for i in range(len(s)) if i != y)
)

@right("softmax_label_slope", "differences to the label")
def slope_differences(s, y):
    return 1 / np.exp(s - s[y]).sum() - 1


@right("softmax_label_slope", "the two paths")
def slope_two_paths(s, y):
    total = sum(np.exp(s))
    return np.exp(s[y]) / total + (-1)


# softmax_dx

right("softmax_dx", "one-hot rows")(lambda p, y: (p - np.eye(p.shape[1])[y]) / len(p))
right("softmax_dx", "comparison of indices")(
    lambda p, y: np.subtract(p, y[:, None] == np.arange(p.shape[1])) / np.shape(p)[0]
)
right("softmax_dx", "nested lists")(
    lambda p, y: [[(v - (j == label)) / len(p) for j, v in enumerate(row)]
                  for row, label in zip(p, y)]
)


@right("softmax_dx", "a loop over a copy")
def line_loop(p, y):
    dx = p.copy()
    for n in range(len(y)):
        dx[n, y[n]] -= 1
    dx /= len(p)
    return dx


@right("softmax_dx", "put_along_axis")
def line_put(p, y):
    t = np.zeros_like(p)
    np.put_along_axis(t, y[:, np.newaxis], 1, axis=1)
    return np.divide(p - t, p.shape[0])


# softmax_backward

right("softmax_backward", "einsum, with the Jacobians of all samples")(
    lambda dp, p: np.einsum("nk,nkj->nj", dp, np.einsum("nk,kj->nkj", p, np.eye(p.shape[1]))
                            - p[:, :, None] * p[:, None, :])
)


@right("softmax_backward", "a Jacobian for each row")
def backward_jacobians(dp, p):
    return np.array([d @ (np.diag(q) - np.outer(q, q)) for d, q in zip(dp, p)])


@right("softmax_backward", "the two paths, subtracted")
def backward_two_paths(dp, p):
    ds = dp * p
    return ds - p * ds.sum(axis=1, keepdims=True)


@right("softmax_backward", "matmul of a batch")
def backward_matmul(dp, p):
    inner = np.matmul(dp[:, None, :], p[:, :, None])[:, :, 0]
    return dp * p - inner * p


@right("softmax_backward", "loops")
def backward_loops(dp, p):
    N, C = p.shape
    ds = np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            for k in range(C):
                ds[n, j] += dp[n, k] * p[n, k] * ((k == j) - p[n, j])
    return ds


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


@right("softmax_loss", "one sample at a time, stacked")
def loss_stacked(x, y):
    y = np.argmax(y, axis=-1) if np.ndim(y) > 1 else y
    losses = [np.logaddexp.reduce(s) - s[label] for s, label in zip(x, y)]
    rows = [right_softmax(s) - np.eye(len(s))[label] for s, label in zip(x, y)]
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

right("exposing_softmax_scores", "a list of integers")(lambda: [0, 20])
right("exposing_softmax_scores", "just far enough")(lambda: np.array([0.0, 7 * math.log(10)]))
right("exposing_softmax_scores", "many classes, in float32")(
    lambda: np.array([-50] + [50] * 6, dtype=np.float32)
)
right("exposing_softmax_scores", "a tuple of ten")(lambda: (0.0,) + (20.0,) * 9)
right("exposing_softmax_scores", "three classes")(lambda: [-17.0, 0.0, 1.0])

# softmax_loss_mended

right("softmax_loss_mended", "loops")(loss_loops)
right("softmax_loss_mended", "einsum")(loss_einsum)
right("softmax_loss_mended", "everything one-hot")(loss_one_hot)
right("softmax_loss_mended", "probabilities apart")(loss_apart)

right("softmax_loss_mended", "a mask and expm1")(loss_with_mask)

# softmax_loss_linear


@right("softmax_loss_linear", "everything in one function")
def linear_alone(w, x, y, reg):
    scores = np.dot(x, w)
    log_p = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    rows = np.arange(len(x))
    ds = np.exp(log_p)
    ds[rows, y] -= 1
    dw = np.dot(np.transpose(x), ds) / len(x)
    return -log_p[rows, y].mean() + reg * np.sum(w**2), dw + 2 * reg * w


@right("softmax_loss_linear", "einsum")
def linear_einsum(w, x, y, reg):
    loss, ds = loss_einsum(np.einsum("nd,dc->nc", x, w), y)
    return loss + reg * (w * w).sum(), np.einsum("nd,nc->dc", x, ds) + reg * 2 * w


@right("softmax_loss_linear", "with the student's own loss", softmax_loss=loss_apart)
def linear_own(w, x, y, reg):
    loss, ds = loss_apart(x @ w, y)
    dw = ds.T.dot(x).T
    dw += 2 * reg * w
    loss += reg * np.linalg.norm(w) ** 2
    return loss, dw


@right("softmax_loss_linear", "outer products and lists")
def linear_outer(w, x, y, reg):
    loss, ds = loss_loops(x @ w, y)
    dw = sum(np.outer(a, b) for a, b in zip(x, ds))
    return [loss + reg * float(np.vdot(w, w)), (dw + 2 * reg * w).tolist()]


@right("softmax_loss_linear", "broadcasting, and a trace")
def linear_trace(w, x, y, reg):
    loss, ds = loss_with_mask(x @ w, y)
    dw = (x[:, :, None] * ds[:, None, :]).sum(axis=0)
    return loss + reg * np.trace(w.T @ w), dw + reg * (w + w)


# smoothed_softmax_loss


@right("smoothed_softmax_loss", "rows of targets")
def smoothed_targets(x, y, eps):
    N, C = x.shape
    t = np.full((N, C), eps / C)
    t[np.arange(N), y] += 1 - eps
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    return -np.sum(t * log_p) / N, (np.exp(log_p) - t) / N


@right("smoothed_softmax_loss", "a mixture of two losses")
def smoothed_mixture(x, y, eps):
    plain, dplain = loss_apart(x, y)
    lse = np.logaddexp.reduce(x, axis=1)
    uniform = np.mean(lse - x.mean(axis=1))
    duniform = (right_softmax(x) - 1 / x.shape[1]) / len(x)
    return (1 - eps) * plain + eps * uniform, (1 - eps) * dplain + eps * duniform


@right("smoothed_softmax_loss", "a plain loss for every class, weighted")
def smoothed_every_class(x, y, eps):
    N, C = x.shape
    answers = [loss_apart(x, np.full(N, c)) for c in range(C)]
    loss, dx = loss_apart(x, y)
    return ((1 - eps) * loss + eps / C * sum(a for a, _ in answers),
            (1 - eps) * dx + eps / C * sum(b for _, b in answers))


@right("smoothed_softmax_loss", "loops")
def smoothed_loops(x, y, eps):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        m = x[n].max()
        lse = m + math.log(sum(math.exp(v - m) for v in x[n]))
        for c in range(C):
            t = eps / C + (1 - eps) * (c == y[n])
            loss += t * (lse - x[n, c])
            dx[n, c] = (math.exp(x[n, c] - lse) - t) / N
    return [loss / N, dx]


@right("smoothed_softmax_loss", "two terms of the loss")
def smoothed_two_terms(x, y, eps):
    N, C = x.shape
    t = np.where(np.arange(C) == y[:, None], 1 - eps + eps / C, eps / C)
    z = x - x.max(axis=1, keepdims=True)
    e = np.exp(z)
    loss = np.mean(np.log(e.sum(axis=1)) - np.einsum("nc,nc->n", t, z))
    return loss, (e / e.sum(axis=1, keepdims=True) - t) / N


# recap_softmax_loss

right("recap_softmax_loss", "letters")(lambda: ("b", "b", "c"))
right("recap_softmax_loss", "a dictionary's values")(
    lambda: tuple({"slope": "b", "shift": "b", "tiny_number": "c"}.values())
)
right("recap_softmax_loss", "mixed")(lambda: ["B.", "b", "(c)"])
right("recap_softmax_loss", "a list")(lambda: ["b", "b", "c"])
right("recap_softmax_loss", "capitals with brackets")(lambda: ("B", "(b)", "c)"))
