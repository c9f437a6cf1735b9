"""Known mistakes of 08_autodiff. Those of its single operations are in `operations`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import PRECISION
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.autodiff import BOTH, IN_FRONT, OF_SIZE_1, ONE_PART, TOO_EARLY
from autograder.exercises.running_graphs import (
    CYCLE,
    DEEP,
    EVALUATE,
    FED,
    LIST,
    NO_VALUE,
    ORDER,
    UNKNOWN,
    VALUE,
)
from autograder.exercises.walking_back import (
    AGAIN,
    KEPT,
    NO_PATH,
    ONCE,
    STEP,
    STEPS,
    TWICE,
    WHICH,
)
from autograder.mistakes import operations

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

# predict_broadcast


@mistake("predict_broadcast", "every slope is 1", loses=("slopes",),
         hint="How many entries of the result change when c grows by 1?")
def broadcast_ones():
    """1 is what one entry of the result gains. The loss is the sum of all entries."""
    return np.array([1.0, 1.0, 1.0])


@mistake("predict_broadcast", "rows and columns are exchanged", loses=("slopes",),
         hint="Write down a small x, and mark the entries to which b[0] is added.")
def broadcast_exchanged():
    """An entry of a row is used once in every row of x, and an entry of a column once in every
    column."""
    return np.array([12.0, 3.0, 4.0])


@mistake("predict_broadcast", "the number c is counted once", loses=("slopes",),
         hint="To how many entries of x is c added?")
def broadcast_number_once():
    """A single number is repeated for every entry of the array."""
    return np.array([1.0, 4.0, 3.0])


@mistake("predict_broadcast", "all entries are counted for each", loses=("slopes",),
         hint="The question is about one entry of b, not about all of b.")
def broadcast_all():
    """12 is what the loss gains when a whole row or column grows by 1."""
    return np.array([12.0, 12.0, 12.0])


# unbroadcast


@mistake("unbroadcast", "axes of size 1 are forgotten", loses=(OF_SIZE_1, BOTH),
         hint="A column of shape (4, 1) was used in every column of (4, 3). What comes back to it?")
def un_front_only(grad, shape):
    """The sum over new axes in front is there. An axis of size 1 was repeated, too."""
    return grad.sum(axis=tuple(range(grad.ndim - len(shape))))


@mistake("unbroadcast", "new axes in front are forgotten", loses=(IN_FRONT, BOTH),
         hint="Compare the number of axes of grad with len(shape).")
def un_ones_only(grad, shape):
    """The sum over axes of size 1 is there. Axes that the input did not have must go."""
    axes = tuple(grad.ndim - len(shape) + k for k, size in enumerate(shape) if size == 1)
    return grad.sum(axis=axes, keepdims=True)


@mistake("unbroadcast", "the axes of size 1 are lost", loses=(OF_SIZE_1, BOTH),
         hint="What does keepdims=True do in a sum?")
def un_without_keepdims(grad, shape):
    """The sums are right, and the axis of size 1 is gone."""
    front = grad.ndim - len(shape)
    axes = [*range(front), *(front + k for k, size in enumerate(shape) if size == 1)]
    return grad.sum(axis=tuple(axes))


@mistake("unbroadcast", "the new axes stay, with size 1", loses=(IN_FRONT, BOTH),
         hint="For which of the two kinds of axes does the input have an axis?")
def un_keeps_all(grad, shape):
    """All sums are right. An axis that the input never had must not stay in its gradient."""
    front = grad.ndim - len(shape)
    axes = [*range(front), *(front + k for k, size in enumerate(shape) if size == 1)]
    return grad.sum(axis=tuple(axes), keepdims=True)


@mistake("unbroadcast", "a mean where the sum belongs", loses=(IN_FRONT, OF_SIZE_1, BOTH),
         hint="Each use sends back its own part. What did fan-out do with the parts?")
def un_mean(grad, shape):
    """The parts that come back from all uses add up. A mean divides by their number."""
    front = tuple(range(grad.ndim - len(shape)))
    grad = grad.mean(axis=front)
    return grad.mean(axis=tuple(k for k, s in enumerate(shape) if s == 1), keepdims=True)


@mistake("unbroadcast", "only one of the repetitions is taken",
         loses=(IN_FRONT, OF_SIZE_1, BOTH),
         hint="The value was used in every repetition, not only in the first.")
def un_first(grad, shape):
    """The shape is right, and what came back from the other repetitions is dropped."""
    grad = grad[(0,) * (grad.ndim - len(shape))]
    for axis, size in enumerate(shape):
        if size == 1:
            grad = np.take(grad, [0], axis=axis)
    return grad


@mistake("unbroadcast", "axes of size 1 are summed before the new axes are gone", loses=(BOTH,),
         hint="Which axis of grad is axis 0 of the input, as long as grad has a new axis in front?")
def un_ones_before_front(grad, shape):
    """Axis k of the input is axis k of grad only after the new axes in front have been summed
    away. Before that it stands further to the right, and other axes are summed."""
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad


@mistake("unbroadcast", "of several axes of size 1 only the first is summed",
         loses=(OF_SIZE_1, BOTH),
         hint="A number of shape (1, 1) was used in every entry of (4, 3). How many axes have to "
              "be summed? What does shape.index(1) give?")
def un_first_one_only(grad, shape):
    """The input was repeated along each of its axes of size 1. What came back along the others
    still stands there."""
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=shape.index(1), keepdims=True) if 1 in shape else grad


@mistake("unbroadcast", "all repetitions are read like new axes in front", loses=(OF_SIZE_1, BOTH),
         hint="In which order does a reshape read the entries of grad, and where do the copies of "
              "one entry of the input stand?")
def un_by_reshape(grad, shape):
    """The copies along a new axis in front lie behind each other as whole arrays, and a reshape
    finds them. Those along an axis of size 1 do not: the sums are of entries that do not belong
    together."""
    return grad.reshape(-1, *shape).sum(axis=0)


@mistake("unbroadcast", "the last axes are taken for the new ones", loses=(IN_FRONT, BOTH),
         hint="NumPy puts new axes in front. With which end of the shapes does it begin?")
def un_from_the_left(grad, shape):
    """NumPy puts new axes in front. Here the last axes are summed away, as if the shapes were
    compared from the left."""
    behind = tuple(range(len(shape), grad.ndim))
    grad = grad.sum(axis=behind)
    return grad.sum(axis=tuple(k for k, s in enumerate(shape) if s == 1), keepdims=True)


@mistake("unbroadcast", "computed in float32", loses=(PRECISION,),
         hint="Which dtype has grad, and which one has what you return?")
def un_in_float32(grad, shape):
    """float32 holds 7 digits, and grad has 15."""
    return un_keeps_all(grad, shape).reshape(shape).astype(np.float32)


# Graphs. Nodes come from the reference, and are known by what they can do.


def is_a(node, kind: str) -> bool:
    """Whether a node belongs to one of the classes that the chapter gives."""
    return any(c.__name__ == kind for c in type(node).__mro__)


def deepest_first(node) -> list:
    """A topological order, and what is right in it."""
    order: list[Any] = []
    done: set[Any] = set()
    opened: set[Any] = set()
    stack = [(node, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
            done.add(node)
        elif node in done:
            continue
        elif node in opened:
            raise ValueError(f"there is a cycle: {node.name} depends on itself")
        else:
            opened.add(node)
            stack.append((node, True))
            stack.extend((other, False) for other in node.inputs)
    return order


def nearest_first(node) -> list:
    """Everything that a node depends on, in breadth-first order."""
    found, seen = [node], {node}
    for node in found:
        for other in node.inputs:
            if other not in seen:
                seen.add(other)
                found.append(other)
    return found


# topological_order


@mistake("topological_order", "breadth-first order, read backwards", loses=(ORDER,),
         hint="In a + a * b: how far is a from the end, by its shortest and by its longest way?")
def order_breadth_first(node):
    """Nearness to the end says nothing: a node may be used near the end and also far from it."""
    deepest_first(node)  # notices a cycle
    return nearest_first(node)[::-1]


@mistake("topological_order", "nodes are written down when they are met",
         loses=(ORDER, DEEP),
         hint="When is a node written down: when you come to it, or when its inputs are done?")
def order_when_met(node):
    """A stack alone goes deep first, but reading it backwards is no topological order: a node
    that was met early may be needed by one that was met later."""
    deepest_first(node)  # notices a cycle
    found: dict[Any, None] = {}
    stack = [node]
    while stack:
        node = stack.pop()
        if node not in found:
            found[node] = None
            stack.extend(node.inputs)
    return list(found)[::-1]


@mistake("topological_order", "the order is turned round", loses=(ORDER, DEEP),
         hint="Which node must be computed first?")
def order_reversed(node):
    """The loss stands first. That is the order of the way back; here the inputs come first."""
    return deepest_first(node)[::-1]


@mistake("topological_order", "too many calls wait for each other", loses=(DEEP, CYCLE),
         hint="Replace the calls that wait for each other by a list of your own.")
def order_recursive(node):
    """Python lets only about a thousand calls wait for each other. Then it raises a
    RecursionError, also in a cycle."""
    order: list[Any] = []

    def visit(node):
        for other in node.inputs:
            if other not in order:
                visit(other)
        if node not in order:
            order.append(node)

    visit(node)
    return order


@mistake("topological_order", "too many calls wait for each other, and cycles are noticed",
         loses=(DEEP,), like=order_recursive)
def order_recursive_with_cycles(node):
    """Cycles are noticed, and graphs that are not deep come out right. But Python lets only about
    a thousand calls wait for each other, and then raises a RecursionError."""
    order, done, opened = [], set(), set()

    def visit(node):
        if node in done:
            return
        if node in opened:
            raise ValueError(f"there is a cycle: {node.name} depends on itself")
        opened.add(node)
        for other in node.inputs:
            visit(other)
        done.add(node)
        order.append(node)

    visit(node)
    return order


@mistake("topological_order", "a waiting node is not moved up when it is needed again",
         loses=(ORDER,),
         hint="Follow a + a * b. Where does a wait when the product is opened, and who comes off "
              "the stack first?")
def order_marked_early(node):
    """A node that was met keeps its place on the stack, also where it is needed again before its
    turn comes. What needs it is then done first, and stands in front of it."""
    order, met, opened, stack = [], {node}, set(), [(node, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            opened.discard(node)
            order.append(node)
            continue
        opened.add(node)
        stack.append((node, True))
        for other in node.inputs:
            if other in opened:
                raise ValueError(f"there is a cycle: {other.name} depends on itself")
            if other not in met:
                met.add(other)
                stack.append((other, False))
    return order


@mistake("topological_order", "a cycle is no error", loses=(CYCLE,),
         hint="Follow the inputs of a node in the cycle. Where do you come out, and how could your "
              "function notice?")
def order_blind(node):
    """In a cycle no list is right: in none of them does each node stand behind all of its inputs.
    Whoever asks has to be told."""
    order, opened, stack = [], {node}, [(node, iter(node.inputs))]
    while stack:
        node, inputs = stack[-1]
        other = next((n for n in inputs if n not in opened), None)
        if other is None:
            order.append(stack.pop()[0])
        else:
            opened.add(other)
            stack.append((other, iter(other.inputs)))
    return order


@mistake("topological_order", "nodes are told apart by their names", loses=(ORDER,),
         hint="May two nodes have one name? What in your function would notice?")
def order_by_name(node):
    """Names are for people, and two nodes may have the same one. The second of them is left out of
    the list, or taken for a cycle."""
    deepest_first(node)  # notices a cycle
    order, opened, stack = [], {node.name}, [(node, iter(node.inputs))]
    while stack:
        node, inputs = stack[-1]
        other = next((n for n in inputs if n.name not in opened), None)
        if other is None:
            order.append(stack.pop()[0])
        else:
            opened.add(other.name)
            stack.append((other, iter(other.inputs)))
    return order


@mistake("topological_order", "the walk goes round in a cycle for ever", loses=(CYCLE,),
         hint="How could your function notice that it has come to a node before, and is not done "
              "with it yet?")
def order_endless(node):
    """The inputs of a node in the cycle are never done. The function looks at the same nodes again
    and again, and does not end."""
    order, done, stack = [], set(), [node]
    while stack:
        waiting = [other for other in stack[-1].inputs if other not in done]
        if waiting:
            stack.append(waiting[-1])
        else:
            node = stack.pop()
            done.add(node)
            order.append(node)
    return order


@mistake("topological_order", "a diamond is called a cycle", loses=(ORDER, DEEP),
         hint="A node that is met twice may be done already. What must it be, to be in a cycle?")
def order_afraid(node):
    """Meeting a node for a second time is no cycle: two nodes may use the same one."""
    seen: set[Any] = set()
    stack = [node]
    while stack:
        node_now = stack.pop()
        if node_now in seen:
            raise ValueError(f"there is a cycle: {node_now.name} depends on itself")
        seen.add(node_now)
        stack.extend(node_now.inputs)
    return deepest_first(node)


def order_with_a_memory():
    """The wrong function, with a memory of its own."""
    @mistake("topological_order", "what was done is remembered from one call to the next",
             loses=(ORDER,),
             hint="Where does your function note which nodes are done, and who empties that before "
                  "the next call?")
    def order_remembers(node, done=set()):  # noqa: B006
        """Who asks twice gets nothing the second time: what the first call has noted as done is
        still noted. A default value, a name outside the function, or a mark on a node lives
        on."""
        order = [n for n in deepest_first(node) if n not in done]
        done.update(order)
        return order


order_with_a_memory()


@mistake("topological_order", "a node is listed once for each use", loses=(ORDER,),
         hint="Before you write a node down: is it in the list already?")
def order_repeated(node):
    """A value that is used twice is one node, and is computed once."""
    order = deepest_first(node)
    users = [other for n in order for other in n.inputs]
    if len(order) > 300:
        return order
    return [n for n in order for _ in range(max(1, users.count(n)))]


@mistake("topological_order", "nodes without inputs are left out", loses=(ORDER, DEEP),
         hint="The docstring asks for all nodes. Which ones are missing?")
def order_operations_only(node):
    """Placeholders, variables and constants belong to the graph, too: their values are needed."""
    return [n for n in deepest_first(node) if n.inputs]


@mistake("topological_order", "the node itself is missing", loses=(ORDER, DEEP),
         hint="Which node is the last one to be computed?")
def order_without_itself(node):
    """The list ends with the node that was asked for."""
    return deepest_first(node)[:-1]


@mistake("topological_order", "the cycle is not named", loses=(CYCLE,),
         hint="In a graph of thousands of nodes: what would you want to be told?")
def order_nameless(node):
    """In a graph of thousands of nodes, an error without a name does not help."""
    try:
        return deepest_first(node)
    except ValueError:
        raise ValueError("there is a cycle") from None


@mistake("topological_order", "the error names the node that was asked for", loses=(CYCLE,),
         hint="When you notice the cycle: which node do you hold in your hand, and is it the one "
              "that the function was called with?")
def order_names_the_end(node):
    """The node that was asked for may lie far behind the cycle. Whoever mends the graph looks for a
    node inside it."""
    try:
        return deepest_first(node)
    except ValueError:
        raise ValueError(f"there is a cycle at {node.name}") from None


# Session


class RightSession:
    """A right session, to be spoiled in one place."""

    def run(self, nodes, feed_dict=None):
        feed_dict = feed_dict or {}
        self.look_at(feed_dict)
        wanted = nodes if isinstance(nodes, list) else [nodes]
        done: set[Any] = set()
        for node in self.order(wanted):
            if node not in done:
                done.add(node)
                self.visit(node, feed_dict)
        values = [node.output_value for node in wanted]
        return values if isinstance(nodes, list) else values[0]

    def look_at(self, feed_dict):
        for key in feed_dict:
            if not is_a(key, "Placeholder"):
                raise ValueError(f"{getattr(key, 'name', key)} is no placeholder")

    def order(self, wanted):
        return [node for last in wanted for node in deepest_first(last)]

    def visit(self, node, feed_dict):
        if is_a(node, "Operation"):
            self.compute(node)
        elif is_a(node, "Placeholder"):
            self.feed(node, feed_dict)

    def compute(self, node):
        node.evaluate()

    def feed(self, node, feed_dict):
        if node not in feed_dict:
            raise ValueError(f"{node.name} has no value")
        node.output_value = np.asarray(feed_dict[node])


@mistake("Session", "a placeholder without a value is not noticed", loses=(NO_VALUE,),
         hint="A needed placeholder is not in feed_dict: say so before anything is computed.")
class SessionTrusting(RightSession):
    """Then None is computed with, and the error comes from far inside an operation; or a value
    from an earlier run is used, and no error comes at all."""

    def feed(self, node, feed_dict):
        if node in feed_dict:
            node.output_value = np.asarray(feed_dict[node])


@mistake("Session", "a value from an earlier run is used", loses=(NO_VALUE,),
         hint="Ask feed_dict, not the node, whether there is a value.")
class SessionStale(RightSession):
    """The placeholder still has the value of the run before. Whoever forgets to feed it trains on
    yesterday's batch and never learns of it."""

    def feed(self, node, feed_dict):
        if node in feed_dict:
            node.output_value = np.asarray(feed_dict[node])
        if node.output_value is None:
            raise ValueError(f"{node.name} has no value")


@mistake("Session", "a missing value ends in a KeyError", loses=(NO_VALUE,),
         hint="Who reads this error, and does it say which placeholder to feed?")
class SessionKeyError(RightSession):
    """A KeyError says that a key is missing somewhere. It does not say what to do."""

    def feed(self, node, feed_dict):
        node.output_value = np.asarray(feed_dict[node])


@mistake("Session", "keys that are no placeholders are not noticed", loses=(UNKNOWN,),
         hint="Go through the keys of feed_dict before you begin.")
class SessionDeaf(RightSession):
    """Somebody feeds a value under a wrong key, and nobody tells them: it is dropped, or overwrites
    another value."""

    def look_at(self, feed_dict):
        return None


@mistake("Session", "only the first key of feed_dict is looked at", loses=(UNKNOWN,),
         hint="How many keys of feed_dict does your function look at?")
class SessionLooksOnce(RightSession):
    """A wrong key behind a right one is not noticed."""

    def look_at(self, feed_dict):
        super().look_at(list(feed_dict)[:1])


@mistake("Session", "variables and operations may be fed", loses=(UNKNOWN,),
         hint="Which class of nodes may be a key of feed_dict?")
class SessionFeedsAll(RightSession):
    """Only what is no node at all is refused. A value fed for a variable or an operation has no
    effect, or overwrites what was trained."""

    def look_at(self, feed_dict):
        for key in feed_dict:
            if not is_a(key, "Node"):
                raise ValueError(f"{key} is no placeholder")


@mistake("Session", "a feed that is not needed is refused", loses=(VALUE,),
         hint="Is the key a placeholder? Then it may be there, whether it is needed or not.")
class SessionStrict(RightSession):
    """Whoever asks for the predictions alone may leave the labels in feed_dict."""

    def run(self, nodes, feed_dict=None):
        needed = {n for last in (nodes if isinstance(nodes, list) else [nodes])
                  for n in deepest_first(last)}
        for key in feed_dict or {}:
            if key not in needed:
                raise ValueError(f"{getattr(key, 'name', key)} is no placeholder that is needed")
        return super().run(nodes, feed_dict)


@mistake("Session", "what was computed once is not computed again", loses=(VALUE,),
         hint="What has to happen with the values of the last run?")
class SessionCached(RightSession):
    """The value of the first run is kept, although a placeholder or a variable has changed."""

    def compute(self, node):
        if node.output_value is None:
            node.evaluate()


@mistake("Session", "a variable that has changed is not noticed", loses=(VALUE,),
         hint="A variable is no placeholder. Can its value change between two runs?")
class SessionFolds(RightSession):
    """Training changes variables between two runs, and everything that is made of them."""

    def compute(self, node):
        if node.output_value is None or any(is_a(n, "Placeholder") for n in deepest_first(node)):
            node.evaluate()


@mistake("Session", "feed_dict is changed", loses=(VALUE,),
         hint="Whose dict is feed_dict, and who needs it after this run?")
class SessionEmptiesFeeds(RightSession):
    """The caller hands the same feed_dict to the next run, and it holds something else then, or
    nothing at all."""

    def run(self, nodes, feed_dict=None):
        values = super().run(nodes, feed_dict)
        (feed_dict or {}).clear()
        return values


@mistake("Session", "without a feed_dict nothing is looked for", loses=(NO_VALUE,),
         hint="What does run(loss) say, if the loss needs a placeholder?")
class SessionWithoutDict(RightSession):
    """A run without a feed_dict gets as far as the first operation with None in it."""

    def run(self, nodes, feed_dict=None):
        self.any = feed_dict is not None
        return super().run(nodes, feed_dict)

    def feed(self, node, feed_dict):
        if self.any:
            super().feed(node, feed_dict)


@mistake("Session", "a fed number stays a number", loses=(FED,),
         hint="In which form does the text say that a value is put into output_value?")
class SessionKeepsNumbers(RightSession):
    """Operations look for an array in output_value: a plain number has no shape and no sum."""

    def feed(self, node, feed_dict):
        super().feed(node, feed_dict)
        node.output_value = feed_dict[node]


@mistake("Session", "evaluate is not called", loses=(EVALUATE,),
         hint="Which method of an operation keeps its value, and which one only returns it?")
class SessionByOutput(RightSession):
    """An operation may do more in evaluate than compute_output does: it names the shapes that do
    not fit, and an Action makes its step there."""

    def compute(self, node):
        node.output_value = node.compute_output()


@mistake("Session", "each node of a list is computed by itself", loses=(LIST,),
         hint="Two wanted nodes share inputs. How often are these evaluated?")
class SessionOneByOne(RightSession):
    """What several of the wanted nodes need is evaluated again for each of them."""

    def run(self, nodes, feed_dict=None):
        if isinstance(nodes, list):
            return [super(SessionOneByOne, self).run(node, feed_dict) for node in nodes]
        return super().run(nodes, feed_dict)


@mistake("Session", "a node is evaluated once for each use", loses=(LIST,),
         hint="Let the topological order decide when a node is evaluated: once.")
class SessionRecursive(RightSession):
    """A value that is asked of every input anew is computed as often as there are paths to it."""

    def run(self, nodes, feed_dict=None):
        feed_dict = feed_dict or {}
        self.look_at(feed_dict)

        def value(node):
            for other in node.inputs:
                value(other)
            self.visit(node, feed_dict)
            return node.output_value

        return [value(n) for n in nodes] if isinstance(nodes, list) else value(nodes)


@mistake("Session", "all nodes of the graph are evaluated", loses=(VALUE, LIST),
         hint="On which nodes does the wanted one depend? topological_order knows.")
class SessionWholeGraph(RightSession):
    """A graph may hold nodes that have nothing to do with what is wanted: they cost time, and may
    need placeholders that nobody has fed."""

    def order(self, wanted):
        base = next(c for c in type(wanted[0]).__mro__ if c.__name__ == "Node")
        graph = vars(base)["__init__"].__globals__["open_graphs"][-1]
        return [node for last in graph.nodes for node in deepest_first(last)]


@mistake("Session", "a list gets only its last value", loses=(LIST,),
         hint="A list of nodes wants a list of values, in the same order.")
class SessionLast(RightSession):
    """One value comes back, where a list was asked for."""

    def run(self, nodes, feed_dict=None):
        values = super().run(nodes, feed_dict)
        return values[-1] if isinstance(nodes, list) else values


@mistake("Session", "a list of one node gets a bare value", loses=(LIST,),
         hint="How do you tell a node from a list of nodes: by what was asked for, or by how many "
              "values there are?")
class SessionCountsValues(RightSession):
    """Whoever asks with a list takes a list apart again, also where there is one node in it."""

    def run(self, nodes, feed_dict=None):
        values = super().run(nodes, feed_dict)
        return values[0] if isinstance(nodes, list) and len(values) == 1 else values


@mistake("Session", "a single node gets a list", loses=(VALUE,),
         hint="What was asked for, a node or a list of nodes?")
class SessionAlwaysList(RightSession):
    """For one node its value is returned, not a list with the value in it."""

    def run(self, nodes, feed_dict=None):
        return super().run(nodes if isinstance(nodes, list) else [nodes], feed_dict)


# gradients


def sent_back(loss, order=None, add=lambda old, new: old + new) -> dict:
    """All gradients, by a right order unless another one is given."""
    order = order or deepest_first(loss)[::-1]
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in order:
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = add(found[other], part) if other in found else part
    return found


def asked_for(found: dict, loss, wrt) -> dict:
    """Those of the gradients that were asked for."""
    if wrt is None:
        wrt = [node for node in deepest_first(loss) if is_a(node, "Variable")]
    for node in wrt:
        if node not in found:
            raise ValueError(f"there is no path from {node.name} to the loss")
    return {node: found[node] for node in wrt}


@mistake("gradients", "a later part overwrites an earlier one", loses=(TWICE, DEEP),
         hint="What happens to a value that is used more than once?")
def gradients_overwritten(loss, wrt=None):
    """Only the part that came last is left. On graphs without fan-out that goes unnoticed."""
    return asked_for(sent_back(loss, add=lambda old, new: new), loss, wrt)


@mistake("gradients", "only the first part is kept", loses=(TWICE, DEEP),
         hint="A second part arrives at a node that has one already. What is to be done with it?")
def gradients_first_part(loss, wrt=None):
    """The parts of all later uses are dropped."""
    return asked_for(sent_back(loss, add=lambda old, new: old), loss, wrt)


@mistake("gradients", "breadth-first order", loses=(TWICE,),
         hint="In p + p * b: has the product been visited when p sends on its gradient?")
def gradients_breadth_first(loss, wrt=None):
    """The nodes nearest to the loss are visited first. One that is used near the loss and also
    further away sends on its gradient before everything has arrived."""
    return asked_for(sent_back(loss, nearest_first(loss)), loss, wrt)


@mistake("gradients", "every path is followed to its end", loses=(DEEP,),
         hint="Add up at the fork, and send on once. Which order of the visits allows that?")
def gradients_by_paths(loss, wrt=None):
    """Each part is sent on by itself. The sums come out right, but the number of paths doubles at
    every diamond, and calls that wait for each other pile up."""
    found: dict[Any, Any] = {}

    def send(node, grad):
        found[node] = found[node] + grad if node in found else grad
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(grad)):
                send(other, part)

    send(loss, np.ones_like(loss.output_value, dtype=float))
    return asked_for(found, loss, wrt)


@mistake("gradients", "a node sends again whenever a part arrives", loses=(TWICE, DEEP),
         hint="How many parts must have arrived at a node before it sends anything?")
def gradients_sent_again(loss, wrt=None):
    """A node that is used several times stands in the queue several times. It has to send once,
    when everything has arrived."""
    found: dict[Any, Any] = {loss: np.ones_like(loss.output_value, dtype=float)}
    queue = [loss]
    for node in queue:
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part if other in found else part
                queue.append(other)
    return asked_for(found, loss, wrt)


@mistake("gradients", "too many calls wait for each other", loses=(DEEP,),
         hint="Use your topological_order, which needs no recursion.")
def gradients_recursive(loss, wrt=None):
    """A graph that is not deep comes out right. One that is thousands of nodes deep ends in a
    RecursionError."""
    order, seen = [], set()

    def visit(node):
        seen.add(node)
        for other in node.inputs:
            if other not in seen:
                visit(other)
        order.append(node)

    visit(loss)
    return asked_for(sent_back(loss, order[::-1]), loss, wrt)


@mistake("gradients", "parts are added into an array that others have", loses=(TWICE,),
         hint="Write a = a + b, which makes a new array.")
def gradients_in_place(loss, wrt=None):
    """A sum sends the very same array to both of its inputs. Whoever adds to it with += changes
    what the other one received."""
    def add(old, new):
        old += new
        return old

    return asked_for(sent_back(loss, add=add), loss, wrt)


@mistake("gradients", "the second part of one input is lost", loses=(TWICE,),
         hint="How many parts does an operation send to x, if both of its inputs are x? How many "
              "of them arrive?")
def gradients_by_index(loss, wrt=None):
    """Where a node stands twice among the inputs, only the part for the first of both places
    arrives. So it goes if parts are looked up by inputs.index, which finds the first place."""
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(deepest_first(loss)):
        if is_a(node, "Operation"):
            parts = node.compute_gradient(found[node])
            for other in dict.fromkeys(node.inputs):
                part = parts[node.inputs.index(other)]
                found[other] = found[other] + part if other in found else part
    return asked_for(found, loss, wrt)


@mistake("gradients", "gradients pile up from call to call", loses=(AGAIN,),
         hint="Keep the gradients in a dict that is new in every call.")
def gradients_piled_up(loss, wrt=None):
    """What the first call has found is still there when somebody asks again, and is added to. It
    lives on in the nodes, in a default value, or under a name outside the function."""
    found = sent_back(loss)
    for node, grad in found.items():
        node.grad = getattr(node, "grad", 0.0) + grad
    return asked_for({node: node.grad for node in found}, loss, wrt)


@mistake("gradients", "placeholders and constants are in the dict", loses=(WHICH,),
         hint="Which class of nodes does training change?")
def gradients_of_leaves(loss, wrt=None):
    """Without wrt, only the variables are asked for. Whoever trains a placeholder changes the
    data."""
    if wrt is None:
        wrt = [node for node in deepest_first(loss) if not node.inputs]
    return asked_for(sent_back(loss), loss, wrt)


@mistake("gradients", "all nodes are in the dict", loses=(WHICH,),
         hint="The docstring says: for exactly these nodes.")
def gradients_of_all(loss, wrt=None):
    """Every gradient on the way is returned. The optimizer would take each for a variable."""
    found = sent_back(loss)
    asked_for(found, loss, wrt)
    return found


@mistake("gradients", "wrt is ignored", loses=(WHICH, NO_PATH),
         hint="What is returned when wrt holds one of two variables?")
def gradients_without_wrt(loss, wrt=None):
    """The gradients of all variables are returned, whatever was asked for."""
    return asked_for(sent_back(loss), loss, None)


@mistake("gradients", "what is no variable is left out of the dict", loses=(WHICH,),
         hint="The docstring says: for exactly these nodes. Which kinds of nodes may stand in wrt?")
def gradients_of_variables_only(loss, wrt=None):
    """Without wrt, only the variables are asked for. With wrt, exactly its nodes are: placeholders,
    constants and operations, too."""
    found = asked_for(sent_back(loss), loss, wrt)
    return {node: grad for node, grad in found.items() if is_a(node, "Variable")}


@mistake("gradients", "a wrt without nodes is taken for none", loses=(WHICH,),
         hint="Which of None and [] means that nothing was asked for?")
def gradients_of_empty(loss, wrt=None):
    """An empty list is false, too. Exactly the gradients of its nodes are asked for: none at
    all."""
    return asked_for(sent_back(loss), loss, wrt or None)


@mistake("gradients", "without wrt the dict is empty", loses=(ONCE, TWICE, DEEP, AGAIN, WHICH),
         hint="What does the docstring say of wrt where it is left out?")
def gradients_nothing(loss, wrt=None):
    """Without wrt, the gradients of all variables are asked for."""
    return asked_for(sent_back(loss), loss, wrt or [])


@mistake("gradients", "the first answer is kept", loses=(AGAIN,),
         hint="What do you keep from one call to the next, and when does it become old?")
def gradients_kept(loss, wrt=None):
    """Gradients belong to the values of the moment. When the graph has been run with other values,
    the old answer is wrong."""
    if not hasattr(loss, "found"):
        loss.found = sent_back(loss)
    return asked_for(loss.found, loss, wrt)


@mistake("gradients", "a node without a path is in the dict", loses=(NO_PATH,),
         hint="What does somebody learn who trains a weight that never moves? Read \"Raises\".")
def gradients_zeros(loss, wrt=None):
    """It stands there with zeros, or with None, and nobody is told. But whoever asks has wired
    something wrong, and would train a weight that never moves."""
    found = sent_back(loss)
    return asked_for({**{node: np.zeros_like(node.output_value, dtype=float)
                         for node in wrt or ()}, **found}, loss, wrt)


@mistake("gradients", "a node without a path is left out", loses=(NO_PATH,),
         hint="Which nodes of wrt are missing in your dict, and who is told?")
def gradients_left_out(loss, wrt=None):
    """What was asked for and has no gradient is missing in the dict, without a word."""
    found = sent_back(loss)
    return asked_for(found, loss, None if wrt is None else [n for n in wrt if n in found])


@mistake("gradients", "no path ends in a KeyError", loses=(NO_PATH,),
         hint="Who reads this error, and what does it say about the graph?")
def gradients_key_error(loss, wrt=None):
    """A KeyError says that a key is missing somewhere. It does not say what is wrong with the
    graph."""
    found = sent_back(loss)
    return {node: found[node] for node in wrt} if wrt else asked_for(found, loss, wrt)


@mistake("gradients", "a slope of 0 is taken for a missing path", loses=(WHICH,),
         hint="What is the slope of a * a at a = 0, and is there a path?")
def gradients_zero_is_none(loss, wrt=None):
    """Zeros are a gradient as good as any. Whether there is a path is decided by the graph."""
    found = asked_for(sent_back(loss), loss, wrt)
    for node in wrt or ():
        if not np.any(found[node]):
            raise ValueError(f"there is no path from {node.name} to the loss")
    return found


@mistake("gradients", "a node without inputs is asked for its gradients",
         loses=(ONCE, TWICE, DEEP, AGAIN, WHICH, NO_PATH),
         hint="Which nodes have the method compute_gradient?")
def gradients_asks_leaves(loss, wrt=None):
    """Placeholders, variables and constants are the ends of the graph. What comes back to them
    goes no further."""
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(deepest_first(loss)):
        for other, part in zip(node.inputs, node.compute_gradient(found[node])):
            found[other] = found[other] + part if other in found else part
    return asked_for(found, loss, wrt)


@mistake("gradients", "the walk begins with the loss in place of 1",
         loses=(ONCE, TWICE, DEEP, WHICH),
         hint="How fast does the loss grow when the loss grows?")
def gradients_from_loss(loss, wrt=None):
    """The slope of the loss with respect to itself is 1, whatever its value is."""
    found: dict[Any, Any] = {loss: loss.output_value}
    for node in reversed(deepest_first(loss)):
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part if other in found else part
    return asked_for(found, loss, wrt)


@mistake("gradients", "the walk begins with a single 1", loses=(ONCE,),
         hint="Which shape has the gradient of the loss with respect to itself?")
def gradients_from_one(loss, wrt=None):
    """If the loss is an array, each of its entries begins with 1: the gradient has its shape."""
    found: dict[Any, Any] = {loss: 1.0}
    for node in reversed(deepest_first(loss)):
        if is_a(node, "Operation"):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part if other in found else part
    return asked_for(found, loss, wrt)


@mistake("gradients", "the keys are names", loses=(ONCE, TWICE, DEEP, AGAIN, WHICH),
         hint="Can two nodes have one name? What are the keys in the docstring?")
def gradients_by_name(loss, wrt=None):
    """Two nodes may have the same name. A node is equal only to itself."""
    return {node.name: grad for node, grad in asked_for(sent_back(loss), loss, wrt).items()}


# exposing_expressions


@mistake("exposing_expressions", "the two are exchanged", loses=(TOO_EARLY, ONE_PART),
         hint="The first is about the order, the second about the lost part.")
def exposing_exchanged(a, b):
    """Each shows one of the bugs, and stands in the place of the other."""
    return a * a, a + a * b


@mistake("exposing_expressions", "these are trees", loses=(TOO_EARLY, ONE_PART),
         hint="Use a value more than once.")
def exposing_trees(a, b):
    """Every value is used once, and then the function is right."""
    return a + b, a * b


@mistake("exposing_expressions", "the product is found first", loses=(TOO_EARLY,),
         hint="The function goes through the inputs of the sum from left to right. Which one "
              "should it meet first?")
def exposing_lucky(a, b):
    """The product stands to the left, and is known when a collects its parts. That is luck."""
    return a * b + a, a * a


@mistake("exposing_expressions", "the same is written twice", loses=(TOO_EARLY, ONE_PART),
         hint="How many nodes does (a + b) * (a + b) make, and how would you use one twice?")
def exposing_twice_written(a, b):
    """(a + b) * (a + b) has two sums, two nodes with the same value. Nothing is lost there, and
    nothing is visited too early."""
    return (a + b) * (a + b), (a + b) * (a + b)


@mistake("exposing_expressions", "a lost part in both", loses=(TOO_EARLY,),
         hint="In the first one, use a node near the end and once more a step before.")
def exposing_lost_in_both(a, b):
    """b * b loses a part. That shows the second bug, and not whether the order is wrong."""
    return a + b * b, a * a


@mistake("exposing_expressions", "one expression for both, by the order", loses=(ONE_PART,),
         hint="For the second, no node may be visited too early. Is one operation enough?")
def exposing_order_only(a, b):
    """In the second expression nothing is lost by looking up a place."""
    return a + a * b, a + a * b


@mistake("exposing_expressions", "one expression for both, by the lost part", loses=(TOO_EARLY,),
         hint="For the first, use a near the end and once more a step before.")
def exposing_part_only(a, b):
    """In the first expression every node is visited late enough."""
    return a * a, a * a


@mistake("exposing_expressions", "both bugs at once in the second", loses=(ONE_PART,),
         hint="Make the second one smaller, until only one operation is left.")
def exposing_both_at_once(a, b):
    """The second expression shows something, but one cannot say which bug it was."""
    return a + a * b, a + a * a


@mistake("exposing_expressions", "both bugs at once in the first", loses=(TOO_EARLY,),
         hint="In the first one, let the inputs of each operation be different nodes.")
def exposing_both_in_the_first(a, b):
    """The first expression shows something, but one cannot say which bug it was."""
    return a + a * a, a * a


# GradientDescentOptimizer


def node_that(move, loss, *inputs):
    """An operation that calls a function, of the classes of the given loss."""
    operation = next(c for c in type(loss).__mro__ if c.__name__ == "Operation")
    return type("Action", (operation,), {
        "evaluate": lambda self: setattr(self, "output_value", move())})(*inputs)


class Moving:
    """A right optimizer, to be spoiled in one place."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def move():
            for node, grad in self.slopes(loss).items():
                self.shift(node, grad)
            return loss.output_value

        return node_that(move, loss, loss)

    def slopes(self, loss):
        return asked_for(sent_back(loss), loss, None)

    def shift(self, node, grad):
        node.output_value = node.output_value - self.learning_rate * grad


@mistake("GradientDescentOptimizer", "the step goes uphill", loses=(STEP, STEPS),
         hint="In which direction does the loss fall?")
class MovesUp(Moving):
    """The gradient points to where the loss grows. The step goes against it."""

    def shift(self, node, grad):
        node.output_value = node.output_value + self.learning_rate * grad


@mistake("GradientDescentOptimizer", "the learning rate is missing", loses=(STEP, STEPS),
         hint="How long is a step?")
class MovesFar(Moving):
    """The whole gradient is subtracted."""

    def shift(self, node, grad):
        node.output_value = node.output_value - grad


@mistake("GradientDescentOptimizer", "the value is replaced by the step", loses=(STEP, STEPS),
         hint="What remains of the old value?")
class MovesFromZero(Moving):
    """The new value is the old one and the step, not the step alone."""

    def shift(self, node, grad):
        node.output_value = -self.learning_rate * grad


@mistake("GradientDescentOptimizer", "the value is subtracted from the step", loses=(STEP, STEPS),
         hint="Which of the two is subtracted from the other?")
class MovesTurned(Moving):
    """The step is subtracted from the value. The other way round, the value has the wrong sign."""

    def shift(self, node, grad):
        node.output_value = self.learning_rate * grad - node.output_value


@mistake("GradientDescentOptimizer", "the old array is overwritten", loses=(KEPT,),
         hint="Which of a = a - b and a -= b makes a new array?")
class MovesInPlace(Moving):
    """With -= or [...] = the numbers change in the array itself, which somebody may have kept to
    compare."""

    def shift(self, node, grad):
        node.output_value -= self.learning_rate * grad


@mistake("GradientDescentOptimizer", "the gradients are found once and for all",
         loses=(STEP, STEPS),
         hint="What is known when minimize is called, and what only when the step is run?")
class MovesBlindly(Moving):
    """When minimize is called, the loss may not have been run, and later every step moves by the
    same old gradients."""

    def minimize(self, loss):
        found = self.slopes(loss)

        def move():
            for node, grad in found.items():
                self.shift(node, grad)
            return loss.output_value

        return node_that(move, loss, loss)


@mistake("GradientDescentOptimizer", "the step does not wait for the loss",
         loses=(STEP, STEPS),
         hint="What has to be evaluated before the step? Make it an input of the node.")
class MovesAlone(Moving):
    """The loss is no input of the node, and so it is not evaluated when the node is run: the
    gradients are missing, or those of the data before."""

    def minimize(self, loss):
        def move():
            for node, grad in self.slopes(loss).items():
                self.shift(node, grad)
            return loss.output_value

        return node_that(move, loss)


@mistake("GradientDescentOptimizer", "placeholders and constants are moved",
         loses=(STEPS, KEPT),
         hint="Which nodes may training change?")
class MovesEverything(Moving):
    """The data of a batch and the constants of the formula are no weights."""

    def slopes(self, loss):
        leaves = [node for node in deepest_first(loss) if not node.inputs]
        return asked_for(sent_back(loss), loss, leaves)


@mistake("GradientDescentOptimizer", "the variables move one after the other",
         loses=(STEP, STEPS),
         hint="Find all gradients first, then move.")
class MovesInTurn(Moving):
    """The second gradient is found when the first variable has moved already."""

    def minimize(self, loss):
        def move():
            before = loss.output_value
            for variable in self.slopes(loss):
                for node in deepest_first(loss):
                    if is_a(node, "Operation"):
                        node.evaluate()
                self.shift(variable, self.slopes(loss)[variable])
            return before

        return node_that(move, loss, loss)


@mistake("GradientDescentOptimizer", "gradients are found again when a variable has moved",
         loses=(STEP, STEPS),
         hint="How often is gradients called in one step? Keep its answer.")
class MovesBetween(Moving):
    """The gradients of the variables that are left are computed with the new value of the first
    one, and with the old values of everything else."""

    def minimize(self, loss):
        def move():
            for variable in self.slopes(loss):
                self.shift(variable, self.slopes(loss)[variable])
            return loss.output_value

        return node_that(move, loss, loss)


@mistake("GradientDescentOptimizer", "the loss is run once more, without its data",
         loses=(STEP, STEPS, KEPT),
         hint="Which input of your node has been evaluated already when it is its turn?")
class MovesUnfed(Moving):
    """The step runs the loss in a session of its own, which has no values for the placeholders.
    The loss has been evaluated already: it is an input of the step."""

    def minimize(self, loss):
        def move():
            for node in deepest_first(loss):
                if is_a(node, "Placeholder"):
                    raise ValueError(f"the placeholder {node.name} has no value")

        return node_that(move, loss, loss)


@mistake("GradientDescentOptimizer", "the step has no value", loses=(STEP,),
         hint="The docstring says what the value of the step is.")
class MovesSilently(Moving):
    """The variables move, but nobody learns how large the loss was."""

    def minimize(self, loss):
        def move():
            for node, grad in self.slopes(loss).items():
                self.shift(node, grad)

        return node_that(move, loss, loss)


# recap_autodiff


@mistake("recap_autodiff", "gradients in nodes are taken for a new answer", loses=("two_answers",),
         hint="What is in node.grad when the second question begins?")
def recap_same():
    """Nothing empties node.grad between the two questions."""
    return "a", "b", "c"


@mistake("recap_autodiff", "paths are counted in place of operations", loses=("calls",),
         hint="How often does your function visit an operation?")
def recap_paths():
    """There are so many paths. But parts are added at the fork, and each operation sends once."""
    return "b", "a", "c"


@mistake("recap_autodiff", "a diamond is counted as one operation", loses=("calls",),
         hint="How many operations does one diamond have?")
def recap_diamonds():
    """In each diamond three operations are asked: the two that use the value, and the one that
    adds their results."""
    return "b", "c", "c"


@mistake("recap_autodiff", "an axis of size 1 is overlooked", loses=("shape",),
         hint="Write (64, 7, 5) and (7, 1) below each other, at the right.")
def recap_front_only():
    """The new axis in front is there. The last axis of y has size 1, and was repeated, too."""
    return "b", "b", "a"


@mistake("recap_autodiff", "the axes of x are taken for those of y", loses=("shape",),
         hint="The question is about y, whose shape is (7, 1).")
def recap_other_input():
    """Axis 1 is repeated in x, and not in y."""
    return "b", "b", "b"


operations.enter(mistake)
