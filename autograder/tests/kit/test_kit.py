"""The kit is all that the jail sees, and needs nothing that the jail does not have."""

import ast
import os
import sys
from pathlib import Path

import pytest

from autograder import kit
from autograder.grading.engine import copy_kit
from autograder.tests.conftest import REPOSITORY

KIT = Path(kit.__file__).parent
PLAIN_PART = {"__init__", "functions", "plain", "student_error", "watching"}
LIBRARIES = {"numpy", "matplotlib", "IPython"}
BINDINGS = {"landlockpy", "seccompy"}
MODULES = sorted(path.stem for path in KIT.glob("*.py"))


def imports_of(module: str) -> list[tuple[str, bool]]:
    """The modules that a module of the kit imports, and whether it does so inside a function."""
    tree = ast.parse((KIT / f"{module}.py").read_text(encoding="utf-8"))
    inside = {
        id(node) for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef)
        for node in ast.walk(outer)
    }
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [(name, id(node) in inside) for name in names]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_kit_imports_nothing_from_outside_but_three_libraries(module):
    for name, inside_a_function in imports_of(module):
        top = name.split(".")[0]
        if top == "autograder":
            assert name.startswith("autograder.kit"), name
        elif top in BINDINGS:
            assert module in {"jail", "system_calls", "zygote"} and inside_a_function, name
        else:
            assert top in sys.stdlib_module_names | LIBRARIES, name


@pytest.mark.parametrize("module", sorted(PLAIN_PART))
def test_plain_part_imports_nothing_of_the_jail(module):
    for name, _ in imports_of(module):
        if name.startswith("autograder.kit."):
            assert name.split(".")[2] in PLAIN_PART, name


def test_copy_for_the_jail_holds_the_kit_and_a_stand_in_and_shows_the_data(tmp_path):
    copy_kit(tmp_path / "package")
    files = {
        str(path.relative_to(tmp_path / "package"))
        for path in (tmp_path / "package").rglob("*") if path.is_file()
        and "course_data" not in path.parts
    }
    assert files == {os.path.join("autograder", "__init__.py")} | {
        os.path.join("autograder", "kit", f"{module}.py") for module in MODULES
    }
    data = tmp_path / "package" / "course_data"
    assert data.is_symlink() and data.resolve() == (REPOSITORY / "data").resolve()


def test_stand_in_takes_every_name_of_the_package(tmp_path):
    import subprocess

    copy_kit(tmp_path / "package")
    code = (
        "from autograder import check, when_written, anything_else\n"
        "from autograder.pictures import draw_node, OF_ANY_NAME\n"
        "import autograder.pictures as pictures\n"
        "assert check(1) is None and draw_node('x', loss=True) is None\n"
        "assert pictures.draw_graph() is None\n"
        "import autograder.kit.worker\n"
        "@when_written\ndef picture(): raise RuntimeError('not drawn here')\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path / "package")}, check=False)
    assert done.returncode == 0, done.stderr
