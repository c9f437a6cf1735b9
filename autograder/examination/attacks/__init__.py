"""Hostile submissions: what people try, as notebooks, sorted by what they are after.

Each names the wall that stops it, and the tests show both: with all walls up nothing happens, with
that wall taken out the attack succeeds. An attack that would harm the machine then is written so
that it proves its point with a bounded number of forks, bytes or seconds.

The attacks are used by the tests, and by ``make bench``, which also runs those that are after
points against stock nbgrader.
"""

from __future__ import annotations

from autograder.examination.attacks import (
    answers,
    cheats,
    differences,
    escapes,
    files,
    forwards,
    kernels,
    leftovers,
    machine,
    metadata,
    printing,
    shown,
    threads,
    wire,
)
from autograder.examination.attacks.attack import (
    BROKEN_OUT,
    HONEST,
    Attack,
    attacking_notebook,
)

MODULES = (
    cheats, answers, forwards, differences, wire, machine, escapes, files, metadata, kernels,
    leftovers, threads, shown, printing,
)
ATTACKS: list[Attack] = [attack for module in MODULES for attack in module.ATTACKS]

__all__ = ["ATTACKS", "BROKEN_OUT", "HONEST", "MODULES", "Attack", "attacking_notebook"]
