"""Known mistakes of 09_two_layer_net: starts, rates, update rules, and the last questions."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

ONLY_B2 = np.array([0, 0, 0, 1])

# predict_equal_weights


@mistake("predict_equal_weights", "all four are thought to learn", loses=("moved",),
         hint="Walk forward with all weights 0: what are the hidden units? Then write dW2.")
def equal_all_move():
    """With zeros, a gradient is multiplied by 0 on its way to three of the four."""
    return np.array([1, 1, 1, 1]), 1


@mistake("predict_equal_weights", "nothing is thought to learn", loses=("moved",),
         hint="What is db2, if the scores are all 0? Is it multiplied by a weight?")
def equal_nothing_moves():
    """One gradient meets no weight and no hidden unit on its way."""
    return np.array([0, 0, 0, 0]), 1


@mistake("predict_equal_weights", "both biases are thought to learn", loses=("moved",),
         hint="What is the gradient of the hidden units multiplied by?")
def equal_biases_move():
    """What reaches b1 has been multiplied by W2, and W2 is 0."""
    return np.array([0, 1, 0, 1]), 1


@mistake("predict_equal_weights", "the whole second layer is thought to learn", loses=("moved",),
         hint="dW2 is a product. Which of its factors is 0?")
def equal_second_layer_moves():
    """dW2 is the hidden units times the gradient of the scores, and the hidden units are 0."""
    return np.array([0, 0, 1, 1]), 1


@mistake("predict_equal_weights", "all units are thought to become different", loses=("units",),
         hint="Write down the gradients of two columns of W1. In what do they differ?")
def equal_fifty():
    """Units with equal weights get equal gradients in every step."""
    return ONLY_B2, 50


@mistake("predict_equal_weights", "one unit for each digit", loses=("units",),
         hint="W2 has ten columns. But which weights does the gradient of a unit come through?")
def equal_ten():
    """Every unit has the same weight to each of the ten scores, so all get the same gradient."""
    return ONLY_B2, 10


@mistake("predict_equal_weights", "pixels are counted instead of units", loses=("units",),
         hint="Is a hidden unit a row or a column of W1?")
def equal_rows():
    """The rows of W1 belong to pixels, and these do become different. A unit is a column."""
    return ONLY_B2, 784


# steps_until


@mistake("steps_until", "single losses are compared", loses=("steps",),
         hint="How many losses is the mean taken of?")
def until_single(losses, level, window=20):
    """One lucky batch is below the level long before the training is."""
    below = np.flatnonzero(np.asarray(losses) < level)
    return int(below[0]) + 1 if len(below) else -1


def means(losses, window):
    """The mean of each window, in order."""
    return [np.mean(losses[k:k + window]) for k in range(len(losses) - window + 1)]


def first_below(values, level):
    """The place of the first value below a level, or -1."""
    return next((k for k, value in enumerate(values) if value < level), -1)


@mistake("steps_until", "the beginning of the window is returned", loses=("steps",),
         hint="How many steps have been made when the last loss of the window is known?")
def until_begin(losses, level, window=20):
    """The window begins there. Its last loss belongs to a later step."""
    return first_below(means(losses, window), level)


@mistake("steps_until", "the place of the last loss instead of their number", loses=("steps",),
         hint="After losses[0] is known, how many steps have been made?")
def until_place(losses, level, window=20):
    """Places are counted from 0: the loss at place k is that of step k + 1."""
    k = first_below(means(losses, window), level)
    return k + window - 1 if k >= 0 else -1


@mistake("steps_until", "the mean is taken of all losses so far", loses=("steps",),
         hint="Which losses are in the mean after 1000 steps?")
def until_all(losses, level, window=20):
    """The large losses of the beginning stay in this mean for ever."""
    for steps in range(window, len(losses) + 1):
        if np.mean(losses[:steps]) < level:
            return steps
    return -1


@mistake("steps_until", "the last window below the level", loses=("steps",),
         hint="When may the search stop?")
def until_last(losses, level, window=20):
    """The first time is asked for."""
    below = [k for k, value in enumerate(means(losses, window)) if value < level]
    return below[-1] + window if below else -1


@mistake("steps_until", "a level that is never reached is said to be reached at the end",
         loses=("steps",), hint="What does the docstring say for a training that never gets there?")
def until_end(losses, level, window=20):
    """Whoever reads the number of all steps believes that the last one was below the level."""
    k = first_below(means(losses, window), level)
    return k + window if k >= 0 else len(losses)


@mistake("steps_until", "the last window is not looked at", loses=("steps",),
         hint="With five losses and a window of five: how many means are there, and how many do "
              "you take?")
def until_one_short(losses, level, window=20):
    """The mean that ends with the last loss is never taken."""
    k = first_below(means(losses, window)[:-1], level)
    return k + window if k >= 0 else -1


@mistake("steps_until", "a training shorter than the window gets means", loses=("steps",),
         hint="With five losses and a window of eight: how many means are there, and how many do "
              "you take?")
def until_convolved(losses, level, window=20):
    """Fewer losses than the window are added up, and divided by all of it. So it goes with
    np.convolve, which exchanges its two arguments where the second is longer. Where no window is
    full, there is no mean."""
    means = np.convolve(losses, np.ones(window) / window, mode="valid")
    k = first_below(means, level)
    return k + window if k >= 0 else -1


@mistake("steps_until", "windows that are not full are taken, too", loses=("steps",),
         hint="What is the smallest number that may be returned?")
def until_short(losses, level, window=20):
    """The mean of the first three losses is not a mean of `window` losses."""
    for steps in range(1, len(losses) + 1):
        if np.mean(losses[max(0, steps - window):steps]) < level:
            return steps
    return -1


# best_rate


def good(runs, by="held_out", margin=0.005):
    """The runs that are at most a margin below the best."""
    best = max(run[by] for run in runs)
    return [run for run in runs if run[by] >= best - margin]


@mistake("best_rate", "chosen by the training images", loses=("lr",),
         hint="Which of the two accuracies says how the network does on new images?")
def rate_by_training(runs):
    """A network can learn its training images by heart."""
    return min(run["lr"] for run in good(runs, by="train"))


@mistake("best_rate", "the best run, without a margin", loses=("lr",),
         hint="What is to be done with runs that are only 0.003 below the best?")
def rate_of_the_best(runs):
    """Where runs are equal, or nearly so, the smallest of their rates is asked for."""
    return max(runs, key=lambda run: run["held_out"])["lr"]


@mistake("best_rate", "the margin of 0.005 is left out", loses=("lr",),
         hint="What is to be done with runs that are only 0.003 below the best?")
def rate_without_margin(runs):
    """Only runs that are as good as the best take part. Those a little below it may, too."""
    return min(run["lr"] for run in good(runs, margin=0.0))


@mistake("best_rate", "half a percent of the best instead of 0.005", loses=("lr",),
         hint="The best accuracy is 0.5. How low may a good run be, and what does your line say?")
def rate_by_percent(runs):
    """0.005 is subtracted from the best accuracy, whatever it is. Half a percent of an accuracy
    below 1 is less than that."""
    best = max(run["held_out"] for run in runs)
    return min(run["lr"] for run in runs if run["held_out"] >= 0.995 * best)


@mistake("best_rate", "the first of the good runs in the list", loses=("lr",),
         hint="In which order do the runs stand in the list?")
def rate_first(runs):
    """The runs stand in any order. Of the good ones the smallest rate is asked for."""
    return good(runs)[0]["lr"]


@mistake("best_rate", "a run that is exactly 0.005 below is left out", loses=("lr",),
         hint="At most 0.005: which comparison allows the equal case?")
def rate_strictly(runs):
    """At most includes the number itself."""
    best = max(run["held_out"] for run in runs)
    return min(run["lr"] for run in runs if run["held_out"] > best - 0.005)


@mistake("best_rate", "the largest of the good rates", loses=("lr",),
         hint="Which of several good rates is the safer one?")
def rate_largest(runs):
    """Of all good runs the smallest rate is asked for."""
    return max(run["lr"] for run in good(runs))


@mistake("best_rate", "the smallest of all rates", loses=("lr",),
         hint="Which runs may take part in the choice?")
def rate_smallest(runs):
    """A rate is taken here whether its run was good or not. The smallest of all may have learned
    hardly anything."""
    return min(run["lr"] for run in runs)


@mistake("best_rate", "the accuracy is returned", loses=("lr",),
         hint="What does the docstring ask for?")
def rate_accuracy(runs):
    """This is how good the best run was. The rate with which it was made is asked for."""
    return max(run["held_out"] for run in runs)


@mistake("best_rate", "the number of the run is returned", loses=("lr",),
         hint="Which entry of the run is asked for?")
def rate_number(runs):
    """This says which run it was, not with which rate."""
    return runs.index(min(good(runs), key=lambda run: run["lr"]))


# momentum_step


@mistake("momentum_step", "the push goes uphill", loses=("w", "v"),
         hint="A ball rolls to where the loss shrinks. Which sign has lr * dw?")
def momentum_uphill(w, dw, v, lr, mu):
    """The gradient points uphill, and here the velocity follows it."""
    v = mu * v + lr * dw
    return w + v, v


@mistake("momentum_step", "the velocity holds the gradients, without the rate", loses=("w", "v"),
         hint="Compare with the velocities in the text: the first one is -0.1.")
def momentum_of_gradients(w, dw, v, lr, mu):
    """This is another convention: there v adds up gradients, and w moves by -lr times v."""
    v = mu * v + dw
    return w - lr * v, v


@mistake("momentum_step", "the push is multiplied by 1 - mu", loses=("w", "v"),
         hint="Compare with the velocities in the text: -0.1, then -0.19.")
def momentum_average(w, dw, v, lr, mu):
    """This makes v an average. In momentum pushes add up, and steps grow."""
    v = mu * v - (1 - mu) * lr * dw
    return w + v, v


@mistake("momentum_step", "w moves by the old velocity", loses=("w",),
         hint="Which comes first, the push or the move?")
def momentum_late(w, dw, v, lr, mu):
    """w moves by the velocity that came in. It has to be pushed first."""
    return w + v, mu * v - lr * dw


@mistake("momentum_step", "nothing is kept of the velocity", loses=("w", "v"),
         hint="What is mu for?")
def momentum_forgets(w, dw, v, lr, mu):
    """Without memory this is plain SGD."""
    return w - lr * dw, -lr * dw


@mistake("momentum_step", "all of the velocity is kept", loses=("w", "v"),
         hint="What is mu for?")
def momentum_keeps_all(w, dw, v, lr, mu):
    """A ball that loses nothing never comes to rest."""
    return w + v - lr * dw, v - lr * dw


@mistake("momentum_step", "w moves by the gradient as well", loses=("w",),
         hint="The velocity contains the push already. What does w move by?")
def momentum_twice(w, dw, v, lr, mu):
    """The gradient counts twice: in the velocity, and once more in the move."""
    v = mu * v - lr * dw
    return w + v - lr * dw, v


@mistake("momentum_step", "this is Nesterov's rule", loses=("w",),
         hint="By what does w move in the two lines of the text?")
def momentum_of_nesterov(w, dw, v, lr, mu):
    """Nesterov's rule looks one step ahead: w moves by mu v - lr dw with the new v. The rule of the
    text moves it by v itself."""
    v = mu * v - lr * dw
    return w + mu * v - lr * dw, v


@mistake("momentum_step", "w and v are changed in place", loses=(UNCHANGED,),
         hint="Which of your lines write into w and v, and who else has these arrays?")
def momentum_in_place(w, dw, v, lr, mu):
    """The caller's arrays have changed: who compares before and after sees no step."""
    v *= mu
    v -= lr * dw
    w += v
    return w, v


@mistake("momentum_step", "v is changed in place", loses=(UNCHANGED,),
         hint="Which of your lines writes into v, and who else has this array?")
def momentum_v_in_place(w, dw, v, lr, mu):
    """The caller's velocity has changed: a second call with it makes another step."""
    v *= mu
    v -= lr * dw
    return w + v, v


# average_weight


@mistake("average_weight", "the weight that is left for the 0", loses=("total",),
         hint="With beta = 0.9, what should come out for t = 1?")
def weight_of_zero(beta, t):
    """beta to the power t is the weight of the 0 at the start. The gradients have the rest."""
    return beta ** t


@mistake("average_weight", "one step too few", loses=("total",),
         hint="With beta = 0.9, what should come out for t = 1?")
def weight_one_short(beta, t):
    """After the first step the sum is 1 - beta, and not 0."""
    return 1 - beta ** (t - 1)


@mistake("average_weight", "one step too many", loses=("total",),
         hint="With beta = 0.9, what should come out for t = 1?")
def weight_one_more(beta, t):
    """After the first step the sum is 1 - beta."""
    return 1 - beta ** (t + 1)


@mistake("average_weight", "every gradient is given the weight of the last", loses=("total",),
         hint="With beta = 0.9, the weights after two steps are 0.09 and 0.1. Why not 0.1 twice?")
def weight_times_steps(beta, t):
    """What was added earlier has been multiplied by beta in each later step."""
    return t * (1 - beta)


@mistake("average_weight", "only the last gradient is counted", loses=("total",),
         hint="What is left of the gradients before the last?")
def weight_of_last(beta, t):
    """Earlier gradients are still in m, with smaller weights."""
    return 1 - beta


@mistake("average_weight", "the factor 1 - beta is missing", loses=("total",),
         hint="With beta = 0.9, what should come out for t = 1?")
def weight_geometric(beta, t):
    """This is 1 + beta + beta² and so on. Each gradient comes in with the factor 1 - beta."""
    return (1 - beta ** t) / (1 - beta)


# adam_step


def averages(dw, m, v, beta1, beta2):
    """Both averages after a step."""
    return beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw * dw


@mistake("adam_step", "the averages are not divided by their weights", loses=("w",),
         hint="What did average_weight find, and what is it needed for?")
def adam_biased(w, dw, m, v, t, lr, beta1, beta2, eps):
    """In the first steps m and v are far too small, and not by the same factor."""
    m, v = averages(dw, m, v, beta1, beta2)
    return w - lr * m / (np.sqrt(v) + eps), m, v


@mistake("adam_step", "the averages are divided by 1 - beta in every step", loses=("w",),
         hint="What is average_weight for t = 2? The divisor depends on the number of the step.")
def adam_first_weight(w, dw, m, v, t, lr, beta1, beta2, eps):
    """1 - beta is the sum of the weights after the first step. It grows with every step."""
    m, v = averages(dw, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@mistake("adam_step", "the averages are changed in place", loses=(UNCHANGED,),
         hint="Which of your lines write into m and v, and who else has these arrays?")
def adam_in_place(w, dw, m, v, t, lr, beta1, beta2, eps):
    """The caller's averages have changed: a second call with them makes another step."""
    m[...], v[...] = averages(dw, m, v, beta1, beta2)
    square = v / (1 - beta2 ** t)
    return w - lr * m / (1 - beta1 ** t) / (np.sqrt(square) + eps), m, v


@mistake("adam_step", "eps stands under the root", loses=("w",),
         hint="Look where the root ends in the formula.")
def adam_eps_inside(w, dw, m, v, t, lr, beta1, beta2, eps):
    """The root of a sum is not the sum of the roots."""
    m, v = averages(dw, m, v, beta1, beta2)
    square = v / (1 - beta2 ** t)
    return w - lr * m / (1 - beta1 ** t) / np.sqrt(square + eps), m, v


@mistake("adam_step", "eps is added before v is divided by its weights", loses=("w",),
         hint="In the formula, eps is added to the root of which average? And in yours?")
def adam_eps_early(w, dw, m, v, t, lr, beta1, beta2, eps):
    """If both divisions are moved into the rate, eps stands beside the root of the v that is not
    divided. That is as if eps were larger in the first steps."""
    m, v = averages(dw, m, v, beta1, beta2)
    rate = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
    return w - rate * m / (np.sqrt(v) + eps), m, v


@mistake("adam_step", "the divided averages are remembered", loses=("m", "v"),
         hint="Which m does the next step go on with?")
def adam_remembers_divided(w, dw, m, v, t, lr, beta1, beta2, eps):
    """The division is for this one move. Repeated in every step it would pile up."""
    m, v = averages(dw, m, v, beta1, beta2)
    mean, square = m / (1 - beta1 ** t), v / (1 - beta2 ** t)
    return w - lr * mean / (np.sqrt(square) + eps), mean, square


@mistake("adam_step", "v averages the gradient, not its square", loses=("w", "v"),
         hint="Which power of dw stands in the second formula?")
def adam_without_square(w, dw, m, v, t, lr, beta1, beta2, eps):
    """An average of gradients of both signs may be negative, and has no root."""
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw
    with np.errstate(invalid="ignore"):
        root = np.sqrt(v / (1 - beta2 ** t))
    return w - lr * m / (1 - beta1 ** t) / (root + eps), m, v


@mistake("adam_step", "v averages absolute values, not squares", loses=("w", "v"),
         hint="Which power of dw stands in the second formula?")
def adam_of_sizes(w, dw, m, v, t, lr, beta1, beta2, eps):
    """The root is taken of v later on: it makes good for the square."""
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * np.abs(dw)
    square = v / (1 - beta2 ** t)
    return w - lr * m / (1 - beta1 ** t) / (np.sqrt(square) + eps), m, v


@mistake("adam_step", "there is no root", loses=("w",),
         hint="v is an average of squares. What makes it comparable with m?")
def adam_without_root(w, dw, m, v, t, lr, beta1, beta2, eps):
    """Divided by a square, small gradients would make the largest steps."""
    m, v = averages(dw, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1 ** t) / (v / (1 - beta2 ** t) + eps), m, v


@mistake("adam_step", "the two betas are exchanged", loses=("w", "m", "v"),
         hint="Which beta belongs to m, and which to v?")
def adam_exchanged(w, dw, m, v, t, lr, beta1, beta2, eps):
    """beta1 is for the average of the gradient, a short one, and beta2 for that of its square, a
    long one."""
    m, v = averages(dw, m, v, beta2, beta1)
    square = v / (1 - beta1 ** t)
    return w - lr * m / (1 - beta2 ** t) / (np.sqrt(square) + eps), m, v


@mistake("adam_step", "the step goes uphill", loses=("w",),
         hint="Which sign stands in front of lr?")
def adam_uphill(w, dw, m, v, t, lr, beta1, beta2, eps):
    """w is to move against the average gradient."""
    m, v = averages(dw, m, v, beta1, beta2)
    square = v / (1 - beta2 ** t)
    return w + lr * m / (1 - beta1 ** t) / (np.sqrt(square) + eps), m, v


@mistake("adam_step", "w moves by the gradient, not by its average", loses=("w",),
         hint="What is m good for, if the step does not use it?")
def adam_without_mean(w, dw, m, v, t, lr, beta1, beta2, eps):
    """The direction of this step forgets all earlier gradients."""
    m, v = averages(dw, m, v, beta1, beta2)
    return w - lr * dw / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v


# wrong_gradients


@mistake("wrong_gradients", "the gradients on the wrong side of the layer", loses=("wrong",),
         hint="The walk back comes from the right. Which parameters has it passed before relu?")
def wrong_on_the_right():
    """W3 and b3 get their gradients before any relu is asked."""
    return np.array([0, 0, 0, 0, 1, 1])


@mistake("wrong_gradients", "both uses of the layer are thought to be wrong", loses=("wrong",),
         hint="Whose cache does the object hold when the way back begins?")
def wrong_behind_both():
    """The object holds the cache of its second use, and there it is right."""
    return np.array([1, 1, 1, 1, 0, 0])


@mistake("wrong_gradients", "only the parameters in the middle", loses=("wrong",),
         hint="Which use of the object comes first on the way back, and is its cache still there?")
def wrong_in_the_middle():
    """Between W2 and the loss lies the second use, whose cache is the one that is left."""
    return np.array([0, 0, 1, 1, 0, 0])


@mistake("wrong_gradients", "all gradients are thought to be wrong", loses=("wrong",),
         hint="Which gradients does the way back find before it comes to a relu?")
def wrong_all():
    """A walk back is right up to the layer where it goes wrong."""
    return np.array([1, 1, 1, 1, 1, 1])


@mistake("wrong_gradients", "no gradient is thought to be wrong", loses=("wrong",),
         hint="A relu has no parameters. Does it keep anything?")
def wrong_none():
    """Relu has no parameters, and yet it remembers a mask."""
    return np.array([0, 0, 0, 0, 0, 0])


@mistake("wrong_gradients", "only W1 is thought to be wrong", loses=("wrong",),
         hint="Where does db come from?")
def wrong_only_w1():
    """W1 and b1 have the same upstream gradient, and it is wrong."""
    return np.array([1, 0, 0, 0, 0, 0])


@mistake("wrong_gradients", "weights are thought to be wrong, and biases right", loses=("wrong",),
         hint="What do dw and db of one layer have in common?")
def wrong_only_weights():
    """Weights and biases of a layer have one upstream gradient: both are wrong, or none is."""
    return np.array([1, 0, 1, 0, 1, 0])


# recap_two_layer_net


@mistake("recap_two_layer_net", "the share is taken for the factor", loses=("momentum",),
         hint="At which velocity does a step lose as much as it gains?")
def recap_share():
    """0.5 is what is kept of the velocity. The pushes add up."""
    return "a", "b", "a"


@mistake("recap_two_layer_net", "only two pushes are added", loses=("momentum",),
         hint="The third velocity is 1 + 0.5 + 0.25 pushes. Where does this end?")
def recap_two_pushes():
    """1.5 pushes is the second velocity. It goes on growing."""
    return "b", "b", "a"


@mistake("recap_two_layer_net", "the choice is thought to be harmless", loses=("test_set",),
         hint="Twenty coins are thrown ten times each. What is to be thought of the best?")
def recap_harmless():
    """The best of twenty was also the luckiest of twenty on these very images."""
    return "c", "a", "a"


@mistake("recap_two_layer_net", "the number is thought to be too low", loses=("test_set",),
         hint="Which of the twenty accuracies is reported?")
def recap_too_low():
    """Bad rates do not count: only the best run is reported."""
    return "c", "c", "a"


@mistake("recap_two_layer_net", "all four arrays are thought to move at once", loses=("zeros",),
         hint="What is the gradient of the hidden units multiplied by, in the first step?")
def recap_at_once():
    """In the first step W2 is still 0, so nothing goes back to W1 and b1."""
    return "c", "b", "b"


@mistake("recap_two_layer_net", "the biases are thought to change nothing", loses=("zeros",),
         hint="What are the hidden units in the first step, and what is dW2 made of?")
def recap_as_before():
    """The hidden units are b1 now, and no longer 0: dW2 is their product with another gradient."""
    return "c", "b", "c"
