"""Where a student's own topological_order is wrong, Session and gradients of 08_autodiff wait.

They are built on it. Only where one of them fails is the order of that graph looked at: who has a
right order, or needs none, is not asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from autograder.checking.own_layers import Waiting
from autograder.exercises.node_graphs import Steps, why_no_order
from autograder.kit.functions import Functions, Kept
from autograder.kit.plain import Source
from autograder.kit.student_error import StudentError, StudentStopped

NAMES_IN = Source("""lambda order: (
    [getattr(n, 'name', repr(n)) for n in order] if isinstance(order, (list, tuple)) else None
)""")
ORDER_OF = "topological_order"

WALKED_BACK = Source("""lambda order, loss: (lambda found: [
    found.update({other: found[other] + part if other in found else part})
    for node in reversed(order) if hasattr(node, 'compute_gradient')
    for other, part in zip(node.inputs, node.compute_gradient(found[node]))
] and {node.name: grad for node, grad in found.items()})(
    {loss: np.ones_like(loss.output_value, dtype=float)})""")
"""The gradients that an order gives, right or wrong, by the names of the nodes."""


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


def deep_needed(inputs: Mapping) -> Mapping[str, tuple[str, ...]]:
    """As `needed`, of a graph of `deep_graph`."""
    return _deep_needed(inputs["form"], int(inputs["depth"]))


@cache
def _deep_needed(form: str, depth: int) -> dict[str, tuple[str, ...]]:
    if form == "chain":
        links = [f"link_{k}" for k in range(depth)]
        return {"a": (), **dict(zip(links, [(name,) for name in ["a", *links[:-1]]],
                                    strict=True))}
    wanted: dict[str, tuple[str, ...]] = {"a": ()}
    for k in range(depth):
        top = f"bottom_{k - 1}" if k else "a"
        wanted |= {f"left_{k}": (top,), f"right_{k}": (top,),
                   f"bottom_{k}": (f"left_{k}", f"right_{k}")}
    return wanted


def trouble_of(functions: Functions, node: Kept, wanted: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with the student's own order, or ''."""
    if ORDER_OF not in functions:
        return ""
    try:
        order = functions.keep(ORDER_OF, node)
        return why_no_order(functions.call(NAMES_IN, order).value, wanted)
    except StudentStopped:
        raise
    except StudentError as error:
        return error.kind


def wait_for_the_order(
    functions: Functions, asked: Sequence[tuple[Kept, Mapping[str, Sequence[str]]]]
) -> None:
    """Wait, if the order of one of the nodes that were asked for is wrong.

    Raises
    ------
    Waiting
    """
    if any(trouble_of(functions, node, wanted) for node, wanted in asked):
        raise Waiting(f"waits for {ORDER_OF}, whose order of such a graph is not right yet")


@contextlib.contextmanager
def waiting_for_the_order(
    functions: Functions, asked: Sequence[tuple[Kept, Mapping[str, Sequence[str]]]]
) -> Iterator[None]:
    """Turn an error of a student's code into `Waiting`, where the order is to blame."""
    try:
        yield
    except StudentStopped:
        raise
    except StudentError as error:
        if error.kind != "NotImplementedError":
            wait_for_the_order(functions, asked)
        raise


def gradients_by_own_order(functions: Functions, node: Kept) -> dict:
    """What a right function finds when it goes by the student's order."""
    order = functions.keep(ORDER_OF, node)
    found = functions.call(WALKED_BACK, order, node).value
    return found if isinstance(found, dict) else {}
