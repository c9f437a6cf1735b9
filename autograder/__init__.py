"""Checks, feedback and grading for a course on backpropagation.

In a notebook three names are enough::

    from autograder import check, progress, when_written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.live import check, progress, when_written

__all__ = ["check", "progress", "when_written"]
__version__ = "1.0.0"


def __getattr__(name: str) -> object:
    """A notebook's names, when they are first asked for: the command starts without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.threads import use_one_blas_thread

    use_one_blas_thread()
    from autograder import live

    return getattr(live, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
