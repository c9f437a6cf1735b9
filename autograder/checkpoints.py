"""What a training has reached, kept in a file: ``checkpoints/two_layer_net.npz``.

The file knows of which training it is: of the code, the settings, the seed and the shapes of the
arrays. It holds arrays and text only; nothing in it is ever run.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.used import reached

FOLDER = "checkpoints"
"""In the current folder, beside the notebook; git ignores it."""
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, EOFError, NotImplementedError,
          zipfile.BadZipFile, zlib.error)
"""What reading a file raises in which something else stands than what was written."""

Arrays = MutableMapping[str, Any]
Kept = Mapping[str, Any]


class Damaged(CourseError):
    """A file is no checkpoint, or no longer."""


@dataclass
class Reached:
    """How far a training is.

    Attributes
    ----------
    losses : list of float
        One for each step that was done.
    curves : dict of str to (list of int, list of float)
        What was measured: after how many steps, and what.
    seconds : float
        What it took.
    """

    losses: list[float] = field(default_factory=list)
    curves: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def steps(self) -> int:
        """How many steps were done."""
        return len(self.losses)


@dataclass(frozen=True)
class Saved:
    """What stands in a file."""

    reached: Reached
    identity: dict[str, str]
    when: str
    arrays: dict[str, np.ndarray]
    generators: dict[str, dict]


# Of which training a file is


def identity(
    functions: Iterable[Callable | None], settings: Mapping[str, object], seed: object, keep: Kept,
) -> dict[str, str]:
    """What makes two trainings the same: four digests, under the words for them.

    Parameters
    ----------
    functions : iterable of callable
        With all that they come to in their notebook. None is left out.
    settings : mapping
    seed : int
    keep : mapping
        Of its arrays only shapes and types count.
    """
    shapes = {name: f"{array.shape} {array.dtype}" for name, array in _arrays_of(keep).items()}
    return {
        "the code": _digest([_code_of(function) for function in functions if function]),
        "the settings": _digest(settings),
        "the seed": _digest(seed),
        "the shapes of the arrays": _digest(shapes),
    }


def differences(mine: Mapping[str, str], saved: Mapping[str, str]) -> str:
    """What differs, as the beginning of a sentence: "The code and the seed have changed"."""
    *most, last = [what for what in mine if mine[what] != saved.get(what)] or [""]
    if not last:
        return ""
    listed = f"{', '.join(most)} and {last}" if most else last
    plural = most or last.endswith("s")
    return f"{listed[0].upper()}{listed[1:]} {'have' if plural else 'has'} changed"


def _code_of(function: Callable) -> list:
    names = getattr(getattr(function, "func", function), "__globals__", {})
    found = reached(function, names)
    return [sorted(map(_instructions, found.codes)), sorted(found.constants)]


def _instructions(code: CodeType) -> str:
    """What code does, without the places where it was written."""
    constants = [_instructions(c) if isinstance(c, CodeType) else _constant(c)
                 for c in code.co_consts]
    return repr((code.co_name, code.co_code.hex(), constants, code.co_names, code.co_varnames,
                 code.co_freevars, code.co_cellvars, code.co_flags))


def _constant(value: object) -> str:
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=_as_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(value: object) -> object:
    """What JSON has no form for."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return [str(value.dtype), value.shape, hashlib.sha256(value.tobytes()).hexdigest()]
    return _code_of(value) if callable(value) else repr(value)


# What is kept


def _entries(keep: Kept) -> dict[str, tuple[Arrays, str]]:
    """Where each thing is that is kept, by its name in the file."""
    found: dict[str, tuple[Arrays, str]] = {}
    for name, value in keep.items():
        if isinstance(value, Mapping):
            found |= {f"{name}/{inner}": (value, inner) for inner in value}  # type: ignore
        else:
            found[name] = (keep, name)  # type: ignore[assignment]
    return found


def _arrays_of(keep: Kept) -> dict[str, np.ndarray]:
    arrays = {}
    for name, (holder, key) in _entries(keep).items():
        if isinstance(holder[key], np.random.Generator):
            continue
        arrays[name] = np.asarray(holder[key])
        if arrays[name].dtype.hasobject:
            raise TypeError(f"keep: {name} is a {type(holder[key]).__name__}; only arrays, and "
                            "dicts of arrays, can be kept")
    return arrays


def _generators_of(keep: Kept) -> dict[str, np.random.Generator]:
    return {name: holder[key] for name, (holder, key) in _entries(keep).items()
            if isinstance(holder[key], np.random.Generator)}


class Snapshot:
    """What is kept, as it is before a step: one that is broken off has changed a part of it."""

    def __init__(self, keep: Kept):
        self.keep = keep
        self.before: int | None = None
        self.arrays: dict[str, np.ndarray] = {}
        self.states: dict[str, Mapping[str, Any]] = {}

    def take(self, step: int) -> None:
        """Copy everything, before step number `step`."""
        self.before = None  # as long as copies are of two ages
        for name, (holder, key) in _entries(self.keep).items():
            value, copy = holder[key], self.arrays.get(name)
            if isinstance(value, np.random.Generator):
                self.states[name] = value.bit_generator.state
            elif copy is None or copy.shape != np.shape(value) or copy.dtype != value.dtype:
                self.arrays[name] = np.array(value)
            else:
                np.copyto(copy, value)
        self.before = step

    def undo(self, step: int) -> None:
        """Put everything back to where it was before this step, if it has begun."""
        if self.before != step:
            return
        for name, (holder, key) in _entries(self.keep).items():
            if name in self.states:
                holder[key].bit_generator.state = self.states[name]
            elif name in self.arrays:  # else the step has added it
                holder[key] = self.arrays[name].copy()


# The file


def path_of(name: str) -> Path:
    """The file of a training.

    Raises
    ------
    ValueError
        If the name is none for a file.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name={name!r}: the name of a training is made of letters, digits and _")
    return Path(FOLDER) / f"{name}.npz"


def save(path: Path, reached: Reached, own: Mapping[str, str], keep: Kept) -> None:
    """Write a checkpoint; the file is the old one or the new one, never half of one.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    about = {
        "identity": dict(own), "seconds": reached.seconds,
        "when": datetime.now().strftime("%Y-%m-%d %H:%M"), "curves": list(reached.curves),
        "generators": {k: g.bit_generator.state for k, g in _generators_of(keep).items()},
    }
    content: dict[str, Any] = {f"keep/{name}": array for name, array in _arrays_of(keep).items()}
    for number, (steps, values) in enumerate(reached.curves.values()):
        content[f"curve/{number}"] = np.array([steps, values], dtype=float)
    file = io.BytesIO()
    np.savez(file, about=np.array(json.dumps(about, default=_as_text)),
             losses=np.array(reached.losses, dtype=float), **content)
    write_whole(path, file.getvalue())


def load(path: Path) -> Saved | None:
    """Read a checkpoint; None if there is none.

    Raises
    ------
    Damaged
        If what is there cannot be read as one.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({error.strerror})") from None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return _saved({name: file[name] for name in file.files})
    except DAMAGE:
        raise Damaged(f"{path} is damaged") from None


def _saved(content: Mapping[str, np.ndarray]) -> Saved:
    about = json.loads(str(content["about"]))
    curves = {}
    for number, name in enumerate(about["curves"]):
        steps, values = content[f"curve/{number}"]
        curves[str(name)] = ([int(step) for step in steps], [float(value) for value in values])
    losses = [float(loss) for loss in content["losses"]]
    arrays = {name.removeprefix("keep/"): array for name, array in content.items()
              if name.startswith("keep/")}
    return Saved(Reached(losses, curves, float(about["seconds"])), dict(about["identity"]),
                 str(about["when"]), arrays, dict(about["generators"]))


def put_back(saved: Saved, keep: Kept) -> None:
    """Put the arrays of a checkpoint, and its random generators, where they came from.

    Raises
    ------
    Damaged
        If one of them is missing, or of another shape. Nothing is put back then.
    """
    generators = _generators_of(keep)
    for name, array in _arrays_of(keep).items():
        there = saved.arrays.get(name)
        if there is None or (there.shape, there.dtype) != (array.shape, array.dtype):
            raise Damaged(f"{name} is missing in it")
    places = {name: _place(name, keep) for name in saved.arrays}
    for name, (holder, key) in places.items():
        holder[key] = saved.arrays[name]
    for name, generator in generators.items():
        try:
            generator.bit_generator.state = saved.generators[name]
        except DAMAGE:
            raise Damaged("its random generator is damaged") from None


def _place(name: str, keep: Kept) -> tuple[Arrays, str]:
    """Where an array belongs: also one that a step has added to what is kept."""
    if name in _entries(keep):
        return _entries(keep)[name]
    outer, _, inner = name.partition("/")
    if not isinstance(keep.get(outer), MutableMapping):
        raise Damaged(f"{name} does not belong there")
    return keep[outer], inner
