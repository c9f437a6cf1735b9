"""Copies are found, however they are disguised; who worked alone is in no pair."""

import hashlib
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from autograder import cli
from autograder.cells import BEGIN
from autograder.course import Course
from autograder.examination.attacks.script import VECTORS, one
from autograder.exercises import CHAPTERS
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, write_roster
from autograder.grading.reporting import similar_page
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.grading.reporting.similar import (
    AlikeAnswer,
    NothingToCompare,
    Side,
    find_pairs,
    fingerprints_of,
    rarity_of,
    similar_submissions,
)
from autograder.grading.reporting.similar_code import CodeReader
from autograder.grading.reporting.similar_page import PageNotWritten, write_similar_page
from autograder.tests.browser import chromium_page, find_chromium
from autograder.tests.conftest import CHAPTER, REPOSITORY, make_checkout
from autograder.tests.grading.made_class import EXERCISES, graded, make_class
from autograder.tests.grading.many_hands import disguised, never_twice, work_alone

LONG_CHAPTERS = [chapter for chapter in CHAPTERS if chapter != "00_welcome"]
QUICK = ("03_affine", "08_autodiff")
EACH_CHAPTER = pytest.mark.parametrize("chapter", [
    chapter if chapter in QUICK else pytest.param(chapter, marks=pytest.mark.slow)
    for chapter in LONG_CHAPTERS
])


def pairs_of(chapter: str, answers: dict[str, dict[str, str]]) -> dict[frozenset, float]:
    """Whose answers are alike, and how much."""
    course = Course(REPOSITORY)
    released = json.loads(course.released(chapter).read_text(encoding="utf-8"))["cells"]
    given = ["".join(cell["source"]) for cell in released if cell["cell_type"] == "code"]
    reader = CodeReader.for_course([*given, *course.solution_cells(chapter)])
    prints = {student: fingerprints_of({name: reader.read(text) for name, text in own.items()})
              for student, own in answers.items()}
    found = find_pairs(prints, rarity_of(prints.values()))
    return {frozenset(pair[:2]): pair[2] for pair in found}


def copied(answers: dict[str, str], seed: int = 1) -> dict[str, str]:
    return {name: disguised(text, seed) for name, text in answers.items()}


@EACH_CHAPTER
def test_who_had_an_idea_of_his_own_is_in_no_pair(chapter):
    assert pairs_of(chapter, never_twice(chapter, 24)) == {}


@EACH_CHAPTER
def test_copies_are_found_and_nobody_else(chapter):
    answers = work_alone(chapter, 60)
    of = {"s003": "copy", "s010": "other copy", "s021": "third copy"}
    answers |= {copy: copied(answers[name], number)
                for number, (name, copy) in enumerate(of.items())}
    assert pairs_of(chapter, answers).keys() == {frozenset(two) for two in of.items()}


def test_one_answer_that_went_round_is_found_with_everybody_who_has_it():
    answers = work_alone(CHAPTER, 60)
    ring = ["s003", *(f"copy {number}" for number in range(4))]
    answers |= {name: copied(answers["s003"], number) for number, name in enumerate(ring) if number}
    found = pairs_of(CHAPTER, answers)
    assert set().union(*found) == set(ring)


def test_who_copied_but_one_exercise_is_in_no_pair():
    answers = work_alone(CHAPTER, 60)
    answers["s010"]["affine_backward"] = answers["s003"]["affine_backward"]
    assert pairs_of(CHAPTER, answers) == {}


def test_the_reference_solution_is_shared_with_nobody():
    cells = [cell for cell in Course(REPOSITORY).solution_cells(CHAPTER) if BEGIN in cell]
    assert len(cells) == len(EXERCISES)
    copy = {name: disguised(cell) for name, cell in zip(EXERCISES, cells)}
    answers = work_alone(CHAPTER, 20) | {"reader": copy, "other reader": copy}
    assert pairs_of(CHAPTER, answers) == {}


# A class as it lies in its folder

ALONE = work_alone(CHAPTER, 12)


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Classroom:
    """A class of twelve, with a copy, a blank notebook, and one that could not be read."""
    classroom = Classroom.of(make_checkout(tmp_path_factory.mktemp("similar")))
    answers = ALONE | {"zoe": copied(ALONE["s003"])}
    make_class(classroom, {name: graded(answers=own) for name, own in answers.items()}
               | {"blank": graded(), "broken": graded(problem="no notebook")})
    classroom.submitted(CHAPTER, "not graded").mkdir(parents=True)
    classroom.submitted(CHAPTER, "<script>").mkdir(parents=True)
    write_roster(classroom.folder / ROSTER, [Student("zoe", name="Zett, <b>Zoe</b>")])
    return classroom


@pytest.fixture(scope="module")
def similar(planted):
    return similar_submissions(planted, CHAPTER)


def test_a_pair_is_shown_with_what_both_have(similar):
    (pair,) = similar.pairs
    assert pair.students == ("s003", "zoe") and 0.8 <= pair.share <= 1 and pair.words > 25
    assert {answer.exercise for answer in pair.answers} <= ALONE["s003"].keys()
    for answer in pair.answers:
        for side, source in ((answer.one, ALONE["s003"]), (answer.other, copied(ALONE["s003"]))):
            assert "".join(text for text, _ in side.pieces) == source[answer.exercise]
            assert any(shared for _, shared in side.pieces)
            assert not any(shared and text.isspace() for text, shared in side.pieces)


def test_of_whom_nothing_can_be_compared_is_said(similar):
    assert similar.compared == 13 and similar.is_small
    assert {one.id for one in similar.left_out} == {"blank", "broken", "not graded"}


def state(folder: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file() and "similar" not in path.parts[-2:]}


def test_command_prints_writes_the_page_and_changes_nothing_else(planted, monkeypatch, capsys):
    monkeypatch.chdir(planted.root)
    before = state(planted.folder)
    assert cli.main(["similar", CHAPTER]) == 0
    told = capsys.readouterr().out
    assert "zoe" in told and "no verdict" in told and "talk to both" in " ".join(told.split())
    assert told.rstrip().endswith(f"Written to class/similar/{CHAPTER}.html")
    assert (planted.folder / "similar" / f"{CHAPTER}.html").is_file()
    assert state(planted.folder) == before


def test_same_class_gives_the_same_pairs(planted, similar):
    assert similar_submissions(planted, CHAPTER).pairs == similar.pairs


def test_class_without_grades_is_told_what_to_do(classroom):
    with pytest.raises(NothingToCompare, match=f"autograder grade {CHAPTER}"):
        similar_submissions(classroom, CHAPTER)


def test_answers_too_short_to_compare_are_no_pair_and_no_error(classroom):
    make_class(classroom, {name: graded(answers={"affine_forward": "def affine_forward(): 0"})
                           for name in ("ada", "ben")})
    similar = similar_submissions(classroom, CHAPTER)
    assert similar.pairs == [] and similar.compared == 0


def test_class_of_two_can_be_compared(classroom):
    make_class(classroom, {name: graded(answers=ALONE["s003"]) for name in ("ada", "ben")})
    (pair,) = similar_submissions(classroom, CHAPTER).pairs
    assert pair.share == 1 and pair.students == ("ada", "ben")


def test_page_that_cannot_be_written_is_one_line(similar, classroom):
    (classroom.folder / "similar").parent.mkdir(parents=True, exist_ok=True)
    (classroom.folder / "similar").write_text("a file")
    with pytest.raises(PageNotWritten, match="make room"):
        write_similar_page(similar, classroom)


def soup_of(similar) -> BeautifulSoup:
    return BeautifulSoup(similar_page.similar_page(similar), "html.parser")


def test_page_says_first_that_it_is_no_verdict_and_what_to_do(similar):
    heads = [head.text for head in soup_of(similar).find_all("h2")]
    assert "no verdict" in heads[0] and heads[1] == "The pairs"
    steps = [step.text for step in soup_of(similar).ol.find_all("li")]
    assert any("Talk to both" in step for step in steps)


def test_page_holds_all_it_needs_and_runs_nothing(similar):
    soup = soup_of(similar)
    assert soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"] == NOTHING_RUNS
    assert not soup.find_all(["script", "link", "img", "iframe", "object", "form", "base", "b"])
    assert not [tag for tag in soup.find_all(True) if tag.get("src") or tag.get("href")]
    assert "url(" not in soup.style.text and "@import" not in soup.style.text
    assert "Zett, <b>Zoe</b>" in soup.text


def test_side_by_side_are_the_answers_themselves(similar):
    (pair,) = similar.pairs
    shown = [pre.text for pre in soup_of(similar).find_all("pre")]
    assert shown == ["".join(text for text, _ in side.pieces) for answer in pair.answers
                     for side in (answer.one, answer.other)]


def holding(similar, text: str):
    """The same pair, with one text wherever a student's can stand."""
    (pair,) = similar.pairs
    side = Side(((text, True), (text, False)))
    answers = [AlikeAnswer(answer.exercise, side, side) for answer in pair.answers]
    who = Student(text, name=text)
    return replace(similar, left_out=[who], pairs=[replace(pair, one=who, answers=answers)])


@pytest.mark.parametrize("name", VECTORS)
def test_text_that_would_run_is_shown_as_text(similar, name):
    text = f"</code></pre></mark>{one(name, 'http://127.0.0.1:9/')}"
    soup, plain = soup_of(holding(similar, text)), soup_of(holding(similar, "plain"))
    assert [(tag.name, tag.attrs) for tag in soup.find_all(True)] == [
        (tag.name, tag.attrs) for tag in plain.find_all(True)]
    assert "</code></pre></mark>" in soup.find("mark").text


def test_in_a_terminal_names_are_text(similar):
    console = Console(record=True, width=200, file=StringIO())
    similar_page.print_similar(holding(similar, "[red]a\x1b[31m\u202eb\n\nc"), console)
    assert "[red]ab c" in console.export_text()


def test_where_one_answer_went_round_the_page_stays_short(similar, monkeypatch):
    (pair,) = similar.pairs
    many = replace(similar, compared=300, pairs=[pair] * 7)
    monkeypatch.setattr(similar_page, "SIDE_BY_SIDE", 3)
    monkeypatch.setattr(similar_page, "IN_A_TABLE", 5)
    soup = soup_of(many)
    assert len(soup.find_all("article")) == 3 and len(soup.tbody.find_all("tr")) == 5
    assert "2 more pairs" in soup.text and "The 3 pairs that share most" in soup.text


@pytest.mark.slow
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium")
def test_page_fits_a_phone(similar, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(similar_page.similar_page(similar), encoding="utf-8")
    with chromium_page(width=390) as browser:
        browser.goto(page.as_uri())
        assert browser.evaluate("document.documentElement.scrollWidth") <= 390
