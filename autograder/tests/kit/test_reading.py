"""From bytes to cells: formats, and how much is read of them."""

import json

import pytest

from autograder.kit.reading import (
    MOST_CELLS,
    MOST_CODE,
    MOST_TEXT,
    MOST_TEXT_IN_ALL,
    Cell,
    NotANotebook,
    read_notebooks,
)


def code(source, **more):
    return {"cell_type": "code", "source": source, **more}


def read(*cells, **more):
    (notebook,) = read_notebooks("x.ipynb", json.dumps({"cells": cells, **more}).encode())
    return notebook


def test_label_source_and_kind_of_each_cell():
    labelled = code(["a = 1\r\n", "b = 2"], metadata={"nbgrader": {"grade_id": "scale"}}, id="x")
    title = {"cell_type": "markdown", "source": "# T", "id": "y"}
    found = read(labelled, title, "no cell", code(3))
    assert found.cells == [
        Cell("scale", "a = 1\nb = 2"), Cell("y", "# T", "markdown"), Cell("", "")]


def test_notebook_of_format_3():
    sheet = {"cells": [
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "metadata": {}},
        {"cell_type": "heading", "source": "T"}, {"cell_type": "markdown", "source": "text"}, 7]}
    old = {"nbformat": 3, "worksheets": [sheet, {"cells": "none"}, None]}
    (found,) = read_notebooks("x.ipynb", json.dumps(old).encode())
    assert found.cells == [Cell("", "x = 1\ny = 2"), Cell("", "T", "markdown"),
                           Cell("", "text", "markdown")]
    assert found.notes == ["The notebook is in an old format, version 3."]


def test_version_that_is_no_number_is_not_told():
    old = {"nbformat": "<script>\n\n# 3", "worksheets": []}
    (found,) = read_notebooks("x.ipynb", json.dumps(old).encode())
    assert found.notes == ["The notebook is in an old format."]


PERCENT = '''# ---
# jupyter: {}
# ---

# %% [markdown]
# # Title

# %% nbgrader={"grade": false, "grade_id": "scale"}
def scale(x):
    return x

# %%
y = 1
'''
NUMBERED = "# coding: utf-8\n\n# # Title\n\n# In[1]:\n\n\nx = 1\n\n\n# In[ ]:\n\n\ny\n"


@pytest.mark.parametrize("name, text, cells", [
    ("a.py", PERCENT, [Cell("", "# Title", "markdown"),
                       Cell("scale", "def scale(x):\n    return x"), Cell("", "y = 1")]),
    ("a.txt", NUMBERED, [Cell("", "x = 1"), Cell("", "y")]),
    ("a.py", "import numpy\n\n@d\ndef f():\n    pass\nx = 1; y = (\n 2)", [
        Cell("", "import numpy"), Cell("", "@d\ndef f():\n    pass"),
        Cell("", "x = 1; y = (\n 2)")]),
], ids=["percent", "numbered", "plain"])
def test_notebook_that_was_saved_as_python(name, text, cells):
    (found,) = read_notebooks(name, text.encode())
    assert found.cells == cells


def test_code_has_a_length_and_definitions_in_long_cells_are_kept():
    data = f"def f():\n    return 1\n\nx = [{'0,' * MOST_CODE}]"
    found = read(code("a = 1"), code(data), code(f"y = '{'y' * MOST_CODE}'"))
    assert [cell.source for cell in found.cells] == ["a = 1", "def f():\n    return 1", ""]
    assert len(found.notes) == 2
    assert sum(len(cell.source) for cell in found.cells) <= MOST_CODE
    assert all(len(note) < 300 for note in found.notes)


def test_other_text_has_a_length_too():
    found = read(*({"cell_type": "markdown", "source": "x" * (MOST_TEXT + 1)} for _ in range(10)))
    lengths = [len(cell.source) for cell in found.cells]
    assert max(lengths) == MOST_TEXT
    assert sum(lengths) == MOST_TEXT_IN_ALL


def test_cells_have_a_number():
    with pytest.raises(NotANotebook, match="2,001 cells"):
        read(*[code("")] * (MOST_CELLS + 1))


def test_label_that_is_too_long_is_none():
    assert read(code("", id="x" * 1000)).cells == [Cell("", "")]


@pytest.mark.parametrize("content", [
    b"{}", b"[]", b"3", b'"text"', b"null", b'{"cells": {}}', b"{", b"\xff\xfe", b"\x00", b" ",
    b"PK\x03\x04", b"PK\x05\x06", b"{\x00", b"\x00{", b"\xef\xbb\xbf", b'{"worksheets": 3}',
    b'{"cells": 1e999}', b'{"cells": ' + b"9" * 10_000 + b"}", b"\x1f\x8b", b"text",
])
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_reason(content):
    try:
        (found,) = read_notebooks("x.ipynb", content)
    except NotANotebook as reason:
        assert str(reason)
    else:
        assert found.cells == []
