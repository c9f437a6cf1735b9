"""Grading one submission: run its cells in a worker, and check each exercise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from autograder.cells import BROUGHT
from autograder.checking.answers import AnswerKey
from autograder.checking.own_layers import is_composed, judged_by_own_layers
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, Result
from autograder.checking.rubric import run_check
from autograder.grading.engine import Engine
from autograder.grading.finding import Found, HandedInFile, Unreadable
from autograder.grading.intake import Intake, take_in
from autograder.grading.patience import Allowance
from autograder.grading.reading import Reader, open_found
from autograder.grading.worker_client import Worker
from autograder.kit.functions import Functions
from autograder.kit.plain import one_line
from autograder.kit.student_error import StudentError, StudentStopped

MAX_RESTARTS = 12
MESSAGE = 1000
"""Characters of a sentence about an item that are kept: it may quote an error and a line."""

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
            "points": self.points,
            "max_points": self.max_points,
            "written": bool(self.written),
        }


def is_unwritten(result: Result) -> bool:
    """Whether nothing of an exercise is written yet."""
    return all(item.status == NOT_WRITTEN for item in result.items)


def grade(
    handed_in: bytes | Found, release: Mapping, keys: Mapping[str, AnswerKey], engine: Engine
) -> Graded:
    """Grade a submission.

    Parameters
    ----------
    handed_in : bytes or Found
        The notebook, or what was found in the submission's folder.
    release : mapping
        The notebook that students were given; see `autograder.grading.intake.read_release`.
    keys : mapping of str to AnswerKey
        The chapter's exercises with their answers.
    engine : Engine

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
    running = _Running(engine)
    reader = Reader(running.open_worker)
    try:
        opened = open_found(found, release, exercises, reader)
        intake = take_in(opened.notebook, release, exercises, opened.facts.__getitem__)
        running.sources, running.helpers = intake.sources, opened.helpers
        running.spare = reader.worker_to_go_on_with()
    except Unreadable as reason:
        return unreadable(str(reason), keys, found.files[0].digest, engine.level)
    finally:
        reader.close()
    graded = Graded(
        {}, answers=intake.answers, notes=intake.notes, digest=opened.file.digest,
        level=engine.level, written=intake.written,
    )
    try:
        _run_and_check(graded, intake, keys, running)
    finally:
        running.close()
    graded.notes = list(map(one_line, graded.notes))  # they quote names of files and versions
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
    # Earlier functions are asked in a process that has not seen, and never sees, what is built
    # of them: neither side can tell the other what it was asked.
    own = dict(running.each(
        [name for name, key in keys.items() if is_composed(key)],
        lambda name, functions: judged_by_own_layers(keys[name], functions),
    ))
    checked = dict(running.each(
        list(keys), lambda name, functions: run_check(keys[name], functions, own.get(name)),
    ))
    outputs = running.outputs
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
        What each cell showed; see `Worker.run`.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self.allowance = Allowance(engine.limits)
        self.sources: list[str] = []
        self.helpers: dict[str, bytes] = {}
        self.spare: Worker | None = None
        self.stopped: dict[str, int] = {}
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
        for _ in range(MAX_RESTARTS):
            if not pending or self.allowance.is_used_up:
                return
            with self.open_worker() as worker:
                if not self._run_cells(worker):
                    continue
                while pending and worker.connection is not None:
                    name = pending.pop(0)
                    yield name, ask(name, worker.functions)

    def _run_cells(self, worker: Worker) -> bool:
        """Run the cells; False if one of them ended the worker."""
        if self.helpers:
            worker.put(self.helpers)
        for source in self.sources:
            times = self.stopped.get(source, 0)
            if times > 1:
                continue
            try:
                shown = worker.run(source, definitions=bool(times))
                if times:  # it still says what it stopped with
                    shown["failure"] = self.outputs[source]["failure"]
                self.outputs[source] = shown
            except StudentError as error:
                self.outputs[source] = {"stdout": "", "stderr": "", "text": "", "figures": [],
                                        "failure": [error.kind, error.message, str(error)]}
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
    return replace(result, items=items, notes=tuple(notes))


def _not_reached(key: AnswerKey, message: str) -> Result:
    return Result.nothing_earned(key.exercise.name, key.exercise.points, NOT_REACHED, message)
