"""Starts a zygote: ``python -I -S -B start.py DESCRIPTOR``, with its settings on that socket.

The package `autograder` is here this folder and a stand-in for the rest, and ``course_data`` is
where the settings say: nothing is copied, and nothing else of the course is found. Python's own
way of finding what is installed is left out, for it would find the course.
"""

import importlib.abc
import importlib.machinery
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


class Shelf(importlib.machinery.FileFinder):
    """Finds modules in a folder of which a jail may see a part.

    What is not shown is not there: an import that may fail has to fail as it does elsewhere. What
    is there is looked up once, for a worker may not list the folder again.

    Parameters
    ----------
    path : str
    names : set of str or None
        Of what is shown; None for everything.
    """

    LOADERS = (
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES),
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    )

    def __init__(self, path, names):
        super().__init__(path, *self.LOADERS)
        self.names = names
        self.known = False

    def find_spec(self, fullname, target=None):
        if self.names is not None and fullname not in self.names:
            return None
        return super().find_spec(fullname, target)

    def _fill_cache(self):
        if not self.known:
            super()._fill_cache()  # type: ignore[misc]
            self.known = True


def put_up(folders, names):
    """Let modules be found in Python's own folders, and in those of the libraries."""
    shelves = {path: None for path in sys.path} | dict.fromkeys(folders, names)

    def shelf(path):
        if path not in shelves or not os.path.isdir(path):
            raise ImportError
        return Shelf(path, shelves[path])

    sys.path += folders
    sys.path_hooks.insert(0, shelf)
    for path in shelves:
        sys.path_importer_cache.pop(path, None)


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    text = b""
    while not text.endswith(b"\n"):
        part = control.recv(1 << 16)
        if not part:
            sys.exit("the grader has ended")
        text += part
    settings = SimpleNamespace(**json.loads(text))
    put_up(settings.libraries, None if settings.names is None else set(settings.names))
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
