"""Exercises of 08_autodiff. Its single operations are in `autograder.exercises.operations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Case, Exercise, Play, question
from autograder.exercises.inputs import unusual
from autograder.exercises.node_graphs import (
    DEEP_CHAIN,
    DEEP_DIAMONDS,
    EVALUATED,
    GIVEN,
    LAST,
    RING,
    SET_INPUTS,
    SET_VALUE,
    STEEP,
    Steps,
    build,
    fresh_graph,
    plain_or_told,
    value_of,
    why_no_lesson,
    why_no_order,
)
from autograder.exercises.operations import (
    ADD,
    DIVIDE,
    LOG,
    MATMUL,
    MAXIMUM,
    MULTIPLY,
    REDUCE_SUM,
)
from autograder.kit.functions import Functions, Kept
from autograder.kit.plain import Source, identical
from autograder.kit.student_error import StudentError

IN_FRONT = "new axes in front"
OF_SIZE_1 = "axes of size 1"
BOTH = "both, or none"
ORDER = "inputs first"
DEEP = "a deep graph"
CYCLE = "a cycle"
VALUE = "a value"
LIST = "a list, each operation once"
NO_VALUE = "a placeholder without a value"
UNKNOWN = "an unknown feed"
ONCE = "each value used once"
TWICE = "a value used twice"
AGAIN = "asked twice"
WHICH = "which nodes"
NO_PATH = "no path to the loss"
TOO_EARLY = "visited too early"
ONE_PART = "one part is lost"
STEP = "one step"
STEPS = "many steps"
KEPT = "what stays as it is"


# unbroadcast

SHAPES: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    (IN_FRONT, (4, 3), (3,)),
    (IN_FRONT, (2, 4, 3), (3,)),
    (IN_FRONT, (3, 3), (3,)),
    (IN_FRONT, (4, 3), ()),
    (OF_SIZE_1, (4, 3), (4, 1)),
    (OF_SIZE_1, (4, 3), (1, 3)),
    (OF_SIZE_1, (2, 4, 3), (1, 4, 1)),
    (BOTH, (4, 3), (4, 3)),
    (BOTH, (2, 4, 3), (4, 1)),
    (BOTH, (5, 4, 3, 2), (1, 3, 1)),
    (BOTH, (4, 1), (1,)),
)


def unbroadcast_cases(rng: np.random.Generator) -> list[Case]:
    """Every way in which a shape is broadcast."""
    cases = [
        Case(f"shape {shape} was broadcast to {full}",
             {"grad": rng.standard_normal(full), "shape": shape}, item=item)
        for item, full, shape in SHAPES
    ]
    odd = unusual({"grad": rng.standard_normal((3, 4))})
    cases.append(Case("a read-only array that is not contiguous", {**odd, "shape": (1, 4)},
                      item=OF_SIZE_1))
    return cases


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
        nodes, count = deep_graph(functions, inputs)
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


def deep_graph(functions: Functions, inputs: Mapping) -> tuple[Kept, int]:
    """The nodes of a deep graph by their numbers, and how many slopes they have."""
    slopes = [float(slope) for slope in inputs["slopes"]]
    steep = functions.keep(STEEP, functions.keep("Operation"), slopes)
    start = functions.keep("Variable", inputs["a"], "a")
    form = DEEP_CHAIN if inputs["form"] == "chain" else DEEP_DIAMONDS
    return functions.keep(form, steep, start, inputs["depth"], len(slopes)), len(slopes)


def deep_inputs(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """A chain of 5000 operations, and 200 diamonds."""
    return [
        ("5000 operations in a chain", {
            "form": "chain", "depth": 5000, "a": rng.standard_normal(3),
            "slopes": rng.uniform(0.999, 1.001, 7)}),
        ("200 diamonds in a row", {
            "form": "diamonds", "depth": 200, "a": rng.standard_normal(3),
            "slopes": rng.uniform(0.9, 1.1, 7)}),
    ]


def cyclic(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a cycle."""
    around = inputs["around"]
    with fresh_graph(functions):
        ring = functions.keep(RING, functions.keep("Operation"))
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


def in_words(play: Callable, outputs: int) -> Play:
    """The play of an exercise with several outputs, which says in words what is wrong."""
    return lambda functions, inputs, cache=None: (play(functions, inputs),) * outputs


def told(outputs: tuple) -> str | None:
    """The judge of plays that say in words what is wrong.

    Behind the words may stand what tells mistakes apart that have the same words.
    """
    words = outputs[0]
    return (words[0] if isinstance(words, (tuple, list)) else words) or None


# Session

FORMULA: Steps = [("p", "times", "xa"), ("q", "plus", "pB"), ("z", "times", "qp")]
COUNTED: Steps = [("p", "counted", "a"), ("q", "counted", "p"), ("r", "cube", "q"),
                  ("s", "plus", "qp"), ("unused", "counted", "r")]


def computed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of one node in several runs of one session."""
    leaves = {"x": 0.0, "t": 0.0, "a": inputs["a"], "B": inputs["B"]}
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
            values.append(plain_or_told(lambda given=given: session.call("run", *given).value))
    return (values, None, None)


def listed(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The values of a list of nodes, and how often each operation was evaluated."""
    with fresh_graph(functions):
        nodes = build(functions, {"a": inputs["a"]}, COUNTED, evaluate=False)
        wanted = [nodes.part(name) for name in inputs["wanted"]]
        session = functions.keep("Session")
        values = plain_or_told(lambda: session.call("run", wanted).value)
        counts = [nodes.part(name).attribute("times") for name in ("p", "q", "unused")]
    return (None, values, counts)


def unfed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What is wrong with what is said about a placeholder without a value."""
    with fresh_graph(functions):
        nodes = build(functions, {"x": 0.0, "a": inputs["a"], "B": 1.0}, FORMULA, evaluate=False)
        missing = functions.keep("Placeholder", "photos")
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
        nodes = build(functions, {"x": 0.0, "a": 1.5, "B": 1.0}, FORMULA, evaluate=False)
        session = functions.keep("Session")
        keys = {"a word": "photos", "a variable": functions.keep("Variable", 2.0, "photos"),
                "an operation": functions.keep("Operation")}
        key = keys[inputs["key"]]
        if inputs["key"] == "an operation":
            functions.call(Source("lambda node: setattr(node, 'name', 'photos')"), key)
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
        Case(title, {"a": 1.5, "before": before}, item=NO_VALUE, play=in_words(unfed, 3), judge=told)
        for title, before in (("never fed", None), ("fed in the run before", 2.0))
    ]
    cases += [
        Case(f"the key is {key}", {"key": key}, item=UNKNOWN, play=in_words(unknown_feed, 3), judge=told)
        for key in ("a word", "a variable", "an operation")
    ]
    return cases


# gradients

READ = Source("""lambda found: (
    {getattr(node, 'name', repr(node)): grad for node, grad in found.items()}
    if isinstance(found, dict) else None
)""")
SOUGHT = ("a", "b", "e", "p", "x")

WALKED: tuple[tuple[str, str, tuple[str, ...], Steps], ...] = (
    (ONCE, "a sum of a product", ("a", "b"), [("p", "times", "ab"), ("z", "total", "p")]),
    (ONCE, "a placeholder and a constant among the inputs", ("a", "b", "x", "C"),
     [("p", "cube", "a"), ("q", "times", "px"), ("r", "plus", "bC"), ("s", "times", "qr"),
      ("z", "total", "s")]),
    (TWICE, "p = a + a, then p + p", ("a", "C"),
     [("p", "plus", "aa"), ("q", "plus", "pp"), ("r", "times", "qC"), ("z", "total", "r")]),
    (TWICE, "p + p * b, where p is the cube of a", ("a", "b", "C"),
     [("p", "cube", "a"), ("q", "times", "pb"), ("r", "plus", "pq"), ("s", "times", "rC"),
      ("z", "total", "s")]),
    (TWICE, "a + a * b", ("a", "b", "C"),
     [("q", "times", "ab"), ("r", "plus", "aq"), ("s", "times", "rC"), ("z", "total", "s")]),
    (TWICE, "the matrix product of a with itself", ("a", "C"),
     [("p", "dot", "aa"), ("q", "times", "pC"), ("z", "total", "q")]),
    (TWICE, "p + b times p + e", ("a", "b", "e"),
     [("p", "cube", "a"), ("q", "plus", "pb"), ("r", "plus", "pe"), ("s", "times", "qr"),
      ("z", "total", "s")]),
)
"""Item, title, leaves and steps of each graph that is walked back."""
MATRIX = (3, 3)


def found_in(functions: Functions, *arguments) -> dict:
    """What gradients returns, by the names of the nodes."""
    value = functions.call(READ, functions.keep("gradients", *arguments)).value
    if not isinstance(value, dict):
        raise StudentError("NotPlain", "something else than a dict of gradients by node")
    return value


def walked(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The gradients of the variables of a small graph."""
    with fresh_graph(functions):
        nodes = build(functions, inputs["leaves"], inputs["steps"])
        found = found_in(functions, nodes.part("z"))
    return (None, *(found.get(name) if name in inputs["leaves"] else None for name in "abe"),
            None, None)


def walked_deep(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The gradient at the far end of a deep graph."""
    with fresh_graph(functions):
        nodes, _ = deep_graph(functions, inputs)
        functions.call(EVALUATED, nodes)
        found = found_in(functions, functions.keep(LAST, nodes))
    return (None, found.get("a"), None, None, None, None)


def walked_again(functions: Functions, inputs: Mapping, cache=None) -> str:
    """How the second of two answers differs from the first. Wrong ones are not told again."""
    with fresh_graph(functions):
        nodes = build(functions, inputs["leaves"], inputs["steps"])
        first = found_in(functions, nodes.part("z"))
        second = found_in(functions, nodes.part("z"))
    arrays = {name: as_array(value) for name, value in first.items()}
    if "a" not in arrays or any(array is None or not array.any() for array in arrays.values()):
        raise StudentError("NotPlain", "no gradient of a")
    for name, value in first.items():
        difference = compare(second.get(name), value, 1e-12)
        if difference:
            return f"When gradients is asked twice, the second d{name} {difference.text}."
    return ""


def which(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The nodes in the dict, and their gradients."""
    with fresh_graph(functions):
        nodes = build(functions, inputs["leaves"], inputs["steps"])
        wrt = inputs["wrt"]
        given = ([nodes.part(name) for name in wrt],) if wrt else ()
        found = found_in(functions, nodes.part(inputs["loss"]), *given)
    return (", ".join(sorted(found)), *(found.get(name) for name in SOUGHT))


def pathless(functions: Functions, inputs: Mapping, cache=None) -> list:
    """What is wrong with what is said about a node without a path to the loss.

    And the nodes of the gradients that come in place of an error.
    """
    came = [""]
    with fresh_graph(functions):
        nodes = build(functions, {"a": inputs["a"], "x": 2.0, "lonely": inputs["a"]},
                      [("p", "cube", "a"), ("z", "total", "p"), ("later", "times", "pa"),
                       ("use", "plus", ("lonely", "z"))])

        def ask():
            wrt = [nodes.part("a"), nodes.part(inputs["name"])]
            came[0] = ", ".join(sorted(found_in(functions, nodes.part("z"), wrt)))

        trouble = why_no_lesson(
            ask, [inputs["name"]], f"There is no path from {inputs['name']} to the loss.")
    return [trouble, came[0]]


def gradients_cases(rng: np.random.Generator) -> list[Case]:
    """Graphs of every form."""
    def drawn(names: Sequence[str]) -> dict:
        return {name: rng.uniform(0.5, 1.5, MATRIX) * rng.choice([-1.0, 1.0], MATRIX)
                for name in names}

    cases = [
        Case(title, {"leaves": drawn(leaves), "steps": as_lists(steps)}, item=item, play=walked)
        for item, title, leaves, steps in WALKED
    ]
    cases += [Case(title, inputs, item=DEEP, play=walked_deep)
              for title, inputs in deep_inputs(rng)]
    cases.append(Case("a product, then its sum", {
        "leaves": drawn("ab"), "steps": [["p", "times", ["a", "b"]], ["z", "total", ["p"]]],
    }, item=AGAIN, play=in_words(walked_again, 6), judge=told))
    steps: Steps = [("p", "times", "xa"), ("q", "plus", "pC"), ("r", "times", "pb"),
                    ("z", "total", "q"), ("s", "total", "r")]
    cases += [
        Case(title, {"leaves": drawn("abxC"), "steps": as_lists(steps), "loss": loss, "wrt": wrt},
             item=WHICH, play=which)
        for title, loss, wrt in (
            ("no wrt: a placeholder and a constant among the inputs", "z", None),
            ("no wrt: two variables", "s", None),
            ("wrt is a placeholder and a result on the way", "s", ["x", "p"]),
            ("wrt is one of two variables", "s", ["b"]),
        )
    ]
    cases += [
        Case(title, {"a": drawn("a")["a"], "name": name}, item=NO_PATH,
             play=in_words(pathless, 6), judge=told)
        for title, name in (
            ("a variable that comes in behind the loss", "lonely"),
            ("a placeholder that nothing uses", "x"),
            ("a result that is made of the same variable", "later"),
        )
    ]
    return cases


def as_lists(steps: Steps) -> list:
    """Steps as plain data."""
    return [[name, kind, list(taken)] for name, kind, taken in steps]


# exposing_expressions

STRUCTURE = Source("""lambda root: (lambda nodes: [
    [nodes.append(x) for x in getattr(node, 'inputs', ()) if not any(x is n for n in nodes)]
    for node in nodes if len(nodes) < 200] and [
    [type(node).__name__, str(getattr(node, 'name', node)),
     [[k for k, n in enumerate(nodes) if n is x][0] for x in getattr(node, 'inputs', ())]]
    for node in nodes])([root])""")
SIGNS = {"Add": "+", "Multiply": "*"}
MOST_NODES = 100


def exposing(item: str) -> Callable:
    """Play exposing_expressions, and say what is wrong with one of its expressions."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        with fresh_graph(functions):
            a, b = (functions.keep("Variable", 2.0, name) for name in "ab")
            both = functions.keep("exposing_expressions", a, b)
            found = [functions.call(STRUCTURE, both.part(k)).value for k in (0, 1)]
        trouble = why_not_exposing(found[(TOO_EARLY, ONE_PART).index(item)], item)
        return ([trouble, " and ".join(map(spelled, found))],) * 2

    return play


def why_not_exposing(nodes, item: str) -> str:
    """What is wrong with an expression that should expose one of the colleague's bugs, or ''."""
    if not isinstance(nodes, list) or nodes[0][0] not in ("Add", "Multiply", "Variable"):
        return "This is no expression of a and b that ends in a sum or a product."
    if len(nodes) > MOST_NODES:
        return f"More than {MOST_NODES} nodes: a much smaller expression will do."
    strange = [kind for kind, _, _ in nodes if kind not in (*SIGNS, "Variable", "Constant")]
    if strange:
        return f"There is a {strange[0]} in this expression. Use + and * only."
    twice = any(len(taken) == 2 and taken[0] == taken[1] for _, _, taken in nodes)
    early = _visited_early(nodes)
    if item == TOO_EARLY and twice:
        return ("An operation in this expression has the same node as both inputs, so that it "
                "may be the lost part that shows.")
    if item == TOO_EARLY and not early:
        return ("Every node in this expression is visited when everything has come back to it, so "
                "that the function is right.")
    if item == ONE_PART and early:
        return ("A node in this expression is visited before everything has come back to it, so "
                "that it may be the order that shows.")
    if item == ONE_PART and not twice:
        return "No part is lost in this expression, so that the function is right."
    return ""


def _visited_early(nodes: list) -> bool:
    """Whether the colleague's function visits a node before all that use it are known."""
    users: dict[int, set[int]] = {}
    for k, (_, _, taken) in enumerate(nodes):
        for other in taken:
            users.setdefault(other, set()).add(k)
    known, queue = {0}, [0]
    for k in queue:
        for other in nodes[k][2]:
            if other not in known:
                if users[other] - known:
                    return True
                known.add(other)
                queue.append(other)
    return False


def spelled(nodes: list, k: int = 0, depth: int = 0) -> str:
    """An expression as it might be written."""
    kind, name, taken = nodes[k]
    if depth > 6 or kind not in SIGNS or len(taken) != 2:
        return name
    left, right = (spelled(nodes, other, depth + 1) for other in taken)
    return f"({left} {SIGNS[kind]} {right})"


def exposing_cases(rng: np.random.Generator) -> list[Case]:
    """Each of the two expressions."""
    return [Case("the expressions you give", item=item, play=exposing(item), judge=told)
            for item in (TOO_EARLY, ONE_PART)]


# GradientDescentOptimizer

MODEL: Steps = [("p", "times", "xa"), ("q", "plus", "pb"), ("r", "cube", "q"), ("s", "times", "rC"),
                ("z", "total", "s")]
RUN = Source("""lambda node: (lambda visit: visit(visit, node, []))(lambda visit, node, done:
    None if any(node is n for n in done) else
    [[visit(visit, other, done) for other in node.inputs], done.append(node),
     node.evaluate() if hasattr(node, 'evaluate') else None] and None)""")
"""Runs a small graph. A student's session is not needed."""


def own_gradients(layers, inputs: Mapping) -> dict:
    """The gradients that a student's own function finds in the model, by the course's session."""
    with fresh_graph(layers):
        nodes = build(layers, {**inputs["leaves"], "x": inputs["feeds"][0]}, MODEL)
        found = layers.call(READ, layers.keep("gradients", nodes.part("z"))).value
    if not isinstance(found, dict):
        found = {}
    return {name: layers.array("gradients", found.get(name), np.shape(inputs["leaves"][name]))
            for name in "ab"}


def composed_steps(layers, inputs: Mapping) -> tuple:
    """The variables after some steps with the student's own gradients, and the loss."""
    leaves, losses = dict(inputs["leaves"]), []
    for x in inputs["feeds"]:
        found = own_gradients(layers, {"leaves": leaves, "feeds": [x]})
        losses.append(value_of({**leaves, "x": x}, MODEL, "z"))
        leaves |= {name: leaves[name] - inputs["rate"] * found[name] for name in "ab"}
    return (leaves["a"], leaves["b"], losses[0] if len(losses) == 1 else None)


def minimized(functions: Functions, inputs: Mapping) -> tuple[Kept, Kept]:
    """The nodes of the model, and the node that minimize returns."""
    nodes = build(functions, {**inputs["leaves"], "x": 0.0}, MODEL, evaluate=False)
    if inputs["run before"]:
        functions.call(SET_VALUE, nodes.part("x"), 0.5 * inputs["feeds"][0])
        functions.call(EVALUATED, nodes)
    optimizer = functions.keep("GradientDescentOptimizer", inputs["rate"])
    return nodes, optimizer.keep("minimize", nodes.part("z"))


def stepped(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """What the variables are after some steps; after a single one also the value of the step."""
    with fresh_graph(functions):
        nodes, step = minimized(functions, inputs)
        for x in inputs["feeds"]:
            functions.call(SET_VALUE, nodes.part("x"), x)
            functions.keep(RUN, step)
        a, b = (nodes.part(name).attribute("output_value") for name in "ab")
        loss = None
        if len(inputs["feeds"]) == 1:
            loss = plain_or_told(lambda: step.attribute("output_value"))
    return (a, b, loss)


def undisturbed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What a step has changed besides the values of the variables."""
    with fresh_graph(functions):
        nodes, step = minimized(functions, inputs)
        functions.call(SET_VALUE, nodes.part("x"), inputs["feeds"][0])
        kept = {name: nodes.part(name).keep_attribute("output_value") for name in "abxC"}
        before = {name: array.value() for name, array in kept.items()}
        functions.keep(RUN, step)
        after = {name: array.value() for name, array in kept.items()}
        now = {name: nodes.part(name).attribute("output_value") for name in "abxC"}
    if identical(now["a"], before["a"]) and identical(after["a"], before["a"]):
        raise StudentError("NotPlain", "a node that moves nothing when it is run")
    for name, kind in (("x", "placeholder"), ("C", "constant")):
        if not identical(now[name], before[name]):
            return f"The step also changes a {kind}. Only variables are trained."
    for name in "ab":
        if not identical(after[name], before[name]):
            return (f"The array that was the value of {name} before the step holds other numbers "
                    "after it.")
    return ""


def optimizer_cases(rng: np.random.Generator) -> list[Case]:
    """One step, several with other data in each, and what must not change."""
    def drawn(count: int, before: bool) -> dict:
        return {
            "leaves": {name: rng.uniform(0.3, 0.8, (2, 3)) for name in "abC"},
            "feeds": [rng.uniform(0.3, 0.8, (2, 3)) for _ in range(count)],
            "rate": float(rng.uniform(0.02, 0.05)), "run before": before,
        }

    return [
        Case("a loss that has not been run", drawn(1, False), item=STEP, play=stepped,
             composed=composed_steps),
        Case("a loss that has been run before", drawn(1, True), item=STEP, play=stepped,
             composed=composed_steps),
        Case("three steps, each with other data", drawn(3, True), item=STEPS, play=stepped,
             composed=composed_steps),
        Case("arrays, data and constants", drawn(1, True), item=KEPT,
             play=in_words(undisturbed, 3), judge=told),
    ]


RECAP = ("two_answers", "calls", "shape")

EXERCISES = [
    Exercise("predict_broadcast", "()", ("slopes",), {"slopes": 1}, question("the sum above")),
    Exercise("unbroadcast", "(grad, shape)", ("grad",), {IN_FRONT: 1, OF_SIZE_1: 1, BOTH: 1},
             unbroadcast_cases),
    ADD,
    MULTIPLY,
    DIVIDE,
    MATMUL,
    LOG,
    REDUCE_SUM,
    Exercise("topological_order", "(node)", ("order",), {ORDER: 1, DEEP: 1, CYCLE: 1}, order_cases,
             uses=GIVEN),
    Exercise("Session", "()", ("values", "values of the list", "evaluations"),
             {VALUE: 1, LIST: 1, NO_VALUE: 1, UNKNOWN: 1}, session_cases, uses=GIVEN),
    Exercise("gradients", "(loss, wrt=None)", ("nodes", *(f"d{name}" for name in SOUGHT)),
             {ONCE: 1, TWICE: 1, DEEP: 1, AGAIN: 1, WHICH: 1, NO_PATH: 1}, gradients_cases,
             uses=GIVEN),
    Exercise("exposing_expressions", "(a, b)", ("too_early", "one_part"),
             {TOO_EARLY: 1, ONE_PART: 1}, exposing_cases, uses=GIVEN),
    Exercise("GradientDescentOptimizer", "(learning_rate)", ("a", "b", "loss"),
             {STEP: 1, STEPS: 1, KEPT: 1}, optimizer_cases, uses=(*GIVEN, "gradients")),
    MAXIMUM,
    Exercise("recap_autodiff", "()", RECAP, dict.fromkeys(RECAP, 1),
             question("the three questions")),
]
