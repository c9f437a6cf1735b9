"""09_two_layer_net in PyTorch: layers, update rules of torch.optim, whole training steps."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import Comparison
from autograder.exercises.networks import PARAMS


def affine_parameters(inputs):
    """The arrays of the layer's dict."""
    return {"w": inputs["params"]["W7"], "b": inputs["params"]["b7"]}


def affine(torch: ModuleType, v: SimpleNamespace):
    """The affine layer of the library, whose weights are transposed."""
    return torch.nn.functional.linear(v.x, v.w.T, v.b)


def cross_entropy(torch: ModuleType, v: SimpleNamespace):
    """The loss of scores x."""
    return torch.nn.functional.cross_entropy(v.x, torch.as_tensor(v.t))


def stepped(torch: ModuleType, make, v: SimpleNamespace, **state):
    """The parameter after one step of an optimizer, and the optimizer's state."""
    w = v.w.detach().clone().requires_grad_()
    w.grad = v.dw.detach().clone()
    optimizer = make([w])
    optimizer.state[w] = {key: value.detach().clone() for key, value in state.items()}
    optimizer.step()
    return w, optimizer.state[w]


def sgd(torch: ModuleType, v: SimpleNamespace):
    """torch.optim.SGD."""
    return stepped(torch, lambda params: torch.optim.SGD(params, lr=v.lr.item()), v)[0]


def momentum(torch: ModuleType, v: SimpleNamespace):
    """torch.optim.SGD with momentum, whose buffer is the velocity without its rate and sign."""
    lr, mu = v.lr.item(), v.mu.item()
    w, state = stepped(torch, lambda params: torch.optim.SGD(params, lr=lr, momentum=mu), v,
                       momentum_buffer=-v.v / lr)
    return w, -lr * state["momentum_buffer"]


def adam(torch: ModuleType, v: SimpleNamespace):
    """torch.optim.Adam."""
    rates = {"lr": v.lr.item(), "betas": (v.beta1.item(), v.beta2.item()), "eps": v.eps.item()}
    w, state = stepped(torch, lambda params: torch.optim.Adam(params, **rates), v,
                       step=torch.tensor(v.t - 1.0), exp_avg=v.m, exp_avg_sq=v.v)
    return w, state["exp_avg"], state["exp_avg_sq"]


def network(torch: ModuleType, params):
    """The network of the library, with these parameters."""
    W1, b1, W2, b2 = (torch.tensor(params[name]) for name in PARAMS)
    first = torch.nn.Linear(*W1.shape, dtype=W1.dtype)
    second = torch.nn.Linear(*W2.shape, dtype=W2.dtype)
    with torch.no_grad():
        for layer, w, b in ((first, W1, b1), (second, W2, b2)):
            layer.weight.copy_(w.T)
            layer.bias.copy_(b)
    return torch.nn.Sequential(first, torch.nn.ReLU(), second)


def train(torch: ModuleType, v: SimpleNamespace, batches):
    """The losses of several steps of torch.optim.SGD, and the parameters behind the last."""
    net = network(torch, v.params)
    optimizer = torch.optim.SGD(net.parameters(), lr=v.lr.item())
    losses = []
    for x, t in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), torch.as_tensor(t))
        loss.backward()
        optimizer.step()
        losses.append(loss)
    first, _, second = net
    return torch.stack(losses), first.weight.T, first.bias, second.weight.T, second.bias


def train_step(torch: ModuleType, v: SimpleNamespace):
    """One step, on the whole batch."""
    losses, *params = train(torch, v, [(v.x, v.t)])
    return losses[0], *params


def train_steps(torch: ModuleType, v: SimpleNamespace):
    """One step on each batch."""
    return train(torch, v, [(v.x[chosen], v.t[chosen]) for chosen in v.batches])


def named(inputs):
    """The parameters of a network by their names."""
    return inputs["params"]


def penalised(torch: ModuleType, v: SimpleNamespace):
    """The loss of a network, with its penalty."""
    hidden = torch.relu(v.x @ v.W1 + v.b1)
    loss = torch.nn.functional.cross_entropy(hidden @ v.W2 + v.b2, torch.as_tensor(v.t))
    return loss + v.reg * (v.W1.square().sum() + v.W2.square().sum())


COMPARISONS = [
    Comparison("Affine", affine, affine_parameters),
    Comparison("SoftmaxWithLoss", cross_entropy),
    Comparison("sgd_step", sgd),
    Comparison("train_step", train_step),
    Comparison("train_steps", train_steps),
    Comparison("momentum_step", momentum),
    Comparison("adam_step", adam),
    Comparison("PenaltyNet", penalised, named),
]
