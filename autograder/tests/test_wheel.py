"""What students install: it holds what they need, works alone, and gives no answer away."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder import __version__
from autograder.seal import MODEL_ANSWER, for_a_class
from autograder.tests.conftest import FULL, REPOSITORY, make_checkout

PARTS = ("autograder", "course", "data", "pyproject.toml", "setup.py", "README.md", "LICENSE",
         "LICENSE-text")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of a copy of this checkout, so that nothing is left in it."""
    copy, target = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    # Left over from an earlier version: it must not come along.
    stale = copy / "build" / "setuptools" / "lib" / "autograder" / "mistakes.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("MISTAKES = []")
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", target, copy], target)
    (made,) = target.glob("*.whl")
    return made


def run(command, folder, status=0) -> str:
    """What a command prints; it must end with the given status."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_wheel_holds_what_students_need_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    chapters = [path.stem for path in sorted((REPOSITORY / "solutions").glob("*.py"))]
    modules = {chapter.split("_", 1)[1] for chapter in chapters}
    assert wheel.name == f"backprop_course-{__version__}-py3-none-any.whl"
    checking = {path.stem for path in (REPOSITORY / "autograder" / "checking").glob("*.py")}
    exercises = {path.stem for path in (REPOSITORY / "autograder" / "exercises").glob("*.py")}
    assert modules <= exercises
    assert names == {
        *(f"autograder/{name}.py" for name in (
            "__init__", "bringing", "brought", "carry_over", "cells", "checkpoints", "cli",
            "earned", "errors", "files", "in_browser", "live", "live_curves", "nearby",
            "own_notebook", "orderly_end", "own_tool", "pictures", "seal", "sliding_window",
            "threads", "training", "used", "watched_notebook", "working_copy")),
        *(f"autograder/checking/{name}.py" for name in checking),
        *(f"autograder/exercises/{name}.py" for name in exercises),
        *(f"autograder/kit/{name}.py"
          for name in ("__init__", "formats", "functions", "leftover", "plain", "reading",
                       "sources", "student_error", "watching")),
        *(f"autograder/public/{chapter}.npz" for chapter in chapters),
        *(f"autograder/released/{chapter}/{chapter}.ipynb" for chapter in chapters),
        "course_data/__init__.py", "course_data/in_page.py", "course_data/mnist.py",
        "course_data/mnist.npz",
        "course_data/README.md",
    }


def test_no_line_of_a_wrong_or_right_function_is_in_the_wheel(wheel):
    """Long lines only: short ones such as ``return x`` are nobody's secret."""
    with zipfile.ZipFile(wheel) as archive:
        shipped = {
            line.strip()
            for name in archive.namelist() if name.endswith(".py")
            for line in archive.read(name).decode().splitlines()
        }
    for folder in ("mistakes", "examination/right"):
        for path in (REPOSITORY / "autograder" / folder).glob("*.py"):
            secret = {
                line.strip() for line in path.read_text(encoding="utf-8").splitlines()
                if re.search(r"^\s+return .*[@*/].*", line) and len(line.strip()) > 30
            }
            assert not secret & shipped, path


def test_notebooks_in_the_wheel_are_the_released_ones(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for path in (REPOSITORY / "course").glob("*/*.ipynb"):
            packed = archive.read(f"autograder/released/{path.stem}/{path.name}").decode()
            assert packed == for_a_class(path.read_text(encoding="utf-8"))
            assert MODEL_ANSWER not in packed


@pytest.mark.slow
def test_no_wheel_is_made_of_a_notebook_that_holds_answers(tmp_path):
    shutil.copytree(REPOSITORY / "autograder", tmp_path / "copy" / "autograder",
                    ignore=shutil.ignore_patterns("__pycache__", "tests", "examination"))
    for part in set(PARTS) - {"autograder"}:
        copy = shutil.copytree if (REPOSITORY / part).is_dir() else shutil.copy
        copy(REPOSITORY / part, tmp_path / "copy" / part)
    path = tmp_path / "copy" / "course" / "00_welcome" / "00_welcome.ipynb"
    path.write_text(path.read_text("utf-8").replace("raise NotImplementedError()", "return x"),
                    "utf-8")
    target = tmp_path / "made"
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", target, tmp_path / "copy"]
    told = run(command, tmp_path, status=1)
    assert "00_welcome.ipynb has been written in" in told and "run make build first" in told
    assert not list(target.glob("*.whl"))


@pytest.mark.slow
def test_wheel_alone_solves_a_chapter(wheel, tmp_path):
    """In a fresh environment and an empty folder: check works, grade says where it runs."""
    environment, folder = tmp_path / "environment", tmp_path / "homework"
    run([sys.executable, "-m", "venv", environment], tmp_path)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    run([binaries / "python", "-m", "pip", "install", "--quiet", wheel], tmp_path)
    listing = ("import importlib.metadata as m\n"
               "print(*(d.name.lower() for d in m.distributions()))")
    installed = set(run([binaries / "python", "-c", listing], tmp_path).split())
    assert {"backprop-course", "numpy", "matplotlib", "ipython"} <= installed
    assert not installed & {"nbgrader", "nbformat", "jupytext", "rich", "jupyterlab", "torch"}

    course = make_checkout(tmp_path / "checkout", ("03_affine",))
    folder.mkdir()
    solved = folder / "03_affine (solved).ipynb"
    shutil.copy(course.source("03_affine"), solved)
    told = run([binaries / "autograder", "start"], folder)
    assert told.startswith("Copied into my-course: 00_welcome, ")
    shutil.copy(folder / "my-course" / "03_affine" / "03_affine.ipynb", folder)
    told = run([binaries / "autograder", "check", solved], folder)
    assert told.rstrip().endswith(
        f"automatic {FULL:g} of {FULL:g} points · written: graded by a person")
    told = run([binaries / "autograder", "check", folder / "03_affine.ipynb"], folder, status=1)
    assert f"0 of {FULL:g} points" in told and "not written yet" in told
    for command in (["grade", "03_affine"], ["build"], ["demo"]):
        told = run([binaries / "autograder", *command], folder, status=1)
        assert told.count("\n") == 1
        assert "from a checkout of the course" in told and 'pip install -e ".[grading]"' in told
    told = run([binaries / "autograder", "check", folder / "03_nothing.ipynb"], folder, status=1)
    assert "03_nothing.ipynb does not begin with the name of a chapter" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_checkout_installs_with_everything(tmp_path):
    """An editable install finds the parts that the wheel leaves out."""
    told = run([sys.executable, "-c", (
        "import autograder.grading.batch, autograder.mistakes, autograder.examination, course_data;"
        "print(autograder.__file__)")], tmp_path)
    assert str(REPOSITORY) in told
