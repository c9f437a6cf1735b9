"""What is wrong with outputs, case by case, and the items of the rubric that this makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import SHAPE, TYPE, Difference
from autograder.checking.diagnosis import diagnose_output, diagnose_seen
from autograder.checking.exercise import ANOTHER_CACHE, LOOP, Exercise
from autograder.checking.failing_case import seen_at_home
from autograder.checking.general import Diagnosis
from autograder.checking.meeting import what_meets
from autograder.checking.own_layers import Waiting, missing_name, waits_for
from autograder.checking.playing import Played
from autograder.checking.result import NOT_REACHED, RIGHT, WRONG, ItemResult
from autograder.checking.words import about_difference, about_error, hint_for
from autograder.kit.student_error import StudentError

BY_CONDUCT = (ANOTHER_CACHE, LOOP)


@dataclass(frozen=True)
class Judged:
    """What a stage found.

    Attributes
    ----------
    items : dict of str to ItemResult
        By name. What is missing is judged by another stage, or was not reached.
    notes : list of str
        Remarks that cost nothing.
    """

    items: dict[str, ItemResult] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class JudgedTagged(Judged):
    """What the cases that have items of their own show.

    Attributes
    ----------
    played : dict of str to sequence of Played
        The cases by their item.
    judged : tuple of int
        Positions of the outputs that were judged in them.
    """

    played: dict[str, Sequence[Played]] = field(default_factory=dict)
    judged: tuple[int, ...] = ()


@dataclass(frozen=True)
class JudgedOutputs(Judged):
    """What the ordinary cases show about the outputs.

    Attributes
    ----------
    right : set of int
        Positions of the outputs that are right in at least half of the cases.
    misshapen : set of int
        Those whose values are right in a wrong shape; the item for shapes pays for them, once.
    slips : dict of int to str
        Those that keep their points, and the known mistake that says so.
    measured : set of int
        Those that were seen to be measured on the forward function.
    """

    right: set[int] = field(default_factory=set)
    misshapen: set[int] = field(default_factory=set)
    slips: dict[int, str] = field(default_factory=dict)
    measured: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Faults:
    """What is wrong with one output, case by case.

    Attributes
    ----------
    played : sequence of Played
    k : int
        Position of the output.
    found : list of StudentError, Difference or None
        For each case.
    """

    played: Sequence[Played]
    k: int
    found: list[StudentError | Difference | None]

    @classmethod
    def of(cls, played: Sequence[Played], k: int) -> Faults:
        """The faults of output `k`."""
        return cls(played, k, [p.trial.error or p.difference(k) for p in played])

    @classmethod
    def none(cls, played: Sequence[Played], k: int) -> Faults:
        """No faults at all."""
        return cls(played, k, [None] * len(played))

    @property
    def wrong(self) -> list[bool]:
        """In which cases the output is wrong."""
        return [fault is not None for fault in self.found]

    @property
    def only_in_shape(self) -> bool:
        """Whether the output is wrong somewhere, and nowhere in anything but its shape."""
        faults = [fault for fault in self.found if fault is not None]
        return bool(faults) and all(isinstance(f, Difference) and f.only_shape for f in faults)

    @property
    def without_shape(self) -> bool:
        """Whether what came has another shape somewhere, or none at all."""
        return any(isinstance(f, Difference) and f.kind in (SHAPE, TYPE) for f in self.found)

    def first(self) -> tuple[Played, StudentError | Difference]:
        """The first fault, and the case in which it was found."""
        return next((p, f) for p, f in zip(self.played, self.found, strict=True) if f is not None)


def seen_of(exercise: Exercise, name: str, played: Sequence[Played]) -> str:
    """What was seen of how a gradient is computed, in the case that was watched; or ''."""
    if exercise.gradient is None or name not in exercise.gradient.of:
        return ""
    k = list(exercise.gradient.of).index(name)
    return next((p.trial.seen[k] for p in played if p.trial.seen), "")


def measured_item(exercise: Exercise, item: str, seen: str) -> ItemResult:
    """The item for a gradient with right numbers and no formula."""
    known = diagnose_seen(item, seen)
    return ItemResult(
        item, 0.0, float(exercise.points[item]), WRONG, f"{item} is not computed by a formula.",
        mistake=known.mistake, explanation=known.explanation, hint=known.hint,
    )


def right_item(exercise: Exercise, item: str, message: str = "") -> ItemResult:
    points = float(exercise.points[item])
    return ItemResult(item, points, points, RIGHT, message)


def wrong_item(
    key: AnswerKey, item: str, faults: Faults, wrong_in: list[bool] | None = None,
    elsewhere: Sequence[Played] = (),
) -> ItemResult:
    """The item for the first fault; `wrong_in` says in which cases the mistake was made.

    `elsewhere` are the cases of other items, which bear witness for or against a mistake.
    """
    exercise, output = key.exercise, key.exercise.outputs[faults.k]
    played, fault = faults.first()
    if isinstance(fault, StudentError):
        missing = missing_name(fault, exercise.brought)
        if missing or isinstance(fault, Waiting):
            reason = waits_for(missing, exercise.brought) if missing else fault.message
            return ItemResult(item, 0.0, float(exercise.points[item]), NOT_REACHED, reason)
        message = about_error(played.trial.failed or exercise.name, fault)
        message += f" {meets}" if (meets := what_meets(exercise, played.keyed.case, fault)) else ""
        got, expected = (fault.told.kind if fault.kind != "NotPlain" else ""), ""
        cause = f"{fault.told.kind} in {fault.told.line.strip()}" if fault.told.line else ""
    else:
        message = about_difference(output, fault)
        got, expected, cause = fault.got, fault.expected, ""
    wrong_in = wrong_in or faults.wrong
    told = {name: texts for name, texts in key.mistakes.items() if name not in BY_CONDUCT}
    seen = seen_of(exercise, output, faults.played)
    known = diagnose_output(
        replace(key, mistakes=told), faults.played, faults.k, wrong_in, elsewhere, seen
    ) or Diagnosis("")
    return ItemResult(
        item, 0.0, float(exercise.points[item]), WRONG, message, got, expected,
        case=played.keyed.case.name,
        mistake=known.mistake,
        explanation=known.explanation,
        hint=known.hint or hint_for(fault, output),
        cause=cause,
        **seen_at_home(exercise, played, faults.k, fault, bool(known.mistake)),
    )
