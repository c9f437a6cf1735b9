"""The exercise table: one module a chapter, named like the chapter without its number.

Each module holds ``EXERCISES``, a list in the order of the chapter, and ``BROUGHT``, the names of
earlier exercises whose answers the chapter builds on, if it does; `inputs` makes unusual
arrays for all of them, `graphs` the graphs of 02, `layers` and `networks` play the
classes of 09. A row is an `Exercise`: ::

    def scale_cases(rng):
        return [
            Case("three samples", {"x": rng.standard_normal((3, 4)), "a": 1.5}),
            Case("no sample", {"x": np.zeros((0, 4)), "a": 1.5}, item=EMPTY),
        ]

    Exercise("scale", "(x, a)", ("out",), {"out": 2, EMPTY: 1}, scale_cases, shapes={"x": "N D"})

This is its name, signature, outputs, points by rubric item, and cases. `loss` and `backward_of`
make the rows of functions that return gradients, `question` the case of one without inputs.
``BROUGHT`` beside the list names the exercises of earlier chapters that a chapter is built on.

A new exercise touches these files of its chapter, here for chapter 3, and nothing else:

1. ``solutions/03_affine.py``: the cell with its answer, and the cell that checks it.
2. ``autograder/exercises/affine.py``: its row, with two hints.
3. ``autograder/mistakes/affine.py``: at least four mistakes that people make.
4. ``autograder/examination/right/affine.py``: right answers in at least five styles.
5. ``autograder/examination/draws/affine.py``: inputs that do not come from the cases.
6. ``autograder/examination/against_torch/affine.py``: its forward function in PyTorch, if it is
   a layer; then ``python -m autograder.examination.against_torch --freeze``.

Then ``make build`` and ``make test``: a test that misses a piece says what to add, and where. And
``autograder selftest 03_affine``: it tries mutants of the answer, and says which of them the cases
cannot tell from it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from autograder.errors import CourseError

if TYPE_CHECKING:
    from autograder.checking.exercise import Exercise

CHAPTERS = (
    "00_welcome",
    "01_numerical_gradients",
    "02_computational_graphs",
    "03_affine",
    "04_activations",
    "05_svm_loss",
    "06_softmax_loss",
    "07_convolution",
    "08_autodiff",
    "09_two_layer_net",
    "10_convnet",
)
"""Every chapter, in the order in which they are read."""


class NoSuchChapter(CourseError):
    """A name that is no chapter's."""


def known_chapter(chapter: str) -> str:
    """The name itself, if it is a chapter's.

    Raises
    ------
    NoSuchChapter
        Otherwise.
    """
    if chapter not in CHAPTERS:
        raise NoSuchChapter(
            f"there is no chapter {chapter!r}; the chapters are {', '.join(CHAPTERS)}"
        )
    return chapter


def chapter_in_name(file_name: str) -> str:
    """The chapter whose name a file's name begins with: ``03_affine (1).ipynb``.

    Raises
    ------
    NoSuchChapter
        If there is none.
    """
    for chapter in CHAPTERS:
        if file_name.startswith(chapter):
            return chapter
    raise NoSuchChapter(
        f"{file_name} does not begin with the name of a chapter, such as 03_affine"
    )


@cache
def exercises_of(chapter: str) -> dict[str, Exercise]:
    """The exercises of a chapter by name, in order.

    Raises
    ------
    NoSuchChapter
        If there is no such chapter.
    """
    module = import_module(f"autograder.exercises.{module_of(known_chapter(chapter))}")
    names = brought_into(chapter)
    earlier = CHAPTERS[:CHAPTERS.index(chapter)] if names else ()
    brought = {name: home for home in earlier for name in names if name in exercises_of(home)}
    return {
        exercise.name: replace(exercise, brought=brought) if brought else exercise
        for exercise in module.EXERCISES
    }


def brought_into(chapter: str) -> tuple[str, ...]:
    """The exercises of earlier chapters that a chapter is built on, in the order of the course.

    They are ``BROUGHT`` in its module. Its notebook has a cell for them: see `autograder.brought`.

    Raises
    ------
    NoSuchChapter
        If there is no such chapter.
    """
    module = import_module(f"autograder.exercises.{module_of(known_chapter(chapter))}")
    return tuple(getattr(module, "BROUGHT", ()))


def chapter_of(exercise: str) -> str | None:
    """The chapter an exercise belongs to, or None if there is no such exercise."""
    for chapter in CHAPTERS:
        if exercise in exercises_of(chapter):
            return chapter
    return None


def module_of(chapter: str) -> str:
    """``03_affine`` as the name of a module: ``affine``."""
    return chapter.split("_", 1)[1]
