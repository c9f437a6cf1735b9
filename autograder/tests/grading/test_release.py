"""autograder release: what students are given, and nothing else; once more only if it changed."""

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.demo import CLASS, hand_in
from autograder.cli import main
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.new_class import init_class
from autograder.grading.release import ReleaseError, release_chapter
from autograder.seal import MODEL_ANSWER, for_a_class, is_written_in, read_notebook
from autograder.tests.conftest import CHAPTER, make_checkout


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> tuple[Classroom, list[str]]:
    """A class in a folder with odd signs, outside of the checkout that it is taught from."""
    home = tmp_path_factory.mktemp("home")
    course = make_checkout(home / "the course (new) +1")
    folder = course.root / "build" / "autumn's (b) +x"
    init_class(folder, "autumn")
    text = (folder / CLASS_FILE).read_text()
    (folder / CLASS_FILE).write_text(text.replace("# 03_affine", "03_affine"))
    classroom = Classroom.at(folder)
    return classroom, release_chapter(classroom, CHAPTER)


def in_exchange(classroom: Classroom) -> bytes:
    folder = classroom.folder / "exchange" / "autumn" / "outbound" / CHAPTER
    assert [path.name for path in folder.iterdir()] == [f"{CHAPTER}.ipynb"]
    return (folder / f"{CHAPTER}.ipynb").read_bytes()


def test_exchange_and_zip_hold_the_released_notebook_without_the_model_answer(released):
    classroom, _ = released
    given = in_exchange(classroom)
    with zipfile.ZipFile(classroom.folder / "handout" / f"{CHAPTER}.zip") as archive:
        assert archive.namelist() == [f"{CHAPTER}/{CHAPTER}.ipynb"]
        assert archive.read(archive.namelist()[0]) == given
    whole = classroom.course.released(CHAPTER).read_text(encoding="utf-8")
    assert MODEL_ANSWER in whole and given.decode() == for_a_class(whole)
    assert MODEL_ANSWER not in given.decode()
    assert not is_written_in(read_notebook(given))


def test_no_word_of_the_model_answer_or_a_solution_is_given(released):
    classroom, _ = released
    given = in_exchange(classroom).decode()
    source = json.loads(classroom.course.source(CHAPTER).read_text(encoding="utf-8"))
    (answer,) = [cell["source"] for cell in source["cells"]
                 if MODEL_ANSWER in cell["metadata"].get("tags", ())]
    lines = "".join(answer).splitlines()
    assert max(lines, key=len) not in "".join(
        "".join(cell["source"]) for cell in json.loads(given)["cells"])
    assert "BEGIN SOLUTION" not in given and "MARK SCHEME" not in given


def test_chapter_and_its_due_date_are_in_the_gradebook(released):
    classroom, told = released
    zone = classroom.settings.timezone
    assert f"{CHAPTER}: due 2026-11-30 23:59 {zone}." in told
    with Gradebook(classroom.db_url, classroom.name) as gradebook:
        assignment = gradebook.find_assignment(CHAPTER)
        assert assignment.course_id == "autumn"
        assert assignment.duedate == classroom.settings.due[CHAPTER]
        assert assignment.max_score > 40


def test_again_it_says_whether_it_changed(released):
    classroom, _ = released
    before = in_exchange(classroom)
    packed = (classroom.folder / "handout" / f"{CHAPTER}.zip").read_bytes()
    told = release_chapter(classroom, CHAPTER)
    assert told[0].startswith(f"{CHAPTER} is in the exchange, as it was: ")
    assert (classroom.folder / "handout" / f"{CHAPTER}.zip").read_bytes() == packed
    given = classroom.folder / "exchange" / "autumn" / "outbound" / CHAPTER / f"{CHAPTER}.ipynb"
    given.write_text("{}")
    told = release_chapter(classroom, CHAPTER)
    assert told[0].startswith(f"{CHAPTER} is in the exchange, changed: ")
    assert in_exchange(classroom) == before


def test_a_file_beside_the_source_goes_to_no_student(released):
    classroom, _ = released
    before = in_exchange(classroom)
    secret = classroom.course.source(CHAPTER).parent / "solutions.txt"
    secret.write_text("all of them")
    try:
        with pytest.raises(ReleaseError, match=r"solutions\.txt"):
            release_chapter(classroom, CHAPTER)
    finally:
        secret.unlink()
    assert in_exchange(classroom) == before
    release_chapter(classroom, CHAPTER)


def test_checkouts_own_class_is_released_as_well_and_course_stays(classroom):
    before = classroom.course.released(CHAPTER).read_bytes()
    release_chapter(classroom, CHAPTER)
    given = classroom.folder / "exchange" / "backprop" / "outbound" / CHAPTER / f"{CHAPTER}.ipynb"
    assert MODEL_ANSWER not in given.read_text(encoding="utf-8")
    assert classroom.course.released(CHAPTER).read_bytes() == before


@pytest.mark.parametrize("chapter, told", [
    ("03_afine", "03_affine"), ("05_svm_loss", "is not built yet"), ("../03_affine", "chapter"),
])
def test_chapter_that_cannot_be_released_is_one_line(released, capsys, chapter, told):
    assert main(["release", chapter, "--class", str(released[0].folder)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and told in said


@pytest.mark.slow
def test_stock_nbgrader_works_in_the_folder_of_a_class(released, level):
    """As an instructor types it; scores and penalties are those of our engine."""
    classroom, _ = released
    due = classroom.settings.due[CHAPTER].replace(tzinfo=UTC)
    for student in CLASS[:3]:
        hand_in(classroom, student, due if student.name == "ada" else datetime(2027, 1, 1, 
                                                                              tzinfo=UTC))
    (classroom.folder / CLASS_FILE).write_text(
        (classroom.folder / CLASS_FILE).read_text().replace("points_per_hour = 0",
                                                            "points_per_hour = 0.01"))

    def run(*command: str) -> str:
        done = subprocess.run([sys.executable, "-m", *command], cwd=classroom.folder,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def scores() -> dict[str, tuple[float, float]]:
        with Gradebook(classroom.db_url, classroom.name) as gradebook:
            return {s.student_id: (s.score, s.notebooks[0].late_submission_penalty)
                    for s in gradebook.assignment_submissions(CHAPTER)}

    run("nbgrader", "generate_assignment", CHAPTER, "--force")
    run("nbgrader", "release_assignment", CHAPTER, "--force")
    assert MODEL_ANSWER not in in_exchange(classroom).decode()
    assert "After penalty" in run("autograder.cli", "grade", CHAPTER, "--jobs", "2")
    ours = scores()
    assert ours["ada"] == (44, None) and ours["bruno"][1] > 0
    run("nbgrader", "autograde", CHAPTER, "--force")
    assert scores() == ours
    run("nbgrader", "generate_feedback", CHAPTER)
    assert (classroom.folder / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html").is_file()
    run("nbgrader", "export")
    assert "bruno" in (classroom.folder / "grades.csv").read_text()
