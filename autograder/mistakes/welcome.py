"""Known mistakes of 00_welcome."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)

# identity


@mistake("identity", "nothing is returned", loses=("out",),
         hint="End the function with a return statement.")
def identity_without_return(x):
    """A Python function without a return statement returns None."""


@mistake("identity", "the input is flattened", loses=("out",),
         hint="The shape of out is the shape of x, whatever it is.")
def identity_flat(x):
    """The numbers are all there, and their arrangement is lost."""
    return x.ravel()


@mistake("identity", "a string is returned", loses=("out",),
         hint="Return x itself, not the text 'x' or a print of it.")
def identity_text(x):
    """Printing and returning are different things: the caller gets a text, not numbers."""
    return str(x)


@mistake("identity", "the sum is returned", loses=("out",),
         hint="Nothing has to be computed at all.")
def identity_sum(x):
    """One number comes back where an array of the shape of x is expected."""
    return x.sum()


# step_function


@mistake("step_function", "zero counts as positive", loses=("out",),
         hint="Read the condition once more: is it > or >=?")
def step_at_zero(x):
    """The step is 1 where x > 0. At x = 0 it is 0."""
    return (x >= 0).astype(int)


@mistake("step_function", "zero counts one half", loses=("out",),
         hint="Read the docstring once more: which value belongs to x = 0?")
def step_half_at_zero(x):
    """Some define the step to be 1/2 at 0. Here it is 0."""
    return np.heaviside(x, 0.5)


@mistake("step_function", "the sign is returned", loses=("out",),
         hint="What should come out for a negative number?")
def step_sign(x):
    """np.sign gives -1 for negative numbers. The step function gives 0."""
    return np.sign(x).astype(int)


@mistake("step_function", "the input is overwritten", loses=(UNCHANGED,),
         hint="Build a new array from x > 0 instead of writing into x.")
def step_in_place(x):
    """The answer is right, and the caller's x is gone: it now holds zeros and ones."""
    positive = x > 0
    x[...] = positive
    return positive.astype(int)
