"""Writing files so that nothing is lost, and reading files that anybody may have put there."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

NOT_FILES = {
    stat.S_IFLNK: "a link to another file, not a file",
    stat.S_IFDIR: "a folder, not a file",
    stat.S_IFIFO: "a named pipe, not a file",
    stat.S_IFSOCK: "a socket, not a file",
    stat.S_IFCHR: "a device, not a file",
    stat.S_IFBLK: "a device, not a file",
}
"""What else may bear the name of a file."""


@dataclass(frozen=True)
class Contents:
    """What was in a file when it was read, and the size and time that it had then."""

    content: bytes
    size: int
    mtime_ns: int


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of an ordinary file; see `read_contents`."""
    return read_contents(path, most).content


def read_contents(path: Path, most: int) -> Contents:
    """Read a file that somebody else may have put there, whatever it is.

    Links are not followed, pipes and devices are not opened, and no more than `most` bytes are
    read, of a file that grows as well: nothing here waits for anybody.

    Raises
    ------
    OSError
        If it is no ordinary file, is larger than that, or cannot be opened. Its ``strerror`` says
        so in words: "it is a named pipe, not a file".
    """
    _check_regular(path, os.lstat(path))  # before it is opened: opening a device may do something
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check_regular(path, status)
        if status.st_size > most:
            raise _too_large(path, status.st_size, most)
        content = file.read(most + 1)
    if len(content) > most:
        raise _too_large(path, len(content), most)
    return Contents(content, status.st_size, status.st_mtime_ns)


def _check_regular(path: Path, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, f"it is {NOT_FILES.get(kind, 'no ordinary file')}", str(path))


def _too_large(path: Path, size: int, most: int) -> OSError:
    told = f"it has {megabytes(size)}, more than the {megabytes(most)} allowed"
    return OSError(errno.EFBIG, told, str(path))


def megabytes(size: int) -> str:
    """A size as people read it: ``0.2 MB``, ``200 MB``."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e6:.2g} MB"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one."""
    if isinstance(content, str):
        content = content.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:  # Stop pressed, too
        temporary.unlink(missing_ok=True)
        raise


def write_beside(path: Path, mark: str, content: bytes) -> Path:
    """Write a file that was not there: ``03_affine.before-2026-11-21.ipynb``, or ``...-21-2``.

    Parameters
    ----------
    path : Path
        The file beside which it is written.
    mark : str
        What is put into its name.
    content : bytes

    Returns
    -------
    Path
        Its name. No other file had it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        beside = path.with_name(f"{path.stem}.{mark}{again}{path.suffix}")
        try:
            with beside.open("xb") as file:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    beside.unlink(missing_ok=True)
                    raise
            return beside
        except FileExistsError:
            number += 1
