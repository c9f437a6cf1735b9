"""A film: a window slides over an image, and its outputs appear one by one."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import matplotlib
import numpy as np

from autograder.pictures import BRIGHTNESS, BROWN, INK, SIGNED, TEXT

SIDE, GAP, TOP = 28.0, 4.0, 3.0
"""Side of both pictures, the space between them, and the space for the words above them."""

CONTROLS = """
const img = this, figure = img.parentNode;
if (figure.querySelector('button')) return;
const film = new DOMParser().parseFromString(
  decodeURIComponent(img.src.slice(img.src.indexOf(',') + 1)), 'image/svg+xml');
const columns = {columns}, rows = {rows}, cell = {cell}, step = {step};
const set = (id, values) => {{
  for (const name in values) film.getElementById(id).setAttribute(name, values[name]);
}};
const button = document.createElement('button'), slider = document.createElement('input');
Object.assign(slider, {{type: 'range', min: 0, max: rows * columns - 1, value: {stop}}});
slider.setAttribute('aria-label', 'which output');
slider.style.verticalAlign = 'middle';
let timer = 0, untouched = true;
const pause = () => {{
  clearInterval(timer);
  timer = 0;
  button.textContent = '\\u25b6 Press play';
}};
slider.oninput = () => {{
  untouched = false;
  const v = slider.value % columns, u = (slider.value - v) / columns;
  set('window', {{x: step * v, y: step * u}});
  set('output', {{x: cell * v, y: cell * u}});
  set('row', {{y: cell * u, x: cell * (v + 1), width: cell * (columns - v - 1)}});
  set('rows', {{y: cell * (u + 1), height: cell * (rows - u - 1)}});
  film.getElementById('name').textContent = 'window of out[' + u + ', ' + v + ']';
  const text = new XMLSerializer().serializeToString(film);
  img.src = 'data:image/svg+xml,' + encodeURIComponent(text);
}};
button.onclick = () => {{
  if (timer) return pause();
  if (untouched || +slider.value === +slider.max) {{
    slider.value = 0;
    slider.oninput();
  }}
  button.textContent = 'Pause';
  timer = setInterval(() => {{
    if (!img.isConnected || +slider.value === +slider.max) return pause();
    slider.value = +slider.value + 1;
    slider.oninput();
  }}, 120);
}};
pause();
figure.append(document.createElement('br'), button, ' ', slider);
"""
"""Runs once the still is there. Nothing is looked up by name and no script has to be loaded, so it
does not matter where or when a program puts the output on its page."""


def show_sliding_window(
    image: np.ndarray, out: np.ndarray, *, kernel: int, stride: int, text: str
) -> None:
    """Show a film with a button and a slider. Where outputs may run no scripts, it stands still.

    Parameters
    ----------
    image : ndarray of shape (H, H)
        Ink on paper, from 0 to 1.
    out : ndarray of shape (OH, OW)
        One output for each stop of the window.
    kernel, stride : int
        Size of the window, and by how much it moves.
    text : str
        What the film says, in words.
    """
    from IPython import display, get_ipython

    if get_ipython() is None:
        print(f"[{text}]")
        return
    stop = out.size * 5 // 8
    unit = SIDE / len(image)
    controls = CONTROLS.format(
        columns=out.shape[1], rows=len(out), cell=SIDE / len(out), step=unit * stride, stop=stop)
    display.display({
        "text/plain": text,
        "text/html": f'<figure style="margin: 0"><img width="620" alt="{escape(text)}" '
                     f'onload="{escape(controls)}" src="data:image/svg+xml,'
                     f'{quote(_still(image, out, kernel, stride, stop))}"></figure>',
    }, raw=True)


def _still(image: np.ndarray, out: np.ndarray, kernel: int, stride: int, stop: int) -> str:
    """The film at one stop, as SVG."""
    unit, cell = SIDE / len(image), SIDE / len(out)
    u, v = divmod(stop, out.shape[1])
    ink = matplotlib.colormaps[INK](np.clip(image, 0, 1))
    limit = np.max(np.abs(out), initial=0, where=np.isfinite(out)) or 1.0
    colours = matplotlib.colormaps[SIGNED](0.5 + out / limit / 2)
    marks = np.where(out > limit / 4, "+", np.where(out < -limit / 4, "\u2212", ""))
    frame = f'fill="none" stroke="{BROWN}" stroke-width=".5"'
    hidden = 'fill="#ccc" shape-rendering="crispEdges"'
    edge = f'fill="none" stroke="{TEXT}" stroke-width=".15"'
    right = cell * out.shape[1]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-.5 {-TOP} {SIDE + GAP + right + 1} '
        f'{SIDE + TOP + 0.5}" font-family="sans-serif" font-size="1.5" text-anchor="middle">',
        f'<text id="name" x="{SIDE / 2}" y="-1" fill="{TEXT}">window of out[{u}, {v}]</text>',
        f'<text x="{SIDE + GAP + right / 2}" y="-1" fill="{TEXT}">outputs so far</text>',
        *_cells(ink, unit, np.full(image.shape, "")),
        _box("", 0, 0, SIDE, SIDE, edge),
        _box("window", unit * stride * v, unit * stride * u, unit * kernel, unit * kernel, frame),
        f'<g transform="translate({SIDE + GAP})">',
        *_cells(colours, cell, marks),
        _box("row", cell * (v + 1), cell * u, right - cell * (v + 1), cell, hidden),
        _box("rows", 0, cell * (u + 1), right, SIDE - cell * (u + 1), hidden),
        _box("", 0, 0, right, SIDE, edge),
        _box("output", cell * v, cell * u, cell, cell, frame),
        "</g></svg>",
    ])


def _cells(colours: np.ndarray, side: float, marks: np.ndarray) -> list[str]:
    """A table of colours on white, with something written into some of its cells."""
    height, width = marks.shape
    drawn = [_box("", 0, 0, side * width, side * height, 'fill="#fff"')]
    for (row, column), mark in np.ndenumerate(marks):
        colour = matplotlib.colors.to_hex(tuple(colours[row, column]))
        if colour != "#ffffff" and colours[row, column, 3]:  # nan has no colour
            drawn.append(_box("", side * column, side * row, side, side,
                              f'fill="{colour}" shape-rendering="crispEdges"'))
        if mark:
            dark = colours[row, column, :3] @ BRIGHTNESS < 0.45
            drawn.append(f'<text x="{side * (column + 0.5):g}" y="{side * (row + 0.5) + 0.5:g}" '
                         f'fill="{"#fff" if dark else "#000"}">{mark}</text>')
    return drawn


def _box(name: str, x: float, y: float, width: float, height: float, style: str) -> str:
    named = f'id="{name}" ' if name else ""
    return (f'<rect {named}x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {style}/>')
