"""Plain data: what counts as such, and that it comes back as it was."""

import enum
import json
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given, settings

from autograder.kit.plain import (
    MAX_DEPTH,
    MAX_DIMENSIONS,
    ONE_LINE,
    KeptReference,
    NotPlain,
    Source,
    array_with_layout,
    fresh,
    from_tree,
    identical,
    layout_of,
    one_line,
    printable,
    to_plain,
    to_tree,
)
from autograder.tests.kit.strategies import (
    any_array,
    json_trees,
    modest,
    plain_data,
    same_types,
)


def nested(kind, depth, leaf=1):
    for _ in range(depth):
        leaf = {"x": leaf} if kind is dict else kind([leaf])
    return leaf


def there_and_back(value, trusted=False):
    tree, found = to_tree(value)
    supply = iter(found)
    text = json.dumps(tree, allow_nan=False)
    return from_tree(json.loads(text), lambda dtype, shape: next(supply), trusted)


# Round trips


@modest
@given(plain_data)
def test_plain_data_is_plain_already(value):
    copy = to_plain(value)
    assert identical(copy, value)
    assert same_types(copy, value)


@modest
@given(plain_data)
def test_plain_data_survives_the_trip_through_a_tree(value):
    back = there_and_back(value)
    assert identical(back, value)
    assert same_types(back, value)


@modest
@given(any_array())
def test_array_layout_survives_the_trip(array):
    back = there_and_back(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert layout_of(back) == layout_of(array)


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_deepest_nesting_allowed_survives(kind):
    value = nested(kind, MAX_DEPTH)
    assert there_and_back(to_plain(value)) == value


@pytest.mark.parametrize("value", [
    -0.0, 2**53, -(2**53), 2**53 - 1, 10**300, 5e-324, 1.7976931348623157e308, True, 1, 1.0,
    complex(np.nan, -0.0), complex(-np.inf, 1e-300), "\ud800", "\0", "", {}, [], (), [[], ()],
    {"": {}}, {"tuple": [1]}, {"array": ["<f8", [2], ""]}, {"source": "1"}, {"int": "x"},
], ids=repr)
def test_awkward_values_survive_the_trip(value):
    back = there_and_back(to_plain(value))
    assert repr(back) == repr(value)


# A reader takes a message that breaks its rules for an attack. So the writer must refuse what
# the reader will.

TOO_MUCH = {
    "an integer of 401 digits": 10**400,
    "an integer of 5000 digits": 10**5000,
    "too many dimensions": np.ones((1,) * (MAX_DIMENSIONS + 1)),
    "an empty array with a huge size": np.zeros((0, 2**40)),
}


@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_cannot_be_read_back_is_not_plain(value):
    with pytest.raises(NotPlain):
        to_plain([value])


def test_array_too_large_to_copy_is_not_plain():
    with pytest.raises(NotPlain):
        to_plain(np.broadcast_to(1.0, (2**25, 2**25)))


def loop():
    value = []
    value.append(value)
    return value


REFUSED = {
    "objects": np.array([1, None], dtype=object),
    "no objects": np.array([], dtype=object),
    "an object in no dimensions": np.array(print),
    "strings": np.array(["a", "b"]),
    "bytes in an array": np.array([b"a"]),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "time differences": np.array([1], dtype="timedelta64[s]"),
    "records": np.zeros(2, dtype=[("a", "f8")]),
    "a NumPy string": np.str_("a"),
    "a record": np.zeros(2, dtype=[("a", "f8")])[0],
    "a set": {1},
    "a frozenset": frozenset([1]),
    "bytes": b"a",
    "a bytearray": bytearray(b"a"),
    "a range": range(3),
    "a generator": (k for k in range(3)),
    "a lambda": lambda: 0,
    "a builtin function": len,
    "a type": int,
    "a module": np,
    "an object": object(),
    "an ellipsis": ...,
    "a slice": slice(1),
    "a Source": Source("np.sin"),
    "a KeptReference": KeptReference(0),
    "a dict with numbers as keys": {1: 2},
    "a dict with tuples as keys": {(): 2},
    "a list in itself": loop(),
    "a list too deep": nested(list, MAX_DEPTH + 1),
    "a tuple too deep": nested(tuple, MAX_DEPTH + 1),
    "a dict too deep": nested(dict, MAX_DEPTH + 1),
}
if np.dtype("G").itemsize > 16:
    REFUSED["a long complex"] = np.zeros(2, "G")


@pytest.mark.parametrize("wrap", [
    lambda v: v, lambda v: [v], lambda v: (1, v), lambda v: {"a": [v]}
], ids=["alone", "in a list", "in a tuple", "in a dict"])
@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_is_not_plain_is_refused(value, wrap):
    with pytest.raises(NotPlain):
        to_plain(wrap(value))


class Colour(enum.IntEnum):
    RED = 2


class Words(list):
    pass


class Tagged(np.ndarray):
    pass


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize("value, plain", [
    (Words([1, Words()]), [1, []]),
    (Pair(1, 2.0), (1, 2.0)),
    (OrderedDict(a=Pair(1, 2)), {"a": (1, 2)}),
    (Colour.RED, 2),
    (type("Float", (float,), {})(2.5), 2.5),
    (type("Text", (str,), {})("a"), "a"),
    (np.ones((2, 2)).view(Tagged), np.ones((2, 2))),
    (np.ma.masked_array([1.0, 2.0], [False, True]), np.array([1.0, 2.0])),
    (np.float32(1.5), np.array(1.5, np.float32)),
    (np.int8(-3), np.array(-3, np.int8)),
    (np.bool_(True), np.array(True)),
    (np.complex64(1j), np.array(1j, np.complex64)),
], ids=lambda value: type(value).__name__)
def test_subclasses_and_numpy_scalars_become_plain(value, plain):
    copy = to_plain(value)
    assert identical(copy, plain)
    assert same_types(copy, plain)


def test_to_plain_shares_no_memory():
    array = np.arange(4.0)
    value = {"a": [array, (array[::2],)]}
    copy = to_plain(value)
    array += 1
    np.testing.assert_array_equal(copy["a"][0], np.arange(4.0))
    np.testing.assert_array_equal(copy["a"][1][0], [0, 2])


# Trees


@pytest.mark.parametrize("value", [np.float64(1), {1}, b"", Colour.RED, Words(), Pair(1, 2),
                                   np.array([None]), np.ones(2).view(Tagged)],
                         ids=lambda value: type(value).__name__)
def test_tree_holds_exact_types_only(value):
    with pytest.raises(NotPlain):
        to_tree([value])


@pytest.mark.parametrize("value", [Source("np.sin"), KeptReference(3)], ids=["Source", "Kept"])
def test_references_to_code_are_read_only_from_trusted_trees(value):
    assert there_and_back([value, (value,)], trusted=True) == [value, (value,)]
    with pytest.raises(NotPlain, match="unknown tag"):
        there_and_back(value)
    with pytest.raises(NotPlain, match="unknown tag"):
        there_and_back({"a": [value]})


@pytest.mark.parametrize("tree", [
    {"source": 1}, {"source": ["a"]}, {"kept": True}, {"kept": "1"}, {"kept": 1.0}, {"Source": "1"},
    {"pairs": {}}, {"pairs": [1]}, {"pairs": [[1, 2]]}, {"pairs": [["a"]]},
    {"pairs": [["a", 1, 2]]}, {"pairs": [[{"tuple": []}, 1]]}, {"pairs": [[None, 1]]},
], ids=str)
def test_malformed_references_are_refused_even_from_trusted_trees(tree):
    with pytest.raises(NotPlain):
        from_tree(tree, None, trusted=True)







def zeros(dtype, shape):
    """Supplies any array that is not too large."""
    if np.prod([float(size) for size in shape]) > 100:
        raise NotPlain("too large")
    return np.zeros(shape, dtype)


@settings(modest, max_examples=200)
@given(json_trees)
def test_tree_of_any_structure_gives_plain_data_or_is_refused(tree):
    try:
        value = from_tree(tree, zeros)
    except NotPlain:
        return
    to_tree(value)
    assert same_types(value, to_plain(value))


# Layouts and copies


@pytest.mark.parametrize("layout", ["", "r", "s", "rs"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 1), (1, 3), (2, 1, 1), (2, 3, 4)])
def test_array_is_made_with_any_layout(shape, layout):
    values = np.random.default_rng(0).standard_normal(shape)
    array = array_with_layout(values, layout)
    assert layout_of(array) == layout
    assert not np.shares_memory(array, values)
    np.testing.assert_array_equal(array, values)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0), (1, 1)])
def test_array_too_small_to_be_strided_keeps_its_shape(shape):
    array = array_with_layout(np.ones(shape), "rs")
    assert layout_of(array) == "r"
    assert array.shape == shape


@modest
@given(plain_data)
def test_fresh_copy_is_identical_with_the_same_layouts(value):
    copy = fresh(value)
    assert identical(copy, value)
    assert same_types(copy, value)
    for mine, theirs in zip(to_tree(copy)[1], to_tree(value)[1], strict=True):
        assert layout_of(mine) == layout_of(theirs)
        assert not np.shares_memory(mine, theirs)


@pytest.mark.parametrize("a, b", [
    (1, 1.0), (1, True), (1.0, np.array(1.0)), ([1], (1,)), ([1], [1, 1]), ({"a": 1}, {"b": 1}),
    ({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 1}), (np.ones(2), np.ones(2, np.float32)),
    (np.ones(2), np.ones((1, 2))), (np.ones(2), np.array([1, np.nan])), (np.ones(1), np.ones(())),
    (None, 0), ("a", "b"), (np.nan, 1.0), (np.array([True]), np.array([1])),
], ids=repr)
def test_different_values_are_not_identical(a, b):
    assert not identical(a, b)
    assert not identical(b, a)
    assert not identical([a], [b])


@pytest.mark.parametrize("value", [np.nan, np.array([np.nan, 1]), np.array([1 + np.nan * 1j]),
                                   {"a": (np.nan,)}], ids=repr)
def test_nan_is_identical_with_nan(value):
    assert identical(value, fresh(value))


# Text


@pytest.mark.parametrize("text, kept", [
    ("Grüße, 世界 🙂\n\tx", "Grüße, 世界 🙂\n\tx"),
    ("\x1b[31mred\x1b[0m", "red"),
    ("\x1b[2J\x1b[1;1Hwiped", "wiped"),
    ("bell\a, null\0, back\b", "bell, null, back"),
    ("10 of 10\r0 of 10", "10 of 100 of 10"),
    ("\u202etxt.exe\u202c \u2066x\u2069", "txt.exe x"),
    ("a\u200fb\ufeffc\U000e0041d", "abcd"),
    pytest.param("half \ud800 a pair", "half  a pair", id="half a surrogate pair"),
])
def test_printable_text_keeps_what_can_be_read(text, kept):
    assert printable(text) == kept


@pytest.mark.parametrize("text, line", [
    ("4\n\n<script>\r\n\tx\u2028y</script>", "4 <script> x y</script>"),
    ("10 of 10\r0 of 10", "10 of 10 0 of 10"),
    ("  a \x00 \x1b[31m b \u202e", "a b"),
    ("\x1b]8;;http://example.org\x07link", "]8;;http://example.orglink"),
    ("", ""),
], ids=repr)
def test_a_remark_is_one_line(text, line):
    assert one_line(text) == line


def test_a_remark_is_cut_to_its_length():
    assert one_line("abc def", most=7) == "abc def"
    assert one_line("abc defg", most=7) == "abc de…"
    assert one_line("abcde fgh", most=7) == "abcde…"
    assert len(one_line("x" * 10**5)) == ONE_LINE
