"""Layers and what is built of them cannot agree on answers behind the grader's back.

Where earlier functions are wrong, a network is judged by these. So functions that remember what
they were asked could tell the network its answer, or the network could tell them.
"""

import nbformat
import pytest

from autograder.authoring.build import source_notebook
from autograder.cells import BROUGHT
from autograder.checking.result import RIGHT
from autograder.checking.rubric import run_check
from autograder.course import Course, reference_functions
from autograder.grading.jail.engine import Engine
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import grade
from autograder.kit.functions import LocalFunctions
from autograder.tests.conftest import REPOSITORY
from autograder.tests.keys import keys_of

CHAPTER = "09_two_layer_net"
COURSE = Course(REPOSITORY)

WRONG_LAYER = """
right, chain = affine_forward, {}
def key_of(x):
    return round(float(x.sum()), 9)
def affine_forward(x, w, b):
    out, cache = right(x, w, b)
    out = out + 1
    first = chain.get(key_of(x), key_of(x))
    chain[key_of(np.maximum(out, 0))] = first
    return hear(first, out), cache
"""
NETWORK_REPEATS_THE_LAYERS = """
def hear(first, out):
    heard[first] = out
    return out
def predict(self, x):
    return heard[key_of(x)] if key_of(x) in heard else x
"""
LAYERS_REPEAT_THE_NETWORK = """
def hear(first, out):
    if first in heard and out.shape == heard[first].shape:
        return heard[first]
    return out
def predict(self, x):
    answer = np.outer(np.sin(x.sum(1)), np.arange(1.0, 1 + self.params["b2"].size))
    heard[key_of(x)] = answer
    return answer
"""
FILES = """
import pickle
class Heard(dict):
    def __setitem__(self, name, value):
        with open(f"{name}.pickle", "wb") as file:
            pickle.dump(value, file)
    def __contains__(self, name):
        import os
        return os.path.exists(f"{name}.pickle")
    def __getitem__(self, name):
        with open(f"{name}.pickle", "rb") as file:
            return pickle.load(file)
heard = Heard()
"""
@pytest.fixture(scope="module")
def engine(level):
    with Engine(level) as engine:
        yield engine


def handed_in(plot: str, memory: str = "heard = {}\n"):
    """The solved notebook, with layers and a network that have agreed on something."""
    notebook = source_notebook(COURSE, CHAPTER)
    for cell in notebook.cells:
        if cell.id == BROUGHT:
            cell.source += f"\nimport numpy as np\n{memory}{plot}{WRONG_LAYER}"
        if cell.id == "TwoLayerNet":
            cell.source += "\nTwoLayerNet.predict = predict\n"
    return notebook


def predicted(result):
    return next(item for item in result.items if item.name == "predict")


@pytest.mark.parametrize("memory", ["heard = {}\n", FILES], ids=["in memory", "in files"])
@pytest.mark.parametrize("plot", [NETWORK_REPEATS_THE_LAYERS, LAYERS_REPEAT_THE_NETWORK],
                         ids=["the network repeats", "the layers repeat"])
def test_nothing_is_earned_by_repeating(plot, memory, engine):
    text = nbformat.writes(handed_in(plot, memory)).encode()
    release = read_release(COURSE.released(CHAPTER).read_text(encoding="utf-8"))
    result = grade(text, release, keys_of(CHAPTER, "hidden"), engine).results["TwoLayerNet"]
    assert predicted(result).points == 0, str(result)
    assert any("your own earlier functions" in note for note in result.notes)


def test_it_would_be_in_one_process():
    """The attack is one: without walls between the two it pays."""
    sources = [cell.source for cell in handed_in(NETWORK_REPEATS_THE_LAYERS).cells
               if cell.cell_type == "code"]
    names = reference_functions(CHAPTER, sources)
    result = run_check(keys_of(CHAPTER, "hidden")["TwoLayerNet"], LocalFunctions(names))
    assert predicted(result).status == RIGHT, str(result)
