"""Draws for 10_convnet: pooling of every kind, and networks that are used as training uses them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import sizes, unusual, values
from autograder.examination.draws.asking import told

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


# Pooling


class Pooling(NamedTuple):
    """Sizes of a pooling layer whose windows fit into the image."""

    n: int
    c: int
    image: tuple[int, ...]
    window: tuple[int, int]
    out: tuple[int, ...]
    stride: int


def a_pooling(rng: np.random.Generator) -> Pooling:
    """Any sizes, with any remainder on each side, and any stride."""
    n, c, hh, ww = sizes(rng, 4, most=4)
    stride, image, out = int(rng.integers(1, 5)), [], []
    for size in (hh, ww):
        count = int(rng.integers(1, 5))
        image.append(size + stride * (count - 1) + int(rng.integers(stride)))
        out.append(count)
    return Pooling(n, c, tuple(image), (hh, ww), tuple(out), stride)


def with_ties(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of every kind; in half of all draws most windows have a tie."""
    if rng.integers(2):
        return rng.integers(-2, 2, shape) / 2 - float(rng.choice([0, 0, 40]))
    return values(rng, shape)


def arrays_of(rng: np.random.Generator, pooling: Pooling) -> tuple[np.ndarray, np.ndarray]:
    """x and dout, in some draws in float32."""
    x = with_ties(rng, (pooling.n, pooling.c, *pooling.image))
    dout = values(rng, (pooling.n, pooling.c, *pooling.out))
    if rng.integers(6) == 0:
        return x.astype(np.float32), dout.astype(np.float32)
    x, dout = unusual(rng, x, dout)
    return x, dout


@draws("pool_dx_entry")
def pool_dx_entry(rng):
    pooling = a_pooling(rng)
    count = int(np.prod(pooling.image))
    x = (rng.permutation(count) - rng.uniform(0, count)).reshape(pooling.image)
    x, dout = unusual(rng, x * float(rng.choice([0.1, 1, 1e4])), values(rng, pooling.out))
    r, q = (int(rng.integers(size)) for size in pooling.image)
    if rng.integers(5):  # most pixels win no window; this one does
        top, left = (pooling.stride * int(rng.integers(count)) for count in pooling.out)
        window = x[top:top + pooling.window[0], left:left + pooling.window[1]]
        i, j = np.unravel_index(window.argmax(), window.shape)
        r, q = top + int(i), left + int(j)
    return x, dout, r, q, *pooling.window, pooling.stride


@draws("max_pool_forward", "avg_pool_forward")
def pool_forward(rng):
    pooling = a_pooling(rng)
    return arrays_of(rng, pooling)[0], *pooling.window, pooling.stride


@draws("max_pool_backward", "avg_pool_backward")
def pool_backward(rng):
    pooling = a_pooling(rng)
    x, dout = arrays_of(rng, pooling)
    return x, *pooling.window, pooling.stride, dout


@draws("max_pool_backward_mended")
def max_pool_backward_mended(rng):
    pooling = a_pooling(rng)
    x, dout = arrays_of(rng, pooling)
    return dout, x, *pooling.window, pooling.stride


# The network


class Network(NamedTuple):
    """What a `ConvNet` is made for."""

    image: tuple[int, int, int]
    filters: int
    kernel: int
    hidden: int
    classes: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter."""
        c, height, width = self.image
        rows = self.filters * ((height + 1 - self.kernel) // 2) * ((width + 1 - self.kernel) // 2)
        return {
            "W1": (self.filters, c, self.kernel, self.kernel), "b1": (self.filters,),
            "W2": (rows, self.hidden), "b2": (self.hidden,),
            "W3": (self.hidden, self.classes), "b3": (self.classes,),
        }


def a_network(rng: np.random.Generator) -> Network:
    """Images of any shape that leaves something behind the pooling."""
    c, filters, kernel, hidden, classes = sizes(rng, 5, most=5)
    height, width = (kernel + 1 + int(rng.integers(6)) for _ in range(2))
    return Network((c, height, width), filters, kernel, hidden, classes + 1)


def arrays_for(rng: np.random.Generator, network: Network) -> dict[str, np.ndarray]:
    """Parameters of that network."""
    return {name: rng.standard_normal(shape) / np.sqrt(max(1, math.prod(shape[1:])))
            for name, shape in network.shapes.items()}


def a_batch(rng: np.random.Generator, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels."""
    n = int(rng.integers(1, 6))
    return (rng.standard_normal((n, *network.image)) * float(rng.choice([1, 1, 10])),
            rng.integers(0, network.classes, n))


def by_name(arrays, names=NAMES) -> tuple:
    """The arrays of a dictionary in one order, and which names are missing."""
    return tuple(arrays.get(name) for name in names)


@draws("convnet_forward")
def convnet_forward(rng):
    network = a_network(rng)
    return arrays_for(rng, network), a_batch(rng, network)[0]


@observes("convnet_backward")
def convnet_backward(functions, rng):
    network = a_network(rng)
    params, (x, _) = arrays_for(rng, network), a_batch(rng, network)
    scores, cache = functions["convnet_forward"](params, x)
    dx, gradients = functions["convnet_backward"](rng.standard_normal(scores.shape), cache)
    return dx, *by_name(gradients)


def rule_of(w: np.ndarray, fan_in: int) -> str:
    """Whether the numbers of an array are spread as He says, as far as so many can show; or how
    far they are spread in place of that."""
    off = abs(float(np.log(np.std(w) / np.sqrt(2 / fan_in)))) if np.any(w) else np.inf
    straight = abs(np.mean(w)) < 6 * np.std(w) / np.sqrt(w.size)
    if not straight or not np.isfinite(off):
        return "another"
    he = off < min(0.1, 5 / np.sqrt(2 * w.size))
    return "He" if he else f"{np.std(w) * np.sqrt(fan_in / 2):.2g} times as wide"


@observes("ConvNet")
def convnet(functions, rng):
    network, seed = a_network(rng), int(rng.integers(1000))
    wide = network._replace(filters=200 + network.filters, hidden=90 + network.hidden,
                            classes=20 + network.classes)
    first = functions["ConvNet"](*wide, np.random.default_rng(seed)).params
    again = functions["ConvNet"](*wide, np.random.default_rng(seed)).params
    beginning: list = []
    for name, shape in wide.shapes.items():
        beginning += [str(first[name].shape), bool(np.array_equal(first[name], again[name]))]
        fan_in = int(np.prod(shape[1:])) if name == "W1" else shape[0]
        beginning.append(rule_of(first[name], fan_in) if name.startswith("W") else first[name])

    net = functions["ConvNet"](*network, np.random.default_rng(seed))
    x, t = a_batch(rng, network)
    found = []
    for _ in range(2):
        net.params.update(arrays_for(rng, network))
        gradient = told(net.gradient, x, t)
        found += [told(net.predict, x), told(net.loss, x, t),
                  *(by_name(gradient) if isinstance(gradient, dict) else [gradient] * len(NAMES)),
                  told(net.accuracy, x, t)]
    return beginning, *found


@observes("training_step")
def training_step(functions, rng):
    network = a_network(rng)
    net = functions["ConvNet"](*network, np.random.default_rng(0))
    net.params.update(arrays_for(rng, network))
    t = int(rng.integers(1, 5))
    scale = 0.0 if t == 1 else float(rng.choice([0.1, 1.0]))
    m, v = ({name: scale * size(shape) for name, shape in network.shapes.items()}
            for size in (rng.standard_normal, rng.random))
    x, y = a_batch(rng, network)
    before = (x.copy(), y.copy())
    loss = functions["training_step"](net, m, v, x, y, t, float(rng.choice([0.001, 0.05])))
    kept = bool(np.array_equal(x, before[0]) and np.array_equal(y, before[1]))
    return float(loss), *(a for arrays in (net.params, m, v) for a in by_name(arrays)), kept


@draws("score_gradient")
def score_gradient(rng):
    network = a_network(rng)
    return arrays_for(rng, network), *a_batch(rng, network)


@draws("adversarial_images")
def adversarial_images(rng):
    network = a_network(rng)
    x, y = a_batch(rng, network)
    x = rng.uniform(0, 1, x.shape)
    if rng.integers(2):
        x = np.where(rng.random(x.shape) < 0.5, np.rint(x), x)
    return arrays_for(rng, network), x, y, float(rng.choice([0.0, 0.05, 0.3, 2.0]))
