"""Known mistakes of 09_two_layer_net: layers, the network, its steps.

Those of the update rules, the experiments and what follows are in `training_rules`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograder.checking.exercise import UNCHANGED
from autograder.checking.mistake import Mistake, known_mistakes
from autograder.exercises.layers import BACKWARD, FORWARD, LOOKS_UP, SINGLE
from autograder.exercises.networks import (
    ACCURACY,
    GRADIENT,
    LOSS,
    NUMERICAL,
    PREDICT,
    READS,
    START,
)
from autograder.exercises.two_layer_net import (
    BIASES,
    EQUAL_PARTS,
    REST,
    STEP,
    STEPS,
    WEIGHTS,
)
from autograder.mistakes import training_rules

MISTAKES: list[Mistake] = [*training_rules.MISTAKES]
mistake = known_mistakes(MISTAKES)


def softmax(x):
    """Rows of probabilities."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def right_loss(x, t):
    """The softmax loss and its gradient."""
    p = softmax(x)
    rows = np.arange(len(x))
    return -np.mean(np.log(p[rows, t])), (p - np.eye(x.shape[1])[t]) / len(x)


class RightAffine:
    """Affine as it should be, to be spoiled in one place."""

    def __init__(self, params, w, b):
        self.params, self.w, self.b = params, w, b

    def forward(self, x):
        self.x, self.used = x, self.params[self.w]
        return x @ self.used + self.params[self.b]

    def backward(self, dout):
        self.dw, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.used.T


class RightRelu:
    """Relu as it should be."""

    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class RightSoftmax:
    """SoftmaxWithLoss as it should be, to be spoiled in one place."""

    def forward(self, x, t):
        loss, dx = right_loss(x, t)
        self.dx = dx.astype(x.dtype)
        return loss

    def backward(self, dout=1.0):
        return dout * self.dx


class RightNet:
    """TwoLayerNet as it should be, to be spoiled in one place."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        self.params = {
            "W1": self.weights(rng, weight_init_std, input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": self.weights(rng, weight_init_std, hidden_size, output_size),
            "b2": np.zeros(output_size),
        }
        self.join(self.params)

    def weights(self, rng, std, *shape):
        return std * (rng or np.random.default_rng()).standard_normal(shape)

    def join(self, params):
        self.layers: list[Any] = [RightAffine(params, "W1", "b1"), RightRelu(),
                                  RightAffine(params, "W2", "b2")]
        self.last = RightSoftmax()

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def accuracy(self, x, t):
        return float(np.mean(self.predict(x).argmax(axis=1) == t))

    def walk_back(self):
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)

    def collected(self):
        first, last = self.layers[0], self.layers[-1]
        return {"W1": first.dw, "b1": first.db, "W2": last.dw, "b2": last.db}

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        self.walk_back()
        return self.collected()

    def slopes(self, f, array, h=1e-5):
        slopes = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            before = array[index]
            array[index] = before + h
            above = f()
            array[index] = before - h
            slopes[index] = (above - f()) / (2 * h)
            array[index] = before
        return slopes

    def numerical_gradient(self, x, t):
        return {name: self.slopes(lambda: self.loss(x, t), array)
                for name, array in self.params.items()}


# Affine


@mistake("Affine", "the arrays are looked up only once", loses=(LOOKS_UP,),
         hint="What does the layer still hold after params['W1'] = w? Where must it look?")
class AffineLooksOnce(RightAffine):
    """New arrays in the dict never reach the layer: it goes on with those it found at first."""

    def __init__(self, params, w, b):
        super().__init__(dict(params), w, b)


@mistake("Affine", "the layer works on copies of its parameters", loses=(LOOKS_UP,),
         hint="What must the layer keep, so that forward finds the newest arrays?")
class AffineCopies(RightAffine):
    """Whatever happens to params, the layer computes with the numbers it found at first."""

    def __init__(self, params, w, b):
        super().__init__({name: np.array(array) for name, array in params.items()}, w, b)


@mistake("Affine", "backward returns all three gradients", loses=(BACKWARD,),
         hint="What does the layer to the left want to be given?")
class AffineReturnsAll(RightAffine):
    """A network hands on what backward returns. It can use dx, and nothing else."""

    def backward(self, dout):
        return super().backward(dout), self.dw, self.db


@mistake("Affine", "dw and db stand in each other's place", loses=(BACKWARD,),
         hint="In which order does affine_backward return its gradients?")
class AffineSwaps(RightAffine):
    """self.dw must have the shape of the weights, and self.db that of the biases."""

    def backward(self, dout):
        dx = super().backward(dout)
        self.dw, self.db = self.db, self.dw
        return dx


@mistake("Affine", "dx and dw stand in each other's place", loses=(BACKWARD,),
         hint="In which order does affine_backward return its gradients?")
class AffineReturnsDw(RightAffine):
    """The layer to the left wants dx, of the shape of x. self.dw has the shape of the weights."""

    def backward(self, dout):
        dx = super().backward(dout)
        dx, self.dw = self.dw, dx
        return dx


@mistake("Affine", "all layers share one cache", loses=(BACKWARD,),
         hint="Where is the cache kept: in this layer alone, or in the class or outside of it?")
class AffineShares(RightAffine):
    """Another layer went forward in between, and its cache is used on the way back."""

    caches: ClassVar[dict] = {}

    def forward(self, x):
        out = super().forward(x)
        self.caches["x"], self.caches["w"] = self.x, self.used
        return out

    def backward(self, dout):
        x, w = self.caches["x"], self.caches["w"]
        self.dw, self.db = x.T @ dout, dout.sum(axis=0)
        return dout @ w.T


@mistake("Affine", "forward returns the cache, too", loses=(FORWARD,),
         hint="What does the next layer want to be given? Where can the cache stay?")
class AffineReturnsCache(RightAffine):
    """affine_forward returns two things. A layer keeps the second in self and returns the first."""

    def forward(self, x):
        return super().forward(x), (x, self.used)


@mistake("Affine", "backward returns nothing", loses=(BACKWARD,),
         hint="dw and db stay in the layer. Which gradient goes on to the left?")
class AffineReturnsNothing(RightAffine):
    """Without dx the layers to the left learn nothing."""

    def backward(self, dout):
        super().backward(dout)


@mistake("Affine", "gradients of several calls are added up", loses=(BACKWARD,),
         hint="The next step has a new batch. What should be left of the last one's gradients?")
class AffinePilesUp(RightAffine):
    """Each backward belongs to one batch. Here all batches so far are in dw and db."""

    def __init__(self, params, w, b):
        super().__init__(params, w, b)
        self.sums = 0.0, 0.0

    def backward(self, dout):
        dx = super().backward(dout)
        self.sums = self.sums[0] + self.dw, self.sums[1] + self.db
        self.dw, self.db = self.sums
        return dx


@mistake("Affine", "the names W1 and b1 are written into the layer",
         loses=(FORWARD, BACKWARD),
         hint="The second layer of the network has other names. What are w and b for?")
class AffineKnowsItsNames(RightAffine):
    """The layer is told its names when it is made, and must use those."""

    def __init__(self, params, w, b):
        super().__init__(params, "W1", "b1")


# SoftmaxWithLoss


@mistake("SoftmaxWithLoss", "dout is ignored", loses=("dx",),
         hint="The chain rule has two factors. What stands in front of the kept gradient?")
class SoftmaxWithoutDout(RightSoftmax):
    """dout is 1 only where the loss is all there is."""

    def backward(self, dout=1.0):
        return self.dx


@mistake("SoftmaxWithLoss", "dx is float64 whatever the scores are", loses=(SINGLE,),
         hint="Which dtype do the scores have, and which has what softmax_loss returns?")
class SoftmaxDouble(RightSoftmax):
    """One float64 array turns every array on the way back into float64, and doubles its time."""

    def forward(self, x, t):
        loss, self.dx = right_loss(x, t)
        self.dx = self.dx.astype(np.float64)
        return loss


@mistake("SoftmaxWithLoss", "forward returns the gradient, too", loses=("loss",),
         hint="A loss is one number. Where can the gradient wait for backward?")
class SoftmaxReturnsBoth(RightSoftmax):
    """softmax_loss returns two things. The layer returns the first and keeps the second."""

    def forward(self, x, t):
        return super().forward(x, t), self.dx


@mistake("SoftmaxWithLoss", "backward returns nothing", loses=("dx", SINGLE),
         hint="What do the layers to the left go on with?")
class SoftmaxReturnsNothing(RightSoftmax):
    """The whole way back begins with what this layer returns."""

    def backward(self, dout=1.0):
        self.dx = dout * self.dx


@mistake("SoftmaxWithLoss", "backward changes the gradient it has kept", loses=("dx",),
         hint="What does a second call of backward begin with?")
class SoftmaxWrites(RightSoftmax):
    """After *=, or where the product is kept in its place, the next call begins with another
    gradient."""

    def backward(self, dout=1.0):
        self.dx *= dout
        return self.dx


@mistake("SoftmaxWithLoss", "the mean is taken twice", loses=("dx",),
         hint="Is the division by N not in the gradient already?")
class SoftmaxMeanTwice(RightSoftmax):
    """softmax_loss returns the gradient of the mean. Here it is divided by N once more."""

    def backward(self, dout=1.0):
        return super().backward(dout) / len(self.dx)


@mistake("SoftmaxWithLoss", "all layers share one gradient", loses=("dx",),
         hint="Where is the gradient kept: in this layer alone, or in the class or outside of it?")
class SoftmaxShares(RightSoftmax):
    """Another layer went forward in between, and its gradient is returned here."""

    kept: ClassVar[list] = [None]

    def forward(self, x, t):
        loss = super().forward(x, t)
        self.kept[0] = self.dx
        return loss

    def backward(self, dout=1.0):
        return dout * self.kept[0]


@mistake("SoftmaxWithLoss", "dout is added", loses=("dx",),
         hint="Gradients along one path are multiplied.")
class SoftmaxAddsDout(RightSoftmax):
    """The upstream gradient is a factor of the chain rule, not a term."""

    def backward(self, dout=1.0):
        return dout + self.dx


# predict_start


@mistake("predict_start", "the biases are not counted", loses=("count",),
         hint="Four arrays flow in from the left of the picture. How many numbers hold b1 and b2?")
def start_without_biases():
    """784 · 50 + 50 · 10 are the weights alone."""
    return 39700, np.log(10)


@mistake("predict_start", "only the first layer is counted", loses=("count",),
         hint="What do W2 and b2 hold?")
def start_first_layer():
    """The second layer has weights and biases, too."""
    return 39250, np.log(10)


@mistake("predict_start", "units are counted instead of parameters", loses=("count",),
         hint="How many weights lie between 784 inputs and 50 units?")
def start_units():
    """Each unit has a weight for each of its inputs."""
    return 844, np.log(10)


@mistake("predict_start", "the logarithm to base 2", loses=("loss",),
         hint="Which logarithm did chapter 06 take?")
def start_base_two():
    """3.32 is the logarithm of 10 to base 2. The loss is minus a natural logarithm."""
    return 39760, np.log2(10)


@mistake("predict_start", "the first loss is thought to be 1", loses=("loss",),
         hint="Which logarithm did chapter 06 take?")
def start_base_ten():
    """1 is the logarithm of 10 to base 10. The loss is minus a natural logarithm."""
    return 39760, 1.0


@mistake("predict_start", "the first loss is thought to be 0", loses=("loss",),
         hint="Which probability does a network that knows nothing give to each digit?")
def start_zero():
    """A loss of 0 means that every label has probability 1."""
    return 39760, 0.0


@mistake("predict_start", "the probability instead of its loss", loses=("loss",),
         hint="What does the loss do with a probability of 1/10?")
def start_probability():
    """0.1 is the probability of each digit. The loss is minus its logarithm."""
    return 39760, 0.1


@mistake("predict_start", "the loss that the hinge loss begins with", loses=("loss",),
         hint="Which number was to be remembered in chapter 06?")
def start_hinge():
    """C - 1 was the first loss of chapter 05, where each wrong class had a margin of 1."""
    return 39760, 9.0


# TwoLayerNet


@mistake("TwoLayerNet", "there is no relu between the layers", loses=(PREDICT,),
         keeps=(GRADIENT, NUMERICAL), hint="Which layer stands between the two affine ones?")
class NetWithoutRelu(RightNet):
    """Two affine layers in a row are one affine layer: nothing is gained by the second."""

    def join(self, params):
        super().join(params)
        del self.layers[1]


@mistake("TwoLayerNet", "predict returns probabilities", loses=(PREDICT, GRADIENT),
         keeps=(NUMERICAL,),
         hint="The last layer takes the softmax itself. What does it want to be given?")
class NetOfProbabilities(RightNet):
    """The last layer takes the softmax of what it is given. Taken in predict as well, it would be
    taken twice, and the way back knows of one."""

    def predict(self, x):
        return softmax(super().predict(x))


@mistake("TwoLayerNet", "a relu stands behind the scores", loses=(PREDICT,),
         keeps=(GRADIENT, NUMERICAL),
         hint="Which layers does the chain have, in order? May a score be negative?")
class NetWithTwoRelus(RightNet):
    """Scores may be negative. Behind a relu every low score looks like every other."""

    def join(self, params):
        super().join(params)
        self.layers.append(RightRelu())

    def collected(self):
        first, last = self.layers[0], self.layers[2]
        return {"W1": first.dw, "b1": first.db, "W2": last.dw, "b2": last.db}


@mistake("TwoLayerNet", "every layer is given the gradient of the loss", loses=(GRADIENT,),
         hint="Which layer receives what the loss sends back? What does the next one receive?")
class NetStartsAgain(RightNet):
    """Only the last layer wants what the loss sends back. Each other one has a right neighbour."""

    def walk_back(self):
        for layer in reversed(self.layers):
            layer.backward(self.last.backward())


@mistake("TwoLayerNet", "gradient does not keep the loss", loses=(GRADIENT,),
         hint="Which attribute does the docstring of gradient name?")
class NetForgetsItsLoss(RightNet):
    """There is no self.last_loss, which a training reads."""

    def gradient(self, x, t):
        self.loss(x, t)
        self.walk_back()
        return self.collected()


@mistake("TwoLayerNet", "last_loss is a list of losses", loses=(GRADIENT,),
         hint="How many numbers is the loss of one batch?")
class NetListsItsLosses(RightNet):
    """last_loss is one number: the loss of the batch that gradient was given."""

    def gradient(self, x, t):
        found = super().gradient(x, t)
        self.last_loss = [self.last_loss]
        return found


@mistake("TwoLayerNet", "the gradients stand under dW1, not under W1", loses=(GRADIENT, NUMERICAL),
         hint="Under which names do the parameters stand in params?")
class NetOfOtherKeys(RightNet):
    """In the dict a gradient has the name of its parameter: one loop then walks through both."""

    def gradient(self, x, t):
        return {f"d{name}": array for name, array in super().gradient(x, t).items()}

    def numerical_gradient(self, x, t):
        return {f"d{name}": array for name, array in super().numerical_gradient(x, t).items()}


@mistake("TwoLayerNet", "no network can be made without an rng", loses=(START,),
         hint="What is rng inside the constructor if nobody gives one? What does yours draw with?")
class NetNeedsRng(RightNet):
    """rng may be left out. The constructor then has to make a generator that draws the weights."""

    def weights(self, rng, std, *shape):
        return std * rng.standard_normal(shape)


@mistake("TwoLayerNet", "numerical_gradient returns what the way back finds", loses=(NUMERICAL,),
         hint="What would it prove if a gradient were compared with itself?")
class NetMeasuresNothing(RightNet):
    """It is there to judge the way back, so it may know nothing but the loss."""

    def numerical_gradient(self, x, t):
        return self.gradient(x, t)


@mistake("TwoLayerNet", "the batch is pushed, not the parameters", loses=(NUMERICAL,),
         hint="central_differences is given an array. Whose slopes are asked for?")
class NetPushesTheBatch(RightNet):
    """These are the slopes with respect to the pixels, under the names of the parameters."""

    def numerical_gradient(self, x, t):
        x = np.array(x)
        return {name: self.slopes(lambda: self.loss(x, t), x) for name in self.params}


@mistake("TwoLayerNet", "gradient does not go forward first", loses=(GRADIENT,),
         hint="What do the caches of the layers hold when gradient(x, t) is called?")
class NetWithoutForward(RightNet):
    """The caches are those of whatever batch went forward last, or empty."""

    def gradient(self, x, t):
        self.walk_back()
        return self.collected()


@mistake("TwoLayerNet", "the way back is walked from the left", loses=(GRADIENT,),
         hint="Which layer receives the gradient of the loss first?")
class NetWalksLeftToRight(RightNet):
    """The gradient of the scores belongs to the last layer, and is sent to the first."""

    def walk_back(self):
        dout = self.last.backward()
        for layer in self.layers:
            dout = layer.backward(dout)


@mistake("TwoLayerNet", "the way back leaves out relu", loses=(GRADIENT,),
         hint="How many layers does the gradient pass on its way to W1?")
class NetBackWithoutRelu(RightNet):
    """Whatever lies to the left of relu gets the gradient of closed units, too."""

    def walk_back(self):
        first, _, last = self.layers
        first.backward(last.backward(self.last.backward()))


@mistake("TwoLayerNet", "the loss is a sum over the batch", loses=(LOSS,), keeps=(NUMERICAL,),
         hint="softmax_loss returns a mean already. What is done to it here?")
class NetSumsLosses(RightNet):
    """The loss of a batch is the mean of its samples, whatever the size of the batch."""

    def loss(self, x, t):
        return super().loss(x, t) * len(x)

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        self.walk_back()
        return self.collected()


@mistake("TwoLayerNet", "a sum over the batch instead of the mean", loses=(LOSS,),
         keeps=(GRADIENT, NUMERICAL),
         hint="softmax_loss returns a mean already. What is done to it here?")
class NetSumsAll(NetSumsLosses):
    """Loss and gradients belong together, but both grow with the size of the batch."""

    def gradient(self, x, t):
        return {name: array * len(x) for name, array in super().gradient(x, t).items()}


@mistake("TwoLayerNet", "accuracy is a number of samples", loses=(ACCURACY,),
         hint="What is an accuracy if all samples are right?")
class NetCounts(RightNet):
    """The accuracy is a share, between 0 and 1."""

    def accuracy(self, x, t):
        return len(x) * super().accuracy(x, t)


@mistake("TwoLayerNet", "the share of wrong answers", loses=(ACCURACY,),
         hint="What is an accuracy if all samples are right?")
class NetOfErrors(RightNet):
    """This is the error rate. The accuracy is the share that is right."""

    def accuracy(self, x, t):
        return 1 - super().accuracy(x, t)


@mistake("TwoLayerNet", "the largest score of each column", loses=(ACCURACY,),
         hint="Along which axis lie the classes?")
class NetByColumns(RightNet):
    """A sample is a row, and its classes lie along axis 1."""

    def accuracy(self, x, t):
        found = self.predict(x).argmax(axis=0)
        return float(np.sum(found == t) / len(t))


@mistake("TwoLayerNet", "the biases do not start at 0", loses=(START,),
         hint="What do the biases start as?")
class NetOfRandomBiases(RightNet):
    """Weights are random to break the symmetry. That is enough: biases start at 0."""

    def __init__(self, *sizes, **more):
        super().__init__(*sizes, **more)
        self.params["b1"][...] = np.random.default_rng().standard_normal(len(self.params["b1"]))


@mistake("TwoLayerNet", "weight_init_std is not used", loses=(START,),
         hint="What are standard normal numbers to be multiplied by?")
class NetOfOneSize(RightNet):
    """The weights always have a standard deviation of 1, far too much for 784 inputs."""

    def weights(self, rng, std, *shape):
        return super().weights(rng, 1.0, *shape)


@mistake("TwoLayerNet", "the deviation is the root of weight_init_std", loses=(START,),
         hint="Is weight_init_std a variance? What are standard normal numbers to be multiplied "
              "by?")
class NetOfRootDeviation(RightNet):
    """weight_init_std is the standard deviation already. With its root, 0.01 becomes 0.1."""

    def weights(self, rng, std, *shape):
        return super().weights(rng, np.sqrt(std), *shape)


@mistake("TwoLayerNet", "the weights have the deviation 0.01, whatever is asked for",
         loses=(START,), hint="0.01 is only the default. Where does weight_init_std come in?")
class NetOfSmallWeights(RightNet):
    """weight_init_std may be given, and is 0.01 only if it is not."""

    def weights(self, rng, std, *shape):
        return super().weights(rng, 0.01, *shape)


@mistake("TwoLayerNet", "the weights do not lie around 0", loses=(START,),
         hint="Which method of rng draws from a normal distribution?")
class NetOfPositiveWeights(RightNet):
    """A normal distribution around 0 has weights of both signs, as many above 0 as below. The
    numbers of rng.random lie between 0 and 1."""

    def weights(self, rng, std, *shape):
        return std * (rng or np.random.default_rng()).random(shape)


@mistake("TwoLayerNet", "the rng that is given is not used", loses=(START,),
         hint="Where is rng used in your constructor?")
class NetIgnoresRng(RightNet):
    """Whoever gives an rng wants the weights to be drawn with it: the same network again for the
    same seed, and another one for another."""

    def weights(self, rng, std, *shape):
        return super().weights(None, std, *shape)


@mistake("TwoLayerNet", "without an rng all networks start alike", loses=(START,),
         hint="Make two networks without an rng. Where does the generator of the second one begin?")
class NetOfOneSeed(RightNet):
    """A generator with a fixed seed draws the same weights for every network. Whoever gives no rng
    wants other weights each time."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = np.random.default_rng(0) if rng is None else rng
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)


@mistake("TwoLayerNet", "new arrays in params are not used", loses=(READS,),
         hint="Which dict do you give to the layers, and which one is self.params?")
class NetOfTwoDicts(RightNet):
    """Whoever puts a new array into net.params does not reach predict: the layers have a dict of
    their own, or keep the arrays that they found at first."""

    def join(self, params):
        super().join(dict(params))


@mistake("TwoLayerNet", "forward differences", loses=(NUMERICAL,),
         hint="What did chapter 01 say about the error of the two kinds of differences?")
class NetForwardDifferences(RightNet):
    """One-sided differences have errors as large as the step itself."""

    def slopes(self, f, array, h=1e-3):
        slopes, here = np.zeros_like(array), f()
        for index in np.ndindex(array.shape):
            before = array[index]
            array[index] = before + h
            slopes[index] = (f() - here) / h
            array[index] = before
        return slopes


@mistake("TwoLayerNet", "the biases have no numerical gradient", loses=(NUMERICAL,),
         hint="How many entries must the dict have?")
class NetOnlyWeightsMeasured(RightNet):
    """Every parameter wants to be checked, the biases as well."""

    def numerical_gradient(self, x, t):
        found = super().numerical_gradient(x, t)
        return {"W1": found["W1"], "W2": found["W2"]}


# sgd_step


@mistake("sgd_step", "the step goes uphill", loses=("w",),
         hint="The gradient says where the loss grows. Where do you want to go?")
def sgd_uphill(w, dw, lr):
    """This step makes the loss larger."""
    return w + lr * dw


@mistake("sgd_step", "the learning rate is missing", loses=("w",),
         hint="How far is the step to go?")
def sgd_without_rate(w, dw, lr):
    """The whole gradient is subtracted, whatever lr is."""
    return w - dw


@mistake("sgd_step", "w is changed in place", loses=(UNCHANGED,),
         hint="Which of your lines writes into w, and who else has this array?")
def sgd_in_place(w, dw, lr):
    """The caller's array has changed: who compares before and after sees no step."""
    new = w - lr * dw
    w[...] = new
    return new


@mistake("sgd_step", "only the change is returned", loses=("w",),
         hint="What is to stand in params after the step?")
def sgd_change(w, dw, lr):
    """This is what w moves by. The new w is asked for."""
    return -lr * dw


@mistake("sgd_step", "only the sign of the gradient counts", loses=("w",),
         hint="Should an entry with a large gradient not move further?")
def sgd_signs(w, dw, lr):
    """Each entry moves by lr, however small its slope is."""
    return w - lr * np.sign(dw)


@mistake("sgd_step", "the step is divided by the length of the gradient", loses=("w",),
         hint="The update of chapter 03 has one product and one difference.")
def sgd_normalised(w, dw, lr):
    """All steps get the same length. Near a minimum they would jump over it for ever."""
    return w - lr * dw / np.linalg.norm(dw)


# train_step


def moved(net, gradients, lr):
    """All parameters after a step, put into the network."""
    for name, gradient in gradients.items():
        net.params[name] = net.params[name] - lr * gradient


@mistake("train_step", "the loss after the step", loses=("loss",),
         hint="When is net.loss asked, before or after the parameters have moved?")
def train_loss_after(net, x, t, lr):
    """The loss that belongs to these gradients is the one before the step."""
    moved(net, net.gradient(x, t), lr)
    return net.loss(x, t)


@mistake("train_step", "the biases stay where they are", loses=(STEP,),
         hint="How many entries has the dict of gradients?")
def train_only_weights(net, x, t, lr):
    """All four parameters learn."""
    loss, gradients = net.loss(x, t), net.gradient(x, t)
    moved(net, {name: gradients[name] for name in ("W1", "W2")}, lr)
    return loss


@mistake("train_step", "only the second layer moves", loses=(STEP,),
         hint="Which parameters does the dict of gradients name?")
def train_second_layer(net, x, t, lr):
    """The first layer has gradients, too, and learns from them."""
    loss, gradients = net.loss(x, t), net.gradient(x, t)
    moved(net, {name: gradients[name] for name in ("W2", "b2")}, lr)
    return loss


@mistake("train_step", "each parameter gets a new gradient", loses=(STEP,),
         hint="Get all gradients first, then move all parameters.")
def train_one_by_one(net, x, t, lr):
    """When b1 moves, W1 has moved already, and the gradient is that of another network."""
    loss = net.loss(x, t)
    for name in ("W1", "b1", "W2", "b2"):
        moved(net, {name: net.gradient(x, t)[name]}, lr)
    return loss


@mistake("train_step", "the parameters do not change", loses=(STEP,),
         hint="sgd_step returns a new array. Where does it have to go?")
def train_thrown_away(net, x, t, lr):
    """Nothing in net.params is set. New arrays that are only computed are forgotten."""
    return net.loss(x, t)


@mistake("train_step", "two steps instead of one", loses=(STEP,),
         hint="How often does each parameter move?")
def train_twice(net, x, t, lr):
    """The step is made, and then once more."""
    loss = net.loss(x, t)
    moved(net, net.gradient(x, t), lr)
    moved(net, net.gradient(x, t), lr)
    return loss


@mistake("train_step", "the step goes uphill", loses=(STEP,),
         hint="Let sgd_step do the subtraction.")
def train_uphill(net, x, t, lr):
    """The parameters move along the gradient, and the loss grows."""
    loss = net.loss(x, t)
    moved(net, net.gradient(x, t), -lr)
    return loss


@mistake("train_step", "nothing is returned", loses=("loss",),
         hint="Which number does whoever trains want to see?")
def train_silent(net, x, t, lr):
    """Nobody learns how large the loss was."""
    moved(net, net.gradient(x, t), lr)


# train_steps


def one_step(net, x, t, lr):
    """A right step."""
    loss = net.loss(x, t)
    moved(net, net.gradient(x, t), lr)
    return loss


@mistake("train_steps", "every step takes the first batch", loses=("losses", STEPS),
         hint="Which name changes from step to step?")
def steps_first_batch(net, x, t, batches, lr):
    """The other batches are never used."""
    return [one_step(net, x[batches[0]], t[batches[0]], lr) for _ in batches]


@mistake("train_steps", "every step takes all samples", loses=("losses", STEPS),
         hint="What are the numbers in batches for?")
def steps_whole(net, x, t, batches, lr):
    """A step is to see only the samples of its batch."""
    return [one_step(net, x, t, lr) for _ in batches]


@mistake("train_steps", "the labels belong to other samples", loses=("losses", STEPS),
         hint="x[chosen] picks samples. Which labels belong to them?")
def steps_other_labels(net, x, t, batches, lr):
    """The samples are picked by number, and the labels are the first ones of all."""
    return [one_step(net, x[chosen], t[:len(chosen)], lr) for chosen in batches]


@mistake("train_steps", "step k takes sample k", loses=("losses", STEPS),
         hint="What are the numbers in batches for? How many samples has one step?")
def steps_by_number(net, x, t, batches, lr):
    """A step is to see the samples whose numbers stand in batches[k], and not one sample."""
    return [one_step(net, x[k], t[k], lr) for k in range(len(batches))]


@mistake("train_steps", "a sample that stands twice in a batch counts once",
         loses=("losses", STEPS),
         hint="How many samples does a batch with the numbers 3, 5, 3 have, and how many do you "
              "take?")
def steps_without_repetition(net, x, t, batches, lr):
    """An array of truth values, or a set, holds each sample once. In the mean over the batch a
    sample that was drawn twice counts twice."""
    return [one_step(net, x[chosen], t[chosen], lr) for chosen in map(np.unique, batches)]


@mistake("train_steps", "only the last loss is returned", loses=("losses",),
         hint="How many losses does the docstring ask for?")
def steps_last_loss(net, x, t, batches, lr):
    """A curve needs the loss of every step."""
    return [one_step(net, x[chosen], t[chosen], lr) for chosen in batches][-1]


@mistake("train_steps", "all losses are taken before the first step", loses=("losses",),
         hint="Which network does the loss of the fifth batch belong to?")
def steps_losses_first(net, x, t, batches, lr):
    """The loss of a batch is that of the network as it has become by then."""
    losses = [net.loss(x[chosen], t[chosen]) for chosen in batches]
    for chosen in batches:
        one_step(net, x[chosen], t[chosen], lr)
    return losses


@mistake("train_steps", "all losses are taken after the last step", loses=("losses",),
         hint="When is the loss of the first batch asked for?")
def steps_losses_last(net, x, t, batches, lr):
    """The loss of a batch is the one before its step."""
    for chosen in batches:
        one_step(net, x[chosen], t[chosen], lr)
    return [net.loss(x[chosen], t[chosen]) for chosen in batches]


@mistake("train_steps", "the last batch is left out", loses=("losses", STEPS),
         hint="How many steps are asked for?")
def steps_one_short(net, x, t, batches, lr):
    """There is to be one step for each batch."""
    return [one_step(net, x[chosen], t[chosen], lr) for chosen in batches[:-1]]


# gradient_in_parts


def parts_of(n, size):
    """Slices of at most `size` samples."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def added_up(net, x, t, parts, share):
    """The sum over parts of the gradients, each times its share."""
    total: dict[str, Any] = {}
    for part in parts:
        for name, gradient in net.gradient(x[part], t[part]).items():
            total[name] = total.get(name, 0.0) + share(part.stop - part.start) * gradient
    return total


@mistake("gradient_in_parts", "only the last part counts", loses=(EQUAL_PARTS, REST),
         hint="What becomes of the gradients of the first part?")
def parts_last(net, x, t, size):
    """What the parts before it have found is lost."""
    return net.gradient(x[parts_of(len(x), size)[-1]], t[parts_of(len(x), size)[-1]])


@mistake("gradient_in_parts", "only the first part counts", loses=(EQUAL_PARTS, REST),
         hint="What is returned, and when?")
def parts_first(net, x, t, size):
    """What the other parts would find is missing, as when the function is left in the first
    turn of its loop."""
    return net.gradient(x[:size], t[:size])


@mistake("gradient_in_parts", "the parts are added without shares", loses=(EQUAL_PARTS, REST),
         hint="Each part returns the gradient of a mean. Is the mean of all the sum of means?")
def parts_sum(net, x, t, size):
    """The sum is too large by the number of parts."""
    return added_up(net, x, t, parts_of(len(x), size), lambda n: 1.0)


@mistake("gradient_in_parts", "every part counts the same", loses=(REST,),
         hint="The last part may hold one sample. Should it weigh as much as all others?")
def parts_equal_shares(net, x, t, size):
    """A mean of means is the mean of all only where all parts are equally large."""
    parts = parts_of(len(x), size)
    return added_up(net, x, t, parts, lambda n: 1 / len(parts))


@mistake("gradient_in_parts", "every part is taken for a full one", loses=(REST,),
         hint="How many samples does the last part hold?")
def parts_full_shares(net, x, t, size):
    """The share of a part is the number of its samples, which may be below size, over N."""
    return added_up(net, x, t, parts_of(len(x), size), lambda n: size / len(x))


@mistake("gradient_in_parts", "a smaller last part counts like a full one", loses=(REST,),
         hint="How many samples does the last part hold?")
def parts_rest_like_full(net, x, t, size):
    """The share of a part is the number of its samples over N, and the last part may have fewer
    than the others."""
    return added_up(net, x, t, parts_of(len(x), size), lambda n: min(size, len(x)) / len(x))


@mistake("gradient_in_parts", "the smaller last part is left out", loses=(REST,),
         hint="Which samples are seen if 7 samples are taken 3 at a time?")
def parts_without_rest(net, x, t, size):
    """Samples that do not fill a part are lost."""
    whole = len(x) // size * size
    return added_up(net, x[:whole], t[:whole], parts_of(whole, size), lambda n: n / len(x))


@mistake("gradient_in_parts", "the mean of the full parts, without the rest", loses=(REST,),
         hint="Which samples are seen if 7 samples are taken 3 at a time?")
def parts_mean_without_rest(net, x, t, size):
    """Samples that do not fill a part are lost, and the others take over their share."""
    whole = len(x) // size * size
    return added_up(net, x[:whole], t[:whole], parts_of(whole, size), lambda n: n / whole)


@mistake("gradient_in_parts", "the sum of the parts is divided by N", loses=(EQUAL_PARTS, REST),
         hint="Each part has divided by its own size already.")
def parts_over_all(net, x, t, size):
    """Every part is a mean over its samples, so dividing by N divides twice."""
    return added_up(net, x, t, parts_of(len(x), size), lambda n: 1 / len(x))


@mistake("gradient_in_parts", "all samples are given at once", loses=(EQUAL_PARTS, REST),
         hint="How many samples fit?")
def parts_whole(net, x, t, size):
    """There is no room for more than size samples."""
    return net.gradient(x, t)


# PenaltyNet


class RightPenalty(RightNet):
    """PenaltyNet as it should be, to be spoiled in one place."""

    factor = 2.0

    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def penalty(self):
        return self.reg * sum(np.sum(self.params[name] ** 2) for name in ("W1", "W2"))

    def loss(self, x, t):
        return super().loss(x, t) + self.penalty()

    def more(self, name):
        return self.factor * self.reg * self.params[name] if name in ("W1", "W2") else 0.0

    def gradient(self, x, t):
        found = super().gradient(x, t)
        return {name: gradient + self.more(name) for name, gradient in found.items()}


@mistake("PenaltyNet", "the factor 2 is missing", loses=(WEIGHTS,),
         hint="What is the slope of the square of w?")
class PenaltyWithoutTwo(RightPenalty):
    """reg times w belongs to a penalty of half the squares."""

    factor = 1.0


@mistake("PenaltyNet", "only the first layer is penalised", loses=("loss", WEIGHTS),
         hint="How many weight matrices does the network have?")
class PenaltyFirstLayer(RightPenalty):
    """Both weight matrices are to be penalised."""

    def penalty(self):
        return self.reg * np.sum(self.params["W1"] ** 2)

    def more(self, name):
        return super().more(name) if name == "W1" else 0.0


@mistake("PenaltyNet", "the gradient does not know of the penalty", loses=(WEIGHTS,),
         hint="A weight has a path through each term of the loss. How many are added here?")
class PenaltyWithoutGradient(RightPenalty):
    """The loss has grown by a term, and no weight learns of it."""

    factor = 0.0


@mistake("PenaltyNet", "the penalty has the wrong sign in the gradient", loses=(WEIGHTS,),
         hint="If the weight grows, does its square grow or shrink?")
class PenaltySign(RightPenalty):
    """With this sign weights grow from step to step."""

    factor = -2.0


@mistake("PenaltyNet", "the loss does not know of the penalty", loses=("loss",),
         hint="Which two terms does the loss have?")
class PenaltyWithoutLoss(RightPenalty):
    """The loss is the mean over the batch and the penalty. Here the second term is missing."""

    def penalty(self):
        return 0.0


@mistake("PenaltyNet", "half of the penalty in the loss", loses=("loss",),
         hint="Compare with the text: reg times the sum of all squared weights.")
class PenaltyHalf(RightPenalty):
    """Half the squares are another convention, with another gradient."""

    def penalty(self):
        return super().penalty() / 2


@mistake("PenaltyNet", "the biases are penalised, too", loses=("loss", BIASES),
         hint="Which of the four arrays are weights?")
class PenaltyOfBiases(RightPenalty):
    """A bias only shifts a unit. It bends nothing, and is left in peace."""

    def penalty(self):
        return self.reg * sum(np.sum(array ** 2) for array in self.params.values())

    def more(self, name):
        return 2 * self.reg * self.params[name]


@mistake("PenaltyNet", "the penalty is in last_loss twice", loses=("loss",),
         hint="super().gradient asks self.loss. Whose loss is that?")
class PenaltyTwiceKept(RightPenalty):
    """The gradient of TwoLayerNet calls the loss written here, so last_loss has the penalty."""

    def gradient(self, x, t):
        found = super().gradient(x, t)
        self.last_loss = self.last_loss + self.penalty()
        return found


@mistake("PenaltyNet", "last_loss has no penalty", loses=("loss",),
         hint="Which loss do the gradients belong to?")
class PenaltyNotKept(RightPenalty):
    """The loss that is kept is that of the same batch with its penalty."""

    def gradient(self, x, t):
        found = super().gradient(x, t)
        self.last_loss = RightNet.loss(self, x, t)
        return found


@mistake("PenaltyNet", "a method calls itself", loses=("loss", WEIGHTS, BIASES),
         hint="self.loss is the loss that you are writing. Which word reaches that of TwoLayerNet?")
class PenaltyCallsItself(RightPenalty):
    """It asks itself before it answers, without end. super() means the class that stands behind."""

    def loss(self, x, t):
        return self.loss(x, t) + self.penalty()


@mistake("PenaltyNet", "the penalty is divided by the batch", loses=("loss", WEIGHTS),
         hint="Does the penalty depend on how many samples there are?")
class PenaltyOverBatch(RightPenalty):
    """The penalty is added to the mean loss as it is."""

    def loss(self, x, t):
        return RightNet.loss(self, x, t) + self.penalty() / len(x)

    def gradient(self, x, t):
        found = RightNet.gradient(self, x, t)
        return {name: gradient + self.more(name) / len(x) for name, gradient in found.items()}
