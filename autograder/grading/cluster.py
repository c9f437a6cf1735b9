"""The same batch on a Dask cluster. Its machines need this package, and nothing of the class.

Each thread of a Dask worker has a grader, with a zygote, of its own. What it needs of the
chapter and of a submission travels with the task.
"""

from __future__ import annotations

import asyncio
import atexit
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from autograder.grading.grader import (
    QUEUED_PER_GRADER,
    ChapterFiles,
    Finished,
    FinishedJobs,
    Grader,
    GradingError,
    HandedIn,
    Job,
    open_submission,
)
from autograder.grading.jail.engine import Engine
from autograder.grading.second_try import with_second_tries, worth_a_second_try
from autograder.kit.limits import Limits
from autograder.kit.plain import one_line

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 4
"""Seconds in which a scheduler has to answer."""

RETRIES = 5
"""How often a task is tried again when the machine it ran on is lost."""

Settings = tuple[ChapterFiles, str, Limits, tuple[Path, ...]]
"""The chapter, the isolation, the limits; and what must be hidden, if a machine has it."""

_of_this_thread = threading.local()


def check_scheduler(address: str) -> None:
    """Raise GradingError if nobody listens at the address of a scheduler, before all else starts.

    Dask itself goes on trying for as long as it is given.
    """
    import distributed  # noqa: F401  (whether it is installed comes before whether it is answered)

    try:
        told = urlsplit(address)
        host, port = told.hostname, told.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise GradingError(f"{one_line(address)} is no address of a Dask scheduler: it looks like "
                           "tcp://10.0.0.1:8786")
    if told.scheme not in ("tcp", "tls"):
        return  # only Dask knows how to reach it
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "no answer"
        raise GradingError(
            f"no Dask scheduler answers at {one_line(address)}: {reason}; start one, or look at "
            "its address") from None


def grade_on_cluster(
    scheduler: str,
    settings: Settings,
    todo: Sequence[Job],
) -> FinishedJobs:
    """Grade submissions on the workers of a Dask scheduler.

    Parameters
    ----------
    scheduler : str
        Its address, such as ``tcp://10.0.0.1:8786``.
    settings : tuple
        For each `Grader`: see `Settings`.
    todo : sequence of Job

    Yields
    ------
    None, then (Job, Finished)
        See `autograder.grading.grader.FinishedJobs`.

    Raises
    ------
    GradingError
        If there is no scheduler, or it has no workers.
    """
    from distributed import KilledWorker, as_completed

    client = _client_of(scheduler)
    with client:
        threads = sum(client.nthreads().values())
        if threads == 0:
            raise GradingError(f"the Dask scheduler at {scheduler} has no workers; start some")
        chapter = client.scatter(settings, broadcast=True, hash=False)
        again_if = worth_a_second_try(threads)

        def submit(job: Job, again_if: frozenset[str]):
            return client.submit(grade_here, chapter, open_submission(job), again_if,
                                 pure=False, retries=RETRIES)

        def result(future) -> Finished | None:
            """What was finished; None if the machines on which it ran were lost again and again."""
            try:
                return future.result()
            except KilledWorker:
                return None

        def side_by_side() -> Iterator[tuple[Job, Finished | None] | None]:
            waiting = iter(todo)
            jobs = {submit(job, again_if): job
                    for job in islice(waiting, QUEUED_PER_GRADER * threads)}
            running = as_completed(list(jobs), loop=client.loop)
            yield None
            for future in running:
                yield jobs.pop(future), result(future)
                for job in islice(waiting, 1):
                    following = submit(job, again_if)
                    jobs[following] = job
                    running.add(following)

        def alone(job: Job) -> Finished | None:
            return result(submit(job, frozenset()))

        files, level, *_ = settings
        yield from with_second_tries(side_by_side(), alone, files, level, again_if)


def _client_of(scheduler: str) -> Client:
    from distributed import Client

    try:
        # A thread of its own, because there may be a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _meet(scheduler)).result()
        return Client(scheduler, timeout=f"{PATIENCE}s", set_as_default=False)
    except TimeoutError:
        raise GradingError(f"no Dask scheduler answers at {scheduler}: somebody else listens "
                           "there, or it is too busy") from None
    except (OSError, ValueError) as error:
        raise GradingError(f"no Dask scheduler answers at {scheduler}: {error}") from None


async def _meet(scheduler: str) -> None:
    """Raise TimeoutError if what listens there does not speak as a scheduler does.

    A `Client` that is not asynchronous would wait for its greeting without an end.
    """
    from distributed import Client

    client = Client(scheduler, asynchronous=True, timeout=f"{PATIENCE}s", set_as_default=False)
    try:
        async with asyncio.timeout(PATIENCE):
            await client
    finally:
        await client.close()


def grade_here(
    settings: Settings, handed_in: HandedIn, again_if: frozenset[str]
) -> Finished:
    """Grade one submission on a Dask worker, with the grader of this thread."""
    if getattr(_of_this_thread, "settings", None) != settings:
        _let_old_grader_go()
        files, level, limits, secrets = settings
        _of_this_thread.grader = Grader(files, Engine(level, limits, secrets=secrets))
        _of_this_thread.settings = settings
        atexit.register(_of_this_thread.grader.close)
    return _of_this_thread.grader.finish(handed_in, again_if)


def _let_old_grader_go() -> None:
    """Close the grader of this thread, if it has one: it is of another chapter or level."""
    old = getattr(_of_this_thread, "grader", None)
    _of_this_thread.grader = _of_this_thread.settings = None
    if old is not None:
        atexit.unregister(old.close)
        old.close()
