"""03_affine in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import Comparison


def layer(torch: ModuleType, v: SimpleNamespace):
    """The library's linear layer keeps its weights transposed."""
    return torch.nn.functional.linear(v.x.flatten(1), v.w.T, v.b)


def two_samples(torch: ModuleType, v: SimpleNamespace):
    """The number whose slopes with respect to both outputs are given."""
    return v.dout0 * (v.x0 * v.w + v.b) + v.dout1 * (v.x1 * v.w + v.b)


def quadratic(torch: ModuleType, v: SimpleNamespace):
    """The same weights for x and for its square."""
    return v.x @ v.w + v.x.square() @ v.w


COMPARISONS = [
    Comparison("affine_scalar_gradients", two_samples),
    Comparison("affine_dx_entry", layer),
    Comparison("affine_dw_entry", layer),
    Comparison("affine_db_entry", layer),
    Comparison("affine_matrix_gradients", layer),
    Comparison("affine_forward", layer),
    Comparison("affine_backward", layer),
    Comparison("affine_backward_mended", layer,
               lambda inputs: dict(zip(("x", "w", "b"), inputs["cache"]))),
    Comparison("quadratic_affine_forward", quadratic),
    Comparison("quadratic_affine_backward", quadratic),
]
