"""The directive ``picture``: a picture of the book that answers to the hand.

In a chapter, in a cell ``# %% book [markdown]``::

    ```{picture} sliding_window
    :alt: What the still image shows, in words.

    The caption: what to try, and what to see.
    ```

The page gets the still image ``docs/pictures/NAME.svg`` in a figure. A script takes its place where
scripts run. Only pages with a picture load the scripts.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset
from sphinx.util.osutil import relative_uri

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
FOLDER = "pictures"
"""Below the folder of the site's static files."""
SERVED = (".js", ".css", ".svg")


class picture(nodes.General, nodes.Element):
    """A figure whose still image a script replaces; its children are the caption."""


class Picture(SphinxDirective):
    """``picture NAME``, with ``alt`` and, for what a picture leaves out at first, ``show``."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "alt": directives.unchanged_required,
        "show": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the figure; complain about a picture that is not there, or has no words."""
        (name,) = self.arguments
        show = self.options.get("show", "")
        still = f"{name}-{show}" if show else name
        for file in (f"{name}.js", f"{still}.svg"):
            if not (PICTURES / file).is_file():
                raise self.error(f"there is no docs/pictures/{file}")
        if "alt" not in self.options or not self.content:
            raise self.error(f"the picture {name} needs :alt: and a caption")
        alt = " ".join(self.options["alt"].split())
        figure = picture(name=name, show=show, still=still, alt=alt)
        self.set_source_info(figure)
        self.state.nested_parse(self.content, self.content_offset, figure)
        return [figure]


def visit_picture(translator, node) -> None:
    """Open the figure, with the still image, and the caption."""
    page = translator.builder.get_target_uri(translator.builder.current_docname)
    folder = relative_uri(page, f"_static/{FOLDER}")
    show = {"data-show": node["show"]} if node["show"] else {}
    translator.body.append(translator.starttag(
        node, "figure", CLASS="picture", **{"data-picture": node["name"]}, **show))
    # The class tells the theme to put no white paper behind the image on a dark page.
    translator.body.append(translator.emptytag(
        node, "img", CLASS="dark-light", alt=node["alt"],
        src=f"{folder}/{node['still']}.svg"))
    translator.body.append("<figcaption>\n")


def depart_picture(translator, node) -> None:
    """Close caption and figure."""
    translator.body.append("</figcaption></figure>\n")


def visit_in_words(translator, node) -> None:
    """Where there are no images, the words stand for the picture."""
    translator.new_state(0)
    translator.add_text(f"[{node['alt']}]")
    translator.end_state()


def depart_in_words(translator, node) -> None:
    """Nothing is open."""


def copy_pictures(app: Sphinx) -> None:
    """Put scripts, style and still images where the pages look for them."""
    if app.builder.format == "html":
        for path in sorted(PICTURES.iterdir()):
            if path.suffix in SERVED:
                copy_asset(path, app.outdir / "_static" / FOLDER)


def load_on_pages_with_a_picture(app: Sphinx, page, template, context, doctree) -> None:
    """Add the scripts and the style to a page that has a picture."""
    if doctree is not None and next(doctree.findall(picture), None) is not None:
        app.add_js_file(f"{FOLDER}/pictures.js", type="module")
        app.add_css_file(f"{FOLDER}/pictures.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("picture", Picture)
    app.add_node(picture, html=(visit_picture, depart_picture),
                 text=(visit_in_words, depart_in_words))
    app.connect("builder-inited", copy_pictures)
    app.connect("html-page-context", load_on_pages_with_a_picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
