"""What of this machine a jail is shown: Python, a few libraries and the kit; nothing of the course.

It is an allow-list of real paths, with folders taken out again where they lie inside. Of all paths
that are shown or hidden, the longest one that holds a file decides about it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from glob import escape, glob
from importlib.util import find_spec
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.jail.libraries import needed_libraries

PACKAGE = Path(__file__).resolve().parents[2]

SYSTEM = (
    "/lib32", "/lib64", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64",
    "/usr/lib/locale", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/zoneinfo",
    "/usr/share/matplotlib", "/etc/fonts", "/etc/alternatives", "/etc/matplotlibrc",
)
"""Shared libraries, fonts, time zones, what Debian keeps of Matplotlib."""

IN_A_CHECKOUT = (".git", "solutions", "build", "build/source", "class", "my-course")
IN_A_CLASS = ("gradebook.db", "seed", "submitted", "autograded", "feedback", "records",
              "reports", "similar")
IN_THE_PACKAGE = ("mistakes", "examination", "tests", "public", "course.py", "grading")


class SecretShown(CourseError):
    """Something that no student may see lies in what every submission can read."""


@dataclass
class Shown:
    """Rules about paths.

    Attributes
    ----------
    rules : dict of str to bool
        Real paths, and whether what is in them is shown. The longest one decides.
    links : dict of str to str
        Where a path to show is a link: its place, and the real path.
    """

    rules: dict[str, bool] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def hide(self, paths: Iterable[str | Path]) -> None:
        """Hide paths, as far as they exist."""
        for path in paths:
            if os.path.lexists(path):
                self.rules[os.path.realpath(path)] = False

    def show(self, paths: Iterable[str | Path]) -> None:
        """Show paths, as far as they exist, also those that are hidden: `check` tells that."""
        for path in paths:
            real = os.path.realpath(path)
            place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
            if os.path.exists(real):
                self.rules[real] = True
                if place != real:
                    self.links[place] = real

    def holder(self, path: str) -> str:
        """The longest path with a rule that a real path is, or lies in; empty if there is none."""
        while path not in self.rules:
            parent = os.path.dirname(path)
            if parent == path:
                return ""
            path = parent
        return path

    def shows(self, path: str) -> bool:
        """Whether a real path can be read."""
        return self.rules.get(self.holder(path), False)

    def check(self, secrets: Iterable[str | Path]) -> None:
        """Raise SecretShown if a path can be read that must not be."""
        for secret in secrets:
            real = os.path.realpath(secret)
            if self.shows(real) and os.path.exists(real):
                raise SecretShown(f"{secret} is inside {self.holder(real)}, which every submission "
                                  "can read; move it")

    def readable(self) -> list[str]:
        """The shown paths, without what is hidden in them, for Landlock.

        Landlock has no rule that takes something away: a folder with a hidden part is replaced
        by everything in it but that part. Links are left out, for they may lead anywhere.
        """
        hidden = [path + "/" for path, shown in self.rules.items() if not shown]

        def without_hidden(path: str) -> Iterator[str]:
            if not any(inner.startswith(path + "/") for inner in hidden):
                yield path
                return
            with contextlib.suppress(OSError):
                for entry in os.scandir(path):
                    if self.rules.get(entry.path, True) and not entry.is_symlink():
                        yield from without_hidden(entry.path)

        outermost = [path for path, shown in self.rules.items()
                     if shown and not self.shows(os.path.dirname(path))]
        return sorted(part for path in outermost for part in without_hidden(path))

    def mounts(self) -> list[str]:
        """What bubblewrap is told, so that its private root holds what is shown."""
        shown = {path for path, is_shown in self.rules.items() if is_shown} | self.links.keys()
        parents = {str(parent) for path in shown for parent in Path(path).parents} - {"/"}
        told, covered = [], []
        for path in sorted({*self.rules, *shown, *parents}):
            inside = self.shows(os.path.dirname(path))
            if path in self.links:
                told += [] if inside else ["--symlink", self.links[path], path]
            elif self.rules.get(path):
                told += [] if inside else ["--ro-bind", path, path]
            elif path in self.rules and inside:
                covered.append(path)
                # An empty folder, or an empty file, covers it.
                told += (["--perms", "0755", "--tmpfs", path] if os.path.isdir(path)
                         else ["--ro-bind", "/dev/null", path])
            elif path in parents and not self.shows(path):
                # Made by bubblewrap on its own it could be entered by root only.
                told += ["--perms", "0755", "--dir", path]
        return told + [word for path in covered for word in ("--remount-ro", path)]


def what_is_shown(secrets: Iterable[Path], more: Iterable[Path] = ()) -> Shown:
    """What a jail is shown.

    Parameters
    ----------
    secrets : iterable of Path
        The checkout, the class's folder, and what else of the class lies elsewhere.
    more : iterable of Path
        Folders to show in any case: the kit, and MNIST.

    Raises
    ------
    SecretShown
        If something secret cannot be hidden, because it is in a folder that is needed.
    """
    hidden = [*secrets, PACKAGE]
    if (PACKAGE.parent / "solutions").is_dir():
        hidden.append(PACKAGE.parent)
    shown = Shown()
    shown.hide(library_folders())
    shown.hide(hidden)
    shown.show(python_paths())
    shown.show(more)
    shown.check(hidden)
    shown.check(path / name for path in hidden for name in (*IN_A_CHECKOUT, *IN_A_CLASS))
    shown.check(PACKAGE / name for name in IN_THE_PACKAGE)
    return shown


def python_program() -> str:
    """The Python interpreter itself, not the link that a virtual environment has."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


@cache
def python_paths() -> tuple[str, ...]:
    """Python, its shared libraries, what notebooks may import, and fonts."""
    standard = os.path.realpath(os.path.dirname(os.__file__))
    paths = [python_program(), standard, *needed_libraries().paths, *SYSTEM]
    paths += [path for path in sys.path if os.path.basename(path) == "lib-dynload"]
    kind = getattr(sys.implementation, "_multiarch", "")
    for folder in ("/lib", "/usr/lib"):
        own = os.path.join(folder, kind)  # on Debian all shared libraries are there
        paths += [own if os.path.isdir(own) else folder, *glob(f"{folder}/ld-*.so*")]
    prefix = os.path.realpath(sys.base_prefix)
    if os.path.isdir(os.path.join(prefix, "conda-meta")):
        paths.append(os.path.join(prefix, "lib"))
    else:
        paths += glob(f"{escape(prefix)}/lib*/libpython*")
    return tuple(paths)


@cache
def library_folders() -> tuple[str, ...]:
    """Folders of installed libraries: of these only what is needed is shown."""
    standard = os.path.realpath(os.path.dirname(os.__file__))
    homes = {os.path.dirname(standard), os.path.join(os.path.realpath(sys.base_prefix), "lib"),
             "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"}
    folders = [path for home in homes for path in glob(f"{escape(home)}/python*/*-packages")]
    folders += needed_libraries().folders
    # Where all of a folder has to be shown, the course may be installed in it.
    course = [path for folder in needed_libraries().paths if folder in needed_libraries().folders
              for path in glob(f"{escape(folder)}/*backprop[-_]course*")]
    return (*folders, *course)


def data_folder() -> Path:
    """The folder of ``course_data``, which holds MNIST and no secrets."""
    found = find_spec("course_data")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the course's data is not installed", name="course_data")
    return Path(found.origin).resolve().parent
