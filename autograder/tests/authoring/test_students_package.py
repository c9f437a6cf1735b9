"""What the students of a class install: the wheel, and a page that says how."""

import re
import shutil
import zipfile

import pytest

from autograder.authoring import students_package
from autograder.authoring.students_package import (
    NoWheel,
    as_page,
    instructions,
    make_students_package,
)
from autograder.course import Course
from autograder.grading.classes.classroom import Classroom
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.tests.conftest import REPOSITORY
from autograder.tests.test_wheel import PARTS

WHEEL = "backprop_course-1.0.0-py3-none-any.whl"


def test_instructions_name_the_class_the_wheel_and_four_ways():
    text = instructions("autumn", WHEEL)
    assert text.startswith("# autumn: ")
    assert re.findall("^## (.*)", text, re.MULTILINE) == [
        "On your machine, with pip", "On your machine, with conda", "On a JupyterHub",
        "In the browser", "While you work", "Handing in"]
    assert text.count(f'"./{WHEEL}"') == 3
    assert "{" not in text
    assert len(text.splitlines()) < 75


def test_page_runs_nothing_loads_nothing_and_says_the_same():
    page = as_page(instructions("autumn", WHEEL))
    assert f'content="{NOTHING_RUNS}"' in page
    assert "<title>autumn: how to work on the chapters</title>" in page
    assert not re.search(r"<(script|link|img|iframe)|https?://", page)
    assert page.count("<h2") == 6 and page.count("<pre>") == 2
    assert f"pip install jupyterlab &quot;./{WHEEL}&quot;" in page


def test_pip_that_fails_is_one_line(tmp_path):
    """A folder that is no checkout."""
    (tmp_path / "pyproject.toml").write_text("[build-system\n")
    with pytest.raises(NoWheel, match=r"^the wheel cannot be made: ") as told:
        make_students_package(Classroom(Course(tmp_path), tmp_path / "class"))
    assert "\n" not in str(told.value)
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize("said, told", [
    ("WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
     "ERROR: Could not find a version that satisfies the requirement setuptools>=77\n"
     "ERROR: No matching distribution found for setuptools>=77\n", "there is no network"),
    ("x\n  course/03.ipynb has been written in: no answers; run make build first\n  ERROR: y\n",
     "has been written in"),
    ("", "does not say why"),
])
def test_of_what_pip_says_the_helpful_line_is_told(said, told):
    assert told in students_package._why(said)


@pytest.mark.slow
def test_package_holds_the_wheel_and_the_page(tmp_path):
    for part in PARTS:
        copy = shutil.copytree if (REPOSITORY / part).is_dir() else shutil.copy
        copy(REPOSITORY / part, tmp_path / part)
    folder = tmp_path / "class" / "handout" / "students"
    folder.mkdir(parents=True)
    (folder / "backprop_course-0.1-py3-none-any.whl").write_text("of last year")
    make_students_package(Classroom(Course(tmp_path), tmp_path / "class"))
    (wheel,) = folder.glob("*.whl")
    assert wheel.name in (folder / "install.md").read_text()
    assert wheel.name in (folder / "install.html").read_text()
    with zipfile.ZipFile(wheel) as archive:
        assert not any("mistakes/" in name for name in archive.namelist())
