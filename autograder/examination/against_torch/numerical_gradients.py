"""01_numerical_gradients in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import MEASURED, Comparison


def function_of_x(torch: ModuleType, v: SimpleNamespace):
    """The function whose slopes are measured: its NumPy text, with PyTorch in NumPy's place."""
    numpy = SimpleNamespace(
        sin=torch.sin, sum=torch.sum, flip=lambda x: torch.flip(x, dims=(0,)),
        array=lambda values: torch.tensor(values, dtype=torch.float64),
    )
    return eval(v.f.text, {"np": numpy})(v.x)


def small_step(inputs):
    """A step at which central differences have ten right digits. The row's own are larger.

    Where the row leaves it out, the function bends so fast that its default shows.
    """
    return {"h": 1e-5 if "h" in inputs else 1e-7}


def relu(torch: ModuleType, v: SimpleNamespace):
    """The larger of 0 and x."""
    return torch.relu(v.x)


def mean_squared_error(torch: ModuleType, v: SimpleNamespace):
    """Half the sum of squares: the course's name for it, which divides by nothing."""
    return torch.nn.functional.mse_loss(v.y, v.t, reduction="sum") / 2


COMPARISONS = [
    Comparison("numerical_gradient", function_of_x, small_step, of={"gradient": "x"},
               tolerance=MEASURED),
    Comparison("relu", relu),
    Comparison("relu_grad", relu),
    Comparison("mean_squared_error", mean_squared_error),
]
