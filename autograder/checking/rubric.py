"""Run an exercise's rubric on somebody's functions. The same in a notebook and in the grader.

`run_check` is the whole of it, stage by stage. Each stage takes what the earlier ones found and
returns what it found itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array
from autograder.checking.conduct import judge_conduct
from autograder.checking.exercise import CONDUCT, SHAPES, Exercise
from autograder.checking.faults import (
    Faults,
    Judged,
    JudgedOutputs,
    JudgedTagged,
    measured_item,
    right_item,
    seen_of,
    wrong_item,
)
from autograder.checking.own_forward import evidence, gives_the_same, slip_that_keeps
from autograder.checking.own_layers import ByOwnLayers, judged_by_own_layers
from autograder.checking.playing import Played, UntilStopped, play_cases
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, WRONG, ItemResult, Result
from autograder.checking.words import about_error, sentence
from autograder.kit.functions import Functions
from autograder.kit.leftover import LEFT_OVER
from autograder.kit.student_error import StudentStopped


def run_check(key: AnswerKey, functions: Functions, own: ByOwnLayers | None = None) -> Result:
    """Judge one exercise.

    Parameters
    ----------
    key : AnswerKey
        The exercise, its cases and their answers.
    functions : Functions
        The student's functions.
    own : ByOwnLayers, optional
        The key by the student's own earlier functions, where it was worked out in another
        process: in one process these could tell the exercise what they were asked.

    Returns
    -------
    Result
        Whatever the student's code does, this returns.
    """
    exercise, diary, asked = key.exercise, functions.diary, UntilStopped(functions)
    diary.clear()
    unusable = _why_unusable(exercise, asked)
    if unusable:
        return unusable
    only_tagged = not any(keyed.case.item is None for keyed in key.cases)
    own = own or judged_by_own_layers(key, asked)
    if own.waiting:
        played = play_cases(exercise, key.cases, asked, watch=False)
        if all(p.not_written for p in played):
            return _unwritten(exercise, played)
    key = own.key
    ordinary = play_cases(exercise, [k for k in key.cases if k.case.item is None], asked)
    if ordinary and all(p.not_written for p in ordinary):
        return _unwritten(exercise, ordinary)
    outputs = judge_outputs(key, ordinary, asked)
    tagged = judge_tagged(key, ordinary, outputs, asked, only_tagged)
    name_by_all_cases(key, ordinary, outputs, tagged, asked)
    tried = ordinary or [p for some in tagged.played.values() for p in some]
    if tried and all(p.not_written for p in tried):
        return _unwritten(exercise, tried)
    conduct = judge_conduct(key, ordinary, outputs, tagged, asked)
    items = {**outputs.items, **tagged.items, **conduct.items, **_waiting(exercise, own.waiting)}
    notes = [*own.notes, *(note for p in ordinary for note in p.notes)]
    notes += [*outputs.notes, *tagged.notes, *conduct.notes]
    notes += [f"Your code gave a warning: {text}" for text in diary.warned]
    return Result(
        exercise.name,
        tuple(items.get(name) or _not_reached(exercise, name, outputs, asked.stopped)
              for name in exercise.points),
        tuple(dict.fromkeys(notes)),
        diary.printed,
    )


def judge_outputs(
    key: AnswerKey, played: Sequence[Played], functions: UntilStopped
) -> JudgedOutputs:
    """The items that are named after outputs, by the ordinary cases."""
    exercise, found = key.exercise, JudgedOutputs()
    for k, name in enumerate(exercise.outputs):
        faults = Faults.of(played, k)
        seen = seen_of(exercise, name, played)
        if seen and (faults.only_in_shape or not any(faults.wrong)):
            found.measured.add(k)
            if name in exercise.points:
                found.items[name] = measured_item(exercise, name, seen)
            continue
        if SHAPES in exercise.points and faults.only_in_shape:
            found.misshapen.add(k)
            faults = Faults.none(played, k)
        if played and not seen and 2 * sum(faults.wrong) <= len(played):
            found.right.add(k)
        if name not in exercise.points or not played:
            continue
        if not any(faults.wrong):
            message = evidence(exercise, k, played, functions)
            found.items[name] = right_item(exercise, name, message)
        elif slip := slip_that_keeps(key, name, played):
            found.right.add(k)
            found.slips[k] = slip
            found.items[name] = right_item(exercise, name, "fits your own value, which has a slip")
            found.notes.append(f"{name} is the gradient of your own {exercise.name}, which is not "
                               "right yet. One slip costs once.")
        else:
            found.items[name] = wrong_item(key, name, faults)
    return found


def judge_tagged(
    key: AnswerKey,
    ordinary: Sequence[Played],
    outputs: JudgedOutputs,
    functions: UntilStopped,
    only_tagged: bool,
) -> JudgedTagged:
    """The items that have cases of their own: they judge the outputs that are right otherwise.

    All outputs, if an exercise has no other cases (`only_tagged`).
    """
    exercise = key.exercise
    judged = range(len(exercise.outputs)) if only_tagged else sorted(outputs.right)
    found = JudgedTagged(judged=tuple(judged))
    forward_is_right = all(p.forward_right is not False for p in ordinary)
    for tag in dict.fromkeys(k.case.item for k in key.cases if k.case.item):
        if functions.stopped or not judged:
            continue
        cases = [keyed for keyed in key.cases if keyed.case.item == tag]
        found.played[tag] = play_cases(
            exercise, cases, functions, forward_is_right, watch=only_tagged)
        found.notes.extend(note for p in found.played[tag] for note in p.notes)
    for tag, played in found.played.items():
        others = [p for other, some in found.played.items() if other != tag for p in some]
        if all(p.not_written for p in played):
            points = float(exercise.points[tag])
            found.items[tag] = ItemResult(tag, 0.0, points, NOT_WRITTEN, about_stub(played))
            continue
        about = [exercise.outputs.index(name)
                 for name in exercise.shown_by.get(tag, exercise.outputs)]
        shown, missing = ([exercise.outputs[k] for k in about if (k in judged) == there]
                          for there in (True, False))
        if not shown:
            points = float(exercise.points[tag])
            found.items[tag] = ItemResult(tag, 0.0, points, NOT_REACHED,
                                          f"comes once {' or '.join(missing)} is right")
            continue
        found.items[tag] = right_item(
            exercise, tag, f"shown by {' and '.join(shown)} alone" if missing else "")
        for k in judged:
            faults = Faults.of(played, k)
            seen = seen_of(exercise, exercise.outputs[k], played)
            if seen and not any(faults.wrong):
                found.items[tag] = measured_item(exercise, tag, seen)
                break
            if not any(faults.wrong) or (k in outputs.misshapen and faults.only_in_shape):
                continue
            if k in outputs.slips and all(gives_the_same(outputs.slips[k], p, k) for p in played):
                continue
            found.items[tag] = wrong_item(key, tag, faults, elsewhere=[*ordinary, *others])
            break
    _keep_after_slips(key, found, found.played)
    return found


def name_by_all_cases(
    key: AnswerKey, ordinary: Sequence[Played], outputs: JudgedOutputs, tagged: JudgedTagged,
    functions: UntilStopped,
) -> None:
    """Take back what was said of every case where the cases of other items speak against it.

    That dx is 0 in every case is to hold with padding, too. Where no output is right, these cases
    are played for that alone. A known mistake need not be all that is wrong with an answer, and
    what is told where an output is wrong is told of these cases.
    """
    exercise = key.exercise
    named = [k for k, name in enumerate(exercise.outputs)
             if k not in outputs.measured and _has_general_name(key, outputs.items.get(name))
             and all(p.trial.error or p.difference(k) or _is_zero(p, k) for p in ordinary)]
    others = [keyed for keyed in key.cases if keyed.case.item]
    if not named or not others or functions.stopped:
        return
    played = [p for some in tagged.played.values() for p in some] or play_cases(
        exercise, others, functions, all(p.forward_right is not False for p in ordinary), False)
    for k in named:
        name = exercise.outputs[k]
        about = [p for p in played if _is_of_floats(p, k)]
        again = wrong_item(key, name, Faults.of(ordinary, k), elsewhere=about)
        if again.mistake != outputs.items[name].mistake:
            outputs.items[name] = again


def _is_of_floats(p: Played, k: int) -> bool:
    """Whether a case asks for an output as it is: not for its dtype, or for words about it."""
    array = as_array(p.keyed.right.outputs[k])
    return array is not None and array.dtype.kind == "f"


def _is_zero(p: Played, k: int) -> bool:
    """Whether the right answer is 0 everywhere."""
    return _is_of_floats(p, k) and not np.any(p.keyed.right.outputs[k])


def _has_general_name(key: AnswerKey, item: ItemResult | None) -> bool:
    """Whether an item has the name of a mistake, and not of one in the catalogue."""
    return item is not None and item.mistake != "" and key.mistakes.keys().isdisjoint(
        (item.mistake, *item.mistake.split(" or ")))


def _keep_after_slips(
    key: AnswerKey, found: Judged, by_tag: Mapping[str, Sequence[Played]]
) -> None:
    """Give back the items that a known mistake in another item keeps, and name it there."""
    for name, kept in key.keeps.items():
        spoilt = [tag for tag, played in by_tag.items() if _is_spoilt(name, played)]
        judged = [p for tag in spoilt for p in by_tag[tag] if p.keyed.case.judge]
        others = [p for tag in spoilt for p in by_tag[tag] if not p.keyed.case.judge]
        back = [tag for tag in kept if tag in spoilt and found.items[tag].status == WRONG]
        if (
            not back or any(p.trial.error or p.difference(0) for p in judged)
            or not all(slip_that_keeps(key, tag, others) == name for tag in back)
        ):
            continue
        for tag in back:
            found.items[tag] = right_item(key.exercise, tag, "fits the rest, which has a slip")
            found.notes.append(f"{tag} fits the rest of your {key.exercise.name}, which is not "
                               "right yet. One slip costs once.")
        explanation, hint = key.mistakes[name]
        for tag in spoilt:
            if found.items[tag].status == WRONG:
                found.items[tag] = replace(
                    found.items[tag], mistake=name, explanation=explanation, hint=hint)


def _is_spoilt(name: str, played: Sequence[Played]) -> bool:
    """Whether a known mistake shows in these cases."""
    known = [Played(p.keyed, p.keyed.wrong[name]) for p in played]
    return any(
        p.trial.error or any(p.difference(k) for k in range(len(p.trial.outputs))) for p in known
    )


def _unwritten(exercise: Exercise, played: Sequence[Played]) -> Result:
    """The result where the stub's error is all that came."""
    return Result.nothing_earned(exercise.name, exercise.points, NOT_WRITTEN, about_stub(played))


def about_stub(played: Sequence[Played]) -> str:
    """That the stub's last line was left standing, where it was."""
    said = {p.trial.error.told.message for p in played if p.trial.error}
    return next((sentence(text) for text in LEFT_OVER if said == {text}), "")


def _why_unusable(exercise: Exercise, functions: UntilStopped) -> Result | None:
    """The result if nothing can be called, else None."""
    try:
        if exercise.name in functions:
            return None
    except StudentStopped as stopped:
        reason = about_error(exercise.name, stopped)
        return Result.nothing_earned(exercise.name, exercise.points, NOT_REACHED, reason)
    return Result.nothing_earned(
        exercise.name, exercise.points, NOT_WRITTEN,
        f"{exercise.name} is not defined. Run the cell that defines it, and keep its name.",
    )


def _waiting(exercise: Exercise, waiting: Mapping[str | None, str]) -> dict[str, ItemResult]:
    """The items that cannot be judged before an earlier function is of use."""
    reasons = {name: waiting[None] for name in (*exercise.outputs, *CONDUCT) if None in waiting}
    reasons |= {name: reason for name, reason in waiting.items() if name}
    return {
        name: ItemResult(name, 0.0, float(points), NOT_REACHED, reasons[name])
        for name, points in exercise.points.items() if name in reasons
    }


def _not_reached(
    exercise: Exercise, item: str, outputs: JudgedOutputs, stopped: StudentStopped | None
) -> ItemResult:
    if stopped:
        message = f"not reached: {about_error(exercise.name, stopped)}"
    elif item in CONDUCT or not outputs.right:
        message = "comes once one of the values above is right"
    else:
        message = ""
    return ItemResult(item, 0.0, float(exercise.points[item]), NOT_REACHED, message)
