"""Exercises of 02_computational_graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import (
    FLOAT32_TOLERANCE,
    NO_LOOP,
    Case,
    Exercise,
    Play,
    loss,
    question,
)
from autograder.exercises.graphs import (
    CHAIN,
    NO_PATH,
    NODES,
    ON_EDGES,
    PAIR,
    USED_BY_TWO,
    USED_TWICE_BY_ONE,
    VALUES,
    WITHOUT_MAKE,
    computes_the_sigmoid,
    exposes_the_bug,
    run_backward_cases,
    run_forward_cases,
    tried_graph,
)
from autograder.exercises.inputs import in_float32, sign_of, unusual
from autograder.kit.functions import Functions, Kept

FORWARD = "forward"
BACKWARD = "backward"
MEMORY = "what the node remembers"
TIE = "a tie"
TAX = "the tax"
SUBTOTAL = "the subtotal"
COSTS = "the costs"
LEAVES = "prices and numbers"


def short(rng: np.random.Generator, low: float, high: float, count: int) -> list[float]:
    """Different numbers with two decimals, so that the name of a case can hold them.

    None is a multiple of 0.1: with 1 or 2 a wrong formula may be right.
    """
    hundredths = [k for k in range(round(100 * low), round(100 * high)) if k % 10]
    return [float(k) / 100 for k in rng.choice(hundredths, count, replace=False)]


def short_signed(rng: np.random.Generator, names: tuple[str, ...]) -> list[dict[str, float]]:
    """Four draws of numbers with two decimals, none near 0 and no two alike; each has both signs.

    Each two of the first three have all pairs of signs.
    """
    values = iter(short(rng, 0.5, 3.0, 4 * len(names)))
    return [
        {name: sign_of(k, place) * next(values) for place, name in enumerate(names)}
        for k in range(4)
    ]


def spelled(inputs: Mapping[str, float]) -> str:
    """Numbers as the name of a case: ``x = 1.20, y = -0.70``."""
    return ", ".join(f"{name} = {value:.2f}" for name, value in inputs.items())


# By hand


def number_cases(*names: str):
    """Cases in which every parameter is a number, one with x = 0 and one with y = -x."""

    def cases(rng: np.random.Generator) -> list[Case]:
        draws = short_signed(rng, names) + short_signed(rng, names)[:2]
        draws[-2]["x"] = 0.0
        draws[-1]["y"] = -draws[-1]["x"]
        return [Case(spelled(inputs), inputs, spelled=True) for inputs in draws]

    return cases


# Nodes


def backward_item(output: str) -> str:
    """The rubric item for one gradient of a node. A gradient that fails costs only itself."""
    return f"backward: {output}"


def node_cases(name: str, *names: str, draws: Callable, apart: bool = False, tie: bool = False,
               memory: str = "", keeps: bool = True):
    """Cases for the class `name`, whose forward method takes `names`.

    One item for forward and one for backward, or, with `apart`, one for each gradient: what is
    written earns its points while the rest is still missing. ``draws(rng)`` makes the inputs of
    the cases, of which the first two want different notes. With `tie`, also equal inputs; with
    `memory`, the name of an item, also what only a node that keeps something can get wrong, or,
    without `keeps`, one that has nothing to keep.
    """
    gradients = tuple(range(1, len(names) + 1))
    items = {FORWARD: (0,), BACKWARD: gradients}
    if apart:
        items = {FORWARD: (0,), **{backward_item(f"d{names[k - 1]}"): (k,) for k in gradients}}

    def cases(rng: np.random.Generator) -> list[Case]:
        found = draws(rng)
        cases = [
            Case(spelled(inputs), inputs, item=item, play=only(name, names, outputs),
                 spelled=True)
            for item, outputs in items.items() for inputs in found
        ]
        if tie:
            for sign in (1, -1):
                value, dout = short(rng, 0.5, 3.0, 2)
                inputs = {**dict.fromkeys(names, sign * value), "dout": -sign * dout}
                play = only(name, names, gradients)
                cases.append(Case(spelled(inputs), inputs, item=TIE, play=play, spelled=True))
        if memory:
            scenarios = {
                "forward of one node, forward of another, backward of the first":
                    between_forward_and_backward,
                "backward called twice": after_one_backward,
                "forward called twice, then backward": after_two_forwards,
            }
            for title, scenario in scenarios.items():
                first, other = draws(rng)[:2]
                cases.append(Case(
                    title, {**first, "other": other}, item=memory,
                    play=with_memory(name, names, scenario),
                    judge=remembers_right if keeps else answers_alike,
                ))
        return cases

    return cases


def any_signs(*names: str):
    """Inputs of both signs, and x = 0."""

    def draws(rng: np.random.Generator) -> list[dict]:
        found = short_signed(rng, (*names, "dout")) + short_signed(rng, (*names, "dout"))[:1]
        found[-1]["x"] = 0.0
        return found

    return draws


def either_larger(rng: np.random.Generator) -> list[dict]:
    """Inputs x and y, each of them once the larger one, also where its absolute value is not.

    Twice they differ by little.
    """
    small, gap, more, dout = short(rng, 0.5, 3.0, 4)
    draws = [
        {"x": small + gap, "y": small, "dout": -dout},
        {"x": small, "y": small + more, "dout": dout},
        {"x": -small, "y": -small - gap, "dout": dout},
        {"x": -small - more, "y": small, "dout": -dout},
        {"x": small + 0.01, "y": small, "dout": dout},
        {"x": gap, "y": gap + 0.01, "dout": dout},
    ]
    return [{name: round(value, 2) for name, value in inputs.items()} for inputs in draws]


def above_zero(rng: np.random.Generator) -> list[dict]:
    """A base x above 0, on both sides of 1, with exponents y of both signs."""
    a, b, c = short(rng, 0.3, 0.8, 3)
    p, q, r = short(rng, 1.2, 3.0, 3)
    dout = short(rng, 0.5, 3.0, 3)
    return [
        {"x": p, "y": q, "dout": dout[0]},
        {"x": a, "y": -b, "dout": -dout[1]},
        {"x": round(1.0 + c, 2), "y": -r, "dout": dout[2]},
    ]


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


def only(name: str, names: tuple[str, ...], wanted: tuple[int, ...]) -> Play:
    """Play ``forward``, and ``backward`` for outputs after the first; keep those `wanted`."""

    def play(functions: Functions, inputs: Mapping, cache=None):
        node = functions.keep(name)
        outputs = [node.call("forward", *(inputs[n] for n in names)).value]
        if max(wanted) > 0:
            outputs += gradients_from(node, inputs["dout"], len(names))
        outputs += [None] * (len(names) + 1 - len(outputs))
        return tuple(output if k in wanted else None for k, output in enumerate(outputs))

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


def answers_alike(outputs: tuple) -> str | None:
    """What a scenario shows about a node that has nothing to remember, or None."""
    got, alone, _ = outputs[0]
    if compare(got, alone, 1e-9) is None:
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


BILL = {
    TAX: ("dtax", "dtax_rate"),
    SUBTOTAL: ("dsubtotal",),
    COSTS: ("dapple_cost", "dpear_cost"),
    LEAVES: ("dapple_price", "dapple_number", "dpear_price", "dpear_number"),
}
"""The gradients of the bill by rubric item, in the order of the walk."""
ON_THE_BILL = ("apple_price", "apple_number", "pear_price", "pear_number", "tax_rate", "dtotal")


def gradients_of_the_bill(item: str) -> Play:
    """Play ``bill_gradients`` and keep what the item judges."""
    outputs = [name for names in BILL.values() for name in names]

    def play(functions: Functions, inputs: Mapping, cache=None):
        value = functions.call("bill_gradients", *(inputs[name] for name in ON_THE_BILL)).value
        if isinstance(value, np.ndarray):
            value = list(value)
        if not isinstance(value, (tuple, list)) or len(value) != len(outputs):
            return value
        return tuple(
            got if name in BILL[item] else None for name, got in zip(outputs, value, strict=True)
        )

    return play


def bill_cases(rng: np.random.Generator) -> list[Case]:
    """Small bills, one without tax, one in which the pears are free."""
    bills: list[dict[str, float]] = []
    for sign, changes in ((1, {}), (-1, {"tax_rate": 0.0}), (1, {"pear_price": 0.0})):
        (dtotal,) = short(rng, 1.5, 3.0, 1)
        numbers = (*short(rng, 1.0, 6.0, 4), *short(rng, 0.05, 0.3, 1), sign * dtotal)
        bills.append({**dict(zip(ON_THE_BILL, numbers, strict=True)), **changes})
    return [
        Case("{apple_number:.2f} apples at {apple_price:.2f}, {pear_number:.2f} pears at "
             "{pear_price:.2f}, tax {tax_rate:.2f}, dtotal {dtotal:.2f}".format(**inputs),
             inputs, item=item, play=gradients_of_the_bill(item), spelled=True)
        for item in BILL for inputs in bills
    ]


def fruit(rng: np.random.Generator, k: int) -> dict:
    """A bill with k kinds of fruit."""
    return {
        "prices": rng.uniform(1.0, 6.0, k),
        "numbers": rng.uniform(1.0, 9.0, k),
        "tax_rate": float(rng.uniform(0.05, 0.3)),
    }


def two_bills(rng: np.random.Generator) -> tuple[dict, dict]:
    """A short bill and a long one."""
    return fruit(rng, 2), fruit(rng, 30)


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


COLLAPSED = ("total", "dprices", "dnumbers", "dtax_rate")
RECAP = ("three_uses", "calls", "order")

EXERCISES = [
    Exercise(
        "predict_slopes", "()", ("slopes",), {"slopes": 1}, question("the graph above"),
        hints=(
            "Push one input by 1 and recompute z from the left: first q, then z. What is the "
            "new z minus the old one?",
            "By hand: z = (2 + 3) * 4 = 20. Compute (3 + 3) * 4, (2 + 4) * 4 and (2 + 3) * 5, "
            "and subtract 20 from each.",
        ),
    ),
    Exercise(
        "chain_gradients",
        "(x, y, t, dz)",
        ("dx", "dy", "dt"),
        {"dx": 1, "dy": 1, "dt": 1},
        number_cases("x", "y", "t", "dz"),
        hints=(
            "Go from right to left: first the product, whose upstream gradient is dz, then the "
            "sum, whose upstream gradient is dq.",
            "dq is dz times the other factor, t, and dt is dz times the other factor, q. The "
            "local slopes of a sum are 1, so that dx and dy are both dq.",
        ),
    ),
    Exercise(
        "AddNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, BACKWARD: 1},
        node_cases("AddNode", "x", "y", draws=any_signs("x", "y"), memory=BACKWARD, keeps=False),
        hints=(
            "Push x by a little: by how much does x + y grow? Is that different if y is large?",
            "Both local slopes of a sum are 1: each gradient is the upstream gradient times 1. "
            "Two numbers go back, dx and dy.",
        ),
    ),
    Exercise(
        "MulNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, BACKWARD: 1, MEMORY: 1},
        node_cases("MulNode", "x", "y", draws=any_signs("x", "y"), memory=MEMORY),
        hints=(
            "The local slope of each input is made of the other one. When are both known, and "
            "who has to remember them until backward is called?",
            "Each gradient is dout times the other factor: y for dx, and x for dy, both as "
            "this node met them in its last forward.",
        ),
    ),
    Exercise(
        "SquareNode",
        "()",
        ("out", "dx"),
        {FORWARD: 1, BACKWARD: 1},
        node_cases("SquareNode", "x", draws=any_signs("x"), memory=BACKWARD),
        hints=(
            "A square is a product of a number with itself: along how many paths does x reach "
            "the result?",
            "The local slope of the square is 2x, with the x that this node met in its last "
            "forward, and dx is dout times that.",
        ),
    ),
    Exercise(
        "MaxNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, BACKWARD: 1, TIE: 1, MEMORY: 1},
        node_cases("MaxNode", "x", "y", draws=either_larger, tie=True, memory=MEMORY),
        hints=(
            "Take 2 and 7, then 7 and 2, then 5 and 5. Which of the two inputs does the output "
            "follow each time?",
            "The larger input has the local slope 1 and the other one 0; where both are equal, "
            "x has the 1. Each gradient is dout times its slope.",
        ),
    ),
    Exercise(
        "fan_out_gradients",
        "(x, y, dout)",
        ("through_q", "direct", "dx"),
        {"through_q": 1, "direct": 1, "dx": 1},
        number_cases("x", "y", "dout"),
        hints=(
            "Two edges leave x. Walk back along each one on its own, from out to x, and "
            "multiply what you meet.",
            "The path through q passes the product, whose local slope for q is x, and the sum, "
            "whose slope is 1. The direct path passes the product alone, whose slope for it is "
            "q. Then dx adds up both.",
        ),
    ),
    Exercise(
        "bill_gradients",
        f"({', '.join(ON_THE_BILL)})",
        tuple(name for names in BILL.values() for name in names),
        dict.fromkeys(BILL, 1),
        bill_cases,
        hints=(
            "Which nodes does the subtotal go into? What comes back from each of them?",
            "The tax receives what the total receives. The tax rate receives that times the "
            "other factor, the subtotal. The subtotal receives two parts: dtotal directly, and "
            "dtax times the rate. Both costs receive dsubtotal; a price receives its cost's "
            "gradient times the number, a number the same times the price.",
        ),
    ),
    loss(
        "bill_collapsed", "(prices, numbers, tax_rate)", COLLAPSED,
        {**dict.fromkeys(COLLAPSED, 1), NO_LOOP: 1},
        fruit_cases, shapes={"prices": "K", "numbers": "K"}, loop_free=two_bills,
        hints=(
            "Take one price p_k. What is it multiplied by on its way to the total? Then the "
            "same for a number, and for the rate.",
            "total = (1 + r) S with S = sum over k of p_k n_k; dprices[k] = (1 + r) n_k; "
            "dnumbers[k] = (1 + r) p_k; dtax_rate = S.",
        ),
    ),
    Exercise(
        "run_forward",
        "(steps, values, make=make_node)",
        (*ON_EDGES, "slopes of the nodes"),
        {VALUES: 1, NODES: 1, WITHOUT_MAKE: 1},
        run_forward_cases,
        hints=(
            "Follow your loop for one step, ('q', 'add', ('x', 'y')): where does it look up x "
            "and y, which node does it ask, and under which name is the result kept?",
            "For every step in order: node = a new node of its kind; values[name] = what "
            "node.forward gives for the values of its inputs; nodes grows by this node. At the "
            "start values holds a copy of the inputs.",
        ),
    ),
    Exercise(
        "run_backward",
        "(steps, values, nodes, output)",
        tuple(f"d{name}" for name in ON_EDGES),
        {CHAIN: 1, USED_BY_TWO: 1, USED_TWICE_BY_ONE: 1, NO_PATH: 1, PAIR: 1},
        run_backward_cases,
        hints=(
            "Take the graph of x squared by a product, ('z', 'mul', ('x', 'x')). What should "
            "the gradient of x be, and what does your function make of it?",
            "gradient[output] = 1, all others 0. Then for every step from the last to the "
            "first: the node turns gradient[name] into one part for each input, and "
            "gradient[input] grows by its part.",
        ),
    ),
    Exercise(
        "sigmoid_graph", "()", ("steps",), {"steps": 1},
        question("the graph you give", play=tried_graph, judge=computes_the_sigmoid),
        hints=(
            "Read the formula from the inside to the outside: which operation is done first "
            "with x, and which last?",
            "Four steps: minus x; e to the power of it; 1 plus that; 1 over that.",
        ),
    ),
    Exercise(
        "exposing_graph", "()", ("steps",), {"steps": 1},
        question("the graph you give", judge=exposes_the_bug),
        hints=(
            "The inner line of the function runs once for each use of a value, and writes "
            "gradient each time. What is lost, and in which graphs?",
            "Any graph in which one name stands twice among the inputs of the steps, so that "
            "two parts come back to it. Every result but the last must be used.",
        ),
    ),
    Exercise(
        "PowerNode",
        "()",
        ("out", "dx", "dy"),
        {FORWARD: 1, backward_item("dx"): 1, backward_item("dy"): 1, MEMORY: 1},
        node_cases("PowerNode", "x", "y", draws=above_zero, apart=True, memory=MEMORY),
        hints=(
            "Hold y fixed at 3: what is the derivative of x to the power of 3? Then hold x "
            "fixed at 2: what is the derivative of 2 to the power of y?",
            "The local slope for x is y times x to the power of y - 1, and the one for y is x "
            "to the power of y times ln x, with the x and y that this node met in its last "
            "forward. Each is multiplied by dout.",
        ),
    ),
    Exercise(
        "recap_computational_graphs", "()", RECAP, dict.fromkeys(RECAP, 1),
        question("the three questions"),
        hints=(
            "Three uses: do effects that act side by side multiply or add? The calls: how "
            "often does the loop of your engine run? The order: what does a step need before "
            "it can send its gradient on?",
            "By hand: push the value by 1 and see how the loss answers through each of the "
            "three nodes. Count the calls of backward in the picture of the bill, which has "
            "five nodes. Walk the graph of the bill from the first step, and see what dtotal "
            "would have to be known for.",
        ),
    ),
]
