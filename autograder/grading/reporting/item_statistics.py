"""How hard the items of a chapter were for a class, and what each says about the rest.

Difficulty is the share of those who solved an item. Discrimination is the correlation of the points
for an item with those for everything else: the corrected item-total correlation of classical test
theory (R. L. Ebel, D. A. Frisbie, Essentials of Educational Measurement, 5th ed., ch. 13), from
where the limits of `in_words` are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.checking.result import NOT_WRITTEN, ItemResult, Result

ENOUGH = 20
"""With fewer students a correlation is mostly chance."""

LIMITS = (
    (0.4, "separates well"),
    (0.2, "separates"),
    (-0.2, "says little"),
    (-2.0, "runs against the rest"),
)
"""From which correlation on an item does what."""

MEANING = {
    "separates well": "who solves it does well in the rest, too",
    "separates": "the same, less clearly",
    "says little": "whether it is solved has little to do with the rest",
    "runs against the rest": "who does well in the rest fails here: read the question once more",
}


@dataclass(frozen=True)
class Statistics:
    """How a class did in an item, or in an exercise as a whole.

    Attributes
    ----------
    name : str
    max_points : float
    students : int
        Whose answers count.
    solved : float
        The share of them who have all points.
    mean : float
        The mean of their points.
    blank : int
        How many wrote nothing.
    correlation : float or None
        With the rest of the score; None where there are too few students, or where all did alike.
    items : tuple of Statistics
        Of an exercise.
    """

    name: str
    max_points: float
    students: int
    solved: float
    mean: float
    blank: int
    correlation: float | None
    items: tuple[Statistics, ...] = ()

    @property
    def in_words(self) -> str:
        """What the correlation means; empty if there is none."""
        if self.correlation is None:
            return ""
        return next(words for limit, words in LIMITS if self.correlation >= limit)


def statistics_of(
    results: Sequence[dict[str, Result]], exercises: Iterable[str]
) -> list[Statistics]:
    """How a class did, by exercise and item.

    Parameters
    ----------
    results : sequence of dict of str to Result
        Of each student, by exercise. Records of older rules may lack exercises or items.
    exercises : iterable of str
        In the order of the chapter.
    """
    totals = np.array([sum(result.points for result in own.values()) for own in results])
    found = []
    for name in exercises:
        have = [k for k, own in enumerate(results) if name in own]
        own_results = [results[k][name] for k in have]
        items: dict[str, list[tuple[int, ItemResult]]] = {}
        for k, result in zip(have, own_results):
            for item in result.items:
                items.setdefault(item.name, []).append((k, item))
        if not items:
            continue
        found.append(_statistics(
            name, own_results, totals[have],
            tuple(_statistics(item, [one for _, one in told], totals[[k for k, _ in told]])
                  for item, told in items.items()),
        ))
    return found


def _statistics(
    name: str, answers: Sequence[Result] | Sequence[ItemResult], totals: np.ndarray,
    items: tuple[Statistics, ...] = (),
) -> Statistics:
    points = np.array([answer.points for answer in answers])
    most = np.array([answer.max_points for answer in answers])
    return Statistics(
        name, float(most.max()), len(answers), float(np.mean(points >= most - 1e-9)),
        float(points.mean()), sum(map(_is_blank, answers)), correlation(points, totals - points),
        items,
    )


def _is_blank(answer: Result | ItemResult) -> bool:
    items = answer.items if isinstance(answer, Result) else (answer,)
    return all(item.status == NOT_WRITTEN for item in items)


def correlation(points: np.ndarray, rest: np.ndarray) -> float | None:
    """Pearson's correlation; None with fewer than `ENOUGH` students, or where one does not vary."""
    if len(points) < ENOUGH or min(np.ptp(points), np.ptp(rest)) < 1e-9:
        return None
    return float(np.corrcoef(points, rest)[0, 1])
