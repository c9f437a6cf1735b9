"""Taking a submission in: kind to the honest, and trusting nobody.

A student's notebook is data. All that is taken from it is the source of the cells that
define the exercises, and of the cells that these need. Copied cells, lost labels, old formats and
renamed files are put right with a note. What cannot be read ends as a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from autograder.brought import chapter_named, find_brought, is_for_brought
from autograder.cells import BROUGHT, CHECK_SUFFIX, Cell, Facts, facts_of, needed_sources
from autograder.checking.exercise import Exercise
from autograder.exercises import brought_into
from autograder.grading.submissions.written_answer import written_answer
from autograder.kit.reading import Notebook


@dataclass(frozen=True)
class Intake:
    """What is taken from a submission.

    Attributes
    ----------
    sources : list of str
        The cells to run, in order: the course's own, the student's answers and helpers.
    answers : dict of str to str
        Exercise to the source of the cell that answers it; under `BROUGHT` the source of the
        cell for the answers of earlier chapters, if something was brought.
    notes : list of str
        What was put right.
    written : str
        The answer to the written question, if there is one.
    edited_checks : tuple of str
        Exercises in whose check cells something else stands than a check. It is not run.
    """

    sources: list[str]
    answers: dict[str, str]
    notes: list[str] = field(default_factory=list)
    written: str = ""
    edited_checks: tuple[str, ...] = ()


def read_release(text: str) -> dict:
    """The notebook that students were given, from its JSON; sources are whole, not lists of lines.

    It is our own file of the current format. Reading it so saves the import of nbformat, which
    takes longer than grading a submission.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def take_in(
    notebook: Notebook, release: Mapping, exercises: Mapping[str, Exercise],
    facts: Callable[[str], Facts] = facts_of,
) -> Intake:
    """Take the answers out of a submission.

    Parameters
    ----------
    notebook : Notebook
        What was handed in.
    release : mapping
        The notebook that students were given; see `read_release`.
    exercises : mapping of str to Exercise
        The rows of the chapter, by name.
    facts : callable
        What a cell defines and uses. Of strangers' cells the jail has found it out.
    """
    notes = list(notebook.notes)
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    stubs = stubs_of(release)
    chosen: dict[str, int] = {}
    for name in exercises:
        index = _answer_to(name, cells, stubs.get(name, ""), notes, facts)
        if index is not None:
            chosen[name] = index
    earlier = _brought(cells, stubs[BROUGHT], notes, facts) if BROUGHT in stubs else []
    if earlier:
        chosen[BROUGHT] = earlier[0]
    return Intake(
        _cells_to_run(cells, release, {*chosen.values(), *earlier},
                      {name for row in exercises.values() for name in row.uses}, facts),
        {name: cells[index].source for name, index in chosen.items()},
        notes,
        written_answer(notebook.cells, release),
        tuple(name for name in exercises if _is_edited(name, cells)),
    )


A_CHECK = r"(?:print\()?check\([\"']?{}[\"']?(?:,(?:hint=)?\d)?\)+;?"
"""How an answer is checked, without spaces: a hint may be asked for, in the cell itself."""


def _is_edited(name: str, cells: list[Cell]) -> bool:
    """Whether code stands in the check cell of an exercise that is no check of it."""
    lines = [line.partition("#")[0] for cell in cells if cell.label == name + CHECK_SUFFIX
             for line in cell.source.splitlines()]
    return not re.fullmatch(f"(?:{A_CHECK.format(name)})*", "".join("".join(lines).split()))


def stubs_of(release: Mapping) -> dict[str, str]:
    """The cells for answers as students were given them, by their labels."""
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in release["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")
    }


def answered(
    notebook: Notebook, release: Mapping, exercises: Mapping[str, Exercise],
    facts: Callable[[str], Facts],
) -> list[str]:
    """The exercises in whose cells something was written."""
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    stubs = stubs_of(release)
    found = {name: _answer_to(name, cells, stubs.get(name, ""), [], facts) for name in exercises}
    return [name for name, index in found.items()
            if index is not None and cells[index].source.strip() != stubs.get(name, "").strip()]


def _answer_to(
    name: str, cells: list[Cell], stub: str, notes: list[str], facts: Callable[[str], Facts]
) -> int | None:
    """The cell that answers an exercise: by its label, then by what it defines."""
    labelled = [k for k, cell in enumerate(cells) if cell.label == name]
    defining = [k for k, cell in enumerate(cells) if name in facts(cell.source).given]
    both = [k for k in labelled if k in defining]
    candidates = both or defining or labelled
    if not candidates:
        notes.append(f"{name}: no cell defines it.")
        return None
    written = [k for k in candidates if cells[k].source.strip() != stub.strip()]
    if not written and both:
        # The labelled cell is still the stub: the answer may have been written elsewhere.
        written = [k for k in defining if cells[k].source.strip() != stub.strip()]
    if len(set(labelled)) > 1:
        notes.append(f"{name}: its cell was copied; the last copy with an answer counts.")
    elif not labelled:
        notes.append(f"{name}: its cell lost its label; it was found by the name of the function.")
    elif written and written[-1] not in labelled:
        notes.append(f"{name}: the answer stands in another cell than the one given for it.")
    return (written or candidates)[-1]


def _brought(
    cells: list[Cell], call: str, notes: list[str], facts: Callable[[str], Facts]
) -> list[int]:
    """The cells with the answers of earlier chapters; none if nothing was brought.

    They are always run: the network may be put together from them by the grader.
    """
    chapter = chapter_named(call)
    found = find_brought(cells, brought_into(chapter) if chapter else (), facts)
    given = [k for k, cell in enumerate(cells) if is_for_brought(cell, facts)]
    if not given and not found:
        notes.append(f"The cell {call} is missing, and with it the answers of earlier chapters.")
    elif not given:
        notes.append("The cell with the answers of earlier chapters lost its label; they were "
                     "found by the names of the functions.")
    elif len(given) > 1:
        notes.append("The cell with the answers of earlier chapters was copied; the last copy with "
                     "answers counts.")
    return found


def _cells_to_run(
    cells: list[Cell], release: Mapping, chosen: set[int], used: set[str],
    facts: Callable[[str], Facts],
) -> list[str]:
    """The course's cells and the student's, cut down to what answers and checks need."""
    given = [
        cell["source"] for cell in release["cells"]
        if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader")
    ]
    wanted = [cells[k].source for k in sorted(chosen)]
    wanted += [source for source in given if used & facts(source).defined]
    known = {source.strip() for source in given}
    labels = {cell.label for k, cell in enumerate(cells) if k in chosen}
    answered = {name for k in chosen for name in facts(cells[k].source).defined}
    theirs = []
    for k, cell in enumerate(cells):
        # Colab takes all labels off: there a copy shows by what it defines.
        is_copy = cell.label in labels if cell.label else (
            bool(facts(cell.source).defined) and facts(cell.source).defined <= answered)
        if k in chosen or (
            cell.source.strip() not in known
            and not is_copy
            and not cell.label.endswith(CHECK_SUFFIX)
            and facts(cell.source).readable
        ):
            theirs.append(cell.source)
    return needed_sources(given + theirs, wanted, facts)
