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
    try:
        descriptor = os.open(path, WITHOUT_WAITING)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise NotRegular(error.errno, "it is not a file") from None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular(errno.EINVAL, "it is not a file")
        if status.st_size > most:
            raise TooLarge(status.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
        if len(content) > most:  # it has grown
            raise TooLarge(len(content))
        return content, status
    finally:
        os.close(descriptor)
