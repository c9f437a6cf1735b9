"""All tests of grading make gradebooks quickly."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _quickly(quick_gradebooks):
    """See `quick_gradebooks`."""
