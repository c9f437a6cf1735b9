"""What the first page shows: a wrong gradient, and what its check says. Both are real."""

from __future__ import annotations

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.course import Course
from autograder.live import check_by_name

CHAPTER, EXERCISE = "03_affine", "affine_matrix_gradients"
WRONG = """\
def affine_matrix_gradients(x, dout):
    dw = x.T @ dout / x.shape[0]
    db = dout.sum(axis=0)
    return dw, db

check(affine_matrix_gradients)
"""


def named_mistake(course: Course) -> str:
    """A wrong answer beside the table of its check, as HTML."""
    names = {**course.reference(CHAPTER), "check": lambda function: None}
    exec(compile(WRONG, "<the first page>", "exec"), names)
    result = check_by_name(EXERCISE, names)
    code = highlight(WRONG, PythonLexer(), HtmlFormatter(cssclass="highlight"))
    return f'<div class="named">{code}{result._repr_html_()}</div>\n'
