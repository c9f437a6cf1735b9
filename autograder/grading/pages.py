"""The pages that nbgrader makes of graded notebooks, each with a policy of what may run in it.

No text of a student's is HTML in a filled notebook (see `autograder.grading.filled_notebook`). The
policies are a second wall: what got through the first would be shown, and not run.

- A page of feedback runs nothing at all and loads nothing. Stock nbgrader's loads MathJax from a
  server of somebody else's; its formulas are in the notebook, which the student has. So the page
  holds what is about the student, and of the chapter's text the headings.
- The Formgrader's page of a submission runs nbgrader's own scripts, by a number that is drawn anew
  for each page, and no others. `templates/formgrade` puts policy and number in.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor

from autograder.cells import WRITTEN_ANSWER
from autograder.grading.filled_notebook import REMARKS

HEADING = re.compile(r"\s*(#+ .*)")

NOTHING_RUNS = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
"""The policy of a page of feedback."""

HANDLERS = ("toggle_name(true);", "toggle_name(false);")
"""What stands in attributes of nbgrader's page of a submission."""
MATHJAX = "https://cdnjs.cloudflare.com"


def only_with(nonce: str) -> str:
    """The policy of the Formgrader's page of a submission.

    Parameters
    ----------
    nonce : str
        The number that nbgrader's scripts bear. Those may load others, as MathJax does.
    """
    hashes = (b64encode(sha256(text.encode()).digest()).decode() for text in HANDLERS)
    handlers = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'unsafe-eval'; "
        f"script-src-attr 'unsafe-hashes' {handlers}; connect-src 'self'; img-src 'self' data:; "
        f"style-src 'self' 'unsafe-inline' {MATHJAX}; font-src 'self' data: {MATHJAX}; "
        "base-uri 'none'; form-action 'none'"
    )


class PagePolicy(Preprocessor):
    """Draws a page's number, and tells the templates the page's policy."""

    enabled = True

    def preprocess(self, nb, resources):
        """Change nothing of the notebook."""
        nonce = secrets.token_urlsafe()
        policy = f'<meta http-equiv="Content-Security-Policy" content="{only_with(nonce)}">'
        resources["nonce"], resources["policy"] = nonce, policy
        return nb, resources


class FeedbackExporter(HTMLExporter):
    """Writes a page of feedback in which nothing runs."""

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """The page of a graded notebook."""
        nb.cells = [cell for cell in map(in_feedback, nb.cells) if cell]
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        soup = BeautifulSoup(page, "html.parser")
        for script in soup("script"):
            script.decompose()
        policy = {"http-equiv": "Content-Security-Policy", "content": NOTHING_RUNS}
        assert soup.head is not None, "nbgrader's template has one"
        soup.head.insert(0, soup.new_tag("meta", attrs=policy))
        return str(soup), resources


def in_feedback(cell):
    """What a page of feedback shows of a cell: all, its heading, or nothing (None)."""
    label: Mapping = cell.metadata.get("nbgrader", {})
    if cell.get("id") in (REMARKS, WRITTEN_ANSWER) or any(
        label.get(kind) for kind in ("grade", "solution", "task")
    ):
        return cell
    heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
    if heading is None:
        return None
    cell.source = heading[1]
    return cell
