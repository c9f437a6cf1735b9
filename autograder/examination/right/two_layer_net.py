"""Right answers to 09_two_layer_net; more of them in `networks` and `training_rules`."""

import math
from typing import Any

import numpy as np

from autograder.examination.right import RightAnswer, right_answers
from autograder.examination.right.networks import RIGHT as OF_NETWORKS
from autograder.examination.right.training_rules import RIGHT as OF_RULES

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def log_p(x):
    """Logarithms of the probabilities."""
    return x - np.logaddexp.reduce(x, axis=1, keepdims=True)


def right_loss(x, t):
    """The softmax loss and its gradient, with the dtype of the scores."""
    found = log_p(x)
    rows = np.arange(len(x))
    dx = np.exp(found)
    dx[rows, t] -= 1
    return -found[rows, t].mean(), dx / x.dtype.type(len(x))


# Affine


@right("Affine", "matrix products, and nothing else")
class AffineProducts:
    def __init__(self, params, w, b):
        self.dict, self.names = params, (w, b)

    def forward(self, x):
        w, b = (self.dict[name] for name in self.names)
        self.notes = x, w
        return x @ w + b

    def backward(self, dout):
        x, w = self.notes
        self.dw = x.T @ dout
        self.db = dout.sum(0)
        return dout @ w.T


@right("Affine", "einsum, the parameters looked up on the way back as well")
class AffineEinsum:
    def __init__(self, params, w, b):
        self.look_up = lambda: (params[w], params[b])
        self.dw = self.db = None

    def forward(self, x):
        self.x = x
        w, b = self.look_up()
        return np.einsum("nd,dm->nm", x, w) + b

    def backward(self, dout):
        w, _ = self.look_up()
        self.dw = np.einsum("nd,nm->dm", self.x, dout)
        self.db = np.einsum("nm->m", dout)
        return np.einsum("nm,dm->nd", dout, w)


@right("Affine", "sample by sample, with prints")
class AffineSamples:
    def __init__(self, params, w, b):
        self.params, self.w, self.b = params, w, b
        print("affine layer", w, b)

    def forward(self, x):
        self.x = x.copy()
        return np.array([row @ self.params[self.w] + self.params[self.b] for row in x])

    def backward(self, dout):
        self.dw = sum(np.outer(a, b) for a, b in zip(self.x, dout))
        self.db = [column.sum() for column in dout.T]
        return np.array([self.params[self.w] @ row for row in dout])


# SoftmaxWithLoss


@right("SoftmaxWithLoss", "log-probabilities")
class SoftmaxLogs:
    def forward(self, x, t):
        loss, self.dx = right_loss(x, t)
        return loss

    def backward(self, dout=1.0):
        return self.dx * dout


@right("SoftmaxWithLoss", "probabilities kept, the gradient made on the way back")
class SoftmaxLate:
    def forward(self, x, t):
        self.p, self.t = np.exp(log_p(x)), t
        return float(-np.log(self.p[np.arange(len(t)), t]).mean())

    def backward(self, dout=1):
        onehot = np.eye(self.p.shape[1], dtype=self.p.dtype)[self.t]
        return (self.p - onehot) * (dout / len(onehot))


@right("SoftmaxWithLoss", "loops")
class SoftmaxLoops:
    def forward(self, x, t):
        self.dx, total = np.empty_like(x), 0.0
        for n, row in enumerate(x):
            top = max(row)
            e = [math.exp(s - top) for s in row]
            p = [value / sum(e) for value in e]
            total -= math.log(p[t[n]])
            for c, value in enumerate(p):
                self.dx[n, c] = (value - (c == t[n])) / len(x)
        return total / len(x)

    def backward(self, dout=1.0):
        return dout * self.dx


# predict_start

right("predict_start", "numbers")(lambda: (39760, 2.3026))
right("predict_start", "a list, rounded")(lambda: [39_760, 2.3])
right("predict_start", "three digits")(lambda: (39760, 2.30))
right("predict_start", "computed")(
    lambda: (sum(m * (d + 1) for d, m in ((784, 50), (50, 10))), -np.log(1 / 10)))

# TwoLayerNet


def slopes(f, array, h):
    """Central differences, on copies."""
    found = np.empty(array.shape)
    flat, out = array.reshape(-1), found.reshape(-1)
    for k in range(array.size):
        kept = flat[k]
        flat[k] = kept + h
        above = f()
        flat[k] = kept - h
        out[k] = (above - f()) / (2 * h)
        flat[k] = kept
    return found


class Measured:
    """The numerical gradient for all styles."""

    params: dict
    loss: Any
    h = 1e-5

    def numerical_gradient(self, x, t):
        return {name: slopes(lambda: self.loss(x, t), array, self.h)
                for name, array in self.params.items()}


@right("TwoLayerNet", "named layers")
class NetNamed(Measured):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = rng or np.random.default_rng()
        self.params = {}
        for k, shape in enumerate(((input_size, hidden_size), (hidden_size, output_size)), 1):
            self.params[f"W{k}"] = rng.normal(0, weight_init_std, shape)
            self.params[f"b{k}"] = np.zeros(shape[1])
        self.affine1 = AffineProducts(self.params, "W1", "b1")
        self.affine2 = AffineEinsum(self.params, "W2", "b2")
        self.last = SoftmaxLogs()

    def predict(self, x):
        self.hidden = self.affine1.forward(x)
        return self.affine2.forward(np.maximum(self.hidden, 0))

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def accuracy(self, x, t):
        return sum(self.predict(x).argmax(axis=1) == t) / len(t)

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        dh = self.affine2.backward(self.last.backward())
        self.affine1.backward(np.where(self.hidden > 0, dh, 0))
        return {"W1": self.affine1.dw, "b1": self.affine1.db,
                "W2": self.affine2.dw, "b2": self.affine2.db}


@right("TwoLayerNet", "no layers at all, W2 drawn first")
class NetPlain(Measured):
    h = 3e-5

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        draw = (np.random.default_rng() if rng is None else rng).standard_normal
        self.params = dict(
            b2=np.zeros(output_size), W2=weight_init_std * draw((hidden_size, output_size)),
            b1=np.zeros(hidden_size), W1=weight_init_std * draw((input_size, hidden_size)))

    def predict(self, x):
        p = self.params
        self.h1 = np.maximum(x @ p["W1"] + p["b1"], 0)
        return self.h1 @ p["W2"] + p["b2"]

    def loss(self, x, t):
        return right_loss(self.predict(x), t)[0]

    def accuracy(self, x, t):
        return np.mean(t == np.argmax(self.predict(x), 1))

    def gradient(self, x, t):
        self.last_loss, ds = right_loss(self.predict(x), t)
        dh = (ds @ self.params["W2"].T) * (self.h1 > 0)
        return {"W2": self.h1.T @ ds, "b2": ds.sum(0), "W1": x.T @ dh, "b1": dh.sum(0)}


@right("TwoLayerNet", "a list of layers that is walked by index, and prints")
class NetByIndex(Measured):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if not rng:
            rng = np.random.default_rng()
        sizes = [input_size, hidden_size, output_size]
        self.params = {}
        for k in range(2):
            self.params["W" + str(k + 1)] = rng.standard_normal(sizes[k:k + 2]) * weight_init_std
            self.params["b" + str(k + 1)] = np.zeros((sizes[k + 1],))
        self.stack: list[Any] = [AffineSamples(self.params, "W1", "b1"), self,
                      AffineProducts(self.params, "W2", "b2")]
        self.end = SoftmaxLate()

    def forward(self, x):
        self.mask = (x > 0).astype(int)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask

    def predict(self, x):
        for k in range(len(self.stack)):
            x = self.stack[k].forward(x)
        return x

    def loss(self, x, t):
        return self.end.forward(self.predict(x), t)

    def accuracy(self, x, t):
        guesses = [int(np.argmax(row)) for row in self.predict(x)]
        return sum(a == b for a, b in zip(guesses, t)) / len(x)

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        dout = self.end.backward(1.0)
        for k in range(len(self.stack) - 1, -1, -1):
            dout = self.stack[k].backward(dout)
        found = {}
        for k, layer in ((1, self.stack[0]), (2, self.stack[2])):
            found[f"W{k}"], found[f"b{k}"] = np.array(layer.dw), np.array(layer.db)
        return found


# sgd_step

right("sgd_step", "one line")(lambda w, dw, lr: w - dw * lr)
right("sgd_step", "np.subtract")(lambda w, dw, lr: np.subtract(w, np.multiply(lr, dw)))


@right("sgd_step", "a copy that is changed")
def sgd_copy(w, dw, lr):
    w = w.copy()
    w -= lr * dw
    return w


# train_step


@right("train_step", "the loss is asked for first, arrays are replaced")
def train_replaces(net, x, t, lr):
    loss, gradients = net.loss(x, t), net.gradient(x, t)
    for name in net.params:
        net.params[name] = net.params[name] - lr * gradients[name]
    return loss


@right("train_step", "written into the arrays")
def train_writes(net, x, t, lr):
    loss = float(net.loss(x, t))
    for name, gradient in net.gradient(x, t).items():
        net.params[name] -= lr * gradient
    return loss


@right("train_step", "one parameter after the other, by name")
def train_by_name(net, x, t, lr):
    g = net.gradient(x, t)
    loss = net.loss(x, t)
    p = net.params
    p["b2"] = p["b2"] + -lr * g["b2"]
    p["W2"] = p["W2"] + -lr * g["W2"]
    p["b1"][...] = p["b1"] - lr * g["b1"]
    p["W1"][...] = p["W1"] - lr * g["W1"]
    return loss


# train_steps


@right("train_steps", "a list that grows")
def steps_list(net, x, t, batches, lr):
    losses = []
    for chosen in batches:
        losses.append(train_replaces(net, x[chosen], t[chosen], lr))
    return losses


@right("train_steps", "an array that is filled")
def steps_filled(net, x, t, batches, lr):
    losses = np.zeros(len(batches))
    for k in range(len(batches)):
        losses[k] = train_writes(net, np.take(x, batches[k], axis=0), t[batches[k]], lr)
    return losses


@right("train_steps", "map")
def steps_map(net, x, t, batches, lr):
    return tuple(map(lambda b: train_by_name(net, x[b], t[b], lr), batches))


# predict_equal_weights

right("predict_equal_weights", "lists")(lambda: ([0, 0, 0, 1], 1))
right("predict_equal_weights", "truth values as integers")(
    lambda: (np.array([False, False, False, True]).astype(int), 1))
right("predict_equal_weights", "a list of two tuples")(lambda: [(0, 0, 0, 1), np.int64(1)])

# steps_until


@right("steps_until", "a sliding window")
def until_windows(losses, level, window=20):
    if len(losses) < window:
        return -1
    means = np.lib.stride_tricks.sliding_window_view(losses, window).mean(axis=1)
    below = means < level
    return int(below.argmax()) + window if below.any() else -1


@right("steps_until", "running sums")
def until_sums(losses, level, window=20):
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    for k in range(window, len(sums)):
        if sums[k] - sums[k - window] < level * window:
            return k
    return -1


@right("steps_until", "next")
def until_next(losses, level, window=20):
    return next((k for k in range(window, len(losses) + 1)
                 if sum(losses[k - window:k]) / window < level), -1)


# best_rate


@right("best_rate", "sorted by rate")
def rate_sorted(runs):
    best = max(run["held_out"] for run in runs)
    for run in sorted(runs, key=lambda run: run["lr"]):
        if best - run["held_out"] <= 0.005:
            return run["lr"]


@right("best_rate", "arrays")
def rate_arrays(runs):
    lrs = np.array([run["lr"] for run in runs])
    held = np.array([run["held_out"] for run in runs])
    return lrs[held >= held.max() - 0.005].min()


@right("best_rate", "a loop")
def rate_loop(runs):
    best, chosen = 0.0, math.inf
    for run in runs:
        best = max(best, run["held_out"])
    for run in runs:
        if best - run["held_out"] <= 0.005 and run["lr"] < chosen:
            chosen = run["lr"]
    return chosen


# momentum_step


@right("momentum_step", "two lines")
def momentum_lines(w, dw, v, lr, mu):
    new = v * mu - dw * lr
    return [w + new, new]


@right("momentum_step", "copies that are changed")
def momentum_copies(w, dw, v, lr, mu):
    w, v = w.copy(), v.copy()
    v *= mu
    v -= lr * dw
    w += v
    return w, v


@right("momentum_step", "stacked")
def momentum_stacked(w, dw, v, lr, mu):
    v = np.tensordot([mu, -lr], np.stack([v, dw]), axes=1)
    return np.add(w, v), v


# average_weight

right("average_weight", "a power")(lambda beta, t: 1.0 - math.pow(beta, t))
right("average_weight", "the sum")(
    lambda beta, t: sum((1 - beta) * beta ** k for k in range(t)))


@right("average_weight", "averaging ones")
def weight_of_ones(beta, t):
    m = 0.0
    for _ in range(t):
        m = beta * m + (1 - beta) * 1.0
    return m


# adam_step


@right("adam_step", "in lines")
def adam_lines(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (dw - m)
    v = v + (1 - beta2) * (dw ** 2 - v)
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return w - lr * m_hat / (v_hat ** 0.5 + eps), m, v


@right("adam_step", "the divisions put into the rate")
def adam_rate(w, dw, m, v, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * np.square(dw)
    root = math.sqrt(1 - beta2 ** t)
    rate = lr * root / (1 - beta1 ** t)
    return [w - rate * m / (np.sqrt(v) + eps * root), m, v]


@right("adam_step", "entry by entry")
def adam_entries(w, dw, m, v, t, lr, beta1, beta2, eps):
    w, m, v = np.array(w), np.array(m), np.array(v)
    for k in np.ndindex(w.shape):
        m[k] = beta1 * m[k] + (1 - beta1) * dw[k]
        v[k] = beta2 * v[k] + (1 - beta2) * dw[k] * dw[k]
        down = m[k] / (1 - beta1 ** t) / (math.sqrt(v[k] / (1 - beta2 ** t)) + eps)
        w[k] -= lr * down
    return w, m, v


# gradient_in_parts


@right("gradient_in_parts", "sums, divided at the end")
def parts_sums(net, x, t, size):
    total: Any = None
    for k in range(0, len(x), size):
        part = net.gradient(x[k:k + size], t[k:k + size])
        n = len(x[k:k + size])
        if total is None:
            total = {name: n * gradient for name, gradient in part.items()}
        else:
            for name in total:
                total[name] = total[name] + n * part[name]
    return {name: array / len(x) for name, array in total.items()}


@right("gradient_in_parts", "np.average with weights")
def parts_average(net, x, t, size):
    places = np.split(np.arange(len(x)), range(size, len(x), size))
    found = [net.gradient(x[k], t[k]) for k in places]
    sizes = [len(k) for k in places]
    return {name: np.average([f[name] for f in found], axis=0, weights=sizes)
            for name in found[0]}


@right("gradient_in_parts", "one sample at a time")
def parts_single(net, x, t, size):
    found = [net.gradient(x[n:n + 1], t[n:n + 1]) for n in range(len(x))]
    return {name: sum(f[name] for f in found) / len(x) for name in found[0]}


# wrong_gradients

right("wrong_gradients", "a list")(lambda: [1, 1, 0, 0, 0, 0])
right("wrong_gradients", "a tuple of integers")(lambda: (1,) * 2 + (0,) * 4)
right("wrong_gradients", "an array made of a comparison")(
    lambda: (np.arange(6) < 2).astype(np.int8))

# PenaltyNet


@right("PenaltyNet", "super")
class PenaltySuper(NetNamed):
    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        w1, w2 = self.params["W1"], self.params["W2"]
        return super().loss(x, t) + self.reg * ((w1 ** 2).sum() + (w2 ** 2).sum())

    def gradient(self, x, t):
        grads = super().gradient(x, t)
        grads["W1"] += 2 * self.reg * self.params["W1"]
        grads["W2"] += 2 * self.reg * self.params["W2"]
        return grads


@right("PenaltyNet", "all in one, without another class")
class PenaltyPlain(Measured):
    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        self.inner = NetPlain(input_size, hidden_size, output_size, weight_init_std, rng)
        self.params, self.reg = self.inner.params, reg

    def loss(self, x, t):
        return self.inner.loss(x, t) + self.reg * sum(
            np.vdot(array, array) for array in self.params.values() if array.ndim == 2)

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        return {name: array + (2 * self.reg * self.params[name] if array.ndim == 2 else 0)
                for name, array in self.inner.gradient(x, t).items()}


@right("PenaltyNet", "names that begin with W")
class PenaltyNames(NetByIndex):
    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        NetByIndex.__init__(self, input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        penalty = 0.0
        for name in self.params:
            if name.startswith("W"):
                penalty += float(np.linalg.norm(self.params[name]) ** 2)
        return NetByIndex.loss(self, x, t) + self.reg * penalty

    def gradient(self, x, t):
        found = NetByIndex.gradient(self, x, t)
        return {k: g + self.reg * 2.0 * self.params[k] * k.startswith("W")
                for k, g in found.items()}


# recap_two_layer_net

right("recap_two_layer_net", "letters")(lambda: ("c", "b", "a"))
right("recap_two_layer_net", "a list")(lambda: ["c", "b", "a"])
right("recap_two_layer_net", "capitals with brackets")(lambda: ("C", "(b)", "a)"))


RIGHT += [*OF_NETWORKS, *OF_RULES]
