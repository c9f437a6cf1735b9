"""What an examination of the checks found: counts, fractions, and a list of all that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field


@dataclass
class Count:
    """How many of how many."""

    good: int = 0
    all: int = 0

    def add(self, good: bool) -> None:
        """Count one more."""
        self.good += bool(good)
        self.all += 1

    def __add__(self, other: Count) -> Count:
        return Count(self.good + other.good, self.all + other.all)

    @property
    def fraction(self) -> float:
        """The share of the good ones; 1 if there are none at all."""
        return self.good / self.all if self.all else 1.0


FRACTIONS = {
    "accepted": "right answers with full points",
    "caught": "known mistakes that lose their own items and no others",
    "named": "known mistakes that get their own name and no other",
    "mutants": "mutants that lose a point, or compute the same as the reference",
    "equal": "mutants that compute the same",
    "agreement": "answers with the same points at home and in the grader",
    "seed_stable": "answers with the same points for every seed",
    "names_true": "names of mistakes that hold on inputs of another origin",
    "mutants_named": "caught mutants with a true name",
    "mutants_helped": "caught mutants with a name, an explanation or a hint",
}


@dataclass
class Report:
    """What was found of one exercise, or of many.

    Attributes
    ----------
    chapter, exercise : str
    counts : dict of str to Count
        One for each of `FRACTIONS`.
    findings : dict of str to list of str
        What is wrong, by its kind; also the mutants that are equal.
    seconds : float
        What it took.
    """

    chapter: str = ""
    exercise: str = ""
    counts: dict[str, Count] = field(default_factory=lambda: {n: Count() for n in FRACTIONS})
    findings: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def count(self, name: str, good: bool) -> bool:
        """Count something, and say again whether it was good."""
        self.counts[name].add(good)
        return good

    def find(self, kind: str, text: str) -> None:
        """Note something."""
        self.findings.setdefault(kind, []).append(text)

    @classmethod
    def together(cls, reports: Iterable[Report], chapter: str = "") -> Report:
        """The sums of many reports."""
        total = cls(chapter)
        for report in reports:
            for name, count in report.counts.items():
                total.counts[name] += count
            for kind, texts in report.findings.items():
                total.findings.setdefault(kind, []).extend(
                    f"{report.exercise}: {text}" if report.exercise else text for text in texts)
            total.seconds += report.seconds
        return total

    @property
    def fractions(self) -> dict[str, float]:
        """The shares, by name."""
        return {name: count.fraction for name, count in self.counts.items()}

    def to_dict(self) -> dict:
        """The report as JSON-able data."""
        return asdict(self)


def summary(reports: Iterable[Report]) -> dict:
    """What ``build/selftest.json`` holds: fractions and counts, over all and by chapter."""
    by_chapter: dict[str, list[Report]] = {}
    for report in reports:
        by_chapter.setdefault(report.chapter, []).append(report)
    chapters = {name: Report.together(found, name) for name, found in by_chapter.items()}
    total = Report.together(chapters.values())
    return {
        **total.fractions,
        "counts": _counts(total),
        "chapters": {
            name[:2]: {**report.fractions, "counts": _counts(report)}
            for name, report in sorted(chapters.items())
        },
    }


def _counts(report: Report) -> Mapping[str, list[int]]:
    return {name: [count.good, count.all] for name, count in report.counts.items()}
