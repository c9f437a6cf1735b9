"""Pictures that every chapter draws in the same way."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt

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
