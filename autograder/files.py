"""Writing files so that nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one."""
    if isinstance(content, str):
        content = content.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:  # Stop pressed, too
        temporary.unlink(missing_ok=True)
        raise


def write_beside(path: Path, mark: str, content: bytes) -> Path:
    """Write a file that was not there: ``03_affine.before-2026-11-21.ipynb``, or ``...-21-2``.

    Parameters
    ----------
    path : Path
        The file beside which it is written.
    mark : str
        What is put into its name.
    content : bytes

    Returns
    -------
    Path
        Its name. No other file had it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        beside = path.with_name(f"{path.stem}.{mark}{again}{path.suffix}")
        try:
            with beside.open("xb") as file:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    beside.unlink(missing_ok=True)
                    raise
            return beside
        except FileExistsError:
            number += 1
