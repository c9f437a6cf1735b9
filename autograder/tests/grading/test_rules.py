"""Which rules a grade was made by: digests that change with what is graded, and with nothing else.
"""

from dataclasses import replace

import numpy as np
import pytest

from autograder.course import Course
from autograder.exercises import CHAPTERS, affine, exercises_of
from autograder.grading.fingerprints import fingerprint_of
from autograder.grading.rules import NOT_RECORDED, in_short, rules_of, what_changed
from autograder.mistakes import mistakes_of
from autograder.tests.conftest import CHAPTER, REPOSITORY

SEEDS = (98_765_432_123, 12_345_678_901)
CELLS = ("def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)", "draw()")
BACKWARD = exercises_of(CHAPTER)["affine_backward"]


@pytest.fixture
def now():
    return rules_of(CHAPTER, CELLS, SEEDS)


def with_row(monkeypatch, row) -> dict:
    """The rules with another row in the place of the one of the same name."""
    rows = {**exercises_of(CHAPTER), row.name: row}
    monkeypatch.setattr("autograder.grading.rules.exercises_of", lambda chapter: rows)
    return rules_of(CHAPTER, CELLS, SEEDS)


def test_same_rules_have_the_same_digests_and_nothing_has_changed(now):
    assert rules_of(CHAPTER, CELLS, SEEDS) == now
    assert what_changed(now, now) == ()


def test_points_are_told_apart_from_cases(now, monkeypatch):
    more = with_row(monkeypatch, replace(BACKWARD, points={**BACKWARD.points, "dx": 4}))
    assert what_changed(now, more) == ("points of affine_backward",)
    other = with_row(monkeypatch, replace(BACKWARD, cases=affine.mended_cases))
    assert what_changed(now, other) == ("cases of affine_backward",)


def test_hints_are_no_rule(now, monkeypatch):
    assert with_row(monkeypatch, replace(BACKWARD, hints=("Look.", "Again."))) == now


def test_exercise_that_is_new_or_gone_is_named(now):
    fewer = {**now, "points": {n: d for n, d in now["points"].items() if n != "affine_backward"}}
    assert what_changed(fewer, now) == ("affine_backward is new",)
    assert what_changed(now, fewer) == ("affine_backward is gone",)


def test_known_mistakes_are_told_by_their_exercise(now, monkeypatch):
    known = {**mistakes_of(CHAPTER)}
    known["affine_backward"] = known["affine_backward"][1:]
    monkeypatch.setattr("autograder.grading.rules.mistakes_of", lambda chapter: known)
    assert what_changed(now, rules_of(CHAPTER, CELLS, SEEDS)) == (
        "known mistakes of affine_backward",)


@pytest.mark.parametrize("cells, seeds, told", [
    ((CELLS[0].replace("@ w", "@ w.copy()"), CELLS[1]), SEEDS, ("the reference solutions",)),
    ((CELLS[0], "draw(2)"), SEEDS, ()),
    (CELLS, (98_765_432_123, 7), ("the secret number of the class",)),
], ids=["solution", "figure", "seed"])
def test_what_belongs_to_the_chapter_or_the_class(now, cells, seeds, told):
    assert what_changed(now, rules_of(CHAPTER, cells, seeds)) == told


@pytest.mark.parametrize("record", [None, "x", 3, [], {}, {"points": 1}, {"points": {}}])
def test_record_of_an_older_form_says_nothing(now, record):
    assert what_changed(record, now) == (NOT_RECORDED,)


def test_many_exercises_are_told_by_their_number():
    assert in_short(["points of a", "points of b", "cases of a", "points of a"]) == (
        "points of a, b; cases of a")
    assert in_short([f"cases of {name}" for name in "abcd"] + ["the program that checks"]) == (
        "cases of 4 exercises; the program that checks")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_rows_of_a_chapter_differ_and_points_change_nothing_else(chapter, monkeypatch):
    rows = exercises_of(chapter)
    before = rules_of(chapter, (), SEEDS)
    assert len(set(before["cases"].values())) == len(rows)
    doubled = {name: replace(row, points={item: 2 * most for item, most in row.points.items()})
               for name, row in rows.items()}
    monkeypatch.setattr("autograder.grading.rules.exercises_of", lambda chapter: doubled)
    after = rules_of(chapter, (), SEEDS)
    assert before["cases"] == after["cases"]
    assert all(before["points"][name] != after["points"][name] for name in rows)


def test_seeds_are_not_given_away(now):
    assert not any(str(seed) in str(now) for seed in SEEDS)


def test_whole_rules_are_small():
    course = Course(REPOSITORY)
    now = rules_of(CHAPTER, course.solution_cells(CHAPTER), SEEDS)
    assert len(str(now)) < 3000


# Digests of functions


def module(folder, monkeypatch, name: str, text: str):
    """A module of the exercise table, for the time of a test."""
    import importlib.util
    import sys

    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(f"autograder.exercises.{name}", path)
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, made)
    spec.loader.exec_module(made)
    return made


CODE = '''
import numpy as np
SIZE = 3
def helper(rng):
    return rng.standard_normal(SIZE)
def unused(rng):
    return 1
def cases(rng):
    def inner():
        return [helper(rng)]
    return inner()
class Layer:
    width = 2
    def forward(self, x):
        return x * self.width
def plays():
    return Layer().forward(2)
'''


@pytest.mark.parametrize("old, new, function, same", [
    ("SIZE = 3", "SIZE = 4", "cases", False),
    ("standard_normal", "random", "cases", False),
    ("[helper(rng)]", "[helper(rng), 1]", "cases", False),
    ("return 1", "return 2", "cases", True),
    ("import numpy as np\n", "import numpy as np\n\n# A remark.\n", "cases", True),
    ("width = 2", "width = 3", "plays", False),
    ("x * self", "x + self", "plays", False),
    ("SIZE = 3", "SIZE = 4", "plays", True),
])
def test_function_is_what_it_says_and_calls(tmp_path, monkeypatch, old, new, function, same):
    before = module(tmp_path, monkeypatch, "before", CODE)
    one = fingerprint_of(getattr(before, function)).replace("before", "")
    changed = tmp_path / "changed"
    changed.mkdir()
    after = module(changed, monkeypatch, "before", CODE.replace(old, new))
    assert (fingerprint_of(getattr(after, function)) == one) is same


def test_values_inside_a_function_count():
    def made_with(value):
        return lambda rng: value

    assert fingerprint_of(made_with(1)) != fingerprint_of(made_with(2))
    assert fingerprint_of(made_with(np.arange(3))) != fingerprint_of(made_with(np.arange(4)))
    assert fingerprint_of({1, 2, 3}) == fingerprint_of({3, 2, 1})
