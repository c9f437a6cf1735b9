"""The arithmetic of the pictures against the course's own answers in NumPy."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from autograder.course import Course
from autograder.tests.conftest import REPOSITORY

EXACT = {"rtol": 1e-13, "atol": 1e-13}
CALLS = """
const [module, name, cases] = JSON.parse(process.argv[1]);
import(module).then((imported) =>
  console.log(JSON.stringify(cases.map((case_) => imported[name](...case_)))));
"""


def find_node():
    """Node on the PATH, or the one that Playwright brings; it starts faster than a browser."""
    if found := shutil.which("node"):
        return found
    playwright = pytest.importorskip("playwright", reason="neither node nor Playwright is here")
    own = Path(playwright.__file__).parent / "driver" / "node"
    return str(own) if own.is_file() else pytest.skip("there is no node")


def run(module, function, cases):
    """Run a function of a module of docs/pictures, once for each list of arguments."""
    address = (REPOSITORY / "docs" / "pictures" / f"{module}.js").as_uri()
    command = [find_node(), "-e", CALLS, json.dumps([address, function, cases])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(array):
    return np.asarray(array).tolist()


def layers():
    """Images and kernels that are not square, with every stride and padding."""
    rng = np.random.default_rng(0)
    for stride in (1, 2, 3):
        for pad in (0, 1, 2):
            yield rng.standard_normal((6, 8)), rng.standard_normal((2, 3)), stride, pad


def test_windows():
    reference = Course.find().reference("07_convolution")
    every = list(layers())
    outs = run("windows", "forward", [[listed(x), listed(w), s, p] for x, w, s, p in every])
    douts, wanted = [], []
    for (x, w, stride, pad), out in zip(every, outs, strict=True):
        right, cache = reference["conv2d_forward_naive"](
            x[None, None], w[None, None], np.zeros(1), stride, pad)
        np.testing.assert_allclose(out, right[0, 0], **EXACT)
        dout = np.random.default_rng(1).standard_normal(right.shape)
        wanted.append(reference["conv2d_backward_naive"](dout, cache)[0][0, 0])
        douts.append(dout[0, 0])
    back = run("windows", "backward", [
        [listed(dout), listed(w), *x.shape, stride, pad]
        for dout, (x, w, stride, pad) in zip(douts, every, strict=True)])
    for (x, w, stride, pad), dout, found, dx in zip(every, douts, back, wanted, strict=True):
        np.testing.assert_allclose(found["dx"], dx, **EXACT)
        cols = reference["col2im"](  # how many windows reach each pixel
            np.ones((6, dout.size)), (1, 1, *x.shape), *w.shape, stride, pad)
        reached = np.array(found["reached"])[pad:pad + x.shape[0], pad:pad + x.shape[1]]
        np.testing.assert_array_equal(reached, cols[0, 0])


def test_a_window_is_what_the_output_reads():
    x, w = np.arange(48.0).reshape(6, 8) + 1, np.ones((2, 3))
    (seen,) = run("windows", "windowAt", [[listed(x), listed(w), 1, 0, 2, 1]])
    assert seen == listed(np.pad(x, 1)[2:4, 0:3])


STEPS = [("q", "add", ("x", "y")), ("m", "max", ("q", "t")), ("u", "mul", ("m", "x")),
         ("v", "mul", ("u", "u")), ("out", "add", ("v", "m"))]


@pytest.mark.parametrize("inputs", [
    {"x": 2.0, "y": 3.0, "t": 4.0},
    {"x": -1.5, "y": 0.25, "t": 3.0},
    {"x": 1.0, "y": 1.0, "t": 2.0},  # a tie
])
def test_engine(inputs):
    reference = Course.find().reference("02_computational_graphs")
    values, nodes = reference["run_forward"](STEPS, inputs)
    gradients = reference["run_backward"](STEPS, values, nodes, "out")
    (found,) = run("engine", "runForward", [[STEPS, inputs]])
    assert found == values
    (back,) = run("engine", "runBackward", [[STEPS, values, -2.5]])
    for name, gradient in gradients.items():
        np.testing.assert_allclose(back["gradients"][name], -2.5 * gradient, **EXACT)


def samples():
    """Scores with their true class: random, far apart, with margins of exactly 0, with ties."""
    rng = np.random.default_rng(2)
    yield from ((3 * rng.standard_normal(4), int(rng.integers(4))) for _ in range(20))
    yield np.array([3.0, 1.0, 2.5, 0.0]), 0
    yield np.array([1.0, 0.0, -2.0, 0.0]), 0
    yield np.zeros(4), 2
    yield np.array([0.0, 800.0, -800.0, 0.0]), 0


@pytest.mark.parametrize("chapter, answer, function", [
    ("05_svm_loss", "svm_loss", "hinge"), ("06_softmax_loss", "softmax_loss", "softmax"),
])
def test_losses(chapter, answer, function):
    reference = Course.find().reference(chapter)[answer]
    cases = list(samples())
    for (s, y), found in zip(cases, run("losses", function, [[listed(s), y] for s, y in cases]),
                             strict=True):
        loss, dx = reference(s[None], np.array([y]))
        np.testing.assert_allclose(found["loss"], loss, **EXACT)
        np.testing.assert_allclose(found["dx"], dx[0], **EXACT)


def test_numbers_as_people_write_them():
    written = {3: "3", -0.5: "−0.5", 2.0049: "2", -0.001: "0", 12.345: "12.35", 20: "20"}
    assert run("drawing", "number", [[value] for value in written]) == list(written.values())
