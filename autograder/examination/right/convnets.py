"""Right answers for the network of 10."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


def conv(x, w, b):
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("ncuvij,fcij->nfuv", windows, w, optimize=True) + b[:, None, None]


def halved(maps):
    n, f, height, width = maps.shape
    height, width = height // 2, width // 2
    return maps[:, :, :2 * height, :2 * width].reshape(n, f, height, 2, width, 2)


# convnet_forward


@right("convnet_forward", "pooled before relu, a cache that is a dict")
def forward_pooled_first(params, x):
    maps = conv(x, params["W1"], params["b1"])
    small = np.maximum(halved(maps).max(axis=(3, 5)), 0)
    hidden = small.reshape(len(x), -1) @ params["W2"] + params["b2"]
    active = np.maximum(hidden, 0)
    scores = active @ params["W3"] + params["b3"]
    return scores, {"params": params, "x": x, "maps": maps, "small": small, "hidden": hidden,
                    "active": active}


@right("convnet_forward", "image by image, printing")
def forward_one_by_one(params, x):
    print("forward", x.shape)
    rows = []
    for image in x:
        maps = np.maximum(0, conv(image[None], params["W1"], params["b1"]))
        row = halved(maps).max(axis=(3, 5)).ravel()
        hidden = np.maximum(0, params["W2"].T @ row + params["b2"])
        rows.append(params["W3"].T @ hidden + params["b3"])
    return np.array(rows), object()


@right("convnet_forward", "a loop over kernel entries")
def forward_by_kernel(params, x):
    w = params["W1"]
    height, width = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    maps = np.zeros((len(x), len(w), height, width)) + params["b1"].reshape(1, -1, 1, 1)
    for i, j in np.ndindex(w.shape[2:]):
        maps += np.tensordot(x[:, :, i:i + height, j:j + width], w[:, :, i, j],
                             axes=(1, 1)).transpose(0, 3, 1, 2)
    pooled = halved(maps * (maps > 0)).max(axis=(3, 5)).reshape(len(x), -1)
    hidden = pooled @ params["W2"] + params["b2"]
    return (hidden * (hidden > 0)) @ params["W3"] + params["b3"], None


@right("convnet_forward", "columns, and a list for a cache")
def forward_columns(params, x):
    w = params["W1"]
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3)).transpose(1, 4, 5, 0, 2, 3)
    cols = windows.reshape(w[0].size, -1)
    maps = (w.reshape(len(w), -1) @ cols + params["b1"][:, None]).reshape(
        len(w), len(x), *windows.shape[4:]).swapaxes(0, 1)
    row = halved(np.where(maps > 0, maps, 0)).max(axis=(3, 5)).reshape(len(x), -1)
    hidden = np.clip(row @ params["W2"] + params["b2"], 0, None)
    return hidden @ params["W3"] + params["b3"], [cols, maps, row, hidden]


@right("convnet_forward", "in Fortran order, with np.dot")
def forward_fortran(params, x):
    scores, cache = forward_by_kernel(params, np.asfortranarray(x))
    return np.asfortranarray(scores), (cache, params)


# convnet_backward


def back(dscores, params, x, maps, small, hidden):
    """The way back without any layer functions."""
    active = np.maximum(hidden, 0)
    dhidden = (dscores @ params["W3"].T) * (hidden > 0)
    dsmall = (dhidden @ params["W2"].T).reshape(small.shape)
    n, f, height, width = small.shape
    tiles = halved(maps).transpose(0, 1, 2, 4, 3, 5).reshape(n, f, height, width, 4)
    dtiles = np.zeros_like(tiles)
    np.put_along_axis(dtiles, tiles.argmax(axis=-1)[..., None], dsmall[..., None], axis=-1)
    dmaps = np.zeros_like(maps)
    dmaps[:, :, :2 * height, :2 * width] = (
        dtiles.reshape(n, f, height, width, 2, 2).transpose(0, 1, 2, 4, 3, 5)
        .reshape(n, f, 2 * height, 2 * width))
    dmaps *= maps > 0
    w = params["W1"]
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(w.shape[2:]):
        dx[:, :, i:i + dmaps.shape[2], j:j + dmaps.shape[3]] += np.einsum(
            "nfuv,fc->ncuv", dmaps, w[:, :, i, j])
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return dx, {
        "W3": active.T @ dscores, "b3": dscores.sum(axis=0),
        "W2": small.reshape(n, -1).T @ dhidden, "b2": dhidden.sum(axis=0),
        "W1": np.einsum("ncuvij,nfuv->fcij", windows, dmaps), "b1": dmaps.sum(axis=(0, 2, 3)),
    }


@right("convnet_backward", "a cache of its own: a dict of values",
       convnet_forward=forward_pooled_first)
def backward_dict(dscores, cache):
    return back(dscores, *(cache[name] for name in ("params", "x", "maps", "small", "hidden")))


@right("convnet_backward", "all by hand from the documented caches, as a list")
def backward_by_hand(dscores, cache):
    (x, w1, b1, *_), maps, pool, (_, w2, b2), hidden, (_, w3, b3) = cache
    params = dict(zip(NAMES, (w1, b1, w2, b2, w3, b3)))
    small = halved(np.maximum(pool[0], 0)).max(axis=(3, 5))
    return list(back(dscores, params, x, maps, small, hidden))


@right("convnet_backward", "gradients in another order, and one more")
def backward_more(dscores, cache):
    dx, gradients = backward_by_hand(dscores, cache)
    return dx, {"images": dx, **{name: gradients[name] for name in NAMES}}


@right("convnet_backward", "image by image")
def backward_one_by_one(dscores, cache):
    (x, *conv), maps, (_, place, *sizes), (pooled, *affine), hidden, (active, *last) = cache
    dx, total = [], dict.fromkeys(NAMES, 0.0)
    for k in range(len(dscores)):
        s = slice(k, k + 1)
        one = ((x[s], *conv), maps[s], (maps[s], place[s], *sizes), (pooled[s], *affine),
               hidden[s], (active[s], *last))
        gradient, found = backward_by_hand(dscores[s], one)
        dx.append(gradient[0])
        total = {name: total[name] + found[name] for name in NAMES}
    return np.array(dx), total


@right("convnet_backward", "as a tuple, a dictionary in the order of the parameters")
def backward_ordered(dscores, cache):
    dx, gradients = backward_by_hand(dscores, cache)
    return dx.copy(order="F"), {name: np.array(gradients[name]) for name in NAMES}


# ConvNet


class Base:
    """A network without any functions of the chapter."""

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        channels, height, width = input_shape
        rows = filters * ((height - kernel + 1) // 2) * ((width - kernel + 1) // 2)
        fan_in = channels * kernel**2
        self.params = {
            "W1": rng.normal(0, (2 / fan_in)**0.5, (filters, channels, kernel, kernel)),
            "W2": rng.normal(0, (2 / rows)**0.5, (rows, hidden)),
            "W3": rng.normal(0, (2 / hidden)**0.5, (hidden, output_size)),
        }
        for name, size in (("b1", filters), ("b2", hidden), ("b3", output_size)):
            self.params[name] = np.zeros(size)

    def predict(self, x):
        return forward_pooled_first(self.params, x)[0]

    def loss(self, x, t):
        scores = self.predict(x)
        top = scores.max(axis=1)
        logs = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
        return float(np.mean(logs - scores[np.arange(len(t)), t]))

    @staticmethod
    def dscores(scores, t):
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(t)), t] -= 1
        return p / len(t)

    def gradient(self, x, t):
        scores, cache = forward_pooled_first(self.params, x)
        return backward_dict(self.dscores(scores, t), cache)[1]

    def accuracy(self, x, t):
        return np.mean(np.argmax(self.predict(x), 1) == t)


@right("ConvNet", "without the functions of the chapter")
class WithoutFunctions(Base):
    pass


@right("ConvNet", "uniform first weights of the same spread")
class Uniform(Base):
    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        super().__init__(input_shape, filters, kernel, hidden, output_size, rng)
        for name in ("W1", "W2", "W3"):
            w = self.params[name]
            fan_in = w[0].size if name == "W1" else len(w)
            edge = np.sqrt(6 / fan_in)
            self.params[name] = rng.uniform(-edge, edge, w.shape)


@right("ConvNet", "image by image, counting")
class OneByOne(Base):
    def predict(self, x):
        return np.concatenate([super(OneByOne, self).predict(image[None]) for image in x])

    def gradient(self, x, t):
        total = {name: np.zeros_like(w) for name, w in self.params.items()}
        for k in range(len(x)):
            one = super().gradient(x[k:k + 1], t[k:k + 1])
            for name in total:
                total[name] += one[name] / len(x)
        return total

    def accuracy(self, x, t):
        right = 0
        for image, label in zip(x, t):
            right += int(self.predict(image[None])[0].argmax() == label)
        return right / len(x)


@right("ConvNet", "params made in the order W3 to W1, a loop over names")
class BackToFront(Base):
    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        rows = filters * ((H - kernel + 1) // 2) * ((W - kernel + 1) // 2)
        shapes = {"W3": (hidden, output_size), "W2": (rows, hidden),
                  "W1": (filters, C, kernel, kernel)}
        self.params = {}
        for name, shape in shapes.items():
            ins = shape[0] if len(shape) == 2 else np.prod(shape[1:])
            outs = shape[1] if len(shape) == 2 else shape[0]
            self.params[name] = rng.standard_normal(shape) / np.sqrt(ins / 2)
            self.params[name.replace("W", "b")] = np.zeros(outs)


@right("ConvNet", "an accuracy by np.equal, a loss in an array")
class OtherTypes(Base):
    def loss(self, x, t):
        return np.array(super().loss(x, t))

    def accuracy(self, x, t):
        return np.equal(self.predict(x).argmax(axis=-1), t).astype(np.float64).mean()


# training_step


def adam(w, dw, m, v, t, lr):
    m += 0.1 * (dw - m)
    v += 0.001 * (dw**2 - v)
    return w - lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (
        np.sqrt(v) + 1e-8 * np.sqrt(1 - 0.999**t))


@right("training_step", "Adam in place, the methods of the network")
def step_in_place(net, m, v, x, y, t, lr):
    loss = net.loss(x, y)
    for name, dw in net.gradient(x, y).items():
        net.params[name] = adam(net.params[name], dw, m[name], v[name], t, lr)
    return loss


@right("training_step", "all arrays written into")
def step_written(net, m, v, x, y, t, lr):
    scores, cache = forward_pooled_first(net.params, x)
    base = Base.__new__(Base)
    base.params = net.params
    loss = base.loss(x, y)
    _, gradients = backward_dict(base.dscores(scores, y), cache)
    for name in NAMES:
        net.params[name][...] = adam(net.params[name], gradients[name], m[name], v[name], t, lr)
    return np.float64(loss)


@right("training_step", "dictionaries made anew and put back")
def step_updated(net, m, v, x, y, t, lr):
    gradients, loss = net.gradient(x, y), net.loss(x, y)
    m.update({name: 0.9 * m[name] + 0.1 * dw for name, dw in gradients.items()})
    v.update({name: 0.999 * v[name] + 0.001 * dw**2 for name, dw in gradients.items()})
    net.params = {
        name: w - lr * m[name] / (1 - 0.9**t) / (np.sqrt(v[name] / (1 - 0.999**t)) + 1e-8)
        for name, w in net.params.items()
    }
    return loss


@right("training_step", "a loss in an array, the dictionary replaced")
def step_replaced(net, m, v, x, y, t, lr):
    scores, cache = forward_pooled_first(net.params, x)
    _, gradients = backward_dict(Base.dscores(scores, y), cache)
    base = Base.__new__(Base)
    base.params = dict(net.params)
    new = {}
    for name, w in net.params.items():
        m[name] = 0.9 * m[name] + 0.1 * gradients[name]
        v[name] = 0.999 * v[name] + 0.001 * gradients[name] * gradients[name]
        new[name] = w - lr * (m[name] / (1 - 0.9**t)) / (np.sqrt(v[name] / (1 - 0.999**t)) + 1e-8)
    net.params = new
    return np.array(base.loss(x, y))


@right("training_step", "from the last parameter to the first")
def step_reversed(net, m, v, x, y, t, lr):
    loss, gradients = net.loss(x, y), net.gradient(x, y)
    for name in sorted(gradients, reverse=True):
        net.params[name] = adam(net.params[name], gradients[name], m[name], v[name], t, lr)
    return loss.item() if hasattr(loss, "item") else loss


# score_gradient, adversarial_images


@right("score_gradient", "all by hand")
def saliency_by_hand(params, x, y):
    scores, cache = forward_pooled_first(params, x)
    return backward_dict(np.eye(scores.shape[1])[y], cache)[0]


@right("score_gradient", "image by image")
def saliency_one_by_one(params, x, y):
    return np.stack([saliency_by_hand(params, image[None], [label])[0]
                     for image, label in zip(x, y)])


@right("score_gradient", "a comparison as one-hot rows")
def saliency_compared(params, x, y):
    scores, cache = forward_pooled_first(params, x)
    onehot = np.arange(scores.shape[1]) == np.reshape(y, (-1, 1))
    return np.asfortranarray(backward_dict(onehot * 1.0, cache)[0])


def loss_gradient(params, x, y):
    scores, cache = forward_pooled_first(params, x)
    return backward_dict(Base.dscores(scores, y), cache)[0]


@right("adversarial_images", "maximum and minimum")
def adversarial_bounds(params, x, y, epsilon):
    return np.minimum(1, np.maximum(0, x + epsilon * np.sign(loss_gradient(params, x, y))))


@right("adversarial_images", "masks")
def adversarial_masks(params, x, y, epsilon):
    dx = loss_gradient(params, x, y)
    images = x + epsilon * (dx > 0) - epsilon * (dx < 0)
    images[images < 0] = 0
    images[images > 1] = 1
    return images


@right("adversarial_images", "image by image")
def adversarial_one_by_one(params, x, y, epsilon):
    return np.array([
        adversarial_bounds(params, image[None], np.array([label]), epsilon)[0]
        for image, label in zip(x, y)
    ])


@right("score_gradient", "a mask put along the rows")
def saliency_put(params, x, y):
    scores, cache = forward_pooled_first(params, x)
    dscores = np.zeros(scores.shape)
    np.put_along_axis(dscores, np.asarray(y)[:, None], 1.0, axis=1)
    return backward_dict(dscores, cache)[0]


@right("score_gradient", "the gradients of all scores, one chosen")
def saliency_chosen(params, x, y):
    scores, cache = forward_pooled_first(params, x)
    each = [backward_dict(np.tile(row, (len(x), 1)), cache)[0] for row in np.eye(scores.shape[1])]
    return np.array(each)[y, np.arange(len(x))]


@right("adversarial_images", "the change alone is cut")
def adversarial_change(params, x, y, epsilon):
    step = epsilon * np.sign(loss_gradient(params, x, y))
    return x + np.clip(step, -x, 1 - x)


@right("adversarial_images", "the sum of the losses: only the sign counts")
def adversarial_summed(params, x, y, epsilon):
    scores, cache = forward_pooled_first(params, x)
    dx = backward_dict(len(x) * Base.dscores(scores, y), cache)[0]
    return (x + epsilon * np.sign(dx)).clip(0.0, 1.0)
