"""A page in which the modules of docs/pictures can be imported, and the tools of docs/_ext."""

import sys

import pytest

from autograder.tests.browser import chromium_page, find_chromium
from autograder.tests.conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "docs" / "_ext"))  # as docs/conf.py does


@pytest.fixture(scope="module")  # a process can have one browser at a time: see `chromium_page`
def page():
    """An empty page, on a site that consists of docs/pictures."""
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    from stills import ADDRESS, serve

    with chromium_page() as opened:
        opened.route("**/*", serve)
        opened.goto(f"{ADDRESS}/")
        yield opened
