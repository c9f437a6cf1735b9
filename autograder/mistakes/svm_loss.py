"""Known mistakes of 05_svm_loss."""

from __future__ import annotations

import math

import numpy as np

from autograder.checking.exercise import SHAPES, UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.svm_loss import KINK

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


def positive_margins(x, y):
    """Margins (N, C), 0 at the true class, and where they are positive."""
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, None] + 1.0
    margins[rows, y] = 0.0
    return margins, margins > 0


def right_loss(x, y):
    """loss and dx as they should be, to be spoiled in one place."""
    margins, positive = positive_margins(x, y)
    dx = positive.astype(float)
    dx[np.arange(len(x)), y] = -positive.sum(axis=1)
    return margins[positive].sum() / len(x), dx / len(x)


def dx_with(x, y, at_true_class):
    """The right dx, but with `at_true_class`, shape (N,), in place of minus the counts."""
    dx = right_loss(x, y)[1]
    dx[np.arange(len(x)), y] = np.asarray(at_true_class) / len(x)
    return dx


# predict_changes


@mistake("predict_changes", "the true class is counted once", loses=("changes",),
         hint="In how many positive terms does the score of class 2 occur?")
def predict_once():
    """The score of the true class occurs in every term. Two of them are positive, so it counts
    twice."""
    return np.array([0.1, 0.1, -0.1, 0.0]), 1.5


@mistake("predict_changes", "the sign of the true class", loses=("changes",),
         hint="Is the prediction better or worse when the score of the true class grows?")
def predict_sign():
    """The score of the true class is subtracted in every term: when it grows, the loss falls."""
    return np.array([0.1, 0.1, 0.2, 0.0]), 1.5


@mistake("predict_changes", "class 3 is counted although it is far enough", loses=("changes",),
         hint="Compute the margin of class 3. What is max(0, margin), before and after?")
def predict_silent_class():
    """The margin of class 3 is negative, its term is 0, and it stays 0 after a small push."""
    return np.array([0.1, 0.1, -0.3, 0.1]), 1.5


@mistake("predict_changes", "slopes instead of changes", loses=("changes",),
         hint="How long is the push, and what does that do to the change?")
def predict_slopes():
    """These are the changes for a push by 1. The question pushes by 0.1."""
    return np.array([1.0, 1.0, -2.0, 0.0]), 1.5


@mistake("predict_changes", "the safety distance is forgotten in room", loses=("room",),
         hint="At which score of class 3 does its margin become 0?")
def predict_room_without_distance():
    """2.5 is the way to the score of the true class. The loss notices 1 earlier than that."""
    return np.array([0.1, 0.1, -0.2, 0.0]), 2.5


# hinge_pair


@mistake("hinge_pair", "a margin of exactly 0 counts", loses=(KINK,),
         hint="Which value has the bracket [m > 0] for a margin of 0?")
def pair_kink(s_j, s_y):
    """At a margin of exactly 0 there is no slope. This course takes 0, as for relu."""
    slope = float(s_j - s_y + 1 >= 0)
    return max(0.0, s_j - s_y + 1), slope, -slope


@mistake("hinge_pair", "one half at the kink", loses=(KINK,),
         hint="What does the text say about the slopes at the corner?")
def pair_half(s_j, s_y):
    """One half lies between the slopes of the two sides. This course takes 0 at the corner."""
    slope = float(np.heaviside(s_j - s_y + 1, 0.5))
    return max(0.0, s_j - s_y + 1), slope, -slope


@mistake("hinge_pair", "the safety distance is missing", loses=("loss",),
         hint="Which terms has the margin in the formula, and which has yours?")
def pair_without_distance(s_j, s_y):
    """The margin is s_j - s_y + 1. Without the 1, a class that is just behind costs nothing."""
    slope = float(s_j - s_y + 1 > 0)
    return max(0.0, s_j - s_y), slope, -slope


@mistake("hinge_pair", "s_j and s_y are exchanged", loses=("loss", "ds_j", "ds_y"),
         hint="Which of the two scores should be high?")
def pair_exchanged(s_j, s_y):
    """This punishes the true class for being ahead. The true class is subtracted."""
    margin = s_y - s_j + 1
    return max(0.0, margin), -float(margin > 0), float(margin > 0)


@mistake("hinge_pair", "every margin counts like a positive one", loses=("ds_j", "ds_y", KINK),
         hint="What is the slope of a function that is 0 here, and 0 a little to both sides?")
def pair_without_mask(s_j, s_y):
    """Where the margin is negative the loss is 0 and stays 0: both slopes are 0 there."""
    return max(0.0, s_j - s_y + 1), 1.0, -1.0


@mistake("hinge_pair", "the margin in place of its slope", loses=("ds_j", "ds_y"),
         hint="Push s_j by 0.1. Does the growth of the loss depend on how large the loss is?")
def pair_height(s_j, s_y):
    """A slope says how fast the loss grows, not how large it is. However large a positive margin
    is, the slope is 1 for s_j and -1 for s_y."""
    loss = max(0.0, s_j - s_y + 1)
    return loss, loss, -loss


@mistake("hinge_pair", "the sign of ds_y", loses=("ds_y",),
         hint="With which sign does s_y stand in the margin?")
def pair_sign(s_j, s_y):
    """s_y is subtracted in the margin: when it grows, the loss falls."""
    slope = float(s_j - s_y + 1 > 0)
    return max(0.0, s_j - s_y + 1), slope, slope


@mistake("hinge_pair", "s_j and s_y are compared without the 1",
         loses=("loss", "ds_j", "ds_y", KINK),
         hint="Which terms has the margin in the formula, and which has yours?")
def pair_without_any_distance(s_j, s_y):
    """The margin is s_j - s_y + 1. A class that is behind by less than 1 has a positive margin: it
    costs something, and pulls."""
    margin = s_j - s_y
    return max(0.0, margin), float(margin > 0), -float(margin > 0)


@mistake("hinge_pair", "the safety distance is missing in the slopes",
         loses=("ds_j", "ds_y", KINK),
         hint="Which condition decides in the loss, and which one in the slopes?")
def pair_slopes_without_distance(s_j, s_y):
    """A class that is behind by less than 1 has a positive margin, too."""
    slope = float(s_j - s_y > 0)
    return max(0.0, s_j - s_y + 1), slope, -slope


@mistake("hinge_pair", "negative margins count as -1", loses=("ds_j", "ds_y", KINK),
         hint="What is the slope of max(0, m) where m is negative?")
def pair_of_signs(s_j, s_y):
    """Where the margin is negative the loss is 0 and stays 0. So both slopes are 0 there, and not
    the sign of the margin."""
    margin = s_j - s_y + 1
    return max(0.0, margin), float(np.sign(margin)), -float(np.sign(margin))


# svm_dx_entry


@mistake("svm_dx_entry", "the mean over N is missing", loses=("dx[n, j]",),
         hint="The loss of a batch is a mean. What does that do to every slope?")
def entry_without_mean(x, y, n, j):
    """This is the slope of the loss of sample n. The loss of the batch contains it as one Nth."""
    return float(len(x) * right_loss(x, y)[1][n, j])


@mistake("svm_dx_entry", "the true class gets -1 however many margins are positive",
         loses=("dx[n, j]",), hint="How many terms of sample n contain its true score?")
def entry_minus_one(x, y, n, j):
    """The true score stands in every term of its sample. Each positive one contributes -1."""
    return float(dx_with(x, y, -np.ones(len(x)))[n, j])


@mistake("svm_dx_entry", "the sign of the true class", loses=("dx[n, j]",),
         hint="With which sign does the true score stand in a margin?")
def entry_sign(x, y, n, j):
    """The true score is subtracted in each margin: minus the count, over N."""
    dx = right_loss(x, y)[1]
    return float(-dx[n, j] if j == y[n] else dx[n, j])


@mistake("svm_dx_entry", "every margin counts like a positive one", loses=("dx[n, j]",),
         hint="What is the slope of a term whose margin is negative?")
def entry_without_mask(x, y, n, j):
    """A class that is far enough behind has slope 0, and does not count for the true class."""
    return float((1 - x.shape[1] if j == y[n] else 1) / len(x))


@mistake("svm_dx_entry", "the true class is counted among the positive margins",
         loses=("dx[n, j]",), hint="Does your count leave out j = y[n]?")
def entry_counts_itself(x, y, n, j):
    """The true class against itself has the margin 1. It is no term of the sum."""
    count = positive_margins(x, y)[1].sum(axis=1)
    return float(dx_with(x, y, -count - 1)[n, j])


@mistake("svm_dx_entry", "the count runs over the whole batch", loses=("dx[n, j]",),
         hint="Which samples does the true score of sample n take part in?")
def entry_counts_batch(x, y, n, j):
    """The true score of sample n stands in the terms of sample n, and in no other sample's."""
    count = positive_margins(x, y)[1].sum()
    return float(dx_with(x, y, np.full(len(x), -count))[n, j])


@mistake("svm_dx_entry", "the size of the margins instead of their number", loses=("dx[n, j]",),
         hint="Push a score by 0.1. Does the change depend on how large the margin is?")
def entry_sizes(x, y, n, j):
    """A positive margin has the slope 1, however large it is. The true class counts margins."""
    margins = np.maximum(0.0, positive_margins(x, y)[0])
    margins[np.arange(len(x)), y] = -margins.sum(axis=1)
    return float(margins[n, j] / len(x))


@mistake("svm_dx_entry", "the true class gets 1 / N, like a wrong one", loses=("dx[n, j]",),
         hint="What does your function do when j is y[n]?")
def entry_without_branch(x, y, n, j):
    """The true score is subtracted in every margin of its sample, so it has another slope than a
    wrong one. Against itself it has the margin 1, but that is no term of the sum."""
    return float(x[n, j] - x[n, y[n]] + 1 > 0) / len(x)


def dx_of(mask, y):
    """dx with any numbers where the mask of positive margins belongs."""
    slopes = np.array(mask, dtype=float)
    rows = np.arange(len(y))
    slopes[rows, y] = 0.0
    slopes[rows, y] = -slopes.sum(axis=1)
    return slopes / len(y)


def margins_without_distance(x, y):
    """x[n, j] - x[n, y[n]], shape (N, C)."""
    return x - x[np.arange(len(x)), y][:, None]


def dx_at_the_kink(x, y):
    """dx with the mask of margins that are not negative."""
    return dx_of(positive_margins(x, y)[0] >= 0, y)


def dx_of_signs(x, y):
    """dx with the signs of the margins."""
    return dx_of(np.sign(positive_margins(x, y)[0]), y)


def dx_without_distance(x, y):
    """dx with the mask of margins that lack the 1."""
    return dx_of(margins_without_distance(x, y) > 0, y)


def dx_of_the_largest(x, y):
    """dx with the largest margin of each row alone."""
    margins, positive = positive_margins(x, y)
    return dx_of(positive & (margins == margins.max(axis=1, keepdims=True)), y)


def dx_of_wrong_answers(x, y):
    """dx that is 0 where the true class has the highest score."""
    return right_loss(x, y)[1] * (x.argmax(axis=1) != y)[:, None]


@mistake("svm_dx_entry", "a margin of exactly 0 counts", loses=(KINK,),
         hint="Which value has the bracket [m > 0] for a margin of 0?")
def entry_at_the_kink(x, y, n, j):
    """At a margin of exactly 0 there is no slope. This course takes 0, as for relu."""
    return float(dx_at_the_kink(x, y)[n, j])


@mistake("svm_dx_entry", "negative margins count as -1",
         loses=("dx[n, j]",), hint="What is the slope of max(0, m) where m is negative?")
def entry_of_signs(x, y, n, j):
    """A class that is far enough behind has the slope 0, and not the sign of its margin."""
    return float(dx_of_signs(x, y)[n, j])


@mistake("svm_dx_entry", "the safety distance is missing", loses=("dx[n, j]",),
         hint="Which terms has the margin in the formula, and which has yours?")
def entry_without_distance(x, y, n, j):
    """The margin is x[n, j] - x[n, y[n]] + 1. A class that is just behind is too near, too."""
    return float(dx_without_distance(x, y)[n, j])


@mistake("svm_dx_entry", "only the largest margin counts", loses=("dx[n, j]",),
         hint="Is there a sum in the loss of a sample, or a maximum over its classes?")
def entry_of_the_largest(x, y, n, j):
    """Every wrong class that is too near has a term of its own."""
    return float(dx_of_the_largest(x, y)[n, j])


@mistake("svm_dx_entry", "samples with the right answer are left out", loses=("dx[n, j]",),
         hint="Sample 0 of the example has the right answer. What is its loss?")
def entry_of_wrong_answers(x, y, n, j):
    """The network may be right, and another class may still be nearer than the safety distance."""
    return float(dx_of_wrong_answers(x, y)[n, j])


@mistake("svm_dx_entry", "divided by the number of classes", loses=("dx[n, j]",),
         hint="Over what does the loss take its mean?")
def entry_over_classes(x, y, n, j):
    """The mean runs over the N samples, not over the C classes."""
    return float(right_loss(x, y)[1][n, j] * len(x) / x.shape[1])


# svm_dx_matrix


def matrix_from(positive, y, at_true_class):
    """dx with `at_true_class`, shape (N,), at the true classes, over N."""
    dx = positive.astype(float)
    dx[np.arange(len(y)), y] = at_true_class
    return dx / len(y)


@mistake("svm_dx_matrix", "the true class gets -1 instead of minus the count", loses=("dx",),
         hint="How many paths lead from the true score of row n to the loss?")
def matrix_minus_one(positive, y):
    """Each positive margin of the row contributes -1, and these contributions add up."""
    return matrix_from(positive, y, -1.0)


@mistake("svm_dx_matrix", "the mean over N is missing", loses=("dx",),
         hint="The loss is a mean over the batch. Where is that in your line?")
def matrix_without_mean(positive, y):
    """Without the division the step grows with the batch: twice the samples, twice the step."""
    return len(y) * matrix_from(positive, y, -positive.sum(axis=1))


@mistake("svm_dx_matrix", "the count has the wrong sign", loses=("dx",),
         hint="Add up one row of your dx. Which number should come out?")
def matrix_sign(positive, y):
    """The true score is subtracted in each margin. Every row of dx must add up to 0."""
    return matrix_from(positive, y, positive.sum(axis=1))


@mistake("svm_dx_matrix", "columns are counted instead of rows", loses=("dx",),
         hint="Which axis of positive has to disappear: samples or classes?")
def matrix_columns(positive, y):
    """This counts the samples in which a class is too near. What is needed is the number of
    classes that are too near in one sample."""
    return matrix_from(positive, y, -positive.sum(axis=0)[y])


@mistake("svm_dx_matrix", "the true class gets 1 if any margin is positive", loses=("dx",),
         hint="What should stand at the true class before the division by N? Which values can an "
              "array of truth values hold?")
def matrix_of_bools(positive, y):
    """Minus the count belongs there. An array of truth values can only hold True and False: minus
    the count, written into it, becomes True."""
    dx = positive.copy()
    dx[np.arange(len(y)), y] = -positive.sum(axis=1)
    return dx / len(y)


@mistake("svm_dx_matrix", "whole columns are written instead of one entry in each row",
         loses=("dx",), hint="How many entries has dx[:, y], and how many true classes are there?")
def matrix_whole_columns(positive, y):
    """dx[:, y] means the columns of all labels, in every row. It takes the number of the row as
    well to pick one entry of each row."""
    dx = positive.astype(float)
    dx[:, y] = -positive.sum(axis=1)
    return dx / len(y)


@mistake("svm_dx_matrix", "whole columns get the counts of their rows", loses=("dx",),
         hint="How many entries has dx[:, y], and how many true classes are there?")
def matrix_whole_columns_by_row(positive, y):
    """dx[:, y] means the columns of all labels, in every row. So each row gets minus its count
    at the true classes of all other rows, too."""
    dx = positive.astype(float)
    dx[:, y] = -positive.sum(axis=1, keepdims=True)
    return dx / len(y)


@mistake("svm_dx_matrix", "whole columns lose the counts of their rows",
         like=matrix_whole_columns_by_row)
def matrix_subtracted_in_whole_columns(positive, y):
    """dx[:, y] means the columns of all labels, in every row. So the count of each row is
    subtracted at the true classes of all other rows, too."""
    dx = positive.astype(float)
    dx[:, y] -= positive.sum(axis=1, keepdims=True)
    return dx / len(y)


@mistake("svm_dx_matrix", "the counts stand in a row, not in a column", loses=("dx",),
         hint="Print the shape of the counts. What does keepdims=True make of it?")
def matrix_counts_in_a_row(positive, y):
    """Counts of shape (N,) meet the columns of the table. Most sizes do not fit, and where N = C
    the count of sample j is taken for column j."""
    onehot = np.eye(positive.shape[1])[y]
    return (positive.astype(float) - positive.sum(axis=1) * onehot) / len(y)


@mistake("svm_dx_matrix", "the true class gets nothing", loses=("dx",),
         hint="Add up one row of your dx. Which number should come out?")
def matrix_without_true_class(positive, y):
    """The true score stands in every margin of its sample, with a minus sign."""
    return matrix_from(positive, y, 0.0)


@mistake("svm_dx_matrix", "the true class gets -1 if any margin is positive", loses=("dx",),
         hint="How many paths lead from the true score of row n to the loss?")
def matrix_any(positive, y):
    """Each positive margin of the row contributes -1, and these contributions add up."""
    return matrix_from(positive, y, -positive.any(axis=1).astype(float))


@mistake("svm_dx_matrix", "divided by the number of classes", loses=("dx",),
         hint="Over what does the loss take its mean?")
def matrix_over_classes(positive, y):
    """The mean runs over the N samples, not over the C classes."""
    return matrix_from(positive, y, -positive.sum(axis=1)) * len(y) / positive.shape[1]


# svm_loss_naive


@mistake("svm_loss_naive", "the true class is counted too", loses=("loss",),
         hint="For which j is there no term in the sum?")
def true_class_counted(x, y):
    """Against itself the true class has the margin 1. It adds exactly 1 to every loss, and
    nothing to the gradient, so that no gradient check can see it."""
    loss, dx = right_loss(x, y)
    return loss + 1.0, dx


@mistake("svm_loss_naive", "the true class gets -1 if any margin is positive",
         loses=("dx",),
         hint="What happens to dx[n, y[n]] when the second positive margin of a sample comes?")
def naive_overwrites(x, y):
    """Each positive margin contributes -1, and these contributions add up. With = in place of -=
    the second one overwrites the first."""
    return right_loss(x, y)[0], dx_with(x, y, -positive_margins(x, y)[1].any(axis=1).astype(float))


@mistake("svm_loss_naive", "the mean over N is missing in dx", loses=("dx",),
         hint="You divide the loss by N. What follows for its gradient?")
def dx_without_mean(x, y):
    """The loss is a mean and dx is the gradient of a sum. The two no longer belong together."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x)


@mistake("svm_loss_naive", "a sum over the batch instead of the mean", loses=("loss",),
         keeps=("dx",), hint="What stands before the sum over n in the formula?")
def naive_sum(x, y):
    """A sum grows with the size of the batch, and so does its gradient."""
    loss, dx = right_loss(x, y)
    return loss * len(x), dx * len(x)


@mistake("svm_loss_naive", "the true class gets nothing", loses=("dx",),
         hint="Which two scores stand in each margin, and what slope has each?")
def naive_without_true_class(x, y):
    """The true score stands in every margin of its sample, with a minus sign."""
    return right_loss(x, y)[0], dx_with(x, y, np.zeros(len(x)))


@mistake("svm_loss_naive", "dx is divided by N inside the loop", loses=("dx",),
         hint="How often is the first row divided? Look at the indentation.")
def naive_divides_often(x, y):
    """The first row is divided by N once more for each sample that follows it."""
    loss, dx = right_loss(x, y)
    again = np.arange(len(x) - 1, -1, -1)
    return loss, dx / float(len(x)) ** again[:, None]


@mistake("svm_loss_naive", like=pair_kink)
def reached_at_the_kink(x, y):
    margins = positive_margins(x, y)[0]
    reached = margins >= 0
    reached[np.arange(len(x)), y] = False
    dx = reached.astype(float)
    dx[np.arange(len(x)), y] = -reached.sum(axis=1)
    return right_loss(x, y)[0], dx / len(x)


# svm_loss


mistake("svm_loss", like=true_class_counted,
        hint="Which margin of each row does not belong into the sum?")(true_class_counted)


mistake("svm_loss", like=naive_sum)(naive_sum)


@mistake("svm_loss", "a mean over all entries", loses=("loss",), keeps=("dx",),
         hint="How many losses are averaged, and by how many numbers is their sum divided?")
def svm_mean_of_all(x, y):
    """The sum is divided by N times C, as np.mean does it. The loss adds over classes and averages
    over samples only."""
    loss, dx = right_loss(x, y)
    return loss / x.shape[1], dx / x.shape[1]


@mistake("svm_loss", "the true class gets -1 however many margins are positive", loses=("dx",),
         hint="How many terms of sample n contain its true score?")
def svm_minus_one(x, y):
    """Each positive margin contributes -1 to the true class, and these contributions add up."""
    return right_loss(x, y)[0], dx_with(x, y, -np.ones(len(x)))


mistake("svm_loss", like=dx_without_mean)(dx_without_mean)


@mistake("svm_loss", "the true class is counted among the positive margins", loses=("dx",),
         hint="What stands at the true class in your mask when you count?")
def svm_counts_itself(x, y):
    """The margin of the true class against itself is 1. It enters the count unless it is taken
    out first."""
    return right_loss(x, y)[0], dx_with(x, y, -positive_margins(x, y)[1].sum(axis=1) - 1)


@mistake("svm_loss", "every margin counts like a positive one", loses=("dx",),
         hint="What does your condition say of a margin of -2? And of 0, which is left of it after "
              "the maximum?")
def svm_mask_of_all(x, y):
    """A class that is far enough behind has the slope 0, and does not count for the true class.
    After the maximum nothing is negative any more, and >= 0 is true for every class."""
    dx = np.ones(x.shape)
    dx[np.arange(len(x)), y] = 1.0 - x.shape[1]
    return right_loss(x, y)[0], dx / len(x)


@mistake("svm_loss", like=matrix_of_bools)
def svm_of_bools(x, y):
    positive = positive_margins(x, y)[1]
    return right_loss(x, y)[0], matrix_of_bools(positive, y)


def loss_against(x, y, true_scores):
    """loss and dx with other numbers where the true scores belong."""
    rows = np.arange(len(x))
    margins = x - true_scores + 1.0
    margins[rows, y] = 0.0
    positive = margins > 0
    return margins[positive].sum() / len(x), matrix_from(positive, y, -positive.sum(axis=1))


@mistake("svm_loss", "whole columns are taken for the true scores", loses=("loss", "dx"),
         hint="Print the shape of x[:, y]. How many true scores are there?")
def svm_columns_of_y(x, y):
    """x[:, y] means the columns of all labels, in every row. From each row its own true score
    must be subtracted, one number."""
    return loss_against(x, y, x[:, y])


@mistake("svm_loss", "the true scores stand in a row, not in a column", loses=("loss", "dx"),
         hint="What shape have the true scores, and what shape must they have to meet the rows "
              "of x?")
def svm_true_scores_in_a_row(x, y):
    """Scores of shape (N,) meet the columns of x. Most sizes do not fit, and where N = C each
    class is held against another sample's true score."""
    return loss_against(x, y, x[np.arange(len(x)), y])


@mistake("svm_loss", "the margins of whole columns are set to 0", loses=("loss",),
         keeps=("dx",),
         hint="How many entries has margins[:, y], and how many true classes are there?")
def svm_margins_of_columns(x, y):
    """margins[:, y] means the columns of all labels, in every row. It takes the number of the row
    as well to pick one entry of each row. dx is the gradient of this loss."""
    margins = x - x[np.arange(len(x)), y][:, None] + 1.0
    margins[:, y] = 0.0
    positive = margins > 0
    return margins[positive].sum() / len(x), matrix_from(positive, y, -positive.sum(axis=1))


mistake("svm_loss", like=matrix_whole_columns)(
    lambda x, y: (right_loss(x, y)[0], matrix_whole_columns(positive_margins(x, y)[1], y))
)
mistake("svm_loss", like=matrix_whole_columns_by_row)(
    lambda x, y: (right_loss(x, y)[0], matrix_whole_columns_by_row(positive_margins(x, y)[1], y))
)
mistake("svm_loss", like=matrix_counts_in_a_row, loses=("loss", "dx"))(
    lambda x, y: (right_loss(x, y)[0], matrix_counts_in_a_row(positive_margins(x, y)[1], y))
)


@mistake("svm_loss", "the loss is an array", loses=(SHAPES,),
         hint="How many axes has one number? Over which axes do you add?")
def svm_loss_array(x, y):
    """The number is right, in an array of shape (1,). A loss has no axes."""
    loss, dx = right_loss(x, y)
    return np.array([loss]), dx


@mistake("svm_loss", "x is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into x?")
def svm_in_place(x, y):
    """The scores of the caller have turned into margins. What comes next computes with these."""
    answer = right_loss(x.copy(), y)
    x -= x[np.arange(len(x)), y][:, None] - 1
    return answer


mistake("svm_loss", like=reached_at_the_kink)(reached_at_the_kink)


@mistake("svm_loss", like=pair_half)
def svm_half(x, y):
    slopes = np.heaviside(positive_margins(x, y)[0], 0.5)
    slopes[np.arange(len(x)), y] = 0.0
    slopes[np.arange(len(x)), y] = -slopes.sum(axis=1)
    return right_loss(x, y)[0], slopes / len(x)


# svm_loss_naive, svm_loss and svm_loss_mended: what their authors have in common

SIBLINGS = ("svm_loss_naive", "svm_loss", "svm_loss_mended")


def shared(name, **told):
    """Enter a function into all `SIBLINGS` that do not have a mistake of this name."""

    def enter(function):
        first = None
        for exercise in SIBLINGS:
            if any(known.exercise == exercise and known.name == name for known in MISTAKES):
                continue
            if first is None:
                first = mistake(exercise, name, **told)(function)
            else:
                mistake(exercise, like=first)(first)
        return function

    return enter


for _exercise in ("svm_loss_naive", "svm_loss_mended"):
    for _known in (svm_mean_of_all, svm_counts_itself, svm_mask_of_all, svm_half):
        mistake(_exercise, like=_known)(_known)
for _known in (naive_sum, dx_without_mean, naive_without_true_class, reached_at_the_kink):
    mistake("svm_loss_mended", like=_known)(_known)
for _known in (naive_without_true_class, naive_overwrites):
    mistake("svm_loss", like=_known)(_known)
mistake("svm_loss_naive", like=svm_minus_one)(svm_minus_one)


@shared("the safety distance is missing", loses=("loss",), keeps=("dx",),
        hint="Which terms has the margin in the formula, and which has yours?")
def without_distance(x, y):
    """The margin is x[n, j] - x[n, y[n]] + 1. Without the 1 a class that is just behind costs
    nothing. dx is the gradient of this loss."""
    margins = margins_without_distance(x, y)
    return np.maximum(0.0, margins).sum() / len(x), dx_without_distance(x, y)


@shared("the safety distance is missing in dx", loses=("dx",),
        hint="Which condition decides in the loss, and which one in dx?")
def dx_without_the_distance(x, y):
    """A class that is behind by less than 1 has a positive margin, too."""
    return right_loss(x, y)[0], dx_without_distance(x, y)


@shared("negative margins count as -1", loses=("dx",),
        hint="What is the slope of max(0, m) where m is negative?")
def with_signs(x, y):
    """A class that is far enough behind has the slope 0, and not the sign of its margin."""
    return right_loss(x, y)[0], dx_of_signs(x, y)


@shared("the size of the margins instead of their number", loses=("dx",),
        hint="Push a score by 0.1. Does the change depend on how large the margin is?")
def with_sizes(x, y):
    """A positive margin has the slope 1, however large it is. The true class counts margins."""
    return right_loss(x, y)[0], dx_of(np.maximum(0.0, positive_margins(x, y)[0]), y)


@shared("only the largest margin counts", loses=("loss", "dx"),
        hint="Is there a sum in the loss of a sample, or a maximum over its classes?")
def of_the_largest(x, y):
    """Every wrong class that is too near has a term of its own, and the terms add up."""
    margins = np.maximum(0.0, positive_margins(x, y)[0])
    return margins.max(axis=1).sum() / len(x), dx_of_the_largest(x, y)


@shared("samples with the right answer are left out of dx", loses=("dx",),
        hint="Sample 0 of the example has the right answer. What is its loss?")
def dx_where_wrong(x, y):
    """The network may be right, and another class may still be nearer than the safety distance."""
    return right_loss(x, y)[0], dx_of_wrong_answers(x, y)


@shared("samples with the right answer cost nothing", like=dx_where_wrong, loses=("loss", "dx"))
def right_answers_are_free(x, y):
    right = x.argmax(axis=1) == y
    margins = np.where(right[:, np.newaxis], 0.0, np.maximum(0.0, positive_margins(x, y)[0]))
    return margins.sum() / len(x), dx_of_wrong_answers(x, y)


@shared("dx is divided by the number of classes", loses=("dx",),
        hint="Over what does the loss take its mean?")
def dx_over_classes(x, y):
    """The mean runs over the N samples, not over the C classes."""
    loss, dx = right_loss(x, y)
    return loss, dx * len(x) / x.shape[1]


@shared("margins are counted, not added", loses=("loss",),
        hint="What does a margin of 0.5 add to the loss, and what one of 2?")
def counted_margins(x, y):
    """The number of positive margins is flat almost everywhere. Their sum is the loss."""
    return positive_margins(x, y)[1].sum() / len(x), right_loss(x, y)[1]


@shared("the margins are squared in the loss", loses=("loss",),
        hint="Is there a square in the formula?")
def squared_margins(x, y):
    """The hinge is made of straight lines. dx is the gradient of these, and not of the squares."""
    return np.sum(np.maximum(0.0, positive_margins(x, y)[0]) ** 2) / len(x), right_loss(x, y)[1]


@shared("loss and dx are returned in the wrong order", loses=("loss", "dx"),
        hint="Which of the two does the docstring name first?")
def in_the_wrong_order(x, y):
    """Both are right, and each stands in the place of the other."""
    return right_loss(x, y)[::-1]


@shared("the true class gets plus the count", loses=("dx",),
        hint="With which sign does the true score stand in each margin?")
def plus_the_count(x, y):
    """Each positive margin contributes -1 to the true class: it is subtracted there."""
    return right_loss(x, y)[0], dx_with(x, y, positive_margins(x, y)[1].sum(axis=1))


@shared("the true class gets minus half the count, rounded up", loses=("dx",),
        hint="Take a row with two positive margins. What stands at the true class after the first "
             "of them, and what after the second?")
def minus_half_the_count(x, y):
    """Each positive margin contributes -1 to the true class. If the row is added up anew each time,
    the sum contains what stood there before, and every second margin changes nothing."""
    return right_loss(x, y)[0], dx_with(x, y, -((positive_margins(x, y)[1].sum(axis=1) + 1) // 2))


# start_loss


@mistake("start_loss", "the true class is counted too", loses=("loss",),
         hint="How many wrong classes are there?")
def start_counts_all(C):
    """The sum leaves out the true class. There is one term fewer than there are classes."""
    return float(C)


@mistake("start_loss", "one term instead of the sum", loses=("loss",),
         hint="How many terms does the sum have?")
def start_one_term(C):
    """1 is the margin of a single wrong class. Every wrong class adds one such term."""
    return 1.0


@mistake("start_loss", "no class costs anything", loses=("loss",),
         hint="Put zeros into the formula of the margin. What is left?")
def start_zero(C):
    """With all scores 0 the true class is not ahead of anybody: every margin is 1."""
    return 0.0


@mistake("start_loss", "a mean over the classes", loses=("loss",),
         hint="The terms of the wrong classes are added. Does anything divide by C?")
def start_mean(C):
    """The loss averages over samples, and adds over classes."""
    return (C - 1) / C


@mistake("start_loss", "the logarithm of C", loses=("loss",),
         hint="What comes out if all scores in the formula of this chapter are 0?")
def start_logarithm(C):
    """ln C is the starting value of another loss, that of the next chapter."""
    return math.log(C)


# exposing_scores


@mistake("exposing_scores", "two classes", loses=("scores",),
         hint="How many positive margins can there be with two classes?")
def exposing_two_classes():
    """With one wrong class there is at most one positive margin: nothing can be overwritten."""
    return np.array([1.0, 0.5])


@mistake("exposing_scores", "one positive margin", loses=("scores",),
         hint="How often is dx[n, y[n]] = -1 reached? It has to be reached more than once.")
def exposing_one_margin():
    """dx[n, y[n]] = -1 is reached once, and minus the count is -1 there."""
    return np.array([3.0, 1.0, 2.5])


@mistake("exposing_scores", "no positive margin", loses=("scores",),
         hint="How near must another score be for its margin to be positive?")
def exposing_no_margin():
    """The true class is far ahead of all others, and dx[n, y[n]] = -1 is never reached."""
    return np.array([5.0, 1.0, 2.0])


@mistake("exposing_scores", "the true class is not the highest", loses=("scores",),
         hint="Can class 0 be ahead of the others, and their margins still be positive?")
def exposing_wrong_answer():
    """dx comes out wrong here, but so does the answer of the network. It hides in right answers
    too."""
    return np.array([0.0, 1.0, 2.0])


@mistake("exposing_scores", "one number", loses=("scores",),
         hint="How many scores has a sample?")
def exposing_number():
    """A sample has one score for each class."""
    return 3.0


# svm_loss_mended


@mistake("svm_loss_mended", "the true class is still counted in the loss", loses=("loss",),
         hint="Which of loss and dx has been changed before j != y[n] is asked?")
def mended_only_dx(x, y):
    """dx is mended. The loss is still 1 too high, because j = y[n] adds its margin of 1."""
    return true_class_counted(x, y)


@mistake("svm_loss_mended", "the true class still gets -1", loses=("dx",),
         hint="What should happen to dx[n, y[n]] when the second positive margin comes?")
def mended_only_loss(x, y):
    """The loss is mended. In dx the second positive margin still overwrites the first."""
    return naive_overwrites(x, y)


@mistake("svm_loss_mended", "1 is subtracted once for the batch instead of once for each sample",
         loses=("loss",), hint="How often is j = y[n] true in one run over the whole batch?")
def mended_minus_one_once(x, y):
    """Each of the N samples added 1 too much. Subtracting 1 before the division mends one."""
    loss, dx = right_loss(x, y)
    return loss + 1.0 - 1.0 / len(x), dx


@mistake("svm_loss_mended", "the true class gets minus the number of wrong classes",
         loses=("dx",), hint="Which of the wrong classes contribute?")
def mended_all_classes(x, y):
    """Only wrong classes with a positive margin contribute -1, not all of them."""
    return right_loss(x, y)[0], dx_with(x, y, np.full(len(x), 1.0 - x.shape[1]))


# svm_loss_linear


def right_linear(w, x, y, reg):
    """loss and dw as they should be, to be spoiled in one place."""
    loss, ds = right_loss(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds + 2 * reg * w


@mistake("svm_loss_linear", "the penalty is missing in dw", loses=("dw",),
         hint="The loss has two terms. How many has its gradient?")
def linear_dw_without_penalty(w, x, y, reg):
    """The penalty is in the loss and not in its gradient, so training never notices it."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw - 2 * reg * w


@mistake("svm_loss_linear", "dw fits a penalty with a factor 1/2", loses=("dw",),
         hint="What is the slope of reg times w squared?")
def linear_dw_of_half(w, x, y, reg):
    """reg * w is the gradient of half the penalty. Here the penalty is whole: 2 reg w."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw - reg * w


@mistake("svm_loss_linear", "the penalty has a factor 1/2", loses=("loss",),
         keeps=("dw",), hint="Is there a factor 1/2 in the formula of this chapter?")
def linear_half(w, x, y, reg):
    """This course writes the penalty without the 1/2, and its gradient with the 2."""
    loss, dw = right_linear(w, x, y, reg)
    return loss - 0.5 * reg * np.sum(w * w), dw - reg * w


@mistake("svm_loss_linear", "the penalty is missing", loses=("loss",),
         keeps=("dw",), hint="What does reg do in your loss?")
def linear_without_penalty(w, x, y, reg):
    """This is the loss of the scores alone. Large weights cost nothing in it."""
    loss, ds = right_loss(x @ w, y)
    return loss, x.T @ ds


@mistake("svm_loss_linear", "the penalty is divided by N", loses=("loss",),
         keeps=("dw",), hint="How often do the weights occur: once for each sample, or once?")
def linear_penalty_mean(w, x, y, reg):
    """The mean runs over the losses of the samples. The penalty belongs to no sample."""
    loss, dw = right_linear(w, x, y, reg / len(x))
    return loss, dw


@mistake("svm_loss_linear", "the mean over N is taken twice in dw", loses=("dw",),
         hint="Where was the factor 1/N born, and what carries it into dw?")
def linear_double_mean(w, x, y, reg):
    """The 1/N of the mean reaches dw inside ds. Here the part of the scores has it once more."""
    loss, ds = right_loss(x @ w, y)
    return loss + reg * np.sum(w * w), x.T @ ds / len(x) + 2 * reg * w


@mistake("svm_loss_linear", "dw is transposed", loses=("dw",),
         hint="dw must have the shape of w, (D, C). Which factor has to come first?")
def linear_dw_transposed(w, x, y, reg):
    """ds.T @ x holds one class in each row. In w every class is a column."""
    loss, dw = right_linear(w, x, y, reg)
    return loss, dw.T


@mistake("svm_loss_linear", "the classes are taken as rows of w", loses=("loss", "dw"),
         hint="Which axis of w has length C?")
def linear_rows(w, x, y, reg):
    """w has one column for each class, so the scores are x @ w. With x @ w.T a square w gives
    no error, and wrong scores."""
    loss, ds = right_loss(x @ w.T, y)
    return loss + reg * np.sum(w * w), ds.T @ x + 2 * reg * w


@mistake("svm_loss_linear", "w is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into w?")
def linear_in_place(w, x, y, reg):
    """A step has been taken from the weights of the caller. Whoever measures this loss again gets
    another one."""
    answer = right_linear(w.copy(), x, y, reg)
    w -= 0.1 * answer[1]
    return answer


@mistake("svm_loss_linear", "the length of w instead of its square", loses=("loss",),
         keeps=("dw",), hint="Is there a square root in the formula of the penalty?")
def linear_norm(w, x, y, reg):
    """The norm of w is the square root of the sum of squares. The penalty has no root."""
    loss, ds = right_loss(x @ w, y)
    norm = np.sqrt(np.sum(w * w))
    return loss + reg * norm, x.T @ ds + reg * w / norm


@mistake("svm_loss_linear", "the penalty is a mean over the weights", loses=("loss",),
         keeps=("dw",), hint="Does anything in the formula divide by the number of weights?")
def linear_mean_of_squares(w, x, y, reg):
    """The squares are added up, not averaged."""
    return right_linear(w, x, y, reg / w.size)


@mistake("svm_loss_linear", "a margin of exactly 0 counts", loses=(KINK,),
         hint="Which value has the bracket [m > 0] for a margin of 0?")
def linear_at_the_kink(w, x, y, reg):
    """At a margin of exactly 0 there is no slope. This course takes 0, as for relu."""
    return right_linear(w, x, y, reg)[0], x.T @ dx_at_the_kink(x @ w, y) + 2 * reg * w


@mistake("svm_loss_linear", "the sum of the sizes of the weights instead of their squares",
         loses=("loss",), keeps=("dw",), hint="What is done with each weight in the penalty?")
def linear_of_sizes(w, x, y, reg):
    """This is another penalty, with a corner at every weight of 0. The course takes squares."""
    loss, ds = right_loss(x @ w, y)
    return loss + reg * np.abs(w).sum(), x.T @ ds + reg * np.sign(w)


@mistake("svm_loss_linear", "the penalty is subtracted", loses=("loss",), keeps=("dw",),
         hint="Should large weights make the loss larger, or smaller?")
def linear_penalty_subtracted(w, x, y, reg):
    """With this sign the training is paid for large weights."""
    return right_linear(w, x, y, -reg)


@mistake("svm_loss_linear", "the path through the scores is missing in dw", loses=("dw",),
         hint="Along how many paths does w reach the loss?")
def linear_only_penalty(w, x, y, reg):
    """This is the gradient of the penalty alone. It knows nothing of the data."""
    return right_linear(w, x, y, reg)[0], 2 * reg * w


@mistake("svm_loss_linear", "the penalty counts twice in the loss", loses=("loss",),
         hint="Is there a factor before reg in the formula of the penalty?")
def linear_twice_the_penalty(w, x, y, reg):
    """The penalty is reg times the sum of squares. The 2 comes only when it is differentiated."""
    loss, dw = right_linear(w, x, y, reg)
    return loss + reg * np.sum(w * w), dw


@mistake("svm_loss_linear", "the square of the sum of the weights", loses=("loss",),
         hint="Which comes first in the formula: the square, or the sum?")
def linear_square_of_sum(w, x, y, reg):
    """Each weight is squared, then they are added. Here large weights of both signs cancel."""
    loss, dw = right_linear(w, x, y, reg)
    return loss - reg * np.sum(w * w) + reg * np.sum(w) ** 2, dw


@mistake("svm_loss_linear", "the penalty adds up all entries of w.T @ w", loses=("loss",),
         hint="Which of the entries of w.T @ w are sums of squares, and what are the others?")
def linear_sum_of_products(w, x, y, reg):
    """Beside the diagonal of w.T @ w stand products of two different columns of w. The penalty
    has squares alone."""
    loss, dw = right_linear(w, x, y, reg)
    return loss - reg * np.sum(w * w) + reg * np.sum(w.T @ w), dw


@mistake("svm_loss_linear", "loss and dw are returned in the wrong order", loses=("loss", "dw"),
         hint="Which of the two does the docstring name first?")
def linear_in_the_wrong_order(w, x, y, reg):
    """Both are right, and each stands in the place of the other."""
    return right_linear(w, x, y, reg)[::-1]


# gradient_step


@mistake("gradient_step", "a step uphill", loses=("w",),
         hint="Where dw is positive: does the loss grow or fall when that weight grows?")
def step_uphill(w, dw, learning_rate):
    """The gradient points to where the loss grows. Adding it makes the loss larger."""
    return w + learning_rate * dw


@mistake("gradient_step", "the learning rate is not used", loses=("w",),
         hint="Which of the three arguments have you used?")
def step_whole(w, dw, learning_rate):
    """This step is the whole gradient, whatever the rate is."""
    return w - dw


@mistake("gradient_step", "only the step, not the weights after it", loses=("w",),
         hint="Where do the old weights go?")
def step_alone(w, dw, learning_rate):
    """This is by how much the weights should move. Asked for are the weights."""
    return -learning_rate * dw


@mistake("gradient_step", "the gradient is brought to length 1", loses=("w",),
         hint="If dw is ten times as small, how much smaller should the step be?")
def step_of_length(w, dw, learning_rate):
    """Divided by its length, the gradient only gives a direction. Here a small gradient is to make
    a small step."""
    return w - learning_rate * dw / np.sqrt(np.sum(dw * dw))


@mistake("gradient_step", "the rate multiplies the weights, too", loses=("w",),
         hint="With dw = 0 the weights should stay as they are. Do yours?")
def step_scales_weights(w, dw, learning_rate):
    """Only the step is scaled by the rate."""
    return learning_rate * (w - dw)


@mistake("gradient_step", "only the signs of the gradient are used", loses=("w",),
         hint="If dw is ten times as small, how much smaller should the step be?")
def step_of_signs(w, dw, learning_rate):
    """Here every weight moves by the same amount, however flat the loss is in its direction."""
    return w - learning_rate * np.sign(dw)


@mistake("gradient_step", "half of the step", loses=("w",),
         hint="Is there a factor 1/2 anywhere in the text?")
def step_of_half(w, dw, learning_rate):
    """The step is the learning rate times dw, and nothing else."""
    return w - learning_rate * dw / 2


@mistake("gradient_step", "w is changed in place", loses=(UNCHANGED,),
         hint="Which line writes into the array of the caller?")
def step_in_place(w, dw, learning_rate):
    """The result is right, and the first weights are gone: a second training could not start from
    them."""
    w -= learning_rate * dw
    return w


# choose_rate


@mistake("choose_rate", "the smallest rate of the table", loses=("rate",),
         hint="How far has its loss fallen after a hundred steps?")
def rate_smallest():
    """It is the safest, and at this speed the training would hardly begin."""
    return 0.0001


@mistake("choose_rate", "a rate ten times too small", loses=("rate",),
         hint="What says the last column of its row, and what that of the next row?")
def rate_small():
    """Its loss goes down, and with ten times the rate it falls much further in as many steps."""
    return 0.001


@mistake("choose_rate", "the largest rate of the table", loses=("rate",),
         hint="What says the column of the highest loss?")
def rate_largest():
    """Its steps are so long that they jump over the low places: the loss shoots up."""
    return 10.0


@mistake("choose_rate", "a row of the table instead of a rate", loses=("rate",),
         hint="How many numbers are asked for, and how many are there?")
def rate_row():
    """A rate is one number. What stands beside it in the table was measured."""
    return 0.1, 0.68


# squared_hinge_loss


def squared_with(x, y, at_true_class=None):
    """The right loss and dx; with `at_true_class`, shape (N,), where minus the sums belong."""
    reached = np.maximum(0.0, positive_margins(x, y)[0])
    dx = 2 * reached
    dx[np.arange(len(x)), y] = -dx.sum(axis=1) if at_true_class is None else at_true_class
    return np.sum(reached * reached) / len(x), dx / len(x)


@mistake("squared_hinge_loss", "the slopes of the plain hinge", loses=("dx",),
         hint="What is the slope of m * m? Is it the same for a small m and a large one?")
def squared_plain_slopes(x, y):
    """With the square, a margin's slope depends on its size. 1 or 0 was the slope without it."""
    return squared_with(x, y)[0], right_loss(x, y)[1]


@mistake("squared_hinge_loss", "the slope is 2 wherever a margin is positive", loses=("dx",),
         hint="How steep is m * m at m = 1, and how steep at m = 3?")
def squared_of_mask(x, y):
    """The mask says where a margin is positive, and not how large it is. The slope of a square
    grows with the margin."""
    return squared_with(x, y)[0], 2 * right_loss(x, y)[1]


@mistake("squared_hinge_loss", "the 2 of the derivative is missing", loses=("dx",),
         hint="What is the slope of m * m with respect to m?")
def squared_without_two(x, y):
    """Every entry is half of what it should be."""
    loss, dx = squared_with(x, y)
    return loss, dx / 2


@mistake("squared_hinge_loss", "the true class gets minus twice the count", loses=("dx",),
         hint="Add up one row of your dx. Which number should come out?")
def squared_counts(x, y):
    """Each path from the true score has a slope of its own now, so counting paths is not enough."""
    return squared_with(x, y, -2 * positive_margins(x, y)[1].sum(axis=1))


@mistake("squared_hinge_loss", "the true class gets minus the count", like=squared_counts)
def squared_count(x, y):
    return squared_with(x, y, -positive_margins(x, y)[1].sum(axis=1))


@mistake("squared_hinge_loss", "the true class gets nothing", loses=("dx",),
         hint="Which two scores stand in each margin, and what slope has each?")
def squared_without_true_class(x, y):
    """The true score stands in every margin of its sample, with a minus sign."""
    return squared_with(x, y, np.zeros(len(x)))


@mistake("squared_hinge_loss", "the mean over N is missing in dx", loses=("dx",),
         hint="You divide the loss by N. What follows for its gradient?")
def squared_dx_without_mean(x, y):
    """The loss is a mean and dx is the gradient of a sum. The two do not belong together."""
    loss, dx = squared_with(x, y)
    return loss, dx * len(x)


@mistake("squared_hinge_loss", "the 2 of the derivative and the mean over N are missing in dx",
         loses=("dx",),
         hint="What is the slope of m * m, and what stands before the sum in the formula of L?")
def squared_bare(x, y):
    """The slope of m * m is not m, and what stands before the sum stands before its gradient."""
    loss, dx = squared_with(x, y)
    return loss, dx * len(x) / 2


@mistake("squared_hinge_loss", "a sum over the batch instead of the mean", loses=("loss",),
         keeps=("dx",), hint="What stands before the sum over n in the formula?")
def squared_sum_over_batch(x, y):
    """A sum grows with the size of the batch, and so does its gradient."""
    loss, dx = squared_with(x, y)
    return loss * len(x), dx * len(x)


@mistake("squared_hinge_loss", "a factor 1/2 before the square", loses=("loss",),
         keeps=("dx",), hint="Is there a factor 1/2 in the formula of this loss?")
def squared_half(x, y):
    """This loss is written without the 1/2, and its gradient with the 2."""
    loss, dx = squared_with(x, y)
    return loss / 2, dx / 2


@mistake("squared_hinge_loss", "the square of the sum", loses=("loss",), keeps=("dx",),
         hint="Which comes first in the formula: the sum over j, or the square?")
def squared_sum(x, y):
    """Each margin is squared, then they are added. Here they are added first."""
    reached = np.maximum(0.0, positive_margins(x, y)[0])
    sums = reached.sum(axis=1, keepdims=True)
    dx = 2 * sums * (reached > 0)
    dx[np.arange(len(x)), y] = -dx.sum(axis=1)
    return np.sum(sums * sums) / len(x), dx / len(x)


@mistake("squared_hinge_loss", "negative margins are squared, too", loses=("loss", "dx"),
         hint="What should a class cost that is far behind? Put in a margin of -2.")
def squared_first(x, y):
    """A square is never negative, so the maximum with 0 has to be taken before it."""
    margins = positive_margins(x, y)[0]
    dx = 2 * margins
    dx[np.arange(len(x)), y] = -dx.sum(axis=1)
    return np.sum(margins * margins) / len(x), dx / len(x)


@mistake("squared_hinge_loss", "the true class is counted too", loses=("loss",),
         hint="What is the margin of the true class against itself, and its square?")
def squared_true_class(x, y):
    """The sum leaves out j = y. Its term would always be 1, so the loss is exactly 1 too high."""
    loss, dx = squared_with(x, y)
    return loss + 1.0, dx


@mistake("squared_hinge_loss", "the safety distance is missing", loses=("loss",), keeps=("dx",),
         hint="Which terms has the margin in the formula, and which has yours?")
def squared_without_distance(x, y):
    """The margin is x[n, j] - x[n, y[n]] + 1. Without the 1 a class that is just behind costs
    nothing. dx is the gradient of this loss."""
    reached = np.maximum(0.0, margins_without_distance(x, y))
    return np.sum(reached * reached) / len(x), 2 * dx_of(reached, y)


@mistake("squared_hinge_loss", "a mean over all entries", loses=("loss",), keeps=("dx",),
         hint="How many losses are averaged, and by how many numbers is their sum divided?")
def squared_mean_of_all(x, y):
    """The sum is divided by N times C, as np.mean does it. The loss adds over classes and averages
    over samples only."""
    loss, dx = squared_with(x, y)
    return loss / x.shape[1], dx / x.shape[1]


@mistake("squared_hinge_loss", "the square is missing in the loss", loses=("loss",),
         hint="What does a margin of 3 add to the loss?")
def squared_without_square(x, y):
    """This is the plain hinge. dx is the gradient of the squares."""
    return right_loss(x, y)[0], squared_with(x, y)[1]


@mistake("squared_hinge_loss", "loss and dx are returned in the wrong order",
         loses=("loss", "dx"), hint="Which of the two does the docstring name first?")
def squared_in_the_wrong_order(x, y):
    """Both are right, and each stands in the place of the other."""
    return squared_with(x, y)[::-1]


# recap_svm_loss


@mistake("recap_svm_loss", "the true class is counted once", loses=("true_class",),
         hint="Compute the four margins. How many of them are positive?")
def recap_once():
    """Every wrong class that is too near pulls at the true class once."""
    return "a", "b", "a"


@mistake("recap_svm_loss", "the mean over the samples is forgotten", loses=("true_class",),
         hint="Over how many samples is the loss a mean?")
def recap_without_mean():
    """This is the slope of the loss of that one sample. The batch's contains it as a part."""
    return "b", "b", "a"


@mistake("recap_svm_loss", "all four margins are counted, or one without the mean",
         loses=("true_class",),
         hint="What are the four margins, and how many of them are positive? What is their number "
              "divided by?")
def recap_all_classes():
    """A wrong class that is too near pulls at the true class once, one that is far enough behind
    not at all. Then comes the mean over the samples."""
    return "d", "b", "a"


@mistake("recap_svm_loss", "a rate is blamed before the first step", loses=("first_loss",),
         hint="Where does the learning rate enter? Has that happened yet?")
def recap_rate():
    """The learning rate scales a step, and this loss was measured before any step."""
    return "c", "a", "a"


@mistake("recap_svm_loss", "a sum is suspected where the loss is off by 1", loses=("first_loss",),
         hint="What would the loss be with a sum over 50 samples?")
def recap_sum():
    """Without the mean the first loss would be N times its sanity number."""
    return "c", "c", "a"


@mistake("recap_svm_loss", "10 is taken for the sanity number", loses=("first_loss",),
         hint="How many wrong classes does a sample have?")
def recap_nothing():
    """With all scores near 0 each wrong class adds 1, and the true class adds nothing."""
    return "c", "d", "a"


@mistake("recap_svm_loss", "the mean is taken for a sum", loses=("twice",),
         hint="Write down the loss of the doubled batch. How does it compare with the old one?")
def recap_doubles():
    """There are twice as many terms, and each is divided by twice the number."""
    return "c", "b", "b"


@mistake("recap_svm_loss", "only the division is seen", loses=("twice",),
         hint="Each row of ds is halved. How many rows are there now?")
def recap_halves():
    """Each sample weighs half as much, and each is there twice."""
    return "c", "b", "c"
