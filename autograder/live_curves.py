"""A training as one watches it below a cell: a bar that fills, and curves that grow.

Each is one output, which is drawn anew in its place. Where nobody watches (a script, a test, a
terminal) nothing is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.pictures import BLUE, BROWN, GREY, bundle

BAR_SECONDS = 0.4
"""Between two movements of the bar."""
PICTURE_SECONDS = 1.0
"""Between two pictures, at least."""
SHARE = 0.1
"""Of the time of a training, what drawing may take."""
MOST_POINTS = 1000
"""Of single losses in the picture; more cannot be told apart."""
STYLES = ((BLUE, "-", "o"), (BROWN, "--", "s"), (GREY, ":", "^"), (BLUE, "-.", "v"))

Curves = Mapping[str, tuple[Sequence[int], Sequence[float]]]


def window_of(steps: int) -> int:
    """Over how many steps a loss is smoothed in the picture of a training."""
    return max(1, min(100, steps // 50))


def smoothed(losses: Sequence[float] | np.ndarray, window: int) -> np.ndarray:
    """The mean of each `window` losses in a row.

    Parameters
    ----------
    losses : sequence of float, of length N
    window : int
        At least 1; of a shorter sequence one mean is left.

    Returns
    -------
    ndarray of shape (N - window + 1,)
    """
    losses = np.asarray(losses, dtype=float)
    window = max(1, min(window, len(losses)))
    return np.convolve(losses, np.full(window, 1 / window), mode="valid") if len(losses) else losses


def draw_training(losses: Sequence[float], curves: Curves, steps: int):
    """Draw how a training went so far.

    Parameters
    ----------
    losses : sequence of float
        Of each step.
    curves : mapping of str to (sequence of int, sequence of float)
        What was measured, after how many steps.
    steps : int
        How many it is to be.

    Returns
    -------
    Figure
        A figure of its own, unknown to pyplot.
    """
    figure = Figure(figsize=(9, 3.2) if curves else (8, 3.2), layout="constrained")
    axes = figure.subplots(1, 2 if curves else 1, squeeze=False)[0]
    _draw_losses(axes[0], losses, steps)
    if curves:
        _draw_curves(axes[1], curves)
    for ax in axes:
        ax.set_xlim(0, 1.02 * steps)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.set_xlabel("step")
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_losses(ax, losses: Sequence[float], steps: int) -> None:
    window = window_of(steps)
    means = smoothed(losses, window)
    every = max(1, len(losses) // MOST_POINTS)
    numbers = 1 + np.arange(len(losses))
    ax.plot(numbers[::every], losses[::every], color=BLUE, lw=0.5, alpha=0.35)
    ax.plot(numbers[len(losses) - len(means):], means, color=BLUE, lw=2)
    ax.set_ylim(0, 1.15 * max(means, default=1.0) or 1.0)
    ax.set_title(f"loss of the batch, and its mean over {window} steps", fontsize=10)


def _draw_curves(ax, curves: Curves) -> None:
    """Measured values. The first ones, far from all others, may lie outside the picture."""
    for k, (name, (at, values)) in enumerate(curves.items()):
        colour, line, mark = STYLES[k % len(STYLES)]
        ax.plot(at, values, line, color=colour, marker=mark, ms=4, lw=1.8, label=name)
    late = np.concatenate([values[len(values) // 4:] for _, values in curves.values()])
    low, high = float(np.min(late)), float(np.max(late))
    margin = 0.15 * (high - low) or 0.05
    ax.set_ylim(low - margin, high + margin)
    ax.legend(loc="best", fontsize=10)
    ax.set_title("measured on the way", fontsize=10)


def in_words(losses: Sequence[float], curves: Curves, steps: int) -> str:
    """The same picture for those who do not see it."""
    if not len(losses):
        return "A training before its first step."
    mean = smoothed(losses, window_of(steps))[-1]
    text = (f"The loss of the batch against the step: from {losses[0]:.3g} to about {mean:.3g} "
            f"after {len(losses)} of {steps} steps.")
    measured = [f"{name}, from {values[0]:.3g} to {values[-1]:.3g} after {at[-1]} steps"
                for name, (at, values) in curves.items()]
    return f"{text} Measured on the way: {'; '.join(measured)}." if measured else text


class Screen:
    """The bar and the curves of one training.

    Parameters
    ----------
    steps : int
        How many it is to be.
    """

    def __init__(self, steps: int):
        self.steps = steps
        self.bar: Any = None
        self.picture: Any = None
        self.next_bar = monotonic()
        self.next_picture = monotonic() + PICTURE_SECONDS

    def step(
        self, losses: Sequence[float], curves: Curves, seconds_left: Callable[[], float]
    ) -> None:
        """After a step: move what is due."""
        now = monotonic()
        if now >= self.next_bar:
            self.next_bar = now + BAR_SECONDS
            self._show_bar(len(losses), seconds_left())
        if now >= self.next_picture:
            self._show_picture(losses, curves)
            taken = monotonic() - now
            self.next_picture = now + taken + max(PICTURE_SECONDS, taken / SHARE)

    def end(
        self, words: str, losses: Sequence[float], curves: Curves, aloud: bool = False
    ) -> None:
        """The last state: a line in place of the bar, if there is one, and the whole picture.

        What is said `aloud` is said also where nobody watches.
        """
        if words:
            self.bar = _shown(self.bar, {"text/plain": words})
        if len(losses):
            self._show_picture(losses, curves)

    def _show_bar(self, done: int, seconds_left: float) -> None:
        left = f"{seconds_left:.0f} s" if seconds_left < 90 else minutes(seconds_left)
        words = f"step {done} of {self.steps}, {left} left"
        self.bar = _shown(self.bar, {
            "text/plain": words,
            "text/html": f'<div style="white-space:nowrap"><progress max="{self.steps}" '
                         f'value="{done}" style="width:40ex" aria-label="training"></progress> '
                         f"{words}</div>",
        })

    def _show_picture(self, losses: Sequence[float], curves: Curves) -> None:
        alternative = in_words(losses, curves, self.steps)
        data, metadata = bundle(draw_training(losses, curves, self.steps), alternative)
        self.picture = _shown(self.picture, data, metadata)


class NoScreen(Screen):
    """Where nobody watches."""

    def step(self, losses, curves, seconds_left) -> None:
        """Nothing is shown."""

    def end(self, words, losses, curves, aloud=False) -> None:
        """Nothing is shown; what is important is said."""
        if aloud:
            print(words)


def screen(steps: int) -> Screen:
    """The screen of a training: a notebook's, or none."""
    if "IPython" not in sys.modules:
        return NoScreen(steps)
    from IPython import get_ipython

    shell = get_ipython()
    # A terminal would write each state below the one before.
    if shell is None or type(shell).__module__.startswith("IPython.terminal"):
        return NoScreen(steps)
    return Screen(steps)


def minutes(seconds: float) -> str:
    """A time in minutes: 0.2 minutes, 12 minutes."""
    if seconds < 3:
        return "less than 0.1 minutes"
    return f"{seconds / 60:.{1 if seconds < 597 else 0}f} minutes"


def _shown(handle: Any, data: dict, metadata: dict | None = None) -> Any:
    """Show data in a new output, or in that of a handle; the handle."""
    from IPython import display

    if handle is None:
        return display.display(data, metadata=metadata or {}, raw=True, display_id=True)
    handle.update(data, metadata=metadata or {}, raw=True)
    return handle
