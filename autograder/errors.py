"""The base of every error that a user can put right."""

from __future__ import annotations


class CourseError(RuntimeError):
    """Something is wrong that a user can put right.

    The message is one line that says what and what to do next. The command line prints it and
    ends with a status that is not 0; a traceback is only for our own mistakes.
    """
