"""02_computational_graphs in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import Comparison


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
    """The result of the last step."""
    values = {"x": v.x, "y": v.y, "t": v.t}
    for out, kind, a, b in v.steps:
        values[out] = values[a] + values[b] if kind == "+" else values[a] * values[b]
    return values[out]


COMPARISONS = [
    Comparison("chain_gradients", lambda torch, v: (v.x + v.y) * v.t * v.dz),
    Comparison("AddNode", lambda torch, v: v.x + v.y),
    Comparison("MulNode", lambda torch, v: v.x * v.y),
    Comparison("SquareNode", lambda torch, v: v.x**2),
    Comparison("fan_out_gradients",
               lambda torch, v: (v.x + v.first + v.y) * (v.x + v.second),
               edges("first", "second"), of={"through_q": "first", "direct": "second"}),
    Comparison("bill_gradients", bill, edges("tax", "subtotal", "apple_cost", "pear_cost")),
    Comparison("bill_total", total),
    Comparison("bill_gradients_collapsed", total),
    Comparison("graph_gradients_mended", graph, lambda inputs: inputs["values"]),
]
