"""One reference function and the same in PyTorch, on the cases of its exercise."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from autograder.checking.comparison import error_between
from autograder.checking.exercise import Case, Exercise
from autograder.checking.trial import play
from autograder.kit.functions import LocalFunctions

TOLERANCE = 1e-10
MEASURED = 1e-6
"""For central differences. With a step of 1e-5 neither truncation nor rounding lets
them have more than ten or eleven right digits, and values larger than 1 cost some of these."""

GRADIENT = re.compile(r"d(?P<name>\w+)(?P<entry>\[.*\])?")
"""An output's name when it is a gradient, or one entry of it: ``dx``, ``dx[n, d]``."""

Inputs = Mapping[str, Any]
Results = tuple[np.ndarray | None, ...]


def nothing_more(inputs: Inputs) -> Inputs:
    """For functions that are given all that their forward function needs."""
    return {}


@dataclass(frozen=True)
class Comparison:
    """One exercise, and its forward function in PyTorch.

    Attributes
    ----------
    name : str
        The function or class of the course.
    forward : callable
        ``forward(torch, v) -> out``: a tensor that autograd differentiates, where some outputs
        of the exercise are gradients. It is also what the other output is compared with.
        Where there are no gradients, it may be a tuple with an entry for each output.
        The inputs are attributes of `v`; floats among them are float64 tensors.
    given : callable
        ``given(inputs) -> dict``: what `forward` needs besides the inputs of the exercise, or
        in their place. An x that only its gradient is asked of may be all zeros.
    of : dict of str to str
        The input that an output is the gradient of, ``"x"`` or an entry ``"x[n, d]"``, where
        neither the row nor the output's name says it.
    more : callable, optional
        ``more(rng) -> dict``: inputs of one more case, drawn more widely than the row's.
    tolerance : float
        Largest error allowed, relative to the largest entry of a result.
    """

    name: str
    forward: Callable[[ModuleType, SimpleNamespace], Any]
    given: Callable[[Inputs], Inputs] = nothing_more
    of: Mapping[str, str] = field(default_factory=dict)
    more: Callable[[np.random.Generator], Inputs] | None = None
    tolerance: float = TOLERANCE

    def cases(self, exercise: Exercise, seed: int) -> list[Case]:
        """The cases of the exercise that have one right answer, in float64."""
        cases = [case for case in exercise.cases_for(seed) if not case.judge and not _single(case)]
        if self.more:
            cases.append(Case("drawn more widely", self.more(np.random.default_rng(seed))))
        return [
            replace(case, inputs={**case.inputs, **self.given(case.inputs)}) for case in cases
        ]

    def ours(
        self, exercise: Exercise, case: Case, functions: Mapping[str, object]
    ) -> Results:
        """What the course's function returns; None for outputs that the case does not play."""
        trial = play(exercise, case, LocalFunctions(functions))
        if trial.error or trial.outputs is None:
            raise RuntimeError(f"{self.name} fails in case {case.name!r}: {trial.error}")
        return tuple(
            None if output is None and case.play else np.asarray(output, dtype=float)
            for output in trial.outputs
        )

    def theirs(self, exercise: Exercise, case: Case) -> Results:
        """What PyTorch returns, one entry for each output of the exercise."""
        import torch

        of = self._gradients(exercise, case.inputs)
        leaves = list(dict.fromkeys(text.partition("[")[0] for text in of.values()))
        v = SimpleNamespace(
            **{key: _tensor(torch, value, key in leaves) for key, value in case.inputs.items()}
        )
        out = self.forward(torch, v)
        found = {}
        if leaves:
            dout = v.dout if "dout" in case.inputs else torch.ones_like(out)
            slopes = torch.autograd.grad(
                out, [getattr(v, key) for key in leaves], dout, materialize_grads=True
            )
            found = dict(zip(leaves, slopes, strict=True))
        outs = out if isinstance(out, tuple) else (out,) * len(exercise.outputs)
        return tuple(
            (_entry(found, of[name], case.inputs) if name in of else one).detach().numpy()
            for name, one in zip(exercise.outputs, outs, strict=True)
        )

    def _gradients(self, exercise: Exercise, inputs: Inputs) -> dict[str, str]:
        """The outputs that are gradients, with the input or the entry that they belong to."""
        of = {}
        for name in exercise.outputs:
            match = GRADIENT.fullmatch(name)
            if match and match["name"] in inputs:
                of[name] = name[1:]
        return of | dict(exercise.gradient.of if exercise.gradient else {}) | dict(self.of)


def _single(case: Case) -> bool:
    """Whether a case is about single precision, in which two libraries need not agree."""
    return any(getattr(value, "dtype", None) == np.float32 for value in case.inputs.values())


def _tensor(torch: ModuleType, value, leaf: bool):
    """Floats, and whatever a gradient is asked of, as float64 tensors that require one."""
    if not leaf and not isinstance(value, (float, np.ndarray)):
        return value
    array = np.array(value, dtype=float if leaf else None)
    return torch.tensor(array, requires_grad=array.dtype.kind == "f")


def _entry(gradients: Mapping, text: str, inputs: Inputs):
    """The gradient that ``"x"`` or ``"x[n, d]"`` names."""
    name, _, index = text.partition("[")
    if not index:
        return gradients[name]
    return gradients[name][tuple(inputs[letter] for letter in index.rstrip("]").split(", "))]


def largest_error(got: Results, expected: Results) -> float:
    """Largest error among the outputs that `got` has; inf if their number or a shape differs."""
    if len(got) != len(expected):
        return float("inf")
    pairs = [(a, b) for a, b in zip(got, expected) if a is not None and b is not None]
    if any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max((error_between(a, b) for a, b in pairs), default=float("inf"))
