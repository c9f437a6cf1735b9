"""One case, played on somebody's functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograder.checking.exercise import Case, Exercise, Gradient
from autograder.checking.recording import Recorder
from autograder.kit.functions import Answer, Functions
from autograder.kit.plain import array_with_layout, layout_of, untouched
from autograder.kit.student_error import StudentError, StudentStopped
from autograder.kit.watching import Watched


@dataclass(frozen=True)
class Trial:
    """What came of playing one case.

    Attributes
    ----------
    outputs : tuple of plain data
        One entry for each output of the exercise; empty when `error` is set.
    error : StudentError or None
    changed : tuple of str
        Names of the inputs that the function changed.
    forward : plain data or None
        First output of the student's own forward function, where it was played.
    seen : tuple of str
        If it was watched: what was seen of each gradient while the function ran. See
        `autograder.kit.watching`.
    failed : str
        The function behind the error, where it is not the exercise itself: its forward function.
    """

    outputs: tuple
    error: StudentError | None = None
    changed: tuple[str, ...] = ()
    forward: object = None
    seen: tuple[str, ...] = ()
    failed: str = ""


def play(
    exercise: Exercise, case: Case, functions: Functions, cache=None, watch: bool = False
) -> Trial:
    """Play one case.

    Parameters
    ----------
    exercise, case, functions
        What is played, and on whose functions.
    cache : plain data, optional
        The documented cache, to be used in place of the one that the forward function
        of `functions` makes.
    watch : bool
        Whether to see how a gradient is computed. Needs a case without a play of its own.

    Returns
    -------
    Trial
        Never raises for what a student did, except when no more calls are possible.

    Raises
    ------
    StudentStopped
        If the process with the student's code is gone.
    """
    trial = _play(exercise, case, functions, cache, watch)
    if trial.error and "read-only" in trial.error.message:
        # The function writes into an input that may not be written to. What it would
        # compute is judged on arrays that may; that it writes is reported as a change.
        return _play(exercise, replace(case, inputs=_writable(case.inputs)), functions,
                     _writable(cache), watch)
    return trial


def _play(
    exercise: Exercise, case: Case, functions: Functions, cache, watch: bool
) -> Trial:
    try:
        custom = case.play or exercise.play
        if custom:
            recorder = Recorder(functions, exercise.name, case.inputs)
            outputs = as_outputs(exercise, custom(recorder, case.inputs, cache))
            return Trial(outputs, changed=tuple(recorder.changed))
        if exercise.gradient and exercise.gradient.cached:
            if cache is None:
                return _play_own_cache(exercise, exercise.gradient, case, functions, watch)
            names: tuple[str, ...] = ("dout", "cache")
            arguments: tuple[object, ...] = (case.inputs["dout"], cache)
        else:
            names = exercise.called_with(case.inputs)
            arguments = tuple(case.inputs[name] for name in names)
        seen: tuple[str, ...] = ()
        if exercise.returns_cache:
            kept = functions.keep(exercise.name, *arguments)
            kept.part(1)  # there must be one, whatever it holds
            value, after = kept.part(0).value(), kept.arguments
        else:
            answer = _asked(exercise, case, functions, watch, *arguments)
            value, after, seen = answer.value, answer.arguments, answer.seen
        changed = _changed(names, arguments, after, exercise)
        return Trial(as_outputs(exercise, value), changed=changed, seen=seen)
    except StudentStopped:
        raise
    except StudentError as error:
        return Trial((), error)


def _writable(value):
    """A copy of plain data in which every array may be written to."""
    if isinstance(value, np.ndarray):
        return array_with_layout(value, layout_of(value).replace("r", ""))
    if isinstance(value, (list, tuple)):
        return type(value)(_writable(part) for part in value)
    if isinstance(value, dict):
        return {key: _writable(part) for key, part in value.items()}
    return value


def _asked(
    exercise: Exercise, case: Case, functions: Functions, watch: bool, *arguments
) -> Answer:
    """The answer to one call, watched or not."""
    gradient = exercise.gradient
    if not watch or gradient is None:
        return functions.call(exercise.name, *arguments)
    names = [name for name in gradient.inputs if name in case.inputs]
    watched = Watched(
        gradient.forward, tuple(case.inputs[name] for name in names),
        tuple(names.index(name) for name in gradient.of.values()),
    )
    return functions.call_watched(watched, exercise.name, *arguments)


def _play_own_cache(
    exercise: Exercise, gradient: Gradient, case: Case, functions: Functions, watch: bool
) -> Trial:
    """Forward, then backward with the cache that this forward made."""
    out = None
    try:
        kept = functions.keep(gradient.forward, *(case.inputs[name] for name in gradient.inputs))
        out = kept.part(0).value()
        cache = kept.part(1)
    except StudentStopped:
        raise
    except StudentError as error:
        return Trial((), error, forward=out, failed=gradient.forward)
    try:
        before = _value_or_none(cache)
        answer = _asked(exercise, case, functions, watch, case.inputs["dout"], cache)
        changed = _changed(("dout",), (case.inputs["dout"],), answer.arguments[:1], exercise)
        if before is not None:
            changed += _changed(("cache",), (before,), (_value_or_none(cache),), exercise)
        return Trial(as_outputs(exercise, answer.value), changed=changed, forward=out,
                     seen=answer.seen)
    except StudentStopped:
        raise
    except StudentError as error:
        return Trial((), error, forward=out)


def _value_or_none(kept):
    """A cache as plain data, if it is: students may keep anything in theirs."""
    try:
        return kept.value()
    except StudentStopped:
        raise
    except StudentError:
        return None


def _changed(names, before, after, exercise: Exercise) -> tuple[str, ...]:
    changed = []
    for name, old, new in zip(names, before, after, strict=True):
        if new is None or untouched(old, new):
            continue
        entries = exercise.gradient.cache if exercise.gradient else ()
        if name == "cache" and isinstance(old, tuple) and len(old) == len(entries):
            pairs = zip(entries, old, new, strict=True)
            changed += [f"{entry} (in the cache)" for entry, a, b in pairs if not untouched(a, b)]
        else:
            changed.append(f"{entries[0]} (in the cache)" if name == "cache" and len(entries) == 1
                           else name)
    return tuple(changed)


def as_outputs(exercise: Exercise, value) -> tuple:
    """What a function returned, as one entry for each output of the exercise."""
    names = exercise.outputs
    if len(names) == 1:
        return (value,)
    if isinstance(value, (tuple, list)) and len(value) == len(names):
        return tuple(value)
    if isinstance(value, np.ndarray) and value.ndim == 1 and len(value) == len(names):
        return tuple(value)  # several numbers in one array
    if isinstance(value, (tuple, list)):
        came = f"{len(value)} values"
    else:
        came = "nothing (None)" if value is None else "one value"
    raise StudentError("NotPlain", f"{came}, where {len(names)} are expected: {', '.join(names)}")
