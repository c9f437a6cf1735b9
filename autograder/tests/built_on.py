"""A chapter that is built on earlier ones, made of one that is not; used by several tests."""

from pathlib import Path

import pytest

from autograder.brought import call_of
from autograder.course import Course
from autograder.exercises import module_of
from autograder.tests.notebooks import code, put, sealed

BUILT_ON = "05_svm_loss"
NAMES = ("affine_forward", "affine_backward", "sigmoid_forward", "relu_forward", "relu_backward")
IMPORTS = "from autograder import check,"
CELL = f"""# %% bring
{call_of(BUILT_ON)}

# %% [markdown]
"""


def let_it_bring(monkeypatch: pytest.MonkeyPatch, names=NAMES) -> None:
    """Enter the names into the exercise table of the chapter."""
    module = f"autograder.exercises.{module_of(BUILT_ON)}"
    monkeypatch.setattr(f"{module}.BROUGHT", tuple(names), raising=False)


def add_the_cell(course: Course, cell: str = CELL) -> Path:
    """Put the cell into the chapter's source, below the imports."""
    path = course.solution(BUILT_ON)
    text = path.read_text(encoding="utf-8")
    head, imports, rest = text.partition(IMPORTS)
    below, _, rest = rest.partition("# %% [markdown]\n")
    path.write_text(f"{head}{imports} bring,{below}{cell}{rest}", encoding="utf-8")
    return path


FORWARD = """def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)"""
BACKWARD = """def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)"""
SIGMOID = "def sigmoid(x):\n    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-abs(x)))"
SIGMOID_FORWARD = "def sigmoid_forward(x):\n    out = sigmoid(x)\n    return out, out"
RELU_FORWARD = "def relu_forward(x):\n    return np.maximum(0, x), x"
RELU_BACKWARD = "def relu_backward(dout, cache):\n    return dout * (cache > 0)"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


def stub(source: str) -> str:
    """An answer that is not written yet."""
    return f'{source.splitlines()[0]}\n    """The task."""\n{STUB}'


def learner(folder: Path, **changed: str | None) -> Path:
    """A learner's folder with notebooks of the earlier chapters; the folder of the chapter.

    Parameters
    ----------
    folder : Path
    changed : str
        By label, other sources of cells; None leaves one out.
    """
    answers = {
        "03_affine": {"affine_forward": FORWARD, "affine_backward": BACKWARD},
        "04_activations": {"sigmoid": SIGMOID, "sigmoid_forward": SIGMOID_FORWARD,
                           "relu_forward": RELU_FORWARD, "relu_backward": RELU_BACKWARD},
    }
    for chapter, sources in answers.items():
        cells = [code("cell-001", "import numpy as np")]
        for name, source in sources.items():
            source = changed.get(name, source)
            cells += [code(name, source, solution=True)] if source is not None else []
            cells += [code(f"{name}-check", f"check({name})", grade=True)]
        put(sealed(*cells), folder, chapter)
    (folder / BUILT_ON).mkdir(parents=True, exist_ok=True)
    return folder / BUILT_ON
