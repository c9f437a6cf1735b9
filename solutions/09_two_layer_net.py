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
# # A two-layer network
#
# **Time:** two sittings, about 80 and about 90 minutes, with a break between them.
#
# **Needs:** your functions from chapters 03 (affine), 04 (relu, sigmoid) and 06 (softmax loss).
#
# ## What you will build
#
# You will put your own layers together into a network, prove all its gradients at once, and train it until it reads 97 of 100 handwritten digits it has never seen.
# On the way you learn what decides whether a training works at all: how the weights start, how large the steps are, and what is remembered from one step to the next.

# %%
from autograder import bring, check, progress, when_written
from autograder.pictures import (
    BLUE,
    BROWN,
    GREY,
    POSITIVE,
    draw_images,
    draw_losses,
    draw_node,
    show,
)
from autograder.training import sized, train
from course_data import load_mnist

from functools import cache

import matplotlib.pyplot as plt
import numpy as np

# %% figure
draw_node(
    "two-layer\nnet\n(labels t)",
    inputs={"x": "(N, 784)", "W1": "(784, 50)", "b1": "(50,)", "W2": "(50, 10)", "b2": "(10,)"},
    outputs={"loss": ""}, loss=False,
)

# %% [markdown]
# Seen from outside, the network is one node.
# Images and four arrays of **parameters** flow in, a single number flows out, and a gradient flows back to each of them.
# Inside it is a chain: affine, relu, affine, softmax loss.
# The 50 numbers between the two affine layers are the **hidden units**.
#
# ## Your own layers
#
# Nothing in this network is the course's: it runs on the functions that you wrote.
# The next cell fetches them from your earlier notebooks, checks them, and puts them in the place of its one line.
# From then on they stand here, and this notebook is complete by itself.
# If one is missing or wrong, it says which exercise to finish first.
# A wrong layer costs nothing here: what you build is judged by the layers that you have.

# %% bring
bring("09_two_layer_net")

# %% [markdown]
# ## Layers with a memory
#
# So far a layer was a pair of functions, and you carried the cache from one to the other.
# With four layers that becomes tedious.
# As in chapter 02, a class does the carrying: `forward` keeps the cache in `self`, and `backward` finds it there.

# %%
class Relu:
    """A relu layer that keeps its own cache."""

    def forward(self, x):
        out, self.cache = relu_forward(x)
        return out

    def backward(self, dout):
        return relu_backward(dout, self.cache)


class Sigmoid:
    """A sigmoid layer that keeps its own cache."""

    def forward(self, x):
        out, self.cache = sigmoid_forward(x)
        return out

    def backward(self, dout):
        return sigmoid_backward(dout, self.cache)

# %%
@when_written
def a_layer_at_work():
    layer = Relu()
    print("forward: ", layer.forward(np.array([[-1.0, 2.0, 3.0]])))
    print("backward:", layer.backward(np.array([[5.0, 6.0, 7.0]])))

# %% [markdown]
# The affine layer has weights, and training changes them all the time.
# Where should they live?
# All parameters of a network stand in *one* dict, `params`, and the layer is told the dict and two names:
#
# ```python
# params = {"W1": ..., "b1": ...}
# layer = Affine(params, "W1", "b1")
# ```
#
# The layer looks its arrays up **in every call of `forward`**.
# Then it always works with the newest numbers.
# It does not matter whether somebody put another array into the dict, `params["W1"] = w`, or wrote into the one that was there, `params["W1"][...] = w`.
#
# `backward` returns `dx` alone, as every layer's `backward` does.
# The other two gradients stay in the layer as `self.dw` and `self.db`, where the network will fetch them.

# %% exercise
class Affine:
    """An affine layer whose weights and biases stand in a dict."""

    def __init__(self, params, w, b):
        """Remember where the parameters are.

        Parameters
        ----------
        params : dict of str to ndarray
            All parameters of a network. They change while it is trained.
        w, b : str
            The names of this layer's weights, of shape (D, M), and biases, of shape (M,).
        """
        ### BEGIN SOLUTION
        self.params, self.w, self.b = params, w, b
        ### END SOLUTION

    def forward(self, x):
        """Compute the outputs with the parameters as they are now.

        Parameters
        ----------
        x : ndarray of shape (N, D)

        Returns
        -------
        out : ndarray of shape (N, M)
        """
        ### BEGIN SOLUTION
        out, self.cache = affine_forward(x, self.params[self.w], self.params[self.b])
        return out
        ### END SOLUTION

    def backward(self, dout):
        """Send the gradient back, and keep those of the parameters as self.dw and self.db.

        Parameters
        ----------
        dout : ndarray of shape (N, M)

        Returns
        -------
        dx : ndarray of shape (N, D)
        """
        ### BEGIN SOLUTION
        dx, self.dw, self.db = affine_backward(dout, self.cache)
        return dx
        ### END SOLUTION

# %% check
check(Affine)

# %% worked [markdown]
# **Three gradients, two destinations.**
# The layer is $\text{out}_{nm} = \sum_d x_{nd}\, w_{dm} + b_m$, with the three gradients of chapter 03:
#
# $$
# \text{dx} = \text{dout}\; w^\top, \qquad \text{dw} = x^\top\, \text{dout}, \qquad \text{db}_m = \sum_n \text{dout}_{nm} .
# $$
#
# Their shapes are $(N, D)$, $(D, M)$ and $(M,)$: each gradient has the shape of what it belongs to.
#
# The input $x$ was made by the layer in front, so for $x$ the way back goes on.
# `dx` is the upstream gradient of that layer, and this is why it is returned.
# No layer made $w$ and $b$: their paths end here.
# Their gradients wait in `self.dw` and `self.db` until somebody takes a step with them.
#
# `dw` needs the $x$ of the last forward pass, and `dx` needs the $w$ that this $x$ was multiplied with.
# Both lie in the cache.
# So `forward` reads the dict, and `backward` reads the cache alone: if another array has been put into the dict in between, the gradient still belongs to the `out` that was computed.

# %% [markdown]
# At the end of the chain stands your `softmax_loss`, which finds loss and gradient together.
# As a layer it does so in `forward`, and keeps the gradient for `backward`.
# This layer, too, has an upstream gradient: 1 if its loss is all there is, something else if the loss is one term of a larger one.
#
# One detail belongs to training.
# Networks are trained in **float32**, which takes half the memory and half the time of float64.
# But one float64 array is enough to turn everything that it touches into float64, and NumPy makes float64 unless it is told otherwise: `np.zeros`, `np.eye` and many others do.
# So give the gradient the dtype of the scores: `dx.astype(x.dtype)`.

# %% exercise
class SoftmaxWithLoss:
    """The softmax loss as the last layer of a network."""

    def forward(self, x, t):
        """Compute the loss, and keep what backward needs.

        Parameters
        ----------
        x : ndarray of shape (N, C)
            Scores.
        t : ndarray of integers, shape (N,)
            Labels.

        Returns
        -------
        loss : float
        """
        ### BEGIN SOLUTION
        loss, dx = softmax_loss(x, t)
        self.dx = dx.astype(x.dtype)
        return loss
        ### END SOLUTION

    def backward(self, dout=1.0):
        """Send the gradient back.

        Parameters
        ----------
        dout : float
            Upstream gradient: of whatever is made of the loss.

        Returns
        -------
        dx : ndarray of shape (N, C), with the dtype of the scores
        """
        ### BEGIN SOLUTION
        return dout * self.dx
        ### END SOLUTION

# %% check
check(SoftmaxWithLoss)

# %% worked [markdown]
# **The upstream gradient of a loss.**
# Call the number at the very end $J$, and the loss of this layer $L$.
# Then `dout` is $\partial J / \partial L$, a single number.
#
# Whatever a score $x_{nc}$ does to $J$, it does through $L$.
# So all its paths share their last piece, and that is one factor:
#
# $$
# \frac{\partial J}{\partial x_{nc}} = \frac{\partial J}{\partial L} \cdot \frac{\partial L}{\partial x_{nc}}
# = \text{dout} \cdot \frac{p_{nc} - \text{onehot}_{nc}}{N} .
# $$
#
# The fraction is what `softmax_loss` returns second, and it has the shape $(N, C)$ of the scores.
# The $1/N$ of the mean is already in it, so nothing is divided again.
# It does not contain `dout`, so `forward` can compute it and let it wait.
#
# **With numbers.**
# One sample with the scores $\log 4$ and $0$ has the probabilities 0.8 and 0.2.
# If its label is 1, the gradient that waits is $(0.8, -0.8)$.
# For $J = L$ `backward` returns just that, and for $J = 3L$, with `dout` = 3, it returns $(2.4, -2.4)$.

# %% [markdown]
# ## Predict
#
# The network of the picture has 784 inputs, 50 hidden units and 10 outputs.
# Its weights start as tiny random numbers, its biases as 0.
# Answer without code:
#
# - `count`: **how many numbers do the four arrays hold together?**
# - `loss`: **what is the loss of a large batch before the first step?**
#   Two digits are enough.

# %% exercise
def predict_start():
    """Say how large the network is, and what its first loss will be.

    Returns
    -------
    count : int
        How many numbers W1, b1, W2 and b2 hold.
    loss : float
        The loss before the first step.
    """
    ### BEGIN SOLUTION
    return 784 * 50 + 50 + 50 * 10 + 10, np.log(10)
    ### END SOLUTION

# %% check
check(predict_start)

# %% worked [markdown]
# **How many numbers.**
# Every hidden unit has a weight for each of the 784 pixels, and every output one for each of the 50 hidden units:
#
# $$
# \underbrace{784 \cdot 50}_{\text{W1}} + \underbrace{50}_{\text{b1}} + \underbrace{50 \cdot 10}_{\text{W2}} + \underbrace{10}_{\text{b2}} = 39\,200 + 50 + 500 + 10 = 39\,760 .
# $$
#
# **The first loss.**
# With tiny weights all ten scores of a sample are nearly equal, so each digit gets the probability $1/10$.
# Then the loss of every sample is $-\log \tfrac{1}{10} = \log 10 \approx 2.303$, whatever its label is, and so is the mean.
#
# **How nearly equal?**
# The squares of the 784 pixels of a digit add up to about 90.
# The weights have a standard deviation of 0.01, so the sum in a hidden unit is of the size $0.01 \cdot \sqrt{90} \approx 0.1$.
# Relu replaces about half of the units by 0, and about 25 squares of size $0.1^2$ are left.
# So a score is of the size $0.01 \cdot \sqrt{25 \cdot 0.1^2} = 0.005$.
# A score that differs by 0.005 changes a probability by half a percent of itself, and 2.30 stays 2.30.

# %% [markdown]
# ## The network
#
# The network owns the dict, a list of three layers (affine, relu, affine), and the `SoftmaxWithLoss` that stands behind the list.
# Almost everything it does is a walk along these.
#
# - `predict` walks along the list and returns the scores.
# - `loss` hands the scores and the labels to the layer behind.
# - `accuracy` compares the largest score of each sample with its label.
# - `gradient` goes forward to the loss, then backward through every layer, and collects.
#   In the dict that it returns each gradient has the name of its parameter: `"W1"`, not `"dW1"`.
#   It goes forward anyway, so it also keeps the loss, as `self.last_loss`: a training wants to know it.
# - `numerical_gradient` returns such a dict, too, and needs no way back.
#   It pushes every number of the four arrays up and down, and asks `loss` each time.
#
# For the last one, the tool of chapter 01 is here again:

# %%
def central_differences(f, array, h=1e-5):
    """Slopes of f() with respect to every entry of an array that f uses."""
    slopes = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + h
        above = f()
        array[index] = before - h
        below = f()
        array[index] = before
        slopes[index] = (above - below) / (2 * h)
    return slopes

# %% [markdown]
# It calls `f` without arguments, so `f` may be `lambda: self.loss(x, t)`.
# It writes into `array`, one of the four in `params`, and puts every number back.
#
# The weights start as normal random numbers with mean 0 and standard deviation `weight_init_std`, drawn with `rng`.
# If no `rng` is given, make one with `np.random.default_rng()`.
# Write the methods from top to bottom; the check judges each for itself, so run it as often as you like.

# %% exercise
class TwoLayerNet:
    """Affine, relu, affine, softmax loss."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        """Make the parameters and the layers.

        Parameters
        ----------
        input_size, hidden_size, output_size : int
            D, H and C.
        weight_init_std : float
            Standard deviation of the weights, which are drawn from a normal distribution
            around 0. The biases are 0.
        rng : numpy.random.Generator, optional
            Draws the weights.

        Attributes
        ----------
        params : dict of str to ndarray
            W1 of shape (D, H), b1 of shape (H,), W2 of shape (H, C), b2 of shape (C,).
        """
        ### BEGIN SOLUTION
        if rng is None:
            rng = np.random.default_rng()
        self.params = {
            "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.first = Affine(self.params, "W1", "b1")
        self.second = Affine(self.params, "W2", "b2")
        self.layers = [self.first, Relu(), self.second]
        self.last = SoftmaxWithLoss()
        ### END SOLUTION

    def predict(self, x):
        """Scores of a batch.

        Parameters
        ----------
        x : ndarray of shape (N, D)

        Returns
        -------
        scores : ndarray of shape (N, C)
        """
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer.forward(x)
        return x
        ### END SOLUTION

    def loss(self, x, t):
        """Mean loss of a batch with labels t, an ndarray of integers of shape (N,).

        Returns
        -------
        loss : float
        """
        ### BEGIN SOLUTION
        return self.last.forward(self.predict(x), t)
        ### END SOLUTION

    def accuracy(self, x, t):
        """Share of a batch whose largest score is the label's.

        Returns
        -------
        accuracy : float
            Between 0 and 1.
        """
        ### BEGIN SOLUTION
        return float(np.mean(self.predict(x).argmax(axis=1) == t))
        ### END SOLUTION

    def gradient(self, x, t):
        """Gradients of the loss by backpropagation. Keeps the loss as self.last_loss.

        Returns
        -------
        gradients : dict of str to ndarray
            One for each parameter, under its name.
        """
        ### BEGIN SOLUTION
        self.last_loss = self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return {"W1": self.first.dw, "b1": self.first.db,
                "W2": self.second.dw, "b2": self.second.db}
        ### END SOLUTION

    def numerical_gradient(self, x, t):
        """The same gradients by central differences of the loss.

        Returns
        -------
        gradients : dict of str to ndarray
        """
        ### BEGIN SOLUTION
        return {name: central_differences(lambda: self.loss(x, t), array)
                for name, array in self.params.items()}
        ### END SOLUTION

# %% check
check(TwoLayerNet)

# %% worked [markdown]
# **All four gradients.**
# Call what comes out of the first affine layer $a$.
# The way forward is
#
# $$
# a = x\,\text{W1} + \text{b1}, \qquad \text{hidden} = \mathrm{relu}(a), \qquad \text{scores} = \text{hidden}\;\text{W2} + \text{b2},
# $$
#
# with the shapes $(N, H)$, $(N, H)$ and $(N, C)$.
# The loss layer sends back `dscores`, of shape $(N, C)$.
#
# **The second layer.**
# $\text{W2}_{hc}$ touches the score $c$ of every sample: $N$ paths, with the slopes $\text{hidden}_{nh}$.
#
# $$
# \text{dW2}_{hc} = \sum_n \text{hidden}_{nh}\; \text{dscores}_{nc}, \qquad \text{dW2} = \text{hidden}^\top\, \text{dscores} .
# $$
#
# The sum goes over $n$, so $n$ must stand inside: $(H, N)$ times $(N, C)$ is $(H, C)$, the shape of `W2`.
#
# The bias $\text{b2}_c$ is added with slope 1 in the same $N$ places, so $\text{db2}_c = \sum_n \text{dscores}_{nc}$.
#
# **Back to the hidden units.**
# $\text{hidden}_{nh}$ touches the $C$ scores of its own sample, with the slopes $\text{W2}_{hc}$.
# Then relu lets through what was positive, $\text{mask}_{nh} = 1$ where $a_{nh} > 0$ and 0 elsewhere:
#
# $$
# \text{da}_{nh} = \text{mask}_{nh} \sum_c \text{dscores}_{nc}\; \text{W2}_{hc}, \qquad \text{da} = \text{mask} \odot (\text{dscores}\; \text{W2}^\top) .
# $$
#
# **The first layer.**
# $\text{W1}_{dh}$ touches unit $h$ in every sample, and from there go $C$ paths: $N \cdot C$ in all.
#
# $$
# \text{dW1}_{dh} = \sum_n x_{nd}\; \text{mask}_{nh} \sum_c \text{dscores}_{nc}\; \text{W2}_{hc} = \sum_n x_{nd}\; \text{da}_{nh} .
# $$
#
# As matrices that is $\text{dW1} = x^\top\, \text{da}$, of shape $(D, H)$, and $\text{db1}_h = \sum_n \text{da}_{nh}$.
# The inner sum does not depend on $d$: it is computed once, as `da`, and serves all $D$ weights of the unit.
# That is what the walk back saves, and why `gradient` hands one `dout` from layer to layer in reversed order.
#
# `numerical_gradient` saves nothing: every one of the $DH + H + HC + C$ numbers costs two walks forward.

# %% [markdown]
# ## Prove it: the whole network
#
# Every layer has been proved alone.
# Now the network as a whole, on three digits, in float64, all 39 760 parameters of it: about 80 000 walks forward against a single walk back.
# That takes a few seconds, and in a browser a quarter of a minute.
#
# Figures for just this network have been published: the mean absolute difference between the gradients by backpropagation and by central differences.
# The right column holds them.

# %%
PUBLISHED = {"W1": 4.3e-10, "b1": 2.7e-9, "W2": 4.8e-9, "b2": 1.4e-7}


@when_written
def prove_the_network():
    (x_train, t_train), _ = load_mnist()
    x, t = x_train[:3].astype(np.float64), t_train[:3]
    net = TwoLayerNet(784, 50, 10, rng=np.random.default_rng(0))
    back, numerical = net.gradient(x, t), net.numerical_gradient(x, t)
    print(f"first loss {net.loss(x, t):.4f}, log 10 = {np.log(10):.4f}")
    print(f"{'':<4}{'your mean difference':>22}{'published':>12}")
    for name, published in PUBLISHED.items():
        difference = np.mean(np.abs(back[name] - numerical[name]))
        print(f"{name:<4}{difference:>22.1e}{published:>12.1e}")

# %% [markdown]
# Yours should be smaller in all four rows.
# What is left is the rounding noise of the central differences; on the way back nothing is lost.
# If `b2` and `W2` agree and `W1` and `b1` do not, the mistake lies between the two affine layers: a walk back is right up to the layer where it goes wrong.

# %% [markdown]
# ## One step, and ten
#
# The update of chapter 03 deserves a name, because it will get rivals.
# It is called **stochastic gradient descent**, SGD: stochastic, because each step sees only a random batch.
# Return a new array, and leave the old one as it is.

# %% exercise
def sgd_step(w, dw, lr):
    """One step of gradient descent.

    Parameters
    ----------
    w, dw : ndarrays of one shape
        A parameter and its gradient. Left as they were.
    lr : float
        Learning rate.

    Returns
    -------
    w : ndarray
        The parameter after the step.
    """
    ### BEGIN SOLUTION
    return w - lr * dw
    ### END SOLUTION

# %% check
check(sgd_step)

# %% worked [markdown]
# **Why minus, and why the gradient.**
# Move each entry $w_i$ by a small $\Delta_i$.
# Each push changes the loss by its slope times its size, and the changes add up:
#
# $$
# L(w + \Delta) \approx L(w) + \sum_i \text{dw}_i\, \Delta_i .
# $$
#
# With $\Delta_i = -\text{lr} \cdot \text{dw}_i$ every term becomes $-\text{lr} \cdot \text{dw}_i^2$, and none of them is positive.
# So the loss falls by about $\text{lr} \sum_i \text{dw}_i^2$, if the step is small enough for the slopes to stay what they are.
# No other direction makes the sum as negative with a step of the same length.
#
# **With numbers.**
# Let $L = w_0^2 + 3 w_1^2$ at $w = (1, 2)$, so that $L = 13$ and $\text{dw} = (2 w_0, 6 w_1) = (2, 12)$.
# A step with $\text{lr} = 0.01$ leads to $(0.98, 1.88)$, where $L = 11.56$.
# It fell by 1.44, and the formula promises $0.01 \cdot (4 + 144) = 1.48$.
# With $\text{lr} = 0.4$ the step leads to $(0.2, -2.8)$, across the valley and up on its other side, where $L = 23.56$.

# %% [markdown]
# A training step of a network gets all gradients *first*, then moves all parameters.
# Use your `sgd_step`.

# %% exercise
def train_step(net, x, t, lr):
    """Move all parameters of a network by one step of gradient descent.

    Parameters
    ----------
    net : TwoLayerNet
        Its params are changed.
    x : ndarray of shape (N, D)
    t : ndarray of integers, shape (N,)
    lr : float

    Returns
    -------
    loss : float
        The loss of this batch before the step.
    """
    ### BEGIN SOLUTION
    gradients = net.gradient(x, t)
    for name, gradient in gradients.items():
        net.params[name] = sgd_step(net.params[name], gradient, lr)
    return net.last_loss
    ### END SOLUTION

# %% check
check(train_step)

# %% worked [markdown]
# **Why all gradients come first.**
# The gradient of `W1` contains `W2`: what goes back to the hidden units is $\text{dscores}\; \text{W2}^\top$.
# And the gradient of `W2` contains the hidden units, which were made with `W1`.
# All four gradients belong to one point, the parameters before the step.
#
# The smallest network shows it: one weight in each layer, and $L = w_1 w_2$ at $w_1 = 2$, $w_2 = 3$, with $\text{lr} = 0.1$.
# The gradient is $(\text{dw}_1, \text{dw}_2) = (w_2, w_1) = (3, 2)$.
# Both moves together lead to $(2 - 0.3,\; 3 - 0.2) = (1.7,\; 2.8)$.
#
# Whoever moves $w_1$ first, and only then asks for $\text{dw}_2$, gets the new $w_1 = 1.7$ in the place of 2, and $w_2$ becomes $3 - 0.17 = 2.83$.
# Its first half belongs to the point $(2, 3)$ and its second half to $(1.7, 3)$, and together they are not the step against the gradient at $(2, 3)$.
#
# The loss that is returned is the one from which these gradients came, and `net.gradient` has kept it: one walk forward is enough.

# %% [markdown]
# Training is this step, again and again, on other samples each time.
# Which samples a step takes is given as an array of their numbers, such as `[7, 0, 2]`.

# %% exercise
def train_steps(net, x, t, batches, lr):
    """Train a network on several batches, one after the other.

    Parameters
    ----------
    net : TwoLayerNet
        Its params are changed.
    x : ndarray of shape (N, D)
    t : ndarray of integers, shape (N,)
    batches : list of ndarrays of integers
        The samples of each step, by number.
    lr : float

    Returns
    -------
    losses : ndarray, one entry for each step
        The loss of each batch before its step.
    """
    ### BEGIN SOLUTION
    return np.array([train_step(net, x[chosen], t[chosen], lr) for chosen in batches])
    ### END SOLUTION

# %% check
check(train_steps)

# %% [markdown]
# Where do the batches come from?
# Shuffle all samples like a pack of cards, deal them out, and shuffle again when they are gone.
# One deal is an **epoch**: every sample is seen once.
# Only those that do not fill a batch stay behind; below, one of the seven in each deal.

# %%
def deal(n, batch, steps, rng):
    """The numbers of the samples of each step, dealt from n samples that are shuffled."""
    batches = []
    while len(batches) < steps:
        order = rng.permutation(n)
        batches += [order[k:k + batch] for k in range(0, n - batch + 1, batch)]
    return batches[:steps]


def in_float32(net):
    """The same network, with its parameters in float32."""
    for name in net.params:
        net.params[name] = net.params[name].astype(np.float32)
    return net


print(deal(n=7, batch=3, steps=4, rng=np.random.default_rng(0)))

# %% [markdown]
# ## First overfit
#
# Before a long training comes a short one.
# Can the network learn 50 images by heart?
# Nobody wants this network.
# But one that cannot even do that has a bug, and you know it after a second.

# %% figure
@when_written
def fifty_by_heart(steps=1000):
    (x_train, t_train), _ = load_mnist()
    x, t = x_train[:50], t_train[:50]
    net = in_float32(TwoLayerNet(784, 50, 10, rng=np.random.default_rng(1)))
    losses = train_steps(net, x, t, deal(50, 25, steps, np.random.default_rng(2)), lr=0.1)
    print(f"accuracy on the 50 images: {net.accuracy(x, t):.1%}")
    print(f"on the next 1000 images:   {net.accuracy(x_train[50:1050], t_train[50:1050]):.1%}")
    draw_losses({"loss of 25 of the 50 images": losses}, np.log(10), "log 10",
                window=10, yscale="log")

# %% [markdown]
# All 50 should be right, and the loss should fall below 0.01.
# The second line shows what it is worth: other images are often read wrong.

# %% [markdown]
# ## Find the bug: a batch in parts
#
# A layer with a memory remembers *one* thing, and two kinds of mistakes come of it.
#
# The first.
# A batch is too large for the memory, so a colleague takes its gradient in parts of `size` samples; the last part may be smaller.

# %%
def gradient_in_parts_buggy(net, x, t, size):
    for start in range(0, len(x), size):
        gradients = net.gradient(x[start:start + size], t[start:start + size])
    return gradients

# %% [markdown]
# It runs, and training with it even works somewhat.
# But `self.dw` belongs to the last part, and all the others were computed in vain.
# Mend it: the result must be the gradient of the mean loss over *all* samples, as if the whole batch had been given to `net.gradient` at once.
# What does the gradient of a part know about the number of its samples?

# %% exercise
def gradient_in_parts(net, x, t, size):
    """Gradients of the mean loss over a batch of which only `size` samples fit at a time.

    Parameters
    ----------
    net : TwoLayerNet
        Or any other object with a method gradient(x, t) that returns a dict of arrays.
    x : ndarray of shape (N, D)
    t : ndarray of integers, shape (N,)
    size : int
        The largest number of samples that net.gradient may be given.

    Returns
    -------
    gradients : dict of str to ndarray
    """
    ### BEGIN SOLUTION
    total = {}
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        share = len(x[part]) / len(x)
        for name, gradient in net.gradient(x[part], t[part]).items():
            total[name] = total.get(name, 0) + share * gradient
    return total
    ### END SOLUTION

# %% check
check(gradient_in_parts)

# %% worked [markdown]
# **A mean of means, with weights.**
# Let $\ell_n$ be the loss of sample $n$, and let part $p$ hold $N_p$ of the $N$ samples.
# What `net.gradient` sees of a part is the mean over its own samples,
#
# $$
# L_p = \frac{1}{N_p} \sum_{n \text{ in } p} \ell_n .
# $$
#
# So the sum of the losses in part $p$ is $N_p\, L_p$.
# Every sample is in exactly one part, and the mean over all is
#
# $$
# L = \frac{1}{N} \sum_n \ell_n = \frac{1}{N} \sum_p N_p\, L_p = \sum_p \frac{N_p}{N}\, L_p .
# $$
#
# A parameter has one path through each part, with the factor $N_p / N$, and the paths add up:
#
# $$
# \text{dw} = \sum_p \frac{N_p}{N}\, \text{dw}_p .
# $$
#
# **With numbers.**
# Five samples give a weight the slopes 1, 3, 5, 7 and 9, whose mean is 5.
# In parts of two the means are 2, 6 and 9, and the shares are 0.4, 0.4 and 0.2: $0.8 + 2.4 + 1.8 = 5$.
# The sum of the three means would be 17, and their plain mean 5.67, in which the single sample of the last part counts twice as much as any other.
#
# `len(x[part])` is the true number of samples of a part, also of a last part that is smaller.

# %% [markdown]
# ## Find the bug: one layer, two places
#
# The second.
# Another colleague builds a deeper network.
# Relu has no parameters, so one object must be enough for both places:

# %%
class DeepNetBuggy:
    """Affine, relu, affine, relu, affine, softmax loss."""

    def __init__(self, sizes, rng):
        self.params, self.affine, self.layers = {}, [], []
        relu = Relu()
        for k, (before, after) in enumerate(zip(sizes, sizes[1:]), start=1):
            self.params[f"W{k}"] = rng.standard_normal((before, after)) / before ** 0.5
            self.params[f"b{k}"] = np.zeros(after)
            self.affine.append(Affine(self.params, f"W{k}", f"b{k}"))
            self.layers += [self.affine[-1], relu]
        self.layers.pop()                                    # no relu behind the scores
        self.last = SoftmaxWithLoss()

    def loss(self, x, t):
        for layer in self.layers:
            x = layer.forward(x)
        return self.last.forward(x, t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        gradients = {}
        for k, layer in enumerate(self.affine, start=1):
            gradients[f"W{k}"], gradients[f"b{k}"] = layer.dw, layer.db
        return gradients

# %% [markdown]
# With two hidden layers of the same size nothing raises, and the loss goes down.
# **Which gradients are wrong?**
# Write 1 for each wrong one, in the order W1, b1, W2, b2, W3, b3.

# %% exercise
def wrong_gradients():
    """Say which gradients of DeepNetBuggy are wrong.

    Returns
    -------
    wrong : ndarray of six integers
        1 where the gradient is wrong and 0 where it is right, for W1, b1, W2, b2, W3, b3.
    """
    ### BEGIN SOLUTION
    return np.array([1, 1, 0, 0, 0, 0])
    ### END SOLUTION

# %% check
check(wrong_gradients)

# %% worked [markdown]
# **The walk back, layer by layer.**
# Call what goes into the first place of relu $a_1$, and what goes into its second place $a_2$.
# The loss is right, for on the way forward nobody reads a cache.
# When the way forward ends, the one relu object remembers $a_2$.
#
# | on the way back | uses | its gradients |
# |---|---|---|
# | affine 3 | its own cache | `W3` and `b3` are right |
# | relu, second place | $a_2$, as it should | |
# | affine 2 | its own cache | `W2` and `b2` are right |
# | relu, first place | $a_2$ in the place of $a_1$ | |
# | affine 1 | its own cache, and a wrong `dout` | `W1` and `b1` are wrong |
#
# `dW2` is the transposed input of its layer times the upstream gradient.
# The input lies in the cache of affine 2, which is an object of its own, and the upstream gradient has passed only what is right.
#
# **With numbers.**
# Let one sample have $a_1 = (2, -1)$ and $a_2 = (-3, 4)$, and let $(5, 6)$ arrive at the first place.
# The mask of $a_1$ would let $(5, 0)$ through; that of $a_2$ lets $(0, 6)$ through.
# Nothing raises, because both masks have the same shape.

# %%
def with_own_layers(net, activation):
    """The same network, with a new layer in every place between two affine ones."""
    net.layers = [layer if layer in net.affine else activation() for layer in net.layers]
    return net


@when_written
def one_relu_in_two_places():
    rng = np.random.default_rng(5)
    x, t = rng.standard_normal((6, 7)), rng.integers(0, 3, 6)
    net = DeepNetBuggy((7, 5, 5, 3), rng)
    print("largest difference from central differences")
    for name, activation in (("one Relu", None), ("two Relus", Relu), ("two Sigmoids", Sigmoid)):
        if activation:
            net = with_own_layers(net, activation)
        errors = []
        for key, gradient in net.gradient(x, t).items():
            measured = central_differences(lambda net=net: net.loss(x, t), net.params[key])
            errors.append(f"{key} {np.abs(gradient - measured).max():.0e}")
        print(f"{name:<13}", "  ".join(errors))

# %% [markdown]
# The second use overwrites the cache of the first.
# On the way back the object serves its second place rightly, and its first place with the mask of the second.
# A layer without parameters still has a memory: `Relu()` must be written once for every place.

# %% [markdown]
# This is the break.
# The network is built and proved.
# When you come back, run all cells; the second sitting needs it.

# %%
progress("09_two_layer_net")

# %% [markdown]
# # Second sitting
#
# ## Which images are for what
#
# From here on you will make choices: how to start, which rate, which rule.
# Whoever chooses by the test images has learned from them, and their number no longer says how the network does on images that nobody has seen.
# So 5000 of the training images are **held out**: no step is made with them, and every choice is made by them.
# The test images are read once, at the very end.
#
# The experiments are small, 500 steps on 10 000 images each, so that you can repeat and change them.
#
# **In a browser** there are 12 000 training images in all, of which 1000 are held out, and a step takes about ten times as long.
# So the two longest runs below, the race and the training, are shorter there: `sized(500, browser=200)` is 500, and 200 in a browser.

# %%
def pixels(images):
    """Bytes from 0 to 255 as float32 from 0 to 1."""
    return images.astype(np.float32) / 255


(images, labels), _ = load_mnist(normalize=False)          # bytes: a quarter of the memory
x_some, t_some = pixels(images[:10000]), labels[:10000]
held = len(images) // 12                                   # 5000 of 60 000
x_held, t_held = pixels(images[-held:]), labels[-held:]
images, labels = images[:-held], labels[:-held]
print(f"{len(images)} images for training, {len(x_held)} held out")

# %% [markdown]
# ## How to start: all zero?
#
# Biases may start at 0.
# May the weights?
# Walk through the network once in your head, forward and back, and answer:
#
# - `moved`, four numbers: all weights and biases start at 0, and the network is trained for 100 steps.
#   **Which of W1, b1, W2, b2 are no longer all 0?**
#   Write 1 for those and 0 for the others.
# - `units`: now all weights start at 0.01, and the biases at 0.
#   A hidden unit is a column of W1.
#   **How many different columns does W1 have after 100 steps?**

# %% exercise
def predict_equal_weights():
    """Say what becomes of weights that are all equal at the start.

    Returns
    -------
    moved : ndarray of four integers
        1 for each of W1, b1, W2, b2 that has moved away from 0, and 0 for the others.
    units : int
        How many different columns W1 has, where all weights started at 0.01.
    """
    ### BEGIN SOLUTION
    return np.array([0, 0, 0, 1]), 1
    ### END SOLUTION

# %% check
check(predict_equal_weights)

# %% worked [markdown]
# **All zero.**
# Write the four gradients down, with $a = x\,\text{W1} + \text{b1}$ and $\text{mask}_{nh} = 1$ where $a_{nh} > 0$:
#
# $$
# \begin{aligned}
# \text{dW2}_{hc} &= \sum_n \text{hidden}_{nh}\; \text{dscores}_{nc}, &
# \text{dW1}_{dh} &= \sum_n x_{nd}\; \text{mask}_{nh} \sum_c \text{dscores}_{nc}\; \text{W2}_{hc}, \\
# \text{db2}_{c} &= \sum_n \text{dscores}_{nc}, &
# \text{db1}_{h} &= \sum_n \text{mask}_{nh} \sum_c \text{dscores}_{nc}\; \text{W2}_{hc} .
# \end{aligned}
# $$
#
# `W1` and `b1` are 0, so all hidden units are 0, and `dW2` is 0.
# `W2` is 0, so `dW1` and `db1` are 0.
# In `db2` no factor is 0: at the start $\text{db2}_c$ is 0.1 minus the share of digit $c$ in the batch.
# So `b2` moves, and the other three are where they were.
# Then the same argument holds for the next step, and for each after it: the answer is 0, 0, 0, 1.
#
# **All 0.01.**
# Before the first step $a_{nh} = 0.01 \sum_d x_{nd}$, in which no $h$ occurs: all units have the same value and the same mask.
# Look at the four gradients again, and ask where $h$ occurs.
# `dW2` has it in $\text{hidden}_{nh}$ alone, so all rows of `dW2` are equal.
# `dW1` has it in $\text{mask}_{nh}$ and in $\text{W2}_{hc}$, and both are the same for all $h$, so all columns of `dW1` are equal.
# The same goes for the entries of `db1`.
#
# Equal columns minus equal steps are equal columns again, and likewise the rows of `W2` and the entries of `b1`.
# So the argument starts anew in each step: after any number of them `W1` has 1 different column.
# The *columns* of `W2` do part, because $\text{dscores}_{nc}$ depends on $c$.
# So the network learns a little, with one unit in fifty copies.

# %%
@when_written
def equal_weights(steps=100):
    for start in (0.0, 0.01):
        net = TwoLayerNet(784, 50, 10)
        for name in ("W1", "W2"):
            net.params[name] = np.full_like(net.params[name], start)
        batches = deal(len(x_some), 100, steps, np.random.default_rng(3))
        losses = train_steps(net, x_some, t_some, batches, lr=0.1)
        moved = [name for name, array in net.params.items() if np.any(array != array.flat[0])]
        units = len(np.unique(net.params["W1"].round(9), axis=1).T)
        print(f"all weights {start}: last loss {losses[-1]:.3f}; arrays whose entries are no "
              f"longer equal: {', '.join(moved)}; different columns of W1: {units}")

# %% [markdown]
# With zeros nothing gets through: the hidden units are 0, so `dW2` is 0, and `W2` is 0, so nothing goes back to `W1`.
# Only `b2` learns, and all it can learn is how frequent each digit is.
# With equal weights a gradient flows, and it is the same for every unit.
# They start as twins, and twins they stay: fifty units do the work of one.
# Random weights are there to **break the symmetry**; how large they are is another question.

# %% [markdown]
# ## How to start: how large?
#
# To compare starts one needs a number that says how fast a training gets going.
# Take the losses of all steps, and a level.
# After how many steps has the mean of the last 20 losses fallen below the level for the first time?
# A single loss says little, because batches differ.

# %% exercise
def steps_until(losses, level, window=20):
    """The number of steps after which a training is below a level.

    Parameters
    ----------
    losses : ndarray of shape (steps,)
        The loss of each step.
    level : float
    window : int
        How many losses a mean is taken of.

    Returns
    -------
    steps : int
        How many steps had been made when the mean of the last `window` losses was below `level`
        for the first time. There is no mean before there are `window` losses. -1 if it never was.
    """
    ### BEGIN SOLUTION
    for steps in range(window, len(losses) + 1):
        if np.mean(losses[steps - window:steps]) < level:
            return steps
    return -1
    ### END SOLUTION

# %% check
check(steps_until)

# %% worked [markdown]
# **An index and a count.**
# After $s$ steps there are the losses 0 to $s - 1$, and the last `window` of them are
#
# $$
# \text{losses}_{s - \text{window}}, \;\dots,\; \text{losses}_{s - 1} .
# $$
#
# As a slice that is `losses[s - window:s]`, for a slice leaves out its end.
#
# Take the losses 4, 3, 1, 1 with a window of 3 and the level 2.
# After 3 steps the mean is $(4 + 3 + 1) / 3 \approx 2.67$, and after 4 steps it is $(3 + 1 + 1) / 3 \approx 1.67$.
# The answer is 4, although the loss that decided has the index 3.
#
# The first $s$ with enough losses is `window`, and the last one is the number of losses.
# So the range must end one later, at `len(losses) + 1`.

# %% [markdown]
# Now four sizes: very small, the usual 0.01, very large, and one that is *computed*.
# A unit adds up $D$ products, one for each input of its layer.
# Where the inputs have a size of about 1, the spread of the sum is about $\sqrt{D}$ times that of the weights.
# Relu then replaces the negative half by 0, which halves the mean of the squares.
# Weights with standard deviation $\sqrt{2/D}$ make up for both, so that values keep their size from layer to layer.
# This is called **He initialisation**.

# %% figure
def started_with(std1, std2):
    """A network whose weights W1 and W2 have these standard deviations."""
    net = TwoLayerNet(784, 50, 10, weight_init_std=1.0, rng=np.random.default_rng(4))
    net.params["W1"] = std1 * net.params["W1"]
    net.params["W2"] = std2 * net.params["W2"]
    return in_float32(net)


@when_written
def four_starts(steps=500):
    starts = {"0.00001": (1e-5, 1e-5), "0.01": (0.01, 0.01), "He": ((2 / 784) ** 0.5, 0.2),
              "1": (1.0, 1.0)}
    curves, table = {}, []
    for name, deviations in starts.items():
        net = started_with(*deviations)
        batches = deal(len(x_some), 100, steps, np.random.default_rng(3))
        curves[name] = losses = train_steps(net, x_some, t_some, batches, lr=0.1)
        table.append((name, losses[0], steps_until(losses, 1.0), net.accuracy(x_held, t_held)))

    print("deviation   first loss   steps until the loss is 1   held out")
    for name, first, until, accuracy in table:
        print(f"{name:<12}{first:>10.3f}{until:>28}{accuracy:>11.1%}")
    _, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
    looks = ((GREY, ":"), (BLUE, "-"), (BROWN, "--"), (GREY, "-."))
    for (name, losses), (colour, style) in zip(curves.items(), looks):
        means = np.convolve(losses, np.ones(20) / 20, mode="valid")
        ax.plot(20 + np.arange(len(means)), means, style, color=colour, lw=2, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("loss, mean of 20")
    ax.legend(title="weights start with")
    show("The loss against the step for four starts, on a logarithmic axis. " + "; ".join(
        f"deviation {name}: from {first:.3g}, below 1 after {until} steps" if until > 0 else
        f"deviation {name}: from {first:.3g}, never below 1" for name, first, until, _ in table))

# %% [markdown]
# Weights that are too small begin with a plateau: gradients are multiplied by weights on their way back, and tiny weights let nothing through.
# Weights that are too large begin with a loss far above $\log 10$.
# The network is certain and wrong, and spends its steps on undoing that.
# The computed size gets going first, and nobody had to search for it.

# %% [markdown]
# ## How large a step?
#
# Nobody can compute a good learning rate.
# One tries, and not 0.10, 0.11 and 0.12 but whole factors of ten.
# And one lucky run proves nothing: each rate below trains three networks, which start with different random numbers, and is judged by the **worst** of them.
#
# `best_rate` reads what came of it.
# The rate with the best accuracy on held-out images wins.
# But accuracies are noisy, so a smaller rate, which is the safer one, gets a chance: of all rates that are at most 0.005 below the best, take the *smallest*.

# %% exercise
def best_rate(runs):
    """Choose a learning rate.

    Parameters
    ----------
    runs : list of dicts
        One for each rate, in any order. Each has the rate as "lr", and as "train" and "held_out"
        its accuracies on the images it was trained with and on the held-out ones.

    Returns
    -------
    lr : float
        The smallest rate whose accuracy on held-out images is at most 0.005 below the best.
    """
    ### BEGIN SOLUTION
    best = max(run["held_out"] for run in runs)
    return min(run["lr"] for run in runs if run["held_out"] >= best - 0.005)
    ### END SOLUTION

# %% check
check(best_rate)

# %%
def race(rates, n, steps):
    """Train three networks with each rate on the first n images. The worst of the three counts."""
    runs = []
    for lr in rates:
        seen, held = [], []
        for seed in range(3):
            rng = np.random.default_rng(seed)
            net = in_float32(TwoLayerNet(784, 50, 10, rng=rng))
            with np.errstate(all="ignore"):                  # with a rate far too large
                for chosen in deal(n, 100, steps, rng):
                    train_step(net, pixels(images[chosen]), labels[chosen], lr)
            seen.append(net.accuracy(x_some, t_some))
            held.append(net.accuracy(x_held, t_held))
        runs.append({"lr": lr, "train": min(seen), "held_out": min(held)})
        print(f"lr {lr:<6} held out: {', '.join(f'{accuracy:.1%}' for accuracy in held)}")
    return runs


@when_written
def rates_over_four_decades(steps=sized(500, browser=200)):
    print("chosen:", best_rate(race((0.001, 0.01, 0.1, 1.0, 10.0), len(x_some), steps)))

# %% [markdown]
# With the smallest rates 500 steps are not enough; with the largest, the first steps throw the network somewhere it never returns from.
# With 0.1 and 1.0 it learns, and the larger one is probably chosen here.
#
# But a short race rewards large steps, and the real training will have 10 000.
# So the same race was run over that distance and with all images.
# It takes a minute or two, so only its results stand here, with the call that makes them:

# %%
# long_runs = race((0.01, 0.1, 1.0), len(images), steps=10000)
long_runs = [
    {"lr": 0.01, "train": 0.9228, "held_out": 0.9348},      # 93.5 %, 93.5 %, 93.8 %
    {"lr": 0.1, "train": 0.9813, "held_out": 0.9712},       # 97.5 %, 97.1 %, 97.5 %
    {"lr": 1.0, "train": 0.9499, "held_out": 0.9456},       # 97.4 %, 96.8 %, 94.6 %
]


@when_written
def rate_for_the_long_run():
    print("chosen for 10 000 steps:", best_rate(long_runs))

# %% [markdown]
# Over the long distance 0.1 should win.
# Behind each run stand its three networks.
# With 1.0 one of them does about as well as those with 0.1, and one is far behind: a rate that is nearly too large is a matter of luck.

# %% [markdown]
# ## Steps that remember: momentum
#
# An SGD step knows only the gradient of this moment.
# In a narrow valley that goes badly: the gradient points across, from wall to wall, and hardly along.
#
# **Momentum** lets the parameter roll like a ball.
# It has a velocity $v$, which starts at 0.
# In each step it keeps the share $\mu$ of its velocity, and the slope pushes it: downhill, by the learning rate times the gradient.
# Then the parameter moves by $v$.
# With $\mu = 0.9$, a rate of 0.1 and a gradient that is always 1, the velocities are $-0.1$, $-0.19$, $-0.271$, and so on.

# %% exercise
def momentum_step(w, dw, v, lr, mu):
    """One step with momentum.

    Parameters
    ----------
    w, dw, v : ndarrays of one shape
        A parameter, its gradient, and its velocity before the step. Left as they were.
    lr, mu : float
        Learning rate, and the share of the velocity that is kept.

    Returns
    -------
    w, v : ndarray
        Parameter and velocity after the step.
    """
    ### BEGIN SOLUTION
    v = mu * v - lr * dw
    return w + v, v
    ### END SOLUTION

# %% check
check(momentum_step)

# %% worked [markdown]
# **What a velocity remembers.**
# Call the gradients of the steps $g_1, g_2, g_3$, and put each step into the next, beginning with $v = 0$:
#
# $$
# \begin{aligned}
# v_1 &= -\text{lr}\; g_1 \\
# v_2 &= \mu\, v_1 - \text{lr}\; g_2 = -\text{lr}\,(g_2 + \mu\, g_1) \\
# v_3 &= \mu\, v_2 - \text{lr}\; g_3 = -\text{lr}\,(g_3 + \mu\, g_2 + \mu^2 g_1) .
# \end{aligned}
# $$
#
# After $t$ steps every gradient is still there, with a factor $\mu$ for each step of its age:
#
# $$
# v_t = -\text{lr} \sum_{k=0}^{t-1} \mu^k\, g_{t-k} .
# $$
#
# **With numbers.**
# Let $\mu = 0.9$ and $\text{lr} = 0.1$.
# Three gradients of 1 give $v_3 = -0.1 \cdot (1 + 0.9 + 0.81) = -0.271$, the number of the text: they add up.
# The gradients $1, -1, 1$, from wall to wall, give $v_3 = -0.1 \cdot (1 - 0.9 + 0.81) = -0.091$: of three pushes not even one is left.
#
# The minus stands in $v$, so the parameter *adds* its velocity.
# It adds the new one, and both are returned, because the next step begins with this $v$.

# %% [markdown]
# Pushes across the valley cancel, those along it add up.
#
# ## Adam
#
# **Adam** remembers two averages for every single entry of a parameter: $m$ of the gradient, and $v$ of its square.
# By custom the letter $v$ is used again; here it is no velocity.
#
# $$
# m \leftarrow \beta_1 m + (1 - \beta_1)\, \text{dw}, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, \text{dw}^2 .
# $$
#
# Both start at 0, and that is a flaw.
# With $\beta_1 = 0.9$ and a first gradient $g_1$ we get $m = 0.1\, g_1$: a tenth of what the average of one gradient should be.
# After the second it is $m = 0.09\, g_1 + 0.1\, g_2$, in which the weights of the gradients add up to 0.19.
#
# What do they add up to after $t$ steps?
# (From here to the end of this section $t$ counts steps; it is not the labels.)
# Write the sum, or ask what becomes of the weight of the 0 that $m$ started with.

# %% exercise
def average_weight(beta, t):
    """Sum of the weights that t gradients have in m after t steps.

    Parameters
    ----------
    beta : float
    t : int

    Returns
    -------
    total : float
    """
    ### BEGIN SOLUTION
    return 1 - beta ** t
    ### END SOLUTION

# %% check
check(average_weight)

# %% worked [markdown]
# **By the sum.**
# Put each step into the next, beginning with $m = 0$.
# The newest gradient has the weight $1 - \beta$, and each later step multiplies it by $\beta$ once more:
#
# $$
# m_t = (1 - \beta)\left( g_t + \beta\, g_{t-1} + \dots + \beta^{t-1} g_1 \right) .
# $$
#
# The weights add up to $(1 - \beta)(1 + \beta + \dots + \beta^{t-1})$.
# Multiply out, and all terms but two cancel:
#
# $$
# (1 + \beta + \dots + \beta^{t-1}) - (\beta + \beta^2 + \dots + \beta^{t}) = 1 - \beta^t .
# $$
#
# **By what is missing.**
# Every step takes the share $\beta$ of what was there and the share $1 - \beta$ of what is new.
# These two shares add up to 1, so the weights of all gradients, together with that of the 0 at the start, always add up to 1.
# The start has the weight 1 before the first step, and each step multiplies it by $\beta$.
# After $t$ steps it has $\beta^t$, and the gradients have the rest, $1 - \beta^t$.
#
# With $\beta = 0.9$ that is 0.1 after one step and $1 - 0.81 = 0.19$ after two, as in the text.
# For $v$ with $\beta_2 = 0.999$ it is 0.001 after one step: without the division, $v$ would be a thousand times too small there.

# %% [markdown]
# Divided by its sum of weights, $m$ becomes a true average $\hat m$; likewise $v$, with $\beta_2$, becomes $\hat v$.
# The parameter then moves against $\hat m$, divided by the root of $\hat v$:
#
# $$
# w \leftarrow w - \text{lr} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon} .
# $$
#
# So an entry whose gradients are all small moves as far as one whose gradients are large.
# In the very first step an entry moves by lr, whether its gradient is large or small.
# Only where the gradient is 0 it stays, and there $\varepsilon$ prevents a division by 0.
#
# $m$ and $v$ are remembered as they are, without the division, and `t` counts the steps from 1.

# %% exercise
def adam_step(w, dw, m, v, t, lr, beta1, beta2, eps):
    """One step of Adam.

    Parameters
    ----------
    w, dw, m, v : ndarrays of one shape
        A parameter, its gradient, and the two averages before the step. Left as they were.
    t : int
        The number of this step, from 1.
    lr, beta1, beta2, eps : float

    Returns
    -------
    w, m, v : ndarray
        The parameter and the two averages after the step.
    """
    ### BEGIN SOLUTION
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw * dw
    mean = m / average_weight(beta1, t)
    square = v / average_weight(beta2, t)
    return w - lr * mean / (np.sqrt(square) + eps), m, v
    ### END SOLUTION

# %% check
check(adam_step)

# %% worked [markdown]
# **The first step.**
# From $m = v = 0$ a gradient $g_1$ gives
#
# $$
# m = (1 - \beta_1)\, g_1, \qquad \hat m = \frac{m}{1 - \beta_1} = g_1, \qquad
# v = (1 - \beta_2)\, g_1^2, \qquad \hat v = \frac{v}{1 - \beta_2} = g_1^2 .
# $$
#
# The root of $\hat v$ is $|g_1|$, so the entry moves by $\text{lr} \cdot g_1 / (|g_1| + \varepsilon)$: by lr against the sign of the gradient, whatever its size.
#
# **Any step.**
# Make all gradients of an entry $c > 0$ times as large.
# Then $\hat m$ becomes $c$ times as large, $\hat v$ becomes $c^2$ times as large, and its root $c$ times.
# In $\hat m / \sqrt{\hat v}$ the factor cancels; only $\varepsilon$ notices it.
#
# **With numbers.**
# Let $w = 1$, $\text{lr} = 0.1$, $\beta_1 = 0.9$, $\beta_2 = 0.999$, and let the gradients be 2 and then 1.
#
# In step 1, $m = 0.2$ and $v = 0.004$, so $\hat m = 2$ and $\hat v = 4$.
# The entry moves by $0.1 \cdot 2 / 2 = 0.1$, to 0.9.
#
# In step 2, $m = 0.18 + 0.1 = 0.28$ and $v = 0.003996 + 0.001 = 0.004996$.
# The sums of weights are 0.19 and 0.001999, so $\hat m \approx 1.4737$ and $\hat v \approx 2.4992$.
# The root of $\hat v$ is about 1.5809, and the entry moves by $0.1 \cdot 1.4737 / 1.5809 \approx 0.0932$, to 0.8068.
#
# Step 2 began with $m = 0.2$ and $v = 0.004$, and not with 2 and 4.
# That is why $m$ and $v$ are returned as they are: who remembers the divided ones divides twice.
# All this happens for each entry by itself, so every array keeps the shape of `w`.

# %% [markdown]
# Here are the three rules in a narrow valley, forty times steeper across than along, and on the network.

# %%
class SGD:
    """Moves parameters by sgd_step."""

    def __init__(self, lr):
        self.lr = lr

    def move(self, name, w, dw):
        return sgd_step(w, dw, self.lr)


class Momentum:
    """Moves parameters by momentum_step, and remembers their velocities."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, {}

    def move(self, name, w, dw):
        v = self.v.get(name, np.zeros_like(w))
        w, self.v[name] = momentum_step(w, dw, v, self.lr, self.mu)
        return w


class Adam:
    """Moves parameters by adam_step, and remembers their averages and the number of steps.

    The numbers for beta1, beta2 and eps are those that nearly everybody uses.
    """

    def __init__(self, lr):
        self.lr, self.remembered = lr, {}

    def move(self, name, w, dw):
        m, v, t = self.remembered.get(name, (np.zeros_like(w), np.zeros_like(w), 0))
        w, m, v = adam_step(w, dw, m, v, t + 1, self.lr, beta1=0.9, beta2=0.999, eps=1e-8)
        self.remembered[name] = m, v, t + 1
        return w

# %% figure
@when_written
def down_the_valley(steps=40):
    def height(a, b):
        return 0.5 * (a ** 2 + 40 * b ** 2)

    paths = {}
    for rule in (SGD(0.045), Momentum(0.02), Adam(0.5)):
        w = np.array([-9.0, 1.2])
        path = [w]
        for _ in range(steps):
            w = rule.move("w", w, np.array([w[0], 40 * w[1]]))
            path.append(w)
        paths[type(rule).__name__] = np.array(path)

    _, axes = plt.subplots(3, 1, figsize=(8, 6), layout="constrained", sharex=True)
    a, b = np.meshgrid(np.linspace(-10, 5, 151), np.linspace(-2, 2, 81))
    told = []
    for ax, (name, path) in zip(axes, paths.items()):
        ax.contour(a, b, height(a, b), levels=[0.5, 4, 14, 32, 60], colors=GREY, linewidths=0.8)
        ax.plot(*path.T, "o-", color=BROWN, markersize=3, lw=1.2)
        ax.plot(0, 0, "+", color=BLUE, markersize=12, mew=2)
        left = np.hypot(*path[-1])
        ax.set_title(f"{name}: {left:.2g} away after {steps} steps", fontsize=10)
        ax.set_ylabel("across")
        told.append(f"{name} ends {left:.2g} away from the lowest point")
    axes[-1].set_xlabel("along the valley")
    show(f"Three paths of {steps} steps in a long narrow valley. {'; '.join(told)}. SGD jumps from "
         "wall to wall and then creeps along; momentum swings and overshoots; Adam swings less, "
         "in steps of nearly equal length.")

# %% figure
@when_written
def three_rules_on_the_network(steps=500):
    curves, told = {}, []
    for rule in (SGD(0.1), Momentum(0.1), Adam(0.003)):
        net = in_float32(TwoLayerNet(784, 50, 10, rng=np.random.default_rng(4)))
        losses = []
        for chosen in deal(len(x_some), 100, steps, np.random.default_rng(3)):
            gradients = net.gradient(x_some[chosen], t_some[chosen])
            losses.append(net.last_loss)
            for name, gradient in gradients.items():
                net.params[name] = rule.move(name, net.params[name], gradient)
        name = f"{type(rule).__name__}, lr {rule.lr}"
        curves[name] = np.convolve(losses, np.ones(20) / 20, mode="valid")
        told.append(f"{name}: {curves[name][-1]:.3f}, {net.accuracy(x_held, t_held):.1%} of the "
                    "held-out images")

    _, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for (name, means), colour, style in zip(curves.items(), (GREY, BLUE, BROWN), (":", "-", "--")):
        ax.plot(20 + np.arange(len(means)), means, style, color=colour, lw=2, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("loss, mean of 20")
    ax.legend()
    print(*told, sep="\n")
    show(f"The loss of the network against the step, for three rules. At the end: "
         f"{'; '.join(told)}.")

# %% [markdown]
# Both rivals should be well ahead of SGD after 500 steps.
# Part of the lead of momentum is plain step size: as long as the gradient stays, its steps grow.
# And SGD with 0.1 has time: 10 000 steps are still to come.

# %% [markdown]
# ## Train it
#
# Everything is chosen: 50 hidden units, weights of size 0.01, batches of 100, a rate of 0.1, 10 000 steps of plain SGD.
# That is about 18 epochs, over which a faster start no longer matters, so the simplest rule with a single number to choose will do.
# Deeper networks are harder to move; chapter 10 trains with your `adam_step`.
# Each step takes its images as bytes and makes float32 of them.
# A line says how long it will take, usually well below a minute.
# You may stop it and keep what was reached; run the cell again, and it goes on from there.
# In a browser it makes 2000 steps, with 11 000 images.

# %%
@cache
def full_training(*mine, steps=sized(10000, browser=2000), seed=0):
    """The network, and how it got there. Trains anew when one of the functions `mine` is new."""
    rng = np.random.default_rng(seed)
    net = in_float32(TwoLayerNet(784, 50, 10, rng=rng))
    batches = deal(len(images), 100, steps, rng)
    x_seen, t_seen = pixels(images[:held]), labels[:held]

    def step(k):
        chosen = batches[k]
        return train_step(net, pixels(images[chosen]), labels[chosen], lr=0.1)

    def measure():
        return {f"{held} training images": net.accuracy(x_seen, t_seen),
                f"{held} held-out images": net.accuracy(x_held, t_held)}

    history = train(step, steps=steps, keep={"params": net.params}, name="two_layer_net",
                    settings={"lr": 0.1, "batch": 100, "hidden": 50}, seed=seed, measure=measure,
                    every=600, slow="With steps=2000 it takes a fifth of that, and reads 95 %.")
    return net, history


def trained():
    return full_training(TwoLayerNet, Affine, SoftmaxWithLoss, train_step, sgd_step)


@when_written
def train_on_mnist():
    full_training.cache_clear()                              # a second run may go on
    _, history = trained()
    for name, (_, values) in history.curves.items():
        print(f"{name}: {values[-1]:.2%}")

# %% [markdown]
# Within the first 600 steps the network learns most of what it will ever know, and then it polishes.
# The right panel shows only the polishing: its first points lie below the edge.
# The gap that opens between the two curves is what the network has learned by heart.
# At first the held-out curve may lie above the other: these are different images, and some sets are easier than others.
#
# Now, once, the test images.

# %%
@when_written
def the_test():
    net, _ = trained()
    _, (x_test, t_test) = load_mnist()
    print(f"{net.accuracy(x_test, t_test):.2%} of the test images are read correctly")

# %% [markdown]
# About 97 % is what this network can do; the linear model of chapter 06 stopped at 92 %.
# Five such trainings, with other random numbers, gave 96.8 to 97.3 %: the digit behind the point is luck.
# The shorter one of a browser, with a fifth of the images, reads about 90 % of 2000 test images.
#
# ## See it: what it misreads
#
# Numbers do not tell what kind of mistakes are left.
# Look at the held-out images that it gets wrong, the most certain mistakes first.

# %% figure
@when_written
def misread_digits():
    net, _ = trained()
    scores = net.predict(x_held)
    said = scores.argmax(axis=1)
    wrong = np.flatnonzero(said != t_held)
    lead = scores[wrong, said[wrong]] - scores[wrong, t_held[wrong]]
    worst = wrong[np.argsort(-lead)][:30]
    rows = [worst[k:k + 10] for k in range(0, len(worst), 10)]
    titles = [[f"{t_held[n]} read as {said[n]}" for n in row] for row in rows]
    draw_images([x_held[row] for row in rows], titles, alt=(
        f"{len(worst)} of the {len(wrong)} held-out digits that the network misreads, the most "
        f"certain mistakes first: {', '.join(text for row in titles for text in row)}."))

# %% [markdown]
# Some of them you would have to guess yourself.
# Others are perfectly clear, only shifted, slanted or drawn with a thick pen.
# The network has never been told that neighbouring pixels belong together: shuffle all pixels of all images in the same way, and it learns just as well.
# That is what the convolution of chapter 07 is for.

# %% [markdown]
# ## On your own: an L2 penalty
#
# Large weights let a network bend sharply around single images.
# In chapter 05 a penalty, reg times the sum of all squared weights, was added to the loss of a linear model.
# Build it into the network.
# Both weight matrices are penalised, and the biases are not.
#
# `class PenaltyNet(TwoLayerNet)` means that a `PenaltyNet` has all that a `TwoLayerNet` has, and only what is written here is different.
# Inside a method, `super().loss(x, t)` calls the `loss` of `TwoLayerNet`.
#
# Derive the gradient on paper, and write both methods.
# `gradient` keeps the loss as before, now with its penalty; look at what `super().gradient(x, t)` has kept already.
#
# Then a question for the paper.
# A pixel in the corner is empty in all images, so its weights get no gradient from the data.
# What does an SGD step multiply such a weight by?
#
# <details><summary>First hint</summary>
#
# The new loss is a sum of two terms.
# A weight has one path through each, and gradients along several paths add up.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# For a single weight $w$ the second term is $\text{reg} \cdot w^2$, and the other weights do not matter for its slope.
#
# </details>
#
# <details><summary>Third hint</summary>
#
# `super().gradient(x, t)` returns the first part, as a dict.
# Two of its four entries need something more.
#
# </details>

# %% exercise
class PenaltyNet(TwoLayerNet):
    """A two-layer network whose large weights cost something."""

    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        """Loss of the network, plus reg times the sum of all squared weights, without biases.

        Returns
        -------
        loss : float
        """
        ### BEGIN SOLUTION
        weights = self.params["W1"], self.params["W2"]
        return super().loss(x, t) + self.reg * sum(np.sum(w * w) for w in weights)
        ### END SOLUTION

    def gradient(self, x, t):
        """Gradients of this loss by backpropagation. Keeps this loss as self.last_loss.

        Returns
        -------
        gradients : dict of str to ndarray
        """
        ### BEGIN SOLUTION
        gradients = super().gradient(x, t)
        for name in ("W1", "W2"):
            gradients[name] = gradients[name] + 2 * self.reg * self.params[name]
        return gradients
        ### END SOLUTION

# %% check
check(PenaltyNet)

# %% worked [markdown]
# **The derivation.**
# The loss is $L + R$ with $R = \text{reg} \sum w^2$, taken over both weight matrices.
# A weight has a path through each term, and the slopes of the two add:
#
# $$
# \frac{\partial (L + R)}{\partial w} = \text{dw} + 2\, \text{reg}\, w .
# $$
#
# A bias does not occur in $R$, so nothing is added to its gradient.
#
# `super().gradient` calls `self.loss`, which is the loss of `PenaltyNet`: what it keeps has the penalty already.
#
# For the weights of an empty pixel $\text{dw} = 0$, and an SGD step is
#
# $$
# w \leftarrow w - \text{lr} \cdot 2\, \text{reg}\, w = (1 - 2\, \text{lr}\, \text{reg})\, w .
# $$
#
# The weight shrinks by the same share in every step.
# That is why the penalty is also called **weight decay**.

# %% figure
@when_written
def with_and_without_penalty(steps=500):
    nets = {}
    for reg in (0.0, 0.01):
        net = in_float32(PenaltyNet(784, 50, 10, reg, weight_init_std=0.05,
                                    rng=np.random.default_rng(4)))
        train_steps(net, x_some, t_some, deal(len(x_some), 100, steps, np.random.default_rng(3)),
                    lr=0.1)
        nets[f"reg {reg}"] = net
    sizes = {name: np.abs(net.params["W1"]) for name, net in nets.items()}
    pictures = [array.mean(axis=1).reshape(1, 28, 28) for array in sizes.values()]
    largest = max(picture.max() for picture in pictures)
    _, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
    for ax, name, picture in zip(axes, sizes, pictures):
        drawn = ax.imshow(picture[0], cmap=POSITIVE, vmin=0, vmax=largest)
        ax.set_title(name, fontsize=10)
        ax.set_xticks([])
        ax.set_yticks([])
    plt.colorbar(drawn, ax=axes, label="mean size of a pixel's weights")
    edge = [picture[0, :2].mean() for picture in pictures]
    show("The mean size of the weights of each pixel, as two images, without and with a penalty. "
         f"Along the upper edge, where there is no ink, it is {edge[0]:.3f} without and "
         f"{edge[1]:.3f} with a penalty, under which the weights there fade.")

# %% [markdown]
# Pixels along the edge have no ink, so the data say nothing about their weights.
# Without a penalty these keep the random size they started with, and with one they fade away.

# %% [markdown]
# ## What you can now do
#
# - Join layers with a memory into a network, and prove all its gradients at once.
# - Tell from the first loss, from 50 images and from a handful of rates whether a training can work.
# - Write three update rules, and say what each remembers.
# - Keep apart the images that train, those that choose, and those that judge.
#
# **Momentum.** With $\mu = 0.5$ and a gradient that stays the same, the steps grow.
# How many times as large as those of SGD with the same rate do they become?
#
# - **a** 0.5
# - **b** 1.5
# - **c** 2
#
# **The test set.** Somebody trains with twenty rates, and reports the best of the twenty accuracies on the test images.
# What is to be thought of this number?
#
# - **a** It is fair: no step was made with the test images.
# - **b** It is probably too high: the test images took part in the choice.
# - **c** It is probably too low: most rates were bad.
#
# **Zeros.** All weights start at 0, but the 50 biases of `b1` at different positive numbers.
# Which arrays move?
#
# - **a** `W2` and `b2` in the first step, all four from the second on.
# - **b** All four from the first step on.
# - **c** Only `b2`, as when the biases start at 0.

# %% exercise
def recap_two_layer_net():
    """Answers to the three questions, one letter each.

    Returns
    -------
    momentum, test_set, zeros : str
    """
    ### BEGIN SOLUTION
    return "c", "b", "a"
    ### END SOLUTION

# %% check
check(recap_two_layer_net)

# %% written [markdown]
# A friend has written a network for ten classes, and its loss does not go down.
# Give them three tests, in a sensible order: what to do, what should come out, and what is known if it does not.
#
# ### BEGIN MARK SCHEME
# - The first loss should be about log 10; if it is not, the start, the scores or the loss is wrong (1 point).
# - A gradient check in float64 on a few samples; where it fails first on the way back, there the mistake lies (1 point).
# - A few images learned by heart, with rates over several decades, after the other two; if the gradients are right and this fails, the rate or the start is to blame. Wrong labels are not: these are learned by heart as well (1 point).
# ### END MARK SCHEME

# %% model answer [markdown]
# First look at the loss before any step.
# Ten classes and small weights must give about $\log 10 = 2.3$; if it is 7, the weights start too large or the loss is not a mean.
#
# Then check the gradients: three samples, float64, each parameter against central differences.
# The walk back is right up to the layer where it goes wrong, so if `W2` agrees and `W1` does not, look at what lies between them.
#
# If both tests pass, take 50 images and train on nothing else, with rates of 0.001, 0.01, 0.1 and 1.
# With one of them the loss must go to nearly 0.
# If it does not, the weights start badly, or the right rate lies elsewhere.
# If it does, the program can learn, and the long training had a bad rate, or bad data.
# Images and labels that were shuffled apart do not show here, because a network learns wrong labels by heart as well.
# They show in the accuracy on held-out images, which stays near 10 %.

# %%
progress("09_two_layer_net")

# %% [markdown]
# Next: [Chapter 10: convnet](../10_convnet/10_convnet.ipynb).
#
# This network does not know that a digit stays the same when it moves by a pixel; the next one is built so that it does.
