"""The stub's raise beside what was written."""

import linecache
import textwrap

import pytest

from autograder.kit.leftover import ABOVE, BELOW
from autograder.kit.student_error import student_error


def said_of(body, call="f()"):
    source = "def f():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    cell = f"<cell of a stub {len(linecache.cache)}>"
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    names = {}
    exec(compile(source, cell, "exec"), names)
    try:
        eval(call, names)
    except NotImplementedError as error:
        return student_error(error).message
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("body, said", [
    ("raise NotImplementedError()", ""),
    ("'''What it does.'''\n...\npass\nraise NotImplementedError", ""),
    ("a = 1\nraise NotImplementedError()", BELOW),
    ("'''What it does.'''\nfor k in range(3):\n    pass\nraise NotImplementedError()", BELOW),
    ("raise NotImplementedError()\nreturn 1", ABOVE),
    ("a = 1\nif a:\n    raise NotImplementedError()\nreturn 1", ""),
    ("a = 1\nraise NotImplementedError('only for matrices')", "only for matrices"),
])
def test_what_stands_beside_the_raise_is_seen(body, said):
    assert said_of(body) == said


def test_syntax_error_is_told_with_its_own_line():
    try:
        compile("a = 1\nreturn a +\n", "<cell>", "exec")
    except SyntaxError as error:
        found = student_error(error)
    assert found.kind == "SyntaxError"
    assert found.message == "invalid syntax (line 2 of the cell)"
    assert found.line == "return a +"
