"""Draws the still images that stand for the pictures where scripts are off.

``python docs/_ext/stills.py`` opens every live picture as it begins, in Chromium, and writes its
drawings as ``docs/pictures/NAME.svg``: after a change of a picture, and before the commit.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
STILLS = {
    "sliding_window": {},
    "computational_graph": {},
    "hinge_and_softmax": {},
    "hinge_and_softmax-hinge": {"show": "hinge"},
}
"""The name of each still image, and how the directive says what is shown."""
WIDTH = 640
ADDRESS = "http://pictures.test"
"""No such place exists; `serve` answers for it, since a browser loads no modules from files."""
EMPTY_PAGE = f"""<!doctype html><html lang="en"><title>Pictures</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="{ADDRESS}/pictures.css"><body class="picture">"""

COLOURS = """
.picture { --picture-text: #787878; --picture-line: #808080; --picture-page: none;
  --picture-first: #3a80c9; --picture-second: #c4662b; }
"""
"""Of a middle brightness: an image does not know whether its page is light or dark."""

DRAW = """async ([name, options]) => {
  const { default: build } = await import(`/${name}.js`);
  document.body.replaceChildren(build(options));
  const panels = document.querySelector(".panels"), all = panels.getBoundingClientRect();
  const still = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const round = Math.round;
  still.setAttribute("viewBox", `0 0 ${round(all.width)} ${round(all.height)}`);
  for (const drawing of panels.querySelectorAll("svg")) {
    const box = drawing.getBoundingClientRect(), part = drawing.cloneNode(true);
    for (const { name } of [...part.attributes]) if (name !== "viewBox") part.removeAttribute(name);
    const place = { x: round(box.x - all.x), y: round(box.y - all.y), width: round(box.width),
      height: round(box.height) };
    for (const [key, value] of Object.entries(place)) part.setAttribute(key, value);
    still.append(part);
  }
  still.setAttribute("class", "picture");
  still.querySelectorAll(".pencil, .reach, [fill-opacity='0']").forEach((one) => one.remove());
  still.querySelectorAll("*").forEach((one) => {
    if (one.tagName === "text" && !one.textContent) return one.remove();
    for (const { name } of [...one.attributes]) {
      if (/^(aria-|tabindex|role|pointer-events)/.test(name)) one.removeAttribute(name);
    }
  });
  return new XMLSerializer().serializeToString(still);
}"""


def serve(route) -> None:
    """Answer a request of the browser with a file of the pictures, or with an empty page."""
    path = urlsplit(route.request.url).path.lstrip("/")
    if path:
        route.fulfill(path=PICTURES / path)
    else:
        route.fulfill(body=EMPTY_PAGE, content_type="text/html; charset=utf-8")


def draw_stills(page) -> dict[str, str]:
    """Draw all still images in a page of Playwright.

    Returns
    -------
    stills : dict of str to str
        The SVG of each by its name.
    """
    css = (PICTURES / "pictures.css").read_text(encoding="utf-8")
    style = COLOURS + "\n".join(re.findall(r"^\.picture [^{\n]+\{[^\n]*\}$", css, re.MULTILINE))
    page.route("**/*", serve)
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.goto(f"{ADDRESS}/")
    page.add_style_tag(content="body { margin: 0 }")
    drawn = {}
    for name, options in STILLS.items():
        still = page.evaluate(DRAW, [name.partition("-")[0], options])
        drawn[name] = still.replace(">", f"><style>{style}</style>", 1) + "\n"
    return drawn


if __name__ == "__main__":
    from autograder.tests.browser import chromium_page

    with chromium_page() as open_page:
        for still_name, text in draw_stills(open_page).items():
            (PICTURES / f"{still_name}.svg").write_text(text, encoding="utf-8")
            print(f"docs/pictures/{still_name}.svg  {len(text) / 1000:.1f} kB")
