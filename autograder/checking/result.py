"""What a check found, in every form in which it is read.

A `Result` has four forms: an HTML table in a notebook, plain text in a terminal,
JSON in a file, and a bare number of points, which is what nbgrader reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from autograder.checking.item import (  # noqa: F401
    MARKS,
    NOT_REACHED,
    NOT_WRITTEN,
    RIGHT,
    WRONG,
    ItemResult,
)
from autograder.checking.table import LEFT, STYLE, as_html, as_text, details, number  # noqa: F401


@dataclass(frozen=True)
class Result:
    """What a check of one exercise found.

    Attributes
    ----------
    exercise : str
    items : tuple of ItemResult
        The rubric, in order.
    notes : tuple of str
        Remarks that cost nothing: warnings, a forward function that is wrong.
    printed : str
        What the student's code printed while it was checked.
    first : str
        What is to be mended before anything else, if something is.
    help : tuple of str
        Hints that were asked for, or how to ask for one.
    case : mapping or None
        The arguments of the first case that went wrong, by the names of the parameters:
        ``f(**check(f).case)`` makes the same call. Only at home, and None where all is right or
        where a case is more than one call.
    """

    exercise: str
    items: tuple[ItemResult, ...]
    notes: tuple[str, ...] = ()
    printed: str = ""
    first: str = ""
    help: tuple[str, ...] = ()
    case: Mapping[str, object] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def nothing_earned(
        cls, exercise: str, points: Mapping[str, float], status: str, message: str = ""
    ) -> Result:
        """A result without points: every item of the rubric has one status, for one reason."""
        return cls(exercise, tuple(
            ItemResult(name, 0.0, float(most), status, message if k == 0 else "")
            for k, (name, most) in enumerate(points.items())
        ))

    @property
    def points(self) -> float:
        """Points earned."""
        return float(sum(item.points for item in self.items))

    @property
    def max_points(self) -> float:
        """Points that could be earned."""
        return float(sum(item.max_points for item in self.items))

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Names of the mistakes that were recognised, each once, in order."""
        return tuple(dict.fromkeys(item.mistake for item in self.items if item.mistake))

    @property
    def summary(self) -> str:
        """One line: the exercise, its points, and whether anything is written yet."""
        head = f"{self.exercise}: {number(self.points)} of {number(self.max_points)} points"
        if self.items and all(item.status == NOT_WRITTEN for item in self.items):
            return f"{head}, not written yet"
        return head

    def to_dict(self) -> dict:
        """The result as JSON-able data; `from_dict` reads it back, but for the case."""
        return {
            "exercise": self.exercise, "items": [asdict(item) for item in self.items],
            "notes": list(self.notes), "printed": self.printed, "first": self.first,
            "help": list(self.help),
        }

    @classmethod
    def from_dict(cls, data: dict) -> Result:
        """A result from `to_dict`'s data, or from that of an older version.

        Raises
        ------
        KeyError, TypeError
            If `data` was not made by `to_dict`.
        """
        items = tuple(ItemResult(**item) for item in data["items"])
        return cls(data["exercise"], items, tuple(data["notes"]), data["printed"],
                   data.get("first", ""), tuple(data.get("help", ())))

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        # nbgrader reads the points of a cell from the plain text of its last value.
        return f"{self.points:.12g}"

    def _repr_pretty_(self, printer, cycle) -> None:
        printer.text(str(self) if _in_a_terminal() else repr(self))

    def _repr_html_(self) -> str:
        return as_html(self)


def _in_a_terminal() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return True
    shell = get_ipython()
    return shell is None or type(shell).__name__ == "TerminalInteractiveShell"
