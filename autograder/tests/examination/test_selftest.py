"""The examination passes: a sample of it in a minute, all of it among the slow tests."""

import json

import pytest
from rich.console import Console

from autograder.course import Course
from autograder.examination.mutants import Chapter
from autograder.examination.report import FRACTIONS, Report, summary
from autograder.examination.selftest import (
    FALSE_NAMES,
    NOT_ITS_ITEMS,
    NOT_ITS_NAME,
    REJECTED,
    SURVIVED,
    Examination,
    Plan,
    examine_exercise,
)
from autograder.examination.selftest_run import (
    EQUAL_AT_MOST,
    MUST_BE_ALL,
    NAMED_AT_LEAST,
    NoFigures,
    passes,
    print_reports,
    run_selftest,
    write_page,
)
from autograder.examination.verdicts import Verdict, Verdicts
from autograder.exercises import CHAPTERS, exercises_of

SAMPLE = Plan(seeds=1, mutants=3, mutant_seeds=1)
EVERY = 6
"""Every sixth exercise is in the sample."""


@pytest.fixture(scope="module")
def course():
    return Course.find()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_sample_of_the_examination_passes(chapter, course):
    cells = Chapter(chapter, course.solution_cells(chapter))
    names = list(exercises_of(chapter))[CHAPTERS.index(chapter) % EVERY::EVERY]
    found = Report.together(examine_exercise(cells, name, SAMPLE) for name in names)
    assert all(found.counts[name].fraction == 1 for name in MUST_BE_ALL), found.findings


MUTANTS = 50
"""Of an exercise at most: more than 5 000 in all."""


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whole_examination_passes(course, tmp_path):
    file = tmp_path / "selftest.json"
    with open(tmp_path / "told", "w") as told:
        console = Console(file=told, width=150)
        run_selftest(course, console, CHAPTERS, seeds=20, mutants=MUTANTS, file=file)
    found = json.loads(file.read_text())
    assert found["counts"]["mutants"][1] >= 5000
    assert {"08", "09", "10"} <= set(found["chapters"])
    reached = {name: found[name] == 1 for name in MUST_BE_ALL}
    assert all(reached.values()), (reached, (tmp_path / "told").read_text()[-20_000:])
    assert found["named"] >= NAMED_AT_LEAST and found["equal"] <= EQUAL_AT_MOST


# What is wrong is found


@pytest.fixture
def examination(course):
    chapter = "03_affine"
    cells = Chapter(chapter, course.solution_cells(chapter))
    report = Report(chapter, "affine_backward")
    return Examination(cells, exercises_of(chapter)["affine_backward"], SAMPLE, report)


def verdicts(points, **names):
    made = Verdict({"dw": points}, bool(points), frozenset() if points else frozenset({"dw"}),
                   names, bool(names))
    return Verdicts(made, (made,))


def test_rejected_right_answer_is_found(examination, monkeypatch):
    monkeypatch.setattr(examination.checks, "verdicts", lambda *_: verdicts(0))
    examination.right_answers()
    assert not examination.report.counts["accepted"].good
    assert examination.report.findings[REJECTED]


def test_known_mistake_with_other_items_and_another_name_is_found(examination, monkeypatch):
    monkeypatch.setattr(examination.checks, "verdicts", lambda *_: verdicts(0, dw="dw is odd"))
    examination.known_mistakes()
    found = examination.report.findings
    assert found[NOT_ITS_NAME] and found[NOT_ITS_ITEMS] and found[FALSE_NAMES]


def test_accepted_mutant_is_found(examination, monkeypatch):
    monkeypatch.setattr(examination.checks, "verdicts", lambda *_: verdicts(1))
    mutant = next(m for m in examination.chapter.mutants("affine_backward")
                  if m.after == "return (dx, -dw, db)")
    examination.mutant(mutant)
    assert examination.report.findings[SURVIVED] == [
        "[sign] return (dx, dw, db)  →  return (dx, -dw, db) (different, draw 0)"]


def test_false_name_of_a_mutant_is_found(examination, monkeypatch):
    monkeypatch.setattr(examination.checks, "verdicts",
                        lambda *_: verdicts(0, dw="dw has the wrong sign"))
    for after, true in (("return (dx, -dw, db)", 1), ("return (dx, dw.T, db)", 0)):
        report = examination.report = Report()
        examination.mutant(next(m for m in examination.chapter.mutants("affine_backward")
                                if m.after == after))
        assert (report.counts["names_true"].good, report.counts["mutants_named"].good) == (
            true, true)


def test_exercise_that_cannot_be_examined_is_told(course):
    cells = Chapter("00_welcome", ["def identity(x):\n    return None\n"])
    report = examine_exercise(cells, "identity", SAMPLE)
    assert report.counts["accepted"].fraction == 0 and report.findings


# Figures


def reports():
    found = Report("03_affine", "affine_forward")
    for name in FRACTIONS:
        found.count(name, name != "equal")
    return [found, Report("10_convnet", "ConvNet")]


def test_figures_have_fractions_and_counts_of_each_chapter():
    found = summary(reports())
    assert found["accepted"] == 1 and found["counts"]["accepted"] == [1, 1]
    assert set(found["chapters"]) == {"03", "10"}
    assert found["chapters"]["10"]["counts"]["mutants"] == [0, 0]
    assert passes(found)
    assert not passes({**found, "names_true": 0.999})
    assert not passes({**found, "named": 0.97})
    assert not passes({**found, "equal": 0.09})


def test_table_and_lists_are_printed(capsys):
    first, *rest = reports()
    first.find(SURVIVED, "[sign] x  →  -x")
    print_reports(Console(width=150), [first, *rest])
    told = capsys.readouterr().out
    assert "affine_forward: [sign] x  →  -x" in told and "1/1" in told


def test_page_is_written_from_the_figures_and_from_nothing_else(tmp_path):
    course, page = Course(tmp_path), tmp_path / "page.md"
    page.write_text("before\n<!-- figures: begin -->\nstale\n<!-- figures: end -->\nafter\n")
    with pytest.raises(NoFigures, match="run autograder selftest"):
        write_page(course, page)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "selftest.json").write_text(json.dumps(summary(reports())))
    write_page(course, page)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "stale" not in text
    assert "| `accepted` | 1.0000 | 1 of 1 |" in text
    page.write_text("nothing to write between")
    with pytest.raises(NoFigures):
        write_page(course, page)
