"""A made-up class: who is in it, which mistakes they make, and what they hand in, when.

About half of the answers are right. In each exercise one mistake is planted: more students make
it than any other. Some hand in nothing, a blank notebook, one that is cut off, or one that never
ends; some rename the file, put it into an archive, try several times, or are late. The same seed
makes the same class.
"""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

from autograder.cells import WRITTEN_ANSWER
from autograder.course import Course
from autograder.examination.bench.written_out import Texts
from autograder.exercises import exercises_of
from autograder.grading.classes.roster import Student
from autograder.grading.collecting.platforms import BLACKBOARD, BRIGHTSPACE, CANVAS, MOODLE

PLATFORMS = (CANVAS, MOODLE, BRIGHTSPACE, BLACKBOARD)
DUE = datetime(2026, 1, 16, 23, 59)

(NOTHING, BLANK, CUT_OFF, ENDLESS, LATE, RENAMED, ARCHIVE, TWO_FILES, TWICE, BLANK_AT_LAST,
 ORDINARY) = STORIES = (
    "nothing", "blank", "cut off", "endless", "late", "renamed", "archive", "two files", "twice",
    "blank at last", "ordinary")
OF_A_HUNDRED = dict(zip(STORIES, (3, 4, 2, 1, 6, 5, 3, 3, 6, 3)))
"""How common each is, but for the ordinary one; at least one student has each."""
RIGHT_OF_A_HUNDRED = 52
MISTAKES = (("planted", 20), ("second", 9), ("third", 7), ("fourth", 5))
"""Of a hundred answers; who is left writes nothing."""

FIRST_NAMES = (
    "Ada", "Bruno", "Chen", "Dina", "Emil", "Fatou", "György", "Hana", "Ivan", "Zoë", "Kofi",
    "Léna", "Mary-Ann", "Noor", "Øyvind", "Priya", "Quentin", "Rosa María", "Søren", "Ánh",
)
LAST_NAMES = (
    "Abe", "Berg", "Çelik", "O'Donnell", "Espinoza Ruiz", "Fischer", "García", "Huang", "Ito",
    "Jansen", "Kowalski", "Lindström", "Müller-Lüdenscheidt", "Nguyễn", "Okafor", "Petrov",
)
STRANGER = "Sam Nobody"
"""Is on every platform, and in no list."""
PICTURE_BYTES = 25_000
EXPLAINED = (
    "A weight is used once in every sample, so it reaches the loss along N paths, and they add up."
)


@dataclass(frozen=True)
class HandedIn:
    """What is handed in at one time: the files by name, and when, in the zone of the class."""

    files: Mapping[str, bytes]
    when: datetime

    @property
    def late(self) -> bool:
        return self.when > DUE


@dataclass
class MadeUpClass:
    """A class that was made up.

    Attributes
    ----------
    chapter : str
    students : list of Student
    platform : dict of str to str
        By student.
    story : dict of str to str
        By student.
    handed_in : dict of str to list of HandedIn
        By student, the newest last.
    answers : dict of str to dict of str to str
        By student and exercise: the name of the mistake, or empty where there is none. Exercises
        without an answer are left out.
    planted : dict of str to str
        By exercise, the most common mistake.
    max_score : float
        Points in all, the written question among them.
    """

    chapter: str
    students: list[Student]
    platform: dict[str, str]
    story: dict[str, str]
    handed_in: dict[str, list[HandedIn]] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)
    max_score: float = 0.0

    def of(self, platform: str) -> list[Student]:
        """The students that are on a platform."""
        return [student for student in self.students if self.platform[student.id] == platform]

    def with_story(self, *stories: str) -> set[str]:
        """The ids of those who have one of these stories."""
        return {name for name, story in self.story.items() if story in stories}


def made_up_class(
    course: Course, chapter: str, released: bytes, students: int, seed: int = 13
) -> MadeUpClass:
    """Make a class up.

    Parameters
    ----------
    course : Course
    chapter : str
    released : bytes
        The notebook that it is given.
    students : int
        A quarter of them is on each platform.
    seed : int

    Raises
    ------
    ValueError
        If there are not names for so many.
    """
    draw = random.Random(seed)
    everybody = people(students)
    ids = [one.id for one in everybody]
    made = MadeUpClass(
        chapter, everybody, {name: PLATFORMS[k % 4] for k, name in enumerate(ids)},
        _stories(ids, draw))
    notebook = json.loads(released)
    _let_run(notebook, chapter, draw)
    made.max_score = sum(cell["metadata"].get("nbgrader", {}).get("points", 0)
                         for cell in notebook["cells"])
    stubs = {label: "".join(cell["source"]) for cell in notebook["cells"]
             if (label := _label(cell)) in exercises_of(chapter)}
    texts = Texts(course, chapter, stubs)
    at_work = [name for name in ids if made.story[name] not in (NOTHING, BLANK)]
    written = _deal(made, texts, at_work, draw)
    for name in ids:
        answers = dict(written.get(name, {}))
        if made.story[name] == ENDLESS:
            _never_ends(made.answers[name], answers)
        made.handed_in[name] = _files(made, name, notebook, answers, draw)
    return made


def people(count: int) -> list[Student]:
    """So many students, as platforms and universities know them; no two have one name."""
    names = list(product(LAST_NAMES, FIRST_NAMES))
    if count > len(names):
        raise ValueError(f"there are only {len(names)} names")
    random.Random(count).shuffle(names)
    found = []
    for k, (last, first) in enumerate(names[:count]):
        letters = "".join(sign for sign in f"{first[0]}{last}".casefold() if "a" <= sign <= "z")
        login = f"{letters[:6]}{k:03}"
        # A list of Canvas has the last name first.
        name = f"{last}, {first}" if PLATFORMS[k % 4] == CANVAS else f"{first} {last}"
        found.append(Student(f"s{k:03}", str(70_000 + 7 * k), f"U{20_000 + k}", login, name,
                             f"{login}@example.org"))
    return found


def _stories(ids: Sequence[str], draw: random.Random) -> dict[str, str]:
    told = [story for story, share in OF_A_HUNDRED.items()
            for _ in range(max(1, round(share * len(ids) / 100)))]
    told += [ORDINARY] * (len(ids) - len(told))
    draw.shuffle(told)
    return dict(zip(ids, told))


def _deal(
    made: MadeUpClass, texts: Texts, at_work: Sequence[str], draw: random.Random
) -> dict[str, dict[str, str]]:
    """Deal answers out, exercise by exercise; the texts by student and exercise."""
    written: dict[str, dict[str, str]] = {name: {} for name in at_work}
    made.answers = {name: {} for name in at_work}
    able = {name: draw.gauss(0, 1) for name in at_work}
    for exercise, wrong in texts.wrong.items():
        # Who is good in one exercise often is in the next, too.
        luck = {name: able[name] + draw.gauss(0, 1) for name in at_work}
        by_luck = sorted(at_work, key=lambda name: -luck[name])
        right = by_luck[:round(RIGHT_OF_A_HUNDRED * len(at_work) / 100)]
        others = by_luck[len(right):]
        draw.shuffle(others)
        for name in right:
            made.answers[name][exercise] = ""
            written[name][exercise] = draw.choice(texts.right[exercise])
        mistakes = draw.sample(sorted(wrong), min(len(MISTAKES), len(wrong)))
        for mistake, (which, share) in zip(mistakes, MISTAKES):
            if which == "planted":
                made.planted[exercise] = mistake
            for _ in range(max(1, round(share * len(at_work) / 100))):
                if others:
                    name = others.pop()
                    made.answers[name][exercise] = mistake
                    written[name][exercise] = wrong[mistake]
    return written


def _never_ends(answers: dict[str, str], written: dict[str, str]) -> None:
    """One function of a student loops for ever."""
    for name, text in written.items():
        if text.startswith("def ") and not answers[name]:
            head, _, _ = text.partition("\n")
            written[name] = f"{head}\n    while True:\n        pass"
            del answers[name]
            return


def _files(
    made: MadeUpClass, name: str, released: dict, answers: Mapping[str, str], draw: random.Random
) -> list[HandedIn]:
    """What a student hands in, the newest last."""
    story, usual = made.story[name], f"{made.chapter}.ipynb"
    if story == NOTHING:
        return []
    when = DUE - timedelta(minutes=draw.randrange(30, 10_000))
    if story == LATE:
        when = DUE + timedelta(minutes=draw.randrange(10, 1_500))
    text = filled(released, answers, draw.random() < 0.5)
    blank = filled(released, {}, False)
    if story == CUT_OFF:
        text = text[:len(text) // 2]
    before = when - timedelta(hours=draw.randrange(2, 20))
    if story in (TWICE, BLANK_AT_LAST):
        half = dict(list(answers.items())[:len(answers) // 2])
        first = filled(released, half, False) if story == TWICE else text
        last = text if story == TWICE else blank
        if made.platform[name] in (BRIGHTSPACE, BLACKBOARD):
            return [HandedIn({usual: first}, before), HandedIn({usual: last}, when)]
        if story == BLANK_AT_LAST:  # these platforms give the last attempt alone
            return [HandedIn({usual: text, f"{made.chapter} (1).ipynb": blank}, when)]
    files = {
        RENAMED: {f"{made.chapter} ({draw.randrange(1, 9)}).ipynb": text},
        ARCHIVE: {"homework.zip": _archive(f"homework/{usual}", text)},
        TWO_FILES: {usual: text, "notes.ipynb": _notes()},
    }
    return [HandedIn(files.get(story, {usual: text}), when)]


def filled(released: dict, answers: Mapping[str, str], explained: bool) -> bytes:
    """A notebook with answers in it."""
    cells = []
    for cell in released["cells"]:
        label = _label(cell)
        if label in answers:
            cell = {**cell, "source": answers[label]}
        elif explained and cell.get("id") == WRITTEN_ANSWER:
            cell = {**cell, "source": EXPLAINED}
        cells.append(cell)
    return json.dumps({**released, "cells": cells}, indent=1, ensure_ascii=False).encode()


def _label(cell: Mapping) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def _let_run(notebook: dict, chapter: str, draw: random.Random) -> None:
    """Give the cells outputs, pictures among them, as those have who ran their notebook."""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or _label(cell) in exercises_of(chapter):
            continue
        if "draw" in "".join(cell["source"]) or "figure" in "".join(cell["source"]):
            picture = base64.b64encode(draw.randbytes(PICTURE_BYTES)).decode()
            output = {"output_type": "display_data", "metadata": {}, "data": {
                "image/png": picture, "text/plain": "<Figure size 640x480 with 1 Axes>"}}
        else:
            output = {"output_type": "stream", "name": "stdout", "text": "[[1. 2.]\n [3. 4.]]\n"}
        cell["outputs"], cell["execution_count"] = [output], draw.randrange(1, 200)


def _notes() -> bytes:
    """A notebook of one's own, with nothing of the course in it."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Notes\nAsk about dw."}
    return json.dumps(
        {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _archive(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, DUE.timetuple()[:6]), content)
    return file.getvalue()
