"""The scratch folder on disk: measured while it changes, emptied whatever is in it."""

import os
import sys

import pytest

from autograder.kit.scratch import empty
from autograder.kit.usage import use_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no grading on this system")


def nest(folder, depth, name="deeper"):
    """Folders inside one another, further down than a path may be long."""
    start = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir(name)
            open("beside", "w").close()
            os.chdir(name)
    finally:
        os.chdir(start)


@pytest.mark.parametrize("depth", [1, 30, pytest.param(1500, marks=pytest.mark.slow)])
def test_folders_in_one_another_are_removed(tmp_path, depth):
    nest(tmp_path, depth)
    assert empty(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_folders_that_are_closed_are_removed(tmp_path):
    inner = tmp_path / "closed" / "too"
    inner.mkdir(parents=True)
    (inner / "file").write_bytes(bytes(1000))
    for folder in (inner, inner.parent):
        folder.chmod(0)
    (tmp_path / "file").touch(mode=0)
    assert empty(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_links_are_removed_and_not_what_they_lead_to(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (inside / "folder").mkdir(parents=True)
    outside.mkdir(mode=0o700)
    outside.chmod(0o750)
    (outside / "kept").touch()
    for place in (inside, inside / "folder"):
        (place / "way").symlink_to(outside)
        (place / "nowhere").symlink_to("nowhere")
    assert empty(str(inside))
    assert os.listdir(outside) == ["kept"]
    assert outside.stat().st_mode & 0o777 == 0o750


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    (tmp_path / "way").symlink_to("outside")
    assert not empty(str(tmp_path / "way"))
    assert (tmp_path / "outside" / "kept").exists()
    assert empty(str(tmp_path / "nowhere"))


def test_bytes_and_files_are_counted_up_to_the_limits(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x" * 100_000)
    used, files = use_of(str(tmp_path), 10**9, 10**6)
    assert used >= 100_000 and files == 3
    assert use_of(str(tmp_path), 1000, 10**6)[0] > 1000
    assert use_of(str(tmp_path), 10**9, 2)[1] == 3
    assert use_of(str(tmp_path / "gone since"), 10, 10) == (0, 0)


def test_what_is_too_deep_to_be_counted_is_too_much(tmp_path):
    nest(tmp_path, 60, "d" * 200)
    assert use_of(str(tmp_path), 10**9, 10**6)[1] > 10**6
    assert empty(str(tmp_path))
