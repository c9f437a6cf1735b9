"""Each reason for a person to look is found, says what to do, and is found in nobody else."""

import pytest

from autograder.cells import WRITTEN
from autograder.checking.diagnosis import NUMERICAL
from autograder.checking.result import WRONG, ItemResult, Result
from autograder.grading.classes.gradebook import OLDER, OTHER
from autograder.grading.classes.roster import Student
from autograder.grading.classes.standings import Standing
from autograder.grading.recorded import Recorded
from autograder.grading.reporting.attention import LOOKS, Known, concerns_of
from autograder.kit.jail import LANDLOCK, RLIMITS

ADA = Student("ada")
WELL = Recorded(level=LANDLOCK)
BY_HAND = Standing("ada", {"f": 1.0}, {"f": 2.0})
NUMERICAL_F = Result("f", (ItemResult("dx", 0, 1, WRONG, mistake=NUMERICAL),))


def known(recorded=WELL, standing=BY_HAND, **more) -> Known:
    return Known(ADA, True, recorded, standing, **more)


def standing(**more) -> Standing:
    return Standing("ada", {"f": 1.0}, **more)


REASONS = {
    "the grader failed": (known(Recorded(fault="ValueError: x", problem="lost")), "ValueError: x"),
    "not graded": (known(None, None), ""),
    "cannot be read": (known(Recorded(problem="cut off")), "cut off"),
    "not in the gradebook": (known(standing=None), ""),
    "a score by hand that may be too old": (
        known(standing=standing(by_hand={"f": 2.0, WRITTEN: 1.0}, waits_for=(WRITTEN, "f"))),
        f"{WRITTEN}, f"),
    "waits for a person": (known(standing=standing(waits_for=(WRITTEN,))), ""),
    "a numerical gradient": (known(Recorded({"f": NUMERICAL_F})), "f"),
    "an edited check": (known(Recorded(edited_checks=("f", "g"))), "f, g"),
    "several notebooks": (known(Recorded(of_several=True)), ""),
    "ran out of time": (known(Recorded(timed_out=True, tried_alone=True)), ""),
    "weak isolation": (known(Recorded(level=RLIMITS)), ""),
    "graded a second time, alone": (known(Recorded(tried_alone=True)), ""),
    "not on the list": (known(is_listed=False), ""),
}


@pytest.mark.parametrize("name", REASONS)
def test_reason_is_found_alone_with_what_there_is_to_say(name):
    one, detail = REASONS[name]
    (concern,) = concerns_of([one, Known(Student("bob"), True, WELL, BY_HAND)])
    assert (concern.name, concern.students) == (name, {"ada": detail})


def test_every_reason_is_tried_here_in_the_order_in_which_it_is_told():
    assert list(REASONS) == [name for name, _, _ in LOOKS]


def test_other_files_and_ids_that_are_refused_are_not_graded():
    told = [concerns_of([one])[0].students["ada"] for one in (
        known(changed_since=True), known(None, None, refused="too long"), known(None))]
    assert told == ["other files were handed in since", "too long",
                    "there is no record of the grade"]


def test_why_a_score_by_hand_may_be_too_old_is_said_where_the_record_says_it():
    waiting = standing(by_hand={"f": 2.0, "g": 1.0}, waits_for=("f", "g"))
    (concern,) = concerns_of([known(Recorded(outdated={"g": OLDER, "h": OTHER}), waiting)])
    assert concern.students == {"ada": f"f, g ({OLDER})"}


def test_written_question_is_not_named_beside_exercises_that_wait():
    one = known(standing=standing(waits_for=("f", WRITTEN)))
    assert concerns_of([one])[0].students == {"ada": "f"}


def test_details_are_on_one_line():
    (concern,) = concerns_of([known(Recorded(problem="cut\n\x1b[31moff"))])
    assert concern.students == {"ada": "cut off"}


def test_those_of_whom_the_same_is_said_stand_together():
    others = [Known(Student(name), True, Recorded(problem=why), BY_HAND)
              for name, why in (("a", "x"), ("b", "y"), ("c", "x"))]
    (concern,) = concerns_of(others)
    assert concern.by_detail == {"x": ["a", "c"], "y": ["b"]}


def test_who_needs_no_look_is_in_no_concern():
    assert concerns_of([known(), Known(ADA)]) == []
