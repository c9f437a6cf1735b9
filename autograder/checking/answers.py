"""Answer keys: the cases of an exercise with their right answers and their known wrong ones.

In the grader and in the project's tests a key is worked out from the reference
solutions and the catalogue of mistakes. A student's machine has neither. It reads a
*frozen* key that the build made on the public cases: arrays, and no code.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.checking.mistake import Mistake
from autograder.checking.naming import Naming, without_numbers
from autograder.checking.raised import pattern_of
from autograder.checking.trial import Trial, play
from autograder.errors import CourseError
from autograder.kit.functions import LocalFunctions
from autograder.kit.plain import from_tree, identical, to_tree
from autograder.kit.student_error import StudentError

PUBLIC_SEED = 20241
PUBLIC_FOLDER = Path(__file__).resolve().parents[1] / "public"


class BadKey(CourseError):
    """An answer key is missing or cannot be read."""


class BadReference(RuntimeError):
    """A reference function fails, so its exercise cannot be graded with it."""

    def __init__(self, exercise: str, message: str):
        super().__init__(message)
        self.exercise = exercise


def public_file(chapter: str) -> Path:
    """Where the frozen public answer key of a chapter lives."""
    return PUBLIC_FOLDER / f"{chapter}.npz"


@dataclass(frozen=True)
class Keyed:
    """One case with its answers.

    Attributes
    ----------
    case : Case
    right : Trial
        What the reference gives.
    cache : plain data or None
        The documented cache, for ``backward(dout, cache)``.
    wrong : dict of str to Trial
        What each known mistake gives, by its name.
    hidden : bool
        Whether a student does not get to see the case: no word about it may give its numbers.
    """

    case: Case
    right: Trial
    cache: object = None
    wrong: Mapping[str, Trial] = field(default_factory=dict)
    hidden: bool = False

    @property
    def naming(self) -> Naming:
        """How values of this case are named."""
        return Naming(self.case.dims, self.hidden, question=not self.case.inputs)


class WrongTrials(Mapping[str, Trial]):
    """What each known mistake gives in a case, by its name: worked out when it is asked for, then
    kept.

    Playing the mistakes takes most of the time that a key takes, and most are never asked for:
    where all is right, and behind the first case that rules a mistake out.

    Parameters
    ----------
    exercise : Exercise
    case : Case
    wrong : mapping of str to LocalFunctions
        The functions of each mistake.
    """

    def __init__(self, exercise: Exercise, case: Case, wrong: Mapping[str, LocalFunctions]):
        self.exercise, self.case, self.functions = exercise, case, wrong
        self.played: dict[str, Trial] = {}

    def __getitem__(self, name: str) -> Trial:
        if name not in self.played:
            with _ONE_PLAYS:
                self.played[name] = play(self.exercise, self.case, self.functions[name])
        return self.played[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)


_ONE_PLAYS = threading.RLock()
"""Functions are played with standard output and warnings caught, which holds for all threads of a
process at once; on a cluster a process has several graders."""


@dataclass(frozen=True)
class AnswerKey:
    """All cases of one exercise with their answers.

    Attributes
    ----------
    exercise : Exercise
    cases : tuple of Keyed
    mistakes : dict of str to (str, str)
        Explanation and hint of each known mistake, by its name.
    keeps : dict of str to tuple of str
        What a known mistake keeps, by its name, where it keeps anything.
    """

    exercise: Exercise
    cases: tuple[Keyed, ...]
    mistakes: Mapping[str, tuple[str, str]]
    keeps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def hidden(self) -> bool:
        """Whether its cases are hidden ones: all are, or none."""
        return any(keyed.hidden for keyed in self.cases)


def answer_key(
    exercise: Exercise, seed: int, reference: Mapping[str, object], mistakes: Iterable[Mistake]
) -> AnswerKey:
    """Work out the key of an exercise on the cases that `seed` gives.

    They are hidden ones, unless it is the seed of the public cases. What the known mistakes give
    is worked out when it is asked for.

    Parameters
    ----------
    exercise : Exercise
    seed : int
    reference : mapping of str to callable
        The reference functions of the chapter.
    mistakes : iterable of Mistake
        The known mistakes of this exercise.

    Raises
    ------
    BadReference
        If the reference itself fails.
    """
    mistakes, hidden = list(mistakes), is_hidden(seed)
    right = LocalFunctions(reference)
    wrong = {m.name: LocalFunctions({**reference, **m.functions}) for m in mistakes}
    keyed, cases = [], exercise.cases_for(seed)
    for case in with_hidden_names(cases) if hidden else cases:
        trial, cache = _right(exercise, case, right)
        if trial.error:
            raise BadReference(
                exercise.name,
                f"the reference {exercise.name} fails in case {case.name!r}: {trial.error}",
            )
        keyed.append(Keyed(case, trial, cache, WrongTrials(exercise, case, wrong), hidden))
    texts = {m.name: (m.explanation, m.hint) for m in mistakes}
    return AnswerKey(exercise, tuple(keyed), texts, {m.name: m.keeps for m in mistakes if m.keeps})


def is_hidden(seed: int) -> bool:
    """Whether students do not get to see the cases of a seed."""
    return seed != PUBLIC_SEED


def with_hidden_names(cases: list[Case]) -> list[Case]:
    """Hidden cases, with names that do not tell their numbers."""
    bare = iter(without_numbers([case.name for case in cases if case.spelled]))
    return [replace(case, name=next(bare)) if case.spelled else case for case in cases]


def _right(exercise: Exercise, case: Case, reference: LocalFunctions) -> tuple[Trial, object]:
    """What the reference gives in a case, and the documented cache, if there is one."""
    with _ONE_PLAYS:
        trial = play(exercise, case, reference)
        if trial.error or not (exercise.gradient and exercise.gradient.cached):
            return trial, None
        arguments = (case.inputs[name] for name in exercise.gradient.inputs)
        return trial, reference.keep(exercise.gradient.forward, *arguments).part(1).value()


def freeze(keys: Iterable[AnswerKey], path: Path) -> bool:
    """Write the keys of a chapter to `path`, unless it already says the same.

    The last digits of a sum depend on the machine. A file whose numbers agree to
    1e-12 is left alone, so that a build elsewhere does not change it.

    Returns
    -------
    bool
        Whether the file was written.
    """
    tree, arrays = to_tree({key.exercise.name: _key_to_plain(key) for key in keys})
    if path.exists():
        try:
            old_tree, old_arrays = _read(path)
        except BadKey:
            old_tree, old_arrays = None, []
        # As texts: the order of mistakes matters, and two dicts are equal in any order.
        if json.dumps(old_tree) == json.dumps(tree) and len(old_arrays) == len(arrays) and all(
            a.shape == b.shape and np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)
            for a, b in zip(arrays, old_arrays, strict=True)
        ):
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    members = {"tree": np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)}
    members |= {f"a{k}": np.asarray(array, order="C") for k, array in enumerate(arrays)}
    with open(path, "wb") as file:
        np.savez_compressed(file, **members)  # type: ignore[arg-type]  # an option comes first
    return True


def frozen_keys(
    chapter: str, exercises: Mapping[str, Exercise], path: Path | None = None
) -> dict[str, AnswerKey]:
    """The public answer keys of a chapter, by exercise: those in `path`, or in its own file.

    Raises
    ------
    BadKey
        If the file is missing, damaged, or older than the exercise table.
    """
    path = path or public_file(chapter)
    tree, arrays = _read(path)
    supply = iter(arrays)
    try:
        data = from_tree(tree, lambda dtype, shape: next(supply), trusted=True)
        return {
            name: _key_from_plain(exercises[name], data[name])
            for name in exercises if name in data
        }
    # A StopIteration inside a generator becomes a RuntimeError; NotPlain is a ValueError.
    except (ValueError, StopIteration, RuntimeError, KeyError, IndexError, TypeError) as error:
        raise BadKey(f"{path.name} does not fit this version of the course; "
                        "install the course again") from error


def _read(path: Path):
    try:
        with np.load(path, allow_pickle=False) as file:
            tree = json.loads(file["tree"].tobytes())
            return tree, [_counting(file[f"a{k}"]) for k in range(len(file.files) - 1)]
    except FileNotFoundError:
        raise BadKey(f"{path} is missing; run `make build`, or install the course again") from None
    except Exception as error:
        raise BadKey(f"{path} cannot be read ({error}); run `make build`") from error


def _counting(array: np.ndarray) -> np.ndarray:
    """Whole numbers in the size with which this machine counts.

    In a browser that is 32 bits, and there NumPy takes no larger ones as indices: labels from a
    file that was written elsewhere would make a right answer raise.
    """
    return array.astype(np.intp, copy=False) if array.dtype == np.int64 else array


def _key_to_plain(key: AnswerKey) -> dict:
    keeps = {name: list(items) for name, items in key.keeps.items()}
    return {
        "mistakes": {name: list(texts) for name, texts in key.mistakes.items()},
        **({"keeps": keeps} if keeps else {}),
        "cases": [
            {
                "name": keyed.case.name,
                "inputs": dict(keyed.case.inputs),
                "right": _trial_to_plain(keyed.right),
                "cache": keyed.cache,
                "wrong": {n: _trial_to_plain(t, keyed.right) for n, t in keyed.wrong.items()},
            }
            for keyed in key.cases
        ],
    }


def _key_from_plain(exercise: Exercise, data: dict) -> AnswerKey:
    cases = exercise.cases_for(PUBLIC_SEED)
    if [case.name for case in cases] != [stored["name"] for stored in data["cases"]]:
        raise IndexError("other cases")
    keyed = []
    for case, stored in zip(cases, data["cases"], strict=True):
        right = _trial_from_plain(stored["right"])
        wrong = {name: _trial_from_plain(trial, right) for name, trial in stored["wrong"].items()}
        keyed.append(Keyed(replace(case, inputs=stored["inputs"]), right, stored["cache"], wrong))
    texts = {name: tuple(pair) for name, pair in data["mistakes"].items()}
    keeps = {name: tuple(items) for name, items in data.get("keeps", {}).items()}
    return AnswerKey(exercise, tuple(keyed), texts, keeps)


SAME_AS_RIGHT = {"same as": "right"}
"""Stands for an output of a known mistake that is right: most of them have only one wrong."""


def _trial_to_plain(trial: Trial, right: Trial | None = None) -> dict:
    outputs = trial.outputs
    if not trial.error and right is not None:
        pairs = zip(outputs, right.outputs, strict=True)
        outputs = tuple(SAME_AS_RIGHT if _same(o, r) else o for o, r in pairs)
    return {
        "outputs": None if trial.error else tuple(map(_numbers_as_arrays, outputs)),
        "error": trial.error.kind if trial.error else None,
        **({"said": pattern_of(trial.error)} if trial.error else {}),
        "changed": list(trial.changed),
        "forward": None if right is not None else trial.forward,
    }


def _same(a, b) -> bool:
    """Whether two outputs are the same but for their last digits, which no two machines share."""
    if isinstance(a, (tuple, list)) and type(a) is type(b) and len(a) == len(b):
        return all(map(_same, a, b))
    if all(isinstance(v, (np.ndarray, float)) for v in (a, b)):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f":
            return bool(np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True))
    return identical(a, b)


def _numbers_as_arrays(value):
    """Outputs in which each float is an array: their last digits are compared with tolerance."""
    if isinstance(value, float):
        return np.array(value)
    if isinstance(value, (tuple, list)):
        return type(value)(map(_numbers_as_arrays, value))
    return value


def _trial_from_plain(data: dict, right: Trial | None = None) -> Trial:
    outputs = data["outputs"] or ()
    if right is not None:
        outputs = tuple(
            right.outputs[k] if isinstance(o, dict) and o == SAME_AS_RIGHT else o
            for k, o in enumerate(outputs)
        )
    error = StudentError(data["error"], data.get("said", "")) if data["error"] else None
    return Trial(outputs, error, tuple(data["changed"]), data["forward"])
