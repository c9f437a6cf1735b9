"""Grading one submission: run its cells in a worker, and check each exercise."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from traceback import format_exception
from typing import TypeVar

from autograder.cells import BROUGHT
from autograder.checking.answers import AnswerKey
from autograder.checking.own_layers import ByOwnLayers, is_composed, judged_by_own_layers
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, Result
from autograder.checking.rubric import run_check
from autograder.grading.engine import Engine, EngineError
from autograder.grading.intake import Intake, Unreadable, take_in
from autograder.grading.worker_client import Worker
from autograder.kit.functions import Functions
from autograder.kit.plain import one_line, printable
from autograder.kit.student_error import StudentError, StudentStopped

MAX_RESTARTS = 12
"""How often cells may end a worker. Each exercise may do so once, too."""

PROCESSOR, CLOCK, DIED = "processor", "clock", "died"
"""How code is stopped: it used too much processor time or took too long; its process ended."""

GRADER_FAILED = "the grader itself failed ({}); please report it"
TRACEBACK_CHARS = 4000

Found = TypeVar("Found")


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
    stops : set of str
        How its code was stopped, if it was: `PROCESSOR`, `CLOCK`, `DIED`.
    tried_alone : bool
        Whether this is a second try, with nothing else graded beside it.
    fault : str
        What failed in the grader itself: kind and message of an exception that is not the
        student's. Empty, as it should be.
    traceback : str
        Where it failed, for who mends it.
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
    stops: set[str] = field(default_factory=set)
    tried_alone: bool = False
    fault: str = ""
    traceback: str = ""

    @property
    def timed_out(self) -> bool:
        """Whether a deadline was met, in a cell or in a call."""
        return not self.stops.isdisjoint({PROCESSOR, CLOCK})

    def note_fault(self, error: Exception) -> None:
        """Keep what failed in the grader itself."""
        self.fault = told(error)
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
            "points": self.points,
            "max_points": self.max_points,
            "written": bool(self.written),
            "timed_out": self.timed_out,
            "tried_alone": self.tried_alone,
            "fault": self.fault,
            "traceback": self.traceback,
        }


def told(error: Exception) -> str:
    """An exception of our own, in one line."""
    return one_line(f"{type(error).__name__}: {error}")


def is_unwritten(result: Result) -> bool:
    """Whether nothing of an exercise is written yet."""
    return all(item.status == NOT_WRITTEN for item in result.items)


def grade(
    raw: bytes, release: Mapping, keys: Mapping[str, AnswerKey], engine: Engine,
    again_if: frozenset[str] = frozenset(),
) -> Graded:
    """Grade a submitted file.

    Parameters
    ----------
    raw : bytes
        The file as it was handed in.
    release : mapping
        The notebook that students were given; see `autograder.grading.intake.read_release`.
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
    digest = hashlib.sha256(raw).hexdigest()
    try:
        intake = take_in(raw, release, {name: key.exercise for name, key in keys.items()})
    except Unreadable as reason:
        return unreadable(str(reason), keys, digest, engine.level)
    graded = Graded(
        {}, answers=intake.answers, notes=intake.notes, digest=digest, level=engine.level,
        written=intake.written,
    )
    _run_and_check(graded, intake, keys, _Running(intake.sources, engine, again_if))
    graded.seconds = time.perf_counter() - started
    return graded


def unreadable(
    reason: str, keys: Mapping[str, AnswerKey], digest: str = "", level: str = ""
) -> Graded:
    """The row of a submission that could not be read."""
    return Graded({name: _not_reached(key, reason) for name, key in keys.items()},
                  problem=printable(reason), digest=digest, level=level)


def _run_and_check(
    graded: Graded, intake: Intake, keys: Mapping[str, AnswerKey], running: _Running
) -> None:
    """Check every exercise; after a worker was stopped, go on with a fresh one."""
    def own_layers(name: str, functions: Functions) -> ByOwnLayers:
        return judged_by_own_layers(keys[name], functions)

    def check(name: str, functions: Functions) -> Result:
        try:
            return run_check(keys[name], functions, own.get(name))
        except EngineError:
            raise
        except Exception as error:  # ours: it costs no other exercise its points
            graded.note_fault(error)
            graded.notes.append(f"{name}: {GRADER_FAILED.format(graded.fault)}.")
            return _not_reached(keys[name], GRADER_FAILED.format(graded.fault))

    # Earlier functions are asked in a process that has not seen, and never sees, what is built
    # of them: neither side can tell the other what it was asked.
    own = dict(running.each([name for name, key in keys.items() if is_composed(key)], own_layers))
    checked = dict(running.each(list(keys), check))
    graded.stops = running.stops
    outputs = running.outputs
    for name, key in keys.items():
        result = checked.get(name) or _not_reached(key, "the time for this submission is up")
        graded.results[name] = _with_cell_failure(result, intake, name, outputs)
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
    ends : float
        When the time for the submission is up.
    harmful : set of str
        Cells that have ended a worker. They are left out from then on.
    outputs : dict of str to dict
        What each cell showed; see `Worker.run`.
    stops : set of str
        How workers were stopped so far.
    """

    def __init__(self, sources: list[str], engine: Engine, again_if: frozenset[str]):
        self.sources, self.engine, self.again_if = sources, engine, again_if
        self.stops: set[str] = set()
        self.ends = time.monotonic() + engine.limits.submission_seconds
        self.harmful: set[str] = set()
        self.outputs: dict[str, dict] = {}

    def each(
        self, names: list[str], ask: Callable[[str, Functions], Found]
    ) -> Iterator[tuple[str, Found]]:
        """What `ask` finds for each name; after a worker was stopped, go on with a fresh one.

        What is not reached in time is left out.
        """
        pending = list(names)
        for _ in range(MAX_RESTARTS + len(names)):
            if not pending or self.stops & self.again_if:
                return
            if time.monotonic() > self.ends:
                self.stops.add(CLOCK)
                return
            with self.engine.worker() as worker:
                worker.ends = self.ends
                if self._run_cells(worker):
                    while pending and worker.connection is not None:
                        name = pending.pop(0)
                        yield name, ask(name, worker.functions)
                self.stops |= worker.stops

    def _run_cells(self, worker: Worker) -> bool:
        """Run the cells; False if one of them ended the worker."""
        for source in self.sources:
            if source in self.harmful:
                continue
            try:
                self.outputs[source] = worker.run(source)
            except StudentError as error:
                self.outputs[source] = {"stdout": "", "stderr": "", "text": "", "figures": [],
                                        "failure": [error.kind, error.message, str(error)]}
                if isinstance(error, StudentStopped):
                    self.harmful.add(source)
                    return False
        return True


def _with_cell_failure(result: Result, intake: Intake, name: str, outputs: dict) -> Result:
    """Say why an exercise is not defined, if its cell stopped with an error."""
    failure = outputs.get(intake.answers.get(name, ""), {}).get("failure")
    if not failure:
        return result
    note = f"The cell of {name} stopped with {failure[2]}"
    return Result(result.exercise, result.items, (*result.notes, note), result.printed)


def _not_reached(key: AnswerKey, message: str) -> Result:
    return Result.nothing_earned(key.exercise.name, key.exercise.points, NOT_REACHED, message)
