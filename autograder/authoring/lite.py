"""JupyterLite: every chapter running in a browser, checks included, without a server of ours.

The steps, in order, are `build_lite`'s lines. JupyterLite's own ``build`` puts the pages together;
what is ours is the wheels that Python finds in the page, a few settings, the lines that say what a
browser cannot do (``docs/lite/notices.js``), and the page of progress.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from course_data.convert import small_archive
from course_data.in_page import ARCHIVE

from autograder.authoring.own_pyodide import write_pyodide
from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, exercises_of

PYODIDE_CDN = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
"""Where Python for the browser comes from, unless the site brings its own."""

KERNEL = "@jupyterlite/pyodide-kernel-extension"
FROM_THE_KERNEL = "../../../../pypi/"
"""The folder of the wheels, seen from the program of the kernel; Pyodide reads names so."""

PACKAGES = ("micropip", "ssl", "sqlite3", "jedi", "ipython", "numpy", "matplotlib")
"""Packages of Pyodide's own that a chapter or the kernel needs. Named here, they are fetched side
by side while Python starts, and not one after the other when the first cell runs."""

AUTOSAVE_SECONDS = 5

SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": AUTOSAVE_SECONDS},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # All of a chapter is in the page, so that it can be searched and does not jump.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


class LiteError(CourseError):
    """JupyterLite cannot be built. The message says what is missing, or what it said itself."""


def build_lite(course: Course, folder: Path, *, pyodide_dist: Path | None = None) -> None:
    """Build JupyterLite with all chapters.

    Parameters
    ----------
    course : Course
        Its ``course/`` is what readers get.
    folder : Path
        Made anew.
    pyodide_dist : Path, optional
        A distribution of Pyodide 0.27.7. With it the site holds all that it needs; without it,
        pages load Python from its public CDN.

    Raises
    ------
    LiteError
        If a package is missing, or JupyterLite's own build fails.
    PyodideError
        If `pyodide_dist` is not such a distribution, or there is no Node.js.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        draft = Path(name)
        write_chapters(course, draft / "contents")
        write_wheels(course, draft / "pypi")
        write_settings(draft, pyodide_dist is not None)
        if pyodide_dist is not None:
            write_pyodide(pyodide_dist, PACKAGES, draft / "static" / "pyodide",
                          kernel_extension() / "static" / "pypi", draft / "pypi")
        run_jupyterlite(draft, folder)
    write_images(folder)
    add_our_pages(course, folder)


# What goes in


def write_chapters(course: Course, folder: Path) -> None:
    """The released notebooks, side by side, with links that fit there."""
    folder.mkdir(parents=True)
    for chapter in CHAPTERS:
        text = course.released(chapter).read_text(encoding="utf-8")
        for other in CHAPTERS:
            text = text.replace(f"](../{other}/{other}.ipynb", f"]({other}.ipynb")
        (folder / f"{chapter}.ipynb").write_text(text, encoding="utf-8", newline="\n")


def write_wheels(course: Course, folder: Path) -> list[Path]:
    """What Python installs in the page: the student's part of the course, and ``comm``.

    The kernel waits for ever without ``comm``, which Pyodide does not have.
    """
    folder.mkdir(parents=True)
    return [write_course_wheel(course, folder), write_installed_wheel("comm", folder)]


def write_course_wheel(course: Course, folder: Path) -> Path:
    """The wheel that students install, without the notebooks and without MNIST.

    The notebooks lie beside it, and the images are fetched when a chapter asks for them.
    """
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
                   "--no-deps", "--wheel-dir", made, str(course.root)]
        _run(command, course.root, "The wheel for students could not be built")
        (whole,) = Path(made).glob("*.whl")
        with zipfile.ZipFile(whole) as source:
            members = {name: source.read(name) for name in source.namelist()
                       if not name.startswith("autograder/released/")
                       and name != "course_data/mnist.npz"}
    return _write_wheel(folder / whole.name, members)


def write_installed_wheel(name: str, folder: Path) -> Path:
    """A wheel of a package of pure Python, from what is installed here."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        raise LiteError(f"{name} is not installed; run make site, or install it with: "
                        'pip install -e ".[site]"') from None
    members = {file.as_posix(): Path(str(file.locate())).read_bytes()
               for file in package.files or ()
               if file.suffix in (".py", "") and "__pycache__" not in file.parts
               and file.name not in ("INSTALLER", "REQUESTED") and ".." not in file.parts}
    return _write_wheel(folder / f"{name}-{package.version}-py3-none-any.whl", members)


def _write_wheel(path: Path, members: dict[str, bytes]) -> Path:
    """A wheel with the same bytes each time; its list of files fits what is in it."""
    record = next(name for name in members if name.endswith(".dist-info/RECORD"))
    members[record] = "".join(f"{name},,\n" for name in sorted(members)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            archive.writestr(_entry(name), members[name], zipfile.ZIP_DEFLATED, 9)
    return path


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry of an archive that is the same whenever it is made."""
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


# How it is put together


def write_settings(draft: Path, own_pyodide: bool) -> None:
    """The files that JupyterLite's build reads."""
    wheels = [f"{FROM_THE_KERNEL}{path.name}" for path in sorted((draft / "pypi").glob("*.whl"))
              if path.name.startswith("backprop_course")]
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js" if own_pyodide else f"{PYODIDE_CDN}pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": [*PACKAGES, *wheels]},
    }
    _write_json(draft / "jupyter-lite.json", {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Backpropagation, derived and checked",
            "exposeAppInBrowser": True,  # which notices.js and the tests rely on
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    })
    _write_json(draft / "overrides.json", SETTINGS)
    _write_json(draft / "jupyter_lite_config.json", {"LiteBuildConfig": {
        "apps": ["lab"],
        "contents": ["contents"],
        "federated_extensions": [str(kernel_extension())],
        "ignore_sys_prefix": ["federated_extensions"],  # not what else is installed here
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }})


def kernel_extension() -> Path:
    """The folder of the program that starts Python in a page."""
    extension = Path(sys.prefix, "share", "jupyter", "labextensions", *KERNEL.split("/"))
    if not extension.is_dir():
        raise LiteError("jupyterlite-pyodide-kernel is not installed; run make site, or install "
                        'it with: pip install -e ".[site]"')
    return extension


def write_images(folder: Path) -> None:
    """The first images of MNIST, which a page fetches when it needs them."""
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        archive.writestr(_entry("mnist_small.npz"), small_archive(), zipfile.ZIP_DEFLATED, 9)


def run_jupyterlite(draft: Path, folder: Path) -> None:
    """JupyterLite's own build, from nothing: what it keeps of an earlier one misleads it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir",
               str(folder.resolve())]
    _run(command, draft, "JupyterLite could not be built")


def add_our_pages(course: Course, folder: Path) -> None:
    """Notices in the page of JupyterLite; and the page of progress with what it has to know."""
    own = course.root / "docs" / "lite"
    for path in sorted(own.iterdir()):
        shutil.copyfile(path, folder / path.name)
    page = folder / "lab" / "index.html"
    text = page.read_text(encoding="utf-8")
    script = '<script type="module" src="../notices.js"></script>'
    page.write_text(text.replace("</head>", f"  {script}\n  </head>", 1), encoding="utf-8")
    _write_json(folder / "exercises.json", {
        chapter: {name: exercise.max_points for name, exercise in exercises_of(chapter).items()}
        for chapter in CHAPTERS
    })


# Helpers


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _run(command: list[str], folder: Path, failed: str) -> None:
    """Run a program whose words matter only if it fails; nobody's settings have a say in it."""
    environment = {**os.environ, "JUPYTER_NO_CONFIG": "1", "JUPYTER_CONFIG_DIR": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise LiteError(f"{failed}:\n{(done.stdout + done.stderr)[-3000:]}")
