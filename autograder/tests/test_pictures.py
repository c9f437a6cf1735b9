"""Pictures: what is drawn, what is written into it, and that nothing stays open."""

import base64
import html
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autograder import pictures
from autograder.pictures import (
    BROWN,
    INK,
    POSITIVE,
    SIGNED,
    draw_graph,
    draw_images,
    draw_losses,
    draw_node,
    frame,
    heat_map,
    remove_ticks,
)

RNG = np.random.default_rng(0)
SIGNED_DIGITS, DIGITS = RNG.normal(0, 1, (3, 28, 28)), RNG.uniform(0, 1, (3, 1, 28, 28))
CURVES = {"reg = 0": RNG.uniform(0.1, 1, 120), "reg = 1": RNG.uniform(0.1, 1, 120)}


@pytest.fixture(autouse=True)
def without_a_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots()[1]


@pytest.fixture
def shown(monkeypatch) -> list:
    """The figures that were shown, in order, drawn to the last line."""
    figures: list = []

    def show(alternative):
        plt.gcf().canvas.draw()
        plt.gcf().alternative = alternative
        figures.append(plt.gcf())

    monkeypatch.setattr(pictures, "show", show)
    return figures


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def images(figure) -> list[np.ndarray]:
    """What is shown as an image, panel by panel; a colour bar is none."""
    return [np.asarray(image.get_array()) for ax in figure.axes for image in ax.get_images()]


# Heat maps


def test_heat_map_shows_the_array_with_0_in_the_middle_of_its_colours(ax):
    values = np.array([[1.0, -4.0, 0.0], [2.0, 3.0, -1.0]])
    image = heat_map(ax, values, "w (D, M)")
    np.testing.assert_array_equal(image.get_array(), values)
    assert image.get_clim() == (-4, 4) and image.get_cmap().name == SIGNED
    assert ax.get_title() == "w (D, M)" and texts(ax) == []
    assert np.allclose(image.cmap(image.norm(0.0))[:3], 0.97, atol=0.01), "0 is not white"


def test_heat_map_of_a_vector_is_one_row(ax):
    assert heat_map(ax, np.arange(5.0), colours=POSITIVE).get_array().shape == (1, 5)
    assert ax.get_images()[0].get_clim() == (0, 4)


def test_heat_map_keeps_a_limit_that_is_given(ax):
    assert heat_map(ax, np.array([[9.0]]), limit=3).get_clim() == (-3, 3)


@pytest.mark.parametrize("values", [
    np.zeros((2, 2)), np.full((2, 2), np.nan), np.array([[np.inf, 2.0], [np.nan, -1.0]])
])
def test_heat_map_survives_a_wrong_answer(values, ax):
    low, high = heat_map(ax, values, numbers=".1f").get_clim()
    assert 0 < high < np.inf and low == -high
    ax.figure.canvas.draw()


def test_numbers_stand_on_their_entries(ax):
    values = np.array([[0.25, 0.0], [-2.0, 1.0]])
    heat_map(ax, values, numbers="z.1f")
    assert texts(ax) == ["0.2", "0.0", "-2.0", "1.0"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_zeros_can_be_left_empty(ax):
    heat_map(ax, np.array([[0.0, -9.0, 1.0]]), numbers=".0f", zeros=False)
    assert texts(ax) == ["-9", "1"]


def test_texts_can_be_given(ax):
    heat_map(ax, np.zeros(2), numbers=np.array(["0,0", ""]))
    assert texts(ax) == ["0,0"]


def test_numbers_can_be_read_on_dark_and_on_light(ax):
    heat_map(ax, np.array([[0.0, 1.0]]), colours=INK, numbers="g")
    assert [text.get_color() for text in ax.texts] == ["black", "white"]


def test_heat_map_has_no_ticks(ax):
    heat_map(ax, np.ones((2, 3)))
    assert list(ax.get_xticks()) == list(ax.get_yticks()) == []


def test_grid_runs_between_the_entries(ax):
    heat_map(ax, np.ones((2, 3)), grid=True)
    assert list(ax.get_xticks()) == [-0.5, 0.5, 1.5, 2.5]
    assert list(ax.get_yticks()) == [-0.5, 0.5, 1.5]
    assert {label.get_text() for label in ax.get_xticklabels()} == {""}


def test_remove_ticks_of_several_axes():
    _, axes = plt.subplots(2, 2)
    remove_ticks(*axes.flat)
    assert all(len(ax.get_xticks()) == len(ax.get_yticks()) == 0 for ax in axes.flat)


def test_frame_goes_around_a_window(ax):
    heat_map(ax, np.ones((6, 9)))
    frame(ax, 1, 4, 2, 3)
    (patch,) = ax.patches
    assert patch.get_bbox().bounds == (3.5, 0.5, 3, 2) and not patch.get_fill()
    assert patch.get_edgecolor() == plt.matplotlib.colors.to_rgba(BROWN)


# Digits


def test_page_of_digits_shows_every_image_in_its_row(shown):
    draw_images([DIGITS, SIGNED_DIGITS], [["a 7", "a 2", "a 1"], ["dx"] * 3], ["x", "gradient"],
                alt="digits")
    (figure,) = shown
    assert len(images(figure)) == 6
    np.testing.assert_array_equal(images(figure), [*DIGITS[:, 0], *SIGNED_DIGITS])
    assert [ax.get_title() for ax in figure.axes] == ["a 7", "a 2", "a 1", "dx", "dx", "dx"]
    assert [ax.get_ylabel() for ax in figure.axes] == ["x", "", "", "gradient", "", ""]


def test_ink_is_black_on_white_and_a_gradient_is_in_colours(shown):
    draw_images([DIGITS, SIGNED_DIGITS], limit=0.6, alt="digits")
    shown_images = [ax.get_images()[0] for ax in shown[0].axes]
    assert [image.get_cmap().name for image in shown_images] == [INK] * 3 + [SIGNED] * 3
    assert [image.get_clim() for image in shown_images] == [(0, 1)] * 3 + [(-0.6, 0.6)] * 3


def test_each_gradient_has_its_own_limit_but_templates_with_a_scale_share_one(shown):
    templates = SIGNED_DIGITS.reshape(3, 784) * np.array([[1.0], [2.0], [3.0]])
    draw_images([templates], alt="digits")
    draw_images([templates], scale="weight", alt="digits")
    own, common = ([ax.get_images()[0].get_clim()[1] for ax in figure.axes[:3]] for figure in shown)
    np.testing.assert_allclose(own, np.abs(templates).max(axis=1))
    np.testing.assert_allclose(common, np.abs(templates).max())
    assert len(shown[0].axes) == 3 and shown[1].axes[3].get_ylabel() == "weight"


def test_rows_may_differ_in_length(shown):
    draw_images([DIGITS, SIGNED_DIGITS[:1]], [["a", "b", "c"]], alt="digits")
    assert len(images(shown[0])) == 4
    assert [ax.axison for ax in shown[0].axes] == [True, True, True, True, False, False]


def test_titles_of_two_lines_get_room(shown):
    draw_images([DIGITS], [["a 7"] * 3], alt="digits")
    draw_images([DIGITS], [["a 7,\ntaken for a 1"] * 3], alt="digits")
    assert shown[1].get_figheight() > shown[0].get_figheight()


# Losses


@pytest.mark.parametrize("yscale", ["linear", "log"])
def test_losses_are_shown_step_by_step_and_as_means(yscale, shown):
    draw_losses(CURVES, start=9, meaning="C - 1", window=50, yscale=yscale)
    (ax,) = shown[0].axes
    thin, thick = ax.lines[0], ax.lines[1]
    np.testing.assert_array_equal(thin.get_ydata(), CURVES["reg = 0"])
    assert thick.get_ydata()[0] == pytest.approx(CURVES["reg = 0"][:50].mean())
    assert thick.get_xdata()[0] == 25 and len(thick.get_xdata()) == 71
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "reg = 0, mean of 50 steps", "reg = 1, mean of 50 steps"
    ]
    assert ax.get_yscale() == yscale and texts(ax) == ["C - 1"]
    assert list(ax.lines[-1].get_ydata()) == [9, 9] and ax.get_ylim()[1] > 9


# Graphs


def test_node_has_two_arrows_and_two_texts_on_every_edge(shown):
    draw_node("affine", inputs={"x": "(N, D)", "b": "(M,)"}, outputs={"out": "(N, M)"})
    (ax,) = shown[0].axes
    assert [text for text in texts(ax) if text] == [
        "affine", "x  (N, D)", "dx  (N, D)", "b  (M,)", "db  (M,)", "out  (N, M)", "dout  (N, M)",
        "… loss",
    ]
    assert sum(text == "" for text in texts(ax)) == 6, "arrows"


def test_graph_shows_values_and_where_there_are_some_gradients(shown):
    values, operations = {"x": (0, 0), "z": (4, 0)}, {"square": (2, 0, "²")}
    draw_graph(values, operations, [("x", "square", "3", ""), ("square", "z", "9", "")])
    draw_graph(values, operations, [("x", "square", "3", "6"), ("square", "z", "9", "1")])
    without, with_gradients = ({*texts(figure.axes[0])} - {""} for figure in shown)
    assert without == {"x", "z", "²", "3", "9", "values →"}
    assert with_gradients == without | {"6", "1", "← gradients"}


# In a notebook

DRAW = {
    "a node": lambda: draw_node("f", {"x": ""}, {"L": ""}),
    "a graph": lambda: draw_graph({"x": (0, 0), "z": (2, 0)}, {}, [("x", "z", "1", "")]),
    "digits": lambda: draw_images([DIGITS], scale="ink", alt="digits"),
    "losses": lambda: draw_losses(CURVES, 9, "C - 1", 50, "log"),
}


@pytest.fixture
def displayed(monkeypatch) -> list[tuple[dict, dict]]:
    """What a notebook is given to display: data and metadata."""
    outputs: list = []
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr("IPython.display.display",
                        lambda data, metadata, raw: outputs.append((data, metadata)))
    return outputs


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_notebook_gets_one_picture_and_nothing_stays_open(draw, displayed):
    draw()
    assert len(displayed) == 1
    assert plt.get_fignums() == []


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_picture_says_in_words_what_it_shows(draw, displayed):
    draw()
    ((data, metadata),) = displayed
    words = data["text/plain"]
    assert len(words.split()) > 1 or words == "digits"
    assert f'alt="{html.escape(words)}"' in data["text/html"]
    assert metadata["image/png"]["alt"] == words


def test_a_picture_has_no_background_of_its_own(displayed, ax):
    ax.plot([0, 1])
    pictures.show("a line")
    picture = plt.imread(io.BytesIO(base64.b64decode(displayed[0][0]["image/png"])))
    assert np.mean(picture[..., 3] == 0) > 0.8, "transparent"


def test_words_of_a_picture_cannot_break_out_of_it(displayed, ax):
    pictures.show('a "<b>" sign')
    assert 'alt="a &quot;&lt;b&gt;&quot; sign"' in displayed[0][0]["text/html"]


def test_outside_of_a_notebook_a_picture_is_told_in_words(ax, capsys):
    pictures.show("a line that rises")
    assert capsys.readouterr().out == "[a line that rises]\n"
    assert plt.get_fignums() == []


@pytest.mark.parametrize("colour", [pictures.TEXT, BROWN, pictures.BLUE, pictures.GREY])
def test_words_and_lines_can_be_read_on_a_light_and_on_a_dark_page(colour):
    def luminance(colour):
        parts = np.array(plt.matplotlib.colors.to_rgb(colour))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    own = luminance(colour)
    assert min(1.05 / (own + 0.05), (own + 0.05) / (luminance("#111111") + 0.05)) > 3.5
