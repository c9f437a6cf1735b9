"""The check as a notebook calls it: by function or by name, whatever the function is called."""

import functools
import html
import json
import textwrap
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autograder import live
from autograder.checking import answers
from autograder.checking.answers import PUBLIC_FOLDER
from autograder.checking.result import NOT_WRITTEN
from autograder.exercises import exercises_of
from autograder.live import check, when_written
from autograder.tests.keys import reference_of

FORWARD_POINTS = exercises_of("03_affine")["affine_forward"].max_points

CHAPTER = "03_affine"
FORWARD = """
    import numpy as np
    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""
WITHOUT_BIAS = """
    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w, (x, w, b)
"""


def notebook(source=FORWARD):
    """The names after a cell has run."""
    names = {}
    exec(textwrap.dedent(source), names)
    return names


def check_in(names, argument="affine_forward"):
    """What ``check(argument)`` gives in a cell."""
    return eval(f"check({argument})", names, {"check": check})


@pytest.fixture
def public_folder(tmp_path, monkeypatch):
    """An empty folder in place of the one with the public answer keys."""
    monkeypatch.setattr(answers, "PUBLIC_FOLDER", tmp_path)
    live._public_keys.cache_clear()
    yield tmp_path
    live._public_keys.cache_clear()


# Which function is meant


def test_function_is_checked_among_the_names_of_its_notebook():
    names = notebook()
    assert check(names["affine_forward"]).points == FORWARD_POINTS
    assert check_in(names).points == FORWARD_POINTS


def test_function_finds_what_it_calls_in_its_notebook():
    names = notebook("""
        def flat(x):
            return x.reshape(len(x), -1)
        def affine_forward(x, w, b):
            return flat(x) @ w + b, (x, w, b)
    """)
    assert check_in(names).points == FORWARD_POINTS


@pytest.mark.parametrize("argument", ["affine_forward", "'affine_forward'"])
def test_wrong_function_is_told_so(argument):
    result = check_in(notebook(WITHOUT_BIAS), argument)
    assert result.points < FORWARD_POINTS
    assert result.mistakes == ("the bias is missing",)


def test_backward_is_checked_with_the_forward_of_the_same_notebook():
    names = notebook("""
        def affine_forward(x, w, b):
            return x.reshape(len(x), -1) @ w + b, {"x": x, "w": w}
        def affine_backward(dout, cache):
            x, w = cache["x"], cache["w"]
            return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(0)
    """)
    result = check_in(names, "affine_backward")
    assert result.points == result.max_points
    assert "your affine_forward" in result.items[0].message


@pytest.mark.parametrize("name", ["affine_forward", "affine_backward", "exposing_shape"])
def test_reference_gets_full_points_by_name(name):
    names = dict(reference_of(CHAPTER))
    result = check_in(names, repr(name))
    assert result.exercise == name
    assert result.points == result.max_points


BOUND = {
    "a lambda": """
        affine_forward = lambda x, w, b: (x.reshape(len(x), -1) @ w + b, (x, w, b))
    """,
    "a partial": """
        import functools
        def affine(x, w, b, order):
            return x.reshape(len(x), -1, order=order) @ w + b, (x, w, b)
        affine_forward = functools.partial(affine, order="C")
    """,
    "an object that can be called": """
        class Affine:
            def __call__(self, x, w, b):
                return x.reshape(len(x), -1) @ w + b, (x, w, b)
        affine_forward = Affine()
    """,
    "a method": """
        class Affine:
            def run(self, x, w, b):
                return x.reshape(len(x), -1) @ w + b, (x, w, b)
        affine_forward = Affine().run
    """,
    "a function in a wrapper": """
        import functools
        def logged(function):
            @functools.wraps(function)
            def wrapper(*arguments):
                return function(*arguments)
            return wrapper
        @logged
        def affine_forward(x, w, b):
            return x.reshape(len(x), -1) @ w + b, (x, w, b)
    """,
    "a function in a nameless wrapper": """
        def logged(function):
            return lambda *arguments: function(*arguments)
        @logged
        def affine_forward(x, w, b):
            return x.reshape(len(x), -1) @ w + b, (x, w, b)
    """,
}


@pytest.mark.parametrize("source", BOUND.values(), ids=BOUND)
def test_anything_bound_to_the_name_of_an_exercise_is_checked(source):
    result = check_in(notebook(source))
    assert (result.exercise, result.points) == ("affine_forward", FORWARD_POINTS)


def test_function_with_another_name_first_is_checked_under_the_name_of_the_exercise():
    names = notebook("""
        def my_affine(x, w, b):
            return x.reshape(len(x), -1) @ w + b, (x, w, b)
        affine_forward = my_affine
    """)
    assert check_in(names).exercise == "affine_forward"


def test_function_that_is_given_is_the_one_that_is_checked():
    names = notebook(FORWARD)
    names["first_try"] = names["affine_forward"]
    exec(textwrap.dedent(WITHOUT_BIAS), names)
    assert check_in(names, "first_try").points == FORWARD_POINTS


def test_notebook_names_are_taken_from_the_shell(monkeypatch):
    IPython = pytest.importorskip("IPython")

    class Shell:
        user_ns = notebook()

    monkeypatch.setattr(IPython, "get_ipython", lambda: Shell)
    assert check("affine_forward").points == FORWARD_POINTS
    assert check(functools.partial(Shell.user_ns["affine_forward"])).points == 0
    assert check(Shell.user_ns["affine_forward"]).points == FORWARD_POINTS


# Hints

HINTS = ("look at the bias", "out[n, m] = sum over d of x[n, d] * w[d, m], plus b[m]")


@pytest.fixture
def with_hints(monkeypatch):
    """The exercises of the chapter, affine_forward with two hints and affine_backward without."""
    rows = dict(exercises_of(CHAPTER))
    rows["affine_forward"] = replace(rows["affine_forward"], hints=HINTS)
    rows["affine_backward"] = replace(rows["affine_backward"], hints=())
    monkeypatch.setattr(live, "exercises_of", lambda chapter: rows)


@pytest.mark.parametrize("hint, lines", [
    (0, ["For a hint: check(affine_forward, hint=1)"]),
    (1, ["Hint 1 of 2: look at the bias",
         "For the next hint: check(affine_forward, hint=2)"]),
    (2, [f"Hint 2 of 2: {HINTS[1]}"]),
    *((wrong, ["There are 2 hints for affine_forward: check(affine_forward, hint=1) and "
               "check(affine_forward, hint=2)."]) for wrong in (3, -1, "1")),
])
def test_hints_come_step_by_step(with_hints, hint, lines):
    result = check(notebook(WITHOUT_BIAS)["affine_forward"], hint=hint)
    assert list(result.help[:len(lines)]) == lines
    for line in lines:
        assert line in str(result) and html.escape(line) in result._repr_html_()
    assert repr(result) == repr(check(notebook(WITHOUT_BIAS)["affine_forward"]))


def test_failing_case_can_be_called_again():
    names = notebook(WITHOUT_BIAS)
    result = check_in(names)
    assert list(result.case) == ["x", "w", "b"]
    out, _ = names["affine_forward"](**result.case)
    right, _ = notebook()["affine_forward"](**result.case)
    assert not np.allclose(out, right)
    assert "affine_forward(**check(affine_forward).case)" in str(result)
    assert check_in(notebook()).case is None


def test_right_answer_needs_no_hint(with_hints):
    assert check(notebook()["affine_forward"]).help == ()
    assert check(notebook()["affine_forward"], hint=1).help == (
        "affine_forward is right: there is nothing to hint at.",)


def test_exercise_without_hints_says_so_to_who_asks(with_hints):
    stub = notebook("""
        def affine_backward(dout, cache):
            raise NotImplementedError()
    """)["affine_backward"]
    assert check(stub).help == ()
    assert check(stub, hint=2).help == ("There are no hints for affine_backward.",)


# What cannot be checked


@pytest.mark.parametrize("argument, name", [
    ("'affine_foward'", "affine_foward"),
    ("other", "other"),
    ("lambda x: x", "<lambda>"),
    ("len", "len"),
    ("3", "int"),
    ("None", "NoneType"),
    ("affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.ones(4))", "tuple"),
])
def test_unknown_exercise_gives_a_note_and_no_points(argument, name):
    names = notebook(FORWARD + """
    def other(x):
        return x
    """)
    result = check_in(names, argument)
    assert (result.points, result.max_points, result.items) == (0, 0, ())
    assert result.notes[0].startswith(f"There is no exercise called {name}. Keep the name")
    assert "check(affine_backward)" in str(result)
    assert repr(result) == "0"


def test_exercise_that_is_not_defined_is_not_written():
    result = check_in({}, "'affine_forward'")
    assert result.points == 0
    assert {item.status for item in result.items} == {NOT_WRITTEN}
    assert "affine_forward is not defined. Run the cell that defines it" in str(result)


def test_stub_is_not_written():
    result = check_in(notebook("""
        def affine_forward(x, w, b):
            raise NotImplementedError
    """))
    assert result.summary == f"affine_forward: 0 of {FORWARD_POINTS:g} points, not written yet"


def test_missing_public_file_is_told(public_folder):
    result = check_in(notebook())
    assert (result.points, result.items) == (0, ())
    assert result.notes[0].startswith("This check cannot run: ")
    assert f"{CHAPTER}.npz is missing" in result.notes[0]
    assert "install the course again" in result.notes[0]


def damage(folder, change):
    """Put a public file into `folder` in which ``change(tree, arrays)`` has changed something."""
    with np.load(PUBLIC_FOLDER / f"{CHAPTER}.npz") as file:
        arrays = dict(file)
    tree = change(json.loads(arrays.pop("tree").tobytes()), arrays)
    text = np.frombuffer(json.dumps(tree).encode(), np.uint8)
    np.savez(folder / f"{CHAPTER}.npz", tree=text, **arrays)


@pytest.mark.parametrize("change, text", [
    (lambda tree, arrays: {"x": 1}, "install the course again"),
    (lambda tree, arrays: [tree, arrays.pop("a0").size], "cannot be read"),
], ids=["an unknown tag", "an array too few"])
def test_damaged_public_file_is_told(change, text, public_folder):
    damage(public_folder, change)
    result = check_in(notebook())
    assert result.points == 0
    assert result.notes[0].startswith("This check cannot run: ")
    assert text in result.notes[0]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_public_file_that_is_no_archive_is_told(content, public_folder):
    (public_folder / f"{CHAPTER}.npz").write_bytes(content)
    assert f"{CHAPTER}.npz cannot be read" in check_in(notebook()).notes[0]


def without_last_array(tree, arrays):
    del arrays[f"a{len(arrays) - 1}"]
    return tree


def without_the_exercise(tree, arrays):
    del tree["dict"]["affine_forward"]
    return tree


@pytest.mark.parametrize("change", [
    without_last_array, without_the_exercise, lambda tree, arrays: [1, 2],
], ids=["last array missing", "exercise missing", "no exercises"])
def test_public_file_of_another_version_is_told(change, public_folder):
    damage(public_folder, change)
    assert "install the course again" in check_in(notebook()).notes[0]


# when_written


def test_when_written_runs_at_once(capsys):
    @when_written
    def picture():
        print("shown")

    assert capsys.readouterr().out == "shown\n"
    assert picture is None


def test_when_written_says_what_is_missing(capsys):
    names = notebook("""
        def affine_forward(x, w, b):
            raise NotImplementedError

        def helper():
            return affine_forward(1, 2, 3)
    """)

    @when_written
    def picture():
        print("begins")
        names["helper"]()
        print("ends")

    assert capsys.readouterr().out == (
        "begins\n"
        "Not written yet: affine_forward. Write it above, then run this cell again.\n"
    )


WRONG = {
    "of another shape": """
        def affine_forward(x, w, b):
            return (x @ w + b)[0], None
    """,
    "one value": """
        def affine_forward(x, w, b):
            return x @ w + b
    """,
    "nothing": """
        def affine_forward(x, w, b):
            pass
    """,
    "an error": """
        def affine_forward(x, w, b):
            return undefined
    """,
    "a long error": """
        def affine_forward(x, w, b):
            raise ValueError("many\\nlines" * 100)
    """,
    "an exit": """
        def affine_forward(x, w, b):
            exit()
    """,
    "endless recursion": """
        def affine_forward(x, w, b):
            return affine_forward(x, w, b)
    """,
}
PICTURE = """
    import numpy as np
    def helper():
        out, cache = affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.ones(4))
        return out[1, 3]

    @when_written
    def picture():
        print(helper())
"""


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_when_written_says_in_one_line_which_check_to_look_at(wrong, capsys):
    exec(textwrap.dedent(wrong) + textwrap.dedent(PICTURE), {"when_written": when_written})
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("This cell needs affine_forward, which does not pass its check yet (")
    assert "Look at check(affine_forward), mend it" in line
    assert len(line) < 400


def test_when_written_sees_through_a_helper_that_keeps_its_results(capsys):
    kept = "from functools import cache\n    @cache\n    def helper"
    picture = PICTURE.replace("def helper", kept)
    exec(textwrap.dedent(WRONG["nothing"]) + textwrap.dedent(picture),
         {"when_written": when_written})
    assert "Look at check(affine_forward), mend it" in capsys.readouterr().out


def test_when_written_sees_through_a_helper_that_is_a_default_argument(capsys):
    default = "def by_default(function=helper):\n        return function()\n\n    @when_written"
    picture = PICTURE.replace("@when_written", default).replace("print(helper", "print(by_default")
    exec(textwrap.dedent(WRONG["nothing"]) + textwrap.dedent(picture),
         {"when_written": when_written})
    assert "Look at check(affine_forward), mend it" in capsys.readouterr().out


def test_when_written_knows_a_cell_that_was_not_run(capsys):
    exec(textwrap.dedent(PICTURE), {"when_written": when_written})
    assert capsys.readouterr().out == (
        "affine_forward is not there yet. Run the cells above, from the top, then this one.\n")


def test_when_written_blames_no_exercise_that_passes(capsys):
    exec(textwrap.dedent(FORWARD) + textwrap.dedent(PICTURE).replace("out[1, 3]", "out[1, 9]"),
         {"when_written": when_written})
    line = capsys.readouterr().out
    assert "although affine_forward passed" in line and "IndexError" in line


def test_when_written_says_below_a_picture_what_is_not_right(capsys):
    wrong = textwrap.dedent(WITHOUT_BIAS) + textwrap.dedent(PICTURE)
    exec(wrong, {"when_written": when_written})
    number, line = capsys.readouterr().out.splitlines()
    assert number == "3.0"
    assert line == ("Careful: affine_forward is not right yet; this cell may show what comes of "
                    "it.")


TWO_WRONG = """
    import numpy as np
    def affine_forward(x, w, b):
        return x @ w, (x, w, b)
    def affine_backward(dout, cache):
        return undefined

    @when_written
    def picture():
        _, cache = affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.ones(4))
        affine_backward(np.ones((2, 4)), cache)
"""


def test_when_written_blames_the_exercise_that_raised(capsys):
    exec(textwrap.dedent(TWO_WRONG), {"when_written": when_written})
    assert "This cell needs affine_backward, which" in capsys.readouterr().out


def test_check_says_which_exercise_below_is_to_be_mended_first():
    result = check_in(notebook("""
        def affine_forward(x, w, b):
            return x @ w, (x, w, b)
        def helper(x, w):
            return affine_forward(x, w, 0)[0] + affine_forward(x ** 2, w, 0)[0] + 1
        def quadratic_affine_forward(x, w):
            return helper(x, w), (x, w)
    """), "quadratic_affine_forward")
    assert result.first == "affine_forward is still wrong: start there."


def test_check_that_is_right_blames_nobody():
    result = check_in(notebook("""
        def affine_forward(x, w, b):
            return x @ w, (x, w, b)
        def quadratic_affine_forward(x, w):
            return affine_forward(x, w, 0)[0] + affine_forward(x ** 2, w, 0)[0], (x, w)
    """), "quadratic_affine_forward")
    assert result.points == result.max_points
    assert result.first == ""


def test_when_written_shows_nothing_half_drawn(capsys):
    exec(textwrap.dedent(WRONG["nothing"]) + textwrap.dedent("""
        import matplotlib.pyplot as plt

        @when_written
        def picture():
            plt.subplots()
            out, cache = affine_forward(1, 2, 3)
    """), {"when_written": when_written})
    assert plt.get_fignums() == []


def test_when_written_hides_no_error_that_is_not_an_exercise_s():
    with pytest.raises(ZeroDivisionError):
        when_written(lambda: 1 / 0)


def test_when_written_lets_itself_be_stopped():
    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        when_written(stopped)
