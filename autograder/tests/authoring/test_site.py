"""The book as a reader meets it: its links, its pages in a browser, its search."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from autograder.authoring.site import SiteError, build_book, run_sphinx
from autograder.course import Course
from autograder.exercises import CHAPTERS
from autograder.tests.browser import find_chromium
from autograder.tests.conftest import REPOSITORY
from autograder.tests.lite_browser import note_figure, offline_browser, serving

PAGES = (*CHAPTERS, "index", "teaching", "protection", "mistakes", "writing", "examination",
         "exercises/03_affine")
LARGEST = 2.0
"""Megabytes of a page with all that it loads."""
UNFOLD = "document.querySelectorAll('details').forEach(step => { step.open = true; })"
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FORMULAS = "window.MathJax?.startup?.promise"

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The book, made anew; what its code shows is taken from an earlier build where it can be."""
    pytest.importorskip("myst_nb", reason='the extra "site" is not installed')
    folder = tmp_path_factory.mktemp("book")
    build_book(Course(REPOSITORY), folder)
    return folder


class Links(HTMLParser):
    """What a page links to or loads, and the places in it that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.places |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag in ("img", "script", "iframe", "source") and found.get("src"):
            self.loaded.append(found["src"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(found["href"])
        elif tag == "a" and found.get("href"):
            self.links.append(found["href"])


def test_every_link_leads_somewhere(folder):
    pages = {path: Links(path) for path in sorted(folder.rglob("*.html"))
             if "_static" not in path.parts}
    assert len(pages) > len(PAGES)
    lost = [(path.name, link) for path, page in pages.items()
            for link in (*page.links, *page.loaded) if is_lost(link, path, pages)]
    lost += [(path.name, link) for path, page in pages.items() for link in page.loaded
             if urlsplit(link).scheme not in ("", "data")]
    assert not lost


def is_lost(link: str, path: Path, pages: dict[Path, Links]) -> bool:
    """Whether a link on a page leads to no page, to no place on it, or to no chapter in Lite."""
    parts = urlsplit(link)
    if parts.scheme:
        return False
    if parts.path == "lite/lab/index.html":
        (notebook,) = parse_qs(parts.query)["path"]
        return notebook.removesuffix(".ipynb") not in CHAPTERS
    if parts.path.startswith("lite/"):
        return not (REPOSITORY / "docs" / parts.path).is_file()
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target in pages:
        return unquote(parts.fragment) not in pages[target].places
    return not target.is_file()


def test_page_that_sphinx_warns_of_is_refused(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "conf.py").write_text('extensions = ["myst_parser"]\n')
    (book / "index.md").write_text("# A page\n\n[to nowhere](nowhere.md)\n")
    with pytest.raises(SiteError, match="nowhere"):
        run_sphinx(book, tmp_path / "site")


# In a browser


@pytest.fixture(scope="module")
def served(folder):
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    with serving(folder) as site:
        yield site


@pytest.fixture(scope="module")
def browser(served):
    with offline_browser() as browser:
        yield browser


class Reader:
    """One page, opened in a fresh profile, with what it asked for and said."""

    def __init__(self, browser, url: str, *, width: int = 1280, scheme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme,
            reduced_motion="reduce")  # no colour is met on its way
        self.context.set_default_timeout(120_000)  # a busy machine is no mistake of a page
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(url, wait_until="networkidle")
        self.page.evaluate(FORMULAS)

    def _hear(self, message) -> None:
        if not message.text.startswith("[PST]"):  # the theme tells its colours
            self.said.append(message.text)

    def load_all(self) -> None:
        """Unfold everything, and load the figures that nobody has scrolled to."""
        self.page.evaluate(UNFOLD)
        self.page.evaluate(
            "for (const image of document.images) image.loading = 'eager'")
        self.page.wait_for_function("[...document.images].every(image => image.complete)")
        self.page.wait_for_load_state("networkidle")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


def test_pages_are_small_silent_and_ask_nobody_else(served, browser):
    sizes = {}
    for name in PAGES:
        served.sent.clear()
        with Reader(browser, f"{served.url}{name}.html") as reader:
            reader.load_all()
            assert reader.page.evaluate(
                "[...document.images].every(image => image.naturalWidth)"), name
            assert not reader.said, name
            assert all(url.startswith((served.url, "data:")) for url in reader.asked), name
        sizes[name] = served.megabytes
    note_figure("site", "page_mb", round(max(sizes.values()), 2))
    assert max(sizes.values()) <= LARGEST, sizes


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_are_read_by_everybody(scheme, width, served, browser):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    script = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    found = []
    for name in PAGES:
        with Reader(browser, f"{served.url}{name}.html", scheme=scheme, width=width) as reader:
            assert reader.page.evaluate("document.documentElement.dataset.theme") == scheme
            reader.page.evaluate(UNFOLD)
            reader.page.evaluate(DRAWN)
            reader.page.evaluate(script)
            told = reader.page.evaluate("axe.run({resultTypes: ['violations']})")
            found += [(name, rule["id"], node["target"], node["failureSummary"])
                      for rule in told["violations"] if rule["impact"] in ("serious", "critical")
                      for node in rule["nodes"]]
            assert reader.page.evaluate(
                "document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert not found


def test_step_is_unfolded_by_keyboard_and_code_stays_closed(served, browser):
    with Reader(browser, f"{served.url}03_affine.html") as reader:
        exercise = reader.page.locator("#affine_dx_entry")
        assert exercise.locator("details[open]").count() == 0
        exercise.locator("summary", has_text="A question").focus()
        reader.page.keyboard.press("Enter")
        assert exercise.locator("details[open]").count() == 1
        assert "Which letter runs along that row" in exercise.inner_text()
        assert "total +=" not in exercise.inner_text()


def test_button_opens_the_chapter_in_lite(served, browser):
    with Reader(browser, f"{served.url}03_affine.html") as reader:
        button = reader.page.get_by_role("link", name=re.compile("Open chapter 03")).first
        assert button.evaluate("link => link.href") == (
            f"{served.url}lite/lab/index.html?path=03_affine.ipynb")


def test_search_finds_a_chapter(served, browser):
    with Reader(browser, f"{served.url}index.html") as reader:
        reader.page.keyboard.press("ControlOrMeta+k")
        reader.page.locator("dialog[open] input[type=search]").fill("transpose")
        reader.page.keyboard.press("Enter")
        reader.page.locator("#search-results a", has_text="The affine layer").first.wait_for()


def test_dark_mode_is_chosen_and_kept(served, browser):
    with Reader(browser, f"{served.url}index.html") as reader:
        reader.page.locator("button.theme-switch-button:visible").click()
        reader.page.locator("button.theme-change-button:visible", has_text="Dark").click()
        assert reader.page.evaluate("document.documentElement.dataset.theme") == "dark"
        reader.page.goto(f"{served.url}03_affine.html")
        assert reader.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_first_page_names_a_mistake_and_has_three_doors(served, browser):
    with Reader(browser, f"{served.url}index.html") as reader:
        assert "Known mistake: dw is a mean over the batch." in reader.page.locator(
            ".named").inner_text()
        doors = reader.page.locator(".doors strong").all_inner_texts()
        assert doors == ["Read", "Run", "Teach"]
        last = reader.page.locator(".doors").bounding_box()
        assert last["y"] < 900  # in one screen
