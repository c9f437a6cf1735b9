"""What the checks say of an answer: at home and in the grader, for one seed after another."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.checking.answers import PUBLIC_SEED, AnswerKey, answer_key, freeze, frozen_keys
from autograder.checking.exercise import Exercise
from autograder.checking.result import WRONG, Result
from autograder.checking.rubric import run_check
from autograder.examination.bounded import OutOfTime, at_most
from autograder.examination.mutants import Chapter
from autograder.exercises import exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of

FIRST_SEED = 7001
SECONDS = 1.0
"""What one call may compute for, beside three times what a whole check of the reference takes."""


@dataclass(frozen=True)
class Verdict:
    """What one check said.

    Attributes
    ----------
    points : dict of str to float
        By rubric item.
    full : bool
        Whether all points were earned.
    wrong : frozenset of str
        The items marked with a cross.
    names : dict of str to str
        The name of the mistake, by item, where one was given.
    helped : bool
        Whether a mistake was named, explained, or had a hint.
    """

    points: Mapping[str, float]
    full: bool
    wrong: frozenset[str]
    names: Mapping[str, str] = field(default_factory=dict)
    helped: bool = False

    @classmethod
    def of(cls, result: Result) -> Verdict:
        """The verdict in a result."""
        items = [item for item in result.items if item.status == WRONG]
        return cls(
            {item.name: item.points for item in result.items},
            result.points >= result.max_points,
            frozenset(item.name for item in items),
            {item.name: item.mistake for item in items if item.mistake},
            any(item.mistake or item.explanation or item.hint for item in items),
        )


@dataclass(frozen=True)
class Verdicts:
    """What all checks said of one answer.

    Attributes
    ----------
    home : Verdict or None
        By the public cases. None where the answer did not come to an end.
    seeds : tuple of Verdict
        By hidden cases; fewer than seeds where it did not come to an end.
    """

    home: Verdict | None
    seeds: tuple[Verdict, ...]

    @property
    def ended(self) -> bool:
        """Whether the answer always came to an end."""
        return self.home is not None

    @property
    def all(self) -> tuple[Verdict, ...]:
        """Every verdict."""
        return (*self.seeds, self.home) if self.home else ()

    @property
    def caught(self) -> bool:
        """Whether a point was lost everywhere; what does not end earns nothing."""
        return not any(verdict.full for verdict in self.all)

    @property
    def accepted(self) -> bool:
        """Whether no point was lost anywhere."""
        return self.ended and all(verdict.full for verdict in self.all)

    @property
    def stable(self) -> bool:
        """Whether the points of every item are the same for all seeds."""
        return all(verdict.points == self.seeds[0].points for verdict in self.seeds[1:])

    @property
    def agree(self) -> bool:
        """Whether the points of every item are the same at home and in the grader."""
        return self.home is None or self.home.points == self.seeds[0].points

    def names(self) -> dict[tuple[str, str], None]:
        """The pairs of an item and the name that it was given, each once, in order."""
        return {pair: None for verdict in self.all for pair in verdict.names.items()}


class TimedFunctions(LocalFunctions):
    """Functions that are stopped if a call does not come to an end, as the grader stops them.

    Parameters
    ----------
    names : mapping of str to object
    seconds : float
        What a call may compute for.

    Attributes
    ----------
    stopped : bool
        Whether a call was stopped.
    """

    def __init__(self, names: Mapping[str, object], seconds: float):
        super().__init__(names)
        self.seconds, self.stopped = seconds, False

    def _call_quietly(self, function, arguments):
        with at_most(self.seconds) as clock:
            try:
                value = super()._call_quietly(function, arguments)
            finally:
                self.stopped = self.stopped or clock.rang
        if clock.rang:  # whatever the function made of it
            raise OutOfTime("Deadline", "it did not finish in time")
        return value


class Checks:
    """The checks of one exercise, with all their keys.

    Parameters
    ----------
    chapter : Chapter
    exercise : Exercise
    """

    def __init__(self, chapter: Chapter, exercise: Exercise):
        self.chapter, self.exercise = chapter, exercise
        self.mistakes = mistakes_of(chapter.name).get(exercise.name, [])
        self.home = self._frozen(self._key(PUBLIC_SEED))
        self.hidden: list[AnswerKey] = []
        self.seconds, before = 60.0, time.process_time()
        reference = self._check(self.home, chapter.reference)
        if reference is None or not reference.full:
            lost = ", ".join(sorted(reference.wrong)) if reference else "it does not end"
            raise RuntimeError(f"{exercise.name}: the reference loses points: {lost}")
        self.seconds = SECONDS + 3 * (time.process_time() - before)

    def verdicts(self, names: Mapping[str, object], seeds: int) -> Verdicts:
        """Check the answer in a namespace, with the public key and with `seeds` hidden ones."""
        found: list[Verdict] = []
        for key in self._hidden(seeds):
            verdict = self._check(key, names)
            if verdict is None:
                return Verdicts(None, tuple(found))
            found.append(verdict)
        return Verdicts(self._check(self.home, names), tuple(found))

    def _check(self, key: AnswerKey, names: Mapping[str, object]) -> Verdict | None:
        functions = TimedFunctions(names, self.seconds)
        result = run_check(key, functions)
        return None if functions.stopped else Verdict.of(result)

    def _hidden(self, count: int) -> Sequence[AnswerKey]:
        while len(self.hidden) < count:
            self.hidden.append(self._key(FIRST_SEED + len(self.hidden)))
        return self.hidden[:count]

    def _key(self, seed: int) -> AnswerKey:
        return answer_key(self.exercise, seed, self.chapter.reference, self.mistakes)

    def _frozen(self, key: AnswerKey) -> AnswerKey:
        """A key as a student's machine has it."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "key.npz")
            freeze([key], path)
            return frozen_keys(self.chapter.name, exercises_of(self.chapter.name), path)[
                self.exercise.name]
