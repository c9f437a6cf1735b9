"""Right answers to 01_numerical_gradients."""

import math

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)


# predict_quotients

right("predict_quotients", "integers")(lambda: (19, 13))
right("predict_quotients", "computed")(lambda: [(3**3 - 2**3) / 1, (3**3 - 1**3) / 2])
right("predict_quotients", "numpy scalars")(lambda: tuple(np.array([19, 13], dtype=np.float32)))


# central_error_term

right("central_error_term", "twice a sixth, over 2h")(
    lambda third, h: 2 * (h**3 / math.factorial(3)) * third / (2 * h))
right("central_error_term", "one fraction")(lambda third, h: third * h * h / 6)
right("central_error_term", "numpy")(lambda third, h: np.float64(third) * np.square(h) / 6.0)

# best_step

right("best_step", "cube root of numpy")(
    lambda value, third, eps: np.cbrt(3 * eps * abs(value) / (2 * abs(third))))
right("best_step", "abs of the quotient")(
    lambda value, third, eps: abs(1.5 * eps * value / third) ** (1 / 3))
right("best_step", "logarithms")(
    lambda value, third, eps: math.exp(
        (math.log(1.5) + math.log(eps) + math.log(abs(value)) - math.log(abs(third))) / 3))


# numerical_gradient


@right("numerical_gradient", "flat indices on a copy")
def gradient_flat(f, x, h=1e-5):
    x = x.astype(np.float64)
    out = np.empty_like(x)
    for i in range(x.size):
        old = x.flat[i]
        x.flat[i] = old + h
        above = f(x)
        x.flat[i] = old - h
        out.flat[i] = (above - f(x)) / (2 * h)
        x.flat[i] = old
    return out


@right("numerical_gradient", "nditer, in place on floats and put back")
def gradient_nditer(f, x, h=1e-5):
    if x.dtype.kind in "iu":
        x = x.astype(float)
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        idx = it.multi_index
        tmp_val = x[idx]
        x[idx] = float(tmp_val) + h
        fxh1 = f(x)
        x[idx] = tmp_val - h
        fxh2 = f(x)
        grad[idx] = (fxh1 - fxh2) / (2 * h)
        x[idx] = tmp_val
        it.iternext()
    return grad


@right("numerical_gradient", "unit arrays, a list comprehension")
def gradient_units(f, x, h=1e-5):
    def slope(k):
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        return (f(x + e) - f(x - e)) / (2 * h)

    return np.array([slope(k) for k in range(x.size)]).reshape(x.shape)


@right("numerical_gradient", "all moved copies at once")
def gradient_stacked(f, x, h=1e-5):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    values = [f(point) for point in np.concatenate([x + steps, x - steps])]
    return (np.subtract(values[:x.size], values[x.size:]) / (2 * h)).reshape(x.shape)


@right("numerical_gradient", "enumerated, two copies an entry")
def gradient_enumerated(f, x, h=1e-5):
    gradient = np.zeros(x.shape, dtype=np.float64)
    for index, value in np.ndenumerate(x):
        above, below = x.astype(float), x.astype(float)
        above[index], below[index] = value + h, value - h
        gradient[index] = (f(above) - f(below)) / (above[index] - below[index])
    return gradient


# relative_error


@right("relative_error", "a loop")
def error_loop(a, b):
    worst = 0.0
    for p, q in zip(np.ravel(a), np.ravel(b), strict=True):
        worst = max(worst, abs(p - q) / max(1e-8, abs(p) + abs(q)))
    return worst


@right("relative_error", "where")
def error_where(a, b):
    size = abs(a) + abs(b)
    return np.max(abs(b - a) / np.where(size > 1e-8, size, 1e-8))


@right("relative_error", "clip, and a float")
def error_clip(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return float((np.abs(a - b) / np.clip(np.abs(a) + np.abs(b), 1e-8, None)).max())


# relu

right("relu", "where")(lambda x: np.where(x > 0, x, 0))
right("relu", "mask times x")(lambda x: x * (x > 0))
right("relu", "half of x and its size")(lambda x: 0.5 * (x + np.abs(x)))


@right("relu", "a copy, then a mask")
def relu_copy(x):
    out = x.copy()
    out[out < 0] = 0
    return out


@right("relu", "a loop")
def relu_loop(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        out[index] = max(0.0, x[index])
    return out


# mean_squared_error

right("mean_squared_error", "vdot")(lambda y, t: np.vdot(y - t, y - t) / 2)
right("mean_squared_error", "norm")(lambda y, t: 0.5 * np.linalg.norm((y - t).ravel()) ** 2)
right("mean_squared_error", "a loop")(
    lambda y, t: sum((p - q) ** 2 for p, q in zip(y.ravel(), t.ravel(), strict=True)) / 2)
right("mean_squared_error", "einsum of three")(
    lambda y, t: 0.5 * (np.sum(y * y) - 2 * np.sum(y * t) + np.sum(t * t)))


# gradients_agree


@right("gradients_agree", "an entry at a time")
def agree_loop(f, df, x):
    derived = df(x)
    if np.shape(derived) != np.shape(x):
        return False
    numerical = gradient_flat(f, x)
    return all(
        abs(p - q) / max(1e-8, abs(p) + abs(q)) < 1e-5
        for p, q in zip(derived.ravel(), numerical.ravel(), strict=True)
    )


@right("gradients_agree", "norms")
def agree_norms(f, df, x):
    derived, numerical = df(x), gradient_units(f, x)
    if derived.shape != x.shape:
        return False
    gap = np.linalg.norm(derived - numerical)
    return gap <= 1e-7 * (np.linalg.norm(derived) + np.linalg.norm(numerical))


@right("gradients_agree", "isclose without an absolute part")
def agree_isclose(f, df, x):
    derived = np.array(df(x))
    numerical = gradient_stacked(f, x)
    return derived.shape == numerical.shape and np.isclose(
        derived, numerical, rtol=1e-4, atol=0).all()


@right("gradients_agree", "a limit of 1e-8, several tests")
def agree_tests(f, df, x):
    derived = df(x)
    same_shape = np.asarray(derived).shape == x.shape
    finite = np.isfinite(derived).all()
    return bool(same_shape and finite and error_where(derived, gradient_flat(f, x)) < 1e-8)


# relu_grad


@right("relu_grad", "zeros_like and a mask")
def relu_grad_mask(x):
    grad = np.zeros_like(x)
    grad[x > 0] = 1
    return grad


@right("relu_grad", "truth values as floats")
def relu_grad_cast(x):
    return (x > 0).astype(x.dtype)


right("relu_grad", "truth values")(lambda x: x > 0)
right("relu_grad", "heaviside")(lambda x: np.heaviside(x, 0))
right("relu_grad", "integers")(lambda x: np.where(x <= 0, 0, 1))
right("relu_grad", "the positive part of the sign")(lambda x: np.maximum(np.sign(x), 0))

# one_sided_slope


@right("one_sided_slope", "two forward differences, weighed")
def one_sided_weighed(f, x, h, third):
    near, far = (f(x + h) - f(x)) / h, (f(x + 2 * h) - f(x)) / (2 * h)
    return 2 * near - far, -third * h * h / 3


@right("one_sided_slope", "a parabola through three points")
def one_sided_parabola(f, x, h, third):
    slope = np.polyfit([0.0, 1.0, 2.0], [f(x), f(x + h), f(x + 2 * h)], 2)[1] / h
    return [slope, -4 / 6 * h**3 * third / (2 * h)]


@right("one_sided_slope", "weights from a system of equations")
def one_sided_solved(f, x, h, third):
    powers = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]])
    weights = np.linalg.solve(powers, [0.0, 1.0, 0.0])
    values = np.array([f(x + k * h) for k in range(3)])
    return weights @ values / h, np.float64(weights @ [0, 1, 8]) * h**2 / 6 * third


# recap_numerical_gradients

right("recap_numerical_gradients", "letters")(lambda: ("d", "a", "c"))
right("recap_numerical_gradients", "capitals, in a list")(lambda: ["D", "A", "C"])
right("recap_numerical_gradients", "with brackets")(lambda: ("(d)", "(a)", "(c)"))


# More styles


@right("predict_quotients", "the definition, for numbers")
def predict_defined():
    f, x, h = (lambda u: u**3), 2, 1
    return (f(x + h) - f(x)) / h, (f(x + h) - f(x - h)) / (2 * h)


right("predict_quotients", "an array of two")(lambda: np.array([19.0, 13.0]))

right("central_error_term", "powers of numpy")(lambda third, h: np.power(h, 2) * third / 6)


@right("central_error_term", "measured on a cube")
def term_of_a_cube(third, h):
    def f(x):
        return third / 6 * x**3

    return (f(h) - f(-h)) / (2 * h)


right("best_step", "two cube roots")(
    lambda value, third, eps: np.cbrt(1.5 * eps) * np.cbrt(abs(value / third)))
right("best_step", "powers of numpy, the root of the square")(
    lambda value, third, eps: np.power(1.5 * eps * np.sqrt(value**2 / third**2), 1.0 / 3.0))

right("mean_squared_error", "squares first, halves added")(
    lambda y, t: float(np.sum(np.square(y - t) / 2)))


@right("relative_error", "reduce, as an array without dimensions")
def error_reduced(a, b):
    fractions = np.divide(np.abs(np.subtract(a, b)), np.maximum(np.abs(a) + np.abs(b), 1e-8))
    return np.array(np.maximum.reduce(fractions, axis=None))


@right("relative_error", "the floor first")
def error_floor_first(a, b):
    size = np.atleast_1d(np.abs(a) + np.abs(b)).astype(float)
    size[size < 1e-8] = 1e-8
    return (np.atleast_1d(np.abs(a - b)) / size).max()


@right("gradients_agree", "as the chapter does")
def agree_as_told(f, df, x):
    derived = np.asarray(df(x))
    if derived.shape != x.shape:
        return False
    return np.bool_(error_where(derived, gradient_units(f, x)) < 1e-6)


@right("one_sided_slope", "twice one forward difference less the other")
def one_sided_extrapolated(f, x, h, third):
    def forward(step):
        return (f(x + step) - f(x)) / step

    return 2 * forward(h) - forward(2 * h), -(h * h * third) / 3.0


@right("one_sided_slope", "an array of two")
def one_sided_array(f, x, h, third):
    here, near, far = f(x), f(x + h), f(x + 2 * h)
    return np.array([(4 * (near - here) - (far - here)) / (2 * h), third * h**2 / -3])


right("recap_numerical_gradients", "a word")(lambda: tuple("dac"))
right("recap_numerical_gradients", "spaces and dots")(lambda: (" d", "a.", "c "))
