"""03_affine in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

from autograder.examination.against_torch.comparison import Comparison


def layer(torch: ModuleType, v: SimpleNamespace):
    """The library's linear layer keeps its weights transposed."""
    return torch.nn.functional.linear(v.x.flatten(1), v.w.T, v.b)


COMPARISONS = [
    Comparison("affine_scalar_gradients", lambda torch, v: v.x * v.w + v.b),
    Comparison("affine_dx_entry", layer),
    Comparison("affine_dw_entry", layer),
    Comparison("affine_db_entry", layer),
    Comparison("affine_matrix_gradients", layer),
    Comparison("affine_forward", layer),
    Comparison("affine_backward", layer),
    Comparison("affine_backward_mended", layer,
               lambda inputs: dict(zip(("x", "w", "b"), inputs["cache"]))),
]
