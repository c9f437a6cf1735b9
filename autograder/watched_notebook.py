"""Checking one's own notebook each time it is saved, for people who work in an editor.

Whether the file has changed is asked twice a second: that needs no library, works on every system
and every file system, and costs nothing that could be measured.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from pathlib import Path

from autograder.cells import Cell
from autograder.checking.result import Result
from autograder.checking.table import MARKS, as_text
from autograder.exercises import chapter_in_name
from autograder.kit.plain import one_line
from autograder.orderly_end import Ended
from autograder.own_notebook import (
    OwnCheck,
    UnreadableNotebook,
    hinted,
    progress_of,
    read_cells,
    show_all_signs,
)

PAUSE = 0.5
"""Seconds between two looks at the file."""
LONG = 20
"""Seconds after which it is said that a check still runs."""


def watch_notebook(path: Path, hint: int = 0) -> int:
    """Check a notebook now and each time it is saved, until Ctrl-C.

    Parameters
    ----------
    path : Path
        A notebook whose file name begins with the name of its chapter.
    hint : int
        Which hint to give for the next thing to do; 0 for none. In a terminal, ``h`` and Enter
        asks for the next one.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    UnreadableNotebook
        If there is no such file.
    NoSuchChapter
        If the file name begins with no chapter's name.
    """
    watched = Watched(path, hint)
    if not path.is_file():
        raise UnreadableNotebook(f"{path} is not there; autograder start copies the chapters")
    show_all_signs()
    asks = sys.stdin is not None and sys.stdin.isatty()
    print(f"Watching {path.name}: it is checked each time you save it. Its code runs on this "
          f"computer: watch only your own.{' h and Enter: a hint.' if asks else ''} Ctrl-C: end.",
          flush=True)
    typed = typed_lines() if asks else queue.SimpleQueue()
    try:
        while True:
            watched.look()
            try:
                line = typed.get(timeout=PAUSE)
            except queue.Empty:
                continue
            if line.strip().lower() in ("h", "hint"):
                watched.give_hint()
    except Ended:
        raise
    except KeyboardInterrupt:
        print(f"\n{path.name} is no longer watched.")
        return 0
    finally:
        watched.stop()


def typed_lines() -> queue.SimpleQueue:
    """A queue of the lines that are typed from now on."""
    lines: queue.SimpleQueue = queue.SimpleQueue()

    def read() -> None:
        # The file itself: whoever waits inside sys.stdin holds a lock that ending needs.
        while typed := os.read(0, 1000):
            lines.put(typed.decode(errors="replace"))

    threading.Thread(target=read, daemon=True).start()
    return lines


class Watched:
    """A notebook that is looked at again and again.

    Parameters
    ----------
    path : Path
    hint : int
        Which hint to give each time; 0 for none.
    """

    def __init__(self, path: Path, hint: int = 0):
        self.path, self.hint = path, hint
        self.chapter = chapter_in_name(path.name)
        self.results: list[Result] = []
        self.given = 0
        self._stamp: tuple | None = None
        self._sources: list[Cell] | None = None
        self._running: OwnCheck | None = None
        self._since, self._complained = 0.0, ""

    def look(self) -> None:
        """Start a check if the file has changed, and tell what one has found that is done."""
        stamp = self._now()
        if stamp != self._stamp:
            self._stamp = stamp
            self._begin()
        if self._running is None:
            return
        if self._running.done:
            self._finish(self._running)
        elif self._since and time.monotonic() - self._since > LONG:
            self._since = 0.0
            say("Still running. If a loop has no end, mend it and save: the check starts again.")

    def give_hint(self) -> None:
        """Give the next hint for the next thing to do."""
        name = progress_of(self.chapter, self.results).next if self.results else ""
        if not name:
            say("There is nothing to hint at.")
            return
        self.given += 1
        for result in hinted(self.results, name, self.given, lambda step: "h and Enter"):
            if result.exercise != name:
                continue
            most = any(line.startswith("Hint ") for line in result.help)
            say("\n".join(result.help) if most or self.given == 1
                else f"There are no more hints for {name}.")

    def stop(self) -> None:
        """Stop the check that runs, if one does."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _now(self) -> tuple | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None  # an editor that is just putting a new file in its place
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _begin(self) -> None:
        if self._stamp is None:
            return
        try:
            cells = read_cells(self.path)
        except UnreadableNotebook as half:
            if self._complained != str(half):
                say(f"{half}.")
            self._complained = str(half)
            return
        self._complained = ""
        if cells == self._sources:
            return  # only outputs are new
        self._sources = cells
        self.stop()
        self._running = OwnCheck(cells, self.chapter, self.path.parent)
        self._since = time.monotonic()

    def _finish(self, running: OwnCheck) -> None:
        results = running.results()
        told = running.end() if results is None else ""
        self.stop()
        if results is None:
            say(told)
            return
        before = {result.exercise: result for result in self.results}
        progress = progress_of(self.chapter, results)
        if self.results and progress.next != progress_of(self.chapter, self.results).next:
            self.given = 0
        lines = [] if not before else [
            changed(result) for result in results
            if result.points != before[result.exercise].points]
        for result in hinted(results, progress.next, self.hint, self._ask):
            if result.exercise == progress.next:
                lines += ["", as_text(result, bold=sys.stdout.isatty()), ""]
            else:
                lines += [one_line(f"{result.exercise}: {note}") for note in result.notes
                          if note.startswith("the cell of ")]
        self.results = results
        say("\n".join([*lines, f"{self.chapter}: {progress}"]).lstrip())

    def _ask(self, step: int) -> str:
        if sys.stdin is not None and sys.stdin.isatty():
            return "h and Enter"
        return f"autograder watch {self.path.name} --hint {step}"


def changed(result: Result) -> str:
    """A line about an exercise whose points are other ones than before."""
    done = result.points == result.max_points
    return f"{MARKS['right' if done else 'wrong']} {result.summary}"


def say(text: str) -> None:
    """Print something, with the time."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)
