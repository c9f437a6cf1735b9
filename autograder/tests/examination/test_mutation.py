"""The edits of a function are those that its code suggests, and always the same."""

import ast

import pytest

from autograder.cells import defined_in
from autograder.examination.mutants import Chapter, changed_lines
from autograder.examination.mutation import edits
from autograder.examination.syntax import REACHED, at, replaced

OTHERS = "def step_function(x):\n    return (x > 0).astype(int)\n"


def mutants_of(body, header="def identity(x, y=1):"):
    lines = "".join(f"    {line}\n" for line in body)
    return Chapter("00_welcome", [f"{header}\n{lines}", OTHERS]).mutants("identity")


def afters(body, **more):
    return {mutant.after for mutant in mutants_of(body, **more)}


@pytest.mark.parametrize("line, expected", [
    ("return x - y", {"return x + y", "return y - x", "return x", "return y"}),
    ("return x @ y", {"return x * y", "return y @ x", "return x.T @ y", "return x @ y.T"}),
    ("return x // 2", {"return x / 2", "return x % 2", "return 2 // x", "return -(-x // 2)",
                       "return x // 3", "return x // 1", "return x"}),
    ("return x > 0", {"return x >= 0", "return x < 0", "return x > 1", "return x > -1"}),
    ("return x.sum(axis=0, keepdims=True)", {
        "return x.mean(axis=0, keepdims=True)", "return x.max(axis=0, keepdims=True)",
        "return x.sum(axis=1, keepdims=True)", "return x.sum(axis=-1, keepdims=True)",
        "return x.sum(axis=0, keepdims=False)", "return x.sum(axis=0)",
        "return x.sum(keepdims=True)", "return x"}),
    ("return x.T", {"return x"}),
    ("return x, y", {"return (y, x)", "return (-x, y)", "return (x, -y)", "return (y, y)",
                     "return (x.T, y)", "return (x,)"}),
    ("return x[1:y]", {"return x[:y]", "return x[1:]", "return x[1:y + 1]", "return x[1:y - 1]",
                       "return x[0:y]", "return x[2:y]", "return x"}),
    ("return x[y, 0]", {"return x[0, y]", "return x[y + 1, 0]", "return x[y, 1]", "return x"}),
    ("return list(range(y))", {"return list(range(y - 1))", "return list(range(1, y))",
                               "return list(range(y + 1))"}),
    ("return 0.5 * x", {"return 1.0 * x", "return 0.0 * x", "return 0.5 / x", "return x"}),
    ("return x if y else 0", {"return x", "return 0", "return 0 if y else x"}),
    ("return np.maximum(x, y)", {"return np.minimum(x, y)", "return np.maximum(y, x)"}),
    ("return [a for a in x if a]", {"return [a for a in x]"}),
    ("return x * y", {"x *= y; return x"}),
    ("return x and y", {"return x or y", "return x", "return y"}),
    ("return not x", {"return x"}),
])
def test_expression(line, expected):
    assert expected <= afters([line])


@pytest.mark.parametrize("body, expected", [
    (["x += y", "return x"], {"pass", "x -= y", "x = y"}),
    (["x[0] = y", "return x"], {"pass", "x[0] += y", "x[1] = y"}),
    (["a, b = x", "return a"], {"b, a = x", "pass"}),
    (["for a in x:", "    y += a", "return y"], {"pass", "break", "y = a"}),
    (["if x > y:", "    x = y", "return x"], {"pass", "if not x > y:", "if True:", "if x >= y:"}),
    (["while x > y:", "    x -= 1", "    continue", "return x"], {"break", "while not x > y:"}),
    (["if x is None:", "    raise ValueError('x')", "return x"], {"if x is not None:"}),
])
def test_statement(body, expected):
    assert expected <= afters(body)


def test_defaults():
    assert {"def identity(x, y=0):", "def identity(x, y):"} <= afters(["return x + y"])


def test_attributes_and_texts_of_a_class():
    found = afters(['self.a = {"W1": x, "b1": y}', "self.b = 1", "return self.a"],
                   header="class identity:\n  def run(self, x, y):")
    assert {"return self.b", "self.a = {'b1': x, 'b1': y}", "self.a = {'W1': x, 'W1': y}"} <= found


def test_what_is_read_and_not_computed_with_is_left_alone():
    told = afters(['"""A text."""', "raise ValueError(f'{x} is wrong')"])
    assert told == {"pass", "def identity(x, y=0):", "def identity(x, y=2):",
                    "def identity(x, y=-1):", "def identity(x, y):"}


def test_mutants_differ_from_the_source_and_from_each_other():
    found = mutants_of(["a = x + x", "return a * 1 + y"])
    sources = [mutant.source for mutant in found]
    assert len(set(sources)) == len(sources)
    assert ast.unparse(found[0].cell) not in sources


def test_same_mutants_each_time_and_a_part_of_them_in_the_same_order():
    body = ["a = x + x", "return a * 1 + y"]
    first, again = (mutants_of(body) for _ in range(2))
    assert [mutant.diff for mutant in first] == [mutant.diff for mutant in again]
    chapter = Chapter("00_welcome", ["def identity(x, y=1):\n    return x + y\n", OTHERS])
    some, all_of_them = chapter.mutants("identity", 5), chapter.mutants("identity")
    kept = [mutant.diff for mutant in some]
    assert len(kept) == 5
    assert kept == [mutant.diff for mutant in all_of_them if mutant.diff in kept]


def test_mutant_says_what_was_changed_on_one_line():
    found = {mutant.diff for mutant in mutants_of(["for a in x:", "    y += a", "return y"])}
    assert "y += a  →  y -= a" in found
    assert "for a in x:; y += a  →  pass" in found


def test_changed_lines_leave_out_what_is_the_same():
    assert changed_lines("a\nb\nc", "a\nd\nc") == ("b", "d")
    assert changed_lines("a\nc", "a\nb\nc") == ("", "b")


def test_tree_is_not_changed_by_an_edit():
    source = "def f(x):\n    x[1:, 0] += [a for a in x if a > 0]\n    return x.sum(axis=0), -x\n"
    tree = ast.parse(source)
    for edit in edits(tree, list(defined_in(source))):
        new = ast.fix_missing_locations(replaced(tree, edit.path, edit.new))
        assert ast.unparse(new) != source
        assert at(tree, edit.path) is not edit.new
        if edit.marked is not None:
            marked = ast.fix_missing_locations(replaced(tree, edit.path, edit.marked))
            assert REACHED in ast.unparse(marked)
            compile(marked, "<marked>", "exec")
    assert ast.unparse(tree) == ast.unparse(ast.parse(source))
