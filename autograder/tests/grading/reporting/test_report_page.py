"""The page of the report: it holds all it needs, text stays text, and it fits where it is read."""

from dataclasses import replace
from datetime import datetime

import pytest
from bs4 import BeautifulSoup

from autograder.examination.attacks.script import RAN, VECTORS, one
from autograder.grading.classes.roster import Student
from autograder.grading.classes.standings import Standing
from autograder.grading.reporting.attention import Concern
from autograder.grading.reporting.class_mistakes import ClassMistake, ExerciseMistakes, Topic
from autograder.grading.reporting.class_report import ClassReport, Row, Times, TopicToShow
from autograder.grading.reporting.item_statistics import ENOUGH, statistics_of
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.grading.reporting.report_page import FEW, page_of
from autograder.tests.browser import chromium_page, find_chromium
from autograder.tests.grading.made_class import WHEN, graded

EXERCISE = "affine_backward"
BOTH = (EXERCISE, "affine_forward")


def report(text: str = "dw is transposed", students: int = 3, **changes) -> ClassReport:
    """A report in which one text stands wherever a student's can stand."""
    names = [f"s{k}" for k in range(students)]
    mistake = ClassMistake(EXERCISE, text, text, text, names)
    rows = [Row(Student(name, name=text), Standing(
        text, {EXERCISE: 9.0}, {EXERCISE: 8.5, "written": 2.0}, 1.0, 0.5, 47.0,
        handed_in=WHEN), (text,), ("a look",)) for name in names]
    results = [graded(dict.fromkeys(BOTH, text) if k % 2 else {}).results for k in range(students)]
    made = ClassReport(
        "03_affine", datetime(2026, 1, 11), [*rows, Row(Student(text), None, (), ())],
        [Student(text, name=text)], students + 2, [11.0] * students, 47.0, students,
        [Concern("a look", "Look.", {text: text, "x": ""}),
         Concern("several notebooks", "Look.", dict.fromkeys(names, ""))],
        [TopicToShow(Topic(text, students, [mistake]), (text, f"    {text}"))],
        [ExerciseMistakes(EXERCISE, [mistake], 2, 1), ExerciseMistakes(BOTH[1], [], 0, 0)],
        statistics_of(results, BOTH), Times(0.5, 12.0, text),
    )
    return replace(made, **changes)


def soup_of(*arguments, **changes) -> BeautifulSoup:
    return BeautifulSoup(page_of(report(*arguments, **changes)), "html.parser")


def shape(soup: BeautifulSoup) -> list:
    """All elements with their attributes, whatever the words in them are."""
    return [(tag.name, tag.attrs) for tag in soup.find_all(True)]


@pytest.mark.parametrize("name", VECTORS)
def test_text_that_would_run_is_shown_as_text(name):
    text = " ".join(one(name, "http://127.0.0.1:9/").split())
    soup = soup_of(text[:250])
    assert shape(soup) == shape(soup_of())
    assert soup.find("pre").text.split("\n")[0] == text[:250]


def test_what_could_reorder_a_line_is_taken_out():
    assert "\u202e" not in page_of(report("a\u202eb\x1b[31m")).split("<pre>")[0]


def test_page_holds_all_it_needs_and_runs_nothing():
    soup = soup_of()
    assert soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"] == NOTHING_RUNS
    assert not soup.find_all(["script", "link", "img", "iframe", "object", "form", "base"])
    assert not [tag for tag in soup.find_all(True) if tag.get("src") or tag.get("href")]
    assert "url(" not in soup.style.text and "@import" not in soup.style.text
    assert soup.find(True).name == "html" and page_of(report()).startswith("<!DOCTYPE html>")


def test_what_is_to_be_done_comes_first():
    heads = [head.text for head in soup_of().find_all("h2")]
    assert heads[0] == "What to do" and heads[-1] == "Everybody"


def test_score_is_told_with_what_changed_it():
    (row, *_) = soup_of().find("table", "everybody").tbody.find_all("tr")
    told = " ".join(row.text.split())
    assert "11" in told and "late: −0.5" in told and "written: 2" in told and "extra: 1" in told
    assert "by hand: affine_backward 8.5" in told and "2026-01-10 12:00" in told


def test_long_lists_of_names_wait_to_be_opened():
    assert not soup_of(students=FEW).find("details")
    details = soup_of(students=FEW + 1).find("details")
    assert details.summary.text == f"{FEW + 1} students" and "s12" in details.text


def test_discrimination_is_told_from_enough_students_on():
    few, many = (" ".join(soup_of(students=n).text.split()) for n in (3, 2 * ENOUGH))
    assert f"told from {ENOUGH} students on" in few and "In parentheses" not in few
    assert "separates" not in few and "In parentheses is the correlation." in many


def test_class_without_anything_to_tell():
    told = soup_of(rows=[], missing=[], listed=0, scores=[], counted=0, concerns=[], topics=[],
                   mistakes=[], statistics=[], times=None).text
    assert "nobody needs a look" in told and "No known mistake was made." in told


@pytest.fixture(scope="module")
def page():
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    with chromium_page() as page:
        yield page


CUT = """() => [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 100))"""
COLOURS = """() => {
    const style = getComputedStyle(document.body);
    return [style.color, style.backgroundColor];
}"""


@pytest.mark.slow
def test_nothing_is_cut_on_a_phone_on_paper_or_in_the_dark(page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page_of(report("a_long_name_without_a_space" * 6, 40)), encoding="utf-8")
    page.goto(path.as_uri())
    colours, heights = {}, {}
    for width, media, scheme in ((390, "screen", "dark"), (1200, "screen", "light"),
                                 (700, "print", "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(media=media, color_scheme=scheme)
        assert page.evaluate(CUT) == [], (width, media)
        colours[media, scheme] = page.evaluate(COLOURS)
        heights[media] = page.locator("details").first.bounding_box()["height"]
    assert colours["print", "dark"] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert colours["screen", "dark"] != colours["screen", "light"]
    assert heights["print"] > heights["screen"]  # on paper nobody can open a list


@pytest.mark.slow
def test_nothing_runs_in_a_browser(page, tmp_path):
    asked, path = [], tmp_path / "report.html"
    page.on("request", lambda request: asked.append(request.url))
    text = " ".join(one(name, "http://127.0.0.1:9/") for name in VECTORS)
    path.write_text(page_of(report(text)), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    assert asked == [path.as_uri()]
    assert page.evaluate(f"typeof window.{RAN}") == "undefined"
