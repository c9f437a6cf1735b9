"""Hints of 04_activations, for who asks: where to look, then the formula of one entry."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "predict_relu_slopes": (
        "Write out[0, 2] as a formula of x[0, 2], and ask which other entries of out contain "
        "x[0, 2]. For the slopes, draw max(0, x) and mark the six entries on the axis.",
        "By hand: compute max(0, x) before and after the push, for each entry in its place. From "
        "0.5 to 0.6 it grows by 0.1. From -3 to -2.99 it stays 0: how much is that, as a multiple "
        "of the push?",
    ),
    "sigmoid": (
        "Look at the two lines with the large bracket in the text: each is safe on one side of 0. "
        "Which single exponential occurs in both of them?",
        "With e = exp(-|x|): the value is 1 / (1 + e) where x is 0 or more, and e / (1 + e) where "
        "x is negative. The denominator is the same on both sides.",
    ),
    "sigmoid_grad": (
        "The last line of the derivation is a product of two factors. The first of them is out. "
        "What do both of them add up to?",
        "With s for the sigmoid of x: the slope of one entry is s times (1 - s). No exponential "
        "occurs in it but the one inside s.",
    ),
    "tanh_scalar_gradient": (
        "Follow the path x, 2 x, s, out. Write down its three slopes, and dout behind them.",
        "The product is dout * 2 * s (1 - s) * 2, with s = (1 + out) / 2. Put s in and multiply "
        "out: what is left is 1 minus a square.",
    ),
    "relu_dx_entry": (
        "In the double sum, look at the slope of out[k, l] with respect to x[n, d]. For which k "
        "and l is it not 0? The first prediction of the chapter said it.",
        "One term is left: dx[n, d] = dout[n, d] times the slope of relu at x[n, d], which is 1 "
        "for a positive number and 0 for any other, 0 among them.",
    ),
    "crelu_jacobian": (
        "There is one row for each entry of out, and one column for each entry of x. How many "
        "entries has out? Which two rows have a number other than 0 in column j?",
        "J[j, j] is the slope of relu(x_j), and J[D + j, j] that of relu(-x_j): 1 or 0, and 0 or "
        "-1. All other entries are 0.",
    ),
    "relu_forward": (
        "Every entry of out depends on one entry of x: look for an operation of NumPy that "
        "compares an array with 0 entry by entry, whatever its shape.",
        "out[n, d] = max(0, x[n, d]), in an array of its own, so that x stays as it is. Behind it "
        "comes the cache, with what the way back needs.",
    ),
    "relu_backward": (
        "See what you wrote for one entry, and the section on the Jacobian: the table of an "
        "elementwise layer is diagonal, so no product of matrices is needed.",
        "dx[n, d] = dout[n, d] * [x[n, d] > 0], where the bracket is 1 if the statement is true, "
        "and 0 if it is not. dout stays as it is.",
    ),
    "sigmoid_forward": (
        "You have written the function that gives out. What does the way back need of it?",
        "out[n, d] = 1 / (1 + exp(-x[n, d])), computed without overflow. It is returned twice: as "
        "the value, and as the cache.",
    ),
    "sigmoid_backward": (
        "What does the cache hold: the scores before the sigmoid, or its values? Read off the "
        "slope of sigmoid_grad which of them it is written with.",
        "dx[n, d] = dout[n, d] * out[n, d] * (1 - out[n, d]).",
    ),
    "exposing_arrays": (
        "Which line of relu_backward_buggy writes, into which array, and at which places? Choose "
        "numbers for which something is written there.",
        "By hand: with x = (1, -1) and dout = (5, 7) the first step sets one entry of dout to 0. "
        "What is added then, and what should have been added? Would you notice if that entry had "
        "been 0 before?",
    ),
    "relu_backward_mended": (
        "The line dx = dout makes no second array. Which arrays belong to the caller, and which "
        "one may be written into?",
        "dx[n, d] = dout[n, d] where x[n, d] > 0, else 0, in an array that nobody else has a name "
        "for.",
    ),
    "softplus_forward": (
        "For large x take exp(x) out of the bracket: the logarithm of a product is a sum. For "
        "negative x the formula is safe as it stands.",
        "out[n, d] = max(0, x[n, d]) + log(1 + exp(-|x[n, d]|)), for both signs of x.",
    ),
    "softplus_backward": (
        "Multiply the two slopes along the path x, u = 1 + exp(x), log u. Then divide above and "
        "below by exp(x): you know that function.",
        "dx[n, d] = dout[n, d] * sigma(x[n, d]), with the sigmoid that cannot overflow.",
    ),
    "recap_activations": (
        "Test each statement on small numbers: an x of (2, 0, -1), an entry of x that is 1e-6, a "
        "vector of three entries.",
        "saved_out: compare where out > 0 with where x > 0. one_entry: what does a step of 1e-5 do "
        "at x = 3e-6? diagonal: write down out[0], and see which entries of x stand in it.",
    ),
}
"""By exercise, step by step."""
