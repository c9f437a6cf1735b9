"""Graphs of node objects: what the framework of 08_autodiff is tried on.

The operations in these graphs are the course's own. They inherit from the ``Operation`` that the
chapter gives, and compute with none of the operations that a student writes: a wrong ``Add``
costs nothing in ``gradients``, and the other way round.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.checking.exercise import Play
from autograder.kit.functions import Answer, Functions, Kept
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

Steps = Sequence[tuple[str, str, Sequence[str]]]
"""Name, kind and inputs of the operations of a graph."""

GIVEN = ("Graph", "Placeholder", "Variable", "Constant", "Operation")
"""What the chapter gives and graphs are made of."""

KINDS = Source("""lambda operation: (lambda base, make: {
    'node': base,
    'plus': make('Plus', (base,), {
        'compute_output': lambda self: self.inputs[0].output_value + self.inputs[1].output_value,
        'compute_gradient': lambda self, grad: (grad, grad)}),
    'times': make('Times', (base,), {
        'compute_output': lambda self: self.inputs[0].output_value * self.inputs[1].output_value,
        'compute_gradient': lambda self, grad: (grad * self.inputs[1].output_value,
                                                grad * self.inputs[0].output_value)}),
    'dot': make('Dot', (base,), {
        'compute_output': lambda self: self.inputs[0].output_value @ self.inputs[1].output_value,
        'compute_gradient': lambda self, grad: (grad @ self.inputs[1].output_value.T,
                                                self.inputs[0].output_value.T @ grad)}),
    'cube': make('Cube', (base,), {
        'compute_output': lambda self: self.inputs[0].output_value ** 3,
        'compute_gradient': lambda self, grad: (3 * grad * self.inputs[0].output_value ** 2,)}),
    'total': make('Total', (base,), {
        'compute_output': lambda self: np.sum(self.inputs[0].output_value),
        'compute_gradient': lambda self, grad: (
            grad * np.ones(np.shape(self.inputs[0].output_value)),)}),
    'counted': make('Counted', (base,), {
        'times': 0,
        'compute_output': lambda self: [setattr(self, 'times', self.times + 1),
                                        2 * self.inputs[0].output_value][1],
        'compute_gradient': lambda self, grad: (2 * grad,)}),
})(type(operation), type)""")
"""The operations of the graphs. One that is counted knows how often it was computed."""

OPERATIONS: dict[str, Callable] = {
    "plus": np.add, "times": np.multiply, "dot": np.matmul, "cube": lambda x: x**3,
    "total": np.sum, "counted": lambda x: 2 * x,
}

SLOPES: dict[str, Callable] = {
    "plus": lambda grad, x, y: (grad, grad), "times": lambda grad, x, y: (grad * y, grad * x),
    "dot": lambda grad, x, y: (grad @ y.T, x.T @ grad), "cube": lambda grad, x: (3 * grad * x**2,),
    "total": lambda grad, x: (grad * np.ones(np.shape(x)),),
}
"""What the operations of the graphs of `gradients` send back."""

BUILT = Source("""lambda kinds, nodes, steps: ([nodes.__setitem__(
    name, kinds[kind](*[nodes[other] for other in taken], name=name))
    for name, kind, taken in steps], nodes)[1]""")
EVALUATED = Source("""lambda nodes: [node.evaluate() for node in nodes.values()
                                    if hasattr(node, 'compute_output')] and None""")
SET_VALUE = Source("lambda node, value: setattr(node, 'output_value', value)")
SET_INPUTS = Source("lambda node, *inputs: setattr(node, 'inputs', inputs)")

MOST_CALLS = 10_000
STEEP = Source(f"""lambda operation, slopes: (lambda base, make, calls: make('Steep', (base,), {{
    'compute_output': lambda self: slopes[self.k] * sum(n.output_value for n in self.inputs),
    'compute_gradient': lambda self, grad:
        (_ for _ in ()).throw(make('TooManyCalls', (Exception,), {{}})(
            'compute_gradient was called more than {MOST_CALLS} times in a graph of a few '
            'hundred operations'))
        if len(calls) > {MOST_CALLS} else
        [calls.append(1), (grad * slopes[self.k],) * len(self.inputs)][1],
}}))(type(operation), type, [])""")
"""An operation, its local slope chosen by its k. Who calls it too often is stopped."""

DEEP_CHAIN = Source("""lambda steep, x, depth, count: (lambda nodes: [
    nodes.append((lambda node: [setattr(node, 'k', k % count), node][1])(
        steep(nodes[-1], name='link_%d' % k)))
    for k in range(depth)] and dict(enumerate(nodes)))([x])""")
DEEP_DIAMONDS = Source("""lambda steep, x, depth, count: (lambda nodes, new: [
    (lambda top, k: (lambda left, right: nodes.extend(
        [left, right, new((left, right), 'bottom_%d' % k, (k + 2) % count)]))(
        new((top,), 'left_%d' % k, k % count), new((top,), 'right_%d' % k, (k + 1) % count)))(
        nodes[-1], k)
    for k in range(depth)] and dict(enumerate(nodes)))(
    [x], lambda inputs, name, k: (lambda node: [setattr(node, 'k', k), node][1])(
        steep(*inputs, name=name)))""")
LAST = Source("lambda nodes: nodes[max(nodes)]")

RING = Source("""lambda operation: (lambda base, make: make('Ring', (base,), {
    'inputs': property(
        lambda self: (_ for _ in ()).throw(make('TooManyReads', (Exception,), {})(
            'the inputs of one node were read more than 1000 times'))
        if self.__dict__['reads'] > 1000 else
        [self.__dict__.update(reads=self.reads + 1), self.__dict__['kept']][1],
        lambda self, inputs: self.__dict__.update(kept=tuple(inputs), reads=0))}))(
    type(operation), type)""")
"""A class of nodes whose inputs may be set, and are not handed out for ever."""


@contextlib.contextmanager
def fresh_graph(functions: Functions) -> Iterator[Kept]:
    """A graph of its own for the nodes of one case; it is closed whatever happens."""
    graph = functions.keep("Graph")
    graph.keep("__enter__")
    try:
        yield graph
    finally:
        with contextlib.suppress(StudentError):
            graph.keep("__exit__", None, None, None)


def bare_operation(functions: Functions) -> Kept:
    """An operation of which only the class is wanted: it stands in no graph that is looked at."""
    with fresh_graph(functions):
        return functions.keep("Operation")


def build(functions: Functions, leaves: Mapping[str, object], steps: Steps, evaluate=True) -> Kept:
    """A graph in the open `fresh_graph`; a dict of its nodes by name.

    Parameters
    ----------
    leaves : mapping of str to value
        Their values. A name in ``x, y, t`` is that of a placeholder, one in capitals that of a
        constant, any other that of a variable.
    """
    nodes = {}
    for name, value in leaves.items():
        if name in ("x", "y", "t"):
            nodes[name] = functions.keep("Placeholder", name)
            if evaluate:
                functions.call(SET_VALUE, nodes[name], value)
        else:
            kind = "Constant" if name.isupper() else "Variable"
            nodes[name] = functions.keep(kind, value, name)
    kinds = functions.keep(KINDS, bare_operation(functions))
    built = functions.keep(BUILT, kinds, nodes, [list(step) for step in steps])
    if evaluate:
        functions.call(EVALUATED, built)
    return built


def deep_graph(functions: Functions, inputs: Mapping) -> Kept:
    """The nodes of a deep graph by their numbers."""
    slopes = [float(slope) for slope in inputs["slopes"]]
    steep = functions.keep(STEEP, bare_operation(functions), slopes)
    start = functions.keep("Variable", inputs["a"], "a")
    form = DEEP_CHAIN if inputs["form"] == "chain" else DEEP_DIAMONDS
    return functions.keep(form, steep, start, inputs["depth"], len(slopes))


def deep_inputs(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """A chain of 5000 operations, and 200 diamonds."""
    return [
        ("5000 operations in a chain", {
            "form": "chain", "depth": 5000, "a": float(rng.uniform(0.5, 1.5)),
            "slopes": rng.uniform(0.999, 1.001, 7)}),
        ("200 diamonds in a row", {
            "form": "diamonds", "depth": 200, "a": float(rng.uniform(0.5, 1.5)),
            "slopes": rng.uniform(0.9, 1.1, 7)}),
    ]


def in_words(play: Callable, outputs: int) -> Play:
    """The play of an exercise with several outputs, which says in words what is wrong."""
    def played(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        return (play(functions, inputs),) * outputs

    return played


def told(outputs: tuple) -> str | None:
    """The judge of plays that say in words what is wrong.

    Behind the words may stand what tells mistakes apart that have the same words.
    """
    words = outputs[0]
    return (words[0] if isinstance(words, (tuple, list)) else words) or None


ACCIDENTS = {
    "ArithmeticError", "AssertionError", "AttributeError", "IndexError", "KeyError", "NameError",
    "RecursionError", "TypeError", "UnboundLocalError", "TooManyReads", "TooManyCalls", "NotPlain",
}
"""Errors that come by themselves, even if a node's name happens to be in their messages."""


def why_no_lesson(ask: Callable[[], object], names: Sequence[str], what: str) -> str:
    """What is wrong with an error that should teach, or ''.

    Parameters
    ----------
    ask : callable
        Does what should raise.
    names : sequence of str
        One of them must be in its message.
    what : str
        What there should be an error for, in words.
    """
    wanted = f"{what} A ValueError whose message names {' or '.join(names)} is expected"
    try:
        ask()
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind in ("NotImplementedError", "Missing"):
            raise
        said = f": {error.told.message}" if error.told.message else ""
        if error.kind == "RecursionError":
            said = ""  # it says where Python stopped counting, each version of it otherwise
        if error.kind in ACCIDENTS:
            return f"{wanted}; {error.told.kind}{said} comes of itself."
        if not any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error.message) for name in names):
            return f"{wanted}; the message of this {error.told.kind} does not{said}"
        return ""
    return f"{wanted}, and there is no error."


def why_no_order(names: object, steps: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with the names of nodes as a topological order, or ''.

    Parameters
    ----------
    names : object
        What came.
    steps : mapping of str to sequence of str
        The inputs of every node that belongs there.
    """
    if not isinstance(names, list):
        return "topological_order returns no list."
    def named(name: str) -> str:
        # A name is a student's own text, and may be as long as they like.
        return name if name in steps or len(name) == 1 else "another node"

    told = (", ".join(map(named, names)) if len(names) <= 12
            else f"{', '.join(map(named, names[:5]))}, and so on")
    twice = next((name for name in names if names.count(name) > 1), "") if len(names) < 99 else ""
    if twice or len(set(names)) < len(names):
        return f"A node stands in the list more than once: {told}."
    missing = sorted(set(steps) - set(names))
    if missing:
        return f"{missing[0]} is missing in the list: {told}."
    extra = sorted(set(names) - set(steps))
    if extra:
        return f"{named(extra[0])} is in the list, and nothing depends on it: {told}."
    place = {name: k for k, name in enumerate(names)}
    for name in names:
        for other in steps[name]:
            if place[other] > place[name]:
                return f"{name} stands before its own input {other}: {told}."
    return ""


def value_of(leaves: Mapping, steps: Steps, name: str):
    """The value of a node, by the course's own operations."""
    values = dict(leaves)
    for result, kind, taken in steps:
        values[result] = OPERATIONS[kind](*(values[other] for other in taken))
    return values[name]


def gradients_of(leaves: Mapping, steps: Steps, loss: str) -> dict:
    """The gradients of a node with respect to all that it depends on, by the course's own rules."""
    values = dict(leaves)
    for result, kind, taken in steps:
        values[result] = OPERATIONS[kind](*(values[other] for other in taken))
    found: dict = {loss: np.ones(np.shape(values[loss]))}
    for result, kind, taken in reversed(steps):
        if result in found:
            back = SLOPES[kind](found[result], *(values[other] for other in taken))
            for other, part in zip(taken, back, strict=True):
                found[other] = found.get(other, 0.0) + part
    return found


def plain_or_told(ask: Callable[..., Answer], *arguments) -> object:
    """The value that is returned; words in its place, where it is no array."""
    try:
        return ask(*arguments).value
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind == "NotPlain":
            return error.message
        raise
