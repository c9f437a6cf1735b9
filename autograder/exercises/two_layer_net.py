"""Exercises of 09_two_layer_net."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.checking.comparison import as_array
from autograder.checking.exercise import PRECISION, UNCHANGED, Case, Exercise, question
from autograder.exercises.inputs import unusual
from autograder.exercises.layers import (
    AFFINE,
    BACKWARD,
    FORWARD,
    LOOKS_UP,
    SCORED,
    SINGLE,
    affine_cases,
    softmax_cases,
)
from autograder.exercises.networks import (
    ACCURACY,
    GRADIENT,
    LAYERS,
    LOSS,
    NET,
    NUMERICAL,
    PARAMS,
    PREDICT,
    READS,
    RNG,
    SIZES,
    START,
    Inputs,
    differs,
    entries,
    last_loss_of,
    leaves_params,
    made,
    network_cases,
    network_inputs,
    own,
    params_of,
    quietly,
    says_what_is_wrong,
)
from autograder.exercises.two_layer_net_hints import HINTS
from autograder.kit.functions import Functions
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

BROUGHT = ("affine_forward", "affine_backward", "relu_forward", "relu_backward",
           "sigmoid_forward", "sigmoid_backward", "softmax_loss")

STEP = "params after the step"
STEPS = "params after the steps"

# Questions

AT_THE_START = ("count", "loss")
EQUAL_WEIGHTS = ("moved", "units")


def start_cases(rng: np.random.Generator) -> list[Case]:
    """Two questions; a loss needs only two digits."""

    def only(k):
        def play(functions, inputs, cache=None):
            value: Any = functions.call("predict_start").value
            if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
                raise StudentError("NotPlain", "something else than two values, count and loss")
            count, loss = value
            return (count, None) if k == 0 else (None, to_two_digits(loss))

        return play

    def to_two_digits(loss):
        """2.3, 2.30 and 2.3026 are one answer, as are 3.3 and 3.32."""
        number = as_array(loss)
        if number is None or number.shape != () or number.dtype.kind not in "iuf" or (
            not np.isfinite(number)
        ):
            raise StudentError("NotPlain", "a loss that is no number")
        return round(float(number), 1)

    return [Case("how many numbers", item="count", play=only(0)),
            Case("the first loss", item="loss", play=only(1), tolerance=0.01)]


# Steps

TRAINED = ("loss", *PARAMS)
LOSSES = ("losses", *PARAMS)


def step_inputs(rng: np.random.Generator, n: int, d: int, h: int, c: int) -> dict:
    """A network, a batch and a rate."""
    return {**network_inputs(rng, n, d, h, c), "lr": float(rng.uniform(0.05, 0.3))}


def play_train_step(output: str):
    """Play ``train_step``: what it returns, or what it leaves in the network."""

    def play(functions: Functions, inputs: Inputs, cache=None) -> tuple:
        net = made(functions, inputs)
        loss = functions.call("train_step", net, inputs["x"], inputs["t"], inputs["lr"]).value
        return (loss, *[None] * 4) if output == "loss" else (None, *params_of(net))

    return play


def composed_step(output: str):
    """Loss and gradients of the student's network, and a call of sgd_step for each parameter."""

    def composed(layers, inputs: Inputs) -> tuple:
        x, t, params = inputs["x"], inputs["t"], inputs["params"]
        net = made(layers, inputs)
        if output == "loss":
            layers.call("sgd_step", params["b1"], params["b1"], inputs["lr"])  # a step needs it
            return (last_loss_of(layers, net, inputs), *[None] * 4)
        last_loss_of(layers, net, inputs)  # many a step reads it
        gradients = net.keep("gradient", x, t)
        after = []
        for name in PARAMS:
            shape = np.shape(params[name])
            dw = own(layers, "TwoLayerNet", gradients.part(name).value(), shape)
            new = layers.call("sgd_step", params[name], dw, inputs["lr"]).value
            after.append(own(layers, "sgd_step", new, shape))
        return (None, *after)

    return composed


def train_step_cases(rng: np.random.Generator) -> list[Case]:
    """The loss and the step, on batches of several sizes."""
    return [
        Case(f"N = {n}, D = {d}, H = {h}, C = {c}", step_inputs(rng, n, d, h, c),
             {"N": n, "D": d, "H": h, "C": c}, item, play_train_step(item),
             composed=composed_step(item))
        for item in ("loss", STEP) for n, d, h, c in ((5, 4, 6, 3), (2, 7, 3, 4))
    ]


def play_train_steps(output: str):
    """Play ``train_steps``: what it returns, or what it leaves in the network."""

    def play(functions: Functions, inputs: Inputs, cache=None) -> tuple:
        net = made(functions, inputs)
        losses = functions.call("train_steps", net, *(
            inputs[name] for name in ("x", "t", "batches", "lr"))).value
        return (losses, *[None] * 4) if output == "losses" else (None, *params_of(net))

    return play


def composed_steps(output: str):
    """The student's train_step, on one batch after the other."""

    def composed(layers, inputs: Inputs) -> tuple:
        net = made(layers, inputs)
        losses = []
        for chosen in inputs["batches"]:
            loss = layers.call("train_step", net, inputs["x"][chosen], inputs["t"][chosen],
                               inputs["lr"]).value
            losses.append(own(layers, "train_step", loss, ()))
        return (np.array(losses), *[None] * 4) if output == "losses" else (None, *params_of(net))

    return composed


RECORDER = Source("""lambda names: type('Net', (), {
    'params': {name: np.zeros((1, 1)) for name in names}, 'seen': [], 'last_loss': 0.0,
    'loss': lambda self, x, t: 0.0,
    'gradient': lambda self, x, t: self.seen.append(np.array(x)) or {
        name: np.zeros((1, 1)) for name in self.params}})()""")
"""Makes a network that learns nothing and keeps what its gradient was given."""


def play_samples_taken(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What shows that steps take single samples by their own number, in words, or ''."""
    x, batches = inputs["x"], inputs["batches"]
    net = functions.keep(RECORDER, list(PARAMS))
    try:
        functions.call("train_steps", net, x, inputs["t"], batches, inputs["lr"])
    except StudentError as error:
        if isinstance(error, StudentStopped) or error.kind == "NotImplementedError":
            raise
    seen: Any = quietly(net.attribute, "seen")
    by_number = bool(seen) and all(
        np.array_equal(given, x[k]) for k, given in enumerate(seen[:len(batches)]))
    return ("Step k, counted from 0, is given x[k], a single sample." if by_number else "",) * 5


def train_steps_cases(rng: np.random.Generator) -> list[Case]:
    """Ten steps, with batches of several sizes from a made-up data set."""
    cases = []
    for item in ("losses", STEPS):
        inputs = step_inputs(rng, 11, 5, 4, 3)
        inputs["batches"] = [rng.permutation(11)[:size] for size in (3, 4, 2, 3, 4, 3, 1, 4, 2, 3)]
        inputs["batches"][4][1] = inputs["batches"][4][0]  # a sample that counts twice
        cases.append(Case("ten steps", inputs, {"N": 11, "D": 5, "H": 4, "C": 3}, item,
                          play_train_steps(item), composed=composed_steps(item)))
        cases.append(Case("the samples of each step", inputs, item=item, play=play_samples_taken,
                          judge=says_what_is_wrong))
    return cases


# Update rules


def rule_cases(*names: str, **numbers: Callable) -> Callable:
    """Arrays of several shapes for `names`, and a number for each of `numbers`.

    ``numbers`` draw theirs. An average of squares is positive.
    """

    def inputs(rng, shape):
        arrays = {name: rng.standard_normal(shape) for name in names}
        if "m" in arrays:
            arrays["v"] = rng.uniform(0.5, 2.0, shape)
        return {**arrays, **{name: draw(rng) for name, draw in numbers.items()}}

    def cases(rng: np.random.Generator) -> list[Case]:
        found = [Case(f"arrays of shape {shape}", inputs(rng, shape))
                 for shape in ((3, 4), (5,), (2, 3))]
        found.append(Case("read-only arrays that are not contiguous",
                          unusual(inputs(rng, (4, 3)))))
        wide = inputs(rng, (4, 3))
        wide |= {"lr": 1.5} if "lr" in wide else {}
        for name in names:
            wide[name] = wide[name] * 10.0 ** rng.permutation(np.linspace(-4, 4, 12)).reshape(4, 3)
        return [*found, Case("numbers of very different sizes", wide)]

    return cases


def between(low: float, high: float) -> Callable:
    """Draws a number from an interval."""
    return lambda rng: float(rng.uniform(low, high))


def adam_cases(rng: np.random.Generator) -> list[Case]:
    """Early and late steps, and an eps that is not small, so that its place can be seen."""
    arrays = rule_cases("w", "dw", "m", "v")(rng)
    # Among numbers of very different sizes eps shows where a large m meets a small v.
    sizes = {name: np.abs(arrays[-1].inputs[name]).ravel() for name in ("dw", "m", "v")}
    for name in ("dw", "v"):
        two = [sizes["m"].argmax(), sizes[name].argmin()]
        flat = np.asarray(arrays[-1].inputs[name]).reshape(-1)
        flat[two] = flat[two[::-1]]
    steps = (1, 2, 7, 1000, 3)
    cases = [
        Case(f"t = {t}", {**case.inputs, "t": t, "lr": float(rng.uniform(0.05, 0.3)),
                          "beta1": float(rng.uniform(0.6, 0.9)),
                          "beta2": float(rng.uniform(0.92, 0.98)),
                          "eps": float(rng.uniform(0.1, 0.2))})
        for t, case in zip(steps, arrays, strict=True)
    ]
    dw = rng.uniform(0.4, 2.0, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4))
    dw.flat[2::5] = 0.0
    first = {"w": rng.standard_normal((3, 4)), "dw": dw, "m": np.zeros((3, 4)),
             "v": np.zeros((3, 4)), "t": 1, "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    return [*cases, Case("the first step of all, some gradients are 0", first)]


def average_cases(rng: np.random.Generator) -> list[Case]:
    """One step, some, many."""
    return [Case(f"beta = {beta:.2f}, t = {t}", {"beta": beta, "t": t}, spelled=True)
            for t in (1, 2, 5, 40) for beta in [float(rng.integers(55, 96)) / 100]]


# Summaries of runs


def falling(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Losses that fall from 2.3 to near 0, with single ones far below their neighbours."""
    losses = 2.3 * np.exp(-np.arange(steps) / (0.3 * steps)) + 0.02 * rng.uniform(size=steps)
    losses[steps // 10] = 0.01
    return losses


def until_cases(rng: np.random.Generator) -> list[Case]:
    """Windows of several lengths; levels that are reached late, at once, for a while, and never."""
    rises = np.concatenate([falling(rng, 40), 2.0 + 0.1 * rng.uniform(size=20)])
    again = np.concatenate([rises, falling(rng, 30)])
    return [
        Case("losses that fall", {"losses": falling(rng, 60), "level": 1.0, "window": 5}),
        # 11 of 20 small losses bring the mean below the level; it takes 10 of 19, and 12 of 21.
        Case("the window of 20 that is meant if none is given",
             {"losses": np.repeat([1.0, 0.0], (30, 25)) + 1e-4 * rng.uniform(size=55),
              "level": 0.475}),
        Case("a mean that is exactly the level is not below it",
             {"losses": np.array([2.0, 1.0, 1.0, 1.0, 0.5, 1.5, 1.0, 0.5, 0.5]), "level": 1.0,
              "window": 2}),
        Case("a window of one loss", {"losses": falling(rng, 20), "level": 1.2, "window": 1}),
        Case("below the level in the last losses alone, which are too few",
             {"losses": np.repeat([10.0, 0.1], (12, 3)) + 0.1 * rng.uniform(size=15),
              "level": 1.0, "window": 4}),
        Case("below the level, above it, and below it again",
             {"losses": again, "level": 0.9, "window": 4}),
        Case("below the level from the first step",
             {"losses": 0.5 + 0.1 * rng.uniform(size=12), "level": 1.0, "window": 3}),
        Case("never below the level",
             {"losses": 1.5 + 0.1 * rng.uniform(size=25), "level": 1.0, "window": 6}),
        Case("fewer losses than the window",
             {"losses": 0.2 + 0.1 * rng.uniform(size=5), "level": 1.0, "window": 8}),
        Case("below the level after the very last step",
             {"losses": np.concatenate([1.5 + 0.1 * rng.uniform(size=15),
                                        0.2 + 0.1 * rng.uniform(size=4)]),
              "level": 0.4, "window": 4}),
        Case("below the level after the last step but one",
             {"losses": np.concatenate([1.5 + 0.1 * rng.uniform(size=15),
                                        0.2 + 0.1 * rng.uniform(size=5)]),
              "level": 0.4, "window": 4}),
    ]


EXACTLY = (0.005, 0.01)
"""Two accuracies of poor networks. In floats, too, one is exactly 0.005 below the other."""


def rates_cases(rng: np.random.Generator) -> list[Case]:
    """Runs in any order. The best one on training images is another than on held-out images."""

    def case(name, held_out, train, order=None):
        lrs = 10.0 ** np.arange(-4, len(held_out) - 4) * rng.uniform(1, 3)
        runs = [{"lr": float(lr), "train": float(a), "held_out": float(h)}
                for lr, a, h in zip(lrs, train, held_out, strict=True)]
        order = rng.permutation(len(runs)) if order is None else order
        return Case(name, {"runs": [runs[k] for k in order]})

    u = rng.uniform(0.0, 0.001, 6)
    return [
        case("one run is far ahead", (0.30, 0.62 + u[0], 0.94 - u[1], 0.91, 0.10),
             (0.31, 0.63, 0.95, 0.99, 0.10)),
        case("a smaller rate is nearly as good", (0.50, 0.957 + u[2], 0.960, 0.93),
             (0.51, 0.96, 0.975, 0.98)),
        case("a smaller rate is nearly as good, another one is not",
             (0.90, 0.948 - u[3], 0.956, 0.9585 + u[4], 0.95), (0.90, 0.95, 0.96, 0.97, 0.99)),
        case("a larger rate is nearly as good", (0.85, 0.93, 0.9275 + u[5]), (0.86, 0.94, 0.96)),
        case("three are nearly equal, and the smallest rate is not the first",
             (0.60, 0.950, 0.952, 0.9535, 0.30), (0.61, 0.955, 0.96, 0.97, 0.30),
             (2, 3, 1, 0, 4)),
        case("a smaller rate is a little more than 0.005 below", (0.50, 0.9545, 0.960, 0.93),
             (0.51, 0.96, 0.975, 0.98)),
        case("two rates are equal in their first two digits", (0.50, 0.946, 0.9545, 0.93),
             (0.51, 0.96, 0.975, 0.98)),
        case("the smallest rate is nearly as good, and the one between is not",
             (0.9565, 0.93, 0.958), (0.96, 0.97, 0.98)),
        case("nearly as good, and none is good", (0.2, 0.496, 0.5, 0.3), (0.21, 0.5, 0.51, 0.31)),
        case("a single run", (0.7 + u[5],), (0.9,)),
        case("the two best are equal, and the larger rate stands first", (0.50, 0.95, 0.96, 0.96),
             (0.51, 0.96, 0.97, 0.98), (3, 0, 2, 1)),
        case("a smaller rate is exactly 0.005 below the best", (0.0, *EXACTLY, 0.002),
             (0.001, 0.003, 0.006, 0.012), (2, 0, 3, 1)),
    ]


# Find the bug

EQUAL_PARTS = "equal parts"
REST = "a smaller last part"
ROOM = Source("""lambda room: type('Net', (), {
    'gradient': lambda self, x, t: {
        'W1': (x * (x.sum(axis=1) - t)[:, None]).mean(axis=0),
        'b1': (x.sum(axis=1) - t).mean(axis=0),
        'more': np.ones(2),
    } if 0 < len(x) <= room else (_ for _ in ()).throw(
        type(f'NoRoomFor{len(x)}', (MemoryError,), {})(
            f'gradient was given {len(x)} samples, and 1 to {room} fit'))})()""")
"""Makes a network that has room for so many samples; its error says how many it was given."""


def play_parts(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """The gradients that gradient_in_parts puts together."""
    net = functions.keep(ROOM, inputs["size"])
    found = functions.call("gradient_in_parts", net, inputs["x"], inputs["t"],
                           inputs["size"]).value
    if not isinstance(found, dict):
        raise StudentError("NotPlain", "something else than a dict of gradients by name")
    if "more" not in found:
        raise StudentError("NotPlain", "a dict without 'more'; net.gradient returns an entry of "
                           "that name")
    return found.get("W1"), found.get("b1")


def parts_cases(rng: np.random.Generator) -> list[Case]:
    """Batches of which a part fits; and one that fits as a whole.

    A label is the number of no sample, where there are fewer than ten.
    """
    def case(item, n, d, size):
        inputs = {"x": rng.standard_normal((n, d)), "t": rng.integers(0, 10, n), "size": size}
        inputs["t"][rng.integers(n)] = 9
        return Case(f"{n} samples, {size} fit", inputs, {"N": n, "D": d}, item, play_parts)

    return [case(EQUAL_PARTS, 6, 4, 2), case(EQUAL_PARTS, 12, 5, 3), case(EQUAL_PARTS, 4, 3, 4),
            case(REST, 7, 4, 3), case(REST, 5, 3, 4), case(REST, 3, 4, 5)]


# On your own

PENALTY = ("loss", *(f"d{name}" for name in PARAMS))


def penalty_inputs(
    rng: np.random.Generator, n: int, d: int, h: int, c: int, ratio: float = 0.7
) -> dict:
    """A network, a batch, and a penalty that is no larger than the loss.

    The squares of W2 have `ratio` ** 2 times the sum of those of W1.
    """
    inputs = {**network_inputs(rng, n, d, h, c), "reg": float(rng.uniform(0.01, 0.03))}
    w1, w2 = (inputs["params"][name] for name in ("W1", "W2"))
    w2 *= ratio * np.linalg.norm(w1) / np.linalg.norm(w2)
    return inputs


def penalised(functions, inputs: Inputs):
    """A PenaltyNet with the parameters of `inputs`."""
    return made(functions, inputs, "PenaltyNet", inputs["reg"])


def play_penalty_loss(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What loss returns."""
    return (penalised(functions, inputs).call("loss", inputs["x"], inputs["t"]).value,
            *[None] * 4)


def play_penalty_last_loss(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """The loss that gradient keeps; what loss returns, if gradient fails."""
    net = penalised(functions, inputs)
    if quietly(net.keep, "gradient", inputs["x"], inputs["t"]) is None:
        return play_penalty_loss(functions, inputs)
    return (net.attribute("last_loss"), *[None] * 4)


def play_penalty_gradient(*wanted: str):
    """What gradient returns under these names."""

    def play(functions: Functions, inputs: Inputs, cache=None) -> tuple:
        net = penalised(functions, inputs)
        found = entries(net.call("gradient", inputs["x"], inputs["t"]).value)
        return (None, *(array if name in wanted else None
                        for name, array in zip(PARAMS, found, strict=True)))

    return play


def composed_penalty_loss(layers, inputs: Inputs) -> tuple:
    """The loss of the student's TwoLayerNet, and the penalty."""
    params = inputs["params"]
    loss = made(layers, inputs).call("loss", inputs["x"], inputs["t"]).value
    squares = sum(np.sum(params[name] ** 2) for name in ("W1", "W2"))
    return (own(layers, "TwoLayerNet", loss, ()) + inputs["reg"] * squares, *[None] * 4)


def composed_penalty_last_loss(layers, inputs: Inputs) -> tuple:
    """The same, if the student's TwoLayerNet keeps its loss."""
    last_loss_of(layers, made(layers, inputs), inputs)
    return composed_penalty_loss(layers, inputs)


def composed_penalty_gradient(*wanted: str):
    """The gradients of the student's TwoLayerNet, and those of the penalty."""

    def composed(layers, inputs: Inputs) -> tuple:
        params = inputs["params"]
        found = made(layers, inputs).keep("gradient", inputs["x"], inputs["t"])
        arrays = []
        for name in PARAMS:
            array = own(layers, "TwoLayerNet", found.part(name).value(), np.shape(params[name]))
            more = 2 * inputs["reg"] * params[name] if name in ("W1", "W2") else 0.0
            arrays.append(array + more if name in wanted else None)
        return (None, *arrays)

    return composed


def composed_penalty_verdict(layers, inputs: Inputs) -> tuple:
    """For cases that say themselves what is wrong: only that a TwoLayerNet can be made."""
    layers.keep("TwoLayerNet", 2, 3, 2)
    return ("",) * len(PENALTY)


def play_penalty_start(functions: Functions, inputs: Inputs, cache=None) -> tuple:
    """What is wrong with the parameters and the reg that a network begins with, or ''."""
    def weights(*more) -> np.ndarray | None:
        net = functions.keep("PenaltyNet", *SIZES, inputs["reg"], *more)
        return as_array(params_of(net)[0])

    def drawn(*more) -> list:
        return [weights(*more, functions.keep(RNG, 3)) for _ in range(2)]

    verdict = ""
    for deviation, given in ((0.5, (0.5,)), (0.01, (0.01,)), (0.01, ())):
        one, other = drawn(*given) if given else [weights()] * 2
        if one is None or not 0.8 < np.std(one) / deviation < 1.2:
            verdict = f"The weights do not start with a standard deviation of {deviation}."
        elif differs(one, other):
            verdict = "The weights are not drawn with the rng that is given."
    return (verdict,) * len(PENALTY)


WEIGHTS = "gradients of the weights"
BIASES = "gradients of the biases"


def penalty_cases(rng: np.random.Generator) -> list[Case]:
    """The loss, and the gradients of weights and of biases, on batches of several sizes."""
    parts = (("loss", play_penalty_loss, composed_penalty_loss),
             (WEIGHTS, play_penalty_gradient("W1", "W2"), composed_penalty_gradient("W1", "W2")),
             (BIASES, play_penalty_gradient("b1", "b2"), composed_penalty_gradient("b1", "b2")))
    cases = [
        Case(f"N = {n}, D = {d}, H = {h}, C = {c}", penalty_inputs(rng, n, d, h, c, ratio),
             {"N": n, "D": d, "H": h, "C": c}, item, play, composed=composed)
        for item, play, composed in parts
        for n, d, h, c, ratio in ((5, 4, 6, 3, 0.7), (2, 7, 3, 4, 1.4))
    ]
    without = [
        Case("reg = 0", {**penalty_inputs(rng, 3, 4, 5, 2), "reg": 0.0}, item=item, play=play,
             composed=composed) for item, play, composed in parts
    ]
    kept = [
        Case(f"params after {method}", penalty_inputs(rng, 4, 3, 5, 2), item=item,
             play=leaves_params(method, "PenaltyNet"), judge=says_what_is_wrong,
             composed=composed_penalty_verdict)
        for item, method in (("loss", "loss"), (WEIGHTS, "gradient"))
    ]
    return [
        *cases,
        Case("last_loss after gradient", penalty_inputs(rng, 5, 4, 6, 3), item="loss",
             play=play_penalty_last_loss, composed=composed_penalty_last_loss),
        *without, *kept,
        Case("new networks", {"reg": 0.01}, item="loss", play=play_penalty_start,
             judge=says_what_is_wrong, composed=composed_penalty_verdict),
    ]


RECAP = ("momentum", "test_set", "zeros")

EXERCISES = [
    Exercise("Affine", "(params, w, b)", AFFINE,
             {FORWARD: 1, BACKWARD: 1, LOOKS_UP: 1, PRECISION: 1},
             affine_cases, uses=("affine_forward", "affine_backward")),
    Exercise("SoftmaxWithLoss", "()", SCORED, {"loss": 1, "dx": 1, SINGLE: 1, PRECISION: 1},
             softmax_cases, uses=("softmax_loss",)),
    Exercise("predict_start", "()", AT_THE_START, {"count": 1, "loss": 1}, start_cases),
    Exercise(
        "TwoLayerNet",
        "(input_size, hidden_size, output_size, weight_init_std=0.01, rng=None)",
        NET,
        {START: 1, PREDICT: 1, LOSS: 1, ACCURACY: 1, GRADIENT: 1, NUMERICAL: 1, READS: 1,
         PRECISION: 1},
        network_cases,
        uses=LAYERS,
    ),
    Exercise("sgd_step", "(w, dw, lr)", ("w",), {"w": 1, UNCHANGED: 1, PRECISION: 1},
             rule_cases("w", "dw", lr=between(0.05, 0.3))),
    Exercise("train_step", "(net, x, t, lr)", TRAINED, {"loss": 1, STEP: 1}, train_step_cases,
             uses=("TwoLayerNet", "sgd_step")),
    Exercise("train_steps", "(net, x, t, batches, lr)", LOSSES, {"losses": 1, STEPS: 1},
             train_steps_cases, uses=("TwoLayerNet", "train_step")),
    Exercise("gradient_in_parts", "(net, x, t, size)", ("dW1", "db1"),
             {EQUAL_PARTS: 1, REST: 1, PRECISION: 1}, parts_cases),
    Exercise("wrong_gradients", "()", ("wrong",), {"wrong": 1}, question("the deeper network")),
    Exercise("predict_equal_weights", "()", EQUAL_WEIGHTS, {"moved": 1, "units": 1},
             question("the two networks")),
    Exercise("steps_until", "(losses, level, window=20)", ("steps",), {"steps": 1}, until_cases),
    Exercise("best_rate", "(runs)", ("lr",), {"lr": 1}, rates_cases),
    Exercise(
        "momentum_step", "(w, dw, v, lr, mu)", ("w", "v"),
        {"w": 1, "v": 0.5, UNCHANGED: 0.5, PRECISION: 1},
        rule_cases("w", "dw", "v", lr=between(0.05, 0.3), mu=between(0.5, 0.95)),
    ),
    Exercise("average_weight", "(beta, t)", ("total",), {"total": 1}, average_cases),
    Exercise("adam_step", "(w, dw, m, v, t, lr, beta1, beta2, eps)", ("w", "m", "v"),
             {"w": 1, "m": 0.5, "v": 0.5, UNCHANGED: 1, PRECISION: 1}, adam_cases),
    Exercise(
        "PenaltyNet",
        "(input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None)",
        PENALTY, {"loss": 1, WEIGHTS: 1, BIASES: 1, PRECISION: 1}, penalty_cases,
        uses=("TwoLayerNet",),
    ),
    Exercise("recap_two_layer_net", "()", RECAP, dict.fromkeys(RECAP, 1),
             question("the three questions")),
]
EXERCISES = [replace(exercise, hints=HINTS[exercise.name]) for exercise in EXERCISES]
