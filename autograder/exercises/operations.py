"""Rows of 08_autodiff for single operations: each is made, computed and asked for its gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from autograder.checking.exercise import PRECISION, Case, Composition, Exercise, Play
from autograder.checking.recording import Recorder
from autograder.exercises.node_graphs import SET_VALUE, fresh_graph, plain_or_told
from autograder.kit.functions import Functions, Kept
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


def look_after(functions: Functions, nodes: Mapping[str, Kept], inputs: Mapping) -> None:
    """Note which of the values that nodes hold are no longer what they were."""
    if not isinstance(functions, Recorder):
        return
    for name, node in nodes.items():
        if not np.array_equal(np.asarray(node.attribute("output_value")), inputs[name]):
            functions.note_change(name)


def forward_of(name: str, names: tuple[str, ...], options: tuple[str, ...]) -> Play:
    """Play ``compute_output``."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        with fresh_graph(functions):
            nodes = [functions.keep("Constant", inputs[n]) for n in names]
            node = functions.keep(name, *nodes, *(inputs[o] for o in options if o in inputs))
            out = plain_or_told(node.call, "compute_output")
            look_after(functions, dict(zip(names, nodes, strict=True)), inputs)
        return (*[None] * len(names), out)

    return play


def gradient_of(
    name: str, names: tuple[str, ...], options: tuple[str, ...], compute: Callable
) -> Play:
    """Play ``compute_gradient``, with the right value in the node."""

    def play(functions: Functions, inputs: Mapping, cache=None) -> tuple:
        values = [inputs[n] for n in (*names, *options) if n in inputs]
        with fresh_graph(functions):
            nodes = [functions.keep("Constant", inputs[n]) for n in names]
            node = functions.keep(name, *nodes, *(inputs[o] for o in options if o in inputs))
            try:
                node.keep("compute_output")  # it may keep something for the way back
            except StudentStopped:
                raise
            except StudentError:
                pass
            functions.call(SET_VALUE, node, np.asarray(compute(*values)))
            back = plain_or_told(node.call, "compute_gradient", inputs["dout"])
            look_after(functions, dict(zip(names, nodes, strict=True)), inputs)
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
                    values = [inputs[n] for n in (*names, *options) if n in inputs]
                    out = np.asarray(compute(*values))
                    inputs = {**inputs, "dout": np.asarray(rng.standard_normal(out.shape))}
                    play = gradient_of(name, names, options, compute)
                    composed = with_own_unbroadcast(slopes) if slopes else None
                found.append(Case(title, inputs, item=item, play=play, composed=composed))
        return found

    uses = (*USES, "unbroadcast") if slopes else USES
    return Exercise(name, "()", (*(f"d{n}" for n in names), "out"),
                    dict.fromkeys((*given, PRECISION), 1), cases, uses=uses, shapes=shapes or {})


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


def with_extremes(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """`pairs`, an integer as y, and numbers of very different sizes."""
    found = pairs(rng)
    x, y = (away_from_0(rng, shape) * 10.0 ** rng.uniform(-2, 4, shape) for shape in ((3, 4), (4,)))
    whole = {"x": away_from_0(rng, (2, 3)), "y": np.asarray(5)}
    return [*found, ("y is the integer 5", whole), ("numbers of very different sizes",
                                                    {"x": x, "y": y})]


def few_pairs(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Two square inputs, which could be multiplied as matrices too, and two that are broadcast."""
    square = {name: away_from_0(rng, (3, 3)) for name in "xy"}
    whole = {"x": away_from_0(rng, (2, 3)), "y": np.asarray(3)}
    return [("x and y of one shape", square), pairs(rng)[-1], ("y is the integer 3", whole)]


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
    return [found[0], found[-1], relu(rng)]


def relu(rng: np.random.Generator) -> tuple[str, dict]:
    """Numbers of both signs, the largest of them far from 0, and 0."""
    x = away_from_0(rng, (3, 4)) * np.where(np.arange(4) % 2, 1.0, 1e4)
    x[0], x[1] = np.abs(x[0]), -np.abs(x[1])
    return "y is the integer 0", {"x": x, "y": np.asarray(0)}


def spread_unlike(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """`unlike` ones, and those of a relu."""
    return [*unlike(rng), relu(rng)]


def ties(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Inputs that are equal in every entry."""
    x = away_from_0(rng, (3, 4))
    return [("x and y are the same numbers", {"x": x, "y": x.copy()})]


def some_matrices(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Square ones, where a wrong formula gives wrong numbers and no error, and others."""
    square = [(f"two matrices of shape ({n}, {n})",
               {"x": rng.standard_normal((n, n)), "w": rng.standard_normal((n, n))})
              for n in (2, 3)]
    return [*square, *matrices(rng)[:2]]


def matrices(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Matrices of all different sizes; square ones, where a wrong order fits as well."""
    sizes = (("x of shape (3, 4), w of shape (4, 2)", (3, 4), (4, 2)),
             ("one sample", (1, 3), (3, 5)),
             ("one feature", (4, 1), (1, 2)),
             ("one output", (2, 3), (3, 1)),
             ("two square matrices", (3, 3), (3, 3)))
    return [(title, {"x": rng.standard_normal(x), "w": rng.standard_normal(w)})
            for title, x, w in sizes]


def above_0(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Positive numbers; some are tiny."""
    powers = np.array([[-9, -12, -30, -7], [0, -200, 3, -14]])
    tiny = rng.uniform(1.0, 9.0, (2, 4)) * 10.0**powers
    return [("tiny numbers", {"x": tiny}),
            ("numbers from 0.1 to 5", {"x": rng.uniform(0.1, 5.0, (3, 4))}),
            ("three axes", {"x": rng.uniform(0.1, 5.0, (2, 4, 3))}),
            ("a single number", {"x": np.asarray(rng.uniform(2.0, 5.0))})]


def with_zeros(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """`above_0`, and numbers of which some are 0."""
    zeros = np.where(np.arange(6).reshape(2, 3) % 4 == 1, 0.0, rng.uniform(0.1, 5.0, (2, 3)))
    return [*above_0(rng), ("0 among the numbers", {"x": zeros})]


def gentle(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Positive numbers whose slopes do not differ too much to be compared: none tiny, or all."""
    tiny = ("all numbers near 1e-9", {"x": 1e-9 * rng.uniform(1.0, 5.0, (3, 4))})
    large = ("all numbers near 1e+9", {"x": 1e9 * rng.uniform(1.0, 5.0, (3, 4))})
    return [*above_0(rng)[1:], tiny, large]


SUMS: tuple[tuple[str, Shape, int | None, bool], ...] = (
    ("axis=None", (3, 4), None, False),
    ("axis=1 of a square array", (3, 3), 1, False),
    ("axis=0", (3, 4), 0, False),
    ("axis=-1 of three axes", (2, 4, 3), -1, False),
    ("axis=1 of three axes", (2, 4, 3), 1, False),
    ("axis=-2 of three axes of one size", (3, 3, 3), -2, False),
    ("axis=0 of three axes of one size", (3, 3, 3), 0, False),
    ("an axis of size 1", (3, 1), 1, False),
    ("axis=1 of one sample", (1, 3), 1, False),
    ("axis=0 of three axes, two of size 1", (4, 1, 1), 0, False),
    ("axis=0 of a vector", (4,), 0, False),
    ("axis=1, keepdims=True", (3, 4), 1, True),
    ("axis=0, keepdims=True", (3, 3), 0, True),
    ("axis=None, keepdims=True", (3, 4), None, True),
)


def sums(rng: np.random.Generator) -> list[tuple[str, dict]]:
    """Arrays with an axis to sum over."""
    found = [(title, {"x": rng.standard_normal(shape), "axis": axis, "keepdims": keep})
             for title, shape, axis, keep in SUMS]
    return [*found, ("no axis, and no keepdims", {"x": rng.standard_normal((2, 3))})]


def summed(x, axis=None, keepdims=False):
    """The value of a ReduceSum."""
    return np.sum(x, axis=axis, keepdims=keepdims)


ADD = operation("Add", ("x", "y"), np.add, few_pairs, with_extremes,
                slopes=lambda x, y, dout: (dout, dout))
MULTIPLY = operation("Multiply", ("x", "y"), np.multiply, few_pairs, with_extremes,
                     slopes=lambda x, y, dout: (dout * y, dout * x))
DIVIDE = operation("Divide", ("x", "y"), np.divide, few_pairs, with_extremes,
                   slopes=lambda x, y, dout: (dout / y, -dout * x / y**2))
MATMUL = operation("MatMul", ("x", "w"), np.matmul, some_matrices, matrices,
                   shapes={"x": "N D", "w": "D M"})
LOG = replace(operation("Log", ("x",), np.log, with_zeros, gentle),
              points={FORWARD: 1, GRADIENT: 1})
"""Without an item for digits: a small number inside the logarithm costs them, and its value."""
REDUCE_SUM = operation("ReduceSum", ("x",), summed, sums, sums, options=("axis", "keepdims"))
MAXIMUM = operation("Maximum", ("x", "y"), np.maximum, few_unlike, spread_unlike, tie=ties,
                    slopes=lambda x, y, dout: (dout * (x >= y), dout * (x < y)))
