"""The report on a class finds what was planted in it: mistakes, scores, and who is missing."""

import json
import shutil

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.demo import CLASS, hand_in
from autograder.cells import WRITTEN
from autograder.cli import main
from autograder.exercises import NoSuchChapter
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import COURSE_ID, Classroom
from autograder.grading.classes.database import GradebookError
from autograder.grading.classes.roster import ROSTER, Student, write_roster
from autograder.grading.reporting.class_report import NothingToReport, class_report
from autograder.grading.reporting.report_page import ReportNotWritten, write_page
from autograder.tests.conftest import CHAPTER, FULL, make_checkout
from autograder.tests.grading.made_class import EXERCISES, WHEN, graded, make_class

TRANSPOSED, MEAN, ONE, AXIS = (
    "dw is transposed", "a mean instead of a sum", "only one entry is marked",
    "db keeps the batch axis",
)
PLANTED = {
    **{f"t{k}": {"affine_backward": TRANSPOSED} for k in range(9)},
    # One name in two exercises, and both of one student's count as one.
    "m0": {"affine_db_entry": MEAN, "affine_dw_entry": MEAN},
    **{f"m{k}": {"affine_db_entry": MEAN} for k in range(1, 6)},
    "m6": {"affine_dw_entry": MEAN},
    **{f"o{k}": {"predict_touched": ONE} for k in range(6)},
    "a0": {"affine_backward": AXIS, "predict_touched": ONE},
}
WRONG_LINE = "dw = dout.T @ x"
RIGHT_LINES = ["dx = dout @ w.T", "db = dout.sum(axis=0)", "return dx, dw, db"]


def answers(dw: str = "dw = x.T @ dout", last: str = "return total") -> dict[str, str]:
    backward = ["def affine_backward(dout, cache):", "x, w, b = cache", dw, *RIGHT_LINES]
    entry = ["def affine_db_entry(dout, m):", "total = 0.0", "for n in range(dout.shape[0]):",
             "    total += dout[n, m]", last]
    return {"affine_backward": "\n    ".join(backward), "affine_db_entry": "\n    ".join(entry)}


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Classroom:
    """Thirty who handed in, of whom seven have everything right, and two who did not."""
    classroom = Classroom.of(make_checkout(tmp_path_factory.mktemp("class") / "checkout"))
    submissions = {
        name: graded(mistakes, answers(
            WRONG_LINE if TRANSPOSED in mistakes.values() else "dw = x.T @ dout",
            "return total / dout.shape[0]" if "affine_db_entry" in mistakes else "return total"))
        for name, mistakes in PLANTED.items()
    }
    rights = {f"r{k}": graded(answers=answers()) for k in range(7)}
    make_class(classroom, {**submissions, **rights})
    write_roster(classroom.folder / ROSTER, [
        *map(Student, sorted({*submissions, *rights} - {"r6"})),
        Student("zoe", name="Zoe Zett"), Student("zora")])
    return classroom


@pytest.fixture
def report(planted):
    return class_report(planted, CHAPTER)


@pytest.fixture
def own(planted, tmp_path) -> Classroom:
    """The same class once more, to be changed."""
    shutil.copytree(planted.course.root, tmp_path / "own")
    return Classroom.of(type(planted.course)(tmp_path / "own"))


def test_mistakes_are_exactly_those_that_were_planted(report):
    found = {(mistake.exercise, mistake.name): set(mistake.students)
             for of_exercise in report.mistakes for mistake in of_exercise.named}
    planted = {}
    for student, mistakes in PLANTED.items():
        for place in mistakes.items():
            planted.setdefault(place, set()).add(student)
    assert found == planted
    assert [of_exercise.exercise for of_exercise in report.mistakes] == list(EXERCISES)
    assert not any(of.unnamed or of.blank for of in report.mistakes)
    first = {of.exercise: of.named[0].name for of in report.mistakes if of.named}
    assert first == {"affine_backward": TRANSPOSED, "affine_db_entry": MEAN,
                     "affine_dw_entry": MEAN, "predict_touched": ONE}


def test_what_most_students_got_wrong_is_to_talk_about_with_the_line_in_which_it_is(report):
    """MEAN and ONE have seven students each; MEAN cost more points."""
    assert [(shown.topic.name, shown.topic.students) for shown in report.topics] == [
        (TRANSPOSED, 9), (MEAN, 7)]
    assert [place.exercise for place in report.topics[1].topic.places] == [
        "affine_db_entry", "affine_dw_entry"]
    assert report.topics[0].lines == (WRONG_LINE,)
    assert report.topics[0].most_common.explanation == f"Why {TRANSPOSED}."
    assert report.topics[1].lines == ("return total / dout.shape[0]",)


def test_shares_are_of_those_who_handed_in(report):
    solved = {one.name: one.solved for one in report.statistics}
    assert solved["affine_backward"] == pytest.approx(20 / 30)
    assert solved["predict_touched"] == pytest.approx(23 / 30)
    assert solved["affine_forward"] == 1
    backward = next(one for one in report.statistics if one.name == "affine_backward")
    assert [item.name for item in backward.items] == list(EXERCISES["affine_backward"].points)


def test_who_handed_in_nothing_and_who_is_on_no_list_are_named(report):
    assert [student.name or student.id for student in report.missing] == ["Zoe Zett", "zora"]
    assert len(report.rows) == 30
    (concern,) = report.concerns
    assert (concern.name, list(concern.students)) == ("not on the list", ["r6"])
    assert report.rows[0].student.id == "r6"  # who needs a look stands first


def test_scores_are_final(own):
    with Gradebook(own.db_url, COURSE_ID) as gradebook:
        late = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "r0")
        late.late_submission_penalty = 4.0
        by_hand = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "t0")
        for grade in by_hand.grades:
            if grade.name == WRITTEN:
                grade.manual_score = 2.5
            if grade.name == "affine_backward-check":
                grade.manual_score, grade.extra_credit = 3.0, 1.0
        gradebook.db.commit()
    report = class_report(own, CHAPTER)
    rows = {row.student.id: row for row in report.rows}
    assert rows["r0"].standing.score == FULL - 4
    backward = EXERCISES["affine_backward"].max_points
    assert rows["t0"].standing.score == FULL - backward + 3 + 1 + 2.5
    assert rows["t0"].by_hand == {"affine_backward": 3.0}
    assert rows["r1"].standing.handed_in.replace(second=0) == WHEN.replace(minute=24)
    assert report.scores[-1] == FULL and report.max_score == FULL + 3


def concerns(classroom) -> dict[str, dict[str, str]]:
    return {concern.name: concern.students for concern in class_report(classroom, CHAPTER).concerns}


def test_what_is_not_graded_or_was_handed_in_anew_comes_first(own):
    path = own.record(CHAPTER, "r0")
    path.unlink()
    own.record(CHAPTER, "r1").write_text("{", encoding="utf-8")
    (own.submitted(CHAPTER, "r2") / f"{CHAPTER}.ipynb").write_text("{ }", encoding="utf-8")
    own.submitted(CHAPTER, "new").mkdir(parents=True)
    own.submitted(CHAPTER, "<b>").mkdir(parents=True)
    found = concerns(own)
    assert next(iter(found)) == "not graded"
    assert found["not graded"].keys() == {"r0", "r1", "r2", "new", "<b>"}
    assert "signs that are in no name" in found["not graded"]["<b>"]
    assert "since" in found["not graded"]["r2"] and found["not graded"]["new"] == ""


def test_record_of_an_older_form_is_read(own):
    path = own.record(CHAPTER, "t0")
    record = json.loads(path.read_text(encoding="utf-8"))
    for key in ("of_several", "edited_checks", "tried_alone", "timed_out", "fault", "cases"):
        del record[key]
    for result in record["results"]:
        del result["help"], result["first"]
    path.write_text(json.dumps(record), encoding="utf-8")
    report = class_report(own, CHAPTER)
    assert report.topics[0].topic.students == 9
    assert [concern.name for concern in report.concerns] == ["not on the list"]


def test_grade_by_the_formgraders_button_is_not_taken_for_an_old_one(own):
    path = own.record(CHAPTER, "t0")
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["fingerprint"]
    path.write_text(json.dumps(record), encoding="utf-8")
    assert "not graded" not in concerns(own)


def test_without_a_gradebook_the_records_are_reported(own):
    own.gradebook.unlink()
    report = class_report(own, CHAPTER)
    assert report.topics[0].topic.students == 9 and report.scores == []
    assert all(row.standing is None for row in report.rows)
    assert len(concerns(own)["not in the gradebook"]) == 30
    assert not own.gradebook.exists()


def test_damaged_gradebook_is_one_line(own):
    own.gradebook.write_bytes(own.gradebook.read_bytes()[:3000])
    with pytest.raises(GradebookError, match=r"the gradebook cannot be read: .*put a copy"):
        class_report(own, CHAPTER)


def test_page_that_cannot_be_written_is_one_line(own):
    (own.folder / "reports").write_text("a file")
    with pytest.raises(ReportNotWritten, match="reports"):
        write_page(class_report(own, CHAPTER), own)


def test_without_graded_notebooks_mistakes_are_named_and_no_line_is_shown(own):
    shutil.rmtree(own.folder / "autograded")
    report = class_report(own, CHAPTER)
    assert [shown.topic.name for shown in report.topics] == [TRANSPOSED, MEAN]
    assert not any(shown.lines for shown in report.topics)


def test_what_cannot_be_read_is_in_no_statistics(own):
    make_class(own, {"u0": graded(problem="the file is damaged"),
                     "u1": graded(fault="ValueError: ours", problem="lost")})
    report = class_report(own, CHAPTER)
    assert report.counted == 30 and len(report.rows) == 32
    assert concerns(own)["cannot be read"] == {"u0": "the file is damaged"}
    assert concerns(own)["the grader failed"] == {"u1": "ValueError: ours"}


def test_empty_class_and_unknown_chapter_are_one_line(tmp_path):
    classroom = Classroom.of(make_checkout(tmp_path))
    with pytest.raises(NothingToReport, match="nothing was handed in for 03_affine: run"):
        class_report(classroom, CHAPTER)
    with pytest.raises(NoSuchChapter):
        class_report(classroom, "03_afine")
    assert not classroom.gradebook.exists()


@pytest.mark.slow
def test_graded_for_real_the_planted_mistakes_are_reported(classroom, level, monkeypatch, capsys):
    """From notebooks to the page, by the command."""
    story = {student.name: student for student in CLASS}
    for model, names in {"bruno": ["p", "q", "r"], "chen": ["s", "t"], "george": ["u"]}.items():
        for name in names:
            hand_in(classroom, type(story[model])(name, "", story[model].spoil), WHEN)
    list(grade_batch(classroom, CHAPTER, level=level, jobs=2))
    monkeypatch.chdir(classroom.course.root)
    assert main(["report", CHAPTER]) == 0
    told = capsys.readouterr().out
    assert "To talk about: dw is transposed (3 students, affine_backward)\n" \
           "    dw = dout.T @ x.reshape(x.shape[0], -1)\n" in told
    assert "(2 students, affine_d" in told
    assert told.rstrip().endswith(f"Written to class/reports/{CHAPTER}.html")
    report = class_report(classroom, CHAPTER)
    named = {(of.exercise, mistake.name, len(mistake.students))
             for of in report.mistakes for mistake in of.named}
    assert named == {("affine_backward", TRANSPOSED, 3), ("affine_db_entry", MEAN, 2),
                     ("affine_backward", AXIS, 2)}
