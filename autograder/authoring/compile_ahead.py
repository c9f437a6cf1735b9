"""Run by Pyodide itself, in Node.js: compile what Python imports before the first output of a page.

A page would compile these modules anew at each visit, a third of the time that it takes to start.
Modules that wait for somebody to import them stay as they are: compiled, they are larger.
"""

from __future__ import annotations

import importlib
import io
import os
import py_compile
import sys
import zipfile
from pathlib import Path

LIBRARY = "/lib/python312.zip"
SITE_PACKAGES = "/lib/python3.12/site-packages"

AT_START = ("micropip", "piplite", "pyodide_kernel", "matplotlib.pyplot",
            "matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline")
"""What the kernel imports, and the first picture."""

LEFT_OUT = ("matplotlib/mpl-data/sample_data/", "matplotlib/mpl-data/fonts/afm/",
            "matplotlib/mpl-data/fonts/pdfcorefonts/",
            "jedi/third_party/django-stubs/", "jedi/third_party/typeshed/third_party/")
"""Of use to no chapter: examples, fonts of PDF files, packages that are not there."""


def main() -> None:
    """Rewrite the archives in ``/pyodide`` and ``/ours``, which are the caller's folders."""
    for folder in ("/kernel", "/ours"):
        for name in wheels(folder):
            with zipfile.ZipFile(f"{folder}/{name}") as archive:
                archive.extractall(SITE_PACKAGES)
    importlib.invalidate_caches()
    for name in AT_START:
        importlib.import_module(name)
    from matplotlib import pyplot

    pyplot.figure().savefig(io.BytesIO(), format="png")
    imported = {str(getattr(module, "__file__", None)) for module in list(sys.modules.values())}
    rewrite("/pyodide/python_stdlib.zip", LIBRARY, imported)
    for name in wheels("/pyodide"):
        rewrite(f"/pyodide/{name}", SITE_PACKAGES, imported)
    for name in wheels("/ours"):
        rewrite(f"/ours/{name}", SITE_PACKAGES, None)


def wheels(folder: str) -> list[str]:
    """The names of the wheels there."""
    return sorted(name for name in os.listdir(folder) if name.endswith(".whl"))


def rewrite(path: str, root: str, wanted: set[str] | None) -> None:
    """Put compiled modules into an archive in place of their source.

    Parameters
    ----------
    path : str
    root : str
        Where Python finds the files of the archive; it becomes part of each traceback.
    wanted : set of str or None
        Paths below `root` to compile; all modules if None.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()
                   if not name.endswith("/") and not name.startswith(LEFT_OUT)}
    for name in [name for name in members if name.endswith(".py")]:
        place = f"{root}/{name}"
        if wanted is None or place in wanted:
            members[f"{name}c"] = compiled(members.pop(name), place)
    for name in members:
        if name.endswith(".dist-info/RECORD"):
            members[name] = "".join(f"{other},,\n" for other in sorted(members)).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, members[name], zipfile.ZIP_DEFLATED, 9)


def compiled(source: bytes, place: str) -> bytes:
    """The file of a compiled module, the same whenever it is made."""
    path = Path("/tmp/module.py")
    path.write_bytes(source)
    py_compile.compile(str(path), "/tmp/module.pyc", dfile=place, doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return Path("/tmp/module.pyc").read_bytes()
