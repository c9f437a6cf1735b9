"""What a student sees in a real JupyterLab: filling cells, reading the table, pressing Validate."""

import shutil

import pytest

from autograder.authoring.headers import BEGIN, END
from autograder.brought import call_of, is_unedited
from autograder.cells import BROUGHT, defined_in, header, read_chapter
from autograder.course import Course
from autograder.exercises import exercises_of
from autograder.tests.browser import Notebook, chromium_page, find_chromium, jupyterlab
from autograder.tests.built_on import BUILT_ON, FORWARD, NAMES, RELU_BACKWARD, learner, stub
from autograder.tests.conftest import REPOSITORY
from autograder.tests.notebooks import code, put, sealed

pytest.importorskip("playwright", reason="Playwright is not installed")
pytestmark = pytest.mark.skipif(not find_chromium(), reason="no Chromium or Chrome on the PATH")

AFFINE, WELCOME = "03_affine", "00_welcome"
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
ENOUGH_CONTRAST = 4.5
"""For text of normal size: level AA of WCAG 2, success criterion 1.4.3."""

TRANSPOSED = "dw = dout.T @ x.reshape(x.shape[0], -1)"
UNWRITTEN = """def identity(x):
    raise NotImplementedError()
"""
RIGHT_AND_WRONG = """import warnings

def step_function(x):
    print("x is", x)
    warnings.warn("careful")
    out = (x > 0).astype(int)
    x[...] = 0
    return out
"""
HOSTILE = """def identity(x):
    raise ValueError("<b id='intruder'>" + 30 * "endless")
"""


class Desk:
    """A page and a server of a copy of the course, as a student has it on a computer."""

    def __init__(self, page, server, folder):
        self.page, self.server, self.folder, self.notebook = page, server, folder, None

    def open(self, chapter: str) -> Notebook:
        """The chapter's notebook, as the test before has left it if it is open already."""
        path = f"{chapter}/{chapter}.ipynb"
        if self.notebook is None or self.notebook.path != path:
            self.notebook = Notebook(self.page, self.server, path)
            self.notebook.run("from autograder import check")
        return self.notebook


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "my course"
    shutil.copytree(REPOSITORY / "course", folder,
                    ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with jupyterlab(folder) as server, chromium_page() as page:
        yield Desk(page, server, folder)


@pytest.fixture(params=[
    LIGHT, DARK,
])
def theme(desk, request):
    desk.open(WELCOME).theme(request.param)
    yield request.param
    desk.notebook.theme(LIGHT)


@pytest.fixture(params=[1280, 700])
def width(desk, request):
    usual = desk.page.viewport_size
    desk.page.set_viewport_size({**usual, "width": request.param})
    yield request.param
    desk.page.set_viewport_size(usual)


def solutions(chapter: str) -> dict[str, str]:
    """The right answers as a student would write them, by exercise."""
    text = Course(REPOSITORY).solution(chapter).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() not in (BEGIN, END)]
    answers = [c.source for c in read_chapter("\n".join(lines)).cells
               if header(c).get("title") == "exercise"]
    return {name: source for source in answers for name in defined_in(source)
            if name in exercises_of(chapter)}


def answer(notebook: Notebook, name: str, source: str) -> None:
    notebook.replace(f"def {name}(", source)
    notebook.run(f"def {name}(")
    notebook.run(f"check({name})")


def test_transposed_gradient_is_explained_and_the_right_one_gets_full_marks(desk):
    notebook = desk.open(AFFINE)
    answers = solutions(AFFINE)
    assert set(answers) == set(exercises_of(AFFINE))
    right = answers.pop("affine_backward")
    line = next(line for line in right.splitlines() if line.strip().startswith("dw ="))
    wrong = right.replace(line.strip(), TRANSPOSED)
    for name, source in {**answers, "affine_backward": wrong}.items():
        notebook.replace(f"def {name}(", source)
    notebook.run_all()

    for name in answers:
        points = f"{exercises_of(AFFINE)[name].max_points:g}"
        assert f"{name}: {points} of {points} points" in notebook.text(f"check({name})")
    table = notebook.text("check(affine_backward)")
    points = exercises_of(AFFINE)["affine_backward"].max_points
    assert f"affine_backward: {points - 3:g} of {points:g} points" in table
    assert "✗\tdw\t0 of 2\tshape (5, 4) = (M, D)\tshape (4, 5) = (D, M)" in table
    assert "dw has shape (5, 4), where (4, 5) is expected: (M, D) in place of (D, M)." in table
    assert "dw is transposed" in table
    assert table.count("✗") == 1
    complaint = notebook.validate()
    assert "The following cell failed" in complaint and "check(affine_backward)" in complaint
    assert f"affine_backward: {points - 3:g} of {points:g} points" in complaint
    assert "Known mistake: dw is transposed." in complaint and "Partial credit" not in complaint

    answer(notebook, "affine_backward", right)
    table = notebook.text("check(affine_backward)")
    assert f"affine_backward: {points:g} of {points:g} points" in table
    assert "✗" not in table
    assert notebook.validate() == "Success! Your notebook passes all the tests."


def test_earlier_answers_replace_the_text_of_the_cell_and_an_edit_stays(desk):
    folder = learner(desk.folder / "learner", relu_backward=stub(RELU_BACKWARD))
    names = f"import autograder.exercises.svm_loss as chapter\nchapter.BROUGHT = {NAMES}"
    put(sealed(code("cell-000", f"from autograder import bring\n{names}"),
               code(BROUGHT, call_of(BUILT_ON), solution=True)), folder.parent, BUILT_ON)
    desk.notebook = notebook = Notebook(
        desk.page, desk.server, f"learner/{BUILT_ON}/{BUILT_ON}.ipynb")
    notebook.run("chapter.BROUGHT")
    notebook.run("bring(")
    assert is_unedited(notebook.source("bring(")) and FORWARD in notebook.source("bring(")
    table = notebook.text("bring(")
    assert "✓\taffine_backward\t03_affine\t" in table and "·\trelu_backward\t" in table
    assert "relu_backward (04_activations) is not written yet: finish it there" in table

    learner(desk.folder / "learner")
    notebook.run("bring(")
    whole = notebook.source("bring(")
    assert is_unedited(whole) and RELU_BACKWARD in whole
    notebook.replace("bring(", f"{whole}\n\nx = 'mine'\n{call_of(BUILT_ON)}")
    notebook.run("bring(")
    assert notebook.source("bring(") == f"{whole}\n\nx = 'mine'\n{call_of(BUILT_ON)}"
    assert "You have changed this cell, so its text was left as it is." in notebook.text("bring(")
    assert not any(output["output_type"] == "error" for output in notebook.outputs("bring("))


@pytest.mark.slow
def test_validate_says_of_a_blank_notebook_that_nothing_is_written(desk):
    path = f"blank/{WELCOME}.ipynb"
    (desk.folder / "blank").mkdir()
    shutil.copy(REPOSITORY / "course" / WELCOME / f"{WELCOME}.ipynb", desk.folder / path)
    desk.notebook = Notebook(desk.page, desk.server, path)
    complaint = desk.notebook.validate()
    for name, row in exercises_of(WELCOME).items():
        assert f"{name}: 0 of {row.max_points:g} points, not written yet" in complaint
    assert "Partial credit" not in complaint


@pytest.mark.slow
def test_checks_cannot_be_edited(desk):
    with pytest.raises(RuntimeError, match="did not take"):
        desk.open(WELCOME).replace("check(identity)", "1.0")


@pytest.mark.slow
def test_every_word_and_mark_of_a_result_can_be_read(desk, theme):
    notebook = desk.open(WELCOME)
    answer(notebook, "step_function", RIGHT_AND_WRONG)
    answer(notebook, "identity", UNWRITTEN)
    found = [*notebook.contrasts("check(step_function)"), *notebook.contrasts("check(identity)")]
    answer(notebook, "identity", solutions(WELCOME)["identity"])
    found += notebook.contrasts("check(identity)")

    words = [text for text, _ in found]
    assert {"✓", "✗", "·", "out", "2 of 2", "inputs unchanged", "What is checked"} <= set(words)
    most = exercises_of(WELCOME)["step_function"].max_points
    assert {f"step_function: {most - 1:g} of {most:g} points", "identity: 1 of 1 points"} <= set(
        words)
    assert any("careful" in text for text in words), "the warning is not shown"
    faint = {text: round(ratio, 2) for text, ratio in found if ratio < ENOUGH_CONTRAST}
    assert not faint


@pytest.mark.slow
def test_result_fits_the_window(desk, width):
    notebook = desk.open(WELCOME)
    answer(notebook, "step_function", RIGHT_AND_WRONG)
    assert notebook.excess_width("check(step_function)") == 0


@pytest.mark.slow
def test_word_wider_than_the_window_is_broken(desk, width):
    notebook = desk.open(WELCOME)
    answer(notebook, "identity", HOSTILE)
    assert notebook.excess_width("check(identity)") == 0


@pytest.mark.slow
def test_markup_in_a_message_is_shown_as_text(desk):
    notebook = desk.open(WELCOME)
    answer(notebook, "identity", HOSTILE)
    assert "<b id='intruder'>" in notebook.text("check(identity)")
    assert desk.page.locator("#intruder").count() == 0
