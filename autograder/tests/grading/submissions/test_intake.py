"""What is taken from a notebook that is built on earlier chapters."""


import pytest

from autograder.brought import call_of
from autograder.cells import BROUGHT
from autograder.checking.exercise import Exercise, question
from autograder.grading.submissions.intake import take_in
from autograder.tests.built_on import BUILT_ON, let_it_bring
from autograder.tests.notebooks import as_read, code, exercise, insert, labelled, sealed, write

ROWS = {"scale": Exercise("scale", "(x)", ("out",), {"out": 1}, question("any"))}
CALL = call_of(BUILT_ON)
IMPORTS = "from autograder import bring, check"
ANSWER = "def scale(x):\n    return 2 * x"
TEXT = "def relu_forward(x):\n    return x * (x > 0), x"
OTHER = "def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)"


@pytest.fixture(autouse=True)
def brings(monkeypatch):
    let_it_bring(monkeypatch)


def release(*more) -> dict:
    brought = code(BROUGHT, CALL, solution=True, grade=False, locked=False)
    return sealed(code("cell-000", IMPORTS), brought, exercise("scale"), *more)


def taken(notebook: dict):
    return take_in(as_read(notebook), release(), ROWS)


def answered() -> dict:
    return write(release(), "scale", ANSWER)


def test_what_was_brought_is_always_run():
    """The answer does not use it: the grader calls it."""
    found = taken(write(answered(), BROUGHT, TEXT))
    assert found.sources == [TEXT, ANSWER]
    assert found.answers == {"scale": ANSWER, BROUGHT: TEXT}
    assert found.notes == []


def test_what_still_calls_bring_is_given_its_imports():
    text = f"{TEXT}\n\n{CALL}"
    assert taken(write(answered(), BROUGHT, text)).sources == [IMPORTS, text, ANSWER]


@pytest.mark.parametrize("call", [CALL, f"# my answers\n{CALL}", ""])
def test_of_a_cell_that_still_holds_the_call_nothing_is_run_or_said(call):
    found = taken(write(answered(), BROUGHT, call))
    assert (found.sources, found.notes) == ([ANSWER], [])
    assert BROUGHT not in found.answers


def test_missing_cell_is_noted():
    notebook = answered()
    notebook["cells"].remove(labelled(notebook, BROUGHT))
    found = taken(notebook)
    assert found.sources == [ANSWER]
    assert found.notes == [
        f"The cell {CALL} is missing, and with it the answers of earlier chapters."]


def test_cell_without_its_label_is_found_by_the_functions():
    notebook = write(answered(), BROUGHT, TEXT)
    labelled(notebook, BROUGHT).update(id="1a2b", metadata={})
    found = taken(notebook)
    assert found.sources == [TEXT, ANSWER]
    assert found.answers[BROUGHT] == TEXT
    assert found.notes == ["The cell with the answers of earlier chapters lost its label; they "
                           "were found by the names of the functions."]


def test_of_copies_the_last_one_written_counts():
    notebook = answered()
    cell = labelled(notebook, BROUGHT)
    place = notebook["cells"].index(cell)
    notebook["cells"][place:place + 1] = [
        {**cell, "source": text} for text in (TEXT.replace("> 0", "< 0"), TEXT, CALL)]
    found = taken(notebook)
    assert found.sources == [TEXT, ANSWER]
    assert found.notes == ["The cell with the answers of earlier chapters was copied; the last "
                           "copy with answers counts."]


def test_answers_that_somebody_pasted_elsewhere_are_run_too():
    notebook = insert(write(answered(), BROUGHT, TEXT), BROUGHT, code("own", OTHER))
    assert taken(notebook).sources == [TEXT, OTHER, ANSWER]


def test_chapter_that_brings_nothing_is_read_as_ever():
    plain = write(sealed(code("cell-000", IMPORTS), exercise("scale")), "scale", ANSWER)
    found = take_in(as_read(plain), plain, ROWS)
    assert (found.sources, found.notes) == ([ANSWER], [])


@pytest.mark.parametrize("source, edited", [
    ("check(scale)", False),
    ("check(scale, hint=2)", False),
    ("# again\ncheck(scale)\n\nprint(check('scale'));", False),
    ("check(\n    scale,\n)".replace(",", ""), False),
    ("", False),
    ("check(other)", True),
    ("check(scale)\nprint(scale(3))", True),
    ("10.0", True),
])
def test_check_cell_in_which_something_else_stands_is_told(source, edited):
    found = taken(write(answered(), "scale-check", source))
    assert found.edited_checks == (("scale",) if edited else ())
    assert found.answers == {"scale": ANSWER} and found.notes == []
