"""How an answer is given: the items of `CONDUCT`.

Each of them needs at least one right output. Where a row has no item for inputs that were changed,
or for lost digits, the item of the answer itself is lost.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from autograder.checking.answers import AnswerKey
from autograder.checking.comparison import as_array
from autograder.checking.diagnosis import diagnose_change
from autograder.checking.exercise import (
    ANOTHER_CACHE,
    LOOP,
    NO_LOOP,
    PAIR,
    PRECISION,
    SHAPES,
    UNCHANGED,
    Exercise,
)
from autograder.checking.faults import (
    Faults,
    Judged,
    JudgedOutputs,
    JudgedTagged,
    right_item,
    wrong_item,
)
from autograder.checking.playing import UNWRITTEN, Played, UntilStopped
from autograder.checking.precision import about_digits, diagnose_digits
from autograder.checking.result import NOT_REACHED, RIGHT, WRONG, ItemResult
from autograder.checking.words import (
    about_changes,
    about_difference,
    about_error,
    hint_for,
)
from autograder.kit.student_error import StudentError, StudentStopped
from autograder.kit.watching import MOST_COUNTED, NOT_COUNTED


def judge_conduct(
    key: AnswerKey, played: Sequence[Played], outputs: JudgedOutputs, tagged: JudgedTagged,
    functions: UntilStopped,
) -> Judged:
    """How the answer is given, by all cases.

    Returns
    -------
    Judged
        Its items take the places of those that were found before.
    """
    points, found = key.exercise.points, Judged()
    before = {**outputs.items, **tagged.items}
    some_right = outputs.right or any(item.status == RIGHT for item in before.values())
    if not some_right or any(isinstance(p.trial.error, StudentStopped) for p in played):
        return found
    if SHAPES in points:
        found.items[SHAPES] = _shapes(key, played, outputs)
    _judge_changes(key, played, tagged, before, found)
    _judge_digits(key, played, outputs, tagged, before, found)
    if PAIR in points and (pair := _pair(key, played, outputs, tagged)):
        found.items[PAIR] = pair
    if NO_LOOP in points and (without := _without_loop(key, functions)):
        found.items[NO_LOOP] = without
    return found


def _shapes(key: AnswerKey, played: Sequence[Played], outputs: JudgedOutputs) -> ItemResult:
    """Whether all outputs have their shapes; where a wrong one has not, that is told there."""
    for k in sorted(outputs.misshapen):
        faults = Faults.of(played, k)
        if any(faults.wrong):
            # One mistake, made in all cases: a size of 1 only hides it.
            return wrong_item(key, SHAPES, faults, wrong_in=[True] * len(played))
    for k, name in enumerate(key.exercise.outputs):
        if Faults.of(played, k).without_shape:
            return _open(key.exercise, SHAPES, f"comes once {name} has its shape")
    return right_item(key.exercise, SHAPES)


def _in_order(
    played: Sequence[Played], tagged: JudgedTagged
) -> Iterator[tuple[Played, str | None]]:
    """All cases, each with the item that it decides alone."""
    yield from ((p, None) for p in played)
    for tag, cases in tagged.played.items():
        yield from ((p, tag) for p in cases)


def _judge_changes(
    key: AnswerKey, played: Sequence[Played], tagged: JudgedTagged,
    before: Mapping[str, ItemResult], found: Judged,
) -> None:
    """Whether the inputs are what they were."""
    exercise = key.exercise
    first = next(((p, tag) for p, tag in _in_order(played, tagged) if p.trial.changed), None)
    if first is None:
        if UNCHANGED in exercise.points:
            found.items[UNCHANGED] = right_item(exercise, UNCHANGED)
        return
    p, tag = first
    item = UNCHANGED if UNCHANGED in exercise.points else tag or _first_item(exercise)
    if item != UNCHANGED and _status(before, found, item) != RIGHT:
        found.notes.append(f"{exercise.name} changes {' and '.join(p.trial.changed)} in place.")
        return
    known = diagnose_change(key, [p], p.trial.changed)
    found.items[item] = ItemResult(
        item, 0.0, float(exercise.points[item]), WRONG, about_changes(p.trial.changed),
        case=p.keyed.case.name,
        mistake=known.mistake, explanation=known.explanation, hint=known.hint,
    )


def _judge_digits(
    key: AnswerKey, played: Sequence[Played], outputs: JudgedOutputs, tagged: JudgedTagged,
    before: Mapping[str, ItemResult], found: Judged,
) -> None:
    """Whether right values have all the digits that they should have."""
    exercise = key.exercise
    judged: dict[str | None, list[int]] = {None: sorted(outputs.right)}
    places = [(p, k, tag) for p, tag in _in_order(played, tagged)
              for k in judged.get(tag, tagged.judged)
              if k not in outputs.measured and k not in outputs.slips and p.imprecision(k)]
    if not places:
        if PRECISION in exercise.points:
            found.items[PRECISION] = right_item(exercise, PRECISION) if any(
                _has_digits(p, k) for p, tag in _in_order(played, tagged)
                if tag is None or _status(before, found, tag) == RIGHT
                for k in judged.get(tag, tagged.judged)
            ) else _open(
                exercise, PRECISION, "comes once one of the values above is right")
        return
    ordinary = [place for place in places if place[2] is None]
    p, k, tag = min(ordinary, key=lambda place: place[1]) if ordinary else places[0]
    names = [exercise.outputs[k] for k in sorted({k for _, k, _ in places})]
    item = PRECISION
    if PRECISION not in exercise.points:
        item = tag or next((name for name in names if name in exercise.points),
                           _first_item(exercise))
        if _status(before, found, item) != RIGHT:
            return
    difference = p.imprecision(k)
    assert difference is not None
    worst = max((d.error or 0.0) for q, j, _ in places if (d := q.imprecision(j)))
    known = diagnose_digits(key, [(q, j) for q, j, _ in places])
    found.items[item] = ItemResult(
        item, 0.0, float(exercise.points[item]), WRONG, about_digits(names, worst),
        difference.got, difference.expected, case=p.keyed.case.name,
        mistake=known.mistake, explanation=known.explanation, hint=known.hint,
    )


def _has_digits(p: Played, k: int) -> bool:
    """Whether output `k` of a case is a right number, or an array of right ones."""
    expected = as_array(p.keyed.right.outputs[k])
    return not (p.keyed.case.judge or p.trial.error or p.difference(k)) and (
        expected is not None and expected.dtype.kind == "f")


def _pair(
    key: AnswerKey, played: Sequence[Played], outputs: JudgedOutputs, tagged: JudgedTagged
) -> ItemResult | None:
    """Whether one's own forward and one's own backward function work as a pair.

    That is asked of the outputs that are right otherwise.
    """
    exercise = key.exercise
    if exercise.gradient is None:
        return None
    forward = exercise.gradient.forward
    tried = played or [p for some in tagged.played.values() for p in some]
    alone = [p.own for p in tried if p.own]
    if not alone:
        return None
    if all(own.failed and own.error and own.error.kind in UNWRITTEN for own in alone):
        return _open(exercise, PAIR, f"comes once {forward} is written")
    cases = [(p, sorted(outputs.right), p.own) for p in played if p.own]
    cases += [(p, list(tagged.judged), p.own) for tag, some in tagged.played.items()
              if tagged.items[tag].status == RIGHT for p in some if p.own and not p.own.failed]
    together = [Played(p.keyed, own) for p, _, own in cases]
    for k in sorted(outputs.right) or tagged.judged:
        faults = Faults(together, k, [
            None if k not in judged or p.trial.error or p.difference(k)
            else own.error or pair.difference(k)
            for pair, (p, judged, own) in zip(together, cases, strict=True)
        ])
        if not any(faults.wrong) or (k in outputs.misshapen and faults.only_in_shape):
            continue
        return _apart(key, forward, faults)
    return right_item(exercise, PAIR)


def _apart(key: AnswerKey, forward: str, faults: Faults) -> ItemResult:
    """The item for two functions that do not fit, whatever each of them is by itself."""
    exercise, (p, fault) = key.exercise, faults.first()
    name = exercise.name
    got = expected = hint = ""
    if isinstance(fault, StudentError):
        message = about_error(p.trial.failed or name, fault)
    else:
        message = about_difference(exercise.outputs[faults.k], fault)
        got, expected = fault.got, fault.expected
    if p.trial.failed:
        mistake, explanation = "", f"{name} is right by itself, and gets no cache from {forward}."
        hint = hint_for(fault, "") or f"Begin with {forward}: what does its docstring return?"
    else:
        mistake = ANOTHER_CACHE
        explanation, hint = key.mistakes.get(ANOTHER_CACHE, (
            f"{name} is right with the cache that the chapter describes, and not with the one that "
            f"your {forward} makes.",
            f"Write down what {forward} puts into its cache, in order, and beside it what {name} "
            "takes out. Where do the two lists differ?"))
    return ItemResult(PAIR, 0.0, float(exercise.points[PAIR]), WRONG, message, got, expected,
                      p.keyed.case.name, mistake, explanation, hint)


def _without_loop(key: AnswerKey, functions: UntilStopped) -> ItemResult | None:
    """Whether as many lines are executed for a large input as for a small one."""
    exercise = key.exercise
    if exercise.loop_free is None:
        return None
    # Always the same numbers: how many lines there are is no question of luck.
    rng = np.random.default_rng(zlib.crc32(exercise.name.encode()))
    counts, who = [], exercise.name
    try:
        for inputs in exercise.loop_free(rng):
            if exercise.gradient and exercise.gradient.cached:
                who = exercise.gradient.forward
                kept = functions.keep(who, *(inputs[name] for name in exercise.gradient.inputs))
                arguments: tuple = (inputs["dout"], kept.part(1))
                who = exercise.name
            else:
                arguments = tuple(inputs[name] for name in exercise.called_with(inputs))
            # A first call may import modules, whose lines would hide a loop.
            counts.append(min(
                functions.count_lines(exercise.name, *arguments) for _ in range(3)))
    except StudentStopped:
        return None
    except StudentError as error:
        if who != exercise.name:
            return _open(exercise, NO_LOOP, f"comes once {who} works")
        return _looped(exercise, about_error(who, error), "", "", hint_for(error, ""))
    small, large = counts
    if NOT_COUNTED in counts:
        return _looped(
            exercise, f"The lines that {who} executes could not be counted.", "",
            "The check counts them, and this function switches that off.",
            "Leave sys.settrace and sys.setprofile alone.")
    if large <= small < MOST_COUNTED:
        return right_item(exercise, NO_LOOP)
    told = "more lines" if key.hidden else f"{_lines(large)}"
    than = "" if key.hidden else f", and {_lines(small)} for a small one"
    explanation, hint = key.mistakes.get(LOOP, (
        "Where NumPy does the work, the number of lines does not grow with the arrays. A "
        "comprehension, np.vectorize and np.apply_along_axis are loops, too.",
        "Which line is executed again and again? Which operation on whole arrays says the same?"))
    return _looped(
        exercise, f"{who} executes {told} for a large input{than}.", LOOP, explanation, hint)


def _lines(count: int) -> str:
    return f"{count} lines or more" if count == MOST_COUNTED else f"{count} lines"


def _looped(
    exercise: Exercise, message: str, mistake: str, explanation: str, hint: str
) -> ItemResult:
    return ItemResult(NO_LOOP, 0.0, float(exercise.points[NO_LOOP]), WRONG, message,
                      mistake=mistake, explanation=explanation, hint=hint)


def _open(exercise: Exercise, item: str, message: str) -> ItemResult:
    return ItemResult(item, 0.0, float(exercise.points[item]), NOT_REACHED, message)


def _first_item(exercise: Exercise) -> str:
    """The item of the first output that has one."""
    named = (name for name in exercise.outputs if name in exercise.points)
    return next(named, next(iter(exercise.points)))


def _status(before: Mapping[str, ItemResult], found: Judged, item: str) -> str:
    there = found.items.get(item) or before.get(item)
    return there.status if there else NOT_REACHED
