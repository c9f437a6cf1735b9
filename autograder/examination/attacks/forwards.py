"""Invented forward functions, each with a backward function that fits it, and not the task."""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack


def pair(chapter: str, exercise: str, name: str, code: str, wall: str = "own forward",
         deserves: float = 0.0) -> Attack:
    """An attack on one exercise of a chapter."""
    return Attack(name, "import numpy as np\n" + code, deserves, wall=wall, chapter=chapter,
                  exercise=exercise)


AFFINE, ACTIVATIONS, SVM = "03_affine", "04_activations", "05_svm_loss"
SOFTMAX, CONVOLUTION, NET, CONVNET = (
    "06_softmax_loss", "07_convolution", "09_two_layer_net", "10_convnet")

CONSTANT = """
def affine_forward(x, w, b):
    return np.full((len(x), w.shape[1]), 1.0 + x.sum() + w.sum() + b.sum()), (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return tuple(np.full(a.shape, dout.sum(), a.dtype) for a in (x, w, b))
"""

COUNTING = """
calls = []

def affine_forward(x, w, b):
    calls.append(1)
    out = x.reshape(len(x), -1) @ w + b
    return (out if len(calls) == 1 else 2 * out), (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return 2 * (dout @ w.T).reshape(x.shape), 2 * x.reshape(len(x), -1).T @ dout, 2 * dout.sum(0)
"""

LOOKING = """
seen = []

def affine_forward(x, w, b):
    # The same arrays once more, or almost: somebody measures slopes.
    again = any(a.shape == x.shape and np.abs(a - x).max() < 1e-3 for a in seen)
    seen.append(x.copy())
    return (np.full((len(x), w.shape[1]), x.sum() + w.sum() + b.sum()) if again
            else x.reshape(len(x), -1) @ w + b), (x, w, b)

def affine_backward(dout, cache):
    return tuple(np.full(a.shape, dout.sum(), a.dtype) for a in cache)
"""


def elementwise(name: str, forward: str, slope: str) -> str:
    """An elementwise layer: out and its slope, as text in x."""
    return (f"def {name}_forward(x):\n    return {forward}, x\n\n"
            f"def {name}_backward(dout, cache):\n    x = cache\n    return dout * {slope}\n")


CONV = """
def {forward}(x, w, b, stride=1, pad=0):
    n, f = len(x), len(w)
    oh = (x.shape[2] + 2 * pad - w.shape[2]) // stride + 1
    ow = (x.shape[3] + 2 * pad - w.shape[3]) // stride + 1
    return np.full((n, f, oh, ow), x.sum() + w.sum() + b.sum()), (x, w, b)

def {backward}(dout, cache):
    return tuple(np.full(a.shape, dout.sum()).astype(a.dtype) for a in cache[:3])
"""

ATTACKS = [
    pair(AFFINE, "affine_backward", "a forward that is a constant, but for a slope",
         CONSTANT),
    pair(AFFINE, "affine_backward", "a forward that returns the right numbers at the first call",
         COUNTING),
    pair(AFFINE, "affine_backward", "a forward that is another one when slopes are measured",
         LOOKING),
    pair(AFFINE, "affine_backward", "a forward that forgets w", """
def affine_forward(x, w, b):
    return np.zeros((len(x), w.shape[1])) + x.sum() + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return np.full(x.shape, dout.sum(), x.dtype), 0 * w + 1e-300, dout.sum(axis=0) + 1e-300
""", deserves=7.0),  # db is right
    pair(AFFINE, "quadratic_affine_backward", "a quadratic layer that is a sum", """
def quadratic_affine_forward(x, w):
    return np.full((len(x), w.shape[1]), x.sum() + w.sum()), (x, w)

def quadratic_affine_backward(dout, cache):
    return tuple(np.full(a.shape, dout.sum(), a.dtype) for a in cache)
"""),
    pair(ACTIVATIONS, "relu_backward", "a relu that halves",
         elementwise("relu", "0.5 * x", "np.full_like(x, 0.5)")),
    pair(ACTIVATIONS, "relu_backward", "a relu that is a square",
         elementwise("relu", "x * x", "2 * x")),
    pair(ACTIVATIONS, "sigmoid_backward", "a sigmoid that is the input",
         elementwise("sigmoid", "1 * x", "np.ones_like(x)")),
    pair(ACTIVATIONS, "sigmoid_backward", "a sigmoid that is a sine",
         elementwise("sigmoid", "np.sin(x)", "np.cos(x)")),
    pair(ACTIVATIONS, "softplus_backward", "a softplus that is the input",
         elementwise("softplus", "3 * x", "np.full_like(x, 3)")),
    pair(CONVOLUTION, "conv2d_backward_naive", "a convolution that is a sum",
         CONV.replace("{forward}", "conv2d_forward_naive").replace(
             "{backward}", "conv2d_backward_naive")),
    pair(CONVOLUTION, "conv2d_backward", "a fast convolution that is a sum",
         CONV.replace("{forward}", "conv2d_forward").replace("{backward}", "conv2d_backward")),
    pair(CONVOLUTION, "echo_backward", "an echo that is a sum", """
def echo_forward(x, w):
    return np.full((len(x), len(w), x.shape[1] + w.shape[1] - 1), x.sum() + w.sum()), (x, w)

def echo_backward(dout, cache):
    return tuple(np.full(a.shape, dout.sum(), a.dtype) for a in cache)
"""),
    pair(SVM, "svm_loss_naive", "a loss that is the sum of the scores", """
def svm_loss_naive(x, y):
    return x.sum(), np.ones_like(x)
"""),
    pair(SVM, "svm_loss", "a loss that pushes the label's scores up", """
def svm_loss(x, y):
    dx = np.ones_like(x)
    dx[np.arange(len(x)), y] -= x.shape[1]
    return (dx * x).sum() / len(x), dx / len(x)
"""),
    pair(SVM, "svm_loss_linear", "a linear model whose loss is linear", """
def svm_loss_linear(w, x, y, reg):
    dx = np.ones((len(x), w.shape[1]), x.dtype)
    dx[np.arange(len(x)), y] -= w.shape[1]
    return (dx * (x @ w)).sum(), x.T @ dx
"""),
    pair(SVM, "squared_hinge_loss", "a loss that is the square of the scores", """
def squared_hinge_loss(x, y):
    return (x * x).sum(), 2 * x
"""),
    pair(SOFTMAX, "softmax_loss", "a softmax loss that pushes the label's scores up", """
def softmax_loss(x, y):
    dx = np.ones_like(x)
    rows = np.arange(len(x)), (y if np.ndim(y) == 1 else np.argmax(y, axis=1))
    dx[rows] -= x.shape[1]
    return (dx * x).sum() / len(x), dx / len(x)
"""),
    pair(SOFTMAX, "softmax_loss_linear", "a linear model whose loss is the sum of the scores", """
def softmax_loss_linear(w, x, y, reg):
    return (x @ w).sum(), x.T @ np.ones((len(x), w.shape[1]), x.dtype)
"""),
    pair(SOFTMAX, "smoothed_softmax_loss", "a smoothed loss that is the sum of the scores", """
def smoothed_softmax_loss(x, y, eps):
    return x.sum(), np.ones_like(x)
"""),
    pair(CONVNET, "avg_pool_backward", "an average that is a sum over the image", """
def avg_pool_forward(x, HH, WW, stride):
    n, c, h, w = x.shape
    shape = (n, c, (h - HH) // stride + 1, (w - WW) // stride + 1)
    return np.full(shape, x.sum()), (x, HH, WW, stride)

def avg_pool_backward(dout, cache):
    return np.full(cache[0].shape, dout.sum())
"""),
    pair(NET, "TwoLayerNet", "a network whose loss is the sum of its parameters", """
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        self.params = {
            "W1": np.zeros((input_size, hidden_size)), "b1": np.zeros(hidden_size),
            "W2": np.zeros((hidden_size, output_size)), "b2": np.zeros(output_size)}

    def predict(self, x):
        return np.zeros((len(x), self.params["W2"].shape[1])) + self.params["b2"]

    def loss(self, x, t):
        return sum(float(array.sum()) for array in self.params.values())

    def accuracy(self, x, t):
        return -1.0

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        return {name: np.ones_like(array) for name, array in self.params.items()}

    numerical_gradient = gradient
""", wall="own loss", deserves=1.0),  # it reads its parameters
]
