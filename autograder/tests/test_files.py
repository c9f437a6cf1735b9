"""Writing files: whole or not at all, and never over another one. Reading what others put there."""

import os
import re
import socket

import pytest

from autograder.files import read_contents, read_regular, write_beside, write_whole


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


def test_an_ordinary_file_is_read_with_its_size_and_time(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    found = read_contents(path, 5)
    assert (found.size, found.mtime_ns) == (5, path.stat().st_mtime_ns)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(path.parent)  # a socket's path is short
        server.bind(path.name)


NO_FILES = {
    "a pipe": (os.mkfifo, "named pipe"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "link"),
    "a link to a file": (lambda path: path.symlink_to(__file__), "link"),
    "a folder": (lambda path: path.mkdir(), "folder"),
    "a socket": (a_socket, "socket"),
    "a terabyte": (lambda path: (path.touch(), os.truncate(path, 1 << 40)), "MB allowed"),
    "nothing": (lambda path: None, "No such file"),
}


@pytest.mark.parametrize("make, reason", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_ordinary_file_is_neither_read_nor_waited_for(
    make, reason, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "03_affine.ipynb"
    make(path)
    with pytest.raises(OSError) as refused:
        read_regular(path, 50_000_000)
    assert re.search(reason, refused.value.strerror)


def test_a_device_is_not_opened(monkeypatch):
    monkeypatch.setattr("os.open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(OSError, match="device"):
        read_regular("/dev/zero", 10)


def test_of_a_file_that_grows_no_more_than_allowed_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"123456")
    real = os.fstat

    def small(descriptor):
        status = list(real(descriptor))
        status[6] = 3
        return os.stat_result(status)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="MB allowed"):
        patch.setattr("os.fstat", small)
        read_regular(path, 5)
