"""The page of feedback that a student gets: made of a record, a standing and a graded notebook.

All of these may hold text of a student's. It reaches the page only through the template, which
escapes everything; and the page's policy lets nothing run. Of a record it is shown what the check
itself shows: never `heard`, nor anything that was printed in calls with hidden cases.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from autograder.cells import WRITTEN, WRITTEN_ANSWER, label_of, source_of
from autograder.checking.item import ItemResult
from autograder.checking.result import Result
from autograder.checking.table import number
from autograder.grading.classes.roster import Student
from autograder.grading.classes.standings import Standing
from autograder.grading.reporting.lost_points import Loss, NextStep, losses, next_step, points
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.grading.submissions.submission import GRADER_FAILED, is_unwritten
from autograder.grading.submissions.written_answer import as_it_was_typed
from autograder.kit.plain import printable

TEMPLATES = Path(__file__).parent / "templates"
PNG = b"\x89PNG\r\n\x1a\n"
MOST_SHOWN = 4000
"""Characters of what a cell printed that are shown."""
HEADING = re.compile(r"\s*#+\s+(.*)")
ABOUT_THE_POINTS = re.compile(r"\*\d+ points?, .*\*")
"""What stands in a written question besides the question."""

NOT_THEIR_FAULT = ("The grader itself failed here. That is no mistake of yours, and your "
                   "instructor has been told.")

FAILED_AT_ALL = ("Wait for your instructor, who has been told: the grader itself failed at your "
                 "notebook, and that is no mistake of yours.")


@dataclass(frozen=True)
class Own:
    """What a student's cell holds and showed, out of the graded notebook.

    Attributes
    ----------
    source : str
    texts : tuple of str
        What it printed.
    figures : tuple of str
        PNG in base64.
    failure : str
        The error that stopped it.
    """

    source: str = ""
    texts: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class Section:
    """One exercise on the page."""

    name: str
    points: float
    max_points: float
    changed_by_hand: bool = False
    comment: str = ""
    remarks: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    right: tuple[ItemResult, ...] = ()
    is_unwritten: bool = False
    own: Own = field(default_factory=Own)

    @property
    def lost(self) -> bool:
        """Whether it lost points, after all that a person has changed."""
        return self.points < self.max_points


@dataclass(frozen=True)
class Answer:
    """The written question on the page."""

    max_points: float
    question: str = ""
    text: str = ""
    points: float | None = None
    comment: str = ""


@dataclass(frozen=True)
class Page:
    """All that a page says."""

    chapter: str
    title: str
    student: Student
    standing: Standing
    sum_of: tuple[tuple[str, str], ...]
    step: NextStep
    sections: tuple[Section, ...]
    answer: Answer | None
    notes: tuple[str, ...]
    problem: str
    is_our_fault: bool

    @property
    def to_mend(self) -> list[Section]:
        """Exercises that lost points for what is written, or of which a person says something."""
        return [s for s in self.sections if s.lost and s not in self.unwritten]

    @property
    def unwritten(self) -> list[Section]:
        """Exercises in which nothing stands, and of which a person says nothing."""
        return [s for s in self.sections
                if s.lost and s.is_unwritten and not (s.comment or s.changed_by_hand)]

    @property
    def right(self) -> list[Section]:
        """Exercises that lost nothing."""
        return [section for section in self.sections if not section.lost]

    @property
    def step_leads_to(self) -> str:
        """The id of the heading below which the next step is explained, or empty."""
        if self.step.exercise == WRITTEN:
            return "written"
        names = [section.name for section in self.to_mend]
        if self.step.exercise in names:
            return f"lost-{names.index(self.step.exercise) + 1}"
        return ""

    def html(self) -> str:
        """The page, whole: it needs no other file and no network."""
        return _template().render(page=self, policy=NOTHING_RUNS)


def page_of(
    chapter: str, student: Student, record: Mapping, standing: Standing, notebook: Mapping,
    released: Mapping,
) -> Page:
    """What the page of one submission says.

    Parameters
    ----------
    chapter : str
    student : Student
    record : mapping
        See `autograder.grading.submissions.submission.Graded.record`. One of an older form is read,
        too.
    standing : Standing
    notebook : mapping
        The graded notebook, as JSON; an empty one if it is lost. What is the course's in it is for
        who grades: it holds the mark scheme.
    released : mapping
        The notebook that students were given.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If the record is damaged.
    """
    cells, given = _cells(notebook), _cells(released)
    results = [Result.from_dict(data) for data in record["results"]]
    problem, fault = str(record.get("problem", "")), str(record.get("fault", ""))
    failed = GRADER_FAILED.format(fault) if fault else ""
    sections = [] if problem else [
        _section(result, standing, cells.get(result.exercise, {}), failed) for result in results
    ]
    not_theirs = {section.name for section in sections
                  if any(loss.cause.message == NOT_THEIR_FAULT for loss in section.losses)}
    answered = bool(record.get("written"))
    step = (NextStep(FAILED_AT_ALL) if problem and fault
            else NextStep("Hand in your notebook once more: what came could not be read.")
            if problem else next_step(results, standing, answered=answered,
                                        not_theirs=not_theirs))
    return Page(
        chapter, _title(given, chapter), student, standing,
        tuple(_sum_of(standing, answered)), step, tuple(sections),
        _answer(cells, given, standing, answered),
        tuple(note for note in map(str, record.get("notes", ()))
              if not failed or failed not in note),
        problem, bool(problem and fault),
    )


def _section(result: Result, standing: Standing, cell: Mapping, failed: str) -> Section:
    name = result.exercise
    lost = losses(result)
    if failed and any(failed in loss.cause.message for loss in lost):
        # What failed may quote what it was working on: that is for the instructor.
        lost = [Loss(name, (ItemResult(name, 0.0, result.max_points, "", NOT_THEIR_FAULT),))]
    known = name in standing.automatic or name in standing.by_hand
    return Section(
        name, standing.points(name) if known else result.points, result.max_points,
        name in standing.by_hand, standing.comments.get(name, ""),
        tuple(filter(None, (result.first, *result.notes))), tuple(lost),
        tuple(item for item in result.items if item.points >= item.max_points),
        is_unwritten(result), _own(cell),
    )


def _sum_of(standing: Standing, answered: bool) -> Iterator[tuple[str, str]]:
    """How the score came about: what is counted, and how much. It adds up to the score."""
    worth = standing.max_scores.get(WRITTEN, 0.0)
    automatic = {name: given for name, given in standing.automatic.items() if name != WRITTEN}
    by_hand = sum(given - automatic.get(name, 0.0)
                  for name, given in standing.by_hand.items() if name != WRITTEN)
    yield ("Exercises, checked by the grader",
           f"{number(sum(automatic.values()))} of {number(standing.max_score - worth)}")
    if by_hand:
        yield "Changed by your instructor", f"{by_hand:+.4g}".replace("-", "−")
    if worth and standing.written is None and answered:
        yield "Written question", "not read yet"
    elif worth:
        empty = " (no answer)" if standing.written is None else ""
        yield f"Written question{empty}", f"{number(standing.written or 0.0)} of {number(worth)}"
    if standing.extra:
        yield "Extra credit", f"+{number(standing.extra)}"
    if standing.penalty:
        yield "Handed in late", f"−{number(standing.penalty)}"


# The graded notebook


def _cells(notebook: Mapping) -> dict[str, Mapping]:
    """The cells of a notebook by their labels, and the first one as ``""``.

    A label that stands there twice is that of the first cell.
    """
    found: dict[str, Mapping] = {}
    cells = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict):
            continue
        if cell.get("cell_type") == "markdown":
            found.setdefault("", cell)
        label = WRITTEN_ANSWER if cell.get("id") == WRITTEN_ANSWER else label_of(cell)
        if label:
            found.setdefault(label, cell)
    return found


def _title(cells: Mapping[str, Mapping], chapter: str) -> str:
    heading = HEADING.match(source_of(cells.get("", {})))
    return heading[1] if heading else chapter


def _answer(
    cells: Mapping[str, Mapping], given: Mapping[str, Mapping], standing: Standing, answered: bool
) -> Answer | None:
    if not (worth := standing.max_scores.get(WRITTEN)):
        return None
    lines = [line for line in source_of(given.get(WRITTEN, {})).split("\n")
             if not HEADING.match(line) and not ABOUT_THE_POINTS.fullmatch(line.strip())]
    text = as_it_was_typed(source_of(cells.get(WRITTEN_ANSWER, {}))) if answered else ""
    return Answer(worth, "\n".join(lines).strip(), text, standing.written,
                  standing.comments.get(WRITTEN, ""))


def _own(cell: Mapping) -> Own:
    outputs = cell.get("outputs")
    texts, figures, failure = [], [], ""
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        kind, data = output.get("output_type"), output.get("data")
        if kind == "stream":
            texts.append(_shortened(_joined(output.get("text"))))
        elif kind == "error":
            failure = _joined(output.get("traceback"))
        elif isinstance(data, dict) and (figure := _picture(data.get("image/png"))):
            figures.append(figure)
    return Own(source_of(cell), tuple(texts), tuple(figures), failure)


def _picture(data: object) -> str:
    """A PNG in base64, or nothing if it is none."""
    try:
        content = base64.b64decode(_joined(data).replace("\n", ""), validate=True)
    except (ValueError, binascii.Error):
        return ""
    return base64.b64encode(content).decode() if content.startswith(PNG) else ""


def _joined(text: object) -> str:
    """A text as notebooks hold it: a string, or a list of its lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}\n…"


# The template


@cache
def _template() -> Template:
    return environment().get_template("feedback_page.html.j2")


def environment() -> Environment:
    """Where pages are made: all that stands in them is escaped, and holds nothing unseen."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    made.filters |= {"number": number, "points": points}
    return made
