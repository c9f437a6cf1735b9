"""The notebook of another chapter: found beside this one, and read without a complaint."""

import pytest

from autograder.nearby import find_notebook, read_code
from autograder.tests.notebooks import code, put, sealed, text

CHAPTER = "03_affine"


def test_the_folder_beside_comes_first(tmp_path):
    here = tmp_path / "04_activations"
    here.mkdir()
    assert find_notebook(CHAPTER, here) is None
    found = []
    for path in (here / CHAPTER, here, tmp_path / CHAPTER):
        path.mkdir(exist_ok=True)
        (path / f"{CHAPTER}.ipynb").write_text("{}")
        found.append(find_notebook(CHAPTER, here).parent)
    assert found == [here / CHAPTER, here, tmp_path / CHAPTER]


def test_code_is_read_and_text_is_not(tmp_path):
    path = put(sealed(text("a", "# Title"), code("b", "x = 1")), tmp_path, CHAPTER)
    assert [(cell.label, cell.source) for cell in read_code(path)] == [("b", "x = 1")]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"cells": 3}'])
def test_what_is_no_notebook_holds_nothing(content, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    assert read_code(path) == []
    path.unlink()
    assert read_code(path) == []
