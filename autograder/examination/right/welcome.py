"""Right answers to 00_welcome."""

import numpy as np

from autograder.examination.right import RightAnswer, right_answers

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

right("identity", "lambda")(lambda x: x)
right("identity", "copy")(lambda x: x.copy())
right("identity", "arithmetic")(lambda x: x + 0)
right("identity", "a new array")(lambda x: np.array(x))
right("identity", "a view")(lambda x: x.reshape(x.shape))


@right("identity", "a name in between, and a print")
def identity_named(x):
    out = x
    print(out)
    return out


@right("step_function", "where")
def step_where(x):
    return np.where(x > 0, 1, 0)


@right("step_function", "int8")
def step_int8(x):
    return np.greater(x, 0).astype(np.int8)


@right("step_function", "heaviside")
def step_heaviside(x):
    return np.heaviside(x, 0).astype(np.int32)


@right("step_function", "ones written at the positive entries")
def step_masked(x):
    out = np.zeros(x.shape, dtype=int)
    out[x > 0] = 1
    return out


@right("step_function", "the positive part of the sign")
def step_of_sign(x):
    return np.maximum(np.sign(x), 0).astype("int64")


@right("step_function", "a truth value times 1")
def step_times_one(x):
    return 1 * (x > 0)
