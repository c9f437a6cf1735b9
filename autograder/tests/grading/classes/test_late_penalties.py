"""What being late costs: rules beside the configuration, extensions, and dates that change."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from autograder.grading.classes.class_entries import count_penalties_anew, enter_dates
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.late_penalties import LatePenalties
from autograder.grading.classes.nbgrader_config import ConfigurationError
from autograder.grading.classes.new_class import TEMPLATES
from autograder.grading.classes.points_per_hour import PointsPerHour
from autograder.grading.classes.standings import standings
from autograder.tests.conftest import CHAPTER, make_checkout
from autograder.tests.grading.classes.test_gradebook import graded

DUE = datetime(2026, 1, 10, 12)
LATE = DUE + timedelta(hours=2, minutes=1)
TEMPLATE = TEMPLATES / "nbgrader_config.py.j2"


def class_folder(folder, late: str, extensions: str = "", due: datetime = DUE) -> Classroom:
    """A class as an instructor describes it now."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(TEMPLATE.read_text())
    (folder / CLASS_FILE).write_text(
        f'name = "autumn"\n[due]\n{CHAPTER} = {due.isoformat()}\n'
        f"[extensions.{CHAPTER}]\n{extensions}\n[late]\n{late}\n")
    return Classroom.at(folder)


@pytest.mark.parametrize("seconds, points", [(1, 2), (3600, 2), (3601, 4), (7200, 4)])
def test_each_hour_that_has_begun_costs_points(seconds, points):
    plugin = PointsPerHour(points_per_hour=2.0)
    assert plugin.late_submission_penalty("ada", 10.0, seconds) == points


RULE = """
from nbgrader.plugins import LateSubmissionPlugin
import beside_it

class Rule(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        {body}
"""


def penalty_of(folder, name: str, body: str) -> list:
    """What a rule beside class.toml says, asked in a Python of its own from another folder."""
    class_folder(folder, f'plugin = "{name}.Rule"')
    (folder / f"{name}.py").write_text(RULE.format(body=body))
    (folder / "beside_it.py").write_text("SHARE = 0.25\n")
    code = f"""
import json
from datetime import datetime
from pathlib import Path
from autograder.errors import CourseError
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.late_penalties import LatePenalties
late = LatePenalties(Classroom.at(Path({str(folder)!r})), datetime(2026, 1, 10))
try:
    print(json.dumps(["takes", late.penalty("ada", 40.0, datetime(2026, 1, 11), None)]))
except CourseError as error:
    print(json.dumps(["fails", str(error)]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=os.sep, capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)


def test_rule_beside_the_configuration_is_found_from_anywhere(tmp_path):
    assert penalty_of(tmp_path, "late_policy", "return beside_it.SHARE * score") == ["takes", 10.0]


def test_rule_that_fails_is_one_line(tmp_path):
    kind, told = penalty_of(tmp_path, "late_policy", "raise ValueError('so\\nwhat')")
    assert (kind, told) == ("fails", "the late penalty Rule does not work: ValueError: so what")


@pytest.fixture
def late(tmp_path):
    return LatePenalties(class_folder(tmp_path, ""), DUE)


class Says:
    """A rule that says one thing."""

    def __init__(self, penalty):
        self.penalty = penalty

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return self.penalty


@pytest.mark.parametrize("said, taken", [(None, None), (3, 3.0), (-5, 0.0), (99, 40.0)])
def test_no_more_is_taken_off_than_there_is(late, said, taken):
    late.plugin = Says(said)
    assert late.penalty("ada", 40.0, LATE, None) == taken


@pytest.mark.parametrize("said", ["much", float("nan"), [1]])
def test_what_is_no_number_is_told(late, said):
    late.plugin = Says(said)
    with pytest.raises(ConfigurationError, match="late penalty Says does not work"):
        late.penalty("ada", 40.0, LATE, None)


def test_who_is_in_time_is_not_asked_about(late):
    late.plugin = Says("much")
    assert late.penalty("ada", 40.0, DUE, None) is None
    assert late.penalty("ada", 40.0, None, None) is None
    assert late.penalty("ada", 40.0, LATE, timedelta(hours=3)) is None


def test_a_plugin_that_is_not_there_is_one_line(tmp_path):
    classroom = class_folder(tmp_path, 'plugin = "no_such_policy.Rule"')
    with pytest.raises(ConfigurationError, match=r"no_such_policy\.Rule") as told:
        LatePenalties(classroom, DUE).penalty("ada", 1.0, LATE, None)
    assert "\n" not in str(told.value)


def test_dates_of_class_toml_count_and_a_change_of_them_too(tmp_path):
    """Graded, then an extension, then another due date and another rule."""
    make_checkout(tmp_path / "checkout")
    folder = tmp_path / "checkout" / "autumn"
    classroom = class_folder(folder, "points_per_hour = 1", "bruno = 2026-01-10T14:30:00")
    with GradeWriter(classroom, CHAPTER) as writer:
        for student in ("ada", "bruno", "chen"):
            written = writer.write(student, graded(2), DUE if student == "chen" else LATE)
            assert written.penalty == (3 if student == "ada" else 0)
        database = writer.database

        classroom = class_folder(folder, "points_per_hour = 1",
                                 "bruno = 2026-01-10T14:30:00\nada = 2026-01-10T13:30:00")
        assert enter_dates(database, classroom, CHAPTER) == [
            f"{CHAPTER}: ada has until 2026-01-10 13:30 UTC."]
        assert count_penalties_anew(database, classroom, CHAPTER) == [
            f"{CHAPTER}: being late costs ada 1 points (before: 3)."]
        assert enter_dates(database, classroom, CHAPTER) == []
        assert count_penalties_anew(database, classroom, CHAPTER) == []
        assert {s.student: s.penalty for s in standings(classroom, CHAPTER).values()} == {
            "ada": 1, "bruno": 0, "chen": 0}

        classroom = class_folder(folder, "points_per_hour = 2", due=DUE - timedelta(hours=1))
        assert enter_dates(database, classroom, CHAPTER) == [
            f"{CHAPTER}: due 2026-01-10 11:00 UTC (before: 2026-01-10 12:00 UTC).",
            f"{CHAPTER}: ada has 1:30:00 more, which class.toml does not say; left as it is.",
            f"{CHAPTER}: bruno has 2:30:00 more, which class.toml does not say; left as it is."]
        assert count_penalties_anew(database, classroom, CHAPTER) == [
            f"{CHAPTER}: being late costs ada 4 points (before: 1).",
            f"{CHAPTER}: being late costs bruno 2 points (before: 0).",
            f"{CHAPTER}: being late costs chen 2 points (before: 0)."]
