"""The seal: what is whose in a notebook, whatever has been done to it."""

import copy
import json

import nbformat
import pytest

from autograder.cells import BROUGHT, WRITTEN_ANSWER
from autograder.course import Course
from autograder.exercises import CHAPTERS, brought_into, exercises_of
from autograder.seal import (
    KEY,
    NotANotebook,
    find_cells,
    guessed_seal,
    is_written_in,
    new_seal,
    notebook_text,
    own_cells,
    read_notebook,
    seal,
    seal_of,
)
from autograder.tests.conftest import REPOSITORY
from autograder.tests.notebooks import (
    code,
    exercise,
    insert,
    labelled,
    labels,
    question,
    sealed,
    text,
    write,
)

ANSWER = "def scale(x):\n    return 2 * x"


def chapter() -> dict:
    return sealed(text("cell-000", "# Title"), exercise("scale"), text("cell-003", "prose"),
                  code("cell-004", "picture()"), question())


def released(stem: str) -> dict:
    return read_notebook(Course(REPOSITORY).released(stem).read_bytes())


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_released_notebook_is_sealed_and_as_it_was(stem):
    notebook = released(stem)
    assert seal_of(notebook) == new_seal(notebook)
    answers = {*exercises_of(stem), *([BROUGHT] if brought_into(stem) else [])}
    assert answers == set(new_seal(notebook).answers) - {WRITTEN_ANSWER}
    assert not is_written_in(notebook)


def test_a_seal_adds_nothing_but_itself_and_is_written_as_nbformat_writes():
    plain = released("00_welcome")
    del plain["metadata"][KEY]
    before = nbformat.writes(nbformat.from_dict(copy.deepcopy(plain))) + "\n"
    after = read_notebook(seal(before))
    del after["metadata"][KEY]
    assert notebook_text(after) == before
    assert seal(seal(before)) == seal(before)


def test_a_version_changes_with_anything_that_is_not_an_output():
    first = new_seal(chapter()).version
    for change in (
        lambda n: write(n, "cell-003", "Prose."),
        lambda n: labelled(n, "scale-check")["metadata"]["nbgrader"].update(points=3),
        lambda n: n["metadata"].update(source="elsewhere"),
        lambda n: n["cells"].reverse(),
    ):
        notebook = chapter()
        change(notebook)
        assert new_seal(notebook).version != first
    ran = chapter()
    labelled(ran, "cell-004").update(outputs=[{"output_type": "stream"}], execution_count=3)
    assert new_seal(ran).version == first


@pytest.mark.parametrize("change", [
    lambda n: write(n, "scale", ANSWER),
    lambda n: write(n, "cell-003", "my notes"),
    lambda n: write(n, WRITTEN_ANSWER, "Because."),
    lambda n: insert(n, "cell-003", code("a1b2", "1 + 1")),
    lambda n: insert(n, None, text("a1b2", "mine")),
    lambda n: labelled(write(n, "scale", ANSWER), "scale").update(id="a1b2", metadata={}),
])
def test_whatever_somebody_has_written_is_seen(change):
    notebook = chapter()
    change(notebook)
    assert is_written_in(notebook)


@pytest.mark.parametrize("change", [
    lambda n: None,
    lambda n: labelled(n, "cell-004").update(outputs=[{"output_type": "stream"}]),
    lambda n: labelled(n, "cell-004")["metadata"].update(collapsed=True),
    lambda n: n["cells"].pop(),
    lambda n: insert(n, "cell-003", code("a1b2", " \n")),
    lambda n: n["cells"].insert(0, n["cells"].pop(3)),
    lambda n: [cell.update(source=cell["source"].splitlines(keepends=True)) for cell in n["cells"]],
    lambda n: [cell.update(id=f"a1b2{k}") for k, cell in enumerate(n["cells"])],
])
def test_running_moving_folding_and_deleting_is_not_writing(change):
    notebook = chapter()
    change(notebook)
    assert not is_written_in(notebook)


def test_without_a_seal_the_checksum_of_nbgrader_tells_an_answer_from_a_stub():
    notebook = released("03_affine")
    del notebook["metadata"][KEY]
    assert not is_written_in(notebook)
    assert guessed_seal(notebook).answers == new_seal(notebook).answers
    answer = labelled(notebook, "affine_forward")
    answer["source"] = ["def affine_forward(x, w, b):\n", "    return x @ w + b, (x, w, b)"]
    assert is_written_in(notebook)
    assert guessed_seal(notebook).answers["affine_forward"] == ""


@pytest.mark.parametrize("damage", [{}, [], {"version": "1", "answers": {}, "given": {"a": 1}}])
def test_a_damaged_seal_is_none(damage):
    notebook = chapter()
    notebook["metadata"][KEY] = damage
    assert seal_of(notebook) is None


# Where the cells are now


def place(notebook: dict, label: str) -> int | None:
    was = seal_of(notebook)
    assert was is not None
    return find_cells(notebook["cells"], was).get(label)


def test_an_answer_without_a_label_is_found_by_the_function_it_defines():
    notebook = write(chapter(), "scale", ANSWER)
    labelled(notebook, "scale").update(id="a1b2", metadata={})
    assert place(notebook, "scale") == 1


def test_of_two_copies_the_last_one_written_is_the_answer_and_the_other_the_learners_own():
    notebook = write(chapter(), "scale", ANSWER)
    draft = copy.deepcopy(labelled(notebook, "scale"))
    draft.update(id="a1b2", source="def scale(x):\n    return x")
    notebook["cells"].insert(1, draft)
    was = seal_of(notebook)
    found = find_cells(notebook["cells"], was)
    assert found["scale"] == 2
    assert own_cells(notebook["cells"], found) == [1]


def test_a_helper_split_from_an_answer_is_not_the_answer():
    notebook = write(chapter(), "scale", ANSWER)
    helper = copy.deepcopy(labelled(notebook, "scale"))
    helper.update(id="a1b2", source="def helper(x):\n    return x")
    insert(notebook, "cell-003", helper)
    assert place(notebook, "scale") == 1


def test_an_answer_in_words_without_an_id_is_found_behind_its_question():
    notebook = write(chapter(), WRITTEN_ANSWER, "Because.")
    labelled(notebook, WRITTEN_ANSWER)["id"] = "a1b2"
    assert place(notebook, WRITTEN_ANSWER) == len(notebook["cells"]) - 1


def test_the_text_behind_a_deleted_answer_is_not_one():
    notebook = sealed(question(), text("cell-002", "The end."))
    del notebook["cells"][1]
    assert place(notebook, WRITTEN_ANSWER) is None
    assert place(notebook, "cell-002") == 1


def test_a_deleted_cell_is_nowhere():
    notebook = chapter()
    del notebook["cells"][1]
    assert "scale" not in labels(notebook)
    assert place(notebook, "scale") is None


# Files


@pytest.mark.parametrize("raw", [
    b"", b"{", b"[]", b"3", b'{"worksheets": []}', b'{"cells": {}}', b'{"cells": [3]}',
    b'{"cells": [{"cell_type": "code"}]}', b'{"cells": [{"cell_type": "code", "source": [3]}]}',
    b'{"cells": [], "metadata": []}', b'\xff\xfe{}', 100_000 * b"[",
    b'{"cells": [{"cell_type": "poem", "source": ""}]}',
])
def test_what_is_no_notebook_is_refused_in_one_line(raw):
    with pytest.raises(NotANotebook) as refusal:
        read_notebook(raw)
    assert "\n" not in str(refusal.value)


def test_half_a_character_can_be_read_and_written():
    notebook = write(chapter(), "scale", "x = '\ud800'")
    assert json.loads(notebook_text(notebook).encode()) == notebook
    assert is_written_in(notebook)
