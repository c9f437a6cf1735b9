"""The secret number of a class, the pool of seeds made of it, and the choice for a submission.

Every submission meets the hidden cases of one seed of the pool. Which one, follows from the
student and from the file: classmates have different numbers, and so has a second attempt. Whoever
does not know the secret cannot tell beforehand.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import CourseError

POOL = 16
"""Seeds of a class: few enough that the answers to all of them are soon worked out."""

SECRET_BITS = 128
SEED_BYTES = 8
CLASS_SEED = "class_seed"
"""Under this name a record keeps the secret number, so that a lost one can be put back."""


class BadSeed(CourseError):
    """The file with the secret number of a class cannot be used."""


def secret_number(path: Path, records: Path) -> int:
    """The secret number of a class; drawn if the file is not there.

    Parameters
    ----------
    path : Path
        The file with the number.
    records : Path
        The folder of the records of the class, of which some may know a lost number.

    Raises
    ------
    BadSeed
        If the file is there and holds something else, or cannot be read or written. No other
        number is drawn in its place: that would change the cases of a class without a word.
    """
    if not os.path.lexists(path):
        _draw(path)
        if next(_records_that_know(records), None):
            print(f"autograder: {path} was not there; a new number is drawn, and whoever is graded "
                  "again gets other cases", file=sys.stderr)
    try:
        if not path.is_file():
            raise BadSeed(f"{path} is not a file; {_what_to_do(records)}")
        text = path.read_bytes()
    except OSError as error:
        raise BadSeed(f"{path} cannot be read ({error.strerror}); the class's hidden cases are "
                      "made from it, so let whoever grades read it") from None
    if not text.strip():
        raise BadSeed(f"{path} is empty; {_what_to_do(records)}")
    number = re.fullmatch(rb"\s*([0-9]{1,60})\s*", text)
    if not number:
        raise BadSeed(f"{path} does not hold one whole number; {_what_to_do(records)}")
    return int(number[1])


def _draw(path: Path) -> None:
    """Draw a number, unless somebody else has just done so; half a file is not left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{secrets.randbits(SECRET_BITS)}\n")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadSeed(f"{path} cannot be written ({error.strerror}); it keeps the number that "
                      "the hidden cases of the class are made from: make room for it, or let "
                      "whoever grades write there") from None


def _what_to_do(records: Path) -> str:
    known = next(_records_that_know(records), None)
    restore = (f'put the number back that stands after "{CLASS_SEED}" in {known}' if known
               else "put it back from a backup")
    return (f"the hidden cases of the class are made from the number in it: {restore}, or delete "
            "the file, and a new number is drawn, so that whoever is graded again gets other cases")


def _records_that_know(records: Path) -> Iterator[Path]:
    for path in sorted(records.glob("*/*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            if CLASS_SEED in json.loads(path.read_text(encoding="utf-8")):
                yield path


def pool_of(secret: int) -> tuple[int, ...]:
    """The seeds of a class, from its secret number."""
    return tuple(
        int.from_bytes(_keyed(str(secret), f"seed {number}")[:SEED_BYTES], "big")
        for number in range(POOL)
    )


def chosen(seeds: tuple[int, ...], chapter: str, student: str, digest: str) -> int:
    """The number of the seed that a submission meets.

    Parameters
    ----------
    seeds : tuple of int
        The pool.
    chapter, student : str
    digest : str
        SHA-256 of what was handed in: another attempt is another choice.
    """
    text = "\0".join((chapter, student, digest))
    return int.from_bytes(_keyed(repr(seeds), text)[:SEED_BYTES], "big") % len(seeds)


def _keyed(key: str, text: str) -> bytes:
    return hmac.digest(key.encode(), text.encode("utf-8", "surrogateescape"), "sha256")
