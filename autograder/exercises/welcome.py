"""Exercises of 00_welcome."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import UNCHANGED, Case, Exercise


def identity_cases(rng: np.random.Generator) -> list[Case]:
    """Arrays of several shapes."""
    return [
        Case("a vector", {"x": rng.standard_normal(5)}),
        Case("a matrix", {"x": rng.standard_normal((3, 4))}),
        Case("an empty array", {"x": np.zeros((0, 2))}),
    ]


def step_function_cases(rng: np.random.Generator) -> list[Case]:
    """Zero, both signs, several shapes, and a number without any dimension."""
    with_zeros = rng.integers(-2, 3, (4, 5)).astype(np.float64)
    with_zeros[0, 0], with_zeros[1, 1] = 0.0, -0.0
    return [
        Case("a vector", {"x": rng.standard_normal(7)}),
        Case("a matrix with zeros in it", {"x": with_zeros}),
        Case("three dimensions", {"x": rng.standard_normal((2, 3, 4))}),
        Case("one number", {"x": np.array(rng.uniform(0.5, 2.0))}),
    ]


VALUES = {"x": "N D"}

EXERCISES = [
    Exercise("identity", "(x)", ("out",), {"out": 1}, identity_cases, shapes=VALUES),
    Exercise("step_function", "(x)", ("out",), {"out": 2, UNCHANGED: 1}, step_function_cases,
             shapes=VALUES),
]
