"""Known mistakes of the network of 10, with layers of their own to be made from."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.convnets import (
    ACCURACY,
    AS_A_NETWORK,
    CLIPPED,
    GRADIENT,
    HE,
    LOSS,
    MEANS,
    PARAMETERS,
    PREDICT,
    READ,
    SIZES,
    STEP,
    sizes,
)

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

GRADIENTS = tuple(f"d{name}" for name in PARAMETERS)


# Layers with the documented caches


def conv(x, w, b, pad=0):
    framed = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(framed, w.shape[2:], axis=(2, 3))
    out = np.einsum("ncuvij,fcij->nfuv", windows, w) + b[:, np.newaxis, np.newaxis]
    return out, (x, w, b, 1, pad)


def conv_back(dout, cache):
    x, w, *_ = cache
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    dx = np.zeros_like(x)
    for i, j in np.ndindex(w.shape[2:]):
        dx[:, :, i:i + dout.shape[2], j:j + dout.shape[3]] += np.einsum(
            "nfuv,fc->ncuv", dout, w[:, :, i, j])
    return dx, np.einsum("ncuvij,nfuv->fcij", windows, dout), dout.sum(axis=(0, 2, 3))


def relu(x):
    return np.maximum(0, x), x


def relu_back(dout, x):
    return dout * (x > 0)


def tiles(x):
    """Windows of 2 × 2 with stride 2, as two axes more."""
    n, c, height, width = x.shape
    height, width = height // 2, width // 2
    return x[:, :, :2 * height, :2 * width].reshape(n, c, height, 2, width, 2)


def pool(x):
    windows = tiles(x).transpose(0, 1, 2, 4, 3, 5)
    windows = windows.reshape(*windows.shape[:4], 4)
    return windows.max(axis=-1), (x, windows.argmax(axis=-1), 2, 2, 2)


def pool_back(dout, cache):
    x, place = cache[:2]
    dx = np.zeros_like(x)
    for k, (i, j) in enumerate(np.ndindex(2, 2)):
        dx[:, :, i:2 * dout.shape[2]:2, j:2 * dout.shape[3]:2] = dout * (place == k)
    return dx


def affine(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def affine_back(dout, cache):
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def nothing(x):
    return x, x


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_loss(scores, t, mean=True):
    p, rows = softmax(scores), np.arange(len(t))
    losses = -np.log(p[rows, t])
    p[rows, t] -= 1
    return (losses.mean(), p / len(t)) if mean else (losses.sum(), p)


def forward(params, x, first=relu, pooling=pool, second=relu, pad=0, last=None, bias=1):
    """The network, with some layers replaced."""
    out, c1 = conv(x, params["W1"], bias * params["b1"], pad)
    out, c2 = first(out)
    out, c3 = pooling(out)
    out, c4 = affine(out, params["W2"], bias * params["b2"])
    out, c5 = second(out)
    out, c6 = affine(out, params["W3"], bias * params["b3"])
    return (last(out) if last else out), (c1, c2, c3, c4, c5, c6)


def backward(dscores, cache, first=relu_back, second=relu_back, pooling=pool_back, between=None):
    """The way back, with some layers replaced; `between` is applied behind every layer."""
    c1, c2, c3, c4, c5, c6 = cache
    after = between or (lambda dout: dout)
    g = {}
    dout, g["W3"], g["b3"] = affine_back(dscores, c6)
    dout = second(after(dout), c5)
    dout, g["W2"], g["b2"] = affine_back(after(dout), c4)
    dout = first(pooling(after(dout), c3), c2)
    dx, g["W1"], g["b1"] = conv_back(dout, c1)
    return dx, g


# convnet_forward


@mistake("convnet_forward", "no relu behind the convolution", loses=("scores",),
         hint="Go through the plan with a finger, layer by layer: which step has your code "
              "left out?")
def forward_without_first_relu(params, x):
    """A layer is missing: the map goes through relu before it is pooled."""
    return forward(params, x, first=nothing)


@mistake("convnet_forward", "no relu between the affine layers", loses=("scores",),
         hint="Go through the plan with a finger, layer by layer: which step has your code "
              "left out?")
def forward_without_second_relu(params, x):
    """A layer is missing. Two affine layers without anything between them are one affine layer."""
    return forward(params, x, second=nothing)


@mistake("convnet_forward", "relu on the scores", loses=("scores",),
         hint="May a score be negative?")
def forward_relu_at_last(params, x):
    """Behind the last affine layer comes the loss. Scores may have both signs."""
    return forward(params, x, last=lambda scores: relu(scores)[0])


@mistake("convnet_forward", "probabilities in place of scores", loses=("scores",),
         hint="What does your softmax_loss expect: scores or probabilities?")
def forward_probabilities(params, x):
    """softmax_loss takes the softmax itself. Taken twice it flattens everything."""
    return forward(params, x, last=softmax)


@mistake("convnet_forward", "the mean of each window is pooled, not the maximum",
         loses=("scores",), hint="Which pooling layer stands in the plan?")
def forward_average(params, x):
    """The plan says max pooling."""
    def pooling(x):
        return tiles(x).mean(axis=(3, 5)), x

    return forward(params, x, pooling=pooling)


@mistake("convnet_forward", "the biases are left out", loses=("scores",),
         hint="How many parameters does each of these layers take?")
def forward_without_biases(params, x):
    """Every layer with weights has a bias too."""
    return forward(params, x, bias=0)


@mistake("convnet_forward", "b3 is added twice", loses=("scores",),
         hint="How many times is b3 added to a score?")
def forward_last_bias_twice(params, x):
    """affine_forward adds the bias already."""
    return forward(params, x, last=lambda scores: scores + params["b3"])


@mistake("convnet_forward", "the windows of the pooling move by 1, not by 2", loses=("scores",),
         hint="What does the plan say of the pooling, and which arguments does your call give it?")
def forward_stride_1(params, x):
    """With windows of 2 × 2 and stride 2 each side of a map is halved. With stride 1 it loses one
    row and one column only, and what is left of an image is more than W2 has rows for."""
    def pooling(x):
        return sliding_window_view(x, (2, 2), axis=(2, 3)).max(axis=(4, 5)), x

    return forward(params, x, pooling=pooling)


# convnet_backward


def skip(dout, cache):
    return dout


FRONT = ("dx", "dW1", "db1")


def in_another_order(params, x):
    """The six caches, the last layer's first."""
    scores, cache = forward(params, x)
    return scores, cache[::-1]


@mistake("convnet_backward", "the caches come in another order", loses=(AS_A_NETWORK,),
         hint="Write down the names on the left of the line that unpacks the cache, and below them "
              "what convnet_forward returns. Which two do not fit?",
         convnet_forward=in_another_order)
def backward_of_another_order(dscores, cache):
    """By itself convnet_backward is right: with the caches of conv, relu, pool, affine, relu and
    affine, in this order. Your convnet_forward returns them in another one, and no network could
    be built of the two."""
    return backward(dscores, cache)


def pooled_before_relu(params, x):
    """The same scores. The second cache is that of the pooling, and the third that of relu."""
    scores, (c1, _, _, *rest) = forward(params, x)
    out, c2 = pool(conv(x, params["W1"], params["b1"])[0])
    return scores, (c1, c2, relu(out)[1], *rest)


def unpacking_pool_back(dout, cache):
    """The way back through the pooling, for a cache of five parts."""
    x, place, _, _, _ = cache
    return pool_back(dout, (x, place))


@mistake("convnet_backward", "the third cache is not that of the pooling", loses=(AS_A_NETWORK,),
         hint="Write down the layers of convnet_forward in the order in which they are called, and "
              "beside them the plan. Which two stand in another order?",
         convnet_forward=pooled_before_relu)
def backward_of_pooling_first(dscores, cache):
    """By itself convnet_backward is right: with the caches of conv, relu, pool, affine, relu and
    affine, in this order. Your convnet_forward returns another cache in the third place. Pooling
    before relu gives the same scores, and another order of the caches."""
    return backward(dscores, cache, pooling=unpacking_pool_back)


@mistake("convnet_backward", "the relu behind the convolution is skipped on the way back",
         loses=FRONT, hint="How many caches are there, and which of them have you used?")
def backward_without_first_relu(dscores, cache):
    """Each layer of the way forward has its step on the way back, in the opposite order."""
    return backward(dscores, cache, first=skip)


@mistake("convnet_backward", "the relu between the affine layers is skipped on the way back",
         loses=(*FRONT, "dW2", "db2"),
         hint="How many caches are there, and which of them have you used?")
def backward_without_second_relu(dscores, cache):
    """Each layer of the way forward has its step on the way back, in the opposite order."""
    return backward(dscores, cache, second=skip)


@mistake("convnet_backward", "the mask of relu is taken from the gradient",
         loses=(*FRONT, "dW2", "db2"), hint="What does relu_backward want besides dout?")
def backward_mask_of_dout(dscores, cache):
    """Relu stops a gradient where its input was not above 0. The sign of the gradient itself does
    not matter."""
    def mask(dout, cache):
        return dout * (dout > 0)

    return backward(dscores, cache, first=mask, second=mask)


@mistake("convnet_backward", "the scores' gradient is divided by N once more",
         loses=("dx", *GRADIENTS),
         hint="Does softmax_loss give the gradient of a sum or of a mean?")
def backward_divided(dscores, cache):
    """The mean over the batch is in dscores already: softmax_loss has divided by N."""
    return backward(dscores / len(dscores), cache)


@mistake("convnet_backward", "the gradient of the biases is missing", loses=("db1", "db2", "db3"),
         hint="How many entries should the dictionary have?")
def backward_without_biases(dscores, cache):
    """The dictionary needs an entry for each of the six parameters."""
    dx, g = backward(dscores, cache)
    return dx, {name: w for name, w in g.items() if name.startswith("W")}


@mistake("convnet_backward", "dx stops in front of the convolution", loses=("dx",),
         hint="Which shape does an image have?")
def backward_dx_of_map(dscores, cache):
    """This is the gradient of the map behind the convolution. One more step leads to the image."""
    kept = []

    def keeping(dout, x):
        kept.append(relu_back(dout, x))
        return kept[-1]

    _, g = backward(dscores, cache, first=keeping)
    return kept[-1], g


@mistake("convnet_backward", "the dictionary comes first, and dx second", loses=("dx",),
         hint="In which order does the docstring list what is returned?")
def backward_exchanged(dscores, cache):
    """The two results are exchanged: first comes dx, and then the dictionary. Whatever unpacks them
    takes one for the other."""
    return backward(dscores, cache)[::-1]


@mistake("convnet_backward", "the gradients stand under names that begin with d",
         loses=GRADIENTS, hint="Under which names does the docstring want the gradients?")
def backward_other_names(dscores, cache):
    """The names are those of the parameters, W1 and not dW1: an optimizer looks for both under the
    same name."""
    dx, g = backward(dscores, cache)
    return dx, {f"d{name}": w for name, w in g.items()}


@mistake("convnet_backward", "the gradients of the two affine layers stand in each other's place",
         loses=("dW2", "db2", "dW3", "db3"),
         hint="Which layer do you come through first on the way back, and which names have its "
              "parameters?")
def backward_affine_exchanged(dscores, cache):
    """The last affine layer has W3 and b3, and it is the first on the way back."""
    dx, g = backward(dscores, cache)
    return dx, {**g, "W2": g["W3"], "b2": g["b3"], "W3": g["W2"], "b3": g["b2"]}


# ConvNet


class Net:
    """A right network, whose methods the mistakes replace."""

    spread = staticmethod(lambda fan_in, fan_out: np.sqrt(2 / fan_in))

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        self.params = {}
        for name, shape in sizes(input_shape, filters, kernel, hidden, output_size).items():
            self.params[name] = self.begin(name, shape, rng)

    def begin(self, name, shape, rng):
        if name.startswith("b"):
            return np.zeros(shape)
        ins, outs = (np.prod(shape[1:]), shape[0]) if name == "W1" else shape
        return self.spread(ins, outs) * rng.standard_normal(shape)

    def forward(self, x):
        return forward(self.params, x)

    def predict(self, x):
        return self.forward(x)[0]

    def loss(self, x, t):
        return softmax_loss(self.forward(x)[0], t)[0]

    def gradient(self, x, t):
        scores, cache = self.forward(x)
        return backward(softmax_loss(scores, t)[1], cache)[1]

    def accuracy(self, x, t):
        return float(np.mean(self.forward(x)[0].argmax(axis=1) == t))


@mistake("ConvNet", "all weights begin with a standard deviation of 0.01", loses=(HE,),
         hint="On what does the standard deviation depend, after He?")
class NetSmall(Net):
    """That suits a layer with 20 000 inputs. He's rule looks at how many numbers are added up for
    one output."""

    spread = staticmethod(lambda fan_in, fan_out: 0.01)


@mistake("ConvNet", "weights begin with the root of 1 / fan in", loses=(HE,),
         hint="Which number stands above the fan in?")
class NetXavier(Net):
    """Relu cuts off about half of what goes through. The 2 in He's rule makes up for that."""

    spread = staticmethod(lambda fan_in, fan_out: np.sqrt(1 / fan_in))


@mistake("ConvNet", "the square root is missing in the first weights", loses=(HE,),
         hint="Is 2 / fan in the variance or the standard deviation?")
class NetWithoutRoot(Net):
    """2 / fan in is the variance. The standard deviation is its root."""

    spread = staticmethod(lambda fan_in, fan_out: 2 / fan_in)


@mistake("ConvNet", "the outputs are counted for the first weights, not the inputs", loses=(HE,),
         hint="How many numbers are added up for one output of this layer?")
class NetFanOut(Net):
    """Fan in counts what goes into one output. This is the number of outputs."""

    spread = staticmethod(lambda fan_in, fan_out: np.sqrt(2 / fan_out))


@mistake("ConvNet", "the fan in of W1 is counted in one channel only", loses=(HE,),
         hint="How many numbers are added up for one output of a filter, if an image has three "
              "channels?")
class NetOneChannel(Net):
    """A window goes through all channels, so that the fan in of a filter is the number of pixels
    times the number of channels."""

    def begin(self, name, shape, rng):
        channels = shape[1] if name == "W1" else 1
        return np.sqrt(channels) * super().begin(name, shape, rng)


@mistake("ConvNet", "the biases do not begin at 0", loses=(HE,),
         hint="What should b1 be at the beginning?")
class NetRandomBiases(Net):
    """Biases begin at 0. It is the weights that have to differ from each other."""

    def begin(self, name, shape, rng):
        return rng.standard_normal(shape) if name.startswith("b") else super().begin(
            name, shape, rng)


@mistake("ConvNet", "the generator that was given is not used", loses=(HE,),
         hint="Where does your class use its parameter rng?")
class NetOtherGenerator(Net):
    """With rng a training can be repeated exactly. Any other generator gives other weights each
    time."""

    def begin(self, name, shape, rng):
        return super().begin(name, shape, np.random.default_rng())


@mistake("ConvNet", "W2 is made for maps that were not pooled", loses=(SIZES,),
         hint="What stands between the convolution and the first affine layer?")
class NetWithoutPooling(Net):
    """The affine layer sees the pooled maps."""

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        super().__init__(input_shape, filters, kernel, hidden, output_size, rng)
        _, height, width = input_shape
        rows = filters * (height - kernel + 1) * (width - kernel + 1)
        self.params["W2"] = self.begin("W2", (rows, hidden), rng)


@mistake("ConvNet", "predict returns probabilities", loses=(PREDICT,),
         hint="What does the docstring of predict promise?")
class NetProbabilities(Net):
    """The largest score and the largest probability are at the same place, but softmax_loss takes
    scores."""

    def predict(self, x):
        return softmax(self.forward(x)[0])


@mistake("ConvNet", "predict returns the cache as well", loses=(PREDICT, ACCURACY),
         hint="convnet_forward returns two things. Which of them are the scores?")
class NetPredictsCache(Net):
    """predict promises the scores alone. What a call returns as a pair must be taken apart."""

    def predict(self, x):
        return self.forward(x)


@mistake("ConvNet", "loss returns the gradient of the scores as well", loses=(LOSS,),
         hint="softmax_loss returns two things. Which of them is the loss?")
class NetLossAndGradient(Net):
    """loss promises a number. What a call returns as a pair must be taken apart."""

    def loss(self, x, t):
        return softmax_loss(self.forward(x)[0], t)


@mistake("ConvNet", "the loss is summed over the batch, not averaged", loses=(LOSS,),
         hint="What does your softmax_loss return for a batch?")
class NetSummedLoss(Net):
    """The loss of a batch is the mean of its losses."""

    def loss(self, x, t):
        return softmax_loss(self.forward(x)[0], t, mean=False)[0]


@mistake("ConvNet", "the gradient is that of the summed loss", loses=(GRADIENT,),
         hint="Which dscores does your softmax_loss return?")
class NetSummedGradient(Net):
    """The loss is a mean, and so its gradients are N times smaller."""

    def gradient(self, x, t):
        scores, cache = self.forward(x)
        return backward(softmax_loss(scores, t, mean=False)[1], cache)[1]


@mistake("ConvNet", "accuracy counts the right answers", loses=(ACCURACY,),
         hint="What is the accuracy if all images are read rightly?")
class NetCounts(Net):
    """Accuracy is a part of the whole, from 0 to 1."""

    def accuracy(self, x, t):
        return float(np.sum(self.forward(x)[0].argmax(axis=1) == t))


@mistake("ConvNet", "accuracy is the part that is read wrongly", loses=(ACCURACY,),
         hint="What is the accuracy if all images are read rightly?")
class NetErrors(Net):
    """That is the error rate. Accuracy counts what is right."""

    def accuracy(self, x, t):
        return float(np.mean(self.forward(x)[0].argmax(axis=1) != t))


@mistake("ConvNet", "the largest score of the whole batch is looked for", loses=(ACCURACY,),
         hint="How many numbers does argmax return here, and how many images are there?")
class NetArgmaxOfBatch(Net):
    """Each image has a largest score of its own, along axis 1. Without an axis all scores stand in
    one row, and argmax returns one number for all images."""

    def accuracy(self, x, t):
        return float(np.mean(self.forward(x)[0].argmax() == t))


@mistake("ConvNet", "the first arrays are used for ever", loses=(READ,),
         hint="An optimizer puts a new array into params. Does your network see it?")
class NetKeepsArrays(Net):
    """What an optimizer puts into params never arrives: the class goes on with the arrays that it
    found at first."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.kept = dict(self.params)

    def forward(self, x):
        return forward(self.kept, x)


# training_step


def adam(w, dw, m, v, t, lr):
    m = 0.9 * m + (1 - 0.9) * dw
    v = 0.999 * v + (1 - 0.999) * dw * dw
    return w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


def step(net, m, v, x, y, t, lr, rule=adam, names=PARAMETERS):
    """A right step, with a rule and with the parameters it moves."""
    scores, cache = forward(net.params, x)
    loss, dscores = softmax_loss(scores, y)
    _, gradients = backward(dscores, cache)
    for name in PARAMETERS:
        w, mean, square = rule(net.params[name], gradients[name], m[name], v[name], t, lr)
        m[name], v[name] = mean, square
        if name in names:
            net.params[name] = w
    return loss


@mistake("training_step", "the loss behind the step is returned", loses=(LOSS,),
         hint="Which loss belongs to the gradients that you have used?")
def step_loss_after(net, m, v, x, y, t, lr):
    """The loss of the batch before the step is asked for. It also costs no second forward pass."""
    step(net, m, v, x, y, t, lr)
    return softmax_loss(forward(net.params, x)[0], y)[0]


@mistake("training_step", "nothing is returned", loses=(LOSS,),
         hint="What does the docstring say that the function returns?")
def step_without_loss(net, m, v, x, y, t, lr):
    """The loss of the batch is not handed back: without it there is no curve to look at."""
    step(net, m, v, x, y, t, lr)


@mistake("training_step", "the step goes uphill", loses=(STEP,),
         hint="Your adam_step subtracts already. What do you do with its result?")
def step_uphill(net, m, v, x, y, t, lr):
    """The parameters have moved in the direction in which the loss grows."""
    return step(net, m, v, x, y, t, -lr)


@mistake("training_step", "t is made one larger", loses=(STEP,),
         hint="t is counted from 1 already. Do you hand it on as it is?")
def step_next_t(net, m, v, x, y, t, lr):
    """t comes as 1 at the first step, and adam_step got a t that is one more. Adam divides by
    1 - beta ** t."""
    return step(net, m, v, x, y, t + 1, lr)


@mistake("training_step", "every step is taken for the first", loses=(STEP,),
         hint="Which t does adam_step get?")
def step_always_first(net, m, v, x, y, t, lr):
    """Adam got t = 1. That is right at the first step, and too large a correction later."""
    return step(net, m, v, x, y, 1, lr)


@mistake("training_step", "the biases stay where they are", loses=(STEP,),
         hint="Over which names does your loop run?")
def step_weights_only(net, m, v, x, y, t, lr):
    """Biases are learned like weights."""
    return step(net, m, v, x, y, t, lr, names=("W1", "W2", "W3"))


@mistake("training_step", "net.params stay as they were", loses=(STEP,),
         hint="Your adam_step returns three arrays. Where does the first one go?")
def step_without_params(net, m, v, x, y, t, lr):
    """adam_step returns new parameters and leaves the old ones alone. Unless they are put into
    net.params, nothing is learned."""
    return step(net, m, v, x, y, t, lr, names=())


@mistake("training_step", "the averages are not put back", loses=(MEANS,),
         hint="Your adam_step returns three arrays. Where do they go?")
def step_without_means(net, m, v, x, y, t, lr):
    """The new m and v are lost, and every step begins with the old ones."""
    return step(net, dict(m), dict(v), x, y, t, lr)


@mistake("training_step", "m and v are exchanged when they are put back", loses=(MEANS,),
         hint="In which order does adam_step return its three arrays?")
def step_exchanged(net, m, v, x, y, t, lr):
    """The mean of the squares went to m, and the mean of the gradients to v."""
    def rule(*arguments):
        w, mean, square = adam(*arguments)
        return w, square, mean

    return step(net, m, v, x, y, t, lr, rule)


@mistake("training_step", "the gradient is that of the summed loss", loses=(STEP, MEANS),
         hint="Which dscores does your softmax_loss return, and which do you send back?")
def step_summed(net, m, v, x, y, t, lr):
    """The loss of a batch is a mean, and so its gradients are N times smaller."""
    def rule(w, dw, *more):
        return adam(w, len(x) * dw, *more)

    return step(net, m, v, x, y, t, lr, rule)


# score_gradient


def image_gradient(params, x, choose):
    """dx for the upstream gradient that ``choose(scores)`` gives."""
    scores, cache = forward(params, x)
    return backward(choose(scores), cache)[0]


def onehot(scores, y):
    rows = np.zeros_like(scores)
    rows[np.arange(len(rows)), y] = 1
    return rows


@mistake("score_gradient", "the gradient of the loss, not of the score", loses=("dx",),
         hint="Which number's slope is asked for, and what is its own slope with respect to the "
              "scores?")
def saliency_of_loss(params, x, y):
    """The loss takes all scores into account. Here one score of each image is asked for."""
    return image_gradient(params, x, lambda scores: softmax_loss(scores, y)[1])


@mistake("score_gradient", "all scores at once", loses=("dx",),
         hint="How many entries of a row of dscores are not zero?")
def saliency_all_scores(params, x, y):
    """This is the gradient of the sum of all scores. Only the score at the label counts."""
    return image_gradient(params, x, np.ones_like)


@mistake("score_gradient", "ones in the columns of all labels", loses=("dx",),
         hint="How many ones are in dscores[:, y] = 1 if there are three images, and how many "
              "should there be?")
def saliency_of_columns(params, x, y):
    """dscores[:, y] means whole columns: every row gets a 1 for the label of every image. Row n
    needs one at y[n] alone."""
    def columns(scores):
        rows = np.zeros_like(scores)
        rows[:, y] = 1
        return rows

    return image_gradient(params, x, columns)


@mistake("score_gradient", "the largest score, not the one at the label", loses=("dx",),
         hint="At which place of row n does the 1 stand?")
def saliency_of_largest(params, x, y):
    """y says which score of each image is meant. It need not be the largest."""
    return image_gradient(params, x, lambda scores: onehot(scores, scores.argmax(axis=1)))


@mistake("score_gradient", "divided by the number of images", loses=("dx",),
         hint="Is there a mean over the batch in the score of one image?")
def saliency_divided(params, x, y):
    """No mean takes part: every image has a score of its own."""
    return image_gradient(params, x, lambda scores: onehot(scores, y) / len(scores))


@mistake("score_gradient", "the score itself is sent back", loses=("dx",),
         hint="When the score grows by 1, by how much does the score grow?")
def saliency_of_square(params, x, y):
    """The slope of a number with respect to itself is 1, whatever its value."""
    return image_gradient(params, x, lambda scores: onehot(scores, y) * scores)


@mistake("score_gradient", "the sign is lost", loses=("dx",),
         hint="Can a pixel speak against a digit?")
def saliency_size(params, x, y):
    """The absolute value does for a picture, but the gradient has a sign."""
    return np.abs(image_gradient(params, x, lambda scores: onehot(scores, y)))


@mistake("score_gradient", "the probability's gradient", loses=("dx",),
         hint="Does a softmax take part in a score?")
def saliency_of_probability(params, x, y):
    """This is the slope of the probability of the label. The score comes before the softmax."""
    def choose(scores):
        p, rows = softmax(scores), np.arange(len(scores))
        chosen = p[rows, y][:, np.newaxis]
        return chosen * (onehot(scores, y) - p)

    return image_gradient(params, x, choose)


# adversarial_images


def loss_gradient(params, x, y):
    return image_gradient(params, x, lambda scores: softmax_loss(scores, y)[1])


@mistake("adversarial_images", "the loss is made smaller", loses=("images",),
         hint="In which direction does the loss grow: along its gradient, or against it?")
def adversarial_downhill(params, x, y, epsilon):
    """Against the gradient the loss falls, as in training. Here it should grow."""
    return np.clip(x - epsilon * np.sign(loss_gradient(params, x, y)), 0, 1)


@mistake("adversarial_images", "the gradient itself, not its sign", loses=("images",),
         hint="By how much should each pixel move?")
def adversarial_without_sign(params, x, y, epsilon):
    """Each pixel moves by epsilon, whether its slope is large or small."""
    return np.clip(x + epsilon * loss_gradient(params, x, y), 0, 1)


@mistake("adversarial_images", "pixels below 0 or above 1", loses=(CLIPPED,),
         hint="What may a pixel of an image be at most?")
def adversarial_unclipped(params, x, y, epsilon):
    """Paper was made lighter than paper, or ink darker than ink. Bring the pixels back."""
    return x + epsilon * np.sign(loss_gradient(params, x, y))


@mistake("adversarial_images", "brought back between the extremes of the batch",
         loses=("images",),
         hint="Between which two numbers may a pixel lie? Does that depend on these images?")
def adversarial_in_their_range(params, x, y, epsilon):
    """Ink may be darker than the darkest pixel of these images. The limits are 0 and 1."""
    return np.clip(x + epsilon * np.sign(loss_gradient(params, x, y)), x.min(), x.max())


@mistake("adversarial_images", "only pixels above 1 are brought back", loses=(CLIPPED,),
         hint="What is the smallest value that a pixel may have?")
def adversarial_half_clipped(params, x, y, epsilon):
    """Pixels below 0 are left. They have to come back too."""
    return np.minimum(1, x + epsilon * np.sign(loss_gradient(params, x, y)))


@mistake("adversarial_images", "away from the score, not towards the loss",
         loses=("images",), hint="Of which number is the gradient taken here?")
def adversarial_score(params, x, y, epsilon):
    """The score of the label falls, but those of the others may fall as well. The loss compares
    them."""
    dx = image_gradient(params, x, lambda scores: onehot(scores, y))
    return np.clip(x - epsilon * np.sign(dx), 0, 1)


@mistake("adversarial_images", "the change without the image", loses=("images",),
         hint="What should come out if epsilon is 0?")
def adversarial_change_only(params, x, y, epsilon):
    """This is the change alone. It has to be added to the image."""
    return np.clip(epsilon * np.sign(loss_gradient(params, x, y)), 0, 1)


@mistake("adversarial_images", "every pixel moves up", loses=("images",),
         hint="What is the sign of a negative slope?")
def adversarial_up(params, x, y, epsilon):
    """Where the slope is negative, the loss grows when the pixel falls."""
    dx = loss_gradient(params, x, y)
    return np.clip(x + epsilon * (dx != 0), 0, 1)
