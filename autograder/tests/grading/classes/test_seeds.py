"""The pool of seeds: who meets which hidden cases, and a secret number that is lost."""

import json
import os
from collections import Counter
from datetime import UTC, datetime

import pytest

from autograder.authoring.demo import CLASS, hand_in
from autograder.cli import main
from autograder.grading.batch import grade_batch
from autograder.grading.classes.seeds import POOL, BadSeed, chosen, pool_of, secret_number
from autograder.grading.grader import Grader, HandedIn, Job, chapter_files
from autograder.grading.records import GradedBefore, graded_before
from autograder.tests.conftest import CHAPTER

WHEN = datetime(2026, 1, 10, 12, tzinfo=UTC)


def test_pool_follows_from_the_secret_alone():
    assert pool_of(7) == pool_of(7)
    assert len({*pool_of(7), *pool_of(8), 7, 8}) == 2 * POOL + 2
    # What was drawn once stays: a regrade repeats it in a year.
    assert pool_of(7)[0] == 6084180221138480437
    assert chosen(pool_of(7), CHAPTER, "ada", "00") == 7


def test_classmates_and_attempts_are_spread_over_the_pool():
    seeds = pool_of(7)
    classmates = Counter(chosen(seeds, CHAPTER, f"s{k}", "ab") for k in range(1600))
    attempts = Counter(chosen(seeds, CHAPTER, "ada", f"{k:x}") for k in range(1600))
    for counts in (classmates, attempts):
        assert set(counts) == set(range(POOL))
        assert max(counts.values()) < 160
    assert chosen(pool_of(8), CHAPTER, "ada", "ab") in range(POOL)


def test_regrade_repeats_the_cases_of_the_record(classroom):
    grader = Grader(chapter_files(classroom, CHAPTER), engine=None)
    raw = b"a notebook"
    first = grader.cases_for(HandedIn(raw, job=Job("ada", "", CHAPTER)))
    other = (first + 1) % POOL
    digest = "45e2e49c4a9e2a8e0ec3b5f9f3b5b1a3"
    kept = GradedBefore(_sha(raw), other)
    assert grader.cases_for(HandedIn(raw, job=Job("ada", "", CHAPTER, kept))) == other
    # Another file than that of the record, or a number that the pool does not have.
    for before in (GradedBefore(digest, other), GradedBefore(_sha(raw), POOL)):
        assert grader.cases_for(HandedIn(raw, job=Job("ada", "", CHAPTER, before))) == first


def _sha(raw):
    import hashlib

    return hashlib.sha256(raw).hexdigest()


def test_number_of_the_cases_is_in_the_record_and_repeated(classroom, level):
    hand_in(classroom, next(s for s in CLASS if s.name == "bruno"), WHEN)
    (row,) = grade_batch(classroom, CHAPTER, level=level)
    path = classroom.record(CHAPTER, "bruno")
    record = json.loads(path.read_text())
    assert record["cases"] in range(POOL)
    assert record["class_seed"] == classroom.seed()
    other = (record["cases"] + 1) % POOL
    path.write_text(json.dumps({**record, "cases": other}))
    assert graded_before(classroom, CHAPTER, "bruno").cases == other
    (again,) = grade_batch(classroom, CHAPTER, level=level, again=True)
    assert json.loads(path.read_text())["cases"] == other
    assert (again.before, again.now, again.findings) == (row.now, row.now, row.findings)


def test_secret_is_drawn_once_and_for_its_owner_alone(classroom):
    path = classroom.folder / "seed"
    secret = classroom.seed()
    assert (classroom.seed(), path.stat().st_mode & 0o777) == (secret, 0o600)
    path.write_text("281474976710655\n")  # as it was drawn once
    assert classroom.seed() == 281474976710655


@pytest.mark.parametrize("text", [b"", b" \n", b"abc\n", b"12\n34\n", b"-5\n", b"1.5", b"\xff\xfe1",
                                  b"12 34", b"9" * 100])
def test_damaged_secret_is_told_in_one_line_and_left_alone(classroom, text, capsys, monkeypatch):
    path = classroom.folder / "seed"
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(BadSeed) as caught:
        classroom.seed()
    assert "\n" not in str(caught.value)
    assert "from a backup" in str(caught.value)
    assert "delete the file" in str(caught.value)
    assert path.read_bytes() == text


def test_batch_without_a_usable_secret_ends_in_one_line_and_goes_on_when_mended(
    classroom, level, capsys, monkeypatch
):
    monkeypatch.chdir(classroom.course.root)
    hand_in(classroom, CLASS[0], WHEN)
    secret = classroom.seed()
    path = classroom.folder / "seed"
    assert list(grade_batch(classroom, CHAPTER, level=level))
    record = classroom.record(CHAPTER, CLASS[0].name)
    kept = record.read_bytes()
    path.write_text("")
    assert main(["grade", CHAPTER, "--again", "--jobs", "1"]) == 1
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert f'"class_seed" in {record}' in told
    assert record.read_bytes() == kept
    path.write_text(f"{json.loads(kept)['class_seed']}\n")
    assert main(["grade", CHAPTER, "--again", "--yes", "--jobs", "1"]) == 0
    assert classroom.seed() == secret
    assert json.loads(record.read_bytes())["cases"] == json.loads(kept)["cases"]


def test_new_secret_of_an_old_class_is_not_drawn_without_a_word(tmp_path, capsys):
    secret_number(tmp_path / "seed", tmp_path / "records")
    assert capsys.readouterr().err == ""
    record = tmp_path / "records" / CHAPTER / "ada.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"class_seed": 5}')
    (tmp_path / "seed").unlink()
    assert secret_number(tmp_path / "seed", tmp_path / "records") != 5
    assert "a new number is drawn" in capsys.readouterr().err


def test_secret_that_is_no_file_or_cannot_be_reached_is_told(tmp_path, monkeypatch):
    (tmp_path / "seed").mkdir()
    with pytest.raises(BadSeed, match="is not a file"):
        secret_number(tmp_path / "seed", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadSeed, match="is not a file"):
        secret_number(tmp_path / "link", tmp_path)

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BadSeed, match=r"cannot be written \(Permission denied\)"):
        secret_number(tmp_path / "class" / "seed", tmp_path)
    assert not (tmp_path / "class" / "seed").exists()


def test_full_disk_leaves_no_empty_secret(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograder.grading.classes.seeds.secrets.randbits", full)
    with pytest.raises(BadSeed, match="No space left"):
        secret_number(tmp_path / "seed", tmp_path)
    assert not (tmp_path / "seed").exists()
