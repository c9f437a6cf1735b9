"""Known mistakes of 04_activations."""

from __future__ import annotations

import math

import numpy as np

from autograder.checking.exercise import ANOTHER_CACHE, PAIR, UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.activations import (
    ANY_SHAPE,
    AT_ZERO,
    EARLIER_CACHE,
    FINITE,
    LARGE,
    OVERFLOW,
)

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
         hint="What is max(0, 0.5), and what is max(0, 0.6)?")
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


# sigmoid


@mistake("sigmoid", "this is the sigmoid of -x", loses=("out",),
         hint="Should the sigmoid rise or fall?")
def sigmoid_falling(x):
    """1 / (1 + exp(x)) is the mirror image: it falls from 1 to 0."""
    return 1 / (1 + np.exp(x))


@mistake("sigmoid", "the exponential overflows for negative x", loses=(OVERFLOW,),
         hint="Which of the two formulas has an exponent that is not positive for x < 0?")
def sigmoid_naive(x):
    """At x = −1000 the computer meets exp(1000). Here the value comes out right by luck."""
    return 1 / (1 + np.exp(-x))


@mistake("sigmoid", "the exponential overflows for positive x", loses=(OVERFLOW,),
         hint="Which of the two formulas has an exponent that is not positive for x > 0?")
def sigmoid_other_form(x):
    """exp(x) is safe for negative x only. At x = 1000 it is infinite, and exp(x) / (1 + exp(x)) is
    inf / inf."""
    return np.exp(x) / (1 + np.exp(x))


@mistake("sigmoid", "an exponential overflows for both signs of x", loses=(OVERFLOW,),
         hint="Which single exponential do both formulas need?")
def sigmoid_both_branches(x):
    """At both ends an exponent is large and positive. np.where, for one, chooses after both
    formulas are computed for every x, and exp(|x|) is too large at both ends, too."""
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


@mistake("sigmoid", "one formula is chosen for the whole array", loses=(OVERFLOW,),
         hint="If one entry is 1000 and another -1000, which formula does each of them get?")
def sigmoid_one_choice(x):
    """Where entries of both signs meet, one of them gets the formula that overflows for it. Every
    entry chooses for itself."""
    if np.max(x) > 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


@mistake("sigmoid", "every x below -15 counts as -15", loses=(OVERFLOW,),
         hint="What is the sigmoid of -1000, and what is that of -15? Which of the two formulas "
              "needs no clipping?")
def sigmoid_clipped(x):
    """Nothing overflows, and nothing becomes smaller than 0.0000003. That has 6 zeros behind the
    point, and the sigmoid of -100 has 43."""
    return 1 / (1 + np.exp(-np.clip(x, -15, 15)))


@mistake("sigmoid", "x = 0 belongs to neither side", loses=("out",),
         hint="What is the sigmoid of 0, and which of your two lines computes it?")
def sigmoid_without_zero(x):
    """Both conditions are strict, and where x is exactly 0 no formula is used."""
    return np.where(x == 0, 0.0, sigmoid(x))


@mistake("sigmoid", "a minus instead of a plus below the line", loses=("out",),
         hint="What is the denominator of the formula at x = 0, and what is yours?")
def sigmoid_minus(x):
    """With 1 - exp(-x) in the denominator the function is not bounded, and infinite at 0."""
    return 1 / (1 - np.exp(-x))


@mistake("sigmoid", "the hyperbolic tangent", loses=("out",),
         hint="What should come out for x = 0?")
def sigmoid_is_tanh(x):
    """tanh has the same shape, and runs from -1 to 1. The sigmoid runs from 0 to 1."""
    return np.tanh(x)


@mistake("sigmoid", "negative x are treated like positive ones", loses=("out",),
         hint="For x = -2, which of the two formulas has exp(-|x|) in it, and where?")
def sigmoid_of_size(x):
    """1 / (1 + exp(-|x|)) is the first formula. For negative x it gives the sigmoid of |x|."""
    return 1 / (1 + np.exp(-np.abs(x)))


# sigmoid_grad


@mistake("sigmoid_grad", "x is taken for the value of the sigmoid", loses=("slope",),
         hint="Which number is multiplied by one minus itself: x, or the sigmoid of x?")
def sigmoid_grad_of_x(x):
    """x * (1 - x) is right only where x already is a sigmoid. Here it is the input."""
    return x * (1 - x)


@mistake("sigmoid_grad", "one factor is missing", loses=("slope",),
         hint="Of which two factors is the derivative a product?")
def sigmoid_grad_one_factor(x):
    """1 - sigmoid(x) is only the second factor of the derivative."""
    return 1 - sigmoid(x)


@mistake("sigmoid_grad", "the smaller of the two factors alone", loses=("slope",),
         hint="How steep is the sigmoid at x = 0? What do you get if you differentiate 1 / u: is "
              "there a square?")
def sigmoid_grad_smaller_factor(x):
    """e / (1 + e) with e = exp(-|x|) is sigmoid(x) or sigmoid(-x), whichever is smaller. The slope
    is the product of the two, and below the line it has a square."""
    return np.minimum(sigmoid(x), sigmoid(-x))


@mistake("sigmoid_grad", "the sign is wrong", loses=("slope",),
         hint="How many minus signs are there in the derivation, and what do they make together?")
def sigmoid_grad_negative(x):
    """The sigmoid rises everywhere, so its derivative cannot be negative."""
    return -sigmoid(x) * (1 - sigmoid(x))


@mistake("sigmoid_grad", "1 - s ** 2, as for tanh", loses=("slope",),
         hint="Add the two factors of the text. What do they give together?")
def sigmoid_grad_tanh(x):
    """1 - s ** 2 is the slope of the hyperbolic tangent, where s is the value of that."""
    return 1 - sigmoid(x) ** 2


@mistake("sigmoid_grad", "infinity divided by infinity", loses=(FINITE,),
         hint="Can both factors be written with the sigmoid alone?")
def sigmoid_grad_by_exponentials(x):
    """The formula is right, and its exponentials overflow at x = −1000. The result is nan."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(-x) / (1 + np.exp(-x)) ** 2


@mistake("sigmoid_grad", "infinity divided by infinity at large positive x", loses=(FINITE,),
         hint="Which of the two ends makes exp(x) overflow? Is there a form without it?")
def sigmoid_grad_by_other_exponentials(x):
    """The formula is right, and its exponentials overflow at x = 1000. The result is nan."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(x) / (1 + np.exp(x)) ** 2


@mistake("sigmoid_grad", "a plus in the second factor", loses=("slope",),
         hint="What do the two factors of the derivation add up to?")
def sigmoid_grad_plus(x):
    """For large x the sigmoid is flat, and its slope goes to 0. This goes to 2."""
    return sigmoid(x) * (1 + sigmoid(x))


# tanh_scalar_gradient


@mistake("tanh_scalar_gradient", "dout is ignored", loses=("dx",),
         hint="The chain rule multiplies. What is the other factor?")
def tanh_scalar_without_dout(out, dout):
    """This is the slope of out. The slope of the loss is dout times that."""
    return 1 - out**2


@mistake("tanh_scalar_gradient", "out is not squared", loses=("dx",),
         hint="What is left of 4 s (1 - s) if you put in s = (1 + out) / 2 and multiply out?")
def tanh_scalar_not_squared(out, dout):
    """The slope must be the same for out and -out, because the graph of tanh is symmetric."""
    return dout * (1 - out)


@mistake("tanh_scalar_gradient", "the difference is squared, not out", loses=("dx",),
         hint="tanh is as steep at -x as at x. What does your slope give for out and for -out?")
def tanh_scalar_square_of_difference(out, dout):
    """(1 - out)**2 squares the whole bracket. For negative out it is larger than 1, and nowhere is
    tanh so steep."""
    return dout * (1 - out) ** 2


@mistake("tanh_scalar_gradient", "this is the slope of the sigmoid", loses=("dx",),
         hint="What is out at x = 0, and how steep is tanh there?")
def tanh_scalar_sigmoid(out, dout):
    """out * (1 - out) is 0 at x = 0, where tanh is steepest."""
    return dout * out * (1 - out)


@mistake("tanh_scalar_gradient", "the slope of the sigmoid, with its two factors 2",
         loses=("dx",), hint="Which number is multiplied by one minus itself: out, or s?")
def tanh_scalar_out_for_s(out, dout):
    """4 s (1 - s) holds the sigmoid s of 2 x. Here out stands in its place."""
    return dout * 4 * out * (1 - out)


@mistake("tanh_scalar_gradient", "tanh is applied a second time", loses=("dx",),
         hint="The function receives out. What would it have to receive for your formula?")
def tanh_scalar_twice(out, dout):
    """out is tanh of x already. Taking tanh of out gives another number."""
    return dout * (1 - math.tanh(out) ** 2)


@mistake("tanh_scalar_gradient", "a factor 2 is missing", loses=("dx",),
         hint="In 2 * sigmoid(2 x) - 1, what is the slope of 2 x?")
def tanh_scalar_half(out, dout):
    """Two factors 2 occur: one in front of the sigmoid, and one inside it. One of them is lost."""
    return dout * (1 - out**2) / 2


@mistake("tanh_scalar_gradient", "both factors 2 are missing", loses=("dx",),
         hint="Along the path x, 2 x, s, out there are three slopes. Which are they?")
def tanh_scalar_quarter(out, dout):
    """s (1 - s) is the slope in the middle of the path. The one before and the one behind are 2."""
    return dout * (1 - out**2) / 4


@mistake("tanh_scalar_gradient", "a plus before the square", loses=("dx",),
         hint="How steep is tanh where out is nearly 1?")
def tanh_scalar_plus(out, dout):
    """Far from 0 tanh is flat, and its slope goes to 0. This goes to 2."""
    return dout * (1 + out**2)


@mistake("tanh_scalar_gradient", "dout stands where out belongs", loses=("dx",),
         hint="On which of the two arguments does the slope of tanh depend?")
def tanh_scalar_dout_squared(out, dout):
    """The slope of tanh is written with its output. dout only multiplies it."""
    return dout * (1 - dout**2)


@mistake("tanh_scalar_gradient", "the size of out instead of its square", loses=("dx",),
         hint="What is left of 4 s (1 - s) if you put in s = (1 + out) / 2 and multiply out?")
def tanh_scalar_size(out, dout):
    """1 - |out| has a corner at 0, and tanh has none."""
    return dout * (1 - abs(out))


# relu_dx_entry


@mistake("relu_dx_entry", "dout passes where x = 0", loses=(AT_ZERO,),
         hint="What does the text agree on for the slope at the kink?")
def relu_entry_at_zero(dout, x, n, d):
    """At the kink there is no derivative. The course's convention is slope 0 there."""
    return float(dout[n, d]) if x[n, d] >= 0 else 0.0


@mistake("relu_dx_entry", "dout is summed over the row", loses=("dx[n, d]",),
         hint="How many entries of out does x[n, d] touch?")
def relu_entry_row_sum(dout, x, n, d):
    """In an affine layer x[n, d] touches a whole row. Here it touches one entry only."""
    return float(dout[n].sum()) if x[n, d] > 0 else 0.0


@mistake("relu_dx_entry", "dout is summed over the row, without a mask", loses=("dx[n, d]",),
         hint="How many entries of out does x[n, d] touch, and how steep is each path?")
def relu_entry_plain_row_sum(dout, x, n, d):
    """In an affine layer x[n, d] touches a whole row. Here it touches one entry, and relu decides
    whether that path is open."""
    return float(dout[n].sum())


@mistake("relu_dx_entry", "the active entries of the row are added", loses=("dx[n, d]",),
         hint="The slope of out[n, l] with respect to x[n, d]: what is it for l other than d?")
def relu_entry_active_row(dout, x, n, d):
    """The other entries of the row may be active, but x[n, d] does not touch them."""
    return float(dout[n] @ (x[n] > 0))


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
         hint="Each path has one factor in the layer. Which one comes behind it?")
def relu_entry_without_dout(dout, x, n, d):
    """1 or 0 is the slope of out[n, d]. The slope of the loss is dout[n, d] times that."""
    return 1.0 if x[n, d] > 0 else 0.0


@mistake("relu_dx_entry", "the sign of dout decides", loses=("dx[n, d]",),
         hint="Which array was relu applied to?")
def relu_entry_dout_decides(dout, x, n, d):
    """Relu was applied to x, so its sign decides. A negative dout passes like a positive one."""
    return max(0.0, float(dout[n, d]))


@mistake("relu_dx_entry", "the mask is missing", loses=("dx[n, d]", AT_ZERO),
         hint="What is the slope of out[n, d] where x[n, d] is negative?")
def relu_entry_without_mask(dout, x, n, d):
    """Where x[n, d] is negative, out[n, d] is 0 and stays 0, and dx[n, d] is 0."""
    return float(dout[n, d])


@mistake("relu_dx_entry", "the sign of x in place of the mask", loses=("dx[n, d]", AT_ZERO),
         hint="If x[n, d] grows from -3 to -2.99, by how much does out[n, d] grow?")
def relu_entry_sign(dout, x, n, d):
    """The sign is -1 where x[n, d] is negative. Relu is flat there, and its slope is 0."""
    return float(dout[n, d] * np.sign(x[n, d]))


@mistake("relu_dx_entry", "dout is multiplied by out", loses=("dx[n, d]",),
         hint="If x[n, d] grows from 3 to 3.01, by how much does out[n, d] grow?")
def relu_entry_times_out(dout, x, n, d):
    """The chain rule needs the slope of relu, 1 or 0, and not its value."""
    return float(dout[n, d] * max(0.0, x[n, d]))


@mistake("relu_dx_entry", "dout is summed down the column", loses=("dx[n, d]",),
         hint="Does x[n, d] occur in an output of another sample?")
def relu_entry_column_sum(dout, x, n, d):
    """Feature d of the other samples is computed from their own entries of x."""
    return float(dout[:, d].sum()) if x[n, d] > 0 else 0.0


# crelu_jacobian


def crelu_slopes(x):
    """The diagonals of the two halves of the table."""
    return (x > 0).astype(float), -(x < 0).astype(float)


@mistake("crelu_jacobian", "the second half of out is missing", loses=("jacobian",),
         hint="How many entries has out, and how many rows must the table have?")
def crelu_jacobian_relu(x):
    """This is the table of relu: one row for each of the first D entries of out."""
    return np.diag(crelu_slopes(x)[0])


@mistake("crelu_jacobian", "rows and columns are exchanged", loses=("jacobian",),
         hint="jacobian[i, j]: which index counts the entries of out?")
def crelu_jacobian_transposed(x):
    """One row for each output, one column for each input. This is the transposed table."""
    return np.concatenate([np.diag(slopes) for slopes in crelu_slopes(x)], axis=1)


@mistake("crelu_jacobian", "the slope of relu(-x) has the wrong sign", loses=("jacobian",),
         hint="x grows from -3 to -2.9. Does max(0, -x) rise or fall?")
def crelu_jacobian_sign(x):
    """Where x is negative, relu(-x) is -x, and falls when x grows."""
    return np.abs(np.concatenate([np.diag(slopes) for slopes in crelu_slopes(x)]))


@mistake("crelu_jacobian", "both halves are the same", loses=("jacobian",),
         hint="For x = 2, what is max(0, -x), and how steep is it?")
def crelu_jacobian_twice(x):
    """The second half of out is relu of -x: it is active where the first half is not."""
    return np.concatenate([np.diag(crelu_slopes(x)[0])] * 2)


@mistake("crelu_jacobian", "the second half is active where x is positive", loses=("jacobian",),
         hint="For x = 2, what is max(0, -x), and how steep is it?")
def crelu_jacobian_minus_relu(x):
    """-1 is the right slope in the wrong place: relu(-x) is flat where x is positive."""
    return np.concatenate([np.diag(crelu_slopes(x)[0]), -np.diag(crelu_slopes(x)[0])])


@mistake("crelu_jacobian", "the table holds the values of out", loses=("jacobian",),
         hint="What is the slope of out = x?")
def crelu_jacobian_values(x):
    """The table holds slopes. Where x is positive the first slope is 1, however large x is."""
    return np.concatenate([np.diag(np.maximum(x, 0.0)), np.diag(np.maximum(-x, 0.0))])


@mistake("crelu_jacobian", "only the slopes are returned", loses=("jacobian",),
         hint="How many columns must the table have, and where do the slopes stand?")
def crelu_jacobian_slopes(x):
    """These slopes are right. The table has D of them in each row, and the others are zeros."""
    return np.concatenate(crelu_slopes(x))


@mistake("crelu_jacobian", "every row holds all slopes", loses=("jacobian",),
         hint="Does out[0] contain x[1]? Then what is jacobian[0, 1]?")
def crelu_jacobian_rows(x):
    """Each entry of out contains one entry of x, so only one slope in a row can be other than 0."""
    return np.concatenate([np.tile(slopes, (len(x), 1)) for slopes in crelu_slopes(x)])


@mistake("crelu_jacobian", "the two halves alternate", loses=("jacobian",),
         hint="Write down out for x = (2, -1). Where does relu of -x_0 stand?")
def crelu_jacobian_alternating(x):
    """First come all D entries of relu(x), then all D of relu(-x)."""
    first, second = map(np.diag, crelu_slopes(x))
    return np.stack([first, second], axis=1).reshape(-1, len(x))


@mistake("crelu_jacobian", "the two halves are exchanged", loses=("jacobian",),
         hint="Which half of out comes first?")
def crelu_jacobian_exchanged(x):
    """The rows are in the order of out: relu(x) first, then relu(-x)."""
    first, second = map(np.diag, crelu_slopes(x))
    return np.concatenate([second, first])


@mistake("crelu_jacobian", "the sign of x in place of the slopes", loses=("jacobian",),
         hint="For x = -3, how steep is max(0, x)?")
def crelu_jacobian_of_signs(x):
    """This is the table of |x| and -|x|. A relu is flat on one side."""
    return np.concatenate([np.diag(np.sign(x)), -np.diag(np.sign(x))])


# relu_forward


@mistake("relu_forward", "the maximum along an axis is taken", loses=("out",),
         hint="Which function of NumPy looks for the largest entry, and which compares entry by "
              "entry?")
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


@mistake("relu_forward", "large numbers are cut off", loses=("out",),
         hint="What is max(0, 250)?")
@with_cache_x
def relu_forward_cut_off(x):
    """Relu has no upper end: what is positive stays as it is, however large."""
    return np.clip(x, 0, 6)


@mistake("relu_forward", "x is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into x, under this name or another one?")
@with_cache_x
def relu_forward_in_place(x):
    """The caller still needs x, and its negative entries are lost for good."""
    x[x < 0] = 0
    return x


@mistake("relu_forward", "it only works for matrices", loses=(ANY_SHAPE,),
         hint="How many axes does your code count on? Which operation needs to count none?")
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
    return cache > 0


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


@mistake("relu_backward", "the sign of x in place of the mask", loses=("dx",),
         hint="If an entry of x grows from -3 to -2.99, by how much does out grow?")
def relu_backward_sign(dout, cache):
    """The sign is -1 where x is negative. Relu is flat there, and lets nothing pass."""
    return dout * np.sign(cache)


@mistake("relu_backward", "the mask is upside down", loses=("dx",),
         hint="Where x is negative, does out change when x changes a little?")
def relu_backward_upside_down(dout, cache):
    """dout passes where x is negative and is stopped where x is positive: the wrong way round."""
    return dout * (cache < 0)


@mistake("relu_backward", "dout passes where x = 0", loses=(AT_ZERO,),
         hint="What does the text agree on for x = 0, and what does your condition say there?")
def relu_backward_at_zero(dout, cache):
    """At the kink there is no derivative. The course's convention is slope 0 there."""
    return dout * (cache >= 0)


@mistake("relu_backward", "half of dout passes where x = 0", loses=(AT_ZERO,),
         hint="Which slope at the kink does the text agree on?")
def relu_backward_half_at_zero(dout, cache):
    """One half is the mean of both slopes, and a possible convention. The course's is 0."""
    return dout * (0.5 + 0.5 * np.sign(cache))


@mistake("relu_backward", "tiny positive x count as 0", loses=("dx",),
         hint="If an entry of x is 0.0000001 and grows by a hundredth of that, does out grow?")
def relu_backward_tolerant(dout, cache):
    """Relu asks for the sign and nothing else. However small a positive entry is, its slope is
    1."""
    return dout * (cache > 1e-6)


@mistake("relu_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into dout, under this name or another one?")
def relu_backward_in_place(dout, cache):
    """The caller's dout is damaged for whoever needs it next."""
    dx = dout
    dx[cache <= 0] = 0
    return dx


@mistake("relu_backward", "the cached x is changed in place", loses=(UNCHANGED,),
         hint="Which of your lines writes into an array that belongs to the caller?")
def relu_backward_changes_cache(dout, cache):
    """The array in the cache is the caller's x itself. Whatever is written into it, x is lost."""
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


@mistake("relu_backward", "the x of the last forward pass is used", loses=(EARLIER_CACHE,),
         hint="Which forward pass does the array belong to that you use: to the last one, or to "
              "this cache?", relu_forward=_remembering_relu_forward)
def relu_backward_stale(dout, cache):
    """The function uses the x of the last forward pass, not that of the cache it is given."""
    return dout * (_last["x"] > 0)


@mistake("relu_backward", ANOTHER_CACHE, loses=(PAIR,),
         hint="What does your relu_forward return in the second place?",
         relu_forward=lambda x: (np.maximum(x, 0), None))
def relu_backward_without_cache(dout, cache):
    """By itself relu_backward is right: with the cache that the chapter describes, x. Your
    relu_forward makes another one."""
    return dout * (cache > 0)


# sigmoid_forward


@mistake("sigmoid_forward", "this is the sigmoid of -x", loses=("out",),
         hint="For large positive x, should out be near 1 or near 0?")
@with_cache_out
def sigmoid_forward_sign(x):
    """1 / (1 + exp(x)) is the sigmoid of -x: it falls where the sigmoid grows."""
    return sigmoid(-x)


@mistake("sigmoid_forward", "this is 1 + exp(-x)", loses=("out",),
         hint="Python divides before it adds. What exactly is 1 divided by?")
@with_cache_out
def sigmoid_forward_bracket(x):
    """This is the denominator alone. 1 / 1 + exp(-x) gives it as well: the whole denominator needs
    brackets."""
    return 1 / 1 + np.exp(-x)


@mistake("sigmoid_forward", "this is softmax", loses=("out",),
         hint="On how many entries of x does out[0, 0] depend?")
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
         hint="Which form has an exponential that cannot overflow, so that nothing needs clipping?")
@with_cache_out
def sigmoid_forward_clipped(x):
    """Clipping x to [-10, 10] avoids the overflow, and turns outputs near 0 into 0.00005."""
    return sigmoid(np.clip(x, -10, 10))


@mistake("sigmoid_forward", "every x below -15 counts as -15", like=sigmoid_clipped, loses=(LARGE,))
@with_cache_out
def sigmoid_forward_cut_off(x):
    return sigmoid_clipped(x)


@mistake("sigmoid_forward", "x is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into x?")
@with_cache_out
def sigmoid_forward_in_place(x):
    """The caller's x now holds something else."""
    out = sigmoid(x)
    x *= -1
    return out


@mistake("sigmoid_forward", "the slope is returned", loses=("out",),
         hint="Which of your functions computes the value, and which one its slope?")
@with_cache_out
def sigmoid_forward_slope(x):
    """sigmoid_grad is for the way back. The forward pass returns the value."""
    return sigmoid(x) * (1 - sigmoid(x))


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


@mistake("sigmoid_backward", "the factor 1 - out is missing", loses=("dx",),
         hint="Of which two factors is the slope in sigmoid_grad a product?")
def sigmoid_backward_first_factor(dout, cache):
    """The slope of the sigmoid is a product of two factors, and out is only one of them."""
    return dout * cache


@mistake("sigmoid_backward", "the factor out is missing", loses=("dx",),
         hint="Of which two factors is the slope in sigmoid_grad a product?")
def sigmoid_backward_second_factor(dout, cache):
    """The slope of the sigmoid is a product of two factors, and 1 - out is only one of them."""
    return dout * (1 - cache)


@mistake("sigmoid_backward", "the largest slope is used everywhere", loses=("dx",),
         hint="How steep is the sigmoid where out is nearly 1?")
def sigmoid_backward_quarter(dout, cache):
    """A quarter is the slope at x = 0. To both sides of it the sigmoid becomes flatter."""
    return dout / 4


@mistake("sigmoid_backward", "a plus in the second factor", loses=("dx",),
         hint="What do the two factors of the derivation add up to?")
def sigmoid_backward_plus(dout, cache):
    """Where out is nearly 1 the sigmoid is flat, and its slope nearly 0. This is nearly 2."""
    return dout * cache * (1 + cache)


@mistake("sigmoid_backward", "the sign is wrong", loses=("dx",),
         hint="Does the sigmoid grow or fall? Then which sign must its slope have?")
def sigmoid_backward_sign(dout, cache):
    """The sigmoid grows everywhere, so its slope is positive: the two minus signs cancel."""
    return dout * cache * (cache - 1)


@mistake("sigmoid_backward", "1 - out**2, as for tanh", loses=("dx",),
         hint="What is the slope of the sigmoid at x = 0, where out is one half?")
def sigmoid_backward_tanh(dout, cache):
    """1 - out**2 belongs to tanh. The slope of the sigmoid is never larger than a quarter."""
    return dout * (1 - cache**2)


@mistake("sigmoid_backward", "dout takes the place of out in one factor", loses=("dx",),
         hint="On which of the two arrays does the slope depend?")
def sigmoid_backward_mixed_up(dout, cache):
    """The slope out * (1 - out) is computed from out alone; dout only multiplies it."""
    return dout * (1 - dout) * cache


def _sigmoid_forward_caching_x(x):
    return sigmoid(x), x


@mistake("sigmoid_backward", "a matrix product in place of the product entry by entry",
         loses=("dx",), hint="Which operator multiplies entry by entry, * or @?")
def sigmoid_backward_matrix_product(dout, cache):
    """dout @ slope multiplies rows by columns and adds. Most shapes do not even allow it; here
    every entry of dout meets only its own slope."""
    return dout @ (cache * (1 - cache))


@mistake("sigmoid_backward", "the slope is computed from x and overflows", loses=(LARGE,),
         hint="If the cache holds out, can the slope be written without an exponential?",
         sigmoid_forward=_sigmoid_forward_caching_x)
def sigmoid_backward_overflow(dout, cache):
    """exp(-x) / (1 + exp(-x))**2 is inf / inf = nan for large negative x. With out it is safe."""
    e = np.exp(-cache)
    return dout * e / (1 + e) ** 2


@mistake("sigmoid_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="Which of your lines writes into an array that belongs to the caller?")
def sigmoid_backward_in_place(dout, cache):
    """The caller's dout is damaged for whoever needs it next."""
    dout *= cache * (1 - cache)
    return dout


@mistake("sigmoid_backward", "the cached out is changed in place", loses=(UNCHANGED,),
         hint="Which of your lines writes into an array that belongs to the caller?")
def sigmoid_backward_changes_cache(dout, cache):
    """The array in the cache is the output itself, which the next layer still reads."""
    out = cache
    out *= 1 - out
    return dout * out


@mistake("sigmoid_backward", "it only works for matrices", loses=(ANY_SHAPE,),
         hint="How many axes does your code count on? Which operations need to count none?")
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


@mistake("sigmoid_backward", "the out of the last forward pass is used", loses=(EARLIER_CACHE,),
         hint="Which forward pass does the array belong to that you use: to the last one, or to "
              "this cache?", sigmoid_forward=_remembering_sigmoid_forward)
def sigmoid_backward_stale(dout, cache):
    """The function uses the out of the last forward pass, not that of the cache it is given."""
    out = _last["out"]
    return dout * out * (1 - out)


@mistake("sigmoid_backward", ANOTHER_CACHE, loses=(PAIR,),
         hint="Which array does sigmoid_forward put into the cache, and which one is used here?",
         sigmoid_forward=_sigmoid_forward_caching_x)
def sigmoid_backward_of_another_cache(dout, cache):
    """By itself sigmoid_backward is right: with the cache that the chapter describes, out. Your
    sigmoid_forward makes another one."""
    return dout * cache * (1 - cache)


# exposing_arrays


@mistake("exposing_arrays", "all of x is positive", loses=("x and dout",),
         hint="Which line of relu_backward_buggy writes into dout, and where?")
def exposing_positive():
    """Where x is positive nothing is written, and the bug stays hidden."""
    return np.array([2.0, 1.5, 0.5]), np.array([1.0, -2.0, 3.0])


@mistake("exposing_arrays", "dout is 0 where x is negative", loses=("x and dout",),
         hint="Which entries of dout would show that they were overwritten with 0?")
def exposing_zero_dout():
    """Writing 0 over a 0 changes nothing, and the bug stays hidden."""
    return np.array([2.0, -1.0, 0.5]), np.array([1.0, 0.0, -3.0])


@mistake("exposing_arrays", "dout has another shape than x", loses=("x and dout",),
         hint="Which shape has out, and so which shape has dout?")
def exposing_shapes():
    """There must be one upstream gradient for each entry of out."""
    return np.array([2.0, -1.0, 0.5]), np.array([1.0])


@mistake("exposing_arrays", "only x is given", loses=("x and dout",),
         hint="How many arrays does the question ask for?")
def exposing_only_x():
    """Whether damage is seen depends on dout as well."""
    return np.array([2.0, -1.0, 0.5])


@mistake("exposing_arrays", "numbers instead of arrays", loses=("x and dout",),
         hint="Can the line dx[x <= 0] = 0 write into a single number?")
def exposing_numbers():
    """A number cannot be written into, so the line dx[x <= 0] = 0 needs arrays."""
    return -1.0, 2.0


# relu_backward_mended


@mistake("relu_backward_mended", "dout is still changed", loses=(UNCHANGED,),
         hint="Which line writes into dout, under this name or another one?")
def mended_not(dout, cache):
    """The caller's dout is still written into."""
    return relu_backward_in_place(dout, cache)


@mistake("relu_backward_mended", "x is changed instead", loses=(UNCHANGED,),
         hint="Which line writes into x, under this name or another one?")
def mended_changes_x(dout, cache):
    """dout is left alone now, but the caller's x is written into."""
    cache[cache <= 0] = 0
    cache[cache > 0] = 1
    return dout * cache


@mistake("relu_backward_mended", like=relu_backward_at_zero,
         hint="What did the given line do where x is exactly 0?")
def mended_at_zero(dout, cache):
    return relu_backward_at_zero(dout, cache)


@mistake("relu_backward_mended", "the mask is missing", loses=("dx",),
         hint="Which array do you return, and which one do you write zeros into?")
def mended_returns_dout(dout, cache):
    """All of dout is passed on. There are no zeros, or they stand in an array that is not
    returned."""
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


@mistake("relu_backward_mended", "x stands in the place of dout", loses=("dx",),
         hint="Which of the two arrays flows back through the mask?")
def mended_copies_x(dout, cache):
    """This returns relu of x, the forward pass. The numbers that pass must be those of dout."""
    dx = cache.copy()
    dx[cache <= 0] = 0
    return dx


# softplus_forward


def softplus(x):
    """Softplus as it should be."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@mistake("softplus_forward", "exp overflows for large x", loses=(LARGE,),
         hint="For large x, take exp(x) out of the bracket. What is the logarithm of a product?")
@with_cache_x
def softplus_forward_naive(x):
    """At x = 1000 this is the logarithm of infinity. The answer is close to x."""
    return np.log(1 + np.exp(x))


@mistake("softplus_forward", "exp overflows for large negative x", loses=(LARGE,),
         hint="On which side of 0 is this form safe? And what about the other side?")
@with_cache_x
def softplus_forward_other_form(x):
    """x + log(1 + exp(-x)) is safe for positive x only. At x = −1000 it is −1000 + inf."""
    return x + np.log(1 + np.exp(-x))


@mistake("softplus_forward", "the part before the logarithm is missing", loses=("out",),
         hint="What is softplus of 10, roughly, and what does your function say?")
@with_cache_x
def softplus_forward_without_x(x):
    """log(1 + exp(-|x|)) is right for negative x. For positive x, something was taken out of the
    bracket, and has to be added."""
    return np.log1p(np.exp(-np.abs(x)))


@mistake("softplus_forward", "x is added for negative x as well", loses=("out",),
         hint="What is softplus of -10, roughly, and what does your function say?")
@with_cache_x
def softplus_forward_always_x(x):
    """x + log(1 + exp(-|x|)) is right for positive x. For negative x nothing was taken out."""
    return x + np.log(1 + np.exp(-np.abs(x)))


@mistake("softplus_forward", "negative x are treated like positive ones", loses=("out",),
         hint="What is softplus of -10, roughly, and what does your function say?")
@with_cache_x
def softplus_forward_without_absolute(x):
    """For negative x this is softplus of -x. |x| in the place of max(x, 0) does that, and so does
    exp(-x) in the place of exp(-|x|)."""
    return np.maximum(x, 0) + np.log(1 + np.exp(-x))


@mistake("softplus_forward", "from some x on it is x itself", loses=("out",),
         hint="How large is log(1 + exp(-x)) at x = 10, and how many digits does float64 hold?")
@with_cache_x
def softplus_forward_x_from_10(x):
    """At 10 the part behind x is 5e-5, a million times larger than what rounding loses, and below
    10 it is larger still. There is a formula without any limit."""
    return np.where(x > 10, x, np.log1p(np.exp(np.minimum(x, 10))))


@mistake("softplus_forward", "this is x itself", loses=("out",),
         hint="What is log(exp(x))?")
@with_cache_x
def softplus_forward_without_one(x):
    """x is the logarithm of exp(x) alone. In softplus a 1 is added before the logarithm."""
    return x.copy()


@mistake("softplus_forward", "this is relu", loses=("out",),
         hint="What is softplus of 0?")
@with_cache_x
def softplus_forward_relu(x):
    """Softplus comes close to relu only far away from 0. At 0 it is log(2)."""
    return np.maximum(x, 0)


@mistake("softplus_forward", "the logarithm has another base", loses=("out",),
         hint="Which of NumPy's logarithms is the inverse of np.exp?")
@with_cache_x
def softplus_forward_log2(x):
    """np.log is the logarithm to the base e. np.log2 and np.log10 are others."""
    return np.log2(1 + np.exp(x))


@mistake("softplus_forward", "large x are clipped", loses=(LARGE,),
         hint="What is softplus of 1000, roughly?")
@with_cache_x
def softplus_forward_clipped(x):
    """Clipping x to 500 avoids the overflow. But softplus goes on growing, and this does not."""
    return np.log(1 + np.exp(np.clip(x, -500, 500)))


# softplus_backward


@mistake("softplus_backward", "this is the gradient of relu", loses=("dx",),
         hint="How steep is softplus at x = 0, where it has no corner?")
def softplus_backward_relu(dout, cache):
    """The slope of softplus does not jump: it rises smoothly from 0 to 1."""
    return dout * (cache > 0)


@mistake("softplus_backward", "dout is ignored", loses=("dx",),
         hint="What does the chain rule multiply the slope by?")
def softplus_backward_without_dout(dout, cache):
    """This is the gradient of the plain sum of out: dout has been replaced by ones."""
    return sigmoid(cache)


@mistake("softplus_backward", "the slope falls where it should rise", loses=("dx",),
         hint="Along the path x, u, out there are two slopes. Is there an exponential in one?")
def softplus_backward_without_inner(dout, cache):
    """1 / (1 + exp(x)) goes to 0 for large x, where softplus is nearly x and its slope nearly 1."""
    return dout * sigmoid(-cache)


@mistake("softplus_backward", "this is the slope of the sigmoid", loses=("dx",),
         hint="You need the slope of softplus. Is it a slope of the sigmoid, or a sigmoid?")
def softplus_backward_second_slope(dout, cache):
    """This goes to 0 for large x. There softplus is nearly x, and its slope nearly 1."""
    return dout * sigmoid(cache) * (1 - sigmoid(cache))


@mistake("softplus_backward", "the inner slope stands alone", loses=("dx",),
         hint="What is the slope of ln u?")
def softplus_backward_inner_only(dout, cache):
    """exp(x) is the slope of u = 1 + exp(x). The slope of its logarithm is another factor."""
    return dout * np.exp(cache)


@mistake("softplus_backward", like=sigmoid_backward_matrix_product)
def softplus_backward_matrix_product(dout, cache):
    return dout @ sigmoid(cache)


@mistake("relu_backward", like=sigmoid_backward_matrix_product)
def relu_backward_matrix_product(dout, cache):
    return dout @ (cache > 0)


@mistake("softplus_backward", "infinity divided by infinity", loses=(LARGE,),
         hint="Divide above and below by exp(x). Do you know a function that computes the result?")
def softplus_backward_overflow(dout, cache):
    """exp(x) / (1 + exp(x)) is right, and at x = 1000 it is inf / inf, which is nan."""
    return dout * np.exp(cache) / (1 + np.exp(cache))


@mistake("softplus_backward", ANOTHER_CACHE, loses=(PAIR,),
         hint="Which array does softplus_forward put into the cache, and which one is used here?",
         softplus_forward=lambda x: (softplus(x),) * 2)
def softplus_backward_of_another_cache(dout, cache):
    """By itself softplus_backward is right: with the cache that the chapter describes, x. Your
    softplus_forward makes another one."""
    return dout * sigmoid(cache)


# recap_activations


@mistake("recap_activations", "the negative numbers are thought to be needed",
         loses=("saved_out",), hint="Read your relu_backward: what does it ask of x?")
def recap_numbers_lost():
    """They are gone, that is true. The question is what the way back uses of them."""
    return "a", "a", "c"


@mistake("recap_activations", "zeros are thought to be lost",
         loses=("saved_out",), hint="At x = 0, what is out, and what is the slope by convention?")
def recap_zeros_lost():
    """Compare an x of exactly 0 with an x of -1: their outputs, and their slopes in this course."""
    return "c", "a", "c"


@mistake("recap_activations", "a bug in one entry is suspected",
         loses=("one_entry",), hint="What about this one entry could be special?")
def recap_bug_in_one():
    """One line of code made all 5000 slopes, and 4999 of them agree in eight digits."""
    return "b", "b", "c"


@mistake("recap_activations", "rounding is suspected",
         loses=("one_entry",), hint="How large is the rounding error of a slope, compared to 1/3?")
def recap_rounding():
    """Rounding is spread over all entries, and with this step it spoils the last digits only."""
    return "b", "c", "c"


@mistake("recap_activations", "a sum over all entries is overlooked",
         loses=("diagonal",), hint="Which entries of x does out[0] contain?")
def recap_normalised():
    """Every entry is divided by the same sum, and every entry of x is in that sum."""
    return "b", "a", "a"


@mistake("recap_activations", "one entry a row is not yet a diagonal",
         loses=("diagonal",), hint="Write the table for three entries. Where are its ones?")
def recap_reversed():
    """Each out[i] contains a single entry of x here. But is it x[i]?"""
    return "b", "a", "b"
