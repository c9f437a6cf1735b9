"""The examination of the checks: ``autograder selftest``.

Right answers of many styles have to be accepted, known mistakes have to lose their own items and to
get their own names, mutants have to be caught, and every name has to be true. Nothing may depend on
the seed, or on whether a check is made at home or in the grader.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from multiprocessing import get_context

from autograder.checking.exercise import Exercise
from autograder.course import Course
from autograder.examination.bounded import limit_memory
from autograder.examination.equality import DIFFERENT, EQUAL, equality
from autograder.examination.mutants import Chapter, DoesNotRun, Mutant
from autograder.examination.observing import Observer
from autograder.examination.report import Report
from autograder.examination.right import right_answers_of
from autograder.examination.truth import why_false
from autograder.examination.verdicts import Checks, Verdicts
from autograder.exercises import exercises_of
from autograder.mistakes import mistakes_of

REJECTED = "right answers that lose points"
NOT_ITS_ITEMS = "known mistakes that do not lose their own items"
NOT_ITS_NAME = "known mistakes without their own name"
SURVIVED = "mutants that are accepted, and are not equal"
EQUAL_ONES = "mutants that compute the same"
FALSE_NAMES = "names that are false"
BY_SEED = "verdicts that depend on the seed"
AT_HOME = "verdicts that are others at home"
FAILED = "exercises that could not be examined"


@dataclass(frozen=True)
class Plan:
    """How thoroughly to examine.

    Attributes
    ----------
    seeds : int
        Hidden keys for known mistakes and right answers.
    mutants : int or None
        Mutants of an exercise at most.
    mutant_seeds : int
        Hidden keys for mutants.
    """

    seeds: int = 20
    mutants: int | None = None
    mutant_seeds: int = 3


def examine(
    course: Course, chapters: Sequence[str], plan: Plan, jobs: int = 2
) -> Iterator[Report]:
    """Examine exercise after exercise, `jobs` of them side by side, in whatever order they end."""
    tasks = [(course, chapter, name, plan) for chapter in chapters
             for name in exercises_of(chapter)]
    tasks.sort(key=lambda task: task[1], reverse=True)  # what takes longest comes first
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=limit_memory) as pool:
        asked = {pool.submit(_examine, *task): task for task in tasks}
        try:
            for done in as_completed(asked):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _examine(course: Course, chapter: str, name: str, plan: Plan) -> Report:
    return examine_exercise(chapter_of_course(course, chapter), name, plan)


@lru_cache(maxsize=2)
def chapter_of_course(course: Course, chapter: str) -> Chapter:
    """The cells of a chapter, compiled."""
    return Chapter(chapter, course.solution_cells(chapter))


def examine_exercise(chapter: Chapter, name: str, plan: Plan) -> Report:
    """Examine one exercise."""
    before, report = time.process_time(), Report(chapter.name, name)
    try:
        Examination(chapter, exercises_of(chapter.name)[name], plan, report).run()
    except Exception as error:
        report.find(FAILED, f"{type(error).__name__}: {error}")
        report.count("accepted", False)
    report.seconds = time.process_time() - before
    return report


class Examination:
    """The examination of one exercise.

    Parameters
    ----------
    chapter : Chapter
    exercise : Exercise
    plan : Plan
    report : Report
        Where it is noted what is found.
    """

    def __init__(self, chapter: Chapter, exercise: Exercise, plan: Plan, report: Report):
        self.chapter, self.exercise, self.plan, self.report = chapter, exercise, plan, report
        self.checks = Checks(chapter, exercise)
        self.observer = Observer(chapter, exercise)
        self.mistakes = mistakes_of(chapter.name).get(exercise.name, [])
        self.wrong = {
            mistake.name: {**chapter.reference, **mistake.functions} for mistake in self.mistakes
        }
        self.catalogue = {
            name: cache(partial(self.observer.observe, names)) for name, names in self.wrong.items()
        }
        # Whoever changes a forward function so that its cache no longer fits its backward
        # function loses a point there.
        self.pairs = [
            Checks(chapter, row) for row in exercises_of(chapter.name).values()
            if row.gradient and row.gradient.cached and row.gradient.forward == exercise.name
        ]

    def run(self) -> None:
        """All of it."""
        self.right_answers()
        self.known_mistakes()
        for mutant in self.chapter.mutants(self.exercise.name, self.plan.mutants):
            self.mutant(mutant)

    def right_answers(self) -> None:
        """Each gets full points everywhere."""
        for answer in right_answers_of(self.chapter.name):
            if answer.exercise != self.exercise.name:
                continue
            names = {**self.chapter.reference, **answer.functions}
            verdicts = self.checks.verdicts(names, self.plan.seeds)
            if not self.report.count("accepted", verdicts.accepted):
                lost = sorted(set().union(*(v.wrong for v in verdicts.all)))
                self.report.find(REJECTED, f"{answer.style}: {', '.join(lost) or 'no end'}")
            self._steady(verdicts, f"right answer {answer.style!r}")

    def known_mistakes(self) -> None:
        """Each loses its own items everywhere, and gets its own name."""
        for mistake in self.mistakes:
            names = self.wrong[mistake.name]
            verdicts = self.checks.verdicts(names, self.plan.seeds)
            own = frozenset(mistake.loses)
            others = [v.wrong for v in verdicts.all if v.wrong != own]
            if not self.report.count("caught", verdicts.ended and not others):
                lost = ", ".join(sorted(others[0])) if others else "it does not end"
                self.report.find(NOT_ITS_ITEMS, f"{mistake.name}: {lost or 'nothing'} in place of "
                                 f"{', '.join(sorted(own))} ({len(others)} of "
                                 f"{len(verdicts.all)} keys)")
            told = [set(v.names.values()) for v in verdicts.all]
            wrong = [names for names in told if names != {mistake.name}]
            if not self.report.count("named", verdicts.ended and not wrong):
                came = ", ".join(sorted(wrong[0])) if wrong else ""
                self.report.find(NOT_ITS_NAME, f"{mistake.name}: {came or 'no name'} "
                                 f"({len(wrong)} of {len(told)} keys)")
            self._steady(verdicts, f"known mistake {mistake.name!r}")
            self._names(verdicts, names, f"known mistake {mistake.name!r}", own=mistake.name)

    def mutant(self, mutant: Mutant) -> None:
        """It loses a point everywhere, or it computes the same as the reference."""
        try:
            names = self.chapter.namespace(self.exercise.name, mutant.tree)
        except DoesNotRun:
            return
        seeds, text = self.plan.mutant_seeds, f"[{mutant.edit.kind}] {mutant.diff}"
        verdicts = self.checks.verdicts(names, seeds)
        self._steady(verdicts, text)
        caught = verdicts.caught or any(p.verdicts(names, seeds).caught for p in self.pairs)
        if caught:
            self.report.count("mutants", True)
            self.report.count("equal", False)
            good = verdicts.ended and self._names(verdicts, names, text)
            self.report.count("mutants_named", good)
            self.report.count("mutants_helped", any(v.helped for v in verdicts.all))
            return
        found = equality(self.chapter, self.observer, mutant, names)
        self.report.count("mutants", found.verdict == EQUAL)
        self.report.count("equal", found.verdict == EQUAL)
        if found.verdict == EQUAL:
            self.report.find(EQUAL_ONES, text + ("" if found.executed else " (never executed)"))
        else:
            some = "" if verdicts.accepted else ", for some seeds"
            where = f" ({found.verdict}{some}"
            where += f", draw {found.draw})" if found.verdict == DIFFERENT else ")"
            self.report.find(SURVIVED, text + where)

    def _steady(self, verdicts: Verdicts, text: str) -> None:
        """Whether the verdict is the same everywhere."""
        if not verdicts.ended:
            return
        if not self.report.count("seed_stable", verdicts.stable):
            self.report.find(BY_SEED, f"{text}: {_unequal(verdicts.seeds)}")
        if not self.report.count("agreement", verdicts.agree):
            self.report.find(AT_HOME, f"{text}: {_unequal(verdicts.all)}")

    def _names(
        self, verdicts: Verdicts, names: Mapping[str, object], text: str, own: str = ""
    ) -> bool:
        """Whether an answer was given names, and all of them are true; its `own` one is."""
        good = True
        for item, name in verdicts.names():
            why = "" if name == own else why_false(
                self.observer, names, item, name, self.catalogue)
            if not self.report.count("names_true", not why):
                self.report.find(FALSE_NAMES, f"{text}: {item}: {name!r}: {why}")
                good = False
        return good and bool(verdicts.names())


def _unequal(verdicts: Sequence) -> str:
    """The items whose points are not the same in all verdicts."""
    items = [item for item in verdicts[0].points
             if len({verdict.points.get(item) for verdict in verdicts}) > 1]
    return ", ".join(items) or "other items"
