"""What students install: the package without what only teachers need, and the notebooks.

Everything else about the package is in pyproject.toml. Grading, the mistakes, the tests and the
answers stay in the checkout, where ``pip install -e`` finds them all. The released notebooks lie
in ``course/`` and in a wheel beside the code, where ``autograder start`` takes them from.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from autograder.seal import for_a_class, is_written_in, read_notebook  # noqa: E402

ONLY_IN_A_CHECKOUT = {
    "autograder": {"course"},
    "autograder.kit": {
        "definitions", "jail", "limits", "scratch", "stand_in", "start", "system_calls",
        "usage", "wire", "worker", "zygote",
    },
    "course_data": {"convert"},
}
"""Modules of the listed packages that are left out; pyproject.toml lists no others."""


class StudentPart(build_py):
    """Builds what students install, from nothing: an earlier build may hold what is gone now."""

    def run(self):
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            self.add_notebooks(Path(self.build_lib, "autograder", "released"))

    def add_notebooks(self, folder):
        """Add the released notebooks as a class gets them, if they are what was released."""
        for path in sorted((HERE / "course").glob("*/*.ipynb")):
            if path.stem != path.parent.name:
                continue
            if is_written_in(read_notebook(path.read_bytes())):
                sys.exit(f"{path} has been written in: no answers go into what students install; "
                         "run make build first")
            target = folder / path.stem / path.name
            target.parent.mkdir(parents=True)
            target.write_text(for_a_class(path.read_text("utf-8")), "utf-8", newline="\n")

    def find_package_modules(self, package, package_dir):
        return [
            (owner, name, path)
            for owner, name, path in super().find_package_modules(package, package_dir)
            if name not in ONLY_IN_A_CHECKOUT.get(package, ())
        ]


setup(cmdclass={"build_py": StudentPart}, options={"build": {"build_base": "build/setuptools"}})
