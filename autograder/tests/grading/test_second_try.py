"""What was stopped beside others is graded once more alone, and the second result counts."""

from dataclasses import replace

from autograder.authoring.demo import CLASS, hand_in
from autograder.checking.result import Result
from autograder.grading.grader import Finished, Grader, Job
from autograder.grading.jail.patience import CLOCK, DIED, PROCESSOR
from autograder.grading.second_try import BESIDE_OTHERS, BY_ITSELF, with_second_tries
from autograder.grading.submissions.submission import Graded
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.grading.test_batch import WHEN, grade


def finished(points: float, *stops: str) -> Finished:
    result = Result.nothing_earned("affine", {"values": points}, "wrong", "")
    return Finished(Graded({"affine": result}, stops=stops), f"{points}", None)


def test_second_tries_come_last_one_by_one_and_count():
    jobs = [Job(name, "", CHAPTER) for name in ("right", "slow", "dead", "lost", "right too")]
    first = [finished(1), finished(2, PROCESSOR), finished(3, DIED), None, finished(4)]
    seen = []

    def alone(job):
        seen.append(job.student)
        return finished(5, PROCESSOR)  # again: then that is the result

    rows = with_second_tries([None, *zip(jobs, first)], alone, None, "", BESIDE_OTHERS)
    assert next(rows) is None
    found = {job.student: (one.notebook, one.graded.tried_alone) for job, one in rows}
    assert list(found) == ["right", "right too", "slow", "dead", "lost"]
    assert seen == ["slow", "dead", "lost"]
    assert found["slow"] == ("5", True)
    assert found["right"] == ("1", False)


def test_one_grader_tries_again_only_what_processor_time_did_not_stop():
    jobs = [Job(name, "", CHAPTER) for name in ("looping", "sleeping")]
    first = [finished(1, PROCESSOR), finished(2, CLOCK)]
    seen = []

    def alone(job):
        seen.append(job.student)
        return finished(3)

    list(with_second_tries(zip(jobs, first), alone, None, "", BY_ITSELF))
    assert seen == ["sleeping"]


def test_answer_that_is_slow_only_beside_others_keeps_its_points(classroom, level, monkeypatch):
    for name in ("s0", "s1"):
        hand_in(classroom, type(CLASS[0])(name, "", CLASS[0].spoil), WHEN)
    graded = Grader.grade

    def loaded(grader, handed_in, again_if=frozenset()):
        found = graded(grader, handed_in, again_if)
        if handed_in.job.student == "s0" and again_if:
            return replace(found, results={}, stops=(PROCESSOR,))
        return found

    monkeypatch.setattr(Grader, "grade", loaded)
    rows = grade(classroom, level, jobs=2)
    assert {name: row.now for name, row in rows.items()} == {"s0": FULL, "s1": FULL}
