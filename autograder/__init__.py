"""Checks, feedback and grading for a course on backpropagation.

In a notebook these names are enough::

    from autograder import check, progress, when_written

and `bring`, in a chapter that is built on earlier ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.bringing import bring
    from autograder.live import check, progress, when_written

__all__ = ["bring", "check", "progress", "when_written"]
__version__ = "1.0.0"


def __getattr__(name: str) -> object:
    """A notebook's names, when they are first asked for: the command starts without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.in_browser import prepare
    from autograder.threads import use_one_blas_thread

    prepare()
    use_one_blas_thread()
    from autograder import bringing, live

    return getattr(bringing if name == "bring" else live, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
