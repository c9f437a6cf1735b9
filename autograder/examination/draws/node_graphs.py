"""Graphs of random form, of the classes that 08_autodiff gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Functions = Mapping[str, Callable]


KINDS: dict[str, tuple[Callable, Callable]] = {
    "plus": (np.add, lambda grad, x, y: (grad, grad)),
    "times": (np.multiply, lambda grad, x, y: (grad * y, grad * x)),
    "dot": (np.matmul, lambda grad, x, y: (grad @ y.T, x.T @ grad)),
    "mix": (lambda x, y, z: 2 * x - y + 3 * z, lambda grad, x, y, z: (2 * grad, -grad, 3 * grad)),
    "hand": (lambda x: x, lambda grad, x: (grad,)),
    "half": (lambda x: x.copy() / 2, lambda grad, x: [grad / 2]),  # what was fed is an array
    "total": (np.sum, lambda grad, x: (np.full(np.shape(x), grad),)),
}
"""The value of an operation, and its gradients, both from the values of its inputs."""


MOST_READS, ROUND_A_CYCLE = 3_000, 300
"""How often the inputs of one node may be read, and how often where it stands in a cycle: in
graphs as small as these that is many times over."""


class TooManyReads(Exception):
    """Ends a walk that would go round for ever."""


def kinds_of(functions: Functions) -> dict[str, Callable]:
    """Operations of their own, of the classes that the chapter gives: name to class."""
    base: Any = functions["Operation"]

    def kind(compute: Callable, gradient: Callable) -> Callable:
        class Kind(base):
            count, reads, most = 0, 0, MOST_READS

            @property
            def inputs(self):
                self.reads += 1
                if self.reads > self.most:
                    raise TooManyReads("a walk that goes round for ever")
                return self.taken

            @inputs.setter
            def inputs(self, inputs):
                self.taken = inputs

            def compute_output(self):
                self.count += 1
                return compute(*self.input_values())

            def compute_gradient(self, grad):
                return gradient(grad, *self.input_values())

        return Kind

    return {name: kind(*both) for name, both in KINDS.items()}


TAKES = {"plus": 2, "times": 2, "dot": 2, "mix": 3, "hand": 1, "half": 1}


def grown(
    functions: Functions, rng: np.random.Generator, single: bool | None = None
) -> tuple[list, list, tuple[int, int]]:
    """Leaves, operations and the shape of the values of a random graph.

    An operation takes any nodes that are there already, the newest one more often, and one node
    several times at times. The last one is a sum over everything at times, or if it is `single`.
    """
    kinds = kinds_of(functions)
    shape = (int(rng.integers(1, 4)),) * 2
    leaves = []
    for k in range(int(rng.integers(1, 5))):
        kind = ("Variable", "Variable", "Placeholder", "Constant")[rng.integers(4)]
        if kind == "Placeholder":
            leaves.append(functions[kind](name=f"leaf {k}"))
        else:
            leaves.append(functions[kind](rng.uniform(-1.2, 1.2, shape), name=f"leaf {k}"))
    nodes = list(leaves)
    for k in range(int(rng.integers(0 if single is None else 1, 9))):
        kind = str(rng.choice(list(TAKES)))
        taken = [nodes[-1] if rng.random() < 0.4 else nodes[rng.integers(len(nodes))]
                 for _ in range(TAKES[kind])]
        nodes.append(kinds[kind](*taken, name=f"{kind} {k}"))
    if single or (single is None and rng.random() < 0.5):
        nodes.append(kinds["total"](nodes[-1], name="total"))
    return leaves, nodes[len(leaves):], shape


def deep(functions: Functions, rng: np.random.Generator) -> list:
    """The nodes of a long chain, or of many diamonds in a row."""
    kinds = kinds_of(functions)
    nodes = [functions["Variable"](rng.uniform(-1.2, 1.2, 2), name="leaf")]
    for k in range(1500):
        if len(nodes) < 1500 and k % 2:
            nodes.append(kinds["half"](nodes[-1], name=f"half {k}"))
        nodes.append(kinds["plus"](nodes[-1], nodes[-1], name=f"plus {k}"))
    return nodes


def known(node) -> list:
    """Everything that a node depends on, and itself, in some order."""
    found = {node: None}
    pending = [node]
    for other in pending:
        new = [n for n in dict.fromkeys(other.inputs) if n not in found]
        found |= dict.fromkeys(new)
        pending += new
    return list(found)


def special_of(functions: Functions) -> Callable:
    """An operation whose evaluate does more than compute."""
    base: Any = functions["Operation"]

    class Special(base):
        calls = 0

        def compute_output(self):
            return 2 * self.inputs[0].output_value

        def evaluate(self):
            self.calls += 1
            self.output_value = 1 + self.compute_output()
            return self.output_value

    return Special


def with_values(leaves: list, operations: list, rng, shape) -> None:
    """Compute a graph, as a session would."""
    for node in leaves:
        if node.output_value is None:
            node.output_value = rng.uniform(-1.2, 1.2, shape)
    for node in operations:
        node.evaluate()
