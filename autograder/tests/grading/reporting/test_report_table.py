"""The report in a terminal: what matters stands last, and text of students' is text."""

import io

from rich.console import Console

from autograder.grading.reporting.report_table import print_report
from autograder.tests.grading.reporting.test_report_page import report
from autograder.tests.grading.test_score_table import HOSTILE


def printed(*arguments, **changes) -> str:
    out = io.StringIO()
    print_report(report(*arguments, **changes), Console(
        file=out, width=120, highlight=False, force_terminal=True, color_system=None))
    return out.getvalue()


def test_marks_line_breaks_and_terminal_escapes_of_a_student_do_nothing():
    lines = ("x = 1", "y = '[bold]'")
    shown = printed(HOSTILE, topics=[])
    for sign in ("\x1b[31m", "\x1b]", "\r", "\u202e", "\x07"):
        assert sign not in shown
    assert "[bold]loud[/bold]" in " ".join(shown.replace("│", " ").split())
    assert not any(line.startswith("│ bruno") for line in shown.splitlines())
    topic = report().topics[0]
    shown = printed(topics=[type(topic)(topic.topic, lines)])
    assert "    x = 1\n    y = '[bold]'\n" in shown


def test_what_is_to_be_done_stands_above_the_prompt():
    shown = printed()
    told = shown.splitlines()
    assert "4 of 5 students handed in." in told
    assert told[-1].startswith("handed in nothing: dw is transposed")
    assert "several notebooks: s0, s1, s2. Look." in told
    assert "To talk about: dw is transposed (3 students, affine_backward)" in told


def test_only_the_first_names_are_told():
    assert "s0, s1, s2, s3, s4, s5, s6, s7 and 12 more. Look." in printed(students=20)


def test_scores_are_the_final_ones():
    assert "11 of 47" in printed() and "−0.5" in printed()
