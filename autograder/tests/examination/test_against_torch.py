"""The reference solutions agree with what PyTorch computed. The results are frozen in a file,
so PyTorch itself is not needed here; `make verify` runs it on many more cases."""

from functools import cache

import numpy as np
import pytest

from autograder.course import Course
from autograder.examination.against_torch import (
    COMPARISONS,
    FROZEN,
    frozen_cases,
    largest_error,
    present,
)
from autograder.exercises import CHAPTERS, exercises_of

PRESENT = [pytest.param(chapter, comparison, id=comparison.name)
           for chapter, comparison in present()]

frozen = cache(frozen_cases)


@cache
def reference_of(chapter):
    return Course.find().reference(chapter)


@pytest.mark.parametrize("chapter, comparison", PRESENT)
def test_reference_agrees_with_pytorch(chapter, comparison):
    inputs, expected = frozen()[comparison.name]
    got = comparison.our_results(reference_of(chapter), inputs)
    assert largest_error(got, expected) <= comparison.tolerance


def test_every_comparison_is_frozen_and_nothing_else():
    names = [comparison.name for row in COMPARISONS.values() for comparison in row]
    assert len(names) == len(set(names))
    assert sorted(frozen()) == sorted(names), "run python -m autograder.examination.against_torch --freeze"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_frozen_file_is_complete_for_every_chapter(chapter):
    exercises = exercises_of(chapter)
    layers = {name for name, exercise in exercises.items()
              if exercise.gradient or exercise.returns_cache}
    compared = {comparison.name for comparison in COMPARISONS.get(chapter, ())}
    assert layers <= compared, "add these to autograder/verify.py, then run it with --freeze"
    assert compared <= set(exercises)
    assert layers <= set(frozen())


def test_frozen_numbers_are_finite_and_not_all_zero():
    for name, (_, results) in frozen().items():
        assert all(np.isfinite(result).all() for result in results), name
        assert any(result.any() for result in results), name


def test_frozen_file_stays_small():
    assert FROZEN.stat().st_size < 150_000


def test_a_wrong_gradient_is_seen():
    (comparison,) = (c for c in COMPARISONS["03_affine"] if c.name == "affine_backward")
    reference = reference_of("03_affine")

    def mean_over_the_batch(dout, cache):
        dx, dw, db = reference["affine_backward"](dout, cache)
        return dx, dw, db / len(dout)

    inputs, expected = frozen()[comparison.name]
    got = comparison.our_results({**reference, "affine_backward": mean_over_the_batch}, inputs)
    assert largest_error(got, expected) > 0.1
    assert largest_error(expected[:2], expected) == float("inf")
