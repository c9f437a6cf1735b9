"""Stands in for the whole package where submissions are graded: it is what `autograder` is there.

Checks are run by the grader, and pictures are not needed for grading. See ``start.py``.
"""

import sys
import types


def do_nothing(*arguments, **options):
    """In place of `check`, `when_written` and everything that draws."""


class Silent(types.ModuleType):
    """A module in which every name is `do_nothing`."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return do_nothing


def __getattr__(name):
    if name.startswith("__") or name == "kit":
        raise AttributeError(name)
    return do_nothing


for name in ("pictures", "sliding_window", "training"):  # the modules that chapters import from
    globals()[name] = sys.modules[f"{__name__}.{name}"] = Silent(f"{__name__}.{name}")
