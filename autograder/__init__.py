"""Checks, feedback and grading for a course on backpropagation.

In a notebook two names are enough::

    from autograder import check, when_written
"""

from autograder.live import check, when_written

__all__ = ["check", "when_written"]
__version__ = "1.0.0"
