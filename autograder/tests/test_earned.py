"""What a learner has earned: kept beside the chapters, and told in a line or a table."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import autograder
from autograder.checking.result import RIGHT, WRONG, Result
from autograder.earned import FILE, points_so_far, progress_file, remember
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, exercises_of
from autograder.live import check, progress

CHAPTER = "03_affine"
ROWS = exercises_of(CHAPTER)
FIRST, SECOND = list(ROWS)[:2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A learner's folder, in the folder of a chapter."""
    (tmp_path / CHAPTER).mkdir()
    monkeypatch.chdir(tmp_path / CHAPTER)
    return tmp_path


def found(name: str, *, right: bool = True) -> Result:
    """What a check finds: everything, or nothing."""
    result = Result.nothing_earned(name, ROWS[name].points, RIGHT if right else WRONG)
    if not right:
        return result
    items = [{**item, "points": item["max_points"]} for item in result.to_dict()["items"]]
    return Result.from_dict({**result.to_dict(), "items": items})


def test_nothing_is_earned_at_first():
    text = repr(progress(CHAPTER))
    assert text.startswith(f"0 of {len(ROWS)} exercises green, 0 of ")
    assert text.endswith(f"next: {FIRST}")


def test_a_green_exercise_counts_and_the_next_is_the_first_that_is_not():
    remember(found(FIRST))
    text = repr(progress(CHAPTER))
    assert text.startswith(f"1 of {len(ROWS)} exercises green, {ROWS[FIRST].max_points:g} of ")
    assert text.endswith(f"next: {SECOND}")


def test_the_last_check_counts():
    remember(found(FIRST))
    remember(found(FIRST, right=False))
    assert repr(progress(CHAPTER)).startswith("0 of ")


def test_a_chapter_can_be_done():
    for name in ROWS:
        remember(found(name))
    assert repr(progress(CHAPTER)).endswith("points; all of them are green")


def test_the_whole_course_is_a_table_with_the_next_exercise(folder):
    remember(found(FIRST))
    text, html = repr(progress()), progress()._repr_html_()
    for chapter in CHAPTERS:
        assert chapter in text and chapter in html
    first = next(iter(exercises_of(CHAPTERS[0])))
    assert text.splitlines()[-1].endswith(f"next: {first} in {CHAPTERS[0]}")


def test_it_is_kept_beside_the_chapters_wherever_the_notebook_is(folder, monkeypatch):
    remember(found(FIRST))
    assert progress_file() == folder / FILE
    monkeypatch.chdir(folder)
    assert points_so_far() == {FIRST: ROWS[FIRST].max_points}


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b'{"a": []}', b"\xff"])
def test_a_damaged_file_is_forgotten(folder, content):
    (folder / FILE).write_bytes(content)
    assert points_so_far() == {}
    remember(found(FIRST))
    assert list(json.loads((folder / FILE).read_text())) == [FIRST]


def test_points_of_an_older_course_are_not_more_than_there_are(folder):
    (folder / FILE).write_text(json.dumps({FIRST: 99, "gone": 5}))
    assert f" {ROWS[FIRST].max_points:g} of " in repr(progress(CHAPTER))


def test_a_folder_that_cannot_be_written_to_costs_only_the_memory(folder, monkeypatch):
    def refuse(*_):
        raise OSError("read-only")

    monkeypatch.setattr("os.replace", refuse)
    remember(found(FIRST))
    assert points_so_far() == {}


def test_an_unknown_chapter_is_told():
    with pytest.raises(CourseError, match="there is no chapter '3_affine'"):
        progress("3_affine")


def test_a_check_in_a_notebook_is_remembered_and_one_in_a_script_is_not(folder, monkeypatch):
    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w + b, (x, w, b)

    check(affine_forward)
    assert points_so_far() == {}

    shell = SimpleNamespace(user_ns={"affine_forward": affine_forward, "np": np})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    check(affine_forward)
    assert points_so_far() == {"affine_forward": ROWS["affine_forward"].max_points}


def test_a_notebook_finds_progress_where_it_finds_check():
    assert autograder.progress is progress and "progress" in dir(autograder)
