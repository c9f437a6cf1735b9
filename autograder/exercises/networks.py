"""Layers and networks as classes: how 09_two_layer_net plays them, and composes them of layers.

Whatever is judged by `composed` functions is compared with what the student's own layers give when
the grader calls them one by one. A method that only passes on the mistake of another one, which
has cost its points already, is taken for right: `net.loss` where `net.predict` is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograder.checking.comparison import as_array, compare, error_between
from autograder.checking.exercise import Case, Play
from autograder.checking.naming import tellable
from autograder.checking.own_layers import OwnLayers, WaitsFor
from autograder.kit.functions import Functions, Kept
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

PARAMS = ("W1", "b1", "W2", "b2")
NET = ("params", "scores", "loss", "accuracy", "dW2", "db2", "dW1", "db1")
"""What the cases of a network judge, each some of it; the gradients as the way back finds them."""
LAYERS = ("Affine", "Relu", "SoftmaxWithLoss")

START = "initial params"
PREDICT = "predict"
LOSS = "loss"
ACCURACY = "accuracy"
GRADIENT = "gradient"
NUMERICAL = "numerical_gradient"
READS = "new parameters are used"

SAME = 1e-9
MEASURED = 1e-6
WRITE = Source("lambda params, name, value: params[name].__setitem__(Ellipsis, value)")
"""Writes into an array of a dict, which may be anybody's."""
KEEP = Source("lambda params: params")
RNG = Source("lambda seed: np.random.default_rng(seed)")

Inputs = Mapping[str, Any]


def network_inputs(rng: np.random.Generator, n: int, d: int, h: int, c: int) -> dict:
    """Parameters, a batch and labels. No unit is near its kink; units and scores have both signs.

    Two thirds of the samples, rounded down, are read as their labels. The labels of the others
    have the second score and the lowest, in turns.
    """
    while True:
        params = {"W1": rng.standard_normal((d, h)), "b1": rng.standard_normal(h),
                  "W2": rng.standard_normal((h, c)), "b2": rng.standard_normal(c)}
        x = rng.standard_normal((n, d))
        before = x @ params["W1"] + params["b1"]
        scores = np.maximum(before, 0) @ params["W2"] + params["b2"]
        ranked = scores.argsort(axis=1)
        gaps = np.diff(np.sort(scores, axis=1), axis=1)
        mixed = all(0.25 < (values > 0).mean() < 0.8 for values in (before, scores))
        if mixed and np.abs(before).min() > 0.02 and gaps.min() > 0.05:
            break
    right = rng.permutation(n) < 2 * n // 3
    second = np.cumsum(~right) % 2 == 1
    others = np.where(second, ranked[:, -2], ranked[:, 0])
    return {"params": params, "x": x, "t": np.where(right, ranked[:, -1], others)}


# The composition


def affine_layers(layers, params: Inputs) -> list[Kept]:
    """The two affine layers, in which the parameters were written after they were made."""
    zeros = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    kept = layers.keep(KEEP, zeros)
    found = [layers.keep("Affine", kept, w, b) for w, b in (("W1", "b1"), ("W2", "b2"))]
    for name, value in params.items():
        layers.call(WRITE, kept, name, value)
    if isinstance(layers, OwnLayers):
        _reads_its_parameters(layers, found[0], params)
    return found


def _reads_its_parameters(layers: OwnLayers, late: Kept, params: Inputs) -> None:
    x = np.ones((1, len(params["W1"])))
    early = layers.keep("Affine", dict(params), "W1", "b1")
    if compare(late.call("forward", x).value, as_array(early.call("forward", x).value), SAME):
        raise WaitsFor("waits for Affine, which does not look its parameters up at every call")


def own(layers, name: str, value, shape: tuple[int, ...]):
    """`value`, which a layer returned: an array of that shape, or the item waits for the layer."""
    return layers.array(name, value, shape) if isinstance(layers, OwnLayers) else value


class Composed:
    """Layers in a row: affine, relu, affine, softmax loss.

    Parameters
    ----------
    layers : Functions or OwnLayers
        With the classes of `LAYERS`.
    params : dict of str to ndarray
    """

    def __init__(self, layers, params: Inputs):
        self.layers, self.params = layers, params
        self.first, self.second = affine_layers(layers, params)
        self.relu, self.last = layers.keep("Relu"), layers.keep("SoftmaxWithLoss")

    def scores(self, x):
        """The scores of a batch."""
        n, (h, c) = len(x), np.shape(self.params["W2"])
        out = own(self.layers, "Affine", self.first.call("forward", x).value, (n, h))
        out = own(self.layers, "Relu", self.relu.call("forward", out).value, (n, h))
        return own(self.layers, "Affine", self.second.call("forward", out).value, (n, c))

    def loss_of(self, scores, t):
        """The loss of scores."""
        return own(self.layers, "SoftmaxWithLoss", self.last.call("forward", scores, t).value, ())

    def loss(self, x, t):
        """The loss of a batch."""
        return self.loss_of(self.scores(x), t)

    def gradients(self, x, t) -> tuple:
        """The gradients of the parameters, in their order."""
        self.loss(x, t)
        n, (h, c) = len(x), np.shape(self.params["W2"])
        dout = own(self.layers, "SoftmaxWithLoss", self.last.call("backward").value, (n, c))
        dout = own(self.layers, "Affine", self.second.call("backward", dout).value, (n, h))
        dout = own(self.layers, "Relu", self.relu.call("backward", dout).value, (n, h))
        self.first.call("backward", dout)
        found = (layer.attribute(name) for layer in (self.first, self.second)
                 for name in ("dw", "db"))
        return tuple(own(self.layers, "Affine", array, np.shape(self.params[name]))
                     for name, array in zip(PARAMS, found, strict=True))

    def measured(self, x, t, h: float = 1e-5) -> tuple:
        """The gradients by central differences of the loss."""
        kept = self.layers.keep(KEEP, dict(self.params))
        layers = [self.layers.keep("Affine", kept, "W1", "b1"), self.relu,
                  self.layers.keep("Affine", kept, "W2", "b2")]

        def loss(name, value):
            self.layers.call(WRITE, kept, name, value)
            out = x
            for layer in layers:
                out = layer.call("forward", out).value
            return own(self.layers, "SoftmaxWithLoss", self.last.call("forward", out, t).value, ())

        found = []
        for name in PARAMS:
            array = np.asarray(self.params[name])
            slopes = np.zeros(array.shape)
            for index in np.ndindex(array.shape):
                above, below = array.copy(), array.copy()
                above[index] += h
                below[index] -= h
                slopes[index] = (loss(name, above) - loss(name, below)) / (2 * h)
            self.layers.call(WRITE, kept, name, array)
            found.append(slopes)
        return tuple(found)


def among(names: Iterable[str], **outputs) -> tuple:
    """Outputs in the order of `names`; None for what a case does not judge."""
    return tuple(outputs.get(name) for name in names)


def as_gradients(found: tuple) -> tuple:
    """The gradients of the parameters, given in their order, as outputs."""
    return among(NET, **{f"d{name}": array for name, array in zip(PARAMS, found, strict=True)})


def composed_scores(layers, inputs: Inputs) -> tuple:
    """The scores of the student's own layers."""
    return among(NET, scores=Composed(layers, inputs["params"]).scores(inputs["x"]))


def composed_loss(layers, inputs: Inputs) -> tuple:
    """The loss of the student's own layers."""
    return among(NET, loss=Composed(layers, inputs["params"]).loss(inputs["x"], inputs["t"]))


def composed_accuracy(layers, inputs: Inputs) -> tuple:
    """The accuracy of the scores of the student's own layers."""
    scores = Composed(layers, inputs["params"]).scores(inputs["x"])
    return among(NET, accuracy=float(np.mean(np.argmax(scores, axis=1) == inputs["t"])))


def composed_gradients(layers, inputs: Inputs) -> tuple:
    """The gradients of the student's own layers."""
    found = Composed(layers, inputs["params"]).gradients(inputs["x"], inputs["t"])
    return as_gradients(found)


def last_loss_of(layers, net, inputs: Inputs):
    """The loss that a network keeps after `gradient`; the item waits if that is not its loss."""
    x, t = inputs["x"], inputs["t"]
    net.keep("gradient", x, t)
    try:
        last = own(layers, "TwoLayerNet", net.attribute("last_loss"), ())
    except WaitsFor:
        raise WaitsFor("waits for TwoLayerNet, whose gradient keeps no last_loss") from None
    loss = own(layers, "TwoLayerNet", net.call("loss", x, t).value, ())
    if differs(last, loss):
        raise WaitsFor("waits for TwoLayerNet, whose last_loss is not its loss")
    return last


def composed_measured(layers, inputs: Inputs) -> tuple:
    """Central differences of the loss of the student's own layers."""
    found = Composed(layers, inputs["params"]).measured(inputs["x"], inputs["t"])
    return as_gradients(found)


def composed_verdict(layers, inputs: Inputs) -> tuple:
    """For cases that say themselves what is wrong: only that the layers can be made."""
    for name in LAYERS:
        layers.keep(name, *(({}, "W", "b") if name == "Affine" else ()))
    return ("",) * len(NET)


# The student's network


def made(functions: Functions, inputs: Inputs, name: str = "TwoLayerNet", *more) -> Kept:
    """A network with the parameters of `inputs`, written into its own arrays."""
    params = inputs["params"]
    d, h = np.shape(params["W1"])
    rng = functions.keep(RNG, 0)  # a constructor that needs one is judged elsewhere
    net = functions.keep(name, d, h, len(params["b2"]), *more, 0.01, rng)
    write(functions, net, params)
    return net


def write(functions: Functions, net: Kept, params: Inputs) -> None:
    """Write into the arrays of a network's params."""
    kept = net.keep_attribute("params")
    for name in PARAMS:
        functions.call(WRITE, kept, name, params[name])


def params_of(net: Kept) -> tuple:
    """The parameters of a network as they are."""
    kept = net.keep_attribute("params")
    return tuple(kept.part(name).value() for name in PARAMS)


def entries(found: object, what: str = "gradients") -> tuple:
    """The four entries of a dict, in order; in place of one that is missing, what there is."""
    if not isinstance(found, dict):
        raise StudentError("NotPlain", f"something else than a dict of {what} by name")
    more = sorted(map(str, set(found) - set(PARAMS)))
    if more and set(PARAMS) <= set(found):
        raise StudentError("NotPlain", f"a dict of {what} with more entries than there are "
                           f"parameters: {', '.join(more)[:60]}")
    missing = f"missing; its keys are {', '.join(sorted(map(str, found))) or 'none'}"
    return tuple(found.get(name, missing) for name in PARAMS)


def differs(got, expected, tolerance: float = SAME) -> bool:
    """Whether something is not what it should be."""
    return compare(got, expected, tolerance) is not None


def quietly(question: Callable, *arguments):
    """What a student's code answers, or None if it fails."""
    try:
        return question(*arguments)
    except StudentStopped:
        raise
    except (StudentError, TypeError, ValueError):
        return None


def play_scores(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What predict returns."""
    return among(NET, scores=made(functions, inputs).call("predict", inputs["x"]).value)


def play_loss(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What loss returns; the right loss, if it is that of the scores that predict returns."""
    x, t = inputs["x"], inputs["t"]
    net = made(functions, inputs)
    loss = net.call("loss", x, t).value
    if right := quietly(_excused, functions, inputs, net):
        composed, scores = right
        if not differs(loss, as_array(composed.loss_of(scores, t))):
            loss = composed.loss(x, t)
    return among(NET, loss=loss)


def play_accuracy(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What accuracy returns; the right one, if it is that of the scores that predict returns."""
    x, t = inputs["x"], inputs["t"]
    net = made(functions, inputs)
    accuracy = net.call("accuracy", x, t).value
    if right := quietly(_excused, functions, inputs, net):
        composed, scores = right
        if not differs(accuracy, np.mean(np.argmax(scores, axis=1) == t)):
            accuracy = float(np.mean(np.argmax(composed.scores(x), axis=1) == t))
    return among(NET, accuracy=accuracy)


def _excused(functions: Functions, inputs: Inputs, net: Kept) -> tuple | None:
    """The composition and what predict returns, if that is wrong and yet more than a constant."""
    x = inputs["x"]
    composed = Composed(functions, inputs["params"])
    scores = as_array(net.call("predict", x).value)
    others = as_array(net.call("predict", 1.5 * x).value)
    right = as_array(composed.scores(x))
    if scores is None or others is None or right is None or scores.shape != right.shape:
        return None
    if not differs(scores, right) or not differs(others, scores):
        return None
    return composed, scores


def play_gradients(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What gradient returns.

    The network has gone forward with another batch, which is of no use any more.
    """
    x, t = inputs["x"], inputs["t"]
    net = made(functions, inputs)
    quietly(net.keep, "gradient", 0.5 * x, t)
    quietly(net.call, "loss", 1.5 * x[::-1], t)
    return as_gradients(entries(net.call("gradient", x, t).value))


def leaves_params(method: str, name: str = "TwoLayerNet") -> Play:
    """Play a method, and say in words whether it has changed the parameters."""

    def play(functions: Functions, inputs: Inputs, cache=None) -> tuple:
        net = made(functions, inputs, name, *([inputs["reg"]] if "reg" in inputs else []))
        given = (inputs["x"],) if method == "predict" else (inputs["x"], inputs["t"])
        net.keep(method, *given)
        return (_changed(net, method, inputs),) * (5 if "reg" in inputs else len(NET))

    return play


def _changed(net: Kept, method: str, inputs: Inputs) -> str:
    """Which parameters a method has changed, in words, or ''."""
    changed = [name for name, array in zip(PARAMS, params_of(net), strict=True)
               if differs(array, inputs["params"][name], 1e-12)]
    return f"{method} changes net.params: {', '.join(changed)}." if changed else ""


def play_last_loss(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """The loss that gradient keeps; the right one, if it is that of a loss that is wrong."""
    x, t = inputs["x"], inputs["t"]
    net = made(functions, inputs)
    quietly(net.keep, "gradient", 1.5 * x[::-1], t)
    net.keep("gradient", x, t)
    last = net.attribute("last_loss")
    loss = quietly(net.call, "loss", x, t)
    if loss is not None and not differs(last, as_array(loss.value)):
        right = quietly(Composed(functions, inputs["params"]).loss, x, t)
        last = last if right is None else right
    return among(NET, loss=last)


TAKEN = "GradientIsTaken"
WITHOUT_GRADIENT = Source(f"""lambda net: setattr(net, 'gradient', lambda *batch, **more: (
    _ for _ in ()).throw(type('{TAKEN}', (Exception,), {{}})()))""")
"""Takes a network its gradient: who measures does not need it."""


def play_measures(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What shows that nothing was measured, or that the parameters are others now, or ''."""
    x, t = inputs["x"], inputs["t"]
    net = made(functions, inputs)
    functions.call(WITHOUT_GRADIENT, net)
    verdict = ("numerical_gradient agrees with the way back in every digit. Central differences "
               "are never so exact.")
    try:
        found = entries(net.call("numerical_gradient", x, t).value)
    except StudentError as error:
        if TAKEN in error.kind:
            return (verdict,) * len(NET)
        raise
    if changed := _changed(net, "numerical_gradient", inputs):
        return (f"{changed} Every number must be put back.",) * len(NET)
    composed = quietly(Composed, functions, inputs["params"])
    exact = quietly(composed.gradients, x, t) if composed else None
    copied = exact is not None and all(map(_same_digits, found, exact))
    return (verdict if copied else "",) * len(NET)


def _same_digits(measured, exact) -> bool:
    """Whether two arrays that are not 0 agree better than a measurement can."""
    measured, exact = as_array(measured), as_array(exact)
    if measured is None or exact is None or measured.shape != exact.shape or not np.any(exact):
        return False
    return error_between(measured, exact) < 1e-13


def play_measured(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What numerical_gradient returns."""
    net = made(functions, inputs)
    return as_gradients(entries(net.call("numerical_gradient", inputs["x"], inputs["t"]).value))


def play_reads(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """Whether parameters that are replaced, or written into, are used by the next predict."""
    x, params, others = inputs["x"], inputs["params"], inputs["others"]

    def predicted(net):
        return as_array(net.call("predict", x).value)

    def fresh(params):
        return predicted(made(functions, {"params": params}))

    before, after = fresh(params), fresh(others)
    if before is None or after is None or not differs(before, after):
        return ("predict returns the same whatever stands in net.params.",) * len(NET)
    net = made(functions, inputs)
    predicted(net)
    write(functions, net, others)
    written = predicted(net)
    kept = net.keep_attribute("params")
    for name in PARAMS:
        kept.set_part(name, params[name])
    replaced = predicted(net)
    forgot = []
    if differs(written, after):
        forgot.append("net.params[name][...] = array")
    if differs(replaced, before):
        forgot.append("net.params[name] = array")
    verdict = f"After {' and after '.join(forgot)}, predict does not use the new numbers."
    return (verdict if forgot else "",) * len(NET)


def says_what_is_wrong(outputs: tuple) -> str | None:
    """The judge of plays that return what is wrong in words, as each output."""
    return outputs[0] or None


SIZES = (30, 40, 20)


def play_start(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What is wrong with the parameters that a network begins with, or ''."""

    def params(*more, seed=None) -> dict[str, Any]:
        arguments = (*more, functions.keep(RNG, seed)) if seed is not None else more
        net = functions.keep("TwoLayerNet", *SIZES, *arguments)
        return {name: as_array(array)
                for name, array in zip(PARAMS, params_of(net), strict=True)}

    def looked_at() -> str:
        found, again, other = params(0.5, seed=11), params(0.5, seed=11), params(0.5, seed=12)
        d, h, c = SIZES
        for name, shape in zip(PARAMS, ((d, h), (h,), (h, c), (c,)), strict=True):
            if found[name] is None or found[name].shape != shape:
                came = _as_it_came(found[name])
                return (f"With input_size, hidden_size, output_size = {d}, {h}, {c}, {name} is "
                        f"{came}; it should have shape {shape}.")
        if np.any(found["b1"]) or np.any(found["b2"]):
            return "The biases do not start at 0."
        trouble = _no_normal_weights(found, 0.5)
        if trouble:
            return trouble
        trouble = _not_drawn(found, again, other)
        if trouble:
            return trouble
        if quietly(params, 0.5) is None:
            return f"TwoLayerNet{SIZES + (0.5,)}, without an rng, fails; with one it can be made."
        usual, more = params(), params()
        return _alike(usual, more) or _no_normal_weights(usual, 0.01)

    return (looked_at(),) * len(NET)


def _alike(one: dict, other: dict) -> str:
    """What shows that two networks that are made without an rng start alike."""
    if not np.any(one["W1"]):
        return "The weights of a network that is made without weight_init_std are all 0."
    if not differs(one["W1"], other["W1"]):
        return "Two networks that are made without an rng start with the same weights."
    return ""


def _not_drawn(found: dict, again: dict, other: dict) -> str:
    """What shows that weights are not drawn one after the other, with the rng that is given."""
    deaf = [name for name in ("W1", "W2") if differs(again[name], found[name])
            or not differs(other[name], found[name])]
    if deaf:
        which = "The weights are" if len(deaf) == 2 else f"{deaf[0]} is"
        return f"{which} not drawn with the rng that is given."
    if not differs(found["W1"].flat[:found["W2"].size], found["W2"].ravel()):
        return "W1 and W2 begin with the same numbers."
    return ""


def _as_it_came(array: np.ndarray | None) -> str:
    """What a parameter is that has not its shape."""
    if array is None:
        return "no array"
    return f"of shape {array.shape}" if tellable(array.shape) else "much larger"


def _no_normal_weights(found: dict[str, np.ndarray], deviation: float) -> str:
    """What shows that weights are not normal numbers around 0 with this deviation, or ''."""
    troubles = []
    for name in ("W1", "W2"):
        w = found[name]
        if abs(w.mean()) > 0.2 * w.std():
            troubles.append(f"The mean of {name} is not near 0.")
        elif not 0.85 < w.std() / deviation < 1.15:
            troubles.append(f"With weight_init_std = {deviation}, {name} has a standard deviation "
                            f"of {w.std():.1g}.")
        elif np.abs(w).max() < 2 * deviation:
            troubles.append(f"The entries of {name} are not normal numbers: none is far from 0.")
    return " ".join(troubles)


def by_columns_differs(rng: np.random.Generator, n: int, d: int, h: int) -> dict:
    """As many samples as classes, and another share where the scores are read by columns."""
    while True:
        inputs = network_inputs(rng, n, d, h, n)
        w1, b1, w2, b2 = (inputs["params"][name] for name in PARAMS)
        scores = np.maximum(inputs["x"] @ w1 + b1, 0) @ w2 + b2
        shares = [np.mean(scores.argmax(axis=axis) == inputs["t"]) for axis in (0, 1)]
        if shares[0] not in (shares[1], 1 - shares[1]):
            return inputs


BATCHES = {NUMERICAL: ((4, 3, 5, 2),), ACCURACY: ((23, 4, 6, 3), (19, 7, 3, 4))}
"""N, D, H and C of other batches: slopes cost time, and of few samples any share is likely."""


def network_cases(rng: np.random.Generator) -> list[Case]:
    """Every method for itself, on batches of several sizes."""

    def batches(item: str, play: Play, composed: Callable, tolerance: float = SAME):
        sizes = BATCHES.get(item, ((5, 4, 6, 3), (2, 7, 3, 4)))
        return [Case(f"N = {n}, D = {d}, H = {h}, C = {c}", network_inputs(rng, n, d, h, c),
                     {"N": n, "D": d, "H": h, "C": c}, item, play, None, tolerance, composed)
                for n, d, h, c in sizes]

    cases = [Case("new networks", {}, item=START, play=play_start,
                  judge=says_what_is_wrong, composed=composed_verdict)]
    for item, play, composed in (
        (PREDICT, play_scores, composed_scores), (LOSS, play_loss, composed_loss),
        (ACCURACY, play_accuracy, composed_accuracy),
        (GRADIENT, play_gradients, composed_gradients),
    ):
        cases += batches(item, play, composed)
    cases += batches(NUMERICAL, play_measured, composed_measured, MEASURED)
    two = network_inputs(rng, 5, 4, 6, 3)
    two["others"] = network_inputs(rng, 5, 4, 6, 3)["params"]
    return cases + [
        Case("params replaced, then written into", two, item=READS, play=play_reads,
             judge=says_what_is_wrong, composed=composed_verdict),
        # A gradient that takes a wrong way arrives all the same, as a number and not as an error.
        Case("N = 5, D = H = C = 4", network_inputs(rng, 5, 4, 4, 4), {"N": 5}, GRADIENT,
             play_gradients, composed=composed_gradients),
        Case("N = 4, D = 3, H = 5, C = 4", by_columns_differs(rng, 4, 3, 5), {}, ACCURACY,
             play_accuracy, composed=composed_accuracy),
        Case("last_loss after gradient", network_inputs(rng, 5, 4, 6, 3), item=GRADIENT,
             play=play_last_loss, composed=composed_loss),
        *(Case(f"params after {method}", network_inputs(rng, 4, 3, 5, 2), item=item,
               play=leaves_params(method), judge=says_what_is_wrong, composed=composed_verdict)
          for item, method in ((PREDICT, "predict"), (LOSS, "loss"), (ACCURACY, "accuracy"),
                               (GRADIENT, "gradient"))),
        Case("digits of the numerical gradient", network_inputs(rng, 4, 3, 5, 2), item=NUMERICAL,
             play=play_measures, judge=says_what_is_wrong, composed=composed_verdict),
    ]
