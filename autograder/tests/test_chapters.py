"""What every chapter has: its time and needs, its questions, words for its figures, a way on."""

import ast
import re
from functools import cache

import pytest

from autograder.cells import header, read_chapter
from autograder.course import Course
from autograder.exercises import CHAPTERS, exercises_of
from autograder.tests.conftest import REPOSITORY

COURSE = Course(REPOSITORY)
FIRST, *REST = CHAPTERS
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
every_chapter_but_the_welcome = pytest.mark.parametrize("chapter", REST)

DRAWING = {"show", "draw_node", "draw_graph", "draw_images", "draw_losses", "show_sliding_window"}
"""The functions that show a picture with its alternative in words."""


@cache
def cells(chapter: str) -> list:
    return read_chapter(COURSE.solution_text(chapter)).cells


def prose(chapter: str) -> str:
    return "\n\n".join(cell.source for cell in cells(chapter) if cell.cell_type == "markdown")


def code(chapter: str) -> list[str]:
    return [cell.source for cell in cells(chapter) if cell.cell_type == "code"]


def titled(chapter: str, title: str) -> list[int]:
    return [k for k, cell in enumerate(cells(chapter)) if header(cell).get("title") == title]


def called(source: str) -> set[str]:
    """The names of all functions that a cell calls."""
    return {
        node.func.id for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@every_chapter
def test_says_at_its_top_how_long_it_takes_and_what_it_needs(chapter):
    top = cells(chapter)[0].source
    minutes = [int(number) for number in re.findall(r"(\d+) minutes", top)]
    assert "**Time:**" in top and "**Needs:**" in top and minutes
    if chapter != FIRST:
        assert all(45 <= number <= 100 for number in minutes)


@every_chapter_but_the_welcome
def test_has_points_for_one_or_two_sittings(chapter):
    assert 20 <= sum(row.max_points for row in exercises_of(chapter).values()) <= 60


@every_chapter_but_the_welcome
def test_ends_with_three_questions_a_written_one_and_the_way_on(chapter):
    recap = [name for name in exercises_of(chapter) if name.startswith("recap_")]
    assert len(recap) == 1
    assert len(exercises_of(chapter)[recap[0]].points) == 3
    assert len(titled(chapter, "written")) == 1
    last = [source for source in code(chapter) if source.strip()][-1]
    assert f'progress("{chapter}")' in last


@every_chapter_but_the_welcome
def test_has_a_derivation_that_the_book_unfolds(chapter):
    assert titled(chapter, "worked")
    assert len(re.findall("<details>", prose(chapter))) >= 2, "hints in steps"


@every_chapter
def test_links_lead_to_notebooks(chapter):
    targets = re.findall(r"\]\((\.\./[^)]+\.ipynb)\)", prose(chapter))
    for target in targets:
        assert (COURSE.released(chapter).parent / target).resolve().is_file(), target
    following = CHAPTERS[CHAPTERS.index(chapter) + 1:][:1]
    for name in following:
        assert f"../{name}/{name}.ipynb" in targets


@every_chapter
def test_every_figure_is_told_in_words(chapter):
    assert not [source for source in code(chapter) if "plt.show(" in source]
    for k in titled(chapter, "figure"):
        source = cells(chapter)[k].source
        assert called(source) & DRAWING or "HTML(" in source, source.splitlines()[0]


@every_chapter
def test_imports_the_autograder_before_numpy(chapter):
    """It tells NumPy how many threads to use, which NumPy reads when it is imported."""
    text = "\n".join(code(chapter))
    assert 0 <= text.find("from autograder import") < text.find("import numpy")


@every_chapter_but_the_welcome
@pytest.mark.parametrize("said_once", ["raise NotImplementedError", "NameError"])
def test_what_is_said_in_the_welcome_is_not_said_again(chapter, said_once):
    assert said_once not in prose(chapter)


@every_chapter
def test_markdown_has_matching_details(chapter):
    for cell in cells(chapter):
        if cell.cell_type == "markdown":
            assert cell.source.count("<details>") == cell.source.count("</details>")
