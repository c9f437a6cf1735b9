"""Known mistakes of 04_activations."""

from __future__ import annotations

import math

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.activations import ANY_SHAPE, AT_ZERO, EARLIER_CACHE, LARGE

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def sigmoid(x):
    """The sigmoid as it should be, to be spoiled in one place."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def with_cache_x(compute):
    """A forward function that computes `out` in its own way and caches x."""

    def forward(x):
        return compute(x), x

    forward.__doc__ = compute.__doc__
    return forward


def with_cache_out(compute):
    """A forward function that computes `out` in its own way and caches it."""

    def forward(x):
        out = compute(x)
        return out, out

    forward.__doc__ = compute.__doc__
    return forward


# predict_relu_slopes

X = np.array([[2.0, -1.0, 0.5], [-3.0, 4.0, -0.5]])
MASK = (X > 0).astype(float)


def one_touched():
    """The one entry that x[0, 2] touches."""
    touched = np.zeros((2, 3), dtype=int)
    touched[0, 2] = 1
    return touched


@mistake("predict_relu_slopes", "the whole row is marked", loses=("touched",),
         hint="Write out[0, 0] as a formula. Does x[0, 2] occur in it?")
def touched_row():
    """In an affine layer an entry touches its whole row. Here it touches only its own place."""
    touched = np.zeros((2, 3), dtype=int)
    touched[0] = 1
    return touched, MASK


@mistake("predict_relu_slopes", "all active entries are marked", loses=("touched",),
         hint="Only x[0, 2] changes here. Which formulas contain x[0, 2]?")
def touched_active():
    """This marks where relu lets a number pass. Only one of these places depends on x[0, 2]."""
    return MASK.astype(int), MASK


@mistake("predict_relu_slopes", "nothing is marked", loses=("touched",),
         hint="Compute max(0, 0.5) and max(0, 0.6).")
def touched_nothing():
    """x[0, 2] is positive before and after the push, and out[0, 2] is equal to it."""
    return np.zeros((2, 3), dtype=int), MASK


@mistake("predict_relu_slopes", "the slopes are the values of out", loses=("slopes",),
         hint="If x[1, 1] grows from 4 to 4.01, by how much does out[1, 1] grow?")
def slopes_values():
    """These are the values of relu. The slope says how fast they change."""
    return one_touched(), np.maximum(X, 0.0)


@mistake("predict_relu_slopes", "all slopes are 1", loses=("slopes",),
         hint="If x[1, 0] grows from -3 to -2.99, what is out[1, 0] before and after?")
def slopes_ones():
    """Where x is negative, out is 0 and stays 0: a small push changes nothing."""
    return one_touched(), np.ones((2, 3))


@mistake("predict_relu_slopes", "the slopes carry the sign of x", loses=("slopes",),
         hint="If x[1, 0] grows from -3 to -2.99, what is out[1, 0] before and after?")
def slopes_signs():
    """A slope of -1 is that of |x|. Relu is flat where x is negative: its slope there is 0."""
    return one_touched(), np.sign(X)


# relu_scalar_gradient


@mistake("relu_scalar_gradient", "dout is ignored", loses=("dx",),
         hint="The chain rule multiplies. What is the other factor?")
def relu_scalar_without_dout(x, dout):
    """1 or 0 is the slope of out. The slope of the loss is dout times that."""
    return 1.0 if x > 0 else 0.0


@mistake("relu_scalar_gradient", "the sign of dout decides", loses=("dx",),
         hint="Which of the two numbers stands inside max(0, ...)?")
def relu_scalar_dout_decides(x, dout):
    """Relu was applied to x, so its sign decides. A negative dout passes like a positive one."""
    return dout if x > 0 and dout > 0 else 0.0


@mistake("relu_scalar_gradient", "dout is multiplied by the value instead of the slope",
         loses=("dx",), hint="What is the slope of out = x?")
def relu_scalar_value(x, dout):
    """max(0, x) is the output. The chain rule needs its slope, which is 1 for positive x."""
    return dout * max(0.0, x)


@mistake("relu_scalar_gradient", "dout passes where x is negative", loses=("dx",),
         hint="For x = -2, does out change when x changes a little?")
def relu_scalar_upside_down(x, dout):
    """Where x is negative, out stays 0, and nothing can pass. The two cases are exchanged."""
    return dout if x < 0 else 0.0


@mistake("relu_scalar_gradient", "dout passes at x = 0", loses=(AT_ZERO,),
         hint="Compare the condition in your code with the convention in the text: > or >=?")
def relu_scalar_active_at_zero(x, dout):
    """At the kink there is no derivative. The course's convention is slope 0 there."""
    return dout if x >= 0 else 0.0


@mistake("relu_scalar_gradient", "half of dout passes at x = 0", loses=(AT_ZERO,),
         hint="Which slope at the kink does the text agree on?")
def relu_scalar_half_at_zero(x, dout):
    """One half is the mean of both slopes, and a possible convention. The course's is 0."""
    return dout * (0.5 if x == 0 else float(x > 0))


# sigmoid_scalar_gradient


@mistake("sigmoid_scalar_gradient", "dout is ignored", loses=("dx",),
         hint="The chain rule multiplies. What is the other factor?")
def sigmoid_scalar_without_dout(out, dout):
    """This is the slope of out. The slope of the loss is dout times that."""
    return out * (1 - out)


@mistake("sigmoid_scalar_gradient", "the sigmoid is applied a second time", loses=("dx",),
         hint="The function receives out. What would it have to receive for your formula?")
def sigmoid_scalar_twice(out, dout):
    """out is the sigmoid of x already. Taking the sigmoid of out gives another number."""
    s = 1 / (1 + math.exp(-out))
    return dout * s * (1 - s)


@mistake("sigmoid_scalar_gradient", "the factor 1 - out is missing", loses=("dx",),
         hint="Work out 1 - out as a fraction, and compare it with the second factor in the text.")
def sigmoid_scalar_first_factor(out, dout):
    """The slope is a product of two fractions, and out is only the first of them."""
    return dout * out


@mistake("sigmoid_scalar_gradient", "the factor out is missing", loses=("dx",),
         hint="The slope is a product of two fractions. What is the first one?")
def sigmoid_scalar_second_factor(out, dout):
    """1 - out is only the second of the two factors."""
    return dout * (1 - out)


@mistake("sigmoid_scalar_gradient", "the sign is wrong", loses=("dx",),
         hint="Two minus signs occur in the derivation. Where do they go?")
def sigmoid_scalar_sign(out, dout):
    """The sigmoid grows everywhere, so its slope is positive: the two minus signs cancel."""
    return dout * out * (out - 1)


@mistake("sigmoid_scalar_gradient", "out is treated as x", loses=("dx",),
         hint="Replace the exponential with out, as the text describes.")
def sigmoid_scalar_out_as_x(out, dout):
    """exp(-x) / (1 + exp(-x)) is 1 - out. With out in the place of x it is something else."""
    return dout * out * math.exp(-out) / (1 + math.exp(-out))


# relu_dx_entry, sigmoid_dx_entry


@mistake("relu_dx_entry", "dout is summed over the row", loses=("dx[n, d]",),
         hint="How many entries of out does x[n, d] touch?")
def relu_entry_row_sum(dout, x, n, d):
    """In an affine layer x[n, d] touches a whole row. Here it touches one entry only."""
    return float(dout[n].sum()) if x[n, d] > 0 else 0.0


@mistake("relu_dx_entry", "dout is summed over the batch and all features", loses=("dx[n, d]",),
         hint="For which k and l is the slope of out[k, l] with respect to x[n, d] not 0?")
def relu_entry_sum(dout, x, n, d):
    """Of the N * D terms only one has a slope that is not 0. The others must drop out."""
    return float(dout.sum()) if x[n, d] > 0 else 0.0


@mistake("relu_dx_entry", "every active entry is added", loses=("dx[n, d]",),
         hint="The slope of out[k, l] with respect to x[n, d]: what is it for k other than n?")
def relu_entry_all_active(dout, x, n, d):
    """The condition must ask for the entry n, d, not only for positive entries of x."""
    return float(np.sum(dout * (x > 0)))


@mistake("relu_dx_entry", "dout is ignored", loses=("dx[n, d]",),
         hint="Each path has two factors: one in the layer and one behind it.")
def relu_entry_without_dout(dout, x, n, d):
    """1 or 0 is the slope of out[n, d]. The slope of the loss is dout[n, d] times that."""
    return 1.0 if x[n, d] > 0 else 0.0


@mistake("relu_dx_entry", like=relu_scalar_dout_decides, loses=("dx[n, d]",),
         hint="Which array was relu applied to?")
def relu_entry_dout_decides(dout, x, n, d):
    return max(0.0, float(dout[n, d]))


@mistake("relu_dx_entry", "the mask is missing", loses=("dx[n, d]",),
         hint="What is the slope of out[n, d] where x[n, d] is negative?")
def relu_entry_without_mask(dout, x, n, d):
    """Where x[n, d] is negative, out[n, d] is 0 and stays 0, and dx[n, d] is 0."""
    return float(dout[n, d])


@mistake("sigmoid_dx_entry", like=relu_entry_row_sum)
def sigmoid_entry_row_sum(dout, out, n, d):
    return float(dout[n].sum() * out[n, d] * (1 - out[n, d]))


@mistake("sigmoid_dx_entry", "the products of all entries are added", like=relu_entry_sum)
def sigmoid_entry_sum(dout, out, n, d):
    return float(np.sum(dout * out * (1 - out)))


@mistake("sigmoid_dx_entry", "dout is ignored", loses=("dx[n, d]",),
         hint="Each path has two factors: one in the layer and one behind it.")
def sigmoid_entry_without_dout(dout, out, n, d):
    """This is the slope of out[n, d]. The slope of the loss is dout[n, d] times that."""
    return float(out[n, d] * (1 - out[n, d]))


@mistake("sigmoid_dx_entry", like=sigmoid_scalar_twice, loses=("dx[n, d]",))
def sigmoid_entry_twice(dout, out, n, d):
    s = sigmoid(out[n, d])
    return float(dout[n, d] * s * (1 - s))


@mistake("sigmoid_dx_entry", "the factor 1 - out is missing", loses=("dx[n, d]",),
         hint="Compare with the scalar gradient that you wrote above.")
def sigmoid_entry_first_factor(dout, out, n, d):
    """The slope of the sigmoid is a product of two factors, and out is only one of them."""
    return float(dout[n, d] * out[n, d])


# relu_jacobian, sigmoid_jacobian


@mistake("relu_jacobian", "only the diagonal is returned", loses=("jacobian",),
         hint="np.diag(v) makes a square array with the vector v on its diagonal.")
def relu_jacobian_diagonal(x):
    """These D slopes are right. The table has D * D entries, and the others are zeros."""
    return (x > 0).astype(float)


@mistake("relu_jacobian", "every row holds all slopes", loses=("jacobian",),
         hint="Which entries of out does x[1] touch? Only these rows of column 1 are not 0.")
def relu_jacobian_rows(x):
    """jacobian[0, 1] is the slope of out[0] with respect to x[1], which out[0] does not contain."""
    return np.tile((x > 0).astype(float), (len(x), 1))


@mistake("relu_jacobian", "the table is an outer product", loses=("jacobian",),
         hint="Which entries of out does x[1] touch? Only these rows of column 1 are not 0.")
def relu_jacobian_outer(x):
    """Two active entries do not depend on each other: off the diagonal every slope is 0."""
    return np.outer(x > 0, x > 0).astype(float)


@mistake("relu_jacobian", "the diagonal is all ones", loses=("jacobian",),
         hint="What is the slope of out[i] where x[i] is negative?")
def relu_jacobian_identity(x):
    """The identity is the Jacobian of out = x. Relu stops the entries that are not positive."""
    return np.eye(len(x))


@mistake("relu_jacobian", "the diagonal holds the values of out", loses=("jacobian",),
         hint="What is the slope of out = x?")
def relu_jacobian_values(x):
    """The table holds slopes. Where x is positive the slope is 1, however large x is."""
    return np.diag(np.maximum(x, 0.0))


@mistake("sigmoid_jacobian", like=relu_jacobian_diagonal)
def sigmoid_jacobian_diagonal(out):
    return out * (1 - out)


@mistake("sigmoid_jacobian", "the table is an outer product", loses=("jacobian",),
         hint="Does out[0] contain x[1]?")
def sigmoid_jacobian_outer(out):
    """out[i] depends on x[i] alone, so the slopes for different i and j are 0."""
    return np.outer(out, 1 - out)


@mistake("sigmoid_jacobian", "this is the table of the softmax", loses=("jacobian",),
         hint="Does out[0] contain x[1]? If not, what is jacobian[0, 1]?")
def sigmoid_jacobian_softmax(out):
    """Softmax divides by a sum, and so mixes its inputs. The sigmoid mixes nothing."""
    return np.diag(out) - np.outer(out, out)


@mistake("sigmoid_jacobian", like=sigmoid_entry_first_factor, loses=("jacobian",))
def sigmoid_jacobian_first_factor(out):
    return np.diag(out)


@mistake("sigmoid_jacobian", like=sigmoid_scalar_twice, loses=("jacobian",))
def sigmoid_jacobian_twice(out):
    return np.diag(sigmoid(out) * (1 - sigmoid(out)))


# relu_forward


@mistake("relu_forward", "the maximum along an axis is taken", loses=("out",),
         hint="np.max looks for the largest entry; np.maximum compares entry by entry.")
@with_cache_x
def relu_forward_max_axis(x):
    """np.max(x, 0) is the largest entry of each column. The 0 is read as the number of an axis."""
    return np.max(x, 0)


@mistake("relu_forward", "the absolute value is taken", loses=("out",),
         hint="What is max(0, -3)?")
@with_cache_x
def relu_forward_abs(x):
    """|x| turns negative numbers around. Relu replaces them by 0."""
    return np.abs(x)


@mistake("relu_forward", "the negative part is kept", loses=("out",),
         hint="What is max(0, -3)?")
@with_cache_x
def relu_forward_minimum(x):
    """Relu keeps what is positive; this keeps what is negative."""
    return np.minimum(x, 0)


@mistake("relu_forward", "the step function is returned", loses=("out",),
         hint="What is max(0, 2.5)?")
@with_cache_x
def relu_forward_step(x):
    """1 where x is positive is the slope of relu. Its value there is x itself."""
    return (x > 0).astype(x.dtype)


@mistake("relu_forward", "negative numbers leak through", loses=("out",),
         hint="What is max(0, -3)?")
@with_cache_x
def relu_forward_leaky(x):
    """A small slope for negative x is the leaky relu. Here negative numbers become exactly 0."""
    return np.maximum(0.01 * x, x)


@mistake("relu_forward", "x is changed in place", loses=(UNCHANGED,),
         hint="out = x copies nothing: both names mean the same array.")
@with_cache_x
def relu_forward_in_place(x):
    """The result is right, and the caller's x has lost its negative entries for good."""
    x[x < 0] = 0
    return x


@mistake("relu_forward", "it only works for matrices", loses=(ANY_SHAPE,),
         hint="Look for an operation that works on every entry, whatever the shape.")
@with_cache_x
def relu_forward_matrix(x):
    """N, D = x.shape needs exactly two dimensions. An image has more, and a vector has one."""
    rows, columns = x.shape
    out = np.zeros_like(x)
    for n in range(rows):
        for d in range(columns):
            out[n, d] = max(0, x[n, d])
    return out


# relu_backward


@mistake("relu_backward", "the mask comes from dout", loses=("dx",),
         hint="Which array was relu applied to on the way forward?")
def relu_backward_dout_mask(dout, cache):
    """This is relu applied to dout. Whether a gradient passes was decided by the sign of x."""
    return dout * (dout > 0)


@mistake("relu_backward", "both x and dout decide", loses=("dx",),
         hint="What should dx be where x is positive and dout is negative?")
def relu_backward_both(dout, cache):
    """Only x decides. A negative dout passes an active entry as a positive one does."""
    return dout * (cache > 0) * (dout > 0)


@mistake("relu_backward", "the mask is missing", loses=("dx",),
         hint="What is the slope of out where x is negative?")
def relu_backward_no_mask(dout, cache):
    """All of dout is passed on. Where x is negative, out stays 0, and nothing may pass."""
    return dout.copy()


@mistake("relu_backward", "dout is ignored", loses=("dx",),
         hint="The mask is the slope of out. What does the chain rule multiply it by?")
def relu_backward_only_mask(dout, cache):
    """This is the gradient of the plain sum of out: dout has been replaced by ones."""
    return (cache > 0).astype(float)


@mistake("relu_backward", "dout is multiplied by out", loses=("dx",),
         hint="What is the slope of out = x?")
def relu_backward_times_out(dout, cache):
    """The chain rule needs the slope of relu, 1 or 0, and not its value."""
    return dout * np.maximum(cache, 0)


@mistake("relu_backward", "relu is applied to x again", loses=("dx",),
         hint="Where does dout come into your result?")
def relu_backward_forward_again(dout, cache):
    """This is the forward pass. The backward pass lets dout through, not x."""
    return np.maximum(cache, 0)


@mistake("relu_backward", "the mask is upside down", loses=("dx",),
         hint="Where x is negative, does out change when x changes a little?")
def relu_backward_upside_down(dout, cache):
    """dout passes where x is negative and is stopped where x is positive: the wrong way round."""
    return dout * (cache < 0)


@mistake("relu_backward", "dout passes where x = 0", like=relu_scalar_active_at_zero)
def relu_backward_at_zero(dout, cache):
    return dout * (cache >= 0)


@mistake("relu_backward", "half of dout passes where x = 0", like=relu_scalar_half_at_zero)
def relu_backward_half_at_zero(dout, cache):
    return dout * (0.5 + 0.5 * np.sign(cache))


@mistake("relu_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="dx = dout copies nothing: both names mean the same array.")
def relu_backward_in_place(dout, cache):
    """dx is right, and the caller's dout has been wiped out wherever x is not positive."""
    dx = dout
    dx[cache <= 0] = 0
    return dx


@mistake("relu_backward", "the cached x is turned into the mask", loses=(UNCHANGED,),
         hint="Build the mask as a new array, for example with a comparison.")
def relu_backward_changes_cache(dout, cache):
    """The array in the cache is the caller's x itself. Writing a mask into it destroys it."""
    x = cache
    x[x <= 0] = 0
    x[x > 0] = 1
    return dout * x


@mistake("relu_backward", like=relu_forward_matrix)
def relu_backward_matrix(dout, cache):
    rows, columns = cache.shape
    dx = np.zeros_like(dout)
    for n in range(rows):
        for d in range(columns):
            dx[n, d] = dout[n, d] if cache[n, d] > 0 else 0
    return dx


_last: dict = {}


def _remembering_relu_forward(x):
    _last["x"] = x
    return np.maximum(0, x), x


@mistake("relu_backward", "x is taken from a global variable", loses=(EARLIER_CACHE,),
         hint="Use only what stands in cache.", relu_forward=_remembering_relu_forward)
def relu_backward_stale(dout, cache):
    """The function uses the x of the last forward pass, not that of the cache it is given."""
    return dout * (_last["x"] > 0)


# sigmoid_forward


@mistake("sigmoid_forward", "the minus sign in the exponent is missing", loses=("out",),
         hint="For large positive x, should out be near 1 or near 0?")
@with_cache_out
def sigmoid_forward_sign(x):
    """1 / (1 + exp(x)) is the sigmoid of -x: it falls where the sigmoid grows."""
    return sigmoid(-x)


@mistake("sigmoid_forward", "a bracket is missing", loses=("out",),
         hint="Python divides before it adds. What exactly is 1 divided by?")
@with_cache_out
def sigmoid_forward_bracket(x):
    """1 / 1 + exp(-x) is 1 + exp(-x). The whole denominator needs brackets."""
    return 1 / 1 + np.exp(-x)


@mistake("sigmoid_forward", "this is softmax", loses=("out",),
         hint="Every entry of out depends on one entry of x only: there is no sum over entries.")
@with_cache_out
def sigmoid_forward_softmax(x):
    """Softmax divides by a sum over a row. The sigmoid treats every entry on its own."""
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


@mistake("sigmoid_forward", "this is tanh", loses=("out",),
         hint="Which values can the sigmoid take, and which value has it at 0?")
@with_cache_out
def sigmoid_forward_tanh(x):
    """tanh lies between -1 and 1, the sigmoid between 0 and 1."""
    return np.tanh(x)


@mistake("sigmoid_forward", "exp overflows to nan", loses=(LARGE,),
         hint="Which of the two formulas has an exponential that cannot overflow for positive x?")
@with_cache_out
def sigmoid_forward_overflow(x):
    """For large positive x, exp(x) / (1 + exp(x)) is inf / inf, which is nan."""
    return np.exp(x) / (1 + np.exp(x))


@mistake("sigmoid_forward", "x is clipped too early", loses=(LARGE,),
         hint="Choose a form whose exponential cannot overflow, and nothing needs to be clipped.")
@with_cache_out
def sigmoid_forward_clipped(x):
    """Clipping x to [-10, 10] avoids the overflow, and turns outputs near 0 into 0.00005."""
    return sigmoid(np.clip(x, -10, 10))


@mistake("sigmoid_forward", "x is changed in place", loses=(UNCHANGED,),
         hint="Look for -=, *= or an argument out=x.")
@with_cache_out
def sigmoid_forward_in_place(x):
    """The result is right, and the caller's x now holds something else."""
    out = sigmoid(x)
    x *= -1
    return out


@mistake("sigmoid_forward", like=relu_forward_matrix,
         hint="Look for operations that work on every entry, whatever the shape.")
@with_cache_out
def sigmoid_forward_matrix(x):
    rows, columns = x.shape
    return np.array([[float(sigmoid(x[n, d])) for d in range(columns)] for n in range(rows)])


# sigmoid_backward


@mistake("sigmoid_backward", "the sigmoid is applied a second time", loses=("dx",),
         hint="The cache holds out. What does your formula expect it to hold?")
def sigmoid_backward_twice(dout, cache):
    """out is the sigmoid of x already. The slope is a product of out itself and 1 - out."""
    s = sigmoid(cache)
    return dout * s * (1 - s)


@mistake("sigmoid_backward", like=relu_backward_only_mask,
         hint="out * (1 - out) is the slope of out. What does the chain rule multiply it by?")
def sigmoid_backward_without_dout(dout, cache):
    return cache * (1 - cache)


@mistake("sigmoid_backward", like=sigmoid_entry_first_factor, loses=("dx",))
def sigmoid_backward_first_factor(dout, cache):
    return dout * cache


@mistake("sigmoid_backward", "the factor out is missing", loses=("dx",),
         hint="Compare with the scalar gradient that you wrote above.")
def sigmoid_backward_second_factor(dout, cache):
    """The slope of the sigmoid is a product of two factors, and 1 - out is only one of them."""
    return dout * (1 - cache)


@mistake("sigmoid_backward", like=sigmoid_scalar_sign,
         hint="Does the sigmoid grow or fall? Then which sign must its slope have?")
def sigmoid_backward_sign(dout, cache):
    return dout * cache * (cache - 1)


@mistake("sigmoid_backward", "this is the slope of tanh", loses=("dx",),
         hint="What is the slope of the sigmoid at x = 0, where out is one half?")
def sigmoid_backward_tanh(dout, cache):
    """1 - out**2 belongs to tanh. The slope of the sigmoid is never larger than a quarter."""
    return dout * (1 - cache**2)


@mistake("sigmoid_backward", "dout takes the place of out in one factor", loses=("dx",),
         hint="Name the two arrays out and dout, and read your line again.")
def sigmoid_backward_mixed_up(dout, cache):
    """The slope out * (1 - out) is computed from out alone; dout only multiplies it."""
    return dout * (1 - dout) * cache


def _sigmoid_forward_caching_x(x):
    return sigmoid(x), x


@mistake("sigmoid_backward", "the slope is computed from x and overflows", loses=(LARGE,),
         hint="Let the cache hold out, and use the form of the slope that needs no exponential.",
         sigmoid_forward=_sigmoid_forward_caching_x)
def sigmoid_backward_overflow(dout, cache):
    """exp(-x) / (1 + exp(-x))**2 is inf / inf = nan for large negative x. With out it is safe."""
    e = np.exp(-cache)
    return dout * e / (1 + e) ** 2


@mistake("sigmoid_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="Write a = a * b in place of a *= b: the first builds a new array.")
def sigmoid_backward_in_place(dout, cache):
    """dx is right, and the caller's dout is damaged for whoever needs it next."""
    dout *= cache * (1 - cache)
    return dout


@mistake("sigmoid_backward", "the cached out is changed in place", loses=(UNCHANGED,),
         hint="Write a = a * b in place of a *= b: the first builds a new array.")
def sigmoid_backward_changes_cache(dout, cache):
    """dx is right, but the cache is the output itself, which the next layer still reads."""
    out = cache
    out *= 1 - out
    return dout * out


@mistake("sigmoid_backward", "it only works for matrices", loses=(ANY_SHAPE,),
         hint="Look for operations that work on every entry, whatever the shape.")
def sigmoid_backward_matrix(dout, cache):
    """N, D = out.shape needs exactly two dimensions. An image has more, and a vector has one."""
    rows, columns = cache.shape
    dx = np.zeros_like(dout)
    for n in range(rows):
        for d in range(columns):
            dx[n, d] = dout[n, d] * cache[n, d] * (1 - cache[n, d])
    return dx


def _remembering_sigmoid_forward(x):
    _last["out"] = sigmoid(x)
    return _last["out"], _last["out"]


@mistake("sigmoid_backward", "out is taken from a global variable", loses=(EARLIER_CACHE,),
         hint="Use only what stands in cache.", sigmoid_forward=_remembering_sigmoid_forward)
def sigmoid_backward_stale(dout, cache):
    """The function uses the out of the last forward pass, not that of the cache it is given."""
    out = _last["out"]
    return dout * out * (1 - out)


# exposing_arrays


@mistake("exposing_arrays", "all of x is positive", loses=("x and dout",),
         hint="Which line of relu_backward_buggy writes into dout, and where?")
def exposing_positive():
    """Where x is positive nothing is written, and the bug stays hidden."""
    return np.array([2.0, 1.5, 0.5]), np.array([1.0, -2.0, 3.0])


@mistake("exposing_arrays", "dout is 0 where x is negative", loses=("x and dout",),
         hint="Choose a dout that notices when it is overwritten with 0.")
def exposing_zero_dout():
    """Writing 0 over a 0 changes nothing, and the bug stays hidden."""
    return np.array([2.0, -1.0, 0.5]), np.array([1.0, 0.0, -3.0])


@mistake("exposing_arrays", "dout has another shape than x", loses=("x and dout",),
         hint="The upstream gradient has the shape of out, and out has the shape of x.")
def exposing_shapes():
    """There must be one upstream gradient for each entry of out."""
    return np.array([2.0, -1.0, 0.5]), np.array([1.0])


@mistake("exposing_arrays", "only x is given", loses=("x and dout",),
         hint="Return both: return x, dout")
def exposing_only_x():
    """Whether damage is seen depends on dout as well."""
    return np.array([2.0, -1.0, 0.5])


@mistake("exposing_arrays", "numbers instead of arrays", loses=("x and dout",),
         hint="Put the numbers into arrays: np.array([...]).")
def exposing_numbers():
    """A number cannot be written into, so the line dx[x <= 0] = 0 needs arrays."""
    return -1.0, 2.0


# relu_backward_mended


@mistake("relu_backward_mended", "dout is still changed", loses=(UNCHANGED,),
         hint="Which line gives the caller's array a second name? Make it a copy.")
def mended_not(dout, cache):
    """dx is right, but it still is the caller's array under another name."""
    return relu_backward_in_place(dout, cache)


@mistake("relu_backward_mended", "x is changed instead", loses=(UNCHANGED,),
         hint="Leave x alone as well; a comparison gives a new array.")
def mended_changes_x(dout, cache):
    """dout is left alone now, but the mask is written into the caller's x."""
    cache[cache <= 0] = 0
    cache[cache > 0] = 1
    return dout * cache


@mistake("relu_backward_mended", "the mask is lost", loses=("dx",),
         hint="Which array do you return, and which one did you write zeros into?")
def mended_returns_dout(dout, cache):
    """The zeros are written into one array, and the other one is returned."""
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dout


@mistake("relu_backward_mended", "the mask comes from dout", loses=("dx",),
         hint="Which array was relu applied to on the way forward?")
def mended_dout_mask(dout, cache):
    """Whether a gradient passes was decided by the sign of x, not by that of dout."""
    dx = dout.copy()
    dx[dx <= 0] = 0
    return dx


@mistake("relu_backward_mended", "x is copied in place of dout", loses=("dx",),
         hint="Which of the two arrays flows back through the mask?")
def mended_copies_x(dout, cache):
    """This returns relu of x, the forward pass. The numbers that pass must be those of dout."""
    dx = cache.copy()
    dx[cache <= 0] = 0
    return dx


# tanh_scalar_gradient


@mistake("tanh_scalar_gradient", like=sigmoid_scalar_without_dout)
def tanh_scalar_without_dout(out, dout):
    return 1 - out**2


@mistake("tanh_scalar_gradient", "out is not squared", loses=("dx",),
         hint="Replace s by (1 + out) / 2 and multiply out.")
def tanh_scalar_not_squared(out, dout):
    """The slope must be the same for out and -out, because the graph of tanh is symmetric."""
    return dout * (1 - out)


@mistake("tanh_scalar_gradient", "this is the slope of the sigmoid", loses=("dx",),
         hint="What is out at x = 0, and how steep is tanh there?")
def tanh_scalar_sigmoid(out, dout):
    """out * (1 - out) is 0 at x = 0, where tanh is steepest."""
    return dout * out * (1 - out)


@mistake("tanh_scalar_gradient", "tanh is applied a second time", loses=("dx",),
         hint="The function receives out. What would it have to receive for your formula?")
def tanh_scalar_twice(out, dout):
    """out is tanh of x already. Taking tanh of out gives another number."""
    return dout * (1 - math.tanh(out) ** 2)


@mistake("tanh_scalar_gradient", "the inner slope is missing", loses=("dx",),
         hint="In 2 * sigmoid(2 x) - 1, what is the slope of 2 x?")
def tanh_scalar_half(out, dout):
    """Two factors 2 occur: one in front of the sigmoid, and one inside it. One of them is lost."""
    return dout * (1 - out**2) / 2


# tanh_forward


@mistake("tanh_forward", "x is not doubled", loses=("out",),
         hint="Compare with the formula: of which number is the sigmoid taken?")
@with_cache_out
def tanh_forward_not_doubled(x):
    """2 * sigmoid(x) - 1 is tanh(x / 2): a curve of the same kind, half as steep."""
    return 2 * sigmoid(x) - 1


@mistake("tanh_forward", "the shift is missing", loses=("out",),
         hint="Which value has tanh at 0?")
@with_cache_out
def tanh_forward_not_shifted(x):
    """2 * sigmoid(2 x) lies between 0 and 2. Subtracting 1 moves it to the right place."""
    return 2 * sigmoid(2 * x)


@mistake("tanh_forward", "numerator and denominator are exchanged", loses=("out",),
         hint="Which value has tanh at 0? And your formula?")
@with_cache_out
def tanh_forward_inverted(x):
    """This is 1 / tanh(x), which grows without bound near 0, where tanh is 0."""
    return 1 / np.tanh(x)


@mistake("tanh_forward", "this is the sigmoid", loses=("out",),
         hint="Which values can tanh take?")
@with_cache_out
def tanh_forward_sigmoid(x):
    """The sigmoid lies between 0 and 1, tanh between -1 and 1."""
    return sigmoid(x)


@mistake("tanh_forward", "exp overflows to nan", loses=(LARGE,),
         hint="Use your sigmoid_forward, which cannot overflow.")
@with_cache_out
def tanh_forward_overflow(x):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)) is inf / inf = nan for large x."""
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


# tanh_backward


@mistake("tanh_backward", like=tanh_scalar_sigmoid)
def tanh_backward_sigmoid(dout, cache):
    return dout * cache * (1 - cache)


@mistake("tanh_backward", like=relu_backward_only_mask,
         hint="What does the chain rule multiply the slope by?")
def tanh_backward_without_dout(dout, cache):
    return 1 - cache**2


@mistake("tanh_backward", "tanh is applied a second time", loses=("dx",),
         hint="The cache holds out. What does your formula expect it to hold?")
def tanh_backward_twice(dout, cache):
    """out is tanh of x already. The slope is computed from out itself."""
    return dout * (1 - np.tanh(cache) ** 2)


@mistake("tanh_backward", like=tanh_scalar_not_squared,
         hint="Compare with the scalar gradient that you wrote above.")
def tanh_backward_not_squared(dout, cache):
    return dout * (1 - cache)


@mistake("tanh_backward", like=sigmoid_backward_in_place)
def tanh_backward_in_place(dout, cache):
    dout *= 1 - cache**2
    return dout


@mistake("tanh_backward", like=sigmoid_backward_changes_cache)
def tanh_backward_changes_cache(dout, cache):
    cache *= cache
    return dout * (1 - cache)
