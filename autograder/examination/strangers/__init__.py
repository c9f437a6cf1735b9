"""Wrong answers by an examiner who had read the notebooks, and neither catalogue nor cases.

`answers` holds them, with the truth about each. ``first_verdicts.json`` holds what the checks said
of them at first, before anything was mended for their sake, and whether the names were true.
"""

from __future__ import annotations

import json
from pathlib import Path

from autograder.examination.strangers.answers import ANSWERS, Stranger

__all__ = ["ANSWERS", "Stranger", "first_verdicts"]

COSTS_ELSEWHERE = {
    ("affine_forward", "caches the flattened x"): "affine_backward",
    ("max_pool_forward", "the last of equal pixels wins"): "max_pool_backward",
}
"""Where a forward function with a cache of no use loses its point: its own cache layout is free."""

THE_SAME_NUMBERS = {("convnet_forward", "pools before relu")}
"""Not what the text asks for, and right: the two layers can be exchanged, and so can their caches
where the backward function is written for them."""


def first_verdicts() -> list[dict]:
    """What the checks said at first: points and names, at home and in the grader."""
    path = Path(__file__).with_name("first_verdicts.json")
    return json.loads(path.read_text(encoding="utf-8"))
