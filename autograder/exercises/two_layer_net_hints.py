"""What is told who asks for more in 09_two_layer_net: where to look, then the formula."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "Affine": (
        "Your affine_forward and affine_backward do the work. What has to be remembered from "
        "__init__ to forward, and from forward to backward?",
        "__init__ keeps the dict and both names. forward looks up both arrays, keeps the cache and "
        "returns out[n, m] = sum over d of x[n, d] * w[d, m] + b[m]. backward keeps two of the "
        "three gradients, and returns the one with the shape of x.",
    ),
    "SoftmaxWithLoss": (
        "softmax_loss gives two things in forward. Which of them is returned, and which one waits "
        "for backward? Which dtype may it have?",
        "backward: dx[n, c] = dout times the kept gradient[n, c], in the dtype of the scores.",
    ),
    "predict_start": (
        "Count the four shapes of the picture. For the loss: which probability does a network that "
        "knows nothing give to each of ten digits?",
        "Count: D * H + H + H * C + C. Loss: minus the natural logarithm of one tenth.",
    ),
    "TwoLayerNet": (
        "Look at the table of items: write the methods from top to bottom, and mend the first "
        "cross first. predict walks along the list of layers, gradient walks it backwards.",
        "scores = relu(x W1 + b1) W2 + b2. Back: the last layer gives dscores; "
        "dW2[h, c] = sum over n of hidden[n, h] * dscores[n, c], db2[c] = sum over n of "
        "dscores[n, c]; then the same for the first layer, with what relu lets through.",
    ),
    "sgd_step": (
        "In which direction does the loss fall, and how far is the step?",
        "new w[i] = w[i] - lr * dw[i], in a new array.",
    ),
    "train_step": (
        "Which comes first, all gradients or the first move? Where does each new array have to go?",
        "For each of the four names: params after = params before minus lr times the gradient, and "
        "all gradients are those of the network before the step. The loss, too.",
    ),
    "train_steps": (
        "What does batches[k] hold, and what does it pick from x and from t?",
        "Step k: the samples n in batches[k], with their labels; losses[k] is the loss of these "
        "samples before step k.",
    ),
    "gradient_in_parts": (
        "net.gradient gives the gradient of a mean over its own samples. How many samples are in "
        "each part, and how many in all?",
        "total = sum over the parts of (samples in the part / samples in all) * gradient of the "
        "part.",
    ),
    "wrong_gradients": (
        "Walk back from the loss and write down at each layer whose cache the relu object holds.",
        "The object holds the mask of its second use. Everything to the right of its first use has "
        "got its gradient by then; everything to the left of it gets a wrong one.",
    ),
    "predict_equal_weights": (
        "All zero: write down the hidden units and the scores, then the four gradients. All 0.01: "
        "write down the gradients of two columns of W1.",
        "dW2[h, c] has the factor hidden[n, h]; what goes back to W1 and b1 has the factor "
        "W2[h, c]; db2[c] has neither. Columns of W1 with equal weights have equal gradients in "
        "each step.",
    ),
    "steps_until": (
        "Write down, for five losses and a window of three, which losses each mean is taken of, "
        "and how many steps have been made by then.",
        "After s steps, s at least window, the mean is that of losses[s - window] to "
        "losses[s - 1]. The smallest s whose mean is below the level; -1 if there is none.",
    ),
    "best_rate": (
        "Two passes: first the best accuracy on held-out images, then all runs that are near it.",
        "Of all runs with held_out >= best - 0.005, the smallest lr.",
    ),
    "momentum_step": (
        "Which comes first, the push or the move? Check with the velocities in the text.",
        "v after = mu * v before - lr * dw; w after = w before + v after.",
    ),
    "average_weight": (
        "With beta = 0.9, work out t = 1 and t = 2 by hand: the text has both. What has become of "
        "the weight of the 0?",
        "Sum over k from 0 to t - 1 of (1 - beta) * beta to the power k; what is missing to 1 is "
        "the weight of the start, beta to the power t.",
    ),
    "adam_step": (
        "Section \"Adam\": first the two averages, then both divided by their sums of weights, "
        "then the move. Which of them are returned?",
        "w after = w - lr * m^ / (root of v^ + eps), with m^ = m / (1 - beta1 to the t) and "
        "v^ = v / (1 - beta2 to the t). m and v are returned without the division.",
    ),
    "PenaltyNet": (
        "A weight has one path through each of the two terms. Which arrays have a second path? "
        "What has super().gradient already kept?",
        "loss = mean loss + reg * sum of w squared over W1 and W2; gradient of W1[d, h] = that of "
        "the mean loss + 2 * reg * W1[d, h], and the same for W2. Biases: nothing is added.",
    ),
    "recap_two_layer_net": (
        "Momentum: at which velocity does the share that is lost equal the push? The test set: "
        "what took part in the choice? Zeros: write down the hidden units in the first step.",
        "Momentum: v = 0.5 v + push has one solution. The test set: the best of twenty was chosen "
        "with these images. Zeros: dW2 has the hidden units as a factor, which are b1 now; what "
        "goes back to the left has W2 as a factor, which is 0 until it has moved.",
    ),
}
