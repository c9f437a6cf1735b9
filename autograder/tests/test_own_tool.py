"""The student's own numerical gradient is shown beside the course's, and costs nothing."""

import json
import os
import re
import sys
import textwrap
from time import perf_counter

import numpy as np
import pytest

from autograder import own_tool
from autograder.checking.rubric import run_check
from autograder.exercises import CHAPTERS, exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.live import check
from autograder.own_tool import find_own_tool
from autograder.tests.keys import keys_of, reference_of

FOLDER = "01_numerical_gradients"
RIGHT = """
    def numerical_gradient(f, x, h=1e-5):
        point = np.array(x, dtype=float)
        gradient = np.zeros(point.shape)
        for index in np.ndindex(point.shape):
            value = point[index]
            point[index] = value + h
            above = f(point)
            point[index] = value - h
            gradient[index] = (above - f(point)) / (2 * h)
            point[index] = value
        return gradient
"""
DOUBLED = RIGHT.replace("(2 * h)", "h")


def returning(text):
    """A tool that answers the same to everything."""
    return f"""
    def numerical_gradient(f, x, h=1e-5):
        {text}
    """


def code_cell(source, label=None):
    metadata = {"nbgrader": {"grade_id": label}} if label else {}
    lines = textwrap.dedent(source).strip().splitlines(keepends=True)
    return {"cell_type": "code", "metadata": metadata, "source": lines, "outputs": []}


def prose(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


@pytest.fixture(scope="module", autouse=True)
def references():
    """Read while this is still the folder of the course; they are kept."""
    for chapter in CHAPTERS:
        reference_of(chapter)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder in which a student works on a later chapter."""
    for chapter in (FOLDER, "03_affine"):
        (tmp_path / chapter).mkdir()
    monkeypatch.chdir(tmp_path / "03_affine")
    monkeypatch.setattr(own_tool, "_loaded", {})
    return tmp_path


@pytest.fixture
def write(course):
    """Write cells into the notebook of chapter 01; a text is the labelled cell alone."""
    def write(*cells, path=f"{FOLDER}/{FOLDER}.ipynb"):
        cells = [code_cell(c, "numerical_gradient") if isinstance(c, str) else c for c in cells]
        (course / path).write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
        return course / path
    return write


def checked(chapter="03_affine", name="affine_backward", **changed):
    """What the live check says to the reference, with some functions changed."""
    names = {**reference_of(chapter), **changed}
    result = eval("check(name)", names, {"check": check, "name": name})
    alone = run_check(keys_of(chapter, "public")[name], LocalFunctions(names))
    # Whatever the tool does, it changes nothing else.
    assert result.items == alone.items
    assert result.points == alone.points
    assert result.printed == alone.printed
    assert result.notes[:len(alone.notes)] == alone.notes
    return result.notes[len(alone.notes):]


# What it says


def test_right_tool_agrees(write):
    write(prose("def numerical_gradient is below"), code_cell("import numpy as np"), RIGHT)
    (note,) = checked()
    assert re.fullmatch(
        r"Your own numerical_gradient from chapter 01 agrees with dx, dw and db "
        r"\(relative error \de-(09|1\d)\)\.", note,
    )


@pytest.mark.parametrize("line", [
    "%matplotlib inline", "!pip list", "np.sum?", "folder = !pwd", "%%time"])
def test_tool_below_a_magic_is_found(line, write):
    write(f"{line}\n" + textwrap.dedent(RIGHT))
    (note,) = checked()
    assert "agrees with dx, dw and db" in note


def test_wrong_tool_is_told_kindly_and_points_to_its_chapter(write):
    write(DOUBLED)
    assert checked() == (
        "Your own numerical_gradient from chapter 01 does not agree with dx, dw and db (relative "
        "error 5e-01), but the course's does. So it is your tool that deserves another look: open "
        "chapter 01 and run check(numerical_gradient).",
    )


def test_tool_that_is_wrong_in_some_shapes_gives_two_notes(write):
    write(RIGHT.replace("return gradient", "return gradient * (1 if x.ndim == 2 else 2)"))
    agrees, disagrees = checked()
    assert "agrees with dx and dw (" in agrees
    assert "not agree with db (relative error 5e-01), but the course's does. So it is" in disagrees


@pytest.mark.parametrize("text", ["return np.ones(2)", "return np.nan * x"])
def test_answer_of_another_size_or_not_finite_has_no_relative_error(text, write):
    write(returning(text))
    (note,) = checked()
    assert "does not agree with dx, dw and db, but the course's does." in note


def test_only_gradients_that_are_right_are_shown(write):
    right = reference_of("03_affine")["affine_backward"]

    def affine_backward(dout, cache):
        dx, dw, db = right(dout, cache)
        return dx, 2 * dw, db

    write(RIGHT)
    (note,) = checked(affine_backward=affine_backward)
    assert "agrees with dx and db (" in note


def test_tool_is_not_blamed_where_the_courses_own_disagrees(write):
    def affine_forward(x, w, b):
        return x @ w, (x, w, b)

    write(returning("return 7.0 * np.ones(x.shape)"))
    notes = checked(affine_forward=affine_forward)
    assert "db" not in " ".join(notes)


def test_nothing_is_shown_as_long_as_no_gradient_is_right(write):
    def affine_backward(dout, cache):
        raise NotImplementedError

    write(RIGHT)
    assert checked(affine_backward=affine_backward) == ()
    assert checked(affine_backward=lambda dout, cache: (1, 2, 3)) == ()


LATER = [
    (chapter, name) for chapter in CHAPTERS[2:] for name, exercise in exercises_of(chapter).items()
    if exercise.gradient and set(exercise.gradient.of) & set(exercise.points)
]
EARLY = [(chapter, name) for chapter in CHAPTERS[:2] for name in exercises_of(chapter)]
OTHERS = [("03_affine", "affine_forward"), ("03_affine", "affine_dx_entry")]


@pytest.mark.parametrize("chapter, name", LATER)
def test_right_tool_agrees_in_every_later_chapter(chapter, name, write, monkeypatch):
    monkeypatch.setattr(own_tool, "MOST_SECONDS", 30)  # on a machine with other work to do
    write(RIGHT)
    (note,) = checked(chapter, name)
    assert all(output in note for output in exercises_of(chapter)[name].gradient.of)
    assert "does not" not in note
    write(returning("return np.full(np.shape(x), 0.123)"))
    (note,) = checked(chapter, name)
    assert "does not agree" in note


@pytest.mark.parametrize("chapter, name", EARLY + OTHERS)
def test_nothing_is_shown_in_the_first_chapters_or_for_other_exercises(chapter, name, write):
    write(RIGHT)
    assert checked(chapter, name) == ()


# Nothing to show


SILENT = {
    "an empty stub": "# YOUR CODE HERE\nraise NotImplementedError()",
    "a stub with its signature": returning("raise NotImplementedError()"),
    "raises": returning("return 1 / 0"),
    "leaves": returning("raise SystemExit"),
    "returns nothing": returning("pass"),
    "returns text": returning("return 'steep'"),
    "returns complex numbers": returning("return 1j * x"),
    "needs more arguments": "def numerical_gradient(f, x, h, k): return x",
    "no Python": "def numerical_gradient(f, x) return x",
    "a name that is missing": returning("return gradient_of(f, x)"),
    "a cell that raises": "import no_such_module\n" + textwrap.dedent(RIGHT),
    "not a function": "numerical_gradient = 3",
    "a loop without an end": returning("while True: pass"),
    "slow": "import time\n" + textwrap.dedent(returning("time.sleep(0.2); return f(x) + f(x)")),
    "never done": returning("while f(x) is not None: pass"),
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_tool_that_does_not_work_is_silent(source, write, capfd):
    write(source)
    before = sys.gettrace()
    begin = perf_counter()
    assert checked() == ()
    assert perf_counter() - begin < 1.5
    assert sys.gettrace() is before
    assert capfd.readouterr() == ("", "")


def test_slow_forward_is_not_waited_for(write):
    from time import sleep

    right = reference_of("03_affine")["affine_forward"]
    calls = []

    def affine_forward(x, w, b):
        calls.append(1)
        sleep(0.02)
        return right(x, w, b)

    write(RIGHT)
    assert checked(affine_forward=affine_forward) == ()
    with_tool = len(calls)
    calls.clear()
    run_check(keys_of("03_affine", "public")["affine_backward"],
              LocalFunctions({**reference_of("03_affine"), "affine_forward": affine_forward}))
    # `checked` runs two checks; what is left were calls of the tool.
    assert with_tool - 2 * len(calls) < 20


def test_huge_inputs_are_skipped(write, monkeypatch):
    write(RIGHT)
    sizes = [sum(np.size(keyed.case.inputs[name]) for name in "xwb")
             for keyed in keys_of("03_affine", "public")["affine_backward"].cases
             if keyed.case.item is None]
    assert sizes[1] < sizes[0] <= own_tool.MOST_ENTRIES
    monkeypatch.setattr(own_tool, "MOST_ENTRIES", sizes[1])
    assert "agrees with dx, dw and db (" in checked()[0]  # in the second case
    monkeypatch.setattr(own_tool, "MOST_ENTRIES", min(sizes) - 1)
    assert checked() == ()


def test_missing_notebook_is_silent(course):
    assert find_own_tool() is None
    assert checked() == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"cells": 3}',
                                     b'{"cells": [{"cell_type": "code", "source": 3}]}'])
def test_damaged_notebook_is_silent(content, course):
    (course / FOLDER / f"{FOLDER}.ipynb").write_bytes(content)
    assert checked() == ()


def test_prints_and_warnings_of_the_tool_are_dropped(write, recwarn, capfd):
    loud = """print("called"); print("called", file=sys.stderr); warnings.warn("called")"""
    write("import sys, warnings\nprint('loaded')\n" + textwrap.dedent(RIGHT).replace(
        "    return gradient", f"    {loud}; return gradient"))
    (note,) = checked()
    assert "agrees with dx, dw and db" in note
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_tool_that_changes_its_input_changes_no_case(write):
    write(RIGHT.replace("return gradient", "x *= 0; return gradient"))
    before = {k.case.name: np.copy(k.case.inputs["x"])
              for k in keys_of("03_affine", "public")["affine_backward"].cases}
    assert "agrees" in checked()[0]
    for keyed in keys_of("03_affine", "public")["affine_backward"].cases:
        assert np.array_equal(keyed.case.inputs["x"], before[keyed.case.name])


# Finding and loading


@pytest.mark.parametrize("here, path", [
    ("03_affine", f"{FOLDER}/{FOLDER}.ipynb"),
    (".", f"{FOLDER}/{FOLDER}.ipynb"),
    ("03_affine", f"03_affine/{FOLDER}.ipynb"),
])
def test_notebook_is_found_nearby(here, path, course, write, monkeypatch):
    write(RIGHT, path=path)
    monkeypatch.chdir(course / here)
    assert "agrees" in checked()[0]


def test_folder_that_is_gone_is_silent(course, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr(own_tool.Path, "cwd", gone)
    assert checked() == ()


def test_cell_without_its_label_is_found_by_its_definition(write):
    write(code_cell("x = 1"), code_cell(DOUBLED), code_cell(RIGHT), code_cell("x = 2"))
    assert " agrees with" in checked()[0]


def test_labelled_cell_comes_first(write):
    write(RIGHT, code_cell(DOUBLED))
    assert " agrees with" in checked()[0]


def test_definition_elsewhere_is_found_when_the_labelled_cell_is_empty(write):
    write("# see below", code_cell(RIGHT))
    assert " agrees with" in checked()[0]


LOADED = {
    "helpers and constants": """
        %matplotlib inline
        import math
        H, UNUSED = 1e-5, 1 / 1
        def slope(f, p, m):
            return (f(p) - f(m)) / (2 * H)
        def numerical_gradient(f, x):
            gradient = np.zeros(x.shape)
            for index in np.ndindex(x.shape):
                step = np.zeros(x.shape)
                step[index] = H
                gradient[index] = slope(f, x + step, x - step)
            return gradient
    """,
    "a lambda": """
        numerical_gradient = lambda f, x, h=1e-5: np.array([
            (f(x + h * e.reshape(x.shape)) - f(x - h * e.reshape(x.shape))) / (2 * h)
            for e in np.eye(x.size)]).reshape(x.shape)
    """,
    "tests below the function are not run": RIGHT + """
    raise_this = 1 / 0
    result = numerical_gradient(print, np.ones(10**9))
    while True:
        plt.plot(result)
    """,
}


@pytest.mark.parametrize("source", LOADED.values(), ids=LOADED)
def test_definitions_of_a_cell_are_loaded(source, write):
    write(source)
    assert "agrees with dx, dw and db" in checked()[0]


def test_notebook_is_read_again_only_after_it_was_saved(write):
    path = write(RIGHT)
    first = find_own_tool()
    assert find_own_tool() is first
    write(DOUBLED)
    os.utime(path, ns=(1, 1))
    assert find_own_tool() is not first
    assert "does not agree" in checked()[0]


def test_chapter_is_the_one_of_the_tool():
    assert own_tool.TOOL in exercises_of(own_tool.CHAPTER)
