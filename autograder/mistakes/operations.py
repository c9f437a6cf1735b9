"""Known mistakes in the single operations of 08_autodiff."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import PRECISION
from autograder.exercises.operations import FORWARD, GRADIENT, TIE

ENTERED: list[tuple[tuple, dict, type]] = []


def mistake(*words, **more):
    """Keep a wrong class for `enter`."""
    def keep(wrong):
        ENTERED.append((words, more, wrong))
        return wrong

    return keep


def enter(catalogue) -> None:
    """Enter all of them by the decorator of the chapter's catalogue."""
    for words, more, wrong in ENTERED:
        catalogue(*words, **more)(wrong)


class Operation:
    """What an operation inherits, as far as a check needs it."""

    def __init__(self, *inputs):
        self.inputs = inputs
        self.output_value: Any = None

    @property
    def values(self) -> list:
        return [node.output_value for node in self.inputs]


def to_shape(grad, value) -> np.ndarray:
    """A gradient, summed to the shape of an input."""
    shape = np.shape(value)
    grad = np.sum(grad, axis=tuple(range(np.ndim(grad) - len(shape))))
    return np.sum(grad, axis=tuple(k for k, s in enumerate(shape) if s == 1), keepdims=True)


class RightAdd(Operation):
    def compute_output(self):
        x, y = self.values
        return x + y

    def compute_gradient(self, grad):
        return tuple(to_shape(grad, value) for value in self.values)


@mistake("Add", "the gradients keep the shape of the output", loses=(GRADIENT,),
         hint="Compare the shape of each gradient with that of its input.")
class AddNotSummed(RightAdd):
    """An input that was broadcast needs the sum over its repetitions, in its own shape."""

    def compute_gradient(self, grad):
        return grad, grad


@mistake("Add", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class AddOnes(RightAdd):
    """1 is the local slope of a sum. The gradient is grad times that."""

    def compute_gradient(self, grad):
        return super().compute_gradient(np.ones_like(grad))


@mistake("Add", "these are the gradients of a product", loses=(GRADIENT,),
         hint="By how much does x + y grow when x grows by 1? Does y matter?")
class AddLikeMultiply(RightAdd):
    """The local slopes of a sum are 1, whatever the other input is."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * y, x), to_shape(grad * x, y)


@mistake("Add", "the gradient is shared out between x and y", loses=(GRADIENT,),
         hint="Push x alone. Does the whole push arrive?")
class AddHalves(RightAdd):
    """A gradient is no amount that has to be divided. Each input moves the sum with slope 1."""

    def compute_gradient(self, grad):
        return super().compute_gradient(grad / 2)


@mistake("Add", "one gradient for two inputs", loses=(GRADIENT,),
         hint="Return a tuple with one gradient for each input.")
class AddOneGradient(RightAdd):
    """Each input gets a gradient of its own, in its own shape."""

    def compute_gradient(self, grad):
        return (to_shape(grad, self.values[0]),)


@mistake("Add", "each gradient has the shape of the other input", loses=(GRADIENT,),
         hint="Which shape belongs to the first gradient?")
class AddShapesExchanged(RightAdd):
    """The first gradient belongs to x, and has the shape of x."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad, y), to_shape(grad, x)


@mistake("Add", "the second gradient is that of a difference", loses=(GRADIENT,),
         hint="By how much does x + y grow when y grows by 1?")
class AddLikeSubtract(RightAdd):
    """The slope of a sum with respect to y is 1, without a minus."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad, x), to_shape(-grad, y)


@mistake("Add", "forward returns a node, not an array", loses=(FORWARD,),
         hint="What stands to both sides of the operator, nodes or values? And what is returned?")
class AddNodes(RightAdd):
    """compute_output returns an array. With nodes, + makes one more node."""

    def compute_output(self):
        x, y = self.inputs
        return x + y


@mistake("Add", "forward multiplies", loses=(FORWARD,), hint="This node computes x + y.")
class AddMultiplies(RightAdd):
    """This is the value of a product."""

    def compute_output(self):
        x, y = self.values
        return x * y


# Multiply


class RightMultiply(Operation):
    def compute_output(self):
        x, y = self.values
        return x * y

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * y, x), to_shape(grad * x, y)


@mistake("Multiply", like=AddNotSummed)
class MultiplyNotSummed(RightMultiply):
    def compute_gradient(self, grad):
        x, y = self.values
        return grad * y, grad * x


@mistake("Multiply", "the sum comes before the product", loses=(GRADIENT,),
         hint="Multiply in the shape of the output, and sum then.")
class MultiplySumsFirst(RightMultiply):
    """Every repetition has a factor of its own. They must be multiplied before they are summed."""

    def compute_gradient(self, grad):
        x, y = self.values
        dx, dy = to_shape(grad, x) * y, to_shape(grad, y) * x
        return to_shape(dx, x), to_shape(dy, y)


@mistake("Multiply", "the sum comes before the product, and none after it", loses=(GRADIENT,),
         hint="Write the local slope in the shape of the output, and bring the product of both "
              "to the shape of the input.")
class MultiplySumsBefore(RightMultiply):
    """grad is summed first and multiplied then. Every repetition has a factor of its own, and the
    result has the shape of the output again."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad, x) * y, to_shape(grad, y) * x


@mistake("Multiply", "forward is a matrix product", loses=(FORWARD,),
         hint="Which operator works entry by entry?")
class MultiplyAsMatrices(RightMultiply):
    """The matrix product has other numbers, and often the shapes do not fit it at all."""

    def compute_output(self):
        x, y = self.values
        return x @ y


@mistake("Multiply", "the factors are exchanged", loses=(GRADIENT,),
         hint="Hold y fixed. By how much does x * y grow when x grows by 1?")
class MultiplyExchanged(RightMultiply):
    """The slope with respect to x is y, and the slope with respect to y is x."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * x, x), to_shape(grad * y, y)


@mistake("Multiply", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class MultiplyOnes(RightMultiply):
    """These are the local slopes. The gradients are grad times as large, entry by entry."""

    def compute_gradient(self, grad):
        return super().compute_gradient(np.ones_like(grad))


@mistake("Multiply", "the product passes on its upstream gradient", loses=(GRADIENT,),
         hint="By how much does x * y grow when x grows by 1? Does y matter?")
class MultiplyLikeAdd(RightMultiply):
    """These are the gradients of a sum. The local slopes of a product are the other factors."""

    def compute_gradient(self, grad):
        return tuple(to_shape(grad, value) for value in self.values)


@mistake("Multiply", "the gradient divides the product by an input", loses=(GRADIENT,),
         hint="The other factor is at hand, and you need not divide.")
class MultiplyDivides(RightMultiply):
    """x * y / x is y, but only as long as x is not 0."""

    def compute_gradient(self, grad):
        x, y = self.values
        with np.errstate(all="ignore"):
            return to_shape(grad * (x * y) / x, x), to_shape(grad * (x * y) / y, y)


@mistake("Multiply", "forward adds", loses=(FORWARD,), hint="This node computes x * y.")
class MultiplyAdds(RightMultiply):
    """This is the value of a sum."""

    def compute_output(self):
        x, y = self.values
        return x + y


@mistake("Multiply", like=AddNodes)
class MultiplyNodes(RightMultiply):
    """compute_output returns an array. With nodes, * makes one more node."""

    def compute_output(self):
        x, y = self.inputs
        return x * y


# Divide


class RightDivide(Operation):
    def compute_output(self):
        x, y = self.values
        return x / y

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad / y, x), to_shape(-grad * x / y**2, y)


@mistake("Divide", like=AddNotSummed)
class DivideNotSummed(RightDivide):
    def compute_gradient(self, grad):
        x, y = self.values
        return grad / y, -grad * x / y**2


@mistake("Divide", "the sum comes before the local slope, and none after it", loses=(GRADIENT,),
         like=MultiplySumsBefore)
class DivideSumsBefore(RightDivide):
    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad, x) / y, to_shape(-grad, y) * x / y**2


@mistake("Divide", "the minus is missing in dy", loses=(GRADIENT,),
         hint="Take 6 / 2 and 6 / 3: does the quotient grow with y?")
class DivideWithoutMinus(RightDivide):
    """If both are positive, a larger y makes the quotient smaller."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad / y, x), to_shape(grad * x / y**2, y)


@mistake("Divide", "the square is missing in dy", loses=(GRADIENT,),
         hint="What is the derivative of 1 / y?")
class DivideWithoutSquare(RightDivide):
    """1 / y falls with the slope 1 / y squared."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad / y, x), to_shape(-grad * x / y, y)


@mistake("Divide", "a negative power of the denominator", loses=(GRADIENT,),
         hint="What does NumPy say to np.array(5) ** -2, and what to np.array(5.0) ** -2? How else "
              "is a square brought below the line?")
class DivideNegativePower(RightDivide):
    """A negative power such as y ** -2 is right for floats. Integers have none in NumPy, and the
    denominator of x / 5 is an integer."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad / y, x), to_shape(-grad * x * y ** -2, y)


@mistake("Divide", "x is missing in dy", loses=(GRADIENT,),
         hint="x / y is x times 1 / y. Is x still there when you differentiate by y?")
class DivideWithoutX(RightDivide):
    """That is the slope of 1 / y. The quotient is x times as large, and so is its slope."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad / y, x), to_shape(-grad / y**2, y)


@mistake("Divide", "dx is multiplied by y", loses=(GRADIENT,),
         hint="Hold y fixed at 10 and push x by 1. By how much does the quotient grow?")
class DivideTimesY(RightDivide):
    """The slope of x / y with respect to x is one over y."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * y, x), to_shape(-grad * x / y**2, y)


@mistake("Divide", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class DivideOnes(RightDivide):
    """These are the local slopes. The gradients are grad times as large, entry by entry."""

    def compute_gradient(self, grad):
        return super().compute_gradient(np.ones_like(grad))


@mistake("Divide", "y is divided by x", loses=(FORWARD,), hint="Which input is the denominator?")
class DivideTurned(RightDivide):
    """The node computes x / y."""

    def compute_output(self):
        x, y = self.values
        with np.errstate(all="ignore"):
            return y / x


@mistake("Divide", "the quotient is rounded down", loses=(FORWARD,),
         hint="What is the difference between / and //?")
class DivideFloor(RightDivide):
    """// and np.floor give a whole number."""

    def compute_output(self):
        x, y = self.values
        return x // y


# MatMul


class RightMatMul(Operation):
    def compute_output(self):
        x, w = self.values
        return x @ w

    def compute_gradient(self, grad):
        x, w = self.values
        return grad @ w.T, x.T @ grad


@mistake("MatMul", "the factors stand in the wrong order", loses=(GRADIENT,),
         hint="Write the shapes below the factors. In which order do the inner sizes agree?")
class MatMulTurned(RightMatMul):
    """A matrix product depends on the order of its factors."""

    def compute_gradient(self, grad):
        x, w = self.values
        return w.T @ grad, grad @ x.T


@mistake("MatMul", "the transposes are missing", loses=(GRADIENT,),
         hint="grad is (N, M), w is (D, M), dx is (N, D): which letter is summed, and where is it?")
class MatMulStraight(RightMatMul):
    """The shapes fit only where all sizes are the same, and there the numbers are wrong."""

    def compute_gradient(self, grad):
        x, w = self.values
        return grad @ w, x @ grad


@mistake("MatMul", "the gradients are those of an entry by entry product", loses=(GRADIENT,),
         hint="How many entries of the output does one entry of x touch?")
class MatMulLikeMultiply(RightMatMul):
    """In a matrix product every entry of x meets a whole row of w."""

    def compute_gradient(self, grad):
        x, w = self.values
        return grad * w, grad * x


@mistake("MatMul", "dx and dw are returned in the wrong order", loses=(GRADIENT,),
         hint="The first gradient belongs to the first input.")
class MatMulExchanged(RightMatMul):
    """Both are right, and each stands in the place of the other."""

    def compute_gradient(self, grad):
        return super().compute_gradient(grad)[::-1]


@mistake("MatMul", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class MatMulOnes(RightMatMul):
    """With an upstream gradient of ones this would be right."""

    def compute_gradient(self, grad):
        return super().compute_gradient(np.ones_like(grad))


@mistake("MatMul", "forward multiplies entry by entry", loses=(FORWARD,),
         hint="Which operator is the matrix product?")
class MatMulTimes(RightMatMul):
    """* and np.multiply work entry by entry, @ is the matrix product."""

    def compute_output(self):
        x, w = self.values
        return x * w


@mistake("MatMul", "the factors of the value are exchanged", loses=(FORWARD,),
         hint="The node computes x @ w.")
class MatMulValueTurned(RightMatMul):
    """A matrix product depends on the order of its factors."""

    def compute_output(self):
        x, w = self.values
        return w @ x


@mistake("MatMul", "one product comes back for two inputs", loses=(GRADIENT,),
         hint="Return a tuple with one gradient for each input: dx, dw.")
class MatMulOnlyX(RightMatMul):
    """Both inputs move the output, and each gets a gradient of its own."""

    def compute_gradient(self, grad):
        return super().compute_gradient(grad)[0]


# Log


class RightLog(Operation):
    def compute_output(self):
        return np.log(self.values[0])

    def compute_gradient(self, grad):
        return (grad / self.values[0],)


@mistake("Log", "grad is multiplied by x", loses=(GRADIENT,),
         hint="Where is the logarithm steep, near 0 or far from it?")
class LogTimes(RightLog):
    """The slope of the logarithm is one over x."""

    def compute_gradient(self, grad):
        return (grad * self.values[0],)


@mistake("Log", "the gradient stands in no tuple", loses=(GRADIENT,),
         hint="What makes a tuple of one entry a tuple?")
class LogBare(RightLog):
    """gradients goes through the tuple and the inputs together. A bare array would be taken apart
    into its rows."""

    def compute_gradient(self, grad):
        return grad / self.values[0]


@mistake("Log", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class LogOnes(RightLog):
    """1 / x is the local slope. The gradient is grad times that."""

    def compute_gradient(self, grad):
        return (1 / self.values[0],)


@mistake("Log", "the slope is taken at the value in place of the input", loses=(GRADIENT,),
         hint="Which number does the local slope need, x or log(x)?")
class LogOfOutput(RightLog):
    """output_value is log(x). The local slope is one over x itself."""

    def compute_gradient(self, grad):
        return (grad / self.output_value,)


@mistake("Log", "the value of the node is taken for its slope", loses=(GRADIENT,),
         hint="Which function is its own derivative, and which is not?")
class LogLikeExp(RightLog):
    """The exponential function is its own derivative. The logarithm is not."""

    def compute_gradient(self, grad):
        return (grad * self.output_value,)


@mistake("Log", "the logarithm of 0 is made 0", loses=(FORWARD,),
         hint="Of which number is 0 the logarithm? Where do the logarithms go as x comes near 0?")
class LogOfZeroIsZero(RightLog):
    """0 is the logarithm of 1. A probability of 0 would look like a certain one, and the loss of
    the worst mistake like none."""

    def compute_output(self):
        (x,) = self.values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, np.log(x), 0.0)


def log_with(small: str) -> None:
    """Both ways to avoid log(0) with one small number."""

    @mistake("Log", f"{small} is added inside the logarithm", loses=(FORWARD,),
             hint=f"Compute log({small}) and log({small} + {small}).")
    class LogFudged(RightLog):
        """It avoids log(0), and makes every small probability wrong, as chapter 06 has shown."""

        def compute_output(self):
            return np.log(self.values[0] + float(small))

    @mistake("Log", f"the input is kept above {small}", loses=(FORWARD,),
             hint="Which x does your node take the logarithm of, when x is 1e-30?")
    class LogClipped(RightLog):
        """Below the limit the node computes the logarithm of something else than x."""

        def compute_output(self):
            return np.log(np.maximum(self.values[0], float(small)))


for power in (6, 7, 8, 9, 10, 12, 15, 16):
    log_with(f"1e-{power:02d}".replace("-0", "-"))


@mistake("Log", "the logarithm to base 10", loses=(FORWARD,),
         hint="Which of np.log, np.log2 and np.log10 has the derivative 1 / x?")
class LogBase10(RightLog):
    """This node computes the natural logarithm."""

    def compute_output(self):
        return np.log10(self.values[0])


@mistake("Log", "the logarithm to base 2", like=LogBase10)
class LogBase2(RightLog):
    def compute_output(self):
        return np.log2(self.values[0])


# ReduceSum


class RightReduceSum(Operation):
    def __init__(self, x, axis=None, keepdims=False):
        super().__init__(x)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        return np.sum(self.values[0], axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        if self.axis is not None and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(self.values[0])),)


@mistake("ReduceSum", "the gradient keeps the shape of the output", loses=(GRADIENT,),
         hint="How many entries of x does each entry of the output come from?")
class SumNotSpread(RightReduceSum):
    """Every entry of x gets a gradient, so that there are as many of them as in x."""

    def compute_gradient(self, grad):
        return (grad,)


@mistake("ReduceSum", "the summed axis is not put back", loses=(GRADIENT,),
         hint="When NumPy broadcasts, new axes come in front. Where was the axis that is missing?")
class SumAxisLost(RightReduceSum):
    """Without its axis the gradient is spread along the wrong one, or along none."""

    def compute_gradient(self, grad):
        return (np.broadcast_to(grad, np.shape(self.values[0])),)


@mistake("ReduceSum", "the summed axis is put back where it was kept", loses=(GRADIENT,),
         hint="Which shape has grad for x of shape (3, 4), axis=1 and keepdims=True?")
class SumAxisTwice(RightReduceSum):
    """With keepdims the summed axis is still there, with size 1. A second one makes the gradient
    an array of more axes than x."""

    def compute_gradient(self, grad):
        if self.axis is not None:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(self.values[0])),)


@mistake("ReduceSum", "a negative axis is put back one place too early", loses=(GRADIENT,),
         hint="What is the list [2, 4] after insert(-1, 1)? Which place of the longer list did you "
              "want?")
class SumAxisTooEarly(RightReduceSum):
    """A negative axis is counted in the shape that has it. In list.insert, or in a slice of the
    shape of grad, it is counted in the shorter one."""

    def compute_gradient(self, grad):
        if self.axis is not None and not self.keepdims:
            shape = list(np.shape(grad))
            shape.insert(self.axis, 1)
            grad = np.reshape(grad, shape)
        return (np.broadcast_to(grad, np.shape(self.values[0])),)


@mistake("ReduceSum", "the gradient is divided by the number of entries", loses=(GRADIENT,),
         hint="By how much does a sum grow when one of its terms grows by 1?")
class SumLikeMean(RightReduceSum):
    """That is the gradient of a mean."""

    def compute_gradient(self, grad):
        (dx,) = super().compute_gradient(grad)
        return (dx * np.size(grad) / np.size(dx),)


@mistake("ReduceSum", "the upstream gradient is ignored", loses=(GRADIENT,),
         hint="The rule has two factors: upstream gradient and local slope.")
class SumOnes(RightReduceSum):
    """1 is the local slope of a sum. The gradient is grad times that."""

    def compute_gradient(self, grad):
        return (np.ones(np.shape(self.values[0])),)


@mistake("ReduceSum", like=LogBare)
class SumBare(RightReduceSum):
    def compute_gradient(self, grad):
        return super().compute_gradient(grad)[0]


@mistake("ReduceSum", "the axis is ignored", loses=(FORWARD,),
         hint="Which argument of np.sum says along which axis, and where does the node keep it?")
class SumOfAll(RightReduceSum):
    """Everything is summed, whatever axis was asked for."""

    def compute_output(self):
        return np.sum(self.values[0], keepdims=self.keepdims)


@mistake("ReduceSum", "axis 0 is taken for no axis", loses=(FORWARD,),
         hint="Is 0 true or false after an if? How does one ask whether an axis was given?")
class SumOfAllForAxisZero(RightReduceSum):
    """0 counts as false, so the sum over axis 0 becomes the sum over everything."""

    def compute_output(self):
        return np.sum(self.values[0], axis=self.axis or None, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        if self.axis and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(self.values[0])),)


@mistake("ReduceSum", "all axes of size 1 are dropped", loses=(FORWARD,),
         hint="What is the shape of the row sums of a single row? Which axes does np.squeeze take "
              "away if it is not told which?")
class SumSqueezed(RightReduceSum):
    """The summed axis goes, and every other axis of size 1 goes with it, such as the samples of a
    batch of one."""

    def compute_output(self):
        total = super().compute_output()
        return total if self.keepdims else np.squeeze(total)

    def compute_gradient(self, grad):
        x = self.values[0]
        if not self.keepdims:
            grad = np.reshape(grad, np.shape(np.sum(x, axis=self.axis, keepdims=True)))
        return (np.broadcast_to(grad, np.shape(x)),)


@mistake("ReduceSum", "keepdims is ignored", loses=(FORWARD,),
         hint="Which argument of np.sum keeps an axis, and where does the node keep it?")
class SumDropsAxis(RightReduceSum):
    """The summed axis should stay, with size 1, where keepdims is true."""

    def compute_output(self):
        return np.sum(self.values[0], axis=self.axis)


@mistake("ReduceSum", "forward computes a mean", loses=(FORWARD,),
         hint="This node computes the sum.")
class SumIsMean(RightReduceSum):
    """The sum is divided by the number of its terms."""

    def compute_output(self):
        return np.mean(self.values[0], axis=self.axis, keepdims=self.keepdims)


# Maximum


class RightMaximum(Operation):
    def compute_output(self):
        x, y = self.values
        return np.maximum(x, y)

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * (x >= y), x), to_shape(grad * (x < y), y)


@mistake("Maximum", like=AddNotSummed)
class MaximumNotSummed(RightMaximum):
    def compute_gradient(self, grad):
        x, y = self.values
        return grad * (x >= y), grad * (x < y)


@mistake("Maximum", "both inputs receive the whole gradient", loses=(GRADIENT, TIE),
         hint="Which of the two inputs counts in an entry? Take 2 and 7, then 5 and 5.")
class MaximumLikeAdd(RightMaximum):
    """Only the input that counts as the larger one moves the output, and at a tie that is x."""

    def compute_gradient(self, grad):
        return tuple(to_shape(grad, value) for value in self.values)


@mistake("Maximum", "the mask is summed by itself", loses=(GRADIENT,),
         hint="Which is brought to the shape of the input: the mask, or its product with grad?")
class MaximumMaskSummed(RightMaximum):
    """Each repetition has a mask of its own, and it belongs to the grad of that repetition. The
    product of two sums is not the sum of the products."""

    def compute_gradient(self, grad):
        x, y = self.values
        return (to_shape(grad, x) * to_shape(x >= y, x), to_shape(grad, y) * to_shape(x < y, y))


@mistake("Maximum", "the sum comes before the mask, and none after it", loses=(GRADIENT,),
         hint="In which shape does each repetition still have its own part of grad?")
class MaximumSumsBefore(RightMaximum):
    """grad is summed first and masked then. The mask has the shape of the output, and each of its
    entries belongs to one entry of grad."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad, x) * (x >= y), to_shape(grad, y) * (x < y)


@mistake("Maximum", "at a tie the gradient goes to dy, not to dx", loses=(TIE,),
         hint="Read the last line of the docstring.")
class MaximumSecondAtTies(RightMaximum):
    """The convention of this course is that the first one counts as the larger."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * (x > y), x), to_shape(grad * (x <= y), y)


@mistake("Maximum", "at a tie both inputs receive the whole gradient", loses=(TIE,),
         hint="Read the last line of the docstring.")
class MaximumBothAtTies(RightMaximum):
    """Pushing both up moves the output by one push, not by two. The convention of this course is
    that the first one counts."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * (x >= y), x), to_shape(grad * (y >= x), y)


@mistake("Maximum", "at a tie the gradient is halved", loses=(TIE,),
         hint="Read the last line of the docstring.")
class MaximumHalvedAtTies(RightMaximum):
    """Some frameworks share it out. The convention of this course is that the first one counts."""

    def compute_gradient(self, grad):
        x, y = self.values
        first = 0.5 * ((x > y) + 1.0 * (x >= y))
        return to_shape(grad * first, x), to_shape(grad * (1 - first), y)


@mistake("Maximum", "dx and dy are those of the smaller input", loses=(GRADIENT,),
         hint="Take 2 and 7 and push one of them a little. Which push does the output feel?")
class MaximumExchanged(RightMaximum):
    """The output moves with the larger input alone."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * (x <= y), x), to_shape(grad * (x > y), y)


@mistake("Maximum", "the gradient contains the value of the input", loses=(GRADIENT, TIE),
         hint="Take 2 and 7 and push the 7 by 0.001. By how much does the output grow?")
class MaximumTimesValue(RightMaximum):
    """The output grows exactly as fast as the larger input: its local slope is 1."""

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(grad * x * (x >= y), x), to_shape(grad * y * (x < y), y)


@mistake("Maximum", "absolute values are compared", loses=(FORWARD,),
         hint="Which is larger, -2 or 1?")
class MaximumOfSizes(RightMaximum):
    """-2 has the larger absolute value. Of -2 and 1 the larger one is 1 all the same."""

    def compute_output(self):
        x, y = self.values
        return np.where(abs(x) >= abs(y), x, y)


@mistake("Maximum", "forward returns the smaller input", loses=(FORWARD,),
         hint="This node computes the larger one.")
class MaximumIsMinimum(RightMaximum):
    """This is the value of a minimum."""

    def compute_output(self):
        x, y = self.values
        return np.minimum(x, y)


# Digits


def in_float32(right: type) -> None:
    """A right operation, whose results are float32 numbers."""
    @mistake(right.__name__.removeprefix("Right"), "computed in float32", loses=(PRECISION,),
             hint="Which dtype do the values of the inputs have, and which one do your results "
                  "have?")
    class Single(right):
        """float32 holds 7 digits, and the inputs have 15."""

        def compute_output(self):
            return np.asarray(super().compute_output(), dtype=np.float32)

        def compute_gradient(self, grad):
            return tuple(np.asarray(part, dtype=np.float32)
                         for part in super().compute_gradient(grad))


for right in (RightAdd, RightMultiply, RightDivide, RightMatMul, RightReduceSum, RightMaximum):
    in_float32(right)
