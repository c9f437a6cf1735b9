"""The writer: nbgrader's own rows, whatever else happens to the gradebook meanwhile."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader import utils
from nbgrader.api import Gradebook

from autograder.authoring.demo import CLASS, hand_in
from autograder.checking.result import RIGHT, ItemResult, Result
from autograder.course import Course
from autograder.exercises import exercises_of
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import COURSE_ID, Classroom
from autograder.grading.classes.database import GradebookError
from autograder.grading.classes.gradebook import GradeWriter, Written
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.submissions.submission import Graded
from autograder.tests.conftest import CHAPTER

WHEN = datetime(2026, 1, 10, 12)
EXERCISES = exercises_of(CHAPTER)


def graded(points: float) -> Graded:
    """A grade with `points` for each exercise, or as many as it gives."""
    results = {}
    for name, exercise in EXERCISES.items():
        item = ItemResult("all", min(points, exercise.max_points), exercise.max_points, RIGHT)
        results[name] = Result(name, (item,))
    return Graded(results, answers=dict.fromkeys(results, "pass"))


def open_gradebook(classroom: Classroom) -> Gradebook:
    return Gradebook(classroom.db_url, COURSE_ID)


@pytest.fixture
def writer(classroom):
    with GradeWriter(classroom, CHAPTER) as writer:
        yield writer


def test_rows_of_a_new_submission_are_those_that_nbgrader_makes(classroom, writer):
    """Entered by nbgrader itself, and by us: the same columns, but for ids and scores."""
    with open_gradebook(classroom) as gradebook:
        gradebook.update_or_create_student("theirs")
        gradebook.add_submission(CHAPTER, "theirs", timestamp=WHEN)
    writer.write("ours", graded(1), WHEN)
    with open_gradebook(classroom) as gradebook:
        ours, theirs = (gradebook.find_submission(CHAPTER, name) for name in ("ours", "theirs"))
        assert _columns(ours) == _columns(theirs)
        (our_notebook,), (their_notebook,) = ours.notebooks, theirs.notebooks
        assert _columns(our_notebook) == _columns(their_notebook)
        for rows in ("grades", "comments"):
            pairs = [sorted(map(_columns, getattr(notebook, rows)), key=str)
                     for notebook in (our_notebook, their_notebook)]
            assert pairs[0] == pairs[1]
            assert pairs[0]
        assert ours.score == len(EXERCISES)
        assert not ours.needs_manual_grade


def _columns(row) -> dict:
    """A row's columns as they are in the database, without ids and what a grade is about."""
    left_out = {"id", "student_id", "assignment_id", "notebook_id", "auto_score",
                "needs_manual_grade", "auto_comment"}
    return {c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in left_out}


def test_writing_twice_changes_nothing_and_tells_the_score_before(writer):
    assert writer.write("ada", graded(1), WHEN).before is None
    now = float(len(EXERCISES))
    assert writer.write("ada", graded(1), WHEN) == Written("ada", now, now, "no answer")


def test_submission_that_somebody_enters_during_the_batch_is_changed(classroom, writer):
    """The Formgrader, or nbgrader autograde in another window."""
    with open_gradebook(classroom) as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.add_submission(CHAPTER, "ada")
    written = writer.write("ada", graded(1), WHEN)
    assert written.before == 0
    with open_gradebook(classroom) as gradebook:
        assert gradebook.find_submission(CHAPTER, "ada").score == written.now > 0


def test_points_that_a_person_gives_during_the_batch_count(classroom, writer):
    writer.write("ada", graded(1), WHEN)
    with open_gradebook(classroom) as gradebook:
        cell = gradebook.find_grade("affine_backward-check", CHAPTER, CHAPTER, "ada")
        cell.manual_score, cell.extra_credit = 5.0, 0.5
        gradebook.db.commit()
    written = writer.write("ada", graded(0), WHEN)
    assert (written.before, written.now) == (len(EXERCISES) - 1 + 5.5, 5.5)
    with open_gradebook(classroom) as gradebook:
        cell = gradebook.find_grade("affine_backward-check", CHAPTER, CHAPTER, "ada")
        assert (cell.auto_score, cell.manual_score, cell.extra_credit) == (0, 5, 0.5)
        assert cell.needs_manual_grade


def test_rows_that_are_missing_are_added(classroom, writer):
    """After a chapter got one more exercise, and was registered again."""
    writer.write("ada", graded(1), WHEN)
    with open_gradebook(classroom) as gradebook:
        find = ("affine_backward-check", CHAPTER, CHAPTER, "ada")
        gradebook.db.delete(gradebook.find_grade(*find))
        gradebook.db.delete(gradebook.find_comment("affine_backward", *find[1:]))
        gradebook.db.commit()
    writer.write("ada", graded(2), WHEN)
    with open_gradebook(classroom) as gradebook:
        assert gradebook.find_grade(*find).auto_score == 2
        assert gradebook.find_comment("affine_backward", *find[1:]).auto_comment is None


def test_a_timestamp_that_is_gone_leaves_the_one_in_the_gradebook(classroom, writer):
    writer.write("ada", graded(1), WHEN)
    writer.write("ada", graded(1), None)
    with open_gradebook(classroom) as gradebook:
        assert gradebook.find_submission(CHAPTER, "ada").timestamp == WHEN


@pytest.mark.parametrize("method, penalty", [("zero", float(len(EXERCISES))), ("none", None)])
def test_penalty_is_that_of_the_configuration(classroom, method, penalty):
    config = classroom.course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc = get_config()\n"
                      f"c.LateSubmissionPlugin.penalty_method = {method!r}\n")
    with GradeWriter(classroom, CHAPTER):
        pass
    with open_gradebook(classroom) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=WHEN)
    with GradeWriter(classroom, CHAPTER) as writer:
        assert writer.write("ada", graded(1), WHEN + timedelta(seconds=1)).now == len(EXERCISES)
        writer.write("bruno", graded(1), WHEN)
        writer.write("chen", graded(1), None)
    with open_gradebook(classroom) as gradebook:
        found = {name: gradebook.find_submission(CHAPTER, name).notebooks[0].late_submission_penalty
                 for name in ("ada", "bruno", "chen")}
    assert found == {"ada": penalty, "bruno": None, "chen": None}


def test_a_configuration_that_does_not_work_is_one_line(classroom, writer):
    config = classroom.course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc = get_config()\n"
                      "c.LateSubmissionPlugin.penalty_method = 'half'\n")
    with open_gradebook(classroom) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=WHEN)
    hand_in(classroom, CLASS[0], datetime.now(UTC))
    done = subprocess.run([sys.executable, "-m", "autograder.cli", "grade", CHAPTER],
                          cwd=classroom.course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: nbgrader_config.py does not work: TraitError")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_gradebook_is_one_line(classroom):
    classroom.folder.mkdir(exist_ok=True)
    classroom.gradebook.write_text("This is no database. " * 100)
    with pytest.raises(GradebookError, match="cannot be read: file is not a database"):
        GradeWriter(classroom, CHAPTER)


def test_nbgrader_is_not_imported_for_a_chapter_it_has_registered(classroom, writer):
    """Nobody is late: the two seconds of its import are not spent."""
    hand_in(classroom, CLASS[0], datetime.now(UTC))
    code = f"""
import sys
from autograder.cli import main
assert main(["grade", {CHAPTER!r}, "--jobs", "1"]) == 0
print(sorted({{"nbgrader", "nbformat", "jupytext", "traitlets"}} & set(sys.modules)))
"""
    classroom.course.solution_cells(CHAPTER)  # as after a build
    done = subprocess.run([sys.executable, "-c", code], cwd=classroom.course.root,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("text", [
    "2026-01-10 12:00:00 UTC", "2026-01-10 12:00:00.5 UTC", "2026-01-10T12:00:00+02:00",
    "2026-01-10 12:00:00 Europe/Berlin", "2026-01-10 12:00:00 3600", "2026-01-10 12:00:00",
    "2026-01-10 12:00:00 Nowhere",
])
def test_timestamps_are_read_as_nbgrader_reads_them(tmp_path, text):
    (tmp_path / "timestamp.txt").write_text(f"{text}\n")
    assert read_timestamp(tmp_path).when == utils.parse_utc(text)


@pytest.mark.parametrize("text", ["", "yesterday evening", "2026-13-45 12:00:00 UTC"])
def test_what_is_no_timestamp_is_none(tmp_path, text):
    assert read_timestamp(tmp_path).when is None
    (tmp_path / "timestamp.txt").write_text(text)
    assert read_timestamp(tmp_path).when is None


def test_submission_that_changes_while_it_is_graded_is_graded_again(classroom, level, monkeypatch):
    """The record is of the file that was read, not of the one that is there when it is written."""
    hand_in(classroom, CLASS[0], datetime.now(UTC))
    path = classroom.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
    write = GradeWriter.write

    def hand_in_again(*arguments, **more):
        path.write_text(path.read_text() + "\n")
        return write(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(GradeWriter, "write", hand_in_again)
        assert len(list(grade_batch(classroom, CHAPTER, level=level))) == 1
    assert len(list(grade_batch(classroom, CHAPTER, level=level))) == 1
    assert list(grade_batch(classroom, CHAPTER, level=level)) == []


def test_cells_of_a_chapter_are_kept_by_content(classroom):
    course: Course = classroom.course
    kept = course.root / "build" / "source" / f"{CHAPTER}.cells.json"
    first = course.solution_cells(CHAPTER)
    assert kept.is_file()
    assert course.solution_cells(CHAPTER) == first
    kept.write_text("{ damaged")
    assert course.solution_cells(CHAPTER) == first
    solution = course.solution(CHAPTER)
    solution.write_text(solution.read_text() + "\n# %%\nnew_cell = 1\n")
    assert course.solution_cells(CHAPTER) == (*first, "new_cell = 1")
