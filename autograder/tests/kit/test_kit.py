"""The kit is all that the jail sees, and needs nothing that the jail does not have."""

import ast
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from autograder import kit
from autograder.grading.jail.libraries import needed_libraries
from autograder.grading.jail.shown import data_folder

KIT = Path(kit.__file__).parent
PLAIN_PART = {"__init__", "functions", "leftover", "plain", "student_error", "watching"}
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


def start(code: str, tmp_path) -> subprocess.CompletedProcess:
    """Run code where a zygote would begin: with the package that it has, and no other."""
    ours, theirs = socket.socketpair()
    copy = tmp_path / "kit"
    shutil.copytree(KIT, copy)
    (copy / "zygote.py").write_text(f"def main(control, settings):\n{indent(code, '    ')}")
    settings = {"libraries": needed_libraries().folders, "names": None, "data": str(data_folder())}
    with ours, theirs:
        ours.sendall(json.dumps(settings).encode() + b"\n")
        return subprocess.run(
            [sys.executable, "-I", "-S", "-B", copy / "start.py", str(theirs.fileno())], text=True,
            pass_fds=[theirs.fileno()], cwd=tmp_path, capture_output=True, check=False,
        )


def test_stand_in_takes_every_name_of_the_package(tmp_path):
    code = (
        "from autograder import check, when_written, anything_else\n"
        "from autograder.pictures import draw_node, OF_ANY_NAME\n"
        "import autograder.pictures as pictures\n"
        "assert check(1) is None and draw_node('x', loss=True) is None\n"
        "assert pictures.draw_graph() is None\n"
        "import autograder.kit.worker\n"
        "@when_written\ndef picture(): raise RuntimeError('not drawn here')\n"
    )
    done = start(code, tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_zygote_has_the_kit_and_the_data_and_nothing_else_of_the_course(tmp_path):
    code = (
        "import importlib, os, sys\n"
        "import autograder, autograder.kit.worker, course_data\n"
        "assert autograder.__path__ == []\n"
        "assert os.path.dirname(autograder.kit.worker.__file__) == autograder.kit.__path__[0]\n"
        "assert len(course_data.load_mnist()[0][0]) == 60_000\n"
        "for name in ('course', 'mistakes', 'checking', 'grading', 'examination'):\n"
        "    try:\n"
        "        importlib.import_module('autograder.' + name)\n"
        "    except ModuleNotFoundError:\n"
        "        continue\n"
        "    sys.exit(name)\n"
        "assert callable(help) and not sys.argv[2:]\n"
    )
    done = start(code, tmp_path)
    assert done.returncode == 0, done.stderr
