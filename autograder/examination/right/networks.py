"""Further right answers to 09_two_layer_net: its layers, its network, and what trains it."""

import math
from collections import defaultdict
from functools import reduce
from typing import Any

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

# Affine


@right("Affine", "a column of ones, weights and biases in one matrix")
class AffineHomogeneous:
    def __init__(self, params, w, b):
        self.params, self.names = params, [w, b]

    def forward(self, x):
        self.matrix = np.vstack([self.params[name] for name in self.names])
        self.extended = np.column_stack([x, np.ones(len(x), dtype=x.dtype)])
        return self.extended @ self.matrix

    def backward(self, dout):
        both = self.extended.T @ dout
        self.dw, self.db = both[:-1], both[-1]
        return (dout @ self.matrix.T)[:, :-1]


@right("Affine", "properties and np.dot, a stack of caches of which the last counts")
class AffineProperties:
    def __init__(self, params, w, b):
        self._params, self._w, self._b = params, w, b
        self._calls: list = []

    @property
    def weights(self):
        return self._params[self._w]

    @property
    def biases(self):
        return self._params[self._b]

    def forward(self, x):
        self._calls.append((x, self.weights.copy()))
        return np.add(np.dot(x, self.weights), self.biases)

    def backward(self, dout):
        x, w = self._calls[-1]
        self.dw, self.db = np.dot(x.T, dout), np.dot(np.ones(len(x)), dout)
        return np.dot(dout, np.transpose(w))


# SoftmaxWithLoss


@right("SoftmaxWithLoss", "one-hot rows, a product and a sum")
class SoftmaxOneHot:
    def forward(self, x, t):
        self.onehot = (np.arange(x.shape[1]) == np.reshape(t, (-1, 1))).astype(x.dtype)
        e = np.exp(x - np.amax(x, axis=1)[:, np.newaxis])
        self.y = e / np.sum(e, axis=1, keepdims=True)
        return -np.sum(self.onehot * np.log(self.y + np.finfo(x.dtype).tiny)) / len(x)

    def backward(self, dout=1.0):
        return (dout * (self.y - self.onehot) / len(self.y)).astype(self.y.dtype)


@right("SoftmaxWithLoss", "differences from the score of the label")
class SoftmaxDifferences:
    def forward(self, x, t):
        self.kind, self.t = x.dtype, t
        differences = x - np.take_along_axis(x, t[:, None], axis=1)
        top = differences.max(axis=1)
        logs = top + np.log(np.exp(differences - top[:, None]).sum(axis=1))
        self.p = np.exp(differences - logs[:, None])
        return np.average(logs)

    def backward(self, dout=1.0):
        dx = np.array(self.p)
        for n, label in enumerate(self.t):
            dx[n, label] -= 1
        return np.asarray(dx * dout / len(dx), dtype=self.kind)


# TwoLayerNet


class Slopes:
    """Central differences for every network below, each number pushed by itself."""

    params: dict
    loss: Any

    def numerical_gradient(self, x, t):
        found = {}
        for name in self.params:
            array, found[name] = self.params[name], np.zeros_like(self.params[name])
            for index, kept in np.ndenumerate(array.copy()):
                losses = []
                for step in (2e-5, -2e-5):
                    array[index] = kept + step
                    losses.append(self.loss(x, t))
                array[index] = kept
                found[name][index] = (losses[0] - losses[1]) / 4e-5
        return found


@right("TwoLayerNet", "layers made anew in every call, nothing kept but the loss")
class NetWithoutMemory(Slopes):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        self.params = {
            "W1": rng.normal(scale=weight_init_std, size=(input_size, hidden_size)),
            "b1": np.zeros((hidden_size,)),
            "W2": rng.normal(scale=weight_init_std, size=(hidden_size, output_size)),
            "b2": np.zeros((output_size,)),
        }

    def walk(self, x):
        first, second = (AffineProperties(self.params, f"W{k}", f"b{k}") for k in "12")
        before = first.forward(x)
        return first, before, second, second.forward(before.clip(min=0))

    def predict(self, x):
        return self.walk(x)[-1]

    def loss(self, x, t):
        return SoftmaxOneHot().forward(self.predict(x), t)

    def accuracy(self, x, t):
        return np.count_nonzero(np.argmax(self.predict(x), axis=-1) == t) / len(x)

    def gradient(self, x, t):
        first, before, second, scores = self.walk(x)
        end = SoftmaxOneHot()
        self.last_loss = end.forward(scores, t)
        dhidden = second.backward(end.backward())
        first.backward(np.where(before <= 0, 0.0, dhidden))
        return {"W1": first.dw, "b1": first.db, "W2": second.dw, "b2": second.db}


@right("TwoLayerNet", "one sample after the other, the gradients averaged")
class NetBySamples(Slopes):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        generator = rng if rng is not None else np.random.default_rng()
        self.params = {}
        for k, (ins, outs) in enumerate([(input_size, hidden_size), (hidden_size, output_size)]):
            draws = generator.standard_normal(ins * outs).reshape(ins, outs)
            self.params[f"W{k + 1}"] = draws * weight_init_std
            self.params[f"b{k + 1}"] = np.full(outs, 0.0)

    def hidden(self, row):
        return np.maximum(row @ self.params["W1"] + self.params["b1"], 0)

    def scores(self, row):
        return self.hidden(row) @ self.params["W2"] + self.params["b2"]

    def predict(self, x):
        return np.stack([self.scores(row) for row in x])

    def loss(self, x, t):
        total = 0.0
        for row, label in zip(x, t):
            scores = self.scores(row)
            top = scores.max()
            total += math.log(np.exp(scores - top).sum()) + top - scores[label]
        return total / len(x)

    def accuracy(self, x, t):
        return float(np.mean([self.scores(row).argmax() == label for row, label in zip(x, t)]))

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        total = {name: np.zeros(array.shape) for name, array in self.params.items()}
        for row, label in zip(x, t):
            hidden, scores = self.hidden(row), self.scores(row)
            slope = np.exp(scores - scores.max())
            slope /= slope.sum()
            slope[label] -= 1
            back = (self.params["W2"] @ slope) * np.sign(hidden)
            for name, part in (("W2", np.outer(hidden, slope)), ("b2", slope),
                               ("W1", np.outer(row, back)), ("b1", back)):
                total[name] += part / len(x)
        return total


# train_step, train_steps


@right("train_step", "params updated by a dict, the loss that gradient keeps")
def train_updates(net, x, t, lr):
    found = net.gradient(x, t)
    kept = net.last_loss
    net.params.update({name: np.subtract(w, lr * found[name]) for name, w in net.params.items()})
    return kept


@right("train_step", "np.add with out, the biases first")
def train_add(net, x, t, lr):
    gradients, loss = net.gradient(x, t), np.float64(net.last_loss)
    for name in sorted(gradients, reverse=True):
        array = net.params[name]
        np.add(array, -lr * gradients[name], out=array)
    return loss


@right("train_steps", "a generator, read into an array")
def steps_generator(net, x, t, batches, lr):
    def losses():
        for chosen in batches:
            yield float(train_updates(net, x[chosen], t[chosen], lr))

    return np.fromiter(losses(), dtype=float)


@right("train_steps", "backwards from a stack that is emptied")
def steps_stack(net, x, t, batches, lr):
    left, found = list(reversed(batches)), np.empty(0)
    while left:
        chosen = left.pop()
        found = np.append(found, train_add(net, x[chosen, :], t.take(chosen), lr))
    return found


# gradient_in_parts


@right("gradient_in_parts", "a defaultdict and enumerated parts")
def parts_defaultdict(net, x, t, size):
    total: Any = defaultdict(float)
    count = math.ceil(len(x) / size)
    for k in range(count):
        rows, labels = x[k * size:(k + 1) * size], t[k * size:(k + 1) * size]
        for name, gradient in net.gradient(rows, labels).items():
            total[name] = total[name] + gradient * (len(labels) / len(t))
    return dict(total)


@right("gradient_in_parts", "recursion: a part and the rest")
def parts_recursion(net, x, t, size):
    if len(x) <= size:
        return net.gradient(x, t)
    share = size / len(x)
    first = net.gradient(x[:size], t[:size])
    rest = parts_recursion(net, x[size:], t[size:], size)
    return {name: share * first[name] + (1 - share) * rest[name] for name in first}


# PenaltyNet


class Penalised(NetWithoutMemory):
    """A network that is told its reg."""

    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg


@right("PenaltyNet", "all weights in one row")
class PenaltyRow(Penalised):
    def loss(self, x, t):
        row = np.concatenate([self.params[name].ravel() for name in ("W1", "W2")])
        return super().loss(x, t) + self.reg * row @ row

    def gradient(self, x, t):
        found = super().gradient(x, t)
        row = np.concatenate([self.params[name].ravel() for name in ("W1", "W2")])
        self.last_loss += self.reg * np.dot(row, row)
        for name in ("W1", "W2"):
            found[name] = found[name] + np.multiply(2.0 * self.reg, self.params[name])
        return found


@right("PenaltyNet", "a method for the penalty and its slopes, einsum")
class PenaltyMethod(Penalised):
    def penalty(self):
        slopes = {name: 2 * self.reg * self.params[name] for name in self.params if "W" in name}
        sums = [np.einsum("ij,ij->", self.params[name], self.params[name]) for name in slopes]
        return self.reg * reduce(lambda a, b: a + b, sums), slopes

    def loss(self, x, t):
        return NetWithoutMemory.loss(self, x, t) + self.penalty()[0]

    def gradient(self, x, t):
        found, (penalty, slopes) = NetWithoutMemory.gradient(self, x, t), self.penalty()
        self.last_loss = self.last_loss + penalty
        return {name: gradient + slopes.get(name, 0.0) for name, gradient in found.items()}
