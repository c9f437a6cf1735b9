"""A newer version of a chapter: what is the learner's is in it, and everything else is new."""

import copy

from autograder.carry_over import carry_over
from autograder.cells import WRITTEN_ANSWER
from autograder.seal import KEY, is_written_in, seal_of
from autograder.tests.notebooks import (
    WORDS,
    code,
    exercise,
    insert,
    labelled,
    labels,
    question,
    sealed,
    source,
    text,
    write,
)

ANSWER = "def scale(x):\n    return 2 * x"
OLD = (text("cell-000", "# Title"), exercise("scale"), text("cell-003", "prose"),
       code("cell-004", "picture()"), exercise("shift"), question())
NEW = (text("cell-000", "# Title"), text("cell-001", "A word before."), exercise("scale"),
       text("cell-004", "better prose"), code("cell-005", "picture()"), exercise("turn"),
       question())
"""An exercise is gone and one is new; a cell more shifts the numbers of all behind it."""


def old() -> dict:
    return sealed(*OLD)


def sources(notebook: dict) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"]]


def test_an_untouched_notebook_becomes_the_new_one():
    mine, released = old(), sealed(*NEW)
    before = copy.deepcopy((mine, released))
    done = carry_over(mine, released)
    assert done.notebook == released
    assert (done.answers, done.own, done.left, done.changed) == ([], 0, 0, {})
    assert (done.added, done.gone, done.gone_written) == (["turn"], ["shift"], [])
    assert (mine, released) == before


def test_answers_are_carried_over_and_all_else_is_new():
    mine = write(write(old(), "scale", ANSWER), WRITTEN_ANSWER, "Because.")
    released = sealed(*NEW)
    done = carry_over(mine, released)
    assert done.answers == ["scale", WRITTEN_ANSWER]
    assert source(done.notebook, "scale") == ANSWER
    assert source(done.notebook, WRITTEN_ANSWER) == "Because."
    assert labels(done.notebook) == labels(released)
    assert seal_of(done.notebook) == seal_of(released)
    assert is_written_in(done.notebook)
    kept = {"scale", WRITTEN_ANSWER}
    assert [cell for cell in done.notebook["cells"] if cell["id"] not in kept] == [
        cell for cell in released["cells"] if cell["id"] not in kept]


def test_an_answer_to_an_exercise_that_is_gone_is_told():
    done = carry_over(write(old(), "shift", "def shift(x):\n    return x + 1"), sealed(*NEW))
    assert (done.gone, done.gone_written) == (["shift"], ["shift"])
    assert "shift" not in labels(done.notebook)


def test_an_answer_is_kept_where_its_stub_has_changed():
    new_words = sealed(exercise("scale", task="A clearer task."))
    new_signature = sealed(exercise("scale", signature="(x, factor=2)"))
    done = carry_over(write(old(), "scale", ANSWER), new_words)
    assert (done.changed, source(done.notebook, "scale")) == ({"scale": ""}, ANSWER)
    done = carry_over(write(old(), "scale", ANSWER), new_signature)
    assert done.changed == {"scale": "scale(x, factor=2)"}
    assert source(done.notebook, "scale") == ANSWER


def test_an_unwritten_exercise_gets_its_new_stub():
    released = sealed(exercise("scale", task="A clearer task."))
    done = carry_over(old(), released)
    assert (done.answers, done.changed) == ([], {})
    assert done.notebook == released


def test_an_answer_that_lost_its_label_is_found_by_its_function():
    mine = write(old(), "scale", ANSWER)
    labelled(mine, "scale").update(id="a1b2", metadata={})
    done = carry_over(mine, sealed(*NEW))
    assert (done.answers, done.own) == (["scale"], 0)
    assert source(done.notebook, "scale") == ANSWER


def test_a_function_of_the_learners_own_is_not_taken_for_a_new_exercise():
    mine = insert(old(), "scale-check", code("a1b2", "def turn(x):\n    return x.T"))
    done = carry_over(mine, sealed(*NEW))
    assert done.added == ["turn"]
    assert "raise NotImplementedError" in source(done.notebook, "turn")
    assert source(done.notebook, "a1b2") == "def turn(x):\n    return x.T"


def test_two_answers_in_one_cell_are_both_kept():
    both = ANSWER + "\n\ndef shift(x):\n    return x + 1"
    mine = write(old(), "scale", both)
    mine["cells"] = [cell for cell in mine["cells"] if cell["id"] != "shift"]
    done = carry_over(mine, sealed(*OLD, text("cell-009", "more")))
    assert source(done.notebook, "scale") == source(done.notebook, "shift") == both


def test_own_cells_stay_behind_the_cell_they_stood_behind():
    mine = old()
    insert(mine, None, text("own-top", "my notes"))
    insert(mine, "scale-check", code("own-a", "scale(3)"))
    insert(mine, "own-a", text("own-b", "six, then"))
    insert(mine, "cell-003", code("own-c", "behind prose that was rewritten"))
    insert(mine, WRITTEN_ANSWER, text("own-end", "the end"))
    insert(mine, "own-end", code("empty", "\n"))
    done = carry_over(mine, sealed(*NEW))
    assert done.own == 5
    assert labels(done.notebook) == [
        "own-top", "cell-000", "cell-001", "scale", "scale-check", "own-a", "own-b", "cell-004",
        "own-c", "cell-005", "turn", "turn-check", "written", WRITTEN_ANSWER, "own-end"]


def test_own_cells_behind_what_is_gone_are_kept():
    mine = insert(old(), "shift-check", code("own", "shift(3)"))
    done = carry_over(mine, sealed(text("cell-000", "All is new.")))
    assert labels(done.notebook) == ["cell-000", "own"]
    done = carry_over(mine, sealed(*OLD[:3], question()))
    assert labels(done.notebook).index("own") == labels(done.notebook).index("cell-003") + 1


def test_own_cells_have_no_outputs_no_label_of_another_and_an_id_of_their_own():
    mine = write(old(), "scale", ANSWER)
    draft = copy.deepcopy(labelled(mine, "scale"))
    draft.update(source="def scale(x):\n    return x", outputs=[{"output_type": "stream"}],
                 execution_count=7, id="cell-001")
    mine["cells"].insert(1, draft)
    done = carry_over(mine, sealed(*NEW))
    (own,) = [cell for cell in done.notebook["cells"] if "return x" in sources(
        {"cells": [cell]})[0] and cell["id"] != "scale"]
    assert (own["outputs"], own["execution_count"], own["metadata"]) == ([], None, {})
    ids = [cell["id"] for cell in done.notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert source(done.notebook, "scale") == ANSWER


def test_a_change_to_the_courses_own_cell_is_kept_unless_the_course_changed_it_too():
    mine = write(write(old(), "cell-004", "picture(bigger=True)"), "cell-003", "prose, and notes")
    done = carry_over(mine, sealed(*NEW))
    assert done.left == 1
    assert source(done.notebook, "cell-005") == "picture(bigger=True)"
    assert source(done.notebook, "cell-004") == "better prose"


def test_text_that_the_learner_made_code_of_is_in_the_old_file_only():
    mine = write(old(), "cell-000", "title = 1")
    labelled(mine, "cell-000")["cell_type"] = "code"
    done = carry_over(mine, sealed(*NEW))
    assert (done.left, source(done.notebook, "cell-000")) == (1, "# Title")


def test_of_two_equal_cells_the_edited_one_is_the_one_that_was_edited():
    twice = (code("cell-000", "picture()"), code("cell-001", "picture()"))
    done = carry_over(write(sealed(*twice), "cell-000", "picture(1)"), sealed(*twice, *question()))
    assert sources(done.notebook)[:2] == ["picture(1)", "picture()"]
    done = carry_over(write(sealed(*twice), "cell-001", "picture(1)"), sealed(*twice, *question()))
    assert sources(done.notebook)[:2] == ["picture()", "picture(1)"]
    mine = write(sealed(*twice), "cell-001", "picture(1)")
    del mine["cells"][0]
    done = carry_over(mine, sealed(*twice, *question()))
    assert sources(done.notebook)[:2] == ["picture()", "picture(1)"]


def test_an_edited_check_is_new_again():
    done = carry_over(write(old(), "scale-check", "check(1)"), sealed(*NEW))
    assert source(done.notebook, "scale-check") == "check(scale)"
    assert done.left == 0


def test_pictures_pasted_into_an_answer_come_along():
    mine = write(old(), WRITTEN_ANSWER, "![](attachment:a.png)")
    labelled(mine, WRITTEN_ANSWER)["attachments"] = {"a.png": {"image/png": "AAAA"}}
    done = carry_over(mine, sealed(*NEW))
    assert labelled(done.notebook, WRITTEN_ANSWER)["attachments"] == {
        "a.png": {"image/png": "AAAA"}}


def test_the_kernel_that_the_learner_chose_stays():
    mine = old()
    mine["metadata"]["kernelspec"] = {"name": "mine", "display_name": "My Python"}
    assert carry_over(mine, sealed(*NEW)).notebook["metadata"]["kernelspec"]["name"] == "mine"


def test_without_a_seal_answers_and_own_cells_are_found_all_the_same():
    mine = insert(write(old(), "scale", ANSWER), "scale-check", code("own", "scale(3)"))
    write(mine, WRITTEN_ANSWER, "Because.")
    del mine["metadata"][KEY]
    done = carry_over(mine, sealed(*NEW))
    assert (done.answers, done.own) == (["scale", WRITTEN_ANSWER], 1)
    assert labels(done.notebook).index("own") == labels(done.notebook).index("scale-check") + 1
    assert source(done.notebook, "cell-004") == "better prose"


def test_without_seal_labels_and_ids_answers_are_found_by_their_functions():
    mine = insert(write(old(), "scale", ANSWER), "scale-check", code("own", "scale(3)"))
    del mine["metadata"][KEY]
    for cell in mine["cells"]:
        del cell["id"]
        cell["metadata"] = {}
    done = carry_over(mine, sealed(*NEW))
    assert source(done.notebook, "scale") == ANSWER
    assert "scale(3)" in sources(done.notebook)
    assert source(done.notebook, WRITTEN_ANSWER) == WORDS
