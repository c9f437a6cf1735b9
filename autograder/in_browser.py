"""What is different where Python runs inside a web page: in JupyterLite, on Pyodide."""

from __future__ import annotations

import logging
import sys

IN_BROWSER = sys.platform == "emscripten"


def prepare() -> None:
    """Before anything is imported: Matplotlib builds its font cache anew in each page, and logs it.

    A reader who sees a red line in the first output thinks that something is wrong.
    """
    if IN_BROWSER:
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
