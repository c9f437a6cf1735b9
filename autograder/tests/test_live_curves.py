"""The picture of a training, and where it is shown at all."""

import sys

import numpy as np
import pytest

from autograder import live_curves
from autograder.live_curves import NoScreen, draw_training, in_words, minutes, screen, smoothed

LOSSES = np.geomspace(2.3, 0.1, 500)
CURVES = {"training": ([0, 100, 200, 300, 400, 500], [0.1, 0.8, 0.9, 0.92, 0.94, 0.95]),
          "held out": ([0, 100, 200, 300, 400, 500], [0.1, 0.79, 0.89, 0.9, 0.91, 0.92])}


def test_losses_and_their_means_lie_at_their_steps():
    figure = draw_training(LOSSES, {}, 2000)
    (ax,) = figure.axes
    raw, means = (line.get_xydata() for line in ax.lines)
    assert raw[0].tolist() == [1, LOSSES[0]] and raw[-1].tolist() == [500, LOSSES[-1]]
    assert means[-1, 0] == 500 and means[-1, 1] == pytest.approx(LOSSES[-40:].mean())
    assert ax.get_xlim()[1] >= 2000, "what is still to come has its place"
    assert ax.get_title() == "loss of the batch, and its mean over 40 steps"


def test_of_many_losses_some_are_drawn():
    raw = draw_training(np.ones(10_000), {}, 10_000).axes[0].lines[0]
    assert len(raw.get_xdata()) == live_curves.MOST_POINTS


def test_curves_are_told_apart_by_more_than_colour():
    ax = draw_training(LOSSES, CURVES, 500).axes[1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(CURVES)
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(looks) == 2
    for line, (at, values) in zip(ax.lines, CURVES.values()):
        np.testing.assert_array_equal(line.get_xydata().T, [at, values])


def test_late_values_fill_the_picture():
    low, high = draw_training(LOSSES, CURVES, 500).axes[1].get_ylim()
    assert 0.7 < low < 0.79 and 0.95 < high < 1


@pytest.mark.parametrize(("losses", "curves"), [
    ([0.0], {}), ([0.0, 0.0], {"a": ([0], [0.5])}), ([1.0], {"a": ([0, 1], [0.5, 0.5])}),
    ([1.0], {name: ([0], [0.5]) for name in "abcdef"}),
])
def test_little_can_be_drawn_too(losses, curves):
    draw_training(losses, curves, 10).canvas.draw()


def test_a_picture_has_no_ground_of_its_own():
    figure = draw_training(LOSSES, CURVES, 500)
    for part in (figure, *figure.axes):
        assert part.get_facecolor()[3] == 0


def test_words_say_what_the_picture_shows():
    assert in_words(LOSSES, {}, 2000) == (
        "The loss of the batch against the step: from 2.3 to about 0.113 after 500 of 2000 steps.")
    assert in_words(LOSSES, CURVES, 500).endswith(
        "Measured on the way: training, from 0.1 to 0.95 after 500 steps; held out, from 0.1 to "
        "0.92 after 500 steps.")
    assert in_words([], {}, 10) == "A training before its first step."


def test_means_of_too_few_losses():
    np.testing.assert_allclose(smoothed([1, 3], 5), [2])
    assert smoothed([], 5).shape == (0,)


@pytest.mark.parametrize(("seconds", "told"), [
    (0, "less than 0.1 minutes"), (3, "0.1 minutes"), (66, "1.1 minutes"), (590, "9.8 minutes"),
    (597, "10 minutes"), (4000, "67 minutes"),
])
def test_minutes(seconds, told):
    assert minutes(seconds) == told


def test_a_script_and_a_terminal_have_no_screen(monkeypatch):
    assert isinstance(screen(5), NoScreen)
    from IPython.terminal.interactiveshell import TerminalInteractiveShell

    shell = object.__new__(TerminalInteractiveShell)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert isinstance(screen(5), NoScreen)
    monkeypatch.setattr("IPython.get_ipython", object)
    assert not isinstance(screen(5), NoScreen)
    monkeypatch.delitem(sys.modules, "IPython")
    assert isinstance(screen(5), NoScreen)


def test_drawing_takes_a_small_share_of_the_time(monkeypatch):
    now, drawn = [0.0], []

    def draw(*_):
        drawn.append(now[0])
        now[0] += 0.5

    monkeypatch.setattr(live_curves, "monotonic", lambda: now[0])
    watched = live_curves.Screen(1000)
    monkeypatch.setattr(watched, "_show_picture", draw)
    monkeypatch.setattr(watched, "_show_bar", lambda *_: None)
    while now[0] < 100:
        now[0] += 0.01
        watched.step([1.0], {}, lambda: 0.0)
    assert 0.5 * len(drawn) <= 100 * live_curves.SHARE
    assert len(drawn) > 10
