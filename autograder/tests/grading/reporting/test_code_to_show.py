"""The line that is shown of a mistake: of the mistake, short, and nobody's by name."""

import json

import pytest

from autograder.cells import CHECK_SUFFIX
from autograder.course import Course
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import Student
from autograder.grading.reporting.code_to_show import (
    MOST_LINES,
    SKIPPED,
    Answers,
    code_lines,
    words,
)
from autograder.tests.conftest import CHAPTER, REPOSITORY

EXERCISE = "affine_backward"
HEAD = "def affine_backward(dout, cache):\n    x, w, b = cache\n"
RIGHT = HEAD + "    dw = x.T @ dout\n    return dout @ w.T, dw, dout.sum(axis=0)\n"
WRONG = RIGHT.replace("x.T @ dout", "dout.T @ x")
LINE = "dw = dout.T @ x"


@pytest.fixture
def shown(tmp_path):
    """What is shown of a class in which some are wrong and one is right."""
    def show(wrong: dict[str, str], students=(), right=RIGHT, **others: str) -> list[str]:
        classroom = Classroom(Course(REPOSITORY), tmp_path)
        for student, source in {**wrong, "right": right}.items():
            cells = {EXERCISE: source, **others} if student in wrong else {EXERCISE: source}
            path = classroom.autograded(CHAPTER, student) / f"{CHAPTER}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"cells": [
                {"cell_type": "code", "id": label, "source": text,
                 "metadata": {"nbgrader": {"grade_id": label, "solution": True}}}
                for label, text in cells.items()
            ] + [{"cell_type": "code", "id": "c", "source": "check", "metadata": {
                "nbgrader": {"grade_id": EXERCISE + CHECK_SUFFIX, "solution": False}}}]}))
        everybody = [*students, *(Student(name) for name in wrong)]
        known = {student.id: student for student in reversed(everybody)}
        return Answers(classroom, CHAPTER, known.values()).to_show(EXERCISE, wrong, ["right"])
    return show


def test_what_stands_in_no_right_answer_is_shown(shown):
    assert shown({"p": WRONG}) == [LINE]


def test_lines_of_the_chapter_itself_are_right_if_they_are_of_this_exercise(shown):
    """`out = x.reshape(x.shape[0], -1) @ w + b` is right elsewhere, and here it is not."""
    other = RIGHT.replace("dw = x.T @ dout", "dw = x.reshape(x.shape[0], -1) @ w + b")
    assert shown({"p": other}) == ["dw = x.reshape(x.shape[0], -1) @ w + b"]


def test_comments_docstrings_and_what_was_left_over_are_not_shown(shown):
    talking = WRONG.replace("    x, w, b", '    """My own\n    words."""\n    # first\n    x, w, b')
    talking = talking.replace(LINE, LINE + "  # or the other way round?")
    assert shown({"p": talking + "    raise NotImplementedError()\n"}) == [LINE]


def test_what_most_wrote_alike_is_shown_then_what_is_short(shown):
    often = WRONG.replace(LINE, "dw = np.dot(dout.T, x)")
    assert shown({"p": WRONG, "q": often, "r": often}) == ["dw = np.dot(dout.T, x)"]


def test_short_answers_are_preferred_and_long_ones_cut(shown):
    long = WRONG.replace(f"    {LINE}\n", "".join(f"    s{k} = dout * {k}\n" for k in range(20)))
    assert shown({"p": long}) == [*(f"s{k} = dout * {k}" for k in range(MOST_LINES)), SKIPPED]
    assert shown({"p": long, "q": long, "r": WRONG}) == [LINE]


def test_gaps_are_marked(shown):
    both = WRONG.replace("dout.sum(axis=0)", "dout.sum(axis=1)")
    between = both.replace(f"{LINE}\n", f"{LINE}\n    dx = dout @ w.T\n")
    right = RIGHT.replace("    dw", "    dx = dout @ w.T\n    dw")
    assert shown({"p": between}, right=right) == [
        LINE, SKIPPED, "return dout @ w.T, dw, dout.sum(axis=1)"]


def test_where_only_something_is_missing_the_whole_answer_is_shown(shown):
    without = RIGHT.replace("    dw = x.T @ dout\n", "")
    assert shown({"p": without})[0] == HEAD.splitlines()[0]


@pytest.mark.parametrize("source", [
    WRONG + "# by ada\n",
    WRONG.replace("dw", "Adas_dw"),
    WRONG.replace("dw", "ada_dw"),
    WRONG.replace("def", "# Lovelàce\ndef"),
    WRONG.replace("def", "'ada.l@example.org'\ndef"),
    WRONG + "# thanks to Grace\n",
    WRONG + "# 120345\n",
    WRONG + "# ADALOVELACE1815\n",
])
def test_answer_in_which_somebody_is_named_is_not_shown(shown, source):
    class_ = [Student("al15", "120345", "", "adas", "Lovelace, Ada", "ada.l@example.org"),
              Student("gh", name="Grace Hopper")]
    assert shown({"al15": source}, class_) == []


def test_author_who_is_named_in_another_answer_is_not_shown(shown):
    ada = Student("al15", name="Ada Lovelace")
    assert shown({"al15": WRONG}, [ada], affine_forward="# Ada wrote this\n") == []


def test_names_that_are_words_of_the_chapter_hide_nothing(shown):
    assert shown({"x": WRONG}, [Student("x", name="Max Sum Cache"), Student("dw")]) == [LINE]


def test_notebook_that_is_no_notebook_is_passed_over(shown, tmp_path):
    assert shown({"p": "def affine_backward(:\n  '''"}) == []
    answers = Answers(Classroom(Course(REPOSITORY), tmp_path), CHAPTER, [])
    assert answers.of("nobody") == {}
    for text in ("", "[]", '{"cells": [1]}', "\xff"):
        path = tmp_path / "autograded" / "q" / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")
        assert Answers(answers.classroom, CHAPTER, []).of("q") == {}


def test_what_could_act_on_a_terminal_is_taken_out():
    assert code_lines("x = 1 \x1b[31m+ 2\u202e\n") == ["x = 1 + 2"]


@pytest.mark.parametrize("source, lines", [
    ('"""Only words."""\nx = 1', ["x = 1"]),
    ("def f():\n    '''a''' 'b'\n    return 1", ["def f():", "    return 1"]),
    ("x = (\n    # why\n    'text'\n)", ["x = (", "    'text'", ")"]),
    ("x = '# no comment'  # one", ["x = '# no comment'"]),
    ("'words'; x = 1", ["'words'; x = 1"]),
    ("", []),
    ("(" * 5000, []),
    ("x = '''", []),
])
def test_code_is_told_from_comments_and_docstrings(source, lines):
    assert code_lines(source) == lines


def test_words_are_found_whatever_their_capitals_accents_and_signs():
    assert words("Émile_Noël-7, s0042 [12]") >= {"emile", "noel", "s0042"}
    assert "12" not in words("12") and "1234" in words("x1 = 1234")
