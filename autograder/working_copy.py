"""The notebooks in which a learner works: copies of the released ones, in a folder of their own.

Nothing in that folder is ever written over: a newer version of a chapter takes the answers over,
and the file that was there is kept beside it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from autograder.brought import (
    earlier_notebooks,
    is_call,
    is_for_brought,
    is_unedited,
    listed,
    put_together,
)
from autograder.carry_over import CarriedOver, carry_over
from autograder.cells import BROUGHT, WRITTEN_ANSWER, Cell, label_of, source_of
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, brought_into, chapter_of, known_chapter
from autograder.files import write_beside, write_whole
from autograder.seal import (
    NotANotebook,
    digest,
    is_written_in,
    new_seal,
    notebook_text,
    read_notebook,
    seal_of,
)

MY_COURSE = "my-course"
"""The folder in which a learner works, if no other is named; git ignores it."""


class NotServed(CourseError):
    """A chapter, or a whole folder, that cannot be worked in. The message says what to do."""


@dataclass
class Started:
    """What `start` has done: lines to print, and lines of what it could not do."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def installed_notebooks() -> Path:
    """The folder of the released notebooks that came with this package."""
    packed = Path(__file__).with_name("released")  # see setup.py
    return packed if packed.is_dir() else Path(__file__).parents[1] / "course"


def start(folder: Path, released: Path, chapters: Sequence[str] = ()) -> Started:
    """Copy released chapters into a learner's folder, or bring what is there up to date.

    A chapter that is built on earlier ones gets the answers from their notebooks in the folder.

    Parameters
    ----------
    folder : Path
        Where the learner works. It is made if it is missing.
    released : Path
        Where the released chapters are: ``03_affine/03_affine.ipynb``.
    chapters : sequence of str
        Which; all by default.

    Returns
    -------
    Started

    Raises
    ------
    NotServed
        If `folder` cannot be one.
    NoSuchChapter
        If a name is no chapter's.
    """
    wanted = [known_chapter(chapter) for chapter in chapters] or CHAPTERS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotServed(f"{folder} is not a folder; name another one: "
                        "autograder start FOLDER") from None
    except OSError as error:
        raise NotServed(f"{folder} cannot be made: {error.strerror}") from None
    started, new, as_before = Started(), [], []
    for chapter in wanted:
        path = folder / chapter / f"{chapter}.ipynb"
        try:
            raw, release = _release(released, chapter)
            if not _is_there(path):
                write_whole(path, raw)
                new.append(chapter)
            elif lines := _renew(path, release):
                started.lines += lines
            else:
                as_before.append(chapter)
        except CourseError as problem:
            started.problems.append(str(problem))
        except OSError as error:
            started.problems.append(
                f"{path} cannot be read or written: {error.strerror}; nothing was changed"
            )
    started.lines += _bring_into(folder, wanted)
    if as_before:
        started.lines.insert(0, f"In {folder} and up to date: {', '.join(as_before)}.")
    if new:
        started.lines.insert(0, f"Copied into {folder}: {', '.join(new)}.")
    return started


def _release(released: Path, chapter: str) -> tuple[str, dict]:
    """The released notebook of a chapter: its text, and what it says."""
    path = released / chapter / f"{chapter}.ipynb"
    try:
        text = path.read_text(encoding="utf-8")
        return text, read_notebook(text)
    except FileNotFoundError:
        raise NotServed(f"{path} is missing; install the course again, or in a checkout build it: "
                        f"autograder build {chapter}") from None
    except (NotANotebook, UnicodeDecodeError):
        raise NotServed(f"{path} is damaged; install the course again, or in a checkout build it: "
                        f"autograder build {chapter}") from None


def _is_there(path: Path) -> bool:
    """Whether there is a notebook to take care of. A link is nothing that can be replaced."""
    for link in (path.parent, path):
        if link.is_symlink():
            raise NotServed(f"{link} is a link, and was left alone; put the "
                            f"{'file' if link == path else 'folder'} itself there, or name "
                            "another folder: autograder start FOLDER")
    return path.exists()


def _renew(path: Path, release: dict) -> list[str]:
    """Bring a notebook up to date; lines that say what changed, or none."""
    raw = path.read_bytes()
    try:
        mine = read_notebook(raw)
    except NotANotebook as reason:
        raise NotServed(
            f"{path} was left alone: {reason}; open it in Jupyter and save it again, or give it "
            "another name and start again for a new copy"
        ) from None
    seal = seal_of(mine)
    if seal and seal.version == (seal_of(release) or new_seal(release)).version:
        return []
    if is_written_in(release, but_for_brought=True):
        raise NotServed(
            f"{path} was left alone: somebody has written in the course's own copy of it; put that "
            f"right first: autograder build {path.stem}"
        )
    if seal and not is_written_in(mine):
        write_whole(path, notebook_text(release))
        return [f"{path}: a new version of the chapter. Nothing was written in the old one."]
    carried = carry_over(mine, release)
    if not seal and _sources(mine) == _sources(carried.notebook):
        return []
    old = write_beside(path, f"before-{date.today().isoformat()}", raw)
    try:
        write_whole(path, notebook_text(carried.notebook))
    except OSError:
        old.unlink()
        raise
    return _report(path, old, carried)


def _sources(notebook: dict) -> list[str]:
    return [digest(cell) for cell in notebook["cells"]]


def _report(path: Path, old: Path, carried: CarriedOver) -> list[str]:
    """What a learner should know of a new version."""
    answers, own = _counted(len(carried.answers), "answer"), _counted(carried.own, "cell")
    lines = [f"{path}: a new version of the chapter, with {answers} of yours and {own} that you "
             f"added. Run all its cells again. The old file is kept as {old.name}."]
    if carried.added:
        lines.append(f"  New: {_names(carried.added)}.")
    gone: dict[str, list[str]] = {}
    for label in carried.gone:
        chapter = chapter_of(label)
        where = f"Now in {chapter}" if chapter not in (None, path.stem) else "Gone"
        gone.setdefault(where, []).append(label)
    lines += [f"  {where}: {_names(labels)}." for where, labels in gone.items()]
    if carried.gone_written:
        lines.append(f"  In the old file only: what you wrote for {_names(carried.gone_written)}.")
    if carried.changed:
        lines += [
            f"  Asked in other words; your answers are kept as they were: "
            f"{_names([new or label for label, new in carried.changed.items()])}.",
            f"  To compare: autograder start FOLDER --chapter {path.stem} makes a fresh copy in "
            "another folder.",
        ]
    if carried.left:
        lines.append(f"  In the old file only: {_counted(carried.left, 'change')} of yours to the "
                     "chapter's own text or code.")
    return lines


def _names(labels: Sequence[str]) -> str:
    words = {WRITTEN_ANSWER: "the written answer", BROUGHT: "the answers of earlier chapters"}
    return ", ".join(words.get(label, label) for label in labels)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


# A chapter that is built on earlier ones


def _bring_into(folder: Path, chapters: Sequence[str]) -> list[str]:
    """Fill the cells for the answers of earlier chapters, from the notebooks in the folder."""
    lines = []
    for chapter in filter(brought_into, chapters):
        with contextlib.suppress(CourseError, OSError):  # its notebook is as it was
            lines += _bring(folder / chapter / f"{chapter}.ipynb")
    return lines


def _bring(path: Path) -> list[str]:
    """Fill the cell for the answers of earlier chapters; a line that says so, or none.

    Nothing is done where somebody has changed the cell, or where there is nothing new.
    """
    if path.is_symlink() or path.parent.is_symlink():
        return []
    notebook, chapter = read_notebook(path.read_bytes()), path.stem
    given = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"
             and is_for_brought(Cell(label_of(cell), source_of(cell)))]
    if len(given) != 1:  # gone, or copied by somebody who has plans for it
        return []
    source = source_of(given[0])
    made = put_together(chapter, earlier_notebooks(chapter, path.parent))
    if not made.brought or made.text == source.strip() or made.lost_from(source):
        return []
    if not (is_call(source) or is_unedited(source)):
        return []
    given[0] |= {"source": made.text.splitlines(keepends=True), "outputs": [],
                 "execution_count": None}
    write_whole(path, notebook_text(notebook))
    absent = f"; not written yet: {listed(made.missing)}" if made.missing else ""
    return [f"{chapter}: brought {_counted(len(made.brought), 'answer')}{absent}"]


# A learner in the course's own folder


def keep_what_was_written(path: Path, new_text: str, folder: Path) -> Path | None:
    """Put a released notebook that somebody has worked in into the learner's folder.

    Called before the notebook is written anew. Nothing is written over.

    Parameters
    ----------
    path : Path
        A notebook of ``course/``; it may be missing.
    new_text : str
        What will be written there.
    folder : Path
        The learner's folder.

    Returns
    -------
    Path or None
        Where it is kept; None if there was nothing to keep.

    Raises
    ------
    NotServed
        If it cannot be kept.
    """
    try:
        if not path.exists() or (raw := path.read_bytes()) == new_text.encode():
            return None
        target = folder / path.stem / path.name
        try:
            if not is_written_in(read_notebook(raw), but_for_brought=True):
                return None
            is_notebook = True
        except NotANotebook:
            is_notebook = False
        if target.is_file() and target.read_bytes() == raw:
            return target
        if is_notebook and not target.exists() and not target.is_symlink():
            write_whole(target, raw.decode("utf-8-sig"))
            return target
        return write_beside(target, f"from-course-{date.today().isoformat()}", raw)
    except OSError as error:
        raise NotServed(f"{path} holds something that is not the course's, and it cannot be kept "
                        f"in {folder}: {error.strerror}; nothing was built") from None
