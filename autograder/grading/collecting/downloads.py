"""What lies in a download: a zip archive, or a folder. Names and contents are strangers'.

Nothing is unpacked by its own name, no link is followed, and nothing is read without a limit. What
is not taken is listed with the reason. Archives that students handed in stay as they are: they are
opened in the jail, when they are graded.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from autograder.errors import CourseError
from autograder.grading.submissions.finding import MAX_FILE_BYTES
from autograder.grading.submissions.regular_file import (
    NOT_FILES,
    NotRegular,
    TooLarge,
    read_regular,
)

MOST_ENTRIES = 200_000
LONGEST, DEEPEST = 255, 8
"""Bytes of a name, and folders in folders."""
JUNK = ("__MACOSX", ".DS_Store", ".ipynb_checkpoints", "__pycache__", "Thumbs.db", "desktop.ini")
"""What computers keep for themselves; "._" begins such names, too."""
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class DownloadError(CourseError):
    """A download cannot be read. The message says what to do."""


@dataclass(frozen=True)
class LeftOut:
    """Something in a download that is not taken: its name, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Delivered:
    """A file in a download.

    Attributes
    ----------
    parts : tuple of str
        Folders and the name of the file: none of them leads anywhere else.
    read : callable
        Its bytes; raises LeftOutError if it cannot be read, or is too large.
    on_disk : Path or None
        Where it lies by itself, if it does.
    """

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    on_disk: Path | None = None


class LeftOutError(Exception):
    """Why a file is not taken."""


class Download:
    """An opened download.

    Parameters
    ----------
    path : Path
        A zip archive, or a folder.

    Attributes
    ----------
    files : list of Delivered
    left_out : list of LeftOut

    Raises
    ------
    DownloadError
        If it is neither, or damaged.
    """

    def __init__(self, path: Path):
        self.files: list[Delivered] = []
        self.left_out: list[LeftOut] = []
        self.opened = ExitStack()
        try:
            if path.is_dir():
                self._take_folder(path)
            elif path.is_file():
                self._take_archive(path)
            else:
                raise DownloadError(f"there is no {path}; give the zip or the folder that was "
                                    "downloaded from the learning platform")
        except OSError as error:
            self.close()
            raise DownloadError(f"{path} cannot be read: {error.strerror or error}") from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close all archives."""
        self.opened.close()

    def open_archives(self, is_handed_in: Callable[[tuple[str, ...]], bool]) -> None:
        """Open the archives that are downloads themselves, and not somebody's submission."""
        inner = [file for file in self.files
                 if file.parts[-1].lower().endswith(".zip") and not is_handed_in(file.parts)]
        for file in inner:
            self.files.remove(file)
            name = "/".join(file.parts)
            try:
                content: IO[bytes]
                content = file.on_disk.open("rb") if file.on_disk else io.BytesIO(file.read())
                self._take_zip(self.opened.enter_context(content), file.parts[:-1], name)
            except (LeftOutError, OSError) as error:
                self.left_out.append(LeftOut(name, str(error)))

    def _take_archive(self, path: Path) -> None:
        try:
            self._take_zip(self.opened.enter_context(path.open("rb")), ())
        except LeftOutError as error:
            raise DownloadError(f"{path} is not taken: {error}; download it again") from None

    def _take_zip(self, file: IO[bytes], around: tuple[str, ...], told: str = "") -> None:
        try:
            archive = self.opened.enter_context(zipfile.ZipFile(file))
            entries = archive.infolist()
        except DAMAGED:
            raise LeftOutError("it is no zip archive, or a damaged one") from None
        if len(entries) > MOST_ENTRIES:
            raise LeftOutError(f"it has more than {MOST_ENTRIES:,} entries")
        for entry in entries:
            name = _name_in_zip(entry)
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if entry.is_dir() or name.endswith("\\"):
                continue
            if kind not in (0, stat.S_IFREG):
                self._leave_out(name, f"it is {NOT_FILES.get(kind, 'no ordinary file')}", told)
                continue
            parts = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
            if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
                self._leave_out(name, "its name leads out of the download", told)
                continue
            self._take(Delivered((*around, *parts), _reader(archive, entry)), name, told)

    def _take_folder(self, folder: Path) -> None:
        for count, (parts, entry) in enumerate(_walked(folder, ())):
            if count >= MOST_ENTRIES:
                raise DownloadError(f"{folder} holds more than {MOST_ENTRIES:,} files; give the "
                                    "folder of one download")
            name = "/".join(parts)
            if not entry.is_file(follow_symlinks=False):
                kind = stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)
                self._leave_out(name, f"it is {NOT_FILES.get(kind, 'no ordinary file')}")
                continue
            path = Path(entry.path)
            self._take(Delivered(parts, _file_reader(path), path), name)

    def _take(self, file: Delivered, name: str, told: str = "") -> None:
        if any(part in JUNK or part.startswith("._") for part in file.parts):
            return
        if reason := _why_not(file.parts):
            self._leave_out(name, reason, told)
        else:
            self.files.append(file)

    def _leave_out(self, name: str, why: str, inside: str = "") -> None:
        self.left_out.append(LeftOut(f"{inside}: {name}" if inside else name, why))


def _why_not(parts: tuple[str, ...]) -> str:
    """Why a file cannot have its name, or nothing."""
    if not parts or ".." in parts:
        return "its name leads out of the download"
    if len(parts) > DEEPEST:
        return f"it lies more than {DEEPEST} folders deep"
    if any(len(os.fsencode(part)) > LONGEST for part in parts):
        return "its name is too long"
    if any(sign in "/\\\u2028\u2029" or unicodedata.category(sign)[0] == "C"
           for part in parts for sign in part):
        return "there are signs in its name that belong into no name"
    return ""


def _name_in_zip(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write UTF-8 and do not say so."""
    if not entry.flag_bits & 0x800:
        try:
            return entry.orig_filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return entry.orig_filename


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except RuntimeError:
            raise LeftOutError("it is protected by a password") from None
        except (*DAMAGED, OSError):
            raise LeftOutError("it is damaged") from None
        if len(content) > MAX_FILE_BYTES:
            raise LeftOutError(_too_large())
        return content

    return read


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return read_regular(path, MAX_FILE_BYTES)[0]
        except TooLarge:
            raise LeftOutError(_too_large()) from None
        except (NotRegular, OSError) as error:
            raise LeftOutError(error.strerror or "it cannot be read") from None

    return read


def _too_large() -> str:
    return f"it has more than {MAX_FILE_BYTES // 10**6} MB"


def _walked(folder: Path, inside: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], os.DirEntry]]:
    """Everything in a folder but folders, in the order of names. Links are not followed."""
    with os.scandir(folder) as entries:
        inner = sorted(entries, key=lambda entry: entry.name)
    for entry in inner:
        parts = (*inside, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if len(parts) <= DEEPEST:
                yield from _walked(Path(entry.path), parts)
            else:
                yield parts, entry
        else:
            yield parts, entry
