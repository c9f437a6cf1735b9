"""How Canvas, Moodle, Brightspace and Blackboard name what an instructor downloads.

The patterns are those of the platforms' own sources where these are public (Canvas, Moodle), else
of programs that read such downloads; see ``tests/grading/collecting/downloads/`` for samples and
where they are from. A student chooses the end of a name, never its beginning: it is read from the
left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

CANVAS, MOODLE, BRIGHTSPACE, BLACKBOARD = "Canvas", "Moodle", "Brightspace", "Blackboard"


@dataclass(frozen=True)
class Named:
    """What a name says of a file that was handed in.

    Attributes
    ----------
    key : str
        What the platform writes for the person, as it is: one person has one key in a download.
    path : tuple of str
        The file as its student named it, with folders of the student's own; empty for a file that
        the platform itself has written about an attempt.
    name : str
        The person's name, as far as there is one.
    number : str
        The person's number on the platform.
    logins : tuple of str
        What may be the person's login, the longest first.
    when : datetime or None
        When it was handed in; in UTC, as soon as a `Layout` has read it.
    order : int
        Of two files of one name that with the larger number is newer; 0 where nothing tells it.
    late : bool
        Whether the platform marks it as late.
    """

    key: str
    path: tuple[str, ...]
    name: str = ""
    number: str = ""
    logins: tuple[str, ...] = ()
    when: datetime | None = None
    order: int = 0
    late: bool = False


# lib/content_zipper.rb: the name without signs and in lower case, LATE, the number of the user,
# that of the file, its name. Where marking is anonymous there is no name.
CANVAS_FILE = re.compile(
    r"(?:(?P<unnamed_late>LATE_)?(?P<unnamed>anon_(?=\d*[A-Za-z])[^\W_]+)"
    r"|(?:(?P<name>\w*?)_)?(?P<late>LATE_|late_)?(?P<number>\d+))_"
    r"(?:(?P<file>\d+)_(?P<path>.+)|(?P<typed>(?:text|link)\.html))", re.DOTALL,
)
# mod/assign/classes/downloader.php: underscores in a name become spaces. Older versions end the
# folder in an underscore; without folders the name of the file follows.
MOODLE_FOLDER = re.compile(
    r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<path>.*))?",
    re.DOTALL,
)
BRIGHTSPACE_FOLDER = re.compile(
    r"(?P<number>\d+-\d+) - (?P<name>.+?) - "
    r"(?P<when>[^-]*\d{4} \d{1,4}(?: ?[AP]M)?)(?: - (?P<path>.+))?", re.DOTALL,
)
BLACKBOARD_FILE = re.compile(
    r"(?P<key>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<path>.+)|\.txt)", re.DOTALL,
)


def canvas(parts: Sequence[str]) -> Named | None:
    """A file as Canvas names it. Nothing in a download tells when it was handed in."""
    found = CANVAS_FILE.fullmatch(parts[0]) if len(parts) == 1 else None
    if not found:
        return None
    name, number = found["name"] or "", found["unnamed"] or found["number"]
    late = bool(found["late"] or found["unnamed_late"])
    return Named(f"{name}_{number}".lstrip("_"), (found["path"] or found["typed"],), name, number,
                 order=int(found["file"] or 0), late=late)


def moodle(parts: Sequence[str]) -> Named | None:
    """A file as Moodle names it. The times in its zip are those of the download."""
    found = MOODLE_FOLDER.fullmatch(parts[0])
    if not found:
        return None
    path = (found["path"],) if found["path"] else ()
    if not path and len(parts) == 1:
        return None
    key = f"{found['name']}_{found['number']}"
    return Named(key, (*path, *parts[1:]), found["name"].strip(), found["number"])


def brightspace(parts: Sequence[str]) -> Named | None:
    """A file as Brightspace (D2L) names it: a folder for each time something was handed in."""
    found = BRIGHTSPACE_FOLDER.fullmatch(parts[0])
    if not found:
        return None
    path = (found["path"],) if found["path"] else ()
    if not path and len(parts) == 1:
        return None
    return Named(f"{found['number']} - {found['name']}", (*path, *parts[1:]), found["name"].strip(),
                 found["number"].partition("-")[0], when=_brightspace_time(found["when"]))


def _brightspace_time(text: str) -> datetime | None:
    """Such as "Nov 21, 2026 1159 PM" or "21 November 2026 905 AM"; None in other languages."""
    digits = re.fullmatch(r"(.+ )(\d{1,4}) ?([AP]M)", text.replace(",", "").replace(".", ""))
    if not digits:
        return None
    hour = digits[2] if len(digits[2]) > 2 else f"{digits[2]}00"
    for form in ("%b %d %Y %I%M %p", "%B %d %Y %I%M %p", "%d %b %Y %I%M %p", "%d %B %Y %I%M %p"):
        try:
            return datetime.strptime(f"{digits[1]}{hour:0>4} {digits[3]}", form)
        except ValueError:
            continue
    return None


def blackboard(parts: Sequence[str]) -> Named | None:
    """A file as Blackboard names it: those of an attempt, and one text about the attempt."""
    found = BLACKBOARD_FILE.fullmatch(parts[0]) if len(parts) == 1 else None
    if not found:
        return None
    words = found["key"].split("_")
    logins = tuple("_".join(words[k:]) for k in range(1, len(words)))
    try:
        when = datetime.strptime(found["when"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None
    path = (found["path"],) if found["path"] else ()
    return Named(found["key"], path, logins=logins, when=when)


Reader = Callable[[Sequence[str]], Named | None]
READERS: dict[str, Reader] = {
    CANVAS: canvas, MOODLE: moodle, BRIGHTSPACE: brightspace, BLACKBOARD: blackboard,
}


@dataclass(frozen=True)
class Layout:
    """Whose download it is, and how it is to be read.

    Attributes
    ----------
    platform : str
    around : int
        How many folders whoever unpacked it has put around it.
    zone : tzinfo or None
        In which times are meant, of which names say none; None for that of this machine.
    """

    platform: str
    around: int
    zone: tzinfo | None = None

    def read(self, parts: Sequence[str]) -> Named | None:
        """What a path says; None if the platform does not make such paths."""
        inside = parts[self.around:]
        named = READERS[self.platform](inside) if inside else None
        return replace(named, when=self._in_utc(named.when)) if named and named.when else named

    def _in_utc(self, when: datetime) -> datetime | None:
        try:
            return when.replace(tzinfo=self.zone).astimezone(UTC)
        except (OverflowError, OSError, ValueError):
            return None


MOST_AROUND = 3


def layout_of(paths: Collection[Sequence[str]], zone: tzinfo | None = None) -> Layout | None:
    """The layout that explains most of a download's paths; None if none explains any.

    One for all: a student may give a file a name as another platform would make it for a neighbour.
    Where two explain the same, Canvas comes first, which puts a number before that name.
    """
    layouts = [Layout(platform, k, zone) for k in range(MOST_AROUND + 1) for platform in READERS]
    explained = [sum(layout.read(parts) is not None for parts in paths) for layout in layouts]
    most = max(explained)
    return layouts[explained.index(most)] if most else None
