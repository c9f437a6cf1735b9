"""The notebooks of other chapters that lie beside the one in which somebody works."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.cells import Cell, NotCells, code_cells

LARGEST_FILE = 20_000_000


def find_notebook(chapter: str, folder: Path) -> Path | None:
    """The notebook of a chapter, seen from the folder of another one.

    Parameters
    ----------
    chapter : str
        Such as ``"03_affine"``.
    folder : Path
        Where the other notebook is.

    Returns
    -------
    Path or None
        ``../03_affine/03_affine.ipynb``, else one in `folder` itself or in a folder in it.
    """
    name = f"{chapter}.ipynb"
    try:
        for path in (folder.parent / chapter / name, folder / name, folder / chapter / name):
            if path.is_file():
                return path
    except OSError:
        pass
    return None


def read_code(path: Path) -> list[Cell]:
    """The code cells of a notebook; none if it cannot be read, or is far too large."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return []
        return code_cells(json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, NotCells, ValueError, RecursionError):
        return []  # not a notebook, or a damaged one
