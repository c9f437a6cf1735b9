"""The pages that nbgrader makes of graded notebooks, each with a policy of what may run in it.

No text of a student's is HTML in a filled notebook (see
`autograder.grading.submissions.filled_notebook`). The policies are a second wall: what got through
the first would be shown, and not run.

- A page of feedback is our own, whichever command makes it: see
  `autograder.grading.reporting.feedback`. It runs nothing at all and loads nothing. Stock
  nbgrader's loads MathJax from a server of somebody else's, shows the mark scheme, and links to ten
  things called "Test cell".
- The Formgrader's page of a submission runs nbgrader's own scripts, by a number that is drawn anew
  for each page, and no others. `templates/formgrade` puts policy and number in.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from functools import cache
from hashlib import sha256

from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor

from autograder.grading.nbgrader_plugin import classroom_of
from autograder.grading.reporting.feedback import ClassFeedback

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


class FeedbackExporter(Exporter):
    """Makes generate_feedback of nbgrader write our pages: `autograder.grading.reporting.feedback`.

    Of nbgrader's own steps none is run: the page is made of the record and the gradebook.
    """

    file_extension = ".html"

    def from_filename(self, filename, resources=None, **kwargs):
        """The page of a submission, and the files beside it that release_feedback needs."""
        assert resources is not None, "nbgrader gives them"
        known = resources["nbgrader"]
        files = self._feedback(known["assignment"]).files(known["student"])
        page = files.pop(f"{known['assignment']}.html").decode()
        return page, {**resources, "output_extension": self.file_extension, "outputs": files}

    @cache  # noqa: B019 (an exporter lives as long as the command)
    def _feedback(self, chapter: str) -> ClassFeedback:
        """What all pages of a run are made of: read once."""
        assert self.parent is not None, "nbgrader has made it"
        return ClassFeedback.of(classroom_of(self.parent.coursedir), chapter)
