"""Every notebook of the course runs from top to bottom in a real kernel.

With the solutions it earns all points, as nbgrader counts them. As students get it, it earns none
and shows no error but the one of an exercise that is not written yet. With every second exercise
wrong, it shows no error at all.
"""

import logging
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from autograder.checkpoints import FOLDER
from autograder.course import Course
from autograder.earned import FILE
from autograder.exercises import CHAPTERS, exercises_of
from autograder.tests.conftest import REPOSITORY, make_checkout

SECONDS = 120
"""What one cell may take on a slow machine; the checks have their own, shorter promise."""

every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """The notebook after all its cells have run, in a folder with nothing of the course in it."""
    folder.mkdir()
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, resources=place, allow_errors=True).execute()
    left = {path.name for path in folder.iterdir()} - {FILE, FOLDER}
    assert not left, f"the notebook left files behind: {left}"
    return notebook


def outputs(notebook, kind: str) -> list:
    return [o for cell in notebook.cells for o in cell.get("outputs", ()) if o.output_type == kind]


def grades(notebook) -> dict[str, tuple[float, float]]:
    """Points and possible points of each check cell, as nbgrader reads them."""
    quiet = logging.getLogger("quiet")
    return {
        cell.metadata.nbgrader.grade_id: determine_grade(cell, quiet)
        for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
    }


TRAINING = re.compile(r"\bsteps=(?:\d{3,}(?=[,)])|sized\(\d+, browser=\d+\))")
"""How a function that trains says its number of steps: ``def train(w, x, y, steps=1000)``."""
MOST_STEPS = 100
"""Training steps in the quick tests: enough to draw every curve, too few to learn much."""
FEWEST_STEPS = 20
"""Training steps where the answers are wrong, and some of them slow."""
MEASURED = re.compile(r"\bevery=steps // \d+")
"""How it says how often thousands of images are measured, which takes longer than the steps."""


def with_short_training(
    notebook: nbformat.NotebookNode, steps: int = MOST_STEPS,
) -> nbformat.NotebookNode:
    """The same notebook; every training ends after so many steps, and is measured twice."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = MEASURED.sub("every=steps", TRAINING.sub(f"steps={steps}", cell.source))
    return notebook


def trains(chapter: str) -> bool:
    """Whether something in a chapter is trained."""
    text = (REPOSITORY / "solutions" / f"{chapter}.py").read_text(encoding="utf-8")
    return TRAINING.search(text) is not None


@every_chapter
def test_solutions_run_to_the_end_with_full_marks(chapter, tmp_path):
    solve_and_run(chapter, tmp_path, with_short_training)


@pytest.mark.slow
@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if trains(c)])
def test_training_runs_to_its_end(chapter, tmp_path):
    solve_and_run(chapter, tmp_path, lambda notebook: notebook)


def solve_and_run(chapter, tmp_path, shorten):
    """Run a chapter with its solutions; it must earn all points and print nothing in red."""
    course = make_checkout(tmp_path / "my course", (chapter,))
    notebook = shorten(nbformat.read(course.source(chapter), as_version=4))
    notebook = run(notebook, tmp_path / "empty")
    assert outputs(notebook, "error") == []
    assert [o.text for o in outputs(notebook, "stream") if o.name == "stderr"] == []
    assert grades(notebook) == {
        f"{name}-check": (exercise.max_points, exercise.max_points)
        for name, exercise in exercises_of(chapter).items()
    }
    shown = [o.data["text/html"] for o in outputs(notebook, "execute_result")
             if "bc-result" in o.data.get("text/html", "")]
    assert len(shown) == len(exercises_of(chapter))
    assert "Not written yet" not in nbformat.writes(notebook)


@pytest.mark.slow
@every_chapter
def test_released_notebook_runs_to_the_end_without_points(chapter, tmp_path):
    course = Course(REPOSITORY)
    notebook = run(nbformat.read(course.released(chapter), as_version=4), tmp_path / "empty")
    assert {error.ename for error in outputs(notebook, "error")} <= {"NotImplementedError"}
    assert [o.text for o in outputs(notebook, "stream") if o.name == "stderr"] == []
    assert grades(notebook) == {
        f"{name}-check": (0, exercise.max_points)
        for name, exercise in exercises_of(chapter).items()
    }
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert all(cell.execution_count for cell in code), "some cells did not run"


def a_known_mistake(name: str) -> str:
    """A cell that answers an exercise by the first of its known mistakes."""
    return (f"from autograder.exercises import chapter_of\n"
            f"from autograder.mistakes import mistakes_of\n"
            f"globals().update(mistakes_of(chapter_of({name!r}))[{name!r}][0].functions)\n")


def what_is_of_no_use(name: str) -> str:
    """A cell that answers an exercise by a function that returns nothing, whatever it is given."""
    return f"def {name}(*arguments):\n    pass\n"


def what_stops(name: str) -> str:
    """A cell that answers an exercise by a function that stops."""
    return f"def {name}(*arguments):\n    return 1 / 0\n"


WRONG_ANSWERS = (a_known_mistake, what_is_of_no_use, what_stops)


@pytest.mark.parametrize("chapter, wrong, first", [
    pytest.param(chapter, wrong, first, id=f"{chapter}-{wrong.__name__}-{('odd', 'even')[first]}",
                 # Of every third chapter one run is among the quick tests.
                 marks=() if wrong is what_is_of_no_use and k % 3 == 0 else pytest.mark.slow)
    for k, chapter in enumerate(CHAPTERS) for wrong in WRONG_ANSWERS for first in (0, 1)
    # The known mistakes differ most; of the others one half of a chapter each is enough.
    if wrong is a_known_mistake or first == (k + (wrong is what_stops)) % 2
])
def test_half_right_notebook_runs_to_the_end(chapter, wrong, first, tmp_path):
    course = make_checkout(tmp_path / "my course", (chapter,))
    source = nbformat.read(course.source(chapter), as_version=4)
    notebook = with_short_training(source, FEWEST_STEPS)
    wrong_ones = list(exercises_of(chapter))[first::2]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in wrong_ones:
            cell.source = wrong(cell.metadata.nbgrader.grade_id)
    notebook = run(notebook, tmp_path / "empty")
    assert outputs(notebook, "error") == []
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert all(cell.execution_count for cell in code), "some cells did not run"
    earned = grades(notebook)
    for name in wrong_ones:
        points, most = earned[f"{name}-check"]
        assert points < most, name
