"""Right answers to 00_welcome."""

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

right("identity", "lambda")(lambda x: x)
right("identity", "copy")(lambda x: x.copy())
right("identity", "arithmetic")(lambda x: x + 0)


@right("step_function", "where")
def step_where(x):
    return np.where(x > 0, 1, 0)


@right("step_function", "loop")
def step_loop(x):
    out = np.zeros(x.shape, dtype=np.int64)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            out[index] = 1
    return out


@right("step_function", "int8")
def step_int8(x):
    return np.greater(x, 0).astype(np.int8)


@right("step_function", "heaviside")
def step_heaviside(x):
    return np.heaviside(x, 0).astype(np.int32)
