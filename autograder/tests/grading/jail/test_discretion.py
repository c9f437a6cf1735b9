"""What is told of calls with hidden cases, and that two rounds earn nothing."""

import json
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from autograder.cells import label_of
from autograder.course import Course
from autograder.examination.attacks.attack import HONEST, Attack, attacking_notebook
from autograder.exercises import CHAPTERS, exercises_of
from autograder.grading.classes.seeds import POOL
from autograder.grading.grader import Grader, HandedIn, Job, chapter_files
from autograder.grading.jail.discretion import NO_DATA, OWN_EXCEPTION, OWN_WARNING, Discretion
from autograder.grading.jail.engine import Engine
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import _Running, grade
from autograder.kit.limits import Limits
from autograder.kit.student_error import StudentError
from autograder.tests.conftest import CHAPTER
from autograder.tests.keys import keys_of

SOURCES = ["import numpy as np\nclass Layer:\n    pass\n\ndef f(x):\n    return x @ x.T   "]


def told(kind, message="", line="", **request):
    return Discretion(SOURCES).error(StudentError(kind, message, line), request).told


@pytest.mark.parametrize("kind", ["ValueError", "LinAlgError", "AxisError", "_UFuncNoLoopError",
                                  "NotImplementedError", "Deadline"])
def test_known_exceptions_are_told_by_their_names_without_a_message(kind):
    error = Discretion(SOURCES).error(StudentError(kind, "0.123", "return x @ x.T"), {})
    assert (error.kind, error.message) == (kind, "0.123")  # judged as it is
    assert (error.told.kind, error.told.message) == (kind, "")
    assert error.told.line == "return x @ x.T"


def test_of_an_exception_of_their_own_students_are_told_the_line():
    error = told("E0_123", "0.123", "return x @ x.T")
    assert (error.kind, error.message, error.line) == (OWN_EXCEPTION, "", "return x @ x.T")


@pytest.mark.parametrize("line", ["return x @ x.T  # 0.123", "0.123", "x" * 300])
def test_a_line_that_was_not_handed_in_is_not_told(line):
    assert told("ValueError", "", line).line == ""


def test_a_long_line_is_told_as_far_as_it_is_sent():
    long = f"y = '{'a' * 300}'"
    error = StudentError("ValueError", "", long[:200])
    assert Discretion([f"def f():\n    {long}"]).error(error, {}).told.line == long[:200]


@pytest.mark.parametrize("message, expected, request_", [
    ("f is not defined", "f is not defined", {"name": "f"}),
    ("g0_123 is not defined", "something is not defined", {"name": "f"}),
    ("Layer has no attribute 'forward'", "Layer has no attribute 'forward'", {"name": "forward"}),
    ("E0_123 has no attribute 'forward'", "it has no attribute 'forward'", {"name": "forward"}),
])
def test_what_is_missing_is_told_where_it_was_asked_for(message, expected, request_):
    assert told("Missing", message, **request_).message == expected


@pytest.mark.parametrize("message", [
    "a value of type set", "a value of type Layer", "a function, where a dict is expected",
    "a dict whose keys are not all strings", "one value, where at least 2 are expected",
    "an array of dtype object, which is not a number type",
])
def test_what_is_no_plain_data_is_told_in_known_words(message):
    assert told("NotPlain", message).message == message


@pytest.mark.parametrize("message", [
    "a value of type E0_123", "0.123", "an array of shape (0, 123), which is too large",
    "an array of dtype [('0.123', '<f8')], which is not a number type", "a dict without '0.123'",
    "123 values, where at least 456 are expected",
])
def test_what_is_no_plain_data_is_not_told_in_words_of_theirs(message):
    assert told("NotPlain", message, key="w").message == NO_DATA


def test_warnings_are_few_and_told_in_known_words():
    discretion = Discretion(SOURCES)
    discretion.heard.note(warned=["RuntimeWarning: overflow encountered in exp"])
    assert discretion.warned == ["RuntimeWarning: overflow encountered in exp"]
    for text in ("RuntimeWarning: overflow encountered in e0_123", "E0_123: 0.123",
                 "UserWarning: 0.123", "DeprecationWarning: 0.123"):
        discretion.heard.note(warned=[text])
    assert len(discretion.warned) == 3
    assert "123" not in str(discretion.warned)
    discretion.heard.warned = ["E0_123: 0.123"]
    assert discretion.warned == [OWN_WARNING]


def test_what_was_heard_is_kept_up_to_a_cap():
    discretion = Discretion(SOURCES)
    for k in range(100):
        discretion.heard.note("x" * 1000, [f"UserWarning: {k}"])
        discretion.error(StudentError("ValueError", str(k)), {})
    heard = discretion.heard.to_dict()
    assert (len(heard["printed"]), len(heard["warned"]), len(heard["raised"])) == (10_000, 20, 20)


class FakeWorker:
    """Its cells show how many workers there were; asking it something ends it."""

    count = 0

    def __init__(self):
        FakeWorker.count += 1
        self.connection, self.discretion, self.functions = True, None, None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def run(self, source, definitions=False):
        return {"stdout": str(FakeWorker.count), "failure": None}


def test_a_cell_shows_what_it_showed_before_anything_was_asked():
    engine = SimpleNamespace(limits=Limits(), worker=lambda allowance: FakeWorker())
    running = _Running(engine, frozenset())
    running.sources = ["a", "b"]
    workers = []
    with patch.object(running, "open_worker", side_effect=FakeWorker) as opened:
        for name, _ in running.each(["f", "g"], lambda name, functions: workers.append(name)):
            assert opened.call_count == 1, name
        list(running.each(["f", "g"], lambda name, functions: workers.append(name)))
    assert workers == ["f", "g"] * 2
    assert {shown["stdout"] for shown in running.outputs.values()} == {str(FakeWorker.count - 1)}


# Two rounds: a table of answers

PRINTING = '''
import numpy as np
def affine_backward(dout, cache):
    print("CASE", [np.asarray(a).tolist() for a in (dout, *cache)])
'''
TABLE = '''
import numpy as np
TABLE = {table!r}
def affine_backward(dout, cache):
    for case in TABLE:
        d, x, w, b = map(np.array, case)
        if d.shape == dout.shape and np.allclose(d, dout, atol=1e-5):
            return (d @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ d, d.sum(axis=0)
'''


def two_rounds(classroom, level, student="eve"):
    """Points beyond the honest ones, of a table made of what the first round has shown."""
    with Engine(level) as engine:
        grader = Grader(chapter_files(classroom, CHAPTER), engine)

        def graded(code):
            attack = Attack("two rounds", code)
            text = attacking_notebook(classroom.course, attack, {})
            return grader.grade(HandedIn(text.encode(), job=Job(student, "", CHAPTER)))

        first = graded(PRINTING)
        cells = filled_notebook(grader.release, first)["cells"]
        shown = json.dumps([cell.get("outputs") for cell in cells])
        table = [eval(line.strip().partition("CASE ")[2])
                 for line in first.results["affine_backward"].printed.splitlines()
                 if line.startswith("CASE ")]
        second = graded(TABLE.replace("{table!r}", repr(table)))
        return second.points - HONEST, "CASE" in shown, first, second


def test_two_rounds_earn_nothing(classroom, level):
    gained, shown, first, _ = two_rounds(classroom, level)
    assert (gained, shown) == (0, False)
    # The instructor can read it in the record.
    assert "CASE" in first.heard["affine_backward"]["printed"]
    assert "CASE" in str(first.record()["heard"])


@pytest.mark.slow
def test_two_rounds_earn_with_one_seed_and_what_was_printed(classroom, level):
    telling = patch("autograder.checking.answers.is_hidden", lambda seed: False)
    same = patch("autograder.grading.classes.classroom.pool_of", lambda secret: (secret,) * POOL)
    with telling, same:
        gained, shown, _, _ = two_rounds(classroom, level)
    assert shown
    assert gained >= 7  # in a third round the items that were not reached


@pytest.mark.slow
def test_pool_alone_stops_a_table_of_answers(classroom, level):
    with patch("autograder.checking.answers.is_hidden", lambda seed: False):
        gained, _, first, second = two_rounds(classroom, level)
    assert gained == 0 or first.cases == second.cases


# Every exercise

MARK = "MARK0_123"
HOSTILE = {
    "raises": f"raise ValueError('{MARK} a b x knot photos lonely')",
    "raises its own": f"raise type('{MARK}', (Exception,), {{}})('{MARK}')",
    "returns text": f"return '{MARK}'",
    "returns texts": f"return ['{MARK}', ('{MARK}', '{MARK}')] * 2",
    "returns a dict": f"return {{'{MARK}': '{MARK}', 'W1': '{MARK}'}}",
    "returns an object": f"return type('{MARK}', (), {{'name': '{MARK}'}})()",
    "warns": f"import warnings; warnings.warn('{MARK}'); print('{MARK}')",
}


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_exercise_quotes_what_was_said_about_a_hidden_case(chapter, body, level):
    course = Course.find()
    release = read_release(course.released(chapter).read_text(encoding="utf-8"))
    code = body.replace(MARK, "' + MARK + '")
    cells = [{**cell, "source": f"MARK = 'MARK' + '0_123'\ndef {label_of(cell)}(*a, **k):\n"
                                f"    {code}\n"}
             if label_of(cell) in exercises_of(chapter) else cell for cell in release["cells"]]
    with Engine(level) as engine:
        graded = grade(json.dumps({**release, "cells": cells}).encode(), release,
                       keys_of(chapter, "hidden"), engine)
    assert not graded.problem
    outputs = [cell.get("outputs") for cell in filled_notebook(release, graded)["cells"]]
    assert MARK not in json.dumps([outputs, graded.findings, graded.notes])
