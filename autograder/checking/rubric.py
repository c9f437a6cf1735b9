"""Run an exercise's rubric on somebody's functions. The same in a notebook and in the grader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.checking.answers import AnswerKey, Keyed
from autograder.checking.comparison import SHAPE, TYPE, Difference, as_array, compare
from autograder.checking.diagnosis import Diagnosis, Played, diagnose_change, diagnose_output
from autograder.checking.exercise import CONDUCT, SHAPES, UNCHANGED, Exercise
from autograder.checking.gradients import (
    AGREEMENT,
    GradientCheck,
    compare_slopes,
    directional_points,
    weighted_sum,
)
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, RIGHT, WRONG, ItemResult, Result
from autograder.checking.trial import Trial, play
from autograder.kit.functions import Functions, StudentError, StudentStopped


def run_check(key: AnswerKey, functions: Functions) -> Result:
    """Judge one exercise.

    Parameters
    ----------
    key : AnswerKey
        The exercise, its cases and their answers.
    functions : Functions
        The student's functions.

    Returns
    -------
    Result
        Whatever the student's code does, this returns.
    """
    return _Check(key, functions).result()


class _Check:
    """The state of one check: what was played, what was right, what is worth a note."""

    def __init__(self, key: AnswerKey, functions: Functions):
        self.key, self.functions = key, functions
        self.exercise: Exercise = key.exercise
        self.notes: list[str] = []
        self.stopped: StudentStopped | None = None
        self.right_outputs: set[int] = set()
        """Outputs that are right in at least half of the ordinary cases."""
        self.forward_is_right = True
        self.misshapen: set[int] = set()
        """Outputs whose values are right in a wrong shape; the item for shapes pays for them."""
        self.items: dict[str, ItemResult] = {}

    def result(self) -> Result:
        exercise = self.exercise
        diary = self.functions.diary
        diary.printed, diary.warned = "", []
        try:
            defined = exercise.name in self.functions
        except StudentStopped as stopped:
            self.stopped = stopped
            return self._uniform(NOT_REACHED, _error_sentence(exercise, stopped))
        if not defined:
            return self._uniform(NOT_WRITTEN, f"{exercise.name} is not defined. Run the cell that "
                                 "defines it, and keep its name.")
        ordinary = self._play([keyed for keyed in self.key.cases if keyed.case.item is None])
        if ordinary and all(_not_written(p.trial) for p in ordinary):
            return self._uniform(NOT_WRITTEN, "")
        self._judge_outputs(ordinary)
        self._judge_conduct(ordinary)
        self._judge_tagged()
        items = tuple(
            self.items.get(name) or self._not_reached(name) for name in exercise.points
        )
        self.notes += [f"Your code gave a warning: {text}" for text in diary.warned]
        return Result(exercise.name, items, tuple(dict.fromkeys(self.notes)), diary.printed)

    # Playing

    def _play(self, cases: list[Keyed]) -> list[Played]:
        played = []
        for keyed in cases:
            if self.stopped:
                break
            try:
                played.append(Played(keyed, self._play_one(keyed)))
            except StudentStopped as stopped:
                self.stopped = stopped
                played.append(Played(keyed, Trial(None, stopped)))
        return played

    def _play_one(self, keyed: Keyed) -> Trial:
        """One case. A wrong forward function must not cost its backward function points."""
        trial = play(self.exercise, keyed.case, self.functions)
        if keyed.cache is None:
            return trial
        forward = self.exercise.gradient.forward
        if keyed.case.play is None:
            # Cases with a play of their own do not show what the forward function gave.
            self.forward_is_right = trial.forward is not None and not compare(
                trial.forward, keyed.right.forward, keyed.case.tolerance
            )
            if not self.forward_is_right:
                self.notes.append(f"Your {forward} is not right yet. That costs nothing here.")
        if not self._wrong_somewhere(keyed, trial):
            return trial
        documented = play(self.exercise, keyed.case, self.functions, keyed.cache)
        if self._wrong_somewhere(keyed, documented):
            return trial if self.forward_is_right else documented
        self.notes.append(
            f"{self.exercise.name} is right with the cache that the chapter describes."
            + (f" The cache of your {forward} holds something else." if self.forward_is_right else "")
        )
        return documented

    def _wrong_somewhere(self, keyed: Keyed, trial: Trial) -> bool:
        return trial.error is not None or any(
            self._difference(keyed, trial, k) for k in range(len(self.exercise.outputs))
        )

    def _difference(self, keyed: Keyed, trial: Trial, k: int) -> Difference | None:
        if keyed.case.judge:
            text = keyed.case.judge(trial.outputs)
            return Difference("judged", text, "", "") if text else None
        return compare(
            trial.outputs[k], keyed.right.outputs[k], keyed.case.tolerance, keyed.case.dims
        )

    # Judging

    def _judge_outputs(self, played: list[Played]) -> None:
        for k, name in enumerate(self.exercise.outputs):
            wrong, first = self._faults(played, k)
            if played and 2 * sum(wrong) <= len(played):
                self.right_outputs.add(k)
            if first is None and played:
                if name in self.exercise.points:
                    self._right(name, self._evidence(name, k, played))
            elif first and name in self.exercise.points:
                own = self._agrees_with_own_forward(name, k, played)
                if own:
                    self.right_outputs.add(k)
                    self._right(name, own)
                else:
                    self._wrong(name, first, played, k, wrong)

    def _faults(self, played: list[Played], k: int):
        """In which cases output `k` is wrong, and the first of these with its difference."""
        faults = [p.trial.error or self._difference(p.keyed, p.trial, k) for p in played]
        found = [fault for fault in faults if fault is not None]
        if found and all(isinstance(f, Difference) and f.only_shape for f in found):
            # Right values in a wrong shape: the item for shapes pays for them, once.
            if played[0].keyed.case.item is None and SHAPES in self.exercise.points:
                self.misshapen.add(k)
            if k in self.misshapen:
                faults = [None] * len(played)
        first = next(((p, f) for p, f in zip(played, faults, strict=True) if f is not None), None)
        return [fault is not None for fault in faults], first

    def _judge_tagged(self) -> None:
        """Items that have cases of their own judge the outputs that are right otherwise."""
        tags = dict.fromkeys(k.case.item for k in self.key.cases if k.case.item)
        ordinary = any(keyed.case.item is None for keyed in self.key.cases)
        for tag in tags:
            if self.stopped or (ordinary and not self.right_outputs):
                continue
            played = self._play([keyed for keyed in self.key.cases if keyed.case.item == tag])
            if all(_not_written(p.trial) for p in played):
                self.items[tag] = ItemResult(tag, 0.0, self.exercise.points[tag], NOT_WRITTEN)
                continue
            outputs = sorted(self.right_outputs) if ordinary else range(len(self.exercise.outputs))
            for k in outputs:
                wrong, first = self._faults(played, k)
                name = self.exercise.outputs[k]
                if first and not self._agrees_with_own_forward(name, k, played):
                    self._wrong(tag, first, played, k, wrong)
                    break
            else:
                self._right(tag)

    def _judge_conduct(self, played: list[Played]) -> None:
        unfinished = any(isinstance(p.trial.error, StudentStopped) for p in played)
        if not self.right_outputs or unfinished:
            return
        points = self.exercise.points
        if SHAPES in points:
            self._judge_shapes(played)
        changed = next((p.trial.changed for p in played if p.trial.changed), ())
        if changed and UNCHANGED in points:
            found = diagnose_change(self.key, played, changed)
            self.items[UNCHANGED] = ItemResult(
                UNCHANGED, 0.0, points[UNCHANGED], WRONG,
                f"{' and '.join(changed)} {'is' if len(changed) == 1 else 'are'} not what "
                f"{'it was' if len(changed) == 1 else 'they were'} before the call.",
                mistake=found.mistake, explanation=found.explanation, hint=found.hint,
            )
        elif changed:
            self.notes.append(f"{self.exercise.name} changes {' and '.join(changed)} in place.")
        elif UNCHANGED in points:
            self._right(UNCHANGED)

    def _judge_shapes(self, played: list[Played]) -> None:
        for k in sorted(self.misshapen):
            for p in played:
                difference = None if p.trial.error else self._difference(p.keyed, p.trial, k)
                if difference:
                    self._wrong(SHAPES, (p, difference), played, k, [True] * len(played))
                    return
        self._right(SHAPES)

    # Numerical gradients

    def _evidence(self, name: str, k: int, played: list[Played]) -> str:
        check = self._numerical_check(name, k, played[0]) if played else None
        if check and check.agrees():
            return (f"agrees with the numerical gradient of your {self.exercise.gradient.forward} "
                    f"(relative error {check.error:.0e})")
        return ""

    def _agrees_with_own_forward(self, name: str, k: int, played: list[Played]) -> str:
        """A backward that is right for the student's own, wrong, forward has made no mistake."""
        gradient = self.exercise.gradient
        if not gradient or name not in gradient.of or self.stopped:
            return ""
        if gradient.cached:
            # Judged with the documented cache so far: now with the student's own.
            played = self._play_with_own_cache(played)
        if not played or self._forward_is_right(played):
            return ""
        sloping = False
        for p in played:
            check = self._numerical_check(name, k, p)
            tolerance = max(AGREEMENT, p.keyed.case.tolerance)  # float32 answers have 7 digits
            if check is None or not check.agrees(tolerance):
                return ""
            sloping = sloping or check.analytic != 0.0
        if not sloping:
            return ""  # zeros are the gradient of any constant: a placeholder, not an answer
        if gradient.forward == self.exercise.name and not all(
            _same_direction(p.trial.outputs[k], p.keyed.right.outputs[k]) for p in played
        ):
            return ""  # a loss of the student's own invention, and its gradient
        self.notes.append(
            f"{name} is the gradient of your own {gradient.forward}, which is not right yet."
        )
        return f"agrees with the numerical gradient of your own {gradient.forward}"

    def _play_with_own_cache(self, played: list[Played]) -> list[Played]:
        try:
            return [
                Played(p.keyed, play(self.exercise, p.keyed.case, self.functions)) for p in played
            ]
        except StudentStopped as stopped:
            self.stopped = stopped
            return []

    def _forward_is_right(self, played: list[Played]) -> bool:
        if not self.exercise.gradient.cached:
            return self.exercise.gradient.forward != self.exercise.name or all(
                p.trial.error is None and not self._difference(p.keyed, p.trial, 0) for p in played
            )
        return all(
            p.trial.forward is not None
            and not compare(p.trial.forward, p.keyed.right.forward, p.keyed.case.tolerance)
            for p in played
        )

    def _numerical_check(self, name: str, k: int, p: Played) -> GradientCheck | None:
        """Slopes of the student's own forward function against output `k`; None if impossible."""
        gradient = self.exercise.gradient
        if self.stopped or not gradient or name not in gradient.of or p.trial.outputs is None:
            return None
        # In float32 a step of 1e-5 drowns in rounding, so nothing of it is left in here.
        inputs = {
            n: v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
            for n, v in p.keyed.case.inputs.items()
        }
        wanted = gradient.of[name]
        got = as_array(p.trial.outputs[k])
        x = np.asarray(inputs[wanted])
        if got is None or got.size != x.size or got.dtype.kind == "c":
            return None
        points, slopes = directional_points(x, got.reshape(x.shape), np.random.default_rng(7))
        many = [
            tuple(point if n == wanted else inputs[n] for n in gradient.inputs) for point in points
        ]
        try:
            outs = self.functions.call_many(gradient.forward, many)
            upstream = inputs.get("dout")
            if upstream is None:
                upstream = np.ones(np.shape(outs[0]))
            return compare_slopes([weighted_sum(out, upstream) for out in outs], slopes)
        except StudentStopped as stopped:
            self.stopped = stopped
        except (StudentError, TypeError, ValueError):
            pass  # the forward function cannot be differentiated: it has its own check
        return None

    # Items

    def _right(self, name: str, message: str = "") -> None:
        points = float(self.exercise.points[name])
        self.items[name] = ItemResult(name, points, points, RIGHT, message)

    def _wrong(self, item: str, first, played, k: int, wrong: list[bool]) -> None:
        p, fault = first
        output = self.exercise.outputs[k]
        blank = ItemResult(item, 0.0, float(self.exercise.points[item]), WRONG)
        if isinstance(fault, StudentError):
            blank = replace(blank, message=_error_sentence(self.exercise, fault),
                            got=fault.kind if fault.kind != "NotPlain" else "",
                            hint=_error_hint(fault))
        else:
            text = fault.text if fault.kind == "judged" else _about(output, fault.text)
            blank = replace(blank, message=text, got=fault.got, expected=fault.expected)
        found = diagnose_output(self.key, played, k, wrong) or Diagnosis("")
        self.items[item] = replace(
            blank,
            case=p.keyed.case.name,
            mistake=found.mistake,
            explanation=found.explanation,
            hint=found.hint or blank.hint or _general_hint(fault, output),
        )

    def _not_reached(self, name: str) -> ItemResult:
        if self.stopped:
            message = f"not reached: {_error_sentence(self.exercise, self.stopped)}"
        elif name in CONDUCT or not self.right_outputs:
            message = "comes once one of the values above is right"
        else:
            message = ""
        return ItemResult(name, 0.0, float(self.exercise.points[name]), NOT_REACHED, message)

    def _uniform(self, status: str, message: str) -> Result:
        items = tuple(
            ItemResult(name, 0.0, float(points), status, message if k == 0 else "")
            for k, (name, points) in enumerate(self.exercise.points.items())
        )
        return Result(self.exercise.name, items)


def _same_direction(got, expected) -> bool:
    """Whether two arrays of one size point at all the same way: a cosine above one half."""
    got, expected = as_array(got), as_array(expected)
    if got is None or got.size != expected.size:
        return False
    got, expected = got.ravel().astype(np.float64), expected.ravel().astype(np.float64)
    lengths = np.linalg.norm(got) * np.linalg.norm(expected)
    return lengths == 0 or bool(got @ expected > 0.5 * lengths)


def _about(output: str, text: str) -> str:
    """A sentence about an output; an entry is written as code: ``dw[0, 1] is ...``."""
    return f"{output}{'' if text.startswith('[') else ' '}{text}."


def _not_written(trial: Trial) -> bool:
    return trial.error is not None and trial.error.kind == "NotImplementedError"


def _error_sentence(exercise: Exercise, error: StudentError) -> str:
    if error.kind == "Deadline":
        return f"{exercise.name} did not finish in time."
    if error.kind == "Died":
        return "Your code ended the process that ran it."
    if error.kind == "NotPlain":
        return f"{exercise.name} returned {error.message}."
    if error.kind == "Missing":
        return f"{error.message}."
    where = f" In the line `{error.line.strip()}`." if error.line.strip() else ""
    message = f": {error.message}" if error.message else ""
    return f"{exercise.name} raised {error.kind}{message}.{where}"


OLD_NAMES = {
    "np.int": "int", "np.float": "float", "np.bool": "bool", "np.product": "np.prod",
    "np.object": "object", "np.complex": "complex", "np.alltrue": "np.all", "np.sometrue": "np.any",
    "np.cumproduct": "np.cumprod", "np.in1d": "np.isin", "np.trapz": "np.trapezoid",
}


def _error_hint(error: StudentError) -> str:
    if error.kind == "AttributeError" and "'numpy' has no attribute" in error.message:
        for old, new in OLD_NAMES.items():
            if f"'{old.removeprefix('np.')}'" in error.message:
                return f"NumPy no longer has {old}; write {new}."
    if error.kind == "TypeError" and "cannot be interpreted as an integer" in error.message:
        return "A size must be an integer: use // where you divide sizes."
    if error.kind == "ValueError" and "truth value of an array" in error.message:
        return ("if, and, or, max and min need one truth value, and a comparison of arrays holds "
                "many. Use a NumPy function that works entry by entry.")
    if error.kind == "ValueError" and "read-only" in error.message:
        return "This input may not be written to. Build a new array instead of changing this one."
    if error.kind == "UFuncTypeError" or "Cannot cast ufunc" in error.message:
        return "An in-place operation cannot change an array's dtype; write a = a + b, not a += b."
    if error.kind == "MemoryError":
        return "The code asked for more memory than there is. Look at the shapes it builds."
    if error.kind == "Deadline":
        return "Look for a loop that cannot end, or one that does far more work than needed."
    return ""


def _general_hint(fault, output: str) -> str:
    kind = fault.kind if isinstance(fault, Difference) else ""
    if kind == SHAPE:
        return f"Print {output}.shape and compare it with the shapes in the docstring."
    if kind == TYPE:
        return "Check the return line: what is returned, and in which order?"
    return ""
