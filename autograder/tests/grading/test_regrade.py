"""Rules change while a class is being graded: who is graded by which, and what a regrade does."""

import io
import json
import shutil
import stat
import sys
from dataclasses import replace

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.authoring.demo import CLASS, hand_in
from autograder.exercises import affine, exercises_of
from autograder.grading import regrade
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import COURSE_ID
from autograder.grading.classes.standings import standings
from autograder.grading.grade_chapter import NOBODY_TO_ASK, How, grade_chapter
from autograder.grading.grader import GradingError, chapter_files, prepare, rules_of_today
from autograder.grading.records import read_record
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.demo_scores import EXPECTED
from autograder.tests.grading.test_batch import BACKWARD, WHEN, fill, grade, scores

MORE = FULL + 2
CHANGED = "points of affine_backward"


@pytest.fixture(autouse=True)
def rows_are_read_anew():
    yield
    exercises_of.cache_clear()
    prepare.cache_clear()
    rules_of_today.cache_clear()


def run(classroom, **how) -> tuple[int, str]:
    """What `autograder grade` returns and prints."""
    out = io.StringIO()
    console = Console(file=out, width=150, highlight=False)
    status = grade_chapter(classroom, CHAPTER, How(jobs=1, **how), console)
    return status, out.getvalue()


def give_more_points(classroom, monkeypatch, built=True):
    """dx of affine_backward is worth two points more from now on."""
    rows = [
        replace(row, points={**row.points, "dx": row.points["dx"] + 2})
        if row.name == "affine_backward" else row for row in affine.EXERCISES
    ]
    monkeypatch.setattr(affine, "EXERCISES", rows)
    exercises_of.cache_clear()
    prepare.cache_clear()
    rules_of_today.cache_clear()
    course = classroom.course
    for path in (course.source(CHAPTER), course.released(CHAPTER)) if built else ():
        notebook = json.loads(path.read_text("utf-8"))
        (cell,) = [cell for cell in notebook["cells"]
                   if cell["metadata"].get("nbgrader", {}).get("grade_id")
                   == "affine_backward-check"]
        cell["metadata"]["nbgrader"]["points"] += 2
        path.write_text(json.dumps(notebook), "utf-8")


def as_of_old(classroom, student):
    """Turn a record into one of the days when the rules were not recorded."""
    path = classroom.record(CHAPTER, student)
    record = json.loads(path.read_text())
    del record["rules"]
    path.write_text(json.dumps(record))


def everything(classroom) -> dict:
    """All that a regrade may write."""
    kept = {path: path.read_bytes() for name in ("records", "autograded")
            for path in (classroom.folder / name).rglob("*") if path.is_file()}
    return {**kept, "scores": scores(classroom)}


def says(monkeypatch, word: str):
    """Somebody sits at a terminal, and answers with a word."""
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or word)
    return asked


def test_points_change_in_the_middle_of_a_class(classroom, level, monkeypatch):
    """Half a class out of 44 and half out of 46 is told, and mended when it is asked for."""
    fill(classroom, ("bruno", "dina"))
    run(classroom)
    give_more_points(classroom, monkeypatch)
    status, told = run(classroom)
    assert status == 0
    assert "Everything is graded already." in told
    assert f"2 grades are by older rules ({CHANGED})." in told

    fill(classroom, ("chen",))
    _, told = run(classroom)
    assert f"{EXPECTED['chen'] + 2} of {MORE:g}" in told, "what is new is graded"
    assert f"2 grades are by older rules ({CHANGED})." in told
    assert {name: read_record(classroom, CHAPTER, name)["max_points"]
            for name in ("bruno", "chen", "dina")} == {"bruno": FULL, "chen": MORE, "dina": FULL}

    before = everything(classroom)
    status, told = run(classroom, again=True)
    assert status == NOBODY_TO_ASK
    assert everything(classroom) == before, "nothing is written before somebody says yes"
    words = " ".join(told.replace("│", " ").split())
    assert f"bruno {EXPECTED['bruno']} of {FULL:g} {EXPECTED['bruno'] + 2} of {MORE:g} " in words
    assert "chen" not in words
    assert f"affine_backward: 8 of {BACKWARD:g} before, 10 of {BACKWARD + 2:g} now" in words
    assert "2 would change, 0 would not" in words
    assert "Nothing of it is written. There is nobody here to ask." in words

    with monkeypatch.context() as patched:  # nobody has to wait a second time
        patched.setattr("autograder.grading.grade_chapter._grade", None)
        status, told = run(classroom, again=True, yes=True)
    assert status == 0
    assert "2 grades written." in told
    assert {name: standings(classroom, CHAPTER)[name].score for name in ("bruno", "chen", "dina")
            } == {name: EXPECTED[name] + 2 for name in ("bruno", "chen", "dina")}
    assert {read_record(classroom, CHAPTER, name)["max_points"]
            for name in ("bruno", "chen", "dina")} == {MORE}
    _, told = run(classroom)
    assert "older rules" not in told
    assert not list(classroom.regraded(CHAPTER, "x").parent.glob("*"))


def test_points_that_were_changed_without_a_build_are_refused(classroom, level, monkeypatch):
    fill(classroom, ("ada",))
    give_more_points(classroom, monkeypatch, built=False)
    with pytest.raises(GradingError, match=r"affine_backward has 11 points .* 13 points .*build"):
        run(classroom)


@pytest.mark.parametrize("word, written", [("Yes", True), ("", False)])
def test_who_is_asked_decides(classroom, level, monkeypatch, word, written):
    fill(classroom, ("ada",))
    run(classroom)
    as_of_old(classroom, "ada")
    before = everything(classroom)
    asked = says(monkeypatch, word)
    status, told = run(classroom, again=True)
    assert status == 0
    assert asked == ["Write 1 grade? [y/N] "]
    assert "1 grade is by older rules (not recorded): graded once more." in told
    assert "0 would change, 1 would not" in told
    assert ("1 grade written." in told) is written
    assert (everything(classroom) != before) is written
    assert ("older rules (not recorded)" in run(classroom)[1]) is not written


def test_interrupted_regrade_goes_on_where_it_was(classroom, level, monkeypatch):
    names = ("ada", "bruno", "chen", "dina")
    fill(classroom, names)
    run(classroom)
    keep, kept = regrade.keep, []

    def stopped_after_two(room, job, finished):
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(job.student)
        keep(room, job, finished)

    with monkeypatch.context() as patched:
        patched.setattr(regrade, "keep", stopped_after_two)
        with pytest.raises(KeyboardInterrupt) as stop:
            run(classroom, again=True, yes=True)
    assert stop.value.__notes__ == ["2 of 4 graded once more, none of it is written yet"]
    again = []
    with monkeypatch.context() as patched:
        patched.setattr(regrade, "keep", lambda room, job, finished: (
            again.append(job.student), keep(room, job, finished)))
        status, told = run(classroom, again=True, yes=True)
    assert sorted(kept + again) == sorted(names)
    assert "4 grades written." in told and status == 0


@pytest.mark.slow
def test_interrupted_writing_goes_on_where_it_was(classroom, level, monkeypatch):
    names = ("ada", "bruno", "chen")
    fill(classroom, names)
    run(classroom)
    save = regrade.save_grade

    def stopped_at_the_second(room, writer, job, finished):
        if job.student == "bruno":
            raise KeyboardInterrupt
        return save(room, writer, job, finished)

    with monkeypatch.context() as patched:
        patched.setattr(regrade, "save_grade", stopped_at_the_second)
        with pytest.raises(KeyboardInterrupt) as stop:
            run(classroom, again=True, yes=True)
    assert stop.value.__notes__ == ["1 of 3 written"]
    _, told = run(classroom, again=True, yes=True)
    assert "2 grades written." in told


@pytest.mark.slow
def test_what_is_kept_is_the_grade_itself_and_for_nobody_else(classroom, level):
    fill(classroom, ("ada", "bruno", "ivan"))
    run(classroom)
    before = everything(classroom)
    run(classroom, again=True, yes=True)
    assert scores(classroom) == before["scores"]
    for name in ("ada", "bruno", "ivan"):
        old = json.loads(before[classroom.record(CHAPTER, name)])
        new = read_record(classroom, CHAPTER, name)
        machine = {"seconds": 0, "tried_alone": False}  # how busy it was does not count
        assert old | machine == new | machine
        path = classroom.autograded(CHAPTER, name) / f"{CHAPTER}.ipynb"
        assert path.read_bytes() == before[path]
    run(classroom, again=True)
    assert {stat.S_IMODE(path.stat().st_mode)
            for path in classroom.regraded(CHAPTER, "x").parent.iterdir()} == {0o600}


def test_file_that_is_handed_in_meanwhile_is_new_and_not_a_regrade(classroom, level):
    fill(classroom, ("ada", "bruno"))
    run(classroom)
    run(classroom, again=True)
    path = classroom.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text().replace("return total", "return -total"))
    _, told = run(classroom, again=True, yes=True)
    assert "1 grade written." in told
    assert standings(classroom, CHAPTER)["ada"].score < FULL
    assert "older" not in run(classroom)[1]


@pytest.mark.slow
def test_damaged_file_of_a_regrade_is_graded_again(classroom, level):
    fill(classroom, ("bruno",))
    run(classroom)
    run(classroom, again=True)
    for damage in ("", "{", "[]", '{"graded": {}}', '{"graded": null}'):
        classroom.regraded(CHAPTER, "bruno").write_text(damage)
        _, told = run(classroom, again=True)
        assert "0 would change, 1 would not" in told


@pytest.mark.slow
def test_one_student_can_be_graded_once_more(classroom, level):
    fill(classroom, ("ada", "bruno"))
    run(classroom)
    _, told = run(classroom, again=True, student="bruno", yes=True)
    assert "1 is by the rules of today: graded once more." in told
    assert "1 grade written." in told


def test_what_a_person_gave_is_in_the_preview(classroom, level, monkeypatch):
    fill(classroom, ("bruno",))
    run(classroom)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        cell = gradebook.find_grade("affine_backward-check", CHAPTER, CHAPTER, "bruno")
        cell.manual_score, cell.extra_credit = 9.5, 1.0
        gradebook.find_grade("written", CHAPTER, CHAPTER, "bruno").manual_score = 2.0
        gradebook.db.commit()
    give_more_points(classroom, monkeypatch)
    now = rules_of_today(chapter_files(classroom, CHAPTER))
    run(classroom, again=True)
    (found,) = regrade.differences(classroom, CHAPTER, ["bruno"], now)
    assert found.now == found.before == EXPECTED["bruno"] - 8 + 9.5 + 1.0
    assert (found.before_max, found.now_max) == (FULL, MORE)
    assert "; 9.5 by hand count" in found.why[0]
    run(classroom, again=True, yes=True)
    assert standings(classroom, CHAPTER)["bruno"].score == found.now + 2.0


def test_grade_that_fails_in_the_grader_is_not_written_over_a_good_one(
    classroom, level, monkeypatch
):
    fill(classroom, ("ada",))
    run(classroom)
    before = everything(classroom)
    with monkeypatch.context() as patched:
        patched.setattr("autograder.grading.grader.grade", lambda *arguments: 1 / 0)
        prepare.cache_clear()
        _, told = run(classroom, again=True, yes=True)
    assert "1 could not be graded; the grades that are there stay." in told
    assert everything(classroom) == before


@pytest.mark.slow
def test_gradebook_that_was_put_away_is_filled_again(classroom, level):
    fill(classroom, ("ada", "bruno"))
    run(classroom)
    classroom.gradebook.unlink()
    _, told = run(classroom)
    assert "2 grades in the records, and not in the gradebook: graded once more." in told
    assert standings(classroom, CHAPTER)["bruno"].score == EXPECTED["bruno"]


@pytest.mark.slow
def test_batch_of_the_library_still_grades_all_again(classroom, level):
    fill(classroom, ("ada",))
    grade(classroom, level)
    (row,) = grade_batch(classroom, CHAPTER, level=level, again=True)
    assert (row.before, row.now) == (FULL, FULL)
    assert read_record(classroom, CHAPTER, "ada")["rules"]["points"]


# What a person has given


def by_hand(classroom, student, cell, points):
    """A person gives points in the Formgrader."""
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        found = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
        found.manual_score, found.needs_manual_grade = points, False
        gradebook.db.commit()


def needs_a_look(classroom, student, cell) -> bool:
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        return gradebook.find_grade(cell, CHAPTER, CHAPTER, student).needs_manual_grade


def hand_in_better(classroom, student):
    """What ada has, without a new timestamp: as when a file is put there by hand."""
    path = classroom.submitted(CHAPTER, student) / f"{CHAPTER}.ipynb"
    stamp = (path.parent / "timestamp.txt").read_bytes()
    hand_in(classroom, replace(CLASS[0], name=f"{student}2"), WHEN)
    path.write_bytes((classroom.submitted(CHAPTER, f"{student}2") / path.name).read_bytes())
    (path.parent / "timestamp.txt").write_bytes(stamp)
    shutil.rmtree(classroom.submitted(CHAPTER, f"{student}2").parent)


def test_score_by_hand_does_not_cap_a_better_submission_in_silence(classroom, level):
    fill(classroom, ("bruno",))
    run(classroom)
    by_hand(classroom, "bruno", "affine_backward-check", 9.0)
    by_hand(classroom, "bruno", "written", 1.0)
    hand_in_better(classroom, "bruno")
    _, told = run(classroom)
    words = " ".join(told.replace("│", " ").split())
    assert ("affine_backward: 9 by hand count, 11 of 11 automatic; manual score older than the "
            "submission") in words
    assert "1 of 3; manual score older than the submission" in words
    assert "wait for another look in the Formgrader" in words
    assert "bruno, affine_backward: 9 by hand, 11 automatic" in words
    assert "bruno, written: 1 by hand" in words
    (noted,) = read_record(classroom, CHAPTER, "bruno")["by_hand"]
    assert noted == {"exercise": "affine_backward", "points": 9.0, "automatic": 11.0,
                     "max_points": 11.0, "note": "manual score older than the submission"}
    assert needs_a_look(classroom, "bruno", "affine_backward-check")
    assert needs_a_look(classroom, "bruno", "written")

    run(classroom, again=True, yes=True)  # nobody has looked meanwhile: it is still told
    assert needs_a_look(classroom, "bruno", "written")
    (noted,) = read_record(classroom, CHAPTER, "bruno")["by_hand"]
    assert noted["note"] == "manual score older than the submission"
    assert "bruno, affine_backward: 9 by hand, 11 automatic" in run(classroom)[1]

    by_hand(classroom, "bruno", "affine_backward-check", 11.0)
    by_hand(classroom, "bruno", "written", 2.0)
    assert "another look" not in run(classroom)[1]


@pytest.mark.slow
def test_regrade_that_gives_other_points_than_a_person_saw_says_so(classroom, level, monkeypatch):
    fill(classroom, ("bruno",))
    run(classroom)
    by_hand(classroom, "bruno", "affine_backward-check", 9.0)
    give_more_points(classroom, monkeypatch)
    run(classroom, again=True, yes=True)
    (noted,) = read_record(classroom, CHAPTER, "bruno")["by_hand"]
    assert noted == {"exercise": "affine_backward", "points": 9.0, "automatic": 10.0,
                     "max_points": 13.0, "note": "manual score older than the automatic one"}
    assert needs_a_look(classroom, "bruno", "affine_backward-check")


def test_same_grade_again_is_not_called_newer(classroom, level):
    fill(classroom, ("bruno",))
    run(classroom)
    by_hand(classroom, "bruno", "affine_backward-check", 9.0)
    run(classroom, again=True, yes=True)
    (noted,) = read_record(classroom, CHAPTER, "bruno")["by_hand"]
    assert noted["note"] == ""
    assert needs_a_look(classroom, "bruno", "affine_backward-check"), "as nbgrader does"


def test_written_answers_that_wait_are_counted(classroom, level):
    fill(classroom, ("ada", "bruno"))
    _, told = run(classroom)
    assert "1 written answer waits in the Formgrader: ada." in told
    by_hand(classroom, "ada", "written", 3.0)
    assert "written answer" not in run(classroom)[1]
