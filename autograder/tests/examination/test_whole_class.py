"""A made-up class goes through all that an instructor does, by the commands as they are typed."""

import csv
import json
import sys
from contextlib import closing
from io import StringIO

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.checking.exercise import PAIR
from autograder.examination.bench import whole_class
from autograder.examination.bench.made_up_class import (
    ARCHIVE,
    BLANK,
    BLANK_AT_LAST,
    CUT_OFF,
    ENDLESS,
    NOTHING,
    PLATFORMS,
    RENAMED,
    STORIES,
    TWICE,
    made_up_class,
    people,
)
from autograder.examination.bench.measuring import BenchError
from autograder.examination.bench.whole_class import NAME, Day, bench_class, first_mistakes
from autograder.examination.bench.written_out import Texts
from autograder.exercises import exercises_of
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.matching import name_forms
from autograder.grading.collecting.platforms import CANVAS, MOODLE
from autograder.grading.reporting.class_report import class_report
from autograder.tests.conftest import CHAPTER, make_checkout

STUDENTS = 24
with_fork = pytest.mark.skipif(sys.platform == "win32", reason="grading needs fork")


# How a class is made up


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_checkout(tmp_path_factory.mktemp("class") / "course", [CHAPTER])


@pytest.fixture(scope="module")
def released(course):
    return course.released(CHAPTER).read_bytes()


def test_the_same_seed_makes_the_same_class(course, released):
    one, same, other = (made_up_class(course, CHAPTER, released, STUDENTS, seed=seed)
                        for seed in (1, 1, 2))
    assert one == same
    assert one.answers != other.answers and one.planted != other.planted


@pytest.mark.parametrize("students", [STUDENTS, 300])
def test_class_is_as_it_says(course, released, students):
    """Every story is told, half of what is there to do is right, what is planted is most common."""
    made = made_up_class(course, CHAPTER, released, students)
    assert set(made.story.values()) == set(STORIES)
    assert {len(made.of(platform)) for platform in PLATFORMS} == {students // 4}
    assert set(made.planted) == set(exercises_of(CHAPTER))
    names = [name for answers in made.answers.values() for name in answers.values()]
    assert 0.45 < names.count("") / len(made.answers) / len(made.planted) < 0.55
    for exercise, planted in made.planted.items():
        given = [answers.get(exercise) for answers in made.answers.values()]
        counts = {name: given.count(name) for name in given if name}
        assert 3 <= len(counts) <= 5
        assert all(counts[planted] > counts[name] for name in counts if name != planted)
    files = [content for attempts in made.handed_in.values() for attempt in attempts
             for content in attempt.files.values()]
    assert len(set(files)) > 0.8 * students


def test_no_two_students_have_one_name():
    students = people(300)
    forms = [form for one in students for form in name_forms(one.name)]
    assert len(forms) == len(set(forms))
    for key in ("id", "lms_id", "sis_id", "login", "email"):
        assert len({getattr(one, key) for one in students}) == 300


def test_answers_are_texts_that_run_where_students_write(course, released):
    """By themselves, with nothing but NumPy; each under its exercise's name."""
    stubs = {cell["id"]: "".join(cell["source"]) for cell in json.loads(released)["cells"]
             if cell.get("id") in exercises_of(CHAPTER)}
    texts = Texts(course, CHAPTER, stubs)
    for exercise in exercises_of(CHAPTER):
        assert len(texts.wrong[exercise]) >= 4 and texts.right[exercise]
        for text in [*texts.right[exercise], *texts.wrong[exercise].values()]:
            names = {}
            exec(f"import numpy as np\n{text}", names)
            assert callable(names[exercise])
            assert "autograder" not in text and "### " not in text


def test_a_report_that_names_another_mistake_is_told(course, monkeypatch):
    class Short(Day):
        def steps(self, students):
            (self.folder / "reports").mkdir(parents=True)
            (self.folder / "reports" / f"{CHAPTER}.html").write_text("<h3>none</h3>")
            self.made = made_up_class(course, CHAPTER, course.released(CHAPTER).read_bytes(), 24)
            return iter(())

    monkeypatch.setattr(whole_class, "Day", Short)
    with pytest.raises(BenchError, match="the report names"):
        bench_class(course, Console(file=StringIO()), students=24)


# The day of an instructor


class Taught:
    """A class that went through the day: its folder, and what was listed after each collection."""

    def __init__(self, course):
        day = Day(course, course.root / "build" / NAME)
        listed = day.folder / "collected" / f"{CHAPTER}-not-assigned.csv"
        self.steps, self.nobodys = [], []
        for step, measured in day.steps(STUDENTS):
            assert measured.seconds > 0
            self.steps.append(step)
            if step == "collect":
                self.nobodys.append([row["name"] for row in table(listed)])
        self.made, self.folder = day.made, day.folder
        self.classroom = Classroom.at(day.folder)

    def record(self, name):
        return json.loads(self.classroom.record(CHAPTER, name).read_text(encoding="utf-8"))

    def mistakes(self, name):
        """By exercise, the mistakes that were recognised."""
        return {result["exercise"]: {item["mistake"] for item in result["items"]} - {""}
                for result in self.record(name)["results"]}

    def right(self, name):
        """By exercise, whether all points were given.

        A right function whose partner is wrong has no points for working together with it.
        """
        return {result["exercise"]: all(item["points"] == item["max_points"]
                                        for item in result["items"] if item["name"] != PAIR)
                for result in self.record(name)["results"]}


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def taught(course):
    return Taught(course)


@pytest.fixture(scope="module")
def book(taught):
    """By student, the score in nbgrader's own gradebook, with what being late costs."""
    with closing(Gradebook(taught.classroom.db_url, taught.classroom.name)) as gradebook:
        return {
            one.student.id: (one.score, sum(notebook.late_submission_penalty or 0
                                            for notebook in one.notebooks))
            for one in gradebook.assignment_submissions(CHAPTER)
        }


slow = pytest.mark.slow


@slow
@with_fork
def test_everybody_is_collected_or_listed(taught):
    there = {path.parent.name for path in taught.folder.glob(f"submitted/*/{CHAPTER}")}
    nothing = taught.made.with_story(NOTHING)
    assert there == {one.id for one in taught.made.students} - nothing
    assert [len(names) for names in taught.nobodys] == [1, 2, 3, 4], "a stranger on each platform"
    assert {one.id for one in class_report(taught.classroom, CHAPTER).missing} == nothing


@slow
@with_fork
def test_grades_are_those_of_what_was_made_up(taught):
    """The mistakes that were made are named, what is right gets its points, whatever the file."""
    for name, answers in taught.made.answers.items():
        if taught.made.story[name] == CUT_OFF:
            assert taught.record(name)["problem"]
            continue
        mistakes, right = taught.mistakes(name), taught.right(name)
        for exercise in exercises_of(CHAPTER):
            made = answers.get(exercise)
            assert mistakes[exercise] == ({made} if made else set()), (name, exercise)
            assert right[exercise] == (made == ""), (name, exercise)
    for name in taught.made.with_story(RENAMED, ARCHIVE, TWICE, BLANK_AT_LAST):
        assert taught.made.answers[name], "something is answered in what counts"
    (blank,), (endless,) = taught.made.with_story(BLANK), taught.made.with_story(ENDLESS)
    assert not any(taught.right(blank).values())
    assert taught.record(endless)["timed_out"]


@slow
@with_fork
def test_report_names_the_planted_mistake_of_each_exercise_first(taught):
    page = taught.folder / "reports" / f"{CHAPTER}.html"
    assert first_mistakes(page) == taught.made.planted
    assert set(taught.made.planted) == set(exercises_of(CHAPTER))


@slow
@with_fork
def test_exported_scores_are_those_of_the_gradebook(taught, book):
    counts = {name: max(0.0, score - penalty) for name, (score, penalty) in book.items()}
    assert any(penalty for _, penalty in book.values()), "somebody is late"
    assert len(set(counts.values())) > 5
    rows = {row["student_id"]: row for row in table(taught.folder / "grades.csv")}
    assert {name: float(rows[name]["score"]) for name in counts} == pytest.approx(counts)
    for path in taught.folder.glob("gradescope/*/*/results.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["score"] == pytest.approx(counts[path.parent.name])
    assert len(list(taught.folder.glob("gradescope/*/*/results.json"))) == len(counts)
    items = table(taught.folder / f"grades-{CHAPTER}-items.csv")
    assert len(items) >= len(counts)


@slow
@with_fork
@pytest.mark.parametrize("platform, file, key, own, column", [
    (CANVAS, "Grades", "ID", "lms_id", f"{CHAPTER} (70002)"),
    (MOODLE, "Worksheet", "Email address", "email", "Grade"),
])
def test_gradebooks_of_platforms_are_filled(taught, book, platform, file, key, own, column):
    rows = {row[key]: row for row in table(taught.folder.parent / f"{file}.filled.csv")}
    for one in taught.made.of(platform):
        filled = rows[getattr(one, own)][column]
        score, penalty = book.get(one.id, (None, 0))
        assert filled == "" if score is None else float(filled) == max(0.0, score - penalty)


@slow
@with_fork
def test_everybody_who_is_graded_gets_feedback(taught, book):
    pages = {path.parents[1].name for path in taught.folder.glob(f"feedback/*/{CHAPTER}/*.html")}
    assert pages == set(book) == set(taught.made.story) - taught.made.with_story(NOTHING)
