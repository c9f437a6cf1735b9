"""Draws of 09_two_layer_net: layers and networks as a caller uses them, and rules step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.examination.draws import Sizes, Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values
from autograder.examination.draws.asking import told

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)

Functions = Mapping[str, Callable]
PARAMS = ("W1", "b1", "W2", "b2")

# Layers


@observes("Affine")
def affine(functions, rng):
    n, d, m = sizes(rng, 3)
    dtype = np.float32 if rng.random() < 0.1 else float
    params, others = ({
        "U": values(rng, (d, m)).astype(dtype), "c": values(rng, (m,)).astype(dtype),
        "W1": values(rng, (d, m)), "b1": values(rng, (m,)),
    } for _ in range(2))
    x, dout = unusual(rng, values(rng, (n, d)).astype(dtype), values(rng, (n, m)).astype(dtype))
    before = [array.copy() for array in (*params.values(), x, dout)]
    layer = functions["Affine"](params, "U", "c")
    another = functions["Affine"](dict(others), "U", "c")
    found: list[Any] = [told(layer.forward, x)]
    told(another.forward, 2 * x)
    for _ in range(int(rng.integers(1, 3))):
        back = [told(layer.backward, dout), told(lambda: layer.dw), told(lambda: layer.db)]
    found += back
    after = [*params.values(), x, dout]
    found.append(all(np.array_equal(a, b) for a, b in zip(before, after)))
    params["U"] = others["U"]
    found.append(told(layer.forward, x))
    params["c"][...] = others["c"]
    found += [told(layer.forward, x), told(layer.backward, dout), told(lambda: layer.dw)]
    return tuple(found)


def batch_of_scores(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores and labels."""
    n, c = sizes(rng, 2)
    x = values(rng, (n, c), spread=100)
    x = x.astype(np.float32) if rng.random() < 0.3 else x
    (x,) = unusual(rng, x)
    return x, rng.integers(0, c, n)


@observes("SoftmaxWithLoss")
def softmax_with_loss(functions, rng):
    x, t = batch_of_scores(rng)
    layer, another = functions["SoftmaxWithLoss"](), functions["SoftmaxWithLoss"]()
    before = x.copy(), t.copy()
    loss = told(layer.forward, x, t)
    told(another.forward, *batch_of_scores(rng))
    early = told(layer.backward, 0.5)
    found = [told(layer.backward, float(rng.choice([-2.5, 0.0, 0.5, 3.0]))), told(layer.backward),
             early]
    same = np.array_equal(before[0], x) and np.array_equal(before[1], t)
    return (loss, *found, same, told(lambda: str(layer.backward().dtype)))


# The network


def network_inputs(rng: np.random.Generator) -> tuple[dict, np.ndarray, np.ndarray]:
    """Parameters, a batch and labels."""
    n, d, h, c = sizes(rng, 4, most=5)
    size = float(rng.choice([0.1, 1.0, 2.0]))
    params = {"W1": size * rng.standard_normal((d, h)), "b1": rng.standard_normal(h),
              "W2": size * rng.standard_normal((h, c)), "b2": rng.standard_normal(c)}
    (x,) = unusual(rng, rng.standard_normal((n, d)))
    return params, x, rng.integers(0, c, n)


def written(net, params: Mapping) -> None:
    """Write parameters into the arrays of a network."""
    for name, array in params.items():
        net.params[name][...] = array


def made(functions: Functions, name: str, params: Mapping, *more):
    """A network with such parameters."""
    d, h = params["W1"].shape
    net = functions[name](d, h, len(params["b2"]), *more, 0.01, np.random.default_rng(0))
    written(net, params)
    return net


def alone_told(make: Callable) -> str:
    """How a network begins that is made without an rng and without a deviation, in words."""
    try:
        return "as usual" if 0.008 < np.std(make().params["W1"]) < 0.012 else "otherwise"
    except Exception:
        return "not at all"


def start_told(make: Callable, std: float) -> str:
    """Whether a network begins as it should, in words."""
    try:
        net, same, other = make(3), make(3), make(4)
        w1, b1, w2, b2 = (np.asarray(net.params[name]) for name in PARAMS)
        words = [str(array.shape) for array in (w1, b1, w2, b2)]
        words += ["biases 0" if not (np.any(b1) or np.any(b2)) else "biases"]
        for w in (w1, w2):
            normal = abs(w.mean()) < 0.1 * std and abs(w.std() / std - 1) < 0.1
            words.append("normal" if normal and np.abs(w).max() > 2.5 * std else "not normal")
        drawn = np.array_equal(w1, same.params["W1"]) and not np.array_equal(w1, other.params["W1"])
        return ", ".join([*words, "drawn with the rng" if drawn else "drawn otherwise"])
    except Exception as error:
        return f"raises {type(error).__name__}"


def measured_told(net, x, t) -> str:
    """Whether numerical_gradient is that of the loss, in words."""
    try:
        found = net.numerical_gradient(x, t)
        if set(found) != set(PARAMS):
            return f"the keys {sorted(found)}"
        wrong = []
        for name in PARAMS:
            array, slopes = net.params[name], np.zeros(net.params[name].shape)
            for index in np.ndindex(array.shape):
                kept, ends = array[index], []
                for step in (1e-5, -1e-5):
                    array[index] = kept + step
                    ends.append(net.loss(x, t))
                array[index] = kept
                slopes[index] = (ends[0] - ends[1]) / 2e-5
            near = 1e-6 * max(1.0, np.abs(slopes).max())
            if np.shape(found[name]) != slopes.shape or np.abs(found[name] - slopes).max() > near:
                wrong.append(name)
        exact = net.gradient(x, t)
        copied = [name for name in PARAMS if np.any(exact[name]) and np.abs(
            found[name] - exact[name]).max() < 1e-15 * np.abs(exact[name]).max()]
        words = f"other slopes of {wrong}" if wrong else "measured"
        return "the way back" if len(copied) == len(PARAMS) else words
    except Exception as error:
        return f"raises {type(error).__name__}"


def rounded(value):
    """Plain data in which what cancels to nearly 0 is 0."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    return value if isinstance(value, (str, bool)) or value is None else np.round(value, 13)


def asked(net, params: Mapping, x, t) -> list:
    """What a network answers, method by method."""
    before = [array.copy() for array in (x, t)]
    found = [told(lambda: net.predict(x)), rounded(told(net.loss, x, t)),
             told(lambda: net.accuracy(x, t))]
    told(net.loss, 1.5 * x[::-1], t)
    gradients = rounded(told(net.gradient, x, t))
    keys = sorted(gradients) if isinstance(gradients, dict) else gradients
    found += [gradients.get(name) if isinstance(gradients, dict) else keys
              for name in ("W2", "b2", "W1", "b1")]
    found += [keys]
    found += [rounded(told(lambda: net.last_loss)), rounded(told(net.loss, x, t))]
    found += [all(np.array_equal(a, b) for a, b in zip(before, (x, t))),
              all(np.array_equal(net.params[name], params[name]) for name in PARAMS)]
    return found


@observes("TwoLayerNet")
def two_layer_net(functions, rng):
    params, x, t = network_inputs(rng)
    std = float(rng.choice([0.01, 0.5]))
    plain = rng.random() < 0.5

    def make(seed):
        if plain:
            return functions["TwoLayerNet"](40, 50, 30, rng=np.random.default_rng(seed))
        return functions["TwoLayerNet"](40, 50, 30, std, np.random.default_rng(seed))

    start = start_told(make, 0.01 if plain else std)
    alone = alone_told(lambda: functions["TwoLayerNet"](40, 50, 30))
    net = made(functions, "TwoLayerNet", params)
    found = asked(net, params, x, t)
    measured = measured_told(net, x, t) if x.size < 12 else ""
    for name in PARAMS:
        net.params[name] = -params[name]
    return (start, *found, measured, alone, told(lambda: net.predict(x)),
            rounded(told(net.loss, x, t)))


@observes("PenaltyNet")
def penalty_net(functions, rng):
    params, x, t = network_inputs(rng)
    reg = float(rng.choice([0.0, 0.01, 0.7, 3.0]))
    std = float(rng.choice([0.01, 0.5]))
    start = start_told(lambda seed: functions["PenaltyNet"](
        40, 50, 30, reg, std, np.random.default_rng(seed)), std)
    alone = alone_told(lambda: functions["PenaltyNet"](40, 50, 30, reg))
    net = made(functions, "PenaltyNet", params, reg)
    _, loss, _, dw2, db2, dw1, db1, *more = asked(net, params, x, t)
    again = rounded(told(net.gradient, x, t))
    return (loss, dw1, db1, dw2, db2, *more, again, told(lambda: net.reg), start, alone)


# Steps of training


def left(net) -> list:
    """The parameters of a network as they are."""
    return [told(lambda name=name: net.params[name]) for name in PARAMS]


@observes("train_step")
def train_step(functions, rng):
    params, x, t = network_inputs(rng)
    before = [array.copy() for array in (x, t)]
    net, lr = made(functions, "TwoLayerNet", params), float(rng.choice([0.0, 0.1, 1.0]))
    loss = rounded(told(functions["train_step"], net, x, t, lr))
    found = [np.copy(array) if isinstance(array, np.ndarray) else array for array in left(net)]
    again = rounded(told(functions["train_step"], net, x, t, lr))
    same = all(np.array_equal(a, b) for a, b in zip(before, (x, t)))
    return (loss, *found, again, *left(net), same, told(net.predict, x))


@observes("train_steps")
def train_steps(functions, rng):
    params, x, t = network_inputs(rng)
    batches = [rng.integers(0, len(x), rng.integers(1, 5)) for _ in range(rng.integers(5))]
    before = [array.copy() for array in (x, t, *batches)]
    net, lr = made(functions, "TwoLayerNet", params), float(rng.choice([0.05, 0.3]))
    losses = told(lambda: np.asarray(functions["train_steps"](net, x, t, batches, lr)))
    same = all(np.array_equal(a, b) for a, b in zip(before, (x, t, *batches)))
    return (rounded(losses), *left(net), same)


@observes("gradient_in_parts")
def gradient_in_parts(functions, rng):
    n, d = sizes(rng, 2, most=9)
    x, t = values(rng, (n, d)), rng.integers(0, 5, n)
    size = int(rng.integers(1, n + 3))
    names = ("W1", "b1") if rng.random() < 0.5 else ("kernel", "shift", "scale")

    class Net:
        most = 0

        def gradient(self, x, t):
            self.most = max(self.most, len(x))
            if not 0 < len(x) <= size:
                raise MemoryError(f"{len(x)} samples")
            rows = np.sin(x) * (x.sum(axis=1) - t)[:, None]
            return {name: k + (rows ** (k + 1)).mean(axis=0) for k, name in enumerate(names)}

    net, before = Net(), (x.copy(), t.copy())
    found = told(functions["gradient_in_parts"], net, x, t, size)
    same = np.array_equal(before[0], x) and np.array_equal(before[1], t)
    arrays = [found.get(name) if isinstance(found, dict) else found for name in names]
    keys = sorted(found) if isinstance(found, dict) else ""
    return (*arrays, keys, same, net.most <= size, Sizes(N=n, D=d))


# Update rules


def alike(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Arrays of one shape."""
    shape = sizes(rng, int(rng.integers(4)), least=int(rng.random() > 0.1), most=4)
    arrays = [np.asarray(values(rng, shape)) for _ in range(count)]
    if rng.random() < 0.15:
        arrays = [array.astype(np.float32) for array in arrays]
    return list(unusual(rng, *arrays))


def rate(rng: np.random.Generator) -> float:
    """A learning rate, or a share."""
    return float(rng.choice([0.0, 0.1, 0.5, 0.9, 1.0]))


@draws("sgd_step")
def sgd_step(rng):
    return (*alike(rng, 2), rate(rng))


@draws("momentum_step")
def momentum_step(rng):
    w, dw, v = alike(rng, 3)
    return w, dw, np.zeros_like(v) if rng.random() < 0.2 else v, rate(rng), rate(rng)


@draws("average_weight")
def average_weight(rng):
    return float(rng.choice([0.0, 0.5, 0.9, 0.999, rng.random()])), int(rng.integers(1, 60))


@draws("adam_step")
def adam_step(rng):
    w, dw, m, v = alike(rng, 4)
    v = np.abs(v)
    if rng.random() < 0.3:
        m, v = np.zeros_like(m), np.zeros_like(v)
    t = int(rng.choice([1, 2, 3, 10, 1000]))
    betas = (0.9, 0.999) if rng.random() < 0.4 else tuple(float(b) for b in rng.uniform(0, 0.99, 2))
    return w, dw, m, v, t, rate(rng), *betas, float(rng.choice([1e-8, 0.1]))


# Summaries of runs


@draws("steps_until")
def steps_until(rng):
    count = int(rng.integers(0, 40))
    losses = values(rng, (count,), spread=10)
    if rng.random() < 0.5:
        losses = np.abs(losses) + np.linspace(2, 0, count)
    level = float(rng.choice([0.0, 0.5, 1.0, 2.5, -1.0]))
    if rng.random() < 0.4:
        return losses, level
    window = int(rng.integers(1, count + 3))
    if rng.random() < 0.3 and count > window + 1:  # reached in one of the last two windows
        losses = np.sort(rng.uniform(0.0, 3.0, count))[::-1]
        last = count - int(rng.integers(2))
        level = float(losses[last - window - 1:last].mean())
    return losses, level, window


@draws("best_rate")
def best_rate(rng):
    count = int(rng.integers(1, 7))
    # Steps of 0.002: what is exactly 0.005 below the best is another number in binary.
    held_out = 0.9 + 0.002 * rng.integers(0, 5 if rng.random() < 0.7 else 40, count)
    if rng.random() < 0.3:
        held_out[...] = rng.choice([0.0, 0.005, 0.01], count)
    lrs = rng.permutation(10.0 ** np.arange(-4, count - 4)) * rng.uniform(1, 3)
    return ([{"lr": float(lr), "train": float(a), "held_out": float(h)}
             for lr, a, h in zip(lrs, rng.uniform(0.9, 1.0, count), held_out)],)
