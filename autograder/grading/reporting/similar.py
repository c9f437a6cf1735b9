"""Whose answers to a chapter are alike: pairs for a person to look at, and no verdict.

Most right answers are alike by nature: there are few ways to write three lines of NumPy. So what
two students share counts by how rare it is. Words that only these two have count in full, what half
of the class has next to nothing, and what the course has given nothing at all. All exercises are
taken together: independent answers meet now and then in one exercise, and hardly in all of them.

A pair is listed if most of what either of them wrote is shared, and if that is long enough. Who
copied a single exercise is not found; in return, nobody is listed because of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from autograder.cells import percent_code, source_of
from autograder.errors import CourseError
from autograder.exercises import exercises_of, known_chapter
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, read_roster
from autograder.grading.reporting.code_to_show import Answers
from autograder.grading.reporting.similar_code import Code, CodeReader
from autograder.grading.submissions.student_id import why_refused
from autograder.kit.plain import printable
from autograder.seal import read_notebook

ALIKE = 0.8
"""The share of rare words from which a pair is listed. In made-up classes of 300 (five chapters,
`autograder.tests.grading.many_hands`) two of 224 250 pairs who worked alone came to more, and 98 of
100 copies with other names, comments and moved lines."""
LONG_ENOUGH = 25
"""So many words, as rare as can be, a pair has to share."""
MARKED = 0.4
"""Shared words that count at least so much are marked."""
SMALL_CLASS = 20
AT_ONCE = 4096
"""Fingerprints that are counted in one step."""

Fingerprint = tuple[str, int]
"""Of an answer to an exercise: its name, and that of the code."""


class NothingToCompare(CourseError):
    """Fewer than two students have answers to compare. The message says what to do."""


@dataclass(frozen=True)
class Side:
    """One student's answer, in pieces: text, and whether the other one has it, too."""

    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class AlikeAnswer:
    """An exercise that both have answered, with something rare in common."""

    exercise: str
    one: Side
    other: Side


@dataclass(frozen=True)
class Pair:
    """Two students whose answers are alike.

    Attributes
    ----------
    one, other : Student
    share : float
        Of the rare words of the one who wrote fewer of them, how many both have; from 0 to 1.
    words : float
        How many they share, each counted by how rare it is.
    answers : list of AlikeAnswer
    """

    one: Student
    other: Student
    share: float
    words: float
    answers: list[AlikeAnswer]

    @property
    def students(self) -> tuple[str, str]:
        """Their ids."""
        return self.one.id, self.other.id


@dataclass(frozen=True)
class Similar:
    """Pairs of a class whose answers are alike, those that share most first.

    Attributes
    ----------
    chapter : str
    made : datetime
        In UTC.
    compared : int
        Students whose answers were compared.
    left_out : list of Student
        Those who have handed in, and of whom there is nothing to compare.
    pairs : list of Pair
    """

    chapter: str
    made: datetime
    compared: int
    left_out: list[Student]
    pairs: list[Pair]

    @property
    def is_small(self) -> bool:
        """Whether the class is too small to tell well what is rare."""
        return self.compared < SMALL_CLASS

    def others(self, pair: Pair) -> list[str]:
        """Who else is alike to one of a pair."""
        found = {name for two in self.pairs if set(two.students) & set(pair.students)
                 for name in two.students}
        return sorted(found - set(pair.students))


def similar_submissions(classroom: Classroom, chapter: str) -> Similar:
    """Compare the graded answers of a class.

    Raises
    ------
    NoSuchChapter
    NothingToCompare
    RosterError
        If the list of students cannot be used.
    """
    known_chapter(chapter)
    roster = {one.id: one for one in read_roster(classroom.folder / ROSTER)}
    students = {name: roster.get(name, Student(name))
                for name in classroom.students_with_folders(chapter) if not why_refused(name)}
    answers = Answers(classroom, chapter, students.values())
    exercises = exercises_of(chapter)
    reader = CodeReader.for_course(_of_the_course(classroom, chapter))
    written = {name: answers.of(name) for name in students}
    if sum(bool(one) for one in written.values()) < 2:
        raise NothingToCompare(f"there are no two graded notebooks to compare for {chapter}: run "
                               f"autograder grade {chapter} first")
    codes = {
        name: {exercise: reader.read(printable(source))
               for exercise, source in one.items() if exercise in exercises}
        for name, one in written.items()
    }
    prints = {name: fingerprints_of(code) for name, code in codes.items()}
    prints = {name: own for name, own in prints.items() if len(own) >= LONG_ENOUGH}
    weights = rarity_of(prints.values())
    pairs = [
        Pair(students[one], students[other], share, words,
             _alike(codes[one], codes[other], prints[one] & prints[other], weights, exercises))
        for one, other, share, words in find_pairs(prints, weights)
    ]
    return Similar(chapter, datetime.now(UTC).replace(tzinfo=None), len(prints),
                   [student for name, student in students.items() if name not in prints], pairs)


def _of_the_course(classroom: Classroom, chapter: str) -> list[str]:
    """The code cells that students were given, and the reference solutions."""
    text = classroom.course.released(chapter).read_text(encoding="utf-8")
    given = [source_of(cell) for cell in read_notebook(text)["cells"]
             if cell["cell_type"] == "code"]
    return given + percent_code(classroom.course.solution_text(chapter))


def fingerprints_of(codes: Mapping[str, Code]) -> set[Fingerprint]:
    """All of a student's fingerprints; `codes` are the answers by exercise."""
    return {(exercise, one) for exercise, code in codes.items() for one in code.places}


def rarity_of(prints: Iterable[set[Fingerprint]]) -> dict[int, float]:
    """What fingerprints count: 1 if two have them, less the more of the class have them.

    In whichever exercise they stand: what is usual in one is rare in none.
    """
    everybody = [{code for _, code in own} for own in prints]
    if len(everybody) < 2:
        return dict.fromkeys(set().union(*everybody), 1.0)
    count = Counter(code for own in everybody for code in own)
    rarest = np.log((len(everybody) + 1) / 2)
    return {code: min(1.0, float(np.log((len(everybody) + 1) / n) / rarest))
            for code, n in count.items()}


def find_pairs(
    prints: Mapping[str, set[Fingerprint]], weights: Mapping[int, float]
) -> list[tuple[str, str, float, float]]:
    """The pairs to list, with their share and words; those that share most words first."""
    names = list(prints)
    shared = _shared_words(list(prints.values()), weights)
    own = np.array([sum(weights[code] for _, code in prints[name]) for name in names])
    share = shared / np.maximum(np.minimum.outer(own, own), 1e-9)
    places = np.argwhere(np.triu((share >= ALIKE) & (shared >= LONG_ENOUGH), k=1))
    found = [(names[i], names[j], min(1.0, float(share[i, j])), float(shared[i, j]))
             for i, j in places]
    return sorted(found, key=lambda pair: (-pair[3], pair[:2]))


def _shared_words(
    prints: list[set[Fingerprint]], weights: Mapping[int, float]
) -> np.ndarray:
    """What each two have in common, by weight."""
    owners: dict[Fingerprint, list[int]] = {}
    for number, own in enumerate(prints):
        for one in own:
            owners.setdefault(one, []).append(number)
    common = [(weights[code], who) for (_, code), who in owners.items() if len(who) > 1]
    total = np.zeros((len(prints), len(prints)))
    for start in range(0, len(common), AT_ONCE):
        some = common[start:start + AT_ONCE]
        has = np.zeros((len(prints), len(some)))
        for column, (_, who) in enumerate(some):
            has[who, column] = 1
        total += (has * [weight for weight, _ in some]) @ has.T
    return total


def _alike(
    one: Mapping[str, Code], other: Mapping[str, Code], shared: set[Fingerprint],
    weights: Mapping[int, float], exercises: Iterable[str],
) -> list[AlikeAnswer]:
    """The answers of a pair, with what is rare in them marked, in the order of the chapter."""
    marked: dict[str, list[int]] = {}
    for exercise, code in shared:
        if weights[code] >= MARKED:
            marked.setdefault(exercise, []).append(code)
    return [
        AlikeAnswer(name, _side(one[name], marked[name]), _side(other[name], marked[name]))
        for name in exercises if name in marked
    ]


def _side(code: Code, shared: list[int]) -> Side:
    pieces: list[tuple[str, bool]] = []
    done = 0
    for begin, end in code.parts(shared):
        pieces.append((code.source[done:begin], False))
        # The beginning of a line is not marked: it looks like something that was written.
        pieces += [(part, not part.isspace())
                   for part in re.split(r"(\n\s*)", code.source[begin:end])]
        done = end
    pieces.append((code.source[done:], False))
    return Side(tuple(piece for piece in pieces if piece[0]))
