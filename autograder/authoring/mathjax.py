"""MathJax for the book: downloaded once, compared with a checksum, and cut to what pages load.

It is not committed: upstream's package is 24 MB unpacked, and what is needed of it can be told in
a list. The site holds a copy, so its pages ask nobody else for it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import write_whole

VERSION = "3.2.2"
ADDRESS = f"https://registry.npmjs.org/mathjax/-/mathjax-{VERSION}.tgz"
INTEGRITY = (
    "sha512-Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw=="
)
"""What npm says of the package: ``npm view mathjax@3.2.2 dist.integrity``."""
NEEDED = (
    "LICENSE",
    "es5/startup.js",
    "es5/core.js",
    "es5/input/tex-base.js",
    "es5/input/tex/extensions/ams.js",
    "es5/output/chtml.js",
    "es5/output/chtml/fonts/tex.js",
    "es5/a11y/assistive-mml.js",
)
FONTS = "es5/output/chtml/fonts/woff-v2/"
"""Single parts, and not upstream's one file for all: that one is half as large again."""


class NoMathJax(CourseError):
    """MathJax could not be downloaded, or is not what it should be."""


def mathjax(kept: Path, folder: Path) -> None:
    """Put MathJax into a folder.

    Parameters
    ----------
    kept : Path
        Where the download is kept for the next time.
    folder : Path
        Gets ``startup.js`` and the rest.

    Raises
    ------
    NoMathJax
        If it is not there and cannot be downloaded.
    """
    archive = kept / f"mathjax-{VERSION}.tgz"
    if not archive.is_file() or not is_right(archive.read_bytes()):
        write_whole(archive, download())
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member in tar:
            name = member.name.removeprefix("package/")
            if name in NEEDED or name.startswith(FONTS):
                file = tar.extractfile(member)
                assert file is not None
                target = folder / name.removeprefix("es5/")
                content = file.read()
                if not target.exists() or target.read_bytes() != content:
                    write_whole(target, content)


def download() -> bytes:
    """Upstream's package.

    Raises
    ------
    NoMathJax
        If it cannot be had, or has another checksum.
    """
    try:
        with urllib.request.urlopen(ADDRESS, timeout=120) as answer:
            content = answer.read()
    except OSError as error:
        raise NoMathJax(f"{ADDRESS} could not be downloaded ({error}); connect to the internet "
                        "and run the command again, it is needed once") from error
    if not is_right(content):
        raise NoMathJax(f"{ADDRESS} is not MathJax {VERSION}: its checksum is not the one "
                        "in autograder/authoring/mathjax.py")
    return content


def is_right(content: bytes) -> bool:
    """Whether a package has the checksum."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode() == INTEGRITY
