"""07_convolution in PyTorch."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from autograder.examination.against_torch.comparison import Comparison


def layer(torch: ModuleType, v: SimpleNamespace):
    """The library's layer, with everything that `v` has; what it has not is left out here too."""
    names = {"stride": "stride", "pad": "padding", "dilation": "dilation", "groups": "groups"}
    more = {theirs: getattr(v, ours) for ours, theirs in names.items() if hasattr(v, ours)}
    return torch.nn.functional.conv2d(v.x, v.w, v.b, **more)


def one_channel(torch: ModuleType, v: SimpleNamespace):
    """One image, one channel, one filter; no more windows than ``dout`` has."""
    out = torch.nn.functional.conv2d(v.x[None, None], v.w[None, None], stride=v.stride)[0, 0]
    return out[:v.dout.shape[0], :v.dout.shape[1]]


def one_channel_with_filters(torch: ModuleType, v: SimpleNamespace):
    """One image, one channel, and a map for each filter."""
    return torch.nn.functional.conv2d(
        v.x[None, None], v.w[:, None], stride=v.stride, padding=v.pad
    )[0]


def echo(torch: ModuleType, v: SimpleNamespace):
    """A transposed convolution with one channel: it spreads each entry of x over out."""
    return torch.nn.functional.conv_transpose1d(v.x[:, None], v.w[None])


def unfold(torch: ModuleType, v: SimpleNamespace):
    """The columns of all windows; the library keeps the images apart, the course does not."""
    cols = torch.nn.functional.unfold(
        v.x, (v.HH, v.WW), padding=getattr(v, "pad", 0), stride=getattr(v, "stride", 1)
    )
    return cols.permute(1, 0, 2).flatten(1)


def image_of(inputs):
    """The smallest image that has all windows of ``dout``."""
    outputs, kernel = np.array(inputs["dout"].shape[1:]), inputs["w"].shape[1:]
    return {"x": np.zeros(inputs["stride"] * (outputs - 1) + kernel - 2 * inputs["pad"])}


def kernel_of(inputs):
    """The smallest kernel that has the weight i, j."""
    return {"w": np.zeros((inputs["i"] + 1, inputs["j"] + 1))}


def images(inputs):
    """Images of the shape that is given."""
    return {"x": np.zeros(inputs["x_shape"])}


def drawn(*, general: bool = False):
    """Layers of random sizes: in many the last window does not end at the border, so that some
    pixels are in no window. The row has a few of all these layers, and layers are where
    convolutions go wrong.
    """
    def more(rng: np.random.Generator):
        stride, pad = rng.integers(1, 4), rng.integers(0, 3)
        dilation, groups = rng.integers(1, 4, 2) if general else (1, 1)
        n, c, f = rng.integers(1, 4, 3) * (1, groups, groups)
        kernel = rng.integers(1, 4, 2)
        covered = dilation * (kernel - 1) + 1
        image = np.maximum(covered - 2 * pad, 1) + rng.integers(0, 6, 2)
        windows = 1 + (image + 2 * pad - covered) // stride
        inputs = {
            "x": rng.normal(0, 1, (n, c, *image)),
            "w": rng.normal(0, 1, (f, c // groups, *kernel)),
            "b": rng.normal(0, 1, f),
            "dout": rng.normal(0, 1, (n, f, *windows)),
            "stride": int(stride), "pad": int(pad),
        }
        more = {"dilation": int(dilation), "groups": int(groups)}
        return inputs | (more if general else {})
    return more


COMPARISONS = [
    Comparison("window_gradients", lambda torch, v: (v.window * v.w).sum()),
    Comparison("conv_dx_entry", one_channel_with_filters, image_of),
    Comparison("conv_dw_entry", one_channel, kernel_of),
    Comparison("conv2d_forward_naive", layer, more=drawn()),
    Comparison("conv2d_backward_naive", layer, more=drawn()),
    Comparison("image_gradient_mended",
               lambda torch, v: torch.nn.functional.conv2d(
                   v.x, v.w, stride=v.stride, padding=v.pad), images),
    Comparison("patch_matrix_gradients", lambda torch, v: v.w @ v.cols),
    Comparison("im2col", unfold),
    Comparison("scatter_add", lambda torch, v: v.x[v.index],
               lambda inputs: {"x": np.zeros(inputs["size"])}),
    Comparison("col2im", lambda torch, v: (unfold(torch, v) * v.cols).sum(), images),
    Comparison("conv2d_forward", layer, more=drawn()),
    Comparison("conv2d_backward", layer, more=drawn()),
    Comparison("echo_forward", echo),
    Comparison("echo_backward", echo),
    Comparison("conv2d_forward_general", layer, more=drawn(general=True)),
    Comparison("conv2d_backward_general", layer, more=drawn(general=True)),
]
