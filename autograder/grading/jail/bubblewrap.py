"""bubblewrap: where it is, and how it is called to make a private root."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from autograder.grading.jail.shown import Shown
from autograder.kit.jail import READABLE_FILES
from autograder.kit.limits import Limits

KIT, DATA, SCRATCH = "/jail/kit", "/jail/data", "/jail/scratch"
"""Where a private root has them: paths that say nothing about the machine."""


MISSING = "bubblewrap is not installed"


def find(secrets: Iterable[Path] = ()) -> str:
    """The full path of bubblewrap, as PATH says; empty if there is none.

    It runs with the grader's rights. So it is not taken from the current folder, from where
    everybody may write, nor from the class or the checkout.
    """
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("bwrap", path=folder) if os.path.isabs(folder) else None
        if found is not None:
            program = Path(found).resolve()
            if _is_safe(program) and not any(
                program.is_relative_to(secret.resolve()) for secret in secrets
            ):
                return str(program)
    return ""


def _is_safe(program: Path) -> bool:
    return not any(path.stat().st_mode & stat.S_IWOTH for path in (program, program.parent))


def arguments(
    shown: Shown, kit: Path, data: Path, limits: Limits, environment: dict[str, str]
) -> list[str]:
    """The arguments that make the private root; the program to run follows them."""
    kinds = ["pid", "net", "ipc", "uts", "cgroup-try"] + ([] if os.geteuid() == 0 else ["user"])
    told = ["--die-with-parent", "--new-session", "--clearenv"]
    told += [f"--unshare-{kind}" for kind in kinds]
    told += shown.mounts()
    for path in ("/lib", "/lib32", "/lib64"):
        if os.path.islink(path) and path not in shown.links:
            told += ["--symlink", os.path.realpath(path), path]
    told += ["--perms", "0755", "--dir", os.path.dirname(KIT)]
    told += ["--ro-bind", str(kit), KIT, "--ro-bind", str(data), DATA]
    for path in READABLE_FILES[:2]:
        told += ["--ro-bind-try", path, path]
    told += [
        "--dev", "/dev", "--proc", "/proc",
        "--perms", "1777", "--size", str(limits.scratch_mb << 20), "--tmpfs", SCRATCH,
        "--remount-ro", "/", "--chdir", SCRATCH,
    ]
    for name, value in environment.items():
        told += ["--setenv", name, value]
    return told
