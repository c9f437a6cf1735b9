"""Writing files: whole or not at all, and never over another one."""

import pytest

from autograder.files import write_beside, write_whole


def test_a_file_is_written_with_its_folder(tmp_path):
    path = tmp_path / "new" / "file.txt"
    write_whole(path, "one\ntwo\n")
    assert path.read_bytes() == b"one\ntwo\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file.txt", "old")]


def test_a_file_beside_gets_a_name_that_nothing_has(tmp_path):
    path = tmp_path / "03_affine.ipynb"
    names = [write_beside(path, "before-2026-11-21", content).name for content in (b"1", b"2")]
    assert names == ["03_affine.before-2026-11-21.ipynb", "03_affine.before-2026-11-21-2.ipynb"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2"]
    (tmp_path / "03_affine.before-2026-11-21-3.ipynb").symlink_to("nowhere")
    assert write_beside(path, "before-2026-11-21", b"4").name.endswith("-4.ipynb")
    assert not (tmp_path / "nowhere").exists()
