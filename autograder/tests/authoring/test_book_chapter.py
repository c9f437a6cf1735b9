"""A chapter as the book shows it: exercises first, answers only where a step is unfolded."""

import base64
import io
import re
from functools import cache

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from autograder.authoring.book_chapter import (
    book_chapter,
    code_of,
    exercise_text,
    is_question,
    is_run,
    stub_of,
    worth_of,
)
from autograder.authoring.build import source_notebook
from autograder.cells import label_of
from autograder.course import Course
from autograder.exercises import CHAPTERS, exercises_of
from autograder.tests.conftest import CHAPTER, REPOSITORY

COURSE = Course(REPOSITORY)
ROWS = exercises_of(CHAPTER)
ANSWER = '''def affine_backward(dout, cache):
    """The gradients.

    Returns
    -------
    dx, dw, db
    """
    ### BEGIN SOLUTION
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    ### END SOLUTION'''
HEADING = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)
STEP = re.compile(r'<details class="step">.*?</details>', re.DOTALL)


def page_with(chapter: str, folder=None, outputs=()) -> nbformat.NotebookNode:
    """The page of a chapter whose code was not run; `outputs` stand below its first cell."""
    notebook = source_notebook(COURSE, chapter, for_the_book=True)
    run = new_notebook(cells=[new_code_cell(cell.source) for cell in notebook.cells
                              if is_run(cell)])
    run.cells[0].outputs = list(outputs)
    return book_chapter(chapter, notebook, run, folder)


page_of = cache(page_with)


def test_steps_come_in_order_and_closed():
    text = exercise_text(CHAPTER, ROWS["affine_backward"], ANSWER, "Sum over $n$.")
    titles = re.findall(r"<summary>(.*?)</summary>", text)
    assert titles == ["A question", "In indices", "The derivation", "The code"]
    assert "<details open" not in text
    first, second = ROWS["affine_backward"].hints
    assert text.index(first[:20]) < text.index(second[:20]) < text.index("Sum over $n$.")


def test_exercise_is_seen_as_students_get_it_and_its_answer_is_the_last_step():
    text = exercise_text(CHAPTER, ROWS["affine_backward"], ANSWER, None)
    seen, *_, code = STEP.sub("", text), *STEP.findall(text)
    assert "def affine_backward" in seen and "# YOUR CODE HERE" in seen
    assert "x.T @ dout" not in seen and "SOLUTION" not in text
    assert "x.T @ dout" in code and "Returns" not in code


def test_heading_in_a_derivation_is_none_of_the_page():
    text = exercise_text(CHAPTER, ROWS["affine_backward"], ANSWER, "### One pair\n\nIt counts.")
    assert "**One pair**" in text and "#" not in text[text.index("One pair") - 3:][:20]


def test_question_has_no_indices_but_a_way():
    row = ROWS["predict_touched"]
    assert is_question(row, "def predict_touched():\n    pass")
    assert "How to work it out" in exercise_text(
        CHAPTER, row, "def predict_touched():\n    return 1", None)


def test_class_is_no_question():
    row = exercises_of("02_computational_graphs")["AddNode"]
    assert row.signature == "()" and not is_question(row, "class AddNode:\n    pass")


def test_check_says_what_it_is_worth():
    assert worth_of(ROWS["affine_dx_entry"]) == "The check gives 2 points."
    assert worth_of(ROWS["predict_touched"]) == "The check gives 2 points: touched 1; slopes 1."


def test_stub_and_code_keep_what_stands_around_the_answer():
    answer = f"import math\n\n{ANSWER}\n\n\ndef helper():\n    pass"
    for text in (stub_of(answer), code_of("affine_backward", answer)):
        assert text.startswith("import math") and text.endswith("def helper():\n    pass")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_answer_stands_beside_an_exercise(chapter):
    instructors = source_notebook(COURSE, chapter)
    rows = exercises_of(chapter)
    answers = {label_of(cell): cell.source for cell in instructors.cells if label_of(cell) in rows}
    texts = [cell.source for cell in page_of(chapter).cells]
    for name, answer in answers.items():
        (text,) = (text for text in texts if f'<div class="exercise" id="{name}">' in text)
        solution = answer.split("### BEGIN SOLUTION\n")[1].split("### END SOLUTION")[0].strip()
        assert solution in text and solution not in STEP.sub("", text)
        assert f"lite/lab/index.html?path={chapter}.ipynb" in text
    assert "MARK SCHEME" not in "".join(texts) and "progress(" not in "".join(
        text for text in texts if text.startswith("progress"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_has_one_title_and_links_to_pages(chapter):
    cells = page_of(chapter).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    prose = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    assert "](../" not in prose


def test_derivation_is_unfolded_below_the_exercise_whose_check_stands_above_it():
    cells = page_of("07_convolution").cells
    (text,) = (cell.source for cell in cells if "**The echo, worked.**" in cell.source)
    assert 'id="echo_backward"' in text


@pytest.mark.parametrize("chapter", CHAPTERS[1:])
def test_every_exercise_that_asks_to_derive_has_its_derivation(chapter):
    asked, section = [], ""
    for cell in page_of(chapter).cells:
        heading = HEADING.search(cell.source)
        if cell.cell_type == "markdown" and heading and 'class="exercise"' not in cell.source:
            section = heading[1]
        if 'class="exercise"' in cell.source and section.startswith("Derive"):
            asked.append(cell.source)
    assert asked or chapter[:2] in ("08", "09"), "these two derive by their programs"
    for text in asked:
        assert "<summary>The derivation</summary>" in text, text[:100]


def test_pictures_lie_in_files_with_their_words(tmp_path):
    file = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 128)).save(file, "png")
    figure = new_output(
        "display_data", {"image/png": base64.b64encode(file.getvalue()).decode(),
                         "text/html": "<img>", "text/plain": "A box"},
        metadata={"image/png": {"width": 10, "alt": 'A "red" box'}})
    film = new_output("display_data", {
        "text/html": '<img alt="A film" src="data:image/gif;base64,R0lGODlhAQ==">'})
    page = page_with("00_welcome", tmp_path, [figure, film])
    shown, moving = next(cell for cell in page.cells if cell.get("outputs")).outputs
    source = re.search(r'src="([^"]*)"', shown.data["text/html"])[1]
    assert 'alt="A &quot;red&quot; box"' in shown.data["text/html"]
    assert 'width="10" height="5"' in shown.data["text/html"]
    with Image.open(tmp_path / source) as image:
        assert image.convert("RGBA").getpixel((3, 3)) == (255, 0, 0, 128)
    assert "base64" not in moving.data["text/html"]
    assert (tmp_path / re.search(r'src="([^"]*)"', moving.data["text/html"])[1]).read_bytes() == (
        base64.b64decode("R0lGODlhAQ=="))
