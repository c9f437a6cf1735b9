"""A newer version of a chapter, with what its learner has written in the older one."""

from __future__ import annotations

import ast
import copy
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.cells import defined_in, label_of, source_of
from autograder.seal import (
    NUMBERED,
    Seal,
    digest,
    find_cells,
    guessed_seal,
    is_locked,
    new_seal,
    own_cells,
    seal_of,
)


@dataclass
class CarriedOver:
    """A newer notebook, and what a learner should know of it.

    Attributes
    ----------
    notebook : dict
        The new version with the learner's answers and cells.
    answers : list of str
        Labels of the answers that were carried over.
    added, gone : list of str
        Labels of answers that only the new version asks for, or only the old one.
    gone_written : list of str
        Those of the second in which something was written. It is in the old file only.
    changed : dict of str to str
        Answers that were carried over to a stub that has changed; to what, if its parameters have.
    own : int
        How many cells of the learner's own were carried over.
    left : int
        How many changes to the course's own cells are in the old file only.
    """

    notebook: dict
    answers: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    gone_written: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    own: int = 0
    left: int = 0


def carry_over(mine: Mapping, released: Mapping) -> CarriedOver:
    """Put a learner's work into a newer version of its notebook.

    Parameters
    ----------
    mine : mapping
        The notebook that the learner has worked in; see `autograder.seal.read_notebook`.
    released : mapping
        The chapter as it is released now. Neither of the two is changed.
    """
    work = _Work(mine, released)
    work.take_answers()
    work.take_changed_text()
    work.take_own_cells()
    return work.done


class _Work:
    """The steps of `carry_over`, in the order in which they are called there."""

    def __init__(self, mine: Mapping, released: Mapping) -> None:
        self.now = seal_of(released) or new_seal(released)
        self.was: Seal = seal_of(mine) or guessed_seal(mine, self.now)
        self.cells = mine["cells"]
        self.found = find_cells(self.cells, self.was)
        self.done = CarriedOver(copy.deepcopy(dict(released)))
        self.new = self.done.notebook["cells"]
        self.place = {label_of(cell): n for n, cell in enumerate(self.new)}
        self.home: dict[int, int] = {}  # where a cell of the old notebook is in the new one
        kernel = mine["metadata"].get("kernelspec")
        if isinstance(kernel, dict):
            self.done.notebook["metadata"]["kernelspec"] = kernel

    def take_answers(self) -> None:
        """Fill in what is written; by label, for the cells around it may have moved."""
        done = self.done
        done.added += [label for label in self.now.answers if label not in self.was.answers]
        for label, stub in self.was.answers.items():
            index = self.found.get(label)
            written = index is not None and digest(self.cells[index]) != stub
            if label not in self.now.answers:
                done.gone.append(label)
                done.gone_written += [label] * written
            elif index is not None:
                self.home.setdefault(index, self.place[label])
                if written and digest(self.cells[index]) != self.now.answers[label]:
                    self._take_answer(label, index)
        for labels in (done.answers, done.added):
            labels.sort(key=self.place.__getitem__)
        for labels in (done.gone, done.gone_written):
            labels.sort(key=lambda label: self.found.get(label, len(self.cells)))

    def _take_answer(self, label: str, index: int) -> None:
        stub = self.new[self.place[label]]
        asked, given = source_of(stub), source_of(self.cells[index])
        parameters = _parameters(asked, label)
        if self.was.answers[label] not in ("", self.now.answers[label]):
            self.done.changed[label] = ""
        if parameters and parameters != _parameters(given, label):
            self.done.changed[label] = f"{label}{parameters}"
        self.done.answers.append(label)
        _fill(stub, self.cells[index])

    def take_changed_text(self) -> None:
        """Keep a learner's change of a given cell where the course has not changed it, too."""
        free = defaultdict(list)
        for label, text in self.now.given.items():
            free[text].append(label)
        for label, index in sorted(self.found.items(), key=lambda item: item[1]):
            if label in self.was.answers:
                continue
            cell, text = self.cells[index], self.was.given[label]
            edited = digest(cell) != text and not is_locked(cell)
            same = free[text]
            if same:
                place = self.place[same.pop(same.index(label) if label in same else 0)]
            elif label in self.now.given and not NUMBERED.fullmatch(label):
                place = self.place[label]
            else:
                self.done.left += edited
                continue
            self.home[index] = place
            if edited and self._is_as_before(place, cell, text):
                _fill(self.new[place], cell)
            else:
                self.done.left += edited

    def _is_as_before(self, place: int, cell: Mapping, text: str) -> bool:
        new = self.new[place]
        return digest(new) == text and new["cell_type"] == cell["cell_type"]

    def take_own_cells(self) -> None:
        """Put each cell of the learner's own behind the one that it stood behind."""
        course = sorted(self.found.values())
        for before, index in zip([None, *course], course):
            # A cell whose text was replaced: what follows the one before it has its place.
            place = self.home.get(before, -2) + 1 if before is not None else 0
            taken = self.home.values()
            if index not in self.home and 0 <= place < len(self.new) and place not in taken:
                self.home[index] = place
        behind = defaultdict(list)
        for index in own_cells(self.cells, self.found):
            earlier = [k for k in course if k < index]
            at_home = [self.home[k] for k in earlier if k in self.home]
            end = len(self.new) - 1 if earlier else -1
            behind[at_home[-1] if at_home else end].append(self.cells[index])
            self.done.own += 1
        ids = {cell.get("id") for cell in self.new}
        arranged = [_own(cell, ids) for cell in behind[-1]]
        for n, cell in enumerate(self.new):
            arranged += [cell, *(_own(cell, ids) for cell in behind[n])]
        self.done.notebook["cells"] = arranged


def _fill(cell: dict, written: Mapping) -> None:
    """Put what is written in one cell, and pictures that were pasted into it, into another."""
    cell["source"] = source_of(written).splitlines(keepends=True)
    if isinstance(written.get("attachments"), dict):
        cell["attachments"] = written["attachments"]


def _own(cell: Mapping, ids: set) -> dict:
    """A cell of the learner's own for the new notebook: without outputs, and with an id."""
    name = cell.get("id")
    if not isinstance(name, str) or name in ids:
        name = secrets.token_hex(4)
    ids.add(name)
    # A copy of an answer's cell has its label, too, and nbgrader stops at the second.
    metadata = {key: value for key, value in cell["metadata"].items() if key != "nbgrader"}
    kept = {**cell, "id": name, "metadata": metadata,
            "source": source_of(cell).splitlines(keepends=True)}
    if cell["cell_type"] == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept


def _parameters(source: str, name: str) -> str:
    """The parameters of a function that a cell defines, or nothing."""
    definition = defined_in(source).get(name)
    return f"({ast.unparse(definition.args)})" if isinstance(definition, ast.FunctionDef) else ""
