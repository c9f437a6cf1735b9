"""One line of a rubric, as a check fills it in."""

from __future__ import annotations

from dataclasses import dataclass

RIGHT, WRONG, NOT_WRITTEN, NOT_REACHED = "right", "wrong", "not written yet", "not reached"
MARKS = {RIGHT: "✓", WRONG: "✗", NOT_WRITTEN: "·", NOT_REACHED: "·"}


@dataclass(frozen=True)
class ItemResult:
    """One line of the rubric.

    Attributes
    ----------
    name : str
        Rubric item.
    points, max_points : float
    status : str
        RIGHT, WRONG, NOT_WRITTEN or NOT_REACHED.
    message : str
        What is wrong, or how it was shown to be right.
    got, expected : str
        Short forms of what came and what was expected.
    case : str
        The case in which it went wrong.
    mistake : str
        Name of the mistake that matches, if one does: from the catalogue, or a general one.
    explanation, hint : str
        Why it is wrong, and one next step.
    cause : str
        Of an exception: its kind, and the student's line that raised it.
    where : str
        What the wrong entries have in common. This and the two below are told at home only.
    marks : str
        A small map of the entries, a line for each row.
    inputs : str
        The inputs of the case, where they are small.
    """

    name: str
    points: float
    max_points: float
    status: str
    message: str = ""
    got: str = ""
    expected: str = ""
    case: str = ""
    mistake: str = ""
    explanation: str = ""
    hint: str = ""
    cause: str = ""
    where: str = ""
    marks: str = ""
    inputs: str = ""
