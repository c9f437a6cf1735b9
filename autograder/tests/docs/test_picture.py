"""The directive that puts a picture into the book, and where the chapters use it."""

import re

import pytest

from autograder.cells import header, read_chapter
from autograder.tests.conftest import REPOSITORY

DIRECTIVE = re.compile(r"^```\{picture\} (\w+)$", re.MULTILINE)
IN_CHAPTERS = {
    "02_computational_graphs": ["computational_graph"],
    "05_svm_loss": ["hinge_and_softmax"],
    "06_softmax_loss": ["hinge_and_softmax"],
    "07_convolution": ["sliding_window"],
}
PAGE = """# A page

```{{picture}} {name}
{options}

{caption}
```
"""
ALT = ":alt: A window, and its \"sum\"."


def test_chapters_show_pictures_in_cells_of_the_book():
    found = {}
    for path in sorted((REPOSITORY / "solutions").glob("*.py")):
        for cell in read_chapter(path.read_text(encoding="utf-8")).cells:
            if names := DIRECTIVE.findall(cell.source):
                assert header(cell) == {"title": "book"}
                found.setdefault(path.stem, []).extend(names)
    assert found == IN_CHAPTERS


@pytest.fixture
def build(tmp_path):
    """Build a book of two pages, one of them in a folder; return its folder and the warnings."""
    pytest.importorskip("myst_parser", reason="Sphinx or MyST is not installed")
    from io import StringIO

    from sphinx.application import Sphinx

    def build(page, builder="html"):
        source, out = tmp_path / "source", tmp_path / builder
        (source / "below").mkdir(parents=True)
        (source / "index.md").write_text("# Index\n\n```{toctree}\nbelow/page\n```\n")
        (source / "below" / "page.md").write_text(page, encoding="utf-8")
        settings = {"extensions": ["myst_parser", "picture"]}
        warnings = StringIO()
        Sphinx(source, None, out, tmp_path / "trees", builder, confoverrides=settings,
               status=None, warning=warnings).build()
        return out, warnings.getvalue()

    return build


@pytest.mark.slow
def test_a_page_has_the_still_image_and_the_scripts(build):
    page = PAGE.format(name="hinge_and_softmax", options=f"{ALT}\n:show: hinge",
                       caption="Pull a **score**.\n\n- See.")
    folder, warnings = build(page)
    assert warnings == ""
    html = (folder / "below" / "page.html").read_text(encoding="utf-8")
    assert ('<figure class="picture" data-picture="hinge_and_softmax" data-show="hinge">'
            in html)
    (image,) = re.findall("<img [^>]*>", html)
    assert 'alt="A window, and its &quot;sum&quot;."' in image
    assert 'src="../_static/pictures/hinge_and_softmax-hinge.svg"' in image
    assert "<strong>score</strong>" in html.split("<figcaption>")[1].split("</figcaption>")[0]
    assert re.search(r'<script type="module" src="\.\./_static/pictures/pictures\.js', html)
    assert "pictures.css" in html
    assert "pictures/" not in (folder / "index.html").read_text(encoding="utf-8")

    served = {path.name for path in (folder / "_static" / "pictures").iterdir()}
    mine = {path.name for path in (REPOSITORY / "docs" / "pictures").iterdir()}
    assert served == mine - {"package.json"}


@pytest.mark.slow
def test_in_text_the_words_stand_for_the_picture(build):
    folder, _ = build(PAGE.format(name="sliding_window", options=ALT, caption="Slide."), "text")
    assert '[A window, and its "sum".]' in (folder / "below" / "page.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name, options, caption, complaint", [
    ("sliding_windows", ALT, "Slide.", "there is no docs/pictures/sliding_windows.js"),
    ("sliding_window", ALT + "\n:show: half", "Slide.", "no docs/pictures/sliding_window-half.svg"),
    ("sliding_window", ":alt: A window.", "", "needs :alt: and a caption"),
    ("sliding_window", "", "Slide.", "needs :alt: and a caption"),
])
def test_what_is_missing_is_said(build, name, options, caption, complaint):
    _, warnings = build(PAGE.format(name=name, options=options, caption=caption))
    assert complaint in warnings
