"""The pages for teachers: whole, up to date, and text."""

import pytest

from autograder.authoring.catalogue_page import as_prose, catalogue_page
from autograder.course import Course
from autograder.exercises import CHAPTERS, exercises_of
from autograder.mistakes import mistakes_of
from autograder.tests.conftest import REPOSITORY


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_is_what_the_catalogue_says(chapter):
    path = Course(REPOSITORY).catalogue_page(chapter)
    text = catalogue_page(chapter)
    assert path.is_file() and path.read_text(encoding="utf-8") == text, (
        f"{path.relative_to(REPOSITORY)} is older than its sources. "
        f"Run `autograder build {chapter}` and commit what it changes."
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_holds_every_exercise_item_hint_and_mistake(chapter):
    text = catalogue_page(chapter)
    for name, row in exercises_of(chapter).items():
        assert f"## `{name}(" in text
        _, _, section = text.partition(f"## `{name}(")
        section = section.partition("\n## ")[0]
        said = [*row.points, *row.hints]
        for mistake in mistakes_of(chapter).get(name, ()):
            said += [mistake.name, mistake.explanation, mistake.hint]
        for words in said:
            assert as_prose(words) in section, words


def test_pages_are_neither_in_the_course_nor_elsewhere():
    pages = {path.stem for path in (REPOSITORY / "docs" / "exercises").iterdir()}
    assert pages == set(CHAPTERS)


@pytest.mark.parametrize("text, prose", [
    ("a * b\n and  <b>", r"a \* b and \<b\>"),
    ("`a * b` is affine_forward", "`a * b` is affine_forward"),
    ("one ` and *", r"one ` and \*"),
    ("_x_", r"\_x\_"),
])
def test_nothing_in_a_text_is_markup(text, prose):
    assert as_prose(text) == prose
