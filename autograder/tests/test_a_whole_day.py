"""From an empty folder to feedback that is read: an instructor and two students, in a browser.

Real servers, one after the other as people come and go, and nbgrader's exchange between them.
Everybody has a home of their own. nbgrader takes the name of the account for a student's id; here
all three are one account, so the id stands in the student's nbgrader_config.py, where nbgrader
looks first. All of it lies in the folder of the test, the checkout and the exchange, too.
"""

import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.cells import WRITTEN
from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom
from autograder.tests.browser import (
    Notebook,
    chromium_page,
    environment_of,
    find_chromium,
    jupyterlab,
)
from autograder.tests.conftest import CHAPTER, FULL, make_checkout
from autograder.tests.nbgrader_browser import AssignmentList, Formgrader, open_lab
from autograder.tests.test_jupyterlab import TRANSPOSED, solutions

pytest.importorskip("playwright", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium or Chrome on the PATH"),
]

COURSE = "backprop-2026"
STUDENTS = """id,lms_id,sis_id,login,name,email
ada,,,,"Lovelace, Ada",ada@example.org
bruno,,,,"Rossi, Bruno",bruno@example.org
"""
BLANK = "Write your answer here."
MISTAKE, COST = "dw is transposed", 3
WRITTEN_BY = {"ada": "A weight meets every sample once, so the sum runs over n.",
              "bruno": "Because then the shapes fit."}
BY_HAND = {"ada": 3, "bruno": 1}
COMMENT = "Other products fit, too. Follow one weight to the loss."
SCORE = {"ada": FULL + BY_HAND["ada"], "bruno": FULL - COST + BY_HAND["bruno"]}
WRITTEN_POINTS = 3


class Day:
    """The folders of everybody, and a picture of the end of each stage."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stages, self.page = folder, 0, None
        self.pictures = folder / "pictures"
        self.pictures.mkdir()

    def home(self, name: str) -> Path:
        """Where somebody's settings are, and what programs remember."""
        return self.folder / "homes" / name

    def work(self, name: str) -> Path:
        """What somebody sees in JupyterLab."""
        if name == "instructor":
            return self.folder / "checkout" / "build" / COURSE
        return self.folder / "work" / name

    @contextmanager
    def stage(self, name: str):
        """Say which stage has failed, and how long each took."""
        start = time.monotonic()
        self.stages += 1
        try:
            yield
        except Exception as error:
            raise AssertionError(f"failed where {name}: {error}") from error
        finally:
            print(f"{time.monotonic() - start:6.1f} s: {name}")
            if self.page is not None:
                with suppress(Exception):  # of a browser that is gone, the error above says more
                    self.page.screenshot(path=self.pictures / f"{self.stages:02} {name}.png")

    @contextmanager
    def desk(self, name: str):
        """Somebody at their own JupyterLab, in a browser that knows of nobody else."""
        log = self.folder / f"{name}.log"
        with jupyterlab(self.work(name), log, self.home(name)) as server, chromium_page() as page:
            self.page = page
            try:
                open_lab(page, server)
                yield page, server
            finally:
                self.page = None

    def autograder(self, *arguments: str) -> str:
        """What a command says that the instructor types in the folder of the class."""
        folder = self.work("instructor")
        done = subprocess.run(
            [Path(sys.executable).with_name("autograder"), *arguments],
            cwd=folder if folder.is_dir() else folder.parent,
            env=environment_of(self.home("instructor")), stdin=subprocess.DEVNULL,
            capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def day(tmp_path) -> Day:
    """A checkout, an instructor, and two students who know where the exchange is."""
    day = Day(tmp_path)
    make_checkout(day.work("instructor").parents[1])
    day.home("instructor").mkdir(parents=True)
    for name in WRITTEN_BY:
        day.work(name).mkdir(parents=True)
        config = day.home(name) / "config" / "nbgrader_config.py"
        config.parent.mkdir(parents=True)
        config.write_text(f"c = get_config()\nc.CourseDirectory.student_id = {name!r}\n"
                          f"c.Exchange.root = {str(day.work('instructor') / 'exchange')!r}\n")
    return day


def answers_of(name: str) -> dict[str, str]:
    """What somebody writes: all of it right, or one gradient transposed."""
    answers = solutions(CHAPTER)
    if name == "bruno":
        right = answers["affine_backward"]
        line = next(line for line in right.splitlines() if line.strip().startswith("dw ="))
        answers["affine_backward"] = right.replace(line.strip(), TRANSPOSED)
    return answers


def release(day: Day) -> Classroom:
    with day.stage("the instructor makes a class"):
        folder = day.work("instructor")
        day.autograder("init", str(folder), "--course", COURSE)
        (folder / "students.csv").write_text(STUDENTS)
        dates = (folder / "class.toml").read_text()
        (folder / "class.toml").write_text(
            dates.replace("[due]\n", f"[due]\n{CHAPTER} = 2099-11-30T23:59:00\n"))
        day.autograder("init", ".")
    with day.stage("the instructor releases"):
        assert "is in the exchange" in day.autograder("release", CHAPTER)
    return Classroom.at(folder)


def hand_in(day: Day, name: str) -> None:
    path = f"{CHAPTER}/{CHAPTER}.ipynb"
    with day.desk(name) as (page, server):
        with day.stage(f"{name} fetches"):
            assignments = AssignmentList(page)
            assignments.press("Fetch", "released", CHAPTER)
            assignments.row("fetched", CHAPTER)
            assert [file.name for file in (day.work(name) / CHAPTER).iterdir()] == [Path(path).name]
        notebook = Notebook(page, server, path, timeout=180)  # what a busy machine needs
        if name == "ada":
            with day.stage("ada validates a blank notebook"):
                complaint = notebook.validate()
                for exercise, row in exercises_of(CHAPTER).items():
                    nothing = f"{exercise}: 0 of {row.max_points:g} points, not written yet"
                    assert nothing in complaint
                assert "partial credit" not in complaint.lower()
        with day.stage(f"{name} fills cells and checks"):
            for exercise, source in answers_of(name).items():
                notebook.replace(f"def {exercise}(", source)
            notebook.write(BLANK, WRITTEN_BY[name])
            notebook.run_all()
            told = notebook.text("check(affine_backward)")
            points = exercises_of(CHAPTER)["affine_backward"].max_points
            if name == "bruno":
                assert MISTAKE in told and f"{points - COST:g} of {points:g} points" in told
            else:
                assert f"{points:g} of {points:g} points" in told
        with day.stage(f"{name} validates"):
            said = notebook.validate()
            assert (f"Known mistake: {MISTAKE}." in said) == (name == "bruno")
            assert ("Success! Your notebook passes all the tests." in said) == (name == "ada")
        with day.stage(f"{name} submits"):
            assignments = AssignmentList(page)
            assignments.press("Submit", "fetched", CHAPTER)
            assignments.row("submitted", CHAPTER)


def grade(day: Day, classroom: Classroom) -> None:
    with day.stage("the instructor collects"):
        assert "2 collected" in day.autograder("collect", CHAPTER)
    with day.desk("instructor") as (page, _):
        formgrader = Formgrader(page)
        for name, score in SCORE.items():
            with day.stage(f"the instructor autogrades {name}"):
                formgrader.follow(formgrader.link("Manage Assignments"), "manage_assignments")
                submissions = formgrader.row(CHAPTER).locator(".num-submissions a")
                formgrader.follow(submissions, f"manage_submissions/{CHAPTER}")
                formgrader.press("autograde", name)
                row = formgrader.row(name)
                row.get_by_text("needs manual grading").wait_for()
                points = f"{score - BY_HAND[name]:g} / {FULL + WRITTEN_POINTS:g}"
                assert points in row.inner_text()
        for name, student in (("ada", "Lovelace, Ada"), ("bruno", "Rossi, Bruno")):
            with day.stage(f"the instructor reads what {name} wrote"):
                formgrader.to_submission(CHAPTER, student)
                answer = formgrader.frame.get_by_text(WRITTEN_BY[name])
                answer.scroll_into_view_if_needed()
                formgrader.grade(WRITTEN, BY_HAND[name], COMMENT)
        formgrader.follow(formgrader.link("Manual Grading"), "gradebook")
        formgrader.follow(formgrader.link("Manage Assignments"), "manage_assignments")
        for button in ("generate-feedback", "release-feedback"):
            with day.stage(f"the instructor presses {button}"):
                formgrader.press(button, CHAPTER)
    with Gradebook(classroom.db_url, classroom.name) as gradebook:
        for name, score in SCORE.items():
            submission = gradebook.find_submission(CHAPTER, name)
            assert (submission.score, submission.needs_manual_grade) == (score, False)


def read(day: Day, name: str) -> str:
    with day.desk(name) as (page, _):
        with day.stage(f"{name} fetches the feedback"):
            assignments = AssignmentList(page)
            assignments.press("Fetch Feedback", "submitted", CHAPTER)
            assignments.row("submitted", CHAPTER).get_by_text("view feedback").wait_for()
        with day.stage(f"{name} reads the feedback"):
            shown = assignments.open_feedback(CHAPTER)
            shown.get_by_role("heading", name="Your points").wait_for()
            return shown.locator("body").inner_text()


def test_from_an_empty_folder_to_feedback_that_is_read(day):
    classroom = release(day)
    for name in WRITTEN_BY:
        hand_in(day, name)
    grade(day, classroom)
    told = read(day, "bruno")
    assert f"{SCORE['bruno']:g} of {FULL + WRITTEN_POINTS:g} points" in told
    assert MISTAKE in told and COMMENT in told
    assert f"Written question\t{BY_HAND['bruno']} of {WRITTEN_POINTS}" in told
