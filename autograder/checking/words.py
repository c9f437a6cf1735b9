"""Sentences about what a student's code did: errors, differences, and one next step."""

from __future__ import annotations

import re

from autograder.checking.comparison import JUDGED, SHAPE, TYPE, Difference
from autograder.kit.student_error import StudentError

OLD_NAMES = {
    "np.int": "int", "np.float": "float", "np.bool": "bool", "np.product": "np.prod",
    "np.object": "object", "np.complex": "complex", "np.str": "str", "np.alltrue": "np.all",
    "np.sometrue": "np.any", "np.cumproduct": "np.cumprod", "np.in1d": "np.isin",
    "np.trapz": "np.trapezoid", "np.lib.pad": "np.pad", "np.float_": "np.float64",
    "np.complex_": "np.complex128", "np.int0": "np.intp", "np.bool8": "np.bool_",
    "np.Inf": "np.inf", "np.infty": "np.inf", "np.PINF": "np.inf", "np.NINF": "-np.inf",
    "np.NaN": "np.nan", "np.NAN": "np.nan", "np.round_": "np.round", "np.mat": "np.asmatrix",
    "np.asfarray": "np.asarray with dtype=float", "np.asscalar": "a.item()",
    "np.msort": "np.sort with axis=0", "np.row_stack": "np.vstack",
    "np.unicode_": "np.str_", "np.string_": "np.bytes_",
}
"""Names that NumPy had once, and what to write today."""

NO_ATTRIBUTE = re.compile(
    r"module 'numpy((?:\.\w+)*)' has no attribute '(\w+)'|`(np\.\w+)` was removed")

HINTS = (
    ("TypeError", "'newshape'",
     "NumPy no longer has newshape=. Give the shape without a name: np.reshape(a, shape)."),
    ("TypeError", "cannot be interpreted as an integer",
     "A size must be an integer: use // where you divide sizes."),
    ("ValueError", "matmul: Input operand",
     "In a matrix product the last size of the first factor meets the first size of the second, "
     "and the two must be equal. Write down both shapes in letters: which letter is summed?"),
    ("ValueError", "could not broadcast input array",
     "The two sides of this assignment differ in shape. Print both: where you take slices, how "
     "many entries does each take?"),
    ("ValueError", "operands could not be broadcast",
     "Print the shapes of both sides. Read from the right, each size must be equal to its partner, "
     "or 1; keepdims=True keeps an axis of size 1 in a sum."),
    ("TypeError", "numpy boolean negative",
     "A truth value has no minus. Make numbers of the mask first: mask.astype(float)."),
    ("TypeError", "numpy boolean subtract",
     "Truth values cannot be subtracted. Make numbers of the mask first: mask.astype(float)."),
    ("ValueError", "truth value of an array",
     "if, and, or, max and min need one truth value, and a comparison of arrays holds "
     "many. Use a NumPy function that works entry by entry."),
    ("ValueError", "not aligned",
     "In a product by dot the last size of the first factor meets the last but one of the second, "
     "and the two must be equal. Write down both shapes in letters: which letter is summed?"),
    ("ValueError", "einstein sum",
     "In the text of einsum each array has as many letters as it has axes. Write down the shapes, "
     "and give every axis its letter."),
    ("ValueError", "read-only",
     "This input may not be written to. Build a new array instead of changing this one."),
    ("UFuncTypeError", "",
     "An in-place operation cannot change an array's dtype; write a = a + b, not a += b."),
    ("", "Cannot cast ufunc",
     "An in-place operation cannot change an array's dtype; write a = a + b, not a += b."),
    ("MemoryError", "",
     "The code asked for more memory than there is. Look at the shapes it builds."),
    ("Deadline", "",
     "Look for a loop that cannot end, or one that does far more work than needed."),
)
"""Kind of an error (empty for any), a part of its message, and what to do about it."""


def about_error(exercise: str, error: StudentError) -> str:
    """What became of a call of `exercise` that returned nothing that could be judged."""
    told = error.told
    if told.kind == "Deadline":
        return f"{exercise} did not finish in time."
    if told.kind == "Died":
        return "Your code ended the process that ran it."
    if told.kind == "Full":
        return sentence(f"{told.message[:1].upper()}{told.message[1:]}")
    if told.kind == "NotPlain":
        return sentence(f"{exercise} returned {told.message}")
    if told.kind == "Missing":
        return sentence(told.message)
    where = f" In the line `{told.line.strip()}`." if told.line.strip() else ""
    message = f": {told.message}" if told.message else ""
    return sentence(f"{exercise} raised {told.kind}{message}") + where


def sentence(text: str) -> str:
    """A text with one mark at its end: what it quotes may bring its own."""
    text = text.rstrip()
    return text if text.endswith(("?", "!", ":")) else f"{text.rstrip('. ')}."


def about_difference(output: str, difference: Difference) -> str:
    """What is wrong with an output; an entry is written as code: ``dw[0, 1] is ...``."""
    text = difference.text
    if difference.kind == JUDGED:
        return text
    return sentence(f"{output}{'' if text.startswith('[') else ' '}{text}")


def about_changes(changed: tuple[str, ...]) -> str:
    """That inputs were changed."""
    one = len(changed) == 1
    return (f"{' and '.join(changed)} {'is' if one else 'are'} not what "
            f"{'it was' if one else 'they were'} before the call.")


def hint_for(fault: StudentError | Difference, output: str) -> str:
    """One next step, from the kind of the fault alone; empty if it says nothing."""
    if isinstance(fault, StudentError):
        return _hint_for_error(fault)
    if fault.kind == SHAPE:
        return f"Print {output}.shape and compare it with the shapes in the docstring."
    if fault.kind == TYPE:
        return "Check the return line: what is returned, and in which order?"
    return ""


def _hint_for_error(error: StudentError) -> str:
    if error.kind == "AttributeError" and (found := NO_ATTRIBUTE.search(error.message)):
        old = found[3] or f"np{found[1]}.{found[2]}"
        if old in OLD_NAMES:
            return f"NumPy no longer has {old}; write {OLD_NAMES[old]}."
    for kind, part, hint in HINTS:
        if kind in ("", error.kind) and part in error.message:
            return hint
    return ""
