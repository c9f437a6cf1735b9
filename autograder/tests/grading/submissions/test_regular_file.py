"""A name in a folder may be anything; what is read is a file, and nothing that waits."""

import os
import socket

import pytest

from autograder.grading.submissions.regular_file import NotRegular, TooLarge, read_regular


def test_bytes_and_status_are_those_of_one_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    content, status = read_regular(path, 3)
    assert content == b"abc"
    assert (status.st_size, status.st_mtime_ns) == (3, path.stat().st_mtime_ns)
    with pytest.raises(TooLarge):
        read_regular(path, 2)


def test_what_has_no_bytes_or_no_end_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/dev/zero")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    for name in ("pipe", "folder", "link", "socket", "/dev/zero", "/dev/tty"):
        with pytest.raises((NotRegular, PermissionError)):
            read_regular(tmp_path / name, 1000)
    listening.close()


def test_file_without_a_size_is_read_only_so_far():
    """What /proc shows says that it has no bytes, and has some."""
    with pytest.raises(TooLarge):
        read_regular("/proc/self/status", 10)
