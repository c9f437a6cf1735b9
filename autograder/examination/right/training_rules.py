"""Further right answers to 09_two_layer_net: starts, rates, update rules, and the questions."""

import math
from collections import deque
from itertools import accumulate

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

# Questions

right("predict_start", "NumPy integers, the logarithm of a sum of ones")(
    lambda: (np.prod((784, 50)) + 50 + np.prod((50, 10)) + 10,
             np.log(np.exp(np.zeros(10)).sum())))
right("wrong_gradients", "a dict, read in order")(
    lambda: list({"W1": 1, "b1": 1, "W2": 0, "b2": 0, "W3": 0, "b3": 0}.values()))


@right("wrong_gradients", "zeros with two ones written in")
def wrong_written():
    wrong = np.zeros(6, dtype=int)
    wrong[:2] = 1
    return wrong


right("predict_equal_weights", "a row of the identity")(lambda: (np.eye(4, dtype=int)[-1], 1))


@right("predict_equal_weights", "computed from columns that are equal")
def equal_computed():
    columns = np.full((784, 50), 0.01)
    moved = np.array([int(name == "b2") for name in ("W1", "b1", "W2", "b2")])
    return moved, len(np.unique(columns, axis=1).T)


right("recap_two_layer_net", "the first three letters backwards")(lambda: tuple("abc"[::-1]))
right("recap_two_layer_net", "a string taken apart")(lambda: tuple("c.b.a.".strip(".").split(".")))

# sgd_step

right("sgd_step", "einsum over the two terms")(
    lambda w, dw, lr: np.einsum("k,k...->...", np.array([1.0, -lr]), np.stack([w, dw])))


@right("sgd_step", "entry by entry into an empty array")
def sgd_entries(w, dw, lr):
    new = np.empty_like(w)
    for index, slope in np.ndenumerate(dw):
        new[index] = w[index] - lr * slope
    return new


# steps_until


@right("steps_until", "a deque that holds the window")
def until_deque(losses, level, window=20):
    held: deque = deque(maxlen=window)
    for step, loss in enumerate(losses, start=1):
        held.append(float(loss))
        if len(held) == window and math.fsum(held) / window < level:
            return step
    return -1


@right("steps_until", "a convolution with equal weights")
def until_convolved(losses, level, window=20):
    if window > len(losses):
        return -1
    means = np.convolve(losses, np.ones(window), mode="valid") / window
    (places,) = np.nonzero(means < level)
    return int(places[0] + window) if places.size else -1


# best_rate


@right("best_rate", "a dict of rates, the best one first")
def rate_dict(runs):
    held_out = {run["lr"]: run["held_out"] for run in runs}
    best = sorted(held_out.values())[-1]
    return min(filter(lambda lr: held_out[lr] >= best - 0.005, held_out))


@right("best_rate", "runs taken away from the end of an order")
def rate_stack(runs):
    order = sorted(runs, key=lambda run: run["lr"], reverse=True)
    lowest = np.max([run["held_out"] for run in runs]) - 0.005
    while order[-1]["held_out"] < lowest:
        order.pop()
    return np.float64(order[-1]["lr"])


# momentum_step


@right("momentum_step", "entry by entry")
def momentum_entries(w, dw, v, lr, mu):
    new_w, new_v = np.empty_like(w), np.empty_like(v)
    for index in np.ndindex(w.shape):
        new_v[index] = mu * v[index] - lr * dw[index]
        new_w[index] = w[index] + new_v[index]
    return new_w, new_v


@right("momentum_step", "a matrix for both")
def momentum_matrix(w, dw, v, lr, mu):
    rule = np.array([[1.0, -lr, mu], [0.0, -lr, mu]])
    new_w, new_v = np.tensordot(rule, np.array([w, dw, v]), axes=1)
    return new_w, new_v


# average_weight

right("average_weight", "the logarithm and expm1")(
    lambda beta, t: -math.expm1(t * math.log(beta)) if beta else 1.0)


@right("average_weight", "the weights in an array")
def weight_array(beta, t):
    weights = list(accumulate(range(t - 1), lambda weight, _: weight * beta, initial=1 - beta))
    return np.sum(weights)


# adam_step


@right("adam_step", "np.average for the averages, in place in copies")
def adam_average(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = np.average([m, dw], axis=0, weights=[beta1, 1 - beta1])
    v = np.average([v, np.multiply(dw, dw)], axis=0, weights=[beta2, 1 - beta2])
    w = np.array(w, copy=True)
    w -= lr * np.divide(m, 1 - beta1**t) / np.add(np.sqrt(v / (1 - beta2**t)), eps)
    return w, m, v


@right("adam_step", "a helper for both averages, and the step by itself")
def adam_helper(w, dw, m, v, t, lr, beta1, beta2, eps):
    def averaged(old, new, beta):
        kept = old * beta + new * (1 - beta)
        return kept, kept / (1 - math.pow(beta, t))

    m, mean = averaged(m, dw, beta1)
    v, square = averaged(v, dw**2, beta2)
    change = np.where(mean == 0, 0.0, -lr * mean / (eps + square**0.5))
    return w + change, m, v
