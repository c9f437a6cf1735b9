"""Hints of 06_softmax_loss, for who asks: where to look, then the formula of one entry."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "softmax": (
        "After the shift no exponent may be positive, and at least one must be 0. Which score of "
        "the row does that? Along which axis do the classes lie?",
        "With m_n for the largest score of row n: p[n, j] = exp(s[n, j] - m_n) divided by the sum "
        "of exp(s[n, k] - m_n) over all k of the same row.",
    ),
    "cross_entropy_error": (
        "There are two questions, in this order: does t have as many dimensions as y, so that it "
        "is one-hot? And is there one sample only? Make a batch of everything, then pick.",
        "With labels t_n for a batch: loss = minus the mean over n of log y[n, t_n]. The entries "
        "are picked before any logarithm is taken.",
    ),
    "predict_softmax_signs": (
        "The probability of the label is a fraction. Which scores stand above the line, and which "
        "below it? The loss falls when the fraction grows.",
        "By hand: in row 0 the exponentials are 1, 2 and 5, and the label's is 2: 2 / (1 + 2 + 5). "
        "Enlarge one of the three a little, and see whether the fraction grows. For change, "
        "multiply all three by the same number.",
    ),
    "softmax_label_slope": (
        "L is the logarithm of a sum, minus s_y. The label's score stands in both terms: what is "
        "the slope of each?",
        "Along the first path the slope is exp(s_y) / the sum of all exp(s_k), which is p_y. Along "
        "the second one it is -1.",
    ),
    "softmax_dx": (
        "Make the one-hot rows of the labels first. Then remember what the mean over the batch "
        "does to every slope.",
        "dx[n, c] = (p[n, c] - t[n, c]) / N, with t[n, c] = 1 at c = y_n, and 0 elsewhere.",
    ),
    "softmax_backward": (
        "Put J_kj = p_k ([k = j] - p_j) into the sum over k. Which factors do not depend on k, and "
        "which sum is left?",
        "ds[n, j] = p[n, j] * (dp[n, j] - the sum over k of dp[n, k] * p[n, k]), with a sum of its "
        "own for each row.",
    ),
    "softmax_loss": (
        "Take the loss apart into a logarithm of a sum and a score, and subtract the same number "
        "from all scores of a row, in both terms. For one-hot rows, find the labels first.",
        "With z = s - the largest score of its row: the loss of sample n is log(sum over k of "
        "exp(z[n, k])) - z[n, y_n]. dx[n, c] = (p[n, c] - [c = y_n]) / N.",
    ),
    "exposing_softmax_scores": (
        "The slope of -log(p + 1e-7) is that of -log p times p / (p + 1e-7). For which p is this "
        "one half?",
        "By hand: p must be 1e-7 or less. With two classes and the other score far ahead, p is "
        "nearly exp(-gap): how large a gap makes exp(-gap) = 1e-7? The logarithm of 10 is 2.3.",
    ),
    "softmax_loss_mended": (
        "Two lines are wrong: the one with the logarithm, and the last one. What did you write in "
        "their places in softmax_loss?",
        "The loss of sample n is log(sum over k of exp(z[n, k])) - z[n, y_n], with z shifted by "
        "the largest score. dx[n, c] = (p[n, c] - [c = y_n]) / N.",
    ),
    "softmax_loss_linear": (
        "w reaches the loss along two paths: through the scores, and through the penalty. "
        "Everything is as in chapter 05, but for the loss of the scores.",
        "loss = L(s) + reg * the sum of all w[d, c] squared. dw[d, c] = the sum over n of "
        "x[n, d] * ds[n, c], plus 2 * reg * w[d, c].",
    ),
    "smoothed_softmax_loss": (
        "Build the rows of targets first, and add up one of them: it must be 1. Then compute all "
        "log p from shifted scores, and never from p.",
        "t[n, c] = (1 - eps) [c = y_n] + eps / C. The loss of sample n is minus the sum over c of "
        "t[n, c] * log p[n, c], and dx[n, c] = (p[n, c] - t[n, c]) / N.",
    ),
    "recap_softmax_loss": (
        "slope: write down the line of the chapter, with its N. shift: take a row such as (-10000, "
        "10000). tiny_number: next to which p is 1e-12 not small?",
        "By hand: (0.2 - 1) / 4. The mean of (-10000, 10000) is 0: what is exp(10000 - 0)? The "
        "slope is multiplied by p / (p + 1e-12).",
    ),
}
"""By exercise, step by step."""
