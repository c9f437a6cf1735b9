# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Welcome
#
# **Time:** about 15 minutes.
#
# **Needs:** Python, and a first look at NumPy.
#
# This course has one subject: how a computer finds out which way to change each of a million numbers so that a mistake gets smaller.
# The method is called **backpropagation**.
# You will derive it with pen and paper, write it in NumPy, and prove every line of it right.
#
# This first chapter is short.
# It shows how a chapter works, what the checker tells you, and how to hand in your work.

# %% [markdown]
# ## How to work through a chapter
#
# A notebook is a list of cells.
# Click into a cell and press **Shift+Enter** to run it.
# Run the cells from top to bottom: later cells need what earlier ones defined.
# If Python says `NameError: name '...' is not defined`, a cell further up has not been run: run the cells above, and then this one again.
#
# The next cell loads what this chapter needs.
# Run it now.

# %%
from autograder import check, progress

import numpy as np

# %% [markdown]
# Nothing seems to happen, and that is right: the cell only makes three names available.
# `check` is the checker of this course, and `progress` keeps count of what it found.
# `np` is NumPy, the library for arrays of numbers.

# %% [markdown]
# ## Your first exercise
#
# In every chapter you meet cells that hold an unfinished function, a **stub**.
# Its first lines are the **docstring**: they say what goes in, what must come out, and which shape everything has.
# Below them stands
#
# ```python
# # YOUR CODE HERE
# raise NotImplementedError()
# ```
#
# Replace both lines by your own code.
# If the `raise` line stays, the function ends there, and the check says that it is not written yet: delete it.
# Keep the name of the function and its arguments: the checker finds your work by its name.
#
# The first function is the easiest there is.
# It returns what it is given.

# %% exercise
def identity(x):
    """Return the input.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        The same numbers.
    """
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

# %% [markdown]
# Below each exercise stands a **check**.
# Run it once before you write anything, and once after.
# You cannot break anything, and you may run it as often as you like.

# %% check
check(identity)

# %% [markdown]
# ## What the checker tells you
#
# The table has one row for each thing that is checked, with its points.
# A row that fails says
#
# - **what came**, the value or shape that your function returned,
# - **what was expected**,
# - the case in which it happened,
# - and, if it recognises it, the **name of the mistake**, with a hint.
#
# Try it: write `return x.sum()` in the cell of `identity`, run it, and run the check again.
# Then put the right line back.
#
# Points are given row by row, but some rows are judged only once one of the values above them is right.

# %% [markdown]
# ## The second exercise
#
# The **step function** is 1 where its input is positive, and 0 everywhere else:
#
# $$
# \mathrm{step}(x) = \begin{cases} 1 & \text{if } x > 0, \\ 0 & \text{if } x \le 0. \end{cases}
# $$
#
# A comparison such as `x > 0` works on a whole array at once.
# It gives an array of truth values, one for each entry:

# %%
x = np.array([-1.5, 0.0, 2.0])
print(x > 0)

# %% [markdown]
# Truth values are not yet the integers 1 and 0.
# An array has a method `astype` that converts it to another **dtype**, the type that all its entries share.
# Here the type is `int`.
# Older books write `np.int`; NumPy no longer has that name, and plain `int` is what it stood for.
#
# Your function must work for an array of any shape, without a loop.

# %% exercise
def step_function(x):
    """Compute the step function, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray of integers, shape of x
        1 where x > 0, else 0. The input stays as it is.
    """
    ### BEGIN SOLUTION
    return (x > 0).astype(int)
    ### END SOLUTION

# %% check
check(step_function)

# %% [markdown]
# One row of this check is called *inputs unchanged*.
# A function that writes into its argument damages data that somebody else still needs.
# It is one of the most common bugs in code for neural networks, so you will meet this row often.

# %% [markdown]
# ## When you are stuck
#
# - Read the table once more, slowly.
#   The expected value is a fact you can compute with.
# - Print shapes: `print(x.shape)`.
#   Most mistakes in this course are visible in a shape.
# - Make the example smaller: one sample, two features, numbers you can multiply in your head.
# - Derive the one entry that is wrong, by hand, from its definition.
#
# If the numbers look impossible, choose **Kernel → Restart Kernel and Run All Cells**.
# A notebook remembers values of cells that you have since changed, and a restart forgets them.

# %% [markdown]
# ## Handing in
#
# Save the notebook.
# If you take this course in a class, your instructor tells you where to put the file.
# Please keep its name.
#
# The grader takes your functions out of the notebook and runs them on fresh numbers, next to the right answers.
# It judges the same rows that you see here, so what is green at home is green there.
# Warnings, prints and extra cells never cost points.
# The written question that ends each later chapter is read by a person.
#
# ## What you can now do
#
# You can run cells, fill a stub, and read a check.
# `progress()` says how far you are in the course and which exercise is next, also tomorrow.
# With a name, as in `progress("00_welcome")`, it tells you about that chapter alone.

# %%
progress()

# %% [markdown]
# Next: [Chapter 01: numerical gradients](../01_numerical_gradients/01_numerical_gradients.ipynb).
# There you build a tool that can judge any gradient.
