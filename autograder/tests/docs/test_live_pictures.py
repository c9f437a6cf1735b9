"""The pictures in a real browser: by keyboard, by pointer, by touch, light and dark, on a phone."""

import re

import numpy as np
import pytest

from autograder.course import Course
from autograder.tests.browser import CONTRASTS

pytestmark = pytest.mark.slow

PHONE, DESKTOP = 390, 1280
ENOUGH_CONTRAST = 4.5
SHOW = """async ([name, options]) => {
  document.body.innerHTML = '<figure class="picture"><img alt="words for it"></figure>';
  const figure = document.querySelector("figure");
  Object.assign(figure.dataset, {picture: name, ...options});
  await import(`/pictures.js?${Math.random()}`);  // anew, and not from what is loaded
}"""


class Live:
    """A picture on a page of its own, as the script of a page puts it there."""

    def __init__(self, page, name, width=DESKTOP, **options):
        self.page = page
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SHOW, [name, options])
        self.picture = page.get_by_role("group", name="words for it")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, place):
        """Press the tab key until the focus is there, as somebody without a mouse does."""
        for _ in range(30):
            self.press("Tab")
            if place.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError("the tab key does not lead there")

    @property
    def told(self):
        return self.picture.get_by_role("status").inner_text()

    def entries(self, kind):
        """The numbers in a table of the sliding window."""
        texts = self.picture.locator(f"svg.{kind} text.entry").all_text_contents()
        numbers = [float(text.replace("−", "-") or 0) for text in texts]
        return np.reshape(numbers, (round(len(numbers) ** 0.5), -1))


@pytest.fixture
def live(page):
    """Open a picture; in the end nothing may have gone wrong in the page."""
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    yield lambda name, *args, **options: Live(page, name, *args, **options)
    assert wrong == []


@pytest.fixture(scope="module")
def convolution():
    """Forward and backward pass of chapter 07 for one image."""
    reference = Course.find().reference("07_convolution")

    def passes(x, w, stride, pad, dout=None):
        x, w = np.array(x, dtype=float)[None, None], np.array(w, dtype=float)[None, None]
        out, cache = reference["conv2d_forward_naive"](x, w, np.zeros(1), stride, pad)
        dout = np.zeros_like(out) if dout is None else np.array(dout, dtype=float)[None, None]
        return out[0, 0], reference["conv2d_backward_naive"](dout, cache)[0][0, 0]

    return passes


RIGHTWARDS = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
ONE_TO_NINE = np.arange(1, 10).reshape(3, 3)
SEVEN = np.zeros((12, 12))
SEVEN[2:4, 2:10] = SEVEN[4, 8:10] = SEVEN[5, 7:9] = 1
SEVEN[6:8, 6:8] = SEVEN[8:11, 5:7] = 1


def test_gather_by_keyboard(live, convolution):
    shown = live("sliding_window")
    np.testing.assert_array_equal(shown.entries("map"), convolution(SEVEN, RIGHTWARDS, 1, 0)[0])
    image = shown.picture.get_by_role("application", name="Image x")
    shown.tab_to(image)
    shown.press(*["ArrowRight"] * 3, *["ArrowDown"] * 6, "Space")
    assert shown.told == "Pixel x[6, 3] is ink."
    drawn = SEVEN.copy()
    drawn[6, 3] = 1
    out, _ = convolution(drawn, RIGHTWARDS, 1, 0)
    np.testing.assert_array_equal(shown.entries("map"), out)

    shown.tab_to(shown.picture.get_by_role("application", name="Outputs"))
    shown.press("ArrowUp", "ArrowLeft", "ArrowLeft")  # from [3, 5], where the window begins
    assert shown.told.startswith(f"out[2, 3] = {out[2, 3]:g}: the window at rows 2 to 4, columns 3")
    products = shown.picture.locator("svg.sums text.entry").all_text_contents()[18:]
    assert sum(int(text.replace("−", "-")) for text in products) == out[2, 3]
    shown.press(*["ArrowLeft"] * 9)
    assert shown.told.startswith("out[2, 0]")


@pytest.mark.parametrize("stride, pad", [(1, 0), (2, 1), (3, 2)])
def test_stride_and_pad_by_keyboard(live, convolution, stride, pad):
    shown = live("sliding_window")
    first = shown.picture.get_by_role("group", name="stride").get_by_role("radio").first
    shown.tab_to(first)
    shown.press(*["ArrowRight"] * (stride - 1), "Tab", *["ArrowRight"] * pad)
    out, _ = convolution(SEVEN, RIGHTWARDS, stride, pad)
    np.testing.assert_array_equal(shown.entries("map"), out)


def test_scatter_by_keyboard(live, convolution):
    shown = live("sliding_window")
    shown.tab_to(shown.picture.get_by_role("radio", name="forward"))
    shown.press("ArrowRight", "Tab", "1")  # backward; of the kernels the one that begins with 1
    dout = np.zeros((10, 10))
    dout[3, 5] = 1
    dx = convolution(SEVEN, ONE_TO_NINE, 1, 0, dout)[1]
    np.testing.assert_array_equal(shown.entries("image"), dx)
    assert "No pixel has received more than one share" in shown.told

    shown.tab_to(shown.picture.get_by_role("application", name="Upstream gradient"))
    shown.press("ArrowRight", "Space")
    dout[3, 6] = 1
    dx = convolution(SEVEN, ONE_TO_NINE, 1, 0, dout)[1]
    assert dx[3, 6] == 2 + 1
    np.testing.assert_array_equal(shown.entries("image"), dx)
    assert "dout[3, 6] = 1 adds its share" in shown.told
    assert "6 pixels have received more than one share" in shown.told

    shown.tab_to(shown.picture.get_by_role("button", name="dout all 1"))
    shown.press("Enter")
    dx = convolution(SEVEN, ONE_TO_NINE, 1, 0, np.ones((10, 10)))[1]
    assert dx[6, 6] == 45
    np.testing.assert_array_equal(shown.entries("image"), dx)
    shown.picture.get_by_role("group", name="stride").get_by_role("radio", name="3").check()
    assert "No pixel has received more than one share" in shown.told
    np.testing.assert_array_equal(shown.entries("map"), np.ones((4, 4)))


def test_what_falls_into_the_frame_is_shown_and_cut_off(live, convolution):
    shown = live("sliding_window")
    shown.picture.get_by_role("radio", name="backward").check()
    shown.picture.get_by_role("group", name="pad").get_by_role("radio", name="2").check()
    shown.picture.get_by_role("button", name="dout all 1").press("Enter")
    dx = convolution(SEVEN, RIGHTWARDS, 1, 2, np.ones((14, 14)))[1]
    np.testing.assert_array_equal(shown.entries("image")[2:-2, 2:-2], dx)
    assert shown.entries("image")[0, 0] == -1


def test_the_window_slides_by_itself(live):
    shown = live("sliding_window")
    shown.picture.get_by_role("group", name="stride").get_by_role("radio", name="3").check()
    shown.tab_to(shown.picture.get_by_role("button", name="Slide"))
    shown.press("Enter")
    shown.picture.get_by_role("button", name="Stop").wait_for()
    shown.picture.get_by_role("button", name="Slide").wait_for()
    assert shown.told.startswith("out[3, 3]")


def test_a_digit_is_drawn_by_pulling(live):
    shown = live("sliding_window", PHONE)
    shown.picture.get_by_role("button", name="Empty paper").click()
    assert not shown.entries("map").any()
    box = shown.picture.locator("svg.image rect.paper").bounding_box()
    cell, mouse = box["width"] / 12, shown.page.mouse
    mouse.move(box["x"] + 4.5 * cell, box["y"] + 2.5 * cell)
    mouse.down()
    mouse.move(box["x"] + 4.5 * cell, box["y"] + 8.5 * cell, steps=24)
    mouse.up()
    ink = shown.picture.locator("svg.image rect.ink").evaluate_all(
        "all => all.map(one => Number(one.getAttribute('fill-opacity')))")
    expected = np.zeros((12, 12))
    expected[2:9, 4] = 1
    np.testing.assert_array_equal(np.reshape(ink, (12, 12)), expected)
    map_ = shown.picture.locator("svg.map rect.paper").bounding_box()
    mouse.click(map_["x"] + 0.25 * map_["width"], map_["y"] + 0.55 * map_["height"])
    assert shown.told.startswith("out[5, 2] = 4:")


def test_graph_by_keyboard(live):
    shown = live("computational_graph")
    assert shown.told == "out = 15; dx = 8, dy = 3."
    shown.tab_to(shown.picture.get_by_role("slider", name="x", exact=True))
    shown.press("ArrowRight", "ArrowRight")
    assert shown.told == "out = 24; dx = 10, dy = 4."  # 2x + y, and x
    shown.press("Tab", *["ArrowLeft"] * 20)
    assert shown.told == "out = −4; dx = 3, dy = 4."
    shown.press("Tab", *["ArrowLeft"] * 4)
    assert shown.told == "out = −4; dx = −3, dy = −4."
    assert shown.picture.get_by_role("listitem").all_inner_texts() == [
        "× sends dout · x = −1 · 4 = −4 to q and dout · q = −1 · −1 = 1 to x",
        "+ sends dq = −4 to x and to y",
        "x is used twice: dx = 1 − 4 = −3",
    ]
    edges = shown.picture.locator("svg.graph")
    assert edges.locator("text.gradient").all_text_contents()[:3] == ["−3", "−4", "−4"]
    assert edges.locator("text.value").all_text_contents()[:3] == ["4", "4", "−5"]


def test_other_graphs_by_keyboard(live):
    shown = live("computational_graph")
    shown.tab_to(shown.picture.get_by_role("combobox", name="formula"))
    shown.press("ArrowDown")
    assert shown.told == "out = 9; dx = 6."
    shown.press("ArrowDown")
    assert shown.told == "z = 12; dx = 0, dy = 4, dt = 3."
    shown.press("Tab", "ArrowRight", "ArrowRight")  # x = y: the first input counts as the larger
    assert shown.told == "z = 12; dx = 4, dy = 0, dt = 3."
    shown.picture.get_by_role("combobox").select_option("z = (x + y) · t")
    assert shown.told == "z = 20; dx = 4, dy = 4, dt = 5."


def table(shown):
    """The table below the scores: one list for each row, without its title."""
    rows = shown.picture.get_by_role("row").all()[1:]
    texts = [row.get_by_role("cell").all_inner_texts() for row in rows]
    return [[float(text.replace("−", "-")) if text else None for text in row] for row in texts]


def test_scores_by_keyboard(live):
    shown = live("hinge_and_softmax")
    assert shown.told == "Hinge loss 0.5, softmax loss 0.583."
    third = shown.picture.get_by_role("slider", name="score of class 3")
    shown.tab_to(third)
    shown.press("PageUp", "PageUp")
    assert third.get_attribute("aria-valuenow") == "2"
    assert shown.told.startswith("Hinge loss 0.5,")  # exactly on the edge
    assert table(shown)[3][:3] == [2, 0, 0]
    shown.press("ArrowRight")
    assert shown.told.startswith("Hinge loss 0.75,")
    assert [row[2] for row in table(shown)] == [-2, 0, 1, 1, 0]
    shown.press("Home")
    assert third.get_attribute("aria-valuenow") == "-3"
    shown.press("End", "ArrowRight")
    assert third.get_attribute("aria-valuenow") == "6"
    shown.tab_to(shown.picture.get_by_role("radio", name="0"))
    shown.press("ArrowLeft")  # around to class 3
    assert shown.told.startswith("Hinge loss 0,")
    answers = {chapter: Course.find().reference(f"{chapter}")[name] for chapter, name in
               (("05_svm_loss", "svm_loss"), ("06_softmax_loss", "softmax_loss"))}
    s, y = np.array([[3.0, 1.0, 2.5, 6.0]]), np.array([3])
    for (loss, dx), column in zip((answer(s, y) for answer in answers.values()), (2, 4)):
        assert f"{loss:.3f}".rstrip("0").rstrip(".") in shown.told
        shown_dx = [row[column] for row in table(shown)][:4]
        np.testing.assert_allclose(shown_dx, dx[0], atol=5e-4)


def test_the_hinge_alone(live):
    shown = live("hinge_and_softmax", show="hinge")
    assert shown.told == "Hinge loss 0.5."
    assert "softmax" not in shown.picture.inner_text()


def test_a_score_is_dragged(live):
    shown = live("hinge_and_softmax")
    knob = shown.picture.get_by_role("slider", name="score of class 1")
    box, mouse = knob.bounding_box(), shown.page.mouse
    unit = shown.picture.locator("svg.scores").bounding_box()["width"] / 400 * 328 / 9
    mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2 + 3 + 2 * unit, box["y"] + box["height"] / 2, steps=5)
    mouse.up()
    assert knob.get_attribute("aria-valuenow") == "3"
    assert shown.told.startswith("Hinge loss 1.5,")


def pull_with_a_finger(page, start, stop):
    """A real touch, which the browser takes for scrolling where the page does not say otherwise."""
    finger = page.context.new_cdp_session(page)
    for kind, places in (("touchStart", [start]), ("touchMove", np.linspace(start, stop, 13)[1:]),
                         ("touchEnd", [None])):
        for place in places:
            points = [] if place is None else [{"x": float(place[0]), "y": float(place[1])}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.detach()


def test_a_finger_draws_and_does_not_scroll(live):
    shown = live("sliding_window", PHONE)
    shown.page.evaluate("document.body.style.paddingBottom = '1000px'")
    shown.picture.get_by_role("button", name="Empty paper").click()
    box = shown.picture.locator("svg.image rect.paper").bounding_box()
    scrolled = shown.page.evaluate("scrollY")
    cell, x = box["width"] / 12, box["x"] + box["width"] * 5.5 / 12
    pull_with_a_finger(shown.page, (x, box["y"] + 10.5 * cell), (x, box["y"] + 3.5 * cell))
    ink = shown.picture.locator("svg.image rect.ink:not([fill-opacity='0'])")
    assert ink.count() == 8
    assert shown.page.evaluate("scrollY") == scrolled


def test_a_finger_drags_a_score(live):
    shown = live("hinge_and_softmax", PHONE)
    knob = shown.picture.get_by_role("slider", name="score of class 3")
    box = knob.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    unit = shown.picture.locator("svg.scores").bounding_box()["width"] / 400 * 328 / 9
    pull_with_a_finger(shown.page, (x, y), (x + 3 * unit, y))
    assert knob.get_attribute("aria-valuenow") == "3"


@pytest.mark.parametrize("name", ["sliding_window", "computational_graph", "hinge_and_softmax"])
def test_it_fits_a_phone(live, name):
    shown = live(name, PHONE)
    assert shown.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for control in shown.picture.locator("button, select, input, [tabindex]").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sliding_window", "computational_graph", "hinge_and_softmax"])
def test_words_can_be_read(live, page, name, scheme):
    page.emulate_media(color_scheme=scheme)
    page.evaluate("scheme => { document.documentElement.style.background = "
                  "{light: '#fff', dark: '#14181e'}[scheme]; }", scheme)
    shown = live(name)
    found = shown.picture.evaluate(CONTRASTS)
    # Numbers alone: some stand on the colours of a table. Others have the colour of a word, too.
    words = [(text, contrast) for text, contrast in found if not re.search("^[−0-9]*$", text)]
    page.emulate_media(color_scheme="light")
    assert words
    assert {text: contrast for text, contrast in words if contrast < ENOUGH_CONTRAST} == {}


def test_still_images_are_those_of_the_pictures(page):
    from stills import PICTURES, draw_stills

    for name, drawn in draw_stills(page).items():
        kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
        assert kept == drawn, f"{name}.svg is old: python docs/_ext/stills.py"


def test_pictures_are_small():
    from stills import PICTURES, STILLS

    for name in STILLS:
        assert (PICTURES / f"{name.partition('-')[0]}.js").stat().st_size <= 15_000
        assert (PICTURES / f"{name}.svg").stat().st_size <= 30_000
