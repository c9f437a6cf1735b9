"""Feedback: what a page says, what it never says, and where nbgrader finds it."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash

from autograder.authoring.demo import CLASS, hand_in
from autograder.cells import WRITTEN, WRITTEN_ANSWER
from autograder.checking.result import (
    NOT_REACHED,
    NOT_WRITTEN,
    RIGHT,
    WRONG,
    ItemResult,
    Result,
)
from autograder.course import Course
from autograder.grading.batch import grade_batch, save_grade
from autograder.grading.classes.classroom import COURSE_ID, Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.roster import ROSTER, Student, write_roster
from autograder.grading.classes.standings import Standing
from autograder.grading.grader import Finished, Job
from autograder.grading.records import fingerprint
from autograder.grading.reporting.feedback import SECRET, FeedbackError, told, write_feedback
from autograder.grading.reporting.feedback_page import PNG, page_of
from autograder.grading.reporting.lost_points import losses, next_step
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import GRADER_FAILED, Graded
from autograder.grading.submissions.written_answer import shown_as_typed
from autograder.tests.browser import chromium_page, find_chromium
from autograder.tests.conftest import CHAPTER, make_checkout
from autograder.tests.grading.test_batch import WHEN, run_nbgrader

MISTAKE = "dw is transposed"
GOOD = ItemResult("dx", 2, 2, RIGHT)
BAD = ItemResult("dw", 0, 2, WRONG, "dw has shape (5, 4).", "shape (5, 4)", "shape (4, 5)",
                 "three samples", MISTAKE, "Every entry sits at the mirror place.", "Which factor?")
LATER = ItemResult("shapes", 0, 1, NOT_REACHED, "comes once dw has its shape")


def result(name="f", *items):
    return Result(name, items or (GOOD, BAD, LATER))


def unwritten(name, points):
    return Result.nothing_earned(name, {"all": points}, NOT_WRITTEN)


def standing_of(results, **more):
    """What the gradebook says of a class with a written question of 3 points."""
    most = {**{r.exercise: r.max_points for r in results}, WRITTEN: 3.0}
    return Standing(**{"student": "ada", "automatic": {r.exercise: r.points for r in results},
                       "max_scores": most, "max_score": sum(most.values()), **more})


def page(results=None, notebook=None, released=None, record=None, **more):
    """A page as its reader sees it."""
    results = [result()] if results is None else results
    whole = Graded({r.exercise: r for r in results}).record() | (record or {})
    made = page_of(CHAPTER, Student("ada"), whole, standing_of(results, **more),
                   notebook or {}, released or {})
    return BeautifulSoup(made.html(), "html.parser")


def words(soup, selector="main"):
    return " ".join(" ".join(found.get_text() for found in soup.select(selector)).split())


def cell(name, source="", outputs=()):
    return {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": name}}, "source": source,
            "outputs": list(outputs)}


# What a page says


def test_a_lost_item_is_told_with_name_explanation_and_hint():
    shown = words(page(), ".loss")
    assert [dd.get_text() for dd in page().select("dd")] == ["shape (5, 4)", "shape (4, 5)"]
    for said in (MISTAKE, "−3 points", "dw has shape (5, 4).",
                 BAD.explanation, "Hint: Which factor?", "Case: three samples.",
                 "Not judged before this is right: shapes (1)"):
        assert said in shown
    assert "Right: dx (2)." in words(page())


def test_what_was_expected_is_told_where_it_is_known_and_not_said_yet():
    assert not page([result("f", replace(BAD, expected=""))]).select("dl")
    message = "dw has shape (5, 4), where (4, 5) is expected."
    assert not page([result("f", replace(BAD, message=message))]).select("dl")


def test_one_mistake_in_several_outputs_is_explained_once():
    twin = replace(BAD, name="db", message="db has shape (5,).")
    soup = page([result("f", BAD, twin)])
    assert [h4.get_text() for h4 in soup.select("h4")] == [f"{MISTAKE} −4 points"]
    assert "db has shape (5,)." in words(soup)
    assert words(soup).count(BAD.explanation) == 1


def test_the_sum_adds_up_and_says_what_it_is_made_of():
    soup = page([result(), result("g", GOOD)], by_hand={"f": 3.0, WRITTEN: 2.5}, penalty=1.5,
                extra=1.0)
    rows = {row.th.get_text(): row.td.get_text() for row in soup.select("tr")}
    assert rows == {
        "Exercises, checked by the grader": "4 of 7", "Changed by your instructor": "+1",
        "Written question": "2.5 of 3", "Extra credit": "+1", "Handed in late": "−1.5",
        "Together": "7 of 10",
    }
    assert words(soup, ".total") == "7 of 10 points"


def test_what_waits_for_a_person_is_said():
    soup = page(waits_for=(WRITTEN, "f"), record={"written": True})
    assert "This is not final yet" in words(soup)
    assert "look at the written question, f." in words(soup)
    assert "not read yet" in words(soup, "table")
    assert "not final" not in words(page())


def test_a_person_is_heard():
    soup = page([result(), result("g", GOOD)], by_hand={"f": 4.0, WRITTEN: 2.0},
                comments={"f": "Half for the\nderivation.", "g": "Neat.", WRITTEN: "<b>Why</b>?"})
    said = [found.get_text() for found in soup.select(".comment .typed")]
    assert said == ["Half for the\nderivation.", "<b>Why</b>?", "Neat."]
    assert not any(found.find_parent("details") for found in soup.select(".comment"))
    assert "in place of the grader's" in words(soup)
    assert "−3 points" not in words(soup), "the points of f are the person's"


def test_own_code_figures_and_outputs_are_shown_and_other_kinds_are_not():
    figure = base64.b64encode(PNG + b"any").decode()
    shown = {"image/png": figure, "text/html": "<b>HTML</b>", "image/svg+xml": "<svg>VECTOR</svg>"}
    outputs = [{"output_type": "display_data", "data": shown},
               {"output_type": "display_data", "data": {"image/png": "no base64 at all"}},
               {"output_type": "display_data", "data": {"image/png": "AAAA"}},
               {"output_type": "stream", "text": ["one\n", "two"]},
               {"output_type": "error", "traceback": ["ValueError: no"]}, "nothing", None]
    soup = page(notebook={"cells": [cell("f", "def f(): ...", outputs), None, 7]})
    (image,) = soup.select("img")
    assert image["src"] == f"data:image/png;base64,{figure}"
    assert "f" in image["alt"]
    assert [pre.get_text() for pre in soup.select("pre")] == [
        "def f(): ...", "one\ntwo", "ValueError: no"]
    assert all(pre.find_parent("details") for pre in soup.select("pre")), "code is folded"
    assert "HTML" not in soup.main.get_text() and "VECTOR" not in soup.main.get_text()


def test_what_is_right_is_folded_and_what_is_not_written_is_listed():
    soup = page([result("good", GOOD), unwritten("empty", 4), result()])
    (folded,) = soup.select("details.rest")
    assert "good" in folded.get_text() and "dx (2)" in folded.get_text()
    assert "empty: 4 points" in words(soup)
    assert [h.get_text().split()[0] for h in soup.select("h3")] == ["f", "Not", "good"]


def test_the_written_answer_is_shown_as_it_was_typed_with_the_question():
    text = "It is <b>used</b> N times.\n```\nx.T @ dout\n```"
    notebook = {"cells": [{"id": WRITTEN_ANSWER, "cell_type": "markdown",
                           "source": shown_as_typed(text)}]}
    released = {"cells": [
        {"cell_type": "markdown", "source": "# The affine layer\n\nText."},
        {"cell_type": "markdown", "id": WRITTEN,
         "source": "### In your own words\n\n*3 points, graded by a person.*\n\nWhy is it so?"}]}
    soup = page(notebook=notebook, released=released, record={"written": True})
    shown = [found.get_text() for found in soup.select("details .typed")]
    assert shown == ["Why is it so?", text]
    assert soup.h1.get_text() == "The affine layer: feedback"
    assert "Your answer is not read yet" in words(soup)


def test_notes_of_the_grader_are_told():
    soup = page(record={"notes": ["f: its cell was copied; the last copy counts."]})
    assert "f: its cell was copied; the last copy counts." in words(soup, "#notes ~ ul")


def test_an_unreadable_submission_gets_a_page_that_says_why_and_what_to_do():
    soup = page(record={"problem": "the file is damaged"}, automatic={"f": 0.0})
    shown = words(soup)
    assert "The grader says: the file is damaged." in shown
    assert "Hand in your notebook once more" in words(soup, ".next")
    assert f"{CHAPTER}.ipynb" in words(soup, "ol")
    assert not soup.select(".loss") and not soup.select(".rest")
    assert words(soup, ".total") == "0 of 8 points"


def test_headings_leave_out_no_level_and_links_lead_somewhere():
    soup = page([result("good", GOOD), unwritten("empty", 1), result()],
                comments={"good": "Neat."}, record={"notes": ["A note."]})
    levels = [int(h.name[1]) for h in soup.select("h1, h2, h3, h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    ids = [found["id"] for found in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in soup.select("a")]
    assert links == ["#lost-1"] and "lost-1" in ids


# What to do next


def step_of(results, answered=True, not_theirs=(), **more):
    return next_step(results, standing_of(results, **more), answered=answered,
                     not_theirs=not_theirs)


def test_the_next_step_is_the_one_that_gives_most():
    small = result("small", replace(BAD, mistake="a mean instead of a sum", max_points=2.5))
    assert step_of([small, result("f")]).text == (
        "Mend `f` first: dw is transposed, which costs 3 points."), "with what waits for it"
    assert step_of([small, result("f", BAD)]).exercise == "small"
    assert step_of([result("first", BAD), result("second", BAD)]).exercise == "first"
    assert step_of([result(), unwritten("empty", 4)]).text == (
        "Write `empty`: nothing stands there yet, and it is worth 4 points.")


def test_points_that_a_person_gave_are_not_to_be_gained_again():
    results = [result("f"), result("g", replace(BAD, max_points=1.0))]
    assert step_of(results, by_hand={"f": 5.0}).exercise == "g"
    assert step_of(results, by_hand={"f": 4.5}).exercise == "g"
    assert step_of(results, by_hand={"f": 3.0}).exercise == "f"


def test_the_written_question_may_be_the_next_step():
    small = [result("f", replace(BAD, max_points=1.0))]
    assert step_of(small, answered=False).exercise == WRITTEN
    assert step_of(small, answered=True).exercise == "f"
    assert step_of(small, answered=False, by_hand={WRITTEN: 3.0}).exercise == "f"


def test_without_a_name_the_message_says_what_to_look_at():
    item = ItemResult("out", 0, 1, WRONG, "f did not finish in time.")
    assert step_of([result("f", item)]).text == (
        "Look at `f` first (1 point): f did not finish in time.")


def test_where_nothing_is_wrong_nothing_is_to_be_mended():
    good = [result("f", GOOD)]
    assert "Everything is right" in step_of(good, by_hand={WRITTEN: 3.0}).text
    assert "still to be read" in step_of(good, waits_for=(WRITTEN,)).text
    assert "instructor says" in step_of(
        good, by_hand={WRITTEN: 2.0}, comments={WRITTEN: "Why?"}).text
    assert "was judged by your instructor" in step_of(good, by_hand={WRITTEN: 2.0}).text


def test_what_was_not_reached_without_a_cause_is_one_loss():
    lost = losses(Result.nothing_earned("f", {"a": 1, "b": 2}, NOT_REACHED, "the time is up"))
    assert [(loss.points, loss.cause.message) for loss in lost] == [(3, "the time is up")]


# What a page never says


def test_nothing_that_was_heard_in_hidden_calls_is_told():
    hidden = "HIDDEN"
    bad = replace(BAD, where=hidden, marks=hidden, inputs=hidden, cause=hidden)
    results = [replace(result("f", GOOD, bad), printed=hidden, help=(hidden,))]
    soup = page(results, record={"heard": {"f": {"printed": hidden}}, "traceback": hidden,
                                 "cases": hidden, "class_seed": hidden})
    assert MISTAKE in soup.get_text()
    assert hidden not in str(soup)


def test_a_failure_of_the_grader_is_no_mistake_of_the_student():
    fault = "KeyError: HIDDEN"
    failed = Result.nothing_earned("f", {"a": 9}, NOT_REACHED, GRADER_FAILED.format(fault))
    soup = page([failed, result("g")], record={
        "fault": fault, "notes": [f"f: {GRADER_FAILED.format(fault)}.", "A note."]})
    assert "HIDDEN" not in str(soup)
    assert "That is no mistake of yours" in words(soup, ".loss")
    assert "`" not in words(soup, ".next") and "Mend g first" in words(soup, ".next")
    assert words(soup, "#notes ~ ul") == "A note."


def test_where_the_grader_failed_at_all_the_student_is_asked_for_nothing():
    fault = "KeyError: HIDDEN"
    soup = page(record={"fault": fault, "problem": GRADER_FAILED.format(fault)})
    assert "HIDDEN" not in str(soup)
    assert "no mistake of yours" in words(soup, ".next") and not soup.select("ol")


def test_of_the_graded_notebook_only_the_students_part_is_shown():
    """It holds the mark scheme, for the person who grades."""
    notebook = {"cells": [
        {"cell_type": "markdown", "id": WRITTEN, "source": "Why?\n### BEGIN MARK SCHEME\nSCHEME"},
        {"cell_type": "markdown", "source": "# SCHEME"},
        {"id": WRITTEN_ANSWER, "cell_type": "markdown", "source": "SCHEME"}]}
    released = {"cells": [{"cell_type": "markdown", "id": WRITTEN, "source": "Why?"}]}
    soup = page(notebook=notebook, released=released)
    assert "Why?" in soup.get_text() and "SCHEME" not in str(soup)


# A class


def graded_like(kind: str) -> Graded:
    """A made-up grade: right, wrong or unreadable."""
    if kind == "unreadable":
        return replace(Graded({"affine_forward": Result.nothing_earned(
            "affine_forward", {"out": 2}, NOT_REACHED, "damaged")}), problem="damaged")
    good = result("affine_forward", GOOD)
    bad = result("affine_backward", GOOD if kind == "right" else BAD)
    return Graded({r.exercise: r for r in (good, bad)}, written="Because." * (kind == "right"),
                  answers=dict.fromkeys(("affine_forward", "affine_backward"), "pass"))


@pytest.fixture(scope="module")
def first_class(tmp_path_factory) -> Classroom:
    """Three students with grades that were made up, and one who is not graded."""
    classroom = Classroom.of(make_checkout(tmp_path_factory.mktemp("graded") / "course"))
    release = read_release(classroom.course.released(CHAPTER).read_text("utf-8"))
    with GradeWriter(classroom, CHAPTER) as writer:
        for name, kind in (("ada", "right"), ("bruno", "wrong"), ("lena", "unreadable")):
            hand_in(classroom, replace(CLASS[0], name=name), WHEN)
            folder, graded = classroom.submitted(CHAPTER, name), graded_like(kind)
            text = json.dumps(filled_notebook(release, graded))
            save_grade(classroom, writer, Job(name, str(folder), CHAPTER),
                       Finished(graded, text, fingerprint(folder)))
    hand_in(classroom, replace(CLASS[0], name="zoe"), WHEN)
    return classroom


@pytest.fixture
def graded_class(first_class, tmp_path) -> Classroom:
    """A copy of it that a test may change."""
    return Classroom.of(Course(shutil.copytree(first_class.course.root, tmp_path / "my course")))


def page_in(classroom, student):
    return (classroom.feedback(CHAPTER, student) / f"{CHAPTER}.html").read_text("utf-8")


def test_every_graded_student_gets_a_page_and_the_others_are_listed(graded_class):
    write_roster(graded_class.folder / ROSTER, [Student("bruno", name="Bruno <b>Bär</b>")])
    done = write_feedback(graded_class, CHAPTER)
    assert [path.parts[-3] for path in done.pages] == ["ada", "bruno", "lena"]
    assert (done.waiting, done.ungraded) == ({"ada": (WRITTEN,)}, ["zoe"])
    assert done.anew == [] and done.problems == {}
    assert MISTAKE in page_in(graded_class, "bruno")
    assert "Bruno &lt;b&gt;Bär&lt;/b&gt;" in page_in(graded_class, "bruno")
    assert "The grader says: damaged." in page_in(graded_class, "lena")
    lines = "\n".join(told(done, graded_class, CHAPTER))
    for said in ("3 pages", "1: the written answer is not read yet", "(ada)", "not graded yet",
                 "(zoe)", f"nbgrader release_feedback {CHAPTER}"):
        assert said in lines
    again = {path: path.read_bytes() for path in graded_class.folder.glob("feedback/*/*/*")}
    write_feedback(graded_class, CHAPTER)
    assert again == {path: path.read_bytes() for path in again}, "a second time nothing changes"


def test_a_manual_score_and_comment_are_on_the_next_page(graded_class):
    with Gradebook(graded_class.db_url, COURSE_ID) as gradebook:
        grade = gradebook.find_grade("written", CHAPTER, CHAPTER, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        for label, text in (("written", "Why N?"), ("affine_backward", "On paper, too?")):
            gradebook.find_comment(label, CHAPTER, CHAPTER, "ada").manual_comment = text
        gradebook.db.commit()
    write_feedback(graded_class, CHAPTER, "ada")
    shown = page_in(graded_class, "ada")
    assert "2 of 3" in shown and "Why N?" in shown and "On paper, too?" in shown
    assert not graded_class.feedback(CHAPTER, "bruno").exists()


def test_what_was_handed_in_after_the_grade_is_told(graded_class):
    path = graded_class.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text() + "\n")
    assert write_feedback(graded_class, CHAPTER).anew == ["ada"]


def test_where_the_grader_failed_the_instructor_is_told(graded_class):
    path = graded_class.record(CHAPTER, "bruno")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fault": "KeyError: x"}))
    assert write_feedback(graded_class, CHAPTER).failed == ["bruno"]


def test_a_record_of_an_older_form_gets_a_page_and_a_damaged_one_is_told(graded_class):
    old = graded_class.record(CHAPTER, "bruno")
    record = json.loads(old.read_text())
    results = [{name: r[name] for name in ("exercise", "items", "notes", "printed")}
               for r in record["results"]]
    old.write_text(json.dumps({"results": results}))
    graded_class.record(CHAPTER, "ada").write_text("{")
    graded_class.record(CHAPTER, "lena").write_text('{"results": [{"exercise": 3}]}')
    done = write_feedback(graded_class, CHAPTER)
    assert MISTAKE in page_in(graded_class, "bruno")
    assert set(done.problems) == {"ada", "lena"}
    assert all("--again" in reason for reason in done.problems.values())
    lines = "\n".join(told(done, graded_class, CHAPTER))
    assert "1: no page: the record of the grade is missing" in lines and "(ada)" in lines


def test_students_whose_grades_are_not_in_the_gradebook_are_told_together(graded_class):
    graded_class.gradebook.unlink()
    done = write_feedback(graded_class, CHAPTER)
    assert list(told(done, graded_class, CHAPTER)) == [
        "  1: not graded yet, no page: run `autograder grade 03_affine` (zoe)",
        "  3: no page: the gradebook does not have the grade: run `autograder grade 03_affine` "
        "(ada, bruno, lena)"]


@pytest.mark.parametrize("crafted", ["", "short", "two\nlines" * 9, "é" * 40, "x" * 3000])
def test_a_secret_that_would_stop_the_release_is_replaced(graded_class, crafted):
    folder = graded_class.submitted(CHAPTER, "ada")
    (folder / SECRET).write_text(crafted)
    write_feedback(graded_class, CHAPTER, "ada")
    used = (graded_class.feedback(CHAPTER, "ada") / SECRET).read_text()
    assert re.fullmatch("[0-9a-f]{64}", used)
    assert notebook_hash(secret=used, notebook_id=CHAPTER)


def test_release_feedback_finds_what_it_needs(graded_class):
    """The secret of a submission, and each name that a student's notebook had."""
    folder = graded_class.submitted(CHAPTER, "bruno")
    (folder / SECRET).write_text("s" * 128)
    (folder / f"{CHAPTER}.ipynb").rename(folder / f"{CHAPTER} (1).ipynb")
    (folder / "<img>.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text("never")
    write_feedback(graded_class, CHAPTER)
    own = graded_class.feedback(CHAPTER, "bruno")
    assert {path.name for path in own.iterdir()} == {
        f"{CHAPTER}.html", f"{CHAPTER} (1).html", SECRET, "timestamp.txt"}
    assert (own / SECRET).read_text() == "s" * 128
    assert (own / "timestamp.txt").read_text().startswith("2026-01-10"), "of what was graded"
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in own.iterdir())
    secrets = {graded_class.feedback(CHAPTER, name) / SECRET for name in ("ada", "lena")}
    assert len({path.read_text() for path in secrets}) == 2


def test_what_cannot_be_done_is_one_line(graded_class):
    with pytest.raises(FeedbackError, match="has no graded submission"):
        write_feedback(graded_class, CHAPTER, "no\nbody")
    blocked = graded_class.feedback(CHAPTER, "ada").parent
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder belongs")
    with pytest.raises(FeedbackError, match=r"feedback cannot be written: .*; mend it"):
        write_feedback(graded_class, CHAPTER)


@pytest.mark.parametrize("arguments, said", [
    ([CHAPTER], "nothing is graded"), (["03_afine"], "03_afine"),
    ([CHAPTER, "--student", "../ada"], "no graded submission"),
])
def test_the_command_complains_in_one_line(classroom, arguments, said):
    done = subprocess.run([sys.executable, "-m", "autograder.cli", "feedback", *arguments],
                          cwd=classroom.course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert said in done.stderr


def test_neither_nbgrader_nor_nbconvert_is_imported(graded_class):
    code = f"""
import sys
from autograder.cli import main
assert main(["feedback", {CHAPTER!r}]) == 0
assert not {{"nbgrader", "nbconvert", "nbformat"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], cwd=graded_class.course.root, check=True)


# nbgrader's own road


@pytest.mark.slow
def test_nbgraders_command_makes_the_same_pages(graded_class):
    write_feedback(graded_class, CHAPTER)
    ours = {path: path.read_bytes() for path in graded_class.folder.glob("feedback/*/*/*")}
    run_nbgrader(graded_class, "generate_feedback", CHAPTER, "--force")
    theirs = {path: path.read_bytes() for path in graded_class.folder.glob("feedback/*/*/*")}
    assert len(ours) == 9 and ours == theirs


@pytest.mark.slow
def test_a_student_fetches_the_page_through_the_exchange(classroom, level, tmp_path):
    """Submitted in a renamed file, collected, graded by the batch, released, fetched."""
    home = tmp_path / "home of a student"
    home.mkdir()
    exchange = classroom.folder / "exchange"
    exchange.mkdir(parents=True)
    exchange.chmod(0o777)
    (home / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
        f"c.CourseDirectory.course_id = {COURSE_ID!r}\nc.Exchange.cache = {str(home / 'cache')!r}")

    def student(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments], cwd=home, check=False, text=True,
            capture_output=True, env={**os.environ, "HOME": str(home), "PYTHONWARNINGS": "ignore"})
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]

    run_nbgrader(classroom, "generate_assignment", CHAPTER, "--create", "--force")
    run_nbgrader(classroom, "release_assignment", CHAPTER)
    student("fetch_assignment", CHAPTER)
    fetched = home / CHAPTER / f"{CHAPTER}.ipynb"
    fetched.rename(fetched.with_name(f"{CHAPTER} (1).ipynb"))
    student("submit", CHAPTER)
    run_nbgrader(classroom, "collect", CHAPTER)
    (row,) = grade_batch(classroom, CHAPTER, level=level)
    done = write_feedback(classroom, CHAPTER)
    assert len(done.pages) == 1
    run_nbgrader(classroom, "release_feedback", CHAPTER)
    student("fetch_feedback", CHAPTER)
    (page,) = (home / CHAPTER / "feedback").glob(f"*/{CHAPTER} (1).html")
    assert page.read_text() == page_in(classroom, row.student)


# In a browser


@pytest.mark.slow
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 390)])
def test_a_page_is_read_by_everybody(graded_class, scheme, width):
    pytest.importorskip("playwright", reason="Playwright is not installed")
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    script = os.path.join(os.path.dirname(axe.__file__), "axe.min.js")
    write_feedback(graded_class, CHAPTER)
    with chromium_page(width=width) as page:
        page.emulate_media(color_scheme=scheme)
        for student in ("ada", "bruno", "lena"):
            folder = graded_class.feedback(CHAPTER, student)
            page.goto((folder / f"{CHAPTER}.html").as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            with open(script, encoding="utf-8") as file:
                page.evaluate(file.read())
            told = page.evaluate("axe.run({resultTypes: ['violations']})")
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in told["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.slow
def test_in_print_the_code_of_what_lost_points_is_unfolded(graded_class):
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    write_feedback(graded_class, CHAPTER)
    with chromium_page() as page:
        folder = graded_class.feedback(CHAPTER, "bruno")
        page.goto((folder / f"{CHAPTER}.html").as_uri())
        code = page.locator("#lost-1 ~ details pre").first
        height = "e => e.getBoundingClientRect().height"
        assert code.evaluate(height) == 0
        page.emulate_media(media="print")
        assert code.evaluate(height) > 0
