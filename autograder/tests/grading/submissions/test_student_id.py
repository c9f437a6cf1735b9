"""Ids that are names are taken, from everywhere; what a page or a spreadsheet could run is not."""

import re

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.grading import nbgrader_plugin  # noqa: F401  # it guards nbgrader's own way
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import configure, let_nbgrader_find_alembic
from autograder.grading.submissions.student_id import why_refused
from autograder.tests.conftest import CHAPTER
from autograder.tests.grading.test_batch import fill, scores

NAMES = ["ada", "s1234567", "ada.lovelace@example.org", "Ngũgĩ wa Thiong'o", "王小明", "प्रिया",
         "E\u0301mile", "o-brien+2", "Curie, Marie (2)"]
NO_NAMES = ["<svg onload=alert(1)>", '";alert(1);"', "a&lt;b", "a\\", "a`b`", "{{7*7}}", "$x$",
            "a\nb", "\x1b[31mred", "\u202eada", "=1+1", "+1", "-x", "@SUM", "%3Cscript%3E",
            "a?b", "a#b", "a\udce9", "x" * 250, ""]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_taken(name):
    assert why_refused(name) == ""


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
def test_other_ids_are_refused_with_a_reason_of_one_printable_line(name):
    assert why_refused(name).isprintable() and why_refused(name)


@pytest.mark.slow
def test_a_strange_folder_is_a_row_with_a_reason_and_nothing_of_it_is_written(classroom, level):
    fill(classroom, ("ada", "bruno"))
    strange = "<svg onload=alert(1)>"
    classroom.submitted(CHAPTER, "bruno").parent.rename(classroom.folder / "submitted" / strange)
    rows = {row.student: row for row in grade_batch(classroom, CHAPTER, level=level)}
    assert "holds signs that are in no name: < = >" in rows[strange].problem
    assert rows[strange].points == rows[strange].now == 0 < rows["ada"].now
    assert set(scores(classroom)) == {"ada"}
    assert not any(strange in str(path.relative_to(classroom.folder))
                   for path in classroom.folder.rglob("*") if "submitted" not in path.parts)


@pytest.mark.slow
def test_nbgrader_does_not_take_a_strange_id_either(tmp_path):
    let_nbgrader_find_alembic()
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.add_student("ada")
        with pytest.raises(ValueError, match="holds signs that are in no name"):
            gradebook.add_student("<svg onload=alert(1)>")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]


def test_what_is_downloaded_is_collected_for_names_only(classroom):
    named = configure(Config(), classroom).FileNameCollectorPlugin.named_regexp

    def found(student):
        match = re.match(named, f"03_affine_{student}_attempt_2026-01-10-12-00-00_03_affine.ipynb")
        return match and match["student_id"]

    for name in NAMES:
        assert found(name) == name
    for name in NO_NAMES[:3]:
        assert found(name) is None
