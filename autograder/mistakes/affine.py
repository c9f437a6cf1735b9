"""Known mistakes of 03_affine."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import (
    ANOTHER_CACHE,
    LOOP,
    NO_LOOP,
    PAIR,
    PRECISION,
    SHAPES,
    UNCHANGED,
)
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.affine import EARLIER_CACHE, MANY_DIMENSIONS

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def flat(x):
    """x as a matrix of shape (N, D)."""
    return x.reshape(x.shape[0], -1)


def right_gradients(dout, cache):
    """dx, dw, db as they should be, to be spoiled in one place."""
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), flat(x).T @ dout, dout.sum(axis=0)


# predict_touched

W = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]])


def row_mask():
    """The entries that x[0, 0] touches: the first row."""
    mask = np.zeros((2, 4), dtype=int)
    mask[0] = 1
    return mask


@mistake("predict_touched", "only one entry is marked", loses=("touched",),
         hint="Write out[0, 1] as a sum. Does x[0, 0] occur in it?")
def touched_one():
    """x[0, 0] takes part in every sum of its own row, not only in the first."""
    mask = np.zeros((2, 4), dtype=int)
    mask[0, 0] = 1
    return mask, W[0]


@mistake("predict_touched", "a column is marked instead of a row", loses=("touched",),
         hint="Which sample does out[1, 0] belong to, and which sample does x[0, 0] belong to?")
def touched_column():
    """Samples do not mix: x[0, 0] belongs to sample 0, and so do the entries it touches."""
    mask = np.zeros((2, 4), dtype=int)
    mask[:, 0] = 1
    return mask, W[0]


@mistake("predict_touched", "everything is marked", loses=("touched",),
         hint="Write out[1, 0] as a sum. Does x[0, 0] occur in it?")
def touched_all():
    """Every row of out is computed from one row of x alone."""
    return np.ones((2, 4), dtype=int), W[0]


@mistake("predict_touched", "the slopes are a column of w", loses=("slopes",),
         hint="Beside which entries of w does x[0, 0] stand in out[0, 0], in out[0, 1], in "
              "out[0, 2]?")
def slopes_column():
    """x[0, 0] is multiplied by w[0, m]: d stays 0 and m runs, which is a row of w."""
    return row_mask(), W[:, 0]


# affine_scalar_gradients


@mistake("affine_scalar_gradients", "only the first sample counts", loses=("dw", "db"),
         hint="Along how many paths does w reach the loss?")
def scalar_first_sample(x0, x1, w, b, dout0, dout1):
    """w and b are used in both samples. Each of them has two paths to the loss."""
    return x0 * dout0, dout0


@mistake("affine_scalar_gradients", "dout is ignored", loses=("dw", "db"),
         hint="The chain rule multiplies. What is the last factor on each path?")
def scalar_without_dout(x0, x1, w, b, dout0, dout1):
    """These are the slopes of out0 + out1. The loss listens to each output with its own dout."""
    return x0 + x1, 2.0


@mistake("affine_scalar_gradients", "a mean over the two samples", loses=("dw", "db"),
         hint="What did chapter 02 do with the gradients of a value that is used twice?")
def scalar_mean(x0, x1, w, b, dout0, dout1):
    """Gradients along several paths add up. Nothing divides by their number."""
    return (x0 * dout0 + x1 * dout1) / 2, (dout0 + dout1) / 2


@mistake("affine_scalar_gradients", "x and dout are summed before they are multiplied",
         loses=("dw",),
         hint="Which comes first, multiplying along a path or adding over the paths?")
def scalar_product_of_sums(x0, x1, w, b, dout0, dout1):
    """A product of sums also multiplies the input of one sample by the gradient of the other."""
    return (x0 + x1) * (dout0 + dout1), dout0 + dout1


@mistake("affine_scalar_gradients", "the slope of each path in dw is w", loses=("dw",),
         hint="Hold x0 fixed. By how much does x0 * w + b grow when w grows by 1?")
def scalar_dw_times_w(x0, x1, w, b, dout0, dout1):
    """w is the slope of an output with respect to its x. Here w is what is pushed."""
    return w * dout0 + w * dout1, dout0 + dout1


@mistake("affine_scalar_gradients", "dw and db are returned in another order",
         loses=("dw", "db"),
         hint="In which order does the docstring want them, and in which order do you return "
              "them?")
def scalar_exchanged(x0, x1, w, b, dout0, dout1):
    """The numbers are right and stand in the wrong places: dw comes first."""
    return dout0 + dout1, x0 * dout0 + x1 * dout1


@mistake("affine_scalar_gradients", "only the second sample counts", like=scalar_first_sample)
def scalar_second_sample(x0, x1, w, b, dout0, dout1):
    return x1 * dout1, dout1


@mistake("affine_scalar_gradients", "each x meets the gradient of the other sample", loses=("dw",),
         hint="Which number stands beside w in out0, and what arrives at out0 from the right?")
def scalar_crossed(x0, x1, w, b, dout0, dout1):
    """The path through out0 has the slope x0, and dout0 arrives there."""
    return x0 * dout1 + x1 * dout0, dout0 + dout1


@mistake("affine_scalar_gradients", "the two paths are subtracted", loses=("dw", "db"),
         hint="What did chapter 02 do with the gradients of a value that is used twice?")
def scalar_difference(x0, x1, w, b, dout0, dout1):
    """Gradients along several paths add up."""
    return x0 * dout0 - x1 * dout1, dout0 - dout1


@mistake("affine_scalar_gradients", "db is multiplied by b", loses=("db",),
         hint="In x0 * w + b, what is b multiplied by?")
def scalar_db_times_b(x0, x1, w, b, dout0, dout1):
    """b is added, not multiplied: its own value does not matter for the slope."""
    return x0 * dout0 + x1 * dout1, b * (dout0 + dout1)


# affine_dx_entry, affine_dw_entry, affine_db_entry


@mistake("affine_dx_entry", "a column of w in the place of a row", loses=("dx[n, d]",),
         hint="Which index of w stays fixed while you sum over m?")
def dx_entry_column(dout, w, n, d):
    """The sum runs over m, the second index of w, with its first index fixed at d."""
    return dout[n] @ w[:, d]


@mistake("affine_dx_entry", "the two indices of w are exchanged", like=dx_entry_column)
def dx_entry_exchanged(dout, w, n, d):
    return sum(dout[n, m] * w[m, d] for m in range(w.shape[1]))


@mistake("affine_dx_entry", "the sum runs down a column of w", like=dx_entry_column)
def dx_entry_down_a_column(dout, w, n, d):
    return sum(dout[n, k] * w[k, d] for k in range(w.shape[0]))


@mistake("affine_dx_entry", "the sum over m is missing", loses=("dx[n, d]",),
         hint="How many entries of out does x[n, d] touch?")
def dx_entry_without_sum(dout, w, n, d):
    """x[n, d] reaches the loss along M paths, one through each out[n, m]. They add up."""
    return float(dout[n, 0] * w[d, 0])


@mistake("affine_dx_entry", "dout is ignored", loses=("dx[n, d]",),
         hint="Each path has two factors, one in the layer and one behind it. Which one is "
              "missing?")
def dx_entry_without_dout(dout, w, n, d):
    """The sum of weights is the slope of the sum of out, not of the loss."""
    return float(w[d].sum())


@mistake("affine_dx_entry", "one of the paths is left out", loses=("dx[n, d]",),
         hint="Through how many entries of out does x[n, d] reach the loss? How many terms do you "
              "add?")
def dx_entry_one_short(dout, w, n, d):
    """The sum ends before the last output. There are M paths, and all of them count."""
    return float(dout[n, :-1] @ w[d, :-1])


@mistake("affine_dx_entry", "the sum runs over D outputs, and there are M", loses=("dx[n, d]",),
         hint="What are the two sizes of w, and which of them counts the outputs?")
def dx_entry_over_features(dout, w, n, d):
    """The sum is over the outputs m, and w.shape[0] is the number of features. The two are the
    same only where w is square."""
    return float(sum(dout[n, m] * w[d, m] for m in range(w.shape[0])))


@mistake("affine_dx_entry", "a product of sums", loses=("dx[n, d]",),
         hint="Which comes first, multiplying along a path or adding over the paths?")
def dx_entry_product_of_sums(dout, w, n, d):
    """A product of sums also multiplies the gradient at one output by the weight of another."""
    return float(dout[n].sum() * w[d].sum())


@mistake("affine_dx_entry", "n and d are exchanged", loses=("dx[n, d]",),
         hint="Which of the two letters counts the rows of dout, and which those of w?")
def dx_entry_letters_exchanged(dout, w, n, d):
    """Sample n is a row of dout, and feature d a row of w."""
    return float(dout[d] @ w[n])


@mistake("affine_dx_entry", "a whole row of dx", loses=("dx[n, d]",),
         hint="Which letter is left over in your expression, and should stay fixed?")
def dx_entry_row(dout, w, n, d):
    """These are the entries of all features of the sample. One of them is asked for."""
    return dout[n] @ w.T


@mistake("affine_dx_entry", "a mean instead of a sum", loses=("dx[n, d]",),
         hint="What happens to the slopes of several paths? Does anything divide them?")
def dx_entry_mean(dout, w, n, d):
    """The paths through the M outputs add up. Nothing divides by M."""
    return float(np.mean(dout[n] * w[d]))


@mistake("affine_dw_entry", "the sum over n is missing", loses=("dw[d, m]",),
         hint="In how many samples is w[d, m] used?")
def dw_entry_without_sum(x, dout, d, m):
    """One weight is used once in every sample of the batch. The N contributions add up."""
    return float(x[0, d] * dout[0, m])


@mistake("affine_dw_entry", "dout is ignored", loses=("dw[d, m]",),
         hint="Each sample's contribution has two factors. Which one is missing?")
def dw_entry_without_dout(x, dout, d, m):
    """The sum of the inputs is the slope of the sum of out, not of the loss."""
    return float(x[:, d].sum())


@mistake("affine_dw_entry", "one of the samples is left out", loses=("dw[d, m]",),
         hint="In how many samples is w[d, m] used? How many terms do you add?")
def dw_entry_one_short(x, dout, d, m):
    """The sum ends before the last sample. There are N paths, and all of them count."""
    return float(x[:-1, d] @ dout[:-1, m])


@mistake("affine_dw_entry", "sample 0 is left out", like=dw_entry_one_short,
         loses=("dw[d, m]",))
def dw_entry_from_one(x, dout, d, m):
    """The sum begins at sample 1. On paper the samples count from 1, in Python from 0."""
    return float(x[1:, d] @ dout[1:, m])


@mistake("affine_dw_entry", "the two letters are exchanged", loses=("dw[d, m]",),
         hint="Which of the two letters counts the columns of x, and which those of dout?")
def dw_entry_letters_exchanged(x, dout, d, m):
    """Feature d is a column of x, and output m a column of dout."""
    return float(x[:, m] @ dout[:, d])


@mistake("affine_dw_entry", "a mean over the batch", loses=("dw[d, m]",),
         hint="Where does the loss divide by N, if it does: in this layer, or behind it?")
def dw_entry_mean(x, dout, d, m):
    """If the loss is a mean, its 1/N is already inside dout. The layer must only sum."""
    return float(np.mean(x[:, d] * dout[:, m]))


@mistake("affine_dw_entry", "x and dout are summed before they are multiplied",
         loses=("dw[d, m]",), hint="Which comes first for each sample, the product or the sum?")
def dw_entry_product_of_sums(x, dout, d, m):
    """A product of sums also multiplies the input of one sample by the gradient of another."""
    return float(x[:, d].sum() * dout[:, m].sum())


@mistake("affine_db_entry", "the number of samples is returned", loses=("db[m]",),
         hint="The slope of each out[n, m] is 1. What is each multiplied by?")
def db_entry_count(dout, m):
    """N times 1 is the slope of the sum of out. Each term still needs its dout[n, m]."""
    return float(dout.shape[0])


@mistake("affine_db_entry", "a mean instead of a sum", like=dw_entry_mean, loses=("db[m]",),
         hint="b[m] is added in every sample. What happens to the gradients of its uses?")
def db_entry_mean(dout, m):
    return float(dout[:, m].mean())


@mistake("affine_db_entry", "a row is summed instead of a column", loses=("db[m]",),
         hint="Which index belongs to the bias, and which is summed away?")
def db_entry_row(dout, m):
    """b[m] acts on output m of every sample: the sum runs over samples n."""
    return dout[m].sum()


@mistake("affine_db_entry", "all entries of dout are summed", loses=("db[m]",),
         hint="Which entries of out does b[m] touch?")
def db_entry_all(dout, m):
    """b[m] is added in column m alone."""
    return float(dout.sum())


@mistake("affine_db_entry", "all of db", loses=("db[m]",),
         hint="Which letter is left over in your expression, and should stay fixed?")
def db_entry_whole(dout, m):
    """This is db with all its entries. One of them is asked for."""
    return dout.sum(axis=0)


@mistake("affine_db_entry", "the sum over n is missing", loses=("db[m]",),
         hint="In how many samples is b[m] added?")
def db_entry_without_sum(dout, m):
    """The same b[m] is added in every sample, so it has one path to the loss in each."""
    return float(dout[0, m])


# affine_matrix_gradients


@mistake("affine_matrix_gradients", "dw is transposed", loses=("dw",),
         hint="dw must have the shape of w, (D, M). Which factor has to come first?")
def matrix_dw_transposed(x, dout):
    """dout.T @ x holds the right numbers in shape (M, D): every entry sits at the mirror place."""
    return dout.T @ x, dout.sum(axis=0)


@mistake("affine_matrix_gradients", "dout is ignored in dw", loses=("dw",),
         hint="The slope of each path has two factors. Which one has been replaced by ones?")
def matrix_dw_of_ones(x, dout):
    """This is the gradient of the plain sum of out: dout has been replaced by ones."""
    return x.T @ np.ones_like(dout), dout.sum(axis=0)


@mistake("affine_matrix_gradients", "db is summed over the outputs", loses=("db",),
         hint="db has one entry for each output m. Which axis of dout disappears?")
def matrix_db_wrong_axis(x, dout):
    """Summing over axis 1 leaves one number for each sample, of shape (N,)."""
    return x.T @ dout, dout.sum(axis=1)


@mistake("affine_matrix_gradients", "db keeps the batch axis", loses=("db",),
         hint="db must have the shape of b, (M,). Which line makes a second axis, or keeps it?")
def matrix_db_two_dimensional(x, dout):
    """The numbers are right, in shape (1, M). b has shape (M,), and so must its gradient."""
    return x.T @ dout, dout.sum(axis=0, keepdims=True)


@mistake("affine_matrix_gradients", "db is one number", loses=("db",),
         hint="Which axis of dout should disappear, and which should stay?")
def matrix_db_number(x, dout):
    """Without an axis, sum adds up all entries, also those of different outputs."""
    return x.T @ dout, dout.sum()


@mistake("affine_matrix_gradients", "the gradients are returned in another order",
         loses=("dw", "db"),
         hint="In which order does the docstring want them, and in which order do you return "
              "them?")
def matrix_exchanged(x, dout):
    """The numbers are right and stand in the wrong places: dw comes first."""
    return dout.sum(axis=0), x.T @ dout


@mistake("affine_matrix_gradients", "db is a mean over the batch", like=dw_entry_mean,
         loses=("db",), hint="What does your formula for db[m] say: is there a division in it?")
def matrix_db_mean(x, dout):
    return x.T @ dout, dout.mean(axis=0)


@mistake("affine_matrix_gradients", "dw is a mean over the batch", like=dw_entry_mean,
         loses=("dw",), hint="What does your formula for dw[d, m] say: is there a division in it?")
def matrix_dw_mean(x, dout):
    return x.T @ dout / len(x), dout.sum(axis=0)


@mistake("affine_matrix_gradients", "x is reshaped for dw, not transposed", loses=("dw",),
         hint="Take x = [[1, 2, 3], [4, 5, 6]]. What is x.T, and what is x.reshape(3, 2)?")
def matrix_dw_of_reshaped(x, dout):
    """A reshape makes an array of the shape of x.T, and reads the same numbers in the old order:
    samples and features are mixed."""
    return x.reshape(x.shape[1], x.shape[0]) @ dout, dout.sum(axis=0)


@mistake("affine_matrix_gradients", "db loses its axis where there is one output", loses=("db",),
         hint="Which shape has b in a layer with a single output, and which one has your db?")
def matrix_db_squeezed(x, dout):
    """Where there is a single output, db has no axis left, as np.squeeze would leave it. There b
    has the shape (1,), and so must its gradient."""
    return x.T @ dout, np.squeeze(dout.sum(axis=0))


@mistake("affine_matrix_gradients", LOOP, loses=(NO_LOOP,),
         hint="Which line is executed again and again? Which product of two matrices, or which "
              "sum, runs over the samples by itself?")
def matrix_loop(x, dout):
    """The sums over the samples need no loop. For dw a matrix product is that sum, in all entries
    at once; for db it is a sum along an axis."""
    return sum(np.outer(x[n], dout[n]) for n in range(len(x))), dout.sum(axis=0)


# affine_forward


def spoiled_forward(compute):
    """A forward function that computes `out` in its own way and caches what it should."""

    def affine_forward(x, w, b):
        return compute(x, w, b), (x, w, b)

    affine_forward.__doc__ = compute.__doc__
    return affine_forward


@mistake("affine_forward", "the bias is missing", loses=("out",),
         hint="Which term of the formula is not in your line?")
@spoiled_forward
def forward_without_bias(x, w, b):
    """out = x @ w is a linear layer. The affine layer also adds b to every row."""
    return flat(x) @ w


@mistake("affine_forward", "the bias is subtracted", loses=("out",),
         hint="What does the formula do with b?")
@spoiled_forward
def forward_minus_bias(x, w, b):
    """The formula adds b."""
    return flat(x) @ w - b


@mistake("affine_forward", "x is not flattened", loses=(MANY_DIMENSIONS,),
         hint="Which shape must the left factor of the product have, and which one has this x?")
@spoiled_forward
def forward_not_flat(x, w, b):
    """The product works while x is a matrix. An image has more axes, and they must become one."""
    return x @ w + b


@mistake("affine_forward", "x is flattened column by column", loses=(MANY_DIMENSIONS,),
         hint="In which order does NumPy read the entries of an array if nothing is said?")
@spoiled_forward
def forward_fortran_order(x, w, b):
    """The features come in another order than the rows of w expect. NumPy reads an array row by
    row, unless it is told otherwise."""
    return x.reshape(x.shape[0], -1, order="F") @ w + b


@mistake("affine_forward", "w is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into w?")
def forward_in_place(x, w, b):
    """The caller's weights are damaged for every later step."""
    out = flat(x) @ w + b
    cache = (x, w.copy(), b)
    w *= 2.0
    return out, cache


@mistake("affine_forward", "computed in float32", loses=(PRECISION,),
         hint="Which dtype do x, w and b have, and which one does out have?")
def forward_in_float32(x, w, b):
    """float32 holds 7 digits, and the inputs have 15."""
    return (flat(x) @ w + b).astype(np.float32), (x, w, b)


# affine_backward


def of_layer(matrix_gradients):
    """A backward function that gives a wrong `affine_matrix_gradients` the flat x."""

    def backward(dout, cache):
        dw, db = matrix_gradients(flat(cache[0]), dout)
        return right_gradients(dout, cache)[0], dw, db

    return backward


backward_dw_transposed = of_layer(matrix_dw_transposed)

mistake("affine_backward", like=matrix_dw_transposed)(backward_dw_transposed)
mistake("affine_backward", like=matrix_dw_of_ones,
        hint="Every entry of dw is a sum over paths. Which two factors has each term?")(
    of_layer(matrix_dw_of_ones))


@mistake("affine_backward", "dout is ignored in dx", like=matrix_dw_of_ones, loses=("dx",),
         hint="Every entry of dx is a sum over paths. Which two factors has each term?")
def backward_dx_of_ones(dout, cache):
    _, dw, db = right_gradients(dout, cache)
    return right_gradients(np.ones_like(dout), cache)[0], dw, db


@mistake("affine_backward", "only the last sample counts in dw", loses=("dw",),
         hint="In how many samples is w[d, m] used, and what happens to gradients along several "
              "paths?")
def backward_dw_of_last(dout, cache):
    """Every sample uses all of w. The contributions of all N add up, and none replaces another."""
    dx, dw, db = right_gradients(dout, cache)
    return dx, right_gradients(dout[-1:], (cache[0][-1:], *cache[1:]))[1] + 0 * dw, db


@mistake("affine_backward", "db is the first row of dout", loses=("db",),
         hint="b is used in every sample. What happens to gradients along several paths?")
def backward_db_first_row(dout, cache):
    """One row of dout is the contribution of one sample. The contributions of all N add up."""
    dx, dw, _ = right_gradients(dout, cache)
    return dx, dw, dout[0] + 0 * dout.sum(axis=0)


mistake("affine_backward", like=matrix_dw_mean)(of_layer(matrix_dw_mean))
mistake("affine_backward", like=matrix_db_mean)(of_layer(matrix_db_mean))


backward_dw_of_reshaped = of_layer(matrix_dw_of_reshaped)

mistake("affine_backward", like=matrix_dw_of_reshaped)(backward_dw_of_reshaped)
mistake("affine_backward", like=matrix_db_squeezed, loses=(SHAPES,))(of_layer(matrix_db_squeezed))


@mistake("affine_backward", "the gradients are returned in another order", loses=("dx", "dw"),
         hint="In which order does the docstring want them, and in which order do you return them?")
def backward_dw_first(dout, cache):
    """The numbers are right and stand in the wrong places: the caller unpacks dx, dw, db."""
    dx, dw, db = right_gradients(dout, cache)
    return dw, dx, db


@mistake("affine_backward", "dx and db have changed places", like=backward_dw_first,
         loses=("dx", "db"))
def backward_db_before_dx(dout, cache):
    return right_gradients(dout, cache)[::-1]


@mistake("affine_backward", "db is summed over the outputs", like=matrix_db_wrong_axis)
def backward_db_wrong_axis(dout, cache):
    return *right_gradients(dout, cache)[:2], dout.sum(axis=1)


@mistake("affine_backward", "db is multiplied by b", like=scalar_db_times_b,
         hint="In x @ w + b, what is b multiplied by?")
def backward_db_times_b(dout, cache):
    return *right_gradients(dout, cache)[:2], dout.sum(axis=0) * cache[2]


@mistake("affine_backward", "dx is all zeros", loses=("dx",),
         hint="Which line gives dx its value, and is it reached?")
def backward_dx_zeros(dout, cache):
    """dx holds nothing but zeros. Every entry of x reaches the loss along M paths."""
    return np.zeros_like(cache[0]), *right_gradients(dout, cache)[1:]


@mistake("affine_backward", "db keeps the batch axis", loses=(SHAPES,),
         hint="db must have the shape of b, (M,). Which line makes a second axis, or keeps it?")
def backward_db_two_dimensional(dout, cache):
    """The numbers are right, in shape (1, M). b has shape (M,), and so must its gradient."""
    dx, dw, _ = right_gradients(dout, cache)
    return dx, dw, dout.sum(axis=0, keepdims=True)


@mistake("affine_backward", "dx is left flat", loses=(MANY_DIMENSIONS,),
         hint="Which shape must dx have, and what did the forward pass do to the shape of x?")
def backward_dx_flat(dout, cache):
    """The forward pass flattened x to (N, D). The gradient has to go back to the shape of x."""
    _, dw, db = right_gradients(dout, cache)
    return dout @ cache[1].T, dw, db


@mistake("affine_backward", "x is not flattened for dw", loses=(MANY_DIMENSIONS,),
         hint="What is x.T for an x with three axes, and which matrix does the product need?")
def backward_x_not_flat(dout, cache):
    """x.T reverses all axes of x. Only for a matrix is that the (D, N) that the product needs."""
    dx, _, db = right_gradients(dout, cache)
    return dx, cache[0].T @ dout, db


@mistake("affine_backward", "x is flattened column by column in dw",
         loses=(MANY_DIMENSIONS,),
         hint="Which pixel of an image meets row 1 of w, and which one meets row 1 of your dw?")
def backward_dw_by_columns(dout, cache):
    """The features of an image, and with them the rows of w, are counted row by row. Those of dw
    come column by column, as a reshape of x.T has them, or order="F"."""
    dx, _, db = right_gradients(dout, cache)
    return dx, cache[0].T.reshape(-1, len(dout)) @ dout, db


@mistake("affine_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into dout?")
def backward_changes_dout(dout, cache):
    """The caller's dout is damaged for whoever needs it next."""
    gradients = right_gradients(dout.copy(), cache)
    dout *= 0.5
    return gradients


_last: dict = {}


def _remembering_forward(x, w, b):
    _last["cache"] = (x, w, b)
    return flat(x) @ w + b, (x, w, b)


@mistake("affine_backward", "the cache of the last forward pass is used", loses=(EARLIER_CACHE,),
         hint="From where does your function take x, w and b? What else could have run in between?",
         affine_forward=_remembering_forward)
def backward_stale(dout, cache):
    """The function uses the numbers of the last forward pass, not those of the cache it is
    given."""
    return right_gradients(dout, _last["cache"])


def _forward_of_another_order(x, w, b):
    return flat(x) @ w + b, (w, x, b)


@mistake("affine_backward", ANOTHER_CACHE, loses=(PAIR,),
         hint="Write down what affine_forward puts into its cache, in order, and beside it what "
              "affine_backward takes out. Where do the two lists differ?",
         affine_forward=_forward_of_another_order)
def backward_of_another_cache(dout, cache):
    """By itself affine_backward is right: with the cache that the chapter describes, (x, w, b).
    Your affine_forward makes another one, and no network could be built of the two."""
    return right_gradients(dout, cache)


@mistake("affine_backward", "computed in float32", like=forward_in_float32,
         hint="Which dtype do dout, x and w have, and which one do the gradients have?")
def backward_in_float32(dout, cache):
    return tuple(gradient.astype(np.float32) for gradient in right_gradients(dout, cache))


# exposing_shape


@mistake("exposing_shape", "a matrix", loses=("shape",),
         hint="For which x is x.T not the transpose of the flattened x?")
def exposing_matrix():
    """With two dimensions, flattening changes nothing, and the bug stays hidden."""
    return (3, 4)


@mistake("exposing_shape", "one sample", loses=("shape",),
         hint="For which x does flattening change anything?")
def exposing_one_sample():
    """A batch of one is still a matrix."""
    return (1, 4)


@mistake("exposing_shape", "a number instead of a shape", loses=("shape",),
         hint="What does x.shape give?")
def exposing_number():
    """The shape of an array is a tuple of integers, one for each axis."""
    return 3


@mistake("exposing_shape", "an array instead of its shape", loses=("shape",),
         hint="What is asked for, an array or its shape?")
def exposing_array():
    """The question asks for the shape of x, not for x."""
    return np.ones((2, 3, 4))


# affine_backward_mended


@mistake("affine_backward_mended", "both bugs are still there", loses=("dw", "db"),
         hint="Which two lines does the text speak of? What are the shapes of what they compute?")
def mended_nothing(dout, cache):
    """This computes the same as the colleague's function: dw is made from x with all its axes, and
    db has shape (1, M)."""
    dx, _, _ = right_gradients(dout, cache)
    return dx, cache[0].T @ dout, dout.sum(axis=0, keepdims=True)


@mistake("affine_backward_mended", "x is still not flattened", loses=("dw",),
         hint="Which shape must the left factor of @ dout have?")
def mended_only_db(dout, cache):
    """dw still transposes x with all its axes instead of the flat x."""
    return backward_x_not_flat(dout, cache)


@mistake("affine_backward_mended", "db still keeps the batch axis", loses=("db",),
         hint="Which argument of sum keeps the axis?")
def mended_only_dw(dout, cache):
    """db still has shape (1, M), where b has shape (M,)."""
    return backward_db_two_dimensional(dout, cache)


@mistake("affine_backward_mended", "db is summed over the outputs", loses=("db",),
         hint="Which axis of dout counts the samples?")
def mended_db_wrong_axis(dout, cache):
    """Summing over axis 1 leaves one number for each sample, not for each output."""
    dx, dw, _ = right_gradients(dout, cache)
    return dx, dw, dout.sum(axis=1)


@mistake("affine_backward_mended", "dw is transposed", loses=("dw",),
         hint="Which shape must dw have, and which factor has to come first for that?")
def mended_dw_transposed(dout, cache):
    """dout.T @ x with the flat x holds the right numbers in shape (M, D): every entry sits at the
    mirror place."""
    return backward_dw_transposed(dout, cache)


mistake("affine_backward_mended", like=matrix_dw_of_reshaped)(backward_dw_of_reshaped)


mistake("affine_backward_mended", like=backward_dw_by_columns, loses=("dw",))(
    backward_dw_by_columns)


@mistake("affine_backward_mended", "dx has the shape of the flattened x", loses=("dx",),
         hint="Whose shape does dx get in your function, and is that still the x that came in?")
def mended_dx_flat(dout, cache):
    """dx has the shape of the x that came in. The colleague's line does that, as long as x still
    is that array: only the other two lines have bugs."""
    return backward_dx_flat(dout, cache)


# quadratic_affine_forward


def spoiled_quadratic(compute):
    """A forward function that computes `out` in its own way and caches what it should."""

    def quadratic_affine_forward(x, w):
        return compute(x, w), (x, w)

    quadratic_affine_forward.__doc__ = compute.__doc__
    return quadratic_affine_forward


@mistake("quadratic_affine_forward", "the second term is missing", loses=("out",),
         hint="Which term of the formula is not in your line?")
@spoiled_quadratic
def quadratic_without_square(x, w):
    """x @ w is the first of two terms."""
    return x @ w


@mistake("quadratic_affine_forward", "the first term is missing", like=quadratic_without_square)
@spoiled_quadratic
def quadratic_square_alone(x, w):
    """(x**2) @ w is the second of two terms."""
    return x**2 @ w


@mistake("quadratic_affine_forward", "the product is squared, not x", loses=("out",),
         hint="Which array is squared in the formula, and is that before or after the product?")
@spoiled_quadratic
def quadratic_square_of_product(x, w):
    """(x @ w)**2 squares a sum. The layer squares each entry of x and then sums."""
    return x @ w + (x @ w) ** 2


@mistake("quadratic_affine_forward", "w is squared as well", loses=("out",),
         hint="Which of the two factors carries the square in the formula?")
@spoiled_quadratic
def quadratic_w_squared(x, w):
    """Only x is squared. Both terms have the same w."""
    return x @ w + x**2 @ w**2


@mistake("quadratic_affine_forward", "x is doubled instead of squared", loses=("out",),
         hint="What is 3 squared, and what is twice 3?")
@spoiled_quadratic
def quadratic_doubled(x, w):
    """x**2 is x times x, entry by entry."""
    return x @ w + (2 * x) @ w


@mistake("quadratic_affine_forward", "x is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into x?")
def quadratic_in_place(x, w):
    """The caller's x is damaged for whoever needs it next."""
    out, cache = x @ w, (x.copy(), w)
    x *= x
    return out + x @ w, cache


# quadratic_affine_backward


def quadratic_gradients(dout, cache):
    """dx, dw as they should be, to be spoiled in one place."""
    x, w = cache
    return (1 + 2 * x) * (dout @ w.T), (x + x**2).T @ dout


@mistake("quadratic_affine_backward", "dx is that of the affine layer", loses=("dx",),
         hint="Write down both terms of out[n, m] that contain x[n, d]. What is the slope of "
              "the second?")
def quadratic_dx_affine(dout, cache):
    """This dx knows the path through x @ w only. x also reaches out through its square."""
    _, dw = quadratic_gradients(dout, cache)
    return dout @ cache[1].T, dw


@mistake("quadratic_affine_backward", "dx has only the path through the square", loses=("dx",),
         hint="How many terms of out[n, m] contain x[n, d]?")
def quadratic_dx_square_alone(dout, cache):
    """x is used twice, once as it is and once squared. The gradients of both uses add up."""
    x, w = cache
    return 2 * x * (dout @ w.T), quadratic_gradients(dout, cache)[1]


@mistake("quadratic_affine_backward", "the slope of the square is taken as x", loses=("dx",),
         hint="What is the derivative of x**2?")
def quadratic_dx_without_two(dout, cache):
    """The derivative of x**2 has a factor that is missing here."""
    x, w = cache
    return (1 + x) * (dout @ w.T), quadratic_gradients(dout, cache)[1]


@mistake("quadratic_affine_backward", "the slope of the square is taken as 2", loses=("dx",),
         hint="What is the derivative of x**2, and does it depend on x?")
def quadratic_dx_constant_slope(dout, cache):
    """A square is steeper where x is larger: its slope is not a constant."""
    _, dw = quadratic_gradients(dout, cache)
    return 3 * (dout @ cache[1].T), dw


@mistake("quadratic_affine_backward", "dx is multiplied by x + x**2, not by its slope",
         loses=("dx",), hint="Push x a little. How fast does x + x**2 grow?")
def quadratic_dx_by_value(dout, cache):
    """x + x**2 is what w is multiplied by. For dx its slope with respect to x is needed."""
    x, w = cache
    return (x + x**2) * (dout @ w.T), quadratic_gradients(dout, cache)[1]


@mistake("quadratic_affine_backward", "dw is that of the affine layer", loses=("dw",),
         hint="Which terms of out[n, m] contain w[d, m]?")
def quadratic_dw_affine(dout, cache):
    """This dw knows the first term only. The same w is used in the second one, too."""
    return quadratic_gradients(dout, cache)[0], cache[0].T @ dout


@mistake("quadratic_affine_backward", "dw has only the second term", loses=("dw",),
         hint="How many terms of out[n, m] contain w[d, m]?")
def quadratic_dw_square_alone(dout, cache):
    """w is used twice, beside x and beside its square. The gradients of both uses add up."""
    return quadratic_gradients(dout, cache)[0], (cache[0] ** 2).T @ dout


@mistake("quadratic_affine_backward", "dw holds the slope of x + x**2", loses=("dw",),
         hint="Push w[d, m] and keep x fixed. By how much does out[n, m] grow?")
def quadratic_dw_by_slope(dout, cache):
    """For dw it is w that is pushed. x stays, and so does its square: nothing of it is
    differentiated."""
    return quadratic_gradients(dout, cache)[0], (1 + 2 * cache[0]).T @ dout


@mistake("quadratic_affine_backward", "a product with dout is squared in dw, not x",
         loses=("dw",),
         hint="Which array is squared in out, and is dout inside that square?")
def quadratic_dw_square_of_product(dout, cache):
    """(x.T @ dout)**2 squares a sum over the samples, and dout with it. In out only x is squared,
    entry by entry."""
    dx, _ = quadratic_gradients(dout, cache)
    product = cache[0].T @ dout
    return dx, product + product**2


@mistake("quadratic_affine_backward", like=matrix_dw_of_reshaped)
def quadratic_dw_of_reshaped(dout, cache):
    x, _ = cache
    return quadratic_gradients(dout, cache)[0], (x + x**2).reshape(x.shape[1], -1) @ dout


@mistake("quadratic_affine_backward", "the gradients are returned in another order",
         loses=("dx", "dw"),
         hint="In which order does the docstring want them, and in which order do you return "
              "them?")
def quadratic_exchanged(dout, cache):
    """The numbers are right and stand in the wrong places: dx comes first."""
    return quadratic_gradients(dout, cache)[::-1]


@mistake("quadratic_affine_backward", "dout is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into dout?")
def quadratic_changes_dout(dout, cache):
    """The caller's dout is damaged for whoever needs it next."""
    gradients = quadratic_gradients(dout.copy(), cache)
    dout *= 2.0
    return gradients


# recap_affine


@mistake("recap_affine", "storage: the product for weights of shape (D, M)", loses=("storage",),
         hint="Which of the three products has shape (M, D)?")
def recap_storage_as_here():
    """This product has the shape (D, M). Every gradient has the shape of its value, and this w
    is stored as (M, D)."""
    return "a", "a", "c"


@mistake("recap_affine", "storage: a product that sums over outputs", loses=("storage",),
         hint="Write the product with its shapes side by side. Can it be computed?")
def recap_storage_impossible():
    """In this product the outputs of dout meet the features of x, and the two sizes differ."""
    return "c", "a", "c"


@mistake("recap_affine", "silent: a row of dw belongs to a sample", loses=("silent",),
         hint="Which letter counts the rows of dw?")
def recap_silent_dw():
    """A row of dw belongs to a feature. It is a sum over all samples, and the others are not
    silent."""
    return "b", "b", "c"


@mistake("recap_affine", "silent: one gradient too many", loses=("silent",),
         hint="For each of the two: what does one of its rows belong to, a sample or a feature?")
def recap_silent_both():
    """Only in one of the two does every row belong to a single sample. The rows of the other
    are sums over all samples, and lose one term each."""
    return "b", "c", "c"


@mistake("recap_affine", "work: one product is counted", loses=("work",),
         hint="How many multiplications does dx take, and how many does dw?")
def recap_work_one_product():
    """The forward pass has one matrix product, and the backward pass has more than one."""
    return "b", "a", "a"


@mistake("recap_affine", "work: a product for each sample", loses=("work",),
         hint="One entry of dw is a sum of N products. How many entries are there?")
def recap_work_times_n():
    """The sum over samples is already inside the matrix product, as the sum over features is in
    the forward pass."""
    return "b", "a", "b"
