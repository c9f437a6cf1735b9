"""Graders in processes of their own, side by side, each with an engine of its own.

They are forked when all that they share is ready: the chapter's answer keys and the released
notebook. Each is asked over a pipe of its own. So it is known which submission a grader was at when
it was lost, and the others go on: another one takes its place.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from autograder.grading.grader import (
    QUEUED_PER_GRADER,
    ChapterFiles,
    Finished,
    Grader,
    GradingError,
    Job,
    open_submission,
)
from autograder.grading.jail.engine import Engine, EngineError
from autograder.grading.jail.isolation import Engines
from autograder.kit.limits import Limits

FORKING = sys.platform == "linux"
"""A forked grader has all that this process has made ready. Elsewhere forking is not safe."""

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
SECONDS_TO_END = 10
PR_SET_PDEATHSIG = 1

Settings = tuple[ChapterFiles, str, Limits | None, tuple[Path, ...]]


class GraderLost(Exception):
    """A grader was ended from outside, or its engine does not work any more."""


class Graders:
    """As many graders as there are engines. Used as a context manager.

    Parameters
    ----------
    engines : Engines
        Settled. Where processes are forked each grader gets one of them, else it starts its own.
    files : ChapterFiles
        Prepared.
    again_if : set of str
        Stops at which a first try ends, for there will be a second one.
    """

    def __init__(self, engines: Engines, files: ChapterFiles, again_if: frozenset[str]):
        self.engines, self.again_if = engines, again_if
        self.settings: Settings = (files, engines.level, engines.limits, engines.secrets)
        self.context: Any = multiprocessing.get_context("fork" if FORKING else "spawn")
        self.graders: list[_OneGrader] = []
        self.places = engines.count
        self.unused = list(engines)
        if not FORKING:
            engines.close()
            self.unused = []

    def __enter__(self) -> Graders:
        gc.freeze()  # so that no collector, here or there, copies the pages that graders share
        return self

    def __exit__(self, kind, *exception) -> None:
        gc.unfreeze()
        for grader in self.graders:
            grader.begin_to_end(at_once=kind is not None)
        for grader in self.graders:
            grader.wait_for_end()

    def side_by_side(
        self, todo: Sequence[Job]
    ) -> Iterator[tuple[Job, Finished | None] | None]:
        """Grade submissions, by all graders.

        Yields
        ------
        None, then (Job, Finished or None)
            First None, when all are at work; then what they finish, as they finish it; None in
            its place if the grader was lost that was at it.
        """
        waiting = deque(todo)
        self._hand_out(waiting)
        yield None
        while busy := [grader.connection for grader in self.graders if grader.asked]:
            for connection in wait(busy):
                grader = next(g for g in self.graders if g.connection is connection)
                try:
                    finished = grader.answer()
                except GraderLost:
                    self._remove(grader)
                    job, *untouched = grader.asked
                    waiting.extendleft(reversed(untouched))
                    yield job, None
                else:
                    if finished is not None:
                        yield grader.asked.popleft(), finished
            self._hand_out(waiting)

    def alone(self, job: Job) -> Finished | None:
        """Grade one submission while no other grader is at work; None if its grader is lost."""
        grader = self.graders[0] if self.graders else self._start()
        grader.ask(job, frozenset())
        try:
            while (finished := grader.answer()) is None:
                pass
        except GraderLost:
            self._remove(grader)
            return None
        grader.asked.clear()
        return finished

    def _hand_out(self, waiting: deque[Job]) -> None:
        while waiting and len(self.graders) < self.places:
            self._start()
        for grader in self.graders:
            while waiting and len(grader.asked) < QUEUED_PER_GRADER:
                grader.ask(waiting.popleft(), self.again_if)

    def _start(self) -> _OneGrader:
        """A grader more."""
        engine = None
        if FORKING:
            engine = self.unused.pop() if self.unused else self.engines.one_more()
        try:
            grader = _OneGrader(self, engine)
        except OSError as error:
            raise GradingError(
                f"no more graders can be started ({error.strerror}); what was finished is kept, "
                "run the command again to go on, with fewer --jobs"
            ) from None
        self.graders.append(grader)
        return grader

    def _remove(self, grader: _OneGrader) -> None:
        """Take away a grader that was lost, with what it has left."""
        self.graders.remove(grader)
        grader.begin_to_end(at_once=True)
        grader.wait_for_end()
        if grader.engine is not None:
            self.engines.remove(grader.engine)


class _OneGrader:
    """A grading process, and what it was asked and has not answered."""

    def __init__(self, graders: Graders, engine: Engine | None):
        self.engine = engine
        self.asked: deque[Job] = deque()
        self.works = False
        self.connection, theirs = graders.context.Pipe()
        # What a forked process would hold open for others: their pipes, their engines.
        pipes = [self.connection, *(g.connection for g in graders.graders)] if FORKING else []
        engines = [other for other in graders.engines if other is not engine] if FORKING else []
        self.process = graders.context.Process(
            target=_serve, daemon=True,
            args=(theirs, pipes, engines, graders.settings, engine, os.getpid()),
        )
        # In the new process a signal waits until it is known what to do about it there.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            if engine is not None:
                engine.let_go()

    def ask(self, job: Job, again_if: frozenset[str]) -> None:
        """Ask for one submission more; see `Grader.grade`."""
        self.asked.append(job)
        with contextlib.suppress(OSError):  # it is lost: `answer` will tell
            self.connection.send((job, again_if))

    def answer(self) -> Finished | None:
        """What it has finished, or None when it begins to work.

        Raises
        ------
        GraderLost
        GradingError, EngineError
            If it was lost before it began: then others would be, too.
        """
        try:
            answer = self.connection.recv()
        except (OSError, EOFError, pickle.UnpicklingError):
            if self.works:
                raise GraderLost from None
            raise GradingError(
                "a grader was ended before it began, perhaps because the machine is out of "
                "memory; what was finished is kept, run the command again with fewer --jobs"
            ) from None
        if isinstance(answer, EngineError):
            if self.works:
                raise GraderLost from answer
            raise answer
        self.works = True
        return answer

    def begin_to_end(self, *, at_once: bool) -> None:
        """Tell it to end: when it has answered all, or at once."""
        if at_once:
            self.process.terminate()
        self.connection.close()

    def wait_for_end(self) -> None:
        """Wait until it has ended."""
        self.process.join(SECONDS_TO_END)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()


def _serve(
    connection: Connection, pipes: list[Connection], engines: list[Engine], settings: Settings,
    engine: Engine | None, parent: int,
) -> None:
    """In a new process: grade what is asked for, until there is nobody to ask."""
    for pipe in pipes:
        pipe.close()
    for other in engines:
        other.let_go()
    # Ctrl-C and the end of a terminal reach all processes: the one that writes ends the others.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    _end_with(parent)
    files, level, limits, secrets = settings
    try:
        if engine is None:
            engine = Engine(level, limits, secrets=secrets)
        grader = Grader(files, engine)
        connection.send(None)
        while True:
            job, again_if = connection.recv()
            connection.send(grader.finish(open_submission(job), again_if))
    except (EOFError, ConnectionError):
        pass  # nobody asks any more
    except EngineError as error:
        with contextlib.suppress(OSError):
            connection.send(error)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if engine is not None:
            engine.close()


def _end(number, frame) -> None:
    sys.exit(128 + number)


def _end_with(parent: int) -> None:
    """Have the system end this process in order when its parent ends, however that comes."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended already
            sys.exit(1)
