"""What a learner has earned so far: one small file beside the chapters, and its words.

`check` writes into it what it found, so that `progress` still knows after a restart. It holds
names of exercises and points, nothing else; whoever deletes it loses only this memory.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from autograder.checking.result import Result, number
from autograder.exercises import CHAPTERS, exercises_of, known_chapter

FILE = ".backprop-progress.json"


def progress_file() -> Path:
    """The file of this learner: in the folder that holds the folders of the chapters."""
    here = Path.cwd()
    return (here.parent if here.name in CHAPTERS else here) / FILE


def points_so_far() -> dict[str, float]:
    """Points by exercise, as the last check of each found them; empty where nothing is known."""
    try:
        data = json.loads(progress_file().read_text(encoding="utf-8"))
        return {str(name): float(points) for name, points in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def remember(result: Result) -> None:
    """Keep the points of a check. A folder that cannot be written to costs only the memory."""
    path = progress_file()
    text = json.dumps({**points_so_far(), result.exercise: result.points}, indent=1)
    temporary = path.with_name(f"{FILE}.{os.getpid()}")
    with contextlib.suppress(OSError):
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)


@dataclass(frozen=True)
class ChapterProgress:
    """How far one chapter is.

    Attributes
    ----------
    chapter : str
    green, exercises : int
        How many exercises have all their points, and how many there are.
    points, max_points : float
        Of the checks; a written answer is graded by a person.
    next : str
        The first exercise that is not green, or nothing.
    """

    chapter: str
    green: int
    exercises: int
    points: float
    max_points: float
    next: str

    @classmethod
    def of(cls, chapter: str, earned: Mapping[str, float]) -> ChapterProgress:
        """The progress of a chapter, from the points by exercise."""
        rows = exercises_of(chapter)
        got = {name: min(earned.get(name, 0.0), row.max_points) for name, row in rows.items()}
        missing = [name for name, row in rows.items() if got[name] < row.max_points]
        return cls(
            chapter, len(rows) - len(missing), len(rows), sum(got.values()),
            sum(row.max_points for row in rows.values()), missing[0] if missing else "",
        )

    def __str__(self) -> str:
        text = (f"{self.green} of {self.exercises} exercises green, "
                f"{number(self.points)} of {number(self.max_points)} points")
        return f"{text}; next: {self.next}" if self.next else f"{text}; all of them are green"


@dataclass(frozen=True)
class Progress:
    """How far one chapter is, or the whole course; shown as text or as a table."""

    chapters: tuple[ChapterProgress, ...]

    @classmethod
    def of(cls, chapter: str | None) -> Progress:
        """The progress of a chapter, or of all.

        Raises
        ------
        NoSuchChapter
            If the name is no chapter's.
        """
        earned = points_so_far()
        wanted = CHAPTERS if chapter is None else (known_chapter(chapter),)
        return cls(tuple(ChapterProgress.of(name, earned) for name in wanted))

    def __repr__(self) -> str:
        if len(self.chapters) == 1:
            return str(self.chapters[0])
        width = max(len(row.chapter) for row in self.chapters)
        lines = [f"{row.chapter:<{width}}  {row}" for row in self.chapters]
        return "\n".join([*lines, self._total()])

    def _repr_html_(self) -> str:
        if len(self.chapters) == 1:
            return f"<p><strong>{escape(str(self.chapters[0]))}</strong></p>"
        left = "style='text-align:left'"
        rows = "".join(
            f"<tr><td {left}>{escape(row.chapter)}</td><td {left}>{row.green} of {row.exercises}"
            f"</td><td {left}>{number(row.points)} of {number(row.max_points)}</td>"
            f"<td {left}>{escape(row.next or 'done')}</td></tr>"
            for row in self.chapters
        )
        titles = "".join(f"<th {left}>{title}</th>"
                         for title in ("Chapter", "Exercises green", "Points", "Next"))
        return (f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
                f"<p><strong>{escape(self._total())}</strong></p>")

    def _total(self) -> str:
        points, most = (sum(getattr(row, name) for row in self.chapters)
                        for name in ("points", "max_points"))
        following = next((row for row in self.chapters if row.next), None)
        text = f"{number(points)} of {number(most)} points in the whole course"
        return f"{text}; next: {following.next} in {following.chapter}" if following else text
