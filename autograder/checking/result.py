"""What a check found, and every word of it that a student reads.

A `Result` has four forms: an HTML table in a notebook, plain text in a terminal,
JSON in a file, and a bare number of points, which is what nbgrader reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape

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
    """

    exercise: str
    items: tuple[ItemResult, ...]
    notes: tuple[str, ...] = field(default=())
    printed: str = ""

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
        """The result as JSON-able data; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> Result:
        """A result from `to_dict`'s data.

        Raises
        ------
        KeyError, TypeError
            If `data` was not made by `to_dict`.
        """
        items = tuple(ItemResult(**item) for item in data["items"])
        return cls(data["exercise"], items, tuple(data["notes"]), data["printed"])

    def __str__(self) -> str:
        lines = [self.summary, ""]
        width = max((len(item.name) for item in self.items), default=0)
        for item in told_once(self.items):
            score = f"{number(item.points)}/{number(item.max_points)}"
            lines.append(f"  {MARKS[item.status]} {item.name:<{width}}  {score:>5}  "
                         f"{item.message or item.status}".rstrip())
            lines += [f"{'':<{width + 13}}{text}" for text in details(item)]
        lines += [f"  Note: {note}" for note in self.notes]
        if self.printed.strip():
            lines += ["", "  Your code printed:"]
            lines += [f"    {line}" for line in self.printed.strip().splitlines()[:20]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        # nbgrader reads the points of a cell from the plain text of its last value.
        return f"{self.points:.12g}"

    def _repr_pretty_(self, printer, cycle) -> None:
        printer.text(str(self) if _in_a_terminal() else repr(self))

    def _repr_html_(self) -> str:
        rows = "".join(_html_row(item) for item in told_once(self.items))
        notes = "".join(f"<p class='bc-note'>{escape(note)}</p>" for note in self.notes)
        printed = ""
        if self.printed.strip():
            text = "\n".join(self.printed.strip().splitlines()[:40])
            printed = (
                "<details class='bc-printed'><summary>What your code printed</summary>"
                f"<pre>{escape(text)}</pre></details>"
            )
        done = self.items and self.points == self.max_points
        return (
            f"<div class='bc-result tex2jax_ignore mathjax_ignore'>{STYLE}"
            f"<p class='bc-head {'bc-right' if done else ''}'>{escape(self.summary)}</p>"
            f"<table><thead><tr>{TITLES}</tr></thead><tbody>{rows}</tbody></table>"
            f"{notes}{printed}</div>"
        )


# In every cell: a program that does not trust a notebook shows it without `STYLE`.
LEFT = "style='text-align:left'"
TITLES = "<th></th>" + "".join(
    f"<th {LEFT}>{title}</th>"
    for title in ("What is checked", "Points", "What came", "What was expected")
)


def told_once(items: Iterable[ItemResult]) -> list[ItemResult]:
    """The items as they are shown: what was explained above is not explained again.

    An error that stops a function takes all its outputs along, and so does a mistake in what
    several of them are computed from.
    """
    first: dict[tuple[str, ...], str] = {}
    shown = []
    for item in items:
        cause = (item.mistake or item.message, item.explanation, item.hint,
                 "" if item.mistake else item.case)
        if item.status != WRONG or not cause[0]:
            shown.append(item)
        elif cause not in first:
            first[cause] = item.name
            shown.append(item)
        elif item.mistake:
            shown.append(replace(item, mistake=f"{item.mistake}, as in {first[cause]}",
                                 explanation="", hint=""))
        else:
            shown.append(replace(item, message=f"the same as in {first[cause]}", case="",
                                 explanation="", hint=""))
    return shown


def details(item: ItemResult) -> list[str]:
    """The lines below an item: where, which mistake, why, and what next."""
    lines = []
    if item.case and item.status == WRONG:
        lines.append(f"Case: {item.case}.")
    if item.mistake:
        lines.append(f"Known mistake: {item.mistake}.")
    if item.explanation:
        lines.append(item.explanation)
    if item.hint:
        lines.append(f"Hint: {item.hint}")
    return lines


def number(points: float) -> str:
    """Points without a needless ``.0``."""
    return f"{points:.4g}"


def _html_row(item: ItemResult) -> str:
    css = {RIGHT: "bc-right", WRONG: "bc-wrong"}.get(item.status, "bc-open")
    rest = "".join(f"<br>{escape(line)}" for line in details(item))
    row = (
        f"<tr><td class='{css}'>{MARKS[item.status]}</td><td {LEFT}>{escape(item.name)}</td>"
        f"<td {LEFT}>{number(item.points)} of {number(item.max_points)}</td>"
        f"<td {LEFT}>{escape(item.got)}</td><td {LEFT}>{escape(item.expected)}</td></tr>"
    )
    if item.message or rest:
        message = escape(item.message or item.status)
        row += f"<tr class='bc-why'><td></td><td {LEFT} colspan='4'>{message}{rest}</td></tr>"
    return row


def _in_a_terminal() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return True
    shell = get_ipython()
    return shell is None or type(shell).__name__ == "TerminalInteractiveShell"


# Green and red are mixed with the colour of the text around: dark on a light page, light on a
# dark one, whatever the program that shows the notebook calls its themes.
STYLE = """<style>
.bc-result{color:inherit;max-width:60em}
.bc-result p{margin:.3em 0}
.bc-result .bc-head{font-weight:600}
.bc-result table{border-collapse:collapse;color:inherit;background:none;margin:.3em 0;
  font-size:inherit}
.bc-result th,.bc-result td{text-align:left!important;vertical-align:top;padding:.25em .8em .25em 0;
  color:inherit;background:none!important;border:none;max-width:none;white-space:normal}
.bc-result th{font-weight:600;border-bottom:1px solid rgba(128,128,128,.6)}
.bc-result tbody tr{background:none!important}
.bc-result .bc-why td{padding-top:0;padding-bottom:.6em;line-height:1.45;overflow-wrap:anywhere}
.bc-result .bc-head,.bc-result .bc-note{overflow-wrap:anywhere}
.bc-result .bc-right{color:#2e9e4f;color:color-mix(in srgb,currentColor 35%,#2e9e4f)!important;
  font-weight:600}
.bc-result .bc-wrong{color:#d9534f;color:color-mix(in srgb,currentColor 25%,#e5423d)!important;
  font-weight:600}
.bc-result .bc-open{opacity:.75}
.bc-result .bc-note{opacity:.85}
.bc-result pre{color:inherit;background:none}
</style>"""
