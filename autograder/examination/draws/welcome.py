"""Inputs for 00_welcome: arrays of any shape."""

from __future__ import annotations

import numpy as np

from autograder.examination.draws import Source, registers
from autograder.examination.draws.arrays import any_shape, in_other_dtypes, unusual, values

DRAWS: dict[str, Source] = {}
draws, observes = registers(DRAWS)


@draws("identity", "step_function")
def any_array(rng: np.random.Generator) -> tuple:
    """One array of any shape, also an empty one and one without dimensions."""
    return unusual(rng, *in_other_dtypes(rng, values(rng, any_shape(rng))))
