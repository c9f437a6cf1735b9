"""Known mistakes of 01_numerical_gradients."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.numerical_gradients import (
    ANY_SHAPE,
    AT_ZERO,
    BOTH_ZERO,
    INTEGERS,
    MISSHAPEN,
    SCALES,
    SMALL_FAULT,
    STEP_GIVEN,
    TINY,
)

MISTAKES: list[Mistake] = []
mistake = known_mistakes(MISTAKES)


# predict_quotients


@mistake("predict_quotients", "the errors instead of the quotients", loses=("forward", "central"),
         hint="What do you get if you put the numbers into the two fractions, and do nothing else?")
def predict_the_errors():
    """These are the distances from the true slope 12. The question asks for the fractions."""
    return 7.0, 1.0


@mistake("predict_quotients", "the true slope", loses=("forward", "central"),
         hint="What is 3 ** 3, what is 2 ** 3, and what is 1 ** 3?")
def predict_the_slope():
    """12 is the derivative. With h = 1 neither of the two fractions hits it."""
    return 12.0, 12.0


@mistake("predict_quotients", "a backward difference", loses=("forward",),
         hint="On which side of 2 does the forward difference look?")
def predict_backward():
    """f(2) - f(1) is 7. The forward difference uses f(2) and f(3)."""
    return 7.0, 13.0


@mistake("predict_quotients", "the central difference is not divided by 2h",
         loses=("central",),
         hint="How far apart are x - h and x + h?")
def predict_central_by_h():
    """The two points lie 2h apart, so the fraction has 2h below the line."""
    return 19.0, 26.0


@mistake("predict_quotients", "forward and central are exchanged", loses=("forward", "central"),
         hint="Which of the two looks to one side only?")
def predict_exchanged():
    """The forward difference uses f(2) and f(3), the central one f(1) and f(3)."""
    return 13.0, 19.0


# central_error_term


@mistake("central_error_term", "the division by 6 is missing", loses=("error",),
         hint="Which number stands below h ** 3 in the Taylor expansion?")
def term_without_six(third, h):
    """The third derivative comes with a factor 1/6 in the expansion."""
    return h**2 * third


@mistake("central_error_term", "a third in the place of a sixth", loses=("error",),
         hint="Two times h ** 3 / 6, divided by 2h. What is left?")
def term_third(third, h):
    """The cubic terms of both lines double, and the denominator 2h halves them again."""
    return h**2 / 3 * third


@mistake("central_error_term", "the cubic term was not divided by the step", loses=("error",),
         hint="By what do you divide the whole line? Have you divided every term?")
def term_cubic(third, h):
    """h ** 3 stands in the numerator. The quotient has one power of h less."""
    return h**3 / 6 * third


@mistake("central_error_term", "h / 2, as for the forward difference", loses=("error",),
         hint="The second derivative cancels. Which term is the next?")
def term_forward(third, h):
    """That is the pattern of the forward difference, where the second derivative survives."""
    return h / 2 * third


@mistake("central_error_term", "the sign is wrong", loses=("error",),
         hint="Minus a negative term: what is its sign? And what is subtracted from what?")
def term_negative(third, h):
    """In the second line the cubic term has a minus, and it is subtracted: it becomes a plus. The
    error is the quotient minus the true slope, and not the other way round."""
    return -(h**2) / 6 * third


@mistake("central_error_term", "the error has no sign", loses=("error",),
         hint="If the third derivative is negative, is the quotient above the true slope or below?")
def term_in_size(third, h):
    """This is the size of the error. Where the third derivative is negative the quotient lies below
    the true slope, and the term is negative, too."""
    return h**2 / 6 * abs(third)


# best_step


@mistake("best_step", "a square root, as for the forward difference", loses=("h",),
         hint="Set the derivative to zero, with all powers of h on one side. Which power is it?")
def step_square_root(value, third, eps):
    """The truncation error is h ** 2 here, so the equation for h has a cube in it."""
    return np.sqrt(2 * eps * abs(value) / abs(third))


@mistake("best_step", "the absolute values are missing", loses=("h",),
         hint="Which sign do the value and the third derivative have here, and what does that "
              "do to the root?")
def step_signed(value, third, eps):
    """An error has a size, not a sign. Python makes a root of a negative number complex."""
    return (1.5 * eps * value / third) ** (1 / 3)


@mistake("best_step", "a third in the place of the cube root", loses=("h",),
         hint="What does 8 ** 1 / 3 give, and what is the cube root of 8?")
def step_precedence(value, third, eps):
    """Python reads q ** 1 / 3 as a third of q. The power comes before the division."""
    return 1.5 * eps * abs(value) / abs(third) / 3


@mistake("best_step", "the two errors are set equal, or the rounding error is divided by h",
         loses=("h",),
         hint="Where is a sum smallest: where its terms are equal, or where its slope is 0? And "
              "what is the rounding error divided by in a central difference?")
def step_twice_the_rounding(value, third, eps):
    """Two ways lead to a 3 under the root, where 3/2 belongs: the step at which both errors are
    equal, and eps |f| / h in place of eps |f| / (2h)."""
    return (3 * eps * abs(value) / abs(third)) ** (1 / 3)


@mistake("best_step", "the precision of float64, whatever eps is", loses=("h",),
         hint="What does your function return for the eps of float32? Where does it take eps from?")
def step_of_float64(value, third, eps):
    """The caller says by eps how exactly the machine computes. Numbers with fewer digits need a
    larger step."""
    return (1.5 * np.finfo(np.float64).eps * abs(value) / abs(third)) ** (1 / 3)


@mistake("best_step", "the root is missing", loses=("h",),
         hint="You have h ** 3 on one side. How do you get h?")
def step_without_root(value, third, eps):
    """This is the cube of the best step."""
    return 1.5 * eps * abs(value) / abs(third)


def moved(x, where, by):
    """A copy of x with some entries moved."""
    x = x.copy()
    x[where] += by
    return x


# numerical_gradient


def by_central_differences(f, x, h, slope=None):
    """The right gradient, or with another `slope(f, point, index, h)` in the place of the entry."""
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        gradient[index] = (slope or _central)(f, point, index, h)
    return gradient


def _central(f, point, index, h):
    return (f(moved(point, index, h)) - f(moved(point, index, -h))) / (2 * h)


@mistake("numerical_gradient", "a forward difference", loses=("gradient",),
         hint="On how many sides of x do you look, and how far apart are the two points?")
def gradient_forward(f, x, h=1e-5):
    """It looks right in five digits. With the same step, a central difference is right in ten."""
    return by_central_differences(
        f, x, h, lambda f, point, index, h: (f(moved(point, index, h)) - f(point)) / h)


@mistake("numerical_gradient", "divided by h", loses=("gradient",),
         hint="How far apart are the two points?")
def gradient_by_h(f, x, h=1e-5):
    """The two points lie 2h apart, so every entry is twice too large."""
    return 2 * by_central_differences(f, x, h)


@mistake("numerical_gradient", "divided by 2 and multiplied by h", loses=("gradient",),
         hint="What does 12 / 2 * 3 give, and what is 12 divided by 2 times 3?")
def gradient_precedence(f, x, h=1e-5):
    """Python reads (...) / 2 * h from left to right: it divides by 2, then multiplies by h."""
    return h**2 * by_central_differences(f, x, h)


@mistake("numerical_gradient", "multiplied by 2 * h", loses=("gradient",),
         hint="What stands below the line?")
def gradient_times_step(f, x, h=1e-5):
    """The difference of the two values is divided by the distance of the two points."""
    return 4 * h**2 * by_central_differences(f, x, h)


@mistake("numerical_gradient", "the difference is not divided", loses=("gradient",),
         hint="A slope is a difference divided by something. By what?")
def gradient_not_divided(f, x, h=1e-5):
    """This is how much f changes over two steps. The slope is the change per unit of x."""
    return 2 * h * by_central_differences(f, x, h)


@mistake("numerical_gradient", "divided by 2", loses=("gradient",),
         hint="How far apart are the two points?")
def gradient_by_two(f, x, h=1e-5):
    """The two points lie 2h apart, not 2."""
    return h * by_central_differences(f, x, h)


@mistake("numerical_gradient", "f(x - h) - f(x + h)", loses=("gradient",),
         hint="Which of the two values is subtracted from the other?")
def gradient_turned(f, x, h=1e-5):
    """The value on the left is subtracted from the value on the right."""
    return -by_central_differences(f, x, h)


@mistake("numerical_gradient", "a backward difference", like=gradient_forward)
def gradient_backward(f, x, h=1e-5):
    return by_central_differences(
        f, x, h, lambda f, point, index, h: (f(point) - f(moved(point, index, -h))) / h)


@mistake("numerical_gradient", "the usual step is 1e-4", loses=(STEP_GIVEN,),
         hint="How does the line that begins with def differ from the one of the stub?")
def gradient_other_default(f, x, h=1e-4):
    """The caller who gives no step gets the one that stands in the first line, and there h is
    1e-5."""
    return by_central_differences(f, x, h)


@mistake("numerical_gradient", "all entries are moved at once", loses=("gradient",),
         hint="Which entries does x + h move, and how many should move at a time?")
def gradient_all_at_once(f, x, h=1e-5):
    """The slope along all axes together is one number, the sum of all entries."""
    return np.full(np.shape(x), (f(x + h) - f(x - h)) / (2 * h))


@mistake("numerical_gradient", "an entry is never put back", loses=("gradient",),
         hint="What is the value of the entry when the loop goes on to the next one?")
def gradient_not_put_back(f, x, h=1e-5):
    """Each entry is measured at a point where the entries before it have already been moved."""
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + h
        above = f(point)
        point[index] = value - h
        gradient[index] = (above - f(point)) / (2 * h)
    return gradient


@mistake("numerical_gradient", "in the order of columns no entry is moved", loses=(ANY_SHAPE,),
         hint="When is x.ravel() another name of the numbers of x, and when a copy of them? What "
              "is it for a transposed matrix?")
def gradient_of_ravelled(f, x, h=1e-5):
    """NumPy may keep the entries of an array column by column, as for a transposed matrix. There
    the moved numbers stand in a copy, f never sees them, and every slope is 0."""
    point = np.array(x, dtype=float)
    flat, gradient = point.ravel(), np.zeros(point.size)
    for k, value in enumerate(flat):
        flat[k] = value + h
        above = f(point)
        flat[k] = value - h
        gradient[k] = (above - f(point)) / (2 * h)
        flat[k] = value
    return gradient.reshape(point.shape)


@mistake("numerical_gradient", "the loop runs along the first axis only", loses=(ANY_SHAPE,),
         hint="What is x[i] if x is a matrix? What runs through the positions of an array of "
              "any shape?")
def gradient_first_axis(f, x, h=1e-5):
    """For a vector, x[i] is an entry. For a matrix it is a row, and a whole row is moved."""
    return by_rows(f, x, h)


def by_rows(f, x, h):
    """The gradient of a function of a vector; rows of a matrix are moved as one."""
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for i in range(len(point)):
        gradient[i] = _central(f, point, i, h)
    return gradient


@mistake("numerical_gradient", "a row is moved as one, and its old values move with it",
         loses=(ANY_SHAPE,),
         hint="What is x[i] if x is a matrix? What runs through the positions of an array of "
              "any shape?")
def gradient_view_of_row(f, x, h=1e-5):
    """For a matrix, x[i] is a whole row, and no copy of it: what you keep as the old value changes
    with the row."""
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for i in range(len(point)):
        value = point[i]
        point[i] = value + h
        above = f(point)
        point[i] = value - h
        gradient[i] = (above - f(point)) / (2 * h)
        point[i] = value
    return gradient


@mistake("numerical_gradient", "one slope for each row", loses=(ANY_SHAPE,),
         hint="What is x[i] if x is a matrix? What runs through the positions of an array of "
              "any shape?")
def gradient_of_rows(f, x, h=1e-5):
    """For a matrix, x[i] is a whole row, moved as one. A gradient has a slope for each entry."""
    point = np.array(x, dtype=float)
    return np.array([_central(f, point, i, h) for i in range(len(point))])


@mistake("numerical_gradient", "a matrix, two loops", loses=(ANY_SHAPE,),
         hint="What is x[i] if x is a matrix? What runs through the positions of an array of "
              "any shape?")
def gradient_two_loops(f, x, h=1e-5):
    """Rows and columns are two axes. An image has more, and a single number has none."""
    if np.ndim(x) < 2:
        return by_rows(f, x, h)
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for i in range(point.shape[0]):
        for j in range(point.shape[1]):
            gradient[i, j] = _central(f, point, (i, j), h)
    return gradient


@mistake("numerical_gradient", "the gradient comes back flat", loses=(ANY_SHAPE,),
         hint="Which shape does the docstring ask for, and which one has your result?")
def gradient_flat(f, x, h=1e-5):
    """The numbers are right, in a vector. A gradient has the shape of the value it belongs to."""
    return by_central_differences(f, x, h).ravel()


@mistake("numerical_gradient", "f is called with a flat vector", loses=(ANY_SHAPE,),
         hint="With arrays of which shape may f compute? Print the shape of what you hand to it.")
def gradient_of_flat(f, x, h=1e-5):
    """f is a function of arrays of the shape of x. A vector with the same numbers may not fit what
    f does with it, or mean something else."""
    flat = np.array(x, dtype=float).ravel()
    return by_central_differences(f, flat, h).reshape(np.shape(x))


@mistake("numerical_gradient", "the argument h is not used", loses=(STEP_GIVEN,),
         hint="Does your function do anything else if it is called with h = 0.1? Where does it "
              "take h from?")
def gradient_own_step(f, x, h=1e-5):
    """The caller may ask for another step, and gets the usual one."""
    return by_central_differences(f, x, 1e-5)


def in_place(f, x, h):
    """Steps written into x itself, whatever its dtype; the old values are put back."""
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = value + h
        above = f(x)
        x[index] = value - h
        below = f(x)
        x[index] = value
        gradient[index] = (above - below) / (2 * h)
    return gradient


@mistake("numerical_gradient", "the step is written into an array of integers", loses=(INTEGERS,),
         hint="What does an array of integers hold after x[0] = 3 + 1e-5? Which dtype does it "
              "need?")
def gradient_integer_step(f, x, h=1e-5):
    """An array of integers drops the step: 3 + h becomes 3, and 3 - h becomes 2."""
    return in_place(f, np.array(x), h)


@mistake("numerical_gradient", "the step is added to integers, and taken from them",
         loses=(INTEGERS,),
         hint="What does an array of integers hold after x[0] = 3 + 1e-5? Which dtype does it "
              "need?")
def gradient_integer_drift(f, x, h=1e-5):
    """Adding h to the integer 3 leaves 3, subtracting 2h makes it 2, and adding h again leaves 2:
    the step is lost, and the entry does not come back."""
    return by_adding_and_subtracting(f, np.array(x), h)


@mistake("numerical_gradient", "the step is added to integers, and the result is cut, too",
         loses=(INTEGERS,),
         hint="Which two arrays does your function write into, and which dtype has each of "
              "them?")
def gradient_integer_drift_both(f, x, h=1e-5):
    """The integer 3 stays 3, then becomes 2 and stays 2, and an array with the dtype of x cuts off
    the slopes as well."""
    return by_adding_and_subtracting(f, np.array(x), h).astype(np.asarray(x).dtype)


def by_adding_and_subtracting(f, x, h):
    """Steps added to the entries of x itself, whatever its dtype, and taken from them again."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        x[index] += h
        gradient[index] = (above - below) / (2 * h)
    return gradient


@mistake("numerical_gradient", "the result is collected in an array of integers",
         loses=(INTEGERS,),
         hint="Which dtype has the array of your slopes? np.zeros_like(x) copies that of x.")
def gradient_integer_result(f, x, h=1e-5):
    """The slopes are computed well, and then lose everything behind the decimal point."""
    return by_central_differences(f, x, h).astype(np.asarray(x).dtype)


@mistake("numerical_gradient", "the step and the result are both cut to integers",
         loses=(INTEGERS,),
         hint="Which two arrays does your function write into, and which dtype has each of "
              "them?")
def gradient_integer_both(f, x, h=1e-5):
    """With integers 3 + h becomes 3 and 3 - h becomes 2, and an array with the dtype of x cuts off
    the slopes as well."""
    return in_place(f, np.array(x), h).astype(x.dtype)


@mistake("numerical_gradient", "x is not exactly what it was",
         loses=(UNCHANGED,),
         hint="What is x + h - h on a computer? Is there a way back that computes nothing?")
def gradient_changes_x(f, x, h=1e-5):
    """Adding h and taking it away again need not lead back to x: each operation rounds. The
    caller's x is not what it was."""
    if x.dtype.kind != "f":
        return by_central_differences(f, x, h)
    return by_adding_and_subtracting(f, x, h)


# relative_error


@mistake("relative_error", "the largest difference over the largest denominator", loses=("error",),
         hint="Which comes first in the formula, the division or the outer maximum?")
def error_of_maxima(a, b):
    """Next to a large entry, a small one may be completely wrong without being noticed."""
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))


@mistake("relative_error", "the largest difference over the sum of both largest entries",
         loses=("error",), like=error_of_maxima)
def error_of_two_maxima(a, b):
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a)) + np.max(np.abs(b)))


@mistake("relative_error", "a mean instead of the maximum", loses=("error",),
         hint="Which entry should count?")
def error_mean(a, b):
    """One wrong entry among a thousand right ones would hardly show in a mean."""
    return np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@mistake("relative_error", "differences of both signs are not made positive", loses=("error",),
         hint="Which differences does a maximum overlook if they keep their sign?")
def error_signed(a, b):
    """Where b is larger than a the difference is negative, and the maximum passes it over."""
    return np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@mistake("relative_error", "the absolute value of the sum", loses=("error", TINY),
         hint="What are |a| + |b| and |a + b| for a = 3 and b = -3?")
def error_of_sum(a, b):
    """|a + b| is small when a and b have opposite signs, and then the fraction explodes."""
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b)))


@mistake("relative_error", "divided by the size of b only", loses=("error",),
         hint="Which two sizes stand in the denominator?")
def error_one_sided(a, b):
    """The formula divides by the sizes of both, so that it treats both alike."""
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b)))


@mistake("relative_error", "divided by the size of a only", like=error_one_sided)
def error_other_side(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a)))


@mistake("relative_error", "0 / 0 is not avoided", loses=(BOTH_ZERO, TINY),
         hint="What does the inner maximum of the formula do?")
def error_without_floor(a, b):
    """Two entries that are both 0 agree perfectly, and 0 / 0 is nan."""
    with np.errstate(invalid="ignore"):
        return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))


@mistake("relative_error", "divided by the larger of the two", loses=("error",),
         hint="Which two sizes stand in the denominator, and what is between them?")
def error_by_larger(a, b):
    """The formula adds both sizes up. With the larger one alone the error comes out up to twice as
    large."""
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b))))


@mistake("relative_error", "1e-8 is added to the sizes", loses=("error", TINY),
         hint="What does the inner maximum give for sizes of about 1, and what does a sum give?")
def error_floor_added(a, b):
    """The inner maximum takes 1e-8 or the sizes, and changes nothing where these are larger. A sum
    changes every error a little."""
    return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8))


@mistake("relative_error", "the denominator may be smaller than 1e-8", loses=(TINY,),
         hint="What is the smallest denominator in the formula, and what is it in your function?")
def error_other_floor(a, b):
    """0 / 0 is avoided. But the smallest denominator also decides which entries are too small to be
    compared, and in the formula that is 1e-8."""
    return np.max(np.abs(a - b) / np.maximum(1e-12, np.abs(a) + np.abs(b)))


@mistake("relative_error", "one error for each entry", loses=("error",),
         hint="Which maximum in the formula runs over the entries?")
def error_of_each(a, b):
    """The outer maximum is missing: the worst entry is the error of the whole array."""
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)) * np.ones(2).max()


@mistake("relative_error", "the difference is not divided", loses=("error",),
         hint="Is 0.001 a large difference? What do you have to know to answer that?")
def error_absolute(a, b):
    """This is the largest difference. It says nothing before it is compared with the sizes."""
    return np.max(np.abs(a - b))


@mistake("relative_error", "the norms of the arrays are compared, not their entries",
         loses=("error",), hint="How many fractions has the formula, and which of them counts?")
def error_of_norms(a, b):
    """The norm of the difference is divided by the sum of both norms. One number is made of all
    entries, and a small one may be completely wrong without being noticed."""
    sizes = np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))
    return np.linalg.norm(np.ravel(a - b)) / np.maximum(1e-8, sizes)


# relu


@mistake("relu", "the absolute value", loses=("out",),
         hint="What should come out for x = -2?")
def relu_abs(x):
    """Negative numbers become 0, not positive."""
    return np.abs(x)


@mistake("relu", "the minimum", loses=("out",), hint="Which entries does max(0, x) keep?")
def relu_minimum(x):
    """This keeps the negative numbers and drops the positive ones."""
    return np.minimum(0, x)


@mistake("relu", "the step function", loses=("out",),
         hint="What should come out for x = 2.5?")
def relu_step(x):
    """A positive number stays what it is. It does not become 1."""
    return (x > 0).astype(x.dtype)


@mistake("relu", "large numbers are cut off", loses=("out",),
         hint="What should come out for x = 100?")
def relu_six(x):
    """A positive number stays what it is, however large."""
    return np.clip(x, 0, 6)


@mistake("relu", "negative numbers leak through", loses=("out",),
         hint="What should come out for x = -2?")
def relu_leaky(x):
    """A leaky relu keeps a hundredth of a negative number. The plain one gives exactly 0."""
    return np.where(x > 0, x, 0.01 * x)


@mistake("relu", "one maximum over the whole array", loses=("out",),
         hint="np.max reduces an array to one number. Which function compares entry by entry?")
def relu_max(x):
    """max(0, largest entry) is one number. relu works on each entry."""
    return max(0.0, np.max(x))


@mistake("relu", "x is overwritten", loses=(UNCHANGED,),
         hint="Which line writes into x? What could hold the result instead?")
def relu_in_place(x):
    """The values are right, and the caller's negative numbers are gone."""
    out = np.maximum(0, x)
    x[...] = out
    return out


# mean_squared_error


@mistake("mean_squared_error", "the factor one half is missing", loses=("loss",),
         hint="Compare with the formula. What stands in front of the sum?")
def squared_without_half(y, t):
    """The sum of squares is twice the loss."""
    return np.sum((y - t) ** 2)


@mistake("mean_squared_error", "a mean instead of half the sum", loses=("loss",),
         hint="The name speaks of a mean. Does the formula?")
def squared_mean(y, t):
    """The name suggests a mean. The formula takes half of the sum."""
    return np.mean((y - t) ** 2)


@mistake("mean_squared_error", "half the mean", loses=("loss",),
         hint="The name speaks of a mean. Does the formula?")
def squared_half_mean(y, t):
    """The factor one half is there, and a mean stands in the place of the sum."""
    return 0.5 * np.mean((y - t) ** 2)


@mistake("mean_squared_error", "the losses of the samples are averaged", loses=("loss",),
         hint="By what is the sum of a batch divided in the formula?")
def squared_batch_mean(y, t):
    """A vector comes out right. Half the sum of a batch is divided by the number of its samples,
    and the formula divides by nothing."""
    return 0.5 * np.sum((y - t) ** 2) / (len(y) if np.ndim(y) > 1 else 1)


@mistake("mean_squared_error", "half the sum is divided by the length of y", loses=("loss",),
         hint="The name speaks of a mean. Does the formula?")
def squared_over_length(y, t):
    """The length of a vector is the number of its entries, and that of a batch is the number of its
    samples. The formula divides by neither."""
    return 0.5 * np.sum((y - t) ** 2) / (len(y) if np.ndim(y) else 1)


@mistake("mean_squared_error", "the sum is squared", loses=("loss",),
         hint="Which comes first, the square or the sum?")
def squared_sum(y, t):
    """Differences of opposite signs cancel before they are squared."""
    return 0.5 * np.sum(y - t) ** 2


@mistake("mean_squared_error", "absolute values in the place of squares", loses=("loss",),
         hint="What does the formula do to each difference?")
def squared_absolute(y, t):
    """This adds up absolute differences."""
    return 0.5 * np.sum(np.abs(y - t))


@mistake("mean_squared_error", "a root is taken of the sum", loses=("loss",),
         hint="Does the formula have a root? What does np.linalg.norm compute?")
def squared_root(y, t):
    """The root of the sum of squares is the length of y - t. The loss is made of the sum itself."""
    return 0.5 * np.sqrt(np.sum((y - t) ** 2))


@mistake("mean_squared_error", "the spectral norm of a matrix", loses=("loss",),
         hint="What does np.linalg.norm(d, 2) compute for a vector d, and what for a matrix?")
def squared_spectral_norm(y, t):
    """With ord=2 the norm of a vector is the root of the sum of squares. That of a matrix is its
    largest singular value, which is smaller, and for more axes there is none."""
    return 0.5 * np.linalg.norm(y - t, 2) ** 2


@mistake("mean_squared_error", "one loss for each sample", loses=("loss",),
         hint="How many numbers should come back for a batch?")
def squared_by_rows(y, t):
    """The sum runs along the rows only, and a batch gives a vector."""
    return 0.5 * np.sum((y - t) ** 2, axis=-1) * np.ones(1)


# gradients_agree


def measured(f, x):
    """The numerical gradient of f at x."""
    return by_central_differences(f, x, 1e-5)


def worst(a, b):
    """The largest relative error."""
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def of_one_shape(judge):
    """A checker that refuses wrong shapes and then asks ``judge(derived, measured)``."""

    def gradients_agree(f, df, x):
        derived = np.asarray(df(x))
        return bool(derived.shape == x.shape and judge(derived, measured(f, x)))

    gradients_agree.__doc__ = judge.__doc__
    return gradients_agree


@mistake("gradients_agree", "only the sums or the means are compared", loses=("agree", SMALL_FAULT),
         hint="Can two gradients have the same sum and yet be different?")
@of_one_shape
def agree_in_sum(derived, numerical):
    """Two gradients with the same entries in another order have the same sum and the same mean."""
    return worst(derived.sum(), numerical.sum()) < 1e-6


@mistake("gradients_agree", "gradients that are too small are accepted",
         loses=("agree", SMALL_FAULT, SCALES),
         hint="Which differences does a maximum overlook?")
@of_one_shape
def agree_signed(derived, numerical):
    """Without an absolute value, a negative difference always lies below the limit."""
    return np.max((derived - numerical) / (np.abs(derived) + np.abs(numerical))) < 1e-6


@mistake("gradients_agree", "gradients that are too large are accepted", like=agree_signed,
         loses=("agree", SMALL_FAULT, SCALES, MISSHAPEN))
@of_one_shape
def agree_signed_other_way(derived, numerical):
    """Without an absolute value, a negative difference always lies below the limit."""
    sizes = np.maximum(1e-8, np.abs(derived) + np.abs(numerical))
    return np.max((numerical - derived) / sizes) < 1e-6


@mistake("gradients_agree", "the signs are not compared", loses=("agree",),
         hint="What are the absolute values of 3 and of -3?")
@of_one_shape
def agree_in_size(derived, numerical):
    """A gradient of the wrong sign leads up where the right one leads down."""
    return worst(np.abs(derived), np.abs(numerical)) < 1e-6


@mistake("gradients_agree", "large errors are accepted, small ones rejected", loses=("agree",),
         hint="Is a small error good or bad? Read your comparison aloud.")
@of_one_shape
def agree_turned(derived, numerical):
    """It returns True where the error is above the limit."""
    return worst(derived, numerical) > 1e-6


@mistake("gradients_agree", "the limit is too high", loses=(SMALL_FAULT,),
         hint="What is the relative error of two numbers that differ by 0.1 %?")
@of_one_shape
def agree_loosely(derived, numerical):
    """A relative error of 0.01 is a wrong formula, not a bad measurement."""
    return worst(derived, numerical) < 1e-2


@mistake("gradients_agree", "the limit is a little too high", loses=(SMALL_FAULT,),
         hint="What is the relative error of two numbers that differ by 0.1 %?")
@of_one_shape
def agree_at_one_thousandth(derived, numerical):
    """The denominator is the sum of both sizes: 0.1 % off is a relative error of 0.0005."""
    return worst(derived, numerical) < 1e-3


@mistake("gradients_agree", "a mean or a sum over the entries decides", loses=(SMALL_FAULT,),
         hint="What is the mean of 599 zeros and one error of 0.0005?")
@of_one_shape
def agree_on_average(derived, numerical):
    """Among many right entries a single wrong one is lost in a mean, or in sums over all entries.
    The largest error counts."""
    sizes = np.maximum(1e-8, np.abs(derived) + np.abs(numerical))
    return np.mean(np.abs(derived - numerical) / sizes) < 1e-6


@mistake("gradients_agree", "differences are compared with a fixed number", loses=(SCALES,),
         hint="What is a large difference between gradients of about 1e-9, and between "
              "gradients of a million?")
@of_one_shape
def agree_absolutely(derived, numerical):
    """1e-6 is a large difference between tiny gradients, and a small one between huge ones."""
    return np.max(np.abs(derived - numerical)) < 1e-6


@mistake("gradients_agree", "anything tiny is accepted", loses=(SCALES,),
         hint="How do 1e-9 and 2e-9 compare in your function, and how by the relative error?")
@of_one_shape
def agree_allclose(derived, numerical):
    """Differences below some fixed number always pass, however small the gradients are. For
    np.allclose that number is 1e-8."""
    return np.allclose(derived, numerical)


@mistake("gradients_agree", "the shape is not compared", loses=(MISSHAPEN,),
         hint="What does NumPy do with (1, 3) minus (3,)? When would you have to look at the "
              "shapes?")
def agree_broadcast(f, df, x):
    """An array of shape (1, 3) broadcasts against one of shape (3,), and the numbers agree."""
    return bool(worst(df(x), measured(f, x)) < 1e-6)


@mistake("gradients_agree", "a wrong shape is accepted", loses=(MISSHAPEN,),
         hint="What should the function return if df(x) has another shape than x?")
def agree_if_misshapen(f, df, x):
    """The shapes are compared, and if they differ the answer is True."""
    derived = np.asarray(df(x))
    return bool(derived.shape != x.shape or worst(derived, measured(f, x)) < 1e-6)


@mistake("gradients_agree", "nan is accepted", loses=(MISSHAPEN,),
         hint="What is nan > 1e-6, and what is nan < 1e-6? Which of the two questions should "
              "decide, and is nan among what it is asked of?")
@of_one_shape
def agree_with_nan(derived, numerical):
    """No comparison with nan is true, so a test that looks for large errors finds none. np.nanmax
    leaves nan out altogether."""
    return not worst(derived, numerical) > 1e-6


@mistake("gradients_agree", "everything is accepted", loses=("agree",),
         hint="What do you compare, and with what?")
def agree_always(f, df, x):
    """A checker that cannot say no says nothing."""
    return True


@mistake("gradients_agree", "everything is rejected",
         loses=("agree", SMALL_FAULT, SCALES, MISSHAPEN),
         hint="How large is the error of a right gradient in your function, and what is it "
              "compared with?")
@of_one_shape
def agree_exactly(derived, numerical):
    """Right gradients are rejected, too. No measurement is exact: if all digits had to agree, none
    would pass."""
    return np.array_equal(derived, numerical)


@mistake("gradients_agree", "the answers are the wrong way round", loses=("agree",),
         hint="When should the function return True?")
def agree_inverted(f, df, x):
    """It returns True for gradients that are wrong."""
    derived = np.asarray(df(x))
    return bool(derived.shape != x.shape or not worst(derived, measured(f, x)) < 1e-6)


# relu_grad


@mistake("relu_grad", "zero counts as positive", loses=(AT_ZERO,),
         hint="What does the text agree on for x = 0, and what does your function return there?")
def relu_grad_at_zero(x):
    """At x = 0 there is no derivative, and the convention of this course is 0."""
    return np.where(x >= 0, 1.0, 0.0)


@mistake("relu_grad", "np.zeros is still given the array", loses=("out",),
         hint="What does np.zeros expect, and what is handed to it?")
def relu_grad_zeros_of_x(x):
    """np.zeros(x) takes the entries of x for sizes."""
    grad = np.zeros(x)
    grad[x > 0] = 1
    return grad


@mistake("relu_grad", "one half at zero", loses=(AT_ZERO,),
         hint="What does the text say of x = 0? Can that be measured?")
def relu_grad_half_at_zero(x):
    """That is what a central difference measures at the kink. The convention of this course is
    0."""
    return np.heaviside(x, 0.5)


@mistake("relu_grad", "the function instead of its derivative", loses=("out",),
         hint="How fast does max(0, x) grow where x is positive?")
def relu_grad_value(x):
    """This is relu itself. Where x is positive, its slope is 1."""
    return np.maximum(0, x)


@mistake("relu_grad", "the sign of x", loses=("out",),
         hint="How fast does max(0, x) grow where x is negative?")
def relu_grad_sign(x):
    """Where x is negative relu is flat: its slope is 0, not -1."""
    return np.sign(x)


@mistake("relu_grad", "0 and 1 are exchanged", loses=("out",),
         hint="On which side does relu rise?")
def relu_grad_exchanged(x):
    """The slope is 1 on the positive side."""
    return np.where(x > 0, 0.0, 1.0)


@mistake("relu_grad", "1 where x is negative", like=relu_grad_exchanged)
def relu_grad_of_the_other_side(x):
    """The slope is 1 on the positive side, and 0 on the negative one."""
    return np.where(x < 0, 1.0, 0.0)


# one_sided_slope


def spoiled_one_sided(slope=None, error=None):
    """The right slope and error, one of them replaced."""

    def one_sided_slope(f, x, h, third):
        right = (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / (2 * h)
        return (
            slope(f, x, h) if slope else right,
            error(third, h) if error else -(h**2) / 3 * third,
        )

    one_sided_slope.__doc__ = (slope or error).__doc__
    return one_sided_slope


def _one_sided_forward(f, x, h):
    """It looks to one side, but its error is O(h). The third value can cancel the h ** 2 term."""
    return (f(x + h) - f(x)) / h


def _one_sided_central(f, x, h):
    """It is O(h ** 2), but it needs f(x - h), and f may not exist there."""
    return (f(x + h) - f(x - h)) / (2 * h)


def _one_sided_second_only(f, x, h):
    """This is a forward difference with the step 2h. Its error is O(h), and twice as large."""
    return (f(x + 2 * h) - f(x)) / (2 * h)


def _one_sided_mean(f, x, h):
    """Both forward differences err to the same side, and a mean of them is still O(h)."""
    return (_one_sided_forward(f, x, h) + _one_sided_second_only(f, x, h)) / 2


def _one_sided_by_h(f, x, h):
    """Behind the subtraction stands 2h f'(x), so the slope comes out twice too large."""
    return (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / h


def _one_sided_precedence(f, x, h):
    """Python reads (...) / 2 * h from left to right: it divides by 2, then multiplies by h."""
    return (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / 2 * h


def _one_sided_square_of_h(f, x, h):
    """Twice the first expansion minus the second cancels h f'(x), and leaves f'' with h ** 2."""
    return (2 * f(x + h) - f(x + 2 * h) - f(x)) / (2 * h)


mistake("one_sided_slope", "the forward difference", loses=("slope",),
        hint="Write down the expansion of f(x + 2h), too. Which of its terms can help?")(
    spoiled_one_sided(slope=_one_sided_forward))
mistake("one_sided_slope", "the central difference", loses=("slope",),
        hint="At which three points may f be called?")(
    spoiled_one_sided(slope=_one_sided_central))
mistake("one_sided_slope", "f(x + h) is not used", loses=("slope",),
        hint="Two values give a straight line. What can the third one correct?")(
    spoiled_one_sided(slope=_one_sided_second_only))
mistake("one_sided_slope", "a plain mean of two forward differences", loses=("slope",),
        hint="How large is the error of each? Which weights make the two errors cancel?")(
    spoiled_one_sided(slope=_one_sided_mean))
mistake("one_sided_slope", "divided by h", loses=("slope",),
        hint="What stands in front of f'(x) before you divide?")(
    spoiled_one_sided(slope=_one_sided_by_h))
mistake("one_sided_slope", "divided by 2 and multiplied by h", loses=("slope",),
        hint="What does 12 / 2 * 3 give, and what is 12 divided by 2 times 3?")(
    spoiled_one_sided(slope=_one_sided_precedence))
mistake("one_sided_slope", "the slope cancels instead of the bend", loses=("slope",),
        hint="Which of the two terms should go, h f'(x) or the one with h ** 2?")(
    spoiled_one_sided(slope=_one_sided_square_of_h))


def _one_sided_sign(third, h):
    """The second expansion is subtracted, and its h ** 3 term is the larger one. The error is the
    slope you return minus the true one."""
    return h**2 / 3 * third


def _one_sided_not_halved(third, h):
    """4/6 h ** 3 is left above the line. Below it stands 2h, and not h."""
    return -2 * h**2 / 3 * third


def _one_sided_sixth(third, h):
    """That is the term of the central difference. The one-sided slope has another one."""
    return h**2 / 6 * third


def _one_sided_cubic(third, h):
    """The h ** 3 terms leave -4/6 h ** 3, and that is divided by 2h like everything else."""
    return -(h**3) / 3 * third


mistake("one_sided_slope", "the sign of the error", loses=("error",),
        hint="Four times 1/6, minus 8/6: is that positive or negative?")(
    spoiled_one_sided(error=_one_sided_sign))
mistake("one_sided_slope", "the error is twice too large", loses=("error",),
        hint="What do you divide the whole line by?")(
    spoiled_one_sided(error=_one_sided_not_halved))
mistake("one_sided_slope", "h ** 2 / 6, as for the central difference", loses=("error",),
        hint="What is (2h) ** 3 / 6 in the expansion of f(x + 2h)?")(
    spoiled_one_sided(error=_one_sided_sixth))
mistake("one_sided_slope", "one power of h too many in the error", loses=("error",),
        hint="What do you divide the whole line by? Have you divided the last term?")(
    spoiled_one_sided(error=_one_sided_cubic))


# recap_numerical_gradients


def recap(step="d", pixel="a", kink="c"):
    """The three letters, some of them wrong."""
    return lambda: (step, pixel, kink)


def wrong_letter(name, explanation, hint, **letters):
    """Enter a wrong option of the recap."""
    answer = recap(**letters)
    answer.__doc__ = explanation
    mistake("recap_numerical_gradients", name, loses=tuple(letters), hint=hint)(answer)


wrong_letter(
    "the rounding error is left out", "That is how h ** 2 shrinks, and it is true on the right "
    "branch of the V. At these steps the truncation error is long too small to matter.",
    "On which branch of the V are both steps?", step="a")
wrong_letter(
    "the error is taken to shrink with the step", "A truncation error of O(h) would shrink like "
    "this. The central one is O(h ** 2), and at these steps another error rules.",
    "On which branch of the V are both steps?", step="b")
wrong_letter(
    "the error is taken to have reached a floor", "The rounding of f stays the same, but it is "
    "divided by the step.", "What happens to a fixed number that is divided by a smaller step?",
    step="c")
wrong_letter(
    "along the gradient instead of against it", "The slope is negative: less ink raises this loss.",
    "Draw a line with slope -3. To which side does it fall?", pixel="b")
wrong_letter(
    "a promise about large changes", "A gradient is a slope at one place. How the loss goes on "
    "far from there, it does not know.", "How far does a tangent stay near its curve?", pixel="c")
wrong_letter(
    "the slope on the left of the kink", "Only one of the two points lies to the left of the kink.",
    "Where are x - h and x + h, and what is relu there?", kink="a")
wrong_letter(
    "the value at the kink itself", "One half is measured at x = 0. Here x is half a step to "
    "the right of it.", "Where are x - h and x + h, and what is relu there?", kink="b")
wrong_letter(
    "the true slope", "The slope of relu at h / 2 is 1, but the step to the left reaches beyond "
    "the kink.", "Where are x - h and x + h, and what is relu there?", kink="d")
