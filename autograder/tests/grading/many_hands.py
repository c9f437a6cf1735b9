"""Classes that nobody copied in, and copies that somebody tried to hide.

Students who work alone write the same few ideas in their own habits: one says ``np.dot(a, b)``,
another ``a @ b``; one names every step, another returns at once. Ideas are taken from the right
answers, known mistakes and examiners' answers of a chapter; habits are drawn for each student.
"""

import ast
import inspect
import random
import re
import textwrap
from functools import cache

from autograder.examination.right import right_answers_of
from autograder.examination.strangers import ANSWERS
from autograder.exercises import exercises_of, module_of
from autograder.tests.conftest import REPOSITORY

COMMON = 0.5
"""How much more common the first ideas are than the last; 0 would be not at all."""


@cache
def ideas(chapter: str) -> dict[str, tuple[str, ...]]:
    """Answers to each exercise, by many hands."""
    found: dict[str, list[str]] = {name: [] for name in exercises_of(chapter)}
    for answer in right_answers_of(chapter):
        function = answer.functions[answer.exercise]
        if getattr(function, "__name__", "<lambda>") != "<lambda>":
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            found[answer.exercise].append(_named(tree.body[0], answer.exercise))
    for name, source in _mistakes(chapter):
        found[name].append(source)
    for stranger in ANSWERS:
        if stranger.exercise in found:
            found[stranger.exercise].append(ast.unparse(ast.parse(stranger.source)))
    return {name: tuple(dict.fromkeys(sources)) for name, sources in found.items() if sources}


def _mistakes(chapter: str):
    text = (REPOSITORY / "autograder/mistakes" / f"{module_of(chapter)}.py").read_text("utf-8")
    for node in ast.parse(text).body:
        for call in getattr(node, "decorator_list", ()):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "mistake":
                name = ast.literal_eval(call.args[0])
                yield name, _named(node, name)


def _named(node, name: str) -> str:
    node.name, node.decorator_list = name, []
    if ast.get_docstring(node):
        del node.body[0]
    return ast.unparse(node)


class Habits(ast.NodeTransformer):
    """Writes an answer as one student would."""

    def __init__(self, rng: random.Random):
        self.likes = {name: rng.random() < share for name, share in {
            "dot": 0.3, "method": 0.5, "axis by place": 0.3, "len": 0.3, "transpose": 0.15,
            "spelled out": 0.3, "named result": 0.4, "parentheses": 0.2, "zeros of shape": 0.4,
            "newaxis": 0.4, "power": 0.5, "twice": 0.3,
        }.items()}
        self.count = 0

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult) and self.likes["dot"]:
            return _call("np", "dot", node.left, node.right)
        if isinstance(node.op, ast.Pow) and self.likes["power"] and _is_two(node.right):
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        own = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        of_numpy = own and isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
        if own in ("sum", "max", "mean", "reshape") and of_numpy and self.likes["method"]:
            if isinstance(node.args[0], (ast.Name, ast.Attribute, ast.Subscript)):
                node.func.value, node.args = node.args[0], node.args[1:]
        elif own in ("sum", "max", "mean") and not of_numpy and not self.likes["method"]:
            node.args, node.func.value = [node.func.value, *node.args], ast.Name("np")
        if own in ("sum", "max", "mean") and self.likes["axis by place"]:
            if [keyword.arg for keyword in node.keywords] == ["axis"]:
                node.args, node.keywords = [*node.args, node.keywords[0].value], []
        if own == "zeros_like" and self.likes["zeros of shape"]:
            node.func.attr, node.args = "zeros", [ast.Attribute(node.args[0], "shape")]
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr == "T" and self.likes["transpose"]:
            return ast.Call(ast.Attribute(node.value, "transpose"), [], [])
        if node.attr == "newaxis" and self.likes["newaxis"]:
            return ast.Constant(None)
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if self.likes["len"] and isinstance(node.ctx, ast.Load) and (
                ast.unparse(node.slice) == "0" and getattr(node.value, "attr", "") == "shape"):
            return ast.Call(ast.Name("len"), [node.value.value], [])
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if self.likes["spelled out"] and isinstance(node.target, (ast.Name, ast.Subscript)):
            return ast.Assign([node.target], ast.BinOp(node.target, node.op, node.value), lineno=0)
        return node

    def visit_Return(self, node):
        self.generic_visit(node)
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        if not self.likes["named result"] or not any(isinstance(p, ast.BinOp) for p in parts):
            return node
        lines, names = [], []
        for part in parts:
            self.count += 1
            names.append(part if isinstance(part, ast.Name) else ast.Name(f"result{self.count}"))
            if not isinstance(part, ast.Name):
                lines.append(ast.Assign([names[-1]], part, lineno=0))
        return [*lines, ast.Return(ast.Tuple(names) if len(names) > 1 else names[0])]


def _is_two(node) -> bool:
    return isinstance(node, ast.Constant) and node.value == 2


def _call(*parts):
    module, name, *arguments = parts
    return ast.Call(ast.Attribute(ast.Name(module), name), arguments, [])


def work_alone(chapter: str, students: int, seed: int = 1) -> dict[str, dict[str, str]]:
    """The answers of a class in which everybody worked alone, by student and exercise."""
    rng = random.Random(seed)
    order = {name: rng.sample(texts, len(texts)) for name, texts in ideas(chapter).items()}
    return {f"s{number:03}": _one(order, rng) for number in range(students)}


def _one(order, rng: random.Random) -> dict[str, str]:
    habits = Habits(rng)
    answers = {}
    for name, texts in order.items():
        if rng.random() < 0.05:  # left blank
            continue
        weights = [1 / (1 + place) ** COMMON for place in range(len(texts))]
        tree = habits.visit(ast.parse(rng.choices(texts, weights)[0]))
        answers[name] = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return answers


def disguised(source: str, seed: int = 1) -> str:
    """A copy with other names, other comments, and lines in another order where that is easy."""
    rng = random.Random(seed)
    names = {node.id for node in ast.walk(ast.parse(source))
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg)}
    for number, name in enumerate(sorted(names - {"self"})):
        source = re.sub(rf"(?<![\w.]){name}\b(?!=)", f"own_{number}", source)
    lines = [line for line in source.splitlines() if line.strip()]
    place = 1
    while place < len(lines) - 1:
        if _can_swap(*lines[place:place + 2]) and rng.random() < 0.7:
            lines[place:place + 2] = reversed(lines[place:place + 2])
            place += 1
        place += 1
    return "".join(f"{line}{rng.choice(['', '', '  # as in the lecture'])}\n" for line in lines)


def _can_swap(first: str, second: str) -> bool:
    """Whether two lines set names, and neither needs what the other sets."""
    pattern = re.compile(r"( *)(\w+(?:, \w+)*) = .*")
    one, other = pattern.fullmatch(first), pattern.fullmatch(second)
    if not one or not other or one.group(1) != other.group(1):
        return False
    needs = [set(re.findall(r"\w+", line)) for line in (first, second)]
    return needs[0].isdisjoint(other.group(2).split(", ")) and needs[1].isdisjoint(
        one.group(2).split(", "))


def never_twice(chapter: str, students: int, seed: int = 1) -> dict[str, dict[str, str]]:
    """A class in which no two have had the same idea; who comes late has fewer answers."""
    rng = random.Random(seed)
    order = {name: rng.sample(texts, len(texts)) for name, texts in ideas(chapter).items()}
    return {f"s{number:03}": {name: texts[number] for name, texts in order.items()
                              if number < len(texts)} for number in range(students)}
