"""A gradebook in PostgreSQL: a real server, the sample class, our engine and stock nbgrader."""

import csv
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest

from autograder.authoring.demo import CLASS, make_sample_class
from autograder.course import Course
from autograder.grading.batch import grade_batch
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.database import GradebookError, open_database
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.classes.new_class import TEMPLATES, init_class
from autograder.grading.classes.standings import standings
from autograder.grading.release import release_chapter
from autograder.tests.conftest import CHAPTER, make_checkout

pytestmark = pytest.mark.slow


def program(name: str) -> str:
    """A program of the server; Debian does not put it on the PATH."""
    found = [*sorted(glob(f"/usr/lib/postgresql/*/bin/{name}")), shutil.which(name)]
    if not (usable := [path for path in found if path]):
        pytest.skip(f"there is no PostgreSQL server here: no program {name}")
    return usable[0]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database in a server of its own, which listens on no network."""
    pytest.importorskip("psycopg")
    initdb, control = program("initdb"), program("pg_ctl")
    # Not pytest's own folder: nobody else may enter that, and the name of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = None
    if os.geteuid() == 0:  # which initdb refuses
        user = "nobody"
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], user=user, cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    data = folder / "data"
    try:
        run(initdb, "-D", data, "-U", "course", "-A", "trust", "--no-sync", "--locale=C",
            "--encoding=UTF8")
        run(control, "-D", data, "-w", "-l", folder / "log", "start",
            "-o", f"-k {folder} -c listen_addresses='' -c fsync=off")
        try:
            yield f"postgresql://course@/postgres?host={folder}"
        finally:
            run(control, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def classroom(server, tmp_path_factory) -> Classroom:
    """The sample class in a folder of its own, with its gradebook in the server."""
    home = tmp_path_factory.mktemp("classes")
    make_checkout(home / "checkout")
    folder = home / "checkout" / "autumn"
    folder.mkdir()
    written = f'name = "autumn"\ndatabase = "{server}"\n'
    written += f"[due]\n{CHAPTER} = 2026-01-10T12:00:00\n[late]\npoints_per_hour = 1000\n"
    (folder / CLASS_FILE).write_text(written)
    (folder / "students.csv").write_text('id,name\nada,"Lovelace, Ada"\n')
    shutil.copy(TEMPLATES / "nbgrader_config.py.j2", folder / "nbgrader_config.py")
    init_class(folder, None)
    return Classroom.at(folder)


def test_sample_class_is_released_graded_and_exported(classroom, level):
    told = release_chapter(classroom, CHAPTER)
    assert f"{CHAPTER}: due 2026-01-10 12:00 UTC." in told
    make_sample_class(classroom)  # long after the due date
    rows = {row.student: row for row in grade_batch(classroom, CHAPTER, level=level, jobs=2)}
    assert set(rows) == {student.name for student in CLASS}
    assert rows["bruno"].findings and rows["bruno"].now == rows["bruno"].penalty > 0
    known = standings(classroom, CHAPTER)
    assert {name: one.before_penalty for name, one in known.items()} == {
        name: row.now for name, row in rows.items()}
    assert {one.score for one in known.values()} == {0.0}
    assert known["ada"].waits_for == ("written",)
    assert not (classroom.folder / "gradebook.db").exists()

    done = subprocess.run([sys.executable, "-m", "nbgrader", "export"], cwd=classroom.folder,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (classroom.folder / "grades.csv").open(newline="") as file:
        exported = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: float(row["raw_score"]) for name, row in exported.items()} == {
        name: row.now for name, row in rows.items()}
    assert exported["ada"]["last_name"] == "Lovelace"


def test_another_class_is_not_mixed_into_it(classroom, tmp_path):
    other = tmp_path / "spring"
    other.mkdir()
    text = (classroom.folder / CLASS_FILE).read_text()
    (other / CLASS_FILE).write_text(text.replace('"autumn"', '"spring"'))
    with pytest.raises(GradebookError, match="class autumn: every class needs a database"):
        init_class(other, None)


def test_url_may_stand_in_nbgrader_config(server, tmp_path):
    course = make_checkout(tmp_path / "checkout", ())
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc = get_config()\n"
                      f"c.CourseDirectory.db_url = {server!r}\n")
    classroom = Classroom.of(Course(course.root))
    assert classroom.db_url == server
    assert Classroom(course, course.root / "build" / "demo").db_url.startswith("sqlite:///")


def test_server_that_is_not_there_is_one_line(classroom, tmp_path, monkeypatch):
    with pytest.raises(GradebookError, match=r"cannot be read: .*fail") as told:
        monkeypatch.setitem(classroom.__dict__, "db_url", f"postgresql://x@/y?host={tmp_path}")
        GradeWriter(classroom, CHAPTER)
    assert "\n" not in str(told.value)


def test_kind_of_database_that_nobody_knows_is_one_line():
    with pytest.raises(GradebookError, match="cannot be opened"):
        open_database("papyrus://scroll")
