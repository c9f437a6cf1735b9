"""The teachers' part of the book: every command in it is one, and a newcomer gets through."""

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.demo import CLASS
from autograder.cli import parser
from autograder.tests.conftest import CHAPTER, REPOSITORY, make_checkout
from autograder.tests.test_wheel import PARTS

DOCUMENTS = (
    "README.md", "docs/teaching.md", "autograder/grading/classes/class_folder/README.md.j2",
)
TEACHING = (REPOSITORY / "docs" / "teaching.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_are_taken_as_they_stand(document):
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    found = re.findall(r"^autograder .*|(?<=`)autograder [^\s`]+ [^`]+(?=`)", text, re.MULTILINE)
    assert len(found) >= 7
    for line in found:
        parser().parse_args(shlex.split(line, comments=True)[1:])


def blocks(kind: str = "") -> list[str]:
    """The code blocks of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEACHING, re.MULTILINE | re.DOTALL)
    return [text for language, text in found if language == kind]


def typed() -> list[str]:
    """What is typed in the folder of a class, in the order of the page."""
    lines = [line.partition(" #")[0].strip() for block in blocks() for line in block.splitlines()]
    return [line for line in lines if line.startswith(("autograder ", "nbgrader "))]


def solved(course, name: str) -> str:
    """A notebook of the sample class."""
    notebook = nbformat.read(course.source(CHAPTER), as_version=4)
    next(student for student in CLASS if student.name == name).spoil(notebook)
    return nbformat.writes(notebook)


def download(course, path: Path) -> None:
    """What Canvas gives: one student is found by the number, and one is nobody's."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"lovelaceada_4711_900_{CHAPTER}.ipynb", solved(course, "ada"))
        archive.writestr(f"liwei_777_901_{CHAPTER}.ipynb", solved(course, "bruno"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
def test_newcomer_gets_from_an_empty_folder_to_published_feedback(tmp_path):
    course = make_checkout(tmp_path / "course")
    for part in set(PARTS) - {"course"}:
        (course.root / part).symlink_to(REPOSITORY / part)
    home = course.root / "build"  # the class is taught from the checkout that it lies in
    programs = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": programs + os.pathsep + os.environ["PATH"],
                   "HOME": str(home), "PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"}

    def run(line: str) -> str:
        done = subprocess.run(["sh", "-c", line], cwd=folder if folder.is_dir() else home,
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        # A regrade with nobody to ask is not written, and says so by its status.
        assert done.returncode == (1 if line.endswith("--again") else 0), line + done.stderr
        return done.stdout

    folder = home / "backprop-2026"
    commands = typed()
    told = {commands[0]: run(commands[0])}
    students = next(block for block in blocks() if block.startswith("id,"))
    (folder / "students.csv").write_text(students + "wei1,,,wei,Wei Lin,wei@example.org\n")
    (folder / "class.toml").write_text(blocks("toml")[0])
    download(course, folder / "submissions.zip")
    (folder / "Grades.csv").write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{CHAPTER} (7)\n"
        '    Points Possible,,,,,47.00\n"Lovelace, Ada",4711,,ada.l,A,\n')
    (folder / "Worksheet.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments\n"
        "Participant 7,Ada Lovelace,ada@example.org,Submitted for grading,,47.00,Yes,-,-,\n")
    for line in commands[1:]:
        told[line] = run(line)
    assert "1 not assigned" in told[f"autograder collect {CHAPTER} submissions.zip"]
    assert "dw is transposed" in told[f"autograder report {CHAPTER}"]
    assert "1 written answer waits" in told[f"autograder grade {CHAPTER}"]
    assert len(list((folder / "exchange" / "backprop-2026" / "feedback").iterdir())) == 2
    assert "44" in (folder / "Grades.filled.csv").read_text().splitlines()[-1]
    assert "wei1" in (folder / "grades.csv").read_text()
    made = {path.name for path in folder.iterdir()}
    assert {"handout", "collected", "reports", "feedback", "gradescope", "similar",
            "grades-moodle.csv", f"grades-{CHAPTER}-items.csv"} <= made
