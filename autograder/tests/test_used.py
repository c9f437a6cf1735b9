"""Which code of a notebook a function reaches."""

import functools

import pytest

from autograder.used import exercises_used, reached

CELL = """
import functools

def helper(x):
    return x + size

def unused(x):
    return x

class Base:
    def inherited(self):
        return deep(1)

class Layer(Base):
    factor = 3

    def forward(self, x):
        return helper(x)

    @staticmethod
    def still(x):
        return static(x)

    @property
    def asked(self):
        return of_property(self)

def deep(x): return x
def static(x): return x
def of_property(x): return x

class Net:
    def __init__(self, layers):
        self.layers, self.count = layers, 0

size = 5
net = Net([Layer()])
calls = 0

def step(k):
    global calls
    calls += 1
    return net.layers[0].forward(k)
"""


def names_of(extra: str = "") -> dict:
    names: dict = {}
    exec(CELL + extra, names)
    return names


def code_names(function, names) -> set[str]:
    return {code.co_name for code in reached(function, names).codes}


EVERYTHING = {"forward", "helper", "inherited", "deep", "still", "static", "asked", "of_property",
              "__init__"}


def test_objects_lists_bases_and_methods_are_followed():
    names = names_of()
    found = code_names(names["step"], names)
    assert found == {"step", *EVERYTHING}


@pytest.mark.parametrize("extra", [
    "\ndef make():\n    mine = Layer()\n    return lambda k: mine.forward(k)\ngo = make()",
    "\ngo = functools.partial(step, 1)",
    "\ngo = net.layers[0].forward",
    "\ngo = Layer().forward",
    "\ngo = functools.cache(step)",
    "\ndef go(k, f=step): return f(k)",
    "\ndef go(k, *, f=step): return f(k)",
    "\n@functools.wraps(step)\ndef go(k): return 0",
    "\nclass go(Layer): pass",
    "\ndef go(k): return [step(j) for j in range(k)]",
    "\ndef go(k): return (lambda: step(k))()",
    "\nclass Called:\n    def __call__(self, k): return step(k)\ngo = Called()",
])
def test_ways_to_refer_to_code(extra):
    names = names_of(extra)
    assert code_names(names["go"], names) >= {"forward", "helper", "inherited", "deep"}


def test_constants_are_those_that_are_read_and_not_set():
    names = names_of()
    assert reached(names["step"], names).constants == {("size", "5"), ("Layer.factor", "3")}


def test_constants_of_closures_and_defaults():
    names = names_of("\ndef make(lr):\n    done = 0\n    def go(k, mu=0.9):\n"
                     "        nonlocal done\n        done += 1\n        return lr * mu\n"
                     "    return go\ngo = make(0.1)")
    assert {value for _, value in reached(names["go"], names).constants} == {"0.1", "0.9"}


def test_an_attribute_is_no_name_of_the_notebook():
    names = names_of("\ndef go(k): return net.unused(k)")
    assert "unused" not in code_names(names["go"], names)


def test_installed_code_is_not_followed():
    names = names_of("\nfrom pathlib import Path\ndef go(k): return Path(k)")
    assert code_names(names["go"], names) == {"go"}
    assert not reached(functools.partial(len), {}).codes


def test_circles_end():
    names = names_of("\nnet.layers.append(net)\nnet.own = globals()\nnet.step = step")
    assert code_names(names["step"], names) >= EVERYTHING


def test_exercises_behind_an_object_are_used():
    names = names_of("\ndef affine_forward(x, w, b): pass\n"
                     "class Affine:\n    def forward(self, x): return affine_forward(x, 1, 2)\n"
                     "thing = [Affine()]\ndef go(): return thing[0].forward(1)")
    assert exercises_used(names["go"], names) == ["affine_forward"]


def test_what_a_base_class_names_is_used_only_by_inheritance():
    """08's nodes have operators that name all operations; nobody comes to them."""
    names = names_of("\nclass Given:\n    def __add__(self, other): return Add(self, other)\n"
                     "class Add(Given): pass\nclass Multiply(Given):\n"
                     "    def back(self): return helping(self)\n"
                     "def helping(x): return unbroadcast(Given())\ndef unbroadcast(x): pass")
    assert exercises_used(names["Multiply"], names) == ["unbroadcast", "Add"]
    assert exercises_used(names["Multiply"], names, inherited=False) == ["unbroadcast"]


def test_a_name_that_a_chapter_gives_is_no_exercise_of_another():
    """08 gives a sigmoid, which is an exercise of 04."""
    cell = ("\ndef sigmoid(x): pass\ndef gradients(loss): pass\n"
            "def go(): return gradients(sigmoid(1))")
    names = names_of(cell)
    assert exercises_used(names["go"], names) == ["sigmoid", "gradients"]
    names["topological_order"] = None
    assert exercises_used(names["go"], names) == ["gradients"]
