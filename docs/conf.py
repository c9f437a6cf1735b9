"""Sphinx's settings for the book. `autograder site` copies docs/ beside the chapters."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Backpropagation, derived and checked"
author = "The authors of the course"
project_copyright = "text and figures CC BY 4.0, code MIT"
language = "en"

extensions = ["myst_nb", "picture", "sphinx.ext.githubpages", "sphinx.ext.mathjax"]
exclude_patterns = ["_ext", "_templates"]
templates_path = ["_templates"]

# Chapters come with their outputs; nothing is run here.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_code_prompt_show = "The code that draws this"
nb_code_prompt_hide = "The code that draws this"
nb_mime_priority_overrides = [("html", "text/html", 0)]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
smartquotes = False

html_context = {"default_mode": "auto"}
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["icons.css", "site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = "_static/favicon.svg"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {
    "home_page_in_toc": False,
    "show_toc_level": 1,
    "max_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "search_bar_text": "Search",
    "back_to_top_button": False,
}

# The parts that the pages need, in place of upstream's one file, which is half as large again.
mathjax_path = "mathjax/startup.js"
mathjax3_config = {
    "loader": {"load": [
        "core", "input/tex-base", "[tex]/ams", "output/chtml", "a11y/assistive-mml",
    ]},
    "tex": {"packages": ["base", "ams"]},
    "chtml": {"displayAlign": "left"},
}
