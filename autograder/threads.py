"""One thread for products of matrices.

The products of this course are small, and threads wait for each other longer than they compute: on
a busy machine a training took seven times as long with two.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

ONE_THREAD = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)


def use_one_blas_thread() -> None:
    """Let NumPy multiply matrices with one thread, unless the environment says otherwise.

    NumPy reads these variables when it is first imported, so notebooks import this package
    before it.
    """
    if "numpy" not in sys.modules:
        for variable in ONE_THREAD:
            os.environ.setdefault(variable, "1")


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """The same for a while, where NumPy was imported first: if threadpoolctl is installed."""
    asked = {os.environ.get(variable, "1") for variable in ONE_THREAD}
    if asked != {"1"}:
        yield
        return
    with _limit():  # not inside an except: what is raised in there has nothing to do with it
        yield


def numpy_came_first() -> bool:
    """Whether NumPy may use all threads because it was imported before this package."""
    asked = any(variable in os.environ for variable in ONE_THREAD)
    return not asked and isinstance(_limit(), contextlib.nullcontext)


def _limit() -> contextlib.AbstractContextManager:
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    return threadpool_limits(limits=1, user_api="blas")
