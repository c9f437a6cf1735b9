"""What an installation consists of: one list of packages in two files, no file forgotten."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from autograder.checking.rubric import run_check
from autograder.exercises import CHAPTERS
from autograder.kit.functions import LocalFunctions
from autograder.tests.conftest import REPOSITORY
from autograder.tests.keys import keys_of, reference_of

STUDENT_PACKAGES = {"numpy", "matplotlib", "ipython"}
OTHER_PACKAGES = [
    "distributed", "jupyterlab", "jupytext", "nbconvert", "nbformat", "nbgrader", "rich",
]


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@cache
def pyproject() -> dict:
    return tomllib.loads(text_of("pyproject.toml"))


@cache
def environment() -> dict:
    return yaml.safe_load(text_of("environment.yml"))


def bounds(requirements) -> dict[str, tuple[SpecifierSet, str]]:
    """Name to bounds and marker, however they are spelt."""
    parsed = [Requirement(text) for text in requirements]
    assert len({r.name for r in parsed}) == len(parsed), "a package is listed twice"
    return {r.name: (r.specifier, str(r.marker or "")) for r in parsed}


def conda_packages() -> dict:
    return bounds(line for line in environment()["dependencies"] if isinstance(line, str))


def pip_lines() -> list[str]:
    (lines,) = [line["pip"] for line in environment()["dependencies"] if isinstance(line, dict)]
    return lines


def test_environment_and_pyproject_list_the_same_packages_with_the_same_bounds():
    installed = conda_packages() | bounds(line for line in pip_lines() if line != "-e .")
    del installed["python"], installed["pip"]
    project = pyproject()["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["grading"]
    assert installed == bounds(wanted)


def test_environment_has_a_name_and_packages_from_conda_forge_alone():
    assert environment()["name"] == "backprop-course"
    assert environment()["channels"] == ["conda-forge"]


def test_environment_installs_the_course_itself_after_pip():
    assert "pip" in conda_packages()
    assert pip_lines()[-1] == "-e ."


def test_every_package_has_a_lower_bound_and_no_surprise_above():
    requirements = conda_packages()
    del requirements["pip"]
    for name, (specifier, _) in requirements.items():
        signs = {part.operator for part in specifier}
        assert signs in ({">=", "<"}, {"=="}), name


def test_python_versions_agree_everywhere():
    wanted = SpecifierSet(pyproject()["project"]["requires-python"])
    assert conda_packages()["python"][0] == wanted
    version = {part.operator: part.version for part in wanted}
    low, high = version[">="], version["<"]
    versions = r"\((\d+), (\d+)\) <= sys.version_info < \((\d+), (\d+)\)"
    assert re.search(versions, text_of("Makefile")).groups() == (*low.split("."), *high.split("."))
    assert pyproject()["tool"]["ruff"]["target-version"] == "py" + low.replace(".", "")
    last = f"3.{int(high.split('.')[1]) - 1}"
    assert re.search(rf"Python {low} to {last}\b", text_of("README.md"))


def test_extras_name_extras_that_exist():
    extras = pyproject()["project"]["optional-dependencies"]
    for requirements in extras.values():
        for requirement in map(Requirement, requirements):
            if requirement.name == pyproject()["project"]["name"]:
                assert requirement.extras <= set(extras)


# Packages and their files


def setuptools_table() -> dict:
    return pyproject()["tool"]["setuptools"]


def package_folder(package: str) -> Path:
    top, *rest = package.split(".")
    return REPOSITORY.joinpath(setuptools_table()["package-dir"][top], *rest)


def folders_with(pattern: str) -> set[Path]:
    tops = [REPOSITORY / name for name in setuptools_table()["package-dir"].values()]
    return {file.parent for top in tops for file in top.rglob(pattern)}


ONLY_IN_A_CHECKOUT = ("authoring", "examination", "grading", "mistakes", "tests")
"""Parts of the package that students do not install; see test_wheel.py."""


def test_every_folder_with_code_is_for_students_or_stays_in_the_checkout():
    listed = [package_folder(package) for package in setuptools_table()["packages"]]
    assert len(set(listed)) == len(listed)
    kept = tuple(REPOSITORY / "autograder" / name for name in ONLY_IN_A_CHECKOUT)
    others = {f for f in folders_with("*.py") if not any(f.is_relative_to(k) for k in kept)}
    assert set(listed) == others
    assert all((folder / "__init__.py").is_file() for folder in folders_with("*.py"))


def test_public_keys_and_digits_are_installed_with_the_code():
    included = {
        path.relative_to(REPOSITORY).as_posix()
        for package, patterns in setuptools_table()["package-data"].items()
        for pattern in patterns for path in package_folder(package).glob(pattern)
    }
    wanted = {f"autograder/public/{chapter}.npz" for chapter in CHAPTERS} | {"data/mnist.npz"}
    assert wanted <= included
    assert {name for name in included if "/public/" in name} <= wanted, "a key of no chapter"


def test_licences_and_readme_exist():
    project = pyproject()["project"]
    for name in [*project["license-files"], project["readme"]]:
        assert (REPOSITORY / name).is_file(), name


def test_every_module_of_the_course_that_is_imported_exists():
    """Commands import what they need when they run, so that a missing module shows late."""
    missing = [
        f"{path.relative_to(REPOSITORY)}, line {node.lineno}: {node.module}"
        for folder in folders_with("*.py") for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 0
        and node.module.split(".")[0] in setuptools_table()["package-dir"]
        and not importlib.util.find_spec(node.module)
    ]
    assert not missing


def test_students_part_needs_only_its_three_packages_and_holds_no_wrong_answers():
    assert set(bounds(pyproject()["project"]["dependencies"])) == STUDENT_PACKAGES
    code = f"""
import sys
sys.modules.update(dict.fromkeys({OTHER_PACKAGES!r}))  # importing one of them now fails
import autograder.pictures, course_data
from autograder import check, when_written
def identity(x): return x
result = check(identity)
assert result.points == result.max_points == 1, result
print([name for name in sys.modules if name.startswith("autograder.mistakes")])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


# Commands


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text_of("Makefile"), re.MULTILINE))


def test_makefile_has_the_targets_that_are_promised():
    targets = makefile_targets()
    assert {"demo", "test", "test-all", "lint", "wheel"} <= targets
    (phony,) = re.findall(r"^\.PHONY:(.*)$", text_of("Makefile"), re.MULTILINE)
    assert set(phony.split()) == targets
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text_of("README.md"), re.MULTILINE)) <= targets


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_understands_every_target():
    command = ["make", "--dry-run", *sorted(makefile_targets())]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


# The example at the top of the README


def test_readme_shows_what_a_check_says():
    shown = text_of("README.md").partition("```\n")[2].partition("```")[0]

    def transposed(dout, cache):
        x, w, _ = cache
        flat = x.reshape(len(x), -1)
        return (dout @ w.T).reshape(x.shape), dout.T @ flat, dout.sum(axis=0)

    functions = {**reference_of("03_affine"), "affine_backward": transposed}
    said = str(run_check(keys_of("03_affine", "public")["affine_backward"],
                         LocalFunctions(functions)))

    def without_errors(text: str) -> str:
        return re.sub(r"relative error [\de-]+", "relative error", text)

    assert without_errors(said).startswith(without_errors(shown))
