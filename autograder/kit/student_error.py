"""What a student's code raised, told in the course's own words: nothing of theirs is passed on."""

from __future__ import annotations

import traceback


class StudentError(Exception):
    """A student's function did not return plain data.

    Attributes
    ----------
    kind : str
        Name of the exception it raised, or "NotPlain" for a value that is not plain data,
        "Missing" for a name that is not defined, and, of a `StudentStopped`, "Deadline", "Full"
        (too many files or threads) or "Died".
    message : str
        What the exception said.
    line : str
        The line of the student's code that raised it, when known.
    """

    def __init__(self, kind: str, message: str = "", line: str = ""):
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind, self.message, self.line = kind, message, line


class StudentStopped(StudentError):
    """The student's code was stopped: a deadline, the memory limit, or its process ended.

    No further call can be answered. What was judged before keeps its points.
    """


def student_error(error: BaseException) -> StudentError:
    """The StudentError for an exception that a student's code raised."""
    if isinstance(error, StudentError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    # The innermost frame of the student's own code: notebook cells have no file on disk.
    own = [frame for frame in frames if frame.filename.startswith(("<", "Cell")) or
           "ipykernel" in frame.filename]
    line = (own[-1].line or "") if own else ""
    try:
        # One line: some messages of NumPy go on for a page.
        message = str(error).strip().splitlines()[0][:300] if str(error).strip() else ""
    except Exception:
        message = ""
    return StudentError(type(error).__name__, message, line[:200])
