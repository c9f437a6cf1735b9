"""What a student's code raised, told in the course's own words: nothing of theirs is passed on."""

from __future__ import annotations

import linecache
import traceback

from autograder.kit.leftover import left_over


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
    told : StudentError
        The same, as far as the student may be told of it. All of it, unless it came of a call
        with a hidden case: then `message` may hold the numbers of that case. What is judged is
        the error; what is written down is this.
    """

    def __init__(self, kind: str, message: str = "", line: str = "",
                 told: StudentError | None = None):
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind, self.message, self.line, self._told = kind, message, line, told

    @property
    def told(self) -> StudentError:
        return self._told or self


class StudentStopped(StudentError):
    """The student's code was stopped: a deadline, the memory limit, or its process ended.

    No further call can be answered. What was judged before keeps its points.
    """


def student_error(error: BaseException) -> StudentError:
    """The StudentError for an exception that a student's code raised."""
    if isinstance(error, StudentError):
        return error
    # The innermost frame of the student's own code: notebook cells have no file on disk.
    own = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)
           if frame.f_code.co_filename.startswith(("<", "Cell"))
           or "ipykernel" in frame.f_code.co_filename]
    text = ""
    if own:
        frame, number = own[-1]
        text = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    if isinstance(error, SyntaxError):
        return StudentError(*_not_python(error, text))
    try:
        # One line: some messages of NumPy go on for a page.
        message = str(error).strip().splitlines()[0][:300] if str(error).strip() else ""
    except Exception:
        message = ""
    if type(error) is NotImplementedError and own and not message:
        message = left_over(*own[-1])
    return StudentError(type(error).__name__, message, text[:200])


def _not_python(error: SyntaxError, text: str) -> tuple[str, str, str]:
    """Kind, message and line of what is not Python: the line that is none, not the one it ran."""
    said, number, line = error.msg, error.lineno, error.text
    message = said if isinstance(said, str) else ""
    if isinstance(number, int):
        message += f" (line {number} of the cell)"
    text = line.strip() if isinstance(line, str) else text
    return type(error).__name__, " ".join(message.split())[:300], text[:200]
