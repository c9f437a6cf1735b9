"""Hints in steps: how to ask for one, and what is told who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.checking.result import Result


def hint_lines(
    result: Result, hints: Sequence[str], step: int, ask: Callable[[int], str]
) -> tuple[str, ...]:
    """What stands below a result: the hint that was asked for, or how to ask for one.

    Parameters
    ----------
    result : Result
    hints : sequence of str
        Those of the exercise, step by step.
    step : int
        Which one was asked for, from 1; 0 for none.
    ask : callable
        ``ask(step)`` is what to type for a hint: ``"check(affine_forward, hint=1)"``.

    Returns
    -------
    tuple of str
        Lines; none where nobody asked and there is nothing to ask for.
    """
    name, most = result.exercise, len(hints)
    if result.points == result.max_points:
        return (f"{name} is right: there is nothing to hint at.",) if step else ()
    if not hints:
        return (f"There are no hints for {name}.",) if step else ()
    if not step:
        return (f"For a hint: {ask(1)}",)
    if not (isinstance(step, int) and 0 < step <= most):
        are = f"are {most} hints" if most > 1 else "is one hint"
        return (f"There {are} for {name}: {' and '.join(map(ask, range(1, most + 1)))}.",)
    further = (f"For the next hint: {ask(step + 1)}",) if step < most else ()
    return (f"Hint {step} of {most}: {hints[step - 1]}", *further)
