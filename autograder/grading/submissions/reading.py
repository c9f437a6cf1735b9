"""Reading what was handed in: asked of a worker, before anything of a student's runs in it.

A file is parsed inside the jail, under its limits of memory and time. What comes back is plain
data of a limited size. Of the notebooks in a folder the one with the most answers counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from autograder.cells import Cell, Facts, facts_of
from autograder.checking.exercise import Exercise
from autograder.exercises import CHAPTERS, exercises_of
from autograder.grading.jail.worker_client import Worker
from autograder.grading.submissions.finding import Found, HandedInFile, Unreadable
from autograder.grading.submissions.intake import answered
from autograder.kit.plain import one_line
from autograder.kit.reading import MOST_CELLS, MOST_CODE, MOST_NOTEBOOKS, Notebook
from autograder.kit.student_error import StudentError, StudentStopped

TOO_MUCH = (
    "the file is too large or too complicated to read; clear the outputs, take long data out of "
    "the cells, save, and hand it in again"
)
LIGHT_BYTES = 4_000_000
"""A worker that has read more than this is not used any further: it has memory to give back."""
MOST_NOTES = 12
MOST_STOPPED = 3
NOTHING_KNOWN = Facts()


class Reader:
    """Reads the files of one submission in a worker in which nothing else has run.

    Parameters
    ----------
    open_worker : callable
        Makes a worker.
    """

    def __init__(self, open_worker: Callable[[], Worker]):
        self.open_worker = open_worker
        self.worker: Worker | None = None
        self.read_bytes = 0

    def notebooks(self, file: HandedInFile) -> list[Notebook]:
        """The notebooks in a file.

        Raises
        ------
        Unreadable
        """
        content = np.frombuffer(file.content, np.uint8)
        self.read_bytes += len(content)
        try:
            reply = self._ask({"do": "read", "name": _sendable(file.name), "content": content})
            return _checked_notebooks(reply.get("value"))
        except StudentError as error:
            if error.kind == "NotANotebook":
                raise Unreadable(error.message) from None
            if isinstance(error, StudentStopped) or error.kind in ("MemoryError", "NotPlain"):
                raise Unreadable(TOO_MUCH) from None
            raise Unreadable(f"the file cannot be read ({error.kind})") from None

    def facts(self, sources: Iterable[str]) -> dict[str, Facts]:
        """What cells define and use. Of a cell that cannot be looked at nothing is known."""
        asked = list(dict.fromkeys(sources))
        try:
            return self._facts(asked)
        except StudentError:
            pass
        found: dict[str, Facts] = {}
        stopped = 0
        for source in asked:  # which one it was
            found[source] = NOTHING_KNOWN
            if stopped < MOST_STOPPED:
                try:
                    found |= self._facts([source])
                except StudentError as error:
                    stopped += isinstance(error, StudentStopped)
        return found

    def worker_to_go_on_with(self) -> Worker | None:
        """The worker, if it is as good as a new one."""
        worker, self.worker = self.worker, None
        if worker is not None and self.read_bytes > LIGHT_BYTES:
            worker.close()
            return None
        return worker if worker is not None and worker.connection is not None else None

    def close(self) -> None:
        """End the worker."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def _facts(self, sources: list[str]) -> dict[str, Facts]:
        value = self._ask({"do": "look", "sources": sources}).get("value") if sources else []
        if type(value) is not list or len(value) != len(sources):
            raise StudentError("NotPlain", "facts of the wrong length")
        return dict(zip(sources, map(_checked_facts, value)))

    def _ask(self, request: dict) -> dict:
        if self.worker is None or self.worker.connection is None:
            self.worker = self.open_worker()
        return self.worker.ask(request, self.worker.limits.cell_seconds)


def _sendable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _checked_notebooks(value) -> list[Notebook]:
    """Notebooks as a worker tells them: checked, for a file may have taken it over.

    Raises
    ------
    StudentError
        If it tells nonsense, or more than it may.
    """
    wrong = StudentError("NotPlain", "no notebooks")
    if type(value) is not list or not 1 <= len(value) <= MOST_NOTEBOOKS:
        raise wrong
    notebooks = []
    for one in value:
        if type(one) is not list or [type(part) for part in one] != [str, list, list]:
            raise wrong
        name, notes, cells = one
        if len(cells) > MOST_CELLS or not all(
            type(cell) is list and [type(part) for part in cell] == [str] * 3 for cell in cells
        ) or not all(type(note) is str for note in notes):
            raise wrong
        made = [Cell(*cell) for cell in cells]
        if sum(len(cell.source) for cell in made if cell.kind == "code") > MOST_CODE:
            raise wrong
        notebooks.append(
            Notebook(name, made, [one_line(note, 300) for note in notes[:MOST_NOTES]])
        )
    return notebooks


def _checked_facts(value) -> Facts:
    kinds = [bool, str, list, list, list, list]
    if type(value) is not list or [type(part) for part in value] != kinds or not all(
        type(name) is str for names in value[2:] for name in names
    ):
        raise StudentError("NotPlain", "no facts")
    readable, calls, *names = value
    defined, given, bound, used = map(frozenset, names)
    return Facts(readable, defined, given, bound, used, calls)


# Which notebook counts


@dataclass(frozen=True)
class Opened:
    """The notebook that counts.

    Attributes
    ----------
    notebook : Notebook
        With all that is to be said of how it was found.
    file : HandedInFile
    facts : dict of str to Facts
        What its code cells, and those of the release, define and use.
    helpers : dict of str to bytes
        Python files that it imports.
    of_several : bool
        Whether there were other notebooks with answers.
    """

    notebook: Notebook
    file: HandedInFile
    facts: dict[str, Facts]
    helpers: dict[str, bytes]
    of_several: bool = False


def open_found(
    found: Found, release: Mapping, exercises: Mapping[str, Exercise], reader: Reader
) -> Opened:
    """Read what was found, and choose the notebook that counts.

    Parameters
    ----------
    found : Found
    release : mapping
        The notebook that students were given.
    exercises : mapping of str to Exercise
        The rows of the chapter, by name.
    reader : Reader

    Raises
    ------
    Unreadable
        If none can be read.
    """
    known = _known(release)
    candidates: list[tuple[Notebook, HandedInFile]] = []
    reasons: dict[str, str] = {}
    for file in found.files:
        if any(file.content == other.content for _, other in candidates):
            continue
        try:
            candidates += [(notebook, file) for notebook in reader.notebooks(file)]
        except Unreadable as reason:
            reasons[file.name] = str(reason)
    if not candidates:
        raise Unreadable(_all_reasons(reasons))
    sources = {cell.source for notebook, _ in candidates[:MOST_NOTEBOOKS]
               for cell in notebook.cells if cell.kind == "code"}
    facts = known | reader.facts(source for source in sources if source not in known)
    answers = [len(answered(notebook, release, exercises, facts.__getitem__))
               for notebook, _ in candidates[:MOST_NOTEBOOKS]]
    best = answers.index(max(answers))
    notebook, file = candidates[best]
    if not answers[best]:
        _check_chapter(notebook, exercises, found.expected, facts)
    helpers, told = _helpers(found, notebook, facts)
    choice = _about_the_choice(candidates, answers, best, reasons, found.expected)
    notes = [*found.notes, *choice, *told, *notebook.notes]
    of_several = sum(count > 0 for count in answers) > 1
    return Opened(replace(notebook, notes=notes), file, facts, helpers, of_several)


def _known(release: Mapping) -> dict[str, Facts]:
    """The facts of the course's own cells, which most notebooks share."""
    return {cell["source"]: facts_of(cell["source"]) for cell in release["cells"]
            if cell["cell_type"] == "code"}


def _all_reasons(reasons: Mapping[str, str]) -> str:
    if len(reasons) == 1:
        return next(iter(reasons.values()))
    told = [f"{one_line(name, 60)}: {reason}" for name, reason in list(reasons.items())[:3]]
    return f"none of the {len(reasons)} files can be read; {'; '.join(told)}"


def _about_the_choice(
    candidates: list[tuple[Notebook, HandedInFile]], answers: list[int], best: int,
    reasons: Mapping[str, str], expected: str,
) -> list[str]:
    notes = []
    name = one_line(candidates[best][0].name, 80)
    if expected and name != expected:
        notes.append(f"The file was called {name}; it is read as {expected}.")
    if sum(count > 0 for count in answers) > 1 or best:
        told = [f"{one_line(notebook.name, 80)} ({count})"
                for (notebook, _), count in zip(candidates, answers)]
        why = "the one with the most answers counts"
        if answers.count(answers[best]) > 1:
            why = "of those with the most answers the one " + (
                "with the right name counts" if name == expected
                else "that is named first here counts")
        notes.append(f"Several notebooks were handed in, with answers to so many exercises: "
                     f"{', '.join(told)}; {why}.")
    if expected in reasons:
        notes.append(f"{expected} itself was not read: {reasons[expected]}.")
    return notes


def _helpers(
    found: Found, notebook: Notebook, facts: Mapping[str, Facts]
) -> tuple[dict[str, bytes], list[str]]:
    """The Python files that a notebook imports, and what is to be said of them."""
    if not found.helpers:
        return {}, []
    imported = {name for cell in notebook.cells if cell.kind == "code"
                for name in facts[cell.source].used}
    names = ", ".join(one_line(name, 60) for name in found.helpers)
    if imported.isdisjoint(found.helpers):
        return {}, [f"Handed in too, and imported by no cell: {names}. Answers stand in the "
                    "notebook: what it needs has to be in one of its cells."]
    return found.helpers, [f"Taken along, for the notebook to import: {names}. The safe way is to "
                           "paste what the notebook needs into a cell."]


def _check_chapter(
    notebook: Notebook, exercises: Mapping[str, Exercise], expected: str,
    facts: Mapping[str, Facts],
) -> None:
    """Raise Unreadable if a notebook is that of another chapter: by its labels and functions."""
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    there = {cell.label for cell in code}.union(*(facts[cell.source].given for cell in code))
    if there & exercises.keys():
        return
    counts = {other: len(there & exercises_of(other).keys()) for other in CHAPTERS}
    other = max(counts, key=lambda name: counts[name])
    if counts[other]:
        right = expected or "this chapter's notebook"
        raise Unreadable(f"this is the notebook of {other}, not {right}; hand in {right}")
