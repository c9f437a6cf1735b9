"""Plain data of every kind, for tests that want any."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

DTYPES = ["?", "i1", "u1", "<i2", ">i4", "<i8", ">u8", "<f2", "<f4", ">f4", "<f8", ">f8", "g",
          "<c8", "<c16", ">c16"]
LAYOUTS = {
    "as it is": lambda a: a,
    "Fortran order": np.asfortranarray,
    "backwards": lambda a: a[..., ::-1] if a.ndim else a,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "axes reversed": lambda a: a.T,
}


@st.composite
def any_array(draw):
    """An array of numbers: any dtype, any shape up to four dimensions, any layout."""
    shape = draw(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
    array = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](
        draw(arrays(draw(st.sampled_from(DTYPES)), shape))
    )
    array.flags.writeable = draw(st.booleans()) and array.flags.writeable
    return array


TEXT = st.text('abc0 "\\\n\0\x1bé世🙂\u2028', max_size=5)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**300), 10**300), st.floats(),
    st.complex_numbers(), TEXT, any_array(),
)
plain_data = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.lists(parts, max_size=3).map(tuple),
        st.dictionaries(TEXT, parts, max_size=3),
    ),
    max_leaves=6,
)
modest = settings(derandomize=True, deadline=None, max_examples=80)


TAGS = st.sampled_from(
    ["tuple", "dict", "pairs", "array", "source", "kept", "int", "float", "complex", "x", ""]
)
ARRAY_BODIES = st.tuples(
    st.sampled_from([*DTYPES, "O", "U1", "S", "V8", "M8", "m8[s]", "f8,", "2f8", "", "<", "f99",
                     "i,i", "\ud800", "a" * 6]),
    st.lists(st.sampled_from([0, 1, 2, 3, -1, 2**39, 2**40, True, 1.0, "2", None]), max_size=20),
    st.sampled_from(["", "r", "s", "rs", "sr", "x"]),
).map(list)
json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    | st.sampled_from(["inf", "nan", "1", "-1", "1j", "1_0", "9" * 500]),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.dictionaries(TAGS, parts, max_size=2),
        st.tuples(TAGS, parts).map(lambda pair: dict([pair])),
        ARRAY_BODIES.map(lambda body: {"array": body}),
        st.dictionaries(TEXT, parts, max_size=3).map(lambda body: {"dict": body}),
    ),
    max_leaves=10,
)


def same_types(a, b):
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and all(map(same_types, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same_types(a[k], b[k]) for k in a)
    return type(a) is type(b)
