"""The layers of 09_two_layer_net as classes: how they are played, and judged by own functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import Case
from autograder.checking.recording import Recorder
from autograder.exercises.networks import (
    KEEP,
    WRITE,
    Inputs,
    among,
    differs,
    own,
    says_what_is_wrong,
)
from autograder.kit.functions import Functions, Kept
from autograder.kit.plain import identical

FORWARD = "forward"
BACKWARD = "backward"
LOOKS_UP = "params are looked up at every call"
SINGLE = "float32 stays float32"

# Affine

AFFINE = ("out", "dx", "dw", "db")


def affine_inputs(rng: np.random.Generator, n: int, d: int, m: int) -> dict:
    """A layer, a batch, an upstream gradient, and other parameters. The dict has more entries."""
    def params():
        w, b = rng.standard_normal((d, m)), rng.standard_normal(m)
        return {"W1": 1 - w, "b1": 1 - b, "W7": w, "b7": b}

    return {"params": params(), "others": params(), "x": rng.standard_normal((n, d)),
            "dout": rng.standard_normal((n, m))}


def look_after(functions: Functions, params: Kept, inputs: Inputs) -> None:
    """Note whether the dict of parameters is no longer what it was."""
    if isinstance(functions, Recorder) and not identical(params.value(), dict(inputs["params"])):
        functions.note_change("params")


def play_affine_forward(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What forward returns."""
    params = functions.keep(KEEP, inputs["params"])
    layer = functions.keep("Affine", params, "W7", "b7")
    out = layer.call("forward", inputs["x"]).value
    look_after(functions, params, inputs)
    return among(AFFINE, out=out)


def play_affine_backward(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What backward returns, and what it leaves in the layer; another layer runs in between."""
    params = functions.keep(KEEP, inputs["params"])
    layer = functions.keep("Affine", params, "W7", "b7")
    layer.call("forward", inputs["x"][:1] + 1)
    layer.call("forward", inputs["x"])
    another = functions.keep("Affine", inputs["others"], "W7", "b7")
    another.call("forward", 2 * inputs["x"])
    layer.call("backward", 3 * inputs["dout"])  # gradients must not pile up
    dx = layer.call("backward", inputs["dout"]).value
    look_after(functions, params, inputs)
    return among(AFFINE, dx=dx, dw=layer.attribute("dw"), db=layer.attribute("db"))


def play_affine_looks_up(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """Whether forward uses what stands in the dict when it is called, said in words."""
    x, params, others = inputs["x"], inputs["params"], inputs["others"]
    kept = functions.keep(KEEP, params)
    layer = functions.keep("Affine", kept, "W7", "b7")

    def out(layer) -> np.ndarray | None:
        found: Any = layer.call("forward", x).value
        return as_array(found[0] if isinstance(found, tuple) and found else found)

    def fresh(params):
        return out(functions.keep("Affine", params, "W7", "b7"))

    before, after = fresh(params), fresh(others)
    if before is None or after is None or not differs(before, after):
        return ("forward returns the same whatever stands in params.",) * len(AFFINE)
    out(layer)
    for name, array in others.items():
        functions.call(WRITE, kept, name, array)
    written = out(layer)
    for name, array in params.items():
        kept.set_part(name, array)
    replaced = out(layer)
    forgot = []
    if differs(written, after):
        forgot.append("new numbers that were written into the arrays of params")
    if differs(replaced, before):
        forgot.append("new arrays that were put into params")
    verdict = f"A layer that has been used already does not use {', nor '.join(forgot)}."
    return (verdict if forgot else "",) * len(AFFINE)


def own_params(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """The two arrays that the layer is told to take."""
    return inputs["params"]["W7"], inputs["params"]["b7"]


def composed_affine_forward(layers, inputs: Inputs) -> tuple:
    """The student's affine_forward."""
    x, w, b = (inputs["x"], *own_params(inputs))
    out = layers.keep("affine_forward", x, w, b).part(0).value()
    return among(AFFINE, out=own(layers, "affine_forward", out, (len(x), len(b))))


def composed_affine_backward(layers, inputs: Inputs) -> tuple:
    """The student's affine_backward, with the cache of their affine_forward."""
    x, w, b = (inputs["x"], *own_params(inputs))
    cache = layers.keep("affine_forward", x, w, b).part(1)
    found = layers.keep("affine_backward", inputs["dout"], cache)
    return (None, *(own(layers, "affine_backward", found.part(k).value(), np.shape(array))
                    for k, array in enumerate((x, w, b))))


def composed_affine_looks_up(layers, inputs: Inputs) -> tuple:
    """Nothing is wrong; but there must be an affine_forward."""
    composed_affine_forward(layers, inputs)
    return ("",) * len(AFFINE)


def affine_cases(rng: np.random.Generator) -> list[Case]:
    """Forward, backward, and a change of the parameters."""
    cases = []
    for item, play, composed in (
        (FORWARD, play_affine_forward, composed_affine_forward),
        (BACKWARD, play_affine_backward, composed_affine_backward),
    ):
        for n, d, m in ((3, 4, 5), (1, 6, 2)):
            cases.append(Case(f"N = {n}, D = {d}, M = {m}", affine_inputs(rng, n, d, m),
                              {"N": n, "D": d, "M": m}, item, play, composed=composed))
    return cases + [Case(
        "new parameters", affine_inputs(rng, 3, 4, 5), item=LOOKS_UP, play=play_affine_looks_up,
        judge=says_what_is_wrong, composed=composed_affine_looks_up)]


# SoftmaxWithLoss

SCORED = ("loss", "dx")


def play_softmax(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What forward and backward return; another layer runs in between."""
    layer, another = functions.keep("SoftmaxWithLoss"), functions.keep("SoftmaxWithLoss")
    if "dout" not in inputs:
        return layer.call("forward", inputs["x"], inputs["t"]).value, None
    layer.call("forward", 2 * inputs["x"][:1], inputs["t"][:1])
    layer.call("forward", inputs["x"], inputs["t"])
    another.call("forward", inputs["x"][::-1], inputs["t"])
    layer.call("backward", 0.5)  # another answer to the same batch, of no use any more
    upstream = () if inputs["dout"] is None else (inputs["dout"],)
    return None, layer.call("backward", *upstream).value


def play_dtype(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """The dtype of dx, by name."""
    dx = as_array(play_softmax(functions, inputs)[1])
    return None, str(dx.dtype) if dx is not None and dx.ndim == 2 else "no array"


def composed_softmax(layers, inputs: Inputs) -> tuple:
    """The student's softmax_loss, times the upstream gradient."""
    x = inputs["x"]
    found = layers.keep("softmax_loss", x, inputs["t"])
    if "dout" not in inputs:
        return own(layers, "softmax_loss", found.part(0).value(), ()), None
    dx = own(layers, "softmax_loss", found.part(1).value(), x.shape)
    return None, dx if inputs["dout"] is None else inputs["dout"] * dx


def composed_dtype(layers, inputs: Inputs) -> tuple:
    """float32, whatever the student's softmax_loss returns."""
    composed_softmax(layers, inputs)
    return None, "float32"


def softmax_cases(rng: np.random.Generator) -> list[Case]:
    """The loss; its gradient with several upstream gradients; scores of float32."""
    def inputs(n, c, **more):
        return {"x": rng.standard_normal((n, c)), "t": rng.permutation(np.arange(n) % c), **more}

    single = inputs(4, 3, dout=None)
    single["x"] = single["x"].astype(np.float32)
    return [
        *(Case(f"N = {n}, C = {c}", inputs(n, c), {"N": n, "C": c}, "loss", play_softmax,
               composed=composed_softmax) for n, c in ((3, 5), (1, 4))),
        *(Case(name, inputs(n, c, dout=dout), {"N": n, "C": c}, "dx", play_softmax,
               composed=composed_softmax)
          for n, c, dout, name in ((3, 5, None, "backward()"), (4, 6, 2.5, "backward(2.5)"))),
        Case("scores of float32", single, item=SINGLE, play=play_dtype, composed=composed_dtype),
    ]
