"""Names in downloads are read as the platforms make them. The samples say where they are from."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.grading.collecting.platforms import READERS, Layout, layout_of

SAMPLES = Path(__file__).parent / "downloads"


def samples(platform):
    """The lines of a listing: a path, and what is to be read from it."""
    lines = (SAMPLES / f"{platform.lower()}.txt").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines
            if line and not line.startswith("#")]


ALL = [(platform, sample) for platform in READERS for sample in samples(platform)]


@pytest.mark.parametrize("platform, sample", ALL, ids=[sample[0] for _, sample in ALL])
def test_name_is_read_as_its_platform_makes_it(platform, sample):
    path, key, name, number, own, last = (*sample, "")[:6]
    named = Layout(platform, 0).read(path.split("/"))
    assert (named.key, named.number, "/".join(named.path)) == (key, number, own)
    assert (named.name or " ".join(named.logins)) == name
    assert named.late == (last == "late")
    when = named.when and f"{named.when.astimezone():%Y-%m-%d %H:%M}"
    assert (when or "") == last.removesuffix("late")
    assert named.when is None or named.when.tzinfo is UTC


@pytest.mark.parametrize("platform", READERS)
def test_download_is_recognised_with_and_without_a_folder_around_it(platform):
    paths = [sample[0].split("/") for sample in samples(platform)]
    assert layout_of(paths) == Layout(platform, 0)
    around = [["Downloads", "week 3", *parts] for parts in paths]
    assert layout_of(around) == Layout(platform, 2)


def test_what_no_platform_makes_is_not_recognised():
    assert layout_of([["03_affine.ipynb"], ["ada", "03_affine.ipynb"]]) is None
    assert layout_of([]) is None


HOSTILE = [
    ("Canvas", "mallory_66_900_x_ada_attempt_2030-01-01-10-00-00_03_affine.ipynb", "mallory_66"),
    ("Canvas", "mallory_66_900_1_2_ada_12345_67890_03_affine.ipynb", "mallory_66"),
    ("Moodle", "Mallory_66_assignsubmission_file_Ada_1_assignsubmission_file_x.ipynb",
     "Mallory_66"),
    ("Moodle", "Mallory_66_assignsubmission_file/Ada_1_assignsubmission_file/x.ipynb",
     "Mallory_66"),
    ("Brightspace", "6-7 - Mallory - Nov 2, 2026 100 PM - 1-2 - Ada - Nov 3, 2026 100 PM - x.ipynb",
     "6-7 - Mallory"),
    ("Blackboard", "hw_mal_attempt_2026-01-01-10-00-00_hw_ada_attempt_2030-01-01-10-00-00_x.ipynb",
     "hw_mal"),
]


@pytest.mark.parametrize("platform, path, key", HOSTILE)
def test_file_that_is_named_for_a_neighbour_stays_with_who_named_it(platform, path, key):
    honest = [sample[0].split("/") for sample in samples(platform)][:1]
    layout = layout_of([*honest, path.split("/")])
    assert layout.platform == platform
    assert layout.read(path.split("/")).key == key


def test_one_file_alone_with_the_name_of_two_platforms_is_canvas():
    path = ["mallory_66_900_x_ada_attempt_2030-01-01-10-00-00_03_affine.ipynb"]
    assert layout_of([path]).platform == "Canvas"


def test_deeper_names_are_not_taken_for_another_person():
    layout = layout_of([["Ada_1_assignsubmission_file", "a.ipynb"]] * 2)
    assert layout.read(["odd folder", "Ada_1_assignsubmission_file", "a.ipynb"]) is None


def test_times_are_of_the_zone_of_the_class_else_of_this_machines(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        path = ["hw_ada_attempt_2026-01-10-23-30-00_x.ipynb"]
        named = Layout("Blackboard", 0).read(path)
        assert named.when == datetime(2026, 1, 11, 4, 30, tzinfo=UTC)
        in_berlin = layout_of([path], ZoneInfo("Europe/Berlin")).read(path)
        assert in_berlin.when == datetime(2026, 1, 10, 22, 30, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_that_does_not_exist_is_no_attempt():
    assert READERS["Blackboard"](["hw_ada_attempt_2026-13-41-10-00-00_x.ipynb"]) is None
