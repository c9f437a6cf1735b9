"""A real JupyterLab in a headless Chromium, for tests of what a student sees and does.

Three pieces, used together::

    with jupyterlab(folder) as server, chromium_page() as page:
        notebook = Notebook(page, server, "03_affine/03_affine.ipynb")
        notebook.replace("def affine_backward(", source)
        notebook.run("check(affine_backward)")

Every wait is for something the page or the server says, never for a fixed time.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

if TYPE_CHECKING:  # without Playwright the module still imports, and its tests can be skipped
    from playwright.sync_api import Locator, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# No sandbox, as containers and root cannot have one; the rest keeps the browser off the network.
CHROMIUM_ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
SETTINGS = {
    # All cells are in the DOM and laid out, so that any of them can be read and photographed.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # No question about news and no look for updates: nothing may cover the notebook.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # A test saves when it says so.
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
# For each element with text of its own: the text, and the contrast ratio (WCAG 2) of its colour
# to what lies behind it. Transparency of either, and of what they are in, is reckoned in.
CONTRASTS = """root => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map(value => value / 255);
  };
  const over = (top, below) => [0, 1, 2].map(k => top[3] * top[k] + (1 - top[3]) * below[k]);
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]) + 0.05;
  const found = [];
  for (const element of root.querySelectorAll('*:not(style)')) {
    const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE);
    const text = texts.map(node => node.data).join(' ').trim();
    if (!text || !element.checkVisibility()) continue;
    const ink = rgba(getComputedStyle(element).color), papers = [];
    for (let around = element; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      papers.unshift(rgba(style.backgroundColor));
      ink[3] *= style.opacity;
    }
    const paper = papers.reduce((below, top) => over(top, below), [1, 1, 1]);
    const [low, high] = [light(over(ink, paper)), light(paper)].sort((a, b) => a - b);
    found.push([text, high / low]);
  }
  return found;
}"""
PANEL = "window.jupyterapp?.shell.currentWidget"  # JupyterLab's object for the open notebook


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome on PATH, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, ending in a slash, and its token."""

    url: str
    token: str


@contextmanager
def jupyterlab(
    folder: Path | str, log: Path | str | None = None, home: Path | None = None
) -> Iterator[Server]:
    """Serve a folder with JupyterLab as the installed packages configure it, nothing personal.

    Parameters
    ----------
    folder : path
        Root of the file browser and working directory of the server, which is where
        nbgrader looks for its configuration.
    log : path, optional
        Where to keep the server's log; without it the log goes when the server goes.
    home : path, optional
        What takes the place of the user's home, for somebody who comes back later: nbgrader keeps
        there what was handed in. By default a folder that goes when the server goes.

    Raises
    ------
    RuntimeError
        If the server ends or does not answer in time; with the end of its log.
    """
    passing = tempfile.TemporaryDirectory(prefix="jupyterlab-", ignore_cleanup_errors=True)
    with nullcontext(home) if home else passing as private:
        home = Path(private)
        log = Path(log or home / "jupyterlab.log")
        settings = home / "config" / "labconfig" / "default_setting_overrides.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(SETTINGS))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
        command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
        command += [f"--ServerApp.root_dir={Path(folder).resolve()}"]
        command += ["--LabApp.expose_app_in_browser=True"]  # which PANEL relies on
        command += ["--LabApp.extension_manager=readonly"]  # which asks no package index
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command += ["--allow-root"]
        with log.open("wb") as output:
            # In a session of its own, so that an interrupt of the tests ends it only as below.
            options = {"cwd": folder, "env": environment_of(home), "start_new_session": True}
            options |= {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            process = subprocess.Popen(command, **options)
        try:
            yield _wait_until_up(process, home / f"jpserver-{process.pid}.json", log)
        finally:
            process.terminate()  # the server then ends its kernels
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:  # busy validating, it hears nothing
                process.kill()  # its kernels notice that and exit
                process.wait()


def environment_of(home: Path) -> dict[str, str]:
    """The environment of a process that finds nothing of the user's own, but a home of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "XDG_"))}
    return kept | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home),
        # Caches stay: Matplotlib without its font cache may write to stderr, and nbgrader gives
        # a check cell with anything on stderr no points.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }


def _wait_until_up(process: subprocess.Popen, note: Path, log: Path) -> Server:
    """Wait for the note in which the server tells its real port and token, then for an answer."""
    local = build_opener(ProxyHandler({}))  # a proxy in the environment is not for this address
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            told = json.loads(note.read_text())
            with local.open(f"{told['url']}api/status?token={told['token']}", timeout=5):
                return Server(told["url"], told["token"])
        except (OSError, ValueError):  # no note yet, half a note, or no answer
            time.sleep(0.1)
    tail = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"JupyterLab does not answer (exit code {process.poll()}):\n{tail}")


@contextmanager
def chromium_page(width: int = 1280, height: int = 1000) -> Iterator[Page]:
    """Open an empty page in a fresh headless Chromium; one at a time in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


class Notebook:
    """A notebook opened in JupyterLab, its kernel idle.

    The methods name a cell by `text`: all of its source or, if no cell is just that, a part
    of it. It must name one code cell, or LookupError is raised.

    Parameters
    ----------
    page : Page
        The page to open it in, instead of what is open there.
    server : Server
        The server of the notebook.
    path : str
        Path below the served folder. The notebook must name its kernel.
    timeout : float
        Seconds that a kernel start, a run or a validation may take.
    """

    def __init__(self, page: Page, server: Server, path: str, timeout: float = 60) -> None:
        self.page, self.path, self.timeout = page, path, timeout
        # "reset" forgets the layout, and with it the notebooks that were open before.
        page.goto(f"{server.url}lab/tree/{quote(path)}?reset&token={server.token}")
        self._wait_for(
            f"path => {PANEL}?.context?.path === path && {PANEL}.context.isReady"
            f" && {PANEL}.sessionContext.isReady"
            f" && {PANEL}.sessionContext.kernelDisplayStatus === 'idle'",
            path,
        )
        self._wait_for_splash()
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def _wait_for(self, condition: str, argument: Any = None) -> None:
        self.page.wait_for_function(condition, arg=argument, timeout=self.timeout * 1000)

    def _wait_for_splash(self) -> None:
        """JupyterLab covers the page while it starts, and again while it loads a theme."""
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def _command(self, name: str, **arguments: Any) -> None:
        """Execute a command as its menu entry does, and wait until it is done and drawn."""
        # The promise is not awaited in place, because an evaluation has no timeout.
        self.page.evaluate(
            """([name, args]) => { window.ended = ''; jupyterapp.commands.execute(name, args).then(
                () => { window.ended = 'well'; }, error => { window.ended = String(error); }); }""",
            [name, arguments],
        )
        self._wait_for("window.ended")
        if (ended := self.page.evaluate("window.ended")) != "well":
            raise RuntimeError(f"{name} failed: {ended}")
        drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        self.page.evaluate(drawn)

    def _index(self, text: str) -> int:
        # Asked of the model: of a long cell the editor keeps only some lines in the DOM.
        sources = self.page.evaluate(
            f"{PANEL}.content.widgets.map("
            "({model}) => model.type === 'code' ? model.sharedModel.source : '')"
        )
        found = [i for i, source in enumerate(sources) if source.strip() == text]
        found = found or [i for i, source in enumerate(sources) if text in source]
        if len(found) != 1:
            raise LookupError(f"{len(found)} code cells of {self.path} contain {text!r}, not one")
        return found[0]

    def _model(self, index: int, expression: str) -> Any:
        return self.page.evaluate(f"i => {PANEL}.content.widgets[i].model.{expression}", index)

    def cell(self, text: str) -> Locator:
        """Return the cell as Playwright's locator."""
        return self.panel.locator(".jp-Notebook .jp-Cell").nth(self._index(text))

    def replace(self, text: str, source: str) -> None:
        """Put `source` into the cell's editor; RuntimeError if it does not take it (locked)."""
        index = self._index(text)
        self.cell(text).locator(".cm-content").focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)  # in one piece: typed, it would be auto-indented
        if self._model(index, "sharedModel.source") != source:
            raise RuntimeError(f"the cell {text!r} did not take the new source")

    def write(self, text: str, source: str) -> None:
        """Put `source` into the Markdown cell that shows just `text`, and render it."""
        shown = self.panel.locator(".jp-MarkdownCell").filter(
            has=self.page.get_by_text(text, exact=True))
        number = shown.evaluate("cell => [...cell.parentElement.children].indexOf(cell)")
        cell = self.panel.locator(".jp-Notebook .jp-Cell").nth(number)
        cell.locator(".jp-MarkdownOutput").dblclick()
        cell.locator(".cm-content").focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self._command("notebook:run-cell")
        if self._model(number, "sharedModel.source") != source:
            raise RuntimeError(f"the cell {text!r} did not take the new source")

    def run(self, text: str) -> None:
        """Run one cell to its end; an exception in it is an output like others."""
        self.cell(text).locator(".jp-InputPrompt").click()
        self._command("notebook:run-cell")

    def run_all(self) -> None:
        """Run all cells to the end or, as JupyterLab does, to the first exception."""
        self._command("notebook:run-all-cells")

    def source(self, text: str) -> str:
        """Return what stands in the cell's editor."""
        return self._model(self._index(text), "sharedModel.source")

    def outputs(self, text: str) -> list[dict[str, Any]]:
        """Return the cell's outputs in the notebook format, with every MIME type."""
        return self._model(self._index(text), "outputs.toJSON()")

    def text(self, text: str) -> str:
        """Return what a reader sees below the cell, without markup."""
        return "\n".join(self.cell(text).locator(".jp-OutputArea-output").all_inner_texts())

    def html(self, text: str) -> str:
        """Return the inner HTML of the cell's first HTML output as rendered, or LookupError."""
        rendered = self.cell(text).locator(".jp-RenderedHTML")
        if not rendered.count():
            raise LookupError(f"no HTML below {text!r}, but:\n{self.text(text)}")
        return rendered.first.inner_html()

    def contrasts(self, text: str) -> list[tuple[str, float]]:
        """Return every piece of visible text below the cell with its contrast ratio, 1 to 21."""
        outputs = self.cell(text).locator(".jp-OutputArea-output")
        return [tuple(pair) for output in outputs.all() for pair in output.evaluate(CONTRASTS)]

    def excess_width(self, text: str) -> int:
        """Return by how many pixels what is below the cell is wider than its place."""
        outputs = self.cell(text).locator(".jp-OutputArea-output")
        return max(outputs.evaluate_all("all => all.map(e => e.scrollWidth - e.clientWidth)"))

    def save(self) -> None:
        """Save with the keyboard and wait until the server has written the file."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
        ) as answer:
            self.page.keyboard.press("ControlOrMeta+s")
        if not answer.value.ok:
            raise RuntimeError(f"{self.path} was not saved: {answer.value.status_text}")

    def validate(self) -> str:
        """Press nbgrader's Validate, which saves and runs a copy; return what its dialog says."""
        self.panel.get_by_role("button", name="Validate").click()
        dialog = self.page.locator(".jp-Dialog")
        message = dialog.locator(".jp-Dialog-body").inner_text(timeout=self.timeout * 1000)
        dialog.get_by_role("button", name="Ok").click()
        dialog.wait_for(state="detached")
        return message

    def theme(self, name: str = "JupyterLab Dark") -> None:
        """Switch the theme, also for notebooks opened later."""
        self._command("apputils:change-theme", theme=name)
        self._wait_for("name => document.body.dataset.jpThemeName === name", name)
        self._wait_for_splash()

    def screenshot(self, path: Path | str, text: str | None = None) -> None:
        """Write a PNG of the page or, with `text`, of everything below that cell."""
        if text is None:
            self.page.screenshot(path=path)
            return
        area, window = self.cell(text).locator(".jp-Cell-outputArea"), self.page.viewport_size
        if not area.is_visible():
            raise LookupError(f"there is no output below {text!r}")
        # Notebooks scroll inside the page: what is higher than the window would be cut.
        height = max(window["height"], int(area.bounding_box()["height"]) + 200)
        self.page.set_viewport_size(window | {"height": height})
        area.screenshot(path=path)
        self.page.set_viewport_size(window)
