"""Rows of 08_autodiff for single operations: each is made, computed and asked for its gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.checking.exercise import Case, Composition, Exercise, Play
from autograder.exercises.node_graphs import SET_VALUE, fresh_graph, plain_or_told
from autograder.kit.functions import Functions
from autograder.kit.student_error import StudentError, StudentStopped

FORWARD = "forward"
GRADIENT = "gradient"
TIE = "a tie"

NO_TUPLE = "an array that stands in no tuple"
USES = ("Graph", "Constant")

Shape = tuple[int, ...]


def parts_of(value: object, count: int) -> tuple:
    """The gradients that ``compute_gradient`` has returned, or words where there are none."""
    if isinstance(value, np.ndarray) and value.ndim and len(value) == count > 1:
        return tuple(value)
    if isinstance(value, (np.ndarray, float, int)):
        return (NO_TUPLE,) * count
    if isinstance(value, (tuple, list)):
        return tuple(value) if len(value) == count else (f"a tuple of {len(value)}",) * count
    return (value,) * count


def forward_of(name: str, names: tuple[str, ...], options: tuple[str, ...]) -> Play:
    """Play ``compute_output``."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        with fresh_graph(functions):
            nodes = [functions.keep("Constant", inputs[n]) for n in names]
            node = functions.keep(name, *nodes, *(inputs[o] for o in options))
            out = plain_or_told(node.call, "compute_output")
        return (*[None] * len(names), out)

    return play


def gradient_of(
    name: str, names: tuple[str, ...], options: tuple[str, ...], compute: Callable
) -> Play:
    """Play ``compute_gradient``, with the right value in the node."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        values = [inputs[n] for n in (*names, *options)]
        with fresh_graph(functions):
            nodes = [functions.keep("Constant", inputs[n]) for n in names]
            node = functions.keep(name, *nodes, *(inputs[o] for o in options))
            try:
                node.keep("compute_output")  # it may keep something for the way back
            except StudentStopped:
                raise
            except StudentError:
                pass
            functions.call(SET_VALUE, node, np.asarray(compute(*values)))
            back = plain_or_told(node.call, "compute_gradient", inputs["dout"])
        return (*parts_of(back, len(names)), None)

    return play


def with_own_unbroadcast(slopes: Callable) -> Composition:
    """The gradients of an operation, brought to their shapes by the student's ``unbroadcast``."""

    def composed(layers, inputs: Mapping) -> tuple:
        x, y, dout = (inputs[name] for name in ("x", "y", "dout"))
        shared = [np.broadcast_to(value, dout.shape) for value in (x, y)]
        gradients = []
        for value, full in zip((x, y), slopes(*shared, dout), strict=True):
            shape = np.shape(value)
            summed = layers.call("unbroadcast", full, shape).value
            gradients.append(layers.array("unbroadcast", summed, shape))
        return (*gradients, None)

    return composed


def operation(
    name: str, names: tuple[str, ...], compute: Callable, forward: Callable, gradient: Callable,
    *, options: tuple[str, ...] = (), slopes: Callable | None = None, tie: Callable | None = None,
    shapes: Mapping[str, str] | None = None,
) -> Exercise:
    """The row of an operation.

    Parameters
    ----------
    names : tuple of str
        Its inputs.
    compute : callable
        Its value, from the values of its inputs and its options.
    forward, gradient, tie : callable
        ``draw(rng)`` makes a list of the title and the inputs of each case.
    options : tuple of str
        Further arguments of its constructor.
    slopes : callable, optional
        ``slopes(x, y, dout)``, its gradients in the shape of the output.
    """
    given = {FORWARD: forward, GRADIENT: gradient, **({TIE: tie} if tie else {})}

    def cases(rng: np.random.Generator) -> list[Case]:
        found = []
        for item, draw in given.items():
            for title, inputs in draw(rng):
                if item == FORWARD:
                    play, composed = forward_of(name, names, options), None
                else:
                    out = np.asarray(compute(*(inputs[n] for n in (*names, *options))))
                    inputs = {**inputs, "dout": np.asarray(rng.standard_normal(out.shape))}
                    play = gradient_of(name, names, options, compute)
                    composed = with_own_unbroadcast(slopes) if slopes else None
                found.append(Case(title, inputs, item=item, play=play, composed=composed))
        return found

    uses = (*USES, "unbroadcast") if slopes else USES
    return Exercise(name, "()", (*(f"d{n}" for n in names), "out"), dict.fromkeys(given, 1), cases,
                    uses=uses, shapes=shapes or {})


def away_from_0(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Random numbers of both signs."""
    return np.asarray(rng.uniform(0.5, 3.0, shape) * rng.choice([-1.0, 1.0], shape))


BROADCASTS: tuple[tuple[str, Shape, Shape], ...] = (
    ("x and y of one shape", (3, 4), (3, 4)),
    ("y is a row", (3, 4), (4,)),
    ("x is a column", (4, 1), (4, 3)),
    ("x is one number", (), (2, 3)),
    ("both are broadcast", (2, 3, 1), (1, 4)),
)


def pairs(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Two inputs in all ways in which NumPy broadcasts; x has a 0 where it is an array."""
    found = []
    for title, of_x, of_y in BROADCASTS:
        x, y = away_from_0(rng, of_x), away_from_0(rng, of_y)
        if x.ndim:
            x.flat[1] = 0.0
        found.append((title, {"x": x, "y": y}))
    return found


def few_pairs(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Two square inputs, which could be multiplied as matrices too, and two that are broadcast."""
    square = {name: away_from_0(rng, (3, 3)) for name in "xy"}
    return [("x and y of one shape", square), pairs(rng)[-1]]


def unlike(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Pairs in which each input is the larger one somewhere, and often not in absolute value."""
    found = pairs(rng)
    for _, inputs in found:
        shape = np.broadcast_shapes(inputs["x"].shape, inputs["y"].shape)
        signs = np.where(np.arange(inputs["y"].size) % 2, 1.0, -1.0).reshape(inputs["y"].shape)
        inputs["y"] = np.abs(inputs["y"]) * signs
        if len(shape) == inputs["x"].ndim:  # entries that may be chosen freely
            inputs["x"] = np.where(np.arange(inputs["x"].size).reshape(inputs["x"].shape) % 3 == 0,
                                   4.0, -2.0) + 0.1 * inputs["x"]
    return found


def few_unlike(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """As `few_pairs`, of `unlike` ones."""
    found = unlike(rng)
    return [found[0], found[-1]]


def ties(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Inputs that are equal in every entry."""
    x = away_from_0(rng, (3, 4))
    return [("x and y are the same numbers", {"x": x, "y": x.copy()})]


def square_matrices(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Here a wrong formula gives wrong numbers and no error, by which it is known."""
    return [(f"two matrices of shape ({n}, {n})",
             {"x": rng.standard_normal((n, n)), "w": rng.standard_normal((n, n))})
            for n in (2, 3)]


def matrices(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Matrices of all different sizes; square ones, where a wrong order fits as well."""
    sizes = (("x of shape (3, 4), w of shape (4, 2)", (3, 4), (4, 2)),
             ("one sample", (1, 3), (3, 5)),
             ("two square matrices", (3, 3), (3, 3)))
    return [(title, {"x": rng.standard_normal(x), "w": rng.standard_normal(w)})
            for title, x, w in sizes]


def above_0(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Positive numbers; some are tiny."""
    powers = np.array([[-9, -12, -30, -7], [0, -200, 3, -14]])
    tiny = rng.uniform(1.0, 9.0, (2, 4)) * 10.0**powers
    return [("tiny numbers", {"x": tiny}),
            ("numbers from 0.1 to 5", {"x": rng.uniform(0.1, 5.0, (3, 4))}),
            ("three axes", {"x": rng.uniform(0.1, 5.0, (2, 4, 3))})]


def gentle(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Positive numbers, none of them tiny: their slopes differ too much to be compared."""
    return above_0(rng)[1:]


SUMS: tuple[tuple[str, Shape, int | None, bool], ...] = (
    ("axis=None", (3, 4), None, False),
    ("axis=1 of a square array", (3, 3), 1, False),
    ("axis=0", (3, 4), 0, False),
    ("axis=-1 of three axes", (2, 4, 3), -1, False),
    ("axis=1 of three axes", (2, 4, 3), 1, False),
    ("axis=1, keepdims=True", (3, 4), 1, True),
    ("axis=None, keepdims=True", (3, 4), None, True),
)


def sums(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Arrays with an axis to sum over."""
    return [(title, {"x": rng.standard_normal(shape), "axis": axis, "keepdims": keep})
            for title, shape, axis, keep in SUMS]


def summed(x, axis, keepdims):
    """The value of a ReduceSum."""
    return np.sum(x, axis=axis, keepdims=keepdims)


ADD = operation("Add", ("x", "y"), np.add, few_pairs, pairs,
                slopes=lambda x, y, dout: (dout, dout))
MULTIPLY = operation("Multiply", ("x", "y"), np.multiply, few_pairs, pairs,
                     slopes=lambda x, y, dout: (dout * y, dout * x))
DIVIDE = operation("Divide", ("x", "y"), np.divide, few_pairs, pairs,
                   slopes=lambda x, y, dout: (dout / y, -dout * x / y**2))
MATMUL = operation("MatMul", ("x", "w"), np.matmul, square_matrices, matrices,
                   shapes={"x": "N D", "w": "D M"})
LOG = operation("Log", ("x",), np.log, above_0, gentle)
REDUCE_SUM = operation("ReduceSum", ("x",), summed, sums, sums, options=("axis", "keepdims"))
MAXIMUM = operation("Maximum", ("x", "y"), np.maximum, few_unlike, unlike, tie=ties,
                    slopes=lambda x, y, dout: (dout * (x >= y), dout * (x < y)))
