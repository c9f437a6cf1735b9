"""autograder init: a folder is made once; what is written into it is entered each time."""

import subprocess
import sys
from datetime import datetime

import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.new_class import NotAClassFolder, init_class
from autograder.grading.classes.roster import RosterError
from autograder.tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class with a gradebook: making its tables takes seconds."""
    folder = tmp_path_factory.mktemp("classes") / "autumn 1"
    return folder, init_class(folder, "autumn")


def write(folder, students: str) -> None:
    (folder / "students.csv").write_text("id,lms_id,name,email\n" + students, encoding="utf-8")


def gradebook(folder) -> Gradebook:
    classroom = Classroom.at(folder)
    return Gradebook(classroom.db_url, classroom.name)


def test_folder_holds_what_a_class_needs_and_says_what_comes_next(made):
    folder, told = made
    assert {path.name for path in folder.iterdir()} == {
        "class.toml", "students.csv", "nbgrader_config.py", "README.md", "gradebook.db", "source"}
    assert (folder / "source").resolve() == REPOSITORY / "build" / "source"
    assert told[0].startswith("Made the class autumn in ")
    assert "again" in told[1]
    readme = (folder / "README.md").read_text()
    assert readme.startswith("# autumn\n") and len(readme.splitlines()) < 50
    settings = Classroom.at(folder).settings
    assert settings is not None and (settings.name, settings.due) == ("autumn", {})


def test_students_are_entered_changed_and_never_taken_out(made):
    folder, _ = made
    write(folder, 'ada,7,"Lovelace, Ada",ada@example.org\nbruno,,Bruno Munari,\nzoe,,,\n')
    assert init_class(folder, None) == [
        "New in the gradebook: 3 students (ada, bruno, zoe)."]
    assert init_class(folder, "autumn") == ["autumn: nothing has changed."]
    write(folder, "ada,8,,\nbruno,,,bruno@example.org\n")
    assert init_class(folder, None) == [
        "Changed in the gradebook: 2 students (ada, bruno).",
        "In the gradebook and not in students.csv, left as they are: 1 student (zoe)."]
    with gradebook(folder) as book:
        known = {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in book.students}
    assert known == {"ada": ("Ada", "Lovelace", "ada@example.org", "8"),
                     "bruno": ("Bruno", "Munari", "bruno@example.org", None),
                     "zoe": (None, None, None, None)}


def test_a_line_that_cannot_be_used_changes_nothing(made):
    folder, _ = made
    before = (folder / "gradebook.db").read_bytes()
    write(folder, "new,,,\n<b>,,,\n")
    with pytest.raises(RosterError, match="line 3"):
        init_class(folder, None)
    assert (folder / "gradebook.db").read_bytes() == before


def test_extension_of_somebody_unknown_is_told(made):
    folder, _ = made
    write(folder, "ada,8,,\nbruno,,,bruno@example.org\n")
    text = (folder / CLASS_FILE).read_text()
    (folder / CLASS_FILE).write_text(text.replace("# 03_affine", "03_affine").replace(
        "# [extensions.03_affine]\n# ada", "[extensions.03_affine]\nadda"))
    assert init_class(folder, None)[-1] == (
        "03_affine: class.toml has extensions for 1 student (adda), whom neither students.csv nor "
        "the gradebook knows.")
    (folder / CLASS_FILE).write_text(text)


def test_the_template_shows_dates_that_can_be_used(made):
    """Its examples without the sign of a comment."""
    folder, _ = made
    text = (folder / CLASS_FILE).read_text()
    shown = text.replace("# 03_affine", "03_affine").replace("# [ext", "[ext")
    (folder / CLASS_FILE).write_text(shown.replace("# ada =", "ada ="))
    settings = Classroom.at(folder).settings
    assert settings is not None and set(settings.extensions["03_affine"]) == {"ada"}
    assert settings.due["03_affine"] > datetime(2026, 1, 1)
    (folder / CLASS_FILE).write_text(text)


def test_in_a_checkout_git_sees_nothing_of_it(classroom):
    folder = classroom.course.root / "autumn"
    init_class(folder, "autumn")
    assert (folder / ".gitignore").read_text() == "*\n"
    assert Classroom.at(folder).course == classroom.course
    subprocess.run(["git", "init", "-q"], cwd=classroom.course.root, check=True)
    status = subprocess.run(["git", "status", "--porcelain", "-uall", "autumn"], check=True,
                            cwd=classroom.course.root, capture_output=True, text=True)
    assert status.stdout == ""


def refused(folder, name, told):
    before = sorted(folder.rglob("*")) if folder.is_dir() else []
    with pytest.raises(NotAClassFolder, match=told):
        init_class(folder, name)
    assert (sorted(folder.rglob("*")) if folder.is_dir() else []) == before


def test_what_cannot_be_a_class_folder_is_left_alone(tmp_path, made):
    refused(tmp_path / "a", None, "--course NAME")
    refused(made[0], "spring", "is the class autumn already")
    refused(REPOSITORY / "docs" / "..", "x", "is a checkout of the course")
    refused(tmp_path / "a[1]", "x", "in its path")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file", "x", "is not a folder|cannot be made")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "nbgrader_config.py").write_text("c = get_config()\n")
    refused(theirs, "x", "has a nbgrader_config.py already")


@pytest.mark.parametrize("arguments, told", [
    (["init", "here"], "--course NAME"),
    (["init", "here", "--course", "a b"], "letters, digits"),
])
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, arguments, told):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1 and told in shown.err and not shown.out
    assert not (tmp_path / "here").exists()


def test_a_missing_extra_is_named_in_one_line(tmp_path):
    (tmp_path / CLASS_FILE).write_text('name = "a"\ndatabase = "postgresql://x@localhost/y"\n')
    code = ("import sys; sys.modules['psycopg'] = None\n"
            "from autograder.cli import main\nsys.exit(main(['init', '.']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ("autograder: psycopg is not installed; install it with: "
                           'pip install -e ".[grading,postgres]"\n')
