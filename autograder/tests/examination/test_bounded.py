"""What is charged to a bounded block: its own work, and nothing that comes in between."""

import gc

import pytest

from autograder.examination.bounded import OutOfTime, at_most


def test_the_garbage_collector_waits():
    assert gc.isenabled()
    with at_most(10.0) as clock:
        assert not gc.isenabled()
    assert gc.isenabled() and not clock.rang


def test_a_block_without_an_end_is_ended():
    with pytest.raises(OutOfTime), at_most(0.05) as clock:
        while True:
            pass
    assert clock.rang and gc.isenabled()
