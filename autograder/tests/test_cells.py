"""Reading cells: what a cell defines, and which other cells an answer needs."""

import re

import pytest

from autograder.cells import (
    defined_in,
    header,
    needed_sources,
    parse,
    read_chapter,
)

CELLS = {
    "functions and classes": ("def f(): pass\nclass C: pass\nasync def g(): pass", {"f", "C", "g"}),
    "values": ("x = 1\ny: int = 2", set()),
    "a function inside another": ("def f():\n    def inner(): pass", {"f"}),
    "a decorated function": ("@cache\ndef f(): pass", {"f"}),
    "line magics": ("%matplotlib inline\n!pip list\n?np.sum\ndef f(): pass", {"f"}),
    "a cell magic": ("%%time\ndef f(): pass", {"f"}),
    "a percent sign in a text": ("def f():\n    return '''\n    %d\n    '''", {"f"}),
}
BROKEN = {
    "a syntax error": "def f(:\n    pass",
    "a null character": "def f(): pass\0",
    "hundreds of brackets": "x = " + "(" * 500,
    "thousands of signs": "x = " + "-" * 50_000 + "1",
}
LOOKS_LIKE_A_MAGIC = {
    "a line that begins with %": "def f(a, b):\n    return (a\n            % b)",
    "a line that begins with !=": "def f(a, b):\n    return (a\n            != b)",
}
OTHER_MAGICS = {
    "an indented magic": "def f():\n    x = 1\n    %time x\n    return x",
    "help after a name": "def f(): pass\nf?",
    "the output of a command": "def f(): pass\nfiles = !ls",
    "the value of a magic": "def f(): pass\nt = %timeit -o f()",
}


@pytest.mark.parametrize("source, names", CELLS.values(), ids=CELLS)
def test_functions_and_classes_of_a_cell_are_found(source, names):
    assert set(defined_in(source)) == names
    assert parse(source) is not None


@pytest.mark.parametrize("source", [
    *(pytest.param(s, id=name) for name, s in LOOKS_LIKE_A_MAGIC.items()),
    *(pytest.param(s, id=name) for name, s in OTHER_MAGICS.items()),
])
def test_whatever_runs_in_a_notebook_can_be_read(source):
    assert set(defined_in(source)) == {"f"}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_cell_that_is_not_python_defines_nothing(source):
    assert parse(source) is None
    assert defined_in(source) == {}


def test_magics_leave_line_numbers_alone():
    assert parse("%matplotlib inline\n\ndef f(): pass").body[-1].lineno == 3


def test_header_keeps_only_what_the_author_wrote():
    chapter = read_chapter('# %% exercise="f" odd=1\nx = 1\n\n\n\n# %% [markdown]\n# Text\n')
    assert [header(cell) for cell in chapter.cells] == [{"exercise": "f", "odd": 1}, {}]


def test_header_of_one_word_is_a_title():
    chapter = read_chapter("# %% figure\nx = 1\n\n# %%\ny = 2\n")
    assert [header(cell) for cell in chapter.cells] == [{"title": "figure"}, {}]


# Which cells an answer needs. The answer defines f; `needed` are the positions of the cells kept.

PICTURE = "@when_written\ndef picture(): return helper()"
NEEDED = {
    "a chain of helpers": (
        ["import numpy as np", "def a(x): return np.exp(x)", "def b(x): return a(x)",
         "def unused(x): return b(x)", "print(b(1))", "def f(x): return b(x)"],
        [0, 1, 2, 5],
    ),
    "a helper below": (["def f(): return late()", "def late(): return 1"], [0, 1]),
    "a helper written twice": (
        ["def h(): return 1", "def h(): return 2", "def f(): return h()"], [0, 1, 2]
    ),
    "two that call each other": (["def f(n): return g(n)", "def g(n): return f(n)"], [0, 1]),
    "a helper in a loop with itself": (["def g(): return g()", "def f(): return g()"], [0, 1]),
    "parameters": (["x = 1", "d = 2", "w = 3", "def f(x, *d, **w): return x, d, w"], [3]),
    "local names": (["x = 1", "def f():\n    x = 2\n    return x"], [1]),
    "a default value": (["x = 1", "def f(y=x): return y"], [0, 1]),
    "an inner function": (["x = 1", "def f():\n    def g(): return x\n    return g()"], [0, 1]),
    "a comprehension": (["x = 1", "def f(): return [x for y in (1,)]"], [0, 1]),
    "the variable of a comprehension": (["x = 1", "def f(): return [x for x in (1,)]"], [1]),
    "a lambda": (["x = 1", "f = lambda y: x + y"], [0, 1]),
    "a decorator": (["def d(g): return g", "@d\ndef f(): pass"], [0, 1]),
    "a class that is used": (["class Layer: pass", "def f(): return Layer()"], [0, 1]),
    "a class, its base, and what its methods read": (
        ["class Base: pass", "RATE = 1", "self = 2",
         "class f(Base):\n    def step(self): return self, RATE"],
        [0, 1, 3],
    ),
    "the body of a class": (["SIZE = 3", "class f:\n    shape = (SIZE, SIZE)"], [0, 1]),
    "unpacking": (["a, (b, *c) = 1, (2, 3)", "def f(): return c"], [0, 1]),
    "a value that is counted up": (["n = 1", "n += 1", "def f(): return n"], [0, 1, 2]),
    "a loop variable": (["for k in (1, 2): pass", "def f(): return k"], [0, 1]),
    "a file": (["with open('x') as file: pass", "def f(): return file"], [0, 1]),
    "an annotated value": (["n: int = 3", "def f(): return n"], [0, 1]),
    "a value in a condition": (["if (n := 3): pass", "def f(): return n"], [0, 1]),
    "a module in a package": (["import a.b", "def f(): return a.b"], [0, 1]),
    "another name for a module": (
        ["import numpy as np", "import numpy", "def f(): return np.e"], [0, 2]
    ),
    "a name from a module": (["from math import pi as e", "def f(): return e"], [0, 1]),
    "a magic": (["%matplotlib inline\nn = 1", "def f(): return n"], [0, 1]),
    "a picture": (["def helper(): pass", PICTURE, "def f(): return 1"], [2]),
    "a picture under the name of a helper": (
        [PICTURE, "def picture(): pass", "def f(): return picture()"], [1, 2]
    ),
    "a broken cell": (["n = (", "def f(): return n"], [1]),
    "a broken answer": (["n = 1", "def f(:"], [1]),
}
NEEDED_BUT_LEFT_OUT = {
    "what a line that begins with % needs": (
        ["import numpy as np", "def f(a):\n    return (np.pi\n        % a)"], [0, 1]
    ),
    "an import in a try": (["try: import m\nexcept ImportError: pass", "def f(): m"], [0, 1]),
    "a helper in an if": (["if True:\n    def h(): pass", "def f(): return h()"], [0, 1]),
    "all names of a module": (["from numpy import *", "def f(x): return exp(x)"], [0, 1]),
}


@pytest.mark.parametrize("sources, needed", [
    *(pytest.param(*case, id=name) for name, case in NEEDED.items()),
    *(pytest.param(*case, id=name) for name, case in NEEDED_BUT_LEFT_OUT.items()),
])
def test_answer_takes_along_the_cells_it_needs_and_no_others(sources, needed):
    (answer,) = [s for s in sources if re.search(r"^(def f\b|class f\b|f =)", s, re.M)]
    assert needed_sources(sources, [answer]) == [sources[k] for k in needed]


def test_several_answers_share_what_they_need():
    sources = ["a = 1", "b = a", "c = 3", "def f(): return a", "def g(): return b"]
    assert needed_sources(sources, sources[3:]) == ["a = 1", "b = a", *sources[3:]]
    assert needed_sources(sources, []) == []
