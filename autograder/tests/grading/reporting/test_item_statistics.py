"""Difficulty and discrimination, against what is worked out by hand or by NumPy."""

import numpy as np
import pytest

from autograder.checking.result import NOT_WRITTEN, RIGHT, WRONG, ItemResult, Result
from autograder.grading.reporting.item_statistics import ENOUGH, MEANING, correlation, statistics_of


def answer(exercise: str, *points: float, most: float = 1, status: str = "") -> Result:
    return Result(exercise, tuple(
        ItemResult(f"item {k}", got, most, status or (RIGHT if got == most else WRONG))
        for k, got in enumerate(points)))


def class_of(*students: dict[str, tuple[float, ...]]) -> list[dict[str, Result]]:
    return [{name: answer(name, *points) for name, points in own.items()} for own in students]


def test_shares_means_and_blanks():
    blank = {"f": answer("f", 0, 0, status=NOT_WRITTEN)}
    (f,) = statistics_of([*class_of({"f": (1, 1)}, {"f": (1, 0)}, {"f": (0, 0)}), blank], ["f"])
    assert (f.students, f.max_points, f.solved, f.mean, f.blank) == (4, 2, 0.25, 0.75, 1)
    assert [(item.name, item.solved, item.blank) for item in f.items] == [
        ("item 0", 0.5, 1), ("item 1", 0.25, 1)]
    assert f.correlation is None  # four students tell nothing


def test_discrimination_is_the_correlation_with_everything_else():
    rng = np.random.default_rng(0)
    points = rng.integers(0, 2, (ENOUGH, 4)).astype(float)
    students = class_of(*({"f": (row[0], row[1]), "g": (row[2], row[3])} for row in points))
    f, g = statistics_of(students, ["f", "g"])
    for k, item in enumerate((*f.items, *g.items)):
        rest = np.delete(points, k, axis=1).sum(axis=1)
        assert item.correlation == pytest.approx(np.corrcoef(points[:, k], rest)[0, 1])
    assert f.correlation == pytest.approx(
        np.corrcoef(points[:, :2].sum(1), points[:, 2:].sum(1))[0, 1])


def test_where_all_did_alike_nothing_is_said():
    same, ramp = np.ones(ENOUGH), np.arange(ENOUGH, dtype=float)
    assert correlation(same, ramp) is correlation(ramp, same) is None
    assert correlation(ramp[1:], ramp[1:]) is None  # one student too few
    assert correlation(ramp, ramp) == pytest.approx(1)


@pytest.mark.parametrize("strong, weak, words", [
    ((1, 1, 1), (0, 0, 0), "separates well"),
    ((0, 1, 1), (1, 0, 0), "runs against the rest"),
])
def test_it_is_said_in_words_what_the_correlation_means(strong, weak, words):
    students = class_of(*[{"f": strong}] * ENOUGH, *[{"f": weak}] * ENOUGH)
    (f,) = statistics_of(students, ["f"])
    assert f.items[0].in_words == words and words in MEANING


def test_item_that_has_nothing_to_do_with_the_rest():
    students = class_of(*({"f": (k % 2, k // 2 % 2)} for k in range(40)))
    (f,) = statistics_of(students, ["f"])
    assert [item.in_words for item in f.items] == ["says little"] * 2


def test_records_of_other_rules_count_where_they_have_the_item():
    students = class_of({"f": (1,)}, {"f": (0, 1), "old": (1,)}, {})
    f, old = statistics_of(students, ["f", "new", "old"])
    assert [(item.name, item.students, item.solved) for item in f.items] == [
        ("item 0", 2, 0.5), ("item 1", 1, 1.0)]
    assert (old.name, old.students) == ("old", 1)
    assert statistics_of([], ["f"]) == []
