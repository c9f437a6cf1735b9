"""When a submission was handed in, from the file ``timestamp.txt`` that nbgrader's collect writes.

The file lies in the student's folder, and may be anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.grading.submissions.regular_file import read_regular
from autograder.kit.plain import one_line

NAME = "timestamp.txt"
MOST_BYTES = 1000
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
"""The name of a time zone. What else there is might be taken for the path of a file."""


@dataclass(frozen=True)
class Timestamp:
    """When a submission was handed in.

    Attributes
    ----------
    when : datetime or None
        In UTC; None if nothing says it.
    text : str
        As it stands in the file.
    note : str
        Why a file that is there says nothing, or empty.
    """

    when: datetime | None = None
    text: str = ""
    note: str = ""


def read_timestamp(folder: Path) -> Timestamp:
    """When the submission in a folder was handed in. Never raises, and never waits."""
    try:
        content, _ = read_regular(folder / NAME, MOST_BYTES)
        text = content.decode("utf-8")
        return Timestamp(_parsed(text.strip()), text)
    except FileNotFoundError:
        return Timestamp()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except Exception:  # a date can be wrong in more ways than its parser knows
        reason = "it holds no date"
    return Timestamp(note=f"The time of handing in is not known: {NAME}: {one_line(reason)}.")


def _parsed(text: str) -> datetime:
    """A date as nbgrader reads it, without importing nbgrader."""
    from dateutil import parser, tz

    parts = text.split(" ")
    if len(parts) == 3:
        zone = int(parts[2]) if parts[2].lstrip("+-").isdecimal() else _zone(parts[2], tz)
        when = parser.parse(f"{parts[0]} {parts[1]} TZ", tzinfos={"TZ": zone})
    else:
        when = parser.parse(text)
    offset = when.utcoffset()
    return when if offset is None else (when - offset).replace(tzinfo=None)


def _zone(name: str, tz):
    return tz.gettz(name) if ZONE.fullmatch(name) else None
