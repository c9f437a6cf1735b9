"""Hints for 07_convolution, step by step: where to look, then the formula of one entry."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "output_size": (
        "Section 'Stride and padding'. Draw a row of H pixels with P zeros on either side, and "
        "move a window of HH along it. Where does window number u end, and where does the row?",
        "The last window that fits is the largest u with S u + HH <= H + 2 P. There are u + 1 "
        "windows, because u counts from 0.",
    ),
    "predict_windows": (
        "Which windows cover row 1 and column 2? Those that begin in row 0 or 1, and in column 0, "
        "1 or 2. All other outputs do not change.",
        "In the window of out[u, v] the pixel lies at i = 1 - u, j = 2 - v, and the output grows "
        "by w[i, j]. Do it for out[0, 0] first.",
    ),
    "window_gradients": (
        "Section 'Derive: one window'. Two slopes are multiplied: that of out with respect to one "
        "entry, and that of the loss with respect to out.",
        "dwindow[c, i, j] = dout * w[c, i, j], since out contains window[c, i, j] * w[c, i, j] and "
        "no other term with this pixel. For dw the two change their roles.",
    ),
    "conv_dx_entry": (
        "Section 'Derive: one entry'. The window of output (u, v) begins at row S u of the padded "
        "image. In which row of the padded image is the pixel?",
        "dx[r, q] = sum over f, u, v of dout[f, u, v] * w[f, i, j] with i = r + P - S u and "
        "j = q + P - S v, over those u, v with 0 <= i < HH and 0 <= j < WW.",
    ),
    "conv_dw_entry": (
        "Section 'One weight'. Put the stride into the printed case: where does the window of "
        "output (u, v) begin, and which pixel lies at its place (i, j)?",
        "dw[i, j] = sum over u, v of dout[u, v] * x[S u + i, S v + j].",
    ),
    "conv2d_forward_naive": (
        "The formula of the layer, under 'Stride and padding'. Which rows of the padded image does "
        "the window of output u cover?",
        "out[n, f, u, v] = b[f] + sum over c, i, j of padded[n, c, S u + i, S v + j] * "
        "w[f, c, i, j], for u from 0 to OH - 1 and v from 0 to OW - 1.",
    ),
    "conv2d_backward_naive": (
        "Section 'Implement': at each stop (n, f, u, v) three arrays receive a share. Which part "
        "of which array, and what has become of it when the next window comes?",
        "dw[f, c, i, j] = sum over n, u, v of dout[n, f, u, v] * padded[n, c, S u + i, S v + j]; "
        "dpadded[n, c, S u + i, S v + j] collects dout[n, f, u, v] * w[f, c, i, j] from all f, u, "
        "v, i, j; dx[n, c, r, q] = dpadded[n, c, r + P, q + P]; db[f] = sum over n, u, v of "
        "dout[n, f, u, v].",
    ),
    "exposing_layer": (
        "What must happen to one place of dx for an assignment to lose something? How do stride "
        "and kernel compare where that happens?",
        "Two windows share a pixel where the stride is smaller than the kernel, and there are two "
        "windows. And pad must not be 0, or dx comes out empty.",
    ),
    "image_gradient_mended": (
        "Two lines are wrong: the one that writes into dx, and the one that takes off the frame. "
        "What does each do if pad is 0, and if two windows share a pixel?",
        "dpadded[n, c, S u + i, S v + j] collects sum over f of dout[n, f, u, v] * w[f, c, i, j] "
        "from all windows, and dx[n, c, r, q] = dpadded[n, c, r + P, q + P] for r < H and q < W.",
    ),
    "patch_matrix_gradients": (
        "Chapter 03, 'one entry', and the table above: x there is the transpose of cols here, w "
        "there the transpose of w here. Write down the shapes (K, M), (F, K) and (F, M).",
        "dcols[k, m] = sum over f of w[f, k] * dout[f, m]; dw[f, k] = sum over m of dout[f, m] * "
        "cols[k, m].",
    ),
    "im2col": (
        "Section 'im2col': hold (i, j) fixed. From which rows and columns of the padded images do "
        "all windows take this entry, and how many of them are there?",
        "cols[(c, i, j), (n, u, v)] = padded[n, c, S u + i, S v + j]; the row is number "
        "(c HH + i) WW + j, the column number (n OH + u) OW + v.",
    ),
    "scatter_add": (
        "Read the sum for dx[m] again. For which k is G[k, m] not 0?",
        "dx[m] = sum of dout[k] over all k with index[k] = m. If there is no such k it is 0.",
    ),
    "col2im": (
        "Put your im2col beside it. Where it reads, this adds; where it writes, this reads.",
        "dpadded[n, c, S u + i, S v + j] collects cols[(c, i, j), (n, u, v)] from all i, j, u, v; "
        "dx[n, c, r, q] = dpadded[n, c, r + P, q + P].",
    ),
    "conv2d_forward": (
        "Section 'An affine layer on patches'. Write down the shape of every array on the way: "
        "w as a matrix, cols, their product, out.",
        "The product holds out[n, f, u, v] in row f and column (n OH + u) OW + v. Its row f is the "
        "sum over k of w[f, k] * cols[k, m], plus b[f].",
    ),
    "conv2d_backward": (
        "Undo the last two steps of the forward pass in reverse order, and compare every shape: "
        "(F, M) for dout, (K, M) for dcols, (F, K) for dw.",
        "dw[f, k] = sum over m of dout[f, m] * cols[k, m], db[f] = sum over m of dout[f, m], and "
        "dcols[k, m] = sum over f of w[f, k] * dout[f, m], which col2im brings back to dx.",
    ),
    "shape_drill": (
        "Put the numbers of each answer into 1 + (H + 2 P - HH) // S, with a pen. Which letters "
        "does each question ask for?",
        "A layer learns F * C * HH * WW weights and F biases. cols has a column for each of N * OH "
        "* OW windows. dx has the shape of x, and every size whose number of windows is 14 is one "
        "that it can have.",
    ),
    "echo_forward": (
        "The four hints above the exercise. Play [1, 0, 0] in a room with [1, 0.5], on paper.",
        "out[n, f, q + j] collects x[n, q] * w[f, j] from all q and j. Its last entry is number "
        "(W - 1) + (WW - 1).",
    ),
    "echo_backward": (
        "The third hint above the exercise: walk through the triples (q, j, u) of the forward "
        "pass. Which two entries meet in each?",
        "dx[n, q] = sum over f, j of dout[n, f, q + j] * w[f, j]; dw[f, j] = sum over n, q of "
        "dout[n, f, q + j] * x[n, q].",
    ),
    "recap_convolution": (
        "The letters of the formula of the layer: on which of them does w depend, and over which "
        "does each gradient sum?",
        "1: in the formula w[f, c, i, j] is the same for all n, u, v. 2: count the windows that "
        "hold the middle, down and across. 3: write down the shape of each array in letters, and "
        "look for H, W, OH and OW.",
    ),
    "conv2d_forward_general": (
        "The formula under 'Dilation and groups'. How many rows does a kernel of HH entries cover "
        "if they lie D apart? Which channels does filter f see?",
        "out[n, f, u, v] = b[f] + sum over c, i, j of padded[n, g C' + c, S u + D i, S v + D j] * "
        "w[f, c, i, j], with C' = C / groups, F' = F / groups and g = f // F'.",
    ),
    "conv2d_backward_general": (
        "Each product of the forward pass has two factors. Where did it read them, and what does "
        "each of the two places receive?",
        "dw[f, c, i, j] = sum over n, u, v of dout[n, f, u, v] * padded[n, g C' + c, S u + D i, "
        "S v + D j]; dpadded collects dout[n, f, u, v] * w[f, c, i, j] at the same place.",
    ),
}
