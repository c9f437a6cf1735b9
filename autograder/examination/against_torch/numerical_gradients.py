"""01_numerical_gradients in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import MEASURED, Comparison


def function_of_x(torch: ModuleType, v: SimpleNamespace):
    """The function whose slopes are measured: its NumPy text, with PyTorch in NumPy's place."""
    numpy = SimpleNamespace(
        sin=torch.sin, sum=torch.sum,
        array=lambda values: torch.tensor(values, dtype=torch.float64),
    )
    return eval(v.f.text, {"np": numpy})(v.x)


def small_step(inputs):
    """A step at which central differences have ten right digits. The row's own are larger."""
    return {"h": 1e-5}


def sigmoid(torch: ModuleType, v: SimpleNamespace):
    """The sigmoid of x."""
    return torch.sigmoid(v.x)


def relu(torch: ModuleType, v: SimpleNamespace):
    """The larger of 0 and x."""
    return torch.relu(v.x)


def mean_squared_error(torch: ModuleType, v: SimpleNamespace):
    """Half the sum of squares: the course's name for it, which divides by nothing."""
    return torch.nn.functional.mse_loss(v.y, v.t, reduction="sum") / 2


def of_probabilities(torch: ModuleType, v: SimpleNamespace):
    """The cross-entropy error of probabilities; t holds labels or one-hot rows, or one of them."""
    labels = v.t.argmax(-1) if v.t.ndim == v.y.ndim else v.t
    return torch.nn.functional.nll_loss(v.y.log().reshape(-1, v.y.shape[-1]), labels.reshape(-1))


COMPARISONS = [
    Comparison("numerical_entry", function_of_x, small_step, tolerance=MEASURED),
    Comparison("numerical_gradient", function_of_x, small_step, of={"gradient": "x"},
               tolerance=MEASURED),
    Comparison("sigmoid", sigmoid),
    Comparison("sigmoid_grad", sigmoid),
    Comparison("relu", relu),
    Comparison("relu_grad", relu),
    Comparison("softmax", lambda torch, v: torch.softmax(v.x, -1)),
    Comparison("mean_squared_error", mean_squared_error),
    Comparison("cross_entropy_error", of_probabilities),
]
