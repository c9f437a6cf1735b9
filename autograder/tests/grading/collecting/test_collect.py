"""Collecting: every submission comes to its student, nothing is lost, and twice is as once."""

import csv
import io
import json
import zipfile

import nbformat
import pytest
from rich.console import Console

from autograder.authoring.build import source_notebook
from autograder.cli import main
from autograder.course import Course
from autograder.grading.batch import grade_batch
from autograder.grading.classes.roster import Student, write_roster
from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.collecting.collect import Outcome, collect_download
from autograder.grading.collecting.collected_table import print_collected
from autograder.grading.collecting.placing import CollectError, Row
from autograder.grading.submissions.finding import find
from autograder.tests.conftest import CHAPTER, FULL, REPOSITORY
from autograder.tests.grading.collecting.test_downloads import zipped

NAME = f"{CHAPTER}.ipynb"
STUDENTS = [
    Student("ada", "101", "S101", "al1", "Lovelace, Ada", "ada@example.org"),
    Student("bruno", "102", "S102", "bm2", "Bruno Müller", "bruno@example.org"),
    Student("wei1", login="w1", name="Li Wei"),
    Student("wei2", login="w2", name="Li Wei"),
]
BLANK = (REPOSITORY / "course" / CHAPTER / NAME).read_bytes()


@pytest.fixture(scope="session")
def solved():
    """A notebook with all answers."""
    made = nbformat.from_dict(source_notebook(Course(REPOSITORY), CHAPTER))
    return nbformat.writes(made).encode()


@pytest.fixture
def listed(classroom):
    """A class with a list of students."""
    classroom.folder.mkdir(parents=True)
    write_roster(classroom.folder / "students.csv", STUDENTS)
    return classroom


def collect(classroom, download, *by_hand):
    return collect_download(classroom, CHAPTER, download, by_hand)


def what(outcome):
    return {row.student: row.what for row in outcome.rows}


def nobodys(outcome):
    return {one.name: one.why for one in outcome.not_assigned}


def notes(outcome, student):
    return "; ".join(*(row.notes for row in outcome.rows if row.student == student))


def files_of(classroom, student):
    folder = classroom.submitted(CHAPTER, student)
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def everything(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in folder.rglob("*") if path.is_file()}


DOWNLOADS = {
    "Canvas": {f"lovelaceada_101_9001_{NAME}": b"A", f"x_LATE_102_9002_{CHAPTER}-1.ipynb": b"B"},
    "Moodle": {f"Ada Lovelace_7_assignsubmission_file/{NAME}": b"A",
               f"Bruno Mu\u0308ller_8_assignsubmission_file_/{NAME}": b"B"},
    "Brightspace": {"index.html": b"<html>",
                    f"5-7 - ada lovelace - Nov 21, 2026 1159 PM/{NAME}": b"A",
                    f"6-7 - Bruno Muller - Nov 21, 2026 905 AM/{NAME}": b"B"},
    "Blackboard": {f"{CHAPTER}_al1_attempt_2026-11-20-10-00-00_{NAME}": b"A",
                   f"{CHAPTER}_al1_attempt_2026-11-20-10-00-00.txt": b"Name: Ada Lovelace (al1)\n",
                   f"{CHAPTER}_bm2_attempt_2026-11-20-10-00-00_{NAME}": b"B"},
}


@pytest.mark.parametrize("as_folder", [False, True], ids=["zip", "folder"])
@pytest.mark.parametrize("platform", DOWNLOADS)
def test_download_of_each_platform_comes_to_its_students(listed, tmp_path, platform, as_folder):
    path = zipped(tmp_path / "all.zip", DOWNLOADS[platform])
    if as_folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "all" / "unpacked")
        path = tmp_path / "all"
    outcome = collect(listed, path)
    assert what(outcome) == {"ada": "collected", "bruno": "collected"}
    assert (outcome.not_assigned, outcome.left_out) == ([], [])
    assert outcome.missing == ["wei1", "wei2"]
    assert platform in outcome.source
    for student, content in (("ada", b"A"), ("bruno", b"B")):
        assert files_of(listed, student)[NAME] == content
    told = read_timestamp(listed.submitted(CHAPTER, "ada")).when
    assert (told is not None) == (platform in ("Brightspace", "Blackboard"))


@pytest.mark.parametrize("platform", DOWNLOADS)
def test_collecting_twice_changes_nothing(listed, tmp_path, platform):
    path = zipped(tmp_path / "all.zip", DOWNLOADS[platform])
    collect(listed, path)
    before = everything(listed.submitted(""))
    outcome = collect(listed, path)
    assert what(outcome) == {"ada": "unchanged", "bruno": "unchanged"}
    assert everything(listed.submitted("")) == before
    assert not (listed.folder / "replaced").exists()


def test_what_an_instructor_mended_is_left_alone(listed, tmp_path):
    path = zipped(tmp_path / "all.zip", DOWNLOADS["Canvas"])
    collect(listed, path)
    (listed.submitted(CHAPTER, "ada") / NAME).write_bytes(b"mended")
    assert what(collect(listed, path))["ada"] == "unchanged"
    assert files_of(listed, "ada")[NAME] == b"mended"


def test_nothing_that_cannot_be_assigned_is_dropped(listed, tmp_path):
    path = zipped(tmp_path / "all.zip", {
        f"liwei_555_1_{NAME}": b"1", f"lovelaceada_666_2_{NAME}": b"2", "readme.md": b"3",
        f"anon_aB3dE_4_{NAME}": b"4", f"lovelaceada_101_5_{NAME}": b"5",
    })
    outcome = collect(listed, path)
    assert what(outcome) == {"ada": "collected"}
    assert files_of(listed, "ada")[NAME] == b"5"
    assert nobodys(outcome) == {
        "liwei_555": "several are called so: wei1, wei2",
        "lovelaceada_666": "ada is called so, but has another lms_id than 666",
        "readme.md": "it is not named as Canvas names files",
        "anon_aB3dE": "nobody in the list of students is called so",
    }


def test_two_people_of_one_name_get_neither_of_both(listed, tmp_path):
    path = zipped(tmp_path / "all.zip", {
        f"Ada Lovelace_{number}_assignsubmission_file/{NAME}": b"x" for number in (1, 2)})
    outcome = collect(listed, path)
    assert what(outcome) == {}
    assert nobodys(outcome)["Ada Lovelace_1"] == "it may be ada's, and so may Ada Lovelace_2"


def test_what_is_assigned_by_hand_is_remembered(listed, tmp_path):
    path = zipped(tmp_path / "all.zip", {f"liwei_555_1_{NAME}": b"1", f"liwei_556_2_{NAME}": b"2"})
    assert what(collect(listed, path, "liwei_555=wei2")) == {"wei2": "collected"}
    outcome = collect(listed, path)
    assert what(outcome) == {"wei2": "unchanged"}
    assert list(nobodys(outcome)) == ["liwei_556"]


@pytest.mark.parametrize("by_hand, told", [
    ("liwei_5=ada", "is called 'liwei_5'"), ("liwei_555=grace", "'grace' is no id"),
    ("liwei_555", "takes NAME=STUDENT"),
])
def test_wrong_assignment_is_told_and_nothing_is_done(listed, tmp_path, by_hand, told):
    path = zipped(tmp_path / "all.zip", {f"liwei_555_1_{NAME}": b"1"})
    with pytest.raises(CollectError, match=told):
        collect(listed, path, by_hand)
    assert not listed.submitted("").exists()


def test_login_with_an_underscore_is_told_by_blackboards_own_text(listed, tmp_path):
    write_roster(listed.folder / "students.csv", [Student("b", login="b"),
                                                  Student("ada", login="ada_b")])
    files = {f"hw_ada_b_attempt_2026-11-20-10-00-00_{NAME}": b"x"}
    outcome = collect(listed, zipped(tmp_path / "a.zip", files))
    assert nobodys(outcome) == {"hw_ada_b": "several are called so: ada, b"}
    files["hw_ada_b_attempt_2026-11-20-10-00-00.txt"] = b"Name: Ada Byron (ada_b)\r\nAssignment: "
    assert what(collect(listed, zipped(tmp_path / "b.zip", files))) == {"ada": "collected"}


def test_group_before_the_name_is_passed_over(listed, tmp_path):
    name = f"Lab 1-b-Ada Lovelace_7_assignsubmission_file/{NAME}"
    path = zipped(tmp_path / "a.zip", {name: b"x"})
    assert what(collect(listed, path)) == {"ada": "collected"}


# Several attempts, several files


def blackboard(*attempts):
    """Ada's attempts: time of day, and the content of the notebook; None for a text only."""
    files = {}
    for hour, content in attempts:
        stem = f"{CHAPTER}_al1_attempt_2026-11-20-{hour:02}-00-00"
        files[f"{stem}.txt"] = b"Name: Ada Lovelace (al1)\n"
        if content is not None:
            files[f"{stem}_{NAME}"] = content
    return files


def hour_of(classroom, student="ada"):
    return read_timestamp(classroom.submitted(CHAPTER, student)).when.hour


def test_newest_attempt_counts(listed, tmp_path, solved):
    other = solved.replace(b"axis=0", b"axis=1")
    outcome = collect(listed, zipped(tmp_path / "a.zip", blackboard((9, other), (11, solved))))
    assert files_of(listed, "ada")[NAME] == solved
    assert hour_of(listed) == 11
    assert notes(outcome, "ada") == "2 attempts; the newest counts"


@pytest.mark.parametrize("newest, why", [
    (BLANK, "nothing is answered in it"), (None, "no notebook was handed in"),
    (b"{cut off", "the file is damaged"), (b"", "the file"),
])
def test_newest_attempt_without_answers_does_not_count(listed, tmp_path, solved, newest, why):
    outcome = collect(listed, zipped(tmp_path / "a.zip", blackboard((9, solved), (11, newest))))
    assert files_of(listed, "ada")[NAME] == solved
    assert hour_of(listed) == 9
    assert "not the newest, but that of 2026-11-20 09:00" in notes(outcome, "ada")
    assert why in notes(outcome, "ada")


def test_where_nothing_is_answered_the_newest_counts(listed, tmp_path):
    outcome = collect(listed, zipped(tmp_path / "a.zip", blackboard((9, b"{"), (11, BLANK))))
    assert hour_of(listed) == 11
    assert "without an answer in any" in notes(outcome, "ada")


def test_text_without_a_file_is_no_submission(listed, tmp_path):
    outcome = collect(listed, zipped(tmp_path / "a.zip", blackboard((9, None))))
    assert what(outcome) == {"ada": "nothing handed in"}
    assert "ada" in outcome.missing


def test_notebook_with_answers_is_the_one_that_grading_takes(listed, tmp_path, solved):
    path = zipped(tmp_path / "a.zip", {
        f"lovelaceada_101_1_{NAME}": BLANK, "lovelaceada_101_2_final.ipynb": solved})
    outcome = collect(listed, path)
    assert "of 2 files final.ipynb is read" in notes(outcome, "ada")
    found = find(listed.submitted(CHAPTER, "ada"), CHAPTER)
    assert sorted(file.name for file in found.files) == [NAME, "final.ipynb"]


def test_of_two_files_of_one_name_on_canvas_the_newest_gets_it(listed, tmp_path, solved):
    other = solved.replace(b"axis=0", b"axis=1")
    path = zipped(tmp_path / "a.zip", {f"lovelaceada_101_1_{NAME}": other,
                                       f"lovelaceada_101_2_{CHAPTER}-1.ipynb": solved})
    outcome = collect(listed, path)
    assert files_of(listed, "ada") == {NAME: solved, f"{CHAPTER} (2).ipynb": other}
    assert f"{NAME} is read" in notes(outcome, "ada")


def test_archive_that_was_handed_in_stays_for_grading_to_open(listed, tmp_path, solved):
    own = zipped(tmp_path / "own.zip", {f"work/{NAME}": solved}).read_bytes()
    path = zipped(tmp_path / "a.zip", {"lovelaceada_101_1_work.zip": own})
    collect(listed, path)
    assert files_of(listed, "ada") == {"work.zip": own}


def test_downloads_in_a_folder_are_opened(listed, tmp_path):
    (tmp_path / "both").mkdir()
    for name, content in DOWNLOADS["Canvas"].items():
        zipped(tmp_path / "both" / f"{content.decode()}.zip", {name: content})
    assert what(collect(listed, tmp_path / "both")) == {"ada": "collected", "bruno": "collected"}


# Older and newer


def test_newer_submission_takes_the_place_and_the_one_before_is_kept(listed, tmp_path):
    collect(listed, zipped(tmp_path / "a.zip", blackboard((9, b"old"))))
    outcome = collect(listed, zipped(tmp_path / "b.zip", blackboard((11, b"new"))))
    assert what(outcome) == {"ada": "replaced"}
    assert files_of(listed, "ada")[NAME] == b"new"
    kept = listed.folder / "replaced" / CHAPTER / "ada" / "1"
    assert (kept / NAME).read_bytes() == b"old"
    assert f"replaced/{CHAPTER}/ada/1" in notes(outcome, "ada")


def test_older_submission_never_takes_the_place_of_a_newer_one(listed, tmp_path):
    collect(listed, zipped(tmp_path / "b.zip", blackboard((11, b"new"))))
    outcome = collect(listed, zipped(tmp_path / "a.zip", blackboard((9, b"old"))))
    assert what(outcome) == {"ada": "kept"}
    assert files_of(listed, "ada")[NAME] == b"new"


def test_where_canvas_tells_no_time_the_number_of_the_file_does(listed, tmp_path):
    def canvas(number, content):
        return collect(listed, zipped(tmp_path / f"{number}.zip",
                                      {f"lovelaceada_101_{number}_{NAME}": content}))

    canvas(20, b"second")
    assert what(canvas(10, b"first")) == {"ada": "kept"}
    assert what(canvas(30, b"third")) == {"ada": "replaced"}
    assert files_of(listed, "ada") == {NAME: b"third"}


def test_what_moodle_had_before_never_comes_back(listed, tmp_path):
    def moodle(name, content):
        return collect(listed, zipped(
            tmp_path / name, {f"Ada Lovelace_7_assignsubmission_file/{NAME}": content}))

    moodle("a.zip", b"first")
    outcome = moodle("b.zip", b"second")
    assert "which of the two is newer is not known" in notes(outcome, "ada")
    assert what(moodle("a.zip", b"first")) == {"ada": "kept"}
    assert files_of(listed, "ada") == {NAME: b"second"}


def test_the_same_file_from_elsewhere_is_no_new_submission(listed, tmp_path):
    folder = listed.submitted(CHAPTER, "ada")
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"A")
    assert what(collect(listed, zipped(tmp_path / "a.zip", DOWNLOADS["Canvas"])))["ada"] == (
        "unchanged")


def test_late_mark_without_a_time_is_told(listed, tmp_path):
    outcome = collect(listed, zipped(tmp_path / "a.zip", DOWNLOADS["Canvas"]))
    assert "marked as late" in notes(outcome, "bruno")
    assert notes(outcome, "ada") == ""


# What students may try


def test_students_own_timestamp_is_not_believed(listed, tmp_path):
    files = {f"Ada Lovelace_7_assignsubmission_file/{name}": content for name, content in {
        NAME: b"A", "Timestamp.TXT": b"2020-01-01 00:00:00 UTC",
        "data/timestamp.txt": b"mine"}.items()}
    outcome = collect(listed, zipped(tmp_path / "a.zip", files))
    assert sorted(files_of(listed, "ada")) == [NAME, "data/timestamp.txt"]
    assert "says nothing" in outcome.left_out[0].why


def test_one_name_for_a_file_and_a_folder_harms_nobody(listed, tmp_path):
    files = {f"Ada Lovelace_7_assignsubmission_file/{name}": b"A"
             for name in (NAME, f"{NAME}/x", f"{NAME}/y")}
    files |= {f"Bruno Müller_8_assignsubmission_file/{NAME}": b"B"}
    outcome = collect(listed, zipped(tmp_path / "a.zip", files))
    assert what(outcome) == {"ada": "collected", "bruno": "collected"}
    assert len(outcome.left_out) == 2


def test_student_with_too_much_is_cut_off_and_others_are_not(listed, tmp_path, monkeypatch):
    from autograder.grading.collecting import attempts

    monkeypatch.setattr(attempts, "MOST_FILES", 3)
    monkeypatch.setattr(attempts, "MOST_BYTES", 1000)
    files = {f"Ada Lovelace_7_assignsubmission_file/a{k}.txt": b"x" for k in range(9)}
    files |= {f"Bruno Müller_8_assignsubmission_file/{NAME}": b"B" * 999,
              "Bruno Müller_8_assignsubmission_file/z": b"B" * 2}
    outcome = collect(listed, zipped(tmp_path / "a.zip", files))
    assert len(files_of(listed, "ada")) == 3
    assert list(files_of(listed, "bruno")) == [NAME]
    assert {one.why for one in outcome.left_out} == {
        "one attempt has more than 3 files", "one attempt has more than 0 MB"}


def test_folder_for_staging_does_not_stay(listed, tmp_path):
    collect(listed, zipped(tmp_path / "a.zip", DOWNLOADS["Canvas"]))
    assert sorted(path.name for path in listed.submitted("").iterdir()) == ["ada", "bruno"]


# What is told


def test_what_needs_a_person_is_printed_and_listed_as_text(listed, tmp_path):
    path = zipped(tmp_path / "a.zip", {"=1+1[red]_7_assignsubmission_file/x.ipynb": b"x",
                                       "../../evil": b"x",
                                       f"Ada Lovelace_8_assignsubmission_file/{NAME}": b"A"})
    outcome = collect(listed, path)
    console = Console(width=200, record=True, highlight=False)
    print_collected(outcome, CHAPTER, listed.folder, console)
    shown = console.export_text()
    assert "=1+1[red]_7" in shown and "../../evil" in shown and "--assign" in shown
    assert "Handed in nothing: bruno, wei1, wei2" in shown
    assert "1 collected, 1 not assigned, 3 handed in nothing, files left out: 1." in shown
    listing = listed.folder / "collected" / f"{CHAPTER}-not-assigned.csv"
    rows = list(csv.reader(listing.open(encoding="utf-8", newline="")))
    assert [row[0] for row in rows] == ["name", "'=1+1[red]_7", "../../evil"]


def test_what_is_nobodys_stays_listed_until_it_is_somebodys(listed, tmp_path):
    listing = listed.folder / "collected" / f"{CHAPTER}-not-assigned.csv"

    def names_listed(name, files, by_hand=()):
        outcome = collect(listed, zipped(tmp_path / name, files), *by_hand)
        console = Console(width=200, record=True, highlight=False)
        print_collected(outcome, CHAPTER, listed.folder, console)
        told = "of earlier collections" in console.export_text()
        with listing.open(encoding="utf-8", newline="") as file:
            return [row["name"] for row in csv.DictReader(file)], told

    hers, odd = f"Ada Lovelace_8_assignsubmission_file/{NAME}", "=1_7_assignsubmission_file"
    morning = {f"{odd}/x.ipynb": b"x", "../../evil": b"x", hers: b"A"}
    both = ["'=1_7", "../../evil"]
    assert names_listed("morning.zip", morning) == (both, False)
    # The other half of the class. What was listed before is still nobody's.
    liwei = {f"liwei_555_1_{NAME}": b"1"}
    assert names_listed("evening.zip", liwei) == ([*both, "liwei_555"], True)
    assert names_listed("evening.zip", liwei) == ([*both, "liwei_555"], True)
    assert names_listed("evening.zip", liwei, ["liwei_555=wei1"]) == (both, True)
    # A newer download, in which the same name has a file once more.
    assert names_listed("later.zip", {f"{odd}/y.ipynb": b"y", hers: b"A"}) == (
        ["../../evil", "'=1_7"], True)
    outcome = collect(listed, zipped(tmp_path / "morning.zip", {hers: b"A"}))
    print_collected(outcome, CHAPTER, listed.folder, Console(file=io.StringIO()))
    outcome = collect(listed, zipped(tmp_path / "later.zip", {hers: b"A"}))
    print_collected(outcome, CHAPTER, listed.folder, Console(file=io.StringIO()))
    assert not listing.exists()


def run(classroom, monkeypatch, capsys, *arguments):
    monkeypatch.chdir(classroom.course.root)
    status = main(["collect", *map(str, arguments)])
    return status, capsys.readouterr()


def test_command_collects(listed, tmp_path, monkeypatch, capsys):
    path = zipped(tmp_path / "a.zip", {f"liwei_555_1_{NAME}": b"1"})
    status, out = run(listed, monkeypatch, capsys, CHAPTER, path, "--assign", "liwei_555=wei1")
    assert (status, out.err) == (0, "")
    assert files_of(listed, "wei1") == {NAME: b"1"}


@pytest.mark.parametrize("make, told", [
    (lambda folder: folder / "no.zip", "there is no"),
    (lambda folder: zipped(folder / "a.zip", {"a.ipynb": b""}), "nothing in"),
    (lambda folder: folder, "nothing in"),
])
def test_wrong_download_ends_in_one_line(listed, tmp_path, monkeypatch, capsys, make, told):
    (tmp_path / "empty").mkdir()
    status, out = run(listed, monkeypatch, capsys, CHAPTER, make(tmp_path / "empty"))
    assert status == 1
    assert told in out.err and out.err.count("\n") == 1


def test_without_a_list_of_students_it_is_asked_for(classroom, tmp_path, monkeypatch, capsys):
    path = zipped(tmp_path / "a.zip", DOWNLOADS["Canvas"])
    status, out = run(classroom, monkeypatch, capsys, CHAPTER, path)
    assert status == 1
    assert "students.csv: write the columns id,lms_id" in out.err


# nbgrader's exchange


def submit(classroom, student, when, content):
    """What nbgrader's submit leaves in the exchange."""
    name = f"{student}+{CHAPTER}+{when}+abcdef"
    folder = classroom.folder / "exchange" / "backprop" / "inbound" / name
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(content)
    (folder / "timestamp.txt").write_text(when)


def test_exchange_is_collected_by_nbgrader(listed, monkeypatch, capsys):
    submit(listed, "ada", "2026-11-20 09:00:00.000000 UTC", b"{}")
    submit(listed, "grace", "2026-11-20 09:00:00.000000 UTC", b"{}")
    submit(listed, "al1", "2026-11-20 09:00:00.000000 UTC", b"{}")
    status, out = run(listed, monkeypatch, capsys, CHAPTER)
    assert status == 0, out.err
    shown = " ".join(out.out.replace("│", " ").split())
    assert "3 collected, 0 not assigned, 3 handed in nothing" in shown
    assert "Handed in nothing: bruno, wei1, wei2" in shown
    assert "is not in students.csv" in shown
    assert "this is the login of ada" in shown
    _, again = run(listed, monkeypatch, capsys, CHAPTER)
    assert "3 unchanged" in again.out
    submit(listed, "ada", "2026-11-21 09:00:00.000000 UTC", b"[]")
    _, newer = run(listed, monkeypatch, capsys, CHAPTER)
    assert "1 replaced" in newer.out
    assert files_of(listed, "ada")[NAME] == b"[]"


def test_without_an_exchange_it_is_told_in_one_line(listed, monkeypatch, capsys):
    status, out = run(listed, monkeypatch, capsys, CHAPTER)
    assert status == 1
    assert "there is no exchange yet" in out.err and out.err.count("\n") == 1
    (listed.folder / "exchange").mkdir()
    status, out = run(listed, monkeypatch, capsys, CHAPTER)
    assert status == 1
    assert "nbgrader cannot collect" in out.err and out.err.count("\n") == 1


def test_memory_that_is_damaged_is_begun_anew(listed, tmp_path):
    path = zipped(tmp_path / "a.zip", DOWNLOADS["Canvas"])
    collect(listed, path)
    memory = listed.folder / "collected" / f"{CHAPTER}.json"
    assert json.loads(memory.read_text())["orders"] == {"ada": 9001, "bruno": 9002}
    memory.write_text("{")
    assert set(what(collect(listed, path)).values()) == {"unchanged"}


def test_of_a_large_class_only_those_to_be_noted_are_shown(listed):
    rows = [Row(f"s{k}", "collected", notes=("look at it",) * (k == 7)) for k in range(300)]
    console = Console(width=200, record=True, highlight=False)
    print_collected(Outcome("a.zip (Canvas)", rows), CHAPTER, listed.folder, console)
    shown = console.export_text()
    assert "s7 " in shown and "look at it" in shown and "s8 " not in shown
    assert "300 collected, 0 not assigned" in shown


@pytest.mark.slow
def test_what_was_collected_is_graded(listed, tmp_path, solved, level):
    """Of two notebooks and three attempts the same one is graded that collecting has named."""
    path = zipped(tmp_path / "a.zip", blackboard((9, solved), (10, None), (11, BLANK)) | {
        f"{CHAPTER}_bm2_attempt_2026-11-20-10-00-00_{name}": content
        for name, content in {NAME: BLANK, "final.ipynb": solved}.items()})
    collect(listed, path)
    rows = {row.student: row for row in grade_batch(listed, CHAPTER, level=level)}
    assert (rows["ada"].points, rows["bruno"].points) == (FULL, FULL)
    assert any("final.ipynb (" in note for note in rows["bruno"].notes)
