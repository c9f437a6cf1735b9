"""The reference convolutions agree with each other, and with PyTorch where it is installed."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from autograder.answers import answer_key
from autograder.checking import run_check
from autograder.exercises import exercises_of
from autograder.functions import LocalFunctions
from autograder.notebook import reference_functions

CHAPTER = "07_convolution"
SOLUTION = Path(__file__).resolve().parents[2] / "solutions" / f"{CHAPTER}.py"
IMAGES = [(5, 6), (7, 4), (3, 3)]
KERNELS = [(3, 3), (2, 3), (1, 2)]
STRIDES = [1, 2, 4]
PADS = [0, 1, 2]
LAYERS = list(product(IMAGES, KERNELS, STRIDES, PADS))


@pytest.fixture(scope="module")
def reference():
    return reference_functions(SOLUTION, exercises_of(CHAPTER))


def layer(image, kernel, dtype=np.float64, groups=1):
    rng = np.random.default_rng(1)
    shapes = (2, 4, *image), (6, 4 // groups, *kernel), (6,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def forward_and_back(forward, backward, arrays, *options):
    """out, dx, dw, db and the dout they were computed with."""
    out, cache = forward(*arrays, *options)
    dout = np.random.default_rng(2).standard_normal(out.shape).astype(out.dtype)
    return (out, *backward(dout, cache)), dout


def assert_close(got, expected, tolerance=1e-12):
    for a, b in zip(got, expected, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max())


@pytest.mark.parametrize("image, kernel, stride, pad", LAYERS)
def test_fast_and_general_agree_with_naive(reference, image, kernel, stride, pad):
    naive, fast, general = (
        forward_and_back(reference[f"conv2d_forward{kind}"], reference[f"conv2d_backward{kind}"],
                         layer(image, kernel), stride, pad)[0]
        for kind in ("_naive", "", "_general")
    )
    assert_close(fast, naive)
    assert_close(general, naive)


def test_large_batches_are_done_in_parts(reference):
    rng = np.random.default_rng(3)
    arrays = [rng.standard_normal(shape) for shape in ((37, 4, 40, 41), (3, 4, 3, 3), (3,))]
    fast, general = (
        forward_and_back(reference[f"conv2d_forward{kind}"], reference[f"conv2d_backward{kind}"],
                         arrays, 1, 1)[0]
        for kind in ("", "_general")
    )
    assert_close(fast, general, 1e-10)


@pytest.mark.parametrize("kind", ["_naive", "", "_general"])
def test_float32_stays_float32(reference, kind):
    results, _ = forward_and_back(
        reference[f"conv2d_forward{kind}"], reference[f"conv2d_backward{kind}"],
        layer((5, 6), (3, 2), np.float32), 2, 1)
    assert {array.dtype for array in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize("stride, pad", [(1, 0), (1, 2), (2, 1), (3, 2)])
def test_col2im_is_the_transpose_of_im2col(reference, stride, pad):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 3, 6, 7))
    cols = reference["im2col"](x, 2, 3, stride, pad)
    y = rng.standard_normal(cols.shape)
    back = reference["col2im"](y, x.shape, 2, 3, stride, pad)
    assert np.sum(cols * y) == pytest.approx(np.sum(x * back), rel=1e-12)


def with_torch(arrays, dout, **options):
    """out, dx, dw, db as PyTorch computes them."""
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    out = torch.nn.functional.conv2d(*tensors, **options)
    out.backward(torch.tensor(dout))
    return out.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)


@pytest.mark.parametrize("kind", ["_naive", ""])
@pytest.mark.parametrize("image, kernel, stride, pad", LAYERS)
def test_agrees_with_torch(reference, image, kernel, stride, pad, kind):
    arrays = layer(image, kernel)
    got, dout = forward_and_back(reference[f"conv2d_forward{kind}"],
                                 reference[f"conv2d_backward{kind}"], arrays, stride, pad)
    assert_close(got, with_torch(arrays, dout, stride=stride, padding=pad))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("stride, pad", [(1, 0), (2, 1), (3, 2)])
def test_general_agrees_with_torch(reference, stride, pad, dilation, groups):
    arrays = layer((8, 9), (2, 3), groups=groups)
    got, dout = forward_and_back(reference["conv2d_forward_general"],
                                 reference["conv2d_backward_general"],
                                 arrays, stride, pad, dilation, groups)
    assert_close(got, with_torch(arrays, dout, stride=stride, padding=pad, dilation=dilation,
                                 groups=groups))


def test_backward_that_fits_a_turned_forward_keeps_its_points(reference):
    """One mistake costs once, also in the cases of stride and padding."""
    def turned_forward(x, w, b, stride=1, pad=0):
        out, _ = reference["conv2d_forward_naive"](x, w[:, :, ::-1, ::-1], b, stride, pad)
        return out, (x, w, b, stride, pad)

    def turned_backward(dout, cache):
        x, w, *rest = cache
        dx, dw, db = reference["conv2d_backward_naive"](dout, (x, w[:, :, ::-1, ::-1], *rest))
        return dx, dw[:, :, ::-1, ::-1], db

    exercise = exercises_of(CHAPTER)["conv2d_backward_naive"]
    key = answer_key(exercise, 987_654, reference, ())
    result = run_check(key, LocalFunctions({
        "conv2d_forward_naive": turned_forward, "conv2d_backward_naive": turned_backward,
    }))
    assert result.points == exercise.max_points, str(result)
