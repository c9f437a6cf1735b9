"""What makes no difference to a comparison, what does, and where in the source it stands."""

import pytest

from autograder.grading.reporting.similar_code import IN_A_ROW, LONGEST_CODE, CodeReader

PLAIN = """def f(x, w):
    rows = x.reshape(len(x), -1)
    total = np.dot(rows, w)
    return total, "done"
"""


@pytest.fixture
def reader() -> CodeReader:
    return CodeReader.for_course(["import numpy as np", "def helper(x):\n    return x"])


@pytest.mark.parametrize("old, new", [
    ("rows", "flattened_input"), ("    total", "    # first a product\n    total"),
    ("def f(x, w):\n", 'def f(x, w):\n    """What it does."""\n'),
    ("\n    return", "\n\n    return"),
    ("rows, w", "rows,  w"), ('"done"', "'something else'"), ("def f(x, w)", "def f(a, b)"),
])
def test_names_comments_layout_and_texts_make_no_difference(reader, old, new):
    changed = PLAIN.replace(old, new)
    assert changed != PLAIN
    assert reader.read(changed).places.keys() == reader.read(PLAIN).places.keys()


@pytest.mark.parametrize("old, new", [
    ("np.dot", "np.inner"), ("reshape", "view"), ("-1", "-2"), ("len(x)", "int(x)"),
    ("np.dot(rows, w)", "rows @ w"), ("np.dot(rows", "helper(rows"), ("total,", "total;"),
])
def test_what_nobody_can_rename_makes_a_difference(reader, old, new):
    changed = PLAIN.replace(old, new)
    assert changed != PLAIN
    assert reader.read(changed).places.keys() != reader.read(PLAIN).places.keys()


def test_attributes_of_an_own_class_can_be_renamed(reader):
    told = "class A:\n    def go(self, x):\n        self.{0} = x\n        return self.{0} + x.T\n"
    one, other = (reader.read(told.format(name)).places for name in ("memory", "kept"))
    assert one.keys() == other.keys()


def test_lines_in_another_order_keep_most(reader):
    lines = PLAIN.splitlines()
    moved = "\n".join([lines[0], lines[2], lines[1], lines[3]])
    one, other = (set(reader.read(text).places) for text in (PLAIN, moved))
    assert 0.5 < len(one & other) / len(one) < 1


def test_code_of_the_course_is_left_out():
    reader = CodeReader.for_course([PLAIN])
    assert not reader.read(PLAIN.replace("rows", "mine")).places
    longer = PLAIN + "    return x.mean(axis=0).clip(0, 1)\n"
    assert 0 < len(reader.read(longer).places) < 20


def test_a_part_is_told_by_its_place_in_the_source(reader):
    source = PLAIN.replace("    total", "    # é 𝔘\n    total")
    code = reader.read(source)
    other = reader.read("y = np.dot(a")
    ((begin, end),) = code.parts(code.places.keys() & other.places.keys())
    assert source[begin:end] == "total = np.dot(rows"
    assert code.parts([]) == []


@pytest.mark.parametrize("text", [
    "", "'", "'''" * 999, "\\" * 9999, "f'{" * 3000, "(" * 9999, "\0" * 9999, "@" * 9999,
    "def\t" * 999, "%(" * 5000, "\ud800\u202e\U0010ffff" * 999, "#" * 99999, "1" * 99999,
    " ".join(f"a.b{number}" for number in range(3000)),
])
def test_any_text_can_be_read(reader, text):
    code = reader.read(text)
    assert len(code.source) <= LONGEST_CODE
    assert all(0 <= begin < end <= len(code.source) for begin, end in code.parts(code.places))


def test_what_is_shorter_than_a_fingerprint_has_none(reader):
    assert not reader.read("x = 1").places and IN_A_ROW > 3
