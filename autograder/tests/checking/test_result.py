"""A result in its four forms: a bare number, text, HTML and JSON."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import result as result_module
from autograder.checking.result import (
    NOT_REACHED,
    NOT_WRITTEN,
    RIGHT,
    WRONG,
    ItemResult,
    Result,
    as_text,
    details,
    number,
)

ATTACK = '<script>alert("x")</script>&\'"'

RESULT = Result(
    "affine_backward",
    (
        ItemResult("dx", 2.0, 2.0, RIGHT, "agrees with the numerical gradient"),
        ItemResult("dw", 0.0, 2.0, WRONG, "dw has shape (5, 4).", "shape (5, 4)", "shape (4, 5)",
                   "three samples", "dw is transposed", "Every entry is elsewhere.", "Look again."),
        ItemResult("db", 0.5, 2.0, WRONG, "db[0] is 1.", case="one sample"),
        ItemResult("shapes", 0.0, 1.0, NOT_REACHED, "comes once one of the values is right"),
        ItemResult("inputs unchanged", 0.0, 1.0, NOT_WRITTEN),
    ),
    ("Your code gave a warning: careful",),
    "first line\nsecond line\n",
)
UNKNOWN = Result("nothing", (), ("There is no exercise called nothing.",))

texts = st.text('abc <>&"\'\n\\é世🙂', max_size=8)
points = st.floats(0, 100)
results = st.builds(
    Result,
    texts,
    st.lists(
        st.builds(ItemResult, texts, points, points,
                  st.sampled_from([RIGHT, WRONG, NOT_WRITTEN, NOT_REACHED]),
                  *[texts] * 11),
        max_size=3,
    ).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    texts,
    texts,
    st.lists(texts, max_size=2).map(tuple),
)
modest = settings(derandomize=True, deadline=None, max_examples=50)


class Reader(HTMLParser):
    """The tags and the text of some HTML, but for its style."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


# Points


def test_points_are_those_of_the_items():
    assert (RESULT.points, RESULT.max_points) == (2.5, 8.0)
    assert type(RESULT.points) is type(RESULT.max_points) is float
    assert (UNKNOWN.points, UNKNOWN.max_points) == (0.0, 0.0)


@modest
@given(results)
def test_repr_is_the_points_as_a_number(result):
    assert float(repr(result)) == pytest.approx(result.points)


@pytest.mark.parametrize("parts, text", [([], "0"), ([9.0], "9"), ([0.5, 1], "1.5"),
                  ([0.1] * 3, "0.3"), ([1 / 3], "0.333333333333")])
def test_repr_is_a_plain_number_without_rounding_errors(parts, text):
    items = tuple(ItemResult(str(k), part, 1.0, WRONG) for k, part in enumerate(parts))
    assert repr(Result("x", items)) == text


@pytest.mark.parametrize("value, text", [(2.0, "2"), (0.5, "0.5"), (1 / 3, "0.3333"), (0, "0")])
def test_points_are_written_without_a_needless_zero(value, text):
    assert number(value) == text


def test_mistakes_are_named_once_and_in_order():
    items = tuple(ItemResult("x", 0.0, 1.0, WRONG, mistake=name) for name in ("b", "", "a", "b"))
    assert Result("x", items).mistakes == ("b", "a")
    assert RESULT.mistakes == ("dw is transposed",)


# Text


def test_text_tells_each_item_its_points_and_why():
    assert str(RESULT) == """\
affine_backward: 2.5 of 8 points

  ✓ dx                  2/2  agrees with the numerical gradient
  ✗ dw                  0/2  Known mistake: dw is transposed.
      dw has shape (5, 4).
      Every entry is elsewhere.
      Case: three samples.
      Hint: Look again.
  ✗ db                0.5/2  db[0] is 1.
      Case: one sample.
  · shapes              0/1  comes once one of the values is right
  · inputs unchanged    0/1  not written yet
  Note: Your code gave a warning: careful

  Your code printed:
    first line
    second line"""


def test_text_shows_the_first_lines_of_a_long_output():
    lines = str(Result("x", (), (), "\n".join(f"line {k}." for k in range(1000)))).splitlines()
    assert lines[-1] == "    line 19."


@modest
@given(results)
def test_text_begins_with_the_summary(result):
    assert str(result).startswith(result.summary)


def test_exercise_that_is_not_written_is_called_so():
    items = tuple(ItemResult(name, 0.0, 1.0, NOT_WRITTEN) for name in "ab")
    assert Result("x", items).summary == "x: 0 of 2 points, not written yet"
    assert "not written" not in RESULT.summary


def test_result_without_items_is_neither_unwritten_nor_right():
    assert "not written yet" not in UNKNOWN.summary
    assert "class='bc-head bc-right'" not in UNKNOWN._repr_html_()


def test_details_are_in_the_order_of_reading():
    item = replace(RESULT.items[1], where="Wrong: the last column.", inputs="x = [1, 2]")
    assert details(item) == [
        "dw has shape (5, 4).", "Every entry is elsewhere.",
        "Case: three samples: x = [1, 2].", "Wrong: the last column.",
    ]
    assert details(RESULT.items[0]) == ["agrees with the numerical gradient"]


def wrong(name, message, **more):
    return ItemResult(name, 0.0, 1.0, WRONG, message, case="one", **more)


def test_one_cause_is_told_once():
    known = {"mistake": "a sum", "explanation": "It is a mean.", "hint": "Divide."}
    in_line = {"got": "ValueError", "cause": "ValueError in x @ w"}
    result = Result("f", (
        wrong("dx", "dx[0] is 1.", inputs="x = [1]", **known),
        wrong("dw", "dw[0] is 2.", inputs="x = [1]", **known),
        wrong("db", "f raised ValueError: (3,) and (4,).", inputs="x = [1]", **in_line),
        wrong("dv", "f raised ValueError: (5,) and (6,).", **in_line),
        wrong("du", "du[0] is 3."),
    ))
    assert str(result) == """\
f: 0 of 5 points

  ✗ dx    0/1  Known mistake: a sum.
      dx[0] is 1.
      It is a mean.
      Case: one: x = [1].
      Hint: Divide.
  ✗ dw    0/1  follows from dx
  ✗ db    0/1  f raised ValueError: (3,) and (4,).
      Case: one.
  ✗ dv    0/1  follows from db
  ✗ du    0/1  du[0] is 3.
      Case: one."""
    text = Reader(result._repr_html_()).text
    assert text.count("It is a mean.") == text.count("ValueError:") == 1


def test_a_terminal_may_show_the_name_of_the_mistake_in_bold():
    plain, bold = as_text(RESULT), as_text(RESULT, bold=True)
    assert plain == str(RESULT)
    assert bold == plain.replace("dw is transposed", "\x1b[1mdw is transposed\x1b[0m")


def test_what_is_to_be_mended_first_stands_above_and_help_below():
    result = replace(RESULT, first="output_size is still wrong: start there.",
                     help=("For a hint: check(f, hint=1)",), printed="")
    lines = str(result).splitlines()
    assert lines[1] == "output_size is still wrong: start there."
    assert lines[-1] == "  For a hint: check(f, hint=1)"
    text = Reader(result._repr_html_()).text
    assert text.index(result.first) < text.index("What is checked") < text.index(result.help[0])


MAP = "· · x\n· · ·"


def test_map_of_the_entries_keeps_its_columns():
    result = Result("f", (wrong("dw", "dw[0, 2] is 1.", where="Wrong: one entry.", marks=MAP),))
    assert str(result).endswith("""\
      Wrong: one entry.
        · · x
        · · ·""")
    html = result._repr_html_()
    assert MAP in Reader(html).text
    assert html.count("<span class='bc-wrong'>x</span>") == 1


# HTML


def test_table_that_is_all_right_has_no_empty_columns():
    text = Reader(Result("f", (RESULT.items[0], ItemResult("db", 1.0, 1.0, RIGHT)))
                  ._repr_html_()).text
    assert "What came" not in text and "What was expected" not in text
    assert "agrees with the numerical gradient" in text
    assert "What came" in Reader(RESULT._repr_html_()).text


def test_html_tells_what_the_text_tells():
    read = Reader(RESULT._repr_html_())
    for text in [RESULT.summary, *RESULT.notes, "first line\nsecond line", "shape (5, 4)",
                 "shape (4, 5)", "2 of 2", "0.5 of 2",
                 *(item.message for item in RESULT.items),
                 *(line for item in RESULT.items for line in details(item))]:
        assert text in read.text


@modest
@given(results)
def test_html_is_well_formed_whatever_is_in_it(result):
    read = Reader(result._repr_html_())
    assert read.open == []
    assert read.tags.count("table") == 1
    assert all(item.name in read.text for item in result.items)


def test_html_runs_nothing_that_a_student_wrote():
    item = ItemResult(ATTACK, 0.0, 1.0, WRONG, *[ATTACK] * 11)
    html = Result(ATTACK, (item,), (ATTACK,), ATTACK, ATTACK, (ATTACK,))._repr_html_()
    read = Reader(html)
    assert "<script" not in html
    assert set(read.tags) <= {"div", "style", "p", "table", "thead", "tbody", "tr", "th", "td",
       "br", "details", "summary", "pre", "strong", "span", "code"}
    assert read.text.count(ATTACK) == 16


def test_html_shows_the_first_lines_of_a_long_output():
    html = Result("x", (), (), "\n".join(f"line {k}." for k in range(1000)))._repr_html_()
    assert "line 39." in html
    assert "line 40." not in html


@pytest.mark.parametrize("earned, css", [(1.0, "bc-head bc-right"), (0.0, "bc-head ")])
def test_html_is_green_only_for_full_points(earned, css):
    html = Result("x", (ItemResult("a", earned, 1.0, RIGHT),))._repr_html_()
    assert f"<p class='{css}'>" in html


@pytest.mark.parametrize("printed", ["", " \n"])
def test_nothing_printed_shows_nothing(printed):
    result = Result("x", RESULT.items, (), printed)
    assert "printed" not in str(result)
    assert "<details" not in result._repr_html_()


# JSON


@modest
@given(results)
def test_result_survives_the_trip_through_json(result):
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert Result.from_dict(json.loads(text)) == result


def test_record_of_an_older_version_is_read():
    data = RESULT.to_dict()
    old = {name: data[name] for name in ("exercise", "notes", "printed")}
    names = ("name", "points", "max_points", "status", "message", "got", "expected", "case",
             "mistake", "explanation", "hint")
    old["items"] = [{name: item[name] for name in names} for item in data["items"]]
    assert Result.from_dict(old) == RESULT


def test_the_case_is_not_written_down():
    result = replace(RESULT, case={"x": 1})
    assert "case" not in result.to_dict()
    assert Result.from_dict(result.to_dict()).case is None


@pytest.mark.parametrize("data", [{}, {"exercise": "x"}, {**RESULT.to_dict(), "items": [{"a": 1}]},
           {**RESULT.to_dict(), "items": [3]}, None, []], ids=str)
def test_other_data_is_no_result(data):
    with pytest.raises((KeyError, TypeError)):
        Result.from_dict(data)


# Where it is shown


class Printer:
    def __init__(self):
        self.shown = ""

    def text(self, text):
        self.shown += text


@pytest.mark.parametrize("terminal, shown", [(True, str(RESULT)), (False, "2.5")])
def test_a_terminal_shows_the_text_and_a_notebook_the_number(terminal, shown, monkeypatch):
    monkeypatch.setattr(result_module, "_in_a_terminal", lambda: terminal)
    printer = Printer()
    RESULT._repr_pretty_(printer, False)
    assert printer.shown == shown
