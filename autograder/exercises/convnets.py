"""Cases for the network of 10: judged by the student's own layers, called one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.checking.comparison import compare
from autograder.checking.exercise import FLOAT64_TOLERANCE, Case
from autograder.checking.own_layers import WaitsFor
from autograder.kit.functions import Functions
from autograder.kit.student_error import StudentError, StudentStopped

PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")

PREDICT = "predict"
LOSS = "the loss"
GRADIENT = "the gradients"
ACCURACY = "the accuracy"
SIZES = "sizes of the parameters"
HE = "how the weights begin"
READ = "params are read at every call"
STEP = "one step"
MEANS = "the averages are kept"
STRIDE_1 = "ValueError (sizes that do not fit)"
"""The kind of the error where W2 gets what pooling with stride 1 leaves of an image."""
CLIPPED = "pixels stay between 0 and 1"
AS_A_NETWORK = "together with your convnet_forward"

CHAIN = (
    ("conv2d_forward", "conv2d_backward", ("W1", "b1"), (1, 0)),
    ("relu_forward", "relu_backward", (), ()),
    ("max_pool_forward", "max_pool_backward", (), (2, 2, 2)),
    ("affine_forward", "affine_backward", ("W2", "b2"), ()),
    ("relu_forward", "relu_backward", (), ()),
    ("affine_forward", "affine_backward", ("W3", "b3"), ()),
)
"""The layers: forward, backward, the parameters they take, and what else goes in."""

SMALL: dict[str, Any] = {"image": (2, 9, 8), "filters": 3, "kernel": 3, "hidden": 5, "classes": 4}
"""Its maps have 7 × 6 pixels and are pooled to 3 × 3: a row is left over."""
GREY: dict[str, Any] = {"image": (1, 8, 11), "filters": 4, "kernel": 4, "hidden": 6, "classes": 3}
COLOUR: dict[str, Any] = {
    "image": (3, 7, 6), "filters": 4, "kernel": 2, "hidden": 6, "classes": 5,
}
"""Its maps have 6 × 5 pixels: a column is left over."""
WIDE: dict[str, Any] = {"image": (2, 9, 8), "filters": 5, "kernel": 3, "hidden": 24, "classes": 6}
WIDE_GREY: dict[str, Any] = {
    "image": (1, 8, 11), "filters": 7, "kernel": 4, "hidden": 20, "classes": 5,
}
"""With so many hidden numbers the gradients of two scores never have the same signs everywhere."""


def pooled(image, kernel: int) -> tuple[int, int]:
    """Height and width behind the convolution and the pooling."""
    _, height, width = image
    return (height - kernel + 1) // 2, (width - kernel + 1) // 2


def sizes(image, filters: int, kernel: int, hidden: int, classes: int) -> dict[str, tuple]:
    """The shape of every parameter."""
    height, width = pooled(image, kernel)
    return {
        "W1": (filters, image[0], kernel, kernel), "b1": (filters,),
        "W2": (filters * height * width, hidden), "b2": (hidden,),
        "W3": (hidden, classes), "b3": (classes,),
    }


def network_inputs(rng: np.random.Generator, n: int, *, image, filters: int, kernel: int,
                   hidden: int, classes: int) -> dict:
    """Parameters, images and labels; the last class is nobody's label, every other one is.

    The scores are a few units apart, so that no softmax is nearly 0 or 1.
    """
    shapes = sizes(image, filters, kernel, hidden, classes)
    params = {
        name: rng.standard_normal(shape) * (1.0 if name.startswith("b") else
                                            np.sqrt(2 / np.prod(shape[1:] if name == "W1" else
                                                                shape[:1])))
        for name, shape in shapes.items()
    }
    x = rng.standard_normal((n, *image))
    return {
        "params": awake(params, x),
        "x": x,
        "t": np.arange(n) % (classes - 1),
        "dscores": rng.standard_normal((n, classes)),
    }


def awake(params: dict, x: np.ndarray) -> dict:
    """The parameters with other b2: of the hidden numbers the first is above 0 for every image, the
    second is below 0, and the others are now above and now below.

    Behind a hidden layer that is 0 everywhere, wrong and right gradients are the same.
    """
    windows = sliding_window_view(x, params["W1"].shape[2:], axis=(2, 3))
    maps = np.einsum("ncuvij,fcij->nfuv", windows, params["W1"]) + params["b1"][:, None, None]
    n, filters, height, width = maps.shape
    height, width = height // 2, width // 2
    tiles = maps[:, :, :2 * height, :2 * width].reshape(n, filters, height, 2, width, 2)
    small = np.maximum(0, tiles.max(axis=(3, 5)))
    hidden = small.reshape(n, -1) @ params["W2"]
    middle = hidden.mean(axis=0)
    shift = 0.3 * (-1.0) ** np.arange(len(middle))
    reach = np.abs(hidden - middle).max(axis=0)
    shift[:2] *= 1 + reach[:2] / 0.3
    return {**params, "b2": shift - middle}


def network_cases(rng: np.random.Generator) -> list[Case]:
    """Two networks, and a batch of one image."""
    return [
        Case("three images, two channels", network_inputs(rng, 3, **SMALL)),
        Case("grey images that are not square", network_inputs(rng, 2, **GREY)),
        Case("one image", network_inputs(rng, 1, **SMALL)),
    ]


def network_gradient_cases(rng: np.random.Generator) -> list[Case]:
    """The same, with an upstream gradient; and both passes of one writer."""
    together = Case("forward and backward", network_inputs(rng, 3, **SMALL), item=AS_A_NETWORK,
                    play=together_play, composed=together_composed)
    return [*network_cases(rng), together]


# Compositions


def shape_after(k: int, inputs: Mapping) -> tuple[int, ...]:
    """The shape of what layer number k gives."""
    params, x = inputs["params"], inputs["x"]
    filters, _, kernel, _ = params["W1"].shape
    maps = (len(x), filters, x.shape[2] - kernel + 1, x.shape[3] - kernel + 1)
    small = (*maps[:2], *pooled(x.shape[1:], kernel))
    hidden = (len(x), params["W2"].shape[1])
    return (maps, maps, small, hidden, hidden, (len(x), params["W3"].shape[1]))[k]


def layer_by_layer(layers, inputs: Mapping):
    """The scores, and the caches of all layers; `layers` wait where a layer is of no use."""
    value, caches = inputs["x"], []
    for k, (forward, _, names, more) in enumerate(CHAIN):
        kept = layers.keep(forward, value, *(inputs["params"][name] for name in names), *more)
        value = layers.array(forward, kept.part(0).value(), shape_after(k, inputs))
        caches.append(kept.part(1))
    return value, tuple(caches)


def back_by_layer(layers, inputs: Mapping, dscores, caches) -> tuple:
    """dx and the gradients of the parameters, in their order."""
    shapes = {"x": inputs["x"].shape, **{k: w.shape for k, w in inputs["params"].items()}}
    gradients: dict[str, np.ndarray] = {}
    dout = dscores
    for k in reversed(range(len(CHAIN))):
        _, backward, names, _ = CHAIN[k]
        value = layers.call(backward, dout, caches[k]).value
        found = value if names and isinstance(value, (tuple, list)) else (value,)
        if names and len(found) == 3:
            for name, gradient in zip(names, found[1:], strict=True):
                gradients[name] = layers.array(backward, gradient, shapes[name])
        elif names:
            layers.array(backward, None, ())
        below = shape_after(k - 1, inputs) if k else shapes["x"]
        dout = layers.array(backward, found[0], below)
    return (dout, *(gradients[name] for name in PARAMETERS))


def forward_composed(layers, inputs: Mapping):
    """The scores."""
    return layer_by_layer(layers, inputs)[0]


def backward_composed(layers, inputs: Mapping):
    """dx and all gradients."""
    _, caches = layer_by_layer(layers, inputs)
    return back_by_layer(layers, inputs, inputs["dscores"], caches)


def loss_of(layers, scores, t) -> tuple:
    """The loss of scores, and its gradient."""
    kept = layers.keep("softmax_loss", scores, t)
    return (layers.array("softmax_loss", kept.part(0).value(), ()),
            layers.array("softmax_loss", kept.part(1).value(), scores.shape))


def forward_play(functions: Functions, inputs: Mapping, cache=None):
    """Play ``convnet_forward``, and see whether W2 does not fit because windows moved by 1."""
    params, x = inputs["params"], inputs["x"]
    try:
        kept = functions.keep("convnet_forward", params, x)
        kept.part(1)  # there must be one, whatever it holds
        return kept.part(0).value()
    except StudentStopped:
        raise
    except StudentError as error:
        filters, _, kernel, _ = params["W1"].shape
        rows = filters * int(np.prod([size - kernel for size in x.shape[2:]]))
        if error.kind == "ValueError" and {str(rows), str(len(params["W2"]))} <= set(
                re.findall(r"\d+", error.message)):
            raise StudentError(
                STRIDE_1, f"an affine layer was given {rows} numbers of each image, and W2 has "
                          f"{len(params['W2'])} rows", error.told.line) from None
        raise


def backward_play(functions: Functions, inputs: Mapping, cache=None):
    """Play ``convnet_backward`` with the caches of all layers, called one by one.

    A network whose own forward pass keeps something else is played with that.
    """
    def answer(cache):
        return flat_gradients(functions.call("convnet_backward", inputs["dscores"], cache).value)

    caches = []
    value = inputs["x"]
    for forward, _, names, more in CHAIN:
        kept = functions.keep(forward, value, *(inputs["params"][name] for name in names), *more)
        value = kept.part(0)
        caches.append(kept.part(1))
    try:
        return answer(tuple(caches))
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind in ("NotImplementedError", "Missing"):
            raise
        try:
            return answer(functions.keep("convnet_forward", inputs["params"],
                                         inputs["x"]).part(1))
        except StudentStopped:
            raise
        except StudentError:
            raise error from None


def together_play(functions: Functions, inputs: Mapping, cache=None):
    """Play ``convnet_backward`` with the cache of the writer's own ``convnet_forward``."""
    own = functions.keep("convnet_forward", inputs["params"], inputs["x"]).part(1)
    try:
        return flat_gradients(functions.call("convnet_backward", inputs["dscores"], own).value)
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind in ("NotImplementedError", "Missing"):
            raise
        raise StudentError(error.kind, f"{error.message}, with the cache of your convnet_forward",
                           error.told.line) from None


def together_composed(layers, inputs: Mapping):
    """The right gradients, as soon as the writer's own ``convnet_forward`` gives the scores."""
    scores, caches = layer_by_layer(layers, inputs)
    own = layers.keep("convnet_forward", inputs["params"], inputs["x"]).part(0).value()
    if compare(layers.array("convnet_forward", own, scores.shape), scores, FLOAT64_TOLERANCE):
        raise WaitsFor(layers.called("convnet_forward") + ", whose scores are not right yet")
    return back_by_layer(layers, inputs, inputs["dscores"], caches)


def flat_gradients(value):
    """``dx, gradients`` as a tuple with one entry for each.

    Where the two are exchanged, all that is wrong is that dx is a dict.

    Raises
    ------
    StudentError
        If it is anything else.
    """
    if isinstance(value, (tuple, list)) and len(value) == 2:
        for dx, gradients in (value, ("the dictionary", value[0])):
            if isinstance(gradients, dict):
                return (dx, *(gradients.get(name) for name in PARAMETERS))
    parts = value if isinstance(value, (tuple, list)) else (value,)
    if value is None:
        came = "nothing (None)"
    elif len(parts) > 2:
        came = f"{len(parts)} values"
    else:
        came = " and ".join(f"one value of type {type(part).__name__}" for part in parts)
    raise StudentError("NotPlain", f"{came}, where two are expected: first dx, an array, and then "
                                   "a dictionary with the gradients of the six parameters")


# Images


def saliency_cases(rng: np.random.Generator) -> list[Case]:
    """Labels that are mostly not the largest score."""
    cases = []
    for name, n, settings in (("three images, two channels", 3, SMALL),
                              ("grey images that are not square", 4, GREY)):
        inputs = network_inputs(rng, n, **settings)
        cases.append(Case(name, {**inputs, "y": inputs["t"]}))
    return cases


def own_pass(layers, inputs: Mapping):
    """Scores and cache of the student's own ``convnet_forward``.

    It is the layer missing below it that a student should hear of first.
    """
    for forward, backward, _, _ in CHAIN:
        for name in (forward, backward):
            if name not in layers:
                layers.call(name)
    kept = layers.keep("convnet_forward", inputs["params"], inputs["x"])
    shape = (len(inputs["x"]), inputs["params"]["W3"].shape[1])
    return layers.array("convnet_forward", kept.part(0).value(), shape), kept.part(1)


def own_dx(layers, inputs: Mapping, dscores, cache) -> np.ndarray:
    """dx of the student's own ``convnet_backward``."""
    kept = layers.keep("convnet_backward", dscores, cache)
    return layers.array("convnet_backward", kept.part(0).value(), inputs["x"].shape)


def saliency_composed(layers, inputs: Mapping):
    """dx for a 1 at the label."""
    scores, cache = own_pass(layers, inputs)
    dscores = np.zeros_like(scores)
    dscores[np.arange(len(scores)), inputs["y"]] = 1
    return own_dx(layers, inputs, dscores, cache)


def adversarial_cases(rng: np.random.Generator) -> list[Case]:
    """Pixels far from 0 and 1, and pixels at 0 and 1."""
    cases = []
    for name, settings, epsilon, item in (
        ("pixels from 0.3 to 0.7", WIDE, 0.07, None),
        ("grey images, a larger step", WIDE_GREY, 0.25, None),
        ("pixels of exactly 0 and 1", WIDE, 0.1, CLIPPED),
        ("a step that leads far below 0 and above 1", WIDE_GREY, 2.5, CLIPPED),
    ):
        inputs = network_inputs(rng, 3, **settings)
        inputs["params"]["b1"] = np.abs(inputs["params"]["b1"]) + 1.0  # no map is all zeros
        x = rng.uniform(0.3, 0.7, inputs["x"].shape)
        if item:
            x = np.where(rng.uniform(0, 1, x.shape) < 0.5, 0.0, 1.0)
        inputs["params"] = awake(inputs["params"], x)
        cases.append(Case(name, {**inputs, "x": x, "y": inputs["t"], "epsilon": epsilon},
                          item=item))
    return cases


def adversarial_composed(layers, inputs: Mapping):
    """One step of the sign of the loss's gradient, and back between 0 and 1."""
    scores, cache = own_pass(layers, inputs)
    _, dscores = loss_of(layers, scores, inputs["y"])
    dx = own_dx(layers, inputs, dscores, cache)
    return np.clip(inputs["x"] + inputs["epsilon"] * np.sign(dx), 0, 1)
