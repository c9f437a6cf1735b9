"""Uses of 02_computational_graphs: numbers, nodes that work side by side, graphs of every form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import in_other_dtypes, sizes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)

Functions = Mapping[str, Callable]


def numbers(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Plain numbers, of any size, equal or 0 at times; integers at times."""
    drawn = values(rng, (count,)).tolist()
    return tuple(map(round, drawn)) if rng.random() < 0.1 else tuple(drawn)


def numbers_for(*exercises: str, count: int) -> None:
    """Draw `count` numbers for each of the exercises."""
    draws(*exercises)(lambda rng: numbers(rng, count))


numbers_for("chain_gradients", count=4)
numbers_for("fan_out_gradients", count=3)
numbers_for("bill_gradients", count=6)


@draws("bill_collapsed")
def bill_collapsed(rng: np.random.Generator) -> tuple:
    """Prices and numbers of one kind of fruit or more, and a tax rate; 0 at times."""
    (kinds,) = sizes(rng, 1)
    prices, bought = in_other_dtypes(rng, values(rng, (kinds,)), values(rng, (kinds,)))
    rate = 0.0 if rng.random() < 0.1 else float(rng.uniform(-0.5, 2.0))
    return (*unusual(rng, prices, bought), rate)


def attempt(question: Callable, *arguments):
    """What a call returns; the name of the exception's type if it raises."""
    try:
        return question(*arguments)
    except Exception as error:  # whatever the answer in question raises
        return type(error).__name__


# Nodes


def parts(gradients: object, count: int) -> tuple:
    """One entry for each gradient of a node."""
    if count > 1 and isinstance(gradients, tuple) and len(gradients) == count:
        return gradients
    return (gradients, *[None] * (count - 1))


def use_nodes(
    name: str, draw: Callable, functions: Functions, rng: np.random.Generator
) -> tuple:
    """The output and gradients of a node, while another works and when it is used again."""
    first, other = draw(rng), draw(rng)
    count = len(first)
    dout, later = numbers(rng, 2)

    def forwards():
        node, another = functions[name](), functions[name]()
        return node, node.forward(*first), another.forward(*other)

    made = attempt(forwards)
    if isinstance(made, str):
        return (made, *[None] * (3 * count + 1))
    node, out, another_out = made
    seen = [*parts(attempt(node.backward, dout), count), *parts(attempt(node.backward, later),
                                                                 count)]
    again = attempt(node.forward, *other)
    return (out, *seen, another_out == again, *parts(attempt(node.backward, dout), count))


def bases_and_exponents(rng: np.random.Generator) -> tuple[float, ...]:
    """A base above 0, at times exactly 1, and an exponent of any sign."""
    base = 1.0 if rng.random() < 0.1 else float(np.exp(rng.uniform(-3, 4)))
    exponent = float(rng.choice([-2, -1, 0, 1, 2, 3, rng.uniform(-4, 4)]))
    if rng.random() < 0.1:
        return max(1, round(base)), round(exponent)
    return base, exponent


def nodes_for(*exercises: str, draw: Callable) -> None:
    """Use the nodes of these exercises with inputs that `draw` gives."""
    for exercise in exercises:
        observes(exercise)(partial(use_nodes, exercise, draw))


nodes_for("AddNode", "MulNode", "MaxNode", draw=partial(numbers, count=2))
nodes_for("SquareNode", draw=partial(numbers, count=1))
nodes_for("PowerNode", draw=bases_and_exponents)


# Graphs

INPUTS = ("x", "y", "t")
RESULTS = ("a", "b", "c", "d", "z")
ON_EDGES = (*RESULTS[::-1], *INPUTS[::-1])
"""Every name that a graph may have; what is missing in one is None."""


class Weighed:
    """A node of any number of inputs: the sum of their squares, each with a weight of its own."""

    def __init__(self, weights: tuple[float, ...]):
        self.weights = weights

    def forward(self, *inputs):
        self.inputs = inputs
        return sum(w * v * v for w, v in zip(self.weights, inputs, strict=True))

    def backward(self, dout):
        found = tuple(2 * dout * w * v for w, v in zip(self.weights, self.inputs, strict=True))
        return found if len(found) > 1 else found[0]


KINDS = {"one": 1, "two": 2, "three": 3}


def make_weighed(kind: str) -> Weighed:
    """A node that no chapter has."""
    return Weighed((0.5, -0.75, 1.25)[:KINDS[kind]])


def graph(rng: np.random.Generator, kinds: Mapping[str, int]) -> tuple[list, dict]:
    """Steps and the values of the inputs: a chain, forks, loose ends; at times no step at all."""
    named = tuple(rng.permutation(INPUTS))[: int(rng.integers(1, 4))]
    inputs = {str(name): float(v) for name, v in zip(named, rng.uniform(0.5, 1.5, 3))}
    known, steps = list(inputs), []
    count = int(rng.integers(len(RESULTS) + 1))
    for name in (*RESULTS[: max(0, count - 1)], *RESULTS[-1:])[:count]:
        kind = str(rng.choice(list(kinds)))
        recent = known[-2:] if rng.random() < 0.6 else known
        steps.append((name, kind, tuple(str(rng.choice(recent)) for _ in range(kinds[kind]))))
        known.append(name)
    return steps, inputs


def by_name(found: object) -> list:
    """The entries of a dict by name; how many there are comes behind them."""
    if not isinstance(found, dict):
        return [found, *[None] * len(ON_EDGES)]
    return [*(found.get(name) for name in ON_EDGES), len(found)]


@observes("run_forward")
def run_forward(functions: Functions, rng: np.random.Generator) -> tuple:
    """The values, what the nodes send back, and whether what was given is what it was."""
    usual = rng.random() < 0.3
    steps, inputs = graph(rng, {"exp": 1, "reciprocal": 1} if usual else KINDS)
    given = list(steps), dict(inputs)
    made = attempt(functions["run_forward"], *given, *([] if usual else [make_weighed]))
    if not isinstance(made, tuple) or len(made) != 2:
        return (made if isinstance(made, str) else "no pair", *[None] * (len(ON_EDGES) + 2))
    found, nodes = made
    slopes = attempt(lambda: [node.backward(1.0) for node in nodes])
    return (*by_name(found), slopes, given == (steps, inputs))


@observes("run_backward")
def run_backward(functions: Functions, rng: np.random.Generator) -> tuple:
    """The gradients for any value as the output, and whether what was given is what it was."""
    steps, inputs = graph(rng, KINDS)
    found, nodes = dict(inputs), []
    for name, kind, taken in steps:
        nodes.append(make_weighed(kind))
        found[name] = nodes[-1].forward(*(found[other] for other in taken))
    last = rng.random() < 0.4 and steps
    output = steps[-1][0] if last else str(rng.choice(list(found)))
    given = list(steps), dict(found), list(nodes)
    gradients = attempt(functions["run_backward"], *given, output)
    return (*by_name(gradients), given == (steps, found, nodes))


# Questions with many right answers: what counts is what the graph does


OPERATIONS: dict[str, Callable] = {
    "add": np.add, "mul": np.multiply, "square": np.square, "max": np.maximum, "exp": np.exp,
    "reciprocal": np.reciprocal,
}


def evaluated(steps: Sequence, inputs: Mapping[str, float]) -> list[float]:
    """The values of a graph: those of the inputs, then the result of each step."""
    found = dict(inputs)
    for name, kind, taken in steps:
        if not isinstance(taken, (tuple, list)) or name in found:
            raise ValueError("no step of a graph")
        found[name] = float(OPERATIONS[kind](*(found[other] for other in taken)))
    return list(found.values())


@observes("sigmoid_graph")
def sigmoid_graph(functions: Functions, rng: np.random.Generator) -> tuple:
    """The output of the graph for some x."""
    x = float(rng.uniform(-8.0, 8.0))
    steps = functions["sigmoid_graph"]()
    return (attempt(lambda: evaluated(steps, {"x": x, "one": 1.0, "minus_one": -1.0})[-1]),)


@observes("exposing_graph")
def exposing_graph(functions: Functions, rng: np.random.Generator) -> tuple:
    """Whether the colleague's function finds a wrong slope in the graph, for some input."""
    steps = functions["exposing_graph"]()
    inputs = dict(zip(INPUTS, map(float, rng.uniform(0.5, 2.0, 3)), strict=True))
    uses = attempt(lambda: [other for _, _, taken in steps for other in taken])
    if isinstance(uses, str) or isinstance(attempt(evaluated, steps, inputs), str):
        return ("no graph",)
    if any(kind not in ("add", "mul", "square") for _, kind, _ in steps):
        return ("another node",)
    if any(name not in uses for name, _, _ in steps[:-1]):
        return ("a loose end",)

    def slope(name: str, keeps_all: bool) -> float:
        """By the sum over all paths, or by the colleague, who keeps the last one."""
        if name == steps[-1][0]:
            return 1.0
        total = 0.0
        found = dict(zip((*inputs, *(step[0] for step in steps)), evaluated(steps, inputs)))
        for result, kind, taken in steps:
            for place, other in enumerate(taken):
                if other != name:
                    continue
                local = {"add": 1.0, "square": 2 * found[name]}.get(kind)
                if local is None:
                    local = found[taken[1 - place]]
                part = slope(result, keeps_all) * local
                total = total + part if keeps_all else part
        return total

    return (any(not np.isclose(slope(name, True), slope(name, False)) for name in inputs),)
