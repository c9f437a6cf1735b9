"""Results for Gradescope: one ``results.json`` for each submission.

The format is that of gradescope-autograders.readthedocs.io/en/latest/specs/. What students see
in it is what they may see: points, what is wrong in words, names of mistakes and hints; no
inputs and no expected values of hidden cases, and nothing that was printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from autograder.cells import WRITTEN
from autograder.checking.result import Result
from autograder.files import write_whole
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.standings import Standing
from autograder.grading.exporting.score_sheet import Sheet, results_of
from autograder.grading.submissions.student_id import why_refused
from autograder.kit.plain import one_line

MOST = 2000
SHOWN = "after_published"
"""When students see it: once the instructor publishes grades."""


def write_results(classroom: Classroom, sheet: Sheet, folder: Path) -> list[str]:
    """Write ``CHAPTER/STUDENT/results.json`` for each student; those for whom it was written."""
    written = []
    for student, standing in sheet.standings.items():
        if why_refused(student):
            continue
        made = results_for(sheet, standing, results_of(classroom, sheet.chapter, student))
        text = json.dumps(made, indent=1, ensure_ascii=False)
        write_whole(folder / sheet.chapter / student / "results.json", text)
        written.append(student)
    return written


def results_for(sheet: Sheet, standing: Standing, results: dict[str, Result]) -> dict:
    """The results of one submission, as Gradescope takes them."""
    told = []
    if standing.penalty:
        told.append(f"{standing.penalty:g} points are taken off because it came late.")
    if standing.extra:
        told.append(f"{standing.extra:g} extra points were given.")
    if standing.waits_for:
        told.append(f"Not final: {', '.join(standing.waits_for)} will be looked at by a person.")
    return {
        "score": round(standing.score, 6),
        "output": " ".join(told),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": SHOWN,
        "stdout_visibility": "hidden",
        "tests": [test for name in sheet.max_scores
                  for test in _tests(name, sheet.max_scores[name], standing, results.get(name))],
    }


def _tests(name: str, most: float, standing: Standing, result: Result | None) -> Iterator[dict]:
    """One line for each item; one for the whole exercise where a person's word counts."""
    if name in standing.by_hand or result is None or not _agree(standing, result):
        said = "A person has given these points." if name in standing.by_hand else ""
        if name in standing.waits_for and not said:
            said = "This is graded by a person."
        title = "written question" if name == WRITTEN else name
        yield _test(title, standing.points(name), most, said)
        return
    for item in result.items:
        parts = (item.message, item.mistake and f"Mistake: {item.mistake}.", item.explanation,
                 item.hint and f"Hint: {item.hint}")
        wrong = item.points < item.max_points
        said = "\n".join(one_line(part, MOST) for part in parts if part) if wrong else ""
        yield _test(f"{name}: {item.name}", item.points, item.max_points, said)


def _agree(standing: Standing, result: Result) -> bool:
    """Whether a record is of the grade that counts."""
    return abs(standing.points(result.exercise) - result.points) < 1e-6


def _test(name: str, points: float, most: float, output: str) -> dict:
    return {"name": name, "score": round(points, 6), "max_score": round(most, 6), "output": output,
            "visibility": SHOWN}
