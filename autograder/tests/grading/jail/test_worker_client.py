"""What is kept in a worker: its entries come along with it, and are asked for again when stale."""

import numpy as np
import pytest

from autograder.grading.jail.engine import Engine
from autograder.grading.jail.worker_client import RemoteKept, _checked_parts
from autograder.kit.functions import LocalFunctions
from autograder.kit.limits import Limits
from autograder.kit.plain import to_plain
from autograder.kit.student_error import StudentError
from autograder.kit.watching import NOT_COUNTED, Watched

CELL = """
import numpy as np
class Odd:
    def __array__(self, *a, **k): raise RuntimeError("do not look at me")
def forward(x):
    cache = np.array([1.0, 2.0])
    return 2 * x, cache
def backward(dout, cache):
    cache += dout
    return cache.sum()
def loops(x): return [value for value in x]
def hides(x):
    import sys
    sys.settrace(None)
    return loops(x)
def spoils(x):
    x.append(print)
def locks(x):
    x.flags.writeable = False
def large(x): return x, np.zeros(100_000), list(range(100)), Odd(), "text", np.longdouble(1)
def single(x): return x
def many(x): return tuple(range(100))
"""


@pytest.fixture(scope="module")
def worker(level):
    with Engine(level, Limits()) as engine, engine.worker() as worker:
        worker.run(CELL)
        yield worker


def asked(worker, monkeypatch):
    """The requests that a worker gets from now on."""
    requests, ask = [], worker.ask
    monkeypatch.setattr(worker, "ask", lambda request, *a: requests.append(request) or ask(request))
    return requests


def test_entries_of_a_kept_tuple_come_along_with_it(worker, monkeypatch):
    requests = asked(worker, monkeypatch)
    kept = worker.functions.keep("forward", np.array([3.0]))
    assert kept.part(0).value() == [6.0]
    assert kept.part(1).value().tolist() == [1.0, 2.0]
    assert [request["do"] for request in requests] == ["keep"]


def test_value_is_asked_for_again_after_student_code_has_run(worker, monkeypatch):
    cache = worker.functions.keep("forward", np.array([3.0])).part(1)
    requests = asked(worker, monkeypatch)
    assert cache.value().tolist() == [1.0, 2.0]
    assert worker.functions.call("backward", 1.0, cache).value == 5.0
    assert cache.value().tolist() == [2.0, 3.0]
    assert [request["do"] for request in requests] == ["call", "value"]


def test_value_is_asked_for_again_after_a_watched_call(worker):
    cache = worker.functions.keep("forward", np.array([3.0])).part(1)
    watched = Watched("forward", (np.array([3.0]),), (0,))
    worker.functions.call_watched(watched, "backward", 1.0, cache)
    assert cache.value().tolist() == [2.0, 3.0]


def test_lines_are_counted_as_at_home(worker):
    names: dict = {}
    exec(CELL, names)
    at_home = LocalFunctions(names)
    for name in ("single", "loops", "hides"):
        for size in (2, 40):
            counted = worker.functions.count_lines(name, np.ones(size))
            assert counted == at_home.count_lines(name, np.ones(size))
    assert worker.functions.count_lines("hides", np.ones(2)) == NOT_COUNTED


@pytest.mark.parametrize("value", [None, 0, -5, 10**9, 2.5, "many", True])
def test_forged_number_of_lines_is_none(worker, monkeypatch, value):
    monkeypatch.setattr(worker, "ask", lambda request: {"value": value})
    assert worker.functions.count_lines("single", 1) == NOT_COUNTED


def test_array_that_was_locked_has_changed(worker):
    (after,) = worker.functions.call("locks", np.ones(3)).arguments
    assert not after.flags.writeable


def test_argument_that_is_no_plain_data_any_more_has_changed(worker):
    (after,) = worker.functions.call("spoils", [1, 2]).arguments
    assert after == "no plain data"


def test_large_and_odd_entries_are_sent_only_when_asked_for(worker, monkeypatch):
    kept = worker.functions.keep("large", 1.5)
    requests = asked(worker, monkeypatch)
    assert kept.part(0).value() == 1.5
    assert not requests
    assert kept.part(1).value().shape == (100_000,)
    assert kept.part(2).value() == list(range(100))
    with pytest.raises(StudentError, match="a value of type Odd"):
        kept.part(3).value()
    assert kept.part(4).value() == "text"
    assert len(requests) == 4


@pytest.mark.parametrize("name", ["single", "many"])
def test_what_is_no_short_tuple_is_asked_for_as_before(name, worker):
    kept = worker.functions.keep(name, 1.0)
    assert kept.parts == []
    if name == "many":
        assert kept.part(99).value() == 99
    else:
        with pytest.raises(StudentError, match="one value, where at least 2 are expected"):
            kept.part(1)


def test_entry_that_is_not_there_is_told_as_before(worker):
    with pytest.raises(StudentError, match="2 values, where at least 3 are expected"):
        worker.functions.keep("forward", 1.0).part(2)


@pytest.mark.parametrize("forged", [
    None, 3, "parts", {"0": 1}, [3], [[]], [["1"]], [[True, 1]], [[1, 2, 3]], [[1], 2],
])
def test_forged_entries_are_not_believed(forged, worker):
    assert _checked_parts(worker, forged) == []


def test_well_formed_entries_are(worker):
    (kept, sent) = _checked_parts(worker, [[1], [2, None]])
    assert isinstance(kept, RemoteKept) and (kept.number, kept.sent) == (1, ())
    assert (sent.number, sent.sent) == (2, (None,))


FORGE = """
import gc
from autograder.kit import worker
server, = [thing for thing in gc.get_objects() if type(thing) is worker._Server]
original = worker._Server.reply_to
def forged(self, request):
    reply = original(self, request)
    if request["do"] != "run":
        reply.update({lies!r})
    return reply
worker._Server.reply_to = forged
class Node:
    def forward(self, x): return x, self
    inputs = {{"a": 1.0}}
"""
LIES = {
    "a number that is text": {"value": "1"},
    "a number that is a truth value": {"value": True},
    "a number nobody has": {"value": 10**9},
    "a number below nought": {"value": -1},
    "no number": {"value": None},
    "a nested value": {"value": [[{"a": (1, 2)}]]},
    "entries that are none": {"parts": [["0", 1]]},
    "entries nobody has": {"parts": [[10**9], [-5]]},
    "changes that are text": {"changed": "0"},
    "changes of what is not there": {"changed": {"99": 1.0, "a": 2.0}},
    "an error that is none": {"error": ["x", 1, "y"]},
    "an error of its own": {"error": ["KeyError", "\x1b[31mred", "line"]},
    "another nonce": {"nonce": "0"},
}


@pytest.mark.parametrize("lies", LIES.values(), ids=LIES)
def test_forged_replies_about_objects_do_no_harm(lies, level):
    """Whatever comes back, it ends as plain data or as the student's own error."""
    def ask(worker):
        node = worker.functions.keep("Node")
        steps = [
            lambda: node.keep("forward", np.array([1.0])).part(1).call("forward", 1.0).value,
            lambda: node.keep_attribute("inputs").part("a").value(),
            lambda: node.keep_attribute("inputs").set_part("a", node),
            lambda: worker.functions.call("Node", {node: np.ones(2)}, [node]).arguments,
            lambda: worker.functions.keep("Node", [node, (node,)]).arguments,
        ]
        found = []
        for step in steps:
            try:
                found.append(step())
            except StudentError as error:
                found.append(str(error))
        return found

    with Engine(level, Limits()) as engine, engine.worker() as worker:
        assert worker.run(FORGE.format(lies=lies))["failure"] is None
        try:
            found = ask(worker)
        except StudentError as error:  # nothing could be kept at all
            found = [str(error)]
    assert "\x1b" not in str(found)
    to_plain(found)
