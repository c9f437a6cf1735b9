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


right("predict_relu_slopes", "floats for both")(
    lambda: (((0.0, 0.0, 1.0), (0.0, 0.0, 0.0)), ((1.0, 0.0, 1.0), (0.0, 1.0, 0.0)))
)


right("predict_relu_slopes", "truth values for both")(
    lambda: (np.array([[False, False, True], [False] * 3]),
             np.array([[True, False, True], [False, True, False]]))
)


# sigmoid


@right("sigmoid", "masks")
def sigmoid_masks(x):
    out = np.empty_like(x)
    positive = x >= 0
    out[positive] = 1 / (1 + np.exp(-x[positive]))
    e = np.exp(x[~positive])
    out[~positive] = e / (1 + e)
    return out


@right("sigmoid", "tanh")
def sigmoid_tanh(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


@right("sigmoid", "logaddexp")
def sigmoid_logaddexp(x):
    return np.exp(-np.logaddexp(0, -x))


@right("sigmoid", "a loop")
def sigmoid_loop(x):
    def one(v):
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    return np.array([one(v) for v in x.ravel()]).reshape(x.shape)


@right("sigmoid", "minimum and maximum")
def sigmoid_min_max(x):
    return np.where(x >= 0, 1 / (1 + np.exp(np.minimum(-x, 0))),
                    np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, 0))))


@right("sigmoid", "clipped")
def sigmoid_clipped(x):
    return 1 / (1 + np.exp(-np.clip(x, -500 if x.dtype == np.float64 else -80, None)))


# sigmoid_grad


@right("sigmoid_grad", "s minus its square")
def sigmoid_grad_square(x):
    s = sigmoid_tanh(x)
    return s - s**2


@right("sigmoid_grad", "sigmoid of both signs")
def sigmoid_grad_both(x):
    return sigmoid_masks(x) * sigmoid_masks(-x)


@right("sigmoid_grad", "exponentials of minus the size")
def sigmoid_grad_exponentials(x):
    e = np.exp(-abs(x))
    return e / (1 + e) ** 2


@right("sigmoid_grad", "a loop")
def sigmoid_grad_loop(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        s = sigmoid_tanh(x[index])
        out[index] = s * (1.0 - s)
    return out


right("sigmoid_grad", "hyperbolic cosine, far out 0")(
    lambda x: 0.25 / np.cosh(np.clip(np.asarray(x, dtype=float), -700, 700) / 2) ** 2
)

# tanh_scalar_gradient

right("tanh_scalar_gradient", "factors")(lambda out, dout: dout * (1 + out) * (1 - out))
right("tanh_scalar_gradient", "through the sigmoid")(
    lambda out, dout: 4 * dout * ((1 + out) / 2) * (1 - (1 + out) / 2)
)
right("tanh_scalar_gradient", "through x")(
    lambda out, dout: dout / math.cosh(math.atanh(out)) ** 2
)

right("tanh_scalar_gradient", "two terms, as an array")(
    lambda out, dout: np.array(dout - dout * out**2)
)
right("tanh_scalar_gradient", "a NumPy number")(
    lambda out, dout: np.float64(dout) * (1 - np.square(out))
)

# relu_dx_entry

right("relu_dx_entry", "what is left of the sum")(
    lambda dout, x, n, d: dout[n, d] if x[n, d] > 0 else 0
)
right("relu_dx_entry", "the whole array")(lambda dout, x, n, d: (dout * (x > 0))[n, d])


@right("relu_dx_entry", "einsum with a full table of slopes")
def relu_entry_einsum(dout, x, n, d):
    slopes = np.zeros(x.shape)
    slopes[n, d] = x[n, d] > 0
    return np.einsum("kl,kl->", dout, slopes)


right("relu_dx_entry", "a truth value as a number")(
    lambda dout, x, n, d: dout[n, d] * (x[n, d] > 0)
)


@right("relu_dx_entry", "loops with a condition")
def relu_entry_loops(dout, x, n, d):
    total = 0
    for k, row in enumerate(x):
        for column, value in enumerate(row):
            if (k, column) == (n, d) and value > 0:
                total += dout[k][column]
    return np.array(total)


# crelu_jacobian

right("crelu_jacobian", "identity times slopes")(
    lambda x: np.vstack([np.eye(len(x)) * (x > 0), np.eye(len(x)) * -(x < 0).astype(int)])
)
right("crelu_jacobian", "nested lists")(
    lambda x: [[(v > 0) * 1 if i == j else 0 for j, v in enumerate(x)] for i in range(len(x))]
    + [[-1 if i == j and v < 0 else 0 for j, v in enumerate(x)] for i in range(len(x))]
)


@right("crelu_jacobian", "a loop over both halves")
def crelu_jacobian_loop(x):
    jacobian = np.zeros((2 * x.size, x.size))
    for j in range(x.size):
        if x[j] > 0:
            jacobian[j, j] = 1
        else:
            jacobian[j + x.size, j] = -1
    return jacobian


@right("crelu_jacobian", "numerical slopes of each column")
def crelu_jacobian_columns(x):
    def crelu(x):
        return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)])

    columns = [(crelu(x + step) - crelu(x)) / 2.0**-10 for step in 2.0**-10 * np.eye(x.size)]
    return np.round(np.stack(columns, axis=1))


@right("crelu_jacobian", "stride tricks")
def crelu_jacobian_strides(x):
    jacobian = np.zeros((2 * x.size, x.size))
    step = (x.size + 1) * jacobian.itemsize
    as_strided(jacobian, (x.size,), (step,))[:] = x > 0
    as_strided(jacobian[x.size:], (x.size,), (step,))[:] = (np.sign(x) - 1) / 2
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

right("sigmoid_forward", "one's own sigmoid")(lambda x: (stable_sigmoid(x),) * 2)
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

right("exposing_arrays", "a negative number and a zero, integers")(
    lambda: (np.array([[-3], [0]]), np.array([[1], [2]]))
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


@right("relu_backward_mended", "copyto")
def mended_copyto(dout, cache):
    dx = np.zeros_like(dout)
    np.copyto(dx, dout, where=cache > 0)
    return dx


# softplus_forward

right("softplus_forward", "logaddexp")(lambda x: (np.logaddexp(0, x), x))
right("softplus_forward", "through the sigmoid, x itself far out")(
    lambda x: (np.where(x > 30, x, -np.log(stable_sigmoid(-np.clip(x, -500, 30)))), (x,))
)
right("softplus_forward", "np.where, which warns")(
    lambda x: (np.where(x > 30, x, np.log1p(np.exp(x))), x)
)
right("softplus_forward", "clipped exponentials, and a cache of both")(
    lambda x: (np.where(x >= 0, x + np.log(1 + np.exp(-np.maximum(x, 0))),
                        np.log(1 + np.exp(np.minimum(x, 0)))), {"x": x})
)


@right("softplus_forward", "loop")
def softplus_forward_loop(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        v = float(x[index])
        out[index] = max(v, 0.0) + math.log(1 + math.exp(-abs(v)))
    return out, x


# softplus_backward

right("softplus_backward", "tanh")(lambda dout, cache: dout * (1 + np.tanh(cache / 2)) / 2)
right("softplus_backward", "the plain formula, which warns")(
    lambda dout, cache: dout / (1 + np.exp(-cache))
)
right("softplus_backward", "the cache is out",
      softplus_forward=lambda x: (np.logaddexp(0, x),) * 2)(
    lambda dout, cache: dout * -np.expm1(-cache)
)
right("softplus_backward", "the cache holds the slope",
      softplus_forward=lambda x: (np.logaddexp(0, x), {"slope": stable_sigmoid(x)}))(
    lambda dout, cache: cache["slope"] * dout
)


@right("softplus_backward", "loop")
def softplus_backward_loop(dout, cache):
    dx = np.zeros(cache.shape)
    for index in np.ndindex(cache.shape):
        dx[index] = dout[index] * stable_sigmoid(cache[index])
    return dx


# recap_activations

right("recap_activations", "a list")(lambda: ["b", "a", "c"])
right("recap_activations", "capital letters")(lambda: ("B", "A", "C"))
right("recap_activations", "a dictionary's values")(
    lambda: list({"saved_out": "b", "one_entry": "a", "diagonal": "c"}.values())
)
right("recap_activations", "mixed")(lambda: ["B.", "a)", "c"])
right("recap_activations", "with brackets and dots")(lambda: ("(b)", "a.", " c "))
