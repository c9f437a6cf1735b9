"""What a submission may take: processor time, and a generous time by the clock."""

import pytest

from autograder.grading.jail import patience
from autograder.grading.jail.patience import Allowance, Patience
from autograder.kit.limits import Limits
from autograder.kit.student_error import StudentStopped

LIMITS = Limits(call_seconds=5, submission_seconds=60, wall_factor=6)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when the test says so."""
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(patience, "time", clock)
    return clock


def waiting(clock, seconds_of, until, over=None):
    """Wait for a worker whose processor time is `seconds_of` the clock; how often it was seen."""
    looks = []

    def look():
        looks.append(clock.now)
        return {"seconds": seconds_of(clock.now - 1000.0), "over": over}

    asked = Patience(Allowance(LIMITS), look)
    asked.begin(LIMITS.call_seconds, "a call")
    while clock.now < 1000.0 + until:
        clock.now += asked.wait()
    return len(looks)


def test_a_quick_reply_costs_no_look(clock):
    assert waiting(clock, lambda now: now, 0.04) == 0


def test_a_loaded_machine_costs_nothing(clock):
    assert waiting(clock, lambda now: now / 6, 29) > 10


def test_processor_time_is_up(clock):
    with pytest.raises(StudentStopped, match="time: 5 seconds of processor time are what a call"):
        waiting(clock, lambda now: now, 6)
    assert clock.now < 1006


def test_time_by_the_clock_is_up_for_code_that_sleeps(clock):
    with pytest.raises(StudentStopped, match="30 seconds by the clock are what a call may take"):
        waiting(clock, lambda now: 0.1, 40)


def test_where_no_processor_time_is_known_the_clock_stands_in_for_it(clock):
    with pytest.raises(StudentStopped, match="5 seconds of processor time"):
        waiting(clock, lambda now: None, 6)


@pytest.mark.parametrize("over, told", [
    ("bytes", "had written more than 64 MB"), ("files", "had made more than 4096 files"),
    ("threads", "had started more than 128 threads"),
])
def test_using_too_much_of_something_else_is_told(clock, over, told):
    with pytest.raises(StudentStopped, match=told) as stopped:
        waiting(clock, lambda now: now, 1, over)
    assert stopped.value.kind == "Full"


def test_many_short_requests_are_seen_to_take_long_together(clock):
    allowance = Allowance(LIMITS)
    asked = Patience(allowance, lambda: {"seconds": clock.now - 1000.0, "over": None})
    with pytest.raises(StudentStopped, match="60 seconds of processor time are what a submission"):
        for _ in range(100):
            asked.begin(LIMITS.call_seconds, "a call")
            clock.now += 0.9
    assert 1060 < clock.now < 1063


def test_an_allowance_is_shared_by_all_workers_of_a_submission(clock):
    allowance = Allowance(LIMITS)
    assert not allowance.is_used_up
    allowance.seconds -= 50
    asked = Patience(allowance, lambda: {"seconds": 11.0, "over": None})
    with pytest.raises(StudentStopped, match="a submission"):
        asked.begin(LIMITS.call_seconds, "a call")
        clock.now += 1
        asked.wait()
    allowance.seconds -= 11
    assert allowance.is_used_up
