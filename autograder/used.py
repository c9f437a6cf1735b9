"""Which exercises a function of a notebook uses, itself or by its helpers; and which code.

Read from its compiled code: nothing is run.
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import CodeType, FunctionType, MethodType, TracebackType

from autograder.exercises import CHAPTERS, brought_into, chapter_of, exercises_of

PLAIN = (bool, int, float, complex, str, bytes, type(None))


@dataclass
class Reached:
    """What a function can come to, as far as it was written in a notebook.

    Attributes
    ----------
    codes : set of CodeType
        Of functions, of methods, and of the functions inside them.
    constants : set of (str, str)
        The numbers and texts outside a function that it reads and never sets: name and value.
    """

    codes: set[CodeType] = field(default_factory=set)
    constants: set[tuple[str, str]] = field(default_factory=set)


def exercises_used(
    function: object, names: Mapping[str, object], *, inherited: bool = True
) -> list[str]:
    """The exercises that a function or class uses, in the order of the course.

    Parameters
    ----------
    function : callable
    names : mapping of str to object
        The names of its notebook, among which its helpers are.
    inherited : bool
        Whether also what a class has from its base classes, and by its operators. A class that
        a chapter gives may name every exercise, as the operators of a node do, and yet nobody
        comes to them.

    Returns
    -------
    list of str
    """
    used = {name for code in reached(function, names, inherited=inherited).codes
            for name in code.co_names}
    used &= exercises_among(names)
    return [name for chapter in CHAPTERS for name in exercises_of(chapter) if name in used]


def exercises_among(names: Mapping[str, object]) -> set[str]:
    """The exercises that the names of a notebook may stand for.

    Those of its chapter, and what was brought into it: a chapter may give something under the
    name of another one's exercise, as 08 gives a ``sigmoid``. The chapter is the last one of which
    two exercises are there; without one, a name may stand for any exercise.
    """
    for chapter in reversed(CHAPTERS):
        own = exercises_of(chapter)
        if sum(name in names for name in own) >= 2:
            return {*own, *brought_into(chapter)}
    return {name for chapter in CHAPTERS for name in exercises_of(chapter)}


def reached(
    function: object, names: Mapping[str, object], *, inherited: bool = True
) -> Reached:
    """The code that a function or class can come to: its own, and that of what it refers to.

    Followed are the names of its notebook, closures, default arguments, classes, and objects of
    classes that were written in a notebook, with what they hold.

    Parameters
    ----------
    function : callable
    names : mapping of str to object
        The names of its notebook.
    inherited : bool
        Whether base classes and operators, such as ``__add__``, are followed.

    Returns
    -------
    Reached
    """
    found = Reached()
    seen: dict[int, object] = {id(names): names}  # the objects, too: an id may be given again
    set_there: set[str] = set()
    pending: list[object] = [function]
    if isinstance(function, FunctionType):
        pending.append(function.__code__)  # wherever it was written
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, CodeType):
            found.codes.add(value)
            set_there |= set(_names_outside(value, "STORE_"))
            refers_to = {name: names[name] for name in _names_outside(value, "LOAD_")
                         if name in names}
            pending += [inner for inner in value.co_consts if isinstance(inner, CodeType)]
        else:
            refers_to = _held_by(value)
            if not inherited and isinstance(value, type):
                refers_to = {name: v for name, v in refers_to.items()
                             if not any(v is base for base in value.__bases__)
                             and not _is_operator(name)}
        found.constants |= {(name, repr(v)) for name, v in refers_to.items() if _is_plain(v)}
        pending += [v for v in refers_to.values() if not _is_plain(v)]
    found.constants = {(name, v) for name, v in found.constants if name not in set_there}
    return found


def _names_outside(code: CodeType, action: str) -> Iterator[str]:
    """The names outside a function that its code loads or stores; attributes are none.

    Of the function around it only those that it stores: what it loads is in its closure.
    """
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name.startswith(action) and (
            "GLOBAL" in name or name.endswith("_NAME") or name == "STORE_DEREF"
        ):
            yield str(instruction.argval)


def _is_operator(name: str) -> bool:
    """Whether an attribute, ``Node.__add__``, is a method that Python calls by itself."""
    method = name.rpartition(".")[2]
    return method.startswith("__") and method not in ("__init__", "__call__")


def _is_plain(value: object) -> bool:
    """Whether something is a number, a text, or a tuple of them."""
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return type(value) in PLAIN


def _held_by(value: object) -> dict[str, object]:
    """What a function, class or object of a notebook refers to, under some name."""
    if isinstance(value, FunctionType):
        return _held_by_function(value) if _is_of_a_notebook(value) else {}
    if isinstance(value, MethodType):
        return {"function": value.__func__, "object": value.__self__}
    if isinstance(value, functools.partial):
        return {"": value.func, **_numbered(value.args), **value.keywords}
    if isinstance(value, staticmethod | classmethod):
        return {"": value.__func__}
    if isinstance(value, property):
        return _objects({"get": value.fget, "set": value.fset})
    if isinstance(value, list | tuple | set):
        return _objects(_numbered(value))
    if isinstance(value, dict):
        return _objects(_numbered(value.values()))
    if isinstance(value, functools._lru_cache_wrapper):
        return {"": value.__wrapped__}
    return _held_by_class_or_object(value)


def _held_by_function(function: FunctionType) -> dict[str, object]:
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    held = {f"{function.__qualname__} default {k}": v for k, v in enumerate(defaults)}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            held[name] = cell.cell_contents
        except ValueError:  # nothing is in it yet
            continue
    wrapped = _objects({"wrapped": getattr(function, "__wrapped__", None)})
    return {**held, **wrapped, f"{function.__qualname__} code": function.__code__}


def _held_by_class_or_object(value: object) -> dict[str, object]:
    """Of a class its attributes; of an object its class and the objects that it holds.

    Not the numbers that an object holds: they change while it is used.
    """
    owner = value if isinstance(value, type) else type(value)
    methods = chain.from_iterable(vars(parent).values() for parent in owner.__mro__)
    if not any(isinstance(m, FunctionType) and _is_of_a_notebook(m) for m in methods):
        return {}
    if owner is value:
        inherited = {f"{owner.__name__} base {k}": base for k, base in enumerate(owner.__bases__)}
        own = {f"{owner.__name__}.{name}": v for name, v in vars(owner).items()
               if not (name.startswith("__") and _is_plain(v))}
        return inherited | own
    return {"": owner, **_objects(getattr(value, "__dict__", {}))}


def _numbered(values) -> dict[str, object]:
    return {str(k): value for k, value in enumerate(values)}


def _objects(held: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in held.items() if not _is_plain(value)}


def _is_of_a_notebook(function: FunctionType) -> bool:
    """Whether somebody wrote a function into a cell: an installed one has a file."""
    return "__file__" not in function.__globals__


def exercises_running(trace: TracebackType | None) -> list[str]:
    """The exercises in which an error was raised, the innermost first."""
    found: list[str] = []
    while trace:
        name = trace.tb_frame.f_code.co_qualname.split(".")[0]
        if chapter_of(name):
            found.insert(0, name)
        trace = trace.tb_next
    return found
