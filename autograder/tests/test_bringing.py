"""What a notebook does with `bring`: run, check, say what is next, and never lose an edit."""

import re

import IPython
import numpy as np
import pytest

import autograder
from autograder.bringing import NotInANotebook, bring
from autograder.brought import call_of, is_unedited
from autograder.exercises import chapter_of, exercises_of
from autograder.tests.built_on import (
    BACKWARD,
    BUILT_ON,
    FORWARD,
    NAMES,
    RELU_BACKWARD,
    RELU_FORWARD,
    SIGMOID,
    learner,
    let_it_bring,
    stub,
)
from autograder.tests.conftest import REPOSITORY

CALL = call_of(BUILT_ON)
WRONG = "def relu_forward(x):\n    return x, x"


@pytest.fixture(autouse=True)
def brings(monkeypatch):
    let_it_bring(monkeypatch)


class Page:
    """A notebook with one cell, whose program replaces its text when it is asked to."""

    def __init__(self, folder, monkeypatch):
        self.user_ns, self.source, self.asked = {"bring": bring}, CALL, []
        self.payload_manager = self
        monkeypatch.chdir(folder)
        monkeypatch.setattr(IPython, "get_ipython", lambda: self)

    def get_parent(self):
        return {"content": {"code": self.running}}

    def write_payload(self, payload):
        assert (payload["source"], payload["replace"]) == ("set_next_input", True)
        self.asked.append(payload["text"])

    def run(self, source=None):
        """Run the cell, or another source in it; what its last line gives."""
        self.source = self.running = self.source if source is None else source
        self.asked = []
        above, _, last = self.source.rpartition("\n")
        if not last.startswith("bring("):
            exec(self.source, self.user_ns)
            return None
        exec(above, self.user_ns)
        result = eval(last, self.user_ns)
        assert len(self.asked) <= 1
        self.source = self.asked[-1] if self.asked else self.source
        return result


@pytest.fixture
def page(tmp_path, monkeypatch):
    """``page(label=source)``: a notebook beside earlier ones, some cells of which are changed."""
    return lambda **changed: Page(learner(tmp_path, **changed), monkeypatch)


def all_points(name: str) -> str:
    """What is said of an answer that has all its points."""
    most = f"{exercises_of(chapter_of(name))[name].max_points:g}"
    return f"{most} of {most} points"


def table(result) -> dict[str, str]:
    return {row.exercise: f"{row.mark}: {row.says}" for row in result.rows}


# What it brings


def test_answers_replace_the_call_and_are_there_at_once(page):
    cell = page()
    result = cell.run()
    assert is_unedited(cell.source) and FORWARD in cell.source and CALL not in cell.source[100:]
    assert table(result) == {name: f"right: {all_points(name)}" for name in NAMES}
    assert result.notes == () and result.replaced
    assert cell.user_ns["relu_forward"](np.array([-1, 2]))[0].tolist() == [0, 2]
    cell.user_ns = {}
    cell.run()  # after a restart
    assert set(NAMES) <= set(cell.user_ns)


def test_what_is_missing_names_the_exercise_to_finish_first(page, tmp_path):
    cell = page(affine_backward=stub(BACKWARD), relu_backward=None)
    result = cell.run()
    assert table(result)["affine_backward"] == "not written yet: not written yet"
    assert result.notes == ("affine_backward (03_affine) is not written yet: finish it there, "
                            "save, and run this cell again.",)
    assert cell.source.endswith(CALL)
    learner(tmp_path, relu_backward=None)
    result = cell.run()
    assert "affine_backward" in cell.user_ns and BACKWARD in cell.source
    assert "relu_backward (04_activations) is not written yet" in result.notes[0]
    learner(tmp_path)
    assert cell.run().notes == ()
    assert RELU_BACKWARD in cell.source and not cell.source.endswith(CALL)


def test_missing_notebook_is_said_with_where_it_belongs(page, tmp_path):
    cell = page()
    (tmp_path / "03_affine" / "03_affine.ipynb").unlink()
    (note,) = cell.run().notes
    assert note == ("affine_forward (03_affine) is needed first, and there is no "
                    "../03_affine/03_affine.ipynb and no 03_affine.ipynb beside this notebook: "
                    "put it there, and run this cell again.")
    (tmp_path / "03_affine" / "03_affine.ipynb").write_text("[")
    assert "empty or damaged" in cell.run().notes[0]


def test_nothing_written_leaves_the_call(page, tmp_path):
    cell = page()
    for chapter in ("03_affine", "04_activations"):
        (tmp_path / chapter / f"{chapter}.ipynb").unlink()
    result = cell.run()
    assert (cell.source, cell.asked, result.text) == (CALL, [], "")
    assert "affine_forward" in result.notes[0]


def test_wrong_answer_is_brought_all_the_same(page):
    cell = page(relu_forward=WRONG)
    result = cell.run()
    assert WRONG in cell.source and cell.user_ns["relu_forward"](-1) == (-1, -1)
    assert re.match(r"wrong: \d of \d points: .", table(result)["relu_forward"])
    (note,) = result.notes
    assert note.startswith("relu_forward (04_activations) is not right yet, and was brought all "
                           "the same: a wrong layer costs nothing here")
    assert f"put {CALL} in place of" in note


@pytest.mark.parametrize("stops", ["1 / 0", "exit()", "np.load('nothing.npy')", "helper()"])
def test_old_code_that_stops_is_one_line_and_a_comment(stops, page):
    cell = page(relu_backward=f"TABLE = {stops}\n\n{RELU_BACKWARD} * (TABLE is TABLE)")
    result = cell.run()
    assert len(result.notes) == 2, "relu_backward fails without its table"
    assert result.notes[-1].startswith("This could not be run, and stands in the cell as a comment")
    assert "TABLE: " in result.notes[-1] and "\n" not in result.notes[-1]
    assert re.search(rf"# This stopped with .*\n# TABLE = {re.escape(stops)}\n", cell.source)
    cell.user_ns = {"bring": bring}
    cell.run()
    assert set(NAMES) <= set(cell.user_ns)


def test_answer_that_stops_is_named(page):
    cell = page(relu_forward="def relu_forward(x, y=unheard_of):\n    return x, x")
    assert table(cell.run())["relu_forward"] == (
        "wrong: stopped with NameError: name 'unheard_of' is not defined")
    assert "# def relu_forward(x, y=unheard_of):" in cell.source


def test_prints_of_old_code_are_not_shown(page, capsys):
    page(relu_forward=f"for _ in range(2):\n    EPS = print('x')\n{RELU_FORWARD}, EPS").run()
    assert capsys.readouterr() == ("", "")


# What it leaves alone


def test_second_run_of_an_unedited_cell_changes_nothing(page):
    cell = page(relu_backward=stub(RELU_BACKWARD))
    cell.run()
    before = cell.source
    result = cell.run()
    assert cell.source == before and cell.asked == [] and result.replaced


def test_an_edit_stays_and_what_came_since_is_shown_to_copy(page, tmp_path):
    cell = page(relu_backward=stub(RELU_BACKWARD))
    cell.run()
    mine = cell.source.replace("np.maximum(0, x), x", "np.maximum(0, x) * 1, x  # mine")
    learner(tmp_path)
    result = cell.run(mine)
    assert (cell.source, cell.asked) == (mine, [])
    assert table(result)["relu_backward"] == f"right: {all_points('relu_backward')}"
    assert result.notes == ("You have changed this cell, so its text was left as it is. To bring "
                            f"all anew, put {CALL} in place of it.",)
    assert RELU_BACKWARD in result.text and RELU_BACKWARD in str(result)
    assert "def relu_forward" not in result.text, "that one stands in the cell"


def test_an_edited_answer_is_not_run_over(page):
    cell = page()
    cell.run(f"def relu_forward(x):\n    return 'mine', x\n{CALL}")
    assert cell.user_ns["relu_forward"](1) == ("mine", 1)
    assert cell.asked == []


def test_answers_whose_notebook_is_gone_stay_in_the_cell(page, tmp_path):
    cell = page(relu_backward=stub(RELU_BACKWARD))
    cell.run()
    before = cell.source
    (tmp_path / "03_affine" / "03_affine.ipynb").unlink()
    result = cell.run()
    assert cell.source == before
    assert result.notes[-1] == ("The text of this cell was left as it is: affine_forward, "
                                "affine_backward would be missing in a new one.")
    assert table(result)["affine_forward"] == f"right: {all_points('affine_forward')}"


def test_call_among_other_lines_is_left(page):
    cell = page()
    result = cell.run(f"x = 1\n{CALL}")
    assert cell.asked == [] and FORWARD in result.text and not result.replaced


def test_program_that_does_not_say_what_runs_keeps_its_text(page, monkeypatch):
    cell = page()
    monkeypatch.setattr(Page, "get_parent", None)
    result = cell.run()
    assert cell.asked == [] and FORWARD in result.text
    assert "does not say what stands in the cell" in result.notes[-1]


# The reference


def test_reference_is_offered_where_there_is_one_and_said_to_be_one(page, monkeypatch):
    cell = page(relu_backward=stub(RELU_BACKWARD))
    assert not any("reference" in note for note in cell.run().notes)
    monkeypatch.setattr("autograder.bringing.Path.cwd", lambda: REPOSITORY / "course" / BUILT_ON)
    monkeypatch.setattr("autograder.bringing.earlier_notebooks", lambda *_: {})
    cell.source = CALL
    offer = cell.run().notes[1]
    assert offer == (f'To go on without: bring("{BUILT_ON}", reference=True) takes the course\'s '
                     "reference for what is missing, and says so in the cell.")
    result = cell.run(call_of(BUILT_ON, reference=True))
    assert "# The course's reference, not your own: affine_forward" in cell.source
    assert table(result)["relu_backward"] == (
        f"right: the course's reference, not your own: {all_points('relu_backward')}")


# Forms


def test_html_is_escaped_and_folds_the_text(page):
    cell = page(relu_backward="def relu_backward(dout, cache):\n    return '<b>bold</b>'")
    html = cell.run()._repr_html_()
    assert "<b>bold" not in html and "&lt;b&gt;bold" in html
    assert html.count("<details") == html.count("<pre>") == 1
    assert "If the text of this cell has not changed, copy this into it" in html
    assert "<script" not in html and html.count("<tr>") == 1 + len(NAMES)


def test_text_has_a_line_for_each_exercise(page):
    lines = str(page(relu_forward=stub(RELU_FORWARD), sigmoid=stub(SIGMOID)).run()).splitlines()
    assert len(lines) == 1 + len(NAMES) + 2
    assert lines[0].startswith("· sigmoid          04_activations  not written yet")
    assert lines[1] == f"✓ affine_forward   03_affine       {all_points('affine_forward')}"


def test_outside_of_a_notebook_one_line_says_what_to_do(tmp_path):
    with pytest.raises(NotInANotebook) as refused:
        bring(BUILT_ON)
    assert "\n" not in str(refused.value) and "autograder start FOLDER" in str(refused.value)


def test_unknown_chapter_is_said(page):
    result = page().run('bring("09_tow_layers")')
    assert result.notes[0].startswith("Nothing was brought: there is no chapter '09_tow_layers'")


def test_notebooks_import_the_function():
    assert autograder.bring is bring
