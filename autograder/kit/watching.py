"""Seeing how an answer is computed: by a formula, or by trying the forward function out; and with
or without a loop.

Differences are exact where a function is linear, and the complex step is exact everywhere, so
neither can be told from a formula by its numbers. But both have to make inputs that are like the
given ones but for one entry, for every entry, or inputs with an imaginary part. A formula has no
use for these. They are looked for in the arguments of all functions that run, and among the
variables of the student's own.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

STEPS = "steps"
"""The inputs were changed entry by entry."""

COMPLEX = "complex"
"""The inputs were given an imaginary part."""

TAKEN_OFF = "taken off"
"""The function switched off what watches it."""

MOST_LINES = 1000
"""Lines after which only calls are looked at: a loop in pure Python may have very many."""

MOST_COUNTED = 20_000
"""Lines after which no more are counted: no answer without a loop has so many."""

NOT_COUNTED = -1
"""Stands for the number of lines where counting was switched off."""

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = (HERE, os.path.dirname(os.path.abspath(np.__file__)),
             os.path.dirname(os.path.abspath(os.__file__)), "<frozen", "<__array")
SWITCHES = (sys.settrace, sys.setprofile)


@dataclass(frozen=True)
class Watched:
    """What is to be watched for.

    Attributes
    ----------
    forward : str
        The function that might be tried out.
    inputs : tuple of plain data
        Its arguments.
    of : tuple of int
        Which of them a gradient is asked for.
    """

    forward: str
    inputs: tuple
    of: tuple[int, ...]


class Tracing:
    """Runs a function while Python tells what it executes.

    Attributes
    ----------
    taken_off : bool
        Whether the function switched that off.
    """

    def __init__(self):
        self.taken_off = False

    def run(self, function: Callable, arguments: Sequence):
        """What the function returns for these arguments."""
        before = sys.gettrace(), sys.getprofile(), threading.gettrace()
        threading.settrace(self._called)
        sys.setprofile(self._profiled)
        sys.settrace(self._called)
        try:
            return function(*arguments)
        finally:
            trace = sys.gettrace()
            sys.settrace(before[0])
            self.taken_off |= trace != self._called or sys.getprofile() != self._profiled
            sys.setprofile(before[1])
            threading.settrace(before[2])

    def _profiled(self, frame, event, what) -> None:
        if event == "c_call" and what in SWITCHES and not _is_library(frame.f_code):
            self.taken_off = True

    def _called(self, frame, event, what):
        raise NotImplementedError


class LineCount(Tracing):
    """Runs a function, and counts the lines of the student's own code that are executed.

    A comprehension, a lambda that NumPy calls for each entry and a function that calls itself have
    a line for each round. What NumPy and Python's own modules execute is not counted.
    """

    def __init__(self):
        super().__init__()
        self._lines = 0

    def run(self, function: Callable, arguments: Sequence):
        """What the function returns for these arguments."""
        # A collection would run the finalizers of what others left, and they would count as lines.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return super().run(function, arguments)
        finally:
            if collecting:
                gc.enable()

    @property
    def lines(self) -> int:
        """How many there were, up to `MOST_COUNTED`; `NOT_COUNTED` if that was switched off."""
        return NOT_COUNTED if self.taken_off else max(1, self._lines)

    def _called(self, frame, event, what):
        if _is_library(frame.f_code):
            return None
        return self._line(frame, event, what)

    def _line(self, frame, event, what):
        if event in ("call", "line"):
            self._lines = min(self._lines + 1, MOST_COUNTED)
        if self._lines == MOST_COUNTED:
            frame.f_trace = None
            return None
        return self._line


class Watch(Tracing):
    """Runs a function, and says what it has seen.

    Parameters
    ----------
    watched : Watched
    forward : callable or None
        The student's own forward function.
    """

    def __init__(self, watched: Watched, forward: object = None):
        super().__init__()
        self.arguments = watched.inputs
        self.inputs = {k: _flat(watched.inputs[k]) for k in watched.of}
        self.arrays = {k: x for k, x in self.inputs.items() if x.size > 1}
        self.transposed = {
            k: _flat(np.transpose(watched.inputs[k])) for k in self.arrays
            if np.ndim(watched.inputs[k]) == 2
        }
        # One point, or a batch of points: one or two for each entry, perhaps with the input itself.
        self.sizes = {
            k: {x.size * count for count in (1, x.size, x.size + 1, 2 * x.size, 2 * x.size + 1)}
            for k, x in self.arrays.items()
        }
        self.code = _code_of(forward)
        self.changed: dict[int, set[int]] = {k: set() for k in self.inputs}
        self.probed: dict[int, set[int]] = {k: set() for k in self.arrays}
        self.imaginary: set[int] = set()
        self.last: dict[int, np.ndarray] = {}
        self.lines = 0

    def seen(self) -> tuple[str, ...]:
        """What was seen of each gradient: `STEPS`, `COMPLEX`, `TAKEN_OFF`; '' if nothing was."""
        numbers = [k for k, x in self.inputs.items() if x.size == 1]
        tried = len(numbers) > 1 and all(self.changed[k] for k in numbers)

        def of(k: int) -> str:
            most = max(2, (self.inputs[k].size + 1) // 2)
            if k in self.imaginary:
                return COMPLEX
            if len(self.changed[k]) >= most or len(self.probed.get(k, ())) >= most:
                return STEPS
            if tried and k in numbers:
                return STEPS
            return TAKEN_OFF if self.taken_off else ""

        return tuple(map(of, self.inputs))

    def _called(self, frame, event, what):
        if event != "call":
            return None
        code = frame.f_code
        self._look_around(frame)
        if code is self.code:
            self._tried_out(frame)
        if _is_library(code):
            return None
        return self._line

    def _line(self, frame, event, what):
        self.lines += 1
        if self.lines > MOST_LINES:
            frame.f_trace = None
            return None
        self._look_around(frame)
        return self._line

    def _look_around(self, frame) -> None:
        for value in list(frame.f_locals.values()):
            if type(value) is np.ndarray:
                self._look(value)
            elif type(value) in (tuple, list) and len(value) <= 8:
                for part in value:
                    if type(part) is np.ndarray:
                        self._look(part)

    def _look(self, array: np.ndarray) -> None:
        if array.dtype.kind not in "fc":
            return
        for k, x in self.arrays.items():
            if array.size not in self.sizes[k]:
                continue
            rows = array.reshape(-1, x.size)
            if array.dtype.kind == "c":
                if np.any(np.all(rows.real == x, axis=1) & np.any(rows.imag != 0, axis=1)):
                    self.imaginary.add(k)
                continue
            self._note(k, rows, x)
            if k in self.transposed and array.shape[::-1] == np.shape(self.arguments[k]):
                self._note(k, rows, self.transposed[k], transposed=True)

    def _note(self, k: int, rows: np.ndarray, x: np.ndarray, transposed: bool = False) -> None:
        differs = rows != x
        if len(rows) == 1 and np.count_nonzero(differs) != 1:
            return
        for entry in np.flatnonzero(np.count_nonzero(differs, axis=1) == 1):
            index = int(np.argmax(differs[entry]))
            if transposed:
                n, m = np.shape(self.arguments[k])
                index = (index % n) * m + index // n
            self.changed[k].add(index)

    def _tried_out(self, frame) -> None:
        """Own forward function: called for one number after the other, or for unit vectors."""
        names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
        given = [frame.f_locals.get(name) for name in names][: len(self.arguments)]
        for k, value in enumerate(given):
            if type(value) is np.ndarray and k in self.arrays and value.size == self.arrays[k].size:
                value = value.ravel().copy()
                differs = np.flatnonzero(value != self.last.get(k, value))
                if len(differs) <= 2:
                    self.probed[k].update(differs.tolist())
                self.last[k] = value
        differ = [k for k, value in enumerate(given) if not _same(value, self.arguments[k])]
        if len(differ) == 1 and differ[0] in self.changed and self.inputs[differ[0]].size == 1:
            self.changed[differ[0]].add(0)
            if isinstance(given[differ[0]], (complex, np.complexfloating)):
                self.imaginary.add(differ[0])


def _flat(value) -> np.ndarray:
    return np.array(value, dtype=np.float64).ravel()


def _same(value, expected) -> bool:
    try:
        return bool(np.array_equal(value, expected))
    except Exception:  # whatever was passed, it is not the input
        return False


def _code_of(function: object):
    """The code that runs when a function, a bound method or a wrapped function is called."""
    for name in ("__wrapped__", "__func__"):
        function = getattr(function, name, function)
    return getattr(function, "__code__", None)


def _is_library(code) -> bool:
    return code.co_filename.startswith(LIBRARIES)
