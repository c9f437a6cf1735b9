"""Which sizes did not meet, told in letters: "dout (N, M) @ w (D, M): M meets D".

NumPy says which numbers differ. A student has derived the formula in letters, and in letters it
can be seen at once which factor is to be transposed. The names come from the line that raised,
which is read and never run; the sizes from the case. NumPy's numbers must agree with both: a name
in the line may mean something else by then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.kit.student_error import StudentError

MATMUL = re.compile(r"\(size (\d+) is different from (\d+)\)")
DOT = re.compile(r"shapes \(([\d,]*)\) and \(([\d,]*)\) not aligned")
TOGETHER = re.compile(r"operands could not be broadcast together with shapes "
                      r"\(([\d,]*)\) \(([\d,]*)\)$")
REMAPPED = "operands could not be broadcast together with remapped shapes"

PRODUCTS = {"dot", "matmul"}
ENTRY_BY_ENTRY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Operand:
    """An input as it stands in a line: how it is written, its sizes and their letters."""

    text: str
    shape: tuple[int, ...]
    letters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.text} ({', '.join(self.letters)}{',' if len(self.letters) == 1 else ''})"

    @property
    def transposed(self) -> Operand:
        """The same, written with .T."""
        return Operand(f"{self.text}.T", self.shape[::-1], self.letters[::-1])


def what_meets(exercise: Exercise, case: Case, error: StudentError) -> str:
    """Which letters meet in the line that raised an error, as a sentence; or ''.

    Parameters
    ----------
    exercise : Exercise
        Its `shapes` name the axes of inputs.
    case : Case
        The case that was played.
    error : StudentError
        Only its line is quoted, as far as it may be told.
    """
    message = error.message.strip()
    tree = _tree(error.told.line)
    if tree is None or not error.told.line:
        return ""
    operands = _operands(exercise, case)
    for node in ast.walk(tree):
        for found in (_product(node, operands, message), _by_entries(node, operands, message),
                      _einsum(node, operands, message)):
            if found:
                return found
    return ""


def _tree(line: str) -> ast.AST | None:
    """One line of code; the head of a loop or a condition has no body here."""
    line = line.strip()
    for text in (line, f"{line} pass", f"{line[:-1]}" if line.endswith((",", "(")) else line):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _operands(exercise: Exercise, case: Case) -> Callable[[ast.expr], Operand | None]:
    """What reads an operand: a name of an input, an entry of the cache, or one of these with .T."""
    known = dict(_named(exercise.shapes, case.inputs))
    cache = exercise.gradient.cache if exercise.gradient else ()

    def read(node: ast.expr) -> Operand | None:
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            inner = read(node.value)
            return inner.transposed if inner else None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and (
                node.value.id == "cache" and isinstance(node.slice, ast.Constant)):
            index = node.slice.value
            if isinstance(index, int) and 0 <= index < len(cache) and cache[index] in known:
                entry = known[cache[index]]
                return Operand(f"cache[{index}]", entry.shape, entry.letters)
        return None

    return read


def _named(shapes: Mapping[str, str], inputs: Mapping[str, object]):
    """The inputs whose axes all have letters, by their names."""
    for name, text in shapes.items():
        value, letters = inputs.get(name), tuple(text.split())
        if isinstance(value, np.ndarray) and value.ndim == len(letters) and "_" not in letters:
            yield name, Operand(name, value.shape, letters)


def _product(node: ast.AST, read: Callable, message: str) -> str:
    """For a matrix product: the last axis of the first factor meets the first of the second."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        pair = node.left, node.right
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
            node.func.attr in PRODUCTS and len(node.args) in (1, 2)):
        given = (node.func.value, *node.args)
        pair = given[-2], given[-1]
    else:
        return ""
    left, right = map(read, pair)
    if not left or not right or not left.shape or not right.shape:
        return ""
    axis = max(0, len(right.shape) - 2)
    meeting = left.shape[-1], right.shape[axis]
    said = MATMUL.search(message)
    dots = DOT.search(message)
    if said and (int(said[2]), int(said[1])) != meeting:
        return ""
    if dots and (_sizes(dots[1]), _sizes(dots[2])) != (left.shape, right.shape):
        return ""
    if not (said or dots) or meeting[0] == meeting[1]:
        return ""
    return f"{left} @ {right}: {left.letters[-1]} meets {right.letters[axis]}."


def _by_entries(node: ast.AST, read: Callable, message: str) -> str:
    """For a sum or a product entry by entry: read from the right, sizes must be equal or 1."""
    said = TOGETHER.search(message)
    if not said or not isinstance(node, ast.BinOp) or type(node.op) not in ENTRY_BY_ENTRY:
        return ""
    left, right = read(node.left), read(node.right)
    if not left or not right or (left.shape, right.shape) != (_sizes(said[1]), _sizes(said[2])):
        return ""
    for k in range(1, min(len(left.shape), len(right.shape)) + 1):
        if left.shape[-k] != right.shape[-k] and 1 not in (left.shape[-k], right.shape[-k]):
            how = ENTRY_BY_ENTRY[type(node.op)]
            return f"{left} {how} {right}: {left.letters[-k]} meets {right.letters[-k]}."
    return ""


def _einsum(node: ast.AST, read: Callable, message: str) -> str:
    """For einsum: a letter of the text that stands for two sizes."""
    if not (message.startswith(REMAPPED) and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute) and node.func.attr == "einsum"
            and node.args and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)):
        return ""
    texts = node.args[0].value.replace(" ", "").partition("->")[0].split(",")
    operands = [read(argument) for argument in node.args[1:]]
    if len(texts) != len(operands) or "." in "".join(texts):
        return ""
    seen: dict[str, tuple[int, str, Operand]] = {}
    for text, operand in zip(texts, operands):
        if operand is None or len(text) != len(operand.shape):
            return ""
        for index, size, letter in zip(text, operand.shape, operand.letters):
            before = seen.setdefault(index, (size, letter, operand))
            if before[0] != size:
                return (f"In the text of einsum, {index} is {before[1]} of {before[2]} and "
                        f"{letter} of {operand}.")
    return ""


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(",") if size)
