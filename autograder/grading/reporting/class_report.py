"""What a class did in a chapter, for its instructor: put together from records and gradebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from autograder.cells import WRITTEN
from autograder.errors import CourseError
from autograder.exercises import exercises_of, known_chapter
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.roster import ROSTER, Student, read_roster
from autograder.grading.classes.standings import Standing, standings
from autograder.grading.recorded import Recorded, read_record
from autograder.grading.records import is_graded
from autograder.grading.reporting.attention import Concern, Known, concerns_of
from autograder.grading.reporting.class_mistakes import (
    ExerciseMistakes,
    Topic,
    mistakes_of_class,
    to_talk_about,
)
from autograder.grading.reporting.code_to_show import Answers
from autograder.grading.reporting.item_statistics import Statistics, statistics_of
from autograder.grading.submissions.student_id import why_refused
from autograder.grading.submissions.submission import Graded


class NothingToReport(CourseError):
    """Nobody has handed in anything. The message says where submissions belong."""


@dataclass(frozen=True)
class Row:
    """One student who handed in.

    Attributes
    ----------
    student : Student
    standing : Standing or None
        None if there is no score in the gradebook.
    found : tuple of str
        The mistakes, by exercise.
    concerns : tuple of str
        Why a person should look at this one among others.
    """

    student: Student
    standing: Standing | None
    found: tuple[str, ...]
    concerns: tuple[str, ...]

    @property
    def by_hand(self) -> dict[str, float]:
        """What a person gave in place of the grader, by exercise, without the written answer."""
        given = self.standing.by_hand if self.standing else {}
        return {name: points for name, points in given.items() if name != WRITTEN}


@dataclass(frozen=True)
class TopicToShow:
    """A mistake to talk about, with the exercise where it is most common, and code to show."""

    topic: Topic
    lines: tuple[str, ...]

    @property
    def most_common(self):
        """The mistake where most students made it."""
        return self.topic.places[0]


@dataclass(frozen=True)
class Times:
    """How long grading took: seconds for a submission, and whose took longest."""

    median: float
    slowest: float
    student: str


@dataclass(frozen=True)
class ClassReport:
    """What a class did in a chapter.

    Attributes
    ----------
    chapter : str
    made : datetime
        In UTC.
    rows : list of Row
        Those who need a look first, then by id.
    missing : list of Student
        Who of the list handed in nothing.
    listed : int
        Students on the list; 0 if there is none.
    scores : list of float
        Final scores, the lowest first.
    max_score : float
    counted : int
        Students whose answers are in the statistics: those whose notebooks could be read.
    concerns : list of Concern
    topics : list of TopicToShow
    mistakes : list of ExerciseMistakes
    statistics : list of Statistics
    times : Times or None
    """

    chapter: str
    made: datetime
    rows: list[Row]
    missing: list[Student]
    listed: int
    scores: list[float]
    max_score: float
    counted: int
    concerns: list[Concern]
    topics: list[TopicToShow]
    mistakes: list[ExerciseMistakes]
    statistics: list[Statistics]
    times: Times | None


def class_report(classroom: Classroom, chapter: str) -> ClassReport:
    """Put a report together.

    Raises
    ------
    NoSuchChapter
    NothingToReport
    RosterError
        If the list of students cannot be used.
    """
    known_chapter(chapter)
    roster = read_roster(classroom.folder / ROSTER)
    everybody = _known(classroom, chapter, roster)
    there = [known for known in everybody if known.handed_in]
    if not there:
        raise NothingToReport(
            f"nothing was handed in for {chapter}: run autograder collect {chapter}, then "
            f"autograder grade {chapter}"
        )
    recorded = {known.student.id: known.recorded for known in there if known.recorded}
    readable = {name: own for name, own in recorded.items() if own.tells_of_the_student}
    exercises = _exercises(chapter, readable.values())
    mistakes = mistakes_of_class(readable, exercises)
    answers = Answers(classroom, chapter, [known.student for known in everybody])
    concerns = concerns_of(there)
    # What concerns most of a class, such as written answers to grade, marks nobody out.
    of_some = [concern for concern in concerns if 2 * len(concern.students) <= len(there)]
    rows = [_row(known, of_some) for known in there]
    in_book = [row.standing for row in rows if row.standing]
    return ClassReport(
        chapter, datetime.now(UTC).replace(tzinfo=None),
        sorted(rows, key=lambda row: (not row.concerns, row.student.id)),
        [known.student for known in everybody if not known.handed_in], len(roster),
        sorted(standing.score for standing in in_book),
        max((standing.max_score for standing in in_book), default=0.0),
        len(readable), concerns,
        [_to_show(topic, readable, answers) for topic in to_talk_about(mistakes)],
        mistakes, statistics_of([own.results for own in readable.values()], exercises),
        _times(recorded),
    )


def _known(classroom: Classroom, chapter: str, roster: list[Student]) -> list[Known]:
    """Everybody on the list and everybody who handed in, by id."""
    students = {student.id: student for student in roster}
    listed = set(students)
    scores = standings(classroom, chapter)
    folders = set(classroom.students_with_folders(chapter))
    for name in folders | scores.keys():
        students.setdefault(name, Student(name))
    found = []
    for name in sorted(students):
        refused = why_refused(name)
        record = None if refused else read_record(classroom, chapter, name)
        found.append(Known(
            students[name], name in folders, record, scores.get(name), refused,
            changed_since=record is not None and record.of_a_batch and name in folders
            and not is_graded(classroom, chapter, name),
            is_listed=name in listed or not listed,
        ))
    return found


def _exercises(chapter: str, recorded: Iterable[Recorded]) -> list[str]:
    """The chapter's exercises, and those of records that were made by older rules."""
    names = dict.fromkeys(exercises_of(chapter))
    for record in recorded:
        names.update(dict.fromkeys(record.results))
    return list(names)


def _row(known: Known, concerns: list[Concern]) -> Row:
    record = known.recorded
    found = Graded(record.results).findings if record and record.tells_of_the_student else []
    if record and record.problem:
        found = [record.problem]
    return Row(known.student, known.standing, tuple(found), tuple(
        concern.name for concern in concerns if known.student.id in concern.students))


def _to_show(topic: Topic, recorded: dict[str, Recorded], answers: Answers) -> TopicToShow:
    place = topic.places[0]
    right = [
        name for name, record in recorded.items()
        if (result := record.results.get(place.exercise))
        and result.points >= result.max_points
    ]
    lines = answers.to_show(place.exercise, place.students, right)
    return TopicToShow(topic, tuple(lines))


def _times(recorded: dict[str, Recorded]) -> Times | None:
    seconds = {name: record.seconds for name, record in recorded.items() if record.seconds > 0}
    if not seconds:
        return None
    slowest = max(seconds, key=lambda name: seconds[name])
    return Times(median(seconds.values()), seconds[slowest], slowest)
