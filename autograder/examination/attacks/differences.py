"""Gradients without a formula: the forward function is tried out, by steps that lose no digits.

A layer is linear in each of its inputs, so that a step of 1 gives its slopes exactly; the complex
step is exact everywhere. What a numerical gradient loses, these lose.
"""

from __future__ import annotations

from autograder.authoring.demo import CHAPTER
from autograder.checking.exercise import PAIR
from autograder.examination.attacks.attack import Attack
from autograder.exercises import exercises_of

OWN_FORWARD = """
import numpy as np

def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""

STEPS = """
def slopes(f, arrays, dout, h={h}):
    found = []
    for k, array in enumerate(arrays):
        slope = np.zeros(array.shape, array.dtype)
        for index in np.ndindex(array.shape):
            values = []
            for step in (h, -h):
                moved = [a.copy() for a in arrays]
                moved[k][index] += step
                values.append(f(*moved))
            slope[index] = np.sum((values[0] - values[1]) * dout) / (2 * h)
        found.append(slope)
    return tuple(found)
"""

COMPLEX = """
def slopes(f, arrays, dout, h=1e-30):
    found = []
    for k, array in enumerate(arrays):
        slope = np.zeros(array.shape, array.dtype)
        for index in np.ndindex(array.shape):
            moved = [a.astype(complex) for a in arrays]
            moved[k][index] += 1j * h
            slope[index] = np.sum(f(*moved).imag * dout) / h
        found.append(slope)
    return tuple(found)
"""

PRIVATE = """
def mine(x, w, b):
    return x.reshape(len(x), -1) @ w
"""


def affine(body: str, forward: str = OWN_FORWARD, slopes: str = STEPS, h: str = "1.0") -> str:
    """A cell with a forward function, a way to measure slopes, and the body of affine_backward."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return f"{forward}{slopes.replace('{h}', h)}\ndef affine_backward(dout, cache):\n{lines}\n"


B_ALONE = """
dx, dw, _ = slopes(lambda x, w, b: affine_forward(x, w, 0 * b)[0], cache, dout)
_, _, db = slopes(lambda x, w, b: affine_forward(0 * x, w, b)[0], (*cache[:2], 0 * cache[2]), dout)
return dx, dw, db
"""

MEASURED = ("dx", "dw")


def honest(code: str) -> float:
    """What a right db earns: all but the measured gradients, and no pair without a forward."""
    if "dout.sum" not in code or "settrace" in code:
        return 0.0
    lost = MEASURED if "def affine_forward" in code else (*MEASURED, PAIR)
    points = exercises_of(CHAPTER)["affine_backward"].points
    return sum(most for name, most in points.items() if name not in lost)


ON_AFFINE = [
    Attack(name, code, honest(code), wall="watching") for name, code in {
        "differences with step 1 of the own forward": affine(B_ALONE),
        "differences with step 0.5": affine(B_ALONE, h="0.5"),
        "differences with a step of a million": affine(B_ALONE, h="2.0**20"),
        "the complex step": affine("return slopes(lambda *a: affine_forward(*a)[0], cache, dout)",
                                   slopes=COMPLEX),
        "the complex step on a private copy": affine("""
x, w, b = cache
dx, dw = slopes(lambda x, w: x.reshape(len(x), -1) @ w, (x, w), dout)
return dx, dw, dout.sum(axis=0)
""", slopes=COMPLEX),
        "the complex step on all entries of a row": affine("""
x, w, b = cache
rows = x.reshape(len(x), -1)
dx = np.zeros(rows.shape, x.dtype)
for d in range(rows.shape[1]):
    moved = rows.astype(complex)
    moved[:, d] += 1e-30j
    dx[:, d] = ((moved @ w).imag * dout).sum(axis=1) / 1e-30
_, dw = slopes(lambda x, w: x.reshape(len(x), -1) @ w, (x, w), dout)
return dx.reshape(x.shape), dw, dout.sum(axis=0)
""", slopes=COMPLEX),
        "differences of a private copy": affine("""
dx, dw = slopes(lambda x, w: mine(x, w, 0), cache[:2], dout)
return dx, dw, dout.sum(axis=0)
""", PRIVATE + "import numpy as np\n"),
        "differences of an alias": affine("""
dx, dw = slopes(lambda x, w: alias(x, w, np.zeros(dout.shape[1]))[0], cache[:2], dout)
return dx, dw, dout.sum(axis=0)
""", OWN_FORWARD + "alias = affine_forward\n"),
        "differences of a lambda, in a comprehension": affine("""
x, w, b = cache
f = lambda x, w: (x.reshape(len(x), -1) @ w * dout).sum()
base = f(x, w)
def plus(a, k):
    moved = a.copy()
    moved.flat[k] += 1.0
    return moved
dx = np.array([f(plus(x, k), w) - base for k in range(x.size)]).reshape(x.shape)
dw = np.array([f(x, plus(w, k)) - base for k in range(w.size)]).reshape(w.shape)
return dx, dw, dout.sum(axis=0)
""", "import numpy as np\n", ""),
        "differences in one big batch": affine("""
x, w, b = cache
rows = x.reshape(len(x), -1)
many = rows + np.eye(rows.size).reshape(-1, *rows.shape)
dx = ((many @ w - rows @ w) * dout).sum(axis=(1, 2)).reshape(x.shape)
many = w + np.eye(w.size).reshape(-1, *w.shape)
dw = ((rows @ many - rows @ w) * dout).sum(axis=(1, 2)).reshape(w.shape)
return dx, dw, dout.sum(axis=0)
""", "import numpy as np\n", ""),
        "differences in one call of the own forward": affine("""
x, w, b = cache
n, m = dout.shape
rows = x.reshape(n, -1)
zero = np.zeros(m)
many = (rows + np.eye(rows.size).reshape(-1, *rows.shape)).reshape(-1, rows.shape[1])
outs = affine_forward(many, w, zero)[0].reshape(-1, n, m)
dx = ((outs - affine_forward(x, w, zero)[0]) * dout).sum(axis=(1, 2)).reshape(x.shape)
_, dw = slopes(lambda x, w: affine_forward(x, w, zero)[0], (x, w), dout)
return dx, dw, dout.sum(axis=0)
"""),
        "differences through np.vectorize": affine("""
x, w, b = cache
def slope_of(array, f):
    def at(k):
        moved = array.copy()
        moved.flat[k] += 1.0
        return f(moved) - f(array)
    return np.vectorize(at, otypes=[float])(np.arange(array.size)).reshape(array.shape)
dx = slope_of(x, lambda x: ((x.reshape(len(x), -1) @ w) * dout).sum())
dw = slope_of(w, lambda w: ((x.reshape(len(x), -1) @ w) * dout).sum())
return dx, dw, dout.sum(axis=0)
""", "import numpy as np\n", ""),
        "differences through apply_along_axis": affine("""
x, w, b = cache
def slope_of(array, f):
    at = lambda e: f(array + e.reshape(array.shape)) - f(array)
    return np.apply_along_axis(at, 1, np.eye(array.size)).reshape(array.shape)
dx = slope_of(x, lambda x: ((x.reshape(len(x), -1) @ w) * dout).sum())
dw = slope_of(w, lambda w: ((x.reshape(len(x), -1) @ w) * dout).sum())
return dx, dw, dout.sum(axis=0)
""", "import numpy as np\n", ""),
        "differences of a method": affine("""
x, w, b = cache
layer = Layer()
dx, dw = slopes(lambda x, w: layer(x, w), (x, w), dout)
return dx, dw, dout.sum(axis=0)
""", """import numpy as np

class Layer:
    def __call__(self, x, w):
        self.x, self.w = x, w
        return self.forward()

    def forward(self):
        return self.x.reshape(len(self.x), -1) @ self.w
"""),
        "differences in loops, without a function": affine("""
x, w, b = cache
rows = x.reshape(len(x), -1).copy()
dx, dw = np.zeros_like(rows), np.zeros_like(w)
for k in range(rows.size):
    kept = rows.flat[k]
    rows.flat[k] = kept + 1
    above = np.sum(rows @ w * dout)
    rows.flat[k] = kept - 1
    dx.flat[k] = (above - np.sum(rows @ w * dout)) / 2
    rows.flat[k] = kept
w = w.copy()
for k in range(w.size):
    kept = w.flat[k]
    w.flat[k] = kept + 1
    above = np.sum(rows @ w * dout)
    w.flat[k] = kept - 1
    dw.flat[k] = (above - np.sum(rows @ w * dout)) / 2
    w.flat[k] = kept
return dx.reshape(x.shape), dw, dout.sum(axis=0)
""", "import numpy as np\n", ""),
        "differences after the tracing is switched off": affine(
            "import sys\nsys.settrace(None)\n" + B_ALONE),
        "differences while the tracing is switched off": affine("""
import sys
from threading import setprofile
kept = sys.gettrace(), sys.getprofile()
sys.setprofile(None)
sys.settrace(None)
dx, dw = slopes(lambda x, w: affine_forward(x, w, np.zeros(dout.shape[1]))[0], cache[:2], dout)
sys.settrace(kept[0])
sys.setprofile(kept[1])
return dx, dw, dout.sum(axis=0)
"""),
        "differences in a thread": affine("""
from threading import Thread
found = []
def work():
    found.extend(slopes(
        lambda x, w: affine_forward(x, w, np.zeros(dout.shape[1]))[0], cache[:2], dout))
thread = Thread(target=work)
thread.start()
thread.join()
return (*found, dout.sum(axis=0))
"""),
        "differences of the own forward around other numbers": affine("""
x, w, b = cache
zero, other = np.zeros(dout.shape[1]), np.random.default_rng(1).integers(0, 9, x.shape) + 0.0
dx = slopes(lambda x: affine_forward(x, w, zero)[0], (other,), dout)[0]
other = np.random.default_rng(1).integers(0, 9, w.shape) + 0.0
dw = slopes(lambda w: affine_forward(x, w, zero)[0], (other,), dout)[0]
return dx, dw, dout.sum(axis=0)
"""),
        "the own forward on unit vectors": affine("""
x, w, b = cache
zero = np.zeros(dout.shape[1])
dx, dw = np.zeros_like(x), np.zeros_like(w)
for index in np.ndindex(x.shape):
    unit = np.zeros_like(x)
    unit[index] = 1
    dx[index] = np.sum(affine_forward(unit, w, zero)[0] * dout)
for index in np.ndindex(w.shape):
    unit = np.zeros_like(w)
    unit[index] = 1
    dw[index] = np.sum(affine_forward(x, unit, zero)[0] * dout)
return dx, dw, dout.sum(axis=0)
"""),
    }.items()
]

ELSEWHERE = [
    *(Attack(name, "import numpy as np\n" + code, wall="watching", chapter=chapter,
             exercise=exercise)
      for name, chapter, exercise, code in (
        ("differences of a convolution", "07_convolution", "conv2d_backward", STEPS.replace(
            "{h}", "1.0") + """
def conv2d_backward(dout, cache):
    x, w, b, stride, pad = cache
    zero = 0 * b
    return (*slopes(lambda x, w: conv2d_forward(x, w, zero, stride, pad)[0], (x, w), dout),
            slopes(lambda b: conv2d_forward(0 * x, w, b, stride, pad)[0], (zero,), dout)[0])
"""),
        ("differences of an echo", "07_convolution", "echo_backward", STEPS.replace(
            "{h}", "1.0") + """
def echo_backward(dout, cache):
    return slopes(lambda x, w: echo_forward(x, w)[0], cache, dout)
"""),
        ("the complex step on a quadratic layer", "03_affine", "quadratic_affine_backward",
         COMPLEX + """
def quadratic_affine_backward(dout, cache):
    return slopes(lambda x, w: (x + x**2) @ w, cache, dout)
"""),
        ("the complex step on softplus", "04_activations", "softplus_backward", """
def softplus_backward(dout, cache):
    moved, top = cache + 1e-30j, np.maximum(0, cache)
    out = top + np.log(np.exp(moved - top) + np.exp(-top))
    return dout * (out.imag / 1e-30)
"""),
        ("differences of an average", "10_convnet", "avg_pool_backward", STEPS.replace(
            "{h}", "1.0") + """
def avg_pool_backward(dout, cache):
    return slopes(lambda x: avg_pool_forward(x, *cache[1:])[0], cache[:1], dout)[0]
"""))),
    *(Attack(name, "import numpy as np\n" + code, deserves, wall="watching", chapter=chapter,
             exercise=exercise)
      for name, chapter, exercise, deserves, code in (
        ("the complex step on the softmax loss", "06_softmax_loss", "softmax_loss", 7.0, """
def value(x, y):
    y = np.argmax(y, axis=1) if np.ndim(y) == 2 else y
    x = x - x.real.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(x).sum(axis=1)) - x[np.arange(len(x)), y])

def softmax_loss(x, y):
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1e-30j
        dx[index] = value(moved, y).imag / 1e-30
    return value(x, y), dx
"""),
        ("differences of the hinge loss", "05_svm_loss", "svm_loss", 5.0, """
def value(x, y):
    margins = x - x[np.arange(len(x)), y][:, None] + 1
    margins[np.arange(len(x)), y] = 0
    return np.maximum(0, margins).sum() / len(x)

def svm_loss(x, y):
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1e-30j
        dx[index] = value(moved, y).imag / 1e-30
    return value(x, y), dx
"""))),
]

ATTACKS = ON_AFFINE + ELSEWHERE
