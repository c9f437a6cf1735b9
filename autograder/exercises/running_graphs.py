"""What topological_order and Session of 08_autodiff are tried on: graphs on the way forward."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checking.comparison import compare
from autograder.checking.exercise import Case
from autograder.exercises.node_graphs import (
    KINDS,
    LAST,
    RING,
    SET_INPUTS,
    SET_VALUE,
    Steps,
    bare_operation,
    build,
    deep_graph,
    deep_inputs,
    fresh_graph,
    in_words,
    plain_or_told,
    told,
    value_of,
    why_no_lesson,
    why_no_order,
)
from autograder.exercises.own_order import (
    NAMES_IN,
    deep_needed,
    needed,
    wait_for_the_order,
    waiting_for_the_order,
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
FED = "what is fed is an array"
EVALUATE = "by evaluate()"


# topological_order

GRAPHS: tuple[tuple[str, tuple[str, ...], Steps], ...] = (
    ("a chain", ("a",), [("p", "node", "a"), ("q", "node", "p"), ("z", "node", "q")]),
    ("z = a + (a times b)", ("a", "b"), [("p", "node", "ab"), ("z", "node", "ap")]),
    ("a diamond", ("a",),
     [("p", "node", "a"), ("q", "node", "a"), ("r", "node", "q"), ("z", "node", "pr")]),
    ("one input twice", ("a",), [("p", "node", "aa"), ("z", "node", "pap")]),
    ("a value used early and late", ("a", "b"),
     [("p", "node", "a"), ("q", "node", "pb"), ("r", "node", "qp"), ("z", "node", "pqr")]),
    ("a placeholder and a constant among the inputs", ("x", "a", "C"),
     [("p", "node", "xa"), ("z", "node", "pC")]),
    ("some nodes have nothing to do with it", ("a", "b"),
     [("u", "node", "ab"), ("z", "node", "a"), ("v", "node", "zu")]),
    ("a node without inputs", ("z",), []),
)


def ordered(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the order of a small graph, or with a later answer."""
    leaves, steps = inputs["leaves"], inputs["steps"]
    with fresh_graph(functions):
        nodes = build(functions, dict.fromkeys(leaves, 1.0), steps, evaluate=False)
        for k, name in enumerate(inputs["asked"]):
            order = functions.keep("topological_order", nodes.part(name))
            names = functions.call(NAMES_IN, order).value
            trouble = why_no_order(names, needed(leaves, steps, name))
            if trouble:
                before = f"Asked for {name} after {inputs['asked'][k - 1]}: " if k else ""
                return before + trouble
    return ""


TWINS = Source("""lambda kinds, first, second: kinds['node'](
    kinds['node'](first, second, name='twin'), second, name='z')""")


def ordered_namesakes(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the order of a graph in which three nodes have one name."""
    with fresh_graph(functions):
        kinds = functions.keep(KINDS, bare_operation(functions))
        last = functions.keep(TWINS, kinds, *(
            functions.keep("Variable", value, "twin") for value in inputs["values"]))
        names = functions.call(NAMES_IN, functions.keep("topological_order", last)).value
    if names == ["twin", "twin", "twin", "z"]:
        return ""
    return "Three nodes are called twin, and each of them belongs into the list, before z."


def ordered_deep(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the order of a long chain, or of many diamonds."""
    with fresh_graph(functions):
        nodes = deep_graph(functions, inputs)
        order = functions.keep("topological_order", functions.keep(LAST, nodes))
        names = functions.call(NAMES_IN, order).value
    return why_no_order(names, deep_needed(inputs))


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
            lambda: functions.keep("topological_order", made.part(inputs["asked"])), around,
            f"These nodes depend on each other in a cycle: {', '.join(around)}.")


def order_cases(rng: np.random.Generator) -> list[Case]:
    """Small graphs, deep ones, and rings."""
    cases = [
        Case(title, {"leaves": list(leaves), "steps": [list(step) for step in steps],
                     "asked": ["z"]}, item=ORDER, play=ordered, judge=told)
        for title, leaves, steps in GRAPHS
    ]
    cases.append(Case("asked three times", {**cases[2].inputs, "asked": ["q", "z", "z"]},
                      item=ORDER, play=ordered, judge=told))
    cases.append(Case("nodes of one name", {"values": [1.0, 2.0]}, item=ORDER,
                      play=ordered_namesakes, judge=told))
    cases += [Case(title, inputs, item=DEEP, play=ordered_deep, judge=told)
              for title, inputs in deep_inputs(rng)]
    cases += [
        Case(title, {"around": around, "asked": asked}, item=CYCLE, play=cyclic, judge=told)
        for title, around, asked in (
            ("a node that is its own input", ["knot"], "outside"),
            ("three nodes in a ring", ["knot", "loop", "bend"], "outside"),
            ("two nodes in a ring, and one of them is asked for", ["knot", "loop"], "loop"),
        )
    ]
    return cases


# Session

SAME = 1e-9
FORMULA: Steps = [("p", "times", "xa"), ("q", "plus", "pB"), ("z", "times", "qp"),
                  ("v", "times", "aB")]
COUNTED: Steps = [("p", "counted", "a"), ("q", "counted", "p"), ("r", "cube", "q"),
                  ("s", "plus", "qp"), ("unused", "counted", "r")]


def computed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of one node in several runs of one session."""
    leaves = {"x": 0.0, "a": inputs["a"], "B": inputs["B"]}
    if inputs["more"]:
        leaves["t"] = 0.0
    values, right = [], []
    with fresh_graph(functions):
        nodes = build(functions, leaves, FORMULA, evaluate=False)
        session, wanted = functions.keep("Session"), nodes.part(inputs["wanted"])
        asked = [(wanted, needed(tuple(leaves), FORMULA, inputs["wanted"]))]
        for k, x in enumerate(inputs["feeds"]):
            if k and inputs["new"] is not None:
                functions.call(SET_VALUE, nodes.part("a"), inputs["new"])
                leaves["a"] = inputs["new"]
            feed_dict = {nodes.part("x"): x} if x is not None else {}
            if inputs["more"]:
                feed_dict[nodes.part("t")] = inputs["more"]
            given = (wanted, feed_dict) if feed_dict else (wanted,)
            with waiting_for_the_order(functions, asked):
                values.append(plain_or_told(session.call, "run", *given))
            leaves["x"] = 0.0 if x is None else x
            right.append(value_of(leaves, FORMULA, inputs["wanted"]))
        if compare(values, right, SAME):
            wait_for_the_order(functions, asked)
    return (values, None, None)


def listed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of a list of nodes, and how often each operation was evaluated."""
    with fresh_graph(functions):
        nodes = build(functions, {"a": inputs["a"]}, COUNTED, evaluate=False)
        wanted = [nodes.part(name) for name in inputs["wanted"]]
        asked = [(nodes.part(name), needed("a", COUNTED, name)) for name in inputs["wanted"]]
        session = functions.keep("Session")
        with waiting_for_the_order(functions, asked):
            values = plain_or_told(session.call, "run", wanted)
        counts = [nodes.part(name).attribute("times") for name in ("p", "q", "unused")]
        right = [value_of({"a": inputs["a"]}, COUNTED, name) for name in inputs["wanted"]]
        if compare(values, right, SAME):
            wait_for_the_order(functions, asked)
    return (None, values, counts)


GIVEN_DICT = Source("lambda node, value: {node: value}")
GIVEN_LIST = Source("lambda *nodes: list(nodes)")
LEFT = Source("""lambda nodes, wanted, feeds, x, value: ' and '.join(
    name for name, same in (
        ('the list of nodes', len(wanted) == 2 and all(
            any(n is m for m in nodes.values()) for n in wanted) and wanted[0] is not wanted[1]),
        ('feed_dict', list(feeds) == [x] and np.array_equal(feeds[x], value)),
    ) if not same)""")


def left_as_given(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What run has changed of what it was given."""
    with fresh_graph(functions):
        nodes = build(functions, {"x": 0.0, "a": inputs["a"], "B": inputs["B"]}, FORMULA,
                      evaluate=False)
        x = nodes.part("x")
        feeds = functions.keep(GIVEN_DICT, x, inputs["feed"])
        wanted = functions.keep(GIVEN_LIST, nodes.part("z"), nodes.part("p"))
        with waiting_for_the_order(functions, [
                (nodes.part("z"), needed("xaB", FORMULA, "z"))]):
            functions.keep("Session").keep("run", wanted, feeds)
        changed = functions.call(LEFT, nodes, wanted, feeds, x, inputs["feed"]).value
    return f"run changes {changed}, which the caller still needs." if changed else ""


KIND_OF_VALUE = Source("""lambda node: (
    '' if isinstance(node.output_value, (np.ndarray, np.generic))
    else type(node.output_value).__name__)""")


def fed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with the output_value of a placeholder that was fed a number."""
    with fresh_graph(functions):
        x = functions.keep("Placeholder", "x")
        functions.keep("Session").keep("run", x, {x: inputs["x"]})
        kind = functions.call(KIND_OF_VALUE, x).value
        if kind:
            wait_for_the_order(functions, [(x, {"x": ()})])
    return (f"A placeholder was fed a number, and its output_value is of type {kind}. Operations "
            "expect an array there.") if kind else ""


NOTED = Source("""lambda operation, x: type('Noted', (type(operation),), {
    'calls': 0,
    'compute_output': lambda self: 2 * self.inputs[0].output_value,
    'evaluate': lambda self: [
        setattr(self, 'calls', self.calls + 1),
        setattr(self, 'output_value', self.compute_output()), self.output_value][2],
})(x, name='noted')""")


def evaluated(functions: Functions, inputs: Mapping, cache=None) -> str:
    """How often evaluate() of an operation with an evaluate() of its own was called."""
    with fresh_graph(functions):
        start = functions.keep("Variable", inputs["a"], "a")
        node = functions.keep(NOTED, bare_operation(functions), start)
        asked = [(node, {"a": (), "noted": ("a",)})]
        with waiting_for_the_order(functions, asked):
            functions.keep("Session").keep("run", node)
        calls = node.attribute("calls")
        if calls != 1:
            wait_for_the_order(functions, asked)
    return "" if calls == 1 else (
        f"evaluate() of an operation was called {calls} times in one run, where once is expected.")


def unfed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a placeholder without a value."""
    with fresh_graph(functions):
        missing = functions.keep("Placeholder", "photos")
        steps = [("p", "times", "aa"), *FORMULA[1:]]
        nodes = build(functions, {"a": inputs["a"], "B": 1.0}, steps, evaluate=False)
        functions.call(SET_INPUTS, nodes.part("p"), missing, nodes.part("a"))
        session = functions.keep("Session")
        last = missing if inputs["alone"] else nodes.part("z")
        belongs = {"photos": ()} | ({} if inputs["alone"] else {
            "a": (), "B": (), "p": ("photos", "a"), "q": ("p", "B"), "z": ("q", "p")})
        with waiting_for_the_order(functions, [(last, belongs)]):
            if inputs["before"] is not None:
                session.keep("run", last, {missing: inputs["before"]})
        trouble = why_no_lesson(
            lambda: session.keep("run", last, *([{}] if inputs["dict"] else [])), ["photos"],
            "The placeholder photos was fed in an earlier run, and has no value in this one."
            if inputs["before"] is not None else "The placeholder photos has no value.")
        if trouble:
            wait_for_the_order(functions, [(last, belongs)])
        return trouble


def unknown_feed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a feed for something that is no placeholder."""
    with fresh_graph(functions):
        steps = [*FORMULA, ("photos", "plus", "xa")]
        nodes = build(functions, {"x": 0.0, "a": 1.5, "B": 1.0}, steps, evaluate=False)
        session = functions.keep("Session")
        keys: dict[str, object] = {
            "a word": "photos", "a variable": functions.keep("Variable", 2.0, "photos"),
            "a constant": functions.keep("Constant", 2.0, "photos"),
            "an operation": nodes.part("photos")}
        key, x = keys[inputs["key"]], nodes.part("x")
        feeds = {key: 2.0, x: 1.0} if inputs["first"] else {x: 1.0, key: 2.0}
        return why_no_lesson(
            lambda: session.keep("run", nodes.part("z"), feeds),
            ["photos"], f"A key of feed_dict, photos, is {inputs['key']} and no placeholder.")


def session_cases(rng: np.random.Generator) -> list[Case]:
    """Values, lists, and both errors."""
    def array(*shape):
        return rng.uniform(0.5, 2.0, shape)

    def formula(wanted, feeds, more=None, new=None):
        return {"a": array(3), "B": array(2, 1), "wanted": wanted, "feeds": feeds, "more": more,
                "new": new}

    cases = [
        Case(title, inputs, item=VALUE, play=computed) for title, inputs in (
            ("a formula with one placeholder", formula("z", [array(2, 3)])),
            ("run twice with different values", formula("z", [array(2, 3), array(2, 3)])),
            ("a variable has changed between two runs",
             formula("v", [None, None], new=array(3))),
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
            ("a variable, and what depends on it", ["a", "q"]),
        )
    ]
    cases += [
        Case(title, inputs, item=item, play=in_words(play, 3), judge=told)
        for title, inputs, item, play in (
            ("what you are given stays as it was",
             {"a": array(3), "B": array(2, 1), "feed": array(2, 3)}, VALUE, left_as_given),
            ("a number is fed", {"x": 2.5}, FED, fed),
            ("an operation with an evaluate() of its own", {"a": array(3)}, EVALUATE, evaluated),
        )
    ]
    cases += [
        Case(title, {"a": 1.5, "before": before, "alone": alone, "dict": given}, item=NO_VALUE,
             play=in_words(unfed, 3), judge=told)
        for title, before, alone, given in (
            ("never fed", None, False, True), ("fed in the run before", 2.0, False, True),
            ("no feed_dict at all", None, False, False),
            ("the placeholder itself is asked for", 2.0, True, True),
        )
    ]
    cases += [
        Case(f"the {'first' if first else 'last'} key is {key}", {"key": key, "first": first},
             item=UNKNOWN, play=in_words(unknown_feed, 3), judge=told)
        for key in ("a word", "a variable", "a constant", "an operation")
        for first in (False, True)
    ]
    return cases
