"""Known mistakes of 06_softmax_loss."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import SHAPES, UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.softmax_loss import LARGE, ONE_HOT

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def softmax(s):
    """Softmax along the last axis, for scores of any size."""
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def right_lse(x):
    """log-sum-exp of each row."""
    m = x.max(axis=1)
    return m + np.log(np.exp(x - m[:, None]).sum(axis=1))


def as_labels(y):
    """Labels as integers."""
    return y.argmax(axis=1) if y.ndim == 2 else y


def right_loss(x, y):
    """Loss and dx as they should be, to be spoiled in one place."""
    y, rows, lse = as_labels(y), np.arange(len(x)), right_lse(x)
    dx = np.exp(x - lse[:, None])
    dx[rows, y] -= 1
    return np.mean(lse - x[rows, y]), dx / len(x)


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
         hint="Label 0 is the first class.")
def signs_from_one():
    """Classes are numbered from 0, as everything in Python: label 1 is the second column."""
    return np.array([[-1.0, 1.0, 1.0], [1.0, 1.0, -1.0]]), 0.0


@mistake("predict_softmax_signs", "every score makes the loss grow", loses=("signs",),
         hint="Which entries of the batch are the labels' own?")
def signs_all_up():
    """True for the scores of the wrong classes. The label's own score pulls the other way."""
    return np.ones((2, 3)), 0.0


@mistake("predict_softmax_signs", "the common shift is thought to matter", loses=("change",),
         hint="Write exp(s + 100) as a product, and put it into the fraction.")
def change_hundred():
    """Every exponential of the row is multiplied by the same number, and the fraction stays."""
    return SIGNS, 100.0


@mistake("predict_softmax_signs", "the common shift is thought to lower the loss",
         loses=("change",), hint="Write exp(s + 100) as a product, and put it into the fraction.")
def change_minus_hundred():
    """The label's score grows by 100, and so does every other score of the row."""
    return SIGNS, -100.0


@mistake("predict_softmax_signs", "the common shift is thought to matter, shared by two samples",
         loses=("change",), hint="Is L of sample 0 changed at all?")
def change_fifty():
    """The mean divides by 2, but there is nothing to divide: the fraction stays as it was."""
    return SIGNS, 50.0


# softmax_score_slopes


@mistake("softmax_score_slopes", "the label's second path is missing", loses=("on",),
         hint="The loss is log(sum of exponentials) - s[y]. What is the slope of -s[y]?")
def slopes_without_one(s, y, j):
    """For the label this is the slope of the first term alone. The term -s[y] has a slope too."""
    p = softmax(s)
    return p[j], p[y]


@mistake("softmax_score_slopes", "the label's slope has the wrong sign", loses=("on",),
         hint="You predicted a sign for the label's score. Is it this one?")
def slopes_label_sign(s, y, j):
    """1 - p[y] is positive. But the loss falls when the label's score grows."""
    p = softmax(s)
    return p[j], 1 - p[y]


@mistake("softmax_score_slopes", "the exponential is not divided by the sum", loses=("off", "on"),
         hint="What is the slope of log u? And what is u here?")
def slopes_not_normalised(s, y, j):
    """The logarithm is the last piece of the path, and its slope is 1 over the sum."""
    return np.exp(s[j]), np.exp(s[y]) - 1


@mistake("softmax_score_slopes", "the off-label slope has the wrong sign", loses=("off",),
         hint="You predicted a sign for the other scores. Is it this one?")
def slopes_off_label_sign(s, y, j):
    """This is the slope of log p[y]. The loss is minus that, and grows with every other score."""
    p = softmax(s)
    return -p[j], p[y] - 1


@mistake("softmax_score_slopes", "the other scores are thought to have no slope", loses=("off",),
         hint="In which term of log(sum of exponentials) - s[y] does s[j] occur?")
def slopes_zero_off_label(s, y, j):
    """A score that is not the label's still stands in the sum, and lowers the label's share."""
    return 0.0, softmax(s)[y] - 1


@mistake("softmax_score_slopes", "the slope with respect to the probability is returned",
         loses=("on",), hint="Which is pushed here, s[y] or p[y]?")
def slopes_of_log_alone(s, y, j):
    """-1/p[y] is the slope of -log p with respect to p. The question is about the score s[y]."""
    p = softmax(s)
    return p[j], -1 / p[y]


# softmax_sample_gradient


@mistake("softmax_sample_gradient", "the one-hot row is forgotten", loses=("ds",),
         hint="The entries of ds must add up to 0. Do they?")
def sample_without_onehot(s, y):
    """These are the probabilities. At the label, 1 has to be subtracted."""
    return softmax(s)


@mistake("softmax_sample_gradient", "the sign is reversed", loses=("ds",),
         hint="Compare the signs with your prediction.")
def sample_sign(s, y):
    """This is the direction in which the loss falls. The gradient is the one in which it grows."""
    ds = -softmax(s)
    ds[y] += 1
    return ds


@mistake("softmax_sample_gradient", "1 is subtracted from every entry", loses=("ds",),
         hint="Which entry of t is 1?")
def sample_minus_ones(s, y):
    """The one-hot row is 1 at the label only."""
    return softmax(s) - 1


@mistake("softmax_sample_gradient", "a mean over the classes", loses=("ds",),
         hint="One sample's loss is not a mean over anything.")
def sample_mean(s, y):
    """Nothing divides by C. The mean of the loss runs over samples, and here there is only one."""
    ds = softmax(s)
    ds[y] -= 1
    return ds / len(s)


@mistake("softmax_sample_gradient", "p(1 - p) as for a sigmoid", loses=("ds",),
         hint="Use the two slopes you derived, not the derivative of the probability.")
def sample_sigmoid_slope(s, y):
    """p(1 - p) is the slope of a probability with respect to its own score, not of the loss."""
    p = softmax(s)
    return p * (1 - p)


# softmax_dx_entry


@mistake("softmax_dx_entry", "the mean over the batch is missing", loses=("dx[n, j]",),
         hint="What is the slope of L with respect to L[n]?")
def entry_not_mean(p, y, n, j):
    """This is the slope of the sample's own loss. The loss of the batch is a mean of N of them."""
    return p[n, j] - float(y[n] == j)


@mistake("softmax_dx_entry", "divided by the number of classes", loses=("dx[n, j]",),
         hint="Which axis of p counts the samples?")
def entry_over_classes(p, y, n, j):
    """The mean runs over the N samples, not over the C classes."""
    return (p[n, j] - float(y[n] == j)) / p.shape[1]


@mistake("softmax_dx_entry", "divided by the number of all entries", loses=("dx[n, j]",),
         hint="How many losses are averaged?")
def entry_over_all(p, y, n, j):
    """There are N losses to average, one for each sample, not N times C."""
    return (p[n, j] - float(y[n] == j)) / p.size


@mistake("softmax_dx_entry", "the one-hot row is forgotten", loses=("dx[n, j]",),
         hint="What changes when j is the label of sample n?")
def entry_without_onehot(p, y, n, j):
    """Right for the wrong classes. At the label of the sample, 1 has to be subtracted."""
    return p[n, j] / p.shape[0]


@mistake("softmax_dx_entry", "1 is subtracted only from the probability's share",
         loses=("dx[n, j]",), hint="Where do the brackets in the formula stand?")
def entry_brackets(p, y, n, j):
    """The whole difference is divided by N, the 1 as well as the probability."""
    return p[n, j] / p.shape[0] - float(y[n] == j)


@mistake("softmax_dx_entry", "labels of other samples count", loses=("dx[n, j]",),
         hint="Compare j with one entry of y. Which?")
def entry_any_label(p, y, n, j):
    """Here 1 is subtracted if j is the label of any sample. It must be the label of sample n."""
    return (p[n, j] - float(np.any(y == j))) / p.shape[0]


@mistake("softmax_dx_entry", "the label is compared with the sample's number", loses=("dx[n, j]",),
         hint="y[n] is a class. Which of the two indices is a class?")
def entry_compares_n(p, y, n, j):
    """j and y[n] are classes; n is a sample. Only classes can be compared with classes."""
    return (p[n, j] - float(n == j)) / p.shape[0]


# softmax_dx


@mistake("softmax_dx", "the mean over the batch is missing", loses=("dx",),
         hint="Look at your formula for one entry once more.")
def line_not_mean(p, onehot):
    """This is the gradient of the sum of the losses. The loss is their mean."""
    return p - onehot


@mistake("softmax_dx", like=sample_sign, loses=("dx",))
def line_sign(p, onehot):
    return (onehot - p) / len(p)


@mistake("softmax_dx", like=entry_over_classes, loses=("dx",), hint="Which entry of p.shape is N?")
def line_over_classes(p, onehot):
    return (p - onehot) / p.shape[1]


@mistake("softmax_dx", like=entry_over_all, loses=("dx",))
def line_over_all(p, onehot):
    return (p - onehot) / p.size


@mistake("softmax_dx", "the brackets are missing", loses=("dx",),
         hint="Division comes before subtraction.")
def line_brackets(p, onehot):
    """p - onehot / N divides only the one-hot rows."""
    return p - onehot / len(p)


@mistake("softmax_dx", "only the label's column is kept", loses=("dx",),
         hint="What is dx off the label? It is not 0.")
def line_masked(p, onehot):
    """The product with the one-hot rows wipes out the slopes of all other scores."""
    return (p - 1) * onehot / len(p)


@mistake("softmax_dx", "p is changed in place", loses=(UNCHANGED,),
         hint="p -= onehot writes into the caller's array. p - onehot makes a new one.")
def line_in_place(p, onehot):
    """The gradient is right, and the caller's probabilities are gone."""
    p -= onehot
    return p / len(p)


# softmax_jacobian


@mistake("softmax_jacobian", "only the diagonal is filled", loses=("J",),
         hint="Does p[0] change when s[1] changes?")
def jacobian_diagonal(p):
    """Every probability depends on every score, through the sum in the denominator."""
    return np.diag(p * (1 - p))


@mistake("softmax_jacobian", "the numerator's path is missing on the diagonal", loses=("J",),
         hint="For k = j the score is in the numerator too. What does that path add?")
def jacobian_without_numerator(p):
    """-p[k] p[j] is the path through the denominator. On the diagonal there is a second path."""
    return -np.outer(p, p)


@mistake("softmax_jacobian", "the denominator's path is missing", loses=("J",),
         hint="Which score occurs in the denominator? All of them.")
def jacobian_without_denominator(p):
    """This is the path through the numerator alone. Every score is in the denominator as well."""
    return np.diag(p)


@mistake("softmax_jacobian", "the sign off the diagonal is wrong", loses=("J",),
         hint="If another score grows, does this probability grow or shrink?")
def jacobian_sign(p):
    """What one probability gains the others lose: off the diagonal every slope is negative."""
    return np.outer(p, p) + np.diag(p * (1 - p) - p * p)


@mistake("softmax_jacobian", "the numerator's path is 1 instead of p", loses=("J",),
         hint="The slope of exp(s[j]) is exp(s[j]), and it is still divided by S.")
def jacobian_identity(p):
    """The numerator's path has the slope exp(s[j]) / S, which is p[j]."""
    return np.eye(len(p)) - np.outer(p, p)


# softmax_chain


@mistake("softmax_chain", "dp is filled for every class", loses=("dp", "ds"),
         hint="The loss is -log p[y]. What is its slope with respect to another p?")
def chain_all_classes(J, p, y):
    """The loss looks at p[y] only. All other entries of dp are 0."""
    dp = -1 / p
    return dp, dp @ J


@mistake("softmax_chain", "dp has the wrong sign", loses=("dp", "ds"),
         hint="The slope of log u is 1/u. And of -log u?")
def chain_sign(J, p, y):
    """A larger p[y] makes the loss smaller, so the slope is negative."""
    dp = np.zeros_like(p)
    dp[y] = 1 / p[y]
    return dp, dp @ J


@mistake("softmax_chain", "dp holds the loss instead of its slope", loses=("dp", "ds"),
         hint="Take the derivative of -log u.")
def chain_log(J, p, y):
    """-log p[y] is the loss itself. dp is how fast it changes."""
    dp = np.zeros_like(p)
    dp[y] = -np.log(p[y])
    return dp, dp @ J


@mistake("softmax_chain", "the sum runs over the wrong index", loses=("ds",),
         hint="The summed index k is the first one of J. Which side of the product is that?")
def chain_wrong_index(J, p, y):
    """J @ dp sums over the scores j. The paths from one score run through all probabilities k."""
    dp = np.zeros_like(p)
    dp[y] = -1 / p[y]
    return dp, J @ dp


@mistake("softmax_chain", "only the diagonal of J is used", loses=("ds",),
         hint="How many paths lead from s[j] to the loss?")
def chain_diagonal(J, p, y):
    """s[j] also reaches the loss through the other probabilities."""
    dp = np.zeros_like(p)
    dp[y] = -1 / p[y]
    return dp, dp * np.diag(J)


@mistake("softmax_chain", "the products are not added up", loses=("ds",),
         hint="ds has shape (C,). Over which index is the sum?")
def chain_without_sum(J, p, y):
    """A table of all products dp[k] J[k, j] holds the paths. Over all paths, slopes add up."""
    dp = np.zeros_like(p)
    dp[y] = -1 / p[y]
    return dp, dp[:, None] * J


# log_sum_exp


@mistake("log_sum_exp", "there is no shift by the maximum", loses=(LARGE,),
         hint="Subtract the largest score of each row before you take exponentials.")
def lse_without_shift(x):
    """Right as long as the scores are small. exp(710) is already inf."""
    return np.log(np.exp(x).sum(axis=1))


@mistake("log_sum_exp", "the shift is by the maximum of the whole batch", loses=(LARGE,),
         hint="Which axis does max run over?")
def lse_batch_maximum(x):
    """In a row far below the largest score of the batch every exponential becomes 0."""
    return x.max() + np.log(np.exp(x - x.max()).sum(axis=1))


@mistake("log_sum_exp", "the maximum is not added back", loses=("lse",),
         hint="In the formula m stands outside the logarithm as well.")
def lse_not_added_back(x):
    """Subtracting m inside the exponentials takes exactly m from the result."""
    return np.log(np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1))


@mistake("log_sum_exp", "the sum runs over the samples", loses=("lse",),
         hint="The result needs one number for each sample. Which axis must disappear?")
def lse_wrong_axis(x):
    """Axis 0 counts the samples. Softmax never mixes samples; the sum runs along a row."""
    return np.log(np.exp(x).sum(axis=0))


@mistake("log_sum_exp", "one sum over the whole batch", loses=("lse",),
         hint="sum without an axis adds up everything.")
def lse_one_number(x):
    """Every row has its own sum. Without an axis all rows are added into one number."""
    return np.log(np.exp(x).sum())


@mistake("log_sum_exp", "the logarithm is inside the sum", loses=("lse",),
         hint="Add first, then take the logarithm.")
def lse_log_inside(x):
    """A sum of logarithms of exponentials is the plain sum of the scores."""
    return np.log(np.exp(x)).sum(axis=1)


@mistake("log_sum_exp", "a tiny number is added inside the logarithm", loses=("lse",),
         hint="After the shift the sum is at least 1. What is there to guard against?")
def lse_fudged(x):
    """The sum is never near 0 when the shift is right, and the tiny number changes the result."""
    m = x.max(axis=1, keepdims=True)
    return m[:, 0] + np.log(np.exp(x - m).sum(axis=1) + 1e-7)


@mistake("log_sum_exp", "the result keeps the class axis", loses=(SHAPES,),
         hint="Use keepdims for the maxima, and drop the axis from the result.")
def lse_column(x):
    """The numbers are right, in shape (N, 1). Minus x[rows, y] of shape (N,) that gives (N, N)."""
    return right_lse(x)[:, None]


# softmax_loss


@mistake("softmax_loss", "the mean over the batch is missing in dx", loses=("dx",),
         hint="Where did the derivation divide by N?")
def loss_dx_not_mean(x, y):
    """The loss is a mean, dx is the gradient of the sum. No other layer will divide by N."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x)


@mistake("softmax_loss", "the losses are added, not averaged", loses=("loss",),
         hint="Read in the docstring what is done with the losses of the samples.")
def loss_sum(x, y):
    """The sum grows with the batch, so that losses of different batches cannot be compared."""
    loss, dx = right_loss(x, y)
    return loss * len(x), dx


@mistake("softmax_loss", "the mean runs over all entries", loses=("loss",),
         hint="np.mean of an (N, C) array divides by N times C. How many losses are there?")
def loss_over_all_entries(x, y):
    """The array -onehot * log p has N numbers that count; C times as many zeros dilute the mean."""
    loss, dx = right_loss(x, y)
    return loss / x.shape[1], dx


@mistake("softmax_loss", "dx is divided by the number of all entries", like=entry_over_all,
         loses=("dx",), hint="Divide by the number of samples, x.shape[0], not by x.size.")
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
         hint="A loss of this kind is never negative.")
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
         hint="Subtract the largest score of each row before you take exponentials.")
def loss_overflow(x, y):
    """exp(710) is inf, and inf / inf is nan. The largest score of the row has to be subtracted."""
    y, rows = as_labels(y), np.arange(len(x))
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    dx = p.copy()
    dx[rows, y] -= 1
    return -np.mean(np.log(p[rows, y])), dx / len(x)


@mistake("softmax_loss", like=lse_batch_maximum)
def loss_batch_maximum(x, y):
    y, rows, shifted = as_labels(y), np.arange(len(x)), x - x.max()
    lse = np.log(np.exp(shifted).sum(axis=1))
    dx = np.exp(shifted - lse[:, None])
    dx[rows, y] -= 1
    return np.mean(lse - shifted[rows, y]), dx / len(x)


@mistake("softmax_loss", "the logarithm is taken of a probability that has become 0",
         loses=(LARGE,), hint="Compute log p as score minus log-sum-exp, not from p.")
def loss_log_of_zero(x, y):
    """Shifted exponentials do not overflow, but they still underflow: exp(-20000) is 0."""
    rows, p = np.arange(len(x)), softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)])), dx


@mistake("softmax_loss", "1e-7 is added inside the logarithm", loses=("loss",),
         hint="With log-sum-exp no logarithm of 0 can occur. There is nothing to guard against.")
def loss_fudged(x, y):
    """The loss is off in its seventh digit, ends at 16.1, and dx is no longer its gradient."""
    rows, p = np.arange(len(x)), softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)] + 1e-7)), dx


@mistake("softmax_loss", "1e-12 inside the logarithm hides the probabilities that became 0",
         loses=(LARGE,), hint="Compute log p as score minus log-sum-exp, not from p.")
def loss_smaller_fudge(x, y):
    """Small enough not to show in small losses. It ends at 27.6, where the loss should be 20000."""
    rows, p = np.arange(len(x)), softmax(x)
    _, dx = right_loss(x, y)
    return -np.mean(np.log(p[rows, as_labels(y)] + 1e-12)), dx


@mistake("softmax_loss", "the one-hot rows are forgotten in dx", loses=("dx",),
         hint="Each row of dx must add up to 0. What has to be subtracted at the label?")
def loss_without_onehot(x, y):
    """These are the probabilities over N. Nothing in them knows what the labels are."""
    loss, _ = right_loss(x, y)
    return loss, softmax(x) / len(x)


@mistake("softmax_loss", "1 is subtracted in every row, at the labels of all samples",
         loses=("dx",), hint="Index with pairs: one row number for each label.")
def loss_all_rows(x, y):
    """dx[:, y] means all rows. One entry of each row is meant, row n at column y[n]."""
    loss, _ = right_loss(x, y)
    dx = softmax(x)
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
         hint="The loss of the batch is one number.")
def loss_each_sample(x, y):
    """There are N losses, and training needs a single number: their mean."""
    _, dx = right_loss(x, y)
    return right_lse(x) - x[np.arange(len(x)), as_labels(y)], dx


@mistake("softmax_loss", "one-hot rows are not understood", loses=(ONE_HOT,),
         hint="Look at y.ndim, and turn one-hot rows into labels first.")
def loss_labels_only(x, y):
    """With one-hot rows, y is no vector of indices. The function has to tell the two apart."""
    rows, lse = np.arange(len(x)), right_lse(x)
    dx = np.exp(x - lse[:, None])
    dx[rows, y] -= 1
    return np.mean(lse - x[rows, y]), dx / len(x)


@mistake("softmax_loss", "the labels are read down the columns of the one-hot rows",
         loses=(ONE_HOT,), hint="Which axis of the one-hot rows counts the classes?")
def loss_argmax_of_columns(x, y):
    """argmax over axis 0 finds a sample for each class. A class for each sample is needed."""
    if y.ndim == 2:
        y = np.resize(y.argmax(axis=0), len(x))
    return right_loss(x, y)


@mistake("softmax_loss", "x is changed in place", loses=(UNCHANGED,),
         hint="x -= m writes into the caller's array. x - m makes a new one.")
def loss_in_place(x, y):
    """The result is right, and the scores that the caller still needs have been shifted."""
    result = right_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return result


@mistake("softmax_loss", "the loss is an array of one number", loses=(SHAPES,),
         hint="Look for keepdims, or for a row that was made into a list.")
def loss_in_an_array(x, y):
    """The number is right, in shape (1,). A loss is a plain number, of shape ()."""
    loss, dx = right_loss(x, y)
    return np.array([loss]), dx


# exposing_softmax_scores


@mistake("exposing_softmax_scores", "all scores are large alike", loses=("x",),
         hint="x.max() is the largest score of all rows. For which row is that a bad choice?")
def exposing_all_large():
    """The shift takes care of this: after it the scores are 0, -1 and -2 in every row."""
    return np.array([[1000.0, 999.0, 998.0], [998.0, 1000.0, 999.0]])


@mistake("exposing_softmax_scores", "all scores are very negative alike", loses=("x",),
         hint="x.max() is the largest score of all rows. For which row is that a bad choice?")
def exposing_all_small():
    """The shift takes care of this as well: it brings the largest score up to 0."""
    return np.full((2, 3), -1000.0)


@mistake("exposing_softmax_scores", "one row with far spread scores", loses=("x",),
         hint="Try two rows.")
def exposing_one_row():
    """exp(-2000) is 0, but the row also has the exponential of its own maximum, which is 1."""
    return np.array([[1000.0, -1000.0, 0.0]])


@mistake("exposing_softmax_scores", "every row has one large score", loses=("x",),
         hint="How far must the best score of a row lie below the best one of the batch?")
def exposing_each_row_large():
    """In every row one exponential is 1, so no sum is 0, however small the others are."""
    return np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, 1000.0]])


@mistake("exposing_softmax_scores", "ordinary scores", loses=("x",),
         hint="What is the smallest number that exp can return without returning 0?")
def exposing_ordinary():
    """As long as all scores are close together, any shift does."""
    return np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@mistake("exposing_softmax_scores", "the rows are not far enough apart", loses=("x",),
         hint="Below which argument is exp equal to 0? A cell above shows it.")
def exposing_too_near():
    """exp(-100) is tiny, but floats can hold it, and its logarithm is right."""
    return np.array([[0.0, 0.0], [100.0, 100.0]])


# softmax_loss_mended


def mended(x, y, shift, divisor):
    """The mended function with a shift and a divisor of its own."""
    rows, shifted = np.arange(len(x)), x - shift
    with np.errstate(all="ignore"):
        lse = np.log(np.exp(shifted).sum(axis=1))
        loss = np.mean(lse - shifted[rows, y])
        dx = np.exp(shifted - lse[:, None])
    dx[rows, y] -= 1
    return loss, dx / divisor


@mistake("softmax_loss_mended", "the shift is still by the maximum of the batch",
         loses=("loss", "dx"), hint="Each row needs its own maximum. What does x.max() return?")
def mended_only_mean(x, y):
    """dx is divided by N now. Rows far below the largest score of the batch still underflow."""
    return mended(x, y, x.max(), len(x))


@mistake("softmax_loss_mended", "the mean over the batch is still missing", loses=("dx",),
         hint="Compare the last line with your own softmax_loss.")
def mended_only_shift(x, y):
    """The loss is right for all scores now. dx is still the gradient of the sum of the losses."""
    return mended(x, y, x.max(axis=1, keepdims=True), 1)


@mistake("softmax_loss_mended", "dx is divided by the number of classes", like=entry_over_classes,
         loses=("dx",), hint="Which entry of x.shape is N?")
def mended_over_classes(x, y):
    return mended(x, y, x.max(axis=1, keepdims=True), x.shape[1])


@mistake("softmax_loss_mended", "the shift is by the maximum of each column", loses=("loss", "dx"),
         hint="Softmax runs along a row. Which axis must max run over?")
def mended_column_maximum(x, y):
    """All scores of a row have to be shifted by the same number. This shifts by different ones."""
    return mended(x, y, x.max(axis=0), len(x))


@mistake("softmax_loss_mended", "the shift was taken out", loses=("loss", "dx"),
         hint="Keep the shift, and mend what it subtracts.")
def mended_without_shift(x, y):
    """Without any shift, large scores overflow. The shift was right; its maximum was not."""
    return mended(x, y, 0.0, len(x))
