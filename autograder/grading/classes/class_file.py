"""What an instructor says of a class: ``class.toml`` in its folder."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from autograder.errors import CourseError
from autograder.exercises import known_chapter

CLASS_FILE = "class.toml"

KEYS: dict[str, type] = {
    "name": str, "database": str, "exchange": str, "timezone": str,
    "due": dict, "extensions": dict, "late": dict,
}
LATE_KEYS = ("points_per_hour", "plugin")


class BadClassFile(CourseError):
    """class.toml cannot be used. The message says where and why."""


@dataclass(frozen=True)
class ClassFile:
    """What ``class.toml`` says.

    Attributes
    ----------
    name : str
        nbgrader's course id.
    database : str
        The URL of the gradebook; empty for a file beside class.toml.
    exchange : str
        nbgrader's exchange; where it is not absolute, inside the folder of the class.
    timezone : str
        In which due dates are meant.
    due : mapping of str to datetime
        By chapter, in UTC and without a zone, as nbgrader keeps them.
    extensions : mapping of str to mapping
        By chapter and student, the due date that is theirs.
    points_per_hour : float
        What each hour costs that has begun; 0 if nothing.
    plugin : str
        The class that says what being late costs, of a module beside class.toml; or empty.
    """

    name: str
    database: str = ""
    exchange: str = "exchange"
    timezone: str = "UTC"
    due: Mapping[str, datetime] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    points_per_hour: float = 0.0
    plugin: str = ""

    def extension(self, chapter: str, student: str) -> timedelta | None:
        """How much longer a student has; None if class.toml does not say."""
        own = self.extensions.get(chapter, {}).get(student)
        return None if own is None else own - self.due[chapter]

    def local(self, when: datetime) -> str:
        """A due date in words, in the zone of the class."""
        there = when.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone))
        return f"{there:%Y-%m-%d %H:%M} {self.timezone}"


def read_class_file(path: Path) -> ClassFile:
    """Read ``class.toml``.

    Raises
    ------
    BadClassFile
        If it cannot be read, or says what cannot be meant.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return ClassFile(**dict(_settings(told)))
    except OSError as error:
        raise BadClassFile(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadClassFile(f"{path} is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadClassFile(f"{path}: {error}") from None
    except CourseError as error:
        raise BadClassFile(f"{path}: {error}") from None


def checked_name(name: str) -> str:
    """A class's name, which is a folder of the exchange, too; BadClassFile if it cannot be one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise BadClassFile(f"the name of the class is {name!r}: take letters, digits, '-', '_' and "
                           "'.', beginning with a letter or digit")
    return name


def _settings(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is said, setting by setting."""
    for key, value in told.items():
        if key not in KEYS:
            raise BadClassFile(f"{key} is not known; there are {', '.join(KEYS)}")
        if not isinstance(value, KEYS[key]):
            kind = "a text in quotes" if KEYS[key] is str else f"a part of its own: [{key}]"
            raise BadClassFile(f"{key} must be {kind}")
    if "name" not in told:
        raise BadClassFile('the name of the class is missing: name = "..."')
    yield "name", checked_name(told["name"])
    yield from ((key, told[key]) for key in ("database", "exchange") if told.get(key))
    zone = _zone(told.get("timezone", "UTC"))
    yield "timezone", zone.key
    due = {known_chapter(chapter): _moment(when, zone, f"[due] {chapter}")
           for chapter, when in told.get("due", {}).items()}
    yield "due", due
    yield "extensions", {
        chapter: dict(_extensions(chapter, students, due, zone))
        for chapter, students in told.get("extensions", {}).items()
    }
    yield from _late(told.get("late", {}))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise BadClassFile(f"timezone {name!r} is not known; name one as in "
                           "Europe/Berlin, or UTC") from None


def _moment(when: object, zone: ZoneInfo, where: str) -> datetime:
    """A date and time in UTC, without a zone; one that names no zone is meant in the class's."""
    if not isinstance(when, datetime):
        raise BadClassFile(f"{where} must be a date with a time and without quotes, as in "
                           "2026-11-30T23:59:00")
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def _extensions(
    chapter: str, students: object, due: Mapping[str, datetime], zone: ZoneInfo
) -> Iterator[tuple[str, datetime]]:
    where = f"[extensions.{chapter}]"
    if known_chapter(chapter) not in due:
        raise BadClassFile(f"{where}: {chapter} has no due date in [due]")
    if not isinstance(students, dict):
        raise BadClassFile(f"{where} must have a line for each student, as in "
                           "ada = 2026-12-02T23:59:00")
    for student, when in students.items():
        moment = _moment(when, zone, f"{where} {student}")
        if moment < due[chapter]:
            raise BadClassFile(f"{where}: the time for {student} ends before the due date")
        yield student, moment


def _late(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if unknown := [key for key in told if key not in LATE_KEYS]:
        raise BadClassFile(f"[late] {unknown[0]} is not known; there are {', '.join(LATE_KEYS)}")
    points, plugin = told.get("points_per_hour", 0), told.get("plugin", "")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 <= points < 1e6:
        raise BadClassFile("[late] points_per_hour must be a number, 0 or more")
    if not isinstance(plugin, str) or (plugin and not re.fullmatch(r"\w+(\.\w+)+", plugin)):
        raise BadClassFile('[late] plugin must name a class of a module beside this file, as in '
                           '"late_policy.HalfAfterADay"')
    if points and plugin:
        raise BadClassFile("[late] has points_per_hour and a plugin: leave one of them out")
    yield "points_per_hour", float(points)
    yield "plugin", plugin
