"""bubblewrap is started where it was found, and is not taken from everywhere."""

import os
import shutil

import pytest

from autograder.grading.jail import bubblewrap, isolation
from autograder.grading.jail.engine import Engine
from autograder.grading.jail.isolation import Engines
from autograder.kit import jail
from autograder.tests.conftest import strong_levels


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program of that name in a folder of its own, the only one on PATH."""
    folder = tmp_path / "conda" / "bin"
    folder.mkdir(parents=True)
    made = folder / "bwrap"
    made.write_text("#!/bin/sh\nexit 1\n")
    made.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return made


def test_the_first_on_path_is_found_with_its_full_path(program, monkeypatch):
    assert bubblewrap.find() == str(program)
    monkeypatch.setenv("PATH", "/no/such/folder")
    assert bubblewrap.find() == ""
    monkeypatch.delenv("PATH")
    bubblewrap.find()


def test_none_is_taken_from_the_current_folder_or_the_class(program, tmp_path, monkeypatch):
    monkeypatch.chdir(program.parent)
    for path in (".", "", f"{os.curdir}{os.pathsep}"):
        monkeypatch.setenv("PATH", path)
        assert bubblewrap.find() == ""
    monkeypatch.setenv("PATH", str(program.parent))
    assert bubblewrap.find([program.parents[2]]) == ""
    (tmp_path / "link").symlink_to(program.parents[1])
    assert bubblewrap.find([tmp_path / "link"]) == ""


@pytest.mark.parametrize("changed", ["program", "folder"])
def test_none_is_taken_that_everybody_may_change(program, changed):
    (program if changed == "program" else program.parent).chmod(0o777)
    assert bubblewrap.find() == ""


@pytest.mark.skipif(jail.NAMESPACES not in strong_levels(), reason="needs bubblewrap")
def test_it_is_started_where_it_was_found(program, monkeypatch):
    real = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")
    if real is None:
        pytest.skip("bubblewrap is somewhere else")
    program.write_text(f'#!/bin/sh\nexec {real} "$@"\n')
    with Engine(jail.NAMESPACES) as engine:  # nothing else is on PATH
        assert engine.process.args[0] == str(program)


@pytest.mark.skipif(jail.LANDLOCK not in strong_levels(), reason="needs Landlock")
def test_one_that_does_not_work_is_told_in_its_words(program):
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\n")
    with Engines(1) as engines:
        assert engines.settle() == jail.LANDLOCK
    (reason,) = engines.reasons
    assert reason.startswith("namespaces does not work here: bwrap: No permissions to create new "
                             "namespace (what may help: sudo sysctl ")


def test_its_absence_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/no/such/folder")
    monkeypatch.setattr(isolation, "_why_not", lambda engine: "")
    with Engines(0) as engines:
        assert engines.reasons == [
            "namespaces does not work here: bubblewrap is not installed "
            "(what may help: sudo apt install bubblewrap)"
        ]
