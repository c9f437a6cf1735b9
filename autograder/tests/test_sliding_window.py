"""The film: what it shows, how large it is, that it plays, and that it can stand still."""

import html
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import IPython
import numpy as np
import pytest
from IPython import display

from autograder.sliding_window import show_sliding_window
from autograder.tests.browser import chromium_page, find_chromium

TEXT = 'A window & its <outputs>, "one by one".'
RNG = np.random.default_rng(0)
IMAGE, OUT = RNG.uniform(0, 1, (28, 28)), RNG.normal(0, 1, (12, 12))
SVG = "{http://www.w3.org/2000/svg}"


def shown(monkeypatch, image=IMAGE, out=OUT, stride=2) -> dict:
    """What a notebook is given."""
    given = []
    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(display, "display", lambda data, raw: given.append(data))
    show_sliding_window(image, out, kernel=5, stride=stride, text=TEXT)
    return given[0]


def still(source: str) -> ElementTree.Element:
    return ElementTree.fromstring(unquote(source.partition(",")[2]))


def test_script_is_told_in_words(capsys):
    show_sliding_window(IMAGE, OUT, kernel=5, stride=2, text=TEXT)
    assert capsys.readouterr().out == f"[{TEXT}]\n"


def test_notebook_gets_a_still_with_its_text_and_nothing_large(monkeypatch):
    data = shown(monkeypatch)
    assert data["text/plain"] == TEXT
    assert html.escape(TEXT) in data["text/html"]
    assert len(data["text/html"]) < 200_000
    picture = still(re.search(r'src="([^"]*)"', data["text/html"])[1])
    boxes = {box.get("id"): box.attrib for box in picture.iter(f"{SVG}rect")}
    assert float(boxes["window"]["width"]) == 5  # an image of 28 is drawn 28 wide
    words = [text.text for text in picture.iter(f"{SVG}text")]
    assert "window of out[7, 6]" in words
    assert words.count("+") == np.sum(np.abs(OUT).max() / 4 < OUT)
    assert words.count("\u2212") == np.sum(-np.abs(OUT).max() / 4 > OUT)


@pytest.mark.parametrize("out", [np.zeros((12, 12)), np.full((12, 12), np.nan), OUT[:, :7]])
def test_odd_outputs_are_drawn(monkeypatch, out):
    assert "figure" in shown(monkeypatch, out=out)["text/html"]


@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium")
def test_film_plays_when_asked_and_stops_at_its_end(monkeypatch):
    with chromium_page() as page:
        page.set_content(shown(monkeypatch, out=OUT[:3, :4])["text/html"])
        button, slider = page.get_by_role("button"), page.get_by_role("slider")
        assert "Press play" in button.inner_text()
        button.click()
        assert button.inner_text() == "Pause"
        page.wait_for_function("document.querySelector('button').textContent.includes('play')")
        assert slider.input_value() == "11"
        end = still(page.locator("img").get_attribute("src"))
        assert "window of out[2, 3]" in [text.text for text in end.iter(f"{SVG}text")]
        assert page.locator("img").get_attribute("alt") == TEXT
        hidden = [box for box in end.iter(f"{SVG}rect") if box.get("id") in ("row", "rows")]
        assert all(0 in (float(box.get("width")), float(box.get("height"))) for box in hidden)
        slider.fill("5")
        moved = still(page.locator("img").get_attribute("src"))
        assert "window of out[1, 1]" in [text.text for text in moved.iter(f"{SVG}text")]
