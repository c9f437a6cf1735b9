"""Plain data: the only values that the grader takes from, or gives to, other processes and files.

None, bool, int, float, complex, str, list, tuple, dict with string keys, and NumPy
arrays of numbers. Everything is split into a tree that JSON can hold and a list
of arrays that the tree refers to. There is no pickle anywhere, and no type that can
carry code: `Source` is text that the receiving side decides to evaluate.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

NUMERIC_KINDS = "biufc"
MAX_DEPTH = 20
MAX_DIMENSIONS = 16
MAX_SIZE = 2**40
MAX_DIGITS = 390
MAX_BYTES = 1 << 30
DTYPE = re.compile(r"[<>|]?[biufc][0-9]{1,2}")
"""An array's dtype as `to_tree` writes it."""


CONTROL_CHARACTERS = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e"
    r"\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Terminal escapes, control characters but tab and newline, marks that reorder text or are never
seen, and halves of surrogate pairs, which no file can hold."""
ONE_LINE = 300
"""Characters that a line with text from a student has at most."""


class NotPlain(ValueError):
    """A value, or a tree, that is not plain data. The message says which part."""


@dataclass(frozen=True)
class Source:
    """A function argument, given as the text of a Python expression.

    Exercises such as ``numerical_gradient(f, x)`` need a function as an argument.
    Functions cannot cross to another process, their text can.
    """

    text: str


@dataclass(frozen=True)
class KeptReference:
    """Stands for an object that stays in the worker, by the number it has there."""

    number: int


def printable(text: str) -> str:
    """Text from a student without what could act on a terminal or reorder a line."""
    return CONTROL_CHARACTERS.sub("", text)


def one_line(text: str, most: int = ONE_LINE) -> str:
    """Text from a student as it is shown in a remark: printable, on one line, and not long.

    It is still text: what puts it into a page has to escape it.

    Parameters
    ----------
    text : str
    most : int
        Characters that are kept, with the ellipsis that says that more was there.
    """
    # Twice: what is taken out may have stood between words, or may be all that was between them.
    line = " ".join(printable(" ".join(text.split())).split())
    return line if len(line) <= most else f"{line[:most - 1].rstrip()}…"


def to_plain(value, depth: int = 0):
    """A copy of `value` in which every part has an exact built-in type or is a base ndarray.

    NumPy scalars become zero-dimensional arrays, which keeps their dtype. Subclasses
    of ndarray, list or dict lose what the subclass added.

    Raises
    ------
    NotPlain
        For object arrays, strings in arrays, sets, functions and all other types.
    """
    if depth > MAX_DEPTH:
        raise NotPlain("the value is nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind not in NUMERIC_KINDS:
            raise NotPlain(f"an array of dtype {value.dtype}, which is not a number type")
        if value.dtype.itemsize > 16:
            raise NotPlain(f"an array of dtype {value.dtype}; use float64")
        if value.ndim > MAX_DIMENSIONS:
            raise NotPlain(f"an array of {value.ndim} dimensions")
        if value.nbytes > MAX_BYTES or any(size >= MAX_SIZE for size in value.shape):
            raise NotPlain(f"an array of shape {value.shape}, which is too large")
        return np.array(value, copy=True, subok=False)
    if isinstance(value, int) and int.bit_length(value) > 3.3 * MAX_DIGITS:
        raise NotPlain(f"an integer of more than {MAX_DIGITS} digits")
    for scalar in (int, float, complex, str):
        if isinstance(value, scalar):
            return scalar(value)  # type: ignore[arg-type]  # a subclass becomes its base
    if isinstance(value, list):
        return [to_plain(part, depth + 1) for part in value]
    if isinstance(value, tuple):
        return tuple(to_plain(part, depth + 1) for part in value)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise NotPlain("a dict whose keys are not all strings")
        return {str(key): to_plain(part, depth + 1) for key, part in value.items()}
    raise NotPlain(f"a value of type {type(value).__name__}")


def fresh(value):
    """A copy that shares no memory with `value` and keeps each array's memory layout.

    Read-only arrays stay read-only and non-contiguous ones non-contiguous: a student's
    function meets exactly the kind of array that the case was made with.
    """
    if isinstance(value, np.ndarray):
        return array_with_layout(value, layout_of(value))
    if isinstance(value, (list, tuple)):
        return type(value)(fresh(part) for part in value)
    if isinstance(value, dict):
        return {key: fresh(part) for key, part in value.items()}
    return value


def identical(a, b) -> bool:
    """Whether two pieces of plain data are the same, bit for bit; NaN equals NaN."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(
            a, b, equal_nan=a.dtype.kind in "fc"
        )
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(identical(p, q) for p, q in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(identical(a[key], b[key]) for key in a)
    return type(a) is type(b) and (a == b or (a != a and b != b))


def untouched(before, after) -> bool:
    """Whether an argument is after a call what it was before: `identical`, and as writeable."""
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return before.flags.writeable == after.flags.writeable and identical(before, after)
    if isinstance(before, (list, tuple)) and type(before) is type(after):
        return len(before) == len(after) and all(map(untouched, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            untouched(before[key], after[key]) for key in before)
    return identical(before, after)


def layout_of(array: np.ndarray) -> str:
    """``"r"`` for read-only, ``"s"`` for strided (not C-contiguous), both, or neither."""
    return ("" if array.flags.writeable else "r") + ("" if array.flags.c_contiguous else "s")


def array_with_layout(values: np.ndarray, layout: str) -> np.ndarray:
    """A new array with the given values and `layout_of`."""
    if "s" in layout and values.ndim and values.size > 1:
        # Every second row of a buffer twice as high: no reshape of it is a view. In the order of
        # columns, which a copy by np.array keeps: its ravel() is no view either.
        wide = np.zeros((2 * values.shape[0], *values.shape[1:]), values.dtype, order="F")
        array = wide[::2]
        array[...] = values
    else:
        array = np.array(values, order="C", copy=True, subok=False)
    if "r" in layout:
        array.flags.writeable = False
    return array


def to_tree(value) -> tuple[object, list[np.ndarray]]:
    """Split plain data into a JSON-able tree and the arrays it refers to, in order.

    Raises
    ------
    NotPlain
        If `value` holds anything but plain data.
    """
    arrays: list[np.ndarray] = []

    def encode(value, depth):
        if depth > MAX_DEPTH:
            raise NotPlain("the value is nested too deeply")
        if value is None or type(value) in (bool, str):
            return value
        if type(value) is int:
            return value if abs(value) < 2**53 else {"int": str(value)}
        if type(value) is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if type(value) is complex:
            return {"complex": [repr(value.real), repr(value.imag)]}
        if type(value) is list:
            return [encode(part, depth + 1) for part in value]
        if type(value) is tuple:
            return {"tuple": [encode(part, depth + 1) for part in value]}
        if type(value) is dict and any(type(key) is KeptReference for key in value):
            pairs = value.items()
            return {"pairs": [[encode(part, depth + 1) for part in pair] for pair in pairs]}
        if type(value) is dict:
            return {"dict": {key: encode(part, depth + 1) for key, part in value.items()}}
        if type(value) is Source:
            return {"source": value.text}
        if type(value) is KeptReference:
            return {"kept": value.number}
        if type(value) is np.ndarray and value.dtype.kind in NUMERIC_KINDS:
            arrays.append(value)
            return {"array": [value.dtype.str, list(value.shape), layout_of(value)]}
        raise NotPlain(f"a value of type {type(value).__name__}")

    return encode(value, 0), arrays


def from_tree(tree, take_array, trusted: bool = False):
    """Rebuild plain data from a tree that may come from anywhere.

    Parameters
    ----------
    tree : object
        What ``json.loads`` returned.
    take_array : callable
        ``take_array(dtype, shape)`` returns the next array; it may raise NotPlain.
    trusted : bool
        Whether the tree may hold a `Source` or a `KeptReference`: only what the course wrote
        may be evaluated.

    Raises
    ------
    NotPlain
        For every tree that `to_tree` could not have made.
    """

    def decode(node, depth):
        if depth > 2 * MAX_DEPTH:
            raise NotPlain("the tree is nested too deeply")
        if node is None or type(node) in (bool, int, str):
            return node
        if type(node) is float:
            if not math.isfinite(node):
                raise NotPlain("a bare number that is not finite")
            return node
        if type(node) is list:
            return [decode(part, depth + 1) for part in node]
        if type(node) is not dict or len(node) != 1:
            raise NotPlain("a node without exactly one tag")
        ((tag, body),) = node.items()
        if tag == "tuple" and type(body) is list:
            return tuple(decode(part, depth + 1) for part in body)
        if tag == "dict" and type(body) is dict:
            return {key: decode(part, depth + 1) for key, part in body.items()}
        if tag == "array":
            return _decode_array(body, take_array)
        if trusted and tag == "source" and type(body) is str:
            return Source(body)
        if trusted and tag == "kept" and type(body) is int:
            return KeptReference(body)
        if trusted and tag == "pairs" and type(body) is list:
            return dict(_decode_pair(pair, decode, depth + 1) for pair in body)
        return _decode_number(tag, body)

    return decode(tree, 0)


def _decode_pair(pair, decode, depth: int) -> tuple:
    """A key, which is a string or a kept object, and its value."""
    if type(pair) is not list or len(pair) != 2:
        raise NotPlain("a malformed pair")
    key, value = (decode(part, depth) for part in pair)
    if type(key) not in (str, KeptReference):
        raise NotPlain("a malformed key")
    return key, value


def _decode_number(tag, body):
    try:
        if tag == "int" and type(body) is str and len(body) <= 400:
            return int(body)
        if tag == "float" and body in ("inf", "-inf", "nan"):
            return float(body)
        if tag == "complex" and type(body) is list and [type(b) for b in body] == [str, str]:
            return complex(float(body[0]), float(body[1]))
    except ValueError as error:
        raise NotPlain("a malformed number") from error
    raise NotPlain(f"an unknown tag {str(tag)[:20]!r}")


def _decode_array(body, take_array) -> np.ndarray:
    if type(body) is not list or len(body) != 3:
        raise NotPlain("a malformed array")
    dtype_text, shape, layout = body
    if type(dtype_text) is not str or layout not in ("", "r", "s", "rs"):
        raise NotPlain("a malformed array")
    if not DTYPE.fullmatch(dtype_text):
        raise NotPlain("an unknown dtype")
    try:
        dtype = np.dtype(dtype_text)
    except TypeError as error:
        raise NotPlain("an unknown dtype") from error
    if dtype.kind not in NUMERIC_KINDS or not 0 < dtype.itemsize <= 16:
        raise NotPlain(f"dtype {dtype} is not allowed")
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
        raise NotPlain("a malformed shape")
    if any(type(size) is not int or not 0 <= size < MAX_SIZE for size in shape):
        raise NotPlain("a malformed shape")
    array = take_array(dtype, tuple(shape))
    return array_with_layout(array, layout) if layout else array
