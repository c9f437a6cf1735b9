"""The table of scores shows what a student wrote as it stands, one row a student."""

import io

from rich.console import Console

from autograder.grading.batch import Row
from autograder.grading.classes.gradebook import OLDER, Overridden
from autograder.grading.classes.standings import Standing
from autograder.grading.regrade import Difference
from autograder.grading.score_table import print_differences, print_scores, print_waiting

HOSTILE = (
    "[bold]loud[/bold] [link=http://example.org]x[/link] [/] \x1b[31mred\x1b[0m\n│ bruno │ 38 of 38"
    "\r\u202egnp.exe \x1b]8;;http://example.org\x07y " + "z" * 10**5
)


def console_into(out: io.StringIO) -> Console:
    return Console(file=out, width=120, highlight=False, force_terminal=True, color_system=None)


def printed(*rows: Row) -> str:
    out = io.StringIO()
    print_scores(list(rows), console_into(out))
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


def test_what_a_student_wrote_does_nothing_in_a_regrade_or_among_what_waits():
    out = io.StringIO()
    print_differences([Difference("ada" + HOSTILE, 1, 2, 2, 4, (HOSTILE,))], 1, console_into(out))
    print_waiting([Standing("ada" + HOSTILE, {"f": 1.0}, {"f": 2.0}, waits_for=("f", "written"))],
                  console_into(out))
    shown = out.getvalue()
    for sign in ("\x1b[31m", "\x1b]", "\r", "\u202e", "\x07"):
        assert sign not in shown
    assert "[bold]loud[/bold]" in shown and "1 of 2" in shown and "2 of 4" in shown
    assert "2 by hand, 1 automatic" in shown and "1 written answer waits" in shown


def test_both_numbers_are_shown_where_a_person_has_overridden_the_grader():
    row = Row("ada", 11, 44, now=9, overridden=(Overridden("f", 9, 11, 11, OLDER),),
              findings=tuple("abcdefgh"))
    words = " ".join(printed(row).replace("│", " ").split())
    assert f"f: 9 by hand count, 11 of 11 automatic; {OLDER}" in words


def test_where_somebody_is_late_the_score_after_penalty_is_shown():
    late = Row("ada", 40, 44, now=40, penalty=3.5)
    shown = printed(late, Row("bruno", 41, 44, now=41))
    assert "After penalty" in shown
    ada, bruno = (next(line for line in shown.splitlines() if name in line)
                  for name in ("ada", "bruno"))
    assert "40 of 44" in ada and "36.5 (late: -3.5)" in ada
    assert "41 of 44" in bruno and "late" not in bruno
    assert "After penalty" not in printed(Row("bruno", 41, 44, now=41))
