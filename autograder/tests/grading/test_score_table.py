"""The table of scores shows what a student wrote as it stands, one row a student."""

import io

from rich.console import Console

from autograder.grading.batch import Row
from autograder.grading.score_table import print_scores

HOSTILE = (
    "[bold]loud[/bold] [link=http://example.org]x[/link] [/] \x1b[31mred\x1b[0m\n│ bruno │ 38 of 38"
    "\r\u202egnp.exe \x1b]8;;http://example.org\x07y " + "z" * 10**5
)


def printed(*rows: Row) -> str:
    out = io.StringIO()
    print_scores(list(rows), Console(file=out, width=120, highlight=False, force_terminal=True,
                                     color_system=None))
    return out.getvalue()


def test_marks_line_breaks_and_terminal_escapes_of_a_student_do_nothing():
    row = Row("ada" + HOSTILE, 1, 2, before=2, now=1, findings=(HOSTILE,), notes=(HOSTILE,))
    shown = printed(row)
    for sign in ("\x1b[31m", "\x1b]", "\r", "\u202e", "\x07"):
        assert sign not in shown
    words = " ".join(shown.replace("│", " ").split())
    assert "[bold]loud[/bold]" in words and "[link=http://example.org]" in words
    assert len(shown) < 5000
    told = [line for line in shown.splitlines() if line.startswith("│")]
    assert not any(line.startswith("│ bruno │ 38 of 38") for line in told)
    assert sum("1 of 2" in line for line in told) == 1


def test_a_reason_that_is_a_students_is_text_too():
    shown = printed(Row("ada", 0, 2, problem=HOSTILE))
    assert "[bold]loud[/bold]" in shown and "\x1b[31m" not in shown
