"""Right answers to 04_activations."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


def stable_sigmoid(x):
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


# predict_relu_slopes


@right("predict_relu_slopes", "lists")
def predict_lists():
    return [[0, 0, 1], [0, 0, 0]], [[1, 0, 1], [0, 1, 0]]


@right("predict_relu_slopes", "computed")
def predict_computed():
    x = np.array([[2.0, -1.0, 0.5], [-3.0, 4.0, -0.5]])
    pushed = x.copy()
    pushed[0, 2] = 0.6
    touched = (np.maximum(pushed, 0) != np.maximum(x, 0)).astype(int)
    return touched, (np.maximum(x + 0.001, 0) - np.maximum(x, 0)) / 0.001


@right("predict_relu_slopes", "truth values as slopes")
def predict_truth_values():
    touched = np.zeros((2, 3), dtype=np.int8)
    touched[0, -1] = 1
    return [touched, np.array([[True, False, True], [False, True, False]])]


# relu_scalar_gradient, sigmoid_scalar_gradient

right("relu_scalar_gradient", "product with a truth value")(lambda x, dout: (x > 0) * dout)
right("relu_scalar_gradient", "np.where")(lambda x, dout: np.where(x > 0, dout, 0))
right("relu_scalar_gradient", "heaviside")(lambda x, dout: dout * np.heaviside(x, 0.0))


@right("relu_scalar_gradient", "if and else, an integer 0")
def relu_scalar_if(x, dout):
    if x <= 0:
        return 0
    else:
        return dout


right("sigmoid_scalar_gradient", "multiplied out")(lambda out, dout: dout * (out - out**2))
right("sigmoid_scalar_gradient", "an array of one number")(
    lambda out, dout: np.prod([dout, out, 1 - out])
)
right("sigmoid_scalar_gradient", "through x")(
    lambda out, dout: dout * math.exp(-math.log(out / (1 - out))) * out**2
)

# relu_dx_entry, sigmoid_dx_entry

right("relu_dx_entry", "what is left of the sum")(
    lambda dout, x, n, d: dout[n, d] if x[n, d] > 0 else 0
)
right("relu_dx_entry", "the whole array")(lambda dout, x, n, d: (dout * (x > 0))[n, d])


@right("relu_dx_entry", "einsum with a full table of slopes")
def relu_entry_einsum(dout, x, n, d):
    slopes = np.zeros(x.shape)
    slopes[n, d] = x[n, d] > 0
    return np.einsum("kl,kl->", dout, slopes)


@right("sigmoid_dx_entry", "a double sum")
def sigmoid_entry_sum(dout, out, n, d):
    return sum(
        dout[k, j] * (out[n, d] * (1 - out[n, d]) if (k, j) == (n, d) else 0)
        for k in range(out.shape[0]) for j in range(out.shape[1])
    )


right("sigmoid_dx_entry", "the whole array")(
    lambda dout, out, n, d: (dout * out * (1 - out))[n][d]
)
right("sigmoid_dx_entry", "scalar function")(
    lambda dout, out, n, d: float(dout[n, d]) * (float(out[n, d]) - float(out[n, d]) ** 2)
)

# relu_jacobian, sigmoid_jacobian

right("relu_jacobian", "truth values")(lambda x: np.diag(x > 0))
right("relu_jacobian", "identity times mask")(lambda x: np.eye(len(x)) * (x > 0))
right("relu_jacobian", "nested lists")(
    lambda x: [[1 if i == j and x[i] > 0 else 0 for j in range(len(x))] for i in range(len(x))]
)


@right("relu_jacobian", "numerical slopes of each column")
def relu_jacobian_columns(x):
    jacobian = np.zeros((x.size, x.size))
    for j in range(x.size):
        step = np.zeros(x.size)
        step[j] = 2.0**-10
        jacobian[:, j] = (np.maximum(x + step, 0) - np.maximum(x, 0)) / 2.0**-10
    return np.round(jacobian)


@right("sigmoid_jacobian", "loop")
def sigmoid_jacobian_loop(out):
    jacobian = np.zeros((len(out), len(out)))
    for i, value in enumerate(out):
        jacobian[i, i] = value * (1 - value)
    return jacobian


right("sigmoid_jacobian", "einsum")(
    lambda out: np.einsum("i,ij->ij", out - out * out, np.eye(out.size))
)


@right("sigmoid_jacobian", "stride tricks")
def sigmoid_jacobian_strides(out):
    jacobian = np.zeros((out.size, out.size))
    as_strided(jacobian, (out.size,), ((out.size + 1) * jacobian.itemsize,))[:] = out * (1 - out)
    return jacobian


# relu_forward

right("relu_forward", "np.where")(lambda x: (np.where(x > 0, x, 0), x))
right("relu_forward", "the cache is a mask")(lambda x: (x * (x > 0), x > 0))
right("relu_forward", "absolute value")(lambda x: ((x + np.abs(x)) / 2, {"x": x}))
right("relu_forward", "clip and a cache of several things")(
    lambda x: (np.clip(x, 0, None), (x, x.shape, object()))
)


@right("relu_forward", "loop")
def relu_forward_loop(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        out[index] = max(0.0, x[index])
    return out, x


@right("relu_forward", "in place on a copy")
def relu_forward_copy(x):
    out = x.copy()
    out[out < 0] = 0
    return [out, x]


# relu_backward

right("relu_backward", "np.where")(lambda dout, cache: np.where(cache > 0, dout, 0))
right("relu_backward", "heaviside")(lambda dout, cache: np.heaviside(cache, 0) * dout)


@right("relu_backward", "in place on a copy")
def relu_backward_copy(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx


@right("relu_backward", "loop")
def relu_backward_loop(dout, cache):
    dx = np.zeros_like(cache)
    for index in np.ndindex(cache.shape):
        if cache[index] > 0:
            dx[index] = dout[index]
    return dx


@right("relu_backward", "the cache is a mask", relu_forward=lambda x: (np.maximum(x, 0), x <= 0))
def relu_backward_mask(dout, cache):
    dx = dout.copy()
    dx[cache] = 0
    return dx


@right("relu_backward", "the cache is out", relu_forward=lambda x: (np.maximum(x, 0),) * 2)
def relu_backward_out(dout, cache):
    return dout * (cache != 0)


@right("relu_backward", "the cache is a tuple", relu_forward=lambda x: (np.maximum(x, 0), (x,)))
def relu_backward_tuple(dout, cache):
    (x,) = cache
    return (x > 0).astype(dout.dtype) * dout


@right("relu_backward", "the cache holds indices", relu_forward=lambda x: (
    np.maximum(x, 0), {"active": np.flatnonzero(x > 0), "note": "flat"}))
def relu_backward_indices(dout, cache):
    dx = np.zeros(dout.size, dtype=dout.dtype)
    dx[cache["active"]] = dout.ravel()[cache["active"]]
    return dx.reshape(dout.shape)


@right("relu_backward", "minus signs: a zero may be -0.0")
def relu_backward_negative_zero(dout, cache):
    return -(-dout * (cache > 0))


# sigmoid_forward

right("sigmoid_forward", "tanh")(lambda x: (0.5 * (1 + np.tanh(x / 2)),) * 2)
right("sigmoid_forward", "logaddexp")(lambda x: (np.exp(-np.logaddexp(0, -x)), x))
right("sigmoid_forward", "np.where, which warns")(
    lambda x: (np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))), (x,))
)
right("sigmoid_forward", "the plain formula, which warns")(lambda x: (1 / (1 + np.exp(-x)), None))
right("sigmoid_forward", "clipped far out")(
    lambda x: (1 / (1 + np.exp(-np.clip(x, -500, 500))), x)
)


@right("sigmoid_forward", "two masks")
def sigmoid_forward_masks(x):
    out = np.empty_like(x)
    positive = x >= 0
    out[positive] = 1 / (1 + np.exp(-x[positive]))
    e = np.exp(x[~positive])
    out[~positive] = e / (1 + e)
    return out, out


@right("sigmoid_forward", "loop")
def sigmoid_forward_loop(x):
    def one(v):
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    out = np.array([one(v) for v in x.ravel().tolist()]).reshape(x.shape)
    return out, (out, "sigmoid")


# sigmoid_backward

right("sigmoid_backward", "multiplied out")(lambda dout, cache: (cache - cache**2) * dout)


@right("sigmoid_backward", "loop")
def sigmoid_backward_loop(dout, cache):
    dx = np.zeros(cache.shape)
    for index in np.ndindex(cache.shape):
        dx[index] = dout[index] * cache[index] * (1 - cache[index])
    return dx


@right("sigmoid_backward", "the cache is x, and the sigmoid is computed again",
       sigmoid_forward=lambda x: (stable_sigmoid(x), x))
def sigmoid_backward_from_x(dout, cache):
    s = stable_sigmoid(cache)
    return dout * s * (1 - s)


@right("sigmoid_backward", "the cache is x, and the slope is an exponential",
       sigmoid_forward=lambda x: (stable_sigmoid(x), (x,)))
def sigmoid_backward_exponential(dout, cache):
    small = np.exp(-np.abs(cache[0]))
    return dout * small / (1 + small) ** 2


@right("sigmoid_backward", "the cache holds the slope", sigmoid_forward=lambda x: (
    0.5 * (1 + np.tanh(x / 2)), {"slope": 0.25 * (1 - np.tanh(x / 2) ** 2)}))
def sigmoid_backward_slope(dout, cache):
    return cache["slope"] * dout


@right("sigmoid_backward", "a forward function that warns",
       sigmoid_forward=lambda x: (1 / (1 + np.exp(-x)),) * 2)
def sigmoid_backward_einsum(dout, cache):
    return np.einsum("...,...,...->...", dout, cache, 1 - cache)


# exposing_arrays

right("exposing_arrays", "lists")(lambda: ([-1, 2], [3, 4]))
right("exposing_arrays", "one array of two rows")(lambda: np.array([[-1.0, 2.0], [3.0, 4.0]]))
right("exposing_arrays", "x exactly 0, and a matrix")(lambda: [np.zeros((2, 3)), np.ones((2, 3))])
right("exposing_arrays", "random images")(
    lambda: tuple(np.random.default_rng(1).normal(size=(2, 2, 3, 4, 5)))
)

# relu_backward_mended

right("relu_backward_mended", "product with the mask")(lambda dout, cache: dout * (cache > 0))
right("relu_backward_mended", "np.where")(lambda dout, cache: np.where(cache <= 0, 0, dout))
right("relu_backward_mended", "loop")(relu_backward_loop)


@right("relu_backward_mended", "zeros, filled where x is positive")
def mended_fill(dout, cache):
    dx = np.zeros(cache.shape)
    dx[cache > 0] = dout[cache > 0]
    return dx


# tanh_scalar_gradient, tanh_forward, tanh_backward

right("tanh_scalar_gradient", "factors")(lambda out, dout: dout * (1 + out) * (1 - out))
right("tanh_scalar_gradient", "through the sigmoid")(
    lambda out, dout: 4 * dout * ((1 + out) / 2) * (1 - (1 + out) / 2)
)
right("tanh_scalar_gradient", "through x")(
    lambda out, dout: dout / math.cosh(math.atanh(out)) ** 2
)

right("tanh_forward", "np.tanh")(lambda x: (np.tanh(x), x))
right("tanh_forward", "expm1")(
    lambda x: (np.sign(x) * -np.expm1(-2 * np.abs(x)) / (1 + np.exp(-2 * np.abs(x))), None)
)


@right("tanh_forward", "loop")
def tanh_forward_loop(x):
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        out[index] = math.tanh(x[index])
    return out, out


right("tanh_backward", "factors")(lambda dout, cache: dout * (1 - cache) * (1 + cache))
right("tanh_backward", "the cache is x", tanh_forward=lambda x: (np.tanh(x), (x,)))(
    lambda dout, cache: dout * (1 - np.tanh(cache[0]) ** 2)
)


@right("tanh_backward", "loop")
def tanh_backward_loop(dout, cache):
    dx = np.empty_like(dout)
    for index in np.ndindex(dout.shape):
        dx[index] = dout[index] * (1 - cache[index] ** 2)
    return dx
