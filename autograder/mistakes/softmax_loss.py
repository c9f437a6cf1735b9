"""Known mistakes of 06_softmax_loss."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import SHAPES, UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.softmax_loss import (
    BATCH,
    LARGE,
    ONE_HOT,
    ONE_SAMPLE,
    TINY_PROBABILITIES,
    one_hot,
)

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def right_softmax(s):
    """Softmax along the last axis, for scores of any size."""
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def as_labels(y):
    """Labels as integers."""
    return y.argmax(axis=1) if y.ndim == 2 else y


def right_log_p(x):
    """Logarithms of the probabilities, for scores of any size."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def right_loss(x, y):
    """Loss and dx as they should be, to be spoiled in one place."""
    y, rows, log_p = as_labels(y), np.arange(len(x)), right_log_p(x)
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return -np.mean(log_p[rows, y]), dx / len(x)


# softmax


@mistake("softmax", "the exponentials overflow", loses=(LARGE,),
         hint="What may be subtracted from all scores of a row without changing the fraction?")
def softmax_naive(x):
    """exp(10000) is infinite and exp(-10000) is 0, so the fraction is not a number."""
    e = np.exp(x)
    with np.errstate(invalid="ignore"):
        return e / e.sum(axis=-1, keepdims=True)


@mistake("softmax", "the shift is by the middle of the row", loses=(LARGE,),
         hint="After the shift no exponent may be positive. Which score do you have to subtract?")
def softmax_mean_shift(x):
    """The mean and the median cancel like any shift, but in a wide row the largest score stays far
    above them."""
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(x - np.mean(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "the shift is by the smallest, the first or the last score", loses=(LARGE,),
         hint="After the shift no exponent may be positive. Which score do you have to subtract?")
def softmax_minimum_shift(x):
    """Any shift cancels, but in a wide row only that by the largest score keeps the exponentials
    from overflowing."""
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(x - np.min(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "large scores are cut off", loses=(LARGE,),
         hint="What may you subtract from all scores of a row without changing the fraction?")
def softmax_clipped(x):
    """Nothing overflows, but two scores that are both cut off to the same number look equal."""
    e = np.exp(np.clip(x, -500, 500))
    return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "one maximum for the whole batch", loses=(BATCH,),
         hint="Over which scores does your maximum run, and over which should it?")
def softmax_global_maximum(x):
    """A row far below the largest score underflows to zeros, and its sum is 0."""
    e = np.exp(x - np.max(x))
    with np.errstate(invalid="ignore"):
        return e / e.sum(axis=-1, keepdims=True)


@mistake("softmax", "the sum runs over the whole batch", loses=(BATCH,),
         hint="Which axis do the classes lie along?")
def softmax_global_sum(x):
    """Each row must add up to 1. Here all rows together do."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e)


@mistake("softmax", "the sum runs along the batch", loses=(BATCH,),
         hint="Axis 0 counts the samples. Which axis counts the classes?")
def softmax_wrong_axis(x):
    """Each column adds up to 1. But a sample is a row."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)


@mistake("softmax", "the shift is by the largest score of each column", loses=(BATCH,),
         hint="Which scores of the table does one sample own: a row, or a column?")
def softmax_column_shift(x):
    """Inside a row every score is shifted by another number, and the fraction does not stay."""
    e = np.exp(x - np.max(x, axis=0))
    return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "a row far below 0 is not shifted up", loses=(LARGE,),
         hint="If all scores of a row are near -10000, which exponents are left after your shift?")
def softmax_size_shift(x):
    """If all scores of a row are far below 0, all exponentials become 0, and so does their sum.
    The largest score is negative there, and subtracting it shifts the row up."""
    e = np.exp(x - np.max(np.abs(x), axis=-1, keepdims=True))
    with np.errstate(invalid="ignore"):
        return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "the power has another base", loses=("out",),
         hint="Which number is raised to the power s in the formula?")
def softmax_base_two(x):
    """exp has the base e. With the base 2 the probabilities lie nearer together."""
    e = np.exp2(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "the sigmoid of each score", loses=("out",),
         hint="On how many scores of the row does p_0 depend?")
def softmax_sigmoid(x):
    """The sigmoid treats every score on its own, and the rows do not add up to 1."""
    return 0.5 + 0.5 * np.tanh(x / 2)


@mistake("softmax", "the dimensions of maximum and sum are lost", loses=(BATCH,),
         hint="What does keepdims=True do?")
def softmax_without_keepdims(x):
    """A maximum of shape (N,) does not fit rows of length C: NumPy lines up the last axes."""
    e = np.exp(x - np.max(x, axis=-1))
    return e / np.sum(e, axis=-1)


@mistake("softmax", "the dimension of the maximum is lost", like=softmax_without_keepdims)
def softmax_maximum_without_keepdims(x):
    e = np.exp(x - np.max(x, axis=-1))
    return e / np.sum(e, axis=-1, keepdims=True)


@mistake("softmax", "the dimension of the sum is lost", like=softmax_without_keepdims)
def softmax_sum_without_keepdims(x):
    """A sum of shape (N,) does not fit rows of length C: NumPy lines up the last axes."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1)


@mistake("softmax", "the exponentials are not divided by their sum", loses=("out",),
         hint="What must the probabilities add up to?")
def softmax_by_maximum(x):
    """The largest entry becomes 1, and the row does not add up to 1."""
    return np.exp(x - np.max(x, axis=-1, keepdims=True))


@mistake("softmax", "no exponential", loses=("out",),
         hint="Scores may be negative. What makes them positive?")
def softmax_linear(x):
    """Scores divided by their sum can be negative, and are not what the formula says."""
    return x / np.sum(x, axis=-1, keepdims=True)


@mistake("softmax", "the logarithm of the probabilities", loses=("out",),
         hint="Should the entries be positive or negative?")
def softmax_log(x):
    """These are log-probabilities: useful later, and not what is asked for here."""
    return right_log_p(x)


@mistake("softmax", "the scores are shifted in place", loses=(UNCHANGED,),
         hint="Which line writes into x?")
def softmax_in_place(x):
    """The scores of the caller have been shifted, too. What comes next computes with these."""
    shifted = x - np.max(x, axis=-1, keepdims=True)
    x[...] = shifted
    e = np.exp(shifted)
    return e / np.sum(e, axis=-1, keepdims=True)


# cross_entropy_error


def picked(y, t):
    """The probability of the right class in each row, for every form of y and t."""
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    return y[np.arange(len(y)), t]


@mistake("cross_entropy_error", "the mean over the batch is missing", loses=("loss",),
         hint="What stands in front of the sum?")
def entropy_sum(y, t):
    """A sum grows with the batch. The formula divides by N."""
    return -np.sum(np.log(picked(y, t)))


@mistake("cross_entropy_error", "the minus is missing", loses=("loss",),
         hint="Is the logarithm of a probability positive or negative?")
def entropy_negative(y, t):
    """Logarithms of probabilities are negative, and a loss must not be."""
    return np.mean(np.log(picked(y, t)))


@mistake("cross_entropy_error", "the mean is taken before the logarithm", loses=("loss",),
         hint="Which comes first, the logarithm or the mean?")
def entropy_log_of_mean(y, t):
    """The logarithm of a mean is not the mean of the logarithms."""
    return -np.log(np.mean(picked(y, t)))


@mistake("cross_entropy_error", "whole columns are picked", loses=("loss",),
         hint="y[:, t] takes all rows. Which row belongs to which label?")
def entropy_columns(y, t):
    """y[:, t] is an N by N table. Only its diagonal holds the entries that are meant."""
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    return -np.mean(np.log(np.atleast_2d(y)[:, np.atleast_1d(t)]))


@mistake("cross_entropy_error", "the logarithm to base 10", loses=("loss",),
         hint="Which function of NumPy is the natural logarithm?")
def entropy_base_ten(y, t):
    """ln is the natural logarithm."""
    return -np.mean(np.log10(picked(y, t)))


@mistake("cross_entropy_error", "one-hot rows are taken for labels", loses=(ONE_HOT, ONE_SAMPLE),
         hint="In a one-hot row, what says which class is meant: a number, or its place?")
def entropy_labels_only(y, t):
    """Rows of zeros and ones are no indices."""
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    return -np.mean(np.log(y[np.arange(len(y)), t]))


@mistake("cross_entropy_error", "as many labels as classes are taken for a one-hot row",
         loses=("loss",),
         hint="How many axes has t if it holds labels, and how many if it holds one-hot rows?")
def entropy_by_last_size(y, t):
    """If the last sizes of y and t are compared, N labels look like a one-hot row wherever N = C.
    All samples then get the place of the largest label as theirs."""
    t = np.asarray(t)
    if t.ndim and t.shape[-1] == y.shape[-1]:
        t = t.argmax(axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    return -np.mean(np.log(y[np.arange(len(y)), t]))


@mistake("cross_entropy_error", "a single sample is not handled", loses=(ONE_SAMPLE,),
         hint="How many samples are there in a y of shape (C,), and what is its length?")
def entropy_batches_only(y, t):
    """The length of a single y is the number of classes, not of samples."""
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    return -np.mean(np.log(y[np.arange(y.shape[0]), t]))


@mistake("cross_entropy_error", "a single one-hot row is taken for labels", loses=(ONE_SAMPLE,),
         hint="How many dimensions have y and t when you compare them: before or after you made "
              "batches of them?")
def entropy_batched_first(y, t):
    """Made a batch, y has two dimensions and a one-hot row t still one. So it looks like C labels,
    each 0 or 1."""
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    t = t.argmax(axis=1) if t.ndim == y.ndim else t.astype(int)
    return -np.mean(np.log(y[np.arange(len(y)), t]))


@mistake("cross_entropy_error", "a single one-hot row is used as indices", loses=(ONE_SAMPLE,),
         hint="How many dimensions have y and t when you compare them: before or after you made "
              "batches of them?")
def entropy_indexed_by_one_hot(y, t):
    """Its zeros and ones are floats, and no place in an array has such a number. Made a batch, y
    has two dimensions and a one-hot row t still one, so that it looks like labels."""
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    t = t.argmax(axis=1) if t.ndim == y.ndim else t
    return -np.mean(np.log(y[np.arange(len(y)), t]))


@mistake("cross_entropy_error", "a plain integer is asked for what only arrays have",
         loses=(ONE_SAMPLE,),
         hint="What has a plain int of all that an array has? Which function takes both?")
def entropy_of_arrays_only(y, t):
    """The label of one sample may be a plain int. That is no array: it has no ndim, no size, no
    reshape."""
    if t.ndim == y.ndim:
        t = np.argmax(t, axis=-1)
    return -np.mean(np.log(picked(y, t)))


@mistake("cross_entropy_error", "the largest probability in place of the label's", loses=("loss",),
         hint="Which probability counts where the model is wrong?")
def entropy_of_the_largest(y, t):
    """This tells how sure the model is, and nothing about whether it is right."""
    return -np.mean(np.log(np.max(np.atleast_2d(y), axis=1)))


@mistake("cross_entropy_error", "1 - p in place of the logarithm", loses=("loss",),
         hint="How large is the loss for a label whose probability is nearly 0?")
def entropy_linear(y, t):
    """1 - p is never larger than 1. Minus the logarithm grows without end as p becomes small."""
    return np.mean(1 - picked(y, t))


@mistake("cross_entropy_error", "divided by the number of classes", loses=("loss",),
         hint="Over what does the mean run?")
def entropy_over_classes(y, t):
    """There is one loss for each sample, and the mean runs over these."""
    return -np.sum(np.log(picked(y, t))) / np.shape(y)[-1]


@mistake("cross_entropy_error", "1e-12 is added inside the logarithm",
         loses=(TINY_PROBABILITIES,),
         hint="Next to which probabilities is the number that you add not small?")
def entropy_small_fudge(y, t):
    """Next to a probability of 1e-9 it shows in the loss, and far below it nothing else is left."""
    return -np.mean(np.log(picked(y, t) + 1e-12))


@mistake("cross_entropy_error", "probabilities are cut off at both ends",
         loses=(TINY_PROBABILITIES,),
         hint="What is the loss of a label whose probability is 1e-200, and what is yours?")
def entropy_clipped(y, t):
    """Below the cut all labels look equally improbable, and a certain one still costs something."""
    return -np.mean(np.log(np.clip(picked(y, t), 1e-7, 1 - 1e-7)))


@mistake("cross_entropy_error", "1e-7 is added inside the logarithm",
         loses=(TINY_PROBABILITIES,),
         hint="Next to which probabilities is the number that you add not small?")
def entropy_fudge(y, t):
    """Next to a probability of 1e-9, the 1e-7 that is added is the larger of the two."""
    return -np.mean(np.log(picked(y, t) + 1e-7))


@mistake("cross_entropy_error", "the logarithm of 0 is multiplied by 0", loses=(ONE_HOT,),
         hint="Of which probabilities is the logarithm needed at all?")
def entropy_zero_times_infinity(y, t):
    """A wrong class with probability 0 gives 0 * inf, which is nan, and the sum is nan too."""
    if np.ndim(t) < np.ndim(y):
        return -np.mean(np.log(picked(y, t)))
    y, t = np.atleast_2d(y), np.atleast_2d(t)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.sum(t * np.log(y)) / len(y)


# predict_softmax_signs

SIGNS = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]])


@mistake("predict_softmax_signs", "only the label's score counts", loses=("signs",),
         hint="Let a score grow that is not the label's. What happens to the denominator?")
def signs_only_labels():
    """The label's probability is a fraction, and every score of the row is in its denominator."""
    return np.minimum(SIGNS, 0), 0.0


@mistake("predict_softmax_signs", "the signs are reversed", loses=("signs",),
         hint="If the label's score grows, does its probability grow? And the loss, -log of it?")
def signs_reversed():
    """These are the signs for the label's probability. The loss falls when that grows."""
    return -SIGNS, 0.0


@mistake("predict_softmax_signs", "the labels are counted from 1", loses=("signs",),
         hint="Which column belongs to label 0?")
def signs_from_one():
    """Classes are numbered from 0, as everything in Python: label 1 is the second column."""
    return np.array([[-1.0, 1.0, 1.0], [1.0, 1.0, -1.0]]), 0.0


@mistake("predict_softmax_signs", "every score makes the loss grow", loses=("signs",),
         hint="Which entries of the batch are the labels' own?")
def signs_all_up():
    """True for the scores of the wrong classes. The label's own score pulls the other way."""
    return np.ones((2, 3)), 0.0


@mistake("predict_softmax_signs", "the common shift is thought to matter", loses=("change",),
         hint="What becomes of the fraction if you write exp(s + 100) as a product?")
def change_hundred():
    """Every exponential of the row is multiplied by the same number, and the fraction stays."""
    return SIGNS, 100.0


@mistake("predict_softmax_signs", "the common shift is thought to lower the loss",
         loses=("change",),
         hint="What becomes of the fraction if you write exp(s + 100) as a product?")
def change_minus_hundred():
    """The label's score grows by 100, and so does every other score of the row."""
    return SIGNS, -100.0


@mistake("predict_softmax_signs", "the common shift is thought to matter, shared by two samples",
         loses=("change",), hint="Does the loss of sample 0 change at all?")
def change_fifty():
    """The mean divides by 2, but there is nothing to divide: the fraction stays as it was."""
    return SIGNS, 50.0


# softmax_label_slope


@mistake("softmax_label_slope", "the label's second path is missing", loses=("slope",),
         hint="The loss is log(sum of exponentials) - s[y]. What is the slope of -s[y]?")
def slope_without_one(s, y):
    """This is the slope of the first term alone. The term -s[y] has a slope, too."""
    return right_softmax(s)[y]


@mistake("softmax_label_slope", "the path through the sum is missing", loses=("slope",),
         hint="Is the label's own exponential in the sum, too?")
def slope_without_sum(s, y):
    """-1 is the slope of the term -s[y]. The label's score also stands in the sum."""
    return -1.0


@mistake("softmax_label_slope", "the slope has the wrong sign", loses=("slope",),
         hint="You predicted a sign for the label's score. Is it this one?")
def slope_sign(s, y):
    """1 - p[y] is positive. But the loss falls when the label's score grows."""
    return 1 - right_softmax(s)[y]


@mistake("softmax_label_slope", "the exponential is not divided by the sum", loses=("slope",),
         hint="What is the slope of log u? And what is u here?")
def slope_not_normalised(s, y):
    """The logarithm is the last piece of the path, and its slope is 1 over the sum."""
    return np.exp(s[y]) - 1


@mistake("softmax_label_slope", "the slope with respect to the probability is returned",
         loses=("slope",), hint="Which is pushed here, s[y] or p[y]?")
def slope_of_log_alone(s, y):
    """-1/p[y] is the slope of -log p with respect to p. The question is about the score s[y]."""
    return -1 / right_softmax(s)[y]


@mistake("softmax_label_slope", "p(1 - p) as for a sigmoid", loses=("slope",),
         hint="In which two terms of the loss does s[y] stand, and what is the slope of each?")
def slope_of_the_probability(s, y):
    """p(1 - p) is the slope of the probability with respect to its score, not of the loss."""
    p = right_softmax(s)[y]
    return p * (1 - p)


@mistake("softmax_label_slope", "the largest probability in place of the label's",
         loses=("slope",), hint="Which score is pushed, the largest one or the label's?")
def slope_of_the_largest(s, y):
    """The label's own score is meant, whether the model believes in it or not."""
    return right_softmax(s).max() - 1


@mistake("softmax_label_slope", "the loss instead of its slope", loses=("slope",),
         hint="How much does the loss grow, if s[y] grows by a little?")
def slope_is_the_loss(s, y):
    """-log p[y] says how large the loss is. The slope says how fast it changes."""
    return -right_log_p(s)[y]


@mistake("softmax_label_slope", "divided by the number of classes", loses=("slope",),
         hint="Is there a mean in the loss of one sample?")
def slope_over_classes(s, y):
    """The loss of one sample has no mean in it."""
    return (right_softmax(s)[y] - 1) / len(s)


# softmax_dx


def right_dx(p, y):
    """dx from probabilities and labels."""
    return (p - one_hot(y, p.shape[1])) / len(p)


@mistake("softmax_dx", "the mean over the batch is missing", loses=("dx",),
         hint="The loss is a mean. What is its slope with respect to the loss of one sample?")
def line_not_mean(p, y):
    """This is the gradient of the sum of the losses. The loss is their mean."""
    return right_dx(p, y) * len(p)


@mistake("softmax_dx", "the sign is reversed", loses=("dx",),
         hint="Which signs did you predict?")
def line_sign(p, y):
    """This is the direction in which the loss falls. The gradient is the one in which it grows."""
    return -right_dx(p, y)


@mistake("softmax_dx", "divided by the number of classes", loses=("dx",),
         hint="Which entry of p.shape is N?")
def line_over_classes(p, y):
    """The mean runs over the N samples, not over the C classes."""
    return right_dx(p, y) * len(p) / p.shape[1]


@mistake("softmax_dx", "divided by the number of all entries", loses=("dx",),
         hint="How many losses are averaged?")
def line_over_all(p, y):
    """There are N losses to average, one for each sample, not N times C."""
    return right_dx(p, y) / p.shape[1]


@mistake("softmax_dx", "only the probability is divided by N", loses=("dx",),
         hint="What is divided by N, p or the whole difference?")
def line_brackets(p, y):
    """The whole slope of a sample is shared by N, the 1 at the label as well."""
    return p / len(p) - one_hot(y, p.shape[1])


@mistake("softmax_dx", "only the label's slope is kept", loses=("dx",),
         hint="What is dx off the label? It is not 0.")
def line_masked(p, y):
    """All other scores have a slope, too. A product with the one-hot rows wipes them out."""
    return (p - 1) * one_hot(y, p.shape[1]) / len(p)


@mistake("softmax_dx", "1 is subtracted in every row, at the labels of all samples",
         loses=("dx",), hint="How many entries should change, and how many does your index mean?")
def line_all_rows(p, y):
    """p[:, y] means all rows. One entry of each row is meant, row n at column y[n]."""
    dx = p.copy()
    dx[:, y] -= 1
    return dx / len(p)


@mistake("softmax_dx", "the one-hot rows are as wide as the largest label needs", loses=("dx",),
         hint="How many classes does p have, and how many do the labels of one batch show?")
def line_narrow_onehot(p, y):
    """The largest label of a batch does not tell how many classes there are. If the last class is
    missing among the labels, the rows are too short, and a single column is spread over all."""
    return (p - np.eye(y.max() + 1)[y]) / len(p)


@mistake("softmax_dx", "the largest probability is taken for the label", loses=("dx",),
         hint="What tells which class is the label: p, or y?")
def line_of_the_largest(p, y):
    """Where the model is wrong, this pulls up what it believes in already."""
    return right_dx(p, p.argmax(axis=1))


@mistake("softmax_dx", "p(1 - p) as for a sigmoid", loses=("dx",),
         hint="What is p - t at the label, and what off it?")
def line_of_a_sigmoid(p, y):
    """This does not know the labels. It is the slope of a probability, not of the loss."""
    return p * (1 - p) / len(p)


@mistake("softmax_dx", "1 is subtracted everywhere", loses=("dx",),
         hint="How many ones stand in a one-hot row?")
def line_without_onehot(p, y):
    """Only the label's own score has the second path, with the slope -1."""
    return (p - 1) / len(p)


@mistake("softmax_dx", "p is changed in place", loses=(UNCHANGED,),
         hint="Which array does your line write into, and whose is it?")
def line_in_place(p, y):
    """The gradient is right, and the caller's probabilities are gone."""
    p[np.arange(len(p)), y] -= 1
    return p / len(p)


# softmax_backward


@mistake("softmax_backward", "only the diagonal of the Jacobian is used", loses=("ds",),
         hint="How many paths lead from one score to the loss?")
def backward_diagonal(dp, p):
    """p(1 - p) is the path from a score to its own probability. It reaches all the others, too."""
    return dp * p * (1 - p)


@mistake("softmax_backward", "the denominator's paths are missing", loses=("ds",),
         hint="Which scores occur in the denominator of p[k]?")
def backward_without_denominator(dp, p):
    """dp times p is the path through the numerator. Every score is in the denominator as well."""
    return dp * p


@mistake("softmax_backward", "the numerator's path is missing", loses=("ds",),
         hint="For k = j the score is in the numerator too. What does that path add?")
def backward_without_numerator(dp, p):
    """These are the paths through the denominator. To its own probability a score has a second."""
    return -p * (dp * p).sum(axis=1, keepdims=True)


@mistake("softmax_backward", "the sum leaves out the probabilities", loses=("ds",),
         hint="Write the sum over k with J[k, j] put in. Which factors depend on k?")
def backward_plain_sum(dp, p):
    """Each term of the sum is dp[k] p[k] p[j]. Only p[j] may be taken out of it."""
    return p * (dp - dp.sum(axis=1, keepdims=True))


@mistake("softmax_backward", "the sum runs over the whole batch", loses=("ds",),
         hint="Which axis counts the classes?")
def backward_sum_of_all(dp, p):
    """Softmax never mixes samples: each row has a sum of its own."""
    return p * (dp - (dp * p).sum())


@mistake("softmax_backward", "the sum runs over the samples", loses=("ds",),
         hint="Which axis counts the classes?")
def backward_wrong_axis(dp, p):
    """Axis 0 counts the samples, and softmax never mixes them. The sum runs along a row."""
    return p * (dp - (dp * p).sum(axis=0))


@mistake("softmax_backward", "the sign off the diagonal is wrong", loses=("ds",),
         hint="If another score grows, does this probability grow or shrink?")
def backward_sign(dp, p):
    """What one probability gains the others lose: off the diagonal every slope is negative."""
    return dp * p * (1 - 2 * p) + p * (dp * p).sum(axis=1, keepdims=True)


@mistake("softmax_backward", "the numerator's path is 1 instead of p", loses=("ds",),
         hint="What is the slope of exp(s[j]) / S along the numerator alone?")
def backward_identity(dp, p):
    """The numerator's path has the slope exp(s[j]) / S, which is p[j]."""
    return dp - p * (dp * p).sum(axis=1, keepdims=True)


@mistake("softmax_backward", "a mean along the row where the sum belongs", loses=("ds",),
         hint="Over several paths slopes add up. Does anything divide by C?")
def backward_mean(dp, p):
    """All paths to the loss are added, and none is divided by their number."""
    return p * (dp - (dp * p).mean(axis=1, keepdims=True))


@mistake("softmax_backward", "the sums stand in a row, not in a column", loses=("ds",),
         hint="What shape have the sums, and what shape must they have to meet the rows of dp?")
def backward_without_keepdims(dp, p):
    """Sums of shape (N,) meet the columns. Most sizes do not fit, and where N = C the sum of
    sample j is taken for column j."""
    return p * (dp - (dp * p).sum(axis=1))


@mistake("softmax_backward", "a plus before the sum", loses=("ds",),
         hint="If another score grows, does this probability grow or shrink?")
def backward_plus(dp, p):
    """The paths through the denominator have the slope -p[k] p[j]: they are subtracted."""
    return p * (dp + (dp * p).sum(axis=1, keepdims=True))


@mistake("softmax_backward", "the gradient is divided by N", loses=("ds",),
         hint="Where was the mean over the batch taken, and what carries it here?")
def backward_over_n(dp, p):
    """A factor 1/N is inside dp already, if the loss is a mean."""
    return p * (dp - (dp * p).sum(axis=1, keepdims=True)) / len(p)


# softmax_loss


@mistake("softmax_loss", "the mean over the batch is missing in dx", loses=("dx",),
         hint="Where did the derivation divide by N?")
def loss_dx_not_mean(x, y):
    """The loss is a mean, dx is the gradient of the sum. No other layer will divide by N."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x)


@mistake("softmax_loss", "the losses are added, not averaged", loses=("loss",),
         hint="What does the docstring say is done with the losses of the samples?")
def loss_sum(x, y):
    """The sum grows with the batch, so that losses of different batches cannot be compared."""
    loss, dx = right_loss(x, y)
    return loss * len(x), dx


@mistake("softmax_loss", "the mean runs over all entries", loses=("loss",),
         hint="np.mean of an (N, C) array divides by N times C. How many losses are there?")
def loss_over_all_entries(x, y):
    """There are N losses, one for each sample. In an array of shape (N, C) zeros stand beside them,
    and dilute the mean."""
    loss, dx = right_loss(x, y)
    return loss / x.shape[1], dx


@mistake("softmax_loss", "loss and dx are sums over the batch", loses=("loss",),
         keeps=("dx",), hint="What does the docstring say is done with the losses of the samples?")
def loss_and_dx_sum(x, y):
    """Loss and gradient belong together, but both grow with the size of the batch."""
    loss, dx = right_loss(x, y)
    return loss * len(x), dx * len(x)


@mistake("softmax_loss", "loss and dx are divided by the number of all entries",
         loses=("loss",), keeps=("dx",),
         hint="How many losses are averaged, and by how many numbers is their sum divided?")
def loss_and_dx_over_all_entries(x, y):
    """Loss and gradient belong together, but the mean runs over samples only, not over classes."""
    loss, dx = right_loss(x, y)
    return loss / x.shape[1], dx / x.shape[1]


@mistake("softmax_loss", "dx is divided by the number of all entries", like=line_over_all,
         loses=("dx",), hint="How many losses are averaged, and how many entries has x?")
def loss_dx_over_all_entries(x, y):
    loss, dx = right_loss(x, y)
    return loss, dx / x.shape[1]


@mistake("softmax_loss", "dx has the wrong sign", loses=("dx",),
         hint="Is it onehot - p or p - onehot?")
def loss_dx_sign(x, y):
    """onehot - p is the way down. Training steps against dx, and with this dx it would climb."""
    loss, dx = right_loss(x, y)
    return loss, -dx


@mistake("softmax_loss", "the minus in front of the logarithm is missing", loses=("loss",),
         hint="Can a loss of this kind be negative?")
def loss_sign(x, y):
    """The logarithm of a probability is negative. The loss is minus that."""
    loss, dx = right_loss(x, y)
    return -loss, dx


@mistake("softmax_loss", "softmax runs over the samples", loses=("loss", "dx"),
         hint="Each row of probabilities must add up to 1. Which axis do max and sum run over?")
def loss_wrong_axis(x, y):
    """Along axis 0 the samples compete with each other. It is the classes that compete."""
    y, rows = as_labels(y), np.arange(len(x))
    e = np.exp(x - x.max(axis=0))
    p = e / e.sum(axis=0)
    with np.errstate(divide="ignore"):
        loss = -np.mean(np.log(p[rows, y]))
    dx = p.copy()
    dx[rows, y] -= 1
    return loss, dx / len(x)


@mistake("softmax_loss", "the exponentials overflow", loses=(LARGE,),
         hint="What may be subtracted from all scores of a row, so that no exponent is positive?")
def loss_overflow(x, y):
    """exp(710) is inf, and inf / inf is nan. The largest score of the row has to be subtracted."""
    y, rows = as_labels(y), np.arange(len(x))
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    dx = p.copy()
    dx[rows, y] -= 1
    return -np.mean(np.log(p[rows, y])), dx / len(x)


@mistake("softmax_loss", "one maximum for the whole batch", loses=(LARGE,),
         hint="Which axis does max run over?")
def loss_batch_maximum(x, y):
    """In a row far below the largest score of the batch every exponential becomes 0."""
    y, rows, shifted = as_labels(y), np.arange(len(x)), x - x.max()
    with np.errstate(divide="ignore"):
        log_sum = np.log(np.exp(shifted).sum(axis=1))
    dx = np.exp(shifted - log_sum[:, None])
    dx[rows, y] -= 1
    return np.mean(log_sum - shifted[rows, y]), dx / len(x)


@mistake("softmax_loss", "the logarithm is taken of a probability that has become 0",
         loses=(LARGE,),
         hint="Into which two terms was the loss taken apart? Is the logarithm of p among them?")
def loss_log_of_zero(x, y):
    """Shifted exponentials do not overflow, but they still underflow: exp(-20000) is 0."""
    rows, p = np.arange(len(x)), right_softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)])), dx


@mistake("softmax_loss", "1e-7 is added inside the logarithm", loses=("loss", LARGE),
         hint="Into which two terms was the loss taken apart? Can one of them become infinite?")
def loss_fudged(x, y):
    """The loss is off in its seventh digit, ends at 16.1, and dx is no longer its gradient."""
    rows, p = np.arange(len(x)), right_softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)] + 1e-7)), dx


@mistake("softmax_loss", "1e-12 inside the logarithm hides the probabilities that became 0",
         loses=(LARGE,),
         hint="Into which two terms was the loss taken apart? Is the logarithm of p among them?")
def loss_smaller_fudge(x, y):
    """It is too small to show in small losses, but the loss ends at 27.6 where it should be
    20000."""
    rows, p = np.arange(len(x)), right_softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)] + 1e-12)), dx


@mistake("softmax_loss", "1e-300 inside the logarithm hides the probabilities that became 0",
         loses=(LARGE,),
         hint="Into which two terms was the loss taken apart? Is the logarithm of p among them?")
def loss_floored(x, y):
    """It keeps the loss finite, and ends it at 691, however far the label lies behind. Scores
    further apart than that look equally wrong."""
    rows, p = np.arange(len(x)), right_softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(np.maximum(p[rows, as_labels(y)], 1e-300))), dx


@mistake("softmax_loss", "the one-hot rows are forgotten in dx", loses=("dx",),
         hint="Each row of dx must add up to 0. What has to be subtracted at the label?")
def loss_without_onehot(x, y):
    """These are the probabilities over N. Nothing in them knows what the labels are."""
    loss, _ = right_loss(x, y)
    return loss, right_softmax(x) / len(x)


@mistake("softmax_loss", "1 is subtracted in every row, at the labels of all samples",
         loses=("dx",), hint="How many entries should change, and how many does your index mean?")
def loss_all_rows(x, y):
    """dx[:, y] means all rows. One entry of each row is meant, row n at column y[n]."""
    loss, _ = right_loss(x, y)
    dx = right_softmax(x)
    dx[:, as_labels(y)] -= 1
    return loss, dx / len(x)


@mistake("softmax_loss", "dx uses the scores instead of the probabilities", loses=("dx",),
         hint="What does softmax return, and where is it used in dx?")
def loss_dx_of_scores(x, y):
    """The difference is between probabilities and one-hot rows. Scores are neither."""
    loss, _ = right_loss(x, y)
    dx = x.copy()
    dx[np.arange(len(x)), as_labels(y)] -= 1
    return loss, dx / len(x)


@mistake("softmax_loss", "the samples' losses are returned one by one", loses=("loss",),
         hint="How many numbers is the loss of a batch?")
def loss_each_sample(x, y):
    """There are N losses, and training needs a single number: their mean."""
    _, dx = right_loss(x, y)
    return -right_log_p(x)[np.arange(len(x)), as_labels(y)], dx


@mistake("softmax_loss", "one-hot rows are not understood", loses=(ONE_HOT,),
         hint="How many dimensions have labels, and how many have one-hot rows?")
def loss_labels_only(x, y):
    """With one-hot rows, y is no vector of indices. The function has to tell the two apart."""
    rows, log_p = np.arange(len(x)), right_log_p(x)
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return -np.mean(log_p[rows, y]), dx / len(x)


@mistake("softmax_loss", "dx is not divided by N for one-hot rows", loses=(ONE_HOT,),
         hint="Go through your function with one-hot rows and N = 4. Where is dx divided by 4?")
def loss_onehot_dx_not_mean(x, y):
    """With labels dx is divided by N, and with one-hot rows it is not. The same targets then give
    steps of different lengths."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x) if y.ndim == 2 else dx


@mistake("softmax_loss", "with one-hot rows the mean runs over all entries", loses=(ONE_HOT,),
         hint="np.mean of an (N, C) array divides by N times C. How many losses are there?")
def loss_over_entries_of_onehot(x, y):
    """There are N losses, one for each sample. With labels the loss is right; with one-hot rows it
    is divided by C as well."""
    loss, dx = right_loss(x, y)
    return loss / x.shape[1] if y.ndim == 2 else loss, dx


@mistake("softmax_loss", "the labels are read down the columns of the one-hot rows",
         loses=(ONE_HOT,), hint="Which axis of the one-hot rows counts the classes?")
def loss_argmax_of_columns(x, y):
    """argmax over axis 0 finds a sample for each class. A class for each sample is needed."""
    return right_loss(x, y.argmax(axis=0) if y.ndim == 2 else y)


@mistake("softmax_loss", "x is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into x?")
def loss_in_place(x, y):
    """The scores of the caller have been shifted, too. What comes next computes with these."""
    result = right_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return result


@mistake("softmax_loss", "the loss is an array of one number", loses=(SHAPES,),
         hint="Which shape has your loss, and where does its axis come from?")
def loss_in_an_array(x, y):
    """The number is right, in shape (1,). A loss is a plain number, of shape ()."""
    loss, dx = right_loss(x, y)
    return np.array([loss]), dx


@mistake("softmax_loss", "the logarithm of the sum is taken without a shift", loses=(LARGE,),
         hint="dx is finite. Which exponentials does the loss add up, and how large can they be?")
def loss_sum_without_shift(x, y):
    """The probabilities are shifted, and the loss adds up exp(x) itself, which overflows."""
    with np.errstate(over="ignore"):
        log_sum = np.log(np.exp(x).sum(axis=1))
    return np.mean(log_sum - x[np.arange(len(x)), as_labels(y)]), right_loss(x, y)[1]


@mistake("softmax_loss", "only one of the two terms is shifted", loses=("loss",),
         hint="If 100 is added to all scores of a row, should the loss change? Does yours?")
def loss_one_term_shifted(x, y):
    """log(sum) - s[y] stays the same if both terms are shifted by the same number, and only
    then."""
    log_sum = np.log(np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1))
    return np.mean(log_sum - x[np.arange(len(x)), as_labels(y)]), right_loss(x, y)[1]


@mistake("softmax_loss", "large scores are cut off", loses=(LARGE,),
         hint="What may you subtract from all scores of a row without changing the loss?")
def loss_clipped(x, y):
    """Nothing overflows, but two scores that are both cut off to the same number look equal."""
    return right_loss(np.clip(x, -500, 500), y)


@mistake("softmax_loss", "the largest score is taken for the label in dx", loses=("dx",),
         hint="What tells which class is the label: x, or y?")
def loss_dx_of_the_largest(x, y):
    """Where the model is wrong, this pulls up what it believes in already."""
    return right_loss(x, y)[0], right_loss(x, x.argmax(axis=1))[1]


@mistake("softmax_loss", "the logarithm has another base", loses=("loss",),
         hint="Which of NumPy's logarithms is the inverse of np.exp?")
def loss_log2(x, y):
    """np.log is the logarithm to the base e. np.log2 and np.log10 are others."""
    loss, dx = right_loss(x, y)
    return loss / np.log(2), dx


@mistake("softmax_loss", "loss and dx are returned in the wrong order", loses=("loss", "dx"),
         hint="Which of the two does the docstring name first?")
def loss_in_the_wrong_order(x, y):
    """Both are right, and each stands in the place of the other."""
    return right_loss(x, y)[::-1]


# exposing_softmax_scores


@mistake("exposing_softmax_scores", "ordinary scores", loses=("s",),
         hint="How small must the label's probability be? Its score decides.")
def exposing_ordinary():
    """Next to a probability of a few per cent, 1e-7 is nothing: this is what was tested."""
    return np.array([-1.0, 1.0])


@mistake("exposing_softmax_scores", "all scores are equal", loses=("s",),
         hint="Only the differences of the scores count. How far apart must they be?")
def exposing_equal():
    """All classes are equally probable, however large the scores are."""
    return np.array([-50.0, -50.0])


@mistake("exposing_softmax_scores", "the label is far ahead", loses=("s",),
         hint="Which probability stands next to the 1e-7, and must it be large or small?")
def exposing_certain():
    """The label's probability is nearly 1, and 1e-7 more changes nothing. Class 0 is the label."""
    return np.array([20.0, 0.0])


@mistake("exposing_softmax_scores", "the label is ten behind", loses=("s",),
         hint="By how much must the label's score lie behind for a probability of 1e-7?")
def exposing_too_near():
    """The probability is 5e-5, still hundreds of times larger than what is added to it."""
    return np.array([0.0, 10.0])


@mistake("exposing_softmax_scores", "the label is seven behind", loses=("s",),
         hint="A probability of 1e-7 is not a score of -7. Which power of e is 1e-7?")
def exposing_seven():
    """The exponential is to the base e: exp(-7) is only a thousandth."""
    return np.array([-7.0, 0.0])


# softmax_loss_mended


@mistake("softmax_loss_mended", "1e-7 is still added inside the logarithm", loses=("loss",),
         hint="Into which two terms did your softmax_loss take the loss apart?")
def mended_only_mean(x, y):
    """dx is divided by N now. The loss is still another function than the one dx belongs to."""
    rows, p = np.arange(len(x)), right_softmax(x)
    return -np.mean(np.log(p[rows, y] + 1e-7)), right_dx(p, y)


@mistake("softmax_loss_mended", "the mean over the batch is still missing", loses=("dx",),
         hint="By what did your own softmax_loss divide in the end?")
def mended_only_loss(x, y):
    """The loss is right for all scores now. dx is still the gradient of the sum of the losses."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x)


@mistake("softmax_loss_mended", "the logarithm is taken of a probability that has become 0",
         loses=("loss",), hint="Into which two terms did your softmax_loss take the loss apart?")
def mended_log_of_zero(x, y):
    """Without the tiny number a score 2000 below the others gives log 0, which is -inf."""
    rows, p = np.arange(len(x)), right_softmax(x)
    with np.errstate(divide="ignore"):
        return -np.mean(np.log(p[rows, y])), right_dx(p, y)


@mistake("softmax_loss_mended", "a smaller tiny number is added instead", loses=("loss",),
         hint="Into which two terms did your softmax_loss take the loss apart?")
def mended_smaller_fudge(x, y):
    """1e-12 moves the place where the loss stops growing from 16.1 to 27.6, and no further."""
    rows, p = np.arange(len(x)), right_softmax(x)
    return -np.mean(np.log(p[rows, y] + 1e-12)), right_dx(p, y)


@mistake("softmax_loss_mended", "dx is divided by the number of classes", like=line_over_classes,
         loses=("dx",), hint="Which entry of x.shape is N?")
def mended_over_classes(x, y):
    loss, dx = right_loss(x, y)
    return loss, dx * len(x) / x.shape[1]


for _known in (loss_dx_sign, loss_sign, loss_all_rows, loss_sum, loss_one_term_shifted,
               loss_in_the_wrong_order, loss_and_dx_sum):
    mistake("softmax_loss_mended", like=_known)(_known)
for _known in (loss_overflow, loss_batch_maximum, loss_clipped):
    mistake("softmax_loss_mended", like=_known, loses=("loss", "dx"))(_known)
for _known in (loss_sum_without_shift, loss_floored):
    mistake("softmax_loss_mended", like=_known, loses=("loss",))(_known)


# softmax_loss_linear


def right_linear(w, x, y, reg):
    """loss and dw as they should be, to be spoiled in one place."""
    loss, ds = right_loss(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w


@mistake("softmax_loss_linear", "the penalty is missing in dw", loses=("dw",),
         hint="The loss has two terms. How many has its gradient?")
def linear_dw_without_penalty(w, x, y, reg):
    """The penalty is in the loss and not in its gradient, so training never notices it."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw - 2 * reg * w


@mistake("softmax_loss_linear", "dw fits a penalty with a factor 1/2", loses=("dw",),
         hint="What is the slope of reg times w squared?")
def linear_dw_of_half(w, x, y, reg):
    """reg * w is the gradient of half the penalty. Here the penalty is whole: 2 reg w."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw - reg * w


@mistake("softmax_loss_linear", "the penalty has a factor 1/2", loses=("loss",),
         keeps=("dw",), hint="Is there a factor 1/2 in the formula of chapter 05?")
def linear_half(w, x, y, reg):
    """This course writes the penalty without the 1/2, and its gradient with the 2."""
    loss, dw = right_linear(w, x, y, reg)
    return loss - 0.5 * reg * np.sum(w * w), dw - reg * w


@mistake("softmax_loss_linear", "the penalty is missing", loses=("loss",),
         keeps=("dw",), hint="What does reg do in your loss?")
def linear_without_penalty(w, x, y, reg):
    """This is the loss of the scores alone. Large weights cost nothing in it."""
    loss, ds = right_loss(x @ w, y)
    return loss, x.T @ ds


@mistake("softmax_loss_linear", "the penalty is divided by N", loses=("loss",), keeps=("dw",),
         hint="How often do the weights occur: once for each sample, or once?")
def linear_penalty_mean(w, x, y, reg):
    """The mean runs over the losses of the samples. The penalty belongs to no sample."""
    return right_linear(w, x, y, reg / len(x))


@mistake("softmax_loss_linear", "the mean over N is taken twice in dw", loses=("dw",),
         hint="Where was the mean over the batch taken, and what carries it into dw?")
def linear_mean_twice(w, x, y, reg):
    """The factor 1/N is inside dx of softmax_loss already. Here the part of the scores has it once
    more."""
    loss, ds = right_loss(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds / len(x) + 2 * reg * w


@mistake("softmax_loss_linear", "dw is transposed", loses=("dw",),
         hint="dw must have the shape of w, (D, C). Which factor has to come first?")
def linear_dw_transposed(w, x, y, reg):
    """ds.T @ x holds one class in each row. In w every class is a column."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw.T


@mistake("softmax_loss_linear", "the probabilities are handed to the loss as scores",
         loses=("loss", "dw"), hint="What does softmax_loss expect, scores or probabilities?")
def linear_softmax_twice(w, x, y, reg):
    """softmax_loss takes scores and turns them into probabilities itself. Here it is done twice."""
    loss, ds = right_loss(right_softmax(x @ w), y)
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w


@mistake("softmax_loss_linear", "w is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into w?")
def linear_in_place(w, x, y, reg):
    """A step has been taken from the weights of the caller. Whoever measures this loss again gets
    another one."""
    answer = right_linear(w.copy(), x, y, reg)
    w -= 0.1 * answer[1]
    return answer


@mistake("softmax_loss_linear", "loss and dw are returned in the wrong order",
         loses=("loss", "dw"), hint="Which of the two does the docstring name first?")
def linear_in_the_wrong_order(w, x, y, reg):
    """Both are right, and each stands in the place of the other."""
    return right_linear(w, x, y, reg)[::-1]


@mistake("softmax_loss_linear", "the path through the scores is missing in dw", loses=("dw",),
         hint="Along how many paths does w reach the loss?")
def linear_only_penalty(w, x, y, reg):
    """This is the gradient of the penalty alone. It knows nothing of the data."""
    return right_linear(w, x, y, reg)[0], 2 * reg * w


@mistake("softmax_loss_linear", "the exponentials overflow", loses=(LARGE,),
         hint="Which of your functions computes this loss for scores of any size?")
def linear_overflow(w, x, y, reg):
    """Without a shift the exponentials of large scores are infinite."""
    loss, ds = loss_overflow(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w


# smoothed_softmax_loss


def smoothed(x, t):
    """The loss against rows of targets t that add up to 1, and its gradient."""
    log_p = right_log_p(x)
    return -np.sum(t * log_p) / len(x), (np.exp(log_p) - t) / len(x)


def targets(x, y, eps):
    """The smoothed rows."""
    return (1 - eps) * one_hot(y, x.shape[1]) + eps / x.shape[1]


@mistake("smoothed_softmax_loss", "dx is that of the plain loss", loses=("dx",),
         hint="What is t in p - t, now that the targets are softened?")
def smoothed_plain_dx(x, y, eps):
    """This gradient still pulls the label's probability to 1. The target is less than 1 now."""
    return smoothed(x, targets(x, y, eps))[0], right_loss(x, y)[1]


@mistake("smoothed_softmax_loss", "the loss is the plain one", loses=("loss",),
         hint="How many terms has the sum over the classes, now that no target is 0?")
def smoothed_plain_loss(x, y, eps):
    """It looks at the label's probability alone. Now every class has a target, and so a term."""
    return right_loss(x, y)[0], smoothed(x, targets(x, y, eps))[1]


@mistake("smoothed_softmax_loss", "a sum over the batch instead of the mean", loses=("loss",),
         keeps=("dx",), hint="What is done with the losses of the samples?")
def smoothed_sum(x, y, eps):
    """A sum grows with the size of the batch, and so does its gradient."""
    loss, dx = smoothed(x, targets(x, y, eps))
    return loss * len(x), dx * len(x)


@mistake("smoothed_softmax_loss", "the label gets no share of eps", loses=("loss",),
         keeps=("dx",),
         hint="eps is shared out among all C classes. What does the label have in the end?")
def smoothed_others_only(x, y, eps):
    """Here eps is shared among the C - 1 wrong classes. In this loss the label is one of C."""
    rows, classes = one_hot(y, x.shape[1]), x.shape[1]
    return smoothed(x, (1 - eps) * rows + eps / (classes - 1) * (1 - rows))


@mistake("smoothed_softmax_loss", "eps is not divided among the classes", loses=("loss", "dx"),
         hint="What must the targets of a row add up to?")
def smoothed_not_shared(x, y, eps):
    """Every class gets the whole eps here, and the targets of a row add up to more than 1."""
    return smoothed(x, (1 - eps) * one_hot(y, x.shape[1]) + eps)


@mistake("smoothed_softmax_loss", "the label keeps its whole 1", loses=("loss", "dx"),
         hint="What must the targets of a row add up to?")
def smoothed_nothing_taken(x, y, eps):
    """What the classes share has to be taken from the label first. This row adds up to 1 + eps."""
    return smoothed(x, one_hot(y, x.shape[1]) + eps / x.shape[1])


@mistake("smoothed_softmax_loss", "the mean over the batch is missing in dx", loses=("dx",),
         hint="Where did the derivation divide by N?")
def smoothed_dx_not_mean(x, y, eps):
    """The loss is a mean, dx is the gradient of the sum."""
    loss, dx = smoothed(x, targets(x, y, eps))
    return loss, dx * len(x)


@mistake("smoothed_softmax_loss", "the logarithm is taken of a probability that has become 0",
         loses=(LARGE,), hint="Every class is in the sum now. Can all log p be computed without p?")
def smoothed_log_of_zero(x, y, eps):
    """Shifted exponentials do not overflow, but they still underflow: exp(-20000) is 0."""
    t, p = targets(x, y, eps), right_softmax(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.sum(t * np.log(p)) / len(x), (p - t) / len(x)


@mistake("smoothed_softmax_loss", "eps and 1 - eps are exchanged", loses=("loss", "dx"),
         hint="What are the targets for eps = 0?")
def smoothed_exchanged(x, y, eps):
    """eps is the share that is taken from the label. What it keeps is 1 - eps, and a part of
    that share."""
    return smoothed(x, targets(x, y, 1 - eps))


@mistake("smoothed_softmax_loss", "eps is shared among the samples", loses=("loss", "dx"),
         hint="Among how many classes is eps dealt out?")
def smoothed_among_samples(x, y, eps):
    """eps is divided by the number of classes, C. The targets of a row must add up to 1."""
    return smoothed(x, (1 - eps) * one_hot(y, x.shape[1]) + eps / len(x))


@mistake("smoothed_softmax_loss",
         "1e-12 inside the logarithm hides the probabilities that became 0",
         loses=(LARGE,), hint="Can all log p be computed without p?")
def smoothed_fudge(x, y, eps):
    """It is too small to show in small losses, but no -log p grows beyond 27.6 any more."""
    t, p = targets(x, y, eps), right_softmax(x)
    return -np.sum(t * np.log(p + 1e-12)) / len(x), (p - t) / len(x)


@mistake("smoothed_softmax_loss", "dx is divided by the number of classes", loses=("dx",),
         hint="Over what does the loss take its mean?")
def smoothed_over_classes(x, y, eps):
    """The mean runs over the N samples, not over the C classes."""
    loss, dx = smoothed(x, targets(x, y, eps))
    return loss, dx * len(x) / x.shape[1]


@mistake("smoothed_softmax_loss", "loss and dx are returned in the wrong order",
         loses=("loss", "dx"), hint="Which of the two does the docstring name first?")
def smoothed_in_the_wrong_order(x, y, eps):
    """Both are right, and each stands in the place of the other."""
    return smoothed(x, targets(x, y, eps))[::-1]


# recap_softmax_loss


@mistake("recap_softmax_loss", "dx without the mean over the batch", loses=("slope",),
         hint="There are four samples. How large a share of the mean is one loss?")
def recap_slope_a():
    """-0.8 is the slope of the sample's own loss. The batch's loss is the mean of four."""
    return "a", "b", "c"


@mistake("recap_softmax_loss", "dx without the one-hot row", loses=("slope",),
         hint="Is this the slope of a score that is the label's?")
def recap_slope_c():
    """0.05 is p / N, right for a class that is not the label."""
    return "c", "b", "c"


@mistake("recap_softmax_loss", "the slope of the logarithm alone", loses=("slope",),
         hint="Is dx the gradient with respect to p, or to the scores?")
def recap_slope_d():
    """-1.25 is -1/p over N: how the loss answers to the probability, not to the score."""
    return "d", "b", "c"


@mistake("recap_softmax_loss", "the mean is thought to give other probabilities", loses=("shift",),
         hint="What happens to a factor that stands above and below the line?")
def recap_shift_a():
    """Every shift cancels in the fraction, the mean as well as the maximum."""
    return "b", "a", "c"


@mistake("recap_softmax_loss", "any shift is thought to be safe", loses=("shift",),
         hint="How far above the mean can the largest score of a wide row lie?")
def recap_shift_c():
    """On paper every shift cancels. In a float only one keeps all exponents at 0 or below."""
    return "b", "c", "c"


@mistake("recap_softmax_loss", "the shift is thought to need a gradient of its own",
         loses=("shift",), hint="What do the entries of ds add up to?")
def recap_shift_d():
    """Whatever is subtracted from a row, the loss does not depend on it: its gradient is 0."""
    return "b", "d", "c"


@mistake("recap_softmax_loss", "a passed gradient check is taken for a proof",
         loses=("tiny_number",), hint="For which samples is 1e-12 not small, compared with p?")
def recap_tiny_a():
    """A check tells about the scores it was made with, and nothing about others."""
    return "b", "b", "a"


@mistake("recap_softmax_loss", "the easy samples are thought to suffer", loses=("tiny_number",),
         hint="Next to which probability is 1e-12 a lot?")
def recap_tiny_b():
    """Where the label's probability is nearly 1, a tiny number more changes nearly nothing."""
    return "b", "b", "b"


@mistake("recap_softmax_loss", "the fault is thought to be the same everywhere",
         loses=("tiny_number",), hint="The slope of log(p + 1e-12) is 1/(p + 1e-12). What is p?")
def recap_tiny_d():
    """The gradient is multiplied by p/(p + 1e-12), and that depends on p."""
    return "b", "b", "d"
