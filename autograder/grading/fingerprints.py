"""A digest of what a value says and does: equal rows of the exercise table have equal ones.

A row is data and functions. Of a function of the course its source counts, and that of all that it
calls in the exercise table and in the catalogue of mistakes. What it calls elsewhere is told by its
name: the program that checks has a digest of its own, see `autograder.grading.rules`.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import linecache
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType, MethodType, ModuleType

import numpy as np

OF_THE_COURSE = ("autograder.exercises", "autograder.mistakes")
PLAIN = (bool, int, float, complex, str, bytes)
DIGITS = 12
"""Of a digest in hexadecimal: enough to tell one version of a rule from another."""


def fingerprint_of(value: object) -> str:
    """A digest of a value; the same in every process."""
    told: list[str] = []
    _tell(value, told, {})
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:DIGITS]


def _tell(value: object, told: list[str], seen: dict[int, object]) -> None:
    """Add what there is to say of a value, piece by piece; of a function only once."""
    if value is None or type(value) in PLAIN:
        told.append(repr(value))
    elif isinstance(value, np.ndarray):
        told.append(f"array {value.dtype} {value.shape} {value.tolist()}")
    elif id(value) in seen:
        told.append("again")
    else:
        # Equal data may be one object or two, as Python likes; functions may call each other.
        if isinstance(value, (FunctionType, type)):
            seen[id(value)] = value
        told.append(type(value).__name__)
        _tell_parts(value, told, seen)


def _tell_parts(value: object, told: list[str], seen: dict[int, object]) -> None:
    if isinstance(value, FunctionType):
        _tell_function(inspect.unwrap(value), told, seen)
    elif isinstance(value, type):
        _tell_class(value, told, seen)
    elif isinstance(value, Set):
        told.extend(sorted(map(fingerprint_of, value)))
    elif (parts := _parts(value)) is not None:
        for part in parts:
            _tell(part, told, seen)
    elif callable(value):
        _tell_function(inspect.unwrap(value), told, seen)
    elif isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        told.append(repr(value))  # a kind of number or text of its own


def _parts(value: object) -> Iterable[object] | None:
    """What a value is made of, in order; None if it is not made of parts."""
    if isinstance(value, Mapping):
        return (part for item in value.items() for part in item)
    if isinstance(value, Sequence):
        return value
    if is_dataclass(value):
        return (getattr(value, field.name) for field in fields(value))
    if isinstance(value, functools.partial):
        return (value.func, value.args, value.keywords)
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    return None


def _tell_class(value: type, told: list[str], seen: dict[int, object]) -> None:
    told.append(f"{value.__module__}.{value.__qualname__}")
    if not _is_of_the_course(value):
        return
    _tell(value.__bases__, told, seen)
    for name, part in sorted(vars(value).items()):
        if not name.startswith("__") or isinstance(part, FunctionType):
            told.append(name)
            _tell(part, told, seen)


def _tell_function(function: object, told: list[str], seen: dict[int, object]) -> None:
    told.append(f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}")
    if isinstance(function, FunctionType):
        # It may have been made by one that is not of the course, from some that are.
        for cell in function.__closure__ or ():
            _tell(cell.cell_contents, told, seen)
        _tell(function.__defaults__, told, seen)
        _tell(function.__kwdefaults__, told, seen)
        if _is_of_the_course(function):
            told.append(source_of_code(function.__code__))
            for name, value in _called_by(function).items():
                told.append(name)
                _tell(value, told, seen)


def _is_of_the_course(value: object) -> bool:
    return str(getattr(value, "__module__", "")).startswith(OF_THE_COURSE)


def _called_by(function: FunctionType) -> dict[str, object]:
    """What the names in a function stand for, by name; also those that it takes from a module."""
    names = sorted({name for code in _with_inner(function.__code__) for name in code.co_names})
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    for module in [value for value in found.values() if isinstance(value, ModuleType)]:
        if module.__name__.startswith(OF_THE_COURSE):
            found |= {f"{module.__name__}.{name}": vars(module)[name]
                      for name in names if name in vars(module)}
    return {name: value for name, value in found.items() if not isinstance(value, ModuleType)}


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


@functools.cache
def source_of_code(code: CodeType) -> str:
    """The lines of a function: `inspect.getsource` would take a hundred times as long."""
    lines = [line for part in _with_inner(code) for *_, line in part.co_lines() if line]
    source = linecache.getlines(code.co_filename)[code.co_firstlineno - 1:max(lines)]
    return "".join(source)
