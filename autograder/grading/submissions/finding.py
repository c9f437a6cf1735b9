"""Finding what was handed in: the files in a submission's folder that may be the notebook.

The folder is a student's. Nothing in it is waited for, followed, or read without a limit.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.submissions.regular_file import NotRegular, TooLarge, read_regular
from autograder.kit.plain import one_line

MAX_FILE_BYTES = 50_000_000
"""Of one file, and of all others together."""
DEEPEST = 3
MOST_LISTED = 3000
MOST_NOTEBOOKS = 8
MOST_HELPERS, MOST_HELPER_BYTES = 20, 200_000

UNSEEN = ("__MACOSX", "__pycache__", "node_modules", "site-packages")
"""Folders, beside hidden ones, in which nobody's work is."""

ANY_TEXT = 7
"""The rank of files that may be anything; they are looked at only if nothing else is there."""
LIKE_A_NOTEBOOK = re.compile(rb"\W{0,8}\s{0,99}[{<]|(?s:.{0,5000}?)^# (?:%%|In\[)", re.MULTILINE)

PLACEHOLDERS = {
    ".icloud": "the file itself is still in iCloud: download it first",
    ".webloc": "a link, not the file itself",
    ".url": "a link, not the file itself",
    ".gdoc": "a link to Google Drive, not the file itself",
    ".crdownload": "a download that was not finished",
    ".part": "a download that was not finished",
    ".download": "a download that was not finished",
}
"""What is left in the place of a file, by how its name ends."""


class Unreadable(CourseError):
    """A submission that cannot be graded. The message is the reason, for student and instructor."""


@dataclass(frozen=True)
class HandedInFile:
    """A file as it was when it was read.

    Attributes
    ----------
    name : str
        From the submission's folder on.
    content : bytes
    size, mtime_ns : int
    """

    name: str
    content: bytes
    size: int = 0
    mtime_ns: int = 0

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Found:
    """What was found in a submission's folder.

    Attributes
    ----------
    files : tuple of HandedInFile
        What may be the notebook, the likeliest first.
    expected : str
        How the notebook should be called; empty if that does not matter.
    helpers : dict of str to bytes
        Python files beside it, which it may import.
    notes : tuple of str
    """

    files: tuple[HandedInFile, ...]
    expected: str = ""
    helpers: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """Something in a submission's folder: its path from there, size, and time of change."""

    name: str
    size: int
    mtime_ns: int
    mode: int

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file."""
        return stat.S_ISREG(self.mode)


def find(folder: Path, chapter: str) -> Found:
    """Find and read what may be the notebook of a chapter.

    Raises
    ------
    Unreadable
        If there is nothing of the kind. It names what there is.
    """
    entries = listed(folder, chapter)
    chosen = _in_order(entries, chapter)
    if not chosen:
        raise Unreadable(_nothing_but(entries))
    files: list[HandedInFile] = []
    reasons: list[str] = []
    unread: list[str] = []
    room = MAX_FILE_BYTES
    for entry in chosen:
        try:
            most = MAX_FILE_BYTES if not files else room
            content, status = read_regular(folder / entry.name, most)
        except OSError as error:
            reasons.append(_reason(error))
            unread.append(f"{one_line(entry.name, 80)} was not read: {reasons[-1]}.")
            continue
        if _rank(entry.name, chapter) == ANY_TEXT and not LIKE_A_NOTEBOOK.match(content):
            continue
        files.append(HandedInFile(entry.name, content, status.st_size, status.st_mtime_ns))
        room -= len(content) if len(files) > 1 else 0
    if not files:
        raise Unreadable(reasons[0] if reasons else _nothing_but(entries))
    helpers, notes = _helpers(folder, entries, [file.name for file in files])
    return Found(tuple(files), f"{chapter}.ipynb", helpers, (*unread, *notes))


def read_one(path: Path) -> Found:
    """The one file that somebody names.

    Raises
    ------
    Unreadable
        If it cannot be opened or is too large.
    """
    try:
        content, _ = read_regular(path.resolve(), MAX_FILE_BYTES)  # a link of its user's own
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    return Found((HandedInFile(path.name, content),))


def listed(folder: Path, chapter: str) -> list[Entry]:
    """What lies in a submission's folder, and in folders in it, up to a depth and a number.

    Raises
    ------
    Unreadable
        If the folder is a link, or cannot be opened.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Unreadable("the folder of the submission is a link to another folder")
    try:
        names = list(_names(folder))
    except OSError as error:
        raise Unreadable(f"the folder cannot be opened: {error.strerror}") from None
    expected = f"{chapter}.ipynb"
    if expected not in names:
        names.append(expected)  # there may be too many others
    entries = []
    for name in names:
        try:
            status = os.lstat(folder / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Unreadable(f"the folder cannot be opened: {error.strerror}") from None
        entries.append(Entry(name, status.st_size, status.st_mtime_ns, status.st_mode))
    return entries


def _names(folder: Path) -> Iterator[str]:
    """The names of all files, breadth first; folders are not among them."""
    pending, count = [""], 0
    while pending:
        inside = pending.pop(0)
        try:
            entries = os.scandir(folder / inside)
        except OSError:
            if not inside:
                raise
            continue
        with entries:
            for entry in entries:
                count += 1
                if count > MOST_LISTED:
                    return
                name = f"{inside}/{entry.name}" if inside else entry.name
                # A folder that is named like a notebook is told of as if it were one.
                if entry.is_dir(follow_symlinks=False) and not entry.name.endswith(".ipynb"):
                    if name.count("/") < DEEPEST and not _is_unseen(entry.name):
                        pending.append(name)
                else:
                    yield name


def _is_unseen(name: str) -> bool:
    return name.startswith(".") or name in UNSEEN


def _in_order(entries: list[Entry], chapter: str) -> list[Entry]:
    """What may be the notebook, the likeliest first: by its name, then the newest."""
    ranked = [(rank, entry.name.count("/"), not entry.is_file, -entry.mtime_ns, entry.name, entry)
              for entry in entries if (rank := _rank(entry.name, chapter)) is not None]
    ranked.sort(key=lambda one: one[:5])
    # Any text may be a notebook, but only where nothing looks more like one.
    likely = [one for one in ranked if one[0] < 6] or ranked  # not: any Python file, any text
    return [one[-1] for one in likely][:MOST_NOTEBOOKS]


def _rank(path: str, chapter: str) -> int | None:
    """How likely a file is the notebook, from its name; None if it cannot be."""
    name = path.rpartition("/")[2].lower()
    if name.startswith(("._", ".~")) or any(name.endswith(end) for end in PLACEHOLDERS):
        return None
    if path == f"{chapter}.ipynb":
        return 0
    named = name.startswith(chapter)
    if name.endswith(".ipynb"):
        return 1 if named else 2 if not name.startswith(".") else 3
    if ".ipynb" in name:
        return 3
    if name.endswith(".zip"):
        return 4
    if name.endswith(".py"):
        return 5 if named else 6
    if name == "timestamp.txt":
        return None
    is_text = "." not in name or name.endswith((".json", ".txt", ".html", ".htm"))
    return ANY_TEXT if is_text else None


def _helpers(
    folder: Path, entries: list[Entry], taken: list[str]
) -> tuple[dict[str, bytes], list[str]]:
    """The Python files beside the notebook, as far as they are not too many or too long."""
    beside = taken[0].rpartition("/")[0]
    helpers: dict[str, bytes] = {}
    notes = []
    room = MOST_HELPER_BYTES
    for entry in sorted(entries, key=lambda entry: entry.name):
        inside, _, name = entry.name.rpartition("/")
        is_module = name.endswith(".py") and name[:-3].isidentifier() and inside == beside
        if not is_module or entry.name in taken or not entry.is_file:
            continue
        try:
            content, _ = read_regular(folder / entry.name, room * (len(helpers) < MOST_HELPERS))
        except OSError as error:
            why = "too much" if isinstance(error, TooLarge) else error.strerror
            notes.append(f"{one_line(entry.name, 60)} is not taken along: {why}; paste what the "
                         "notebook needs of it into a cell.")
            if len(notes) == 3:
                break
            continue
        helpers[name] = content
        room -= len(content)
    return helpers, notes


def _nothing_but(entries: list[Entry]) -> str:
    """Why there is nothing to grade, with the names of what there is."""
    shown = [entry.name for entry in entries if entry.name not in ("timestamp.txt", ".DS_Store")
             and not entry.name.rpartition("/")[2].startswith("._")]
    if not shown:
        return "no notebook was handed in; no file was found in the folder"
    names = []
    for name in sorted(shown)[:4]:
        why = next((why for end, why in PLACEHOLDERS.items() if name.endswith(end)), "")
        names.append(one_line(name, 60) + (f" ({why})" if why else ""))
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f"no notebook was handed in; found: {', '.join(names)}{more}"


def _reason(error: OSError) -> str:
    if isinstance(error, TooLarge):
        return (f"the file has {error.size / 1e6:.0f} MB, more than the {MAX_FILE_BYTES / 1e6:.0f} "
                "MB allowed; clear the outputs, save, and hand it in again")
    if isinstance(error, NotRegular):
        return f"the notebook {(error.strerror or '').removeprefix('it ')}"
    return f"the file cannot be opened: {error.strerror}"
