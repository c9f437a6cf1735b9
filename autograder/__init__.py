"""Checks, feedback and grading for a course on backpropagation.

In a notebook these names are enough::

    from autograder import check, progress, when_written

and `bring`, in a chapter that is built on earlier ones.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.bringing import bring
    from autograder.live import check, progress, when_written

__all__ = ["bring", "check", "progress", "when_written"]
__version__ = "1.0.0"

ONE_THREAD = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)


def __getattr__(name: str) -> object:
    """A notebook's names, when they are first asked for: the command starts without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _use_one_blas_thread()
    from autograder import bringing, live

    return getattr(bringing if name == "bring" else live, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _use_one_blas_thread() -> None:
    """Let NumPy multiply matrices with one thread, unless the environment says otherwise.

    The products of this course are small, and threads wait for each other longer than they
    compute: on a busy machine a training took seven times as long with two. NumPy reads these
    variables when it is first imported, so notebooks import this package before it.
    """
    if "numpy" not in sys.modules:
        for variable in ONE_THREAD:
            os.environ.setdefault(variable, "1")
