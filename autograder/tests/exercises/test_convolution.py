"""The three reference convolutions agree with each other. (`make verify` compares with PyTorch.)"""

from itertools import product

import numpy as np
import pytest

from autograder.checking.answers import answer_key
from autograder.checking.result import NOT_REACHED, RIGHT, WRONG
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.exercises import exercises_of
from autograder.kit.functions import LocalFunctions

CHAPTER = "07_convolution"
IMAGES = [(5, 6), (7, 4), (3, 3)]
KERNELS = [(3, 3), (2, 3), (1, 2)]
STRIDES = [1, 2, 4]
PADS = [0, 1, 2]
LAYERS = list(product(IMAGES, KERNELS, STRIDES, PADS))


@pytest.fixture(scope="module")
def reference():
    return Course.find().reference(CHAPTER)


def layer(image, kernel, dtype=np.float64):
    """Random x, w and b."""
    rng = np.random.default_rng(1)
    shapes = (2, 4, *image), (6, 4, *kernel), (6,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def played(reference, kind, arrays, stride, pad):
    """out, dx, dw and db of one of the three convolutions."""
    out, cache = reference[f"conv2d_forward{kind}"](*arrays, stride, pad)
    dout = np.random.default_rng(2).standard_normal(out.shape).astype(out.dtype)
    return out, *reference[f"conv2d_backward{kind}"](dout, cache)


def assert_close(got, expected, tolerance=1e-12):
    for a, b in zip(got, expected, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max())


@pytest.mark.parametrize("image, kernel, stride, pad", LAYERS)
def test_fast_and_general_agree_with_naive(reference, image, kernel, stride, pad):
    naive, fast, general = (
        played(reference, kind, layer(image, kernel), stride, pad)
        for kind in ("_naive", "", "_general")
    )
    assert_close(fast, naive)
    assert_close(general, naive)


def test_large_batches_agree_too(reference):
    rng = np.random.default_rng(3)
    arrays = [rng.standard_normal(shape) for shape in ((37, 4, 40, 41), (3, 4, 3, 3), (3,))]
    assert_close(played(reference, "", arrays, 1, 1), played(reference, "_general", arrays, 1, 1),
                 1e-10)


def test_fast_layer_is_put_together_from_the_functions_before_it():
    """As the text says: im2col, one product for each result, the three gradients, col2im."""
    reference, called = Course.find().reference(CHAPTER), []

    def counted(name):
        function = reference[name]

        def call(*arguments):
            called.append(name)
            return function(*arguments)
        return call

    for name in ("im2col", "patch_matrix_gradients", "col2im"):
        reference[name] = counted(name)
    played(reference, "", layer((5, 6), (3, 2)), 2, 1)
    assert called == ["im2col", "im2col", "patch_matrix_gradients", "col2im"]


@pytest.mark.parametrize("kind", ["_naive", "", "_general"])
def test_float32_stays_float32(reference, kind):
    results = played(reference, kind, layer((5, 6), (3, 2), np.float32), 2, 1)
    assert {array.dtype for array in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize("stride, pad", [(1, 0), (1, 2), (2, 1), (3, 2)])
def test_col2im_is_the_transpose_of_im2col(reference, stride, pad):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 3, 6, 7))
    cols = reference["im2col"](x, 2, 3, stride, pad)
    y = rng.standard_normal(cols.shape)
    back = reference["col2im"](y, x.shape, 2, 3, stride, pad)
    assert np.sum(cols * y) == pytest.approx(np.sum(x * back), rel=1e-12)


def test_backward_that_fits_a_turned_forward_earns_what_is_right_all_the_same(reference):
    """What fits a wrong forward function of one's own is wrong; the bias is not concerned."""
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
    wrong = {item.name for item in result.items if item.status == WRONG}
    assert wrong == {"dx", "dw"}, str(result)


def test_padding_and_strides_are_not_shown_by_db_alone(reference):
    """An item about dx and dw is open while both are wrong, and says which one shows it."""
    exercise = exercises_of(CHAPTER)["conv2d_backward_naive"]
    key = answer_key(exercise, 987_654, reference, ())

    def backward(dw_off):
        def wrong(dout, cache):
            dx, dw, db = reference["conv2d_backward_naive"](dout, cache)
            return dx + 1, dw + dw_off, db
        return wrong

    for dw_off, status, message in ((0, RIGHT, "shown by dw alone"),
                                    (1, NOT_REACHED, "comes once dx or dw is right")):
        result = run_check(key, LocalFunctions({
            **reference, "conv2d_backward_naive": backward(dw_off)}))
        items = {item.name: item for item in result.items}
        for name in ("padding", "strides larger than 1", "sizes that do not divide"):
            assert (items[name].status, items[name].message) == (status, message), str(result)


def test_no_name_that_the_cases_of_another_item_speak_against(reference):
    """That dx[r, q] is always 0 is told where that is so with padding, too."""
    exercise = exercises_of(CHAPTER)["conv_dx_entry"]
    key = answer_key(exercise, 987_654, reference, ())
    for factor, name in ((0.0, "dx[r, q] is always 0"), (0.5, "")):
        def wrong(dout, w, r, q, stride, pad, factor=factor):
            right = reference["conv_dx_entry"](dout, w, r, q, stride, pad)
            return factor * right if pad else 0.0

        result = run_check(key, LocalFunctions({**reference, "conv_dx_entry": wrong}))
        assert [item.status for item in result.items] == [WRONG, NOT_REACHED]
        assert result.items[0].mistake == name, str(result)
