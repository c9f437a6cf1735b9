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
# **Time:** about 90 minutes, with a resting place in the middle.
#
# **Needs:** [Chapter 00](../00_welcome/00_welcome.ipynb), and derivatives of functions of one number, with the chain rule.
#
# ## What you will build
#
# You will write a tool that measures the slope of any function from nothing but its values, and with it a checker that tells right gradients from wrong ones.
# It will judge everything you derive later, so in this chapter you judge the judge: you find out how wrong it is, and why.

# %%
from autograder import check, progress, when_written
from autograder.pictures import BLUE, BROWN, GREY, INK, draw_node, heat_map, show
from course_data import load_mnist

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

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
# In this chapter the box `f` stays closed: you may put in any `x` and read the `L` that comes out.
# It turns out that this is enough.

# %% [markdown]
# ## A slope from two values
#
# Begin with one number $x$.
# The derivative $f'(x)$ is the slope through two points of the curve when the second moves towards the first.
# A computer has to stop at some small distance $h$, the **step**.
#
# You can go one step to the right, or one step to each side, and then the two points are $2h$ apart:
#
# $$
# \text{forward difference} = \frac{f(x + h) - f(x)}{h},
# \qquad
# \text{central difference} = \frac{f(x + h) - f(x - h)}{2h} .
# $$
#
# Take $f(x) = x^2$ at $x = 3$, where the true slope is $2x = 6$, and the step $h = 0.1$.
# By hand, the forward difference is $(9.61 - 9) / 0.1 = 6.1$, and the central one $(9.61 - 8.41) / 0.2 = 6$.

# %%
def difference_quotients(f, x, h):
    """Forward and central difference of f, a function of one number, at x."""
    forward = (f(x + h) - f(x)) / h
    central = (f(x + h) - f(x - h)) / (2 * h)
    return forward, central


print(difference_quotients(lambda x: x**2, 3, 0.1))

# %% [markdown]
# The computer agrees, up to some dust in the last digits.
# Remember the dust: it will become important.

# %% [markdown]
# ## Predict
#
# Answer this one without code.
# It needs three cubes.
#
# **Take $f(x) = x^3$ at $x = 2$ and the step $h = 1$.
# What are the forward and the central difference?**
# The true slope there is $3x^2 = 12$.

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

# %% worked [markdown]
# The forward difference uses the points 2 and $2 + h = 3$, the central one uses $2 - h = 1$ and 3:
#
# $$
# \frac{3^3 - 2^3}{1} = \frac{27 - 8}{1} = 19,
# \qquad
# \frac{3^3 - 1^3}{2 \cdot 1} = \frac{27 - 1}{2} = 13 .
# $$
#
# The two points of the central difference are 2 apart, so 2 stands below the line, although the step is 1.
# The value in the middle, $2^3 = 8$, does not occur in it.
#
# Why is the second number so much nearer to 12?
# The cube rises by 7 from 1 to 2, and by 19 from 2 to 3.
# The forward difference sees the steeper side only.
# The central one is the mean of both sides, $(7 + 19) / 2 = 13$.

# %% [markdown]
# Subtract the true slope from both: what is left is the **error**.
# Soon you will be able to say why it is exactly that large.

# %% [markdown]
# ## Derive: how wrong is it?
#
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
# When $h$ is small, the first term of the error is much larger than all that follow: the forward difference errs by about $\frac{h}{2} f''(x)$.
# This is the **truncation error**, because it comes from cutting a long sum short.
#
# An error that behaves like a constant times $h$ when $h$ is small is called $O(h)$.
# One that behaves like a constant times $h^2$ is $O(h^2)$: when the step becomes ten times smaller, it becomes a hundred times smaller.
#
# For the central difference you need a second line.
# Put $-h$ in the place of $h$:
#
# $$
# f(x - h) = f(x) - h f'(x) + \frac{h^2}{2} f''(x) - \frac{h^3}{6} f'''(x) + \dots
# $$
#
# Subtract this line from the first one, and divide by $2h$.
# What is the first term that stands behind $f'(x)$?
#
# Test your result first.
# The cube has the third derivative 6 and no higher ones, so for the cube your term is the whole error, and you know that from above.

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
        The leading term of "difference quotient minus true slope". Its sign counts.
    """
    ### BEGIN SOLUTION
    return h**2 / 6 * third
    ### END SOLUTION

# %% check
check(central_error_term)

# %% worked [markdown]
# In the second line $-h$ stands in the place of $h$.
# So the terms with $h$ and $h^3$ have changed their sign, and those with $h^2$ and without $h$ have kept it.
#
# Subtract.
# What has the same sign in both lines cancels: $f(x)$ and $\frac{h^2}{2} f''(x)$.
# What has opposite signs doubles:
#
# $$
# f(x + h) - f(x - h) = 2h f'(x) + 2 \cdot \frac{h^3}{6} f'''(x) + \dots
# $$
#
# Now divide by $2h$, every term of it.
# The last term loses its 2 and one power of $h$:
#
# $$
# \frac{f(x + h) - f(x - h)}{2h} = f'(x) + \underbrace{\frac{h^2}{6} f'''(x) + \dots}_{\text{error}}
# $$
#
# The next power that survives is $h^5$, which becomes $h^4$.
# For a small step it is far below $h^2$, so the first term leads.
#
# **The test with the cube.**
# Multiply out: $(2 + h)^3 = 8 + 12h + 6h^2 + h^3$ and $(2 - h)^3 = 8 - 12h + 6h^2 - h^3$.
# The difference is $24h + 2h^3$, and divided by $2h$ it is $12 + h^2$.
# The true slope is 12, so the error is $h^2$, and $\frac{h^2}{6} \cdot 6 = h^2$ as well.
# With $h = 1$ that is the 1 by which 13 was too large.
#
# The sign is that of $f'''$: where it is negative, as for the sine at $x = 1$, the measured slope is too small.

# %% [markdown]
# The second derivative is gone.
# A parabola bends equally on both sides of $x$, so going one step to each side cancels its bend.
#
# Now hold the theory against measurements: the slope of $\sin x$ at $x = 1$, with steps from 1 down to $10^{-15}$.
# Both axes are logarithmic, so an error of $O(h^p)$ is a straight line that rises $p$ decades for each decade of the step.
# Triangles and dots are measured, lines are theory.

# %%
def errors_of_the_sine(steps):
    """How far both difference quotients of sin at x = 1 are from its slope, for each step."""
    quotients = np.array([difference_quotients(np.sin, 1.0, h) for h in steps])
    forward, central = np.abs(quotients - np.cos(1.0)).T
    return {"forward": forward, "central": central}


def bottom(errors, width=9):
    """Step and error where the median of neighbours is least: one alone may be small by luck."""
    medians = np.median(np.lib.stride_tricks.sliding_window_view(errors, width), axis=1)
    return steps[medians.argmin() + width // 2], medians.min()


steps = np.logspace(-15, 0, 121)
for name, errors in errors_of_the_sine(steps).items():
    h, error = bottom(errors)
    print(f"{name}: smallest errors about {error:.0e}, at h of about {h:.0e}")

# %% figure
def error_picture(steps, measured, lowest):
    """Axes with measured errors against the step; an error of exactly 0 is drawn at 1e-17."""
    _, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
    styles = {"forward": ("^", 6, BROWN, "none"), "central": ("o", 3.5, BLUE, BLUE),
              "complex step": ("s", 5, GREY, "none")}
    for name, errors in measured.items():
        marker, size, colour, filled = styles[name]
        ax.loglog(steps, np.maximum(errors, 1e-17), marker, color=colour, ms=size,
                  markerfacecolor=filled, label=f"{name}, measured")
    ax.set_title("Error of the measured slope of sin at x = 1")
    ax.set_xlabel("step h")
    ax.set_ylabel("error of the slope")
    ax.set_xlim(steps[0], steps[-1])
    ax.set_ylim(lowest, 2)
    ax.grid(alpha=0.3)
    return ax


@when_written
def error_against_step():
    second, third = -np.sin(1.0), -np.cos(1.0)
    measured = errors_of_the_sine(steps)
    truncation = np.abs([central_error_term(third, h) for h in steps])
    ax = error_picture(steps, measured, 1e-14)
    ax.loglog(steps, steps / 2 * abs(second), "--", color=BROWN, lw=1.2, label="h/2 |f''|")
    ax.loglog(steps, truncation, color=BLUE, lw=1.2, label="central_error_term")
    ax.legend(fontsize=9, loc="upper center", frameon=False)
    best = {name: bottom(errors)[0] for name, errors in measured.items()}
    show("The error of the slope against the step, on logarithmic axes. Each difference quotient "
         "makes a letter V. On the right branch the error falls with the step, along the lines of "
         "theory; on the left branch it rises again. The forward difference turns at about "
         f"h = {best['forward']:.0e}, the central one lower, at about {best['central']:.0e}.")

# %% [markdown]
# Begin on the right and let the step shrink.
# Theory holds at first, and the central difference dives twice as steeply.
# Compare the two bottoms: it reaches about three more digits, with a step several hundred times larger.
#
# Then both turn round, and no theory has told you that.

# %% [markdown]
# ## Why the step cannot go to 0
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
# Look at the sine through three magnifying glasses.
# In each picture one unit on both axes is one step $h$.
# The grey curve is the function as the computer knows it, and the straight lines have the slopes of the two difference quotients.

# %% figure
def magnify(f, x, h):
    """A curve near x and three of its points, in units of the step, counted from f(x)."""
    u = np.linspace(-1.6, 1.6, 1601)
    here = f(np.array([x]))
    return u, (f(x + u * h) - here) / h, (f(x + h * np.array([-1.0, 0.0, 1.0])) - here) / h


def three_glasses(f, x, steps, titles, low):
    """Draw a curve near x, magnified three times; returns the slopes that are measured there."""
    views = [magnify(f, x, h) for h in steps]
    slopes = [(right, (right - left) / 2) for _, _, (left, _, right) in views]
    _, axes = plt.subplots(1, 3, figsize=(11, 3.5), layout="constrained", sharey=True)
    for ax, h, title, (u, curve, points), (forward, central) in zip(
            axes, steps, titles, views, slopes):
        ax.plot(u, curve, color=GREY, lw=1.8)
        ax.plot(u, points[0] + central * (u + 1), color=BLUE, lw=1.8,
                label=f"central {central:.5f}")
        ax.plot(u, forward * u, color=BROWN, lw=1.8, ls=(0, (4, 4)),
                label=f"forward {forward:.5f}")
        ax.plot([-1, 0, 1], points, "o", color=GREY, ms=5)
        ax.set_title(f"h = {h:g}: {title}", fontsize=11)
        ax.set_xlabel(f"steps away from x = {x:g}")
        ax.set_ylim(low, 1.1)
        ax.legend(loc="lower right", fontsize=9, frameon=False)
    axes[0].set_ylabel("growth, in steps")
    return slopes


slopes = three_glasses(np.sin, 1.0, (1.0, 1e-5, 5e-16), ("too large", "good", "too small"), -1.6)
show("The sine near x = 1, magnified three times, with the lines of both difference quotients. "
     "With h = 1 the curve bends within a step and the lines disagree. With h = 1e-5 curve and "
     "lines are one straight line. With h = 5e-16 the curve is a staircase, and the slopes are "
     f"{slopes[2][0]:.2f} and {slopes[2][1]:.2f} where {np.cos(1.0):.2f} would be right.")
print(f"true slope {np.cos(1.0):.5f}")

# %% [markdown]
# On the left the curve bends within one step: that is the truncation error.
# On the right you see the floor of the number system.
# The sine is a staircase: `x` can only be one of the floats, and so can the sine.
# A line through two of its points has some slope, but it is not the slope of the hill.
#
# In numbers: every value of `f` is rounded, and off by up to $\frac{\varepsilon}{2} |f|$, where $\varepsilon$ (in code `eps`) is machine epsilon.
# Two such values are subtracted, so the numerator of a difference quotient is off by up to $\varepsilon |f|$.
# Dividing by the step gives the **rounding error** of the slope, about
#
# $$
# \frac{\varepsilon |f|}{h} \ \text{(forward)},
# \qquad
# \frac{\varepsilon |f|}{2h} \ \text{(central)} ,
# $$
#
# and it *grows* when $h$ shrinks.
# So two errors pull in opposite directions.
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
# The bottom of the triangles lies a little lower, because most values are rounded by less than the limit.
# The formula leaves out the rounding of $x + h$, which adds an error of the same kind.
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

# %% worked [markdown]
# Two errors are added, and each is a size, so each has its absolute values:
#
# $$
# E(h) = \frac{h^2}{6} |f'''| + \frac{\varepsilon |f|}{2h} .
# $$
#
# The first part grows with $h$, and its derivative is $\frac{2h}{6} |f'''| = \frac{h}{3} |f'''|$.
# The second part falls.
# It is a constant times $1/h$, and the derivative of $1/h$ is $-1/h^2$.
# At the lowest point of the sum the two slopes cancel:
#
# $$
# \frac{h}{3} |f'''| - \frac{\varepsilon |f|}{2h^2} = 0 .
# $$
#
# Bring the second term to the right and multiply by $3h^2$.
# Then $h$ stands on one side only:
#
# $$
# h^3 |f'''| = \frac{3}{2}\, \varepsilon |f|
# \qquad\text{hence}\qquad
# h = \sqrt[3]{\frac{3\, \varepsilon |f|}{2\, |f'''|}} .
# $$
#
# For smaller $h$ the falling part wins, for larger $h$ the growing one, so this is the minimum.
# The cube root comes from the powers: $h$ on one side and $1/h^2$ on the other make $h^3$.
# For the forward difference it was a constant and $1/h^2$, hence a square root.
#
# **In numbers.**
# With $|f| = |f'''| = 1$ and $\varepsilon = 2.2 \cdot 10^{-16}$ we get $h^3 = 3.3 \cdot 10^{-16}$, and $h$ is about $7 \cdot 10^{-6}$.
# How large is the error there?
# At this step $\varepsilon |f| = \frac{2}{3} h^3 |f'''|$, so the rounding error is $\frac{h^2}{3} |f'''|$, twice the truncation error.
# Together they are $\frac{h^2}{2} |f'''|$, here about $2 \cdot 10^{-11}$: ten or eleven digits.
#
# Without absolute values a negative number could stand below the root, and its power $1/3$ is a complex number or `nan` in Python.

# %%
@when_written
def best_step_in_numbers():
    value, third = np.sin(1.0), -np.cos(1.0)
    h = best_step(value, third, eps)
    truncation, rounding = abs(central_error_term(third, h)), eps * value / (2 * h)
    print(f"best step for the sine at x = 1: {h:.1e}")
    print(f"error there at most about:       {truncation:.0e} + {rounding:.0e}")

# %% [markdown]
# Hold this step against the bottom of the dots in the picture of the errors, where single dots lie lower by luck.
# A central difference can be right in ten or eleven digits, and never in all sixteen.
# Because of the cube root, the best step changes little from function to function: $h = 10^{-5}$ is the step of this course.

# %% [markdown]
# ## Where the theory ends: a kink
#
# A Taylor expansion needs derivatives, and one of the most common functions in networks lacks one at a single point.
# The **rectified linear unit**, relu, keeps what is positive and replaces the rest by 0, entry by entry: from $(-2, 0, 3)$ it makes $(0, 0, 3)$.
# Leave `x` itself as it is: whoever has called you may still need it.

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

# %% figure
@when_written
def a_kink_magnified():
    slopes = three_glasses(relu, 0.0, (1.0, 1e-4, 1e-8), ("a corner",) * 3, -0.6)
    show("relu near x = 0, magnified three times: each time the same corner. The forward "
         f"difference measures {slopes[0][0]:.2f}, {slopes[1][0]:.2f} and {slopes[2][0]:.2f}, the "
         f"central one {slopes[0][1]:.2f}, {slopes[1][1]:.2f} and {slopes[2][1]:.2f}.")

# %% [markdown]
# Magnified, the sine became straight.
# relu stays a corner at every scale: at 0 it has a **kink**.
# One step to the right the curve has risen by $h$, one step to the left it has not moved, and $h / 2h$ is a half.
# No smaller step will help, because there is no slope to come near to.
# **At a kink, and within one step of it, a central difference means nothing.**
#
# This is the resting place.
# You know the tool for one number: which error it makes, how large, at which step, and where it is blind.

# %%
progress("01_numerical_gradients")

# %% [markdown]
# ## Implement: all entries of an array
#
# Now $x$ is an array and $L = f(x)$ is still one number.
# The gradient is one central difference for each entry: move this entry one step to each side, **and leave all others where they are**.
# What remains is care, in three places.
#
# **Any shape.**
# The function must work for vectors, matrices, images, and for an array with no dimension at all, such as `np.array(3.0)`.
# `np.ndindex` runs through all positions of an array of any shape, as tuples that you can use as an index:

# %%
print(list(np.ndindex(2, 3)))
print(list(np.ndindex(())))      # no dimensions: one position, the empty tuple

# %% [markdown]
# **The input stays exactly as it was.**
# An array that is passed to a function is not copied: `x[0] += h` changes the array of the caller.
# Going back by `x[0] -= h` leaves dust behind.
# Work on a copy, or remember the old value and put that one back.
#
# **Integers.**
# An array of integers cannot hold a small step, and drops it without a word:

# %%
x = np.array([3, 4])
x[0] = 3 + 1e-4
print(x[0])
x[0] = 3 - 1e-4
print(x[0])

# %% [markdown]
# For $f(x) = x_0^2 + x_1^2$ at $(3, 4)$, where the first slope is 6, a well-known version of this function divides $25 - 20$ by 0.0002 and returns 25000.
# So compute with floats: `np.array(x, dtype=float)` makes a copy of `x` that holds them.
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

# %% worked [markdown]
# Follow a small case by hand: $f(x) = x_0^2\, x_1$ at $(2, 3)$, with a large step, $h = 0.1$.
# There are two entries, so there are two central differences and four values of $f$:
#
# | moved entry | above | below | slope |
# |---|---|---|---|
# | $x_0$ | $f(2.1,\ 3) = 13.23$ | $f(1.9,\ 3) = 10.83$ | $2.4 / 0.2 = 12$ |
# | $x_1$ | $f(2,\ 3.1) = 12.4$ | $f(2,\ 2.9) = 11.6$ | $0.8 / 0.2 = 4$ |
#
# Calculus says $2 x_0 x_1 = 12$ and $x_0^2 = 4$.
# There is no truncation error, even at this step: as a function of $x_0$ alone $f$ is a parabola, as one of $x_1$ alone a straight line, and neither has a third derivative.
#
# Look at the second row: $x_0$ is 2 again.
# Had it been left at 1.9, the row would measure $1.9^2 = 3.61$, a slope at another point.
# So an entry gets its old value back before the next one moves.
#
# Each slope belongs to one entry, and is written to the position of this entry.
# That is why the gradient has the shape of `x`, whatever this shape is, and why one loop over all positions is enough.

# %% [markdown]
# ## Use it: a step against the gradient
#
# A **loss** says in one number how far an output `y` is from its target `t`.
# The one to write now adds up the squared differences of all entries and takes half of the sum.
# From $y = (1, 2)$ and $t = (1, 5)$ it makes $\frac12 (0 + 9) = 4.5$.
# Its usual name is *mean squared error*, although nothing is divided by the number of entries.

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
# This loss makes a small classifier of handwritten digits.
# The images come from the MNIST collection: 28 × 28 pixels between 0 (paper) and 1 (ink).
# The classifier holds the average image of each digit, and answers with the one that is nearest, measured by your `mean_squared_error`.
#
# Now the question: **how must an image of a 4 change, so that it is taken for a 9?**
# Take each digit $c$ whose average is nearer to the image than that of the wanted digit, see by how much it is nearer, and add up:
#
# $$
# L = \sum_{c} \mathrm{relu}(\text{distance}_{\text{wanted}} - \text{distance}_c) .
# $$
#
# For a digit that is farther away, relu makes 0 of the difference.
# So the loss is 0 as soon as the wanted digit is the nearest.
# To lower it, move every pixel a little **against** its slope: where the slope is negative, more ink lowers the loss.

# %%
(x_train, y_train), (x_test, y_test) = load_mnist()
averages = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
averages = averages.astype(np.float64).reshape(10, 28, 28)


def distances(image):
    """How far an image is from the average of each digit."""
    return np.array([mean_squared_error(image, average) for average in averages])


def change_answer(image, wanted, rate, most_steps=10):
    """Step against the gradient of the loss until the answer is the wanted digit."""
    def loss(image):
        d = distances(image)
        return np.sum(relu(d[wanted] - d))

    for step in range(most_steps + 1):
        answer = np.argmin(distances(image))
        print(f"step {step}: loss {loss(image):.4g}, answer {answer}")
        if answer == wanted:
            break
        gradient = numerical_gradient(loss, image)
        image = np.clip(image - rate * gradient, 0, 1)       # ink stays between 0 and 1
    return image

# %% figure
@when_written
def a_four_becomes_a_nine():
    before = x_test[48].reshape(28, 28).astype(np.float64)
    start = perf_counter()
    after = change_answer(before, wanted=9, rate=0.1)
    print(f"{perf_counter() - start:.1f} seconds")
    was, now = (np.argmin(distances(image)) for image in (before, after))
    most = np.abs(after - before).max()
    pictures = {
        f"before: answer {was}": (before, 1), "ink added": (np.maximum(after - before, 0), most),
        "ink taken away": (np.maximum(before - after, 0), most), f"after: answer {now}": (after, 1),
    }
    _, axes = plt.subplots(1, 4, figsize=(10, 2.9), layout="constrained")
    for ax, (title, (image, limit)) in zip(axes, pictures.items()):
        heat_map(ax, image, title, limit=limit, colours=INK)
    show(f"A handwritten 4 before and after the steps; the answer was {was} and is {now}. Between "
         "them the ink that was added, mostly at the top between the two arms of the 4, and the "
         f"ink that was taken away. No pixel changed by more than {most:.2f}.")

# %% [markdown]
# Compare the first image with the last: to the eye it is still more a 4 than a 9.
# The two in the middle are magnified.
# Ink comes where the top of a 9 closes, and nobody told the tool about loops: it had nothing but values of the loss.
# Every network in this course learns by the same line, `x - rate * dx`, with its weights in the place of pixels.
#
# Now look at the price.
# Each of the 784 pixels costs two values of the loss, for every single step.
# A small network has a hundred thousand weights, a large one many billions.
# **Numerical gradients are for checking.
# For training they are hopeless.**
# The rest of this course is about computing all slopes at once, for about the price of two or three runs.
# That method is backpropagation, and this chapter's tool will tell you whether you got it right.

# %% [markdown]
# ## How near is near enough?
#
# A difference of 0.001 is large between gradients of size 0.01, and nothing between gradients of size 1000.
# So divide it by the size of the numbers:
#
# $$
# \text{relative error} = \max \frac{|a - b|}{\max\left(10^{-8},\ |a| + |b|\right)} .
# $$
#
# The outer maximum runs over the entries: the worst one counts.
# The inner maximum takes the larger of two numbers, entry by entry (`np.maximum`), and saves entries that are 0 in both arrays from $0/0$.
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

# %% worked [markdown]
# The order matters: first the fraction for each entry, then the largest of the fractions.
# Take two gradients with a large and a small entry, $a = (1000,\ 0.002)$ and $b = (1000,\ 0.001)$.
# The second entry of one of them is wrong by a factor of 2.
#
# Entry by entry the fractions are
#
# $$
# \frac{|1000 - 1000|}{1000 + 1000} = 0,
# \qquad
# \frac{|0.002 - 0.001|}{0.002 + 0.001} = \frac{1}{3},
# $$
#
# and the largest is $1/3$: the mistake is seen.
# Had we divided the largest difference by the largest size, the result would be $0.001 / 2000 = 5 \cdot 10^{-7}$, and the mistake would pass for rounding.
#
# Where both entries are 0, the fraction is $0 / 10^{-8} = 0$, as it should be.
# And since $|a - b|$ is never larger than $|a| + |b|$, the error lies between 0 and 1.
# Opposite signs give the 1, unless both entries are tiny.

# %% [markdown]
# The gradient of $f(x) = \sum x_{nd}^3$ is $3x_{nd}^2$.
# Compare it with the numerical one, and then two others that are wrong:

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
# The denominator holds both numbers, so 0.1 % shows as 0.05 %.
# Below about $10^{-6}$ a gradient is right, and the rest is the error of the measurement.
# Above $10^{-4}$ it is wrong, even if it looks close.
# Between the two, look at the step and at the function before you believe anything.
# The judge is blind where a slope is much smaller than the rounding error $\varepsilon |f| / 2h$.

# %% [markdown]
# ## Prove it: your own checker
#
# `gradients_agree(f, df, x)` gets a function `f`, somebody's formula `df` for its gradient, and a point `x`.
# Is `df(x)` the gradient of `f` at `x`?
#
# Measure with your `numerical_gradient`, compare by your `relative_error`, and accept below $10^{-6}$.
# A good checker also thinks of this:
#
# - `df(x)` must have the shape of `x`, or else the answer is `False`.
#   Test this before you subtract: NumPy would broadcast `(1, 3)` against `(3,)` without a word, and the numbers could still agree.
# - A comparison with `nan` is never true.
#   So ask whether the error is small, and do not ask whether it is large.
# - Do not compare plain differences with a fixed number.
#   A gradient of $10^{-9}$ that should be $2 \cdot 10^{-9}$ is wrong.
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
# ## Find the bug
#
# The derivative of relu is still missing.
# Here is one from a textbook.
# It has two bugs, a loud one and a quiet one.

# %%
def relu_grad_buggy(x):
    grad = np.zeros(x)
    grad[x >= 0] = 1
    return grad

# %% [markdown]
# The loud one is in the first line: `np.zeros` expects a shape and gets the array itself.
# Suppose that a friend mends this line and nothing else, and that your checker judges the result.
#
# There is one obstacle: `f` must return a single number, and `relu` returns an array.
# So multiply the array by fixed random weights and add everything up.
# The weights are called `dout`, because later chapters will put the gradient that arrives from the right in their place.
# By the chain rule, each entry of the gradient is then multiplied by its weight.

# %%
def relu_grad_half_mended(x):
    grad = np.zeros_like(x)
    grad[x >= 0] = 1
    return grad


@when_written
def judge_the_half_mended():
    rng = np.random.default_rng(3)
    x, dout = rng.normal(0, 1, (4, 5)), rng.normal(0, 1, (4, 5))

    def loss(x):
        return np.sum(relu(x) * dout)

    print("half mended:      ", gradients_agree(loss, lambda x: relu_grad_half_mended(x) * dout, x))
    print("weights forgotten:", gradients_agree(loss, relu_grad_half_mended, x))

# %% [markdown]
# A good checker rejects the second, which forgets the weights.
# But it accepts the first: at random numbers it cannot see the quiet bug.
# For one single number the half-mended function goes wrong.
# Which one?
#
# There, as you know, a measurement means nothing.
# A convention cannot be measured, it can only be agreed on, and then it has to be tested by itself.
# This course agrees on
#
# $$
# \mathrm{relu}'(x) = \begin{cases} 1 & \text{if } x > 0, \\ 0 & \text{if } x \le 0. \end{cases}
# $$
#
# Mend both bugs.

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

# %% worked [markdown]
# **The loud bug.**
# `np.zeros(x)` takes the entries of `x` for the sizes of axes.
# What is wanted is an array of the *shape* of `x`.
#
# **The quiet bug.**
# For $x = (-2, 0, 3)$ the comparison `x >= 0` gives $(0, 1, 1)$, and the convention wants $(0, 0, 1)$.
# The one number where they differ is 0.
#
# No measurement can decide it.
# To the right of 0 the slope is 1, to the left it is 0, and the central difference gives $1/2$, which agrees with neither.
# And the checker does not even get there, because numbers drawn at random are not exactly 0.
# In a network zeros are frequent: the paper of an image is 0, and so is whatever another relu has cut off.

# %% [markdown]
# ## On your own
#
# Sometimes there is only one side: a series of measurements begins somewhere, and a pixel cannot hold less than no ink.
# The forward difference works there, but it errs as $O(h)$.
#
# Find a better one.
# From the three values $f(x)$, $f(x + h)$ and $f(x + 2h)$, build a slope whose error is $O(h^2)$, and find the leading term of its error.
#
# Test yourself first.
# Your slope must be exact for every parabola: try $x^2$ at $x = 3$ with $h = 1$, by hand.
# And for the cube, your term is the whole error.
#
# <details><summary>First hint</summary>
#
# Write the Taylor expansion of $f(x + h)$, up to $h^3$.
# Below it, write the one of $f(x + 2h)$: put $2h$ in the place of $h$ everywhere, also inside the powers.
#
# </details>
# <details><summary>Second hint</summary>
#
# You may multiply each line by a number of your choice before you add or subtract them.
# Which term must disappear, so that the error is $O(h^2)$?
#
# </details>
# <details><summary>Third hint</summary>
#
# Four times the first line minus the second has no $h^2$.
# Count what is left in front of $f(x)$ and of $h f'(x)$, and solve for $f'(x)$.
#
# </details>
# <details><summary>Fourth hint</summary>
#
# For the error, take the $h^3$ terms through the same steps: four times one sixth from the first line, minus eight sixths from the second, and then the division.
#
# </details>

# %% exercise
def one_sided_slope(f, x, h, third):
    """Slope of f at x from three values on one side, with an error of O(h ** 2).

    Parameters
    ----------
    f : callable
        Takes one number, returns one number. It may not exist to the left of x.
    x : float
        Where the slope is wanted.
    h : float
        The step.
    third : float
        Third derivative of f at x.

    Returns
    -------
    slope : float
        From f(x), f(x + h) and f(x + 2h).
    error : float
        The leading term of "slope minus true slope".
    """
    ### BEGIN SOLUTION
    slope = (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / (2 * h)
    error = -(h**2) / 3 * third
    return slope, error
    ### END SOLUTION

# %% check
check(one_sided_slope)

# %% worked [markdown]
# The two expansions, up to $h^3$:
#
# $$
# \begin{aligned}
# f(x + h) &= f(x) + h f'(x) + \tfrac{1}{2} h^2 f''(x) + \tfrac{1}{6} h^3 f'''(x) + \dots \\
# f(x + 2h) &= f(x) + 2h f'(x) + 2 h^2 f''(x) + \tfrac{8}{6} h^3 f'''(x) + \dots
# \end{aligned}
# $$
#
# Four times the first line minus the second has no $h^2$:
#
# $$
# 4 f(x + h) - f(x + 2h) = 3 f(x) + 2h f'(x) - \tfrac{4}{6} h^3 f'''(x) + \dots
# $$
#
# Bring $3 f(x)$ to the left and divide by $2h$:
#
# $$
# \frac{-3 f(x) + 4 f(x + h) - f(x + 2h)}{2h} = f'(x) - \frac{h^2}{3} f'''(x) + \dots
# $$
#
# The error is $O(h^2)$, twice as large as that of the central difference, and of the other sign.
# That is the price of looking to one side only.

# %%
@when_written
def one_side_against_two():
    true_slope, third = np.cos(1.0), -np.cos(1.0)
    for h in (1e-1, 1e-2, 1e-3):
        forward, central = difference_quotients(np.sin, 1.0, h)
        slope, error = one_sided_slope(np.sin, 1.0, h, third)
        print(f"h = {h:<5}  forward {forward - true_slope:8.1e}  "
              f"central {central - true_slope:8.1e}  "
              f"one-sided {slope - true_slope:8.1e}, your term {error:8.1e}")

# %% [markdown]
# ## Going deeper (optional): a derivative without subtraction
#
# Rounding hurts because two nearly equal numbers are subtracted.
# If $f$ can be computed for complex numbers, put $ih$ in the place of $h$ in the Taylor expansion, where $i^2 = -1$, take the imaginary part and divide by $h$:
#
# $$
# \frac{\operatorname{Im} f(x + ih)}{h} = f'(x) - \frac{h^2}{6} f'''(x) + \dots
# $$
#
# The error is $O(h^2)$, as for the central difference.
# But nothing is subtracted, and $h$ may be as small as you like.

# %% figure
complex_slopes = np.array([np.sin(1.0 + 1j * h).imag / h for h in steps])
measured = errors_of_the_sine(steps) | {"complex step": np.abs(complex_slopes - np.cos(1.0))}
ax = error_picture(steps, measured, 5e-18)
ax.axhline(eps / 2, color=GREY, lw=1.2, ls="--", label="half of machine epsilon")
ax.legend(fontsize=9, loc="upper center", frameon=False)
show("The error against the step once more. Both difference quotients turn round and rise on the "
     "left. The complex step falls with the square of h to the floor of the floats at about "
     "1e-16, and at nearly all smaller steps its error is exactly 0.")

# %% [markdown]
# Squares at the lower edge stand for an error of exactly 0.
# The complex step is not the tool of this course, because it does not survive `np.abs`, `np.maximum` or a comparison.

# %% [markdown]
# ## What you can now do
#
# - Measure the gradient of any function of an array, and say how many digits of it are right.
# - Explain why a central difference errs as $O(h^2)$, why the step cannot go to 0, and where $h = 10^{-5}$ comes from.
# - Lower a loss by steps against its gradient.
# - Tell a right gradient from one whose single entry is off by 0.1 %, and say where your tool is blind.
#
# Three questions to think with.
#
# **The step.** You measure the slope of $\sin x$ at $x = 1$ by a central difference, first with $h = 10^{-8}$ and then with $h = 10^{-12}$.
# What happens to the error?
#
# - **a** It becomes a hundred million times smaller.
# - **b** It becomes about ten thousand times smaller.
# - **c** It stays about the same.
# - **d** It becomes about ten thousand times larger.
#
# **The pixel.** The gradient of a loss with respect to an image is −3 at one of the pixels, whose value is 0.5.
# What does this promise?
#
# - **a** A little more ink there lowers the loss.
# - **b** A little less ink there lowers the loss.
# - **c** The loss is lowest if this pixel is black.
#
# **The kink.** What does a central difference with the step $h$ measure for relu at $x = h / 2$?
#
# - **a** 0
# - **b** 0.5
# - **c** 0.75
# - **d** 1

# %% exercise
def recap_numerical_gradients():
    """Answers to the three questions above.

    Returns
    -------
    step, pixel, kink : str
        One letter each, such as "a".
    """
    ### BEGIN SOLUTION
    return "d", "a", "c"
    ### END SOLUTION

# %% check
check(recap_numerical_gradients)

# %% written [markdown]
# A friend has read that a central difference errs by $\frac{h^2}{6} f'''(x)$, and takes $h = 10^{-15}$ to be on the safe side.
# Explain to this friend why the slopes come out right in one or two digits at best, and which step you would take.
#
# ### BEGIN MARK SCHEME
# - Values of f are rounded, whatever the step: f(x + h) and f(x - h) are each off by about 1e-16 times their size. (1 point)
# - The subtraction cancels the digits that agree, one or two right ones are left at best, and the division by 2h magnifies the rounding: its error grows as 1/h. (1 point)
# - The formula is one of two errors that pull in opposite directions; their sum is smallest in between, near h = 1e-5. (1 point)
# ### END MARK SCHEME

# %% model answer [markdown]
# Your formula is right, but it is only one half of the error.
# It says what you lose by cutting the Taylor expansion short, and that part indeed shrinks with $h$.
# The other half comes from the computer.
# It keeps about 16 digits of every number, so $f(x + h)$ and $f(x - h)$ are rounded, however small the step is.
# With $h = 10^{-15}$ the two values agree in nearly all of their digits.
# Subtract them, and one or two right digits are left at best; the division by $2h$ brings none of the others back.
# This half grows like $1/h$ when the step shrinks.
# The sum of both is smallest in between, for a central difference near $h = 10^{-5}$, and then ten or eleven digits are right.

# %%
progress("01_numerical_gradients")

# %% [markdown]
# ## Your tool stays with you
#
# Save this notebook and leave it where it is.
# Many checks of later chapters ask a witness: when they find a gradient of yours right, they let **your** `numerical_gradient` from this notebook measure it, too, and write its verdict beside their own:
#
# > Your own numerical_gradient from chapter 01 agrees with dx (relative error 1e-10).
#
# If the two ever differ, it says whose work deserves another look.
#
# Next: [Chapter 02: computational graphs](../02_computational_graphs/02_computational_graphs.ipynb).
# It opens the box: it takes a computation apart into its smallest steps, and the chain rule walks back through them.
