"""The scripts for a class server are valid, and what they call is there. Nothing is installed."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

from autograder.cli import parser
from autograder.tests.conftest import REPOSITORY

HOSTING = REPOSITORY / "docs" / "hosting"
SCRIPT, DOCKERFILE = HOSTING / "jupyterhub.sh", HOSTING / "Dockerfile"
PAGE = (REPOSITORY / "docs" / "hosting.md").read_text(encoding="utf-8")
needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="no bash")


def refused(**settings: str) -> str:
    """What the script says when it stops before it has done anything."""
    # Not as root, it goes no further than its first question, whatever else is wrong here.
    done = subprocess.run(["bash", str(SCRIPT)], env={**os.environ, **settings},
                          capture_output=True, text=True)
    assert done.returncode == 1 and not done.stdout
    return done.stderr


@needs_bash
def test_script_is_bash():
    subprocess.run(["bash", "-n", str(SCRIPT)], check=True)
    assert os.access(SCRIPT, os.X_OK)


@needs_bash
@pytest.mark.skipif(os.name == "nt", reason="a script for Linux")
def test_script_does_nothing_for_what_cannot_be_meant(tmp_path):
    if os.geteuid():
        assert "run as root" in refused()
        return
    assert "letters, digits" in refused(CLASS="two words")
    assert "letters, digits" in refused(HOME_OF_ALL='/srv/"; true')
    assert "has to begin with /" in refused(HOME_OF_ALL="srv")
    assert "in clear" in refused(ADDRESS="0.0.0.0")
    assert "cannot be read" in refused(STUDENTS=str(tmp_path / "no.csv"))


@pytest.mark.parametrize("path", [SCRIPT, DOCKERFILE, REPOSITORY / "docs" / "hosting.md"])
def test_commands_are_commands(path):
    text = path.read_text(encoding="utf-8")
    found = re.findall(
        r"(?:^(?:RUN )?|as_teacher |autograder\" |/course\" )autograder ([a-z].*)", text,
        re.MULTILINE)
    found += re.findall(r"^#?\s*backprop-grading ([a-z].*)$", text, re.MULTILINE)
    assert found
    for line in found:
        parser().parse_args(shlex.split(line, comments=True))


def test_functions_of_the_script_are_all_called():
    text = SCRIPT.read_text(encoding="utf-8")
    made = re.findall(r"^(\w+)\(\) \{", text, re.MULTILINE)
    assert len(made) > 10
    for name in made:
        assert len(re.findall(rf"\b{name}\b", text)) >= 2, name


def test_hub_is_configured_by_the_settings_that_the_script_writes():
    written = re.search(r"settings\.toml\" <<END\n(.*?)^END", SCRIPT.read_text("utf-8"),
                        re.MULTILINE | re.DOTALL)
    configuration = (HOSTING / "jupyterhub_config.py").read_text(encoding="utf-8")
    compile(configuration, "jupyterhub_config.py", "exec")
    read = set(re.findall(r"SETTINGS\[[\"'](\w+)[\"']\]", configuration))
    assert read == set(re.findall(r"^(\w+) =", written[1], re.MULTILINE))


def test_page_names_parameters_of_the_script():
    top = dict(re.findall(r"^(\w+)=\$\{\1:-(.*?)\}", SCRIPT.read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\b([A-Z_]{3,})=", PAGE)) | {"ADDRESS", "CERTIFICATE", "KEY"}
    assert named <= set(top)
    assert top["HOME_OF_ALL"] in PAGE and top["PORT"] in PAGE


def test_image_takes_along_what_a_build_needs_and_nothing_of_a_class():
    copied = [word for line in re.findall(r"^COPY (.*)", DOCKERFILE.read_text("utf-8"), re.M)
              for word in line.split()[:-1]]
    assert {"autograder", "solutions", "course", "data", "pyproject.toml"} <= set(copied)
    assert not {".", "class", "my-course", "build"} & set(copied)
    assert all((REPOSITORY / name).exists() for name in copied)
