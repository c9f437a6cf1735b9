"""What a jail is shown, wherever the course, the class and the libraries lie."""

import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from autograder.grading.classes.classroom import Classroom
from autograder.grading.jail import shown as module
from autograder.grading.jail.engine import Engine
from autograder.grading.jail.shown import SecretShown, python_paths, what_is_shown
from autograder.tests.conftest import CHAPTER, make_checkout, strong_levels

STUDENT = "zsuzsanna"


@pytest.fixture
def usr(tmp_path, monkeypatch) -> Path:
    """A prefix with shared libraries, fonts, and libraries of Python, one of which is needed."""
    usr = tmp_path / "usr"
    site = usr / "lib" / "python3" / "dist-packages"
    for folder in (site / "numpy", site / "other", usr / "share" / "fonts", usr / "src"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("")
    (usr / "lib" / "libc.so").write_text("")
    paths = (str(usr / "lib"), str(usr / "share" / "fonts"), str(site / "numpy"))
    monkeypatch.setattr(module, "python_paths", lambda: paths)
    monkeypatch.setattr(module, "library_folders", lambda: (str(site),))
    return usr


def checkout(folder: Path) -> Path:
    """Something that looks like a checkout with a class in it."""
    for name in ("solutions", "class/submitted/ada", "autograder/kit", "autograder/mistakes"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("")
    return folder


def seen(shown, folder: Path) -> set[str]:
    """The files below a folder that can be read, by the rules of both levels."""
    by_rule = {
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and shown.shows(os.path.realpath(path))
    }
    readable = shown.readable()
    by_landlock = {
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        and any(path.resolve() == Path(r) or Path(r) in path.resolve().parents for r in readable)
    }
    assert by_rule == by_landlock
    return by_rule


LIBRARIES = {"lib/libc.so", "lib/python3/dist-packages/numpy/file", "share/fonts/file"}


@pytest.mark.parametrize("place", ["src/app", "lib/app", "share/fonts/app", "lib/python3/app",
                                   "lib/python3/dist-packages/app"])
def test_a_checkout_under_a_prefix_is_hidden(usr, place):
    root = checkout(usr / place)
    assert seen(what_is_shown([root]), usr) == LIBRARIES
    assert seen(what_is_shown([root], [root / "autograder" / "kit"]), usr) == {
        *LIBRARIES, f"{place}/autograder/kit/file"
    }


def test_bubblewrap_covers_what_is_hidden_and_shows_what_lies_in_it(usr):
    root = checkout(usr / "lib" / "app")
    site = usr / "lib" / "python3" / "dist-packages"
    words = what_is_shown([root]).mounts()
    order = [words.index(str(path)) for path in (usr / "lib", root, site, site / "numpy")]
    assert order == sorted(order)
    kinds = {path: kind for kind, path in pairwise(words) if kind.startswith("--")
             and kind != "--remount-ro"}
    assert kinds[str(root)] == kinds[str(site)] == "--tmpfs"
    assert kinds[str(usr / "lib")] == kinds[str(site / "numpy")] == "--ro-bind"
    assert str(site / "other") not in words
    assert words[-4:].count("--remount-ro") == 2  # nobody can write into what covers them


def test_libraries_inside_the_checkout_are_shown_and_nothing_else_of_it(tmp_path, monkeypatch):
    root = checkout(tmp_path / "course")
    numpy = root / ".venv" / "lib" / "python3.11" / "site-packages" / "numpy"
    numpy.mkdir(parents=True)
    (numpy / "file").write_text("")
    monkeypatch.setattr(module, "python_paths", lambda: (str(numpy),))
    monkeypatch.setattr(module, "library_folders", lambda: (str(numpy.parent),))
    assert seen(what_is_shown([root]), root) == {str((numpy / "file").relative_to(root))}


def test_a_package_behind_a_link_is_hidden_where_the_whole_folder_is_shown(usr, monkeypatch):
    """As in a virtual environment whose ``lib64`` is a link to ``lib``."""
    (usr / "lib64").symlink_to("lib")
    site = usr / "lib64" / "python3" / "dist-packages"
    (site / "autograder" / "mistakes").mkdir(parents=True)
    (site / "autograder" / "mistakes" / "file").write_text("")
    monkeypatch.setattr(module, "PACKAGE", site / "autograder")
    monkeypatch.setattr(module, "python_paths", lambda: (str(site),))
    found = seen(what_is_shown([]), usr / "lib" / "python3" / "dist-packages")
    assert not [path for path in found if "autograder" in path]
    assert "numpy/file" in found


@pytest.mark.parametrize("linked", ["class", f"class/submitted/{STUDENT}",
                                    f"class/submitted/{STUDENT}/{CHAPTER}"])
def test_a_class_that_lies_elsewhere_by_a_link_is_hidden(usr, tmp_path, linked):
    course = make_checkout(tmp_path / "course", ())
    elsewhere = usr / "lib" / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private").write_text("")
    place = course.root / linked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)
    assert seen(what_is_shown(Classroom.of(course).secrets()), usr) == LIBRARIES
    assert "lib/elsewhere/private" in seen(what_is_shown([]), usr)


def test_a_link_to_what_is_needed_stops_the_start_and_is_named(usr, tmp_path):
    root = checkout(tmp_path / "course")
    (root / "my-course").symlink_to(usr / "share" / "fonts")
    with pytest.raises(SecretShown) as refusal:
        what_is_shown([root])
    assert str(refusal.value) == (f"{root}/my-course is inside {usr}/share/fonts, which every "
                                  "submission can read; move it")


def test_a_checkout_that_is_a_folder_of_libraries_stops_the_start(usr):
    checkout(usr / "share" / "fonts")
    with pytest.raises(SecretShown, match="move it"):
        what_is_shown([usr / "share" / "fonts"])


def test_links_among_the_shown_lead_nowhere(usr, tmp_path):
    root = checkout(usr / "lib" / "app")
    (usr / "lib" / "link").symlink_to(root)
    assert not [path for path in what_is_shown([root]).readable() if path.endswith("link")]


def test_neither_usr_nor_all_that_is_installed_is_shown():
    shown = [Path(path) for path in what_is_shown([]).readable()]
    assert not {Path("/"), Path("/usr"), Path("/bin"), Path("/home"), Path(sys.prefix)} & {*shown}
    names = {path.name for path in shown}
    assert {"numpy", "matplotlib", "IPython"} <= names
    assert not names & {"nbgrader", "sqlalchemy", "pytest", "pip", "autograder", "course_data"}


LOOK = """
import os, sys, traceback
def told(path):
    try:
        return open(path).read()
    except OSError:
        return ""
print(os.environ, sys.argv, sys.path, sys.prefix, os.getcwd())
for name in ("environ", "cmdline", "mountinfo", "mounts", "maps", "status", "comm"):
    print(told(f"/proc/self/{name}"), told(f"/proc/1/{name}"))
print([getattr(m, "__file__", "") for m in list(sys.modules.values())])
try:
    import course_data.missing
except ImportError:
    traceback.print_exc(file=sys.stdout)
frame = sys._getframe()
while frame:
    print(frame.f_code.co_filename, sorted(map(str, frame.f_locals.values())))
    frame = frame.f_back
try:
    print(open({path!r}).read(), os.listdir(os.path.dirname({path!r})))
except OSError as error:
    print(type(error))
"""


@pytest.mark.parametrize("level", [
    pytest.param(name, marks=[pytest.mark.slow] if k else []) for k, name in
    enumerate(strong_levels())
])
def test_a_jail_sees_no_student_and_no_checkout_in_the_midst_of_libraries(
    level, tmp_path, monkeypatch
):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    usr = tmp_path / "usr"
    classroom = Classroom.of(make_checkout(usr / "src" / "app", ()))
    work = classroom.submitted(CHAPTER, STUDENT) / "work.txt"
    work.parent.mkdir(parents=True)
    work.write_text(STUDENT)
    (usr / "neighbour.txt").write_text("a neighbour")
    monkeypatch.setattr(module, "python_paths", lambda: (*python_paths(), str(usr)))
    with Engine(level, secrets=classroom.secrets()) as engine, engine.worker() as worker:
        told = worker.run(LOOK.replace("{path!r}", repr(str(work))))["stdout"]
        near = worker.run(f"print(open({str(usr / 'neighbour.txt')!r}).read())")["stdout"]
        used = worker.run("import PIL, dateutil, mpl_toolkits.mplot3d, pylab, kiwisolver, "
                          "packaging, prompt_toolkit; help; print(len(PIL.__path__))")
        absent = worker.run("import importlib\nimportlib.invalidate_caches()\n"
                            "try:\n    import nbformat\nexcept ImportError as error:\n"
                            "    print(error)\n"
                            "import this_is_not_there")
        found = worker.run("import csv, wsgiref.util, cycler, numpy.f2py; print(6 * 7)")
    assert near == "a neighbour\n"
    assert absent["stdout"] == "No module named 'nbformat'\n"
    assert absent["failure"][0] == "ModuleNotFoundError"
    assert found["stdout"] == "42\n", found
    assert used["stdout"] == "1\n", used
    assert STUDENT not in told
    assert str(classroom.folder) not in told.replace(repr(str(work)), "")
