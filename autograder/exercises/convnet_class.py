"""The class and the training step of 10: the grader sets the parameters of a student's network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Case
from autograder.checking.naming import tellable
from autograder.exercises.convnets import (
    ACCURACY,
    COLOUR,
    GRADIENT,
    GREY,
    HE,
    LOSS,
    MEANS,
    PARAMETERS,
    PREDICT,
    READ,
    SIZES,
    SMALL,
    STEP,
    back_by_layer,
    layer_by_layer,
    loss_of,
    network_inputs,
    sizes,
)
from autograder.kit.functions import Functions
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError


def generator(seed: int) -> Source:
    """A random generator, made where the student's code runs."""
    return Source(f"np.random.default_rng({seed})")


SET_PARAMETERS = Source(
    "lambda net, params: [net.params[k].__setitem__(Ellipsis, w)"
    " if np.shape(net.params.get(k)) == w.shape and net.params[k].dtype == w.dtype"
    " else net.params.__setitem__(k, w) for k, w in params.items()]"
)
"""Set the parameters of a network: in place, so that a second reference to an array sees it too."""
REPLACE_PARAMETERS = Source("lambda net, params: net.params.update(params)")
ZEROS = Source("lambda: {}")


def new_net(functions: Functions, settings: Mapping, seed: int = 1):
    """A network of the student's class."""
    return functions.keep("ConvNet", settings["image"], settings["filters"], settings["kernel"],
                          settings["hidden"], settings["classes"], generator(seed))


def net_with(functions: Functions, inputs: Mapping):
    """A network with the parameters of `inputs`."""
    net = new_net(functions, inputs["settings"])
    functions.keep(SET_PARAMETERS, net, inputs["params"])
    return net


OUTPUTS = ("params", "scores", "loss", *(f"d{name}" for name in PARAMETERS), "accuracy")
"""What the methods of a network return."""


def only(**found) -> tuple:
    """The outputs of a case that plays only some of them."""
    return tuple(found.get(name) for name in OUTPUTS)


def play_scores(functions, inputs, cache=None):
    return only(scores=net_with(functions, inputs).call("predict", inputs["x"]).value)


def play_loss(functions, inputs, cache=None):
    return only(loss=net_with(functions, inputs).call("loss", inputs["x"], inputs["t"]).value)


def play_accuracy(functions, inputs, cache=None):
    net = net_with(functions, inputs)
    return only(accuracy=net.call("accuracy", inputs["x"], inputs["t"]).value)


def play_gradient(functions, inputs, cache=None):
    net = net_with(functions, inputs)
    net.call("gradient", inputs["x"], inputs["t"])  # which leaves the parameters as they are
    value = net.call("gradient", inputs["x"], inputs["t"]).value
    if not isinstance(value, dict):
        raise StudentError("NotPlain", "gradient returns something else than a dict")
    return only(**{f"d{name}": value.get(name) for name in PARAMETERS})


def play_replaced(functions, inputs, cache=None):
    """Scores before and after all parameters were replaced, and what a new network says then."""
    net = net_with(functions, inputs)
    before = net.call("predict", inputs["x"]).value
    functions.keep(REPLACE_PARAMETERS, net, inputs["others"])
    after = net.call("predict", inputs["x"]).value
    new = net_with(functions, {**inputs, "params": inputs["others"]})
    return only(params=(before, after, new.call("predict", inputs["x"]).value))


def reads_params(outputs: tuple) -> str | None:
    """Whether a network works with what is in params now; compared with itself."""
    before, after, new = outputs[0]
    if not compare(before, new, 1e-9):
        return "predict returns the same whatever stands in params."
    if compare(after, new, 1e-9):
        return "New arrays were put into params, and predict still works with the old ones."
    return None


def play_sizes(functions, inputs, cache=None):
    """The shape of every parameter, as words."""
    params = params_of(new_net(functions, inputs["settings"]))
    return only(params=tuple(shape_in_words(params.get(name)) for name in PARAMETERS))


def play_start(functions, inputs, cache=None):
    """By which rule every parameter begins, as words."""
    params, again = (params_of(new_net(functions, inputs["settings"], seed=7)) for _ in range(2))
    return only(params=tuple(
        rule_of(name, params.get(name), again.get(name)) for name in PARAMETERS
    ))


def params_of(net) -> dict:
    """The params of a network."""
    params = net.attribute("params")
    if not isinstance(params, dict):
        raise StudentError("NotPlain", f"params is a {type(params).__name__}, and should be a dict")
    return params


def shape_in_words(value) -> str:
    """A shape, such as (3, 4)."""
    array = as_array(value)
    if array is None:
        return "no array"
    return str(array.shape) if tellable(array.shape) else "too large to be told"


RULES = {
    "He": lambda ins, outs, window: np.sqrt(2 / ins),
    "the root of 1 / fan in": lambda ins, outs, window: np.sqrt(1 / ins),
    "2 / fan in": lambda ins, outs, window: 2 / ins,
    "the root of 2 / outputs": lambda ins, outs, window: np.sqrt(2 / outs),
    "He for images of one channel": lambda ins, outs, window: np.sqrt(2 / window),
    "0.01": lambda ins, outs, window: 0.01,
}
"""Standard deviations of first weights, by fan in, outputs and pixels of one channel's window; for
an affine layer the last are its inputs. In the wide network all that can differ are far apart."""
NEAR = 1.12
"""So near to a rule's standard deviation lies that of weights drawn by it: the smallest array of
the wide network has 1280 numbers, and their standard deviation an error of two per cent."""
ZERO = "zeros"


def rule_of(name: str, value, again) -> str:
    """By which rule a parameter begins, told from one array and another of the same generator."""
    array, other = as_array(value), as_array(again)
    if array is None or array.dtype.kind != "f" or array.ndim != (4 if name == "W1" else
                                                                  1 + name.startswith("W")):
        return "no array of the right kind"
    if name.startswith("b"):
        return "something else than zeros" if np.any(array) else ZERO
    if other is None or not np.array_equal(array, other):
        return "not from rng"
    ins, outs = (np.prod(array.shape[1:]), len(array)) if name == "W1" else array.shape
    window = np.prod(array.shape[2:]) if name == "W1" else ins
    spread = float(np.std(array))
    if spread == 0 or abs(float(np.mean(array))) > spread / 2:
        return "another rule"
    rule, off = min(((rule, abs(np.log(spread / of(ins, outs, window))))
                     for rule, of in RULES.items()), key=lambda found: found[1])
    return rule if off < np.log(NEAR) else "another rule"


def composed_scores(layers, inputs):
    return only(scores=layer_by_layer(layers, inputs)[0])


def composed_loss(layers, inputs):
    scores, _ = layer_by_layer(layers, inputs)
    return only(loss=float(loss_of(layers, scores, inputs["t"])[0]))


def composed_accuracy(layers, inputs):
    scores, _ = layer_by_layer(layers, inputs)
    return only(accuracy=float(np.mean(scores.argmax(axis=1) == inputs["t"])))


def composed_gradient(layers, inputs):
    scores, caches = layer_by_layer(layers, inputs)
    _, dscores = loss_of(layers, scores, inputs["t"])
    _, *gradients = back_by_layer(layers, inputs, dscores, caches)
    return only(**{f"d{k}": g for k, g in zip(PARAMETERS, gradients, strict=True)})


def has_sizes(settings: Mapping):
    """A judge of the shapes of all parameters."""
    def judge(outputs: tuple) -> str | None:
        for (name, shape), came in zip(sizes(**settings).items(), outputs[0], strict=True):
            if came == "no array":
                return f"params has no array {name!r}."
            if came != str(tuple(int(n) for n in shape)):
                return (f"{name} has shape {came}. Follow one image to this layer: what goes in, "
                        "and what comes out?")
        return None
    return judge


def begins_as_he(outputs: tuple) -> str | None:
    """Whether weights begin after He, drawn by the generator that was given, and biases at 0."""
    for name, rule in zip(PARAMETERS, outputs[0], strict=True):
        if rule == "not from rng":
            return f"Two networks from the same rng differ in {name}: use rng for every weight."
        if name.startswith("b") and rule != ZERO:
            return f"{name} begins with {rule}; a bias begins at 0."
        if name.startswith("W") and rule != "He":
            return (f"The standard deviation of {name} is that of {rule}, not of He."
                    if rule in RULES else f"{name} begins with {rule}, not with He's.")
    return None


def convnet_cases(rng: np.random.Generator) -> list[Case]:
    """Sizes, first weights, and every method."""
    def inputs(n: int, settings: dict) -> dict:
        return {**network_inputs(rng, n, **settings), "settings": settings}

    wide = {"image": (4, 10, 8), "filters": 150, "kernel": 3, "hidden": 64, "classes": 20}
    cases = [
        Case(f"images of shape {settings['image']}", {"settings": settings}, item=SIZES,
             play=play_sizes, judge=has_sizes(settings))
        for settings in (SMALL, GREY, COLOUR)
    ]
    cases.append(Case("a wide network", {"settings": wide}, item=HE, play=play_start,
                      judge=begins_as_he))
    for item, play, composed in (
        (PREDICT, play_scores, composed_scores),
        (LOSS, play_loss, composed_loss),
        (GRADIENT, play_gradient, composed_gradient),
    ):
        cases += [
            Case("three images, two channels", {**inputs(3, SMALL), "item": item}, item=item,
                 play=play, composed=composed),
            Case("grey images that are not square", {**inputs(2, GREY), "item": item}, item=item,
                 play=play, composed=composed),
        ]
    some = inputs(7, SMALL)
    alike = {**some, "params": {**some["params"], "b3": np.array([0.0, 1e3, 0.0, 0.0])}}
    for name, right, batch in (
        ("five of seven images right", 5, some), ("two of seven images right", 2, some),
        ("all images read as one class", 3, alike), ("no image right", 0, some),
        ("a single image, which is read rightly", 1, inputs(1, SMALL)),
    ):
        cases.append(Case(name, {**batch, "right": right, "item": ACCURACY}, item=ACCURACY,
                          play=play_known_labels, composed=composed_known_labels))
    replaced = inputs(3, SMALL)
    replaced["others"] = network_inputs(rng, 3, **SMALL)["params"]
    cases.append(Case("predict, then other arrays in params, then predict", replaced, item=READ,
                      play=play_replaced, judge=reads_params))
    return cases


LABELS = Source("lambda scores, right: np.where(np.arange(len(scores)) < right,"
                " scores.argmax(axis=1), (scores.argmax(axis=1) + 1 - 2 * (np.arange(len(scores))"
                " % 2)) % scores.shape[1])")
"""Labels of which so many are what a network reads; the others are now too large, now too small."""


def play_known_labels(functions, inputs, cache=None):
    """The accuracy where it is known how many images are read rightly."""
    net = net_with(functions, inputs)
    scores = net.keep("predict", inputs["x"])
    labels = functions.keep(LABELS, scores, inputs["right"])
    return only(accuracy=net.call("accuracy", inputs["x"], labels).value)


def composed_known_labels(layers, inputs):
    """The part of the labels that was made right, whatever the network reads."""
    layer_by_layer(layers, inputs)
    return only(accuracy=inputs["right"] / len(inputs["x"]))


# One step


def step_cases(rng: np.random.Generator) -> list[Case]:
    """The first step, and a later one with means that are not 0."""
    def means(params: Mapping, scale: float) -> tuple[dict, dict]:
        return ({k: scale * rng.standard_normal(w.shape) for k, w in params.items()},
                {k: scale * rng.uniform(0.5, 1.5, w.shape) for k, w in params.items()})

    cases = []
    for item, play in ((LOSS, play_step_loss), (STEP, play_step), (MEANS, play_means)):
        for name, n, settings, t, scale in (
            ("the first step", 3, SMALL, 1, 0.0),
            ("step 4, grey images", 4, GREY, 4, 0.3),
        ):
            inputs = network_inputs(rng, n, **settings)
            m, v = means(inputs["params"], scale)
            inputs |= {"settings": settings, "m": m, "v": v, "step": t, "lr": 0.05}
            cases.append(Case(name, {**inputs, "item": item}, item=item, play=play))
    return cases


WANTED = {
    LOSS: (0,),
    STEP: tuple(range(1, 1 + len(PARAMETERS))),
    MEANS: tuple(range(1 + len(PARAMETERS), 1 + 3 * len(PARAMETERS))),
}
"""The outputs that an item of `training_step` judges."""


def wanted(item: str, outputs: list) -> tuple:
    """The outputs that belong to the item; None for the others."""
    return tuple(value if k in WANTED[item] else None for k, value in enumerate(outputs))


KEEP_DICT = Source("lambda arrays: {k: w.copy() for k, w in arrays.items()}")


def stepped(functions, inputs, item: str) -> tuple:
    """Loss, parameters and means after one call of ``training_step``."""
    net = net_with(functions, inputs)
    m, v = (functions.keep(KEEP_DICT, inputs[name]) for name in "mv")
    loss = functions.call("training_step", net, m, v, inputs["x"], inputs["t"], inputs["step"],
                          inputs["lr"]).value
    outputs = [loss]
    for arrays in (net.attribute("params"), m.value(), v.value()):
        if not isinstance(arrays, dict):
            raise StudentError("NotPlain", "params, m and v should still be dicts")
        outputs += [arrays.get(name) for name in PARAMETERS]
    return wanted(item, outputs)


def play_step_loss(functions, inputs, cache=None):
    return stepped(functions, inputs, LOSS)


def play_step(functions, inputs, cache=None):
    return stepped(functions, inputs, STEP)


def play_means(functions, inputs, cache=None):
    return stepped(functions, inputs, MEANS)


def step_composed(layers, inputs: Mapping):
    """The same from the layers, the loss and ``adam_step``."""
    scores, caches = layer_by_layer(layers, inputs)
    loss, dscores = loss_of(layers, scores, inputs["t"])
    _, *gradients = back_by_layer(layers, inputs, dscores, caches)
    net_with(layers, inputs)
    found = []
    for name, gradient in zip(PARAMETERS, gradients, strict=True):
        value = layers.call("adam_step", inputs["params"][name], gradient, inputs["m"][name],
                            np.abs(inputs["v"][name]), inputs["step"], inputs["lr"], 0.9, 0.999,
                            1e-8).value
        three = value if isinstance(value, (tuple, list)) and len(value) == 3 else (None,) * 3
        found.append([layers.array("adam_step", part, gradient.shape) for part in three])
    outputs = [float(loss), *(part[k] for k in range(3) for part in found)]
    return wanted(inputs["item"], outputs)
