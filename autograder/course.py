"""A checkout of the course: its folders, its reference solutions, its answer keys.

Only teachers and the project's own tests have one. What students install holds neither this
module nor anything that it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.cells import defined_in, needed_sources, read_chapter
from autograder.checking.answers import AnswerKey, BadReference, answer_key
from autograder.errors import CourseError
from autograder.exercises import exercises_of, known_chapter
from autograder.mistakes import mistakes_of


class NoCheckout(CourseError):
    """A command that needs a checkout of the course was run outside of one."""


class ChapterFails(CourseError):
    """The source of a chapter is missing or raises. The message names the file and the cell."""


@dataclass(frozen=True)
class Course:
    """The folders of a checkout of the course."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The checkout that `start`, or the current folder, lies in.

        Raises
        ------
        NoCheckout
            If there is none.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "solutions").is_dir() and (folder / "nbgrader_config.py").is_file():
                return cls(folder)
        raise NoCheckout(
            f"{start} is not inside a checkout of the course: no folder with solutions/ and "
            "nbgrader_config.py in it. Change to the checkout and try again."
        )

    def solution(self, chapter: str) -> Path:
        """The percent file a chapter is written in."""
        return self.root / "solutions" / f"{chapter}.py"

    def source(self, chapter: str) -> Path:
        """The instructor's notebook that nbgrader starts from."""
        return self.root / "build" / "source" / chapter / f"{chapter}.ipynb"

    def released(self, chapter: str) -> Path:
        """The notebook that students get."""
        return self.root / "course" / chapter / f"{chapter}.ipynb"

    def reference(self, chapter: str) -> dict[str, object]:
        """The reference functions of a chapter, by name; see `reference_functions`."""
        return reference_functions(chapter, self.solution_text(chapter))

    def answer_keys(self, chapter: str, seed: int) -> list[AnswerKey]:
        """The answer keys of all exercises of a chapter; see `answer_keys`."""
        return answer_keys(chapter, self.solution_text(chapter), seed)

    def solution_text(self, chapter: str) -> str:
        """The text of a chapter's percent file.

        Raises
        ------
        NoSuchChapter
            If the exercise table does not know the chapter.
        ChapterFails
            If its file is missing.
        """
        path = self.solution(known_chapter(chapter))
        if not path.is_file():
            raise ChapterFails(
                f"{path} does not exist; every chapter in the exercise table needs one"
            )
        return path.read_text(encoding="utf-8")


def reference_functions(chapter: str, solution: str) -> dict[str, object]:
    """The reference solutions of a chapter, by name.

    The cells are the course's own. The same selection of cells is applied to students'
    notebooks, but those run in a worker and never here.

    Parameters
    ----------
    chapter : str
    solution : str
        The text of the chapter's percent file.

    Returns
    -------
    dict of str to object
        The global names after the cells have run.

    Raises
    ------
    ChapterFails
        If one of the cells raises.
    """
    cells = read_chapter(solution).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    exercises = set(exercises_of(chapter))
    wanted = [source for source in sources if set(defined_in(source)) & exercises]
    namespace: dict[str, object] = {"__name__": "reference"}
    for source in needed_sources(sources, wanted):
        try:
            exec(compile(source, "<reference>", "exec"), namespace)
        except Exception as error:
            number = 1 + next(k for k, cell in enumerate(cells) if cell.source == source)
            raise ChapterFails(
                f"{chapter}.py, cell {number} raises {type(error).__name__}: {_in_one_line(error)}"
            ) from error
    return namespace


def answer_keys(chapter: str, solution: str, seed: int) -> list[AnswerKey]:
    """The answer keys of all exercises of a chapter, on the cases that `seed` gives.

    Parameters
    ----------
    chapter : str
    solution : str
        The text of the chapter's percent file.
    seed : int

    Raises
    ------
    ChapterFails
        If a cell that the exercises need raises, or a reference function does.
    """
    reference = reference_functions(chapter, solution)
    mistakes = mistakes_of(chapter)
    try:
        return [
            answer_key(exercise, seed, reference, mistakes.get(name, ()))
            for name, exercise in exercises_of(chapter).items()
        ]
    except BadReference as error:
        cells = read_chapter(solution).cells
        number = next(
            (k for k, cell in enumerate(cells, 1) if error.exercise in defined_in(cell.source)), "?"
        )
        raise ChapterFails(f"{chapter}.py, cell {number}: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
