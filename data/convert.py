"""Make ``mnist.npz`` from the four original MNIST files.

Usage::

    python data/convert.py FOLDER [--output FILE]

FOLDER holds the four gzipped IDX files, with the names in `IDX_FILES`. Nobody
needs this script to follow the course: the finished file is part of it. The
script is here so that anyone can check where that file comes from.
"""

import argparse
import gzip
import hashlib
import io
import math
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

# A script has no package, so a relative import works only in the package.
if TYPE_CHECKING or __package__:
    from .mnist import ARRAY_SHAPES, MNIST_PATH, MNIST_SHA256, SMALL_SHAPES, read_archive
else:
    from mnist import ARRAY_SHAPES, MNIST_PATH, MNIST_SHA256, SMALL_SHAPES, read_archive

IDX_TYPE_UINT8 = 0x08


class ConversionError(RuntimeError):
    """The MNIST files are missing, damaged, or not the expected ones."""


class IdxFile(NamedTuple):
    """One original file: its name, array shape, and unpacked SHA-256."""

    name: str
    shape: tuple
    sha256: str


# The SHA-256 is that of the unpacked content. The same content can be gzipped
# in many ways, and mirrors do so, so the hash of a .gz file proves less.
IDX_FILES = {
    "x_train": IdxFile(
        "train-images-idx3-ubyte.gz",
        ARRAY_SHAPES["x_train"],
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "y_train": IdxFile(
        "train-labels-idx1-ubyte.gz",
        ARRAY_SHAPES["y_train"],
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "x_test": IdxFile(
        "t10k-images-idx3-ubyte.gz",
        ARRAY_SHAPES["x_test"],
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "y_test": IdxFile(
        "t10k-labels-idx1-ubyte.gz",
        ARRAY_SHAPES["y_test"],
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def read_idx(path, shape, sha256):
    """Read one gzipped IDX file of unsigned bytes and check all of it.

    An IDX file starts with two zero bytes, one byte for the type of number
    (8 is uint8) and one byte for the number of axes. The length of each axis
    follows, as a big-endian 4-byte integer. The numbers come last.

    Parameters
    ----------
    path : pathlib.Path
        The ``.gz`` file.
    shape : tuple of int
        The shape that the header must state.
    sha256 : str
        The SHA-256 that the unpacked content must have.

    Returns
    -------
    ndarray of `shape`, uint8
        The numbers of the file, read-only.

    Raises
    ------
    ConversionError
        If the file is missing, damaged, or not the expected one.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise ConversionError(f"{path} is missing.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ConversionError(
            f"{path} is not a complete gzip file. Get a fresh copy of it."
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConversionError(f"{path} cannot be read: {reason}.") from None

    header = bytes([0, 0, IDX_TYPE_UINT8, len(shape)])
    header += struct.pack(f">{len(shape)}I", *shape)
    if not content.startswith(header):
        raise ConversionError(
            f"{path} does not start with the IDX header of a uint8 array of"
            f" shape {shape}. It is another file."
        )
    number_count = len(content) - len(header)
    if number_count != math.prod(shape):
        raise ConversionError(
            f"{path} holds {number_count:,} numbers, but its header promises"
            f" {math.prod(shape):,}. Get a fresh copy of it."
        )
    actual_sha256 = hashlib.sha256(content).hexdigest()
    if actual_sha256 != sha256:
        raise ConversionError(
            f"{path} unpacks to SHA-256 {actual_sha256}, but {sha256} is"
            " expected. Get a fresh copy of it."
        )
    numbers = np.frombuffer(content, dtype=np.uint8, offset=len(header))
    return numbers.reshape(shape)


def pack_arrays(arrays, compression=zipfile.ZIP_DEFLATED):
    """Pack arrays into the bytes of a small ``.npz`` file.

    `numpy.savez_compressed` makes the same kind of file. This function packs
    it more tightly and leaves out everything that depends on the day or the
    operating system, so the same arrays give the same bytes.

    Parameters
    ----------
    arrays : dict of str to ndarray
        The arrays, in the order in which they are stored.
    compression : int, optional
        `zipfile.ZIP_STORED` for an archive that is the same wherever it is made.

    Returns
    -------
    bytes
        A zip archive with one ``.npy`` file per array.
    """
    archive_buffer = io.BytesIO()
    with zipfile.ZipFile(archive_buffer, "w") as archive:
        for name, array in arrays.items():
            array_buffer = io.BytesIO()
            np.lib.format.write_array(array_buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, also when made on Windows.
            entry.external_attr = 0o644 << 16
            archive.writestr(
                entry,
                array_buffer.getvalue(),
                compress_type=compression,
                compresslevel=9,
            )
    return archive_buffer.getvalue()


def small_archive():
    """Pack the first images of each set, for the web edition of the course.

    They are not compressed, so that the bytes do not depend on a version of zlib; the archive that
    they travel in is.

    Returns
    -------
    bytes
        The content of ``mnist_small.npz``.
    """
    arrays = read_archive(MNIST_PATH, MNIST_SHA256)
    first = {name: arrays[name][: shape[0]] for name, shape in SMALL_SHAPES.items()}
    return pack_arrays(first, zipfile.ZIP_STORED)


def convert(folder, idx_files=IDX_FILES):
    """Read and check the IDX files of a folder and pack them together.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of the ``.gz`` files.
    idx_files : dict of str to IdxFile, optional
        What to expect of each file. The keys name the arrays.

    Returns
    -------
    bytes
        The content of the ``.npz`` file.

    Raises
    ------
    ConversionError
        If one of the files cannot be used.
    """
    arrays = {
        key: read_idx(folder / idx_file.name, idx_file.shape, idx_file.sha256)
        for key, idx_file in idx_files.items()
    }
    return pack_arrays(arrays)


def save(content, output, expected_sha256=MNIST_SHA256):
    """Write the ``.npz`` file and report its SHA-256.

    Another release of zlib may pack the same numbers into other bytes.
    `load_mnist` would refuse such a file, so it never replaces the file of
    the course. It can still be written elsewhere.

    Parameters
    ----------
    content : bytes
        The content of the ``.npz`` file.
    output : pathlib.Path
        The file to write.
    expected_sha256 : str, optional
        The SHA-256 of the file of the course.

    Returns
    -------
    str
        One line that says what was written.

    Raises
    ------
    ConversionError
        If the file cannot be written, or must not be.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    is_course_file = sha256 == expected_sha256
    if output.resolve() == MNIST_PATH.resolve() and not is_course_file:
        raise ConversionError(
            f"the numbers are right, but zlib {zlib.ZLIB_RUNTIME_VERSION} packs"
            f" them into a file with SHA-256 {sha256}, not {expected_sha256}."
            " Nothing was written. Add --output FILE to save it elsewhere."
        )
    try:
        output.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConversionError(f"{output} cannot be written: {reason}.") from None
    verdict = "the same as" if is_course_file else "packed differently from"
    return (
        f"Wrote {output}: {len(content):,} bytes, SHA-256 {sha256},"
        f" {verdict} the file of the course."
    )


def main(arguments=None):
    """Run the script and return its exit code: 0 for success, 1 for failure."""
    parser = argparse.ArgumentParser(
        description="Make mnist.npz from the four original MNIST files."
    )
    parser.add_argument(
        "folder", type=Path, help="folder that holds the four .gz files"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=MNIST_PATH,
        help="file to write (default: mnist.npz beside this script)",
    )
    options = parser.parse_args(arguments)
    try:
        print(save(convert(options.folder), options.output))
    except ConversionError as error:
        print(f"convert.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
