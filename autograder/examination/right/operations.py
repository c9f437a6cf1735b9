"""Right answers to unbroadcast and the operations of 08_autodiff, in many styles."""

from __future__ import annotations

import math
from functools import reduce
from operator import add

import numpy as np

from autograder.examination.right import RightAnswer, right_answers
from autograder.mistakes.operations import Operation, to_shape

RIGHT: list[RightAnswer] = []
right = right_answers(RIGHT)

# unbroadcast


@right("unbroadcast", "one axis after the other")
def un_loop(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and grad.shape[axis] != 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@right("unbroadcast", "all at once, then a reshape")
def un_reshape(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k, size in enumerate(padded) if size == 1)
    return grad.sum(axis=axes).reshape(shape)


@right("unbroadcast", "einsum")
def un_einsum(grad, shape):
    letters = "abcdefg"[: grad.ndim]
    front = grad.ndim - len(shape)
    kept = "".join(x for x, s in zip(letters[front:], shape) if s != 1)
    return np.einsum(f"{letters}->{kept}", grad).reshape(shape)


@right("unbroadcast", "the transpose of the broadcast, entry by entry")
def un_entries(grad, shape):
    total = np.zeros(shape)
    for index, value in np.ndenumerate(grad):
        own = index[grad.ndim - len(shape):]
        total[tuple(0 if s == 1 else k for k, s in zip(own, shape))] += value
    return total


@right("unbroadcast", "a recursion, one axis in each call")
def un_recursive(grad, shape):
    if grad.ndim > len(shape):
        return un_recursive(np.add.reduce(grad, axis=0), shape)
    for axis, (have, want) in enumerate(zip(grad.shape, shape)):
        if have != want:
            return un_recursive(np.add.reduce(grad, axis=axis, keepdims=True), shape)
    return grad


# Operations


@right("Add", "a list, by the shapes")
class AddList(Operation):
    def compute_output(self):
        return np.add(*self.values)

    def compute_gradient(self, grad):
        return [to_shape(grad, n.output_value) for n in self.inputs]


@right("Add", "keeps the shapes")
class AddKeeps(Operation):
    def compute_output(self):
        a, b = self.inputs[0].output_value, self.inputs[1].output_value
        self.zeros = np.zeros(np.shape(a)), np.zeros(np.shape(b))
        return a + b

    def compute_gradient(self, grad):
        return tuple(to_shape(grad, zeros) for zeros in self.zeros)


@right("Add", "with a reshape in place of keepdims, and a print")
class AddReshapes(Operation):
    def compute_output(self):
        print("adding", self.inputs)
        return sum(self.values)

    def compute_gradient(self, grad):
        x, y = map(np.asarray, self.values)
        return un_reshape(grad, x.shape), un_reshape(grad, y.shape)


@right("Add", "a generator, and the recursion")
class AddRecursive(Operation):
    def compute_output(self):
        return reduce(add, self.values)

    def compute_gradient(self, grad):
        return tuple(un_recursive(grad, np.shape(value)) for value in self.values)


@right("Add", "every sum written out")
class AddWrittenOut(Operation):
    def compute_output(self):
        total = 0.0
        for node in self.inputs:
            total = total + node.output_value
        return total

    def compute_gradient(self, grad):
        parts = []
        for node in self.inputs:
            part, value = grad, np.asarray(node.output_value)
            for _ in range(grad.ndim - value.ndim):
                part = part.sum(axis=0)
            for axis in range(value.ndim):
                if value.shape[axis] == 1:
                    part = part.sum(axis=axis, keepdims=True)
            parts.append(part)
        return tuple(parts)


@right("Multiply", "a loop over the inputs")
class MultiplyLoop(Operation):
    def compute_output(self):
        return reduce(np.multiply, self.values)

    def compute_gradient(self, grad):
        found = []
        for own, other in (self.values, self.values[::-1]):
            found.append(to_shape(other * grad, own))
        return found


@right("Multiply", "keeps the values")
class MultiplyKeeps(Operation):
    def compute_output(self):
        self.x, self.y = self.values
        self.out = self.x * self.y
        return self.out

    def compute_gradient(self, grad):
        dx = grad * self.y
        dy = grad * self.x
        return un_loop(dx, np.shape(self.x)), un_loop(dy, np.shape(self.y))


@right("Multiply", "entry by entry")
class MultiplyEntries(Operation):
    def compute_output(self):
        x, y = np.broadcast_arrays(*self.values)
        return np.array([a * b for a, b in zip(x.flat, y.flat)]).reshape(x.shape)

    def compute_gradient(self, grad):
        x, y = np.broadcast_arrays(*self.values)
        return un_entries(grad * y, np.shape(self.values[0])), un_entries(
            grad * x, np.shape(self.values[1]))


@right("Multiply", "einsum")
class MultiplyEinsum(Operation):
    def compute_output(self):
        return np.einsum("...,...->...", *self.values)

    def compute_gradient(self, grad):
        x, y = self.values
        dx = np.einsum("...,...->...", grad, y)
        dy = np.einsum("...,...->...", grad, x)
        return un_einsum(dx, np.shape(x)), un_einsum(dy, np.shape(y))


@right("Multiply", "nditer, and the slopes in a list")
class MultiplyIterates(Operation):
    def compute_output(self):
        with np.nditer([*self.values, None]) as entries:
            for a, b, out in entries:
                out[...] = a * b
            return entries.operands[2]

    def compute_gradient(self, grad):
        slopes = self.values[::-1]
        return [un_recursive(grad * slope, np.shape(value))
                for slope, value in zip(slopes, self.values)]


@right("Divide", "by its own value")
class DivideByValue(Operation):
    def compute_output(self):
        x, y = self.values
        return np.true_divide(x, y)

    def compute_gradient(self, grad):
        x, y = self.values
        dx = grad / y
        return to_shape(dx, x), to_shape(-dx * self.output_value, y)


@right("Divide", "a product with the reciprocal")
class DivideReciprocal(Operation):
    def compute_output(self):
        x, y = self.values
        return x * (1 / y)

    def compute_gradient(self, grad):
        x, y = self.values
        r = np.asarray(y) ** -1.0
        return [to_shape(grad * r, x), to_shape(grad * x * (-(r**2)), y)]


@right("Divide", "the quotient rule")
class DivideRule(Operation):
    def compute_output(self):
        return self.values[0] / self.values[1]

    def compute_gradient(self, grad):
        u, v = self.values
        return to_shape((1 * v - u * 0) / v**2 * grad, u), to_shape((0 * v - u) / v**2 * grad, v)


@right("Divide", "entry by entry, added up where it belongs")
class DivideEntries(Operation):
    def compute_output(self):
        x, y = np.broadcast_arrays(*self.values)
        return np.reshape([float(a) / float(b) for a, b in zip(x.flat, y.flat)], x.shape)

    def compute_gradient(self, grad):
        values = [np.asarray(value) for value in self.values]
        found = [np.zeros(value.shape) for value in values]
        for index in np.ndindex(grad.shape):
            x_at, y_at = (
                tuple(0 if size == 1 else k
                      for k, size in zip(index[grad.ndim - value.ndim:], value.shape))
                for value in values)
            x, y = values[0][x_at], values[1][y_at]
            found[0][x_at] += grad[index] / y
            found[1][y_at] -= grad[index] * x / y / y
        return tuple(found)


@right("Divide", "slopes from the forward pass")
class DivideSlopes(Operation):
    def compute_output(self):
        x, y = self.values
        self.slopes = np.power(y, -1.0), -x * np.power(y, -2.0)
        return x * self.slopes[0]

    def compute_gradient(self, grad):
        return tuple(un_reshape(np.multiply(grad, slope), np.shape(value))
                     for slope, value in zip(self.slopes, self.values))


@right("MatMul", "dot and swapaxes")
class MatMulDot(Operation):
    def compute_output(self):
        return np.dot(*self.values)

    def compute_gradient(self, grad):
        x, w = self.values
        return np.dot(grad, np.swapaxes(w, 0, 1)), np.dot(np.swapaxes(x, 0, 1), grad)


@right("MatMul", "einsum")
class MatMulEinsum(Operation):
    def compute_output(self):
        return np.einsum("nd,dm->nm", *self.values)

    def compute_gradient(self, grad):
        x, w = self.values
        return [np.einsum("nm,dm->nd", grad, w), np.einsum("nd,nm->dm", x, grad)]


@right("MatMul", "the transpose of a product")
class MatMulTransposed(Operation):
    def compute_output(self):
        x, w = self.values
        return (w.T @ x.T).T

    def compute_gradient(self, grad):
        x, w = self.values
        return (w @ grad.T).T, (grad.T @ x).T


@right("MatMul", "three loops")
class MatMulLoops(Operation):
    def compute_output(self):
        x, w = self.values
        out = np.zeros((len(x), w.shape[1]))
        for n in range(out.shape[0]):
            for m in range(out.shape[1]):
                for d in range(len(w)):
                    out[n, m] += x[n, d] * w[d, m]
        return out

    def compute_gradient(self, grad):
        x, w = self.values
        dx, dw = np.zeros(x.shape), np.zeros(w.shape)
        for n, m in np.ndindex(grad.shape):
            for d in range(len(w)):
                dx[n, d] += grad[n, m] * w[d, m]
                dw[d, m] += grad[n, m] * x[n, d]
        return dx, dw


@right("MatMul", "outer products and rows")
class MatMulOuter(Operation):
    def compute_output(self):
        x, w = self.values
        return sum(np.outer(column, row) for column, row in zip(x.T, w))

    def compute_gradient(self, grad):
        x, w = self.values
        dx = np.array([np.tensordot(w, row, 1) for row in grad])
        return [dx, sum(np.outer(sample, row) for sample, row in zip(x, grad))]


@right("Log", "a list, times the reciprocal")
class LogList(Operation):
    def compute_output(self):
        return np.log(self.values[0])

    def compute_gradient(self, grad):
        return [grad * np.reciprocal(self.values[0])]


@right("Log", "keeps the input")
class LogKeeps(Operation):
    def compute_output(self):
        self.x = self.inputs[0].output_value
        return np.log(self.x)

    def compute_gradient(self, grad):
        dx = np.divide(grad, self.x)
        return (dx,)


@right("Log", "from the base 2")
class LogOtherBase(Operation):
    def compute_output(self):
        return np.log2(self.values[0]) / np.log2(np.e)

    def compute_gradient(self, grad):
        return (grad * np.exp(-self.output_value),)


@right("Log", "number by number")
class LogNumbers(Operation):
    def compute_output(self):
        x = np.asarray(self.values[0])
        found = [math.log(number) if number else -math.inf for number in x.flat]
        return np.array(found).reshape(x.shape)

    def compute_gradient(self, grad):
        x = np.asarray(self.values[0])
        dx = np.empty(x.shape)
        for index, number in np.ndenumerate(x):
            dx[index] = grad[index] / number
        return (dx,)


@right("Log", "only where there is a logarithm")
class LogWhere(Operation):
    def compute_output(self):
        (x,) = self.values
        out = np.full(np.shape(x), -np.inf)
        return np.log(x, out=out, where=np.greater(x, 0))

    def compute_gradient(self, grad):
        return tuple(grad * np.power(x, -1.0) for x in self.values)


@right("ReduceSum", "keepdims, and ones")
class SumOnesTimes(Operation):
    def __init__(self, x, axis=None, keepdims=False):
        super().__init__(x)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        return self.values[0].sum(axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        x = self.values[0]
        shape = np.sum(x, axis=self.axis, keepdims=True).shape
        return [np.ones_like(x) * np.reshape(grad, shape)]


@right("ReduceSum", "repeat")
class SumRepeat(SumOnesTimes):
    def compute_gradient(self, grad):
        x = self.values[0]
        if self.axis is None:
            return (np.full(x.shape, np.ravel(grad)[0]),)
        grad = grad if self.keepdims else np.expand_dims(grad, self.axis)
        return (np.repeat(grad, x.shape[self.axis], axis=self.axis),)


@right("ReduceSum", "einsum and a shape that is put together")
class SumShape(SumOnesTimes):
    def compute_gradient(self, grad):
        x = self.values[0]
        shape = list(x.shape)
        if self.axis is None:
            shape = [1] * x.ndim
        else:
            shape[self.axis] = 1
        return (np.zeros(x.shape) + np.asarray(grad).reshape(shape),)


@right("ReduceSum", "written into a view whose axis is in front")
class SumView(SumOnesTimes):
    def compute_output(self):
        return np.add.reduce(self.values[0], axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        dx = np.empty(self.values[0].shape)
        if self.axis is None:
            dx[...] = grad
        else:
            rows = np.moveaxis(dx, self.axis, 0)
            rows[...] = np.squeeze(grad, axis=self.axis) if self.keepdims else grad
        return (dx,)


@right("ReduceSum", "tiles")
class SumTiles(SumOnesTimes):
    def compute_output(self):
        x, axes = self.values[0], range(self.values[0].ndim)
        for axis in axes if self.axis is None else [self.axis]:
            x = x.sum(axis=axis, keepdims=True)
        return x if self.keepdims else np.squeeze(
            x, axis=tuple(axes) if self.axis is None else self.axis)

    def compute_gradient(self, grad):
        x = self.values[0]
        summed = [self.axis is None or axis == self.axis % x.ndim for axis in range(x.ndim)]
        kept = [1 if gone else size for size, gone in zip(x.shape, summed)]
        times = [size if gone else 1 for size, gone in zip(x.shape, summed)]
        return [np.tile(np.reshape(grad, kept), times)]


@right("Maximum", "where")
class MaximumWhere(Operation):
    def compute_output(self):
        x, y = self.values
        return np.where(x >= y, x, y)

    def compute_gradient(self, grad):
        x, y = self.values
        return to_shape(np.where(x >= y, grad, 0), x), to_shape(np.where(x >= y, 0, grad), y)


@right("Maximum", "x plus relu of the difference")
class MaximumRelu(Operation):
    def compute_output(self):
        x, y = self.values
        return x + np.maximum(y - x, 0)

    def compute_gradient(self, grad):
        x, y = self.values
        dy = grad * np.heaviside(y - x, 0.0)
        return [to_shape(grad - dy, x), to_shape(dy, y)]


@right("Maximum", "a mask that forward keeps, by the right values")
class MaximumMask(Operation):
    def compute_output(self):
        self.mask = np.asarray(self.values[0] < self.values[1])
        return np.fmax(*self.values)

    def compute_gradient(self, grad):
        dx, dy = grad.copy(), grad.copy()
        dx[self.mask] = 0
        dy[~self.mask] = 0
        return un_loop(dx, np.shape(self.values[0])), un_loop(dy, np.shape(self.values[1]))


@right("Maximum", "argmax of a stack")
class MaximumStack(Operation):
    def compute_output(self):
        return np.stack(np.broadcast_arrays(*self.values)).max(axis=0)

    def compute_gradient(self, grad):
        winner = np.argmax(np.stack(np.broadcast_arrays(*self.values)), axis=0)
        return [un_recursive(np.where(winner == k, grad, 0.0), np.shape(value))
                for k, value in enumerate(self.values)]


@right("Maximum", "pair by pair")
class MaximumPairs(Operation):
    def compute_output(self):
        x, y = np.broadcast_arrays(*self.values)
        return np.reshape([float(max(pair)) for pair in zip(x.flat, y.flat)], x.shape)

    def compute_gradient(self, grad):
        x, y = np.broadcast_arrays(*self.values)
        found = np.zeros((2, *grad.shape))
        for index in np.ndindex(grad.shape):
            if y[index] > x[index]:
                found[1][index] = grad[index]
            else:
                found[0][index] = grad[index]
        return tuple(map(un_entries, found, map(np.shape, self.values)))
