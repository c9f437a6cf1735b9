"""Which class is meant, and what of it is secret, wherever it lies."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.grading.classes.class_file import BadClassFile
from autograder.grading.classes.classroom import Classroom, NoClass, configure_class
from autograder.grading.classes.new_class import TEMPLATES
from autograder.grading.jail.shown import what_is_shown
from autograder.tests.conftest import CHAPTER, REPOSITORY, make_checkout


def class_folder(folder: Path, more: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "class.toml").write_text(f'name = "autumn"\n{more}')
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A checkout that no test writes into."""
    return make_checkout(tmp_path_factory.mktemp("checkout"), ())


def test_class_is_found_from_a_folder_in_it_before_the_checkout(course):
    folder = class_folder(course.root / "autumn")
    inside = folder / "submitted" / "ada"
    inside.mkdir(parents=True)
    found = Classroom.find(inside)
    assert (found, found.name, found.root) == (Classroom(course, folder), "autumn", folder)


def test_in_a_checkout_it_is_the_checkouts_own_class(course):
    found = Classroom.find(course.root / "solutions")
    assert found == Classroom(course, course.root / "class")
    assert (found.name, found.root, found.settings) == ("backprop", course.root, None)


def test_outside_it_is_taught_from_the_installed_checkout(tmp_path):
    assert Classroom.find(class_folder(tmp_path / "a")).course.root == REPOSITORY


def test_nowhere_is_told_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["grade", CHAPTER]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "--class" in told
    assert main(["grade", CHAPTER, "--class", "here"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "autograder init" in told
    with pytest.raises(NoClass):
        Classroom.find()


def test_paths_of_class_toml_are_meant_from_its_folder(tmp_path):
    folder = class_folder(tmp_path / "a")
    plain = Classroom.at(folder)
    assert plain.gradebook == folder / "gradebook.db"
    assert plain.exchange == folder / "exchange"
    elsewhere = Classroom.at(class_folder(
        tmp_path / "b", 'database = "sqlite:///../books/b.db"\nexchange = "/srv/exchange"\n'))
    assert elsewhere.gradebook.resolve() == tmp_path / "books" / "b.db"
    assert elsewhere.exchange == Path("/srv/exchange")


def test_nothing_of_a_class_anywhere_is_shown_to_students_code(tmp_path):
    books, exchange = tmp_path / "books" / "b.db", tmp_path / "exchange"
    folder = class_folder(tmp_path / "b", f'database = "sqlite:///{books}"\n'
                                          f'exchange = "{exchange}"\n')
    records = tmp_path / "records"
    records.mkdir()
    (folder / "records").symlink_to(records)
    books.parent.mkdir()
    books.touch()
    classroom = Classroom.at(folder)
    secrets = {path.resolve() for path in classroom.secrets()}
    assert {folder, books, exchange, records, classroom.course.root} <= secrets
    shown = what_is_shown(classroom.secrets(), more=[tmp_path / "elsewhere"])
    for path in (folder, books, records, folder / "submitted"):
        assert not shown.shows(str(path))


def test_configuration_that_does_not_work_ends_nbgrader(tmp_path):
    """It would go on with its own settings, and run student code with nothing around it."""
    from traitlets.config import Config

    folder = class_folder(tmp_path / "a", "colour = 1\n")
    with pytest.raises(BadClassFile):
        Classroom.at(folder).name  # noqa: B018
    with pytest.raises(SystemExit, match=r"^autograder: .*colour is not known"):
        configure_class(Config(), str(folder / "nbgrader_config.py"))


@pytest.mark.slow
def test_nbgrader_of_another_environment_runs_nothing(tmp_path):
    template = TEMPLATES / "nbgrader_config.py.j2"
    folder = class_folder(tmp_path / "a")
    (folder / "nbgrader_config.py").write_text(template.read_text())
    code = ("import sys; sys.modules['autograder.grading.classes.classroom'] = None\n"
            "from nbgrader.apps import NbGraderApp\n"
            "NbGraderApp.launch_instance(['autograde', '03_affine'])")
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1
    assert "use the nbgrader of the environment" in done.stderr and "INFO" not in done.stderr
