"""Cases for the network of 10: judged by the student's own layers, called one by one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Case
from autograder.kit.functions import Functions
from autograder.kit.plain import Source
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
MEANS = "the running means are kept"
CLIPPED = "pixels stay between 0 and 1"

CHAIN = (
    ("conv2d_forward", "conv2d_backward", ("W1", "b1"), (1, 0)),
    ("relu_forward", "relu_backward", (), ()),
    ("max_pool_forward", "max_pool_backward", (), (2, 2, 2)),
    ("affine_forward", "affine_backward", ("W2", "b2"), ()),
    ("relu_forward", "relu_backward", (), ()),
    ("affine_forward", "affine_backward", ("W3", "b3"), ()),
)
"""The layers: forward, backward, the parameters they take, and what else goes in."""

SMALL = {"image": (2, 9, 8), "filters": 3, "kernel": 3, "hidden": 5, "classes": 4}
"""Its maps have 7 × 6 pixels and are pooled to 3 × 3: a row is left over."""
GREY = {"image": (1, 8, 11), "filters": 4, "kernel": 4, "hidden": 6, "classes": 3}
WIDE = {"image": (2, 9, 8), "filters": 5, "kernel": 3, "hidden": 24, "classes": 6}
WIDE_GREY = {"image": (1, 8, 11), "filters": 7, "kernel": 4, "hidden": 20, "classes": 5}
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
    """The same, with an upstream gradient."""
    return network_cases(rng)


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


def flat_gradients(value):
    """``dx, gradients`` as a tuple with one entry for each; anything else as it is."""
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[1], dict):
        return (value[0], *(value[1].get(name) for name in PARAMETERS))
    return value


# The class


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
    value = net_with(functions, inputs).call("gradient", inputs["x"], inputs["t"]).value
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
    return "no array" if array is None else str(array.shape)


RULES = {
    "He": lambda ins, outs: np.sqrt(2 / ins),
    "the root of 1 / fan in": lambda ins, outs: np.sqrt(1 / ins),
    "2 / fan in": lambda ins, outs: 2 / ins,
    "the root of 2 / outputs": lambda ins, outs: np.sqrt(2 / outs),
    "0.01": lambda ins, outs: 0.01,
}
"""Standard deviations of first weights. In the wide network they are all far apart."""
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
    spread = float(np.std(array))
    if spread == 0 or abs(float(np.mean(array))) > spread / 2:
        return "another rule"
    rule, off = min(((rule, abs(np.log(spread / of(ins, outs)))) for rule, of in RULES.items()),
                    key=lambda found: found[1])
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

    wide = {"image": (3, 11, 9), "filters": 80, "kernel": 3, "hidden": 64, "classes": 20}
    cases = [
        Case(f"images of shape {settings['image']}", {"settings": settings}, item=SIZES,
             play=play_sizes, judge=has_sizes(settings))
        for settings in (SMALL, GREY)
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
    for name, right in (("five of seven images right", 5), ("two of seven images right", 2)):
        cases.append(Case(name, {**some, "right": right, "item": ACCURACY}, item=ACCURACY,
                          play=play_known_labels, composed=composed_known_labels))
    replaced = inputs(3, SMALL)
    replaced["others"] = network_inputs(rng, 3, **SMALL)["params"]
    cases.append(Case("predict, then other arrays in params, then predict", replaced, item=READ,
                      play=play_replaced, judge=reads_params))
    return cases


LABELS = Source("lambda scores, right: np.where(np.arange(len(scores)) < right,"
                " scores.argmax(axis=1), (scores.argmax(axis=1) + 1) % scores.shape[1])")
"""Labels of which so many are what a network reads."""


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
