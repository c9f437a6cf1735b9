"""JupyterLite in a Chromium that reaches nothing but this machine, for tests of what a reader sees.

Two pieces, used with `autograder.tests.browser`::

    with serving(folder) as site, offline_browser() as browser:
        notebook = LiteNotebook(browser.new_context().new_page(), site, "03_affine.ipynb")
        notebook.run("check(affine_backward)")
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from autograder.tests.browser import CHROMIUM_ARGS, PANEL, Notebook, find_chromium
from autograder.tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""No name of the network means anything."""

TYPES = {".wasm": "application/wasm", ".js": "text/javascript", ".mjs": "text/javascript",
         ".ipynb": "application/json"}
"""Media types that not every system knows; a browser refuses scripts with another one."""


@dataclass
class Site:
    """A folder that is served, its address, and what was asked of it."""

    url: str
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes by path, in the order of the first request."""

    @property
    def megabytes(self) -> float:
        """All that was sent so far, uncompressed."""
        return sum(self.sent.values()) / 1e6


def note_figure(part: str, name: str, value: object) -> None:
    """Write a measured figure beside those of ``make bench``; nothing asserts it."""
    path = REPOSITORY / "build" / "bench.json"
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    figures.setdefault(part, {})[name] = value
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve a folder as GitHub Pages would, without compression."""
    site = Site("")

    class Handler(SimpleHTTPRequestHandler):
        extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}

        def copyfile(self, source, outputfile) -> None:
            content = source.read()
            path = urlsplit(self.path).path
            site.sent[path] = site.sent.get(path, 0) + len(content)
            outputfile.write(content)

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def offline_browser() -> Iterator[Browser]:
    """A headless Chromium for which there is no network; one at a time in a process."""
    from playwright.sync_api import sync_playwright

    # JupyterLite's service worker fetches for its pages: what it asks for is seen with this only.
    os.environ["PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_ARGS, NOWHERE])
        try:
            yield browser
        finally:
            browser.close()


class LiteNotebook(Notebook):
    """A notebook opened in JupyterLite, its kernel idle.

    Parameters
    ----------
    page : Page
    site : Site
        In which JupyterLite is the folder ``lite``.
    path : str
        Such as ``"03_affine.ipynb"``.
    timeout : float
        Seconds that the start of Python, or a cell, may take.
    """

    def __init__(self, page: Page, site: Site, path: str, timeout: float = 300) -> None:
        page.goto(f"{site.url}lite/lab/index.html?path={path}")
        self.attach(page, path, timeout)

    @classmethod
    def on(cls, page: Page, path: str) -> LiteNotebook:
        """The notebook that a page is about to show, wherever it came from."""
        notebook = cls.__new__(cls)
        notebook.attach(page, path)
        return notebook

    def attach(self, page: Page, path: str, timeout: float = 300) -> None:
        """Wait until the page that is open shows the notebook, and Python is there."""
        self.page, self.path, self.timeout = page, path, timeout
        page.set_default_timeout(timeout * 1000)
        self._wait_for(
            f"path => {PANEL}?.context?.path === path && {PANEL}.context.isReady"
            f" && {PANEL}.sessionContext.isReady"
            f" && {PANEL}.sessionContext.kernelDisplayStatus === 'idle'",
            path,
        )
        self._wait_for_splash()
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def errors(self) -> list[str]:
        """What was raised, in all cells, in one line each."""
        return self.page.evaluate(
            f"{PANEL}.content.widgets.filter(({{model}}) => model.type === 'code')"
            ".flatMap(({model}) => model.outputs.toJSON())"
            ".filter(output => output.output_type === 'error')"
            ".map(output => `${output.ename}: ${output.evalue}`)")

    def save(self) -> None:
        """Save, and wait until the browser has kept it."""
        self._command("docmanager:save")

    def download(self, folder: Path) -> Path:
        """What a reader gets by File, Download."""
        with self.page.expect_download() as download:
            self._command("docmanager:download")
        target = folder / Path(self.path).name
        download.value.save_as(target)
        return target
