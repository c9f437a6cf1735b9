"""What a file is that should be a notebook and is none: named, with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

INSTEAD = "hand in the .ipynb file itself"

BEGINNINGS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text of a word processor (RTF)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "a compressed archive (gzip)"),
    (b"BZh", "a compressed archive (bzip2)"),
    (b"\xfd7zXZ", "a compressed archive (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x80\x02", "data of a Python program (pickle)"),
    (b"\x80\x03", "data of a Python program (pickle)"),
    (b"\x80\x04", "data of a Python program (pickle)"),
    (b"\x80\x05", "data of a Python program (pickle)"),
    (b"\x93NUMPY", "an array of NumPy"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
    (b"bplist00", "a link that macOS keeps in the place of a file"),
    (b"[InternetShortcut]", "a link to a web page"),
)

OFFICE = {
    "word/": "a Word document",
    "xl/": "an Excel workbook",
    "ppt/": "a PowerPoint presentation",
    "content.xml": "an OpenDocument text",
    "Index/Document.iwa": "a Pages document",
}
"""Zip archives that are documents, by a file or folder in them."""

PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html|<head)", re.I | re.S)
SIGN_IN = re.compile(rb"sign[ _-]?in|log[ _-]?in|password|single sign", re.I)
SAVED = re.compile(rb"jp-Notebook|nbconvert|jupyter", re.I)
GOOGLE = re.compile(rb'\s*\{[^{}]{0,2000}"(?:doc_id|resource_id)"\s*:')

LOOKED_AT = 200_000


def recognised(content: bytes) -> str:
    """What is wrong with a file of a known other kind; empty if it may be a notebook."""
    if not content.strip():
        return "the file is empty"
    if not content.strip(b"\0 \t\r\n"):
        return ("the file holds nothing but zeros, as after a crash or an upload that broke off; "
                "open the notebook, save it, and hand it in again")
    start = content[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    for beginning, what in BEGINNINGS:
        if start.startswith(beginning):
            return f"the file is {what}, not a notebook; {INSTEAD}"
    if PAGE.match(start):
        return _page(start)
    if start.lstrip().startswith(b"<?xml") or start.lstrip().startswith(b"<!DOCTYPE plist"):
        what = "a link that macOS keeps in the place of a file" if b"plist" in start else "XML"
        return f"the file is {what}, not a notebook; {INSTEAD}"
    if GOOGLE.match(start) and b'"cells"' not in start:
        return ("the file is a link to a document of Google's, not a notebook; in Colab choose "
                "File > Download > Download .ipynb, and hand that in")
    return ""


def _page(start: bytes) -> str:
    if SAVED.search(start):
        return f"the file is a notebook saved as a web page, which cannot be run; {INSTEAD}"
    if SIGN_IN.search(start):
        return ("the file is a web page that asks to sign in, not a notebook: it was downloaded "
                "without being signed in; download it again, and open it before handing it in")
    return f"the file is a web page (HTML), not a notebook; {INSTEAD}"


def office_document(names: Iterable[str]) -> str:
    """What is wrong with a zip archive that is a document, by the files in it; empty if not."""
    for name in names:
        for part, what in OFFICE.items():
            if name == part or (part.endswith("/") and name.startswith(part)):
                return f"the file is {what}, not a notebook; {INSTEAD}"
    return ""
