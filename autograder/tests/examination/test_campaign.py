"""Thousands of broken notebooks stop no batch, find no fault of the grader's, cost no memory."""

import json
import os
import random
import subprocess
import sys

import pytest

from autograder.examination.campaign import CHAPTER, mutated, originals
from autograder.tests.conftest import make_checkout, strong_levels

SEED_VARIABLE = "AUTOGRADER_CAMPAIGN_SEED"


@pytest.fixture
def course(tmp_path):
    return make_checkout(tmp_path / "my course", (CHAPTER,))


def test_a_seed_gives_the_same_notebooks_again(course):
    texts = originals(course)
    first, again = (
        [mutated(draw, texts) for _ in range(20)] for draw in (random.Random(3), random.Random(3))
    )
    assert first == again
    assert len(set(first)) > 15


@pytest.mark.slow
@pytest.mark.skipif(not strong_levels(), reason="no strong isolation on this system")
def test_mutated_notebooks_stop_nothing(course):
    seed = os.environ.get(SEED_VARIABLE) or str(random.SystemRandom().randrange(10**6))
    told = f"to run this campaign again, set {SEED_VARIABLE}={seed}"
    print(told)
    command = [sys.executable, "-m", "autograder.examination.campaign", str(course.root),
               "--seed", seed]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, f"{told}\n{outcome.stderr[-3000:]}"
    campaign = json.loads(outcome.stdout)
    print(campaign)
    assert campaign["rows"] == campaign["submissions"] == 2000, told
    assert campaign["faults"] == {}, told
    assert campaign["read"] >= 1000, told
    assert campaign["ran"] >= 500, told
    assert campaign["partial"] >= 200, told
    assert campaign["memory_late"] <= 1.1 * campaign["memory_early"], told
