"""nbgrader's own pages in a real JupyterLab: the Assignment List and the Formgrader.

What a person does in them, by what stands on the page. Every wait is for something that the page or
the server says; what nbgrader says of a failure is in the error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograder.tests.browser import Server

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page

PATIENCE = 60_000
"""Milliseconds that one step of nbgrader may take."""


def open_lab(page: Page, server: Server) -> None:
    """Open JupyterLab with nothing open in it."""
    page.goto(f"{server.url}lab?reset&token={server.token}")
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=PATIENCE)


def _choose(page: Page, entry: str) -> None:
    """Choose an entry of the menu Nbgrader."""
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click(timeout=PATIENCE)
    page.locator(".lm-Menu-item").filter(has_text=re.compile(f"^{entry}$")).click()


class AssignmentList:
    """nbgrader's list of what was released, fetched and submitted, in a page with JupyterLab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        _choose(page, "Assignment List")

    def row(self, kind: str, chapter: str) -> Locator:
        """Wait for the row of a chapter below one of the three headings."""
        row = self.page.locator(f"#{kind}_assignments_list > .list_item").filter(has_text=chapter)
        row.wait_for(timeout=PATIENCE)
        return row

    def press(self, button: str, kind: str, chapter: str) -> None:
        """Press the button of a chapter, and wait until nbgrader is done."""
        row = self.row(kind, chapter)
        with self.page.expect_response(
            lambda answer: "/assignments/" in answer.url, timeout=PATIENCE
        ) as answer:
            row.get_by_role("button", name=button, exact=True).click()
        if not (said := answer.value.json())["success"]:
            raise RuntimeError(f"{button}: {said['value']}")

    def open_feedback(self, chapter: str) -> FrameLocator:
        """Follow the link to the feedback, open the file there, and return what is shown."""
        self.row("submitted", chapter).get_by_text("view feedback").click(timeout=PATIENCE)
        files = self.page.locator(".jp-DirListing-item")
        files.filter(has_text=f"{chapter}.html").dblclick(timeout=PATIENCE)
        return self.page.frame_locator(".jp-HTMLViewer iframe")


class Formgrader:
    """nbgrader's pages for an instructor, in a tab of JupyterLab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        _choose(page, "Formgrader")
        element = page.locator("#formgrader-iframe iframe")
        self.frame = element.element_handle(timeout=PATIENCE).content_frame()

    def follow(self, link: Locator, where: str) -> None:
        """Follow a link, and wait for its page, for which nobody outside has to answer."""
        link.click(timeout=PATIENCE)
        self.frame.wait_for_url(
            f"**/formgrader/{where}", wait_until="domcontentloaded", timeout=PATIENCE)

    def link(self, text: str) -> Locator:
        """The link that bears a text; the first, where several do and lead to the same page."""
        return self.frame.get_by_role("link", name=text, exact=True).first

    def row(self, text: str) -> Locator:
        """The row of the page's table in which a text stands."""
        return self.frame.locator("#main-table tr").filter(has_text=text)

    def press(self, button: str, text: str) -> None:
        """Press a button of a row, wait until nbgrader is done, and close what it says."""
        self.row(text).locator(f".{button} a").click(timeout=PATIENCE)
        dialog = self.frame.locator(".modal")
        said = dialog.inner_text(timeout=PATIENCE)
        if dialog.locator(".modal-title").inner_text() != "Success":
            raise RuntimeError(f"{button}: {said}")
        dialog.get_by_role("button", name="OK", exact=True).click()
        dialog.wait_for(state="detached")  # faded out, too

    def to_submission(self, chapter: str, name: str) -> None:
        """Go to the page in which a submission is graded by hand."""
        self.follow(self.link("Manual Grading"), "gradebook")
        self.follow(self.row(chapter).get_by_role("link"), f"gradebook/{chapter}")
        self.follow(self.row(chapter).get_by_role("link"), f"gradebook/{chapter}/{chapter}")
        self.frame.locator("a.name-hidden").first.wait_for(timeout=PATIENCE)
        self.frame.get_by_role("button", name="Show All Names").click()
        self.follow(self.link(name), "submissions/**")

    def grade(self, question: str, points: float, comment: str) -> None:
        """In that page, give points and write a comment, which are saved by themselves."""
        score = self.frame.locator(f"#{question}.needs_manual_grade")
        score.wait_for(timeout=PATIENCE)  # until then the page has not heard what is saved
        self._save("grade", score, f"{points:g}")
        self._save("comment", self.frame.locator(f"#{question}-comment"), comment)

    def _save(self, kind: str, field: Locator, value: str) -> None:
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and f"/api/{kind}/" in answer.url,
            timeout=PATIENCE,
        ) as answer:
            field.fill(value)
            field.blur()
        if not answer.value.ok:
            raise RuntimeError(f"the {kind} was not saved: {answer.value.status_text}")
