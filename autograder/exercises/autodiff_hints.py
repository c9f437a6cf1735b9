"""What is told who asks for more in 08_autodiff: where to look, then how it is worked out."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "predict_broadcast": (
        "Draw x with its 12 entries, and mark each entry to which b[0] is added. How many are "
        "there? Do the same for v[0] and for c.",
        "The slope of a sum of entries with respect to one number is the count of the entries in "
        "which this number stands: c stands in all, one entry of b in one column of x, one entry "
        "of v in one row.",
    ),
    "unbroadcast": (
        "Section \"A broadcast is a fan-out\": write shape below the shape of grad, at the right. "
        "Which axes of grad have no partner, and which have a partner of size 1?",
        "With the axes counted from the right: result[k, ...] = sum of grad over every axis "
        "without a partner and over every axis whose partner has size 1. The second kind stays, "
        "with size 1.",
    ),
    "Add": (
        "Two things are asked: the value, from self.input_values(), and one gradient for each "
        "input, in the shape of that input.",
        "The local slopes of x + y are 1 and 1: dx is the sum of grad over the repetitions of x, "
        "dy the sum over those of y.",
    ),
    "Multiply": (
        "Each repetition of an input meets another factor. In which shape is there one factor for "
        "each entry of grad?",
        "dx[i] = sum of grad[k] * y[k] over all entries k of the output in which x[i] was used, "
        "and dy the same with x.",
    ),
    "Divide": (
        "Hold x fixed and write the quotient as x times one over y. What is the derivative of one "
        "over y?",
        "With q = x / y: the slope with respect to x is 1 / y, that with respect to y is minus x "
        "over y squared. Each is multiplied by grad, and summed over the repetitions.",
    ),
    "MatMul": (
        "Chapter 03, dx and dw of the affine layer: there the shapes alone told the order and the "
        "transposes.",
        "dx[n, d] = sum over m of grad[n, m] * w[d, m], and dw[d, m] = sum over n of "
        "x[n, d] * grad[n, m].",
    ),
    "Log": (
        "One input, and one gradient in a tuple. How steep is the logarithm near 0, and how steep "
        "far from it?",
        "The slope of log(x) is 1 / x: dx[i] = grad[i] / x[i]. Nothing is added to x.",
    ),
    "ReduceSum": (
        "How many axes has grad, and how many has x? Look at the three sentences about "
        "np.expand_dims and np.broadcast_to above the exercise.",
        "Along axis 1: dx[n, d] = grad[n] for every d. With keepdims the axis is there already: "
        "dx[n, d] = grad[n, 0]. Where all is summed, every entry of dx is grad.",
    ),
    "topological_order": (
        "Section \"Who comes first?\", the two numbered steps: each node comes to the top of the "
        "stack twice. What must be known of a node when it comes up?",
        "A node that comes up is done (go on), opened and all above it is finished (write it "
        "down), opened and met as an input of another node (a cycle: ValueError with its name), or "
        "new (put it back as opened, and its inputs on top).",
    ),
    "Session": (
        "Section \"Run it\": go through what run is given. Which keys may feed_dict have, which "
        "nodes does the wanted one depend on, and which of these need a value from feed_dict?",
        "First look at all keys. Then, in topological order and each node once: a placeholder gets "
        "the fed value as an array, or there is an error with its name; an operation is asked to "
        "evaluate(). Then collect output_value: one, or a list.",
    ),
    "gradients": (
        "Section \"The way back\": in which order is each node visited only when all that use it "
        "have sent? What does an input receive that stands in a node twice?",
        "The gradient of the loss is ones in its shape. The gradient of any other node is the sum "
        "over all its users and all places in which it stands there: the part of this place in "
        "what compute_gradient of the user returns for the user's own gradient.",
    ),
    "exposing_expressions": (
        "Follow the queue by hand. When a node is met for the first time, which of its users are "
        "in found? And which place does index find if a node stands there twice?",
        "For the first, let a node be an input of the last operation and also of an operation that "
        "is met later. For the second, one operation is enough, with one node in both places.",
    ),
    "GradientDescentOptimizer": (
        "Section \"Training\": what is known when minimize is called, and what only when the step "
        "is run? What does the Action need as its input?",
        "In each run: all gradients first; then, for each variable, new value = old value minus "
        "learning_rate times its gradient, in a new array; then the loss as it was before.",
    ),
    "Maximum": (
        "Take 2 and 7, then 5 and 5, and push each of the two a little. Which pushes does the "
        "output follow? At a tie, read the last line of the docstring.",
        "dx[i] = sum of grad[k] over the repetitions k of x[i] in which x is at least as large as "
        "y; dy[i] = sum of grad[k] over those of y[i] in which x is smaller.",
    ),
    "recap_autodiff": (
        "Two answers: what stands in node.grad when the second question begins? The calls: how "
        "often is an operation visited? The shape: write (64, 7, 5) and (7, 1) below each other.",
        "Two answers: the second one is added to what is there. The calls: one for each operation, "
        "and a diamond has three. The shape: the axis that y does not have, and its axis of "
        "size 1.",
    ),
}
