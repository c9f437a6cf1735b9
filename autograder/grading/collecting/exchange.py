"""Collecting from nbgrader's exchange: nbgrader's own collect, and what it changed."""

from __future__ import annotations

import logging
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from traitlets.config import Config

from autograder.grading.batch import check_chapter
from autograder.grading.classes.classroom import Classroom, configure
from autograder.grading.classes.nbgrader_config import load_nbgrader_config
from autograder.grading.classes.roster import ROSTER, read_roster
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.collecting.collect import Outcome
from autograder.grading.collecting.placing import COLLECTED, REPLACED, UNCHANGED, CollectError, Row
from autograder.grading.records import fingerprint


def collect_from_exchange(classroom: Classroom, chapter: str) -> Outcome:
    """Collect a chapter as ``nbgrader collect --update`` does.

    Raises
    ------
    CollectError
        If nbgrader refuses. The message is nbgrader's own.
    """
    check_chapter(classroom.course, chapter)
    config = (load_nbgrader_config(classroom.root) if classroom.has_nbgrader_config
              else configure(Config(), classroom))
    if not Path(config.Exchange.root).is_dir():
        raise CollectError("there is no exchange yet: `autograder release` makes it; to collect "
                           "from a learning platform, give the zip that it made")
    students = read_roster(classroom.folder / ROSTER)
    before = {name: fingerprint(classroom.submitted(chapter, name))
              for name in classroom.students_with_folders(chapter)}
    log = _nbgraders_collect(config, chapter)
    outcome = Outcome("nbgrader's exchange")
    for name in classroom.students_with_folders(chapter):
        folder = classroom.submitted(chapter, name)
        what = COLLECTED if name not in before else (
            UNCHANGED if before[name] == fingerprint(folder) else REPLACED)
        notes = []
        if students and name not in {student.id for student in students}:
            known = [s.id for s in students if s.login == name]
            notes.append(f"this is the login of {known[0]}: with the exchange, login and id have "
                         "to be the same" if known else f"is not in {ROSTER}")
        outcome.rows.append(Row(name, what, read_timestamp(folder).when, tuple(notes)))
    there = {row.student for row in outcome.rows}
    outcome.missing = [student.id for student in students if student.id not in there]
    outcome.notes = [" ".join(said.split()) for said in re.findall(
        r"\| WARNING\] (.*(?:\n(?!\[).*)*)", log) if "to collect" not in said]
    return outcome


def _nbgraders_collect(config: Config, chapter: str) -> str:
    """Run it; its log."""
    from nbgrader.apps import NbGraderAPI

    logging.getLogger("traitlets").setLevel(logging.ERROR)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        done = NbGraderAPI(config=config).collect(chapter, update=True)
    log = done.get("log") or ""
    if not done["success"]:
        error = (done.get("error") or "").strip().split("\n")[-1].rpartition("Error: ")[2]
        said = re.findall(r"\| ERROR\] (.*)", log) or [error]
        raise CollectError(f"nbgrader cannot collect {chapter}: {' '.join(said).strip()}; to "
                           "collect from a learning platform, give the zip that it made")
    return log
