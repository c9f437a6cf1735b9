"""Grading one submission: run its cells in a worker, and check each exercise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from traceback import format_exception
from typing import TypeVar

from autograder.cells import BROUGHT
from autograder.checking.answers import AnswerKey
from autograder.checking.own_layers import is_composed, judged_by_own_layers
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, Result
from autograder.checking.rubric import run_check
from autograder.grading.jail.discretion import Discretion, Heard
from autograder.grading.jail.engine import Engine, EngineError
from autograder.grading.jail.patience import CLOCK, PROCESSOR, Allowance
from autograder.grading.jail.worker_client import Worker
from autograder.grading.submissions.finding import Found, HandedInFile, Unreadable
from autograder.grading.submissions.intake import Intake, take_in
from autograder.grading.submissions.reading import Reader, open_found
from autograder.kit.functions import Functions
from autograder.kit.plain import one_line
from autograder.kit.student_error import StudentError, StudentStopped

MAX_RESTARTS = 12
"""How often cells may end a worker. Each exercise may do so once, too."""

GRADER_FAILED = "the grader itself failed ({}); please report it"
TRACEBACK_CHARS = 4000
MESSAGE = 1000
"""Characters of a sentence about an item that are kept: it may quote an error and a line."""

NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")
"""Kinds of the failure of a cell that cannot be read."""

Answer = TypeVar("Answer")


@dataclass
class Graded:
    """A graded submission.

    Attributes
    ----------
    results : dict of str to Result
        By exercise, in the order of the chapter.
    outputs : dict of str to dict
        What the cell of each exercise printed and drew; see `Worker.run`.
    answers : dict of str to str
        Exercise to the source that was graded, and what was brought from earlier chapters.
    notes : list of str
        What was put right while reading the submission.
    problem : str
        Why nothing could be graded; empty if all went well.
    digest : str
        SHA-256 of the submitted file.
    seconds : float
    level : str
        Isolation in force.
    written : str
        The answer to the written question, which a person grades.
    cases : int or None
        The number of the hidden cases in the pool of the class.
    heard : dict of str to dict
        By exercise, what was printed, warned about and raised in calls with hidden cases. It may
        hold their numbers: it is for the instructor, and goes into the record only.
    of_several : bool
        Whether other notebooks with answers were handed in, too.
    edited_checks : tuple of str
        Exercises in whose check cells something else stands than a check.
    stops : tuple of str
        How its code was stopped, if it was: see `autograder.grading.jail.patience`.
    tried_alone : bool
        Whether this is a second try, with nothing else graded beside it.
    fault : str
        What failed in the grader itself: kind and message of an exception that is not the
        student's. Empty, as it should be.
    traceback : str
        Where it failed, for who mends it.
    rules : dict
        By which rules it was graded: see `autograder.grading.rules`.
    """

    results: dict[str, Result]
    outputs: dict[str, dict] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    digest: str = ""
    seconds: float = 0.0
    level: str = ""
    written: str = ""
    cases: int | None = None
    heard: dict[str, dict] = field(default_factory=dict)
    of_several: bool = False
    edited_checks: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    tried_alone: bool = False
    fault: str = ""
    traceback: str = ""
    rules: dict = field(default_factory=dict)

    @property
    def timed_out(self) -> bool:
        """Whether a deadline was met, in a cell or in a call."""
        return PROCESSOR in self.stops or CLOCK in self.stops

    def note_fault(self, error: Exception) -> None:
        """Keep what failed in the grader itself."""
        self.fault = one_line(f"{type(error).__name__}: {error}")
        self.traceback = "".join(format_exception(error))[-TRACEBACK_CHARS:]

    @property
    def points(self) -> float:
        """Points of all exercises."""
        return sum(result.points for result in self.results.values())

    @property
    def max_points(self) -> float:
        """Points that could be earned."""
        return sum(result.max_points for result in self.results.values())

    @property
    def findings(self) -> list[str]:
        """One line for each exercise that is not right: the named mistakes, or what is known."""
        unwritten = [r.exercise for r in self.results.values() if is_unwritten(r)]
        lines = [f"not written yet: {', '.join(unwritten)}"] if unwritten else []
        for result in self.results.values():
            if result.mistakes:
                lines.append(f"{result.exercise}: {'; '.join(result.mistakes)}")
            elif result.points < result.max_points and result.exercise not in unwritten:
                lines.append(next(i.message for i in result.items if i.points < i.max_points))
        return lines

    def record(self) -> dict:
        """All of it but the answers and what they showed, as JSON-able data."""
        return {
            "results": [result.to_dict() for result in self.results.values()],
            "notes": self.notes,
            "problem": self.problem,
            "digest": self.digest,
            "seconds": self.seconds,
            "level": self.level,
            "cases": self.cases,
            "heard": self.heard,
            "points": self.points,
            "max_points": self.max_points,
            "written": bool(self.written),
            "of_several": self.of_several,
            "edited_checks": list(self.edited_checks),
            "timed_out": self.timed_out,
            "tried_alone": self.tried_alone,
            "fault": self.fault,
            "traceback": self.traceback,
            "rules": self.rules,
        }


def is_unwritten(result: Result) -> bool:
    """Whether nothing of an exercise is written yet."""
    return all(item.status == NOT_WRITTEN for item in result.items)


def grade(
    handed_in: bytes | Found, release: Mapping, keys: Mapping[str, AnswerKey], engine: Engine,
    again_if: frozenset[str] = frozenset(),
) -> Graded:
    """Grade a submission.

    Parameters
    ----------
    handed_in : bytes or Found
        The notebook, or what was found in the submission's folder.
    release : mapping
        The notebook that students were given; see
        `autograder.grading.submissions.intake.read_release`.
    keys : mapping of str to AnswerKey
        The chapter's exercises with their answers.
    engine : Engine
    again_if : set of str
        Stops at which to end, because there will be a second try.

    Returns
    -------
    Graded
        Always: whatever the file holds, it ends as a row with a reason.
    """
    started = time.perf_counter()
    found = handed_in
    if isinstance(found, bytes):
        found = Found((HandedInFile("", found),))
    exercises = {name: key.exercise for name, key in keys.items()}
    running = _Running(engine, again_if)
    reader = Reader(running.open_worker)
    try:
        opened = open_found(found, release, exercises, reader)
        intake = take_in(opened.notebook, release, exercises, opened.facts.__getitem__)
        running.sources, running.helpers = intake.sources, opened.helpers
        running.spare = reader.worker_to_go_on_with()
    except Unreadable as reason:
        return replace(unreadable(str(reason), keys, found.files[0].digest, engine.level),
                       stops=tuple(running.allowance.stops))
    finally:
        reader.close()
    graded = Graded(
        {}, answers=intake.answers, notes=intake.notes, digest=opened.file.digest,
        level=engine.level, written=intake.written, of_several=opened.of_several,
        edited_checks=intake.edited_checks,
    )
    try:
        _run_and_check(graded, intake, keys, running)
    finally:
        running.close()
    graded.notes = list(map(one_line, graded.notes))  # they quote names of files and versions
    graded.stops = tuple(running.allowance.stops)
    graded.seconds = time.perf_counter() - started
    return graded


def unreadable(
    reason: str, keys: Mapping[str, AnswerKey], digest: str = "", level: str = ""
) -> Graded:
    """The row of a submission that could not be read."""
    reason = one_line(reason)
    return Graded({name: _not_reached(key, reason) for name, key in keys.items()},
                  problem=reason, digest=digest, level=level)


def _run_and_check(
    graded: Graded, intake: Intake, keys: Mapping[str, AnswerKey], running: _Running
) -> None:
    """Check every exercise; after a worker was stopped, go on with a fresh one."""
    if any(key.hidden for key in keys.values()):
        running.discretion = Discretion(intake.sources)
    # Earlier functions are asked in a process that has not seen, and never sees, what is built
    # of them: neither side can tell the other what it was asked.
    own = dict(running.each(
        [name for name, key in keys.items() if is_composed(key)],
        lambda name, functions: judged_by_own_layers(keys[name], functions),
    ))

    def check(name: str, functions: Functions) -> Result:
        try:
            return run_check(keys[name], functions, own.get(name))
        except EngineError:
            raise
        except Exception as error:  # ours: it costs no other exercise its points
            graded.note_fault(error)
            graded.notes.append(f"{name}: {GRADER_FAILED.format(graded.fault)}.")
            return _not_reached(keys[name], GRADER_FAILED.format(graded.fault))

    checked = dict(running.each(list(keys), check))
    outputs, graded.heard = running.outputs, running.heard
    for name, key in keys.items():
        result = checked.get(name) or _not_reached(key, "the time for this submission is up")
        graded.results[name] = _as_told(result, intake, name, outputs)
    graded.results = {name: graded.results[name] for name in keys}
    graded.outputs = {
        name: outputs[source] for name, source in intake.answers.items() if source in outputs
    }
    if failure := graded.outputs.get(BROUGHT, {}).get("failure"):
        graded.notes.append(
            f"The cell with the answers of earlier chapters stopped with {failure[2]}"
        )


class _Running:
    """The cells of a submission, run in one worker after another.

    Attributes
    ----------
    allowance : Allowance
        What is left of the time for the submission.
    again_if : set of str
        Stops at which to end, because there will be a second try.
    sources : list of str
        The cells to run, in order.
    helpers : dict of str to bytes
        Python files that they may import.
    spare : Worker or None
        One in which nothing has run yet.
    stopped : dict of str to int
        How many workers a cell has ended. After the first only what it defines is run; after the
        second it is left out.
    outputs : dict of str to dict
        What each cell showed when it was run first; see `Worker.run`. That was before any hidden
        case was played. What it shows when it is run again, it may have been told.
    heard : dict of str to dict
        By exercise, what was said in calls with hidden cases.
    """

    def __init__(self, engine: Engine, again_if: frozenset[str]):
        self.engine, self.again_if = engine, again_if
        self.allowance = Allowance(engine.limits)
        self.sources: list[str] = []
        self.helpers: dict[str, bytes] = {}
        self.spare: Worker | None = None
        self.stopped: dict[str, int] = {}
        self.discretion: Discretion | None = None
        self.heard: dict[str, dict] = {}
        self.outputs: dict[str, dict] = {}

    def open_worker(self) -> Worker:
        """A worker in which nothing of this submission has run."""
        worker, self.spare = self.spare or self.engine.worker(self.allowance), None
        return worker

    def close(self) -> None:
        """End a worker that was not needed."""
        if self.spare is not None:
            self.spare.close()

    def each(
        self, names: list[str], ask: Callable[[str, Functions], Answer]
    ) -> Iterator[tuple[str, Answer]]:
        """What `ask` finds for each name; after a worker was stopped, go on with a fresh one.

        What is not reached in time is left out.
        """
        pending = list(names)
        for _ in range(MAX_RESTARTS + len(names)):
            if not pending or not self.again_if.isdisjoint(self.allowance.stops):
                return
            if self.allowance.is_used_up:
                self.allowance.stops.append(PROCESSOR if self.allowance.seconds <= 0 else CLOCK)
                return
            with self.open_worker() as worker:
                worker.discretion = self.discretion
                if not self._run_cells(worker):
                    continue
                while pending and worker.connection is not None:
                    name = pending.pop(0)
                    found = ask(name, worker.functions)
                    self._keep_what_was_heard(name)
                    yield name, found

    def _keep_what_was_heard(self, name: str) -> None:
        if self.discretion is None:
            return
        if heard := self.discretion.heard.to_dict():
            # Twice, where earlier functions were asked in a process of their own.
            before = self.heard.setdefault(name, {})
            before |= {kind: before.get(kind, type(said)()) + said for kind, said in heard.items()}
        self.discretion.heard = Heard()

    def _run_cells(self, worker: Worker) -> bool:
        """Run the cells; False if one of them ended the worker."""
        if self.helpers:
            try:
                worker.put(self.helpers)
            except StudentStopped:
                return False
            except StudentError:
                pass  # the cells will say what is missing
        for source in self.sources:
            times = self.stopped.get(source, 0)
            if times > 1:
                continue
            try:
                shown = worker.run(source, definitions=bool(times))
                self.outputs.setdefault(source, shown)
            except StudentError as error:
                failure = [error.told.kind, error.told.message, str(error.told)]
                self.outputs.setdefault(source, {"stdout": "", "stderr": "", "text": "",
                                                 "figures": [], "failure": failure})
                if isinstance(error, StudentStopped):
                    self.stopped[source] = times + 1
                    return False
        return True


def _as_told(result: Result, intake: Intake, name: str, outputs: dict) -> Result:
    """A result in which every text is on one line; with the reason if the cell failed.

    A message may quote what the student's code raised, returned or gave a name to.
    """
    notes = list(map(one_line, result.notes))
    if failure := outputs.get(intake.answers.get(name, ""), {}).get("failure"):
        notes.append(one_line(f"The cell of {name} stopped with {failure[2]}"))
    items = tuple(
        replace(item, message=one_line(item.message, MESSAGE), got=one_line(item.got),
                expected=one_line(item.expected))
        for item in result.items
    )
    if failure and failure[0] in NOT_PYTHON and is_unwritten(result):
        # Nothing is missing in the notebook: Python could not read what is there.
        told = one_line(f"The cell of {name} is not Python as it stands: {failure[2]}", MESSAGE)
        items = (replace(items[0], message=told), *items[1:])
    return replace(result, items=items, notes=tuple(notes))


def _not_reached(key: AnswerKey, message: str) -> Result:
    return Result.nothing_earned(key.exercise.name, key.exercise.points, NOT_REACHED, message)
