"""Hints for 10_convnet, step by step: where to look, then the formula of one entry."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "predict_routing": (
        "Take the first window, with 1, 5, 4 and 2. Which of its four pixels may grow a little "
        "without any effect on the output?",
        "In each window the largest pixel gets the entry of dout at the place of the window, and "
        "the other three get 0. The 5 of the first window is in row 0 and column 1.",
    ),
    "pool_dx_entry": (
        "Section 'Derive'. For which (u, v) does the window hold row r and column q? In which of "
        "these windows does the output notice the pixel?",
        "dx[r, q] = sum of dout[u, v] over all u, v with 0 <= r - S u < HH and 0 <= q - S v < WW "
        "for which x[r, q] is the largest of x[S u + i, S v + j], 0 <= i < HH, 0 <= j < WW.",
    ),
    "max_pool_forward": (
        "Section 'Implement': there is one slice for each place (i, j) of a window. How many rows "
        "and columns must it have, and where does it begin?",
        "out[n, c, u, v] = max over i, j of x[n, c, S u + i, S v + j]; the place with the number "
        "k = i WW + j has won if it is larger than all before it.",
    ),
    "max_pool_backward": (
        "Walk through the slices of the forward pass. Which entries of dout belong to place k, and "
        "what happens to a pixel that stands in two slices?",
        "dx[n, c, r, q] = sum of dout[n, c, u, v] over all u, v with r = S u + i and q = S v + j, "
        "where place[n, c, u, v] = i WW + j.",
    ),
    "exposing_image": (
        "How many entries of the mask are true in a window, and when is that not 1?",
        "The mask compares with the largest of the window: two pixels of one of the four windows "
        "of 2 × 2 must both be the largest there.",
    ),
    "max_pool_backward_mended": (
        "Two things are wrong: who gets the gradient if several pixels are the largest, and what "
        "happens to what an earlier window has sent.",
        "dx[n, c, S u + i, S v + j] collects dout[n, c, u, v] from each window, with (i, j) the "
        "first place, in reading order, of its largest pixel.",
    ),
    "avg_pool_forward": (
        "The second hint above the exercise: the slices are those of max pooling.",
        "out[n, c, u, v] = 1 / (HH WW) * sum over i, j of x[n, c, S u + i, S v + j].",
    ),
    "avg_pool_backward": (
        "The first hint above the exercise: what is the slope of a mean with respect to one of its "
        "numbers? Then ask in how many windows a pixel lies.",
        "dx[n, c, r, q] = 1 / (HH WW) * sum of dout[n, c, u, v] over all u, v with "
        "0 <= r - S u < HH and 0 <= q - S v < WW.",
    ),
    "predict_shapes": (
        "Follow one image: 20 rows and 17 columns. How many windows of 4 fit down and across, and "
        "how many windows of 2, side by side, then?",
        "Behind the convolution F × (H - K + 1) × (W - K + 1), behind the pooling half of each "
        "side, rounded down. W2 has a row for every number that is left. W1 has F * C * K * K "
        "numbers, and b1 has F.",
    ),
    "convnet_forward": (
        "Section 'The plan'. Go through it layer by layer: which of your functions, with which "
        "parameters, and what comes out besides the array?",
        "scores = affine(relu(affine(pool(relu(conv(x; W1, b1))); W2, b2)); W3, b3), and the cache "
        "holds the six caches in the order in which they arose.",
    ),
    "convnet_backward": (
        "Six caches, six steps, from the last to the first. What does each of your backward "
        "functions return, and under which name does it belong?",
        "The gradient of what goes into a layer is the upstream gradient of the layer before it: "
        "dscores goes into the last affine layer, and what comes out of the convolution is dx.",
    ),
    "ConvNet": (
        "The shapes: your answer to predict_shapes, in letters. The methods: each is one or two of "
        "your functions, given self.params.",
        "W2 has F * ((H - K + 1) // 2) * ((W - K + 1) // 2) rows. Fan in is C * K * K for W1, and "
        "the number of rows for W2 and W3. The upstream gradient of the scores is what "
        "softmax_loss returns second.",
    ),
    "training_step": (
        "The order of the text: forward, loss, backward, and one call of adam_step for each of the "
        "six names. What does each of its three results replace?",
        "For each name: new parameter, new m, new v = Adam of the old ones and of the gradient at "
        "step t. The loss is that of the scores before any parameter changed.",
    ),
    "score_gradient": (
        "Which array is dscores, if the number whose slope you want is one of the scores itself?",
        "dscores[n, k] is 1 for k = y[n] and 0 for every other k. Everything else is your "
        "convnet_backward.",
    ),
    "adversarial_images": (
        "Three steps: the gradient of the loss with respect to the images, its sign, and back "
        "between 0 and 1.",
        "image[n, c, r, q] = x[n, c, r, q] + epsilon * sign(dx[n, c, r, q]), replaced by 0 where "
        "it is below 0, and by 1 where it is above 1.",
    ),
    "recap_convnet": (
        "1: which pixel is the output of this window? 2: what is a test worth after you have "
        "chosen by it? 3: write down the shape of each parameter of the digit network.",
        "1: work out the output with 6 and with 6.5. 2: the table under 'Train it' says where its "
        "numbers come from. 3: 16 filters of 5 × 5, then 2304 × 100, then 100 × 10 weights.",
    ),
}
