"""02_computational_graphs in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import Comparison
from autograder.exercises.graphs import ON_EDGES


def edges(*names: str):
    """A 0 that the graph adds on each edge: its slope is the gradient on that edge."""
    return lambda inputs: dict.fromkeys(names, 0.0)


def bill(torch: ModuleType, v: SimpleNamespace):
    """The total of the shopping bill, times its upstream gradient."""
    apples = v.apple_price * v.apple_number + v.apple_cost
    pears = v.pear_price * v.pear_number + v.pear_cost
    subtotal = apples + pears + v.subtotal
    return (subtotal + subtotal * v.tax_rate + v.tax) * v.dtotal


def total(torch: ModuleType, v: SimpleNamespace):
    """The total of a bill with any number of prices."""
    return (v.prices * v.numbers).sum() * (1 + v.tax_rate)


def graph(torch: ModuleType, v: SimpleNamespace):
    """The output of a graph of nodes, with a 0 added on each edge."""
    on_edge = {name: getattr(v, f"edge_{name}") for name in ON_EDGES}
    results = {name for name, *_ in v.steps}
    values = {name: v.values[name] + on_edge[name] for name in v.values if name not in results}
    for name, kind, taken in v.steps:
        inputs = [values[other] for other in taken]
        values[name] = on_edge[name] + (
            sum(slope * x for slope, x in zip(v.slopes[name], inputs, strict=True))
            if hasattr(v, "slopes") else STRANGE[kind](*inputs)
        )
    return values[v.output]


STRANGE: dict[str, Callable] = {
    "minus": lambda x, y: x - y,
    "cube": lambda x: x**3,
    "mix": lambda x, y, t: 2 * x - y + 3 * t,
}

COMPARISONS = [
    Comparison("chain_gradients", lambda torch, v: (v.x + v.y) * v.t * v.dz),
    Comparison("AddNode", lambda torch, v: v.x + v.y),
    Comparison("MulNode", lambda torch, v: v.x * v.y),
    Comparison("SquareNode", lambda torch, v: v.x**2),
    Comparison("PowerNode", lambda torch, v: v.x**v.y),
    Comparison("fan_out_gradients",
               lambda torch, v: (v.x + v.first + v.y) * (v.x + v.second),
               edges("first", "second"), of={"through_q": "first", "direct": "second"}),
    Comparison("bill_gradients", bill, edges("tax", "subtotal", "apple_cost", "pear_cost")),
    Comparison("bill_collapsed", total),
    Comparison("run_backward", graph, edges(*(f"edge_{name}" for name in ON_EDGES)),
               of={f"d{name}": f"edge_{name}" for name in ON_EDGES}),
]
