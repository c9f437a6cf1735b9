"""PyTorch's results for one seed, in a small file that the tests read without PyTorch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from autograder.checking.exercise import Case
from autograder.examination.against_torch import comparisons_of
from autograder.examination.against_torch.comparison import Results
from autograder.exercises import CHAPTERS, exercises_of
from autograder.kit.plain import from_tree, to_tree

FROZEN = Path(__file__).parents[1] / "torch_results.npz"
SEED = 0


def first_cases(chapter: str, name: str) -> list[Case]:
    """One ordinary case of a function, and one for each rubric item that has its own."""
    first: dict[str | None, Case] = {}
    for case in comparisons_of(chapter)[name].cases(exercises_of(chapter)[name], SEED):
        first.setdefault(case.item, case)
    return list(first.values())


def computed() -> dict[str, list[dict]]:
    """The inputs of these cases and what PyTorch returns, by function."""
    stored = {}
    for chapter in CHAPTERS:
        for name, comparison in comparisons_of(chapter).items():
            exercise = exercises_of(chapter)[name]
            stored[name] = [
                {"inputs": dict(case.inputs), "results": comparison.theirs(exercise, case)}
                for case in first_cases(chapter, name)
            ]
    return stored


def freeze(path: Path = FROZEN) -> bool:
    """Write the inputs of every comparison with PyTorch's results; whether the file changed.

    All numbers stand in one vector, with a tree beside it that says their shapes: an archive
    member for each of many small arrays would be mostly headers. As with the answer keys,
    a file that agrees to 1e-12 is left alone, because the last digits depend on the machine.
    """
    tree, arrays = to_tree(computed())
    text = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
    vector = np.concatenate([array.ravel().astype(float) for array in arrays])
    if path.exists():
        with np.load(path, allow_pickle=False) as old:
            if (np.array_equal(old["tree"], text) and old["numbers"].shape == vector.shape
                    and np.allclose(old["numbers"], vector, rtol=1e-12, atol=1e-12)):
                return False
    np.savez_compressed(path, tree=text, numbers=vector)
    return True


def frozen(path: Path = FROZEN) -> dict[str, list[dict]]:
    """What `freeze` wrote: as `computed`, without PyTorch."""
    with np.load(path, allow_pickle=False) as file:
        tree, numbers = json.loads(file["tree"].tobytes()), file["numbers"]
    start = 0

    def take(dtype, shape):
        nonlocal start
        stop = start + int(np.prod(shape, dtype=int))
        array = numbers[start:stop].reshape(shape).astype(dtype)
        start = stop
        return array

    return from_tree(tree, take, trusted=True)


def frozen_cases(chapter: str, name: str, stored: list[dict]) -> Iterator[tuple[Case, Results]]:
    """The cases of one function, with the inputs and the results that were stored for them.

    Only how a case is played is taken from the row: random numbers may change with NumPy.
    """
    for case, entry in zip(first_cases(chapter, name), stored, strict=True):
        yield replace(case, inputs=entry["inputs"]), entry["results"]
