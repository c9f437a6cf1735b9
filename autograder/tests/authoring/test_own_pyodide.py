"""The part of Pyodide that lies beside the pages; what it does there is tested in test_lite.py."""

import json
import shutil

import pytest

from autograder.authoring import own_pyodide
from autograder.authoring.own_pyodide import (
    PROGRAM,
    PyodideError,
    files_of,
    find_node,
    read_lock,
)

PACKAGES = {
    "matplotlib": ["numpy", "fonttools"],
    "numpy": [],
    "fonttools": [],
    "matplotlib-inline": ["traitlets"],
    "traitlets": [],
    "scipy": ["numpy"],
}


@pytest.fixture
def dist(tmp_path):
    """A distribution whose files are empty."""
    packages = {name: {"file_name": f"{name}.whl", "depends": depends, "sha256": ""}
                for name, depends in PACKAGES.items()}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    for name in (*PROGRAM, *(f"{package}.whl" for package in PACKAGES)):
        (tmp_path / name).touch()
    return tmp_path


def test_packages_come_with_what_they_depend_on_and_no_others(dist):
    lock = read_lock(dist, ("matplotlib", "matplotlib_inline"))
    assert set(lock["packages"]) == {"matplotlib", "numpy", "matplotlib-inline", "traitlets"}
    assert lock["packages"]["matplotlib"]["depends"] == ["numpy"]
    assert set(files_of(lock)) - set(PROGRAM) == {f"{name}.whl" for name in lock["packages"]}


@pytest.mark.parametrize("missing", ["pyodide-lock.json", "pyodide.asm.wasm", "numpy.whl"])
def test_missing_file_is_named(dist, missing):
    (dist / missing).unlink()
    with pytest.raises(PyodideError, match=rf"holds no {missing}: PYODIDE_DIST must name"):
        read_lock(dist, ("numpy",))


def test_unknown_package_is_named(dist):
    with pytest.raises(PyodideError, match="holds no jedi"):
        read_lock(dist, ("jedi",))


def test_without_node_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(own_pyodide.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PyodideError, match=r"Node\.js is not installed"):
        find_node()
