"""What a stranger got wrong is caught; what was said of it at first is on record."""

import numpy as np
import pytest

from autograder.checking.rubric import run_check
from autograder.examination.strangers import (
    ANSWERS,
    COSTS_ELSEWHERE,
    NOT_WRONG,
    ROUNDS,
    first_verdicts,
)
from autograder.exercises import CHAPTERS, chapter_of
from autograder.kit.functions import LocalFunctions
from autograder.tests.keys import keys_of, reference_of

WRONG = [answer for answer in ANSWERS if (answer.exercise, answer.title) not in NOT_WRONG]


@pytest.mark.parametrize("which", ["hidden", "public"])
@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: f"{answer.exercise}: {answer.title}")
def test_wrong_answer_loses_points(answer, which):
    chapter = chapter_of(answer.exercise)
    names = {**reference_of(chapter), "np": np}
    exec(answer.source, names)
    at = COSTS_ELSEWHERE.get((answer.exercise, answer.title), answer.exercise)
    result = run_check(keys_of(chapter, which)[at], LocalFunctions(names))
    assert result.points < result.max_points, f"{answer.truth}\n{result}"


@pytest.mark.parametrize("name", ROUNDS)
def test_first_verdicts_are_kept_for_each(name):
    told = [(verdict["exercise"], verdict["title"]) for verdict in first_verdicts(name)]
    assert told == [(answer.exercise, answer.title) for answer in ROUNDS[name]]
    assert len(told) >= 50
    assert {chapter_of(answer.exercise) for answer in ROUNDS[name]} == set(CHAPTERS[1:])
