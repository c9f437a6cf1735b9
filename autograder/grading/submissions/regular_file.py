"""Reading a file that a stranger has put there: only a regular one, and only so much of it.

A name in a submission's folder may be a pipe that never says anything, a device without an end, a
link to somebody else's file, or a file that grows while it is read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

WITHOUT_WAITING = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
)


NOT_FILES = {
    stat.S_IFLNK: "a link to another file, not a file",
    stat.S_IFDIR: "a folder, not a file",
    stat.S_IFIFO: "a named pipe, not a file",
    stat.S_IFSOCK: "a socket, not a file",
    stat.S_IFCHR: "a device, not a file",
    stat.S_IFBLK: "a device, not a file",
}


class NotRegular(OSError):
    """What bears the name is not a file with bytes in it: a folder, link, pipe, socket, device."""


class TooLarge(OSError):
    """A file has more bytes than are wanted: `size`, or even more."""

    def __init__(self, size: int):
        super().__init__(errno.EFBIG, "it is too large")
        self.size = size


def read_regular(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    """Read a regular file of at most `most` bytes. Never waits, and never follows a link.

    Parameters
    ----------
    path : Path
        Links on the way to the file are followed; the file itself may not be one.
    most : int

    Returns
    -------
    content : bytes
    status : os.stat_result
        Of the very file that was read, whatever bears its name by now.

    Raises
    ------
    NotRegular, TooLarge
    OSError
        If it cannot be opened or read.
    """
    _check(os.lstat(path))  # before it is opened: opening a device may do something
    descriptor = os.open(path, WITHOUT_WAITING)
    try:
        status = os.fstat(descriptor)
        _check(status)
        if status.st_size > most:
            raise TooLarge(status.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
        if len(content) > most:  # it has grown
            raise TooLarge(len(content))
        return content, status
    finally:
        os.close(descriptor)


def _check(status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise NotRegular(errno.EINVAL, f"it is {NOT_FILES.get(kind, 'no ordinary file')}")
