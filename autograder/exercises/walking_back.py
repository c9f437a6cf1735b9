"""What gradients and GradientDescentOptimizer of 08_autodiff are tried on: the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.checking.comparison import as_array, compare
from autograder.checking.exercise import Case
from autograder.exercises.node_graphs import (
    EVALUATED,
    LAST,
    SET_VALUE,
    Steps,
    build,
    deep_graph,
    deep_inputs,
    fresh_graph,
    gradients_of,
    in_words,
    told,
    value_of,
    why_no_lesson,
)
from autograder.exercises.own_order import (
    deep_needed,
    gradients_by_own_order,
    needed,
    trouble_of,
    wait_for_the_order,
    waiting_for_the_order,
)
from autograder.exercises.running_graphs import DEEP, SAME
from autograder.kit.functions import Functions, Kept
from autograder.kit.plain import Source, identical
from autograder.kit.student_error import StudentError, StudentStopped

ONCE = "each value used once"
TWICE = "a value used twice"
AGAIN = "asked twice"
WHICH = "which nodes"
NO_PATH = "no path to the loss"
STEP = "one step"
STEPS = "many steps"
KEPT = "what stays as it is"


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
    (ONCE, "a loss that is an array", ("a", "b"), [("z", "plus", "ab")]),
    (TWICE, "p + p * b, where p is the cube of a", ("a", "b", "C"),
     [("p", "cube", "a"), ("q", "times", "pb"), ("r", "plus", "pq"), ("s", "times", "rC"),
      ("z", "total", "s")]),
    (TWICE, "a + a * b", ("a", "b", "C"),
     [("q", "times", "ab"), ("r", "plus", "aq"), ("s", "times", "rC"), ("z", "total", "s")]),
    (TWICE, "the matrix product of a with itself", ("a", "C"),
     [("p", "dot", "aa"), ("q", "times", "pC"), ("z", "total", "q")]),
    (TWICE, "p + (p + e), where p is the cube of a", ("a", "e", "C"),
     [("p", "cube", "a"), ("q", "plus", "pe"), ("r", "plus", "pq"), ("s", "times", "rC"),
      ("z", "total", "s")]),
)
"""Item, title, leaves and steps of each graph that is walked back.

In the last one p and q are given the very same array, which q hands on to p and e. Whoever adds
to it with += changes what e has, in whatever order the nodes are visited.
"""
MATRIX = (3, 3)


def found_in(functions: Functions, *arguments) -> dict:
    """What gradients returns, by the names of the nodes."""
    value = functions.call(READ, functions.keep("gradients", *arguments)).value
    if not isinstance(value, dict):
        raise StudentError("NotPlain", "something else than a dict of gradients by node")
    return value


def gradient_at(found: Mapping, name: str) -> object:
    """The gradient of a node by its name; words, where the key is that name and no node."""
    return "stands under a text" if repr(name) in found else found.get(name)


def excused(functions: Functions, loss: Kept, belongs: Mapping, found: dict, right: dict) -> dict:
    """The right gradients, where the wrong ones are those of the student's own wrong order.

    Parameters
    ----------
    belongs : mapping of str to sequence of str
        The inputs of every node that the loss depends on.
    found, right : dict of str to ndarray
        By the names of the nodes; `right` has those that were asked for.
    """
    def differs(wanted: dict) -> bool:
        return any(compare(found.get(name), wanted.get(name), SAME) for name in right)

    if not differs(right) or not trouble_of(functions, loss, belongs):
        return found
    try:
        if not differs(gradients_by_own_order(functions, loss)):
            return {**found, **right}
    except StudentStopped:
        raise
    except StudentError:
        pass  # such an order gives no gradients at all
    wait_for_the_order(functions, [(loss, belongs)])
    return found


def variables_of(leaves: Mapping, steps: Steps, loss: str) -> dict:
    """The right gradients of all variables that a node depends on."""
    found = gradients_of(leaves, steps, loss)
    return {name: found[name] for name in "abe" if name in found}


def walked(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The gradients of the variables of a small graph."""
    leaves, steps = inputs["leaves"], inputs["steps"]
    with fresh_graph(functions):
        nodes = build(functions, leaves, steps)
        loss, belongs = nodes.part("z"), needed(tuple(leaves), steps, "z")
        with waiting_for_the_order(functions, [(loss, belongs)]):
            found = found_in(functions, loss)
        found = excused(functions, loss, belongs, found, variables_of(leaves, steps, "z"))
    return (None, *(gradient_at(found, name) if name in leaves else None for name in "abe"),
            None, None)


def walked_deep(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The gradient at the far end of a deep graph."""
    with fresh_graph(functions):
        nodes = deep_graph(functions, inputs)
        functions.call(EVALUATED, nodes)
        loss, belongs = functions.keep(LAST, nodes), deep_needed(inputs)
        with waiting_for_the_order(functions, [(loss, belongs)]):
            found = found_in(functions, loss)
        found = excused(functions, loss, belongs, found, {"a": deep_slope(inputs)})
    return (None, gradient_at(found, "a"), None, None, None, None)


def deep_slope(inputs: Mapping) -> np.ndarray:
    """The slope of a deep graph."""
    slopes, depth = [float(slope) for slope in inputs["slopes"]], inputs["depth"]
    count = len(slopes)
    if inputs["form"] == "chain":
        return np.asarray(np.prod([slopes[k % count] for k in range(depth)]))
    return np.asarray(np.prod([
        (slopes[k % count] + slopes[(k + 1) % count]) * slopes[(k + 2) % count]
        for k in range(depth)]))


LARGER = "When gradients is asked twice, the second answer is larger than the first."


def walked_again(functions: Functions, inputs: Mapping, cache=None) -> str:
    """How a later answer differs from the first. Wrong ones are not told again."""
    leaves, steps = inputs["leaves"], inputs["steps"]
    with fresh_graph(functions):
        nodes = build(functions, leaves, steps)
        asked = [(nodes.part("z"), needed(tuple(leaves), steps, "z"))]
        with waiting_for_the_order(functions, asked):
            trouble = _told_again(functions, inputs, nodes)
        if trouble:
            wait_for_the_order(functions, asked)
    return trouble


def _told_again(functions: Functions, inputs: Mapping, nodes: Kept) -> str:
    """How later answers for the loss z differ from the first, in words."""
    loss = nodes.part("z")
    first, second = found_in(functions, loss), found_in(functions, loss)
    arrays = {name: as_array(value) for name, value in first.items()}
    if "a" not in arrays or any(array is None or not array.any() for array in arrays.values()):
        raise StudentError("NotPlain", "no gradient of a")
    if changed := _changed_values(nodes, inputs["leaves"]):
        return f"After gradients has been asked, {changed} has another value."
    times = [_times(second.get(name), array) for name, array in arrays.items()]
    if min(times) > 1.5:  # how much, depends on where the gradients are kept
        return LARGER
    for name, value in first.items():
        difference = compare(second.get(name), value, 1e-12)
        if difference:
            return f"When gradients is asked twice, the second d{name} {difference.text}."
    if inputs["new"] is None or "b" not in first:
        return ""
    functions.call(SET_VALUE, nodes.part("a"), inputs["new"])
    functions.call(EVALUATED, nodes)
    if compare(found_in(functions, loss).get("b"), first["b"], SAME):
        return ""
    return ("The graph has been run with another value of a, and gradients returns the same as "
            "before.")


def _changed_values(nodes: Kept, leaves: Mapping) -> str:
    """The first leaf whose value is not what it was, or ''."""
    return next((name for name, value in leaves.items()
                 if compare(nodes.part(name).attribute("output_value"), value, 0.0)), "")


def _times(second: object, first: np.ndarray | None) -> float:
    """How many times as large a second answer is; 0 if it is no multiple of the first."""
    array = as_array(second)
    if array is None or first is None or array.shape != first.shape:
        return 0.0
    factor = float((np.vdot(first, array) / np.vdot(first, first)).real)
    return 0.0 if compare(array, factor * first, 1e-9) else factor


def which(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """The nodes in the dict, and their gradients."""
    leaves, steps, wrt = inputs["leaves"], inputs["steps"], inputs["wrt"]
    with fresh_graph(functions):
        nodes = build(functions, leaves, steps)
        loss = nodes.part(inputs["loss"])
        belongs = needed(tuple(leaves), steps, inputs["loss"])
        given = ([nodes.part(name) for name in wrt],) if wrt is not None else ()
        with waiting_for_the_order(functions, [(loss, belongs)]):
            found = found_in(functions, loss, *given)
        if set(found) <= set(belongs):
            right = variables_of(leaves, steps, inputs["loss"])
            if wrt is not None:
                known = gradients_of(leaves, steps, inputs["loss"])
                right = {name: known[name] for name in wrt}
            found = excused(functions, loss, belongs, found, right)
    return (", ".join(sorted(found)), *(found.get(name) for name in SOUGHT))


REFUSED = "a ValueError that names e"


def which_of_level(functions: Functions, inputs: Mapping, cache=None) -> tuple:
    """As `which`; words, where the node e is refused as if it had no path to the loss.

    Everybody says that in words of their own.
    """
    try:
        return which(functions, inputs)
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind == "ValueError" and re.search(r"(?<!\w)e(?!\w)", error.message):
            return (REFUSED, *[None] * len(SOUGHT))
        raise


def pathless(functions: Functions, inputs: Mapping, cache=None) -> list:
    """What is wrong with what is said about a node without a path to the loss.

    And the nodes of the gradients that come in place of an error: the loss depends on b, too.
    """
    came = [""]
    with fresh_graph(functions):
        leaves = {"a": inputs["a"], "b": inputs["a"], "x": 2.0, "lonely": inputs["a"]}
        nodes = build(functions, leaves,
                      [("p", "times", "ab"), ("z", "total", "p"), ("later", "times", "pa"),
                       ("use", "plus", ("lonely", "z"))])

        def ask():
            wrt = [nodes.part("a"), nodes.part(inputs["name"])]
            came[0] = ", ".join(sorted(found_in(functions, nodes.part("z"), wrt)))

        trouble = why_no_lesson(
            ask, [inputs["name"]], f"There is no path from {inputs['name']} to the loss.")
        if trouble:
            wait_for_the_order(functions, [(nodes.part("z"), {
                "a": (), "b": (), "p": ("a", "b"), "z": ("p",)})])
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
    cases += [
        Case(title, {
            "leaves": drawn("ab"), "steps": [["p", "times", ["a", "b"]], ["z", "total", ["p"]]],
            "new": new,
        }, item=AGAIN, play=in_words(walked_again, 6), judge=told)
        for title, new in (("a product, then its sum", None),
                           ("another value in between", drawn("a")["a"]))
    ]
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
            ("wrt is the loss itself, and a constant", "z", ["z", "C"]),
            ("wrt is a list without nodes", "s", []),
        )
    ]
    level = {**drawn("b"), "e": np.zeros(MATRIX)}
    cases.append(Case("wrt has a variable whose slope is 0 here", {
        "leaves": level, "loss": "z", "wrt": ["e", "b"], "steps": [
            ["p", "cube", ["e"]], ["q", "plus", ["p", "b"]], ["z", "total", ["q"]]],
    }, item=WHICH, play=which_of_level))
    number = {"a": np.asarray(rng.uniform(0.5, 1.5))}
    cases.append(Case("the loss is a variable", {"leaves": number, "steps": [], "loss": "a",
                                                 "wrt": None}, item=WHICH, play=which))
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


# GradientDescentOptimizer

MODEL: Steps = [("p", "times", "ab"), ("q", "plus", "pC"), ("r", "cube", "q"), ("s", "times", "rx"),
                ("z", "total", "s")]
"""The gradient of a needs the value of b, and the other way round: neither may have moved."""
AGAIN_UNFED = "no step: the loss is run once more, and x has no value there"
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


def minimized(functions: Functions, inputs: Mapping, **more) -> tuple[Kept, Kept]:
    """The nodes of the model, and the node that minimize returns."""
    nodes = build(functions, {**inputs["leaves"], "x": 0.0, **more}, MODEL, evaluate=False)
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
            try:
                functions.keep(RUN, step)
            except StudentError as error:
                if lacks_a_feed(error):
                    return (AGAIN_UNFED, AGAIN_UNFED, AGAIN_UNFED if len(inputs["feeds"]) == 1
                            else None)
                raise
        a, b = (nodes.part(name).attribute("output_value") for name in "ab")
        loss = None
        if len(inputs["feeds"]) == 1:
            loss = step.attribute("output_value")
    return (a, b, loss)


def lacks_a_feed(error: StudentError) -> bool:
    """Whether an error says that the placeholder x has no value, as a session does."""
    return (error.kind == "ValueError" and "shape" not in error.message
            and re.search(r"\bx\b", error.message) is not None)


def undisturbed(functions: Functions, inputs: Mapping, cache=None) -> str:
    """What a step has changed besides the values of the variables."""
    with fresh_graph(functions):
        nodes, step = minimized(functions, inputs, unused=1.0)
        functions.call(SET_VALUE, nodes.part("x"), inputs["feeds"][0])
        kept = {name: nodes.part(name).keep_attribute("output_value") for name in "abxC"}
        before = {name: array.value() for name, array in kept.items()}
        try:
            functions.keep(RUN, step)
        except StudentError as error:
            if lacks_a_feed(error):
                return f"There is {AGAIN_UNFED}."
            raise
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
