"""What topological_order and Session of 08_autodiff are tried on: graphs on the way forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograder.checking.exercise import Case
from autograder.exercises.node_graphs import (
    LAST,
    RING,
    SET_INPUTS,
    Steps,
    bare_operation,
    build,
    deep_graph,
    deep_inputs,
    fresh_graph,
    in_words,
    plain_or_told,
    told,
    why_no_lesson,
    why_no_order,
)
from autograder.kit.functions import Functions
from autograder.kit.plain import Source

ORDER = "inputs first"
DEEP = "a deep graph"
CYCLE = "a cycle"
VALUE = "a value"
LIST = "a list, each operation once"
NO_VALUE = "a placeholder without a value"
UNKNOWN = "an unknown feed"


# topological_order

NAMES_IN = Source("""lambda order: (
    [getattr(n, 'name', repr(n)) for n in order] if isinstance(order, (list, tuple)) else None
)""")

GRAPHS: tuple[tuple[str, tuple[str, ...], Steps], ...] = (
    ("a chain", ("a",), [("p", "node", "a"), ("q", "node", "p"), ("z", "node", "q")]),
    ("z = a + (a times b)", ("a", "b"), [("p", "node", "ab"), ("z", "node", "ap")]),
    ("a diamond", ("a",),
     [("p", "node", "a"), ("q", "node", "a"), ("r", "node", "q"), ("z", "node", "pr")]),
    ("one input twice", ("a",), [("p", "node", "aa"), ("z", "node", "pap")]),
    ("a value used early and late", ("a", "b"),
     [("p", "node", "a"), ("q", "node", "pb"), ("r", "node", "qp"), ("z", "node", "pqr")]),
    ("some nodes have nothing to do with it", ("a", "b"),
     [("u", "node", "ab"), ("z", "node", "a"), ("v", "node", "zu")]),
    ("a node without inputs", ("z",), []),
)


def needed(leaves: Sequence[str], steps: Steps, last: str) -> dict[str, tuple[str, ...]]:
    """The inputs of every node that the last one depends on."""
    made = {name: tuple(taken) for name, _, taken in steps} | dict.fromkeys(leaves, ())
    found: dict[str, tuple[str, ...]] = {}
    pending = [last]
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = made[name]
            pending += made[name]
    return found


def ordered(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the order of a small graph."""
    leaves, steps = inputs["leaves"], inputs["steps"]
    with fresh_graph(functions):
        nodes = build(functions, dict.fromkeys(leaves, 1.0), steps, evaluate=False)
        order = functions.keep("topological_order", nodes.part("z"))
        names = functions.call(NAMES_IN, order).value
    return why_no_order(names, needed(leaves, steps, "z"))


def ordered_deep(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the order of a long chain, or of many diamonds."""
    with fresh_graph(functions):
        nodes = deep_graph(functions, inputs)
        order = functions.keep("topological_order", functions.keep(LAST, nodes))
        names = functions.call(NAMES_IN, order).value
    depth = inputs["depth"]
    if inputs["form"] == "chain":
        links = [f"link_{k}" for k in range(depth)]
        wanted = {"a": (), **dict(zip(links, [(name,) for name in ["a", *links[:-1]]],
                                      strict=True))}
    else:
        wanted = {"a": ()}
        for k in range(depth):
            top = f"bottom_{k - 1}" if k else "a"
            wanted |= {f"left_{k}": (top,), f"right_{k}": (top,),
                       f"bottom_{k}": (f"left_{k}", f"right_{k}")}
    return why_no_order(names, wanted)


def cyclic(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a cycle."""
    around = inputs["around"]
    with fresh_graph(functions):
        ring = functions.keep(RING, bare_operation(functions))
        made = functions.keep(
            Source("lambda ring, names: {name: ring(name=name) for name in names}"), ring,
            [*around, "outside"])
        for name, before in zip([*around, "outside"], [*around[-1:], *around], strict=True):
            start = functions.keep("Variable", 1.0, f"start_of_{name}")
            functions.call(SET_INPUTS, made.part(name), made.part(before), start)
        return why_no_lesson(
            lambda: functions.keep("topological_order", made.part("outside")), around,
            f"These nodes depend on each other in a cycle: {', '.join(around)}.")


def order_cases(rng: np.random.Generator) -> list[Case]:
    """Small graphs, deep ones, and rings."""
    cases = [
        Case(title, {"leaves": list(leaves), "steps": [list(step) for step in steps]}, item=ORDER,
             play=ordered, judge=told)
        for title, leaves, steps in GRAPHS
    ]
    cases += [Case(title, inputs, item=DEEP, play=ordered_deep, judge=told)
              for title, inputs in deep_inputs(rng)]
    cases += [
        Case(title, {"around": around}, item=CYCLE, play=cyclic, judge=told)
        for title, around in (
            ("a node that is its own input", ["knot"]),
            ("three nodes in a ring", ["knot", "loop", "bend"]),
        )
    ]
    return cases


# Session

FORMULA: Steps = [("p", "times", "xa"), ("q", "plus", "pB"), ("z", "times", "qp")]
COUNTED: Steps = [("p", "counted", "a"), ("q", "counted", "p"), ("r", "cube", "q"),
                  ("s", "plus", "qp"), ("unused", "counted", "r")]


def computed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of one node in several runs of one session."""
    leaves = {"x": 0.0, "a": inputs["a"], "B": inputs["B"]}
    if inputs["more"]:
        leaves["t"] = 0.0
    values = []
    with fresh_graph(functions):
        nodes = build(functions, leaves, FORMULA, evaluate=False)
        session = functions.keep("Session")
        for x in inputs["feeds"]:
            feed_dict = {nodes.part("x"): x} if x is not None else {}
            if inputs["more"]:
                feed_dict[nodes.part("t")] = inputs["more"]
            wanted = nodes.part(inputs["wanted"])
            given = (wanted, feed_dict) if feed_dict else (wanted,)
            values.append(plain_or_told(session.call, "run", *given))
    return (values, None, None)


def listed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of a list of nodes, and how often each operation was evaluated."""
    with fresh_graph(functions):
        nodes = build(functions, {"a": inputs["a"]}, COUNTED, evaluate=False)
        wanted = [nodes.part(name) for name in inputs["wanted"]]
        session = functions.keep("Session")
        values = plain_or_told(session.call, "run", wanted)
        counts = [nodes.part(name).attribute("times") for name in ("p", "q", "unused")]
    return (None, values, counts)


def unfed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a placeholder without a value."""
    with fresh_graph(functions):
        missing = functions.keep("Placeholder", "photos")
        steps = [("p", "times", "aa"), *FORMULA[1:]]
        nodes = build(functions, {"a": inputs["a"], "B": 1.0}, steps, evaluate=False)
        functions.call(SET_INPUTS, nodes.part("p"), missing, nodes.part("a"))
        session = functions.keep("Session")
        if inputs["before"] is not None:
            session.keep("run", nodes.part("z"), {missing: inputs["before"]})
        return why_no_lesson(
            lambda: session.keep("run", nodes.part("z"), {}), ["photos"],
            "The placeholder photos was fed in an earlier run, and has no value in this one."
            if inputs["before"] is not None else "The placeholder photos has no value.")


def unknown_feed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a feed for something that is no placeholder."""
    with fresh_graph(functions):
        steps = [*FORMULA, ("photos", "plus", "xa")]
        nodes = build(functions, {"x": 0.0, "a": 1.5, "B": 1.0}, steps, evaluate=False)
        session = functions.keep("Session")
        keys = {"a word": "photos", "a variable": functions.keep("Variable", 2.0, "photos"),
                "an operation": nodes.part("photos")}
        key = keys[inputs["key"]]
        return why_no_lesson(
            lambda: session.keep("run", nodes.part("z"), {nodes.part("x"): 1.0, key: 2.0}),
            ["photos"], f"A key of feed_dict, photos, is {inputs['key']} and no placeholder.")


def session_cases(rng: np.random.Generator) -> list[Case]:
    """Values, lists, and both errors."""
    def array(*shape):
        return rng.uniform(0.5, 2.0, shape)

    def formula(wanted, feeds, more=None):
        return {"a": array(3), "B": array(2, 1), "wanted": wanted, "feeds": feeds, "more": more}

    cases = [
        Case(title, inputs, item=VALUE, play=computed) for title, inputs in (
            ("a formula with one placeholder", formula("z", [array(2, 3)])),
            ("run twice with different values", formula("z", [array(2, 3), array(2, 3)])),
            ("a value for a placeholder that is not needed", formula("z", [array(2, 3)], 4.0)),
            ("a variable, and no feed_dict", formula("a", [None])),
            ("a placeholder itself", formula("x", [array(2, 3)])),
        )
    ]
    cases += [
        Case(title, {"a": array(2), "wanted": wanted}, item=LIST, play=listed)
        for title, wanted in (
            ("three nodes, one behind the other", ["p", "r", "q"]),
            ("a list of one node", ["s"]),
            ("one node twice", ["s", "s"]),
        )
    ]
    cases += [
        Case(title, {"a": 1.5, "before": before}, item=NO_VALUE, play=in_words(unfed, 3),
             judge=told)
        for title, before in (("never fed", None), ("fed in the run before", 2.0))
    ]
    cases += [
        Case(f"the key is {key}", {"key": key}, item=UNKNOWN, play=in_words(unknown_feed, 3),
             judge=told)
        for key in ("a word", "a variable", "an operation")
    ]
    return cases
