"""Pictures that the chapters draw in the same way.

Functions called ``draw_...`` make a picture of their own and show it. The others draw into axes
that the caller has made; `show` shows what was drawn there.

A picture has no background of its own, and its lines and words are of a middle brightness: it can
be read on a light page and on a dark one. Importing this module tells Matplotlib so.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator

BLUE, BROWN, GREY = "#3a80c9", "#c4662b", "#808080"
"""Told apart by colour-blind readers; each has a contrast of about 4 to white and to black."""
TEXT = "#787878"
"""Words and axes: a contrast of 4.4 to a white page, and of 4.3 to a dark one."""
FORWARD_COLOUR, BACKWARD_COLOUR = BLUE, BROWN
"""Values flow forward, gradients flow back."""
NODE_COLOUR = "#80808026"
"""A trace of grey, on a page of any brightness."""
SIGNED, POSITIVE, INK = "RdBu_r", "Blues", "gray_r"
"""Colours of numbers with a sign (blue, white at 0, red), of numbers without one, of digits."""

plt.rc("text", color=TEXT)
plt.rc("xtick", color=TEXT)
plt.rc("ytick", color=TEXT)
plt.rc("axes", edgecolor=TEXT, labelcolor=TEXT, titlecolor=TEXT, facecolor="none")
plt.rc("legend", frameon=False)
plt.rc("figure", facecolor="none")
plt.rc("savefig", facecolor="none")

SHARPNESS = 2
"""Pixels of a picture to a pixel of the page: it stays sharp when it is magnified."""


def show(alternative: str) -> None:
    """Show the current figure, and close it.

    Parameters
    ----------
    alternative : str
        What the picture says, in words: for readers who do not see it, and for programs that
        show no pictures.
    """
    from IPython import display, get_ipython

    figure = plt.gcf()
    try:
        if get_ipython() is None:
            print(f"[{alternative}]")
            return
        data, metadata = bundle(figure, alternative)
    finally:
        plt.close(figure)
    display.display(data, metadata=metadata, raw=True)


def bundle(figure, alternative: str) -> tuple[dict[str, str], dict[str, dict]]:
    """A figure for `IPython.display`, by kinds of media, and what is said of these.

    JupyterLab gives a bare PNG no alternative. As HTML it has one; the PNG itself is for programs
    that make a PDF of a notebook.
    """
    picture = _png(figure)
    width = int.from_bytes(picture[16:20], "big") // SHARPNESS
    encoded = base64.b64encode(picture).decode()
    return {
        "text/plain": alternative,
        "text/html": f'<img alt="{escape(alternative)}" width="{width}" '
                     f'style="background:none" src="data:image/png;base64,{encoded}">',
        "image/png": encoded,
    }, {"image/png": {"width": width, "alt": alternative}}


def _png(figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=72 * SHARPNESS, bbox_inches="tight")
    return file.getvalue()


def remove_ticks(*axes) -> None:
    """Remove the ticks and their numbers from axes that show an image."""
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])


def heat_map(
    ax,
    values,
    title: str = "",
    *,
    limit: float | None = None,
    colours: str = SIGNED,
    numbers: str | np.ndarray = "",
    zeros: bool = True,
    grid: bool = False,
    fontsize: float = 8,
):
    """Draw an array as a table of colours in which 0 is white.

    Parameters
    ----------
    ax : Axes
    values : ndarray of shape (H, W) or (W,)
        Entries that are nan stay without colour.
    title : str
    limit : float, optional
        The size at which the colour is deepest; by default that of the largest entry.
    colours : str
        A colour map: `SIGNED`, `POSITIVE`, `INK`, or the name of another one.
    numbers : str or ndarray of str
        How entries are written into the table, such as ``".1f"``, or what is written there.
        Nothing by default.
    zeros : bool
        Whether entries of exactly 0 are written, too.
    grid : bool
        Whether there are lines between the entries.
    fontsize : float
        Of the numbers.

    Returns
    -------
    AxesImage
        For a colour bar.
    """
    values = np.atleast_2d(values)
    limit = limit or _largest(values) or 1.0
    low = -limit if colours == SIGNED else 0
    image = ax.imshow(values, cmap=colours, vmin=low, vmax=limit)
    ax.set_title(title, fontsize=10)
    remove_ticks(ax)
    if grid:
        height, width = values.shape
        ax.set_xticks(np.arange(width + 1) - 0.5, [])
        ax.set_yticks(np.arange(height + 1) - 0.5, [])
        ax.tick_params(length=0)
        ax.grid(color="#cccccc", lw=0.5)
    if not isinstance(numbers, str):
        _write(ax, image, np.atleast_2d(numbers), fontsize)
    elif numbers:
        texts = [[format(v, numbers) if v or zeros else "" for v in row] for row in values]
        _write(ax, image, np.array(texts), fontsize)
    return image


def _largest(values: np.ndarray) -> float:
    """The size of the largest entry: a wrong answer may hold nan and infinity."""
    return float(np.max(np.abs(values), initial=0, where=np.isfinite(values)))


BRIGHTNESS = np.array([0.299, 0.587, 0.114])
"""How bright red, green and blue look."""


def _write(ax, image, texts: np.ndarray, fontsize: float) -> None:
    """Write a text on each entry of an image, in a colour that can be read there."""
    brightness = image.cmap(image.norm(image.get_array()))[..., :3] @ BRIGHTNESS
    for (row, column), text in np.ndenumerate(texts):
        if text:
            ax.text(column, row, text, ha="center", va="center", fontsize=fontsize,
                    color="white" if brightness[row, column] < 0.45 else "black")


def frame(ax, row: int, column: int, height: int, width: int) -> None:
    """Draw a frame around a window of an array, whose first entry is at `row` and `column`."""
    corner = column - 0.5, row - 0.5
    ax.add_patch(plt.Rectangle(corner, width, height, fill=False, edgecolor=BROWN, lw=2.5))


def draw_images(
    rows: Sequence[np.ndarray],
    titles: Sequence[Sequence[str]] = (),
    labels: Sequence[str] = (),
    *,
    alt: str,
    limit: float | None = None,
    scale: str = "",
) -> None:
    """Draw rows of digits, or of gradients and templates in the shape of digits, and show them.

    A row in which no number is negative is ink on paper. Any other is in colours: blue is
    negative, red is positive, white is 0.

    Parameters
    ----------
    rows : sequence of ndarray of shape (K, 784), (K, 28, 28) or (K, 1, 28, 28)
    titles : sequence of sequences of str
        A title for each image of a row. The last rows may go without.
    labels : sequence of str
        Stand to the left of the rows.
    alt : str
        What the picture says, in words; see `show`.
    limit : float, optional
        The size at which colours are deepest. By default each image has its own, and with a
        `scale` all have one.
    scale : str
        What the colours mean, beside a bar of them. No bar by default.
    """
    images = [np.reshape(row, (-1, 28, 28)) for row in rows]
    if scale and limit is None:
        limit = max(_largest(row) for row in images)
    columns = max(len(row) for row in images)
    side = min(1.9, 11 / columns)
    lines = sum(1 + max(text.count("\n") for text in row) for row in titles if row)
    figure, axes = plt.subplots(len(rows), columns, layout="constrained", squeeze=False, figsize=(
        columns * side + bool(scale), len(rows) * side + 0.22 * lines))
    for ax in axes.flat:
        ax.axis("off")
    for row, places in zip(images, axes):
        for image, ax in zip(row, places):
            ax.axis("on")
            signed = row.min() < 0
            shown = heat_map(ax, image, limit=limit if signed else 1,
                             colours=SIGNED if signed else INK)
    for texts, places in zip(titles, axes):
        for text, ax in zip(texts, places):
            ax.set_title(text, fontsize=10)
    for label, ax in zip(labels, axes[:, 0]):
        ax.set_ylabel(label, fontsize=10)
    if scale:
        figure.colorbar(shown, ax=axes, label=scale, aspect=15)
    show(alt)


def draw_losses(
    curves: Mapping[str, np.ndarray], start: float, meaning: str, window: int, yscale: str
) -> None:
    """Draw the loss of every step, thin, and its mean over many steps, thick. Show the picture.

    Parameters
    ----------
    curves : mapping of str to ndarray of shape (steps,)
        Up to two, with their names.
    start : float
        The loss of a model that knows nothing, a dotted line.
    meaning : str
        Written on that line.
    window : int
        The number of steps in a mean.
    yscale : str
        ``"linear"`` or ``"log"``.
    """
    _, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for (name, losses), colour, style in zip(curves.items(), (BLUE, BROWN), ("-", "--")):
        ax.plot(losses, color=colour, lw=0.5, alpha=0.35)
        means = np.convolve(losses, np.ones(window) / window, mode="valid")
        steps = np.arange(len(means)) + window / 2
        ax.plot(steps, means, style, color=colour, lw=2,
                label=f"{name}, mean of {window} steps")
    ax.axhline(start, color=GREY, lw=1, ls=":")
    ax.annotate(meaning, (1, start), (-6, -3), textcoords="offset points", ha="right", va="top",
                xycoords=ax.get_yaxis_transform(), fontsize=10)
    ax.set_yscale(yscale)
    if yscale == "log":
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
    else:
        ax.set_ylim(0, 1.2 * start)
    ax.set_xlabel("step")
    ax.set_ylabel("loss of the batch")
    ax.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.65))
    courses = "; ".join(
        f"{name}: from {losses[0]:.3g} to about {np.mean(losses[-window:]):.3g} "
        f"in {len(losses)} steps" for name, losses in curves.items()
    )
    show(f"The loss of the batch against the step. {courses}. "
         f"A dotted line at {start:.3g}: {meaning}.")


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
    _, ax = plt.subplots(figsize=(7.5, 0.35 + 0.72 * height))
    ax.set_xlim(0, 10)
    ax.set_ylim(-height / 2, height / 2)
    ax.axis("off")
    node = plt.Rectangle((3.9, -height / 2 + 0.05), 2.0, height - 0.1, facecolor=NODE_COLOUR,
                         edgecolor=TEXT, lw=1.5)
    ax.add_patch(node)
    ax.text(4.9, 0, name, ha="center", va="center", fontsize=13)
    for y, (value, shape) in zip(_heights(len(inputs)), inputs.items()):
        _edge(ax, 1.0, 3.9, y, value, shape)
    for y, (value, shape) in zip(_heights(len(outputs)), outputs.items()):
        _edge(ax, 5.9, 8.8, y, value, shape)
    if loss:
        ax.text(9.4, 0, "… loss", ha="center", va="center", fontsize=11)
    show(f"The node {' '.join(name.split())}. Values flow in from the left: {_listed(inputs)}; "
         f"out to the right: {_listed(outputs)}. Below each edge a dashed arrow runs back, with "
         "the gradient of the same shape: "
         f"{', '.join(f'd{value}' for value in (*inputs, *outputs))}.")


def _listed(values: Mapping[str, str]) -> str:
    """Names with their shapes, in words: ``x (N, D), b (M,)``."""
    return ", ".join(f"{value} {shape}".strip() for value, shape in values.items())


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
            (x, y), NODE_RADIUS if label else FORK_RADIUS, lw=1.5, edgecolor=TEXT,
            facecolor=NODE_COLOUR if label else TEXT, zorder=3,
        ))
        ax.text(x, y, label, ha="center", va="center", fontsize=FONT + 3, zorder=4)
    ax.text(left + 0.1, low + 0.1, "values →", color=FORWARD_COLOUR, fontsize=FONT - 1)
    if any(gradient for *_, gradient in edges):
        ax.text(left + 1.2, low + 0.1, "← gradients", color=BACKWARD_COLOUR, fontsize=FONT - 1)
    show(_graph_in_words(operations, edges))


def _graph_in_words(operations: Mapping[str, tuple[float, float, str]], edges) -> str:
    """A graph told edge by edge."""
    names = {name: f"the node {text}" if text else "a branch"
             for name, (_, _, text) in operations.items()}
    told = []
    for start, end, value, gradient in edges:
        carries = [f"value {value}"] if value else []
        carries += [f"gradient {gradient}"] if gradient else []
        edge = f"from {names.get(start, start)} to {names.get(end, end)}"
        told.append(f"{edge}: {', '.join(carries)}" if carries else edge)
    return f"A computational graph, its edges: {'; '.join(told)}."


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
