"""The installed libraries that a notebook may import, and nothing else of those folders.

A folder of libraries holds whatever anybody has installed, the course among it. What NumPy,
Matplotlib and IPython need is read from their metadata. Nothing is imported for that, and
`importlib.metadata`, which takes half a second for it, is not needed either.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NEEDED = {
    "numpy": "numpy", "matplotlib": "matplotlib", "ipython": "IPython",
    "landlockpy": "landlockpy", "seccompy": "seccompy",
}
"""Projects, and what they are imported as; the last two close the walls."""


@dataclass(frozen=True)
class Libraries:
    """What is installed of what is needed.

    Attributes
    ----------
    folders : tuple of str
        Where the libraries lie, in the order in which they are looked for.
    paths : tuple of str
        Files and folders in them. A folder that does not say of everything in it which project it
        belongs to is here as a whole.
    """

    folders: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def names(self) -> list[str] | None:
        """What can be imported from `paths`; None if that is all of a folder."""
        if not set(self.folders).isdisjoint(self.paths):
            return None
        return sorted({os.path.basename(path).partition(".")[0] for path in self.paths})


@cache
def needed_libraries() -> Libraries:
    """The libraries in `NEEDED`, with all that they require."""
    folders = list(dict.fromkeys(os.path.realpath(path) for path in sys.path if path))
    installed = _installed(folders)
    found: dict[str, set[str]] = {}
    seen: set[str] = set()
    waiting = list(NEEDED)
    while waiting:
        project = waiting.pop()
        if project in seen:
            continue
        seen.add(project)
        folder, name = installed.get(project, ("", ""))
        if not folder:
            # A library without metadata: its whole folder is shown. One that nobody has, is not.
            spec = find_spec(NEEDED[project]) if project in NEEDED else None
            if spec is not None and spec.origin:
                whole = str(Path(spec.origin).resolve().parents[1])
                found.setdefault(whole, set()).add("")
            continue
        metadata = os.path.join(folder, name)
        found.setdefault(folder, set()).update(_names(metadata) or [""])
        waiting += _requires(metadata)
    paths = []
    for folder, names in found.items():
        present = [os.path.join(folder, name) for name in sorted(names)]
        paths += [folder] if "" in names else [path for path in present if os.path.exists(path)]
    return Libraries(tuple(f for f in folders if f in found), tuple(paths))


def _installed(folders: list[str]) -> dict[str, tuple[str, str]]:
    """Folder and name of the metadata of each project; the first folder counts."""
    result: dict[str, tuple[str, str]] = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue  # a zip file, or a folder that is not there
        for name in names:
            stem, suffix = os.path.splitext(name)
            if suffix in (".dist-info", ".egg-info"):
                result.setdefault(_normal(stem.partition("-")[0]), (folder, name))
    return result


def _normal(project: str) -> str:
    """A project's name as all its spellings are compared."""
    return re.sub(r"[-_.]+", "-", project).lower()


def _requires(metadata: str) -> Iterator[str]:
    """Projects that one requires, without those of its extras."""
    # Licences with empty lines in them stand before it: the whole text is looked through.
    for part in _text(metadata, "METADATA").split("\nRequires-Dist:")[1:]:
        requirement, _, condition = part.partition("\n")[0].partition(";")
        if not re.search(r"\bextra\b", condition):
            yield _project(requirement)
    for line in _text(metadata, "requires.txt").splitlines():
        if line.startswith("[") and not line.startswith("[:"):
            break  # extras follow
        if line.strip() and not line.startswith("["):
            yield _project(line)


def _project(requirement: str) -> str:
    found = re.match(r"\s*([\w.-]+)", requirement)
    return _normal(found.group(1)) if found else ""


def _names(metadata: str) -> set[str]:
    """The files and folders of a project, as they lie beside its metadata.

    None if it does not say, as Debian's do not.
    """
    first = {line.partition("/")[0] for line in _text(metadata, "RECORD").splitlines()}
    names = {part.partition(",")[0].strip('"') for part in first} - {"..", "__pycache__"}
    if not names - {os.path.basename(metadata)}:
        top = _text(metadata, "top_level.txt").split()
        names = {f"{name}{end}" for name in top for end in ("", ".py", ".libs")}
    return names


def _text(metadata: str, name: str) -> str:
    try:
        with open(os.path.join(metadata, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
