"""Known mistakes of 00_welcome."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.welcome import WHOLE

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

# identity


@mistake("identity", "nothing is returned", loses=("out",),
         hint="Which statement hands a value back to the caller?")
def identity_without_return(x):
    """A Python function without a return statement returns None."""


@mistake("identity", "the input is flattened", loses=("out",),
         hint="What does the docstring say of the shape of out?")
def identity_flat(x):
    """The numbers are all there, and their arrangement is lost."""
    return x.ravel()


@mistake("identity", "a string is returned", loses=("out",),
         hint="What is the difference between x, a print of x, and the text 'x'?")
def identity_text(x):
    """Printing and returning are different things: the caller gets a text, not numbers."""
    return str(x)


@mistake("identity", "the sign is lost", loses=("out",),
         hint="Does anything have to be computed at all?")
def identity_abs(x):
    """Negative numbers come back positive."""
    return np.abs(x)


@mistake("identity", "the numbers are cut to integers", loses=("out",),
         hint="The numbers should come back as they are. What do you do to them?")
def identity_cut(x):
    """Everything behind the decimal point is lost."""
    return x.astype(int)


@mistake("identity", "the sum is returned", loses=("out",),
         hint="Does anything have to be computed at all?")
def identity_sum(x):
    """One number comes back where an array of the shape of x is expected."""
    return x.sum()


# step_function


@mistake("step_function", "zero counts as positive", loses=("out",),
         hint="Read the condition once more: is it > or >=?")
def step_at_zero(x):
    """The step is 1 where x > 0. At x = 0 it is 0."""
    return (x >= 0).astype(int)


@mistake("step_function", "the truth values were not turned into integers", loses=(WHOLE,),
         hint="Which method of an array gives a copy of it with another dtype?")
def step_boolean(x):
    """x > 0 is an array of True and False. The exercise asks for the integers 1 and 0."""
    return x > 0


@mistake("step_function", "floats where integers are asked for", loses=(WHOLE,),
         hint="Which dtype do you convert to?")
def step_float(x):
    """The values are right; their dtype is a floating-point one."""
    return (x > 0).astype(np.float64)


@mistake("step_function", "zero counts one half", loses=("out", WHOLE),
         hint="Read the docstring once more: which value belongs to x = 0?")
def step_half_at_zero(x):
    """Some define the step to be 1/2 at 0. Here it is 0."""
    return np.heaviside(x, 0.5)


@mistake("step_function", "the sign is returned", loses=("out",),
         hint="What should come out for a negative number?")
def step_sign(x):
    """np.sign gives -1 for negative numbers. The step function gives 0."""
    return np.sign(x).astype(int)


@mistake("step_function", "zero and negative numbers are exchanged with the positive ones",
         loses=("out",), hint="On which side of 0 is the step up?")
def step_down(x):
    """This is 1 where x is 0 or less, and 0 where it is positive."""
    return (x <= 0).astype(int)


@mistake("step_function", "only whole numbers count", loses=("out",),
         hint="Take x = 0.5 and follow it through your line. Which comes first, the comparison?")
def step_cut(x):
    """Converted to integers, 0.5 becomes 0 before it is compared."""
    return (x.astype(int) > 0).astype(int)


@mistake("step_function", "the positive numbers keep their size", loses=("out",),
         hint="What should come out for x = 2.5?")
def step_relu(x):
    """The step is 1 for every positive number, however large it is."""
    return np.maximum(0, np.clip(x, -9e18, 9e18)).astype(int)


@mistake("step_function", "the input is overwritten", loses=(UNCHANGED,),
         hint="Which line writes into x? What could hold the result instead?")
def step_in_place(x):
    """The answer is right, and the caller's x is gone: it now holds zeros and ones."""
    positive = x > 0
    x[...] = positive
    return positive.astype(int)
