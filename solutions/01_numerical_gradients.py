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
# # Numerical gradients
#
# ## What you will build
#
# You will write a tool that measures the slope of any function from nothing but its values, and with it a checker that tells right gradients from wrong ones.
# It will judge everything you derive later, so in this chapter you judge the judge: you find out how wrong it is, and why.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, when_written
from autograder.pictures import BLUE, BROWN, draw_node

# %% figure
draw_node("f", inputs={"x": "(any shape)"}, outputs={"L": "(one number)"}, loss=False)

# %% [markdown]
# Read the picture from left to right first.
# An array `x` goes into a function `f`, and one number `L` comes out.
#
# Then read it from right to left.
# Along the lower edges flow **gradients**: `dx` holds, for each entry of `x`, how fast `L` grows when that entry grows and all others stay where they are.
# So `dx` has the shape of `x`.
# On the right stands `dL`, how fast `L` grows when `L` grows, and that is 1.
#
# In the later chapters you will open the box `f` and compute `dx` with formulas.
# In this one the box stays closed.
# You may put in any `x` you like and read the `L` that comes out.
# It turns out that this is enough.

# %% [markdown]
# ## Forward: a slope from two values
#
# Begin with one number $x$.
# The derivative $f'(x)$ is the slope that you get from two points of the curve when the second point moves towards the first:
#
# $$
# f'(x) = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h} .
# $$
#
# A computer cannot let $h$ go to 0.
# It has to take some small number $h$, the **step**, and stop there.
# The fraction that is left is called the **forward difference**.
#
# There is no reason to look only to the right.
# You can go one step to each side, and then the two points are $2h$ apart.
# This is the **central difference**:
#
# $$
# \text{forward} = \frac{f(x + h) - f(x)}{h},
# \qquad
# \text{central} = \frac{f(x + h) - f(x - h)}{2h} .
# $$
#
# Take $f(x) = x^2$ at $x = 3$, where the true slope is $2x = 6$, and the step $h = 0.1$.
# By hand:
#
# $$
# \text{forward} = \frac{9.61 - 9}{0.1} = 6.1,
# \qquad
# \text{central} = \frac{9.61 - 8.41}{0.2} = 6 .
# $$

# %%
h = 0.1
print("forward", ((3 + h) ** 2 - 3**2) / h)
print("central", ((3 + h) ** 2 - (3 - h) ** 2) / (2 * h))

# %% [markdown]
# Up to some dust in the last digits, the computer agrees.
# Remember the dust.
# It will become important.

# %% [markdown]
# ## Predict
#
# Answer this one without code.
# It needs three cubes.
#
# **Take $f(x) = x^3$ at $x = 2$ and the step $h = 1$.
# What are the forward and the central difference?**
# The true slope there is $3x^2 = 12$.
# Which of the two will be nearer?

# %% exercise
def predict_quotients():
    """Difference quotients of x ** 3 at x = 2 with h = 1, worked out by hand.

    Returns
    -------
    forward, central : float
    """
    ### BEGIN SOLUTION
    forward = 19.0
    central = 13.0
    return forward, central
    ### END SOLUTION

# %% check
check(predict_quotients)

# %% [markdown]
# One is off by 7 and the other by 1, with the same step.
# Soon you will be able to say why these two numbers are exactly 7 and 1.
#
# First turn both fractions into a function.
# The argument `f` is itself a function, and you call it like any other: `f(x + h)`.

# %% exercise
def difference_quotients(f, x, h):
    """Forward and central difference of f at x.

    Parameters
    ----------
    f : callable
        Takes one number, returns one number.
    x : float
        Where the slope is wanted.
    h : float
        The step.

    Returns
    -------
    forward, central : float
    """
    ### BEGIN SOLUTION
    forward = (f(x + h) - f(x)) / h
    central = (f(x + h) - f(x - h)) / (2 * h)
    return forward, central
    ### END SOLUTION

# %% check
check(difference_quotients)

# %% [markdown]
# ## Derive: the error for one function
#
# By the **error** of a difference quotient we mean the quotient minus the true slope.
# For $f(x) = x^2$ it takes two lines of algebra.
# The forward difference is
#
# $$
# \frac{(x + h)^2 - x^2}{h} = \frac{2xh + h^2}{h} = 2x + h .
# $$
#
# The true slope is $2x$, so the error is exactly $h$.
# In the example above it was 0.1.
# For the central difference, the squares $x^2$ and $h^2$ cancel:
#
# $$
# \frac{(x + h)^2 - (x - h)^2}{2h} = \frac{4xh}{2h} = 2x .
# $$
#
# The error is 0, whatever the step.
#
# Now you.
# Take $f(x) = x^3$ with the true slope $3x^2$.
# You need
#
# $$
# (x \pm h)^3 = x^3 \pm 3x^2h + 3xh^2 \pm h^3 .
# $$
#
# Work out both errors with a pen until no fraction is left, and write the two formulas down.
# The function must not compute any quotient: at a tiny step, the formula is still exact and a quotient is not.

# %% exercise
def cube_errors(x, h):
    """Errors of the difference quotients of x ** 3, as formulas in x and h.

    Parameters
    ----------
    x, h : float

    Returns
    -------
    forward_error, central_error : float
        Difference quotient minus true slope.
    """
    ### BEGIN SOLUTION
    forward_error = 3 * x * h + h**2
    central_error = h**2
    return forward_error, central_error
    ### END SOLUTION

# %% check
check(cube_errors)

# %% [markdown]
# With $x = 2$ and $h = 1$ your formulas give the 7 and the 1 of the prediction.
# The next cell lets the step shrink, and puts the errors that are measured next to the ones you derived.

# %%
@when_written
def errors_of_the_cube():
    x = 2.0
    for h in (0.1, 0.01, 0.001):
        forward, central = difference_quotients(lambda x: x**3, x, h)
        forward_error, central_error = cube_errors(x, h)
        print(f"h = {h}")
        print(f"   forward error: measured {forward - 3 * x**2:.6f}, derived {forward_error:.6f}")
        print(f"   central error: measured {central - 3 * x**2:.6f}, derived {central_error:.6f}")

# %% [markdown]
# From one block to the next the step becomes ten times smaller.
# The forward error becomes about ten times smaller as well.
# The central error becomes a hundred times smaller.
#
# There is a notation for this.
# An error that behaves like a constant times $h$ when $h$ is small is called $O(h)$.
# One that behaves like a constant times $h^2$ is $O(h^2)$.
# The forward difference of the cube has an error of $O(h)$, the central difference one of $O(h^2)$.

# %% [markdown]
# ## Derive: the error for every function
#
# The cube is not special.
# Every smooth function has a **Taylor expansion** around $x$, a sum of powers of the step whose coefficients come from the derivatives at $x$:
#
# $$
# f(x + h) = f(x) + h f'(x) + \frac{h^2}{2} f''(x) + \frac{h^3}{6} f'''(x) + \dots
# $$
#
# For the forward difference, subtract $f(x)$ and divide by $h$:
#
# $$
# \frac{f(x + h) - f(x)}{h} = f'(x) + \underbrace{\frac{h}{2} f''(x) + \dots}_{\text{error}}
# $$
#
# When $h$ is small, the first term of the error is much larger than all that follow.
# So the forward difference errs by about $\frac{h}{2} f''(x)$.
# That is $O(h)$, for every smooth function.
# It comes from cutting a long sum short, and it is called the **truncation error**.
#
# For the central difference you need a second line.
# Put $-h$ in the place of $h$:
#
# $$
# f(x - h) = f(x) - h f'(x) + \frac{h^2}{2} f''(x) - \frac{h^3}{6} f'''(x) + \dots
# $$
#
# Subtract this line from the first one.
# Some terms cancel and others double.
# Then divide by $2h$.
# What is the first term that stands behind $f'(x)$?
#
# You can test your result before you run the check.
# For $f(x) = x^3$ the third derivative is 6 everywhere, and you know the central error of the cube.

# %% exercise
def central_error_term(third, h):
    """The leading term in the error of a central difference.

    Parameters
    ----------
    third : float
        Third derivative of f at x.
    h : float
        The step.

    Returns
    -------
    error : float
    """
    ### BEGIN SOLUTION
    return h**2 / 6 * third
    ### END SOLUTION

# %% check
check(central_error_term)

# %% [markdown]
# The second derivative is gone.
# A parabola bends to the same amount on both sides of $x$, so going one step to each side cancels its bend.
# What is left is the lopsided part of the curve, and near $x$ that is tiny.
# The price is the same: two values of $f$ for one slope.

# %% [markdown]
# ## Why the step cannot go to 0
#
# If a small step is good, a smaller one should be better.
# Try it on $f(x) = \sin x$ at $x = 1$.

# %%
@when_written
def ever_smaller_steps():
    true_slope = np.cos(1.0)
    for exponent in range(1, 17, 2):
        forward, central = difference_quotients(np.sin, 1.0, 10.0**-exponent)
        print(f"h = 1e-{exponent:02}   central {central:.15f}   error {abs(central - true_slope):.0e}")
    print(f"true slope  {true_slope:.15f}")

# %% [markdown]
# Down to about $10^{-5}$ the error falls, by a factor of 100 for every factor of 10.
# Then it rises again, and at the end hardly a digit is right.
#
# The reason is the dust.
# A float holds about 16 digits.
# The gap between 1 and the next larger float is called **machine epsilon**:

# %%
eps = np.finfo(np.float64).eps
print("machine epsilon", eps)
print("1 + eps     > 1?", 1.0 + eps > 1.0)
print("1 + eps / 4 > 1?", 1.0 + eps / 4 > 1.0)

# %% [markdown]
# Every value that `f` returns is rounded to a float.
# It is off by up to $\frac{\varepsilon}{2} |f|$, where $\varepsilon$ (in code `eps`) is machine epsilon and $|f|$ the size of the value.
# Two such values are subtracted, so the numerator of a difference quotient is off by up to $\varepsilon |f|$.
#
# For a smooth function this is nothing, until you divide by the step.
# The **rounding error** of the slope is about
#
# $$
# \frac{\varepsilon |f|}{h} \ \text{(forward)},
# \qquad
# \frac{\varepsilon |f|}{2h} \ \text{(central)} ,
# $$
#
# and it *grows* when $h$ shrinks.
# Seen from the other side: when $f(x+h)$ and $f(x-h)$ agree in their first 13 digits, the subtraction removes these 13, and only 3 digits are left to make a slope from.
#
# So there are two errors, and they pull in opposite directions.
# For the forward difference their sum is
#
# $$
# E(h) = \frac{h}{2} |f''| + \frac{\varepsilon |f|}{h} .
# $$
#
# The best step is where this sum is smallest.
# There its derivative with respect to $h$ is zero:
#
# $$
# \frac{1}{2} |f''| - \frac{\varepsilon |f|}{h^2} = 0
# \qquad\text{hence}\qquad
# h = \sqrt{\frac{2\,\varepsilon |f|}{|f''|}} .
# $$
#
# When $|f|$ and $|f''|$ are about 1, this is about $2 \cdot 10^{-8}$.
#
# Do the same for the central difference: add the size of your truncation error to the rounding error, set the derivative to zero, and solve for $h$.
# Values and derivatives may be negative, so keep the absolute values.

# %% exercise
def best_step(value, third, eps):
    """The step at which a central difference errs least.

    Parameters
    ----------
    value : float
        f(x). It may be negative.
    third : float
        Third derivative of f at x, not 0. It may be negative.
    eps : float
        Machine epsilon.

    Returns
    -------
    h : float
    """
    ### BEGIN SOLUTION
    return (1.5 * eps * abs(value) / abs(third)) ** (1 / 3)
    ### END SOLUTION

# %% check
check(best_step)

# %%
@when_written
def best_step_in_numbers():
    h = best_step(1.0, 1.0, eps)
    truncation, rounding = abs(central_error_term(1.0, h)), eps / (2 * h)
    print(f"best step of a central difference {h:.1e}")
    print(f"error there                       {truncation:.0e} + {rounding:.0e}")

# %% [markdown]
# A central difference can be right in ten or eleven digits, and never in all sixteen.
# Its best step is somewhere near $10^{-5}$, and it changes little with the function, because of the cube root.
# So $h = 10^{-5}$ is the step of this course.
#
# You now know the tool better than most people who use it: which error it makes, how large, and at which step.

# %% [markdown]
# ## Derive: one entry of an array
#
# Now $x$ is an array and $L = f(x)$ is still one number.
# Take a matrix $x$ of shape $(N, D)$ and one of its entries, $x_{nd}$.
# The slope of $L$ with respect to this entry is measured as before: move the entry one step to each side, **and leave all other entries where they are**.
#
# $$
# \text{dx}_{nd} \approx \frac{f(x + h\,e_{nd}) - f(x - h\,e_{nd})}{2h} ,
# $$
#
# where $e_{nd}$ is the array of the shape of $x$ with a 1 at position $(n, d)$ and 0 everywhere else.
#
# There is one trap.
# An array that is passed to a function is not copied.
# If you write `x[n, d] += h` inside your function, the array of the caller changes.
# `x.copy()` gives you an array of your own.

# %% exercise
def numerical_entry(f, x, n, d, h):
    """One entry of the gradient of f at a matrix x, by a central difference.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns one number.
    x : ndarray of shape (N, D)
    n, d : int
        Which entry.
    h : float
        The step.

    Returns
    -------
    float
        dx[n, d].
    """
    ### BEGIN SOLUTION
    above, below = x.copy(), x.copy()
    above[n, d] += h
    below[n, d] -= h
    return (f(above) - f(below)) / (2 * h)
    ### END SOLUTION

# %% check
check(numerical_entry)

# %% [markdown]
# ## Implement: all entries at once
#
# The whole gradient is one central difference for each entry.
# (Forward differences could share the value $f(x)$ and would need half as many values.
# The extra digits are worth the price.)
# What remains is care, in three places.
#
# **Any shape.**
# The function must work for vectors, matrices, images, and for an array with no dimension at all, such as `np.array(3.0)`.
# `np.ndindex` runs through all positions of an array of any shape, and each position is a tuple that you can use as an index:

# %%
print(list(np.ndindex(2, 3)))
print(list(np.ndindex(())))      # no dimensions: one position, the empty tuple
print(np.array(3.0)[()])

# %% [markdown]
# **The input stays exactly as it was.**
# The caller still needs `x`.
# If you move an entry of `x` itself, going back is harder than it looks:

# %%
value = 0.7
there_and_back = value + 1e-5 - 2e-5 + 1e-5
print(there_and_back == value, there_and_back - value)

# %% [markdown]
# Adding and subtracting the step leaves dust behind.
# Work on a copy, or remember the old value and put that one back.
#
# **Integers.**
# An array of integers cannot hold a small step.
# It drops everything behind the decimal point, without a word:

# %%
x = np.array([3, 4])
x[0] = 3 + 1e-4
print(x[0])
x[0] = 3 - 1e-4
print(x[0])

# %% [markdown]
# Take $f(x) = x_0^2 + x_1^2$ at $(3, 4)$, where the first slope is 6.
# A well-known version of the function that you are about to write, with $h = 10^{-4}$, sees $f = 25$ on one side and $f = 4 + 16 = 20$ on the other.
# It divides 5 by 0.0002, and returns 25000.
#
# So compute with floats: `np.array(x, dtype=float)` makes a copy of `x` with entries of that kind.
# The array that collects the results must hold floats too.

# %% exercise
def numerical_gradient(f, x, h=1e-5):
    """Gradient of f at x by central differences, entry by entry.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns one number.
    x : ndarray of any shape
        Also without dimensions, also of integers. It is left exactly as it was.
    h : float
        The step.

    Returns
    -------
    gradient : ndarray of floats, shape of x
    """
    ### BEGIN SOLUTION
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + h
        above = f(point)
        point[index] = value - h
        below = f(point)
        point[index] = value
        gradient[index] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION

# %% check
check(numerical_gradient)

# %% [markdown]
# ## How near is near enough?
#
# You want to compare two gradients, one measured and one derived.
# Their difference alone says little.
# A difference of 0.001 is large between gradients of size 0.01, and nothing between gradients of size 1000.
# So divide it by the size of the numbers:
#
# $$
# \text{relative error} = \max \frac{|a - b|}{\max\left(10^{-8},\ |a| + |b|\right)} .
# $$
#
# The outer maximum runs over the entries: each entry is compared with its own partner, and the worst one counts.
# The inner maximum takes the larger of two numbers, entry by entry; NumPy has `np.maximum` for it.
# It is there for entries that are 0 in both arrays.
# Without it they would give $0/0$.
#
# A tiny example: $a = (1, 2)$ and $b = (1, 2.02)$ differ by 0 and by 0.02.
# The relative error is $0.02 / 4.02$, about 0.005.

# %% exercise
def relative_error(a, b):
    """Largest relative error between the entries of two arrays.

    Parameters
    ----------
    a, b : ndarray of the same shape, or float

    Returns
    -------
    error : float
        max |a - b| / max(1e-8, |a| + |b|).
    """
    ### BEGIN SOLUTION
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
    ### END SOLUTION

# %% check
check(relative_error)

# %% [markdown]
# Now put both parts together.
# The function $f(x) = \sum x_{nd}^3$ has the gradient $3x_{nd}^2$, so you know what should come out.
# The cell compares this gradient with the numerical one, and then two others that are wrong.

# %%
@when_written
def first_judgement():
    rng = np.random.default_rng(1)
    x = rng.uniform(0.5, 2.0, (3, 4))
    measured = numerical_gradient(lambda x: np.sum(x**3), x)
    one_wrong = 3 * x**2
    one_wrong[1, 2] *= 1.001
    print(f"the right gradient      {relative_error(3 * x**2, measured):.1e}")
    print(f"one entry 0.1 % too big {relative_error(one_wrong, measured):.1e}")
    print(f"2 x^2 instead of 3 x^2  {relative_error(2 * x**2, measured):.1e}")

# %% [markdown]
# This is what the numbers mean.
# Below about $10^{-6}$ the gradient is right, and the rest is the error of the measurement.
# Above $10^{-4}$ it is wrong, even if it looks close.
# Between the two, look at the step and at the function before you believe anything.

# %% [markdown]
# ## The functions that will be judged
#
# A tool needs something to work on.
# Here are two functions from which networks are made.
# You will meet both of them again.
#
# ### ReLU
#
# The **rectified linear unit** keeps what is positive and replaces the rest by 0:
#
# $$
# \mathrm{relu}(x) = \max(0, x) .
# $$
#
# Return a new array, and leave `x` alone.
# (The derivative comes later, and with it some trouble.)

# %% exercise
def relu(x):
    """The rectified linear unit, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape
        It is left as it was.

    Returns
    -------
    out : ndarray, shape of x
        x where x > 0, else 0.
    """
    ### BEGIN SOLUTION
    return np.maximum(0, x)
    ### END SOLUTION

# %% check
check(relu)

# %% [markdown]
# ### A loss
#
# A **loss** says in one number how far an output $y$ is from its target $t$.
# This one adds up the squared differences of all entries and takes half of the sum:
#
# $$
# L = \frac12 \sum (y - t)^2 .
# $$
#
# Its usual name is *mean squared error*, although nothing is divided by the number of entries.
# The factor $\frac12$ is there to cancel the 2 that appears when you differentiate.

# %% exercise
def mean_squared_error(y, t):
    """Half the sum of squared differences.

    Parameters
    ----------
    y, t : ndarray of the same shape
        Output and target.

    Returns
    -------
    loss : float
    """
    ### BEGIN SOLUTION
    return 0.5 * np.sum((y - t) ** 2)
    ### END SOLUTION

# %% check
check(mean_squared_error)

# %% [markdown]
# ## Prove it: your own checker
#
# Everything is ready.
# `gradients_agree(f, df, x)` gets a function `f`, somebody's formula `df` for its gradient, and a point `x`.
# It answers one question: is `df(x)` the gradient of `f` at `x`?
#
# Measure the gradient with your `numerical_gradient`, compare it with your `relative_error`, and accept if the error is below $10^{-6}$.
# That is the core.
# A good checker also thinks of this:
#
# - `df(x)` must have the shape of `x`.
#   If it has another one, the answer is `False`.
#   Test this before you subtract: NumPy would broadcast `(1, 3)` against `(3,)` without a word, and the numbers could still agree.
# - A comparison with `nan` is never true.
#   Neither `nan < 1e-6` nor `nan > 1e-6` holds.
#   So ask whether the error is small, and do not ask whether it is large.
# - Do not compare plain differences with a fixed number.
#   Gradients may be of size $10^6$ or of size $10^{-9}$, and a gradient of $10^{-9}$ that should be $2 \cdot 10^{-9}$ is wrong.
#
# This time your function is the judge.
# The check hands it right gradients, which it must accept, and wrong ones, which it must reject, down to a single entry that is off by 0.1 %.

# %% exercise
def gradients_agree(f, df, x):
    """Whether df computes the gradient of f at x.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns one number.
    df : callable
        Takes the same array, returns what is claimed to be the gradient of f.
    x : ndarray of any shape

    Returns
    -------
    agree : bool
        True if df(x) has the shape of x and agrees with the numerical gradient.
    """
    ### BEGIN SOLUTION
    derived = np.asarray(df(x))
    if derived.shape != x.shape:
        return False
    return bool(relative_error(derived, numerical_gradient(f, x)) < 1e-6)
    ### END SOLUTION

# %% check
check(gradients_agree)

# %% [markdown]
# Let it judge the functions you wrote.
# There is one obstacle: `f` must return a single number, and `relu` returns an array.
# So multiply the array by fixed random weights and add everything up.
# The weights are called `dout`, because later chapters will put the gradient that arrives from the right in their place.
# By the chain rule, each entry of the gradient is then multiplied by its weight.
#
# Why random weights, and not the plain sum?
# With ones as weights, a formula that forgets the weights passes, and so do many others.

# %%
@when_written
def judge_your_own():
    rng = np.random.default_rng(2)
    x, dout = rng.normal(0, 2, (2, 3, 4)), rng.normal(0, 1, (2, 3, 4))
    y, t = rng.normal(0, 1, (3, 5)), rng.normal(0, 1, (3, 5))
    verdicts = {
        "relu": gradients_agree(
            lambda x: np.sum(relu(x) * dout), lambda x: (x > 0) * dout, x),
        "relu, weights forgotten": gradients_agree(
            lambda x: np.sum(relu(x) * dout), lambda x: 1.0 * (x > 0), x),
        "mean_squared_error, y - t": gradients_agree(
            lambda y: mean_squared_error(y, t), lambda y: y - t, y),
    }
    for name, agree in verdicts.items():
        print(f"{name:35} {agree}")

# %% [markdown]
# ## Find the bug
#
# You have not written the derivative of ReLU so far.
# Here is one from a textbook.
# It has two bugs, a loud one and a quiet one.

# %%
def relu_grad_buggy(x):
    grad = np.zeros(x)
    grad[x >= 0] = 1
    return grad

# %% [markdown]
# The loud one is in the first line.
# `np.zeros` expects a shape and gets the array itself.
# For an array of floats that raises an error:

# %%
try:
    relu_grad_buggy(np.array([-1.0, 2.0, 3.0]))
except (TypeError, IndexError) as error:
    print(type(error).__name__, "-", error)

# %% [markdown]
# Suppose that a friend mends this line and nothing else.
# Then the function runs, and your checker accepts it:

# %%
def relu_grad_half_mended(x):
    grad = np.zeros_like(x)
    grad[x >= 0] = 1
    return grad


@when_written
def judge_the_half_mended():
    rng = np.random.default_rng(3)
    x, dout = rng.normal(0, 1, (4, 5)), rng.normal(0, 1, (4, 5))
    print("accepted:", gradients_agree(
        lambda x: np.sum(relu(x) * dout), lambda x: relu_grad_half_mended(x) * dout, x))

# %% [markdown]
# The quiet bug is still there, and the checker cannot see it at random numbers.
# The derivative of ReLU is 1 where $x > 0$ and 0 where $x < 0$.
# At $x = 0$ the curve has a **kink**, and there is no derivative.
# This course sets it to 0 there, once and for all:
#
# $$
# \mathrm{relu}'(x) = \begin{cases} 1 & \text{if } x > 0, \\ 0 & \text{if } x \le 0. \end{cases}
# $$
#
# Expose the quiet bug.
# Give a vector of four numbers for which `relu_grad_half_mended` returns exactly **one** wrong entry.

# %% exercise
def exposing_input():
    """An x for which relu_grad_half_mended gets exactly one entry wrong.

    Returns
    -------
    x : ndarray of shape (4,)
    """
    ### BEGIN SOLUTION
    return np.array([-1.0, 0.0, 2.0, 0.5])
    ### END SOLUTION

# %% check
check(exposing_input)

# %% [markdown]
# What does your tool say about such a point?

# %%
@when_written
def slope_at_the_kink():
    x = exposing_input()
    print("x                   ", x)
    print("half mended         ", relu_grad_half_mended(x))
    print("numerical gradient  ", numerical_gradient(lambda x: np.sum(relu(x)), x))

# %% [markdown]
# At the kink it measures 0.5: one step to the right the curve has risen by $h$, one step to the left it has not moved, and $h / 2h$ is a half.
# That is neither of the two answers people argue about.
# **At a kink a numerical gradient means nothing.**
# A convention cannot be measured, it can only be agreed on, and then it has to be tested by itself.
#
# Now mend both bugs.

# %% exercise
def relu_grad(x):
    """Derivative of the rectified linear unit, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        1 where x > 0, else 0.
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, 1.0, 0.0)
    ### END SOLUTION

# %% check
check(relu_grad)

# %% [markdown]
# ## See it: three steps
#
# What goes wrong with a large step, and what with a tiny one?
# Look at $\sin x$ near $x = 1$ through three magnifying glasses.
# In each picture one unit on both axes is one step $h$.
# The grey curve is the function as the computer knows it.
# The straight lines have the slopes that your `difference_quotients` measures.

# %% figure
@when_written
def three_steps():
    x = 1.0
    steps = (1.0, 1e-5, 5e-16)
    slopes = [difference_quotients(np.sin, x, h) for h in steps]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
    titles = ("too large", "good", "too small")
    for ax, h, (forward, central), title in zip(axes, steps, slopes, titles):
        u = np.linspace(-1.6, 1.6, 1601)
        left = (np.sin(x - h) - np.sin(x)) / h
        ax.plot(u, (np.sin(x + u * h) - np.sin(x)) / h, color="0.45", lw=1.8, label="sin")
        ax.plot(u, left + central * (u + 1), color=BLUE, lw=1.8, label=f"central {central:.5f}")
        ax.plot(u, forward * u, color=BROWN, lw=1.8, ls=(0, (4, 4)), label=f"forward {forward:.5f}")
        for shift in (-1, 0, 1):
            ax.plot(shift, (np.sin(x + shift * h) - np.sin(x)) / h, "o", color="black", ms=5)
        ax.set_title(f"h = {h:g}: {title}", fontsize=11)
        ax.set_xlabel("steps away from x = 1")
        ax.set_ylim(-1.6, 1.1)
        ax.legend(loc="lower right", fontsize=9)
    axes[0].set_ylabel("growth of sin, in steps")
    plt.show()
    print(f"true slope {np.cos(x):.5f}")

# %% [markdown]
# On the left the curve bends within one step, and the two lines disagree.
# In the middle the curve is straight as far as anybody can see, and the lines lie on top of each other.
#
# On the right you see the floor of the number system.
# At this scale the sine is a staircase.
# Its treads are the floats that `x` can be, and its heights the floats that the sine can be.
# A line through two points of a staircase has some slope, but it is not the slope of the hill.

# %% [markdown]
# ## See it: the error against the step
#
# Now all steps at once.
# Both axes are logarithmic, so an error of $O(h^p)$ is a straight line of slope $p$.
# Triangles and dots are measured with your function.
# The lines are theory: your `central_error_term` with slope 2, its forward counterpart with slope 1, and the rounding error with slope −1.

# %%
def errors_of_the_sine(steps):
    """How far both difference quotients of sin at x = 1 are from its slope, for each step."""
    quotients = np.array([difference_quotients(np.sin, 1.0, h) for h in steps])
    forward, central = np.abs(quotients - np.cos(1.0)).T
    return {"forward": forward, "central": central}


@when_written
def smallest_errors():
    steps = np.logspace(-15, 0, 121)
    for name, errors in errors_of_the_sine(steps).items():
        print(f"{name}: smallest error {errors.min():.0e} at h = {steps[errors.argmin()]:.0e}")

# %% figure
def error_picture(ax, steps, measured, lowest):
    """Measured errors as dots against the step, on logarithmic axes.

    A log axis cannot show an error of exactly 0; such dots are drawn at 1e-17.
    """
    styles = {"forward": ("^", 6, BROWN, "none"), "central": ("o", 3.5, BLUE, BLUE),
              "complex step": ("s", 5, "black", "none")}
    for name, errors in measured.items():
        marker, size, colour, filled = styles[name]
        ax.loglog(steps, np.maximum(errors, 1e-17), marker, color=colour, ms=size,
                  markerfacecolor=filled, label=f"{name}, measured")
    ax.set_title("Error of the measured slope of sin at x = 1")
    ax.set_xlabel("step h")
    ax.set_ylabel("error of the slope")
    ax.set_xlim(steps[0], steps[-1])
    ax.set_ylim(lowest, 2)
    ax.grid(color="0.9")


@when_written
def error_against_step():
    value, second, third = np.sin(1.0), -np.sin(1.0), -np.cos(1.0)
    steps = np.logspace(-15, 0, 121)
    measured = errors_of_the_sine(steps)
    truncation = np.abs([central_error_term(third, h) for h in steps])
    best = best_step(value, third, eps)

    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    error_picture(ax, steps, measured, 1e-14)
    ax.loglog(steps, steps / 2 * abs(second), color=BROWN, lw=1.2, label="h/2 |f''|: slope 1")
    ax.loglog(steps, truncation, color=BLUE, lw=1.2, label="h²/6 |f'''|: slope 2")
    ax.loglog(steps, eps * abs(value) / (2 * steps), color="0.3", lw=1.2, ls="--",
              label="rounding: slope −1")
    ax.axvline(best, color=BLUE, lw=1, ls=":")
    ax.text(best * 1.3, 3e-14, f"best_step\n{best:.0e}", color=BLUE, fontsize=9)
    ax.legend(fontsize=9, loc="upper center")
    plt.show()

# %% [markdown]
# Each kind of difference makes a letter U, or rather a V.
# On the right branch the truncation error rules, and the measurements follow a straight line.
# On the left branch rounding rules.
# There they scatter, because rounding errors are nearly random, and the dashed line is roughly their upper edge.
# Some fall far below it, by luck.
# The dotted line is the step that you computed before you had measured anything.
#
# Follow the dots to the bottom of their V, and then the triangles to theirs.
# The central difference reaches about three more digits, with a step that is hundreds of times larger.

# %% [markdown]
# ## Going deeper (optional): a derivative without subtraction
#
# Rounding hurts because two nearly equal numbers are subtracted.
# There is a way around it, if $f$ can be computed for complex numbers.
# Put $ih$ in the place of $h$ in the Taylor expansion, where $i^2 = -1$:
#
# $$
# f(x + ih) = f(x) + ih f'(x) - \frac{h^2}{2} f''(x) - \frac{ih^3}{6} f'''(x) + \dots
# $$
#
# Take the imaginary part of both sides and divide by $h$:
#
# $$
# \frac{\operatorname{Im} f(x + ih)}{h} = f'(x) - \frac{h^2}{6} f'''(x) + \dots
# $$
#
# The error is $O(h^2)$, as for the central difference.
# But the value $f(x)$ sits in the real part, out of the way.
# Nothing is subtracted, nothing cancels, and $h$ may be as small as you like.

# %%
def complex_step(f, x, h):
    """Slope of f at x from one complex value. f must accept complex numbers."""
    return f(x + 1j * h).imag / h

# %% figure
@when_written
def error_of_the_complex_step():
    steps = np.logspace(-15, 0, 76)
    complex_slopes = np.array([complex_step(np.sin, 1.0, h) for h in steps])
    measured = errors_of_the_sine(steps) | {"complex step": np.abs(complex_slopes - np.cos(1.0))}

    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    error_picture(ax, steps, measured, 5e-18)
    ax.loglog(steps, steps**2 / 6 * np.cos(1.0), color="black", lw=1.2,
              label="h²/6 |f'''|: slope 2")
    ax.axhline(eps / 2, color="0.3", lw=1.2, ls="--", label="half of machine epsilon")
    ax.legend(fontsize=9, loc="upper center")
    plt.show()

# %% [markdown]
# The complex step follows the line of slope 2 all the way down to the floor, and stays there.
# Dots at the lower edge stand for an error of exactly 0.
# It is not the tool of this course, for a simple reason: it does not survive `np.abs`, `np.maximum` or a comparison, and your `relu` uses one.
# Where it works, nothing is more exact.

# %% [markdown]
# ## What you can now do
#
# - Measure the gradient of any function of an array, and say how many digits of it are right.
# - Explain why a central difference errs as $O(h^2)$, why the step cannot go to 0, and where $h = 10^{-5}$ comes from.
# - Compare gradients by their relative error, and tell a right one from one whose single entry is off by 0.1 %.
# - Say where the tool is blind: at kinks, where only a convention can help.
#
# You have also written two functions that every network needs.
# The next chapter opens the box: it takes a computation apart into its smallest steps, and the chain rule walks back through them.
