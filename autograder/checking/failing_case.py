"""A case that went wrong, for a student to look at: at home only, where the cases are public."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.answers import AnswerKey, Keyed
from autograder.checking.comparison import (
    NOT_FINITE,
    VALUE,
    Difference,
    as_array,
    compare,
)
from autograder.checking.exercise import Exercise
from autograder.checking.playing import Played, is_wrong
from autograder.checking.result import WRONG, Result
from autograder.checking.wrong_entries import drawn, in_common, piece_drawn, wrong_entries
from autograder.kit.functions import LocalFunctions, LocalKept, received
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError

MOST_NUMBERS = 12
"""Of an input that is printed."""
MOST_CHARACTERS = 400
"""Of all inputs together."""
MOST_REPR = 60


def seen_at_home(
    exercise: Exercise, played: Played, k: int, fault: StudentError | Difference, named: bool
) -> dict[str, str]:
    """The fields of an `ItemResult` that show a case; none of a hidden case.

    Parameters
    ----------
    exercise : Exercise
    played : Played
    k : int
        Position of the output.
    fault : StudentError or Difference
        What is wrong with it.
    named : bool
        Whether its mistake has a name: then it is not said that all entries are wrong.
    """
    if played.keyed.hidden:
        return {}
    # Some names of cases tell the inputs.
    inputs = "" if played.keyed.case.spelled else inputs_text(exercise, played.keyed)
    told = {"inputs": inputs}
    # Where a question is wrong is half of its answer.
    if isinstance(fault, Difference) and played.keyed.case.inputs:
        told |= _where(exercise.outputs[k], played, k, fault, named)
    return {name: text for name, text in told.items() if text}


def _where(
    name: str, played: Played, k: int, fault: Difference, named: bool
) -> dict[str, str]:
    got, right = as_array(played.trial.outputs[k]), as_array(played.keyed.right.outputs[k])
    if fault.kind not in (VALUE, NOT_FINITE) or got is None or right is None:
        return {}
    if not got.ndim or got.size < 2 or got.shape != right.shape:
        return {}
    case = played.keyed.case
    mask = wrong_entries(got, right, case.tolerance)
    if not mask.any() or (named and mask.all()):
        return {}
    where, marks = in_common(mask, name, case.dims), drawn(mask)
    piece = piece_drawn(mask) if marks else ""
    return {"where": f"{where} Below is {name}{piece}." if piece else where, "marks": marks}


# In words


def inputs_text(exercise: Exercise, keyed: Keyed) -> str:
    """The inputs of a case, where all of them are small: ``x = [1, 2], w = 3``; else nothing."""
    names = (*(exercise.gradient.inputs if exercise.gradient else ()), *exercise.parameters, "dout")
    inputs = keyed.case.inputs
    texts = {name: value_text(inputs[name]) for name in dict.fromkeys(names) if name in inputs}
    sentence = ", ".join(f"{name} = {text}" for name, text in texts.items())
    return sentence if all(texts.values()) and len(sentence) <= MOST_CHARACTERS else ""


def value_text(value) -> str:
    """A small value as it could be typed; nothing for a large one."""
    if isinstance(value, Source):
        return value.text
    if isinstance(value, np.ndarray):
        if not 0 < value.size <= MOST_NUMBERS:
            return ""
        text = np.array2string(value, separator=", ", max_line_width=10_000,
                               formatter={"float_kind": lambda number: f"{number:.4g}"})
        kind = "" if value.dtype in (np.float64, np.int64) else f" ({value.dtype})"
        return " ".join(text.split()) + kind
    if isinstance(value, float):
        return f"{value:.4g}"
    text = repr(value)
    return text if len(text) <= MOST_REPR else ""


# To call again


def failing_arguments(
    key: AnswerKey, result: Result, functions: LocalFunctions
) -> Mapping[str, object] | None:
    """The arguments of the first case that went wrong and is one call, by parameter name.

    Parameters
    ----------
    key : AnswerKey
        With public cases.
    result : Result
        Of a check with this key.
    functions : LocalFunctions
        The student's. Where their forward function is right, its cache is among the arguments.
    """
    by_name = {keyed.case.name: keyed for keyed in key.cases}
    wrong = [by_name[item.case] for item in result.items
             if item.status == WRONG and item.case in by_name]
    return next(filter(None, (arguments_of(key.exercise, k, functions) for k in wrong)), None)


def arguments_of(
    exercise: Exercise, keyed: Keyed, functions: LocalFunctions
) -> dict[str, object] | None:
    """The arguments of a case by parameter name; None where it is more than one call."""
    inputs, gradient = keyed.case.inputs, exercise.gradient
    if gradient and gradient.cached:
        if "dout" not in inputs or keyed.cache is None:
            return None
        names = list(exercise.parameters)
        return dict(zip(names, (received(inputs["dout"]), _cache(exercise, keyed, functions))))
    if keyed.case.play or exercise.play:
        return None
    return {name: received(inputs[name]) for name in exercise.called_with(inputs)}


def _cache(exercise: Exercise, keyed: Keyed, functions: LocalFunctions):
    """The cache that the student's own forward function makes, if it is right; the documented one.
    """
    gradient = exercise.gradient
    assert gradient is not None
    try:
        kept = functions.keep(
            gradient.forward, *(keyed.case.inputs[name] for name in gradient.inputs))
        out, own = kept.part(0).value(), kept.part(1)
    except (StudentError, KeyError):
        return received(keyed.cache)
    difference = compare(out, keyed.right.forward, keyed.case.tolerance)
    if keyed.right.forward is None or is_wrong(difference) or not isinstance(own, LocalKept):
        return received(keyed.cache)
    return own.thing
