"""Playing cases: each with the cache that suits it, and none after the functions were stopped."""

import numpy as np
import pytest

from autograder.checking.playing import UntilStopped, _smallest, play_cases
from autograder.exercises import CHAPTERS, exercises_of
from autograder.exercises.affine import EARLIER_CACHE, MANY_DIMENSIONS
from autograder.kit.functions import LocalFunctions
from autograder.kit.student_error import StudentStopped
from autograder.tests.keys import keys_of, reference_of

EXERCISE = exercises_of("03_affine")["affine_backward"]
CASES = keys_of("03_affine", "hidden")["affine_backward"].cases


def cases_of(item):
    return [keyed for keyed in CASES if keyed.case.item == item]


def play(cases, **changed):
    functions = UntilStopped(LocalFunctions({**reference_of("03_affine"), **changed}))
    return functions, play_cases(EXERCISE, cases, functions)


def test_a_wrong_forward_in_one_case_says_nothing_about_the_next():
    """The case of the earlier cache does not show what the forward function gave."""

    def affine_forward(x, w, b):
        out = x.reshape(len(x), -1) @ w + b
        return (out if x.ndim == 2 else out + 1), ("mine", x, w, b)

    def affine_backward(dout, cache):
        mine = len(cache) == 4
        *_, x, w, b = cache
        return tuple(np.full(a.shape, 0.0 if mine else 1.0) for a in (x, w, b))

    cases = cases_of(MANY_DIMENSIONS)[:1] + cases_of(EARLIER_CACHE)[:1]
    _, (first, second) = play(
        cases, affine_forward=affine_forward, affine_backward=affine_backward)
    assert first.forward_right is False
    assert np.all(first.trial.outputs[0] == 1), "with a wrong forward: the documented cache"
    assert second.forward_right is None
    assert np.all(second.trial.outputs[0] == 0), "its own forward is not blamed for another case"


def test_nothing_is_played_after_a_stop():
    stop = StudentStopped("Deadline", "the code did not finish in time")
    calls = []

    def affine_backward(dout, cache):
        calls.append(dout)
        raise stop

    functions, played = play(cases_of(None), affine_backward=affine_backward)
    assert len(played) == len(calls) == 1
    assert played[0].trial.error is functions.stopped is stop
    with pytest.raises(StudentStopped) as again:
        functions.call("affine_backward", 1, 2)
    assert again.value is stop
    assert len(calls) == 1


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_gradients_are_watched_where_steps_can_be_seen(chapter):
    """A case of one entry would be the smallest, and shows nothing."""
    for key in keys_of(chapter, "hidden").values():
        gradient = key.exercise.gradient
        if gradient is None or key.exercise.play:
            continue
        ordinary = [keyed for keyed in key.cases if keyed.case.item is None]
        watched = _smallest(key.exercise, ordinary or list(key.cases))
        for name in gradient.of.values():
            if watched and max(np.size(k.case.inputs[name]) for k in key.cases) > 1:
                size = np.size(watched.case.inputs[name])
                assert size > 1, (key.exercise.name, watched.case.name)
