"""Collecting: what students handed in on a learning platform goes where grading looks for it.

Nothing is lost on the way: what cannot be assigned to a student is listed. Collecting twice changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.grading.batch import check_chapter
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.matching import Found, Roll
from autograder.grading.classes.roster import ROSTER, Student, needed_roster
from autograder.grading.collecting.attempts import Looker
from autograder.grading.collecting.downloads import Delivered, Download, LeftOut, LeftOutError
from autograder.grading.collecting.placing import CollectError, Memory, Placer, Row, staging_folder
from autograder.grading.collecting.platforms import (
    BRIGHTSPACE,
    CANVAS,
    MOODLE,
    Layout,
    Named,
    layout_of,
)


@dataclass(frozen=True)
class NotAssigned:
    """Files that are nobody's: how the platform calls the person, why, and the files."""

    name: str
    why: str
    files: tuple[str, ...]


@dataclass
class Outcome:
    """What came of collecting a chapter.

    Attributes
    ----------
    source : str
        Where submissions came from.
    rows : list of Row
    not_assigned : list of NotAssigned
    left_out : list of LeftOut
        Files that were not taken.
    missing : list of str
        Students of the list of whom nothing is there.
    notes : list of str
    seen : frozenset of str
        All names in the source: what was listed of them before is out of date.
    """

    source: str
    rows: list[Row] = field(default_factory=list)
    not_assigned: list[NotAssigned] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: frozenset[str] = frozenset()


def collect_download(
    classroom: Classroom, chapter: str, path: Path, by_hand: Sequence[str] = ()
) -> Outcome:
    """Collect a chapter from a download of a learning platform.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    path : Path
        The zip or the folder.
    by_hand : sequence of str
        Whose a name is, as ``NAME=STUDENT``.

    Raises
    ------
    CollectError, DownloadError, RosterError, GradingError
    """
    check_chapter(classroom.course, chapter)
    students = needed_roster(classroom.folder / ROSTER)
    memory = Memory.read(classroom, chapter)
    assigned = _assignments(by_hand, students)
    with Download(path) as download:
        layout = _layout(download, path, _zone(classroom))
        people = _by_person(download, layout)
        if wrong := assigned.keys() - people.keys():
            raise CollectError(f"--assign: nothing in {path} is called {min(wrong)!r}; give the "
                               "name as the list of what was not assigned shows it")
        memory.assigned |= assigned
        owners, not_assigned = _owners(people, layout.platform, Roll(students), memory.assigned)
        outcome = Outcome(f"{path} ({layout.platform})", not_assigned=not_assigned,
                          left_out=download.left_out, seen=frozenset(people))
        with staging_folder(classroom) as staging, Looker(classroom, chapter) as looker:
            placer = Placer(classroom, chapter, memory, staging, looker, outcome.left_out)
            for student, keys in owners.items():
                files = [pair for key in keys for pair in people[key]]
                outcome.rows.append(placer.take(student, files))
                memory.write()
    memory.write()
    outcome.missing = [s.id for s in students if not classroom.submitted(chapter, s.id).exists()]
    return outcome


def _assignments(by_hand: Sequence[str], students: Sequence[Student]) -> dict[str, str]:
    ids = {student.id for student in students}
    assigned = {}
    for text in by_hand:
        name, _, student = text.rpartition("=")
        if not name.strip():
            raise CollectError(f"--assign takes NAME=STUDENT, not {text!r}")
        if student.strip() not in ids:
            raise CollectError(f"--assign: {student.strip()!r} is no id in {ROSTER}")
        assigned[name.strip()] = student.strip()
    return assigned


def _zone(classroom: Classroom) -> ZoneInfo | None:
    """The time zone of the class, if class.toml names one."""
    return ZoneInfo(classroom.settings.timezone) if classroom.settings else None


def _layout(download: Download, path: Path, zone: ZoneInfo | None) -> Layout:
    """How a download is laid out; archives that are downloads themselves are opened for it."""
    first = layout_of([file.parts for file in download.files], zone)
    download.open_archives(lambda parts: first is not None and first.read(parts) is not None)
    layout = layout_of([file.parts for file in download.files], zone)
    if layout is None:
        raise CollectError(
            f"nothing in {path} is named as Canvas, Moodle, Brightspace or Blackboard name what is "
            "handed in; give the zip as the platform made it, or the folder that it unpacks to"
        )
    return layout


People = dict[str, list[tuple[Named, Delivered]]]


def _by_person(download: Download, layout: Layout) -> People:
    """The files of a download by what the platform calls the person."""
    people: People = {}
    for file in download.files:
        named = layout.read(file.parts)
        if named is None and layout.platform == BRIGHTSPACE and (
            file.parts[layout.around:] == ("index.html",)
        ):
            continue  # its own list of all that was handed in
        if named is None:
            name = "/".join(file.parts)
            named = Named(name, (file.parts[-1],))
        people.setdefault(named.key, []).append((named, file))
    return people


def _owners(
    people: People, platform: str, roll: Roll, assigned: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[NotAssigned]]:
    """By student, the names under which the platform has handed something over."""
    owners: dict[str, list[str]] = {}
    nobodys: dict[str, str] = {}
    for key, files in people.items():
        found = _look_up(files, platform, roll)
        if key in assigned:
            owners.setdefault(assigned[key], []).append(key)
        elif found.student is not None:
            owners.setdefault(found.student.id, []).append(key)
        else:
            nobodys[key] = found.why
    for student, keys in list(owners.items()):
        # Two people of one name, of whom one is missing in the list: whose is whose?
        if len(keys) > 1 and not all(key in assigned for key in keys):
            for key in keys:
                if key not in assigned:
                    others = ", ".join(other for other in keys if other != key)
                    nobodys[key] = f"it may be {student}'s, and so may {others}"
            owners[student] = [key for key in keys if key in assigned]
            if not owners[student]:
                del owners[student]
    return dict(sorted(owners.items())), [
        NotAssigned(key, why, tuple("/".join(file.parts) for _, file in people[key]))
        for key, why in nobodys.items()
    ]


def _look_up(files: Sequence[tuple[Named, Delivered]], platform: str, roll: Roll) -> Found:
    """Who is meant by what the platform says of a person's files."""
    named = files[0][0]
    if not (named.name or named.number or named.logins):
        return Found(None, f"it is not named as {platform} names files")
    if platform == CANVAS:
        return roll.find(number=named.number, name=named.name)
    if platform == MOODLE:
        # A number that is another one in each assignment. A group's name may stand first.
        found = roll.find(name=named.name, perhaps=(named.number,))
        inside = named.name
        while found.student is None and "-" in inside:
            inside = inside.partition("-")[2]
            found = roll.find(name=inside) if roll.named(inside) else found
        return found
    if platform == BRIGHTSPACE:
        return roll.find(name=named.name, perhaps=named.key.partition(" ")[0].split("-"))
    name, login = _told_by_blackboard(files)
    return roll.find(logins=(login,) if login else named.logins, name=name)


def _told_by_blackboard(files: Sequence[tuple[Named, Delivered]]) -> tuple[str, str]:
    """Name and login, from the first line of what Blackboard writes about an attempt."""
    for named, file in files:
        if named.path:
            continue
        try:
            line = file.read()[:2000].decode("utf-8-sig", "replace").split("\n")[0].strip()
        except LeftOutError:
            continue
        name, bracket, login = line.partition(":")[2].strip().rpartition("(")
        if line.startswith("Name:") and bracket and login.endswith(")"):
            return name.strip(), login[:-1].strip()
    return "", ""
