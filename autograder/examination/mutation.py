"""Small edits of a function, as slips of the keyboard or of the mind would make them.

`edits` walks the syntax tree of a definition from top to bottom. At each node the rules for its
kind say what may stand in its place. The order is always the same.
"""

from __future__ import annotations

import ast
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from autograder.examination.syntax import (
    Edit,
    Step,
    marked_expression,
    marked_statement,
    parts,
)

BINARY: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
"""Operators whose operands may not be swapped."""

COMPARED: dict[type, tuple[type, ...]] = {
    ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.Lt), ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}

CALLED: dict[str, tuple[str, ...]] = {
    "max": ("min", "sum"), "min": ("max",), "sum": ("mean", "max"), "mean": ("sum",),
    "argmax": ("argmin",), "argmin": ("argmax",), "maximum": ("minimum",),
    "minimum": ("maximum",), "zeros": ("ones",), "ones": ("zeros",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",), "exp": ("expm1",),
    "log": ("log1p",), "log1p": ("log",), "expm1": ("exp",), "sqrt": ("square",),
    "square": ("sqrt",), "any": ("all",), "all": ("any",), "prod": ("sum",),
    "tanh": ("sin",), "floor": ("ceil",), "standard_normal": ("random",),
}
"""Functions that are taken for one another, by the last part of their names."""

MAKES_NO_DIFFERENCE = {"float", "int", "list", "tuple", "asarray", "range", "len", "isinstance"}
"""Functions that are not left out: what they are for is the type, or nothing runs without."""

DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.While, ast.If, ast.Raise, ast.Break,
           ast.Continue)
"""Statements that are left out."""


@dataclass
class Scope:
    """What may be taken for something else: names, attributes and texts of a definition.

    The names come with the line in which each is bound first: a name that is not bound yet would
    only raise.
    """

    names: dict[str, int] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)

    @classmethod
    def of(cls, node: ast.AST, outer: Scope | None = None) -> Scope:
        """The scope of a function or class, within that of the class around it."""
        found = list(ast.walk(node))
        names = dict.fromkeys((n.arg for n in found if isinstance(n, ast.arg)), 0)
        for n in found:
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
                names.setdefault(n.id, n.lineno)
        names.pop("self", None)
        attributes = [n.attr for n in found if isinstance(n, ast.Attribute) and _is_self(n.value)]
        texts = [n.value for n in found if isinstance(n, ast.Constant)
                 and isinstance(n.value, str) and n.value.isidentifier()]
        parameters = []
        if isinstance(node, ast.FunctionDef):
            parameters = [a.arg for a in node.args.args if a.arg != "self"]
        seed = zlib.crc32(getattr(node, "name", "").encode())
        return cls(
            names, parameters,
            outer.attributes if outer else list(dict.fromkeys(attributes)),
            outer.texts if outer else list(dict.fromkeys(texts)),
            outer.chance if outer else random.Random(seed),
        )

    def others(self, names: list[str], name: str, count: int) -> list[str]:
        """Some other names, by chance, and always the same ones."""
        left = [other for other in names if other != name]
        return self.chance.sample(left, min(count, len(left)))


def edits(tree: ast.Module, names: Sequence[str]) -> Iterator[Edit]:
    """The edits of those functions and classes of a module that have one of the `names`."""
    for index, node in enumerate(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names:
            yield from _below(node, (("body", index),), Scope.of(node))


def _below(node: ast.AST, path: tuple[Step, ...], scope: Scope) -> Iterator[Edit]:
    """The edits of a node and of all that is below it."""
    yield from _here(node, path, scope)
    if isinstance(node, ast.FunctionDef):
        scope = Scope.of(node, scope)
    for step, part in parts(node):
        if not _is_left_alone(node, step, part):
            yield from _below(part, (*path, step), scope)


def _is_left_alone(node: ast.AST, step: Step, part: ast.AST) -> bool:
    """Decorators, annotations, texts that are read and not computed with."""
    if step[0] in ("decorator_list", "returns", "annotation", "bases", "type_comment"):
        return True
    if isinstance(part, ast.JoinedStr) or isinstance(node, (ast.Raise, ast.Assert)):
        return True
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _here(node: ast.AST, path: tuple[Step, ...], scope: Scope) -> Iterator[Edit]:
    if isinstance(node, ast.arguments):
        yield from _defaults(node, path)
    elif isinstance(node, ast.comprehension):
        for index, _ in enumerate(node.ifs):
            left = [test for k, test in enumerate(node.ifs) if k != index]
            new = _with(node, ifs=left)
            yield Edit("condition dropped", path, new,
                       _with(new, iter=marked_expression(new.iter)))
    elif isinstance(node, ast.stmt):
        for kind, statements in _statements(node, scope):
            yield Edit(kind, path, statements, marked_statement(*statements))
    elif isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None),
                                                       (ast.Store, ast.Del)):
        is_default = len(path) > 1 and path[-1][0] in ("defaults", "kw_defaults")
        for kind, new in _expressions(node, path, scope):
            yield Edit("default" if is_default else kind, path, new,
                       None if is_default else marked_expression(new))
    elif isinstance(node, ast.Subscript):
        for kind, new in _slices(node):
            yield Edit(kind, path, new, _with(new, value=marked_expression(new.value)))


def _defaults(node: ast.arguments, path: tuple[Step, ...]) -> Iterator[Edit]:
    if node.defaults:
        yield Edit("default dropped", path, _with(node, defaults=node.defaults[1:]))


# Expressions


def _expressions(
    node: ast.expr, path: tuple[Step, ...], scope: Scope
) -> Iterator[tuple[str, ast.expr]]:
    rule = EXPRESSIONS.get(type(node))
    if rule:
        yield from rule(node, scope)
    last = path[-1][0]
    if last == "value" or (last == "elts" and len(path) > 1):
        if isinstance(node, (ast.Name, ast.BinOp, ast.Call, ast.Subscript)) and (
                _is_value(path)):
            yield "sign", ast.UnaryOp(ast.USub(), node)


def _is_value(path: tuple[Step, ...]) -> bool:
    """Whether a node is the value of a statement, or an entry of that value."""
    steps = [step for step, _ in path]
    while steps and steps[-1] == "elts":
        steps.pop()
    return len(steps) > 1 and steps[-1] == "value" and steps[-2] in ("body", "orelse")


def _binary(node: ast.BinOp, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    for other in BINARY.get(type(node.op), ()):
        yield "operator", _with(node, op=other())
    if isinstance(node.op, ORDERED):
        yield "operands swapped", _with(node, left=node.right, right=node.left)
    if isinstance(node.op, ast.FloorDiv):
        negative = ast.BinOp(ast.UnaryOp(ast.USub(), node.left), node.op, node.right)
        yield "rounded up", ast.UnaryOp(ast.USub(), negative)
    yield "term dropped", node.left
    if isinstance(node.op, (ast.Add, ast.Mult, ast.Sub, ast.MatMult)):
        yield "term dropped", node.right
    if isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            if not _is_transposed(getattr(node, side)):
                new = ast.Attribute(getattr(node, side), "T", ast.Load())
                yield ".T added", _with(node, **{side: new})


def _compare(node: ast.Compare, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    for index, op in enumerate(node.ops):
        for other in COMPARED.get(type(op), ()):
            yield "comparison", _with(node, ops=_swapped_in(node.ops, index, other()))


def _boolean(node: ast.BoolOp, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    yield "operator", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index, _ in enumerate(node.values):
        left = [value for k, value in enumerate(node.values) if k != index]
        yield "condition dropped", left[0] if len(left) == 1 else _with(node, values=left)


def _unary(node: ast.UnaryOp, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    kind = "sign" if isinstance(node.op, ast.USub) else "operator"
    yield kind, node.operand


def _conditional(node: ast.IfExp, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    yield "condition dropped", node.body
    yield "condition dropped", node.orelse
    yield "condition turned", _with(node, body=node.orelse, orelse=node.body)


def _constant(node: ast.Constant, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    value = node.value
    others: list = []
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = {0: [1, -1], 1: [0, 2, -1]}.get(value, [value + 1, value - 1])
    elif isinstance(value, float):
        others = {0.0: [1.0], 1.0: [0.0, 2.0]}.get(value, [2 * value, 0.0])
    elif isinstance(value, str) and value in scope.texts:
        others = scope.others(scope.texts, value, 1)
    for other in others:
        yield "constant", ast.Constant(other)


def _name(node: ast.Name, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    if node.id in scope.names:
        bound = [name for name, line in scope.names.items() if line < node.lineno]
        for other in scope.others(bound, node.id, 2):
            yield "name", ast.Name(other, ast.Load())


def _attribute(node: ast.Attribute, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    if node.attr == "T":
        yield ".T removed", node.value
    elif _is_self(node.value) and node.attr in scope.attributes:
        for other in scope.others(scope.attributes, node.attr, 1):
            yield "name", _with(node, attr=other)


def _call(node: ast.Call, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    name = _last_name(node.func)
    for other in CALLED.get(name, ()):
        func = (ast.Name(other, ast.Load()) if isinstance(node.func, ast.Name)
                else _with(node.func, attr=other))
        yield "function", _with(node, func=func)
    if name == "range" and len(node.args) == 1:
        (stop,) = node.args
        for args in ([_plus(stop, -1)], [ast.Constant(1), stop], [_plus(stop, 1)]):
            yield "range", _with(node, args=args)
    is_method = isinstance(node.func, ast.Attribute) and not _is_module(node.func.value)
    if is_method and name not in ("append", "add"):
        yield "call dropped", node.func.value  # type: ignore[attr-defined]
    elif len(node.args) == 1 and name not in MAKES_NO_DIFFERENCE:
        yield "call dropped", node.args[0]
    for index in range(len(node.args) - 1):
        yield "arguments swapped", _with(node, args=_turned(node.args, index))
    for index, keyword in enumerate(node.keywords):
        left = [k for j, k in enumerate(node.keywords) if j != index]
        yield f"{keyword.arg} dropped", _with(node, keywords=left)
    if len(node.args) > 1:
        yield "argument dropped", _with(node, args=node.args[:-1])


def _subscript(node: ast.Subscript, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    yield "index dropped", node.value
    yield from _slices(node)


def _slices(node: ast.Subscript) -> Iterator[tuple[str, ast.Subscript]]:
    """Other indices: swapped, one more or less, without a limit of a slice."""
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]

    def with_entry(index: int, new: ast.expr) -> ast.Subscript:
        if isinstance(node.slice, ast.Tuple):
            return _with(node, slice=_with(node.slice, elts=_swapped_in(entries, index, new)))
        return _with(node, slice=new)

    for index in range(len(entries) - 1):
        if ast.dump(entries[index]) != ast.dump(entries[index + 1]):
            turned = _with(node.slice, elts=_turned(entries, index))
            yield "indices swapped", _with(node, slice=turned)
    for index, entry in enumerate(entries):
        if isinstance(entry, ast.Slice):
            for new in _limits(entry):
                yield "slice", with_entry(index, new)
        elif isinstance(entry, (ast.Name, ast.BinOp)):
            for much in (1, -1):
                yield "index", with_entry(index, _plus(entry, much))


def _limits(node: ast.Slice) -> Iterator[ast.Slice]:
    """A slice without one of its limits, or with one that is off by one."""
    for limit in ("lower", "upper", "step"):
        old = getattr(node, limit)
        if old is None:
            continue
        yield _with(node, **{limit: None})
        if not isinstance(old, ast.Constant):
            for much in (1, -1):
                yield _with(node, **{limit: _plus(old, much)})


EXPRESSIONS: dict[type, Callable] = {
    ast.BinOp: _binary, ast.Compare: _compare, ast.BoolOp: _boolean, ast.UnaryOp: _unary,
    ast.IfExp: _conditional, ast.Constant: _constant, ast.Name: _name,
    ast.Attribute: _attribute, ast.Call: _call, ast.Subscript: _subscript,
}


# Statements


def _statements(node: ast.stmt, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(node, DROPPED):
        yield "line dropped", [ast.Pass()]
    rule = STATEMENTS.get(type(node))
    if rule:
        yield from rule(node, scope)


def _augmented(node: ast.AugAssign, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    for other in BINARY.get(type(node.op), ())[:1]:
        yield "operator", [_with(node, op=other())]
    yield "= for +=", [ast.Assign([node.target], node.value)]


def _loops(node: ast.For, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield "only the first", [_with(node, body=[*node.body, ast.Break()])]
    if isinstance(node.target, ast.Tuple):
        for index in range(len(node.target.elts) - 1):
            target = _with(node.target, elts=_turned(node.target.elts, index))
            yield "names swapped", [_with(node, target=target)]


def _tests(node: ast.If | ast.While, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield "condition turned", [_with(node, test=ast.UnaryOp(ast.Not(), node.test))]
    if isinstance(node, ast.If):
        yield "condition dropped", [_with(node, test=ast.Constant(True))]


def _assignments(node: ast.Assign, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    (target, *more) = node.targets
    if more:
        return
    if isinstance(target, ast.Subscript):
        yield "+= for =", [ast.AugAssign(target, ast.Add(), node.value)]
    elif isinstance(target, ast.Tuple):
        for index in range(len(target.elts) - 1):
            new = _with(target, elts=_turned(target.elts, index))
            yield "names swapped", [_with(node, targets=[new])]
    if changed := _in_place(node.value, scope):
        yield "in place", [changed[0], _with(node, value=changed[1])]


def _returns(node: ast.Return, scope: Scope) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(node.value, ast.Tuple):
        for index, entry in enumerate(node.value.elts):
            if index + 1 < len(node.value.elts):
                turned = _with(node.value, elts=_turned(node.value.elts, index))
                yield "returns swapped", [_with(node, value=turned)]
            left = [other for other in node.value.elts if other is not entry]
            yield "return dropped", [_with(node, value=_with(node.value, elts=left))]
            if isinstance(entry, (ast.Name, ast.BinOp)):
                new = _swapped_in(node.value.elts, index, ast.Attribute(entry, "T", ast.Load()))
                yield ".T added", [_with(node, value=_with(node.value, elts=new))]
    elif isinstance(node.value, (ast.Name, ast.BinOp)):
        transposed = ast.Attribute(node.value, "T", ast.Load())
        yield ".T added", [_with(node, value=transposed)]
    if changed := _in_place(node.value, scope):
        yield "in place", [changed[0], _with(node, value=changed[1])]


def _in_place(value: ast.expr | None, scope: Scope) -> tuple[ast.AugAssign, ast.Name] | None:
    """For ``x * ...`` with a parameter x: ``x *= ...``, and x."""
    if not (isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name)
            and value.left.id in scope.parameters):
        return None
    target = ast.Name(value.left.id, ast.Store())
    return ast.AugAssign(target, value.op, value.right), value.left


STATEMENTS: dict[type, Callable] = {
    ast.Assign: _assignments, ast.AugAssign: _augmented, ast.Return: _returns, ast.For: _loops,
    ast.If: _tests, ast.While: _tests,
    ast.Break: lambda node, scope: [("break", [ast.Continue()])],
    ast.Continue: lambda node, scope: [("break", [ast.Break()])],
}


# Nodes


def _with(node, **changed):
    """A copy of a node with other fields."""
    made = type(node)(**{name: value for name, value in ast.iter_fields(node)})
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def _plus(node: ast.expr, much: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if much > 0 else ast.Sub(), ast.Constant(abs(much)))


def _turned(entries: Sequence, index: int) -> list:
    """The entries with those at `index` and behind it in each other's place."""
    made = list(entries)
    made[index], made[index + 1] = made[index + 1], made[index]
    return made


def _swapped_in(entries: Sequence, index: int, new) -> list:
    return [new if k == index else entry for k, entry in enumerate(entries)]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _is_module(node: ast.AST) -> bool:
    """Whether a name is that of a library: ``np``, or a part of it."""
    return (isinstance(node, ast.Name) and node.id in ("np", "math")) or (
        isinstance(node, ast.Attribute) and _is_module(node.value))


def _is_transposed(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"
