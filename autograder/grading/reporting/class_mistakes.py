"""The mistakes of a class: by name, with who made them, and which to talk about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder.checking.result import WRONG, Result
from autograder.grading.recorded import Recorded
from autograder.grading.submissions.submission import is_unwritten

TOPICS = 2
"""So many mistakes are worth time in the next lecture."""


@dataclass
class ClassMistake:
    """A mistake in one exercise.

    Attributes
    ----------
    exercise, name : str
    explanation, hint : str
        As the check tells them.
    students : list of str
        Who made it, each once.
    points : float
        What it cost all of them together.
    """

    exercise: str
    name: str
    explanation: str = ""
    hint: str = ""
    students: list[str] = field(default_factory=list)
    points: float = 0.0


@dataclass(frozen=True)
class ExerciseMistakes:
    """The mistakes in one exercise.

    Attributes
    ----------
    exercise : str
    named : list of ClassMistake
        The most common first.
    unnamed : int
        Students whose answer is wrong in a way that has no name.
    blank : int
        Students who wrote nothing.
    """

    exercise: str
    named: list[ClassMistake]
    unnamed: int
    blank: int


@dataclass(frozen=True)
class Topic:
    """A mistake to talk about: one name, in all exercises in which it was made.

    Attributes
    ----------
    name : str
    students : int
    places : list of ClassMistake
        The exercise with the most students first.
    """

    name: str
    students: int
    places: list[ClassMistake]


def mistakes_of_class(
    recorded: Mapping[str, Recorded], exercises: Iterable[str]
) -> list[ExerciseMistakes]:
    """The mistakes of a class, by exercise.

    Parameters
    ----------
    recorded : mapping of str to Recorded
        By student.
    exercises : iterable of str
        In the order of the chapter.
    """
    found = []
    for exercise in exercises:
        named: dict[str, ClassMistake] = {}
        counts: Counter[str] = Counter()
        for student, record in recorded.items():
            result = record.results.get(exercise)
            if result is None or not record.tells_of_the_student:
                continue
            _enter(named, student, result)
            counts["blank"] += is_unwritten(result)
            counts["unnamed"] += not result.mistakes and any(
                item.status == WRONG for item in result.items)
        found.append(ExerciseMistakes(exercise, sorted(named.values(), key=_most_common_first),
                                      counts["unnamed"], counts["blank"]))
    return found


def _enter(named: dict[str, ClassMistake], student: str, result: Result) -> None:
    for item in result.items:
        if not item.mistake:
            continue
        mistake = named.setdefault(item.mistake, ClassMistake(result.exercise, item.mistake))
        mistake.explanation = mistake.explanation or item.explanation
        mistake.hint = mistake.hint or item.hint
        mistake.points += item.max_points - item.points
        if student not in mistake.students[-1:]:  # one mistake may cost several items
            mistake.students.append(student)


def _most_common_first(mistake: ClassMistake) -> tuple:
    return -len(mistake.students), -mistake.points, mistake.name


def to_talk_about(mistakes: Iterable[ExerciseMistakes]) -> list[Topic]:
    """The mistakes that most students made. One name counts once, in however many exercises."""
    places: dict[str, list[ClassMistake]] = {}
    for of_exercise in mistakes:
        for mistake in of_exercise.named:
            places.setdefault(mistake.name, []).append(mistake)
    topics = [
        Topic(name, len({student for mistake in same for student in mistake.students}),
              sorted(same, key=lambda mistake: -len(mistake.students)))
        for name, same in places.items()
    ]
    topics.sort(key=lambda topic: (
        -topic.students, -sum(place.points for place in topic.places), topic.name))
    return topics[:TOPICS]
