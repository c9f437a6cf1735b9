"""Starts a zygote: ``python -I -S -B start.py DESCRIPTOR``, with its settings on that socket.

The package `autograder` is here this folder and a stand-in for the rest, and ``course_data`` is
where the settings say: nothing is copied, and nothing else of the course is found. Python's own
way of finding what is installed is left out, for it would find the course.
"""

import importlib.abc
import importlib.util
import json
import os
import site
import socket
import sys
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))


class Finder(importlib.abc.MetaPathFinder):
    """Finds three packages, each where it is said to be."""

    def __init__(self, data):
        self.places = {
            "autograder": (os.path.join(HERE, "stand_in.py"), []),
            "autograder.kit": (os.path.join(HERE, "__init__.py"), [HERE]),
            "course_data": (os.path.join(data, "__init__.py"), [data]),
        }

    def find_spec(self, name, path=None, target=None):
        if name not in self.places:
            return None
        file, folders = self.places[name]
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        spec.submodule_search_locations = folders  # an empty list would be filled if it were given
        return spec


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    text = b""
    while not text.endswith(b"\n"):
        part = control.recv(1 << 16)
        if not part:
            sys.exit("the grader has ended")
        text += part
    settings = SimpleNamespace(**json.loads(text))
    sys.path += settings.libraries
    sys.meta_path.insert(0, Finder(settings.data))
    # Left out with Python's module `site`, which -S keeps from starting; notebooks use help().
    site.setquit()
    site.setcopyright()
    site.sethelper()
    from autograder.kit import zygote

    with control:  # Python would complain of it after the last words, which are the reason
        zygote.main(control, settings)


if __name__ == "__main__":
    main()
