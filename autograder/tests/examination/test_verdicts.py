"""Verdicts of all keys: at home and in the grader, for one seed after another."""

import pytest

from autograder.course import Course
from autograder.examination.mutants import Chapter
from autograder.examination.verdicts import Checks, Verdict, Verdicts
from autograder.exercises import exercises_of


@pytest.fixture(scope="module")
def chapter():
    return Chapter("00_welcome", Course.find().solution_cells("00_welcome"))


@pytest.fixture(scope="module")
def checks(chapter):
    return Checks(chapter, exercises_of("00_welcome")["identity"])


def verdict(points):
    return Verdict({"out": points}, points == 1, frozenset() if points else frozenset({"out"}))


@pytest.mark.parametrize("home, seeds, caught, accepted, stable, agree", [
    (1, (1, 1), False, True, True, True),
    (0, (0, 0), True, False, True, True),
    (0, (1, 1), False, False, True, False),
    (1, (1, 0), False, False, False, True),
])
def test_what_follows_from_verdicts(home, seeds, caught, accepted, stable, agree):
    found = Verdicts(verdict(home), tuple(map(verdict, seeds)))
    assert (found.caught, found.accepted) == (caught, accepted)
    assert (found.stable, found.agree) == (stable, agree)


def test_reference_is_accepted(chapter, checks):
    assert checks.verdicts(chapter.reference, 2).accepted


def test_wrong_answer_is_caught_with_its_name(checks):
    found = checks.verdicts({"identity": lambda x: None}, 2)
    assert found.caught and len(found.all) == 3


def test_what_does_not_end_is_caught(checks):
    def endless(x):
        while True:
            pass

    checks.seconds = 0.3
    found = checks.verdicts({"identity": endless}, 2)
    assert not found.ended and found.caught


def test_known_mistake_is_named_at_home_as_in_the_grader(checks):
    mistake = checks.mistakes[0]
    found = checks.verdicts(mistake.functions, 1)
    assert {name for _, name in found.names()} == {mistake.name}
    assert found.agree
