"""The wire format: messages come back as they were, and no bytes do any harm."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.kit.plain import (
    KeptReference,
    NotPlain,
    Source,
    identical,
    layout_of,
    to_plain,
    to_tree,
)
from autograder.kit.wire import (
    MAGIC,
    MAX_HEADER_BYTES,
    PREFIX,
    WireError,
    decode,
    decode_prefix,
    encode,
)
from autograder.tests.kit.strategies import any_array, json_trees, plain_data, same_types

MAX_BODY = 1 << 20

modest = settings(derandomize=True, deadline=None, max_examples=80)
many = settings(modest, max_examples=250)


def read(message: bytes, trusted=False):
    """What a reader of a stream makes of these bytes."""
    header_length, body_length = decode_prefix(message[:PREFIX.size], MAX_BODY)
    header = message[PREFIX.size:][:header_length]
    body = message[PREFIX.size + header_length:][:body_length]
    return decode(header, body, trusted)


def there_and_back(value, trusted=False):
    return read(b"".join(encode({"value": value})), trusted)["value"]


def array_header(dtype="<f8", shape=(2,), layout="") -> bytes:
    return json.dumps({"dict": {"x": {"array": [dtype, list(shape), layout]}}}).encode()


def assert_harmless(reader, *arguments):
    """Whatever comes, it is a dict of plain data or a WireError."""
    try:
        message = reader(*arguments)
    except WireError:
        return
    assert type(message) is dict
    assert same_types(message, to_plain(message))
    to_tree(message)


# Round trips


@modest
@given(plain_data)
def test_plain_data_survives_the_wire(value):
    back = there_and_back(value)
    assert identical(back, value)
    assert same_types(back, value)


@modest
@given(any_array())
def test_array_keeps_dtype_shape_and_layout(array):
    back = there_and_back(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert layout_of(back) == layout_of(array)


@pytest.mark.parametrize("number", [0, 1.5, True, 2j])
def test_array_without_dimensions_keeps_having_none(number):
    assert there_and_back(np.array(number)).shape == ()


def test_many_arrays_come_back_in_their_places():
    value = {"a": [np.arange(3), (np.zeros((0, 2)), np.array(2.5))], "b": np.eye(2, dtype=bool)}
    assert identical(there_and_back(value), value)


@pytest.mark.parametrize("layout", ["", "r"])
def test_arrays_that_come_are_the_readers_own(layout):
    header = array_header(layout=layout)
    body = bytearray(struct.pack("<2d", 1, 2))
    array = decode(header, body)["x"]
    body[:] = bytes(16)
    np.testing.assert_array_equal(array, [1, 2])
    assert array.flags.writeable is (layout == "")


@pytest.mark.parametrize("value", [
    Source("np.sin"), KeptReference(2), {KeptReference(2): 1.0, "x": KeptReference(0)},
], ids=["Source", "Kept", "dict by Kept"])
def test_references_to_code_cross_only_where_the_writer_is_trusted(value):
    assert there_and_back([value], trusted=True) == [value]
    with pytest.raises(WireError, match="unknown tag"):
        there_and_back([value])


@pytest.mark.parametrize("value", [{1}, np.float64(1), print, b"bytes", np.array([None]),
                                   np.array(["text"])], ids=lambda value: type(value).__name__)
def test_encode_refuses_what_is_not_plain(value):
    with pytest.raises(NotPlain):
        encode({"value": value})


def test_encode_refuses_what_no_reader_would_take():
    with pytest.raises(NotPlain):
        encode({"value": "a" * MAX_HEADER_BYTES})


# Attacks


@many
@given(st.binary(max_size=200))
def test_random_bytes_do_no_harm(message):
    assert_harmless(read, message)
    assert_harmless(read, MAGIC + message)


@many
@given(st.binary(max_size=100), st.binary(max_size=100))
def test_random_header_and_body_do_no_harm(header, body):
    assert_harmless(decode, header, body)


@many
@given(plain_data, st.data())
def test_damaged_message_does_no_harm(value, data):
    message = bytearray(b"".join(encode({"value": value})))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(message)))
        end = min(len(message), start + data.draw(st.integers(0, 3)))
        message[start:end] = data.draw(st.binary(max_size=3))
    assert_harmless(read, bytes(message))


@many
@given(json_trees, st.binary(max_size=64), st.booleans())
def test_json_of_any_structure_does_no_harm(tree, body, wrapped):
    header = json.dumps({"dict": {"x": tree}} if wrapped else tree).encode()
    assert_harmless(decode, header, body)


SIXTEEN = bytes(16)
REFUSED = {
    "a size that is huge": (array_header(shape=[2**39]), SIXTEEN),
    "sizes whose product is huge": (array_header(shape=[2**39] * 16), SIXTEEN),
    "a size beyond the limit": (array_header(shape=[2**40, 0]), b""),
    "an empty array of huge sizes": (array_header(shape=[2**39, 2**39, 0]), b""),
    "a strided array of huge sizes": (array_header(shape=[2**39, 2**39], layout="s"), SIXTEEN),
    "a negative size": (array_header(shape=[-2]), SIXTEEN),
    "two negative sizes": (array_header(shape=[-1, -2]), SIXTEEN),
    "a truth value for a size": (array_header(shape=[True, 2]), SIXTEEN),
    "a float for a size": (array_header(shape=[2.0]), SIXTEEN),
    "a string for a size": (array_header(shape=["2"]), SIXTEEN),
    "no size": (array_header(shape=[None]), SIXTEEN),
    "seventeen dimensions": (array_header(shape=[1] * 15 + [2, 1]), SIXTEEN),
    "a shape that is no list": (b'{"dict": {"x": {"array": ["<f8", 2, ""]}}}', SIXTEEN),
    "an array without a layout": (b'{"dict": {"x": {"array": ["<f8", [2]]}}}', SIXTEEN),
    "an array that is no list": (b'{"dict": {"x": {"array": "<f8"}}}', SIXTEEN),
    "a layout that is a list": (b'{"dict": {"x": {"array": ["<f8", [2], []]}}}', SIXTEEN),
    "an unknown layout": (array_header(layout="w"), SIXTEEN),
    "too few bytes": (array_header(), bytes(15)),
    "too many bytes": (array_header(), bytes(17)),
    "bytes without an array": (b'{"dict": {}}', b"\0"),
    "a node with two tags": (b'{"dict": {}, "tuple": []}', b""),
    "a node without a tag": (b"{}", b""),
    "a list": (b"[]", b""),
    "a number": (b"1", b""),
    "no JSON": (b"{'dict': {}}", b""),
    "no header": (b"", b""),
    "half a header": (b'{"dict": {', b""),
    "bytes that are no UTF-8": (b'{"dict": {"\xff\xff": 1}}', b""),
    "bare NaN": (b'{"dict": {"x": NaN}}', b""),
    "bare Infinity": (b'{"dict": {"x": -Infinity}}', b""),
    "a float beyond all floats": (b'{"dict": {"x": 1e999}}', b""),
    "an integer of 5000 digits": (b'{"dict": {"x": ' + b"1" * 5000 + b"}}", b""),
    "a tagged integer of 5000 digits": (b'{"dict": {"x": {"int": "' + b"1" * 5000 + b'"}}}', b""),
    "a tagged integer that is none": (b'{"dict": {"x": {"int": "0x10"}}}', b""),
    "a tagged integer that is a number": (b'{"dict": {"x": {"int": 5}}}', b""),
    "a tagged float that is ordinary": (b'{"dict": {"x": {"float": "1.0"}}}', b""),
    "a tagged float that is a list": (b'{"dict": {"x": {"float": ["inf"]}}}', b""),
    "a complex number with one part": (b'{"dict": {"x": {"complex": ["1"]}}}', b""),
    "a complex number of numbers": (b'{"dict": {"x": {"complex": [1, 2]}}}', b""),
    "a complex number of words": (b'{"dict": {"x": {"complex": ["a", "b"]}}}', b""),
    "a tuple that is none": (b'{"dict": {"x": {"tuple": {}}}}', b""),
    "a dict that is a list": (b'{"dict": []}', b""),
    "a Source": (b'{"dict": {"x": {"source": "print()"}}}', b""),
    "a kept object": (b'{"dict": {"x": {"kept": 0}}}', b""),
    "a dict by kept objects": (b'{"dict": {"x": {"pairs": [[{"kept": 0}, 1]]}}}', b""),
    "a dict of pairs": (b'{"dict": {"x": {"pairs": [["a", 1]]}}}', b""),
    "a dict of no pairs": (b'{"dict": {"x": {"pairs": []}}}', b""),
    "a message of pairs": (b'{"pairs": [["nonce", "1"]]}', b""),
    "lists nested deeply": (b'{"dict": {"x": ' + b"[" * 100 + b"]" * 100 + b"}}", b""),
    "lists nested without end": (b"[" * 1_000_000, b""),
    "tags nested without end": (b'{"tuple":[' * 300_000, b""),
}


@pytest.mark.parametrize("header, body", REFUSED.values(), ids=REFUSED)
def test_malformed_message_is_refused(header, body):
    with pytest.raises(WireError):
        decode(header, body)


@pytest.mark.parametrize("dtype", [
    "O", "|O", "U4", "<U4", "S8", "V16", "M8[s]", "<M8", "m8", "f8,f8", "2f8", "(2)f8", "i8,",
    "f3", "f", "<", "", "\0", "é", "\ud800", "float64", "object", 8, None, ["<f8"], {"names": []},
], ids=repr)
def test_dtype_that_is_no_number_type_is_refused(dtype):
    body = bytes(16 if dtype != "f" else 15)
    with pytest.raises(WireError):
        decode(array_header(dtype), body)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [
    pytest.param("a8"),
    "1f8", "?8",
])
def test_strange_dtype_raises_no_warning(dtype):
    with pytest.raises(WireError):
        decode(array_header(dtype), SIXTEEN)


def test_truth_values_are_two_whatever_the_bytes():
    everything = np.arange(256, dtype=np.uint8)
    array = decode(array_header("|b1", [256]), everything.tobytes())["x"]
    assert array.dtype == bool
    np.testing.assert_array_equal(array.view(np.uint8), np.minimum(everything, 1))


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", "<c8", "<c16", np.dtype("g").str])
def test_numbers_of_any_bits_can_be_used(dtype):
    body = np.random.default_rng(0).bytes(16 * 50)
    array = decode(array_header(dtype, [16 * 50 // np.dtype(dtype).itemsize]), body)["x"]
    with np.errstate(all="ignore"):
        assert np.isfinite(array).dtype == bool
        assert (array == array).dtype == bool


def test_header_in_another_encoding_is_read_as_json_is():
    header = json.dumps({"dict": {"x": 1}}).encode("utf-16")
    assert_harmless(decode, header, b"")


# The prefix


def test_prefix_announces_both_lengths():
    buffers = encode({"a": np.zeros(3), "b": np.ones(2, np.int8)})
    header_length, body_length = decode_prefix(buffers[0], MAX_BODY)
    assert header_length == len(buffers[1])
    assert body_length == sum(map(len, buffers[2:])) == 26


@pytest.mark.parametrize("prefix, text", [
    (b"", "wrong length"),
    (PREFIX.pack(MAGIC, 2, 0)[:-1], "wrong length"),
    (PREFIX.pack(MAGIC, 2, 0) + b"\0", "wrong length"),
    (PREFIX.pack(b"BPC0", 2, 0), "does not begin like one"),
    (PREFIX.pack(b"\0" * 4, 2, 0), "does not begin like one"),
    (PREFIX.pack(MAGIC, MAX_HEADER_BYTES + 1, 0), "too large"),
    (PREFIX.pack(MAGIC, 2**32 - 1, 0), "too large"),
    (PREFIX.pack(MAGIC, 2, MAX_BODY + 1), "too large"),
    (PREFIX.pack(MAGIC, 2, 2**64 - 1), "too large"),
])
def test_wrong_prefix_is_refused(prefix, text):
    with pytest.raises(WireError, match=text):
        decode_prefix(prefix, MAX_BODY)


def test_largest_message_allowed_is_announced():
    prefix = PREFIX.pack(MAGIC, MAX_HEADER_BYTES, MAX_BODY)
    assert decode_prefix(prefix, MAX_BODY) == (MAX_HEADER_BYTES, MAX_BODY)


def test_error_text_is_short_whatever_was_sent():
    header = json.dumps({"x" * 100_000: 1}).encode()
    with pytest.raises(WireError) as caught:
        decode(header, b"")
    assert len(str(caught.value)) <= 200
