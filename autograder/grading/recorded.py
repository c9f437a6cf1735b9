"""What the records say of a class, read back: results as the checks found them, and how it went."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from autograder.checking.result import Result
from autograder.grading.classes.classroom import Classroom


@dataclass(frozen=True)
class Recorded:
    """A record as it is read back; see `autograder.grading.submissions.submission.Graded`.

    What a record of an older form does not say is empty.

    Attributes
    ----------
    results : dict of str to Result
        By exercise.
    problem, fault : str
        Why nothing could be graded; what failed in the grader itself.
    seconds : float
    level : str
        Isolation in force.
    timed_out, tried_alone, of_several : bool
    edited_checks : tuple of str
    outdated : dict of str to str
        Exercises with a score by hand that was older than the grade, and the note that says so.
    of_a_batch : bool
        Whether it says of which files it is. The Formgrader's button does not write that.
    """

    results: dict[str, Result] = field(default_factory=dict)
    problem: str = ""
    fault: str = ""
    seconds: float = 0.0
    level: str = ""
    timed_out: bool = False
    tried_alone: bool = False
    of_several: bool = False
    edited_checks: tuple[str, ...] = ()
    outdated: dict[str, str] = field(default_factory=dict)
    of_a_batch: bool = False

    @property
    def tells_of_the_student(self) -> bool:
        """Whether answers were looked at: the file could be read, and the grader did not fail."""
        return not (self.problem or self.fault)


def read_record(classroom: Classroom, chapter: str, student: str) -> Recorded | None:
    """The record of a student's grade, or None if there is none that can be read."""
    try:
        told = json.loads(classroom.record(chapter, student).read_text(encoding="utf-8"))
        results = [Result.from_dict(result) for result in told["results"]]
        return Recorded(
            {result.exercise: result for result in results},
            str(told["problem"]), str(told.get("fault", "")), float(told["seconds"]),
            str(told.get("level", "")), bool(told.get("timed_out")),
            bool(told.get("tried_alone")), bool(told.get("of_several")),
            tuple(map(str, told.get("edited_checks", ()))),
            {str(one["exercise"]): str(one["note"])
             for one in told.get("by_hand", ()) if one["note"]},
            told.get("fingerprint") is not None,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
