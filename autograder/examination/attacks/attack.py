"""What an attack is, and the pieces of code that attacks are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile

import nbformat

from autograder.authoring.demo import CHAPTER, labelled, unfinished
from autograder.checking.exercise import PAIR
from autograder.course import Course
from autograder.exercises import exercises_of

POINTS = {name: row.max_points for name, row in exercises_of(CHAPTER).items()}
HONEST = sum(POINTS[name] for name in takewhile("affine_forward".__ne__, POINTS))
"""Points of the honest part of every attacking notebook of `CHAPTER`."""

ANSWER = POINTS["affine_backward"] - exercises_of(CHAPTER)["affine_backward"].points[PAIR]
"""Points of a right `affine_backward` where no forward function is written."""

BROKEN_OUT = "BROKEN OUT"
"""What an attack prints when it has got what it wanted. It has to be sure of it."""

STUB = '''
def affine_backward(dout, cache):
    return None
'''

ZEROS = '''
import numpy as np
def affine_backward(dout, cache):
    x, w, b = cache
    return np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
'''

RIGHT = '''
import numpy as np
def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
'''


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Its notebook is that of a student who stopped half way and has everything right so far; the
    cell of `exercise` holds the attack.

    Attributes
    ----------
    name : str
        What it tries.
    code : str
        Source of the cell of `exercise`. Words in braces are filled in by the scene: ``{root}``
        and ``{class_}``, the checkout and the class's folder; ``{package}``, the folder that holds
        the grader's own package; ``{secret}``, a file that nobody may read, write or change in
        any way; ``{port}`` of a server that nobody may reach; ``{pid}`` of a process that
        nobody may touch; ``{grader}``, the process that grades; ``{meeting}``, a name for sockets.
    deserves : float
        Points beyond the honest part.
    harmful : bool
        Whether stock nbgrader would let it harm the machine.
    spoil : callable, optional
        ``spoil(notebook)`` changes the rest of the notebook.
    wall : str
        What must be taken out for it to succeed: see `autograder.examination.walls.wall_named`.
    chapter, exercise : str
        Where it is handed in.
    """

    name: str
    code: str = STUB
    deserves: float = 0.0
    harmful: bool = False
    spoil: Callable[[nbformat.NotebookNode], None] | None = None
    wall: str = "processes"
    chapter: str = CHAPTER
    exercise: str = "affine_backward"


def attempt(code: str, *, answer: str = STUB) -> str:
    """Code that may fail, which is told in one line; then an answer.

    Parameters
    ----------
    code : str
    answer : str
        Source of the function that is asked for.
    """
    body = "\n".join(f"    {line}" for line in code.strip("\n").split("\n"))
    return f"try:\n{body}\nexcept BaseException as error:\n    print(type(error))\n{answer}"


def reading(*paths: str, answer: str = STUB) -> str:
    """Code that has broken out if it can read one of some files, or list one of some folders."""
    return f'''
import os
for path in {paths!r}:
    try:
        if os.path.isdir(path):
            found = os.listdir(path)
        else:
            with open(path, "rb") as file:
                found = file.read(4000)
        if found:
            print("{BROKEN_OUT}: read", path)
    except BaseException as error:
        print(type(error))
{answer}'''


def attacking_notebook(course: Course, attack: Attack, places: Mapping[str, object]) -> str:
    """The text of a notebook with an attack in it.

    Parameters
    ----------
    course : Course
    attack : Attack
    places : mapping of str to object
        What stands for the words in braces: see `Attack`.
    """
    notebook = nbformat.read(course.source(attack.chapter), as_version=4)
    if attack.chapter == CHAPTER:
        unfinished(notebook)
    code = attack.code
    for name, value in places.items():
        code = code.replace(f"{{{name}}}", str(value))
    labelled(notebook, attack.exercise).source = code.strip()
    if attack.spoil:
        attack.spoil(notebook)
    return json.dumps(notebook)
