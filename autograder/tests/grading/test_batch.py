"""A batch: resumed after a crash, repeated without harm, equal to nbgrader's own way."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.demo import CLASS, answer, hand_in
from autograder.exercises import exercises_of
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import COURSE_ID
from autograder.grading.grader import GradingError
from autograder.grading.records import is_graded
from autograder.seal import read_notebook, seal_of
from autograder.tests.conftest import CHAPTER, FULL
from autograder.tests.demo_scores import EXPECTED

BACKWARD = exercises_of(CHAPTER)["affine_backward"].max_points

WHEN = datetime(2026, 1, 10, 12, tzinfo=UTC)


def fill(classroom, names=tuple(EXPECTED)):
    for student in CLASS:
        if student.name in names:
            hand_in(classroom, student, WHEN)


def grade(classroom, level, **options):
    return {row.student: row for row in grade_batch(classroom, CHAPTER, level=level, **options)}


def scores(classroom) -> dict[str, dict[str, float]]:
    """Every score in the gradebook: student, cell, score."""
    query = """
        select submitted_assignment.student_id, base_cell.name, grade.auto_score
        from grade
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
        join base_cell on base_cell.id = grade.cell_id
    """
    found: dict[str, dict[str, float]] = {}
    connection = sqlite3.connect(classroom.gradebook)
    for student, cell, score in connection.execute(query):
        assert cell not in found.setdefault(student, {}), "a grade was doubled"
        found[student][cell] = score
    connection.close()
    return found


def totals(classroom) -> dict[str, float]:
    """What is graded so far; a written answer that waits for a person counts nothing."""
    return {
        student: sum(score or 0 for score in cells.values())
        for student, cells in scores(classroom).items()
    }


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_sample_class_gets_what_it_deserves(classroom, level, jobs):
    fill(classroom)
    rows = grade(classroom, level, jobs=jobs)
    assert {name: row.now for name, row in rows.items()} == EXPECTED
    assert totals(classroom) == EXPECTED
    assert "dw is transposed" in rows["bruno"].findings[0]
    assert "numerical gradient" in rows["judith"].findings[0]
    assert "did not finish in time" in rows["ivan"].findings[0]


def test_second_run_grades_only_what_is_new_and_says_what_changed(classroom, level):
    fill(classroom, ("ada", "bruno"))
    grade(classroom, level)
    assert grade(classroom, level) == {}
    fill(classroom, ("chen",))
    assert set(grade(classroom, level)) == {"chen"}

    path = classroom.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    answer(notebook, "affine_dw_entry", "return total", "return -total")
    path.write_text(nbformat.writes(notebook))
    rows = grade(classroom, level)
    assert set(rows) == {"ada"}
    assert (rows["ada"].before, rows["ada"].now, rows["ada"].changed) == (FULL, FULL - 2, True)
    assert "wrong sign" in rows["ada"].findings[0]

    rows = grade(classroom, level, again=True)
    assert set(rows) == {"ada", "bruno", "chen"}
    assert not any(row.changed for row in rows.values())


def test_one_student_can_be_graded_alone(classroom, level):
    fill(classroom, ("ada", "bruno"))
    assert set(grade(classroom, level, student="bruno")) == {"bruno"}
    with pytest.raises(GradingError, match="nobody has handed in nothing"):
        grade(classroom, level, student="nobody")


def test_manual_scores_and_comments_survive_a_regrade(classroom, level):
    fill(classroom, ("ada", "bruno"))
    grade(classroom, level)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        cell = gradebook.find_grade("affine_backward-check", CHAPTER, CHAPTER, "bruno")
        cell.manual_score, cell.extra_credit = BACKWARD, 1.0
        comment = gradebook.find_comment("affine_backward", CHAPTER, CHAPTER, "bruno")
        comment.manual_comment = "Nearly."
        gradebook.db.commit()
    rows = grade(classroom, level, again=True)
    assert rows["bruno"].now == FULL + 1
    assert not rows["bruno"].changed
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        cell = gradebook.find_grade("affine_backward-check", CHAPTER, CHAPTER, "bruno")
        assert (cell.manual_score, cell.needs_manual_grade) == (BACKWARD, True)
        assert cell.auto_score == BACKWARD - (FULL - EXPECTED["bruno"])
        assert gradebook.find_submission(CHAPTER, "bruno").score == FULL + 1
        comment = gradebook.find_comment("affine_backward", CHAPTER, CHAPTER, "bruno")
        assert comment.manual_comment == "Nearly."


@pytest.mark.slow
def test_late_penalties_are_nbgraders_own(classroom, level):
    config = classroom.course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc = get_config()\n"
                      "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    fill(classroom, ("ada", "bruno", "chen"))
    grade(classroom, level)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=WHEN - timedelta(hours=1))
        gradebook.grant_extension(CHAPTER, "bruno", hours=2)
    grade(classroom, level, again=True)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        late = {
            name: gradebook.find_submission(CHAPTER, name).late_submission_penalty
            for name in ("ada", "bruno", "chen")
        }
    assert late == {"ada": FULL, "bruno": 0, "chen": EXPECTED["chen"]}


def test_unwritten_answers_are_marked_as_no_response(classroom, level):
    fill(classroom, ("fatou", "lena"))
    grade(classroom, level)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        def comment(student, exercise):
            return gradebook.find_comment(exercise, CHAPTER, CHAPTER, student).auto_comment

        assert comment("fatou", "affine_backward") == "No response."
        assert comment("fatou", "affine_dx_entry") is None
        assert comment("lena", "affine_dx_entry") == "No response."


def written_grade(classroom, student):
    """What the gradebook says of a written answer: the grade and the grader's comment."""
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        grade = gradebook.find_grade("written", CHAPTER, CHAPTER, student)
        comment = gradebook.find_comment("written", CHAPTER, CHAPTER, student)
        return (grade.auto_score, grade.manual_score, grade.needs_manual_grade,
                grade.max_score, comment.auto_comment)


def test_written_answer_waits_for_a_person_and_an_empty_one_does_not(classroom, level):
    fill(classroom, ("ada", "bruno", "lena"))
    rows = grade(classroom, level)
    assert {name: row.answer for name, row in rows.items()} == {
        "ada": "not graded yet", "bruno": "no answer", "lena": "no answer"}
    assert written_grade(classroom, "ada") == (None, None, True, 3, None)
    assert written_grade(classroom, "bruno") == (0, None, False, 3, "No response.")
    shown = json.loads(
        (classroom.autograded(CHAPTER, "ada") / f"{CHAPTER}.ipynb").read_text("utf-8"))
    cells = {cell["id"]: cell for cell in shown["cells"]}
    assert cells["written-answer"]["source"].startswith("```text\n")
    assert "BEGIN MARK SCHEME" in cells["written"]["source"], "the person who grades needs it"


@pytest.mark.slow
def test_points_for_a_written_answer_survive_a_regrade_and_are_told_apart(classroom, level):
    fill(classroom, ("ada",))
    grade(classroom, level)
    with Gradebook(classroom.db_url, COURSE_ID) as gradebook:
        cell = gradebook.find_grade("written", CHAPTER, CHAPTER, "ada")
        cell.manual_score, cell.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    row = grade(classroom, level, again=True)["ada"]
    assert (row.automatic, row.max_points, row.now, row.answer) == (FULL, FULL, FULL + 2, "2 of 3")
    assert not row.changed
    assert written_grade(classroom, "ada") == (None, 2, False, 3, None), "nothing new to read"

    stamp = classroom.submitted(CHAPTER, "ada") / "timestamp.txt"
    stamp.write_text("2026-01-11 12:00:00 UTC")
    grade(classroom, level, again=True)
    assert written_grade(classroom, "ada")[2] is True, "it was handed in anew"


@pytest.mark.slow
def test_plain_nbgrader_asks_for_the_same_written_answers(classroom, level):
    fill(classroom, ("ada", "bruno"))
    run_nbgrader(classroom, "generate_assignment", CHAPTER, "--create", "--force")
    run_nbgrader(classroom, "autograde", CHAPTER)
    assert written_grade(classroom, "ada") == (None, None, True, 3, None)
    assert written_grade(classroom, "bruno") == (0, None, False, 3, "No response.")


@pytest.mark.slow
def test_plain_nbgrader_gives_the_same_scores_cell_by_cell(classroom, level):
    fill(classroom)
    run_nbgrader(classroom, "generate_assignment", CHAPTER, "--create", "--force")
    run_nbgrader(classroom, "autograde", CHAPTER)
    through_nbgrader = scores(classroom)
    classroom.gradebook.unlink()
    grade(classroom, level, again=True, jobs=2)
    assert scores(classroom) == through_nbgrader
    assert totals(classroom) == EXPECTED


@pytest.mark.slow
def test_every_stock_nbgrader_command_works(classroom, level):
    run_nbgrader(classroom, "generate_assignment", CHAPTER, "--create", "--force")
    assert seal_of(read_notebook(classroom.course.released(CHAPTER).read_bytes())) is not None
    run_nbgrader(classroom, "release_assignment", CHAPTER)
    fill(classroom, ("ada", "bruno"))
    grade(classroom, level)
    run_nbgrader(classroom, "generate_feedback", CHAPTER)
    page = classroom.folder / "feedback" / "bruno" / CHAPTER / f"{CHAPTER}.html"
    assert "dw is transposed" in page.read_text()
    run_nbgrader(classroom, "export")
    assert f"{EXPECTED['bruno']}.0" in (classroom.folder / "grades.csv").read_text()
    downloads = classroom.folder / "downloaded" / CHAPTER / "archive"
    downloads.mkdir(parents=True)
    source = classroom.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
    (downloads / f"{CHAPTER}_zoe_attempt_2026-01-10-12-00-00_{CHAPTER}.ipynb").write_bytes(
        source.read_bytes())
    run_nbgrader(classroom, "zip_collect", CHAPTER, "--force")
    assert grade(classroom, level)["zoe"].now == FULL


def run_nbgrader(classroom, *arguments):
    environment = {**os.environ, "HOME": str(classroom.folder), "PYTHONWARNINGS": "ignore"}
    outcome = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=classroom.course.root,
        env=environment, capture_output=True, text=True,
    )
    assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-3000:]


def run_autograder(classroom, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", *arguments], cwd=classroom.course.root,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=as_from_a_terminal, **options,
    )


def as_from_a_terminal():
    """A shell's background job ignores Ctrl-C, and so does all that it starts, these tests too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_batch_killed_at_random_moments_is_resumed_without_loss(classroom, level):
    """kill -9, five times, then to the end: the gradebook is that of an undisturbed run."""
    for number in range(4):
        for student in CLASS:
            if student.name not in ("ivan", "lena"):
                twin = type(student)(f"{student.name}{number}", student.story, student.spoil,
                                     student.file_name)
                hand_in(classroom, twin, WHEN)
    rng = random.Random(5)
    for _ in range(5):
        process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "2")
        time.sleep(rng.uniform(1.2, 3.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "2")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    resumed = scores(classroom)
    assert totals(classroom) == {
        f"{name}{number}": score for name, score in EXPECTED.items() for number in range(4)
        if name not in ("ivan", "lena")
    }
    assert all(is_graded(classroom, CHAPTER, name) for name in resumed)
    assert not list(classroom.folder.rglob(".*.ipynb.*")) or grade(classroom, level) == {}
    classroom.gradebook.unlink()
    grade(classroom, level, again=True, jobs=2)
    assert scores(classroom) == resumed


@pytest.mark.slow
def test_ctrl_c_stops_with_one_line_and_keeps_what_is_done(classroom):
    for number in range(30):
        student = CLASS[0]
        hand_in(classroom, type(student)(f"s{number:02}", "", student.spoil), WHEN)
    process = run_autograder(classroom, "grade", CHAPTER, "--jobs", "1")
    wait_until(lambda: len(list(classroom.record(CHAPTER, "x").parent.glob("*.json"))) >= 3)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert process.returncode == 130
    done = len(totals(classroom))
    assert done >= 3
    told = re.search(r"stopped; (\d+) of 30 done; .*run the command again to go on", errors)
    assert told, errors
    assert done - 1 <= int(told[1]) <= done
    assert all(total == FULL for total in totals(classroom).values())


def wait_until(condition, seconds=120):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("arguments, complaint", [
    (("grade", "99_nothing"), "there is no chapter '99_nothing'"),
    (("grade", CHAPTER), "nothing was handed in"),
    (("grade", CHAPTER, "--student", "zoe"), "zoe has handed in nothing"),
    (("build", "99_nothing"), "there is no chapter"),
    (("check", "no_such_file.ipynb"), "does not begin with the name of a chapter"),
    (("check", f"{CHAPTER}.ipynb"), "cannot be opened"),
])
def test_a_users_mistake_ends_in_one_line(classroom, arguments, complaint):
    process = run_autograder(classroom, *arguments)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint in errors
    assert len(errors.strip().splitlines()) == 1
    assert "Traceback" not in output + errors


def test_outside_a_checkout_the_command_says_so(tmp_path):
    outcome = subprocess.run([sys.executable, "-m", "autograder.cli", "grade", CHAPTER],
                             cwd=tmp_path, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert "nor in a checkout" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_check_command_prints_what_the_notebook_would(classroom):
    fill(classroom, ("bruno",))
    path = classroom.submitted(CHAPTER, "bruno") / f"{CHAPTER}.ipynb"
    process = run_autograder(classroom, "check", str(path))
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors  # points are missing
    assert "(M, D) in place of (D, M)" in output
    assert f"{EXPECTED['bruno']} of {FULL:g} points" in output


@pytest.mark.slow
def test_another_holder_of_the_database_does_not_lose_a_grade(classroom, level):
    fill(classroom, ("ada",))
    grade(classroom, level)
    lock = subprocess.Popen([sys.executable, "-c", f"""
import sqlite3, time
connection = sqlite3.connect({str(classroom.gradebook)!r}, isolation_level=None)
connection.execute("begin exclusive")
print("locked", flush=True)
time.sleep(7)
connection.execute("rollback")
"""], stdout=subprocess.PIPE, text=True)
    lock.stdout.readline()
    fill(classroom, ("bruno",))
    assert grade(classroom, level)["bruno"].now == EXPECTED["bruno"]
    lock.wait()


def test_record_says_what_was_found_and_how(classroom, level):
    fill(classroom, ("bruno",))
    grade(classroom, level)
    record = json.loads(classroom.record(CHAPTER, "bruno").read_text())
    assert record["level"] == level
    assert record["points"] == EXPECTED["bruno"]
    assert len(record["digest"]) == 64
    wrong = [i for r in record["results"] for i in r["items"] if i["status"] == "wrong"]
    assert [item["mistake"] for item in wrong] == ["dw is transposed"]


@pytest.mark.slow
class TestOnACluster:
    """A real scheduler and two worker processes, one of which is killed midway."""

    @pytest.fixture
    def cluster(self, tmp_path):
        pytest.importorskip("distributed")
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        address_file = tmp_path / "scheduler.json"

        def start(*arguments):
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:],
                 "--scheduler-file", str(address_file)],
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
            )

        scheduler = start("dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1")
        wait_until(address_file.exists)
        workers = [
            start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard",
                  "--host", "127.0.0.1")
            for _ in range(2)
        ]
        address = json.loads(address_file.read_text())["address"]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, workers
        for process in (*workers, scheduler):
            process.kill()
            process.wait()

    def test_a_killed_worker_loses_nothing(self, classroom, level, cluster):
        address, workers = cluster
        for number in range(30):
            student = CLASS[number % 3]
            hand_in(classroom, type(student)(f"s{number:02}", "", student.spoil), WHEN)
        rows = []
        for row in grade_batch(classroom, CHAPTER, level=level, scheduler=address):
            rows.append(row)
            if len(rows) == 5:
                workers[0].kill()
        assert sorted(row.student for row in rows) == [f"s{n:02}" for n in range(30)]
        assert totals(classroom) == {
            f"s{n:02}": EXPECTED[CLASS[n % 3].name] for n in range(30)
        }

    def test_no_scheduler_is_one_line(self, classroom):
        fill(classroom, ("ada",))
        process = run_autograder(classroom, "grade", CHAPTER, "--dask", "tcp://127.0.0.1:1")
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "no Dask scheduler answers" in errors
        assert "Traceback" not in errors
