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
# # Activations
#
# **Time:** about 100 minutes, with a resting place after relu.
#
# **Needs:** relu and the numerical gradient of chapter 01, the affine layer of chapter 03; the chain rule and the derivatives of $e^x$ and $\ln x$.
#
# ## What you will build
#
# You will write the two layers that let a network draw curved borders, relu and sigmoid, and find out why their gradients need no matrix product at all.
# At the end you will see what thirty of them do to a gradient, and derive a third layer on your own.

# %%
from autograder import check, progress, when_written
from autograder.pictures import BLUE, BROWN, GREY, POSITIVE, draw_node, heat_map, show
from course_data import load_mnist

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node("activation", inputs={"x": "(N, D)"}, outputs={"out": "(N, D)"})

# %% [markdown]
# One value flows in from the left, one value of the same shape flows out.
# From the right comes the **upstream gradient** `dout`, and the layer turns it into `dx`.
# There are no weights here, so there is nothing else to compute.
#
# Why does a network need such a layer?
# The next cell compares two affine layers in a row with a single one.

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(5, 3))
w1, b1 = rng.normal(size=(3, 4)), rng.normal(size=4)
w2, b2 = rng.normal(size=(4, 2)), rng.normal(size=2)

two_layers = (x @ w1 + b1) @ w2 + b2
one_layer = x @ (w1 @ w2) + (b1 @ w2 + b2)
print("largest difference:", np.abs(two_layers - one_layer).max())

# %% [markdown]
# There is no difference but rounding: multiply out the brackets, and two affine layers are one, with other weights.
# So are a hundred.
# Depth gains nothing until something between them bends.
#
# That something is an **activation**: a function of one number, applied to every entry of `x` on its own.
# Such a layer is called **elementwise**.

# %% [markdown]
# ## Forward
#
# The two activations of this chapter are **relu**, which you know from chapter 01, and the **sigmoid**:
#
# $$
# \text{out}_{nd} = \max(0,\, x_{nd})
# \qquad\text{and}\qquad
# \text{out}_{nd} = \sigma(x_{nd}) = \frac{1}{1 + e^{-x_{nd}}} .
# $$
#
# Relu keeps what is positive and replaces the rest by 0.
# The sigmoid presses every number into the interval between 0 and 1.
#
# Here is a small example, with $N = 2$ samples of $D = 3$ features.

# %%
x = np.array([[2.0, -1.0, 0.5],
              [-3.0, 4.0, -0.5]])

# %% [markdown]
# Work out relu by hand, and one or two entries of the sigmoid, before you compare:
#
# $$
# \mathrm{relu}(x) = \begin{pmatrix} 2 & 0 & 0.5 \\ 0 & 4 & 0 \end{pmatrix}
# \qquad
# \sigma(x) \approx \begin{pmatrix} 0.88 & 0.27 & 0.62 \\ 0.05 & 0.98 & 0.38 \end{pmatrix}
# $$
#
# For the first entry of the sigmoid, $e^{-2} \approx 0.135$, and $1 / 1.135 \approx 0.88$.
# Large positive numbers end near 1, large negative ones near 0, and $\sigma(0)$ is one half.
#
# Where relu lets a number pass, the entry is called **active**: here three of six.

# %% [markdown]
# ## Predict
#
# Answer for the `x` above, without code.
# The layer is relu.
#
# - `touched`, shape `(2, 3)`: imagine that `x[0, 2]` grows from 0.5 to 0.6 and nothing else changes.
#   Write 1 where `out` changes, else 0.
# - `slopes`, shape `(2, 3)`: now push each entry of `x` up by a tiny amount, one at a time.
#   How much does the entry of `out` *in the same place* grow, as a multiple of the push?

# %% exercise
def predict_relu_slopes():
    """Say what small pushes of x do to out = relu(x), for the x above.

    Returns
    -------
    touched : ndarray of integers, shape (2, 3)
        1 where out changes when x[0, 2] grows from 0.5 to 0.6, else 0.
    slopes : ndarray of shape (2, 3)
        For each entry, the growth of out[n, d] divided by a tiny growth of x[n, d].
    """
    ### BEGIN SOLUTION
    touched = np.array([[0, 0, 1],
                        [0, 0, 0]])
    slopes = np.array([[1.0, 0.0, 1.0],
                       [0.0, 1.0, 0.0]])
    return touched, slopes
    ### END SOLUTION

# %% check
check(predict_relu_slopes)

# %% worked [markdown]
# **Touched.**
# Relu is applied to every entry on its own, so $x_{02}$ stands in $\text{out}_{02} = \max(0, x_{02})$ and in no other entry.
# This one grows from 0.5 to 0.6.
# So `touched` has a single 1, in row 0 and column 2.
#
# **Slopes.**
# Push each entry up by a tiny $\varepsilon$, and compare `out` before and after:
#
# | entry | $x$ | `out` before | `out` after | growth as a multiple of $\varepsilon$ |
# |---|---|---|---|---|
# | (0, 0) | $2$ | $2$ | $2 + \varepsilon$ | 1 |
# | (0, 1) | $-1$ | 0 | 0 | 0 |
# | (0, 2) | $0.5$ | $0.5$ | $0.5 + \varepsilon$ | 1 |
# | (1, 0) | $-3$ | 0 | 0 | 0 |
# | (1, 1) | $4$ | $4$ | $4 + \varepsilon$ | 1 |
# | (1, 2) | $-0.5$ | 0 | 0 | 0 |
#
# A negative entry stays negative when it is pushed by a tiny amount, so relu goes on returning 0.
# How far it lies below 0 makes no difference, and neither does how far a positive one lies above: the slope of the 4 is 1 like that of the 0.5.
# So the slopes are 1 at the three active entries, and 0 elsewhere.
#
# The two answers ask different things.
# `touched` depends on the *place* of the entry that is pushed, `slopes` on the *sign* of each.

# %% [markdown]
# The first answer says *which* paths lead from an entry of `x` to the loss, the second how steep they are.
# Together they are the whole chapter.

# %% [markdown]
# ## The sigmoid, without overflow
#
# The formula of the sigmoid has a trap.
# The largest number that fits into a float64 is about $10^{308}$, and $e^{710}$ is already larger.
# Then `np.exp` gives `inf`: the number **overflows**.
# The next cell tries the formula, and a second form of it that is the same function on paper, multiplied above and below by $e^{x}$.

# %%
with np.errstate(over="ignore", invalid="ignore"):          # no warnings in this cell
    for value in np.array([1000.0, -1000.0]):
        e, f = np.exp(-value), np.exp(value)
        print(f"x = {value:.0f}")
        print(f"    1 / (1 + exp(-x))      =  1 / (1 + {e:.0f})  =  {1 / (1 + e):.0f}")
        print(f"    exp(x) / (1 + exp(x))  =  {f:.0f} / (1 + {f:.0f})  =  {f / (1 + f):.0f}")

# %% [markdown]
# The second form ends in $\infty / \infty$, which is `nan`, *not a number*, and a single `nan` spoils every sum it takes part in.
# The first form overflows too, at large negative $x$, and is saved by luck: $1/\infty$ is 0.
#
# Each form is safe on one side, where the argument of its exponential is not positive:
#
# $$
# \sigma(x) = \begin{cases}
#   \dfrac{1}{1 + e^{-x}} & \text{if } x \ge 0, \\[2ex]
#   \dfrac{e^{x}}{1 + e^{x}} & \text{if } x < 0.
# \end{cases}
# $$
#
# In both lines the exponential is $e^{-|x|}$, which is never larger than 1.
# Compute it once for the whole array, and choose with `np.where(condition, a, b)`.
# That computes `a` and `b` in full before it chooses, so neither may overflow anywhere.
#
# The row *no overflow at ±1000* of the check counts any overflow as an error, even one whose result happens to be right.
# (In the browser NumPy cannot notice an overflow, and that row sees only the result.)

# %% exercise
def sigmoid(x):
    """The sigmoid, entry by entry, without overflow.

    Parameters
    ----------
    x : ndarray of floats, of any shape
        Entries may be as large as 1000 and as small as -1000.

    Returns
    -------
    out : ndarray, shape of x
        1 / (1 + exp(-x)).
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)
    ### END SOLUTION

# %% check
check(sigmoid)

# %% worked [markdown]
# Where do the two forms come from?
# Multiply the first above and below by $e^{x}$:
#
# $$
# \frac{1}{1 + e^{-x}} = \frac{e^{x}}{e^{x}\,(1 + e^{-x})} = \frac{e^{x}}{e^{x} + 1} .
# $$
#
# For $x \ge 0$ take the first.
# There $x = |x|$, so its exponential is $e^{-x} = e^{-|x|}$.
# For $x < 0$ take the second.
# There $x = -|x|$, so its exponential is $e^{x} = e^{-|x|}$, the same number again.
# Call it $q = e^{-|x|}$:
#
# $$
# \sigma(x) = \frac{1}{1 + q} \quad\text{if } x \ge 0,
# \qquad
# \sigma(x) = \frac{q}{1 + q} \quad\text{if } x < 0 .
# $$
#
# The exponent $-|x|$ is never positive, so $q$ lies between 0 and 1, and $1 + q$ between 1 and 2.
# Nothing can overflow, and nothing is divided by 0.
#
# At $x = 2$ and at $x = -2$ it is the same $q \approx 0.135$, and the values are $1/1.135 \approx 0.881$ and $0.135/1.135 \approx 0.119$.
# At $\pm 1000$, $q$ is too small for a float64 and becomes 0, which does no harm: the values are $1/1$ and $0/1$.
#
# Both lines have the same denominator.
# So the code chooses the numerator alone, 1 or $q$, and divides once; `np.where` computes both of its choices everywhere, and here both are harmless.

# %% [markdown]
# ## Derive: one number
#
# Take a single number $x$, so that `out` and `dout` are single numbers too.
# The chain rule multiplies slopes along the path from $x$ to the loss:
#
# $$
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial\,\text{out}} \cdot \frac{\partial\,\text{out}}{\partial x} = \text{dout} \cdot \frac{\partial\,\text{out}}{\partial x} .
# $$
#
# Only the last factor depends on the activation.
# For relu it is 1 where $x > 0$ and 0 where $x < 0$, and **in this course it is 0 at the kink**, $x = 0$: the convention of chapter 01.
# The sign of $x$ decides, and the sign of `dout` decides nothing.
#
# The sigmoid is smooth.
# Write $u = 1 + e^{-x}$, so that $\text{out} = 1/u$.
# Slopes multiply along the path $x \to u \to \text{out}$:
#
# $$
# \frac{\partial\,\text{out}}{\partial x}
#   = \frac{\partial\,\text{out}}{\partial u} \cdot \frac{\partial u}{\partial x}
#   = -\frac{1}{u^2} \cdot \left(-e^{-x}\right)
#   = \frac{e^{-x}}{\left(1 + e^{-x}\right)^2}
#   = \frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}} .
# $$
#
# This is right, and at $x = -1000$ it is $\infty / \infty$.
# But the first factor is $\text{out}$.
# Add the two factors, and you see how to write the second with $\text{out}$ as well; then no other exponential is needed.

# %% exercise
def sigmoid_grad(x):
    """Derivative of the sigmoid, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape
        Entries may be as large as 1000 and as small as -1000.

    Returns
    -------
    slope : ndarray, shape of x
        The slope of the sigmoid at x.
    """
    ### BEGIN SOLUTION
    s = sigmoid(x)
    return s * (1 - s)
    ### END SOLUTION

# %% check
check(sigmoid_grad)

# %% worked [markdown]
# The derivation in the text has left two factors.
# They have the same denominator, so they are easy to add:
#
# $$
# \frac{1}{1 + e^{-x}} + \frac{e^{-x}}{1 + e^{-x}} = \frac{1 + e^{-x}}{1 + e^{-x}} = 1 .
# $$
#
# The first factor is $\text{out}$.
# So the second is $1 - \text{out}$, and their product is
#
# $$
# \frac{\partial\,\text{out}}{\partial x} = \text{out}\,(1 - \text{out}) .
# $$
#
# The only exponential left is the one inside $\text{out}$, and your `sigmoid` has made it safe.
# At $x = -1000$ the slope is $0 \cdot 1 = 0$, and at $x = 1000$ it is $1 \cdot 0 = 0$, without any $\infty / \infty$.
#
# At $x = 2$, $\text{out} \approx 0.8808$ and the slope is about $0.8808 \cdot 0.1192 \approx 0.105$.
# Measure it: $\sigma(2.01) - \sigma(1.99) \approx 0.88184 - 0.87974 = 0.00210$, and divided by $0.02$ that is $0.105$.
#
# In the code this is a product entry by entry, because each entry of `out` depends on one entry of `x`.

# %% [markdown]
# So the slope of the sigmoid needs only its *output*.
#
# The **hyperbolic tangent** is a sigmoid that has been stretched, to values between $-1$ and 1:
#
# $$
# \tanh(x) = 2\,\sigma(2x) - 1 .
# $$

# %%
@when_written
def stretched_sigmoid():
    x = np.array([-3.0, -0.5, 0.0, 0.5, 3.0])
    stretched = 2 * sigmoid(2 * x) - 1
    print("np.tanh(x)            ", np.tanh(x))
    print("2 * sigmoid(2 * x) - 1", stretched)

# %% [markdown]
# If the two lines are the same, your sigmoid agrees with NumPy.
#
# Now derive the slope of tanh on paper, and write it with its output alone as well.
# The function receives `out`, not `x`.
#
# <details><summary>First hint</summary>
#
# Follow the path $x \to 2x \to s = \sigma(2x) \to \text{out}$.
# It has three slopes.
#
# </details>
# <details><summary>Second hint</summary>
#
# Two of the slopes are 2, and the one in the middle you know, in terms of $s$.
# Solve $\text{out} = 2s - 1$ for $s$, and put it in.
#
# </details>

# %% exercise
def tanh_scalar_gradient(out, dout):
    """Gradient of the loss for out = tanh(x), from out alone.

    Parameters
    ----------
    out : float
        The output of tanh, between -1 and 1.
    dout : float
        Slope of the loss with respect to out.

    Returns
    -------
    dx : float
        Slope of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    return dout * (1 - out * out)
    ### END SOLUTION

# %% check
check(tanh_scalar_gradient)

# %% worked [markdown]
# There is one path, and with `dout` at its end it has four slopes:
#
# $$
# x \;\xrightarrow{\;2\;}\; 2x \;\xrightarrow{\;s\,(1 - s)\;}\; s \;\xrightarrow{\;2\;}\; \text{out} \;\xrightarrow{\;\text{dout}\;}\; L,
# \qquad s = \sigma(2x) .
# $$
#
# The one in the middle is the slope of the sigmoid, written with its output.
# Together,
#
# $$
# \text{dx} = \text{dout} \cdot 4\, s\,(1 - s) .
# $$
#
# Now replace $s$.
# From $\text{out} = 2s - 1$ follows
#
# $$
# s = \frac{1 + \text{out}}{2},
# \qquad
# 1 - s = \frac{1 - \text{out}}{2} .
# $$
#
# The two halves make a quarter, which cancels the 4:
#
# $$
# \text{dx} = \text{dout}\,(1 + \text{out})(1 - \text{out}) = \text{dout}\,\left(1 - \text{out}^2\right) .
# $$
#
# Try it in places that you know.
# At $x = 0$, $\text{out} = 0$ and the slope is 1, the largest there is.
# Where $\text{out}$ is near 1 or $-1$, the curve is flat and the slope near 0.
# With $\text{out} = 0.5$ and $\text{dout} = -2$ we get $\text{dx} = -2 \cdot 0.75 = -1.5$.
#
# The square belongs to `out`, and `dout` is a plain factor in front: it comes from the right and knows nothing of this layer.

# %% [markdown]
# ## Derive: one entry
#
# Now a whole batch `x` of shape $(N, D)$.
# Along each path slopes multiply, over all paths they add up.
# In principle $x_{nd}$ could reach the loss through every entry $\text{out}_{kl}$, so the sum runs over all of them:
#
# $$
# \frac{\partial L}{\partial x_{nd}} = \sum_{k} \sum_{l} \text{dout}_{kl} \, \frac{\partial\,\text{out}_{kl}}{\partial x_{nd}} .
# $$
#
# In the prediction you found out how many of the entries $\text{out}_{kl}$ a single $x_{nd}$ touches.
# Cross out every term that vanishes, and write what is left of the sum, for relu.

# %% exercise
def relu_dx_entry(dout, x, n, d):
    """One entry of dx for out = relu(x).

    Parameters
    ----------
    dout : ndarray of shape (N, D)
        Upstream gradient.
    x : ndarray of shape (N, D)
    n, d : int
        Which entry: sample n, feature d.

    Returns
    -------
    float
        dx[n, d].
    """
    ### BEGIN SOLUTION
    total = 0.0
    for k in range(x.shape[0]):
        for l in range(x.shape[1]):
            touched = k == n and l == d
            slope = 1.0 if touched and x[n, d] > 0 else 0.0
            total += dout[k, l] * slope
    return total
    ### END SOLUTION

# %% check
check(relu_dx_entry)

# %% worked [markdown]
# The double sum has $N \cdot D$ terms, one for each entry $\text{out}_{kl}$.
# But $\text{out}_{kl} = \max(0, x_{kl})$ contains $x_{nd}$ only if it is the same place, $k = n$ and $l = d$.
# At all other places the slope $\partial\,\text{out}_{kl} / \partial x_{nd}$ is 0, and the term is gone.
# A single path is left, and with it a single term:
#
# $$
# \frac{\partial L}{\partial x_{nd}} = \text{dout}_{nd}\, \frac{\partial\,\text{out}_{nd}}{\partial x_{nd}} = \text{dout}_{nd}\,[\,x_{nd} > 0\,] ,
# $$
#
# where the bracket is 1 if the statement inside is true, and 0 if it is not.
# It is 0 at $x_{nd} = 0$ too, which is our convention for the kink.
#
# Take the `x` above, and let row 0 of `dout` be $(3, 1, -2)$.
# Row 0 of `x` is $(2, -1, 0.5)$, so
#
# $$
# \text{dx}_{00} = 3 \cdot 1 = 3,
# \qquad
# \text{dx}_{01} = 1 \cdot 0 = 0,
# \qquad
# \text{dx}_{02} = -2 \cdot 1 = -2 .
# $$
#
# The middle one is stopped because $x_{01}$ is negative.
# The last one passes although $\text{dout}_{02}$ is negative: only the sign of `x` decides.
#
# The code below goes through the whole double sum, to show that nothing else is in it.
# `dout[n, d] * (x[n, d] > 0)` is the same number in one line.

# %% [markdown]
# ## Derive: all entries at once
#
# Take one sample, so that $x$ and $\text{out}$ are vectors.
# The slopes of all entries of `out` with respect to all entries of `x`, written into a table with one row for each output and one column for each input, are the **Jacobian** matrix.
# The sum over all paths is then a matrix product:
#
# $$
# J_{ij} = \frac{\partial\,\text{out}_i}{\partial x_j} ,
# \qquad
# \text{dx}_j = \sum_i \text{dout}_i \, J_{ij} ,
# \qquad\text{so}\qquad
# \text{dx} = J^\top \, \text{dout} .
# $$
#
# This holds for every layer there is.
# For relu and $x = (2,\, -1,\, 0.5)$ it is
#
# $$
# J = \begin{pmatrix} 1 & 0 & 0 \\ 0 & 0 & 0 \\ 0 & 0 & 1 \end{pmatrix} .
# $$
#
# The table of an elementwise layer is **diagonal**.
# A product with such a matrix scales each entry by its own factor and mixes nothing: no sum, no transpose.
# With $\odot$ for the product entry by entry,
#
# $$
# \text{dx} = \text{dout} \odot \frac{\partial\,\text{out}}{\partial x} ,
# $$
#
# where the fraction stands for an array of slopes with the shape of `x`.
# It is true for every shape, and no one builds the table: for 100 samples with 50 features it would have 25 million entries, and at most 5000 of them are not 0.
#
# For relu the array of slopes is a **mask**: it lets `dout` through at the active entries and stops it everywhere else.
# In NumPy a comparison such as `x > 0` gives one; in a product its truth values count as 1 and 0, and `.astype(float)` makes numbers of them for everything else.
#
# ### A table that is not square
#
# Relu throws negative numbers away.
# The **concatenated relu** keeps them, in a second half of `out` that has its own $D$ entries:
#
# $$
# \text{out} = \big(\mathrm{relu}(x_0), \ldots, \mathrm{relu}(x_{D-1}),\ \mathrm{relu}(-x_0), \ldots, \mathrm{relu}(-x_{D-1})\big) .
# $$
#
# Build its Jacobian, zeros included.
# How many rows and columns does it have?
# Which two entries of `out` contain $x_j$, and how steep is each?
# A loop is fine; `np.diag` makes a square array out of a vector, and `np.concatenate` stacks arrays.

# %% exercise
def crelu_jacobian(x):
    """The table of all slopes of the concatenated relu.

    Parameters
    ----------
    x : ndarray of shape (D,)
        Without zeros.

    Returns
    -------
    jacobian : ndarray
        jacobian[i, j] is the slope of out[i] with respect to x[j].
    """
    ### BEGIN SOLUTION
    return np.concatenate([np.diag((x > 0).astype(float)), -np.diag((x < 0).astype(float))])
    ### END SOLUTION

# %% check
check(crelu_jacobian)

# %% worked [markdown]
# `x` has $D$ entries and `out` has $2D$, so $J$ has $2D$ rows and $D$ columns.
# Go down column $j$, and ask in each row whether that entry of `out` contains $x_j$.
#
# In the upper half it is $\text{out}_j = \mathrm{relu}(x_j)$ alone, with the slope $[\,x_j > 0\,]$.
# In the lower half it is $\text{out}_{D+j} = \mathrm{relu}(-x_j)$ alone.
# Its path has two steps: from $x_j$ to $-x_j$ with the slope $-1$, then through relu with the slope $[\,-x_j > 0\,]$.
# They multiply:
#
# $$
# J_{jj} = [\,x_j > 0\,],
# \qquad
# J_{D+j,\,j} = -[\,x_j < 0\,],
# \qquad
# \text{all others } 0 .
# $$
#
# So two diagonal squares stand one above the other.
# For $x = (-3, 4)$,
#
# $$
# J = \begin{pmatrix} 0 & 0 \\ 0 & 1 \\ -1 & 0 \\ 0 & 0 \end{pmatrix} .
# $$
#
# Read it by columns.
# $x_0 = -3$ is negative, so it speaks through row $D + 0 = 2$, with the slope $-1$: if it rises to $-2.9$, then $\text{out}_2$ falls from 3 to 2.9.
# $x_1 = 4$ is positive, so it speaks through row 1, with the slope 1.
#
# In the code `np.diag` puts the $D$ slopes of each half on a diagonal, with zeros around it, and `np.concatenate` stacks the two squares along the rows.

# %%
@when_written
def two_ways():
    x = np.array([2.0, -1.0, 0.5])
    dout = np.array([0.3, 0.7, -0.2, 1.1, -0.9, 0.4])
    jacobian = crelu_jacobian(x) + 0.0                     # turns -0.0 into 0.0
    dx = jacobian.T @ dout
    print(jacobian)
    print("\njacobian.T @ dout                     ", dx)
    print("one half of dout, or the other negated", np.where(x > 0, dout[:3], -dout[3:]))

# %% [markdown]
# If your table is right, the last two lines are the same.
# Of the two paths from each $x_j$ one is always closed, so again no product is needed.
# But here you see why the transpose belongs there: `dout` has six entries, `dx` has three, and only $J^\top$ leads from six to three.

# %% [markdown]
# ## Implement: relu
#
# As in the last chapter, a layer is a pair of functions with a **cache** between them.
# For relu the cache is `x` itself: not a tuple this time, only the one array.
# You may keep something else in it, a mask for example; the check works with whatever your forward function caches.
#
# Write it for arrays of any shape, and leave `x` as it is.

# %% exercise
def relu_forward(x):
    """Forward pass of relu, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    out : ndarray, shape of x
        x where x > 0, else 0.
    cache : ndarray
        x, which the backward pass needs.
    """
    ### BEGIN SOLUTION
    return np.maximum(0, x), x
    ### END SOLUTION

# %% check
check(relu_forward)

# %% [markdown]
# Now the way back.
# The mask comes from `x`, not from `dout`.
# And `dout` belongs to the caller, who may still need it: build a new array instead of writing into this one.

# %% exercise
def relu_backward(dout, cache):
    """Backward pass of relu.

    Parameters
    ----------
    dout : ndarray, shape of x
        Upstream gradient.
    cache : ndarray
        x, from `relu_forward`.

    Returns
    -------
    dx : ndarray, shape of x
        Gradient of the loss with respect to x; 0 where x = 0.
    """
    ### BEGIN SOLUTION
    x = cache
    return dout * (x > 0)
    ### END SOLUTION

# %% [markdown]
# ## Prove it
#
# `dx` is the gradient of $L = \sum_{nd} \text{out}_{nd}\,\text{dout}_{nd}$.
# The next cell compares it with central differences of $L$ for three entries: an active one, one that is not, and one that is exactly 0.

# %%
@when_written
def three_entries_by_hand():
    x = np.array([0.8, -1.3, 0.0])
    dout = np.array([-1.7, 2.5, 1.0])

    def loss(x):
        out, _ = relu_forward(x)
        return np.sum(out * dout)

    _, cache = relu_forward(x)
    dx = relu_backward(dout, cache)
    h = 1e-5
    for k in range(3):
        above, below = x.copy(), x.copy()
        above[k] += h
        below[k] -= h
        numerical = (loss(above) - loss(below)) / (2 * h)
        print(f"x = {x[k]:4.1f}   numerical gradient {numerical:14.10f}   your dx {dx[k]:14.10f}")

# %% [markdown]
# In the first two lines expect agreement in about ten digits.
# The third is the kink of chapter 01, where a central difference finds the mean of both slopes and the convention says 0.
# So the check compares with numerical gradients only where $x$ keeps its distance from 0, and asks for the convention in a row of its own.

# %% check
check(relu_backward)

# %% worked [markdown]
# For one entry you found $\text{dx}_{nd} = \text{dout}_{nd}\,[\,x_{nd} > 0\,]$.
# No letter is summed on the right: the two factors and the result have the same $n$ and the same $d$.
# So this is a product entry by entry, and all three arrays have the shape $(N, D)$:
#
# $$
# \text{dx} = \text{dout} \odot [\,x > 0\,] .
# $$
#
# With the `x` from the beginning and a `dout` of the same shape:
#
# $$
# \text{dout} = \begin{pmatrix} 3 & 1 & -2 \\ 4 & 5 & -1 \end{pmatrix},
# \quad
# [\,x > 0\,] = \begin{pmatrix} 1 & 0 & 1 \\ 0 & 1 & 0 \end{pmatrix},
# \quad
# \text{dx} = \begin{pmatrix} 3 & 0 & -2 \\ 0 & 5 & 0 \end{pmatrix} .
# $$
#
# Why is the mask made from `x` and not from `dout`?
# At $x_{10} = -3$ the output is 0, and a tiny push leaves it 0.
# Whatever the loss would say to a change of $\text{out}_{10}$, there is no change, so $\text{dx}_{10} = 0$ and the 4 goes nowhere.
#
# In the code `x > 0` is that mask, for an array with any number of axes.
# It is the strict $>$, so an entry of exactly 0 counts as closed, and the product is a new array, so the caller's `dout` stays whole.

# %% [markdown]
# This is a good place to rest.
# The second half builds the other layer, hunts a bug, and stacks thirty layers.

# %%
progress("04_activations")

# %% [markdown]
# ## Implement: sigmoid
#
# Your `sigmoid` makes the forward pass short.
# This time the cache is `out`, because the slope can be written with it.

# %% exercise
def sigmoid_forward(x):
    """Forward pass of the sigmoid, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape
        Entries may be as large as 1000 and as small as -1000.

    Returns
    -------
    out : ndarray, shape of x
        1 / (1 + exp(-x)).
    cache : ndarray
        out, which the backward pass needs.
    """
    ### BEGIN SOLUTION
    out = sigmoid(x)
    return out, out
    ### END SOLUTION

# %% check
check(sigmoid_forward)

# %% [markdown]
# On the way back, take care: the cache holds `out`, and your `sigmoid_grad` wants `x`.

# %% exercise
def sigmoid_backward(dout, cache):
    """Backward pass of the sigmoid.

    Parameters
    ----------
    dout : ndarray, shape of out
        Upstream gradient.
    cache : ndarray
        out, from `sigmoid_forward`.

    Returns
    -------
    dx : ndarray, shape of out
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    out = cache
    return dout * out * (1 - out)
    ### END SOLUTION

# %% [markdown]
# There is no kink this time, so the proof can try every place: nine of them.

# %%
@when_written
def sigmoid_along_a_line():
    x = np.linspace(-8.0, 8.0, 9)
    dout = np.random.default_rng(5).normal(size=9)
    out, cache = sigmoid_forward(x)
    dx = sigmoid_backward(dout, cache)

    h = 1e-5
    above, _ = sigmoid_forward(x + h)
    below, _ = sigmoid_forward(x - h)
    numerical = dout * (above - below) / (2 * h)
    for k in range(9):
        error = abs(dx[k] - numerical[k]) / (abs(dx[k]) + abs(numerical[k]))
        print(f"x = {x[k]:4.0f}   out = {out[k]:.5f}   your dx {dx[k]:13.10f}"
              f"   numerical {numerical[k]:13.10f}   relative error {error:.0e}")

# %% [markdown]
# All nine entries of `x` were pushed at once, and each numerical slope still comes out alone.
# With an affine layer that would be wrong; why not here?
#
# Relative errors below $10^{-6}$ mean that the formula is right.
# Expect the worst at $x = 8$, where `out` is nearly 1: there two numbers are subtracted that agree in most of their digits, and the few that are left carry the noise.

# %% check
check(sigmoid_backward)

# %% worked [markdown]
# The sigmoid is elementwise, so its Jacobian is diagonal: one path from $x_{nd}$, through $\text{out}_{nd}$.
# Along it stand two slopes, $\text{dout}_{nd}$ and the one of `sigmoid_grad`, which was $\text{out}_{nd}\,(1 - \text{out}_{nd})$:
#
# $$
# \text{dx} = \text{dout} \odot \text{out} \odot (1 - \text{out}) .
# $$
#
# All arrays have the shape of `x`, no letter is summed, and no exponential is computed on the way back.
#
# What goes wrong if you call `sigmoid_grad` on the cache?
# That function applies the sigmoid first, and the cache has been through it already.
# Take $x = 2$ and $\text{dout} = 1$.
# The cache is $\text{out} \approx 0.881$, and the right slope is $0.881 \cdot 0.119 \approx 0.105$.
# But `sigmoid_grad(0.881)` is the slope at the place $0.881$, where the sigmoid is about $0.707$: it gives $0.707 \cdot 0.293 \approx 0.207$, nearly twice as much.
#
# The result never looks absurd.
# The cache lies between 0 and 1, and there the slope is always between 0.19 and 0.25, so even a saturated entry would seem to learn.

# %% [markdown]
# ## Find the bug
#
# A colleague replaces your relu by this.
# It spares an array, and its `dx` is right for every input.

# %%
def relu_backward_buggy(dout, cache):
    x = cache
    dx = dout
    dx[x <= 0] = 0
    return dx

# %% [markdown]
# Then they build a layer that adds its input to its output, $\text{out} = \mathrm{relu}(x) + x$.
# The gradients of the two paths, through relu and past it, add up:

# %%
def skip_backward(dout, cache):
    """Backward pass of out = relu(x) + x."""
    through_relu = relu_backward_buggy(dout, cache)
    past_relu = dout
    return through_relu + past_relu


x = np.array([2.0, 1.5, 0.5])
dout = np.array([1.0, -2.0, 3.0])
print("dx =", skip_backward(dout, x))
print("2 * dout, which is right where x > 0:", 2 * dout)

# %% [markdown]
# In this test all is well: the slope is 2 where $x > 0$, and it should be 1 where $x < 0$.
#
# Give an `x` and a `dout` for which `skip_backward` returns a wrong gradient.
# Any shape will do, as long as both have the same.

# %% exercise
def exposing_arrays():
    """Arrays on which skip_backward goes wrong.

    Returns
    -------
    x : ndarray
    dout : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    x = np.array([2.0, -1.0, 0.5])
    dout = np.array([1.0, 2.0, -3.0])
    return x, dout
    ### END SOLUTION

# %% check
check(exposing_arrays)

# %% worked [markdown]
# Follow $x = (1, -1)$ with $\text{dout} = (5, 7)$ through `skip_backward`.
# First `relu_backward_buggy` sets the second entry to 0, because $-1 \le 0$.
# There `dx` is only a second name of `dout`, so now both `through_relu` and `dout` are $(5, 0)$.
# Their sum is $(10, 0)$.
#
# By the derivation, the path through relu brings $(5, 0)$ and the path past it $(5, 7)$, together $(10, 7)$.
# The 7 is lost.
#
# So two things are needed at the same place: an entry of `x` that is not positive, where the function writes, and an entry of `dout` there that was not 0 before.
# The test in the text had only positive entries of `x`, and nothing was written.

# %% [markdown]
# `dx = dout` copies nothing.
# It gives the array a second name, so `relu_backward_buggy` wipes out part of the caller's `dout`, and `skip_backward` adds a damaged array.
#
# No numerical gradient of relu can find this, because `dx` *is* right.
# Only a look at the inputs after the call does: the row *inputs unchanged* of the course's tables.
#
# Mend the function.

# %% exercise
def relu_backward_mended(dout, cache):
    """The function above, without its bug.

    Parameters
    ----------
    dout : ndarray, shape of x
        Upstream gradient. It stays as it is.
    cache : ndarray
        x, of any shape. It stays as it is.

    Returns
    -------
    dx : ndarray, shape of x
    """
    ### BEGIN SOLUTION
    x = cache
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx
    ### END SOLUTION

# %% check
check(relu_backward_mended)

# %% [markdown]
# ## See it: the slopes
#
# With `dout` set to ones, a backward function returns the slopes themselves.
# Your own functions draw the next picture: values above, slopes below.

# %%
def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    """Your scalar gradient, entry by entry."""
    return np.vectorize(tanh_scalar_gradient, otypes=[float])(out, dout)

# %% figure
def plot_activations(layers, mark_quarter):
    """Values and slopes of activations; returns their largest slopes in words."""
    x = np.linspace(-6, 6, 600)
    curves = {}
    for name, (forward, backward) in layers.items():
        out, cache = forward(x)
        curves[name] = out, backward(np.ones_like(x), cache)

    figure, axes = plt.subplots(2, len(layers), figsize=(4 * len(layers), 4.6), sharex=True,
                                sharey="row", layout="constrained", squeeze=False)
    for column, (name, (out, slope)) in enumerate(curves.items()):
        axes[0, column].plot(x, out, color=BLUE, lw=2)
        axes[0, column].set_title(name, fontsize=11)
        axes[1, column].plot(x, slope, color=BROWN, lw=2)
        axes[1, column].set_xlabel("x")
    if mark_quarter:
        axes[1, 0].text(-5.8, 0.27, "1/4", color=GREY, fontsize=10)
        for ax in axes[1]:
            ax.axhline(0.25, color=GREY, lw=1, ls=":")
    axes[0, 0].set_ylim(-1.2, 2.2)
    axes[1, 0].set_ylim(-0.05, 1.1)
    axes[0, 0].set_ylabel("out")
    axes[1, 0].set_ylabel("slope of out")
    return ", ".join(f"{name} {slope.max():.2f}" for name, (_, slope) in curves.items())


@when_written
def values_and_slopes():
    steepest = plot_activations({"relu": (relu_forward, relu_backward),
                                 "sigmoid": (sigmoid_forward, sigmoid_backward),
                                 "tanh": (tanh_forward, tanh_backward)}, mark_quarter=True)
    show("Relu, sigmoid and tanh from -6 to 6, values above and slopes below. The slope of relu "
         "jumps from 0 to 1, the slopes of the two others are bells around 0. "
         f"The largest slopes: {steepest}. A dotted line marks a quarter.")

# %% [markdown]
# Relu passes a gradient on in full or not at all.
# The sigmoid always passes on something, and never more than a quarter: the product $\text{out}\,(1 - \text{out})$ is largest where both factors are one half.
# Tanh is four times as steep at 0.
# Beyond $|x| = 5$ almost nothing is left of either.
# An output of an affine layer together with its activation is called a **unit**; one out there is **saturated**.

# %% [markdown]
# ## See it: how near is too near?
#
# How far from the kink must $x$ be before a numerical gradient can be trusted?
# The picture shows the error of the numerical slope of your relu against the distance of $x$ from 0, for three steps.

# %%
def two_slopes(x, h):
    """Slopes of relu at x, by a central difference and by your relu_backward."""
    above, _ = relu_forward(x + h)
    below, _ = relu_forward(x - h)
    _, cache = relu_forward(x)
    return (above - below) / (2 * h), relu_backward(np.ones_like(x), cache)

# %% figure
@when_written
def near_the_kink():
    distance = np.logspace(-9, 0, 800)
    errors = {}
    for h in (1e-3, 1e-5, 1e-7):
        numerical, analytic = two_slopes(distance, h)
        errors[h] = np.maximum(np.abs(numerical - analytic), 1e-17)  # 0 has no logarithm

    figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
    for (h, error), colour, style in zip(errors.items(), (BROWN, BLUE, GREY), ("-", "--", "-.")):
        ax.loglog(distance, error, color=colour, ls=style, lw=1.5, label=f"h = {h:.0e}")
    ax.axhline(1e-6, color=GREY, lw=1, ls=":")
    ax.text(2e-3, 4e-7, "agreement below", fontsize=9, va="top")
    ax.set_xlim(8e-10, 1.5)
    ax.set_xlabel("distance of x from the kink")
    ax.set_ylabel("error of the central difference")
    ax.legend(loc="upper right", fontsize=9, frameon=False)
    last_wrong = ", ".join(
        f"for h = {h:.0e} up to a distance of {np.max(distance[error > 1e-6], initial=0):.0e}"
        for h, error in errors.items())
    show("The error of the central difference against the distance of x from the kink, both on "
         f"logarithmic axes. The error is above 1e-6 {last_wrong}, and falls off a cliff there.")

# %% [markdown]
# The answer is sharp: the distance that is needed is the step itself.
# As long as $|x| < h$, one of the two points lies on the other side of the kink.
# As soon as $|x| > h$, both lie on the same straight line, and the difference is exact up to rounding.
# (An error of exactly 0 is drawn at $10^{-17}$.)
#
# In a network nobody chooses the numbers in front of a relu, and of many thousands one may lie closer to 0 than $h$.
# If a single entry of a numerical gradient disagrees, try another step before you search for a bug.

# %% [markdown]
# ## See it: thirty layers deep
#
# Stack thirty layers, each an affine layer without bias and an activation, and send a random gradient from the top down.
# At every layer we measure its typical size, the root of the mean of its squares.
#
# Weights × 1 are random weights of a size at which an affine layer by itself keeps this size about as it is.
# An activation makes it smaller, and in a fair comparison the weights may make up for that.
# Relu stops half of the entries and leaves $\sqrt{1/2}$ of the size: weights × $\sqrt 2$.
# The sigmoid leaves a quarter of it at best: we try weights × 4, and also × 8.

# %%
def gradient_sizes(forward, backward, scale, depth=30, width=100):
    """Typical size of the gradient at each layer, from the top down, and all the slopes."""
    rng = np.random.default_rng(6)
    values = rng.normal(size=(64, width))
    weights, caches = [], []
    for _ in range(depth):
        w = rng.normal(size=(width, width)) * scale / np.sqrt(width)
        values, cache = forward(values @ w)
        weights.append(w)
        caches.append(cache)
    gradient = rng.normal(size=values.shape)
    sizes = [1.0]
    for w, cache in zip(reversed(weights), reversed(caches)):
        gradient = backward(gradient, cache) @ w.T
        sizes.append(np.sqrt(np.mean(gradient**2)))
    slopes = [backward(np.ones_like(gradient), cache) for cache in caches]
    return np.array(sizes), np.array(slopes)


SIGMOID_SCALES = 1, 4, 8

# %% figure
@when_written
def thirty_layers():
    networks = {"relu, weights × 1": (relu_forward, relu_backward, 1),
                "relu, weights × √2": (relu_forward, relu_backward, np.sqrt(2))}
    for scale in SIGMOID_SCALES:
        networks[f"sigmoid, weights × {scale}"] = sigmoid_forward, sigmoid_backward, scale
    curves, table = {}, [f"{'':22}typical slope   factor per layer   size after 30 layers"]
    for name, network in networks.items():
        curves[name], slopes = gradient_sizes(*network)
        typical, last = np.sqrt(np.mean(slopes**2)), curves[name][-1]
        table.append(f"{name:22}{typical:13.3f}{last ** (1 / 30):19.2f}{last:23.1e}")
    print("\n".join(table))

    figure, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for k, (name, sizes) in enumerate(curves.items()):
        ax.semilogy(sizes, color=BLUE if name.startswith("relu") else BROWN, lw=1.5, ms=5,
                    marker="osv^D*XP"[k % 8], markevery=3, ls=("--", "-", "-.")[k % 3], label=name)
    ax.semilogy(0.25 ** np.arange(31), color=GREY, ls=":", lw=1.5,
                label="keeping a quarter each layer")
    ax.set_xlabel("layers passed on the way back")
    ax.set_ylabel("typical size of the gradient")
    ax.legend(fontsize=9, loc="lower left", frameon=False)
    ends = "; ".join(f"{name}: {sizes[-1]:.0e}" for name, sizes in curves.items())
    show("The typical size of the gradient against the layers it has passed, on a logarithmic "
         f"axis, where every line is nearly straight. Sizes after thirty layers: {ends}.")

# %% [markdown]
# A straight line is a constant factor each layer: nearly the typical slope (a root of a mean of squares, too) times the scale of the weights.
# Sigmoids with weights × 1 lose more than eighteen powers of ten.
# This is the **vanishing gradient**, for a long time one of the main reasons why deep networks were so hard to train.
# You derived the cause yourself: a slope of at most a quarter, multiplied once for every layer.
#
# But read the other lines too.
# Relu with weights × 1 loses as well, a factor of about $\sqrt{1/2}$ each layer, and weights × $\sqrt 2$ make up for it.
# For the sigmoid, weights × 4 do not make up for the quarter: they push $x$ away from 0, where the slope is *less* than a quarter (see the typical slopes).
# Weights × 8 push it still further, and yet lose far less.
# Try × 10 and × 16: add them to `SIGMOID_SCALES`, and run its cell and the next.
#
# So a sigmoid need not lose a gradient.
# But its factor must be found by trying; the $\sqrt 2$ of relu can be derived.

# %% [markdown]
# ## Going deeper (optional): dead units on real digits
#
# Relu has its own way to lose a gradient: an entry that is not active passes on nothing.
#
# In the last chapter, column $m$ of `w` was nearly the average image of digit $m$ minus the average of all images.
# Here are ten such units with relu, each with a bias that makes it active where the image is nearer to the average of its digit than to the average of all.
# An eleventh looks for a 0 as the first one does, but with a bias far below the others, $-60$.

# %%
def active_shares():
    """For which share of the images of each digit (rows) each of eleven units is active."""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    x_test, y_test = x_test[:5000], y_test[:5000]
    overall = x_train.mean(axis=0)
    templates = np.stack([x_train[y_train == digit].mean(axis=0) - overall for digit in range(10)])
    w = np.concatenate([templates, templates[:1]]).T           # the eleventh unit looks for a 0
    b = -0.5 * np.sum(w * w, axis=0) - overall @ w
    b[10] = -60.0

    x = x_test @ w + b
    _, cache = relu_forward(x)
    dx = relu_backward(np.ones(x.shape), cache)                # 1 where the gradient gets through
    for h in (1e-1, 1e-3, 1e-5):
        print(f"entries of x nearer to 0 than {h:g}: {np.sum(np.abs(x) < h)} of {x.size}")
    return np.stack([dx[y_test == digit].mean(axis=0) for digit in range(10)])

# %% figure
@when_written
def active_units():
    active = active_shares()
    figure, ax = plt.subplots(figsize=(8.5, 5.2), layout="constrained")
    image = heat_map(ax, active, limit=1, colours=POSITIVE, numbers=".0%", fontsize=9)
    ax.set_aspect("auto")
    ax.set_xticks(range(11), [*(f"unit {digit}" for digit in range(10)), "b = -60"], fontsize=9)
    ax.set_yticks(range(10), [f"images of {digit}" for digit in range(10)], fontsize=9)
    figure.colorbar(image, ax=ax, label="share of images for which the unit is active")
    own = active[range(10), range(10)]
    show("A table: for which share of the images of each digit each of eleven units is active. "
         f"On the diagonal, a unit and its own digit, the shares are {own.min():.0%} to "
         f"{own.max():.0%}. In the column of the unit with bias -60 the largest is "
         f"{active[:, 10].max():.0%}.")

# %% [markdown]
# Along the diagonal expect each unit to be active for most images of its own digit.
# The high numbers beside it show what a template cannot tell apart: unit 9 lets most of the fours and sevens pass as well.
# Where a number is low, few of these images have a say in the weights of that unit.
#
# Now read the last column.
# A unit that is active for none of the images passes on a zero for every sample.
# The affine layer below gets a column of zeros, and by $\text{dw}_{dm} = \sum_n x_{nd}\,\text{dout}_{nm}$ the unit's weights do not change, nor does its bias.
# Such a unit is called **dead**: as long as its inputs stay as they are, no training brings it back.
#
# The lines above the picture count the entries that would spoil a numerical gradient with that step.

# %% [markdown]
# ## On your own: softplus
#
# **Softplus** is relu with its corner rounded off:
#
# $$
# \text{out}_{nd} = \ln\left(1 + e^{x_{nd}}\right) .
# $$
#
# Derive its gradient on paper, and write both functions.
# The forward function must give the right number at 1000 and at $-1000$, too.
# Look at your slope in the end: you have met it before.
#
# <details><summary>First hint: the slope</summary>
#
# Write $u = 1 + e^{x}$, so that $\text{out} = \ln u$.
# There are two slopes along the path $x \to u \to \text{out}$.
#
# </details>
# <details><summary>Second hint: the slope</summary>
#
# The slope of $\ln u$ is $1/u$, and that of $u$ is $e^{x}$.
# Multiply them, then divide above and below by $e^{x}$.
#
# </details>
# <details><summary>Third hint: the overflow</summary>
#
# For large $x$, take $e^{x}$ out of the bracket: $1 + e^{x} = e^{x}\,(e^{-x} + 1)$.
# The logarithm of a product is a sum.
#
# </details>
# <details><summary>Fourth hint: the overflow</summary>
#
# For $x \ge 0$ that leaves $x$ plus a logarithm, for $x < 0$ the logarithm alone.
# In both cases the logarithm holds $e^{-|x|}$, and what stands before it is a function of this chapter.
#
# </details>

# %% exercise
def softplus_forward(x):
    """Forward pass of softplus, entry by entry.

    Parameters
    ----------
    x : ndarray of any shape
        Entries may be as large as 1000 and as small as -1000.

    Returns
    -------
    out : ndarray, shape of x
        log(1 + exp(x)).
    cache : ndarray
        x, or whatever your backward pass needs.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), x
    ### END SOLUTION

# %% check
check(softplus_forward)

# %% worked [markdown]
# The formula as it stands is safe for $x < 0$, where $e^{x}$ is less than 1.
# For $x \ge 0$ take the large factor out of the bracket:
#
# $$
# \ln\left(1 + e^{x}\right) = \ln\left(e^{x}\,(e^{-x} + 1)\right) = x + \ln\left(1 + e^{-x}\right) .
# $$
#
# In both cases the exponential is $e^{-|x|}$, which is never larger than 1.
# What stands before the logarithm is $x$ if $x \ge 0$, and nothing if $x < 0$: that is $\max(0, x)$.
# So both lines are
#
# $$
# \text{out} = \max(0, x) + \ln\left(1 + e^{-|x|}\right) ,
# $$
#
# relu, and a correction that is largest at the corner, where it is $\ln 2 \approx 0.693$, and gone far away from it.
#
# At $x = 2$ it gives $2 + \ln 1.135 \approx 2.127$, and at $x = -2$ it gives $0 + \ln 1.135 \approx 0.127$.
# At 1000 it gives 1000, and at $-1000$ it gives 0.
#
# `np.log1p(z)` is $\ln(1 + z)$, computed without the loss of digits that $1 + z$ brings for tiny $z$; `np.log(1 + z)` passes the check too.

# %% exercise
def softplus_backward(dout, cache):
    """Backward pass of softplus.

    Parameters
    ----------
    dout : ndarray, shape of x
        Upstream gradient.
    cache : ndarray
        x, or what your `softplus_forward` has saved.

    Returns
    -------
    dx : ndarray, shape of x
        Gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    x = cache
    return dout * sigmoid(x)
    ### END SOLUTION

# %% check
check(softplus_backward)

# %% worked [markdown]
# Write $u = 1 + e^{x}$, so that $\text{out} = \ln u$.
# Along the path $x \to u \to \text{out}$ the slopes are $e^{x}$ and $1/u$, and
#
# $$
# \frac{\partial\,\text{out}}{\partial x} = \frac{e^{x}}{1 + e^{x}} = \frac{1}{e^{-x} + 1} = \sigma(x) .
# $$
#
# The slope of softplus is the sigmoid.
# Softplus is elementwise, so its Jacobian is diagonal, and $\text{dx} = \text{dout} \odot \sigma(x)$.
# Your `sigmoid` cannot overflow, so the backward pass cannot either.
#
# The forward pass had to treat the two signs of $x$ differently, and the slope does not notice.
# For $x \ge 0$ its form $x + \ln(1 + e^{-x})$ has the slope $1 - \frac{e^{-x}}{1 + e^{-x}} = \frac{1}{1 + e^{-x}}$, which is $\sigma(x)$ again.
# So there is no kink at 0: from both sides the slope is one half, where relu jumps from 0 to 1.

# %% figure
@when_written
def relu_rounded_off():
    plot_activations({"relu": (relu_forward, relu_backward),
                      "softplus": (softplus_forward, softplus_backward)}, mark_quarter=False)
    show("Relu and softplus from -6 to 6, values above and slopes below. Softplus has no corner, "
         "and its slope climbs from 0 to 1 in the shape of an S.")

# %% [markdown]
# ## What you can now do
#
# - Derive the gradient of any function that is applied entry by entry, and say why no matrix is needed.
# - Decide what to put into a cache: `x` where its sign matters, `out` where the slope can be written with it.
# - Write an exponential that cannot overflow.
# - Tell a wrong gradient from a numerical one that steps across a kink.
# - Leave alone the arrays that belong to somebody else.
#
# Three questions; answer each with a letter.
#
# `saved_out`: a colleague's relu caches `out` in place of `x`.
# Can its backward function be right everywhere?
#
# - **a** No: `out` has lost the negative numbers, and the way back needs them.
# - **b** Yes: `out` is positive exactly where `x` is.
# - **c** Only where no entry of `x` is exactly 0.
#
# `one_entry`: in a relu network 4999 of 5000 numerical slopes, with $h = 10^{-5}$, agree with yours in eight digits, and one is off by a third.
# What do you suspect first?
#
# - **a** An entry in front of a relu lies nearer to 0 than $h$.
# - **b** The backward function has a bug that shows in one entry.
# - **c** The step is so small that rounding spoils the slope.
#
# `diagonal`: for which of these layers, applied to a vector `x`, is the Jacobian diagonal?
#
# - **a** `x / x.sum()`
# - **b** `x[::-1]`, the entries in reverse order
# - **c** `x**3 - x`

# %% exercise
def recap_activations():
    """Three questions about the chapter.

    Returns
    -------
    saved_out, one_entry, diagonal : str
        A letter each.
    """
    ### BEGIN SOLUTION
    return "b", "a", "c"
    ### END SOLUTION

# %% check
check(recap_activations)

# %% written [markdown]
# A friend stacks thirty layers with a *leaky* relu: its slope is 1 where $x > 0$, and $\tfrac{1}{2}$ in place of 0 where $x < 0$.
# Tell your friend by which factor to enlarge the weights so that the gradient keeps its typical size, and how you know.
# Why can you not find such a factor for tanh in the same way, though its slope at 0 is 1?
#
# ### BEGIN MARK SCHEME
# - 1 point: about half of the entries are multiplied by 1 and half by one half, so the mean of the squares is multiplied by (1 + 1/4) / 2 = 5/8, and weights × $\sqrt{8/5} \approx 1.26$ make up for it.
# - 1 point: the two slopes do not depend on the size of $x$, so the factor holds in every layer, whatever the weights are.
# - 1 point: the slope of tanh is 1 only at 0 and falls with the size of $x$, and that size comes from the weights themselves: larger weights bring flatter slopes.
# ### END MARK SCHEME

# %% model answer [markdown]
# Half of the entries of `x` are positive, about, and half are negative.
# So half of the squares stay and half shrink to a quarter: their mean is multiplied by $\tfrac{1}{2}\left(1 + \tfrac{1}{4}\right) = \tfrac{5}{8}$, and the typical size by $\sqrt{5/8}$.
# Weights × $\sqrt{8/5} \approx 1.26$ restore it.
# This holds in every layer: only the sign of an entry decides, not its size.
#
# The slope of tanh is 1 only at $x = 0$, and falls as $x$ grows in size.
# How large $x$ is depends on the weights, so the factor that we want to make up for changes with the weights that should do it.

# %%
progress("04_activations")

# %% [markdown]
# Next: [Chapter 05: the SVM loss](../05_svm_loss/05_svm_loss.ipynb).
# Affine layers and activations are all that the body of a network needs; what is missing is the number at its end that says how wrong it is, and the first such number is made of relus.
