"""What of this machine a jail is shown: Python, its libraries, the kit; nothing of the course."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from autograder.kit.jail import READABLE_FILES
from autograder.kit.limits import Limits


def readable_paths(package: Path) -> list[str]:
    """Folders that hold Python, its libraries, the worker's own modules and MNIST."""
    system = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/fonts", "/etc/alternatives")
    paths = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    paths |= {p for p in system if os.path.exists(p)}
    paths |= {str(package), str(data_folder())}
    return sorted(paths)


def course_folders() -> list[str]:
    """Installed folders of the course that no worker may see: answers, mistakes, tests."""
    here = Path(__file__).resolve().parents[1]
    return [str(here), *map(str, here.parent.glob("backprop_course-*.dist-info"))]


def bubblewrap_command(package: Path, limits: Limits, as_root: bool) -> list[str]:
    """The bubblewrap call that makes the private root; the program to run follows it."""
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    kinds = ["pid", "net", "ipc", "uts", "cgroup-try"] + ([] if as_root else ["user"])
    command += [f"--unshare-{kind}" for kind in kinds]
    shown = [path for path in readable_paths(package) if not os.path.islink(path)]
    for parent in sorted({str(parent) for path in shown for parent in Path(path).parents} - {"/"}):
        # Made by bubblewrap on its own they could be entered by root only.
        command += ["--perms", "0755", "--dir", parent]
    for path in readable_paths(package):
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        else:
            command += ["--ro-bind", path, path]
    for path in course_folders():
        # An installed course lies among the libraries: an empty folder covers it.
        if any(path.startswith(folder + "/") for folder in shown):
            command += ["--tmpfs", path]
    for path in READABLE_FILES[:2]:
        command += ["--ro-bind-try", path, path]
    size = str(limits.scratch_mb << 20)
    return command + [
        "--dev", "/dev", "--proc", "/proc",
        "--perms", "1777", "--size", size, "--tmpfs", "/scratch",
        "--remount-ro", "/", "--chdir", "/scratch",
    ]


def readable_without(hidden: list[str], shown: list[str]) -> list[str]:
    """The `shown` folders without the `hidden` ones inside them.

    Landlock has no rule that takes something away: a folder with a hidden part is
    replaced by everything in it but that part.
    """
    result = []
    for path in shown:
        inside = [h for h in hidden if h == path or h.startswith(path.rstrip("/") + "/")]
        if not inside:
            result.append(path)
        elif path not in inside:
            with contextlib.suppress(OSError):
                result += readable_without(inside, [e.path for e in os.scandir(path)])
    return result


def data_folder() -> Path:
    """The folder of ``course_data``, which holds MNIST and no secrets."""
    found = find_spec("course_data")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the course's data is not installed", name="course_data")
    return Path(found.origin).resolve().parent
