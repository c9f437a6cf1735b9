"""A gradient that is measured is seen to be, at home as in the grader, and at every seed."""

from functools import cache

import numpy as np
import pytest

from autograder.checking.answers import PUBLIC_SEED
from autograder.checking.rubric import run_check
from autograder.course import Course
from autograder.examination.attacks.differences import ATTACKS
from autograder.kit.functions import LocalFunctions
from autograder.tests.keys import HIDDEN_SEED, reference_of


@cache
def keys(chapter, seed):
    return {key.exercise.name: key for key in Course.find().answer_keys(chapter, seed)}


def lost_by(attack, seed):
    """The items that an attack loses beside right answers to everything else."""
    names = {**reference_of(attack.chapter), "np": np}
    exec(attack.code, names)
    result = run_check(keys(attack.chapter, seed)[attack.exercise], LocalFunctions(names))
    return {item.name for item in result.items if item.points == 0}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_measured_gradient_loses_the_same_at_home_and_in_the_grader(attack):
    lost = lost_by(attack, HIDDEN_SEED)
    assert lost
    assert lost_by(attack, PUBLIC_SEED) == lost
