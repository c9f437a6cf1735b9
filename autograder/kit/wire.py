"""The format in which the grader and a worker talk: a JSON header and raw array buffers.

A message is a prefix (magic, length of the header, length of the body), the header, and
the bytes of all arrays one after another. The grader treats every byte that comes from
a worker as an attack: whatever they are, `decode` returns plain data or raises `WireError`.
"""

from __future__ import annotations

import json
import math
import struct

import numpy as np

from autograder.kit.plain import NotPlain, from_tree, to_tree

PREFIX = struct.Struct("<4sIQ")
MAGIC = b"BPC1"
MAX_HEADER_BYTES = 4 << 20


class WireError(RuntimeError):
    """Bytes that are not a message, or a message larger than allowed."""


def encode(message: dict) -> list[bytes | memoryview]:
    """A message as buffers to be written one after another.

    Raises
    ------
    autograder.kit.plain.NotPlain
        If `message` holds anything but plain data, or more of it than a reader takes.
    """
    tree, arrays = to_tree(message)
    header = json.dumps(tree, allow_nan=False).encode()
    if len(header) > MAX_HEADER_BYTES:
        raise NotPlain("a value of too many parts; return an array")
    # Not ascontiguousarray: that would give a number a dimension.
    buffers = [np.asarray(array, order="C").tobytes() for array in arrays]
    return [PREFIX.pack(MAGIC, len(header), sum(map(len, buffers))), header, *buffers]


def decode_prefix(prefix: bytes, max_body: int) -> tuple[int, int]:
    """Lengths of the header and the body that follow.

    Raises
    ------
    WireError
        If the prefix is wrong or announces too much.
    """
    if len(prefix) != PREFIX.size:
        raise WireError("a message of the wrong length")
    magic, header_length, body_length = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("a message that does not begin like one")
    if header_length > MAX_HEADER_BYTES or body_length > max_body:
        raise WireError("a message that is too large")
    return header_length, body_length


def decode(header: bytes, body: bytes, trusted: bool = False) -> dict:
    """The message with this header and body.

    Parameters
    ----------
    header, body : bytes
    trusted : bool
        As for `autograder.kit.plain.from_tree`: True only for what the grader wrote.

    Raises
    ------
    WireError
        For all bytes that `encode` could not have made.
    """
    offset = 0

    def take_array(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        nonlocal offset
        count = math.prod(shape)
        size = count * dtype.itemsize
        if size > len(body) - offset:
            raise NotPlain("an array longer than the message")
        if dtype.kind == "b":  # any byte but 0 and 1 would be a truth value that is neither
            flat = np.frombuffer(body, np.uint8, count, offset) != 0
        else:
            flat = np.frombuffer(body, dtype, count, offset).copy()
        offset += size
        return flat.reshape(shape)

    try:
        message = from_tree(json.loads(header), take_array, trusted)
    except (NotPlain, ValueError, TypeError, RecursionError, MemoryError, OverflowError) as error:
        raise WireError(f"a message that cannot be read: {error}"[:200]) from None
    if not isinstance(message, dict):
        raise WireError("a message that is not a dict")
    if offset != len(body):
        raise WireError("a message with bytes to spare")
    return message
