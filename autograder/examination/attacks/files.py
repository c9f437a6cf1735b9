"""Files that are made to use up the machine, or the time, of whoever reads them."""

from __future__ import annotations

from autograder.examination.attacks.attack import STUB, Attack

NUMBERS = 700_000
LISTS = 3_000_000


def _numbers_in_a_cell(notebook) -> None:
    notebook.cells[1].cell_type = "code"
    notebook.cells[1].source = f"[{'0,' * NUMBERS}]"


def _lists_in_the_metadata(notebook) -> None:
    notebook.metadata["lists"] = [[]] * LISTS


def _lists_in_an_output(notebook) -> None:
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.outputs = [{"output_type": "display_data", "metadata": {},
                     "data": {"application/json": [[]] * LISTS}}]


def _lists_for_a_source(notebook) -> None:
    notebook.cells[1].source = [[]] * LISTS


ATTACKS = [
    Attack("a cell that makes a large tree", STUB, spoil=_numbers_in_a_cell, wall="reading"),
    Attack("metadata of many lists", STUB, spoil=_lists_in_the_metadata, wall="reading"),
    Attack("an output of many lists", STUB, spoil=_lists_in_an_output, wall="reading"),
    Attack("a source of many lists", STUB, spoil=_lists_for_a_source, wall="reading"),
]
