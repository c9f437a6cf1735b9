"""Pyodide beside the pages: the files that are needed, with the modules of the start compiled."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

from packaging.utils import canonicalize_name

from autograder.errors import CourseError

HERE = Path(__file__).parent
LOCK = "pyodide-lock.json"
NOT_NEEDED = {"fonttools", "pytz"}
"""Named by Matplotlib, which imports the first for PDF files only and the second not at all."""

PROGRAM = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")


class PyodideError(CourseError):
    """Pyodide cannot be put beside the pages. The message says what is missing."""


def write_pyodide(dist: Path, packages: tuple[str, ...], folder: Path, kernel_wheels: Path,
                  our_wheels: Path) -> None:
    """Copy what pages need of Pyodide, and compile what Python imports when it starts.

    Parameters
    ----------
    dist : Path
        An unpacked distribution of Pyodide, whole or in part.
    packages : tuple of str
        Names of its packages; what they depend on comes with them.
    folder : Path
        Made by this function.
    kernel_wheels, our_wheels : Path
        Folders of more wheels that the start imports from. Those in `our_wheels` are compiled, too.

    Raises
    ------
    PyodideError
        If a file or Node.js is missing, or Node.js fails.
    """
    node, lock = find_node(), read_lock(dist, packages)
    folder.mkdir(parents=True)
    for name in files_of(lock):
        shutil.copyfile(dist / name, folder / name)  # to be written to, whatever the original
    _write_lock(folder, lock)
    command = [node, str(HERE / "compile_ahead.mjs"), str(HERE), str(folder.resolve()),
               str(kernel_wheels), str(our_wheels.resolve()), ",".join(packages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PyodideError(f"Node.js could not compile the modules of Pyodide:\n"
                           f"{(done.stdout + done.stderr)[-3000:]}")
    for package in lock["packages"].values():  # pages refuse a file with another digest
        content = (folder / package["file_name"]).read_bytes()
        package["sha256"] = hashlib.sha256(content).hexdigest()
    _write_lock(folder, lock)


def read_lock(dist: Path, packages: tuple[str, ...]) -> dict:
    """What a distribution says of itself, without the packages that are not needed.

    Raises
    ------
    PyodideError
        If it is none, or lacks a file of those that are needed.
    """
    if not (dist / LOCK).is_file():
        raise _not_there(dist, LOCK)
    lock = json.loads((dist / LOCK).read_text(encoding="utf-8"))
    known = {canonicalize_name(name): package for name, package in lock["packages"].items()}
    needed = set()
    waiting = [canonicalize_name(name) for name in packages]
    while waiting:
        name = waiting.pop()
        if name not in known:
            raise _not_there(dist, name)
        if name not in needed:
            needed.add(name)
            known[name]["depends"] = [other for other in known[name]["depends"]
                                      if canonicalize_name(other) not in NOT_NEEDED]
            waiting += [canonicalize_name(other) for other in known[name]["depends"]]
    lock["packages"] = {name: package for name, package in lock["packages"].items()
                        if canonicalize_name(name) in needed}
    for file in files_of(lock):
        if not (dist / file).is_file():
            raise _not_there(dist, file)
    return lock


def files_of(lock: dict) -> list[str]:
    """The names of Pyodide's own files and of those of its packages."""
    return [*PROGRAM, *(package["file_name"] for package in lock["packages"].values())]


def find_node() -> str:
    """The program of Node.js: the one installed, or Playwright's own."""
    found = shutil.which("node")
    if found:
        return found
    playwright = importlib.util.find_spec("playwright")
    if playwright is not None and playwright.origin is not None:
        driver = Path(playwright.origin).parent / "driver"
        for name in ("node", "node.exe"):
            if (driver / name).is_file():
                return str(driver / name)
    raise PyodideError("Node.js is not installed, and a site with its own Pyodide needs it to be "
                       "made: see nodejs.org; or leave PYODIDE_DIST out")


def _not_there(dist: Path, name: str) -> PyodideError:
    return PyodideError(f"{dist} holds no {name}: PYODIDE_DIST must name the unpacked folder of "
                        "Pyodide 0.27.7; leave it out to load Python from its CDN")


def _write_lock(folder: Path, lock: dict) -> None:
    (folder / LOCK).write_text(json.dumps(lock, indent=1) + "\n", encoding="utf-8")
