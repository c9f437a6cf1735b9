"""A few lines of a real answer, to talk about in a lecture: what is wrong there, and nobody's name.

Of an answer only the lines count that stand in no right answer. They are shown without comments
and docstrings, and never from an answer in which somebody is named.
"""

from __future__ import annotations

import json
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from io import StringIO
from itertools import islice
from textwrap import dedent
from unicodedata import combining, normalize

from autograder.cells import defines, label_of, percent_code, source_of
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import Student
from autograder.kit.plain import printable

MOST_LINES = 6
LONGEST_LINE = 110
LONGEST_ANSWER = 8000
"""Characters of an answer that is looked at."""
MOST_LOOKED_AT = 40
"""Students whose notebooks are read, of those with a mistake and of those without one."""
SHORTEST_NAME = 2
LONG_NAME = 4
"""A name of so many letters is also found inside other words, in its bearer's own answers."""

SKIPPED = "…"
LEFT_OVER = "raise NotImplementedError()"
"""What students sometimes leave below an answer. It is no part of any."""
BETWEEN = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
"""What stands before a statement."""


class Answers:
    """The answers of a class, as they stand in the graded notebooks.

    Parameters
    ----------
    classroom : Classroom
    chapter : str
    students : iterable of Student
        All of the class: their names must not be shown.
    """

    def __init__(self, classroom: Classroom, chapter: str, students: Iterable[Student]):
        self.classroom, self.chapter = classroom, chapter
        self.students = {student.id: student for student in students}
        self._read: dict[str, dict[str, str]] = {}

    def of(self, student: str) -> dict[str, str]:
        """A student's answers by exercise; none if the graded notebook cannot be read."""
        if student not in self._read:
            self._read[student] = self._read_notebook(student)
        return self._read[student]

    def _read_notebook(self, student: str) -> dict[str, str]:
        path = self.classroom.autograded(self.chapter, student) / f"{self.chapter}.ipynb"
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            return {label_of(cell): source_of(cell) for cell in cells
                    if cell["cell_type"] == "code"
                    and cell["metadata"].get("nbgrader", {}).get("solution")}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}

    def to_show(self, exercise: str, wrong: Iterable[str], right: Iterable[str]) -> list[str]:
        """Lines that show a mistake; none if no answer can be shown.

        What most wrote alike is chosen, if it is short; then what is shortest.

        Parameters
        ----------
        exercise : str
        wrong, right : iterable of str
            Students who made the mistake, and students whose answer is right.
        """
        known = self._known_lines(exercise, right)
        found: Counter[tuple[str, ...]] = Counter()
        untelling = set()
        for student in islice(wrong, MOST_LOOKED_AT):
            source = self.of(student).get(exercise, "")
            if len(source) > LONGEST_ANSWER or self._names_somebody(student, source):
                continue
            lines = [line for line in code_lines(source) if line.strip() != LEFT_OVER]
            if not lines:
                continue
            own = [k for k, line in enumerate(lines) if _without_spaces(line) not in known]
            shown = tuple(_with_gaps(lines, own) if own else lines)
            found[shown] += 1
            if not own:  # something is missing: the whole answer shows it
                untelling.add(shown)
        best = min(found, default=(), key=lambda lines: (
            lines in untelling, len(lines) > MOST_LINES, -found[lines], sum(map(len, lines)), lines,
        ))
        text = dedent("\n".join(best[:MOST_LINES]))
        return [*text.splitlines(), *[SKIPPED][:len(best) > MOST_LINES]]

    def _known_lines(self, exercise: str, right: Iterable[str]) -> set[str]:
        """The lines of right answers, without spaces."""
        answers = [cell for cell in percent_code(self._course) if defines(cell, exercise)]
        answers += [self.of(student).get(exercise, "") for student in islice(right, MOST_LOOKED_AT)]
        return {_without_spaces(line) for answer in answers for line in code_lines(answer)}

    def _names_somebody(self, student: str, source: str) -> bool:
        """Whether somebody of the class is named in a cell, or its author anywhere."""
        if words(source) & self._names:
            return True
        everything = "\n".join(self.of(student).values())
        own = names_of(self.students.get(student, Student(student))) - self._vocabulary
        said = _plain(everything)
        return bool(own & words(everything)) or any(
            len(name) >= LONG_NAME and name in said for name in own)

    @cached_property
    def _course(self) -> str:
        return self.classroom.course.solution_text(self.chapter)

    @cached_property
    def _vocabulary(self) -> set[str]:
        """Words of the chapter itself: they name nobody."""
        return words(self._course)

    @cached_property
    def _names(self) -> set[str]:
        return set().union(*map(names_of, self.students.values())) - self._vocabulary


def names_of(student: Student) -> set[str]:
    """What a student could be known by, word by word."""
    told = (student.id, student.lms_id, student.sis_id, student.login, student.name, student.email)
    return {word for text in told for word in words(text)}


def words(text: str) -> set[str]:
    """The words in a text, without capitals and accents, and the parts of those with signs.

    Short numbers are no words: they would be found in any code.
    """
    plain = _plain(text)
    found = re.findall(r"\w+", plain) + re.findall(r"[^\W\d_]+", plain)
    return {word for word in found if len(word) >= SHORTEST_NAME
            and not (word.isdecimal() and len(word) < LONG_NAME)}


def _plain(text: str) -> str:
    text = text.casefold()
    if text.isascii():
        return text
    return "".join(sign for sign in normalize("NFKD", text) if not combining(sign))


def code_lines(source: str) -> list[str]:
    """The lines of code, without comments and docstrings; none if it is no Python.

    It is taken apart and never run; nor is it parsed, which deep nesting could make dangerous.
    """
    lines = printable(source).expandtabs(4).split("\n")
    left_out: set[int] = set()
    before, in_string = tokenize.NEWLINE, 0
    try:
        for token in tokenize.generate_tokens(StringIO("\n".join(lines) + "\n").readline):
            row, column = token.start
            if token.type == tokenize.COMMENT:
                lines[row - 1] = lines[row - 1][:column]
            elif token.type == tokenize.STRING and before in BETWEEN:
                in_string = row  # a statement that is nothing but text, if it ends behind it
            elif token.type == tokenize.NEWLINE and before == tokenize.STRING and in_string:
                left_out.update(range(in_string, row + 1))
                in_string = 0
            elif token.type not in (tokenize.STRING, tokenize.NL):
                in_string = 0
            if token.type not in (tokenize.COMMENT, tokenize.NL):
                before = token.type
    except (tokenize.TokenError, SyntaxError):
        return []
    return [line.rstrip()[:LONGEST_LINE] for row, line in enumerate(lines, 1)
            if line.strip() and row not in left_out]


def _with_gaps(lines: Sequence[str], chosen: Sequence[int]) -> list[str]:
    """Some of the lines, with a sign where others are left out between them."""
    shown: list[str] = []
    for before, k in zip([None, *chosen], chosen):
        if before is not None and k > before + 1:
            shown.append(" " * _indent(lines[k]) + SKIPPED)
        shown.append(lines[k])
    return shown


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _without_spaces(line: str) -> str:
    return "".join(line.split())
