"""Who of a class needs a human eye, and why.

Each concern looks at what is known of one student. What is to be done soonest stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autograder.cells import WRITTEN
from autograder.checking.diagnosis import NUMERICAL
from autograder.grading.classes.roster import Student
from autograder.grading.classes.standings import Standing
from autograder.grading.recorded import Recorded
from autograder.kit.jail import RLIMITS
from autograder.kit.plain import one_line


@dataclass(frozen=True)
class Known:
    """What is known of one student in one chapter.

    Attributes
    ----------
    student : Student
    has_folder : bool
        Whether something was handed in.
    recorded : Recorded or None
    standing : Standing or None
    refused : str
        Why the id is not taken; empty for one that is.
    changed_since : bool
        Whether other files are there now than those that were graded.
    is_listed : bool
        Whether the student is on the list of the class, or there is no list.
    """

    student: Student
    has_folder: bool = False
    recorded: Recorded | None = None
    standing: Standing | None = None
    refused: str = ""
    changed_since: bool = False
    is_listed: bool = True

    @property
    def handed_in(self) -> bool:
        """Whether there is anything of this student's."""
        return self.has_folder or self.recorded is not None or self.standing is not None


@dataclass(frozen=True)
class Concern:
    """A reason to look, and at whom.

    Attributes
    ----------
    name : str
        In a few words.
    to_do : str
        In a sentence.
    students : dict of str to str
        By id, what there is to say of each; often nothing.
    """

    name: str
    to_do: str
    students: dict[str, str]

    @property
    def by_detail(self) -> dict[str, list[str]]:
        """The same the other way round: of whom the same is to be said."""
        found: dict[str, list[str]] = {}
        for student, detail in self.students.items():
            found.setdefault(detail, []).append(student)
        return found


def concerns_of(class_: Iterable[Known]) -> list[Concern]:
    """The reasons to look at somebody, as far as there are any."""
    known = list(class_)
    found = []
    for name, to_do, look in LOOKS:
        told = {one.student.id: look(one) for one in known}
        students = {who: one_line(detail) for who, detail in told.items() if detail is not None}
        if students:
            found.append(Concern(name, to_do, students))
    return found


Look = Callable[[Known], str | None]
"""What there is to say of a student, perhaps nothing (""); None where there is no concern."""


def _of_record(look: Callable[[Recorded], str | None]) -> Look:
    return lambda known: None if known.recorded is None else look(known.recorded)


def _where(concerned: object, detail: str = "") -> str | None:
    return detail if concerned else None


def _not_graded(known: Known) -> str | None:
    if known.refused:
        return known.refused
    if known.recorded is None and known.has_folder:
        return "" if known.standing is None else "there is no record of the grade"
    return _where(known.changed_since, "other files were handed in since")


def _unreadable(record: Recorded) -> str | None:
    return _where(record.problem and not record.fault, record.problem)


def _not_in_gradebook(known: Known) -> str | None:
    return _where(known.recorded is not None and known.standing is None)


def _older_score(known: Known) -> str | None:
    older = known.standing.outdated if known.standing else ()
    why = known.recorded.outdated if known.recorded else {}
    told = (f"{name} ({why[name]})" if name in why else name for name in older)
    return _where(older, ", ".join(told))


def _waits(known: Known) -> str | None:
    waits = known.standing.waits_for if known.standing else ()
    given = known.standing.by_hand if known.standing else {}
    open_ = [name for name in waits if name not in given]
    return _where(open_, ", ".join(name for name in open_ if name != WRITTEN))


def _numerical(record: Recorded) -> str | None:
    names = [name for name, result in record.results.items() if NUMERICAL in result.mistakes]
    return _where(names, ", ".join(names))


LOOKS: tuple[tuple[str, str, Look], ...] = (
    ("the grader failed",
     "Grade once more; if it fails again, please report it.",
     _of_record(lambda record: _where(record.fault, record.fault))),
    ("not graded",
     "Do what is said, if something is; then run autograder grade.",
     _not_graded),
    ("cannot be read",
     "Ask for the notebook once more.",
     _of_record(_unreadable)),
    ("not in the gradebook",
     "There is a record of a grade, and no score: run autograder grade.",
     _not_in_gradebook),
    ("a score by hand that may be too old",
     "It counts in place of the grader's, and was given before the last grading: confirm it or "
     "take it out in the Formgrader.",
     _older_score),
    ("waits for a person",
     "Grade the written answers in the Formgrader, under Manual Grading.",
     _waits),
    ("a numerical gradient",
     "It was handed in where a derivation was asked for: talk about it.",
     _of_record(_numerical)),
    ("an edited check",
     "Something else than a check stands in a check cell. None of it was run; look whether it was "
     "an accident.",
     _of_record(lambda record: _where(record.edited_checks, ", ".join(record.edited_checks)))),
    ("several notebooks",
     "Each has answers, and one was chosen: look whether it is the right one.",
     _of_record(lambda record: _where(record.of_several))),
    ("ran out of time",
     "Code was stopped at a limit: look whether it never ends or is only slow.",
     _of_record(lambda record: _where(record.timed_out))),
    ("weak isolation",
     "The code could read files and the network while it was graded: grade again where isolation "
     "is strong.",
     _of_record(lambda record: _where(record.level == RLIMITS))),
    ("graded a second time, alone",
     "The first try was stopped. The second one counts, and went well: nothing to do.",
     _of_record(lambda record: _where(record.tried_alone and not record.timed_out
                                      and not record.fault))),
    ("not on the list",
     "Somebody handed in who is not in students.csv: add the student, or rename the folder.",
     lambda known: _where(not known.is_listed)),
)
"""The reasons, each with what to do, and with the function that looks."""
