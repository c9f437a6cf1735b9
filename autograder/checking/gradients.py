"""Numerical gradients and the checks that compare analytic gradients with them.

Everything here is NumPy and nothing else, so that it runs wherever a notebook
runs. Functions under test are treated as black boxes: they are called with
their own copy of the input and may return a scalar or an array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEP = 1e-5
"""Default finite-difference step: near the optimum eps**(1/3) of central differences."""

ROUNDING = 4e-16
"""Rounding in f moves a slope by about this, times the size of the terms of its sum, over h. No
gradient can be blamed for that."""

AGREEMENT = 1e-6
"""Relative error below which an analytic and a numerical gradient agree."""


@dataclass(frozen=True)
class GradientCheck:
    """What a comparison with a numerical gradient found.

    Attributes
    ----------
    error : float
        Largest relative error; ``inf`` when something was not finite.
    analytic, numerical : float
        The two numbers that differ most.
    index : tuple of int or None
        The entry they belong to; None when a direction was compared.
    noise : float
        The part of the error that rounding in the function alone can explain.
    """

    error: float
    analytic: float
    numerical: float
    index: tuple[int, ...] | None = None
    noise: float = 0.0

    def agrees(self, tolerance: float = AGREEMENT) -> bool:
        """Whether the error is within `tolerance`, or within what rounding explains."""
        return self.error <= tolerance + self.noise


def relative_error(a, b) -> float:
    """Largest relative error between two arrays.

    ``max |a - b| / max(1e-8, |a| + |b|)``, taken entry by entry.

    Parameters
    ----------
    a, b : array_like of the same shape

    Returns
    -------
    float
        0.0 for empty arrays, ``inf`` when any entry of either is not finite.

    Raises
    ------
    ValueError
        If the shapes differ. Broadcasting here would hide a wrong shape.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}; compare arrays of one shape")
    if a.size == 0:
        return 0.0
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    a, b = _as_float(a), _as_float(b)
    # Halved before they are added: the sum of the two largest numbers is no number.
    return float(np.max(np.abs(a / 2 - b / 2) / np.maximum(5e-9, np.abs(a) / 2 + np.abs(b) / 2)))


def numerical_gradient(
    f: Callable, x, upstream=None, h: float = STEP
) -> np.ndarray:
    """Gradient of ``sum(f(x) * upstream)`` by central differences, entry by entry.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a scalar or an array.
    x : array_like
        Where the gradient is wanted. Any shape, also empty or zero-dimensional.
        It is never changed; integers are treated as float64, because an integer
        array would truncate the step to nothing.
    upstream : array_like, optional
        The upstream gradient, of the shape of ``f(x)``. Needed unless ``f``
        returns a single number.
    h : float
        The step, in the units of `x`.

    Returns
    -------
    ndarray of float64, shape of x

    Raises
    ------
    TypeError
        If `x` or ``f(x)`` is complex or not numeric.
    ValueError
        If ``f(x)`` is not a single number and no `upstream` is given.

    Notes
    -----
    The error is h**2/6 times the third derivative, plus about 1e-16/h of rounding.
    """
    return _numerical_gradient(f, x, upstream, h)[0]


def _numerical_gradient(f, x, upstream, h: float) -> tuple[np.ndarray, np.ndarray]:
    """The numerical gradient, and for each entry how far rounding in `f` can move it."""
    point = _as_float(x).copy()
    gradient, noise = np.zeros_like(point), np.zeros_like(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + h
        above, terms_above = weighted_sum(f(point.copy()), upstream)
        step = point[index]
        point[index] = value - h
        below, terms_below = weighted_sum(f(point.copy()), upstream)
        step = step - point[index]  # 2 h, but for what x cannot resolve
        point[index] = value
        if step:
            gradient[index] = (above - below) / step
            noise[index] = 2 * ROUNDING * (terms_above + terms_below) / step
    return gradient, noise


def functional(out, upstream=None) -> float:
    """The number ``sum(out * upstream)`` whose gradient backpropagation computes.

    Raises
    ------
    TypeError
        If `out` is complex or not numeric.
    ValueError
        If `upstream` has another shape than `out`, or is missing for an array.
    """
    return weighted_sum(out, upstream)[0]


def weighted_sum(out, upstream=None) -> tuple[float, float]:
    """`functional`, and the size by which its rounding can be judged.

    That is the root sum of squares of its terms, or the sum itself where the terms add up.
    """
    out = _as_float(out)
    if upstream is None:
        if out.size != 1:
            raise ValueError(
                f"f(x) has shape {out.shape}; give an upstream gradient of that shape, "
                "or let f return one number"
            )
        return float(out.reshape(())), abs(float(out.reshape(())))
    upstream = _as_float(upstream)
    if upstream.shape != out.shape:
        raise ValueError(f"f(x) has shape {out.shape}, the upstream gradient {upstream.shape}")
    terms = out * upstream
    total = float(np.sum(terms))
    return total, max(abs(total), float(np.sqrt(np.sum(terms * terms))))


def directional_check(
    f: Callable,
    x,
    gradient,
    upstream=None,
    rng: np.random.Generator | None = None,
    directions: int = 3,
    h: float = STEP,
) -> GradientCheck:
    """Compare a gradient with slopes along random directions.

    Two calls of `f` a direction, whatever the size of `x`: the slope of
    ``sum(f(x) * upstream)`` along ``v`` must be ``sum(gradient * v)``.

    Parameters
    ----------
    f, x, upstream, h
        As for `numerical_gradient`.
    gradient : array_like, shape of x
        The analytic gradient under test.
    rng : numpy.random.Generator, optional
        Where directions come from; a fixed seed by default.
    directions : int
        How many directions to try.

    Returns
    -------
    GradientCheck
        The worst direction.

    Raises
    ------
    ValueError
        If `gradient` has another shape than `x`.
    TypeError
        If `gradient` is complex or not numeric.
    """
    points, slopes = directional_points(x, gradient, rng, directions, h)
    values = [weighted_sum(f(point), upstream) for point in points]
    return compare_slopes(values, slopes, h)


def directional_points(x, gradient, rng=None, directions: int = 3, h: float = STEP):
    """The points at which `directional_check` calls its function.

    Kept apart from the comparison, so that a caller may evaluate all points at once.

    Returns
    -------
    points : list of 2 * directions ndarrays, shape of x
        ``x + h v, x - h v`` for each direction ``v``.
    slopes : list of (float, float)
        For each direction the predicted slope ``sum(gradient * v)`` and its typical size.
    """
    point, gradient = _as_float(x), _as_float(gradient)
    if point.shape != gradient.shape:
        raise ValueError(f"the gradient has shape {gradient.shape}, x has {point.shape}")
    rng = rng if rng is not None else np.random.default_rng(0)
    points, slopes = [], []
    for _ in range(directions):
        v = rng.standard_normal(point.shape)
        above, below = np.asarray(point + h * v), np.asarray(point - h * v)
        points += [above, below]
        # Where x is large, x + h v is rounded: this is the step that was really taken.
        v = (above - below) / (2 * h)
        # Along an unlucky direction the terms of the sum cancel. Their root sum of
        # squares is what the slope would typically be, and a fair thing to divide by.
        slopes.append((float(np.sum(gradient * v)), float(np.sqrt(np.sum((gradient * v) ** 2)))))
    return points, slopes


def compare_slopes(values, slopes, h: float = STEP) -> GradientCheck:
    """Compare predicted slopes with what `weighted_sum` gives at `directional_points`."""
    worst = GradientCheck(0.0, 0.0, 0.0)
    for k, (analytic, size) in enumerate(slopes):
        (above, terms_above), (below, terms_below) = values[2 * k], values[2 * k + 1]
        numerical = (above - below) / (2 * h)
        scale = max(abs(analytic), abs(numerical), size, 1e-8)
        error = abs(analytic - numerical) / scale
        noise = ROUNDING * (terms_above + terms_below) / h / scale
        if not np.isfinite(error) or not np.isfinite(noise):
            error, noise = np.inf, 0.0
        if k == 0 or error - noise > worst.error - worst.noise:
            worst = GradientCheck(float(error), analytic, numerical, noise=float(noise))
    return worst


def entrywise_check(f: Callable, x, gradient, upstream=None, h: float = STEP) -> GradientCheck:
    """Compare a gradient with central differences, entry by entry.

    Slower than `directional_check` (2 calls of `f` an entry), and able to say
    which entry is wrong.

    Parameters
    ----------
    f, x, gradient, upstream, h
        As for `directional_check`.

    Returns
    -------
    GradientCheck
        The worst entry. Entries are compared relative to their own size, or to a
        thousandth of the largest entry where they are smaller than that: below it
        central differences hold no digits worth comparing.
    """
    gradient = _as_float(gradient)
    numerical, noise = _numerical_gradient(f, x, upstream, h)
    if gradient.shape != numerical.shape:
        raise ValueError(f"the gradient has shape {gradient.shape}, x has {numerical.shape}")
    if gradient.size == 0:
        return GradientCheck(0.0, 0.0, 0.0)
    floor = max(1e-8, 1e-3 * float(np.max(np.abs(np.nan_to_num(numerical)))))
    scale = np.maximum(floor, np.abs(gradient) + np.abs(numerical))
    with np.errstate(invalid="ignore", over="ignore"):
        error, noise = np.abs(gradient - numerical) / scale, noise / scale
    error = np.where(np.isfinite(error), error, np.inf)
    worst = np.where(np.isfinite(noise), error - noise, np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(worst), error.shape))
    return GradientCheck(
        float(error[index]), float(gradient[index]), float(numerical[index]), index,
        float(noise[index]) if np.isfinite(noise[index]) else 0.0,
    )


def keep_distance(x: np.ndarray, kinks=(0.0,), distance: float = 1e-2) -> np.ndarray:
    """Move entries of `x` away from kinks, where a numerical gradient means nothing.

    Parameters
    ----------
    x : ndarray
    kinks : iterable of float
        Points at which the function under test is not differentiable.
    distance : float
        The least distance to keep; far larger than any finite-difference step.

    Returns
    -------
    ndarray, shape of x
        A copy in which no entry is nearer than `distance` to a kink.
    """
    x = np.array(x, dtype=np.float64)
    direction = np.zeros(x.shape)
    kinks = tuple(kinks)
    for kink in kinks * len(kinks):
        # An entry keeps its first direction: a step away from one kink may end near another.
        near = np.abs(x - kink) < distance
        away = np.where(x >= kink, 1.0, -1.0)
        direction = np.where(near & (direction == 0), away, direction)
        x = np.where(near, kink + 2 * distance * direction, x)
    return x


def _as_float(values) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"real numbers are needed here, not {array.dtype}")
    return array.astype(np.float64)
