"""Scores leave the gradebook with nbgrader's numbers, in the forms that platforms document."""

import csv
import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from nbgrader.plugins import CsvExportPlugin

from autograder.checking.result import WRONG, ItemResult, Result
from autograder.cli import main
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.roster import Student, write_roster
from autograder.grading.exporting.lms_gradebook import CANVAS, MOODLE, GradebookFileError, fill
from autograder.grading.exporting.score_sheet import NBGRADERS_COLUMNS, read_sheets
from autograder.grading.records import save_record
from autograder.tests.conftest import CHAPTER, make_checkout
from autograder.tests.grading.classes.test_gradebook import EXERCISES, WHEN, graded, open_gradebook

SAMPLES = Path(__file__).parent / "gradebooks"
STUDENTS = [
    Student("ada", "101", "S101", "al1", "Lovelace, Ada", "ada@example.org"),
    Student("bruno", "102", "S102", "bm2", "Bruno Müller", "bruno@example.org"),
    Student("wei", "", "S203", "", "Li Wei"),
    Student("eva", "104", name="Eva Excused", email="eva@example.org"),
    Student("nils", "105", name="Nils Nomore"),
    Student("abel", "106", name="Abel Absent", email="+abel@example.org"),
]
FULL = float(len(EXERCISES))
"""A point for each exercise."""


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    """Ada, with a manual change; Bruno, who is late; Eva, Nils and Grace, who is in no list."""
    classroom = Classroom.of(make_checkout(tmp_path_factory.mktemp("graded") / "my course"))
    with GradeWriter(classroom, CHAPTER) as writer:
        for name in ("ada", "eva", "nils", "grace"):
            writer.write(name, graded(1), WHEN)
        writer.write("bruno", graded(0.5), WHEN + timedelta(days=1))
        for name, points in (("ada", 1), ("bruno", 0.5)):
            save_record(classroom, CHAPTER, name, graded(points).record())
    with open_gradebook(classroom) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=WHEN)
        gradebook.update_or_create_student("grace", first_name="Grace", last_name="Hopper")
        gradebook.find_grade("affine_forward-check", CHAPTER, CHAPTER, "ada").manual_score = 4
        (notebook,) = gradebook.find_submission(CHAPTER, "bruno").notebooks
        notebook.late_submission_penalty = 1.25
        gradebook.db.commit()
    write_roster(classroom.folder / "students.csv", STUDENTS)
    shutil.copytree(classroom.folder, classroom.folder.with_name("graded"))
    return classroom


@pytest.fixture
def graded_class(graded_once):
    """That class, as it was when it was graded."""
    shutil.rmtree(graded_once.folder)
    shutil.copytree(graded_once.folder.with_name("graded"), graded_once.folder)
    return graded_once


def run(classroom, monkeypatch, capsys, *arguments):
    monkeypatch.chdir(classroom.course.root)
    status = main(["export", *map(str, arguments)])
    return status, capsys.readouterr()


def read(path, **settings):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), **settings))


# nbgrader's table, and that with items


def test_table_has_nbgraders_columns_and_numbers(graded_class, monkeypatch, capsys):
    status, out = run(graded_class, monkeypatch, capsys)
    assert (status, out.err) == (0, "")
    theirs = graded_class.folder / "theirs.csv"
    with open_gradebook(graded_class) as gradebook:
        CsvExportPlugin(to=str(theirs)).export(gradebook)
    ours = {row["student_id"]: row for row in read(graded_class.folder / "grades.csv")}
    expected = read(theirs)
    assert len(expected) == 5
    assert tuple(expected[0]) == NBGRADERS_COLUMNS == tuple(ours["ada"])
    names = {"last_name", "first_name", "email"}
    for row in expected:
        same = NBGRADERS_COLUMNS if row["student_id"] == "grace" else (
            set(NBGRADERS_COLUMNS) - names)  # the list of students knows more than the gradebook
        assert {key: row[key] for key in same} == {
            key: ours[row["student_id"]][key] for key in same}
    assert float(ours["bruno"]["score"]) == 0.5 * FULL - 1.25
    assert float(ours["ada"]["raw_score"]) == FULL + 3
    assert (ours["wei"]["score"], ours["wei"]["timestamp"]) == ("0.0", "")


def test_text_in_a_table_is_no_formula(graded_class, monkeypatch, capsys):
    write_roster(graded_class.folder / "students.csv", [
        Student("ada", name='=HYPERLINK("http://x"), -1', email="@x"),
        Student("abel", name="\tx, ＝1", email="+abel@example.org")])
    run(graded_class, monkeypatch, capsys, "--items")
    for name in ("grades.csv", f"grades-{CHAPTER}-items.csv"):
        for row in csv.reader((graded_class.folder / name).open(encoding="utf-8", newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "＝")), cell
    ada = next(row for row in read(graded_class.folder / "grades.csv")
               if row["student_id"] == "ada")
    assert ada["last_name"] == "'=HYPERLINK(\"http://x\")"


def test_items_have_columns_of_their_own(graded_class, monkeypatch, capsys):
    run(graded_class, monkeypatch, capsys, CHAPTER, "--items")
    rows = {row["student_id"]: row
            for row in read(graded_class.folder / f"grades-{CHAPTER}-items.csv")}
    assert float(rows["ada"]["affine_forward"]) == 4
    assert float(rows["ada"]["affine_forward: all"]) == 1
    assert float(rows["bruno"]["affine_backward"]) == 0.5
    assert rows["grace"]["affine_backward: all"] == ""
    assert rows["wei"]["affine_backward"] == ""
    assert float(rows["bruno"]["late_submission_penalty"]) == 1.25


# Canvas and Moodle


def filled(classroom, sample, platform, tmp_path, title=""):
    path = shutil.copy(SAMPLES / sample, tmp_path / sample)
    return fill(Path(path), platform, read_sheets(classroom), STUDENTS, title)


def cells_that_changed(sample, path):
    """Positions and new values of the cells in which two files differ; all else must be equal."""
    before, after = ((SAMPLES / sample).read_bytes(), path.read_bytes())
    assert before.startswith(b"\xef\xbb\xbf") == after.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in before) == (b"\r\n" in after)
    sign = ";" if "semicolons" in sample else ","
    one, two = (list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=sign))
                for text in (before, after))
    assert [len(row) for row in one] == [len(row) for row in two]
    return {(row[0], one[0][k]): new for row, other in zip(one, two)
            for k, (old, new) in enumerate(zip(row, other)) if old != new}


def test_canvas_gradebook_is_filled_and_nothing_else_is_touched(graded_class, tmp_path):
    done = filled(graded_class, "canvas.csv", CANVAS, tmp_path)
    assert done.path == tmp_path / "canvas.filled.csv"
    assert (tmp_path / "canvas.csv").read_bytes() == (SAMPLES / "canvas.csv").read_bytes()
    column = "03 Affine (70002)"
    assert done.columns == {CHAPTER: column}
    assert cells_that_changed("canvas.csv", done.path) == {
        ("Lovelace, Ada", column): f"{FULL + 3:g}",
        ("Müller, Bruno", column): f"{FULL / 2 - 1.25:g}",
    }
    assert (done.cells, done.changed) == (2, 1)
    assert [name for name, _ in done.not_in_class] == ["Stranger, Sam", "Student, Test"]
    assert done.not_in_file == ["grace"]
    told = "; ".join(done.notes)
    assert "eva is left as it is: EX" in told and "nils is left as it is: N/A" in told
    assert f"{CHAPTER} has 47 points, and {column} has 32" in told


def test_semicolons_mark_and_decimal_commas_are_kept(graded_class, tmp_path):
    done = filled(graded_class, "canvas-semicolons.csv", CANVAS, tmp_path)
    assert cells_that_changed("canvas-semicolons.csv", done.path) == {
        ("Lovelace, Ada", "03_affine (70002)"): f"{FULL + 3:g}",
        ("Müller, Bruno", "03_affine (70002)"): f"{FULL / 2 - 1.25:g}".replace(".", ","),
    }
    assert done.notes == []


def test_filled_file_has_what_canvas_asks_of_an_import(graded_class, tmp_path):
    """As lib/gradebook_importer.rb reads it: header, the row of points, numbers."""
    done = filled(graded_class, "canvas.csv", CANVAS, tmp_path)
    rows = list(csv.reader(done.path.open(encoding="utf-8", newline="")))
    header = rows[0]
    assert "Student" in header[0] and "ID" in header[1]
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    assert "Points Possible" in rows[2][0]
    scores = [row[header.index("03 Affine (70002)")] for row in rows[3:]]
    assert all(score in ("", "EX", "N/A") or float(score) >= 0 for score in scores)


def test_moodle_worksheet_is_filled(graded_class, tmp_path):
    done = filled(graded_class, "moodle-worksheet.csv", MOODLE, tmp_path)
    assert cells_that_changed("moodle-worksheet.csv", done.path) == {
        ("Participant 7", "Grade"): f"{FULL + 3:g}",
        ("Participant 8", "Grade"): f"{FULL / 2 - 1.25:g}",
    }
    assert [name for name, _ in done.not_in_class] == ["Sam Stranger"]
    assert any("eva is left as it is: locked" in note for note in done.notes)
    assert any("100 on the platform" in note for note in done.notes)
    header = next(csv.reader(done.path.open(encoding="utf-8", newline="")))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(header)


def test_moodle_gradebook_is_filled(graded_class, tmp_path):
    done = filled(graded_class, "moodle-grades.csv", MOODLE, tmp_path)
    column = "Assignment: 03_affine (Real)"
    assert cells_that_changed("moodle-grades.csv", done.path) == {
        ("Ada", column): f"{FULL + 3:g}", ("Bruno", column): f"{FULL / 2 - 1.25:g}"}


def test_column_may_be_named(graded_class, tmp_path):
    done = filled(graded_class, "canvas.csv", CANVAS, tmp_path, "Homework 1")
    assert ("Müller, Bruno", "Homework 1 (70001)") in cells_that_changed("canvas.csv", done.path)


@pytest.mark.parametrize("sample, platform, title, told", [
    ("canvas.csv", MOODLE, "", "is no export of Moodle in English"),
    ("moodle-grades.csv", CANVAS, "", "is no gradebook of Canvas"),
    ("canvas.csv", CANVAS, "Homework 7", "no column for Homework 7; name one with --column"),
    ("README.md", CANVAS, "", "is no gradebook of Canvas"),
])
def test_wrong_file_is_told(graded_class, tmp_path, sample, platform, title, told):
    with pytest.raises(GradebookFileError, match=told):
        filled(graded_class, sample, platform, tmp_path, title)
    assert [path.name for path in tmp_path.glob("*.filled*")] == []


@pytest.mark.parametrize("content, told", [
    (b"", "is empty"), ("Student;ID;Section;Müller".encode("latin-1"), "not in UTF-8"),
    (b"Student,ID,Section,03_affine (1),affine (2),03 affine\n", "several columns for 03_affine"),
])
def test_damaged_file_is_told(graded_class, tmp_path, content, told):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(GradebookFileError, match=told):
        fill(tmp_path / "a.csv", CANVAS, read_sheets(graded_class), STUDENTS)


def test_two_lines_of_one_student_are_both_left_alone(graded_class, tmp_path):
    text = (SAMPLES / "canvas.csv").read_text(encoding="utf-8")
    (tmp_path / "a.csv").write_text(text + "Ada Lovelace,,S101,al1,,,,,,\r\n", encoding="utf-8")
    done = fill(tmp_path / "a.csv", CANVAS, read_sheets(graded_class), STUDENTS)
    assert ("ada", "2 lines are this student's") in done.not_in_class
    assert done.cells == 1


def test_command_fills_and_tells_who_is_missing(graded_class, tmp_path, monkeypatch, capsys):
    path = shutil.copy(SAMPLES / "canvas.csv", tmp_path / "Grades.csv")
    status, out = run(graded_class, monkeypatch, capsys, CHAPTER, "--lms", "canvas", "--into", path)
    assert (status, out.err) == (0, "")
    assert (tmp_path / "Grades.filled.csv").exists()
    for told in ("Stranger, Sam: nobody", "With a score, and not in the file (1)", "  grace",
                 "Handed in nothing; their cells are as they were (2)", "2 scores written, 1 of"):
        assert told in out.out


def test_moodle_gets_a_table_for_its_import(graded_class, monkeypatch, capsys):
    status, _ = run(graded_class, monkeypatch, capsys, "--lms", "moodle")
    assert status == 0
    rows = {row["Full name"]: row for row in read(graded_class.folder / "grades-moodle.csv")}
    assert rows["Bruno Müller"]["Email address"] == "bruno@example.org"
    assert float(rows["Bruno Müller"][CHAPTER]) == FULL / 2 - 1.25
    assert rows["Abel Absent"][CHAPTER] == ""


@pytest.mark.parametrize("arguments, told", [
    (["--lms", "canvas"], "takes only its own gradebook"),
    (["--into", "a.csv"], "--into needs --lms"),
    (["--lms", "gradescope", "--into", "a.csv"], "--into needs --lms"),
    (["--lms", "canvas", "--into", "no.csv"], "no.csv cannot be read"),
    (["--column", "x"], "--column needs --into"),
    (["04_activations"], "there are no grades of 04_activations yet"),
    (["nothing"], "there is no chapter"),
])
def test_wrong_use_ends_in_one_line(graded_class, monkeypatch, capsys, arguments, told):
    status, out = run(graded_class, monkeypatch, capsys, *arguments)
    assert status == 1
    assert told in out.err and out.err.count("\n") == 1


def test_class_without_a_gradebook_is_told(classroom, monkeypatch, capsys):
    status, out = run(classroom, monkeypatch, capsys)
    assert status == 1
    assert "there are no grades of any chapter yet" in out.err


# Gradescope


def gradescope(classroom, student):
    path = classroom.folder / "gradescope" / CHAPTER / student / "results.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_gradescope_results_fit_its_schema_and_add_up(graded_class, monkeypatch, capsys):
    status, out = run(graded_class, monkeypatch, capsys, "--lms", "gradescope")
    assert (status, out.err) == (0, "")
    schema = json.loads((SAMPLES / "gradescope-results.schema.json").read_text())
    for student in ("ada", "bruno", "grace"):
        made = gradescope(graded_class, student)
        jsonschema.validate(made, schema)
        assert sum(test["max_score"] for test in made["tests"]) == 47
    ada, bruno = gradescope(graded_class, "ada"), gradescope(graded_class, "bruno")
    assert sum(test["score"] for test in ada["tests"]) == ada["score"] == FULL + 3
    assert sum(test["score"] for test in bruno["tests"]) == FULL / 2
    assert bruno["score"] == FULL / 2 - 1.25
    assert "1.25 points are taken off" in bruno["output"]
    assert {"name": "affine_forward", "score": 4.0, "max_score": 5.0,
            "output": "A person has given these points.",
            "visibility": "after_published"} in ada["tests"]


def test_gradescope_tells_nothing_of_hidden_cases(graded_class, monkeypatch, capsys):
    secret = {"inputs": "SECRET", "expected": "SECRET", "got": "SECRET", "marks": "SECRET",
              "where": "SECRET", "case": "SECRET"}
    points = EXERCISES["affine_forward"].max_points
    item = ItemResult("out", 0.0, points, WRONG, "out[0]\x1b[31m is\nwrong", hint="Look.",
                      mistake="a slip", **secret)
    one = graded(1)
    one.results["affine_forward"] = Result("affine_forward", (item,), ("SECRET",), "SECRET")
    one.heard = {"affine_forward": {"printed": "SECRET"}}
    with GradeWriter(graded_class, CHAPTER) as writer:
        writer.write("eva", one, WHEN)
    save_record(graded_class, CHAPTER, "eva", one.record())
    run(graded_class, monkeypatch, capsys, "--lms", "gradescope")
    made = gradescope(graded_class, "eva")
    assert "SECRET" not in json.dumps(made)
    (test,) = [test for test in made["tests"] if test["name"] == "affine_forward: out"]
    assert test["output"] == "out[0] is wrong\nMistake: a slip.\nHint: Look."


def test_record_that_is_damaged_leaves_the_points_of_exercises(graded_class, monkeypatch, capsys):
    graded_class.record(CHAPTER, "bruno").write_text("{")
    run(graded_class, monkeypatch, capsys, "--lms", "gradescope", "--items")
    bruno = gradescope(graded_class, "bruno")
    assert sum(test["score"] for test in bruno["tests"]) == FULL / 2
