"""Checking a whole notebook from a terminal, on the machine of the student who wrote it.

The notebook's cells run in a process of their own, as they would in Jupyter, with all that this
user may do; so this is for one's own notebooks. Somebody else's are graded from a checkout of the
course, in a jail.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from autograder.brought import find_brought
from autograder.cells import (
    CHECK_SUFFIX,
    WRITTEN,
    Cell,
    NotCells,
    cells_of,
    defines,
    needed_sources,
    parse,
)
from autograder.checking.result import Result
from autograder.checking.table import as_text
from autograder.earned import ChapterProgress
from autograder.errors import CourseError
from autograder.exercises import brought_into, chapter_in_name, exercises_of
from autograder.kit.sources import MAGIC, WRONG
from autograder.kit.student_error import student_error
from autograder.live import check_by_name, with_help

TASK, FOUND, RUNNING = "task.json", "found.json", "running.txt"
"""The files through which the process that runs the cells is told what to do, and tells."""


class UnreadableNotebook(CourseError):
    """A file that should be a notebook and cannot be read as one."""


def check_notebook(path: Path, hint: int = 0) -> int:
    """Check all exercises of a notebook and print what was found.

    Parameters
    ----------
    path : Path
        A notebook whose file name begins with the name of its chapter.
    hint : int
        Which hint to give for the next thing to do; 0 for none.

    Returns
    -------
    int
        Exit status: 0 if all points are earned, else 1.

    Raises
    ------
    UnreadableNotebook
        If the file is missing or is not a notebook.
    NoSuchChapter
        If the file name begins with no chapter's name.
    """
    chapter = chapter_in_name(path.name)
    cells = read_cells(path)
    show_all_signs()
    print(f"This runs the code of {path.name} on your computer: check only what you trust.\n")
    with OwnCheck(cells, chapter, path.parent) as running:
        results = running.results()
    if results is None:
        print(running.end())
        return 1
    progress = progress_of(chapter, results)
    results = hinted(results, progress.next, hint,
                     lambda step: f"autograder check {path.name} --hint {step}")
    for result in results:
        print(as_text(result, bold=sys.stdout.isatty()), end="\n\n")
    points, most = sum(r.points for r in results), sum(r.max_points for r in results)
    written = any(cell.label == WRITTEN for cell in cells)
    print(f"{chapter}: {progress}")
    print(f"automatic {points:g} of {most:g} points"
          f"{' · written: graded by a person' if written else ''}")
    return 1 if progress.next else 0


def show_all_signs() -> None:
    """Let a console that has no ✓ show something in its place."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]


def progress_of(chapter: str, results: list[Result]) -> ChapterProgress:
    """How far a chapter is, and which exercise is next, by the results of all its exercises."""
    return ChapterProgress.of(chapter, {result.exercise: result.points for result in results})


def hinted(
    results: list[Result], name: str, step: int, ask: Callable[[int], str]
) -> list[Result]:
    """The results, the one of exercise `name` with a hint or with how to ask for one."""
    return [with_help(result, step, ask) if result.exercise == name else result
            for result in results]


def read_cells(path: Path) -> list[Cell]:
    """The cells of a notebook.

    Raises
    ------
    UnreadableNotebook
        If the file is missing or is not a notebook.
    """
    try:
        return cells_of(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UnreadableNotebook(f"{path} cannot be opened: {error.strerror}") from None
    except (NotCells, ValueError, RecursionError):
        raise UnreadableNotebook(
            f"{path} is not a notebook, or a damaged one: open it in Jupyter and save it again"
        ) from None


class OwnCheck:
    """A check of a notebook's cells in a process of its own, which can be waited for or stopped.

    Parameters
    ----------
    cells : list of Cell
    chapter : str
    folder : Path
        Where the notebook is, and where its cells run.
    """

    def __init__(self, cells: list[Cell], chapter: str, folder: Path):
        self._files = tempfile.TemporaryDirectory(prefix="autograder-",
                                                  ignore_cleanup_errors=True)
        self.folder, self._last = Path(self._files.name), ""
        task = {"cells": [asdict(cell) for cell in cells], "chapter": chapter,
                "folder": str(folder.resolve())}
        (self.folder / TASK).write_text(json.dumps(task), encoding="utf-8")
        # -P: nothing that lies in this folder stands in for a library of the check's own.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.own_notebook", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> OwnCheck:
        return self

    def __exit__(self, *error) -> None:
        self.stop()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End it, and leave nothing behind."""
        self.process.kill()
        self.process.wait()
        self._files.cleanup()

    def results(self) -> list[Result] | None:
        """What it found, once it has ended; None if the cells ended it themselves."""
        self.process.wait()
        try:
            found = json.loads((self.folder / FOUND).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            running = self.folder / RUNNING
            self._last = running.read_text(encoding="utf-8") if running.exists() else ""
            return None
        if "fault" in found:
            raise RuntimeError(found["fault"])
        return [Result.from_dict(data) for data in found["results"]]

    def end(self) -> str:
        """One line about cells that have ended their process."""
        at = f" It was at {self._last}." if self._last else ""
        return ("Your code ended the process that ran it "
                f"(status {self.process.returncode}), so nothing could be checked.{at}")


def work_on(folder: Path) -> None:
    """What the process of an `OwnCheck` does."""
    def running(what: str) -> None:
        (folder / RUNNING).write_text(what, encoding="utf-8")

    try:
        task = json.loads((folder / TASK).read_text(encoding="utf-8"))
        home = Path(task["folder"])
        sys.path.insert(0, str(home))  # as in Jupyter
        results = run_and_check([Cell(**cell) for cell in task["cells"]], task["chapter"], home,
                                running)
        found: dict = {"results": [result.to_dict() for result in results]}
    except Exception:
        found = {"fault": traceback.format_exc()}
    half = folder / f"{FOUND}.half"
    half.write_text(json.dumps(found), encoding="utf-8")
    os.replace(half, folder / FOUND)


def run_and_check(
    cells: list[Cell], chapter: str, folder: Path,
    running: Callable[[str], object] = lambda what: None,
) -> list[Result]:
    """Run the cells that the exercises need, and check each exercise.

    Parameters
    ----------
    cells : list of Cell
    chapter : str
    folder : Path
        Where the notebook is, and where its cells run.
    running : callable
        Is told what is run next.

    Returns
    -------
    list of Result
        One for each exercise, in the order of the chapter. Where its cell stopped, a note says
        so.
    """
    exercises = exercises_of(chapter)
    code = [
        cell for cell in cells if cell.kind == "code" and not cell.label.endswith(CHECK_SUFFIX)
    ]
    sources = [cell.source for cell in code]
    names = {*exercises, *(name for row in exercises.values() for name in row.uses)}
    wanted = [source for source in sources if any(defines(source, name) for name in names)]
    wanted += [sources[k] for k in find_brought(code, brought_into(chapter))]
    namespace: dict[str, object] = {"__name__": "__main__"}
    stopped: dict[str, str] = {}
    os.environ.setdefault("MPLBACKEND", "agg")  # no windows: nobody looks at pictures here
    with contextlib.chdir(folder):
        for number, source in enumerate(needed_sources(sources, wanted)):
            mine = [name for name in exercises if defines(source, name)]
            running(f"the cell of {mine[0]}" if mine else "a cell that the exercises need")
            if why := _run(source, f"<cell {number}>", namespace):
                stopped |= dict.fromkeys(mine, why)
        results = []
        for name in exercises:
            running(f"check({name})")
            result = check_by_name(name, namespace)
            if name in stopped:
                note = f"the cell of {name}: {stopped[name]}"
                result = replace(result, notes=(note, *result.notes))
            results.append(result)
        return results


def _run(source: str, name: str, namespace: dict[str, object]) -> str:
    """Run a cell without its magics; why it stopped, or ''."""
    tree = parse(source)
    if tree is None:
        return f"is not Python{_where_not(source)}"
    # So that an error can show the line of the student's that raised it.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(tree, name, "exec"), namespace)
    except (Exception, SystemExit) as error:
        told = student_error(error)
        return f"stopped with {told.kind}: {told.message}".rstrip(": ")
    return ""


def _where_not(source: str) -> str:
    """Where a cell is not Python: ``", line 3: '(' was never closed"``."""
    try:
        compile(MAGIC.sub(r"\1pass", source), "<cell>", "exec")
    except SyntaxError as error:
        return f", line {error.lineno}: {error.msg}"
    except WRONG:
        pass
    return ""


if __name__ == "__main__":
    work_on(Path(sys.argv[1]))
