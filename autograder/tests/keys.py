"""Answer keys and reference functions of this checkout, made once for all tests."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from autograder.checking.answers import PUBLIC_SEED, freeze, frozen_keys, public_file
from autograder.course import Course
from autograder.exercises import exercises_of

HIDDEN_SEED = 987_654


@cache
def keys_of(chapter, which):
    """Answer keys as the grader has them, or as a student's machine has them."""
    if which == "public":
        return frozen_keys(chapter, exercises_of(chapter))
    return {key.exercise.name: key for key in Course.find().answer_keys(chapter, HIDDEN_SEED)}


@cache
def reference_of(chapter):
    """The reference functions of a chapter."""
    return Course.find().reference(chapter)


@cache
def is_frozen(chapter):
    """Whether the public answers of a chapter are those that its sources give now."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "key.npz")
        if public_file(chapter).exists():
            shutil.copy(public_file(chapter), copy)
        return not freeze(Course.find().answer_keys(chapter, PUBLIC_SEED), copy)


def assert_frozen(chapter):
    """Say what to do where the public answers are older than the sources."""
    assert is_frozen(chapter), (
        f"autograder/public/{chapter}.npz is older than its sources; run make build"
    )
