"""Pictures that every chapter draws in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np

FORWARD_COLOUR = "#1f5fa8"
BACKWARD_COLOUR = "#b3541e"
"""Blue and orange-brown: told apart by colour-blind readers, and dark enough in print."""


def draw_node(
    name: str, inputs: Mapping[str, str], outputs: Mapping[str, str], loss: bool = True
) -> None:
    """Draw a layer as a node of a computational graph and show the picture.

    Values flow right above each edge, gradients flow left below it.

    Parameters
    ----------
    name : str
        Written into the node.
    inputs, outputs : mapping of str to str
        Value name to its shape: ``{"x": "(N, D)"}``. The gradient of ``x`` is called ``dx``,
        that of an output ``out`` is ``dout``. An empty shape stands for one number.
    loss : bool
        Whether to hint at the loss to the right of the node.
    """
    edges = max(len(inputs), len(outputs))
    height = 1.0 * edges + 0.3
    figure, ax = plt.subplots(figsize=(7.5, 0.35 + 0.72 * height))
    ax.set_xlim(0, 10)
    ax.set_ylim(-height / 2, height / 2)
    ax.axis("off")
    node = plt.Rectangle((3.9, -height / 2 + 0.05), 2.0, height - 0.1, facecolor="#f2f2f2",
                         edgecolor="#333333", lw=1.5)
    ax.add_patch(node)
    ax.text(4.9, 0, name, ha="center", va="center", fontsize=13, color="black")
    for y, (value, shape) in zip(_heights(len(inputs)), inputs.items()):
        _edge(ax, 1.0, 3.9, y, value, shape)
    for y, (value, shape) in zip(_heights(len(outputs)), outputs.items()):
        _edge(ax, 5.9, 8.8, y, value, shape)
    if loss:
        ax.text(9.4, 0, "… loss", ha="center", va="center", fontsize=11)
    plt.show()


def _heights(count: int) -> list[float]:
    return [(count - 1) / 2 - k for k in range(count)]


def _edge(ax, left: float, right: float, y: float, value: str, shape: str) -> None:
    """Two arrows: the value forward, above; its gradient back, below; both with their shape."""
    gap, middle = 0.07, (left + right) / 2
    arrow = {"arrowstyle": "-|>", "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (right, y + gap), (left, y + gap),
                arrowprops={**arrow, "color": FORWARD_COLOUR})
    ax.annotate("", (left, y - gap), (right, y - gap),
                arrowprops={**arrow, "color": BACKWARD_COLOUR, "linestyle": "--"})
    ax.text(middle, y + gap + 0.06, f"{value}  {shape}".strip(), ha="center", va="bottom",
            color=FORWARD_COLOUR, fontsize=10)
    ax.text(middle, y - gap - 0.06, f"d{value}  {shape}".strip(), ha="center", va="top",
            color=BACKWARD_COLOUR, fontsize=10)


INCH = 0.8
"""The unit in which nodes of a graph are placed, in inches."""
NODE_RADIUS, FORK_RADIUS = 0.27, 0.09
FONT = 10


def draw_graph(
    values: Mapping[str, tuple[float, float]],
    operations: Mapping[str, tuple[float, float, str]],
    edges: Iterable[tuple[str, str, str, str]],
) -> None:
    """Draw a computational graph and show the picture.

    Along each edge the value flows forward, and its gradient flows back below it.

    Parameters
    ----------
    values : mapping of str to (float, float)
        The inputs and outputs of the graph: the text that is shown, and where.
    operations : mapping of str to (float, float, str)
        The nodes: a name for `edges`, where the node is, and what is written into it. An empty
        text draws a dot, the place where a value branches.
    edges : iterable of (str, str, str, str)
        Start and end by name, the text for the value, and the text for the gradient. Where
        the gradient is empty, nothing flows back.
    """
    edges = list(edges)
    places = {name: (x, y) for name, (x, y, _) in operations.items()} | dict(values)
    xs, ys = np.array(list(places.values()), dtype=float).T
    left, right = xs.min() - 0.9, xs.max() + 0.9
    low, high = ys.min() - 0.75, ys.max() + 0.6
    figure = plt.figure(figsize=((right - left) * INCH, (high - low) * INCH))
    ax = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(low, high))
    ax.axis("off")
    for start, end, value, gradient in edges:
        _graph_edge(ax, places, operations, start, end, value, gradient)
    for name, (x, y) in values.items():
        ax.text(x, y, name, ha="center", va="center", fontsize=FONT + 1)
    for x, y, label in operations.values():
        ax.add_patch(plt.Circle(
            (x, y), NODE_RADIUS if label else FORK_RADIUS, lw=1.5, edgecolor="#333333",
            facecolor="#f2f2f2" if label else "#333333", zorder=3,
        ))
        ax.text(x, y, label, ha="center", va="center", fontsize=FONT + 3, zorder=4)
    ax.text(left + 0.1, low + 0.1, "values →", color=FORWARD_COLOUR, fontsize=FONT - 1)
    if any(gradient for *_, gradient in edges):
        ax.text(left + 1.2, low + 0.1, "← gradients", color=BACKWARD_COLOUR, fontsize=FONT - 1)
    plt.show()


def _graph_edge(ax, places, operations, start, end, value, gradient) -> None:
    """One edge of a graph: a pair of arrows, or one arrow where nothing flows back."""
    along = np.subtract(places[end], places[start])
    along = along / np.linalg.norm(along)
    up = np.array([-along[1], along[0]]) if along[0] > 0 else np.array([along[1], -along[0]])
    a = places[start] + along * _reach(start, operations, along)
    b = places[end] - along * _reach(end, operations, along)
    gap = 0.05 * up if gradient else 0 * up
    arrow = {"arrowstyle": "-|>", "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", b + gap, a + gap, arrowprops={**arrow, "color": FORWARD_COLOUR})
    _beside(ax, (a + b) / 2 + gap, up, value, FORWARD_COLOUR)
    if gradient:
        ax.annotate("", a - gap, b - gap,
                    arrowprops={**arrow, "color": BACKWARD_COLOUR, "linestyle": "--"})
        _beside(ax, (a + b) / 2 - gap, -up, gradient, BACKWARD_COLOUR)


def _beside(ax, point, direction, text: str, colour: str) -> None:
    """Text next to a point, far enough in `direction` not to touch it."""
    x, y = point + direction * (0.04 + np.abs(direction) @ _half_size(text, FONT))
    ax.text(x, y, text, ha="center", va="center", fontsize=FONT, color=colour)


def _reach(name: str, operations, along) -> float:
    """How far an edge in direction `along` stays away from the centre of a node."""
    if name in operations:
        return NODE_RADIUS if operations[name][2] else FORK_RADIUS
    half = _half_size(name, FONT + 1) + 0.08
    return float(np.min(half / np.maximum(np.abs(along), 1e-9)))


def _half_size(text: str, size: float) -> np.ndarray:
    """Half the width and half the height of a text, about, in the unit of the graph."""
    point = 1 / 72 / INCH
    return np.array([0.29 * len(text), 0.55]) * size * point
