"""The judge of every gradient: right ones agree, wrong ones do not, at any shape and scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.checking.gradients import (
    AGREEMENT,
    STEP,
    directional_check,
    directional_points,
    entrywise_check,
    functional,
    keep_distance,
    numerical_gradient,
    relative_error,
)

CHECKS = [directional_check, entrywise_check]
SHAPES = [(), (0,), (0, 3), (1,), (1, 1), (3, 4), (2, 3, 4)]
FULL_SHAPES = [shape for shape in SHAPES if 0 not in shape]

# Each function with the gradient of sum(f(x) * dout).
FUNCTIONS = {
    "sum of squares": (lambda x: np.sum(x**2), lambda x, dout: 2 * x * dout),
    "sines": (np.sin, lambda x, dout: dout * np.cos(x)),
    "sigmoids": (
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x, dout: dout * np.exp(-x) / (1 + np.exp(-x)) ** 2,
    ),
    "running sums": (
        np.cumsum,
        lambda x, dout: np.cumsum(dout[::-1])[::-1].reshape(x.shape),
    ),
    "log of a sum of exponentials": (
        lambda x: np.log(1 + np.exp(x).sum()),
        lambda x, dout: dout * np.exp(x) / (1 + np.exp(x).sum()),
    ),
    "a list of two linear maps": (
        lambda x: [3 * x, -x],
        lambda x, dout: 3 * dout[0] - dout[1],
    ),
}

cheap = settings(derandomize=True, deadline=None, max_examples=60)
numbers = st.floats(-1e150, 1e150)


def moderate(rng, shape):
    """Numbers of both signs, none of them near 0."""
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def setting(name, shape, seed=0, scale=1.0):
    """A function, where to take its gradient, the upstream gradient, and the right answer."""
    rng = np.random.default_rng([seed, *shape])
    f, gradient = FUNCTIONS[name]
    x = scale * moderate(rng, shape)
    dout = moderate(rng, np.shape(f(x)))
    return f, x, dout, np.asarray(gradient(x, dout))


def raised(f):
    """`f` with values so large that most of their digits are lost."""
    return lambda x: f(x) + 1e8


def spoiled(gradient, index, factor):
    gradient = np.array(gradient, dtype=float)
    gradient[index] *= factor
    return gradient


# Right and wrong


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_gradient_agrees(name, shape, check):
    f, x, dout, gradient = setting(name, shape)
    found = check(f, x, gradient, dout)
    assert found.agrees(), found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numerical_gradient_has_the_shape_of_x_and_seven_digits(name, shape):
    f, x, dout, gradient = setting(name, shape)
    numerical = numerical_gradient(f, x, dout)
    assert isinstance(numerical, np.ndarray)
    assert numerical.shape == shape
    assert numerical.dtype == np.float64
    np.testing.assert_allclose(numerical, gradient, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("factor", [0.999, 1.001, -1.0, 0.0])
@pytest.mark.parametrize("shape", FULL_SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_wrong_entry_is_rejected_wherever_it_is(name, shape, factor, check):
    f, x, dout, gradient = setting(name, shape)
    for index in np.ndindex(shape):
        assert not check(f, x, spoiled(gradient, index, factor), dout).agrees(), index


@pytest.mark.parametrize("check", CHECKS)
def test_a_transposed_gradient_is_rejected(check):
    f, x, dout, gradient = setting("sines", (3, 3))
    assert not check(f, x, gradient.T, dout).agrees()


@pytest.mark.parametrize("check", CHECKS)
def test_gradient_wrong_for_one_sample_only_is_rejected_there(check):
    def gradient(x):  # the mean of (N, D) numbers, divided by N - 1 where that is possible
        return np.full(x.shape, 1 / (x.size if len(x) > 1 else 2 * x.size))

    assert check(np.mean, np.ones((3, 2)), gradient(np.ones((3, 2)))).agrees()
    assert not check(np.mean, np.ones((1, 2)), gradient(np.ones((1, 2)))).agrees()


def test_small_entries_are_judged_by_their_own_size():
    slopes = np.array([1.0, 1e-2])
    wrong = spoiled(slopes, 1, 1.0001)
    assert entrywise_check(lambda x: np.sum(slopes * x), np.ones(2), slopes).agrees()
    assert not entrywise_check(lambda x: np.sum(slopes * x), np.ones(2), wrong).agrees()


def test_entrywise_check_names_the_entry_and_both_numbers():
    f, x, dout, gradient = setting("sines", (3, 4))
    found = entrywise_check(f, x, spoiled(gradient, (2, 1), 1.5), dout)
    assert found.index == (2, 1)
    assert found.analytic == pytest.approx(1.5 * gradient[2, 1])
    assert found.numerical == pytest.approx(gradient[2, 1])
    assert found.error == pytest.approx(0.2)


def test_directional_check_reports_its_worst_direction():
    f, x, dout, gradient = setting("sines", (3, 4))
    wrong = spoiled(gradient, (0, 0), 1.5)
    rng = np.random.default_rng(3)
    single = [directional_check(f, x, wrong, dout, rng, directions=1) for _ in range(5)]
    together = directional_check(f, x, wrong, dout, np.random.default_rng(3), directions=5)
    assert together == max(single, key=lambda found: found.error)
    assert together.index is None


# Scales


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("name", ["sum of squares", "running sums", "a list of two linear maps"])
def test_tiny_and_huge_inputs_are_judged_with_a_step_of_their_size(name, scale, check):
    f, x, dout, gradient = setting(name, (3, 4), scale=scale)
    assert check(f, x, gradient, dout, h=STEP * scale).agrees()
    for index in np.ndindex(x.shape):
        assert not check(f, x, spoiled(gradient, index, 1.001), dout, h=STEP * scale).agrees()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_tiny_and_huge_gradients_are_judged_like_others(scale, check):
    f, x, dout, gradient = setting("sines", (3, 4))
    assert check(f, x, scale * gradient, scale * dout).agrees()
    for index in np.ndindex(x.shape):
        assert not check(f, x, spoiled(scale * gradient, index, 1.001), scale * dout).agrees()


@pytest.mark.parametrize("check", [
    directional_check,
    pytest.param(entrywise_check),
])
def test_right_gradient_at_huge_inputs_agrees_with_the_usual_step(check):
    f, x, dout, gradient = setting("sum of squares", (3, 4), scale=1e6)
    assert check(f, x, gradient, dout).agrees()
    assert not check(f, x, 1.1 * gradient, dout).agrees()


@pytest.mark.parametrize("check", CHECKS)
def test_step_that_x_cannot_resolve_exactly_does_no_harm(check):
    x = 1e6 + moderate(np.random.default_rng(0), (3, 4))
    dout = moderate(np.random.default_rng(1), (3, 4))
    assert check(lambda x: x - 1e6, x, dout, dout).agrees()


# Rounding in the function


def test_rounding_in_a_large_function_value_is_allowed_for():
    for seed in range(30):
        f, x, dout, gradient = setting("sum of squares", (3, 4), seed)
        assert directional_check(raised(f), x, gradient, dout).agrees(), seed


def test_rounding_in_large_terms_that_cancel_is_allowed_for():
    for seed in range(30):
        f, x, dout, gradient = setting("sines", (3, 4), seed)
        assert directional_check(raised(f), x, gradient, dout).agrees(), seed


@pytest.mark.parametrize("size", [100, 1000])
def test_rounding_in_many_large_terms_that_add_up_is_allowed_for(size):
    for seed in range(30):
        f, x, _, _ = setting("sines", (size,), seed)
        assert directional_check(raised(f), x, np.cos(x), np.ones(size)).agrees(), seed


@pytest.mark.parametrize("wrong", [
    lambda g: -g, lambda g: 0 * g, lambda g: 1.3 * g, lambda g: g[::-1], lambda g: g + 0.3
], ids=["sign", "zeros", "thirty percent", "other order", "shifted"])
def test_allowance_for_rounding_lets_no_wrong_gradient_pass(wrong):
    for seed in range(30):
        f, x, dout, gradient = setting("sines", (3, 4), seed)
        found = directional_check(raised(f), x, wrong(gradient), dout)
        assert not found.agrees(), seed


def test_small_function_values_leave_no_allowance_worth_mentioning():
    f, x, dout, gradient = setting("sines", (3, 4))
    assert 0 < directional_check(f, x, gradient, dout).noise < AGREEMENT / 100


# Numbers that are none


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["gradient", "function", "upstream"])
def test_not_finite_never_agrees(where, bad, check):
    f, x, dout, gradient = setting("sines", (3, 4))
    if where == "gradient":
        gradient[1, 2] = bad
    elif where == "upstream":
        dout[1, 2] = bad
    else:
        def f(x):
            return np.where(np.arange(12).reshape(3, 4) == 5, bad, np.sin(x))

    found = check(f, x, gradient, dout)
    assert found.error == np.inf
    assert not found.agrees(tolerance=1e300)


NOT_REAL = {
    "complex": np.array([1 + 2j, 3]), "complex with no imaginary part": np.array([1 + 0j, 3]),
    "text": np.array(["1", "2"]), "objects": np.array([1, None]), "nothing": None,
}


@pytest.mark.parametrize("values", NOT_REAL.values(), ids=NOT_REAL)
def test_what_is_not_real_is_refused(values):
    x, square = np.ones(2), lambda x: x**2
    for call in (
        lambda: numerical_gradient(np.sum, values),
        lambda: numerical_gradient(lambda x: values, x, x),
        lambda: functional(values, x),
        lambda: directional_check(square, x, values, x),
        lambda: directional_check(lambda x: values, x, x, x),
        lambda: entrywise_check(square, x, values, x),
        lambda: relative_error(values, values),
    ):
        with pytest.raises(TypeError):
            call()


def test_complex_upstream_gradient_is_refused():
    with pytest.raises(TypeError, match="real numbers are needed here, not complex128"):
        numerical_gradient(np.sin, np.ones(2), np.ones(2) * 1j)


# Inputs


@pytest.mark.parametrize(
    "x", [3, np.int8(3), np.array(3), [3], np.array([[3]]), 3.0, np.float32(3)], ids=repr)
def test_integers_are_not_truncated(x):
    gradient = numerical_gradient(lambda x: x**2, x)
    assert gradient.shape == np.shape(x)
    assert gradient == pytest.approx(6.0, abs=1e-6)
    assert entrywise_check(lambda x: x**2, x, np.full(np.shape(x), 6)).agrees()
    assert directional_check(lambda x: x**2, x, np.full(np.shape(x), 6)).agrees()


def greedy(x):
    """Doubles its argument in place."""
    x *= 2
    return x.sum()


@pytest.mark.parametrize("arrange", [
    lambda x: x, lambda x: x[:, ::2], lambda x: x.T, lambda x: x.astype(np.float32),
    lambda x: x.astype(int),
], ids=["plain", "strided", "transposed", "float32", "integers"])
def test_x_is_never_changed(arrange):
    x = arrange(np.arange(12.0).reshape(3, 4))
    x.flags.writeable = False
    before = x.copy()
    right = np.full(x.shape, 2.0)
    np.testing.assert_allclose(numerical_gradient(greedy, x), right)
    assert directional_check(greedy, x, right).agrees()
    assert entrywise_check(greedy, x, right).agrees()
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("shape", [
    pytest.param(()),
    (1,), (0, 3), (2, 3),
])
def test_directional_check_calls_with_arrays_like_x(shape):
    points, slopes = directional_points(np.ones(shape), np.ones(shape), directions=2)
    assert [type(point) for point in points] == [np.ndarray] * 4
    assert {point.shape for point in points} == {shape}
    assert len(slopes) == 2


@pytest.mark.parametrize("shape", [(2,), (20, 30)])
def test_directional_check_costs_two_calls_a_direction(shape):
    calls = []

    def f(x):
        calls.append(x)
        return x.sum()

    directional_check(f, np.ones(shape), np.ones(shape), directions=4)
    assert len(calls) == 8


def test_directional_check_is_the_same_every_time():
    f, x, dout, gradient = setting("sines", (3, 4))
    assert directional_check(f, x, gradient, dout) == directional_check(f, x, gradient, dout)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("shape", [(4, 3), (3,), (1, 3, 4), (12,), ()])
def test_gradient_of_another_shape_than_x_is_refused(shape, check):
    with pytest.raises(ValueError, match="the gradient has shape"):
        check(np.sum, np.ones((3, 4)), np.ones(shape))


# Kinks


def relu(x):
    return np.maximum(0, x)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("near", [1e-7, -1e-7])
def test_kink_is_misjudged_and_keeping_a_distance_mends_it(near, check):
    x, dout = np.array([1.0, near, -2.0]), np.array([1.0, 2.0, 3.0])
    assert not check(relu, x, dout * (x > 0), dout).agrees()
    x = keep_distance(x)
    assert check(relu, x, dout * (x > 0), dout).agrees()
    assert np.sign(x[1]) == np.sign(near)


@cheap
@given(arrays(np.float64, st.integers(0, 6), elements=st.floats(-3, 3)))
def test_keep_distance_moves_only_what_is_near(x):
    before = x.copy()
    moved = keep_distance(x, kinks=(0.0, 1.0, -2.0), distance=0.1)
    gaps = np.abs(moved[:, None] - [0.0, 1.0, -2.0])
    far = np.all(np.abs(x[:, None] - [0.0, 1.0, -2.0]) >= 0.1, axis=1)
    assert moved.shape == x.shape
    assert (gaps >= 0.1 - 1e-12).all()
    np.testing.assert_array_equal(moved[far], x[far])
    np.testing.assert_array_equal(x, before)


def test_keep_distance_from_nothing_is_a_copy():
    x = np.zeros(2)
    assert not np.shares_memory(keep_distance(x, kinks=()), x)


@pytest.mark.parametrize("kinks", [(0.0, 0.02), (0.02, 0.0)])
def test_keep_distance_keeps_it_from_kinks_that_are_close_together(kinks):
    moved = keep_distance(np.linspace(-0.05, 0.08, 1001), kinks)
    assert (np.abs(moved[:, None] - np.array(kinks)) >= 1e-2 - 1e-12).all()


# relative_error


@cheap
@given(st.integers(0, 5).flatmap(
    lambda n: st.tuples(*[arrays(np.float64, n, elements=numbers)] * 2)))
def test_relative_error_is_symmetric_and_at_most_one(pair):
    a, b = pair
    assert relative_error(a, b) == relative_error(b, a)
    assert 0 <= relative_error(a, b) <= 1
    assert relative_error(a, a) == 0


@pytest.mark.parametrize("a, b, error", [
    ([1.0, 3.0], [1.0, 1.0], 0.5), (2, -2, 1), ([], [], 0), ([0.0], [0.0], 0),
    ([0.0], [1e-9], 0.1), (np.array([250], np.uint8), np.array([251], np.uint8), 1 / 501),
    ([True], [False], 1),
])
def test_relative_error_of_known_values(a, b, error):
    assert relative_error(a, b) == pytest.approx(error)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_relative_error_of_the_largest_numbers():
    assert relative_error([1.7e308], [0.85e308]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("a, b", [((3, 4), (4, 3)), ((3, 1), (3, 4)), ((3,), (1, 3)), ((), (1,)),
                                  ((0,), (0, 3))])
def test_relative_error_does_not_broadcast(a, b):
    with pytest.raises(ValueError, match="shapes differ"):
        relative_error(np.ones(a), np.ones(b))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_relative_error_of_what_is_not_finite_is_infinite(bad):
    assert relative_error([1.0, bad], [1.0, 2.0]) == np.inf
    assert relative_error([1.0, 2.0], [1.0, bad]) == np.inf
    assert relative_error([bad], [bad]) == np.inf


# functional


@cheap
@given(arrays(np.float64, st.integers(0, 5), elements=numbers))
def test_functional_is_the_weighted_sum(values):
    assert functional(values, np.ones(values.shape)) == pytest.approx(values.sum())


@pytest.mark.parametrize(
    "out", [5, 5.0, np.float32(5), [5], [[5]], np.array(5), np.full((1, 1), 5)], ids=repr)
def test_one_number_in_any_wrapping_needs_no_upstream_gradient(out):
    value = functional(out)
    assert value == 5
    assert type(value) is float


@pytest.mark.parametrize("out, upstream, text", [
    ([1.0, 2.0], None, r"f\(x\) has shape \(2,\); give an upstream gradient"),
    ([], None, r"f\(x\) has shape \(0,\)"),
    ([[1.0, 2.0]], [1.0, 2.0], r"shape \(1, 2\), the upstream gradient \(2,\)"),
    (5.0, [5.0], r"shape \(\), the upstream gradient \(1,\)"),
])
def test_upstream_gradient_must_fit_the_output(out, upstream, text):
    with pytest.raises(ValueError, match=text):
        functional(out, upstream)
