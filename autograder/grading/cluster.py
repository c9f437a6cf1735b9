"""The same batch on a Dask cluster. Its machines need this package, and nothing of the class.

Each thread of a Dask worker has a grader, with a zygote, of its own. What it needs of the
chapter and of a submission travels with the task.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator

from autograder.grading.batch import (
    QUEUED_PER_GRADER,
    ChapterFiles,
    Grader,
    GradingError,
    HandedIn,
    Job,
    Row,
    open_submission,
)
from autograder.grading.submission import Graded
from autograder.kit.limits import Limits

RETRIES = 5
"""How often a task is tried again when the machine it ran on is lost."""

_of_this_thread = threading.local()


def grade_on_cluster(
    scheduler: str,
    settings: tuple[ChapterFiles, str, Limits],
    todo: list[Job],
    save: Callable[[Job, Graded, str], Row],
) -> Iterator[Row]:
    """Grade submissions on the workers of a Dask scheduler.

    Parameters
    ----------
    scheduler : str
        Its address, such as ``tcp://10.0.0.1:8786``.
    settings : tuple
        Chapter, isolation and limits, for each `Grader`.
    todo : list of Job
    save : callable
        ``save(job, graded, notebook)``, called here, by the only writer.

    Raises
    ------
    GradingError
        If there is no scheduler, or it has no workers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise GradingError(
            'Dask is not installed; install it with: pip install -e ".[grading,cluster]"'
        ) from None
    try:
        client = Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise GradingError(f"no Dask scheduler answers at {scheduler}: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if threads == 0:
            raise GradingError(f"the Dask scheduler at {scheduler} has no workers; start some")
        chapter = client.scatter(settings, broadcast=True, hash=False)
        waiting = iter(todo)
        jobs: dict[str, Job] = {}

        def submit_next() -> list:
            """The future of the next submission, in a list; an empty list if there is none."""
            job = next(waiting, None)
            if job is None:
                return []
            future = client.submit(
                grade_here, chapter, open_submission(job), pure=False, retries=RETRIES
            )
            jobs[future.key] = job
            return [future]

        first = [future for _ in range(QUEUED_PER_GRADER * threads) for future in submit_next()]
        running = as_completed(first, loop=client.loop) if first else ()
        for future in running:
            graded, notebook = future.result()
            yield save(jobs.pop(future.key), graded, notebook)
            for following in submit_next():
                running.add(following)


def grade_here(
    settings: tuple[ChapterFiles, str, Limits], handed_in: HandedIn
) -> tuple[Graded, str]:
    """Grade one submission on a Dask worker, with the grader of this thread."""
    if getattr(_of_this_thread, "settings", None) != settings:
        _of_this_thread.grader = Grader(*settings)
        _of_this_thread.settings = settings
        atexit.register(_of_this_thread.grader.close)
    return _of_this_thread.grader.grade(handed_in)
