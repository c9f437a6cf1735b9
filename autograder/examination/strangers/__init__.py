"""Wrong answers by examiners who had read the notebooks, and neither catalogue nor cases.

`ROUNDS` holds them, with the truth about each. The files of verdicts hold what the checks said of
them at first, before anything was mended for their sake, and whether the names were true.
"""

from __future__ import annotations

import json
from pathlib import Path

from autograder.examination.strangers import (
    fifth_answers,
    first_answers,
    fourth_answers,
    second_answers,
    sixth_answers,
    third_answers,
)
from autograder.examination.strangers.stranger import Stranger

__all__ = ["ANSWERS", "COSTS_ELSEWHERE", "NOT_WRONG", "ROUNDS", "Stranger", "first_verdicts"]

ROUNDS: dict[str, list[Stranger]] = {
    "first": first_answers.ANSWERS,
    "second": second_answers.ANSWERS,
    "third": third_answers.ANSWERS,
    "fourth": fourth_answers.ANSWERS,
    "fifth": fifth_answers.ANSWERS,
    "sixth": sixth_answers.ANSWERS,
}
ANSWERS = [answer for answers in ROUNDS.values() for answer in answers]

COSTS_ELSEWHERE = {
    ("affine_forward", "caches the flattened x"): "affine_backward",
    ("affine_forward", "the cache holds the flattened x"): "affine_backward",
    ("convnet_forward", "pools before relu"): "convnet_backward",
    ("convnet_forward", "pooling before relu"): "convnet_backward",
    ("max_pool_forward", "places counted column by column"): "max_pool_backward",
    ("max_pool_forward", "the last of equal pixels wins"): "max_pool_backward",
    ("max_pool_forward", "places of large windows do not fit into int8"): "max_pool_backward",
    ("max_pool_forward", "places counted with the height of the window"): "max_pool_backward",
}
"""Where a forward function with a cache of no use loses its point: its own cache layout is free."""

NOT_WRONG = {
    # What the text asked for, and does not ask for any more.
    ("relu", "x itself is returned where nothing is cut off"),
    ("sigmoid", "integers in, integers out"),
}
"""Answers that keep their points."""


def first_verdicts(name: str) -> list[dict]:
    """What the checks said of a round at first: points and names, at home and in the grader."""
    path = Path(__file__).with_name(f"{name}_verdicts.json")
    return json.loads(path.read_text(encoding="utf-8"))
