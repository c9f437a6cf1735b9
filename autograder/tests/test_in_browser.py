"""What a web page does otherwise, tried where it is not one."""

import logging

import numpy as np
import pytest

from autograder import in_browser, training
from autograder.checking import answers
from autograder.exercises import activations
from autograder.kit.functions import LocalFunctions
from autograder.kit.student_error import StudentError


def test_font_cache_is_built_in_silence(monkeypatch):
    logger = logging.getLogger("matplotlib.font_manager")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    in_browser.prepare()
    assert logger.level == logging.NOTSET
    monkeypatch.setattr(in_browser, "IN_BROWSER", True)
    in_browser.prepare()
    assert logger.level == logging.ERROR


def test_trainings_are_shorter_in_a_page(monkeypatch):
    assert training.sized(500, browser=200) == 500
    monkeypatch.setattr(training, "IN_BROWSER", True)
    assert training.sized(500, browser=200) == 200


@pytest.fixture
def silent_numpy(monkeypatch):
    """NumPy notices no overflow, and its state cannot be set: as in a browser."""
    monkeypatch.setattr(activations, "IN_BROWSER", True)
    monkeypatch.setattr(np, "seterr", lambda **_: {})
    with np.errstate(all="ignore"):
        yield


def test_overflow_is_noticed_where_numpy_is_silent(silent_numpy):
    exp, inputs = np.exp, {"x": np.array([-1000.0, -100.0])}
    careless = LocalFunctions({"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "np": np})
    with pytest.raises(StudentError, match="overflow encountered in exp") as caught:
        activations.overflow_is_an_error(careless, inputs)
    assert caught.value.kind == "FloatingPointError"
    assert np.exp is exp


def test_right_answer_is_as_right_where_numpy_is_silent(silent_numpy):
    def sigmoid(x):
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, small) / (1 + small)

    far = np.array([-1000.0, 1000.0])
    functions = LocalFunctions({"sigmoid": sigmoid, "np": np})
    assert activations.overflow_is_an_error(functions, {"x": far}).tolist() == [0, 1]


def test_frozen_labels_have_the_type_of_an_index():
    labels = answers._counting(np.array([3, 1, 2], dtype=np.int64))
    assert labels.dtype == np.intp
    assert answers._counting(np.zeros(2, dtype=np.uint8)).dtype == np.uint8
