"""The text that is brought: the right cells, what they need, nothing else, and whose it is."""

import json
import re

import numpy as np
import pytest

from autograder.brought import (
    call_of,
    earlier_notebooks,
    find_brought,
    is_call,
    is_unedited,
    put_together,
    references_near,
)
from autograder.cells import BROUGHT, Cell, percent_code
from autograder.checking.rubric import run_check
from autograder.course import Course, solution_cells
from autograder.exercises import CHAPTERS, brought_into, chapter_of
from autograder.kit.functions import LocalFunctions
from autograder.tests.built_on import (
    BACKWARD,
    BUILT_ON,
    FORWARD,
    NAMES,
    RELU_BACKWARD,
    RELU_FORWARD,
    SIGMOID,
    SIGMOID_FORWARD,
    STUB,
    learner,
    let_it_bring,
    stub,
)
from autograder.tests.conftest import REPOSITORY
from autograder.tests.keys import keys_of
from autograder.tests.notebooks import code, insert

CALL = call_of(BUILT_ON)


@pytest.fixture(autouse=True)
def brings(monkeypatch):
    let_it_bring(monkeypatch)


def made(folder, reference=False, names=None):
    references = references_near(BUILT_ON, REPOSITORY) if reference else None
    return put_together(BUILT_ON, earlier_notebooks(BUILT_ON, folder), names, references)


def change(folder, chapter, edit):
    """Edit the notebook of an earlier chapter."""
    path = folder.parent / chapter / f"{chapter}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    edit(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def after(behind, source, label="own"):
    """The edit that puts a cell behind another."""
    return lambda notebook: insert(notebook, behind, code(label, source))


def run(text) -> dict:
    names: dict = {"bring": lambda *arguments, **options: None}
    exec(text, names)
    return names


# What stands in the cell


def test_every_chapter_brings_what_earlier_ones_have_in_their_order():
    for chapter in CHAPTERS:
        names = brought_into(chapter)
        homes = [chapter_of(name) for name in names]
        assert all(home in CHAPTERS[:CHAPTERS.index(chapter)] for home in homes), names
        assert homes == sorted(homes)
        assert len(set(names)) == len(names)


def test_text_is_the_answers_and_what_they_need(tmp_path):
    text = made(learner(tmp_path)).text
    head, below, rest = text.split("\n", 2)
    assert re.fullmatch(
        rf"# Answers of earlier chapters, brought by {re.escape(CALL)}\. \[[0-9a-f]{{12}}\]", head)
    assert below.startswith("# ") and "What you change here stays" in below
    assert rest == f"""
# From ../03_affine/03_affine.ipynb

{FORWARD}


{BACKWARD}


# From ../04_activations/04_activations.ipynb

import numpy as np


{SIGMOID}


{SIGMOID_FORWARD}


{RELU_FORWARD}


{RELU_BACKWARD}"""


def test_every_answer_passes_its_check_where_it_was_brought(tmp_path):
    names = run(made(learner(tmp_path)).text)
    for name in NAMES:
        result = run_check(keys_of(chapter_of(name), "public")[name], LocalFunctions(names))
        assert result.points == result.max_points, str(result)


def test_what_is_not_written_is_named_and_the_call_stays(tmp_path):
    folder = learner(tmp_path, relu_backward=stub(RELU_BACKWARD), affine_backward=None)
    text = made(folder)
    assert list(text.missing) == ["affine_backward", "relu_backward"]
    assert text.text.endswith(
        f"\n\n\n# Not written yet: affine_backward (03), relu_backward (04)\n\n\n{CALL}")
    assert text.brought == ["affine_forward", "sigmoid_forward", "relu_forward"]


def test_exercise_that_an_answer_uses_is_named_too(tmp_path):
    text = made(learner(tmp_path, sigmoid=stub(SIGMOID)))
    assert list(text.missing) == ["sigmoid"]
    assert SIGMOID_FORWARD in text.text and "def sigmoid(" not in text.text


def test_missing_and_damaged_notebooks_lose_nothing_else(tmp_path):
    folder = learner(tmp_path)
    path = folder.parent / "03_affine" / "03_affine.ipynb"
    path.write_text("{")
    text = made(folder)
    both = ("affine_forward", "affine_backward")
    assert text.missing == dict.fromkeys(both, "unreadable notebook")
    path.unlink()
    assert made(folder).missing == dict.fromkeys(both, "no notebook")
    assert RELU_FORWARD in text.text


def test_notebooks_may_lie_in_one_folder(tmp_path):
    folder = learner(tmp_path)
    for chapter in ("03_affine", "04_activations"):
        (folder.parent / chapter / f"{chapter}.ipynb").rename(tmp_path / f"{chapter}.ipynb")
    text = made(tmp_path).text
    assert "# From 03_affine.ipynb" in text and FORWARD in text and RELU_FORWARD in text


@pytest.mark.parametrize("half, written", [
    (f"def relu_forward(x):\n    out = np.maximum(0, x)\n    return out, x\n{STUB}", True),
    ("def relu_forward(x):\n    # YOUR CODE HERE\n    return np.maximum(0, x), x", True),
    ("relu_forward = lambda x: (np.maximum(0, x), x)", True),
    ("def relu_forward(x):\n    raise NotImplementedError", False),
    ("class relu_forward:\n    def __init__(self):\n        self.x = 0\n"
     "    def forward(self):\n        raise NotImplementedError()", False),
    ("", False),
], ids=["raise below", "comment kept", "lambda", "no docstring", "class", "emptied"])
def test_what_counts_as_written(half, written, tmp_path):
    text = made(learner(tmp_path, relu_forward=half))
    assert ("relu_forward" in text.missing) == (not written)
    assert (half in text.text) == (written or not half)


# Which cells


def test_of_copies_the_last_one_written_is_brought(tmp_path):
    folder = learner(tmp_path)
    better = RELU_FORWARD.replace("np.maximum(0, x)", "x.clip(0)")
    for source in (stub(RELU_FORWARD), better):
        change(folder, "04_activations", after("relu_forward", source, "relu_forward"))
    text = made(folder).text
    assert better in text and text.count("def relu_forward") == 1


def test_answer_in_a_cell_of_ones_own_is_found(tmp_path):
    folder = learner(tmp_path, relu_forward=stub(RELU_FORWARD))
    change(folder, "04_activations", after("relu_forward", RELU_FORWARD))
    assert RELU_FORWARD in made(folder).text


def test_answer_that_is_not_python_costs_only_itself(tmp_path):
    text = made(learner(tmp_path, relu_forward="def relu_forward(x:\n    return x"))
    assert text.missing == {"relu_forward": "not Python"}
    assert RELU_BACKWARD in text.text


def test_helpers_come_along_without_prints_and_pictures(tmp_path):
    folder = learner(tmp_path, relu_forward=f"""\
print("I am busy")
relu_forward = None

{RELU_FORWARD.replace("np.maximum(0, x)", "half(x) + half(abs(x))")}

print(relu_forward(np.arange(3)))
plt.plot([1, 2])""")
    helper = "FACTOR = {}\nFACTOR['half'] = 0.5\nprint(FACTOR)\n\n# halves it\ndef half(x):\n" \
             "    return FACTOR['half'] * x\nhalf(3)"
    change(folder, "04_activations", after("relu_backward", helper))
    change(folder, "04_activations", after("relu_backward", "@when_written\ndef half():\n    1/0"))
    text = made(folder).text
    assert "FACTOR = {}\nFACTOR['half'] = 0.5" in text
    assert "# halves it\ndef half(x):" in text
    assert not re.search(r"print|plt|when_written|half\(3\)", text)
    np.testing.assert_array_equal(run(text)["relu_forward"](np.array([-1.0, 2.0]))[0], [0, 2])


def test_magics_are_left_out(tmp_path):
    folder = learner(tmp_path, relu_forward=f"%time\n{RELU_FORWARD}\n!ls")
    text = made(folder).text
    assert RELU_FORWARD in text and not re.search("%time|!ls", text)


def test_markers_of_a_solution_are_left_out(tmp_path):
    lines = RELU_FORWARD.replace("\n", "\n    ### BEGIN SOLUTION\n") + "\n    ### END SOLUTION"
    text = made(learner(tmp_path, relu_forward=lines)).text
    assert RELU_FORWARD in text and "SOLUTION" not in text


def test_helper_of_two_meanings_is_noted(tmp_path):
    folder = learner(tmp_path, affine_forward=f"N = 1\n{FORWARD} if N else None",
                     relu_forward=f"N = 0\n{RELU_FORWARD} if N else None")
    assert made(folder).clashes == [
        "N is one thing in 03_affine and another in 04_activations, and here the second one "
        "holds: give one of them another name."]
    assert made(learner(tmp_path)).clashes == []


def test_what_two_chapters_need_alike_stands_there_once(tmp_path):
    same = "# as ever\nimport  numpy as np\nfrom math import *\n"
    text = made(learner(tmp_path, affine_forward=f"{same}{FORWARD} if np else pi",
                        relu_forward=f"import numpy as np\nfrom math import *\n{RELU_FORWARD}"))
    assert text.clashes == []
    assert text.text.count("numpy as np") == text.text.count("from math import *") == 1


def test_own_copy_of_an_answer_does_not_hide_the_one_that_is_brought(tmp_path):
    folder = learner(tmp_path, relu_forward=f"{RELU_FORWARD}\n\ndef use():\n    affine_forward()",
                     relu_backward=f"{RELU_BACKWARD} * (use is not None)")
    change(folder, "04_activations", after("relu_backward", "affine_forward = None"))
    text = made(folder).text
    assert "def use" in text and "affine_forward = None" not in text


# The reference


def test_reference_stands_in_for_what_is_missing_and_is_said_to_be_one(tmp_path):
    folder = learner(tmp_path, sigmoid=stub(SIGMOID), relu_backward=stub(RELU_BACKWARD))
    text = made(folder, reference=True)
    assert text.missing == {}
    assert text.references == ["sigmoid", "relu_backward"]
    assert ("# The course's reference, not your own: sigmoid, relu_backward "
            "(solutions/04_activations.py)") in text.text
    assert text.text.endswith(f'bring("{BUILT_ON}", reference=True)')
    assert SIGMOID_FORWARD in text.text and "### " not in text.text
    names = run(text.text)
    assert run_check(keys_of("04_activations", "public")["relu_backward"],
                     LocalFunctions(names)).points > 0


def test_reference_is_not_used_for_what_is_written(tmp_path):
    wrong = RELU_FORWARD.replace("np.maximum(0, x)", "x")
    text = made(learner(tmp_path, relu_forward=wrong), reference=True)
    assert text.references == [] and wrong in text.text and "reference" not in text.text


def test_no_references_far_from_a_checkout(tmp_path):
    assert references_near(BUILT_ON, tmp_path) == {}
    assert set(references_near(BUILT_ON, REPOSITORY / "course" / "03_affine")) == {
        "03_affine", "04_activations"}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_sources_are_read_as_jupytext_reads_them(chapter):
    text = Course(REPOSITORY).solution_text(chapter)
    assert percent_code(text) == [source for source in solution_cells(text) if source]


# Recognising it


@pytest.mark.parametrize("source, bare", [
    (CALL, True), (f"# mine\n{CALL}  # now", True), (call_of(BUILT_ON, True), True),
    (f"{CALL}\nx = 1", False), ("", False), ("bring", False), ("print(bring(1))", False),
])
def test_bare_call_is_recognised(source, bare):
    assert is_call(source) == bare


def test_edits_are_recognised(tmp_path):
    text = made(learner(tmp_path)).text
    assert is_unedited(text) and is_unedited(f"{text}\n".replace("\n", "  \n"))
    for edited in (text + "\nx = 1", text.replace("maximum", "minimum"), text.partition("\n")[2],
                   text.replace("# What you", "# What I"), f"x = 1\n{text}", CALL, ""):
        assert not is_unedited(edited)


def test_cell_is_found_in_a_notebook(tmp_path):
    text = made(learner(tmp_path)).text
    own = Cell("own", FORWARD)
    for cells, found in (
        ([own, Cell(BROUGHT, text)], [1]),
        ([Cell("lost", text), Cell("x", "1")], [0]),
        ([Cell(BROUGHT, text), Cell(BROUGHT, "x = 1"), Cell(BROUGHT, CALL)], [1]),
        ([Cell(BROUGHT, RELU_FORWARD), own, Cell("copy", FORWARD)], [0, 2]),
        ([Cell(BROUGHT, CALL), Cell("affine_forward-check", FORWARD)], []),
    ):
        assert find_brought(cells, NAMES) == found
