"""What students install: the package without what only teachers need.

Everything else about the package is in pyproject.toml. Grading, the mistakes, the tests and the
answers stay in the checkout, where ``pip install -e`` finds them all.
"""

import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

ONLY_IN_A_CHECKOUT = {
    "autograder": {"course"},
    "autograder.kit": {"jail", "limits", "stand_in", "wire", "worker", "zygote"},
    "course_data": {"convert"},
}
"""Modules of the listed packages that are left out; pyproject.toml lists no others."""


class StudentPart(build_py):
    """Builds what students install, from nothing: an earlier build may hold what is gone now."""

    def run(self):
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()

    def find_package_modules(self, package, package_dir):
        return [
            (owner, name, path)
            for owner, name, path in super().find_package_modules(package, package_dir)
            if name not in ONLY_IN_A_CHECKOUT.get(package, ())
        ]


setup(cmdclass={"build_py": StudentPart}, options={"build": {"build_base": "build/setuptools"}})
