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
    height = 1.15 * max(len(inputs), len(outputs), 2)
    figure, ax = plt.subplots(figsize=(8, 0.3 + 0.78 * height))
    ax.set_xlim(0, 10)
    ax.set_ylim(-height / 2, height / 2)
    ax.axis("off")
    node = plt.Rectangle((4.1, -0.55), 1.8, 1.1, facecolor="#f2f2f2", edgecolor="#333333", lw=1.5)
    ax.add_patch(node)
    ax.text(5, 0, name, ha="center", va="center", fontsize=13, color="black")
    for (value, shape), y in zip(inputs.items(), _heights(len(inputs))):
        meets = 0.28 * y if len(inputs) > 1 else 0.0
        _edge(ax, (1.3, y), (4.1, meets), value, shape)
    for (value, shape), y in zip(outputs.items(), _heights(len(outputs))):
        meets = 0.28 * y if len(outputs) > 1 else 0.0
        _edge(ax, (5.9, meets), (8.7, y), value, shape)
    if loss:
        ax.text(9.35, 0, "… loss", ha="center", va="center", fontsize=11)
    plt.show()


def _heights(count: int) -> list[float]:
    return [1.15 * ((count - 1) / 2 - k) for k in range(count)]


def _edge(ax, start, end, value: str, shape: str) -> None:
    """Two arrows: the value forward, the gradient back, both with their shape."""
    (x0, y0), (x1, y1) = start, end
    gap = 0.09
    arrow = {"arrowstyle": "-|>", "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x1, y1 + gap), (x0, y0 + gap), arrowprops={**arrow, "color": FORWARD_COLOUR})
    ax.annotate("", (x0, y0 - gap), (x1, y1 - gap),
                arrowprops={**arrow, "color": BACKWARD_COLOUR, "linestyle": "--"})
    # Labels stand near the outer end of the edge, where there is room.
    outer = 0.36 if x0 < 4 else 0.5
    x, y = x0 + outer * (x1 - x0), y0 + outer * (y1 - y0)
    ax.text(x, y + 0.17, f"{value}  {shape}".strip(), ha="center", va="bottom",
            color=FORWARD_COLOUR, fontsize=10)
    ax.text(x, y - 0.19, f"d{value}  {shape}".strip(), ha="center", va="top",
            color=BACKWARD_COLOUR, fontsize=10)
