"""What a cell says of itself; also where it is not Python, or is too much of it."""

import pytest

from autograder.kit.sources import Facts, facts_of, whole_statements

ANSWER = "def f(x):\n    return g(x)"
BROKEN = {
    "two parameters of one name": "def h(x, x): pass",
    "global after use": "def h():\n    k = 1\n    global k",
    "a stray nonlocal": "nonlocal k",
    "a return outside": "return 1",
    "a sum of 600 terms": "x = " + "+".join(["1"] * 600),
    "a sum of 60 000 terms": "x = " + "+".join(["1"] * 60_000),
    "brackets": "x = " + "(" * 50_000,
    "signs": "x = " + "-" * 50_000 + "1",
    "attributes": "x = a" + ".b" * 50_000,
    "a line that is none": "def h(:\n    pass",
    "a bracket": "x = (",
    "words": "this is it",
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("first", [True, False], ids=["below", "above"])
def test_what_is_broken_hides_no_other_statement(line, first):
    source = f"{ANSWER}\n{line}\n" if first else f"{line}\n{ANSWER}\n"
    facts = facts_of(source)
    assert "f" in facts.defined
    assert "f" in facts.bound
    assert "g" in facts.used
    assert facts.readable


@pytest.mark.parametrize("source", [
    "x" * 200_000, " " * 200_000 + "=", "x?" * 100_000, "%" * 200_000, "!x\n" * 50_000,
    "a = " * 50_000 + "!", "\n" * 200_000, "\0", "\ud800", "# " * 100_000, "def " * 50_000,
    "@a\n" * 300, "def f():\n" * 300, "'''\n" * 301,
])
def test_whatever_the_text_there_are_facts(source):
    assert isinstance(facts_of(source), Facts)


def test_nothing_is_known_of_what_is_not_python():
    assert facts_of("def f(:\n    pass") == Facts(given=frozenset({"f"}))
    assert facts_of("an answer in words") == Facts()


def test_lines_keep_their_places():
    source = "def f():\n    '''Text\n\nnot indented\n    '''\n\nx = (\n\n@d\ndef g():\n    pass"
    assert whole_statements(source) == source.replace("x = (", "")


def test_file_that_a_cell_writes_is_bound_and_an_import_uses_it():
    assert "helper.py" in facts_of("%%writefile helper.py\nx = 1").bound
    assert "helper.py" in facts_of("def f():\n    from helper import x").used


def test_call_that_is_all_of_a_cell():
    assert facts_of("# yes\nbring('x')").calls == "bring"
    assert facts_of("bring('x')\ny = 1").calls == facts_of("a.bring()").calls == ""
