"""The reference solutions against PyTorch: ``python -m autograder.examination.against_torch``.

The tests of the course compare gradients with central differences of the course's own forward
functions. This is a second opinion, from a library that shares no line with the course.
PyTorch is large and needed for nothing else, so it is an extra; ``--freeze`` writes one
case of every function with PyTorch's results to a small file, for the tests to read without it.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.checking.comparison import error_between
from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS

TOLERANCE = 1e-10
MEASURED = 1e-6
"""For central differences. With a step of 1e-5 neither truncation nor rounding lets
them have more than ten or eleven right digits, and values larger than 1 cost some of these."""

SEEDS = range(25)
FROZEN = Path(__file__).with_name("torch_results.npz")

Inputs = Mapping[str, object]
Functions = Mapping[str, Callable]


@dataclass(frozen=True)
class Comparison:
    """One reference function and the same in PyTorch.

    Attributes
    ----------
    name : str
        The function or class of the course.
    inputs : callable
        ``inputs(rng) -> dict``: float64 and integer arrays, floats and ints, of random shapes.
        An entry ``dout`` is the upstream gradient; without it, the gradient is that of
        the sum of all entries.
    torch : callable
        ``torch(torch, v) -> out``: the forward computation, or a tuple of tensors. All floats
        of `v` are float64 tensors that require a gradient.
    of : tuple of str
        The inputs with respect to which `out` is differentiated by autograd.
    value : bool
        Whether `out` itself is compared as well, before the gradients.
    ours : callable, optional
        ``ours(f, v) -> results`` with the chapter's functions by name. By default the
        function is called with all inputs, in order.
    tolerance : float
        Largest error allowed, relative to the largest entry of a result.
    """

    name: str
    inputs: Callable[[np.random.Generator], Inputs]
    torch: Callable[[ModuleType, SimpleNamespace], object]
    of: tuple[str, ...] = ()
    value: bool = True
    ours: Callable[[Functions, SimpleNamespace], object] | None = None
    tolerance: float = TOLERANCE

    def inputs_for(self, seed: int) -> Inputs:
        """The inputs that `seed` gives; each comparison has its own stream of numbers."""
        return self.inputs(np.random.default_rng([seed, zlib.crc32(self.name.encode())]))

    def our_results(self, functions: Functions, inputs: Inputs) -> tuple[np.ndarray, ...]:
        """What the course's function returns."""
        if self.ours:
            results = self.ours(functions, SimpleNamespace(**inputs))
        else:
            results = functions[self.name](*inputs.values())
        results = results if isinstance(results, tuple) else (results,)
        return tuple(np.asarray(result) for result in results)

    def torch_results(self, inputs: Inputs) -> tuple[np.ndarray, ...]:
        """What PyTorch returns: the value where it is compared, then the gradients."""
        import torch

        v = SimpleNamespace(**{key: _tensor(torch, value) for key, value in inputs.items()})
        out = self.torch(torch, v)
        results = out if isinstance(out, tuple) else (out,)
        results = results if self.value else ()
        if self.of:
            dout = v.dout if "dout" in inputs else torch.ones_like(out)
            results += torch.autograd.grad(
                out, [getattr(v, key) for key in self.of], dout, materialize_grads=True
            )
        return tuple(result.detach().numpy() for result in results)


def _tensor(torch: ModuleType, value):
    """Floats as tensors that require a gradient, integer arrays as tensors, ints as they are."""
    if isinstance(value, int):
        return value
    array = np.asarray(value)
    return torch.tensor(array, requires_grad=array.dtype.kind == "f")


def largest_error(got: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> float:
    """Largest error among several results; inf if their number or a shape differs."""
    if [a.shape for a in got] != [b.shape for b in expected]:
        return float("inf")
    return max(error_between(a, b) for a, b in zip(got, expected))


# Inputs. Each function makes `inputs(rng) -> dict`.


def size(rng: np.random.Generator, low: int = 2, high: int = 6) -> int:
    """A random size, from `low` to `high`."""
    return int(rng.integers(low, high + 1))


def any_shape(rng: np.random.Generator) -> tuple[int, ...]:
    """A random shape with one to four axes."""
    return tuple(size(rng, 2, 4) for _ in range(size(rng, 1, 4)))


def scalars(*names: str, low: float = -2.0, high: float = 2.0):
    """Plain numbers between `low` and `high`."""
    return lambda rng: {name: float(rng.uniform(low, high)) for name in names}


def elementwise(*, dout: bool = False, huge: bool = False):
    """An array `x` of any shape, with ``dout`` on request.

    One entry is exactly 0: the course and PyTorch have the same convention at the kink of
    relu. Another is 1, so that not all results are 0. On request some cases hold entries
    near 1000, where a careless exponential overflows.
    """
    def make(rng):
        x = rng.normal(0, 1000 if huge and rng.random() < 0.3 else 2, any_shape(rng))
        x.flat[:2] = 0.0, 1.0
        return {"x": x} | ({"dout": rng.normal(0, 1, x.shape)} if dout else {})
    return make


def entry_of(*names: str):
    """A matrix for each name, all of the same shape, and the indices n, d of one entry."""
    def make(rng):
        shape = size(rng), size(rng)
        arrays = {name: rng.normal(0, 1, shape) for name in names}
        return arrays | {"n": int(rng.integers(shape[0])), "d": int(rng.integers(shape[1]))}
    return make


def affine(*, features: bool = False, index: tuple[str, str] | None = None):
    """Arrays x, w, b, dout of an affine layer; x with any number of axes if not `features`."""
    def make(rng):
        sizes = {"n": size(rng), "m": size(rng)}
        shape = any_shape(rng)[:1 if features else 3]
        sizes["d"] = int(np.prod(shape))
        inputs = {
            "x": rng.normal(0, 1, (sizes["n"], *shape)),
            "w": rng.normal(0, 1, (sizes["d"], sizes["m"])),
            "b": rng.normal(0, 1, sizes["m"]),
            "dout": rng.normal(0, 1, (sizes["n"], sizes["m"])),
        }
        return inputs | {key: int(rng.integers(sizes[key])) for key in index or ()}
    return make


def scores_and_labels(*, scales: tuple[int, ...] = (1,), onehot: bool = False, index: bool = False):
    """Scores x of shape (N, C) and labels y, some as one-hot rows on request.

    Sample 0 is always wrong. A loss near 0 is the difference of two large numbers, and
    its relative error would say more about rounding than about the function. Each row has
    a level of its own. Half of the cases hold multiples of 1/4: they are exact in binary, so
    that some margins are exactly 0, the kink of the hinge.
    """
    def make(rng):
        N, C, scale = size(rng, 1, 6), size(rng), rng.choice(scales)
        x = rng.normal(0, scale, (N, C)) + rng.normal(0, 10 * scale, (N, 1))
        x = np.round(4 * x) / 4 if rng.random() < 0.5 else x
        y = rng.integers(0, C, N)
        y[0] = np.argmin(x[0])
        inputs = {"x": x, "y": np.eye(C, dtype=int)[y] if onehot and rng.random() < 0.5 else y}
        return inputs | ({"n": int(rng.integers(N)), "j": int(rng.integers(C))} if index else {})
    return make


def quarters(rng: np.random.Generator) -> Inputs:
    """One sample's scores s, multiples of 1/4, so that some margins are 0, and its label y."""
    C = size(rng)
    return {"s": rng.integers(-8, 9, C) / 4, "y": int(rng.integers(C))}


def sample_scores(rng: np.random.Generator) -> Inputs:
    """One sample's scores s, and its label y."""
    C = size(rng)
    return {"s": rng.normal(0, 2, C), "y": int(rng.integers(C))}


def linear_model(rng: np.random.Generator) -> Inputs:
    """Weights w, data x, labels y and the strength reg of a linear classifier."""
    N, D, C = size(rng), size(rng), size(rng)
    return {"w": rng.normal(0, 1, (D, C)), "x": rng.normal(0, 1, (N, D)),
            "y": rng.integers(0, C, N), "reg": float(rng.uniform(0.01, 1))}


def probabilities(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Rows of positive numbers that add up to 1."""
    p = rng.uniform(0.1, 1, shape)
    return p / p.sum(axis=-1, keepdims=True)


def probabilities_and_targets(rng: np.random.Generator) -> Inputs:
    """Probabilities y and targets t: one sample or a batch, labels or one-hot rows.

    In sample 0 a wrong class has probability 0, whose logarithm nobody may use.
    """
    N, C = size(rng, 1, 5), size(rng)
    y, t = probabilities(rng, N, C), rng.integers(0, C, N)
    y[0, t[0] - 1] = 0.0
    onehot = np.eye(C, dtype=int)[t]
    forms = [(y, t), (y, onehot), (y[0], onehot[0]), (y[0], int(t[0]))]
    return dict(zip(("y", "t"), forms[rng.integers(4)]))


def graph(rng: np.random.Generator) -> Inputs:
    """A graph of sums and products with fan-out.

    Row k of steps, of shape (K, 3), holds a kind (0 for a sum, 1 for a product) and the
    numbers of two values. Its result is the value number M + k, after the M inputs.
    """
    M, K = size(rng, 2, 4), size(rng, 2, 6)
    steps = [(int(rng.integers(2)), M + k - 1, int(rng.integers(M + k))) for k in range(K)]
    return {"steps": np.array(steps), "values": rng.uniform(0.5, 1.5, M), "dout": rng.normal()}


def convolution(*, general: bool = False):
    """Arrays x, w, b, dout of a convolution, with stride and pad.

    In many cases the last window does not end at the border, so that some pixels are in
    no window. With `general` there are dilation and groups too.
    """
    def make(rng):
        stride, pad = size(rng, 1, 3), size(rng, 0, 2)
        dilation, groups = (size(rng, 1, 3), size(rng, 1, 3)) if general else (1, 1)
        N, C, F = size(rng, 1, 3), groups * size(rng, 1, 3), groups * size(rng, 1, 3)
        kernel = np.array([size(rng, 1, 3), size(rng, 1, 3)])
        covered = dilation * (kernel - 1) + 1
        image = np.maximum(covered - 2 * pad, 1) + rng.integers(0, 6, 2)
        windows = 1 + (image + 2 * pad - covered) // stride
        inputs = {
            "x": rng.normal(0, 1, (N, C, *image)),
            "w": rng.normal(0, 1, (F, C // groups, *kernel)),
            "b": rng.normal(0, 1, F),
            "dout": rng.normal(0, 1, (N, F, *windows)),
            "stride": stride, "pad": pad,
        }
        return inputs | ({"dilation": dilation, "groups": groups} if general else {})
    return make


def one_channel(*index: str):
    """x, w, dout of one image, one channel, one filter, and the `index` of an entry of x or w."""
    def make(rng):
        inputs = convolution()(rng)
        x, w = inputs["x"][0, 0], inputs["w"][0, 0]
        stride = inputs["stride"]
        x = np.pad(x, inputs["pad"])
        windows = 1 + (np.array(x.shape) - w.shape) // stride
        shape = x.shape if index == ("r", "q") else w.shape
        place = {key: int(rng.integers(high)) for key, high in zip(index, shape)}
        return {"x": x, "w": w, "dout": rng.normal(0, 1, windows), "stride": stride} | place
    return make


def columns(rng: np.random.Generator) -> Inputs:
    """Images x, the kernel's size HH, WW, stride, pad, and columns cols in their layout."""
    inputs = convolution()(rng)
    _, C, HH, WW = inputs["w"].shape
    N, _, OH, OW = inputs["dout"].shape
    return {"x": inputs["x"], "cols": rng.normal(0, 1, (C * HH * WW, N * OH * OW)),
            "HH": HH, "WW": WW, "stride": inputs["stride"], "pad": inputs["pad"]}


# Ours: how a function of the course is called, where that is more than its inputs in order.


def by_name(name: str, *arguments: str):
    """Call a function with some of the inputs."""
    return lambda f, v: f[name](*(getattr(v, key) for key in arguments))


def forward(name: str, *arguments: str):
    """Call a forward function, without its cache."""
    return lambda f, v: f[name](*(getattr(v, key) for key in arguments))[0]


def backward(name: str, through: str, *arguments: str):
    """Call a backward function with the cache of the forward function `through`."""
    return lambda f, v: f[name](v.dout, f[through](*(getattr(v, key) for key in arguments))[1])


def node(name: str, *arguments: str):
    """The output of a node, then all that its backward returns."""
    def ours(f, v):
        made = f[name]()
        out = made.forward(*(getattr(v, key) for key in arguments))
        gradients = made.backward(v.dout)
        return (out, *(gradients if isinstance(gradients, tuple) else (gradients,)))
    return ours


def our_graph(f: Functions, v: SimpleNamespace) -> np.ndarray:
    """The gradients of all values of a graph, in the order of their numbers."""
    total = len(v.values) + len(v.steps)
    steps = [(f"v{len(v.values) + k}", "+*"[kind], f"v{a}", f"v{b}")
             for k, (kind, a, b) in enumerate(v.steps)]
    values = {f"v{k}": value for k, value in enumerate(v.values)}
    gradients = f["graph_gradients_mended"](steps, values, v.dout)
    # An input that no step uses has no entry; its slope is 0.
    return np.array([gradients.get(f"v{k}", 0.0) for k in range(total)])


def our_mask(f: Functions, v: SimpleNamespace) -> np.ndarray:
    """`svm_dx_matrix` on the mask of positive margins."""
    label = np.eye(v.x.shape[1], dtype=bool)[v.y]
    return f["svm_dx_matrix"]((v.x - v.x[label][:, None] + 1 > 0) & ~label, v.y)


# PyTorch: what needs more than one line.


def slopes(torch: ModuleType, out, of, dout=None):
    """The gradient of `out` with respect to one tensor, or a tuple of gradients."""
    found = torch.autograd.grad(out, of, dout, materialize_grads=True)
    return found if isinstance(of, tuple) else found[0]


def from_output(function: str, inverse: str):
    """The slope of an elementwise function, given its output instead of its input."""
    def theirs(torch, v):
        x = getattr(torch, inverse)(v.out.detach()).requires_grad_()
        slope = slopes(torch, getattr(torch, function)(x), x, v.dout)
        return slope[v.n, v.d] if hasattr(v, "n") else slope
    return theirs


def jacobian_from_output(torch: ModuleType, v: SimpleNamespace):
    """The Jacobian of the sigmoid, given its output."""
    return torch.autograd.functional.jacobian(torch.sigmoid, torch.logit(v.out.detach()))


def torch_chain(torch: ModuleType, v: SimpleNamespace):
    """Gradients of z = (x + y) * t in the order t, x, y."""
    return slopes(torch, (v.x + v.y) * v.t, (v.t, v.x, v.y), v.dz)


def torch_fan_out(torch: ModuleType, v: SimpleNamespace):
    """Gradients of (x + y) * x: one for each use of x, then that of x."""
    first, second = v.x.clone(), v.x.clone()
    return slopes(torch, (first + v.y) * second, (first, second, v.x), v.dout)


def torch_bill(torch: ModuleType, v: SimpleNamespace):
    """Gradients of every edge of the shopping bill."""
    apples, pears = v.apple_price * v.apple_number, v.pear_price * v.pear_number
    subtotal = apples + pears
    tax = subtotal * v.tax_rate
    edges = (tax, v.tax_rate, subtotal, apples, pears,
             v.apple_price, v.apple_number, v.pear_price, v.pear_number)
    return slopes(torch, subtotal + tax, edges, v.dtotal)


def torch_graph(torch: ModuleType, v: SimpleNamespace):
    """Gradients of all values of a graph, in the order of their numbers."""
    values = [value.clone() for value in v.values]
    for kind, a, b in v.steps.tolist():
        values.append(values[a] * values[b] if kind else values[a] + values[b])
    return torch.stack(slopes(torch, values[-1], tuple(values), v.dout))


def hinge(torch: ModuleType, x, y):
    """The multiclass hinge loss, written out: the mean over samples, the sum over classes."""
    margins = torch.relu(x - x.gather(1, y[:, None]) + 1)
    wrong = 1 - torch.nn.functional.one_hot(y, x.shape[1])
    return (margins * wrong).sum() / len(x)


def library_hinge(torch: ModuleType, x, y):
    """The same from the library, which also divides by the number of classes."""
    return x.shape[-1] * torch.nn.functional.multi_margin_loss(x, torch.as_tensor(y))


def cross_entropy(torch: ModuleType, x, y):
    """The mean softmax loss of scores; y holds labels or one-hot rows."""
    y = torch.as_tensor(y)
    return torch.nn.functional.cross_entropy(x, y.double() if y.ndim == x.ndim else y)


def of_probabilities(torch: ModuleType, v: SimpleNamespace):
    """The cross-entropy error of probabilities, for all four forms of its arguments."""
    labels = torch.as_tensor(v.t)
    labels = labels.argmax(-1) if labels.ndim == v.y.ndim else labels
    return torch.nn.functional.nll_loss(v.y.log().reshape(-1, v.y.shape[-1]), labels.reshape(-1))


def from_probabilities(torch: ModuleType, v: SimpleNamespace):
    """dx of the softmax loss, given probabilities: their logarithms are scores that fit."""
    x = v.p.detach().log().requires_grad_()
    return slopes(torch, cross_entropy(torch, x, v.y), x)


def torch_softmax_chain(torch: ModuleType, v: SimpleNamespace):
    """dp and ds of -log p[y], for a p that has the Jacobian J with respect to s."""
    s = torch.zeros_like(v.p, requires_grad=True)
    p = v.p + v.J @ s
    return slopes(torch, -p[v.y].log(), (p, s))


def convolve(torch: ModuleType, v: SimpleNamespace):
    """The convolution with everything that `v` has; a matrix is one image with one channel."""
    more = {key: getattr(v, key) for key in ("dilation", "groups") if hasattr(v, key)}
    if v.x.ndim == 2:
        return torch.nn.functional.conv2d(v.x[None, None], v.w[None, None], stride=v.stride)[0, 0]
    return torch.nn.functional.conv2d(v.x, v.w, v.b, stride=v.stride, padding=v.pad, **more)


def unfold(torch: ModuleType, v: SimpleNamespace):
    """The columns of all windows; the library keeps the images apart, the course does not."""
    cols = torch.nn.functional.unfold(v.x, (v.HH, v.WW), padding=v.pad, stride=v.stride)
    return cols.permute(1, 0, 2).flatten(1)


def affine_layer(torch: ModuleType, v: SimpleNamespace):
    """The library's linear layer keeps its weights transposed."""
    return torch.nn.functional.linear(v.x.flatten(1), v.w.T, v.b)


# The functions whose gradients `numerical_gradient` measures, in NumPy and in PyTorch.


def measured_function(library: ModuleType, x, w):
    """A function of x in which every slope depends on all entries of x."""
    return (library.sin(x) * w).sum() * (x**2).sum()


COMPARISONS: dict[str, list[Comparison]] = {
    "00_welcome": [
        Comparison("step_function", elementwise(),
                   lambda torch, v: torch.heaviside(v.x, torch.zeros_like(v.x))),
    ],
    "01_numerical_gradients": [
        Comparison(
            "numerical_entry", entry_of("x", "w"),
            lambda torch, v: slopes(torch, measured_function(torch, v.x, v.w), v.x)[v.n, v.d],
            ours=lambda f, v: f["numerical_entry"](
                lambda x: measured_function(np, x, v.w), v.x, v.n, v.d, 1e-5),
            tolerance=MEASURED,
        ),
        Comparison(
            "numerical_gradient",
            lambda rng: {"x": rng.normal(0, 1, shape := any_shape(rng)),
                         "w": rng.normal(0, 1, shape)},
            lambda torch, v: measured_function(torch, v.x, v.w), of=("x",), value=False,
            ours=lambda f, v: f["numerical_gradient"](
                lambda x: measured_function(np, x, v.w), v.x),
            tolerance=MEASURED,
        ),
        Comparison("sigmoid", elementwise(huge=True), lambda torch, v: torch.sigmoid(v.x)),
        Comparison("sigmoid_grad", elementwise(huge=True), lambda torch, v: torch.sigmoid(v.x),
                   of=("x",), value=False),
        Comparison("relu", elementwise(), lambda torch, v: torch.relu(v.x)),
        Comparison("relu_grad", elementwise(), lambda torch, v: torch.relu(v.x),
                   of=("x",), value=False),
        Comparison(
            "softmax",
            lambda rng: {"x": rng.normal(0, rng.choice([2, 1000]), any_shape(rng)[:2])},
            lambda torch, v: torch.softmax(v.x, -1),
        ),
        Comparison(
            "mean_squared_error",
            lambda rng: {"y": rng.normal(0, 1, shape := any_shape(rng)),
                         "t": rng.normal(0, 1, shape)},
            lambda torch, v: torch.nn.functional.mse_loss(v.y, v.t, reduction="sum") / 2,
        ),
        Comparison("cross_entropy_error", probabilities_and_targets, of_probabilities),
    ],
    "02_computational_graphs": [
        Comparison("chain_gradients", scalars("x", "y", "t", "dz"), torch_chain),
        Comparison("AddNode", scalars("x", "y", "dout"), lambda torch, v: v.x + v.y,
                   of=("x", "y"), ours=node("AddNode", "x", "y")),
        Comparison("MulNode", scalars("x", "y", "dout"), lambda torch, v: v.x * v.y,
                   of=("x", "y"), ours=node("MulNode", "x", "y")),
        Comparison("SquareNode", scalars("x", "dout"), lambda torch, v: v.x**2,
                   of=("x",), ours=node("SquareNode", "x")),
        Comparison("fan_out_gradients", scalars("x", "y", "dout"), torch_fan_out),
        Comparison(
            "bill_gradients",
            scalars("apple_price", "apple_number", "pear_price", "pear_number", "tax_rate",
                    "dtotal", low=0.1, high=9.0),
            torch_bill,
        ),
        Comparison(
            "bill_total",
            lambda rng: {"prices": rng.uniform(1, 9, K := size(rng)),
                         "numbers": rng.uniform(1, 9, K), "tax_rate": rng.uniform()},
            lambda torch, v: torch.dot(v.prices, v.numbers) * (1 + v.tax_rate),
        ),
        Comparison(
            "bill_gradients_collapsed",
            lambda rng: {"prices": rng.uniform(1, 9, K := size(rng)),
                         "numbers": rng.uniform(1, 9, K), "tax_rate": rng.uniform(),
                         "dout": rng.normal()},
            lambda torch, v: torch.dot(v.prices, v.numbers) * (1 + v.tax_rate),
            of=("prices", "numbers", "tax_rate"), value=False,
        ),
        Comparison("graph_gradients_mended", graph, torch_graph, ours=our_graph),
    ],
    "03_affine": [
        Comparison("affine_scalar_gradients", scalars("x", "w", "b", "dout"),
                   lambda torch, v: v.x * v.w + v.b, of=("x", "w", "b"), value=False),
        Comparison(
            "affine_dx_entry", affine(features=True, index=("n", "d")),
            lambda torch, v: slopes(torch, affine_layer(torch, v), v.x, v.dout)[v.n, v.d],
            ours=by_name("affine_dx_entry", "dout", "w", "n", "d"),
        ),
        Comparison(
            "affine_dw_entry", affine(features=True, index=("d", "m")),
            lambda torch, v: slopes(torch, affine_layer(torch, v), v.w, v.dout)[v.d, v.m],
            ours=by_name("affine_dw_entry", "x", "dout", "d", "m"),
        ),
        Comparison(
            "affine_db_entry", affine(features=True, index=("m",)),
            lambda torch, v: slopes(torch, affine_layer(torch, v), v.b, v.dout)[v.m],
            ours=by_name("affine_db_entry", "dout", "m"),
        ),
        Comparison("affine_matrix_gradients", affine(features=True), affine_layer,
                   of=("x", "w", "b"), value=False,
                   ours=by_name("affine_matrix_gradients", "x", "w", "dout")),
        Comparison("affine_forward", affine(), affine_layer,
                   ours=forward("affine_forward", "x", "w", "b")),
        *(
            Comparison(name, affine(), affine_layer, of=("x", "w", "b"), value=False,
                       ours=backward(name, "affine_forward", "x", "w", "b"))
            for name in ("affine_backward", "affine_backward_mended")
        ),
    ],
    "04_activations": [
        Comparison("relu_scalar_gradient",
                   lambda rng: {"x": float(rng.integers(-2, 3)), "dout": rng.normal()},
                   lambda torch, v: torch.relu(v.x), of=("x",), value=False),
        Comparison(
            "sigmoid_scalar_gradient",
            lambda rng: {"out": rng.uniform(0.05, 0.95), "dout": rng.normal()},
            from_output("sigmoid", "logit"),
        ),
        Comparison(
            "relu_dx_entry", entry_of("dout", "x"),
            lambda torch, v: slopes(torch, torch.relu(v.x), v.x, v.dout)[v.n, v.d],
        ),
        Comparison(
            "sigmoid_dx_entry",
            lambda rng: (made := entry_of("dout", "out")(rng))
            | {"out": rng.uniform(0.05, 0.95, made["out"].shape)},
            from_output("sigmoid", "logit"),
        ),
        Comparison("relu_jacobian", lambda rng: {"x": rng.normal(0, 1, size(rng))},
                   lambda torch, v: torch.autograd.functional.jacobian(torch.relu, v.x)),
        Comparison("sigmoid_jacobian", lambda rng: {"out": rng.uniform(0.05, 0.95, size(rng))},
                   jacobian_from_output),
        *(
            Comparison(f"{name}_forward", elementwise(huge=True),
                       lambda torch, v, name=name: getattr(torch, name)(v.x),
                       ours=forward(f"{name}_forward", "x"))
            for name in ("relu", "sigmoid", "tanh")
        ),
        *(
            Comparison(f"{name}_{which}", elementwise(dout=True, huge=True),
                       lambda torch, v, name=name: getattr(torch, name)(v.x),
                       of=("x",), value=False,
                       ours=backward(f"{name}_{which}", f"{name}_forward", "x"))
            for name, which in (("relu", "backward"), ("relu", "backward_mended"),
                                ("sigmoid", "backward"), ("tanh", "backward"))
        ),
        Comparison(
            "tanh_scalar_gradient",
            lambda rng: {"out": rng.uniform(-0.95, 0.95), "dout": rng.normal()},
            from_output("tanh", "atanh"),
        ),
    ],
    "05_svm_loss": [
        Comparison(
            "hinge_pair",
            lambda rng: dict(zip(("s_j", "s_y"), (rng.integers(-4, 5, 2) / 4).tolist())),
            lambda torch, v: torch.relu(v.s_j - v.s_y + 1), of=("s_j", "s_y"),
        ),
        Comparison("hinge_sample", quarters, lambda torch, v: library_hinge(torch, v.s, v.y),
                   of=("s",)),
        Comparison(
            "svm_dx_entry", scores_and_labels(index=True),
            lambda torch, v: slopes(torch, hinge(torch, v.x, v.y), v.x)[v.n, v.j],
        ),
        Comparison("svm_dx_matrix", scores_and_labels(),
                   lambda torch, v: hinge(torch, v.x, v.y), of=("x",), value=False, ours=our_mask),
        Comparison("svm_loss_naive", scores_and_labels(),
                   lambda torch, v: hinge(torch, v.x, v.y), of=("x",)),
        Comparison("svm_loss", scores_and_labels(),
                   lambda torch, v: library_hinge(torch, v.x, v.y), of=("x",)),
        Comparison("svm_loss_mended", scores_and_labels(),
                   lambda torch, v: library_hinge(torch, v.x, v.y), of=("x",)),
        Comparison(
            "l2_penalty",
            lambda rng: {"w": rng.normal(0, 1, (size(rng), size(rng))), "reg": rng.uniform()},
            lambda torch, v: v.reg * v.w.pow(2).sum(), of=("w",),
        ),
        Comparison(
            "svm_loss_linear", linear_model,
            lambda torch, v: hinge(torch, v.x @ v.w, v.y) + v.reg * v.w.pow(2).sum(), of=("w",),
        ),
    ],
    "06_softmax_loss": [
        Comparison(
            "softmax_score_slopes",
            lambda rng: (made := sample_scores(rng)) | {"j": (made["y"] + 1) % len(made["s"])},
            lambda torch, v: tuple(
                slopes(torch, cross_entropy(torch, v.s, v.y), v.s)[[v.j, v.y]].unbind()),
        ),
        Comparison("softmax_sample_gradient", sample_scores,
                   lambda torch, v: cross_entropy(torch, v.s, v.y), of=("s",), value=False),
        Comparison(
            "softmax_dx_entry",
            lambda rng: {"p": probabilities(rng, N := size(rng, 1, 5), C := size(rng)),
                         "y": rng.integers(0, C, N),
                         "n": int(rng.integers(N)), "j": int(rng.integers(C))},
            lambda torch, v: from_probabilities(torch, v)[v.n, v.j],
        ),
        Comparison(
            "softmax_dx",
            lambda rng: {"p": probabilities(rng, N := size(rng, 1, 5), C := size(rng)),
                         "y": np.eye(C, dtype=int)[rng.integers(0, C, N)]},
            from_probabilities,
        ),
        Comparison(
            "softmax_jacobian", lambda rng: {"p": probabilities(rng, size(rng))},
            lambda torch, v: torch.autograd.functional.jacobian(
                lambda s: torch.softmax(s, 0), v.p.detach().log()),
        ),
        Comparison(
            "softmax_chain",
            lambda rng: {"J": rng.normal(0, 1, (C := size(rng), C)), "p": probabilities(rng, C),
                         "y": int(rng.integers(C))},
            torch_softmax_chain,
        ),
        # The largest scores are about ten thousand, which the chapter promises to survive.
        Comparison("log_sum_exp", lambda rng: {"x": scores_and_labels(scales=(1, 1000))(rng)["x"]},
                   lambda torch, v: torch.logsumexp(v.x, 1)),
        Comparison("softmax_loss", scores_and_labels(scales=(1, 1000), onehot=True),
                   lambda torch, v: cross_entropy(torch, v.x, v.y), of=("x",)),
        Comparison("softmax_loss_mended", scores_and_labels(scales=(1, 1000)),
                   lambda torch, v: cross_entropy(torch, v.x, v.y), of=("x",)),
    ],
    "07_convolution": [
        Comparison(
            "window_gradients",
            lambda rng: {"window": rng.normal(0, 1, shape := (size(rng), size(rng), size(rng))),
                         "w": rng.normal(0, 1, shape), "b": rng.normal(), "dout": rng.normal()},
            lambda torch, v: (v.window * v.w).sum() + v.b, of=("window", "w", "b"), value=False,
        ),
        Comparison(
            "conv_dx_entry", one_channel("r", "q"),
            lambda torch, v: slopes(torch, convolve(torch, v), v.x, v.dout)[v.r, v.q],
            ours=by_name("conv_dx_entry", "dout", "w", "r", "q", "stride"),
        ),
        Comparison(
            "conv_dw_entry", one_channel("i", "j"),
            lambda torch, v: slopes(torch, convolve(torch, v), v.w, v.dout)[v.i, v.j],
            ours=by_name("conv_dw_entry", "x", "dout", "i", "j", "stride"),
        ),
        Comparison(
            "conv_db_entry",
            lambda rng: (made := convolution()(rng)) | {"f": int(rng.integers(len(made["b"])))},
            lambda torch, v: slopes(torch, convolve(torch, v), v.b, v.dout)[v.f],
            ours=by_name("conv_db_entry", "dout", "f"),
        ),
        Comparison(
            "image_gradient_mended", convolution(), convolve, of=("x",), value=False,
            ours=lambda f, v: f["image_gradient_mended"](v.dout, v.w, v.x.shape, v.stride, v.pad),
        ),
        Comparison(
            "patch_matrix_gradients",
            lambda rng: {"cols": rng.normal(0, 1, (K := size(rng), L := size(rng))),
                         "w": rng.normal(0, 1, (F := size(rng), K)), "b": rng.normal(0, 1, F),
                         "dout": rng.normal(0, 1, (F, L))},
            lambda torch, v: v.w @ v.cols + v.b[:, None], of=("cols", "w", "b"), value=False,
            ours=by_name("patch_matrix_gradients", "cols", "w", "dout"),
        ),
        Comparison("im2col", columns, unfold,
                   ours=by_name("im2col", "x", "HH", "WW", "stride", "pad")),
        Comparison(
            "scatter_add",
            lambda rng: {"x": rng.normal(0, 1, M := size(rng)),
                         "index": rng.integers(0, M, K := size(rng, 1, 9)),
                         "dout": rng.normal(0, 1, K)},
            lambda torch, v: v.x[v.index], of=("x",), value=False,
            ours=lambda f, v: f["scatter_add"](v.dout, v.index, len(v.x)),
        ),
        Comparison(
            "col2im", columns, lambda torch, v: slopes(torch, unfold(torch, v), v.x, v.cols),
            ours=lambda f, v: f["col2im"](v.cols, v.x.shape, v.HH, v.WW, v.stride, v.pad),
        ),
        *(
            Comparison(
                name, convolution(general=name.endswith("general")), convolve,
                ours=forward(name, "x", "w", "b", "stride", "pad",
                             *(("dilation", "groups") if name.endswith("general") else ())),
            )
            for name in ("conv2d_forward_naive", "conv2d_forward", "conv2d_forward_general")
        ),
        *(
            Comparison(
                name, convolution(general=name.endswith("general")), convolve,
                of=("x", "w", "b"), value=False,
                ours=backward(name, name.replace("backward", "forward"),
                              "x", "w", "b", "stride", "pad",
                              *(("dilation", "groups") if name.endswith("general") else ())),
            )
            for name in ("conv2d_backward_naive", "conv2d_backward", "conv2d_backward_general")
        ),
    ],
}
"""Every function of the course that has a counterpart in PyTorch, by chapter."""


def present() -> list[tuple[str, Comparison]]:
    """The comparisons of the chapters that this checkout has."""
    return [(chapter, comparison) for chapter in CHAPTERS
            for comparison in COMPARISONS.get(chapter, ())]


def verify(course: Course) -> bool:
    """Compare everything and print a table, one row a function; whether all of it agrees."""
    from rich.console import Console
    from rich.table import Table

    table = Table("chapter", "function", title="Reference solutions against PyTorch, float64")
    for heading in ("cases", "largest error", "allowed"):
        table.add_column(heading, justify="right")
    table.add_column("")
    functions = {chapter: course.reference(chapter) for chapter in dict(present())}
    above = []
    for chapter, comparison in present():
        worst = 0.0
        for seed in SEEDS:
            inputs = comparison.inputs_for(seed)
            # PyTorch first: it works on copies, so that it sees the inputs as they were made.
            expected = comparison.torch_results(inputs)
            got = comparison.our_results(functions[chapter], inputs)
            worst = max(worst, largest_error(got, expected))
        agrees = worst <= comparison.tolerance
        above += [] if agrees else [comparison.name]
        table.add_row(chapter, comparison.name, str(len(SEEDS)), f"{worst:.0e}",
                      f"{comparison.tolerance:.0e}", "[green]✓" if agrees else "[bold red]✗")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(present())} functions, {len(present()) * len(SEEDS)} cases: "
                  + (f"different from PyTorch: {', '.join(above)}" if above else "all agree"))
    return not above


def freeze(path: Path = FROZEN) -> bool:
    """Write one case of every comparison with PyTorch's results; whether the file changed.

    All numbers stand in one vector, with an index beside it: an archive member for each of
    several hundred small arrays would be mostly headers. As with the answer keys,
    a file that agrees to 1e-12 is left alone, because the last digits depend on the machine.
    """
    index, numbers = {}, []

    def store(value) -> list:
        array = np.asarray(value)
        numbers.append(array.ravel().astype(float))
        return [array.dtype.kind, list(array.shape)]

    for comparisons in COMPARISONS.values():
        for comparison in comparisons:
            # The first case in which something is not 0: zeros are too easy to agree with.
            cases = map(comparison.inputs_for, SEEDS)
            inputs, results = next(
                (inputs, results) for inputs in cases
                for results in [comparison.torch_results(inputs)]
                if any(result.any() for result in results)
            )
            index[comparison.name] = {
                "inputs": {key: store(value) for key, value in inputs.items()},
                "results": [store(result) for result in results],
            }
    text = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    vector = np.concatenate(numbers)
    if path.exists():
        with np.load(path, allow_pickle=False) as old:
            if (np.array_equal(old["index"], text) and old["numbers"].shape == vector.shape
                    and np.allclose(old["numbers"], vector, rtol=1e-12, atol=1e-12)):
                return False
    np.savez_compressed(path, index=text, numbers=vector)
    return True


def frozen_cases(path: Path = FROZEN) -> dict[str, tuple[Inputs, tuple[np.ndarray, ...]]]:
    """The inputs and PyTorch's results that `freeze` wrote, by function. Needs no PyTorch."""
    with np.load(path, allow_pickle=False) as file:
        index, numbers = json.loads(file["index"].tobytes()), file["numbers"]
    start = 0

    def restore(kind: str, shape: list[int]):
        nonlocal start
        stop = start + int(np.prod(shape, dtype=int))
        array = numbers[start:stop].reshape(shape).astype(int if kind == "i" else float)
        start = stop
        return array

    cases = {}
    for name, entry in index.items():
        inputs = {key: restore(*form) for key, form in entry["inputs"].items()}
        inputs = {key: array if array.ndim else array.item() for key, array in inputs.items()}
        cases[name] = inputs, tuple(restore(*form) for form in entry["results"])
    return cases


def main() -> int:
    """Run the comparison; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m autograder.examination.against_torch", description=(
        "Compare the reference solutions with PyTorch."))
    parser.add_argument("--freeze", action="store_true", help=(
        "write PyTorch's results of one case of each function for the tests"))
    arguments = parser.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed here; make verify installs it and runs this comparison",
              file=sys.stderr)
        return 1
    if arguments.freeze:
        print(f"{FROZEN.name}: {'written' if freeze() else 'up to date'}")
        return 0
    try:
        return 0 if verify(Course.find()) else 1
    except CourseError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
