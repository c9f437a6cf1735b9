"""A learner's folder: filled once, brought up to date, and never written over."""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest

from autograder import working_copy
from autograder.brought import call_of, is_unedited
from autograder.cells import BROUGHT, WRITTEN_ANSWER
from autograder.exercises import CHAPTERS, NoSuchChapter
from autograder.seal import KEY, is_written_in
from autograder.tests.built_on import (
    BUILT_ON,
    FORWARD,
    RELU_BACKWARD,
    learner,
    let_it_bring,
    stub,
)
from autograder.tests.notebooks import (
    code,
    exercise,
    insert,
    put,
    question,
    sealed,
    source,
    text,
    write,
)
from autograder.working_copy import NotServed, keep_what_was_written, start

FIRST, SECOND = CHAPTERS[0], CHAPTERS[3]
BOTH = (FIRST, SECOND)
ANSWER = "def scale(x):\n    return 2 * x"
OLD = sealed(text("cell-000", "# Title"), exercise("scale"), exercise("sigmoid_forward"),
             exercise("shift"), question())
NEW = sealed(text("cell-000", "# A better title"), exercise("scale", signature="(x, factor)"),
             exercise("turn"), question())


class Desk:
    """A course of two chapters, and a learner's folder that is not there yet."""

    def __init__(self, folder: Path):
        self.released, self.mine = folder / "course", folder / "my-course"
        self.release(OLD)

    def release(self, notebook: dict) -> None:
        for chapter in BOTH:
            put(notebook, self.released, chapter)

    def path(self, chapter: str = SECOND) -> Path:
        return self.mine / chapter / f"{chapter}.ipynb"

    def read(self, chapter: str = SECOND) -> dict:
        return json.loads(self.path(chapter).read_text(encoding="utf-8"))

    def write(self, notebook: dict, chapter: str = SECOND) -> None:
        put(notebook, self.mine, chapter)

    def start(self, *chapters: str):
        return start(self.mine, self.released, chapters or BOTH)

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.mine).as_posix(): path.read_bytes()
                for path in self.mine.rglob("*") if path.is_file()}


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path / "a home")


def fresh(notebook: dict) -> dict:
    return json.loads(json.dumps(notebook))


def test_chapters_are_copied_as_they_are_released(desk):
    started = desk.start()
    assert started.lines == [f"Copied into {desk.mine}: {FIRST}, {SECOND}."]
    assert started.problems == []
    for chapter in BOTH:
        released = desk.released / chapter / f"{chapter}.ipynb"
        assert desk.path(chapter).read_bytes() == released.read_bytes()
    assert len(desk.files()) == 2


def test_only_the_chapters_that_are_named(desk):
    assert desk.start(SECOND).lines == [f"Copied into {desk.mine}: {SECOND}."]
    assert set(desk.files()) == {f"{SECOND}/{SECOND}.ipynb"}
    with pytest.raises(NoSuchChapter):
        desk.start("03_afine")


def test_a_second_start_changes_nothing_whatever_was_written(desk):
    desk.start()
    desk.write(insert(write(fresh(OLD), "scale", ANSWER), "scale", code("own", "1 + 1")))
    before = desk.files()
    started = desk.start()
    assert started.lines == [f"In {desk.mine} and up to date: {FIRST}, {SECOND}."]
    assert desk.files() == before


def test_a_newer_version_comes_with_the_answers_and_the_old_file_stays(desk):
    mine = insert(write(fresh(OLD), "scale", ANSWER), "scale-check", code("own", "scale(3)"))
    write(mine, "sigmoid_forward", "def sigmoid_forward(x):\n    return x")
    write(mine, WRITTEN_ANSWER, "Because.")
    write(mine, "cell-000", "# My title")
    desk.write(mine)
    before = desk.path().read_bytes()
    desk.release(NEW)
    started = desk.start(SECOND)
    assert started.problems == []
    old = f"{SECOND}.before-{date.today().isoformat()}.ipynb"
    assert desk.files()[f"{SECOND}/{old}"] == before
    assert len(desk.files()) == 2
    now = desk.read()
    assert (source(now, "scale"), source(now, "own")) == (ANSWER, "scale(3)")
    assert source(now, WRITTEN_ANSWER) == "Because."
    assert source(now, "cell-000") == "# A better title"
    assert started.lines == [
        f"{desk.path()}: a new version of the chapter, with 2 answers of yours and 1 cell that you "
        f"added. Run all its cells again. The old file is kept as {old}.",
        "  New: turn.",
        "  Now in 04_activations: sigmoid_forward.",
        "  Gone: shift.",
        "  In the old file only: what you wrote for sigmoid_forward.",
        "  Asked in other words; your answers are kept as they were: scale(x, factor).",
        f"  To compare: autograder start FOLDER --chapter {SECOND} makes a fresh copy in another "
        "folder.",
        "  In the old file only: 1 change of yours to the chapter's own text or code.",
    ]
    assert desk.start(SECOND).lines == [f"In {desk.mine} and up to date: {SECOND}."]


def test_a_newer_version_of_an_unwritten_chapter_takes_its_place(desk):
    desk.start(SECOND)
    desk.release(NEW)
    assert desk.start(SECOND).lines == [
        f"{desk.path()}: a new version of the chapter. Nothing was written in the old one."]
    assert (desk.read(), len(desk.files())) == (NEW, 1)


def test_no_old_file_is_written_over(desk):
    desk.write(write(fresh(OLD), "scale", ANSWER))
    for version in (NEW, OLD):
        desk.release(version)
        desk.start(SECOND)
    names = sorted(name for name in desk.files() if "before" in name)
    assert len(names) == 2 and names[0].endswith("-2.ipynb")


def test_a_copy_without_a_seal_is_left_alone_if_nothing_is_new(desk):
    mine = write(fresh(OLD), "scale", ANSWER)
    del mine["metadata"][KEY]
    desk.write(mine)
    before = desk.files()
    assert "up to date" in desk.start(SECOND).lines[0]
    assert desk.files() == before
    desk.release(NEW)
    desk.start(SECOND)
    assert source(desk.read(), "scale") == ANSWER


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"<<<<<<< HEAD\n{}", b"[]"])
def test_what_is_no_notebook_is_left_alone_and_the_others_are_served(desk, content):
    desk.path(FIRST).parent.mkdir(parents=True)
    desk.path(FIRST).write_bytes(content)
    desk.release(NEW)
    started = desk.start()
    assert started.lines == [f"Copied into {desk.mine}: {SECOND}."]
    (problem,) = started.problems
    assert "\n" not in problem
    assert problem.startswith(f"{desk.path(FIRST)} was left alone: it is not a notebook")
    assert "open it in Jupyter and save it again, or give it another name" in problem
    assert desk.path(FIRST).read_bytes() == content


@pytest.mark.parametrize("linked", ["notebook", "folder", "to nothing"])
def test_links_are_left_alone(desk, tmp_path, linked):
    elsewhere = put(write(fresh(OLD), "scale", ANSWER), tmp_path / "elsewhere", SECOND)
    before = elsewhere.read_bytes()
    if linked == "folder":
        desk.mine.mkdir(parents=True)
        desk.path().parent.symlink_to(elsewhere.parent, target_is_directory=True)
    else:
        desk.path().parent.mkdir(parents=True)
        desk.path().symlink_to(elsewhere if linked == "notebook" else tmp_path / "nothing")
    desk.release(NEW)
    (problem,) = desk.start(SECOND).problems
    assert re.search(r"is a link, and was left alone; put the (file|folder) itself there", problem)
    assert elsewhere.read_bytes() == before
    assert [path.name for path in elsewhere.parent.iterdir()] == [elsewhere.name]
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_is_a_link_to_a_folder_is_one(desk, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    desk.mine.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert desk.start().problems == []
    assert (tmp_path / "elsewhere" / FIRST / f"{FIRST}.ipynb").is_file()


@pytest.mark.parametrize("kind", ["file", "link to nothing", "inside a file"])
def test_a_folder_that_is_none_is_refused_in_one_line(desk, tmp_path, kind):
    if kind == "link to nothing":
        desk.mine.symlink_to(tmp_path / "nothing")
    else:
        desk.mine.write_text("mine")
    if kind == "inside a file":
        desk.mine = desk.mine / "deeper"
    with pytest.raises(NotServed, match=f"{re.escape(str(desk.mine))} ") as refusal:
        desk.start()
    assert "\n" not in str(refusal.value)
    assert kind == "link to nothing" or desk.released.with_name("my-course").read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


def test_a_file_where_a_chapters_folder_belongs_is_told(desk):
    desk.mine.mkdir()
    (desk.mine / FIRST).write_text("mine")
    started = desk.start()
    (problem,) = started.problems
    assert str(desk.path(FIRST)) in problem and "nothing was changed" in problem
    assert (desk.mine / FIRST).read_text() == "mine"
    assert started.lines == [f"Copied into {desk.mine}: {SECOND}."]


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_disk_that_takes_nothing_loses_nothing(desk, monkeypatch, version):
    desk.write(write(fresh(OLD), "scale", ANSWER))
    before = desk.files()
    desk.release(version)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    started = desk.start()
    assert all("No space left on device; nothing was changed" in told for told in started.problems)
    assert len(started.problems) == (1 if version is OLD else 2)
    assert desk.files() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write anywhere")
def test_a_folder_that_nobody_may_write_to_is_told(desk):
    desk.write(write(fresh(OLD), "scale", ANSWER))
    desk.release(NEW)
    desk.path().parent.chmod(0o500)
    try:
        (problem,) = desk.start(SECOND).problems
        assert "Permission denied; nothing was changed" in problem
    finally:
        desk.path().parent.chmod(0o700)
    assert source(desk.read(), "scale") == ANSWER


def test_a_release_that_is_missing_or_damaged_is_told_with_what_to_do(desk):
    (desk.released / FIRST / f"{FIRST}.ipynb").unlink()
    (desk.released / SECOND / f"{SECOND}.ipynb").write_text("{")
    missing, damaged = desk.start().problems
    assert f"{FIRST}.ipynb is missing" in missing and f"autograder build {FIRST}" in missing
    assert f"{SECOND}.ipynb is damaged" in damaged and f"autograder build {SECOND}" in damaged
    assert desk.files() == {}


def test_answers_in_the_courses_own_folder_go_along_into_an_empty_one(desk):
    desk.release(write(fresh(OLD), "scale", ANSWER))
    desk.start()
    assert source(desk.read(), "scale") == ANSWER


def test_answers_in_the_courses_own_folder_are_never_taken_for_a_stub(desk):
    desk.write(write(fresh(OLD), "scale", "def scale(x):\n    return x + x"))
    desk.release(write(fresh(NEW), "scale", ANSWER))
    before = desk.files()
    (problem,) = desk.start(SECOND).problems
    assert "somebody has written in the course's own copy" in problem
    assert f"autograder build {SECOND}" in problem
    assert desk.files() == before


def test_the_notebooks_of_this_package_are_found():
    folder = working_copy.installed_notebooks()
    assert {path.stem for path in folder.glob("*/*.ipynb")} >= set(CHAPTERS)


# What the build does before it writes course/


def keep(desk) -> Path | None:
    path = desk.released / SECOND / f"{SECOND}.ipynb"
    return keep_what_was_written(path, "new", desk.mine)


def test_an_unwritten_notebook_is_not_kept(desk):
    assert keep(desk) is None
    ran = fresh(OLD)
    ran["cells"][1].update(outputs=[{"output_type": "stream"}], execution_count=1)
    desk.release(ran)
    assert keep(desk) is None
    (desk.released / SECOND / f"{SECOND}.ipynb").unlink()
    assert keep(desk) is None
    assert not desk.mine.exists()


def test_a_notebook_with_answers_becomes_the_learners(desk):
    desk.release(write(fresh(OLD), "scale", ANSWER))
    assert keep(desk) == desk.path()
    assert source(desk.read(), "scale") == ANSWER
    assert keep(desk) == desk.path()
    assert len(desk.files()) == 1
    desk.release(write(fresh(OLD), "shift", "def shift(x):\n    return x + 1"))
    assert keep(desk).name == f"{SECOND}.from-course-{date.today().isoformat()}.ipynb"
    assert source(desk.read(), "scale") == ANSWER


def test_a_damaged_notebook_is_kept_beside_where_the_learners_would_be(desk):
    path = desk.released / SECOND / f"{SECOND}.ipynb"
    path.write_bytes(b"<<<<<<< HEAD\n")
    kept = keep(desk)
    assert "from-course" in kept.name and kept.read_bytes() == b"<<<<<<< HEAD\n"
    assert not desk.path().exists()


def test_a_link_in_the_learners_folder_is_not_replaced(desk, tmp_path):
    desk.release(write(fresh(OLD), "scale", ANSWER))
    desk.path().parent.mkdir(parents=True)
    desk.path().symlink_to(tmp_path / "nothing")
    assert "from-course" in keep(desk).name
    assert desk.path().is_symlink() and not (tmp_path / "nothing").exists()


def test_what_cannot_be_kept_stops_the_build(desk):
    desk.release(write(fresh(OLD), "scale", ANSWER))
    desk.mine.write_text("a file")
    with pytest.raises(NotServed, match=r"cannot be kept .* nothing was built"):
        keep(desk)


# A chapter that is built on earlier ones


@pytest.fixture
def built_on(desk, monkeypatch) -> Desk:
    """A learner with answers in two chapters, and a third one that is built on them."""
    let_it_bring(monkeypatch)
    cell = code(BROUGHT, call_of(BUILT_ON), solution=True, grade=False, locked=False)
    put(sealed(code("cell-000", "from autograder import bring"), cell, exercise("scale")),
        desk.released, BUILT_ON)
    learner(desk.mine, relu_backward=stub(RELU_BACKWARD))
    return desk


def brought(desk: Desk) -> str:
    return source(desk.read(BUILT_ON), BROUGHT)


def test_answers_of_earlier_chapters_are_brought(built_on):
    started = built_on.start(BUILT_ON)
    assert started.lines == [
        f"Copied into {built_on.mine}: {BUILT_ON}.",
        f"{BUILT_ON}: brought 4 answers; not written yet: relu_backward (04)",
    ]
    filled = brought(built_on)
    assert is_unedited(filled) and FORWARD in filled and filled.endswith(call_of(BUILT_ON))
    before = built_on.files()
    assert built_on.start(BUILT_ON).lines == [f"In {built_on.mine} and up to date: {BUILT_ON}."]
    assert built_on.files() == before
    learner(built_on.mine)
    assert built_on.start(BUILT_ON).lines[1:] == [f"{BUILT_ON}: brought 5 answers"]
    assert RELU_BACKWARD in brought(built_on)
    assert built_on.files().keys() == before.keys(), "nothing was lost, nothing is kept beside it"


def test_where_nothing_is_written_the_call_stays(built_on):
    for chapter in ("03_affine", "04_activations"):
        (built_on.mine / chapter / f"{chapter}.ipynb").unlink()
    assert built_on.start(BUILT_ON).lines == [f"Copied into {built_on.mine}: {BUILT_ON}."]
    assert brought(built_on) == call_of(BUILT_ON)


@pytest.mark.parametrize("edit", [
    lambda was: was.replace("np.maximum", "np.fmax"), lambda was: f"{was}\nx = 1",
    lambda was: FORWARD, lambda was: "",
])
def test_an_edited_cell_is_left_alone(edit, built_on):
    built_on.start(BUILT_ON)
    mine = edit(brought(built_on))
    built_on.write(write(built_on.read(BUILT_ON), BROUGHT, mine), BUILT_ON)
    learner(built_on.mine)
    before = built_on.files()
    assert built_on.start(BUILT_ON).lines == [f"In {built_on.mine} and up to date: {BUILT_ON}."]
    assert built_on.files() == before and brought(built_on) == mine


def test_answers_whose_notebook_is_gone_stay(built_on):
    built_on.start(BUILT_ON)
    filled = brought(built_on)
    (built_on.mine / "03_affine" / "03_affine.ipynb").unlink()
    learner(built_on.mine, affine_forward=stub(FORWARD))
    built_on.start(BUILT_ON)
    assert brought(built_on) == filled


@pytest.mark.parametrize("edited", [False, True])
def test_newer_version_of_the_chapter_keeps_what_was_brought(edited, built_on):
    built_on.start(BUILT_ON)
    filled = brought(built_on) + "\nx = 1" * edited
    built_on.write(write(built_on.read(BUILT_ON), BROUGHT, filled), BUILT_ON)
    release = json.loads((built_on.released / BUILT_ON / f"{BUILT_ON}.ipynb").read_text())
    cells = [{**cell, "metadata": cell["metadata"]} for cell in release["cells"]]
    put(sealed(text("cell-001", "# New"), cells), built_on.released, BUILT_ON)
    started = built_on.start(BUILT_ON)
    assert "with 1 answer of yours" in started.lines[0]
    assert brought(built_on) == filled
    assert source(built_on.read(BUILT_ON), "cell-001") == "# New"


def test_cell_that_is_filled_in_the_courses_own_folder_is_nobodys_work(built_on):
    """`bring` has only to be run again; an edit is kept."""
    built_on.start(BUILT_ON)
    filled, path = brought(built_on), built_on.released / BUILT_ON / f"{BUILT_ON}.ipynb"
    release = json.loads(path.read_text(encoding="utf-8"))
    put(write(release, BROUGHT, filled), built_on.released, BUILT_ON)
    assert is_written_in(release) and not is_written_in(release, but_for_brought=True)
    assert keep_what_was_written(path, "{}", built_on.mine / "kept") is None
    assert not built_on.start(BUILT_ON).problems
    put(write(release, BROUGHT, f"{filled}\nx = 1"), built_on.released, BUILT_ON)
    assert keep_what_was_written(path, "{}", built_on.mine / "kept") is not None


def test_cell_without_its_label_is_carried_over(built_on):
    built_on.start(BUILT_ON)
    mine = built_on.read(BUILT_ON)
    cell = next(cell for cell in mine["cells"] if cell["id"] == BROUGHT)
    cell.update(id="1a2b", metadata={})
    built_on.write(mine, BUILT_ON)
    filled = source(mine, "1a2b")
    release = json.loads((built_on.released / BUILT_ON / f"{BUILT_ON}.ipynb").read_text())
    put(sealed(text("cell-001", "# New"), release["cells"]), built_on.released, BUILT_ON)
    built_on.start(BUILT_ON)
    assert brought(built_on) == filled
    assert sum("def affine_forward" in "".join(cell["source"])
               for cell in built_on.read(BUILT_ON)["cells"]) == 1
