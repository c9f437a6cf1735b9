"""Load the MNIST handwritten digits from ``mnist.npz``, beside this module.

The file travels with the course, so loading needs no network. It is checked
against its SHA-256 before use: a damaged file gives one clear error instead
of a network that mysteriously does not learn.
"""

import functools
import hashlib
import io
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

# Path(__file__) finds the file wherever the package is installed, and however
# the folder is called.
MNIST_PATH = Path(__file__).with_name("mnist.npz")

MNIST_SHA256 = "99b6212d8b734503d7fa2e29ea6413bad62226998e56555f4a6b0b30072f1aec"

# The arrays of the file. All of them hold uint8.
ARRAY_SHAPES = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}

# A page in a browser holds the first images of each set only: its memory is small, and the images
# have to come over the network.
IN_PAGE = sys.platform == "emscripten"

SMALL_PATH = Path(__file__).with_name("mnist_small.npz")

SMALL_SHA256 = "091df99c5b6403997c9d7b0e201e235b55cf0e4fe2c87888c00b314251bd0646"

SMALL_SHAPES = {
    "x_train": (12000, 28, 28),
    "y_train": (12000,),
    "x_test": (2000, 28, 28),
    "y_test": (2000,),
}

NUMBER_OF_CLASSES = 10


class DataError(RuntimeError):
    """The data file is missing, damaged, or not the file that is expected."""


def load_mnist(normalize=True, flatten=True, one_hot=False):
    """Load the 60,000 training and 10,000 test images of MNIST.

    In the web edition of the course, which runs in a browser, these are the first 12,000 and
    the first 2,000 of them.

    Parameters
    ----------
    normalize : bool, default True
        If True, pixels are float32 in [0, 1], from 0 (background) to 1 (ink).
        If False, pixels stay uint8 in 0..255, as in the original files.
    flatten : bool, default True
        If True, each image is one row of 784 pixels: shape (N, 784).
        If False, images have shape (N, 1, 28, 28): the (N, C, H, W) layout of
        the course, with one colour channel.
    one_hot : bool, default False
        If True, each label is a row of ten numbers: 1 at the digit, 0
        elsewhere. If False, each label is the digit itself.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : two pairs of ndarray
        N is 60,000 for the training pair and 10,000 for the test pair.

        x : (N, 784) or (N, 1, 28, 28), float32 or uint8
        y : (N,) int64, or (N, 10) float32 if `one_hot` is True; in a browser int32, the
        integers that NumPy counts with there

        Every call returns fresh arrays. You may change them freely.

    Raises
    ------
    DataError
        If the data file is missing, damaged, or cannot be read. The message
        says what is wrong and what to do next.

    Notes
    -----
    Why float32 and not float64: the normalized training images then take
    188 MB instead of 376 MB, and training does not need more digits. A
    numerical gradient check does need them. For such a check, convert the few
    images you use: ``x_train[:5].astype(np.float64)``.

    The file is read and checked once per process. Later calls start from the
    arrays kept in memory (55 MB).

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, x_test.shape
    ((60000, 784), (10000, 784))
    """
    arrays = read_small_archive() if IN_PAGE else read_archive(MNIST_PATH, MNIST_SHA256)
    train = (
        _prepare_images(arrays["x_train"], normalize, flatten),
        _prepare_labels(arrays["y_train"], one_hot),
    )
    test = (
        _prepare_images(arrays["x_test"], normalize, flatten),
        _prepare_labels(arrays["y_test"], one_hot),
    )
    return train, test


def read_small_archive():
    """Read the first images of each set, as `read_archive`; fetch them before if need be.

    Raises
    ------
    DataError
        If they cannot be fetched, or what came is damaged.
    """
    if not SMALL_PATH.exists():
        from .in_page import fetch

        try:
            fetch(SMALL_PATH)
        except OSError as error:
            raise DataError(
                f"The images cannot be had: {error}. Look whether this device is online, and run"
                " the cell again."
            ) from None
        print(
            f"In a browser: the first {SMALL_SHAPES['x_train'][0]} of"
            f" {ARRAY_SHAPES['x_train'][0]} training images, and the first"
            f" {SMALL_SHAPES['x_test'][0]} of {ARRAY_SHAPES['x_test'][0]} test images."
        )
    return read_archive(SMALL_PATH, SMALL_SHA256, small=True)


# The cache keeps the arrays of a good file. It never keeps an error, so after
# the file is restored the next call simply works, without a new process.
@functools.cache
def read_archive(path, expected_sha256, small=False):
    """Read the four MNIST arrays, after checking the SHA-256 of their file.

    Parameters
    ----------
    path : pathlib.Path
        The ``.npz`` file.
    expected_sha256 : str
        The SHA-256 that the whole file must have, as 64 lower-case hex digits.
    small : bool, default False
        Whether it is the file with the first images only.

    Returns
    -------
    dict of str to ndarray
        The arrays named in `ARRAY_SHAPES`, uint8, read-only. They are shared
        between calls, which is why nobody may write to them.

    Raises
    ------
    DataError
        If the file is missing, unreadable, damaged, or has other arrays.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _data_error(path, "The file is missing.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _data_error(path, f"The file cannot be read: {reason}.") from None

    actual_sha256 = hashlib.sha256(content).hexdigest()
    if actual_sha256 != expected_sha256:
        problem = (
            f"The file is damaged or incomplete: it has {len(content):,} bytes"
            f" with SHA-256 {actual_sha256}, but SHA-256 {expected_sha256}"
            " is expected."
        )
        raise _data_error(path, problem)

    # The bytes that were checked are the bytes that are unpacked. Reading the
    # file a second time could give something else.
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, EOFError, TypeError, ValueError,
            zipfile.BadZipFile, zlib.error):
        raise _data_error(path, "The file is not a valid .npz archive.") from None

    expected_layout = {
        name: ("uint8", shape)
        for name, shape in (SMALL_SHAPES if small else ARRAY_SHAPES).items()
    }
    actual_layout = {
        name: (str(array.dtype), array.shape) for name, array in arrays.items()
    }
    if actual_layout != expected_layout:
        problem = (
            f"The file holds {_describe(actual_layout)},"
            f" but {_describe(expected_layout)} are expected."
        )
        raise _data_error(path, problem)

    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def _data_error(path, problem):
    """Build the error that names the file, the problem and the remedy."""
    return DataError(
        f"The MNIST data file {path} cannot be used. {problem}"
        " To restore it, run `git checkout data/mnist.npz` in the folder of"
        " the course, or reinstall the course package."
    )


def _describe(layout):
    """Write a layout as text, such as ``y_test uint8 (10000,)``."""
    if not layout:
        return "no arrays"
    return ", ".join(
        f"{name} {dtype} {shape}" for name, (dtype, shape) in layout.items()
    )


def _prepare_images(images, normalize, flatten):
    """Copy (N, 28, 28) uint8 images into the scale and shape asked for."""
    if normalize:
        pixels = images.astype(np.float32)
        # In place: a second 188 MB array is never made.
        pixels /= 255
    else:
        pixels = images.copy()
    if flatten:
        return pixels.reshape(len(pixels), -1)
    return pixels[:, np.newaxis, :, :]


def _prepare_labels(labels, one_hot):
    """Copy (N,) uint8 labels into digits or (N, 10) float32 rows.

    Digits have the type of an index: NumPy in a browser counts with 32 bits, and `np.bincount`
    takes no int64 there.
    """
    if not one_hot:
        return labels.astype(np.intp)
    rows = np.zeros((len(labels), NUMBER_OF_CLASSES), dtype=np.float32)
    rows[np.arange(len(labels)), labels] = 1
    return rows
