"""Exercises of 02_computational_graphs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    Case,
    Exercise,
    Play,
    gradient_of,
    question,
)
from autograder.exercises.inputs import in_float32, unusual
from autograder.kit.functions import Functions, Kept, StudentError

FORWARD = "forward"
TWO_NODES = "two nodes side by side"
AGAIN = "a node used again"
USED_BY_TWO = "a value used by two steps"
USED_TWICE_BY_ONE = "a value used twice by one step"
RESULT_USED_TWICE = "a result used twice"


def signed(rng: np.random.Generator, count: int) -> list[float]:
    """Random numbers of both signs, none of them near 0."""
    return [float(v) for v in rng.uniform(0.5, 3.0, count) * rng.choice([-1.0, 1.0], count)]


def spelled(inputs: Mapping[str, float]) -> str:
    """Numbers as the name of a case: ``x = 1.20, y = -0.70``."""
    return ", ".join(f"{name} = {value:.2f}" for name, value in inputs.items())


# By hand


def number_cases(*names: str):
    """Cases in which every parameter is a number."""

    def cases(rng: np.random.Generator) -> list[Case]:
        draws = [dict(zip(names, signed(rng, len(names)), strict=True)) for _ in range(3)]
        return [Case(spelled(inputs), inputs) for inputs in draws]

    return cases


# Nodes


def backward_item(output: str) -> str:
    """The rubric item for one gradient of a node. A gradient that fails costs only itself."""
    return f"backward: {output}"


def node_cases(name: str, *names: str, remembers: bool):
    """Cases for the class `name`, whose forward method takes `names`.

    One item for forward and one for each gradient: what is written earns its points
    while the rest is still missing. With `remembers`, also what only a node that keeps
    something can get wrong.
    """

    def numbers(rng: np.random.Generator) -> dict:
        return dict(zip((*names, "dout"), signed(rng, len(names) + 1), strict=True))

    def cases(rng: np.random.Generator) -> list[Case]:
        draws = [numbers(rng) for _ in range(3)]
        draws[1]["x"] = -abs(draws[1]["x"])
        draws[2]["x"] = 0.0
        items = [FORWARD, *(backward_item(f"d{n}") for n in names)]
        found = [
            Case(spelled(inputs), inputs, item=item, play=one_output(name, names, k))
            for k, item in enumerate(items) for inputs in draws
        ]
        if remembers:
            scenarios = {
                "forward of one node, forward of another, backward of the first":
                    (TWO_NODES, between_forward_and_backward),
                "backward called twice": (AGAIN, after_one_backward),
                "forward called twice, then backward": (AGAIN, after_two_forwards),
            }
            found += [
                Case(title, {**numbers(rng), "other": numbers(rng)}, item=item,
                     play=with_memory(name, names, scenario), judge=remembers_right)
                for title, (item, scenario) in scenarios.items()
            ]
        return found

    return cases


def gradients_from(node: Kept, dout: float, count: int) -> tuple:
    """What ``node.backward(dout)`` returns, one entry for each gradient."""
    value = node.call("backward", dout).value
    if count == 1:
        return (value,)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if isinstance(value, (tuple, list)) and len(value) == count:
        return tuple(value)
    return (value, *[None] * (count - 1))


def one_output(name: str, names: tuple[str, ...], k: int) -> Play:
    """Play ``forward``, and ``backward`` for the outputs after the first; keep output `k`."""

    def play(functions: Functions, inputs: Mapping, cache=None):
        node = functions.keep(name)
        outputs = [node.call("forward", *(inputs[n] for n in names)).value]
        if k > 0:
            outputs += gradients_from(node, inputs["dout"], len(names))
        outputs = [output if i == k else None for i, output in enumerate(outputs)]
        return (*outputs, *[None] * (len(names) + 1 - len(outputs)))

    return play


def between_forward_and_backward(node: Kept, another: Kept, values: list, others: list, dout):
    """Another node works in between. Notes that are kept outside the node are overwritten."""
    node.call("forward", *values)
    another.call("forward", *others)


def after_one_backward(node: Kept, another: Kept, values: list, others: list, dout):
    """Notes that backward uses up, or gradients that pile up, show the second time."""
    node.call("forward", *values)
    node.call("backward", dout)


def after_two_forwards(node: Kept, another: Kept, values: list, others: list, dout):
    """The later values count."""
    node.call("forward", *others)
    node.call("forward", *values)


def with_memory(name: str, names: tuple[str, ...], scenario) -> Play:
    """Play a scenario and then backward, and the same values on a new node for comparison.

    A node is compared with itself, so that a wrong formula, which has cost its points
    already, does not cost them again.
    """

    def play(functions: Functions, inputs: Mapping, cache=None):
        values = [inputs[n] for n in names]
        others = [inputs["other"][n] for n in names]

        def gradients(node):
            return gradients_from(node, inputs["dout"], len(names))

        def alone(values):
            node = functions.keep(name)
            node.call("forward", *values)
            return gradients(node)

        node = functions.keep(name)
        scenario(node, functions.keep(name), values, others, inputs["dout"])
        return ((gradients(node), alone(values), alone(others)),) * (len(names) + 1)

    return play


def remembers_right(outputs: tuple) -> str | None:
    """What a scenario shows about the memory of a node, or None."""
    got, alone, others = outputs[0]
    if not compare(alone, others, 1e-9):
        return "backward returns the same whatever went into forward: it remembers nothing."
    difference = compare(got, alone, 1e-9)
    if difference is None:
        return None
    return (f"backward returns {in_words(got)}. A new node that gets the same values "
            f"returns {in_words(alone)}.")


def in_words(gradients: tuple) -> str:
    """Gradients as a student reads them."""
    words = []
    for gradient in gradients:
        array = as_array(gradient)
        if array is not None and array.size == 1 and array.dtype.kind in "biuf":
            words.append(f"{array.item():.6g}")
        else:
            words.append(f"a {type(gradient).__name__}")
    return " and ".join(words)


# The bill


def bill_cases(rng: np.random.Generator) -> list[Case]:
    """Small bills, one without tax, one in which the pears are free."""
    names = ("apple_price", "apple_number", "pear_price", "pear_number", "tax_rate", "dtotal")
    cases = []
    for name, changes in (
        ("two kinds of fruit", {}),
        ("no tax", {"tax_rate": 0.0}),
        ("the pears are free", {"pear_price": 0.0}),
    ):
        draw = [float(v) for v in rng.uniform(1.0, 6.0, 4)]
        draw += [float(rng.uniform(0.05, 0.3)), float(rng.uniform(1.5, 3.0))]
        cases.append(Case(name, {**dict(zip(names, draw, strict=True)), **changes}))
    return cases


def fruit(rng: np.random.Generator, k: int) -> dict:
    """A bill with k kinds of fruit. The upstream gradient has a second name for the checks."""
    dtotal = float(rng.uniform(1.5, 3.0))
    return {
        "prices": rng.uniform(1.0, 6.0, k),
        "numbers": rng.uniform(1.0, 9.0, k),
        "tax_rate": float(rng.uniform(0.05, 0.3)),
        "dtotal": dtotal,
        "dout": dtotal,
    }


def fruit_cases(rng: np.random.Generator) -> list[Case]:
    """Bills of several lengths; one so large that finite differences lose their digits."""
    whole = fruit(rng, 4)
    whole["numbers"] = rng.integers(1, 9, 4)
    large = fruit(rng, 3)
    large["prices"][2], large["numbers"][2], large["tax_rate"] = 2e4, 3e4, 1e4
    return [
        Case("five kinds of fruit", fruit(rng, 5)),
        Case("one kind of fruit", fruit(rng, 1)),
        Case("numbers of an integer dtype", whole),
        Case("a wholesale order at a huge tax rate", large),
        Case("read-only arrays that are not contiguous", unusual(fruit(rng, 6))),
        Case("float32", in_float32(fruit(rng, 2)), tolerance=FLOAT32_TOLERANCE),
    ]


# The bug


EXPECTED_STEPS = (
    "A graph is a list of steps, and a step is a tuple of four strings, such as "
    '("q", "+", "x", "y").'
)


def exposes_the_bug(outputs: tuple) -> str | None:
    """What is wrong with the graph a student gives, or None."""
    (steps,) = outputs
    if not isinstance(steps, (list, tuple)) or not steps or not all(
        isinstance(step, (list, tuple)) and len(step) == 4
        and all(isinstance(part, str) for part in step) for step in steps
    ):
        return EXPECTED_STEPS
    known, used = {"x", "y", "t"}, []
    for out, kind, a, b in steps:
        if kind not in ("+", "*"):
            return f"The kind of a step is + or *, not {kind!r}."
        for name in (a, b):
            if name not in known:
                return (f"The step for {out!r} uses {name!r}, which is neither x, y or t nor "
                        "the result of an earlier step.")
        if out in known:
            return f"The name {out!r} is taken already. Give each result a name of its own."
        known.add(out)
        used += [a, b]
    for out, *_ in steps[:-1]:
        if out not in used:
            return (f"The result {out!r} is never used. Every step must lead on to the last one, "
                    "the output of the graph.")
    if len(set(used)) == len(used):
        return ("Every value in this graph is used exactly once, and then the function is right. "
                "Follow the two assignments into gradients: when does the second meet a name "
                "that is already there?")
    return None  # with inputs above 0 every path adds something, so every lost path shows


GRAPHS = (
    # x and y stand once on the left of a sign and once on the right, in different orders, so
    # that a function mended on one side only is told apart from one that is not mended.
    (USED_BY_TWO, "x is used by two steps",
     [("q", "+", "x", "y"), ("u", "*", "x", "t"), ("out", "*", "q", "u")]),
    (USED_BY_TWO, "x and y are used by two steps",
     [("q", "*", "y", "x"), ("u", "+", "x", "t"), ("v", "*", "u", "y"), ("out", "+", "v", "q")]),
    (USED_TWICE_BY_ONE, "y is used twice by one step and once more later, x by two steps",
     [("s", "*", "y", "y"), ("q", "*", "x", "s"), ("u", "+", "y", "q"), ("v", "+", "x", "u"),
      ("out", "*", "t", "v")]),
    (USED_TWICE_BY_ONE, "x is used twice by one step and once more later, y by two steps",
     [("s", "+", "x", "x"), ("q", "*", "y", "s"), ("u", "*", "x", "q"), ("v", "*", "y", "u"),
      ("out", "+", "t", "v")]),
    (RESULT_USED_TWICE, "q is used by two steps",
     [("p", "+", "x", "y"), ("q", "*", "p", "t"), ("u", "*", "q", "x"), ("out", "+", "q", "u")]),
    (RESULT_USED_TWICE, "q is used by three steps",
     [("q", "*", "x", "y"), ("u", "+", "t", "q"), ("v", "*", "u", "q"), ("out", "*", "v", "q")]),
)
"""Rubric item, name and steps of each graph on which the mended function is tried."""


def graph_cases(rng: np.random.Generator) -> list[Case]:
    """Graphs in which values are used more than once, in every way."""
    cases = []
    for item, name, steps in GRAPHS:
        values = dict(zip(("x", "y", "t"), signed(rng, 3), strict=True))
        inputs = {"steps": steps, "values": values, "dout": signed(rng, 1)[0]}
        cases.append(Case(name, inputs, item=item, play=gradients_by_name))
    return cases


def gradients_by_name(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """Call the mended function, and take the gradients of x, y and t out of its dict."""
    arguments = (inputs["steps"], inputs["values"], inputs["dout"])
    gradients = functions.call("graph_gradients_mended", *arguments).value
    if not isinstance(gradients, dict):
        raise StudentError("NotPlain", "something else than a dict of gradients by name")
    for name in ("x", "y", "t"):
        if name not in gradients:
            raise StudentError("NotPlain", f"a dict without an entry for {name!r}")
    return gradients["x"], gradients["y"], gradients["t"]


BILL = (
    "dtax", "dtax_rate", "dsubtotal", "dapple_cost", "dpear_cost",
    "dapple_price", "dapple_number", "dpear_price", "dpear_number",
)

FRUIT = {"prices": "K", "numbers": "K"}

BILL_TOTAL = Exercise(
    "bill_total", "(prices, numbers, tax_rate)", ("total",), {"total": 1}, fruit_cases,
    shapes=FRUIT,
)
SLOPES_OF_TOTAL = ("dprices", "dnumbers", "dtax_rate")

EXERCISES = [
    Exercise("predict_slopes", "()", ("slopes",), {"slopes": 1}, question("the graph above")),
    Exercise(
        "chain_gradients",
        "(x, y, t, dz)",
        ("dt", "dx", "dy"),
        {"dt": 1, "dx": 1, "dy": 1},
        number_cases("x", "y", "t", "dz"),
    ),
    Exercise(
        "AddNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, backward_item("dx"): 1, backward_item("dy"): 1},
        node_cases("AddNode", "x", "y", remembers=False),
    ),
    Exercise(
        "MulNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, backward_item("dx"): 1, backward_item("dy"): 1, TWO_NODES: 1, AGAIN: 1},
        node_cases("MulNode", "x", "y", remembers=True),
    ),
    Exercise(
        "SquareNode",
        "()",
        ("out", "dx"),
        {FORWARD: 1, backward_item("dx"): 1, TWO_NODES: 1, AGAIN: 1},
        node_cases("SquareNode", "x", remembers=True),
    ),
    Exercise(
        "fan_out_gradients",
        "(x, y, dout)",
        ("through_q", "direct", "dx"),
        {"through_q": 1, "direct": 1, "dx": 1},
        number_cases("x", "y", "dout"),
    ),
    Exercise(
        "bill_gradients",
        "(apple_price, apple_number, pear_price, pear_number, tax_rate, dtotal)",
        BILL,
        dict.fromkeys(BILL, 1),
        bill_cases,
    ),
    BILL_TOTAL,
    Exercise(
        "bill_gradients_collapsed",
        "(prices, numbers, tax_rate, dtotal)",
        SLOPES_OF_TOTAL,
        dict.fromkeys(SLOPES_OF_TOTAL, 1),
        fruit_cases,
        gradient_of(BILL_TOTAL, SLOPES_OF_TOTAL, cached=False),
        shapes=FRUIT,
    ),
    Exercise(
        "exposing_graph", "()", ("steps",), {"steps": 1},
        question("the graph you give", judge=exposes_the_bug),
    ),
    Exercise(
        "graph_gradients_mended",
        "(steps, values, dout)",
        ("dx", "dy", "dt"),
        {USED_BY_TWO: 1, USED_TWICE_BY_ONE: 1, RESULT_USED_TWICE: 1},
        graph_cases,
    ),
]
