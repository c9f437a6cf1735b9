"""`train`: runs the steps of a training, shows how it goes, and keeps what it has reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from autograder import checkpoints
from autograder.checkpoints import Damaged, Reached
from autograder.in_browser import IN_BROWSER
from autograder.live_curves import minutes, screen, smoothed
from autograder.threads import numpy_came_first, one_blas_thread

TIMED = 5
"""Steps that tell how long a training will take; they are part of it."""
SAVE_SECONDS = 30.0
"""Between two checkpoints."""

NO_STOP = (" Stop cannot reach Python in a browser: to end it before its time, restart the kernel. "
           "What it has saved by then is kept.")

Step = Callable[[int], float]
Measure = Callable[[], Mapping[str, float]]


@dataclass(eq=False)
class History:
    """How a training went.

    Attributes
    ----------
    losses : ndarray of shape (steps,)
        The loss of each step's batch.
    curves : dict of str to (ndarray, ndarray)
        What was measured, by name: after how many steps, and the values.
    steps : int
        How many steps were done.
    stopped : bool
        Whether it ended before the last step.
    seconds : float
        What the steps took.
    """

    losses: np.ndarray
    curves: dict[str, tuple[np.ndarray, np.ndarray]]
    steps: int
    stopped: bool
    seconds: float

    @classmethod
    def of(cls, reached: Reached, stopped: bool) -> History:
        """What was reached, as arrays."""
        curves = {name: (np.array(at, dtype=int), np.array(values, dtype=float))
                  for name, (at, values) in reached.curves.items()}
        return cls(np.array(reached.losses, dtype=float), curves, reached.steps, stopped,
                   reached.seconds)

    def smoothed(self, window: int = 100) -> np.ndarray:
        """The mean of each `window` losses in a row: of shape (steps - window + 1,)."""
        return smoothed(self.losses, window)

    def __repr__(self) -> str:
        words = [f"{self.steps} steps in {minutes(self.seconds)}"]
        if self.steps:
            words.append(f"loss {self.losses[0]:.3g} at first, {self.smoothed()[-1]:.3g} at last")
        words += [f"{name} {values[-1]:.4g}" for name, (_, values) in self.curves.items()
                  if len(values)]
        return f"History({', '.join(words)}{', stopped' if self.stopped else ''})"


def sized(elsewhere: int, *, browser: int) -> int:
    """A number of steps or images; in a web page the smaller one, which is done there in good time.

    There products of matrices take ten to forty times as long.
    """
    return browser if IN_BROWSER else elsewhere


def train(
    step: Step, steps: int, keep: Mapping[str, Any], name: str, *,
    settings: Mapping[str, object] | None = None, seed: object = 0,
    measure: Measure | None = None, every: int | None = None, slow: str = "", patience: float = 5,
) -> History:
    """Run a training, show it, and keep what it has reached in ``checkpoints/NAME.npz``.

    The first five steps are timed, and a line says how long it will take. The square in the
    toolbar stops it; nothing that was reached is lost, and the same cell goes on from there.
    A training that is finished is not run again, unless its code, its settings or its seed have
    changed, or its file is deleted.

    Parameters
    ----------
    step : callable
        ``step(k)`` does step number k, counted from 0, and returns its loss.
    steps : int
        How many.
    keep : mapping
        Everything that the steps change: arrays, dicts of arrays such as ``net.params``, and
        random generators, under names.
    name : str
        Of its file.
    settings : mapping, optional
        What else decides how it goes: rates, numbers of images.
    seed : int
        Of the first weights and of the batches.
    measure : callable, optional
        ``measure()`` returns numbers under names, which are drawn as curves. It is asked before
        the first step, after every `every` steps, and after the last one.
    every : int, optional
        About twenty times in all by default.
    slow : str
        What to do where it takes more than `patience` minutes.
    patience : float
        How many minutes it may take.

    Returns
    -------
    History
    """
    __tracebackhide__ = True  # an exception of the student's code is told without these lines
    run = _Run(step, steps, keep, checkpoints.path_of(name), measure,
               every or max(1, ceil(steps / 20)), slow, patience,
               checkpoints.identity((step, measure), settings or {}, seed, keep))
    return run.whole()


@dataclass
class _Run:
    """One call of `train`."""

    step: Step
    steps: int
    keep: Mapping[str, Any]
    path: Path
    measure: Measure | None
    every: int
    slow: str
    patience: float
    identity: dict[str, str]
    reached: Reached = field(default_factory=Reached)
    times: list[float] = field(default_factory=list)
    """Of the first steps of this call."""
    measuring: float = 0.0
    """Seconds of one measurement."""
    can_save: bool = True

    def __post_init__(self) -> None:
        self.screen = screen(self.steps)
        self.snapshot = checkpoints.Snapshot(self.keep)

    def whole(self) -> History:
        """From what is in the file to the last step, or as far as it comes."""
        __tracebackhide__ = True
        self._take_up()
        if self.reached.steps == self.steps and self._measured_at_last():
            self._end("")
            return History.of(self.reached, stopped=False)
        try:
            with one_blas_thread(), np.errstate(all="ignore"):  # what is no number is told below
                self._measure(keep=not self.reached.curves)
                problem = self._loop()
        except KeyboardInterrupt:
            self.snapshot.undo(self.reached.steps)
            kept = self._save()
            problem = (f"Stopped after {self.reached.steps} of {self.steps} steps; "
                       f"{'what was reached is kept: ' if kept else ''}run the cell again to "
                       f"{'go on' if kept else 'train anew'}.")
        except BaseException:
            self._end(f"Step {self.reached.steps} was not finished; why, is told below.")
            raise
        self._end(problem or f"{self.steps} steps in {minutes(self.reached.seconds)}.",
                  aloud=bool(problem))
        return History.of(self.reached, stopped=bool(problem))

    def _take_up(self) -> None:
        """Go on from the file, if it is of the same training; a line says what became of it."""
        try:
            saved = checkpoints.load(self.path)
            if saved is None:
                return
            changed = checkpoints.differences(self.identity, saved.identity)
            if changed:
                print(f"{changed} since {self.path} was written ({saved.when}): training again.")
                return
            if saved.reached.steps > self.steps:
                print(f"{self.path} holds {saved.reached.steps} steps, more than the {self.steps} "
                      "of this training: training again.")
                return
            checkpoints.put_back(saved, self.keep)
        except Damaged as damage:
            print(f"{damage}: training again.")
            return
        self.reached = saved.reached
        if self.reached.steps < self.steps:
            print(f"Going on after step {self.reached.steps} of {self.steps}, from {self.path}.")
        else:
            print(f"Not trained again: {self.path} holds all {self.steps} steps ({saved.when}). "
                  "To train anew, delete that file and run this cell.")

    def _loop(self) -> str:
        """All steps that are left; why it ended before the last one, or nothing."""
        __tracebackhide__ = True
        before = self.reached.seconds
        started = saved = perf_counter()
        for k in range(self.reached.steps, self.steps):
            self.snapshot.take(k)
            began = perf_counter()
            loss = _number(self.step(k), k)
            now = perf_counter()
            if not isfinite(loss):
                return (f"Stopped: the loss of step {k} is {loss}. Steps that are too large end "
                        "so; try a smaller rate.")
            self.reached.losses.append(loss)
            if len(self.times) < TIMED:
                self.times.append(now - began)
                if too_slow := self._timed():
                    self._save()
                    return too_slow
            if (k + 1) % self.every == 0 and k + 1 < self.steps:
                self._measure()
            if now - saved > SAVE_SECONDS:
                saved = now
                self._save()
            self.reached.seconds = before + perf_counter() - started
            if len(self.times) == TIMED:  # the line about the time stands above the bar
                self.screen.step(self.reached.losses, self.reached.curves, self._seconds_left)
        if not self._measured_at_last():
            self._measure()
        self.reached.seconds = before + perf_counter() - started
        self._save()
        return ""

    def _measured_at_last(self) -> bool:
        return self.measure is None or any(
            self.steps in at for at, _ in self.reached.curves.values())

    def _timed(self) -> str:
        """After the last step that is timed, say how long it will take; what to do if too long."""
        left = self.steps - self.reached.steps
        if len(self.times) < TIMED or not left:
            return ""
        seconds = self._seconds_left()
        first = self.reached.steps == TIMED
        measured = (f", and {_duration(self.measuring)} for each of {self._measurements_left()} "
                    "measurements" if self.measuring * self._measurements_left() > 0.1 * seconds
                    else "")
        told = minutes(seconds)
        print(f"{self.steps if first else left} steps{'' if first else ' to go'}, "
              f"{told if told.startswith('less') else f'about {told}'}: "
              f"{_duration(statistics.median(self.times))} a step, timed on "
              f"{'the first five' if first else 'five'}{measured}.{NO_STOP * IN_BROWSER}")
        if seconds <= 60 * self.patience:
            return ""
        advice = (self.slow or "Take fewer images, or fewer steps").rstrip(".")
        advice = f"{advice[0].upper()}{advice[1:]}."
        if numpy_came_first():
            advice += (" Or is it the threads? NumPy was imported before autograder: restart the "
                       "kernel and run all cells from the top.")
        return (f"Stopped: that is more than {self.patience:g} minutes. {advice} To train all the "
                f"same, say patience={ceil(1.2 * seconds / 60)}.")

    def _seconds_left(self) -> float:
        """What is left, by the first steps; later by all of them."""
        left = self.steps - self.reached.steps
        if self.reached.seconds and self.reached.steps >= self.steps // 20:
            return left * self.reached.seconds / self.reached.steps
        a_step = statistics.median(self.times) if self.times else 0.0
        return left * a_step + self.measuring * self._measurements_left()

    def _measurements_left(self) -> int:
        if self.measure is None:
            return 0
        return ceil(self.steps / self.every) - self.reached.steps // self.every

    def _measure(self, keep: bool = True) -> None:
        """Ask what the curves show; the first time also to learn how long that takes."""
        if self.measure is None:
            return
        began = perf_counter()
        values = self.measure()
        self.measuring = perf_counter() - began
        for name, value in values.items() if keep else ():
            at, curve = self.reached.curves.setdefault(str(name), ([], []))
            at.append(self.reached.steps)
            curve.append(float(value))

    def _save(self) -> bool:
        """Write the file; whether that was possible. That it is not is said once."""
        if self.can_save:
            try:
                checkpoints.save(self.path, self.reached, self.identity, self.keep)
            except OSError as error:
                self.can_save = False
                print(f"{self.path} cannot be written ({error.strerror or error}): what this "
                      "training reaches is not kept.")
        return self.can_save

    def _end(self, words: str, aloud: bool = False) -> None:
        self.screen.end(words, self.reached.losses, self.reached.curves, aloud)


def _number(loss: object, k: int) -> float:
    """A loss as a float, for a loss that is one number."""
    values = np.asarray(loss)
    if values.size != 1 or values.dtype.kind not in "fiub":
        told = f"an array of shape {values.shape}" if values.size != 1 else repr(loss)
        raise TypeError(f"step({k}) must return the loss of the step, one number; it returned "
                        f"{told}")
    return float(values.reshape(()))


def _duration(seconds: float) -> str:
    """A short time: 1.1 ms, 24 ms, 1.3 s."""
    value, unit = (seconds, "s") if seconds >= 0.995 else (1000 * seconds, "ms")
    return f"{value:.2g} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
