"""The reference solutions agree with what PyTorch computed. The results are frozen in a file,
so PyTorch itself is not needed here; `make verify` runs it on many more cases."""

from functools import cache

import numpy as np
import pytest

from autograder.examination.against_torch import comparisons_of
from autograder.examination.against_torch.comparison import largest_error
from autograder.examination.against_torch.frozen import FROZEN, frozen, frozen_cases
from autograder.exercises import CHAPTERS, exercises_of, module_of
from autograder.mistakes import mistakes_of
from autograder.tests.keys import reference_of

COMPARED = [(chapter, name) for chapter in CHAPTERS for name in comparisons_of(chapter)]
FREEZE = "run python -m autograder.examination.against_torch --freeze"

stored = cache(frozen)


def errors(chapter, name, functions=None):
    """The error of each frozen case, with some functions in place of the reference's."""
    comparison, exercise = comparisons_of(chapter)[name], exercises_of(chapter)[name]
    namespace = {**reference_of(chapter), **(functions or {})}
    return [
        largest_error(comparison.ours(exercise, case, namespace), expected)
        for case, expected in frozen_cases(chapter, name, stored()[name])
    ]


@pytest.mark.parametrize("chapter, name", COMPARED)
def test_reference_agrees_with_pytorch(chapter, name):
    assert max(errors(chapter, name)) <= comparisons_of(chapter)[name].tolerance


def test_every_comparison_is_frozen_and_nothing_else():
    assert sorted(stored()) == sorted(name for _, name in COMPARED), FREEZE


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_layer_is_compared(chapter):
    exercises = exercises_of(chapter)
    layers = {name for name, exercise in exercises.items()
              if exercise.gradient or exercise.returns_cache}
    compared = set(comparisons_of(chapter))
    module = f"autograder/examination/against_torch/{module_of(chapter)}.py"
    assert layers <= compared, (
        f"add a Comparison to COMPARISONS in {module} for {', '.join(sorted(layers - compared))}, "
        f"then {FREEZE}"
    )
    assert compared <= set(exercises), (
        f"{module} compares {', '.join(sorted(compared - set(exercises)))}, "
        f"and autograder/exercises/{module_of(chapter)}.py has no such row"
    )


@pytest.mark.parametrize("chapter, name", COMPARED)
def test_frozen_numbers_are_finite_and_not_all_zero(chapter, name):
    results = [result for entry in stored()[name] for result in entry["results"]]
    assert all(np.isfinite(result).all() for result in results)
    assert any(result.any() for result in results)


def test_frozen_file_stays_small():
    assert FROZEN.stat().st_size < 40_000 * len(CHAPTERS)


@pytest.mark.parametrize("chapter, name", COMPARED)
def test_wrong_functions_disagree_with_pytorch(chapter, name):
    """A comparison that every known mistake passes would prove nothing."""
    def disagrees(mistake):
        try:
            worst = max(errors(chapter, name, mistake.functions))
        except (RuntimeError, TypeError, ValueError):  # it raises, or returns no numbers
            return False
        return worst > 1e-3

    assert any(map(disagrees, mistakes_of(chapter)[name]))


def test_a_wrong_shape_is_seen():
    right = (np.ones((2, 3)), np.array(1.0))
    assert largest_error(right, right) == 0
    assert largest_error((np.ones(6), right[1]), right) == float("inf")
    assert largest_error(right[:1], right) == float("inf")
