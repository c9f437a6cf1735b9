"""Attacks on the channel to the grader: a worker sends what no worker would send."""

from __future__ import annotations

from autograder.examination.attacks.attack import STUB, Attack

ATTACKS = [
    Attack("a huge array", '''
import numpy as np
def affine_backward(dout, cache):
    big = np.zeros(60_000_000)
    return big, dout, dout
''', harmful=True, wall="size of replies"),
    Attack("a cell whose failure is a number", '''
import autograder.kit.worker as worker
encode = worker.encode
worker.encode = lambda reply: encode({**reply, "failure": 7} if "stdout" in reply else reply)
''' + STUB, harmful=True, wall="form of cells"),
]
