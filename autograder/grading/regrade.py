"""Grading once more: what comes out is kept beside the class until somebody says yes.

A regrade may take long, and may be interrupted at any moment. For each grade that is to be made
again there is a file, empty at first; then it holds the new grade; when that is written into the
gradebook, the file goes. So the next run knows what is still to do, and what nobody has to wait for
a second time.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from autograder.checking.result import Result
from autograder.files import write_whole
from autograder.grading.batch import Row, job_of, save_grade
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.standings import Standing, standings
from autograder.grading.grader import Finished, Job
from autograder.grading.records import is_graded, is_of_files, read_record
from autograder.grading.rules import Rules, what_changed
from autograder.grading.submissions.submission import Graded

TO_DO = "{}"
CHANGES = 3
"""Exercises of a student that are told in the table."""


def by_older_rules(
    classroom: Classroom, chapter: str, students: Iterable[str], now: Rules
) -> dict[str, tuple[str, ...]]:
    """Whose grade is by other rules than those of now, and what has changed in them since."""
    found = {}
    for student in students:
        record = read_record(classroom, chapter, student)
        if changes := what_changed(record.get("rules"), now):
            found[student] = changes
    return found


def to_grade_again(
    classroom: Classroom, chapter: str, students: Iterable[str], now: Rules, *, all_of_them: bool
) -> list[str]:
    """Whose grade is to be made once more: those by older rules; if there are none, all.

    A regrade that was interrupted goes on instead with those that it has not written yet.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    students : iterable of str
        Those who are graded.
    now : Rules
    all_of_them : bool
        Whether it is asked for these students, whatever their rules are.
    """
    students = list(students)
    if all_of_them:
        return students
    interrupted = {name for name in students if classroom.regraded(chapter, name).exists()}
    older = by_older_rules(classroom, chapter, students, now)
    return [name for name in students if name in interrupted or name in older] or students


def still_to_do(
    classroom: Classroom, chapter: str, students: Iterable[str], now: Rules
) -> list[Job]:
    """Those of them of whom nothing is kept that was graded by the rules of now."""
    todo = [name for name in students if kept(classroom, chapter, name, now) is None]
    for name in todo:
        write_whole(classroom.regraded(chapter, name), TO_DO)
    return [job_of(classroom, chapter, name) for name in todo]


def keep(classroom: Classroom, job: Job, finished: Finished) -> None:
    """Keep a new grade until it is to be written."""
    graded = {**vars(finished.graded), "outputs": {},
              "results": [result.to_dict() for result in finished.graded.results.values()]}
    path = classroom.regraded(job.chapter, job.student)
    write_whole(path, json.dumps({
        "graded": graded, "notebook": finished.notebook, "fingerprint": finished.fingerprint,
    }))
    path.chmod(0o600)  # it holds what was said in calls with hidden cases


def kept(classroom: Classroom, chapter: str, student: str, now: Rules) -> Finished | None:
    """What is kept of a student, if it was graded by the rules of now and of today's files."""
    try:
        text = classroom.regraded(chapter, student).read_text(encoding="utf-8")
        data = json.loads(text)
        told = {field.name: data["graded"][field.name] for field in fields(Graded)}
        results = [Result.from_dict(result) for result in told["results"]]
        told |= {"results": {result.exercise: result for result in results},
                 "stops": tuple(told["stops"]), "edited_checks": tuple(told["edited_checks"])}
        finished = Finished(Graded(**told), data["notebook"], data["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = not what_changed(finished.graded.rules, now) and not finished.graded.fault
    folder = classroom.submitted(chapter, student)
    return finished if same and is_of_files(finished.fingerprint, folder) else None


@dataclass(frozen=True)
class Difference:
    """What a regrade would change of one student's score; the written answer is left out.

    Attributes
    ----------
    student : str
    before, before_max : float or None
        None if the gradebook, or the record, does not say.
    now, now_max : float
    why : tuple of str
        A line for each exercise whose points are others.
    """

    student: str
    before: float | None
    before_max: float | None
    now: float
    now_max: float
    why: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the score, or what it is out of, would be another one."""
        return (self.before, self.before_max) != (self.now, self.now_max)


def differences(
    classroom: Classroom, chapter: str, students: Iterable[str], now: Rules
) -> list[Difference]:
    """What would change if all that is kept of these students were written."""
    standing = standings(classroom, chapter)
    found = []
    for name in students:
        finished = kept(classroom, chapter, name, now)
        if finished is not None:
            found.append(_difference(classroom, chapter, name, finished.graded,
                                     standing.get(name)))
    return found


def _difference(
    classroom: Classroom, chapter: str, student: str, graded: Graded, standing: Standing | None
) -> Difference:
    record = read_record(classroom, chapter, student)
    by_hand = standing.by_hand if standing else {}
    points = sum(by_hand.get(name, result.points) for name, result in graded.results.items())
    points += standing.extra if standing else 0.0
    before = standing.before_penalty - (standing.written or 0.0) if standing else None
    most = record.get("max_points")
    lines = list(_what_differs(record, graded, by_hand))
    more = [f"and {len(lines) - CHANGES} more"] if len(lines) > CHANGES else []
    return Difference(
        student, before, float(most) if isinstance(most, (int, float)) else None,
        points, graded.max_points, (*lines[:CHANGES], *more),
    )


def _what_differs(record: Mapping, graded: Graded, by_hand: Mapping[str, float]) -> Iterator[str]:
    """The exercises whose points are others than the record says, a line each."""
    try:
        old = {result["exercise"]: Result.from_dict(result) for result in record["results"]}
    except (KeyError, TypeError):
        yield "what was graded before is not recorded"
        return
    if graded.problem:
        yield f"not graded: {graded.problem}"
        return
    for name, new in graded.results.items():
        before = old.get(name)
        if before is None:
            yield f"{name} is new: {new.points:g} of {new.max_points:g}"
        elif (before.points, before.max_points) != (new.points, new.max_points):
            reason = next((f" ({item.mistake or item.message})" for item in new.items
                           if item.points < item.max_points and (item.mistake or item.message)), "")
            held = f"; {by_hand[name]:g} by hand count" if name in by_hand else ""
            yield (f"{name}: {before.points:g} of {before.max_points:g} before, "
                   f"{new.points:g} of {new.max_points:g} now{reason}{held}")
    for name in old.keys() - graded.results.keys():
        yield f"{name} is gone: {old[name].points:g} of {old[name].max_points:g} before"


def write_all(
    classroom: Classroom, chapter: str, students: Iterable[str], now: Rules
) -> Iterator[Row]:
    """Write what is kept of these students, and forget it.

    What was handed in anew meanwhile, or could not be graded, is left to the next batch.
    """
    with GradeWriter(classroom, chapter) as writer:
        for name in students:
            finished = kept(classroom, chapter, name, now)
            if finished is None:
                continue
            row = save_grade(classroom, writer, job_of(classroom, chapter, name), finished)
            if name not in by_older_rules(classroom, chapter, [name], now):  # it is written
                classroom.regraded(chapter, name).unlink(missing_ok=True)
            yield row


def forget_what_is_not_graded(classroom: Classroom, chapter: str) -> None:
    """Forget what is kept of students who have handed in anew, or whose folder is gone."""
    folder = classroom.regraded(chapter, "x").parent
    with contextlib.suppress(OSError):
        for path in folder.glob("*.json"):
            if not is_graded(classroom, chapter, path.stem):
                path.unlink()
