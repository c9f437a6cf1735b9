"""Nothing that a student hands in runs or loads anything in the pages made of it: in a browser."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch
from urllib.parse import quote, unquote

import nbformat
import pytest
from bs4 import BeautifulSoup

from autograder.authoring.demo import CLASS
from autograder.authoring.demo import hand_in as hand_in_sample
from autograder.cells import WRITTEN, WRITTEN_ANSWER
from autograder.checking.result import WRONG, ItemResult, Result
from autograder.examination.attacks.script import (
    RAN,
    STRANGE_IDS,
    STUDENTS,
    VECTORS,
    hand_in,
    one,
)
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import Student
from autograder.grading.classes.standings import Standing
from autograder.grading.pages import only_with
from autograder.grading.reporting.feedback import write_feedback
from autograder.grading.reporting.feedback_page import environment
from autograder.grading.reporting.feedback_page import page_of as feedback_page
from autograder.grading.reporting.page_policy import NOTHING_RUNS
from autograder.grading.submissions.submission import Graded
from autograder.grading.submissions.written_answer import shown_as_typed
from autograder.kit.plain import one_line
from autograder.tests.browser import Notebook, chromium_page, find_chromium, jupyterlab
from autograder.tests.conftest import CHAPTER, FULL, make_checkout
from autograder.tests.grading.test_batch import WHEN, run_nbgrader

BESIDE = "ada"
"""An honest student of the same class."""
BY_NBGRADER = ("raises6", "renamed")
"""Those whom nbgrader's own command grades once more."""
NOT_SHOWN = ("metadata", "version", "ids", "outputs", "timestamp")
"""Fields of which nothing at all is taken."""
FOUND_ACTIVE = """root => [...root.querySelectorAll('*')].filter(e =>
  ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM', 'VIDEO', 'AUDIO', 'META', 'LINK', 'MATH',
   'TEMPLATE'].includes(e.tagName) && !(e.tagName === 'FORM' && e.id)
  || [...e.attributes].some(a => /^on/i.test(a.name) || /^\\s*(javascript:|data:t)/i.test(a.value))
).map(e => e.outerHTML.slice(0, 200))"""


class Beacon:
    """A server that nobody may ask anything, and the addresses that were asked."""

    def __init__(self):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(204)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Watched:
    """A page, and everything that happened in it and should not."""

    def __init__(self, page, beacon):
        self.page, self.beacon, self.seen = page, beacon, []
        page.on("dialog", self.dialog)
        page.on("response", self.response)
        page.on("console", self.console)
        page.on("popup", lambda popup: self.seen.append(f"a window: {popup.url}"))

    def dialog(self, dialog):
        if dialog.type == "beforeunload":  # JupyterLab's question whether to leave
            dialog.accept()
        else:
            self.seen.append(f"a dialog: {dialog.message}")
            dialog.dismiss()

    def response(self, response):
        # The beacon says itself who asked: a request that the policy refuses is an event, too.
        if f"/api/contents?{RAN}" in unquote(response.url):
            self.seen.append(f"asked {response.url[:200]}")

    def console(self, message):
        # Glyphs of Bootstrap, which stock nbgrader's feedback does not find either.
        if "Content Security Policy" in message.text and "font" not in message.text.lower():
            self.seen.append(f"refused: {message.text[:200]}")

    def ran(self) -> list[str]:
        """What ran, asked, or tried to, in the page that is open and before."""
        for frame in self.page.frames:
            if frame.evaluate(f"typeof window.{RAN}") != "undefined":
                self.seen.append(f"ran: vector {frame.evaluate(f'window.{RAN}')} in {frame.url}")
        if RAN in self.page.title():
            self.seen.append("the title was changed")
        return sorted({*self.seen, *self.beacon.asked})

    def use(self, root: str = "body") -> None:
        """Press and focus what a reader could, where it does not belong to nbgrader."""
        self.page.evaluate("""root => {
            for (const e of document.querySelector(root).querySelectorAll('*')) {
                const theirs = '.rendered_html *, .output *, .jp-OutputArea-output *';
                if ((root === 'main' || e.matches(theirs))
                    && !(e.matches('a[href]') && !/^\\s*(javascript|data):/i.test(e.href))) {
                    for (const kind of ['mouseover', 'mouseenter', 'focus', 'click'])
                        e.dispatchEvent(new MouseEvent(kind, {bubbles: false, cancelable: true}));
                }
            }
        }""", root)
        self.page.wait_for_timeout(150)


@pytest.fixture(scope="module")
def beacon():
    beacon = Beacon()
    yield beacon
    beacon.server.shutdown()


@pytest.fixture(scope="module")
def watched(beacon):
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    with chromium_page() as page:
        yield Watched(page, beacon)


@pytest.fixture(scope="module")
def hostile_class(tmp_path_factory, beacon, level) -> Classroom:
    """The class of hostile students, graded, with feedback."""
    course = make_checkout(tmp_path_factory.mktemp("hostile") / "course here")
    classroom = Classroom.of(course)
    run_nbgrader(classroom, "generate_assignment", CHAPTER, "--create", "--force")
    for student in STUDENTS:
        hand_in(course, classroom.submitted(CHAPTER, student.name), student, beacon.url)
    for name in STRANGE_IDS:
        hand_in(course, classroom.submitted(CHAPTER, name), STUDENTS[0], beacon.url)
    hand_in_sample(classroom, next(s for s in CLASS if s.name == BESIDE), WHEN)
    rows = {row.student: row for row in grade_batch(classroom, CHAPTER, level=level, jobs=2)}
    assert rows[BESIDE].now == FULL
    assert set(rows) == {BESIDE, *STRANGE_IDS, *(student.name for student in STUDENTS)}
    assert all(rows[name].problem for name in STRANGE_IDS)
    assert not any("the grader itself failed" in row.problem for row in rows.values())
    done = write_feedback(classroom, CHAPTER)
    assert len(done.pages) == len(STUDENTS) + 1 and not done.problems
    return classroom


def feedback(classroom, name):
    return classroom.feedback(CHAPTER, name) / f"{CHAPTER}.html"


UNFOLD = "for (const folded of document.querySelectorAll('details')) folded.open = true"


@pytest.mark.slow
def test_feedback_runs_and_loads_nothing(hostile_class, watched):
    for student in STUDENTS:
        page = feedback(hostile_class, student.name)
        (policy,) = BeautifulSoup(page.read_text(), "html.parser").select("meta[http-equiv]")
        assert policy["content"] == NOTHING_RUNS
        watched.page.goto(page.as_uri())
        watched.page.evaluate(UNFOLD)
        watched.use("main")
        watched.page.evaluate(UNFOLD)
        assert watched.page.locator("body").evaluate(FOUND_ACTIVE) == []
        assert watched.ran() == [], student.name
        shown = watched.page.inner_text("body")
        assert "1234567000" not in shown
        if not student.name.startswith(NOT_SHOWN):
            assert RAN in shown, f"{student.name} proves nothing: its text is not shown"


@pytest.mark.slow
def test_formgrader_runs_nothing_of_a_student(hostile_class, watched):
    run_nbgrader_for(hostile_class, BY_NBGRADER)
    with jupyterlab(hostile_class.course.root) as server:
        page = watched.page
        start = f"{server.url}formgrader"
        page.goto(f"{start}?token={server.token}")
        names = [student.name for student in STUDENTS]
        for path in (
            "manage_assignments", f"manage_submissions/{CHAPTER}", "gradebook",
            f"gradebook/{CHAPTER}", "manage_students", *(f"manage_students/{n}" for n in names[:3]),
            *(f"manage_students/{n}/{CHAPTER}" for n in names[:3]),
        ):
            page.goto(f"{start}/{path}")
            if path in (f"manage_submissions/{CHAPTER}", "manage_students"):
                page.get_by_text(BESIDE, exact=True).first.wait_for()
                assert RAN not in page.locator("#main-table").inner_text()
            page.wait_for_load_state("networkidle")
            assert page.locator("#main-table").evaluate(FOUND_ACTIVE) == [], path
            assert watched.ran() == [], path
        for strange in (f'";window.{RAN}=1;"', f"<script>window.{RAN}=1<%2Fscript>"):
            for path in ("manage_students", "gradebook", "manage_submissions"):
                answer = page.goto(f"{start}/{path}/{quote(strange, safe='%')}")
                assert answer.status == 404 and watched.ran() == []
        page.goto(f"{start}/gradebook/{CHAPTER}/{CHAPTER}")
        page.locator("a.name-hidden").first.wait_for()
        page.locator("#toggle_names").click()
        links = page.eval_on_selector_all("a.name-shown", "all => all.map(a => [a.text, a.href])")
        assert {name for name, _ in links} == {BESIDE, *names}
        for name, link in links:
            page.goto(link)
            page.wait_for_load_state("networkidle")
            page.locator("span.glyphicon-eye-open").click()
            assert page.locator("a.name-shown").inner_text() == name
            watched.use("#notebook")
            assert page.locator("#notebook").first.evaluate(FOUND_ACTIVE) == [], name
            assert watched.ran() == [], name
        scores = page.locator("input.score").first
        assert scores.get_attribute("placeholder"), "nbgrader's own scripts have run"


def run_nbgrader_for(classroom, names):
    for name in names:
        run_nbgrader(classroom, "autograde", CHAPTER, "--student", name, "--force")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["renamed", "written", "raises0"])
def test_graded_notebook_in_jupyterlab_runs_nothing(hostile_class, watched, name):
    root = hostile_class.course.root
    path = hostile_class.autograded(CHAPTER, name) / f"{CHAPTER}.ipynb"
    with jupyterlab(root) as server:
        opened = Notebook(watched.page, server, quote(path.relative_to(root).as_posix()))
        count = len(nbformat.read(path, as_version=4).cells)
        for index in range(0, count, 5):
            watched.page.evaluate(
                "i => jupyterapp.shell.currentWidget.content.scrollToItem(i)", index)
            watched.page.wait_for_timeout(100)
        watched.use(".jp-NotebookPanel:not(.lm-mod-hidden)")
        assert opened.panel.locator(".jp-Notebook").evaluate(FOUND_ACTIVE) == []
        assert watched.ran() == []


# Each wall by itself


ACTIVE = ("script, iframe, img, svg, math, base, form, input, button, object, embed, video, audio, "
          "link, template, [src]")
SOME = ("svg", "image", "blank lines", "fence", "focus", "details", "beacons")
"""Vectors that run by themselves, each in a page of its own."""


def page_of(texts: list[str], *, escaping: bool = True, policy: bool = True,
            problem: str = "") -> str:
    """A page of feedback with texts wherever there can be one; perhaps without a wall."""
    items = tuple(ItemResult(text, 0, 1, WRONG, *[text] * 10) for text in texts)
    together = "\n".join(texts)
    result = Result("f", items, tuple(texts), together, together)
    graded = Graded({"f": result, together: result}, notes=texts, problem=problem,
                    written=together)
    shown = {kind: together for kind in ("text/html", "image/svg+xml", "image/png", "text/plain")}
    cell = {"metadata": {"nbgrader": {"grade_id": "f"}}, "cell_type": "code", "source": together,
            "outputs": [{"output_type": "display_data", "data": shown},
                        {"output_type": "stream", "name": together, "text": texts},
                        {"output_type": "error", "traceback": texts}]}
    answer = {"id": WRITTEN_ANSWER, "cell_type": "markdown", "source": shown_as_typed(together)}
    standing = Standing("ada", {"f": 0.0}, comments={"f": together, WRITTEN: together},
                        max_score=9.0, max_scores={"f": 6.0, WRITTEN: 3.0})
    student = Student("ada", name=together)
    heading = {"cell_type": "markdown", "source": "# The chapter"}
    made = environment()
    made.autoescape = escaping
    template = made.get_template("feedback_page.html.j2")
    page = "autograder.grading.reporting.feedback_page"
    with (patch(f"{page}._template", lambda: template),
          patch(f"{page}.NOTHING_RUNS", NOTHING_RUNS if policy else "x")):
        return feedback_page(together, student, graded.record(), standing,
                             {"cells": [cell, answer]}, {"cells": [heading]}).html()


def running(watched, path, texts, **walls) -> list[str]:
    """What runs, or tries to, in a page made with, or without, some walls."""
    path.write_text(page_of(texts, **walls), encoding="utf-8")
    watched.page.goto(path.as_uri())
    watched.page.evaluate(UNFOLD)
    watched.use("main")
    found = watched.ran()
    watched.seen.clear()
    watched.beacon.asked.clear()
    return found


@pytest.mark.slow
def test_with_escaping_alone_nothing_runs(watched, tmp_path):
    texts = [one(name, watched.beacon.url) for name in VECTORS]
    assert running(watched, tmp_path / "page.html", texts, policy=False) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_with_the_policy_alone_it_tries_in_vain_and_without_both_it_runs(watched, tmp_path, name):
    page, text = tmp_path / "page.html", one(name, watched.beacon.url)
    tried = running(watched, page, [text], escaping=False)
    assert tried and all(line.startswith("refused") for line in tried)
    ran = running(watched, page, [text], escaping=False, policy=False)
    assert any(not line.startswith("refused") for line in ran)


# Without a browser


def test_policies_allow_no_script_but_nbgraders_own():
    assert "script" not in NOTHING_RUNS and "default-src 'none'" in NOTHING_RUNS
    policy = only_with("number")
    assert "'nonce-number'" in policy
    for loose in ("script-src 'self'", "script-src 'unsafe-inline'", "*"):
        assert loose not in policy


@pytest.mark.parametrize("unreadable", [False, True])
def test_a_page_of_feedback_holds_a_students_text_as_text(unreadable):
    texts = [one(name, "http://example.org/") for name in VECTORS]
    page = page_of(texts, problem="\n".join(texts) if unreadable else "")
    shown = BeautifulSoup(page, "html.parser")
    assert len(shown.select("meta")) == 4 and not shown.select(ACTIVE)
    assert not any(name.startswith("on") for e in shown.find_all() for name in e.attrs)
    assert all(link["href"].startswith("#") for link in shown.select("[href]"))
    for text in texts:
        # At least in the remarks, on one line, as everywhere else in the project.
        assert one_line(text) in " ".join(shown.get_text().split())
